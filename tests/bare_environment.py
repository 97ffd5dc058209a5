"""Environments that hold only some of the packages that are installed here, and commands run in them.

As a program it runs commands, given as JSON on stdin, and writes each outcome as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__)
SOURCE = HERE.parents[1] / "src"


def closure(extras: Sequence[str]) -> set[str]:
    """The distributions that codaform needs with these extras, itself among them."""
    from packaging.requirements import Requirement

    asked = [("codaform", part) for part in ("", *extras)]
    seen: set[tuple[str, str]] = set()
    while asked:
        name, part = asked.pop()
        if (name, part) in seen:
            continue
        try:
            told = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        seen.add((name, part))
        for requirement in map(Requirement, told):
            if requirement.marker is None or requirement.marker.evaluate({"extra": part}):
                asked += [(requirement.name, inner) for inner in ("", *requirement.extras)]
    return {name for name, _ in seen}


def make(folder: Path, extras: Sequence[str], without: Sequence[str] = ()) -> Path:
    """A folder of packages: those of the extras and pytest, as links; without some distributions."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in closure(extras) - set(without) | {"pytest", "pluggy", "iniconfig"}:
        found = metadata.distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not top.endswith(".pth") and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(found.locate_file(top))))
    return folder


def run(packages: Path, commands: Sequence[Sequence[str]], place: Path) -> list[tuple[int, str]]:
    """The exit code and the output of each command, run in a folder with these packages alone."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "PYTHONPATH": os.pathsep.join((str(packages), str(SOURCE))),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-S", str(HERE)],
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        cwd=place,
        env=environment,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(code, output) for code, output in json.loads(done.stdout)]


def _each(commands: Sequence[Sequence[str]]) -> list[tuple[int, str]]:
    from click.testing import CliRunner

    from codaform.cli.program import program

    told = []
    for command in commands:
        if command[0] == "python":
            told.append(_python(command[1]))
        else:
            result = CliRunner().invoke(program, list(command), prog_name="codaform")
            crash = result.exception if isinstance(result.exception, Exception) else ""
            told.append((result.exit_code, f"{result.output}{crash and repr(crash)}"))
    return told


def _python(code: str) -> tuple[int, str]:
    names: Mapping[str, Any] = {}
    try:
        exec(code, dict(names))
    except ImportError as error:
        return 2, str(error)
    return 0, ""


if __name__ == "__main__":
    json.dump(_each(json.load(sys.stdin)), sys.stdout)
