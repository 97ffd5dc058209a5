"""Small projects written into a folder, and their findings."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project.check import check_project
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.suite import Outcome, run_suite
from codaform.source import Source, Span, position

FORMULAS = Path(__file__).parents[1] / "formulas"
"""Founder HQ as it lies in the checkout."""

DOC = "doc: Small\ntime_zone: Europe/Berlin\nclock: 2025-12-10T09:00:00\n"

TASKS = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: parent, type: relation, to: tasks}
  - {name: double, type: number, formula: double.coda}
"""
"""A table of tasks; its formula is DOUBLE."""

DOUBLE = "thisRow.hours * 2\n"


def write(folder: Path, files: Mapping[str, str | bytes], doc: str = DOC) -> Path:
    """Write files by their names into a project's folder, which gets a `doc.yml` where none is among them."""
    for name, content in {"doc.yml": doc, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def with_tasks(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """A project with the table of tasks, and further files, which may replace its own."""
    return write(folder, {"tasks/table.yml": TASKS, "tasks/double.coda": DOUBLE, **(files or {})})


def copy_of_founder_hq(folder: Path) -> Path:
    """Founder HQ in a folder of its own, to be changed."""
    return Path(shutil.copytree(FORMULAS, folder / "formulas"))


def replace(path: Path, old: str, new: str) -> None:
    """Replace the one place in a file where a text stands."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), "utf-8")


def opened(folder: Path) -> Session:
    """The project of a folder at work; its files are called as they lie in the folder."""
    return Session(read_project(folder, ""))


def findings(folder: Path) -> list[Diagnostic]:
    """Everything there is to say of a project, advice apart, without running its cases."""
    return faults(check_project(opened(folder).project))


def faults(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Findings without advice, which also sound formulas of tests may get."""
    return [one for one in found if not one.rule.code.startswith("CF9")]


def outcomes(folder: Path) -> list[Outcome]:
    """The outcomes of a project's data tests, cases and scenarios."""
    session = opened(folder)
    return run_suite(session.project, session=session)


def failures(folder: Path) -> list[Diagnostic]:
    """What the outcomes of a project have to say."""
    return [finding for outcome in outcomes(folder) for finding in outcome.diagnostics]


def told(found: Iterable[Diagnostic]) -> list[str]:
    """Findings in a line each: where, which rule, what, and what helps."""
    return [f"{place(one)} {one.rule.name}: {one.message}" + (f" ({one.help})" if one.help else "") for one in found]


def rules_of(found: Iterable[Diagnostic]) -> list[str]:
    """The names of the rules that findings are of."""
    return [one.rule.name for one in found]


def place(finding: Diagnostic) -> str:
    """File, line and column of a finding."""
    at = position(finding.source, finding.span.start)
    return f"{finding.source.name}:{at.line}:{at.column}"


def marked(finding: Diagnostic) -> str:
    """The text that a finding is about."""
    return text_of(finding.source, finding.span)


def text_of(source: Source, span: Span) -> str:
    """The text of a place."""
    return source.text[span.start : span.end]


def git(root: Path, *arguments: str) -> str:
    """What a command of git says in a folder, with an author of its own."""
    settings = ("-c", "user.name=Ada", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *settings, *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()
