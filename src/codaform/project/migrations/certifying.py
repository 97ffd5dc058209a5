"""The certificate of no loss: what became of each row, read from the doc after a phase."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.schema import Doc, value_type
from codaform.model.types import ListOf
from codaform.model.values import Row
from codaform.project.migration_file import CopyRule, Migration, MigrationPhase
from codaform.project.migrations.canonical import Labels, as_line, checksum
from codaform.project.migrations.taking import CopiedRow, PhaseWork


@dataclass(frozen=True, slots=True)
class NamedReason:
    """A row, by its table and label, and a reason."""

    table: str
    row: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceProof:
    """What became of the rows of an old table.

    rows: How many it has. copied: By table, how many rows have a copy there. left: How many a person left. behind: By
    new table and column of the old one, why values have no place. checksum: Of its entered cells.
    """

    table: str
    rows: int
    copied: Mapping[str, int]
    left: int
    refused: int
    behind: Mapping[str, Mapping[str, str]]
    checksum: str

    @property
    def adds_up(self) -> bool:
        """Whether each row is copied, left or refused."""
        return self.rows == sum(self.copied.values()) + self.left + self.refused


@dataclass(frozen=True, slots=True)
class UpdateProof:
    """What an update did. set: Cells that are as wanted. kept: Cells that a person changed since. to_set: Cells still
    to be set. unmatched: Rows for which nothing was found."""

    table: str
    columns: tuple[str, ...]
    set: int
    kept: int
    to_set: int
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a phase left behind, measured in the doc itself.

    inputs: The SHA-256 of the migration, the schema and the old rows. targets: By new table, the SHA-256 of its rows.
    texts: How many texts of copies were compared byte for byte. links: How many relations of copies and updated rows
    lead to a row that is there. differing, unresolved, doubled: Cells and rows for which that is not so. kept: Copies
    that a person changed since. rewritten: How much a second run would write.
    """

    migration: str
    phase: int
    name: str
    environment: str
    at: str
    inputs: str
    sources: tuple[SourceProof, ...] = ()
    updates: tuple[UpdateProof, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    left: tuple[NamedReason, ...] = ()
    refused: tuple[NamedReason, ...] = ()
    texts: int = 0
    links: int = 0
    differing: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    rewritten: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing is lost and nothing is open."""
        bad = self.refused or self.differing or self.unresolved or self.doubled or self.rewritten
        return not bad and all(source.adds_up for source in self.sources)


def certify(
    migration: Migration, work: PhaseWork, book: Workbook, labels: Labels, environment: str, at: str
) -> Certificate:
    """The certificate of a phase, from the rows as they are after it.

    work: What the phase would do to them once more. at: The moment, in ISO 8601.
    """
    found = [copy for copy in work.copies if copy.target is not None]
    sources = tuple(dict.fromkeys(rule.table for rule in work.phase.copies))
    targets = tuple(dict.fromkeys(rule.to for rule in work.phase.copies))
    texts, differing = _texts(found, book, labels)
    links, unresolved = _links(work, book, labels)
    owners = Counter(copy.target for copy in found)
    return Certificate(
        migration.id,
        work.phase.number,
        work.phase.name,
        environment,
        at,
        inputs(migration, work.phase, book, labels),
        tuple(_source(table, work, book, labels) for table in sources),
        tuple(_updates(work)),
        {table: checksum(book, table, labels) for table in targets},
        tuple(NamedReason(one.row.table, one.label, one.reason) for one in work.left),
        tuple(NamedReason(one.table, one.label, one.reason) for one in work.refused),
        texts,
        links,
        differing,
        unresolved,
        tuple(f"{row.table} {labels.of(row)}" for row, count in owners.items() if row is not None and count > 1),
        tuple(f"{copy.rule.to} {copy.key}" for copy in work.copies if copy.state == "kept"),
        work.to_write,
    )


def inputs(migration: Migration, phase: MigrationPhase, book: Workbook, labels: Labels) -> str:
    """The SHA-256 of everything that the copies of a phase come from: the file, the schema and the old rows."""
    tables = sorted({name for rule in phase.copies for name in (rule.table, rule.to)})
    parts = [
        migration.source.text,
        _schema(book.doc, tables),
        {rule.table: checksum(book, rule.table, labels) for rule in phase.copies},
    ]
    return hashlib.sha256(as_line(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _schema(doc: Doc, tables: Iterable[str]) -> list[object]:
    return [
        [name, [[column.name, column.kind, column.many, column.to] for column in doc.tables[name].columns.values()]]
        for name in tables
    ]


def _source(table: str, work: PhaseWork, book: Workbook, labels: Labels) -> SourceProof:
    mine = [copy for copy in work.copies if copy.rule.table == table]
    copied = Counter(copy.rule.to for copy in mine if copy.target is not None)
    rules: list[CopyRule] = [rule for rule in work.phase.copies if rule.table == table]
    return SourceProof(
        table,
        len(book.rows(table)),
        {rule.to: copied[rule.to] for rule in rules},
        sum(one.row.table == table for one in work.left),
        sum(one.table == table for one in work.refused),
        {rule.to: dict(rule.left) for rule in rules if rule.left},
        checksum(book, table, labels),
    )


def _texts(copies: Sequence[CopiedRow], book: Workbook, labels: Labels) -> tuple[int, tuple[str, ...]]:
    """How many texts are the wanted ones byte for byte, and which are not."""
    same = 0
    differing: list[str] = []
    for copy in copies:
        columns = book.doc.tables[copy.rule.to].columns
        for name, wanted in copy.cells.items():
            if not isinstance(wanted, str) or not _is_text(value_type(columns[name])) or copy.target is None:
                continue
            present = book.value(copy.target, name)
            if wanted == (present or ""):
                same += 1
            elif copy.state != "kept":
                differing.append(f"{copy.rule.to}.{name} of {labels.of(copy.target)}")
    return same, tuple(differing)


def _is_text(kind: types.Type) -> bool:
    return (kind.item if isinstance(kind, ListOf) else kind) == types.TEXT


def _links(work: PhaseWork, book: Workbook, labels: Labels) -> tuple[int, tuple[str, ...]]:
    """How many relations lead to a row that is there, and which do not."""
    cells = [(copy.target, name) for copy in work.copies if copy.target is not None for name in copy.cells]
    cells += [(update.row, update.column) for update in work.updates]
    resolved = 0
    lost: list[str] = []
    for row, name in cells:
        if book.doc.tables[row.table].columns[name].kind != "relation":
            continue
        value = book.value(row, name)
        for item in value if isinstance(value, list) else [value]:
            if item is None:
                continue
            if isinstance(item, Row) and book.holds(item):
                resolved += 1
            else:
                lost.append(f"{row.table}.{name} of {labels.of(row)}")
    return resolved, tuple(lost)


def _updates(work: PhaseWork) -> Iterable[UpdateProof]:
    for rule in work.phase.updates:
        states = Counter(update.state for update in work.updates if update.rule is rule)
        columns = set(rule.columns)
        unmatched = [
            one.label for one in work.unmatched if one.row.table == rule.table and columns.issuperset(one.columns)
        ]
        to_set = states["add"] + states["change"]
        yield UpdateProof(rule.table, rule.columns, states["same"], states["kept"], to_set, tuple(unmatched))


def as_data(certificate: Certificate) -> dict[str, Any]:
    """The certificate as JSON, with `clean`."""
    return {**asdict(certificate), "clean": certificate.clean}
