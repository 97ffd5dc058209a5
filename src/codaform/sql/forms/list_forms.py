"""Lists in SQL: the items of a list are rows of a frame below, and a total over them is a column of the frame above.

Sums of numbers are added in the order of the list: `sum(x ORDER BY …)` adds from the first to the last, on any number
of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from codaform.library import aggregates, filters, lists, logic, tables
from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type, describe
from codaform.semantics import ir
from codaform.sql.comparing import ORDERED, compared, in_order_of
from codaform.sql.conversions import converted_value, joined
from codaform.sql.forms.form import SqlForm, Template, as_typed, common
from codaform.sql.forms.logic_forms import Special
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import cast
from codaform.sql.selecting import filtered
from codaform.sql.templates import computed
from codaform.sql.trees import CannotLower, Order, coalesce, either, in_order, not_null
from codaform.sql.values import Lowered, SqlWriting, Stream, Value, truth

NUMBER, BOOLEAN, TEXT, DURATION = types.NUMBER, types.BOOLEAN, types.TEXT, types.DURATION


def _stream(lowering: SqlWriting, frame: SqlFrame, node: ir.Node) -> Stream:
    return lowering.stream(lowering.part(node, frame), frame)


def _together(lowering: SqlWriting, frame: SqlFrame, nodes: tuple[ir.Node, ...]) -> Stream:
    """The items of several lists, one list after the other."""
    if len(nodes) == 1:
        return _stream(lowering, frame, nodes[0])
    given = [lowering.value(node, frame) for node in nodes]
    items = [Value(exp.Null(), value.kind.item) for value in given if isinstance(value.kind, ListOf)]
    kind = ListOf(common(items))
    whole = [coalesce(cast(value.tree, kind), _empty(kind)) for value in given]
    tree = whole[0]
    for more in whole[1:]:
        tree = frame.dialect.word("list_concat", tree, more)
    return lowering.stream(Value(tree, kind, either(*[value.flag for value in given]), sure=True), frame)


def _empty(kind: Type) -> exp.Expr:
    return cast(exp.Array(expressions=[]), kind)


def _total(stream: Stream, tree: exp.Expr) -> exp.Column:
    return stream.owner.total(stream.frame, tree)


def _folded(stream: Stream, name: str, item: exp.Expr, order: Order = ()) -> exp.Column:
    """An aggregate over the items of a stream, by its name."""
    return stream.owner.folded(stream.frame, name, item, order)


Fold = Callable[["SqlWriting", Stream], Value]


def _over(fold: Fold) -> Special:
    """A function over the items of all its lists."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        lowering.shares = all(_is_of_its_items(part) for part in node.args)
        try:
            stream = _together(lowering, frame, node.args)
        finally:
            lowering.shares = False
        return fold(lowering, stream)

    return Special(make)


def _is_of_its_items(node: ir.Node) -> bool:
    """Whether a list is the other side of a relation, or cells of its rows.

    Then the rows can be shared: nothing is asked of them that was computed in the frame above after they were found.
    """
    if isinstance(node, ir.Map):
        asked = (part.slot for part in ir.parts(node.body) if isinstance(part, ir.Local))
        return all(slot == node.slot for slot in asked) and _is_of_its_items(node.items)
    if isinstance(node, ir.Items | ir.Flat | ir.ConvertItems | ir.ListOr):
        return _is_of_its_items(next(iter(ir.children(node))))
    return isinstance(node, ir.Field) and node.row == ir.Local(0, node.row.type)


def _over_those(fold: Fold) -> Special:
    """A function over the items for which a condition holds."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        return fold(lowering, _filtered(lowering, frame, node))

    return Special(make)


def _filtered(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Stream:
    stream, asked = _stream(lowering, frame, node.args[0]), node.args[1]
    assert isinstance(asked, ir.Lambda)
    item = replace(stream.item, tree=stream.frame.compute(stream.item.tree))
    stream = replace(stream, item=item)
    with lowering.slot(asked.slot, item):
        holds = lowering.value(asked.body, stream.frame)
    return filtered(lowering, stream, converted_value(lowering, stream.frame, holds, BOOLEAN))


def _mapped(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    stream, asked = _stream(lowering, frame, node.args[0]), node.args[1]
    assert isinstance(asked, ir.Lambda)
    item = replace(stream.item, tree=stream.frame.compute(stream.item.tree))
    return lowering.mapped(replace(stream, item=item), asked.slot, asked.body)


# ------------------------------------------------------------ totals


def _count(lowering: SqlWriting, stream: Stream) -> Value:
    item = stream.item
    if isinstance(item.kind, ListOf):
        held = stream.frame.compute(item.tree)
        tested = computed(stream.frame, "CASE WHEN len(a) > 0 THEN 1 END", {"a": held})
        counted: exp.Expr = exp.Count(this=stream.frame.compute(tested))
    else:
        counted = exp.Count(this=exp.Star() if item.sure else stream.frame.compute(item.tree))
    return _number_of(lowering, stream, counted)


def _count_all(lowering: SqlWriting, stream: Stream) -> Value:
    return _number_of(lowering, stream, exp.Count(this=exp.Star()))


def _count_unique(lowering: SqlWriting, stream: Stream) -> Value:
    if isinstance(stream.item.kind, ListOf):
        raise CannotLower("lists in lists are compared item by item")
    item = stream.frame.compute(stream.item.tree)
    return _number_of(lowering, stream, exp.Count(this=exp.Distinct(expressions=[item])))


def _number_of(lowering: SqlWriting, stream: Stream, counted: exp.Expr) -> Value:
    total = coalesce(_total(stream, counted), exp.Literal.number(0))
    return Value(cast(total, "DOUBLE"), NUMBER, lowering.total_flag(stream), sure=True)


def _of(stream: Stream, *kinds: Type) -> exp.Expr:
    """The item of a stream as a column. Raises CannotLower where it is of no such type."""
    if stream.item.kind not in (*kinds, types.BLANK):
        raise CannotLower(f"a total of {describe(stream.item.kind)}")
    return stream.frame.compute(as_typed(stream.item, kinds[0]).tree)


def _sum(lowering: SqlWriting, stream: Stream) -> Value:
    raised, item = lowering.total_flag(stream), _of(stream, NUMBER)
    total = _folded(stream, "sum", item, stream.order)
    flag = either(raised, computed(stream.owner, "coalesce(NOT isfinite(a), FALSE)", {"a": total}))
    return Value(coalesce(total, cast(exp.Literal.number(0), "DOUBLE")), NUMBER, flag, sure=True)


def _average(lowering: SqlWriting, stream: Stream) -> Value:
    raised, item = lowering.total_flag(stream), _of(stream, NUMBER)
    total = _folded(stream, "sum", item, stream.order)
    count = _total(stream, exp.Count(this=item.copy()))
    flag = either(raised, computed(stream.owner, "coalesce(NOT isfinite(a), FALSE)", {"a": total}))
    return Value(computed(stream.owner, "a / nullif(b, 0)", {"a": total, "b": count}), NUMBER, flag)


def _sum_durations(lowering: SqlWriting, stream: Stream) -> Value:
    total = _folded(stream, "sum of whole numbers", _of(stream, DURATION))
    whole = stream.owner.compute(computed(stream.owner, "TRY_CAST(coalesce(a, 0) AS BIGINT)", {"a": total}))
    beyond = computed(stream.owner, "coalesce(abs(a) > 9000000000000000, TRUE)", {"a": whole})
    return Value(whole, DURATION, either(lowering.total_flag(stream), beyond))


def _average_duration(lowering: SqlWriting, stream: Stream) -> Value:
    """The mean of durations, rounded to microseconds, half to even."""
    item = _of(stream, DURATION)
    total = stream.owner.compute(_folded(stream, "sum of whole numbers", item))
    count = _total(stream, exp.Count(this=item.copy()))
    rest = stream.owner.compute(computed(stream.owner, "((a % b) + b) % b", {"a": total, "b": count}))
    down = stream.owner.compute(computed(stream.owner, "(a - c) // b", {"a": total, "b": count, "c": rest}))
    mean = computed(
        stream.owner,
        "CAST(CASE WHEN b > 0 THEN d + (CASE WHEN 2 * c > b OR (2 * c = b AND d % 2 <> 0) THEN 1 ELSE 0 END) END "
        "AS BIGINT)",
        {"b": count, "c": rest, "d": down},
    )
    beyond = computed(stream.owner, "coalesce(abs(a) > 9000000000000000, FALSE)", {"a": total})
    return Value(stream.owner.compute(mean), DURATION, either(lowering.total_flag(stream), beyond))


def _extreme(name: str) -> Fold:
    def fold(lowering: SqlWriting, stream: Stream) -> Value:
        kind = stream.item.kind
        if kind not in ORDERED | {types.BLANK}:
            raise CannotLower(f"the order of {describe(kind)}")
        item = stream.frame.compute(stream.item.tree)
        found = _folded(
            stream, f"{name} of texts" if kind == TEXT else f"{name} of truths" if kind == BOOLEAN else name, item
        )
        flag = lowering.total_flag(stream)
        if kind == TEXT:
            # Texts that are all numbers are compared as numbers.
            digits = stream.frame.compute(
                computed(stream.frame, "coalesce(regexp_matches(a, '[0-9]'), TRUE)", {"a": item})
            )
            numeric = coalesce(_folded(stream, "bool_and", digits), exp.false())
            flag = either(flag, numeric)
        return Value(found, kind, flag)

    return fold


def _median(lowering: SqlWriting, stream: Stream) -> Value:
    item = _of(stream, NUMBER)
    there = filtered(
        lowering, replace(stream, item=replace(stream.item, tree=item)), Value(not_null(item), BOOLEAN, None, True)
    )
    ordered = lowering.listed(replace(there, order=((item, False),)))
    held = stream.owner.compute(ordered.tree)
    middle = "plus(list_extract(a, (len(a) - 1) // 2 + 1), list_extract(a, len(a) // 2 + 1)) / 2"
    found = stream.owner.compute(computed(stream.owner, middle, {"a": held}))
    flag = computed(stream.owner, "coalesce(NOT isfinite(a), FALSE)", {"a": found})
    return Value(found, NUMBER, either(ordered.flag, flag))


def _product(lowering: SqlWriting, stream: Stream) -> Value:
    item = _of(stream, NUMBER)
    total = _folded(stream, "product", item, stream.order)
    flag = computed(stream.owner, "coalesce(NOT isfinite(a), FALSE)", {"a": total})
    return Value(total, NUMBER, either(lowering.total_flag(stream), flag))


def _conditions(name: str, none: bool) -> Fold:
    def fold(lowering: SqlWriting, stream: Stream) -> Value:
        item = converted_value(lowering, stream.frame, stream.item, BOOLEAN)
        some = _folded(stream, name, stream.frame.compute(truth(item)))
        flag = lowering.total_flag(replace(stream, item=item))
        return Value(coalesce(some, exp.Boolean(this=none)), BOOLEAN, flag, sure=True)

    return fold


def _odd_many(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """Whether an odd number of conditions holds."""
    given = [converted_value(lowering, frame, lowering.value(part, frame), BOOLEAN) for part in node.args]
    found = truth(given[0])
    for value in given[1:]:
        found = exp.NEQ(this=exp.Paren(this=found), expression=exp.Paren(this=truth(value)))
    return Value(found, BOOLEAN, either(*[value.flag for value in given]), sure=True)


def _rank(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """How many items come before a value, and whether it is there."""
    value, stream = lowering.value(node.args[0], frame), _stream(lowering, frame, node.args[1])
    if value.kind != stream.item.kind or value.kind not in ORDERED:
        raise CannotLower(f"the rank of {describe(value.kind)} among {describe(stream.item.kind)}")
    down = _is_false(node.args[2]) if len(node.args) > 2 else False
    held, inside = frame.compute(value.tree), stream.frame
    item = inside.compute(stream.item.tree)
    test = "coalesce(a > b, FALSE)" if down else "coalesce(a < b, FALSE)"
    before = _folded(stream, "count_if", inside.compute(computed(inside, test, {"a": item, "b": held})))
    same = computed(inside, "coalesce(a = b, FALSE)", {"a": item, "b": held})
    there = _folded(stream, "bool_or", inside.compute(same))
    found = computed(frame, "CASE WHEN b THEN CAST(a AS DOUBLE) + 1 END", {"a": before, "b": there})
    return Value(found, NUMBER, either(value.flag, lowering.total_flag(stream)))


# ------------------------------------------------------------ items


def _find(place_of_list: int) -> Special:
    """The place of the first item that equals a value."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        if len(node.args) > 2 and _written(node.args[2]) != 1:
            raise CannotLower("a search that begins later", node.span)
        found, value = (
            lowering.value(node.args[place_of_list], frame),
            lowering.value(node.args[1 - place_of_list], frame),
        )
        if not isinstance(found.kind, ListOf) or value.kind != found.kind.item or isinstance(value.kind, ListOf):
            raise CannotLower(f"{describe(value.kind)} among {describe(found.kind)}", node.span)
        place = "CAST(nullif(coalesce(list_position(a, b), 0), 0) AS DOUBLE)"
        tree = computed(frame, place, {"a": found.tree, "b": value.tree})
        return Value(tree, NUMBER, either(found.flag, value.flag))

    return Special(make)


def _written(node: ir.Node) -> object:
    if isinstance(node, ir.Default):
        blank = isinstance(node.value, ir.Constant) and node.value.value is None
        return node.default if blank else _written(node.value)
    return node.value if isinstance(node, ir.Constant) else None


def _sequence(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """Whole numbers from one to another, by one."""
    if len(node.args) > 2 and node.args[2] != ir.Constant(None, node.args[2].type):
        raise CannotLower("a sequence with a step has no SQL yet", node.span)
    first, last = (lowering.value(part, frame) for part in node.args[:2])
    a, b = frame.compute(as_typed(first, NUMBER).tree), frame.compute(as_typed(last, NUMBER).tree)
    whole = "a = trunc(a) AND b = trunc(b) AND abs(a) < 1e9 AND abs(b) < 1e9 AND abs(b - a) < 1e5"
    bound = f"CASE WHEN {whole} THEN {{}} END"
    up = f"range(CAST({bound.format('a')} AS BIGINT), CAST({bound.format('b')} AS BIGINT) + 1)"
    down = f"range_down(CAST({bound.format('a')} AS BIGINT), CAST({bound.format('b')} AS BIGINT) - 1)"
    sql = f"CAST(coalesce(CASE WHEN b >= a THEN {up} ELSE {down} END, CAST([] AS BIGINT[])) AS DOUBLE[])"
    odd = computed(frame, f"coalesce(NOT ({whole}), FALSE)", {"a": a, "b": b})
    tree = computed(frame, sql, {"a": a, "b": b})
    return Value(tree, ListOf(NUMBER), either(first.flag, last.flag, frame.compute(odd)), sure=True)


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
        one = _folded(found, name, item, found.order)
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
    stream = _stream(lowering, frame, node.args[0])
    item = replace(stream.item, tree=stream.frame.compute(stream.item.tree))
    stream = replace(stream, item=item)
    descending = _is_false(node.args[1]) if len(node.args) > 1 else False
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
    return replace(stream, order=((in_order_of(stream.frame, key), descending), *stream.order), flag=flag)


def _is_false(node: ir.Node) -> bool:
    """Whether a flag of a call is false. Raises CannotLower for one that is computed."""
    if isinstance(node, ir.Default):
        if isinstance(node.value, ir.Constant) and node.value.value is None:
            return node.default is False
        node = node.value
    if isinstance(node, ir.Constant) and isinstance(node.value, bool | None):
        return node.value is False
    raise CannotLower("an order that is computed", node.span)


def _unique(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    stream = _stream(lowering, frame, node.args[0])
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
    some = _folded(stream, "bool_or", inside.compute(exp.or_(*[test.tree for test in tests])))
    raised = either(*[test.flag for test in tests])
    flag = stream.flag if raised is None else lowering.flag_of(stream, raised)
    flag = either(flag, *[value.flag for value in values])
    return Value(coalesce(some, exp.false()), BOOLEAN, flag, sure=True)


def _list_of(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    values = [lowering.value(part, frame) for part in node.args]
    kind = ListOf(common(values))
    whole = cast(exp.Array(expressions=[value.tree for value in values]), kind)
    return Value(whole, kind, either(*[value.flag for value in values]), sure=True)


def _combined(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    found: Lowered = _together(lowering, frame, node.args)
    while isinstance(found.kind, ListOf) and isinstance(found.kind.item, ListOf):
        found = lowering.opened(lowering.stream(found, frame))
    return found


def _join(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    items, delimiter = node.args[0], node.args[1] if len(node.args) > 1 else ir.Constant("", TEXT)
    return _joined(lowering, frame, items, delimiter)


def _join_delimiter_first(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    return _joined(lowering, frame, node.args[1], node.args[0])


def _joined(lowering: SqlWriting, frame: SqlFrame, items: ir.Node, delimiter: ir.Node) -> Value:
    stream = _stream(lowering, frame, items)
    text = converted_value(lowering, stream.frame, stream.item, TEXT)
    between = delimiter.value if isinstance(delimiter, ir.Constant) else None
    if not isinstance(between, str | None) or (between is None and not isinstance(delimiter, ir.Constant)):
        raise CannotLower("a delimiter that is computed", delimiter.span)
    return joined(lowering, replace(stream, item=text), exp.Literal.string(between or ""))


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


_ROW_ID = Template("CAST(a AS DOUBLE)", NUMBER)

FORMS: dict[Function, SqlForm] = {
    filters.filter_items: Special(_filtered),
    filters.formula_map: Special(_mapped),
    filters.count_if: _over_those(_count_all),
    filters.sum_if: _over_those(_sum),
    filters.average_if: _over_those(_average),
    filters.sort: Special(_sort),
    filters.all_true: _over(_conditions("bool_and", none=True)),
    filters.any_true: _over(_conditions("bool_or", none=False)),
    filters.contains: Special(_contains),
    filters.is_in: Special(_is_in),
    lists.count: _over(_count),
    lists.count_all: _over(_count_all),
    lists.count_unique: _over(_count_unique),
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
    aggregates.sum_numbers: _over(_sum),
    aggregates.sum_durations: _over(_sum_durations),
    aggregates.average_number: _over(_average),
    aggregates.average_duration: _over(_average_duration),
    aggregates.largest: _over(_extreme("max")),
    aggregates.smallest: _over(_extreme("min")),
    aggregates.median_number: _over(_median),
    aggregates.product: _over(_product),
    aggregates.rank: Special(_rank),
    filters.find_item: _find(0),
    filters.find_item_first: _find(1),
    lists.sequence_of_numbers: Special(_sequence),
    logic.xor: Special(_odd_many),
    tables.is_from_table: Special(_is_from_table),
    tables.row_id: _ROW_ID,
}
