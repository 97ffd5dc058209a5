"""The locks of a project after a renaming in its folder: what they know of a thing, they know of its new name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from codaform.deploy.lock import Confirmed, Pins, lock_file, lock_text, own_hash, read_lock
from codaform.semantics.program import Place
from codaform.semantics.renaming import Renaming, moved


def renamed_locks(root: Path, renaming: Renaming, texts: Mapping[Place, tuple[str, str]]) -> dict[Path, str]:
    """The texts of the lock files that change, by their paths within the folder. Raises CannotRead.

    texts: By its place so far, the text of each formula that the renaming changes, before and after it.
    """
    lock = read_lock(root)
    after = {name: renamed_pins(pins, renaming, texts) for name, pins in lock.items()}
    changed = {lock_file(name) for name in lock if lock[name] != after[name]}
    return {
        Path(file): lock_text({name: pins for name, pins in after.items() if lock_file(name) == file})
        for file in changed
    }


def renamed_pins(pins: Pins, renaming: Renaming, texts: Mapping[Place, tuple[str, str]]) -> Pins:
    """What is known of an environment, by the names after a renaming."""

    def name(kind: str, known: str) -> str:
        return renaming.new if (renaming.kind, renaming.old) == (kind, known) else known

    def column(table: str, known: str) -> tuple[str, str]:
        of = renaming.kind == "column" and table == renaming.table
        return name("table", table), renaming.new if of and known == renaming.old else known

    def confirmed(place: Place, known: Confirmed) -> Confirmed:
        if place in texts and known.ours == own_hash(texts[place][0]):
            return replace(known, ours=own_hash(texts[place][1]))
        return known

    return replace(
        pins,
        tables={name("table", known): id for known, id in pins.tables.items()},
        columns={column(*known): id for known, id in pins.columns.items()},
        views={name("view", known): id for known, id in pins.views.items()},
        formulas={name("formula", known): id for known, id in pins.formulas.items()},
        confirmed={moved(place, renaming): confirmed(place, known) for place, known in pins.confirmed.items()},
    )
