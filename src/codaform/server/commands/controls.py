"""Commands for formulas, buttons and reactions on pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from codaform.coda.wire.tool_formats import format_from_tool
from codaform.model.schema import NamedFormula
from codaform.semantics.renaming import Renaming
from codaform.server.commands.column_types import INFERRED, infer_types
from codaform.server.commands.names import free, numbered, rename, taken
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ControlRecord, DocRecord, FormulaRecord, Json
from codaform.server.doc.stored_values import from_json
from codaform.source import Source


def add_formula(
    doc: LocalDoc, id: str, page: str, formula: str, name: str = "", format: Mapping[str, Json] | None = None
) -> None:
    """Put a formula on a page. format: How it shows its value; without a format, its type is inferred."""
    place = finding.page(doc.record, page)
    if place is None:
        return
    own = _own_name(doc.record, name, "Formula")
    doc.record.formulas.append(
        FormulaRecord(id, NamedFormula(own, "text", Source(own, formula)), place.id, {INFERRED: True})
    )
    update_formula(doc, id, format=format)


def update_formula(
    doc: LocalDoc, formula: str, name: str = "", text: str = "", format: Mapping[str, Json] | None = None
) -> None:
    """Change a formula on a page; empty arguments change nothing. A new name is written into other formulas."""
    record = finding.formula(doc.record, formula)
    if record is None:
        return
    _rename(doc, "formula", record.formula.name, name)
    if text:
        record.formula = replace(record.formula, formula=Source(record.formula.name, text))
    if format is not None:
        fields, settings = read_format(doc.record, format)
        shape = {name: fields[name] for name in ("kind", "many", "to", "format")}
        record.formula = replace(record.formula, **shape)
        record.settings = settings
    infer_types(doc)
    doc.rebuild()


def delete_formula(doc: LocalDoc, formula: str) -> None:
    """Delete a formula from its page."""
    doc.record.formulas = [known for known in doc.record.formulas if known.id != formula]
    infer_types(doc)
    doc.rebuild()


def add_control(
    doc: LocalDoc, id: str, page: str, kind: str, settings: Mapping[str, Json], name: str = "", value: Json = None
) -> None:
    """Put a control on a page. kind: Its name in the API. settings: The label and formulas of a button, and so on."""
    place = finding.page(doc.record, page)
    if place is None:
        return
    own = _own_name(doc.record, name, kind.capitalize())
    doc.record.controls.append(ControlRecord(id, own, place.id, kind, value, dict(settings)))
    doc.rebuild()


def update_control(doc: LocalDoc, control: str, settings: Mapping[str, Json], name: str = "") -> None:
    """Change a control; other settings stay."""
    record = finding.control(doc.record, control)
    if record is None:
        return
    _rename(doc, "control", record.name, name)
    record.settings.update(settings)
    doc.rebuild()


def set_control(doc: LocalDoc, control: str, value: Json) -> None:
    """Set a control to a value in the form of `stored_values`; skip a control that is gone."""
    record = finding.control(doc.record, control)
    if record is not None:
        record.value = value
        doc.book.set_control(record.name, from_json(value))
        doc.rebuilt = True


def delete_control(doc: LocalDoc, control: str) -> None:
    """Delete a control from its page."""
    doc.record.controls = [known for known in doc.record.controls if known.id != control]
    doc.rebuild()


def read_format(doc: DocRecord, format: Mapping[str, Json]) -> tuple[dict[str, Any], dict[str, Json]]:
    """The fields and settings of a column with a tool's format. A relation to a table that is gone has the type
    `other`. Raises ValueError for an unknown type."""
    names = {table.id: table.name for table in doc.tables}
    fields, settings = format_from_tool(format, lambda id: names.get(id, ""))
    if fields["kind"] == "relation" and not fields["to"]:
        fields["kind"] = "other"
    return fields, settings


def _own_name(doc: DocRecord, name: str, word: str) -> str:
    others = taken(doc)
    return free(name, others) if name else numbered(word, others)


def _rename(doc: LocalDoc, kind: Literal["formula", "control"], old: str, new: str) -> None:
    if new and new != old:
        others = taken(doc.record) - {old.casefold()}
        rename(doc, Renaming(kind, old, free(new, others)))
