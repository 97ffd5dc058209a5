"""Mutation testing on the terminal: the changes of formulas that no test notices."""

from __future__ import annotations

from collections.abc import Sequence

from codaform.cli.output.outcomes import mutants_as_data, mutants_as_lines, running
from codaform.cli.terminal import counted, put, say
from codaform.project.files import CannotRead
from codaform.project.mutants import Mutant, mutants_of, try_mutants
from codaform.project.project import Project
from codaform.project.selectors import SelectedParts


def put_mutants(project: Project, words: Sequence[str], parts: SelectedParts | None, format_: str) -> float:
    """Try all changes, and write those that nothing notices. Returns the share of noticed ones, in percent.

    words: Only formulas with one of them in their file or name. parts: Only formulas of these. Raises CannotRead where
    no formula is left.
    """
    chosen = [one for one in mutants_of(project) if _is_meant(one, words) and (parts is None or parts.has(one.place))]
    if not chosen:
        about = f"with cases has {' or '.join(words)} in its file or name" if words else "has cases of its own"
        raise CannotRead(f"no {'selected ' if parts is not None else ''}formula {about}")
    with running(len(chosen)) as done:
        found = list(try_mutants(project, chosen, done))
    if report := (mutants_as_data(found) if format_ == "json" else mutants_as_lines(found)):
        put(report)
    noticed = sum(bool(one.by) for one in found)
    share = 100 * noticed / len(found) if found else 100.0
    say(f"{noticed} of {counted(len(found), 'change')} noticed, {share:.0f} %")
    return share


def _is_meant(mutant: Mutant, words: Sequence[str]) -> bool:
    names = f"{mutant.file} {mutant.place.table}.{mutant.place.name}".lower()
    return not words or any(word.lower() in names for word in words)
