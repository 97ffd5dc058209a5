"""The lines `codaform …` on pages: what a reader would type, where it stands, and whether it is a command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from codaform.source import Span

CommandFault = Callable[[Sequence[str]], str]
"""From the words of a line behind `codaform` to what is wrong with it; empty for a command."""

_FENCE = re.compile(r"^(?P<in> *)(?P<mark>`{3,}|~{3,}) *(?P<kind>[\w-]*)[^\n]*\n(?P<body>.*?)^ *(?P=mark)", re.M | re.S)
_CODE = re.compile(r"(?<!`)`(?:(?P<line>codaform(?: [^`\n]+)?)|(?P<option>--[a-z][a-z-]+)[^`\n]*)`(?!`)")
_SHELLS = frozenset({"console", "bash", "sh", "shell", "text", "yaml", "yml"})
_STARTS = {"console": re.compile(r"^ *(?:\$ )(.*)$"), "yaml": re.compile(r"^ *(?:- )?(?:run: )?(.*)$")}
_ANY = re.compile(r"^ *(?:\$ )?(.*)$")
_ENDS = frozenset({"|", "||", "&&", ";", "&", ")", ">", ">>", "<", "2>", "(", "$("})


def command_lines(text: str) -> Iterator[tuple[list[str], Span]]:
    """The words behind each `codaform` in the Markdown of a page, and its place.

    Blocks of a shell are read line by line, with pipes and lines that go on. Code within a sentence may be a part of a
    command, and ends with `…`; an option alone is such a part, too.
    """
    for block in _FENCE.finditer(text):
        if block["kind"] in _SHELLS:
            yield from _of_block(block)
    prose = _FENCE.sub(lambda block: " " * len(block[0]), text)
    for found in _CODE.finditer(prose):
        span = Span(found.start() + 1, found.end() - 1)
        if found["option"]:
            yield [found["option"], "…"], span
        for words in _commands(found["line"] or ""):
            if words:
                yield [*words, "…"], span


def _of_block(block: re.Match[str]) -> Iterator[tuple[list[str], Span]]:
    at = block.start("body")
    lines = block["body"].split("\n")
    number = 0
    while number < len(lines):
        line, start = lines[number], at
        at += len(line) + 1
        number += 1
        begun = _STARTS.get({"yml": "yaml"}.get(block["kind"], block["kind"]), _ANY).match(line)
        if begun is None or "codaform" not in line:
            continue
        if block["kind"] == "text" and not line.strip().startswith("codaform "):
            continue
        whole = begun[1]
        while whole.endswith("\\") and number < len(lines):
            whole = f"{whole[:-1]} {lines[number].strip()}"
            at += len(lines[number]) + 1
            number += 1
        for words in _commands(whole):
            if not (block["kind"] == "text" and _is_usage(words)):
                yield words, Span(start + begun.start(1), start + len(line))


def _is_usage(words: Sequence[str]) -> bool:
    """Whether a line is the form of a command, `codaform show [OPTIONS] NAME`."""
    return any(word.startswith("[") and word.strip("[].").isupper() for word in words)


def _commands(line: str) -> Iterator[list[str]]:
    """The words behind each `codaform` that begins a command of a line of a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.wordchars += "…@%=:,[]{}+^!$\\"
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # a quotation mark that nothing closes: half a line
        return
    current: list[str] | None = None
    begins = True
    for word in words:
        if word in _ENDS:
            if current is not None:
                yield current
            current, begins = None, word not in (">", ">>", "<", "2>")
        elif word.startswith("#"):
            break
        elif current is not None:
            current.append(word)
        elif begins and word.rpartition("/")[2] == "codaform":
            current = []
        else:
            begins = begins and re.fullmatch(r"\w+=.*", word) is not None
    if current is not None:
        yield current
