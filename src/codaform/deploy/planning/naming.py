"""The doc in Coda with the names of the folder: the renames, and the formulas with the new names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.formats import rest_type
from codaform.coda.wire.formula_text import compare_formulas
from codaform.deploy.kinds.change import SchemaChange
from codaform.deploy.kinds.columns import RenameColumn
from codaform.deploy.kinds.tables import RenameTable
from codaform.deploy.lock import LockEntry
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.schema import Column, Doc, Table, views
from codaform.semantics.program import FormulaSite, program_of
from codaform.semantics.renaming import Renaming, renamed, with_name

_Sure = Literal["name", "id", "case", "look"]
"""Why a name means a thing: the thing has the name, the lock has its id, the name differs in the case of letters alone,
or it alone has the same content."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """The thing of the doc that a name of the folder means. before: Its name in the doc."""

    before: str
    sure: _Sure


def matches(
    wanted: Sequence[str],
    there: Sequence[str],
    locked: Mapping[str, str],
    ids: Mapping[str, str],
    looks: Callable[[str, str], bool] | None = None,
) -> dict[str, NameMatch]:
    """The matches of the wanted names that mean a thing.

    locked: The ids in the lock, by wanted name. ids: The ids of the things in the doc, by name. looks: Whether a wanted
    thing has the content and the place of a thing in the doc.
    """
    by_id = {id: name for name, id in ids.items()}
    matched = {
        name: NameMatch(by_id[id], "name" if by_id[id] == name else "id")
        for name, id in locked.items()
        if name in wanted
        and id in by_id
        and (by_id[id] == name or name not in there or ids.get(name) in locked.values())
    }
    taken = {match.before for match in matched.values()}
    for name in wanted:
        if name not in matched and name in there and name not in taken:
            matched[name] = NameMatch(name, "name")
            taken.add(name)
    for name, other in _pairs(wanted, there, matched, taken, lambda one, other: one.casefold() == other.casefold()):
        matched[name] = NameMatch(other, "case")
        taken.add(other)
    if looks is not None:
        for name, other in _pairs(wanted, there, matched, taken, looks):
            matched[name] = NameMatch(other, "look")
            taken.add(other)
    return matched


def _pairs(
    wanted: Iterable[str],
    there: Iterable[str],
    matched: Mapping[str, NameMatch],
    taken: set[str],
    fits: Callable[[str, str], bool],
) -> list[tuple[str, str]]:
    """The names without a match and the things without a name that fit only each other."""
    missing = [name for name in wanted if name not in matched]
    spare = [name for name in there if name not in taken]
    fitting = [(name, other) for name in missing for other in spare if fits(name, other)]
    names, others = [name for name, _ in fitting], [other for _, other in fitting]
    return [(name, other) for name, other in fitting if names.count(name) == 1 and others.count(other) == 1]


def in_order(renames: Mapping[str, str], there: Iterable[str]) -> list[tuple[str, str]]:
    """Renames as steps, old name and new name, so that each new name is free; a ring of names takes a detour.

    renames: The new names by the old ones. there: All names that things have now.
    """
    waiting = {before: after for before, after in renames.items() if before != after}
    used = {*there, *waiting.values()}
    steps: list[tuple[str, str]] = []
    while waiting:
        free = next((before for before, after in waiting.items() if after not in waiting), None)
        if free is not None:
            steps.append((free, waiting.pop(free)))
            continue
        before, after = next(iter(waiting.items()))
        detour = f"{before} 2"
        while detour in used:
            detour += " 2"
        used.add(detour)
        steps.append((before, detour))
        del waiting[before]
        waiting[detour] = after
    return steps


@dataclass(slots=True)
class NamedDoc:
    """A doc in which all things of the folder have the folder's names.

    tables, columns, views, formulas, controls: The names that the doc has now, by the folder's. changes: The renames of
    tables and columns, each with its match; None for a rename that makes room for another.
    """

    doc: Doc
    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[SchemaChange, NameMatch | None]] = field(default_factory=list)
    _settled: Doc | None = None
    _waiting: list[Renaming] = field(default_factory=list)

    def rename(self, renaming: Renaming) -> None:
        """Rename a thing. The texts of formulas follow all renamings at once, with `settle`."""
        self._settled = self._settled or self.doc
        self._waiting.append(renaming)
        self.doc = with_name(self.doc, renaming)

    def settle(self) -> None:
        """Let the texts of formulas follow the renamings so far."""
        if self._settled is not None:
            self.doc = renamed(self._settled, program_of(self._settled), *self._waiting)
            self._settled = None
            self._waiting.clear()

    def was(self, place: FormulaSite) -> FormulaSite:
        """The place of a formula in the doc's names, by its place in the folder's."""
        match place.role:
            case "named":
                return FormulaSite("named", "", self.formulas.get(place.name, place.name))
            case "filter":
                table = self.tables.get(place.table, place.table)
                return FormulaSite("filter", table, self.views.get(place.name, place.name))
        if not place.table:
            return FormulaSite(place.role, "", self.controls.get(place.name, place.name))
        table, column = self.columns.get((place.table, place.name), (place.table, place.name))
        return FormulaSite(place.role, table, column)


def named_alike(remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> NamedDoc:
    """The doc with the folder's names for the things that it has."""
    named = NamedDoc(remote.doc)
    matched = matches(
        [*wanted.tables],
        [*remote.doc.tables],
        entry.ids.tables,
        remote.ids.tables,
        lambda name, other: _tables_alike(wanted.tables[name], remote.doc.tables[other]),
    )
    for before, after in in_order(_renames(matched), remote.doc.tables):
        named.rename(Renaming("table", before, after))
        named.changes.append((RenameTable(before, after), matched.get(after)))
    for name, match in matched.items():
        named.tables[name] = match.before
        _name_columns(named, remote, wanted.tables[name], match.before, wanted, entry)
    _name_views(named, remote, wanted, entry)
    _name_formulas(named, remote, wanted, entry)
    _name_controls(named, remote, wanted, entry)
    named.settle()
    return named


def _name_columns(
    named: NamedDoc, remote: RemoteSchema, table: Table, before: str, wanted: Doc, entry: LockEntry
) -> None:
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
        if any(there.columns[name].formula for name in there.columns.keys() - {*meant.values()}):
            named.settle()
            there = named.doc.tables[table.name]
        # If several things have the same content, the place alone does not identify one.
        twins = _twins(there, named.doc, meant.values()), _twins(table, wanted, meant)
        matched = matches(
            [*table.columns],
            [*there.columns],
            locked,
            ids,
            lambda name, other: other not in twins[0] and name not in twins[1] and alike(name, other),
        )
    else:
        matched = sure
    for old, new in in_order(_renames(matched), there.columns):
        named.rename(Renaming("column", old, new, table.name))
        named.changes.append((RenameColumn(table.name, old, new), matched.get(new)))
    named.columns |= {(table.name, name): (before, match.before) for name, match in matched.items()}


def _name_views(named: NamedDoc, remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> None:
    there = [view.name for view in views(named.doc)]
    matched = matches([view.name for view in views(wanted)], there, entry.ids.views, remote.ids.views)
    for before, after in in_order(_renames(matched), there):
        named.rename(Renaming("view", before, after))
    named.views |= {name: match.before for name, match in matched.items()}


def _name_formulas(named: NamedDoc, remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> None:
    matched = matches([*wanted.formulas], [*named.doc.formulas], entry.ids.formulas, remote.ids.formulas)
    for before, after in in_order(_renames(matched), named.doc.formulas):
        named.rename(Renaming("formula", before, after))
    named.formulas |= {name: match.before for name, match in matched.items()}


def _name_controls(named: NamedDoc, remote: RemoteSchema, wanted: Doc, entry: LockEntry) -> None:
    matched = matches([*wanted.controls], [*named.doc.controls], entry.ids.controls, remote.ids.controls)
    for before, after in in_order(_renames(matched), named.doc.controls):
        named.rename(Renaming("control", before, after))
    named.controls |= {name: match.before for name, match in matched.items()}


def _renames(matched: Mapping[str, NameMatch]) -> dict[str, str]:
    return {match.before: name for name, match in matched.items()}


def _tables_alike(one: Table, other: Table) -> bool:
    """Whether two tables have columns of the same names and kinds."""
    kinds = [{name: rest_type(column, {}) for name, column in table.columns.items()} for table in (one, other)]
    return bool(kinds[0]) and kinds[0] == kinds[1]


def _anchors(names: list[str], known: set[str]) -> dict[str, str]:
    """For each column the last known one before it, so that places compare despite new columns."""
    before: dict[str, str] = {}
    last = ""
    for name in names:
        before[name] = last
        last = name if name in known else last
    return before


def _content(column: Column, table: Table, doc: Doc) -> tuple[str, bool, str, str | None]:
    return rest_type(column, {}), column.many, column.to, column_formula(column, table, doc)


def _columns_alike(one: Column, table: Table, doc: Doc, other: Column, there: Table, now: Doc) -> bool:
    *kind, text = _content(one, table, doc)
    *other_kind, other_text = _content(other, there, now)
    if kind != other_kind or (text is None) != (other_text is None):
        return False
    return text is None or other_text is None or compare_formulas(other_text, text) == "same"


def _twins(table: Table, doc: Doc, known: Collection[str]) -> set[str]:
    """The columns without a match that share their content with another such column."""
    spare = [name for name in table.columns if name not in known]
    contents = [_content(table.columns[name], table, doc) for name in spare]
    return {name for name, content in zip(spare, contents, strict=True) if contents.count(content) > 1}
