"""A local Coda for tests: a pytest fixture, and the context manager behind it.

In a `conftest.py`:

    pytest_plugins = ["codaform.testing"]

    @pytest.fixture
    def coda_project():
        return "formulas"          # a codaform project, a snapshot, or None for one empty doc

and a test asks for `local_coda`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from codaform.extras import require

require("serve")

import pytest  # noqa: E402

from codaform.server.app import LocalCoda as Parts  # noqa: E402
from codaform.server.app import application  # noqa: E402
from codaform.server.faults import Faults  # noqa: E402
from codaform.server.limits import Limits  # noqa: E402
from codaform.server.opening import opened  # noqa: E402
from codaform.server.running import serving  # noqa: E402
from codaform.server.tokens import Token, Tokens  # noqa: E402
from codaform.server.workspace import Timing  # noqa: E402


@dataclass(frozen=True, slots=True)
class LocalCoda:
    """A local Coda that answers.

    url: Its address, where the page is. token, mcp_token: What opens its two APIs. doc_id: The first doc.
    parts: What it consists of, for tests that reach inside.
    """

    url: str
    token: str
    mcp_token: str
    doc_id: str
    parts: Parts

    @property
    def api(self) -> str:
        """The address of the REST API."""
        return f"{self.url}/apis/v1"

    @property
    def mcp(self) -> str:
        """The address of the MCP server."""
        return f"{self.url}/apis/mcp"

    @property
    def faults(self) -> Faults:
        """The faults that it has on purpose."""
        return self.parts.faults

    @property
    def limits(self) -> Limits:
        """Its rate limits; none at first."""
        return self.parts.limits

    @property
    def timing(self) -> Timing:
        """How long writes take, and how stale reads are."""
        return self.parts.workspace.timing

    def set_clock(self, now: datetime | None) -> None:
        """Let its clock stand at a moment, or run again."""
        self.parts.workspace.clock = now

    def finish(self) -> None:
        """Apply everything that it accepted; every read shows it from now on."""
        turns = self.parts.workspace.turns
        turns.take()
        try:
            self.parts.workspace.finish()
        finally:
            turns.give()


@contextmanager
def local_coda_for(
    start: str | Path | None = None, *, file: Path | None = None, delay: float = 0.0, staleness: float = 0.0
) -> Iterator[LocalCoda]:
    """Start a local Coda in this process, on a free port of 127.0.0.1.

    start: A codaform project, a snapshot, or None for one empty doc. file: Where it keeps its docs; by default nowhere.
    delay, staleness: Seconds from accepting a write to its being done, and from there to the first read that shows it.
    """
    workspace = opened(Path(start) if start is not None else None, file, Timing(delay, staleness))
    parts = Parts(workspace)
    tokens: Tokens = parts.tokens
    token, mcp_token = tokens.add(Token("tests", "rest")), tokens.add(Token("tests", "mcp"))
    try:
        with serving(application(parts)) as url:
            yield LocalCoda(url, token, mcp_token, workspace.docs()[-1].record.id, parts)
    finally:
        workspace.close()


@pytest.fixture
def coda_project() -> str | Path | None:
    """What the local Coda starts from; tests put their own in its place."""
    return None


@pytest.fixture
def local_coda(coda_project: str | Path | None) -> Iterator[LocalCoda]:
    """A local Coda, fresh for each test; writes are done as soon as they are accepted."""
    with local_coda_for(coda_project) as coda:
        yield coda
