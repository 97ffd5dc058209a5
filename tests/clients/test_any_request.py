"""Whatever a request is made of, it gets an answer in Coda's form: never a fault of the server's own."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.rest import Reply, Rest

pytestmark = pytest.mark.slow

EXAMPLES = 300

SOME = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

TEXT = st.text(st.characters(exclude_categories=()), max_size=12)  # lone surrogates too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def _words(text: str) -> list[str]:
    return text.split()


NAMES = _words("""
    limit pageToken syncToken query sortBy useColumnNames valueFormat visibleOnly tableTypes isOwner isPublished
    disableParsing url degradeGracefully contentFormat sourceDoc folderId workspaceId useUpdatedTableLayouts
""")
VALUES = _words("""
    0 -1 1 501 99999999999999999999 1e3 true True FALSE natural rich view,table "task_id":"T-001" task_id:1 : "":
    c-x:"a" c-x:{ "name":[1] null https://coda.io/d/_dAbc https://[ %00 ../.. NaN
""")
WORDS = _words("""
    docs pages tables columns rows buttons formulas controls acl permissions settings metadata publish content export
    mutationStatus resolveBrowserLink whoami folders hooks automation sections
""")
KEYS = _words("""
    rows cells column value keyColumns rowIds row title sourceDoc timezone name subtitle iconName pageContent type
    canvas canvasContent format content contentUpdate insertionMode elementId elementIds outputFormat access principal
    email slug mode
""")
HEADERS = _words("""
    X-Coda-Doc-Version Content-Type Accept Accept-Encoding Content-Encoding If-None-Match Cookie Origin Range Expect
    X-Forwarded-For X-Forwarded-Proto X-HTTP-Method-Override
""")
TOLD = ["latest", "application/json", "text/html", "application/json; charset=utf-16", "gzip", "", "bytes=0-1", "*"]

HEADER_VALUE = st.sampled_from(TOLD) | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@pytest.fixture
def rest(local_coda: Any) -> Iterator[Rest]:
    """A connection to the local Coda."""
    connection = Rest(local_coda.api, local_coda.token)
    yield connection
    connection.close()


def _quoted(text: str) -> str:
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")


def _shaped(reply: Reply, said: object) -> None:
    """An answer is JSON; a refusal says its status twice and why. Raises AssertionError."""
    assert reply.status < 500, f"{said!r}: {reply.status} {reply.body!r}"
    assert reply.headers["content-type"].split(";")[0] == "application/json", f"{said!r}: {reply}"
    content = reply.json
    if reply.status >= 400:
        assert content["statusCode"] == reply.status, f"{said!r}: {content}"
        assert content["statusMessage"] == HTTPStatus(reply.status).phrase, f"{said!r}: {content}"
        assert isinstance(content["message"], str), f"{said!r}: {content}"
        assert content["message"], f"{said!r}: no message"


def _places(rest: Rest, doc: str) -> list[str]:
    """Paths under the doc that exist, and some beside it."""
    root = f"/docs/{doc}"
    table = f"{root}/tables/tasks"
    row = rest.ask("GET", f"{table}/rows", limit=1)["items"][0]["id"]
    page = rest.ask("GET", f"{root}/pages", limit=1)["items"][0]["id"]
    return [
        *("/whoami", "/docs", "/resolveBrowserLink", "/mutationStatus/mutate:none", "/folders", root),
        *(f"{root}/pages", f"{root}/pages/{page}", f"{root}/pages/{page}/content", f"{root}/pages/{page}/export"),
        *(f"{root}/tables", table, f"{table}/columns", f"{table}/columns/name", f"{table}/rows", f"{table}/rows/{row}"),
        *(f"{table}/rows/{row}/buttons/name", f"{root}/formulas", f"{root}/controls", f"{root}/publish"),
        *(f"{root}/acl/permissions", f"{root}/acl/settings", f"{root}/acl/metadata", f"{root}/hooks/automation/x"),
    ]


def test_any_request(local_coda: Any, rest: Rest) -> None:
    """Any method, path, query, header and body."""
    places = _places(rest, local_coda.doc_id)
    root = f"/docs/{local_coda.doc_id}"

    @SOME
    @given(
        method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]),
        place=st.sampled_from(places) | st.lists(st.sampled_from(WORDS) | TEXT, max_size=6),
        query=st.lists(st.tuples(st.sampled_from(NAMES) | TEXT, st.sampled_from(VALUES) | TEXT), max_size=3),
        headers=st.dictionaries(st.sampled_from(HEADERS), HEADER_VALUE, max_size=2),
        token=st.just(local_coda.token) | st.just(local_coda.token) | HEADER_VALUE,
        body=st.none() | st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode()),
    )
    def send(method: str, place: Any, query: Any, headers: dict[str, str], token: str, body: bytes | None) -> None:
        path = place if isinstance(place, str) else "/" + "/".join(_quoted(part) for part in place)
        if method == "DELETE" and path.rstrip("/") == root:
            return  # what comes after would find no doc
        target = path + ("?" + "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in query) if query else "")
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
        if sent.get("Expect"):
            sent["Expect"] = "100-continue"  # http.client waits for no other
        _shaped(rest.raw(method, target, sent, body), (method, target, sent, body))

    send()


def test_any_body(local_coda: Any, rest: Rest) -> None:
    """Bodies that are nearly right: known members, with anything in them."""
    writes = [
        (method, place)
        for place in _places(rest, local_coda.doc_id)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        if (method, place) != ("DELETE", f"/docs/{local_coda.doc_id}")
    ]
    columns = st.sampled_from(
        ["task_id", "name", "estimated_hours", "scheduled_start_date", "project", "execution_run", "none"]
    )
    cells = st.lists(st.fixed_dictionaries({"column": columns | JSON, "value": JSON}), max_size=3)
    near = st.recursive(
        JSON,
        lambda inner: st.dictionaries(st.sampled_from(KEYS), inner | st.lists(inner, max_size=2), max_size=4),
        max_leaves=8,
    )
    upsert = st.fixed_dictionaries(
        {"rows": st.lists(st.fixed_dictionaries({"cells": cells}), max_size=3)},
        optional={"keyColumns": st.lists(columns, max_size=2) | JSON, "rowIds": JSON},
    )

    @SOME
    @given(
        write=st.sampled_from(writes),
        body=near,
        cells=cells,
        upserted=upsert,
        parsing=st.sampled_from(["true", "false"]),
    )
    def send(write: tuple[str, str], body: Any, cells: Any, upserted: Any, parsing: str) -> None:
        headers = {"Authorization": f"Bearer {local_coda.token}", "Content-Type": "application/json"}
        table = f"/docs/{local_coda.doc_id}/tables/tasks"
        for method, target, content in (
            (*write, body),
            ("POST", f"{table}/rows?disableParsing={parsing}", upserted),
            ("PUT", f"{table}/rows/T-001?disableParsing={parsing}", {"row": {"cells": cells}}),
        ):
            sent = json.dumps(content).encode()
            _shaped(rest.raw(method, target, headers, sent), (method, target, sent))
        _shaped(
            rest.raw("GET", f"{table}/rows?valueFormat=rich&limit=3&sortBy=natural", headers, None), "the rows after it"
        )

    send()
