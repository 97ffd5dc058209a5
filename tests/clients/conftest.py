"""A local Coda with Founder HQ for the clients, and tests that say what differed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("walk", "mcp_servers", "rest", "airbyte")

FOUNDER_HQ = Path(__file__).parents[2] / "formulas"


@pytest.fixture
def local_coda() -> Iterator[Any]:
    """A local Coda (`codaform.testing.RunningCoda`) that starts from Founder HQ, fresh for each test."""
    from codaform.testing import local_coda_for  # only here: not every run of tests needs a server

    with local_coda_for(FOUNDER_HQ) as coda:
        yield coda
