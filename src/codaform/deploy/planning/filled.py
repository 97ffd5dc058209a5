"""How Coda fills columns that no API explains: the other sides of relations, and the columns of row facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from codaform.coda.wire.filling import SYSTEM_FORMULAS, column_formula
from codaform.coda.wire.formula_text import compare_formulas
from codaform.deploy.remote.columns import SHOWN_AS
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.schema import SYSTEM_TYPES, Column, Doc, Table
from codaform.semantics.program import FormulaSite

_Key = tuple[str, str]
"""A column, by its table and its name."""

Links = Mapping[_Key, frozenset[tuple[str, str]]]
"""By relation column, the pairs of rows that its cells link: the id of the cell's row and of the row in the cell."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The tables with the types of such columns. notes: By column, a sentence if its type stays unknown."""

    tables: Mapping[str, Table]
    notes: Mapping[_Key, str]


def by_formula(tables: Mapping[str, Table], remote: RemoteSchema) -> tuple[dict[str, Table], set[FormulaSite]]:
    """The tables in which a column is `reverse:` or a system column if its formula in Coda says just that, and the
    places of such formulas.

    Coda has no format for either, so a deploy writes a formula with the same cells. A formula that the folder has in
    its own words stays a formula.
    """
    doc = replace(remote.doc, tables={**tables})
    found: dict[str, Table] = {}
    places: set[FormulaSite] = set()
    for table in tables.values():
        returned = remote.doc.tables[table.name].columns
        columns = {
            name: _without_formula(column, table, doc)
            if column.formula is not None and column.formula is returned[name].formula
            else column
            for name, column in table.columns.items()
        }
        changed = (name for name, column in columns.items() if column is not table.columns[name])
        places.update(FormulaSite("formula", table.name, name) for name in changed)
        found[table.name] = replace(table, columns=columns)
    return found, places


def _without_formula(column: Column, table: Table, doc: Doc) -> Column:
    assert column.formula is not None
    text = column.formula.text
    if column.kind == "relation" and column.to in doc.tables:
        for other in _relations(doc.tables[column.to], table.name):
            reverse = replace(column, formula=None, reverse=other.name, many=True)
            made = column_formula(reverse, table, doc)
            if made is not None and compare_formulas(text, made) == "same":
                return reverse
    for kind, formula in SYSTEM_FORMULAS.items():
        if column.kind == SHOWN_AS[kind] and not column.many and compare_formulas(text, formula) == "same":
            return replace(column, kind=kind, formula=None)
    return column


def by_rows(tables: Mapping[str, Table], remote: RemoteSchema, links: Links) -> Filled:
    """The tables in which each column that Coda fills with rows is the other side of a relation, if it is clear which.

    A column does not mirror a relation with other cells; if several relations remain, it mirrors the one with the same
    cells.
    """
    found = {**tables}
    notes: dict[_Key, str] = {}
    claimed = {(column.to, column.reverse) for _, column in _columns(tables) if column.reverse}
    waiting: dict[_Key, list[str]] = {}
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


def _clear(tables: Mapping[str, Table], waiting: Mapping[_Key, list[str]], links: Links) -> tuple[_Key, str] | None:
    """A column, and the relation that it clearly mirrors."""

    def target(key: _Key) -> str:
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


def _may_mirror(links: Links, column: _Key, relation: _Key) -> bool:
    """Whether the cells of a column and a relation do not contradict each other."""
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
