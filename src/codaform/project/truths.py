"""The truths about Coda that codaform relies on, as recorded in the YAML files of a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MEASURED = "measured"
"""The folder in it, and the member of a truth, that say what a real Coda answered."""

_FUNCTIONS = "functions.yml"


@dataclass(frozen=True, slots=True)
class Measured:
    """The answer of a real Coda. date: When. agree, differ: How many answers were as codaform's, and how many not."""

    date: str
    agree: int
    differ: int

    @property
    def told(self) -> str:
        """The answer in a few words."""
        if not self.differ:
            return f"measured in Coda on {self.date}: it agrees"
        if not self.agree:
            return f"measured in Coda on {self.date}: it differs"
        return f"measured in Coda on {self.date}: {self.agree} of {self.agree + self.differ} answers agree"


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth, and a formula that shows it. given: Where the formula stands, a row or a type of column. warns: The rule
    that names the doubt. path, line: Where it is recorded."""

    truth: str
    formula: str
    result: str
    source: str
    certainty: str
    given: Mapping[str, str] = field(default_factory=dict)
    warns: str = ""
    measured: Measured | None = None
    path: Path = Path()
    line: int = 0

    @property
    def how_sure(self) -> str:
        """Known, inferred, assumed, or measured where a real Coda agreed."""
        return "measured" if self.measured is not None and not self.measured.differ else self.certainty


def truths_folder() -> Path:
    """Where the truths are: in the package; in a checkout among the tests."""
    packaged = Path(__file__).parents[1] / "truths"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "tests" / "coda"


def read_truths(folder: Path) -> list[Truth]:
    """The truths of a folder, in the order of its files' names; none where there is no folder."""
    import yaml

    found: list[Truth] = []
    for path in sorted(folder.glob("*.yml")):
        text = path.read_text("utf-8")
        nodes = yaml.compose(text, yaml.SafeLoader)
        lines = [node.start_mark.line + 1 for node in nodes.value] if nodes is not None else []
        for line, told in zip(lines, yaml.safe_load(text) or (), strict=True):
            found.append(_truth(told, path, line))
    return found


def measured_functions(folder: Path) -> dict[str, Measured]:
    """The answers of a real Coda to the examples of functions, by the function's name; none before a first run."""
    path = functions_file(folder)
    if not path.is_file():
        return {}
    import yaml

    told: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) or {}
    return {name: _measured(one) for name, one in told.items()}


def functions_file(folder: Path) -> Path:
    """Where the answers to the examples of functions are."""
    return folder / MEASURED / _FUNCTIONS


def by_rule(truths: Sequence[Truth]) -> dict[str, Measured]:
    """The answers of a real Coda on the doubts that rules name, by rule."""
    found: dict[str, list[Measured]] = {}
    for truth in truths:
        if truth.warns and truth.measured is not None:
            found.setdefault(truth.warns, []).append(truth.measured)
    return {
        rule: Measured(max(one.date for one in many), sum(one.agree for one in many), sum(one.differ for one in many))
        for rule, many in found.items()
    }


def measured_doubts(folder: Path) -> dict[str, Measured]:
    """The same, from the files of a folder: reads only the lines that say both, since a check asks for it each time."""
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.yml"))]
    lines = [line for text in texts for line in text.splitlines() if "warns:" in line and f"{MEASURED}:" in line]
    if not lines:
        return {}
    import yaml

    return by_rule([_truth(told, folder, 0) for told in yaml.safe_load("\n".join(lines)) or ()])


def _truth(told: Mapping[str, Any], path: Path, line: int) -> Truth:
    texts = {name: str(told[name]) for name in ("truth", "formula", "result", "source", "certainty")}
    given = {name: str(value) for name, value in told.get("given", {}).items()}
    measured = _measured(told[MEASURED]) if MEASURED in told else None
    return Truth(**texts, given=given, warns=str(told.get("warns", "")), measured=measured, path=path, line=line)


def _measured(told: Mapping[str, Any]) -> Measured:
    return Measured(str(told["date"]), int(told["agree"]), int(told["differ"]))
