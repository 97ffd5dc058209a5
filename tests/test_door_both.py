"""REST and MCP for one local Coda: read a doc through both, change it through MCP, and read it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codaform.coda.door.failures import NotAllowed, ToolFailed, ToolMissing
from codaform.coda.door.pace import Pace, Patience
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import Tools, open_tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.reading import doc_from_snapshot
from codaform.coda.snapshot.records import Snapshot, schema_fingerprint, snapshot_from_json, snapshot_to_json
from codaform.model.schema import views
from codaform.project.session import Session
from codaform.testing import RunningCoda, local_coda_for

FORMULAS = Path(__file__).parents[1] / "formulas"

SWIFT = Patience(attempts=10, first=0.005, most=0.05)


@pytest.fixture(scope="module")
def whole() -> Iterator[RunningCoda]:
    """Founder HQ."""
    with local_coda_for(FORMULAS) as found:
        yield found


@pytest.fixture
def hq(whole: RunningCoda) -> RunningCoda:
    """Founder HQ without faults."""
    whole.faults.clear()
    return whole


@pytest.fixture
def rest(hq: RunningCoda) -> Rest:
    """The REST API of it."""
    return Rest(Secret(hq.token), hq.url, Pace({}, SWIFT))


@pytest.fixture
def tools(hq: RunningCoda) -> Iterator[Tools]:
    """The MCP tools of it."""
    with open_tools(Secret(hq.mcp_token), hq.url, Pace({}, SWIFT)) as found:
        yield found


@pytest.mark.slow
def test_the_local_coda_has_all_needed_tools(tools: Tools) -> None:
    assert tools.lacking() == []
    assert isinstance(tools.call("whoami", {}), dict)


@pytest.mark.slow
def test_neither_token_opens_the_other_api(hq: RunningCoda) -> None:
    with pytest.raises(NotAllowed, match="a token of its own"), open_tools(Secret(hq.token), hq.url):
        pass
    with pytest.raises(NotAllowed):
        Rest(Secret(hq.mcp_token), hq.url).doc(hq.doc_id)


@pytest.mark.slow
def test_a_doc_read_through_both_equals_its_files(hq: RunningCoda, rest: Rest, tools: Tools) -> None:
    found = fetch_snapshot(rest, tools, hq.doc_id, rows=True)
    assert found.ways == ("rest", "mcp")
    assert snapshot_from_json(snapshot_to_json(found)) == found
    doc, doubts = doc_from_snapshot(found)
    ours = Session.open(FORMULAS).program.doc
    assert {place.role for place in doubts} == {"formula"}
    assert doc.formulas.keys() == ours.formulas.keys()
    assert [(view.name, view.sort, view.descending) for view in views(doc)] == [
        (view.name, view.sort, view.descending) for view in views(ours)
    ]
    for view, own in zip(views(doc), views(ours), strict=True):
        assert bool(view.filter) == bool(own.filter)
        assert view.columns == own.columns or not own.columns
    for name, table in doc.tables.items():
        for column in table.columns.values():
            assert column.about == ours.tables[name].columns[column.name].about


@pytest.mark.slow
def test_both_apis_work_in_spite_of_faults(hq: RunningCoda, rest: Rest, tools: Tools) -> None:
    calm = fetch_snapshot(rest, tools, hq.doc_id)
    hq.faults.set(
        {
            "faults": [
                {"status": 429, "chance": 0.15, "seed": 4},
                {"status": 503, "chance": 0.1, "seed": 5},
                {"drop": True, "chance": 0.05, "seed": 6},
                {"drop": True, "after": True, "chance": 0.05, "seed": 7},
            ]
        }
    )
    found = fetch_snapshot(rest, tools, hq.doc_id)
    assert replace(found, read_at=calm.read_at) == calm
    assert sum(hq.faults.met()) > 5


@pytest.mark.slow
def test_a_change_through_one_api_is_visible_through_the_other() -> None:
    with local_coda_for(FORMULAS) as hq, open_tools(Secret(hq.mcp_token), hq.url) as tools:
        rest = Rest(Secret(hq.token), hq.url)
        before = fetch_snapshot(rest, tools, hq.doc_id)
        sprints = next(table for table in before.tables if table.name == "sprints")
        uri = f"coda://docs/{hq.doc_id}/tables/{sprints.id}"
        columns: list[Any] = [
            {"name": "twice", "formula": "1 + 1", "description": "Two."},
            {"name": "bad", "formula": "("},
        ]
        tools.call("table_columns_manage", {"uri": uri, "data": {"action": "add", "columns": columns}})
        after = fetch_snapshot(rest.fresh(5), tools, hq.doc_id)
        assert schema_fingerprint(after) != schema_fingerprint(before)
        added = columns_of(after, "sprints")
        assert (added["twice"].formula, added["twice"].about, added["twice"].error) == ("1 + 1", "Two.", None)
        assert added["bad"].error
        with pytest.raises(ToolFailed):
            tools.call("table_delete", {"uri": f"coda://docs/{hq.doc_id}/tables/grid-nowhere"})


def columns_of(found: Snapshot, table: str) -> dict[str, Any]:
    """The columns of a table by name."""
    return {column.name: column for known in found.tables if known.name == table for column in known.columns}


def test_changed_tools_are_noticed_before_any_call(hq: RunningCoda) -> None:
    hq.faults.set({"renamed": {"table_create": "table_make"}, "without": {"table_columns_manage": ["formula"]}})
    with open_tools(Secret(hq.mcp_token), hq.url) as tools:
        assert not tools.has("table_create")
        assert tools.has("table_make", "columns.formula")
        with pytest.raises(ToolMissing):
            tools.call("table_create", {"uri": "x", "name": "x", "columns": []})
        assert {said.argument for said in tools.lacking()} == {
            "",
            "data.columns.formula",
            "data.columns.updatedFields.formula",
        }
