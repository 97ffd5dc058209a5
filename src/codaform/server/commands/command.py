"""A write to a doc as data, which the server can keep, delay, and apply more than once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from codaform.server.commands import comments, controls, page_copies, pages, rows, settings, tables, views
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json


@dataclass(frozen=True, slots=True)
class Command:
    """A write to a doc.

    name: A key of COMMANDS. arguments: JSON, with the ids of everything that the command makes, so it has the same
    effect on every copy of the doc. at: The doc's clock while the command runs.
    """

    name: str
    arguments: Mapping[str, Json]
    at: datetime


COMMANDS: Mapping[str, Callable[..., object]] = {
    "upsert rows": rows.upsert,
    "update row": rows.update,
    "delete rows": rows.delete,
    "restore row": rows.restore,
    "push button": rows.push,
    "act": rows.act,
    "add page": pages.add,
    "update page": pages.update,
    "delete page": pages.delete,
    "delete content": pages.delete_content,
    "modify content": pages.modify,
    "copy page": page_copies.copy_page,
    "arrange page": pages.arrange,
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
    "start thread": comments.start,
    "reply": comments.reply,
    "react": comments.react,
    "resolve thread": comments.resolve,
    "delete comments": comments.delete,
    "rename doc": settings.rename,
    "move doc": settings.move,
    "publish": settings.publish,
    "unpublish": settings.unpublish,
    "add permission": settings.add_permission,
    "delete permission": settings.delete_permission,
    "set sharing": settings.set_sharing,
    "add domain": settings.add_domain,
    "delete domain": settings.delete_domain,
    "set automation": settings.set_automation,
}
"""The function of each command, by its name."""


def apply(doc: LocalDoc, command: Command) -> object:
    """Apply a command to a doc; returns the result of its function.

    A command skips things that are gone by now, as Coda does: it has no way to fail.
    """
    doc.tick(command.at)
    doc.record.version += 1
    done = COMMANDS[command.name](doc, **command.arguments)
    doc.record.updated = doc.now
    return done
