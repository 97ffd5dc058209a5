"""The MCP tools: declared as the vendor's are, valid as schemas, and open to what a client may send."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from codaform.server.mcp.catalogue import TOOLS, served, variants
from codaform.server.mcp.schema import record, text
from codaform.server.mcp.tool import Tool

each_tool = pytest.mark.parametrize("tool", TOOLS.values(), ids=list(TOOLS))

DOC = "coda://docs/AbCDeFGHij"
TABLE = f"{DOC}/tables/grid-x"


def fits(name: str, arguments: object, tools: dict[str, Tool] | None = None) -> bool:
    """Whether a tool takes these arguments."""
    return Draft202012Validator((tools or TOOLS)[name].input).is_valid(arguments)


# ------------------------------------------------------------------------------------------ against what was recorded

RECORDED = Path(__file__).parents[2] / "shared" / "coda" / "mcp-tools.json"

with_recorded = pytest.mark.skipif(
    not RECORDED.is_file(), reason="the list of the vendor's tools lies not beside the checkout"
)


def recorded() -> dict[str, dict[str, Any]]:
    """The vendor's tools by name."""
    if not RECORDED.is_file():
        return {}
    return {tool["name"]: tool for tool in json.loads(RECORDED.read_text("utf-8"))["tools"]}


@with_recorded
def test_every_recorded_tool_is_declared_and_no_other() -> None:
    assert sorted(TOOLS) == sorted(recorded())


@with_recorded
@each_tool
def test_tool_equals_the_recorded_one(tool: Tool) -> None:
    theirs = recorded()[tool.name]
    assert set(theirs) == {"name", "annotations", "inputSchema"}
    assert json.loads(json.dumps(tool.input)) == theirs["inputSchema"]
    assert dict(tool.annotations) == theirs["annotations"]


# ------------------------------------------------------------------------------------------------------- on their own


@each_tool
def test_input_is_a_valid_schema_of_an_object(tool: Tool) -> None:
    Draft202012Validator.check_schema(tool.input)
    assert tool.input["type"] == "object"


@each_tool
def test_tool_says_what_it_does(tool: Tool) -> None:
    assert tool.about.endswith(".")
    assert 20 <= len(tool.about) <= 200


def test_all_tools_are_served() -> None:
    assert [tool.name for tool in served()] == [*TOOLS]
    assert len(TOOLS) == 33


def test_no_reading_tool_is_said_to_destroy() -> None:
    both = [t.name for t in TOOLS.values() if t.annotations["readOnlyHint"] and t.annotations["destructiveHint"]]
    assert both == []


TAKEN = [
    ("whoami", {}),
    ("document_create", {"title": "Plans"}),
    ("page_update", {"uri": DOC, "updateFields": {"parentPageUri": None}}),
    (
        "table_create",
        {
            "uri": DOC,
            "name": "Tasks",
            "columns": [
                {"name": "Task", "isDisplayColumn": True},
                {"name": "Hours", "format": {"type": "num", "precision": 1}},
                {"name": "Project", "format": {"type": "lookup", "objectId": "grid-p", "multiple": False}},
                {
                    "name": "State",
                    "format": {"type": "sl", "selectOptions": ["Open", {"name": "Done", "color": "Green"}]},
                },
                {"name": "Double", "formula": "thisRow.Hours * 2"},
            ],
            "rows": [["Write", 3.5, ["i-1", "i-2"], None, True]],
            "insertPosition": "page_start",
        },
    ),
    ("table_columns_manage", {"uri": TABLE, "data": {"action": "add", "columns": [{"name": "Due"}], "position": 0}}),
    (
        "table_columns_manage",
        {
            "uri": TABLE,
            "data": {"action": "update", "columns": [{"columnId": "c-1", "updatedFields": {"description": None}}]},
        },
    ),
    ("table_rows_manage", {"uri": TABLE, "data": {"action": "add", "columnIds": ["c-1"], "rows": [["a"]]}}),
    ("table_rows_delete", {"uri": TABLE, "data": {"action": "delete_specific", "rowNumbersOrIds": [1, "i-2"]}}),
    ("table_view_manage", {"uri": TABLE, "data": {"action": "configure", "sharedFilter": None}}),
    (
        "control_manage",
        {"uri": DOC, "data": {"action": "create", "control": {"type": "button", "label": "Go", "actionFormula": "x"}}},
    ),
    ("content_modify", {"uri": DOC, "operations": [{"operation": "set_collapsible"}]}),
    (
        "content_modify",
        {"uri": DOC, "operations": [{"operation": "insert_element", "blockType": "markdown", "content": "# Hi"}]},
    ),
    ("tool_guide", {"topic": "formula"}),
    ("tool_guide", {"topic": ["formula", {"topic": "table", "subTopics": "views"}]}),
    (
        "document_manage",
        {
            "uri": DOC,
            "operation": {
                "action": "add_permission",
                "principal": {"type": "user", "email": "a.b@example.com"},
                "accessLevel": "edit",
            },
        },
    ),
    # The vendor's records are open: what they do not know they let through.
    ("formula_execute", {"uri": DOC, "formula": "1 + 1", "unknown": 1}),
]


@pytest.mark.parametrize(("name", "arguments"), TAKEN)
def test_what_fits_is_taken(name: str, arguments: dict[str, Any]) -> None:
    assert fits(name, arguments)


REFUSED = [
    ("document_create", {}),
    ("document_create", {"title": ""}),
    ("document_create", {"title": "x" * 256}),
    ("document_create", {"title": "Plans", "destination": {"folder": "fl-1"}}),
    ("document_outline", {"uri": DOC, "pageLimit": 51}),
    ("formula_execute", {"uri": DOC, "formula": ""}),
    ("table_create", {"uri": DOC, "name": "Tasks", "columns": []}),
    ("table_create", {"uri": DOC, "name": "Tasks", "columns": [{"name": str(n)} for n in range(21)]}),
    ("table_create", {"uri": DOC, "name": "Tasks", "columns": [{"name": "Time", "format": {"type": "duration"}}]}),
    (
        "table_create",
        {"uri": DOC, "name": "Tasks", "columns": [{"name": "N", "format": {"type": "num", "precision": 11}}]},
    ),
    ("table_columns_manage", {"uri": TABLE, "data": {"action": "remove", "columns": [{"name": "Due"}]}}),
    ("table_rows_manage", {"uri": TABLE, "data": {"action": "add", "columnIds": ["c-1"], "rows": [[{"a": 1}]]}}),
    ("table_rows_manage", {"uri": TABLE, "data": {"action": "add", "columnIds": ["c-1"], "rows": [[1]] * 101}}),
    ("table_rows_read", {"uri": TABLE, "rowLimit": 101}),
    ("table_rows_delete", {"uri": TABLE, "data": {"action": "delete_specific", "rowNumbersOrIds": []}}),
    ("table_view_manage", {"uri": TABLE, "data": {"action": "add"}}),
    ("control_manage", {"uri": DOC, "data": {"action": "create", "control": {"type": "button", "label": "Go"}}}),
    ("content_modify", {"uri": DOC, "operations": [{"operation": "insert_element", "blockType": "codeblock"}]}),
    ("content_read", {"uri": DOC, "contentTypesToInclude": []}),
    ("tool_guide", {"topic": "cooking"}),
    ("name_match", {"uri": DOC, "lookups": [{"type": "row", "name": "a"}]}),
    (
        "document_manage",
        {"uri": DOC, "operation": {"action": "revoke_permission", "permissionId": "the first one"}},
    ),
    ("search", {"query": "a", "limit": 2.5}),
]


@pytest.mark.parametrize(("name", "arguments"), REFUSED)
def test_what_does_not_fit_is_refused(name: str, arguments: dict[str, Any]) -> None:
    assert not fits(name, arguments)


def test_a_record_cannot_require_what_it_has_not() -> None:
    with pytest.raises(ValueError, match="uri"):
        record({"url": text()}, required=("uri",))


# ----------------------------------------------------------------------------------------------------------- variants


def test_a_variant_has_other_names_and_fewer_arguments() -> None:
    before = deepcopy(TOOLS)
    changed = {
        tool.name: tool
        for tool in variants(
            TOOLS.values(),
            {"table_rows_read": "table_read_rows"},
            {"table_rows_read": ["filterFormula", "uri"], "table_columns_manage": ["formula"]},
        )
    }
    assert "table_rows_read" not in changed
    assert len(changed) == len(TOOLS)
    reading = changed["table_read_rows"].input
    assert set(TOOLS["table_rows_read"].input["properties"]) - set(reading["properties"]) == {"filterFormula", "uri"}
    # What was required and is gone is required no more.
    assert "required" not in reading
    assert fits("table_read_rows", {}, changed)
    assert '"formula"' not in json.dumps(changed["table_columns_manage"].input)
    assert changed["table_create"] == TOOLS["table_create"]
    assert before == TOOLS


def test_a_variant_keeps_words_that_are_called_like_a_removed_argument() -> None:
    # "formula" is also the name of a kind of control: that stays.
    (changed,) = variants([TOOLS["control_manage"]], {}, {"control_manage": ["formula"]})
    assert "formula" in json.dumps(changed.input)
    assert fits(
        "control_manage",
        {"uri": DOC, "data": {"action": "create", "control": {"type": "formula"}}},
        {"control_manage": changed},
    )


def test_a_variant_of_what_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError, match="row_read"):
        variants(TOOLS.values(), {"row_read": "rows"}, {})
    with pytest.raises(ValueError, match="colour"):
        variants(TOOLS.values(), {}, {"table_rows_read": ["colour"]})
    with pytest.raises(ValueError, match="whoami"):
        variants(TOOLS.values(), {"search": "whoami"}, {})
