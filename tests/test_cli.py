"""The command line from the inside: every command and option, its streams and its exit code."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from syrupy.assertion import SnapshotAssertion

import codaform
from codaform.cli.program import program
from codaform.diagnostics.rules import RULES
from codaform.library import catalogue

HQ = Path(__file__).parents[1] / "formulas"

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS", "CODAFORM_DEBUG", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(autouse=True)
def nothing_remembered(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path_factory.mktemp("remembered")
    monkeypatch.setattr("codaform.project.user_cache.place_of", folder.joinpath)


@pytest.fixture
def run() -> Run:
    def call(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(program, [str(argument) for argument in arguments], input=stdin, prog_name="codaform")

    return call


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def planner(empty: Path, run: Run) -> Path:
    """The project of `codaform init`, in formulas/ of the current folder."""
    assert run("init").exit_code == 0
    return empty / "formulas"


@pytest.fixture
def hq(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HQ.parent)


# ------------------------------------------------------------ the program


def test_alone_it_prints_its_help(run: Run, snapshot: SnapshotAssertion) -> None:
    alone, asked = run(), run("--help")
    assert alone.exit_code == asked.exit_code == 0
    assert alone.stdout == asked.stdout == run("-h").stdout
    assert asked.stdout == snapshot
    assert "..." not in asked.stdout.partition("Commands:")[2], "each command's sentence fits its line"


def test_version(run: Run) -> None:
    assert re.fullmatch(r"codaform \d+\.\d+\.\d+\n", run("--version").stdout)


@pytest.mark.parametrize("command", ["check", "test", "fmt", "eval", "show", "functions", "explain", "schema", "init"])
def test_help_of_a_command(command: str, run: Run, snapshot: SnapshotAssertion) -> None:
    told = run(command, "--help")
    assert told.exit_code == 0
    assert told.stdout == snapshot


def test_an_unknown_command_names_the_nearest(run: Run) -> None:
    told = run("chek")
    assert told.exit_code == 2
    assert "Did you mean check?" in told.stderr
    assert run("nothing-like-it").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        "check --nope",
        "check --format yaml",
        "check --stdin x.coda",
        "check --stdin --fix",
        "check --table tasks",
        "check --stdin --column name",
        "fmt --stdin --check",
        "eval",
        "eval 1 --column tasks.name",
        "eval 1 --row x",
        "eval --column tasks.name --table tasks",
        "eval 1 --table tasks --explain",
        "eval 1 --table tasks --format coda",
        "eval 1 --explain --format csv",
        "show",
        "show tasks --limit -1",
        "functions Left --coverage",
        "schema nope",
        "completion nope",
        "explain a b",
    ],
)
def test_errors_of_use(arguments: str, planner: Path, run: Run) -> None:
    told = run(*arguments.split())
    assert told.exit_code == 2
    assert not told.stdout
    assert "Usage:" in told.stderr


def test_an_internal_error_is_one_line(planner: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a screw is loose")

    monkeypatch.setattr("codaform.cli.select.check_project", broken)
    told = run("check")
    assert told.exit_code == 2
    assert told.stderr == "codaform: internal error: RuntimeError: a screw is loose; please report it\n"
    monkeypatch.setenv("CODAFORM_DEBUG", "1")
    assert "Traceback" in run("check").stderr


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, ""),
        (RecursionError("too deep"), 2, "codaform: internal error: RecursionError: too deep; please report it\n"),
        (MemoryError(), 2, "codaform: internal error: MemoryError; please report it\n"),
        (PermissionError(13, "Permission denied", "formulas"), 2, "codaform: formulas: Permission denied\n"),
        (OSError(28, "No space left on device"), 2, "codaform: No space left on device\n"),
    ],
)
def test_what_cannot_run_is_one_line(
    error: BaseException, code: int, told: str, planner: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("codaform.cli.select.check_project", broken)
    result = run("check")
    assert (result.exit_code, result.stderr, result.stdout) == (code, told, "")


def test_every_command_is_there() -> None:
    with program.make_context("codaform", ["check"]) as ctx:
        for name in program.list_commands(ctx):
            command = program.get_command(ctx, name)
            assert command is not None
            assert command.name == name
            assert command.help


# ------------------------------------------------------------ init


def test_a_new_project_is_green(planner: Path, run: Run, snapshot: SnapshotAssertion) -> None:
    assert run("check", "--strict").exit_code == 0
    assert run("check").stderr == "11 files, nothing to report\n"
    assert run("test").stderr == "5 data tests, 4 cases and 1 scenario passed\n"
    assert run("fmt", "--check").exit_code == 0
    for name in ("projects", "tasks", "Overdue"):
        shown = run("show", name)
        assert shown.exit_code == 0
        assert shown.stdout == snapshot(name=name)


@pytest.mark.slow
def test_a_new_project_fits_its_schemas(planner: Path) -> None:
    import jsonschema
    import yaml

    for path in [planner / "doc.yml", *planner.glob("*/*.yml")]:
        text = path.read_text("utf-8")
        named = re.match(r"# yaml-language-server: \$schema=(.+)", text)
        assert named, path
        schema = json.loads((path.parent / named[1]).read_text("utf-8"))
        # Dates stay texts, as an editor sees them.
        jsonschema.validate(json.loads(json.dumps(yaml.safe_load(text), default=str)), schema)


def test_init_goes_where_it_is_told(empty: Path, run: Run) -> None:
    told = run("init", "deep/down")
    assert told.exit_code == 0
    assert "deep/down/doc.yml" in told.stdout
    assert told.stderr.endswith("codaform check deep/down; codaform test deep/down\n")
    assert run("check", "deep/down").exit_code == 0
    (empty / "here").mkdir()
    (empty / "here" / "README.md").touch()
    assert run("init", "here").exit_code == 0


def test_init_overwrites_nothing(empty: Path, run: Run) -> None:
    (empty / "formulas" / "tasks").mkdir(parents=True)
    mine = empty / "formulas" / "tasks" / "rows.csv"
    mine.write_text("mine", "utf-8")
    told = run("init")
    assert told.exit_code == 2
    assert told.stderr == "codaform: formulas/tasks/rows.csv is there already; nothing was written\n"
    assert [path for path in empty.rglob("*") if path.is_file()] == [mine]
    assert mine.read_text("utf-8") == "mine"


def test_init_leaves_nothing_half_done(empty: Path, run: Run) -> None:
    (empty / "formulas").mkdir()
    (empty / "formulas" / "tasks").touch()  # where a folder has to be
    told = run("init")
    assert told.exit_code == 2
    assert sorted(path.relative_to(empty).as_posix() for path in empty.rglob("*")) == ["formulas", "formulas/tasks"]


# ------------------------------------------------------------ check


@pytest.fixture
def faulty(planner: Path) -> Path:
    """The project with an error and a warning that can be fixed."""
    (planner / "tasks" / "overdue.coda").write_text("thisRow.duee < Today()\n", "utf-8")
    (planner / "projects" / "open_hours.coda").write_text("thisRow.tasks.Sum(hours)\n", "utf-8")
    return planner


def test_check_tells_findings_on_stdout(faulty: Path, run: Run, snapshot: SnapshotAssertion) -> None:
    told = run("check")
    assert told.exit_code == 1
    assert told.stdout == snapshot(name="stdout")
    assert told.stderr == snapshot(name="stderr")


@pytest.mark.parametrize("form", ["json", "github", "sarif", "junit"])
def test_check_in_other_formats(form: str, faulty: Path, run: Run) -> None:
    told = run("check", "--format", form)
    assert told.exit_code == 1
    assert "1 error and 1 warning in 11 files" in told.stderr
    match form:
        case "json":
            found = json.loads(told.stdout)["diagnostics"]
            assert {one["file"] for one in found} == {
                "formulas/tasks/overdue.coda",
                "formulas/projects/open_hours.coda",
            }
        case "github":
            assert [line.split()[0] for line in told.stdout.splitlines()] == ["::warning", "::error"]
        case "sarif":
            (log,) = json.loads(told.stdout)["runs"]
            assert log["tool"]["driver"]["version"] == codaform.__version__
        case "junit":
            assert ElementTree.fromstring(told.stdout).get("tests") == "11"


@pytest.mark.parametrize("form", ["text", "github"])
def test_a_clean_check_prints_nothing(form: str, planner: Path, run: Run) -> None:
    told = run("check", "--format", form)
    assert (told.exit_code, told.stdout, told.stderr) == (0, "", "11 files, nothing to report\n")


def test_a_second_check_says_the_same(planner: Path, run: Run) -> None:
    first = run("check")
    assert run("check").output == run("check", "formulas", "--strict").output == first.output
    (planner / "tasks" / "overdue.coda").write_text("thisRow.duee < Today()\n", "utf-8")
    assert run("check").exit_code == 1
    assert run("check").exit_code == 1
    (planner / "tasks" / "overdue.coda").write_text("thisRow.due < Today()\n", "utf-8")
    assert run("check").exit_code == 0


def test_a_project_of_one_file(empty: Path, run: Run) -> None:
    (empty / "doc.yml").write_text("doc: Nothing\n", "utf-8")
    assert run("check").stderr == run("check").stderr == "1 file, nothing to report\n"


def test_in_github_actions_it_is_still_text(faulty: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run("check").stdout.startswith("warning[aggregate-shorthand]")


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["formulas"], "1 error and 1 warning in 11 files"),
        (["."], "1 error and 1 warning in 11 files"),
        (["formulas/../formulas/tasks"], "1 error in 5 files"),
        (["formulas/projects/"], "1 warning in 4 files"),
        (["formulas/projects/table.yml"], "1 file, nothing to report"),
        (["formulas/tasks/overdue.coda", "formulas/tasks"], "1 error in 5 files"),
        (["formulas/tasks/overdue.coda", "formulas"], "1 error and 1 warning in 11 files"),
    ],
)
def test_of_files_and_folders_only_their_own_findings_are_told(
    paths: list[str], told: str, faulty: Path, run: Run
) -> None:
    result = run("check", *paths)
    assert result.stderr.splitlines()[0] == told
    assert result.exit_code == (0 if "nothing" in told else 1)


def test_check_from_inside_a_project(faulty: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(faulty / "tasks")
    assert run("check").stderr.startswith("1 error and 1 warning in 11 files")
    assert run("check", ".").stderr.startswith("1 error in 5 files")
    assert " --> ../tasks/overdue.coda:1:9" in run("check", "overdue.coda").stdout


@pytest.mark.parametrize("path", ["nowhere", "nowhere.coda", "notes.txt", "."])
def test_what_is_no_project(path: str, empty: Path, run: Run) -> None:
    (empty / "notes.txt").touch()
    told = run("check", path)
    assert told.exit_code == 2
    assert re.fullmatch(r"codaform: \S+ (does not exist|is no codaform project.*)\n", told.stderr)


def test_a_file_that_is_no_part_of_the_project(planner: Path, run: Run) -> None:
    (planner / "notes.txt").touch()
    told = run("check", "formulas/notes.txt")
    assert (told.exit_code, told.stderr) == (2, "codaform: formulas/notes.txt is no part of the project formulas\n")


def test_a_formula_outside_of_any_project_is_checked_alone(empty: Path, run: Run) -> None:
    (empty / "good.coda").write_text('Left("a", 1)\n', "utf-8")
    (empty / "bad.coda").write_text('Lefft("a", 1)\n', "utf-8")
    assert run("check", "good.coda").exit_code == 0
    told = run("check", "good.coda", "bad.coda", "bad.coda")
    assert told.exit_code == 1
    assert told.stderr.splitlines()[0] == "1 error in 2 files"
    assert "error[unknown-function]" in told.stdout


def test_a_formula_beside_a_project_is_checked_alone(faulty: Path, run: Run) -> None:
    (faulty.parent / "good.coda").write_text("1 + 2\n", "utf-8")
    (faulty.parent / "notes.txt").touch()
    assert run("check", "good.coda").stderr == "1 file, nothing to report\n"
    assert run("check", "good.coda", "formulas").stderr.startswith("1 error and 1 warning in 12 files")
    assert run("check", "notes.txt").exit_code == 2


def test_a_formula_that_the_project_does_not_name_is_checked_in_it(planner: Path, run: Run) -> None:
    (planner / "drafts").mkdir()
    (planner / "drafts" / "idea.coda").write_text("tasks.hours.Sum()\n", "utf-8")
    assert run("check", "formulas/drafts/idea.coda").exit_code == 0


def test_infos_are_no_findings_unless_strict(empty: Path, run: Run) -> None:
    (empty / "pack.coda").write_text('[Some Pack]Shorten("text")\n', "utf-8")
    told = run("check", "pack.coda")
    assert (told.exit_code, told.stdout.startswith("info[")) == (0, True)
    assert run("check", "pack.coda", "--strict").exit_code == 1


def test_check_stdin(planner: Path, run: Run) -> None:
    assert run("check", "--stdin", stdin="tasks.hours.Sum()").exit_code == 0
    assert run("check", "--stdin", "--table", "Tasks", stdin="thisRow.hours > 3").exit_code == 0
    told = run("check", "--stdin", "--table", "tasks", "--column", "overdue", stdin="thisRow.overdue")
    assert told.exit_code == 1
    assert "error[self-reference]" in told.stdout
    assert " --> <stdin>:1:" in told.stdout
    for extra, said in (
        (["--table", "task"], "there is no table task; did you mean tasks?"),
        (["--table", "tasks", "--column", "due_"], "there is no column due_ in tasks; did you mean due?"),
    ):
        told = run("check", "--stdin", *extra, stdin="1")
        assert (told.exit_code, told.stderr) == (2, f"codaform: {said}\n")


def test_check_stdin_without_a_project(empty: Path, run: Run) -> None:
    assert run("check", "--stdin", stdin="1 + 2").exit_code == 0
    assert run("check", "--stdin", stdin="").exit_code == 1
    assert run("check", "--stdin", "--table", "tasks", stdin="1").exit_code == 2
    told = run("check", "--stdin", stdin=b"\xff\xfe\x00")
    assert (told.exit_code, told.stderr) == (2, "codaform: the text on stdin is not UTF-8\n")
    assert run("check", "--stdin", stdin=b"\xef\xbb\xbf1\r\n").exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff", "bad-encoding"),
        ("Größe".encode("latin-1"), "bad-encoding"),
        (b"1 + \x00", "bad-encoding"),
        (b"", "no-formula"),
        (b"(" * 5_000 + b"1" + b")" * 5_000, "too-large"),
        (b"1+" * 200_000 + b"1", "too-large"),
    ],
)
def test_files_that_are_no_formulas(data: bytes, rule: str, planner: Path, run: Run) -> None:
    (planner / "tasks" / "overdue.coda").write_bytes(data)
    told = run("check")
    assert told.exit_code == 1
    assert f"error[{rule}]" in told.stdout
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", told.stdout)
    assert run("fmt").exit_code == 1
    assert (planner / "tasks" / "overdue.coda").read_bytes() == data
    assert run("check", "--fix", "--unsafe-fixes").exit_code == 1
    assert (planner / "tasks" / "overdue.coda").read_bytes() == data


@pytest.mark.slow
@pytest.mark.parametrize("text", ["table: [tasks", "- a\n- b\n", "a: 1\na: 2\n", "{" * 100, "", "\0"])
@pytest.mark.parametrize(
    "file", ["tasks/table.yml", "doc.yml", "tasks/overdue.cases.yml", "scenarios/a_task_gets_done.yml"]
)
def test_broken_yaml(file: str, text: str, planner: Path, run: Run) -> None:
    (planner / file).write_text(text, "utf-8")
    for command in (["check"], ["test"], ["show", "projects"], ["eval", "1"]):
        told = run(*command)
        assert told.exit_code in (0, 1, 2)
        assert "internal error" not in told.stderr, told.stderr


# ------------------------------------------------------------ check --fix


def test_fix(faulty: Path, run: Run) -> None:
    told = run("check", "--fix")
    assert told.exit_code == 1
    assert "fixed formulas/projects/open_hours.coda: write .hours.Sum()\n" in told.stderr
    assert (faulty / "projects" / "open_hours.coda").read_text("utf-8") == "thisRow.tasks.hours.Sum()\n"
    assert (faulty / "tasks" / "overdue.coda").read_text("utf-8") == "thisRow.duee < Today()\n"
    assert "can be fixed with --unsafe-fixes, by a guess" in told.stderr
    assert run("check", "--unsafe-fixes").exit_code == 0
    assert (faulty / "tasks" / "overdue.coda").read_text("utf-8") == "thisRow.due < Today()\n"


def test_a_fix_opens_the_way_for_the_next(empty: Path, run: Run) -> None:
    path = empty / "a.coda"
    path.write_text("“a” == “b”\n", "utf-8")
    told = run("check", "--fix", "a.coda")
    assert (told.exit_code, told.stdout) == (0, "")
    assert told.stderr.count("fixed a.coda") == 2
    assert path.read_text("utf-8") == '"a" = "b"\n'


def test_fix_touches_only_what_was_asked(faulty: Path, run: Run) -> None:
    assert run("check", "--fix", "formulas/tasks").exit_code == 1
    assert (faulty / "projects" / "open_hours.coda").read_text("utf-8") == "thisRow.tasks.Sum(hours)\n"


def test_fix_keeps_line_ends_mark_and_mode(empty: Path, run: Run) -> None:
    path = empty / "real.coda"
    path.write_bytes(b"\xef\xbb\xbf1\r\n  == 2\r\n")
    path.chmod(0o640)
    assert run("check", "--fix", "real.coda").exit_code == 0
    assert path.read_bytes() == b"\xef\xbb\xbf1\r\n  = 2\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in empty.iterdir()] == ["real.coda"]


def test_fix_that_cannot_be_written(empty: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    path = empty / "a.coda"
    path.write_text("1 == 2\n", "utf-8")
    monkeypatch.setattr("codaform.files.os.access", lambda _, mode: mode != os.W_OK)
    told = run("check", "--fix", "a.coda")
    assert (told.exit_code, told.stderr) == (2, "codaform: a.coda: Permission denied\n")
    monkeypatch.undo()
    monkeypatch.chdir(empty)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("codaform.files.os.fsync", full)
    assert run("check", "--fix", "a.coda").exit_code == 2
    assert path.read_text("utf-8") == "1 == 2\n"
    assert [found.name for found in empty.iterdir()] == ["a.coda"]


# ------------------------------------------------------------ test


def test_a_failed_case_is_told(planner: Path, run: Run, snapshot: SnapshotAssertion) -> None:
    (planner / "projects" / "open_hours.coda").write_text("thisRow.tasks.hours.Sum()\n", "utf-8")
    told = run("test")
    assert told.exit_code == 1
    assert told.stdout == snapshot
    assert told.stderr == "1 case and 1 scenario failed; 5 data tests and 3 cases passed\n"


def test_a_failed_data_test_is_told(planner: Path, run: Run) -> None:
    (planner / "tasks" / "rows.csv").write_text("name,project\nPlan,\n", "utf-8")
    told = run("test", "-k", "data")
    assert told.exit_code == 1
    assert told.stdout.startswith("failed data test tasks.project not_null\n\nerror[")


def test_nothing_is_run_on_errors(faulty: Path, run: Run) -> None:
    told = run("test")
    assert told.exit_code == 1
    assert told.stdout.startswith("error[unknown-column]")
    assert told.stderr == "1 error in 11 files; nothing was run\n"


def test_only_some_tests(planner: Path, run: Run) -> None:
    assert run("test", "formulas", "-k", "open_hours").stderr == "2 cases passed\n"
    assert run("test", "-k", "open_hours", "-k", "Scenario").stderr == "2 cases and 1 scenario passed\n"
    told = run("test", "-k", "nothing like it")
    assert (told.exit_code, told.stdout) == (2, "")


def test_outcomes_as_json(planner: Path, run: Run) -> None:
    told = json.loads(run("test", "--format", "json").stdout)
    assert told["version"] == 1
    assert len(told["outcomes"]) == 10
    assert {one["kind"] for one in told["outcomes"]} == {"data test", "case", "scenario"}
    assert all(one["passed"] and not one["diagnostics"] for one in told["outcomes"])


def test_outcomes_as_junit(planner: Path, run: Run) -> None:
    (planner / "projects" / "open_hours.coda").write_text("thisRow.tasks.hours.Sum() + 1\n", "utf-8")
    told = run("test", "--format", "junit")
    assert told.exit_code == 1
    suites = ElementTree.fromstring(told.stdout)
    assert (suites.get("tests"), suites.get("failures")) == ("10", "3")
    assert [suite.get("name") for suite in suites] == ["data tests", "cases", "scenarios"]
    failures = suites.findall(".//failure")
    assert {failure.get("type") for failure in failures} == {"failed-case", "failed-scenario"}
    assert all("open_hours" in (failure.text or "") for failure in failures)


def test_a_project_without_tests(empty: Path, run: Run) -> None:
    (empty / "doc.yml").write_text("doc: Nothing\n", "utf-8")
    told = run("test")
    assert (told.exit_code, told.stderr) == (0, "there is nothing to test\n")


# ------------------------------------------------------------ fmt


def test_fmt_changes_files(empty: Path, run: Run) -> None:
    (empty / "deep").mkdir()
    (empty / ".hidden").mkdir()
    for name in ("a.coda", "deep/b.coda", ".hidden/c.coda"):
        (empty / name).write_bytes(b'left( "a",1 )')
    (empty / "good.coda").write_text("1 + 2\n", "utf-8")
    told = run("fmt", "--check")
    assert (told.exit_code, told.stdout) == (1, "a.coda\ndeep/b.coda\n")
    assert told.stderr == "2 files would change, 1 file is laid out\n"
    told = run("fmt", "--diff", "deep")
    assert told.exit_code == 1
    assert told.stdout == '--- deep/b.coda\n+++ deep/b.coda (laid out)\n@@ -1 +1 @@\n-left( "a",1 )\n+Left("a", 1)\n'
    told = run("fmt")
    assert (told.exit_code, told.stdout) == (0, "a.coda\ndeep/b.coda\n")
    assert (empty / "deep" / "b.coda").read_bytes() == b'Left("a", 1)\n'
    assert (empty / ".hidden" / "c.coda").read_bytes() == b'left( "a",1 )'
    assert run("fmt", "--check", "a.coda", "deep").stderr == "2 files are laid out\n"


def test_fmt_keeps_line_ends(empty: Path, run: Run) -> None:
    (empty / "a.coda").write_bytes(b"// why\r\n1+2\r\n")
    assert run("fmt").exit_code == 0
    assert (empty / "a.coda").read_bytes() == b"// why\r\n1 + 2\r\n"
    assert run("fmt", "--check").exit_code == 0


def test_fmt_leaves_alone_what_is_no_formula(empty: Path, run: Run) -> None:
    (empty / "a.coda").write_text("1 +", "utf-8")
    (empty / "b.coda").write_text("1+2", "utf-8")
    told = run("fmt")
    assert (told.exit_code, told.stdout) == (1, "b.coda\n")
    assert "error[unexpected]" in told.stderr
    assert (empty / "a.coda").read_text("utf-8") == "1 +"
    assert (empty / "b.coda").read_text("utf-8") == "1 + 2\n"


def test_fmt_tells_of_links_that_lead_in_a_circle(empty: Path, run: Run) -> None:
    (empty / "a.coda").write_text("1+1")
    for name in ("b", "c"):
        (empty / f"{name}.coda").symlink_to("c.coda" if name == "b" else "b.coda")
    told = run("fmt")
    assert told.exit_code == 1
    assert told.stdout == "a.coda\n"
    assert told.stderr.count("b.coda cannot be read") == 1


def test_fmt_refuses_to_change_a_meaning(empty: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codaform.project.layouts.show", lambda *_, **__: "1 + 3")
    (empty / "a.coda").write_text("1+2", "utf-8")
    told = run("fmt")
    assert told.exit_code == 1
    assert "the layout does not keep the meaning; the file is left as it is" in told.stderr
    assert (empty / "a.coda").read_text("utf-8") == "1+2"


def test_fmt_stdin(empty: Path, run: Run) -> None:
    told = run("fmt", "--stdin", stdin="SUM( 1,2 ) // so")
    assert (told.exit_code, told.stdout, told.stderr) == (0, "Sum(1, 2)  // so\n", "")
    told = run("fmt", "--stdin", stdin="1 +")
    assert (told.exit_code, told.stdout) == (1, "")
    assert " --> <stdin>:1:3" in told.stderr


def test_fmt_of_nothing(empty: Path, run: Run) -> None:
    assert run("fmt").stderr == "there is no file with a formula here\n"
    (empty / "a.yml").touch()
    for path in ("a.yml", "nowhere"):
        assert run("fmt", path).exit_code == 2


# ------------------------------------------------------------ eval


@pytest.mark.parametrize(
    ("formula", "form", "told"),
    [
        ("1 + 2", "table", "3\n"),
        ('"a" & "b"', "table", '"ab"\n'),
        ('""', "table", "blank\n"),
        ("tasks.hours", "table", "number\n──────\n   3.0\n   8.0\n   2.0\n   6.0\n"),
        ('tasks.Filter(CurrentValue.name = "x")', "table", "[]\n"),
        ("tasks.Last().project", "table", "@Audit\n"),
        ('Object("a", 1, "b", List(1, 2))', "table", "key  value\n───  ──────\na    1\nb    [1, 2]\n"),
        ("Today()", "table", "2025-12-10\n"),
        ("Today()", "json", '"2025-12-10"\n'),
        ("Now()", "json", '"2025-12-10T09:00:00+01:00"\n'),
        ("Hours(2)", "json", '"2 hrs"\n'),
        ("1 / 3", "json", "0.3333333333333333\n"),
        ('""', "json", "null\n"),
        ("tasks.project.Unique()", "json", '[\n  "Website",\n  "Audit"\n]\n'),
        ('List("=1+1", "-5", "a;b", "é")', "csv", "'=1+1\n-5\na;b\né\n"),
        ('List("a", 1.5, true)', "coda", 'List("a", 1.5, true)\n'),
        ("tasks.First()", "coda", "@Plan\n"),
        ('tasks.Filter(CurrentValue.name = "Read the books")', "coda", "List([@Read the books])\n"),
        ("Date(2025, 12, 8)", "coda", "Date(2025, 12, 8)\n"),
    ],
)
def test_eval_one_value(formula: str, form: str, told: str, planner: Path, run: Run) -> None:
    result = run("eval", formula, "--format", form)
    assert (result.stdout, result.stderr, result.exit_code) == (told, "", 0)


def test_a_value_as_a_formula_gives_it_back(planner: Path, run: Run) -> None:
    for formula in ("tasks", "tasks.due", 'List("a\\"b", 1 / 3)', "Hours(2.5)", 'Object("a", 1)'):
        told = run("eval", formula, "--format", "coda").stdout.strip()
        assert run("eval", told, "--format", "json").stdout == run("eval", formula, "--format", "json").stdout


def test_eval_what_no_formula_spells(planner: Path, run: Run) -> None:
    told = run("eval", "User()", "--format", "coda")
    assert told.exit_code in (0, 2)
    assert "internal error" not in told.stderr


def test_eval_from_stdin(planner: Path, run: Run) -> None:
    assert run("eval", "-", stdin="1 +\r\n 2\r\n").stdout == "3\n"
    assert run("eval", "--", "-2 + 3").stdout == "1\n"


def test_eval_without_a_project(empty: Path, run: Run) -> None:
    assert run("eval", 'Left("Coda", 2)').stdout == '"Co"\n'
    told = run("eval", "tasks")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "error[unknown-name]" in told.stderr
    assert run("eval", "1", "--table", "tasks").exit_code == 2
    assert run("eval", "1", "--project", "nowhere").exit_code == 2


def test_eval_for_each_row(planner: Path, run: Run, snapshot: SnapshotAssertion) -> None:
    told = run("eval", "thisRow.hours / 3", "--table", "tasks")
    assert told.exit_code == 0
    assert told.stdout == snapshot(name="table")
    told = run("eval", "thisRow.hours / 3", "--table", "tasks", "--format", "json")
    assert json.loads(told.stdout)[0] == {"row": "Plan", "value": 1}
    told = run("eval", "thisRow.hours / 3", "--table", "tasks", "--format", "csv")
    assert told.stdout.splitlines()[:3] == ["name,value", "Plan,1", "Build,2.6666666666666665"]


def test_eval_in_one_row(planner: Path, run: Run) -> None:
    assert run("eval", "thisRow.project.tasks.Count()", "--table", "tasks", "--row", "Plan").stdout == "3\n"
    told = run("eval", "1", "--table", "tasks", "--row", "Plann")
    assert (told.exit_code, told.stderr) == (
        2,
        "codaform: no row of tasks is displayed as Plann; did you mean Plan?\n",
    )
    assert "did you mean tasks?" in run("eval", "1", "--table", "task").stderr


def test_eval_a_column(planner: Path, run: Run, snapshot: SnapshotAssertion) -> None:
    assert run("eval", "--column", "projects.open_hours").stdout == snapshot
    assert run("eval", "--column", "Projects.Open_Hours", "--row", "Audit").stdout == "6.0\n"
    assert run("eval", "--column", "tasks.due", "--row", "Plan").stdout == "2025-12-08\n"
    for column, told in (
        ("projects.opn_hours", "there is no column opn_hours in projects; did you mean open_hours?"),
        ("project.name", "there is no table project; did you mean projects?"),
        ("open_hours", "open_hours is no column: name it as table.column"),
    ):
        result = run("eval", "--column", column)
        assert (result.exit_code, result.stderr) == (2, f"codaform: {told}\n")


def test_errors_of_a_formula(planner: Path, run: Run) -> None:
    for arguments in (["1 +"], ["tasks.hourz"], ["thisRow.hourz", "--table", "tasks"], ["1 +", "--explain"]):
        told = run("eval", *arguments)
        assert (told.exit_code, told.stdout) == (1, "")
        assert told.stderr.startswith("error[")
    told = run("eval", "tasks.Sum(hours)")
    assert (told.exit_code, told.stdout) == (0, "19\n")
    assert told.stderr.startswith("warning[aggregate-shorthand]")


def test_an_error_value(planner: Path, run: Run) -> None:
    told = run("eval", "1 / (1 - 1)")
    assert (told.exit_code, told.stdout, told.stderr) == (1, "error: division-by-zero\n", "error: division by zero\n")
    told = run("eval", "1 / (1 - 1)", "--format", "json")
    assert (told.exit_code, json.loads(told.stdout)["error"]) == (1, "division-by-zero")
    told = run("eval", "1 / (thisRow.hours - 3)", "--table", "tasks")
    assert told.exit_code == 0
    assert "error: division-by-zero" in told.stdout


def test_eval_a_column_with_a_broken_formula(faulty: Path, run: Run) -> None:
    told = run("eval", "--column", "tasks.overdue")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "error[unknown-column]" in told.stderr


@pytest.mark.slow
def test_eval_huge_and_odd_formulas(planner: Path, run: Run) -> None:
    for formula in ("(" * 2_000 + "1" + ")" * 2_000, "1+" * 200_000 + "1", "\0", "\x1b[31m", "\ud800", "1\u202e2"):
        told = run("eval", formula)
        assert told.exit_code == 1
        assert not told.stdout
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", told.stderr)
    told = run("eval", '"a\x1b[31m\u202e"')
    assert told.stdout == '"a␛[31m\ufffd"\n'
    deep = "1" + " + 1" * 300
    assert run("eval", deep, "--explain").exit_code == 0


def test_explain_as_a_tree(planner: Path, run: Run, snapshot: SnapshotAssertion) -> None:
    told = run("eval", "--column", "projects.open_hours", "--row", "Website", "--explain")
    assert told.exit_code == 0
    assert told.stdout == snapshot
    told = run("eval", "thisRow.hours * 2 + 1", "--table", "tasks", "--row", "Build", "--explain", "--format", "json")
    tree = json.loads(told.stdout)
    assert (tree["text"], tree["value"]) == ("thisRow.hours * 2 + 1", 17)
    assert tree["children"][0]["value"] == 16


def test_explain_an_error_and_an_entered_column(planner: Path, run: Run) -> None:
    told = run("eval", "1 / (thisRow.hours - 3)", "--table", "tasks", "--row", "Plan", "--explain")
    assert told.exit_code == 1
    assert "thisRow.hours - 3 → 0" in told.stdout
    assert told.stderr == "error: division by zero\n"
    told = run("eval", "--column", "tasks.hours", "--row", "Plan", "--explain")
    assert (told.exit_code, told.stderr) == (2, "codaform: hours has no formula; its values are entered\n")


# ------------------------------------------------------------ show


def test_show_some_columns_and_rows(planner: Path, run: Run, snapshot: SnapshotAssertion) -> None:
    told = run("show", "TASKS", "--columns", "due, Name", "--limit", "2")
    assert told.exit_code == 0
    assert told.stdout == snapshot
    assert told.stderr == "2 of 4 rows; --all shows all\n"
    assert run("show", "tasks", "--limit", "0").stdout.count("\n") == 3


def test_show_as_json(planner: Path, run: Run) -> None:
    rows = json.loads(run("show", "projects", "--format", "json").stdout)
    assert rows[0] == {"name": "Website", "sold_hours": 40, "tasks": ["Plan", "Build", "Launch"], "open_hours": 10}


def test_show_as_csv(planner: Path, run: Run) -> None:
    text = (
        'name,project,hours,due,done\n"=HYPERLINK(""x"")",Website,-3,,\n"+49 1; 2",Website,0.1,,\n"a, ""b""\nc",,,,\n'
    )
    (planner / "tasks" / "rows.csv").write_text(text, "utf-8")
    told = run("show", "tasks", "--format", "csv", "--columns", "name,hours")
    assert list(csv.reader(io.StringIO(told.stdout))) == [
        ["name", "hours"],
        ['\'=HYPERLINK("x")', "-3"],
        ["'+49 1; 2", "0.1"],
        ['a, "b"\nc', ""],
    ]
    told = run("show", "projects", "--format", "csv", "--columns", "tasks", "--limit", "1")
    assert next(csv.reader(io.StringIO(told.stdout.splitlines()[1]))) == ['\'=HYPERLINK("x"); "+49 1; 2"']


def test_show_what_is_not_there(planner: Path, run: Run) -> None:
    for arguments, told in (
        (["taskss"], "there is no table, view, named formula or control taskss; did you mean tasks?"),
        (["tasks", "--columns", "name,huors"], "there is no column huors in tasks; did you mean hours?"),
    ):
        result = run("show", *arguments)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"codaform: {told}\n")


def test_show_needs_a_project(empty: Path, run: Run) -> None:
    assert run("show", "tasks").exit_code == 2
    assert run("show", "tasks", "--project", "nowhere").stderr == "codaform: nowhere does not exist\n"


def test_show_with_findings_and_errors(planner: Path, run: Run) -> None:
    (planner / "tasks" / "overdue.coda").write_text("1 / 0 = 1\n", "utf-8")
    (planner / "projects" / "rows.csv").write_text("name,nope\nWebsite,1\n", "utf-8")
    told = run("show", "tasks")
    assert told.exit_code == 0
    assert "error: division-by-zero" in told.stdout
    assert "codaform check lists them" in told.stderr
    assert "4 cells with an error" in told.stderr


def test_text_from_docs_steers_nothing(planner: Path, run: Run) -> None:
    (planner / "tasks" / "rows.csv").write_text("name\n\u202eevil\u200b\n日本語のとても長い名前\n", "utf-8")
    told = run("show", "tasks", "--columns", "name")
    assert "\ufffdevil\ufffd" in told.stdout
    assert "\\u202eevil" in run("show", "tasks", "--format", "json").stdout
    assert "日本語" in run("show", "tasks", "--format", "json").stdout


@pytest.mark.slow
def test_show_in_a_narrow_terminal(hq: None, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (1, 20, 30, 45, 80, 120, 500):
        monkeypatch.setenv("COLUMNS", str(columns))
        told = run("show", "workflows")
        assert told.exit_code == 0
        assert max(map(len, told.stdout.splitlines())) <= max(columns, 20)
        shown = told.stdout.splitlines()[0]
        assert "name" in shown
        assert ("no room for" in told.stderr) == (columns < 500)
        assert columns < 80 or "ƒ variance_pct" in shown


@pytest.mark.slow
def test_show_a_view(hq: None, run: Run) -> None:
    told = run("show", "off estimate")
    assert told.stdout.splitlines()[2].startswith("Month-end reporting")


@pytest.mark.slow
def test_show_a_named_formula(hq: None, run: Run) -> None:
    assert run("show", "recent_days").stdout == "90\n"
    assert run("show", "Recent_Days", "--format", "json").stdout == "90\n"
    assert run("show", "recent_days", "--format", "csv").stdout == "90\n"
    refused = run("show", "recent_days", "--limit", "1")
    assert refused.exit_code == 2
    assert "recent_days has one value: --columns, --where and --limit are for rows." in refused.stderr


def test_show_a_control(planner: Path, run: Run) -> None:
    text = (planner / "doc.yml").read_text("utf-8")
    (planner / "doc.yml").write_text(f"{text}controls:\n  - {{name: Goal, type: slider, value: 7}}\n", "utf-8")
    assert (planner / "doc.yml").read_text("utf-8").count("controls:") == 1
    told = run("show", "Goal")
    assert (told.exit_code, told.stdout) == (0, "7\n"), told.output
    assert run("show", "Gaol").stderr.endswith("did you mean Goal?\n")


def test_show_only_the_rows_that_meet_a_condition(planner: Path, run: Run) -> None:
    (planner / "tasks" / "rows.csv").write_text("name,hours\nPlan,3\nBuild,5\nLaunch,8\n", "utf-8")
    shown = ("show", "tasks", "--columns", "name", "--format", "csv", "--where")
    assert run(*shown, "hours > 4").stdout == "name\nBuild\nLaunch\n"
    assert run(*shown, "thisRow.hours > 4 AND name != 'Build'".replace("'", '"')).stdout == "name\nLaunch\n"
    limited = run(*shown, "hours > 4", "--limit", "1")
    assert (limited.stdout, limited.stderr) == ("name\nBuild\n", "1 of 2 rows\n")
    none = run(*shown, "hours > 40")
    assert (none.exit_code, none.stdout) == (0, "name\n")
    wrong = run(*shown, "hour > 4")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "--where:1:1" in wrong.stderr
    assert "did you mean hours?" in wrong.stderr
    failing = run(*shown, "1 / (hours - 3) > 0.3")
    assert failing.stdout == "name\nBuild\n"
    assert failing.stderr.startswith("--where is an error for 1 row, left out here: ")


@pytest.mark.slow
def test_show_has_a_limit_on_screen_alone(planner: Path, run: Run) -> None:
    names = [f"task {number}" for number in range(2_000)]
    (planner / "tasks" / "rows.csv").write_text("name\n" + "\n".join(names) + "\n", "utf-8")
    told = run("show", "tasks", "--columns", "name")
    assert len(told.stdout.splitlines()) == 2 + 60 + 1
    assert told.stdout.endswith("task 59\n… and 1,940 more\n")
    assert told.stderr == "60 of 2,000 rows; --all shows all\n"
    assert run("show", "tasks", "--columns", "name", "--limit", "5").stdout.endswith("task 4\n… and 1,995 more\n")
    everything = run("show", "tasks", "--columns", "name", "--all")
    assert (len(everything.stdout.splitlines()), everything.stderr) == (2_002, "")
    assert "--all and --limit" in run("show", "tasks", "--all", "--limit", "5").stderr
    for form in ("json", "csv"):
        whole = run("show", "tasks", "--columns", "name", "--format", form)
        assert whole.stdout.count("task ") == 2_000
        assert whole.stderr == ""


@pytest.mark.slow
def test_founder_hq_is_green(hq: None, run: Run) -> None:
    assert run("check").exit_code == 0
    assert run("test", "-k", "sprints").exit_code == 0
    assert run("fmt", "--check", "formulas").stdout == ""


# ------------------------------------------------------------ reference


def test_functions_are_listed(run: Run) -> None:
    told = run("functions").stdout
    assert "\n  Left(text: text, count?: number) → text\n      The first characters of a text.\n" in told
    data = json.loads(run("functions", "--format", "json").stdout)
    names = {name for one in data for name in (one["name"], *one["aliases"])}
    assert set(catalogue.names()) <= names


def test_a_page_of_a_function(run: Run, snapshot: SnapshotAssertion) -> None:
    assert run("functions", "left").stdout == snapshot(name="left")
    assert run("functions", "AND").exit_code == 0
    assert run("functions", "+").stdout.startswith("number + number → number\n")
    assert json.loads(run("functions", "Left", "--format", "json").stdout)["name"] == "Left"
    told = run("functions", "Lefft")
    near = "did you mean Left? Near it are LeftPad, Length, _Deref_Opt and Fact"
    assert (told.exit_code, told.stderr) == (2, f"codaform: there is no function Lefft; {near}\n")
    assert len(re.findall(r"\w+", run("functions", "Zzyzzx").stderr.partition(" are ")[2])) == 6  # five and an "and"


@pytest.mark.slow
def test_every_function_has_a_page(run: Run) -> None:
    from codaform.cli.output.function_pages import as_data, as_page, find

    for name in catalogue.names():
        entry = find(name)
        assert as_page(entry)
        assert as_data([entry])[0]["overloads"]


def test_coverage(run: Run) -> None:
    told = run("functions", "--coverage")
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0].split()[:5] == ["name", "subject", "certainty", "columns", "duckdb"]
    data = json.loads(run("functions", "--coverage", "--format", "json").stdout)
    assert len(data) == len(lines) - 2
    assert set(catalogue.names()) <= {one["name"] for one in data}


def test_rules_are_explained(run: Run, snapshot: SnapshotAssertion) -> None:
    assert run("explain", "unknown-column").stdout == run("explain", "cf203").stdout == snapshot
    assert len(run("explain").stdout.splitlines()) == len(RULES)
    for rule in RULES:
        told = run("explain", rule.name)
        assert told.exit_code == 0
        assert not re.search(r"[\x00-\x09\x0b-\x1f]", told.stdout)
    told = run("explain", "unknown-colum")
    assert (told.exit_code, told.stderr) == (
        2,
        "codaform: there is no rule unknown-colum; did you mean unknown-column? "
        "Near it are unknown-command, unknown-row, unknown-name and unknown-argument\n",
    )


@pytest.mark.parametrize("kind", ["doc", "table", "cases", "scenario"])
def test_schemas(kind: str, run: Run) -> None:
    assert json.loads(run("schema", kind).stdout)["title"] == f"codaform {kind}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, run: Run) -> None:
    told = run("completion", shell)
    assert told.exit_code == 0
    assert "_CODAFORM_COMPLETE" in told.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("codaform sh", {"show"}),
        ("codaform show t", {"tasks"}),
        ("codaform functions leftp", {"LeftPad"}),
        ("codaform explain cf20", {"CF201", "CF202", "CF203", "CF204", "CF205", "CF206", "CF207", "CF208", "CF209"}),
        ("codaform check --form", {"--format"}),
    ],
)
def test_completions(words: str, expected: set[str], planner: Path) -> None:
    from click.shell_completion import ShellComplete

    *before, incomplete = words.split()[1:]
    found = ShellComplete(program, {}, "codaform", "_CODAFORM_COMPLETE").get_completions(before, incomplete)
    assert {item.value for item in found} == expected


def test_completion_outside_of_a_project(empty: Path) -> None:
    from click.shell_completion import ShellComplete

    assert ShellComplete(program, {}, "codaform", "_CODAFORM_COMPLETE").get_completions(["show"], "t") == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-1 + 2"], "1\n"),
        (["--", "-1 + 2"], "1\n"),
        (["-2", "--format", "json"], "-2\n"),
        (["--format", "json", "-2"], "-2\n"),
        (["--table", "tasks", "--row", "Plan", "-hours"], "-3\n"),
        (["-hours", "--table", "tasks", "--row", "Plan"], "-3\n"),
        (["--row", "Plan", "--table=tasks", "--", "-hours"], "-3\n"),
        (["--(2)"], "2\n"),
    ],
)
def test_eval_a_formula_that_begins_with_a_minus(planner: Path, run: Run, words: list[str], told: str) -> None:
    result = run("eval", *words)
    assert (result.stdout, result.stderr, result.exit_code) == (told, "", 0)


def test_eval_knows_its_options_beside_such_a_formula(planner: Path, run: Run) -> None:
    assert "Usage:" in run("eval", "-h").stdout
    assert "No such option '--tabel'" in run("eval", "--tabel", "tasks", "-hours").stderr
    assert run("show", "tasks", "--where", "-hours < -3", "--format", "json").exit_code == 0
    assert "goes behind --: -- '-1 + 2'" in run("show", "-1").stderr
