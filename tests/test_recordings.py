"""Recordings of clients: read, replayed on a local Coda, compared by shape, made by the recorder, and redacted."""

from __future__ import annotations

import base64
import json
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.coda.recording.exchanges import BadRecording, Exchange, read_recording
from codaform.coda.recording.redaction import Redaction, as_line
from codaform.coda.recording.shapes import differences, shape_of
from codaform.server.recorder import Recorder, line_of
from codaform.server.start import serving
from codaform.testing import RunningCoda, local_coda_for, replay
from projects import TASKS, write

DOC = {"doc.yml": "doc: Small\n", "tasks/table.yml": TASKS, "tasks/rows.csv": "name\nBuy the secret ship\nSell it\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "doc", DOC)


def recorded(coda: RunningCoda, file: Path, redaction: Redaction | None) -> list[str]:
    """What a client asks through the recorder, kept in a file; gives the links that it got."""
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
