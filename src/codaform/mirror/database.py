"""The connection to PostgreSQL, from the environment alone, and its failures in one line."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from codaform.extras import require
from codaform.mirror.names import GUARD, text
from codaform.project.files import CannotRead

VARIABLE = "CODAFORM_POSTGRES"
"""The variable with what libpq connects to; without it, libpq's own variables say that: PGHOST, PGPASSWORD …"""

OLDEST = 14
"""The oldest PostgreSQL that a mirror runs on."""


@contextmanager
def connected(environment: Mapping[str, str] = os.environ) -> Iterator[Any]:
    """A connection of psycopg, until the block ends, in which codaform may write. What is not committed is undone.

    Raises CannotRead, in one line, for whatever PostgreSQL refuses within the block.
    """
    require("postgres")
    import psycopg

    # The driver warns of a connection that broke in lines of its own; ours says it.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    with _told():
        connection = psycopg.connect(_server(environment), application_name="codaform mirror", connect_timeout=15)
    try:
        version = connection.info.server_version // 10_000
        if version < OLDEST:
            raise CannotRead(f"the server is PostgreSQL {version}; the mirror needs {OLDEST} or newer")
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise CannotRead(f"the database keeps texts as {encoding}; the mirror needs one that keeps them as UTF8")
        with _told():
            connection.execute(f"SET TIME ZONE 'UTC'; SELECT set_config({text(GUARD)}, 'on', false)")
            connection.commit()
            yield connection
    finally:
        connection.close()


def _server(environment: Mapping[str, str]) -> str:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    server = environment.get(VARIABLE, "")
    try:
        conninfo_to_dict(server)
    except ProgrammingError:
        # The message would repeat the string, which may hold a password.
        raise CannotRead(
            f"{VARIABLE} is not what libpq connects to: postgresql://user@host/database, or host=… dbname=…"
        ) from None
    return server


@contextmanager
def _told() -> Iterator[None]:
    """Whatever PostgreSQL refuses within the block, as one line of our own."""
    import psycopg

    said = ""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as fault:
        said = f"the role of the connection may not do this: {first_line(fault)}"
    except psycopg.OperationalError as fault:
        said = f"{first_line(fault)}; {VARIABLE} or PGHOST, PGUSER, PGPASSWORD … say where the server is"
    except psycopg.Error as fault:
        said = first_line(fault)
    if said:
        # Outside of the handler, so that no traceback has the exception of the driver.
        raise CannotRead(f"PostgreSQL: {said}")


def first_line(fault: Any) -> str:
    """The first line of what the driver says, with what PostgreSQL adds to it."""
    detail = (fault.diag.message_detail or "").splitlines()[:1]
    return ": ".join([*(str(fault).strip().splitlines()[:1] or [type(fault).__name__]), *detail])


@contextmanager
def alone(connection: Any, schema: str) -> Iterator[None]:
    """Until the block ends, no other run of codaform writes this mirror. Raises CannotRead if one is at work."""
    key = f"codaform mirror {schema}"
    (mine,) = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,)).fetchone()
    connection.commit()
    if not mine:
        raise CannotRead(f"another run of codaform writes the schema {schema} at this moment")
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.rollback()
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))
            connection.commit()
