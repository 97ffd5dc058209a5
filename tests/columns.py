"""Formats of columns in the words of a `table.yml`, for tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from codaform.coda.wire.tool_formats import DATE_PATTERNS, TIME_PATTERNS
from codaform.model.formats import (
    FORMATS,
    NO_FORMAT,
    Flag,
    Format,
    FormatChoice,
    Number,
    Pattern,
    limits,
    short_format,
    without_usual,
)


def short(kind: str, text: str) -> Format:
    """The format that a text says for a column type."""
    found = short_format(kind, text)
    assert found is not None, f"{text} is no format of {kind}"
    return found


def formats(kind: str, by_tools: bool = False) -> st.SearchStrategy[Format]:
    """Formats that fit a column type, without what is Coda's default anyway. by_tools: Only what Coda's tools write."""
    declared = FORMATS.get(kind, {})
    if not declared or (by_tools and kind in ("duration", "image")):
        return st.just(NO_FORMAT)
    if by_tools and kind == "currency":
        declared = {name: member for name, member in declared.items() if name != "style"}
    values = {name: _values(name, member.values) for name, member in declared.items()}
    return st.fixed_dictionaries({}, optional=values).map(lambda said: _format(kind, said))


def _values(name: str, values: object) -> st.SearchStrategy[Any]:
    match values:
        case Flag():
            return st.booleans()
        case FormatChoice(options):
            return st.sampled_from(options)
        case Pattern():
            return st.sampled_from([*(DATE_PATTERNS if name == "date" else TIME_PATTERNS).values()])
        case Number(least, most, whole, _):
            low, high = int(least or 0), int(most if most is not None else 1000)
            return st.integers(low, high) if whole else st.integers(low, high).map(float)
    raise AssertionError(values)


def _format(kind: str, said: dict[str, Any]) -> Format:
    format = Format(**said)
    if format.precision is not None and "thousands" in FORMATS[kind] and format.thousands is None:
        format = Format(**{**said, "thousands": False})
    known = limits(kind, format)
    if (
        known is not None
        and kind != "scale"
        and (known[0] >= known[1] or not 0 < (1 if format.step is None else format.step) <= known[1] - known[0])  # type: ignore[operator]
    ):
        return NO_FORMAT
    return without_usual(kind, format)
