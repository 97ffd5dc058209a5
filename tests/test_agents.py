"""The tools for agents, called by a client of MCP over the streams of a real process; no tool changes a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import CliRunner
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent

from codaform.cli.agents import TOOLS, call_tool
from codaform.cli.program import program
from projects import with_tasks

ROWS = {"tasks/rows.csv": "name,hours\nPlan,2\nBuild,5\n"}


def asked(name: str, root: Path, **given: Any) -> Any:
    """The JSON that a tool answers."""
    told = call_tool(name, given, root)
    assert not told.failed, told.text
    return json.loads(told.text)


def text_of(answer: CallToolResult) -> str:
    """The text that a tool answers."""
    (content,) = answer.content
    assert isinstance(content, TextContent)
    return content.text


def test_a_client_lists_and_calls_the_tools(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, ROWS)
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    async def drive() -> None:
        parameters = StdioServerParameters(command=sys.executable, args=["-m", "codaform", "mcp", str(folder)])
        async with Client(stdio_client(parameters)) as client:
            tools = (await client.list_tools()).tools
            assert [one.name for one in tools] == [one.name for one in TOOLS]
            assert all(one.annotations is not None and one.annotations.read_only_hint for one in tools)
            found = await client.call_tool("eval", {"formula": "tasks.hours.Sum()"})
            assert (found.is_error, json.loads(text_of(found))) == (False, 7)
            wrong = await client.call_tool("uses", {"part": "tasks.nothing"})
            assert wrong.is_error
            assert "nothing" in text_of(wrong)

    anyio.run(drive)
    assert {path: path.read_bytes() for path in before} == before
    new = {path for path in folder.rglob("*") if path.is_file()} - before.keys()
    assert {path.relative_to(folder).parts[0] for path in new} <= {".codaform"}


def test_a_formula_and_a_project_are_checked(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, ROWS)
    assert asked("check", folder)["diagnostics"] == []
    (found,) = asked("check", folder, formula="thisRow.hors", table="tasks")["diagnostics"]
    assert found["code"] == "CF203"


def test_uses_and_functions_are_told(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, ROWS)
    assert "double" in json.dumps(asked("uses", folder, part="tasks.hours"))
    assert "Filter(" in call_tool("functions", {"name": "Filter"}, folder).text


JOBS = """\
table: jobs
columns:
  - {name: name, type: text, display: true}
  - {name: part, type: number, formula: "1 / thisRow.name.Length()"}
"""


def test_costs_and_advice_are_told(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, {**ROWS, "jobs/table.yml": JOBS})
    assert [one["code"] for one in asked("lint", folder)["diagnostics"]] == ["CF901", "CF941"]  # no row has a parent
    told = asked("cost", folder, grow=10)
    assert (told["grow"], {one["name"] for one in told["formulas"]}) == (10, {"double", "part"})


def test_no_code_of_the_project_is_run(tmp_path: Path) -> None:
    code = "import pathlib\npathlib.Path('was_run').touch()\n"
    folder = with_tasks(tmp_path, {**ROWS, "click.py": code, "codaform.py": code, "json.py": code})
    assert asked("eval", folder, formula="1 + 1") == 2
    assert not (folder / "was_run").exists()


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("nothing", {}, "no tool"),
        ("eval", {}, "formula is missing"),
        ("eval", {"formula": 7}, "no string"),
        ("eval", {"formula": "1", "apply": "yes"}, "no argument apply"),
        ("uses", {"part": "--help"}, "--help"),
        ("eval", {"formula": "1", "table": "--all"}, "--all"),
        ("eval", {"formula": "\0"}, "character"),
        ("uses", {"part": "tasks.hours", "depth": True}, "no integer"),
    ],
)
def test_a_wrong_call_is_refused(tmp_path: Path, name: str, given: dict[str, Any], why: str) -> None:
    told = call_tool(name, given, with_tasks(tmp_path, ROWS))
    assert told.failed
    assert why in told.text


def test_a_model_is_told_the_doc_the_files_and_the_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(with_tasks(tmp_path, ROWS))
    told = CliRunner().invoke(program, ["schema", "--for-llm"]).output
    assert "- table tasks" in told
    assert "  - double: number, computed" in told
    assert "- Filter(list: list of T, condition: formula giving boolean) → list of T" in told
    assert "- columns (required)" in told
    assert len(told) < 60_000
    monkeypatch.chdir(tmp_path.parent)
    assert "This doc" not in CliRunner().invoke(program, ["schema", "--for-llm"]).output
    for words in ([], ["doc", "--for-llm"]):
        assert CliRunner().invoke(program, ["schema", *words]).exit_code == 2
