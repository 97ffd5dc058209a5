"""Changes of a doc itself: its name, its publishing, who may do what."""

from __future__ import annotations

from collections.abc import Mapping

from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json


def rename(doc: LocalDoc, name: str = "", icon: str = "") -> None:
    """Give the doc another name or another icon; an empty text leaves it as it is."""
    doc.record.name = name or doc.record.name
    doc.record.icon = icon or doc.record.icon
    doc.rebuilt = True


def move(doc: LocalDoc, folder: str) -> None:
    """Move the doc to a folder."""
    doc.record.folder = folder
    doc.rebuilt = True


def publish(doc: LocalDoc, settings: Mapping[str, Json]) -> None:
    """Publish the doc, or publish it with other settings."""
    doc.record.published = {**(doc.record.published or {}), **settings}
    doc.rebuilt = True


def unpublish(doc: LocalDoc) -> None:
    """Take the doc off again."""
    doc.record.published = None
    doc.rebuilt = True


def add_permission(doc: LocalDoc, permission: Mapping[str, Json]) -> None:
    """Let somebody in; whoever was in already has the new access instead of the old."""
    others = [known for known in doc.record.permissions if known["principal"] != permission["principal"]]
    doc.record.permissions = [*others, dict(permission)]
    doc.rebuilt = True


def delete_permission(doc: LocalDoc, id: str) -> None:
    """Let somebody in no longer."""
    doc.record.permissions = [known for known in doc.record.permissions if known["id"] != id]
    doc.rebuilt = True


def set_sharing(doc: LocalDoc, settings: Mapping[str, bool]) -> None:
    """Change what those who are let in may do further."""
    doc.record.sharing.update(settings)
    doc.rebuilt = True
