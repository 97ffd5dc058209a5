"""The console blocks of the pages run, page by page, in a scratch folder and against local Codas."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from codaform.testing import local_coda_for
from projects import FORMULAS, copy_of_founder_hq

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^(?P<in> *)```console[^\n]*\n(?P<body>.*?)^ *```", re.MULTILINE | re.DOTALL)

ELSEWHERE = {
    r"^(git clone|cd codaform$|pip install|make |export PATH=|\S*/?pytest )": "for a checkout: CI does it",
    r"^(java|spark-submit)|--engine spark": "Spark has tests of its own",
    r"^codaform mirror": "PostgreSQL has tests of its own",
    r"^codaform (conformance|record|(pull|audit) \w{11} )": "asks coda.io",
    r"^codaform audit backup.json ": "the reader has a backup",
    r"^codaform watch": "it ends by a signal, and has tests of its own",
    r"^codaform (diff|history log|ci) |--base ": "git has tests of its own",
    r"--plan production.plan": "a job has made the plan",
    r"^codaform restore (BACKUP|FILE) ": "the reader puts a name in",
    r"^curl .*/control/faults": "the faults of a local Coda have tests of their own",
}
"""Commands that are not run here, and why."""

PAGES = [
    ROOT / "README.md",
    *sorted(page for page in (ROOT / "docs").glob("*.md") if "not edit" not in page.read_text("utf-8")[:200]),
    *sorted((FORMULAS / "documents").rglob("*.md")),
]
OWN_TEST = "your_own_doc.md"  # its files and commands are followed by tests/test_your_own_doc.py
WITH_BLOCKS = [page for page in PAGES if page.name != OWN_TEST and FENCE.search(page.read_text("utf-8"))]


@dataclass(frozen=True)
class Line:
    """A command of a page, with the output that the page shows below it."""

    number: int
    block: int
    command: str
    shown: tuple[str, ...]


def lines_of(text: str) -> Iterator[Line]:
    """The commands of the console blocks of a page, in order."""
    for block in FENCE.finditer(text):
        first = text.count("\n", 0, block.start("body")) + 1
        body = [line.removeprefix(block["in"]) for line in block["body"].splitlines()]
        at = 0
        while at < len(body):
            assert body[at].startswith("$ "), f"line {first + at}: output without a command"
            number, command = first + at, body[at].removeprefix("$ ")
            at += 1
            while _goes_on(command):
                command += "\n" + body[at]
                at += 1
            begins = at
            while at < len(body) and not body[at].startswith("$ "):
                at += 1
            yield Line(number, first, command, tuple(body[begins:at]))


def _goes_on(command: str) -> bool:
    """Whether a command is not over at the end of its line."""
    try:
        shlex.split(command, comments=True)
    except ValueError:  # no closing quotation
        return True
    return command.endswith("\\")


def as_pattern(shown: str) -> str:
    """A shown line as a pattern: ids, ports and tokens are others each time, `…` is anything."""
    text = re.escape(" ".join(shown.split())).replace("…", ".*").replace("\\ ", r"\s+")
    text = re.sub(r"127\\\.0\\\.0\\\.1:\d+", r"127\\.0\\.0\\.1:\\d+", text)
    return re.sub(r"\b(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])\w{10}\b", r"\\S+", text)


@dataclass
class Shell:
    """A terminal in a scratch folder: where it is, its variables, the servers that it has started."""

    folder: Path
    stack: ExitStack
    variables: dict[str, str] = field(default_factory=dict)
    environments: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        binaries = Path(sys.executable).parent
        self.variables = {**kept, "PATH": f"{binaries}{os.pathsep}{kept['PATH']}", "HOME": str(self.folder)}
        self.variables |= {"NO_COLOR": "1", "COLUMNS": "200"}

    def run(self, command: str) -> tuple[int, str]:
        """The exit code of a command and all that it printed."""
        for name in re.findall(r"--(?:to|live|from) ([a-z]+)", command):
            if self.declare(name) and command.startswith(("codaform drift", "codaform promote")):
                code, said = self.run(f"codaform pull --to {name}")  # what somebody did before
                assert code in (0, 1), said
        script = f"{command}\ncode=$?\npwd > {self.folder}/.place\nexport -p > {self.folder}/.variables\nexit $code"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.place, env=self.variables, text=True, timeout=300, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        for name, value in re.findall(r'^declare -x (\w+)="(.*)"$', (self.folder / ".variables").read_text(), re.M):
            self.variables.setdefault(name, value)
        return done.returncode, done.stdout

    @property
    def place(self) -> Path:
        noted = self.folder / ".place"
        return Path(noted.read_text().strip()) if noted.exists() else self.folder

    def serve(self, command: str) -> tuple[int, str]:
        """A server that runs on until the page ends; what it prints until it is ready."""
        log = self.folder / "served.log"
        with log.open("w") as out:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {command} --port 0"], cwd=self.place, env=self.variables, stdout=out, stderr=out
            )
        self.stack.callback(server.wait)
        self.stack.callback(server.terminate)
        deadline = time.monotonic() + 60
        while "MCP" not in log.read_text() and server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        said = log.read_text()
        rest = re.search(r"REST\s+(\S+)\s+token\s+(\S+)", said)
        assert rest is not None, said
        self.variables |= {"CODA_API": rest[1], "CODA_API_TOKEN": rest[2], "TOKEN": rest[2]}
        self.variables["DOC"] = said.split("\n")[0].split()[-1]
        return 0, said

    def declare(self, environment: str) -> bool:
        """An environment of the project that a local Coda plays; whether it is a new one."""
        if environment in (*self.environments, "local"):
            return False
        coda = self.stack.enter_context(local_coda_for(FORMULAS))
        self.environments[environment] = f"  {environment}: {{doc: {coda.doc_id}, host: '{coda.url}'}}\n"
        self.variables[f"CODA_API_TOKEN_{environment.upper()}"] = coda.token
        self.variables[f"CODA_MCP_TOKEN_{environment.upper()}"] = coda.mcp_token
        settings = self.folder / "formulas" / "doc.yml"
        text = settings.read_text("utf-8").partition("environments:\n")[0]
        settings.write_text(text + "environments:\n" + "".join(self.environments.values()), "utf-8")
        return True


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_console_blocks_of_a_page_run(page: Path, tmp_path: Path) -> None:
    lines = list(lines_of(page.read_text("utf-8")))
    assert lines
    copy_of_founder_hq(tmp_path)
    with ExitStack() as stack:
        shell = Shell(tmp_path, stack)
        block = 0
        for line in lines:
            if line.block != block:
                block = line.block
                (tmp_path / ".place").unlink(missing_ok=True)  # each block begins where the reader has the checkout
            where = f"{page.relative_to(ROOT)}:{line.number}: $ {line.command}"
            if any(re.search(pattern, line.command) for pattern in ELSEWHERE):
                continue
            if re.match(r"export \w+=", line.command):
                assert re.match(r"export CODA", line.command) or line.command.startswith("export DOC="), where
                continue  # what the server printed counts, with its own port
            serves = line.command.startswith("codaform serve")
            code, said = shell.serve(line.command.partition("#")[0]) if serves else shell.run(ported(shell, line))
            if "no terminal to confirm it" in said:  # where a person types the doc's name
                code, said = shell.run(f"{ported(shell, line)} --allow-loss")
            # In a doc that lives elsewhere, and before a migration, there may be findings.
            fine = (0, 1) if re.search("--to |--live |migrate ", line.command) else (0,)
            assert code in fine, f"{where} gives {code}:\n{said}"
            assert "internal error" not in said, f"{where}:\n{said}"
            printed = " ".join(said.split())
            for shown in filter(str.strip, line.shown):
                assert re.search(as_pattern(shown), printed), f"{where} does not print {shown!r}:\n{said}"


def ported(shell: Shell, line: Line) -> str:
    """The command with the port of the server that runs."""
    address = shell.variables.get("CODA_API", "http://127.0.0.1:8765/apis/v1").removesuffix("/apis/v1")
    return line.command.replace("http://127.0.0.1:8765", address)


def test_every_exception_is_needed() -> None:
    commands = [line.command for page in WITH_BLOCKS for line in lines_of(page.read_text("utf-8"))]
    for pattern in ELSEWHERE:
        assert any(re.search(pattern, command) for command in commands), f"no page has {pattern}: take it out"


def test_a_shown_line_is_compared_but_for_what_changes() -> None:
    printed = "  page   http://127.0.0.1:43121/   3 rows"
    assert re.search(as_pattern("page http://127.0.0.1:8765/ …"), printed)
    assert not re.search(as_pattern("page http://127.0.0.1:8765/ 4 rows"), printed)
    assert re.search(as_pattern("Founder HQ  Lr47Lo1SoN"), "Founder HQ  aB3dEf5hIj")
