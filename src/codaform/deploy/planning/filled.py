"""How Coda fills a column, where no API says it: the other sides of relations, and the columns of row facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from codaform.coda.wire.formula_text import compare_formulas
from codaform.deploy.remote.columns import SHOWN_AS, SYSTEM_FORMULAS, made_by
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.schema import SYSTEM_TYPES, Column, Doc, Table
from codaform.semantics.program import Place

Key = tuple[str, str]
"""A column, by its table and its name."""

Links = Mapping[Key, frozenset[tuple[str, str]]]
"""By relation column, the pairs of rows that its cells link: the id of the cell's row and of the row in the cell."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The tables with each column as what it is. notes: By column, what nobody can know."""

    tables: Mapping[str, Table]
    notes: Mapping[Key, str]


def by_formula(tables: Mapping[str, Table], remote: RemoteSchema) -> tuple[dict[str, Table], set[Place]]:
    """The tables in which a column is `reverse:` or a system column where its formula in Coda says just that, and the
    places of those formulas.

    Coda has no format for either, so a deploy writes a formula that gives the same cells. A formula that the folder
    has in its own words stays one.
    """
    doc = replace(remote.doc, tables={**tables})
    found: dict[str, Table] = {}
    places: set[Place] = set()
    for table in tables.values():
        returned = remote.doc.tables[table.name].columns
        columns = {
            name: _without_formula(column, table, doc)
            if column.formula is not None and column.formula is returned[name].formula
            else column
            for name, column in table.columns.items()
        }
        changed = (name for name, column in columns.items() if column is not table.columns[name])
        places.update(Place("formula", table.name, name) for name in changed)
        found[table.name] = replace(table, columns=columns)
    return found, places


def _without_formula(column: Column, table: Table, doc: Doc) -> Column:
    assert column.formula is not None
    text = column.formula.text
    if column.kind == "relation" and column.to in doc.tables:
        for other in _relations(doc.tables[column.to], table.name):
            reverse = replace(column, formula=None, reverse=other.name, many=True)
            made = made_by(reverse, table, doc)
            if made is not None and compare_formulas(text, made) == "same":
                return reverse
    for kind, formula in SYSTEM_FORMULAS.items():
        if column.kind == SHOWN_AS[kind] and not column.many and compare_formulas(text, formula) == "same":
            return replace(column, kind=kind, formula=None)
    return column


def by_rows(tables: Mapping[str, Table], remote: RemoteSchema, links: Links) -> Filled:
    """The tables in which each column that Coda fills with rows is the other side of a relation, where it is clear
    of which.

    A relation whose cells say otherwise is none that the column mirrors; of several that are left, the one whose cells
    say the same is taken.
    """
    found = {**tables}
    notes: dict[Key, str] = {}
    claimed = {(column.to, column.reverse) for _, column in _columns(tables) if column.reverse}
    waiting: dict[Key, list[str]] = {}
    for table, column in _columns(tables):
        key = (table.name, column.name)
        if key not in remote.calculated or column.reverse or column.kind in _BY_NATURE:
            continue
        if column.kind != "relation" or column.to not in tables:
            notes[key] = "Coda fills it, and does not say how"
            continue
        waiting[key] = [
            other.name
            for other in _relations(tables[column.to], table.name)
            if (column.to, other.name) not in remote.calculated
            and (column.to, other.name) not in claimed
            and _may_mirror(links, key, (column.to, other.name))
        ]
    while chosen := _clear(tables, waiting, links):
        (owner, name), other = chosen
        table = found[owner]
        column = replace(table.columns[name], reverse=other, many=True)
        found[owner] = replace(table, columns={**table.columns, name: column})
        del waiting[owner, name]
        for key, candidates in waiting.items():
            if tables[key[0]].columns[key[1]].to == column.to and other in candidates:
                candidates.remove(other)
    for key, candidates in waiting.items():
        choices = " or ".join(candidates) or "none that is seen"
        notes[key] = f"it is the other side of a relation, and Coda does not say of which ({choices}): reverse: says it"
    return Filled(found, notes)


def _clear(tables: Mapping[str, Table], waiting: Mapping[Key, list[str]], links: Links) -> tuple[Key, str] | None:
    """A column of which it is clear what it mirrors."""

    def target(key: Key) -> str:
        return tables[key[0]].columns[key[1]].to

    for key, candidates in waiting.items():
        agreeing = [other for other in candidates if links.get((target(key), other))] if links.get(key) else []
        if len(agreeing) == 1:
            return key, agreeing[0]
        rivals = [
            other
            for other in waiting
            if other != key and target(other) == target(key) and set(waiting[other]) & set(candidates)
        ]
        if len(candidates) == 1 and not rivals:
            return key, candidates[0]
    return None


def _may_mirror(links: Links, column: Key, relation: Key) -> bool:
    """Whether no cell says that a column is not the other side of a relation."""
    there, back = links.get(column), links.get(relation)
    return there is None or back is None or there == {(to, of) for of, to in back}


def _relations(table: Table, to: str) -> Iterator[Column]:
    """The columns of a table in which people link rows of another one."""
    for column in table.columns.values():
        if column.kind == "relation" and column.to == to and not column.computed:
            yield column


def _columns(tables: Mapping[str, Table]) -> Iterator[tuple[Table, Column]]:
    for table in tables.values():
        for column in table.columns.values():
            yield table, column


_BY_NATURE = SYSTEM_TYPES | {"button"}
"""Kinds of columns that Coda fills by their nature."""
