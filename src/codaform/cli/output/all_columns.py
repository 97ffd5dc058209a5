"""Writes the values of computed columns, as an engine computes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

from codaform.cli.output.values import csv_cell, json_value
from codaform.cli.terminal import as_json, counted, put, say, tidy_end
from codaform.extras import require
from codaform.files import write_file
from codaform.project.computed import ComputedColumns, UnfilledBook, compute, computed_columns
from codaform.project.locate import CannotRead, base_of, reason
from codaform.project.session import Session
from codaform.project.table_files import check_output, file_names, write_tables
from codaform.semantics.dependencies import GraphNode
from codaform.sql.engine_error import EngineError


def computed_by(session: Session, engine: str | None, nodes: list[GraphNode]) -> ComputedColumns:
    """Compute columns. Notes on stderr say what the engine leaves to the row-wise engine.

    engine: None for the one that the size of the doc asks for. Raises MissingExtra and EngineError.
    """
    computed = compute(session.book_or_files, nodes, engine or "")
    for note in computed.notes:
        say(note)
    return computed


def say_left_to_rows(session: Session) -> None:
    """Write to stderr how much of the sample rows an engine left to the engine rows, if it did."""
    if session.engine != "rows" and (left := len(session.notes)):
        said = f"{session.engine} left parts of {counted(left, 'column')} to rows"
        say(f"{said}; codaform eval --all --engine {session.engine} --format json says which and why")


def put_columns(
    session: Session,
    engine: str | None,
    format_: str,
    output: Path | None,
    overwrite: bool,
    nodes: list[GraphNode] | None = None,
) -> None:
    """Write the values of computed columns to stdout, a file or, as Parquet, into a folder.

    In JSON, each table has its columns, and each column its values in the order of rows; in CSV, a line has a table, a
    column, the number of a row from 1 on, and a value. A named formula has no table and one value. Raises MissingExtra,
    EngineError and CannotRead.

    nodes: The columns, and named formulas, which have no table; all columns if left out.
    """
    if output is not None:
        check_output(output, format_ == "parquet", overwrite)
    if format_ == "parquet":
        require("parquet")
    every = computed_columns(session.project.doc) if nodes is None else nodes
    computed = computed_by(session, engine, [node for node in every if node.table])
    named = {node.name: session.book.named_value(node.name) for node in every if not node.table}
    if format_ == "parquet":
        assert output is not None
        for path in write_tables(computed, output, overwrite).values():
            put(path.as_posix())
        if lost := computed.count_errors():
            say(f"{counted(lost, 'cell')} with an error: null in Parquet; --format json says which and why")
        return
    text = (_json if format_ == "json" else _csv)(computed, named)
    if output is None:
        put(text)
    else:
        write_file(output, f"{text}\n", base_of(output))
        put(output.as_posix())


def put_files(
    session: Session,
    engine: Literal["duckdb", "spark"],
    inputs: Sequence[str],
    folder: Path,
    overwrite: bool,
    with_plans: bool = False,
) -> None:
    """Let an engine compute the tables of Parquet files, and write them into a folder.

    inputs: `TABLE=FILES`, or a folder with a file for each table, as `put_columns` writes them. with_plans: Write to
        stdout how the engine computed, too.
    Raises MissingExtra, EngineError and CannotRead; then nothing is written.
    """
    check_output(folder, True, overwrite)
    require(engine)
    from codaform.sql.whole_tables import TargetFolder

    doc, held = session.project.doc, session.book_or_files
    names = file_names(doc)
    files = _files_by_table(inputs, names)
    book = held.book if isinstance(held, UnfilledBook) else held
    target = TargetFolder(folder, base_of(folder), {name: names[name] for name in files})
    try:
        with tidy_end():
            found = import_module(f"codaform.sql.{engine}_files").compute_files(
                book, book.needs, computed_columns(doc), files, target
            )
    except ConnectionError as error:  # no file: Spark's Java ended between two of its answers
        from codaform.sql.spark_session import ENDED

        raise EngineError(ENDED) from error
    except OSError as error:
        raise CannotRead(f"{folder} cannot be written: {reason(error)}") from None
    for name, rows in found.rows.items():
        put(f"{(folder / names[name]).as_posix()}: {counted(rows, 'row')}")
    for plan in found.plans if with_plans else ():
        put(f"\n{plan.rstrip()}")
    for left in found.left:
        if left.node.table in files and left.source is not None:
            say(f"{left.node.table}.{left.node.name} is not written: {left.why}")
    for node, count in found.flagged.items():
        say(f"{node.table}.{node.name}: {counted(count, 'cell')} null, where SQL would differ or fail")
    for note in found.notes:
        say(note)


def _files_by_table(inputs: Sequence[str], names: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for given in inputs:
        name, sign, files = given.partition("=")
        if sign and name in names:
            found.setdefault(name, []).append(files)
        elif not sign and Path(given).is_dir():
            there = {table: [str(Path(given) / file)] for table, file in names.items() if (Path(given) / file).exists()}
            if not there:
                raise CannotRead(f"{given} has no file such as {next(iter(names.values()), 'TABLE.parquet')}")
            found |= there
        elif sign:
            raise CannotRead(f"there is no table {name}; the tables are {', '.join(names)}")
        else:
            raise CannotRead(f"{given} is no folder; name a table's files as TABLE={given}")
    return found


def _json(computed: ComputedColumns, named: Mapping[str, object]) -> str:
    found: dict[str, dict[str, list[object]]] = {}
    for node, cells in computed.columns.items():
        book = computed.texts_from(node)
        found.setdefault(node.table, {})[node.name] = [json_value(value, book) for value in cells]
    alone = {name: json_value(value, computed.book) for name, value in named.items()}
    return as_json(found | ({"": alone} if alone else {}))


def _csv(computed: ComputedColumns, named: Mapping[str, object]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("table", "column", "row", "value"))
    for node, cells in computed.columns.items():
        book = computed.texts_from(node)
        names = csv_cell(node.table, book), csv_cell(node.name, book)
        writer.writerows((*names, number, csv_cell(value, book)) for number, value in enumerate(cells, start=1))
    book = computed.book
    writer.writerows(("", csv_cell(name, book), "", csv_cell(value, book)) for name, value in named.items())
    return file.getvalue().removesuffix("\n")
