"""Changes of tables, columns, views, formulas and controls, applied to a doc without any server around it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from codaform.model import types
from codaform.model.schema import Doc
from codaform.model.types import ListOf, OneOf, RowOf, Type
from codaform.model.values import Person, Row
from codaform.project.session import Session
from codaform.server.commands.column_types import fields_of
from codaform.server.doc.local_doc import LocalDoc, column_error, named_value
from codaform.server.doc.records import DocRecord, TableRecord
from codaform.server.storage.seeding import empty_doc, from_project, from_snapshot, snapshot
from codaform.server.storage.store import Store, adapter, row_to_json
from codaform.server.workspace import Timing, Workspace

ADA = Person("Ada Ruiz", "ada@example.com")

NOW = datetime(2025, 12, 10, 9, tzinfo=UTC)

PAGE = "canvas-aaaaaaaaaa"


class Bench:
    """A workspace with one doc to change."""

    def __init__(self, timing: Timing | None = None) -> None:
        self.seconds = 0.0
        self.workspace = Workspace(Store(), ADA, timing or Timing(delay=0), lambda: self.seconds)
        self.workspace.clock = NOW
        record = empty_doc("Bench", NOW)
        record.id, record.pages[0].id = "AbCdEfGhIj", PAGE
        self.workspace.add(record, {})

    @property
    def doc(self) -> LocalDoc:
        """The unchanged doc."""
        return self.workspace.live("AbCdEfGhIj")

    def do(self, change: str, **arguments: Any) -> None:
        """Apply a change; what it says must be JSON."""
        self.workspace.do("AbCdEfGhIj", change, json.loads(json.dumps(arguments)))

    def table(self, id: str, name: str, *columns: dict[str, Any], rows: tuple[list[Any], ...] = ()) -> None:
        """Add a table; columns and rows are known by their numbers."""
        given = [{**column, "id": f"c-{id}{number}"} for number, column in enumerate(columns, 1)]
        row_ids = [f"i-{id}{number}" for number in range(1, len(rows) + 1)]
        self.do("add table", id=f"grid-{id}", page=PAGE, name=name, columns=given, rows=list(rows), row_ids=row_ids)

    def update(self, table: str, column: int, **fields: Any) -> None:
        """Change a column."""
        self.do("update columns", table=f"grid-{table}", columns=[{"id": f"c-{table}{column}", **fields}])

    def record(self, id: str) -> TableRecord:
        """A table."""
        return next(table for table in self.doc.record.tables if table.id == f"grid-{id}")

    def cells(self, id: str, column: int) -> list[object]:
        """What the rows of a table show in a column."""
        table = self.record(id)
        found = next(known for known in table.columns if known.id == f"c-{id}{column}")
        return [self.doc.value(table, row, found) for row in self.doc.rows[table.id].values()]

    def kinds(self, id: str) -> list[tuple[str, bool, str]]:
        """The types of a table's columns."""
        return [(known.column.kind, known.column.many, known.column.to) for known in self.record(id).columns]


def whole(doc: LocalDoc) -> tuple[Any, Any]:
    """Everything that a doc holds."""
    rows = {table: {number: row_to_json(row) for number, row in known.items()} for table, known in doc.rows.items()}
    return adapter(DocRecord).dump_python(doc.record, mode="json"), rows


def build(bench: Bench) -> None:
    """Changes of every kind, one after the other."""
    bench.table("a", "Alpha", {"name": "Name"}, {"name": "N", "format": {"type": "num"}}, rows=(["x", 1], ["y", 2]))
    link = {"name": "Alpha", "format": {"type": "lookup", "objectId": "grid-a"}}
    bench.table("b", "Beta", {"name": "Name"}, link, rows=(["p", "i-a1"], ["q", "i-a2"]))
    bench.do("add columns", table="grid-a", columns=[{"id": "c-a3", "name": "Twice", "formula": "thisRow.N * 2"}])
    settings = {"name": "Large", "sharedFilter": "N > 1", "sorts": [{"columnId": "c-a2", "direction": "descending"}]}
    bench.do("add view", id="table-v", table="grid-a", page=PAGE, settings=settings)
    bench.do("add formula", id="f-1", page=PAGE, formula="Large.N.Sum()", name="Sum of large")
    bench.do("add control", id="ctrl-1", page=PAGE, kind="button", settings={"actionFormula": "DeleteRows(Large)"})
    bench.update("a", 2, name="Number", description="how many")
    bench.do("configure view", view="table-v", settings={"name": "Larger", "columnOrder": ["c-a2"]})
    bench.do("configure view", view="grid-a", settings={"sharedFilter": "Number > 0"})
    bench.do("update formula", formula="f-1", name="Total", format={"type": "curr", "code": "EUR"})
    bench.do("update control", control="ctrl-1", settings={"label": "Go"}, name="Clear")
    bench.do("add columns", table="grid-a", columns=[{"id": "c-a4", "name": "Gone"}], position=0)
    bench.do("delete columns", table="grid-a", columns=["c-a4"])
    bench.table("c", "Gamma", {"name": "Name"})
    bench.do("delete table", table="grid-c")


def test_every_kind_of_change() -> None:
    bench = Bench()
    build(bench)
    doc = bench.doc
    assert [table.name for table in doc.record.tables] == ["Alpha", "Beta"]
    assert [column.column.name for column in bench.record("a").columns] == ["Name", "Number", "Twice"]
    assert doc.record.formulas[0].formula.formula.text == "Larger.Number.Sum()"
    assert doc.record.formulas[0].formula.kind == "currency"
    assert named_value(doc, "Total") == 2
    assert doc.record.controls[0].settings == {"actionFormula": "DeleteRows(Larger)", "label": "Go"}
    assert bench.record("a").settings["filterFormula"] == "Number > 0"
    assert [row.id for row in doc.shown(bench.record("a").views[0])] == ["i-a2"]
    assert doc.errors == {}
    bench.do("delete view", view="table-v")
    bench.do("delete formula", formula="f-1")
    bench.do("delete control", control="ctrl-1")
    assert (bench.record("a").views, doc.record.formulas, doc.record.controls) == ([], [], [])


def test_the_same_changes_make_the_same_doc() -> None:
    one, other = Bench(), Bench()
    build(one)
    build(other)
    assert whole(one.doc) == whole(other.doc)


def test_reads_that_lag_behind_come_to_the_same_doc() -> None:
    bench = Bench(Timing(delay=0, staleness=10))
    build(bench)
    assert bench.workspace.reading("AbCdEfGhIj").record.tables == []
    shown = bench.workspace.reading("AbCdEfGhIj")
    bench.seconds = 9.9
    assert bench.workspace.reading("AbCdEfGhIj").record.tables == []
    bench.seconds = 10.1
    assert bench.workspace.reading("AbCdEfGhIj") is bench.doc
    assert whole(shown) == whole(bench.doc)


def test_a_doc_comes_back_from_its_store_and_from_a_snapshot() -> None:
    bench = Bench()
    build(bench)
    again = Workspace(bench.workspace.store, ADA, Timing(delay=0))
    again.clock = NOW
    assert whole(again.live("AbCdEfGhIj")) == whole(bench.doc)
    ((record, rows),) = from_snapshot(snapshot([bench.doc]))
    assert whole(LocalDoc(record, rows, NOW, ADA)) == whole(bench.doc)


def test_what_is_gone_is_passed_over() -> None:
    bench = Bench()
    build(bench)
    before = whole(bench.doc)
    bench.do("delete table", table="grid-z")
    bench.do("add columns", table="grid-z", columns=[{"id": "c-z1", "name": "x"}])
    bench.do("update columns", table="grid-a", columns=[{"id": "c-z1", "name": "x"}])
    bench.do("update columns", table="grid-z", columns=[])
    bench.do("delete columns", table="grid-z", columns=["c-z1"])
    bench.do("add view", id="table-z", table="grid-z", page=PAGE, settings={"name": "Z"})
    bench.do("configure view", view="table-z", settings={"name": "Z"})
    bench.do("update formula", formula="f-z", name="Z")
    bench.do("update control", control="ctrl-z", settings={})
    bench.do("add table", id="grid-z", page="canvas-none", name="Z", columns=[{"id": "c-z1", "name": "x"}])
    bench.do("add formula", id="f-z", page="canvas-none", formula="1")
    bench.do("add control", id="ctrl-z", page="canvas-none", kind="button", settings={})
    bench.do("modify content", page="canvas-none", operations=[])
    bench.do("copy page", page="canvas-none", id="canvas-z", name="Z")
    record, rows = whole(bench.doc)
    old_record, old_rows = before
    assert rows == old_rows
    assert {**record, "version": 0, "tables": []} == {**old_record, "version": 0, "tables": []}


# ---------------------------------------------------------------- types


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (types.NUMBER, ("number", False, "")),
        (types.BOOLEAN, ("checkbox", False, "")),
        (types.TEXT, ("text", False, "")),
        (types.BLANK, ("text", False, "")),
        (types.DATE, ("date", False, "")),
        (types.DATETIME, ("datetime", False, "")),
        (types.TIME, ("time", False, "")),
        (types.DURATION, ("duration", False, "")),
        (types.PERSON, ("person", False, "")),
        (RowOf("Alpha"), ("relation", False, "Alpha")),
        (ListOf(RowOf("Alpha")), ("relation", True, "Alpha")),
        (ListOf(types.NUMBER), ("number", True, "")),
        (OneOf((types.DATE, types.DATETIME)), ("date", False, "")),
        (OneOf((types.NUMBER, types.TEXT)), ("other", False, "")),
        (ListOf(ListOf(types.TEXT)), ("other", True, "")),
        (types.ANY, ("other", False, "")),
        (types.FAULTY, ("other", False, "")),
    ],
)
def test_a_formula_gives_its_column_a_type(kind: Type, expected: tuple[str, bool, str]) -> None:
    fields = fields_of(kind)
    assert (fields["kind"], fields["many"], fields["to"]) == expected


def test_a_type_that_was_chosen_stays_when_a_formula_comes() -> None:
    bench = Bench()
    chosen = {"name": "A", "format": {"type": "none"}}
    bench.table("a", "Alpha", chosen, {"name": "B"}, rows=(["", ""],))
    bench.update("a", 1, formula="1 + 1")
    bench.update("a", 2, formula="1 + 1")
    assert [kind for kind, _, _ in bench.kinds("a")] == ["text", "number"]
    assert (bench.cells("a", 1), bench.cells("a", 2)) == (["2"], [2])
    bench.update("a", 2, formula='"x"')
    assert [kind for kind, _, _ in bench.kinds("a")] == ["text", "text"]


def test_types_follow_what_they_are_made_of() -> None:
    bench = Bench()
    bench.table("a", "Alpha", {"name": "A", "format": {"type": "num"}}, rows=([3],))
    bench.do("add columns", table="grid-a", columns=[{"id": "c-a2", "name": "B", "formula": "thisRow.A"}])
    bench.do("add columns", table="grid-a", columns=[{"id": "c-a3", "name": "C", "formula": "thisRow.B"}])
    assert [kind for kind, _, _ in bench.kinds("a")] == ["number"] * 3
    bench.update("a", 1, format={"type": "none"})
    assert [kind for kind, _, _ in bench.kinds("a")] == ["text"] * 3
    assert bench.cells("a", 3) == ["3"]


def test_formulas_in_a_circle_come_to_an_end() -> None:
    bench = Bench()
    columns = [{"name": "A", "formula": "thisRow.B"}, {"name": "B", "formula": "List(thisRow.A)"}]
    bench.table("a", "Alpha", *columns, rows=([None, None],))
    assert len(bench.kinds("a")) == 2
    assert "needs" in str(bench.cells("a", 1)[0]) or "circular" in str(bench.cells("a", 1)[0])


CHANGED = [
    ("none", "num", "12.5", 12.5),
    ("none", "dp", "2025-12-08", datetime(2025, 12, 8).date()),
    ("none", "check", "true", True),
    ("none", "person", "bo@example.com", "bo@example.com"),
    ("num", "none", 3, "3"),
    ("num", "curr", 3, 3.0),
    ("check", "none", True, "true"),
    ("num", "sl", 3, "3"),
    ("none", "num", "three", "three"),
]


@pytest.mark.parametrize(("old", "new", "given", "expected"), CHANGED)
def test_values_are_read_anew(old: str, new: str, given: object, expected: object) -> None:
    bench = Bench()
    bench.table("a", "Alpha", {"name": "Name"}, rows=(["x"],))
    bench.do("add columns", table="grid-a", columns=[{"id": "c-a2", "name": "V", "format": {"type": old}}])
    bench.do("update row", table="grid-a", row="i-a1", cells={"c-a2": given})
    bench.update("a", 2, format={"type": new})
    assert bench.cells("a", 2) == [expected]
    row = bench.doc.rows["grid-a"][1]
    assert ("c-a2" in row.invalid_text) == (isinstance(given, str) and expected == given)


def test_a_text_becomes_the_row_that_it_names_and_back() -> None:
    bench = Bench()
    build(bench)
    bench.do("add columns", table="grid-b", columns=[{"id": "c-b3", "name": "T"}])
    for row, text in (("i-b1", "y"), ("i-b2", "nobody")):
        bench.do("update row", table="grid-b", row=row, cells={"c-b3": text})
    bench.update("b", 3, format={"type": "lookup", "objectId": "grid-a"})
    assert bench.cells("b", 3) == [Row("Alpha", 2), "nobody"]
    bench.update("b", 3, format={"type": "lookup", "objectId": "grid-a", "multiple": True})
    assert bench.cells("b", 3)[0] == [Row("Alpha", 2)]
    bench.update("b", 3, format={"type": "lookup", "objectId": "grid-a", "multiple": False})
    assert bench.cells("b", 3)[0] == Row("Alpha", 2)
    bench.update("b", 3, format={"type": "none"})
    assert bench.cells("b", 3) == ["y", "nobody"]


def test_what_was_entered_is_forgotten_when_a_formula_comes() -> None:
    bench = Bench()
    build(bench)
    bench.update("a", 1, formula='"all"')
    assert bench.cells("a", 1) == ["all", "all"]
    assert all("c-a1" not in row.entered for row in bench.doc.rows["grid-a"].values())


# ---------------------------------------------------------------- what depends on what


def test_a_page_that_goes_leaves_its_tables_without_a_page() -> None:
    bench = Bench()
    build(bench)
    bench.do("add page", id="canvas-bbbbbbbbbb", page={"name": "Other"})
    bench.record("b").page = "canvas-bbbbbbbbbb"
    bench.do("delete page", page=PAGE)
    assert [(table.name, table.page) for table in bench.doc.record.tables] == [
        ("Alpha", ""),
        ("Beta", "canvas-bbbbbbbbbb"),
    ]


def test_a_table_that_goes_lets_relations_go() -> None:
    bench = Bench()
    build(bench)
    bench.do("add columns", table="grid-b", columns=[{"id": "c-b3", "name": "N", "formula": "thisRow.Alpha.Number"}])
    bench.do("delete table", table="grid-a")
    assert [table.name for table in bench.doc.record.tables] == ["Beta"]
    assert bench.kinds("b")[1] == ("text", False, "")
    assert bench.cells("b", 2) == ["x", "y"]
    assert column_error(bench.doc, bench.record("b"), bench.record("b").columns[2])


def test_a_column_that_goes_leaves_views_and_other_sides_in_order() -> None:
    bench = Bench()
    build(bench)
    beta = bench.record("b")
    from dataclasses import replace

    from codaform.model.schema import Column
    from codaform.server.doc.records import ColumnRecord

    mirror = Column("Betas", "relation", many=True, to="Beta", reverse="Alpha")
    bench.record("a").columns.append(ColumnRecord("c-a9", mirror))
    bench.doc.rebuild()
    assert bench.cells("a", 9) == [[Row("Beta", 1)], [Row("Beta", 2)]]
    bench.update("b", 2, name="Owner")
    assert bench.record("a").columns[-1].column.reverse == "Owner"
    assert bench.cells("a", 9) == [[Row("Beta", 1)], [Row("Beta", 2)]]
    bench.do("delete columns", table="grid-b", columns=["c-b2"])
    assert bench.record("a").columns[-1].column == replace(mirror, reverse="")
    bench.do("delete columns", table="grid-a", columns=["c-a2"])
    view = bench.record("a").views[0].view
    assert view.sort == ""
    assert "Number" not in view.columns
    assert beta.columns


@pytest.mark.slow
def test_a_projects_doc_can_be_changed_too() -> None:
    session = Session.open("formulas")
    workspace = Workspace(Store(), ADA, Timing(delay=0))
    workspace.clock = session.now
    doc = workspace.add(*from_project(session.book, session.now))
    tasks = next(table for table in doc.record.tables if table.name == "tasks")
    before = {
        table.name: [doc.value(table, row, column) for row in doc.rows[table.id].values() for column in table.columns]
        for table in doc.record.tables
    }
    for number, column in enumerate(list(tasks.columns)):
        spec = {"id": column.id, "name": f"{column.column.name} {number}"}
        workspace.do(doc.record.id, "update columns", {"table": tasks.id, "columns": [spec]})
    assert doc.errors == {}
    after = {
        table.name: [doc.value(table, row, column) for row in doc.rows[table.id].values() for column in table.columns]
        for table in doc.record.tables
    }
    assert {name: [str(value) for value in values] for name, values in after.items() if name != "tasks"} == {
        name: [str(value) for value in values] for name, values in before.items() if name != "tasks"
    }
    assert isinstance(doc.book.doc, Doc)
