"""Scenarios in words: what is done in each step, and what the doc shows after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from codaform.model.schema import Column, views
from codaform.project import nodes
from codaform.project.fitting import buttons_on_pages, one_value
from codaform.project.project import ScenarioFile
from codaform.project.scenarios import title
from codaform.site.tables import blocks, cases, facts, given
from codaform.site.tables.places import TESTS, column_place, control_place, formula_place, view_place
from codaform.site.tables.survey import Survey


def told(survey: Survey, file: ScenarioFile) -> Mapping[str, object]:
    """A scenario: its title, what it is about, how it begins, its steps to be opened."""
    tree = file.tree
    start = "the sample rows" if nodes.text_at(tree, "start") == "sample" else "an empty doc"
    clock = nodes.text_at(tree, "clock")
    begins = Markup("It begins with {}{}.").format(start, Markup(", at {}").format(blocks.code(clock)) if clock else "")
    outcome = survey.outcomes.get(("scenario", file.source.name, title(file)))
    said = [Markup("{} ").format(cases.state(outcome.passed))] if outcome is not None else []
    failed = [one.message for one in outcome.diagnostics] if outcome is not None else []
    return {
        "title": title(file),
        "about": nodes.text_at(tree, "about"),
        "begins": blocks.paragraph(blocks.joined([*said, begins], ""), "coda-small"),
        "failed": [blocks.paragraph(one, "coda-small coda-bad") for one in failed],
        "steps": [_step(survey, number, step) for number, step in enumerate(nodes.items_at(tree, "steps"), 1)],
    }


def _step(survey: Survey, number: int, step: nodes.Node) -> Markup:
    name = nodes.text_at(step, "step") or "a step without a name"
    inside = Markup("").join([*_done(survey, step), *_seen(survey, step)])
    return blocks.fold(f"{number}. {name}", inside, "coda-case")


def _done(survey: Survey, step: nodes.Node) -> Iterator[Markup]:
    doc = survey.doc
    clock = nodes.text_at(step, "clock")
    if clock:
        yield _said(Markup("The clock moves to {}.").format(blocks.code(clock)))
    for table, rows in nodes.entries(nodes.get(step, "add")):
        lines = rows.items if isinstance(rows, nodes.Sequence) else ()
        yield _said(Markup("{} to {}:").format(f"Add {blocks.count(len(lines), 'row')}", _table(survey, table.text)))
        yield given.row_table(doc, TESTS, table.text, lines)
    for table, rows in nodes.entries(nodes.get(step, "change")):
        yield _said(Markup("Change in {}:").format(_table(survey, table.text)))
        yield given.changed_cells(doc, TESTS, table.text, rows)
    for table, rows in nodes.entries(nodes.get(step, "remove")):
        yield _said(Markup("Remove from {}: {}").format(_table(survey, table.text), _names(rows)))
    for control, value in nodes.entries(nodes.get(step, "set")):
        yield _said(
            Markup("Set {} to {}").format(
                _of_doc(survey, control.text), given.cell(value, one_value(doc, control.text))
            )
        )
    for control in buttons_on_pages(nodes.get(step, "press")):
        yield _said(Markup("Press {}").format(_of_doc(survey, control.text)))
    for table, buttons in nodes.entries(nodes.get(step, "press")):
        for button, rows in nodes.entries(buttons):
            pressed = blocks.link(TESTS, column_place(doc, table.text, button.text), _label(survey, table.text, button))
            yield _said(Markup("Press {} of {} in {}").format(pressed, _table(survey, table.text), _names(rows)))


def _seen(survey: Survey, step: nodes.Node) -> Iterator[Markup]:
    places = {view.name: view_place(survey.doc, view.table, view.name) for view in views(survey.doc)}
    expect = list(nodes.entries(nodes.get(step, "expect")))
    if expect:
        yield Markup('<p class="coda-label">Then the doc shows</p>')
    for name, expected in expect:
        if name.text in survey.doc.tables and not isinstance(expected, nodes.Sequence):
            yield _said(Markup("in {}:").format(_table(survey, name.text)))
            yield given.changed_cells(survey.doc, TESTS, name.text, expected)
            continue
        if name.text in survey.doc.controls or name.text in survey.doc.formulas:
            yield _said(
                Markup("{}: {}").format(
                    _of_doc(survey, name.text), given.cell(expected, one_value(survey.doc, name.text))
                )
            )
            continue
        place = places.get(name.text)
        known = blocks.link(TESTS, place, name.text) if place else _table(survey, name.text)
        yield _said(Markup("in {}: {}").format(known, _names(expected) or Markup('<span class="blank">no row</span>')))


def _said(inside: Markup) -> Markup:
    return Markup('<p class="coda-small">{}</p>').format(inside)


def _table(survey: Survey, name: str) -> Markup:
    return facts.table_link(survey.doc, TESTS, name)


def _of_doc(survey: Survey, name: str) -> Markup:
    """A control or a named formula, with a link where there is one of the name."""
    doc = survey.doc
    place = control_place(doc, name) if name in doc.controls else formula_place(doc, name)
    return blocks.link(TESTS, place, blocks.code(name))


def _names(rows: nodes.Node) -> Markup:
    return blocks.joined(given.names_of(rows), " ")


def _label(survey: Survey, table: str, button: nodes.Scalar) -> Markup:
    owner = survey.doc.tables.get(table)
    column = owner.columns.get(button.text) if owner is not None else None
    found = column or Column(button.text, "button")
    return Markup('<span class="coda-button">{}</span>').format(found.label or found.name)
