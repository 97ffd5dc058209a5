"""Branch coverage on the terminal: the branches of formulas that no test and no sample row takes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from codaform.cli.output.outcomes import FORMATS, running
from codaform.cli.terminal import counted, put, say
from codaform.project.branches import BranchesOfFormula, FormulaBranch, measure_branches
from codaform.project.files import CannotRead
from codaform.project.project import Project
from codaform.project.selectors import SelectedParts
from codaform.project.suite import Outcome, count
from codaform.project.uses import owner_of
from codaform.source import position
from codaform.text import harmless, shorten

_LONGEST = 80


def put_branches(project: Project, words: Sequence[str], parts: SelectedParts | None, format_: str) -> float | None:
    """Run all tests, and write the branches that none takes. Returns the share of those taken, in percent.

    words: Run only tests with one of them in their name or file. parts: Only formulas of these. Returns None if a test
    failed. Raises CannotRead where no formula is left.
    """
    with running(count(project)) as done:
        found, outcomes = measure_branches(project, words, done)
    chosen = [each for each in found if parts is None or parts.has(each.place)]
    if not chosen:
        raise CannotRead(f"no formula {'is selected' if parts is not None else 'is there'}")
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if failed and format_ != "json":
        put(FORMATS["text"](failed))
    put(_as_data(chosen, failed) if format_ == "json" else _as_lines(chosen))
    taken, every = sum(each.taken for each in chosen), sum(len(each.branches) for each in chosen)
    share = 100 * taken / every
    say(f"{taken:,} of {every:,} branches taken, {share:.0f} %")
    if failed:
        say(f"{counted(len(failed), 'test')} failed")
        return None
    return share


def _as_lines(found: Sequence[BranchesOfFormula]) -> str:
    """Each formula with its share, and below it the branches that are not taken, each with its place."""
    wide = max(len(_name(each)) for each in found)
    lines = []
    for each in found:
        lines.append(f"{_name(each):<{wide}}  {each.taken} of {len(each.branches)}")
        for branch in each.missing:
            at = position(each.source, branch.span.start)
            what = f": {shorten(' '.join(_text(each, branch).split()), _LONGEST)}" if branch.decides else ""
            lines.append(f"  {each.file}:{at.line}:{at.column}: {branch.what}{what}")
    return "\n".join(map(harmless, lines))


def _as_data(found: Sequence[BranchesOfFormula], failed: Sequence[Outcome]) -> str:
    """All formulas with all branches as JSON, and the names of the failed tests."""
    data = [
        {
            "file": each.file,
            "role": each.place.role,
            "table": each.place.table,
            "name": each.place.name,
            "taken": each.taken,
            "branches": [
                {
                    "line": position(each.source, branch.span.start).line,
                    "column": position(each.source, branch.span.start).column,
                    "text": _text(each, branch),
                    "taken": branch.taken,
                    "missing": None if branch.taken else branch.what,
                }
                for branch in each.branches
            ],
        }
        for each in found
    ]
    return json.dumps({"version": 1, "formulas": data, "failed": [one.name for one in failed]}, indent=2)


def _text(each: BranchesOfFormula, branch: FormulaBranch) -> str:
    return each.source.text[branch.span.start : branch.span.end]


def _name(each: BranchesOfFormula) -> str:
    role = each.place.role
    words = {"filter": "filter of ", "default": "default of ", "action": "action of ", "disable_if": "condition of "}
    return f"{words.get(role, '')}{owner_of(each.place)}"
