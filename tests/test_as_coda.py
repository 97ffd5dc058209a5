"""What a client of Coda meets in the local one as well: a test for each behaviour, over HTTP, from outside."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests

from codaform.cli import main
from codaform.testing import RunningCoda, local_coda_for
from projects import FORMULAS, write
from small_docs import FILES
from wire import SHARED

LONG = 3600.0
"""Seconds that no test waits for: what takes so long happens when the test says so."""


class Client:
    """Plain requests to the REST API."""

    def __init__(self, coda: RunningCoda, token: str = "") -> None:
        self.coda = coda
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {token or coda.token}"
        self.doc = f"/docs/{coda.doc_id}"

    def send(self, method: str, path: str, body: object = None, **more: Any) -> requests.Response:
        """The answer. path: Behind the API's address, or a whole address."""
        url = path if path.startswith("http") else self.coda.api + path
        return self.http.request(method, url, json=body, timeout=20, **more)

    def __call__(self, method: str, path: str, body: object = None, status: int = 200, **query: Any) -> Any:
        """The JSON that is answered with this status."""
        reply = self.send(method, path, body, params=query)
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json()

    def refused(self, method: str, path: str, status: int, body: object = None, **query: Any) -> str:
        """The message of a refusal; all refusals have the same form."""
        told = self(method, path, body, status, **query)
        assert told["statusCode"] == status
        assert told["statusMessage"] == requests.status_codes._codes[status][0].replace("_", " ").title()  # type: ignore[attr-defined]
        return str(told["message"])

    def add(self, table: str, *rows: Mapping[str, object], **query: Any) -> dict[str, Any]:
        """Insert rows, by the names of their columns."""
        edits = [{"cells": [{"column": name, "value": value} for name, value in row.items()]} for row in rows]
        told: dict[str, Any] = self("POST", f"{self.doc}/tables/{table}/rows", {"rows": edits}, 202, **query)
        return told

    def rows(self, table: str, **query: Any) -> list[dict[str, Any]]:
        """The cells of the rows of a table, by the names of their columns."""
        path = f"{self.doc}/tables/{quote(table)}/rows"
        found = self("GET", path, useColumnNames="true", limit=500, **query)["items"]
        return [row["values"] for row in found]

    def column(self, table: str, name: str) -> dict[str, Any]:
        """A column of a table."""
        told: dict[str, Any] = self("GET", f"{self.doc}/tables/{table}/columns/{quote(name)}")
        return told


class Tools:
    """The MCP server, spoken to with plain requests."""

    def __init__(self, coda: RunningCoda, token: str = "") -> None:
        self.coda, self.token = coda, token or coda.mcp_token

    def post(self, method: str, params: object = None, id: int | None = 7) -> requests.Response:
        """The answer to one message; without an id it is a notification."""
        message = {"jsonrpc": "2.0", "method": method, **({"id": id} if id is not None else {})}
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json, text/event-stream"}
        body = {**message, **({"params": params} if params is not None else {})}
        return requests.post(self.coda.mcp, json=body, headers=headers, timeout=20)

    def result(self, method: str, params: object = None) -> Any:
        """The result in the event that answers a message."""
        reply = self.post(method, params)
        assert reply.status_code == 200, reply.text
        assert reply.headers["Content-Type"].startswith("text/event-stream")
        reply.encoding = "utf-8"
        (data,) = [line.removeprefix("data:") for line in reply.text.splitlines() if line.startswith("data:")]
        told = json.loads(data)
        assert told["id"] == 7
        return told["result"]

    def names(self) -> list[str]:
        """The names of the tools that are listed."""
        return [tool["name"] for tool in self.result("tools/list")["tools"]]

    def __call__(self, tool: str, **arguments: Any) -> Any:
        """The answer of a tool: JSON in a text."""
        told = self.result("tools/call", {"name": tool, "arguments": arguments})
        assert not told.get("isError"), told
        (content,) = told["content"]
        assert content["type"] == "text"
        inner = json.loads(content["text"])
        assert inner["toolName"] == tool
        return inner["result"]


@pytest.fixture
def coda(tmp_path: Path) -> Iterator[RunningCoda]:
    """A small doc of jobs and tags; what is accepted is done at once."""
    with local_coda_for(write(tmp_path, FILES)) as served:
        yield served


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the same doc, which is served once for requests that change nothing."""
    with local_coda_for(write(tmp_path_factory.mktemp("read"), FILES)) as served:
        yield Client(served)


@pytest.fixture
def client(coda: RunningCoda) -> Client:
    return Client(coda)


@pytest.fixture
def tools(coda: RunningCoda) -> Tools:
    return Tools(coda)


def titles(client: Client) -> list[object]:
    return [row["title"] for row in client.rows("jobs")]


FIRST = ["first", "second", "third"]


# ---------------------------------------------------------------- 1: accepted, then done


def test_1_a_write_is_accepted_and_done_later(coda: RunningCoda, client: Client) -> None:
    coda.timing.delay = LONG
    accepted = client.add("jobs", {"title": "new"})
    assert accepted["requestId"].startswith("mutate:")
    assert [id[:2] for id in accepted["addedRowIds"]] == ["i-"]
    assert client("GET", f"/mutationStatus/{accepted['requestId']}") == {"completed": False}
    assert titles(client) == FIRST
    coda.finish()
    assert client("GET", f"/mutationStatus/{accepted['requestId']}") == {"completed": True}
    assert titles(client) == [*FIRST, "new"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tables/jobs/rows", {"rows": [{"cells": []}]}),
        ("PUT", "/tables/jobs/rows/first", {"row": {"cells": []}}),
        ("DELETE", "/tables/jobs/rows/first", None),
        ("POST", "/tables/jobs/rows/first/buttons/shift", None),
        ("POST", "/pages", {"name": "A page"}),
        ("PUT", "/publish", {}),
    ],
)
def test_1_every_write_within_a_doc_has_a_request_to_ask_for(
    client: Client, method: str, path: str, body: object
) -> None:
    request = client(method, client.doc + path, body, 202)["requestId"]
    assert client("GET", f"/mutationStatus/{request}") == {"completed": True}


def test_1_some_writes_are_accepted_without_a_request(client: Client) -> None:
    page = client("GET", f"{client.doc}/pages")["items"][0]["id"]
    export = client("POST", f"{client.doc}/pages/{page}/export", {"outputFormat": "markdown"}, 202)
    assert set(export) == {"id", "status", "href"}
    made = client("POST", "/docs", {"title": "Another"}, 201)
    assert client("DELETE", f"/docs/{made['id']}", status=202) == {}


def test_1_the_state_of_a_write_may_be_unknown_at_first(coda: RunningCoda, client: Client) -> None:
    coda.timing.unknown = LONG
    request = client.add("jobs", {"title": "new"})["requestId"]
    client.refused("GET", f"/mutationStatus/{request}", 404)


def test_1_a_write_may_never_be_done_and_nothing_says_that_it_failed(coda: RunningCoda, client: Client) -> None:
    coda.timing.stuck = True
    request = client.add("jobs", {"title": "new"})["requestId"]
    coda.finish()
    assert client("GET", f"/mutationStatus/{request}") == {"completed": False}
    assert titles(client) == FIRST


# ---------------------------------------------------------------- 2: stale reads


def test_2_reads_lag_behind_what_is_done(coda: RunningCoda, client: Client) -> None:
    coda.timing.staleness = LONG
    request = client.add("jobs", {"title": "new"})["requestId"]
    assert client("GET", f"/mutationStatus/{request}") == {"completed": True}
    assert titles(client) == FIRST
    coda.finish()
    assert titles(client) == [*FIRST, "new"]


def test_2_the_latest_version_is_refused_while_anything_is_on_its_way(coda: RunningCoda, client: Client) -> None:
    path = f"{client.doc}/tables/jobs/rows"

    def asked(version: str) -> tuple[int, str]:
        reply = client.send("GET", path, headers={"X-Coda-Doc-Version": version})
        return reply.status_code, reply.json().get("message", "")

    refused = 400, "Doc is not yet up to date."
    assert asked("latest") == (200, "")
    assert asked("17") == refused, "any other version is never there"
    coda.timing.delay = LONG
    client.add("jobs", {"title": "new"})
    assert asked("latest") == refused
    coda.finish()
    assert asked("latest") == (200, "")
    coda.timing.delay, coda.timing.staleness = 0, LONG
    client.add("jobs", {"title": "newer"})
    assert asked("latest") == refused, "done, and not shown yet"


# ---------------------------------------------------------------- 3: rate limits


def test_3_too_many_requests_say_nothing_of_when_to_come_again(coda: RunningCoda, client: Client) -> None:
    coda.limits.limits = {"write": (1, LONG)}
    client.add("jobs", {"title": "new"})
    reply = client.send("POST", f"{client.doc}/tables/jobs/rows", {"rows": []})
    refusal = {"statusCode": 429, "statusMessage": "Too Many Requests", "message": "Too Many Requests"}
    assert (reply.status_code, reply.json()) == (429, refusal)
    assert not {name for name in map(str.lower, reply.headers) if name == "retry-after" or "ratelimit" in name}


def test_3_too_many_requests_in_the_middle_of_paging(coda: RunningCoda, client: Client) -> None:
    coda.faults.set({"faults": [{"status": 429, "skip": 1, "times": 1, "path": "/apis/v1/docs/"}]})
    first = client("GET", f"{client.doc}/tables/jobs/rows", limit=2)
    assert client.send("GET", first["nextPageLink"]).status_code == 429
    assert len(client("GET", first["nextPageLink"])["items"]) == 1


# ---------------------------------------------------------------- 4: paging


def test_4_a_page_holds_25_and_links_to_the_next_at_this_very_address(coda: RunningCoda, client: Client) -> None:
    client.add("jobs", *({"title": f"job {number}"} for number in range(57)))
    seen, pages = [], []
    link = f"{coda.api}{client.doc}/tables/jobs/rows?useColumnNames=true&sortBy=natural"
    while link:
        assert link.startswith(f"{coda.api}/")
        told = client("GET", link)
        assert told["href"] == link
        pages.append(len(told["items"]))
        seen += [row["values"]["title"] for row in told["items"]]
        assert ("nextPageToken" in told) == ("nextPageLink" in told)
        link = told.get("nextPageLink")
    assert pages == [25, 25, 10]
    assert seen == [*FIRST, *(f"job {number}" for number in range(57))]


def test_4_a_page_token_is_sent_alone_and_carries_all_parameters(reader: Client) -> None:
    path = f"{reader.doc}/tables/jobs/rows"
    first = reader("GET", path, limit=1, useColumnNames="true", sortBy="natural")
    second = reader("GET", path, pageToken=first["nextPageToken"])
    assert [row["values"]["title"] for row in second["items"]] == ["second"]


@pytest.mark.parametrize("parameter", ["pageToken", "syncToken"])
def test_4_a_bad_token_of_either_kind_is_refused_in_the_same_words(reader: Client, parameter: str) -> None:
    path = f"{reader.doc}/tables/jobs/rows"
    assert reader.refused("GET", path, 400, **{parameter: "bad"}) == "Invalid pageToken."


@pytest.mark.slow
def test_4_a_limit_that_is_too_large_is_clamped_silently(client: Client) -> None:
    client.add("jobs", *({"title": f"job {number}"} for number in range(600)))
    assert len(client("GET", f"{client.doc}/tables/jobs/rows", limit=100_000)["items"]) == 500


def test_4_a_sync_token_gives_what_changed_and_never_what_was_deleted(client: Client) -> None:
    path = f"{client.doc}/tables/jobs/rows"
    token = client("GET", path)["nextSyncToken"]
    client("PUT", f"{path}/second", {"row": {"cells": [{"column": "hours", "value": 9}]}}, 202)
    client("DELETE", f"{path}/third", status=202)
    changed = client("GET", path, syncToken=token)
    assert [row["name"] for row in changed["items"]] == ["second"]
    assert client("GET", path, syncToken=changed["nextSyncToken"])["items"] == []


# ---------------------------------------------------------------- 5: gateways


def test_5_a_gateway_answers_with_html(coda: RunningCoda, client: Client) -> None:
    coda.faults.set({"faults": [{"status": 504, "times": 1}]})
    reply = client.send("GET", "/whoami")
    assert (reply.status_code, reply.headers["Content-Type"].split(";")[0]) == (504, "text/html")
    with pytest.raises(requests.JSONDecodeError):
        reply.json()
    assert client.send("GET", "/whoami").status_code == 200


# ---------------------------------------------------------------- 6: what clients send


def test_6_a_slash_at_the_end_changes_nothing(reader: Client) -> None:
    assert reader("GET", f"{reader.doc}/")["id"] == reader.coda.doc_id


@pytest.mark.parametrize(("said", "by_name"), [("True", True), ("true", True), ("False", False), ("false", False)])
def test_6_booleans_are_read_as_python_spells_them(reader: Client, said: str, by_name: bool) -> None:
    (row, *_) = reader("GET", f"{reader.doc}/tables/jobs/rows", useColumnNames=said)["items"]
    assert ("title" in row["values"]) == by_name


# ---------------------------------------------------------------- 7: sizes


def test_7_a_body_of_more_than_2_mb_is_refused_with_400(client: Client) -> None:
    path = f"{client.doc}/tables/jobs/rows"
    assert client.refused("POST", path, 400, {"rows": [], "x": "y" * 2_000_000}) == "request entity too large"
    client("POST", path, {"rows": [], "x": "y" * 1_900_000}, 202)


def test_7_a_row_of_more_than_85_kb_is_refused_with_400(client: Client) -> None:
    def body(size: int) -> object:
        return {"rows": [{"cells": [{"column": "title", "value": "y" * size}]}]}

    path = f"{client.doc}/tables/jobs/rows"
    message = "Row edit of size 87 KB exceeds maximum size of 85 KB."  # in units of 1,024 bytes
    assert client.refused("POST", path, 400, body(89_000)) == message
    client("POST", path, body(86_000), 202)


# ---------------------------------------------------------------- 8: three forms of a value


def test_8_three_forms_of_a_value(coda: RunningCoda, client: Client, tools: Tools) -> None:
    path = f"{client.doc}/tables/jobs"
    let_in = {"access": "write", "principal": {"type": "email", "email": "ada@example.com"}}
    client("POST", f"{client.doc}/acl/permissions", let_in)  # a person has to be in the doc
    cells = {
        "title": "all",
        "hours": 2.5,
        "done": True,
        "due": "2025-12-24",
        "state": "old",
        "owner": "ada@example.com",
    }
    client.add("jobs", {**cells, "parent": "first", "tags": ["red", "blue"]})
    table = client("GET", path)["id"]
    columns = [
        {"name": "price", "format": {"type": "curr", "code": "EUR", "precision": 2}},
        {"name": "site", "format": {"type": "link"}},
        {"name": "kinds", "format": {"type": "sl", "multiple": True, "selectOptions": ["A", "B"]}},
    ]
    uri = f"coda://docs/{coda.doc_id}/tables/{table}"
    tools("table_columns_manage", uri=uri, data={"action": "add", "columns": columns})
    edits = [("price", 12.5), ("site", "https://example.com/a"), ("kinds", ["A", "B"])]
    body = {"row": {"cells": [{"column": name, "value": value} for name, value in edits]}}
    client("PUT", f"{path}/rows/all", body, 202)

    def shown(form: str) -> dict[str, Any]:
        told: dict[str, Any] = client("GET", f"{path}/rows/all", useColumnNames="true", valueFormat=form)["values"]
        return told

    simple, arrays, rich = shown("simple"), shown("simpleWithArrays"), shown("rich")
    assert simple == client("GET", f"{path}/rows/all", useColumnNames="true")["values"]
    same = {"hours": 2.5, "done": True, "due": "2025-12-24T00:00:00.000+01:00"}
    for form in (simple, arrays, rich):
        assert {name: form[name] for name in same} == same
        assert form["late"] is False
    assert [simple[name] for name in ("title", "state", "parent")] == ["all", "old", "first"]
    assert [simple[name] for name in ("tags", "kinds")] == ["red,blue", "A,B"]
    assert [arrays[name] for name in ("tags", "kinds")] == [["red", "blue"], ["A", "B"]]
    assert rich["title"] == "```all```"
    assert rich["state"] == "```old```"
    assert rich["kinds"] == ["```A```", "```B```"]
    parent = rich["parent"]
    assert (parent["@type"], parent["additionalType"], parent["name"]) == ("StructuredValue", "row", "first")
    assert parent["tableId"] == table
    assert client("GET", f"{path}/rows/{parent['rowId']}")["name"] == "first"
    assert [tag["name"] for tag in rich["tags"]] == ["red", "blue"]
    assert (rich["owner"]["@type"], rich["owner"]["email"]) == ("Person", "ada@example.com")
    amount = {"@context": "http://schema.org/", "@type": "MonetaryAmount", "currency": "EUR", "amount": 12.5}
    assert rich["price"] == amount
    assert simple["site"] == "https://example.com/a"
    assert (rich["site"]["@type"], rich["site"]["url"]) == ("WebPage", "https://example.com/a")


def test_8_a_blank_is_an_empty_text_in_every_form(client: Client) -> None:
    client.add("jobs", {})
    for form in ("simple", "simpleWithArrays", "rich"):
        last = client.rows("jobs", valueFormat=form)[-1]
        assert [last[name] for name in ("title", "hours", "due", "parent")] == [""] * 4


# ---------------------------------------------------------------- 9: no schema


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/tables"),
        ("PUT", "/tables/jobs"),
        ("PATCH", "/tables/jobs"),
        ("DELETE", "/tables/jobs"),
        ("POST", "/tables/jobs/columns"),
        ("PUT", "/tables/jobs/columns/hours"),
        ("PATCH", "/tables/jobs/columns/hours"),
        ("DELETE", "/tables/jobs/columns/hours"),
        ("POST", "/formulas"),
        ("POST", "/controls"),
        ("POST", "/automations"),
    ],
)
def test_9_no_schema_is_written(reader: Client, method: str, path: str) -> None:
    reader.refused(method, reader.doc + path, 404, {"name": "x"})


def test_9_a_doc_with_its_schema_is_copied(client: Client) -> None:
    copy = client("POST", "/docs", {"title": "Copy", "sourceDoc": client.coda.doc_id}, 201)["id"]
    assert [table["name"] for table in client("GET", f"/docs/{copy}/tables")["items"]] == ["jobs", "Open jobs", "tags"]
    assert client("GET", f"/docs/{copy}/tables/jobs/columns/double")["formula"]
    assert client("GET", f"/docs/{copy}/tables/jobs")["rowCount"] == 3


# ---------------------------------------------------------------- 10: cells that do not fit


def test_10_an_unlisted_option_is_taken_silently_and_stays_unlisted(client: Client) -> None:
    request = client.add("jobs", {"title": "new", "state": "never heard of"})["requestId"]
    assert client("GET", f"/mutationStatus/{request}") == {"completed": True}
    assert client.rows("jobs")[-1]["state"] == "never heard of"
    options = client.column("jobs", "state")["format"]["options"]
    assert [option["name"] for option in options] == ["new", "old"]


def test_10_a_relation_that_finds_no_row_is_kept_as_a_text(client: Client) -> None:
    client.add("jobs", {"title": "new", "parent": "nobody"})
    assert client.rows("jobs")[-1]["parent"] == "nobody"
    assert client.rows("jobs", valueFormat="rich")[-1]["parent"] == "```nobody```"


def test_10_a_relation_is_written_by_row_id_or_exact_text(client: Client) -> None:
    first = client("GET", f"{client.doc}/tables/jobs/rows/first")["id"]
    client.add("jobs", {"title": "a", "parent": first}, {"title": "b", "parent": "first"})
    both = [row["parent"]["rowId"] for row in client.rows("jobs", valueFormat="rich")[-2:]]
    assert both == [first, first]


def test_10_texts_are_read_as_if_typed_unless_parsing_is_disabled(client: Client) -> None:
    client.add("jobs", {"title": "typed", "due": "03/04/2026", "hours": "2.5", "done": "true"})
    typed = client.rows("jobs")[-1]
    assert (typed["due"][:10], typed["hours"], typed["done"]) == ("2026-03-04", 2.5, True)


# ---------------------------------------------------------------- 11: formula text


def test_11_formula_text_comes_back_without_whose_column_a_name_means(client: Client) -> None:
    assert client.column("jobs", "double")["formula"] == "hours * 2 + children.hours.Sum()"
    assert client.column("jobs", "state")["defaultValue"] == '"new"'
    button = client.column("jobs", "copy")
    assert button["calculated"] is True
    assert "formula" not in button
    assert button["format"]["action"] == 'AddRow(jobs, jobs.title, Concatenate(title, "+"), jobs.parent, thisRow)'


def test_11_spaces_before_a_sign_are_lost_and_names_that_are_no_words_stand_in_brackets(
    coda: RunningCoda, client: Client, tools: Tools
) -> None:
    table = client("GET", f"{client.doc}/tables/jobs")["id"]
    formula = "jobs.Filter(CurrentValue.parent = thisRow and CurrentValue.[Été] > thisRow.hours).Count()"
    columns: list[dict[str, object]] = [{"name": "Été", "format": {"type": "num"}}]
    data = {"action": "add", "columns": columns}
    tools("table_columns_manage", uri=f"coda://docs/{coda.doc_id}/tables/{table}", data=data)
    data = {"action": "add", "columns": [{"name": "lossy", "formula": formula}]}
    tools("table_columns_manage", uri=f"coda://docs/{coda.doc_id}/tables/{table}", data=data)
    assert client.column("jobs", "lossy")["formula"] == "jobs.Filter(parent = thisRowand [Été] > hours).Count()"


def test_11_a_filter_is_described_and_never_quoted(client: Client) -> None:
    view = client("GET", f"{client.doc}/tables/{quote('Open jobs')}")
    assert view["filter"]["valid"] is True
    assert "thisRow" not in json.dumps(view)
    assert "done" not in json.dumps(view)


# ---------------------------------------------------------------- 12: replies that grow


def test_12_replies_have_members_that_older_clients_do_not_know(coda: RunningCoda, client: Client) -> None:
    for path in ("/whoami", client.doc, f"{client.doc}/tables/jobs", f"{client.doc}/tables/jobs/rows/first"):
        told = client("GET", path)
        coda.faults.set({"faults": [{"extra": True}]})
        grown = client("GET", path)
        coda.faults.clear()
        (added,) = set(grown) - set(told)
        assert added not in grown.get("values", {})
    coda.faults.set({"faults": [{"extra": True, "times": 2}]})
    (row, *_) = client("GET", f"{client.doc}/tables/jobs/rows")["items"]
    assert added in row
    client.refused("GET", "/nothing", 404)
    assert added not in client("GET", "/whoami")


# ---------------------------------------------------------------- 13: tokens


def test_13_no_token_and_a_wrong_one_are_refused(client: Client) -> None:
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
        reply = requests.get(f"{client.coda.api}/whoami", headers=header, timeout=20)
        assert (reply.status_code, reply.json()["message"]) == (401, "Unauthorized")


def test_13_scoped_tokens(coda: RunningCoda, client: Client) -> None:
    def token(**scope: object) -> Client:
        wanted = {"api": "rest", **scope}
        return Client(coda, requests.post(f"{coda.url}/control/tokens", json=wanted, timeout=20).json()["token"])

    for scope in ({"doc": "none"}, {"table": "grid-none"}):
        nowhere = requests.post(f"{coda.url}/control/tokens", json={"api": "rest", **scope}, timeout=20)
        assert nowhere.status_code == 400, "it would open nothing"
    other = client("POST", "/docs", {"title": "Other"}, 201)["id"]
    assert client("GET", "/whoami")["scoped"] is False
    row = {"rows": [{"cells": [{"column": "title", "value": "new"}]}]}

    reading = token(writes=False)
    assert reading("GET", "/whoami")["scoped"] is True
    reading("GET", f"{client.doc}/tables/jobs/rows")
    reading.refused("POST", f"{client.doc}/tables/jobs/rows", 403, row)

    writing = token(reads=False)
    writing("POST", f"{client.doc}/tables/jobs/rows", row, 202)
    writing.refused("GET", f"{client.doc}/tables/jobs/rows", 403)

    of_doc = token(doc=coda.doc_id)
    of_doc("GET", client.doc)
    of_doc.refused("GET", f"/docs/{other}", 403)
    of_doc.refused("GET", "/docs", 403)
    of_doc.refused("POST", "/docs", 403, {"title": "No"})

    of_table = token(doc=coda.doc_id, table=client("GET", f"{client.doc}/tables/jobs")["id"])
    of_table("GET", f"{client.doc}/tables/jobs/rows")
    of_table.refused("GET", f"{client.doc}/tables/tags/rows", 403)


# ---------------------------------------------------------------- 14: page trees


def test_14_a_parent_that_is_on_its_way_is_no_parent_yet(coda: RunningCoda, client: Client) -> None:
    coda.timing.delay = LONG
    parent = client("POST", f"{client.doc}/pages", {"name": "Above"}, 202)["id"]
    child = {"name": "Below", "parentPageId": parent}
    assert client.refused("POST", f"{client.doc}/pages", 400, child).startswith("Invalid parentPageId")
    coda.finish()
    below = client("POST", f"{client.doc}/pages", child, 202)["id"]
    coda.finish()
    assert client("GET", f"{client.doc}/pages/{below}")["parent"]["id"] == parent


def test_14_a_deleted_page_is_gone_and_no_longer_unknown(client: Client) -> None:
    page = client("POST", f"{client.doc}/pages", {"name": "Short"}, 202)["id"]
    client("DELETE", f"{client.doc}/pages/{page}", status=202)
    client.refused("GET", f"{client.doc}/pages/{page}", 410)
    client.refused("GET", f"{client.doc}/pages/{page}/content", 410)
    client.refused("GET", f"{client.doc}/pages/canvas-never", 404)


# ---------------------------------------------------------------- rows, beside the list


def test_rows_are_upserted_by_their_keys(client: Client) -> None:
    path = f"{client.doc}/tables/jobs/rows"

    def row(title: str, hours: int) -> dict[str, object]:
        return {"cells": [{"column": "title", "value": title}, {"column": "hours", "value": hours}]}

    body = {"rows": [row("second", 7), row("fourth", 8)], "keyColumns": ["title"]}
    assert "addedRowIds" not in client("POST", path, body, 202)
    hours = {values["title"]: values["hours"] for values in client.rows("jobs")}
    assert hours == {"first": 1, "second": 7, "third": 3, "fourth": 8}
    client.refused("POST", path, 400, {"rows": [row("x", 1)], "keyColumns": ["double"]})
    client.refused("POST", f"{client.doc}/tables/{quote('Open jobs')}/rows", 400, {"rows": [row("x", 1)]})


def test_what_is_computed_follows_a_write(client: Client) -> None:
    second = f"{client.doc}/tables/jobs/rows/second"
    assert client("GET", f"{client.doc}/tables/jobs/rows/first", useColumnNames="true")["values"]["double"] == 4
    client("PUT", second, {"row": {"cells": [{"column": "hours", "value": 10}]}}, 202)
    assert client("GET", f"{client.doc}/tables/jobs/rows/first", useColumnNames="true")["values"]["double"] == 12


@pytest.mark.parametrize(
    ("query", "found"), [("hours:2", ["second"]), ('"title":"first"', ["first"]), ('"title":"fir"', [])]
)
def test_rows_are_asked_for_by_one_cell(client: Client, query: str, found: list[str]) -> None:
    assert [row["title"] for row in client.rows("jobs", query=query)] == found


def test_the_natural_order_does_not_go_with_hidden_columns(client: Client) -> None:
    client.refused("GET", f"{client.doc}/tables/jobs/rows", 400, sortBy="natural", visibleOnly="false")


# ---------------------------------------------------------------- MCP


def test_mcp_a_careful_client_shakes_hands_first(tools: Tools) -> None:
    info = {"name": "a client", "version": "1"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info}
    told = tools.result("initialize", hello)
    assert told["protocolVersion"] == "2025-06-18"
    assert "tools" in told["capabilities"]
    assert tools.post("notifications/initialized", id=None).status_code == 202
    assert "table_create" in tools.names()


def test_mcp_a_hasty_client_need_not(tools: Tools) -> None:
    assert tools("whoami")


@pytest.mark.skipif(not (SHARED / "mcp-tools.json").is_file(), reason="the vendor's tools do not lie at hand")
def test_mcp_the_tools_are_listed_as_they_were_recorded(tools: Tools) -> None:
    recorded = json.loads((SHARED / "mcp-tools.json").read_text(encoding="utf-8"))
    known = {tool["name"]: tool["inputSchema"] for tool in recorded.get("tools", recorded)}
    listed = {tool["name"]: tool["inputSchema"] for tool in tools.result("tools/list")["tools"]}
    assert listed == {name: known[name] for name in listed}
    assert len(listed) > 25


def test_mcp_a_call_is_answered_by_an_event_with_json_in_text(coda: RunningCoda, client: Client, tools: Tools) -> None:
    table = client("GET", f"{client.doc}/tables/jobs")["id"]
    told = tools("table_columns_read", uri=f"coda://docs/{coda.doc_id}/tables/{table}")
    assert told["tableUri"] == f"tables/{table}"
    assert told["rowCount"] == 3
    members = {"columnId", "name", "description", "format", "formula", "error", "isDisplayColumn", "isWritable"}
    assert all(set(column) == members for column in told["columns"])


def test_mcp_a_whole_number_may_be_spelled_with_a_point(coda: RunningCoda, tools: Tools) -> None:
    offset = json.loads("1.0")
    told = tools("document_outline", uri=f"coda://docs/{coda.doc_id}", pageOffset=offset, pageLimit=1e1)
    assert [page["title"] for page in told["pages"]] == ["jobs", "tags"]


def test_mcp_a_wrong_word_is_told_with_those_that_are_taken(coda: RunningCoda, client: Client, tools: Tools) -> None:
    uri = f"coda://docs/{coda.doc_id}/tables/{client('GET', f'{client.doc}/tables/jobs')['id']}"
    column = {"name": "site", "format": {"type": "link", "display": "url"}}
    arguments = {"uri": uri, "data": {"action": "add", "columns": [column]}}
    told = tools.result("tools/call", {"name": "table_columns_manage", "arguments": arguments})
    message = json.loads(told["content"][0]["text"])["error"]["message"]
    assert message.startswith('data.columns[0].format.display: "url" is not one of ')
    assert "URL" in message


def test_mcp_a_client_that_goes_in_the_middle_leaves_no_trace(
    coda: RunningCoda, tools: Tools, caplog: pytest.LogCaptureFixture
) -> None:
    lines = ["POST /apis/mcp HTTP/1.1", f"Host: {urlsplit(coda.url).netloc}", f"Authorization: Bearer {coda.mcp_token}"]
    lines += ["Accept: application/json, text/event-stream", "Content-Type: application/json", "Content-Length: 99"]
    with socket.create_connection(("127.0.0.1", urlsplit(coda.url).port or 0), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + '\r\n\r\n{"jsonrpc":').encode())
        tools("whoami")  # by now the server waits for the rest
    tools("whoami")
    assert caplog.records == []


def test_mcp_a_failure_is_told_by_a_flag_and_an_error(coda: RunningCoda, tools: Tools) -> None:
    arguments = {"uri": f"coda://docs/{coda.doc_id}/tables/grid-none"}
    told = tools.result("tools/call", {"name": "table_columns_read", "arguments": arguments})
    assert told["isError"] is True
    assert json.loads(told["content"][0]["text"])["error"]["message"]


def test_mcp_each_api_has_its_own_token(coda: RunningCoda) -> None:
    assert Tools(coda, coda.token).post("tools/list").status_code == 401
    assert Client(coda, coda.mcp_token).send("GET", "/whoami").status_code == 401
    assert Tools(coda, "wrong").post("tools/list").status_code == 401


def test_mcp_tools_may_be_renamed_and_lack_arguments(coda: RunningCoda, tools: Tools) -> None:
    wanted = {"renamed": {"table_rows_manage": "table_add_rows"}, "without": {"table_create": ["rows"]}}
    requests.put(f"{coda.url}/control/faults", json=wanted, timeout=20).raise_for_status()
    listed = {tool["name"]: tool["inputSchema"] for tool in tools.result("tools/list")["tools"]}
    assert "table_rows_manage" not in listed
    assert "table_add_rows" in listed
    assert "rows" not in listed["table_create"]["properties"]
    assert tools.result("tools/call", {"name": "table_rows_manage", "arguments": {}})["isError"] is True
    requests.delete(f"{coda.url}/control/faults", timeout=20).raise_for_status()
    assert "table_rows_manage" in tools.names()


def test_mcp_a_formula_that_cannot_be_resolved_is_an_error_of_its_column(
    coda: RunningCoda, client: Client, tools: Tools
) -> None:
    uri = f"coda://docs/{coda.doc_id}/tables/{client('GET', f'{client.doc}/tables/jobs')['id']}"
    columns = [{"name": "good", "formula": "thisRow.hours + 1"}, {"name": "bad", "formula": "thisRow.nothing + 1"}]
    tools("table_columns_manage", uri=uri, data={"action": "add", "columns": columns})
    told = {column["name"]: column for column in tools("table_columns_read", uri=uri)["columns"]}
    assert told["good"]["error"] is None
    assert "nothing" in told["bad"]["error"]
    assert [row["good"] for row in client.rows("jobs")] == [2, 3, 4]


def test_mcp_a_formula_is_executed_and_nothing_is_written(coda: RunningCoda, client: Client, tools: Tools) -> None:
    uri = f"coda://docs/{coda.doc_id}"
    assert tools("formula_execute", uri=uri, formula="jobs.hours.Sum()")["value"] == 6
    before = client.rows("jobs")
    tools.result("tools/call", {"name": "formula_execute", "arguments": {"uri": uri, "formula": "DeleteRows(jobs)"}})
    assert client.rows("jobs") == before


def test_mcp_a_button_on_a_page_is_a_control_and_the_page_shows_the_doc(
    coda: RunningCoda, client: Client, tools: Tools
) -> None:
    canvas = client("GET", f"{client.doc}/pages")["items"][0]["id"]
    button = {"type": "button", "label": "Tidy", "actionFormula": "DeleteRows(jobs.Filter(done))"}
    reaction = {"type": "reaction", "imageIcon": "rocket"}
    for control in (button, reaction):
        uri = f"coda://docs/{coda.doc_id}/canvases/{canvas}"
        tools("control_manage", uri=uri, data={"action": "create", "control": control})
    assert len(client("GET", f"{client.doc}/controls")["items"]) == 2
    assert requests.get(f"{coda.url}/d/{coda.doc_id}", timeout=20).status_code == 200


# ---------------------------------------------------------------- all at once


@pytest.mark.slow
def test_writes_by_rest_by_mcp_and_in_the_page_are_all_there_once(tmp_path: Path) -> None:
    folder, file = write(tmp_path / "project", FILES), tmp_path / "kept.sqlite"
    wanted = sorted([*FIRST, *(f"{way}{number}" for way in ("rest", "mcp") for number in range(15))])
    with local_coda_for(folder, file=file, delay=0.02, staleness=0.02) as coda:
        client = Client(coda)
        table, title = client("GET", f"{client.doc}/tables/jobs")["id"], client.column("jobs", "title")["id"]
        uri, first = f"coda://docs/{coda.doc_id}/tables/{table}", client.coda.url + f"/d/{coda.doc_id}/cells"
        row = client("GET", f"{client.doc}/tables/jobs/rows/first")["id"]
        cell = {"table": table, "row": row, "column": client.column("jobs", "hours")["id"]}

        def by_rest(number: int) -> None:
            Client(coda).add("jobs", {"title": f"rest{number}"})

        def by_tool(number: int) -> None:
            data = {"action": "add", "columnIds": [title], "rows": [[f"mcp{number}"]]}
            Tools(coda)("table_rows_manage", uri=uri, data=data)

        def by_page(number: int) -> None:
            requests.post(first, json={**cell, "value": str(number)}, timeout=20).raise_for_status()
            if number == 7:
                requests.post(f"{coda.url}/control/restart", timeout=20).raise_for_status()

        with ThreadPoolExecutor(3) as pool:
            for _ in pool.map(lambda write: [write(number) for number in range(15)], (by_rest, by_tool, by_page)):
                pass
        coda.finish()
        assert sorted(row["title"] for row in client.rows("jobs")) == wanted
        assert client.rows("jobs")[0]["hours"] == 14
    with local_coda_for(folder, file=file) as coda:
        assert sorted(row["title"] for row in Client(coda).rows("jobs")) == wanted


# ---------------------------------------------------------------- a doc of one's own


@pytest.mark.slow
def test_the_docs_of_a_project_answer_from_the_start() -> None:
    with local_coda_for(FORMULAS) as coda:
        client = Client(coda)
        assert client("GET", client.doc)["name"] == "Founder HQ"
        ask: Callable[[str], Any] = lambda id: client("GET", f"{client.doc}/tables/sprints/rows/{id}")  # noqa: E731
        assert ask(client("GET", f"{client.doc}/tables/sprints/rows")["items"][0]["id"])["type"] == "row"


# ---------------------------------------------------------------- what keeps it from starting


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "content", "message"),
    [
        ("--faults", b"hello", "is no JSON: "),
        ("--faults", b"[" * 100_000, "is no JSON: "),
        ("--faults", b"\x91", "is no text in UTF-8"),
        ("--faults", b'{"faults": [{"status": 200}]}', "faults.0.status: "),
        ("--file", b"hello " * 200, "cannot be used as the file of a local Coda: it is damaged and was not changed"),
        ("", b"\x91", "cannot be used: it is no text in UTF-8"),
        ("", b"{}", "cannot be used: it is JSON, but no snapshot of docs"),
        ("--clock=9999-12-31T09:00", b"", "the clock shows the years 1900 to 9998, not 9999"),
        ("--clock=tomorrow", b"", "tomorrow is no moment like 2025-12-08T22:30"),
        ("--delay=nan", b"", "nan is no number of seconds."),
    ],
)
def test_what_keeps_it_from_starting_is_told_in_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
    content: bytes,
    message: str,
) -> None:
    given = tmp_path / "given"
    given.write_bytes(content)
    here = [option] if "=" in option else [option, str(given)] if option else [str(given)]
    start = [] if option == "" else [str(FORMULAS)]
    assert message in _cannot_serve(monkeypatch, capsys, *start, *here)


@pytest.mark.slow
def test_neither_a_port_nor_a_file_serves_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.sqlite"
    with local_coda_for(file=file) as coda:
        port = str(urlsplit(coda.url).port)
        assert f"port {port} cannot be served: " in _cannot_serve(monkeypatch, capsys, str(FORMULAS), "--port", port)
        told = _cannot_serve(monkeypatch, capsys, str(FORMULAS), "--file", str(file))
        assert "another local Coda has it open" in told


def _cannot_serve(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The last line of a `codaform serve` that does not start."""
    monkeypatch.setattr("sys.argv", ["codaform", "serve", "--port", "0", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()[-1]
