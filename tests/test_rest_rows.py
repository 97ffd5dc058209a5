"""Tables, columns and rows of the local Coda's REST API, called without HTTP."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from codaform.model.values import Person
from codaform.project.session import Session
from codaform.server.access import Token
from codaform.server.mcp.describing import column_shape
from codaform.server.rest import formulas, rows, tables
from codaform.server.rest.call import ApiError, Reply, RestCall
from codaform.server.start import SOMEBODY
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace


@pytest.fixture(scope="module")
def session() -> Session:
    return Session.open("formulas")


class Api:
    """Founder HQ in a workspace, and calls of its API."""

    def __init__(self, session: Session) -> None:
        self.workspace = Workspace(Store(), Person("Ada Ruiz", "ada@example.com"), Timing(delay=0))
        self.workspace.clock = session.now
        self.doc = self.workspace.add(*from_project(session.book, session.now)).record.id

    def call(self, handler, body=None, query="", token=None, **path) -> Reply:  # type: ignore[no-untyped-def]
        from urllib.parse import parse_qs

        parsed = parse_qs(query, keep_blank_values=True)
        base = "http://127.0.0.1:1/apis/v1"
        address = f"{base}/{handler.__name__}" + (f"?{query}" if query else "")
        token = token or Token("t", "rest")
        reply = handler(RestCall(self.workspace, token, {"docId": self.doc, **path}, parsed, body, base, address))
        assert isinstance(reply, Reply)
        return reply

    def refused(self, handler, body=None, query="", token=None, **path) -> ApiError:  # type: ignore[no-untyped-def]
        with pytest.raises(ApiError) as caught:
            self.call(handler, body, query, token, **path)
        return caught.value

    def cells(self, table: str, row: str, query: str = "useColumnNames=true") -> dict[str, Any]:
        reply = self.call(rows.get_row, None, query, tableIdOrName=table, rowIdOrName=row)
        return dict(reply.body["values"])

    def rows(self, table: str) -> list[dict[str, Any]]:
        reply = self.call(rows.list_rows, None, "limit=500&useColumnNames=true", tableIdOrName=table)
        return list(reply.body["items"])

    def write(
        self, table: str, cells: dict[str, object], keys: tuple[str, ...] = (), query: str = "", **extra: object
    ) -> Reply:
        edit = {"cells": [{"column": name, "value": value} for name, value in cells.items()]}
        body = {"rows": [edit], **({"keyColumns": list(keys)} if keys else {}), **extra}
        return self.call(rows.upsert_rows, body, query, tableIdOrName=table)


@pytest.fixture
def api(session: Session) -> Api:
    return Api(session)


# ---------------------------------------------------------------- schema


def test_tables_and_views(api: Api) -> None:
    everything = api.call(tables.list_tables).body["items"]
    assert {item["tableType"] for item in everything} == {"table", "view"}
    views = api.call(tables.list_tables, None, "tableTypes=view&sortBy=name").body["items"]
    names = [item["name"] for item in views]
    assert names == sorted(names, key=str.casefold)
    assert {"Sprint tasks", "This week"} <= set(names)
    assert len(api.call(tables.list_tables, None, "tableTypes=table&tableTypes=view").body["items"]) == len(everything)


def test_a_view_shows_its_table_its_order_and_that_it_has_a_filter(api: Api) -> None:
    view = api.call(tables.get_table, tableIdOrName="This week").body
    assert view["tableType"] == "view"
    assert view["parentTable"]["name"] == "tasks"
    assert view["sorts"][0]["direction"] == "ascending"
    assert view["filter"]["valid"] is True
    assert view["filter"]["isVolatile"] is True
    columns = api.call(tables.list_columns, tableIdOrName="This week").body["items"]
    assert [column["name"] for column in columns][:2] == ["task_id", "name"]
    assert len(columns) < len(api.call(tables.list_columns, tableIdOrName="tasks").body["items"])


def test_columns_say_what_is_computed_and_how_in_the_lossy_form(api: Api) -> None:
    columns = {item["name"]: item for item in api.call(tables.list_columns, tableIdOrName="sprints").body["items"]}
    tasks = columns["tasks"]
    assert tasks["calculated"] is True
    assert "CurrentValue" not in tasks["formula"]
    assert "thisRow." not in tasks["formula"]
    assert tasks["format"]["type"] == "lookup"
    assert tasks["format"]["isArray"] is True
    assert columns["sprint_id"]["display"] is True
    assert "calculated" not in columns["sprint_id"]
    button = api.call(tables.get_column, tableIdOrName="touchpoints", columnIdOrName="log_run").body
    assert button["format"]["type"] == "button"
    assert "AddRow" in button["format"]["action"]
    assert "formula" not in button
    assert button["parent"]["name"] == "touchpoints"


def test_default_formulas_are_listed(api: Api) -> None:
    columns = api.call(tables.list_columns, tableIdOrName="execution_runs").body["items"]
    assert any(column.get("defaultValue") for column in columns)


# ---------------------------------------------------------------- reading


def test_three_forms_of_a_value(api: Api) -> None:
    simple = api.cells("tasks", "T-001")
    arrays = api.cells("tasks", "T-001", "useColumnNames=true&valueFormat=simpleWithArrays")
    rich = api.cells("tasks", "T-001", "useColumnNames=true&valueFormat=rich")
    assert simple["execution_runs"] == "RUN-001"
    assert arrays["execution_runs"] == ["RUN-001"]
    assert rich["execution_runs"][0]["additionalType"] == "row"
    assert rich["task_id"] == "```T-001```"
    assert simple["scheduled_start_date"] == "2025-03-04T00:00:00.000+01:00"


def test_pages_of_rows_hold_each_row_once(api: Api) -> None:
    seen, query = [], "limit=10&useColumnNames=true"
    while True:
        body = api.call(rows.list_rows, None, query, tableIdOrName="tasks").body
        seen += [row["values"]["task_id"] for row in body["items"]]
        if "nextPageToken" not in body:
            break
        assert body["nextPageLink"].startswith("http://127.0.0.1:1/")
        query = f"pageToken={body['nextPageToken']}"
    assert len(seen) == len(set(seen)) == 64
    assert api.refused(rows.list_rows, None, "pageToken=nonsense", tableIdOrName="tasks").status == 400
    other = api.call(tables.list_tables, None, "limit=1").body["nextPageToken"]
    assert (
        api.refused(rows.list_rows, None, f"pageToken={other}", tableIdOrName="tasks").message == "Invalid pageToken."
    )


def test_a_limit_that_is_too_large_is_clamped(api: Api) -> None:
    assert len(api.call(rows.list_rows, None, "limit=999999", tableIdOrName="tasks").body["items"]) == 64
    assert len(api.call(rows.list_rows, tableIdOrName="tasks").body["items"]) == 25
    assert api.refused(rows.list_rows, None, "limit=0", tableIdOrName="tasks").status == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('task_id:"T-001"', 1),
        ('"task_id":"T-001"', 1),
        ('"estimated_hours":4', None),
        ('"task_id":"nobody"', 0),
    ],
)
def test_rows_are_asked_for_by_one_cell(api: Api, query: str, found: int | None) -> None:
    from urllib.parse import quote

    items = api.call(rows.list_rows, None, f"query={quote(query)}&limit=500", tableIdOrName="tasks").body["items"]
    assert len(items) == found if found is not None else 0 < len(items) < 64


@pytest.mark.parametrize("query", ["nonsense", '"task_id', '"nope":1', '"task_id":', '"task_id":[1]', "task_id"])
def test_a_query_that_says_nothing_is_refused(api: Api, query: str) -> None:
    from urllib.parse import quote

    assert api.refused(rows.list_rows, None, f"query={quote(query)}", tableIdOrName="tasks").status == 400


def test_natural_order_implies_what_is_visible(api: Api) -> None:
    api.call(rows.list_rows, None, "sortBy=natural", tableIdOrName="This week")
    refused = api.refused(rows.list_rows, None, "sortBy=natural&visibleOnly=false", tableIdOrName="tasks")
    assert refused.status == 400


def test_a_sync_token_gives_what_changed_since(api: Api) -> None:
    token = api.call(rows.list_rows, None, "limit=500", tableIdOrName="tasks").body["nextSyncToken"]
    assert api.call(rows.list_rows, None, f"syncToken={token}", tableIdOrName="tasks").body["items"] == []
    api.write("tasks", {"task_id": "T-001", "name": "Changed"}, ("task_id",))
    items = api.call(rows.list_rows, None, f"syncToken={token}&useColumnNames=true", tableIdOrName="tasks").body[
        "items"
    ]
    assert [item["values"]["task_id"] for item in items] == ["T-001"]
    assert (
        api.refused(rows.list_rows, None, "syncToken=nonsense", tableIdOrName="tasks").message == "Invalid pageToken."
    )


# ---------------------------------------------------------------- writing


def test_an_upsert_updates_where_all_keys_match_and_inserts_elsewhere(api: Api) -> None:
    updated = api.write("tasks", {"task_id": "T-001", "name": "Another"}, ("task_id",))
    assert updated.status == 202
    assert "addedRowIds" not in updated.body
    assert api.cells("tasks", "T-001")["name"] == "Another"
    inserted = api.write("tasks", {"task_id": "T-900", "name": "New"})
    assert len(inserted.body["addedRowIds"]) == 1
    assert api.cells("tasks", inserted.body["addedRowIds"][0])["name"] == "New"


def test_what_is_computed_follows_a_write(api: Api) -> None:
    """The task begins in another week: it moves from one sprint to the other."""
    api.write("tasks", {"task_id": "T-901", "scheduled_start_date": "2025-12-08"})
    arrays = "useColumnNames=true&valueFormat=simpleWithArrays"
    assert "T-901" in api.cells("sprints", "2025-W50", arrays)["tasks"]
    api.write("tasks", {"task_id": "T-901", "scheduled_start_date": "2025-12-15"}, ("task_id",))
    assert "T-901" not in api.cells("sprints", "2025-W50", arrays)["tasks"]
    assert "T-901" in api.cells("sprints", "2025-W51", arrays)["tasks"]


def test_the_clock_moves_what_depends_on_it(api: Api, session: Session) -> None:
    before = {row["name"] for row in api.rows("This week")}
    api.workspace.clock = session.now + timedelta(days=7)
    after = {row["name"] for row in api.rows("This week")}
    assert before != after


def test_cells_that_do_not_fit_are_kept_silently(api: Api) -> None:
    api.write(
        "tasks",
        {"task_id": "T-902", "project": "no such project", "scheduled_start_date": "soon", "estimated_hours": "x"},
    )
    cells = api.cells("tasks", "T-902")
    assert (cells["project"], cells["scheduled_start_date"], cells["estimated_hours"]) == (
        "no such project",
        "soon",
        "x",
    )
    api.write("service_blueprints", {"blueprint_id": "B-9", "name": "B-9", "status": "Never listed"})
    assert api.cells("service_blueprints", "B-9")["status"] == "Never listed"


def test_a_relation_is_written_by_row_id_or_display_text(api: Api) -> None:
    project = api.call(rows.list_rows, None, "limit=1", tableIdOrName="projects").body["items"][0]
    for value in (project["id"], project["name"]):
        api.write("tasks", {"task_id": "T-903", "project": value}, ("task_id",))
        assert api.cells("tasks", "T-903")["project"] == project["name"]


def test_client_chosen_ids_make_an_insert_repeatable(api: Api) -> None:
    for _ in range(2):
        api.write("tasks", {"task_id": "T-904"}, rowIds=["i-abcdefghij"])
    items = api.call(rows.list_rows, None, "limit=500", tableIdOrName="tasks").body["items"]
    assert [item["id"] for item in items].count("i-abcdefghij") == 1
    assert len(items) == 65
    elsewhere = {"rows": [{"cells": []}], "rowIds": ["i-abcdefghij"]}
    assert api.refused(rows.upsert_rows, elsewhere, tableIdOrName="projects").status == 400


@pytest.mark.slow
def test_computed_columns_are_not_written(api: Api) -> None:
    body = {"rows": [{"cells": [{"column": "start_date", "value": "2025-12-08"}]}]}
    assert api.refused(rows.upsert_rows, body, tableIdOrName="sprints").status == 400
    keyed = {"rows": [{"cells": [{"column": "sprint_id", "value": "x"}]}], "keyColumns": ["start_date"]}
    assert api.refused(rows.upsert_rows, keyed, tableIdOrName="sprints").status == 400


def test_a_row_has_a_largest_size(api: Api) -> None:
    body = {"rows": [{"cells": [{"column": "name", "value": "x" * 89_000}]}]}
    assert api.refused(rows.upsert_rows, body, tableIdOrName="tasks").message == (
        "Row edit of size 87 KB exceeds maximum size of 85 KB."
    )


def test_views_take_no_new_rows(api: Api) -> None:
    assert api.refused(rows.upsert_rows, {"rows": []}, tableIdOrName="This week").status == 400


def test_update_and_delete(api: Api) -> None:
    body = {"row": {"cells": [{"column": "name", "value": "Renamed"}]}}
    reply = api.call(rows.update_row, body, tableIdOrName="tasks", rowIdOrName="T-002")
    assert (reply.status, api.cells("tasks", "T-002")["name"]) == (202, "Renamed")
    id = reply.body["id"]
    api.call(rows.delete_row, tableIdOrName="tasks", rowIdOrName="T-002")
    assert api.refused(rows.get_row, tableIdOrName="tasks", rowIdOrName=id).status == 404
    reply = api.call(rows.delete_rows, {"rowIds": [id, "i-unknownrow"]}, tableIdOrName="tasks")
    assert reply.body["rowIds"] == [id, "i-unknownrow"]
    assert api.refused(rows.delete_rows, {"rowIds": []}, tableIdOrName="tasks").status == 400


def test_rows_that_pointed_to_a_deleted_row_are_blank_there(api: Api) -> None:
    run = api.cells("execution_runs", "RUN-001")
    assert run["task"] == "T-001"
    api.call(rows.delete_row, tableIdOrName="tasks", rowIdOrName="T-001")
    assert api.cells("execution_runs", "RUN-001")["task"] == ""


def test_a_button_does_what_its_action_says(api: Api) -> None:
    touchpoints = api.rows("touchpoints")
    before = len(api.rows("execution_runs"))
    for touchpoint in touchpoints:
        reply = api.call(
            rows.push_button,
            tableIdOrName="touchpoints",
            rowIdOrName=touchpoint["id"],
            columnIdOrName="log_run",
        )
        assert (reply.status, reply.body["rowId"]) == (202, touchpoint["id"])
    after = api.rows("execution_runs")
    assert len(after) > before
    assert api.cells("execution_runs", after[-1]["id"])["run_type"] == "Touchpoint"
    refused = api.refused(rows.push_button, tableIdOrName="tasks", rowIdOrName="T-001", columnIdOrName="name")
    assert refused.status == 400


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"rows": None},
        {"rows": [None]},
        {"rows": [{"cells": [{"column": 1, "value": 2}]}]},
        {"rows": [{"cells": [{"column": "name"}]}]},
        {"rows": [{"cells": [{"column": "name", "value": {"a": 1}}]}]},
        {"rows": [{"cells": [{"column": "nope", "value": 1}]}]},
        {"rows": [{"cells": []}], "keyColumns": ["name"]},
        {"rows": [{"cells": []}], "rowIds": ["i-a", "i-b"]},
        {"rows": [{"cells": []}], "rowIds": ["not an id"]},
    ],
)
def test_bad_bodies_are_refused_in_the_documented_shape(api: Api, body: object) -> None:
    refused = api.refused(rows.upsert_rows, body, tableIdOrName="tasks")
    assert refused.status == 400
    assert json.loads(json.dumps(refused.body))["statusMessage"] == "Bad Request"


def test_scoped_tokens(api: Api) -> None:
    id = api.call(tables.get_table, tableIdOrName="tasks").body["id"]
    only_tasks = Token("t", "rest", doc=api.doc, table=id)
    api.call(rows.list_rows, token=only_tasks, tableIdOrName="tasks")
    assert api.refused(rows.list_rows, token=only_tasks, tableIdOrName="sprints").status == 403
    assert api.refused(rows.list_rows, token=Token("t", "rest", doc="another"), tableIdOrName="tasks").status == 403
    seen = api.call(tables.list_tables, None, "tableTypes=table", only_tasks).body["items"]
    assert [item["name"] for item in seen] == ["tasks"]


def test_named_formulas_give_values_and_no_text(api: Api) -> None:
    items = api.call(formulas.list_formulas, None, "sortBy=name").body["items"]
    assert [item["name"] for item in items] == ["recent_days", "unscheduled_tasks"]
    body = api.call(formulas.get_formula, formulaIdOrName="recent_days").body
    assert body["value"] == 90
    assert "formula" not in body
    assert api.refused(formulas.get_formula, formulaIdOrName="nope").status == 404
    assert api.call(formulas.list_controls).body["items"] == []


def test_a_doc_without_an_owner_has_one() -> None:
    assert "@" in SOMEBODY.email


def test_a_calculated_column_has_a_formula(session: Session) -> None:
    api = Api(session)
    doc = api.workspace.live(api.doc)
    kinds = set()
    for table in doc.record.tables:
        reply = api.call(tables.list_columns, None, "limit=100", tableIdOrName=table.id)
        for told, record in zip(reply.body["items"], table.columns, strict=True):
            kinds.add("reverse" if record.column.reverse else record.column.kind)
            if told["format"]["type"] != "button":
                assert told.get("calculated", False) == bool(told.get("formula")), told["name"]
            assert column_shape(doc, table, record)["formula"] == told.get("formula")
    assert {"reverse", "button"} <= kinds
    runs = api.call(tables.get_column, tableIdOrName="workflows", columnIdOrName="execution_runs").body["formula"]
    assert runs == "execution_runs.Filter(workflow = thisRow)"
