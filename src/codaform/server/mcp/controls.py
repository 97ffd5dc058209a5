"""The tools for formulas, buttons and reactions on a page, and for running a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_to_tool, formatted_text
from codaform.model import types
from codaform.model.schema import Column
from codaform.model.types import describe
from codaform.model.values import Error
from codaform.semantics import ir
from codaform.semantics.action_checks import acts
from codaform.semantics.program import FormulaSite
from codaform.server.commands.column_types import fields_of
from codaform.server.commands.controls import read_format
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ControlRecord, FormulaRecord, Json
from codaform.server.mcp.arguments import COLOR, COLUMN_FORMAT, ONLY_URI, POSITION, REACTION_DISPLAY, REACTION_ICON, URI
from codaform.server.mcp.caller import Caller, ToolRefused, bind_action, bind_formula, control_uri, formula_uri
from codaform.server.mcp.describing import control_shape, formula_shape, is_formatted
from codaform.server.mcp.schema import Schema, either, exactly, record, some_text, text
from codaform.server.mcp.tool import changes, reads, tool

_FORMULA: dict[str, Schema] = {"formula": some_text(), "format": COLUMN_FORMAT}

_BUTTON: dict[str, Schema] = {
    "label": some_text(),
    "actionFormula": some_text(),
    "disableIfFormula": text(),
    "color": COLOR,
}

_REACTION: dict[str, Schema] = {"imageIcon": REACTION_ICON, "reactionDisplay": REACTION_DISPLAY}

_CONTROL = either(
    record({"type": exactly("formula")} | _FORMULA, required=("type", "formula")),
    record({"type": exactly("button")} | _BUTTON, required=("type", "actionFormula", "label")),
    record({"type": exactly("reaction")} | _REACTION, required=("type", "imageIcon")),
)

_FIELDS = {
    "button": ("label", "actionFormula", "disableIfFormula", "color"),
    "reaction": ("imageIcon", "reactionDisplay"),
}
"""The settings of each kind of control."""


@tool(
    record(
        {
            "uri": URI,
            "data": either(
                record(
                    {
                        "action": exactly("create"),
                        "control": _CONTROL,
                        "name": text(),
                        "insertPosition": POSITION,
                    },
                    required=("action", "control"),
                ),
                record(
                    {
                        "action": exactly("update"),
                        "updatedFields": record({"name": some_text()} | _FORMULA | _BUTTON | _REACTION),
                    },
                    required=("action", "updatedFields"),
                ),
            ),
        },
        required=("uri", "data"),
    ),
    changes(),
)
def control_manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Puts a formula, a button or a reaction on a page, or changes one that is there."""
    data = arguments["data"]
    if data["action"] == "create":
        return _create(caller, arguments["uri"], data)
    doc, found = caller.control(arguments["uri"])
    fields = data["updatedFields"]
    allowed = (
        ("name", "formula", "format") if isinstance(found, FormulaRecord) else ("name", *_FIELDS.get(found.kind, ()))
    )
    stray = [name for name in fields if name not in allowed]
    if stray:
        raise ToolRefused(f"{_name(found)} has no {stray[0]}; what can be set is {', '.join(allowed)}.")
    if isinstance(found, FormulaRecord):
        _check_formula(doc, fields)
        change = {"formula": found.id, "name": fields.get("name", ""), "text": fields.get("formula", "")}
        caller.do(doc, "update formula", {**change, "format": fields.get("format")})
    else:
        _check_button(doc, fields)
        settings = {name: value for name, value in fields.items() if name != "name"}
        change = {"control": found.id, "name": fields.get("name", ""), "settings": settings}
        caller.do(doc, "update control", change)
    return _shape(doc, found)


def _create(caller: Caller, uri: str, data: Mapping[str, Json]) -> Json:
    doc, page = caller.page(uri)
    wanted, name = data["control"], data.get("name", "")
    if wanted["type"] == "formula":
        _check_formula(doc, wanted)
        id = ids.new("formula")
        change = {"id": id, "page": page.id, "formula": wanted["formula"], "name": name}
        caller.do(doc, "add formula", {**change, "format": wanted.get("format")})
        return _shape(doc, next(known for known in doc.record.formulas if known.id == id))
    _check_button(doc, wanted)
    id, kind = ids.new("control"), wanted["type"]
    settings = {name: wanted[name] for name in _FIELDS[kind] if name in wanted}
    change = {"id": id, "page": page.id, "kind": kind, "settings": settings, "name": name}
    caller.do(doc, "add control", {**change, "value": [] if kind == "reaction" else None})
    return _shape(doc, next(known for known in doc.record.controls if known.id == id))


@tool(ONLY_URI, changes())
def control_delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Deletes a formula or a control from its page."""
    doc, found = caller.control(arguments["uri"])
    if isinstance(found, FormulaRecord):
        caller.do(doc, "delete formula", {"formula": found.id})
        return {"formulaUri": formula_uri(found), "deleted": True}
    caller.do(doc, "delete control", {"control": found.id})
    return {"controlUri": control_uri(found), "deleted": True}


@tool(record({"uri": URI, "formula": some_text()}, required=("uri", "formula")), reads())
def formula_execute(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Computes a formula as on a page of the doc, and writes nothing."""
    # One author saw values from before a write, so this reads the doc as reads of the REST API do.
    doc = caller.workspace.reading(caller.whole_doc(arguments["uri"])[0].record.id)
    bound = bind_formula(doc, arguments["formula"], FormulaSite("test", "", ""), None)
    if acts(ir.parts(bound.body)):
        raise ToolRefused("The formula is an action; a formula that is run here cannot change anything.")
    value = doc.book.evaluate(bound)
    if isinstance(value, Error):
        raise ToolRefused(f"The formula gives an error: {value.message}")
    column = Column("", **fields_of(bound.type))
    formatted = isinstance(value, str) and value and is_formatted(bound)
    shown = formatted_text(str(value)) if formatted else cell_to_tool(value, column, doc)
    return {"value": shown, "type": describe(bound.type)}


def _check_formula(doc: LocalDoc, fields: Mapping[str, Json]) -> None:
    """Refuse a formula with an error, because the reply has no member for errors. That is assumed."""
    if fields.get("formula"):
        bound = bind_formula(doc, fields["formula"], FormulaSite("test", "", ""), None)
        if acts(ir.parts(bound.body)):
            raise ToolRefused("The formula is an action; actions run in buttons.")
    if fields.get("format"):
        try:
            shape, _ = read_format(doc.record, fields["format"])
        except ValueError as problem:
            raise ToolRefused(f"The format cannot be read: {problem}.") from None
        if fields["format"]["type"] == "lookup" and not shape["to"]:
            raise ToolRefused(f"There is no table {fields['format'].get('objectId')}.")
        if fields["format"]["type"] in _FIELDS:
            raise ToolRefused(f"A formula cannot be shown as a {fields['format']['type']}.")


def _check_button(doc: LocalDoc, fields: Mapping[str, Json]) -> None:
    if fields.get("actionFormula"):
        bind_action(doc, fields["actionFormula"])
    if fields.get("disableIfFormula"):
        bind_formula(doc, fields["disableIfFormula"], FormulaSite("disable_if", "", ""), types.BOOLEAN)


def _shape(doc: LocalDoc, found: FormulaRecord | ControlRecord) -> Json:
    return formula_shape(doc, found) if isinstance(found, FormulaRecord) else control_shape(doc, found)


def _name(found: FormulaRecord | ControlRecord) -> str:
    return found.formula.name if isinstance(found, FormulaRecord) else found.name
