"""Migrations: which rows are taken, certificates, a second run, the way back, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.cli.program import program
from codaform.migrate.journal import journal_of
from codaform.migrate.rollback import carry_out, way_back
from codaform.migrate.running import MigrationRun
from codaform.model.values import Row
from codaform.project.check import check_project
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.testing import local_coda_for
from migrating import SMALL, MemoryPlace, done, founder_hq, on_coda, on_files, small, sums
from projects import replace, write
from searching import examples


def test_a_rule_reads_when_a_row_was_made(tmp_path: Path) -> None:
    old = SMALL["old/table.yml"] + "  - {name: made, type: created_on}\n  - {name: by, type: created_by}\n"
    new = SMALL["files/table.yml"] + "  - {name: made, type: datetime}\n  - {name: by, type: text}\n"
    rule = SMALL["migrations/0001_split.yml"].replace(
        "words: thisRow.body", "words: thisRow.body\n          made: thisRow.made\n          by: thisRow.by.ToText()"
    )
    rows = "code,name,tags\n1,One,b\n2,Two,b\n"
    files = {"old/table.yml": old, "files/table.yml": new, "migrations/0001_split.yml": rule, "old/rows.csv": rows}
    root = write(tmp_path / "doc", {**SMALL, **files})
    with local_coda_for(root) as coda, on_coda(root, coda) as run:
        assert [report.stopped for report in done(run, 2)] == ["", ""]
        book = run.loaded().book
        made = [book.value(row, "made") for row in book.rows("old")]
        assert all(isinstance(one, datetime) for one in made)
        assert [book.value(row, "made") for row in book.rows("files")] == made
        assert [book.value(row, "by") for row in book.rows("files")] == [coda.parts.workspace.user.name] * 2
        again = run.work(run.loaded(), run.migration.phases[1])
        assert not again.to_write


# ------------------------------------------------------------ Founder HQ


def test_undecided_rows_block_the_copy_and_nothing_is_written(tmp_path: Path) -> None:
    root = founder_hq(tmp_path)
    file = root / "migrations" / "0001_pattern_ontology.yml"
    file.write_text(file.read_text("utf-8").partition("decisions:")[0], "utf-8")
    before = (root / "process_templates" / "rows.csv").read_bytes()
    with on_files(root) as run:
        first, second = done(run)
        assert not first.stopped
        assert second.stopped == "6 rows wait for a decision"
        assert {row.label: row.reason for row in second.refused} == {
            "DBT-05": "resource_templates.storage_url would be blank, and it must not be",
            "DBT-06": "body would be left behind: no setting of the copy to resource_templates reads its value",
            "DBT-07": "no rule takes it",
            "DBT-08": "no rule takes it",
            "DBT-12": "no rule takes it",
            "DBT-15": "no rule takes it",
        }
        carry_out(run, way_back(run, 0, run.loaded()), run.loaded(), carry=False)
    assert (root / "process_templates" / "rows.csv").read_bytes() == before


def _everything(root: Path, run: MigrationRun) -> None:
    start = sums(run.place)
    reports = done(run)
    assert [report.stopped for report in reports] == ["", "", "", ""]
    copied = reports[1].certificate
    assert copied is not None
    assert copied.clean
    assert copied.texts > 40
    assert not copied.kept
    (source,) = copied.sources
    assert source.adds_up
    assert source.refused == 0
    assert source.rows == sum(source.copied.values()) + source.left
    loaded = run.loaded()
    book, by_label = loaded.book, loaded.labels.row
    handover = by_label("process_templates", "PT-DBT-13")
    assert handover is not None
    assert book.value(handover, "name") == 'Handover "last mile" list'
    task = by_label("tasks", "T-055")
    assert task is not None
    assert str(book.value(task, "scheduled_start_date")) == "2025-12-15"
    project = next(row for row in book.rows("projects") if str(book.display(row)) == "Solvang Studio audit")
    assert book.value(project, "process_template") == by_label("process_templates", "PT-DBT-09")
    # A second run of every phase writes nothing.
    assert [run.phase(phase).written for phase in run.migration.phases[:4]] == [0, 0, 0, 0]
    for number in (3, 2, 1, 0):
        loaded = run.loaded()
        found = way_back(run, number, loaded)
        assert not found.kept
        assert not found.losses
        carry_out(run, found, loaded, carry=False)
    assert sums(run.place) == start


def test_the_phases_and_back_on_files(tmp_path: Path) -> None:
    root = founder_hq(tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("rows.csv")}
    with on_files(root) as run:
        _everything(root, run)
    assert {path: path.read_bytes() for path in root.rglob("rows.csv")} == before


def test_the_phases_and_back_in_a_doc(tmp_path: Path) -> None:
    root = founder_hq(tmp_path)
    with local_coda_for(root) as coda, on_coda(root, coda) as run:
        _everything(root, run)


def test_the_old_table_is_marked_without_touching_its_rows(tmp_path: Path) -> None:
    root = founder_hq(tmp_path)
    with local_coda_for(root) as coda, on_coda(root, coda) as run:
        before = sums(run.place)["db_templates"]
        page = run.place.marked("db_templates")
        done(run)
        marked = run.place.marked("db_templates") or ""
        assert marked.startswith(
            "db_templates is deprecated since 2025-12-10; use process_templates, resource_templates"
        )
        assert sums(run.place)["db_templates"] == before
        loaded = run.loaded()
        carry_out(run, way_back(run, 3, loaded), loaded, carry=False)
        assert run.place.marked("db_templates") == page


def test_the_contract_waits_for_its_day_and_for_its_readers(tmp_path: Path) -> None:
    root = founder_hq(tmp_path)
    with on_files(root) as run:
        last = run.migration.phases[-1]
        assert run.why_not_drop(last) == "the cutover is not done here"
        done(run)
        assert run.phase(last).stopped == "old things stay until 2026-01-09 09:00, 30 days after the cutover"
    replace(root / "doc.yml", "clock: 2025-12-10T09:00:00", "clock: 2026-01-09T09:00:00")
    with on_files(root) as run:
        run.reading = lambda: ["the guide reads it"]
        assert run.phase(run.migration.phases[-1]).stopped.startswith("the guide reads it")
        assert (root / "db_templates").exists()
        run.reading = tuple
        assert not run.phase(run.migration.phases[-1]).stopped
    project = read_project(root)
    assert "db_templates" not in project.doc.tables
    assert "sprint" not in project.doc.tables["tasks"].columns
    assert "db_template" not in (root / "offers" / "rows.csv").read_text("utf-8")
    # The migration is over: its file speaks of a doc that is gone, and that is no finding.
    assert not [one for one in check_project(project) if "migrations" in one.source.name]


def test_the_contract_in_a_doc_drops_nothing_else(tmp_path: Path) -> None:
    root = founder_hq(tmp_path)
    with local_coda_for(root) as coda:
        with on_coda(root, coda) as run:
            done(run)
        replace(root / "doc.yml", "clock: 2025-12-10T09:00:00", "clock: 2026-02-01T09:00:00")
        with on_coda(root, coda) as run:
            assert not run.phase(run.migration.phases[-1]).stopped
            left = run.place.lacks(run.migration.dropped)
            assert set(left) == {"tasks.sprint", "offers.db_template", "projects.db_template", "db_templates"}
            assert not run.place.lacks(run.migration.created)


# ------------------------------------------------------------ what people do meanwhile

ROWS = "code,name,tags,body,amount,day,owner\nA,one,a,text,,2025-01-02,Ada\nB,two,b,words,2.5,,\n"


def test_what_people_changed_is_kept_and_named(tmp_path: Path) -> None:
    session = small(tmp_path, ROWS)
    place = MemoryPlace(session, session.book)
    with journal_of(tmp_path, "0001_split", "memory") as journal:
        run = MigrationRun(session.project.migrations[0], place, journal, session.project.tests)
        done(run)
        copy = Row("lists", 1)
        session.book.change(copy, {"steps": "better text"})
        added = session.book.add("lists", {"id": "L-new", "title": "new one"}, defaults=False)
        certificate = run.certificate(run.migration.phases[1])
        assert certificate.clean
        assert certificate.kept == ("lists L-A",)
        assert run.phase(run.migration.phases[1]).written == 0
        assert session.book.value(copy, "steps") == "better text"
        loaded = run.loaded()
        found = way_back(run, 0, loaded)
        assert [(loss.what, loss.carried) for loss in found.losses] == [
            ("lists.steps of L-A", True),
            ("lists L-new", True),
        ]
        carry_out(run, found, loaded, carry=True)
        old = session.book.rows("old")
        assert [session.book.value(row, "body") for row in old] == ["better text", "words", None]
        assert session.book.value(old[2], "name") == "new one"
        assert [session.book.value(row, "tags") for row in old[:2]] == [["a"], ["b"]]
        assert session.book.rows("lists") == [added]


def test_a_copy_and_its_source_that_both_changed_stop_the_phase(tmp_path: Path) -> None:
    session = small(tmp_path, ROWS)
    place = MemoryPlace(session, session.book)
    with journal_of(tmp_path, "0001_split", "memory") as journal:
        run = MigrationRun(session.project.migrations[0], place, journal, session.project.tests)
        done(run, 2)
        session.book.change(Row("lists", 1), {"steps": "mine"})
        session.book.change(Row("old", 1), {"body": "theirs"})
        report = run.phase(run.migration.phases[1])
        assert report.stopped == "1 row waits for a decision"
        assert report.refused[0].reason == "steps of its copy L-A was changed by a person, and the old row too"


def test_a_changed_source_shows_in_the_inputs(tmp_path: Path) -> None:
    session = small(tmp_path, ROWS)
    place = MemoryPlace(session, session.book)
    with journal_of(tmp_path, "0001_split", "memory") as journal:
        run = MigrationRun(session.project.migrations[0], place, journal, session.project.tests)
        done(run)
        phase = run.migration.phases[1]
        first = run.certificate(phase)
        assert first.inputs == (journal.last("done", 2) or {})["inputs"], "what the cutover set is no change"
        session.book.change(Row("old", 2), {"body": "other words"})
        assert run.certificate(phase).inputs != first.inputs
        assert not run.certificate(phase).clean


# ------------------------------------------------------------ any rows

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
_OLD = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", "D", "E", ""]),
        _WORDS,
        st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3),
        _WORDS,
        st.sampled_from([None, 1.0, 2.5, -7.0]),
        st.sampled_from([None, date(2025, 2, 28), date(1999, 12, 31)]),
        st.sampled_from(["", "Ada", "Bo"]),
    ),
    max_size=7,
)


@cache
def _small() -> Session:
    return small(Path(mkdtemp()), ROWS)


@pytest.mark.timeout(600)
@settings(max_examples=examples(2_000))
@given(_OLD)
def test_nothing_is_lost_or_the_run_is_blocked(rows: list[Any]) -> None:
    session = _small()
    with TemporaryDirectory() as folder:
        root = Path(folder)
        book = session.workbook()
        people = {name: book.add("people", {"name": name}, defaults=False) for name in ("Ada", "Bo")}
        for code, name, tags, body, amount, day, owner in rows:
            cells = {"code": code or None, "name": name or None, "tags": tags or None, "body": body or None}
            cells |= {"amount": amount, "day": day, "owner": people.get(owner)}
            book.add("old", cells, defaults=False)
        place = MemoryPlace(session, book)
        before = sums(place)
        with journal_of(root, "0001_split", "memory") as journal:
            run = MigrationRun(session.project.migrations[0], place, journal, session.project.tests)
            reports = done(run)
            if reports[-1].stopped:
                assert all(one.reason for one in reports[-1].refused)
                assert reports[-1].refused
                assert sums(place) == before, "a blocked phase writes nothing"
                return
            olds = book.rows("old")
            news = [(table, row) for table in ("lists", "files") for row in book.rows(table)]
            assert len(news) == len(olds)
            for table, row in news:
                code = str(book.value(row, "id")).partition("-")[2]
                (source,) = [old for old in olds if (book.value(old, "code") or "") == code]
                text = "steps" if table == "lists" else "words"
                assert (book.value(row, text) or "") == (book.value(source, "body") or "")
                assert (book.value(row, "title") or "") == (book.value(source, "name") or "")
                for old, new in (("owner", "owner"), ("day", "due")) if table == "lists" else (("amount", "amount"),):
                    assert book.value(row, new) == book.value(source, old)
                missing = ("amount",) if table == "lists" else ("owner", "day")
                assert all(book.value(source, name) is None for name in missing)
            written = place.writes
            assert [run.phase(phase).stopped for phase in run.migration.phases] == ["", "", ""]
            assert place.writes == written, "a second run writes nothing"
            loaded = run.loaded()
            carry_out(run, way_back(run, 0, loaded), loaded, carry=False)
        assert sums(place) == before


# ------------------------------------------------------------ the file


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("thisRow.body", "thisRow.bodi"), "old has no column bodi"),
        (("to: files", "to: filez"), "there is no table filez"),
        (("          amount: thisRow.amount\n", "          amount: thisRow.body\n"), ""),
        (('          id: Concatenate("L-", thisRow.code)\n', ""), "the copies get no id, which is the key of lists"),
        (
            ("left: {tags: the table says it}\n        back", "left: {tagz: why}\n        back"),
            "table old has no column tagz",
        ),
        (("owner: thisRow.owner", "owner: thisRow.day"), "the formula gives"),
        (
            ("    create: [lists, files]\n", "    create: [lists, files]\n    keep_days: 3\n"),
            "keeps old things for 3 days",
        ),
        (("    deprecate: [old]\n", "    drop: [old]\n"), "no phase deprecates a table before"),
    ],
)
def test_check_says_what_is_wrong(tmp_path: Path, edit: tuple[str, str], message: str) -> None:
    small(tmp_path, ROWS)
    file = tmp_path / "migrations" / "0001_split.yml"
    text = file.read_text("utf-8")
    assert edit[0] in text
    file.write_text(text.replace(edit[0], edit[1], 1), "utf-8")
    found = [one for one in check_project(read_project(tmp_path)) if one.rule.severity == "error"]
    if message:
        assert any(message in one.message for one in found), [one.message for one in found]
    else:
        assert not found, "a text is read as a number, as in a formula"


def test_a_damaged_journal_is_one_line(tmp_path: Path) -> None:
    root = founder_hq(tmp_path)
    (root / ".codaform").mkdir(exist_ok=True)
    (root / ".codaform" / "migration-0001_pattern_ontology-files.jsonl").write_text('{"state": 1}\n')
    said = CliRunner().invoke(program, ["migrate", "status", "--project", str(root)])
    assert said.exit_code == 2
    assert "is damaged" in said.output
    assert said.output.count("\n") == 1
