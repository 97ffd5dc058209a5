"""The cases of a formula: what is given, what is expected, and whether it came so."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from codaform.project import nodes
from codaform.project.fitting import expected_as
from codaform.project.project import CaseFile, cases
from codaform.project.suite import Kind
from codaform.semantics.program import Place
from codaform.site.tables import blocks, given
from codaform.site.tables.survey import Survey


def count_of(survey: Survey, place: Place) -> int:
    """How many cases a formula has."""
    return sum(1 for file in survey.cases.get(place, ()) for _ in cases(file))


def told(survey: Survey, page: str, place: Place) -> list[Markup]:
    """Each case of a formula under its title, to be opened."""
    return [
        blocks.fold(titled(survey, "case", file.source.name, title), inside(survey, page, file, node), "coda-case")
        for file in survey.cases.get(place, ())
        for title, node in cases(file)
    ]


def titled(survey: Survey, kind: Kind, file: str, title: str) -> Markup:
    """The title of a case or a scenario, with what came of it where that is known."""
    outcome = survey.outcomes.get((kind, file, title))
    if outcome is None:
        return Markup("{}").format(title or "no title")
    return Markup("{} {}").format(state(outcome.passed), title or "no title")


def state(passed: bool) -> Markup:
    """A sign for what holds, and for what does not."""
    if passed:
        return Markup('<span class="coda-good" role="img" aria-label="passed">✓</span>')
    return Markup('<span class="coda-bad" role="img" aria-label="failed">✗</span>')


def inside(survey: Survey, page: str, file: CaseFile, node: nodes.Node) -> Markup:
    """What a case gives and expects, as small tables."""
    return Markup("").join(_inside(survey, page, file, node))


def _inside(survey: Survey, page: str, file: CaseFile, node: nodes.Node) -> Iterator[Markup]:
    clock = nodes.text_at(node, "clock")
    if clock:
        yield Markup('<p class="coda-small">The clock stands at {}.</p>').format(blocks.code(clock))
    rows = list(given.written_rows(survey.doc, page, nodes.get(node, "given")))
    if rows:
        yield Markup('<p class="coda-label">Given</p>')
        yield from rows
    expect = nodes.get(node, "expect")
    if expect is not None:
        column = expected_as(survey.doc, file.place)
        heading = {"filter": "shown", "disable_if": "off", "test": "holds"}.get(file.place.role, file.place.name)
        yield Markup('<p class="coda-label">Expected</p>')
        yield given.expected_values(column, heading, expect)
    outcome = survey.outcomes.get(("case", file.source.name, nodes.text_at(node, "case")))
    for one in outcome.diagnostics if outcome is not None else ():
        yield Markup('<p class="coda-small coda-bad">{}</p>').format(one.message)
