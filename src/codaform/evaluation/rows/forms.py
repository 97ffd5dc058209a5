"""The Python of functions that are mere control flow or arithmetic. Each gives what the library's function gives.

A form is written for speed alone: a test compares every form with its function.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Protocol

from codaform.evaluation.rows.code import PythonSource
from codaform.evaluation.rows.facts import NEVER_EMPTY, holds_only_rows
from codaform.evaluation.rows.steps import weight
from codaform.library import aggregates, durations, filters, lists, logic, products, sums
from codaform.library.function import Function
from codaform.library.numbers import finite
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import elapsed, is_blank, is_fixed
from codaform.semantics import ir
from codaform.source import Span

KnownReads = dict[tuple[str, str, str], str]
"""The cells whose values are known at a line, each by its row, table and column: the names of the values."""


class Writing(Protocol):
    """What writes the Python of a formula, as forms use it.

    read: The cells that are known at this line. decided: Those known where a condition of this name holds, or does not.
    there: The slots that never hold a blank.
    """

    source: PythonSource
    read: KnownReads
    there: set[int]
    decided: dict[tuple[str, bool], KnownReads]

    @property
    def watch(self) -> object:
        """What is given the value of every part; None where nothing is."""

    def line(self, text: str, span: Span | None = None) -> None:
        """Write a line."""

    def temporary(self) -> str:
        """A name that no other value has."""

    def assigned(self, text: str, span: Span | None = None) -> str:
        """A name for the value of an expression."""

    def part(self, node: ir.Node) -> str:
        """Write what computes a part; its value."""

    def expression(self, node: ir.Node) -> str:
        """Write the lines that compute a part; its value as an expression, which the next line may use once."""

    def body(self, node: ir.Node) -> str:
        """Write what is computed for each item; its value."""

    def is_there(self, node: ir.Node) -> bool:
        """Whether a row is never blank."""

    def listed(self, node: ir.ListOr, steps: int) -> str:
        """A list as an argument. steps: What going through an item costs."""

    def each(self, node: ir.ListOr, steps: int) -> AbstractContextManager[str]:
        """A loop over the items of a list as an argument, with the name of an item."""

    def gone_through(self, items: ir.Node) -> ir.Select | None:
        """The selection that gives these items, if its rows are tested one by one, so that no list of them is made."""

    def each_row(self, node: ir.Select) -> AbstractContextManager[None]:
        """A loop over the rows of a selection."""

    def pay_for(self, count: str, steps: int) -> None:
        """Take steps for so many items."""

    def block(self, known: KnownReads | None = None) -> AbstractContextManager[KnownReads]:
        """The lines under one that ends in a colon, with the cells that are known there."""

    def loop(self, items: str, slot: int) -> AbstractContextManager[None]:
        """A loop over items."""


Form = Callable[[Writing, ir.Apply], str]


Inlined = Callable[[Writing, list[str]], str]
"""An expression, given those of the arguments."""


def form_of(function: Function) -> Form | None:
    """The form of a function, if it has one."""
    return FORMS.get(function)


def inlined_of(function: Function) -> Inlined | None:
    """The expression for a function, if it is no more than one."""
    return INLINED.get(function)


def _chosen(writing: Writing, node: ir.Apply) -> str:
    condition, then, *rest = node.args
    found = writing.temporary()
    test = writing.expression(condition)
    otherwise = rest[0] if rest and isinstance(rest[0], ir.Lambda) else None
    writing.line(f"if {test}:")
    _branch(writing, then, found, writing.decided.get((test, True)))
    writing.line("else:")
    _branch(writing, otherwise, found, writing.decided.get((test, False)))
    return found


def _branch(writing: Writing, part: ir.Node | None, into: str, known: KnownReads | None = None) -> None:
    """The value of a branch, under a line that ends in a colon."""
    with writing.block(known):
        value = writing.expression(part.body) if isinstance(part, ir.Lambda) else "None"
        writing.line(f"{into} = {value}")


def _every(writing: Writing, node: ir.Apply) -> str:
    return _conditions(writing, node, all)


def _some(writing: Writing, node: ir.Apply) -> str:
    return _conditions(writing, node, any)


def _conditions(writing: Writing, node: ir.Apply, of_items: Callable[..., bool]) -> str:
    """Conditions one after the other, until one decides. Each condition can use the cells that earlier ones read."""
    found = writing.temporary()
    holds, which = writing.source.value(logic.holds), writing.source.value(of_items)
    known = writing.read
    for number, condition in enumerate(_chain(node, writing.watch is None)):
        if number:
            writing.line(f"if {found}:" if of_items is all else f"if not {found}:")
        with writing.block(known) if number else nullcontext(known) as known:
            if _is_condition(condition):
                writing.line(f"{found} = {writing.expression(condition)}")
                continue
            value = writing.part(condition)
            writing.line(f"{found} = {value} if {value}.__class__ is bool else {holds}({value}, {which})", node.span)
    writing.decided[found, of_items is all] = known
    return found


def _chain(node: ir.Apply, opened: bool) -> list[ir.Node]:
    """The conditions of And or Or. opened: With those of its first condition, if `a OR b OR c` is two of them."""
    found: list[ir.Node] = []
    while True:
        bodies = [condition.body for condition in node.args if isinstance(condition, ir.Lambda)]
        first = bodies[0] if bodies else None
        if not (opened and isinstance(first, ir.Apply) and first.function is node.function):
            return [*bodies, *reversed(found)]
        found.extend(reversed(bodies[1:]))
        node = first


def _is_condition(node: ir.Node) -> bool:
    """Whether a part is true or false, and never blank or a list."""
    return isinstance(node, ir.Compare) or (isinstance(node, ir.Apply) and node.function in _CONDITIONS)


def _negated(writing: Writing, node: ir.Apply) -> str:
    return f"not ({writing.expression(node.args[0])})"


def _blank(writing: Writing, node: ir.Apply) -> str:
    value = writing.part(node.args[0])
    named = value if value.isidentifier() else writing.assigned(value)
    return blank_test(writing, named, node.args[0].type)


def _filled(writing: Writing, node: ir.Apply) -> str:
    return f"not ({_blank(writing, node)})"


def blank_test(writing: Writing, value: str, kind: Type) -> str:
    """The test whether a value of a type is blank."""
    if kind in NEVER_EMPTY or isinstance(kind, RowOf):
        return f"{value} is None"
    if kind == types.TEXT:
        return f"{value} is None or {value} == ''"
    if isinstance(kind, ListOf):
        return f"{value} is None or {value} == []"
    return f"{writing.source.value(is_blank)}({value})"


def _at_end(place: int) -> Form:
    """The item at an end of a list; blank where it has none."""

    def form(writing: Writing, node: ir.Apply) -> str:
        (items,) = node.args
        assert isinstance(items, ir.ListOr)
        select = writing.gone_through(items.value)
        if select is not None and (select.sure or place == -1):
            found = writing.assigned("None")
            with writing.each_row(select):
                writing.line(f"{found} = s{select.slot}" + ("; break" if place == 0 else ""))
            return found
        listed = writing.listed(items, 1)
        return f"{listed}[{place}] if {listed} else None"

    return form


def _numbered(writing: Writing, node: ir.Apply) -> str:
    """How many items there are. Rows are all counted; of other items the library's function finds the blank ones."""
    select = writing.gone_through(node.args[0].value) if isinstance(node.args[0], ir.ListOr) else None
    if select is not None and len(node.args) == 1:
        count = writing.assigned("0")
        with writing.each_row(select):
            writing.line(f"{count} += 1")
        writing.pay_for(count, 1)
        return writing.assigned(f"float({count})")
    lists_given = [writing.listed(items, 1) for items in node.args if isinstance(items, ir.ListOr)]
    if len(node.args) == 1 and holds_only_rows(node.args[0]):
        return writing.assigned(f"float(len({lists_given[0]}))")
    return writing.assigned(f"{writing.source.value(node.function.rowwise)}({', '.join(lists_given)})", node.span)


def _summed(writing: Writing, node: ir.Apply) -> str:
    return _added(writing, node, None)


def _averaged(writing: Writing, node: ir.Apply) -> str:
    count = writing.assigned("0")
    return f"{_added(writing, node, count)} / {count} if {count} else None"


def _added(writing: Writing, node: ir.Apply, count: str | None) -> str:
    """The sum of the numbers of lists that are not blank, plainly from left to right. count: Where they are counted."""
    total = writing.assigned("0.0")
    for items in node.args:
        assert isinstance(items, ir.ListOr)
        with writing.each(items, 1) as number:
            counted = f"; {count} += 1" if count else ""
            writing.line(f"if {number} is not None: {total} += {number}{counted}")
    writing.line(f"if {total} - {total} != 0.0: {writing.source.value(finite)}({total})", node.span)
    return total


def _or_else(writing: Writing, node: ir.Apply) -> str:
    value, fallback = node.args
    found = writing.assigned(writing.part(value))
    writing.line(f"if {blank_test(writing, found, value.type)}:")
    _branch(writing, fallback, found)
    return found


def _with_name(writing: Writing, node: ir.Apply) -> str:
    value, _, formula = node.args
    assert isinstance(formula, ir.Lambda)
    writing.line(f"s{formula.slot} = {writing.part(value)}")
    if formula.slot is not None and writing.is_there(value):
        writing.there.add(formula.slot)
    return writing.body(formula.body)


def _selected(writing: Writing, node: ir.Apply) -> str:
    """Filter: the items for which a condition holds."""
    found = writing.temporary()
    _looped(writing, node, lambda: writing.line(f"{found} = []"), lambda item: f"{found}.append({item})")
    return found


def _counted(writing: Writing, node: ir.Apply) -> str:
    """CountIf: how many items fulfil a condition."""
    found = writing.temporary()
    _looped(writing, node, lambda: writing.line(f"{found} = 0.0"), lambda _: f"{found} += 1.0")
    return found


def _looped(writing: Writing, node: ir.Apply, before: Callable[[], None], then: Callable[[str], str]) -> None:
    """A condition asked for each item, and a line for those for which it holds."""
    items, condition = _items(writing, node), node.args[1]
    assert isinstance(condition, ir.Lambda)
    before()
    with writing.loop(items, condition.slot or 0):
        writing.line(f"if {writing.body(condition.body)}: {then(f's{condition.slot}')}")


def _items(writing: Writing, node: ir.Apply) -> str:
    """The list that is gone through."""
    items, asked = node.args
    assert isinstance(items, ir.ListOr)
    assert isinstance(asked, ir.Lambda)
    return writing.listed(items, weight(asked.body))


def _mapped(writing: Writing, node: ir.Apply) -> str:
    """FormulaMap: a formula computed for each item."""
    items, formula = _items(writing, node), node.args[1]
    assert isinstance(formula, ir.Lambda)
    found = writing.assigned("[]")
    with writing.loop(items, formula.slot or 0):
        writing.line(f"{found}.append({writing.body(formula.body)})")
    return found


def _reckoned(sign: str) -> Form:
    """A sign between two numbers; a blank counts as 0."""

    def form(writing: Writing, node: ir.Apply) -> str:
        left, right = (_or_zero(writing, part) for part in node.args)
        found = writing.assigned(f"{left} {sign} {right}")
        # A number less itself is 0, but for what is no finite number.
        writing.line(f"if {found} - {found} != 0.0: {writing.source.value(finite)}({found})", node.span)
        return found

    return form


def _divided(writing: Writing, node: ir.Apply) -> str:
    """The quotient of two numbers. The library's function says what is wrong with a zero."""
    left, right = _or_zero(writing, node.args[0]), writing.part(node.args[1])
    refused = writing.source.value(node.function.rowwise)
    found = writing.assigned(f"{left} / {right} if {right} else {refused}({left}, {right})", node.span)
    writing.line(f"if {found} - {found} != 0.0: {writing.source.value(finite)}({found})", node.span)
    return found


def _passed(writing: Writing, given: list[str]) -> str:
    """The time between two moments. Where the clocks never change, it is the difference of what they show."""
    end, start = given
    fixed = writing.source.bind("z", lambda world: world.zone if is_fixed(world.zone) else NO_ZONE, "fixed")
    passed = writing.source.value(elapsed)
    return f"{end} - {start} if {end}.tzinfo is {fixed} else {passed}({end}, {start})"


def _lies_between(_: Writing, given: list[str]) -> str:
    """The days between two dates."""
    return " - ".join(given)


def _measured(unit: timedelta) -> Inlined:
    """How many times a unit goes into a duration. Numbers of whole seconds are divided faster than durations."""

    def form(writing: Writing, given: list[str]) -> str:
        span, seconds = given[0], unit // durations.SECOND
        whole = f"({span}.days * 86400 + {span}.seconds) / {seconds}"
        return f"{span} / {writing.source.value(unit)} if {span}.microseconds else {whole}"

    return form


def _or_zero(writing: Writing, part: ir.Node) -> str:
    value = writing.part(part)
    return value if isinstance(part, ir.Constant) and part.value is not None else f"({value} or 0.0)"


def comparison(sign: str, left: str, right: str, kind: Type) -> str:
    """Two values of one plain type compared, as a Python expression. A blank is smaller than everything."""
    if isinstance(kind, RowOf):
        both = _both_there(left, right)
        same = f"({left} is {right} or ({both} and {left}.id == {right}.id))"
        return same if sign == "=" else f"not {same}"
    if kind == types.TEXT:
        left, right = f"({left} or None)", f"({right} or None)"
    match sign:
        case "=":
            return f"{left} == {right}"
        case "!=":
            return f"{left} != {right}"
        case "<":
            blank = f"{_is_there(right)} and not {_is_there(left)}"
        case "<=":
            blank = f"not {_is_there(left)}"
        case ">":
            blank = f"{_is_there(left)} and not {_is_there(right)}"
        case _:
            blank = f"not {_is_there(right)}"
    both = _both_there(left, right)
    return f"({left} {sign} {right}) if {both} else ({blank})" if both else f"{left} {sign} {right}"


def _both_there(left: str, right: str) -> str:
    tests = [_is_there(side) for side in (left, right)]
    return " and ".join(test for test in tests if test != "True")


def _is_there(value: str) -> str:
    """The test whether a value is not blank; of a literal, what it gives."""
    if value == "None":
        return "False"
    return "True" if value[0].isdigit() or value.startswith("(-") else f"({value} is not None)"


def within(signs: list[str], limits: list[str], order: str, number: str, key: str) -> str:
    """The test whether the key of a row is in a range. A blank is there where no lower limit is.

    order: The name of the keys by the numbers of rows; where it is None, there is nothing to test. limits: Names of
    keys that are not blank, or `None`, which stands behind `>` alone: the key is not blank. key: A name for the key.
    """
    blank_too = all(sign[0] == "<" for sign in signs)
    tests = [f"{key} {sign} {limit}" for sign, limit in zip(signs, limits, strict=True) if limit != "None"]
    first = f"({key} := {order}[{number}]) is "
    rest = f"{first}None or {' and '.join(tests)}" if blank_too else " and ".join((f"{first}not None", *tests))
    return f"{order} is None or {rest}"


def bounds_of(signs: list[str], limits: list[str]) -> str | None:
    """A range of keys as `ranges.Bounds`; None where several limits are on one side, or one is a blank that matters."""
    low, high = ("None", "False"), ("None", "False")
    for sign, limit in zip(signs, limits, strict=True):
        is_low = sign[0] == ">"
        if limit == "None" and sign == ">":
            continue
        if limit == "None" or (low if is_low else high)[0] != "None":
            return None
        one = limit, str(len(sign) == 1)
        low, high = (one, high) if is_low else (low, one)
    return f"({', '.join((*low, *high))}, {not any(sign[0] == '>' for sign in signs)}, False)"


NO_ZONE = object()
"""A zone that no moment has."""

_CONDITIONS = frozenset({logic.not_, logic.and_, logic.or_, logic.is_blank_, logic.is_not_blank})

FORMS: dict[Function, Form] = {
    logic.if_: _chosen,
    logic.and_: _every,
    logic.or_: _some,
    logic.not_: _negated,
    logic.is_blank_: _blank,
    logic.is_not_blank: _filled,
    logic.if_blank: _or_else,
    logic.with_name: _with_name,
    filters.filter_items: _selected,
    filters.count_if: _counted,
    filters.formula_map: _mapped,
    lists.count: _numbered,
    lists.first: _at_end(0),
    lists.last: _at_end(-1),
    aggregates.sum_numbers: _summed,
    aggregates.average_number: _averaged,
    sums.add_numbers: _reckoned("+"),
    sums.subtract_numbers: _reckoned("-"),
    products.multiply_numbers: _reckoned("*"),
    products.divide_numbers: _divided,
}

INLINED: dict[Function, Inlined] = {
    sums.subtract_datetimes: _passed,
    sums.subtract_dates: _lies_between,
    durations.to_hours: _measured(durations.HOUR),
    durations.to_minutes: _measured(durations.MINUTE),
    durations.to_seconds: _measured(durations.SECOND),
}
"""Functions that are an expression of their arguments, which are there."""
