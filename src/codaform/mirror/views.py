"""Computed columns as views: the SQL of each formula, over the tables of a mirror, by the database's own clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.mirror.controls import control_view
from codaform.mirror.layout import ROW_ID, ROW_NAME, MirrorLayout, StoredColumn, StoredTable, stored_doc
from codaform.mirror.names import quoted, text, within
from codaform.model import types
from codaform.model.schema import Doc
from codaform.model.types import ListOf, RowOf, Type
from codaform.semantics.dependencies import GraphNode, graph
from codaform.semantics.program import program_of
from codaform.sql.dialects import LIVE_POSTGRES
from codaform.sql.frames import table as relation
from codaform.sql.plan import EnteredTable, Group, SqlPlan, make_plan
from codaform.sql.relations import ROW, Cell, unused

NOT_GIVEN = "not_given"
"""The column of a view with the names of the computed columns that have no value in a row, as it is an error, or as
PostgreSQL would compute another one than codaform."""


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A computed column of a view. place: Its name there. type: Of the values, in the language."""

    table: str
    name: str
    place: str
    type: Type


@dataclass(frozen=True, slots=True)
class ComputedViews:
    """The views of a layout. statements: In order. left: The computed columns without SQL, with the reason of each.

    controls: Those that columns read: the view of each, in the schema of the steps, and the type of its value.
    """

    statements: tuple[str, ...]
    columns: tuple[ViewColumn, ...]
    left: tuple[tuple[str, str], ...]
    controls: Mapping[str, Cell]

    def of(self, table: str) -> tuple[ViewColumn, ...]:
        """The computed columns of a table."""
        return tuple(column for column in self.columns if column.table == table)


def computed_views(doc: Doc, layout: MirrorLayout) -> ComputedViews:
    """The views that compute the columns of a doc."""
    doc = stored_doc(doc)
    program = program_of(doc)
    book, needs = Workbook(program), graph(program)
    wanted = [
        GraphNode("cells", table.name, column.name)
        for table in doc.tables.values()
        for column in table.columns.values()
        if column.formula is not None or column.reverse
    ]
    plan = make_plan(book, needs, wanted, LIVE_POSTGRES)
    return _Views(doc, layout, plan).made(wanted)


@dataclass
class _Views:
    doc: Doc
    layout: MirrorLayout
    plan: SqlPlan

    def made(self, wanted: list[GraphNode]) -> ComputedViews:
        cells = {
            (step.table, name): cell
            for step in self.plan.steps
            if isinstance(step, Group)
            for name, cell in step.cells.items()
        }
        statements = [f"SET LOCAL search_path = {quoted(self.layout.steps)}"]
        for name, entered in self.plan.entered.items():
            statements.append(self.entered(self.layout.table(name), entered))
        for name, cell in self.plan.controls.items():
            statements.append(f"CREATE VIEW {quoted(cell.relation)} AS\n{control_view(self.layout, name)}")
        for step in self.plan.steps:
            if isinstance(step, Group):
                made = exp.Create(this=relation(step.relation), kind="VIEW", expression=step.select)
                statements.append(LIVE_POSTGRES.sql(made, pretty=True))
        columns: list[ViewColumn] = []
        for table in self.layout.tables:
            statements += self.view(table, cells, columns)
        told = {node for node in wanted if (node.table, node.name) not in cells}
        left = tuple((f"{one.node.table}.{one.node.name}", one.why) for one in self.plan.left if one.node in told)
        return ComputedViews(tuple(statements), tuple(columns), left, self.plan.controls)

    # ------------------------------------------------------------ in: as formulas read them

    def entered(self, table: StoredTable, entered: EnteredTable) -> str:
        """A view of a table whose values are represented as SQL forms expect them."""
        stored = {column.name: column for column in table.columns}
        parts = [f"t.{quoted(ROW)} AS {quoted(ROW)}"]
        for declared, cell in entered.cells:
            parts.append(f"{self.read(stored[declared.name], cell.kind)} AS {quoted(cell.column)}")
        body = ",\n  ".join(parts)
        source = within(self.layout.schema, table.place)
        return f"CREATE VIEW {quoted(entered.relation)} AS\nSELECT\n  {body}\nFROM {source} AS t"

    def read(self, column: StoredColumn, kind: Type) -> str:
        """A stored value as the forms have it."""
        if column.linked:
            links = within(self.layout.schema, column.place)
            return f'(SELECT array_agg(l."target" ORDER BY l."place") FROM {links} AS l WHERE l."row" = t."row")'
        place = f"t.{quoted(column.microseconds or column.place)}"
        if kind == types.TEXT and column.owner == "mirror":
            return f"NULLIF({place}, '')"  # a program may write an empty text, which is blank
        return place

    # ------------------------------------------------------------ out: as people read them

    def view(self, table: StoredTable, cells: dict[tuple[str, str], Cell], columns: list[ViewColumn]) -> Iterator[str]:
        """The view of a table with all its columns, entered and computed."""
        stored = {column.name: column for column in table.columns}
        taken = {ROW, ROW_ID, ROW_NAME, NOT_GIVEN, *(column.place.casefold() for column in table.plain)}
        parts = [f"t.{quoted(name)}" for name in (ROW, ROW_ID, ROW_NAME)]
        joined: dict[str, str] = {}
        named: list[tuple[str, str]] = []
        flags: list[tuple[str, str]] = []
        comments: list[tuple[str, str]] = []
        for declared in self.doc.tables[table.name].columns.values():
            known, cell = stored.get(declared.name), cells.get((table.name, declared.name))
            if known is not None:
                place = known.place if not known.linked else unused(known.name, taken, LIVE_POSTGRES.longest)
                parts.append(f"{self.shown(known)} AS {quoted(place)}")
                if known.refers and not known.linked:
                    named.append((known.place, known.to))
            elif cell is not None:
                place = unused(declared.name, taken, LIVE_POSTGRES.longest)
                alias = joined.setdefault(cell.relation, f"c{len(joined) + 1}")
                parts.append(f"{given_value(f'{alias}.{quoted(cell.column)}', cell.kind)} AS {quoted(place)}")
                if cell.flag:
                    flags.append((declared.name, f"{alias}.{quoted(cell.flag)}"))
                columns.append(ViewColumn(table.name, declared.name, place, cell.kind))
            else:
                continue
            if declared.about:
                comments.append((place, declared.about))
        source = [f"FROM {within(self.layout.schema, table.place)} AS t"]
        source += [self.joined(name, alias) for name, alias in joined.items()]
        for number, (place, to) in enumerate(named, 1):
            # The text of the row that a relation leads to; PostgreSQL leaves the join out where nobody reads it.
            shown = unused(f"{place}_name", taken, LIVE_POSTGRES.longest)
            parts.append(f"n{number}.{quoted(ROW_NAME)} AS {quoted(shown)}")
            target = within(self.layout.schema, self.layout.table(to).place)
            source.append(f'LEFT JOIN {target} AS n{number} ON n{number}."row" = t.{quoted(place)}')
        if flags:
            told = ", ".join(f"CASE WHEN {flag} THEN {text(name)} END" for name, flag in flags)
            parts.append(f"array_remove(ARRAY[{told}], NULL) AS {quoted(NOT_GIVEN)}")
        view = within(self.layout.schema, table.view)
        yield f"CREATE VIEW {view} AS\nSELECT\n  " + ",\n  ".join(parts) + "\n" + "\n".join(source)
        if table.about:
            yield f"COMMENT ON VIEW {view} IS {text(table.about)}"
        for place, about in comments:
            yield f"COMMENT ON COLUMN {view}.{quoted(place)} IS {text(about)}"

    def joined(self, name: str, alias: str) -> str:
        """A relation with computed columns, joined to the table.

        Totals over other rows are not computed for somebody who does not read them: PostgreSQL leaves a join out if it
        sees that the other side has no row twice.
        """
        group = next(step for step in self.plan.steps if isinstance(step, Group) and step.relation == name)
        if not group.aside:
            return f'JOIN {quoted(name)} AS {alias} ON {alias}."row" = t."row"'
        once = f'(SELECT DISTINCT ON ("row") * FROM {quoted(name)})'
        return f'LEFT JOIN {once} AS {alias} ON {alias}."row" = t."row"'

    def shown(self, column: StoredColumn) -> str:
        """A stored column in the view of its table."""
        return self.read(column, ListOf(RowOf(column.to))) if column.linked else f"t.{quoted(column.place)}"


def given_value(place: str, kind: Type) -> str:
    """A computed value as people read it: moments, times of day, and seconds."""
    match kind:
        case types.DATETIME:
            return f"TIMESTAMPTZ 'epoch' + {place} * INTERVAL '1 microsecond'"
        case types.TIME:
            return f"TIME '00:00' + {place} * INTERVAL '1 microsecond'"
        case types.DURATION:
            return f"CAST({place} AS NUMERIC) / 1000000"
    return place
