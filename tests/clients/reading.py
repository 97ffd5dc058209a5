"""How the vendor's description has to be read so that any reply can conform to it.

To the letter, nothing conforms: of the parts of an object (`allOf`) each forbids the members of the others, and of the
alternatives of a value (`oneOf`) several fit, since a text is a value of the simple and of the rich form. Coda's own
replies are such. What is changed here is that, and nothing else:

- the parts of an object become one object, whose members are theirs and no others;
- of several alternatives any may fit;
- a refusal may also say what in the request does not fit (`codaType`, `codaDetail`), as recorded ones do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAID_MORE = {"codaType": {"type": "string"}, "codaDetail": {"type": "object"}}
REFUSALS = ("BadRequestError", "BadRequestWithValidationErrors")


def satisfiable(description: Mapping[str, Any]) -> dict[str, Any]:
    """The description with the three changes; the given one stays as it is."""
    schemas = description["components"]["schemas"]
    result: dict[str, Any] = _read(description, schemas)
    for name in REFUSALS:
        for content in result["components"]["responses"][name]["content"].values():
            content["schema"].setdefault("properties", {}).update(SAID_MORE)
    return result


def _read(given: Any, schemas: Mapping[str, Any]) -> Any:
    match given:
        case {"allOf": [*parts], **rest} if len(parts) > 1:
            merged = _one_object([_whole(part, schemas) for part in parts])
            return {**_read(rest, schemas), **_read(merged, schemas)} if merged else _each(given, schemas)
        case {"oneOf": [*alternatives], **rest}:
            return {**_read(rest, schemas), "anyOf": _read(alternatives, schemas)}
        case dict():
            return _each(given, schemas)
        case list():
            return [_read(item, schemas) for item in given]
        case _:
            return given


def _each(given: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read(value, schemas) for name, value in given.items()}


def _whole(part: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A part of an object with everything that it consists of itself; None when it is no object of its own."""
    if "$ref" in part:
        return _whole(schemas[part["$ref"].rpartition("/")[2]], schemas)
    if "allOf" in part:
        return _one_object([_whole(inner, schemas) for inner in part["allOf"]])
    return part if "properties" in part or part.get("additionalProperties") is False else None


def _one_object(parts: list[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """The object that some parts make; None when one of them is something else."""
    if any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    properties: dict[str, Any] = {}
    for part in known:
        for name, schema in part.get("properties", {}).items():
            # A part that says more of a member than another narrows it.
            properties[name] = {"allOf": [properties[name], schema]} if name in properties else schema
    required = sorted({name for part in known for name in part.get("required", ())})
    closed = any(part.get("additionalProperties") is False for part in known)
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        **({"additionalProperties": False} if closed else {}),
    }
