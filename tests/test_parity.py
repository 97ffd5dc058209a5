"""Parity: what is computed here against what Coda has computed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import RemoteRow, Snapshot, snapshot_to_json
from codaform.coda.wire.json_data import Json
from codaform.deploy.comparing.agreement import agree
from codaform.deploy.comparing.expressions import executed, expressions
from codaform.deploy.comparing.parity import CannotCompare, DocSettings, Parity, parity
from codaform.deploy.comparing.parity_report import lines, summary, suspected
from codaform.deploy.comparing.suspects import Suspect, name_of, suspects
from codaform.evaluation.rows.forms import FORMS
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.function import Function
from codaform.model.values import Error, Person, Row
from codaform.testing import RunningCoda, local_coda_for
from example_doc import example_workbook
from projects import FORMULAS, write

pytestmark = pytest.mark.slow

BERLIN = DocSettings("Europe/Berlin", 1)
FUNCTIONS = [function for subject in SUBJECTS.values() for function in declared(subject)]


def read_from(coda: RunningCoda, mcp: bool = False) -> Snapshot:
    """The doc of a local Coda with its rows."""
    rest = Rest(Secret(coda.token), coda.url)
    try:
        if not mcp:
            return fetch_snapshot(rest, None, coda.doc_id, rows=True)
        with open_tools(Secret(coda.mcp_token), coda.url) as tools:
            return fetch_snapshot(rest, tools, coda.doc_id, rows=True)
    finally:
        rest.close()


@pytest.fixture(scope="module")
def founder_hq() -> Snapshot:
    """Founder HQ as a local Coda tells it by REST."""
    with local_coda_for(FORMULAS) as coda:
        return read_from(coda)


def column(found: Parity, name: str) -> Any:
    """The outcome of a column."""
    return next(one for one in found.columns if f"{one.table}.{one.column}" == name)


# ---------------------------------------------------------------- a whole doc


def test_founder_hq_agrees_in_every_cell(founder_hq: Snapshot) -> None:
    found = parity(founder_hq, BERLIN)
    assert found.differ == 0
    assert sum(one.agree for one in found.columns) == 507
    assert [f"{one.table}.{one.column}" for one in found.columns if one.skipped] == ["workflows.recent_runs"]
    assert not any(one.unread for one in found.columns)
    assert summary(found) == "24 of 24 computed columns agree, 507 of 507 cells; 1 not compared"


def spoilt(function: Function) -> Callable[..., Any]:
    """A function that gives something else than it should."""
    right = function.rowwise

    def changed(value: Any) -> Any:
        match value:
            case bool():
                return not value
            case float():
                return value + 1
            case list():
                return value[1:]
            case date() | datetime() | timedelta():
                return value + timedelta(days=1)
            case str():
                return value + "?"
        return value

    if function.wants_context:

        def wrong_with(context: Any, *args: Any, **named: Any) -> Any:
            return changed(right(context, *args, **named))

        return wrong_with

    def wrong(*args: Any, **named: Any) -> Any:
        return changed(right(*args, **named))

    return wrong


def test_whichever_function_is_broken_is_found_and_named(founder_hq: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each function of the formulas is broken in turn; the one that is broken is among the most suspicious."""
    sound = parity(founder_hq, BERLIN)
    used = frozenset[str]().union(*(one.functions for one in sound.columns if not one.skipped))
    broken = []
    for function in [one for one in FUNCTIONS if name_of(one) in used]:
        with monkeypatch.context() as patch:
            patch.setattr(function, "rowwise", spoilt(function))
            found = parity(founder_hq, BERLIN)
        if not found.differ:
            continue  # another function of this name, which no formula means
        broken.append(name_of(function))
        name = name_of(function)
        blamed = suspected(found)
        mine = next(one for one in blamed if one.function == name)
        first = blamed[0]
        assert (mine.differing, mine.agreeing) == (first.differing, first.agreeing), name
        assert all(name in one.functions for one in found.columns if one.differ), name
    assert len(broken) >= 10, broken


_ALONE = ": in 1 formula that differs, in none that agrees"


def test_a_cell_that_differs_is_told_with_the_part_that_made_it(
    founder_hq: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    average = next(function for function in FUNCTIONS if function.name == "Average")
    monkeypatch.setitem(FORMS, average, lambda *_: "7.0")
    found = parity(founder_hq, BERLIN)
    assert {f"{one.table}.{one.column}" for one in found.columns if one.differ} == {"workflows.avg_actual_hours"}
    told = lines(found)
    wrong = column(found, "workflows.avg_actual_hours")
    assert told[0] == f"workflows.avg_actual_hours: {wrong.differ} of {wrong.agree + wrong.differ} cells differ"
    assert told[1].startswith(f"  {wrong.cells[0].row}: here ")
    assert any(line.startswith("    ") and "Average(" in line and line.endswith("= 7") for line in told)
    assert any(line.startswith("suspect: Average") and line.endswith(_ALONE) for line in told)


# ---------------------------------------------------------------- a small doc

TASKS = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: due, type: date}
  - {name: rounded, type: number, formula: rounded.coda}
  - {name: double, type: number, formula: double.coda}
  - {name: again, type: number, formula: again.coda}
  - {name: longs, type: relation, to: tasks, many: true, formula: longs.coda}
  - {name: late, type: checkbox, formula: late.coda}
  - {name: next, type: datetime, formula: next.coda}
  - {name: bad, type: number, formula: bad.coda}
  - {name: soon, type: number, formula: soon.coda}
  - {name: share, type: percent, formula: share.coda}
views:
  - {name: Long, filter: long.coda}
"""

FILES = {
    "tasks/table.yml": TASKS,
    "tasks/rounded.coda": "Round(thisRow.hours)\n",
    "tasks/double.coda": "thisRow.rounded * 2\n",
    "tasks/again.coda": "Sum(thisRow.double, thisRow.hours)\n",
    "tasks/longs.coda": "Long\n",
    "tasks/late.coda": "thisRow.due < Today()\n",
    "tasks/next.coda": "thisRow.due.ToDateTime() + Hours(36)\n",
    "tasks/bad.coda": "thisRow.name.ToNumber()\n",
    "tasks/soon.coda": "now.Hour()\n",
    "tasks/share.coda": "thisRow.hours / tasks.hours.Sum()\n",
    "tasks/long.coda": "thisRow.hours > 1\n",
    "tasks/rows.csv": "name,hours,due\nPlan,1.4,2025-03-29\nBuild,2.6,2025-10-25\nTest,,\n",
    "now.coda": "Now()\n",
}
DOC = (
    "doc: Small\ntime_zone: Europe/Berlin\nclock: 2025-12-10T09:00\n"
    "formulas:\n  - {name: now, type: datetime, formula: now.coda}\n"
)


@pytest.fixture(scope="module")
def coda(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCoda]:
    with local_coda_for(write(tmp_path_factory.mktemp("small"), FILES, DOC)) as running:
        yield running


@pytest.fixture(scope="module")
def small(coda: RunningCoda) -> Snapshot:
    return read_from(coda, mcp=True)


def spoil(snapshot: Snapshot, name: str, change: Callable[[Json], Json]) -> Snapshot:
    """A snapshot whose column holds other values."""
    table = next(table for table in snapshot.tables if table.name == "tasks")
    id = next(column.id for column in table.columns if column.name == name)
    assert snapshot.rows is not None

    def spoilt_row(row: RemoteRow) -> RemoteRow:
        return replace(row, values={**row.values, id: change(row.values[id])})

    return replace(snapshot, rows={**snapshot.rows, table.id: tuple(map(spoilt_row, snapshot.rows[table.id]))})


def test_what_depends_on_the_clock_is_left_out_by_whatever_way_round(small: Snapshot) -> None:
    found = parity(small, BERLIN)
    assert {one.column: one.skipped for one in found.columns if one.skipped} == {
        "late": "it depends on the clock or on chance",
        "soon": "it depends on the clock or on chance",
    }
    assert found.differ == 0
    assert column(found, "tasks.longs").agree == 3


def test_by_rest_alone_a_view_with_a_filter_is_not_known(coda: RunningCoda) -> None:
    found = parity(read_from(coda), BERLIN)
    assert column(found, "tasks.longs").skipped == ("it reads the view Long, whose filter REST does not tell; MCP does")


def test_errors_agree_with_errors_and_with_nothing_else(small: Snapshot) -> None:
    found = parity(small, BERLIN)
    assert (column(found, "tasks.bad").agree, column(found, "tasks.bad").differ) == (3, 0)
    other = column(parity(spoil(small, "bad", lambda _: 3), BERLIN), "tasks.bad")
    assert other.differ == 3
    assert other.cells[0].theirs == "3"


def test_only_the_column_that_is_wrong_differs_and_not_those_that_read_it(small: Snapshot) -> None:
    wrong = spoil(small, "rounded", lambda value: value + 1 if isinstance(value, int) else 9)
    found = parity(wrong, BERLIN)
    # double was computed from what rounded was then; it is double that no longer fits, and not again, which reads it.
    assert [one.column for one in found.columns if one.differ] == ["rounded", "double"]


@pytest.mark.parametrize(
    ("name", "change", "differ"),
    [
        ("share", lambda value: value * (1 + 1e-12) if value else value, 0),
        ("share", lambda value: value * (1 + 1e-6) if value else value, 2),
        ("longs", lambda value: value, 0),
        ("longs", lambda value: list(reversed(value)), 3),
        ("longs", lambda value: value[:1], 3),
        ("next", lambda value: value and value.replace(".000", ".001"), 0),
        ("next", lambda value: value and value.replace("+01:00", "+02:00").replace("+02:00", "+02:30"), 2),
    ],
)
def test_what_counts_as_the_same(name: str, change: Callable[[Any], Json], differ: int, small: Snapshot) -> None:
    assert column(parity(spoil(small, name, change), BERLIN), f"tasks.{name}").differ == differ


def test_the_wrong_time_zone_is_seen_and_the_assumption_told(small: Snapshot) -> None:
    found = parity(small)
    assert found.notes == ("no API returns the doc's time zone; UTC is assumed",)
    assert column(found, "tasks.next").differ == 2


def test_values_that_cannot_be_read_are_counted(small: Snapshot) -> None:
    found = parity(spoil(small, "double", lambda _: {"@type": "PackThing"}), BERLIN)
    told = column(found, "tasks.double")
    assert (told.agree, told.differ, told.unread) == (0, 0, 3)
    assert "not compared: 3 cells of tasks.double: the API has no values for them" in lines(found)


def test_without_rows_there_is_nothing_to_compare(small: Snapshot) -> None:
    with pytest.raises(CannotCompare, match="no rows"):
        parity(replace(small, rows=None))


# ---------------------------------------------------------------- values

BOOK = example_workbook()
PLAN = Row("Tasks", 1)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (None, None, True),
        (None, "", True),
        ([], None, True),
        (0.0, None, False),
        (False, None, False),
        (0.1 + 0.2, 0.3, True),
        (1.0, 1.000001, False),
        (1.0, True, False),
        (float("nan"), float("nan"), True),
        ([1.0, 2.0], [2.0, 1.0], False),
        ([1.0], 1.0, True),
        ([1.0, 2.0], 1.0, False),
        (["a", "b"], "a,b", True),
        ("a", "A", False),
        ("3", 3.0, True),
        (date(2025, 1, 1), date(2025, 1, 2), False),
        (datetime(2025, 1, 1, 12, tzinfo=UTC), date(2025, 1, 1), True),
        (datetime(2025, 7, 1, 12, tzinfo=UTC), datetime(2025, 7, 1, 14, tzinfo=ZoneInfo("Europe/Berlin")), True),
        (datetime(2025, 7, 1, 12, tzinfo=UTC), datetime(2025, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")), False),
        (time(9, 30, 0, 400), time(9, 30), True),
        (time(9, 30), time(9, 31), False),
        (timedelta(hours=2, microseconds=7), timedelta(hours=2), True),
        (timedelta(hours=2), timedelta(hours=3), False),
        (PLAN, Row("Tasks", 1), True),
        (PLAN, Row("Tasks", 2), False),
        (Person("Ada"), Person("Ada", "a@example.com"), True),
        (Person("Ada"), Person("Bob"), False),
        (Error("a", "one"), Error("b", "two"), True),
        (Error("a", "one"), None, False),
        ("one", Error("a", "one"), False),
        ({"a": None, "b": ["x", "y"]}, '{"a": "", "b": "x,y"}', True),
        ({"a": 1.0}, '{"a": "2"}', False),
        ({"a": 1.0}, "no JSON", False),
        ({"Name": "p", "Url": "u"}, {"Name": "q", "Url": "u"}, True),
    ],
)
def test_agreement(ours: object, theirs: object, same: bool) -> None:
    assert agree(ours, theirs, BOOK) is same


def test_a_function_of_all_that_differ_and_none_that_agrees_comes_first() -> None:
    differing = [frozenset({"A", "B"}), frozenset({"A", "C"})]
    agreeing = [frozenset({"B"}), frozenset({"C"}), frozenset({"D"})]
    assert suspects(differing, agreeing) == (Suspect("A", 2, 0), Suspect("B", 1, 1), Suspect("C", 1, 1))
    assert suspects([], agreeing) == ()


# ---------------------------------------------------------------- expressions


def test_examples_are_computed_by_coda_and_compared(coda: RunningCoda) -> None:
    with open_tools(Secret(coda.mcp_token), coda.url) as tools:
        names = ("Round", "WeekNumber", "DateTime", "Split", "Duration", "Object", "ToNumber", "Time", "Date", "If")
        wanted = expressions({name_of(one) for one in FUNCTIONS if one.name in names})
        found = list(executed(wanted, tools, coda.doc_id, DocSettings("Europe/Berlin")))
    assert len(found) > 30
    assert [one for one in found if not one.agrees] == []


def test_an_expression_that_differs_is_told(coda: RunningCoda) -> None:
    class Wrong:
        def call(self, tool: str, arguments: dict[str, Any]) -> Json:
            assert (tool, arguments["uri"]) == ("formula_execute", f"coda://docs/{coda.doc_id}")
            return {"value": 41}

    found = tuple(executed(expressions({"Round"}), Wrong(), coda.doc_id, BERLIN))  # type: ignore[arg-type]
    assert not any(one.agrees for one in found)
    assert lines(None, found)[0] == f"{found[0].text}: here {found[0].ours}, in Coda 41"
    assert suspected(None, found)[0].function == "Round"


def test_nothing_with_a_clock_or_an_effect_is_sent() -> None:
    texts = [one.text for one in expressions({name_of(function) for function in FUNCTIONS})]
    assert len(texts) > 500
    assert not any(word in text for text in texts for word in ("Now(", "Today(", "Random", "AddRow", "thisRow"))


# ---------------------------------------------------------------- the command


def command(*arguments: str) -> Result:
    return CliRunner().invoke(program, ["parity", *arguments])


@pytest.fixture
def file(small: Snapshot, tmp_path: Path) -> Path:
    path = tmp_path / "snapshot.json"
    path.write_text(snapshot_to_json(small), "utf-8")
    return path


@pytest.fixture
def folder(coda: RunningCoda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    environments = f"environments:\n  staging: {{doc: {coda.doc_id}, host: '{coda.url}'}}\n"
    monkeypatch.setenv("CODA_API_TOKEN", coda.token)
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    return write(tmp_path / "project", FILES, DOC + environments)


def test_offline_it_asks_nobody(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("somebody was asked")

    for name in ("CODA_API_TOKEN", "CODA_MCP_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    done = command(str(file), "--project", str(folder))
    assert done.exit_code == 0
    assert done.stderr == "7 of 7 computed columns agree, 21 of 21 cells; 2 not compared\n"


def test_a_difference_is_exit_code_one_in_text_and_in_json(small: Snapshot, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(snapshot_to_json(spoil(small, "rounded", lambda _: 8)), "utf-8")
    done = command(str(path), "--project", str(folder))
    assert done.exit_code == 1
    assert done.stdout.splitlines()[:3] == [
        "tasks.rounded: 3 of 3 cells differ",
        "  Plan: here 1, in Coda 8",
        "    Round(hours) = 1",
    ]
    told = json.loads(command(str(path), "--project", str(folder), "--format", "json").stdout)
    assert {"function": "Round", "differing": 1, "agreeing": 0} in told["suspects"]
    assert told["columns"][0]["cells"][0]["parts"] == [{"text": "Round(hours)", "value": "1"}]


def test_a_live_doc_with_expressions(folder: Path) -> None:
    done = command("--to", "staging", "--via", "mcp", "--project", str(folder))
    assert done.exit_code == 0, done.output
    assert "cells; 2 not compared; " in done.stderr
    assert "expressions agree" in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda text: text[: len(text) // 2], "it is cut off in line"),
        (lambda text: text.replace("Plan", "Plam", 1), "its content does not match its sum"),
        (lambda _: "{}", "it is JSON, but not a snapshot of a doc in Coda"),
        (lambda _: "\x00", "it is damaged in line 1"),
    ],
)
def test_a_damaged_snapshot_is_one_line(
    content: Callable[[str], str], said: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    file.write_text(content(file.read_text("utf-8")), "utf-8")
    done = command(str(file))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_it_says_how_it_is_called() -> None:
    assert "Give a snapshot or an environment" in command().stderr
    assert "--via mcp goes with --to" in command("x.json", "--via", "mcp").stderr
    assert "cannot be read" in command("no such file.json").stderr


def test_what_coda_refuses_is_one_line(coda: RunningCoda, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> str:
        done = command("--to", "staging", "--project", str(folder))
        assert done.exit_code == 2, done.output
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert "internal error" not in done.stderr
        assert coda.token not in done.stderr
        return done.stderr

    coda.faults.set({"faults": [{"status": 410, "times": 1}]})
    assert "410" in said()
    coda.faults.set({"faults": [{"status": 403}]})
    assert "the token was refused" in said()
    coda.faults.clear()
    monkeypatch.setenv("CODA_API_TOKEN", coda.mcp_token)
    assert "a token for REST opens no MCP" in said()
    monkeypatch.setenv("CODA_API_TOKEN", coda.token)
    (folder / "doc.yml").write_text(
        DOC + f"environments: {{staging: {{doc: NoSuchDoc1, host: '{coda.url}'}}}}\n", "utf-8"
    )
    assert "there is no doc NoSuchDoc1" in said()


def test_the_time_zone_is_that_of_the_folder_that_knows_the_doc(
    small: Snapshot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "snapshot.json"
    path.write_text(snapshot_to_json(replace(small, doc=replace(small.doc, name="Renamed since"))), "utf-8")
    monkeypatch.chdir(folder)
    assert command(str(path)).exit_code == 0
    path.write_text(snapshot_to_json(replace(small, doc=replace(small.doc, name="Another", id="Another123"))), "utf-8")
    assert "UTC is assumed" in command(str(path)).stdout
    assert "UTC is assumed" not in command(str(path), "--project", str(folder)).stdout
