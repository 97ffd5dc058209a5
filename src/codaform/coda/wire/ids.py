"""Ids in Coda's form: a prefix for the kind, and random letters."""

from __future__ import annotations

import hashlib
import secrets
import uuid

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_PLAIN = 62
"""How many characters of the alphabet are letters and digits."""

_LENGTH = 10

_PREFIXES = {
    "page": "canvas-",
    "section": "section-",
    "table": "grid-",
    "view": "table-",
    "column": "c-",
    "row": "i-",
    "formula": "f-",
    "control": "ctrl-",
    "line": "cl-",
    "folder": "fl-",
    "workspace": "ws-",
    "permission": "pm-",  # assumed: the vendor shows permission ids of another form in each of its examples
    "thread": "th-",  # assumed, like the next
    "comment": "cm-",
    "request": "mutate:",
}

KINDS = ("doc", "user", *_PREFIXES)
"""The kinds of things with an id. A page has two: the canvas's, `page`, which the REST API uses, and `section`."""

_SELECT_LIST = "-select-list-"


def new(kind: str) -> str:
    """A new random id. Raises ValueError for an unknown kind."""
    return _made(kind, secrets.token_bytes(32))


def stable(kind: str, *names: str) -> str:
    """The id for these names, always the same. Raises ValueError for an unknown kind.

    names: Names that identify the thing within its kind, such as the doc, the table and the column.
    """
    # The hash includes the lengths, so that ("a", "bc") and ("ab", "c") differ.
    text = "".join(f"{len(part)}:{part}" for part in (kind, *names))
    return _made(kind, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())


def kind_of(id: str) -> str | None:
    """The kind of an id by its form, or None for any other text.

    An option of a select list has the id of a row.
    """
    for kind, prefix in _PREFIXES.items():
        rest = id.removeprefix(prefix)
        if rest != id and rest:
            if kind == "request":
                return kind if _is_uuid(rest) else None
            return kind if all(character in _ALPHABET for character in rest) else None
    if id.isascii() and id.isdigit():
        return "user" if len(id) < _LENGTH else "doc"
    return "doc" if len(id) == _LENGTH and all(character in _ALPHABET for character in id) else None


def select_list(table: str, column: str) -> str:
    """The id of the hidden table that holds the options of a select column, by the ids of both."""
    return f"{table}{_SELECT_LIST}{column}"


def _made(kind: str, seed: bytes) -> str:
    if kind == "request":
        return f"{_PREFIXES[kind]}{uuid.UUID(bytes=seed[:16], version=4)}"
    if kind == "user":
        return str(100_000 + int.from_bytes(seed[:8]) % 900_000)
    if kind == "doc":
        # Only letters and digits, and a letter first, so that it cannot look like a prefix or a number.
        first = _ALPHABET[seed[0] % 52]
        return first + "".join(_ALPHABET[byte % _PLAIN] for byte in seed[1:_LENGTH])
    if kind not in _PREFIXES:
        raise ValueError(f"there are no ids of the kind {kind}; the kinds are {', '.join(KINDS)}")
    # No sign at either end: in the address of a page or a table, the id follows a name and one of these signs.
    inner = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in seed[1 : _LENGTH - 1])
    return f"{_PREFIXES[kind]}{_ALPHABET[seed[0] % _PLAIN]}{inner}{_ALPHABET[seed[_LENGTH] % _PLAIN]}"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
