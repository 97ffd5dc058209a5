"""Helpers for tests of Coda's wire: a small doc for its values, and the vendor's schemas if they are available."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml

from codaform.coda.wire import ids
from codaform.coda.wire.formats import PEOPLE
from codaform.model.values import Person, Row
from recorded_shapes import add_recorded

SHARED = Path(__file__).parents[2] / "shared" / "coda"
"""The vendor's own descriptions, which are not part of the project and are beside some checkouts."""


class SmallDoc:
    """Rows 1 to 9 of any table, displayed as `Row 1` … , and two people."""

    def __init__(self, zone: str = "America/New_York") -> None:
        self.zone: tzinfo = ZoneInfo(zone)

    def display(self, row: Row) -> str:
        return f"Row {row.id}"

    def row_id(self, row: Row) -> str:
        return f"i-{row.table}{row.id}"

    def table_id(self, name: str) -> str:
        return ids.stable("table", name)

    def row_link(self, row: Row) -> str:
        return f"{self.table_link(row.table)}/_r{row.id}"

    def table_link(self, name: str) -> str:
        return f"http://127.0.0.1:8765/d/_dABC#{name}"

    def row_by_id(self, id: str, table: str) -> Row | None:
        return next((row for row in self.rows(table) if self.row_id(row) == id), None)

    def find(self, text: str, table: str) -> Row | None:
        return next((row for row in self.rows(table) if self.display(row) == text), None)

    def rows(self, table: str) -> list[Row]:
        return [Row(table, number) for number in range(1, 10)]

    def person(self, text: str) -> Person:
        known = (Person("Ada Ruiz", "ada@example.com"), Person("Ben Ode", "ben@example.com"))
        found = next((person for person in known if text in (person.name, person.email)), None)
        return found or Person(text, text if "@" in text else "")


def reference(name: str) -> dict[str, object]:
    """The TableReference of a table, as a server returns it."""
    id = name if name == PEOPLE else ids.stable("table", name)
    address = f"http://127.0.0.1:8765/{id}"
    return {"id": id, "type": "table", "tableType": "table", "href": address, "browserLink": address, "name": name}


def name_of(id: str) -> str:
    """The table with an id; it is the target of relations."""
    return {ids.stable("table", "Tasks"): "Tasks"}[id]


@cache
def description() -> dict[str, Any]:
    """The vendor's description of the REST API; the test is skipped if it is not beside the checkout."""
    file = SHARED / "openapi.yaml"
    if not file.is_file():
        pytest.skip("the vendor's description of the REST API does not lie beside the checkout")
    found: dict[str, Any] = yaml.load(file.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return add_recorded(found)


@cache
def schema(name: str) -> dict[str, Any]:
    """One of the vendor's schemas as JSON Schema.

    The parts of an `allOf` describe one object: read literally, each part forbids the members of the others. A value
    may match several alternatives: a text is a value of both the simple and the rich form.
    """
    return plain(description()["components"]["schemas"][name])


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    found = schema(name)
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def conforms(value: object, name: str) -> None:
    """Raise ValidationError if a value does not match the vendor's schema of this name."""
    _validator(name).validate(value)


def conforms_as_format(shape: Mapping[str, object]) -> None:
    """Raise ValidationError if a column's format does not match the vendor's schema for its type."""
    kind = str(shape["type"])
    mapping = description()["components"]["schemas"]["ColumnFormat"]["discriminator"]["mapping"]
    # The mapping lacks three types that are in use.
    own = {"email": "EmailColumnFormat", "link": "LinkColumnFormat", "reaction": "SimpleColumnFormat"}
    conforms(shape, mapping[kind].rpartition("/")[2] if kind in mapping else own[kind])


def plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of the vendor as JSON Schema, in the reading of `schema`."""
    if "$ref" in given:
        return schema(given["$ref"].rpartition("/")[2])
    made: dict[str, Any] = {}
    for key, value in given.items():
        match key:
            case "allOf":
                for part in map(plain, value):
                    properties = {**made.get("properties", {}), **part.get("properties", {})}
                    required = list(dict.fromkeys([*made.get("required", []), *part.get("required", [])]))
                    made |= part | {"properties": properties, "required": required}
            case "oneOf" | "anyOf":
                made["anyOf"] = [plain(part) for part in value]
            case "properties":
                made[key] = {**made.get(key, {}), **{name: plain(part) for name, part in value.items()}}
            case "items":
                made[key] = plain(value)
            case "additionalProperties" if isinstance(value, dict):
                made[key] = plain(value)
            case "type" | "enum" | "required" | "additionalProperties" | "minimum" | "maximum":
                made[key] = value
    # A table is required to have a `viewId` that no table may have: what is required is allowed.
    made["properties"] = {name: {} for name in made.get("required", ())} | made.get("properties", {})
    if not made.get("properties") and made.get("additionalProperties") is False:
        del made["additionalProperties"]
    if given.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    return {key: value for key, value in made.items() if value not in ({}, [])}
