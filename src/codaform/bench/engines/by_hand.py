"""What the engines that are written by hand share: columns read from the files of a project."""

from __future__ import annotations

import csv
import platform
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

_EPOCH = datetime(1970, 1, 1)

PYTHON = f"Python {platform.python_version()}"


def whole(text: str) -> int | None:
    """The number of a row; None for a blank."""
    return int(text) if text else None


def number(text: str) -> float | None:
    """A number; None for a blank."""
    return float(text) if text else None


def day(text: str) -> int | None:
    """The number of a day; None for a blank."""
    return date.fromisoformat(text).toordinal() if text else None


def minute(text: str) -> int | None:
    """The minutes since 1970; None for a blank."""
    return minutes_of(datetime.fromisoformat(text)) if text else None


def minutes_of(moment: datetime) -> int:
    """The minutes since 1970."""
    passed = moment - _EPOCH
    return passed.days * 1440 + passed.seconds // 60


def read_columns(folder: Path, table: str, **converters: Callable[[str], Any]) -> dict[str, list[Any]]:
    """Some columns of a table."""
    with (folder / table / "rows.csv").open(newline="") as file:
        reader = csv.reader(file)
        heading = next(reader)
        columns = list(zip(*reader, strict=True))
    return {name: list(map(convert, columns[heading.index(name)])) for name, convert in converters.items()}
