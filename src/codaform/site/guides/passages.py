"""The blocks and sentences of Markdown as the author wrote them; roles, code and addresses are masked in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from codaform.site.guides.reading import Directive, Prose, parse_document
from codaform.site.guides.roles import ROLE
from codaform.source import Source

PROVED = "\ue000"
"""A role with an expected value, which the build compares."""
NAME = "\ue001"
"""Any other role."""
CODE = "\ue002"
"""Code in a line."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ALLOWED = re.compile(r"<!-- noqa: (?P<rules>[a-z-]+(?:, [a-z-]+)*) - \S.*?-->", re.DOTALL)
_ADDRESS = re.compile(r"(?<=\])\([^()\s]*\)|<[a-z/][^<>]*>")
_BLOCK = re.compile(r"^[ \t]*(?:[-*+]|\d+\.) |^[ \t]*\||^#|^!!!", re.MULTILINE)
_END = re.compile(r"[.!?]+(?=[\s|)*]|$)")


@dataclass(frozen=True, slots=True)
class PassageText:
    """A paragraph, an item of a list, a row of a table or a heading.

    text: With a letter of masks for each letter of a role, of code or of an address. start: Its place in the source.
    allowed: The rules that a comment before it allows. announces: Whether a list, a table or a block follows it.
    """

    text: str
    start: int
    allowed: frozenset[str]
    announces: bool

    def sentences(self) -> Iterator[tuple[str, int]]:
        """Each sentence with its place in the source."""
        begun = 0
        for end in (*(found.end() for found in _END.finditer(self.text)), len(self.text)):
            if self.text[begun:end].strip():
                yield self.text[begun:end], self.start + begun
            begun = end


def passages(source: Source) -> Iterator[PassageText]:
    """All passages of a page or document, without blocks of code and directives."""
    parts = parse_document(source).parts
    for number, part in enumerate(parts):
        if isinstance(part, Prose) and not part.literal:
            followed = number + 1 < len(parts) and isinstance(parts[number + 1], Directive | Prose)
            yield from _of_prose(source.text, part, followed)


def _of_prose(text: str, part: Prose, followed: bool) -> Iterator[PassageText]:
    masked = _masked(text[part.span.start : part.span.end])
    chunks = [(found.start(), found.end()) for found in re.finditer(r"(?:[^\n]*\S[^\n]*\n?)+", masked)]
    allowed: frozenset[str] = frozenset()
    for number, (start, end) in enumerate(chunks):
        raw = text[part.span.start + start : part.span.start + end]
        allowed |= {rule for found in _ALLOWED.finditer(raw) for rule in found["rules"].split(", ")}
        if not masked[start:end].strip("\x00 \t\n"):
            continue  # a comment of its own belongs to what follows
        behind = masked[chunks[number + 1][0] :] if number + 1 < len(chunks) else ""
        begins = [start, *(start + found.start() for found in _BLOCK.finditer(masked[start:end]) if found.start()), end]
        for first, last in pairwise(begins):
            announces = last < end or _BLOCK.match(behind) is not None if behind or last < end else followed
            yield PassageText(masked[first:last].replace("\x00", " "), part.span.start + first, allowed, announces)
        allowed = frozenset()


def _masked(text: str) -> str:
    def role(found: re.Match[str]) -> str:
        if found["name"] is None:
            return CODE * len(found[0])
        return (PROVED if "→" in found["content"] else NAME) * len(found[0])

    text = _COMMENT.sub(lambda found: re.sub(r"[^\n]", "\x00", found[0]), text)
    text = _ADDRESS.sub(lambda found: " " * len(found[0]), ROLE.sub(role, text))
    return text.replace("**", "  ")
