"""What a formula takes for granted, and makers saw Coda do otherwise: findings that name the doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codaform.diagnostics import rules
from codaform.library import aggregates, formatting, sums, text
from codaform.library.function import ColumnValue
from codaform.model import types
from codaform.model.schema import Doc
from codaform.model.types import ListOf, RowOf, Type
from codaform.semantics import ir
from codaform.semantics.bind_state import Binding

_COUNTS = frozenset({"Count", "CountAll", "CountIf", "CountUnique", "IsBlank", "IsNotBlank"})
_BRANCHES = frozenset({"If", "Switch", "SwitchIf", "And", "Or"})
_OF_ONE_TEXT = frozenset({text.contains_text, text.starts_with, text.ends_with})
_OF_ROWS = frozenset({"AddRow", "AddOrModifyRows", "DeleteRows", "DuplicateRows"})


def notice_doubts(binding: Binding, body: ir.Node, parts: Sequence[ir.Node], doc: Doc) -> None:
    """Note where a formula would mean something else in Coda, if what makers saw there is so."""
    empty = False
    for part in parts:
        match part:
            case ir.Call(function, args):
                empty = empty or function in aggregates.STRICT
                if function is formatting.to_text and len(args) > 1 and args[1] is not None:
                    message = "a maker saw Coda refuse a format in ToText"
                    help = 'write Format("{1:…}", value), whose formats users have seen'
                    binding.say(rules.TEXT_FORMAT, message, args[1].span, help)
                if function is sums.subtract_numbers and _are_numbers_of_moments(args):
                    message = "moments as numbers are what their clocks show; Coda may count the time that passes"
                    help = "subtract the moments: (later - earlier).ToDays()"
                    binding.say(rules.CLOCK_NUMBERS, message, part.span, help)
            case ir.Map(items, _, ir.Call(function) as asked) if function in _OF_ONE_TEXT and asked.span == part.span:
                message = f"{function.name} is asked of each item of a list; a maker saw Coda look at one item"
                help = f"ask within a loop: list.CountIf(CurrentValue.{function.name}(…)) > 0"
                binding.say(rules.TEXT_OF_LIST, message, items.span, help)
    if empty and "max_of_nothing" not in doc.assume.stated:
        _notice_empty(binding, body)
    if doc.assume.press == "stepwise" and "press" not in doc.assume.stated:
        _notice_written(binding, parts)


def _are_numbers_of_moments(args: Sequence[ir.Node | None]) -> bool:
    """Whether all are numbers made of days, one of them with a time."""
    kinds = {_numbered(argument) for argument in args}
    return types.DATETIME in kinds and kinds <= {types.DATE, types.DATETIME}


def _numbered(node: ir.Node | None) -> Type | None:
    """The type that was converted to a number; None without a conversion."""
    match node:
        case ir.Convert(value) | ir.Call(text.to_number, (value,)) if value is not None:
            return _numbered(value) or value.type
    return None


# ------------------------------------------------------------ aggregates of nothing


def _notice_empty(binding: Binding, body: ir.Node) -> None:
    """Note aggregates of lists that may be empty, where no condition around them asks for that."""
    waiting = [(body, False)]
    while waiting:
        node, guarded = waiting.pop()
        if isinstance(node, ir.Call):
            function = node.function
            if function in aggregates.STRICT and not guarded and _may_be_empty(node):
                message = f"{function.name} of nothing is blank here; a maker saw Coda give an error for Max and Min"
                help = 'guard it: If(list.Count() = 0, "", …)'
                binding.say(rules.EMPTY_AGGREGATE, message, node.span, help)
            guarded = guarded or ((function.name in _BRANCHES or bool(function.operator)) and _asks_for_items(node))
        waiting.extend((part, guarded) for part in ir.children(node))


def _asks_for_items(call: ir.Call) -> bool:
    return any(isinstance(part, ir.Call) and part.function.name in _COUNTS for part in ir.parts(call))


def _may_be_empty(call: ir.Call) -> bool:
    """Whether all that an aggregate is given are lists that may have no items."""
    given = call.args[:1] if call.function is aggregates.percentile else call.args
    return bool(given) and all(argument is not None and _is_open_list(argument) for argument in given)


def _is_open_list(node: ir.Node) -> bool:
    while isinstance(node, ir.Convert):
        node = node.value
    if isinstance(node, ir.Call) and node.function.name in ("List", "Sequence"):
        return not node.args
    return isinstance(node.type, ListOf)


# ------------------------------------------------------------ actions that read what was written


def _notice_written(binding: Binding, parts: Sequence[ir.Node]) -> None:
    """Note the first read of something that an action before it, or a round before it, wrote."""
    writers = [part for part in parts if isinstance(part, ir.Call) and part.function.action]
    if not writers:
        return
    written = [(call, frozenset(_written(call))) for call in writers]
    loops = [part for part in parts if isinstance(part, ir.Call | ir.Map) and _repeats(part)]
    found = [
        (part, what)
        for part in parts
        for what in _read(part)
        for call, things in written
        if what in things and (part.span.start >= call.span.end or _in_one_round(part, call, loops))
    ]
    if found:
        part, (table, column) = min(found, key=lambda one: one[0].span.start)
        what = f"{table}.{column}" if column else f"the rows of {table}"
        message = f"an action of this formula writes {what} before this is read"
        help = "a maker saw Coda compute all arguments from the rows before the press"
        binding.say(rules.READS_WRITTEN, message, part.span, help)


def _written(call: ir.Call) -> Iterator[tuple[str, str]]:
    """The columns that an action writes, by table and name; with an empty name, the table whose rows it makes or
    takes away."""
    for argument in call.args:
        if isinstance(argument, ir.Constant) and isinstance(argument.value, ColumnValue):
            yield argument.value.table, argument.value.name
    if call.function.name in _OF_ROWS and call.args and call.args[0] is not None:
        kind = call.args[0].type
        kind = kind.item if isinstance(kind, ListOf) else kind
        if isinstance(kind, RowOf):
            yield kind.table, ""


def _read(part: ir.Node) -> Iterator[tuple[str, str]]:
    match part:
        case ir.Field(_, table, column):
            yield table, column
        case ir.Rows(table):
            yield table, ""


def _repeats(node: ir.Call | ir.Map) -> bool:
    """Whether a part carries out actions again and again, with other things between them."""
    if isinstance(node, ir.Call):
        return not node.function.action and any(
            isinstance(argument, ir.Lambda) and argument.slot is not None for argument in node.args
        )
    return True


def _in_one_round(read: ir.Node, call: ir.Call, loops: Sequence[ir.Call | ir.Map]) -> bool:
    """Whether a read and an action stand in one loop, so that a later round reads what an earlier one wrote."""
    for loop in loops:
        bodies = [loop.body] if isinstance(loop, ir.Map) else [one for one in loop.args if isinstance(one, ir.Lambda)]
        for body in bodies:
            inside = ir.parts(body)
            if any(part is call for part in inside) and any(part is read for part in inside):
                return True
    return False
