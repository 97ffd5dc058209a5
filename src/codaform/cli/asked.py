"""What a command is asked to be about."""

from __future__ import annotations

from typing import NamedTuple


class Selecting(NamedTuple):
    """Which parts a command is about, as selectors. base: The revision of git that `state:modified` compares with."""

    select: tuple[str, ...]
    exclude: tuple[str, ...]
    base: str
