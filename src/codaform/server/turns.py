"""Whose turn it is to work on the docs, how long a call waits for formulas, and the threads that compute."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

from codaform.evaluation.workbook import Aside, Workbook
from codaform.model.budget import OutOfTime, watch

_T = TypeVar("_T")

MOST_SECONDS = 3.0
"""The most seconds that a reading call may wait and compute. Computed values are kept, so the next call goes on from
there."""

MOST_SECONDS_A_CHANGE = 10.0
"""The most seconds that a change may compute."""

AT_ONCE = 0.02
"""The most seconds that a call may compute in the server's loop, before it moves to a thread."""

_MOST_STEPS_AT_ONCE = 100_000
"""The most steps without a look at the time that it may take there."""

TOO_SLOW = f"The doc's formulas take longer than {MOST_SECONDS:g} s. Values computed so far are kept; call again."

TOO_SLOW_A_CHANGE = f"The change broke off: the doc's formulas take longer than {MOST_SECONDS_A_CHANGE:g} s."

_ENDING = "The local Coda ends."

ending = threading.Event()
"""Set when the server must end: then all computing stops."""


class _Again(OutOfTime):
    """The doc changed in the middle of a call that reads it; the call starts again."""


class _NotAtOnce(OutOfTime):
    """The call has to wait, which it cannot do in the server's loop."""


@dataclass(eq=False, kw_only=True)
class Shared:
    """A doc, as several calls share it.

    edits: The number of its changes. writer: The call that changes it; other calls wait. parked: The number of calls
    that were interrupted while they read it.
    """

    edits: int = 0
    writer: PendingCall | None = None
    parked: int = 0

    def books(self) -> list[Workbook]:
        """Its workbooks."""
        return []


class Turns:
    """The queue of calls for the docs: one works, and the others wait in order."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    @property
    def wanted(self) -> bool:
        """Whether a call waits."""
        return bool(self._waiting)

    def take_at_once(self) -> bool:
        """Take the turn if it is free."""
        with self._guard:
            free = not self._taken
            self._taken = True
        return free

    def take(self, seconds: float = -1) -> bool:
        """Wait for the turn. seconds: The most seconds to wait; a call that waited in vain must not try again."""
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
class PendingCall:
    """A call at work on the docs.

    until: The latest moment of its end. reason: The message to its sender then. writes: Whether it changes something;
    until it ends, other calls do not touch its docs. waits: Whether it may wait for other calls; otherwise it ends.
    """

    turns: Turns
    until: float
    reason: str = TOO_SLOW
    writes: bool = False
    waits: bool = True
    touched: dict[Shared, int] = field(default_factory=dict)
    _over: threading.Event | None = None

    @property
    def over(self) -> threading.Event:
        """Set at its end. Made for the first call that waits, which has the turn meanwhile: few calls wait."""
        if self._over is None:
            self._over = threading.Event()
        return self._over

    def end(self) -> None:
        """Wake the calls that wait for its end."""
        if self._over is not None:
            self._over.set()

    def run(self, work: Callable[[], _T]) -> _T:
        """Do the work, which checks the time now and then. The call has the turn. Raises OutOfTime."""
        before, looking = _current.set(self), watch.set(self._look)
        try:
            while True:
                try:
                    return work()
                except _Again:
                    self.touched.clear()
        finally:
            watch.reset(looking)
            _current.reset(before)
            for shared in self.touched:
                if shared.writer is self:
                    shared.writer = None
            self.end()

    def run_in_turn(self, work: Callable[[], _T]) -> _T:
        """Wait for the turn, and do the work. Raises OutOfTime."""
        self.turns.take()
        try:
            self._look()
            return self.run(work)
        finally:
            self.turns.give()

    def touch(self, shared: Shared) -> None:
        """Record that the call uses a doc, after any change of it by another call. Raises OutOfTime."""
        while shared.writer is not None and shared.writer is not self:
            self._wait_for(shared.writer)
        if ending.is_set():
            raise OutOfTime(_ENDING)
        self.touched[shared] = shared.edits
        if self.writes:
            shared.writer = self

    def _wait_for(self, writer: PendingCall) -> None:
        if not self.waits:
            raise _NotAtOnce
        over = writer.over  # before the turn is given: the writer sees then that somebody waits
        with self._parked():
            over.wait(max(0.0, self.until - time.monotonic()))
        self._look()

    def _look(self, ahead: int = 0) -> None:
        if not self.waits and ahead > _MOST_STEPS_AT_ONCE:
            raise _NotAtOnce
        if ending.is_set():
            raise OutOfTime(_ENDING)
        if time.monotonic() > self.until:
            raise OutOfTime(self.reason) if self.waits else _NotAtOnce
        if self.waits and self.turns.wanted:
            with self._parked():
                pass
            if ending.is_set():
                raise OutOfTime(_ENDING)

    @contextmanager
    def _parked(self) -> Iterator[None]:
        """Give the turn to other calls. Raises _Again if another call changed a doc that this call reads."""
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
            raise _Again


_current: ContextVar[PendingCall | None] = ContextVar("current", default=None)
"""The call with the turn."""


def touch(shared: Shared) -> None:
    """Record that the present call uses a doc. Raises OutOfTime."""
    call = _current.get()
    if call is not None:
        call.touch(shared)


def is_free(shared: Shared) -> bool:
    """Whether the present call can use a doc without waiting."""
    return shared.writer is None or shared.writer is _current.get()


@contextmanager
def changing(shared: Shared) -> Iterator[None]:
    """Change a doc: other calls wait until the end of the block, which has a time limit.

    Raises OutOfTime; for a call that cannot wait, before any change.
    """
    touch(shared)
    outer = _current.get()
    if outer is not None and not outer.waits:
        raise _NotAtOnce
    turns = outer.turns if outer is not None else Turns()
    call = PendingCall(turns, time.monotonic() + MOST_SECONDS_A_CHANGE, TOO_SLOW_A_CHANGE, writes=True)
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
        call.end()


_MOST_THREADS = 64

_STACK = 64 * 1024 * 1024
"""The stack of a thread, for deeply nested formulas. Unused parts take no memory."""


async def run_in_turn(turns: Turns, work: Callable[[], _T], *, writes: bool = False, accepts: bool = False) -> _T:
    """Do work on the docs in its turn, and return its result; the server answers other calls meanwhile.

    work: It may be interrupted and started again, unless it writes. writes: Whether it changes something: then it runs
    in the order of the calls, and once. accepts: Whether it writes, and all that it changes is to accept a command at
    its end; until then it may be started again. Raises OutOfTime, and the exceptions of the work.
    """
    now = time.monotonic()
    if (not writes or (accepts and not _threads.has_in_order(turns))) and turns.take_at_once():
        try:
            return PendingCall(turns, now + AT_ONCE, waits=False).run(work)
        except OutOfTime:
            if ending.is_set():
                raise
        finally:
            turns.give()
    if writes:
        change = PendingCall(turns, now + MOST_SECONDS_A_CHANGE, TOO_SLOW_A_CHANGE, writes=True)
        return await _beside(_threads.put_in_order, turns, lambda: change.run_in_turn(work))
    call = PendingCall(turns, now + MOST_SECONDS)
    return await _beside(_threads.put, turns, lambda: call.run_in_turn(work))


async def _beside(put: Callable[[Turns, Callable[[], None]], None], turns: Turns, work: Callable[[], _T]) -> _T:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_T] = loop.create_future()
    context = copy_context()

    def finish(settle: Callable[[Any], None], value: object) -> None:
        if not answer.done():
            settle(value)

    def job() -> None:
        try:
            done: tuple[Callable[[Any], None], object] = (answer.set_result, context.run(work))
        except BaseException as error:
            done = (answer.set_exception, error)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(finish, *done)

    put(turns, job)
    return await answer


class _Threads:
    """Threads that end with the process, even in the middle of work."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._free = self._all = 0
        self._in_order: dict[Turns, deque[Callable[[], None]]] = {}

    def put(self, _: Turns, job: Callable[[], None]) -> None:
        """Do a job in the next free thread."""
        with self._guard:
            if self._free:
                self._free -= 1
            elif self._all < _MOST_THREADS:
                self._all += 1
                before = threading.stack_size(_STACK)
                try:
                    threading.Thread(target=self._work, name=f"codaform {self._all}", daemon=True).start()
                finally:
                    threading.stack_size(before)
        self._jobs.put(job)

    def has_in_order(self, turns: Turns) -> bool:
        """Whether a job of `put_in_order` is not done."""
        return turns in self._in_order

    def put_in_order(self, turns: Turns, job: Callable[[], None]) -> None:
        """Do a job after the earlier jobs of the same turns."""
        with self._guard:
            waiting = self._in_order.get(turns)
            if waiting is not None:
                waiting.append(job)
                return
            self._in_order[turns] = deque([job])
        self.put(turns, lambda: self._work_in_order(turns))

    def _work_in_order(self, turns: Turns) -> None:
        while True:
            with self._guard:
                waiting = self._in_order[turns]
                if not waiting:
                    del self._in_order[turns]
                    return
                job = waiting.popleft()
            job()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            job()
            del job
            with self._guard:
                self._free += 1


_threads = _Threads()
