"""A project as data: the doc, and everything that is known of it beside the doc."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path, PurePosixPath

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.schema import Doc
from codaform.model.values import Person
from codaform.project import yaml_tree
from codaform.project.migration_file import Migration
from codaform.project.rows import RawRow
from codaform.semantics.program import FormulaSite
from codaform.source import Source, Span, frozen


@frozen
class DataTest:
    """What must hold for the rows of a table, or for the values of one of its columns.

    kind: `unique`, `not_null`, `accepted_values`, `relationships` or `formula`.
    source, span: Where it is declared. about: What it guards against.
    """

    table: str
    column: str
    kind: str
    name: str
    source: Source
    span: Span
    values: tuple[str, ...] = ()
    to: str = ""
    to_column: str = ""
    formula: Source | None = None
    about: str = ""


@frozen
class CaseFile:
    """A file of cases, and the place of the formula that they are for."""

    source: Source
    tree: yaml_tree.Node
    place: FormulaSite


@frozen
class ScenarioFile:
    """A file with a scenario."""

    source: Source
    tree: yaml_tree.Node


@frozen
class Environment:
    """A doc in Coda that the project is brought to. doc: Its id. host: Where its API is; empty for Coda itself."""

    name: str
    doc: str = ""
    host: str = ""


@frozen
class Project:
    """A doc as text.

    rows: The sample rows of each table; a table whose rows cannot be read is not in it.
    clock: The moment at which local runs happen, as written; empty for the real one.
    files: The names of all files that were read.
    diagnostics: The findings while reading.
    lost: The files of tables, and the doc.yml, that cannot be used at all. incomplete: The tables that miss some of
    their rows. missing: The names of missing formula files. doubtful: The names of things that exist but could not be
    read.
    environments: By their names, the docs in Coda that it is brought to. names: Where the doc declares the names of
    columns, options, views, controls and named formulas. lint: What doc.yml makes of rules and families, by name.
    """

    root: Path
    doc: Doc
    tests: tuple[DataTest, ...]
    rows: Mapping[str, Sequence[RawRow]]
    cases: tuple[CaseFile, ...]
    scenarios: tuple[ScenarioFile, ...]
    clock: str
    user: Person | None
    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    lost: tuple[Source, ...] = ()
    incomplete: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    environments: Mapping[str, Environment] = field(default_factory=dict)
    names: Mapping[str, Sequence[tuple[Source, Span]]] = field(default_factory=dict)
    migrations: tuple[Migration, ...] = ()
    lint: Mapping[str, str] = field(default_factory=dict)


def empty_project(root: Path = Path(), name: str = "") -> Project:
    """A project without tables, in UTC."""
    return Project(root, Doc(name), (), {}, (), (), "", None, (), ())


def path_inside(project: Project, name: str) -> Path:
    """The path within the folder of a file by its name, which may begin with the folder's own."""
    top = next((known for known in project.files if PurePosixPath(known).name == "doc.yml"), "doc.yml")
    return Path(*PurePosixPath(name).parts[len(PurePosixPath(top).parts) - 1 :])


def cases(file: CaseFile) -> Iterator[tuple[str, yaml_tree.Node]]:
    """The cases of a file by their titles."""
    for node in file.tree.items if isinstance(file.tree, yaml_tree.Sequence) else ():
        yield yaml_tree.text_at(node, "case"), node
