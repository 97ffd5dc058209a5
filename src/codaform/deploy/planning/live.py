"""A doc as it is in Coda, in the compiler's terms: the schema, ids by names, and what nobody could tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codaform.coda.snapshot.reading import as_doc
from codaform.coda.snapshot.records import RemoteTable, Snapshot
from codaform.deploy.planning.column_facts import shape_text
from codaform.model.schema import Doc, Table
from codaform.semantics.program import Place, formulas


@dataclass(frozen=True, slots=True)
class Live:
    """What is known of a doc.

    tables, columns, views, formulas, controls: Ids by the names that the doc has now.
    returned: Formulas as they came back, by place. calculated: Columns of which it is only known that Coda fills them.
    untold: Places whose formula nobody told. unseen: Columns whose description, and views whose columns, nobody told.
    """

    doc: Doc
    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    formulas: Mapping[str, str] = field(default_factory=dict)
    returned: Mapping[Place, str] = field(default_factory=dict)
    calculated: frozenset[tuple[str, str]] = frozenset()
    untold: frozenset[Place] = frozenset()
    unseen: frozenset[tuple[str, str]] = frozenset()
    controls: Mapping[str, str] = field(default_factory=dict)


def live(snapshot: Snapshot) -> Live:
    """What a snapshot tells."""
    doc, _ = as_doc(snapshot)
    tables: dict[str, str] = {}
    columns: dict[tuple[str, str], str] = {}
    views: dict[str, str] = {}
    returned: dict[Place, str] = {}
    calculated: set[tuple[str, str]] = set()
    unseen: set[tuple[str, str]] = set()
    untold: set[Place] = set()
    owners: dict[str, Table] = {}
    # as_doc gives things names of their own and keeps their order.
    for remote, table in zip(snapshot.tables, doc.tables.values(), strict=True):
        tables[table.name] = remote.id
        owners[remote.id] = table
        _columns(remote, table, columns, returned, calculated, unseen)
    waiting = {id: list(table.views) for id, table in owners.items()}
    for view in snapshot.views:
        if view.table not in waiting:
            continue
        known = waiting[view.table].pop(0)
        views[known.name] = view.id
        place = Place("filter", known.table, known.name)
        if view.filter_text:
            returned[place] = view.filter_text
        elif view.filter and view.filter_text is None:
            untold.add(place)
        if view.columns is None:
            unseen.add(("", known.name))
    ids = {formula.name: formula.id for formula in reversed(snapshot.formulas)}
    texts = {formula.name: formula.text for formula in reversed(snapshot.formulas)}
    for name, text in texts.items():
        if text is None:
            untold.add(Place("named", "", name))
        else:
            returned[Place("named", "", name)] = text
    # as_doc keeps the order of controls too.
    controls = dict(zip(doc.controls, (control.id for control in snapshot.controls), strict=True))
    for control in doc.controls.values():
        untold.update(Place(role, "", control.name) for role in ("choices", "action", "disable_if"))
    return Live(
        doc,
        tables,
        columns,
        views,
        ids,
        returned,
        frozenset(calculated),
        frozenset(untold),
        frozenset(unseen),
        controls,
    )


def _columns(
    remote: RemoteTable,
    table: Table,
    ids: dict[tuple[str, str], str],
    returned: dict[Place, str],
    calculated: set[tuple[str, str]],
    unseen: set[tuple[str, str]],
) -> None:
    for told, column in zip(remote.columns, table.columns.values(), strict=True):
        key = (table.name, column.name)
        ids[key] = told.id
        texts = {
            "formula": told.formula,
            "default": told.default,
            "action": told.format.get("action"),
            "disable_if": told.format.get("disableIf"),
        }
        for role, text in texts.items():
            if isinstance(text, str) and text:
                returned[Place(role, *key)] = text  # type: ignore[arg-type]
        if told.calculated and not told.formula and column.kind != "button":
            calculated.add(key)
        if told.about is None:
            unseen.add(key)


def shapes(live: Live) -> dict[tuple[str, str], str]:
    """By table and column, the type, format and options that Coda tells."""
    return {
        (table.name, column.name): shape_text(column, live.tables.get(column.to, ""))
        for table in live.doc.tables.values()
        for column in table.columns.values()
    }


def told(doc: Doc) -> Live:
    """A doc of which everything is known, but for ids: they come with Coda."""
    return Live(doc, returned={place: source.text for place, source, _ in formulas(doc)})
