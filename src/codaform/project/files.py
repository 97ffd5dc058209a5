"""Reads a file as text: UTF-8 without control characters, or a diagnostic at the place where it is not; rewrites it."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import IO

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.files import check_path, open_to_read, read_file, read_plain, write_file
from codaform.project.locate import CannotRead as CannotRead
from codaform.project.locate import base_of, reason
from codaform.source import Source, Span

MAX_BYTES = 20_000_000
"""The largest text that is read whole: a file of YAML or of formulas, or a line of a table's rows."""

_PART = 1 << 20
"""How many bytes of a table's rows are read at a time."""

_unsaved: ContextVar[Mapping[Path, bytes]] = ContextVar("unsaved", default=MappingProxyType({}))

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")


@contextmanager
def unsaved(contents: Mapping[Path, bytes]) -> Iterator[None]:
    """Meanwhile, these files are read as an editor has them, which did not write them yet. Large files of rows that
    are read as arrays are not among them.
    """
    token = _unsaved.set(contents)
    try:
        yield
    finally:
        _unsaved.reset(token)


def _opened(path: Path) -> IO[bytes]:
    content = _unsaved.get().get(path)
    return open_to_read(path) if content is None else io.BytesIO(content)


def read_text(
    path: Path, name: str, root: Path | None = None, most: int | None = MAX_BYTES
) -> tuple[Source, list[Diagnostic]]:
    """The text of a file under the name a person knows it by, and what is wrong with it as a text.

    A byte-order mark is passed over, `\\r\\n` ends a line like `\\n`; bytes that are no UTF-8 are shown as `\\ufffd`.

    root: The folder that the file has to lie in. Links may lead within it, but not out of it: an excerpt
    in a finding, or a page, must not show a file of the machine. most: The most bytes; None for any number.
    """
    content = _unsaved.get().get(path)
    if content is not None:
        return _text(content, name)
    problem = unreadable(path, name, root, most)
    if problem is None:
        try:
            return _text(read_file(path), name)
        except OSError as error:
            problem = _unreadable(name, reason(error))
    return problem.source, [problem]


def read_own_text(folder: Path, file: str, name: str) -> tuple[Source, list[Diagnostic]] | None:
    """The same for a file of a folder, where it is a file alone; None for a link, and whatever cannot be read."""
    unsaved_ = _unsaved.get()
    content = unsaved_.get(folder / file) if unsaved_ else None
    if content is None:
        content = read_plain(f"{folder}/{file}", MAX_BYTES)
    return None if content is None else _text(content, name)


def unreadable(path: Path, name: str, root: Path | None = None, most: int | None = None) -> Diagnostic | None:
    """Why a file is not read, as in `read_text`; None where nothing speaks against it."""
    try:
        if root is not None and not path.resolve().is_relative_to(root.resolve()):
            return _unreadable(name, "is a link that leads out of the project")
        status = path.stat()
    except (OSError, RuntimeError) as error:  # before Python 3.13 a circle of links is a RuntimeError
        return _unreadable(name, reason(error) if isinstance(error, OSError) else "is a link in a circle")
    if not stat.S_ISREG(status.st_mode):
        return _unreadable(name, "is a directory" if path.is_dir() else "is no file")
    if most is not None and status.st_size > most:
        message = f"the file has {status.st_size:,} bytes; {most:,} is the most that is read"
        return Diagnostic(rules.TOO_LARGE, message, Source(name, ""), Span(0, 0))
    return None


def is_inside(path: Path, root: Path) -> bool:
    """Whether a path with its links followed is in a folder; not where that cannot be found out."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


class NoText(Exception):
    """A file that is read line by line is no text, or cannot be read."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_lines(path: Path, name: str, root: Path) -> Iterator[str]:
    """The lines of a file, each with its `\\n`, by the rules of `read_text` but of any size. Raises NoText."""
    problem = unreadable(path, name, root)
    if problem is not None:
        raise NoText(problem)
    try:
        with _opened(path) as file:
            yield from _lines(file, name)
    except OSError as error:
        raise NoText(_unreadable(name, reason(error))) from None


def _lines(file: IO[bytes], name: str) -> Iterator[str]:
    mark = file.read(len(BOM_UTF8))
    rest = mark.removeprefix(BOM_UTF8)
    while part := file.read(_PART):
        whole, end, rest = (rest + part).rpartition(b"\n")
        yield from _decoded(whole + end, file, file.tell() - len(rest), name)
        if len(rest) > MAX_BYTES:
            message = f"a line has more than {MAX_BYTES:,} bytes, the most that is read"
            raise NoText(Diagnostic(rules.TOO_LARGE, message, Source(name, ""), Span(0, 0)))
    yield from _decoded(rest, file, file.tell(), name)


def _decoded(data: bytes, file: IO[bytes], end: int, name: str) -> Iterator[str]:
    """The lines of a part of a file. end: How many bytes of the file that part and all before it are."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if _CONTROL.search(text):
        file.seek(0)
        raise NoText(_text(file.read(end), name)[1][0])
    at = 0
    while (after := text.find("\n", at) + 1) > 0:
        yield text[at:after]
        at = after
    if at < len(text):
        yield text[at:]


def _text(data: bytes, name: str) -> tuple[Source, list[Diagnostic]]:
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8", "replace").replace("\r\n", "\n"))
        at = len(data[: error.start].decode("utf-8").replace("\r\n", "\n"))
        help = "save the file as UTF-8"
        return source, [Diagnostic(rules.BAD_ENCODING, "the file is not UTF-8 text", source, Span(at, at + 1), help)]
    source = Source(name, text)
    return source, controls_in(source)


def controls_in(source: Source) -> list[Diagnostic]:
    """That a text has a control character, with the place of the first one; nothing where it has none."""
    control = _CONTROL.search(source.text)
    if control is None:
        return []
    help = "end the lines with line feeds" if control[0] == "\r" else "remove it"
    return [Diagnostic(rules.BAD_ENCODING, control_fault(control[0]), source, Span(*control.span()), help)]


def control_fault(text: str) -> str:
    """That a text has a control character; empty where it has none."""
    control = _CONTROL.search(text)
    return "" if control is None else f"the control character U+{ord(control[0]):04X} is in the text"


def read_alone(path: Path) -> tuple[Source, list[Diagnostic]]:
    """The text of a file that is read by itself, and what is wrong with it; no link may lead out of its project.

    Outside of any project the file's own folder is taken for one.
    """
    folders = path.absolute().parents
    root = next((folder for folder in folders if os.path.lexists(folder / "doc.yml")), folders[0])
    return read_text(path, path.as_posix(), root)


def read_stdin() -> Source:
    """The text on stdin. Raises CannotRead."""
    return text_of_stdin(sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b"")


def text_of_stdin(data: bytes) -> Source:
    """The text of the bytes that stdin had. Raises CannotRead."""
    if len(data) > MAX_BYTES:
        raise CannotRead(f"the text on stdin has more than {MAX_BYTES:,} bytes")
    try:
        return Source("<stdin>", data.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise CannotRead("the text on stdin is not UTF-8") from None


def rewrite(path: Path, before: str, after: str) -> None:
    """Write a file's new text in place of the text it was made from; byte-order mark, line ends and permissions stay.

    Raises CannotRead if the file no longer contains the text before.
    """
    root = base_of(path)
    check_path(path, root)
    data = read_file(path)
    try:
        same = data.decode("utf-8-sig").replace("\r\n", "\n") == before
    except UnicodeDecodeError:
        same = False
    if not same:
        raise CannotRead(f"{path} is being changed by something else; nothing was written to it")
    first = data.find(b"\n")
    newline = "\r\n" if first > 0 and data[first - 1 : first] == b"\r" else "\n"
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    write_file(path, mark + after.replace("\n", newline).encode(), root)


def _unreadable(name: str, why: str) -> Diagnostic:
    return Diagnostic(rules.MISSING_FILE, f"{name} cannot be read: {why}", Source(name, ""), Span(0, 0))
