"""The local Coda answers as the real service was seen to: a check for each fact, named by its number and certainty."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from codaform import testing
from codaform.coda.page.markdown import from_markdown, to_markdown
from codaform.server.access import Token
from codaform.server.facts import FACTS, SURENESS
from codaform.testing import RunningCoda
from projects import write
from tool_calls import Tools

PROJECT = {
    "doc.yml": "doc: Club\nuser: {name: Ada Ruiz, email: ada@example.com}\ntime_zone: Europe/Berlin\n",
    "members/table.yml": """\
table: members
columns:
  - {name: name, type: text, display: true}
  - {name: joined, type: date}
  - {name: rank, type: select, options: [Small, Large]}
  - {name: site, type: link}
  - {name: notes, type: canvas}
  - {name: likes, type: reaction}
  - {name: pictures, type: image}
  - {name: owner, type: person}
  - {name: friend, type: relation, to: members}
  - {name: with, type: text, formula: with.coda}
  - {name: greet, type: button, action: greet.coda}
views:
  - {name: Large ones, filter: large.coda}
""",
    "members/with.coda": 'Concatenate(thisRow.name, " & ", thisRow.friend)\n',
    "members/large.coda": 'thisRow.rank = "Large"\n',
    "members/greet.coda": 'ModifyRows(thisRow, members.name, "Hello")\n',
    "members/rows.csv": """\
name,joined,rank,site,notes,owner,friend
Bo,2024-02-18,Small,https://example.com/a,Said,Ada Ruiz,
Cy,,,ask Bo,,,Bo
""",
}

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Service:
    """A local Coda as a client finds it: REST at `__call__`, tools at `tools`."""

    def __init__(self, coda: RunningCoda) -> None:
        self.coda = coda
        self.tools = Tools(coda)
        self.doc = f"/docs/{coda.doc_id}"
        self.table = f"{self.doc}/tables/members"
        self.uri = f"coda://docs/{coda.doc_id}"

    def __call__(self, method: str, path: str, body: Any = None, status: int | None = None, token: str = "") -> Any:
        """The reply. status: The expected one; by default any below 300."""
        address = path if path.startswith("http") else f"{self.coda.api}{path}"
        headers = {"Authorization": f"Bearer {token or self.coda.token}"}
        reply = requests.request(method, address, json=body, headers=headers, timeout=20)
        assert reply.status_code == status if status else reply.status_code < 300, (path, reply.status_code, reply.text)
        self.coda.finish()
        return reply.json() if reply.content else None

    def limited(self, **scope: Any) -> str:
        """A token that opens less."""
        return self.coda.parts.tokens.add(Token("limited", "rest", **scope))

    def rows(self, query: str = "") -> list[Any]:
        """The rows of the table."""
        found: list[Any] = self("GET", f"{self.table}/rows?useColumnNames=true{query}")["items"]
        return found

    def write(self, **cells: Any) -> Any:
        """A new row with these cells; its values."""
        given = [{"column": name, "value": value} for name, value in cells.items()]
        (id,) = self("POST", f"{self.table}/rows", {"rows": [{"cells": given}]})["addedRowIds"]
        return self("GET", f"{self.table}/rows/{id}?useColumnNames=true")["values"]

    def page(self, text: str = "", format: str = "markdown", **more: Any) -> str:
        """The address of a new page with a text."""
        content = {"type": "canvas", "canvasContent": {"format": format, "content": text}}
        made = self("POST", f"{self.doc}/pages", {"name": "Made", "pageContent": content, **more})
        return f"{self.doc}/pages/{made['id']}"

    def replace(self, page: str, text: str) -> None:
        """Put a new text in place of all that is on a page."""
        content = {"insertionMode": "replace", "canvasContent": {"format": "markdown", "content": text}}
        self("PUT", page, {"contentUpdate": content})

    def export(self, page: str, format: str = "markdown") -> requests.Response:
        """The download of an export."""
        begun = self("POST", f"{page}/export", {"outputFormat": format})
        return requests.get(self("GET", begun["href"])["downloadLink"], timeout=20)

    def tables(self) -> dict[str, Any]:
        """The tables and views by their names."""
        return {table["name"]: table for table in self("GET", f"{self.doc}/tables")["items"]}

    def cells(self) -> list[dict[str, Any]]:
        """The cells of the first rows over MCP, by the names of the columns."""
        uri = f"{self.uri}/tables/{self.tables()['members']['id']}"
        names = {each["columnId"]: each["name"] for each in self.tools("table_columns_read", uri=uri)["columns"]}
        rows = self.tools("table_rows_read", uri=uri)["rows"]
        return [{names[id]: cell["value"] for id, cell in row["values"].items()} for row in rows]

    def new_table(self, *columns: dict[str, Any]) -> Any:
        """A table made by the tools, as they describe it."""
        page = self.tools("document_outline", uri=self.uri)["pages"][0]["pageUri"]
        return self.tools("table_create", uri=f"{self.uri}/{page}", name="New", columns=list(columns))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    write(tmp_path / "club", PROJECT)
    with testing.local_coda_for(tmp_path / "club") as coda:
        yield Service(coda)


def things(service: Service) -> list[Any]:
    """The doc, and one of each kind of thing in it with moments and links."""
    table = service("GET", service.table)
    view = service("GET", f"{service.doc}/tables/Large%20ones")
    page = service("GET", f"{service.doc}/pages")["items"][0]
    return [service("GET", service.doc), page, table, view, service.rows()[0]]


def told_moments(service: Service) -> None:
    service.coda.set_clock(None)
    service("POST", f"{service.doc}/pages", {"name": "Now"})
    service.write(name="Di")
    pages = service("GET", f"{service.doc}/pages")["items"]
    for thing in [*things(service), *pages, *service.rows()]:
        assert MOMENT.fullmatch(thing["createdAt"]), thing
        assert MOMENT.fullmatch(thing["updatedAt"]), thing


def told_links(service: Service) -> None:
    doc, page, table, view, row = things(service)
    root = f"https://coda.io/d/_d{doc['id']}"
    assert doc["browserLink"] == root
    assert page["browserLink"] == f"{root}/_su{page['id'][-6:]}"
    assert table["browserLink"] == f"{root}#_tu{table['id']}"
    assert view["browserLink"] == f"{root}#_tu{view['id']}"
    assert view["parentTable"]["browserLink"] == table["browserLink"]
    assert row["browserLink"] == f"{root}#_tu{table['id']}/_ru{row['id']}"
    friend = service.rows("&valueFormat=rich")[1]["values"]["friend"]
    assert (friend["url"], friend["tableUrl"]) == (row["browserLink"], table["browserLink"])


def told_resolved_links(service: Service) -> None:
    for thing in things(service):
        for host in ("coda.io", "docs.superhuman.com"):
            link = thing["browserLink"].replace("coda.io", host)
            found = service("GET", f"/resolveBrowserLink?url={quote(link, safe='')}")["resource"]
            assert (found["type"], found["id"]) == (thing["type"], thing["id"])


def told_subtitle(service: Service) -> None:
    assert service("GET", service.page())["subtitle"] == ""
    assert all(page["subtitle"] == "" for page in service("GET", f"{service.doc}/pages")["items"])


def told_size(service: Service) -> None:
    size = service("GET", service.doc)["docSize"]
    assert (size["baseTableCount"], size["tableAndViewCount"]) == (1, 2)


def told_unknown_values(service: Service) -> None:
    page = f"{service.doc}/pages/{service('GET', f'{service.doc}/pages')['items'][0]['id']}"
    for path in (
        f"{page}/content?contentFormat=bogus",
        f"{service.table}/rows?valueFormat=bogus",
        f"{service.table}/rows?sortBy=bogus",
        f"{service.table}/rows?useColumnNames=bogus",
        f"{service.table}/columns?visibleOnly=bogus",
        f"{service.doc}/tables?tableTypes=bogus",
        f"{service.doc}/tables?limit=bogus",
        f"{service.doc}/formulas?sortBy=bogus",
        "/docs?isOwner=bogus",
    ):
        refusal = service("GET", path, status=400)
        assert (refusal["message"], refusal["codaType"]) == ("Bad Request", "RequestSchemaValidationFailed"), path
        assert isinstance(refusal["codaDetail"]["issues"], list)
        assert refusal["codaDetail"]["issues"]


def told_natural_order(service: Service) -> None:
    refusal = service("GET", f"{service.table}/rows?sortBy=natural&visibleOnly=false", status=400)
    expected = "Natural sorting is only available for visible rows. When using sortBy=natural, pass visibleOnly=true or"
    assert refusal["message"].startswith(expected)


def told_not_found(service: Service) -> None:
    for kind, path in {
        "doc": "/docs/AAAAAAAAAA",
        "row": f"{service.table}/rows/i-none",
        "page": f"{service.doc}/pages/none",
        "table": f"{service.doc}/tables/none",
        "column": f"{service.table}/columns/none",
        "formula": f"{service.doc}/formulas/none",
        "control": f"{service.doc}/controls/none",
    }.items():
        message = service("GET", path, status=404)["message"]
        assert message == f"Could not find a {kind} with the specified ID or name."


def told_parent_page(service: Service) -> None:
    service.coda.timing.delay = 60
    body = {"name": "Above"}
    headers = {"Authorization": f"Bearer {service.coda.token}"}
    above = requests.post(f"{service.coda.api}{service.doc}/pages", json=body, headers=headers, timeout=20).json()["id"]
    message = service("POST", f"{service.doc}/pages", {"parentPageId": above}, 400)["message"]
    assert above in message
    assert "parentPageId" in message


def told_limited_token(service: Service) -> None:
    token = service.limited(doc=service.coda.doc_id)
    service("GET", "/docs", status=403, token=token)
    service("POST", "/docs", {}, 403, token)
    for part in ("metadata", "settings", "permissions"):
        service("GET", f"{service.doc}/acl/{part}", status=401, token=token)
    for path in (service.doc, f"{service.doc}/pages", f"{service.table}/rows"):
        service("GET", path, token=token)
    narrow = service.limited(doc=service.coda.doc_id, table=service.tables()["members"]["id"])
    service("GET", "/docs", status=403, token=narrow)
    service("GET", f"{service.table}/rows", token=narrow)
    reading = service.limited(writes=False)
    service("GET", "/docs", token=reading)
    service("PATCH", service.doc, {"title": "Other"}, 403, reading)


def told_done(service: Service) -> None:
    service.coda.timing.delay = 60
    principal = {"access": "readonly", "principal": {"type": "email", "email": "bo@example.com"}}
    headers = {"Authorization": f"Bearer {service.coda.token}"}
    root = f"{service.coda.api}{service.doc}"
    with requests.Session() as session:
        session.headers.update(headers)
        assert session.patch(root, json={"title": "Renamed"}, timeout=20).status_code == 200
        assert session.get(root, timeout=20).json()["name"] == "Renamed"
        assert session.post(f"{root}/acl/permissions", json=principal, timeout=20).status_code == 200
        assert len(session.get(f"{root}/acl/permissions", timeout=20).json()["items"]) == 1


def told_every_cell(service: Service) -> None:
    names = {column["name"] for column in service("GET", f"{service.table}/columns")["items"]}
    for form in ("simple", "simpleWithArrays", "rich"):
        for row in service.rows(f"&valueFormat={form}"):
            assert set(row["values"]) == names
            assert row["values"]["greet"] == ""


def told_row_size(service: Service) -> None:
    service.write(name="x" * 86_000)
    cells = [{"column": "name", "value": "x" * 133_000}]
    refusal = service("POST", f"{service.table}/rows", {"rows": [{"cells": cells}]}, 400)
    assert refusal["message"] == "Row edit of size 130 KB exceeds maximum size of 85 KB."


def told_lost_tables(service: Service) -> None:
    lost, left = (service.page("<table><tr><th>A</th></tr><tr><td>1</td></tr></table>", "html") for _ in range(2))
    assert set(service.tables()) == {"members", "Large ones", "Table 1", "Table 2"}
    service.replace(lost, "New")
    assert "Table 1" not in service.tables()
    service("DELETE", left)
    orphan = service.tables()["Table 2"]
    assert orphan["parent"] is None
    table = service("GET", orphan["href"])
    assert (table["parent"], table["rowCount"]) == (None, 1)
    assert service.tools("table_columns_read", uri=f"{service.uri}/tables/{table['id']}")["pageUri"] is None


def told_empty_line(service: Service) -> None:
    page = service.page("## First\n\nSecond")
    first = service("GET", f"{page}/content")["items"][0]
    service("DELETE", f"{page}/content")
    (left,) = service("GET", f"{page}/content")["items"]
    assert (left["id"], left["itemContent"]["style"], left["itemContent"]["content"]) == (first["id"], "h2", "")


def told_exported_tables(service: Service) -> None:
    page = service.page("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>x|y</td></tr></table>", "html")
    text = service.export(page).text
    assert "## Table 1\n" in text
    assert re.findall(r"^\|.*\|$", text, re.MULTILINE) == ["| A | B |", "| --- | --- |", "| 1 | x\\|y |"]
    assert "<th>A</th><th>B</th>" in service.export(page, "html").text
    again = service.export(service.page(text)).text
    assert re.findall(r"^\|.*\|$", again, re.MULTILINE)[2:] == ["| A | B |", "| 1 | x\\|y |"]


def told_markdown(service: Service) -> None:
    text = (
        "# one\n\n#### four\n\n![cat](https://e.com/c.png)\n\n---\n\n> out\n>\n> > in\n\n\\*plain\\*\n\n- item\n\n"
        "```py\nx\n```"
    )
    page = service.page(text)
    items = [item["itemContent"] for item in service("GET", f"{page}/content")["items"]]
    assert [(item["style"], item["content"]) for item in items] == [
        ("h1", "one"),
        ("paragraph", "four"),
        ("paragraph", "cat"),
        ("blockQuote", "out"),
        ("blockQuote", "in"),
        ("paragraph", "*plain*"),
        ("bulletedList", "item"),
        ("code", "x"),
    ]
    shown = service.export(page).text
    assert "four\n\n[cat](https://e.com/c.png)\n\n> out" in shown
    assert "\n*plain*\n" in shown
    # What a second round keeps: everything else.
    assert to_markdown(from_markdown(shown).lines, escaped=False) == shown.replace("*plain*", "_plain_")


def told_download(service: Service) -> None:
    reply = service.export(service.page("naïve"))
    assert (reply.headers["Content-Encoding"], reply.text) == ("gzip", "naïve\n")
    assert reply.headers["Content-Type"].startswith("text/plain")
    content = {"type": "syncPage", "mode": "document", "sourceDocId": service.coda.doc_id}
    made = service("POST", f"{service.doc}/pages", {"name": "Synced", "pageContent": content})
    service("POST", f"{service.doc}/pages/{made['id']}/export", {"outputFormat": "markdown"}, 400)


def told_option(service: Service) -> None:
    assert service.rows("&valueFormat=rich")[0]["values"]["rank"] == "```Small```"


def told_number_as_date(service: Service) -> None:
    assert service.write(name="Di", joined=1_700_000_000)["joined"] == 1_700_000_000
    service.coda.parts.workspace.restart()


def told_lists(service: Service) -> None:
    assert [row["values"]["likes"] for row in service.rows()] == [[], []]
    assert service.write(name="Di", likes=["Ada Ruiz"])["likes"] == ["Ada Ruiz"]
    assert service.write(name="Ed", likes=[])["likes"] == []
    assert "likes" in service.rows("&valueFormat=simpleWithArrays")[0]["values"]
    service.write(name="Fe", pictures=["https://e.com/a.png", "https://e.com/b.png"])
    last = service.rows("&valueFormat=simpleWithArrays")[-1]["values"]["pictures"]
    assert last == ["https://e.com/a.png", "https://e.com/b.png"]


def told_person(service: Service) -> None:
    for name in ("Ada Ruiz", "ada@example.com"):
        service.write(name="Di", owner=name)
        assert service.rows("&valueFormat=rich")[-1]["values"]["owner"]["email"] == "ada@example.com"
    for name in ("Ada", "zo@example.com"):
        assert service.write(name="Di", owner=name)["owner"] == name
        assert service.rows("&valueFormat=rich")[-1]["values"]["owner"] == f"```{name}```"


def told_accepted(service: Service) -> None:
    service.coda.timing.delay = 60
    headers = {"Authorization": f"Bearer {service.coda.token}"}
    body = {"rows": [{"cells": [{"column": "name", "value": "Di"}]}]}
    reply = requests.post(f"{service.coda.api}{service.table}/rows", json=body, headers=headers, timeout=20)
    assert (reply.status_code, set(reply.json())) == (202, {"requestId", "addedRowIds"})
    (id,) = reply.json()["addedRowIds"]
    state = requests.get(f"{service.coda.api}/mutationStatus/{reply.json()['requestId']}", headers=headers, timeout=20)
    assert state.json()["completed"] is False
    service.coda.finish()
    assert service("GET", f"/mutationStatus/{reply.json()['requestId']}")["completed"] is True
    assert service("GET", f"{service.table}/rows/{id}")["name"] == "Di"


def told_keys(service: Service) -> None:
    for site in ("https://e.com/a", "https://e.com/b"):
        service.write(name="Di", site=site)
    for name, count in (("Di", 4), ("Ed", 5)):
        cells = [{"column": "name", "value": name}, {"column": "site", "value": "https://e.com/c"}]
        reply = service("POST", f"{service.table}/rows", {"rows": [{"cells": cells}], "keyColumns": ["name"]})
        assert set(reply) == {"requestId"}
        rows = [row["values"] for row in service.rows()]
        assert {row["site"] for row in rows if row["name"] == name} == {"https://e.com/c"}
        assert len(rows) == count


def told_unknown_column(service: Service) -> None:
    cells = [{"column": "name", "value": "Di"}, {"column": "c-none", "value": "x"}]
    service("POST", f"{service.table}/rows", {"rows": [{"cells": cells}]}, 400)
    service("PUT", f"{service.table}/rows/Bo", {"row": {"cells": cells}}, 400)
    assert [row["name"] for row in service.rows()] == ["Bo", "Cy"]


def told_deleted_rows(service: Service) -> None:
    gone, kept = (row["id"] for row in service.rows())
    service("DELETE", f"{service.table}/rows", {"rowIds": [gone, "i-none"]})
    service("GET", f"{service.table}/rows/{gone}", status=404)
    assert [row["id"] for row in service.rows()] == [kept]


def told_outline(service: Service) -> None:
    service("POST", f"{service.doc}/pages", {"name": "Second"})
    whole = service.tools("document_outline", uri=service.uri)
    total = whole["document"]["totalPages"]
    assert whole["pagination"] == {"pageOffset": 0, "pageLimit": 25, "totalPages": total, "hasMore": False}
    assert whole["permissions"] is None
    part = service.tools("document_outline", uri=service.uri, pageLimit=1)
    assert part["pagination"] == {"pageOffset": 0, "pageLimit": 1, "totalPages": total, "hasMore": True}


def told_content(service: Service) -> None:
    page = f"{service.uri}/{service.tools('document_outline', uri=service.uri)['pages'][0]['pageUri']}"
    kinds = ["markdown", "tables", "formulas", "controls", "comments"]
    whole = service.tools("content_read", uri=page, contentTypesToInclude=kinds)
    members = {"canvasUri", "pageUri", "content", "tables", "formulas", "controls", "commentThreads"}
    assert set(whole) == members
    part = service.tools("content_read", uri=page, contentTypesToInclude=["markdown", "tables"], markdownBlockOffset=99)
    assert set(part) == {"canvasUri", "pageUri", "content", "tables"}
    assert part["content"] == ""


def told_date_cell(service: Service) -> None:
    assert service.cells()[0]["joined"] == {"type": "dt", "epoch": 1_708_210_800, "input": "2/18/2024"}


def told_person_cell(service: Service) -> None:
    owner = service.cells()[0]["owner"]
    assert re.fullmatch(r"i-\d+", owner["identifier"])
    assert (owner["type"], owner["objectId"], owner["name"]) == ("ref", "Global-Document-People", "Ada Ruiz")


def told_canvas_cell(service: Service) -> None:
    table, (first, second) = service.tables()["members"]["id"], service.rows()
    column = service("GET", f"{service.table}/columns/notes")["id"]
    filled, empty = (cells["notes"] for cells in service.cells())
    address = f"canvases/{table}::{first['id']}::{column}"
    assert filled == {"type": "canvas", "canvasUri": address, "content": "Said"}
    assert empty == {"type": "canvas", "canvasUri": address.replace(first["id"], second["id"])}


def told_formatted_cell(service: Service) -> None:
    joined = service.cells()[1]["with"]
    assert (joined["type"], set(joined)) == ("slate", {"type", "root"})
    assert "Cy & Bo" in json.dumps(joined["root"])
    told = service.tools("formula_execute", uri=service.uri, formula='Concatenate("a", members.First())')["value"]
    assert told["type"] == "slate"
    assert service.tools("formula_execute", uri=service.uri, formula='Concatenate("a", "b")')["value"] == "ab"


def told_link_cell(service: Service) -> None:
    first, second = (cells["site"] for cells in service.cells())
    assert first == {"type": "urlref", "url": "https://example.com/a", "name": "https://example.com/a"}
    assert second == "ask Bo"
    # Its sibling in the rich form of REST.
    rich = [row["values"]["site"] for row in service.rows("&valueFormat=rich")]
    assert (rich[0]["@type"], rich[1]) == ("WebPage", "```ask Bo```")


def told_traps(service: Service) -> None:
    canvas = {"name": "Text", "format": {"type": "canvas"}, "formula": '"a"'}
    page = f"{service.uri}/{service.tools('document_outline', uri=service.uri)['pages'][0]['pageUri']}"
    refused = service.tools.refused("table_create", uri=page, name="New", columns=[canvas])
    assert "a canvas column cannot hold a formula" in refused
    number = {"name": "Hours", "format": {"type": "num"}}
    table = service.new_table(number)
    assert table["columns"][0]["format"]["type"] == "num"
    uri = f"{service.uri}/{table['tableUri']}"
    service.tools("table_view_manage", uri=f"{uri}/views/default", data={"action": "configure", "name": "Newer"})
    assert service.tools("table_columns_read", uri=uri)["name"] == "Newer"
    service.coda.faults.set({"selects": True})
    assert service.new_table(number)["columns"][0]["format"]["type"] == "sl"
    service.coda.timing.staleness = 3600
    add = {"action": "add", "columnIds": [table["columns"][0]["columnId"]], "rows": [[1]]}
    assert service.tools("table_rows_manage", uri=uri, data=add)["rowCount"] == 1
    assert service.tools("formula_execute", uri=service.uri, formula="Newer.Count()")["value"] == 0


def told_protocol(service: Service) -> None:
    def initialize(version: str) -> Any:
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        return said({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})

    def said(message: Any, **more: str) -> Any:
        accepted = {
            "Accept": "application/json, text/event-stream",
            "Authorization": f"Bearer {service.coda.mcp_token}",
        }
        reply = requests.post(service.coda.mcp, json=message, headers={**accepted, **more}, timeout=20)
        lines = [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: ")]
        return json.loads(lines[-1] if lines else reply.text)

    for version in ("2025-03-26", "2025-06-18", "2025-11-25"):
        assert initialize(version)["result"]["protocolVersion"] == version
    assert initialize("1999-01-01")["result"]["protocolVersion"] == "2025-11-25"
    refusal = said({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}, **{"MCP-Protocol-Version": "bogus"})
    assert "bogus" in json.dumps(refusal)


CHECKS: dict[int, Callable[[Service], None]] = {
    1: told_moments,
    2: told_links,
    3: told_resolved_links,
    4: told_subtitle,
    5: told_size,
    6: told_unknown_values,
    7: told_natural_order,
    8: told_not_found,
    9: told_parent_page,
    10: told_limited_token,
    11: told_done,
    12: told_every_cell,
    13: told_row_size,
    14: told_lost_tables,
    15: told_empty_line,
    16: told_exported_tables,
    17: told_markdown,
    18: told_download,
    19: told_option,
    20: told_number_as_date,
    21: told_lists,
    22: told_person,
    23: told_accepted,
    24: told_keys,
    25: told_unknown_column,
    26: told_deleted_rows,
    30: told_outline,
    31: told_content,
    32: told_date_cell,
    33: told_person_cell,
    34: told_canvas_cell,
    35: told_formatted_cell,
    36: told_link_cell,
    37: told_traps,
    38: told_protocol,
}


@pytest.mark.slow
@pytest.mark.parametrize("number", [fact.number for fact in FACTS], ids=[f"{f.number}-{f.sure[0]}" for f in FACTS])
def test_the_local_coda_answers_so(service: Service, number: int) -> None:
    check = CHECKS.get(number)
    assert check is not None, "a fact without a check"
    check(service)


def test_each_fact_has_a_check_a_source_and_a_certainty() -> None:
    assert [fact.number for fact in FACTS] == sorted(CHECKS)
    for fact in FACTS:
        assert fact.text.endswith((".", "…")), fact.number
        assert fact.source
        assert fact.sure
        assert set(fact.sure) <= set(SURENESS)
