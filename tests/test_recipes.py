"""The recipes of CONTRIBUTING.md: each works word for word in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
COPIED = ("src", "tests", "docs", "formulas", "grammar", "Makefile", "pyproject.toml", "mkdocs.yml", "CONTRIBUTING.md")

_SECTIONS = re.split(r"^### ", (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Recipes")[1], flags=re.MULTILINE)
RECIPES = {title: text for title, _, text in (section.partition("\n") for section in _SECTIONS[1:])}
STEP = re.compile(
    r"(?:^Write `(?P<written>[^`]+)`:|^Append to `(?P<appended>[^`]+)`:"
    r"|^In `(?P<edited>[^`]+)`, after `{1,2}(?P<line>[^\n]+?)`{1,2}, add:)\n\n```\w+\n(?P<block>.*?)^```"
    r"|^In `(?P<changed>[^`]+)`, replace `(?P<old>[^`]+)` with `(?P<new>[^`]+)`\.",
    re.MULTILINE | re.DOTALL,
)
FOLLOWED = {title: text for title, text in RECIPES.items() if STEP.search(text)}
COMMAND = re.compile(r"^\$ (.+)", re.MULTILINE)
TOUCHED = re.compile(r"^You touch (\d+) files?\b", re.MULTILINE)
BLOCK = re.compile(r"^```(?!console)\w+\n|^In .*, replace ", re.MULTILINE)


def edit(match: re.Match[str], root: Path) -> str:
    """Make an edit of a recipe, and return the path of the edited file."""
    name = match["written"] or match["appended"] or match["edited"] or match["changed"]
    path = root / name
    if match["written"]:
        assert not path.exists(), f"{name} exists already"
        path.write_text(match["block"], "utf-8")
        return name
    text = path.read_text("utf-8")
    if match["appended"]:
        text += match["block"]
    elif match["edited"]:
        lines = text.splitlines(keepends=True)
        (at,) = [number for number, line in enumerate(lines, 1) if line.strip() == match["line"]]
        text = "".join([*lines[:at], match["block"], *lines[at:]])
    else:
        assert text.count(match["old"]) == 1, f"{name} does not have this text once: {match['old']}"
        text = text.replace(match["old"], match["new"])
    path.write_text(text, "utf-8")
    return name


def run(command: list[str], root: Path) -> None:
    """Run a command in the copy, with the codaform of the copy."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(root / "src")
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the edits of all recipes, and with the generated pages of codaform itself.

    One `make reference` does for all recipes. It leaves out the pages of Founder HQ, which no recipe changes.
    """
    root = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(ROOT / name, root / name)
    for text in FOLLOWED.values():
        for match in STEP.finditer(text):
            edit(match, root)
    makefile = (ROOT / "Makefile").read_text("utf-8").split("\nreference:")[1].split("\n\n")[0]
    for arguments in re.findall(r"@\$\(BIN\)/python (.+)", makefile):
        run([sys.executable, *shlex.split(arguments)], root)
    return root


@pytest.mark.parametrize("title", [title for title in RECIPES if title.startswith(("Add ", "Record "))])
def test_a_recipe_says_how_many_files_it_touches(title: str) -> None:
    assert len(TOUCHED.findall(RECIPES[title])) == 1


@pytest.mark.parametrize("title", FOLLOWED)
def test_a_recipe_counts_its_files(title: str) -> None:
    edits = list(STEP.finditer(FOLLOWED[title]))
    assert len(edits) == len(BLOCK.findall(FOLLOWED[title])), "a sentence before each block says where it goes"
    files = {match["written"] or match["appended"] or match["edited"] or match["changed"] for match in edits}
    assert TOUCHED.findall(FOLLOWED[title]) == [str(len(files))]


@pytest.mark.recipes
@pytest.mark.timeout(600)
@pytest.mark.parametrize("title", FOLLOWED)
def test_a_recipe_works_as_written(title: str, copy: Path) -> None:
    """After the edits, each command of the recipe succeeds in the copy."""
    for line in COMMAND.findall(FOLLOWED[title]):
        if line == "make reference":
            continue
        program, *arguments = shlex.split(line)
        name = Path(program).name
        quiet = ["-q", "-p", "no:cacheprovider"] if name == "pytest" else []
        run([str(PROGRAMS / name), *quiet, *arguments], copy)
