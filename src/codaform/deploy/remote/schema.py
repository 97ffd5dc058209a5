"""The schema of a doc in Coda in the compiler's terms, the ids of its parts, and what no API returns of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codaform.coda.snapshot.reading import doc_from_snapshot
from codaform.coda.snapshot.records import RemoteTable, Snapshot
from codaform.deploy.ids import Ids
from codaform.deploy.remote.columns import shape_text
from codaform.model.schema import Doc, Table
from codaform.semantics.program import FormulaSite, Role, formulas


@dataclass(frozen=True, slots=True)
class RemoteSchema:
    """The schema of a doc in Coda.

    ids: By the names that the doc has now. returned: Formulas as Coda returned them, by place. calculated: Columns that
    Coda fills, and nothing says how. untold: Places of formulas that were not returned. unseen: Columns without their
    description, and views (of the table "") without their columns, as those were not returned.
    """

    doc: Doc
    ids: Ids = field(default_factory=Ids)
    returned: Mapping[FormulaSite, str] = field(default_factory=dict)
    calculated: frozenset[tuple[str, str]] = frozenset()
    untold: frozenset[FormulaSite] = frozenset()
    unseen: frozenset[tuple[str, str]] = frozenset()


def remote_schema(snapshot: Snapshot) -> RemoteSchema:
    """The schema in a snapshot."""
    doc, _ = doc_from_snapshot(snapshot)
    ids = Ids(snapshot.doc.id)
    returned: dict[FormulaSite, str] = {}
    calculated: set[tuple[str, str]] = set()
    unseen: set[tuple[str, str]] = set()
    untold: set[FormulaSite] = set()
    owners: dict[str, Table] = {}
    # doc_from_snapshot gives things names of their own and keeps their order.
    for remote, table in zip(snapshot.tables, doc.tables.values(), strict=True):
        ids.tables[table.name] = remote.id
        owners[remote.id] = table
        _read_columns(remote, table, ids, returned, calculated, unseen)
    waiting = {id: list(table.views) for id, table in owners.items()}
    for view in snapshot.views:
        if view.table not in waiting:
            continue
        known = waiting[view.table].pop(0)
        ids.views[known.name] = view.id
        place = FormulaSite("filter", known.table, known.name)
        if view.filter_text:
            returned[place] = view.filter_text
        elif view.filter and view.filter_text is None:
            untold.add(place)
        if view.columns is None:
            unseen.add(("", known.name))
    for formula in reversed(snapshot.formulas):
        ids.formulas[formula.name] = formula.id
    for name, text in {formula.name: formula.text for formula in reversed(snapshot.formulas)}.items():
        if text is None:
            untold.add(FormulaSite("named", "", name))
        else:
            returned[FormulaSite("named", "", name)] = text
    # doc_from_snapshot keeps the order of controls too.
    ids.controls |= zip(doc.controls, (control.id for control in snapshot.controls), strict=True)
    for control in doc.controls.values():
        untold.update(FormulaSite(role, "", control.name) for role in ("choices", "action", "disable_if"))
    return RemoteSchema(doc, ids, returned, frozenset(calculated), frozenset(untold), frozenset(unseen))


def _read_columns(
    remote: RemoteTable,
    table: Table,
    ids: Ids,
    returned: dict[FormulaSite, str],
    calculated: set[tuple[str, str]],
    unseen: set[tuple[str, str]],
) -> None:
    for read, column in zip(remote.columns, table.columns.values(), strict=True):
        key = (table.name, column.name)
        ids.columns[key] = read.id
        texts: tuple[tuple[Role, object], ...] = (
            ("formula", read.formula),
            ("default", read.default),
            ("action", read.format.get("action")),
            ("disable_if", read.format.get("disableIf")),
        )
        for role, text in texts:
            if isinstance(text, str) and text:
                returned[FormulaSite(role, *key)] = text
        if read.calculated and not read.formula and column.kind != "button":
            calculated.add(key)
        if read.about is None:
            unseen.add(key)


def shapes(remote: RemoteSchema) -> dict[tuple[str, str], str]:
    """By table and column, the type, format and options that Coda has."""
    return {
        (table.name, column.name): shape_text(column, remote.ids.tables.get(column.to, ""))
        for table in remote.doc.tables.values()
        for column in table.columns.values()
    }


def schema_of(doc: Doc) -> RemoteSchema:
    """The schema of a doc that is known in full, without ids, as only Coda gives those."""
    return RemoteSchema(doc, returned={place: source.text for place, source, _ in formulas(doc)})
