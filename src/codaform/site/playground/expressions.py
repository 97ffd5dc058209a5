"""RE2 in JavaScript behind the interface that codaform uses of google-re2, which no browser can load."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

NAME = "re2"
"""The module that this one replaces."""

_FIRST, _MOST = 1, 4096
"""How many matches are asked for at one time: often only the first is wanted, and each question copies the text."""

Spans = Callable[[bytes, int, int], Any]
Compile = Callable[[str], Iterable[Any]]
"""A pattern as the JavaScript side reads it.

It gives three items: why it is no expression, else an empty text; the number of its groups; and a function
`spans(text, start, most)`: the offsets of up to so many matches in a text in UTF-8, from an offset on, as a flat list
of a start and an end for each match and each of its groups (-1 where one took no part), under `to_py()`.
"""
# They are items because Python never lets go of an object of JavaScript whose method it has called.


class error(Exception):
    """A pattern that is no expression; the first argument says why."""


class Options:
    """The options of google-re2; none is needed here."""

    log_errors = True


@dataclass(frozen=True, slots=True)
class Match:
    """A match in a text in UTF-8. spans: Offsets of the match and of its groups, -1 where one took no part."""

    source: bytes
    spans: tuple[tuple[int, int], ...]

    def start(self) -> int:
        """The offset of the first byte."""
        return self.spans[0][0]

    def end(self) -> int:
        """The offset behind the last byte."""
        return self.spans[0][1]

    def span(self) -> tuple[int, int]:
        """Both offsets."""
        return self.spans[0]

    def __getitem__(self, number: int) -> bytes | None:
        """The text of a group, 0 for the match; None where it took no part."""
        start, end = self.spans[number]
        return None if start < 0 else self.source[start:end]


class Patterns:
    """What patterns are compiled to, each once, by the JavaScript side that is there now.

    A copy of Python's memory cannot hold what JavaScript has made: the next one makes it again.
    """

    def __init__(self, compile_: Compile | None = None) -> None:
        self._compile = compile_
        self._known: dict[str, tuple[str, int, Spans]] = {}

    def compiled(self, pattern: str) -> tuple[str, int, Spans]:
        """What JavaScript made of a pattern."""
        if pattern not in self._known:
            if self._compile is None:
                raise RuntimeError("nothing compiles regular expressions yet")
            fault, groups, spans = self._compile(pattern)
            self._known[pattern] = str(fault), int(groups), spans
        return self._known[pattern]

    def hand_over(self, compile_: Compile | None) -> None:
        """Forget what was made, and let another one make it from now on."""
        self._compile = compile_
        self._known.clear()


class Expression:
    """A compiled expression. Raises `error` for a pattern that is none."""

    def __init__(self, patterns: Patterns, pattern: str) -> None:
        fault, self.groups, _ = patterns.compiled(pattern)
        if fault:
            raise error(fault)
        self._patterns = patterns
        self._pattern = pattern

    def finditer(self, source: bytes) -> Iterator[Match]:
        """The matches from left to right. After an empty one the search goes on at the next character."""
        start, most, width = 0, _FIRST, 2 * (self.groups + 1)
        while start <= len(source):
            _, _, spans = self._patterns.compiled(self._pattern)
            flat = spans(source, start, most).to_py()
            for at in range(0, len(flat), width):
                pairs = flat[at : at + width]
                yield Match(source, tuple(zip(pairs[::2], pairs[1::2], strict=True)))
            if len(flat) < most * width:
                return
            start, most = _behind(source, *flat[-width : 2 - width or None]), min(most * 16, _MOST)


def _behind(source: bytes, start: int, end: int) -> int:
    """Where the search goes on behind a match."""
    if start < end:
        return end
    end += 1
    while end < len(source) and 0x80 <= source[end] < 0xC0:
        end += 1
    return end


def module(patterns: Patterns) -> ModuleType:
    """What `import re2` shall give: `compile`, `Options` and `error`."""

    def compiled(pattern: str, _options: Options | None = None) -> Expression:
        return Expression(patterns, pattern)

    made = ModuleType(NAME, __doc__)
    vars(made).update(compile=compiled, Options=Options, error=error)
    return made
