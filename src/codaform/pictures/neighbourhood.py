"""One table with the tables that are related to it, as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from codaform.model.schema import Column, Doc, Table
from codaform.pictures.cards import Card, Link, counted, drawn
from codaform.pictures.related import Relation, relations_of

MOST = 30
"""How many related tables are shown at most."""

MOST_COMPUTED = 16
"""How many computed columns of the table are shown at most, beside those that relate it."""


def around(doc: Doc, table: str) -> tuple[list[str], list[Relation]]:
    """The names of a table and of those related to it, itself first, and the relations between it and them."""
    touching = [relation for relation in relations_of(doc) if table in (relation.table, relation.to)]
    others = dict.fromkeys(name for relation in touching for name in (relation.table, relation.to) if name != table)
    names = [table, *list(others)[:MOST]]
    return names, [relation for relation in touching if relation.table in names and relation.to in names]


def neighbourhood(doc: Doc, table: str, link: Link | None = None, *, styled: bool = True) -> str:
    """A table with the columns that relate it or are computed, and around it the tables at the other ends, as SVG text.

    Of those only the columns are shown that lead here. Lines are those of `relations`. Raises KeyError for a table
    that is not there.
    """
    names, found = around(doc, table)
    cards = {
        name: Card(doc.tables[name], _columns(doc.tables[name], table, found), chosen=name == table) for name in names
    }
    title = f"{table} and the tables around it"
    return drawn(cards, found, title, counted(found, len(names)), link, styled=styled)


def _columns(table: Table, chosen: str, found: Sequence[Relation]) -> tuple[Column, ...]:
    ends = {(relation.table, relation.column) for relation in found} | {(one.to, one.reverse) for one in found}
    left = MOST_COMPUTED if table.name == chosen else 0
    shown = []
    for column in table.columns.values():
        relates = (table.name, column.name) in ends
        plain = not relates and (column.formula is not None or column is table.display)
        left -= plain
        if relates or (plain and left >= 0):
            shown.append(column)
    return tuple(shown)
