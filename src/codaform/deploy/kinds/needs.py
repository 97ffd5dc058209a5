"""The things that a formula or a column of the wanted doc needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codaform.model.schema import Column
from codaform.semantics.dependencies import GraphNode, dependencies_of
from codaform.semantics.program import FormulaSite, Program, Role


class FormulaNeeds:
    """The things that the formulas of a doc read, by place; each is computed once."""

    def __init__(self, wanted: Program) -> None:
        self.doc = wanted.doc
        self._formulas = wanted.formulas
        self._read: dict[FormulaSite, tuple[GraphNode, ...]] = {}

    def of_column(self, table: str, column: Column) -> Iterator[GraphNode]:
        """The needs of a column's type, formula and button, but not of its default."""
        yield from rows_of(column.to)
        if column.reverse:
            yield GraphNode("cells", column.to, column.reverse)
        roles: tuple[Role, ...] = ("formula", "action", "disable_if")
        for role in roles:
            if getattr(column, role) is not None:
                yield from self.of_formula(role, table, column.name)

    def of_formula(self, role: Role, table: str, name: str) -> Sequence[GraphNode]:
        """The things that the formula of a place reads, and their tables."""
        place = FormulaSite(role, table, name)
        if place not in self._read:
            bound = self._formulas.get(place)
            found = dependencies_of(self.doc, bound.body).things if bound is not None else frozenset()
            steps = sorted(found, key=lambda thing: (thing.kind, thing.table, thing.name))
            self._read[place] = tuple(
                each
                for thing in steps
                for each in (thing, *(rows_of(thing.table) if thing.table in self.doc.tables else ()))
            )
        return self._read[place]


def rows_of(table: str) -> tuple[GraphNode, ...]:
    """The table of a name; nothing for an empty name."""
    return (GraphNode("rows", table),) if table else ()
