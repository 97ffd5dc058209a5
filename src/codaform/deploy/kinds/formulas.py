"""Changes of named formulas."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from codaform.coda.wire.formula_text import compare_formulas
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.tool_formats import has_tool_format
from codaform.deploy.kinds.change import (
    DONE,
    TO_DO,
    ChangeState,
    Instructions,
    Paste,
    Phase,
    Removal,
    Risk,
    SchemaChange,
    conflict,
    formula_paste,
    renamed_doc,
    text_state,
    values_may_change,
    without,
)
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds, rows_of
from codaform.deploy.kinds.routes import ToolUse
from codaform.deploy.remote.inspector import Observation, ObservedFormula
from codaform.deploy.remote.writer import Writer, first_id, id_in
from codaform.model.schema import Doc, NamedFormula, formula_column
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite
from codaform.semantics.renaming import Renaming


class _FormulaChange(SchemaChange):
    """A new named formula, or another name or text of one."""

    __slots__ = ()

    PHASE = Phase.FORMULAS
    RANK = 2  # named formulas come after views

    @property
    @abstractmethod
    def wanted(self) -> NamedFormula:
        """The formula as the folder has it."""

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("named", "", self.wanted.name)

    @property
    def shows(self) -> GraphNode:
        return self.recomputed

    def needs(self, formulas: FormulaNeeds) -> Iterator[GraphNode]:
        """What it reads, and the table whose rows it gives."""
        yield from rows_of(self.wanted.to)
        yield from formulas.of_formula("named", "", self.wanted.name)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        return replace(doc, formulas={**doc.formulas, self.wanted.name: self.wanted})

    def text(self, _: Doc) -> str:
        return self.wanted.formula.text.strip()

    def learn(self, observed: Observation) -> dict[str, str]:
        name = self.wanted.name
        if name in observed.ids.formulas:
            return {}
        there = observed.inspector.formula(name)
        if there is None:
            return {}
        observed.ids.formulas[name] = there.id
        return {f"formula {name}": there.id}

    @property
    def formula_places(self) -> Iterable[FormulaSite]:
        yield FormulaSite("named", "", self.wanted.name)

    def source(self, _: Doc) -> str:
        return self.wanted.formula.name


@dataclass(frozen=True, slots=True)
class AddFormula(_FormulaChange):
    """A new named formula."""

    formula: NamedFormula

    VERB = "add"

    def __str__(self) -> str:
        return f"add named formula {self.formula.name}"

    @property
    def wanted(self) -> NamedFormula:
        return self.formula

    def instructions(self, wanted: Doc) -> Instructions:
        click = "On a page, type =, paste, press Enter, then name the formula in its menu"
        return Instructions((click,), (Paste("name", self.formula.name), *formula_paste(self.text(wanted))))

    def tool_use(self) -> ToolUse:
        arguments = ("uri", "data.action", "data.name", "data.control.type", "data.control.formula")
        return ToolUse("control_manage", arguments)

    def state(self, observed: Observation) -> ChangeState:
        """A formula of the name that is there by now is ours if it has the same text."""
        return _added(self.formula, observed.inspector.formula(self.formula.name))

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        """Make it on the first page."""
        text = self.text(observed.wanted)
        control: dict[str, Json] = {"type": "formula", "formula": text, **_format(writer, self.formula)}
        data: dict[str, Json] = {"action": "create", "name": self.formula.name, "control": control}
        reply = writer.call("control_manage", writer.uri("canvases", writer.front_page()), data=data)
        writer.ids.formulas[self.formula.name] = id_in(reply, "formulaUri")


@dataclass(frozen=True, slots=True)
class SetNamedFormula(_FormulaChange):
    """Another name or text of a named formula."""

    before: NamedFormula
    after: NamedFormula

    def __str__(self) -> str:
        return f"set named formula {self.after.name}"

    @property
    def wanted(self) -> NamedFormula:
        return self.after

    @property
    def replaced_text(self) -> tuple[str, str]:
        return self.before.formula.text, self.after.formula.text

    @property
    def gives(self) -> Iterable[GraphNode]:
        return (self.recomputed,) if self.before.name != self.after.name else ()

    def touched(self, impact: Impact) -> tuple[Touched, ...]:
        return impact.of_formula(self.recomputed, FormulaSite("named", "", self.after.name), self.before.formula.text)

    def risk(self, touches: Sequence[Touched]) -> Risk:
        """Values that are computed from the formula may change."""
        return "values" if values_may_change(touches) else "none"

    def apply_to(self, doc: Doc, wanted: Doc | None = None) -> Doc:
        if self.before.name != self.after.name:
            doc = renamed_doc(doc, Renaming("formula", self.before.name, self.after.name))
        return _FormulaChange.apply_to(self, doc, wanted)

    def instructions(self, wanted: Doc) -> Instructions:
        renamed = (Paste("name", self.after.name),) if self.before.name != self.after.name else ()
        click = f"Click the named formula {self.before.name}, edit it, paste, and press Enter"
        return Instructions((click,), (*renamed, *formula_paste(self.text(wanted))))

    def tool_use(self) -> ToolUse:
        renamed = ("data.updatedFields.name",) if self.before.name != self.after.name else ()
        return ToolUse("control_manage", ("uri", "data.action", "data.updatedFields.formula", *renamed))

    def state(self, observed: Observation) -> ChangeState:
        before = observed.inspector.formula(self.before.name)
        there = before or observed.inspector.formula(self.after.name)
        if there is None:
            return conflict(f"the named formula {self.before.name} is gone")
        if there.text is None:
            return conflict(f"the text of {self.before.name} is unknown")
        what = f"the named formula {self.before.name}"
        found = text_state(there.text, self.before.formula.text, self.after.formula.text, what)
        renamed = self.before.name == self.after.name or before is None
        return found if found.state != "done" or renamed else TO_DO

    def fault(self, observed: Observation) -> str:
        """The text may be as before, as no read returns the format of a named formula."""
        if self.before.name != self.after.name and observed.inspector.formula(self.before.name) is not None:
            return f"the read shows it as {self.before.name}"
        return _added(self.after, observed.inspector.formula(self.after.name)).shortfall

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        """Change it where it is."""
        there = observed.inspector.formula(self.before.name)
        page = there.page if there is not None else writer.front_page()
        what = f"named formula {self.before.name}"
        id = first_id(writer.ids.formulas, what, self.before.name, self.after.name)
        fields: dict[str, Json] = {"name": self.after.name, "formula": self.text(observed.wanted)}
        if writer.tools.has("control_manage", "data.updatedFields.format.type"):
            fields |= _format(writer, self.after)
        uri = writer.uri("canvases", page, "formulas", id)
        writer.call("control_manage", uri, data={"action": "update", "updatedFields": fields})

    def learn(self, observed: Observation) -> dict[str, str]:
        if self.before.name not in observed.ids.formulas:
            return _FormulaChange.learn(self, observed)
        observed.ids.rename("formula", self.before.name, self.after.name)
        return {}


@dataclass(frozen=True, slots=True)
class DropFormula(Removal):
    """A named formula to be removed."""

    formula: str

    def __str__(self) -> str:
        return f"drop named formula {self.formula}"

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("named", "", self.formula)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        return replace(doc, formulas=without(doc.formulas, self.formula))

    def instructions(self, _: Doc) -> Instructions:
        return Instructions((f"Click the named formula {self.formula} and delete it",))

    def tool_use(self) -> ToolUse:
        return ToolUse("control_delete")

    def state(self, observed: Observation) -> ChangeState:
        return DONE if observed.inspector.formula(self.formula) is None else TO_DO

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        there = observed.inspector.formula(self.formula)
        id = first_id(writer.ids.formulas, f"named formula {self.formula}", self.formula)
        writer.call("control_delete", writer.uri("canvases", there.page if there is not None else "", "formulas", id))


def _added(formula: NamedFormula, there: ObservedFormula | None) -> ChangeState:
    """The state of a formula that is to be there with its text."""
    if there is None:
        return TO_DO
    if there.text is None:
        return conflict(f"the text of {formula.name} is unknown")
    is_ours = compare_formulas(there.text, formula.formula.text) != "different"
    return DONE if is_ours else conflict(f"a named formula {formula.name} is there by now")


def _format(writer: Writer, formula: NamedFormula) -> dict[str, Json]:
    """The format of a formula as the tools take it, if they have it."""
    column = formula_column(formula)
    return {"format": writer.format(column)} if has_tool_format(column) and formula.kind != "other" else {}
