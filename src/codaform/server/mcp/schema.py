"""The JSON Schemas of tools: the pieces that build them, and whether the arguments of a call fit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from codaform.text import shorten

Schema = dict[str, Any]
"""A JSON Schema as parsed JSON; declarations share them, so never change one."""

_LARGEST = 2**53 - 1
"""The largest whole number that JavaScript counts exactly: the bound of whole numbers without another."""


def text(*, least: int | None = None, most: int | None = None, kind: str = "", pattern: str = "") -> Schema:
    """A text.

    least, most: How many characters. kind: A format that JSON Schema has a name for. pattern: What it must match.
    """
    limits = {"minLength": least, "maxLength": most, "format": kind or None, "pattern": pattern or None}
    return {"type": "string"} | _given(limits)


def some_text(most: int | None = None) -> Schema:
    """A text that is not empty, of at most so many characters."""
    return text(least=1, most=most)


def choice(*values: str) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": list(values)}


def exactly(value: str) -> Schema:
    """Exactly this text, which distinguishes the variants of a record."""
    return {"type": "string", "const": value}


def number() -> Schema:
    """Any number."""
    return {"type": "number"}


def integer(least: int, most: int = _LARGEST, *, default: int | None = None) -> Schema:
    """A whole number within bounds, both included. default: The value in a call without it."""
    return {"type": "integer", "minimum": least, "maximum": most} | _given({"default": default})


def boolean() -> Schema:
    """True or false."""
    return {"type": "boolean"}


def null() -> Schema:
    """JSON's null."""
    return {"type": "null"}


def either(*alternatives: Schema) -> Schema:
    """Anything that fits at least one alternative."""
    return {"anyOf": list(alternatives)}


def or_null(schema: Schema) -> Schema:
    """Anything that fits the schema, or null."""
    return either(schema, null())


def listed(item: Schema, *, least: int | None = None, most: int | None = None) -> Schema:
    """A list. least, most: How many items."""
    return {"type": "array", "items": item} | _given({"minItems": least, "maxItems": most})


def keyed(value: Schema) -> Schema:
    """An object with free names, whose values fit the schema."""
    return {"type": "object", "propertyNames": text(), "additionalProperties": value}


def record(members: Mapping[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    """An object with named members; other members are allowed, as with the vendor.

    required: The required members, in the vendor's order.
    """
    unknown = [name for name in required if name not in members]
    if unknown:
        raise ValueError(f"required, yet not a member: {', '.join(unknown)}")
    return {"type": "object", "properties": dict(members)} | ({"required": list(required)} if required else {})


def _given(limits: Mapping[str, object]) -> Schema:
    return {name: value for name, value in limits.items() if value is not None}


# ------------------------------------------------------------ the arguments of a call

_LONGEST = 200
"""The most characters of a message about one place, since a value may have any length."""

_EXACT = 2**53
"""Up to here every integer is a float of its own."""


def misfit(arguments: dict[str, object], schema: Schema) -> str | None:
    """The first problem of arguments that do not fit, as `place: problem`; None if they fit.

    For alternatives, the problem is that of the most likely one.
    """
    errors = list(Draft202012Validator(schema).iter_errors(arguments))
    if not errors:
        return None
    error = _most_telling(errors)
    return f"{_place(error)}: {shorten(_describe(error), _LONGEST)}"


def with_integers(given: Any) -> Any:
    """Arguments with `2` instead of `2.0`: JSON and its schemas do not distinguish them."""
    match given:
        case float() if given.is_integer() and abs(given) <= _EXACT:
            return int(given)
        case dict():
            return {name: with_integers(value) for name, value in given.items()}
        case list():
            return [with_integers(value) for value in given]
    return given


def _most_telling(errors: Iterable[ValidationError]) -> ValidationError:
    """The most helpful error: within alternatives, an error of the one with the right words (`action`, `type`)."""
    error = min(errors, key=lambda each: (len(each.absolute_path), [str(step) for step in each.absolute_path]))
    alternatives: dict[object, list[ValidationError]] = defaultdict(list)
    for part in error.context or ():
        alternatives[part.relative_schema_path[0]].append(part)
    # A word such as `action` or `type` distinguishes alternatives: its schema is a constant in some.
    words = {tuple(part.relative_path) for part in error.context or () if part.validator == "const"}
    meant = [
        parts
        for parts in alternatives.values()
        # The caller did not mean an alternative of another kind, or with another word.
        if not any(
            (part.validator in ("const", "enum") and tuple(part.relative_path) in words)
            or (part.validator in ("type", "enum") and not part.relative_path)
            for part in parts
        )
    ]
    return _most_telling(meant[0]) if len(meant) == 1 else error


def _describe(error: ValidationError) -> str:
    if error.validator == "anyOf":
        return f"{_shorten(error.instance)} has none of the forms that are taken here"
    if error.validator in ("const", "enum"):
        wanted = error.validator_value
        words = wanted if isinstance(wanted, list) else [wanted]
        return f"{_shorten(error.instance)} is not one of {', '.join(map(str, words))}"
    return str(error.message)


def _shorten(value: object) -> str:
    return shorten(json.dumps(value, ensure_ascii=False, default=str), 60)


def _place(error: ValidationError) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return place.removeprefix(".") or "arguments"
