"""What a doc could do without: parts that no formula reads, and formulas that are there twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from codaform.model.schema import Column, Doc, Table
from codaform.semantics import ir
from codaform.semantics.dependencies import GraphNode, dependencies_of
from codaform.semantics.program import FormulaSite, Program, formulas
from codaform.semantics.sameness import comparable
from codaform.source import Span
from codaform.syntax.parser import parse
from codaform.syntax.printer import show

_LONG_ENOUGH = 12
"""Two formulas with as many letters without blanks are duplicates; shorter ones are alike by chance."""


class RepeatedPlace(NamedTuple):
    """A place of a formula that is there twice. whole: Whether it is the formula itself and not a filter in it."""

    place: FormulaSite
    span: Span
    whole: bool


class Repeated(NamedTuple):
    """A formula or a filter that is there more than once, as it is written first, and its places in one table."""

    text: str
    places: tuple[RepeatedPlace, ...]


def read_by_formulas(doc: Doc, program: Program) -> set[GraphNode]:
    """All that some formula reads; of a column, other than its own formula."""
    read: set[GraphNode] = set()
    for place in program.formulas:
        own = GraphNode("cells", place.table, place.name)
        read |= dependencies_of(doc, program.formulas[place].body).things - {own}
    return read


def named_by_views(table: Table) -> set[str]:
    """The columns of a table that its views list or sort by."""
    return {view.sort for view in table.views} | {name for view in table.views for name in view.columns}


def is_of_use_itself(table: Table, column: Column) -> bool:
    """Whether a column names the rows of its table, or is its key."""
    return column is table.display or column.key


def repeated(doc: Doc, program: Program) -> Iterator[Repeated]:
    """Formulas that compute the same: whole ones of one table, and filters within formulas; the most frequent first.

    A filter that asks for the item of a loop around it is none that a column could hold.
    """
    groups: defaultdict[tuple[str, ir.Node], list[RepeatedPlace]] = defaultdict(list)
    texts: dict[tuple[str, ir.Node], str] = {}
    for place, source, _ in formulas(doc):
        if place.role not in ("formula", "filter", "named"):
            continue
        tree, _ = parse(source)
        shown = " ".join((show(tree).strip() if tree is not None else "").split())
        body = program.formulas[place].body
        while isinstance(body, ir.Convert):  # to the type of the place
            body = body.value
        whole = place.table, comparable(body)
        if _is_long(shown):
            groups[whole].append(RepeatedPlace(place, Span(0, len(source.text)), True))
            texts.setdefault(whole, shown)
        for part in ir.parts(body):
            if isinstance(part, ir.Call) and part.function.name in ("Filter", "CountIf"):
                inner = place.table, comparable(part)
                shown = " ".join(source.text[part.span.start : part.span.end].split())
                if _is_long(shown) and inner != whole and not _is_within_loop(inner[1]):
                    groups[inner].append(RepeatedPlace(place, part.span, False))
                    texts.setdefault(inner, shown)
    for found, places in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0][0], texts[group[0]])):
        different = tuple({each.place: each for each in reversed(places)}.values())[::-1]
        if len(different) > 1:
            yield Repeated(texts[found], different)


def _is_within_loop(part: ir.Node) -> bool:
    """Whether a comparable part reads the item of a loop around it."""
    return any(isinstance(one, ir.Local) and one.slot > 0 for one in ir.parts(part))


def _is_long(text: str) -> bool:
    return len(text.replace(" ", "")) >= _LONG_ENOUGH
