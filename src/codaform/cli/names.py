"""Names given on the command line, and the known names that they mean."""

from __future__ import annotations

from collections.abc import Collection

from codaform.project.files import CannotRead
from codaform.spelling import closest, did_you_mean, nearest

MOST_NAMED = 8
"""Up to this many known names, a message lists them all if none is close to the given one; else only the nearest."""


def pick(kind: str, name: str, known: Collection[str], where: str = "", several: bool = False) -> str:
    """The known name that equals a given name, in any case. Raises CannotRead, with a suggestion, if there is none.

    kind, where: For the message, as `column` and ` in tasks`. several: Whether the message lists the five nearest names
    even if one is very close.
    """
    if name in known:
        return name
    folded = name.casefold()
    found = next((candidate for candidate in known if candidate.casefold() == folded), None)
    if found is not None:
        return found
    raise CannotRead(f"there is no {kind} {name}{where}; {suggestion(name, known, several)}")


def suggestion(name: str, known: Collection[str], several: bool = False) -> str:
    """The end of a message about an unknown name: which known names are near it."""
    close = nearest(name, known)
    if close is not None:
        others = [candidate for candidate in closest(name, known) if candidate != close] if several else []
        return did_you_mean(close) + (f" Near it are {_listed(others)}" if others else "")
    if not known:
        return "there are none"
    if len(known) <= MOST_NAMED:
        return f"there are {', '.join(known)}"
    return f"the nearest of {len(known):,} are {_listed(closest(name, known))}"


def _listed(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
