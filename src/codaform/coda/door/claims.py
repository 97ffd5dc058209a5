"""The page by which a doc says that somebody is at work on it.

It is the one mark that both of Coda's APIs can make, see and take away again without touching anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from codaform.coda.wire.json_data import Json

PAGE = "codaform is deploying"
"""What the page is called."""

TEXT = """\
codaform is bringing this doc to what a folder says. This page goes by itself when that is done; until then every other
deploy stops.

If no deploy is running any more, delete this page: the next one then begins at once.
"""

LASTS = timedelta(minutes=20)
"""How long a claim counts after its last sign of life."""

_MARK = re.compile(r"\[codaform ([0-9a-f]{12}) ([0-9a-f]{16}) \+(\d{1,9})\]")


@dataclass(frozen=True, slots=True)
class Claim:
    """A page that says that somebody is at work.

    holder: Stands for a folder on a machine. key: For one run of it. page: The id of the page. place: Where it stands
    among the pages, of which new ones come last. created, sign: By Coda's clock, when it was made and when its holder
    last gave a sign of life; None where Coda does not tell. by: Whose token made it, where Coda tells.
    """

    holder: str
    key: str
    page: str
    name: str = PAGE
    place: int = 0
    created: datetime | None = None
    sign: datetime | None = None
    by: str = ""

    @property
    def order(self) -> tuple[float, int]:
        """Which of several claims comes first; everybody who sees them puts them into the same order."""
        return self.created.timestamp() if self.created is not None else 0.0, self.place

    def lapsed(self, now: datetime | None) -> bool:
        """Whether its holder gave no sign for too long. now: By Coda's clock; None where nobody knows."""
        return now is not None and self.sign is not None and now - self.sign > LASTS


def mark(holder: str, key: str, seconds: float = 0.0) -> str:
    """The subtitle of the page of a claim. seconds: How long after it was made its holder gave the last sign."""
    return f"It goes by itself. [codaform {holder} {key} +{max(int(seconds), 0)}]"


def claims(pages: Iterable[Mapping[str, Json]]) -> list[Claim]:
    """The claims among pages as REST tells them, in their order."""
    found = (_claim(told, place) for place, told in enumerate(pages))
    return sorted((claim for claim in found if claim is not None), key=lambda claim: claim.order)


def is_claim(page: Mapping[str, Json]) -> bool:
    """Whether a page as REST tells it is one of a claim, and no part of what people have written."""
    return _claim(page, 0) is not None


def _claim(told: Mapping[str, Json], place: int) -> Claim | None:
    subtitle = told.get("subtitle")
    found = _MARK.search(subtitle) if isinstance(subtitle, str) else None
    if found is None:
        return None
    created = _moment(told.get("createdAt"))
    sign = created + timedelta(seconds=int(found[3])) if created is not None else None
    author = told.get("createdBy")
    by = author.get("name") if isinstance(author, dict) else None
    name = str(told.get("name"))
    by = by if isinstance(by, str) else ""
    return Claim(found[1], found[2], str(told.get("id")), name, place, created, sign, by)


def _moment(text: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
