"""Reading a file as text: UTF-8 without control characters, or a diagnostic that says where it is not."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.files import read_file
from codaform.project.root import CannotRead as CannotRead
from codaform.project.root import reason
from codaform.source import Source, Span

MAX_BYTES = 20_000_000
"""The largest file that is read; a doc's tables are far smaller."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_MARK = b"\xef\xbb\xbf"


def read_text(path: Path, name: str, root: Path | None = None) -> tuple[Source, list[Diagnostic]]:
    """The text of a file under the name a person knows it by, and what is wrong with it as a text.

    A byte-order mark is passed over, `\\r\\n` ends a line like `\\n`; bytes that are no UTF-8 are shown as `\\ufffd`.

    root: The folder that the file has to lie in. Links may lead within it, but not out of it: an excerpt
    in a finding, or a page, must not show a file of the machine.
    """
    try:
        if root is not None and not path.resolve().is_relative_to(root.resolve()):
            return _unreadable(name, "is a link that leads out of the project")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return _unreadable(name, "is a directory" if path.is_dir() else "is no file")
        if status.st_size > MAX_BYTES:
            source = Source(name, "")
            message = f"the file has {status.st_size:,} bytes; {MAX_BYTES:,} is the most that is read"
            return source, [Diagnostic(rules.TOO_LARGE, message, source, Span(0, 0))]
        data = read_file(path).removeprefix(_MARK)
    except (OSError, RuntimeError) as error:  # before Python 3.13 a circle of links is a RuntimeError
        return _unreadable(name, reason(error) if isinstance(error, OSError) else "is a link in a circle")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        source = Source(name, data.decode("utf-8", "replace").replace("\r\n", "\n"))
        at = len(data[: error.start].decode("utf-8").replace("\r\n", "\n"))
        help = "save the file as UTF-8"
        return source, [Diagnostic(rules.BAD_ENCODING, "the file is not UTF-8 text", source, Span(at, at + 1), help)]
    source = Source(name, text)
    control = _CONTROL.search(text)
    if control is not None:
        message = f"the control character U+{ord(control[0]):04X} is in the text"
        help = "end the lines with line feeds" if control[0] == "\r" else "remove it"
        return source, [Diagnostic(rules.BAD_ENCODING, message, source, Span(*control.span()), help)]
    return source, []


def read_alone(path: Path) -> tuple[Source, list[Diagnostic]]:
    """The text of a file that is read by itself, and what is wrong with it; no link may lead out of its project.

    Outside of any project the file's own folder is taken for one.
    """
    folders = path.absolute().parents
    root = next((folder for folder in folders if os.path.lexists(folder / "doc.yml")), folders[0])
    return read_text(path, path.as_posix(), root)


def _unreadable(name: str, why: str) -> tuple[Source, list[Diagnostic]]:
    source = Source(name, "")
    return source, [Diagnostic(rules.MISSING_FILE, f"{name} cannot be read: {why}", source, Span(0, 0))]
