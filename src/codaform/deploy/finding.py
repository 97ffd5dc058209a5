"""What the doctor finds, and the one finding that comes before all others: packages that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from codaform.extras import Extra, MissingExtra, require

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. advice: What to do about it; empty where there is nothing to do."""

    state: State
    what: str
    said: str
    advice: str = ""


def packages(*extras: Extra) -> Iterator[Finding]:
    """The missing packages of the extras that an environment needs, as one finding."""
    try:
        require(*extras)
    except MissingExtra as lack:
        yield Finding("problem", "packages", str(lack))
