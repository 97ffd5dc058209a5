"""The language server, driven by a client over the streams of a real process: every feature, and what is wrong."""

from __future__ import annotations

import gc
import re
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from codaform.editor.opened import OpenedProject
from codaform.editor.positions import EditorText, Encoding
from codaform.source import Span
from lsp_client import LspClient, LspError
from projects import with_tasks, write

TASKS = """\
table: tasks
columns:
  - {name: name, type: text, display: true, about: "What is to be done."}
  - {name: hours, type: number, about: "Hours of work."}
  - {name: status, type: select, options: [Open, "In work", Done]}
  - {name: parent, type: relation, to: tasks}
  - {name: double, type: number, formula: double.coda, about: "Twice the hours."}
  - {name: treble, type: number, formula: 'thisRow.hours * 3'}
"""

ROWS = "name,hours,status,parent\nPlan,2,Open,\nBuild,5,Done,Plan\n"

CASES = """\
- case: twice
  given:
    tasks:
      - {name: Plan, hours: 2}
  expect: {Plan: 4}
"""

LOOSE = "../loose.coda"
"""A formula beside the project."""

FILES = {
    "tasks/table.yml": TASKS,
    "tasks/double.coda": "thisRow.hours * 2\n",
    "tasks/rows.csv": ROWS,
    "tasks/double.cases.yml": CASES,
    "scenarios/plan.yml": "scenario: Plan\nsteps:\n  - about: More work.\n    change: {tasks: {Plan: {hours: 3}}}\n",
    "documents/guide.md": "# Guide\n\nThe column is {column}`tasks.hours`.\n\n{value}`tasks.hours.Sum()`\n",
    LOOSE: "1 + 1\n",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LspClient]:
    """A client of a small project; each test opens the texts that it edits, and closes nothing."""
    with LspClient(write(tmp_path_factory.mktemp("place") / "project", FILES)) as started:
        started.offered = started.start()
        for name in ("tasks/table.yml", "tasks/double.coda", "tasks/rows.csv", LOOSE):
            started.open(name)
            started.findings(name)
        yield started


def labels(client: LspClient, text: str, name: str = "tasks/double.coda") -> list[str]:
    """What completes a formula at the sign `|`."""
    client.change(name, text.replace("|", ""))
    before = text[: text.index("|")].split("\n")
    items = client.ask("textDocument/completion", client.at(name, len(before) - 1, len(before[-1])))["items"]
    return [one["label"] for one in sorted(items, key=lambda one: one["sortText"])]


def hovered(client: LspClient, text: str, name: str = "tasks/double.coda") -> str:
    """The hover text at the sign `|` of a formula."""
    client.change(name, text.replace("|", ""))
    found = client.ask("textDocument/hover", client.at(name, 0, text.index("|")))
    return str(found["contents"]["value"]) if found else ""


# ------------------------------------------------------------ findings


def test_a_keystroke_has_its_findings(client: LspClient) -> None:
    client.change("tasks/double.coda", "thisRow.hour * 2\n")
    (found,) = client.findings("tasks/double.coda")
    assert found["range"] == {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 12}}
    assert (found["code"], found["severity"], found["source"]) == ("CF203", 1, "codaform")
    assert "did you mean hours?" in found["message"]
    client.change("tasks/double.coda", "thisRow.hours * 2\n")
    assert client.findings("tasks/double.coda") == []


def test_a_keystroke_has_its_advice_and_a_comment_allows_it(client: LspClient) -> None:
    sorted_ = "tasks.Sort(true, hours).Count()"
    client.change("tasks/double.coda", f"{sorted_}\n")
    assert [one["code"] for one in client.findings("tasks/double.coda")] == ["CF923"]
    client.change("tasks/double.coda", f"{sorted_} // noqa: needless-sort - the order is shown\n")
    assert client.findings("tasks/double.coda") == []
    client.change("tasks/double.coda", "thisRow.hours * 2\n")
    assert client.findings("tasks/double.coda") == []


def test_an_edit_of_a_range_counts_lines_as_the_protocol_does(client: LspClient) -> None:
    client.change("tasks/double.coda", "\r\n// a\u2028b\r\nthisRow.hours\r\n")
    where = {"line": 2, "character": 8}
    client.edit(
        "tasks/double.coda",
        [
            {"range": {"start": where, "end": {"line": 2, "character": 13}}, "text": "our"},
            {"range": {"start": where, "end": where}, "text": "h"},
        ],
    )
    (found,) = client.findings("tasks/double.coda")
    assert found["range"] == {"start": where, "end": {"line": 2, "character": 12}}


def test_a_control_character_is_found_at_its_place(client: LspClient) -> None:
    client.change("tasks/double.coda", "1 +\f 1\r + 1")
    (found,) = client.findings("tasks/double.coda")
    assert found["range"] == {"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 4}}


TEXTS = st.text(st.sampled_from("ab\n\r\u2028\f\x85é😀\ufeff"), max_size=12)


@given(TEXTS, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_every_place_of_a_text_has_one_position(text: str, encoding: Encoding) -> None:
    written = EditorText(text, encoding)
    ends = [at for at in range(len(text) + 1) if text[max(at - 1, 0) : at + 1] != "\r\n" or at == 0]
    assert [written.offset(written.position(at)) for at in ends] == ends
    assert written.position(len(text)).line == len(re.findall("\r\n|\n|\r", text))
    read = written.read
    places = [written.place(written.range(Span(at, at)).start) for at in range(len(read) + 1)]
    assert places == list(range(len(read) + 1))
    assert written.place(lsp.Position(0, 10**9)) == len(re.split("[\n\r]", read)[0])


def test_a_schema_that_is_not_saved_is_what_formulas_are_held_against(client: LspClient) -> None:
    client.change("tasks/double.coda", "thisRow.effort * 2\n")
    assert [one["code"] for one in client.findings("tasks/double.coda")] == ["CF203"]
    client.change("tasks/table.yml", TASKS.replace("name: hours", "name: effort").replace("thisRow.hours", "effort"))
    client.change("tasks/rows.csv", ROWS.replace("hours", "effort"))
    client.until(lambda note: about(client, note, "tasks/double.coda") == [])
    client.change("tasks/table.yml", TASKS)
    client.change("tasks/rows.csv", ROWS)
    client.until(lambda note: about(client, note, "tasks/double.coda") not in ([], None))


def about(client: LspClient, note: dict[str, Any], name: str) -> list[str] | None:
    """The codes of the findings that a notification has of a file; None if it is of another one."""
    params = note.get("params") or {}
    if note.get("method") != "textDocument/publishDiagnostics" or params["uri"] != client.uri(name):
        return None
    return [one["code"] for one in params["diagnostics"]]


def test_a_formula_in_yaml_has_its_findings_in_the_file(client: LspClient) -> None:
    text = TASKS.replace("thisRow.hours * 3", 'thisRow.hors & ""')
    client.change("tasks/table.yml", text)
    (found,) = client.findings("tasks/table.yml")
    line = text.split("\n")[found["range"]["start"]["line"]]
    assert line[found["range"]["start"]["character"] : found["range"]["end"]["character"]] == "hors"
    client.change("tasks/table.yml", TASKS)
    assert client.findings("tasks/table.yml") == []


def test_rows_that_are_not_saved_have_their_findings(client: LspClient) -> None:
    client.change("tasks/rows.csv", ROWS.replace(",5,", ",five,"))
    client.until(lambda note: about(client, note, "tasks/rows.csv") == ["CF407"])
    client.change("tasks/rows.csv", ROWS)
    client.until(lambda note: about(client, note, "tasks/rows.csv") == [])


def test_a_file_that_is_not_open_has_findings_too(tmp_path: Path) -> None:
    with LspClient(with_tasks(tmp_path, {"tasks/double.coda": "thisRow.hors"})) as client:
        client.start()
        found = client.until(lambda note: about(client, note, "tasks/double.coda"))
        (tmp_path / "tasks/double.coda").write_text("thisRow.hours")
        changes = {"changes": [{"uri": client.uri("tasks/double.coda"), "type": 2}]}
        client.tell("workspace/didChangeWatchedFiles", changes)
        client.until(lambda note: about(client, note, "tasks/double.coda") == [])
        assert found["params"]["diagnostics"][0]["code"] == "CF203"


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 11), ("utf-16", 8), ("utf-32", 7)])
def test_columns_are_counted_in_the_encoding_of_the_client(tmp_path: Path, encoding: str, column: int) -> None:
    with LspClient(with_tasks(tmp_path), [encoding]) as client:
        assert client.start()["capabilities"]["positionEncoding"] == encoding
        client.open("tasks/double.coda", '"é😀" & hors')
        (found,) = client.findings("tasks/double.coda")
        assert found["range"]["start"] == {"line": 0, "character": column}
        hover = client.ask("textDocument/hover", client.at("tasks/double.coda", 0, 2))
        assert hover["range"]["end"]["character"] == column - 3
    with LspClient(tmp_path, ["utf-7"]) as client:
        assert client.start()["capabilities"]["positionEncoding"] == "utf-16"


# ------------------------------------------------------------ hover


def test_a_column_has_type_meaning_and_value(client: LspClient) -> None:
    told = hovered(client, "thisRow.ho|urs * 2")
    assert "**hours** · number, column of tasks" in told
    assert "Hours of work." in told
    assert "= `2` for Plan" in told


def test_a_computed_column_is_told_in_words(client: LspClient) -> None:
    assert "ƒ Its `hours` times 3." in hovered(client, "thisRow.treb|le")


def test_a_function_and_a_keyword_are_explained(client: LspClient) -> None:
    told = hovered(client, "tasks.Cou|nt()")
    assert "Count(" in told
    assert "= `2`" in told
    assert "the row of the formula" in hovered(client, "thisR|ow")


def test_a_formula_without_a_project_has_values_too(client: LspClient) -> None:
    assert "= `2`" in hovered(client, "1 +| 1", LOOSE)


# ------------------------------------------------------------ completion


def test_members_are_columns_of_the_row_and_functions_that_take_it(client: LspClient) -> None:
    found = labels(client, "thisRow.parent.|")
    assert found[:6] == ["double", "hours", "name", "parent", "status", "treble"]
    assert "IsBlank" in found
    assert found.index("IsBlank") < found.index("Abs")
    assert labels(client, "tasks.Filter(CurrentValue.ho|)")[0] == "double"


def test_scopes_of_loops_are_known_in_an_unfinished_formula(client: LspClient) -> None:
    found = labels(client, 'If(thisRow.hours > 2, tasks.Filter(hours > 1 AND |, "x"')
    assert found[0] == "CurrentValue"
    assert "thisRow" in found
    assert labels(client, "tasks.FormulaMap(CurrentValue.parent.|")[:2] == ["double", "hours"]
    assert labels(client, "WithName(3, three, th|")[:2] == ["three", "hours"]


def test_options_of_the_select_list_come_first(client: LspClient) -> None:
    expected = ['"Open"', '"In work"', '"Done"']
    assert labels(client, "thisRow.status = |")[:3] == expected
    assert labels(client, 'tasks.Filter(status = "|').__len__() == 3
    assert labels(client, "thisRow.status.Contains(|")[:3] == expected
    assert labels(client, "Switch(thisRow.status, |")[:3] == expected


def test_nothing_completes_a_comment_or_a_text(client: LspClient) -> None:
    assert labels(client, "1 /* tas| */") == []
    assert labels(client, "1 // tas|") == []
    assert labels(client, 'thisRow.name & "tas|"') == []


def test_a_name_in_brackets_is_replaced_as_a_whole(client: LspClient) -> None:
    client.change("tasks/double.coda", "thisRow.[ho")
    found = client.ask("textDocument/completion", client.at("tasks/double.coda", 0, 11))["items"]
    hours = next(one for one in found if one["label"] == "hours")
    assert hours["textEdit"]["range"]["start"]["character"] == 8
    assert hours["textEdit"]["newText"] == "hours"
    assert hours["filterText"] == "[hours"


def test_a_client_that_shares_a_range_gets_it_once(tmp_path: Path) -> None:
    shared = {"textDocument": {"completion": {"completionList": {"itemDefaults": ["data", "editRange"]}}}}
    named = {"tasks/table.yml": TASKS.replace("name: parent", "name: the parent")}
    lists = []
    for capabilities in ({}, shared):
        with LspClient(with_tasks(tmp_path, {**FILES, **named}), capabilities=capabilities) as client:
            client.start()
            client.open("tasks/double.coda", "thisRow.[the")
            lists.append(client.ask("textDocument/completion", client.at("tasks/double.coda", 0, 12)))
    plain, with_range = lists
    assert "itemDefaults" not in plain
    edited = with_range["itemDefaults"]["editRange"]
    assert edited == {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 12}}
    for one, other in zip(plain["items"], with_range["items"], strict=True):
        edit = one.pop("textEdit")
        assert edit == {"range": edited, "newText": other.pop("textEditText", other["label"])}
        assert one == other
    assert {"label": "the parent", "filterText": "[the parent"}.items() <= with_range["items"][3].items()


def test_a_project_that_passed_is_forgotten_at_once(tmp_path: Path) -> None:
    formula = with_tasks(tmp_path, FILES) / "tasks/double.coda"
    gc.disable()  # what refers to itself would wait for the collector of garbage
    try:
        first = OpenedProject.read(tmp_path, {formula: b"thisRow.hours"})
        first.prepare()
        passed = weakref.ref(first)
        first = OpenedProject.read(tmp_path, {formula: b"thisRow.hours * 3"}, first)
        assert passed() is None
    finally:
        gc.enable()


# ------------------------------------------------------------ definition


def test_a_name_leads_to_its_declaration_and_its_formula(client: LspClient) -> None:
    client.change("tasks/double.coda", "thisRow.double + thisRow.treble + tasks.Count()")
    places = client.ask("textDocument/definition", client.at("tasks/double.coda", 0, 27))
    assert [one["range"]["start"] for one in places] == [{"line": 7, "character": 11}]
    (table,) = client.ask("textDocument/definition", client.at("tasks/double.coda", 0, 36))
    assert table["uri"] == client.uri("tasks/table.yml")
    places = client.ask("textDocument/definition", client.at("tasks/double.coda", 0, 10))
    assert [one["uri"] for one in places] == [client.uri("tasks/table.yml"), client.uri("tasks/double.coda")]
    assert client.ask("textDocument/definition", client.at("tasks/double.coda", 0, 42)) == []


# ------------------------------------------------------------ references, renaming


def test_every_place_of_a_name_is_found(client: LspClient) -> None:
    client.change("tasks/double.coda", "thisRow.hours * 2\n")
    asked = client.at("tasks/double.coda", 0, 10) | {"context": {"includeDeclaration": True}}
    found = client.ask("textDocument/references", asked)
    assert places(client, found) == {
        ("tasks/double.coda", 0, 8),
        ("tasks/table.yml", 3, 11),
        *(
            (name, line, FILES[name].split("\n")[line].index("hours"))
            for name, line in (
                *(("tasks/table.yml", 7), ("tasks/rows.csv", 0), ("tasks/double.cases.yml", 3)),
                *(("scenarios/plan.yml", 3), ("documents/guide.md", 2), ("documents/guide.md", 4)),
            )
        ),
    }
    for place in found:
        again = (
            client.ask(
                "textDocument/references",
                {"textDocument": {"uri": place["uri"]}}
                | {"position": place["range"]["start"], "context": {"includeDeclaration": True}},
            )
            if not place["uri"].endswith(".md")
            else found
        )
        assert again == found
    asked["context"] = {"includeDeclaration": False}
    assert ("tasks/table.yml", 3, 11) not in places(client, client.ask("textDocument/references", asked))


def places(client: LspClient, found: list[dict[str, Any]]) -> set[tuple[str, int, int]]:
    """The places of a result: file, line, column."""
    root = client.uri("") + "/"
    return {(one["uri"].removeprefix(root), *one["range"]["start"].values()) for one in found}


def test_a_renaming_reaches_every_file_as_it_is_in_the_editor(client: LspClient) -> None:
    client.change("tasks/double.coda", "\r\nthisRow.hours * 2 + thisRow.hours\r\n")
    asked = client.at("tasks/double.coda", 1, 10)
    ready = client.ask("textDocument/prepareRename", asked)
    assert (ready["placeholder"], ready["range"]["start"]) == ("hours", {"line": 1, "character": 8})
    changes = client.ask("textDocument/rename", asked | {"newName": "effort of it"})["documentChanges"]
    texts = {one["textDocument"]["uri"].removeprefix(client.uri("") + "/"): one for one in changes}
    edits = texts["tasks/double.coda"]["edits"]
    assert [edit["newText"] for edit in edits] == ["[effort of it]", "[effort of it]"]
    assert {edit["range"]["start"]["line"] for edit in edits} == {1}
    assert set(texts) == {
        *("tasks/double.coda", "tasks/table.yml", "tasks/rows.csv", "tasks/double.cases.yml"),
        *("scenarios/plan.yml", "documents/guide.md"),
    }
    assert texts["tasks/double.coda"]["textDocument"]["version"] is not None
    assert texts["documents/guide.md"]["textDocument"]["version"] is None
    moves = client.ask("textDocument/rename", client.at("tasks/table.yml", 6, 12) | {"newName": "twice"})
    moved = [one["newUri"] for one in moves["documentChanges"] if one.get("kind") == "rename"]
    assert moved == [client.uri("tasks/twice.coda"), client.uri("tasks/twice.cases.yml")]
    taken = asked | {"newName": "name"}
    assert refused(client, "textDocument/rename", taken) == -32803
    assert refused(client, "textDocument/rename", client.at("tasks/double.coda", 1, 16) | {"newName": "x"}) == -32803
    assert refused(client, "textDocument/prepareRename", client.at("tasks/double.coda", 1, 16)) == -32803
    client.change("tasks/double.coda", "thisRow.hours * 2\n")


def test_a_name_in_yaml_and_in_rows_is_known(client: LspClient) -> None:
    told = client.ask("textDocument/hover", client.at("tasks/rows.csv", 0, 6))["contents"]["value"]
    assert "Hours of work." in told
    told = client.ask("textDocument/hover", client.at("tasks/table.yml", 5, 41))["contents"]["value"]
    assert told.startswith("**tasks** · table")
    (place,) = client.ask("textDocument/definition", client.at("tasks/rows.csv", 0, 6))
    assert place["uri"] == client.uri("tasks/table.yml")
    assert client.ask("textDocument/hover", client.at("tasks/rows.csv", 1, 2)) is None


# ------------------------------------------------------------ keys of YAML


def yaml_labels(client: LspClient, name: str, text: str) -> list[str]:
    """What completes a file at the sign `|`."""
    before = text[: text.index("|")].split("\n")
    client.open(name, text.replace("|", "", 1))
    items = client.ask("textDocument/completion", client.at(name, len(before) - 1, len(before[-1])))["items"]
    client.tell("textDocument/didClose", {"textDocument": {"uri": client.uri(name)}})
    return [one["label"] for one in sorted(items, key=lambda one: one["sortText"])]


@pytest.mark.parametrize(
    ("name", "text", "first", "never"),
    [
        ("tasks/table.yml", "table: tasks\n|\ncolumns: []\n", ["about"], "table"),
        ("tasks/table.yml", "table: tasks\ncolumns:\n  - {name: a, ty|}\n", ["type", "about"], "name"),
        ("tasks/table.yml", "table: tasks\ncolumns:\n  - {name: a, |\n  - {name: b}\n", ["type", "about"], "name"),
        ("tasks/table.yml", "table: tasks\ncolumns:\n  - name: a\n    |\n  - name: b\n", ["type"], "name"),
        ("tasks/table.yml", "table: tasks\ncolumns:\n  - {name: a, type: nu|}\n", ["text"], "about"),
        ("tasks/table.yml", "table: tasks\ncolumns:\n  - name: a\n    key: |\n", ["true", "false"], "about"),
        ("tasks/table.yml", "columns:\n  - name: a\n    tests:\n      - |\n", ["unique", "not_null"], "name"),
        ("tasks/table.yml", "columns:\n  - {name: a, tests: [un|]}\n", ["unique", "not_null"], "name"),
        ("tasks/table.yml", "table: tasks\nviews:\n  - {na|: x}\n", ["name", "about"], "table"),
        ("tasks/table.yml", "columns:\n  - {name: a, format: {|}}\n", ["precision"], "name"),
        ("doc.yml", "doc: Small\nassume:\n  ci|\n", ["max_of_nothing", "circles"], "doc"),
        ("doc.yml", "doc: Small\nfirst_day_of_week: |\n", ["monday"], "doc"),
        ("tasks/new.cases.yml", "- case: x\n  |\n", ["expect", "clock"], "case"),
        ("scenarios/other.yml", "scenario: x\nsteps:\n  - step: a\n    |\n", ["clock", "add"], "step"),
        ("tasks/table.yml", "columns:\n  - {name: a, type: relation, to: |}\n", ["tasks"], "relation"),
        ("tasks/table.yml", "columns:\n  - {name: a, formula: |}\n", ["double.coda"], "tasks"),
        ("tasks/table.yml", "columns: [{name: b, type: text}]\nviews:\n  - {name: a, sort: |}\n", ["b"], "tasks"),
        ("tasks/table.yml", "columns: [{name: b, type: text}]\nviews: [{name: a, columns: [b, |]}]\n", ["b"], "tasks"),
        ("tasks/table.yml", "table: |\n", [], "about"),
        ("tasks/rows.csv", "na|", [], "name"),
    ],
)
def test_keys_and_fixed_values_of_yaml_complete(
    tmp_path: Path, name: str, text: str, first: list[str], never: str
) -> None:
    with LspClient(with_tasks(tmp_path)) as client:
        client.start()
        found = yaml_labels(client, name, text)
        assert found[: len(first)] == first
        assert never not in found
        assert bool(found) == bool(first)


def test_a_key_that_is_completed_gets_its_colon_once(client: LspClient) -> None:
    for text, wanted in (("about|", "views: "), ("about|: x", "views")):
        client.change("tasks/table.yml", f"table: tasks\n{text.replace('|', '')}\n")
        items = client.ask("textDocument/completion", client.at("tasks/table.yml", 1, 5))["items"]
        views = next(one for one in items if one["label"] == "views")
        assert views["textEdit"]["newText"] == wanted
        assert views["textEdit"]["range"] == {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 5}}
    client.change("tasks/table.yml", TASKS)


def test_a_key_is_explained(client: LspClient) -> None:
    told = client.ask("textDocument/hover", client.at("tasks/table.yml", 1, 2))
    assert told["contents"]["value"] == "**columns** · required\n\nThe columns, in order."
    assert told["range"]["end"] == {"line": 1, "character": 7}
    told = client.ask("textDocument/hover", client.at("tasks/table.yml", 2, 17))["contents"]["value"]
    assert told.startswith("**type** · required · `text`, ")
    assert told.endswith("Coda's column type.")
    assert client.ask("textDocument/hover", client.at("tasks/table.yml", 2, 24)) is None


# ------------------------------------------------------------ fixes, layout


def test_a_fix_is_an_action(client: LspClient) -> None:
    client.change("tasks/double.coda", "thisRow.hors * 2")
    where = {"start": {"line": 0, "character": 9}, "end": {"line": 0, "character": 9}}
    asked = {"textDocument": {"uri": client.uri("tasks/double.coda")}, "range": where, "context": {"diagnostics": []}}
    (action,) = client.ask("textDocument/codeAction", asked)
    assert action["kind"] == "quickfix"
    assert action["diagnostics"][0]["code"] == "CF203"
    ((uri, (edit,)),) = action["edit"]["changes"].items()
    assert (uri, edit["newText"]) == (client.uri("tasks/double.coda"), "hours")
    client.change("tasks/double.coda", "double = thisRow.hours\n")
    whole = client.ask("textDocument/codeAction", asked | {"context": {"diagnostics": [], "only": ["source.fixAll"]}})
    assert [one["kind"] for one in whole] == ["source.fixAll.codaform"]
    ((_, (edit,)),) = whole[0]["edit"]["changes"].items()
    assert edit["newText"] == "thisRow.hours\n"
    assert client.ask("textDocument/codeAction", asked | {"context": {"diagnostics": [], "only": ["refactor"]}}) == []


def test_a_formula_is_laid_out(client: LspClient) -> None:
    asked = {"textDocument": {"uri": client.uri("tasks/double.coda")}, "options": {"tabSize": 2, "insertSpaces": True}}
    client.change("tasks/double.coda", "thisrow.hours*2\r\n")
    (edit,) = client.ask("textDocument/formatting", asked)
    assert edit["newText"] == "thisRow.hours * 2\r\n"
    client.change("tasks/double.coda", "thisRow.hours *")
    assert client.ask("textDocument/formatting", asked) == []
    client.change("tasks/double.coda", "thisRow.hours * 2\n")
    assert client.ask("textDocument/formatting", asked) == []
    rows = {"uri": client.uri("tasks/rows.csv")}
    assert client.ask("textDocument/formatting", asked | {"textDocument": rows}) == []


# ------------------------------------------------------------ signatures, colours, values


def test_the_parameter_at_the_place_is_told(client: LspClient) -> None:
    for text, function, number in (
        ("Round(1.5, |", "Round", 1),
        ("tasks.Filter(hours > Max(1, 2) AND |", "Filter", 1),
        ('Concatenate("a", "b,(", "c"|', "Concatenate", 0),
        ("If(true, (1 + |", "If", 1),
        ("Switch(thisRow.hours, 1, |", "Switch", 1),
        ("Switch(thisRow.hours, 1, 2, 3, 4, |", "Switch", 1),
    ):
        client.change("tasks/double.coda", text.replace("|", ""))
        found = client.ask("textDocument/signatureHelp", client.at("tasks/double.coda", 0, text.index("|")))
        active = found["signatures"][found["activeSignature"]]
        assert active["label"].startswith(f"{function}("), text
        assert found["activeParameter"] == number, text
        start, end = active["parameters"][0]["label"]
        assert active["label"][start:end].isidentifier()
    assert client.ask("textDocument/signatureHelp", client.at("tasks/double.coda", 0, 0)) is None


def test_words_are_coloured_by_meaning(client: LspClient) -> None:
    legend = client.offered["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"]
    text = '/* a\nb */ tasks.Count() +\n  thisRow.hours * 2 & "é"'
    client.change("tasks/double.coda", text)
    about = {"textDocument": {"uri": client.uri("tasks/double.coda")}}
    data = client.ask("textDocument/semanticTokens/full", about)["data"]
    told, line, column = [], 0, 0
    for at in range(0, len(data), 5):
        line, column = line + data[at], data[at + 1] + (0 if data[at] else column)
        told.append((text.split("\n")[line][column : column + data[at + 2]], legend[data[at + 3]]))
    assert told == [
        *(("/* a", "comment"), ("b */", "comment"), ("tasks", "class"), ("Count", "function"), ("+", "operator")),
        *(("thisRow", "keyword"), ("hours", "property"), ("*", "operator"), ("2", "number"), ("&", "operator")),
        ('"é"', "string"),
    ]
    in_yaml = client.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": client.uri("tasks/table.yml")}})
    assert in_yaml["data"][:2] == [7, TASKS.split("\n")[7].index("thisRow")]


def test_values_stand_beside_formulas(client: LspClient) -> None:
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 8, "character": 0}}
    client.change("tasks/table.yml", TASKS)
    asked = {"textDocument": {"uri": client.uri("tasks/table.yml")}, "range": whole}
    (hint,) = client.ask("textDocument/inlayHint", asked)
    assert hint["label"] == "= 6"
    assert hint["tooltip"] == "for Plan, the first sample row of tasks"
    assert hint["position"]["line"] == 7
    client.change("tasks/double.coda", "thisRow.hours *\n  4\n")
    about = {"textDocument": {"uri": client.uri("tasks/double.coda")}}
    whole["end"] = {"line": 2, "character": 0}
    (hint,) = client.ask("textDocument/inlayHint", about | {"range": whole})
    assert (hint["label"], hint["position"]) == ("= 8", {"line": 1, "character": 3})
    whole["end"] = {"line": 9, "character": 0}  # behind the last line, as Neovim asks where none ends the text
    assert client.ask("textDocument/inlayHint", about | {"range": whole}) == [hint]
    client.change("tasks/double.coda", "thisRow.hors * 4\n")
    assert client.ask("textDocument/inlayHint", about | {"range": whole}) == [], "a faulty formula has no value to show"
    client.change("tasks/double.coda", "thisRow.hours * 2\n")


# ------------------------------------------------------------ what is wrong


def refused(client: LspClient, method: str, params: Any) -> int:
    """The code of the error that a request gets."""
    with pytest.raises(LspError) as failed:
        client.ask(method, params)
    assert "Traceback" not in str(failed.value)
    return int(failed.value.code)


def test_a_wrong_request_gets_an_error_and_the_server_goes_on(client: LspClient) -> None:
    hover = "textDocument/hover"
    assert refused(client, hover, client.at("nowhere.coda", 0, 0)) == -32602
    assert refused(client, hover, client.at("tasks", 0, 0)) == -32602
    assert refused(client, hover, client.at("tasks/double.coda", 99, 0)) == -32602
    assert refused(client, hover, client.at("tasks/double.coda", -1, 0)) == -32602
    assert refused(client, hover, {"textDocument": {"uri": 7}}) == -32602
    assert refused(client, hover, None) == -32602
    assert refused(client, hover, [1, 2]) == -32602
    assert refused(client, "textDocument/nothing", {}) == -32601
    assert refused(client, "initialize", {"capabilities": {}, "processId": None, "rootUri": None}) == -32600
    for uri in ("untitled:Untitled-1", "http://example.com/a.coda", "file://host/a.coda", "file:///%00", ":", ""):
        wrong = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
        assert refused(client, hover, wrong) == -32602
    assert client.ask(hover, client.at(LOOSE, 0, 9_999)) is not None, "a column behind its line is its end"


def test_bytes_that_are_no_message_get_an_error(client: LspClient) -> None:
    for data, code in (
        (b"Content-Length: 9\r\n\r\nno JSON {", -32700),
        (b"Content-Length: 2\r\n\r\n\xff\xff", -32700),
        (b"Content-Length: 2\r\n\r\n[]", -32600),
        (b"Nothing: here\r\n\r\n", -32700),
        (b'content-length: 13\r\nContent-Type: x\r\n\r\n{"method": 1}', -32600),
        (b"Content-Length: 60001\r\n\r\n" + b"[" * 60_001, -32700),
    ):
        client.send(data)
        with pytest.raises(LspError) as failed:
            client.answer(None)
        assert failed.value.code == code
    assert client.ask("textDocument/hover", client.at(LOOSE, 0, 0)) is not None


def test_a_wrong_notification_is_told_in_the_log(client: LspClient) -> None:
    wrong = [{"range": {"start": {"line": 70, "character": 0}, "end": {"line": 71, "character": 0}}, "text": "x"}]
    client.edit(LOOSE, wrong)
    note = client.until(lambda note: note.get("method") == "window/logMessage")
    assert "there is no line 70" in note["params"]["message"]
    client.tell("textDocument/didChange", {"textDocument": {}})
    client.until(lambda note: note.get("method") == "window/logMessage")
    client.tell("textDocument/nothing", {})
    client.tell("$/nothing", {})
    client.change(LOOSE, "1 + 1\n")
    assert client.findings(LOOSE) == []


def test_a_request_can_be_cancelled(client: LspClient) -> None:
    client.tell("$/cancelRequest", {"id": "late"})
    client.message({"jsonrpc": "2.0", "id": "late", "method": "textDocument/hover", "params": {}})
    with pytest.raises(LspError) as failed:
        client.answer("late")
    assert failed.value.code == -32800


def test_the_server_keeps_to_the_order_of_the_protocol(tmp_path: Path) -> None:
    with LspClient(with_tasks(tmp_path)) as client:
        assert refused(client, "textDocument/hover", {}) == -32002
        client.tell("textDocument/didOpen", {})
        client.start()
        client.ask("shutdown", None)
        assert refused(client, "textDocument/hover", {}) == -32600
        client.tell("exit", None)
        assert client.ended() == 0


def test_the_server_ends_with_its_editor(tmp_path: Path) -> None:
    with LspClient(with_tasks(tmp_path)) as client:
        client.start()
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.ended() == 1
    with LspClient(tmp_path) as client:
        client.tell("exit", None)
        assert client.ended() == 1


def test_a_formula_that_nothing_names_yet_is_one_of_its_table(tmp_path: Path) -> None:
    with LspClient(write(tmp_path, FILES)) as client:
        client.start()
        client.open("tasks/double.coda")
        client.findings("tasks/double.coda")
        for name in ("tasks/new.coda", "tasks/newer.coda"):
            client.open(name, "thisRow.hours + thisRow.our")
            for _ in range(2):  # at once, and when the whole project is checked
                (found,) = client.findings(name)
                assert found["message"].startswith("table tasks has no column our")


def test_a_formula_in_no_file_is_one_by_its_language(client: LspClient) -> None:
    item = {"uri": "untitled:Untitled-1", "languageId": "coda", "version": 1, "text": "Sum(1, 2"}
    client.tell("textDocument/didOpen", {"textDocument": item})
    published = client.until(lambda note: (note.get("params") or {}).get("uri") == item["uri"])
    assert [one["code"] for one in published["params"]["diagnostics"]] == ["CF104"]


def test_a_project_that_is_gone_has_no_findings(tmp_path: Path) -> None:
    root = write(tmp_path / "project", FILES | {"tasks/double.coda": "thisRow.our\n"})
    with LspClient(root) as client:
        client.start()

        def published(note: dict[str, Any]) -> bool:
            return bool((note.get("params") or {}).get("uri") == client.uri("tasks/double.coda"))

        assert client.until(published)["params"]["diagnostics"]
        root.rename(tmp_path / "elsewhere")
        change = {"uri": client.uri("doc.yml"), "type": 3}
        client.tell("workspace/didChangeWatchedFiles", {"changes": [change]})
        assert client.until(published)["params"]["diagnostics"] == []


def test_a_project_with_a_doc_that_is_half_typed_keeps_its_names(client: LspClient) -> None:
    client.change("tasks/table.yml", TASKS.replace("columns:", "columns: {"))
    client.until(lambda note: "CF401" in (about(client, note, "tasks/table.yml") or ()))
    client.change("tasks/double.coda", "thisRow.hours")
    assert client.findings("tasks/double.coda") == []
    assert labels(client, "thisRow.|")[:2] == ["double", "hours"]
    client.change("tasks/table.yml", TASKS)
    client.until(lambda note: about(client, note, "tasks/table.yml") == [])
