"""Data tests in words, and what comes of them on the sample rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.markup.values import colour
from codaform.model.schema import Doc
from codaform.project.check import bind_test
from codaform.project.data_tests import run_data_test
from codaform.project.project import DataTest
from codaform.site.tables import blocks, facts
from codaform.site.tables.cases import state
from codaform.site.tables.places import slugs, table_path
from codaform.site.tables.survey import Survey


def outcome(survey: Survey, test: DataTest) -> Sequence[Diagnostic]:
    """What there is to say against a data test: that its formula is wrong, or that sample rows break it."""
    bound, said = bind_test(survey.session.project, test)
    wrong = [one for one in said if one.rule.severity == "error"]
    return wrong or run_data_test(test, survey.book, bound)


def meaning(doc: Doc, page: str, test: DataTest) -> Markup:
    """What must hold."""
    match test.kind:
        case "unique":
            return Markup("No two rows have the same value.")
        case "not_null":
            return Markup("It is never blank.")
        case "accepted_values":
            column = doc.tables[test.table].columns[test.column]
            pills = [
                Markup('<span class="pill p{}">{}</span>').format(colour(value, column.options), value)
                for value in test.values
            ]
            return Markup("It is one of {}").format(blocks.joined(pills, " "))
        case "relationships" if test.to:
            return Markup("It is a value of {}.").format(facts.column_link(doc, page, test.to, test.to_column))
        case "relationships":
            return Markup("It points to rows that are there.")
    return Markup("{}").format(test.about or "The formula is true for every row.")


def places(doc: Doc, table: str, tests: Sequence[DataTest]) -> dict[str, str]:
    """Where the formulas of a table's data tests stand, by the names of the tests."""
    names = tuple(dict.fromkeys(test.name for test in tests if test.formula is not None))
    return {name: f"{table_path(doc, table)}#test-{slug}" for name, slug in slugs(names).items()}


def test_table(survey: Survey, page: str, tests: Sequence[DataTest], places: Mapping[str, str]) -> Markup:
    """Data tests as a table: what is tested, what must hold, and whether it does on the sample rows.

    places: Where the formulas of tests stand, by the names of the tests.
    """
    lines = []
    for test in tests:
        name = blocks.code(test.name)
        if test.formula is not None and test.name in places:
            name = blocks.link(page, places[test.name], name)
        column = facts.column_link(survey.doc, page, test.table, test.column, short=True) if test.column else ""
        lines.append(blocks.row([column or "the row", name, meaning(survey.doc, page, test), _state(survey, test)]))
    return blocks.scrolled(blocks.table(["Of", "Test", "What must hold", "On the sample rows"], lines, "coda-facts"))


def _state(survey: Survey, test: DataTest) -> Markup:
    found = outcome(survey, test)
    if found:
        message = blocks.joined([one.message for one in found], "; ")
        return Markup('{} <span class="coda-bad">{}</span>').format(state(False), message)
    rows = len(survey.rows(test.table))
    return Markup("{} holds").format(state(True)) if rows else Markup('<span class="blank">no rows</span>')
