"""The pieces that a tool's input schema is built from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def whole(least: int, most: int = LARGEST, *, default: int | None = None) -> Schema:
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
