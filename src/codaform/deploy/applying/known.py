"""Which thing in Coda each name means while a deploy is under way: what was there, and what has been made since."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from codaform.deploy.lock import Pins
from codaform.deploy.planning.live import Live
from codaform.model.schema import Doc, views


@dataclass(slots=True)
class Known:
    """Ids by the names that things have now, after the changes that were made. pages: Those that codaform made."""

    doc: str
    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    def rename_table(self, before: str, after: str) -> None:
        """A table has another name."""
        self.tables[after] = self.tables.pop(before)
        self.columns = {(after if owner == before else owner, name): id for (owner, name), id in self.columns.items()}

    def rename_column(self, table: str, before: str, after: str) -> None:
        """A column has another name."""
        self.columns[table, after] = self.columns.pop((table, before))

    def forget_table(self, table: str) -> None:
        """A table is gone, with its columns."""
        self.tables.pop(table, None)
        self.columns = {key: id for key, id in self.columns.items() if key[0] != table}


def known_of(live: Live, pins: Pins, doc: str) -> Known:
    """What is known before anything is made."""
    ids = (live.tables, live.columns, live.views, live.formulas, live.controls, pins.pages)
    return Known(doc, *map(dict, ids))  # type: ignore[arg-type]


def pinned(known: Known, wanted: Doc, pins: Pins) -> Pins:
    """What the lock is to remember: of what is known, what the folder has."""
    columns = {(table.name, name) for table in wanted.tables.values() for name in table.columns}
    named = {view.name for view in views(wanted)}
    return replace(
        pins,
        doc=known.doc,
        tables={name: id for name, id in known.tables.items() if name in wanted.tables},
        columns={key: id for key, id in known.columns.items() if key in columns},
        views={name: id for name, id in known.views.items() if name in named},
        formulas={name: id for name, id in known.formulas.items() if name in wanted.formulas},
        controls={name: id for name, id in known.controls.items() if name in wanted.controls},
        pages=dict(known.pages),
    )
