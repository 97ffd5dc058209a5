"""Which thing of a doc each name of the folder means, when one of both may have another name than before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Sure = Literal["name", "id", "case", "look"]
"""Why a thing is taken for what a name means: it has the name, the lock has its id, the name differs in the case of
letters alone, or it looks the same and nothing else does."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a name of the folder means in the doc. before: Its name there."""

    before: str
    sure: Sure


def matches(
    wanted: Sequence[str],
    there: Sequence[str],
    locked: Mapping[str, str],
    ids: Mapping[str, str],
    looks: Callable[[str, str], bool] | None = None,
) -> dict[str, Match]:
    """By the wanted names, what they mean; a name that means nothing there is left out.

    locked: The ids that the lock has, by wanted name. ids: Those of the things there, by their names.
    looks: Whether a wanted thing looks like one that is there, and stands in the same place.
    """
    by_id = {id: name for name, id in ids.items()}
    found = {
        name: Match(by_id[id], "name" if by_id[id] == name else "id")
        for name, id in locked.items()
        if name in wanted
        and id in by_id
        and (by_id[id] == name or name not in there or ids.get(name) in locked.values())
    }
    taken = {match.before for match in found.values()}
    for name in wanted:
        if name not in found and name in there and name not in taken:
            found[name] = Match(name, "name")
            taken.add(name)
    for name, other in _pairs(wanted, there, found, taken, lambda one, other: one.casefold() == other.casefold()):
        found[name] = Match(other, "case")
        taken.add(other)
    if looks is not None:
        for name, other in _pairs(wanted, there, found, taken, looks):
            found[name] = Match(other, "look")
            taken.add(other)
    return found


def _pairs(
    wanted: Iterable[str],
    there: Iterable[str],
    found: Mapping[str, Match],
    taken: set[str],
    fits: Callable[[str, str], bool],
) -> list[tuple[str, str]]:
    """Names without a meaning and things without a name that fit each other and nothing else."""
    missing = [name for name in wanted if name not in found]
    spare = [name for name in there if name not in taken]
    fitting = [(name, other) for name in missing for other in spare if fits(name, other)]
    names, others = [name for name, _ in fitting], [other for _, other in fitting]
    return [(name, other) for name, other in fitting if names.count(name) == 1 and others.count(other) == 1]


def in_order(renames: Mapping[str, str], there: Iterable[str]) -> list[tuple[str, str]]:
    """Renames, old name by new name, as steps of which each one's new name is free; a ring of names takes a detour.

    renames: The new names by the old ones. there: All names that things have now.
    """
    waiting = {before: after for before, after in renames.items() if before != after}
    used = {*there, *waiting.values()}
    steps: list[tuple[str, str]] = []
    while waiting:
        free = next((before for before, after in waiting.items() if after not in waiting), None)
        if free is not None:
            steps.append((free, waiting.pop(free)))
            continue
        before, after = next(iter(waiting.items()))
        detour = f"{before} 2"
        while detour in used:
            detour += " 2"
        used.add(detour)
        steps.append((before, detour))
        del waiting[before]
        waiting[detour] = after
    return steps
