"""Reading a file as text: UTF-8 without control characters, or a diagnostic that says where it is not."""

from __future__ import annotations

import re
from pathlib import Path

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.source import Source, Span

MAX_BYTES = 20_000_000
"""The largest file that is read; a doc's tables are far smaller."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class CannotRead(Exception):
    """A file or folder that cannot be read at all; the message says why."""


def read_text(path: Path, name: str) -> tuple[Source, list[Diagnostic]]:
    """The text of a file under the name a person knows it by, and what is wrong with it as a text.

    A byte-order mark is passed over; bytes that are no UTF-8 are shown as `\\ufffd`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            source = Source(name, "")
            message = f"the file has {path.stat().st_size:,} bytes; {MAX_BYTES:,} is the most that is read"
            return source, [Diagnostic(rules.TOO_LARGE, message, source, Span(0, 0))]
        data = path.read_bytes()
    except OSError as error:
        source = Source(name, "")
        reason = error.strerror or str(error)
        return source, [Diagnostic(rules.MISSING_FILE, f"{name} cannot be read: {reason.lower()}", source, Span(0, 0))]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = data.decode("utf-8-sig", "replace")
        at = len(data[: error.start].decode("utf-8-sig"))
        source = Source(name, text)
        help = "save the file as UTF-8"
        return source, [Diagnostic(rules.BAD_ENCODING, "the file is not UTF-8 text", source, Span(at, at + 1), help)]
    text = text.replace("\r\n", "\n")
    source = Source(name, text)
    control = _CONTROL.search(text)
    if control is not None:
        message = f"the control character U+{ord(control[0]):04X} stands in the text"
        return source, [
            Diagnostic(rules.BAD_ENCODING, message, source, Span(control.start(), control.end()), "remove it")
        ]
    return source, []
