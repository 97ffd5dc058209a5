"""The cells of one column: known values, entered values, and the rows that are being computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from codaform.evaluation.rows.code import UNKNOWN, Run, RunAhead
from codaform.model.budget import MOST_STEPS_A_COLUMN
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf
from codaform.model.values import Row
from codaform.semantics.dependencies import GraphNode


class Cells:
    """The cells of one column, or the conditions of a view: one for each row.

    node: What they are in the graph.
    values: The known values by the numbers of rows, UNKNOWN where one is not computed; of rows that are gone, blank.
    given: Entered values that replace computed ones.
    running: The rows whose cells are being computed.
    circle: Which circle of formulas the column is in, if it is in one. Its cells may end the circle from row to row.
    left: The steps left for all cells together.
    run, run_ahead: The formula for one row and for many; False where it is computed one by one.
    mirrored: Of a reverse column, the rows that point to the row with a number.
    compute: How the value of a cell that is not known is found.
    computed_alone: How many were asked for since some were forgotten.
    """

    __slots__ = (
        "circle",
        "column",
        "compute",
        "computed_alone",
        "entered",
        "given",
        "left",
        "mirrored",
        "node",
        "run",
        "run_ahead",
        "running",
        "values",
    )

    def __init__(
        self,
        column: Column,
        node: GraphNode,
        size: int,
        circle: int | None,
        compute: Callable[[Cells, Row], Any],
    ) -> None:
        self.column = column
        self.node = node
        self.entered = not column.computed
        self.values: list[Any] = []
        self.given: dict[int, Any] = {}
        self.running: set[int] = set()
        self.circle = circle
        self.run: Run | None = None
        self.run_ahead: RunAhead | Literal[False] | None = None
        self.left = MOST_STEPS_A_COLUMN
        self.computed_alone = 0
        self.mirrored: Callable[[Any], list[Row]] | None = None
        self.compute: Callable[[Row], Any] = lambda row: compute(self, row)
        self.reach(size)

    @property
    def unset(self) -> Any:
        """The value of a cell before anything is entered or computed."""
        return unset(self.column) if self.entered else UNKNOWN

    def reach(self, size: int) -> None:
        """Have room for so many rows."""
        missing = size - len(self.values)
        if missing > 0:
            self.values.extend([None if self.entered else UNKNOWN] * missing)

    def begin(self, rows: Iterable[int]) -> None:
        """Have in new rows what a cell holds at first."""
        first, values = self.unset, self.values
        if self.entered and first is not None:
            for id in rows:
                values[id] = first

    def forget(self, rows: set[int] | None) -> set[int] | None:
        """Know the computed values of some rows no more, or, with None, of all; those that were known before."""
        if self.entered:
            return set()
        self.left = MOST_STEPS_A_COLUMN
        self.computed_alone = 0
        values = self.values
        if rows is None:
            was_known = any(value is not UNKNOWN for value in values)
            values[:] = [UNKNOWN] * len(values)
            for id, value in self.given.items():
                values[id] = value
            return None if was_known else set()
        found = {id for id in rows if id < len(values) and values[id] is not UNKNOWN and id not in self.given}
        for id in found:
            values[id] = UNKNOWN
        return found

    def withdraw(self, rows: Iterable[int]) -> None:
        """Forget everything that was entered in some rows, which are all."""
        self.given.clear()
        self.values[:] = [None if self.entered else UNKNOWN] * len(self.values)
        self.begin(rows)


class Deeper(BaseException):
    """A cell is needed that lies too deep below the one being computed: it is computed first, then all on the way.

    It is no Exception, so that no formula takes it for an error value.
    """

    def __init__(self, cells: Cells, row: Row) -> None:
        super().__init__()
        self.path: list[tuple[Cells, Row]] = [(cells, row)]


def unset(column: Column) -> Any:
    """The value of an entered cell before anything is entered."""
    if isinstance(value_type(column), ListOf):
        return []
    return False if column.kind in ("checkbox", "toggle") else None
