"""Every place in the files of a project, formulas apart, where a name of the schema stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project import yaml_tree
from codaform.project.file_names import is_folder_of
from codaform.project.files import read_text
from codaform.project.migration_file import Migration
from codaform.project.parts import PartKind
from codaform.project.project import CaseFile, Project, path_inside
from codaform.project.rows import header
from codaform.project.validation import buttons_on_pages
from codaform.semantics.program import FormulaSite, Role
from codaform.source import Source

Use = Literal["declaration", "relation", "reverse", "test", "sort", "shown", "rows", "case", "scenario", "migration"]
"""The role of a name at its place."""


class SchemaName(NamedTuple):
    """A text that names a part of the doc.

    kind, name, table: The part; table is empty unless it is a column. use: What the name does there.
    owner: The part of the doc that says so: a column, a view … None in files about the whole doc.
    dotted: Whether the text is `table.column`.
    """

    source: Source
    node: yaml_tree.Scalar
    kind: PartKind
    name: str
    table: str
    use: Use
    owner: FormulaSite | None = None
    dotted: bool = False


class FormulaFile(NamedTuple):
    """A formula as YAML refers to it: by its file, or by its text."""

    source: Source
    node: yaml_tree.Scalar
    place: FormulaSite
    folder: Path


Found = Iterator[SchemaName]


def names_in(project: Project) -> Found:
    """The names in `doc.yml`, tables, cases, scenarios and migrations.

    Of a formula's case, only what is given and set has names. A name of which the place tells no kind comes once for
    each kind that it may be of. Raises CannotRead and OSError.
    """
    for source, tree, path in schema_trees(project):
        yield from _doc(source, tree) if path.name == "doc.yml" else _table(source, tree, path)
    for file in project.cases:
        yield from _cases(file)
    for scenario in project.scenarios:
        yield from _scenario(scenario.source, scenario.tree)
    for migration in project.migrations:
        yield from _migration(project, migration)


def names_in_file(project: Project, source: Source) -> Found:
    """The names in one file of these, or of rows, as it is edited. source: Its text, with its name in findings."""
    path = path_inside(project, source.name)
    if path.name == "rows.csv":
        table = table_of_folder(project, path.parent)
        for text, span in header(source):
            yield SchemaName(source, yaml_tree.Scalar(text, span), "column", text, table, "rows")
        return
    tree = yaml_tree.compose(source) if path.suffix == ".yml" else None
    if tree is None or isinstance(tree, Diagnostic):
        return
    if path.name in ("doc.yml", "table.yml"):
        yield from _doc(source, tree) if path.name == "doc.yml" else _table(source, tree, path)
    for file in project.cases:
        if file.source.name == source.name:
            yield from _cases(CaseFile(source, tree, file.place))
    if any(scenario.source.name == source.name for scenario in project.scenarios):
        yield from _scenario(source, tree)
    for migration in project.migrations:
        if migration.source == source:
            yield from _migration(project, migration)


def names_in_rows(project: Project, table: str) -> Found:
    """The columns that the first line of a table's `rows.csv` names."""
    for name in project.files:
        path = path_inside(project, name)
        if path.name == "rows.csv" and table_of_folder(project, path.parent) == table:
            source = read_text(project.root / path, name, project.root, most=None)[0]
            for text, span in header(source):
                yield SchemaName(source, yaml_tree.Scalar(text, span), "column", text, table, "rows")


def schema_trees(project: Project) -> Iterator[tuple[Source, yaml_tree.Node, Path]]:
    """`doc.yml` and each `table.yml` that can be read, with its path within the folder."""
    for name in project.files:
        path = path_inside(project, name)
        if path.name in ("doc.yml", "table.yml"):
            source = read_text(project.root / path, name, project.root)[0]
            tree = yaml_tree.compose(source)
            if not isinstance(tree, Diagnostic):
                yield source, tree, path


def table_of_folder(project: Project, folder: Path) -> str:
    """The table of a folder."""
    source = read_text(project.root / folder / "table.yml", folder.name, project.root)[0]
    tree = yaml_tree.compose(source)
    found = yaml_tree.text_at(tree, "table", folder.name) if not isinstance(tree, Diagnostic) else folder.name
    return found if is_folder_of(folder.name, found) else folder.name


def formula_files(project: Project) -> Iterator[FormulaFile]:
    """The keys of `doc.yml` and of each `table.yml` that hold a formula or the name of its file."""
    for source, tree, path in schema_trees(project):
        if path.name == "doc.yml":
            for node in yaml_tree.items_at(tree, "formulas"):
                yield from _formula_at(source, node, "formula", FormulaSite("named", "", _called(node)), Path())
            for node in yaml_tree.items_at(tree, "controls"):
                for role in _OF_CONTROLS:
                    yield from _formula_at(source, node, role, FormulaSite(role, "", _called(node)), Path())
        else:
            table = yaml_tree.text_at(tree, "table", path.parent.name)
            for node in yaml_tree.items_at(tree, "columns"):
                for role in _OF_COLUMNS:
                    yield from _formula_at(source, node, role, FormulaSite(role, table, _called(node)), path.parent)
            for node in yaml_tree.items_at(tree, "views"):
                yield from _formula_at(source, node, "filter", FormulaSite("filter", table, _called(node)), path.parent)


_OF_CONTROLS: tuple[Role, ...] = ("choices", "action", "disable_if")
_OF_COLUMNS: tuple[Role, ...] = ("formula", "default", "action", "disable_if")
"""The keys of formulas."""


def _called(node: yaml_tree.Node) -> str:
    return yaml_tree.text_at(node, "name")


def _formula_at(
    source: Source, node: yaml_tree.Node, key: str, place: FormulaSite, folder: Path
) -> Iterator[FormulaFile]:
    named = yaml_tree.get(node, key)
    if isinstance(named, yaml_tree.Scalar):
        yield FormulaFile(source, named, place, folder)


# ------------------------------------------------------------ single names


class _At(NamedTuple):
    """Where names stand, and what they do there."""

    source: Source
    use: Use
    owner: FormulaSite | None = None

    def thing(self, node: yaml_tree.Node | None, kind: PartKind, table: str = "") -> Found:
        """A text that names a part of a kind."""
        if isinstance(node, yaml_tree.Scalar):
            yield SchemaName(self.source, node, kind, node.text, table, self.use, self.owner)

    def cells(self, row: yaml_tree.Node | None, table: str) -> Found:
        """A mapping whose keys are columns."""
        for name, _ in yaml_tree.entries(row):
            yield from self.thing(name, "column", table)

    def settings(self, node: yaml_tree.Node) -> Found:
        """What controls are set to."""
        for key, _ in yaml_tree.entries(yaml_tree.get(node, "set")):
            yield from self.thing(key, "control")

    def row_lists(self, node: yaml_tree.Node | None) -> Found:
        """A mapping from tables to lists of rows."""
        for key, rows in yaml_tree.entries(node):
            yield from self.thing(key, "table")
            for row in rows.items if isinstance(rows, yaml_tree.Sequence) else ():
                yield from self.cells(row, key.text)

    def named_rows(self, node: yaml_tree.Node | None) -> Found:
        """A mapping from tables to rows by their texts."""
        for key, rows in yaml_tree.entries(node):
            yield from self.thing(key, "table")
            for _, cells in yaml_tree.entries(rows):
                yield from self.cells(cells, key.text)


# ------------------------------------------------------------ the kinds of files


def _doc(source: Source, tree: yaml_tree.Node) -> Found:
    for key, kind in (("formulas", "formula"), ("controls", "control")):
        for node in yaml_tree.items_at(tree, key):
            owner = FormulaSite("named" if kind == "formula" else "choices", "", _called(node))
            yield from _At(source, "declaration", owner).thing(
                yaml_tree.get(node, "name"), "formula" if kind == "formula" else "control"
            )
            yield from _At(source, "relation", owner).thing(yaml_tree.get(node, "to"), "table")


def _table(source: Source, tree: yaml_tree.Node, path: Path) -> Found:
    table = yaml_tree.text_at(tree, "table", path.parent.name)
    yield from _At(source, "declaration").thing(yaml_tree.get(tree, "table"), "table")
    for node in yaml_tree.items_at(tree, "columns"):
        owner = FormulaSite("formula", table, _called(node))
        yield from _At(source, "declaration", owner).thing(yaml_tree.get(node, "name"), "column", table)
        yield from _At(source, "relation", owner).thing(yaml_tree.get(node, "to"), "table")
        mirrored = yaml_tree.get(node, "reverse")
        yield from _At(source, "reverse", owner).thing(mirrored, "column", yaml_tree.text_at(node, "to"))
        for test in yaml_tree.items_at(node, "tests"):
            related = yaml_tree.get(test, "relationships")
            if related is not None:
                at = _At(source, "test", owner)
                yield from at.thing(yaml_tree.get(related, "to"), "table")
                yield from at.thing(yaml_tree.get(related, "column"), "column", yaml_tree.text_at(related, "to"))
    for node in yaml_tree.items_at(tree, "views"):
        owner = FormulaSite("filter", table, _called(node))
        yield from _At(source, "declaration", owner).thing(yaml_tree.get(node, "name"), "view")
        yield from _At(source, "sort", owner).thing(yaml_tree.get(node, "sort"), "column", table)
        for shown in yaml_tree.items_at(node, "columns"):
            yield from _At(source, "shown", owner).thing(shown, "column", table)


def _cases(file: CaseFile) -> Found:
    at = _At(file.source, "case", file.place)
    for case in file.tree.items if isinstance(file.tree, yaml_tree.Sequence) else ():
        yield from at.row_lists(yaml_tree.get(case, "given"))
        yield from at.settings(case)


def _scenario(source: Source, tree: yaml_tree.Node) -> Found:
    at = _At(source, "scenario")
    for step in yaml_tree.items_at(tree, "steps"):
        yield from at.row_lists(yaml_tree.get(step, "add"))
        yield from at.named_rows(yaml_tree.get(step, "change"))
        for key, _ in yaml_tree.entries(yaml_tree.get(step, "remove")):
            yield from at.thing(key, "table")
        yield from at.settings(step)
        pressed = yaml_tree.get(step, "press")
        for button in buttons_on_pages(pressed):
            yield from at.thing(button, "control")
        for key, buttons in yaml_tree.entries(pressed):
            yield from at.thing(key, "table")
            yield from at.cells(buttons, key.text)
        for key, expected in yaml_tree.entries(yaml_tree.get(step, "expect")):
            for kind in _EXPECTED:
                yield from at.thing(key, kind)
            for _, cells in yaml_tree.entries(expected):
                yield from at.cells(cells, key.text)


_EXPECTED: tuple[PartKind, ...] = ("table", "view", "control", "formula")
"""What a scenario may expect something of."""


def _migration(project: Project, migration: Migration) -> Found:
    source, tree = migration.source, migration.tree
    at = _At(source, "migration")
    for phase in yaml_tree.items_at(tree, "phases"):
        for key in ("create", "drop", "deprecate"):
            for part in yaml_tree.items_at(phase, key):
                yield from _part(project, at, part)
        for rule in yaml_tree.items_at(phase, "copy"):
            old, new = yaml_tree.text_at(rule, "from"), yaml_tree.text_at(rule, "to")
            for key in ("from", "to"):
                yield from at.thing(yaml_tree.get(rule, key), "table")
            yield from at.cells(yaml_tree.get(rule, "set"), new)
            yield from at.cells(yaml_tree.get(rule, "left"), old)
            yield from at.cells(yaml_tree.get(rule, "back"), old)
        for rule in yaml_tree.items_at(phase, "update"):
            table = yaml_tree.text_at(rule, "table")
            yield from at.thing(yaml_tree.get(rule, "table"), "table")
            yield from at.cells(yaml_tree.get(rule, "set"), table)
            for _, cells in yaml_tree.entries(yaml_tree.get(rule, "rows")):
                yield from at.cells(cells, table)
    for decided, rows in yaml_tree.entries(yaml_tree.get(tree, "decisions")):
        yield from at.thing(decided, "table")
        targets = {copy.to for copy in migration.copies if copy.table == decided.text}
        for _, decision in yaml_tree.entries(rows):
            yield from at.thing(yaml_tree.get(decision, "to"), "table")
            for target in sorted({yaml_tree.text_at(decision, "to")} - {""} or targets):
                yield from at.cells(yaml_tree.get(decision, "cells"), target)


def _part(project: Project, at: _At, node: yaml_tree.Node) -> Found:
    """A text that names a table, or a column as `table.column`."""
    if not isinstance(node, yaml_tree.Scalar):
        return
    tables = project.doc.tables
    yield from at.thing(node, "table")
    for place, letter in enumerate(node.text):
        table, column = node.text[:place], node.text[place + 1 :]
        if letter == "." and table in tables and node.text not in tables:
            yield SchemaName(at.source, node, "column", column, table, at.use, at.owner, dotted=True)


__all__ = [
    "FormulaFile",
    "SchemaName",
    "Use",
    "formula_files",
    "names_in",
    "names_in_file",
    "names_in_rows",
    "schema_trees",
    "table_of_folder",
]
