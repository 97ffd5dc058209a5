"""How much is tried: a part for each change, all in the night (`make nightly`)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Tried = TypeVar("Tried")

NIGHTLY = "CODAFORM_NIGHTLY" in os.environ


def examples(most: int) -> int:
    """Return how many examples a random test tries in this run, of so many at most: a fifth for each change."""
    return most if NIGHTLY else max(most // 5, 10)


def some(each: Sequence[Tried], step: int = 3) -> Sequence[Tried]:
    """Return what is tried of so many cases that are alike: one of every `step` for each change, from the first on."""
    return each if NIGHTLY else each[::step]
