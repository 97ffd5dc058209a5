"""A number as its column's format writes it."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from codaform.model.conversion import number_text
from codaform.model.schema import Column

DECIMALS = 4
"""Decimals of a number where its column names no format."""

MOST_DECIMALS = 9
"""Decimals that a format can ask for."""

_LARGE = 1e15
_FORMAT = re.compile(r"#?(,?)#*0(?:\.(0+))?(%?)")


def formatted(value: float, column: Column | None = None) -> str:
    """A number by the format of its column, as `0.00`, `#,##0` or `0%`; without one in at most four decimals."""
    if not abs(value) < _LARGE:
        return number_text(value)
    found = _FORMAT.fullmatch(column.format) if column is not None and column.format else None
    if found is not None:
        comma, percent, decimals = found[1], found[3], min(len(found[2] or ""), MOST_DECIMALS)
        text = f"{_rounded(value * 100 if percent else value, decimals):{comma}.{decimals}f}{percent}"
    elif column is not None and column.kind == "percent":
        text = f"{number_text(float(_rounded(value * 100, DECIMALS)))}%"
    else:
        text = number_text(float(_rounded(value, DECIMALS)))
    return text if re.search("[1-9]", text) else text.removeprefix("-")


def _rounded(value: float, decimals: int) -> Decimal:
    """Half of a last decimal goes up, as people round."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
