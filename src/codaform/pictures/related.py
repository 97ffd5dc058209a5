"""The relations between the tables of a doc, each told once."""

from __future__ import annotations

from dataclasses import dataclass

from codaform.model.schema import Column, Doc, Table


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between tables: the column that holds it, and the column on the other side that mirrors it.

    many: Whether a row refers to many rows. referred_by_many: Whether many rows may refer to the same one.
    """

    table: str
    column: str
    to: str
    reverse: str
    many: bool
    referred_by_many: bool
    computed: bool


def relations_of(doc: Doc) -> list[Relation]:
    """The relations of a doc in its order. A column that mirrors another is the other side of that one's relation."""
    found = []
    for table in doc.tables.values():
        for column in table.columns.values():
            if column.kind != "relation" or column.to not in doc.tables or _mirrors(doc, table, column):
                continue
            reverse = next(
                (
                    other
                    for other in doc.tables[column.to].columns.values()
                    if other.kind == "relation" and other.to == table.name and other.reverse == column.name
                ),
                None,
            )
            computed = column.formula is not None
            found.append(
                Relation(
                    table.name,
                    column.name,
                    column.to,
                    reverse.name if reverse else "",
                    column.many,
                    reverse.many if reverse else True,
                    computed,
                )
            )
    return found


def _mirrors(doc: Doc, table: Table, column: Column) -> bool:
    """Whether a column only shows the other side of a relation that stands elsewhere."""
    if not column.reverse or column.formula is not None:
        return False
    mirrored = doc.tables[column.to].columns.get(column.reverse)
    if mirrored is None or mirrored.kind != "relation" or mirrored.to != table.name:
        return False
    if mirrored.reverse != column.name:
        return True
    # Two columns that name each other are one relation, of the column that comes first.
    places = [(name, other) for name in doc.tables for other in doc.tables[name].columns]
    return places.index((table.name, column.name)) > places.index((column.to, column.reverse))
