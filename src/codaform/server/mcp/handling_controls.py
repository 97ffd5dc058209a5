"""What the tools for formulas, buttons and reactions on a page do, and for running a formula."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_to_tool
from codaform.model import types
from codaform.model.schema import Column
from codaform.model.types import describe
from codaform.model.values import Error
from codaform.semantics.acting import acts
from codaform.semantics.program import Place
from codaform.server.commands.column_types import fields_of
from codaform.server.commands.controls import read_format
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ControlRecord, FormulaRecord, Json
from codaform.server.mcp.addresses import control_uri, formula_uri
from codaform.server.mcp.caller import Caller
from codaform.server.mcp.describing import control_shape, formula_shape
from codaform.server.mcp.endpoint import Refused
from codaform.server.mcp.formula_checks import action, understood

_FIELDS = {
    "button": ("label", "actionFormula", "disableIfFormula", "color"),
    "reaction": ("imageIcon", "reactionDisplay"),
}
"""What is set of each kind of control."""


def manage(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Put something on a page, or change what is there."""
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
        raise Refused(f"{_name(found)} has no {stray[0]}; what can be set is {', '.join(allowed)}.")
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


def delete(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Delete a formula or a control."""
    doc, found = caller.control(arguments["uri"])
    if isinstance(found, FormulaRecord):
        caller.do(doc, "delete formula", {"formula": found.id})
        return {"formulaUri": formula_uri(found), "deleted": True}
    caller.do(doc, "delete control", {"control": found.id})
    return {"controlUri": control_uri(found), "deleted": True}


def execute(caller: Caller, arguments: dict[str, Any]) -> Json:
    """Compute a formula as if it stood on a page; nothing is written, whatever it says."""
    doc, _ = caller.whole_doc(arguments["uri"])
    bound = understood(doc, arguments["formula"], Place("test", "", ""), None)
    if acts(bound.body):
        raise Refused("The formula is an action; a formula that is run here cannot change anything.")
    value = doc.book.evaluate(bound)
    if isinstance(value, Error):
        raise Refused(f"The formula gives an error: {value.message}")
    column = Column("", **fields_of(bound.type))
    return {"value": cell_to_tool(value, column, doc), "type": describe(bound.type)}


def _check_formula(doc: LocalDoc, fields: Mapping[str, Json]) -> None:
    """Refuses a formula that cannot be computed: a reply has no place to tell what is wrong with it. Assumed."""
    if fields.get("formula"):
        bound = understood(doc, fields["formula"], Place("test", "", ""), None)
        if acts(bound.body):
            raise Refused("The formula is an action; actions run in buttons.")
    if fields.get("format"):
        try:
            shape, _ = read_format(doc.record, fields["format"])
        except ValueError as problem:
            raise Refused(f"The format cannot be read: {problem}.") from None
        if fields["format"]["type"] == "lookup" and not shape["to"]:
            raise Refused(f"There is no table {fields['format'].get('objectId')}.")
        if fields["format"]["type"] in _FIELDS:
            raise Refused(f"A formula cannot be shown as a {fields['format']['type']}.")


def _check_button(doc: LocalDoc, fields: Mapping[str, Json]) -> None:
    if fields.get("actionFormula"):
        action(doc, fields["actionFormula"])
    if fields.get("disableIfFormula"):
        understood(doc, fields["disableIfFormula"], Place("disable_if", "", ""), types.BOOLEAN)


def _shape(doc: LocalDoc, found: FormulaRecord | ControlRecord) -> Json:
    return formula_shape(doc, found) if isinstance(found, FormulaRecord) else control_shape(doc, found)


def _name(found: FormulaRecord | ControlRecord) -> str:
    return found.formula.name if isinstance(found, FormulaRecord) else found.name
