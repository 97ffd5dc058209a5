"""The readable part of a snapshot's file that is cut off or damaged."""

from __future__ import annotations

import re

from codaform.coda.snapshot.records import InvalidSnapshot, Snapshot
from codaform.coda.wire.json_data import InvalidJson, InvalidShape, dataclass_from_json, read_json

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|["\[\]{},]', re.DOTALL)
_CLOSING = {"[": "]", "{": "}"}


def salvaged_snapshot(text: str) -> tuple[Snapshot, str]:
    """The part of a snapshot that a file still holds, and what is wrong with the file, in a sentence.

    The rows come last in a file, so a file that is cut off has its schema first. Raises InvalidSnapshot where not even
    the beginning can be read.
    """
    try:
        file = read_json(text)
        wrong = "The file is not as codaform wrote it: it was changed or damaged, and what it says may be wrong."
    except InvalidJson:
        try:
            file = read_json(_closed(text))
        except InvalidJson as error:
            raise InvalidSnapshot(str(error)) from None
        wrong = "The file is cut off: what stood behind its last complete row or part is missing."
    content = file.get("snapshot") if isinstance(file, dict) else None
    if not isinstance(content, dict):
        raise InvalidSnapshot("there is no snapshot in it")
    try:
        return dataclass_from_json(Snapshot, content), wrong
    except InvalidShape as error:
        raise InvalidSnapshot(f"it is damaged: {error}") from None


def _closed(text: str) -> str:
    """The text up to its last complete item of a list, with its brackets closed."""
    open_: list[str] = []
    cut, closing = 0, ""
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign == '"':
            break  # a text without an end
        if sign in _CLOSING:
            open_.append(_CLOSING[sign])
        elif sign in "]}":
            if not open_ or open_.pop() != sign:
                break
        elif sign == "," and open_ and open_[-1] == "]":
            cut, closing = token.start(), "".join(reversed(open_))
    return text[:cut] + closing
