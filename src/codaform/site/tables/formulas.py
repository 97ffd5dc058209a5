"""A formula on a page: its text, what is wrong with it, one row worked through, its links and its cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.markup.filling import fill
from codaform.model import types
from codaform.model.values import Row
from codaform.project.validation import expected_as
from codaform.prose.sentences import describe_formula, says_itself
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, bind_site
from codaform.site import markdown
from codaform.site.tables import blocks, expectations
from codaform.site.tables.doc_index import DocIndex, example_row, formula_value
from codaform.site.tables.grids import page_look
from codaform.site.tables.places import thing_link
from codaform.site.tables.worked import live_block, worked_line
from codaform.source import Source

_MOST_LINKS = 40
"""The most links to inputs, or to readers, of a formula."""

_SHOWN_ELSEWHERE = ("filter", "action", "test")
"""Formulas whose outcome is shown in another way than by a value."""

_KINDS = {"error": "failure", "warning": "warning", "info": "info"}


def formula_section(
    index: DocIndex,
    page: str,
    place: FormulaSite,
    source: Source,
    thing: GraphNode | None = None,
    outcome: Sequence[Markup] = (),
    about: str = "",
) -> Markup:
    """A formula as Markdown, without a heading.

    thing: The thing that it computes, for its links; None where nothing can read it.
    outcome: Blocks that show its outcome, where a value for a row does not.
    about: The author's words for it, which stand above; without any, the formula is put into words.
    """
    bound = _bound(index, place, source)
    found = index.about(source)
    broken = any(one.rule.severity == "error" for one in found)
    parts: list[str] = [markdown.block(source.text.strip("\n"), "coda")]
    parts += finding_notes(found)
    if not broken and not says_itself(bound):
        parts += [] if about else _words(index, bound, source)
        parts += _example(index, page, place, bound, source)
    parts += outcome
    parts += formula_links(index, page, bound, thing)
    parts += _told_cases(index, page, place)
    return Markup("\n\n".join(parts))


def _bound(index: DocIndex, place: FormulaSite, source: Source) -> Bound:
    """The bound formula; that of a data test is not in the program."""
    known = index.session.program.formulas.get(place)
    return known if known is not None else bind_site(index.doc, place, source, types.BOOLEAN)[0]


def finding_notes(found: Iterable[Diagnostic]) -> list[Markup]:
    """Each finding as a remark with the words that it is about."""
    return [
        blocks.note(
            _KINDS[one.rule.severity],
            one.message,
            [blocks.code(words) for words in (_about(one),) if words] + ([one.help] if one.help else []),
        )
        for one in found
    ]


def _about(finding: Diagnostic) -> str:
    return " ".join(finding.source.text[finding.span.start : finding.span.end].split())[:200]


def _words(index: DocIndex, bound: Bound, source: Source) -> list[str]:
    words = describe_formula(index.session.program, bound, source)
    return [f"**In words:** {markdown.escaped(words)}"] if words else []


def _example(index: DocIndex, page: str, place: FormulaSite, bound: Bound, source: Source) -> Iterator[Markup]:
    """The row that shows most worked through, or the value without a row; then what a reader tries and points at."""
    look = page_look(index.book, page)
    row: Row | None = None
    shown = place.role not in _SHOWN_ELSEWHERE
    if place.table and place.role != "default":
        row = example_row(index, place, bound)
        if row is None and shown:
            yield blocks.paragraph("There is no sample row for an example.", "coda-small")
            return
    if shown:
        value = formula_value(index.book, place, bound, row)
        yield worked_line(look, bound, row, value, expected_as(index.doc, place))
    yield live_block(index.session, place, source, row, look)


def formula_links(index: DocIndex, page: str, bound: Bound | None, thing: GraphNode | None) -> list[Markup]:
    """Links to the inputs and the readers of a thing, and to the functions that its formula calls."""
    found = []
    if thing is not None:
        needs = index.needs.get(thing)
        reads = needs.things - {thing} if needs is not None else frozenset()
        lines = [("Reads", _named(index, page, reads)), ("Read by", reader_links(index, page, thing))]
        if needs is not None and needs.volatile:
            lines.append(("Changes", Markup("with the clock or by chance, without an edit in the doc")))
    else:
        lines = []
    lines.append(("Functions", _functions(index, page, bound)))
    for name, said in lines:
        if said:
            found.append(fill("<dt>{}</dt><dd>{}</dd>", name, said))
    return [blocks.line(fill('<dl class="coda-links">{}</dl>', blocks.joined(found, "")))] if found else []


def reader_links(index: DocIndex, page: str, thing: GraphNode) -> Markup:
    """Links to all readers of a thing."""
    return _named(index, page, [reader for reader in index.needs.readers(thing) if reader != thing])


def _named(index: DocIndex, page: str, things: Iterable[GraphNode]) -> Markup:
    order = {"cells": 0, "named": 1, "control": 2, "view": 3, "rows": 4}
    known = sorted(things, key=lambda one: (order[one.kind], one.table, one.name))
    # A link to the rows of a table is left out where the formula reads a column of the table.
    tables = {one.table for one in known if one.kind == "cells"}
    told = [one for one in known if one.kind != "rows" or one.table not in tables]
    more = f", and {len(told) - _MOST_LINKS} more" if len(told) > _MOST_LINKS else ""
    linked = blocks.joined([thing_link(index.doc, page, one) for one in told[:_MOST_LINKS]])
    return linked + more


def _functions(index: DocIndex, page: str, bound: Bound | None) -> Markup:
    if bound is None or not index.functions:
        return Markup("")
    calls = (node.function for node in ir.parts(bound.body) if isinstance(node, ir.Call))
    names = dict.fromkeys(function.name for function in calls if not function.operator)
    known = [name for name in names if name in index.functions]
    return blocks.joined([blocks.link(page, index.functions[name], blocks.code(name)) for name in known])


def _told_cases(index: DocIndex, page: str, place: FormulaSite) -> list[Markup]:
    """The cases of a formula, folded under a line that says how many there are."""
    told = expectations.case_blocks(index, page, place)
    if not told:
        return []
    return [blocks.fold(f"Checked by {blocks.count(len(told), 'case')}", blocks.joined(told, ""), "coda-cases")]
