"""codaform's columns: the same formulas in numpy. After an edit, it recomputes the columns that read the cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from codaform import __version__
from codaform.bench.engines.engine import BenchEngine, ResultColumn
from codaform.bench.engines.rows import plain
from codaform.bench.workload import CellEdit
from codaform.project.computed import column_book
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode


class ColumnsEngine(BenchEngine):
    """The columns of a workbook."""

    version = f"codaform {__version__}"

    def load(self, folder: Path) -> None:
        """Open the project, and read the entered columns that the results are computed from."""
        self.columns = column_book(Session.open(folder).book_or_files)
        self.book = self.columns.book
        self.columns.read_for([GraphNode("cells", *result) for result in self.workload.results])

    def forget(self) -> None:
        """Forget the computed columns."""
        self.columns.forget()

    def compute(self) -> None:
        """Make the arrays of the results."""
        for table, column in self.workload.results:
            self.columns.arrays(table, column)

    def edit(self, edit: CellEdit) -> None:
        """Change the cell, and recompute the columns that read it."""
        row = self.columns.filled.rows(edit.table)[edit.row - 1]
        value = edit.value
        if isinstance(value, datetime):
            value = value.replace(tzinfo=self.book.zone)  # as a cell holds it
        self.book.change(row, {edit.column: value})
        self.columns.forget([(edit.table, edit.column)])
        self.compute()

    def results(self) -> Iterator[ResultColumn]:
        """The values of the language."""
        for table, column in self.workload.results:
            yield list(map(plain, self.columns.values(table, column)))


engine = ColumnsEngine
