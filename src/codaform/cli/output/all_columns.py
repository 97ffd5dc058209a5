"""Writes the values of computed columns, as an engine computes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from codaform.cli.output.values import csv_cell, json_value
from codaform.cli.terminal import counted, put, put_json, say
from codaform.project.computed import compute, computed_columns
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode


def column_values(session: Session, engine: str | None, nodes: list[GraphNode]) -> Mapping[GraphNode, list[Any]]:
    """The values of columns. What an engine leaves to the row-wise engine is said on stderr.

    engine: None for the one that the size of the doc asks for. Raises MissingExtra.
    """
    computed = compute(session.book, nodes, engine or "")
    for note in computed.notes:
        say(note)
    return computed.columns


def say_left_to_rows(session: Session) -> None:
    """Write to stderr how much of the sample rows an engine left to the engine rows, if it did."""
    if session.engine != "rows" and (left := len(session.notes)):
        said = f"{session.engine} left parts of {counted(left, 'column')} to rows"
        say(f"{said}; codaform eval --all --engine {session.engine} --format json says which and why")


def put_columns(session: Session, engine: str | None, format_: str) -> None:
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
