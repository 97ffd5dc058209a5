"""Why a cell or a formula shows its value, part by part, with its inputs and readers; and formulas on trial."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup, escape

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.explain import ExplainedStep, explain
from codaform.evaluation.plans import Found, Reached, plan_formula
from codaform.markup.formulas import highlight_formula
from codaform.markup.values import MOST_ITEMS as MOST_RESULTS
from codaform.markup.values import value_html
from codaform.model.schema import Column, formula_column, value_type
from codaform.model.types import describe
from codaform.model.values import Action, Error, Row
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import GraphNode, graph
from codaform.semantics.program import FormulaSite, bind_site, formulas
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, RowRecord, TableRecord
from codaform.server.page.values import look, thing_address
from codaform.source import Source

_MOST_ITEMS = 5
"""The most values of a list for a part of a formula."""

_MOST_PARTS = 400
"""The most parts of a formula; more would fill a page."""


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """A part of a formula with its value, both as HTML."""

    text: Markup
    value: Markup
    note: str
    children: Sequence[ExplainedPart]


@dataclass(frozen=True, slots=True)
class Link:
    """An input or a reader of a formula: its kind, its name, its address."""

    kind: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class ExplainedFormula:
    """A formula under its heading (`Formula`, `When pressed` …), with its diagnostics."""

    heading: str
    text: Markup
    tree: ExplainedPart | None
    diagnostics: Sequence[Diagnostic]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of a value.

    type: Its type in words. made: Its origin, if it has no formula. plan: The query for the plan of its formula; empty
    for a value without one.
    """

    title: str
    place: str
    about: str
    type: str
    value: Markup
    made: str
    formulas: Sequence[ExplainedFormula]
    reads: Sequence[Link]
    readers: Sequence[Link]
    plan: str


def explain_cell(doc: LocalDoc, table: TableRecord, row: RowRecord, record: ColumnRecord) -> Explanation:
    """The explanation of a cell."""
    column, reference = record.column, Row(table.name, row.number)
    formulas = []
    if column.formula is not None:
        formulas.append(
            _explained(doc, "Formula", column.formula, FormulaSite("formula", table.name, column.name), reference)
        )
    if column.action is not None:
        formulas.append(
            _explained(doc, "When pressed", column.action, FormulaSite("action", table.name, column.name), None)
        )
    if column.disable_if is not None:
        place = FormulaSite("disable_if", table.name, column.name)
        formulas.append(_explained(doc, "Cannot be pressed if", column.disable_if, place, reference))
    if column.default is not None:
        formulas.append(
            _explained(doc, "In a new row", column.default, FormulaSite("default", table.name, column.name), None)
        )
    thing = GraphNode("cells", table.name, column.name)
    value = Markup("") if column.kind == "button" else doc.value(table, row, record)
    return Explanation(
        column.name,
        f"{table.name} · {doc.display(reference) or f'row {row.number}'}",
        column.about,
        _kind(column),
        value if isinstance(value, Markup) else value_html(look(doc), value, column, whole=True),
        _made(column, record.id in row.invalid_text),
        formulas,
        *_links(doc, thing),
        urlencode({"table": table.id, "column": record.id}) if column.formula is not None else "",
    )


def explain_named(doc: LocalDoc, name: str, value: object) -> Explanation:
    """The explanation of a named formula."""
    named = doc.book.doc.formulas[name]
    column = formula_column(named)
    return Explanation(
        name,
        "named formula",
        named.about,
        _kind(column),
        value_html(look(doc), value, column, whole=True),
        "",
        [_explained(doc, "Formula", named.formula, FormulaSite("named", "", name), None)],
        *_links(doc, GraphNode("named", "", name)),
        urlencode({"formula": name}),
    )


def _explained(doc: LocalDoc, heading: str, source: Source, place: FormulaSite, row: Row | None) -> ExplainedFormula:
    """A formula of the doc; with a row, or without need of one, with the value of every part."""
    bound = doc.program.formulas[place]
    computes = row is not None or place.role == "named"
    tree = _parts(doc, explain(source, bound, doc.book, row)) if computes else None
    return ExplainedFormula(
        heading, highlight_formula(doc.book.doc, source.text, bound.diagnostics), tree, bound.diagnostics
    )


def _parts(doc: LocalDoc, step: ExplainedStep) -> ExplainedPart:
    """The steps of an explanation as HTML."""
    left = [_MOST_PARTS]

    def part(step: ExplainedStep) -> ExplainedPart:
        left[0] -= 1
        known = step.note != "not computed"
        value = _show_result(doc, step.value, _MOST_ITEMS) if known else Markup("")
        children = [part(child) for child in step.children if left[0] > 0]
        return ExplainedPart(highlight_formula(doc.book.doc, step.text), value, step.note, children)

    return part(step)


def _show_result(doc: LocalDoc, value: object, most: int) -> Markup:
    """The value of a formula or of a part, outside any column. most: The most items of a list."""
    if isinstance(value, bool):
        return escape("true" if value else "false")
    return value_html(look(doc), value, most=most) or Markup('<span class="blank">blank</span>')


def _kind(column: Column) -> str:
    kind, seen = column.kind.replace("_", " "), describe(value_type(column))
    return kind if kind == seen else f"{kind} — {seen}"


def _made(column: Column, invalid_text: bool) -> str:
    if invalid_text:
        return "This text does not fit the column. Coda keeps and shows it all the same; formulas see a blank."
    if column.reverse:
        return f"The other side of {column.to}.{column.reverse}: the rows there that point to this one."
    if column.kind == "button" or column.formula is not None:
        return ""
    return "Kept by Coda itself." if column.computed else "Entered by hand."


def _links(doc: LocalDoc, thing: GraphNode) -> tuple[list[Link], list[Link]]:
    needs = graph(doc.program)
    reads = needs[thing].things if thing in needs else frozenset()
    readers = (reader for reader in needs.readers(thing) if reader != thing)
    return _sorted(doc, reads), _sorted(doc, readers)


def _sorted(doc: LocalDoc, things: Iterable[GraphNode]) -> list[Link]:
    links = [_link(doc, thing) for thing in things]
    return sorted(links, key=lambda link: (link.kind, link.name))


def _link(doc: LocalDoc, thing: GraphNode) -> Link:
    address = thing_address(doc, thing)
    match thing.kind:
        case "cells":
            return Link("column", f"{thing.table}.{thing.name}", address)
        case "rows":
            return Link("rows of", thing.table, address)
        case "view":
            return Link("view", thing.name, address)
    return Link("formula", thing.name, address)


# ------------------------------------------------------------ plans


@dataclass(frozen=True, slots=True)
class ExplainedPlan:
    """How a formula finds its rows, and which cells an edit recomputes.

    text: The formula with a wave below what is computed row by row; empty where nothing is. found: How rows are found,
    each with its part of the formula as HTML.
    """

    text: Markup
    found: Sequence[tuple[Markup, Found]]
    reached: Sequence[Reached]


def explain_plan(doc: LocalDoc, site: FormulaSite) -> ExplainedPlan | None:
    """The plan of a formula of the doc; None where the site has none."""
    source = next((source for known, source, _ in formulas(doc.book.doc) if known == site), None)
    if source is None:
        return None
    plan, schema = plan_formula(doc.book, source, doc.program.formulas[site], site.table), doc.book.doc
    places = [found.one_by_one for found in plan.found if found.one_by_one is not None]
    return ExplainedPlan(
        highlight_formula(schema, source.text, places=places) if places else Markup(""),
        [(highlight_formula(schema, found.text), found) for found in plan.found],
        plan.reached,
    )


# ------------------------------------------------------------ trials

_MOST_LETTERS = 20_000
"""The most characters of a formula on trial."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a formula on trial.

    value: As HTML; empty if it cannot be computed. note: A remark on the value. failed: Whether an error prevents a
    value. tree: The value of every part.
    """

    text: Markup
    value: Markup
    type: str
    note: str
    failed: bool
    diagnostics: tuple[Diagnostic, ...]
    tree: ExplainedPart | None


def try_formula(doc: LocalDoc, text: str, row: Row | None) -> Trial:
    """Bind and compute a formula in a row, or on a page, without any change to the doc."""
    text = text[:_MOST_LETTERS]
    source = Source("formula", text)
    place = FormulaSite("test" if row is not None else "named", row.table if row is not None else "", "")
    bound, diagnostics = bind_site(doc.book.doc, place, source, None)
    marked = highlight_formula(doc.book.doc, text, diagnostics)
    if any(diagnostic.rule.severity == "error" for diagnostic in diagnostics):
        return Trial(marked, Markup(""), "", "", True, diagnostics, None)
    return _computed(doc, source, bound, diagnostics, marked, row)


def _computed(
    doc: LocalDoc, source: Source, bound: Bound, diagnostics: tuple[Diagnostic, ...], marked: Markup, row: Row | None
) -> Trial:
    step = explain(source, bound, doc.book, row)
    value, note = step.value, ""
    if isinstance(value, Action):
        note = "an action: a button would do this"
    elif isinstance(value, list):
        note = f"{len(value)} value{'' if len(value) == 1 else 's'}"
    html = _show_result(doc, value, MOST_RESULTS)
    failed = isinstance(value, Error)
    return Trial(
        marked, html, describe(bound.type), note, failed, diagnostics, _parts(doc, step) if step.children else None
    )
