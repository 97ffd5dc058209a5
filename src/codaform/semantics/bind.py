"""From a formula as written to a formula as understood: names, functions, conversions."""

from __future__ import annotations

from dataclasses import field, replace
from functools import cache

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.library import catalogue
from codaform.library.function import ColumnValue, Function
from codaform.model import types, unexpected
from codaform.model.schema import Column, value_type
from codaform.model.types import Deferred, ListOf, RowOf, Type, describe
from codaform.semantics import coercion, ir, overloads
from codaform.semantics.action_checks import acts, check_writes, may_act, no_action
from codaform.semantics.arguments import (
    as_set,
    control_argument,
    explain_key,
    filled,
    named_table,
    new_name,
    places,
    sort_key,
)
from codaform.semantics.bind_state import Binding, Reference, fails
from codaform.semantics.calls import apply
from codaform.semantics.comparisons import COMPARISONS, notice_comparison, notice_same_item, same_name
from codaform.semantics.foreign_names import HINTS, LOOK_ALIKES
from codaform.semantics.literals import check_literals
from codaform.semantics.naming import (
    access,
    chip,
    coded,
    meant,
    notice_ambiguous,
    row_named,
    self_reference,
    spelled_as_table,
    unknown_column,
)
from codaform.semantics.portability import notice_doubts
from codaform.semantics.scales import notice_scale
from codaform.semantics.scope import (
    Item,
    OwnColumn,
    Scope,
    current_item,
    find,
    inside,
    own_column,
    resolve,
    row_table,
)
from codaform.source import Span, frozen
from codaform.spelling import did_you_mean, nearest
from codaform.syntax import ast
from codaform.syntax.names import KEYWORDS, bracketed, is_coded


@frozen
class Bound:
    """A formula as understood, with everything there is to say of it. `body` computes even where errors were found."""

    body: ir.Node
    diagnostics: tuple[Diagnostic, ...]
    slots: int
    named: tuple[tuple[ast.Name, Scope], ...] = field(default=(), compare=False, repr=False)
    """Each bare name with its scope; a name may be met twice."""
    references: tuple[Reference, ...] = field(default=(), compare=False, repr=False)
    """What names in the text mean, in no order; a name may be met twice."""

    @property
    def type(self) -> Type:
        """The type of the formula's value."""
        return self.body.type


def bind(
    formula: ast.Formula,
    scope: Scope,
    expected: Type | None = None,
    action: bool = False,
    into: Column | None = None,
) -> Bound:
    """Understand a formula at its place.

    expected: The type that the place holds; the value is converted to it. Where it is an action, the formula is run.
    action: Whether an action is allowed, as in a button.
    into: The column that holds the value.
    """
    binding = Binding(formula, scope.doc.assume.max_of_nothing == "error")
    try:
        return _bound(binding, scope, expected, action, into)
    except Exception as error:
        span = formula.expression.span
        binding.say(rules.INTERNAL_ERROR, unexpected.describe(error), span, unexpected.REPORT)
        body = ir.Fails(unexpected.RULE, unexpected.describe(error), expected or types.FAULTY, span)
        return Bound(body, tuple(binding.diagnostics), 1, tuple(binding.named), tuple(binding.references))


def _bound(binding: Binding, scope: Scope, expected: Type | None, action: bool, into: Column | None) -> Bound:
    formula = binding.formula
    expression = _without_definition(binding, formula.expression, scope)
    body = _bind(binding, expression, scope, expected)
    bound, parts = body, ir.parts(body)
    if acts(parts):
        if action:
            check_writes(binding, body, scope.doc)
        else:
            binding.say(
                rules.ACTION_IN_COLUMN, "a cell cannot hold an action", expression.span, "actions run in buttons"
            )
            body = fails(body.span, "an action in a cell")
    elif expected == types.ACTION:
        if not may_act(body.type):
            body = fails(body.span, no_action(binding, body.type, expression.span))
    elif expected is not None and body.type != types.FAULTY:
        body = _as_result(binding, body, expected, expression.span)
    if body is not bound:
        parts = ir.parts(body)
    check_literals(binding, body, parts, scope.doc, into)
    if into is not None:
        notice_scale(binding, body, into)
    notice_doubts(binding, body, parts, scope.doc)
    return Bound(body, tuple(binding.diagnostics), binding.slots, tuple(binding.named), tuple(binding.references))


# ------------------------------------------------------------ the whole formula


def _without_definition(binding: Binding, expression: ast.Expression, scope: Scope) -> ast.Expression:
    """`tasks = tasks.Filter(…)` in the column tasks: what stands before the first equals sign is no comparison."""
    if not scope.column or not isinstance(expression, ast.Operation):
        return expression
    row = ast.operators_in_row(expression)
    conditions = next((place for place, one in enumerate(row) if one.sign not in ("AND", "OR")), len(row))
    if conditions == len(row):
        return expression
    defined = row[conditions]
    first = defined.operands[0]
    if defined.sign != "=" or not isinstance(first, ast.Name) or first.text.casefold() != scope.column.casefold():
        return expression
    value = defined.operands[1]
    binding.refer(first.span, "own", scope.column, scope.table)
    edit = Edit(Span(first.span.start, value.span.start), "")
    message = f"the formula repeats the name of the column that it defines, {scope.column}"
    fix = Fix(f"remove {first.text} =", (edit,))
    binding.say(rules.DEFINITION_PREFIX, message, Span(first.span.start, defined.sign_span.end), "", fix)
    for condition in reversed(row[:conditions]):
        value = replace(condition, operands=(value, condition.operands[1]))
    return value


_ADDRESSES = ((types.TEXT, types.OBJECT), (ListOf(types.TEXT), ListOf(types.OBJECT)))
"""A picture or a file may be given by its address, as `Image()` gives it; the cell holds the text."""


def _as_result(binding: Binding, body: ir.Node, expected: Type, span: Span) -> ir.Node:
    if (body.type, expected) in _ADDRESSES:
        return body
    if coercion.cost(body.type, expected) is None:
        message = f"the formula gives {describe(body.type)}, its place holds {describe(expected)}"
        binding.say(rules.WRONG_RESULT, message, span)
        return fails(span, message)
    return coercion.convert(body, expected)


# ------------------------------------------------------------ expressions


def _bind(binding: Binding, node: ast.Expression, scope: Scope, expected: Type | None = None) -> ir.Node:
    while isinstance(node, ast.Group):
        node = node.inner
    match node:
        case ast.Literal(value):
            return _literal(binding, value, node.span)
        case ast.Keyword():
            return _keyword(binding, node, scope)
        case ast.Name():
            return _name(binding, node, scope, expected)
        case ast.Member():
            return _member(binding, node, scope)
        case ast.Operation():
            return _operation(binding, node, scope)
        case ast.Call():
            return _call(binding, node, scope, expected)
        case ast.Missing(span):
            return fails(span, "nothing stands here")


def _literal(binding: Binding, value: str | float | bool, span: Span) -> ir.Node:
    match value:
        case "":
            return ir.Constant(None, types.BLANK, span)
        case str():
            return ir.Constant(value, types.TEXT, span)
        case bool():
            return ir.Constant(value, types.BOOLEAN, span)
    if value == float("inf"):
        binding.say(rules.OUT_OF_RANGE, "the number is larger than any that can be computed with", span)
        return fails(span, "the number is too large")
    return ir.Constant(value, types.NUMBER, span)


def _keyword(binding: Binding, node: ast.Keyword, scope: Scope) -> ir.Node:
    match node.name:
        case "thisRow" | "thisTable" if not scope.table:
            help = "name the table instead; a formula on a page has no row of its own"
            binding.say(rules.NOT_IN_SCOPE, f"{node.name} needs a table that owns the formula", node.span, help)
            return fails(node.span, f"{node.name} has no table here")
        case "thisRow":
            return ir.Local(0, RowOf(scope.table), node.span)
        case "thisTable":
            return ir.Rows(scope.table, ListOf(RowOf(scope.table)), node.span)
        case "CurrentValue":
            item = current_item(scope)
            if item is None:
                help = "Filter, FormulaMap, Sort and their kin go through a list"
                binding.say(
                    rules.NOT_IN_SCOPE, "CurrentValue needs a function that goes through a list", node.span, help
                )
                return fails(node.span, "there is no CurrentValue here")
            return ir.Local(item.slot, item.type, node.span)
    message = f"{node.name} is known only in Coda"
    binding.say(rules.ONLY_IN_CODA, message, node.span)
    return fails(node.span, message, types.OBJECT)


def _name(binding: Binding, node: ast.Name, scope: Scope, expected: Type | None = None) -> ir.Node:
    if node.at:
        return row_named(binding, node, scope, expected)
    if is_coded(node.text):
        return coded(binding, node.text, node.span)
    binding.named.append((node, scope))
    meaning = resolve(scope, node.text, columns=not spelled_as_table(binding, node))
    if meaning is None:
        return chip(binding, node, scope, expected)
    notice_ambiguous(binding, node, meaning)
    return meant(binding, meaning, scope, node.span)


# ------------------------------------------------------------ columns and properties


def _member(binding: Binding, node: ast.Member, scope: Scope) -> ir.Node:
    target = _bind(binding, node.target, scope)
    if scope.column and node.name.text.casefold() == scope.column.casefold() and _is_this_row(target):
        own = own_column(scope, node.name.text)
        if own is not None:
            binding.refer(node.name.span, "member", own.column.name, own.table.name)
            return self_reference(binding, own.column.name, node.name.span)
    return access(binding, target, node.name, node.span, scope)


def _is_this_row(node: ir.Node) -> bool:
    return isinstance(node, ir.Local) and node.slot == 0


# ------------------------------------------------------------ operators


def _operation(binding: Binding, node: ast.Operation, scope: Scope) -> ir.Node:
    if len(node.operands) == 1:
        (only,) = node.operands
        if node.sign == "+":
            return _bind(binding, only, scope)
        functions = _of_operands(node.sign, 1)
        return apply(
            binding, functions, [_operand(functions, only, _bind(binding, only, scope))], [only.span], node.span
        )
    row = ast.operators_in_row(node)
    bound: ir.Node | None = None
    for operation in reversed(row):
        bound = _joined(binding, operation, bound, scope)
    assert bound is not None
    return bound


def _joined(binding: Binding, node: ast.Operation, first: ir.Node | None, scope: Scope) -> ir.Node:
    """An operator between two operands. first: The left one, where it is an operation that is bound already."""
    functions = _of_operands(node.sign, 2)
    left, right = node.operands
    spans = [left.span, right.span]
    if isinstance(functions[0].params[0].type, Deferred):
        bound = [_bind(binding, left, scope) if first is None else first, _bind(binding, right, scope)]
        sides = [_operand(functions, side, value) for side, value in zip(node.operands, bound, strict=True)]
        return apply(binding, functions, sides, spans, node.span)
    if node.sign == "+" and _is_empty_text(right):
        functions = tuple(found for found in functions if found.returns == types.TEXT)
    repaired = same_name(binding, node, scope)
    if repaired is not None:
        return apply(binding, functions, list(repaired), spans, node.span)
    if isinstance(left, ast.Name) and resolve(scope, left.text) is None and not _is_unknown(right, scope):
        second = _bind(binding, right, scope)
        first = _bind(binding, left, scope, second.type)
    else:
        first = _bind(binding, left, scope) if first is None else first
        second = _bind(binding, right, scope, first.type)
    if node.sign in COMPARISONS:
        notice_comparison(binding, node, first, second, scope)
    return apply(binding, functions, [first, second], spans, node.span)


@cache
def _of_operands(sign: str, count: int) -> tuple[Function, ...]:
    """The forms of an operator that take so many operands."""
    return tuple(known for known in catalogue.operator(sign) if len(known.params) == count or known.params[0].repeats)


def _is_empty_text(node: ast.Expression) -> bool:
    """Whether `""` itself is written here. `x + ""` is how users make a text (language.md 4.3); a value that only turns
    out to be blank adds nothing."""
    while isinstance(node, ast.Group):
        node = node.inner
    return isinstance(node, ast.Literal) and node.value == ""


def _is_unknown(node: ast.Expression, scope: Scope) -> bool:
    return isinstance(node, ast.Name) and resolve(scope, node.text) is None


def _operand(functions: tuple[Function, ...], node: ast.Expression, bound: ir.Node) -> ir.Node:
    """An operand as the functions take it: asked where it is deferred."""
    kind = functions[0].params[0].type
    return ir.Lambda(None, bound, bound.type, node.span) if isinstance(kind, Deferred) else bound


# ------------------------------------------------------------ calls


def _call(binding: Binding, node: ast.Call, scope: Scope, expected: Type | None = None) -> ir.Node:
    if node.pack:
        for argument in (*((node.receiver,) if node.receiver else ()), *node.args):
            _bind(binding, argument.value if isinstance(argument, ast.Argument) else argument, scope)
        message = f"what the Pack {node.pack} computes is known only in Coda"
        binding.say(rules.ONLY_IN_CODA, message, node.name_span)
        return fails(node.span, message, types.ANY)
    if is_coded(node.function):
        for argument in (*((node.receiver,) if node.receiver else ()), *node.args):
            _bind(binding, argument.value if isinstance(argument, ast.Argument) else argument, scope)
        return coded(binding, node.function, node.name_span)
    functions = catalogue.find(node.function)
    if not functions:
        return _unknown_function(binding, node, scope)
    if functions[0].certainty == "community-hidden":
        binding.say(rules.HIDDEN_FUNCTION, f"{functions[0].name} is not a supported function", node.name_span)
    receiver = _receiver_of_shorthand(binding, node, functions, scope)
    shorthand = None if receiver is None else _aggregate_shorthand(binding, node, functions, receiver, scope)
    if shorthand is not None:
        return apply(binding, functions, [shorthand], [node.span], node.span)
    positional = [argument for argument in node.args if not isinstance(argument, ast.Argument)]
    if node.receiver is not None:
        positional.insert(0, node.receiver)
    named = [argument for argument in node.args if isinstance(argument, ast.Argument)]
    names = [argument.name.text for argument in named]
    placed = places(binding, functions, len(positional), names, node)
    given: list[ast.Expression] = [*positional, *(argument.value for argument in named)]
    if placed is None:
        for argument in given:
            _quietly(binding, argument, scope)
        return fails(node.span, f"{functions[0].name} is not given what it takes")
    whole = _whole_column(binding, node, functions, scope)
    if whole is not None:
        return apply(binding, functions, [whole], [node.span], node.span)
    bound = _arguments(binding, placed, given, receiver, scope, expected)
    if bound:
        explain_key(binding, functions[0], given, bound, scope)
    if functions[0].returns == types.BOOLEAN:
        for argument, value in zip(given[1:], bound[1:], strict=True):
            notice_same_item(binding, (given[0], bound[0]), (argument, value), node.span, scope)
    return apply(binding, functions, bound, [argument.span for argument in given], node.span, names)


def _quietly(binding: Binding, node: ast.Expression, scope: Scope) -> None:
    """Bind what will not be used, for what there is to say of it; a bare name may be a column or a new name."""
    if not isinstance(node, ast.Name):
        _bind(binding, node, scope)


def _unknown_function(binding: Binding, node: ast.Call, scope: Scope) -> ir.Node:
    keyword = KEYWORDS.get(node.function.lower())
    if keyword and not node.args:
        message = f"{keyword} is no function"
        edit = Edit(Span(node.name_span.start, node.span.end), keyword)
        bare = Fix(f"write {keyword}", (edit,), safe=False)
        binding.say(
            rules.UNKNOWN_FUNCTION, message, node.name_span, f"{keyword} is a keyword and has no parentheses", bare
        )
        return fails(node.span, message)
    alike = LOOK_ALIKES.get(node.function.lower())
    close = alike or (None if alike == "" else nearest(node.function, catalogue.names()))
    help = HINTS.get(node.function.lower(), did_you_mean(close))
    fix = Fix(f"write {close}", (Edit(node.name_span, close),), safe=False) if close else None
    message = f"there is no function {node.function}"
    binding.say(rules.UNKNOWN_FUNCTION, message, node.name_span, help, fix)
    receiver = () if node.receiver is None else (node.receiver,)
    for argument in (*receiver, *node.args):
        if isinstance(argument, ast.Call | ast.Member):
            _quietly(binding, argument, scope)
    return fails(node.span, message)


def _receiver_of_shorthand(
    binding: Binding, node: ast.Call, functions: tuple[Function, ...], scope: Scope
) -> ir.Node | None:
    """The receiver of what is written like `execution_runs.Average(actual_hours)`, bound; None for any other call."""
    if node.receiver is None or len(node.args) != 1 or not overloads.is_aggregate(functions):
        return None
    (argument,) = node.args
    return _bind(binding, node.receiver, scope) if isinstance(argument, ast.Name) and not argument.at else None


def _aggregate_shorthand(
    binding: Binding, node: ast.Call, functions: tuple[Function, ...], rows: ir.Node, scope: Scope
) -> ir.Node | None:
    """`execution_runs.Average(actual_hours)`, which Coda refuses, as `execution_runs.actual_hours.Average()`.

    rows: The receiver.
    """
    (argument,) = node.args
    table = row_table(scope, rows.type) if isinstance(rows.type, ListOf) else None
    if node.receiver is None or not isinstance(argument, ast.Name) or table is None:
        return None
    if find(table.columns, argument.text) is None:
        return None
    receiver_end = node.receiver.span.end
    name = bracketed(argument.text)
    edits = (Edit(Span(receiver_end, receiver_end), f".{name}"), Edit(argument.span, ""))
    fix = Fix(f"write .{name}.{functions[0].name}()", edits)
    message = f"Coda refuses a column as the argument of {functions[0].name}; the column comes first"
    binding.say(rules.AGGREGATE_SHORTHAND, message, Span(node.name_span.start, node.span.end), "", fix)
    return access(binding, rows, argument, argument.span, scope)


def _whole_column(binding: Binding, node: ast.Call, functions: tuple[Function, ...], scope: Scope) -> ir.Node | None:
    """`Sum(Net)` in a column formula: the bare own column, as only argument of an aggregate, is the whole column."""
    if not scope.table or not overloads.is_aggregate(functions):
        return None
    only = [*([node.receiver] if node.receiver is not None else []), *node.args]
    if len(only) != 1 or not isinstance(only[0], ast.Name) or only[0].at:
        return None
    name = only[0]
    meaning = resolve(scope, name.text)
    if not isinstance(meaning, OwnColumn) or isinstance(value_type(meaning.column), ListOf):
        return None
    spelled = f"thisTable.{bracketed(name.text)}"
    fix = Fix(f"write {spelled}", (Edit(name.span, spelled),))
    message = f"{name.text} as the only argument of {functions[0].name} means the whole column"
    binding.say(rules.WHOLE_COLUMN, message, name.span, f"write {spelled}", fix)
    rows = ir.Rows(scope.table, ListOf(RowOf(scope.table)), name.span)
    return access(binding, rows, name, name.span, scope)


def _arguments(
    binding: Binding,
    places: tuple[overloads.ArgumentSlot, ...],
    given: list[ast.Expression],
    receiver: ir.Node | None,
    scope: Scope,
    expected: Type | None,
) -> list[ir.Node]:
    """The arguments bound. receiver: The first one, where it is bound already."""
    bound: list[ir.Node] = []
    solved: dict[str, Type] = {}
    named = ""
    for found, argument in zip(places, given, strict=True):
        match found.type:
            case types.COLUMN:
                node = _column_argument(binding, argument, bound[0].type if bound else types.FAULTY, scope)
            case types.CONTROL:
                node = control_argument(binding, argument, scope)
            case types.NAME:
                node = new_name(binding, argument)
                named = node.value if isinstance(node, ir.Constant) and isinstance(node.value, str) else ""
            case Deferred(result, each) if each:
                kind = coercion.substitute(each[0], solved)
                slot = binding.slot()
                item = Item(named, slot, kind)
                key = sort_key(binding, argument, item, scope) if found.parameter.name == "by" else None
                body = key or _bind(binding, argument, inside(scope, item), filled(bound, scope))
                node = ir.Lambda(slot, coercion.convert(body, result), body.type, argument.span)
                coercion.unify(result, body.type, solved)
            case Deferred(result, _):
                hint = expected if isinstance(result, types.Variable) else None
                body = _bind(binding, argument, scope, hint)
                node = ir.Lambda(None, coercion.convert(body, result), body.type, argument.span)
                coercion.unify(result, body.type, solved)
            case wanted:
                if wanted == types.ANY:
                    hint = filled(bound, scope) or (bound[0].type if bound else None)
                else:
                    hint = wanted if wanted in (types.PERSON, ListOf(types.PERSON)) else expected
                known = receiver if not bound else None
                if found.parameter.name == "table":
                    known = known or named_table(binding, argument, scope)
                node = as_set(binding, bound, known or _bind(binding, argument, scope, hint), scope)
                coercion.unify(wanted, node.type, solved)
        bound.append(node)
    return bound


def _column_argument(binding: Binding, node: ast.Expression, owner: Type, scope: Scope) -> ir.Node:
    """A column that is named, not read: `Status`, or with its table `Tasks.Status`."""
    name: ast.Expression = node
    if isinstance(node, ast.Member):
        target = named_table(binding, node.target, scope, owner) or _bind(binding, node.target, scope)
        owner, name = target.type, node.name
    if isinstance(name, ast.Name) and is_coded(name.text):
        return replace(coded(binding, name.text, name.span), type=types.FAULTY)
    table = row_table(scope, owner)
    if table is None or not isinstance(name, ast.Name):
        if owner != types.FAULTY:
            message = "here a column of the table is named, and this is none"
            binding.say(rules.WRONG_TYPE, message, node.span, "give the column by its name")
        return fails(node.span, "no column is named here")
    column = find(table.columns, name.text)
    if column is None:
        return unknown_column(binding, table, name)
    binding.refer(name.span, "argument", column.name, table.name)
    return ir.Constant(ColumnValue(table.name, column.name), types.COLUMN, node.span)
