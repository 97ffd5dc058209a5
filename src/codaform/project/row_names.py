"""The rows of a table by the texts that they are displayed as, for many texts at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from codaform.columns.column import Array
from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_text
from codaform.model.values import EvaluationError
from codaform.project.loading import as_displayed

_NUMBERS_A_ROW = 8
"""A table by numbers has at most so many entries for each row."""


class RowNames(ABC):
    """Finds rows by texts: of several with the same text, the first."""

    @abstractmethod
    def places(self, piece: Any) -> Array:
        """The places of the rows that cells name; -1 for none. piece: As `csv_arrays` has them."""

    @abstractmethod
    def places_of(self, texts: Sequence[str]) -> Array:
        """The places of the rows with some texts; -1 for none, and for an empty text."""


class _Values(RowNames):
    """Rows by the texts of their values."""

    def __init__(self, known: dict[str, int], table: str, formulas: Workbook) -> None:
        self._known = known
        self._table = table
        self._formulas = formulas

    def places(self, piece: Any) -> Array:
        from codaform.project.csv_arrays import spelled

        found = spelled(piece).dictionary_encode()
        places = np.append(self.places_of(found.dictionary.to_pylist()), -1)
        which = found.indices.fill_null(len(places) - 1).to_numpy()
        return np.asarray(places[which])

    def places_of(self, texts: Sequence[str]) -> Array:
        return np.array([self._place(text) for text in texts], np.int64)

    def _place(self, text: str) -> int:
        place = self._known.get(text)
        if place is None and text:
            place = self._known.get(as_displayed(self._formulas, self._table, text))
        return -1 if place is None else place


class _Texts(RowNames):
    """Rows by texts in Arrow."""

    def __init__(self, pieces: list[Any]) -> None:
        import pyarrow as pa

        from codaform.project.csv_arrays import spelled

        self._known = pa.chunked_array([spelled(piece) for piece in pieces], pa.string())

    def places(self, piece: Any) -> Array:
        import pyarrow.compute as pc

        from codaform.project.csv_arrays import spelled

        found = pc.index_in(spelled(piece), value_set=self._known, skip_nulls=True)
        return np.asarray(found.fill_null(-1).to_numpy(), np.int64)

    def places_of(self, texts: Sequence[str]) -> Array:
        import pyarrow as pa

        return self.places(pa.array([text or None for text in texts], pa.string()))


class _Numbers(RowNames):
    """Rows by texts that are all whole numbers: a table says the place of each number."""

    def __init__(self, pieces: list[Any], most: int) -> None:
        self._texts: _Texts | None = None
        self._pieces = pieces
        self._places = np.full(most + 2, -1, np.int64)
        end = sum(map(len, pieces))
        parts = [part for piece in pieces for part in piece.parts()]
        for piece in reversed(parts):  # the first row with a number is written last
            start = end - len(piece)
            numbers, places = piece.values[::-1], np.arange(start, end)[::-1]
            if piece.valid is not None:
                there = piece.valid[::-1]
                numbers, places = numbers[there], places[there]
            self._places[numbers] = places
            end = start

    def places(self, piece: Any) -> Array:
        from codaform.project.csv_arrays import Typed

        if isinstance(piece, Typed):
            last = len(self._places) - 1
            numbers = np.minimum(piece.values, last)
            return self._places[numbers if piece.valid is None else np.where(piece.valid, numbers, last)]
        return self._by_text().places(piece)

    def places_of(self, texts: Sequence[str]) -> Array:
        return self._by_text().places_of(texts)

    def _by_text(self) -> _Texts:
        if self._texts is None:
            self._texts = _Texts(self._pieces)
        return self._texts


def names_in_arrays(pieces: list[Any]) -> RowNames:
    """The rows of a table by a column of texts as `csv_arrays` has it, of at least one row."""
    from codaform.project.csv_arrays import Typed

    if not all(isinstance(piece, Typed) for piece in pieces):
        return _Texts(pieces)
    most = max(int(piece.values.max(initial=0)) for piece in pieces)
    rows = sum(len(piece) for piece in pieces)
    return _Numbers(pieces, most) if most <= _NUMBERS_A_ROW * rows else _Texts(pieces)


def names_of_values(values: Iterable[object], table: str, formulas: Workbook) -> RowNames:
    """The rows of a table by the values of its display column, which are not rows themselves.

    formulas: The workbook of the doc, without rows.
    """
    known: dict[str, int] = {}
    for place, value in enumerate(values):
        try:
            text = to_text(value, formulas)
        except EvaluationError:
            continue
        if text is not None:
            known.setdefault(text, place)
    return _Values(known, table, formulas)
