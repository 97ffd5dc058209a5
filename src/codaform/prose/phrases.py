"""Words with marks: a phrase keeps which of its parts are names or code, until it becomes plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from codaform.text import shorten


@dataclass(frozen=True, slots=True)
class Mark:
    """A name or a piece of code."""

    text: str


Phrase = tuple[str | Mark, ...]
"""Words and marks in order, without anything between them."""


def words(*parts: str | Mark | Phrase) -> Phrase:
    """The parts as one phrase; neighbouring words grow together, so that equal phrases are equal values."""
    flat = chain.from_iterable(part if isinstance(part, tuple) else (part,) for part in parts)
    grown: list[str | Mark] = []
    for part in flat:
        if part == "":
            continue
        if grown and isinstance(part, str) and isinstance(last := grown[-1], str):
            grown[-1] = last + part
        else:
            grown.append(part)
    return tuple(grown)


def plain_text(phrase: Phrase) -> str:
    """The phrase as text, marks between backticks."""
    return "".join(part if isinstance(part, str) else f"`{_unticked(part.text)}`" for part in phrase)


def _unticked(text: str) -> str:
    """A marked text on one line: without the sign that ends marks."""
    return " ".join(text.split()).replace("`", "'")


_LONGEST_TEXT = 80


def quoted(text: str) -> Phrase:
    """A text literal in words: in quotation marks and on one line; the sign that ends marks is changed."""
    shown = re.sub(r"[\r\n]+", " ", text.replace("`", "'"))
    return (f'"{shorten(shown, _LONGEST_TEXT)}"',)


def listed(phrases: Sequence[Phrase], word: str = "and", comma: bool = False) -> Phrase:
    """`a`, `a and b`, `a, b and c`. comma: Whether one stands before the word, as between long parts."""
    if not phrases:
        return ()
    *first, last = phrases
    if not first:
        return last
    found: list[Phrase | str] = []
    for index, phrase in enumerate(first):
        found.extend((", " if index else "", phrase))
    return words(*found, ", " if comma else " ", f"{word} ", last)


def starts(phrase: Phrase, *beginnings: str) -> bool:
    """Whether a phrase begins with one of some words."""
    return bool(phrase) and isinstance(phrase[0], str) and phrase[0].startswith(beginnings)


def without(phrase: Phrase, beginning: str) -> Phrase:
    """The phrase without the words that it begins with."""
    first, *rest = phrase
    assert isinstance(first, str)
    return words(first.removeprefix(beginning), *rest)


def capital(phrase: Phrase) -> Phrase:
    """The phrase as the start of a sentence."""
    if phrase and isinstance(phrase[0], str):
        return (phrase[0][:1].upper() + phrase[0][1:], *phrase[1:])
    return phrase


def bracketed(phrase: Phrase) -> Phrase:
    """The phrase between parentheses."""
    return words("(", phrase, ")")


def length(phrase: Phrase) -> int:
    """The number of letters in the phrase."""
    return sum(len(part if isinstance(part, str) else part.text) for part in phrase)
