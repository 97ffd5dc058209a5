"""The controls of a doc on the page: their inputs, and the effects of setting or pressing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from codaform.coda.wire.cells import cell_from_rest
from codaform.coda.wire.texts import InvalidValue
from codaform.evaluation.actions import Performed
from codaform.evaluation.cell_changes import CellChange
from codaform.markup.values import value_html
from codaform.model.conversion import to_text
from codaform.model.schema import UNSETTABLE, Control, control_column
from codaform.model.values import EvaluationError, Row
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc, named_value
from codaform.server.doc.records import ControlRecord, Json
from codaform.server.doc.stored_values import to_json
from codaform.server.page.cell_diff import everything, observe
from codaform.server.page.change_report import change_report, describe_change, line
from codaform.server.page.page_context import PageContext, text_of
from codaform.server.page.values import look, raw

_MOST_CHOICES = 200
"""The most options of a select list."""

_INPUTS = {
    "checkbox": "checkbox",
    "toggle": "checkbox",
    "date": "date",
    "datetime": "datetime-local",
    "time": "time",
    "date_range": "date",
    "slider": "number",
    "scale": "number",
    "button": "button",
}
"""The input of each type of control in a browser; other types have a text field."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A control on the page. input: Its input: `text`, `number`, `select` …, or empty without one.

    values: The present values of the input. options: The options to choose. value: Its value as HTML.
    """

    id: str
    name: str
    about: str
    kind: str
    input: str
    values: tuple[object, ...]
    options: tuple[str, ...]
    many: bool
    value: Markup
    label: str = ""
    off: bool = False


def controls(doc: LocalDoc) -> list[Shown]:
    """The controls of a doc, in order."""
    known = doc.book.doc.controls
    return [_shown(doc, record, known[record.name]) for record in doc.record.controls if record.name in known]


def _shown(doc: LocalDoc, record: ControlRecord, control: Control) -> Shown:
    column, value = control_column(control), named_value(doc, control.name)
    options = _options(doc, control) if control.kind == "select" else ()
    ready = raw(doc, value, column)
    values = tuple(ready) if isinstance(ready, list) else (ready,)
    if control.kind == "relation":
        rows = value if isinstance(value, list) else [value]
        values = (", ".join(doc.display(row) for row in rows if isinstance(row, Row)),)
    if control.kind == "date_range":
        values = (*values, "", "")[:2]
    condition = doc.program.formulas.get(FormulaSite("disable_if", "", control.name))
    return Shown(
        record.id,
        control.name,
        control.about,
        control.kind.replace("_", " "),
        "" if control.kind in ("reaction", "ai_block") else "select" if options else _INPUTS.get(control.kind, "text"),
        values,
        options,
        control.many,
        value_html(look(doc), value, column),
        control.label or control.name,
        condition is not None and doc.book.evaluate(condition) is True,
    )


def _options(doc: LocalDoc, control: Control) -> tuple[str, ...]:
    if control.choices is None:
        return control.options
    found = doc.book.evaluate(doc.program.formulas[FormulaSite("choices", "", control.name)])
    texts: list[str] = []
    for item in found if isinstance(found, list) else []:
        try:
            text = to_text(item, doc.book)
        except EvaluationError:
            continue
        if text:
            texts.append(text)
    return tuple(dict.fromkeys(texts))[:_MOST_CHOICES]


def set_control(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Set a control."""
    doc = context.doc(request.path_params["doc"])
    record, control = _found(doc, text_of(data, "control"))
    if control.kind in UNSETTABLE:
        raise HTTPException(409, f"{control.name} is not set to a value.")
    value = _read(doc, control, data.get("value"))
    before = named_value(doc, control.name)
    arguments = {"control": record.id, "value": to_json(value)}
    id = doc.record.id
    changed = [GraphNode("control", "", control.name)]
    diff = observe(doc, lambda: context.workspace.do(id, "set control", arguments), changed, lambda: context.doc(id))
    doc = context.doc(id)
    own = line(doc, CellChange(None, control.name, before, named_value(doc, control.name)))
    return change_report(context.templates, doc, diff, f"{control.name} was set", [own])


def press_control(context: PageContext, request: Request, data: Mapping[str, Any]) -> Response:
    """Press a button on a page."""
    doc = context.doc(request.path_params["doc"])
    record, control = _found(doc, text_of(data, "control"))
    if control.kind != "button":
        raise HTTPException(409, f"{control.name} is no button.")
    id, arguments = doc.record.id, {"control": record.id}
    change = lambda: context.workspace.do(id, "press control", arguments)  # noqa: E731
    diff = observe(doc, change, everything(doc), lambda: context.doc(id))
    done = diff.done if isinstance(diff.done, Performed) else Performed()
    label = control.label or control.name
    title = f"{label} cannot be pressed now" if done.disabled else f"{label} was pressed"
    effects = [describe_change(doc, change) for change in done.changes[:50]]
    if done.error is not None:
        effects.append(Markup('<span class="error">{}</span>').format(done.error.message))
    return change_report(context.templates, doc, diff, title, [], happened=effects)


def _found(doc: LocalDoc, id: str) -> tuple[ControlRecord, Control]:
    record = finding.control(doc.record, id)
    control = doc.book.doc.controls.get(record.name) if record is not None else None
    if record is None or control is None:
        raise HTTPException(404, "There is no such control.")
    return record, control


def _read(doc: LocalDoc, control: Control, given: Json) -> object:
    """A given value in the control's type. Raises HTTPException (400)."""
    items = given if isinstance(given, list) else [given]
    if not all(isinstance(item, str | bool) or item is None for item in items):
        raise HTTPException(400, "No control gives such a value.")
    kept = [item for item in items if item not in ("", None)] if isinstance(given, list) else given
    if control.kind == "date_range" and isinstance(kept, list) and len(kept) not in (0, 2):
        raise HTTPException(400, f"{control.name} needs both ends.")
    try:
        return cell_from_rest(kept, control_column(control), doc, True)
    except InvalidValue as problem:
        raise HTTPException(400, f"{problem.text} is no value of {control.name}.") from None
