"""Cells that both stores may have changed: which of the two values stays, and where nobody can tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from codaform.coda.wire.json_data import Json
from codaform.mirror.reading import MISFIT

Cells = Mapping[str, Json]
"""Canonical values by the names of columns; blank ones are left out."""


@dataclass(slots=True)
class Merged:
    """What becomes of a row that was changed in the mirror.

    take: The columns that get Coda's value. conflicts: Those that both changed. synced: Where both stores agree by now.
    left: The columns whose values in the mirror are not in Coda.
    """

    take: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    synced: dict[str, Json] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def merged(columns: Collection[str], ours: Cells, theirs: Cells, synced: Cells, sent: Cells) -> Merged:
    """Compare a row of the mirror with the same one in Coda.

    synced: The values at which both agreed last. sent: What codaform wrote to Coda since: when Coda shows that, nobody
    else changed the cell.
    """
    found = Merged()
    for name in columns:
        our, their, base = ours.get(name), theirs.get(name), synced.get(name)
        if name in sent and their == sent[name]:
            base = their
        if is_same(our, their):
            _keep(found.synced, name, their)
        elif their == base:
            _keep(found.synced, name, base)
            found.left.append(name)
        elif is_same(our, base):
            _keep(found.synced, name, their)
            found.take.append(name)
        else:
            _keep(found.synced, name, base)
            found.conflicts.append(name)
    return found


def is_same(ours: Json, other: Json) -> bool:
    """Whether a cell of the mirror has a value of Coda; a value that does not fit its column is blank here."""
    return ours is None if isinstance(other, dict) and other.keys() == {MISFIT} else ours == other


def _keep(cells: dict[str, Json], name: str, value: Json) -> None:
    if value is not None:
        cells[name] = value
