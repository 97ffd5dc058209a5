"""Names on the command line, and the known ones that they mean."""

from __future__ import annotations

from collections.abc import Collection

from codaform.project.files import CannotRead
from codaform.semantics.scope import nearest


def pick(kind: str, name: str, known: Collection[str], where: str = "") -> str:
    """The known name that is meant, spelled exactly so or in other case. Raises CannotRead."""
    if name in known:
        return name
    folded = name.casefold()
    found = next((candidate for candidate in known if candidate.casefold() == folded), None)
    if found is not None:
        return found
    close = nearest(name, known)
    help = f"did you mean {close}?" if close else f"there are {', '.join(known)}" if known else "there are none"
    raise CannotRead(f"there is no {kind} {name}{where}; {help}")
