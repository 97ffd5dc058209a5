"""Where packages that only tests need are installed: each in a place of its own under `.clients/`.

A place is made when it is first asked for, with the versions that its pins name; it is kept between runs and made anew
when its pins change.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PLACES = HERE.parent / ".clients"
SECONDS = 300
"""How long one installation may take."""


class NotToBeHad(Exception):
    """A package could not be installed here: the text says why."""


def python_place(name: str) -> Path:
    """The `bin` folder of a virtual environment with what `clients/requirements/NAME.txt` pins.

    Raises NotToBeHad when the package registry cannot be reached or lacks a version.
    """
    pins = HERE / "clients" / "requirements" / f"{name}.txt"
    folder = PLACES / name
    with _made(folder, [pins]) as missing:
        if missing:
            _run([sys.executable, "-m", "venv", str(folder)], HERE)
            if uv := shutil.which("uv"):
                _run([uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), "-r", str(pins)], HERE)
            else:
                pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check"]
                _run([*pip, "install", "-qq", "--no-input", "-r", str(pins)], HERE)
    return folder / "bin"


def packages_place(name: str) -> Path:
    """A folder with the packages that `clients/requirements/NAME.txt` pins, to be put on the path of Python.

    Raises NotToBeHad when the package registry cannot be reached or lacks a version.
    """
    pins = HERE / "clients" / "requirements" / f"{name}.txt"
    folder = PLACES / name
    with _made(folder, [pins]) as missing:
        if missing:
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-input"]
            if uv := shutil.which("uv"):
                pip = [uv, "pip", "install", "--quiet", "--python", sys.executable]
            _run([*pip, "--no-deps", "--target", str(folder), "-r", str(pins)], HERE)
    return folder


def node_place(source: Path) -> tuple[str, Path]:
    """The `node` command, and a folder whose `node_modules` holds what the `package-lock.json` in a folder pins.

    What its `package.json` names below `alone` is unpacked there too, without the packages that it depends on: for one
    that needs hundreds of them, of which the part that is driven needs few.
    Raises NotToBeHad when there is no node or npm, or the package registry cannot be reached.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotToBeHad("node and npm are not installed")
    pins = [source / "package.json", source / "package-lock.json"]
    folder = PLACES / source.name
    with _made(folder, pins) as missing:
        if missing:
            folder.mkdir(parents=True)
            for pin in pins:
                shutil.copy(pin, folder)
            # No package's own install script is run: none of these needs one.
            _run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder)
            for name, version in json.loads(pins[0].read_text(encoding="utf-8")).get("alone", {}).items():
                _run([npm, "pack", f"{name}@{version}", "--silent"], folder)
                (packed,) = folder.glob("*.tgz")
                with tarfile.open(packed) as archive:
                    archive.extractall(folder, filter="data")  # all of a package lies in `package/`
                packed.unlink()
                (folder / "package").rename(folder / "node_modules" / name)
    return node, folder


@contextmanager
def _made(folder: Path, pins: Sequence[Path]) -> Iterator[bool]:
    """Whether a place has to be made anew; it is marked as made when the block ends well. Other processes wait."""
    PLACES.mkdir(exist_ok=True)
    digest = hashlib.sha256(b"\0".join(pin.read_bytes() for pin in pins) + sys.version.encode()).hexdigest()
    stamp = folder / ".pins"
    with (PLACES / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not stamp.exists() or stamp.read_text() != digest
        if missing:
            shutil.rmtree(folder, ignore_errors=True)
        yield missing
        if missing:
            stamp.write_text(digest)


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        run = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired as expired:
        raise NotToBeHad(f"{Path(command[0]).name} did not end within {SECONDS} seconds") from expired
    if run.returncode:
        said = (run.stderr or run.stdout).strip().splitlines() or ["nothing said"]
        told = next((line for line in said if "error" in line.lower()), said[-1])
        raise NotToBeHad(f"{Path(command[0]).name} could not install: {told}")
