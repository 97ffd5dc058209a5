"""Who reads what in a doc, with the rows that a change reaches: made once for all workbooks of a program."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Generic, TypeVar

from codaform.evaluation.rows.code import PythonFormula
from codaform.evaluation.rows.generate import generate
from codaform.model import types
from codaform.model.schema import views
from codaform.model.types import RowOf, Scalar, item_of
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.conditions import select_rows
from codaform.semantics.dependencies import Graph, GraphNode, graph, order
from codaform.semantics.lower import lower
from codaform.semantics.program import FormulaSite, Program
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
    """

    def __init__(self, program: Program, needs: Graph | None = None) -> None:
        self.program = program
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
        self._of: dict[GraphNode, list[Reader]] | None = None

    def lowered(self, bound: Bound) -> ir.Node:
        """A formula with its selections."""
        return self._lowered.of(bound, lambda: select_rows(lower(bound.body), self.program.doc, self._closed))

    def written(self, bound: Bound) -> PythonFormula:
        """A formula as Python."""
        return self._written.of(bound, lambda: generate(bound.body, lambda _: self.lowered(bound)))

    def written_ahead(self, bound: Bound) -> PythonFormula | None:
        """A formula as Python that computes many rows at a time, if its values hold no lists in lists."""
        item = item_of(bound.type)
        if not isinstance(item, Scalar | RowOf) or item in (types.ANY, types.OBJECT):
            return None
        return self._ahead.of(bound, lambda: generate(bound.body, lambda _: self.lowered(bound), ahead=True))

    def of(self, thing: GraphNode) -> list[Reader]:
        """What reads a thing."""
        if self._of is None:
            self._of = self._reversed()
        return self._of.get(thing, [])

    def _closed(self, table: str, column: str) -> bool:
        return GraphNode("cells", table, column) in self.circles

    def _reversed(self) -> dict[GraphNode, list[Reader]]:
        doc = self.program.doc
        found: defaultdict[GraphNode, list[Reader]] = defaultdict(list)
        for place, bound in self.program.formulas.items():
            node = reader_of(place)
            if node is not None:
                for edge in edges(doc, self.lowered(bound)):
                    found[edge.read].append((node, edge))
        for table in doc.tables.values():
            for column in table.columns.values():
                if column.reverse and column.to in doc.tables:
                    node = GraphNode("cells", table.name, column.name)
                    for read in (GraphNode("cells", column.to, column.reverse), GraphNode("rows", column.to)):
                        found[read].append((node, Edge(read, (), 0)))
        for view in views(doc):
            node = GraphNode("view", view.table, view.name)
            read_first = [GraphNode("rows", view.table)]
            if view.filter is not None:
                read_first.append(GraphNode("filter", view.table, view.name))
            if view.sort:
                read_first.append(GraphNode("cells", view.table, view.sort))
            for read in read_first:
                found[read].append((node, Edge(read, ())))
        for control in doc.controls.values():
            node = GraphNode("control", "", control.name)
            for read in self.needs[node].things if node in self.needs else ():
                found[read].append((node, Edge(read, None)))
        return dict(found)


def reader_of(place: FormulaSite) -> GraphNode | None:
    """What keeps the value of a formula; None where nothing does."""
    match place.role:
        case "formula":
            return GraphNode("cells", place.table, place.name)
        case "filter":
            return GraphNode("filter", place.table, place.name)
        case "named":
            return GraphNode("named", "", place.name)
    return None
