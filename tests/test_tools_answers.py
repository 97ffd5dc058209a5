"""What the MCP tools answer and what they refuse, call by call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from codaform.server.access import Token
from codaform.server.mcp.catalogue import TOOLS
from codaform.testing import local_coda_for
from tool_calls import Doc, Table, Tools

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tools() -> Iterator[Tools]:
    """The tools of a local Coda that starts empty."""
    with local_coda_for() as coda:
        yield Tools(coda)


@pytest.fixture(scope="module")
def doc(tools: Tools) -> Doc:
    """A doc to read from."""
    return Doc(tools, "Reading")


@pytest.fixture(scope="module")
def people(doc: Doc) -> Table:
    """A table with three rows, a computed column and a button."""
    columns: list[dict[str, Any]] = [
        {"name": "Name", "description": "Who it is"},
        {"name": "Age", "format": {"type": "num"}},
        {"name": "Older", "formula": "thisRow.Age + 1"},
        {
            "name": "Grow",
            "format": {"type": "button", "label": "Grow", "actionFormula": "thisRow.ModifyRows(Age, Age+1)"},
        },
        {"name": "Kind", "format": {"type": "sl", "selectOptions": ["a", {"name": "b", "color": "Red"}]}},
    ]
    rows: list[list[Any]] = [["Ann", 30, "", "", "a"], ["Bob", 20, "", "", "b"], ["Cid", None, "", "", None]]
    return doc.table("People", columns, rows)


# ---------------------------------------------------------------- the tools themselves


def test_every_tool_that_is_listed_is_carried_out(tools: Tools) -> None:
    assert tools.names() == [*TOOLS]


def test_tools_go_by_other_names_and_lack_arguments_while_faults_say_so(tools: Tools, people: Table) -> None:
    faults = tools.coda.faults
    faults.set(
        {
            "renamed": {"table_rows_read": "table_read_rows", "no_such_tool": "x", "whoami": "tool_guide"},
            "without": {"table_columns_read": ["include", "nothing"], "table_create": ["name"]},
        }
    )
    try:
        names = tools.names()
        assert "table_read_rows" in names
        assert "table_rows_read" not in names
        assert "whoami" in names
        assert tools("table_read_rows", uri=people.uri)["totalRows"] == 3
        assert "no tool table_rows_read" in tools.refused("table_rows_read", uri=people.uri)
        assert "format" in tools("table_columns_read", uri=people.uri, include=["views"])["columns"][0]
        without_name = tools.refused("table_create", uri=people.doc.page, columns=[{"name": "A"}], name="B")
        assert "'name'" in without_name
    finally:
        faults.clear()
    assert "table_rows_read" in tools.names()


def test_a_token_reaches_as_far_as_it_says(tools: Tools, doc: Doc, people: Table) -> None:
    add = tools.coda.parts.tokens.add
    reader = Tools(tools.coda, add(Token("reader", "mcp", writes=False)))
    writer = Tools(tools.coda, add(Token("writer", "mcp", reads=False)))
    elsewhere = Tools(tools.coda, add(Token("elsewhere", "mcp", doc="AbCdEfGhIj")))
    one_table = Tools(tools.coda, add(Token("table", "mcp", doc=doc.id, table=people.id)))
    assert reader("table_rows_read", uri=people.uri)["totalRows"] == 3
    data = {"action": "delete_all"}
    assert "does not allow table_rows_delete" in reader.refused("table_rows_delete", uri=people.uri, data=data)
    assert "does not allow" in reader.refused("table_create", uri=doc.page, name="X", columns=[{"name": "A"}])
    assert "does not allow" in writer.refused("table_rows_read", uri=people.uri)
    assert "does not open the doc" in elsewhere.refused("document_outline", uri=doc.uri)
    assert "one doc only" in elsewhere.refused("document_create", title="Mine")
    assert one_table("table_rows_read", uri=people.uri)["totalRows"] == 3
    assert "one table only" in one_table.refused("document_outline", uri=doc.uri)
    other = doc.table("Closed", [{"name": "Secret"}], [["hidden word"]])
    assert "does not open the table" in one_table.refused("table_columns_read", uri=other.uri)
    assert one_table("search", query="hidden")["results"] == []
    assert elsewhere("search", query="")["results"] == []
    tools("table_delete", uri=other.uri)


def test_a_rest_token_opens_nothing_here(tools: Tools) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    statuses = []
    for token in (tools.coda.token, "no token of any kind", tools.coda.mcp_token):
        request = Request(tools.coda.mcp, json.dumps(body).encode(), {**headers, "Authorization": f"Bearer {token}"})
        try:
            with urlopen(request, timeout=20) as reply:
                statuses.append(reply.status)
        except HTTPError as refusal:
            with refusal:
                statuses.append(refusal.code)
    assert statuses == [401, 401, 200]


def test_guides_have_every_topic(tools: Tools) -> None:
    topics = TOOLS["tool_guide"].input["properties"]["topic"]["anyOf"][0]["anyOf"][0]["enum"]
    guides = tools("tool_guide", topic=[*topics, {"topic": "table", "subTopics": "x"}])["guides"]
    assert [guide["topic"] for guide in guides] == topics
    assert all(len(guide["guide"]) > 20 for guide in guides)


def test_whoami(tools: Tools) -> None:
    assert tools("whoami")["name"] == tools.coda.parts.workspace.user.name


# ---------------------------------------------------------------- what is not there


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("coda://docs/AbCdEfGhIj/tables/grid-x", "no doc AbCdEfGhIj"),
        ("tables/grid-x", "not an address of a doc"),
        ("https://coda.io/d/_dAbCdEfGhIj", "not an address of a doc"),
        ("{doc}/tables/grid-none", "no table grid-none"),
        ("{doc}/tables/grid-none/views/table-none", "no view table-none"),
        ("{doc}", "names no table"),
        ("{doc}/things/x", "not an address"),
        ("{doc}/tables", "not an address"),
    ],
)
def test_addresses_of_nothing_are_refused(tools: Tools, doc: Doc, uri: str, said: str) -> None:
    assert said in tools.refused("table_columns_read", uri=uri.replace("{doc}", doc.uri))


def test_an_address_may_have_a_name_behind_it(tools: Tools, doc: Doc, people: Table) -> None:
    assert tools("document_outline", uri=f"superhuman://docs/{doc.id}#Reading")["document"]["title"] == "Reading"
    assert tools("table_columns_read", uri=f"{doc.uri}#Reading/tables/{people.id}#People")["name"] == "People"


def test_columns_that_are_not_there_are_refused(tools: Tools, people: Table) -> None:
    said = tools.refused("table_rows_read", uri=people.uri, columnsToInclude=["c-none"])
    assert "no column c-none" in said
    assert "Name" in said
    data: dict[str, Any] = {"action": "add", "columnIds": ["c-none"], "rows": [["x"]]}
    assert "no column c-none" in tools.refused("table_rows_manage", uri=people.uri, data=data)
    data = {"action": "update", "columns": [{"columnId": "c-none", "updatedFields": {"name": "x"}}]}
    assert "no column c-none" in tools.refused("table_columns_manage", uri=people.uri, data=data)
    data = {"action": "configure", "sorts": [{"columnId": "c-none", "direction": "ascending"}]}
    assert "no column c-none" in tools.refused("table_view_manage", uri=people.uri, data=data)
    assert "no column c-none" in tools.refused("table_columns_delete", uri=people.uri, columnIds=["c-none"])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("Older", 3, "Older is computed"),
        ("Grow", "x", "Grow is computed"),
        ("Kind", "c", "one of its options"),
        ("Kind", "A", "one of its options"),
        ("Age", "many", "does not fit the column Age"),
    ],
)
def test_cells_that_cannot_be_written_are_refused(
    tools: Tools, people: Table, column: str, value: object, said: str
) -> None:
    ids = people.ids()
    before = tools("table_rows_read", uri=people.uri)
    data: dict[str, Any] = {"action": "add", "columnIds": [ids["Name"], ids[column]], "rows": [["Dan", value]]}
    assert said in tools.refused("table_rows_manage", uri=people.uri, data=data)
    update = {"rowNumberOrId": 1, "updateCells": [{"columnId": ids[column], "value": value}]}
    data = {"action": "update", "rows": [update]}
    assert said in tools.refused("table_rows_manage", uri=people.uri, data=data)
    assert tools("table_rows_read", uri=people.uri) == before


def test_a_relation_takes_ids_of_rows_and_nothing_else(tools: Tools, doc: Doc, people: Table) -> None:
    pets = doc.table("Pets", [{"name": "Name"}, {"name": "Owner", "format": {"type": "lookup", "objectId": people.id}}])
    data = {"action": "add", "columnIds": list(pets.ids().values()), "rows": [["Rex", "Ann"]]}
    assert "the id of a row" in tools.refused("table_rows_manage", uri=pets.uri, data=data)
    pets.add_rows(["Name", "Owner"], ["Rex", people.rows[0]])
    assert pets.values("Owner")[0]["name"] == "Ann"
    nowhere = {"name": "X", "format": {"type": "lookup", "objectId": "grid-none"}}
    said = tools.refused("table_columns_manage", uri=pets.uri, data={"action": "add", "columns": [nowhere]})
    assert "no table grid-none" in said
    tools("table_delete", uri=pets.uri)


def test_more_than_the_limits_is_refused(tools: Tools, doc: Doc, people: Table) -> None:
    many = [{"name": f"C{number}"} for number in range(21)]
    assert "columns" in tools.refused("table_create", uri=doc.page, name="Wide", columns=many)
    rows = [["x"]] * 101
    data: dict[str, Any] = {"action": "add", "columnIds": [people.ids()["Name"]], "rows": rows}
    assert "rows" in tools.refused("table_rows_manage", uri=people.uri, data=data)
    assert "rowLimit" in tools.refused("table_rows_read", uri=people.uri, rowLimit=101)
    data = {"action": "delete_specific", "rowNumbersOrIds": list(range(1, 502))}
    assert "rowNumbersOrIds" in tools.refused("table_rows_delete", uri=people.uri, data=data)


def test_rows_have_as_many_values_as_columns_are_named(tools: Tools, doc: Doc, people: Table) -> None:
    data = {"action": "add", "columnIds": [people.ids()["Name"]], "rows": [["x", "y"]]}
    assert "2 values for 1 columns" in tools.refused("table_rows_manage", uri=people.uri, data=data)
    said = tools.refused("table_create", uri=doc.page, name="T", columns=[{"name": "A"}], rows=[["x", "y"]])
    assert "2 values for 1 columns" in said


# ---------------------------------------------------------------- rows


def test_rows_are_read_part_by_part_by_formula_number_and_id(tools: Tools, people: Table) -> None:
    ids = people.ids()

    def names(**asked: Any) -> list[str]:
        reply = tools("table_rows_read", uri=people.uri, columnsToInclude=[ids["Name"]], **asked)
        return [row["values"][ids["Name"]]["value"] for row in reply["rows"]]

    assert names() == ["Ann", "Bob", "Cid"]
    assert names(filterFormula="Age > 15 AND thisRow.Kind = b") == ["Bob"]
    assert names(filterFormula="thisRow.Older.IsBlank()") == []
    assert names(rowNumbersOrIds=[3, people.rows[0]]) == ["Cid", "Ann"]
    part = tools("table_rows_read", uri=people.uri, rowLimit=2, rowOffset=1)
    assert (len(part["rows"]), part["hasMore"], part["totalRows"]) == (2, False, 3)
    assert tools("table_rows_read", uri=people.uri, rowLimit=2)["hasMore"] is True
    assert people.values("Age") == [30, 20, ""]
    assert "no row 4" in tools.refused("table_rows_read", uri=people.uri, rowNumbersOrIds=[4])
    assert "line 1, column 7" in tools.refused("table_rows_read", uri=people.uri, filterFormula="Age > Nobody")


def test_rows_are_changed_by_number_and_deleted(tools: Tools, doc: Doc) -> None:
    table = doc.table(
        "Counters", [{"name": "Name"}, {"name": "N", "format": {"type": "num"}}], [["a", 1], ["b", 2], ["c", 3]]
    )
    n = table.ids()["N"]
    updates = [
        {"rowNumberOrId": 2, "updateCells": [{"columnId": n, "value": 20}]},
        {"rowNumberOrId": table.rows[2], "updateCells": [{"columnId": n, "value": None}]},
    ]
    tools("table_rows_manage", uri=table.uri, data={"action": "update", "rows": updates})
    assert table.values("N") == [1, 20, ""]
    gone = {"action": "delete_specific", "rowNumbersOrIds": [1, table.rows[0], 3]}
    assert tools("table_rows_delete", uri=table.uri, data=gone)["rowCount"] == 1
    assert table.values("N") == [20]
    tools("table_rows_delete", uri=table.uri, data={"action": "delete_all"})
    assert tools("table_rows_read", uri=table.uri) == {"rows": [], "hasMore": False, "totalRows": 0}


# ---------------------------------------------------------------- columns and views


def test_columns_are_told_as_they_are(people: Table) -> None:
    columns = people.columns()
    assert columns["Name"]["description"] == "Who it is"
    assert columns["Kind"]["format"] == {
        "type": "sl",
        "multiple": False,
        "selectOptions": ["a", {"name": "b", "color": "Red"}],
    }
    assert columns["Grow"]["format"]["actionFormula"] == "thisRow.ModifyRows(Age, Age+1)"
    assert columns["Grow"]["formula"] is None
    assert columns["Grow"]["isWritable"] is False
    shape = people.read()
    assert re.fullmatch(r"pages/section-[\w-]+", shape["pageUri"])
    assert shape["views"][0]["viewUri"] == f"{shape['pageUri']}/tables/{people.id}/views/default"
    assert shape["views"][0]["viewLayout"] == "default grid"
    plain = people.tools("table_columns_read", uri=people.uri, include=["formats"])
    assert "views" not in plain


def test_a_column_takes_a_place_a_description_and_the_display(tools: Tools, doc: Doc) -> None:
    table = doc.table("Order", [{"name": "A"}, {"name": "B"}])
    table.add_columns({"name": "First"}, {"name": "Second", "isDisplayColumn": True}, position=1)
    assert list(table.columns()) == ["A", "First", "Second", "B"]
    assert [name for name, column in table.columns().items() if column["isDisplayColumn"]] == ["Second"]
    table.update("B", isDisplayColumn=True, description="shown")
    assert [name for name, column in table.columns().items() if column["isDisplayColumn"]] == ["B"]
    table.update("B", description=None)
    assert table.columns()["B"]["description"] is None
    assert "without a name" in tools.refused(
        "table_columns_manage",
        uri=table.uri,
        data={"action": "update", "columns": [{"columnId": table.ids()["B"], "updatedFields": {"name": ""}}]},
    )


def test_what_is_not_said_of_a_format_stays(doc: Doc) -> None:
    table = doc.table("Kept", [{"name": "A", "format": {"type": "sl", "selectOptions": ["x", "y"], "multiple": True}}])
    changed = table.update("A", format={"type": "sl", "multiple": False})
    assert changed["format"] == {"type": "sl", "multiple": False, "selectOptions": ["x", "y"]}


def test_a_view_is_configured_renamed_and_deleted(tools: Tools, doc: Doc, people: Table) -> None:
    page = tools("page_create", uri=doc.uri, title="Views")
    ids = people.ids()
    data: dict[str, Any] = {"action": "add", "name": "Grown", "sharedFilter": "Age > 25", "pageUri": page["pageUri"]}
    view = tools("table_view_manage", uri=people.uri, data=data)
    assert view["pageUri"] == page["pageUri"]
    uri = doc.at(view["viewUri"])
    assert doc.value("Grown.Name") == ["Ann"]
    data = {"action": "create", "name": "Count", "control": {"type": "formula", "formula": "Grown.Count()"}}
    counted = tools("control_manage", uri=doc.page, data=data)
    rule = {"condition": "Age > 29", "scope": {"type": "COLUMNS", "columnIds": [ids["Age"]]}, "formatStyles": None}
    data = {
        "action": "configure",
        "name": "Elders",
        "groups": {"left": [ids["Kind"]]},
        "columnOrder": [ids["Age"], ids["Name"]],
        "conditionalFormats": [rule],
        "viewLayout": "bar chart",
        "titleHidden": True,
    }
    shape = tools("table_view_manage", uri=uri, data=data)
    assert shape["name"] == "Elders"
    assert shape["groups"] == {"left": [ids["Kind"]], "top": []}
    assert shape["orderedColumnIds"] == [ids["Age"], ids["Name"]]
    assert shape["conditionalFormats"] == [{"ruleId": "rule-1", **rule}]
    assert shape["filterFormula"] == "Age > 25"
    assert shape["titleHidden"] is True
    content = tools("content_read", uri=doc.page, contentTypesToInclude=["formulas"])
    assert next(known["formula"] for known in content["formulas"] if known["name"] == "Count") == "Elders.Count()"
    tools("control_delete", uri=doc.at(counted["formulaUri"]))
    read = tools("table_columns_read", uri=uri)
    assert (read["name"], read["rowCount"], read["sourceTableUri"]) == ("Elders", 1, f"tables/{people.id}")
    tools("table_view_manage", uri=uri, data={"action": "configure", "sharedFilter": None})
    assert tools("table_rows_read", uri=uri)["totalRows"] == 3
    assert "column 7" in tools.refused(
        "table_view_manage", uri=uri, data={"action": "configure", "sharedFilter": "Age > Nobody"}
    )
    tools("table_view_delete", uri=uri)
    assert "no view" in tools.refused("table_view_delete", uri=uri)
    assert "table_delete" in tools.refused("table_view_delete", uri=people.uri)
    tools("page_delete", uri=doc.at(page["pageUri"]))


def test_the_filter_of_a_table_itself_hides_nothing_from_formulas_and_readers(tools: Tools, doc: Doc) -> None:
    table = doc.table("Filtered", [{"name": "N", "format": {"type": "num"}}], [[1], [2]])
    data = {"action": "configure", "sharedFilter": "N > 1", "name": "Large ones", "viewLayout": "card"}
    shape = tools("table_view_manage", uri=table.uri, data=data)
    assert (shape["filterFormula"], shape["name"], shape["viewLayout"]) == ("N > 1", "Default", "card")
    assert table.read()["views"][0]["filterFormula"] == "N > 1"
    assert table.read()["name"] == "Large ones"  # the name of its own view is its name
    assert table.values("N") == [1, 2]
    assert doc.value("[Large ones].Count()") == 2
    table.update("N", name="Number")
    assert table.read()["views"][0]["filterFormula"] == "Number > 1"


# ---------------------------------------------------------------- formulas and controls


@pytest.mark.parametrize(
    ("formula", "value"),
    [("1 + 2", 3), ("People.Age.Sum()", 50), ('"a" + "b"', "ab"), ("List(1, 2)", [1, 2]), ("1 = 2", False), ('""', "")],
)
def test_formulas_are_computed(doc: Doc, people: Table, formula: str, value: object) -> None:
    assert people.id
    assert doc.value(formula) == value


def test_a_row_is_a_reference(doc: Doc, people: Table) -> None:
    expected = {"type": "ref", "name": "Ann", "rowId": people.rows[0], "targetTableId": people.id}
    assert doc.value("People.First()") == expected


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("1 +", "line 1"),
        ("People.\n  Wage", "line 2, column 3"),
        ("thisRow.Age", "thisRow"),
        ("AddRow(People, People.Name, 1)", "cannot change anything"),
        ("RunActions(DeleteRows(People))", "cannot change anything"),
        ("1 / 0", "error"),
    ],
)
def test_what_cannot_be_computed_is_refused_and_nothing_is_written(
    tools: Tools, doc: Doc, people: Table, formula: str, said: str
) -> None:
    before = tools("table_rows_read", uri=people.uri)
    assert said in tools.refused("formula_execute", uri=doc.uri, formula=formula)
    assert tools("table_rows_read", uri=people.uri) == before


def test_controls_are_changed_and_deleted(tools: Tools, doc: Doc, people: Table) -> None:
    assert people.id

    def create(**control: Any) -> Any:
        return tools("control_manage", uri=doc.page, data={"action": "create", "control": control})

    formula = create(type="formula", formula="People.Age.Sum()", format={"type": "curr", "code": "EUR"})
    assert formula["name"] == "Formula 1"
    uri = doc.at(formula["formulaUri"])
    update = {"action": "update", "updatedFields": {"formula": "People.Age.Max()", "name": "Oldest"}}
    changed = tools("control_manage", uri=uri, data=update)
    assert (changed["name"], changed["value"]) == ("Oldest", 30)
    wrong = {"action": "update", "updatedFields": {"label": "x"}}
    assert "has no label" in tools.refused("control_manage", uri=uri, data=wrong)
    button = create(type="button", label="Go", actionFormula="DeleteRows(People.Filter(Age > 100))")
    assert button["type"] == "button"
    said = {"type": "button", "label": "Go", "actionFormula": "1 + 1"}
    assert "action" in tools.refused("control_manage", uri=doc.page, data={"action": "create", "control": said})
    create(type="reaction", imageIcon="thumbs-down")
    controls = tools("content_read", uri=doc.page, contentTypesToInclude=["controls"])["controls"]
    assert [control["type"] for control in controls] == ["button", "reaction"]
    for control in controls:
        tools("control_delete", uri=doc.at(control["controlUri"]))
    tools("control_delete", uri=uri)
    content = tools("content_read", uri=doc.page, contentTypesToInclude=["controls", "formulas"])
    assert (content["controls"], content["formulas"]) == ([], [])
    assert "no formula or control" in tools.refused("control_delete", uri=uri)


# ---------------------------------------------------------------- pages and docs


def test_pages_are_made_moved_and_deleted(tools: Tools) -> None:
    doc = Doc(tools, "Pages")
    one = tools("page_create", uri=doc.uri, title="One", subtitle="first", icon="star", pageWidth="wide")
    two = tools("page_create", uri=doc.at(one["pageUri"]), title="Two")
    assert one["pageUri"].removeprefix("pages/section-") == one["canvasUri"].removeprefix("canvases/canvas-")
    described = tools("page_describe", uri=doc.at(two["canvasUri"]))
    assert (described["title"], described["parentPageUri"]) == ("Two", one["pageUri"])
    outline = tools("document_outline", uri=doc.uri, pageLimit=2)
    assert outline["document"]["totalPages"] == 3
    assert [page["title"] for page in outline["pages"]] == ["Pages", "One"]
    assert outline["pages"][1]["childPageOutlines"][0]["pageUri"] == two["pageUri"]
    assert [page["title"] for page in tools("document_outline", uri=doc.uri, pageOffset=2)["pages"]] == ["Two"]
    below = {"parentPageUri": two["pageUri"]}
    assert "below itself" in tools.refused("page_update", uri=doc.at(one["pageUri"]), updateFields=below)
    moved = tools("page_update", uri=doc.at(two["pageUri"]), updateFields={"parentPageUri": None, "title": "Top"})
    assert (moved["title"], moved["parentPageUri"]) == ("Top", None)
    tools("page_delete", uri=doc.at(one["pageUri"]))
    assert "no page" in tools.refused("page_describe", uri=doc.at(one["pageUri"]))
    tools("page_delete", uri=doc.page)
    assert "without a page" in tools.refused("page_delete", uri=doc.at(two["pageUri"]))


def test_text_is_written_read_and_changed(tools: Tools) -> None:
    doc = Doc(tools, "Text")
    insert = {"operation": "insert_element", "blockType": "markdown", "content": "# Plan\n\nFirst *part*\n\n- a\n- b"}
    made = tools("content_modify", uri=doc.page, operations=[insert])
    assert len(made["newElementIds"]) == 4
    content = tools("content_read", uri=doc.page, contentTypesToInclude=["markdown"])
    assert content["content"].startswith("# Plan")
    assert set(content) >= {"canvasUri", "pageUri", "content"}
    annotated = tools("content_read", uri=doc.page, contentTypesToInclude=["markdown"], markdownIncludeAnnotations=True)
    assert made["newElementIds"][0] in annotated["content"]
    part = {"uri": doc.page, "contentTypesToInclude": ["markdown"], "markdownBlockLimit": 1}
    assert tools("content_read", **part)["content"] == "# Plan\n"
    assert tools("content_read", **part, markdownBlockOffset=4)["content"] == ""
    replace = {"operation": "replace_text", "oldText": "First", "newText": "Second"}
    missing = {"operation": "delete_element", "elementId": "cl-none"}
    assert "Operation 2" in tools.refused("content_modify", uri=doc.page, operations=[replace, missing])
    found = tools("content_read", uri=doc.page, contentTypesToInclude=["markdown"], markdownSearchTerms=["FIRST"])
    assert found["content"] == "First _part_\n"
    tools("content_modify", uri=doc.page, operations=[replace, {**missing, "elementId": made["newElementIds"][3]}])
    content = tools("content_read", uri=doc.page, contentTypesToInclude=["markdown"])
    assert content["content"] == "# Plan\n\nSecond _part_\n\n- a\n"
    grid = {"operation": "insert_element", "blockType": "markdown", "content": "| a | b |\n|---|---|\n| 1 | 2 |"}
    tools("content_modify", uri=doc.page, operations=[grid])
    tables = tools("content_read", uri=doc.page, contentTypesToInclude=["tables"])["tables"]
    assert [table["name"] for table in tables] == ["Table 1"]


def test_people_are_let_in_and_out_again(tools: Tools) -> None:
    doc = Doc(tools, "Shared")
    let_in = {
        "action": "add_permission",
        "principal": {"type": "user", "email": "bo@example.com"},
        "accessLevel": "view",
    }
    given = tools("document_manage", uri=doc.uri, operation=let_in)
    id = given["permissionId"]
    tools(
        "document_manage",
        uri=doc.uri,
        operation={"action": "update_permission", "permissionId": id, "accessLevel": "edit"},
    )
    outline = tools("document_outline", uri=doc.uri, includePermissions=True)
    expected = {"permissionId": id, "principal": {"type": "user", "email": "bo@example.com"}, "accessLevel": "edit"}
    assert outline["permissions"] == [expected]
    assert tools.coda.parts.workspace.live(doc.id).record.permissions[0]["access"] == "write"
    tools("document_manage", uri=doc.uri, operation={"action": "revoke_permission", "permissionId": id})
    assert tools("document_outline", uri=doc.uri, includePermissions=True)["permissions"] == []
    said = tools.refused("document_manage", uri=doc.uri, operation={"action": "revoke_permission", "permissionId": id})
    assert "no permission" in said
    move = {"action": "move_to_folder", "folderId": "fl-none"}
    assert "no folder" in tools.refused("document_manage", uri=doc.uri, operation=move)


def test_docs_and_pages_are_copied(tools: Tools) -> None:
    doc = Doc(tools, "Original")
    table = doc.table("T", [{"name": "Name"}, {"name": "N", "format": {"type": "num"}}], [["a", 1], ["b", 2]])
    table.add_columns(
        {"name": "Next", "format": {"type": "lookup", "objectId": table.id}}, {"name": "M", "formula": "thisRow.N*2"}
    )
    change = {"rowNumberOrId": 1, "updateCells": [{"columnId": table.ids()["Next"], "value": table.rows[1]}]}
    tools("table_rows_manage", uri=table.uri, data={"action": "update", "rows": [change]})
    copy = tools("content_duplicate", copy={"copyType": "copyDocument", "sourceDocUri": doc.uri, "newTitle": "Second"})
    assert copy["docUri"] != doc.uri
    at = f"{copy['docUri']}/tables/{table.id}"
    assert tools("table_rows_read", uri=at)["totalRows"] == 2
    bare = {"copyType": "copyDocument", "sourceDocUri": doc.uri, "includeTableRows": False}
    empty = tools("content_duplicate", copy=bare)
    assert tools("table_rows_read", uri=f"{empty['docUri']}/tables/{table.id}")["totalRows"] == 0
    page = {"copyType": "copyPage", "sourceDocUri": doc.uri, "sourcePageUri": table.read()["pageUri"]}
    made = tools("content_duplicate", copy=page)
    tables = tools("content_read", uri=doc.at(made["pageUri"]), contentTypesToInclude=["tables"])["tables"]
    assert [shape["name"] for shape in tables] == ["T 2"]
    again = Table(doc, {**tables[0], "rowIds": []})
    assert again.values("M") == [2, 4]
    assert again.values("Next")[0]["targetTableId"] == again.id
    assert tools("table_rows_read", uri=table.uri)["totalRows"] == 2
    tools("document_delete", uri=copy["docUri"])
    assert "no doc" in tools.refused("document_outline", uri=copy["docUri"])
    assert "part of a doc" in tools.refused("document_delete", uri=doc.page)


def test_search_names_and_links(tools: Tools) -> None:
    doc = Doc(tools, "Findable")
    table = doc.table("Fruits", [{"name": "Name"}], [["quince"], ["medlar"]])
    view = tools("table_view_manage", uri=table.uri, data={"action": "add", "name": "Sour"})
    found = tools("search", query="QUINCE", types=["tableRow"])["results"]
    assert [hit["rowId"] for hit in found] == [table.rows[0]]
    pages = tools("search", query="findable", docUri=doc.uri)["results"]
    assert [hit["type"] for hit in pages] == ["page"]
    first = tools("search", query="", docUri=doc.uri, limit=1)
    second = tools("search", query="", docUri=doc.uri, limit=1, cursor=first["cursor"])
    assert first["results"] != second["results"]
    assert "cursor" in tools.refused("search", query="", cursor="x")
    lookups = [
        {"type": "table", "name": "fruits"},
        {"type": "view", "name": "Sour", "tableUri": f"tables/{table.id}"},
        {"type": "page", "name": "Findable"},
        {"type": "person", "name": tools("whoami")["email"]},
        {"type": "table", "name": "Nothing"},
    ]
    results = tools("name_match", uri=doc.uri, lookups=lookups)["results"]
    assert [len(result["matches"]) for result in results] == [1, 1, 1, 1, 0]
    assert results[0]["matches"][0]["tableUri"] == f"tables/{table.id}"
    for uri in (table.uri, doc.page, doc.uri, doc.at(view["viewUri"]), f"{table.uri}/rows/{table.rows[0]}"):
        url = tools("url_convert", action="encode", uri=uri)["url"]
        assert url.startswith("https://coda.io/d/_d")
        back = tools("url_convert", action="decode", url=url)["uri"]
        assert tools("url_convert", action="encode", uri=back)["url"] == url
    assert "no doc" in tools.refused("url_convert", action="decode", url="https://coda.io/d/_dAbCdEfGhIj")
    assert "url is missing" in tools.refused("url_convert", action="decode")


# ---------------------------------------------------------------- comments and pictures


def test_comments_are_made_answered_and_closed(tools: Tools) -> None:
    doc = Doc(tools, "Talked about")
    insert = {"operation": "insert_element", "blockType": "markdown", "content": "First part"}
    (element,) = tools("content_modify", uri=doc.page, operations=[insert])["newElementIds"]
    table = doc.table("Things", [{"name": "Name"}], [["red"]])
    place = {"pageUri": doc.page.partition(f"{doc.id}/")[2], "elementId": element, "text": "First"}
    thread = tools("comment_add", uri=doc.uri, data={"action": "add_to_page", **place, "content": "Why?"})
    about = {"threadUri": thread["threadUri"], "commentUri": thread["comments"][0]["commentUri"]}
    reply = {"action": "add_reply", "threadUri": thread["threadUri"], "content": "Because."}
    assert [each["content"] for each in tools("comment_add", uri=doc.uri, data=reply)["comments"]] == [
        "Why?",
        "Because.",
    ]
    tools("comment_add", uri=doc.uri, data={"action": "add_reaction", **about, "reaction": "rocket"})
    (read,) = tools("content_read", uri=doc.page, contentTypesToInclude=["comments"])["commentThreads"]
    assert (read["elementId"], read["text"], read["resolved"]) == (element, "First", False)
    assert [each["reaction"] for each in read["comments"][0]["reactions"]] == ["rocket"]
    tools("comment_add", uri=doc.uri, data={"action": "remove_reaction", **about, "reaction": "rocket"})
    closed = tools("comment_resolve", uri=doc.uri, data={"action": "resolve", "threadUri": thread["threadUri"]})
    assert (closed["resolved"], closed["comments"][0]["reactions"]) == (True, [])
    opened = tools("comment_resolve", uri=doc.uri, data={"action": "reopen", "threadUri": thread["threadUri"]})
    assert opened["resolved"] is False

    on_row = {"action": "add_to_row", "tableUri": f"tables/{table.id}", "rowId": table.rows[0], "content": "Bright"}
    tools("comment_add", uri=doc.uri, data=on_row)
    (row,) = tools("table_rows_read", uri=table.uri, includeComments=True)["rows"]
    assert [each["comments"][0]["content"] for each in row["commentThreads"]] == ["Bright"]

    tools("comment_delete", uri=doc.uri, data={"action": "delete_reply", **about})
    (read,) = tools("content_read", uri=doc.page, contentTypesToInclude=["comments"])["commentThreads"]
    assert [each["content"] for each in read["comments"]] == ["Because."]
    tools("comment_delete", uri=doc.uri, data={"action": "delete_thread", "threadUri": thread["threadUri"]})
    assert tools("content_read", uri=doc.page, contentTypesToInclude=["comments"])["commentThreads"] == []
    assert "no thread" in tools.refused("comment_add", uri=doc.uri, data=reply)
    assert "no element" in tools.refused(
        "comment_add", uri=doc.uri, data={"action": "add_to_page", **place, "elementId": "cl-none", "content": "Why?"}
    )
    assert "no row" in tools.refused("comment_add", uri=doc.uri, data={**on_row, "rowId": "i-none"})


def test_a_picture_is_put_on_a_page(tools: Tools) -> None:
    doc = Doc(tools, "Pictures")
    picture = {"uri": doc.page, "imageUrl": "https://example.com/cat.png", "altText": "A cat"}
    element = tools("content_image_upload", **picture)["elementId"]
    read = tools("content_read", uri=doc.page, contentTypesToInclude=["markdown"], markdownIncludeAnnotations=True)
    assert element in read["content"]
    assert "[A cat](https://example.com/cat.png)" in read["content"]
    assert "no address" in tools.refused("content_image_upload", uri=doc.page, imageUrl="javascript:alert(1)")
    assert "no uploaded picture" in tools.refused("content_image_upload", uri=doc.page, blobId="bl-1")
    assert "missing" in tools.refused("content_image_upload", uri=doc.page)
