"""Changes of controls."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from codaform.coda.wire.formats import control_to_rest
from codaform.coda.wire.json_data import Json
from codaform.deploy.kinds.change import (
    DONE,
    TO_DO,
    ChangeState,
    Instructions,
    Paste,
    Phase,
    Removal,
    SchemaChange,
    conflict,
    lines,
    renamed_doc,
    without,
)
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds, rows_of
from codaform.deploy.kinds.routes import Route, ToolUse
from codaform.deploy.remote.columns import text_of
from codaform.deploy.remote.inspector import Observation
from codaform.deploy.remote.writer import Writer, id_in
from codaform.model.formats import format_text
from codaform.model.schema import CONTROL_TYPES, Control, Doc
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import Role
from codaform.semantics.renaming import Renaming
from codaform.source import Source

_MENU_NAMES = {
    "text": "text box",
    "date": "date picker",
    "datetime": "date and time picker",
    "time": "time picker",
    "date_range": "date range picker",
    "select": "select list",
    "relation": "lookup",
    "person": "lookup of people",
    "ai_block": "AI block",
}
"""The types of controls that Coda's editor names otherwise."""


class _ControlChange(SchemaChange):
    """A new control, or another name, type or other settings of one."""

    __slots__ = ()

    PHASE = Phase.FORMULAS

    @property
    @abstractmethod
    def wanted(self) -> Control:
        """The control as the folder has it."""

    @property
    def first_texts(self) -> tuple[str, ...]:
        """The texts of its first value."""
        return ()

    @property
    def rank(self) -> int:
        """Buttons come last."""
        return 3 if self.wanted.kind == "button" else 2

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("control", "", self.wanted.name)

    def needs(self, formulas: FormulaNeeds) -> Iterator[GraphNode]:
        """Its table, and what its formulas read."""
        yield from rows_of(self.wanted.to)
        roles: tuple[Role, ...] = ("choices", "action", "disable_if")
        for role in roles:
            if getattr(self.wanted, role) is not None:
                yield from formulas.of_formula(role, "", self.wanted.name)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        return replace(doc, controls={**doc.controls, self.wanted.name: self.wanted})

    def text(self, _: Doc) -> str:
        control = self.wanted
        return lines(
            ("name", control.name),
            ("type", _MENU_NAMES.get(control.kind, control.kind)),
            ("table", control.to or None),
            ("values", "several values" if control.many else None),
            ("label", (control.label or control.name) if control.kind == "button" else None),
            ("options", ", ".join(control.options) or text_of(control.choices)),
            ("format", format_text(CONTROL_TYPES[control.kind], control.format) or None),
            ("action", text_of(control.action)),
            ("disable if", text_of(control.disable_if)),
            ("set to", ", ".join(self.first_texts) or None),
        )

    def instructions(self, _: Doc) -> Instructions:
        control, first = self.wanted, ", ".join(self.first_texts)
        format = format_text(CONTROL_TYPES[control.kind], control.format) if control.format else ""
        clicks = (
            *self._first_clicks,
            f"Let it show rows of the table {control.to}" if control.to else "",
            "Allow several values" if control.many else "",
            "Make these the options, a line each" if control.options else "",
            "Let a formula give its options: paste it" if control.choices is not None else "",
            f"Show its value as {format}" if format else "",
            f"Set it to {first}" if first else "",
        )
        pastes = (
            ("name", control.name),
            ("label", (control.label or control.name) if control.kind == "button" else ""),
            ("options", "\n".join(control.options)),
            ("options", text_of(control.choices)),
            ("action", text_of(control.action)),
            ("disable if", text_of(control.disable_if)),
        )
        return Instructions(
            tuple(click for click in clicks if click), tuple(Paste(label, text) for label, text in pastes if text)
        )

    @property
    def _first_clicks(self) -> tuple[str, ...]:
        kind = _MENU_NAMES.get(self.wanted.kind, self.wanted.kind)
        return (f"On a page, type /{kind}, choose it, and set it up",)

    def source(self, _: Doc) -> str:
        return self.wanted.action.name if self.wanted.action is not None else ""


@dataclass(frozen=True, slots=True)
class AddControl(_ControlChange):
    """A new control. first: The texts of its first value."""

    control: Control
    first: tuple[str, ...] = ()

    VERB = "add"

    def __str__(self) -> str:
        return f"add control {self.control.name}"

    @property
    def wanted(self) -> Control:
        return self.control

    @property
    def first_texts(self) -> tuple[str, ...]:
        return self.first

    def split(self, _: Doc) -> tuple[SchemaChange, SchemaChange, str] | None:
        """The button with an action that does nothing; the action follows."""
        if self.control.kind != "button" or self.control.action is None:
            return None
        bare = replace(self.control, action=Source(self.control.name, "RunActions()"), disable_if=None)
        because = "what it does reads what needs the button, which has to be there first"
        return AddControl(bare, self.first), SetControl(bare, self.control), because

    def tool_use(self) -> ToolUse | Route:
        return _tool_use(self.control, "data.control", ("data.name", "data.control.type"))

    def state(self, observed: Observation) -> ChangeState:
        """A control of the name that is there by now is ours if it has the same type."""
        there = observed.inspector.control(self.control.name)
        if there is None:
            return TO_DO
        is_ours = there.kind == control_to_rest(self.control)
        return DONE if is_ours else conflict(f"a control {self.control.name} is there by now")

    def write(self, writer: Writer, _: Observation, __: Sequence[SchemaChange]) -> None:
        """Make the button on the first page."""
        control: dict[str, Json] = {"type": "button", **_button(self.control)}
        data: dict[str, Json] = {"action": "create", "name": self.control.name, "control": control}
        reply = writer.call("control_manage", writer.uri("canvases", writer.front_page()), data=data)
        writer.ids.controls[self.control.name] = id_in(reply, "controlUri")

    def learn(self, observed: Observation) -> dict[str, str]:
        name = self.control.name
        id = observed.inspector.controls().get(name) if name not in observed.ids.controls else None
        if id is None:
            return {}
        observed.ids.controls[name] = id
        return {f"control {name}": id}


@dataclass(frozen=True, slots=True)
class SetControl(_ControlChange):
    """Another name, type, label, or other options or formulas of a control."""

    before: Control
    after: Control

    def __str__(self) -> str:
        return f"set control {self.after.name}"

    @property
    def wanted(self) -> Control:
        return self.after

    @property
    def gives(self) -> Iterable[GraphNode]:
        return (self.recomputed,) if (self.before.name, self.before.kind) != (self.after.name, self.after.kind) else ()

    def apply_to(self, doc: Doc, wanted: Doc | None = None) -> Doc:
        if self.before.name != self.after.name:
            doc = renamed_doc(doc, Renaming("control", self.before.name, self.after.name))
        return _ControlChange.apply_to(self, doc, wanted)

    @property
    def _first_clicks(self) -> tuple[str, ...]:
        return (f"Click the control {self.before.name}, open its settings, and make it what the folder says",)

    def tool_use(self) -> ToolUse | Route:
        if self.before.kind != self.after.kind:
            return Route("hand", "no API makes another type of a control")
        alike = self.before.kind != "button" and control_to_rest(self.before) == control_to_rest(self.after)
        if self.before.name != self.after.name and alike:
            return ToolUse("control_manage", ("uri", "data.action", "data.updatedFields.name"))
        return _tool_use(self.after, "data.updatedFields", ())

    def state(self, observed: Observation) -> ChangeState:
        """No read returns what a button does: it is written again rather than taken for done."""
        there = observed.inspector.control(self.before.name) or observed.inspector.control(self.after.name)
        return TO_DO if there is not None else conflict(f"the control {self.before.name} is gone")

    def fault(self, observed: Observation) -> str:
        """Another label that is there after it was written."""
        there = observed.inspector.control(self.after.name)
        if there is None:
            return "the read does not show it"
        label = self.after.label or self.after.name
        return "" if self.after.kind != "button" or there.label == label else f"its label is {there.label}"

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        """Change it where it is."""
        there = observed.inspector.control(self.before.name) or observed.inspector.control(self.after.name)
        page = there.page if there is not None else writer.front_page()
        writer.ids.rename("control", self.before.name, self.after.name)
        button = _button(self.after) if self.after.kind == "button" else {}
        uri = writer.uri("canvases", page, "controls", writer.ids.controls[self.after.name])
        fields: dict[str, Json] = {"name": self.after.name, **button}
        writer.call("control_manage", uri, data={"action": "update", "updatedFields": fields})


@dataclass(frozen=True, slots=True)
class DropControl(Removal):
    """A control to be removed."""

    control: str

    def __str__(self) -> str:
        return f"drop control {self.control}"

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("control", "", self.control)

    def touched(self, impact: Impact) -> tuple[Touched, ...]:
        return tuple(Touched(thing, None) for thing in impact.lost_with(self.recomputed)[1:])

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        return replace(doc, controls=without(doc.controls, self.control))

    def instructions(self, _: Doc) -> Instructions:
        return Instructions((f"Click the control {self.control} and delete it",))

    def tool_use(self) -> ToolUse:
        return ToolUse("control_delete")

    def state(self, observed: Observation) -> ChangeState:
        return DONE if observed.inspector.control(self.control) is None else TO_DO

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        there = observed.inspector.control(self.control)
        id = writer.ids.controls.pop(self.control)
        writer.call("control_delete", writer.uri("canvases", there.page if there is not None else "", "controls", id))


def _tool_use(control: Control, field: str, more: tuple[str, ...]) -> ToolUse | Route:
    """The tool that writes a control: of all that a project can describe, the tools make buttons only."""
    if control.kind == "ai_block":
        return Route("unsupported", "only Coda's own editor makes an AI block")
    if control.kind != "button":
        return Route("hand", f"the tools make no control of the type {control_to_rest(control)}: only buttons")
    if control.action is None:
        return Route("hand", "the tools make no button without an action")
    condition = (f"{field}.disableIfFormula",) if control.disable_if is not None else ()
    arguments = ("uri", "data.action", *more, f"{field}.label", f"{field}.actionFormula", *condition)
    return ToolUse("control_manage", arguments)


def _button(control: Control) -> dict[str, Json]:
    """A button as the tools take it."""
    action: dict[str, Json] = {"actionFormula": text_of(control.action)} if control.action is not None else {}
    return {"label": control.label or control.name, **action, "disableIfFormula": text_of(control.disable_if) or ""}
