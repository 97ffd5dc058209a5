"""The page of what must hold: data tests, cases and scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from codaform.project.project import cases
from codaform.semantics.program import Place
from codaform.site.pages import Page
from codaform.site.tables import blocks, facts, promises, steps
from codaform.site.tables.cases import titled
from codaform.site.tables.places import TESTS, control_place, formula_place, view_place
from codaform.site.tables.survey import Survey
from codaform.site.tables.templates import rendered

ABOUT = "What must hold: data tests of the rows, cases of the formulas, scenarios of the whole doc."


def tests_page(survey: Survey) -> Page:
    """Scenarios step by step, the titles of cases by formula, data tests by table."""
    project = survey.session.project
    text = rendered(
        "doc_tests.md.jinja",
        about=ABOUT,
        counts=_counts(survey),
        tables=[_tests(survey, table) for table in survey.doc.tables if survey.tests.get(table)],
        formulas=list(_cases(survey)),
        scenarios=[steps.told(survey, file) for file in project.scenarios],
    )
    return Page(TESTS, "Tests", text, ABOUT)


def _counts(survey: Survey) -> Markup:
    project = survey.session.project
    said = (
        blocks.count(len(project.tests), "data test"),
        blocks.count(sum(1 for file in project.cases for _ in cases(file)), "case"),
        blocks.count(len(project.scenarios), "scenario"),
    )
    return blocks.paragraph(" · ".join(said), "coda-from")


def _tests(survey: Survey, table: str) -> Mapping[str, object]:
    tests = survey.tests[table]
    places = promises.places(survey.doc, table, tests)
    return {"name": table, "tests": promises.test_table(survey, TESTS, tests, places)}


def _cases(survey: Survey) -> Iterator[Mapping[str, object]]:
    for place, files in survey.cases.items():
        titles = [titled(survey, "case", file.source.name, title) for file in files for title, _ in cases(file)]
        if titles:
            lines = blocks.joined([Markup("<li>{}</li>").format(title) for title in titles], "")
            told = Markup('<ul class="coda-titles">{}</ul>').format(lines)
            head = blocks.paragraph(_where(survey, place), "coda-small")
            yield {"name": _name(place), "where": head, "titles": blocks.line(told)}


def _name(place: Place) -> str:
    more = {"action": ", pressed", "disable_if": ", not to be pressed", "default": " of a new row"}.get(place.role, "")
    return f"{place.table}.{place.name}{more}" if place.table else place.name


def _where(survey: Survey, place: Place) -> Markup:
    """What the cases are cases of, with a link to it."""
    doc = survey.doc
    match place.role:
        case "filter":
            view = blocks.link(TESTS, view_place(doc, place.table, place.name), place.name)
            return Markup("Which rows of {} the view {} shows.").format(facts.table_link(doc, TESTS, place.table), view)
        case "named":
            return Markup("What {} gives.").format(
                blocks.link(TESTS, formula_place(doc, place.name), blocks.code(place.name))
            )
        case "test":
            tests = promises.places(doc, place.table, survey.tests.get(place.table, ()))
            name = blocks.code(place.name)
            linked = blocks.link(TESTS, tests[place.name], name) if place.name in tests else name
            return Markup("Which rows of {} pass the data test {}.").format(
                facts.table_link(doc, TESTS, place.table), linked
            )
    said = {
        "default": "What {} is in a new row.",
        "action": "What a press of {} does.",
        "disable_if": "When {} cannot be pressed.",
    }.get(place.role, "What {} gives.")
    if not place.table:
        link = blocks.link(TESTS, control_place(doc, place.name), blocks.code(place.name))
        return Markup(said if place.role != "choices" else "What {} offers.").format(link)
    return Markup(said).format(facts.column_link(doc, TESTS, place.table, place.name))
