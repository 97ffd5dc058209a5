"""The JSON Schemas of a project's YAML files, made from their shapes, for editors."""

from __future__ import annotations

from typing import Any

from codaform.model.formats import FORMATS, Flag, FormatChoice, FormatMember, Number, Pattern
from codaform.project.shapes import (
    COUNT,
    FLAG,
    FORMULA,
    KINDS,
    NAME,
    PART,
    ColumnFormat,
    Each,
    Either,
    Entries,
    Fields,
    Shape,
    Text,
)


def json_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a YAML kind, for editors."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"codaform {kind}",
        **_schema(KINDS[kind]),
    }
    return schema


def _schema(shape: Shape, blank: bool = True) -> dict[str, Any]:
    """The schema of a shape. `blank`: whether an empty value means no items, as for a list or a mapping."""
    match shape:
        case Text(options) if options == FLAG.options:
            return {"type": "boolean"}
        case Text(options) if options:
            return {"enum": list(options)}
        case Text(_, pattern):
            if shape == COUNT:
                return {"type": "integer", "minimum": 1, "maximum": 999_999_999}
            if shape in (NAME, FORMULA, PART):
                return {"type": ["string", "number", "boolean"], "pattern": f"^({pattern})$"}
            if pattern:
                return {"type": "string", "pattern": f"^({pattern})$"}
            return {"type": ["string", "number", "boolean", "null"]}
        case Each(item):
            return {"type": ["array", "null"] if blank else "array", "items": _schema(item)}
        case Entries(value, _, known):
            own = {} if known is None else {"properties": {known[0]: _schema(known[1])}}
            kind = ["object", "null"] if blank else "object"
            return {"type": kind, **own, "additionalProperties": _schema(value)}
        case Either(shapes):
            return {"anyOf": [_schema(option, blank=False) for option in shapes]}
        case ColumnFormat():
            return _format_schema()
        case Fields(fields):
            required = [name for name, field in fields.items() if field.required]
            return {
                "type": "object",
                "properties": {
                    name: {"description": field.about, **_schema(field.shape)} for name, field in fields.items()
                },
                **({"required": required} if required else {}),
                "additionalProperties": False,
            }


def _format_schema() -> dict[str, Any]:
    """The schema of a column's format: the members of all column types, each with all values that a type takes."""
    members: dict[str, list[FormatMember]] = {}
    for declared in FORMATS.values():
        for name, member in declared.items():
            if member not in members.setdefault(name, []):
                members[name].append(member)
    properties = {
        name: {"description": known[0].about, **_one_of([_member_schema(member) for member in known])}
        for name, known in members.items()
    }
    mapping = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"anyOf": [{"type": ["string", "number", "null"]}, mapping]}


def _one_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    different = [schema for at, schema in enumerate(schemas) if schema not in schemas[:at]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def _member_schema(member: FormatMember) -> dict[str, Any]:
    match member.values:
        case Flag():
            return {"type": "boolean"}
        case FormatChoice(options):
            return {"enum": list(options)}
        case Pattern():
            return {"type": "string", "minLength": 1}
        case Number(least, most, whole, formula):
            bounds = {"minimum": least, "maximum": most}
            number = {"type": "integer" if whole else "number"} | {k: v for k, v in bounds.items() if v is not None}
            return {"anyOf": [number, {"type": "string", "pattern": "^="}]} if formula else number
