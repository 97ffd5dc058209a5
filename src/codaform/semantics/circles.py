"""Which formulas need each other in a circle, whatever the rows hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.model import types
from codaform.model.schema import Doc, views
from codaform.semantics import ir
from codaform.semantics.dependencies import Dependencies, Graph, GraphNode, computed_dependencies, graph, order
from codaform.semantics.program import FormulaSite, Program, Role
from codaform.source import Source, Span


def circles(program: Program, graph: Graph) -> list[Diagnostic]:
    """Circles that every row runs into: formulas that need each other's cells in their own row, or all cells.

    A circle by way of some other rows (`thisTable.Lookup(…)`) may well end; it is judged cell by cell when it is
    computed.
    """
    found = []
    for certain, group in _certain_circles(graph):
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


def _certain_circles(
    graph: Graph,
) -> Iterator[tuple[Mapping[GraphNode, Dependencies], tuple[GraphNode, ...]]]:
    """Groups of things that surely need each other, each in the part of the graph that says so."""
    for circle in graph.circles:
        within = _within(graph, circle)
        certain = {thing: Dependencies(read.certain, read.certain, False) for thing, read in within.items()}
        for group in order(certain):
            if len(group) > 1 or group[0] in certain[group[0]].things:
                yield certain, group


# ------------------------------------------------------------ circles of which makers saw that Coda blanks them


def doubtful_circles(program: Program, graph: Graph) -> list[Diagnostic]:
    """Columns of a table that need each other through other rows, and tables whose computed columns read each other.

    Here their cells have values as long as none needs itself; one maker each saw Coda leave them blank.
    """
    if program.doc.assume.circles == "columns" and "circles" in program.doc.assume.stated:
        return []
    found = []
    blank = "they are blank, as doc.yml assumes" if program.doc.assume.circles == "tables" else "here they are computed"
    for group in _row_circles(graph):
        path = _round_trip(_within(graph, group), group)
        shown = " → ".join(_told(thing) for thing in (*path, path[0]))
        message = f"these columns need each other through other rows: {shown}; {blank}, a maker saw Coda blank them"
        found.append(_at_read(program, path[0], path[1:2], rules.ROW_CIRCLE, message))
    for tables in _table_circles(program, graph):
        names = " and ".join(sorted(tables))
        message = f"computed columns of {names} read each other's tables; {blank}, a maker saw Coda blank the tables"
        start = min(
            (thing for thing in graph if _foreign_tables(graph, thing) & tables and thing.table in tables),
            key=lambda thing: (thing.table, thing.name),
        )
        others = [read for read in graph[start].things if read.table in tables - {start.table}]
        found.append(_at_read(program, start, others, rules.TABLE_CIRCLE, message))
    return found


def as_assumed(program: Program) -> Program:
    """The program as its doc takes circles: as it is, or with blanks for the columns that are in one."""
    if program.doc.assume.circles == "columns":
        return program
    known = graph(program)
    tables = frozenset[str]().union(*_table_circles(program, known))
    things = {thing for group in _row_circles(known) for thing in group}
    things |= {thing for thing in known if thing.kind == "cells" and thing.table in tables}
    places = {place for thing in things if (place := _place(program, thing)) is not None}
    blank = {place: replace(program.formulas[place], body=ir.Constant(None, types.BLANK)) for place in places}
    return Program(program.doc, {**program.formulas, **blank})


def _row_circles(graph: Graph) -> list[frozenset[GraphNode]]:
    """Groups of columns of one table that need each other, but not in every row: that is an error of its own."""
    found: list[frozenset[GraphNode]] = []
    for group in graph.circles:
        cells = [thing for thing in group if thing.kind == "cells"]
        for table in dict.fromkeys(thing.table for thing in cells):
            own = {thing for thing in cells if thing.table == table}
            found.extend(
                frozenset(part) for part in order(_within(graph, own)) if len(part) > 1 and not _is_certain(graph, part)
            )
    return found


def _within(graph: Mapping[GraphNode, Dependencies], group: Iterable[GraphNode]) -> dict[GraphNode, Dependencies]:
    """The part of the graph between some things."""
    members = frozenset(group)
    return {
        thing: Dependencies(graph[thing].things & members, graph[thing].certain & members, False) for thing in members
    }


def _is_certain(graph: Mapping[GraphNode, Dependencies], group: Iterable[GraphNode]) -> bool:
    certain = {thing: Dependencies(read.certain, read.certain, False) for thing, read in _within(graph, group).items()}
    return any(len(part) > 1 for part in order(certain))


def _table_circles(program: Program, graph: Mapping[GraphNode, Dependencies]) -> list[frozenset[str]]:
    """Groups of tables whose computed columns read columns of each other."""
    reads: dict[str, set[str]] = {name: set() for name in program.doc.tables}
    for thing, read in graph.items():
        if thing.kind == "cells":
            reads[thing.table] |= read.named
    tables = {
        GraphNode("rows", one): Dependencies(
            frozenset(GraphNode("rows", other) for other in others - {one}), frozenset(), False
        )
        for one, others in reads.items()
    }
    return [frozenset(one.table for one in group) for group in order(tables) if len(group) > 1]


def _foreign_tables(graph: Mapping[GraphNode, Dependencies], thing: GraphNode) -> frozenset[str]:
    """The other tables of which a column's formula names a column."""
    return graph[thing].named - {thing.table} if thing.kind == "cells" else frozenset()


def _at_read(program: Program, thing: GraphNode, meant: Iterable[GraphNode], rule: Rule, message: str) -> Diagnostic:
    """A finding at the first place where a column's formula reads what is meant."""
    place = _place(program, thing)
    assert place is not None
    source, wanted = _source(program.doc, place), tuple(meant)
    spans = [part.span for part in ir.parts(program.formulas[place].body) if any(_reads(part, read) for read in wanted)]
    span = min(spans, key=lambda one: one.start, default=Span(0, len(source.text)))
    return Diagnostic(rule, message, source, span)


# ------------------------------------------------------------ parts


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
