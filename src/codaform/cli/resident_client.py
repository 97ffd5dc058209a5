"""Asks the resident process of a project, which it starts if there is none; imports next to nothing."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codaform import __version__

MOST_BYTES = 20_000_000
"""The longest text on stdin, as in `project.files`, which would be much to import."""

_PATIENCE = 30.0
"""Seconds until a process that does not answer is given up."""

_LEFT = ("PATH", "HOME", "TMPDIR", "TEMP", "LANG", "TZ", "USER", "LOGNAME", "VIRTUAL_ENV")
_LEFT_PREFIXES = ("LC_", "XDG_", "PYTHON")
"""The variables that a resident process gets. None of them holds a token."""


class NoResident(Exception):
    """Why there is no resident process."""


def ask(root: Path, about: Mapping[str, object], text: bytes) -> dict[str, Any]:
    """The answer of a project's resident process about a text. about: The place of the formula, and the format.

    Raises NoResident.
    """
    place = socket_of(root)
    reply = _call(place, about, text)
    for _ in range(2):
        if reply is not None and "stale" not in reply:
            return reply
        _start(place, root)
        reply = _call(place, about, text)
    if reply is None or "stale" in reply:
        raise NoResident("the resident process does not answer")
    return reply


def end(root: Path) -> bool:
    """End the resident process of a project; whether there was one. Raises NoResident."""
    return _call(socket_of(root), {"end": True}, b"") is not None


def socket_of(root: Path) -> Path:
    """The socket of a project's resident process, in a folder that only the user can read. Raises NoResident."""
    if not hasattr(socket, "AF_UNIX"):
        raise NoResident("this system has no Unix sockets")
    base = os.environ.get("XDG_RUNTIME_DIR") or os.environ.get("TMPDIR") or "/tmp"
    folder = Path(base, f"codaform-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise NoResident(f"{folder} cannot be made: {(error.strerror or str(error)).lower()}") from None
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise NoResident(f"{folder} is not a folder that only you can read")
    known = f"{__version__} {sys.executable} {root.absolute()}".encode("utf-8", "surrogateescape")
    return folder / hashlib.sha256(known).hexdigest()[:16]


def _call(place: Path, about: Mapping[str, object], text: bytes) -> dict[str, Any] | None:
    """The answer; None if no process listens, or if it ended meanwhile. Raises NoResident."""
    told = b""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_PATIENCE)
            line.connect(os.fspath(place))
            line.sendall(json.dumps(about).encode() + b"\n" + text)
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(1 << 16):
                told += part
    except TimeoutError:
        raise NoResident(f"the resident process does not answer within {_PATIENCE:.0f} seconds") from None
    except OSError as error:
        if isinstance(error, FileNotFoundError | ConnectionError):
            return None
        raise NoResident(f"the resident process cannot be asked: {(error.strerror or str(error)).lower()}") from None
    return json.loads(told) if told.endswith(b"\n") else None


def _start(place: Path, root: Path) -> None:
    """Start a process, and wait until it listens; or until the one that another command just started does."""
    import subprocess

    variables = {name: value for name, value in os.environ.items() if name in _LEFT or name.startswith(_LEFT_PREFIXES)}
    command = [sys.executable, "-m", "codaform.cli.resident", os.fspath(place), os.fspath(root.absolute())]
    try:
        started = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=variables,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise NoResident(f"the resident process cannot be started: {(error.strerror or str(error)).lower()}") from None
    assert started.stdout is not None
    with started.stdout as told:
        if told.readline():
            started.returncode = 0  # it goes on by itself, and nobody waits for its end
            return
    if started.wait():
        raise NoResident("the resident process cannot be started")
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if _listens(place):
            return
        time.sleep(0.02)
    raise NoResident("another resident process holds the project, and does not answer")


def _listens(place: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(os.fspath(place))
    except OSError:
        return False
    return True
