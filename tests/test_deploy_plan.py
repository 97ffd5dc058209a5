"""Plans: what differs between a doc and its folder, the order of the steps, what they move, and how they are told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings

from codaform.cli.program import program
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tool_schema import NEEDED_TOOLS
from codaform.coda.door.tools import open_tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.coda.wire.json_data import checksum
from codaform.deploy.ids import Ids
from codaform.deploy.kinds.catalogue import KINDS
from codaform.deploy.kinds.change import SchemaChange
from codaform.deploy.kinds.column_settings import (
    SetAction,
    SetDefault,
    SetDescription,
    SetFormat,
    SetFormula,
    SetOptions,
)
from codaform.deploy.kinds.columns import AddColumn, DropColumn, RenameColumn
from codaform.deploy.kinds.formulas import AddFormula, DropFormula, SetNamedFormula
from codaform.deploy.kinds.routes import Capabilities
from codaform.deploy.kinds.tables import AddTable, DropTable, RenameTable
from codaform.deploy.kinds.views import AddView, SetView
from codaform.deploy.lock import (
    NOTHING_KNOWN,
    BadLock,
    Confirmed,
    LockEntry,
    lock_from,
    lock_text,
    own_hash,
    read_lock,
    remote_hash,
    write_lock,
)
from codaform.deploy.planning.differences import diff
from codaform.deploy.planning.naming import in_order
from codaform.deploy.planning.plan import Plan, PlanIsOld, PlanOptions, Step, check_current, plan, planned
from codaform.deploy.planning.plan_file import BadPlan, as_data, from_json, to_json
from codaform.deploy.planning.reports import as_markdown, as_text
from codaform.deploy.remote.columns import Shape
from codaform.deploy.remote.schema import RemoteSchema, remote_schema, schema_of
from codaform.model.schema import Column, Doc, NamedFormula, Table, View
from codaform.project.files import CannotRead
from codaform.project.session import Session
from codaform.semantics import program as program_module
from codaform.semantics.dependencies import GraphNode, graph
from codaform.semantics.program import FormulaSite, bind_doc
from codaform.source import Source
from codaform.testing import RunningCoda, local_coda_for
from columns import short
from projects import FORMULAS, copy_of_founder_hq, findings, opened, rules_of, with_tasks, write
from projects import replace as replace_text
from random_docs import docs
from searching import examples

pytestmark = pytest.mark.slow

EVERYTHING = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Tools:
    """A server that lists what codaform knows, without some of it."""

    def __init__(self, *lacking: str) -> None:
        self.lacking = lacking

    def has(self, tool: str, *arguments: str) -> bool:
        known = (*NEEDED_TOOLS.get(tool, ()), *ALSO.get(tool, ()))
        gone = tool in self.lacking or any(f"{tool} {argument}" in self.lacking for argument in arguments)
        return tool in NEEDED_TOOLS and not gone and all(argument in known for argument in arguments)


ALSO = {
    "table_view_manage": ("data.columnVisibility.hideColumnIds", "data.columnOrder"),
    "control_manage": ("data.updatedFields.name",),
}
BY_MCP = PlanOptions(Capabilities(True, Tools()))
EMPTY = Doc("Empty")


@pytest.fixture(scope="module", autouse=True)
def recursion() -> None:
    """A workbook raises the interpreter's limit once; hypothesis complains where that happens within an example."""
    Session.empty().workbook()


def text(formula: str) -> Source:
    return Source("test", formula)


def doc(*tables: Table, **formulas: str) -> Doc:
    named = {name: NamedFormula(name, "number", text(formula)) for name, formula in formulas.items()}
    return Doc("Small", {table.name: table for table in tables}, named)


def table(name: str, *columns: Column, views: tuple[View, ...] = ()) -> Table:
    return Table(name, {column.name: column for column in columns}, views=views)


def computed(name: str, formula: str, kind: str = "number") -> Column:
    return Column(name, kind, formula=text(formula))


NAME = Column("name", "text", display=True)
HOURS = Column("hours", "number")
TASKS = table("tasks", NAME, HOURS, computed("double", "thisRow.hours * 2"))


def changes(
    now: Doc | RemoteSchema, wanted: Doc, entry: LockEntry = NOTHING_KNOWN, prune: bool = False
) -> list[SchemaChange]:
    there = now if isinstance(now, RemoteSchema) else schema_of(now)
    return [found.change for found in diff(there, wanted, entry, prune).changes]


def came_back(now: Doc, **texts: str) -> RemoteSchema:
    """A doc whose formulas came back as these texts, by `table__column`."""
    returned = {FormulaSite("formula", *name.split("__", 1)): value for name, value in texts.items()}
    return replace(schema_of(now), returned={**schema_of(now).returned, **returned})


def applied(now: Doc, changes: Iterable[SchemaChange], wanted: Doc | None = None) -> Doc:
    """A doc after changes, one after the other."""
    for change in changes:
        now = change.apply_to(now, wanted)
    return now


def steps_for(
    there: RemoteSchema | Doc, session: Session, options: PlanOptions = BY_MCP, entry: LockEntry = NOTHING_KNOWN
) -> list[Step]:
    steps, _, _ = planned(there if isinstance(there, RemoteSchema) else schema_of(there), session, entry, options)
    return list(steps)


def step_of(steps: list[Step], kind: type) -> Step:
    found = [step for step in steps if isinstance(step.change, kind)]
    assert len(found) == 1, [step.change for step in steps]
    return found[0]


# ------------------------------------------------------------ what differs


@EVERYTHING
@given(docs())
def test_a_doc_does_not_differ_from_itself(known: Doc) -> None:
    found = diff(schema_of(known), known, prune=True)
    assert found.changes == ()
    assert found.notes == ()


@EVERYTHING
@given(docs(), docs())
def test_the_changes_lead_to_the_wanted_doc(now: Doc, wanted: Doc) -> None:
    after = applied(now, changes(now, wanted, prune=True), wanted)
    assert changes(after, wanted, prune=True) == []
    assert {name: set(known.columns) for name, known in after.tables.items()} == {
        name: set(known.columns) for name, known in wanted.tables.items()
    }
    assert after.formulas.keys() == wanted.formulas.keys()


@EVERYTHING
@given(docs(), docs())
def test_without_prune_nothing_is_dropped(now: Doc, wanted: Doc) -> None:
    found = diff(schema_of(now), wanted)
    after = applied(now, [difference.change for difference in found.changes], wanted)
    assert not diff(schema_of(after), wanted).changes
    kinds = Counter(type(difference.change).__name__ for difference in found.changes)
    assert not {name for name in kinds if name.startswith("Drop")}
    # Each thing of the doc is there still, by its own name or by the one that it got.
    renamed = {change.before for change in changes(now, wanted) if isinstance(change, RenameTable)}
    assert set(now.tables) - renamed <= set(after.tables)


@pytest.mark.parametrize("project", ["founder_hq", "tasks"])
def test_a_real_project_does_not_differ_from_itself(project: str, tmp_path: Path) -> None:
    wanted = (Session.open(FORMULAS) if project == "founder_hq" else opened(with_tasks(tmp_path))).project.doc
    assert changes(wanted, wanted, prune=True) == []


def test_each_fact_is_a_change_of_its_own() -> None:
    view = View("Open", "tasks", filter=text("thisRow.hours > 1"))
    before = doc(replace(TASKS, views=(view,)), total="1")
    status = Column("status", "select", options=("a", "b"))
    after = doc(
        table(
            "tasks",
            replace(NAME, display=False),
            Column("hours", "text", display=True, default=text('"none"')),
            computed("double", "thisRow.name"),
            status,
            views=(replace(view, filter=text("true")),),
        ),
        total="2",
    )
    kinds = Counter(type(change).__name__ for change in changes(before, after))
    assert kinds == {
        "SetFormat": 1,
        "SetDefault": 1,
        "SetFormula": 1,
        "AddColumn": 1,
        "SetDisplay": 1,
        "SetView": 1,
        "SetNamedFormula": 1,
    }
    fewer = doc(table("tasks", NAME, HOURS, TASKS.columns["double"], replace(status, options=("a",))))
    more = doc(table("tasks", NAME, HOURS, TASKS.columns["double"], status))
    assert changes(more, fewer) == [SetOptions("tasks", "status", ("a", "b"), ("a",))]


def test_a_format_that_the_folder_does_not_name_is_no_difference() -> None:
    now = doc(table("t", replace(HOURS, format=short("number", "0.00"))))
    assert changes(now, doc(table("t", HOURS))) == []
    other = SetFormat(
        "t", "hours", Shape("number", format=short("number", "0.00")), Shape("number", format=short("number", "0.0"))
    )
    assert changes(now, doc(table("t", replace(HOURS, format=short("number", "0.0"))))) == [other]


def test_a_column_that_the_folder_lacks_is_left_alone_unless_pruned() -> None:
    wanted = doc(table("tasks", NAME))
    found = diff(schema_of(doc(TASKS)), wanted)
    assert found.changes == ()
    assert found.unmanaged == ("the column tasks.hours", "the column tasks.double")
    assert changes(doc(TASKS), wanted, prune=True) == [DropColumn("tasks", "hours"), DropColumn("tasks", "double")]


def test_descriptions_are_compared_where_they_were_told() -> None:
    now, wanted = doc(table("t", NAME)), doc(table("t", replace(NAME, about="What to do.")))
    assert changes(now, wanted) == [SetDescription("t", "name", "", "What to do.")]
    assert changes(replace(schema_of(now), unseen=frozenset({("t", "name")})), wanted) == []


def test_the_other_side_of_a_relation_is_the_filter_that_gives_it() -> None:
    projects = table("projects", NAME, Column("tasks", "relation", to="tasks", many=True, reverse="project"))
    tasks = table("tasks", NAME, Column("project", "relation", to="projects"))
    wanted = doc(projects, tasks)
    filtered = Column("tasks", "relation", to="tasks", many=True, formula=text("tasks.Filter(project=thisRow)"))
    now = doc(table("projects", NAME, filtered), tasks)
    assert changes(now, wanted) == []
    bare = Column("tasks", "relation", to="tasks", many=True)
    there = doc(table("projects", NAME, bare), tasks)
    assert changes(replace(schema_of(there), calculated=frozenset({("projects", "tasks")})), wanted) == []
    assert [type(change) for change in changes(there, wanted)] == [SetFormula]


# ------------------------------------------------------------ renames


def test_a_rename_is_one_where_the_lock_knows_the_id() -> None:
    now = RemoteSchema(doc(TASKS), Ids(tables={"tasks": "grid-1"}, columns={("tasks", "hours"): "c-1"}))
    wanted = doc(table("tasks", NAME, replace(HOURS, name="effort"), computed("double", "thisRow.effort * 2")))
    entry = LockEntry(Ids(tables={"tasks": "grid-1"}, columns={("tasks", "effort"): "c-1"}))
    found = diff(now, wanted, entry)
    assert [known.change for known in found.changes] == [RenameColumn("tasks", "hours", "effort")]
    assert "the lock knows" in found.changes[0].because
    assert not found.changes[0].guessed
    assert found.now.tables["tasks"].columns["double"].formula == text("thisRow.effort * 2")


def test_a_plan_of_renames_understands_only_formulas_that_spell_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    more = [computed(f"more {number}", "thisRow.Name") for number in range(5)]
    wanted = doc(table("tasks", NAME, replace(HOURS, name="effort"), computed("double", "thisRow.effort * 2"), *more))
    now = doc(replace(TASKS, columns={**TASKS.columns, **{column.name: column for column in more}}))
    bound: list[str] = []
    bind_site = program_module.bind_site

    def noted(doc, place: FormulaSite, source: Source, expected):  # type: ignore[no-untyped-def]
        bound.append(place.name)
        return bind_site(doc, place, source, expected)

    monkeypatch.setattr(program_module, "bind_site", noted)
    (step,) = planned(schema_of(now), session_of(wanted))[0]
    assert step.change == RenameColumn("tasks", "hours", "effort")
    assert set(bound) == {"double"}


def test_a_table_renamed_in_coda_gets_its_name_back_and_formulas_follow() -> None:
    other = table("sprints", NAME, computed("count", "[old tasks].Filter(CurrentValue.hours > 1).Count()"))
    there = replace(schema_of(doc(replace(TASKS, name="old tasks"), other)), ids=Ids(tables={"old tasks": "grid-1"}))
    wanted = doc(TASKS, table("sprints", NAME, computed("count", "tasks.Filter(CurrentValue.hours > 1).Count()")))
    assert changes(there, wanted, LockEntry(Ids(tables={"tasks": "grid-1"}))) == [RenameTable("old tasks", "tasks")]


def test_what_looks_renamed_is_told_so() -> None:
    wanted = doc(table("tasks", NAME, replace(HOURS, name="effort"), computed("double", "thisRow.effort * 2")))
    found = diff(schema_of(doc(TASKS)), wanted)
    assert [known.change for known in found.changes] == [RenameColumn("tasks", "hours", "effort")]
    assert found.changes[0].because.startswith("looks renamed")
    assert found.changes[0].guessed
    assert step_of(steps_for(doc(TASKS), session_of(wanted)), RenameColumn).risk == "values"


def test_views_and_named_formulas_are_renamed_where_the_lock_knows_them() -> None:
    view = View("Old view", "tasks", filter=text("thisRow.hours > 1"))
    reader = computed("count", "[Old view].Count() + total")
    now = doc(replace(TASKS, views=(view,)), table("other", NAME, reader), total="1")
    there = replace(schema_of(now), ids=Ids(views={"Old view": "table-1"}, formulas={"total": "f-1"}))
    wanted = doc(
        replace(TASKS, views=(replace(view, name="New view"),)),
        table("other", NAME, computed("count", "[New view].Count() + sum")),
        sum="1",
    )
    found = changes(there, wanted, LockEntry(Ids(views={"New view": "table-1"}, formulas={"sum": "f-1"})))
    assert [type(change) for change in found] == [SetView, SetNamedFormula]
    assert changes(applied(now, found, wanted), wanted, prune=True) == []


def test_what_could_be_either_of_two_is_renamed_to_neither() -> None:
    now = doc(table("t", NAME, HOURS, Column("spare", "number")))
    wanted = doc(table("t", NAME, Column("effort", "number")))
    found = diff(schema_of(now), wanted)
    assert [type(known.change) for known in found.changes] == [AddColumn]
    assert len(found.unmanaged) == 2


def test_what_stands_elsewhere_does_not_look_renamed() -> None:
    now = doc(table("t", HOURS, NAME))
    wanted = doc(table("t", NAME, Column("effort", "number")))
    assert [type(change) for change in changes(now, wanted)] == [AddColumn]


def test_names_may_change_in_a_ring() -> None:
    steps = in_order({"a": "b", "b": "c", "c": "a"}, ["a", "b", "c", "a 2"])
    names = {"a", "b", "c", "a 2"}
    for before, after in steps:
        assert after not in names
        names = names - {before} | {after}
    ids = {("t", "a"): "c-1", ("t", "b"): "c-2"}
    now = doc(table("t", Column("a", "text", display=True), Column("b", "number")))
    wanted = doc(table("t", Column("b", "text", display=True), Column("a", "number")))
    entry = LockEntry(Ids(tables={"t": "g"}, columns={("t", "b"): "c-1", ("t", "a"): "c-2"}))
    found = changes(replace(schema_of(now), ids=Ids(tables={"t": "g"}, columns=ids)), wanted, entry)
    assert [type(change) for change in found] == [RenameColumn] * 3
    assert applied(now, found).tables["t"].columns["b"].kind == "text"


# ------------------------------------------------------------ three answers


WANTED = doc(
    table("tasks", NAME, HOURS, computed("double", "tasks.Filter(CurrentValue.hours = thisRow.hours).Count()"))
)


def test_a_formula_that_came_back_without_its_owners_is_the_same() -> None:
    assert changes(came_back(WANTED, tasks__double="tasks.Filter(hours=hours).Count()"), WANTED) == []


def test_a_formula_that_is_another_is_set() -> None:
    now = doc(table("tasks", NAME, HOURS, computed("double", "thisRow.hours * 3")))
    assert changes(came_back(now, tasks__double="hours*3"), WANTED) == [
        SetFormula("tasks", "double", "thisRow.hours * 3", "tasks.Filter(CurrentValue.hours = thisRow.hours).Count()")
    ]


def test_what_cannot_be_told_is_no_change_and_a_note() -> None:
    wanted = doc(table("tasks", NAME, computed("double", 'tasks.Filter(CurrentValue.name = "Open").Count()')))
    there = came_back(wanted, tasks__double="tasks.Filter(name=[Shut]).Count()")
    found = diff(there, wanted)
    assert found.changes == ()
    assert found.notes[0].startswith("tasks.double: ")


def test_remembered_texts_win() -> None:
    place = FormulaSite("formula", "tasks", "double")
    wanted_text = WANTED.tables["tasks"].columns["double"].formula
    assert wanted_text is not None
    odd = "Something that Coda printed in a way of its own"
    confirmed = LockEntry(confirmed={place: Confirmed(remote_hash(odd), own_hash(wanted_text.text))})
    assert changes(came_back(WANTED, tasks__double=odd), WANTED, confirmed) == []
    # Layout and comments are not what it says.
    laid_out = doc(table("tasks", NAME, HOURS, computed("double", f"// why\n{wanted_text.text.replace(' = ', '=')}")))
    assert changes(came_back(WANTED, tasks__double=odd), laid_out, confirmed) == []
    # By tree alone this would be the same; it is known that what came back meant the other.
    swapped = doc(
        table("tasks", NAME, HOURS, computed("double", "tasks.Filter(thisRow.hours = thisRow.hours).Count()"))
    )
    back = "tasks.Filter(hours=hours).Count()"
    confirmed = LockEntry(confirmed={place: Confirmed(remote_hash(back), own_hash(wanted_text.text))})
    assert [type(change) for change in changes(came_back(WANTED, tasks__double=back), swapped, confirmed)] == [
        SetFormula
    ]
    # What cannot be told, of a text that was confirmed to be another, was changed by somebody.
    unclear = came_back(WANTED, tasks__double="tasks.Filter([Shut]=hours).Count()")
    assert changes(unclear, WANTED) == []
    assert [type(change) for change in changes(unclear, WANTED, confirmed)] == [SetFormula]


def test_texts_that_nobody_told_are_noted() -> None:
    view = View("Open", "tasks", filter=text("thisRow.hours > 1"))
    wanted = doc(replace(TASKS, views=(view,)), total="1 + 1")
    now = doc(replace(TASKS, views=(replace(view, filter=None),)), total="2")
    untold = frozenset({FormulaSite("filter", "tasks", "Open"), FormulaSite("named", "", "total")})
    found = diff(replace(schema_of(now), untold=untold), wanted)
    assert found.changes == ()
    assert len(found.notes) == 2


# ------------------------------------------------------------ the order of the steps


def made_in(change: SchemaChange) -> Iterator[tuple[str, ...]]:
    """What a change makes: tables, columns, formulas, defaults, views, named formulas, actions."""
    match change:
        case AddTable(owner):
            yield "table", owner.name
            yield from (("column", owner.name, name) for name in owner.columns)
        case AddColumn(name, column):
            yield "column", name, column.name
            if column.formula is not None:
                yield "formula", name, column.name
            if column.action is not None:
                yield "action", name, column.name
        case SetFormula(name, column_name):
            yield "formula", name, column_name
        case SetDefault(name, column_name):
            yield "default", name, column_name
        case AddView(view):
            yield "view", view.table, view.name
        case AddFormula(formula):
            yield "named", formula.name


def wanted_things(wanted: Doc) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for owner in wanted.tables.values():
        found.add(("table", owner.name))
        found.update(("view", owner.name, view.name) for view in owner.views)
        for column in owner.columns.values():
            found.add(("column", owner.name, column.name))
            roles = {"formula": column.formula, "default": column.default, "action": column.action}
            found.update((role, owner.name, column.name) for role, source in roles.items() if source is not None)
    return found | {("named", name) for name in wanted.formulas}


def test_founder_hq_from_empty_makes_everything_once() -> None:
    session = Session.open(FORMULAS)
    steps = steps_for(EMPTY, session)
    made = Counter(thing for step in steps for thing in made_in(step.change))
    assert set(made) == wanted_things(session.project.doc)
    assert set(made.values()) == {1}
    assert {step.risk for step in steps} == {"none"}
    assert [step.change for step in steps if step.route != "mcp"] == [
        step.change for step in steps if isinstance(step.change, SetDefault)
    ]
    wanted = session.project.doc
    assert changes(applied(EMPTY, [step.change for step in steps], wanted), wanted, prune=True) == []


def test_every_step_comes_behind_what_it_needs() -> None:
    session = Session.open(FORMULAS)
    assert_in_order(steps_for(EMPTY, session), session.project.doc)


@EVERYTHING
@given(docs())
def test_random_docs_are_made_in_order(wanted: Doc) -> None:
    session = session_of(wanted)
    steps = steps_for(EMPTY, session)
    assert_in_order(steps, wanted)
    assert changes(applied(EMPTY, [step.change for step in steps], wanted), wanted, prune=True) == []


def session_of(wanted: Doc) -> Session:
    empty = Session.empty().project
    return Session(replace(empty, doc=wanted))


def assert_in_order(steps: list[Step], wanted: Doc) -> None:
    """Tables, columns and what formulas read are there when a step comes."""
    needs = graph(bind_doc(wanted)[0])
    there: set[tuple[str, ...]] = set()
    for step in steps:
        for thing in made_in(step.change):
            match thing:
                case ("column", name, column_name):
                    # A table begins with a plain text where all its columns need something.
                    target = step.change.column.to if isinstance(step.change, AddColumn) else ""
                    assert ("table", name) in there or isinstance(step.change, AddTable)
                    assert not target or ("table", target) in there
                    read = needs.get(GraphNode("cells", name, column_name))
                    if isinstance(step.change, AddColumn) and step.change.column.reverse:
                        assert ("column", target, wanted.tables[name].columns[column_name].reverse) in there
                    read = None
                case ("formula", name, column_name):
                    read = needs.get(GraphNode("cells", name, column_name))
                case ("view", name, view_name):
                    read = needs[GraphNode("view", name, view_name)]
                case ("named", name):
                    read = needs[GraphNode("named", "", name)]
                case _:
                    read = None
            # A column that reads itself is there before its formula is, and so are those of its circle.
            made_now = set(made_in(step.change))
            for needed in read.things if read is not None else ():
                key: tuple[str, ...] = {
                    "cells": ("column", needed.table, needed.name),
                    "rows": ("table", needed.table),
                    "view": ("view", needed.table, needed.name),
                    "named": ("named", needed.name),
                }[needed.kind]
                assert key in there - made_now or key in there, f"{step.change} comes before {key}"
            there.add(thing)


def test_a_column_that_reads_itself_comes_before_its_formula() -> None:
    running = computed("sum", "thisTable.Filter(CurrentValue.hours < thisRow.hours).sum.Sum() + thisRow.hours")
    steps = steps_for(EMPTY, session_of(doc(table("t", NAME, HOURS, running))))
    added, formula = step_of(steps, AddColumn).change, step_of(steps, SetFormula)
    assert isinstance(added, AddColumn)
    assert added.column.formula is None
    assert formula.risk == "none"
    assert [type(step.change) for step in steps] == [AddTable, AddColumn, SetFormula]


def test_renames_come_first_and_drops_last() -> None:
    now = doc(
        table("tasks", NAME, HOURS, computed("gone", "thisRow.hours + 1")),
        table("old", NAME, Column("link", "relation", to="tasks")),
        spare="old.Count()",
    )
    wanted = doc(table("tasks", NAME, replace(HOURS, name="effort"), computed("more", "thisRow.effort * 3")))
    entry = LockEntry(Ids(tables={"tasks": "g"}, columns={("tasks", "effort"): "c"}))
    there = replace(schema_of(now), ids=Ids(tables={"tasks": "g"}, columns={("tasks", "hours"): "c"}))
    steps = steps_for(there, session_of(wanted), PlanOptions(BY_MCP.capabilities, prune=True), entry)
    assert [type(step.change) for step in steps] == [RenameColumn, AddColumn, DropFormula, DropColumn, DropTable]
    assert [step.risk for step in steps] == ["none", "none", "loss", "loss", "loss"]


# ------------------------------------------------------------ what a step moves


def test_a_changed_formula_says_how_many_sample_rows_change(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nfirst,1\nsecond,2\nthird,0\n"})
    table_yml = (folder / "tasks/table.yml").read_text() + "  - {name: more, type: number, formula: more.coda}\n"
    write(folder, {"tasks/table.yml": table_yml, "tasks/more.coda": "thisRow.double + 1\n"})
    session = opened(folder)
    wanted = session.project.doc
    tasks = wanted.tables["tasks"]
    now = replace(
        wanted,
        tables={"tasks": replace(tasks, columns={**tasks.columns, "double": computed("double", "thisRow.hours * 3")})},
    )
    step = step_of(steps_for(now, session), SetFormula)
    assert [(touched.thing.name, touched.rows) for touched in step.touches] == [("double", 2), ("more", 2)]
    assert step.rows_changed == 4
    assert step.risk == "values"
    assert session.book.value(session.book.rows("tasks")[0], "more") == 3.0

    unmoved = computed("double", "thisRow.hours + thisRow.hours")
    now = replace(wanted, tables={"tasks": replace(tasks, columns={**tasks.columns, "double": unmoved})})
    step = step_of(steps_for(now, session), SetFormula)
    assert step.rows_changed == 0
    assert step.risk == "none"
    without_rows = step_of(steps_for(now, session_of(wanted)), SetFormula)
    assert without_rows.rows_changed is None
    assert without_rows.risk == "values"


def test_a_formula_over_entered_cells_is_a_loss(tmp_path: Path) -> None:
    session = opened(with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nfirst,1\n"}))
    tasks = session.project.doc.tables["tasks"]
    now = replace(
        session.project.doc,
        tables={"tasks": replace(tasks, columns={**tasks.columns, "double": Column("double", "number")})},
    )
    step = step_of(steps_for(now, session), SetFormula)
    assert step.risk == "loss"
    assert step.rows_changed == 1


def test_views_and_named_formulas_move(tmp_path: Path) -> None:
    files = {
        "doc.yml": "doc: Small\nformulas:\n  - {name: total, type: number, formula: total.coda}\n",
        "total.coda": "[Long].Count()",
        "tasks/table.yml": "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n"
        "  - {name: hours, type: number}\nviews:\n  - {name: Long, filter: long.coda}\n",
        "tasks/long.coda": "thisRow.hours > 1",
        "tasks/rows.csv": "name,hours\nfirst,1\nsecond,2\n",
    }
    session = opened(write(tmp_path, files))
    wanted = session.project.doc
    view = replace(wanted.tables["tasks"].views[0], filter=text("thisRow.hours > 0"))
    now = replace(wanted, tables={"tasks": replace(wanted.tables["tasks"], views=(view,))})
    step = step_of(steps_for(now, session), SetView)
    assert [(touched.thing.name, touched.rows) for touched in step.touches] == [("Long", 1), ("total", 1)]
    assert step.risk == "values"
    now = replace(wanted, formulas={"total": replace(wanted.formulas["total"], formula=text("1"))})
    step = step_of(steps_for(now, session), SetNamedFormula)
    assert (step.touches[0].rows, step.risk) == (0, "none")


def test_a_formula_that_reads_itself_is_tried_in_a_doc_of_its_own(tmp_path: Path) -> None:
    files = {
        "tasks/table.yml": "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n"
        "  - {name: hours, type: number}\n  - {name: sum, type: number, formula: sum.coda}\n",
        "tasks/sum.coda": "thisTable.Filter(CurrentValue.hours < thisRow.hours).sum.Sum() + thisRow.hours",
        "tasks/rows.csv": "name,hours\nfirst,1\nsecond,2\nthird,3\n",
    }
    session = opened(write(tmp_path, files))
    tasks = session.project.doc.tables["tasks"]
    other = computed("sum", "thisTable.Filter(CurrentValue.hours < thisRow.hours).sum.Sum() + thisRow.hours * 2")
    now = replace(session.project.doc, tables={"tasks": replace(tasks, columns={**tasks.columns, "sum": other})})
    assert step_of(steps_for(now, session), SetFormula).touches[0].rows == 3


def test_options_that_go_may_change_values() -> None:
    now = doc(table("t", NAME, Column("state", "select", options=("a", "b"))))
    wanted = doc(table("t", NAME, Column("state", "select", options=("a",))))
    gone = step_of(steps_for(now, session_of(wanted)), SetOptions)
    assert (gone.rows_changed, gone.risk) == (None, "values")
    come = step_of(steps_for(wanted, session_of(now)), SetOptions)
    assert (come.touches, come.risk) == ((), "none")


def test_a_button_comes_before_the_view_that_shows_it_unless_it_acts_on_the_view() -> None:
    button = Column("go", "button", action=text("thisTable.AddRow()"))
    view = View("Open", "tasks", columns=("name", "go"))
    steps = steps_for(EMPTY, session_of(doc(table("tasks", NAME, button, views=(view,)))))
    assert [type(step.change) for step in steps] == [AddTable, AddColumn, AddView]
    acting = replace(button, action=text("[Open].DeleteRows()"))
    steps = steps_for(EMPTY, session_of(doc(table("tasks", NAME, acting, views=(view,)))))
    assert [type(step.change) for step in steps] == [AddTable, AddColumn, AddView, SetAction]


def test_a_drop_tells_what_reads_it() -> None:
    now = doc(TASKS, table("other", NAME, computed("count", "tasks.hours.Sum()")))
    wanted = doc(table("other", NAME, computed("count", "1")))
    steps = steps_for(now, session_of(wanted), PlanOptions(BY_MCP.capabilities, prune=True))
    dropped = step_of(steps, DropTable)
    assert [touched.thing for touched in dropped.touches] == [GraphNode("cells", "other", "count")]


# ------------------------------------------------------------ by which way


def test_rest_changes_no_schema() -> None:
    steps = steps_for(EMPTY, Session.open(FORMULAS), PlanOptions())
    assert {step.route for step in steps} == {"hand"}
    assert any("--via mcp" in step.why_route for step in steps)


def test_what_the_server_lacks_falls_to_the_hand() -> None:
    lacking = Capabilities(True, Tools("table_view_manage", "table_columns_manage data.columns.formula"))
    steps = steps_for(EMPTY, Session.open(FORMULAS), PlanOptions(lacking))
    views = [step for step in steps if isinstance(step.change, AddView)]
    assert {step.route for step in views} == {"hand"}
    assert "no tool table_view_manage" in views[0].why_route
    by_hand = {step.change.column.name for step in steps if isinstance(step.change, AddColumn) and step.route == "hand"}
    assert "actual_hours" in by_hand
    assert "workflow" not in by_hand


@pytest.mark.parametrize(
    ("column", "way"),
    [
        (Column("a", "duration"), "hand"),
        (Column("a", "image"), "hand"),
        (Column("a", "file"), "hand"),
        (Column("a", "pack_object"), "unsupported"),
        (Column("a", "reaction"), "mcp"),
        (Column("a", "relation", to="tasks"), "mcp"),
        (Column("a", "created_on"), "mcp"),
        (Column("a", "button", action=text("thisTable.AddRow()")), "mcp"),
    ],
)
def test_the_way_of_a_new_column(column: Column, way: str) -> None:
    wanted = doc(table("tasks", NAME, column))
    step = step_of(steps_for(doc(table("tasks", NAME)), session_of(wanted)), AddColumn)
    assert step.route == way


def test_what_no_tool_does_is_done_by_hand() -> None:
    now = doc(table("tasks", NAME, computed("a", "1")))
    wanted = doc(table("tasks", NAME, Column("a", "number", default=text("5"))))
    steps = steps_for(now, session_of(wanted))
    assert {type(step.change): step.route for step in steps} == {SetFormula: "hand", SetDefault: "hand"}
    assert step_of(steps, SetDefault).text == "5"


def test_a_text_to_paste_keeps_our_mark_as_a_comment() -> None:
    tasks = table("tasks", NAME, Column("project", "relation", to="projects"))
    mirror = Column("work", "relation", to="tasks", many=True, reverse="project")
    projects = table("projects", NAME, Column("Tasks", "number"), mirror)
    steps = steps_for(doc(tasks, table("projects", NAME, Column("Tasks", "number"))), session_of(doc(tasks, projects)))
    assert step_of(steps, AddColumn).text == "/* table */ tasks.Filter(CurrentValue.project = thisRow)"


# ------------------------------------------------------------ the lock


def test_a_lock_is_written_and_read(tmp_path: Path) -> None:
    lock = {
        "staging": LockEntry(
            Ids(
                doc="AbC-123",
                tables={"my tasks": "grid-1", "true": "grid-2", "a: b #c": "grid-3"},
                columns={("my tasks", "no"): "c-1", ("my tasks", 'say "x"\n'): "c-2", ("true", "1e3"): "c-3"},
                views={"Open.ones": "table-1"},
                formulas={"": "f-1"},
            ),
            confirmed={
                FormulaSite("formula", "my tasks", "no"): Confirmed("12", "ab"),
                FormulaSite("named", "", "total"): Confirmed("1e5", "null"),
            },
        ),
        "production": LockEntry(),
    }
    assert read_lock(tmp_path) == {}
    write_lock(tmp_path, lock)
    assert read_lock(tmp_path) == lock
    written = lock_text(lock)
    assert lock_text(lock_from(written)) == written
    more = {**lock, "production": LockEntry(Ids("x", {"b": "1", "a": "2"}))}
    assert [line for line in written.splitlines() if line not in lock_text(more).splitlines()] == ['  doc: ""']
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        ("staging:\n  doc: [1]\n", "line 2: a text belongs here"),
        ("staging: x\n", "line 1: a mapping belongs here"),
        ("staging:\n  docs: x\n", "line 2: nothing is called docs"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n", "line 2 is a mark of a merge that is not finished"),
        ("a: [\n", "line 2: this is not YAML"),
        ("a:\n  confirmed:\n    cell:\n      t: {}\n", "no formula has the role cell"),
    ],
)
def test_a_damaged_lock_is_one_line(damaged: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadLock, match=said.replace("[", r"\[")):
        lock_from(damaged)
    (tmp_path / "doc.lock.yml").write_text(damaged)
    with pytest.raises(CannotRead, match=r"doc\.lock\.yml: "):
        read_lock(tmp_path)


# ------------------------------------------------------------ against a local Coda


def snapshot_of(coda: RunningCoda, mcp: bool = True) -> Snapshot:
    rest = Rest(Secret(coda.token), coda.url)
    try:
        if not mcp:
            return fetch_snapshot(rest, None, coda.doc_id, view_columns=True)
        with open_tools(Secret(coda.mcp_token), coda.url) as tools:
            return fetch_snapshot(rest, tools, coda.doc_id, view_columns=True)
    finally:
        rest.close()


@pytest.mark.parametrize("mcp", [False, True])
def test_a_doc_made_of_the_folder_has_nothing_to_do(mcp: bool) -> None:
    with local_coda_for(FORMULAS) as coda:
        found = plan("local", snapshot_of(coda, mcp), Session.open(FORMULAS), options=BY_MCP)
    assert found.steps == ()
    assert found.unmanaged == ()
    assert "the descriptions of tables (12), views (5), named formulas (2) stay in the folder" in found.notes[-1]
    assert len(found.notes) == (1 if mcp else 9)


def test_edits_in_the_folder_are_the_plan(tmp_path: Path) -> None:
    folder = copy_of_founder_hq(tmp_path)
    with local_coda_for(folder) as coda:
        snapshot = snapshot_of(coda)
    replace_text(folder / "execution_runs/table.yml", "name: actual_hours, type: number", "name: spent, type: number")
    for path in folder.glob("*/*.coda"):
        path.write_text(path.read_text().replace("actual_hours", "spent"))
    replace_text(
        folder / "tasks/table.yml", "name: estimated_hours, type: number, ", "name: estimated_hours, type: text, "
    )
    (folder / "recent_days.coda").write_text("31\n")
    session = opened(folder)
    found = plan("local", snapshot, session, options=BY_MCP)
    kinds = Counter(type(step.change).__name__ for step in found.steps)
    assert kinds == {"RenameColumn": 1, "SetFormat": 1, "SetNamedFormula": 1}
    assert found.steps[0].because.startswith("looks renamed")


def test_a_plan_is_refused_when_the_doc_has_moved() -> None:
    with local_coda_for(FORMULAS) as coda:
        first = snapshot_of(coda)
        found = plan("local", first, Session.open(FORMULAS))
        check_current(found, snapshot_of(coda))
        moved = replace(first, tables=(replace(first.tables[0], name="Other"), *first.tables[1:]))
        with pytest.raises(PlanIsOld, match="was changed since"):
            check_current(found, moved)
        with pytest.raises(PlanIsOld, match="another set of APIs"):
            check_current(found, snapshot_of(coda, mcp=False))
        with pytest.raises(PlanIsOld, match="is for the doc"):
            check_current(found, replace(first, doc=replace(first.doc, id="other")))


def test_ids_and_texts_are_known_by_name() -> None:
    with local_coda_for(FORMULAS) as coda:
        snapshot = snapshot_of(coda)
    there = remote_schema(snapshot)
    assert there.ids.tables.keys() == Session.open(FORMULAS).project.doc.tables.keys()
    assert there.ids.columns["tasks", "execution_run"].startswith("c-")
    assert "thisRow." not in there.returned[FormulaSite("formula", "execution_runs", "actual_hours")]
    assert there.ids.views.keys() >= {"Running now", "This week"}
    assert there.ids.formulas.keys() == {"recent_days", "unscheduled_tasks"}


# ------------------------------------------------------------ as a file, as text


@pytest.fixture(scope="module")
def from_empty() -> Plan:
    steps, notes, left = planned(schema_of(EMPTY), Session.open(FORMULAS), options=BY_MCP)
    return Plan("staging", "AbCDeFGHij", "Founder HQ", "rest:12", "2026-01-01T00:00:00+00:00", steps, notes, left)


def test_a_plan_is_kept_and_read_back(from_empty: Plan) -> None:
    kept = to_json(from_empty)
    assert from_json(kept) == from_empty
    assert to_json(from_json(kept)) == kept


@EVERYTHING
@given(docs(), docs())
def test_every_change_is_kept(now: Doc, wanted: Doc) -> None:
    steps = steps_for(now, session_of(wanted), PlanOptions(BY_MCP.capabilities, prune=True))
    known = Plan("e", "d", "n", "f", "t", tuple(steps))
    assert from_json(to_json(known)) == known


def test_a_damaged_plan_is_one_line(from_empty: Plan) -> None:
    kept = to_json(from_empty)
    for damaged, said in (
        (kept[: len(kept) // 2], "cut off"),
        (kept.replace("AddTable", "DropTable", 1), "its content does not match its sum"),
        ('{"a": 1}', "it is JSON, but not a plan for a doc in Coda"),
        (kept.replace('"form": 2', '"form": 9'), "form 9"),
        ("[" * 100_000, "nested too deeply"),
    ):
        with pytest.raises(BadPlan, match=said):
            from_json(damaged)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda step: step.update(risk="some"), "'some' is none of none, values, loss"),
        (lambda step: step.update(route=None), "None is none of rest, mcp, hand, unsupported"),
        (
            lambda step: step.update(touches=[{"kind": [], "table": "", "name": "", "rows": 1}]),
            r"\[\] is none of cells",
        ),
        (
            lambda step: step.update(touches=[{"kind": "cells", "table": "", "name": "", "rows": "all"}]),
            "rows: 'all' is no count",
        ),
        (lambda step: step["change"]["of"].update({"": 1}), "nothing of this name belongs here"),
        (lambda step: step["change"].update({"is": "Drop"}), "damaged: 'Drop'"),
    ],
)
def test_a_plan_whose_sum_was_made_anew_is_one_line(
    from_empty: Plan, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    kept = json.loads(to_json(from_empty))
    change(kept["plan"]["steps"][0])
    kept["sum"] = checksum(kept["plan"])
    with pytest.raises(BadPlan, match=said):
        from_json(json.dumps(kept))


def test_the_report_names_every_step(from_empty: Plan) -> None:
    told_text = as_text(from_empty)
    assert told_text.startswith("staging (Founder HQ, AbCDeFGHij): 62 steps (1 by hand, 61 MCP)\n")
    assert "62. set default of execution_runs.started_at  [by hand]" in told_text
    assert "     | Now()" in told_text
    assert "the view Sprint tasks shows 100 rows at most" in told_text
    assert told_text.count("the doc has no such table") == 1
    assert "\n 11. add table touchpoints  [MCP]\n 12. add table workflows  [MCP]\n     the doc has no such" in told_text
    assert told_text.endswith("\n\n61 to add, 1 to change, 0 to remove")
    assert ": 61 to add, 1 to change, 0 to remove\n" in as_markdown(from_empty)
    assert as_data(from_empty)["totals"] == {"add": 61, "change": 1, "remove": 0}


def test_totals_count_every_kind_of_change() -> None:
    assert len(KINDS) == 23
    verbs = {"Add": "add", "Dro": "remove", "Set": "change", "Ren": "change"}
    assert all(kind.VERB == verbs[name[:3]] for name, kind in KINDS.items())
    step = Step(DropColumn("t", "a"), "the folder has no such column", (), "loss", "mcp", "", "")
    found = Plan("prod", "d", "Doc", "f", "t", (step, replace(step, change=SetFormula("t", "b", "1", "2"))))
    assert found.totals == {"add": 0, "change": 1, "remove": 1}
    nothing = Plan("prod", "d", "Doc", "f", "t")
    assert nothing.totals == {"add": 0, "change": 0, "remove": 0}
    assert as_text(nothing).endswith("nothing to do")


def test_why_something_is_made_by_hand_is_told_once() -> None:
    def by_hand(column: str) -> Step:
        change = SetDefault("t", column, None, "Now()")
        return Step(change, "a new row starts with it", (), "none", "hand", "no API writes it", "Now()")

    told_text = as_text(Plan("prod", "d", "Doc", "f", "t", (by_hand("a"), by_hand("b"), by_hand("c"))))
    assert told_text.count("no API writes it") == 1
    assert told_text.count("by hand for the reason of step 1") == 2
    assert told_text.count("| Now()") == 3


def test_a_changed_formula_shows_what_goes_and_what_comes() -> None:
    change = SetFormula("sprints", "end_date", 'If(start_date.IsBlank(),"",start_date+Days(6))', "thisRow.start_date\n")
    step = Step(change, "the folder has another formula", (), "values", "mcp", "", "")
    found = Plan("prod", "d", "Doc", "f", "t", (step,))
    gone, come = '- If(start_date.IsBlank(), "", start_date + Days(6))', "+ thisRow.start_date"
    painted: dict[str, str] = {}
    told_text = as_text(found, lambda text, tone: painted.setdefault(text, tone) and text)
    assert f"     {gone}\n     {come}\n" in told_text + "\n"
    assert (painted[gone], painted[come]) == ("removed", "added")
    assert f"   ```diff\n   {gone}\n   {come}\n   ```" in as_markdown(found)


def test_markdown_is_harmless() -> None:
    evil = table("a|b", Column("<script>", "text"), Column("@team `x`\n", "duration"))
    steps = steps_for(EMPTY, session_of(doc(evil, x="```\n| y |")), PlanOptions())
    lines = as_markdown(Plan("prod", "d", "#1 *x*", "f", "t", tuple(steps))).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == len(steps) + 2
    assert all(len(line.replace("\\|", "").split("|")) == 8 for line in rows)
    assert "<script>" not in "\n".join(rows)
    assert "@team" not in "\n".join(rows)
    assert "   ````" in lines


# ------------------------------------------------------------ the command


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("NO_COLOR", "FORCE_COLOR", "CODAFORM_DEBUG", "CODA_API_TOKEN", "CODA_MCP_TOKEN", "CODA_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> Result:
        return CliRunner().invoke(program, ["plan", *map(str, arguments)], prog_name="codaform")

    return call


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return with_tasks(tmp_path / "small")


def environments(folder: Path, *lines: str) -> None:
    text_of = (folder / "doc.yml").read_text()
    (folder / "doc.yml").write_text(text_of + "environments:\n" + "".join(f"  {line}\n" for line in lines))


def test_the_local_coda_starts_empty_and_stays(run: Run, small: Path) -> None:
    first = run(small)
    assert first.exit_code == 0, first.output
    assert "1. add table tasks  [MCP]" in first.stdout
    assert (small / ".codaform/local.sqlite").is_file()
    assert (small / ".codaform/.gitignore").read_text() == "*\n"
    assert run(small).stdout == first.stdout
    assert run(small, "--exit-code").exit_code == 1


def test_a_plan_in_a_file(run: Run, small: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.plan"
    result = run(small, "--out", kept, "--format", "json")
    assert result.exit_code == 0, result.output
    told_data = json.loads(result.stdout)
    found = from_json(kept.read_text())
    assert (found.environment, len(found.steps)) == ("local", len(told_data["steps"]))
    assert "kept.plan" in result.stderr


def test_a_doc_over_both_doors(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_coda_for(small) as coda:
        environments(small, f"here: {{doc: {coda.doc_id}, host: '{coda.url}'}}")
        monkeypatch.setenv("CODA_API_TOKEN_HERE", coda.token)
        monkeypatch.setenv("CODA_MCP_TOKEN_HERE", coda.mcp_token)
        clean = run(small, "--to", "here", "--via", "mcp", "--format", "markdown", "--exit-code")
        assert clean.exit_code == 0, clean.output
        assert "nothing to do" in clean.stdout
        assert coda.token not in clean.output
        (small / "tasks/double.coda").write_text("thisRow.hours * 4\n")
        monkeypatch.delenv("CODA_MCP_TOKEN_HERE")
        by_hand = run(small, "--to", "here", "--format", "markdown", "--exit-code")
        assert by_hand.exit_code == 1, by_hand.output
        assert "| 1 | set formula of tasks.double |" in by_hand.stdout
        assert "By hand: 1" in by_hand.stdout
        assert run(small, "--to", "here").exit_code == 0
        monkeypatch.setenv("CODA_MCP_TOKEN_HERE", coda.token)
        assert one_line(run(small, "--to", "here", "--via", "mcp")).startswith("here: the token was refused: ")
        monkeypatch.setenv("CODA_API_TOKEN_HERE", coda.mcp_token)
        monkeypatch.delenv("CODA_MCP_TOKEN_HERE")
        assert one_line(run(small, "--to", "here")).startswith("here: the token was refused: ")


def one_line(result: Result) -> str:
    """The line that says why nothing could be done."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr.removeprefix("codaform: ").strip()


def test_what_keeps_the_door_shut_is_one_line(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments(small, "staging: {doc: AbCDeFGHij}", "soon: {}", "clear: {doc: a, host: 'http://example.com'}")
    assert "did you mean staging?" in one_line(run(small, "--to", "stagin"))
    assert "the environment soon names no doc" in one_line(run(small, "--to", "soon"))
    monkeypatch.setenv("CODA_API_TOKEN_CLEAR", "a-token")
    assert "https is needed" in one_line(run(small, "--to", "clear"))
    assert "set CODA_API_TOKEN_STAGING or CODA_API_TOKEN" in one_line(run(small, "--to", "staging"))
    with local_coda_for(small) as coda:
        monkeypatch.setenv("CODA_API_TOKEN", coda.token)
        text_of = (small / "doc.yml").read_text()
        (small / "doc.yml").write_text(text_of.replace("{doc: AbCDeFGHij}", f"{{doc: AbCDeFGHij, host: '{coda.url}'}}"))
        assert "there is no doc AbCDeFGHij" in one_line(run(small, "--to", "staging"))
        assert "set CODA_MCP_TOKEN_STAGING" in one_line(run(small, "--to", "staging", "--via", "mcp"))


def test_a_project_with_errors_has_no_plan(run: Run, small: Path) -> None:
    (small / "tasks/double.coda").write_text("thisRow.nothing *")
    assert "no plan is made of a project with errors" in one_line(run(small))


def test_environments_of_doc_yml(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path)
    environments(folder, "staging: {doc: AbC, host: https://docs.superhuman.com}", "soon: {}")
    known = opened(folder).project.environments
    assert (known["staging"].doc, known["staging"].host) == ("AbC", "https://docs.superhuman.com")
    assert known["soon"].doc == ""
    assert findings(folder) == []
    environments(
        with_tasks(tmp_path / "bad"), "local: {doc: x}", "a b: {doc: x}", "c: {doc: 'https://x'}", "d: {host: x}"
    )
    assert Counter(rules_of(findings(tmp_path / "bad"))) == {"contradiction": 1, "wrong-shape": 3}
