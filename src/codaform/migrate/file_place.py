"""The rows of a project's folder as the place of a migration: `rows.csv` files, all of a phase or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from codaform.migrate.place import Loaded, Place, RowWrite
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import EvaluationError, Row
from codaform.project import loading
from codaform.project.cell_texts import cell_text, csv_text
from codaform.project.cells import BadCell, read_cell
from codaform.project.file_names import folder_name
from codaform.project.files import CannotRead, read_text
from codaform.project.locate import reason
from codaform.project.migration_file import Part
from codaform.project.migrations.canonical import canonical, entered
from codaform.project.migrations.stages import broken, has, without
from codaform.project.project import Project, path_inside
from codaform.project.rows import RawCell, header
from codaform.project.session import Session
from codaform.project.transaction import Step, Write, carry_out
from codaform.project.writer import project_files
from codaform.project.written_files import write
from codaform.source import Source

FILES = "files"
"""The name of the place."""


class FilePlace(Place):
    """The sample rows of a project.

    A row is found again by its label, so rows that nothing tells apart are not written.
    """

    def __init__(self, session: Session) -> None:
        self.name = FILES
        self.ended: list[str] = []
        self._session = session

    @property
    def now(self) -> datetime:
        return self._session.now

    @property
    def doc(self) -> Doc:
        return self._session.project.doc

    @property
    def _project(self) -> Project:
        return self._session.project

    def load(self) -> Loaded:
        self._session = Session.open(self._project.root)
        book = self._session.workbook()
        _, problems = loading.load(book, self._project.rows)
        if problems:
            first = problems[0]
            raise CannotRead(f"{first.source.name}: {first.message}; `codaform check` says where")
        loaded = Loaded(book, {})
        for row in [row for table in book.doc.tables for row in book.rows(table)]:
            loaded.know(row, loaded.labels.of(row))
        return loaded

    def lacks(self, parts: Sequence[Part]) -> list[str]:
        return [str(part) for part in parts if not has(self.doc, part)]

    def create(self, parts: Sequence[Part]) -> None:
        lacking = ", ".join(self.lacks(parts))
        raise CannotRead(f"the folder does not have {lacking}: write them into table.yml")

    def drop(self, parts: Sequence[Part]) -> None:
        """Remove tables and columns from the folder."""
        present = [part for part in parts if has(self.doc, part)]
        if not present:
            return
        smaller = without(self.doc, present)
        touched = {
            name
            for name, table in smaller.tables.items()
            if table.columns.keys() != self.doc.tables[name].columns.keys() and self._project.rows.get(name)
        }
        rows = {name: self._texts(smaller.tables[name]) for name in touched}
        files = project_files(smaller, rows, self._project, self._project.environments)
        try:
            write(self._project.root, files, prune=True)
        except OSError as error:
            raise CannotRead(f"the folder cannot be written: {reason(error)}") from None
        self._session = Session.open(self._project.root)

    def fits(self, column: Column, value: object) -> str:
        """Why a `rows.csv` cannot hold a value."""
        if column.kind == "relation" or value is None:
            return ""
        zone = self._session.workbook().zone
        text = cell_text(value, column, zone, str)
        try:
            again = read_cell(text, column, zone)
        except (BadCell, EvaluationError) as problem:
            return f"cannot hold {text!r}: {problem}"
        if canonical(again, str) != canonical(value, str):
            return "would have another text in a file: rows.csv cannot hold its control characters"
        return ""

    def batches(self, writes: Sequence[RowWrite]) -> Iterator[Sequence[RowWrite]]:
        for table in dict.fromkeys(one.row.table for one in writes):
            yield [one for one in writes if one.row.table == table]

    def write(self, loaded: Loaded, batch: Sequence[RowWrite]) -> None:
        """Rewrite the `rows.csv` of a table."""
        self._put({batch[0].row.table: self._edited(loaded, batch, ())})

    def write_links(self, loaded: Loaded, writes: Sequence[RowWrite]) -> None:
        """Links are written with their rows."""

    def delete(self, loaded: Loaded, rows: Sequence[Row]) -> None:
        tables = dict.fromkeys(row.table for row in rows)
        self._put({table: self._edited(loaded, (), [row for row in rows if row.table == table]) for table in tables})

    def marked(self, table: str) -> str | None:  # noqa: ARG002
        return None

    def mark(self, table: str, text: str) -> None:
        """A folder has no place for it."""

    def broken(self) -> Iterator[str]:
        return broken(self.doc)

    def blind_spots(self) -> list[str]:
        return ["files that were committed or deployed meanwhile: git and the doc keep those"]

    # ------------------------------------------------------------ rows.csv

    def _edited(self, loaded: Loaded, batch: Sequence[RowWrite], gone: Sequence[Row]) -> str:
        """The text of a `rows.csv` after some rows were written and others went; all other cells stay as written."""
        table = loaded.book.doc.tables[(batch[0].row if batch else gone[0]).table]
        raw = self._project.rows.get(table.name, ())
        source = self._source(table)
        names = [name for name, _ in header(source)] if source is not None else []
        names += [name for one in batch for name in one.cells if name not in names]
        names = [*dict.fromkeys(names)] or [column.name for column in entered(table)]
        changed = {one.row: one.cells for one in batch}
        records: list[list[str]] = []
        old = [row for row in loaded.names if row.table == table.name]
        for row, written in zip(old, raw, strict=True):
            if row in gone:
                continue
            texts = {name: _written(cell) for name, cell in written.cells.items()}
            texts |= self._cells(changed.get(row, {}), table, loaded)
            records.append([texts.get(name, "") for name in names])
        for each in batch:
            if each.new:
                texts = self._cells(each.cells, table, loaded)
                records.append([texts.get(name, "") for name in names])
        return csv_text(names, records)

    def _texts(self, table: Table) -> dict[str, list[str]]:
        """The rows of a table by column, for the columns that stay."""
        raw = self._project.rows[table.name]
        names = dict.fromkeys(name for row in raw for name in row.cells if name in table.columns)
        return {name: [_written(row.cells[name]) if name in row.cells else "" for row in raw] for name in names}

    def _cells(self, cells: Mapping[str, object], table: Table, loaded: Loaded) -> dict[str, str]:
        def display(row: Row) -> str:
            text = loading.display(loaded.book, row)
            if loading.find_row(loaded.book, row.table, text) != row:
                shown = f"several rows of {row.table} are displayed as {text!r}"
                raise CannotRead(f"{shown}, so no file can name one of them")
            return text

        zone = loaded.book.zone
        return {name: cell_text(value, table.columns[name], zone, display) for name, value in cells.items()}

    def _path(self, table: Table) -> Path:
        """The file of a table's rows, within the folder."""
        folders = {
            path_inside(self._project, name).parent for name in self._project.files if name.endswith("table.yml")
        }
        own = folder_name(table.name)
        return next((folder for folder in sorted(folders) if folder.name == own), Path(own)) / "rows.csv"

    def _source(self, table: Table) -> Source | None:
        """The text of a table's rows; None if it has none. Raises CannotRead for a Parquet file."""
        path = self._project.root / self._path(table)
        parquet = path.with_suffix(".parquet")
        if parquet.exists() and not path.exists():
            raise CannotRead(f"{parquet} holds the rows of {table.name}, and codaform writes no Parquet")
        return read_text(path, path.name, self._project.root, most=None)[0] if path.exists() else None

    def _put(self, texts: Mapping[str, str]) -> None:
        steps: list[Step] = [Write(self._path(self.doc.tables[table]), text.encode()) for table, text in texts.items()]
        try:
            carry_out(self._project.root, steps)
        except OSError as error:
            raise CannotRead(f"the folder cannot be written: {reason(error)}") from None


def _written(cell: RawCell) -> str:
    return cell.text if isinstance(cell.text, str) else "; ".join(cell.text)
