"""What every engine does with a workload."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import process_time

from codaform.bench.workload import CellEdit, Workload

ResultColumn = Sequence[float | None] | Sequence[list[int]]
"""The values of a computed column in the order of its table: numbers, or the numbers of the rows that it points to."""


class BenchEngine(ABC):
    """Computes a workload.

    version: The name of the software that does, with its version. clock: The time that it takes, in seconds: that of
        the processor, unless the work is done by another process.
    """

    version = ""
    clock: Callable[[], float] = staticmethod(process_time)

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

    def close(self) -> None:  # noqa: B027 - most engines hold nothing but memory
        """End a connection."""


class ComputingAnew(BenchEngine):
    """Computes everything after an edit."""

    @abstractmethod
    def change(self, edit: CellEdit) -> None:
        """Change a cell, and leave the results."""

    def edit(self, edit: CellEdit) -> None:
        """Change the cell, and compute everything."""
        self.change(edit)
        self.compute()
