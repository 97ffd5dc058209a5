"""The command line from the outside: real processes, pipes, terminals, signals, and what is imported."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

if sys.platform == "win32":
    pytest.skip("pipes, terminals and signals are those of POSIX", allow_module_level=True)

import fcntl
import pty
import struct
import termios

pytestmark = pytest.mark.slow

PROGRAM = [sys.executable, "-m", "codaform"]
HERE = Path(__file__).parents[1]


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", **more}


def call(*arguments: str, cwd: Path = HERE, stdin: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment(**more),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def on_a_terminal(*arguments: str, cwd: Path = HERE, **more: str) -> tuple[str, int]:
    """The output of a command on a terminal of 80 columns, and its exit code."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 80, 0, 0))
    with subprocess.Popen(
        [*PROGRAM, *arguments], cwd=cwd, env=environment(**more), stdin=follower, stdout=follower, stderr=follower
    ) as process:
        os.close(follower)
        written = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            written += part
        code = process.wait(60)
    os.close(leader)
    return written.decode("utf-8").replace("\r\n", "\n"), code


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planner")
    assert call("init", cwd=folder).returncode == 0
    (folder / "bad.coda").write_text("1 +\n", "utf-8")
    return folder


def imported(*arguments: str, cwd: Path) -> set[str]:
    """The packages of which a command has imported something when it is done."""
    code = (
        "import sys; from codaform.cli import main; sys.argv[0] = 'codaform'\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env=environment(), capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        ("--version", ("lark", "yaml", "codaform.library", "codaform.syntax", "codaform.project")),
        ("--help", ("lark", "yaml", "codaform.library", "codaform.syntax", "codaform.project")),
        ("check", ("lark", "rich", "codaform.evaluation", "asyncio")),
        ("check --format github", ("lark", "rich", "codaform.evaluation", "asyncio")),
        ("check bad.coda", ("lark", "rich", "codaform.evaluation")),
        ("fmt --check formulas", ("lark", "rich", "codaform.evaluation", "codaform.project.reader")),
        ("explain unknown-column", ("rich", "lark", "yaml", "codaform.library", "codaform.evaluation")),
        ("functions Left", ("rich", "yaml", "codaform.evaluation")),
        ("show tasks", ("lark", "rich")),
        ("test", ("lark", "rich")),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: str, unwanted: tuple[str, ...], planner: Path) -> None:
    found = imported(*arguments.split(), cwd=planner)
    assert "codaform.cli.program" in found
    for name in unwanted:
        assert not [module for module in found if module == name or module.startswith(f"{name}.")]


def test_streams_and_codes_of_a_process(planner: Path) -> None:
    clean = call("check", cwd=planner)
    assert (clean.returncode, clean.stdout, clean.stderr) == (0, "", "11 files, nothing to report\n")
    found = call("check", "bad.coda", cwd=planner)
    assert (found.returncode, found.stderr) == (1, "1 error in 1 file\n")
    assert found.stdout.startswith("error[unexpected]")
    refused = call("check", "nowhere", cwd=planner)
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", "codaform: nowhere does not exist\n")


@pytest.mark.parametrize("arguments", [["check", "bad.coda"], ["show", "projects"], ["eval", "1 + 2 * 3", "--explain"]])
def test_a_terminal_gets_colours(arguments: list[str], planner: Path) -> None:
    assert "\x1b[" in on_a_terminal(*arguments, cwd=planner)[0]
    assert "\x1b" not in on_a_terminal(*arguments, cwd=planner, NO_COLOR="1")[0]
    assert "\x1b[" in call(*arguments, cwd=planner, FORCE_COLOR="1").stdout
    assert "\x1b" not in call(*arguments, cwd=planner).stdout


def test_no_colour_wins(planner: Path) -> None:
    assert "\x1b" not in call("show", "tasks", cwd=planner, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b" not in on_a_terminal("show", "tasks", cwd=planner, TERM="dumb")[0]


def test_a_table_on_a_terminal_is_the_same_table(planner: Path) -> None:
    written, code = on_a_terminal("show", "tasks", cwd=planner, NO_COLOR="1")
    assert code == 0
    plain = call("show", "tasks", cwd=planner).stdout
    words = [line.split() for line in plain.splitlines() if "──" not in line]
    assert [line.split() for line in written.splitlines() if "──" not in line] == words
    assert max(map(len, written.splitlines())) <= 80


def with_stderr_on_a_terminal(code: str, cwd: Path) -> tuple[bytes, bytes, int]:
    """The output of a Python program to a terminal that is its stderr, its stdout, and its exit code."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=environment(),
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as process:
        os.close(follower)
        written = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            written += part
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(leader)
    return written, out, process.returncode


def test_progress_is_drawn_and_gone(planner: Path) -> None:
    written, out, code = with_stderr_on_a_terminal(
        "import sys; from codaform.cli import main; from codaform.cli.output import outcomes\n"
        "outcomes.PATIENCE = -1; sys.argv = ['codaform', 'test']; main()",
        planner,
    )
    assert (out, code) == (b"", 0)
    assert b"testing" in written
    assert written.endswith(b"5 data tests, 4 cases and 1 scenario passed\r\n")


def test_progress_of_reading_is_drawn_and_gone(planner: Path) -> None:
    read = "import sys; from codaform.cli import main, select\n{}; sys.argv = ['codaform', 'show', 'tasks']; main()"
    written, out, code = with_stderr_on_a_terminal(read.format("select.PATIENCE = -1"), planner)
    quiet, same, _ = with_stderr_on_a_terminal(read.format("pass"), planner)
    assert b"reading rows" in written
    assert (quiet, out, code) == (b"", same, 0)
    assert out


def test_a_reader_that_has_seen_enough(planner: Path) -> None:
    command = f"{sys.executable} -m codaform sql --dialect sqlite --project {HERE / 'formulas'} | head -n 1"
    done = subprocess.run(
        ["sh", "-c", command], cwd=planner, env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == ("BEGIN;\n", "")


def test_a_full_disk(planner: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "show", "tasks"],
            cwd=planner,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, "codaform: No space left on device\n")


def test_an_interrupt(planner: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "check", "--stdin"], cwd=planner, env=environment(), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        # A pipe takes 64 kB; what is beyond is taken once the program reads, and then it waits for the rest.
        assert process.stdin is not None
        process.stdin.write(b" " * 100_000)
        process.stdin.flush()
        time.sleep(0.5)  # Python notices no interrupt between two reads of a pipe before the second one ends
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
        assert (process.wait(60), said) == (130, b"")


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_a_local_coda_that_is_ended_closes_its_file(planner: Path, sig: signal.Signals) -> None:
    command = [*PROGRAM, "serve", "--port", "0", "--file", "docs.sqlite"]
    with subprocess.Popen(command, cwd=planner, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = next(found[1] for line in process.stdout if (found := re.search(r"127\.0\.0\.1:(\d+)", line)))
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(sig)
        assert process.wait(60) == 128 + sig
    assert [path.name for path in planner.glob("docs.sqlite*")] == ["docs.sqlite"]


def test_nothing_is_asked(planner: Path) -> None:
    """With a closed stdin every command ends by itself."""
    for arguments in (["init"], ["check"], ["fmt", "--stdin"], ["eval", "-"], ["check", "--fix"]):
        command = [*PROGRAM, *arguments]
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&-', "sh", *command],
            cwd=planner,
            env=environment(CI="true"),
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, 1, 2)
        assert b"Traceback" not in done.stderr


def test_text_of_any_terminal(planner: Path) -> None:
    shown = call("show", "tasks", cwd=planner, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert (shown.returncode, shown.stderr) == (0, "")
    done = subprocess.run(
        [*PROGRAM, "eval", b'"\xff"'], cwd=planner, env=environment(), capture_output=True, timeout=60, check=False
    )
    assert done.returncode in (0, 1)
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read(planner: Path, tmp_path: Path) -> None:
    assert call("init", cwd=tmp_path).returncode == 0
    folder = tmp_path / "formulas"
    folder.chmod(0)
    try:
        for arguments in (["check", "formulas"], ["fmt", "formulas"]):
            done = call(*arguments, cwd=tmp_path)
            assert done.returncode == 2
            assert re.fullmatch(r"codaform: .*(Permission denied|is no codaform project).*\n", done.stderr)
    finally:
        folder.chmod(0o755)


def test_completion_in_bash(planner: Path) -> None:
    line = "codaform show t"
    for given in ({"COMP_LINE": line, "COMP_POINT": str(len(line)), "COMP_WORD": "t"}, {"COMP_WORDS": line}):
        done = call(cwd=planner, _CODAFORM_COMPLETE="bash_complete", COMP_CWORD="2", **given)
        assert (done.stdout, done.stderr) == ("plain,tasks\n", "")
