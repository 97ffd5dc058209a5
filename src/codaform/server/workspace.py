"""All docs of a local Coda, and the time that passes between a write and what can be read of it."""

from __future__ import annotations

import logging
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
from codaform.server.commands.command import Change, apply
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Json, Rows
from codaform.server.exports import Exports
from codaform.server.storage.store import Store, Waiting
from codaform.server.waiting import Shared, Turns, changing, ending, is_free, touch

KEPT_REQUESTS = timedelta(days=1)
"""How long the state of a request can be asked for; Coda says about a day."""


_SECONDS_TO_GIVE_UP = 0.2


@dataclass
class Timing:
    """How long things take, in seconds.

    delay: From accepting a write to its being done. staleness: From there to the first read that shows it.
    unknown: From accepting a write to the first moment at which its state is known at all.
    stuck: Whether writes that are accepted now are never done.
    """

    delay: float = 0.1
    staleness: float = 0.0
    unknown: float = 0.0
    stuck: bool = False


unusual: ContextVar[Mapping[str, Any]] = ContextVar("unusual", default=MappingProxyType({}))
"""What is otherwise than Timing says for the writes of the call that is being answered, by the names of its fields."""

_log = logging.getLogger(__name__)


@dataclass
class _Queued:
    request: str
    change: Change
    due: float
    staleness: float = 0.0


@dataclass(eq=False)
class _Held(Shared):
    """A doc as it is, the doc as reads show it where that is another, and what is still to come to either."""

    live: LocalDoc
    queue: deque[_Queued] = field(default_factory=deque)
    shown: LocalDoc | None = None
    behind: deque[tuple[float, Change]] = field(default_factory=deque)

    def books(self) -> list[Workbook]:
        return [self.live.book] if self.shown is None else [self.live.book, self.shown.book]


class Workspace:
    """The docs, and what was accepted for them.

    seconds: A clock that only runs forward; tests give one of their own.
    seed: Makes the docs that it starts from when its store is empty; none by default.
    """

    def __init__(
        self, store: Store, user: Person, timing: Timing | None = None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.user = user
        self.timing = timing or Timing()
        self.seconds = seconds
        self.clock: datetime | None = None
        self.seed: Callable[[], Iterable[tuple[DocRecord, Rows]]] = tuple
        self.turns = Turns()
        self._held: dict[str, _Held] = {}
        self._load()

    def _load(self) -> None:
        self.exports = Exports(self.seconds)
        self._held = {}
        self._known_from: dict[str, float] = {}
        for record, rows in self.store.docs():
            self._held[record.id] = _Held(self._open(record, rows))
        self.store.forget_requests((datetime.now(UTC) - KEPT_REQUESTS).timestamp())
        for waiting in self.store.waiting():
            if waiting.doc in self._held:
                self._held[waiting.doc].queue.append(_Queued(waiting.request, waiting.change, self.seconds()))

    def fill(self) -> None:
        """Make the docs of the seed, where there is no doc."""
        if self.empty:
            for record, rows in self.seed():
                self.add(record, rows)

    def restart(self) -> None:
        """Forget everything in memory and start from the file again, as after a crash; from the seed without a file.

        Raises CannotOpen where somebody took the file away or spoilt it.
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
        """Let nobody go on with the docs of now."""
        for id in list(self._held):
            with changing(self._own(id)):
                pass

    def close(self) -> None:
        """Let the file go when the server has ended; whoever is still at work has a moment to give up."""
        if self.turns.take(_SECONDS_TO_GIVE_UP):
            self.store.close()

    @property
    def now(self) -> datetime:
        """What the clock shows: the moment at which it was set to stand still, or the real one."""
        return self.clock or datetime.now(UTC)

    # ------------------------------------------------------------ docs

    def docs(self) -> list[LocalDoc]:
        """All docs as reads show them, the one made last first; one that is being changed, as it is by now."""
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
        """A doc as reads show it. Raises KeyError."""
        self.settle(doc)
        held = self._held[doc]
        return self._ticked(held, held.shown or held.live)

    def live(self, doc: str) -> LocalDoc:
        """A doc as it really is. Raises KeyError."""
        self.settle(doc)
        held = self._held[doc]
        return self._ticked(held, held.live)

    def _ticked(self, held: _Held, doc: LocalDoc) -> LocalDoc:
        if not held.parked and doc.tick(self.now):  # for whoever is in the middle of reading, the clock stands
            held.edits += 1
            touch(held)
        return doc

    def _own(self, doc: str) -> _Held:
        """A doc that nobody else changes. Raises KeyError."""
        while True:
            held = self._held[doc]
            touch(held)
            if self._held.get(doc) is held:
                return held

    def add(self, record: DocRecord, rows: Rows) -> LocalDoc:
        """Take a doc in."""
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
        return LocalDoc(record, rows, self.now.replace(microsecond=0), self.user)

    # ------------------------------------------------------------ writes

    def accept(self, doc: str, name: str, arguments: Mapping[str, Json]) -> str:
        """Accept a change, to be applied a moment later; gives the id of the request. Raises KeyError."""
        held, timing = self._own(doc), replace(self.timing, **unusual.get())
        request, change, now = ids.new("request"), Change(name, arguments, self.now), self.seconds()
        self.store.accept(Waiting(request, doc, change, datetime.now(UTC).timestamp(), timing.stuck))
        if timing.unknown > 0:
            self._known_from[request] = now + timing.unknown
        if not timing.stuck:
            due = max(now + timing.delay, held.queue[-1].due if held.queue else now)  # in the order in which they came
            held.queue.append(_Queued(request, change, due, timing.staleness))
        if timing.delay <= 0:
            self.settle(doc)
        return request

    def do(self, doc: str, name: str, arguments: Mapping[str, Json]) -> object:
        """Apply a change at once, behind everything that was accepted before it; gives what its function gives.

        Raises KeyError, and whatever the function raises; what it did until then stays.
        """
        held = self._own(doc)
        while held.queue:
            self._apply_next(held)
        with changing(held):
            change = Change(name, arguments, self.now)
            self._keep_shown(held, self.seconds() + replace(self.timing, **unusual.get()).staleness, change)
            try:
                return _apply(held.live, change)
            finally:
                if not ending.is_set():  # else nothing is kept, and nobody is told that it was done
                    self.store.save(held.live)
                    self._show(held)

    def pending(self, doc: str) -> bool:
        """Whether reads do not show everything yet that was accepted. Raises KeyError."""
        self.settle(doc)
        held = self._held[doc]
        return bool(held.queue or held.behind)

    def state(self, request: str) -> tuple[bool, str | None] | None:
        """Whether a request is done, and what there is to warn of; None while or where nothing is known of it."""
        self.settle()
        if self._known_from.get(request, 0.0) > self.seconds():
            return None
        self._known_from.pop(request, None)
        return self.store.state(request)

    def settle(self, doc: str = "") -> None:
        """Apply whatever is due by now, in one doc or in all of them."""
        for id in [doc] if doc else list(self._held):
            if not doc and (id not in self._held or not is_free(self._held[id])):
                continue  # whoever changes it comes to that by himself
            held = self._own(id)
            now = self.seconds()
            while held.queue and held.queue[0].due <= now:
                self._apply_next(held)
            self._show(held)

    def finish(self) -> None:
        """Apply everything that was accepted, whether it is due or not, and let every read show it."""
        for id in list(self._held):
            held = self._own(id)
            while held.queue:
                self._apply_next(held)
            with changing(held):
                held.shown = None
                held.behind.clear()

    def _apply_next(self, held: _Held) -> None:
        with changing(held):
            queued = held.queue.popleft()
            self._keep_shown(held, min(queued.due, self.seconds()) + queued.staleness, queued.change)
            failed = _apply_late(held.live, queued.change)
            self.store.save(held.live, queued.request, failed)

    def _keep_shown(self, held: _Held, until: float, change: Change) -> None:
        """Before a change of a doc, let reads show it as it is until a moment."""
        if until > self.seconds() and held.shown is None:
            live = held.live
            held.shown = LocalDoc(deepcopy(live.record), _copied(live.rows), live.now, self.user)
        if held.shown is not None:
            # Of its own: what the doc keeps of the arguments may change before the other doc comes to them.
            held.behind.append((until, replace(change, arguments=deepcopy(change.arguments))))

    def _show(self, held: _Held) -> None:
        if held.shown is None:
            return
        now, shown = self.seconds(), held.shown
        while held.behind and held.behind[0][0] <= now:
            with changing(held):
                _apply_late(shown, held.behind.popleft()[1])
        if not held.behind:
            held.shown = None  # it has caught up


def _copied(rows: Rows) -> Rows:
    """The rows in records of their own; values are never changed in place."""
    return {
        table: {number: replace(row, entered=dict(row.entered), unfit=dict(row.unfit)) for number, row in known.items()}
        for table, known in rows.items()
    }


def _apply(doc: LocalDoc, change: Change) -> object:
    try:
        return apply(doc, change)
    except Exception:
        if not ending.is_set():
            doc.rebuild()  # what was begun and not ended must not leave the workbook with other rows than the records
        raise


def _apply_late(doc: LocalDoc, change: Change) -> str | None:
    """Apply a change of which nobody waits for the end; gives a warning where it broke off.

    What it did until then stays: nobody could be told that it was refused, and whatever comes after it must go on.
    """
    try:
        _apply(doc, change)
    except OutOfTime as ended:
        if ending.is_set():
            raise  # it is kept as accepted, and done at the next start
        return str(ended)
    except Exception as error:
        _log.exception("%s of the doc %s broke off", change.name, doc.record.id)
        return f"The change broke off: {type(error).__name__}"
    return None
