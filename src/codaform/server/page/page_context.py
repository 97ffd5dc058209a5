"""What every handler of the page needs: the docs, the templates, and the few ways to answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from codaform.markup.values import shown
from codaform.model.moment import moment_text
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, RowRecord, TableRecord, ViewRecord
from codaform.server.page import addresses
from codaform.server.page.icons import icon
from codaform.server.page.navigation import entries, formulas
from codaform.server.page.values import look
from codaform.server.workspace import Workspace

MOST_BYTES = 2_000_000
"""How large what a page sends may be."""

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Desk:
    """The docs and the templates."""

    workspace: Workspace
    templates: Environment

    # ------------------------------------------------------------ things by the ids of an address

    def doc(self, id: str) -> LocalDoc:
        """A doc as it is. Raises HTTPException (404)."""
        if id not in self.workspace:
            raise HTTPException(404, "There is no such doc.")
        return self.workspace.live(id)

    def owner(self, doc: LocalDoc, id: str) -> tuple[TableRecord, ViewRecord | None]:
        """A table, or a view with its table, by id or name. Raises HTTPException (404)."""
        table = finding.table(doc.record, id)
        if table is not None:
            return table, None
        found = finding.view(doc.record, id)
        if found is None:
            raise HTTPException(404, "There is no such table.")
        return found

    def row(self, doc: LocalDoc, table: TableRecord, id: str) -> RowRecord:
        """A row by its id. Raises HTTPException (404)."""
        found = doc.row_by_id(id, table.name)
        if found is None:
            raise HTTPException(404, "There is no such row; it may have been deleted.")
        return doc.rows[table.id][found.id]

    def column(self, table: TableRecord, id: str) -> ColumnRecord:
        """A column by its id. Raises HTTPException (404)."""
        found = next((column for column in table.columns if column.id == id), None)
        if found is None:
            raise HTTPException(404, "There is no such column.")
        return found

    # ------------------------------------------------------------ answers

    def html(self, template: str, facts: Mapping[str, Any], status: int = 200) -> Response:
        """A template with its facts."""
        text = self.templates.get_template(template).render(clock=self.clock(None), **facts)
        return HTMLResponse(text.encode("utf-8", "replace"), status, headers={"Cache-Control": "no-store"})

    def page(self, template: str, doc: LocalDoc, request: Request, facts: Mapping[str, Any]) -> Response:
        """A whole page of a doc."""
        frame = {
            "doc": doc,
            "entries": entries(doc),
            "formulas": formulas(doc),
            "here": request.url.path,
            "doc_clock": self.clock(doc),
            **facts,
        }
        return self.html(template, frame)

    def clock(self, doc: LocalDoc | None) -> dict[str, str | bool]:
        """What the clock shows: in words, as a control has it, and whether it was set by hand."""
        now = self.workspace.now if doc is None else doc.book.now
        return {
            "words": moment_text(now, "ddd D MMM YYYY, H:mm"),
            "iso": now.strftime("%Y-%m-%dT%H:%M").rjust(16, "0"),
            "zone": "UTC" if doc is None else doc.record.time_zone,
            "still": self.workspace.clock is not None,
        }


def desk(workspace: Workspace) -> Desk:
    """A desk for these docs."""
    environment = Environment(
        loader=PackageLoader("codaform.server.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(icon=icon, at=addresses, look=look, shown=shown)
    environment.filters["zip"] = zip
    return Desk(workspace, environment)


def answer(data: Mapping[str, object], status: int = 200) -> Response:
    """JSON for the page's own scripts."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status, media_type="application/json")


async def sent(request: Request) -> dict[str, Any]:
    """The JSON object that a page sent; a letter that no text can hold is dropped. Raises HTTPException (400, 413)."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "That is too much at once.")
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise HTTPException(400, "The page sent no JSON.") from None
    if not isinstance(data, dict):
        raise HTTPException(400, "The page sent no JSON object.")
    return data


def text_of(data: Mapping[str, Any], name: str) -> str:
    """A text that was sent, or an empty one. Raises HTTPException (400) for what is no text."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise HTTPException(400, f"{name} is no text.")
    return _UNSEEN.sub("", value)


def whole_of(request: Request, name: str) -> int:
    """A whole number of an address; 0 for anything else."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _no_number(text: str) -> object:
    raise ValueError(text)
