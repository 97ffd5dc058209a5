"""One way of addressing: every command takes a project and an environment alike, wherever one stands."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.project.locate import CannotRead, find_root
from projects import with_tasks

WITHOUT_PROJECT = {"bench", "functions", "explain", "lsp", "schema", "completion"}
"""Commands that are about codaform itself."""

OF_A_DOC = {"plan", "deploy", "verify", "drift", "parity", "promote", "backup", "restore", "doctor", "pull"}
OF_A_DOC |= {"ci", "conformance", "record", "audit", "history init"}
OF_A_DOC |= {"mirror init", "mirror pull", "mirror push"}
OF_A_DOC |= {"mirror sync", "mirror check", "mirror doctor"}
OF_A_DOC |= {f"migrate {name}" for name in ("plan", "run", "status", "verify", "decide", "rollback")}
"""Commands that open the doc of an environment."""

DOC = """\
doc: Small
time_zone: Europe/Berlin
environments:
  staging: {doc: abcdefghij}
  production: {doc: bcdefghijk}
"""


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by what is typed for it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


COMMANDS = dict(leaves(program))


def options(command: click.Command) -> dict[str, click.Option]:
    """A command's options by each of their names."""
    return {name: one for one in command.params if isinstance(one, click.Option) for name in one.opts}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_departs(name: str) -> None:
    command = COMMANDS[name]
    known = options(command)
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    if name in WITHOUT_PROJECT:
        assert "--project" not in known
        return
    project = known["--project"]
    assert (project.name, project.metavar, project.required) == ("project", "P", False)
    assert isinstance(project.type, click.Path)
    if name != "init":
        assert project.help == "The project; by default the current folder's."
    assert ("--to" in known) == (name in OF_A_DOC)
    for option, one in known.items():
        if one.metavar == "ENVIRONMENT":
            assert option == "--to" or (name, option) == ("promote", "--from")
            assert one.shell_complete(click.Context(command), "") is not None
    shown = {one.make_metavar(click.Context(command)) for one in arguments}
    assert not any("ENV" in metavar or metavar in ("FROM", "TO") for metavar in shown)
    needed = [one.name for one in arguments if one.required]
    assert needed in ([], ["name"], ["button"], ["file"], ["what"], ["what", "new"]), needed


def test_every_command_that_opens_a_doc_is_known() -> None:
    assert OF_A_DOC <= set(COMMANDS)


# ------------------------------------------------------------ as it is typed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in `formulas/` below the current folder, with two environments and without tokens."""
    for name in ("CODA_API_TOKEN", "CODA_MCP_TOKEN", "CODA_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    with_tasks(tmp_path / "formulas", {"doc.yml": DOC, "tasks/rows.csv": "name,hours\nPlan,2\n"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> Result:
    return CliRunner().invoke(program, shlex.split(line), prog_name="codaform")


NO_TOKEN = "set CODA_API_TOKEN_STAGING"


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        "plan --to staging",
        "deploy --to staging formulas",
        "verify --project formulas --to staging",
        "drift --to staging",
        "drift formulas --to staging",
        "backup --to staging --project formulas",
        "pull --to staging formulas",
        "pull --to staging --project formulas",
        "parity --to staging",
        "promote --from staging --to production formulas",
    ],
)
def test_an_environment_is_an_option(line: str, folder: Path) -> None:
    done = run(line)
    assert done.exit_code == 2
    assert NO_TOKEN in done.stderr, done.output
    assert "hint" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("drift staging", "drift --to staging"),
        ("drift staging formulas", "drift --to staging"),
        ("backup staging", "backup --to staging"),
        ("pull staging", "pull --to staging"),
        ("pull staging formulas", "pull --to staging"),
        ("promote staging production", "promote --from staging --to production"),
        ("promote staging production formulas", "promote --from staging --to production"),
        ("plan staging", "plan --to staging"),
        ("verify staging --project formulas", "verify --to staging"),
    ],
)
def test_the_other_forms_work_and_say_so(line: str, options: str, folder: Path) -> None:
    done = run(line)
    assert done.exit_code == 2
    hint, problem = done.stderr.splitlines()
    assert hint == f"hint: name an environment by an option: codaform {options}"
    assert NO_TOKEN in problem


def test_a_doctor_takes_both_forms(folder: Path) -> None:
    asked = run("doctor --to staging --format json")
    assert list(json.loads(asked.stdout)["environments"]) == ["staging"]
    old = run("doctor staging --format json")
    assert (old.stdout, old.stderr.count("hint")) == (asked.stdout, 1)
    assert list(json.loads(run("doctor formulas --format json").stdout)["environments"]) == ["staging", "production"]


def test_a_folder_that_is_called_as_an_environment(folder: Path) -> None:
    """A folder that holds a project is one; any other is not in the way of an environment."""
    (folder / "staging").mkdir()
    assert "codaform drift --to staging" in run("drift staging").stderr
    with_tasks(folder / "staging")
    assert "Name the doc: --to ENVIRONMENT." in run("drift staging").stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("drift", "Name the doc: --to ENVIRONMENT."),
        ("backup", "Name the doc: --to ENVIRONMENT."),
        ("pull", "Name the doc: --to ENVIRONMENT, or the id or address of a doc."),
        ("promote --to production", "Name both environments"),
        ("plan formulas --project elsewhere", "formulas and --project elsewhere are two projects."),
        ("plan formulas other", "Got an argument too many: other."),
        ("pull --to stagin", "there is no environment stagin; did you mean staging?"),
        ("plan --to stagin", "there is no environment stagin; did you mean staging?"),
        ("check formulas --project formulas", "--project is a whole project; PATHS are parts of one."),
        ("plan nowhere", "nowhere does not exist"),
    ],
)
def test_what_is_missing_or_too_much_is_said(line: str, said: str, folder: Path) -> None:
    done = run(line)
    assert done.exit_code == 2
    assert said in done.stderr


def test_both_forms_of_one_project_are_one(folder: Path) -> None:
    assert run("test formulas --project ./formulas").exit_code == 0


def test_fmt_takes_a_project(folder: Path) -> None:
    (folder / "beside.coda").write_text("1+1\n", "utf-8")
    assert run("fmt --check --project formulas").exit_code == 0
    assert run("fmt --check").stdout == "beside.coda\n"


@pytest.mark.parametrize("place", ["formulas", "formulas/tasks", "docs/guides", "."])
def test_a_project_is_found_from_where_one_stands(place: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / place).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder / place)
    assert run("show tasks --format csv --columns name").stdout == "name\nPlan\n"
    assert run("eval 'tasks.Count()'").stdout == "1\n"
    assert run("test").exit_code == 0
    assert run("check").exit_code == 0
    for line in ("plan --to staging", "drift --to staging", "backup --to staging", "pull --to staging"):
        assert NO_TOKEN in run(line).stderr, line


def test_a_path_that_is_given_is_looked_at_alone(folder: Path) -> None:
    """Beside a folder that somebody names no other project is looked for."""
    (folder / "elsewhere").mkdir()
    with pytest.raises(CannotRead):
        find_root(folder / "elsewhere")
