"""A change as data: what is asked of a doc, so that it can be kept, put off, and applied more than once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from codaform.server import (
    content_changes,
    control_changes,
    page_changes,
    page_copies,
    row_changes,
    schema_changes,
    settings_changes,
    view_changes,
)
from codaform.server.local_doc import LocalDoc
from codaform.server.records import Json


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
    "upsert rows": row_changes.upsert,
    "update row": row_changes.update,
    "delete rows": row_changes.delete,
    "push button": row_changes.push,
    "act": row_changes.act,
    "add page": page_changes.add,
    "update page": page_changes.update,
    "delete page": page_changes.delete,
    "delete content": page_changes.delete_content,
    "modify content": content_changes.modify,
    "copy page": page_copies.copy_page,
    "arrange page": content_changes.arrange,
    "add table": schema_changes.add_table,
    "delete table": schema_changes.delete_table,
    "add columns": schema_changes.add_columns,
    "update columns": schema_changes.update_columns,
    "delete columns": schema_changes.delete_columns,
    "add view": view_changes.add,
    "configure view": view_changes.configure,
    "delete view": view_changes.delete,
    "add formula": control_changes.add_formula,
    "update formula": control_changes.update_formula,
    "delete formula": control_changes.delete_formula,
    "add control": control_changes.add_control,
    "update control": control_changes.update_control,
    "delete control": control_changes.delete_control,
    "rename doc": settings_changes.rename,
    "move doc": settings_changes.move,
    "publish": settings_changes.publish,
    "unpublish": settings_changes.unpublish,
    "add permission": settings_changes.add_permission,
    "delete permission": settings_changes.delete_permission,
    "set sharing": settings_changes.set_sharing,
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
