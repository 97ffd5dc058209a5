"""Advice on formulas without errors: a probable mistake in meaning, or a needless cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, replace
from itertools import repeat

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.library import aggregates, comparison, date_parts, dates, filters, lists, logic, numbers, products, sums
from codaform.library.catalogue import declared
from codaform.library.function import Function
from codaform.model import types
from codaform.model.schema import Doc
from codaform.model.types import ListOf, RowOf
from codaform.semantics import ir
from codaform.semantics.program import FormulaSite
from codaform.semantics.sameness import comparable, same
from codaform.source import Source, Span, frozen
from codaform.syntax.names import bracketed
from codaform.syntax.parser import parse

_THIS_ROW = 0
_REMEMBERED = 20
"""So many conditions around a part are asked whether they speak of it: the nearest."""

_NESTED = 3
"""So many nested `If` are better written as one SwitchIf."""

_DECIDING = frozenset({logic.if_, logic.switch, logic.switch_if, logic.and_, logic.or_, filters.filter_items})
"""Functions whose arguments are conditions of those behind them."""

_DIVIDING = frozenset(
    {products.divide_numbers, products.divide_durations, products.divide_duration, products.divide}
    | {numbers.quotient, numbers.remainder, numbers.modulo}
)
_ARITHMETIC = frozenset(
    one for module in (sums, products) for one in declared(module) if one.operator and one.operator in "+-*/"
)
_MIDDLES = frozenset(
    {aggregates.average_number, aggregates.average_duration, aggregates.median_number, aggregates.median_duration}
)
_COMPARING = frozenset(one for one in declared(comparison) if one.operator not in ("", "&"))
_EQUAL = (comparison.equals, comparison.differs)
_LAST_DAYS = {"<=": (0, 1), ">": (0, 1), ">=": (1, 0), "<": (1, 0)}
"""By sign, on which side a moment stands and on which its last day."""

_BY_SETTING = frozenset({date_parts.weekday, date_parts.week_number})
_CHANCE = frozenset({lists.random_item, lists.randomize_list, numbers.random_number, numbers.random_integer})
_ANY_ORDER = frozenset(
    {lists.count, lists.count_all, lists.count_unique, filters.contains, aggregates.largest, aggregates.smallest}
)
"""Functions of a list whose value is the same in any order, to the last digit."""

_NEARLY_ANY_ORDER = frozenset(
    {aggregates.sum_numbers, aggregates.sum_durations, aggregates.standard_deviation, aggregates.variance} | _MIDDLES
)
"""The same, but the last digit may differ."""


@frozen
class _Around:
    """The surroundings of a part.

    conditions: The conditions on which it is computed. chained: How many `If` have it as their last result, one in the
    other.
    """

    conditions: tuple[ir.Node, ...] = ()
    chained: int = 0


@frozen
class _Reader:
    """A formula with its place, and what there is to say of it."""

    doc: Doc
    place: FormulaSite
    source: Source
    body: ir.Node
    found: list[Diagnostic] = field(default_factory=list)

    def say(self, rule: Rule, message: str, span: Span, help: str = "", fix: Fix | None = None) -> None:
        """Note a finding at a span of the formula. A fix that would drop a comment is never called safe."""
        if fix is not None and fix.safe and self._drops_comment(fix):
            fix = replace(fix, safe=False)
        self.found.append(Diagnostic(rule, message, self.source, span, help, fix))

    def _drops_comment(self, fix: Fix) -> bool:
        tree, _ = parse(self.source)
        comments = tree.comments if tree is not None else ()
        return any(
            edit.span.start <= comment.span.start < edit.span.end and comment.text not in edit.text
            for edit in fix.edits
            for comment in comments
        )

    def text(self, node: ir.Node) -> str:
        """The text of a part."""
        return self.source.text[node.span.start : node.span.end]

    def operand(self, node: ir.Node) -> str:
        """The text of a part, in parentheses where a sign is its last step."""
        node = _plain(node)
        loose = isinstance(node, ir.Call) and bool(node.function.operator) and not node.function.name
        return f"({self.text(node)})" if loose else self.text(node)


def advise(doc: Doc, place: FormulaSite, body: ir.Node, source: Source) -> list[Diagnostic]:
    """The advice on a formula without errors. It depends on the formula and the schema alone."""
    reader = _Reader(doc, place, source, body)
    waiting: list[tuple[ir.Node, _Around]] = [(body, _Around())]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, ir.Call):
            for check in _CHECKS.get(node.function, ()):
                check(reader, node, around)
        waiting.extend(_inner(node, around))
    return sorted(reader.found, key=lambda one: one.span.start)


def _inner(node: ir.Node, around: _Around) -> Iterator[tuple[ir.Node, _Around]]:
    """The parts of a part, each with what is around it."""
    if not isinstance(node, ir.Call) or node.function not in _DECIDING:
        kept = around if not around.chained or isinstance(node, ir.Lambda) else _Around(around.conditions)
        return zip(ir.children(node), repeat(kept))
    return _decided(node, around)


def _decided(node: ir.Call, around: _Around) -> Iterator[tuple[ir.Node, _Around]]:
    """The parts of a condition, each with those before it as conditions."""
    args = [argument for argument in node.args if argument is not None]
    for number, part in enumerate(args):
        before = tuple(args[max(0, number - _REMEMBERED) : number])
        chained = around.chained + 1 if node.function is logic.if_ and number == 2 else 0
        yield part, _Around((around.conditions + before)[-_REMEMBERED:], chained)


def _plain(node: ir.Node) -> ir.Node:
    """A part without the conversions around it."""
    while isinstance(node, ir.Convert) or (isinstance(node, ir.Lambda) and node.slot is None):
        node = node.value if isinstance(node, ir.Convert) else node.body
    return node


def _known(node: ir.Node) -> bool:
    """Whether a part is the same for every row: it reads nothing."""
    reads = (ir.Field, ir.Local, ir.Named, ir.Rows, ir.RowNamed, ir.Property)
    return not any(isinstance(part, reads) for part in ir.parts(node))


def _constant(node: ir.Node | None) -> object:
    """The value of a literal; None where a part is none."""
    plain = _plain(node) if node is not None else None
    if isinstance(plain, ir.Call) and plain.function in (logic.true, logic.false):
        return plain.function is logic.true
    return plain.value if isinstance(plain, ir.Constant) else None


# ---------------------------------------------------------------- arithmetic and blanks


def _division(reader: _Reader, call: ir.Call, around: _Around) -> None:
    divisor = call.args[1]
    if divisor is None or _known(divisor) or _is_never_zero(divisor) or _is_asked_for(reader, divisor, around):
        return
    text = reader.text(divisor)
    message = f"{text} may be blank or 0"
    reader.say(
        rules.UNGUARDED_DIVISION, message, divisor.span, f'ask before: If({text} = 0, "", …), as a blank is 0 there'
    )


def _is_never_zero(node: ir.Node) -> bool:
    """Whether a constant replaces a blank or a small number."""
    plain = _plain(node)
    guards = (logic.if_blank, aggregates.largest)
    return isinstance(plain, ir.Call) and plain.function in guards and any(map(_constant, plain.args))


def _is_asked_for(reader: _Reader, node: ir.Node, around: _Around) -> bool:
    """Whether a condition around speaks of the part, or of something that it reads."""
    reads = (ir.Field, ir.Named, ir.Call)
    parts = [part for part in ir.parts(node) if isinstance(part, reads)]
    loops = {reader.text(part) for part in parts if isinstance(part, ir.Call) and part.span.start < part.span.end}
    locals_ = {part.slot for part in ir.parts(node) if isinstance(part, ir.Local) and part.slot != _THIS_ROW}
    for condition in around.conditions:
        for asked in ir.parts(condition):
            if asked in parts or (isinstance(asked, ir.Local) and asked.slot in locals_):
                return True
            if isinstance(asked, ir.Call) and reader.text(asked) in loops:
                return True
    return False


def _reckoning(reader: _Reader, call: ir.Call, around: _Around) -> None:
    for argument in call.args:
        plain = _plain(argument) if argument is not None else None
        if not isinstance(plain, ir.Call) or plain.function not in _MIDDLES or _known(plain):
            continue
        if not _is_asked_for(reader, plain, around):
            message = f"{plain.function.name} of nothing is blank, which counts as 0 here"
            reader.say(rules.NOTHING_RECKONED, message, plain.span, 'ask before: If(list.Count() = 0, "", …)')


def _scale(reader: _Reader, call: ir.Call, _: _Around) -> None:
    first, second = (None if part is None else _plain(part) for part in call.args[:2])
    for part, other in ((first, second), (second, first)):
        if (
            part is None
            or other is None
            or _constant(other) != 100.0
            or (part is second and call.function in _DIVIDING)
        ):
            continue
        if isinstance(part, ir.Constant) and reader.text(part).rstrip().endswith("%"):
            reader.say(rules.SCALED_TWICE, f"{reader.text(part)} is {part.value} already", call.span, "leave 100 out")
        elif isinstance(part, ir.Field) and _is_percent(reader, part.table, part.column) and _fills_percent(reader):
            message = f"{reader.text(part)} and this column hold 0.25 for 25%"
            reader.say(rules.SCALED_TWICE, message, call.span, "leave 100 out")


def _fills_percent(reader: _Reader) -> bool:
    return reader.place.role == "formula" and _is_percent(reader, reader.place.table, reader.place.name)


def _is_percent(reader: _Reader, table: str, column: str) -> bool:
    owner = reader.doc.tables.get(table)
    found = None if owner is None else owner.columns.get(column)
    return found is not None and found.kind == "percent"


# ---------------------------------------------------------------- comparisons


def _comparison(reader: _Reader, call: ir.Call, _: _Around) -> None:
    left, right = call.args[:2]
    if left is None or right is None:
        return
    sign, sides = call.function.operator, (_plain(left), _plain(right))
    if same(*sides):
        if not _known(left) and not any(isinstance(one, ir.Call) and one.function.volatile for one in ir.parts(left)):
            reader.say(rules.SAME_SIDES, f"both sides are {reader.text(left)}", call.span, "compare two things")
        return
    kinds = tuple(side.type for side in sides)
    if sign in _LAST_DAYS:
        moment, day = _LAST_DAYS[sign]
        if kinds[moment] == types.DATETIME and kinds[day] == types.DATE and not _is_still_to_come(sign, sides[day]):
            message = f"{reader.text(sides[day])} is the first moment of its day here"
            help = f"compare two dates: {reader.operand(sides[moment])}.ToDate()"
            reader.say(rules.DAY_END, message, call.span, help)
    elif call.function in _EQUAL:
        _equality(reader, call, sides)


def _is_still_to_come(sign: str, day: ir.Node) -> bool:
    """Whether a moment is compared with the beginning of today: what comes later today is meant, too."""
    return sign in "<>" and isinstance(day, ir.Call) and day.function is dates.today


def _equality(reader: _Reader, call: ir.Call, sides: tuple[ir.Node, ...]) -> None:
    kinds = [side.type for side in sides]
    if set(kinds) == {types.DATETIME, types.DATE}:
        moment = sides[kinds.index(types.DATETIME)]
        help = f"compare two dates: {reader.operand(moment)}.ToDate()"
        reader.say(rules.MOMENT_EQUALS, "a date equals only the midnight at which it begins", call.span, help)
        return
    many = [isinstance(kind, ListOf) for kind in kinds]
    if any(many) and not all(many):
        listed, single = sides if many[0] else sides[::-1]
        if (_constant(single) in (None, "") and isinstance(single, ir.Constant)) or single.type in (
            types.ANY,
            types.BLANK,
        ):
            return
        if column := _column_of_loop(reader.body, call, listed):
            own = f"CurrentValue.{bracketed(column)}"
            message = f"{reader.text(listed)} is the whole column here, not the cell of the row that is asked"
            fix = Fix(f"write {own}", (Edit(listed.span, own),), safe=False)
            reader.say(rules.LIST_EQUALS, message, call.span, f"write {own}", fix)
            return
        new = f"{reader.operand(listed)}.Contains({reader.text(single)})"
        fix = Fix(
            "write Contains", (Edit(call.span, new if call.function is comparison.equals else f"Not({new})"),), False
        )
        message = f"{reader.text(listed)} may have several items, or none"
        reader.say(rules.LIST_EQUALS, message, call.span, f"ask for one of them: {new}", fix)
        return
    for side, other in (sides, sides[::-1]):
        value = _constant(side)
        if isinstance(value, bool) and other.type == types.BOOLEAN:
            reader.say(rules.COMPARED_WITH_TRUE, f"{reader.text(other)} is true or false itself", call.span)


def _column_of_loop(body: ir.Node, part: ir.Node, listed: ir.Node) -> str:
    """The name of a whole column, where a part reads it within a loop through the rows of its table; else empty."""
    match listed:
        case ir.Map(ir.Rows() as rows, slot, ir.Field(ir.Local(read), _, column)) if read == slot:
            loops = [call for call in ir.parts(body) if isinstance(call, ir.Call) and _is_in_loop(call, part)]
            items = loops[-1].args[0] if loops else None
            return column if items is not None and items.type == rows.type else ""
    return ""


def _is_in_loop(call: ir.Call, part: ir.Node) -> bool:
    """Whether a call asks for a part once for each item."""
    asked = [argument for argument in call.args if isinstance(argument, ir.Lambda) and argument.slot is not None]
    return any(inner is part for argument in asked for inner in ir.parts(argument))


def _contains(reader: _Reader, call: ir.Call, _: _Around) -> None:
    within = _plain(call.args[0]) if call.args[0] is not None else None
    if within is None or within.type != types.TEXT or len(call.args) != 2 or _is_chosen(reader, within):
        return
    sought = _plain(call.args[1]) if call.args[1] is not None else None
    if isinstance(sought, ir.Field) and isinstance(within, ir.Field) and _column(sought) == _column(within):
        return  # makers ask so whether two cells of one column are equal
    call_text = reader.source.text[call.span.start : call.span.end]
    place = call_text.rfind("Contains(")
    fix = None
    if place >= 0 and call_text.count("Contains(") == 1:
        start = call.span.start + place
        fix = Fix("write ContainsText", (Edit(Span(start, start + len("Contains")), "ContainsText"),), False)
    message = f"{reader.text(within)} is one text: Contains asks whether it equals the value"
    reader.say(rules.CONTAINS_OF_TEXT, message, call.span, "ContainsText looks inside of a text", fix)


def _column(cell: ir.Field) -> tuple[str, str]:
    return cell.table, cell.column


def _is_chosen(reader: _Reader, node: ir.Node) -> bool:
    """Whether a text is one of some options, which are equal or not."""
    if not isinstance(node, ir.Field):
        return not isinstance(node, ir.Call | ir.Constant)
    return reader.doc.tables[node.table].columns[node.column].kind != "text"


def _branches(reader: _Reader, call: ir.Call, around: _Around) -> None:
    test, then, *rest = call.args
    other = rest[0] if rest else None
    _condition(reader, test)
    if test is None or then is None or other is None:
        return
    first, second = _plain(then), _plain(other)
    if same(first, second):
        reader.say(rules.SAME_RESULTS, f"the result is {reader.text(first)} either way", call.span)
    elif _constant(then) is True and _constant(other) is False:
        sure = isinstance(test, ir.Call) and test.function in _COMPARING | {logic.is_blank_, logic.is_not_blank}
        fix = Fix("leave the condition alone", (Edit(call.span, f"({reader.text(test)})"),), sure)
        reader.say(rules.NEEDLESS_IF, "the condition is the result", call.span, f"write {reader.text(test)}", fix)
    else:
        _blank_by_if(reader, call, test, first, second)
    if around.chained == 0 and _length_of_chain(call) >= _NESTED:
        help = "SwitchIf has the conditions one below the other"
        reader.say(rules.NESTED_IFS, f"{_length_of_chain(call)} nested If, each as the last argument", call.span, help)


def _length_of_chain(call: ir.Call) -> int:
    length, node = 1, call.args[2] if len(call.args) > 2 else None
    while node is not None:
        plain = _plain(node)
        if not isinstance(plain, ir.Call) or plain.function is not logic.if_:
            break
        length, node = length + 1, plain.args[2] if len(plain.args) > 2 else None
    return length


def _blank_by_if(reader: _Reader, call: ir.Call, test: ir.Node, first: ir.Node, second: ir.Node) -> None:
    if not isinstance(test, ir.Call) or not test.args or test.args[0] is None:
        return
    asked = _plain(test.args[0])
    kept, instead = (second, first) if test.function is logic.is_blank_ else (first, second)
    if (
        test.function in (logic.is_blank_, logic.is_not_blank)
        and same(kept, asked)
        and _constant(instead) not in (None, "")
    ):
        new = f"{reader.operand(kept)}.IfBlank({reader.text(instead)})"
        fix = Fix("write IfBlank", (Edit(call.span, new),), False)
        reader.say(rules.BLANK_BY_IF, f"{reader.text(kept)} is named twice", call.span, f"write {new}", fix)


def _condition(reader: _Reader, test: ir.Node | None) -> None:
    value = _constant(test)
    if test is not None and isinstance(value, bool):
        span = _plain(test).span
        reader.say(rules.SETTLED_CONDITION, f"the condition is always {'true' if value else 'false'}", span)


def _cases(reader: _Reader, call: ir.Call, _: _Around) -> None:
    by_condition = call.function is logic.switch_if
    given = [part for part in call.args if part is not None][0 if by_condition else 1 :]
    asked = [_plain(part) for part in given[: len(given) // 2 * 2 : 2]]
    seen: set[ir.Node] = set()
    for number, case in enumerate(asked):
        alike = comparable(case)
        repeated = alike in seen
        seen.add(alike)
        if repeated and (by_condition or _known(case)):
            reader.say(rules.REPEATED_CASE, f"{reader.text(case)} stands above, too", case.span, "remove one")
        # The last case of a SwitchIf may be true: then its result is for all others.
        if by_condition and number < len(asked) - 1:
            _condition(reader, case)


def _weeks(reader: _Reader, call: ir.Call, _: _Around) -> None:
    message = f"{call.function.name} counts from the doc's first day of the week"
    help = "IsoWeekday and IsoWeekNumber count from Monday in every doc"
    reader.say(rules.WEEK_SETTING, message, call.span, help)


# ---------------------------------------------------------------- performance


def _filter(reader: _Reader, call: ir.Call, _: _Around) -> None:
    items, condition = call.args[:2]
    if items is None or not isinstance(condition, ir.Lambda):
        return
    if _constant(condition.body) is not False:  # a filter that keeps nothing is the way to an empty list
        _condition(reader, condition.body)
    inner = _plain(items)
    if isinstance(inner, ir.Call) and inner.function is filters.filter_items:
        reader.say(rules.FILTER_OF_FILTER, "one filter asks what another one left", call.span, "join them with AND")
    if not isinstance(inner, ir.Rows) or inner.table not in reader.doc.tables:
        return
    tests = list(_conjuncts(condition.body))
    sought = [found for test in tests if (found := _looked_up(test, condition.slot)) is not None]
    for field_, value in sought:
        _reverse(reader, call, field_, value, alone=len(tests) == 1)
    own = inner.table == reader.place.table and reader.place.role == "formula"
    slots = {part.slot for part in ir.parts(condition.body) if isinstance(part, ir.Local)}
    if own and not sought and _THIS_ROW in slots:
        message = f"each row of {inner.table} asks every row of {inner.table}"
        reader.say(rules.OWN_TABLE_SCAN, message, call.span, "begin with fewer rows, such as those of a relation")


def _conjuncts(node: ir.Node) -> Iterator[ir.Node]:
    plain = _plain(node)
    if isinstance(plain, ir.Call) and plain.function is logic.and_:
        for part in plain.args:
            if part is not None:
                yield from _conjuncts(part)
    else:
        yield plain


def _looked_up(test: ir.Node, slot: int | None) -> tuple[ir.Field, ir.Node] | None:
    """The column of an item, and what its value is compared with, which does not depend on the item."""
    if not isinstance(test, ir.Call) or test.function is not comparison.equals:
        return None
    left, right = (None if part is None else _plain(part) for part in test.args)
    for column, value in ((left, right), (right, left)):
        of_item = isinstance(column, ir.Field) and isinstance(column.row, ir.Local) and column.row.slot == slot
        if of_item and value is not None:
            assert isinstance(column, ir.Field)
            if not any(isinstance(part, ir.Local) and part.slot == slot for part in ir.parts(value)):
                return column, value
    return None


def _reverse(reader: _Reader, call: ir.Call, column: ir.Field, value: ir.Node, alone: bool) -> None:
    if not isinstance(value.type, RowOf) or value.type.table not in reader.doc.tables:
        return
    for other in reader.doc.tables[value.type.table].columns.values():
        if (
            other.reverse == column.column
            and other.to == column.table
            and ((reader.place.table, reader.place.name) != (value.type.table, other.name))
        ):
            new = f"{reader.operand(value)}.{bracketed(other.name)}"
            # A blank has no rows behind it, while a filter finds those whose relation is blank.
            sure = isinstance(value, ir.Local) and value.slot == _THIS_ROW
            fix = Fix("read the reverse column", (Edit(call.span, new),), sure) if alone else None
            message = f"{new} has these rows" if alone else f"{new} has the rows with {reader.text(column)}"
            reader.say(rules.REVERSE_EXISTS, message, call.span, f"begin with {new}", fix)
            return


def _order(reader: _Reader, call: ir.Call, _: _Around) -> None:
    if len([part for part in call.args if part is not None]) > 1 and call.function is not filters.contains:
        return
    node = call.args[0]
    while (inner := _listed(node)) is not None:
        node = inner
    if not isinstance(node, ir.Call) or node.function is not filters.sort or node.args[0] is None:
        return
    by = node.args[2] if len(node.args) > 2 else None
    sure = call.function in _ANY_ORDER and (by is None or isinstance(_keyed(by), ir.Field | ir.Local))
    fix = Fix("leave the sorting out", (Edit(node.span, reader.text(node.args[0])),), sure)
    message = f"{call.function.name} gives the same in any order"
    reader.say(rules.NEEDLESS_SORT, message, node.span, "leave the sorting out", fix)


def _listed(node: ir.Node | None) -> ir.Node | None:
    """The list whose items a part takes unchanged, in their order."""
    match node:
        case ir.Map(items):
            return items
        case ir.Convert(value):
            return value
        case ir.Call(filters.filter_items, (items, *_)):
            return items
    return None


def _keyed(by: ir.Node) -> ir.Node:
    return _plain(by.body) if isinstance(by, ir.Lambda) else by


def _chance(reader: _Reader, call: ir.Call, _: _Around) -> None:
    if reader.place.role == "formula":
        message = f"{call.function.name} may give another value with each change of the doc"
        reader.say(rules.MOVING_COLUMN, message, call.span, "let a button write the value once")


# ---------------------------------------------------------------- style


def _name(reader: _Reader, call: ir.Call, _: _Around) -> None:
    name, formula = call.args[1:]
    if not isinstance(formula, ir.Lambda) or name is None:
        return
    if not any(isinstance(part, ir.Local) and part.slot == formula.slot for part in ir.parts(formula.body)):
        reader.say(rules.UNUSED_NAME, f"nothing reads {reader.text(name)}", name.span, "leave WithName out")


_Check = Callable[[_Reader, ir.Call, _Around], None]

_CHECKS: dict[Function, tuple[_Check, ...]] = {
    logic.if_: (_branches,),
    logic.switch: (_cases,),
    logic.switch_if: (_cases,),
    logic.with_name: (_name,),
    filters.filter_items: (_filter,),
    filters.count_if: (_filter,),
    filters.contains: (_contains, _order),
    **dict.fromkeys(_COMPARING, (_comparison,)),
    **dict.fromkeys(_BY_SETTING, (_weeks,)),
    **dict.fromkeys(_CHANCE, (_chance,)),
    **dict.fromkeys(_ANY_ORDER - {filters.contains} | _NEARLY_ANY_ORDER, (_order,)),
    **dict.fromkeys(_DIVIDING, (_division,)),
}
for _one in _ARITHMETIC:
    _CHECKS[_one] = (*_CHECKS.get(_one, ()), _reckoning, *((_scale,) if _one.operator in "*/" else ()))
