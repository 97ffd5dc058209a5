"""The doctor: what a deploy needs and whether it is there, told without writing anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.coda.door.rest import Record, Rest
from codaform.deploy import doctor
from codaform.deploy.ids import Ids
from codaform.deploy.lock import LockEntry, write_lock
from codaform.server.access import Token
from codaform.testing import RunningCoda, local_coda_for
from door import scripted
from projects import TASKS, write

pytestmark = pytest.mark.slow

DOC = "doc: Small\ntime_zone: Europe/Berlin\n"
FILES = {"tasks/table.yml": TASKS, "tasks/double.coda": "thisRow.hours * 2\n", "tasks/rows.csv": "name,hours\nPlan,2\n"}


@pytest.fixture
def coda(tmp_path: Path) -> Iterator[RunningCoda]:
    with local_coda_for(write(tmp_path / "doc", FILES, DOC)) as running:
        yield running


@pytest.fixture
def folder(coda: RunningCoda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODA_API_TOKEN", coda.token)
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    project = write(tmp_path / "project", FILES, with_environment(coda.doc_id, coda.url))
    write_lock(project, {"staging": LockEntry(Ids(coda.doc_id, {"tasks": "grid-x"}))})
    return project


def with_environment(doc: str, host: str) -> str:
    return f"{DOC}environments:\n  staging: {{doc: {doc}, host: '{host}'}}\n"


def command(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["doctor", "--project", str(folder), *arguments])


def told(folder: Path, code: int, *arguments: str) -> dict[str, tuple[str, str]]:
    """By what was looked at, the state and the line; of several, the last."""
    done = command(folder, *arguments)
    assert done.exit_code == code, done.output
    assert done.stderr == ""
    lines = {}
    for line in done.stdout.splitlines():
        state, _, rest = line.partition(" ")
        what = rest.strip().split(": ")[1]
        lines[what] = (state, rest.strip())
    return lines


def test_where_all_is_well_it_says_so_and_writes_nothing(coda: RunningCoda, folder: Path) -> None:
    before = coda.parts.workspace.live(coda.doc_id).record.version
    found = told(folder, 0, "--to", "staging")
    assert {state for state, _ in found.values()} == {"ok"}
    assert [*found] == [
        "codaio", "lock", "host", "REST token", "doc", "reading", "writing", "MCP token", "MCP tools",
    ]  # fmt: skip
    assert "the clocks agree" in found["host"][1]
    assert "Small: 1 rows" in found["doc"][1]
    coda.finish()
    doc = coda.parts.workspace.live(coda.doc_id)
    assert [len(rows) for rows in doc.rows.values()] == [1]
    assert doc.record.version == before


def test_json_says_the_same(folder: Path) -> None:
    found = json.loads(command(folder, "--format", "json").stdout)
    assert found["version"] == 1
    assert [*found["environments"]] == ["staging"]
    assert {finding["state"] for finding in found["environments"]["staging"]} == {"ok"}


def test_without_tokens_it_says_what_to_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODA_API_TOKEN")
    monkeypatch.delenv("CODA_MCP_TOKEN")
    found = told(folder, 1, "--to", "staging")
    assert found["REST token"][0] == "problem"
    assert "set CODA_API_TOKEN_STAGING" in found["REST token"][1]
    assert found["MCP token"][0] == "warning"
    assert "set CODA_MCP_TOKEN_STAGING" in found["MCP token"][1]
    assert "paste sheet" in found["MCP token"][1]


def test_tokens_of_the_wrong_kind_are_named(coda: RunningCoda, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_API_TOKEN", coda.mcp_token)
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.token)
    found = told(folder, 1, "--to", "staging")
    assert found["REST token"][0] == "problem"
    assert "one for MCP does not open it" in found["REST token"][1]
    assert found["MCP token"][0] == "warning"
    assert "a REST token does not open it" in found["MCP token"][1]
    assert not any(token in line for _, line in found.values() for token in (coda.token, coda.mcp_token))


@pytest.mark.parametrize(
    ("limit", "code", "what", "state", "said"),
    [
        (
            {"writes": False},
            0,
            "writing",
            "warning",
            "the token may not write; plan, drift, parity",
        ),
        ({"doc": "OtherDoc12"}, 1, "REST token", "problem", "make one that does"),
        ({"reads": False}, 1, "REST token", "problem", "make one that does"),
        ({"table": "grid-other"}, 0, "doc", "ok", "there is no table, or none for this token"),
    ],
)
def test_a_limited_token_is_told_with_what_it_reaches(
    limit: dict[str, Any],
    code: int,
    what: str,
    state: str,
    said: str,
    coda: RunningCoda,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CODA_API_TOKEN", coda.parts.tokens.add(Token("narrow", "rest", **limit)))
    found = told(folder, code, "--to", "staging")
    assert found[what][0] == state
    assert said in found[what][1]


def _table(coda: RunningCoda) -> str:
    return coda.parts.workspace.live(coda.doc_id).record.tables[0].id


def test_rows_that_may_not_be_read(coda: RunningCoda, folder: Path) -> None:
    path = f"/apis/v1/docs/{coda.doc_id}/tables/{_table(coda)}/rows"
    coda.faults.set({"faults": [{"status": 403, "method": "GET", "path": path}]})
    found = told(folder, 1, "--to", "staging")
    assert "the token may not read the rows of tasks" in found["reading"][1]


def test_a_limit_that_is_reached_is_told_at_once(coda: RunningCoda, folder: Path) -> None:
    coda.faults.set({"faults": [{"status": 429}]})
    found = told(folder, 0, "--to", "staging")
    assert found["limits"] == (
        "warning",
        "staging: limits: Coda's rate limit is reached; wait a minute; something else works with the same account",
    )


def test_a_tool_that_was_renamed_is_named(coda: RunningCoda, folder: Path) -> None:
    coda.faults.set({"renamed": {"table_create": "table_make"}, "without": {"formula_execute": ["formula"]}})
    done = command(folder, "--to", "staging")
    assert done.exit_code == 0
    assert "MCP tools: the server has no table_create; changes that need it go to the paste sheet" in done.stdout
    assert "MCP tools: the server has no formula_execute with formula;" in done.stdout


def test_a_doc_that_is_not_there(coda: RunningCoda, folder: Path) -> None:
    (folder / "doc.yml").write_text(with_environment("NoSuchDoc1", coda.url), "utf-8")
    found = told(folder, 1, "--to", "staging")
    assert "there is no doc NoSuchDoc1, or the token does not reach it" in found["doc"][1]
    assert "remembers the doc" in found["lock"][1]


def test_a_doc_over_the_limit_of_the_api(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def huge(_: Rest, doc: str) -> Record:
        return {"id": doc, "name": "Huge", "docSize": {"overApiSizeLimit": True}}

    monkeypatch.setattr(Rest, "doc", huge)
    found = told(folder, 1, "--to", "staging")
    assert "Huge is larger than the API serves" in found["doc"][1]


Headers = Mapping[str, str]


@pytest.mark.parametrize(
    ("status", "headers", "state", "said"),
    [
        (401, {"Date": "Mon, 01 Jan 2024 00:00:00 GMT"}, "warning", " s ahead of that of http://"),
        (401, {"Date": "Mon, 01 Jan 2080 00:00:00 GMT"}, "warning", " s behind that of http://"),
        (401, {"Date": "noon"}, "ok", "it does not tell its time"),
        (302, {"Location": "https://elsewhere.example/"}, "problem", "leads on to https://elsewhere.example/"),
        (200, {}, "warning", "answers 200 to a call without a token"),
    ],
)
def test_the_host_and_its_clock(
    status: int, headers: Headers, state: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Headers] = []

    def answer(_method: str, _path: str, given: Headers, _body: bytes) -> tuple[int, Headers, bytes]:
        sent.append(given)
        return status, {name: value for name, value in headers.items() if name != "Date"}, b""

    if "Date" in headers:
        monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: headers["Date"])
    with scripted(answer) as (url, _):
        found = doctor.host(url)
    assert (found.state, found.what) == (state, "host")
    assert said in found.said
    assert not any("Authorization" in given for given in sent)


def test_a_host_that_is_not_there_gets_no_token(folder: Path, coda: RunningCoda) -> None:
    (folder / "doc.yml").write_text(with_environment(coda.doc_id, "http://127.0.0.1:9"), "utf-8")
    found = told(folder, 1, "--to", "staging")
    assert "cannot be reached (ConnectionError)" in found["host"][1]
    assert "REST token" not in found
    (folder / "doc.yml").write_text(with_environment(coda.doc_id, "http://coda.example"), "utf-8")
    assert "https is needed" in told(folder, 1, "--to", "staging")["host"][1]


@pytest.mark.parametrize(("version", "state"), [("0.6.12", "ok"), ("0.7.0", "warning"), (None, "problem")])
def test_codaio(version: str | None, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def known(name: str) -> str:
        if version is None:
            raise metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(metadata, "version", known)
    found = doctor.installed()
    assert found.state == state
    assert bool(found.advice) is (state != "ok")


def test_an_environment_without_a_doc_keeps_no_other_from_being_looked_at(coda: RunningCoda, folder: Path) -> None:
    (folder / "doc.yml").write_text(f"{with_environment(coda.doc_id, coda.url)}  production: {{}}\n", "utf-8")
    done = command(folder)
    assert done.exit_code == 1
    assert "problem  production: doc.yml: the environment production names no doc" in done.stdout
    assert "ok       staging: REST token" in done.stdout
    assert command(folder, "--to", "production").exit_code == 2
    assert "did you mean staging" in command(folder, "--to", "stagin").stderr


def test_a_project_without_environments_has_its_local_coda(tmp_path: Path) -> None:
    found = told(write(tmp_path, FILES, DOC), 0)
    assert "there is no table" in found["doc"][1]
    assert found["MCP tools"][0] == "ok"


def test_a_lock_that_cannot_be_read_is_one_line(folder: Path) -> None:
    (folder / "doc.lock.yml").write_text("<<<<<<< ours\n", "utf-8")
    done = command(folder, "--to", "staging")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert "a merge that is not finished" in done.stderr
