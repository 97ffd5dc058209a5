"""What Coda fills comes back as what it is: the other sides of relations, and the facts of a row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from codaform.coda.snapshot.records import RemoteColumn, RemoteDoc, RemoteRow, RemoteTable, Snapshot
from codaform.coda.wire.json_data import Json
from codaform.deploy.copying.pulling import Pulled, pulled
from codaform.deploy.lock import read_lock
from codaform.model.schema import Column
from codaform.project.project import Environment
from codaform.project.reader import read_project
from codaform.project.written_files import Update, write
from projects import findings

TEXT: Mapping[str, Json] = {"type": "text", "isArray": False}
Cells = Mapping[str, Json]


def lookup(table: str, many: bool = False) -> Mapping[str, Json]:
    return {"type": "lookup", "isArray": many, "table": {"id": table}}


def link(row: str, table: str = "grid-t") -> Json:
    return {"@type": "StructuredValue", "name": row, "tableId": table, "rowId": row}


def name(text: str) -> RemoteColumn:
    return RemoteColumn("c-n", text, TEXT, display=True)


def row(id: str, **cells: Json) -> RemoteRow:
    return RemoteRow(id, "", {"c-n": id, **{f"c-{key}": value for key, value in cells.items()}})


def remote(*tables: RemoteTable, rows: Mapping[str, tuple[RemoteRow, ...]] | None = None) -> Snapshot:
    return Snapshot(RemoteDoc("dAbCDeFGHij", "A doc"), "2026-01-01T00:00:00+00:00", tables=tables, rows=rows)


def pull(root: Path, snapshot: Snapshot) -> tuple[Pulled, Update]:
    project = read_project(root, "") if (root / "doc.yml").exists() else None
    lock = read_lock(root) if project else {}
    found = pulled(snapshot, Environment("production", snapshot.doc.id), project, lock)
    return found, write(root, found.files, formerly=found.formerly)


def column(root: Path, table: str, name: str) -> Column:
    return read_project(root, "").doc.tables[table].columns[name]


def relations(*filled: RemoteColumn, mine: tuple[RemoteColumn, ...] = ()) -> tuple[RemoteTable, RemoteTable]:
    """Tasks with an owner and checkers, and people with columns that Coda fills."""
    owner = RemoteColumn("c-owner", "Owner", lookup("grid-p"))
    checkers = RemoteColumn("c-checkers", "Checkers", lookup("grid-p", many=True))
    tasks = RemoteTable("grid-t", "Tasks", "", columns=(name("Task"), owner, checkers, *mine))
    return RemoteTable("grid-p", "People", "", columns=(name("Person"), *filled)), tasks


@pytest.mark.parametrize(
    ("formula", "reverse"),
    [
        ("Tasks.Filter(Owner=thisRow)", "Owner"),
        ("Filter( [Tasks], [Owner] = thisRow )", "Owner"),
        ("Tasks.Filter(Checkers.Contains(thisRow))", "Checkers"),
        ("Tasks.Filter(Owner!=thisRow)", ""),
        ("Tasks.Filter(Owner=thisRow).Sort()", ""),
        ("Tasks.Filter(Owner=Person)", ""),
        ("Tasks.Filter(Owner.Contains(thisRow))", ""),
    ],
)
def test_the_formula_of_a_deployed_reverse_relation(tmp_path: Path, formula: str, reverse: str) -> None:
    snapshot = remote(*relations(RemoteColumn("c-1", "Of them", lookup("grid-t", many=True), formula=formula)))
    found, _ = pull(tmp_path, snapshot)
    made = column(tmp_path, "People", "Of them")
    assert (made.reverse, made.formula is None) == (reverse, bool(reverse))
    if reverse:
        assert {note.place for note in found.notes} == {""}
        assert {path.name for path in found.files} == {"doc.yml", "doc.lock.yml", "table.yml"}
        assert findings(tmp_path) == []
    assert pull(tmp_path, snapshot)[1].texts == {}


def test_a_new_computed_column_that_is_a_list(tmp_path: Path) -> None:
    number: dict[str, Json] = {"type": "number", "isArray": False}
    people, tasks = relations(
        RemoteColumn("c-1", "Their hours", number, formula="Tasks.Filter(Owner=thisRow).Hours"),
        RemoteColumn("c-2", "Doubled", number, formula="thisRow.[Their hours].ForEach(CurrentValue * 2)"),
        RemoteColumn("c-3", "Names", TEXT, formula="Tasks.Filter(Owner=thisRow).Task"),
        RemoteColumn("c-4", "Sum", number, formula="thisRow.[Their hours].Sum()"),
        RemoteColumn("c-5", "Again", number, formula="thisRow.Doubled"),
        mine=(RemoteColumn("c-h", "Hours", number),),
    )
    pull(tmp_path, remote(people, tasks))
    columns = read_project(tmp_path, "").doc.tables["People"].columns
    assert [name for name, found in columns.items() if found.many] == ["Their hours", "Doubled", "Names", "Again"]
    assert findings(tmp_path) == []


def test_a_table_that_is_related_to_itself(tmp_path: Path) -> None:
    up = RemoteColumn("c-up", "Parent", lookup("grid-t"))
    down = RemoteColumn("c-dn", "Children", lookup("grid-t", True), formula="Tasks.Filter(Parent=thisRow)")
    filled = RemoteColumn("c-fl", "Twins", lookup("grid-t", True), calculated=True)
    twin = RemoteColumn("c-tw", "Twin", lookup("grid-t"))
    pull(tmp_path, remote(RemoteTable("grid-t", "Tasks", "", columns=(name("Task"), up, down, filled, twin))))
    assert column(tmp_path, "Tasks", "Children").reverse == "Parent"
    assert column(tmp_path, "Tasks", "Twins").reverse == "Twin"


@pytest.mark.parametrize(
    ("owned", "checked", "told"),
    [
        # By the rows: who owns what, who checks what.
        ([link("t1")], [link("t1"), link("t2")], {"Owned": "Owner", "Checked": "Checkers"}),
        # The other way round: the names of columns say nothing.
        ([link("t1"), link("t2")], [link("t1")], {"Owned": "Checkers", "Checked": "Owner"}),
        # Of one the rows tell it, for the other one relation is left.
        ([link("t1")], [link("t1")], {"Owned": "Owner", "Checked": ""}),
    ],
)
def test_rows_tell_what_a_filled_column_mirrors(
    tmp_path: Path, owned: list[Json], checked: list[Json], told: Mapping[str, str]
) -> None:
    people, tasks = relations(
        RemoteColumn("c-owned", "Owned", lookup("grid-t", True), calculated=True),
        RemoteColumn("c-checked", "Checked", lookup("grid-t", True), calculated=True),
    )
    ada = link("ada", "grid-p")
    rows = {
        "grid-t": (row("t1", owner=ada, checkers=[ada]), row("t2", checkers=[ada])),
        "grid-p": (row("ada", owned=owned, checked=checked),),
    }
    found, _ = pull(tmp_path, remote(people, tasks, rows=rows))
    assert {name: column(tmp_path, "People", name).reverse for name in told} == told
    unclear = {f"People.{name}" for name, reverse in told.items() if not reverse}
    assert {note.place for note in found.notes if note.place} == unclear
    assert findings(tmp_path) == []


def test_without_rows_two_filled_columns_stay_open(tmp_path: Path) -> None:
    filled = (
        RemoteColumn("c-owned", "Owned", lookup("grid-t", True), calculated=True),
        RemoteColumn("c-checked", "Checked", lookup("grid-t", True), calculated=True),
    )
    found, _ = pull(tmp_path, remote(*relations(*filled)))
    assert {note.place for note in found.notes if note.place} == {"People.Owned", "People.Checked"}
    known = RemoteColumn("c-owned", "Owned", lookup("grid-t", True), formula="Tasks.Filter(Owner=thisRow)")
    found, _ = pull(tmp_path / "other", remote(*relations(known, filled[1])))
    assert column(tmp_path / "other", "People", "Checked").reverse == "Checkers"


@pytest.mark.parametrize(
    ("kind", "format", "formula"),
    [
        ("created_on", "dateTime", "thisRow.Created()"),
        ("modified_on", "dateTime", "Modified(thisRow)"),
        ("created_by", "person", "thisRow.CreatedBy()"),
        ("modified_by", "person", "thisRow.ModifiedBy( )"),
        ("row_id", "number", "thisRow.RowId()"),
        ("date", "date", "thisRow.Created()"),
        ("number", "number", "thisRow.RowId() + 0"),
    ],
)
def test_facts_of_a_row(tmp_path: Path, kind: str, format: str, formula: str) -> None:
    shape: Mapping[str, Json] = {"type": format, "isArray": False}
    columns = (name("Task"), RemoteColumn("c-1", "Fact", shape, formula=formula))
    snapshot = remote(RemoteTable("grid-t", "Tasks", "", columns=columns))
    pull(tmp_path, snapshot)
    made = column(tmp_path, "Tasks", "Fact")
    assert (made.kind, made.formula is None) == (kind, kind not in ("date", "number"))
    assert pull(tmp_path, snapshot)[1].texts == {}


def test_what_the_folder_says_in_a_formula_stays_a_formula(tmp_path: Path) -> None:
    formula = "Tasks.Filter(Owner=thisRow)"
    filled = RemoteColumn("c-1", "Of them", lookup("grid-t", many=True), formula=formula)
    snapshot = remote(*relations(filled))
    pull(tmp_path, snapshot)
    table = tmp_path / "People/table.yml"
    table.write_text(table.read_text().replace("reverse: Owner", "many: true, formula: of_them.coda"))
    (tmp_path / "People/of_them.coda").write_text("Tasks.Filter(CurrentValue.Owner = thisRow)\n")
    before = table.read_text()
    pull(tmp_path, snapshot)
    assert table.read_text() == before
    assert findings(tmp_path) == []
