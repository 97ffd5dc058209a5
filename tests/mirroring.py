"""Shared by tests of the mirror: a database of their own, and a folder whose commands run in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from codaform.cli.program import program
from postgres_server import server

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
