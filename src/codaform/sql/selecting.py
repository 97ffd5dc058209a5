"""The rows that a selection finds, as a join: equal columns and a range in its condition, the rest asked behind it."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from codaform.model import types
from codaform.model.schema import Column
from codaform.model.types import ListOf, RowOf
from codaform.semantics import ir
from codaform.sql.comparing import in_order_of
from codaform.sql.frames import Joined, SqlFrame, column, is_fixed_value, named, table, within
from codaform.sql.kinds import cast
from codaform.sql.relations import PLACE, ROW
from codaform.sql.trees import CannotLower, coalesce, either, is_null, not_null
from codaform.sql.values import SqlWriting, Stream, Value, truth

_LONGEST_INTERVAL = 400
"""So many days are listed one by one, so that rows are found by their day; a longer range is compared."""


def all_rows(lowering: SqlWriting, frame: SqlFrame, name: str) -> Stream:
    """All rows of a table or of a view, for each row of a frame."""
    view = lowering.relations.views.get(name)
    if view is not None:
        return _rows_of_view(frame, lowering.relations.view_table(name), view)
    found, row = _joined(lowering, frame, name, None, exp.true())
    return Stream(found, frame, row, ((row.tree, False),), once=True)


def _rows_of_view(frame: SqlFrame, name: str, view: str) -> Stream:
    row, place = frame.new_name(), frame.new_name()
    select = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("f"))).from_(table(frame.last, "f"))
    select.select(named(column(ROW, "r"), row), named(column(PLACE, "r"), place), copy=False)
    select.join(table(view, "r"), on=exp.true(), join_type="inner", copy=False)
    below = frame.below(select, [row])
    return Stream(below, frame, Value(column(row), RowOf(name), sure=True), ((column(place), False),))


def mirrored(lowering: SqlWriting, frame: SqlFrame, row: Value, reverse: Column) -> Stream:
    """The rows of another table that point to a row."""
    pointing, number = lowering.rows_of(reverse.to)
    cell = lowering.cell(Value(number, RowOf(reverse.to), sure=True), reverse.to, reverse.reverse, pointing)
    pointing, key = _items(lowering, pointing, number, cell)
    on = exp.EQ(this=column(key.name, "r"), expression=within(frame.compute(row.tree), "f"))
    found, item = _joined(lowering, frame, reverse.to, (pointing, number), on)
    flag = either(row.flag, _any_flag(pointing, cell.flag))
    return Stream(found, frame, item, ((item.tree, False),), flag, once=True)


def selected(lowering: SqlWriting, frame: SqlFrame, node: ir.Select) -> Stream:
    """The rows of a table that fulfil a condition."""
    if node.slot < 0 and not node.equal:
        raise CannotLower("a look-up without a column")
    conditions: list[exp.Expr] = []
    flags: list[exp.Expr | None] = []
    rows, number = lowering.rows_of(node.table)
    for key, sought in node.equal:
        cell = _key(lowering, rows, number, node.table, key)
        value = lowering.value(sought, frame)
        held = frame.compute(value.tree)
        flags += [value.flag, _any_flag(rows, cell.flag)]
        if isinstance(cell.kind, ListOf):
            rows, inner = _items(lowering, rows, number, cell)
            flags.append(is_null(held))
            conditions.append(exp.EQ(this=column(inner.name, "r"), expression=within(held, "f")))
        elif value.sure or cell.sure:
            conditions.append(exp.EQ(this=_right(rows, cell), expression=within(held, "f")))
        else:
            conditions.append(frame.dialect.same(_right(rows, cell), within(held, "f"), cell.kind))
    limits: Bounds = []
    if node.ranged:
        cell = _key(lowering, rows, number, node.table, node.ranged)
        flags.append(_any_flag(rows, cell.flag))
        bounds = []
        for limit in node.bounds:
            value = lowering.value(limit.value, frame)
            flags.append(value.flag)
            if value.kind not in (cell.kind, types.BLANK):
                raise CannotLower("a range whose limits are of another type")
            bounds.append((limit.sign, value))
        limits = [] if node.equal else _limits(frame, cell, bounds)
        ordered = in_order_of(frame, replace(cell, tree=_right(rows, cell)))
        compared = [
            _SIGNS[sign](this=ordered.copy(), expression=within(frame.compute(value.tree), "f"))
            if cell.sure and value.sure
            else _bound(ordered, sign, within(frame.compute(value.tree), "f"))
            for sign, value in bounds
        ]
        if not cell.sure and any(sign == ">" for sign, _ in bounds):
            compared = [not_null(_right(rows, cell)), *compared]
        conditions += compared
        ranged = _right(rows, cell)
    on = exp.and_(*[condition.copy() for condition in conditions]) if conditions else exp.true()
    if not limits:
        found, row = _joined(lowering, frame, node.table, (rows, number), on)
    else:
        _note_range(lowering, node)
        found, row = _in_range(lowering, frame, node.table, (rows, number), on, replace(cell, tree=ranged), limits)
    stream = Stream(found, frame, row, ((row.tree, False),), either(*flags), once=True)
    if node.rest is not None:
        with lowering.slot(node.slot, row):
            holds = lowering.value(node.rest, found)
        return filtered(lowering, stream, holds)
    return stream


def filtered(lowering: SqlWriting, stream: Stream, holds: Value) -> Stream:
    """The items for which a condition holds."""
    flag = stream.flag if holds.flag is None else lowering.flag_of(stream, holds.flag)
    items = stream.frame
    kept = SqlFrame(items.statement, items.keys, computed=dict(items.computed), joins=dict(items.joins))
    condition = items.compute(truth(holds))
    kept.step(exp.select("*").from_(table(items.last)).where(condition))
    return replace(stream, frame=kept, flag=flag)


def _right(rows: SqlFrame, cell: Value) -> exp.Expr:
    """A value of the rows that are joined, as `r` has it."""
    return within(rows.compute(cell.tree), "r")


def _key(lowering: SqlWriting, rows: SqlFrame, number: exp.Column, name: str, key: ir.Key) -> Value:
    """The cell of a row by which it is looked up, maybe behind relations of the row."""
    found = Value(number, RowOf(name), sure=True)
    for step in key:
        assert isinstance(found.kind, RowOf)
        found = lowering.cell(found, found.kind.table, step, rows)
    return found


def _items(lowering: SqlWriting, rows: SqlFrame, number: exp.Column, cell: Value) -> tuple[SqlFrame, exp.Column]:
    """A frame with a row for each different item of cells; of cells with one value, the same frame."""
    if not isinstance(cell.kind, ListOf):
        found = rows.compute(cell.tree)
        assert isinstance(found, exp.Column)
        return rows, found
    stream = lowering.stream(cell, rows)
    item = stream.frame.compute(stream.item.tree)
    assert isinstance(item, exp.Column)
    name = lowering.statement.add(exp.select(number.copy(), item.copy()).distinct().from_(table(stream.frame.last)))
    once = SqlFrame(lowering.statement, (number,), [(name, exp.select("*"))])
    return once, item


def _any_flag(rows: SqlFrame, flag: exp.Expr | None) -> exp.Expr | None:
    """Whether any of the rows is flagged: then nothing can be looked up among them."""
    if flag is None:
        return None
    raised = rows.compute(flag)
    if is_fixed_value(raised):
        return raised
    raised = column(raised.name, "r")
    some = exp.select(rows.dialect.total("bool_or", raised)).from_(table(rows.last, "r"))
    return coalesce(exp.Subquery(this=some), exp.false())


def _joined(
    lowering: SqlWriting,
    frame: SqlFrame,
    name: str,
    rows: tuple[SqlFrame, exp.Column] | None,
    on: exp.Expr,
) -> tuple[SqlFrame, Value]:
    """A frame below with the rows of a table that fulfil a condition; by default all of them."""
    found, number = rows if rows is not None else lowering.rows_of(name)
    select = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("f"))).from_(table(frame.last, "f"))
    select.join(table(found.last, "r"), on=on, join_type="inner", copy=False)
    return _below(lowering, frame, name, found, number, select)


def _below(
    lowering: SqlWriting, frame: SqlFrame, name: str, rows: SqlFrame, number: exp.Column, select: exp.Select
) -> tuple[SqlFrame, Value]:
    row = frame.new_name()
    select.select(named(column(number.name, "r"), row), copy=False)
    below = frame.below(select, [row])
    relation = lowering.relations.tables[name]
    own = rows.joins.get((relation, number))
    if own is not None:
        below.joins[relation, column(row)] = Joined(
            below, select, 0, lambda cell: column(own.column(cell).name, "r"), relation
        )
    return below, Value(column(row), RowOf(name), sure=True)


def _bound(cell: exp.Expr, sign: str, limit: exp.Expr) -> exp.Expr:
    """The test whether a cell is within a limit; a blank is smaller than everything."""
    if isinstance(limit, exp.Null) or (isinstance(limit, exp.Cast) and isinstance(limit.this, exp.Null)):
        return {">": not_null(cell), ">=": exp.true(), "<": exp.false(), "<=": is_null(cell)}[sign]
    match sign:
        case ">":
            return coalesce(exp.GT(this=cell, expression=limit), exp.and_(not_null(cell), is_null(limit)))
        case ">=":
            return coalesce(exp.GTE(this=cell, expression=limit), is_null(limit))
        case "<":
            return coalesce(exp.LT(this=cell, expression=limit), exp.and_(is_null(cell), not_null(limit)))
    return coalesce(exp.LTE(this=cell, expression=limit), is_null(cell))


Bounds = list[tuple[str, Value]]


def _limits(frame: SqlFrame, cell: Value, bounds: Bounds) -> Bounds:
    """The lower and the upper limit of a range of numbers or times; nothing where it is no such range."""
    lower = [(sign, value) for sign, value in bounds if sign[0] == ">" and value.kind != types.BLANK]
    upper = [(sign, value) for sign, value in bounds if sign[0] == "<" and value.kind != types.BLANK]
    by_day = frame.dialect.by_day
    if cell.kind not in ({types.DATE} if by_day else _RANGED) or (len(lower), len(upper), len(bounds)) != (1, 1, 2):
        return []
    return [(sign, replace(value, tree=frame.compute(value.tree))) for sign, value in (*lower, *upper)]


_RANGED = frozenset({types.NUMBER, types.DATE, types.DATETIME, types.TIME, types.DURATION})


def _note_range(lowering: SqlWriting, node: ir.Select) -> None:
    """Note the column whose order finds the rows of a range."""
    place = lowering.relations.cells.get((node.table, node.ranged[0])) if len(node.ranged) == 1 else None
    if place is not None and place.relation == lowering.relations.tables[node.table]:
        lowering.statement.ranged.add((place.relation, place.column))


def _in_range(
    lowering: SqlWriting,
    frame: SqlFrame,
    name: str,
    rows: tuple[SqlFrame, exp.Column],
    on: exp.Expr,
    cell: Value,
    limits: Bounds,
) -> tuple[SqlFrame, Value]:
    """Rows between two limits: those of rows that have both are found by what the engine finds fastest.

    For the others, `on` is asked of all rows.
    """
    found, number = rows
    star = exp.Column(this=exp.Star(), table=exp.to_identifier("f"))
    if frame.dialect.by_day:
        quick, chosen, day = _by_day(lowering, frame, found, cell.tree, limits)
    else:
        day = ""
        sure = exp.and_(*(exp.true() if value.sure else not_null(value.tree.copy()) for _, value in limits))
        chosen = frame.compute(coalesce(sure, exp.false()))
        between = [_SIGNS[sign](this=cell.tree.copy(), expression=within(value.tree, "f")) for sign, value in limits]
        quick = exp.select(star.copy()).from_(table(frame.last, "f"))
        quick.join(table(found.last, "r"), on=exp.and_(within(chosen, "f"), *between), join_type="inner", copy=False)
        if all(value.sure for _, value in limits):
            return _below(lowering, frame, name, found, number, quick)
    others = exp.select(star, *([named(cast(exp.Null(), "INTEGER"), day)] if day else []))
    others = others.from_(table(frame.last, "f"))
    others.join(
        table(found.last, "r"), on=exp.and_(exp.Not(this=within(chosen, "f")), on.copy()), join_type="inner", copy=False
    )
    row = frame.new_name()
    for part in (quick, others):
        part.select(named(column(number.name, "r"), row), copy=False)
    both = exp.union(quick, others, distinct=False)
    below = frame.below(exp.select("*").from_(both.subquery(exp.to_identifier("both", quoted=True))), [row])
    return below, Value(column(row), RowOf(name), sure=True)


_SIGNS: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def _by_day(
    lowering: SqlWriting, frame: SqlFrame, found: SqlFrame, cell: exp.Expr, limits: Bounds
) -> tuple[exp.Select, exp.Expr, str]:
    """Short ranges are listed by day and joined with the rows of each day; the test for such a range, the day's column.

    The list has the first and the last day, too: only a limit that is no day of the range is asked behind the join.
    """
    first, last = (value.tree for _, value in limits)
    length = frame.compute(frame.dialect.word("days_between", first, last))
    between = exp.Between(this=length, low=exp.Literal.number(-1), high=exp.Literal.number(_LONGEST_INTERVAL))
    short = frame.compute(coalesce(between, exp.false()))
    day = frame.new_name()
    each = lowering.statement.add(frame.dialect.counted(table(frame.last), length, day).where(short.copy()))
    that_day = exp.EQ(
        this=cell.copy(), expression=frame.dialect.word("days_later", within(first, "f"), column(day, "f"))
    )
    by_day = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("f"))).from_(table(each, "f"))
    outside = [
        _SIGNS[sign](this=cell.copy(), expression=within(value.tree, "f")) for sign, value in limits if len(sign) == 1
    ]
    by_day.join(table(found.last, "r"), on=exp.and_(that_day, *outside), join_type="inner", copy=False)
    return by_day, short, day
