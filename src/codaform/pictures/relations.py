"""The tables of a doc and their relations as a picture: the whole doc, or one table with its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from codaform.model.schema import Column, Doc, Table
from codaform.pictures.cards import Card, Link, Relation, describe_counts, draw_cards, relations_of

_Detail = Literal["all", "relations"]

_MOST = 28
"""The most columns of a table; those with relations are always shown."""


def relations(
    doc: Doc, link: Link | None = None, *, views: bool = False, detail: _Detail = "all", styled: bool = True
) -> str:
    """The doc's tables as boxes with their columns, and its relations as lines between them, as an SVG text.

    A line begins at its column and ends at the column that mirrors it, or else at the head of the table referred to;
    a foot with three toes stands where many rows may be, a bar where one is. Relations that a formula computes are
    dashed. The same doc gives the same text.

    link: The address of a table's page, or None for no link. views: Whether the tables' views are named in the boxes.
    detail: All columns, or only those with relations. styled: Whether the picture brings its style along (svg.STYLE).
    """
    cards = {table.name: Card(table, _rows(table, detail), views) for table in doc.tables.values()}
    found = relations_of(doc)
    title = f"Tables and relations of {doc.name}"
    return draw_cards(cards, found, title, describe_counts(found, len(doc.tables)), link, styled=styled)


def _rows(table: Table, detail: _Detail) -> tuple[Column, ...]:
    columns = tuple(table.columns.values())
    if detail == "relations":
        return tuple(column for column in columns if column.kind == "relation")
    if len(columns) <= _MOST:
        return columns
    room = _MOST - sum(column.kind == "relation" for column in columns)
    kept = []
    for column in columns:
        if column.kind != "relation":
            room -= 1
        if column.kind == "relation" or room >= 0:
            kept.append(column)
    return tuple(kept)


MOST_NEIGHBOURS = 30
"""The most related tables."""

_MOST_COMPUTED = 16
"""The most computed columns of the table, beside its relations."""


def related_tables(doc: Doc, table: str) -> tuple[list[str], list[Relation]]:
    """The names of a table and its related tables, the table first, and the relations between them."""
    touching = [relation for relation in relations_of(doc) if table in (relation.table, relation.to)]
    others = dict.fromkeys(name for relation in touching for name in (relation.table, relation.to) if name != table)
    names = [table, *list(others)[:MOST_NEIGHBOURS]]
    return names, [relation for relation in touching if relation.table in names and relation.to in names]


def neighbourhood(doc: Doc, table: str, link: Link | None = None, *, styled: bool = True) -> str:
    """A table with the columns that relate it or are computed, and around it the tables at the other ends, as SVG text.

    Of the other tables only the columns that lead here are shown. The lines are as in `relations`. Raises KeyError for
    an unknown table.
    """
    names, found = related_tables(doc, table)
    cards = {
        name: Card(doc.tables[name], _neighbour_columns(doc.tables[name], table, found), chosen=name == table)
        for name in names
    }
    title = f"{table} and the tables around it"
    return draw_cards(cards, found, title, describe_counts(found, len(names)), link, styled=styled)


def _neighbour_columns(table: Table, chosen: str, found: Sequence[Relation]) -> tuple[Column, ...]:
    ends = {(relation.table, relation.column) for relation in found} | {(one.to, one.reverse) for one in found}
    left = _MOST_COMPUTED if table.name == chosen else 0
    shown = []
    for column in table.columns.values():
        relates = (table.name, column.name) in ends
        plain = not relates and (column.formula is not None or column is table.display)
        left -= plain
        if relates or (plain and left >= 0):
            shown.append(column)
    return tuple(shown)
