"""The page of the local Coda over Founder HQ, for tests with and without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from codaform.model.values import Person, Row
from codaform.project.session import Session
from codaform.server.access import Safety
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Rows, TableRecord
from codaform.server.page.routes import routes
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace
from projects import FORMULAS

HERE = "http://127.0.0.1"


def workspace(folder: Path = FORMULAS) -> Workspace:
    """A project with its sample rows, Founder HQ if left out; the clock stands at that of the project."""
    session = Session.open(folder)
    made = empty()
    made.clock = session.now
    made.add(*from_project(session.book, session.now))
    return made


def empty() -> Workspace:
    """A workspace without docs."""
    return Workspace(Store(), Person("Ada Ruiz", "ada@example.com"), Timing(delay=0))


def application(docs: Workspace) -> ASGIApp:
    """The page alone, with what keeps it safe."""
    return Safety(Starlette(routes=routes(docs)))


@dataclass(frozen=True, slots=True)
class Pages:
    """A doc's pages, asked without a browser."""

    docs: Workspace
    http: TestClient
    id: str

    @property
    def doc(self) -> LocalDoc:
        return self.docs.live(self.id)

    def table(self, name: str) -> TableRecord:
        found = finding.table(self.doc.record, name)
        assert found is not None, name
        return found

    def owner(self, name: str) -> str:
        """The address of a table or a view."""
        table = finding.table(self.doc.record, name)
        found = finding.view(self.doc.record, name)
        return f"/d/{self.id}/t/{table.id if table is not None else found[1].id if found else name}"

    def cell(self, table: str, row: str, column: str) -> dict[str, str]:
        """What names a cell in a request, by what it is called."""
        owner = self.table(table)
        record, own = self.doc.row(owner, row), finding.column(owner, column)
        assert record is not None, row
        assert own is not None, column
        return {"table": owner.id, "row": record.id, "column": own.id}

    def value(self, table: str, row: str, column: str) -> Any:
        record = self.doc.row(self.table(table), row)
        assert record is not None, row
        return self.doc.book.value(Row(table, record.number), column)

    def get(self, path: str, **asked: str) -> str:
        reply = self.http.get(path if path.startswith("/d/") else f"/d/{self.id}{path}", params=asked or None)
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
        return reply.text

    def post(self, path: str, data: object) -> dict[str, Any]:
        reply = self.http.post(f"/d/{self.id}{path}", json=data)
        assert reply.status_code == 200, (path, reply.status_code, reply.text)
        told: dict[str, Any] = reply.json()
        return told

    def change(self, table: str, row: str, column: str, value: object) -> dict[str, Any]:
        return self.post("/cells", {**self.cell(table, row, column), "value": value})


def pages(docs: Workspace, id: str = "") -> Pages:
    """The pages of a doc; of the only one by default."""
    return Pages(docs, TestClient(application(docs), base_url=HERE), id or docs.docs()[0].record.id)


def pages_of(record: DocRecord, rows: Rows) -> Pages:
    """The pages of a doc that is made of its records."""
    docs = empty()
    docs.add(record, rows)
    return pages(docs, record.id)
