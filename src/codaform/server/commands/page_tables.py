"""Tables that were written into a page's text: Coda makes tables of the doc of them, and so it is here.

It was seen once in the real service and is documented nowhere: `Table 1`, `Table 2` …, and all columns hold text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from codaform.coda.page.lines import Grid
from codaform.coda.wire import ids
from codaform.model.schema import Column
from codaform.server.doc.finding import every_view
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, RowRecord, TableRecord


def add(doc: LocalDoc, page: str, grids: Sequence[Grid]) -> None:
    """Add tables to a doc, behind those that it has. Their ids follow from the doc and its version.

    page: The id of the page that they stand on.
    """
    for place, grid in enumerate(grids):
        seed = (doc.record.id, page, str(doc.record.version), str(place))
        table = TableRecord(ids.stable("table", *seed), _name(doc), page, doc.now, doc.now)
        table.columns = [
            ColumnRecord(ids.stable("column", *seed, str(number)), Column(name, "text"))
            for number, name in enumerate(_apart(grid.columns))
        ]
        doc.record.tables.append(table)
        doc.rows[table.id] = {
            number: RowRecord(
                ids.stable("row", *seed, str(number)),
                number,
                doc.now,
                doc.now,
                {column.id: text for column, text in zip(table.columns, cells, strict=True) if text},
                version=doc.record.version,
            )
            for number, cells in enumerate(grid.rows, 1)
        }
        doc.touched.update((table.id, number) for number in doc.rows[table.id])
    if grids:
        doc.rebuild()


def _name(doc: LocalDoc) -> str:
    record = doc.record
    taken = {table.name.casefold() for table in record.tables}
    taken |= {view.view.name.casefold() for _, view in every_view(record)}
    taken |= {named.formula.name.casefold() for named in record.formulas}
    taken |= {control.name.casefold() for control in record.controls}
    return next(name for name in (f"Table {number}" for number in count(1)) if name.casefold() not in taken)


def _apart(names: Sequence[str]) -> Iterator[str]:
    """The names, each in letters that none before it has: a second `Name` is `Name 2`."""
    taken: set[str] = set()
    for name in names:
        apart = name
        for number in count(2):
            if apart.casefold() not in taken:
                break
            apart = f"{name} {number}"
        taken.add(apart.casefold())
        yield apart
