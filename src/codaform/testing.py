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


@pytest.fixture
def coda_project() -> str | Path | None:
    """What the local Coda starts from; tests put their own in its place."""
    return None


@pytest.fixture
def local_coda(coda_project: str | Path | None) -> Iterator[RunningCoda]:
    """A local Coda, fresh for each test. It applies every write as soon as it accepts it."""
    with local_coda_for(coda_project) as coda:
        yield coda
