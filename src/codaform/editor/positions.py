"""A text of an editor: places as the protocol counts them, and the same text as codaform reads it.

For the protocol only `\\n`, `\\r\\n` and `\\r` end a line, and columns count units of an encoding. codaform passes over
a byte-order mark and reads `\\r\\n` as `\\n`; all its spans are in that text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from itertools import accumulate
from typing import Literal

from lsprotocol import types as lsp

from codaform.source import Span

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_END = re.compile(r"\r\n|\n|\r")
_MARK = "\ufeff"


class NoSuchPlace(Exception):
    """A position behind the last line, or one that is negative."""


class EditorText:
    """A text that an editor has."""

    def __init__(self, text: str, encoding: Encoding) -> None:
        self.text = text
        self._encoding = encoding

    @cached_property
    def read(self) -> str:
        """The text as codaform reads it."""
        return self.text.removeprefix(_MARK).replace("\r\n", "\n")

    @cached_property
    def _mark(self) -> int:
        return len(_MARK) if self.text.startswith(_MARK) else 0

    @cached_property
    def _pairs(self) -> list[int]:
        """The places of `\\r\\n`."""
        return [found.start() for found in re.finditer("\r\n", self.text)]

    @cached_property
    def _pairs_read(self) -> list[int]:
        return [at - number - self._mark for number, at in enumerate(self._pairs)]

    @cached_property
    def _lines(self) -> tuple[list[int], list[int]]:
        """Where the lines begin, and where each ends without what ends it."""
        ends = [found.span() for found in _END.finditer(self.text)]
        return [0, *(after for _, after in ends)], [*(at for at, _ in ends), len(self.text)]

    # ------------------------------------------------------------ places in the editor's text

    def offset(self, position: lsp.Position) -> int:
        """The offset of a position; a column behind its line is the end of the line. Raises NoSuchPlace."""
        starts, ends = self._lines
        if not 0 <= position.line < len(starts) or position.character < 0:
            raise NoSuchPlace(f"there is no line {position.line}: the text has {len(starts)}")
        start, end = starts[position.line], ends[position.line]
        line = self.text[start:end]
        if line.isascii() or self._encoding == "utf-32":
            return min(start + position.character, end)
        # A place inside of a letter is the place before it.
        units = list(accumulate(map(self._units, line), initial=0))
        return start + max(bisect_right(units, position.character) - 1, 0)

    def position(self, offset: int) -> lsp.Position:
        """The position of an offset."""
        starts, ends = self._lines
        line = bisect_right(starts, max(0, min(offset, len(self.text)))) - 1
        part = self.text[starts[line] : min(offset, ends[line])]
        return lsp.Position(line, len(part) if part.isascii() else self._units(part))

    def _units(self, text: str) -> int:
        if self._encoding == "utf-32":
            return len(text)
        data = text.encode("utf-16-le" if self._encoding == "utf-16" else "utf-8", "surrogatepass")
        return len(data) // 2 if self._encoding == "utf-16" else len(data)

    def edited(self, range_: lsp.Range, new: str) -> EditorText:
        """The text after an edit. Raises NoSuchPlace."""
        start, end = self.offset(range_.start), self.offset(range_.end)
        if end < start:
            raise NoSuchPlace("a range ends before it begins")
        return EditorText(self.text[:start] + new + self.text[end:], self._encoding)

    # ------------------------------------------------------------ places in the text as codaform reads it

    def range(self, span: Span) -> lsp.Range:
        """The range of a span."""
        return lsp.Range(self.position(self._written(span.start)), self.position(self._written(span.end)))

    def place(self, position: lsp.Position) -> int:
        """The offset that codaform has for a position. Raises NoSuchPlace."""
        at = self.offset(position)
        return max(0, at - self._mark - bisect_left(self._pairs, at))

    def span(self, range_: lsp.Range) -> Span:
        """The span of a range; one that ends behind the last line ends with the text. Raises NoSuchPlace."""
        start = self.place(range_.start)
        end = self.place(range_.end) if range_.end.line < len(self._lines[0]) else len(self.read)
        return Span(start, max(start, end))

    def written(self, text: str) -> str:
        """A new text of codaform's with the line ends of this one."""
        return text.replace("\n", "\r\n") if self._pairs else text

    def _written(self, at: int) -> int:
        return at + self._mark + bisect_left(self._pairs_read, at)
