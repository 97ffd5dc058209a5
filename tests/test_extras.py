"""Every command with every set of extras: it runs, or names the extra that is missing and what installs it."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import click
import pytest

from bare_environment import make, run
from codaform import extras
from codaform.cli.program import program
from codaform.extras import MissingExtra, explain, install_command, require
from projects import with_tasks
from searching import some

ROOT = Path(__file__).parents[1]

DOC = """\
doc: Small
time_zone: Europe/Berlin
environments:
  staging: {doc: abcdefghij}
  production: {doc: bcdefghijk}
"""

COMMANDS: dict[str, tuple[str, ...]] = {
    "init new": (),
    "audit": ("docs",),
    "check": (),
    "lint": (),
    "history log tasks.double": ("deploy",),
    "test": (),
    "ci": (),
    "ci --since HEAD": ("deploy",),
    "test --on local": ("deploy", "serve"),
    "watch nowhere": (),
    "fmt": (),
    "eval tasks.Count()": (),
    "eval --all --engine duckdb --format json": ("duckdb",),
    "sql tasks.double": ("duckdb",),
    "show tasks --engine columns": ("columns",),
    "test --engine duckdb": ("duckdb",),
    "show tasks": (),
    "press tasks.button --row Plan": (),
    "uses tasks": (),
    "cost --grow 10": (),
    "diff HEAD": ("deploy",),
    "rename tasks jobs": (),
    "lsp": ("editor",),
    "mcp": ("agents",),
    "serve nowhere": ("serve",),
    "pull --to staging out": ("deploy",),
    "plan": ("deploy", "serve"),
    "plan --to staging": ("deploy",),
    "deploy --to staging": ("deploy",),
    "verify --to staging": ("deploy",),
    "drift --to staging": ("deploy",),
    "parity backup.json": (),
    "parity --to staging": ("deploy",),
    "conformance --to staging": ("deploy",),
    "record --to staging --out doc.yml": ("deploy", "serve"),
    "promote --from staging --to production": ("deploy",),
    "backup --to staging": ("deploy",),
    "restore backup.json --to staging": ("deploy",),
    "doctor --to staging": ("deploy",),
    "migrate plan": (),
    "mirror init": ("postgres",),
    "mirror pull --to staging": ("deploy", "postgres"),
    "mirror push --to staging": ("deploy", "postgres"),
    "mirror sync --to staging": ("deploy", "postgres"),
    "mirror check --to staging": ("deploy", "postgres"),
    "mirror doctor --to staging": ("deploy", "postgres"),
    "docs build nowhere": ("docs",),
    "docs check nowhere": ("docs",),
    "docs serve nowhere": ("docs",),
    "bench --size XS --workload range_join --engine rows": (),
    "functions Sum": (),
    "explain unknown-column": (),
    "schema doc": (),
    "completion bash": (),
}
"""A call of each command, and the extras that it needs."""

PYTHON: dict[str, tuple[str, ...]] = {
    "import codaform.testing": ("serve",),
    "import codaform; assert codaform.evaluate('1 + 1') == 2": (),
    "import codaform; codaform.Session.open('.').evaluate": (),
}

EXTRAS = ("deploy", "docs", "keyring", "serve")
"""Those that many commands need. `duckdb` and `columns` are engines, `parquet` is for a `rows.parquet`."""

WITHIN = {"deploy": ("agents",), "serve": ("agents",)}
"""Extras whose packages another one has, too."""

SETS = [chosen for count in range(5) for chosen in itertools.combinations(EXTRAS, count)]
QUICK = [(), ("deploy",), ("serve",), ("docs",), ("deploy", "serve"), ("duckdb",)]


def check_set(chosen: tuple[str, ...], folder: Path) -> None:
    place = with_tasks(folder / "project", {"doc.yml": DOC, "tasks/rows.csv": "name,hours\nPlan,2\n"})
    calls = [*map(str.split, COMMANDS), *(["python", code] for code in PYTHON)]
    told = run(make(folder / "packages", chosen), calls, place)
    for (call, needed), (code, output) in zip({**COMMANDS, **PYTHON}.items(), told, strict=True):
        lacking = [name for name in needed if not any(name in (one, *WITHIN.get(one, ())) for one in chosen)]
        assert "internal error" not in output, (call, output)
        assert "Traceback" not in output, (call, output)
        if lacking:
            assert code == (1 if call.startswith("doctor") else 2), (call, output)
            assert re.search(rf"pip install.*\[{','.join(lacking)}\]", output), (call, output)
            assert f"{' and '.join(lacking)}: " in output, (call, output)
        else:
            assert "missing" not in output, (call, output)
            assert "pip install" not in output, (call, output)


@pytest.mark.slow
@pytest.mark.parametrize("chosen", QUICK, ids=lambda chosen: "+".join(chosen) or "none")
def test_a_command_runs_or_names_the_missing_extra(chosen: tuple[str, ...], tmp_path: Path) -> None:
    check_set(chosen, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "chosen", some([chosen for chosen in SETS if chosen not in QUICK]), ids=lambda chosen: "+".join(chosen)
)
def test_so_it_is_with_every_other_set(chosen: tuple[str, ...], tmp_path: Path) -> None:
    check_set(chosen, tmp_path)


def test_every_command_is_tried() -> None:
    named = {call.split()[0] for call in COMMANDS}
    assert named == set(program.list_commands(click.Context(program)))


@pytest.mark.slow
def test_an_extra_that_is_half_there_names_what_it_lacks(tmp_path: Path) -> None:
    place = with_tasks(tmp_path / "project", {"doc.yml": DOC})
    calls = [["plan", "--to", "staging"], ["doctor", "--to", "staging"]]
    (code, said), (found, told) = run(make(tmp_path / "a", ("deploy",), without=["jinja2"]), calls, place)
    assert (code, found) == (2, 1)
    assert "this needs the extra deploy: jinja2 is missing; install what is missing: " in said
    assert "jinja2 is missing" in told
    # What an extra's packages need in their turn:
    ((code, said),) = run(make(tmp_path / "b", ("deploy",), without=["anyio"]), calls[:1], place)
    assert code == 2
    assert "this needs the extra deploy: anyio is missing; install what is missing: " in said


@pytest.mark.slow
def test_files_of_a_package_that_are_gone_are_named(tmp_path: Path) -> None:
    place = with_tasks(tmp_path / "project", {"doc.yml": DOC})
    packages = make(tmp_path / "packages", ("deploy",))
    (packages / "mcp").unlink()
    ((code, said),) = run(packages, [["plan", "--to", "staging"]], place)
    assert code == 2
    assert re.fullmatch(
        r"codaform: mcp is installed, but does not work \(No module named 'mcp'\); install it again: .*install mcp\n",
        said,
    )


def test_another_version_than_is_needed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "1.9.4" if name == "mcp" else version(name))
    with pytest.raises(MissingExtra, match=r"mcp 1\.9\.4 is installed, mcp>=2\.\d+ is needed; install"):
        require("deploy")
    require("docs")


@pytest.mark.slow
def test_a_built_wheel_names_itself_as_the_source_of_its_extras(tmp_path: Path) -> None:
    """The wheel is built, installed into an environment of its own, and asked for what it lacks."""
    python = [sys.executable, "-m"]
    subprocess.run([*python, "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([*python, "venv", tmp_path / "env"], check=True)
    programs = tmp_path / "env" / "bin"
    subprocess.run([programs / "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    place = with_tasks(tmp_path / "project", {"doc.yml": DOC})
    packages = make(tmp_path / "packages", ())
    for link in packages.glob("codaform*"):
        link.unlink()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(packages)}

    def told(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [programs / "codaform", *arguments], cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    assert told("check") == (0, "3 files, nothing to report\n")
    code, said = told("plan", "--to", "staging")
    assert code == 2
    assert re.search(rf"/env/bin/python[\d.]* -m pip install 'codaform\[deploy\] @ {wheel.as_uri()}'\n$", said), said


# ------------------------------------------------------------ the command


class _Installed:
    """codaform as a package index, a folder or a repository gave it."""

    def __init__(self, installer: str, origin: dict[str, Any] | None) -> None:
        self.files = {"INSTALLER": installer, "direct_url.json": json.dumps(origin) if origin else None}

    def read_text(self, name: str) -> str | None:
        return self.files[name]


@pytest.mark.parametrize(
    ("installer", "origin", "command"),
    [
        ("pip", None, "pip install 'codaform[deploy,serve]'"),
        ("uv\n", None, "uv pip install 'codaform[deploy,serve]'"),
        (
            "pip",
            {"url": "file:///home/me/my%20checkout", "dir_info": {"editable": True}},
            "pip install -e '/home/me/my checkout[deploy,serve]'",
        ),
        (
            "pip",
            {"url": "file:///home/me/codaform", "dir_info": {}},
            "pip install 'codaform[deploy,serve] @ file:///home/me/codaform'",
        ),
        (
            "pip",
            {"url": "https://example.org/codaform-0.1.0-py3-none-any.whl", "archive_info": {}},
            "pip install 'codaform[deploy,serve] @ https://example.org/codaform-0.1.0-py3-none-any.whl'",
        ),
        (
            "pip",
            {"url": "https://example.org/it.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
            "pip install 'codaform[deploy,serve] @ git+https://example.org/it.git@c0ffee'",
        ),
        (
            "pip",
            {
                "url": "https://example.org/it.git",
                "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "c0ffee"},
                "subdirectory": "py",
            },
            "pip install 'codaform[deploy,serve] @ git+https://example.org/it.git@v1#subdirectory=py'",
        ),
    ],
)
def test_the_command_installs_from_where_codaform_came(
    installer: str, origin: dict[str, Any] | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _: _Installed(installer, origin))
    monkeypatch.setattr(extras, "_is_active", lambda: True)
    assert install_command("serve", "deploy") == command


def test_an_environment_that_is_not_active_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _: _Installed("pip", None))
    monkeypatch.setattr(extras, "_is_active", lambda: False)
    monkeypatch.setattr("sys.executable", "/opt/it/bin/python3")
    assert install_command("docs") == "/opt/it/bin/python3 -m pip install 'codaform[docs]'"


@pytest.mark.slow
def test_a_core_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    version = metadata.version

    def known(name: str) -> str:
        if name == "rich":
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", known)
    told = explain(ModuleNotFoundError("No module named 'rich'", name="rich"))
    assert told.startswith("rich is missing; install what is missing: ")


def test_a_library_that_cannot_be_loaded_is_not_called_missing() -> None:
    """The message has the reason of the system: too little memory, or a library for another system."""
    told = explain(ImportError("libarrow.so: failed to map segment from shared object", name="lib"))
    assert told == "what is installed does not load: libarrow.so: failed to map segment from shared object"
