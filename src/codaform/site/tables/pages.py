"""All pages of a project's doc, of which the overview, the named formulas and the controls are made here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath

from markupsafe import Markup

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.library.function import ControlValue
from codaform.markup.filling import fill
from codaform.markup.values import value_html
from codaform.model.schema import UNSETTABLE, Column, Control, NamedFormula, control_column, formula_column, views
from codaform.project.project import cases
from codaform.project.session import Session
from codaform.project.suite import Outcome
from codaform.project.validation import expected_as
from codaform.semantics import ir
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, Role
from codaform.site.pages import Page
from codaform.site.tables import blocks, formulas, grids
from codaform.site.tables.blocks import render_template
from codaform.site.tables.diagrams import doc_diagram
from codaform.site.tables.doc_index import DocIndex, index_doc
from codaform.site.tables.grids import page_look
from codaform.site.tables.migration_page import migration_page
from codaform.site.tables.places import (
    CONTROLS,
    FORMULAS,
    OVERVIEW,
    TESTS,
    anchor,
    column_place,
    control_place,
    formula_place,
    table_link,
    table_path,
    view_place,
)
from codaform.site.tables.press_outcomes import page_press_outcome
from codaform.site.tables.table_page import table_page
from codaform.site.tables.tests_page import tests_page
from codaform.source import Source

_MOST_FINDINGS = 20
"""The most findings on the overview."""
_MOST_MINOR = 3
"""The most remarks on the overview that are no faults and have no fold."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _overview_page(index: DocIndex) -> Page:
    """The overview."""
    doc = index.doc
    found = [one for said in index.found.values() for one in said]
    text = render_template(
        "doc_overview.md.jinja",
        doc=doc,
        from_line=_from(index),
        findings=_notes(found[:_MOST_FINDINGS]),
        more=len(found) - _MOST_FINDINGS,
        picture=doc_diagram(doc, OVERVIEW),
        tables=_tables(index),
        described=_described(index),
        views=_views(index),
        formulas=_formula_table(index),
        controls=_control_table(index),
        tests=blocks.paragraph(_tests(index), "coda-small"),
    )
    about = " ".join(doc.about.split()) or f"The tables and formulas of {' '.join(doc.name.split())}."
    return Page(OVERVIEW, f"{doc.name}: overview", text, about)


def _notes(found: Sequence[Diagnostic]) -> list[Markup]:
    """The findings as remarks; many that are no faults share a fold."""
    minor = [one for one in found if one.rule.severity == "info"]
    if len(minor) <= _MOST_MINOR:
        return formulas.finding_notes(found)
    notes = formulas.finding_notes(one for one in found if one.rule.severity != "info")
    summary = blocks.count(len(minor), "remark")
    return [*notes, blocks.fold(summary, blocks.joined(formulas.finding_notes(minor), ""), "coda-remarks")]


def _described(index: DocIndex) -> Markup:
    """How much of the doc has no description; nothing if all has one."""
    doc = index.doc
    columns = [column for table in doc.tables.values() for column in table.columns.values()]
    parts = (
        blocks.described([*doc.tables.values()], "table"),
        blocks.described(columns, "column"),
        blocks.described(list(views(doc)), "view"),
        blocks.described([*doc.formulas.values()], "named formula"),
        blocks.described([*doc.controls.values()], "control"),
    )
    said = ", ".join(part for part in parts if part)
    return blocks.paragraph(f"Described: {said}.", "coda-small") if said else Markup()


def _from(index: DocIndex) -> Markup:
    doc = index.doc
    columns = [column for table in doc.tables.values() for column in table.columns.values()]
    made = sum(column.formula is not None for column in columns)
    said = [
        blocks.code("doc.yml"),
        blocks.count(len(doc.tables), "table"),
        blocks.count(len(columns), "column") + (f", {made:,} computed" if made else ""),
        blocks.count(sum(len(index.rows(table)) for table in doc.tables), "sample row"),
        f"times in {doc.time_zone}",
        f"weeks begin on {_DAYS[(doc.first_day_of_week - 1) % 7]}",
    ]
    if index.session.project.clock:
        said.append(f"values that change with the clock are as of {index.session.now:%Y-%m-%d %H:%M}")
    return blocks.paragraph(blocks.joined(said, " · "), "coda-from")


def _tables(index: DocIndex) -> Markup:
    lines = []
    for table in index.doc.tables.values():
        made = sum(column.formula is not None for column in table.columns.values())
        said = f"{len(table.columns)}" + (f", {made} computed" if made else "")
        columns = fill('<span class="num">{}</span>', said)
        name = blocks.link(OVERVIEW, table_path(index.doc, table.name), blocks.code(table.name))
        about = table.about or Markup('<span class="blank">not described</span>')
        lines.append(blocks.row([name, about, columns, f"{len(index.rows(table.name)):,}"]))
    if not lines:
        return Markup("")
    return blocks.facts(["Table", "A row is", "Columns", "Sample rows"], lines, "Tables")


def _views(index: DocIndex) -> Markup:
    lines = []
    for view in views(index.doc):
        name = blocks.link(OVERVIEW, view_place(index.doc, view.table, view.name), view.name)
        of = table_link(index.doc, OVERVIEW, view.table)
        lines.append(blocks.row([name, of, view.about, f"{len(index.rows(view.name)):,}"]))
    if not lines:
        return Markup("")
    return blocks.facts(["View", "Of", "What it shows", "Rows now"], lines, "Views")


def _formula_table(index: DocIndex) -> Markup:
    lines = []
    for named in index.doc.formulas.values():
        place = FormulaSite("named", "", named.name)
        name = blocks.link(OVERVIEW, formula_place(index.doc, named.name), blocks.code(named.name))
        value = index.book.evaluate(index.session.program.formulas[place])
        lines.append(blocks.row([name, named.about, _shown_value(index, value, expected_as(index.doc, place))]))
    if not lines:
        return Markup("")
    return blocks.facts(["Formula", "What it is", "Now"], lines, "Named formulas")


def _control_table(index: DocIndex) -> Markup:
    lines = []
    for control in index.doc.controls.values():
        name = blocks.link(OVERVIEW, control_place(index.doc, control.name), blocks.code(control.name))
        value = index.book.named_value(control.name) if control.kind not in UNSETTABLE else None
        lines.append(blocks.row([name, control.about, _shown_value(index, value, control_column(control))]))
    if not lines:
        return Markup("")
    return blocks.facts(["Control", "What it is for", "At first"], lines, "Controls")


def _shown_value(index: DocIndex, value: object, column: Column) -> Markup:
    return value_html(page_look(index.book, OVERVIEW), value, column) or Markup('<span class="blank">blank</span>')


def _tests(index: DocIndex) -> Markup:
    """The number of tests of the doc, with a link to their page."""
    project = index.session.project
    number = sum(1 for file in project.cases for _ in cases(file))
    said = ", ".join(
        (
            blocks.count(len(project.tests), "data test"),
            blocks.count(number, "case"),
            blocks.count(len(project.scenarios), "scenario"),
        )
    )
    return fill("The tests have a page of their own: {}.", blocks.link(OVERVIEW, TESTS, said))


_FORMULAS_ABOUT = (
    "The formulas on the doc's pages, which every formula can use by their names, with their current values."
)


def _formulas_page(index: DocIndex) -> Page:
    """Each named formula: its text, its words, its current value, its inputs and its readers."""
    text = render_template(
        "doc_formulas.md.jinja",
        about=_FORMULAS_ABOUT,
        formulas=[_formula_values(index, one) for one in index.doc.formulas.values()],
    )
    return Page(FORMULAS, "Named formulas", text, _FORMULAS_ABOUT)


def _formula_values(index: DocIndex, named: NamedFormula) -> Mapping[str, object]:
    thing = GraphNode("named", "", named.name)
    column = formula_column(named)
    needs = index.needs.get(thing)
    said = [blocks.code(PurePath(named.formula.name).name), grids.type_of(index.doc, FORMULAS, column)]
    if needs is not None and needs.volatile:
        said.append(blocks.mark("volatile", grids.VOLATILE))
    return {
        "name": named.name,
        "anchor": anchor(formula_place(index.doc, named.name)),
        "about": named.about,
        "type": blocks.paragraph(blocks.joined(said, " · "), "coda-type"),
        "formula": formulas.formula_section(
            index, FORMULAS, FormulaSite("named", "", named.name), named.formula, thing, about=named.about
        ),
    }


_CONTROLS_ABOUT = (
    "The controls that a person sets or presses on the doc's pages, each with its first value and its readers."
)


def _controls_page(index: DocIndex) -> Page:
    """Each control: its type, its first value, a button's action, and the formulas that read and set it."""
    told = [_control_values(index, one) for one in index.doc.controls.values()]
    return Page(
        CONTROLS,
        "Controls",
        render_template("doc_controls.md.jinja", about=_CONTROLS_ABOUT, controls=told),
        _CONTROLS_ABOUT,
    )


def _control_values(index: DocIndex, control: Control) -> Mapping[str, object]:
    return {
        "name": control.name,
        "anchor": anchor(control_place(index.doc, control.name)),
        "about": control.about,
        "type": blocks.paragraph(blocks.joined([*_control_facts(index, control)], " · "), "coda-type"),
        "links": _links(index, control),
        "sections": [*_control_sections(index, control)],
    }


def _control_facts(index: DocIndex, control: Control) -> Iterator[Markup]:
    column = control_column(control)
    if control.kind == "button":
        yield fill('<span class="coda-button">{}</span>', control.label or control.name)
        return
    yield Markup("range of dates") if control.kind == "date_range" else grids.type_of(index.doc, CONTROLS, column)
    if control.kind not in UNSETTABLE:
        value = value_html(page_look(index.book, CONTROLS), index.book.named_value(control.name), column)
        yield fill("set at first to {}", value or Markup('<span class="blank">nothing</span>'))


def _links(index: DocIndex, control: Control) -> Markup:
    thing = GraphNode("control", "", control.name)
    lines = (("Read by", formulas.reader_links(index, CONTROLS, thing)), ("Set by", _setters(index, control.name)))
    told = [fill("<dt>{}</dt><dd>{}</dd>", name, said) for name, said in lines if said]
    return blocks.line(fill('<dl class="coda-links">{}</dl>', blocks.joined(told, ""))) if told else Markup()


def _setters(index: DocIndex, name: str) -> Markup:
    """Links to the buttons whose action sets a control."""
    found = []
    for place, bound in index.session.program.formulas.items():
        wanted = (isinstance(part, ir.Constant) and part.value == ControlValue(name) for part in ir.parts(bound.body))
        if place.role == "action" and any(wanted):
            to = (
                column_place(index.doc, place.table, place.name)
                if place.table
                else control_place(index.doc, place.name)
            )
            label = f"{place.table}.{place.name}" if place.table else place.name
            found.append(blocks.link(CONTROLS, to, blocks.code(label)))
    return blocks.joined(found)


def _control_sections(index: DocIndex, control: Control) -> Iterator[tuple[str, Markup]]:
    parts: tuple[tuple[str, Role, Source | None], ...] = (
        ("It offers", "choices", control.choices),
        ("When it is pressed", "action", control.action),
        ("It cannot be pressed if", "disable_if", control.disable_if),
    )
    for heading, role, source in parts:
        if source is not None:
            outcome = page_press_outcome(index, CONTROLS, control.name) if role == "action" else []
            yield (
                heading,
                formulas.formula_section(index, CONTROLS, FormulaSite(role, "", control.name), source, outcome=outcome),
            )


def doc_pages(session: Session, functions: str = "", outcomes: Iterable[Outcome] | None = None) -> list[Page]:
    """The overview, a page for each table, the named formulas, the controls, and what must hold; for any project, also
    a faulty one.

    functions: The path of the folder of codaform's function pages below the docs; empty where the site has none.
    outcomes: The outcomes of the project's data tests, cases and scenarios, to be shown with them. Data tests always
    show their outcome on the sample rows.
    """
    known = index_doc(session, functions, outcomes)
    tables = [table_page(known, table) for table in known.doc.tables.values()]
    controls = [_controls_page(known)] if known.doc.controls else []
    moved = [migration_page(known, migration) for migration in session.project.migrations]
    return [_overview_page(known), *tables, _formulas_page(known), *controls, tests_page(known), *moved]
