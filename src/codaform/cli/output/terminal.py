"""What a terminal gets: colours where they are wanted, and text from docs only as text."""

from __future__ import annotations

import os
import sys
import unicodedata
from typing import TextIO

import click

_JOINERS = "\u200c\u200d"
"""Persian and Indian names, and emoji, need them."""


def colored(stream: TextIO | None) -> bool:
    """Whether colours are wanted there: NO_COLOR forbids them, FORCE_COLOR asks for them, else a terminal gets them."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return drawn(stream)


def drawn(stream: TextIO | None) -> bool:
    """Whether it is a terminal that can place what is written."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns of the terminal, or what COLUMNS says; 80 where there is neither."""
    from shutil import get_terminal_size

    return max(get_terminal_size().columns, 20)


def painted(text: str, stream: TextIO | None, **style: str | bool) -> str:
    """The text in click's words for a style, where colours are wanted."""
    return click.style(text, **style) if colored(stream) else text  # type: ignore[arg-type]


def put(text: str) -> None:
    """Write data: to stdout, with the colours that it has."""
    click.echo(text, color=colored(sys.stdout))


def say(text: str) -> None:
    """Write a message: to stderr, harmless, one line."""
    click.echo(harmless(text), err=True)


def harmless(text: str) -> str:
    """A text as one line that shows everything in it and steers nothing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character < " ":
        return chr(0x2400 + ord(character))
    if character in _JOINERS:
        return character
    if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\ufffe\uffff":
        return character
    return "␡" if character == "\x7f" else "\ufffd"


def columns(text: str) -> int:
    """The columns that a harmless text takes."""
    return len(text) if text.isascii() else sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if character in _JOINERS or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, room: int) -> str:
    """The text, or as much of it as fits before an ellipsis."""
    if columns(text) <= room:
        return text
    taken = 0
    for index, character in enumerate(text):
        taken += _columns(character)
        if taken > room - 1:
            return text[:index] + "…"
    return text
