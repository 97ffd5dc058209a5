"""`codaform mirror init`: tables and views in a schema of their own, which follow the schema of the doc."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from codaform.cli.program import program
from codaform.deploy.ids import Ids
from codaform.deploy.lock import LockEntry, write_lock
from codaform.project.session import Session
from mirroring import FOUNDER_HQ, ask, database, done, enter, mirror
from projects import copy_of_founder_hq, replace, with_tasks, write

__all__ = ["database"]

PEOPLE = """\
table: people
columns:
  - {name: name, type: text, key: true, display: true}
  - {name: skills, type: select, many: true, options: [cook, "d'or"]}
  - {name: tasks, type: relation, to: tasks, many: true}
  - {name: rest, type: duration}
  - {name: since, type: datetime}
  - {name: rested, type: number, formula: thisRow.rest.ToHours()}
  - {name: age, type: number, formula: 'If(thisRow.since.IsBlank(), "", (Now() - thisRow.since).ToDays())'}
  - {name: open, type: number, formula: thisRow.tasks.hours.Sum()}
  - {name: draw, type: number, formula: 'RandomInteger(1, 6)'}
  - {name: mine, type: checkbox, formula: User().IsBlank()}
"""


@pytest.fixture
def folder(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project as the current folder."""
    with_tasks(tmp_path, {"people/table.yml": PEOPLE})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def columns_of(database: str, table: str) -> dict[str, str]:
    found = ask(
        database,
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'small' AND table_name = %s",
        table,
    )
    return dict(found)


# ------------------------------------------------------------ what is made


def test_without_apply_the_sql_is_shown_and_nothing_is_written(folder: Path, database: str) -> None:
    code, shown, said = mirror("init")
    assert code == 0
    assert said.endswith("nothing was written; --apply carries it out\n")
    assert ask(database, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'small%'") == [(0,)]
    script = "BEGIN;\nSELECT set_config('codaform.mirror', 'on', true);\n" + shown + "COMMIT;"
    enter(database, script)
    assert done("init") == said.replace("nothing was written; --apply carries it out\n", "") + (
        "the schema small is as the folder says\n"
    )


def test_tables_hold_what_columns_hold(folder: Path, database: str) -> None:
    said = done("init", "--apply")
    assert said.splitlines()[:2] == [
        "people.draw is not in SQL: RandomInteger has no SQL: each engine draws other random numbers",
        "people.mine is not in SQL: a view has no user of its own",
    ]
    assert said.splitlines()[-1] == "small: 2 tables, 4 computed columns as views"
    assert columns_of(database, "people") == {
        "row": "bigint",
        "row_id": "text",
        "row_name": "text",
        "name": "text",
        "skills": "ARRAY",
        "rest": "numeric",
        "rest_microseconds": "bigint",
        "since": "timestamp with time zone",
        "since_microseconds": "bigint",
    }
    assert columns_of(database, "people_tasks") == {"row": "bigint", "place": "integer", "target": "bigint"}
    assert done("init", "--apply").endswith("the schema small is as the folder says\n")


def test_founder_hq_has_keys_indexes_and_comments(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOUNDER_HQ)
    assert done("init", "--apply").endswith("founder_hq: 12 tables, 25 computed columns as views\n")
    indexes = {name for (name,) in ask(database, "SELECT indexname FROM pg_indexes WHERE schemaname = 'founder_hq'")}
    assert {
        "tasks by scheduled_start_date",
        "execution_runs by workflow",
        "execution_runs by run_id",
        "workflows by workflow_id",
    } <= indexes
    asked = "SELECT obj_description('founder_hq.workflows_computed'::regclass)"
    ((about,),) = ask(database, asked)
    assert about.startswith("The standard way to do one piece of work")
    keys = ask(database, "SELECT condeferrable, condeferred FROM pg_constraint WHERE contype = 'f'")
    assert set(keys) == {(True, True)}
    tables = Session.open(FOUNDER_HQ).project.doc.tables.values()
    relations = [one for table in tables for one in table.columns.values() if one.kind == "relation"]
    assert len(keys) == len([one for one in relations if not one.computed])


def test_views_compute_what_formulas_say(folder: Path, database: str) -> None:
    done("init", "--apply")
    enter(
        database,
        "INSERT INTO small.tasks (row, name, hours) VALUES (1, 'cook', 3), (2, 'wash', 4)",
        "INSERT INTO small.people (row, name, rest, since) VALUES (1, 'Ada', 5400, now() - interval '36 hours')",
        "INSERT INTO small.people (row, name) VALUES (2, 'Bo')",
        "INSERT INTO small.people_tasks VALUES (1, 1, 2), (1, 2, 1)",
    )
    found = ask(
        database, "SELECT name, rested, round(age::numeric, 3), open, tasks FROM small.people_computed ORDER BY row"
    )
    assert [(a, b, c and float(c), d, e) for a, b, c, d, e in found] == [
        ("Ada", 1.5, 1.5, 7.0, [2, 1]),
        ("Bo", None, None, 0.0, None),
    ]
    assert ask(database, "SELECT double FROM small.tasks_computed ORDER BY row") == [(6.0,), (8.0,)]


def test_moments_and_durations_have_their_exact_microseconds(folder: Path, database: str) -> None:
    done("init", "--apply")
    first, start = datetime.min.replace(tzinfo=UTC), datetime.fromtimestamp(0, UTC)
    moments = [first, start, start - timedelta(microseconds=1), datetime.max.replace(tzinfo=UTC)]
    durations = ["0.000001", "-86399.999999", "999999999999.999999", "0"]
    for moment, duration in zip(moments, durations, strict=True):
        enter(database, f"INSERT INTO small.people (since, rest) VALUES ('{moment.isoformat()}', {duration})")
    found = ask(database, "SELECT since_microseconds, rest_microseconds FROM small.people ORDER BY row")
    assert [since for since, _ in found] == [(moment - start) // timedelta(microseconds=1) for moment in moments]
    assert [rest for _, rest in found] == [1, -86399999999, 999999999999999999, 0]


def test_today_is_the_database_s_in_the_zone_of_the_doc(folder: Path, database: str) -> None:
    write(folder, {"people/table.yml": PEOPLE + "  - {name: today, type: date, formula: Today()}\n"})
    done("init", "--apply")
    enter(database, "INSERT INTO small.people (name) VALUES ('Ada')")
    asked = "SELECT today = (now() AT TIME ZONE 'Europe/Berlin')::date FROM small.people_computed"
    assert ask(database, asked) == [(True,)]


def test_options_are_checked(folder: Path, database: str) -> None:
    import psycopg

    done("init", "--apply")
    enter(database, "INSERT INTO small.people (name, skills) VALUES ('Ada', ARRAY['cook', 'd''or'])")
    with pytest.raises(psycopg.errors.CheckViolation, match="skills options"):
        enter(database, "INSERT INTO small.people (name, skills) VALUES ('Bo', ARRAY['sleep'])")


def test_a_relation_may_lead_to_a_row_that_comes_later(folder: Path, database: str) -> None:
    import psycopg

    done("init", "--apply")
    enter(
        database,
        "INSERT INTO small.tasks (row, name, parent) VALUES (1, 'a', 2)",
        "INSERT INTO small.tasks (row, name) VALUES (2, 'b')",
    )
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        enter(database, "INSERT INTO small.tasks (row, name, parent) VALUES (3, 'c', 9)")


# ------------------------------------------------------------ who writes what


def test_only_the_columns_of_the_mirror_are_written_by_others(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    monkeypatch.chdir(FOUNDER_HQ)
    done("init", "--apply")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"^workflows belongs to Coda"):
        ask(database, "INSERT INTO founder_hq.workflows (name) VALUES ('x')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"^execution_runs\.outcome_notes belongs to Coda"):
        ask(database, "INSERT INTO founder_hq.execution_runs (run_id, outcome_notes) VALUES ('RUN-1', 'fine')")
    ask(database, "INSERT INTO founder_hq.execution_runs (run_id, row_id) VALUES ('RUN-1', 'i-forged')")
    assert ask(database, "SELECT run_id, row_id, dirty FROM founder_hq.execution_runs") == [("RUN-1", None, True)]
    with pytest.raises(psycopg.errors.UniqueViolation, match="another row of execution_runs has the run_id RUN-1"):
        ask(database, "INSERT INTO founder_hq.execution_runs (run_id) VALUES ('RUN-1')")
    enter(database, "UPDATE founder_hq.execution_runs SET dirty = false, row_id = 'i-1'")
    ask(database, "UPDATE founder_hq.execution_runs SET run_type = 'Process'")
    assert ask(database, "SELECT dirty, row_id FROM founder_hq.execution_runs") == [(True, "i-1")]
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is deleted there"):
        ask(database, "DELETE FROM founder_hq.execution_runs")


# ------------------------------------------------------------ another schema of the doc


def test_a_new_column_comes_and_a_dropped_one_needs_a_word(folder: Path, database: str) -> None:
    done("init", "--apply")
    enter(database, "INSERT INTO small.tasks (name, hours) VALUES ('a', 1), ('b', NULL)")
    table = folder / "tasks" / "table.yml"
    replace(table, "  - {name: hours, type: number}\n", "  - {name: effort, type: number}\n")
    replace(folder / "tasks" / "double.coda", "hours", "effort")
    replace(folder / "people" / "table.yml", "thisRow.tasks.hours", "thisRow.tasks.effort")
    code, shown, said = mirror("init")
    assert code == 0
    assert "drop tasks.hours: 1 value would be lost\n" in said
    assert 'ALTER TABLE "small"."tasks" DROP COLUMN "hours";' in shown
    code, _, said = mirror("init", "--apply")
    assert code == 2
    assert said.endswith("codaform: nothing was written: --allow-loss lets these steps lose their values\n")
    assert "hours" in columns_of(database, "tasks")
    done("init", "--apply", "--allow-loss")
    assert {"effort"} <= columns_of(database, "tasks").keys()
    assert "hours" not in columns_of(database, "tasks")
    assert ask(database, "SELECT double FROM small.tasks_computed") == [(0.0,), (0.0,)]


def test_a_renamed_column_keeps_its_values(folder: Path, database: str) -> None:
    ids = Ids("abcdefghij", {"tasks": "grid-1"}, {("tasks", "name"): "c-1", ("tasks", "hours"): "c-2"})
    write_lock(folder, {"staging": LockEntry(ids)})
    replace(folder / "doc.yml", "clock:", "environments: {staging: {doc: abcdefghij}}\nclock:")
    done("init", "--apply", "--to", "staging")
    enter(database, "INSERT INTO small.tasks (name, hours) VALUES ('a', 1.5)")
    assert CliRunner().invoke(program, ["rename", "tasks.hours", "effort", "--apply"]).exit_code == 0
    said = done("init", "--apply", "--to", "staging")
    assert "tasks.hours is now effort\n" in said
    assert ask(database, "SELECT effort, double FROM small.tasks_computed") == [(1.5, 3.0)]


def test_the_microseconds_of_a_column_follow_it(folder: Path, database: str) -> None:
    ids = Ids("abcdefghij", {"people": "grid-1"}, {("people", "since"): "c-1", ("people", "rest"): "c-2"})
    write_lock(folder, {"staging": LockEntry(ids)})
    replace(folder / "doc.yml", "clock:", "environments: {staging: {doc: abcdefghij}}\nclock:")
    done("init", "--apply", "--to", "staging")
    enter(database, "INSERT INTO small.people (name, rest, since) VALUES ('Ada', 5400, to_timestamp(60))")
    assert CliRunner().invoke(program, ["rename", "people.rest", "pause", "--apply"]).exit_code == 0
    table = folder / "people" / "table.yml"
    replace(table, "{name: since, type: datetime}", "{name: since, type: text}")
    replace(table, """'If(thisRow.since.IsBlank(), "", (Now() - thisRow.since).ToDays())'""", "1")
    done("init", "--apply", "--allow-loss", "--to", "staging")
    assert columns_of(database, "people").keys() >= {"pause", "pause_microseconds", "since"}
    assert not {"rest_microseconds", "since_microseconds"} & columns_of(database, "people").keys()
    assert ask(database, "SELECT pause_microseconds FROM small.people") == [(5_400_000_000,)]
    assert ask(database, "SELECT rested FROM small.people_computed") == [(1.5,)]


def test_a_mirror_without_microseconds_gets_them(folder: Path, database: str) -> None:
    """As one that an older codaform made."""
    done("init", "--apply")
    lacking = "jsonb_set(layout, '{tables}', (SELECT jsonb_agg(jsonb_set(t, '{columns}', (SELECT jsonb_agg("
    lacking += "c - 'microseconds') FROM jsonb_array_elements(t->'columns') AS c))) FROM jsonb_array_elements("
    lacking += "layout->'tables') AS t))"
    enter(
        database,
        f"UPDATE small.codaform_mirror SET layout = {lacking}",
        "DROP VIEW small.people_computed, small.tasks_computed CASCADE",
        "ALTER TABLE small.people DROP COLUMN since_microseconds CASCADE, DROP COLUMN rest_microseconds CASCADE",
        "INSERT INTO small.people (name, rest) VALUES ('Ada', 5400)",
        "CREATE VIEW small.people_computed AS SELECT 1",
        "CREATE VIEW small.tasks_computed AS SELECT 1",
    )
    assert "the microseconds of people.rest\n" in done("init", "--apply")
    assert ask(database, "SELECT rested FROM small.people_computed") == [(1.5,)]


def test_another_type_and_other_options_are_told(folder: Path, database: str) -> None:
    done("init", "--apply")
    enter(
        database,
        "INSERT INTO small.people (row, name, skills, rest) VALUES (1, 'Ada', ARRAY['cook'], 60)",
    )
    table = folder / "people" / "table.yml"
    replace(table, "rest, type: duration", "rest, type: number")
    replace(table, "thisRow.rest.ToHours()", "thisRow.rest")
    replace(table, 'options: [cook, "d\'or"]', "options: [bake]")
    code, _, said = mirror("init", "--apply")
    assert code == 2
    assert "people.rest is no longer numeric(18, 6): 1 value would be lost\n" in said
    done("init", "--apply", "--allow-loss")
    assert ask(database, "SELECT skills, rest FROM small.people") == [(None, None)]
    assert ask(database, "SELECT column_name, shown FROM small.codaform_unread") == [("skills", "cook")]


def test_a_dropped_table_and_a_new_one(folder: Path, database: str) -> None:
    done("init", "--apply")
    enter(database, "INSERT INTO small.people (name) VALUES ('Ada')")
    for path in (folder / "people").iterdir():
        path.unlink()
    (folder / "people").rmdir()
    write(
        folder,
        {
            "jobs/table.yml": PEOPLE.replace("people", "jobs")
            .replace("to: tasks", "to: jobs")
            .replace(".hours", ".rested")
        },
    )
    assert "drop the table people: 1 value would be lost\n" in mirror("init")[2]
    done("init", "--apply", "--allow-loss")
    tables = {name for (name,) in ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'small'")}
    assert {"jobs", "jobs_tasks", "tasks"} <= tables
    assert not {"people", "people_tasks"} & tables


def test_the_view_of_somebody_else_is_not_dropped(folder: Path, database: str) -> None:
    done("init", "--apply")
    ask(database, "CREATE VIEW public.mine AS SELECT double FROM small.tasks_computed")
    replace(folder / "tasks" / "double.coda", "* 2", "* 3")
    code, _, said = mirror("init", "--apply")
    assert code == 2
    assert said.splitlines()[-1] == (
        "codaform: PostgreSQL: cannot drop view small.tasks_computed because other objects depend on it: "
        "view mine depends on view small.tasks_computed"
    )
    assert done("init").endswith("nothing was written; --apply carries it out\n")
    assert ask(database, "SELECT count(*) FROM public.mine") == [(0,)]


# ------------------------------------------------------------ bad input


def test_tables_that_are_not_ours_stay(folder: Path, database: str) -> None:
    ask(database, "CREATE SCHEMA small")
    ask(database, "CREATE TABLE small.tasks (x int)")
    code, shown, said = mirror("init", "--apply")
    assert (code, shown) == (2, "")
    assert said == (
        "codaform: the schema small has tables that codaform did not make: tasks; "
        "--schema NAME keeps the mirror in another one\n"
    )
    assert columns_of(database, "tasks") == {"x": "integer"}
    done("init", "--apply", "--schema", "other")


def test_a_table_that_is_not_ours_in_a_mirror_stays(folder: Path, database: str) -> None:
    done("init", "--apply")
    ask(database, "CREATE TABLE small.jobs (x int)")
    replace(folder / "tasks" / "double.coda", "* 2", "* 3")
    done("init", "--apply")  # it is in nobody's way
    write(folder, {"jobs/table.yml": "table: jobs\ncolumns:\n  - {name: name, type: text}\n"})
    code, shown, said = mirror("init", "--apply")
    assert (code, shown) == (2, "")
    assert said == (
        "codaform: the schema small has tables that codaform did not make: jobs; "
        "--schema NAME keeps the mirror in another one\n"
    )
    assert columns_of(database, "jobs") == {"x": "integer"}


def test_the_mirror_of_another_doc_stays(folder: Path, database: str) -> None:
    done("init", "--apply")
    replace(folder / "doc.yml", "doc: Small", "doc: Large")
    code, _, said = mirror("init", "--apply", "--schema", "small")
    assert code == 2
    assert said == "codaform: the schema small mirrors the doc Small, not Large; --schema NAME makes another\n"


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("host=127.0.0.1 port=1 password=canary-1", "PostgreSQL: connection failed: "),
        ("postgresql:canary-1@nowhere", "CODAFORM_POSTGRES is not what libpq connects to: "),
        ("host=127.0.0.1 passwort=canary-1", "CODAFORM_POSTGRES is not what libpq connects to: "),
    ],
)
def test_no_server_is_one_line_without_a_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch, server: str, said: str
) -> None:
    monkeypatch.setenv("CODAFORM_POSTGRES", server)
    monkeypatch.setenv("CODAFORM_DEBUG", "1")
    code, shown, told = mirror("init", "--apply")
    assert (code, shown) == (2, "")
    assert told.splitlines()[-1].startswith(f"codaform: {said}")
    assert "canary" not in told


@pytest.mark.parametrize("command", ["init", "pull", "push", "sync", "check"])
def test_an_old_server_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    from psycopg import ConnectionInfo

    monkeypatch.setattr(ConnectionInfo, "server_version", 120_022)
    code, shown, said = mirror(command, *(["--apply"] if command in ("init", "push") else []))
    assert (code, shown, said) == (2, "", "codaform: the server is PostgreSQL 12; the mirror needs 14 or newer\n")


def test_a_role_without_rights_is_one_line(folder: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from psycopg.conninfo import make_conninfo

    name = f"reader_{secrets.token_hex(4)}"
    ask(database, f"CREATE ROLE {name} LOGIN")
    try:
        monkeypatch.setenv("CODAFORM_POSTGRES", make_conninfo(database, user=name))
        code, _, said = mirror("init", "--apply")
        assert code == 2
        assert said.splitlines()[-1].startswith(
            "codaform: PostgreSQL: the role of the connection may not do this: permission denied"
        )
    finally:
        ask(database, f"DROP ROLE {name}")


def test_two_runs_at_once_are_refused(folder: Path, database: str) -> None:
    import psycopg

    with psycopg.connect(database) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('codaform mirror small', 0))")
        code, _, said = mirror("init", "--apply")
    assert (code, said) == (2, "codaform: another run of codaform writes the schema small at this moment\n")


def test_names_that_are_long_or_taken(folder: Path, database: str) -> None:
    long = "x" * 70
    columns = '  - {name: "row", type: text}\n  - {name: row_id, type: text}\n'
    columns += f'  - {{name: "{long}a", type: select, options: [b]}}\n'
    columns += f'  - {{name: "{long}b", type: select, options: [c]}}\n'
    columns += "  - {name: 'a \"b\"', type: relation, to: odd, many: true}\n"
    columns += "  - {name: twice, type: text, formula: thisRow.row & thisRow.row_id}\n"
    write(folder, {"odd/table.yml": "table: odd\ncolumns:\n" + columns})
    done("init", "--apply")
    enter(database, """INSERT INTO small.odd ("row 2", "row_id 2") VALUES ('a', 'b')""")
    assert ask(database, "SELECT twice FROM small.odd_computed") == [("ab",)]


def test_a_copy_of_founder_hq_follows_what_changes(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy_of_founder_hq(tmp_path))
    done("init", "--apply")
    replace(Path("workflows/variance_pct.coda"), "* 100", "* 1000")
    said = done("init", "--apply")
    assert said == "founder_hq: 12 tables, 25 computed columns as views\n"
