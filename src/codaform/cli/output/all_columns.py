"""Writes the values of computed columns, as an engine computes them."""

from __future__ import annotations

import csv
import io
from typing import Any

from codaform.cli.output.values import csv_cell, json_value
from codaform.cli.terminal import put, put_json, say
from codaform.model.schema import Doc
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode
from codaform.source import position

ENGINES = ("rows", "columns", "duckdb")


def computed_columns(doc: Doc) -> list[GraphNode]:
    """All columns whose cells are computed, in the doc's order."""
    return [
        GraphNode("cells", table.name, column.name)
        for table in doc.tables.values()
        for column in table.columns.values()
        if column.computed
    ]


def column_values(session: Session, engine: str, nodes: list[GraphNode]) -> dict[GraphNode, list[Any]]:
    """The values of columns. What an engine leaves to the row-wise engine is said on stderr."""
    book = session.book
    if engine == "rows":
        return {node: book.values(node.table, node.name) for node in nodes}
    from codaform.extras import require

    if engine == "columns":
        require("columns")
        from codaform.columns.computing import ColumnBook

        columns = ColumnBook(book)
        return {node: columns.values(node.table, node.name) for node in nodes}
    require("duckdb")
    from codaform.sql.duckdb_engine import compute

    found = compute(book, session.needs, nodes)
    for left in found.left:
        name = f"{left.node.table}.{left.node.name}" if left.node.table else left.node.name
        place = ""
        if left.source is not None and left.source.name:
            at = position(left.source, left.span.start)
            place = f"{left.source.name}:{at.line}:{at.column}: "
        say(f"{place}{left.why}; the engine rows computes {name}")
    for node, count in found.flagged.items():
        cells = "cell" if count == 1 else "cells"
        say(f"{node.table}.{node.name}: the engine rows computes {count} {cells}, where SQL would differ or fail")
    return {node: found.values[node] for node in nodes}


def put_columns(session: Session, engine: str, format_: str) -> None:
    """Write the values of all computed columns.

    In JSON, each table has its columns, and each column its values in the order of rows; in CSV, a line has a table, a
    column, the number of a row from 1 on, and a value.
    """
    values = column_values(session, engine, computed_columns(session.project.doc))
    if format_ == "json":
        found: dict[str, dict[str, list[object]]] = {}
        for node, cells in values.items():
            found.setdefault(node.table, {})[node.name] = [json_value(value, session.book) for value in cells]
        put_json(found)
        return
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("table", "column", "row", "value"))
    for node, cells in values.items():
        for number, value in enumerate(cells, start=1):
            names = (csv_cell(node.table, session.book), csv_cell(node.name, session.book))
            writer.writerow((*names, number, csv_cell(value, session.book)))
    put(file.getvalue().removesuffix("\n"))
