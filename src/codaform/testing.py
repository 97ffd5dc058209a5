"""A local Coda for tests: a pytest fixture, and the context manager behind it.

In a `conftest.py`:

    pytest_plugins = ["codaform.testing"]

    @pytest.fixture
    def coda_project():
        return "formulas"          # a codaform project, a snapshot, or None for one empty doc

and a test asks for `local_coda`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codaform.extras import require

require("serve")

import pytest  # noqa: E402

from codaform.coda.recording.exchanges import Exchange, read_recording  # noqa: E402
from codaform.coda.recording.replaying import Replayed, first_ids, replayed  # noqa: E402
from codaform.coda.wire.json_data import Json  # noqa: E402
from codaform.server.start import RunningCoda as RunningCoda  # noqa: E402
from codaform.server.start import open_workspace, running_coda  # noqa: E402
from codaform.server.workspace import Timing  # noqa: E402


def __getattr__(name: str) -> Any:
    if name == "LocalCoda":
        warnings.warn("codaform.testing.LocalCoda is now called RunningCoda", DeprecationWarning, stacklevel=2)
        return RunningCoda
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@contextmanager
def local_coda_for(
    start: str | Path | None = None, *, file: Path | None = None, delay: float = 0.0, staleness: float = 0.0
) -> Iterator[RunningCoda]:
    """Start a local Coda in this process, on a free port of 127.0.0.1.

    start: A codaform project, a snapshot, or None for one empty doc. file: Where it keeps its docs; by default nowhere.
    delay, staleness: Seconds from accepting a write to its being done, and from there to the first read that shows it.
    """
    workspace = open_workspace(Path(start) if start is not None else None, file, Timing(delay, staleness))
    with running_coda(workspace, "tests") as coda:
        yield coda


def replay(recording: str | Path, coda: RunningCoda | None = None) -> list[Replayed]:
    """Ask a local Coda what a recording asked, and compare both answers by shape: members, types, forms of texts.

    recording: A file of HAR, of vcr.py, or of JSON lines; `codaform record` makes one. coda: A local Coda with a doc
    like the recorded one; without it one empty doc. Needs the extra `deploy`.
    Raises `codaform.coda.recording.exchanges.BadRecording`.
    """
    require("deploy")
    exchanges = read_recording(Path(recording))
    if coda is None:
        with local_coda_for() as made:
            return replay_at(exchanges, made)
    return replay_at(exchanges, coda)


def replay_at(exchanges: list[Exchange], coda: RunningCoda) -> list[Replayed]:
    """The same for exchanges that were read."""
    import requests

    from codaform.coda.door.failures import Failure
    from codaform.coda.door.tokens import Secret
    from codaform.coda.door.tools import open_tools

    docs = first_ids(exchanges)
    known = dict.fromkeys(docs[:1], coda.doc_id)
    with open_tools(Secret(coda.mcp_token), coda.url) as tools, requests.Session() as session:
        session.headers["authorization"] = f"Bearer {coda.token}"

        def ask(exchange: Exchange) -> tuple[int, Json]:
            if exchange.tool:
                try:
                    body = exchange.body if isinstance(exchange.body, dict) else {}
                    return 200, tools.call(exchange.tool, body)
                except Failure as failed:
                    return 0, str(failed)
            found = session.request(
                exchange.method,
                f"{coda.api}{exchange.path}",
                params=list(exchange.query),
                json=exchange.body,
                timeout=60,
                allow_redirects=False,
            )
            try:
                return found.status_code, found.json()
            except ValueError:
                return found.status_code, None

        return list(replayed(exchanges, ask, known))


@pytest.fixture
def coda_project() -> str | Path | None:
    """What the local Coda starts from; tests put their own in its place."""
    return None


@pytest.fixture
def local_coda(coda_project: str | Path | None) -> Iterator[RunningCoda]:
    """A local Coda, fresh for each test. It applies every write as soon as it accepts it."""
    with local_coda_for(coda_project) as coda:
        yield coda
