"""The reference engine: a formula as understood becomes a closure that gives the value for one row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from codaform.library.function import Function, Parameter
from codaform.model import conversion, types
from codaform.model.budget import ITEMS_A_LOOK, SHORT, STEPS_A_LIST, STEPS_A_TIME, look_up
from codaform.model.context import Context
from codaform.model.types import ListOf, OneOf, RowOf, Scalar, Type
from codaform.model.unexpected import faulted
from codaform.model.values import EvaluationError, Person, Row
from codaform.semantics import ir

Frame = list[Any]
"""The values in a formula's slots while it runs; slot 0 is the row that owns the formula."""

Run = Callable[[Frame], Any]


class EvaluationContext(Context, Protocol):
    """What running formulas need beside the Context of the library."""

    def reader(self, table: str, column: str) -> Callable[[Row], Any]:
        """How a cell of the column is read, by row. It raises EvaluationError where the cell holds an error."""

    def named(self, name: str) -> Any:
        """The value of a named formula. Raises EvaluationError."""

    @property
    def watch(self) -> Callable[[ir.Node, Run], Run] | None:
        """A wrapper for each node's closure that sees every value; mostly there is none."""

    @property
    def act(self) -> Callable[[Any, Type], Any] | None:
        """Carries out an action as soon as it is described, and returns its value; mostly there is none."""


def compile_formula(node: ir.Node, world: EvaluationContext) -> Run:
    """The closure that computes a node. It raises only EvaluationError, for an error value."""
    try:
        run = _closure(node, world)
    except Exception as error:
        fault = faulted(error, node.span)
        run = _fails(ir.Fails(fault.rule, fault.message, node.type, fault.span or node.span))
    return run if world.watch is None else world.watch(node, run)


def _closure(node: ir.Node, world: EvaluationContext) -> Run:
    match node:
        case ir.Constant(value):
            return lambda frame: value
        case ir.Local(slot):
            return lambda frame: frame[slot]
        case ir.Rows(table):
            return lambda frame: world.rows(table)
        case ir.Named(name):
            return lambda frame: world.named(name)
        case ir.Field():
            return _field(node, world)
        case ir.Property():
            return _property(node, world)
        case ir.RowNamed(text, table):
            return _row_named(text, table, node, world)
        case ir.Convert(value, kind):
            return _convert(compile_formula(value, world), kind, world)
        case ir.Map(items, slot, body):
            return _map(compile_formula(items, world), slot, _counted(body, world), _weight(body), world)
        case ir.Lambda():
            return _lambda(node, world)
        case ir.Call():
            return _call(node, world)
        case ir.Fails():
            return _fails(node)


def _field(node: ir.Field, world: EvaluationContext) -> Run:
    read = world.reader(node.table, node.column)
    if isinstance(node.row, ir.Local):
        slot = node.row.slot

        def run_local(frame: Frame) -> Any:
            row = frame[slot]
            return None if row is None else read(row)

        return run_local
    inner = compile_formula(node.row, world)

    def run(frame: Frame) -> Any:
        row = inner(frame)
        return None if row is None else read(row)

    return run


def _property(node: ir.Property, world: EvaluationContext) -> Run:
    value = compile_formula(node.value, world)
    name = node.name

    def read(owner: Any) -> Any:
        match owner:
            case dict():
                folded = name.casefold()
                return owner.get(name, next((item for key, item in owner.items() if key.casefold() == folded), None))
            case Person():
                return {"name": owner.name, "email": owner.email}.get(name.casefold()) or None
            case Row():
                return world.read(owner, name)
            case list():
                return [read(item) for item in owner]
        return None

    return lambda frame: read(value(frame))


def _row_named(text: str, table: str, node: ir.RowNamed, world: EvaluationContext) -> Run:
    def run(frame: Frame) -> Any:
        row = world.find(text, table)
        if row is None:
            raise EvaluationError("unknown-row", f'no row of {table or "the doc"} is displayed as "{text}"', node.span)
        return row

    return run


def _map(items: Run, slot: int, body: Run, weight: int, world: EvaluationContext) -> Run:
    charge = world.budget.charge

    def run(frame: Frame) -> Any:
        results = []
        found = items(frame) or ()
        charge(len(found) * weight)
        for start in range(0, len(found), ITEMS_A_LOOK):
            if start:
                look_up()
            for item in found[start : start + ITEMS_A_LOOK]:
                frame[slot] = item
                results.append(body(frame))
        return results

    return run


def _lambda(node: ir.Lambda, world: EvaluationContext) -> Run:
    if node.slot is None:
        once = compile_formula(node.body, world)
        return lambda frame: lambda: once(frame)
    body, slot, budget = _counted(node.body, world), node.slot, world.budget

    def run(frame: Frame) -> Any:
        def ask(item: Any) -> Any:
            frame[slot] = item
            return body(frame)

        if not budget.bulk:
            return ask
        budget.bulk = False
        asked = 0

        def ask_looking(item: Any) -> Any:
            nonlocal asked
            asked += 1
            if asked % ITEMS_A_LOOK == 0:
                look_up()
            return ask(item)

        return ask_looking

    return run


def _weight(node: ir.Node) -> int:
    """How many steps a part is, computed once: its calls, cells and conversions, without those of its items.

    Computing with dates and times takes longer.
    """
    count = int(isinstance(node, ir.Call | ir.Field | ir.Convert))
    if isinstance(node, ir.Call | ir.Convert) and not _SLOW.isdisjoint((node.type, *_types(node))):
        count = STEPS_A_TIME
    inner = [child for child in ir.children(node) if not (isinstance(child, ir.Lambda) and child.slot is not None)]
    return max(count + sum(map(_weight, inner[:1] if isinstance(node, ir.Map) else inner)), 1)


def _types(node: ir.Node) -> list[Type]:
    return [child.type for child in ir.children(node) if not isinstance(child, ir.Lambda)]


_SLOW = frozenset((types.DATE, types.DATETIME, types.TIME, types.DURATION))


def _counted(node: ir.Node, world: EvaluationContext) -> Run:
    """The closure that runs per item. Long results count, since there is one per item."""
    run = compile_formula(node, world)
    if isinstance(node.type, RowOf | Scalar) and node.type not in (types.TEXT, types.ANY):
        return run

    charge_made = world.budget.charge_made

    def counted(frame: Frame) -> Any:
        value = run(frame)
        charge_made(value)
        return value

    return counted


def _fails(node: ir.Fails) -> Run:
    def run(frame: Frame) -> Any:
        raise EvaluationError(node.rule, node.message, node.span)

    return run


# ---------------------------------------------------------------- calls


def _call(node: ir.Call, world: EvaluationContext) -> Run:
    function, span = node.function, node.span
    call = _meaning(function, node.type, world)
    arguments = ir.arguments(node)
    each = [_weight(argument.body) for argument in node.args if isinstance(argument, ir.Lambda) and argument.slot]
    prepared = [_argument(parameter, argument, sum(each) or 1, world) for parameter, _, argument in arguments]
    keyword = function.params[-1].name if function.params and function.params[-1].last else ""
    sizes = [len(parameter.types) for parameter in function.params if parameter.repeats]
    grouped = bool(keyword or (sizes and sizes[0] > 1))
    given = [argument for _, _, argument in arguments if argument is not None]
    call = _charging(call, given, 0 if grouped else len(prepared), node, world)
    if grouped:
        return _grouped_call(node, call, prepared)
    blanks, nothing = node.blanks, _blank(node.type)
    if len(prepared) == 1:
        (only,) = prepared
        strict = bool(blanks)

        def run_one(frame: Frame) -> Any:
            value = only(frame)
            if strict and (value is None or value == ""):
                return nothing
            try:
                return call(value)
            except Exception as error:
                raise faulted(error, span) from None

        return run_one
    if len(prepared) == 2:
        first, second = prepared
        strict_first, strict_second = 0 in blanks, 1 in blanks

        def run_two(frame: Frame) -> Any:
            left, right = first(frame), second(frame)
            if (strict_first and (left is None or left == "")) or (strict_second and (right is None or right == "")):
                return nothing
            try:
                return call(left, right)
            except Exception as error:
                raise faulted(error, span) from None

        return run_two

    def run(frame: Frame) -> Any:
        values = [argument(frame) for argument in prepared]
        if blanks and any(values[index] is None or values[index] == "" for index in blanks):
            return nothing
        try:
            return call(*values)
        except Exception as error:
            raise faulted(error, span) from None

    return run


def _grouped_call(node: ir.Call, call: Callable[..., Any], prepared: list[Run]) -> Run:
    """A call whose repeated arguments come in groups, or that has an argument behind the repeated ones."""
    params = node.function.params
    head = sum(not parameter.repeats and not parameter.last for parameter in params)
    size = next((len(parameter.types) for parameter in params if parameter.repeats), 1)
    last = next((parameter for parameter in params if parameter.last), None)
    tail = node.function.rowwise.__code__.co_varnames[node.function.rowwise.__code__.co_argcount] if last else ""
    end = len(prepared) - (1 if last else 0)
    blanks, nothing, span = node.blanks, _blank(node.type), node.span

    def run(frame: Frame) -> Any:
        values = [argument(frame) for argument in prepared]
        if blanks and any(values[index] is None or values[index] == "" for index in blanks):
            return nothing
        repeated = values[head:end]
        groups = zip(*[iter(repeated)] * size, strict=True) if size > 1 else repeated
        named = {tail: values[-1]} if tail else {}
        try:
            return call(*values[:head], *groups, **named)
        except Exception as error:
            raise faulted(error, span) from None

    return run


def _blank(kind: Type) -> Any:
    """The blank of a type: for lists the empty list. It is never changed by anyone."""
    return [] if isinstance(kind, ListOf) else None


def _meaning(function: Function, kind: Type, world: EvaluationContext) -> Callable[..., Any]:
    meaning = function.rowwise
    act = world.act if function.action else None
    if function.wants_context:
        meaning = partial(meaning, world)
    if act is None:
        return meaning
    return lambda *values, **named: act(meaning(*values, **named), kind)


def _charging(
    call: Callable[..., Any], arguments: list[ir.Node], arity: int, node: ir.Call, world: EvaluationContext
) -> Callable[..., Any]:
    """The call with what is long in it charged: what it is given, before it runs, and what it makes.

    Lists for list parameters are charged when they are prepared. A list that is only passed on (If, WithName) is not
    charged, nor a text that is compared. arity: How many arguments the call is given, where they come one by one.
    """
    if any(isinstance(argument, ir.Lambda) for argument in arguments):
        return call
    compares = node.function.operator != "" and node.type == types.BOOLEAN
    given = (argument for argument in arguments if not isinstance(argument, ir.Constant | ir.Rows))
    if not _may_be_long(node.type) and not any(
        _may_be_long(argument.type) and not (compares and argument.type == types.TEXT) for argument in given
    ):
        return call

    budget = world.budget
    listed = all(isinstance(parameter.type, ListOf) for parameter in node.function.params)
    read = _TEXTS if listed else _LONG

    def charging_one(value: Any) -> Any:
        if type(value) in read and len(value) > SHORT:
            budget.charge_read(value)
        result = call(value)
        if type(result) in _LONG and len(result) > SHORT:
            budget.charge_made(result)
        return result

    def charging_two(left: Any, right: Any) -> Any:
        if type(left) in read and len(left) > SHORT:
            budget.charge_read(left)
        if type(right) in read and len(right) > SHORT:
            budget.charge_read(right)
        result = call(left, right)
        if type(result) in _LONG and len(result) > SHORT:
            budget.charge_made(result)
        return result

    def charging(*values: Any, **named: Any) -> Any:
        for value in values:
            if type(value) in read and len(value) > SHORT:
                budget.charge_read(value)
        result = call(*values, **named)
        if type(result) in _LONG and len(result) > SHORT:
            budget.charge_made(result)
        return result

    if arity == 1:
        return charging_one
    return charging_two if arity == 2 else charging


_LONG, _TEXTS = frozenset((str, list)), frozenset((str,))


def _may_be_long(kind: Type) -> bool:
    return not isinstance(kind, RowOf | Scalar) or kind in (types.TEXT, types.ANY, types.OBJECT)


def _argument(parameter: Parameter, node: ir.Node | None, weight: int, world: EvaluationContext) -> Run:
    """How an argument is given: left out, or blank where it may be left out, it is the default.

    weight: The steps that an item of a list costs.
    """
    default = parameter.default
    if node is None:
        return lambda frame: default
    run = compile_formula(node, world)
    if isinstance(parameter.type, ListOf):
        default = [] if default is None and not parameter.optional else default

        charge = world.budget.charge

        def listed(frame: Frame) -> Any:
            value = run(frame)
            if value is None:
                return default
            charge(len(value) * weight)
            return value

        return listed
    if not parameter.optional or parameter.repeats or default is None:
        return run

    def given(frame: Frame) -> Any:
        value = run(frame)
        return default if value is None else value

    return given


# ---------------------------------------------------------------- conversions


def _convert(value: Run, kind: Type, world: EvaluationContext) -> Run:
    converted = converter(kind, world)
    return lambda frame: converted(value(frame))


def converter(kind: Type, world: Context) -> Callable[[Any], Any]:
    """How a value becomes one of a type; Faults where it cannot."""
    match kind:
        case types.TEXT:
            return lambda value: value if type(value) is str else _text(value, world)
        case types.NUMBER:
            return lambda value: value if type(value) is float else conversion.to_number(value, world)
        case types.BOOLEAN:
            return lambda value: value if type(value) is bool else _boolean(value, world)
        case types.DATE:
            return lambda value: conversion.to_date(conversion.single(value), world)
        case types.DATETIME:
            return lambda value: conversion.to_datetime(value, world)
        case types.TIME:
            return lambda value: conversion.to_time(conversion.single(value), world)
        case types.DURATION:
            return lambda value: conversion.to_duration(value, world)
        case types.PERSON:
            return lambda value: conversion.to_person(value, world)
        case RowOf(table):
            return lambda value: conversion.to_row(value, table, world)
        case ListOf(item):
            return _list_converter(item, world)
        case OneOf() | types.BLANK:
            return lambda value: value
    return conversion.single


def _text(value: Any, world: Context) -> str | None:
    return conversion.to_text(value, world)


def _boolean(value: Any, world: Context) -> bool:
    world.budget.charge_read(value)
    return conversion.to_boolean(value)


def _boolean_item(value: Any, world: Context) -> bool | None:
    """A condition that is blank does not hold, but an item that is blank stays one."""
    return None if value is None or value == "" else _boolean(value, world)


def _list_converter(item: Type, world: Context) -> Callable[[Any], Any]:
    if item in (types.ANY, types.BLANK, types.FAULTY) or isinstance(item, OneOf):
        return conversion.to_list
    charge = world.budget.charge
    convert = converter(item, world) if item != types.BOOLEAN else partial(_boolean_item, world=world)

    def opened(value: Any) -> list[Any]:
        items = conversion.to_list(value)
        charge(STEPS_A_LIST + len(items))
        return items

    if isinstance(item, ListOf):
        return lambda value: [convert(inner) for inner in opened(value)]

    def flat(value: Any) -> list[Any]:
        found: list[Any] = []
        for inner in opened(value):
            if isinstance(inner, list):
                found.extend(flat(inner))
            else:
                found.append(convert(inner))
        return found

    return flat
