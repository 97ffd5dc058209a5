"""A doc in Coda becomes files, again and again, and with fakes no text of it is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from codaform.cli.program import program
from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import (
    RemoteColumn,
    RemoteControl,
    RemoteDoc,
    RemoteFormula,
    RemoteRow,
    RemoteTable,
    RemoteView,
    Snapshot,
)
from codaform.coda.wire.json_data import Json
from codaform.deploy.copying.anonymising import LOOKS_IN, OPAQUE, Mask, read_by_form
from codaform.deploy.copying.pulling import Pulled, pulled
from codaform.deploy.lock import read_lock
from codaform.library import text as text_functions
from codaform.library.function import Function
from codaform.model.values import Person
from codaform.project.project import Environment
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.written_files import Update, write
from codaform.semantics.program import FormulaSite
from codaform.testing import RunningCoda, local_coda_for
from door import SWIFT
from projects import DOC, FORMULAS, copy_of_founder_hq, findings, with_tasks
from projects import write as write_project

pytestmark = pytest.mark.slow

MASK = Mask(b"a key of the tests")


@contextmanager
def snapshots(start: Path, mcp: bool = True) -> Iterator[tuple[RunningCoda, Snapshot]]:
    """A local Coda that starts from a project, and what is read of it."""
    with local_coda_for(start) as coda:
        yield coda, taken(coda, mcp)


def taken(coda: RunningCoda, mcp: bool = True) -> Snapshot:
    """The snapshot of the first doc of a local Coda, with rows."""
    rest = Rest(Secret(coda.token), coda.url, Pace({}, SWIFT))
    try:
        with open_tools(Secret(coda.mcp_token), coda.url, Pace({}, SWIFT)) as tools:
            return fetch_snapshot(rest, tools if mcp else None, coda.doc_id, rows=True)
    finally:
        rest.close()


@dataclass(frozen=True)
class Folder:
    """A folder that docs are pulled into."""

    root: Path

    def pull(self, snapshot: Snapshot, mask: Mask | None = None, prune: bool = False) -> tuple[Pulled, Update]:
        project = read_project(self.root, "") if (self.root / "doc.yml").exists() else None
        environment = Environment("production", snapshot.doc.id)
        found = pulled(snapshot, environment, project, read_lock(self.root) if project else {}, mask)
        return found, write(self.root, found.files, prune, found.formerly)

    @property
    def texts(self) -> dict[str, str]:
        return {
            path.relative_to(self.root).as_posix(): path.read_text()
            for path in self.root.rglob("*.*")
            if path.is_file() and path.suffix != ".sqlite"
        }


def errors(root: Path) -> list[str]:
    return [f"{found.source.name}: {found.message}" for found in findings(root) if found.rule.severity == "error"]


@pytest.mark.parametrize("mcp", [True, False])
def test_founder_hq_becomes_files_and_a_second_pull_changes_nothing(tmp_path: Path, mcp: bool) -> None:
    folder = Folder(tmp_path / "made")
    with snapshots(FORMULAS, mcp) as (_, snapshot):
        first, _ = folder.pull(snapshot)
    assert errors(folder.root) == []
    assert first.rows == sum(len(rows) for rows in (snapshot.rows or {}).values())
    before = folder.texts
    _, again = folder.pull(snapshot)
    assert again.texts == {}
    assert again.left == ()
    formatted = CliRunner().invoke(program, ["fmt", "--check", str(folder.root)])
    assert formatted.exit_code == 0, formatted.output
    assert folder.texts == before
    doc, ours = read_project(folder.root, "").doc, read_project(FORMULAS, "").doc
    assert {name: [*table.columns] for name, table in doc.tables.items()} == {
        name: [*table.columns] for name, table in ours.tables.items()
    }
    lock = read_lock(folder.root)["production"]
    assert lock.doc == snapshot.doc.id
    assert {*lock.ids.tables} == {*ours.tables}
    assert len(lock.ids.columns) == sum(len(table.columns) for table in ours.tables.values())


def test_what_was_pulled_computes_what_the_doc_shows(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "made")
    with snapshots(FORMULAS) as (_, snapshot):
        folder.pull(snapshot)
    path = folder.root / "doc.yml"
    settings = "time_zone: Europe/Berlin\nfirst_day_of_week: monday\nclock: 2025-12-10T09:00:00\n"
    path.write_text(path.read_text() + settings)
    ours, theirs = Session.open(FORMULAS), Session.open(folder.root)
    assert theirs.row_diagnostics == []
    compared = 0
    for table in ours.project.doc.tables.values():
        for column in table.columns.values():
            if column.kind in ("number", "percent", "date", "duration", "checkbox", "text", "select"):
                mine = [ours.book.value(row, column.name) for row in ours.book.rows(table.name)]
                assert [theirs.book.value(row, column.name) for row in theirs.book.rows(table.name)] == mine, (
                    column.name
                )
                compared += len(mine)
    assert compared > 500


@pytest.mark.parametrize("mcp", [True, False])
def test_founder_hq_pulled_into_itself_only_gets_its_environment(tmp_path: Path, mcp: bool) -> None:
    folder = Folder(copy_of_founder_hq(tmp_path))
    before = folder.texts
    with snapshots(FORMULAS, mcp) as (_, snapshot):
        found, update = folder.pull(replace(snapshot, rows=None))
    assert [path.as_posix() for path in update.changed] == ["doc.yml"]
    assert update.left == update.anew == ()
    after = folder.texts
    assert {name for name in before if before[name] != after[name]} == {"doc.yml"}
    added = f"environments: {{production: {{doc: {snapshot.doc.id}}}}}\n"
    assert after["doc.yml"].replace(added, "") == before["doc.yml"]
    assert [note for note in found.notes if note.place] == []


def test_what_was_changed_in_coda_is_changed_in_the_folder(tmp_path: Path) -> None:
    root = with_tasks(
        tmp_path / "p",
        {
            "tasks/table.yml": """\
table: tasks
columns:
  # what it is called
  - {name: name, type: text, display: true, about: By whom., tests: [unique]}
  - {name: hours, type: number}   # planned
  - {name: parent, type: relation, to: tasks}
  - {name: double, type: number, formula: double.coda}
  - {name: ours, type: number}
""",
            "tasks/double.coda": "// twice\nthisRow.hours * 2\n",
            "tasks/double.cases.yml": "[]\n",
        },
    )
    folder = Folder(root)
    with local_coda_for(root) as coda:
        first = replace(taken(coda), rows=None)
    folder.pull(first)
    tasks = first.tables[0]
    renamed = tuple(
        replace(column, name="planned") if column.name == "hours" else column
        for column in tasks.columns
        if column.name != "ours"
    )
    renamed = tuple(replace(column, formula="planned*3") if column.name == "double" else column for column in renamed)
    found, update = folder.pull(replace(first, tables=(replace(tasks, columns=renamed),)))
    changed = {path.as_posix() for path in update.changed}
    assert changed == {"doc.lock.yml", "tasks/double.coda", "tasks/table.yml"}
    text = folder.texts["tasks/table.yml"]
    assert "  # what it is called\n" in text
    assert "{name: planned, type: number}   # planned\n" in text
    assert "tests: [unique]" in text
    assert "ours" in text  # only --prune takes away what the doc does not have
    assert folder.texts["tasks/double.coda"] == "planned * 3\n"
    assert found.notes == ()


def test_only_what_somebody_changed_in_coda_is_taken_from_there(tmp_path: Path) -> None:
    """Between two pulls a formula may change here, there, or on both sides; and a new one may be here alone."""
    root = with_tasks(tmp_path / "p")
    folder = Folder(root)
    with local_coda_for(root) as coda:
        snapshot = replace(taken(coda), rows=None)
    folder.pull(snapshot)
    path = root / "tasks/double.coda"
    path.write_text("thisRow.hours * 5\n")
    table = (root / "tasks/table.yml").read_text()
    (root / "tasks/table.yml").write_text(
        table.replace("hours, type: number", "hours, type: number, default: one.coda")
    )
    (root / "tasks/one.coda").write_text("1\n")
    lock = (root / "doc.lock.yml").read_text()
    for _ in range(2):
        found, update = folder.pull(snapshot)
        assert update.texts == {}
        assert {note.place for note in found.notes if note.place} == {"tasks.double", "tasks.hours, default"}
        assert (root / "doc.lock.yml").read_text() == lock
    tasks = snapshot.tables[0]
    columns = tuple(
        replace(column, formula="hours*7") if column.name == "double" else column for column in tasks.columns
    )
    folder.pull(replace(snapshot, tables=(replace(tasks, columns=columns),)))
    assert path.read_text() == "hours * 7\n"


def test_our_own_words_for_the_same_stay(tmp_path: Path) -> None:
    root = with_tasks(tmp_path / "p", {"tasks/double.coda": "// twice as long\n[hours]  *  2\n"})
    folder = Folder(root)
    with local_coda_for(root) as coda:
        snapshot = taken(coda)
    _, update = folder.pull(replace(snapshot, rows=None))
    assert folder.texts["tasks/double.coda"] == "// twice as long\n[hours]  *  2\n"
    assert Path("tasks/double.coda") in update.same


# ------------------------------------------------------------ docs as they may come

TEXT: Mapping[str, Json] = {"type": "text", "isArray": False}


def remote(*tables: RemoteTable, **more: object) -> Snapshot:
    """A doc as it may come from Coda."""
    return replace(Snapshot(RemoteDoc("dAbCDeFGHij", "A doc"), "2026-01-01T00:00:00+00:00", tables=tables), **more)  # type: ignore[arg-type]


def test_names_that_no_folder_can_have(tmp_path: Path) -> None:
    names = ["", "a/b", "a:b", "A/B", "two\nlines", "a\ud800", ".."]
    tables = tuple(
        RemoteTable(f"grid-{at}", name, "", columns=(RemoteColumn("c-1", "", TEXT), RemoteColumn("c-2", "\t", TEXT)))
        for at, name in enumerate(names)
    )
    folder = Folder(tmp_path / "made")
    snapshot = remote(*tables, rows={table.id: (RemoteRow("i-1", "", {"c-1": "x"}),) for table in tables})
    folder.pull(snapshot)
    assert errors(folder.root) == []
    assert len(read_project(folder.root, "").doc.tables) == len(names)
    assert folder.pull(snapshot)[1].texts == {}


def test_doubts_are_told_with_their_places(tmp_path: Path) -> None:
    columns = (
        RemoteColumn("c-1", "Typ", TEXT, display=True),
        RemoteColumn("c-2", "Alike", {"type": "number", "isArray": False}, formula="T.Filter(Typ=Typ).Count()"),
        RemoteColumn("c-3", "Broken", TEXT, formula="1 +", error="Something is wrong"),
        RemoteColumn("c-4", "Odd", {"type": "hologram", "isArray": False}),
        RemoteColumn("c-5", "Price", {"type": "currency", "isArray": False, "currencyCode": "EUR", "precision": 2}),
        RemoteColumn("c-6", "Made", {"type": "dateTime", "isArray": False}, calculated=True),
    )
    view = RemoteView("table-1", "V", "grid-1", filter={"valid": True})
    named = RemoteFormula("f-1", "N", "", value=3)
    found, _ = Folder(tmp_path / "made").pull(
        remote(RemoteTable("grid-1", "T", "", columns=columns), views=(view,), formulas=(named,))
    )
    told = {note.place: note.message for note in found.notes}
    assert told.keys() == {"", "T.Alike", "T.Broken", "T.Odd", "T.Made", "T, view V", "N"}
    assert "format: {currency: EUR, precision: 2}" in (tmp_path / "made/T/table.yml").read_text()
    assert (tmp_path / "made/T/broken.coda").read_text() == "1 +\n"


def test_cells_without_a_place_are_counted(tmp_path: Path) -> None:
    columns = (
        RemoteColumn("c-1", "Name", TEXT, display=True),
        RemoteColumn("c-2", "Hours", {"type": "number", "isArray": False}),
        RemoteColumn("c-3", "State", {"type": "select", "isArray": False, "options": [{"name": "Open"}]}),
        RemoteColumn("c-4", "Up", {"type": "lookup", "isArray": False, "table": {"id": "grid-1"}}),
    )
    link: dict[str, Json] = {"@type": "StructuredValue", "name": "same", "tableId": "grid-1", "rowId": "i-2"}
    rows = (
        RemoteRow("i-1", "", {"c-1": "```same```", "c-2": "```many```", "c-3": '"```Shut```"', "c-4": link}),
        RemoteRow("i-2", "", {"c-1": "```same```", "c-2": 2, "c-3": '"```Open```"', "c-4": {**link, "rowId": "i-9"}}),
    )
    found, _ = Folder(tmp_path / "made").pull(
        remote(RemoteTable("grid-1", "T", "", columns=columns), rows={"grid-1": rows})
    )
    told = [(note.place, note.message.split(" ")[0]) for note in found.notes if note.place]
    assert sorted(told) == [("T", "1"), ("T.Hours", "1"), ("T.State", "1"), ("T.Up", "1")]
    assert (tmp_path / "made/T/rows.csv").read_text() == "Name,Hours,State,Up\nsame,,,same\nsame,2,Open,\n"
    assert errors(tmp_path / "made") == []
    assert [one.rule.name for one in findings(tmp_path / "made")] == ["ambiguous-row"]


# ------------------------------------------------------------ fakes

PEOPLE = {
    "doc.yml": DOC,
    "people/table.yml": """\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: code, type: text}
  - {name: mail, type: email}
  - {name: who, type: person}
  - {name: born, type: date}
  - {name: salary, type: number}
  - {name: rate, type: percent}
  - {name: notes, type: canvas}
  - {name: tags, type: text, many: true}
  - {name: site, type: link}
  - {name: state, type: select, options: [Open, Done]}
  - {name: boss, type: relation, to: people}
  - {name: number, type: number, formula: number.coda}
  - {name: is_root, type: checkbox, formula: is_root.coda}
""",
    "people/number.coda": "thisRow.code.Right(2).ToNumber()\n",
    "people/is_root.coda": 'thisRow.name = "Rootling"\n',
    "people/rows.csv": """\
name,code,mail,who,born,salary,rate,notes,tags,site,state,boss
Rootling,XY-01,root@corp.test,Grace Quine,1970-01-05,123456.75,0.25,Quibble one,zork; quux,https://corp.test/a,Open,
Ferdinand,XY-02,ferd@corp.test,root@corp.test,1980-02-29,98000,0.5,Quibble two,quux,https://corp.test/b,Done,Rootling
Ottoline,XY-03,ferd@corp.test,Grace Quine,,,,Quibble one,,,,Ferdinand
""",
}
SECRET = ["Ferdinand", "Ottoline", "corp.test", "Grace", "Quine", "Quibble", "zork", "quux", "123456", "98000", "0.25"]


def masked_people(folder: Path) -> tuple[Folder, Pulled]:
    root = write_project(folder / "p", PEOPLE)
    with local_coda_for(root) as coda:
        snapshot = taken(coda)
    made = Folder(folder / "made")
    found, _ = made.pull(snapshot, MASK)
    return made, found


def test_no_original_text_survives(tmp_path: Path) -> None:
    made, found = masked_people(tmp_path)
    whole = json.dumps(made.texts)
    assert [secret for secret in SECRET if secret in whole] == []
    assert errors(made.root) == []
    assert any("people.code" in said for said in found.kept)
    assert any("1 text" in said for said in found.kept)


def test_fakes_keep_what_belongs_together(tmp_path: Path) -> None:
    made, _ = masked_people(tmp_path)
    book = Session.open(made.root).book
    rows = book.rows("people")

    def cells(name: str) -> list[object]:
        return [book.value(row, name) for row in rows]

    assert cells("name")[0] == "Rootling"  # a formula spells it out
    assert cells("code") == ["XY-01", "XY-02", "XY-03"]
    assert cells("number") == [1, 2, 3]
    assert cells("is_root") == [True, False, False]
    assert cells("boss") == [None, rows[0], rows[1]]
    assert cells("state") == ["Open", "Done", None]
    mails, people, notes, tags = (cells(name) for name in ("mail", "who", "notes", "tags"))
    assert mails[1] == mails[2] != mails[0]
    assert people[0] == people[2] != people[1]
    assert isinstance(people[1], Person)
    assert people[1].email == mails[0]
    assert notes[0] == notes[2] != notes[1]
    assert isinstance(tags[0], list)
    assert tags[0][1:] == tags[1]
    salary, rate = cells("salary")[0], cells("rate")[0]
    assert isinstance(salary, float)
    assert isinstance(rate, float)
    assert 100_000 <= salary < 1_000_000
    assert salary != 123456.75
    assert 0 < rate < 1


def test_fakes_are_the_same_every_time(tmp_path: Path) -> None:
    made, _ = masked_people(tmp_path)
    root = tmp_path / "p"
    with local_coda_for(root) as coda:
        _, update = made.pull(taken(coda), MASK)
        assert update.texts == {}
        _, other = made.pull(taken(coda), Mask(b"another key"))
    assert Path("people/rows.csv") in other.texts


def test_founder_hq_with_fakes_is_sound(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "made")
    with snapshots(FORMULAS) as (_, snapshot):
        found, _ = folder.pull(snapshot, MASK)
    assert errors(folder.root) == []
    assert any("sprints.sprint_id stays" in said for said in found.kept)
    assert any("dates stay" in said for said in found.kept)
    text = "\n".join(content for name, content in folder.texts.items() if name.endswith("rows.csv"))
    original = Session.open(FORMULAS)
    kept = {("sprints", "sprint_id"), *read_by_form(original.program.formulas.values(), original.program)}
    spelled = {
        option
        for table in original.project.doc.tables.values()
        for column in table.columns.values()
        for option in column.options
    }
    checked = 0
    for table in original.project.doc.tables.values():
        for column in table.columns.values():
            if (
                column.computed
                or column.kind not in ("text", "canvas", "email", "link")
                or (table.name, column.name) in kept
            ):
                continue
            for row in original.book.rows(table.name):
                value = original.book.value(row, column.name)
                if isinstance(value, str) and value and value not in spelled and len(value) > 8:
                    assert value not in text, (table.name, column.name)
                    checked += 1
    assert checked > 100


def test_values_of_named_formulas_and_controls_are_faked_too(tmp_path: Path) -> None:
    snapshot = remote(
        formulas=(
            RemoteFormula("f-1", "top", "", value=["Ferdinand", 98000]),
            RemoteFormula("f-2", "of", "", 1, '"said"'),
        ),
        controls=(
            RemoteControl("ctrl-1", "typed", "", "textbox", "Ottoline"),
            RemoteControl("ctrl-2", "on", "", "checkbox", True),
        ),
    )
    folder = Folder(tmp_path / "made")
    folder.pull(replace(snapshot, rows={}), MASK)
    whole = json.dumps(folder.texts)
    assert [secret for secret in SECRET if secret in whole] == []
    assert folder.texts["of.coda"] == '"said"\n'
    assert '- {name: "on", type: checkbox, value: "true"}' in folder.texts["doc.yml"]
    assert folder.pull(replace(snapshot, rows={}), MASK)[1].texts == {}


def test_what_tests_of_the_folder_allow_stays(tmp_path: Path) -> None:
    table = PEOPLE["people/table.yml"].replace(
        "{name: mail, type: email}", "{name: mail, type: email, tests: [{formula: ok.coda}]}"
    )
    table = table.replace("type: canvas", "type: canvas, tests: [{accepted_values: [Quibble one, Quibble two]}]")
    root = write_project(
        tmp_path / "p", {**PEOPLE, "people/table.yml": table, "people/ok.coda": 'thisRow.mail.EndsWith(".test")\n'}
    )
    with local_coda_for(root) as coda:
        found, _ = Folder(root).pull(taken(coda), MASK)
    text = (root / "people/rows.csv").read_text()
    assert "Quibble two" in text
    assert "root@corp.test" in text
    assert any("people.mail stays" in said for said in found.kept)
    assert "Ottoline" not in text


def test_dates_move_alike() -> None:
    first, second = date(2025, 3, 3), date(2025, 4, 17)
    assert MASK.day(second) - MASK.day(first) == second - first
    assert MASK.day(first).weekday() == first.weekday()
    assert MASK.day(first) < first


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_a_fake_number_looks_like_its_original(value: float) -> None:
    made = MASK.number(value)
    assert made == MASK.number(value)
    assert (made > 0, made < 0) == (value > 0, value < 0)
    if abs(value) >= 1:
        assert 0.09 <= made / value <= 11


def test_every_function_of_texts_is_known_to_look_into_them_or_not() -> None:
    names = {known.name for known in vars(text_functions).values() if isinstance(known, Function)}
    assert names <= LOOKS_IN | OPAQUE
    assert not LOOKS_IN & OPAQUE


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("thisRow.name.Left(2)", {"name"}),
        ("Upper(thisRow.name).IsBlank()", set()),
        ('thisRow.name = "x"', set()),
        ("tasks.Filter(CurrentValue.name.Left(1) = thisRow.hours).Count()", {"name"}),
        ("tasks.name.First().Right(1)", {"name"}),
        ("Concatenate(thisRow.name, 1).Split(1)", {"name"}),
        ("tasks.Filter(CurrentValue.name = thisRow.name).First().hours.ToNumber()", set()),
    ],
)
def test_columns_that_are_read_by_their_form(tmp_path: Path, formula: str, columns: set[str]) -> None:
    root = with_tasks(tmp_path, {"tasks/double.coda": formula + "\n"})
    program_ = Session.open(root).program
    assert FormulaSite("formula", "tasks", "double") in program_.formulas
    assert read_by_form(program_.formulas.values(), program_) == {("tasks", name) for name in columns}


# ------------------------------------------------------------ the command


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCoda]:
    with local_coda_for(FORMULAS) as coda:
        monkeypatch.setenv("CODA_API_TOKEN", coda.token)
        monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
        yield coda


def test_the_command(tmp_path: Path, served: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environment = f"doc: Founder HQ\nenvironments: {{staging: {{doc: {served.doc_id}, host: '{served.url}'}}}}\n"
    write_project(tmp_path / "hq", {"doc.yml": environment})
    dry = CliRunner().invoke(program, ["pull", "--to", "staging", "hq", "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert [path.name for path in (tmp_path / "hq").iterdir()] == ["doc.yml"]
    done = CliRunner().invoke(program, ["pull", "--to", "staging", "hq", "--via", "mcp", "--anonymise"])
    assert done.exit_code == 0, done.output
    assert "hq/tasks/table.yml" in done.stdout
    assert "kept: sprints.sprint_id" in done.stderr
    key = tmp_path / "hq/.codaform/anonymise.key"
    assert key.stat().st_mode & 0o077 == 0
    assert (key.parent / ".gitignore").read_text() == "*\n"
    assert errors(tmp_path / "hq") == []
    again = CliRunner().invoke(program, ["pull", served.doc_id, "hq", "--via", "mcp", "--anonymise"])
    assert again.exit_code == 0, again.output
    assert again.stdout == ""
    whole = json.dumps(Folder(tmp_path / "hq").texts)
    assert served.token not in whole + done.output + again.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "hq"], "neither an environment nor"),
        (["staging", "hq"], "there is no doc"),
        (["local", "empty"], "no project here"),
        (["dAbCDeFGHij", "hq", "--as", "a b"], "no name for an environment"),
        (["dNoSuchDoc1", "hq", "--as", "staging"], "is another doc"),
    ],
)
def test_what_cannot_be_pulled_is_one_line(
    tmp_path: Path, served: RunningCoda, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    environment = f"doc: D\nenvironments: {{staging: {{doc: dAbCDeFGHij, host: '{served.url}'}}}}\n"
    write_project(tmp_path / "hq", {"doc.yml": environment})
    found = CliRunner().invoke(program, ["pull", *arguments])
    assert found.exit_code == 2, found.output
    assert said in found.stderr
    assert len([line for line in found.stderr.splitlines() if not line.startswith("hint: ")]) == 1
    assert (tmp_path / "hq/doc.yml").read_text() == environment


VENDORS_TEXTS = {
    "coded": "$$[cell:grid-a1B2:i-c3D4:c-e5F6:Value]",
    "coded_parts": "If($$[column:c-1:Name] = thisRow.name, $$[grid-z].Count(), 0)",
    "coded_member": "thisRow.$$[column:c-2:[My] name]",
    "coded_call": "$$[pack:1004:Shorten](thisRow.name)",
    "packed": "[Some Pack]Shorten(thisRow.name, n: 3)",
    "packed_items": "tasks.FormulaMap([Other Pack]Do(CurrentValue.name))",
    "row_chip": "tasks.Filter(CurrentValue.project = @Website).Count()",
    "lost_row_chip": "tasks.Filter(CurrentValue.project = [@Nobody Known]).Count()",
    "person_chip": "[@Molly Smith]",
    "known_person_chip": "thisRow.owner = [@Ada Ruiz]",
    "option_chip": "thisRow.status = [Very high]",
    "glued": "tasks.Filter(CurrentValue = thisRow AND CurrentValue.status = thisRow.status)",
    "step": "[Step 1 Result]",
    "word_in_brackets": "[and] & thisRow.name",
}
"""Formulas whose texts Coda's API gives with references by identity, Packs, chips and glued words."""


def vendors_doc(folder: Path) -> Path:
    columns = "".join(
        f"  - {{name: {name}, type: other, formula: {json.dumps(text)}}}\n" for name, text in VENDORS_TEXTS.items()
    )
    return write_project(
        folder,
        {
            "doc.yml": "doc: Vendor\nformulas:\n"
            "  - {name: named, type: text, formula: '$$[cell:grid-1:i-2:c-3:Value]'}\n",
            "projects/table.yml": "table: projects\ncolumns:\n  - {name: name, type: text, display: true}\n",
            "projects/rows.csv": "name\nWebsite\n",
            "tasks/table.yml": "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n"
            "  - {name: status, type: select, options: [Open, Done]}\n"
            "  - {name: project, type: relation, to: projects}\n"
            "  - {name: owner, type: person}\n"
            "  - {name: price, type: currency, format: {currency: SEK, precision: 0}}\n"
            "  - {name: went, type: button, action: 'thisRow.ModifyRows(name, $$[x:1])'}\n"
            f"{columns}views:\n  - {{name: mine, filter: '$$[c-7] = [@Ada Ruiz]'}}\n",
            "tasks/rows.csv": "name,status,project,price\na,Open,Website,1200\n",
        },
    )


def test_nothing_of_the_vendors_text_is_lost_on_the_way_here_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with local_coda_for(vendors_doc(tmp_path / "there")) as coda:
        monkeypatch.setenv("CODA_API_TOKEN", coda.token)
        monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
        before = taken(coda)
        texts = {column.name: column.formula for table in before.tables for column in table.columns if column.formula}
        assert texts.keys() == VENDORS_TEXTS.keys()
        for part in (
            "$$[column:c-2:[My] name]",
            "$$[pack:1004:Shorten](",
            "[Other Pack]Do(",
            "thisRowAND",
            "[Molly Smith]",
        ):
            assert any(part in text for text in texts.values()), part
        environment = f"doc: Vendor\nenvironments: {{production: {{doc: {coda.doc_id}, host: '{coda.url}'}}}}\n"
        folder = str(write_project(tmp_path / "here", {"doc.yml": environment}))
        pull = CliRunner().invoke(program, ["pull", "--to", "production", folder])
        assert pull.exit_code == 0, pull.output
        again = CliRunner().invoke(program, ["pull", "--to", "production", folder])
        assert (again.exit_code, again.stdout) == (0, "")
        plan = CliRunner().invoke(program, ["plan", "--to", "production", "--project", folder])
        assert (plan.exit_code, "nothing to do" in plan.stdout) == (0, True), plan.output
        # Three formulas name what the local Coda does not have; what only Coda computes is not wrong.
        deploy = CliRunner().invoke(program, ["deploy", "--to", "production", "--project", folder, "--apply"])
        assert "22 as the folder says" in deploy.stdout, deploy.output
        assert taken(coda).tables == before.tables
        assert taken(coda).views == before.views
        assert taken(coda).formulas == before.formulas
    price = read_project(tmp_path / "here", "").doc.tables["tasks"].columns["price"]
    assert price.format.members() == {"currency": "SEK", "precision": 0}
