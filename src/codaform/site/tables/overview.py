"""The first page of a doc: what it is for, how its tables hang together, and what there is in it."""

from __future__ import annotations

from markupsafe import Markup

from codaform.markup.values import shown
from codaform.model.schema import UNSETTABLE, Column, control_column, views
from codaform.project.fitting import expected_as
from codaform.project.project import cases
from codaform.semantics.program import Place
from codaform.site.pages import Page
from codaform.site.tables import blocks, facts, formulas
from codaform.site.tables.diagrams import whole
from codaform.site.tables.grids import look
from codaform.site.tables.places import OVERVIEW, TESTS, control_place, formula_place, table_path, view_place
from codaform.site.tables.survey import Survey
from codaform.site.tables.templates import rendered

MOST_FINDINGS = 20
"""How many findings are told on the overview."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def overview_page(survey: Survey) -> Page:
    """The overview."""
    doc = survey.doc
    found = [one for said in survey.found.values() for one in said]
    text = rendered(
        "doc_overview.md.jinja",
        doc=doc,
        from_line=_from(survey),
        findings=formulas.findings(found[:MOST_FINDINGS]),
        more=len(found) - MOST_FINDINGS,
        picture=whole(doc, OVERVIEW),
        tables=_tables(survey),
        views=_views(survey),
        formulas=_formulas(survey),
        controls=_controls(survey),
        tests=blocks.paragraph(_tests(survey), "coda-small"),
    )
    about = " ".join(doc.about.split()) or f"The tables and formulas of {' '.join(doc.name.split())}."
    return Page(OVERVIEW, f"{doc.name}: overview", text, about)


def _from(survey: Survey) -> Markup:
    doc = survey.doc
    columns = [column for table in doc.tables.values() for column in table.columns.values()]
    made = sum(column.formula is not None for column in columns)
    said = [
        blocks.code("doc.yml"),
        blocks.count(len(doc.tables), "table"),
        blocks.count(len(columns), "column") + (f", {made:,} of them computed" if made else ""),
        blocks.count(sum(len(survey.rows(table)) for table in doc.tables), "sample row"),
        f"times in {doc.time_zone}",
        f"weeks begin on {_DAYS[(doc.first_day_of_week - 1) % 7]}",
    ]
    if survey.session.project.clock:
        said.append(f"what changes with the clock is told as of {survey.session.now:%Y-%m-%d %H:%M}")
    return blocks.paragraph(blocks.joined(said, " · "), "coda-from")


def _tables(survey: Survey) -> Markup:
    lines = []
    for table in survey.doc.tables.values():
        made = sum(column.formula is not None for column in table.columns.values())
        said = f"{len(table.columns)}" + (f", {made} computed" if made else "")
        columns = Markup('<span class="num">{}</span>').format(said)
        name = blocks.link(OVERVIEW, table_path(survey.doc, table.name), blocks.code(table.name))
        lines.append(blocks.row([name, table.about, columns, f"{len(survey.rows(table.name)):,}"]))
    if not lines:
        return Markup("")
    return blocks.scrolled(blocks.table(["Table", "What a row is", "Columns", "Sample rows"], lines, "coda-facts"))


def _views(survey: Survey) -> Markup:
    lines = []
    for view in views(survey.doc):
        name = blocks.link(OVERVIEW, view_place(survey.doc, view.table, view.name), view.name)
        of = facts.table_link(survey.doc, OVERVIEW, view.table)
        lines.append(blocks.row([name, of, view.about, f"{len(survey.rows(view.name)):,}"]))
    if not lines:
        return Markup("")
    return blocks.scrolled(blocks.table(["View", "Of", "What it shows", "Rows now"], lines, "coda-facts"))


def _formulas(survey: Survey) -> Markup:
    lines = []
    for named in survey.doc.formulas.values():
        place = Place("named", "", named.name)
        name = blocks.link(OVERVIEW, formula_place(survey.doc, named.name), blocks.code(named.name))
        value = survey.book.evaluate(survey.session.program.formulas[place])
        lines.append(blocks.row([name, named.about, _shown(survey, value, expected_as(survey.doc, place))]))
    if not lines:
        return Markup("")
    return blocks.scrolled(blocks.table(["Formula", "What it is", "Now"], lines, "coda-facts"))


def _controls(survey: Survey) -> Markup:
    lines = []
    for control in survey.doc.controls.values():
        name = blocks.link(OVERVIEW, control_place(survey.doc, control.name), blocks.code(control.name))
        value = survey.book.named_value(control.name) if control.kind not in UNSETTABLE else None
        lines.append(blocks.row([name, control.about, _shown(survey, value, control_column(control))]))
    if not lines:
        return Markup("")
    return blocks.scrolled(blocks.table(["Control", "What it is for", "At first"], lines, "coda-facts"))


def _shown(survey: Survey, value: object, column: Column) -> Markup:
    return shown(look(survey.book, OVERVIEW), value, column) or Markup('<span class="blank">blank</span>')


def _tests(survey: Survey) -> Markup:
    """How much is promised of the doc, with a link to it."""
    project = survey.session.project
    number = sum(1 for file in project.cases for _ in cases(file))
    said = ", ".join(
        (
            blocks.count(len(project.tests), "data test"),
            blocks.count(number, "case"),
            blocks.count(len(project.scenarios), "scenario"),
        )
    )
    return Markup("What must hold stands on a page of its own: {}.").format(blocks.link(OVERVIEW, TESTS, said))
