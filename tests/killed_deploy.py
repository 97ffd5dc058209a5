"""A deploy in a process of its own that ends itself, without a word, at one of its moments."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import Tools, open_tools
from codaform.coda.door.transport import Transport
from codaform.deploy.applying.deployment import Target
from codaform.deploy.applying.journal import Journal
from codaform.project.session import Session
from deploying import ENVIRONMENT, deploy
from door import SWIFT

READS = ("table_columns_read", "content_read", "table_rows_read", "whoami")
GUIDES = {"Guide": "# One\n\nA text.\n"}


class Moments:
    """Counts the moments at which a deploy can be killed: before and after each entry of the journal, each write by
    REST, and each call of a tool that writes. At one of them the process is killed."""

    def __init__(self, fatal: int) -> None:
        self.passed = 0
        self.fatal = fatal

    def pass_one(self) -> None:
        """A moment comes."""
        self.passed += 1
        if self.passed == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, do: Callable[..., Any], counts: Callable[..., bool] = lambda *_, **__: True) -> Callable[..., Any]:
        """The same function, with a moment before and one after it. counts: Whether a call of it is a write."""

        def done(*args: Any, **named: Any) -> Any:
            if not counts(*args):
                return do(*args, **named)
            self.pass_one()
            result = do(*args, **named)
            self.pass_one()
            return result

        return done


def run(root: Path, url: str, token: str, mcp_token: str, doc: str, fatal: int, told: Path | None = None) -> None:
    """Deploy, and die at a moment. fatal: Which one, from 1; 0 for none. told: Where the count of moments is written.

    Meant for a process that does nothing else: it changes the classes of codaform.
    """
    moments = Moments(fatal)
    Journal.write = moments.around(Journal.write)  # type: ignore[method-assign]
    Transport.call = moments.around(Transport.call, lambda _, method, *__: method != "GET")  # type: ignore[method-assign]
    Tools.call = moments.around(Tools.call, lambda _, tool, *__: tool not in READS)  # type: ignore[method-assign]
    session = Session.open(root)
    rest = Rest(Secret(token), url, Pace({}, SWIFT), timeout=20)
    with open_tools(Secret(mcp_token), url, Pace({}, SWIFT), timeout=20) as tools:
        target = Target(ENVIRONMENT, doc, rest, tools, local=True, patience=20.0)
        report = deploy(session, target, rows=True, guides=GUIDES)
    assert report.deployed
    if told is not None:
        told.write_text(str(moments.passed), "utf-8")
