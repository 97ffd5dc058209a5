"""The house itself: floors, no circles, generated files up to date, nothing undocumented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "codaform"
MODULES = sorted(SOURCE.rglob("*.py"))


@cache
def trees() -> dict[Path, ast.Module]:
    """The syntax tree of each module."""
    return {path: ast.parse(path.read_text("utf-8")) for path in MODULES}


@pytest.mark.slow
def test_the_floors_hold() -> None:
    """The contract is in pyproject.toml; import-linter reads it."""
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_each_module_says_its_duty() -> None:
    """Every module opens with its duty, and none imports only for the type checker."""
    for path in MODULES:
        text = path.read_text("utf-8")
        assert text.startswith('"""'), f"{path} has no docstring"
        first = text[3:].split("\n")[0].rstrip('"')
        assert first.endswith((".", ":")), f"{path}: the duty is one sentence on the first line"
        assert "TYPE_CHECKING" not in text, f"{path} imports for the type checker alone"


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


@pytest.mark.slow
def test_a_public_class_name_means_one_thing() -> None:
    """No two modules have a public class of one name."""
    names = Counter(
        node.name
        for path, tree in trees().items()
        if path.relative_to(SOURCE).as_posix() not in TWO_SHAPES
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.slow
def test_every_public_function_is_documented() -> None:
    """Public functions, classes and methods have a docstring.

    A method that overrides one of a class in the same package may leave it out, as docs/house.md says: what it does is
    said once, at the base, and a docstring of its own says what is special about it.
    """
    classes = {
        (path.parent, node.name): node
        for path, tree in trees().items()
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
    for path, tree in trees().items():
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


# ------------------------------------------------------------ the tests


Function = ast.FunctionDef | ast.AsyncFunctionDef


def has_assertion(node: ast.AST) -> bool:
    """Whether code has an `assert`, a `pytest.raises` or an AssertionError."""
    checks = ("pytest.raises", "pytest.fail", "AssertionError")
    return any(
        isinstance(inner, ast.Assert) or (isinstance(inner, ast.Call) and ast.unparse(inner.func) in checks)
        for inner in ast.walk(node)
    )


def called_by(function: Function) -> set[str]:
    """The names of the functions that a function calls, and of the methods, which begin with a dot.

    A call of an argument is one of its class.
    """
    types = {known.arg: ast.unparse(known.annotation) for known in function.args.args if known.annotation is not None}
    called = set()
    for inner in ast.walk(function):
        match inner:
            case ast.Call(ast.Name(name)):
                called.add(types.get(name, name))
            case ast.Call(ast.Attribute(_, name)):
                called.add(f".{name}")
    return called


def without_assertion(trees: Mapping[str, ast.Module]) -> list[str]:
    """The tests that neither have an assertion nor call a helper of the tests that has one.

    A name means the helper of the same file, otherwise those of the name in all other files, each of which has to have
    an assertion. A method means all methods of its name, a class the method `__call__`.
    """
    helpers: dict[tuple[str, str], Function] = {}
    tests: dict[tuple[str, str], Function] = {}
    for file, tree in trees.items():
        for owner in ast.walk(tree):
            for node in ast.iter_child_nodes(owner):
                if not isinstance(node, Function):
                    continue
                if node.name.startswith("test_"):
                    tests[file, node.name] = node
                elif not isinstance(owner, ast.ClassDef):
                    helpers[file, node.name] = node
                else:
                    helpers[file, owner.name if node.name == "__call__" else f".{node.name}"] = node

    def calls_helper(file: str, function: Function) -> bool:
        for name in called_by(function):
            own = (file, name) in helpers and not name.startswith(".")
            meant = [(file, name)] if own else [key for key in helpers if key[1] == name]
            if meant and asserting.issuperset(meant):
                return True
        return False

    asserting = {key for key, helper in helpers.items() if has_assertion(helper)}
    while more := {key for key, helper in helpers.items() if key not in asserting and calls_helper(key[0], helper)}:
        asserting |= more
    found = [key for key, test in tests.items() if not has_assertion(test) and not calls_helper(key[0], test)]
    return [f"{file}: {name}" for file, name in found]


@pytest.mark.slow
def test_every_test_has_an_assertion() -> None:
    """Its own, or that of a helper which it calls. Benchmarks give figures and have none."""
    files = {path.relative_to(ROOT / "tests").as_posix(): path for path in (ROOT / "tests").rglob("*.py")}
    parsed = {
        name: ast.parse(path.read_text("utf-8"))
        for name, path in sorted(files.items())
        if not name.startswith("benchmarks/")
    }
    assert without_assertion(parsed) == []


@pytest.mark.parametrize(
    ("test", "has_one"),
    [
        ("def test_it():\n    assert 1", True),
        ("def test_it():\n    with pytest.raises(ValueError):\n        f()", True),
        ("def test_it():\n    checked(1)", True),
        ("def test_it(api: Api):\n    api(1)", True),
        ("def test_it(api):\n    api.checked_too(1)", True),
        ("def test_it():\n    unchecked(1)", False),
        ("def test_it(other: Other):\n    other(1)", False),
        ("def test_it():\n    assertive = 1", False),
    ],
)
def test_a_test_without_an_assertion_is_found(test: str, has_one: bool) -> None:
    helpers = """
def checked(x):
    return checks(x)
def checks(x):
    assert x
def unchecked(x):
    return x
class Api:
    def __call__(self, x):
        assert x
    def checked_too(self, x):
        self(checks(x))
class Other:
    def __call__(self, x):
        return x
"""
    assert without_assertion({"helpers.py": ast.parse(helpers), "test.py": ast.parse(test)}) == (
        [] if has_one else ["test.py: test_it"]
    )
