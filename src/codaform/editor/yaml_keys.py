"""The keys of a project's YAML files, from the schemas of `codaform schema`: what each means, which may come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any, get_args

from lsprotocol import types as lsp

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.editor.file_context import FileContext
from codaform.project import yaml_text, yaml_tree
from codaform.project.file_names import is_folder_of
from codaform.project.json_schemas import json_schema
from codaform.project.locate import MIGRATIONS, SCENARIOS
from codaform.semantics.program import Role
from codaform.source import Source, Span, frozen

_HOLE = "codaform_hole_"
"""A word that no file has, in place of the one that is typed: where it lands in the tree says what may come there."""

_MOST_SHOWN = 12
"""How many fixed values a text about a key names."""

_Schema = Mapping[str, Any]


@frozen
class _Place:
    """A scalar of the tree with what its place takes.

    schemas: Of the value; of a key, the schemas of the mappings that may have it. others: The keys beside a key.
    key: Whose value it is, or one of whose values.
    """

    scalar: yaml_tree.Scalar
    is_key: bool
    schemas: tuple[_Schema, ...]
    others: frozenset[str] = frozenset()
    key: str = ""


def schema_of_file(name: str) -> _Schema | None:
    """The JSON Schema of a file by its name in the project; None for a file that has none."""
    path = PurePosixPath(name)
    folder = path.parent.name
    if path.name.endswith(".cases.yml"):
        return _schema("cases")
    if path.suffix == ".yml" and folder in (SCENARIOS, MIGRATIONS):
        return _schema("scenario" if folder == SCENARIOS else "migration")
    return _schema(path.stem) if path.name in ("doc.yml", "table.yml") else None


@cache
def _schema(kind: str) -> _Schema:
    return json_schema(kind)


# ------------------------------------------------------------ hover


def key_at(file: FileContext, at: int) -> tuple[Span, list[str]] | None:
    """The key at a place of a file, with what there is to say of it; None where there is none."""
    schema = schema_of_file(file.name)
    tree = yaml_tree.compose(file.source) if schema is not None else None
    if schema is None or tree is None or isinstance(tree, Diagnostic):
        return None
    for place in _places(tree, (schema,)):
        span, name = place.scalar.span, place.scalar.text
        owner = next((one for one in place.schemas if name in one.get("properties", ())), None)
        if place.is_key and owner is not None and span.start <= at <= span.end:
            return span, [f"**{name}**{_told(name, owner)}", owner["properties"][name].get("description", "")]
    return None


def _told(name: str, owner: _Schema) -> str:
    needed = "required" if name in owner.get("required", ()) else ""
    values = [str(one) for each in _options(owner["properties"][name]) for one in _values(each)]
    shown = ", ".join(f"`{one}`" for one in values[:_MOST_SHOWN]) + (" …" if len(values) > _MOST_SHOWN else "")
    return "".join(f" · {part}" for part in (needed, shown) if part)


# ------------------------------------------------------------ completion


def yaml_completion(file: FileContext, at: int) -> list[lsp.CompletionItem]:
    """The keys and the fixed values that may come at a place of a file."""
    schema = schema_of_file(file.name)
    if schema is None:
        return []
    text = file.source.text
    start = at - len(re.search(r"[\w-]*\Z", text[:at])[0])  # type: ignore[index]
    end = at + len(re.match(r"[\w-]*", text[at:])[0])  # type: ignore[index]
    line = text[text.rfind("\n", 0, start) + 1 : start]
    found: dict[str, lsp.CompletionItem] = {}
    for texts in _with_hole(text, start, end, line):
        for written in texts:
            tree = yaml_tree.compose(Source(file.name, written))
            for place in _places(tree, (schema,)) if not isinstance(tree, Diagnostic) else ():
                if place.scalar.text == _HOLE:
                    is_before_colon = text[end : end + 1] == ":"
                    items = _keys(place, is_before_colon) if place.is_key else _values_at(file, place)
                    found |= {item.label: item for item in items}
        if found:
            break
    for item in found.values():
        item.text_edit = lsp.TextEdit(file.range(Span(start, end)), item.insert_text or item.label)
        item.insert_text = None
    return list(found.values())


def _with_hole(text: str, start: int, end: int, line: str) -> Iterator[list[str]]:
    """The text with a hole for the typed word, as a key or a value: whole, or only up to here if the rest fails."""
    before, after = text[:start], text[end:]
    rest = after.partition("\n")[0]
    is_value = re.search(r":[ \t]+\Z", line) is not None
    holes = [_HOLE] if is_value or rest.startswith(":") else [f"{_HOLE}: ", _HOLE]
    closed = "}" * max(line.count("{") - line.count("}"), 0)
    yield [f"{before}{hole}{after}" for hole in holes]
    yield [f"{before}{hole}{closed}" for hole in holes]  # a mapping in braces that is not closed yet


def _keys(place: _Place, has_colon: bool) -> Iterator[lsp.CompletionItem]:
    for schema in place.schemas:
        for number, (name, about) in enumerate(schema.get("properties", {}).items()):
            if name not in place.others:
                needed = name in schema.get("required", ())
                yield lsp.CompletionItem(
                    label=name,
                    kind=lsp.CompletionItemKind.Property,
                    detail="required" if needed else None,
                    documentation=about.get("description"),
                    sort_text=f"{0 if needed else 1}{number:03}",
                    insert_text=name if has_colon else f"{name}: ",
                )


def _values_at(file: FileContext, place: _Place) -> Iterator[lsp.CompletionItem]:
    """The values that a key can have: the fixed ones, and names of the doc."""
    for number, value in enumerate(one for schema in place.schemas for one in _values(schema)):
        yield lsp.CompletionItem(label=value, kind=lsp.CompletionItemKind.EnumMember, sort_text=f"0{number:03}")
    for number, (kind, name) in enumerate(_names_at(file, place.key)):
        yield lsp.CompletionItem(label=name, kind=kind, sort_text=f"1{number:03}", insert_text=yaml_text.scalar(name))


def _names_at(file: FileContext, key: str) -> Iterator[tuple[lsp.CompletionItemKind, str]]:
    """Tables behind `to`, columns of the table behind `sort` and `columns` of a view, files behind a formula's key."""
    path = PurePosixPath(file.name)
    if key == "to":
        yield from ((lsp.CompletionItemKind.Class, name) for name in file.doc.tables)
    table = next((one for one in file.doc.tables.values() if is_folder_of(path.parent.name, one.name)), None)
    if key in ("sort", "columns") and path.name == "table.yml" and table is not None:
        yield from ((lsp.CompletionItemKind.Field, name) for name in table.columns)
    if key in get_args(Role) and file.document.path is not None:
        files = sorted(one.name for one in file.document.path.parent.glob("*.coda"))
        yield from ((lsp.CompletionItemKind.File, name) for name in files)


def _values(schema: _Schema) -> Iterator[str]:
    if schema.get("type") == "boolean":
        yield from ("true", "false")
    yield from (str(one) for one in schema.get("enum", ()))


# ------------------------------------------------------------ the tree beside its schema


def _places(node: yaml_tree.Node, schemas: tuple[_Schema, ...], of: str = "") -> Iterator[_Place]:
    """The scalars of a tree, each with what its place takes. of: The key whose value the tree is."""
    options = tuple(option for schema in schemas for option in _options(schema))
    match node:
        case yaml_tree.Scalar():
            yield _Place(node, False, options, key=of)
        case yaml_tree.Sequence(items):
            inside = tuple(option["items"] for option in options if "items" in option)
            for item in items:
                yield from _places(item, inside, of)
        case yaml_tree.Mapping(entries):
            names = frozenset(key.text for key, _ in entries)
            for key, value in entries:
                yield _Place(key, True, options, names - {key.text})
                yield from _places(value, tuple(_of_key(options, key.text)), key.text)


def _of_key(options: tuple[_Schema, ...], key: str) -> Iterator[_Schema]:
    for option in options:
        known = option.get("properties", {})
        more = option.get("additionalProperties")
        if key in known:
            yield known[key]
        elif isinstance(more, dict):
            yield more


def _options(schema: _Schema) -> Iterator[_Schema]:
    for option in schema.get("anyOf", (schema,)):
        if "anyOf" in option:
            yield from _options(option)
        else:
            yield option
