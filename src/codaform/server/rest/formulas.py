"""Named formulas and controls: the API returns their values, but not their formulas."""

from __future__ import annotations

from dataclasses import replace

from codaform.coda.wire.cells import cell_to_rest
from codaform.model.schema import control_column, formula_column
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc, named_value
from codaform.server.doc.records import ControlRecord, FormulaRecord, Json
from codaform.server.rest.call import Reply, RestCall, list_page, not_found, unpack_query
from codaform.server.rest.references import page_reference


def list_formulas(call: RestCall) -> Reply:
    """The named formulas of a doc, without their values."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    doc = call.doc
    found = list(doc.record.formulas)
    if call.choice("sortBy", ("name",)):
        found.sort(key=lambda record: record.formula.name.casefold())
    return Reply(list_page(call, found, lambda record: _formula(call, doc, record), start))


def get_formula(call: RestCall) -> Reply:
    """A named formula with its value."""
    doc = call.doc
    record = finding.formula(doc.record, call.path["formulaIdOrName"])
    if record is None:
        raise not_found("formula")
    formula = record.formula
    value = cell_to_rest(named_value(doc, formula.name), formula_column(formula), "simpleWithArrays", doc)
    return Reply({**_formula(call, doc, record), "value": value})


def _formula(call: RestCall, doc: LocalDoc, record: FormulaRecord) -> dict[str, Json]:
    href = call.href("docs", doc.record.id, "formulas", record.id)
    return _placed(
        call, doc, record.page, {"id": record.id, "type": "formula", "href": href, "name": record.formula.name}
    )


def list_controls(call: RestCall) -> Reply:
    """The controls of a doc, without their values."""
    query, start = unpack_query(call)
    call = replace(call, query=query)
    doc = call.doc
    found = list(doc.record.controls)
    if call.choice("sortBy", ("name",)):
        found.sort(key=lambda record: record.name.casefold())
    return Reply(list_page(call, found, lambda record: _control(call, doc, record), start))


def get_control(call: RestCall) -> Reply:
    """A control with its value."""
    doc = call.doc
    record = finding.control(doc.record, call.path["controlIdOrName"])
    if record is None:
        raise not_found("control")
    return Reply({**_control(call, doc, record), "controlType": record.kind, "value": _value(doc, record)})


def _value(doc: LocalDoc, record: ControlRecord) -> Json:
    """The value of a control; for a button, its label."""
    control = doc.book.doc.controls.get(record.name)
    if record.kind == "button" or control is None:
        return str(record.settings.get("label") or "")
    return cell_to_rest(named_value(doc, control.name), control_column(control), "simpleWithArrays", doc)


def _control(call: RestCall, doc: LocalDoc, record: ControlRecord) -> dict[str, Json]:
    href = call.href("docs", doc.record.id, "controls", record.id)
    return _placed(call, doc, record.page, {"id": record.id, "type": "control", "href": href, "name": record.name})


def _placed(call: RestCall, doc: LocalDoc, page_id: str, body: dict[str, Json]) -> dict[str, Json]:
    parent = page_reference(call, doc, page_id)
    return {**body, "parent": parent} if parent is not None else body
