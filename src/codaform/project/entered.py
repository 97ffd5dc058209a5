"""The entered columns of a project as arrays, straight from its files: no row is made, and no value of a cell.

The reader of cells reads any value that is no plain number, date or text, once for each different text of a column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from codaform.columns.column import Array, ArrayColumn, Lists, RowPlaces, decode, encode, is_utc, some
from codaform.evaluation.cells import unset
from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf, RowOf
from codaform.project.cells import BadCell, cell_reader
from codaform.project.row_names import RowNames, names_in_arrays, names_of_values
from codaform.project.rows import RawRow
from codaform.project.rows_file import RowsInFiles
from codaform.project.table_rows import UNREADABLE, RelatedTexts, TableRows

_HOUR = 3_600_000_000
_EPOCH = datetime(1970, 1, 1)

Others = dict[int, Any]
"""By place, the values that an array has no form for: there it is odd."""


class EnteredColumns:
    """The entered columns of the tables of a workbook, as the files have them.

    formulas: The workbook without rows. rows: Those of each table. load: Gives the workbook with the rows.
    """

    def __init__(self, formulas: Workbook, rows: Mapping[str, Sequence[RawRow]], load: Callable[[], Workbook]) -> None:
        self.formulas = formulas
        self.load = load
        self._rows = rows
        self._names: dict[str, RowNames | None] = {}
        self._counts: dict[str, int] = {}
        self._hours: dict[int, int | None] = {}
        """By hours since 1970 on the doc's clock, how far the clock is ahead; None where it changes."""

    def read(self, columns: Iterable[tuple[str, str]]) -> None:
        """Read some columns, by table and name, each file once. Raises CannotRead."""
        wanted: dict[str, set[str]] = {}
        for table, name in columns:
            tables, column = self.formulas.doc.tables, self.formulas.doc.tables[table].columns[name]
            wanted.setdefault(table, set()).add(name)
            if column.kind == "relation" and (display := tables[column.to].display) is not None:
                wanted.setdefault(column.to, set()).add(display.name)
        rows = self._rows
        if isinstance(rows, RowsInFiles):
            there = {table: names for table, names in wanted.items() if table in rows.files}
            if rows.may_have(1):
                with ThreadPoolExecutor(2) as pool:  # pyarrow and numpy let another thread work meanwhile
                    list(pool.map(rows.read_columns, there, there.values()))
            for table, names in there.items():
                rows.read_columns(table, names)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        count = self._counts.get(table)
        if count is None:
            count = self._counts[table] = len(self._rows.get(table, ()))
        return count

    def column(self, table: str, name: str, world: RowPlaces) -> tuple[ArrayColumn, Others] | None:
        """An entered column; None where only the workbook with the rows has it."""
        written, declared = self._rows.get(table), self.formulas.doc.tables[table].columns[name]
        if not isinstance(written, TableRows):
            return None
        if declared.kind == "relation":
            return self._related(written, declared, world)
        kind = value_type(declared)
        if name not in written.columns:
            return encode([unset(declared)], kind, world).take(np.zeros(len(written), np.intp)), {}
        pieces = _pieces(written, name)
        if pieces is None:
            values = [_or_unset(value, declared) for value in written.columns[name]]
            column = encode(values, kind, world)
            return column, {place: values[place] for place in _where(column)}
        if kind == types.TEXT and not declared.options:
            return _texts(pieces), {}
        if kind in (types.NUMBER, types.DATE, types.DATETIME):
            return _joined([self._typed(piece, declared, world) for piece in pieces])
        return self._coded(pieces, declared, world)

    # ------------------------------------------------------------ values

    def _typed(self, piece: Any, declared: Column, world: RowPlaces) -> tuple[ArrayColumn, Others]:
        from codaform.project.csv_arrays import Typed

        kind = value_type(declared)
        if not isinstance(piece, Typed):
            return self._coded([piece], declared, world)
        if kind == types.DATETIME and not is_utc(world.zone):
            return self._on_the_clock(piece.values, piece.valid, world)
        return ArrayColumn(kind, piece.values, piece.valid), {}

    def _coded(self, pieces: list[Any], declared: Column, world: RowPlaces) -> tuple[ArrayColumn, Others]:
        """A column by its different texts."""
        texts, codes = coded(pieces)
        values = [*map(self._reader(declared), texts), unset(declared)]
        one_of_each = encode(values, value_type(declared), world)
        column = one_of_each.take(codes)
        return column, {place: values[codes[place]] for place in _where(column)}

    def _reader(self, declared: Column) -> Callable[[str], object]:
        """What reads a text as a column's value: what cannot be read is what a cell is before anything is entered."""
        read = cell_reader(declared, self.formulas.zone)

        def value(text: str) -> object:
            try:
                return _or_unset(read(text), declared)
            except BadCell:
                return unset(declared)

        return value

    def _on_the_clock(self, values: Array, valid: Array | None, world: RowPlaces) -> tuple[ArrayColumn, Others]:
        """Moments by the doc's clock. Where it is not changed within an hour, all moments of the hour are alike."""
        there = np.ones(len(values), np.bool_) if valid is None else valid
        hours, which = np.unique(values // _HOUR, return_inverse=True)
        ahead = [self._ahead(hour, world) for hour in hours.tolist()]
        steady = np.array([shift is not None for shift in ahead], np.bool_)[which]
        made = values - np.array([shift or 0 for shift in ahead], np.int64)[which]
        places = np.flatnonzero(there & ~steady).tolist()
        moments = [_moment(values[place], world) for place in places]
        some_moments = encode(moments, types.DATETIME, world)
        made[places] = some_moments.values
        made[~there] = 0
        odd = np.zeros(len(values), np.bool_)
        others = {places[at]: moments[at] for at in _where(some_moments)}
        odd[list(others)] = True
        return ArrayColumn(types.DATETIME, made, valid, some(odd)), others

    def _ahead(self, hour: int, world: RowPlaces) -> int | None:
        if hour not in self._hours:
            first, last = hour * _HOUR, (hour + 1) * _HOUR - 1
            ends = encode([_moment(first, world), _moment(last, world)], types.DATETIME, world)
            ahead, after = (np.array([first, last]) - ends.values).tolist()
            self._hours[hour] = ahead if ends.odd is None and ahead == after else None
        return self._hours[hour]

    # ------------------------------------------------------------ relations

    def _related(self, written: TableRows, declared: Column, world: RowPlaces) -> tuple[ArrayColumn, Others] | None:
        names = self._names_of(declared.to, world)
        if names is None:
            return None
        pieces = _pieces(written, declared.name)
        if pieces and not declared.many:
            return _joined([(_rows_at(names.places(part), declared.to), {}) for part in _parts(pieces)])
        places = np.full(len(written), -1, np.int64)
        if declared.name in written.columns:
            if pieces is not None:
                texts, codes = coded(pieces)
                read = self._reader(declared)
                values: Sequence[object] = [*map(read, texts), None]
            else:
                cells = written.columns[declared.name]
                assert isinstance(cells, RelatedTexts)
                values, codes = cells.texts, np.array(cells.numbers, np.int64)
            if declared.many:
                return self._related_lists(values, codes, declared, names), {}
            found = names.places_of([value if isinstance(value, str) else "" for value in values])
            places = found[codes]
        elif declared.many:
            return self._related_lists([None], np.zeros(len(written), np.int64), declared, names), {}
        return _rows_at(places, declared.to), {}

    def _related_lists(self, values: Sequence[object], codes: Array, declared: Column, names: RowNames) -> ArrayColumn:
        """Lists of rows. values: Lists of the texts of rows, or nothing; codes: Which of them each row has."""
        lists = [[str(text) for text in value] if isinstance(value, list) else [] for value in values]
        places = names.places_of([text for texts in lists for text in texts])
        owners = np.repeat(np.arange(len(lists)), [len(texts) for texts in lists])[places >= 0]
        rows = ArrayColumn(RowOf(declared.to), places[places >= 0].astype(np.int32))
        return ArrayColumn(ListOf(rows.kind), codes, None, None, Lists(rows, owners, len(lists), True))

    def _names_of(self, table: str, world: RowPlaces) -> RowNames | None:
        """The rows of a table by their display texts; None where only the workbook tells."""
        if table not in self._names:
            self._names[table] = self._make_names(table, world)
        return self._names[table]

    def _make_names(self, table: str, world: RowPlaces) -> RowNames | None:
        display, written = self.formulas.doc.tables[table].display, self._rows.get(table)
        if display is None or not written:
            return names_of_values([], table, self.formulas)
        if display.computed or not isinstance(written, TableRows):
            return None
        kind = value_type(display)
        pieces = _pieces(written, display.name)
        if pieces is not None and kind == types.TEXT and not display.options:
            return names_in_arrays(pieces)
        if kind not in (types.TEXT, types.NUMBER, types.DATE, types.DATETIME, types.TIME, types.DURATION):
            return None
        made = self.column(table, display.name, world)
        assert made is not None
        values = decode(made[0], world)
        for place, value in made[1].items():
            values[place] = value
        return names_of_values(values, table, self.formulas)


def _pieces(written: TableRows, name: str) -> list[Any] | None:
    """The cells of a column as the arrays of a large file; None where there are none."""
    if written.arrays is None or name not in written.columns:
        return None
    from codaform.project.csv_arrays import CsvArrays

    assert isinstance(written.arrays, CsvArrays)
    return written.arrays.cells(name)


def _or_unset(value: object, declared: Column) -> object:
    """The value that a cell has after what was read is entered."""
    return unset(declared) if value is None or value is UNREADABLE or value == [] else value


def _moment(micros: int, world: RowPlaces) -> datetime:
    """The moment at which the doc's clock shows so many microseconds since 1970."""
    return (_EPOCH + timedelta(microseconds=int(micros))).replace(tzinfo=world.zone)


def _rows_at(places: Array, table: str) -> ArrayColumn:
    """References to the rows at places; blank for -1."""
    there = places >= 0
    return ArrayColumn(RowOf(table), np.maximum(places, 0).astype(np.int32), None if there.all() else there)


def _where(column: ArrayColumn) -> list[int]:
    return [] if column.odd is None else np.flatnonzero(column.odd).tolist()


def coded(pieces: Iterable[Any]) -> tuple[list[str], Array]:
    """The different texts of pieces, and by row which it is; the number behind the last for a blank."""
    import pyarrow as pa

    from codaform.project.csv_arrays import spelled

    found = pa.chunked_array([spelled(piece) for piece in pieces], pa.string()).combine_chunks().dictionary_encode()
    texts = found.dictionary.to_pylist()
    return texts, found.indices.fill_null(len(texts)).to_numpy()


def _texts(pieces: list[Any]) -> ArrayColumn:
    import pyarrow as pa
    import pyarrow.compute as pc

    from codaform.project.csv_arrays import spelled

    arrays = pa.chunked_array([spelled(piece) for piece in pieces], pa.string())
    values = arrays.to_numpy(zero_copy_only=False)
    valid = arrays.is_valid().to_numpy() if arrays.null_count else None
    return ArrayColumn(types.TEXT, values, valid, longest=pc.max(pc.utf8_length(arrays)).as_py() or 0)


def _parts(pieces: list[Any]) -> Iterator[Any]:
    """Pieces of a column that stay in the processor's cache."""
    from codaform.project.csv_arrays import Typed

    for piece in pieces:
        yield from piece.parts() if isinstance(piece, Typed) else (piece,)


def _joined(parts: list[tuple[ArrayColumn, Others]]) -> tuple[ArrayColumn, Others]:
    """Columns of one type, one behind the other."""
    columns = [column for column, _ in parts]
    if len(columns) == 1:
        return parts[0]
    first = columns[0]
    values = np.concatenate([column.values for column in columns])
    valid = odd = None
    if any(column.valid is not None for column in columns):
        valid = np.concatenate([column.present for column in columns])
    others: Others = {}
    start = 0
    for column, of_part in parts:
        others.update({start + place: value for place, value in of_part.items()})
        start += len(column)
    if others:
        odd = np.zeros(len(values), np.bool_)
        odd[list(others)] = True
    return ArrayColumn(first.kind, values, valid, odd), others
