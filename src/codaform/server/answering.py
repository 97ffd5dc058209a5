"""Answering calls on the docs: at once where that is quick, else in a thread beside the server's loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from queue import SimpleQueue
from typing import Any, TypeVar

from codaform.model.budget import OutOfTime
from codaform.server import waiting
from codaform.server.waiting import Call, Turns, ending

T = TypeVar("T")

_MOST_THREADS = 64

_STACK = 64 * 1024 * 1024
"""For formulas that are nested deeply. It is memory only where it is used."""


async def answered(turns: Turns, work: Callable[[], T], *, writes: bool = False) -> T:
    """Do work on the docs when it is its turn, and give what it gives; others are answered meanwhile.

    work: What only reads may be broken off, and done from its beginning once more. writes: Whether it changes
    something: then it is done once, and in the order of the calls. Raises OutOfTime, and whatever the work raises.
    """
    now = time.monotonic()
    if writes:
        call = Call(turns, now + waiting.MOST_SECONDS_A_CHANGE, waiting.TOO_SLOW_A_CHANGE, writes=True)
        return await _beside(_threads.put_in_order, turns, lambda: call.run_in_turn(work))
    if turns.take_at_once():
        try:
            return Call(turns, now + waiting.AT_ONCE, waits=False).run(work)
        except OutOfTime:
            if ending.is_set():
                raise
        finally:
            turns.give()
    call = Call(turns, now + waiting.MOST_SECONDS)
    return await _beside(_threads.put, turns, lambda: call.run_in_turn(work))


async def _beside(put: Callable[[Turns, Callable[[], None]], None], turns: Turns, work: Callable[[], T]) -> T:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()
    context = copy_context()

    def tell(told: Callable[[Any], None], value: object) -> None:
        if not answer.done():
            told(value)

    def job() -> None:
        try:
            done: tuple[Callable[[Any], None], object] = (answer.set_result, context.run(work))
        except BaseException as error:
            done = (answer.set_exception, error)
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            loop.call_soon_threadsafe(tell, *done)

    put(turns, job)
    return await answer


class _Threads:
    """Threads that end with the process, whatever they do by then."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._free = self._all = 0
        self._in_order: dict[Turns, deque[Callable[[], None]]] = {}

    def put(self, _: Turns, job: Callable[[], None]) -> None:
        """Do a job as soon as a thread is free."""
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

    def put_in_order(self, turns: Turns, job: Callable[[], None]) -> None:
        """Do a job after those that were put here before it."""
        with self._guard:
            waiting = self._in_order.get(turns)
            if waiting is not None:
                waiting.append(job)
                return
            self._in_order[turns] = deque([job])
        self.put(turns, lambda: self._go_through(turns))

    def _go_through(self, turns: Turns) -> None:
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
