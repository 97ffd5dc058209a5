"""The parts of a doc in Coda that a folder has no place for: a pull keeps them in a file that is never deployed."""

from __future__ import annotations

from collections.abc import Mapping

from codaform.coda.snapshot.records import RemotePage, RemoteTable, RemoteView, Snapshot
from codaform.project import yaml_text
from codaform.project.yaml_tree import Mapping as Entries
from codaform.project.yaml_tree import Node, Scalar, Sequence

FILE = "doc.besides.yml"

_HEAD = (
    "# The parts of the doc in Coda that the folder has no place for. codaform pull rewrites this file and never\n"
    "# reads it. A deploy does not change these parts in Coda.\n"
)
_USUAL_LAYOUTS = ("", "default", "table")

Facts = dict[str, list[dict[str, str]]]
"""By heading the things of a kind: what is known of each, by member."""


def besides(snapshot: Snapshot, unheld: Mapping[str, list[str]]) -> Facts:
    """Everything of a doc that its folder has no place for.

    A page that holds the table of its name, or is the doc's first and has its name, goes without saying: a deploy makes
    such pages by itself. unheld: By column, members of its format that would come back otherwise.
    """
    names = {page.id: page.name for page in snapshot.pages}
    own = _usual_pages(snapshot)
    first = next((page.id for page in snapshot.pages), "")
    placed = [(thing.name, thing.page) for thing in snapshot.formulas]
    placed += [(thing.name, thing.page) for thing in snapshot.controls]
    found: Facts = {
        "pages": [_page(page, names) for page in snapshot.pages if page.id not in own or not _is_plain(page)],
        "tables": [one for table in snapshot.tables if (one := _table(table, names, own))],
        "columns": [{"name": name, "format": ", ".join(members)} for name, members in unheld.items()],
        "views": [one for view in snapshot.views if (one := _view(view, snapshot, names))],
        "named": [{"name": name, "page": names.get(page, page)} for name, page in placed if page not in ("", first)],
    }
    return {heading: things for heading, things in found.items() if things}


def text(environment: str, facts: Facts) -> str:
    """The text of the file."""
    entries: list[tuple[Scalar, Node]] = [(Scalar("environment"), Scalar(environment))]
    for heading, things in facts.items():
        items = (Entries(tuple((Scalar(key), Scalar(value)) for key, value in one.items())) for one in things)
        entries.append((Scalar(heading), Sequence(tuple(items))))
    return _HEAD + yaml_text.shown(Entries(tuple(entries)))


def sentence(facts: Facts) -> str:
    """A summary of the kept parts, in one line."""
    words = {
        "pages": ("1 page", "pages"),
        "tables": ("the place of 1 table", "places of tables"),
        "columns": ("how 1 column looks", "columns' looks"),
        "views": ("how 1 view looks", "views' looks"),
        "named": ("the page of 1 formula or control", "pages of formulas and controls"),
    }
    told = [words[key][0] if len(of) == 1 else f"{len(of)} {words[key][1]}" for key, of in facts.items()]
    return f"a folder has no place for {', '.join(told)}: {FILE} keeps what was read"


def _usual_pages(snapshot: Snapshot) -> set[str]:
    first = snapshot.pages[:1]
    own = {page.id for page in first if page.name == snapshot.doc.name}
    named = {page.id: page.name for page in snapshot.pages}
    return own | {table.page for table in snapshot.tables if named.get(table.page) == table.name}


def _is_plain(page: RemotePage) -> bool:
    return page.kind == "canvas" and not (page.parent or page.subtitle or page.hidden)


def _page(page: RemotePage, names: Mapping[str, str]) -> dict[str, str]:
    return _said(
        name=page.name,
        id=page.id,
        kind="" if page.kind == "canvas" else page.kind,
        parent=names.get(page.parent, page.parent),
        subtitle=page.subtitle,
        hidden="true" if page.hidden else "",
    )


def _table(table: RemoteTable, names: Mapping[str, str], own: set[str]) -> dict[str, str]:
    page = "" if table.page in own and names.get(table.page) == table.name else names.get(table.page, table.page)
    kind = "" if table.kind == "table" else table.kind
    return _said(name=table.name, page=page, kind=kind) if page or kind else {}


def _view(view: RemoteView, snapshot: Snapshot, names: Mapping[str, str]) -> dict[str, str]:
    owner = next((table for table in snapshot.tables if table.id == view.table), None)
    columns = {column.id: column.name for column in owner.columns} if owner is not None else {}
    told = ((columns.get(sort.column, sort.column), sort.descending) for sort in view.sorts[1:])
    more = ", ".join(f"{name} descending" if descending else name for name, descending in told)
    layout = "" if view.layout in _USUAL_LAYOUTS else view.layout
    page = "" if owner is None or view.page in ("", owner.page) else names.get(view.page, view.page)
    hidden = "" if owner is not None else "of a table that cannot be seen"
    found = _said(layout=layout, then_sorted_by=more, page=page, table=hidden)
    return {"name": view.name, **found} if found else {}


def _said(**members: str) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}


__all__ = ["FILE", "Facts", "besides", "sentence", "text"]
