"""Commands for comments: threads on an element of a page or on a row, with replies and reactions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import CommentRecord, ThreadRecord


def start(doc: LocalDoc, id: str, comment: str, content: str, place: Mapping[str, Any]) -> None:
    """Start a thread. place: The ids of `page` and `element`, or `table` and `row`; and the quoted `text`, if any."""
    thread = ThreadRecord(id, comments=[CommentRecord(comment, content, doc.now)], **place)
    doc.record.threads = [*doc.record.threads, thread]
    doc.rebuilt = True


def reply(doc: LocalDoc, thread: str, id: str, content: str) -> None:
    """Add a comment to a thread; skip a thread that is gone."""
    for known in _threads(doc, thread):
        known.comments = [*known.comments, CommentRecord(id, content, doc.now)]


def react(doc: LocalDoc, thread: str, comment: str, reaction: str, on: bool) -> None:
    """Add the user's reaction to a comment, or remove it."""
    for known in _threads(doc, thread):
        for each in known.comments:
            if each.id == comment:
                others = [kept for kept in each.reactions if kept != reaction]
                each.reactions = [*others, reaction] if on else others


def resolve(doc: LocalDoc, thread: str, on: bool) -> None:
    """Close a thread, or open it again."""
    for known in _threads(doc, thread):
        known.resolved = on


def delete(doc: LocalDoc, thread: str, comment: str = "") -> None:
    """Delete a comment, or without one the whole thread; a thread that loses its last comment goes too."""
    for known in _threads(doc, thread):
        known.comments = [each for each in known.comments if comment and each.id != comment]
        if not known.comments:
            doc.record.threads = [other for other in doc.record.threads if other is not known]


def _threads(doc: LocalDoc, id: str) -> list[ThreadRecord]:
    doc.rebuilt = True
    return [thread for thread in doc.record.threads if thread.id == id]
