"""What a pipeline found, for its log, for a reviewer, and as files for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codaform.cli.terminal import painted, put
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.formats import FORMATS, Report
from codaform.diagnostics.render.markdown import escaped
from codaform.diagnostics.render.places import located
from codaform.files import make_folders, write_file
from codaform.project.locate import CannotRead, base_of
from codaform.text import harmless, shorten

Result = Literal["passed", "failed", "could not run", "left out"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that was run.

    told: What came of it, in one line. found: Its findings. checked: The names of the checked files. reports: Texts of
    files, by name. markdown: What a reviewer should read of it; empty where the findings say it all.
    """

    name: str
    result: Result
    told: str
    found: Sequence[Diagnostic] = ()
    checked: Sequence[str] = ()
    reports: tuple[tuple[str, str], ...] = ()
    markdown: str = ""


MOST_CHARACTERS = 60_000
"""Of the summary: a comment on GitHub holds 65,536, and a signature beside it has to fit."""

MOST_FINDINGS = 50
"""The most findings that the summary lists; the reports have all."""

_STYLES: dict[Result, dict[str, str | bool]] = {
    "passed": {"fg": "green"},
    "failed": {"fg": "red", "bold": True},
    "could not run": {"fg": "red", "bold": True},
    "left out": {"dim": True},
}
_REPORTS = {"findings.sarif": "sarif", "findings.xml": "junit", "code-quality.json": "gitlab"}


def put_stage(stage: Stage, format_: str, version: str) -> None:
    """Write a stage to the log: its findings, then what came of it."""
    if stage.found and (text := FORMATS[format_](Report(stage.found, stage.checked, version))):
        put(text)
    mark = painted(f"{stage.result:13}", sys.stdout, **_STYLES[stage.result])
    put(f"{stage.name:9}  {mark}  {harmless(stage.told)}")


def make_place(folder: Path) -> None:
    """Make the folder for reports. Raises CannotRead for a file, and OSError."""
    if folder.exists() and not folder.is_dir():
        raise CannotRead(f"{folder} is a file; the reports need a folder")
    make_folders(folder, base_of(folder))


def write_reports(stages: Sequence[Stage], folder: Path, version: str) -> list[Path]:
    """Write the reports into a folder: findings in the formats of forges, tests, the plan, and a summary."""
    found = [one for stage in stages for one in stage.found]
    checked = list(dict.fromkeys(name for stage in stages for name in stage.checked))
    texts = {name: FORMATS[form](Report(found, checked, version)) for name, form in _REPORTS.items()}
    texts |= {name: text for stage in stages for name, text in stage.reports}
    texts["summary.md"] = as_summary(stages)
    paths = [folder / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        write_file(path, text if text.endswith("\n") else f"{text}\n", base_of(path))
    return paths


def as_summary(stages: Sequence[Stage]) -> str:
    """The stages in Markdown: a table of them, the findings, and what a reviewer should read, as far as it fits."""
    bad = [stage.name for stage in stages if stage.result in ("failed", "could not run")]
    title = f"look at {' and '.join(bad)}" if bad else "everything passes"
    lines = [f"## codaform: {title}", "", "| stage | result | what came of it |", "| --- | --- | --- |"]
    lines += [f"| {stage.name} | {_word(stage.result)} | {escaped(stage.told)} |" for stage in stages]
    text = "\n".join([*lines, ""])
    found = [one for stage in stages for one in stage.found]
    for part in [*_findings(found), *(stage.markdown for stage in stages if stage.markdown)]:
        if len(text) + len(part) > MOST_CHARACTERS:
            return f"{text}\nMore does not fit here: it is in the reports of the pipeline.\n"
        text += f"\n{part}"
    return text


def _word(result: Result) -> str:
    return result if result in ("passed", "left out") else f"**{result}**"


def _findings(found: Sequence[Diagnostic]) -> Iterator[str]:
    if not found:
        return
    lines = ["### Findings", "", "| where | what | rule |", "| --- | --- | --- |"]
    places = located(found)
    for one in places[:MOST_FINDINGS]:
        diagnostic = one.diagnostic
        where = f"{diagnostic.source.name}:{one.start.line}"
        what = shorten(diagnostic.message, 300)
        lines.append(f"| {escaped(where)} | {escaped(what)} | {diagnostic.rule.severity}: {diagnostic.rule.name} |")
    if len(places) > MOST_FINDINGS:
        lines += ["", f"There are {len(places) - MOST_FINDINGS} more."]
    yield "\n".join([*lines, ""])
