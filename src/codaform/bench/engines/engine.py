"""What every engine does with a workload."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path

from codaform.bench.workload import CellEdit, Workload

ResultColumn = Sequence[float | None] | Sequence[list[int]]
"""The values of a computed column in the order of its table: numbers, or the numbers of the rows that it points to."""


class BenchEngine(ABC):
    """Computes a workload. version: The name of the software that does, with its version."""

    version = ""

    def __init__(self, workload: Workload) -> None:
        self.workload = workload

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Read the rows of the project in a folder."""

    @abstractmethod
    def compute(self) -> None:
        """Compute all results from the rows."""

    @abstractmethod
    def edit(self, edit: CellEdit) -> None:
        """Change a cell, and have all results right again."""

    @abstractmethod
    def results(self) -> Iterable[ResultColumn]:
        """The result columns of the workload."""

    def forget(self) -> None:  # noqa: B027 - most engines compute everything anew each time
        """Before everything is computed again: know nothing that was computed."""
