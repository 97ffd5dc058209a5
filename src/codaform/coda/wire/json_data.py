"""JSON as data: its type, reading it from files and hosts, and dataclasses as JSON and back."""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, NoReturn, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


_HALF = re.compile("[\ud800-\udfff]")


class BadJson(ValueError):
    """Why a text is no JSON that can be worked with: `it is cut off in line 3`."""


def read_json(text: str | bytes) -> Json:
    """What a JSON text says; half of a surrogate pair, which JSON can spell and no file can hold, becomes U+FFFD.

    Raises BadJson, also for bytes that are no text.
    """
    try:
        content = text if isinstance(text, str) else text.decode("utf-8-sig")
        told = json.loads(content, parse_constant=_refuse, parse_float=_number)
        return cast("Json", _whole(told) if "\\ud" in content.lower() else told)
    except BadJson:
        raise
    except UnicodeDecodeError:
        raise BadJson("it is no text in UTF-8") from None
    except RecursionError:
        raise BadJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg:
            raise BadJson(f"it is cut off in line {error.lineno}") from None
        raise BadJson(f"it is damaged in line {error.lineno}: {error.msg}") from None
    except ValueError:
        raise BadJson("it holds a number of more digits than can be read") from None


def _refuse(constant: str) -> NoReturn:
    raise BadJson(f"it is damaged: {constant} is no number of JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BadJson("it holds a number that is too large")
    return number


def _whole(value: object) -> object:
    match value:
        case str():
            return _HALF.sub("\ufffd", value)
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {_whole(name): _whole(item) for name, item in value.items()}
    return value


def flat(value: object) -> list[object]:
    """The items of a list and of the lists within, in order; without recursion, since JSON may be nested deeply."""
    items: list[object] = []
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        else:
            items.append(item)
    return items


# ------------------------------------------------------------ dataclasses


D = TypeVar("D")


class BadShape(ValueError):
    """What does not fit and where, in one line."""


def to_plain(value: object) -> Json:
    """A dataclass of texts, numbers, tuples, mappings and dataclasses. What is as usual is left out, and so are members
    whose metadata say that they are not `kept`."""
    if is_dataclass(value):
        shown: dict[str, Json] = {}
        for known in fields(value):
            member = getattr(value, known.name)
            if known.metadata.get("kept") is False:
                continue
            if known.default is MISSING or member != known.default:
                shown[known.name] = to_plain(member)
        return shown
    match value:
        case Mapping():
            return {str(name): to_plain(member) for name, member in value.items()}
        case tuple() | list():
            return [to_plain(member) for member in value]
    return cast("Json", value)


def from_plain(shape: type[D], value: object) -> D:
    """The dataclass that `to_plain` gave this for. Raises BadShape; members that it does not know do not fit either."""
    return cast("D", _read(shape, value, ""))


def _read(shape: Any, value: object, path: str) -> Any:
    if is_dataclass(shape):
        return _record(cast("type", shape), value, path)
    if _is_json(shape):
        return value
    origin, inner = get_origin(shape), get_args(shape)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        return _read(next(part for part in inner if part is not type(None)), value, path)
    if origin is Literal:
        return value if value in inner else _wrong(path, f"{value!r} is none of {', '.join(map(str, inner))}")
    if origin is tuple:
        if not isinstance(value, list):
            _wrong(path, "a list is needed")
        return tuple(_read(inner[0], item, f"{path}[{at}]") for at, item in enumerate(cast("list[object]", value)))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            _wrong(path, "a record is needed")
        members = cast("dict[str, object]", value)
        if _is_json(inner[1]):
            return members
        return {name: _read(inner[1], item, f"{path}.{name}" if path else name) for name, item in members.items()}
    if type(value) is not shape:
        _wrong(path, f"{_WORDS[shape]} is needed")
    return value


def _is_json(shape: Any) -> bool:
    """Whether anything fits. Json names itself, so that no two readings of its hint are equal."""
    return float in get_args(shape)


_WORDS = {str: "a text", int: "a whole number", bool: "true or false"}


def _record(shape: type, value: object, path: str) -> Any:
    if not isinstance(value, dict):
        _wrong(path, "a record is needed")
    members = cast("dict[str, object]", value)
    hints, known = _known(shape)
    prefix = f"{path}." if path else ""
    unknown = next((name for name in members if name not in known), None)
    if unknown is not None:
        _wrong(f"{prefix}{unknown}", "nothing of this name belongs here")
    for name, described in known.items():
        if name not in members and described.default is MISSING and described.default_factory is MISSING:
            _wrong(f"{prefix}{name}", "it is missing")
    return shape(**{name: _read(hints[name], member, f"{prefix}{name}") for name, member in members.items()})


@cache
def _known(shape: type) -> tuple[dict[str, Any], dict[str, Field[Any]]]:
    return get_type_hints(shape), {known.name: known for known in fields(shape)}


def _wrong(path: str, message: str) -> Any:
    raise BadShape(f"{path or 'the whole'}: {message}")
