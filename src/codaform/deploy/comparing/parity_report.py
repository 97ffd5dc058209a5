"""The report of comparing a doc with codaform's library, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from codaform.deploy.comparing.parity import Compared, ComparedCell, ComparedPart, Executed, Parity
from codaform.deploy.comparing.suspects import Suspect, is_called, suspects

_MOST_PARTS = 3


def suspected(found: Parity | None, executed: tuple[Executed, ...] = ()) -> tuple[Suspect, ...]:
    """The functions that may be wrong, most suspicious first.

    executed: Expressions that Coda computed; they count like columns.
    """
    columns = found.columns if found is not None else ()
    differing = [column.functions for column in columns if column.differ]
    agreeing = [column.functions for column in columns if column.agree and not column.differ]
    differing += [one.functions for one in executed if not one.agrees]
    agreeing += [one.functions for one in executed if one.agrees]
    return suspects(differing, agreeing)


def lines(found: Parity | None, executed: tuple[Executed, ...] = ()) -> list[str]:
    """A report, a line each: what differs first, what could not be compared, what is in doubt."""
    blamed = suspected(found, executed)
    told: list[str] = []
    for column in found.columns if found is not None else ():
        if column.differ:
            told += _column(column, blamed)
    for one in executed:
        if not one.agrees:
            told.append(f"{one.text}: here {one.ours}, in Coda {one.theirs}")
    told += _blamed(blamed)
    if found is None:
        return told
    told += [
        f"not compared: {column.table}.{column.column}: {column.skipped}" for column in found.columns if column.skipped
    ]
    told += [
        f"not compared: {column.unread} cells of {column.table}.{column.column}: the API has no values for them"
        for column in found.columns
        if column.unread and not column.skipped
    ]
    told += [
        f"in doubt: {column.table}.{column.column}: {doubt}" for column in found.columns for doubt in column.doubts
    ]
    return [*told, *(f"note: {note}" for note in found.notes)]


def _column(column: Compared, blamed: tuple[Suspect, ...]) -> Iterator[str]:
    total = column.agree + column.differ
    yield f"{column.table}.{column.column}: {column.differ} of {total} cells differ"
    for cell in column.cells:
        yield f"  {cell.row}: here {cell.ours}, in Coda {cell.theirs}"
        for part in _parts_told(cell, blamed):
            yield f"    {part.text} = {part.value}"


def _parts_told(cell: ComparedCell, blamed: tuple[Suspect, ...]) -> tuple[ComparedPart, ...]:
    """The parts of a cell's formula that the first suspect in it makes; without one, the first that it consists of."""
    for suspect in blamed:
        found = tuple(part for part in cell.parts if is_called(suspect.function, part.function))
        if found:
            return found[:_MOST_PARTS]
    return cell.parts[1 : 1 + _MOST_PARTS] or cell.parts[:1]


def _blamed(blamed: tuple[Suspect, ...]) -> Iterator[str]:
    for one in blamed[:_MOST_PARTS]:
        word = "formula that differs" if one.differing == 1 else "formulas that differ"
        other = f"{one.agreeing} that agree" if one.agreeing else "none that agrees"
        yield f"suspect: {one.function}: in {one.differing} {word}, in {other}"


def summary(found: Parity | None, executed: tuple[Executed, ...] = ()) -> str:
    """The outcome in one line."""
    said = []
    if found is not None:
        compared = [column for column in found.columns if not column.skipped]
        cells = sum(column.agree + column.differ for column in compared)
        clean = sum(not column.differ for column in compared)
        said.append(f"{clean} of {len(compared)} computed columns agree, {cells - found.differ} of {cells} cells")
        skipped = len(found.columns) - len(compared)
        said += [f"{skipped} not compared"] if skipped else []
    if executed:
        said.append(f"{sum(one.agrees for one in executed)} of {len(executed)} expressions agree")
    return "; ".join(said)


def as_data(found: Parity | None, executed: tuple[Executed, ...] = ()) -> dict[str, object]:
    """The same as JSON can say it.

    {"version": 1, "doc": "…", "read_at": "…", "notes": [],
     "columns": [{"column": "tasks.double", "agree": 3, "differ": 1, "unread": 0, "skipped": "", "doubts": [],
                  "cells": [{"row": "Plan", "ours": "4", "theirs": "5", "parts": [{"text": "…", "value": "4"}]}]}],
     "expressions": [{"text": "Round(2.5)", "agrees": true, "ours": "3", "theirs": "3"}],
     "suspects": [{"function": "Round", "differing": 1, "agreeing": 0}]}
    """
    blamed = suspected(found, executed)
    columns = [
        {
            "column": f"{column.table}.{column.column}",
            "agree": column.agree,
            "differ": column.differ,
            "unread": column.unread,
            "skipped": column.skipped,
            "doubts": list(column.doubts),
            "cells": [
                {
                    "row": cell.row,
                    "ours": cell.ours,
                    "theirs": cell.theirs,
                    "parts": [{"text": part.text, "value": part.value} for part in _parts_told(cell, blamed)],
                }
                for cell in column.cells
            ],
        }
        for column in (found.columns if found is not None else ())
    ]
    return {
        "version": 1,
        "doc": found.doc if found is not None else "",
        "read_at": found.read_at if found is not None else "",
        "notes": list(found.notes) if found is not None else [],
        "columns": columns,
        "expressions": [
            {"text": one.text, "agrees": one.agrees, "ours": one.ours, "theirs": one.theirs} for one in executed
        ],
        "suspects": [
            {"function": one.function, "differing": one.differing, "agreeing": one.agreeing} for one in blamed
        ],
    }
