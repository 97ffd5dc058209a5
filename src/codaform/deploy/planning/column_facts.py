"""What a column is, as far as Coda has a say in it: its shape, its button, its formula's text."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from codaform.coda.wire.formats import to_rest
from codaform.coda.wire.tool_formats import tool_expressible
from codaform.deploy.planning.changes import Button
from codaform.model.formats import NO_FORMAT, format_text, without_usual
from codaform.model.schema import Column
from codaform.source import Source


def is_plain(column: Column) -> bool:
    """Whether a column can be made together with its table: it refers to nothing and every route knows its kind."""
    computed = column.computed or column.kind == "relation"
    return not computed and tool_expressible(column)


def kind_told(column: Column) -> dict[str, object]:
    """What Coda would tell of the kind of a column's values."""
    told = to_rest(replace(column, format=NO_FORMAT), {}, lambda name: {"name": name})
    return {name: told[name] for name in ("type", "isArray", "table", "displayType") if name in told}


def told(column: Column) -> str:
    """Its kind in words."""
    kind = column.kind.replace("_", " ")
    return f"{'many ' if column.many else ''}{kind}{f' to {column.to}' if column.to else ''}"


_LONGEST_OPTIONS = 200


def shape_text(column: Column, table_id: str = "") -> str:
    """A column's type, format and options in one line, the same as long as Coda shows the column in the same way.

    table_id: The id of the table that a relation leads to.
    """
    kind = column.kind.replace("_", " ")
    many = "many " if column.many else ""
    options = json.dumps(column.options, ensure_ascii=False) if column.options else ""
    if len(options) > _LONGEST_OPTIONS:
        mark = hashlib.sha256(options.encode("utf-8", "replace")).hexdigest()[:16]
        options = f"[{len(column.options)} options, {mark}]"
    format = format_text(column.kind, without_usual(column.kind, column.format))
    return " ".join(part for part in (f"{many}{kind}", f"to {table_id}" if table_id else "", format, options) if part)


def button_of(column: Column) -> Button:
    """What stands on it and what it does."""
    return Button(column.label or column.name, text_of(column.action), text_of(column.disable_if))


def text_of(source: Source | None) -> str | None:
    """A formula's text; None where there is none."""
    return source.text.strip() if source is not None else None
