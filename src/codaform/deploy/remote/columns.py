"""A column as Coda has it: its type and format, its button, and the formula that fills it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codaform.coda.wire.formats import format_to_rest
from codaform.coda.wire.tool_formats import has_tool_format
from codaform.model.formats import NO_FORMAT, Format, format_text, without_usual
from codaform.model.schema import Column, Doc, Table
from codaform.semantics.program import Place, formulas
from codaform.source import Source
from codaform.syntax.names import bracketed


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of values a column holds and how they are shown."""

    kind: str
    many: bool = False
    to: str = ""
    format: Format = NO_FORMAT


def shape_of(column: Column) -> Shape:
    """The shape of a column."""
    return Shape(column.kind, column.many, column.to, column.format)


def shaped(name: str, shape: Shape) -> Column:
    """A column of a shape."""
    return Column(name, shape.kind, many=shape.many, to=shape.to, format=shape.format)


@dataclass(frozen=True, slots=True)
class Button:
    """What stands on a button and what it does, as texts."""

    label: str
    action: str | None = None
    disable_if: str | None = None


SYSTEM_FORMULAS = {
    "created_on": "thisRow.Created()",
    "created_by": "thisRow.CreatedBy()",
    "modified_on": "thisRow.Modified()",
    "modified_by": "thisRow.ModifiedBy()",
    "row_id": "thisRow.RowId()",
}
"""Columns that Coda fills by itself; neither API has a format for them, a formula gives the same."""

SHOWN_AS = {
    "created_on": "datetime",
    "created_by": "person",
    "modified_on": "datetime",
    "modified_by": "person",
    "row_id": "number",
}
"""The kind that such a column is for whoever looks at its format alone."""


def made_by(column: Column, table: Table, doc: Doc) -> str | None:
    """The formula that computes a column, None where a person enters its cells.

    The other side of a relation has one too: no API makes such a column, and a filter gives the same rows.
    """
    if column.formula is not None:
        return column.formula.text.strip()
    if column.reverse:
        return _mirror(column, table, doc)
    return SYSTEM_FORMULAS.get(column.kind)


def written_formulas(doc: Doc) -> Iterator[tuple[Place, str]]:
    """Every formula that Coda is to have, by its place; also those of columns that a formula stands in for."""
    for place, source, _ in formulas(doc):
        yield place, source.text.strip()
    for table in doc.tables.values():
        for column in table.columns.values():
            text = made_by(column, table, doc) if column.formula is None else None
            if text is not None:
                yield Place("formula", table.name, column.name), text


def _mirror(column: Column, table: Table, doc: Doc) -> str:
    target = doc.tables.get(column.to)
    mirrored = target.columns.get(column.reverse) if target is not None else None
    rows = bracketed(column.to)
    # A column of the formula's own row would win over the table.
    if any(name.casefold() == column.to.casefold() and name != column.name for name in table.columns):
        rows = f"/* table */ {rows}"
    points = f"CurrentValue.{bracketed(column.reverse)}"
    many = mirrored is not None and mirrored.many
    return f"{rows}.Filter({points}.Contains(thisRow))" if many else f"{rows}.Filter({points} = thisRow)"


def is_plain(column: Column) -> bool:
    """Whether a column can be made together with its table: it refers to nothing and every route knows its kind."""
    computed = column.computed or column.kind == "relation"
    return not computed and has_tool_format(column)


def kind_told(column: Column) -> dict[str, object]:
    """What Coda would tell of the kind of a column's values."""
    told = format_to_rest(replace(column, format=NO_FORMAT), {}, lambda name: {"name": name})
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
