"""The house itself: floors, no circles, generated files up to date, nothing undocumented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from codaform.project.shapes import KINDS, json_schema

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "codaform"
MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.slow
def test_the_floors_hold() -> None:
    """The contract stands in pyproject.toml; import-linter reads it."""
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_says_its_duty(path: Path) -> None:
    """Every module opens with its duty, and none imports only for the type checker."""
    text = path.read_text("utf-8")
    assert text.startswith('"""'), f"{path} has no docstring"
    first = text[3:].split("\n")[0].rstrip('"')
    assert first.endswith((".", ":")), f"{path}: the duty is one sentence on the first line"
    assert "TYPE_CHECKING" not in text


MOST_LINES = 550


def test_no_file_is_too_long() -> None:
    sizes = {path.relative_to(SOURCE).as_posix(): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_the_house_page_states_the_limits() -> None:
    """docs/house.md has the limits of ruff's settings and of this file, and each exception has a reason."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    limits = [
        MOST_LINES,
        lint["pylint"]["max-statements"],
        lint["pylint"]["max-args"],
        lint["mccabe"]["max-complexity"],
    ]
    manners = (ROOT / "docs" / "house.md").read_text("utf-8").split("## Manners")[1]
    stated = re.findall(r"(\d+) (?:lines|statements|arguments|branches)", manners)
    assert [int(number) for number in stated] == limits
    for path in MODULES:
        for line in path.read_text("utf-8").splitlines():
            if re.search(r"# noqa: .*(?:C901|PLR09)", line):
                assert re.search(r"# noqa: [A-Z0-9, ]+ - \w+", line), f"{path}: {line}"


@pytest.mark.parametrize("kind", KINDS)
def test_json_schemas_are_up_to_date(kind: str) -> None:
    """The committed schema of a YAML kind is the one that the shapes give."""
    path = ROOT / "docs" / "reference" / "schema" / f"{kind}.schema.json"
    expected = json.dumps(json_schema(kind), indent=2) + "\n"
    assert path.read_text("utf-8") == expected, f"write it anew: codaform schema {kind} > {path.relative_to(ROOT)}"


BY_SUBJECT = ("library/", "cli/")
"""Where a module a subject, or a command, needs no mention on the house page. Its packages do."""


def paths_of_the_house_page() -> set[str]:
    """The modules and packages that the tree of docs/house.md names, as paths below src/codaform.

    A line of the tree begins with a package or a module and goes on with the modules of the package, between ` · `.
    """
    page = (ROOT / "docs" / "house.md").read_text("utf-8")
    tree = page.split("## The tree")[1].split("src/codaform/\n")[1].split("```")[0]
    paths: set[str] = set()
    above: list[str] = []
    for line in tree.splitlines():
        entry = re.match(r"( +)([a-z_]+(?:\.py|/))(?: +|$)", line)
        if entry:
            above = [*above[: len(entry[1]) // 2 - 1], entry[2]]
            paths.add("".join(above))
        named = re.sub(r"\([^()]*\)", "", line[entry.end() :] if entry else line)
        if above[-1].endswith("/"):
            words = [word.strip() for word in re.split("[·:;,]", named)]
            paths.update("".join(above) + f"{word}.py" for word in words if re.fullmatch("[a-z_]+", word))
    return paths


def test_the_house_page_has_the_tree_of_the_source() -> None:
    """docs/house.md names every module and package, and no other."""
    packages = {path.parent for path in MODULES} - {SOURCE}
    real = {f"{path.relative_to(SOURCE).as_posix()}/" for path in packages}
    real |= {path.relative_to(SOURCE).as_posix() for path in MODULES if not path.name.startswith("__")}
    named = {path for path in paths_of_the_house_page() if path.endswith("/") or not path.startswith(BY_SUBJECT)}
    assert sorted(named - real) == [], "docs/house.md names modules that do not exist"
    real = {path for path in real if path.endswith("/") or not path.startswith(BY_SUBJECT)}
    assert sorted(real - named) == [], "the tree of docs/house.md lacks modules"


TWO_SHAPES = (
    "syntax/ast.py",
    "semantics/ir.py",
    "project/yaml_tree.py",
    "project/shapes.py",
    "site/playground/expressions.py",
)
"""Modules whose classes are used with the module's name before them (`ast.Call`), or imitate a library's."""


def test_a_public_class_name_means_one_thing() -> None:
    """No two modules have a public class of one name."""
    import ast
    from collections import Counter

    names = Counter(
        node.name
        for path in MODULES
        if path.relative_to(SOURCE).as_posix() not in TWO_SHAPES
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_public_function_is_documented() -> None:
    """Public functions and classes say what they give; an overriding method inherits what its base says."""
    import ast

    trees = {path: ast.parse(path.read_text("utf-8")) for path in MODULES}
    classes = {
        (path.parent, node.name): node
        for path, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }

    def is_documented(room: Path, owner: ast.ClassDef, name: str) -> bool:
        methods = (inner for inner in owner.body if isinstance(inner, ast.FunctionDef) and inner.name == name)
        bases = (classes.get((room, base.id)) for base in owner.bases if isinstance(base, ast.Name))
        return any(ast.get_docstring(method) for method in methods) or any(
            base is not None and is_documented(room, base, name) for base in bases
        )

    missing = []
    for path, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                if ast.get_docstring(node) is None:
                    missing.append(f"{path.relative_to(SOURCE)}:{node.name}")
                if isinstance(node, ast.ClassDef):
                    missing.extend(
                        f"{path.relative_to(SOURCE)}:{node.name}.{inner.name}"
                        for inner in node.body
                        if isinstance(inner, ast.FunctionDef)
                        and not inner.name.startswith("_")
                        and not is_documented(path.parent, node, inner.name)
                    )
    assert missing == []
