"""What every handler of the page needs: the docs, the sidebar, the templates, and the few ways to answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from codaform.markup.values import value_html
from codaform.model.moment import moment_text
from codaform.model.schema import formula_column
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc, named_value
from codaform.server.doc.records import ColumnRecord, Json, PageRecord, RowRecord, TableRecord, ViewRecord
from codaform.server.page.values import doc_address, icon, look, owner_address, unlinked
from codaform.server.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the sidebar. kind: The name of its icon. value: The value of a formula as HTML."""

    kind: str
    name: str
    address: str
    level: int
    value: str = ""


def _entries(doc: LocalDoc) -> list[_Entry]:
    """The sidebar from top to bottom. A page with only a table is that table."""
    found = [_Entry("doc", doc.record.name, doc_address(doc), 0)]
    placed: set[str] = set()
    front = next(iter(doc.record.pages), None)
    known = {page.id for page in doc.record.pages}

    def tables(page: str, level: int) -> None:
        for table in doc.record.tables:
            if table.page == page and table.id not in placed:
                placed.add(table.id)
                found.append(_Entry("table", table.name, owner_address(doc, table.id), level))
                found.extend(
                    _Entry("view", view.view.name, owner_address(doc, view.id), level + 1) for view in table.views
                )

    def below(pages: Sequence[PageRecord], level: int) -> None:
        for page in pages:
            inner = [other for other in doc.record.pages if other.parent == page.id and other is not page]
            own = [table.name for table in doc.record.tables if table.page == page.id]
            plain = own == [page.name] and not page.lines and not inner
            is_front = page is front and not page.lines and page.name == doc.record.name
            if not plain and not is_front:
                found.append(_Entry("page", page.name, f"{doc_address(doc)}/p/{page.id}", level))
            deeper = level if plain or is_front else level + 1
            tables(page.id, deeper)
            if level < 8:
                below(inner, deeper)

    below([page for page in doc.record.pages if page.parent not in known], 0)
    for table in doc.record.tables:
        tables(table.page, 0)
    return found


def _formulas(doc: LocalDoc) -> list[_Entry]:
    """The named formulas with their values, which lead nowhere: each entry is a link to its formula."""
    return [
        _Entry(
            "formula",
            named.formula.name,
            f"{doc_address(doc)}/f/{named.id}",
            0,
            unlinked(value_html(look(doc), named_value(doc, named.formula.name), formula_column(named.formula))),
        )
        for named in doc.record.formulas
    ]


_MOST_BYTES = 2_000_000
"""The largest size of a request."""

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PageContext:
    """The docs and the templates.

    removed: The rows that were deleted on the page, as the command that restores them takes them, by doc and id.
    """

    workspace: Workspace
    templates: Environment
    removed: dict[tuple[str, str], Json] = field(default_factory=dict)

    # ------------------------------------------------------------ things by the ids of an address

    def doc(self, id: str) -> LocalDoc:
        """A doc with every write so far. Raises HTTPException (404)."""
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
            "entries": _entries(doc),
            "formulas": _formulas(doc),
            "here": request.url.path,
            "doc_clock": self.clock(doc),
            **facts,
        }
        return self.html(template, frame)

    def clock(self, doc: LocalDoc | None) -> dict[str, str | bool]:
        """The time of the clock, in words and for its control, and whether it stands still."""
        now = self.workspace.now if doc is None else doc.book.now
        return {
            "words": moment_text(now, "ddd D MMM YYYY, H:mm"),
            "iso": now.strftime("%Y-%m-%dT%H:%M").rjust(16, "0"),
            "zone": "UTC" if doc is None else doc.record.time_zone,
            "still": self.workspace.clock is not None,
        }


def page_context(workspace: Workspace) -> PageContext:
    """The context of the pages of these docs."""
    environment = Environment(
        loader=PackageLoader("codaform.server.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(icon=icon, doc_address=doc_address, owner_address=owner_address)
    environment.filters["zip"] = zip
    return PageContext(workspace, environment)


def answer(data: Mapping[str, object], status: int = 200) -> Response:
    """JSON for the page's own scripts."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status, media_type="application/json")


async def sent(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises HTTPException (400, 413)."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, "That is too much at once.")
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise HTTPException(400, "The page sent no JSON.") from None
    if not isinstance(data, dict):
        raise HTTPException(400, "The page sent no JSON object.")
    return data


def text_of(data: Mapping[str, Any], name: str) -> str:
    """A text of a request, by default an empty one, without control characters. Raises HTTPException (400)."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise HTTPException(400, f"{name} is no text.")
    return _UNSEEN.sub("", value)


def number_of(request: Request, name: str) -> int:
    """A whole number in an address; 0 for anything else."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _no_number(text: str) -> object:
    raise ValueError(text)
