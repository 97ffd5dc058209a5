"""Whether a value that was computed here is the one that Coda shows, as far as what it shows can tell."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta

from codaform.model import conversion, value_texts
from codaform.model.context import Context
from codaform.model.values import Error, EvaluationError, Person, Row, instant, is_blank

TOLERANCE = 1e-9
"""How far two numbers may lie apart, relative to the larger: both sides add in an order of their own."""

MOMENTS = timedelta(milliseconds=1)
"""How far two equal moments may differ: Coda returns no smaller part of a second."""


def agree(ours: object, theirs: object, context: Context) -> bool:
    """Whether two values are the same: lists in order, rows by identity, moments as instants, numbers nearly.

    Two errors agree, whatever they say. Where the API only had a text for a value, the text of ours is compared.
    """
    if isinstance(ours, Error) or isinstance(theirs, Error):
        return isinstance(ours, Error) and isinstance(theirs, Error)
    if is_blank(ours) or is_blank(theirs):
        return is_blank(ours) and is_blank(theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(agree(a, b, context) for a, b in zip(ours, theirs, strict=True))
    if isinstance(ours, list) or isinstance(theirs, list):
        # A column of several values shows one value like several.
        one, other = (ours, theirs) if isinstance(ours, list) else (theirs, ours)
        items = conversion.to_list(one)
        return (len(items) == 1 and agree(items[0], other, context)) or _same_text(ours, theirs, context)
    return _single(ours, theirs, context)


def _single(ours: object, theirs: object, context: Context) -> bool:
    match ours, theirs:
        case bool(), bool():
            return ours is theirs
        case (float() | int(), float() | int()) if not isinstance(ours, bool) and not isinstance(theirs, bool):
            if math.isnan(ours) or math.isnan(theirs):
                return math.isnan(ours) and math.isnan(theirs)
            return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=1e-12)
        case datetime(), datetime():
            return abs(instant(ours) - instant(theirs)) <= MOMENTS
        case date(), date():
            # Of a moment the column shows the day, or of a day its midnight.
            return _day(ours) == _day(theirs)
        case time(), time():
            return abs(_seconds(ours) - _seconds(theirs)) <= MOMENTS.total_seconds()
        case timedelta(), timedelta():
            return abs(ours - theirs) <= MOMENTS or value_texts.duration_text(ours) == value_texts.duration_text(theirs)
        case (Row(), Row()) | (str(), str()):
            return ours == theirs
        case Person(), Person():
            return ours == theirs or bool(ours.email and ours.email == theirs.email)
        case dict(), dict():
            return ours.get("Url") == theirs.get("Url") if "Url" in theirs else ours == theirs
        case dict(), str():
            return _object(ours, theirs, context)
    return _same_text(ours, theirs, context)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _seconds(value: time) -> float:
    return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6


def _object(ours: dict[str, object], theirs: str, context: Context) -> bool:
    """An object and the JSON of one."""
    try:
        told = json.loads(theirs)
    except (ValueError, RecursionError):
        return False
    if not isinstance(told, dict) or told.keys() != ours.keys():
        return False
    return all(agree(value, told[name], context) for name, value in ours.items())


def _same_text(ours: object, theirs: object, context: Context) -> bool:
    if not isinstance(ours, str) and not isinstance(theirs, str):
        return False
    try:
        return _text(ours, context) == _text(theirs, context)
    except EvaluationError:
        return False


def _text(value: object, context: Context) -> str:
    """The text of a value; the API puts less space between the items of a list than Coda does."""
    return (conversion.to_text(value, context) or "").replace(", ", ",")
