"""The page of the tests: data tests, cases, and scenarios step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from codaform.markup.filling import fill
from codaform.model.schema import Column, views
from codaform.project import yaml_tree
from codaform.project.project import ScenarioFile, cases
from codaform.project.scenarios import title
from codaform.project.validation import buttons_on_pages, one_value
from codaform.semantics.program import FormulaSite
from codaform.site.pages import Page
from codaform.site.tables import blocks, expectations
from codaform.site.tables.blocks import render_template
from codaform.site.tables.doc_index import DocIndex
from codaform.site.tables.expectations import outcome_title
from codaform.site.tables.places import (
    TESTS,
    column_link,
    column_place,
    control_place,
    formula_place,
    table_link,
    view_place,
)

_ABOUT = "What must hold: data tests of the rows, cases of the formulas, scenarios of the whole doc."


def tests_page(index: DocIndex) -> Page:
    """Scenarios step by step, the titles of cases by formula, data tests by table."""
    project = index.session.project
    text = render_template(
        "doc_tests.md.jinja",
        about=_ABOUT,
        counts=_test_counts(index),
        tables=[_test_section(index, table) for table in index.doc.tables if index.tests.get(table)],
        formulas=list(_case_sections(index)),
        scenarios=[_scenario(index, file) for file in project.scenarios],
    )
    return Page(TESTS, "Tests", text, _ABOUT)


def _test_counts(index: DocIndex) -> Markup:
    project = index.session.project
    said = (
        blocks.count(len(project.tests), "data test"),
        blocks.count(sum(1 for file in project.cases for _ in cases(file)), "case"),
        blocks.count(len(project.scenarios), "scenario"),
    )
    return blocks.paragraph(" · ".join(said), "coda-from")


def _test_section(index: DocIndex, table: str) -> Mapping[str, object]:
    tests = index.tests[table]
    places = expectations.test_places(index.doc, table, tests)
    return {"name": table, "tests": expectations.test_table(index, TESTS, tests, places)}


def _case_sections(index: DocIndex) -> Iterator[Mapping[str, object]]:
    for place, files in index.cases.items():
        titles = [outcome_title(index, "case", file.source.name, title) for file in files for title, _ in cases(file)]
        if titles:
            lines = blocks.joined([fill("<li>{}</li>", title) for title in titles], "")
            told = fill('<ul class="coda-titles">{}</ul>', lines)
            head = blocks.paragraph(_formula_link(index, place), "coda-small")
            yield {"name": _formula_name(place), "where": head, "titles": blocks.line(told)}


def _formula_name(place: FormulaSite) -> str:
    more = {"action": ", pressed", "disable_if": ", not to be pressed", "default": " of a new row"}.get(place.role, "")
    return f"{place.table}.{place.name}{more}" if place.table else place.name


def _formula_link(index: DocIndex, place: FormulaSite) -> Markup:
    """What the cases are cases of, with a link to it."""
    doc = index.doc
    match place.role:
        case "filter":
            view = blocks.link(TESTS, view_place(doc, place.table, place.name), place.name)
            return fill("Which rows of {} the view {} shows.", table_link(doc, TESTS, place.table), view)
        case "named":
            return fill("What {} gives.", blocks.link(TESTS, formula_place(doc, place.name), blocks.code(place.name)))
        case "test":
            tests = expectations.test_places(doc, place.table, index.tests.get(place.table, ()))
            name = blocks.code(place.name)
            linked = blocks.link(TESTS, tests[place.name], name) if place.name in tests else name
            return fill("Which rows of {} pass the data test {}.", table_link(doc, TESTS, place.table), linked)
    said = {
        "default": "What {} is in a new row.",
        "action": "The effects of a press of {}.",
        "disable_if": "When {} cannot be pressed.",
    }.get(place.role, "What {} gives.")
    if not place.table:
        link = blocks.link(TESTS, control_place(doc, place.name), blocks.code(place.name))
        return Markup(said if place.role != "choices" else "What {} offers.").format(link)
    return Markup(said).format(column_link(doc, TESTS, place.table, place.name))


def _scenario(index: DocIndex, file: ScenarioFile) -> Mapping[str, object]:
    """A scenario: its title, what it is about, how it begins, its steps to be opened."""
    tree = file.tree
    start = "the sample rows" if yaml_tree.text_at(tree, "start") == "sample" else "an empty doc"
    clock = yaml_tree.text_at(tree, "clock")
    begins = fill("It begins with {}{}.", start, fill(", at {}", blocks.code(clock)) if clock else "")
    outcome = index.outcomes.get(("scenario", file.source.name, title(file)))
    said = [fill("{} ", expectations.passed_mark(outcome.passed))] if outcome is not None else []
    failed = [one.message for one in outcome.diagnostics] if outcome is not None else []
    return {
        "title": title(file),
        "about": yaml_tree.text_at(tree, "about"),
        "begins": blocks.paragraph(blocks.joined([*said, begins], ""), "coda-small"),
        "failed": [blocks.paragraph(one, "coda-small coda-bad") for one in failed],
        "steps": [
            _scenario_step(index, number, step) for number, step in enumerate(yaml_tree.items_at(tree, "steps"), 1)
        ],
    }


def _scenario_step(index: DocIndex, number: int, step: yaml_tree.Node) -> Markup:
    name = yaml_tree.text_at(step, "step") or "a step without a name"
    inside = Markup("").join([*_done(index, step), *_seen(index, step)])
    return blocks.fold(f"{number}. {name}", inside, "coda-case")


def _done(index: DocIndex, step: yaml_tree.Node) -> Iterator[Markup]:
    doc = index.doc
    clock = yaml_tree.text_at(step, "clock")
    if clock:
        yield _line(fill("The clock moves to {}.", blocks.code(clock)))
    for table, rows in yaml_tree.entries(yaml_tree.get(step, "add")):
        lines = rows.items if isinstance(rows, yaml_tree.Sequence) else ()
        yield _line(fill("{} to {}:", f"Add {blocks.count(len(lines), 'row')}", _table_name(index, table.text)))
        yield expectations.written_rows_table(doc, TESTS, table.text, lines)
    for table, rows in yaml_tree.entries(yaml_tree.get(step, "change")):
        yield _line(fill("Change in {}:", _table_name(index, table.text)))
        yield expectations.written_cells_table(doc, TESTS, table.text, rows)
    for table, rows in yaml_tree.entries(yaml_tree.get(step, "remove")):
        yield _line(fill("Remove from {}: {}", _table_name(index, table.text), _names(rows)))
    for control, value in yaml_tree.entries(yaml_tree.get(step, "set")):
        yield _line(
            fill(
                "Set {} to {}",
                _of_doc(index, control.text),
                expectations.written_cell(value, one_value(doc, control.text)),
            )
        )
    for control in buttons_on_pages(yaml_tree.get(step, "press")):
        yield _line(fill("Press {}", _of_doc(index, control.text)))
    for table, buttons in yaml_tree.entries(yaml_tree.get(step, "press")):
        for button, rows in yaml_tree.entries(buttons):
            pressed = blocks.link(TESTS, column_place(doc, table.text, button.text), _label(index, table.text, button))
            yield _line(fill("Press {} of {} in {}", pressed, _table_name(index, table.text), _names(rows)))


def _seen(index: DocIndex, step: yaml_tree.Node) -> Iterator[Markup]:
    places = {view.name: view_place(index.doc, view.table, view.name) for view in views(index.doc)}
    expect = list(yaml_tree.entries(yaml_tree.get(step, "expect")))
    if expect:
        yield Markup('<p class="coda-label">Then the doc shows</p>')
    for name, expected in expect:
        if name.text in index.doc.tables and not isinstance(expected, yaml_tree.Sequence):
            yield _line(fill("in {}:", _table_name(index, name.text)))
            yield expectations.written_cells_table(index.doc, TESTS, name.text, expected)
            continue
        if name.text in index.doc.controls or name.text in index.doc.formulas:
            yield _line(
                fill(
                    "{}: {}",
                    _of_doc(index, name.text),
                    expectations.written_cell(expected, one_value(index.doc, name.text)),
                )
            )
            continue
        place = places.get(name.text)
        known = blocks.link(TESTS, place, name.text) if place else _table_name(index, name.text)
        yield _line(fill("in {}: {}", known, _names(expected) or Markup('<span class="blank">no row</span>')))


def _line(inside: Markup) -> Markup:
    return fill('<p class="coda-small">{}</p>', inside)


def _table_name(index: DocIndex, name: str) -> Markup:
    return table_link(index.doc, TESTS, name)


def _of_doc(index: DocIndex, name: str) -> Markup:
    """A control or a named formula, with a link where there is one of the name."""
    doc = index.doc
    place = control_place(doc, name) if name in doc.controls else formula_place(doc, name)
    return blocks.link(TESTS, place, blocks.code(name))


def _names(rows: yaml_tree.Node) -> Markup:
    return blocks.joined(expectations.row_names(rows), " ")


def _label(index: DocIndex, table: str, button: yaml_tree.Scalar) -> Markup:
    owner = index.doc.tables.get(table)
    column = owner.columns.get(button.text) if owner is not None else None
    found = column or Column(button.text, "button")
    return fill('<span class="coda-button">{}</span>', found.label or found.name)
