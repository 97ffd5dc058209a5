"""The column type that shows values of a type."""

from __future__ import annotations

from collections.abc import Mapping

from codaform.model import types
from codaform.model.types import ListOf, OneOf, RowOf, Type

_KINDS: Mapping[Type, str] = {
    types.TEXT: "text",
    types.BLANK: "text",
    types.ACTION: "text",
    types.NUMBER: "number",
    types.BOOLEAN: "checkbox",
    types.DATE: "date",
    types.DATETIME: "datetime",
    types.TIME: "time",
    types.DURATION: "duration",
    types.PERSON: "person",
}

_TIMES = frozenset({types.DATE, types.DATETIME, types.DURATION})


def kind_of(kind: Type) -> tuple[str, bool, str]:
    """The column type that holds values of this type, whether it holds several, and the table of its rows."""
    many, item = (True, kind.item) if isinstance(kind, ListOf) else (False, kind)
    if isinstance(item, OneOf) and _TIMES.issuperset(item.options):
        # A day and a number give a day, as long as the number is whole; the column shows days.
        item = item.options[0]
    to = item.table if isinstance(item, RowOf) else ""
    return "relation" if to else _KINDS.get(item, "other"), many, to
