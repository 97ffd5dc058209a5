"""Whose turn it is to work on the docs, how it lets others come between, and how long a call waits for formulas."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from codaform.evaluation.workbook import Aside, Workbook
from codaform.model.budget import OutOfTime, watch

T = TypeVar("T")

MOST_SECONDS = 3.0
"""How long a call that reads may wait and compute. What was computed by then is kept: asked again, it goes on from
there."""

MOST_SECONDS_A_CHANGE = 10.0
"""How long a change may compute."""

AT_ONCE = 0.02
"""How long a call may compute before it goes on beside the server's loop."""

MOST_STEPS_AT_ONCE = 100_000
"""How many steps that follow each other without a look it may do before that."""

TOO_SLOW = f"The doc's formulas take longer than {MOST_SECONDS:g} s. What they gave by now is kept; ask again."

TOO_SLOW_A_CHANGE = f"The change broke off: the doc's formulas take longer than {MOST_SECONDS_A_CHANGE:g} s."

ENDING = "The local Coda ends."

ending = threading.Event()
"""Set when the server shall end: nothing is computed any more."""


class Again(OutOfTime):
    """Somebody changed the doc in the middle of a call that reads it; the call begins anew."""


class NotAtOnce(OutOfTime):
    """The call must wait, and those who cannot are to ask again where they can."""


@dataclass(eq=False, kw_only=True)
class Shared:
    """What several calls want to work on: a doc.

    edits: Counts its changes. writer: The call that changes it; nobody else looks at it meanwhile. parked: How many
    calls were interrupted while they read it.
    """

    edits: int = 0
    writer: Call | None = None
    parked: int = 0

    def books(self) -> list[Workbook]:
        """Its workbooks."""
        return []


class Turns:
    """Whose turn it is to work on the docs. Whoever waits longest is next."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    @property
    def wanted(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    def take_at_once(self) -> bool:
        """Take the turn if it is nobody's."""
        with self._guard:
            free = not self._taken
            self._taken = True
        return free

    def take(self, seconds: float = -1) -> bool:
        """Wait for the turn. seconds: For so long at most; who waited in vain must not ask again."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        return mine.acquire(timeout=seconds)

    def give(self) -> None:
        """Give the turn to the next."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


@dataclass(eq=False)
class Call:
    """A call at work on the docs.

    until: When it ends at the latest. told: What its sender is told then. writes: Whether it changes something; what it
    touched is its own until it ends. waits: Whether it may wait and let others come between; else it ends instead.
    """

    turns: Turns
    until: float
    told: str = TOO_SLOW
    writes: bool = False
    waits: bool = True
    touched: dict[Shared, int] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, work: Callable[[], T]) -> T:
        """Do the work, which looks up here now and then. It has the turn. Raises OutOfTime."""
        before, looking = _current.set(self), watch.set(self._look)
        try:
            while True:
                try:
                    return work()
                except Again:
                    self.touched.clear()
        finally:
            watch.reset(looking)
            _current.reset(before)
            for shared in self.touched:
                if shared.writer is self:
                    shared.writer = None
            self.over.set()

    def run_in_turn(self, work: Callable[[], T]) -> T:
        """Wait for the turn, and do the work. Raises OutOfTime."""
        self.turns.take()
        try:
            self._look()
            return self.run(work)
        finally:
            self.turns.give()

    def touch(self, shared: Shared) -> None:
        """Take note that the call looks at something; wait until nobody changes it. Raises OutOfTime."""
        while shared.writer is not None and shared.writer is not self:
            self._wait_for(shared.writer)
        if ending.is_set():
            raise OutOfTime(ENDING)
        self.touched[shared] = shared.edits
        if self.writes:
            shared.writer = self

    def _wait_for(self, writer: Call) -> None:
        if not self.waits:
            raise NotAtOnce
        with self._parked():
            writer.over.wait(max(0.0, self.until - time.monotonic()))
        self._look()

    def _look(self, ahead: int = 0) -> None:
        if not self.waits and ahead > MOST_STEPS_AT_ONCE:
            raise NotAtOnce
        if ending.is_set():
            raise OutOfTime(ENDING)
        if time.monotonic() > self.until:
            raise OutOfTime(self.told) if self.waits else NotAtOnce
        if self.waits and self.turns.wanted:
            with self._parked():
                pass
            if ending.is_set():
                raise OutOfTime(ENDING)

    @contextmanager
    def _parked(self) -> Iterator[None]:
        """Let others have the turn. Raises Again where one of them changed what this call reads."""
        aside: list[tuple[Workbook, Aside]] = [
            (book, book.set_aside()) for shared in self.touched for book in shared.books() if book.at_work
        ]
        for shared in self.touched:
            shared.parked += 1
        self.turns.give()
        try:
            yield
        finally:
            self.turns.take()
            for shared in self.touched:
                shared.parked -= 1
            for book, state in aside:
                book.take_up(state)
        if not self.writes and any(shared.edits != edits for shared, edits in self.touched.items()):
            raise Again


_current: ContextVar[Call | None] = ContextVar("current", default=None)
"""The call that has the turn."""


def touch(shared: Shared) -> None:
    """Take note that the present call looks at something. Raises OutOfTime."""
    call = _current.get()
    if call is not None:
        call.touch(shared)


def is_free(shared: Shared) -> bool:
    """Whether the present call can look at something without waiting."""
    return shared.writer is None or shared.writer is _current.get()


@contextmanager
def changing(shared: Shared) -> Iterator[None]:
    """Change something: nobody else looks at it until the end, which comes before a change has taken too long.

    Raises OutOfTime, before anything is changed where the call cannot wait.
    """
    touch(shared)
    outer = _current.get()
    if outer is not None and not outer.waits:
        raise NotAtOnce
    turns = outer.turns if outer is not None else Turns()
    call = Call(turns, time.monotonic() + MOST_SECONDS_A_CHANGE, TOO_SLOW_A_CHANGE, writes=True)
    shared.edits += 1
    call.touched[shared] = shared.edits
    before, shared.writer = shared.writer, call
    current, looking = _current.set(call), watch.set(call._look)
    try:
        yield
    finally:
        watch.reset(looking)
        _current.reset(current)
        shared.edits += 1
        shared.writer = before
        if outer is not None:
            outer.touched[shared] = shared.edits
        call.over.set()
