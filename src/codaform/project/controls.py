"""From the `controls:` of doc.yml to the controls of a doc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Fix, Rule
from codaform.model.formats import Format
from codaform.model.schema import CODA_CONTROLS, CONTROL_TYPES, UNSETTABLE, Control, Table, control_column
from codaform.project import yaml_tree
from codaform.project.cells import BadCell, read_cell
from codaform.project.rows import parse_cell
from codaform.semantics.program import FormulaSite
from codaform.source import Source, Span

_BELONGS = {
    "to": ("relation",),
    "options": ("select",),
    "choices": ("select", "relation"),
    "label": ("button",),
    "action": ("button",),
    "disable_if": ("button",),
    "many": ("select", "relation", "person"),
    "value": tuple(kind for kind in CONTROL_TYPES if kind not in UNSETTABLE),
}
"""Keys that only some types of controls have."""


ADD_ACTION = "add action: and the formula that it runs"


class Reader(Protocol):
    """What reads the files of the project."""

    def say(self, rule: Rule, message: str, source: Source, span: Span, help: str = "", fix: Fix | None = None) -> None:
        """Report a finding."""

    def formula(
        self, node: yaml_tree.Node, key: str, folder: Path, source: Source, place: FormulaSite
    ) -> Source | None:
        """The formula that a key gives."""

    def format(self, node: yaml_tree.Node, kind: str, source: Source) -> Format:
        """How a column, or a control that holds what the column would, shows its values."""

    def alike(self, node: yaml_tree.Node, source: Source, name: str) -> None:
        """Report options that look the same."""

    def no_target(self, to: str, tables: dict[str, Table], node: yaml_tree.Node, source: Source) -> None:
        """Report a relation that leads nowhere."""


@dataclass
class _Controls:
    reader: Reader
    folder: Path
    source: Source
    zone: ZoneInfo
    tables: dict[str, Table]
    taken: Mapping[str, str]
    found: dict[str, Control] = field(default_factory=dict)

    def add(self, node: yaml_tree.Node) -> None:
        name, written_kind = yaml_tree.text_at(node, "name"), yaml_tree.text_at(node, "type")
        kind, several = CODA_CONTROLS.get(written_kind, (written_kind, False))
        if not name or kind not in CONTROL_TYPES:
            return
        folded = {known.casefold(): known for known in self.found}
        if name.casefold() in folded:
            self.say(rules.DUPLICATE_NAME, f"two controls are called {folded[name.casefold()]}", node, "name")
            return
        if name.casefold() in self.taken:
            help = "a formula names both by their name alone: give one another name"
            self.say(rules.DUPLICATE_NAME, f"{name} is also {self.taken[name.casefold()]}", node, "name", help)
        for key, kinds in _BELONGS.items():
            if yaml_tree.get(node, key) is not None and kind not in kinds:
                told = kind.replace("_", " ")
                self.say(rules.CONTRADICTION, f"{key} has no meaning for a control of type {told}", node, key)
        if yaml_tree.get(node, "options") is not None and yaml_tree.get(node, "choices") is not None:
            self.say(rules.CONTRADICTION, f"{name} has options and a formula that gives them", node, "choices")
        if kind == "button" and yaml_tree.get(node, "action") is None:
            self.say(rules.IDLE_BUTTON, f"the button {name} has no action", node, "name", ADD_ACTION)
        to = yaml_tree.text_at(node, "to") if kind == "relation" else ""
        if to and to not in self.tables:
            self.reader.no_target(to, self.tables, node, self.source)
            to = ""
        self.reader.alike(node, self.source, name)
        options = (item.text for item in yaml_tree.items_at(node, "options") if isinstance(item, yaml_tree.Scalar))
        control = Control(
            name=name,
            kind=kind,
            about=yaml_tree.text_at(node, "about"),
            many=several or (yaml_tree.flag_at(node, "many") and kind in _BELONGS["many"]),
            to=to,
            options=tuple(options) if kind == "select" else (),
            format=self.reader.format(node, CONTROL_TYPES[kind], self.source),
            label=yaml_tree.text_at(node, "label"),
            choices=self.formula(node, "choices", name),
            action=self.formula(node, "action", name),
            disable_if=self.formula(node, "disable_if", name),
        )
        self.found[name] = _with_value(control, self.value(control, node))

    def formula(
        self, node: yaml_tree.Node, role: Literal["choices", "action", "disable_if"], name: str
    ) -> Source | None:
        return self.reader.formula(node, role, self.folder, self.source, FormulaSite(role, "", name))

    def value(self, control: Control, node: yaml_tree.Node) -> object:
        """The first value of the control; blank, with a diagnostic, if it cannot be read."""
        at = yaml_tree.get(node, "value")
        if at is None or control.kind in UNSETTABLE or isinstance(at, yaml_tree.Mapping):
            return None
        try:
            return read_control(parse_cell(at).text, control, self.zone)
        except BadCell as problem:
            self.say(rules.BAD_CELL, str(problem), node, "value")
            return None

    def say(self, rule: Rule, message: str, node: yaml_tree.Node, key: str, help: str = "") -> None:
        at = yaml_tree.get(node, key) or node
        self.reader.say(rule, message, self.source, at.span, help)


def read_control(text: str | tuple[str, ...] | list[str], control: Control, zone: ZoneInfo) -> object:
    """The value of a control as a person wrote it; a row stays its display text. Raises BadCell."""
    value = read_cell(text, control_column(control), zone)
    if control.kind == "date_range" and isinstance(value, list) and len(value) not in (0, 2):
        raise BadCell(f"{control.name} holds the two ends of a range, here stand {len(value)}")
    return value


def _with_value(control: Control, value: object) -> Control:
    """The control that is set to a value at first."""
    if isinstance(value, list):
        value = tuple(value) or None
    return replace(control, value=None if value is False else value)


def read_controls(
    reader: Reader,
    top: yaml_tree.Node,
    source: Source,
    folder: Path,
    zone: ZoneInfo,
    tables: dict[str, Table],
    taken: Mapping[str, str],
) -> dict[str, Control]:
    """The controls of doc.yml; the reader collects their diagnostics.

    taken: What else has which name in the doc, by names in one case, in words.
    """
    work = _Controls(reader, folder, source, zone, tables, taken)
    for node in yaml_tree.items_at(top, "controls"):
        work.add(node)
    return work.found


__all__ = ["ADD_ACTION", "_with_value", "read_control", "read_controls"]
