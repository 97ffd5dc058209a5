"""A workload: tables with formulas and seeded rows, written as a project, and the edits that are made in it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

from codaform.bench.sizes import Size

EDITS = 15
"""How many edits are timed."""

Cells = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class BenchColumn:
    """A column as in `table.yml`, with the formula of a computed one."""

    name: str
    type: str
    formula: str = ""

    @property
    def kind(self) -> str:
        """What its values are: number, date, datetime, text, or row for the numbers of rows."""
        return "row" if self.name == "id" or "to:" in self.type else self.type

    @property
    def entered(self) -> bool:
        """Whether the rows have values for it."""
        return not self.formula and "reverse:" not in self.type


@dataclass(frozen=True, slots=True)
class BenchTable:
    """A table: its columns, and the entered cells of its rows at a size."""

    columns: tuple[BenchColumn, ...]
    rows: Callable[[Size, Random], Iterable[Cells]]


@dataclass(frozen=True, slots=True)
class CellEdit:
    """A cell that gets another value. row: The number of the row, from 1."""

    table: str
    row: int
    column: str
    value: date | datetime | float


@dataclass(frozen=True, slots=True)
class Workload:
    """The tables of a benchmark, the columns that every engine computes, and the edits that follow.

    results: The computed columns that every engine has to give, by table, in this order.
    kind: The name under which the engines written by hand know it.
    """

    name: str
    title: str
    kind: str
    tables: Mapping[str, BenchTable]
    results: tuple[tuple[str, str], ...]
    edits: Callable[[Size], list[CellEdit]]

    def write(self, folder: Path, size: Size) -> None:
        """Write the project: the same bytes on every machine."""
        (folder / "doc.yml").write_text("doc: Benchmark\ntime_zone: UTC\nclock: 2026-01-01T00:00:00\n")
        for name, table in self.tables.items():
            (folder / name).mkdir()
            lines = [f"table: {name}", "columns:"]
            for column in table.columns:
                formula = f", formula: {column.name}.coda" if column.formula else ""
                lines.append(f"  - {{name: {column.name}, type: {column.type}{formula}}}")
                if column.formula:
                    (folder / name / f"{column.name}.coda").write_text(column.formula + "\n")
            (folder / name / "table.yml").write_text("\n".join(lines) + "\n")
            with (folder / name / "rows.csv").open("w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([column.name for column in table.columns if column.entered])
                writer.writerows(table.rows(size, Random(f"{size.name} {name}")))


def spread(step: int, count: int) -> int:
    """The number of a row for an edit, from 1: far from that of the edit before."""
    return 1 + (step * 7919 + count // 2) % count
