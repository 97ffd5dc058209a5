"""A project at a revision of git; the working tree is not touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import NamedTuple

from codaform.files import make_folders, write_file
from codaform.project.files import CannotRead

_SECONDS = 120
_MOST_BYTES = 1 << 30
"""The most bytes of a revision's files."""

_FILE_MODES = ("100644", "100755")
"""What git calls files; links and other repositories are left out."""


class Commit(NamedTuple):
    """A commit. when: The moment of its author's clock, as ISO 8601. subject: The first line of its message."""

    id: str
    when: str
    author: str
    subject: str


def top_of(root: Path) -> Path:
    """The top of the repository that holds a folder. Raises CannotRead."""
    told = _git(root, "rev-parse", "--show-toplevel", what="HEAD")
    return Path(os.fsdecode(told.rstrip(b"\n"))).resolve()


def is_of_schema(path: str) -> bool:
    """Whether a file of a project says what its tables and formulas are; others are rows, tests and documents."""
    return path.endswith(".coda") or PurePosixPath(path).name in ("doc.yml", "table.yml", "doc.lock.yml")


def schema_commits(root: Path, most: int) -> list[Commit]:
    """The commits that changed tables or formulas of a project's folder, the newest first. Raises CannotRead."""
    places = ("*.coda", "doc.yml", "*/table.yml")
    form = "--format=%H%x00%aI%x00%an%x00%s%x00"
    told = _git(root, "log", f"--max-count={most}", "--no-show-signature", form, "HEAD", "--", *places, what="HEAD")
    fields = told.decode("utf-8", "replace").split("\0")
    return [Commit(*(each.strip("\n") for each in fields[at : at + 4])) for at in range(0, len(fields) - 4, 4)]


@contextmanager
def folder_at(root: Path, revision: str, chosen: Callable[[str], bool] = lambda _: True) -> Iterator[Path]:
    """A temporary folder with the files of a project's folder at a revision, until the block ends.

    git reads its objects alone: no file of the working tree, no hook and no filter. Raises CannotRead, in one line.
    chosen: Tells by its path which files are taken.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)
    listed = _git(root, "ls-tree", "-r", "-z", commit.decode().strip(), "--", ".", what=revision)
    files = [_entry(line) for line in listed.split(b"\0") if line]
    wanted = [(path, id) for mode, id, path in files if mode in _FILE_MODES and chosen(path)]
    if not any(path == "doc.yml" for path, _ in wanted):
        raise CannotRead(f"{revision} has no doc.yml in {root.name}")
    contents = _git(root, "cat-file", "--batch", what=revision, given="".join(f"{id}\n" for _, id in wanted).encode())
    with TemporaryDirectory(prefix="codaform-") as made:
        folder = Path(made).resolve()
        at = 0
        for path, _ in wanted:
            line = contents.index(b"\n", at)
            size = int(contents[at:line].split()[-1])
            parts = PurePosixPath(path).parts
            if ".." not in parts and not PurePosixPath(path).is_absolute():
                target = folder.joinpath(*parts)
                make_folders(target.parent, folder)
                write_file(target, contents[line + 1 : line + 1 + size], folder)
            at = line + 1 + size + 1
        yield folder


def _entry(line: bytes) -> tuple[str, str, str]:
    head, _, path = line.partition(b"\t")
    mode, _, id = head.decode().split(" ")
    return mode, id, os.fsdecode(path)


def _git(root: Path, *arguments: str, what: str, given: bytes | None = None) -> bytes:
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=os.environ | quiet,
        )
    except FileNotFoundError:
        raise CannotRead("git is not installed, so no revision can be read") from None
    except subprocess.TimeoutExpired:
        raise CannotRead(f"git took longer than {_SECONDS} s to read {what}") from None
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ")
        if "not a git repository" in said:
            raise CannotRead(f"{root.absolute()} is in no git repository: `git init` and a commit begin its history")
        raise CannotRead(f"{what} is no revision that git knows in {root}" + (f": {said}" if said else ""))
    if len(done.stdout) > _MOST_BYTES:
        raise CannotRead(f"the files of {what} are larger than {_MOST_BYTES >> 20} MB")
    return done.stdout
