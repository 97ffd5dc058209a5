"""The folders of a local Coda's docs, beside which every doc has `My docs` to be in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from codaform.coda.wire import ids
from codaform.server.storage.store import Store, adapter

MY_DOCS = ids.stable("folder", "local")
"""The id of the folder of docs without another one. It cannot be changed or deleted."""

_KEPT = "folders"


@dataclass(frozen=True, slots=True)
class FolderRecord:
    """A folder. created: None for one that was there before folders could be made. about: Its description."""

    id: str
    name: str
    created: datetime | None = None
    about: str = ""


_MY_DOCS = FolderRecord(MY_DOCS, "My docs")


class DocFolders:
    """The folders that were made, in the file of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = store.note(_KEPT)
        made: list[FolderRecord] = adapter(list[FolderRecord]).validate_json(kept) if kept else []
        self._made = {folder.id: folder for folder in made}

    def all(self) -> list[FolderRecord]:
        """All folders, `My docs` first."""
        return [_MY_DOCS, *self._made.values()]

    def find(self, id: str) -> FolderRecord | None:
        """The folder with an id; an empty id means `My docs`."""
        return _MY_DOCS if id in ("", MY_DOCS) else self._made.get(id)

    def add(self, name: str, about: str, now: datetime) -> FolderRecord:
        """Make a folder."""
        folder = FolderRecord(ids.new("folder"), name, now, about)
        self._made[folder.id] = folder
        self._keep()
        return folder

    def change(self, folder: FolderRecord) -> None:
        """Put a changed folder in the place of the one with its id."""
        self._made[folder.id] = folder
        self._keep()

    def remove(self, id: str) -> None:
        """Delete a folder. Raises KeyError."""
        del self._made[id]
        self._keep()

    def _keep(self) -> None:
        self._store.set_note(_KEPT, adapter(list[FolderRecord]).dump_json([*self._made.values()]).decode())
