"""What a terminal gets: colours where they are wanted, and text from docs only as text."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import NoReturn, TextIO

import click

from codaform.text import harmless

_COLOR = re.compile("(\x1b\\[[0-9;]*m|\n)")
"""What of a text for a terminal may steer it: the colours that codaform puts there, and the ends of lines."""


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
    """Write data: to stdout, with the colours that it has. A program gets it as it is, a terminal nothing else that
    would steer it."""
    if drawn(sys.stdout):
        text = "".join(part if _COLOR.fullmatch(part) else harmless(part) for part in _COLOR.split(text))
    click.echo(text, color=colored(sys.stdout))


def say(text: str) -> None:
    """Write a message: to stderr, harmless, one line."""
    click.echo(harmless(text), err=True)


def put_diff(before: str, after: str, old: str, new: str, around: int = 3) -> None:
    """Write the lines that differ between two texts as a unified diff.

    old, new: The names of the texts. around: How many equal lines to show around each difference.
    """
    from difflib import unified_diff

    for line in unified_diff(before.splitlines(), after.splitlines(), old, new, n=around, lineterm=""):
        color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        put(painted(harmless(line), sys.stdout, fg=color) if color else harmless(line))


def end_now(code: int) -> NoReturn:
    """End the process without taking the interpreter apart, which takes longer than an interrupt should."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
