"""The README: every command in it runs, every option in it exists, its Python and its files are as it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from codaform.cli.program import program
from codaform.project.project import cases
from codaform.project.reader import read_project
from codaform.project.shape_checks import check
from codaform.project.shapes import KINDS
from codaform.project.yaml_tree import Node, compose
from codaform.source import Source

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ").split("#")[0].strip()
    for kind, block in BLOCKS
    if kind == "console"
    for line in block.splitlines()
    if line.startswith("$ codaform")
]
MAKE = re.findall(r"^\$ make (\w+)", README, re.MULTILINE)


def _run(command: str) -> int:
    result = CliRunner().invoke(program, shlex.split(command)[1:], catch_exceptions=False)
    return result.exit_code


def test_the_tour_of_a_new_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """init, then everything that the README does in the new folder."""
    monkeypatch.chdir(tmp_path)
    tour = COMMANDS[: next(i for i, command in enumerate(COMMANDS) if command.startswith("codaform eval"))]
    assert tour[0] == "codaform init my-doc"
    assert _run(tour[0]) == 0
    monkeypatch.chdir(tmp_path / "my-doc")
    for command in tour[1:]:
        assert _run(command) == 0, command


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if re.match(r"codaform (eval|functions|explain|schema|completion)", c)]
)
def test_commands_run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other command, in the checkout."""
    monkeypatch.chdir(ROOT)
    assert _run(command) == 0


def test_named_commands_and_options_exist() -> None:
    """The table names every command, and each option that it names is one of that command's."""
    rows = re.findall(r"^\| (`codaform [^|]+) \| (.+) \|$", README, re.MULTILINE)
    named = [name for cell, _ in rows for name in re.findall(r"`codaform (\w+)`", cell)]
    assert sorted(named) == sorted(program.list_commands(None))  # type: ignore[arg-type]
    for cell, about in rows:
        for name in re.findall(r"`codaform (\w+)`", cell):
            command = program.get_command(None, name)  # type: ignore[arg-type]
            assert command is not None
            options = {option for parameter in command.params for option in parameter.opts}
            for option in re.findall(r"`(--?[a-z-]+)", about):
                assert option in options, f"{name} has no {option}"


def test_make_verbs_exist() -> None:
    """make demo and make test are verbs of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert MAKE == ["demo", "test"]
    for verb in MAKE:
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE)


def test_one_list_says_what_a_change_has_to_pass() -> None:
    """.ci/run and the workflow call the list of the Makefile, and CONTRIBUTING.md describes each verb of it."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (checks,) = re.findall(r"^CHECKS := (.+)$", makefile, re.MULTILINE)
    assert re.search(r"^verify: \$\(CHECKS\)", makefile, re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.findall(r"^make (.+)", script, re.MULTILINE) == ["test verify"]
    assert "run: bash .ci/run" in (ROOT / ".github" / "workflows" / "check.yml").read_text("utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for verb in ("verify", *checks.split()):
        assert re.search(rf"^{verb}:", makefile, re.MULTILINE)
        assert f"| `make {verb}` |" in contributing


def test_yaml_examples_have_their_shape() -> None:
    """The table and the cases of the README are sound YAML of their kinds."""
    found = [block for kind, block in BLOCKS if kind == "yaml" and "codaform check" not in block]
    assert len(found) == 2
    for block, shape in zip(found, (KINDS["table"], KINDS["cases"]), strict=True):
        assert yaml.safe_load(block)
        source = Source("README.md", block)
        tree = compose(source)
        assert isinstance(tree, Node)
        assert check(tree, shape, source) == []


def test_python_example_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line with a result behind it gives that result."""
    monkeypatch.chdir(ROOT)
    (block,) = [block for kind, block in BLOCKS if kind == "python"]
    names: dict[str, object] = {}
    for line in block.splitlines():
        code, _, said = line.partition("  #")
        said = said.strip()
        if said and re.match(r"['\[\d]", said):
            assert repr(eval(code, names)) == said, code
        else:
            exec(code, names)


def test_the_picture_shows_the_numbers_of_now() -> None:
    project = read_project(ROOT / "formulas")
    promised = len(project.tests), sum(len(list(cases(file))) for file in project.cases), len(project.scenarios)
    text = (ROOT / "docs" / "images" / "terminal.svg").read_text("utf-8").replace("&#160;", " ")
    assert "{} data tests, {} cases and {} scenarios passed".format(*promised) in text
    assert f"1 error in {len(project.files)} files" in re.sub(r"<[^<>]*>", "", text)
