"""The rows of a table, from whichever file they are in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.files import open_to_read
from codaform.project.csv_file import CellsReadLater, is_large, read_csv_file, sound_header
from codaform.project.rows import RawRow
from codaform.project.table_rows import OnRows, RowsFile, TableRows
from codaform.source import NOWHERE


class RowsInFiles(Mapping[str, Sequence[RawRow]]):
    """The rows of tables, each table's read when they are first asked for.

    files: The files with the rows of each table. read: The rows that are read already.
    """

    def __init__(
        self, files: Mapping[str, Sequence[RowsFile]], read: Mapping[str, Sequence[RawRow]] | None = None
    ) -> None:
        self.files = files
        self._read = dict(read or {})

    def __getitem__(self, table: str) -> Sequence[RawRow]:
        if table not in self._read:
            self._read[table] = read_rows(self.files[table])[0] or []
        return self._read[table]

    def sound_csv(self) -> dict[str, tuple[str, list[str]]]:
        """By table, its one `rows.csv` as a path from the project's folder, with its header; only sound ones."""
        found = {}
        for name, files in self.files.items():
            if len(files) == 1 and files[0].path.suffix == ".csv" and (header := sound_header(files[0])) is not None:
                found[name] = (files[0].path.relative_to(files[0].root).as_posix(), header)
        return found

    def may_have(self, rows: int) -> bool:
        """Whether a large file that is not read yet has so many lines."""
        unread = (file for table, files in self.files.items() if table not in self._read for file in files)
        return any(is_large(file) and _has_lines(file, rows) for file in unread)

    def read_columns(self, table: str, names: Collection[str]) -> None:
        """Read some columns of a table as arrays at once, where its file is large. Raises CannotRead."""
        if table not in self._read:
            self._read[table] = read_rows(self.files[table], names)[0] or []
        rows = self._read[table]
        if isinstance(rows, TableRows) and rows.arrays is not None:
            from codaform.project.csv_arrays import CsvArrays

            assert isinstance(rows.arrays, CsvArrays)
            rows.arrays.read(names)

    def read(self, on_rows: OnRows) -> None:
        """Read the rows of all tables that are not read, with the values of their cells.

        on_rows: Is called during reading. Raises CannotRead if a file has changed.
        """
        for table, files in self.files.items():
            if table not in self._read:
                self._read[table] = read_rows([replace(file, on_rows=on_rows) for file in files])[0] or []
            rows = self._read[table]
            if isinstance(rows, TableRows) and isinstance(rows.columns, CellsReadLater):
                rows.columns.read(on_rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def _has_lines(file: RowsFile, least: int) -> bool:
    try:
        with open_to_read(file.path) as handle:
            while least > 0 and (part := handle.read(1 << 18)):
                least -= part.count(b"\n")
    except OSError:
        return False
    return least <= 0


def read_rows(
    files: Sequence[RowsFile], wanted: Collection[str] | None = None, later: bool = False
) -> tuple[Sequence[RawRow] | None, list[Diagnostic]]:
    """The rows of a table, None where they cannot be read; and what is wrong with the file, cells apart.

    files: The files with rows in the table's folder. wanted: The columns of a large file that are read at once, as
        arrays; None where its values will be asked for.
    later: Whether a large file is not read now: then there are no rows, and nothing is wrong.
    """
    if later and len(files) == 1 and is_large(files[0]):
        return None, []
    if len(files) > 1:
        message = f"the table has {' and '.join(file.path.name for file in files)}, and only one file can have its rows"
        return None, [Diagnostic(rules.CONTRADICTION, message, files[-1].nowhere, NOWHERE, "remove one of them")]
    if not files:
        return [], []
    if files[0].path.suffix != ".parquet":
        return read_csv_file(files[0], wanted)
    from codaform.project.parquet_file import read_parquet_file

    return read_parquet_file(files[0])
