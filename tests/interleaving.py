"""Several deploys that take turns, call by call: the test decides which one makes the next call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codaform.coda.door.failures import Failure
from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import Tools, open_tools
from codaform.coda.door.transport import Transport
from codaform.coda.snapshot import fetching
from codaform.deploy.applying.deployment import Target
from codaform.deploy.applying.outcomes import DeployReport
from codaform.project.session import Session
from codaform.testing import RunningCoda
from deploying import ENVIRONMENT, deploy
from door import SWIFT

Order = Callable[[Mapping[str, int]], str]
"""Who makes the next call; asked with how many calls each of those that are still at work has made."""


class Killed(BaseException):
    """A deploy that is no more: it makes no further call and says nothing."""


@dataclass
class Turns:
    """Lets one call through at a time. Each deploy that takes part waits here before each of its calls.

    order: Who is next. kills: After how many calls a deploy is killed. meanwhile: What happens in the doc right before
    the call of a number of the first deploy.
    """

    order: Order
    kills: Mapping[str, int] = field(default_factory=dict)
    meanwhile: Mapping[int, Callable[[], None]] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    _waiting: set[str] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _running: str = ""

    def enter(self, *names: str) -> None:
        """These take part."""
        self.calls |= dict.fromkeys(names, 0)

    def leave(self, name: str) -> None:
        """One has come to its end."""
        with self._changed:
            self.calls.pop(name, None)
            self._running = "" if self._running == name else self._running
            self._changed.notify_all()

    def wait(self, name: str, what: str) -> None:
        """Wait for the turn of a deploy."""
        with self._changed:
            self._running = "" if self._running == name else self._running
            self._waiting.add(name)
            self._changed.notify_all()
            while not (not self._running and self._waiting >= self.calls.keys() and self.order(self.calls) == name):
                assert self._changed.wait(60), f"{name} waits for its turn in vain: {self.calls}"
            self._waiting.discard(name)
            self._running = name
            if self.calls[name] >= self.kills.get(name, 10**9):
                raise Killed
            if name == next(iter(sorted(self.calls))) and self.calls[name] in self.meanwhile:
                self.meanwhile[self.calls[name]]()
            self.calls[name] += 1
            self.said.append(f"{name}: {what}")


def after(first: str, calls: int, then: int = 0) -> Order:
    """One deploy is ahead by some calls; then the others make some; from there on all of them take turns."""

    def order(made: Mapping[str, int]) -> str:
        if first in made and made[first] < calls:
            return first
        others = {name: count for name, count in made.items() if name != first}
        if others and min(others.values()) < then:
            return min(others, key=lambda name: (others[name], name))
        ahead = {name: count - (calls if name == first else then) for name, count in made.items()}
        return min(ahead, key=lambda name: (ahead[name], name))

    return order


@dataclass
class Outcome:
    """The outcome of one of several deploys."""

    report: DeployReport | None = None
    failure: Failure | None = None
    killed: bool = False
    broken: BaseException | None = None

    @property
    def deployed(self) -> bool:
        """Whether it says that all is as the folder says."""
        return self.report is not None and self.report.deployed

    @property
    def said(self) -> str:
        """Why it stopped."""
        return str(self.failure) if self.failure is not None else self.report.stopped if self.report else ""


@contextmanager
def taking_turns(turns: Turns, connections: Mapping[str, tuple[Rest, Tools | None]]) -> Iterator[None]:
    """Let every call of these wait for its turn."""
    by_session = {id(rest._coda._session): name for name, (rest, _) in connections.items()}
    by_tools = {id(tools): name for name, (_, tools) in connections.items()}
    rest_call, tool_call = Transport.call, Tools.call

    def call(self: Transport, method: Any, path: str, *rest: Any, **named: Any) -> Any:
        turns.wait(by_session[id(self._session)], f"{method} {path}")
        return rest_call(self, method, path, *rest, **named)

    def asked(self: Tools, tool: str, arguments: Any) -> Any:
        # A check comes before the call that it is of, and makes calls of its own.
        if tool not in self._reads:
            self._check()
        turns.wait(by_tools[id(self)], tool)
        with self.guarded(lambda: None):
            return tool_call(self, tool, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "call", call)
        patch.setattr(Tools, "call", asked)
        patch.setattr(fetching, "_WORKERS", 1)  # so that a deploy makes one call at a time
        yield


def at_once(
    coda: RunningCoda,
    folders: Mapping[str, Session],
    turns: Turns,
    rows: bool = True,
    guides: Mapping[str, str] | None = None,
    mcp: bool = True,
    do: Callable[[Session, Target], DeployReport] | None = None,
    patience: float = 20.0,
) -> dict[str, Outcome]:
    """Deploy several folders to one doc, in turns; what came of each."""
    found = {name: Outcome() for name in folders}
    with ExitStack() as stack:
        connections: dict[str, tuple[Rest, Tools | None]] = {}
        for name in folders:
            rest = Rest(Secret(coda.token), coda.url, Pace({}, SWIFT), timeout=20)
            stack.callback(rest.close)
            opened = open_tools(Secret(coda.mcp_token), coda.url, Pace({}, SWIFT), timeout=20)
            connections[name] = rest, stack.enter_context(opened) if mcp else None

        def run(name: str) -> None:
            rest, tools = connections[name]
            target = Target(ENVIRONMENT, coda.doc_id, rest, tools, local=True, patience=patience)
            try:
                if do is not None:
                    found[name].report = do(folders[name], target)
                else:
                    found[name].report = deploy(folders[name], target, rows=rows, guides=guides)
            except Failure as failure:
                found[name].failure = failure
            except Killed:
                found[name].killed = True
            except BaseException as error:
                found[name].broken = error
            finally:
                turns.leave(name)

        turns.enter(*folders)
        with taking_turns(turns, connections):
            threads = [threading.Thread(target=run, args=(name,), daemon=True) for name in folders]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
                assert not thread.is_alive()
    for outcome in found.values():
        if outcome.broken is not None:
            raise outcome.broken
    return found


def copies(make: Callable[[Path], Session], folder: Path, *names: str) -> dict[str, Session]:
    """The same project in several folders."""
    return {name: make(folder / name) for name in names}
