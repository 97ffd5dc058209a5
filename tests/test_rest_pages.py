"""Pages, their content and their exports through the REST API of a local Coda."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from codaform.server.rest.pages import DOWNLOADS, routes
from codaform.server.storage.exports import KEPT, LINK_SECONDS, Exports
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace
from rest_calls import ADA, BASE, Api, Seconds
from searching import examples


class Doc:
    """A new doc with one page, and the calls about its pages."""

    def __init__(self, timing: Timing | None = None) -> None:
        self.api = Api(timing)
        self.id = self.api("POST", "/docs", {"title": "Plans"}, 201)["id"]
        self.api.workspace.finish()
        self.pages = f"/docs/{self.id}/pages"
        self.front = str(self.api("GET", self.pages)["items"][0]["id"])

    def make(self, name: str, text: str = "", format: str = "markdown", **more: object) -> str:
        """The id of a new page."""
        content = {"type": "canvas", "canvasContent": {"format": format, "content": text}}
        return str(self.api("POST", self.pages, {"name": name, "pageContent": content, **more}, 202)["id"])

    def page(self, id: str, status: int = 200) -> Any:
        return self.api("GET", f"{self.pages}/{id}", status=status)

    def write(self, id: str, text: str, mode: str = "append", format: str = "markdown", **more: object) -> None:
        update = {"insertionMode": mode, "canvasContent": {"format": format, "content": text}, **more}
        reply = self.api("PUT", f"{self.pages}/{id}", {"contentUpdate": update}, 202)
        assert reply["id"] == id

    def lines(self, id: str) -> list[tuple[str, str]]:
        """Style and text of every line."""
        items = self.api("GET", f"{self.pages}/{id}/content?limit=500")["items"]
        return [(item["itemContent"]["style"], item["itemContent"]["content"]) for item in items]

    def elements(self, id: str) -> list[str]:
        return [item["id"] for item in self.api("GET", f"{self.pages}/{id}/content?limit=500")["items"]]


@pytest.fixture
def doc() -> Doc:
    """Changes are made at once."""
    return Doc()


# ---------------------------------------------------------------- the tree


def test_pages_form_a_tree(doc: Doc) -> None:
    above = doc.make("Above", subtitle="of all", iconName="rocket", imageUrl="https://example.com/a.png")
    below = doc.make("Below", parentPageId=above)
    page = doc.page(above)
    assert (page["name"], page["subtitle"], page["icon"]["name"]) == ("Above", "of all", "rocket")
    assert page["image"] == {"browserLink": "https://example.com/a.png"}
    assert page["contentType"] == "canvas"
    assert page["createdBy"]["email"] == ADA.email
    assert "parent" not in page
    assert [child["id"] for child in page["children"]] == [below]
    assert doc.page(below)["parent"]["id"] == above
    assert doc.page("Below")["id"] == below
    assert doc.page(f"section-{below.removeprefix('canvas-')}")["id"] == below
    items = doc.api("GET", doc.pages)["items"]
    assert [item["id"] for item in items] == [doc.front, above, below]
    assert items[1] == page
    assert doc.api("GET", f"/docs/{doc.id}")["docSize"]["pageCount"] == 3


def test_pages_come_in_pages(doc: Doc) -> None:
    made = [doc.make(f"Page {number}") for number in range(30)]
    first = doc.api("GET", doc.pages)
    second = doc.api("GET", first["nextPageLink"])
    assert len(first["items"]) == 25
    assert "nextPageLink" not in second
    assert [item["id"] for item in first["items"] + second["items"]] == [doc.front, *made]
    again = doc.api("GET", f"{doc.pages}?pageToken={first['nextPageToken']}&limit=25")
    assert again["items"] == second["items"]


def test_a_parent_that_is_not_yet_created_is_refused() -> None:
    doc = Doc(Timing(delay=5))
    parent = doc.make("Above")
    doc.page(parent, status=404)
    refusal = doc.api("POST", doc.pages, {"name": "Below", "parentPageId": parent}, 400)
    assert refusal["message"].startswith(f"Invalid parentPageId {parent}")
    doc.api.seconds.now = 6
    below = doc.make("Below", parentPageId=parent)
    doc.api.seconds.now = 12
    assert doc.page(below)["parent"]["id"] == parent
    doc.api("POST", doc.pages, {"parentPageId": "canvas-none"}, 400)


def test_a_parent_that_goes_before_its_child_comes_is_no_parent() -> None:
    doc = Doc(Timing(delay=5))
    parent = doc.make("Above")
    doc.api.workspace.finish()
    doc.api("DELETE", f"{doc.pages}/{parent}", status=202)
    below = doc.make("Below", parentPageId=parent)
    doc.api.workspace.finish()
    assert "parent" not in doc.page(below)


def test_a_page_without_a_name(doc: Doc) -> None:
    page = doc.api("POST", doc.pages, {}, 202)
    assert doc.page(page["id"])["name"]
    assert doc.api("GET", f"/mutationStatus/{page['requestId']}") == {"completed": True}


def test_pages_that_show_something_else(doc: Doc) -> None:
    contents: list[dict[str, object]] = [
        {"type": "embed", "url": "https://example.com", "renderMethod": "compatibility"},
        {"type": "syncPage", "mode": "page", "sourceDocId": "d", "sourcePageId": "p", "includeSubpages": True},
        {"type": "syncPage", "mode": "document", "sourceDocId": "d"},
    ]
    for content in contents:
        page = doc.api("POST", doc.pages, {"pageContent": content}, 202)["id"]
        assert doc.page(page)["contentType"] == content["type"]
        assert doc.lines(page) == []
        update = {"insertionMode": "append", "canvasContent": {"format": "markdown", "content": "x"}}
        doc.api("PUT", f"{doc.pages}/{page}", {"contentUpdate": update}, 400)
        for name in content.keys() - {"renderMethod"}:
            left = {key: value for key, value in content.items() if key != name}
            doc.api("POST", doc.pages, {"pageContent": left}, 400)


def test_a_page_is_changed(doc: Doc) -> None:
    page = doc.make("Old", "Text", subtitle="old")
    fields = {"name": "New", "subtitle": "", "iconName": "cat", "isHidden": True}
    request = doc.api("PUT", f"{doc.pages}/{page}", fields, 202)
    assert request["id"] == page
    read = doc.page(page)
    assert (read["name"], read["icon"]["name"], read["isHidden"]) == ("New", "cat", True)
    assert read["subtitle"] == ""
    assert doc.lines(page) == [("paragraph", "Text")]
    doc.api("PUT", f"{doc.pages}/{page}", {"name": ""}, 202)
    assert doc.page(page)["name"] == "New"


def test_who_is_hidden(doc: Doc) -> None:
    above = doc.make("Above")
    below = doc.make("Below", parentPageId=above)
    doc.api("PUT", f"{doc.pages}/{above}", {"isHidden": True}, 202)
    assert (doc.page(below)["isHidden"], doc.page(below)["isEffectivelyHidden"]) == (False, True)
    # The only visible page at the top stays visible.
    doc.api("PUT", f"{doc.pages}/{doc.front}", {"isHidden": True, "subtitle": "here"}, 202)
    assert (doc.page(doc.front)["isHidden"], doc.page(doc.front)["subtitle"]) == (False, "here")


def test_deleting_pages(doc: Doc) -> None:
    above = doc.make("Above")
    below = doc.make("Below", parentPageId=above)
    reply = doc.api("DELETE", f"{doc.pages}/{above}", status=202)
    assert reply["id"] == above
    assert [item["id"] for item in doc.api("GET", doc.pages)["items"]] == [doc.front]
    for gone in (above, below, f"section-{above.removeprefix('canvas-')}"):
        doc.page(gone, status=410)
        doc.api("GET", f"{doc.pages}/{gone}/content", status=410)
        doc.api("POST", f"{doc.pages}/{gone}/export", {"outputFormat": "html"}, 410)
        doc.api("GET", f"{doc.pages}/{gone}/export/x", status=410)
        doc.api("PUT", f"{doc.pages}/{gone}", {"name": "x"}, 404)
        doc.api("DELETE", f"{doc.pages}/{gone}", status=404)
        doc.api("DELETE", f"{doc.pages}/{gone}/content", status=404)
    doc.page("canvas-none", status=404)
    doc.api("DELETE", f"{doc.pages}/{doc.front}", status=400)
    assert doc.page(doc.front)["id"] == doc.front


@pytest.mark.slow
def test_a_new_text_of_a_page_takes_its_tables_along() -> None:
    api = Api()
    id = api.seed("formulas")
    tables = api("GET", f"/docs/{id}/tables?tableTypes=table")["items"]
    projects = next(table for table in tables if table["name"] == "projects")
    assert api("GET", f"/docs/{id}/tables/tasks/rows?limit=200")["items"]
    content = {"insertionMode": "replace", "canvasContent": {"format": "markdown", "content": "New"}}
    api("PUT", f"/docs/{id}/pages/{projects['parent']['id']}", {"contentUpdate": content}, 202)
    api("GET", f"/docs/{id}/tables/projects", status=404)
    # Rows with relations to it can still be read in all forms.
    for form in ("simple", "simpleWithArrays", "rich"):
        assert api("GET", f"/docs/{id}/tables/tasks/rows?limit=200&valueFormat={form}")["items"]
    column = api("GET", f"/docs/{id}/tables/tasks/columns/project")
    assert column["format"]["type"] == "text"
    row = api("GET", f"/docs/{id}/tables/tasks/rows?limit=1")["items"][0]
    assert row["values"][column["id"]] == "Solvang Studio audit"  # the shown text stays
    cells = [{"column": "project", "value": "Free text"}]
    api("PUT", f"/docs/{id}/tables/tasks/rows/{row['id']}", {"row": {"cells": cells}}, 202)
    assert api("GET", f"/docs/{id}/tables/tasks/rows/{row['id']}")["values"][column["id"]] == "Free text"


# ---------------------------------------------------------------- content

TEXT = """
# Week 12

- one
  - one and a half
- two

> said

```
code
```
"""


def test_written_content_is_read(doc: Doc) -> None:
    page = doc.make("Text", TEXT)
    items = doc.api("GET", f"{doc.pages}/{page}/content?contentFormat=plainText")["items"]
    assert [(item["itemContent"]["style"], item["itemContent"]["content"]) for item in items] == [
        ("h1", "Week 12"),
        ("bulletedList", "one"),
        ("bulletedList", "one and a half"),
        ("bulletedList", "two"),
        ("blockQuote", "said"),
        ("code", "code"),
    ]
    assert [item["itemContent"].get("lineLevel") for item in items] == [None, 0, 1, 0, 0, None]
    assert len({item["id"] for item in items}) == 6
    assert doc.lines(doc.make("HTML", "<h2>Week</h2><p>a &lt; b</p>", "html")) == [
        ("h2", "Week"),
        ("paragraph", "a < b"),
    ]
    doc.api("GET", f"{doc.pages}/{page}/content?contentFormat=html", status=400)


def test_content_comes_in_pages_of_fifty(doc: Doc) -> None:
    page = doc.make("Long", "\n\n".join(f"Line {number}" for number in range(120)))
    sizes, body = [], doc.api("GET", f"{doc.pages}/{page}/content")
    while True:
        sizes.append(len(body["items"]))
        if "nextPageLink" not in body:
            break
        body = doc.api("GET", body["nextPageLink"])
    assert sizes == [50, 50, 20]
    assert len(doc.api("GET", f"{doc.pages}/{page}/content?limit=9999")["items"]) == 120


def test_inserting_text(doc: Doc) -> None:
    page = doc.make("Text", "one\n\ntwo")
    doc.write(page, "three")
    doc.write(page, "<h1>zero</h1>", "prepend", "html")
    texts = [text for _, text in doc.lines(page)]
    assert texts == ["zero", "one", "two", "three"]
    elements = doc.elements(page)
    doc.write(page, "one and a half", elementId=elements[1])
    doc.write(page, "half", "prepend", elementId=elements[1])
    doc.write(page, "2", "replace", elementId=elements[2])
    assert [text for _, text in doc.lines(page)] == ["zero", "half", "one", "one and a half", "2", "three"]
    assert len(set(doc.elements(page))) == 6
    doc.write(page, "nothing else", "replace")
    assert doc.lines(page) == [("paragraph", "nothing else")]
    update = {"insertionMode": "append", "elementId": "cl-none", "canvasContent": {"format": "html", "content": "x"}}
    doc.api("PUT", f"{doc.pages}/{page}", {"contentUpdate": update}, 400)


def test_deleting_text(doc: Doc) -> None:
    page = doc.make("Text", "one\n\ntwo\n\nthree")
    elements = doc.elements(page)
    doc.api("DELETE", f"{doc.pages}/{page}/content", {"elementIds": [elements[1], "cl-none"]}, 202)
    assert [text for _, text in doc.lines(page)] == ["one", "three"]
    doc.api("DELETE", f"{doc.pages}/{page}/content", {"elementIds": "all"}, 400)
    doc.api("DELETE", f"{doc.pages}/{page}/content", {"elementIds": []}, 202)
    assert (doc.lines(page), doc.elements(page)) == ([("paragraph", "")], elements[:1])
    doc.write(page, "four")
    doc.api("DELETE", f"{doc.pages}/{page}/content", status=202)
    assert doc.lines(page) == [("paragraph", "")]


def test_elements_have_one_id_wherever_they_are_read() -> None:
    """A stale read shows the doc's real ids, and so does a read after a restart."""
    doc = Doc(Timing(delay=0, staleness=5))
    page = doc.make("Text", "one\n\ntwo")
    doc.api.seconds.now = 6
    doc.api.workspace.settle()
    doc.write(page, "three")
    live = doc.api.workspace.live(doc.id).record.pages[1].lines
    assert doc.lines(page) == [("paragraph", "one"), ("paragraph", "two")]
    doc.api.seconds.now = 12
    assert doc.elements(page) == [line.id for line in live]


def test_pages_outlive_the_server(tmp_path: Path) -> None:
    file = tmp_path / "coda.db"
    doc = Doc()
    store = Store(file)
    doc.api.workspace = Workspace(store, ADA, Timing(delay=0), doc.api.seconds)
    doc.id = doc.api("POST", "/docs", {}, 201)["id"]
    doc.pages = f"/docs/{doc.id}/pages"
    page, gone = doc.make("Text", TEXT), doc.make("Gone")
    doc.make("Grid", "<table><tr><th>A</th></tr><tr><td>1</td></tr></table>", "html")
    doc.api("DELETE", f"{doc.pages}/{gone}", status=202)
    before = doc.page(page), doc.elements(page), doc.api("GET", f"/docs/{doc.id}/tables/Table%201/rows")
    store.close()
    store = Store(file)
    doc.api.workspace = Workspace(store, ADA, Timing(delay=0), doc.api.seconds)
    assert (doc.page(page), doc.elements(page), doc.api("GET", f"/docs/{doc.id}/tables/Table%201/rows")) == before
    doc.page(gone, status=410)
    doc.write(page, "more")
    assert len(set(doc.elements(page))) == len(before[1]) + 1
    store.close()


# ---------------------------------------------------------------- tables in texts

HTML_TABLE = """
<p>before</p>
<table><tr><th>Name</th><th>Name</th><th></th></tr><tr><td>Ada</td><td>Ruiz</td></tr><tr><td>Ben</td></tr></table>
<p>after</p>
"""


def test_a_table_in_html_becomes_a_table_of_the_doc(doc: Doc) -> None:
    page = doc.make("Grid", HTML_TABLE, "html")
    assert doc.lines(page) == [("paragraph", "before"), ("paragraph", "after")]
    (table,) = doc.api("GET", f"/docs/{doc.id}/tables")["items"]
    assert (table["name"], table["parent"]["id"], table["tableType"]) == ("Table 1", page, "table")
    root = f"/docs/{doc.id}/tables/{table['id']}"
    columns = doc.api("GET", f"{root}/columns")["items"]
    assert [column["name"] for column in columns] == ["Name", "Name 2", "Column 3"]
    assert {column["format"]["type"] for column in columns} == {"text"}
    rows = doc.api("GET", f"{root}/rows?useColumnNames=true")["items"]
    assert [row["values"] for row in rows] == [
        {"Name": "Ada", "Name 2": "Ruiz", "Column 3": ""},
        {"Name": "Ben", "Name 2": "", "Column 3": ""},
    ]
    # It is a table like any other.
    cells = [{"column": "Name", "value": "Cleo"}]
    doc.api("POST", f"{root}/rows", {"rows": [{"cells": cells}]}, 202)
    assert [row["name"] for row in doc.api("GET", f"{root}/rows")["items"]] == ["Ada", "Ben", "Cleo"]


def test_a_table_in_markdown_has_its_header_as_a_row(doc: Doc) -> None:
    page = doc.make("Grid", HTML_TABLE, "html")
    doc.write(page, "| Task | Hours |\n| --- | --- |\n| Plan | 5 |\n")
    names = [table["name"] for table in doc.api("GET", f"/docs/{doc.id}/tables")["items"]]
    assert names == ["Table 1", "Table 2"]
    rows = doc.api("GET", f"/docs/{doc.id}/tables/Table%202/rows?useColumnNames=true")["items"]
    assert [row["values"] for row in rows] == [
        {"Column 1": "Task", "Column 2": "Hours"},
        {"Column 1": "Plan", "Column 2": "5"},
    ]


# ---------------------------------------------------------------- export


def fetched(doc: Doc, link: str, status: int = 200) -> str:
    """The content at a download link, read without a token."""
    assert link.startswith(f"{BASE.removesuffix('/apis/v1')}{DOWNLOADS}")
    client = TestClient(Starlette(routes=list(routes(doc.api.workspace))), base_url="http://127.0.0.1:8765")
    reply = client.get(link)
    assert reply.status_code == status
    if status != 200:
        assert reply.json()["statusCode"] == status
    else:
        assert reply.headers["content-encoding"] == "gzip"
    return reply.text


def test_exporting_a_page() -> None:
    doc = Doc(Timing(delay=4))
    page = doc.make("Text", "# Plan & all\n\nDo *it*.")
    doc.api.workspace.finish()
    exported = {}
    for format in ("markdown", "html"):
        begun = doc.api("POST", f"{doc.pages}/{page}/export", {"outputFormat": format}, 202)
        assert begun["status"] == "inProgress"
        assert doc.api("GET", begun["href"]) == begun
        doc.write(page, "Written later.")
        doc.api.seconds.now += 5
        done = doc.api("GET", begun["href"])
        assert (done["id"], done["status"]) == (begun["id"], "complete")
        assert doc.api("GET", begun["href"])["downloadLink"] != done["downloadLink"]
        exported[format] = fetched(doc, done["downloadLink"])
        doc.api.seconds.now += LINK_SECONDS + 1
        fetched(doc, done["downloadLink"], 403)
        assert fetched(doc, doc.api("GET", begun["href"])["downloadLink"]) == exported[format]
        doc.api("GET", f"{doc.pages}/{doc.front}/export/{begun['id']}", status=404)
    assert exported["markdown"] == "# Plan & all\n\nDo _it_.\n"
    assert "<h1>Plan &amp; all</h1><p>Do <em>it</em>.</p>" in exported["html"]
    assert "Written later." in exported["html"]
    doc.api("GET", f"{doc.pages}/{page}/export/none", status=404)


def test_what_cannot_be_exported(doc: Doc) -> None:
    embed = {"pageContent": {"type": "embed", "url": "https://example.com"}}
    page = doc.api("POST", doc.pages, embed, 202)["id"]
    begun = doc.api("POST", f"{doc.pages}/{page}/export", {"outputFormat": "html"}, 202)
    status = doc.api("GET", begun["href"])
    assert status["status"] == "failed"
    assert status["error"]
    assert "downloadLink" not in status
    wrong: tuple[Any, ...] = ({}, {"outputFormat": "pdf"}, None, [])
    for body in wrong:
        doc.api("POST", f"{doc.pages}/{page}/export", body, 400)


def test_an_export_that_never_ends() -> None:
    doc = Doc()
    doc.api.workspace.timing.stuck = True
    begun = doc.api("POST", f"{doc.pages}/{doc.front}/export", {"outputFormat": "html"}, 202)
    doc.api.seconds.now = 1e9
    assert doc.api("GET", begun["href"])["status"] == "inProgress"


def test_keys_that_open_nothing(doc: Doc) -> None:
    base = BASE.removesuffix("/apis/v1")
    fetched(doc, f"{base}{DOWNLOADS}none", 403)


def test_exports_do_not_pile_up() -> None:
    exports = Exports(Seconds())
    begun = [exports.begin("d", "p", "html", "x", "", 0.0) for _ in range(KEPT + 1)]
    assert exports.find(begun[0].id) is None
    keys = [exports.link(begun[-1]) for _ in range(KEPT + 1)]
    assert exports.linked(keys[0]) is None
    assert exports.linked(keys[1]) is begun[-1]


def test_an_export_is_packed_as_it_is_stored(doc: Doc) -> None:
    page = doc.make("Text", "naïve ✓")
    begun = doc.api("POST", f"{doc.pages}/{page}/export", {"outputFormat": "markdown"}, 202)
    link = doc.api("GET", begun["href"])["downloadLink"]
    client = TestClient(Starlette(routes=list(routes(doc.api.workspace))), base_url="http://127.0.0.1:8765")
    with client.stream("GET", link) as reply:
        packed = b"".join(reply.iter_raw())
    assert gzip.decompress(packed).decode() == "naïve ✓\n"
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"


# ---------------------------------------------------------------- any text


SIGNS = st.sampled_from(
    [
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "|",
        "-",
        "#",
        "\n",
        " ",
        ">",
        "`",
        "*",
        "[x](y)",
        "- [ ]",
        "a",
        "&lt;",
        "\x00",
    ]
)


@settings(max_examples=examples(60), deadline=None)
@given(
    text=st.text(max_size=200) | st.lists(SIGNS, max_size=40).map("".join),
    format=st.sampled_from(["html", "markdown"]),
    mode=st.sampled_from(["append", "prepend", "replace"]),
)
def test_any_text_can_be_written(text: str, format: str, mode: str) -> None:
    """Any text on a page can be read, exported and listed as described."""
    doc = Doc()
    page = doc.make(text[:20], text, format)
    doc.write(page, text, mode, format)
    items = doc.api("GET", f"{doc.pages}/{page}/content?limit=500")["items"]
    assert len({item["id"] for item in items}) == len(items)
    doc.api("GET", doc.pages)
    for table in doc.api("GET", f"/docs/{doc.id}/tables?limit=500")["items"]:
        doc.api("GET", f"{table['href']}/rows")
    begun = doc.api("POST", f"{doc.pages}/{page}/export", {"outputFormat": format}, 202)
    fetched(doc, doc.api("GET", begun["href"])["downloadLink"])
