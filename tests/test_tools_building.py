"""A doc built up from nothing by the MCP tools: tables, relations, formulas, options, views, buttons; and read back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from codaform.testing import local_coda_for
from tool_calls import Doc, Table, Tools

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tools() -> Iterator[Tools]:
    """The tools of a local Coda that starts empty."""
    with local_coda_for() as coda:
        yield Tools(coda)


def named(cells: list[Any]) -> list[Any]:
    """References by what they are called."""
    return [
        [item["name"] for item in cell] if isinstance(cell, list) else cell["name"] if cell else "" for cell in cells
    ]


def test_a_doc_is_built_up_in_the_order_of_the_guide(tools: Tools) -> None:
    doc = Doc(tools)
    sprints = doc.table("Sprints", [{"name": "Name"}, {"name": "Starts", "format": {"type": "dp"}}])
    tasks = doc.table("Tasks", [{"name": "Task"}, {"name": "Hours", "format": {"type": "num", "precision": 1}}])

    tasks.add_columns({"name": "Sprint", "format": {"type": "lookup", "objectId": sprints.id}})
    tasks.add_columns({"name": "Status", "format": {"type": "sl", "selectOptions": ["Open", "Done"]}})
    sprints.add_columns({"name": "Tasks of it", "formula": "Tasks.Filter(CurrentValue.Sprint = thisRow)"})
    sprints.add_columns({"name": "Planned", "formula": "thisRow.[Tasks of it].Hours.Sum()"})
    sprints.add_columns({"name": "Ends", "formula": "thisRow.Starts + 6"})
    columns = sprints.columns()
    assert columns["Tasks of it"]["format"] == {"type": "lookup", "objectId": tasks.id, "multiple": True}
    assert columns["Planned"]["format"]["type"] == "num"
    assert columns["Ends"]["format"]["type"] == "dp"
    assert [column["error"] for column in columns.values()] == [None] * 5
    assert [column["isWritable"] for column in columns.values()] == [True, True, False, False, False]
    assert [column["isDisplayColumn"] for column in columns.values()] == [True, False, False, False, False]

    first, second = sprints.add_rows(["Name", "Starts"], ["W1", "2025-12-08"], ["W2", "2025-12-15"])
    tasks.add_rows(
        ["Task", "Hours", "Sprint", "Status"],
        ["Draw", 3, first, "Open"],
        ["Build", 5.5, first, "Done"],
        ["Test", 2, second, "Open"],
    )
    assert sprints.values("Planned") == [8.5, 2]
    assert named(sprints.values("Tasks of it")) == [["Draw", "Build"], ["Test"]]
    assert sprints.values("Ends")[0]["type"] == "dt"
    assert tasks.values("Sprint")[0] == {"type": "ref", "name": "W1", "rowId": first, "targetTableId": sprints.id}
    assert tasks.values("Status")[1]["targetTableId"] == f"{tasks.id}-select-list-{tasks.ids()['Status']}"

    open_tasks = {
        "action": "add",
        "name": "Open tasks",
        "sharedFilter": "Status = Open",
        "sorts": [{"columnId": tasks.ids()["Hours"], "direction": "descending"}],
        "columnVisibility": {"hideColumnIds": [tasks.ids()["Status"]]},
        "viewLayout": "card",
    }
    view = tools("table_view_manage", uri=tasks.uri, data=open_tasks)
    rows = tools("table_rows_read", uri=doc.at(view["viewUri"]))
    assert [row["values"][tasks.ids()["Task"]]["value"] for row in rows["rows"]] == ["Draw", "Test"]
    assert doc.value("[Open tasks].Hours.Sum()") == 5

    total = {"type": "formula", "formula": "Tasks.Hours.Sum()"}
    made = tools("control_manage", uri=doc.page, data={"action": "create", "control": total, "name": "Total hours"})
    assert made["value"] == 10.5
    push = {"type": "button", "label": "Close all", "actionFormula": 'Tasks.ModifyRows(Status, "Done")'}
    tools("control_manage", uri=doc.page, data={"action": "create", "control": push, "name": "Close"})

    content = tools(
        "content_read", uri=doc.page, contentTypesToInclude=["markdown", "tables", "formulas", "controls", "comments"]
    )
    assert [table["name"] for table in content["tables"]] == ["Sprints", "Tasks", "Open tasks"]
    assert content["tables"][2]["sourceTableUri"] == f"tables/{tasks.id}"
    assert content["formulas"][0]["formula"] == "Tasks.Hours.Sum()"
    assert content["controls"][0] == {
        "controlUri": content["controls"][0]["controlUri"],
        "name": "Close",
        "canvasUri": content["canvasUri"],
        "pageUri": content["pageUri"],
        "value": "Close all",
        "type": "button",
    }
    assert content["commentThreads"] == []
    views = tasks.read()["views"]
    assert [view["name"] for view in views] == ["Default", "Open tasks"]
    assert views[1]["filterFormula"] == "Status = Open"
    assert views[1]["sorts"] == open_tasks["sorts"]
    assert views[1]["hiddenColumnIds"] == [tasks.ids()["Status"]]
    assert views[1]["orderedColumnIds"] == [tasks.ids()[name] for name in ("Task", "Hours", "Sprint")]


def test_formulas_of_one_call_may_read_each_other_in_any_order(tools: Tools) -> None:
    table = Doc(tools).table(
        "Sums",
        [
            {"name": "Twice", "formula": "thisRow.Sum * 2"},
            {"name": "Sum", "formula": "thisRow.A + thisRow.B"},
            {"name": "A", "format": {"type": "num"}},
            {"name": "B", "format": {"type": "num"}},
            {"name": "Large", "formula": "thisRow.Twice > 10"},
        ],
        [["", "", 1, 2, ""], ["", "", 4, 3, ""]],
    )
    assert table.values("Twice") == [6, 14]
    assert table.values("Large") == [False, True]
    formats = {name: column["format"]["type"] for name, column in table.columns().items()}
    assert formats == {"Twice": "num", "Sum": "num", "A": "num", "B": "num", "Large": "check"}


def test_a_formula_that_cannot_be_computed_says_so_until_what_it_misses_is_there(tools: Tools) -> None:
    table = Doc(tools).table(
        "Early", [{"name": "Name"}, {"name": "Twice", "formula": "thisRow.Number * 2"}], [["a", ""]]
    )
    error = table.columns()["Twice"]["error"]
    assert "Number" in error
    table.add_columns({"name": "Number", "format": {"type": "num"}})
    assert table.columns()["Twice"]["error"] is None
    assert table.columns()["Twice"]["format"]["type"] == "num"
    row = table.rows[0]
    update = {"rowNumberOrId": row, "updateCells": [{"columnId": table.ids()["Number"], "value": 21}]}
    tools("table_rows_manage", uri=table.uri, data={"action": "update", "rows": [update]})
    assert table.values("Twice") == [42]


@pytest.mark.parametrize(
    ("formula", "said"),
    [("1 +", "formula"), ("Nothing", "Nothing"), ("DeleteRows(Odd)", "action"), ("thisRow.Bad", "own cell")],
)
def test_a_formula_is_taken_whatever_is_wrong_with_it_and_the_column_says_what(
    tools: Tools, formula: str, said: str
) -> None:
    table = Doc(tools).table("Odd", [{"name": "Name"}, {"name": "Bad", "formula": formula}], [["a", ""]])
    column = table.columns()["Bad"]
    assert said in column["error"]
    assert column["formula"] == formula.replace("thisRow.", "")
    assert isinstance(table.values("Bad")[0], str)


def test_two_of_one_name_are_told_apart_by_a_number(tools: Tools) -> None:
    doc = Doc(tools)
    names = [doc.table("Things", [{"name": "Name"}, {"name": "name"}]).read() for _ in range(2)]
    assert [shape["name"] for shape in names] == ["Things", "Things 2"]
    assert [column["name"] for column in names[0]["columns"]] == ["Name", "name 2"]
    view = {"action": "add", "name": "Things"}
    assert tools("table_view_manage", uri=doc.at(names[0]["tableUri"]), data=view)["name"] == "Things 3"


def test_a_check_column_of_a_new_table_arrives_as_a_select_and_is_ticked_by_the_repair(tools: Tools) -> None:
    table = Doc(tools).table("Boxes", [{"name": "Name"}, {"name": "Done", "format": {"type": "check"}}], [["a", False]])
    assert table.columns()["Done"]["format"]["type"] == "sl"
    assert table.values("Done")[0]["name"] == "false"
    table.update("Done", format={"type": "check", "displayType": "Toggle"})
    assert table.columns()["Done"]["format"] == {"type": "check", "displayType": "Toggle"}
    assert table.values("Done") == [True]
    added = table.add_columns({"name": "Later", "format": {"type": "check"}})
    assert added[0]["format"]["type"] == "check"


def test_a_renamed_column_takes_its_formulas_along(tools: Tools) -> None:
    doc = Doc(tools)
    table = doc.table("Jobs", [{"name": "Name"}, {"name": "Hours", "format": {"type": "num"}}], [["a", 2], ["b", 3]])
    table.add_columns({"name": "Twice", "formula": "thisRow.Hours * 2"})
    data = {"action": "create", "name": "All", "control": {"type": "formula", "formula": "Jobs.Hours.Sum()"}}
    formula = tools("control_manage", uri=doc.page, data=data)
    push = {"type": "button", "label": "Reset", "actionFormula": "Jobs.ModifyRows(Hours, 0)"}
    tools("control_manage", uri=doc.page, data={"action": "create", "control": push})
    table.update("Hours", name="Planned hours")
    assert table.columns()["Twice"]["formula"] == "[Planned hours] * 2"
    assert table.values("Twice") == [4, 6]
    content = tools("content_read", uri=doc.page, contentTypesToInclude=["formulas"])
    assert content["formulas"][0]["formula"] == "Jobs.[Planned hours].Sum()"
    update = {"action": "update", "updatedFields": {"name": "Every hour"}}
    table.add_columns({"name": "Share", "formula": "thisRow.[Planned hours] / All"})
    tools("control_manage", uri=doc.at(formula["formulaUri"]), data=update)
    assert table.columns()["Share"]["formula"] == "[Planned hours] / [Every hour]"
    assert table.values("Share") == [0.4, 0.6]
    control = tools.coda.parts.workspace.live(doc.id).record.controls[0]
    assert control.settings["actionFormula"] == "Jobs.ModifyRows([Planned hours], 0)"


def test_a_table_that_goes_leaves_text_where_relations_to_it_stood(tools: Tools) -> None:
    doc = Doc(tools)
    colours = doc.table("Colours", [{"name": "Name"}], [["red"], ["blue"]])
    balls = doc.table(
        "Balls", [{"name": "Name"}, {"name": "Colour", "format": {"type": "lookup", "objectId": colours.id}}]
    )
    balls.add_rows(["Name", "Colour"], ["a", colours.rows[1]])
    balls.add_columns({"name": "Its name", "formula": "thisRow.Colour.Name"})
    tools("table_delete", uri=colours.uri)
    assert balls.columns()["Colour"]["format"] == {"type": "none"}
    assert balls.values("Colour") == ["blue"]
    assert balls.columns()["Its name"]["error"]
    tools("page_create", uri=doc.uri, title="Second")
    tools("page_delete", uri=doc.page)
    assert tools("table_columns_read", uri=balls.uri)["pageUri"] is None  # a table outlives its page


def test_types_change_and_values_are_read_anew(tools: Tools) -> None:
    table = Doc(tools).table("Values", [{"name": "Value"}], [["12"], ["twelve"], [""]])
    table.update("Value", format={"type": "num"})
    assert table.values("Value") == [12, "twelve", ""]
    assert table.tools("formula_execute", uri=table.doc.uri, formula="Values.Value.Sum()")["value"] == 12
    table.update("Value", format={"type": "none"})
    assert table.values("Value") == ["12", "twelve", ""]
    table.update("Value", format={"type": "sl", "multiple": True, "selectOptions": ["12"]})
    assert named(table.values("Value")[:1]) == [["12"]]


def test_a_formula_that_is_taken_away_leaves_what_it_gave(tools: Tools) -> None:
    columns: list[dict[str, Any]] = [
        {"name": "A", "format": {"type": "num"}},
        {"name": "B", "formula": "thisRow.A + 1"},
    ]
    table = Doc(tools).table("Numbers", columns, [[1, ""], [2, ""]])
    table.update("B", formula="")
    assert table.columns()["B"]["isWritable"] is True
    assert table.values("B") == [2, 3]
    table.update("A", formula="7")
    assert table.values("A") == [7, 7]


def test_columns_go_with_their_values(tools: Tools) -> None:
    table = Doc(tools).table(
        "Short", [{"name": "A"}, {"name": "B"}, {"name": "C", "formula": "thisRow.B"}], [["a", "b", ""]]
    )
    tools("table_columns_delete", uri=table.uri, columnIds=[table.ids()["B"]])
    assert list(table.columns()) == ["A", "C"]
    assert "B" in table.columns()["C"]["error"]
    both = list(table.ids().values())
    assert "without a column" in tools.refused("table_columns_delete", uri=table.uri, columnIds=both)


def test_what_was_built_outlives_the_server(tmp_path: Any) -> None:
    file = tmp_path / "coda.sqlite"
    with local_coda_for(file=file) as coda:
        doc = Doc(Tools(coda))
        table = doc.table("Kept", [{"name": "Name"}, {"name": "N", "format": {"type": "num"}}], [["a", 1]])
        table.add_columns({"name": "Twice", "formula": "thisRow.N * 2"})
        table.update("N", name="Number")
        view = {"action": "add", "name": "Ones", "sharedFilter": "Number = 1"}
        Tools(coda)("table_view_manage", uri=table.uri, data=view)
        before = table.read()
    with local_coda_for(file=file) as coda:
        again = Table.__new__(Table)
        again.doc, again.tools, again.uri = doc, Tools(coda), table.uri
        assert again.read() == before
        assert again.values("Twice") == [2]
