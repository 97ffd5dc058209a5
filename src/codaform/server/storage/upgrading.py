"""Records of docs as earlier versions of codaform kept them, in today's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from codaform.coda.wire.formats import MEMBER_NAMES, REST_TYPES, take_format_members
from codaform.model.formats import short_format


def upgraded(record: Mapping[str, Any]) -> dict[str, Any]:
    """A doc's record as JSON, in which formats are members: they were a text, beside settings by the API's names."""
    found = dict(record)
    if isinstance(tables := found.get("tables"), list):
        found["tables"] = [_table(table) for table in tables]
    return found


def _table(table: Any) -> Any:
    if not isinstance(table, dict) or not isinstance(columns := table.get("columns"), list):
        return table
    return {**table, "columns": [_column(column) for column in columns]}


def _column(record: Any) -> Any:
    column = record.get("column") if isinstance(record, dict) else None
    if not isinstance(column, dict) or not isinstance(text := column.get("format"), str):
        return record
    kind = str(column.get("kind"))
    settings = dict(record.get("settings") or {})
    rest = "imageReference" if kind == "image" and "width" in settings else REST_TYPES.get(kind, kind)
    said = short_format(kind, text) if text else None
    members = asdict(said) if said is not None else {}
    if rest in MEMBER_NAMES:
        members |= take_format_members(rest, settings).members()
    members = {name: value for name, value in members.items() if value not in (None, "")}
    return {**record, "column": {**column, "format": members}, "settings": settings}
