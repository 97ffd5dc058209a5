"""The outcomes of tests as text, JSON and JUnit, and the progress of a run."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from codaform.cli.progress import patient_progress
from codaform.cli.terminal import colored, counted, painted
from codaform.diagnostics.render.json import as_json
from codaform.diagnostics.render.text import as_text
from codaform.project.mutants import MutantOutcome
from codaform.project.suite import Kind, Outcome
from codaform.source import position
from codaform.text import harmless

PATIENCE = 0.4
"""Seconds until the progress of a run is drawn."""

_KINDS: tuple[Kind, ...] = ("data test", "case", "scenario")


@contextmanager
def running(total: int) -> Iterator[Callable[..., None]]:
    """Draw the progress of a run on a terminal, if the run takes long enough."""
    with patient_progress("testing", total, PATIENCE) as advance:
        done = 0

        def on_outcome(*_: Outcome) -> None:
            nonlocal done
            done += 1
            advance(done)

        yield on_outcome


def tally(outcomes: Sequence[Outcome]) -> str:
    """The numbers of passed and failed tests of each kind, in words."""
    if not outcomes:
        return "there is nothing to test"
    failed = _counted(outcome for outcome in outcomes if not outcome.passed)
    passed = _counted(outcome for outcome in outcomes if outcome.passed)
    return "; ".join(part for part in (failed and f"{failed} failed", passed and f"{passed} passed") if part)


def _counted(outcomes: Iterable[Outcome]) -> str:
    kinds = Counter(outcome.kind for outcome in outcomes)
    counts = [(kinds[kind], kind) for kind in _KINDS]
    parts = [counted(count, kind) for count, kind in counts if count]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def _as_lines(outcomes: Sequence[Outcome]) -> str:
    """The failures, each with its findings."""
    color = colored(sys.stdout)
    failures = []
    for outcome in outcomes:
        if not outcome.passed:
            mark = painted("failed", sys.stdout, fg="red", bold=True)
            name = painted(f"{outcome.kind} {harmless(outcome.name)}", sys.stdout, bold=True)
            failures.append(f"{mark} {name}\n\n{as_text(outcome.diagnostics, color)}\n")
    return "\n".join(failures)


def as_data(outcomes: Sequence[Outcome]) -> str:
    """All outcomes as JSON, in ASCII, of this shape; the diagnostics are those of `codaform check --format json`:

    {"version": 1,
     "outcomes": [{"kind": "data test" | "case" | "scenario", "name": "…", "file": "…", "passed": true, "seconds": 0.01,
                   "diagnostics": []}]}
    """
    data = [
        {
            "kind": outcome.kind,
            "name": outcome.name,
            "file": outcome.file,
            "passed": outcome.passed,
            "seconds": round(outcome.seconds, 6),
            "diagnostics": json.loads(as_json(outcome.diagnostics))["diagnostics"],
        }
        for outcome in outcomes
    ]
    return json.dumps({"version": 1, "outcomes": data}, indent=2)


def _as_xml(outcomes: Sequence[Outcome]) -> str:
    """All outcomes as JUnit XML: a suite for each kind, a test case for each outcome."""
    from xml.etree import ElementTree

    suites = ElementTree.Element("testsuites", _counts(outcomes))
    for kind in _KINDS:
        group = [outcome for outcome in outcomes if outcome.kind == kind]
        if not group:
            continue
        suite = ElementTree.SubElement(suites, "testsuite", {"name": f"{kind}s", **_counts(group)})
        for outcome in group:
            about = {
                "classname": harmless(outcome.file),
                "name": harmless(outcome.name),
                "time": f"{outcome.seconds:.6f}",
            }
            case = ElementTree.SubElement(suite, "testcase", about)
            if not outcome.passed:
                first = outcome.diagnostics[0]
                about = {"type": first.rule.name, "message": harmless(first.message)}
                ElementTree.SubElement(case, "failure", about).text = as_text(outcome.diagnostics)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode")


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    failures = sum(not outcome.passed for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    return {"tests": str(len(outcomes)), "failures": str(failures), "errors": "0", "time": f"{seconds:.6f}"}


FORMATS: Mapping[str, Callable[[Sequence[Outcome]], str]] = {"text": _as_lines, "json": as_data, "junit": _as_xml}
"""The formats by name."""


def mutants_as_lines(found: Sequence[MutantOutcome]) -> str:
    """The changes that nothing noticed, each with its place."""
    lines = []
    for one in found:
        if not one.by:
            at = position(one.mutant.source, one.mutant.span.start)
            before, after = (" ".join(text.split()) for text in (one.mutant.before, one.mutant.text))
            lines.append(harmless(f"{one.mutant.file}:{at.line}:{at.column}: {before} → {after}"))
    return "\n".join(lines)


def mutants_as_data(found: Sequence[MutantOutcome]) -> str:
    """All changes as JSON: file, line, column, the text before and after, and the test that noticed it."""
    data = []
    for one in found:
        at = position(one.mutant.source, one.mutant.span.start)
        told = {"file": one.mutant.file, "line": at.line, "column": at.column}
        data.append({**told, "before": one.mutant.before, "after": one.mutant.text, "noticed_by": one.by or None})
    return json.dumps({"version": 1, "changes": data}, indent=2)
