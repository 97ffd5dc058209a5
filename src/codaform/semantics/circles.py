"""Which formulas need each other in a circle, whatever the rows hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.schema import Doc, views
from codaform.semantics import ir
from codaform.semantics.dependencies import Dependencies, GraphNode, computed_dependencies, order
from codaform.semantics.program import FormulaSite, Program, Role
from codaform.source import Source, Span


def circles(program: Program, graph: Mapping[GraphNode, Dependencies]) -> list[Diagnostic]:
    """Circles that every row runs into: formulas that need each other's cells in their own row, or all cells.

    A circle by way of some other rows (`thisTable.Lookup(…)`) may well end; it is judged cell by cell when it is
    computed.
    """
    certain = {thing: Dependencies(read.certain, read.certain, False) for thing, read in graph.items()}
    found = []
    for group in order(certain):
        if len(group) < 2 and group[0] not in certain[group[0]].things:
            continue
        path = _round_trip(certain, group)
        # What has a formula comes first: a reverse column, or a view that only sorts, has none to point into.
        start = next((at for at, thing in enumerate(path) if _place(program, thing) is not None), None)
        if start is None:
            continue
        path = path[start:] + path[:start]
        first, second = path[0], path[1 % len(path)]
        place = _place(program, first)
        assert place is not None
        source = _source(program.doc, place)
        span = _first_read(program.formulas[place].body, second) or Span(0, len(source.text))
        found.append(Diagnostic(rules.CIRCULAR, _message(path), source, span))
    return found


def _message(path: list[GraphNode]) -> str:
    first = path[0]
    if len(path) > 1:
        shown = " → ".join(_told(thing) for thing in (*path, first))
        return f"{_told(first)} needs its own {'rows' if first.kind == 'view' else 'value'}: {shown}"
    match first.kind:
        case "view":
            return f"the view {first.name} is filtered by its own rows"
        case "cells":
            return f"each cell of {_told(first)} needs the whole column, and so itself"
    return f"{_told(first)} needs its own value"


def _round_trip(graph: Mapping[GraphNode, Dependencies], group: Iterable[GraphNode]) -> list[GraphNode]:
    """A shortest circle inside of a group, from its first thing by name."""
    members = set(group)
    start = min(members, key=lambda thing: (thing.table, thing.name))
    came_from: dict[GraphNode, GraphNode] = {}
    waiting = [start]
    for thing in waiting:
        for step in computed_dependencies(graph, thing):
            if step == start:
                path = [thing]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if step in members and step not in came_from:
                came_from[step] = thing
                waiting.append(step)
    return [start]


def _told(thing: GraphNode) -> str:
    if thing.kind == "view":
        return f"the view {thing.name}"
    return f"{thing.table}.{thing.name}" if thing.table else thing.name


def _place(program: Program, thing: GraphNode) -> FormulaSite | None:
    """Where the formula of a thing stands; None where it has none."""
    role: Role = "filter" if thing.kind == "view" else "named" if thing.kind == "named" else "formula"
    place = FormulaSite(role, thing.table, thing.name)
    return place if place in program.formulas else None


def _source(doc: Doc, place: FormulaSite) -> Source:
    match place.role:
        case "named":
            found: Source | None = doc.formulas[place.name].formula
        case "filter":
            found = next(view.filter for view in views(doc) if view.name == place.name)
        case _:
            found = doc.tables[place.table].columns[place.name].formula
    assert found is not None
    return found


def _first_read(node: ir.Node, thing: GraphNode) -> Span | None:
    spans = [part.span for part in ir.parts(node) if _reads(part, thing)]
    return min(spans, key=lambda span: span.start, default=None)


def _reads(part: ir.Node, thing: GraphNode) -> bool:
    match part:
        case ir.Field(_, table, column):
            return thing == GraphNode("cells", table, column)
        case ir.Named(name):
            return thing.kind in ("named", "control") and thing.name == name
        case ir.Rows(name):
            return thing.kind == "view" and thing.name == name
    return False
