"""Lists in SQL: items that are taken, left out, put in order; a list as one value or as rows of a frame below."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from codaform.library import filters, lists, logic, tables
from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import ListOf, RowOf, describe
from codaform.semantics import ir
from codaform.sql.comparing import ORDERED, compared, in_order_of
from codaform.sql.conversions import converted_value, joined
from codaform.sql.forms.form import SqlForm, Template, as_typed, common
from codaform.sql.forms.logic_forms import Special
from codaform.sql.forms.number_forms import written_number
from codaform.sql.forms.total_forms import (
    Fold,
    average_of,
    count_all,
    empty,
    folded,
    is_false,
    stream_of,
    sum_of,
    together,
)
from codaform.sql.frames import SqlFrame, column, table
from codaform.sql.kinds import cast
from codaform.sql.selecting import filtered
from codaform.sql.templates import as_item, computed
from codaform.sql.trees import CannotLower, coalesce, either, in_order, is_leaf, is_null, not_null
from codaform.sql.values import Lowered, SqlWriting, Stream, Value, truth

NUMBER, BOOLEAN, TEXT, DURATION = types.NUMBER, types.BOOLEAN, types.TEXT, types.DURATION


def _over_those(fold: Fold) -> Special:
    """A function over the items for which a condition holds."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        return fold(lowering, _filtered(lowering, frame, node))

    return Special(make)


def _filtered(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Stream:
    stream, asked = stream_of(lowering, frame, node.args[0]), node.args[1]
    assert isinstance(asked, ir.Lambda)
    item = replace(stream.item, tree=stream.frame.compute(stream.item.tree))
    stream = replace(stream, item=item)
    with lowering.slot(asked.slot, item):
        holds = lowering.value(asked.body, stream.frame)
    return filtered(lowering, stream, converted_value(lowering, stream.frame, holds, BOOLEAN))


def _mapped(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    stream, asked = stream_of(lowering, frame, node.args[0]), node.args[1]
    assert isinstance(asked, ir.Lambda)
    item = replace(stream.item, tree=stream.frame.compute(stream.item.tree))
    return lowering.mapped(replace(stream, item=item), asked.slot, asked.body)


def _odd_many(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """Whether an odd number of conditions holds."""
    given = [converted_value(lowering, frame, lowering.value(part, frame), BOOLEAN) for part in node.args]
    found = truth(given[0])
    for value in given[1:]:
        found = exp.NEQ(this=exp.Paren(this=found), expression=exp.Paren(this=truth(value)))
    return Value(found, BOOLEAN, either(*[value.flag for value in given]), sure=True)


# ------------------------------------------------------------ items


def _find(place_of_list: int) -> Special:
    """The place of the first item that equals a value."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        if len(node.args) > 2 and written_number(node.args[2]) != 1:
            raise CannotLower("a search that begins later", node.span)
        found = lowering.value(node.args[place_of_list], frame)
        value = lowering.value(node.args[1 - place_of_list], frame)
        if not isinstance(found.kind, ListOf) or value.kind != found.kind.item or isinstance(value.kind, ListOf):
            raise CannotLower(f"{describe(value.kind)} among {describe(found.kind)}", node.span)
        place = "CAST(nullif(coalesce(list_position(a, b), 0), 0) AS DOUBLE)"
        tree = computed(frame, place, {"a": found.tree, "b": value.tree})
        return Value(tree, NUMBER, either(found.flag, value.flag))

    return Special(make)


def _is_from_table(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    row = lowering.value(node.args[0], frame)
    owner = node.args[1].value if isinstance(node.args[1], ir.ListOr) else node.args[1]
    if (
        not isinstance(owner, ir.Rows)
        or owner.table not in lowering.relations.tables
        or not isinstance(row.kind, RowOf)
    ):
        raise CannotLower("a row among others than those of a table", node.span)
    return Value(exp.Boolean(this=row.kind.table == owner.table), BOOLEAN, row.flag, sure=True)


_ENDS = {"first": "list_extract(a, 1)", "last": "list_last(a)"}


def _end(name: str) -> Special:
    """The first or the last item."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        found = lowering.part(node.args[0], frame)
        if isinstance(found, Value):
            if found.kind == types.BLANK:
                return found
            assert isinstance(found.kind, ListOf)
            item = computed(frame, _ENDS[name], {"a": found.tree})
            return Value(item, found.kind.item, found.flag)
        item = found.frame.compute(found.item.tree)
        one = folded(found, name, item, found.order)
        return Value(one, found.item.kind, lowering.total_flag(found))

    return Special(make)


def _nth(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    found, place = lowering.value(node.args[0], frame), lowering.value(node.args[1], frame)
    if not isinstance(found.kind, ListOf):
        raise CannotLower(f"{describe(found.kind)} is no list")
    one = "list_extract(a, CASE WHEN b >= 1 AND b < len(a) + 1 THEN CAST(trunc(b) AS BIGINT) END)"
    tree = computed(frame, one, {"a": found.tree, "b": place.tree})
    return Value(tree, found.kind.item, either(found.flag, place.flag))


def _sort(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    stream = stream_of(lowering, frame, node.args[0])
    item = replace(stream.item, tree=stream.frame.compute(stream.item.tree))
    stream = replace(stream, item=item)
    descending = is_false(node.args[1]) if len(node.args) > 1 else False
    key = item
    if len(node.args) > 2 and isinstance(node.args[2], ir.Lambda):
        with lowering.slot(node.args[2].slot, item):
            key = lowering.value(node.args[2].body, stream.frame)
    if isinstance(key.kind, RowOf):
        display = lowering.relations.doc.tables[key.kind.table].display
        if display is None:
            raise CannotLower("rows without a display column are not sorted")
        key = lowering.cell(key, key.kind.table, display.name, stream.frame)
    if key.kind not in ORDERED | {types.PERSON, types.BLANK}:
        raise CannotLower(f"the order of {describe(key.kind)}")
    flag = stream.flag if key.flag is None else lowering.flag_of(stream, key.flag)
    key = replace(key, tree=stream.frame.compute(key.tree))
    if is_leaf(key.tree) and not isinstance(key.tree, exp.Column):  # all have this key, and databases refuse some
        return replace(stream, flag=flag)
    return replace(stream, order=((in_order_of(stream.frame, key), descending), *stream.order), flag=flag)


def _unique(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    stream = stream_of(lowering, frame, node.args[0])
    if isinstance(stream.item.kind, ListOf):
        raise CannotLower("lists in lists are compared item by item")
    item = stream.frame.compute(stream.item.tree)
    flag = lowering.total_flag(stream)
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[*[key.copy() for key in stream.owner.keys], item.copy()],
        order=in_order(None, stream.order),
    )
    first = exp.EQ(this=stream.frame.compute(number), expression=exp.Literal.number(1))
    kept = replace(stream, item=Value(item, stream.item.kind), flag=flag)
    return filtered(lowering, kept, Value(first, BOOLEAN, None, sure=True))


def _contains(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return _shared(lowering, frame, node.args[0], node.args[1:])


def _is_in(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    if len(node.args) != 2:
        raise CannotLower("several values to look for")
    value = lowering.value(node.args[0], frame)
    found = lowering.part(node.args[1], frame)
    if isinstance(found, Value) and not isinstance(found.kind, ListOf):
        return compared(lowering, frame, "=", value, found)
    return _any_equal(lowering, frame, lowering.stream(found, frame), [value])


def _shared(lowering: SqlWriting, frame: SqlFrame, items: ir.Node, sought: tuple[ir.Node, ...]) -> Value:
    values = [lowering.value(part, frame) for part in sought]
    found = lowering.part(items, frame)
    if not isinstance(found.kind, ListOf):
        found = lowering.items(found, frame, flat=False)
    return _any_equal(lowering, frame, lowering.stream(found, frame), values)


def _any_equal(lowering: SqlWriting, frame: SqlFrame, stream: Stream, values: list[Value]) -> Value:
    """Whether an item of a list equals one of some values."""
    if any(isinstance(value.kind, ListOf) for value in [*values, stream.item]):
        raise CannotLower("lists in a list of values to look for")
    held = [replace(value, tree=frame.compute(value.tree), flag=None) for value in values]
    inside = stream.frame
    item = replace(stream.item, tree=inside.compute(stream.item.tree))
    tests = [compared(lowering, inside, "=", item, value) for value in held]
    some = folded(stream, "bool_or", inside.compute(exp.or_(*[test.tree for test in tests])))
    raised = either(*[test.flag for test in tests])
    flag = stream.flag if raised is None else lowering.flag_of(stream, raised)
    flag = either(flag, *[value.flag for value in values])
    return Value(coalesce(some, exp.false()), BOOLEAN, flag, sure=True)


def _list_of(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    values = [as_item(frame, lowering.value(part, frame)) for part in node.args]
    kind = ListOf(common(values))
    # Where all of an item is blank, some databases ask of what type: a column of NULLs has none.
    typed = [as_typed(value, kind.item) for value in values]
    whole = cast(exp.Array(expressions=[value.tree for value in typed]), kind)
    return Value(whole, kind, either(*[value.flag for value in values]), sure=True)


def _combined(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    found: Lowered = together(lowering, frame, node.args)
    while isinstance(found.kind, ListOf) and isinstance(found.kind.item, ListOf):
        found = lowering.opened(lowering.stream(found, frame))
    return found


def _join(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    items, delimiter = node.args[0], node.args[1] if len(node.args) > 1 else ir.Constant("", TEXT)
    return _joined(lowering, frame, items, delimiter)


def _join_delimiter_first(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return _joined(lowering, frame, node.args[1], node.args[0])


def _joined(lowering: SqlWriting, frame: SqlFrame, items: ir.Node, delimiter: ir.Node) -> Value:
    stream = stream_of(lowering, frame, items)
    text = converted_value(lowering, stream.frame, stream.item, TEXT)
    if not isinstance(delimiter, ir.Constant):
        raise CannotLower("a delimiter that is computed", delimiter.span)
    return joined(lowering, replace(stream, item=text), exp.Literal.string(str(delimiter.value or "")))


def _reversed(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    found = lowering.value(node.args[0], frame)
    return replace(found, tree=frame.dialect.word("list_reverse", found.tree))


_PLACE = "CAST(trunc(least(greatest({}, -1e9), 1e9)) AS BIGINT)"


def _slice(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    found, start = lowering.value(node.args[0], frame), lowering.value(node.args[1], frame)
    end = lowering.value(node.args[2], frame) if len(node.args) > 2 else Value(exp.Null(), types.BLANK)
    end = as_typed(end, NUMBER)
    first = f"greatest({_PLACE.format('b')}, 1)"
    last = f"CASE WHEN c IS NULL THEN len(a) ELSE greatest({_PLACE.format('c')}, {first} - 1) END"
    whole = f"CASE WHEN {first} > {last} THEN list_slice(a, 1, 0) ELSE list_slice(a, {first}, {last}) END"
    tree = computed(frame, whole, {"a": found.tree, "b": start.tree, "c": end.tree})
    return Value(tree, found.kind, either(found.flag, start.flag, end.flag))


def _spliced(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """A list with some items taken out and others put in their place."""
    found, start, count = (lowering.value(part, frame) for part in node.args[:3])
    put = [as_item(frame, lowering.value(part, frame)) for part in node.args[3:]]
    if not isinstance(found.kind, ListOf):
        raise CannotLower(f"{describe(found.kind)} is no list")
    kind = ListOf(common([Value(exp.Null(), found.kind.item), *put]))
    frame.dialect.check(kind)
    held = frame.compute(coalesce(cast(found.tree, kind) if kind != found.kind else found.tree, empty(kind)))
    first = f"least(greatest({_PLACE.format('b')} - 1, 0), len(a))"
    at = frame.compute(computed(frame, first, {"a": held, "b": as_typed(start, NUMBER).tree}))
    skip = f"b + greatest({_PLACE.format('c')}, 0)"
    after = frame.compute(computed(frame, skip, {"b": at, "c": as_typed(count, NUMBER).tree}))
    none = "list_slice(a, 1, 0)"
    parts = [
        computed(frame, f"CASE WHEN b > 0 THEN list_slice(a, 1, b) ELSE {none} END", {"a": held, "b": at}),
        computed(
            frame, f"CASE WHEN b < len(a) THEN list_slice(a, b + 1, len(a)) ELSE {none} END", {"a": held, "b": after}
        ),
    ]
    if put:
        parts.insert(1, cast(exp.Array(expressions=[as_typed(value, kind.item).tree for value in put]), kind))
    whole = parts[0]
    for part in parts[1:]:
        whole = frame.dialect.word("list_concat", whole, part)
    return Value(whole, kind, either(found.flag, start.flag, count.flag, *[value.flag for value in put]))


def _matches(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """Whether a value is among those selected, or nothing is selected; a blank selects nothing."""
    selected = [lowering.value(part, frame) for part in node.args[1:]]
    selected = [replace(value, tree=frame.compute(value.tree)) for value in selected if value.kind != types.BLANK]
    nothing = [_selects_nothing(lowering, frame, value) for value in selected]
    found = lowering.part(node.args[0], frame)
    if not isinstance(found.kind, ListOf):
        found = lowering.items(found, frame, flat=False)
    stream = lowering.stream(found, frame)
    inside, item = stream.frame, replace(stream.item, tree=stream.frame.compute(stream.item.tree), flag=None)
    tests = [_selects(lowering, inside, value, item) for value in selected]
    among = folded(stream, "bool_or", inside.compute(exp.or_(*[test.tree for test in tests]))) if tests else exp.true()
    raised = either(*[test.flag for test in tests])
    flag = either(lowering.total_flag(stream), *[value.flag for value in selected])
    if raised is not None:
        flag = either(flag, lowering.flag_of(stream, raised))
    through = exp.and_(*nothing) if nothing else exp.true()
    return Value(exp.or_(exp.Paren(this=through), coalesce(among, exp.false())), BOOLEAN, flag, sure=True)


def _selects_nothing(lowering: SqlWriting, frame: SqlFrame, value: Value) -> exp.Expr:
    """Whether a value of a filter is blank, or a list of blanks."""
    if not isinstance(value.kind, ListOf):
        return is_null(value.tree.copy())
    if isinstance(value.kind.item, ListOf):
        raise CannotLower("lists in a list of values to look for")
    stream = lowering.stream(value, frame)
    there = stream.owner.total(stream.frame, exp.Count(this=stream.frame.compute(stream.item.tree)))
    zero = exp.Literal.number(0)
    return exp.EQ(this=coalesce(there, zero), expression=zero.copy())


def _selects(lowering: SqlWriting, frame: SqlFrame, value: Value, item: Value) -> Value:
    """Whether a value of a filter, or an item of it, is an item."""
    there = not_null(item.tree.copy())
    if not isinstance(value.kind, ListOf):
        same = compared(lowering, frame, "=", item, replace(value, flag=None))
        return replace(same, tree=exp.and_(there, same.tree))
    if value.kind.item not in (item.kind, types.BLANK):
        raise CannotLower(f"{describe(item.kind)} among {describe(value.kind)}")
    if value.kind.item == types.BLANK:
        return Value(exp.false(), BOOLEAN, None, sure=True)
    place = computed(frame, "coalesce(list_position(a, b), 0) > 0", {"a": value.tree, "b": item.tree})
    return Value(exp.and_(there, place), BOOLEAN, None, sure=True)


# ------------------------------------------------------------ sequences

_MOST_ITEMS = 10_000


def _sequence(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The numbers from one to another, or the days, in equal steps; upwards or downwards by one without a step."""
    given = [lowering.value(part, frame) for part in node.args]
    kind = types.DATE if types.DATE in (given[0].kind, given[1].kind) else NUMBER
    lowering.statement.dialect.check(ListOf(kind))
    first, last = (frame.compute(as_typed(value, kind).tree) for value in given[:2])
    between = "CAST(days_between(a, b) AS DOUBLE)" if kind == types.DATE else "minus(b, a)"
    way = frame.compute(computed(frame, between, {"a": first, "b": last}))
    step = computed(frame, "CASE WHEN a >= 0 THEN CAST(1 AS DOUBLE) WHEN a < 0 THEN CAST(-1 AS DOUBLE) END", {"a": way})
    if len(given) > 2 and given[2].kind != types.BLANK:
        cut = "coalesce(trunc(a), b)" if kind == types.DATE else "coalesce(a, b)"
        step = computed(frame, cut, {"a": given[2].tree, "b": step})
    step = frame.compute(step)
    # Ten steps of 0.1 are a little more than 1: what is missed by rounding counts as reached.
    ratio = "CASE WHEN (a > 0) = (b > 0) OR a = 0 THEN divided(a, nullif(b, 0)) + CAST('1e-9' AS DOUBLE) END"
    steps = frame.compute(computed(frame, ratio, {"a": way, "b": step}))
    few = f"CASE WHEN a < {_MOST_ITEMS} THEN CAST(floor(a) AS BIGINT) ELSE -1 END"
    most = frame.compute(computed(frame, few, {"a": steps}))
    odd = f"coalesce(b = 0 OR NOT a < {_MOST_ITEMS} OR NOT isfinite(c), FALSE)"
    flag = frame.compute(computed(frame, odd, {"a": steps, "b": step, "c": way}))
    number = frame.new_name()
    inside = frame.below(frame.dialect.counted(table(frame.last), most, number), [number])
    place = column(number)
    made = "plus(a, times(CAST(b AS DOUBLE), c))"
    if kind == types.DATE:
        made = "days_later(a, CAST(CAST(b AS DOUBLE) * c AS INTEGER))"
    item = inside.compute(computed(inside, made, {"a": first, "b": place, "c": step}))
    stream = Stream(inside, frame, Value(item, kind), ((place, False),), either(flag, *[one.flag for one in given]))
    counted = exp.LTE(this=place.copy(), expression=most.copy())
    return filtered(lowering, stream, Value(counted, BOOLEAN, None, sure=True))


_ROW_ID = Template("CAST(a AS DOUBLE)", NUMBER)

FORMS: dict[Function, SqlForm] = {
    filters.filter_items: Special(_filtered),
    filters.formula_map: Special(_mapped),
    filters.count_if: _over_those(count_all),
    filters.sum_if: _over_those(sum_of),
    filters.average_if: _over_those(average_of),
    filters.sort: Special(_sort),
    filters.contains: Special(_contains),
    filters.is_in: Special(_is_in),
    lists.first: _end("first"),
    lists.last: _end("last"),
    lists.nth: Special(_nth),
    lists.unique: Special(_unique),
    lists.list_of: Special(_list_of),
    lists.combine: Special(_combined),
    lists.combine_nested: Special(_combined),
    lists.join: Special(_join),
    lists.join_delimiter_first: Special(_join_delimiter_first),
    lists.reverse_list: Special(_reversed),
    lists.slice_list: Special(_slice),
    filters.find_item: _find(0),
    filters.find_item_first: _find(1),
    filters.matches: Special(_matches),
    lists.splice: Special(_spliced),
    lists.sequence_of_numbers: Special(_sequence),
    lists.sequence_of_dates: Special(_sequence),
    logic.xor: Special(_odd_many),
    tables.is_from_table: Special(_is_from_table),
    tables.row_id: _ROW_ID,
}
