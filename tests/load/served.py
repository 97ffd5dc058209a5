"""`codaform serve` as a process of its own, to be measured and to be killed; and a project with many rows for it."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CODAFORM = Path(sys.executable).with_name("codaform")
SECONDS = 60
"""How long a server may take until it listens."""

TABLE = """\
table: tasks
columns:
  - {name: task_id, type: text, key: true, display: true}
  - {name: name, type: text}
  - {name: hours, type: number}
  - {name: double, type: number, formula: double.coda}
  - {name: label, type: text, formula: label.coda}
"""


@dataclass(slots=True)
class Served:
    """A server that runs. token: Opens its REST API."""

    process: subprocess.Popen[str]
    api: str
    token: str

    def kill(self) -> None:
        """End it at once, as `kill -9` does: nothing that it still meant to do is done."""
        self.process.kill()
        self.process.wait(10)


def many_rows(folder: Path, rows: int) -> Path:
    """A project with one table of so many rows, two columns of them computed; keys are T-0, T-1 …"""
    table = folder / "tasks"
    table.mkdir(parents=True)
    (folder / "doc.yml").write_text("doc: Load\ntime_zone: Europe/Berlin\n")
    (table / "table.yml").write_text(TABLE)
    (table / "double.coda").write_text("thisRow.hours * 2\n")
    (table / "label.coda").write_text('Concatenate(thisRow.task_id, ": ", thisRow.name)\n')
    lines = [f"T-{number},Task {number},{number % 8}" for number in range(rows)]
    (table / "rows.csv").write_text("\n".join(["task_id,name,hours", *lines]) + "\n")
    return folder


@contextmanager
def serve(*arguments: str | Path, port: int = 0, tokens: tuple[str, str] = ("", "")) -> Iterator[Served]:
    """Run `codaform serve` with some arguments; it is ended with the block.

    port: By default one that the system chooses. tokens: For REST and MCP; by default new ones.
    Raises AssertionError with what it said when it does not come up.
    """
    token, mcp_token = (one or secrets.token_urlsafe(16) for one in tokens)
    process = subprocess.Popen(
        [CODAFORM, "serve", *arguments, "--port", str(port)],
        env={**os.environ, "CODAFORM_TOKEN": token, "CODAFORM_MCP_TOKEN": mcp_token, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    late = threading.Timer(SECONDS, process.kill)
    late.start()
    # What it says later is read away, so that it never waits for a reader.
    drain = threading.Thread(target=_drain, args=(process,), daemon=True)
    with process:
        try:
            api = _told(process)
            late.cancel()
            drain.start()
            yield Served(process, api, token)
        finally:
            late.cancel()
            process.kill()
            if drain.is_alive():
                drain.join(10)


def _told(process: subprocess.Popen[str]) -> str:
    """The address that the server prints when it listens."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if address := ADDRESS.search(line):
            return f"{address[0]}/apis/v1"
    raise AssertionError(f"codaform serve ended: {''.join(said)}")


ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def _drain(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for _ in process.stdout:
        pass


def load(served: Served, doc: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the load generator on a server, as a process of its own."""
    command = [
        sys.executable,
        str(Path(__file__).with_name("generator.py")),
        "--api",
        served.api,
        "--token",
        served.token,
    ]
    columns = ["--doc", doc, "--table", "tasks", "--key", "task_id", "--text", "name"]
    return subprocess.run([*command, *columns, *arguments], capture_output=True, text=True, timeout=180, check=False)
