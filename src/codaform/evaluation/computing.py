"""Computing cells: one inside of the other as they need each other, within the steps that each may take."""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codaform.evaluation.cells import Cells, Deeper, unset
from codaform.evaluation.rows.code import TOO_DEEP, UNKNOWN, Run, RunAhead
from codaform.evaluation.store import RowStore
from codaform.model.budget import MOST_STEPS, MOST_STEPS_A_COLUMN, STRIDE, Budget, look_up
from codaform.model.unexpected import faulted
from codaform.model.values import Error, Row

_DEEPEST_CHAIN = 50
"""How many cells may be computed one inside of the other; what a longer chain needs is computed before."""

_CELLS_A_LOOK = 200

_ALONE = 4
"""So many cells of a column are computed one by one; from then on those below are computed with the one asked for."""

_ALWAYS_ALONE = -(1 << 60)
"""Cells asked for so far, where those of a column need long chains of others: they are all computed one by one."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The state of a computation that was set aside."""

    cells: list[tuple[Cells, set[int]]]
    followed: set[int]
    chain: int
    running: int
    left: int
    next_look: int


class Computing:
    """The running computation of a workbook, and the steps that are left to it.

    store: The rows and cells.
    formula, ahead: The formula of computed cells, for one row and for many.
    mirrored: The value of a cell of a reverse column.
    spent: The steps that the last run took.
    """

    def __init__(
        self,
        store: RowStore,
        formula: Callable[[Cells], Run],
        ahead: Callable[[Cells], RunAhead | None],
        mirrored: Callable[[Cells, Row], list[Row]],
    ) -> None:
        self.store = store
        self._formula = formula
        self._ahead = ahead
        self._mirrored = mirrored
        self.budget = Budget()
        self.running = 0
        self.spent = 0
        self._chain = 0
        self._followed: set[int] = set()
        self._unseen = 0

    def run(self, run: Run, row: Row | None, steps: int = MOST_STEPS) -> Any:
        """The value that a formula gives for a row; an Error where it has none.

        steps: What it may spend. Raises OutOfTime.
        """
        self._unseen += 1
        if self._unseen > _CELLS_A_LOOK:
            self._unseen = 0
            look_up()
        if row is not None:
            self.store.reach(row.table, row.id + 1)
        budget = self.budget
        left, next_look = budget.left, budget.next_look
        budget.left, budget.next_look = steps, steps - STRIDE
        self.running += 1
        try:
            return self._outcome(run, row)
        finally:
            self.running -= 1
            self.spent = steps - budget.left
            budget.left, budget.next_look = left, next_look

    def _outcome(self, run: Run, row: Row | None) -> Any:
        """The value of a formula for a row; an Error where it has none. The budget pays for long results."""
        try:
            value = run(row)
            if type(value) is list:
                self.budget.charge_whole(value)
            elif type(value) is dict:
                self.budget.charge_whole(value.values())
            return value
        except RecursionError:
            if self.running > 1:
                raise  # the value depends on where it is asked for
            return TOO_DEEP
        except Exception as error:
            return faulted(error, None).value()

    def compute(self, cells: Cells, row: Row) -> Any:
        """The value of a cell that is not known yet; an Error where it has none."""
        column = cells.column
        if row.id not in self.store.tables[row.table]:
            return None
        if row.id in cells.given:
            value = cells.given[row.id]
        elif cells.node.kind == "filter":
            return self._compute_formula(cells, row)
        elif column.reverse and cells.circle is not None:
            value = Error("circular-cell", f"the cells of {row.table}.{column.name} need their own values")
        elif column.reverse:
            value = self._mirrored(cells, row)
        elif column.kind == "row_id":
            value = float(row.id)
        elif column.formula is None:
            value = unset(column)
        else:
            if cells.circle is not None and cells.circle not in self._followed:
                self._follow(cells, cells.circle, row.table)
                value = cells.values[row.id]
                return value if value is not UNKNOWN else self._compute_formula(cells, row)
            if cells.circle is not None:
                return self._compute_formula(cells, row)
            cells.computed_alone += 1
            if cells.computed_alone > _ALONE and self._chain < _DEEPEST_CHAIN:
                self._compute_ahead(cells, row)
                value = cells.values[row.id]
                return value if value is not UNKNOWN else self._compute_formula(cells, row)
            return self._compute_formula(cells, row)
        cells.values[row.id] = value
        return value

    def _compute_ahead(self, cells: Cells, row: Row) -> None:
        """Compute a cell and those below it, as many as were asked for before: most often they are asked for next."""
        rows = self.store.rows(row.table)
        start = bisect_left(rows, self.store.place(row), key=self.store.place)
        ahead = rows[start : start + cells.computed_alone]
        if self.compute_rows(cells, ahead):
            cells.computed_alone += len(ahead)
        else:
            # Each column of a chain would try once more for each time that the one before it tries.
            cells.computed_alone = _ALWAYS_ALONE

    def compute_rows(self, cells: Cells, rows: list[Row]) -> bool:
        """Compute those cells of rows that are not known; whether all are known then.

        What needs a long chain of other cells, or more steps than are left, has to be asked for one by one.
        """
        column = cells.column
        if column.formula is None or cells.circle is not None:
            return cells.entered
        values, budget = cells.values, self.budget
        left, next_look = budget.left, budget.next_look
        if cells.run_ahead is None:
            cells.run_ahead = self._ahead(cells) or False
        self.running += 1
        self._chain += 1
        collects = gc.isenabled()
        gc.disable()  # what is computed stays: to look for garbage among it takes long and finds none
        try:
            for at in range(0, len(rows), _CELLS_A_LOOK):
                look_up()
                some = rows[at : at + _CELLS_A_LOOK]
                if cells.run_ahead and cells.left >= MOST_STEPS:
                    cells.run_ahead(some, cells)
                    if cells.left >= MOST_STEPS:
                        continue
                run = self._formula_of(cells)
                for one in some:
                    if values[one.id] is not UNKNOWN:
                        continue
                    if cells.left <= 0:
                        return False
                    steps = min(MOST_STEPS, cells.left)
                    budget.left, budget.next_look = steps, steps - STRIDE
                    values[one.id] = self._outcome(run, one)
                    cells.left -= steps - budget.left
            return True
        except Deeper as deeper:
            for waiting, needed in deeper.path:
                waiting.running.discard(needed.id)
            return False
        except RecursionError:
            return False
        finally:
            if collects:
                gc.enable()
            self.running -= 1
            self._chain -= 1
            budget.left, budget.next_look = left, next_look

    def _follow(self, cells: Cells, circle: int, table: str) -> None:
        """Compute a column from the top: so a chain from row to row, like a running total, is shortest."""
        self._followed.add(circle)
        try:
            for row in self.store.rows(table):
                if cells.values[row.id] is UNKNOWN and row.id not in cells.given:
                    self._compute_formula(cells, row)
        finally:
            self._followed.discard(circle)

    def _compute_formula(self, cells: Cells, row: Row) -> Any:
        """The value of a computed cell, and before it those that lie too deep below it."""
        if row.id in cells.running:
            return Error("circular-cell", f"a cell of {row.table}.{cells.column.name} needs its own value")
        if self._chain >= _DEEPEST_CHAIN:
            raise Deeper(cells, row)
        if self._chain:
            return self._compute_cell(cells, row)
        waiting = [(cells, row)]
        try:
            while waiting:
                cells, row = waiting[-1]
                try:
                    value = self._compute_cell(cells, row)
                    waiting.pop()
                except Deeper as deeper:
                    deeper.path.pop()  # the one that waits already
                    waiting.extend(reversed(deeper.path))
        finally:
            for cells, row in waiting:
                cells.running.discard(row.id)
        return value

    def _compute_cell(self, cells: Cells, row: Row) -> Any:
        name = f"{row.table}.{cells.column.name}"
        run = self._formula_of(cells)
        if cells.left <= 0:
            told = f"the cells of {name} go through more than {MOST_STEPS_A_COLUMN:,} items together"
            cells.values[row.id] = error = Error("out-of-range", told)
            return error
        cells.running.add(row.id)
        self._chain += 1
        try:
            value = self.run(run, row, min(MOST_STEPS, cells.left))
        except Deeper as deeper:
            deeper.path.append((cells, row))  # it goes on to be computed, behind what it needs
            raise
        except RecursionError:
            cells.running.discard(row.id)
            if self._chain == 1:
                raise
            raise Deeper(cells, row) from None  # from a shorter stack it may have a value
        except BaseException:
            cells.running.discard(row.id)
            raise
        finally:
            self._chain -= 1
        cells.left -= self.spent
        cells.running.discard(row.id)
        cells.values[row.id] = value
        return value

    def _formula_of(self, cells: Cells) -> Run:
        if cells.run is None:
            cells.run = self._formula(cells)
        return cells.run

    # ------------------------------------------------------------ several at one time

    def set_aside(self) -> Interrupted:
        """Pause the computation at a checkpoint for another question. It continues after `take_up`."""
        cells = [(cells, set(cells.running)) for cells in self.store.all_cells() if cells.running]
        budget = self.budget
        aside = Interrupted(cells, self._followed, self._chain, self.running, budget.left, budget.next_look)
        for column, _ in cells:
            column.running.clear()
        self._followed, self._chain, self.running = set(), 0, 0
        budget.reset()
        return aside

    def take_up(self, aside: Interrupted) -> None:
        """Have what was set aside again."""
        for column, running in aside.cells:
            column.running.update(running)
        self._followed, self._chain, self.running = aside.followed, aside.chain, aside.running
        self.budget.left, self.budget.next_look = aside.left, aside.next_look
