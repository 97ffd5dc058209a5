"""All docs of a local Coda, and the time between a write and the first read that shows it."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from codaform.coda.wire import ids
from codaform.evaluation.workbook import Workbook
from codaform.model.budget import OutOfTime
from codaform.model.values import Person
from codaform.server.commands.command import Command, apply
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Json, Rows
from codaform.server.storage.exports import Exports
from codaform.server.storage.folders import DocFolders
from codaform.server.storage.store import Store, Waiting
from codaform.server.turns import Shared, Turns, changing, ending, is_free, touch

_KEPT_REQUESTS = timedelta(days=1)
"""The time for which the state of a request is kept; Coda says about a day."""


_SECONDS_TO_GIVE_UP = 0.2

_TOGETHER = 0.01
"""Commands that are due within so many seconds after one that is due are applied with it: a call that applies commands
needs a thread, which takes as long as a command."""


@dataclass
class Timing:
    """The timing of writes, in seconds.

    delay: From the acceptance of a write to its end. staleness: From there to the first read that shows it.
    unknown: From the acceptance to the first moment when its state is known.
    stuck: Whether writes accepted now are never done.
    """

    delay: float = 0.1
    staleness: float = 0.0
    unknown: float = 0.0
    stuck: bool = False


injected_timing: ContextVar[Mapping[str, Any]] = ContextVar("injected_timing", default=MappingProxyType({}))
"""The fields of Timing that differ for the writes of the present call."""

_log = logging.getLogger(__name__)


@dataclass
class _Queued:
    request: str
    command: Command
    due: float
    staleness: float = 0.0


@dataclass(eq=False)
class _Held(Shared):
    """A doc with every write, an older copy for stale reads if any, and the commands that wait for either."""

    live: LocalDoc
    queue: deque[_Queued] = field(default_factory=deque)
    shown: LocalDoc | None = None
    behind: deque[tuple[float, Command]] = field(default_factory=deque)

    def books(self) -> list[Workbook]:
        return [self.live.book] if self.shown is None else [self.live.book, self.shown.book]


class Workspace:
    """The docs, and the accepted commands for them.

    seconds: A monotonic clock; tests pass one of their own.
    seed: Makes the docs for an empty store; none by default.
    people: Gives the people who are in every doc besides the user: those of a project's rows.
    """

    def __init__(
        self, store: Store, user: Person, timing: Timing | None = None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.user = user
        self.timing = timing or Timing()
        self.seconds = seconds
        self.clock: datetime | None = None
        self.people: Callable[[], Iterable[Person]] = tuple
        self.seed: Callable[[], Iterable[tuple[DocRecord, Rows]]] = tuple
        self.turns = Turns()
        self._held: dict[str, _Held] = {}
        self._load()

    def _load(self) -> None:
        self.exports = Exports(self.seconds)
        self.folders = DocFolders(self.store)
        self._held = {}
        self._known_from: dict[str, float] = {}
        for record, rows in self.store.docs():
            self._held[record.id] = _Held(self._open(record, rows))
        self.store.forget_requests((datetime.now(UTC) - _KEPT_REQUESTS).timestamp())
        for waiting in self.store.waiting():
            if waiting.doc in self._held:
                self._held[waiting.doc].queue.append(_Queued(waiting.request, waiting.command, self.seconds()))

    def fill(self) -> None:
        """Make the docs of the seed if there is no doc."""
        if self.empty:
            for record, rows in self.seed():
                self.add(record, rows)

    def restart(self) -> None:
        """Forget everything in memory and start from the file again, as after a crash; without a file, from the seed.

        Raises CannotOpen if the file is gone or damaged.
        """
        self._give_up()
        path = self.store.path
        self.store.close()
        self.store = Store(path)
        self._load()
        self.fill()

    def reset(self) -> None:
        """Forget everything, in the file too, and start from the seed again."""
        self._give_up()
        self.store.clear()
        self._load()
        self.fill()

    def _give_up(self) -> None:
        """Make every call stop its work on the present docs."""
        for id in list(self._held):
            with changing(self._own(id)):
                pass

    def close(self) -> None:
        """Close the file after the end of the server; a call at work has a moment to stop."""
        if self.turns.take(_SECONDS_TO_GIVE_UP):
            self.store.close()

    @property
    def now(self) -> datetime:
        """The time of the clock: the moment at which it stands, or the real one."""
        return self.clock or datetime.now(UTC)

    # ------------------------------------------------------------ docs

    def docs(self) -> list[LocalDoc]:
        """All docs in the state for reads, the newest first; a doc in the middle of a change, in its state of now."""
        return [self._glance(id) for id in [*reversed(self._held)] if id in self._held]

    def _glance(self, doc: str) -> LocalDoc:
        held = self._held[doc]
        return self.reading(doc) if is_free(held) else held.shown or held.live

    @property
    def empty(self) -> bool:
        """Whether there is no doc."""
        return not self._held

    def __contains__(self, doc: str) -> bool:
        return doc in self._held

    def reading(self, doc: str) -> LocalDoc:
        """A doc in the state for reads. Raises KeyError."""
        self.settle(doc)
        held = self._held[doc]
        return self._ticked(held, held.shown or held.live)

    def live(self, doc: str) -> LocalDoc:
        """A doc with every write so far. Raises KeyError."""
        self.settle(doc)
        held = self._held[doc]
        return self._ticked(held, held.live)

    def _ticked(self, held: _Held, doc: LocalDoc) -> LocalDoc:
        if not held.parked and doc.tick(self.now):  # the clock stands for calls in the middle of a read
            held.edits += 1
            touch(held)
        return doc

    def _own(self, doc: str) -> _Held:
        """A doc, after any change of it by another call. Raises KeyError."""
        while True:
            held = self._held[doc]
            touch(held)
            if self._held.get(doc) is held:
                return held

    def add(self, record: DocRecord, rows: Rows) -> LocalDoc:
        """Add a doc."""
        held = self._held[record.id] = _Held(self._open(record, rows))
        held.live.touched.update((table, number) for table, known in rows.items() for number in known)
        self.store.save(held.live)
        return held.live

    def remove(self, doc: str) -> None:
        """Delete a doc."""
        with changing(self._own(doc)):
            del self._held[doc]
            self.store.drop(doc)

    def _open(self, record: DocRecord, rows: Rows) -> LocalDoc:
        return LocalDoc(record, rows, self.now, self.user, lambda: self.people())

    # ------------------------------------------------------------ writes

    def accept(self, doc: str, name: str, arguments: Mapping[str, Json]) -> str:
        """Accept a command, to be applied a moment later; returns the id of the request. Raises KeyError."""
        held, timing = self._own(doc), replace(self.timing, **injected_timing.get())
        if timing.delay > 0:
            return self._accept(held, doc, Command(name, arguments, self.now), timing)
        with changing(held):  # a call that cannot wait ends here, before the command is accepted
            request = self._accept(held, doc, Command(name, arguments, self.now), timing)
            self.settle(doc)
        return request

    def _accept(self, held: _Held, doc: str, command: Command, timing: Timing) -> str:
        request, now = ids.new("request"), self.seconds()
        self.store.accept(Waiting(request, doc, command, datetime.now(UTC).timestamp(), timing.stuck))
        if timing.unknown > 0:
            self._known_from[request] = now + timing.unknown
        if not timing.stuck:
            due = max(now + timing.delay, held.queue[-1].due if held.queue else now)  # in the order of acceptance
            held.queue.append(_Queued(request, command, due, timing.staleness))
        return request

    def do(self, doc: str, name: str, arguments: Mapping[str, Json], overtaking: bool = False) -> object:
        """Apply a command at once, after all accepted ones; returns the result of its function.

        overtaking: Apply it before the accepted ones, which are not due yet.
        Raises KeyError, and the exceptions of the function, whose effects until then stay.
        """
        held = self._own(doc)
        if not overtaking:
            self._apply_queued(held)
        with changing(held):
            command = Command(name, arguments, self.now)
            self._keep_shown(held, self.seconds() + replace(self.timing, **injected_timing.get()).staleness, command)
            try:
                return _apply(held.live, command)
            finally:
                if not ending.is_set():  # otherwise nothing is saved, and no reply says that it was done
                    self.store.save(held.live)
                    self._show(held)

    def pending(self, doc: str) -> bool:
        """Whether an accepted command is not shown in reads yet. Raises KeyError."""
        self.settle(doc)
        held = self._held[doc]
        return bool(held.queue or held.behind)

    def state(self, request: str) -> tuple[bool, str | None] | None:
        """Whether a request is done, and its warning; None for an unknown request."""
        self.settle()
        if self._known_from.get(request, 0.0) > self.seconds():
            return None
        self._known_from.pop(request, None)
        return self.store.state(request)

    def settle(self, doc: str = "") -> None:
        """Apply the commands that are due, in one doc or in all docs."""
        for id in [doc] if doc else list(self._held):
            if not doc and (id not in self._held or not is_free(self._held[id])):
                continue  # the call that changes it does that itself
            held = self._own(id)
            now = self.seconds()
            if held.queue and held.queue[0].due <= now:
                self._apply_queued(held, now + _TOGETHER)
            self._show(held)

    def finish(self) -> None:
        """Apply every accepted command, due or not, and show it in every read."""
        for id in list(self._held):
            held = self._own(id)
            self._apply_queued(held)
            with changing(held):
                held.shown = None
                held.behind.clear()

    def _apply_queued(self, held: _Held, due: float = math.inf) -> None:
        """Apply the commands that are due at a moment. What quick ones changed is saved once."""
        while held.queue and held.queue[0].due <= due:
            with changing(held):
                ended: dict[str, str | None] = {}
                end = time.monotonic() + _TOGETHER
                while held.queue and held.queue[0].due <= due and (not ended or time.monotonic() < end):
                    queued = held.queue.popleft()
                    with changing(held):  # each has its own time
                        self._keep_shown(held, min(queued.due, self.seconds()) + queued.staleness, queued.command)
                        ended[queued.request] = _apply_late(held.live, queued.command)
                self.store.save(held.live, ended)

    def _keep_shown(self, held: _Held, until: float, command: Command) -> None:
        """Before a command, keep a copy of the doc's present state for reads until a moment."""
        if until > self.seconds() and held.shown is None:
            live = held.live
            held.shown = LocalDoc(deepcopy(live.record), _copied(live.rows), live.now, self.user, live.people)
        if held.shown is not None:
            # A copy: the doc may change the arguments that it keeps before the other doc applies them.
            held.behind.append((until, replace(command, arguments=deepcopy(command.arguments))))

    def _show(self, held: _Held) -> None:
        if held.shown is None:
            return
        now, shown = self.seconds(), held.shown
        while held.behind and held.behind[0][0] <= now:
            with changing(held):
                _apply_late(shown, held.behind.popleft()[1])
        if not held.behind:
            held.shown = None  # it is up to date


def _copied(rows: Rows) -> Rows:
    """Copies of the rows; values are never changed in place."""
    return {
        table: {
            number: replace(row, entered=dict(row.entered), invalid_text=dict(row.invalid_text))
            for number, row in known.items()
        }
        for table, known in rows.items()
    }


def _apply(doc: LocalDoc, command: Command) -> object:
    try:
        return apply(doc, command)
    except Exception:
        if not ending.is_set():
            doc.rebuild()  # a command that broke off must not leave the workbook with other rows than the records
        raise


def _apply_late(doc: LocalDoc, command: Command) -> str | None:
    """Apply a command without a waiting call; returns a warning if it broke off.

    Its effects until then stay: there is no call left to refuse, and later commands must go on.
    """
    try:
        _apply(doc, command)
    except OutOfTime as ended:
        if ending.is_set():
            raise  # it stays accepted, and is done at the next start
        return str(ended)
    except Exception as error:
        _log.exception("%s of the doc %s broke off", command.name, doc.record.id)
        return f"The change broke off: {type(error).__name__}"
    return None
