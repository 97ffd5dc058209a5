"""A doc to be audited, whatever it was read from: a project's folder, or a snapshot."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from codaform.coda.snapshot.reading import doc_from_snapshot
from codaform.coda.snapshot.records import RemoteControl, RemoteFormula, RemoteRow, RemoteTable, RemoteView, Snapshot
from codaform.coda.wire.json_data import Json
from codaform.deploy.copying.sample_rows import Values, sample_rows
from codaform.deploy.remote.schema import RemoteSchema, remote_schema
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.table_facts import facts_of_book
from codaform.model.number_text import json_text
from codaform.model.schema import Doc
from codaform.model.values import Error
from codaform.project.check import check_project
from codaform.project.project import empty_project
from codaform.project.session import Session
from codaform.project.uses import owner_of
from codaform.semantics.circles import circles, doubtful_circles
from codaform.semantics.costs import TableFacts
from codaform.semantics.program import FormulaSite, formulas, with_texts
from codaform.source import Source

ERROR_TEXT = "#ERROR: "
"""How a cell of Coda that shows an error begins."""


@dataclass(frozen=True, slots=True)
class TableSize:
    """The size of a table. largest: Bytes of its largest row. total: Of all rows. longest: Letters of its longest cell,
    which is in the column `longest_column`."""

    rows: int
    largest: int = 0
    total: int = 0
    longest: int = 0
    longest_column: str = ""


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """A doc with all that an audit looks at.

    source: What it was read from, in words. texts: By table and column, the texts in its cells, for text columns.
    errors: By table and column, how many cells show an error. lost: How many cells do not fit the type of their
    column. texts_for_rows: How many cells of a relation hold a text. lost_rows: How many refer to a row that is not
    there, though all rows were read. created: By table, the days on which rows were made. unread: The parts that
    were not read and might have been, in sentences; the audit is incomplete then. untold: The facts that no API gives.
    described: Whether descriptions were read. rows_known: Whether the rows were.
    """

    source: str
    read_at: datetime
    session: Session
    facts: TableFacts
    sizes: Mapping[str, TableSize]
    texts: Callable[[str, str], Iterable[str]]
    empty: frozenset[tuple[str, str]]
    diagnostics: Sequence[Diagnostic] = ()
    doubts: Mapping[FormulaSite, Sequence[str]] = field(default_factory=dict)
    errors: Mapping[tuple[str, str], int] = field(default_factory=dict)
    lost: Mapping[tuple[str, str], int] = field(default_factory=dict)
    texts_for_rows: Mapping[tuple[str, str], int] = field(default_factory=dict)
    lost_rows: Mapping[tuple[str, str], int] = field(default_factory=dict)
    created: Mapping[str, Sequence[date]] = field(default_factory=dict)
    unread: Sequence[str] = ()
    untold: Sequence[str] = ()
    described: bool = True
    rows_known: bool = True

    @property
    def doc(self) -> Doc:
        """The doc."""
        return self.session.project.doc

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(size.rows for size in self.sizes.values())


# ------------------------------------------------------------ from a folder


def subject_of_folder(session: Session, source: str) -> AuditSubject:
    """A project's folder with its sample rows."""
    project, book = session.project, session.book
    doc = project.doc
    sizes: dict[str, TableSize] = {}
    empty: set[tuple[str, str]] = set()
    errors: Counter[tuple[str, str]] = Counter()
    created: dict[str, list[date]] = {}
    for table in doc.tables.values():
        count = len(book.rows(table.name))
        weights = [0] * count
        longest, where = 0, ""
        for column in table.columns.values():
            if column.kind == "button":
                continue
            values = book.values(table.name, column.name)
            errors[table.name, column.name] = sum(isinstance(value, Error) for value in values)
            if all(value is None or value == [] or value == "" for value in values):
                empty.add((table.name, column.name))
            if column.kind == "created_on":
                created[table.name] = [value.date() for value in values if isinstance(value, datetime)]
            if column.computed:
                continue
            for at, value in enumerate(values):
                size = len(value.encode("utf-8", "replace")) if isinstance(value, str) else 8
                weights[at] += size if value is not None else 0
                if isinstance(value, str) and len(value) > longest:
                    longest, where = len(value), column.name
        sizes[table.name] = TableSize(count, max(weights, default=0), sum(weights), longest, where)

    def texts(table: str, column: str) -> Iterable[str]:
        return (value for value in book.values(table, column) if isinstance(value, str))

    found = check_project(project, advice=True)
    lost = [f"{one.name}: the file cannot be read, and what it holds is not audited" for one in project.lost]
    lost += [f"{name}: some rows of this table cannot be read" for name in sorted(project.incomplete)]
    lost += [f"{name}: the file is missing" for name in sorted(project.missing)]
    return AuditSubject(
        source,
        session.now,
        session,
        facts_of_book(book),
        sizes,
        texts,
        frozenset(empty),
        found,
        errors=+errors,
        created=created,
        unread=lost,
    )


# ------------------------------------------------------------ from a snapshot


def subject_of_snapshot(
    snapshot: Snapshot, source: str, unread: Sequence[str] = (), untold: Sequence[str] = ()
) -> AuditSubject:
    """A snapshot of a doc.

    unread: The parts that could not be read, in sentences. untold: The facts that no API gives.
    """
    remote = remote_schema(snapshot)
    doc, doubts = doc_from_snapshot(snapshot)
    # Columns of one name may have one formula; a source that names its table tells them apart.
    texts = {place: Source(f"{place.role} of {owner_of(place)}", source.text) for place, source, _ in formulas(doc)}
    doc = with_texts(doc, texts)
    session = Session(replace(empty_project(), doc=doc))
    entered = sample_rows(snapshot, remote, doc)
    rows = {name: (snapshot.rows or {}).get(id, ()) for name, id in remote.ids.tables.items()}
    counts = {table.id: table.rows for table in snapshot.tables}
    sizes: dict[str, TableSize] = {}
    empty: set[tuple[str, str]] = set()
    errors: Counter[tuple[str, str]] = Counter()
    for name, found in rows.items():
        columns = remote.ids.columns_of(name)
        names = {id: column for column, id in columns.items()}
        sizes[name] = _measured(found, names, errors, name)
        if snapshot.rows is None:
            sizes[name] = TableSize(counts.get(remote.ids.tables[name]) or 0)
        filled = {id for row in found for id, value in row.values.items() if value not in (None, "", [])}
        if found:
            empty.update((name, column) for column, id in columns.items() if id not in filled)
    missing = [*unread, *_not_visible(snapshot, doc)]
    held, gone = _in_relations(doc, rows, remote, whole=not missing)
    lost = {at: count for at, count in entered.lost.items() if doc.tables[at[0]].columns[at[1]].kind != "relation"}
    diagnostics = [*session.formula_advice]
    diagnostics += [*circles(session.program, session.needs), *doubtful_circles(session.program, session.needs)]
    return AuditSubject(
        source,
        datetime.fromisoformat(snapshot.read_at),
        session,
        TableFacts({name: size.rows for name, size in sizes.items()}, _values_of(rows, remote)),
        sizes,
        _texts_of(entered.values),
        frozenset(empty),
        diagnostics,
        doubts,
        +errors,
        lost,
        held,
        gone,
        {name: _days(found) for name, found in rows.items()},
        missing,
        untold,
        any(column.about is not None for table in snapshot.tables for column in table.columns),
        snapshot.rows is not None,
    )


def _measured(
    rows: Sequence[RemoteRow], names: Mapping[str, str], errors: Counter[tuple[str, str]], table: str
) -> TableSize:
    largest = total = longest = 0
    where = ""
    for row in rows:
        size = 0
        for id, value in row.values.items():
            if isinstance(value, str):
                letters = len(value)
                size += letters if value.isascii() else len(value.encode("utf-8", "replace"))
                if letters > longest:
                    longest, where = letters, names.get(id, id)
                if value.startswith(ERROR_TEXT):
                    errors[table, names.get(id, id)] += 1
            elif isinstance(value, list | dict):
                size += len(json_text(value))
            else:
                size += 8
        largest, total = max(largest, size), total + size
    return TableSize(len(rows), largest, total, longest, where)


def _in_relations(
    doc: Doc, rows: Mapping[str, Sequence[RemoteRow]], remote: RemoteSchema, whole: bool
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """How many cells of each relation hold a text, and how many a row that is not there.

    whole: Whether all rows were read; otherwise the missing rows are unknown.
    """
    ids = {table: {row.id for row in found} for table, found in rows.items()}
    held: Counter[tuple[str, str]] = Counter()
    gone: Counter[tuple[str, str]] = Counter()
    for table in doc.tables.values():
        for column in table.columns.values():
            id = remote.ids.columns.get((table.name, column.name))
            if column.kind != "relation" or column.computed or id is None:
                continue
            known = ids.get(column.to) if whole else None
            for row in rows.get(table.name, ()):
                value = row.values.get(id)
                items = value if isinstance(value, list) else [value]
                held[table.name, column.name] += any(isinstance(item, str) and item.strip('`" ') for item in items)
                gone[table.name, column.name] += known is not None and any(
                    isinstance(item, dict) and item.get("rowId") not in known for item in items
                )
    return dict(+held), dict(+gone)


def _values_of(
    rows: Mapping[str, Sequence[RemoteRow]], remote: RemoteSchema
) -> Callable[[str, str], Iterable[Hashable | list[Hashable]] | None]:
    def values(table: str, column: str) -> Iterable[Hashable | list[Hashable]] | None:
        id = remote.ids.columns.get((table, column))
        found = rows.get(table)
        return None if id is None or not found else [_countable(row.values.get(id)) for row in found]

    return values


def _countable(value: Json) -> Hashable | list[Hashable]:
    if isinstance(value, list):
        return [_key(item) for item in value]
    return _key(value) if value not in (None, "") else []


def _key(value: Json) -> Hashable:
    if isinstance(value, dict):
        return str(value.get("rowId") or value.get("name") or json_text(value))
    return json_text(value) if isinstance(value, list) else value


def _texts_of(values: Values) -> Callable[[str, str], Iterable[str]]:
    def texts(table: str, column: str) -> Iterable[str]:
        cells = values.get(table, {}).get(column, {})
        return (value for value in cells.values() if isinstance(value, str))

    return texts


def _days(rows: Sequence[RemoteRow]) -> list[date]:
    found = []
    for row in rows:
        try:
            found.append(date.fromisoformat(row.created[:10]))
        except ValueError:
            continue
    return found


def _not_visible(snapshot: Snapshot, doc: Doc) -> list[str]:
    """What the snapshot itself shows to be missing, in sentences."""
    said = []
    if snapshot.doc.too_large:
        said.append("The doc is larger than Coda's API takes (125 MB): Coda leaves parts out, and nothing says which.")
    if snapshot.rows is None:
        said.append("The rows were not read: costs, sizes and texts in relations are unknown.")
    tables = {table.id for table in snapshot.tables}
    hidden = [view.name for view in snapshot.views if view.table not in tables]
    if hidden:
        said.append(f"The tables of these views are not visible to the token: {_listed(hidden)}.")
    pages = {page.id for page in snapshot.pages}
    there: defaultdict[str, list[str]] = defaultdict(list)
    parts: list[RemoteTable | RemoteView | RemoteFormula | RemoteControl]
    parts = [*snapshot.tables, *snapshot.views, *snapshot.formulas, *snapshot.controls]
    for part in parts:
        if part.page and part.page not in pages:
            there[part.page].append(part.name)
    for page, names in there.items():
        said.append(f"The page {page} is not visible to the token; {_listed(names)} is on it.")
    if snapshot.rows is not None:
        missing = [table.name for table in snapshot.tables if table.id not in snapshot.rows]
        if missing:
            said.append(f"The rows of these tables are missing: {_listed(missing)}.")
        said.extend(
            f"{table.name} has {table.rows:,} rows, and {len(snapshot.rows[table.id]):,} were read."
            for table in snapshot.tables
            if table.rows is not None
            and len(snapshot.rows.get(table.id, "")) < table.rows
            and table.id in snapshot.rows
        )
        read = sum(map(len, snapshot.rows.values()))
        if snapshot.doc.rows is not None and read < snapshot.doc.rows and len(doc.tables) == len(snapshot.tables):
            said.append(f"Coda counts {snapshot.doc.rows:,} rows in the doc, and {read:,} were read.")
    return said


_MOST_LISTED = 8


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + more
