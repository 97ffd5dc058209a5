"""The page that marks a doc while a deploy changes it, so that no other deploy starts.

A page is the only mark that both of Coda's APIs can create, read and delete without changing anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from codaform.coda.wire.json_data import Json

CLAIM_TITLE = "codaform is deploying"
"""The title of the page."""

CLAIM_TEXT = """\
codaform is deploying a folder to this doc. It deletes this page when it is done; until then, other deploys stop.

If no deploy is running any more, delete this page: the next deploy then begins at once.
"""

CLAIM_LIFETIME = timedelta(minutes=20)
"""How long a claim is valid after its last sign of life."""

_MARK = re.compile(r"\[codaform ([0-9a-f]{12}) ([0-9a-f]{16}) \+(\d{1,9})\]")


@dataclass(frozen=True, slots=True)
class Claim:
    """A page that marks a doc as being changed.

    holder: Identifies a folder on a machine. key: Identifies one run of it. page: The id of the page. place: Its place
    among the pages; new pages come last. created, sign: By Coda's clock, when the page was made and when its holder
    last gave a sign of life; None if Coda does not say. by: The name of the token's owner, if Coda says it.
    """

    holder: str
    key: str
    page: str
    name: str = CLAIM_TITLE
    place: int = 0
    created: datetime | None = None
    sign: datetime | None = None
    by: str = ""

    @property
    def order(self) -> tuple[float, int]:
        """Which of several claims comes first; everybody who sees them puts them into the same order."""
        return self.created.timestamp() if self.created is not None else 0.0, self.place

    def lapsed(self, now: datetime | None) -> bool:
        """Whether the holder has given no sign of life for too long. now: By Coda's clock; None if unknown."""
        return now is not None and self.sign is not None and now - self.sign > CLAIM_LIFETIME


def claim_subtitle(holder: str, key: str, seconds: float = 0.0) -> str:
    """The subtitle of a claim's page. seconds: From the creation of the page to the last sign of life."""
    return f"codaform deletes this page. [codaform {holder} {key} +{max(int(seconds), 0)}]"


def find_claims(pages: Iterable[Mapping[str, Json]]) -> list[Claim]:
    """The claims among a doc's pages as REST lists them, in order."""
    found = (_claim(page, place) for place, page in enumerate(pages))
    return sorted((claim for claim in found if claim is not None), key=lambda claim: claim.order)


def is_claim(page: Mapping[str, Json]) -> bool:
    """Whether a page as REST lists it is the page of a claim, and not a page that people wrote."""
    return _claim(page, 0) is not None


def _claim(page: Mapping[str, Json], place: int) -> Claim | None:
    subtitle = page.get("subtitle")
    found = _MARK.search(subtitle) if isinstance(subtitle, str) else None
    if found is None:
        return None
    created = _read_moment(page.get("createdAt"))
    sign = created + timedelta(seconds=int(found[3])) if created is not None else None
    author = page.get("createdBy")
    by = author.get("name") if isinstance(author, dict) else None
    name = str(page.get("name"))
    by = by if isinstance(by, str) else ""
    return Claim(found[1], found[2], str(page.get("id")), name, place, created, sign, by)


def _read_moment(text: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
