"""A text, and places in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: type[Made]) -> type[Made]:
    """A dataclass that is frozen for the type checker alone: Python makes such an object in a quarter of the time.

    What compares, hashes and shows its objects is not compiled anew for each class, since a command imports many.
    """
    made = dataclass(slots=True, eq=False, repr=False)(made)
    compared = [known.name for known in fields(cast("Any", made)) if known.compare]
    values: Callable[[Any], object] = attrgetter(*compared) if compared else lambda _: ()

    def equal(self: object, other: object) -> bool:
        if self is other:
            return True
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(values(self))

    for name, method in (("__eq__", equal), ("__hash__", hashed), ("__repr__", _shown)):
        if made.__dict__.get(name) is None:
            setattr(made, name, method)
    return made


def _shown(self: Any) -> str:
    shown = ", ".join(f"{known.name}={getattr(self, known.name)!r}" for known in fields(self) if known.repr)
    return f"{type(self).__qualname__}({shown})"


@frozen
class Span:
    """A half-open range of character offsets, `start <= end`."""

    start: int
    end: int


NOWHERE = Span(0, 0)


def cover(first: Span, last: Span) -> Span:
    """The smallest span that holds both."""
    return Span(min(first.start, last.start), max(first.end, last.end))


@frozen
class Source:
    """A text with the name a person knows it by (a path, or `<stdin>`)."""

    name: str
    text: str

    @property
    def passage(self) -> Passage | None:
        """For a text quoted in a larger one, like a formula in YAML: its place there."""
        return None


class Passage(ABC):
    """The place of a text inside a larger text, which may spell it differently (with quotes and escapes)."""

    whole: Source
    span: Span
    """The place in the larger text, quotes included."""

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> Any:
        """Where a text is kept with a doc, it stands by itself."""
        from pydantic_core import core_schema

        return core_schema.any_schema(serialization=core_schema.plain_serializer_function_ser_schema(lambda _: None))

    @abstractmethod
    def located(self, span: Span) -> Span:
        """The place in the larger text of a part of the quoted text."""

    @abstractmethod
    def edited(self, edits: Sequence[tuple[Span, str]]) -> str:
        """The spelling in the larger text after edits to the quoted text."""


@frozen
class QuotedSource(Source):
    """A text that is quoted in a larger one. Where it is stored, as in a local Coda, its place is left out."""

    place: Passage = field(metadata={"kept": False})

    @property
    def passage(self) -> Passage | None:
        """The place in the larger text."""
        return self.place


@frozen
class Position:
    """A place as an editor counts it: line and column start at 1, columns count characters."""

    line: int
    column: int


def line_starts(text: str) -> list[int]:
    """The offset of each line's first character; only `\\n` ends a line."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def position(source: Source, offset: int) -> Position:
    """Line and column of an offset; an offset behind the text is its end. In a quoted text, those in the larger one."""
    from bisect import bisect_right

    if source.passage is not None:
        return position(source.passage.whole, source.passage.located(Span(offset, offset)).start)
    offset = max(0, min(offset, len(source.text)))
    starts = line_starts(source.text)
    line = bisect_right(starts, offset)
    return Position(line, offset - starts[line - 1] + 1)


def excerpt(source: Source, line: int) -> str:
    """The text of one line (counted from 1), without its line end; of a quoted text, the line of the larger one."""
    if source.passage is not None:
        return excerpt(source.passage.whole, line)
    starts = line_starts(source.text)
    if not 1 <= line <= len(starts):
        return ""
    end = starts[line] - 1 if line < len(starts) else len(source.text)
    return source.text[starts[line - 1] : end].rstrip("\r")
