"""The shape of JSON: members, types and forms of texts, compared field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from codaform.coda.wire.json_data import Json

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a moment in milliseconds, in UTC", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")),
    ("a moment", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")),
    ("an address", re.compile(r"https?://\S+")),
    ("an address of MCP", re.compile(r"(?:coda|superhuman)://\S+")),
    ("an address of a person", re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("a text in a fence", re.compile(r"\s*```.*```\s*", re.DOTALL)),
    ("an id", re.compile(r"(grid|table|canvas|section|i|c|f|ctrl|fl|ws|view|page|user|au)-[\w-]{4,}")),
)
"""The forms of texts that clients rely on, the narrower ones first."""


@dataclass(frozen=True, slots=True)
class ShapeDifference:
    """A difference between two shapes. place: Such as `items[].parent.id`; empty for the whole. recorded, here: What
    each has there, in a few words."""

    place: str
    recorded: str
    here: str

    def __str__(self) -> str:
        return f"{self.place or 'the reply'}: recorded {self.recorded}, here {self.here}"


@dataclass(slots=True)
class JsonShape:
    """What occurs at a place. kinds: `object`, `list`, `null`, `number`, `boolean`, or the form of a text. members:
    By name, of all objects there. always: The members that each object has. items: Of all lists there."""

    kinds: set[str] = field(default_factory=set)
    members: dict[str, JsonShape] = field(default_factory=dict)
    always: set[str] | None = None
    items: JsonShape | None = None

    def add(self, value: Json) -> None:
        """Take a value in."""
        match value:
            case dict():
                self.kinds.add("object")
                for name, inner in value.items():
                    self.members.setdefault(_member(name), JsonShape()).add(inner)
                names = {_member(name) for name in value}
                self.always = names if self.always is None else self.always & names
            case list():
                self.kinds.add("list")
                self.items = self.items or JsonShape()
                for inner in value:
                    self.items.add(inner)
            case None:
                self.kinds.add("null")
            case bool():
                self.kinds.add("boolean")
            case int() | float():
                self.kinds.add("number")
            case str():
                self.kinds.add(form(value))


def shape_of(value: Json) -> JsonShape:
    """The shape of a value."""
    made = JsonShape()
    made.add(value)
    return made


def form(text: str) -> str:
    """The form of a text, in words."""
    if not text:
        return "an empty text"
    return next((name for name, pattern in _FORMS if pattern.fullmatch(text)), "a text")


def differences(recorded: JsonShape, here: JsonShape, place: str = "") -> Iterator[ShapeDifference]:
    """Where two shapes differ. A list without items tells nothing of items, an empty text nothing of its form."""
    kinds, others = _kinds(recorded), _kinds(here)
    if kinds and others and not kinds & others and not _alike(kinds, others):
        yield ShapeDifference(place, _told(recorded.kinds), _told(here.kinds))
        return
    if "object" in kinds and "object" in others:
        yield from _members(recorded, here, place)
    if recorded.items is not None and here.items is not None:
        yield from differences(recorded.items, here.items, f"{place}[]")


def _members(recorded: JsonShape, here: JsonShape, place: str) -> Iterator[ShapeDifference]:
    for name, inner in recorded.members.items():
        inside = f"{place}.{name}" if place else name
        if name in here.members:
            yield from differences(inner, here.members[name], inside)
        elif name in (recorded.always or ()):
            yield ShapeDifference(inside, _told(inner.kinds), "nothing")
    for name, inner in here.members.items():
        if name not in recorded.members and name in (here.always or ()):
            yield ShapeDifference(f"{place}.{name}" if place else name, "nothing", _told(inner.kinds))


def _member(name: str) -> str:
    """The name of a member; ids as names, such as those of a row's values, are one."""
    return "{id}" if form(name) == "an id" else name


def _kinds(shape: JsonShape) -> set[str]:
    return shape.kinds - {"null"} if len(shape.kinds) > 1 else shape.kinds


def _alike(kinds: set[str], others: set[str]) -> bool:
    """Whether texts differ only in that those of one side are empty or have no form of their own."""
    loose = {"a text", "an empty text"}
    texts = all(one.startswith("a") for one in kinds | others)
    return texts and bool(loose & kinds or loose & others)


def _told(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds)) or "nothing"
