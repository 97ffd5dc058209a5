"""The tables of a doc and what relates them, as a picture."""

from __future__ import annotations

from typing import Literal

from codaform.model.schema import Column, Doc, Table
from codaform.pictures.cards import Card, Link, counted, drawn
from codaform.pictures.related import relations_of

Detail = Literal["all", "relations"]

MOST = 28
"""How many columns of a table are shown at most; those with relations always are."""


def relations(
    doc: Doc, link: Link | None = None, *, views: bool = False, detail: Detail = "all", styled: bool = True
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
    return drawn(cards, found, title, counted(found, len(doc.tables)), link, styled=styled)


def _rows(table: Table, detail: Detail) -> tuple[Column, ...]:
    columns = tuple(table.columns.values())
    if detail == "relations":
        return tuple(column for column in columns if column.kind == "relation")
    if len(columns) <= MOST:
        return columns
    room = MOST - sum(column.kind == "relation" for column in columns)
    kept = []
    for column in columns:
        if column.kind != "relation":
            room -= 1
        if column.kind == "relation" or room >= 0:
            kept.append(column)
    return tuple(kept)
