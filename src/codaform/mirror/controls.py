"""The controls of a doc beside its tables: a pull reads what they are set to, and views compute with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any, cast

from codaform.coda.door.failures import NotFound
from codaform.coda.door.rest import Rest
from codaform.coda.wire.json_data import Json, flatten
from codaform.coda.wire.rich import linked_row_ids, shown_text
from codaform.mirror.layout import MICROSECONDS, ROW_ID, ROW_NAME, MirrorLayout, StoredColumn, StoredTable
from codaform.mirror.names import CONTROLS, PEOPLE, text, within
from codaform.mirror.reading import RowReader, canonical
from codaform.mirror.staging import as_json
from codaform.model.schema import Doc, Table, control_column


def pull_controls(connection: Any, rest: Rest, doc_id: str, layout: MirrorLayout, doc: Doc, zone: tzinfo) -> None:
    """Read what all controls are set to, a request each; one that is not in the doc any more is unknown from now on.

    Raises Failure.
    """
    values: dict[str, Json] = {}
    for control in layout.controls:
        if control.id:
            try:
                values[control.name] = rest.control(doc_id, control.id).get("value")
            except NotFound:
                continue
    place = within(layout.schema, CONTROLS)
    with connection.transaction():
        connection.execute(f"DELETE FROM {place} WHERE name <> ALL(%s)".encode(), ([*values],))
        for name, (value, misfit) in _read(values, layout, doc, zone).items():
            connection.execute(
                f"INSERT INTO {place} AS c VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE "
                "SET value = excluded.value, misfit = excluded.misfit WHERE ROW(c.value, c.misfit) "
                "IS DISTINCT FROM ROW(excluded.value, excluded.misfit)".encode(),
                (name, None if value is None else as_json(value), misfit),
            )


def _read(
    values: Mapping[str, Json], layout: MirrorLayout, doc: Doc, zone: tzinfo
) -> dict[str, tuple[Json, str | None]]:
    """By name, canonical values, or the texts of those that do not fit. Rows are what the API says: ids or texts."""
    found: dict[str, tuple[Json, str | None]] = {}
    plain = [control for control in layout.controls if control.name in values and not control.refers]
    for control in layout.controls:
        if control.refers and control.name in values:
            items = [cast("Json", item) for item in flatten(values[control.name]) if item not in (None, "")]
            rows: list[Json] = [next(iter(linked_row_ids(item)), shown_text(item)) for item in items]
            found[control.name] = (canonical(rows), None)
    declared = {control.name: control_column(doc.controls[control.name]) for control in plain}
    reader = RowReader(StoredTable("", "", "", tuple(plain)), Table("", declared), zone)
    row = reader.read({"id": "", "values": {control.id: values[control.name] for control in plain}})
    for control in plain:
        found[control.name] = (canonical(row.cells.get(control.name)), row.misfits.get(control.name))
    return found


# ------------------------------------------------------------ as formulas read them


def control_view(layout: MirrorLayout, name: str) -> str:
    """The SELECT of a control's value as formulas read it, and of whether it is unknown: always one row.

    A control that leads to rows is unknown, too, if several rows have the text that it shows, or none.
    """
    control = next(one for one in layout.controls if one.name == name)
    single, many = replace(control, type=control.type.removesuffix("[]")), control.linked or control.type.endswith("[]")
    unknown = "c.name IS NULL OR c.misfit IS NOT NULL"
    if many or control.refers:
        items = "jsonb_array_elements_text(c.value) WITH ORDINALITY AS e(item, place)"
        values = f"(SELECT array_agg({_value(layout, single, 'e.item')} ORDER BY e.place) FROM {items})"
        lost = f"array_position({values}, NULL) IS NOT NULL" if control.refers else ""
        unknown = " OR ".join(filter(None, (unknown, lost)))
        value = values if many else f"({values})[1]"
        if control.refers and not many:
            unknown += " OR jsonb_array_length(c.value) > 1"
    else:
        value = _value(layout, single, "(c.value #>> '{}')")
    known = f"(SELECT 1) AS one LEFT JOIN {within(layout.schema, CONTROLS)} AS c ON c.name = {text(name)}"
    return f'SELECT {value} AS "value", coalesce({unknown}, false) AS "value flag" FROM {known}'


def _value(layout: MirrorLayout, control: StoredColumn, item: str) -> str:
    """A canonical value, or an item of one, in the form that formulas read."""
    if control.refers:
        target = within(layout.schema, layout.table(control.to).place)
        rows = f"x.{ROW_ID} = {item} OR x.{ROW_NAME} = {item}"
        return f'(SELECT min(x."row") FROM {target} AS x WHERE {rows} HAVING count(*) = 1)'
    if control.kind == "person":
        known = f"SELECT min(p.name) FROM {within(layout.schema, PEOPLE)} AS p WHERE p.email = {item}"
        return f"coalesce(({known}), {item})"
    value = f"CAST({item} AS {control.type})"
    return f"CAST({MICROSECONDS[control.type].format(value)} AS bigint)" if control.type in MICROSECONDS else value


def unknown_controls(connection: Any, layout: MirrorLayout) -> Iterator[str]:
    """The names of controls whose values are not there: never read, gone in Coda, or of another kind there."""
    place = within(layout.schema, CONTROLS)
    known = {name for (name,) in connection.execute(f"SELECT name FROM {place} WHERE misfit IS NULL".encode())}
    for control in layout.controls:
        if control.name not in known:
            yield control.name
