"""Controls between what a local doc keeps of them and what the compiler knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codaform.coda.wire.formats import control_from_rest, control_to_rest
from codaform.model.formats import Format
from codaform.model.schema import Control
from codaform.server.doc.records import ControlRecord, Json
from codaform.server.doc.stored_values import from_json, to_json
from codaform.source import Source

_TEXTS = {"choicesFormula": "choices", "actionFormula": "action", "disableIfFormula": "disable_if"}
"""The settings that are formulas, and the fields of a control that they stand for."""


def as_control(record: ControlRecord, tables: Mapping[str, str]) -> Control:
    """The control that a record keeps. tables: Names of tables by their ids; one that is gone is no table."""
    settings = record.settings
    kind, many = control_from_rest(settings.get("type") or record.kind)
    first = from_json(settings.get("first"))
    texts: dict[str, Any] = {
        field: Source(record.name, settings[name]) for name, field in _TEXTS.items() if settings.get(name)
    }
    return Control(
        record.name,
        kind,
        about=settings.get("about") or "",
        many=many or bool(settings.get("many")),
        to=tables.get(settings.get("table") or "", ""),
        options=tuple(settings.get("options") or ()),
        format=Format(**(settings.get("format") or {})),
        label=settings.get("label") or "",
        value=tuple(first) if isinstance(first, list) else first,
        **texts,
    )


def control_record(control: Control, id: str, page: str, table: str, value: object) -> ControlRecord:
    """The record of a control. table: The id of the table whose rows it is set to. value: What it is set to."""
    first = list(control.value) if isinstance(control.value, tuple) else control.value
    told: dict[str, Json] = {
        "type": control.kind,
        "many": control.many,
        "about": control.about,
        "table": table,
        "options": list(control.options),
        "format": control.format.members(),
        "label": control.label or (control.name if control.kind == "button" else ""),
        "first": to_json(first),
    }
    texts = {name: getattr(control, field) for name, field in _TEXTS.items()}
    told |= {name: source.text.strip() for name, source in texts.items() if source is not None}
    kept = {name: member for name, member in told.items() if member not in ("", None, False, [])}
    return ControlRecord(id, control.name, page, control_to_rest(control), to_json(value), kept)
