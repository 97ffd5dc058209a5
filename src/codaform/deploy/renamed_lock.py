"""The lock files of a project after a rename in its folder: what they know of a thing, they know by its new name."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from codaform.deploy.lock import Confirmed, LockEntry, control_hash, lock_file, lock_text, own_hash, read_lock
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
    if any(entry.set_up for entry in lock.values()):
        named = renamed(doc, understand(doc)[0], renaming).controls.values()
        both = zip(doc.controls.values(), named, strict=True)
        controls = {before.name: (control_hash(before), control_hash(after)) for before, after in both}
    after = {name: renamed_entry(entry, renaming, texts, controls) for name, entry in lock.items()}
    changed = {lock_file(name) for name in lock if lock[name] != after[name]}
    return {
        Path(file): lock_text({name: entry for name, entry in after.items() if lock_file(name) == file})
        for file in changed
    }


def renamed_entry(
    entry: LockEntry, renaming: Renaming, texts: Texts, controls: Mapping[str, tuple[str, str]]
) -> LockEntry:
    """What the lock knows of an environment, by the names after a renaming.

    controls: By its name so far, the hash of each control before and after the renaming.
    """
    kind, old, new = renaming.kind, renaming.old, renaming.new

    def shape(table: str, name: str) -> tuple[str, str]:
        if not table:
            return "", new if (kind, name) == ("formula", old) else name
        if kind == "column" and (table, name) == (renaming.table, old):
            return table, new
        return new if (kind, table) == ("table", old) else table, name

    def set_up(name: str, mark: str) -> tuple[str, str]:
        before, after = controls.get(name, ("", ""))
        return new if (kind, name) == ("control", old) else name, after if mark == before else mark

    def confirmed(place: Place, known: Confirmed) -> Confirmed:
        if place in texts and known.ours == own_hash(texts[place][0]):
            return replace(known, ours=own_hash(texts[place][1]))
        return known

    ids = deepcopy(entry.ids)
    ids.rename(kind, old, new, renaming.table)
    return replace(
        entry,
        ids=ids,
        set_up=dict(set_up(name, mark) for name, mark in entry.set_up.items()),
        shapes={shape(*key): text for key, text in entry.shapes.items()},
        confirmed={moved(place, renaming): confirmed(place, known) for place, known in entry.confirmed.items()},
    )
