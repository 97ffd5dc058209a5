"""The house itself: floors, no circles, generated files up to date, nothing undocumented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codaform.project.shapes import KINDS, json_schema

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "codaform"
MODULES = sorted(SOURCE.rglob("*.py"))


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


def test_rooms_are_not_crowded() -> None:
    """A subject of the library stays under 550 lines, everything else well below that."""
    sizes = {path.relative_to(SOURCE).as_posix(): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    crowded = {name: size for name, size in sizes.items() if size > 550}
    assert crowded == {}


@pytest.mark.parametrize("kind", KINDS)
def test_json_schemas_are_up_to_date(kind: str) -> None:
    """The committed schema of a YAML kind is the one that the shapes give."""
    path = ROOT / "docs" / "reference" / "schema" / f"{kind}.schema.json"
    expected = json.dumps(json_schema(kind), indent=2) + "\n"
    assert path.read_text("utf-8") == expected, f"write it anew: codaform schema {kind} > {path.relative_to(ROOT)}"


def test_the_house_page_names_every_room() -> None:
    """docs/house.md tells where everything stands."""
    page = (ROOT / "docs" / "house.md").read_text("utf-8")
    tree = page.split("## The tree")[1].split("## Floors")[0]
    for path in MODULES:
        room = path.relative_to(SOURCE).parts[0]
        if room in ("library", "cli") or path.name in ("__init__.py", "__main__.py"):
            continue
        assert re.search(rf"\b{path.stem}\b", tree), f"{path.relative_to(SOURCE)} is not in the tree of docs/house.md"


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
