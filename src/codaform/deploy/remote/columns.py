"""A column as Coda has it: its type and format, its button, and the formula that fills it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.formats import format_to_rest
from codaform.coda.wire.tool_formats import has_tool_format, tool_writable_format
from codaform.model.formats import NO_FORMAT, Format, format_text, without_usual
from codaform.model.schema import Column, Doc, Table
from codaform.semantics.program import FormulaSite, formulas
from codaform.source import Source


@dataclass(frozen=True, slots=True)
class Shape:
    """The type and format of a column."""

    kind: str
    many: bool = False
    to: str = ""
    format: Format = NO_FORMAT

    def has_type_of(self, other: Shape) -> bool:
        """Whether the other shape has the same type, whatever its format."""
        return (self.kind, self.many, self.to) == (other.kind, other.many, other.to)


def shape_of(column: Column) -> Shape:
    """The shape of a column."""
    return Shape(column.kind, column.many, column.to, column.format)


def shaped(name: str, shape: Shape) -> Column:
    """A column of a shape."""
    return Column(name, shape.kind, many=shape.many, to=shape.to, format=shape.format)


@dataclass(frozen=True, slots=True)
class Button:
    """The label, action and condition of a button, as texts."""

    label: str
    action: str | None = None
    disable_if: str | None = None


SHOWN_AS = {
    "created_on": "datetime",
    "created_by": "person",
    "modified_on": "datetime",
    "modified_by": "person",
    "row_id": "number",
}
"""The kinds that the formats of columns have which Coda fills by itself."""


def written_formulas(doc: Doc) -> Iterator[tuple[FormulaSite, str]]:
    """Every formula that a deploy writes, by its place; also those of columns that Coda can only have as formulas."""
    for place, source, _ in formulas(doc):
        yield place, source.text.strip()
    for table in doc.tables.values():
        for column in table.columns.values():
            text = column_formula(column, table, doc) if column.formula is None else None
            if text is not None:
                yield FormulaSite("formula", table.name, column.name), text


def is_plain(column: Column) -> bool:
    """Whether a column can be made together with its table: it refers to nothing and every route knows its kind."""
    computed = column.computed or column.kind == "relation"
    return not computed and has_tool_format(column)


def returned_type(column: Column) -> dict[str, object]:
    """What REST returns of the type of a column's values."""
    format = format_to_rest(replace(column, format=NO_FORMAT), {}, lambda name: {"name": name})
    return {name: format[name] for name in ("type", "isArray", "table", "displayType") if name in format}


def type_text(column: Column) -> str:
    """The type of a column in words."""
    kind = column.kind.replace("_", " ")
    return f"{'many ' if column.many else ''}{kind}{f' to {column.to}' if column.to else ''}"


_LONGEST_OPTIONS = 200


def shape_text(column: Column, table_id: str = "") -> str:
    """A column's type, format and options on one line, which changes only if Coda shows the column differently.

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
    """The label, action and condition of a button column."""
    return Button(column.label or column.name, text_of(column.action), text_of(column.disable_if))


def text_of(source: Source | None) -> str | None:
    """The text of a formula; None for none."""
    return source.text.strip() if source is not None else None


def writable(column: Column) -> Column:
    """A column with the part of its format that the tools can write; one that they cannot make keeps all of it."""
    return replace(column, format=tool_writable_format(column)) if has_tool_format(column) else column


def has_one_value(column: Column) -> bool:
    """Whether Coda has no columns of several values of its type, so that it never says that a formula gives a list."""
    return has_tool_format(column) and column.kind not in ("relation", "person", "select", "reaction")


def displayed_by(table: Table, name: str) -> Table:
    """The table whose rows show the text of this column."""
    columns = {column.name: replace(column, display=column.name == name) for column in table.columns.values()}
    return replace(table, columns=columns)


def position_of(name: str, there: Sequence[str], wanted: Sequence[str]) -> int:
    """The position of a new column among those that are there: after the nearest that precedes it in the wanted order,
    or else before the nearest that follows it, or else at the end."""
    folded = [known.casefold() for known in there]
    order = [known.casefold() for known in wanted]
    at = order.index(name.casefold()) if name.casefold() in order else len(order)
    for known in reversed(order[:at]):
        if known in folded:
            return folded.index(known) + 1
    return next((folded.index(known) for known in order[at:] if known in folded), len(folded))


def reordered(there: Iterable[str], after: Sequence[str]) -> list[str]:
    """Names of which some are in another order; the others keep their positions."""
    order = iter(after)
    return [next(order) if name in after else name for name in there]


# ------------------------------------------------------------ in words

_MENU_TYPES = {
    "checkbox": "Checkbox",
    "toggle": "Toggle",
    "select": "Select list",
    "relation": "Relation",
    "person": "People",
    "datetime": "Date and time",
    "created_on": "Created on",
    "created_by": "Created by",
    "modified_on": "Modified on",
    "modified_by": "Modified by",
    "row_id": "Row ID",
    "file": "File",
}


def menu_type(column: Column) -> str:
    """A column's type as Coda's menu names it, with its format."""
    kind = _MENU_TYPES.get(column.kind, column.kind.replace("_", " ").capitalize())
    target = f" to {column.to}" if column.to else ""
    many = ", several values allowed" if column.many else ""
    shown_as = format_text(column.kind, column.format)
    return f"{kind}{target}{many}{f', shown as {shown_as}' if shown_as else ''}"


def column_line(column: Column) -> str:
    """A column's name, type, options and whether it is the display column, on one line."""
    options = f": {', '.join(column.options)}" if column.options else ""
    display = ", shows the row" if column.display else ""
    return f"{column.name}: {format_line(shape_of(column))}{options}{display}"


def format_line(shape: Shape) -> str:
    """A shape on one line."""
    kind = shape.kind.replace("_", " ")
    shown_as = format_text(shape.kind, shape.format)
    parts = (f"to {shape.to}" if shape.to else "", "several values" if shape.many else "", shown_as)
    said = ", ".join(part for part in parts if part)
    return f"{kind} ({said})" if said else kind
