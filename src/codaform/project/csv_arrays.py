"""A large `rows.csv` as arrays, cut into fields by pyarrow: a quarter of a second for a million rows.

Only a file of which the reader line by line has nothing to say is read so, and only texts that both read as the same
value become numbers here; the others stay texts, for the reader of cells.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from codaform.files import open_to_read
from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.project import table_rows
from codaform.project.files import CannotRead, control_fault, unreadable
from codaform.project.rows import csv_columns, other_separator
from codaform.project.table_rows import RowsFile, unnoticed
from codaform.source import NOWHERE, Source

_PART = 1 << 19
"""How many bytes are read at a time: so few that they stay in the processor's cache."""

_ROWS = 1 << 15

_NO_COLUMN = "\0"
"""A name that no column has: it is asked for where only the rows are counted."""

_WINDOW = 1 << 15
_LONGEST = 1 << 17
"""The reader line by line takes no field of more letters. Where each window has a line end, none is as long."""

_MOST_DIGITS = 18
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY = 86_400_000_000
_FIRST_MOMENT, _LAST_MOMENT = (_FIRST_DAY + 366) * _DAY, (_LAST_DAY - 366) * _DAY
"""Moments nearer to an end of the calendar may not exist in the doc's zone."""

Arrow = Any
"""An array of pyarrow."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Cells as numbers. valid: Where there is one; None for everywhere.

    Numbers are float64, dates int32 days since 1970, moments int64 microseconds as the clock shows them, and the texts
    of whole numbers int64.
    """

    values: np.ndarray[Any, Any]
    valid: np.ndarray[Any, Any] | None

    def __len__(self) -> int:
        return len(self.values)

    def parts(self) -> list[Typed]:
        """The same cells in parts that stay in the processor's cache, one behind the other."""
        return [
            Typed(self.values[at : at + _ROWS], None if self.valid is None else self.valid[at : at + _ROWS])
            for at in range(0, len(self), _ROWS)
        ]


Piece = Typed | Arrow
"""The cells of some rows: typed, or an array of texts with null for a blank."""


class CsvArrays:
    """The cells of a file, read column by column when they are asked for.

    names: Its columns. size: How many rows it has. state: Of the file as it was read.
    """

    def __init__(
        self,
        file: RowsFile,
        state: tuple[int, int],
        names: tuple[str, ...],
        size: int,
        pieces: dict[str, list[Piece]],
    ) -> None:
        self.state = state
        self.names = names
        self.size = size
        self._file = replace(file, on_rows=unnoticed)
        self._pieces = pieces

    def cells(self, name: str) -> list[Piece]:
        """The cells of one of the columns, those of some rows after the others. Raises CannotRead."""
        self.read((name,))
        return self._pieces[name]

    def read(self, names: Iterable[str]) -> None:
        """Read the named columns that are not read yet, in one pass. Raises CannotRead if the file has changed."""
        missing = {name for name in names if name in self.names and name not in self._pieces}
        if missing:
            found = read_csv_arrays(self._file, missing)
            if found is None or found.state != self.state:
                raise CannotRead(f"{self._file.name} was changed while it was read; start the command again")
            self._pieces.update(found._pieces)


class _NotPlain(Exception):
    """The reader line by line has, or may have, something to say of the file."""


def read_csv_arrays(file: RowsFile, wanted: Collection[str] = ()) -> CsvArrays | None:
    """The cells of a `rows.csv`; None for a file that has to be read line by line. wanted: The columns to read now."""
    if unreadable(file.path, file.name, file.root) is not None:
        return None
    try:
        with open_to_read(file.path) as handle:
            return _read(file, handle, wanted)
    except (_NotPlain, OSError, pa.ArrowException, UnicodeDecodeError, csv.Error):
        return None


def _read(file: RowsFile, handle: IO[bytes], wanted: Collection[str]) -> CsvArrays:
    state, names = file.state(), _header(file, handle)
    chosen = [name for name in names if name in wanted]
    cells = [_Cells(_taker(file.table.columns[name])) for name in chosen]
    count, parts = 0, state[1] // _PART + 1
    for batch in _batches(handle, names, chosen):
        for column, array in zip(cells, batch.columns, strict=False):
            column.add(array, parts)
        count += batch.num_rows
        if count > table_rows.MOST_ROWS:
            raise _NotPlain
        file.on_rows(count)
    made = {name: column.made() for name, column in zip(chosen, cells, strict=True)}
    return CsvArrays(file, state, tuple(names), count, made)


def _header(file: RowsFile, handle: IO[bytes]) -> list[str]:
    """The names of the columns, in the first line."""
    line = handle.readline(_WINDOW).removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    text = line.decode("utf-8")
    if not text.strip() or control_fault(text) or other_separator(Source(file.name, text), file.table) is not None:
        raise _NotPlain
    (names,) = csv.reader([text], strict=True)
    faults: list[Any] = []
    columns = csv_columns([(name, NOWHERE) for name in names], file.table, Source(file.name, ""), faults)
    if faults or text.count("\n") != 1:
        raise _NotPlain
    return [name for name in columns if name is not None]


def _batches(handle: IO[bytes], names: list[str], chosen: list[str]) -> Iterator[Arrow]:
    """The chosen columns of the rows behind the header, many rows at a time."""
    from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, open_csv

    texts = ConvertOptions(
        check_utf8=False,  # the file is checked while it is read
        column_types=dict.fromkeys(chosen, pa.string()),
        include_columns=chosen or [_NO_COLUMN],
        include_missing_columns=True,
        strings_can_be_null=True,
        null_values=[""],
        quoted_strings_can_be_null=True,
    )
    return iter(
        open_csv(
            pa.PythonFile(_CheckedFile(handle), "r"),
            read_options=ReadOptions(column_names=names, block_size=_PART),
            parse_options=ParseOptions(newlines_in_values=True),
            convert_options=texts,
            memory_pool=pa.system_memory_pool(),  # the others keep what they are given back
        )
    )


class _CheckedFile(io.RawIOBase):
    """The rest of a file; each piece is checked to be plain before it is given out. Raises _NotPlain.

    Plain is UTF-8 without control characters, with quotes only around whole fields, and with no very long field.
    """

    def __init__(self, handle: IO[bytes]) -> None:
        super().__init__()
        self._handle = handle
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._quotes = _Quotes()
        self._codes = np.empty(_PART + 1, np.uint8)
        self._found = np.empty(_PART + 1, np.bool_)

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, with line feeds as line ends."""
        data = self._handle.read(size if size > 0 else _PART)
        while data.endswith((b'"', b"\r")) and (more := self._handle.read(1)):  # what follows them matters
            data += more
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        self._check_text(data)
        if data:
            self._quotes.check(data)
            lines = (data.find(b"\n", at, at + _WINDOW) for at in range(0, len(data) - _WINDOW, _WINDOW))
            if any(at < 0 for at in lines):
                raise _NotPlain
        elif self._quotes.inside:
            raise _NotPlain
        return data

    def _check_text(self, data: bytes) -> None:
        """Look for control characters; in bytes that are no ASCII as the reader line by line does."""
        if data and data.isascii() and not self._decoder.getstate()[0]:
            if self._count_apart(data) != data.count(b"\t"):
                raise _NotPlain
        elif control_fault(self._decoder.decode(data, final=not data)):
            raise _NotPlain

    def _count_apart(self, data: bytes) -> int:
        """How many bytes are no visible sign, no space and no line end; in arrays that are there already."""
        size = len(data)
        if size > len(self._codes):
            self._codes, self._found = np.empty(size, np.uint8), np.empty(size, np.bool_)
        given, codes, found = np.frombuffer(data, np.uint8), self._codes[:size], self._found[:size]
        np.subtract(given, ord(" "), out=codes)
        apart = np.count_nonzero(np.greater(codes, ord("~") - ord(" "), out=found))
        return int(apart - np.count_nonzero(np.equal(given, ord("\n"), out=found)))


class _Quotes:
    """Whether quotes are around whole fields, and double within: else Python and pyarrow read other fields.

    inside: Whether the last part ended within quotes.
    """

    def __init__(self) -> None:
        self.inside = False
        self._before = ord("\n")
        self._read = 0
        self._start = 0

    def check(self, data: bytes) -> None:
        """Look at the next part, which ends with a quote only at the end of the file. Raises _NotPlain."""
        if b'"' in data:
            codes = np.frombuffer(b"".join((bytes((self._before,)), data, b"\n")), np.uint8)
            places = np.flatnonzero(codes == ord('"'))
            places = places[places > 0]  # the one before was looked at
            opens = (np.arange(len(places)) % 2 == 0) != self.inside
            outside = np.where(opens, codes[places - 1], codes[places + 1])
            if not np.isin(outside, np.frombuffer(b',\n"', np.uint8)).all():
                raise _NotPlain
            ends = places[outside != ord('"')] + self._read
            if self.inside:
                ends = np.concatenate(([self._start], ends))
            if len(ends) % 2:
                self._start = int(ends[-1])
            lengths = ends[1::2] - ends[: len(ends) // 2 * 2 : 2]
            if len(lengths) and int(lengths.max()) >= _LONGEST:
                raise _NotPlain
            self.inside = bool(len(ends) % 2)
        self._before = data[-1]
        self._read += len(data)


# ------------------------------------------------------------ typed cells


class _Cells:
    """Collects the cells of a column. typed: Converts texts into numbers, or returns None."""

    def __init__(self, typed: Callable[[Arrow], Typed | None]) -> None:
        self._typed = typed
        self._pieces: list[_Numbers | Arrow] = []

    def add(self, texts: Arrow, parts: int) -> None:
        """Take the cells of further rows. parts: About how many times the first ones are all of the file's."""
        typed = self._typed(texts)
        if typed is None:
            self._pieces.append(texts)
            return
        if not self._pieces or not isinstance(self._pieces[-1], _Numbers):
            room = len(typed) * parts * 11 // 10
            self._pieces.append(_Numbers(np.empty(room, typed.values.dtype)))
        self._pieces[-1].add(typed)

    def made(self) -> list[Piece]:
        """What was taken."""
        return [piece.made() if isinstance(piece, _Numbers) else piece for piece in self._pieces]


class _Numbers:
    """An array that is filled piece by piece. It allocates its memory once, and uses only the filled part."""

    def __init__(self, room: np.ndarray[Any, Any]) -> None:
        self._values = room
        self._valid: np.ndarray[Any, Any] | None = None
        self._size = 0

    def add(self, more: Typed) -> None:
        """Put cells behind the others."""
        end = self._size + len(more)
        if end > len(self._values):
            self._values = _longer(self._values, self._size, end)
            self._valid = None if self._valid is None else _longer(self._valid, self._size, end)
        self._values[self._size : end] = more.values
        if self._valid is None and more.valid is not None:
            self._valid = np.ones(len(self._values), np.bool_)
        if self._valid is not None:
            self._valid[self._size : end] = True if more.valid is None else more.valid
        self._size = end

    def made(self) -> Typed:
        """The cells."""
        return Typed(self._values[: self._size], None if self._valid is None else self._valid[: self._size])


def _longer(array: np.ndarray[Any, Any], size: int, least: int) -> np.ndarray[Any, Any]:
    made = np.empty(max(least, len(array) * 3 // 2), array.dtype)
    made[:size] = array[:size]
    return made


def _taker(column: Column) -> Callable[[Arrow], Typed | None]:
    """A function that converts the texts of a column into numbers, or returns None if one needs the reader of cells."""
    match value_type(column):
        case types.NUMBER:
            return _as_numbers
        case types.DATE:
            return _dates
        case types.DATETIME:
            return _moments
        case types.TEXT if not column.options:
            return _whole_numbers
        case types.RowOf():
            return _whole_numbers
    return lambda _: None


def _as_numbers(texts: Arrow) -> Typed | None:
    starts, letters = _letters(texts)
    if len(letters) and int((letters - np.uint8(ord("-"))).max()) > ord("9") - ord("-"):  # - . / and digits
        return None
    ends = starts[1:][np.diff(starts) > 0] - 1
    if (letters[ends - starts[0]] == ord(".")).any():
        return None  # 5. is no number
    made = _cast(texts, pa.float64(), np.float64)
    if made is None or not np.isfinite(made.values if made.valid is None else made.values[made.valid]).all():
        return None
    if made.valid is not None:
        made.values[~made.valid] = np.nan
    return made


def _dates(texts: Arrow) -> Typed | None:
    made = _cast(texts, pa.date32(), np.int32) if _are_long(texts, (10,)) else None
    return made if made is not None and _are_within(made, _FIRST_DAY, _LAST_DAY) else None


def _moments(texts: Arrow) -> Typed | None:
    made = _cast(texts, pa.timestamp("us"), np.int64) if _are_long(texts, (10, 16, 19)) else None
    return made if made is not None and _are_within(made, _FIRST_MOMENT, _LAST_MOMENT) else None


def _whole_numbers(texts: Arrow) -> Typed | None:
    """Texts that are whole numbers and nothing else: of one number there is only one such text."""
    starts, letters = _letters(texts)
    lengths = np.diff(starts)
    if len(letters) and (int((letters - np.uint8(ord("0"))).max()) > 9 or int(lengths.max()) > _MOST_DIGITS):
        return None
    first = letters[starts[:-1][lengths > 1] - starts[0]]
    return None if (first == ord("0")).any() else _cast(texts, pa.int64(), np.int64)


def _cast(texts: Arrow, kind: Arrow, dtype: Any) -> Typed | None:
    try:
        made = texts.cast(kind)
    except pa.ArrowInvalid:
        return None
    values = np.frombuffer(made.buffers()[1], dtype, len(made), made.offset * np.dtype(dtype).itemsize)
    if not made.null_count:
        return Typed(values, None)
    valid = there(made)
    return Typed(np.where(valid, values, np.zeros(1, dtype)), valid)


def there(array: Arrow) -> np.ndarray[Any, Any]:
    """Where an array of pyarrow has a value. pyarrow's own way may load pandas first, which takes long."""
    bits = array.buffers()[0]
    if bits is None:
        return np.ones(len(array), np.bool_)
    found = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little", count=array.offset + len(array))
    return found[array.offset :].view(np.bool_)


def _letters(texts: Arrow) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Where the bytes of each text start, with the end of the last one; and the bytes from the first on."""
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
    size = int(starts[-1] - starts[0])
    return starts, np.frombuffer(data, np.uint8, size, int(starts[0])) if size else np.zeros(0, np.uint8)


def _are_long(texts: Arrow, lengths: tuple[int, ...]) -> bool:
    """Whether the texts have one of some lengths each; blanks apart."""
    starts = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, texts.offset * 4)
    found = np.diff(starts)
    known = found == 0
    for length in lengths:
        known |= found == length
    return bool(known.all())


def _are_within(made: Typed, first: int, last: int) -> bool:
    return not len(made) or (int(made.values.min()) >= first and int(made.values.max()) <= last)


def spelled(piece: Piece) -> Arrow:
    """The texts of cells that are whole numbers, or texts."""
    if not isinstance(piece, Typed):
        return piece
    bits = None if piece.valid is None else pa.py_buffer(np.packbits(piece.valid, bitorder="little"))
    return pa.Array.from_buffers(pa.int64(), len(piece), [bits, pa.py_buffer(piece.values)]).cast(pa.string())
