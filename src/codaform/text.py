"""Text from docs, servers and files, as a person may see it: it shows everything in it and steers nothing."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    # Controls, C1 among them; line and paragraph separators; halves of surrogate pairs; what is no character.
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff"
    # Format characters: some turn the order of the letters round, most take no room. Letters that show nothing.
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\u3164\uffa0\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f]"
    # Joiners: Persian and Indian names need them, and emoji; between ASCII letters they only hide.
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)


def harmless(text: str) -> str:
    """A text as one line that shows everything in it and steers nothing; what cannot be seen becomes a sign."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(lambda unseen: _picture(unseen[0]), text)


def harmless_lines(text: str, indent: str = "") -> str:
    """The same for a text whose lines stay lines; all but the first are indented, so that none looks like another's."""
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    return f"\n{indent}".join(map(harmless, lines))


def columns(text: str) -> int:
    """The columns that a harmless text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def shorten(text: str, room: int = 40) -> str:
    """Return the text, or its beginning and an ellipsis, in at most so many columns."""
    if text.isascii():
        return text if len(text) <= room else text[: room - 1] + "…"
    taken = fits = 0
    for index, character in enumerate(text):
        taken += _columns(character)
        if taken > room:
            return text[:fits] + "…"
        if taken < room:
            fits = index + 1
    return text


def one_line(text: str, room: int = 40) -> str:
    """Return the words of a text in one line, with an ellipsis where they need more than so many columns."""
    return shorten(" ".join(text.split()), room)


def _picture(character: str) -> str:
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\ufffd"


def _columns(character: str) -> int:
    joins = "\u1160" <= character <= "\u11ff" or character in "\u200c\u200d"  # Hangul letters that join the one before
    if joins or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def utf16_length(text: str) -> int:
    """The length of a text as JavaScript counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
