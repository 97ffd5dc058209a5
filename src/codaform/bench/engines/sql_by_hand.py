"""What databases share whose statements are written by hand: a statement for each step. An edit computes everything."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from codaform.bench.engines.engine import ComputingAnew, ResultColumn
from codaform.bench.workload import CellEdit, Workload

RUNNING_TOTAL = """
            SELECT id, customer, total, large,
                sum(total) OVER (PARTITION BY customer ORDER BY ordered_on) AS running_total
            FROM totals"""
"""Running totals of customers, whose numbers are added in any order."""


def summed(item: str, row: str, exact: bool) -> str:
    """A sum. exact: Whether the numbers are added in the order of the rows, as codaform does."""
    return f"sum({item} ORDER BY {row})" if exact else f"sum({item})"


class SqlByHand(ComputingAnew):
    """A connection. exact: Whether numbers are added in the order of the rows. place: What a value is put in for."""

    exact = False
    place: ClassVar[str]
    connection: Any

    def __init__(self, workload: Workload) -> None:
        super().__init__(workload)
        self.connection, self.version = self.connected()
        self.steps = self.all_steps()[workload.kind]

    @abstractmethod
    def connected(self) -> tuple[Any, str]:
        """A connection, and the name of the software with its version."""

    @abstractmethod
    def all_steps(self) -> Mapping[str, Mapping[str, str]]:
        """By kind of workload the statements, by the table that each makes: `lines_amount` has results of lines."""

    def run(self, statement: str, values: tuple[object, ...] | None = None) -> Any:
        """Run a statement."""
        return self.connection.execute(statement, values)

    def change(self, edit: CellEdit) -> None:
        """Update the cell."""
        sets = f'UPDATE "{edit.table}" SET "{edit.column}" = {self.place} WHERE id = {self.place}'
        self.run(sets, (edit.value, edit.row))

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def results(self) -> Iterator[ResultColumn]:
        """The columns of the tables, in the order of the ids."""
        for table, column in self.workload.results:
            step = next(name for name in self.steps if name.startswith(f"{table}_"))
            yield [cell for (cell,) in self.run(f"SELECT {column} FROM {step} ORDER BY id").fetchall()]
