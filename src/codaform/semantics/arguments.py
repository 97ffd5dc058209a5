"""The role of an argument in a call: its place, the column it fills, the name it gives."""

from __future__ import annotations

from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Edit, Fix
from codaform.library.function import ColumnValue, ControlValue, Function, NameValue
from codaform.model import types
from codaform.model.schema import UNSETTABLE, Control, Table, View, control_type, value_type
from codaform.model.types import RowOf, Type, describe
from codaform.semantics import coercion, ir, overloads
from codaform.semantics.bind_state import Binding, fails
from codaform.semantics.calls import signature
from codaform.semantics.foreign_names import COUNTS, READ_BY
from codaform.semantics.naming import access, meant
from codaform.semantics.scope import Item, Scope, doc_wide, find, resolve, row_table
from codaform.source import Span
from codaform.spelling import did_you_mean, nearest
from codaform.syntax import ast
from codaform.syntax.names import bracketed


def places(
    binding: Binding, functions: tuple[Function, ...], count: int, names: list[str], node: ast.Call
) -> tuple[overloads.ArgumentSlot, ...] | None:
    """The place of each argument; None, with a diagnostic, if it has none.

    functions: The overloads. count: How many arguments are given by position; names: those that are given by name.
    """
    misfit = None
    for function in functions:
        found = overloads.place(function, count, names)
        if not isinstance(found, overloads.Misfit):
            return found
        misfit = misfit or found
    assert misfit is not None
    if misfit.named:
        span = next(a.span for a in node.args if isinstance(a, ast.Argument) and a.name.text == misfit.named)
        known = ", ".join(parameter.name for parameter in functions[0].params)
        binding.say(rules.UNKNOWN_ARGUMENT, misfit.message, span, f"its parameters are {known}")
    else:
        hint = (READ_BY if count == 1 else COUNTS).get(functions[0].name) or COUNTS.get(functions[0].name)
        help = f"{hint}; it is {signature(functions[0])}" if hint else f"it is {signature(functions[0])}"
        binding.say(rules.WRONG_COUNT, misfit.message, node.name_span, help)
    return None


def filled(bound: list[ir.Node], scope: Scope) -> Type | None:
    """The type of the column or control that was named right before an argument: what it holds is given, or sought,
    next."""
    match bound[-1] if bound else None:
        case ir.Constant(ColumnValue(table, name)):
            return value_type(scope.doc.tables[table].columns[name])
        case ir.Constant(ControlValue(name)):
            return control_type(scope.doc.controls[name])
    return None


def explain_key(
    binding: Binding, function: Function, given: list[ast.Expression], bound: list[ir.Node], scope: Scope
) -> None:
    """Where Sort is given a column of its rows in the place of the direction, say so: in the help of an unknown name,
    or in a warning where the name is known as a cell and would silently count as a direction.
    """
    table = row_table(scope, bound[0].type) if function.name == "Sort" and len(given) == 2 else None
    key = given[1].name if len(given) == 2 and isinstance(given[1], ast.Member) else given[-1]
    if table is None or not isinstance(key, ast.Name) or find(table.columns, key.text) is None:
        return
    place = given[1].span
    spelled = f"Sort(true, {bracketed(key.text)})"
    help = f"the direction stands before the key: {spelled}"
    if bound[1].type not in (types.BOOLEAN, types.ANY, types.FAULTY):
        fix = Fix("sort ascending", (Edit(place, f"true, {bracketed(key.text)}"),), safe=False)
        message = f"{key.text} is the direction, and this is {describe(bound[1].type)}"
        binding.say(rules.KEY_AS_DIRECTION, message, place, help, fix)
    for index, finding in enumerate(binding.diagnostics):
        if finding.rule is rules.UNKNOWN_NAME and finding.span == key.span:
            fix = Fix("sort ascending", (Edit(Span(key.span.start, key.span.start), "true, "),), safe=False)
            binding.diagnostics[index] = replace(finding, help=help, fix=fix)


def named_table(binding: Binding, node: ast.Expression, scope: Scope, of: Type | None = None) -> ir.Node | None:
    """The table or view that a bare name means where only a table can be meant, although a column has the name too.

    None where the name is no table's, where WithName gives it, or where the table does not have the rows of type `of`.
    """
    if not isinstance(node, ast.Name) or node.at:
        return None
    found = doc_wide(scope.doc, node.text)
    if not isinstance(found, Table | View) or isinstance(resolve(scope, node.text), Item):
        return None
    owner = row_table(scope, of) if of is not None else None
    if owner is not None and owner.name != (found.table if isinstance(found, View) else found.name):
        return None
    return meant(binding, found, scope, node.span)


def sort_key(binding: Binding, node: ast.Expression, item: Item, scope: Scope) -> ir.Node | None:
    """`Tasks.Due` or `thisTable.Due` as the key by which rows of Tasks are sorted: the cell of the row, as a whole
    column is no key. None for any other key."""
    if not isinstance(node, ast.Member) or not isinstance(item.type, RowOf):
        return None
    own = node.target == ast.Keyword("thisTable") and scope.table == item.type.table
    if not own and named_table(binding, node.target, scope, item.type) is None:
        return None
    return access(binding, ir.Local(item.slot, item.type, node.target.span), node.name, node.span, scope)


def control_argument(binding: Binding, node: ast.Expression, scope: Scope) -> ir.Node:
    """A control that is named, not read: `SetControlValue(Budget, 3)`."""
    found = doc_wide(scope.doc, node.text) if isinstance(node, ast.Name) else None
    if isinstance(found, Control):
        binding.refer(node.span, "doc", found.name)
        return ir.Constant(ControlValue(found.name), types.CONTROL, node.span)
    controls = scope.doc.controls
    text = node.text if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Literal) else ""
    close = find(controls, text) or controls.get(nearest(text, controls) or "") if isinstance(text, str) else None
    what = f"{node.text} is none" if isinstance(node, ast.Name) else "this is none"
    help = (
        f"the doc has {', '.join(map(bracketed, controls))}"
        if controls
        else "controls: in doc.yml lists those of the doc"
    )
    fix = None
    if close is not None:
        help = did_you_mean(bracketed(close.name))
        fix = Fix(f"write {bracketed(close.name)}", (Edit(node.span, bracketed(close.name)),), safe=False)
    message = f"here a control of the doc is named, and {what}"
    binding.say(rules.WRONG_TYPE, message, node.span, help, fix)
    return fails(node.span, message)


def as_set(binding: Binding, bound: list[ir.Node], node: ir.Node, scope: Scope) -> ir.Node:
    """An argument, or, right after a control, the value for the control."""
    if not bound or not isinstance(bound[-1], ir.Constant) or not isinstance(bound[-1].value, ControlValue):
        return node
    control = scope.doc.controls[bound[-1].value.name]
    wanted = control_type(control)
    if control.kind in UNSETTABLE or node.type in (types.FAULTY, types.BLANK):
        return node
    if coercion.cost(node.type, wanted) is None:
        message = f"{control.name} is set to {describe(node.type)}, and it holds {describe(wanted)}"
        binding.say(rules.WRONG_TYPE, message, node.span)
        return fails(node.span, message)
    return coercion.convert(node, wanted)


def new_name(binding: Binding, node: ast.Expression) -> ir.Node:
    """The name that an argument gives, as in WithName; a name in quotes is reported and accepted."""
    match node:
        case ast.Name(text, False):
            return ir.Constant(NameValue(text), types.NAME, node.span)
        case ast.Literal(str() as text) if text:
            fix = Fix("write it without quotes", (Edit(node.span, bracketed(text)),))
            _no_name(binding, node.span, "a new name stands without quotes", fix)
            return ir.Constant(NameValue(text), types.NAME, node.span)
    _no_name(binding, node.span, "give a name without quotes")
    return fails(node.span, "no name is given here")


def _no_name(binding: Binding, span: Span, help: str, fix: Fix | None = None) -> None:
    binding.say(rules.WRONG_TYPE, "here a new name is given, and this is none", span, help, fix)
