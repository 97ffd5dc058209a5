"""codaform: the formulas of the project as a maker writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codaform import __version__
from codaform.bench.engines.engine import BenchEngine, ResultColumn
from codaform.bench.workload import CellEdit
from codaform.evaluation.workbook import Workbook
from codaform.model.values import Error, Row
from codaform.project.session import Session


class RowsEngine(BenchEngine):
    """A workbook. An edit is over when every cell that it reached was read."""

    version = f"codaform {__version__}"
    book: Workbook

    def load(self, folder: Path) -> None:
        """Open the project and enter its rows."""
        self.book = Session.open(folder).book

    def forget(self) -> None:
        """Forget the computed cells and the indexes."""
        self.book.forget()

    def compute(self) -> None:
        """Read all columns of the results."""
        for table, column in self.workload.results:
            self.book.values(table, column)

    def edit(self, edit: CellEdit) -> None:
        """Change the cell, and read what is not known any more."""
        book = self.book
        forgotten = book.traced()
        row = book.rows(edit.table)[edit.row - 1]
        book.change(row, {edit.column: edit.value})
        book.value(row, edit.column)  # finds out who looked the row up
        for lost in forgotten:
            node = lost.node
            rows = book.rows(node.table) if lost.rows is None else [Row(node.table, id) for id in lost.rows]
            for row in rows:
                book.value(row, node.name)

    def results(self) -> Iterator[ResultColumn]:
        """The cells of the workbook."""
        for table, column in self.workload.results:
            yield list(map(plain, self.book.values(table, column)))


engine = RowsEngine


def plain(value: Any) -> Any:
    """A cell as other engines give it. An error value is infinite: no other engine has one, so the results differ."""
    if isinstance(value, Error):
        return float("inf")
    if isinstance(value, list):
        return [row.id for row in value]
    return None if value == "" else value
