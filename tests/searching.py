"""How many examples the random tests try: a fifth in `make test`, all in `make test-search`."""

from __future__ import annotations

import os

_ALL = "CODAFORM_SEARCH" in os.environ


def examples(most: int) -> int:
    """Return how many examples a random test tries in this run, of so many at most."""
    return most if _ALL else max(most // 5, 10)
