"""Names on the command line, and the known ones that they mean."""

from __future__ import annotations

from collections.abc import Collection

from codaform.project.files import CannotRead
from codaform.semantics.scope import closest, nearest

MOST_NAMED = 8
"""So many known names are all named where none is like the one that was given; of more, the nearest."""


def pick(kind: str, name: str, known: Collection[str], where: str = "", several: bool = False) -> str:
    """The known name that is meant, spelled exactly so or in other case. Raises CannotRead.

    several: Whether to name the five nearest also where one is likely to be meant.
    """
    if name in known:
        return name
    folded = name.casefold()
    found = next((candidate for candidate in known if candidate.casefold() == folded), None)
    if found is not None:
        return found
    raise CannotRead(f"there is no {kind} {name}{where}; {suggestion(name, known, several)}")


def suggestion(name: str, known: Collection[str], several: bool = False) -> str:
    """Which of the known names may be meant by one that is not known."""
    close = nearest(name, known)
    if close is not None:
        others = [candidate for candidate in closest(name, known) if candidate != close] if several else []
        return f"did you mean {close}?" + (f" Near it are {_listed(others)}" if others else "")
    if not known:
        return "there are none"
    if len(known) <= MOST_NAMED:
        return f"there are {', '.join(known)}"
    return f"the nearest of {len(known):,} are {_listed(closest(name, known))}"


def _listed(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
