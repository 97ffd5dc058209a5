"""Totals over the items of lists in SQL: the items are rows of a frame below, a total is a column of the frame above.

Sums of numbers are added in the order of the list: `sum(x ORDER BY …)` adds from the first to the last, on any number
of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from codaform.library import aggregates, filters, lists, numbers
from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import ListOf, Type, describe
from codaform.semantics import ir
from codaform.sql.comparing import ORDERED
from codaform.sql.conversions import converted_value
from codaform.sql.forms.form import SqlForm, as_typed, common
from codaform.sql.forms.logic_forms import Special
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import cast
from codaform.sql.selecting import filtered
from codaform.sql.templates import computed
from codaform.sql.trees import CannotLower, Order, coalesce, either, in_order, is_null, not_null
from codaform.sql.values import Lowered, SqlWriting, Stream, Value, truth

NUMBER, BOOLEAN, TEXT, DURATION = types.NUMBER, types.BOOLEAN, types.TEXT, types.DURATION


def stream_of(lowering: SqlWriting, frame: SqlFrame, node: ir.Node) -> Stream:
    """A list as rows of a frame below, one for each item."""
    return lowering.stream(lowering.part(node, frame), frame)


def together(lowering: SqlWriting, frame: SqlFrame, nodes: tuple[ir.Node, ...]) -> Stream:
    """The items of several lists, one list after the other."""
    if len(nodes) == 1:
        return stream_of(lowering, frame, nodes[0])
    given = [lowering.value(node, frame) for node in nodes]
    items = [Value(exp.Null(), value.kind.item) for value in given if isinstance(value.kind, ListOf)]
    kind = ListOf(common(items))
    whole = [coalesce(cast(value.tree, kind), empty(kind)) for value in given]
    tree = whole[0]
    for more in whole[1:]:
        tree = frame.dialect.word("list_concat", tree, more)
    return lowering.stream(Value(tree, kind, either(*[value.flag for value in given]), sure=True), frame)


def empty(kind: Type) -> exp.Expr:
    """An empty list of a type."""
    return cast(exp.Array(expressions=[]), kind)


def _total(stream: Stream, tree: exp.Expr) -> exp.Column:
    return stream.owner.total(stream.frame, tree)


def folded(stream: Stream, name: str, item: exp.Expr, order: Order = ()) -> exp.Column:
    """An aggregate over the items of a stream, by its name."""
    return stream.owner.folded(stream.frame, name, item, order)


Fold = Callable[["SqlWriting", Stream], Value]


def over(fold: Fold) -> Special:
    """A function over the items of all its lists."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        lowering.shares = all(_is_of_its_items(part) for part in node.args)
        try:
            stream = together(lowering, frame, node.args)
        finally:
            lowering.shares = False
        return fold(lowering, stream)

    return Special(make)


def _is_of_its_items(node: ir.Node) -> bool:
    """Whether a list is the other side of a relation, rows that the own row looks up, or cells of such rows.

    Then the rows can be shared: nothing is asked of them that was computed in the frame above after they were found.
    """
    if isinstance(node, ir.Map):
        asked = (part.slot for part in ir.parts(node.body) if isinstance(part, ir.Local))
        return all(slot == node.slot for slot in asked) and _is_of_its_items(node.items)
    if isinstance(node, ir.Items | ir.Flat | ir.ConvertItems | ir.ListOr):
        return _is_of_its_items(next(iter(ir.children(node))))
    if isinstance(node, ir.Select):
        return all(part.slot in (0, node.slot) for part in ir.parts(node) if isinstance(part, ir.Local))
    return isinstance(node, ir.Field) and node.row == ir.Local(0, node.row.type)


def _count(lowering: SqlWriting, stream: Stream) -> Value:
    item = stream.item
    if isinstance(item.kind, ListOf):
        held = stream.frame.compute(item.tree)
        tested = computed(stream.frame, "CASE WHEN len(a) > 0 THEN 1 END", {"a": held})
        counted: exp.Expr = exp.Count(this=stream.frame.compute(tested))
    else:
        counted = exp.Count(this=exp.Star() if item.sure else stream.frame.compute(item.tree))
    return _number_of(lowering, stream, counted)


def count_all(lowering: SqlWriting, stream: Stream) -> Value:
    """How many items there are, blanks too."""
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


def _reckoned(lowering: SqlWriting, stream: Stream) -> tuple[exp.Column, exp.Expr | None, bool]:
    """The sum of the items of a stream, where that is not given, and whether it is exact.

    The sum is that of the items one after the other; in any order, where that is the same bit for bit.
    """
    flag, item = lowering.total_flag(stream), _of(stream, NUMBER)
    origin = lowering.statement.origins.get(item.name)
    if stream.once and origin is not None and lowering.relations.adds_exactly(*origin):
        return folded(stream, "sum of small numbers", item), flag, True
    total = folded(stream, "sum", item, stream.order)
    return total, either(flag, computed(stream.owner, "coalesce(NOT isfinite(a), FALSE)", {"a": total})), False


def sum_of(lowering: SqlWriting, stream: Stream) -> Value:
    """The sum of the items, from the first to the last; 0 of none."""
    total, flag, _ = _reckoned(lowering, stream)
    return Value(coalesce(total, cast(exp.Literal.number(0), "DOUBLE")), NUMBER, flag, sure=True)


def average_of(lowering: SqlWriting, stream: Stream) -> Value:
    """The mean of the items; blank of none."""
    total, flag, exact = _reckoned(lowering, stream)
    count = _total(stream, exp.Count(this=_of(stream, NUMBER)))
    divided = "quotient(a, nullif(b, 0))" if exact else "a / nullif(b, 0)"
    average = computed(stream.owner, divided, {"a": total, "b": count})
    return Value(average, NUMBER, flag, most=2 * stream.item.most)  # twice, as sums are rounded


def _sum_durations(lowering: SqlWriting, stream: Stream) -> Value:
    total = folded(stream, "sum of whole numbers", _of(stream, DURATION))
    whole = stream.owner.compute(computed(stream.owner, "TRY_CAST(coalesce(a, 0) AS BIGINT)", {"a": total}))
    beyond = computed(stream.owner, "coalesce(abs(a) > 9000000000000000, TRUE)", {"a": whole})
    return Value(whole, DURATION, either(lowering.total_flag(stream), beyond))


def _average_duration(lowering: SqlWriting, stream: Stream) -> Value:
    """The mean of durations, rounded to microseconds, half to even."""
    item = _of(stream, DURATION)
    total = stream.owner.compute(folded(stream, "sum of whole numbers", item))
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
        found = folded(
            stream, f"{name} of texts" if kind == TEXT else f"{name} of truths" if kind == BOOLEAN else name, item
        )
        flag = lowering.total_flag(stream)
        if kind == TEXT:
            # Texts that are all numbers are compared as numbers.
            digits = stream.frame.compute(
                computed(stream.frame, "coalesce(regexp_matches(a, '[0-9]'), TRUE)", {"a": item})
            )
            numeric = coalesce(folded(stream, "bool_and", digits), exp.false())
            flag = either(flag, numeric)
        return Value(found, kind, flag)

    return fold


def _present(lowering: SqlWriting, stream: Stream, kind: Type) -> Stream:
    """The items that are there; a flag of any item is the stream's."""
    item = _of(stream, kind)
    flag = lowering.total_flag(stream)
    there = replace(stream, item=Value(item, kind), flag=flag)
    return filtered(lowering, there, Value(not_null(item), BOOLEAN, None, True))


def _sorted_numbers(lowering: SqlWriting, stream: Stream, kind: Type = NUMBER) -> Value:
    """The items that are there by size, as a list that is a column."""
    there = _present(lowering, stream, kind)
    ordered = lowering.listed(replace(there, order=((there.frame.compute(there.item.tree), False),)))
    return replace(ordered, tree=stream.owner.compute(ordered.tree))


def _is_beyond(frame: SqlFrame, *numbers: exp.Expr) -> exp.Expr | None:
    """Whether one of some numbers is none that SQL gives."""
    tests = [computed(frame, "coalesce(NOT isfinite(a), FALSE)", {"a": number}) for number in numbers]
    return either(*[frame.compute(test) for test in tests])


_BELOW, _ABOVE = "list_extract(a, (len(a) - 1) // 2 + 1)", "list_extract(a, len(a) // 2 + 1)"


def _median(lowering: SqlWriting, stream: Stream) -> Value:
    ordered, owner = _sorted_numbers(lowering, stream), stream.owner
    found = owner.compute(computed(owner, f"plus({_BELOW}, {_ABOVE}) / 2", {"a": ordered.tree}))
    return Value(found, NUMBER, either(ordered.flag, _is_beyond(owner, found)))


def _median_duration(lowering: SqlWriting, stream: Stream) -> Value:
    """The middle of durations; half of a distance is rounded to microseconds, half to even."""
    ordered, owner = _sorted_numbers(lowering, stream, DURATION), stream.owner
    below = owner.compute(computed(owner, _BELOW, {"a": ordered.tree}))
    above = owner.compute(computed(owner, _ABOVE, {"a": ordered.tree}))
    half = owner.compute(computed(owner, "(b - a) // 2", {"a": below, "b": above}))
    rest = "(CASE WHEN (b - a) % 2 <> 0 AND c % 2 <> 0 THEN 1 ELSE 0 END)"
    found = computed(owner, f"a + c + {rest}", {"a": below, "b": above, "c": half})
    return Value(owner.compute(found), DURATION, ordered.flag)


def _mode(lowering: SqlWriting, stream: Stream) -> Value:
    """The number that comes up most often; of several the first."""
    there = _present(lowering, stream, NUMBER)
    item = there.frame.compute(there.item.tree)
    keys = [*[key.copy() for key in stream.owner.keys], item.copy()]
    times = there.frame.compute(exp.Window(this=exp.Count(this=exp.Star()), partition_by=keys))
    found = folded(there, "first", item, ((times, True), *there.order))
    return Value(found, NUMBER, there.flag)


def _percentile(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The number below which a share of some numbers lies."""
    percent = as_typed(lowering.value(node.args[1], frame), NUMBER)
    share = frame.compute(percent.tree)
    ordered = _sorted_numbers(lowering, stream_of(lowering, frame, node.args[0]))
    within = "CASE WHEN b BETWEEN 0 AND 1 THEN times(b, CAST(len(a) - 1 AS DOUBLE)) END"
    place = frame.compute(computed(frame, within, {"a": ordered.tree, "b": share}))
    at = frame.compute(computed(frame, "CAST(floor(a) AS BIGINT)", {"a": place}))
    one = frame.compute(computed(frame, "list_extract(a, b + 1)", {"a": ordered.tree, "b": at}))
    # The largest number has none behind it, and none is asked for.
    behind = "CASE WHEN c > b THEN list_extract(a, b + 2) END"
    next_one = frame.compute(computed(frame, behind, {"a": ordered.tree, "b": at, "c": place}))
    between = "coalesce(plus(a, times(minus(b, a), minus(c, CAST(d AS DOUBLE)))), a)"
    found = frame.compute(computed(frame, between, {"a": one, "b": next_one, "c": place, "d": at}))
    outside = frame.compute(computed(frame, "coalesce(NOT b BETWEEN 0 AND 1, FALSE)", {"b": share}))
    return Value(found, NUMBER, either(percent.flag, ordered.flag, outside, _is_beyond(frame, found)))


def _added(lowering: SqlWriting, stream: Stream, item: exp.Expr) -> exp.Expr:
    """Numbers added from the first to the last, also where the sums of a dialect have no order."""
    if "list_sum" not in stream.frame.dialect.words:
        return folded(stream, "sum", item, stream.order)
    listed = lowering.listed(replace(stream, item=Value(item, NUMBER)))
    return stream.owner.compute(computed(stream.owner, "list_sum(a)", {"a": listed.tree}))


def _again(lowering: SqlWriting, stream: Stream, item: exp.Expr) -> Stream:
    """The items of a stream, as rows that have also what was computed over them."""
    return lowering.stream(lowering.listed(replace(stream, item=Value(item, NUMBER))), stream.owner)


def _mean(lowering: SqlWriting, stream: Stream, item: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """The mean of numbers that are all there, and how many they are."""
    owner, count = stream.owner, _total(stream, exp.Count(this=item.copy()))
    total = _added(lowering, stream, item)
    return owner.compute(computed(owner, "a / nullif(b, 0)", {"a": total, "b": count})), count


def _variance(root: bool) -> Fold:
    """The mean of the squared distances from the mean. root: Its square root."""

    def fold(lowering: SqlWriting, stream: Stream) -> Value:
        there, owner = _present(lowering, stream, NUMBER), stream.owner
        item = there.frame.compute(there.item.tree)
        mean, count = _mean(lowering, there, item)
        again = _again(lowering, there, item)
        far = again.frame.compute(computed(again.frame, "minus(a, b)", {"a": again.item.tree, "b": mean}))
        square = again.frame.compute(computed(again.frame, "times(a, a)", {"a": far}))
        squared = _added(lowering, again, square)
        sql = "CASE WHEN b > 1 THEN a / (b - 1) END"
        found = owner.compute(computed(owner, sql, {"a": squared, "b": count}))
        flag = either(there.flag, _is_beyond(owner, mean, squared, found))
        # Where a sum is no number, as of both infinities, some databases have NULL.
        flag = either(flag, computed(owner, "b > 1 AND a IS NULL", {"a": found, "b": count}))
        if root:
            found = computed(owner, "sqrt(CASE WHEN a >= 0 AND isfinite(a) THEN a END)", {"a": found})
        return Value(found, NUMBER, flag)

    return fold


def _number_list(lowering: SqlWriting, frame: SqlFrame, node: ir.Node) -> Value:
    """A list of numbers as a column."""
    found = lowering.value(node, frame)
    kind = found.kind.item if isinstance(found.kind, ListOf) else found.kind
    if kind not in (NUMBER, types.BLANK):
        raise CannotLower(f"a total of {describe(kind)}")
    numbers = ListOf(NUMBER)
    lowering.statement.dialect.check(numbers)
    tree = coalesce(cast(found.tree, numbers) if kind == types.BLANK else found.tree, empty(numbers))
    return Value(frame.compute(tree), numbers, found.flag, sure=True)


def _side_by_side(lowering: SqlWriting, frame: SqlFrame, lists: list[Value]) -> tuple[Stream, list[exp.Expr]]:
    """The items of the first list as rows, and in each row the items of all lists at that place.

    Lists of different lengths raise the stream's flag.
    """
    stream = lowering.stream(lists[0], frame)
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[key.copy() for key in frame.keys],
        order=in_order(None, stream.order),
    )
    place = stream.frame.compute(number)
    inside, (first, *others) = stream.frame, lists
    there = [inside.compute(computed(inside, "list_extract(a, b)", {"a": one.tree, "b": place})) for one in others]
    items = [inside.compute(stream.item.tree), *there]
    unequal = [frame.compute(computed(frame, "len(a) <> len(b)", {"a": first.tree, "b": one.tree})) for one in others]
    flags = [*(value.flag for value in lists), *unequal]
    return replace(stream, flag=either(*flags)), items


def _sum_product(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The items of lists multiplied place by place, and the products added up."""
    stream, items = _side_by_side(lowering, frame, [_number_list(lowering, frame, part) for part in node.args])
    inside = stream.frame
    factor = computed(inside, "coalesce(a, CAST(0 AS DOUBLE))", {"a": items[0]})
    for item in items[1:]:
        factor = computed(inside, "times(a, coalesce(b, CAST(0 AS DOUBLE)))", {"a": inside.compute(factor), "b": item})
    total = frame.compute(
        coalesce(_added(lowering, stream, inside.compute(factor)), cast(exp.Literal.number(0), NUMBER))
    )
    return Value(total, NUMBER, either(stream.flag, _is_beyond(frame, total)), sure=True)


def _correlation(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """How closely two lists of numbers rise and fall together."""
    stream, items = _side_by_side(lowering, frame, [_number_list(lowering, frame, part) for part in node.args])
    both = exp.and_(*(not_null(item.copy()) for item in items))
    pairs = filtered(lowering, replace(stream, item=Value(items[0], NUMBER)), Value(both, BOOLEAN, None, True))
    (mean_x, count), (mean_y, _) = (_mean(lowering, pairs, item) for item in items)
    kept = [lowering.listed(replace(pairs, item=Value(item, NUMBER))) for item in items]
    again, items = _side_by_side(lowering, frame, [replace(one, tree=frame.compute(one.tree)) for one in kept])
    inside = again.frame
    x, y = (
        inside.compute(computed(inside, "minus(a, b)", {"a": item, "b": mean}))
        for item, mean in zip(items, (mean_x, mean_y), strict=True)
    )
    sums = [
        _added(lowering, again, inside.compute(computed(inside, "times(a, b)", {"a": one, "b": other})))
        for one, other in ((x, y), (x, x), (y, y))
    ]
    together, squares_x, squares_y = sums
    product = frame.compute(computed(frame, "times(a, b)", {"a": squares_x, "b": squares_y}))
    spread = frame.compute(computed(frame, "sqrt(CASE WHEN a > 0 AND isfinite(a) THEN a END)", {"a": product}))
    one = "greatest(-1, least(1, a / b))"
    enough = frame.compute(computed(frame, "coalesce(a >= 2, FALSE)", {"a": count}))
    found = computed(frame, f"CASE WHEN c AND b IS NOT NULL THEN {one} END", {"a": together, "b": spread, "c": enough})
    alike = frame.compute(computed(frame, "c AND b IS NULL", {"b": spread, "c": enough}))
    beyond = _is_beyond(frame, mean_x, mean_y, *sums, product)
    return Value(frame.compute(found), NUMBER, either(stream.flag, alike, beyond))


_EXACT = "9007199254740992"


def _whole(word: str) -> Fold:
    """A whole number over the whole parts of numbers. word: `list_gcd` or `list_lcm`, of a list of whole numbers."""

    def fold(lowering: SqlWriting, stream: Stream) -> Value:
        there, owner = _present(lowering, stream, NUMBER), stream.owner
        item = there.frame.compute(there.item.tree)
        large = there.frame.compute(computed(there.frame, f"abs(a) >= {_EXACT}", {"a": item}))
        cut = computed(there.frame, "CAST(trunc(a) AS BIGINT)", {"a": item})
        held = there.frame.compute(cut)
        listed = lowering.listed(replace(there, item=Value(held, DURATION, large, sure=True)))
        held_list = owner.compute(listed.tree)
        sql = f"CASE WHEN len(a) > 0 THEN CAST({word}(a) AS DOUBLE) END"
        found = owner.compute(computed(owner, sql, {"a": held_list}))
        beyond = owner.compute(
            computed(owner, f"len(a) > 0 AND (b IS NULL OR b >= {_EXACT})", {"a": held_list, "b": found})
        )
        return Value(found, NUMBER, either(listed.flag, beyond))

    return fold


def _product(lowering: SqlWriting, stream: Stream) -> Value:
    if "list_product" in stream.frame.dialect.words:
        there = _present(lowering, stream, NUMBER)
        listed = lowering.listed(there)
        sql = "CASE WHEN len(a) > 0 THEN list_product(a) END"
        total = stream.owner.compute(computed(stream.owner, sql, {"a": stream.owner.compute(listed.tree)}))
        return Value(total, NUMBER, either(listed.flag, _is_beyond(stream.owner, total)))
    total = folded(stream, "product", _of(stream, NUMBER), stream.order)
    return Value(total, NUMBER, either(lowering.total_flag(stream), _is_beyond(stream.owner, total)))


def _conditions(name: str, none: bool) -> Fold:
    def fold(lowering: SqlWriting, stream: Stream) -> Value:
        item = converted_value(lowering, stream.frame, stream.item, BOOLEAN)
        some = folded(stream, name, stream.frame.compute(truth(item)))
        flag = lowering.total_flag(replace(stream, item=item))
        return Value(coalesce(some, exp.Boolean(this=none)), BOOLEAN, flag, sure=True)

    return fold


def _rank(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """How many items come before a value, and whether it is there."""
    value, stream = lowering.value(node.args[0], frame), stream_of(lowering, frame, node.args[1])
    if value.kind != stream.item.kind or value.kind not in ORDERED:
        raise CannotLower(f"the rank of {describe(value.kind)} among {describe(stream.item.kind)}")
    down = is_false(node.args[2]) if len(node.args) > 2 else False
    held, inside = frame.compute(value.tree), stream.frame
    item = inside.compute(stream.item.tree)
    test = "coalesce(a > b, FALSE)" if down else "coalesce(a < b, FALSE)"
    before = folded(stream, "count_if", inside.compute(computed(inside, test, {"a": item, "b": held})))
    same = computed(inside, "coalesce(a = b, FALSE)", {"a": item, "b": held})
    there = folded(stream, "bool_or", inside.compute(same))
    found = computed(frame, "CASE WHEN b THEN CAST(a AS DOUBLE) + 1 END", {"a": before, "b": there})
    return Value(found, NUMBER, either(value.flag, lowering.total_flag(stream)))


def is_false(node: ir.Node) -> bool:
    """Whether a flag of a call is false. Raises CannotLower for one that is computed."""
    if isinstance(node, ir.Default):
        if isinstance(node.value, ir.Constant) and node.value.value is None:
            return node.default is False
        node = node.value
    if isinstance(node, ir.Constant) and isinstance(node.value, bool | None):
        return node.value is False
    raise CannotLower("an order that is computed", node.span)


def _required(form: SqlForm) -> Special:
    """A total that is an error where it is blank."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        found = lowering.listed(total) if isinstance(total := form.lower(lowering, frame, node, ()), Stream) else total
        tree = frame.compute(found.tree)
        return replace(found, tree=tree, flag=either(found.flag, is_null(tree.copy())), sure=True)

    return Special(make)


FORMS: dict[Function, SqlForm] = {
    filters.all_true: over(_conditions("bool_and", none=True)),
    filters.any_true: over(_conditions("bool_or", none=False)),
    lists.count: over(_count),
    lists.count_all: over(count_all),
    lists.count_unique: over(_count_unique),
    aggregates.sum_numbers: over(sum_of),
    aggregates.sum_durations: over(_sum_durations),
    aggregates.average_number: over(average_of),
    aggregates.average_duration: over(_average_duration),
    aggregates.largest: over(_extreme("max")),
    aggregates.smallest: over(_extreme("min")),
    aggregates.median_number: over(_median),
    aggregates.median_duration: over(_median_duration),
    aggregates.mode: over(_mode),
    aggregates.product: over(_product),
    aggregates.standard_deviation: over(_variance(root=True)),
    aggregates.variance: over(_variance(root=False)),
    aggregates.percentile: Special(_percentile),
    aggregates.correlation: Special(_correlation),
    aggregates.sum_product: Special(_sum_product),
    aggregates.rank: Special(_rank),
    numbers.greatest_divisor: over(_whole("list_gcd")),
    numbers.least_multiple: over(_whole("list_lcm")),
}
STRICT: dict[Function, SqlForm] = {strict: _required(FORMS[plain]) for plain, strict in aggregates.STRICT.items()}
"""The forms of aggregates in a doc that takes those of nothing for errors."""
