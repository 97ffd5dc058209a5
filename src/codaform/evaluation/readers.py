"""Who reads what in a doc, with the rows that a change reaches: made once for all workbooks of a program."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from codaform.evaluation.rows.code import PythonFormula, Watch
from codaform.evaluation.rows.generate import generate
from codaform.model import types
from codaform.model.types import RowOf, Scalar, item_of
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.conditions import select_rows
from codaform.semantics.dependencies import Graph, GraphNode, graph, order
from codaform.semantics.lower import lower
from codaform.semantics.program import FormulaSite, Program, Role
from codaform.semantics.relations import Edge, edges

Reader = tuple[GraphNode, Edge]
"""What reads something, and how."""


_MOST_KEPT = 4_096
"""So many formulas are kept as made: those of the doc, and the latest that were asked beside it."""

Made = TypeVar("Made")


class _Latest(Generic[Made]):
    """The latest results of work on formulas."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Bound, Made]] = OrderedDict()

    def of(self, bound: Bound, make: Callable[[], Made]) -> Made:
        known = self._kept.get(id(bound))
        if known is None:
            known = self._kept[id(bound)] = (bound, make())
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return known[1]


class Readers:
    """The formulas of a program ready to be computed, and the reads of each.

    needs: For everything computed, what it is computed from. rank: In which order things can be computed.
    circles: By thing, the number of the circle that it is in.
    watch: What is given the value of every part that is computed; then each part is computed as written, row by row.
    """

    def __init__(self, program: Program, needs: Graph | None = None, watch: Watch | None = None) -> None:
        self.program = program
        self._watch = watch
        self.needs = needs if needs is not None else graph(program)
        groups = order(self.needs)
        self.rank = {thing: number for number, group in enumerate(groups) for thing in group}
        self.circles = {
            thing: number
            for number, group in enumerate(groups)
            if len(group) > 1 or group[0] in self.needs[group[0]].things
            for thing in group
        }
        self.volatile = self.needs.volatile
        self._lowered: _Latest[ir.Node] = _Latest()
        self._written: _Latest[PythonFormula] = _Latest()
        self._ahead: _Latest[PythonFormula] = _Latest()
        self._of: dict[GraphNode, list[Reader]] = {}
        self._reads: dict[GraphNode, list[Reader]] = {}

    def lowered(self, bound: Bound) -> ir.Node:
        """A formula with its selections; without any where its parts are watched."""
        if self._watch is not None:
            return self._lowered.of(bound, lambda: lower(bound.body))
        return self._lowered.of(bound, lambda: select_rows(lower(bound.body), self.program.doc, self._closed))

    def is_whole(self, owner: GraphNode | None, select: ir.Select) -> bool:
        """Whether a computed column is a selection, and nothing else is made of what that finds."""
        if owner is None or owner.kind != "cells":
            return False
        return self.lowered(self.program.formulas[FormulaSite("formula", owner.table, owner.name)]) is select

    def written(self, bound: Bound) -> PythonFormula:
        """A formula as Python."""
        if self._watch is not None:
            return self._written.of(bound, lambda: generate(bound.body, watch=self._watch))
        return self._written.of(bound, lambda: generate(bound.body, lambda _: self.lowered(bound)))

    def written_ahead(self, bound: Bound) -> PythonFormula | None:
        """A formula as Python that computes many rows at a time, if its values hold no lists in lists."""
        item = item_of(bound.type)
        if self._watch is not None or not isinstance(item, Scalar | RowOf) or item in (types.ANY, types.OBJECT):
            return None
        return self._ahead.of(bound, lambda: generate(bound.body, lambda _: self.lowered(bound), ahead=True))

    def of(self, thing: GraphNode) -> list[Reader]:
        """What reads a thing. Which rows a formula reads is found out when something that it reads is asked for."""
        known = self._of.get(thing)
        if known is None:
            # To the graph, a filter is a part of its view.
            view = [GraphNode("view", thing.table, thing.name)] if thing.kind == "filter" else None
            readers = view or self.needs.readers(thing)
            known = [pair for reader in readers for pair in self._reads_of(reader) if pair[1].read == thing]
            self._of[thing] = known
        return known

    def _reads_of(self, reader: GraphNode) -> list[Reader]:
        known = self._reads.get(reader)
        if known is None:
            known = self._reads[reader] = list(self._found_reads(reader))
        return known

    def _found_reads(self, reader: GraphNode) -> Iterator[Reader]:
        """Everything that a computed thing reads; of a view, also what the cells of its filter read."""
        table = self.program.doc.tables.get(reader.table)
        if reader.kind == "control":
            yield from ((reader, Edge(read, None)) for read in self.needs[reader].things)
        elif reader.kind == "view" and table is not None:
            view = next(view for view in table.views if view.name == reader.name)
            yield reader, Edge(GraphNode("rows", view.table), ())
            if view.sort:
                yield reader, Edge(GraphNode("cells", view.table, view.sort), ())
            if view.filter is not None:
                cells = GraphNode("filter", view.table, view.name)
                yield reader, Edge(cells, ())
                yield from self._formula_reads(cells, "filter")
        elif table is not None and table.columns[reader.name].reverse:
            yield from ((reader, Edge(read, (), 0)) for read in self.needs[reader].things)
        else:
            yield from self._formula_reads(reader, "named" if reader.kind == "named" else "formula")

    def _formula_reads(self, reader: GraphNode, role: Role) -> Iterator[Reader]:
        bound = self.program.formulas[FormulaSite(role, reader.table, reader.name)]
        return ((reader, edge) for edge in edges(self.program.doc, self.lowered(bound)))

    def _closed(self, table: str, column: str) -> bool:
        return GraphNode("cells", table, column) in self.circles
