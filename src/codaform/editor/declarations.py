"""The things of a doc, and where each is declared and named in the files of its project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lsprotocol import types as lsp

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.editor.documents import Documents
from codaform.editor.file_context import FileContext
from codaform.editor.meanings import Standing
from codaform.editor.opened import OpenedProject
from codaform.model.schema import Doc, views
from codaform.project import yaml_tree
from codaform.project.file_names import is_folder_of
from codaform.project.inline import is_file_name
from codaform.project.names import SchemaName, names_in_file
from codaform.project.parts import ProjectPart, has_part
from codaform.project.uses import referenced_part
from codaform.source import Source, Span


def part_at(file: FileContext, position: lsp.Position) -> tuple[ProjectPart, Span] | None:
    """The part of the doc that a position names, with the place of the name in the file; None for anything else."""
    at = file.place(position)
    project = file.opened.sound.project
    place = file.formula_at(position)
    if place is not None:
        reference = Standing(project, place).reference
        part = referenced_part(file.doc, reference) if reference is not None else None
        return None if part is None or reference is None else (part, place.formula.located(reference.span))
    for name in names_in_file(project, file.source) if file.name else ():
        part = ProjectPart(name.kind, name.name, _table_of(file.doc, name))
        if name.node.span.start <= at <= name.node.span.end and has_part(file.doc, part):
            end = name.node.span.start + len(file.source.text[name.node.span.start : name.node.span.end].rstrip())
            return part, Span(name.node.span.start, end)
    return None


def _table_of(doc: Doc, name: SchemaName) -> str:
    if name.kind != "view":
        return name.table
    return next((view.table for view in views(doc) if view.name == name.name), "")


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A place in a file of a project."""

    path: Path
    span: Span


def definition(file: FileContext, documents: Documents, position: lsp.Position) -> list[lsp.Location]:
    """Where the thing at a position is declared, and the file with its formula if it has one."""
    found = part_at(file, position)
    if found is None:
        return []
    return [place for one in declared(file.opened.sound, found[0]) if (place := location(documents, one))]


def location(documents: Documents, place: TextPlace) -> lsp.Location | None:
    """A place as the protocol has it; None where the file is gone."""
    document = documents.of_file(place.path)
    return None if document is None else lsp.Location(document.uri, document.text.range(place.span))


def declared(opened: OpenedProject, part: ProjectPart) -> Iterator[TextPlace]:
    """Where a thing gets its name, and the file of its formula."""
    table = part.table or part.name
    for name in opened.project.files:
        path = PurePosixPath(name)
        if path.name == "table.yml" and part.kind in ("table", "column", "view"):
            if not is_folder_of(path.parent.name, table):
                continue
        elif path.name != "doc.yml" or part.kind in ("table", "column", "view"):
            continue
        source = opened.text(name)
        tree = yaml_tree.compose(source)
        if isinstance(tree, Diagnostic) or (
            path.name == "table.yml" and yaml_tree.text_at(tree, "table", path.parent.name) != table
        ):
            continue
        yield from _in_tree(opened, part, tree, source)


_LISTS = {
    "column": ("columns", "formula"),
    "view": ("views", "filter"),
    "formula": ("formulas", "formula"),
    "control": ("controls", "action"),
}
"""By kind, the list in which YAML declares things, and the key of a thing's formula."""


def _in_tree(opened: OpenedProject, part: ProjectPart, tree: yaml_tree.Node, source: Source) -> Iterator[TextPlace]:
    path = opened.root / source.name
    if part.kind == "table":
        named = yaml_tree.get(tree, "table")
        yield TextPlace(path, named.span if named is not None else Span(0, 0))
        return
    items, key = _LISTS[part.kind]
    for node in yaml_tree.items_at(tree, items):
        if yaml_tree.text_at(node, "name") == part.name:
            yield TextPlace(path, yaml_tree.place_at(node, "name"))
            formula = yaml_tree.text_at(node, key)
            if is_file_name(formula):
                yield TextPlace(path.parent / formula, Span(0, 0))
            return
