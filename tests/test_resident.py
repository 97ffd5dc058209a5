"""`check --stdin --daemon`: the resident process of a project answers as a fresh command does, and never stale."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the resident process listens on a Unix socket", allow_module_level=True)

from codaform.cli import resident_client
from codaform.project.files import MAX_BYTES
from projects import TASKS, with_tasks, write

pytestmark = pytest.mark.slow

PROGRAM = [sys.executable, "-m", "codaform", "check"]


class Place:
    """A project, and a folder for the sockets of its resident process."""

    def __init__(self, project: Path, runtime: Path) -> None:
        self.project = project
        self.variables = {**os.environ, "XDG_RUNTIME_DIR": os.fspath(runtime), "CODA_API_TOKEN": "secret-token"}
        self.folder = runtime / f"codaform-{os.getuid()}"

    def start(self, formula: str, *options: str) -> subprocess.Popen[str]:
        """A check of a formula that is under way."""
        command = [*PROGRAM, "--stdin", "--project", os.fspath(self.project), *options]
        pipe = subprocess.PIPE
        started = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=self.variables)
        assert started.stdin is not None
        started.stdin.write(formula)
        started.stdin.close()
        started.stdin = None
        return started

    def check(self, *options: str, named: bool = True) -> tuple[int, str, str]:
        """A check of the whole project, from beside it. named: Whether by its path."""
        command = [*PROGRAM, *([self.project.name] if named else []), *options]
        done = subprocess.run(
            command, capture_output=True, text=True, env=self.variables, cwd=self.project.parent, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    def ask(self, formula: str, *options: str) -> tuple[int, str, str]:
        """The exit code of a check of a formula, stdout and stderr."""
        started = self.start(formula, *options)
        out, err = started.communicate(timeout=60)
        return started.returncode, out, err

    def daemon(self, formula: str, *options: str) -> tuple[int, str, str]:
        """The same, from the resident process."""
        return self.ask(formula, "--daemon", *options)

    def stop(self) -> str:
        """The messages when the process is asked to end."""
        command = [*PROGRAM, "--stop-daemon", "--project", os.fspath(self.project)]
        return subprocess.run(command, capture_output=True, text=True, env=self.variables, timeout=60).stderr

    @property
    def pid(self) -> int:
        """The number of the resident process."""
        (lock,) = self.folder.glob("*.lock")
        return int(lock.read_text())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A project whose resident process, if there is one, ends with the test."""
    runtime = Path(tempfile.mkdtemp(prefix="cf", dir="/tmp"))  # a socket's path is short
    made = Place(with_tasks(tmp_path / "project"), runtime)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(runtime)


def ended(pid: int) -> bool:
    """Whether a process ends within some seconds. A killed one may wait for who takes note of its end."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.is_file() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("thisRow.hours * 2", ("--table", "tasks", "--format", "json")),
        ("thisRow.hors", ("--table", "tasks")),
        ("thisRow.hors", ("--table", "TASKS", "--column", "double", "--format", "sarif")),
        ("1 + 1", ("--table", "tsks")),
        ("1 +", ("--format", "github")),
        ("1 \f", ("--format", "json")),
    ],
)
def test_the_answer_is_that_of_a_fresh_command(place: Place, formula: str, options: tuple[str, ...]) -> None:
    fresh = place.ask(formula, *options)
    assert place.daemon(formula, *options) == fresh
    assert place.daemon(formula, *options) == fresh


def test_an_edit_just_before_the_question_counts(place: Place) -> None:
    asked = ("thisRow.hours", "--table", "tasks")
    assert place.daemon(*asked)[0] == 0
    first = place.pid
    table = place.project / "tasks" / "table.yml"
    for name, code in (("effort", 1), ("hours", 0), ("effrt", 1), ("hours", 0)):
        table.write_text(TASKS.replace("name: hours", f"name: {name}"))
        assert place.daemon(*asked)[0] == code, name
    fresh = place.project / "fresh.yml"
    fresh.write_text(TASKS.replace("name: hours", "name: effrt"))
    fresh.replace(table)  # as many editors save
    assert place.daemon(*asked)[0] == 1
    (place.project / "people").mkdir()
    (place.project / "people" / "table.yml").write_text(TASKS.replace("table: tasks", "table: people"))
    assert place.daemon("people.Count()")[0] == 0
    shutil.rmtree(place.project / "people")
    assert place.daemon("people.Count()")[0] == 1
    assert place.pid == first


@pytest.mark.parametrize("format_", ["text", "json", "github", "sarif", "junit"])
def test_a_whole_project_is_checked_alike(place: Place, format_: str) -> None:
    formula = place.project / "tasks" / "double.coda"
    for text in ("thisRow.hours * 2\n", "thisrow.hors * 2\n", "double = thisRow.hours * 2\n"):
        formula.write_text(text)
        told = place.check("--daemon", "--format", format_)
        assert told == place.check("--format", format_)
        assert told[0] == int("hours" not in text or "double" in text)
        assert place.daemon("thisRow.hours", "--table", "tasks")[0] == 0
    elsewhere = ("--project", os.fspath(place.project), "--format", format_)
    assert place.check("--daemon", *elsewhere, named=False) == place.check(*elsewhere, named=False)
    (place.project / "doc.yml").write_text("doc: [")
    assert place.check("--daemon") == place.check()
    (place.project / "tasks" / "table.yml").unlink()
    assert place.check("--daemon") == place.check()


def test_several_clients_start_one_process(place: Place) -> None:
    many = [place.start(f"thisRow.h{'u' * number}", "--daemon", "--table", "tasks") for number in range(5)]
    told = [one.communicate(timeout=60) for one in many]
    assert [one.returncode for one in many] == [1] * 5
    for number, (out, err) in enumerate(told):
        assert f"thisRow.h{'u' * number}\n" in out
        assert "without" not in err
    assert len([one for one in place.folder.iterdir() if one.suffix != ".lock"]) == 1


def test_a_killed_process_is_started_again(place: Place) -> None:
    assert place.daemon("1 + 1")[0] == 0
    first = place.pid
    os.kill(first, signal.SIGKILL)
    assert ended(first)
    assert place.daemon("1 + 1") == (0, "", "1 file, nothing to report\n")
    assert place.pid != first


def test_the_process_is_told_to_end(place: Place) -> None:
    assert place.daemon("1 + 1")[0] == 0
    pid = place.pid
    assert place.stop() == "ended\n"
    assert ended(pid)
    assert "has no resident process" in place.stop()


@pytest.mark.skipif(not Path("/proc/self/environ").is_file(), reason="shows the variables of a process")
def test_the_process_holds_no_token(place: Place) -> None:
    assert place.daemon("1 + 1")[0] == 0
    variables = Path(f"/proc/{place.pid}/environ").read_bytes()
    assert b"PATH=" in variables
    assert b"secret-token" not in variables
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert [one.stat().st_mode & 0o077 for one in place.folder.iterdir()] == [0, 0]


def test_an_idle_process_ends(place: Place) -> None:
    place.folder.mkdir(0o700)
    socket = place.folder / "0"
    command = [sys.executable, "-m", "codaform.cli.resident", os.fspath(socket), os.fspath(place.project), "0.2"]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, env=place.variables)
    assert started.stdout is not None
    with started.stdout as told:
        assert told.readline() == b"ready\n"
    assert started.wait(60) == 0
    assert not socket.exists()


def test_a_folder_that_others_can_read_is_not_used(place: Place) -> None:
    place.folder.mkdir(0o755)
    place.folder.chmod(0o755)
    code, out, err = place.daemon("1 + 1")
    assert (code, out) == (0, "")
    assert err.startswith("checked without a resident process: ")
    assert "is not a folder that only you can read" in err
    assert list(place.folder.iterdir()) == []


def test_a_path_too_long_for_a_socket_is_said(place: Place, tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    place.variables["XDG_RUNTIME_DIR"] = os.fspath(deep)
    code, _, err = place.daemon("1 +")
    assert code == 1
    assert err.startswith("checked without a resident process: the resident process cannot be ")
    place.variables["XDG_RUNTIME_DIR"] = os.fspath(place.folder.parent)


def test_without_unix_sockets_the_formula_is_checked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("socket.AF_UNIX")
    with pytest.raises(resident_client.NoResident, match="no Unix sockets"):
        resident_client.ask(Path(), {}, b"")


def test_nonsense_on_the_socket_ends_nothing(place: Place) -> None:
    import socket

    assert place.daemon("1 + 1")[0] == 0
    (path,) = [one for one in place.folder.iterdir() if one.suffix != ".lock"]
    for data in (b"", b"\xff\n", b"[]\n", b'{"table": 1}\nx', b"{" * 20_000):
        with socket.socket(socket.AF_UNIX) as line, suppress(ConnectionError):
            line.connect(os.fspath(path))
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            line.settimeout(60)
            assert not line.recv(1000)
    waiting = socket.socket(socket.AF_UNIX)  # one that sends nothing keeps nobody waiting
    waiting.connect(os.fspath(path))
    assert place.daemon("1 +")[0] == 1
    waiting.close()


def test_the_client_imports_no_compiler(place: Place) -> None:
    code = (
        "import sys; from codaform.cli import main; sys.argv[0] = 'codaform'\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    arguments = ["check", "--stdin", "--daemon", "--project", os.fspath(place.project)]
    assert place.daemon("1 + 1")[0] == 0
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], input="1 + 1", capture_output=True, text=True, env=place.variables
    )
    found = {name for name in done.stderr.split() if name.startswith("codaform.") and "nothing" not in name}
    assert "codaform.cli.resident_client" in found
    wanted = ("codaform.cli", "codaform.project.locate", "codaform.text", "codaform.engines", "codaform.project")
    assert [name for name in found if not name.startswith(("codaform.cli.", *wanted)) or "reader" in name] == []
    assert resident_client.MOST_BYTES == MAX_BYTES


def test_a_daemon_is_for_whole_projects(tmp_path: Path) -> None:
    write(tmp_path, {})
    for options, told in (
        (["--daemon", "doc.yml"], "--daemon checks a whole project, or stdin, without selectors and fixes."),
        (
            ["--daemon", "--select", "state:modified"],
            "--daemon checks a whole project, or stdin, without selectors and fixes.",
        ),
        (["--daemon", "--fix"], "--daemon checks a whole project, or stdin, without selectors and fixes."),
        (["--stop-daemon", "--stdin"], "--stop-daemon stands alone, or with --project."),
    ):
        done = subprocess.run([*PROGRAM, *options], cwd=tmp_path, capture_output=True, text=True, input="")
        assert done.returncode == 2
        assert told in done.stderr
