"""Shared by tests of the mirror: a database of their own, and a folder whose commands run in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from codaform.cli.program import program
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.wire.ids import new as new_id
from codaform.deploy.applying.deployment import Target
from codaform.deploy.lock import LockEntry, read_lock, write_lock
from codaform.deploy.remote.schema import remote_schema
from codaform.testing import RunningCoda, local_coda_for
from deploying import ENVIRONMENT, target_of
from postgres_server import server
from projects import replace, write

FOUNDER_HQ = Path(__file__).parents[1] / "formulas"


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, to which CODAFORM_POSTGRES leads until the test ends."""
    uri = server()
    import psycopg
    from psycopg.conninfo import make_conninfo

    name = f"mirror_{secrets.token_hex(6)}"
    with psycopg.connect(uri, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    own = make_conninfo(uri, dbname=name)
    monkeypatch.setenv("CODAFORM_POSTGRES", own)
    try:
        yield own
    finally:
        with psycopg.connect(uri, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def ask(database: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a query gives; what it writes stays. It is somebody else's: codaform's guards are awake."""
    import psycopg

    with psycopg.connect(database) as connection:
        found = connection.execute(query, values or None)
        return list(found.fetchall()) if found.description else []


def enter(database: str, *statements: str) -> None:
    """Write as codaform does, past its guards."""
    import psycopg

    # A commit that fails would leave the connection of a `with` open.
    with closing(psycopg.connect(database)) as connection, connection.transaction():
        connection.execute("SELECT set_config('codaform.mirror', 'on', true)")
        for statement in statements:
            connection.execute(statement.encode())


def mirror(*words: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it wrote to stdout and stderr."""
    found = CliRunner().invoke(program, ["mirror", *words], prog_name="codaform")
    return found.exit_code, found.stdout, found.stderr


def done(*words: str) -> str:
    """What a command that has to succeed wrote to stderr."""
    code, _, said = mirror(*words)
    assert code == 0, said
    return said


# ------------------------------------------------------------ with a local Coda beside it

JOBS = """\
table: jobs
columns:
  - {name: name, type: text, key: true, display: true}
  - {name: hours, type: number}
  - {name: due, type: date}
  - {name: at, type: datetime}
  - {name: rest, type: duration}
  - {name: state, type: select, options: [new, old]}
  - {name: done, type: checkbox}
  - {name: who, type: person}
  - {name: before, type: relation, to: jobs}
  - {name: first, type: relation, to: runs}
  - {name: all, type: relation, to: runs, many: true}
  - {name: runs, type: relation, to: runs, reverse: job}
  - {name: spent, type: number, formula: thisRow.runs.hours.Sum()}
  - {name: made, type: created_on}
"""

RUNS = """\
table: runs
columns:
  - {name: run, type: text, key: true, display: true, owner: mirror}
  - {name: job, type: relation, to: jobs, owner: mirror}
  - {name: hours, type: number, owner: mirror}
  - {name: at, type: datetime, owner: mirror}
  - {name: helps, type: relation, to: jobs, many: true, owner: mirror}
  - {name: who, type: person, owner: mirror}
  - {name: note, type: text}
"""

MARKS = """\
table: marks
columns:
  - {name: text, type: text, owner: mirror}
  - {name: run, type: relation, to: runs, owner: mirror}
"""

FILES = {
    "jobs/table.yml": JOBS,
    "runs/table.yml": RUNS,
    "marks/table.yml": MARKS,
    "jobs/rows.csv": "name,hours,due,at,rest,state,done,before,first,all\n"
    "cook,1.5,2025-12-01,2025-12-01T09:30,90 min,new,true,wash,R1,R1;R2\n"
    "wash,,,,,,,,,\n",
    "runs/rows.csv": "run,job,hours,at,note\nR1,cook,2,2025-12-01T10:00,fine\nR2,cook,3,,\n",
}


@dataclass
class Both:
    """A mirror and the local Coda beside it. target: The doc there. folder: Of the project."""

    coda: RunningCoda
    target: Target
    folder: Path
    database: str

    def table(self, name: str) -> str:
        """The id of a table in Coda."""
        return read_lock(self.folder)[ENVIRONMENT].ids.tables[name]

    def column(self, table: str, name: str) -> str:
        """The id of a column in Coda."""
        return read_lock(self.folder)[ENVIRONMENT].ids.columns[table, name]

    def row(self, table: str, name: str) -> str:
        """The id of the row that Coda displays as a text."""
        return next(str(row["id"]) for row in self.rows(table) if row["name"] == name)

    def rows(self, table: str) -> list[Any]:
        """The rows in Coda."""
        return list(self.target.rest.rows(self.target.doc, self.table(table), form="simpleWithArrays"))

    def values(self, table: str) -> dict[str, dict[str, Any]]:
        """The cells in Coda, by the texts of rows and the names of columns."""
        names = {id: name for name, id in read_lock(self.folder)[ENVIRONMENT].ids.columns_of(table).items()}
        return {row["name"]: {names[id]: value for id, value in row["values"].items()} for row in self.rows(table)}

    def edit(self, table: str, row: str, **cells: Any) -> None:
        """Change cells in Coda. row: The text that it is displayed as."""
        written: list[Any] = [{"column": self.column(table, name), "value": value} for name, value in cells.items()]
        self.target.rest.update_row(self.target.doc, self.table(table), self.row(table, row), written)
        self.coda.finish()

    def add(self, table: str, **cells: Any) -> None:
        """Add a row in Coda."""
        written: list[Any] = [{"column": self.column(table, name), "value": value} for name, value in cells.items()]
        self.target.rest.upsert_rows(self.target.doc, self.table(table), [{"cells": written}], ids=[new_id("row")])
        self.coda.finish()

    def delete(self, table: str, *rows: str) -> None:
        """Delete rows in Coda."""
        self.target.rest.delete_rows(self.target.doc, self.table(table), [self.row(table, row) for row in rows])
        self.coda.finish()

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query of somebody else gives."""
        return ask(self.database, query, *values)


def run(*words: str) -> tuple[int, str, str]:
    """A command of the mirror, with the doc of the environment."""
    return mirror(*words, "--to", ENVIRONMENT)


def ran(*words: str) -> tuple[str, str]:
    """What a command that has to succeed wrote to stdout and stderr."""
    code, shown, said = run(*words)
    assert code == 0, said
    return shown, said


@contextmanager
def both_with(files: Mapping[str, str], folder: Path, database: str, patch: pytest.MonkeyPatch) -> Iterator[Both]:
    """A local Coda with a project and its rows, and an empty mirror beside it; the folder is the current one."""
    write(folder, files)
    with local_coda_for(folder) as coda, target_of(coda) as target:
        coda.set_clock(None)
        join(folder, target, coda.url, (coda.token, coda.mcp_token), patch)
        yield Both(coda, target, folder, database)


def join(folder: Path, target: Target, url: str, tokens: tuple[str, str], patch: pytest.MonkeyPatch) -> None:
    """Make a doc with a folder's tables its environment, and an empty mirror; the folder is the current one.

    tokens: For REST and MCP.
    """
    ids = remote_schema(fetch_snapshot(target.rest, None, target.doc)).ids
    write_lock(folder, {ENVIRONMENT: LockEntry(ids)})
    place = f"environments: {{{ENVIRONMENT}: {{doc: {target.doc}, host: '{url}'}}}}\nclock:"
    replace(folder / "doc.yml", "clock:", place)
    for name, token in zip(("CODA_API_TOKEN", "CODA_MCP_TOKEN"), tokens, strict=True):
        patch.setenv(name, token)
    patch.chdir(folder)
    ran("init", "--apply")


@pytest.fixture
def both(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Jobs and their runs in a local Coda, and an empty mirror beside it."""
    with both_with(FILES, tmp_path, database, monkeypatch) as found:
        yield found
