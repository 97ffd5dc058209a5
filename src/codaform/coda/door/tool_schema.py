"""The schemas of the MCP server's tools, compared with the arguments for a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from codaform.coda.wire.json_data import Json

NEEDED_TOOLS: Mapping[str, tuple[str, ...]] = {
    "whoami": (),
    "document_create": ("title",),
    "document_outline": ("uri", "pageLimit", "pageOffset"),
    "page_create": ("uri", "title", "subtitle"),
    "page_update": ("uri", "updateFields.title", "updateFields.subtitle"),
    "page_delete": ("uri",),
    "content_read": ("uri", "contentTypesToInclude"),
    "content_modify": ("uri", "operations.operation", "operations.content", "operations.elementId"),
    "table_create": (
        "uri",
        "name",
        "columns.name",
        "columns.format.type",
        "columns.formula",
        "columns.isDisplayColumn",
        "columns.description",
    ),
    "table_delete": ("uri",),
    "table_columns_read": ("uri", "include"),
    "table_columns_manage": (
        "uri",
        "data.action",
        "data.columns.name",
        "data.columns.format.type",
        "data.columns.formula",
        "data.columns.columnId",
        "data.columns.updatedFields.name",
        "data.columns.updatedFields.format.type",
        "data.columns.updatedFields.formula",
        "data.columns.updatedFields.description",
        "data.columns.updatedFields.isDisplayColumn",
    ),
    "table_columns_delete": ("uri", "columnIds"),
    "table_rows_read": ("uri", "rowLimit", "rowOffset"),
    "table_rows_manage": ("uri", "data.action", "data.columnIds", "data.rows"),
    "table_rows_delete": ("uri", "data.action", "data.rowNumbersOrIds"),
    "table_view_manage": (
        "uri",
        "data.action",
        "data.name",
        "data.sharedFilter",
        "data.viewLayout",
        "data.sorts",
        "data.pageUri",
    ),
    "table_view_delete": ("uri",),
    "control_manage": (
        "uri",
        "data.action",
        "data.name",
        "data.control.type",
        "data.control.formula",
        "data.control.format",
        "data.updatedFields.formula",
    ),
    "control_delete": ("uri",),
    "formula_execute": ("uri", "formula"),
}
"""The tools and arguments that codaform needs; the vendor says that they may change, and they have changed."""

_DEEPEST = 30


def has_argument(schema: Mapping[str, Json], path: str) -> bool:
    """Whether a tool takes an argument. path: Its name, and the names within it: `data.columns.formula`."""
    found = [schema]
    for name in path.split("."):
        found = [member for part in found for member in _members(part, schema, name)]
    return bool(found)


def first_misfit(arguments: Mapping[str, Json], schema: Mapping[str, Json]) -> str:
    """The first argument that a tool does not take, or `… is needed` for a missing argument; empty if all names fit.

    The server accepts unknown names and ignores their values without a word, hence this check. If a text has to be one
    of several choices, an unknown choice is reported with its value.
    """
    return _misfit(dict(arguments), [schema], schema, "")


def _misfit(value: Json, schemas: Sequence[Mapping[str, Json]], root: Mapping[str, Json], path: str) -> str:
    variants = [variant for schema in schemas for variant in _variants(schema, root)]
    if isinstance(value, list):
        inner = [item for variant in variants if isinstance(item := variant.get("items"), dict)]
        if not inner:
            return ""
        return next((found for item in value if (found := _misfit(item, inner, root, path))), "")
    if isinstance(value, str):
        return _unknown_choice(value, variants, path)
    records = [variant for variant in variants if isinstance(variant.get("properties"), dict)]
    if not isinstance(value, dict) or not records:
        return ""
    # A record may have several forms, one for each action; only the members of its own form count.
    misfits = [_fits_record(value, record, root, path) for record in records]
    return "" if "" in misfits else max(misfits, key=_depth)


def _fits_record(value: Mapping[str, Json], record: Mapping[str, Json], root: Mapping[str, Json], path: str) -> str:
    members = record["properties"]
    assert isinstance(members, dict)
    free = isinstance(record.get("additionalProperties"), dict)
    required = record.get("required")
    for name, inner in value.items():
        here = f"{path}.{name}" if path else name
        member = members.get(name)
        if isinstance(member, dict):
            if wrong := _misfit(inner, [member], root, here):
                return wrong
        elif not free:
            return here
    for needed in required if isinstance(required, list) else ():
        if needed not in value:
            return f"{path}.{needed} is needed" if path else f"{needed} is needed"
    return ""


def _unknown_choice(value: str, variants: Sequence[Mapping[str, Json]], path: str) -> str:
    """The path and value of a text that is none of the choices, if every variant lists choices; else empty."""
    for variant in variants:
        choices = [variant["const"]] if "const" in variant else variant.get("enum")
        if not isinstance(choices, list):
            if variant.get("type", "string") == "string":
                return ""
        elif value in choices:
            return ""
    texts = [variant for variant in variants if "const" in variant or "enum" in variant]
    return f"{path} = {value}" if texts else ""


def _depth(misfits: str) -> tuple[int, int]:
    """How deep a form fits the arguments: the deepest one is the intended form."""
    return (0 if " = " in misfits else 1, misfits.count("."))


def _members(schema: Mapping[str, Json], root: Mapping[str, Json], name: str) -> Iterator[Mapping[str, Json]]:
    """The members of this name of a record, or of the records in a list."""
    for variant in _variants(schema, root):
        items = variant.get("items")
        if isinstance(items, dict):
            yield from _members(items, root, name)
        properties = variant.get("properties")
        member = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(member, dict):
            yield member


def _variants(schema: Mapping[str, Json], root: Mapping[str, Json], depth: int = 0) -> Iterator[Mapping[str, Json]]:
    """The alternatives of a schema, each without alternatives of its own."""
    if depth > _DEEPEST:
        return
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        found: Json = dict(root)
        for step in reference[2:].split("/"):
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, dict):
            yield from _variants(found, root, depth + 1)
        return
    inner = [
        part
        for keyword in ("anyOf", "oneOf", "allOf")
        if isinstance(parts := schema.get(keyword), list)
        for part in parts
        if isinstance(part, dict)
    ]
    for part in inner:
        yield from _variants(part, root, depth + 1)
    if not inner or "properties" in schema:
        yield schema
