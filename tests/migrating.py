"""Shared by tests of migrations: projects with old rows, a place in memory, runs with nothing asked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from codaform.evaluation.workbook import Workbook
from codaform.migrate.coda_place import CodaPlace
from codaform.migrate.file_place import FilePlace
from codaform.migrate.journal import journal_of
from codaform.migrate.place import Loaded, Place, RowWrite
from codaform.migrate.running import MigrationRun, PhaseReport
from codaform.model.schema import Column, Doc
from codaform.model.values import Row
from codaform.project.cell_texts import csv_text
from codaform.project.migration_file import Part
from codaform.project.migrations.canonical import checksum
from codaform.project.session import Session
from codaform.testing import RunningCoda
from deploying import ENVIRONMENT, target_of
from projects import copy_of_founder_hq, write

SMALL = {
    "old/table.yml": """\
table: old
columns:
  - {name: code, type: text, key: true}
  - {name: name, type: text, display: true}
  - {name: tags, type: select, many: true, options: [a, b, c]}
  - {name: body, type: text}
  - {name: amount, type: number}
  - {name: day, type: date}
  - {name: owner, type: relation, to: people}
""",
    "people/table.yml": "table: people\ncolumns:\n  - {name: name, type: text, display: true}\n",
    "people/rows.csv": "name\nAda\nBo\n",
    "lists/table.yml": """\
table: lists
columns:
  - {name: id, type: text, key: true}
  - {name: title, type: text, display: true, tests: [not_null]}
  - {name: steps, type: text}
  - {name: owner, type: relation, to: people}
  - {name: due, type: date}
""",
    "files/table.yml": """\
table: files
columns:
  - {name: id, type: text, key: true}
  - {name: title, type: text, display: true}
  - {name: words, type: text}
  - {name: amount, type: number}
""",
    "migrations/0001_split.yml": """\
migration: Split
phases:
  - phase: Create
    create: [lists, files]
  - phase: Copy
    copy:
      - from: old
        to: lists
        where: thisRow.tags.Contains("a")
        set:
          id: Concatenate("L-", thisRow.code)
          title: thisRow.name
          steps: thisRow.body
          owner: thisRow.owner
          due: thisRow.day
        left: {tags: the table says it}
        back:
          code: thisRow.id
          name: thisRow.title
          body: thisRow.steps
      - from: old
        to: files
        where: thisRow.tags.Contains("b")
        set:
          id: Concatenate("F-", thisRow.code)
          title: thisRow.name
          words: thisRow.body
          amount: thisRow.amount
        left: {tags: the table says it}
  - phase: Cut over
    update:
      - table: old
        set: {tags: 'List("c")'}
    deprecate: [old]
""",
}
"""A project with an old table whose rows become lists or files; its last phase sets a column of the old rows."""


def small(folder: Path, rows: str) -> Session:
    """The small project with rows of the old table, as a `rows.csv`."""
    return Session.open(write(folder, {**SMALL, "old/rows.csv": rows}))


class MemoryPlace(Place):
    """A place that is a workbook."""

    def __init__(self, session: Session, book: Workbook) -> None:
        self.name = "memory"
        self.ended: list[str] = []
        self._session = session
        self._book = book
        self.writes = 0

    @property
    def now(self) -> datetime:
        return self._session.now

    @property
    def doc(self) -> Doc:
        return self._session.project.doc

    def load(self) -> Loaded:
        book = self._session.workbook()
        names: dict[Row, str] = {}
        for table in self.doc.tables.values():
            columns = [column.name for column in table.columns.values() if not column.computed]
            for row in self._book.rows(table.name):
                cells = {name: self._book.value(row, name) for name in columns}
                names[book.add(table.name, cells, defaults=False, id=row.id)] = f"i-{row.id}"
        return Loaded(book, names)

    def lacks(self, parts: Sequence[Part]) -> list[str]:
        return []

    def create(self, parts: Sequence[Part]) -> None:
        raise AssertionError(parts)

    def drop(self, parts: Sequence[Part]) -> None:
        raise AssertionError(parts)

    def fits(self, column: Column, value: object) -> str:
        return ""

    def batches(self, writes: Sequence[RowWrite]) -> Iterator[Sequence[RowWrite]]:
        for at in range(0, len(writes), 3):
            for table in dict.fromkeys(one.row.table for one in writes[at : at + 3]):
                yield [one for one in writes[at : at + 3] if one.row.table == table]

    def write(self, loaded: Loaded, batch: Sequence[RowWrite]) -> None:
        for one in batch:
            self.writes += 1
            if one.new:
                self._book.add(one.row.table, one.cells, defaults=False, id=one.row.id)
            else:
                self._book.change(one.row, one.cells)

    def write_links(self, loaded: Loaded, writes: Sequence[RowWrite]) -> None:
        """Links are written with their rows."""

    def delete(self, loaded: Loaded, rows: Sequence[Row]) -> None:
        for row in rows:
            self._book.remove(row)

    def marked(self, table: str) -> str | None:
        return None

    def mark(self, table: str, text: str) -> None:
        raise AssertionError(table, text)

    def broken(self) -> Iterator[str]:
        return iter(())

    def blind_spots(self) -> list[str]:
        return []


@contextmanager
def on_files(root: Path) -> Iterator[MigrationRun]:
    """The first migration of a project, on the rows of its folder."""
    session = Session.open(root)
    migration = session.project.migrations[0]
    with journal_of(root, migration.id, "files") as journal:
        yield MigrationRun(migration, FilePlace(session), journal, session.project.tests)


@contextmanager
def on_coda(root: Path, coda: RunningCoda) -> Iterator[MigrationRun]:
    """The first migration of a project, on the doc of a local Coda."""
    from codaform.deploy.applying.journal import journal_of as deploy_journal_of

    session = Session.open(root)
    migration = session.project.migrations[0]
    with (
        target_of(coda) as target,
        deploy_journal_of(root, ENVIRONMENT) as deploys,
        CodaPlace(session, target, deploys, lambda _: None) as place,
        journal_of(root, migration.id, ENVIRONMENT) as journal,
    ):
        yield MigrationRun(migration, place, journal, session.project.tests)


def done(run: MigrationRun, until: int = 99) -> list[PhaseReport]:
    """Carry out the phases up to a number, but for those that drop something."""
    wanted = [phase for phase in run.migration.phases if phase.number <= until and not phase.dropped]
    return list(run.phases([phase for phase in wanted if not run.journal.is_done(phase.number)]))


def sums(place: Place) -> dict[str, str]:
    """The checksum of each table."""
    loaded = place.load()
    return {table: checksum(loaded.book, table, loaded.labels) for table in loaded.book.doc.tables}


# ------------------------------------------------------------ Founder HQ with many old rows

_BODIES = ("", "one / two", 'He said: "no",\nand left.', "  blanks  ", "ünïcødé 日本", "007", "=Now()")
_TAGS = ("checklist", "SOP", "document", "email", "checklist; SOP", "document; email", "", "checklist; email")


def founder_hq(folder: Path, rows: int = 0, seed: int = 1) -> Path:
    """Founder HQ, with as many old templates, and a decision for each row that no rule decides.

    rows: 0 for the sample rows. All of them have decisions.
    """
    root = copy_of_founder_hq(folder)
    chance = random.Random(seed)
    file = root / "migrations" / "0001_pattern_ontology.yml"
    decisions = [_SAMPLE_DECISIONS]
    if rows:
        decisions = []
        records: list[list[str]] = []
        for number in range(1, rows + 1):
            code, tags = f"DBT-{number:05}", chance.choice(_TAGS)
            url = f"https://files.example.com/{number}"
            body = chance.choice(_BODIES)
            records.append([code, f"Template {number}", tags, body, url, chance.choice(["Active", "Deprecated"])])
            decisions.append(f"    {code}: {_decision(tags, number)}\n")
        names = ["template_id", "name", "tags", "body", "storage_url", "status"]
        (root / "db_templates" / "rows.csv").write_text(csv_text(names, records), "utf-8")
        for table in ("offers", "projects"):
            _relate(root / table / "rows.csv", rows, chance)
    text = file.read_text("utf-8").replace("decisions: {}", "decisions:\n  db_templates:\n" + "".join(decisions))
    file.write_text(text, "utf-8")
    return root


def _decision(tags: str, number: int) -> str:
    work = "checklist" in tags or "SOP" in tags
    use = "document" in tags or "email" in tags
    if work != use:
        to = "process_templates" if work else "resource_templates"
        return f"{{to: {to}, leave: it is in the file}}"
    if number % 3 == 0:
        return "{leave: nobody needs it}"
    return "{to: process_templates, leave: files are elsewhere}"


def _relate(path: Path, rows: int, chance: random.Random) -> None:
    """Let each row point to an old template."""
    import csv
    import io

    records = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    at = records[0].index("db_template")
    for record in records[1:]:
        record[at] = f"Template {chance.randint(1, rows)}"
    path.write_text(csv_text(records[0], records[1:]), "utf-8")


_SAMPLE_DECISIONS = """\
    DBT-05: {to: resource_templates, cells: {storage_url: "https://files.example.com/5"}, leave: it is in the file}
    DBT-06: {to: resource_templates, leave: it is in the file}
    DBT-07: {to: process_templates, leave: the pack is a file}
    DBT-08: {leave: replaced}
    DBT-12: {to: process_templates}
    DBT-15: {leave: a scratch page}
"""
