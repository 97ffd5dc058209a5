"""How a name is spelled: bare, or in brackets."""

from __future__ import annotations

import re

_SPELLED = ("thisRow", "thisTable", "thisDocument", "thisPage", "CurrentValue")
KEYWORDS = {keyword.lower(): keyword for keyword in _SPELLED}
"""The spelling of each keyword, by its lower case."""

_RESERVED = frozenset(("true", "false", "and", "or", "not", *KEYWORDS))
BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_coded(name: str) -> bool:
    """Whether a name is a reference that Coda wrote by identity, such as `$$[cell:grid-a1:i-b2:c-d3:Value]`."""
    return name.startswith("$$[")


def bracketed(name: str) -> str:
    """A name as a formula spells it: bare where it may be."""
    if is_coded(name):
        return name
    if BARE.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    return in_brackets(name)


def in_brackets(name: str) -> str:
    """A name in brackets, whether it needs them or not."""
    return "[" + name.replace("]", "\\]") + "]"
