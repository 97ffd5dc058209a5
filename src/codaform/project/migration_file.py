"""A migration as data, read from its file: phases, rules for copies and updates, and what a person decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from pathlib import Path, PurePosixPath

from codaform.project import shapes, yaml_tree
from codaform.project.file_reader import FileReader
from codaform.project.locate import MIGRATIONS
from codaform.project.rows import RawCell, parse_cell
from codaform.semantics.program import FormulaSite
from codaform.source import Source, Span, frozen

Settings = Mapping[str, Source]
"""By column, the formula that gives its cell."""


@frozen
class Part:
    """A table, or a column of one, that a migration names. column: Empty for a table."""

    table: str
    column: str
    span: Span

    def __str__(self) -> str:
        return f"{self.table}.{self.column}" if self.column else self.table


@frozen
class WrittenCells:
    """The cells that a person wrote for a row. spans: The places of the columns' names."""

    cells: Mapping[str, RawCell]
    spans: Mapping[str, Span]
    span: Span


@frozen
class CopyRule:
    """Rows of a table that become rows of another one.

    where: The condition for a row; None for all rows. settings: By column of the copy. left: By column of the old
    table, why no copy has its values. back: By column of the old table, for rows that go back. subset: The condition
    for a row to be copied as a try. spans: The places of the columns in `set`, `left` and `back`.
    """

    table: str
    to: str
    about: str
    where: Source | None
    settings: Settings
    left: Mapping[str, str]
    back: Settings
    subset: Source | None
    span: Span
    spans: Mapping[tuple[str, str], Span]

    def __str__(self) -> str:
        return f"{self.table} to {self.to}"


@frozen
class UpdateRule:
    """Cells that are set in rows that are there. rows: What a person decided, by the key or the display text."""

    table: str
    about: str
    where: Source | None
    settings: Settings
    rows: Mapping[str, WrittenCells]
    span: Span
    spans: Mapping[tuple[str, str], Span]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it sets."""
        return tuple(dict.fromkeys([*self.settings, *(name for row in self.rows.values() for name in row.cells)]))

    def __str__(self) -> str:
        return f"{self.table}.{', '.join(self.columns)}"


@frozen
class MigrationPhase:
    """A phase. number: From 1. keep_days: How long after the deprecation it may not run."""

    number: int
    name: str
    about: str
    created: tuple[Part, ...]
    copies: tuple[CopyRule, ...]
    updates: tuple[UpdateRule, ...]
    deprecated: tuple[Part, ...]
    keep_days: int
    dropped: tuple[Part, ...]
    span: Span


@frozen
class RowDecision:
    """What a person decided on a row. to: The table that gets its copy. leave: Why it is not copied."""

    to: str
    cells: WrittenCells
    leave: str
    span: Span


@frozen
class Migration:
    """A migration. decisions: By table and by the key or the display text of the row."""

    source: Source
    tree: yaml_tree.Node
    name: str
    about: str
    phases: tuple[MigrationPhase, ...]
    decisions: Mapping[str, Mapping[str, RowDecision]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The name of its file without the ending."""
        return PurePosixPath(self.source.name).stem

    @property
    def copies(self) -> tuple[CopyRule, ...]:
        """The rules for copies of all phases."""
        return tuple(rule for phase in self.phases for rule in phase.copies)

    @property
    def updates(self) -> tuple[UpdateRule, ...]:
        """The rules for updates of all phases."""
        return tuple(rule for phase in self.phases for rule in phase.updates)

    @property
    def formulas(self) -> Iterator[tuple[Source, str, tuple[str, str] | None]]:
        """Its formulas, each with the table of its rows, and the column that it is for; None for a condition."""
        for copy in self.copies:
            for condition in (copy.where, copy.subset):
                if condition is not None:
                    yield condition, copy.table, None
            yield from ((source, copy.table, (copy.to, name)) for name, source in copy.settings.items())
            yield from ((source, copy.to, (copy.table, name)) for name, source in copy.back.items())
        for update in self.updates:
            if update.where is not None:
                yield update.where, update.table, None
            yield from ((source, update.table, (update.table, name)) for name, source in update.settings.items())

    @property
    def created(self) -> tuple[Part, ...]:
        """What all phases make."""
        return tuple(part for phase in self.phases for part in phase.created)

    @property
    def deprecated(self) -> tuple[Part, ...]:
        """The tables that become old."""
        return tuple(part for phase in self.phases for part in phase.deprecated)

    @property
    def dropped(self) -> tuple[Part, ...]:
        """What goes at the end."""
        return tuple(part for phase in self.phases for part in phase.dropped)

    @property
    def cutover(self) -> int:
        """The number of the phase from which on people work with what is new; after all phases if none deprecates."""
        return next((phase.number for phase in self.phases if phase.deprecated), len(self.phases) + 1)


def read_migrations(reader: FileReader, tables: Collection[str]) -> Iterator[Migration]:
    """The migrations of a project, in the order of their files; what is wrong with a file is reported.

    tables: The names of the doc's tables, as a name may have a dot.
    """
    for folder in reader.listed(reader.root, MIGRATIONS):
        for path in reader.listed(folder, "*.yml"):
            yield _Reading(reader, path, *reader.yaml(path, shapes.MIGRATION), tables).migration()


@frozen
class _Reading:
    reader: FileReader
    path: Path
    source: Source
    tree: yaml_tree.Node
    tables: Collection[str]

    def migration(self) -> Migration:
        phases = enumerate(yaml_tree.items_at(self.tree, "phases"), 1)
        return Migration(
            self.source,
            self.tree,
            yaml_tree.text_at(self.tree, "migration", self.path.stem),
            yaml_tree.text_at(self.tree, "about"),
            tuple(self.phase(number, node) for number, node in phases),
            {
                table.text: {row.text: self.decision(node) for row, node in yaml_tree.entries(rows)}
                for table, rows in yaml_tree.entries(yaml_tree.get(self.tree, "decisions"))
            },
        )

    def phase(self, number: int, node: yaml_tree.Node) -> MigrationPhase:
        days = yaml_tree.text_at(node, "keep_days")
        return MigrationPhase(
            number,
            yaml_tree.text_at(node, "phase", f"phase {number}"),
            yaml_tree.text_at(node, "about"),
            self.parts(node, "create"),
            tuple(self.copy(each) for each in yaml_tree.items_at(node, "copy")),
            tuple(self.update(each) for each in yaml_tree.items_at(node, "update")),
            tuple(Part(text, "", span) for text, span in _texts(node, "deprecate")),
            int(days) if days.isdecimal() else 0,
            self.parts(node, "drop"),
            node.span,
        )

    def parts(self, node: yaml_tree.Node, key: str) -> tuple[Part, ...]:
        return tuple(Part(*self.split(text), span) for text, span in _texts(node, key))

    def split(self, text: str) -> tuple[str, str]:
        """The table and the column that a text names; the column is empty for a table."""
        if text in self.tables:
            return text, ""
        dots = [at for at, sign in enumerate(text) if sign == "."]
        at = next((at for at in dots if text[:at] in self.tables), dots[0] if dots else len(text))
        return text[:at], text[at + 1 :]

    def copy(self, node: yaml_tree.Node) -> CopyRule:
        table, to = yaml_tree.text_at(node, "from"), yaml_tree.text_at(node, "to")
        return CopyRule(
            table,
            to,
            yaml_tree.text_at(node, "about"),
            self.formula(node, "where", table),
            self.settings(node, "set", table),
            {key.text: value.text for key, value in _scalars(node, "left")},
            self.settings(node, "back", to),
            self.formula(node, "subset", table),
            node.span,
            _spans(node, "set", "left", "back"),
        )

    def update(self, node: yaml_tree.Node) -> UpdateRule:
        table = yaml_tree.text_at(node, "table")
        return UpdateRule(
            table,
            yaml_tree.text_at(node, "about"),
            self.formula(node, "where", table),
            self.settings(node, "set", table),
            {key.text: _written(cells) for key, cells in yaml_tree.entries(yaml_tree.get(node, "rows"))},
            node.span,
            _spans(node, "set"),
        )

    def decision(self, node: yaml_tree.Node) -> RowDecision:
        cells = yaml_tree.get(node, "cells")
        return RowDecision(
            yaml_tree.text_at(node, "to"),
            WrittenCells({}, {}, node.span) if cells is None else _written(cells),
            yaml_tree.text_at(node, "leave"),
            node.span,
        )

    def settings(self, node: yaml_tree.Node, key: str, table: str) -> Settings:
        inside = yaml_tree.get(node, key)
        found = {}
        for name, _ in yaml_tree.entries(inside):
            assert inside is not None
            formula = self.formula(inside, name.text, table)
            if formula is not None:
                found[name.text] = formula
        return found

    def formula(self, node: yaml_tree.Node, key: str, table: str) -> Source | None:
        return self.reader.formula(node, key, self.path.parent, self.source, FormulaSite("test", table, key))


def _texts(node: yaml_tree.Node, key: str) -> list[tuple[str, Span]]:
    return [(item.text, item.span) for item in yaml_tree.items_at(node, key) if isinstance(item, yaml_tree.Scalar)]


def _scalars(node: yaml_tree.Node, key: str) -> Iterator[tuple[yaml_tree.Scalar, yaml_tree.Scalar]]:
    for name, value in yaml_tree.entries(yaml_tree.get(node, key)):
        if isinstance(value, yaml_tree.Scalar):
            yield name, value


def _spans(node: yaml_tree.Node, *keys: str) -> dict[tuple[str, str], Span]:
    return {(key, name.text): name.span for key in keys for name, _ in yaml_tree.entries(yaml_tree.get(node, key))}


def _written(node: yaml_tree.Node) -> WrittenCells:
    entries = list(yaml_tree.entries(node))
    return WrittenCells(
        {name.text: parse_cell(value) for name, value in entries},
        {name.text: name.span for name, _ in entries},
        node.span,
    )
