"""The doc in Coda with the names of the folder: what is renamed, and what every formula reads like then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from codaform.coda.wire.formats import rest_type
from codaform.coda.wire.formula_text import compare_formulas
from codaform.deploy.lock import LockEntry
from codaform.deploy.planning.changes import Change, RenameColumn, RenameTable
from codaform.deploy.planning.matching import Match, in_order, matches
from codaform.deploy.remote.columns import made_by
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.schema import Column, Doc, Table, views
from codaform.semantics.program import Place, understand
from codaform.semantics.renaming import Renaming, renamed


@dataclass(slots=True)
class Named:
    """A doc in which everything that the folder means has the folder's name.

    tables, columns, views, formulas, controls: By the folder's names, those that the doc has now. changes: The renames
    of tables and columns, each with what it was judged by; None for one that makes room for another.
    """

    doc: Doc
    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[Change, Match | None]] = field(default_factory=list)

    def was(self, place: Place) -> Place:
        """Where a formula stands now, of a place in the folder's names."""
        match place.role:
            case "named":
                return Place("named", "", self.formulas.get(place.name, place.name))
            case "filter":
                table = self.tables.get(place.table, place.table)
                return Place("filter", table, self.views.get(place.name, place.name))
        if not place.table:
            return Place(place.role, "", self.controls.get(place.name, place.name))
        table, column = self.columns.get((place.table, place.name), (place.table, place.name))
        return Place(place.role, table, column)


def named_alike(remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> Named:
    """The doc with the folder's names, as far as it has what they mean."""
    named = Named(remote.doc)
    found = matches(
        [*wanted.tables],
        [*remote.doc.tables],
        entry.ids.tables,
        remote.ids.tables,
        lambda name, other: _tables_alike(wanted.tables[name], remote.doc.tables[other]),
    )
    for before, after in in_order(_renames(found), remote.doc.tables):
        named.doc = renamed(named.doc, understand(named.doc)[0], Renaming("table", before, after))
        named.changes.append((RenameTable(before, after), found.get(after)))
    for name, match in found.items():
        named.tables[name] = match.before
        _name_columns(named, remote, wanted.tables[name], match.before, wanted, entry)
    _name_views(named, remote, wanted, entry)
    _name_formulas(named, remote, wanted, entry)
    _name_controls(named, remote, wanted, entry)
    return named


def _name_columns(named: Named, remote: RemoteSchema, table: Table, before: str, wanted: Doc, entry: LockEntry) -> None:
    there = named.doc.tables[table.name]
    locked = entry.ids.columns_of(table.name)
    ids = remote.ids.columns_of(before)
    sure = matches([*table.columns], [*there.columns], locked, ids)
    meant = {name: match.before for name, match in sure.items()}
    anchors = _anchors([*table.columns], {*meant}), _anchors([*there.columns], {*meant.values()})

    def alike(name: str, other: str) -> bool:
        placed = meant.get(anchors[0][name], "") == anchors[1][other]
        return placed and _columns_alike(table.columns[name], table, wanted, there.columns[other], there, named.doc)

    if len(meant) < len(table.columns) and len(meant) < len(there.columns):
        # Of things that look the same, only one may be there: the place alone tells nothing.
        twins = _twins(there, named.doc, meant.values()), _twins(table, wanted, meant)
        found = matches(
            [*table.columns],
            [*there.columns],
            locked,
            ids,
            lambda name, other: other not in twins[0] and name not in twins[1] and alike(name, other),
        )
    else:
        found = sure
    for old, new in in_order(_renames(found), there.columns):
        named.doc = renamed(named.doc, understand(named.doc)[0], Renaming("column", old, new, table.name))
        named.changes.append((RenameColumn(table.name, old, new), found.get(new)))
    named.columns |= {(table.name, name): (before, match.before) for name, match in found.items()}


def _name_views(named: Named, remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> None:
    there = [view.name for view in views(named.doc)]
    found = matches([view.name for view in views(wanted)], there, entry.ids.views, remote.ids.views)
    for before, after in in_order(_renames(found), there):
        named.doc = renamed(named.doc, understand(named.doc)[0], Renaming("view", before, after))
    named.views |= {name: match.before for name, match in found.items()}


def _name_formulas(named: Named, remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> None:
    found = matches([*wanted.formulas], [*named.doc.formulas], entry.ids.formulas, remote.ids.formulas)
    for before, after in in_order(_renames(found), named.doc.formulas):
        named.doc = renamed(named.doc, understand(named.doc)[0], Renaming("formula", before, after))
    named.formulas |= {name: match.before for name, match in found.items()}


def _name_controls(named: Named, remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> None:
    found = matches([*wanted.controls], [*named.doc.controls], entry.ids.controls, remote.ids.controls)
    for before, after in in_order(_renames(found), named.doc.controls):
        named.doc = renamed(named.doc, understand(named.doc)[0], Renaming("control", before, after))
    named.controls |= {name: match.before for name, match in found.items()}


def _renames(found: Mapping[str, Match]) -> dict[str, str]:
    return {match.before: name for name, match in found.items()}


def _tables_alike(one: Table, other: Table) -> bool:
    """Whether two tables have columns of the same names and kinds."""
    kinds = [{name: rest_type(column, {}) for name, column in table.columns.items()} for table in (one, other)]
    return bool(kinds[0]) and kinds[0] == kinds[1]


def _anchors(names: list[str], known: set[str]) -> dict[str, str]:
    """For each column the last one before it that is known; so places compare whatever else was added."""
    found: dict[str, str] = {}
    last = ""
    for name in names:
        found[name] = last
        last = name if name in known else last
    return found


def _content(column: Column, table: Table, doc: Doc) -> tuple[str, bool, str, str | None]:
    return rest_type(column, {}), column.many, column.to, made_by(column, table, doc)


def _columns_alike(one: Column, table: Table, doc: Doc, other: Column, there: Table, now: Doc) -> bool:
    *kind, text = _content(one, table, doc)
    *other_kind, other_text = _content(other, there, now)
    if kind != other_kind or (text is None) != (other_text is None):
        return False
    return text is None or other_text is None or compare_formulas(other_text, text) == "same"


def _twins(table: Table, doc: Doc, known: Collection[str]) -> set[str]:
    """Columns without a match that have the same content as another one without."""
    spare = [name for name in table.columns if name not in known]
    contents = [_content(table.columns[name], table, doc) for name in spare]
    return {name for name, content in zip(spare, contents, strict=True) if contents.count(content) > 1}
