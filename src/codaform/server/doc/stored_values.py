"""The values of cells as JSON, from which exactly the same values can be read."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from codaform.model.values import Action, Error, Person, Row
from codaform.source import Span


def to_json(value: object) -> Any:
    """An entered value as JSON. Raises TypeError for anything that is no value of the language.

    Errors and actions are values too: a default may return one.
    """
    match value:
        case None | bool() | str():
            return value
        case int() | float():
            return float(value) if math.isfinite(value) else {"number": str(float(value))}
        case datetime():
            if not isinstance(value.tzinfo, ZoneInfo):
                return {"moment": value.isoformat()}
            # By its clock: 02:30 in the night without that hour would otherwise return as 03:30.
            return {"clock": value.replace(tzinfo=None).isoformat(), "fold": value.fold, "zone": value.tzinfo.key}
        case date():
            return {"date": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case timedelta():
            return {"duration": [value.days, value.seconds, value.microseconds]}
        case Row():
            return {"row": [value.table, value.id]}
        case Person():
            return {"person": [value.name, value.email]}
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {"object": {key: to_json(item) for key, item in value.items()}}
        case Action():
            return {"action": [value.name, *map(to_json, value.arguments)]}
        case Error():
            return {"error": [value.rule, value.message, value.span.start, value.span.end]}
    raise TypeError(f"a {type(value).__name__} is no value that can be entered")


def from_json(kept: Any) -> Any:
    """The value of a result of `to_json`."""
    match kept:
        case list():
            return [from_json(item) for item in kept]
        case {"number": text}:
            return float(text)
        case {"moment": text}:
            return datetime.fromisoformat(text)
        case {"clock": text, "fold": 0 | 1 as fold, "zone": zone}:
            return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"time": text}:
            return time.fromisoformat(text)
        case {"duration": [days, seconds, microseconds]}:
            return timedelta(days, seconds, microseconds)
        case {"row": [table, id]}:
            return Row(table, id)
        case {"person": [name, email]}:
            return Person(name, email)
        case {"object": members}:
            return {key: from_json(item) for key, item in members.items()}
        case {"action": [name, *arguments]}:
            return Action(name, tuple(map(from_json, arguments)))
        case {"error": [rule, message, start, end]}:
            return Error(rule, message, Span(start, end))
    return kept
