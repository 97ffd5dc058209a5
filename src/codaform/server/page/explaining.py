"""Why a cell or a named formula shows what it shows: its formula part by part, what it reads, who reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.explain import Step, explain
from codaform.markup.formulas import highlighted
from codaform.markup.values import shown
from codaform.model.schema import Column, formula_column, value_type
from codaform.model.types import describe
from codaform.model.values import Row
from codaform.semantics.dependencies import Thing, graph
from codaform.semantics.program import Place
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, RowRecord, TableRecord
from codaform.server.page.addresses import of_thing
from codaform.server.page.values import look
from codaform.source import Source

MOST_ITEMS = 5
"""How many values of a list are told of a part of a formula."""

MOST_PARTS = 400
"""How many parts of a formula are told; a formula with more is as long as a page."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a formula with its value, both as HTML."""

    text: Markup
    value: Markup
    note: str
    children: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Link:
    """Something that is read, or that reads: what kind it is, its name, where it is shown."""

    kind: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Told:
    """A formula under its heading (`Formula`, `When pressed` …), with what is wrong with it."""

    heading: str
    text: Markup
    tree: Part | None
    diagnostics: Sequence[Diagnostic]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say of a value.

    type: In words. made: How it came to be, for what has no formula.
    """

    title: str
    place: str
    about: str
    type: str
    value: Markup
    made: str
    formulas: Sequence[Told]
    reads: Sequence[Link]
    readers: Sequence[Link]


def of_cell(doc: LocalDoc, table: TableRecord, row: RowRecord, record: ColumnRecord) -> Explanation:
    """What there is to say of a cell."""
    column, reference = record.column, Row(table.name, row.number)
    formulas = []
    if column.formula is not None:
        formulas.append(told(doc, "Formula", column.formula, Place("formula", table.name, column.name), reference))
    if column.action is not None:
        formulas.append(told(doc, "When pressed", column.action, Place("action", table.name, column.name), None))
    if column.disable_if is not None:
        place = Place("disable_if", table.name, column.name)
        formulas.append(told(doc, "Cannot be pressed if", column.disable_if, place, reference))
    if column.default is not None:
        formulas.append(told(doc, "In a new row", column.default, Place("default", table.name, column.name), None))
    thing = Thing("cells", table.name, column.name)
    value = Markup("") if column.kind == "button" else doc.value(table, row, record)
    return Explanation(
        column.name,
        f"{table.name} · {doc.display(reference) or f'row {row.number}'}",
        column.about,
        _kind(column),
        value if isinstance(value, Markup) else shown(look(doc), value, column, whole=True),
        _made(column, record.id in row.unfit),
        formulas,
        *_links(doc, thing),
    )


def of_formula(doc: LocalDoc, name: str, value: object) -> Explanation:
    """What there is to say of a named formula."""
    named = doc.book.doc.formulas[name]
    column = formula_column(named)
    return Explanation(
        name,
        "named formula",
        named.about,
        _kind(column),
        shown(look(doc), value, column, whole=True),
        "",
        [told(doc, "Formula", named.formula, Place("named", "", name), None)],
        *_links(doc, Thing("named", "", name)),
    )


def told(doc: LocalDoc, heading: str, source: Source, place: Place, row: Row | None) -> Told:
    """A formula of the doc; with a row, or for one that needs none, with the value of every part."""
    bound = doc.program.formulas[place]
    computes = row is not None or place.role == "named"
    tree = parts(doc, explain(source, bound, doc.book, row)) if computes else None
    return Told(heading, highlighted(doc.book.doc, source.text, bound.diagnostics), tree, bound.diagnostics)


def parts(doc: LocalDoc, step: Step) -> Part:
    """The steps of an explanation as HTML."""
    left = [MOST_PARTS]

    def part(step: Step) -> Part:
        left[0] -= 1
        known = step.note != "not computed"
        value = result(doc, step.value, MOST_ITEMS) if known else Markup("")
        children = [part(child) for child in step.children if left[0] > 0]
        return Part(highlighted(doc.book.doc, step.text), value, step.note, children)

    return part(step)


def result(doc: LocalDoc, value: object, most: int) -> Markup:
    """What a formula, or a part of one, gives, where no column tells how to show it. most: How many items of a list."""
    if isinstance(value, bool):
        return escape("true" if value else "false")
    return shown(look(doc), value, most=most) or Markup('<span class="blank">blank</span>')


def _kind(column: Column) -> str:
    kind, seen = column.kind.replace("_", " "), describe(value_type(column))
    return kind if kind == seen else f"{kind} — {seen}"


def _made(column: Column, unfit: bool) -> str:
    if unfit:
        return "This text does not fit the column. Coda keeps and shows it all the same; formulas see a blank."
    if column.reverse:
        return f"The other side of {column.to}.{column.reverse}: the rows there that point to this one."
    if column.kind == "button" or column.formula is not None:
        return ""
    return "Kept by Coda itself." if column.computed else "Entered by hand."


def _links(doc: LocalDoc, thing: Thing) -> tuple[list[Link], list[Link]]:
    needs = graph(doc.program)
    reads = needs[thing].things if thing in needs else frozenset()
    readers = (other for other, read in needs.items() if thing in read.things and other != thing)
    return _sorted(doc, reads), _sorted(doc, readers)


def _sorted(doc: LocalDoc, things: Iterable[Thing]) -> list[Link]:
    links = [_link(doc, thing) for thing in things]
    return sorted(links, key=lambda link: (link.kind, link.name))


def _link(doc: LocalDoc, thing: Thing) -> Link:
    address = of_thing(doc, thing)
    match thing.kind:
        case "cells":
            return Link("column", f"{thing.table}.{thing.name}", address)
        case "rows":
            return Link("rows of", thing.table, address)
        case "view":
            return Link("view", thing.name, address)
    return Link("formula", thing.name, address)
