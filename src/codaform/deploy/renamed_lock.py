"""The locks of a project after a renaming in its folder: what they know of a thing, they know of its new name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from codaform.deploy.lock import Confirmed, Pins, control_hash, lock_file, lock_text, own_hash, read_lock
from codaform.model.schema import Doc
from codaform.semantics.program import Place, understand
from codaform.semantics.renaming import Renaming, moved, renamed

Texts = Mapping[Place, tuple[str, str]]
"""By its place so far, the text of each formula that a renaming changes, before and after it."""


def renamed_locks(root: Path, doc: Doc, renaming: Renaming, texts: Texts) -> dict[Path, str]:
    """The texts of the lock files that change, by their paths within the folder. Raises CannotRead.

    doc: The folder's doc before the renaming.
    """
    lock = read_lock(root)
    controls: dict[str, tuple[str, str]] = {}
    if any(pins.set_up for pins in lock.values()):
        named = renamed(doc, understand(doc)[0], renaming).controls.values()
        both = zip(doc.controls.values(), named, strict=True)
        controls = {before.name: (control_hash(before), control_hash(after)) for before, after in both}
    after = {name: renamed_pins(pins, renaming, texts, controls) for name, pins in lock.items()}
    changed = {lock_file(name) for name in lock if lock[name] != after[name]}
    return {
        Path(file): lock_text({name: pins for name, pins in after.items() if lock_file(name) == file})
        for file in changed
    }


def renamed_pins(pins: Pins, renaming: Renaming, texts: Texts, controls: Mapping[str, tuple[str, str]]) -> Pins:
    """What is known of an environment, by the names after a renaming.

    controls: By its name so far, what stands for each control before and after the renaming.
    """

    def name(kind: str, known: str) -> str:
        return renaming.new if (renaming.kind, renaming.old) == (kind, known) else known

    def column(table: str, known: str) -> tuple[str, str]:
        of = renaming.kind == "column" and table == renaming.table
        return name("table", table), renaming.new if of and known == renaming.old else known

    def shape(table: str, known: str) -> tuple[str, str]:
        return column(table, known) if table else ("", name("formula", known))

    def set_up(known: str, mark: str) -> str:
        before, after = controls.get(known, ("", ""))
        return after if mark == before else mark

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
        controls={name("control", known): id for known, id in pins.controls.items()},
        set_up={name("control", known): set_up(known, mark) for known, mark in pins.set_up.items()},
        shapes={shape(*known): text for known, text in pins.shapes.items()},
        confirmed={moved(place, renaming): confirmed(place, known) for place, known in pins.confirmed.items()},
    )
