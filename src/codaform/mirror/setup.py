"""A mirror is made, or follows the doc's schema: everything in one transaction, and only in a schema of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from codaform.coda.wire.json_data import InvalidShape, dataclass_from_json, dataclass_to_json
from codaform.deploy.ids import Ids
from codaform.mirror import ddl
from codaform.mirror.changes import LayoutChange, changes, known_ids
from codaform.mirror.layout import MirrorLayout, layout_of
from codaform.mirror.names import MIRROR, TABLES, listed, quoted, text, within
from codaform.mirror.views import ComputedViews, computed_views
from codaform.model.schema import Doc
from codaform.project.files import CannotRead

FORM = 1
"""The number of the form that a mirror has; another one was made by another codaform."""

_MARK = "made by codaform mirror"


@dataclass(frozen=True, slots=True)
class Marker:
    """What a schema says that it was made for. doc, environment: Empty before the first pull."""

    doc_name: str
    layout: MirrorLayout
    views: str
    doc: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """The way to the doc's schema.

    statements: All, in order; none where nothing is to be done. lost: How many values or rows a step would lose.
    """

    layout: MirrorLayout
    views: ComputedViews
    steps: tuple[LayoutChange, ...]
    statements: tuple[str, ...]
    lost: Mapping[str, int]

    @property
    def anew(self) -> bool:
        """Whether the schema is made now."""
        return bool(self.steps) and self.steps[0].what.startswith("make the schema")


def _not_ours(schema: str, names: list[str]) -> CannotRead:
    said = f"the schema {schema} has tables that codaform did not make: {listed(names)}"
    return CannotRead(f"{said}; --schema NAME keeps the mirror in another one")


def _relations(connection: Any, schema: str) -> list[str]:
    """The names of the tables and views of a schema."""
    found = connection.execute(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1",
        (schema,),
    )
    return [name for (name,) in found.fetchall()]


def marker_of(connection: Any, schema: str) -> Marker | None:
    """What a schema was made for; None if there is none, or it is empty.

    Raises CannotRead for a schema that is not a mirror's, and for one of another codaform.
    """
    names = _relations(connection, schema)
    if not names:
        return None
    if MIRROR not in names:
        raise _not_ours(schema, names)
    found = connection.execute(
        f"SELECT form, doc_name, layout, views, doc, environment FROM {within(schema, MIRROR)}"
    ).fetchone()
    if found is None or found[0] != FORM:
        raise CannotRead(f"the schema {schema} was made by another version of codaform mirror")
    try:
        layout = dataclass_from_json(MirrorLayout, found[2])
    except InvalidShape as problem:
        raise CannotRead(f"the mark of the schema {schema} is damaged: {problem}") from None
    return Marker(found[1], layout, found[3], found[4] or "", found[5] or "")


def planned(connection: Any, doc: Doc, schema: str, ids: Ids) -> SetupPlan:
    """The statements that make or change the mirror of a doc. Raises CannotRead."""
    marker = marker_of(connection, schema)
    if marker is not None and marker.doc_name != doc.name:
        raise CannotRead(
            f"the schema {schema} mirrors the doc {marker.doc_name}, not {doc.name}; --schema NAME makes another"
        )
    _check_steps(connection, f"{schema}_steps")
    layout = layout_of(doc, schema, ids)
    if marker is not None:
        taken = {*_relations(connection, schema)} - {*_places(marker.layout)}
        if others := sorted(taken.intersection(_places(layout))):
            raise _not_ours(schema, others)
        layout = known_ids(layout, marker.layout)
    views = computed_views(doc, layout)
    mark = views_mark(views)
    steps = tuple(changes(marker.layout if marker is not None else None, layout))
    if marker is not None and not steps and marker.layout == layout and marker.views == mark:
        return SetupPlan(layout, views, (), (), {})
    lost = {step.what: count for step in steps if step.counted and (count := _count(connection, marker, step.counted))}
    statements = tuple(_statements(marker, layout, views, steps, doc.name, mark))
    return SetupPlan(layout, views, steps, statements, lost)


def _places(layout: MirrorLayout) -> Iterator[str]:
    """The names of the tables and views of the doc."""
    for table in layout.tables:
        yield from (table.place, table.view, *(column.place for column in table.links))


def views_mark(views: ComputedViews) -> str:
    """The hash of the views' texts."""
    return hashlib.sha256("\0".join(views.statements).encode()).hexdigest()[:16]


def _check_steps(connection: Any, steps: str) -> None:
    (known,) = connection.execute(
        "SELECT (SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s)", (steps,)
    ).fetchone()
    there = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (steps,)).fetchone()
    if there and known != _MARK:
        raise CannotRead(f"there is a schema {steps} that codaform did not make; --schema NAME takes another name")


def _count(connection: Any, marker: Marker | None, query: str) -> int:
    """How many values a step loses. A query names things as they are called when the step comes."""
    if marker is None:
        return 0
    import psycopg

    try:
        with connection.transaction():
            (count,) = connection.execute(query).fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return int(count)


def _statements(
    marker: Marker | None,
    layout: MirrorLayout,
    views: ComputedViews,
    steps: tuple[LayoutChange, ...],
    name: str,
    mark: str,
) -> Iterator[str]:
    """Views go first, as they read columns that may go; they come back last."""
    schema = layout.schema
    if marker is None:
        yield f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"
        yield f"COMMENT ON SCHEMA {quoted(schema)} IS {text(f'The doc {name} in Coda, kept by codaform mirror.')}"
    else:
        # Without CASCADE: a view of somebody else on ours is not dropped without a word.
        for table in marker.layout.tables:
            yield f"DROP VIEW {within(schema, table.view)}"
        yield f"DROP SCHEMA {quoted(marker.layout.steps)} CASCADE"
        for table in marker.layout.tables:
            yield f'DROP TRIGGER IF EXISTS "codaform guard" ON {within(schema, table.place)}'
            yield f"DROP FUNCTION IF EXISTS {within(schema, ddl.guard_name(table.place))}() CASCADE"
            for column in table.links:
                yield f"DROP FUNCTION IF EXISTS {within(schema, ddl.guard_name(column.place))}() CASCADE"
    for step in steps:
        yield from step.statements
    for table in layout.tables:
        yield from ddl.comments(layout, table)
        yield from ddl.guards(layout, table)
    yield f"CREATE SCHEMA {quoted(layout.steps)}"
    yield f"COMMENT ON SCHEMA {quoted(layout.steps)} IS {text(_MARK)}"
    yield from views.statements
    yield "RESET search_path"
    yield from _marked(marker, layout, name, mark)


def _marked(marker: Marker | None, layout: MirrorLayout, name: str, mark: str) -> Iterator[str]:
    place = within(layout.schema, MIRROR)
    data = text(_json(layout))
    if marker is None:
        yield (
            f"INSERT INTO {place} (form, doc_name, layout, views) VALUES ({FORM}, {text(name)}, {data}, {text(mark)})"
        )
        for table in TABLES:
            yield f"REVOKE ALL ON {within(layout.schema, table)} FROM PUBLIC"
    else:
        yield f"UPDATE {place} SET layout = {data}, views = {text(mark)}"


def _json(layout: MirrorLayout) -> str:
    import json

    return json.dumps(dataclass_to_json(layout), ensure_ascii=False)


def apply(connection: Any, plan: SetupPlan) -> None:
    """Carry a plan out, in one transaction."""
    with connection.transaction():
        for statement in plan.statements:
            connection.execute(statement.encode())


def current(connection: Any, doc: Doc, schema: str, ids: Ids) -> Marker:
    """The mark of a mirror that has the doc's schema. Raises CannotRead, with what to do."""
    marker = marker_of(connection, schema)
    if marker is None:
        raise CannotRead(f"there is no mirror in the schema {schema}: codaform mirror init --apply makes it")
    if marker.doc_name != doc.name:
        raise CannotRead(f"the schema {schema} mirrors the doc {marker.doc_name}, not {doc.name}")
    wanted = known_ids(layout_of(doc, schema, ids), marker.layout)
    if known_ids(marker.layout, wanted) == wanted:
        return marker if wanted == marker.layout else _with_ids(connection, marker, wanted)
    else:
        steps = [step.what for step in changes(marker.layout, wanted)]
        said = f"{listed(steps, 3)}; " if steps else ""
        raise CannotRead(
            f"the tables in {schema} are not those of the folder: {said}codaform mirror init shows the way"
        )


def _with_ids(connection: Any, marker: Marker, layout: MirrorLayout) -> Marker:
    """The mark with a layout that has ids which it lacked; it is kept."""
    connection.execute(f"UPDATE {within(layout.schema, MIRROR)} SET layout = %s".encode(), (_json(layout),))
    connection.commit()
    return replace(marker, layout=layout)
