"""The formats by name, and what they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.github import as_github
from codaform.diagnostics.render.gitlab import as_gitlab
from codaform.diagnostics.render.json import as_json
from codaform.diagnostics.render.junit import as_junit
from codaform.diagnostics.render.sarif import as_sarif
from codaform.diagnostics.render.text import as_text


@dataclass(frozen=True, slots=True)
class Report:
    """The diagnostics of a run, the names of the checked files, and the version of codaform."""

    diagnostics: Sequence[Diagnostic]
    checked: Sequence[str]
    version: str
    color: bool = False


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": lambda report: as_text(report.diagnostics, report.color),
    "json": lambda report: as_json(report.diagnostics),
    "github": lambda report: as_github(report.diagnostics),
    "gitlab": lambda report: as_gitlab(report.diagnostics),
    "sarif": lambda report: as_sarif(report.diagnostics, report.version),
    "junit": lambda report: as_junit(report.diagnostics, report.checked),
}
"""The formats by name."""
