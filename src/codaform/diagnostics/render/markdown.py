"""Texts in Markdown that a forge shows: summaries and comments."""

from __future__ import annotations

import re


def escaped(text: str) -> str:
    """A text on one line without marks of Markdown or HTML."""
    flat = " ".join(text.split())
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # @name and #12 would notify and link; a sign of no width prevents that.
    return re.sub(r"([@#])(?=\w)", "\\1\u200b", re.sub(r"([\\`*_{}\[\]|~])", r"\\\1", flat))


def fence(text: str) -> str:
    """The marks around a verbatim text, longer than any in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)
