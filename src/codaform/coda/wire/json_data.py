"""JSON: its type, reading it from files and hosts, files with a checksum, and dataclasses as JSON and back."""

from __future__ import annotations

import hashlib
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


class InvalidJson(ValueError):
    """A text is not usable JSON; the message says why: `it is cut off in line 3`."""


def read_json(text: str | bytes) -> Json:
    """The value of a JSON text; half of a surrogate pair, which no file can hold, becomes U+FFFD.

    Raises InvalidJson, also for bytes that are not UTF-8.
    """
    try:
        content = text if isinstance(text, str) else text.decode("utf-8-sig")
        data = json.loads(content, parse_constant=_refuse, parse_float=_number)
        return cast("Json", _whole(data) if "\\ud" in content.lower() else data)
    except InvalidJson:
        raise
    except UnicodeDecodeError:
        raise InvalidJson("it is no text in UTF-8") from None
    except RecursionError:
        raise InvalidJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc.rstrip()) or "Unterminated" in error.msg:
            raise InvalidJson(f"it is cut off in line {error.lineno}") from None
        raise InvalidJson(f"it is damaged in line {error.lineno}: {error.msg}") from None
    except ValueError:
        raise InvalidJson("it holds a number of more digits than can be read") from None


def _refuse(constant: str) -> NoReturn:
    raise InvalidJson(f"it is damaged: {constant} is no number of JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise InvalidJson("it holds a number that is too large")
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


def flatten(value: object) -> list[object]:
    """The items of a list and of the lists in it, in order; without recursion, since JSON may be nested deeply."""
    items: list[object] = []
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        else:
            items.append(item)
    return items


# ------------------------------------------------------------ files with a checksum


def checksum(data: object) -> str:
    """The SHA-256 of JSON, whatever the order of its members."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def with_checksum(kind: str, form: int, name: str, data: Json) -> str:
    """The text of a file with data, of which `checked_content` reads them.

    kind: What the file is: `plan for a doc in Coda`. form: The version of its form. name: The member with the data.
    """
    head: dict[str, Json] = {"codaform": kind, "form": form, "sum": checksum(data)}
    return json.dumps({**head, name: data}, ensure_ascii=False, indent=1) + "\n"


def checked_content(text: str, kind: str, form: int, name: str) -> Json:
    """The data in the text of such a file. Raises InvalidJson if it is damaged, changed by hand or of another form."""
    file = read_json(text)
    if not isinstance(file, dict) or file.get("codaform") != kind:
        raise InvalidJson(f"it is JSON, but not a {kind}")
    if file.get("form") != form:
        raise InvalidJson(f"it has the form {file.get('form')!r}; this codaform reads form {form}")
    if file.get("sum") != checksum(file.get(name)):
        raise InvalidJson("it is damaged: its content does not match its sum")
    return file.get(name)


# ------------------------------------------------------------ dataclasses


D = TypeVar("D")


class InvalidShape(ValueError):
    """JSON does not fit a dataclass; the message says where and why in one line."""


def dataclass_to_json(value: object) -> Json:
    """A dataclass of texts, numbers, tuples, mappings and dataclasses as JSON, without the members that have their
    default value or whose metadata set `kept` to False."""
    if is_dataclass(value):
        shown: dict[str, Json] = {}
        for known in fields(value):
            member = getattr(value, known.name)
            if known.metadata.get("kept") is False:
                continue
            if known.default is MISSING or member != known.default:
                shown[known.name] = dataclass_to_json(member)
        return shown
    match value:
        case Mapping():
            return {str(name): dataclass_to_json(member) for name, member in value.items()}
        case tuple() | list():
            return [dataclass_to_json(member) for member in value]
    return cast("Json", value)


def dataclass_from_json(shape: type[D], value: object) -> D:
    """The dataclass for the JSON of `dataclass_to_json`. Raises InvalidShape, also for unknown members."""
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
    """Whether a type is Json. It is recursive, so that two evaluations of its hint are never equal."""
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
    raise InvalidShape(f"{path or 'the whole'}: {message}")
