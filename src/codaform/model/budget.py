"""The budget of a computation: steps, so that none hangs or fills the memory, and the time that the caller gives it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar

from codaform.model.values import EvaluationError

MOST_STEPS = 10_000_000
"""For one formula at one place. A step is an item that is gone through, for each part of the formula that is computed
for it; or so many letters."""

MOST_STEPS_A_COLUMN = 100_000_000
"""For all cells of a column together."""

SHORT = 64
"""Arguments and results up to this length are not counted."""

_LETTERS_READ = 16
_LETTERS_MADE = 16
STEPS_A_CONVERSION = 8
"""The steps for reading a short text as a number, a date or a duration, or writing a value by a format."""

STEPS_A_COMPARISON = 4
"""The steps for comparing two values of different types, or of a type that Python does not compare as Coda does."""

STEPS_A_TIME = 6
"""The steps of a call that computes with a date, a time or a duration."""

STEPS_A_LIST = 4
"""The steps for opening a list in a list, beside its items."""

STRIDE = 20_000
"""The number of steps between two checkpoints."""

ITEMS_A_LOOK = 1_000
"""The number of items between two checkpoints in a long list whose items were charged at once."""

_UNCOUNTED = 1 << 60

_NESTING = frozenset((list, dict))

watch: ContextVar[Callable[[int], None] | None] = ContextVar("watch", default=None)
"""A function to call at checkpoints of a computation; it raises OutOfTime to end it. Its argument is the number of
steps just charged at once: so many may come before the next call."""


class OutOfTime(Exception):
    """The asker waits no longer. No cell keeps it: asked again, the computing goes on with what is known by then."""


def look_up(ahead: int = 0) -> None:
    """A checkpoint: call the watcher."""
    watcher = watch.get()
    if watcher is not None:
        watcher(ahead)


class Budget:
    """The steps that are left to what is computed. Everything that loops or grows charges it.

    A workbook has one, and each formula that it runs begins with new steps; between formulas nothing is counted.

    bulk: Whether much was charged at once: who goes through it item by item looks up himself.
    """

    __slots__ = ("bulk", "left", "next_look")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Count nothing, as between formulas."""
        self.left = _UNCOUNTED
        self.next_look = _UNCOUNTED - STRIDE
        self.bulk = False

    def charge(self, steps: int) -> None:
        """Take steps. Raises EvaluationError where fewer are left, and OutOfTime."""
        left = self.left = self.left - steps
        if left < self.next_look:
            self.look()

    def charge_read(self, value: object) -> None:
        """Take the steps of going through a value, where it is a long text or a long list."""
        if type(value) is str:
            if len(value) > SHORT:
                self.charge(len(value) // _LETTERS_READ)
        elif type(value) is list and len(value) > SHORT:
            self.charge(len(value))

    def charge_converted(self, text: str, times: int = 1) -> None:
        """Take the steps of reading a text as a value of another type.

        times: How many times as long each letter takes as where a number is read.
        """
        self.charge(STEPS_A_CONVERSION + len(text) * times // _LETTERS_READ)

    def charge_texts(self, items: Iterable[object], times: int = 1) -> None:
        """Take the steps of going through the letters of texts in a list, so many times; other items cost nothing."""
        letters = sum(len(item) for item in items if type(item) is str and len(item) > SHORT)
        if letters:
            self.charge(letters * times // _LETTERS_READ)

    def charge_made(self, value: object) -> None:
        """Take the steps of making a value, where it is a text or a list."""
        if type(value) is str:
            if len(value) > SHORT:
                self.charge(len(value) // _LETTERS_MADE)
        elif type(value) is list:
            self.charge(len(value))

    def charge_whole(self, value: Iterable[object]) -> None:
        """Take the steps of going through lists in lists: a short list may hold very many, each in many places."""
        if _NESTING.isdisjoint(map(type, value)):
            return
        waiting = [item for item in value if type(item) is list or type(item) is dict]
        while waiting:
            inner = waiting.pop()
            self.charge(STEPS_A_LIST + len(inner))
            items = inner.values() if type(inner) is dict else inner
            waiting.extend(item for item in items if type(item) is list or type(item) is dict)

    def look(self) -> None:
        """A checkpoint, where fewer steps than `next_look` are left. Raises what `charge` raises."""
        ahead = self.next_look - self.left
        look_up(ahead)
        if self.left < 0:
            raise EvaluationError(
                "out-of-range", f"the formula goes through more than {MOST_STEPS:,} items, or as much text"
            )
        self.bulk = ahead > STRIDE
        self.next_look = self.left - STRIDE
