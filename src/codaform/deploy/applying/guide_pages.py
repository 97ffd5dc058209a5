"""Guides of the folder as pages of the doc, only on pages that codaform made and that hold nothing but text.

Replacing the text of a page destroys the tables on it, as was seen in the real service.
"""

from __future__ import annotations

from collections.abc import Mapping

from codaform.coda.door.failures import CannotReach, Failure, ServerDown
from codaform.coda.door.rest import Accepted, Record, Rest
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.outcomes import SideOutcome
from codaform.deploy.ids import Ids
from codaform.deploy.lock import remote_hash
from codaform.deploy.remote.inspector import PATIENCE


def publish(
    guides: Mapping[str, str],
    rest: Rest,
    ids: Ids,
    sent: Mapping[str, str],
    journal: Journal,
    patience: float = PATIENCE,
) -> tuple[tuple[SideOutcome, ...], dict[str, str]]:
    """Write guides, each on a page of its name; returns their outcomes, and the hashes of the texts on the pages.

    guides: Texts in Markdown. ids: With the pages that codaform made; new pages join them. sent: The hashes of the
    texts written last time. Raises Failure.
    """
    reading = rest.fresh(patience)
    found: list[SideOutcome] = []
    written = dict(sent)
    pages = {str(record.get("id")): str(record.get("name")) for record in reading.pages(ids.doc)}
    owning = _owning(reading, ids.doc)
    for name, text in guides.items():
        what, mark = f"page {name}", remote_hash(text)
        id = ids.pages.get(name, "")
        if id and id not in pages:
            id = ""  # a person deleted it
        made = journal.made().get(f"page {name}", "")
        id = id or (made if made in pages else "")
        if not id and name in pages.values() and what not in journal.open_keys():
            found.append(SideOutcome(what, "failed", "the doc has a page of that name that codaform did not make"))
            continue
        if id in owning:
            found.append(SideOutcome(what, "failed", f"{owning[id]} is on it: codaform leaves its text alone"))
            continue
        if id and written.get(name) == mark:
            found.append(SideOutcome(what, "already"))
            continue
        journal.write("begun", [what])
        content: Record = {"format": "markdown", "content": text}
        if not id:
            id = next((known_id for known_id, title in pages.items() if title == name), "")
        try:
            if not id:
                id, accepted = _made(rest, ids.doc, name, content, patience)
            else:
                update: Record = {"contentUpdate": {"insertionMode": "replace", "canvasContent": content}}
                accepted = rest.update_page(ids.doc, id, update)
        except Failure as failure:
            unsure = getattr(failure, "uncertain", False)
            journal.write("unsure" if unsure else "failed", [what], str(failure))
            found.append(SideOutcome(what, "not confirmed" if unsure else "failed", str(failure)))
            continue
        ids.pages[name] = id
        if accepted is not None and accepted.request is not None and not rest.finish(accepted.request, patience):
            journal.write("unsure", [what], ids={what: id})
            found.append(SideOutcome(what, "not confirmed", f"accepted, not confirmed within {patience:g} seconds"))
            continue
        journal.write("done", [what], ids={what: id})
        written[name] = mark
        found.append(SideOutcome(what, "done"))
    return tuple(found), written


def _owning(rest: Rest, doc: str) -> dict[str, str]:
    """What is on each page besides its text: a table or view, a formula or a control, by the page's id."""
    found: dict[str, str] = {}
    for kind, records in (
        ("control", rest.controls(doc)),
        ("formula", rest.formulas(doc)),
        ("table", rest.tables(doc)),
    ):
        for record in records:
            parent = record.get("parent")
            if isinstance(parent, dict):
                found[str(parent.get("id"))] = f"the {kind} {record.get('name')}"
    return found


def _made(rest: Rest, doc: str, name: str, content: Record, patience: float) -> tuple[str, Accepted | None]:
    """Make a page with its text; returns its id and the reply. If the reply is lost, look for the page."""
    try:
        accepted = rest.create_page(doc, {"name": name, "pageContent": {"type": "canvas", "canvasContent": content}})
    except (CannotReach, ServerDown) as lost:
        pages = rest.fresh(patience).pages(doc)
        id = next((str(record.get("id")) for record in pages if record.get("name") == name), "")
        if not lost.uncertain or not id:
            raise
        return id, None
    return str(accepted.reply.get("id")), accepted
