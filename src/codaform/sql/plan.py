"""A database's plan for a doc, in order: a relation for each group of columns that can be computed together.

A column is in the first group of its table whose columns read nothing of the group itself. The row-wise engine
computes the things without SQL, and their readers find the values in a relation like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial

from sqlglot import exp
from sqlglot.errors import SqlglotError

from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.schema import Column, column_of, value_type
from codaform.model.types import ListOf, RowOf
from codaform.semantics import ir
from codaform.semantics.dependencies import Graph, GraphNode, order
from codaform.semantics.program import FormulaSite, Role
from codaform.semantics.relations import edges
from codaform.source import NOWHERE, Span
from codaform.sql.apart import parts
from codaform.sql.comparing import ORDERED, in_order_of
from codaform.sql.conversions import converted
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.entered_rows import EnteredRows, WorkbookRows
from codaform.sql.fitting import fits
from codaform.sql.forms import has_form
from codaform.sql.frames import SqlFrame, Statement, column, named, table
from codaform.sql.grouping import finished
from codaform.sql.kinds import literal, type_name
from codaform.sql.lowering import SqlLowering
from codaform.sql.relations import PLACE, ROW, VALUE, Cell, Relations
from codaform.sql.steps import Carrier as Carrier
from codaform.sql.steps import EnteredTable as EnteredTable
from codaform.sql.steps import Given as Given
from codaform.sql.steps import Group as Group
from codaform.sql.steps import Left as Left
from codaform.sql.steps import SqlPlan as SqlPlan
from codaform.sql.trees import CannotLower, Order, in_order
from codaform.sql.values import Lowered, Stream, Value, truth, where_given


def make_plan(
    book: Workbook,
    needs: Graph,
    wanted: Collection[GraphNode],
    dialect: Dialect,
    carrier: Carrier | None = None,
    everything: bool = False,
    rows: EnteredRows | None = None,
) -> SqlPlan:
    """The plan for computed things and all that they read.

    carrier: Without one, nothing can read what has no SQL, and each flag that might be raised is read.
    everything: Whether all entered columns are there, and not only those that are read.
    rows: The rows; by default those of the book.
    """
    return _Planning(book, needs, dialect, carrier, everything, rows or WorkbookRows(book)).plan(wanted)


_DEEP = 15


@dataclass
class _Planning:
    """A plan being made.

    later: Columns of the table and level at hand that are computed apart. aside: Whether that is being done: then the
    other columns of the table stay where they are. helpers: Lists that are looked up once more for others.
    """

    book: Workbook
    needs: Graph
    dialect: Dialect
    carrier: Carrier | None
    everything: bool
    rows: EnteredRows
    helpers: list[GraphNode] = field(default_factory=list)
    later: list[GraphNode] = field(default_factory=list)
    aside: bool = False

    def plan(self, wanted: Collection[GraphNode]) -> SqlPlan:
        reached = dict.fromkeys(_closure(self.needs, wanted))
        relations = Relations(self.book.doc, self.dialect.longest)
        self.made, self.apart = SqlPlan(self.dialect, relations), set[GraphNode]()
        for name in relations.tables:
            self.made.entered[name] = EnteredTable(relations.tables[name], [])
            for declared in self.entered(reached, name):
                cell = self.entered_cell(name, declared)
                self.made.entered[name].cells.append((declared, cell))
                relations.cells[name, declared.name] = cell
        if self.carrier is not None:
            self.carrier.enter(self.made)
            relations.adds_exactly = self.adds_exactly(self.carrier)
        self.level: dict[GraphNode, int] = {}
        self.beside: dict[GraphNode, set[GraphNode]] = {}
        for node in reached:
            if node.kind == "control":
                self.control(node)
        for nodes in order(self.needs):
            for node in nodes:
                if node not in reached or node.kind not in ("cells", "named", "view"):
                    continue
                if node.kind == "cells" and node not in wanted and self.declared(node).reverse:
                    continue  # who reads the other side of a relation joins its rows
                if len(nodes) > 1 or node in self.needs[node].things:
                    self.leave(node, "its cells need each other", NOWHERE)
                    continue
                self.level[node] = self.level_of(node)
        self.delay()
        waiting: dict[tuple[str, int], list[GraphNode]] = {}
        for node, level in self.level.items():
            waiting.setdefault((node.table, level), []).append(node)
        for (name, _), members in sorted(waiting.items(), key=lambda item: (item[0][1], item[0][0])):
            self.group(name, members)
        for node in wanted:
            if node not in self.needs and node.kind == "cells":
                self.without_formula(node)
        return self.made

    def entered_cell(self, name: str, declared: Column) -> Cell:
        """Where the entered cells of a column will be."""
        relations, kind = self.made.relations, value_type(declared)
        given = self.rows.cells(name, declared, self.dialect)
        odd = given.misfits is not None
        flag = relations.flag(name, declared.name) if odd else ""
        cell = Cell(relations.tables[name], relations.column(name, declared.name), kind, flag)
        # Without a carrier, rows may get other cells before the plan is carried out; a book without rows knows none.
        if odd or self.carrier is None or not self.rows.count(name):
            return cell
        return replace(cell, sure=given.sure, most=given.most)

    def adds_exactly(self, carrier: Carrier) -> Callable[[str, str], bool]:
        """The question whether the numbers of a column of a relation have the same sum in any order."""
        most = max(map(self.rows.count, self.book.doc.tables), default=0)
        if self.dialect.asked_from is None or most < self.dialect.asked_from:
            return lambda _relation, _column: False
        return cache(lambda relation, column: carrier.adds_exactly(relation, column, most))

    def level_of(self, node: GraphNode) -> int:
        """The number of the group of a table in which a thing is: cells of its own row may be in the same group."""
        before = {one: self.level[one] for one in self.reads(node) if one in self.level}
        beside = {one for one in before if one.kind == node.kind == "cells" and one.table == node.table}
        bound = self.book.program.formulas.get(self.site(node)) if beside else None
        if bound is not None:
            other_rows = {edge.read for edge in edges(self.book.doc, self.book.lowered(bound)) if edge.path != ()}
            beside -= other_rows
        self.beside[node] = beside
        return max((level if one in beside else level + 1 for one, level in before.items()), default=1)

    def reads(self, node: GraphNode) -> Iterator[GraphNode]:
        """The things that a thing reads; for the other side of a relation, the column that points to the row."""
        for one in self.needs[node].things:
            yield one
            if one.kind == "cells" and (reverse := self.declared(one)).reverse:
                yield GraphNode("cells", reverse.to, reverse.reverse)

    def delay(self) -> None:
        """Move each column into the last group of its table that is still early enough for all its readers."""
        latest: dict[GraphNode, int] = {}
        for reader, level in reversed(self.level.items()):
            own = {level for one, level in self.level.items() if one.table == reader.table}
            if reader.kind == "cells":
                allowed = latest.get(reader, max(own))
                self.level[reader] = level = max(one for one in own if level <= one <= allowed)
            for one in self.reads(reader):
                limit = level if one in self.beside.get(reader, ()) else level - 1
                latest[one] = min(latest.get(one, limit), limit)

    def entered(self, reached: Collection[GraphNode], name: str) -> Iterator[Column]:
        """The columns of a table with entered cells that SQL can hold."""
        for declared in self.book.doc.tables[name].columns.values():
            read = self.everything or GraphNode("cells", name, declared.name) in reached
            if read and not declared.computed and self.has_type(declared):
                yield declared

    def group(self, name: str, members: list[GraphNode]) -> None:
        """Columns of a table that read of each other only cells of the same row, in one relation.

        A named formula has a relation of its own.
        """
        for node in members:
            if node.kind == "view":
                self.view(node)
        for part in [members] if name else [[node] for node in members]:
            waiting = [node for node in part if node.kind != "view"]
            apart = self.set_apart(waiting) if self.dialect.live and name else []
            self.later = [node for one in apart for node in one]
            waiting = [node for node in waiting if node not in self.later]
            while waiting:
                self.statement(name, part, waiting)
            for one in apart:
                self.put_aside(name, one)

    def put_aside(self, name: str, part: list[GraphNode]) -> None:
        """Have columns with totals over other rows in relations of their own.

        A list that others read is in one, and the others look its rows up once more: a list costs more than they do.
        """
        lists = [
            node
            for node in part
            if isinstance(value_type(self.declared(node)), ListOf)
            and not any(one in part for one in self.needs[node].things)
        ]
        self.aside = True
        for node in lists:
            self.statement(name, [node], [node])
        self.helpers, rest = lists, [node for node in part if node not in lists]
        while rest:
            self.statement(name, part, rest)
        self.helpers, self.aside = [], False

    def set_apart(self, members: list[GraphNode]) -> list[list[GraphNode]]:
        """The parts of a table's columns that are computed apart, where views stay."""
        totals = {node for node in members if self.has_totals(node)}
        # The other side of a relation is looked up by each that reads it.
        shared = {node for node in members if node not in totals or not self.declared(node).reverse}
        return parts(members, totals, {node: self.needs[node].things & shared for node in members})

    def has_totals(self, node: GraphNode) -> bool:
        """Whether a column of a table computes something over other rows."""
        lowering = SqlLowering(self.made.relations, self.book, Statement(self.dialect))
        frame = self.frame(lowering, node.table)
        try:
            self.given(lowering, frame, node)
        except (CannotLower, RecursionError):
            return False
        return bool(frame.totals)

    def statement(self, name: str, part: list[GraphNode], waiting: list[GraphNode]) -> None:
        """One statement with those that wait, in order; some go on waiting where the statement would be too heavy.

        What a thing without SQL leaves in a statement cannot be taken out again. So one that may have none is lowered
        by itself first. After one that has none unexpectedly, the statement begins anew, and all others are unsure.
        """
        unsure = {node for node in waiting if self.is_unsure(node)}
        while not self.is_made(name, part, waiting, unsure):
            pass

    def is_made(self, name: str, part: list[GraphNode], waiting: list[GraphNode], unsure: set[GraphNode]) -> bool:
        """Make a statement, unless a thing has no SQL of which that was not expected, or is too heavy for it."""
        lowering = SqlLowering(self.made.relations, self.book, Statement(self.dialect))
        frame = self.frame(lowering, name)
        values: dict[GraphNode, Value] = {}
        for node in self.helpers:
            if (name, node.name) in self.made.relations.cells:
                found = self.lowered(lowering, frame, node)
                if isinstance(found, Stream):
                    lowering.own_lists[node.name] = found
        rest = list(waiting)
        while rest:
            if values and rest[0] in self.apart:
                break
            node = rest.pop(0)
            if node in unsure and not self.has_sql(node, lowering.own):
                waiting.remove(node)
                continue
            try:
                found = self.lowered(lowering, frame, node)
                value = values[node] = self.checked(lowering, found)
            except (CannotLower, RecursionError):
                if node in unsure:
                    raise
                unsure.update([node, *rest])
                return False
            if any(node in self.needs[one].things for one in part):
                lowering.own[node.name] = values[node] = replace(
                    value, tree=frame.compute(value.tree), flag=value.flag and frame.compute(value.flag)
                )
            if self.dialect.heaviest is not None and (weight := lowering.statement.weight()) > self.dialect.heaviest:
                if weight > 2 * self.dialect.heaviest and len(values) > 1:
                    self.apart.add(node)
                    return False
                break
        waiting[:] = rest
        try:
            if values:
                self.make(name, values, lowering, frame, [*waiting, *self.later])
        except CannotLower as fault:  # the statement as a whole is too large
            if len(values) > 1:
                self.apart.update(values)
                waiting[:] = [*values, *rest]
                return False
            self.leave(next(iter(values)), fault.why, fault.span)
        return True

    def given(self, lowering: SqlLowering, frame: SqlFrame, node: GraphNode) -> Value:
        """The value of a thing in each row of a frame, NULL where it is not given. Raises CannotLower."""
        return self.checked(lowering, self.lowered(lowering, frame, node))

    def checked(self, lowering: SqlLowering, found: Lowered) -> Value:
        """What was lowered as a value that the dialect has. Raises CannotLower."""
        value = lowering.listed(found) if isinstance(found, Stream) else found
        type_name(value.kind)
        self.dialect.check(value.kind)
        return where_given(value)

    def is_unsure(self, node: GraphNode) -> bool:
        """Whether a thing may have no SQL: entered cells, a function without a form, or a depth that is none of people.

        The SQL of a formula that is deeper may be too deep to be written.
        """
        if self.declared(node).reverse:
            return False
        if node.kind == "cells" and self.book.cells(node.table, node.name).given:
            return True
        level = [self.book.lowered(self.book.program.formulas[self.site(node)])]
        for _ in range(_DEEP):
            if any(isinstance(one, ir.Apply) and not has_form(one.function) for one in level):
                return True
            level = [inner for one in level for inner in ir.children(one)]
            if not level:
                return False
        return True

    def make(
        self,
        name: str,
        values: dict[GraphNode, Value],
        lowering: SqlLowering,
        frame: SqlFrame,
        waiting: Collection[GraphNode],
    ) -> None:
        """A group of values in a relation, which has the other columns of its table too if they are read later on.

        waiting: Those of the same level that come later. Raises CannotLower, and has done nothing.
        """
        relations, select, carried = self.made.relations, exp.Select(), {}
        relation = relations.relation(f"{name or next(iter(values)).name} computed")
        if name:
            if not self.aside:
                later = partial(self.is_read_later, name, group=values, waiting=waiting)
                carried = {one: cell for one, cell in self.current(name) if later(one)}
            read = {one: lowering.cell(lowering.slots[0], name, one, frame) for one in carried}
            select = exp.select(named(lowering.slots[0].tree.copy(), ROW))
            for one in carried:
                carried[one] = _put(select, relations, relation, GraphNode("cells", name, one), read[one])
        cells = {node.name: _put(select, relations, relation, node, value) for node, value in values.items()}
        whole = finished(lowering.statement, select.from_(table(frame.last), copy=False))
        group = Group(relation, name, whole, cells, frozenset(lowering.statement.ranged), self.aside)
        self.dialect.check_size(group.select)
        self.settle(group)
        if name and not self.aside:
            relations.tables[name] = relation
            relations.cells.update({(name, one): cell for one, cell in carried.items()})
        for node in values:
            self.known(node, cells[node.name])

    def settle(self, group: Group) -> None:
        """Have a group carried out. A flag that is raised nowhere is not read any more."""
        self.made.steps.append(group)
        if self.carrier is not None:
            raised = self.carrier.keep(group)
            for name, cell in group.cells.items():
                if name not in raised:
                    group.cells[name] = replace(cell, flag="")

    def current(self, name: str) -> Iterator[tuple[str, Cell]]:
        """The columns that the newest relation of a table has, and where they are."""
        relations = self.made.relations
        for one in self.book.doc.tables[name].columns:
            cell = relations.cells.get((name, one))
            if cell is not None and cell.relation == relations.tables[name]:
                yield one, cell

    def is_read_later(
        self, table: str, column: str, group: Collection[GraphNode], waiting: Collection[GraphNode]
    ) -> bool:
        """Whether a formula that is not in a group or before it reads a column."""
        if self.everything:
            return True
        node, now = GraphNode("cells", table, column), max(self.level[one] for one in group)
        later = [reader for reader, level in self.level.items() if level > now or reader in waiting]
        return any(node in self.reads(reader) for reader in later)

    def view(self, node: GraphNode) -> None:
        """The rows that a view shows, with their places."""
        relation = self.made.relations.relation(f"{node.name} rows")
        try:
            select = self.shown(node)
        except CannotLower as fault:
            if self.carrier is not None and self.carrier.give(node, relation) is not None:
                self.made.relations.views[node.name] = relation
            self.made.left.append(Left(node, fault.why, None, fault.span))
            return
        self.settle(Group(relation, node.table, select, {}))
        self.made.relations.views[node.name] = relation

    def shown(self, node: GraphNode) -> exp.Select:
        """The SELECT of a view. Raises CannotLower."""
        view = next(one for one in self.book.doc.tables[node.table].views if one.name == node.name)
        lowering = SqlLowering(self.made.relations, self.book, Statement(self.dialect))
        frame, row = lowering.rows_of(node.table)
        owner = lowering.slots[0] = Value(row, RowOf(node.table), sure=True)
        order: Order = ((row, False),)
        condition: exp.Expr = exp.true()
        if view.sort:
            key = lowering.cell(owner, node.table, view.sort, frame)
            if key.kind not in ORDERED or key.flag is not None:
                raise CannotLower(f"the view {view.name} is sorted by what SQL cannot order")
            key = replace(key, tree=frame.compute(key.tree))
            order = ((in_order_of(frame, key), view.descending), *order)
        if view.filter is not None:
            bound = self.book.program.formulas[FormulaSite("filter", node.table, node.name)]
            holds = lowering.value(self.book.lowered(bound), frame)
            if holds.kind != types.BOOLEAN or holds.flag is not None:
                raise CannotLower(f"the condition of the view {view.name} may fail")
            condition = frame.compute(truth(holds))
        place = exp.Window(this=exp.RowNumber(), order=in_order(None, order))
        select = exp.select(named(row.copy(), ROW), named(place, PLACE)).from_(table(frame.last)).where(condition)
        if view.limit is not None:
            select = exp.select("*").from_(select.subquery(exp.to_identifier("shown", quoted=True)))
            select = select.where(exp.LTE(this=column(PLACE), expression=exp.Literal.number(view.limit)))
        return finished(lowering.statement, select)

    def known(self, node: GraphNode, cell: Cell) -> None:
        """From now on formulas read a thing there. The other side of a relation is always looked up."""
        if node.kind != "cells":
            self.made.relations.named[node.name] = cell
        elif not self.book.doc.tables[node.table].columns[node.name].reverse:
            self.made.relations.cells[node.table, node.name] = cell

    def frame(self, lowering: SqlLowering, name: str) -> SqlFrame:
        """The frame of a group."""
        if not name:
            return lowering.one_row()
        frame, row = lowering.rows_of(name)
        lowering.slots[0] = Value(row, RowOf(name), sure=True)
        return frame

    def has_sql(self, node: GraphNode, own: Mapping[str, Value]) -> bool:
        """Whether a thing can be lowered; one that cannot is left to the row-wise engine."""
        lowering = SqlLowering(self.made.relations, self.book, Statement(self.dialect), own=dict(own))
        frame = self.frame(lowering, node.table)
        try:
            if node.kind == "cells" and self.book.cells(node.table, node.name).given:
                raise CannotLower("some of its cells are entered")
            value = self.given(lowering, frame, node)
            # A tree may be too deep to be written, too, or too large for the dialect.
            select = exp.select(value.tree, *([] if value.flag is None else [value.flag])).from_(table(frame.last))
            self.dialect.sql(finished(lowering.statement, select))
        except CannotLower as fault:
            self.leave(node, fault.why, fault.span)
            return False
        except (RecursionError, SqlglotError) as fault:
            # sqlglot wraps what ends its tokenizer.
            if isinstance(fault, SqlglotError) and not isinstance(fault.__cause__, RecursionError):
                raise
            self.leave(node, "the formula is nested too deeply", NOWHERE)
            return False
        return True

    def lowered(self, lowering: SqlLowering, frame: SqlFrame, node: GraphNode) -> Lowered:
        """A thing in each row of a frame; a list may be rows of a frame below. Raises CannotLower."""
        declared = self.declared(node)
        if declared.reverse:
            row = ir.Local(0, RowOf(node.table))
            found = lowering.part(ir.Field(row, node.table, node.name, value_type(declared)), frame)
        else:
            bound = self.book.program.formulas[self.site(node)]
            found = lowering.part(self.book.lowered(bound), frame)
        if found.kind == types.BLANK or (isinstance(found, Value) and _is_blank_list(found)):
            found = converted(lowering, frame, found, value_type(declared))
        return found

    def declared(self, node: GraphNode) -> Column:
        if node.kind == "cells":
            return self.book.doc.tables[node.table].columns[node.name]
        return column_of(self.book.doc, node.name)

    def has_type(self, column: Column) -> bool:
        """Whether the dialect has values of the type of a column."""
        try:
            type_name(value_type(column))
            self.dialect.check(value_type(column))
        except CannotLower:
            return False
        return True

    def site(self, node: GraphNode) -> FormulaSite:
        role: Role = "formula" if node.kind == "cells" else "named"
        return FormulaSite(role, node.table, node.name)

    def without_formula(self, node: GraphNode) -> None:
        """A column that Coda fills."""
        self.leave(node, "no formula computes it", NOWHERE)

    def control(self, node: GraphNode) -> None:
        """A control, as the value that it is set to; in views that stay, as the one that it will be set to."""
        declared = self.declared(node)
        kind = value_type(declared)
        if self.dialect.live:
            if self.has_type(declared):
                cell = Cell(self.made.relations.relation(node.name), VALUE, kind, f"{VALUE} flag")
                self.made.controls[node.name] = cell
                self.known(node, cell)
            return
        book = self.rows.filled if declared.to else self.book  # its value may be a row
        value = book.named_value(node.name)
        if self.has_type(declared) and fits(value, kind, self.dialect):
            relation = self.made.relations.relation(node.name)
            cell = Cell(relation, VALUE, kind)
            select = exp.select(named(literal(None if value == "" else value, kind), VALUE))
            self.settle(Group(relation, "", select, {node.name: cell}))
            self.known(node, cell)

    def leave(self, node: GraphNode, why: str, span: Span) -> None:
        """Leave a thing to the row-wise engine, whose values others may read."""
        source = self.declared(node).formula if node.kind == "cells" else None
        if node.kind == "named":
            source = self.book.doc.formulas[node.name].formula
        self.made.left.append(Left(node, why, source, span))
        if self.carrier is not None:
            relation = self.made.relations.relation(f"{node.table or 'doc'} {node.name}")
            cell = self.carrier.give(node, relation)
            if cell is not None:
                self.made.steps.append(Given(relation, node, cell))
                self.known(node, cell)


def _put(select: exp.Select, relations: Relations, relation: str, node: GraphNode, value: Value) -> Cell:
    """A value and its flag as columns of a relation."""
    name = relations.column(node.table, node.name) if node.table else VALUE
    flag = "" if value.flag is None else relations.flag(node.table, node.name) if node.table else f"{VALUE} flag"
    select.select(named(value.tree, name), copy=False)
    if value.flag is not None:
        select.select(named(value.flag, flag), copy=False)
    return Cell(relation, name, value.kind, flag, most=value.most)


def _is_blank_list(value: Value) -> bool:
    return value.kind == types.ListOf(types.BLANK)


def _closure(needs: Graph, wanted: Collection[GraphNode]) -> Iterator[GraphNode]:
    """Things and everything that they read."""
    found = list(dict.fromkeys(wanted))
    seen = set(found)
    for node in found:
        yield node
        read = needs[node].things if node in needs else ()
        for one in sorted(read, key=lambda thing: (thing.kind, thing.table, thing.name)):
            if one not in seen:
                seen.add(one)
                found.append(one)
