"""Commands for the doc itself: its name, its publishing, its permissions."""

from __future__ import annotations

from collections.abc import Mapping

from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json


def rename(doc: LocalDoc, name: str = "", icon: str = "") -> None:
    """Change the doc's name or icon; an empty text changes nothing."""
    doc.record.name = name or doc.record.name
    doc.record.icon = icon or doc.record.icon
    doc.rebuilt = True


def move(doc: LocalDoc, folder: str) -> None:
    """Move the doc to a folder."""
    doc.record.folder = folder
    doc.rebuilt = True


def publish(doc: LocalDoc, settings: Mapping[str, Json]) -> None:
    """Publish the doc, or change the settings of its publication."""
    doc.record.published = {**(doc.record.published or {}), **settings}
    doc.rebuilt = True


def unpublish(doc: LocalDoc) -> None:
    """Unpublish the doc."""
    doc.record.published = None
    doc.rebuilt = True


def add_permission(doc: LocalDoc, permission: Mapping[str, Json]) -> None:
    """Grant a permission; it replaces the principal's earlier permission."""
    others = [known for known in doc.record.permissions if known["principal"] != permission["principal"]]
    doc.record.permissions = [*others, dict(permission)]
    doc.rebuilt = True


def delete_permission(doc: LocalDoc, id: str) -> None:
    """Revoke a permission."""
    doc.record.permissions = [known for known in doc.record.permissions if known["id"] != id]
    doc.rebuilt = True


def add_domain(doc: LocalDoc, name: str) -> None:
    """Add a domain of the doc's own."""
    doc.record.domains = [*dict.fromkeys([*doc.record.domains, name])]
    doc.rebuilt = True


def delete_domain(doc: LocalDoc, name: str) -> None:
    """Take a domain away."""
    doc.record.domains = [known for known in doc.record.domains if known != name]
    doc.rebuilt = True


def set_automation(doc: LocalDoc, rule: str, action: str) -> None:
    """Make an automation with a webhook, or change its action; an empty one deletes it."""
    doc.record.automations = {**doc.record.automations, rule: action}
    if not action:
        del doc.record.automations[rule]
    doc.rebuilt = True


def set_sharing(doc: LocalDoc, settings: Mapping[str, bool]) -> None:
    """Change what people with access may do besides."""
    doc.record.sharing.update(settings)
    doc.rebuilt = True
