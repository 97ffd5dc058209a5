"""Checks of a button's formula: it must be an action, and write only where a person can enter a value."""

from __future__ import annotations

from collections.abc import Iterable

from codaform.diagnostics import rules
from codaform.library.function import ColumnValue, ControlValue
from codaform.model import types
from codaform.model.schema import SYSTEM_TYPES, UNSETTABLE, Column, Doc
from codaform.model.types import ListOf, OneOf, Type, Variable, describe
from codaform.semantics import ir
from codaform.semantics.bind_state import Binding
from codaform.source import Span


def acts(parts: Iterable[ir.Node]) -> bool:
    """Whether any part of a formula is an action, whatever is made of it."""
    return any(isinstance(part, ir.Call) and part.function.action for part in parts)


def may_act(kind: Type) -> bool:
    """Whether a value of the type may be an action; a blank is one that does nothing."""
    match kind:
        case ListOf(item):
            return may_act(item)
        case OneOf(options):
            return any(may_act(option) for option in options)
    return kind in (types.ACTION, types.ANY, types.FAULTY, types.BLANK) or isinstance(kind, Variable)


def no_action(binding: Binding, kind: Type, span: Span) -> str:
    """Report a button's formula that is no action, and return the diagnostic."""
    message = f"here stands an action, and the formula gives {describe(kind)}"
    help = "an action is made by a function such as ModifyRows, AddRow, OpenUrl or RunActions"
    binding.say(rules.NO_ACTION, message, span, help)
    return message


def check_writes(binding: Binding, body: ir.Node, doc: Doc) -> None:
    """Say where an action writes into a column whose cells are made by the doc, or sets a control that holds no value
    of its own."""
    for part in ir.parts(body):
        if not isinstance(part, ir.Call) or not part.function.action:
            continue
        for argument in part.args:
            if isinstance(argument, ir.Constant) and isinstance(argument.value, ColumnValue):
                column = doc.tables[argument.value.table].columns[argument.value.name]
                if column.computed:
                    message = f"{argument.value.table}.{column.name} {_made(column)}; an action cannot write into it"
                    help = f"write into {column.to}.{column.reverse} instead" if column.reverse else ""
                    binding.say(rules.COMPUTED_TARGET, message, argument.span, help)
            if isinstance(argument, ir.Constant) and isinstance(argument.value, ControlValue):
                control = doc.controls[argument.value.name]
                if control.kind in UNSETTABLE:
                    message = f"{control.name} is a {control.kind.replace('_', ' ')}; an action cannot set it"
                    binding.say(rules.COMPUTED_TARGET, message, argument.span)


def _made(column: Column) -> str:
    if column.reverse:
        return f"shows the rows whose {column.reverse} points here"
    if column.kind == "button":
        return "is a button"
    return "is made by Coda" if column.kind in SYSTEM_TYPES else "is computed by a formula"
