"""What is said of a column in a few words: what it holds, and who fills it."""

from __future__ import annotations

from markupsafe import Markup

from codaform.markup.values import colour
from codaform.model.formats import format_text
from codaform.model.schema import Column, Doc, Table
from codaform.semantics.dependencies import Thing
from codaform.site.tables import blocks
from codaform.site.tables.places import column_place, default_place, table_path, thing_place

MOST_OPTIONS = 24
"""How many options of a select list are named."""

VOLATILE = "it may change although nothing in the doc does"


def type_of(doc: Doc, page: str, column: Column) -> Markup:
    """The type of a column as HTML: the options as pills, the target of a relation as a link."""
    word = column.kind.replace("_", " ")
    match column.kind:
        case "relation":
            many = column.many or bool(column.reverse)
            word = "rows of " if many else "row of "
            return Markup("{}{}").format(word, table_link(doc, page, column.to))
        case "select":
            pills = [
                Markup('<span class="pill p{}">{}</span>').format(colour(option, column.options), option)
                for option in column.options[:MOST_OPTIONS]
            ]
            more = len(column.options) - len(pills)
            rest = Markup(' <span class="more">+{} more</span>').format(more) if more > 0 else Markup("")
            several = "select, many" if column.many else "select"
            return Markup('{} <span class="coda-options">{}{}</span>').format(several, blocks.joined(pills, " "), rest)
    format = format_text(column.kind, column.format)
    shown = Markup(" {}").format(blocks.code(format)) if format else Markup("")
    return Markup("{}{}{}").format(word, ", many" if column.many else "", shown)


def table_link(doc: Doc, page: str, table: str) -> Markup:
    """A table's name with a link to its page; the name alone for a table that is not there."""
    name = blocks.code(table or "?")
    return blocks.link(page, table_path(doc, table), name) if table in doc.tables else name


def column_link(doc: Doc, page: str, table: str, column: str, short: bool = False) -> Markup:
    """A column's name with a link to it. short: Without the table's name."""
    name = blocks.code(column if short else f"{table}.{column}")
    known = table in doc.tables and column in doc.tables[table].columns
    return blocks.link(page, column_place(doc, table, column), name) if known else name


def thing_link(doc: Doc, page: str, thing: Thing) -> Markup:
    """A link to whatever a formula can read, with what it is where its name does not say so."""
    place = thing_place(doc, thing)
    match thing.kind:
        case "cells":
            return column_link(doc, page, thing.table, thing.name)
        case "view":
            return Markup("the view {}").format(blocks.link(page, place, blocks.code(thing.name)))
        case "named" | "control":
            return blocks.link(page, place, blocks.code(thing.name))
    return Markup("the rows of {}").format(table_link(doc, page, thing.table))


def filled_by(doc: Doc, page: str, table: Table, column: Column) -> Markup:
    """Who or what makes the cells of a column."""
    if column.kind == "button":
        return Markup("a button")
    if column.formula is not None:
        own = column_place(doc, table.name, column.name)
        return Markup("{} {}").format(blocks.mark("ƒ", "computed by a formula"), blocks.link(page, own, "a formula"))
    if column.reverse:
        other = column_link(doc, page, column.to, column.reverse, short=True)
        return Markup("{} the other side of {}").format(blocks.mark("⇄", "the other side of a relation"), other)
    if column.computed:
        return Markup("{} Coda itself").format(blocks.mark("•", "kept by Coda itself"))
    if column.default is not None:
        starts = blocks.link(page, default_place(doc, table.name, column.name), "filled")
        return Markup("a person; in a new row it is {}").format(starts)
    return Markup("a person")


def marks(table: Table, column: Column) -> Markup:
    """What a column is for its table: its key, the name of its rows."""
    found = []
    if column.key:
        found.append(blocks.mark("key", "no two rows have the same"))
    if table.display is column:
        found.append(blocks.mark("name", "a row is shown by this column's text"))
    return blocks.joined([Markup(" {}").format(one) for one in found], "")
