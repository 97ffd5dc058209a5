"""A change as data: what is asked of a doc, so that it can be kept, put off, and applied more than once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from codaform.server.commands import content, controls, page_copies, pages, rows, settings, tables, views
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked of a doc.

    name: A key of CHANGES. arguments: All of it JSON, with the ids of everything that it makes; so it has the same
    effect wherever it is applied. at: What the doc's clock shows while it is applied.
    """

    name: str
    arguments: Mapping[str, Json]
    at: datetime


CHANGES: Mapping[str, Callable[..., object]] = {
    "upsert rows": rows.upsert,
    "update row": rows.update,
    "delete rows": rows.delete,
    "push button": rows.push,
    "act": rows.act,
    "add page": pages.add,
    "update page": pages.update,
    "delete page": pages.delete,
    "delete content": pages.delete_content,
    "modify content": content.modify,
    "copy page": page_copies.copy_page,
    "arrange page": content.arrange,
    "add table": tables.add_table,
    "delete table": tables.delete_table,
    "add columns": tables.add_columns,
    "update columns": tables.update_columns,
    "delete columns": tables.delete_columns,
    "add view": views.add,
    "configure view": views.configure,
    "delete view": views.delete,
    "add formula": controls.add_formula,
    "update formula": controls.update_formula,
    "delete formula": controls.delete_formula,
    "add control": controls.add_control,
    "update control": controls.update_control,
    "set control": controls.set_control,
    "press control": rows.press_control,
    "delete control": controls.delete_control,
    "rename doc": settings.rename,
    "move doc": settings.move,
    "publish": settings.publish,
    "unpublish": settings.unpublish,
    "add permission": settings.add_permission,
    "delete permission": settings.delete_permission,
    "set sharing": settings.set_sharing,
}
"""Everything that can be asked of a doc, by its name."""


def apply(doc: LocalDoc, change: Change) -> object:
    """Apply a change to a doc; it gives what its function gives.

    What it names and is gone by now is passed over, as Coda passes it over: a change has no way to fail.
    """
    doc.tick(change.at)
    doc.record.version += 1
    done = CHANGES[change.name](doc, **change.arguments)
    doc.record.updated = doc.now
    return done
