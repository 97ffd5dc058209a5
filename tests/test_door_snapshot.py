"""Snapshots: reading a doc in few calls, saving it as text, fingerprints of its schema, and the compiler's doc."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.coda.door.failures import NotAllowed, NotFound, ServerDown, ToolFailed, Unreadable
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import Tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.reading import HIDDEN_PREFIX, doc_from_snapshot
from codaform.coda.snapshot.records import (
    InvalidSnapshot,
    RemoteColumn,
    RemoteControl,
    RemoteDoc,
    RemoteFormula,
    RemoteRow,
    RemoteSort,
    RemoteTable,
    RemoteView,
    Snapshot,
    schema_fingerprint,
    snapshot_from_json,
    snapshot_to_json,
)
from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.json_data import checksum
from codaform.model.schema import views
from codaform.project.session import Session
from codaform.semantics.program import FormulaSite, bind_doc
from codaform.server.access import Token
from door import CANARY, FORMULAS, Behind, coda

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def founder_hq() -> Iterator[Behind]:
    """Founder HQ in a local Coda."""
    with coda(FORMULAS) as behind:
        yield behind


@pytest.fixture
def hq(founder_hq: Behind) -> Iterator[Behind]:
    """Founder HQ without faults."""
    founder_hq.faults.clear()
    yield founder_hq
    founder_hq.faults.clear()


@cache
def whole() -> Snapshot:
    """A snapshot of Founder HQ with its rows."""
    with coda(FORMULAS) as behind:
        return fetch_snapshot(behind.rest(), None, behind.doc, rows=True, view_columns=True)


@dataclass
class FewTools:
    """A substitute for the MCP server with two of its tools."""

    behind: Behind
    names: tuple[str, ...] = ("table_columns_read", "content_read")
    fails: tuple[str, ...] = ()
    calls: list[str] = field(default_factory=list)

    def has(self, tool: str, *arguments: str) -> bool:
        """Whether the server has this tool."""
        del arguments
        return tool in self.names

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Any:
        """The tool's reply, computed from the doc itself."""
        self.calls.append(tool)
        record = self.behind.workspace.live(self.behind.doc).record
        id = arguments["uri"].rpartition("/")[2]
        if id in self.fails:
            raise ToolFailed(tool, "not this one")
        if tool == "content_read":
            found = [formula for formula in record.formulas if formula.page == id]
            return {
                "formulas": [
                    {"formulaUri": f"canvases/{id}/formulas/{known.id}", "formula": known.formula.formula.text}
                    for known in found
                ]
            }
        table = next(table for table in record.tables if table.id == id)
        return {
            "rowCount": 7,
            "columns": [
                {"columnId": known.id, "description": known.column.about or None, "error": None}
                for known in table.columns
            ],
            "views": [
                {
                    "viewUri": f"tables/{id}/views/{view.id}",
                    "filterFormula": view.view.filter.text if view.view.filter else None,
                    "orderedColumnIds": [known.id for known in table.columns],
                    "hiddenColumnIds": [table.columns[0].id],
                }
                for view in table.views
            ],
        }


# ------------------------------------------------------------ reading


def test_a_doc_is_read_in_the_stated_number_of_calls(hq: Behind) -> None:
    rest = hq.rest()
    found = fetch_snapshot(rest, None, hq.doc)
    tables, views_, formulas = len(found.tables), len(found.views), len(found.formulas)
    assert (tables, views_, formulas) == (12, 5, 2)
    assert rest.requests_sent == 5 + tables + views_ + formulas + len(found.controls)
    assert found.ways == ("rest",)
    assert found.rows is None
    assert all(table.rows is None for table in found.tables)


@pytest.mark.parametrize(
    ("asked", "more"),
    [({"counts": True}, 12), ({"view_columns": True}, 5), ({"rows": True}, 12), ({"rows": True, "counts": True}, 12)],
)
def test_each_option_costs_its_calls(hq: Behind, asked: dict[str, Any], more: int) -> None:
    rest = hq.rest()
    found = fetch_snapshot(rest, None, hq.doc, **asked)
    assert rest.requests_sent == 24 + more
    live = hq.workspace.live(hq.doc)
    if "view_columns" not in asked:
        assert {table.id: table.rows for table in found.tables} == {
            table.id: len(live.rows[table.id]) for table in live.record.tables
        }


def test_the_snapshot_matches_the_doc(hq: Behind) -> None:
    found = fetch_snapshot(hq.rest(), None, hq.doc, rows=True, view_columns=True)
    live = hq.workspace.live(hq.doc)
    assert [table.name for table in found.tables] == [table.name for table in live.record.tables]
    assert [page.id for page in found.pages] == [page.id for page in live.record.pages]
    for table, known in zip(found.tables, live.record.tables, strict=True):
        assert [(column.id, column.name) for column in table.columns] == [
            (column.id, column.column.name) for column in known.columns
        ]
        assert table.page == known.page
        assert found.rows is not None
        assert [row.id for row in found.rows[table.id]] == [row.id for row in live.rows[table.id].values()]
    by_id = {view.id: view for table in live.record.tables for view in table.views}
    for view in found.views:
        assert view.name == by_id[view.id].view.name
        assert bool(view.filter) == (by_id[view.id].view.filter is not None)
        assert view.filter_text is None


def test_progress_ends_where_everything_is_read(hq: Behind) -> None:
    told: list[tuple[int, int]] = []
    fetch_snapshot(hq.rest(), None, hq.doc, rows=True, progress=lambda done, known: told.append((done, known)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert told[-1][0] == told[-1][1]
    assert all(done <= known for done, known in told)


@pytest.mark.parametrize("skip", range(0, 24, 5))
def test_a_doc_is_read_whole_or_not_at_all(hq: Behind, skip: int) -> None:
    hq.faults.add(status=500, skip=skip)
    with pytest.raises(ServerDown):
        fetch_snapshot(hq.rest(), None, hq.doc)


def test_a_doc_is_read_in_spite_of_faults(hq: Behind) -> None:
    calm = fetch_snapshot(hq.rest(), None, hq.doc, rows=True)
    hq.faults.set(
        {
            "faults": [
                {"status": 429, "chance": 0.2, "seed": 1},
                {"status": 502, "chance": 0.1, "seed": 2},
                {"drop": True, "chance": 0.1, "seed": 3},
            ]
        }
    )
    assert replace(fetch_snapshot(hq.rest(), None, hq.doc, rows=True), read_at=calm.read_at) == calm
    assert sum(hq.faults.met()) > 5


def test_an_unknown_doc_is_reported(hq: Behind) -> None:
    with pytest.raises(NotFound):
        fetch_snapshot(hq.rest(), None, "AbCDeFGHij")


def test_a_token_for_another_doc_is_reported(hq: Behind) -> None:
    secret = Secret(hq.tokens.add(Token("elsewhere", "rest", doc="AbCDeFGHij")))
    with pytest.raises(NotAllowed):
        fetch_snapshot(hq.rest(secret), None, hq.doc)


def test_tools_add_details_to_rest(hq: Behind) -> None:
    few, rest = FewTools(hq), hq.rest()
    found = fetch_snapshot(rest, cast(Tools, few), hq.doc)
    assert rest.requests_sent == 24
    assert sorted(few.calls) == ["content_read"] + ["table_columns_read"] * 12
    assert found.ways == ("rest", "mcp")
    live = hq.workspace.live(hq.doc)
    abouts = {column.id: column.column.about for table in live.record.tables for column in table.columns}
    assert {column.id: column.about for table in found.tables for column in table.columns} == abouts
    assert {table.rows for table in found.tables} == {7}
    assert {view.name: view.filter_text for view in found.views} == {
        view.view.name: view.view.filter.text if view.view.filter else ""
        for table in live.record.tables
        for view in table.views
    }
    assert {formula.name: formula.text for formula in found.formulas} == {
        known.formula.name: known.formula.formula.text for known in live.record.formulas
    }
    doc, doubts = doc_from_snapshot(found)
    assert not [place for place in doubts if place.role in ("filter", "named")]
    assert {view.name: view.filter is not None for view in views(doc)} == {
        view.name: bool(view.filter_text) for view in found.views
    }


def test_a_tool_that_fails_leaves_out_its_details(hq: Behind) -> None:
    first = hq.workspace.live(hq.doc).record.tables[0].id
    found = fetch_snapshot(hq.rest(), cast(Tools, FewTools(hq, fails=(first,))), hq.doc)
    assert found.ways == ("rest", "mcp")
    assert {column.about for column in found.tables[0].columns} == {None}
    alone = fetch_snapshot(hq.rest(), cast(Tools, FewTools(hq, names=("content_read",))), hq.doc)
    assert alone.ways == ("rest",)
    assert {column.about for table in alone.tables for column in table.columns} == {None}


# ------------------------------------------------------------ as text


def test_a_snapshot_comes_back_from_its_text() -> None:
    text = snapshot_to_json(whole())
    assert snapshot_from_json(text) == whole()
    assert snapshot_to_json(snapshot_from_json(text)) == text
    assert CANARY not in text


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.text(), st.dictionaries(st.text(), JSON, max_size=4), JSON, st.none() | st.text())
def test_any_snapshot_comes_back_from_its_text(name: str, values: dict[str, Any], value: Any, text: str | None) -> None:
    kept = Snapshot(
        RemoteDoc("AbCDeFGHij", name, time_zone=text, rows=0),
        "2026-11-22T00:00:00+00:00",
        ("rest", "mcp"),
        tables=(RemoteTable("grid-1", name, "", columns=(RemoteColumn("c-1", name, values, text, error=text),)),),
        views=(RemoteView("table-1", name, "grid-1", sorts=(RemoteSort("c-1", True),), filter=values, columns=()),),
        formulas=(RemoteFormula("f-1", name, "", value, text),),
        controls=(RemoteControl("ctrl-1", name, "", "button", value),),
        rows={"grid-1": (RemoteRow("i-1", name, values),)},
    )
    assert snapshot_from_json(snapshot_to_json(kept)) == kept


def test_a_snapshot_cut_anywhere_is_reported_in_one_line() -> None:
    text = snapshot_to_json(replace(whole(), rows=None))
    for end in range(0, len(text) - 2, 997):
        with pytest.raises(InvalidSnapshot) as caught:
            snapshot_from_json(text[:end])
        assert "\n" not in str(caught.value)
    with pytest.raises(InvalidSnapshot, match=r"cut off in line \d+"):
        snapshot_from_json(text[: len(text) // 2])


def test_a_damaged_snapshot_is_reported() -> None:
    text = snapshot_to_json(whole())
    with pytest.raises(InvalidSnapshot, match="damaged: its content"):
        snapshot_from_json(text.replace("sprint_id", "sprint_ID", 1))
    lines = text.splitlines()
    damaged = "\n".join([*lines[:4], "?" + lines[4], *lines[5:]])
    with pytest.raises(InvalidSnapshot, match="damaged in line 5"):
        snapshot_from_json(damaged)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told.pop("doc"), "doc: it is missing"),
        (lambda told: told["doc"].update(name=3), "doc.name: a text is needed"),
        (lambda told: told["tables"].append(1), r"tables\[12\]: a record is needed"),
        (lambda told: told["tables"][3]["columns"][0].pop("format"), r"tables\[3\].columns\[0\].format: it is missing"),
        (lambda told: told["tables"][3]["columns"][0].update(display=1), r"display: true or false is needed"),
        (lambda told: told.update(token="x"), "token: nothing of this name belongs here"),
        (lambda told: told["doc"].update({"": 1}), r"doc\.: nothing of this name belongs here"),
        (lambda told: told.update(ways=["post"]), r"ways\[0\]: 'post' is none of rest, mcp"),
        (lambda told: told.update(rows=[]), "rows: a record is needed"),
        (lambda told: told.update(pages={}), "pages: a list is needed"),
        (lambda told: told.update(read_at=None), "read_at: a text is needed"),
    ],
)
def test_a_snapshot_of_another_shape_is_reported_with_its_place(change: Any, said: str) -> None:
    kept = json.loads(snapshot_to_json(whole()))
    change(kept["snapshot"])
    kept["sum"] = checksum(kept["snapshot"])
    with pytest.raises(InvalidSnapshot, match=said):
        snapshot_from_json(json.dumps(kept))


@pytest.mark.parametrize(
    "text", ["", " ", "null", "[]", "{}", "7", '{"codaform": "snapshot"}', "\x00", "[" * 100_000, '{"a": NaN}']
)
def test_another_text_is_reported(text: str) -> None:
    with pytest.raises(InvalidSnapshot) as caught:
        snapshot_from_json(text)
    assert "\n" not in str(caught.value)


def test_another_form_of_snapshot_is_reported() -> None:
    with pytest.raises(InvalidSnapshot, match="form 2; this codaform reads form 1"):
        snapshot_from_json(snapshot_to_json(whole()).replace('"form": 1', '"form": 2', 1))


# ------------------------------------------------------------ fingerprints


def shuffled(value: Any) -> Any:
    """The same snapshot with the members of all records in another order."""
    match value:
        case dict():
            return {name: shuffled(value[name]) for name in reversed(value)}
        case tuple() | list():
            return [shuffled(item) for item in value]
    return value


def changed(column: RemoteColumn, **fields: Any) -> Snapshot:
    """Founder HQ with a different column."""
    first = whole().tables[0]
    columns = tuple(replace(known, **fields) if known == column else known for known in first.columns)
    return replace(whole(), tables=(replace(first, columns=columns), *whole().tables[1:]))


def test_a_fingerprint_depends_on_the_schema_alone() -> None:
    usual = schema_fingerprint(whole())
    assert usual.startswith("rest:")
    first = whole().tables[0]
    same = [
        replace(whole(), rows=None, read_at="another time"),
        replace(whole(), doc=replace(whole().doc, name="Renamed", rows=99)),
        replace(whole(), tables=whole().tables[::-1], formulas=whole().formulas[::-1]),
        replace(whole(), tables=tuple(replace(table, rows=None) for table in whole().tables)),
        replace(whole(), formulas=tuple(replace(formula, value="other") for formula in whole().formulas)),
        changed(first.columns[0], format=shuffled(first.columns[0].format)),
        changed(first.columns[0], error="broken for the moment"),
    ]
    assert {schema_fingerprint(other) for other in same} == {usual}
    others = [
        changed(first.columns[0], name="other"),
        changed(first.columns[0], formula="1 + 1"),
        changed(first.columns[0], default="1"),
        changed(first.columns[0], format={"type": "number", "isArray": False}),
        changed(first.columns[0], display=not first.columns[0].display),
        changed(first.columns[0], about="other"),
        replace(whole(), tables=(replace(first, columns=first.columns[::-1]), *whole().tables[1:])),
        replace(whole(), tables=whole().tables[1:]),
        replace(whole(), views=whole().views[1:]),
        replace(whole(), views=tuple(replace(view, filter_text="other") for view in whole().views)),
        replace(whole(), formulas=tuple(replace(formula, text="other") for formula in whole().formulas)),
        replace(whole(), doc=replace(whole().doc, id="AbCDeFGHij")),
        replace(whole(), ways=("rest", "mcp")),
    ]
    assert len({usual, *map(schema_fingerprint, others)}) == len(others) + 1


def test_two_readings_have_one_fingerprint(hq: Behind) -> None:
    assert schema_fingerprint(fetch_snapshot(hq.rest(), None, hq.doc)) == schema_fingerprint(
        fetch_snapshot(hq.rest(), None, hq.doc, rows=True)
    )


# ------------------------------------------------------------ as the compiler's doc


def test_founder_hq_comes_back_unchanged() -> None:
    doc, doubts = doc_from_snapshot(whole())
    ours = Session.open(FORMULAS).program.doc
    assert doc.tables.keys() == ours.tables.keys()
    for name, table in doc.tables.items():
        assert table.columns.keys() == ours.tables[name].columns.keys()
        for column in table.columns.values():
            own = ours.tables[name].columns[column.name]
            assert column.many == own.many, (name, column.name)
            assert column.to == own.to
            assert bool(column.formula) == (column_formula(own, ours.tables[name], ours) is not None)
            assert bool(column.default) == bool(own.default)
    _, said = bind_doc(doc)
    assert [diagnostic.message for diagnostic in said if diagnostic.rule.severity == "error"] == []
    assert {place.role for place in doubts} == {"filter", "named", "formula"}
    assert doubts[FormulaSite("formula", "workflows", "recent_runs")] == [
        "execution_runs is read as this row's column execution_runs; it may be the table execution_runs"
    ]


def column(id: str, name: str, **format: Any) -> RemoteColumn:
    """A column with this format."""
    return RemoteColumn(id, name, {"isArray": False, **format})


def small(*columns: RemoteColumn, **parts: Any) -> Snapshot:
    """A doc with two tables of the same name."""
    tables = (RemoteTable("grid-1", "Tasks", "", columns=columns), RemoteTable("grid-2", "Tasks", ""))
    return Snapshot(RemoteDoc("AbCDeFGHij", "Small"), "2026-11-22T00:00:00+00:00", tables=tables, **parts)


def test_a_second_thing_of_the_same_name_has_a_number() -> None:
    found = small(
        column("c-1", "Name", type="text"),
        column("c-2", "Name", type="lookup", table={"id": "grid-2"}),
        views=(RemoteView("table-1", "Tasks", "grid-1", columns=("c-2",)), RemoteView("table-9", "Lost", "grid-9")),
    )
    doc, _ = doc_from_snapshot(found)
    assert list(doc.tables) == ["Tasks", "Tasks 2"]
    assert list(doc.tables["Tasks"].columns) == ["Name", "Name 2"]
    assert doc.tables["Tasks"].columns["Name 2"].to == "Tasks 2"
    assert [(view.name, view.columns) for view in views(doc)] == [("Tasks 3", ("Name 2",))]


def test_formats_that_cannot_be_read_are_doubted() -> None:
    doc, doubts = doc_from_snapshot(
        small(column("c-1", "New", type="hologram"), column("c-2", "Far", type="lookup", table={"id": "grid-9"}))
    )
    assert [known.kind for known in doc.tables["Tasks"].columns.values()] == ["other", "other"]
    assert "hologram" in doubts[FormulaSite("formula", "Tasks", "New")][0]
    assert doubts[FormulaSite("formula", "Tasks", "Far")] == ["it links rows of a table that this token cannot see"]


def test_formulas_and_controls_are_read() -> None:
    formulas = (
        RemoteFormula("f-1", "Rate", "", 1.5, "1 + 0.5"),
        RemoteFormula("f-2", "Listed", "", ["a", 'b"c'], None),
        RemoteFormula("f-3", "Flag", "", True, None),
        RemoteFormula("f-4", "Strange", "", {"@type": "x"}, None),
    )
    controls = (
        RemoteControl("ctrl-1", "Push", "", "button", ""),
        RemoteControl("ctrl-2", "Pick", "", "select", "Blue"),
        RemoteControl("ctrl-3", "Rate", "", "slider", 3),
    )
    doc, doubts = doc_from_snapshot(small(formulas=formulas, controls=controls))
    assert {named.name: (named.kind, named.many, named.formula.text) for named in doc.formulas.values()} == {
        "Rate": ("number", False, "1 + 0.5"),
        "Listed": ("text", True, 'List("a", "b\\"c")'),
        "Flag": ("checkbox", False, "true"),
        "Strange": ("other", False, '""'),
    }
    assert {named.name: (named.kind, named.many, named.value) for named in doc.controls.values()} == {
        "Push": ("button", False, None),
        "Pick": ("select", False, "Blue"),
        "Rate 2": ("slider", False, 3.0),
    }
    assert {place.name for place in doubts} == {"Listed", "Flag", "Strange", "Push", "Pick", "Rate 2"}


def test_the_text_of_a_named_formula_gives_its_type() -> None:
    """Its present value does not matter: blank, an empty list, or a date as a text."""
    formulas = (
        RemoteFormula("f-1", "First open", "", "", "Open.First()"),
        RemoteFormula("f-2", "Open", "", [], "Tasks.Filter(Name.IsBlank())"),
        RemoteFormula("f-3", "Due", "", "2025-12-10", "Date(2025, 12, 10)"),
        RemoteFormula("f-4", "Share", "", "", "1 / Open.Count()"),
        RemoteFormula("f-5", "Names", "", [], "Tasks.Name"),
        RemoteFormula("f-6", "Wrong", "", 3, "Nothing.Like.It"),
    )
    doc, _ = doc_from_snapshot(small(column("c-1", "Name", type="text"), formulas=formulas))
    assert {named.name: (named.kind, named.to, named.many) for named in doc.formulas.values()} == {
        "First open": ("relation", "Tasks", False),
        "Open": ("relation", "Tasks", True),
        "Due": ("date", "", False),
        "Share": ("number", "", False),
        "Names": ("text", "", True),
        "Wrong": ("number", "", False),
    }


def test_formulas_are_spelled_out() -> None:
    text = RemoteColumn("c-2", "Twice", {"type": "number"}, formula="Tasks.Filter(Name=thisRowand Twice>1).Count()")
    doc, doubts = doc_from_snapshot(small(column("c-1", "Name", type="text"), replace(text, default="Name")))
    twice = doc.tables["Tasks"].columns["Twice"]
    assert twice.formula is not None
    assert "thisRow and" in twice.formula.text
    assert "CurrentValue.Name" in twice.formula.text
    assert doubts[FormulaSite("formula", "Tasks", "Twice")]


# ------------------------------------------------------------ unexpected replies


def test_a_chip_on_a_page_is_not_a_formula() -> None:
    with ExitStack() as stack:
        behind = stack.enter_context(coda(FORMULAS))
        record = behind.workspace.live(behind.doc).record
        hidden = replace(
            record.formulas[0], formula=replace(record.formulas[0].formula, name=f"{HIDDEN_PREFIX} 1"), id="f-9"
        )
        record.formulas.append(hidden)
        found = fetch_snapshot(behind.rest(), None, behind.doc)
        assert len(found.formulas) == len(record.formulas) - 1


@pytest.mark.parametrize("broken", [{"id": 3}, {"format": None}, {"name": None}])
def test_an_invalid_column_is_reported(broken: dict[str, Any]) -> None:
    from codaform.coda.snapshot.fetching import _table

    told = {"id": "c-1", "name": "A", "format": {"type": "text"}, **broken}
    with pytest.raises(Unreadable):
        _table({"id": "grid-1", "name": "T"}, [told])
