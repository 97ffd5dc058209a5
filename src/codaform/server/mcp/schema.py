"""The JSON Schemas of tools: the pieces that build them, and whether the arguments of a call fit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

Schema = dict[str, Any]
"""A JSON Schema as parsed JSON; shared between declarations, so nobody changes one."""

LARGEST = 2**53 - 1
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
    """This text and no other: what tells the variants of a record apart."""
    return {"type": "string", "const": value}


def number() -> Schema:
    """Any number."""
    return {"type": "number"}


def integer(least: int, most: int = LARGEST, *, default: int | None = None) -> Schema:
    """A whole number within bounds, both included. default: What a call without it means."""
    return {"type": "integer", "minimum": least, "maximum": most} | _given({"default": default})


def boolean() -> Schema:
    """True or false."""
    return {"type": "boolean"}


def null() -> Schema:
    """Nothing, said aloud."""
    return {"type": "null"}


def either(*alternatives: Schema) -> Schema:
    """What fits one of these at least."""
    return {"anyOf": list(alternatives)}


def or_null(schema: Schema) -> Schema:
    """What fits the schema, or null."""
    return either(schema, null())


def listed(item: Schema, *, least: int | None = None, most: int | None = None) -> Schema:
    """A list. least, most: How many items."""
    return {"type": "array", "items": item} | _given({"minItems": least, "maxItems": most})


def keyed(value: Schema) -> Schema:
    """An object whose names are free; every value fits the schema."""
    return {"type": "object", "propertyNames": text(), "additionalProperties": value}


def record(members: Mapping[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    """An object with named members; others are let through, as the vendor does.

    required: The members that must be there, in the order in which the vendor names them.
    """
    unknown = [name for name in required if name not in members]
    if unknown:
        raise ValueError(f"required, yet not a member: {', '.join(unknown)}")
    return {"type": "object", "properties": dict(members)} | ({"required": list(required)} if required else {})


def _given(limits: Mapping[str, object]) -> Schema:
    return {name: value for name, value in limits.items() if value is not None}


# ------------------------------------------------------------ the arguments of a call

_LONGEST = 200
"""The most characters of a message about one place: a value that does not fit may be of any length."""

_EXACT = 2**53
"""Up to here a float tells integers apart."""


def misfit(arguments: dict[str, object], schema: Schema) -> str | None:
    """What keeps the arguments from fitting, as `place: problem`; None if they fit.

    Of several problems the first is told; of alternatives, that of the one that was most likely meant.
    """
    errors = list(Draft202012Validator(schema).iter_errors(arguments))
    if not errors:
        return None
    error = _most_telling(errors)
    message = _describe(error)
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 1] + "…"
    return f"{_place(error)}: {message}"


def with_integers(given: Any) -> Any:
    """Arguments with `2.0` as the integer that it is: JSON knows no difference between the two, nor does a schema."""
    match given:
        case float() if given.is_integer() and abs(given) <= _EXACT:
            return int(given)
        case dict():
            return {name: with_integers(value) for name, value in given.items()}
        case list():
            return [with_integers(value) for value in given]
    return given


def _most_telling(errors: Iterable[ValidationError]) -> ValidationError:
    """The error that says most: within alternatives, one of those whose words (`action`, `type`) were right."""
    error = min(errors, key=lambda each: (len(each.absolute_path), [str(step) for step in each.absolute_path]))
    alternatives: dict[object, list[ValidationError]] = defaultdict(list)
    for part in error.context or ():
        alternatives[part.relative_schema_path[0]].append(part)
    # Alternatives are told apart by a word, as `action` or `type`: it stands where some of them want just one.
    words = {tuple(part.relative_path) for part in error.context or () if part.validator == "const"}
    meant = [
        parts
        for parts in alternatives.values()
        # An alternative of another kind, or with another word, is not the one that was meant.
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
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"


def _place(error: ValidationError) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return place.removeprefix(".") or "arguments"
