"""Whether the real service answers as the facts about it say, where reading the doc for questions shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codaform.coda.door.failures import Refused
from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.coda.wire.json_data import Json
from codaform.conformance.questions import TABLE
from codaform.deploy.ids import Ids

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_FENCE = re.compile(r"```[^`\"]*```")


@dataclass(frozen=True, slots=True)
class Service:
    """What facts are looked at with: both APIs, the doc, and the ids in it."""

    rest: Rest
    tools: Tools
    doc: str
    ids: Ids

    @property
    def table(self) -> str:
        """The id of the table Tasks."""
        return self.ids.tables[TABLE]

    def get(self, path: str, **query: str) -> Mapping[str, Any]:
        """The reply to a read below the doc."""
        return self.rest.call("GET", f"/docs/{self.doc}{path}", query)

    def refusal(self, path: str, **query: str) -> tuple[int, str]:
        """The status and the words with which a read below the doc is refused; 200 where it is not."""
        try:
            self.get(path, **query)
        except Refused as refused:
            return refused.status, refused.message
        return 200, ""

    def first_row(self) -> Mapping[str, Any]:
        """The first row of Tasks in the rich form."""
        return next(self.rest.rows(self.doc, self.table))


# ------------------------------------------------------------ REST


def _moments(service: Service) -> str:
    things = [service.rest.doc(service.doc), service.rest.table(service.doc, service.table), service.first_row()]
    told = [str(thing[name]) for thing in things for name in ("createdAt", "updatedAt") if name in thing]
    return ", ".join(one for one in told if not _MOMENT.fullmatch(one))


def _links(service: Service) -> str:
    row, found = service.first_row(), []
    table = str(service.rest.table(service.doc, service.table).get("browserLink"))
    if not table.endswith(f"#_tu{service.table}"):
        found.append("the link of a table ends otherwise")
    if not str(row.get("browserLink")).endswith(f"#_tu{service.table}/_ru{row['id']}"):
        found.append("the link of a row ends otherwise")
    page = service.rest.pages(service.doc)[0]
    if not str(page.get("browserLink")).endswith(f"/_su{str(page['id'])[-6:]}"):
        found.append("the link of a page ends otherwise")
    return "; ".join(found)


def _resolved(service: Service) -> str:
    found = []
    things = [service.rest.table(service.doc, service.table), service.first_row(), *service.rest.pages(service.doc)[:1]]
    for thing in things:
        link = str(thing.get("browserLink"))
        for host in ("https://coda.io", "https://docs.superhuman.com"):
            address = re.sub(r"^https?://[^/]+", host, link)
            try:
                told = service.rest.call("GET", "/resolveBrowserLink", {"url": address})
            except Refused as refused:
                found.append(f"{thing.get('type')}, {host}: {refused.status} {refused.message}")
                continue
            resource = told.get("resource")
            if not isinstance(resource, dict) or resource.get("id") != thing.get("id"):
                found.append(f"{thing.get('type')}, {host}: another thing")
    return "; ".join(found)


def _subtitle(service: Service) -> str:
    pages = service.rest.pages(service.doc)
    told = [service.rest.page(service.doc, str(page["id"])) for page in pages[:1]]
    return "; ".join(
        f"subtitle is {page.get('subtitle')!r}" for page in told if not isinstance(page.get("subtitle"), str)
    )


def _doc_size(service: Service) -> str:
    size = service.rest.doc(service.doc).get("docSize")
    lacks = isinstance(size, dict) and not {"baseTableCount", "tableAndViewCount"} <= size.keys()
    return f"docSize has {', '.join(size)}" if isinstance(size, dict) and lacks else ""


def _unknown_value(service: Service) -> str:
    status, message = service.refusal(f"/tables/{service.table}/rows", valueFormat="bogus")
    return "" if status == 400 and message.startswith("Bad Request") else f"{status} {message}"


def _natural(service: Service) -> str:
    status, message = service.refusal(f"/tables/{service.table}/rows", sortBy="natural", visibleOnly="false")
    expected = "Natural sorting is only available for visible rows"
    return "" if status == 400 and message.startswith(expected) else f"{status} {message}"


def _not_found(service: Service) -> str:
    found = []
    for kind, path in (
        ("table", "/tables/grid-nothinghere"),
        ("row", f"/tables/{service.table}/rows/i-nothinghere"),
        ("column", f"/tables/{service.table}/columns/c-nothinghere"),
        ("page", "/pages/canvas-nothinghere"),
    ):
        status, message = service.refusal(path)
        if (status, message) != (404, f"Could not find a {kind} with the specified ID or name."):
            found.append(f"{kind}: {status} {message}")
    return "; ".join(found)


def _every_column(service: Service) -> str:
    columns = {str(one["id"]) for one in service.rest.columns(service.doc, service.table)}
    values = service.first_row().get("values")
    missing = len(columns - values.keys()) if isinstance(values, dict) else len(columns)
    return f"{missing} columns have no value in a row" if missing else ""


def _option(service: Service) -> str:
    values = service.first_row().get("values")
    told = values.get(service.ids.columns[TABLE, "Status"]) if isinstance(values, dict) else None
    return "" if isinstance(told, str) and _FENCE.fullmatch(told) else f"an option is {told!r}"


# ------------------------------------------------------------ MCP


def _outline(service: Service) -> str:
    told = service.tools.call("document_outline", {"uri": f"coda://docs/{service.doc}"})
    if not isinstance(told, dict) or "pagination" not in told or "permissions" not in told:
        return f"it has {', '.join(told) if isinstance(told, dict) else 'no members'}"
    pagination = told["pagination"]
    members = {"pageOffset", "pageLimit", "totalPages", "hasMore"}
    return "" if isinstance(pagination, dict) and members <= pagination.keys() else f"pagination is {pagination!r}"


def _cells(service: Service) -> Iterator[Mapping[str, Json]]:
    """The cells that the tool shows as objects."""
    uri = f"coda://docs/{service.doc}/tables/{service.table}"
    yield from _objects(service.tools.call("table_rows_read", {"uri": uri}))


def _objects(value: Json) -> Iterator[Mapping[str, Json]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _objects(one)


def _date_cell(service: Service) -> str:
    dates = [cell for cell in _cells(service) if cell.get("type") == "dt"]
    if not dates:
        return "no cell has the type dt"
    wrong = [one for one in dates if "epoch" not in one or not re.fullmatch(r"\d+/\d+/\d{4}", str(one.get("input")))]
    return f"a date is {', '.join(map(str, wrong[0]))}, with the input {wrong[0].get('input')!r}" if wrong else ""


def _content(service: Service) -> str:
    page: Any = service.tools.call("document_outline", {"uri": f"coda://docs/{service.doc}"})
    uri = f"coda://docs/{service.doc}/{page['pages'][0]['pageUri']}"
    kinds: list[Json] = ["markdown", "tables", "formulas", "controls", "comments"]
    told = service.tools.call("content_read", {"uri": uri, "contentTypesToInclude": kinds})
    members = {"canvasUri", "pageUri", "content", "tables", "formulas", "controls", "commentThreads"}
    return "" if isinstance(told, dict) and told.keys() == members else f"it has {', '.join(told or ())}"  # type: ignore[arg-type]


def _formatted(service: Service) -> str:
    formula = f'Concatenate("a", {TABLE}.First())'
    told = service.tools.call("formula_execute", {"uri": f"coda://docs/{service.doc}", "formula": formula})
    value = told.get("value") if isinstance(told, dict) else told
    looks = isinstance(value, dict) and value.get("type") == "slate" and "root" in value
    return "" if looks else f"a text with a chip is {value!r}"


READS: Mapping[int, Callable[[Service], str]] = {
    1: _moments,
    2: _links,
    3: _resolved,
    4: _subtitle,
    5: _doc_size,
    6: _unknown_value,
    7: _natural,
    8: _not_found,
    12: _every_column,
    19: _option,
    30: _outline,
    31: _content,
    32: _date_cell,
    35: _formatted,
}
"""The looks that read, by the fact's number: each gives what it saw, or nothing if the fact holds."""
