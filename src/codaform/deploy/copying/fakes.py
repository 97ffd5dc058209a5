"""Stable fakes: the same value and key give the same fake, and without the key a fake does not reveal its value."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from codaform.model.number_text import number_text
from codaform.model.values import Person

_ADJECTIVES = (
    "amber", "ample", "brave", "brisk", "calm", "civil", "clear", "crisp", "deep", "eager", "early", "fair", "fine",
    "fresh", "gentle", "glad", "grand", "green", "humble", "keen", "kind", "late", "light", "lucid", "mild", "neat",
    "noble", "plain", "proud", "quick", "quiet", "sharp",
)  # fmt: skip
_NOUNS = (
    "acorn", "anchor", "basin", "beacon", "birch", "canyon", "cedar", "comet", "coral", "delta", "ember", "falcon",
    "fjord", "garden", "harbor", "heron", "island", "jasper", "lagoon", "lantern", "maple", "meadow", "mirror",
    "orchard", "pebble", "quarry", "raven", "river", "summit", "thistle", "valley", "willow",
)  # fmt: skip
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WEEKS = 520
"""Dates are moved back by up to so many weeks."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A maker of fakes. key: Secret; with it, a person could try values until one gives a known fake."""

    key: bytes = field(repr=False)

    def number_of(self, kind: str, value: str) -> int:
        """A number that a value always has, between 0 and 2**128."""
        return int.from_bytes(hmac.digest(self.key, f"{kind}\0{value}".encode("utf-8", "replace"), "sha256")[:16])

    def text(self, value: str) -> str:
        """Fake words for a text; for an e-mail address, an address without a mailbox."""
        if _MAIL.fullmatch(value.strip()):
            return self.mail(value.strip())
        adjective, noun, mark = self._words("text", value)
        return f"{adjective} {noun} {mark}"

    def mail(self, value: str) -> str:
        """An e-mail address without a mailbox."""
        adjective, noun, mark = self._words("mail", value.casefold())
        return f"{adjective}.{noun}.{mark}@example.com"

    def address(self, value: str) -> str:
        """A web address that leads nowhere."""
        adjective, noun, mark = self._words("address", value)
        return f"https://example.com/{adjective}-{noun}-{mark}"

    def person(self, value: Person) -> Person:
        """An invented person, identified by e-mail address, else by name."""
        if value.email:
            mail = self.mail(value.email)
            adjective, noun, _ = mail.partition("@")[0].split(".")
            return Person(f"{adjective.title()} {noun.title()}", mail)
        adjective, noun, mark = self._words("person", value.name)
        return Person(f"{adjective.title()} {noun.title()} {mark}")

    def number(self, value: float) -> float:
        """A number of the same sign and with as many digits before and behind the point; 0 stays 0."""
        plain = format(Decimal(number_text(abs(value))), "f")
        whole, _, decimals = plain.partition(".")
        whole, digits = whole.lstrip("0"), (whole.lstrip("0") + decimals)
        if not digits.strip("0"):
            return value
        places = "".join(str(self.number_of(f"digit {at}", number_text(value)) % 10) for at in range(len(digits)))
        # A first digit of 0 would make it shorter; so would a last one behind the point.
        if whole and places[0] == "0":
            places = "1" + places[1:]
        if decimals and places[-1] == "0":
            places = places[:-1] + "5"
        made = float(f"{places[: len(whole)] or '0'}.{places[len(whole) :] or '0'}")
        return -made if value < 0 else made

    @property
    def offset(self) -> timedelta:
        """By how much dates move: whole weeks, so that every day stays the day of the week that it is."""
        return -timedelta(weeks=1 + self.number_of("offset", "") % _WEEKS)

    def day(self, value: date) -> date:
        """A day moved by the offset; a moment keeps its time on the clock. At the ends of the calendar it stays."""
        try:
            return value + self.offset
        except OverflowError:
            return value

    def moment(self, value: datetime) -> datetime:
        """A moment moved by the offset."""
        moved = self.day(value)
        assert isinstance(moved, datetime)
        return moved

    def _words(self, kind: str, value: str) -> tuple[str, str, str]:
        number = self.number_of(kind, value)
        mark = base64.b32encode(number.to_bytes(16)[:5]).decode().lower()
        return _ADJECTIVES[(number >> 8) % len(_ADJECTIVES)], _NOUNS[(number >> 16) % len(_NOUNS)], mark
