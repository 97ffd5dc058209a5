"""Writes data to stdout and messages to stderr; text from docs cannot steer the terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO

import click

from codaform.text import harmless

_COLOR = re.compile("(\x1b\\[[0-9;]*m|\n)")
"""The only parts of a text that may steer a terminal: the colours that codaform adds, and line ends."""


def colored(stream: TextIO | None) -> bool:
    """Whether a stream gets colours: NO_COLOR forbids them, FORCE_COLOR asks for them, else a terminal gets them."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return drawn(stream)


def drawn(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal that can move its cursor."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def tidy_end() -> Iterator[None]:
    """A process that is told to end within the block ends as by an exception, so nothing is left half written."""
    import signal

    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def can_ask() -> bool:
    """Whether there is a terminal for a question."""
    return not os.environ.get("CI") and sys.stdin.isatty()


def width() -> int:
    """The columns of the terminal, or the number in COLUMNS; 80 without both."""
    from shutil import get_terminal_size

    return max(get_terminal_size().columns, 20)


def painted(text: str, stream: TextIO | None, **style: str | bool) -> str:
    """The text in a style of click's, if the stream gets colours."""
    return click.style(text, **style) if colored(stream) else text  # type: ignore[arg-type]


def put(text: str) -> None:
    """Write data to stdout, with its colours. A terminal gets no other controls; a program gets the whole text."""
    if drawn(sys.stdout):
        text = "".join(part if _COLOR.fullmatch(part) else harmless(part) for part in _COLOR.split(text))
    click.echo(text, color=colored(sys.stdout))


def put_json(data: object) -> None:
    """Write data to stdout as JSON."""
    put(as_json(data))


def as_json(data: object) -> str:
    """JSON with the letters of all languages; only characters that steer a terminal are escaped."""
    from codaform.model.number_text import json_text

    text = json_text(data, indent=2)
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    return "\n".join("".join(map(_escaped, line)) for line in text.split("\n"))


def _escaped(character: str) -> str:
    import json

    return character if character.isprintable() or harmless(character) == character else json.dumps(character)[1:-1]


def say(text: str) -> None:
    """Write a message to stderr, as one harmless line."""
    click.echo(harmless(text), err=True)


def rich_console(stderr: bool = False) -> Any:
    """Rich's console for stdout or stderr; as Any, since rich is imported only when something is drawn."""
    from rich.console import Console

    wanted = colored(sys.stderr if stderr else sys.stdout)
    # Without a colour system rich styles nothing, as NO_COLOR demands.
    return Console(
        stderr=stderr,
        width=width(),
        force_terminal=True,
        color_system="auto" if wanted else None,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )


def put_diff(before: str, after: str, old: str, new: str, around: int = 3) -> None:
    """Write the lines that differ between two texts as a unified diff.

    old, new: The names of the texts. around: How many equal lines to show around each difference.
    """
    from difflib import unified_diff

    for line in unified_diff(before.splitlines(), after.splitlines(), old, new, n=around, lineterm=""):
        color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        put(painted(harmless(line), sys.stdout, fg=color) if color else harmless(line))


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 row`, `2 rows`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def exit_if(findings: bool) -> None:
    """Exit with code 1 if there are findings."""
    if findings:
        raise click.exceptions.Exit(1)


def end_now(code: int) -> NoReturn:
    """End the process at once: to shut the interpreter down takes longer than an interrupt should."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
