"""The page "Write your own doc", followed from its first line to its last: files as written, commands in a shell."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from codaform.project.session import Session

PAGE = (Path(__file__).parents[1] / "docs/your_own_doc.md").read_text("utf-8")
STEP = re.compile(
    r"^Write `(?P<file>[^`]+)`:\n\n```\w+\n(?P<text>.*?)^```|^```console\n(?P<commands>.*?)^```", re.M | re.S
)


def shell(line: str, folder: Path) -> str:
    """Run a command with the codaform of these tests; gives its output."""
    program, *arguments = shlex.split(line)
    command = [sys.executable, "-m", "codaform", *arguments] if program == "codaform" else [program, *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CODA"))}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
    return run.stdout + run.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_page_leads_from_init_to_a_deployed_doc(tmp_path: Path) -> None:
    folder = tmp_path
    printed: dict[str, str] = {}
    for step in STEP.finditer(PAGE):
        if step["file"]:
            path = folder / step["file"]
            path.parent.mkdir(exist_ok=True)
            path.write_text(step["text"], "utf-8")
            continue
        for line in step["commands"].splitlines():
            command = line.removeprefix("$ ")
            if command.startswith("cd "):
                folder /= command[3:]
            else:
                printed[command] = shell(command, folder)
    assert len(Session.open(folder).project.doc.tables) == 6
    assert "nothing to report" in printed["codaform check"]
    assert re.search(r"R-2 .* 61\.00 ", printed["codaform show repairs"])
    assert re.findall(r"R-\d", printed['codaform show "Late repairs"']) == ["R-2"]
    assert "1 case and 1 scenario passed" in printed["codaform test"]
    assert "24 to add, 0 to change, 0 to remove" in printed["codaform plan"]
    assert "everything that can be read back is as the folder says" in printed["codaform deploy --to local --apply"]
    assert "36 as the folder says" in printed["codaform verify --to local"]
    table = folder / "items/table.yml"
    text = table.read_text("utf-8")
    table.write_text(text.replace("thisRow.service.price,", "thisRow.service.price * 1.19,"), "utf-8")
    assert "0 to add, 1 to change, 0 to remove" in shell("codaform plan", folder)
