"""Recordings of clients: read, replayed on a local Coda, compared by shape, made by the recorder, and redacted."""

from __future__ import annotations

import base64
import json
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import yaml

from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.coda.recording.exchanges import BadRecording, Exchange, read_recording
from codaform.coda.recording.redaction import Redaction, as_line
from codaform.coda.recording.shapes import differences, shape_of
from codaform.server.recorder import Recorder, line_of
from codaform.server.rest.operations import OPERATIONS
from codaform.server.start import serving
from codaform.testing import RunningCoda, local_coda_for, replay
from projects import TASKS, write

DOC = {"doc.yml": "doc: Small\n", "tasks/table.yml": TASKS, "tasks/rows.csv": "name\nBuy the secret ship\nSell it\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "doc", DOC)


def recorded(coda: RunningCoda, file: Path, redaction: Redaction | None) -> list[str]:
    """A client asks through the recorder, which keeps a file; gives the links that the client got."""
    links = []
    with file.open("wb") as kept:

        def keep(one: Exchange) -> None:
            kept.write(line_of(as_line(redaction.exchange(one) if redaction is not None else one)))

        with serving(Recorder(coda.url, coda.url, keep).application()) as url:
            session = requests.Session()
            session.headers["authorization"] = f"Bearer {coda.token}"
            api = f"{url}/apis/v1"
            tables = session.get(f"{api}/docs/{coda.doc_id}/tables").json()["items"]
            table = f"{api}/docs/{coda.doc_id}/tables/{tables[0]['id']}"
            column = session.get(f"{table}/columns").json()["items"][0]["id"]
            found = session.get(f"{table}/rows", params={"valueFormat": "rich", "limit": "1"}).json()
            links.append(found["nextPageLink"])
            assert session.get(found["nextPageLink"]).json()["items"]
            body = {"rows": [{"cells": [{"column": column, "value": "A third secret"}]}]}
            assert session.post(f"{table}/rows", json=body).status_code == 202
            assert session.get(f"{table}/rows/i-nothing").status_code == 404
            with open_tools(Secret(coda.mcp_token), url) as tools:
                tools.call("document_outline", {"uri": f"coda://docs/{coda.doc_id}"})
    return links


# ------------------------------------------------------------ recording, and asking again


@pytest.mark.parametrize("redact", [False, True])
def test_a_recording_replayed_has_no_difference(root: Path, tmp_path: Path, redact: bool) -> None:
    file = tmp_path / "recording.jsonl"
    with local_coda_for(root) as coda:
        links = recorded(coda, file, Redaction() if redact else None)
        assert links[0].startswith("http://127.0.0.1:")
        assert coda.url not in links[0]
        text = file.read_text("utf-8")
        assert coda.token not in text
        assert coda.mcp_token not in text
    with local_coda_for(root) as other:
        found = replay(file, other)
    assert len(found) >= 7
    assert [line for one in found for line in one.lines if "rows:" not in line or "status" not in line] == []
    # The link to the second page belongs to the server that gave it.
    assert sum(bool(one.found) for one in found) <= 1


def test_a_redacted_recording_says_nothing_of_the_doc(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    with local_coda_for(root) as coda:
        recorded(coda, file, Redaction())
        doc = coda.doc_id
    text = file.read_text("utf-8")
    for private in ("secret", "ship", "Sell", "Small", doc, "maker@", "Local Maker", "127.0.0.1"):
        assert private not in text, private
    first = json.loads(text.splitlines()[0])
    assert first["reply"]["items"][0]["tableType"] == "table"


def test_what_differs_is_named_field_by_field(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    with local_coda_for(root) as coda:
        recorded(coda, file, None)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    lines[0]["reply"]["items"][0]["createdBy"] = "Ada"
    for item in lines[1]["reply"]["items"]:
        item["format"] = "text"
    lines[4]["status"] = 200
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with local_coda_for(root) as other:
        found = [line for one in replay(file, other) for line in one.lines]
    assert any(line.endswith("items[].format: recorded a text, here object") for line in found)
    assert any("line 5" in line and "status: recorded 200, here 202" in line for line in found)


# ------------------------------------------------------------ what is called like a word of the API

WORDS = ("status", "type", "role", "kind", "format", "style", "layout", "access", "mode", "action", "limit", "sortBy")
USERS = "table: users\ncolumns:\n  - {name: settings, type: text, display: true}\n" + "".join(
    f"  - {{name: {word}, type: text}}\n" for word in WORDS
)
ROWS = f"settings,{','.join(WORDS)}\nrows,{','.join(f'secret{word}' for word in WORDS)}\n"


def heard(root: Path, ask: Callable[[str, requests.Session, RunningCoda], object]) -> list[dict[str, Any]]:
    """The redacted lines of all requests through the recorder."""
    lines: list[dict[str, Any]] = []
    redaction = Redaction()
    with local_coda_for(root) as coda:
        recorder = Recorder(
            coda.url, coda.url, lambda one: lines.append(json.loads(line_of(as_line(redaction.exchange(one)))))
        )
        with serving(recorder.application()) as url:
            session = requests.Session()
            session.headers["authorization"] = f"Bearer {coda.token}"
            ask(url, session, coda)
    return lines


@pytest.fixture
def users(tmp_path: Path) -> Path:
    return write(tmp_path / "doc", {"doc.yml": "doc: pages\n", "users/table.yml": USERS, "users/rows.csv": ROWS})


@pytest.mark.parametrize("form", ["simple", "simpleWithArrays", "rich"])
@pytest.mark.parametrize("names", ["true", "false"])
def test_cells_of_columns_called_like_words_of_the_api(users: Path, form: str, names: str) -> None:
    def ask(url: str, session: requests.Session, coda: RunningCoda) -> None:
        query = {"valueFormat": form, "useColumnNames": names, "query": 'status:"secretstatus"'}
        for path in ("rows", "rows/rows"):
            found = session.get(f"{url}/apis/v1/docs/{coda.doc_id}/tables/users/{path}", params=query).json()
            assert "secretstatus" in str(found), found

    lines = heard(users, ask)
    assert "secret" not in json.dumps(lines)
    assert lines[0]["query"] | {"query": ""} == {"valueFormat": form, "useColumnNames": names, "query": ""}
    for line in lines:
        assert line["path"].split("/")[3::2][0] == "tables"
        assert not {"users", "settings"} & {*line["path"].split("/")}
    (row,) = lines[0]["reply"]["items"]
    assert row["type"] == lines[1]["reply"]["type"] == "row"
    assert not {*row["values"]} & {*WORDS, "settings"}
    assert len(row["values"]) == 1 + len(WORDS)


def test_rows_that_are_written_and_read_by_tools(users: Path) -> None:
    def ask(url: str, session: requests.Session, coda: RunningCoda) -> None:
        table = f"{url}/apis/v1/docs/{coda.doc_id}/tables/users"
        cells = [{"column": word, "value": f"secret {word}"} for word in WORDS]
        assert (
            session.post(f"{table}/rows", json={"rows": [{"cells": cells}], "keyColumns": ["status"]}).status_code
            == 202
        )
        assert session.put(f"{table}/rows/rows", json={"row": {"cells": cells}}).status_code == 202
        columns = {one["name"]: one["id"] for one in session.get(f"{table}/columns").json()["items"]}
        id = session.get(table).json()["id"]
        with open_tools(Secret(coda.mcp_token), url) as tools:
            uri = f"superhuman://docs/{coda.doc_id}/tables/{id}"
            data: Any = {
                "action": "add",
                "columnIds": [columns["status"], columns["type"]],
                "rows": [["secret a", "secret b"]],
            }
            tools.call("table_rows_manage", {"uri": uri, "data": data})
            assert "secret" in str(tools.call("table_rows_read", {"uri": uri}))

    lines = heard(users, ask)
    assert "secret" not in json.dumps(lines)
    assert {*lines[0]["body"]["rows"][0]["cells"][0]} == {"column", "value"}
    assert not {*WORDS} & {one["column"] for one in lines[0]["body"]["rows"][0]["cells"]}
    tools = [line for line in lines if "tool" in line]
    assert tools[0]["arguments"]["uri"].startswith("superhuman://docs/text")
    assert tools[0]["arguments"]["data"]["action"] == "add"
    assert {*tools[1]["result"]} == {"rows", "hasMore", "totalRows"}
    assert {*tools[1]["result"]["rows"][0]} == {"rowId", "values"}


SECRET = {"status": "fired", "type": "secret", "salary": 7, "open": False, "deep": [[{"role": "boss", "@type": "me"}]]}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"values": {"status": "fired", "type": ["open", True]}}, {"values": {"A": "B", "C": ["D", True]}}),
        ({"values": {"c-abcdef": False, "c-abcdeg": 0}}, {"values": {"A": True, "B": 1}}),
        (
            {"values": {"x": {"@context": "http://schema.org/", "@type": "Person", "name": "Ada"}}},
            {"values": {"A": {"@context": "http://schema.org/", "@type": "Person", "name": "B"}}},
        ),
        ({"values": {"x": {"@type": "Secret", "amount": 2.5}}}, {"values": {"A": {"@type": "B", "amount": 1}}}),
        (
            {"rows": [{"cells": [{"column": "role", "value": {"salary": {"kind": "high"}}}]}]},
            {"rows": [{"cells": [{"column": "A", "value": {"B": {"C": "D"}}}]}]},
        ),
        ({"rows": [["open", False, 12.5, None]]}, {"rows": [["A", True, 1, None]]}),
        ({"rows": [{"salary": 3, "secret": "x"}]}, {"rows": [{"A": 1, "B": "C"}]}),
        (
            {"rows": [{"rowId": "i-abcdef", "values": {"c-abcdef": {"value": {"type": "dt", "epoch": 5}}}}]},
            {"rows": [{"rowId": "A", "values": {"B": {"value": {"type": "dt", "epoch": 1}}}}]},
        ),
        (
            {"data": {"rows": [{"updateCells": [{"columnId": "c-abcdef", "value": "open"}]}]}},
            {"data": {"rows": [{"updateCells": [{"columnId": "A", "value": "B"}]}]}},
        ),
        (
            {"value": SECRET},
            {"value": {"status": "A", "type": "B", "C": 1, "D": True, "E": [[{"F": "G", "@type": "H"}]]}},
        ),
        ({"type": "control", "value": True}, {"type": "control", "value": True}),
        (
            {"type": "a secret", "role": "Admin", "layout": "default"},
            {"type": "A", "role": "Admin", "layout": "default"},
        ),
    ],
)
def test_inside_of_cells_only_the_words_of_cells_stay(given: Any, told: Any) -> None:
    found = Redaction().json(given)
    letters: dict[str, str] = {}
    assert _named(told, found, letters)
    # Each letter replaces a text; none is the text that it replaces.
    assert not {*letters.values()} & {*_texts(given)}


def _named(told: Any, found: Any, letters: dict[str, str]) -> bool:
    """Whether a value has the shape of another, each letter in place of a text."""
    match told, found:
        case dict(), dict():
            pairs = zip(told.items(), found.items(), strict=True)
            return all(_named(a, c, letters) and _named(b, d, letters) for (a, b), (c, d) in pairs)
        case list(), list():
            return all(_named(a, b, letters) for a, b in zip(told, found, strict=True))
        case str(), str() if len(told) == 1:
            letters[told] = found
            return True
    return told == found and type(told) is type(found)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from (text for inner in value.values() for text in _texts(inner))
        case list():
            yield from (text for inner in value for text in _texts(inner))
        case str() if value not in ("http://schema.org/", "Person", "dt", "control", "Admin", "default"):
            yield value


def _redacted(path: str) -> list[str]:
    return Redaction().exchange(Exchange("", "GET", path)).path.split("/")[1:]


@pytest.mark.parametrize(
    "word", ["users", "settings", "rows", "docs", "summary", "listings", "metadata", "role", "a%2Fb"]
)
def test_places_in_paths_are_replaced_whatever_they_are_called(word: str) -> None:
    for operation in OPERATIONS:
        steps = operation.path.split("/")[1:]
        given = [word if step.startswith("{") else step for step in steps]
        if (word, operation.id) in AMBIGUOUS:
            continue
        for step, sent, kept in zip(steps, given, _redacted("/" + "/".join(given)), strict=True):
            if step.startswith("{"):
                assert kept not in (word, unquote(word)), operation.path
            else:
                assert kept == sent, operation.path


AMBIGUOUS = {
    ("listings", "getPack"),
    ("listings", "getPackListing"),
    ("summary", "listPageAnalytics"),
    ("summary", "listPackFormulaAnalytics"),
}
"""Packs and docs whose ids are words in the same place; no id is."""


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/docs/users/tables/users/rows/settings", "docs/./tables/./rows/."),
        ("/docs/x/tables/rows/columns/columns", "docs/./tables/./columns/."),
        ("/docs/x/pages/export/export/metadata", "docs/./pages/./export/."),
        ("/docs/x/tables/a/b/rows", "docs/./tables/././."),
        ("/docs/x/salaries/users", "docs/././."),
        ("/users/settings", "./."),
        ("/analytics/docs/summary", "analytics/docs/summary"),
        ("/analytics/docs/x/pages", "analytics/docs/./pages"),
        ("/packs/listings", "packs/listings"),
        ("/workspaces/users/users/role", "workspaces/./users/role"),
        ("/domains/provider/secret.example.com", "domains/provider/."),
        ("/docs/x/hooks/automation/grid-auto-secret", "docs/./hooks/automation/."),
        ("/docs/x/tables/Tasks%2Frows/rows/", "docs/./tables/./rows/"),
    ],
)
def test_the_position_in_a_path_decides(path: str, told: str) -> None:
    found = _redacted(path)
    assert ["." if "text" in step or "Redacted" in step else step for step in found] == told.split("/")


def test_what_sets_off_an_automation_is_of_its_user() -> None:
    one = Exchange("", "POST", "/docs/x/hooks/automation/y", body={"status": "fired", "salary": 9, "open": False})
    assert json.dumps(Redaction().exchange(one).body).count("fired") == 0
    assert "salary" not in json.dumps(Redaction().exchange(one).body)


def test_values_of_a_query_stay_where_they_are_words_of_the_api() -> None:
    query = (
        ("sortBy", "salary"),
        ("query", "true"),
        ("limit", "25"),
        ("tableTypes", "table,view"),
        ("my secret", "rich"),
    )
    found = Redaction().exchange(Exchange("", "GET", "/docs", query)).query
    assert found[2:4] == query[2:4]
    assert [pair for pair in found if pair in query] == [*query[2:4]]


@pytest.mark.parametrize("scheme", ["coda", "superhuman"])
def test_addresses_of_mcp_by_position(scheme: str) -> None:
    found = Redaction().text(f"{scheme}://docs/users/tables/tables/rows/rows")
    assert re.fullmatch(rf"{scheme}://docs/text \d\w*/tables/text \d\w*/rows/text \d\w*", found)


def test_a_slash_in_a_name_reaches_coda(root: Path) -> None:
    def ask(url: str, session: requests.Session, coda: RunningCoda) -> None:
        name = session.get(f"{url}/apis/v1/docs/{coda.doc_id}/tables/tasks/rows/Buy%20the%2Fsecret%25").json()["name"]
        assert name == "Buy the/secret%"

    (root / "tasks/rows.csv").write_text("name\nBuy the/secret%\n", "utf-8")
    (line,) = heard(root, ask)
    assert line["status"] == 200
    assert line["path"].count("/") == 6


# ------------------------------------------------------------ shapes


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        ({"a": 1}, {"a": 2}, []),
        ({"a": 1}, {"a": "x"}, ["a: recorded number, here a text"]),
        ({"a": 1}, {}, ["a: recorded number, here nothing"]),
        ({}, {"a": None}, ["a: recorded nothing, here null"]),
        ([], [{"a": 1}], []),
        ([{"a": 1}, {}], [{}], []),
        ([{"a": {"b": True}}], [{"a": {"b": 1}}], ["[].a.b: recorded boolean, here number"]),
        ({"at": "2026-09-14T09:21:36.118Z"}, {"at": "2026-09-14T09:21:36Z"}, ["at: recorded a moment in milliseconds"]),
        ({"at": "2026-09-14T09:21:36.118Z"}, {"at": ""}, []),
        ({"link": "https://coda.io/d/x"}, {"link": "grid-abcdef"}, ["link: recorded an address, here an id"]),
        ({"values": {"c-abcdef": 1}}, {"values": {"c-zzzzzz": 2}}, []),
        ([1, None], [2], []),
        ("x", ["x"], ["the reply: recorded a text, here list"]),
    ],
)
def test_shapes_are_compared(theirs: Any, ours: Any, told: list[str]) -> None:
    found = [str(one) for one in differences(shape_of(theirs), shape_of(ours))]
    assert len(found) == len(told)
    assert all(one.startswith(expected) for one, expected in zip(found, told, strict=True))


# ------------------------------------------------------------ the files of others

REPLY = {"items": [], "href": "https://coda.io/apis/v1/docs"}


def har(reply: object, encoded: bool = False) -> dict[str, Any]:
    text = json.dumps(reply)
    content = {"text": base64.b64encode(text.encode()).decode(), "encoding": "base64"} if encoded else {"text": text}
    url = "https://coda.io/apis/v1/docs?isOwner=true"
    other = {"request": {"method": "GET", "url": "https://example.com/"}, "response": {"status": 200, "content": {}}}
    entry = {"request": {"method": "GET", "url": url}, "response": {"status": 200, "content": content}}
    return {"log": {"entries": [other, entry]}}


def cassette(reply: object) -> dict[str, Any]:
    return {
        "interactions": [
            {
                "request": {"method": "GET", "uri": "https://coda.io/apis/v1/docs?isOwner=true", "body": None},
                "response": {"status": {"code": 200, "message": "OK"}, "body": {"string": json.dumps(reply)}},
            }
        ],
        "version": 1,
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("one.har", json.dumps(har(REPLY))),
        ("one.har", json.dumps(har(REPLY, encoded=True))),
        ("one.yaml", yaml.safe_dump(cassette(REPLY))),
        ("one.json", json.dumps(cassette(REPLY))),
        (
            "one.jsonl",
            json.dumps({"method": "get", "path": "/docs", "query": {"isOwner": "true"}, "reply": REPLY}) + "\n",
        ),
    ],
)
def test_files_of_recorders_are_read(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    (found,) = read_recording(path)
    assert (found.method, found.path, found.query, found.status) == ("GET", "/docs", (("isOwner", "true"),), 200)
    assert found.reply == REPLY


def test_tools_are_read_from_lines(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    lines = [{"tool": "whoami", "arguments": {}, "result": {"name": "Ada"}}, {"tool": "whoami", "error": "no"}]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    found = read_recording(path)
    assert [(one.tool, one.status) for one in found] == [("whoami", 200), ("whoami", 0)]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.har", "{", "is no JSON"),
        ("a.har", "{}", "neither HAR nor a cassette"),
        ("a.har", json.dumps({"log": {"entries": []}}), "no exchange with Coda's API"),
        ("a.har", json.dumps({"log": {"entries": [{}]}}), "entry 1 has no request and response"),
        ("a.yaml", "a: [", "is no YAML"),
        ("a.yaml", "!!python/object:os.system {}", "is no YAML"),
        ("a.jsonl", "{}\n", "line 1 has neither a tool"),
        ("a.jsonl", "[", "line 1 is no JSON"),
        ("a.jsonl", '{"tool": "x", "arguments": 3}', "arguments that are no object"),
    ],
)
def test_other_files_are_told(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(BadRecording) as raised:
        read_recording(path)
    assert told in str(raised.value)
    assert str(path) in str(raised.value)


# ------------------------------------------------------------ the recorder


def test_the_recorder_gives_no_token_away() -> None:
    with pytest.raises(ValueError, match="gets no token"):
        Recorder("https://evil.example", "https://coda.io", lambda _: None)


def test_the_recorder_answers_on_this_machine_alone(root: Path) -> None:
    kept: list[Exchange] = []
    with local_coda_for(root) as coda, serving(Recorder(coda.url, coda.url, kept.append).application()) as url:
        assert requests.get(f"{url}/apis/v1/whoami", headers={"host": "evil.example"}, timeout=9).status_code == 403
        assert requests.get(f"{url}/other", timeout=9).status_code == 404
        assert requests.get(f"{url}/apis/v1x/whoami", timeout=9).status_code == 404
        assert requests.get(f"{url}/apis/mcp", timeout=9).status_code == 405
        assert kept == []
        assert requests.get(f"{url}/apis/v1/whoami", timeout=9).status_code == 401
    assert [one.status for one in kept] == [401]


def test_a_host_that_does_not_answer_is_a_bad_gateway() -> None:
    with serving(Recorder("http://127.0.0.1:9", "http://127.0.0.1:9", lambda _: None).application()) as url:
        found = requests.get(f"{url}/apis/v1/whoami", timeout=9)
    assert found.status_code == 502
    assert "does not answer" in found.text


def test_the_command_records_until_it_is_interrupted(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept.jsonl"
    with local_coda_for(root) as coda:
        environments = f"environments: {{here: {{doc: {coda.doc_id}, host: {coda.url}}}}}\n"
        (root / "doc.yml").write_text(DOC["doc.yml"] + environments, "utf-8")
        command = [sys.executable, "-m", "codaform", "record", "--to", "here", "--redact", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--out", str(out), "--project", str(root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        headers = {"authorization": f"Bearer {coda.token}"}
        assert requests.get(f"{url}/docs/{coda.doc_id}/tables", headers=headers, timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        token = coda.token
    assert process.returncode == 0, said
    assert said.endswith("kept.jsonl: 1 call\n")
    assert "Traceback" not in said
    (line,) = out.read_text("utf-8").splitlines()
    assert token not in line
    assert json.loads(line)["reply"]["items"][0]["type"] == "table"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
