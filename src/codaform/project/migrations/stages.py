"""The doc as it is at each phase of a migration, and who would break there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from codaform.model.schema import Doc, Table, View, views
from codaform.project.migration_file import Migration, Part
from codaform.semantics.program import FormulaSite, bind_site, formulas


@dataclass(frozen=True, slots=True)
class PartReader:
    """Something that reads a part that goes. what: As `the formula of tasks.late`. why: What it would say then."""

    what: str
    why: str


def has(doc: Doc, part: Part) -> bool:
    """Whether a doc has a table or a column."""
    table = doc.tables.get(part.table)
    return table is not None and (not part.column or part.column in table.columns)


def is_over(doc: Doc, migration: Migration) -> bool:
    """Whether a folder has nothing any more of what a migration drops: then its rules speak of a doc that is gone."""
    return bool(migration.dropped) and not any(has(doc, part) for part in migration.dropped)


def without(doc: Doc, parts: Iterable[Part]) -> Doc:
    """A doc without some tables and columns, and without the other sides of relations that go with them."""
    gone = {(part.table, part.column) for part in parts}
    tables: dict[str, Table] = {}
    for table in doc.tables.values():
        if (table.name, "") in gone:
            continue
        kept = {
            name: column
            for name, column in table.columns.items()
            if (table.name, name) not in gone
            and not (column.reverse and not gone.isdisjoint({(column.to, ""), (column.to, column.reverse)}))
        }
        tables[table.name] = replace(table, columns=kept)
    return replace(doc, tables=tables)


def at_phase(doc: Doc, migration: Migration, number: int) -> Doc:
    """The doc while a phase runs: with what it makes, without what earlier phases dropped. 0: Before the first one."""
    later = [part for phase in migration.phases if phase.number > number for part in phase.created]
    gone = [part for phase in migration.phases if phase.number < number for part in phase.dropped]
    return without(doc, [*later, *gone])


def readers(doc: Doc, parts: Collection[Part]) -> Iterator[PartReader]:
    """The formulas, views and columns of a doc that break when some parts go."""
    if not parts:
        return
    after = without(doc, parts)
    tables = {part.table for part in parts if not part.column}
    for table in after.tables.values():
        for column in table.columns.values():
            if column.to in tables:
                yield PartReader(f"the column {table.name}.{column.name}", f"its rows are those of {column.to}")
    for view in views(after):
        yield from _of_view(view, after.tables[view.table])
    for place, source, kind in formulas(after):
        _, now = bind_site(doc, place, source, kind)
        _, then = bind_site(after, place, source, kind)
        if any(one.rule.severity == "error" for one in now):
            continue
        broken = next((one for one in then if one.rule.severity == "error"), None)
        if broken is not None:
            yield PartReader(told(place), broken.message)


def broken(doc: Doc) -> Iterator[str]:
    """The formulas of a doc that have errors, in sentences."""
    for place, source, kind in formulas(doc):
        _, said = bind_site(doc, place, source, kind)
        wrong = next((one for one in said if one.rule.severity == "error"), None)
        if wrong is not None:
            yield f"{told(place)}: {wrong.message}"


def told(place: FormulaSite) -> str:
    """The place of a formula, in words."""
    owner = f"{place.table}.{place.name}" if place.table else place.name
    match place.role:
        case "named":
            return f"the named formula {place.name}"
        case "filter":
            return f"the filter of the view {place.name}"
        case "action" | "disable_if":
            return f"the button {owner}"
        case "choices":
            return f"the control {place.name}"
        case "default":
            return f"the default of {owner}"
    return f"the formula of {owner}"


def _of_view(view: View, table: Table) -> Iterator[PartReader]:
    for name in dict.fromkeys([*view.columns, *([view.sort] if view.sort else [])]):
        if name not in table.columns:
            yield PartReader(f"the view {view.name}", f"it shows the column {name} or is sorted by it")
