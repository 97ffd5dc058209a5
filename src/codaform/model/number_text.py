"""A number as a text, as JavaScript writes it: the one writer for formulas, files, JSON, cells and messages."""

from __future__ import annotations

import re

_WHOLE = 2.0**53
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?')
_POINT = re.compile(r"\.0(?=[],}\s]|\Z)")
_POWER = re.compile(r"[0-9]e[-+][0-9]+(?=[],}\s]|\Z)")
"""The ends of numbers that Python writes otherwise. Few texts have such an end, though `127.0.0.1` is in every link."""


def number_text(value: float) -> str:
    """The fewest digits that give the number back: 3, 0.5, 0.00001, 1e-7, 100000000000000000000, 1e+21.

    It is `Number::toString` of ECMAScript: an exponent is written from 1e21 on and below 1e-6; -0 is 0.
    """
    if -_WHOLE < value < _WHOLE and value == int(value):
        return str(int(value))
    text = repr(float(value))
    mantissa, _, power = text.partition("e")
    if not power:
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text.removesuffix(".0"))
    exponent = int(power)
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, rest = mantissa.removeprefix("-").partition(".")
    digits = whole + rest.removesuffix("0" if rest == "0" else "")
    if 0 <= exponent < 21:
        # Python begins with exponents at 1e16, where no number of 17 digits has a fraction any more.
        return sign + digits.ljust(exponent + 1, "0")
    if -7 < exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def json_text(data: object, indent: int | None = None, sort: bool = False) -> str:
    """JSON as `JSON.stringify` writes it, in the letters of all languages. Raises ValueError for infinities and NaN."""
    import json

    separators = (",", ":") if indent is None else None
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators, sort_keys=sort)
    unlike = _POINT.search(text) or (("e-" in text or "e+" in text) and _POWER.search(text))
    return _TOKEN.sub(_rewritten, text) if unlike else text


def _rewritten(token: re.Match[str]) -> str:
    text = token[0]
    return text if text.startswith('"') or not {".", "e"} & set(text) else number_text(float(text))
