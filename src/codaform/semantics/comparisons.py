"""Warnings on comparisons: one name on both sides, a row against a text, types that never meet."""

from __future__ import annotations

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Edit, Fix
from codaform.model import types
from codaform.model.schema import Column, Doc, value_type
from codaform.model.types import RowOf, Type, describe, item_of
from codaform.model.value_texts import read_number
from codaform.model.values import EvaluationError
from codaform.semantics import ir
from codaform.semantics.bind_state import Binding
from codaform.semantics.naming import meant
from codaform.semantics.provenance import leaves
from codaform.semantics.scope import ItemColumn, Scope, own_column, resolve, row_table
from codaform.source import Span
from codaform.syntax import ast
from codaform.syntax.names import bracketed

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


def same_name(binding: Binding, node: ast.Operation, scope: Scope) -> tuple[ir.Node, ir.Node] | None:
    """`Name = Name` inside a loop, as the API prints it: the item's column on the left, the row's on the right."""
    left, right = node.operands
    if node.sign not in COMPARISONS or not isinstance(left, ast.Name) or not isinstance(right, ast.Name):
        return None
    if left.text.casefold() != right.text.casefold() or left.at:
        return None
    meaning = resolve(scope, left.text)
    own = own_column(scope, left.text)
    if not isinstance(meaning, ItemColumn) or own is None or own.column.name == scope.column:
        return None
    name = bracketed(left.text)
    message = f"both sides read {left.text}: the left one of the item, the right one of this row"
    edits = (Edit(left.span, f"CurrentValue.{name}"), Edit(right.span, f"thisRow.{name}"))
    fix = Fix(f"write CurrentValue.{name} and thisRow.{name}", edits)
    binding.say(rules.SAME_NAME, message, node.span, "", fix)
    return meant(binding, meaning, scope, left.span), meant(binding, own, scope, right.span)


def notice_comparison(binding: Binding, node: ast.Operation, first: ir.Node, second: ir.Node, scope: Scope) -> None:
    """Say what two sides that were understood have to do with each other."""
    left, right = node.operands
    if notice_same_item(binding, (left, first), (right, second), node.span, scope):
        return
    kinds = (item_of(first.type), item_of(second.type))
    if _read_from_text(scope.doc, first, kinds[1]) or _read_from_text(scope.doc, second, kinds[0]):
        text, other = kinds if kinds[0] == types.TEXT else reversed(kinds)
        message = f"{describe(text)} is compared with {describe(other)}"
        help = "write the number in quotes, or make a number of the text: ToNumber(…)"
        if other not in (types.NUMBER, types.DURATION):
            help = "make a date or a time of the text: ToDate(…), ToDateTime(…), ToTime(…)"
        binding.say(rules.TEXT_AS_NUMBER, message, node.span, help)
        return
    if node.sign not in ("=", "!="):
        return
    if types.TEXT in kinds and any(isinstance(kind, RowOf) and kind.table for kind in kinds):
        row_side = node.operands[0 if isinstance(kinds[0], RowOf) else 1]
        table = row_table(scope, kinds[0] if isinstance(kinds[0], RowOf) else kinds[1])
        display = table.display if table else None
        if table is None or display is None:
            return
        name = bracketed(display.name)
        fix = Fix(f"compare the column {display.name}", (Edit(Span(row_side.span.end, row_side.span.end), f".{name}"),))
        simple = not isinstance(row_side, ast.Operation) and value_type(display) == types.TEXT
        message = f"a row of {table.name} is compared with a text"
        binding.say(rules.ROW_AS_TEXT, message, node.span, f"compare its column: .{name}", fix if simple else None)
    elif _never_equal(*kinds):
        message = f"{describe(kinds[0])} is never equal to {describe(kinds[1])}"
        binding.say(rules.NEVER_EQUAL, message, node.span)


def notice_same_item(
    binding: Binding,
    one: tuple[ast.Expression, ir.Node],
    other: tuple[ast.Expression, ir.Node],
    span: Span,
    scope: Scope,
) -> bool:
    """Say that two sides, each as written and as understood, read the same of one item; whether that is so.

    One side names CurrentValue, as of a loop around this one: in Coda a reference keeps whose item it is, a text
    does not.
    """
    (first_written, first), (second_written, second) = one, other
    if not _of_item(first) or first != second:
        return False
    if not (_names_item(first_written) or _names_item(second_written)):
        return False
    read = f"both sides read {first.column} of the item" if isinstance(first, ir.Field) else "both sides are the item"
    help = ""
    if sum(not item.name for item in scope.items) > 1:
        help = "CurrentValue is the innermost item; an outer one is kept by WithName(CurrentValue, outer, …)"
    elif isinstance(first, ir.Field) and own_column(scope, first.column):
        help = f"the row's own is thisRow.{bracketed(first.column)}"
    binding.say(rules.SAME_NAME, read, span, help)
    return True


def _of_item(node: ir.Node) -> bool:
    while isinstance(node, ir.Field):
        node = node.row
    return isinstance(node, ir.Local) and node.slot != 0


def _names_item(node: ast.Expression) -> bool:
    while isinstance(node, ast.Member | ast.Group):
        node = node.target if isinstance(node, ast.Member) else node.inner
    return isinstance(node, ast.Keyword) and node.name == "CurrentValue"


_COMPARABLE = (
    {types.NUMBER, types.BOOLEAN, types.DURATION, types.TIME},
    {types.NUMBER, types.DATE, types.DATETIME},
)


def _read_from_text(doc: Doc, node: ir.Node, other: Type) -> bool:
    """Whether a text that is not known yet has to be read as a number, a date or a time.

    The options of a select list are known: where each is a number, each can be compared with one.
    """
    counted = (types.NUMBER, types.DATE, types.DATETIME, types.TIME, types.DURATION)
    if other not in counted or item_of(node.type) != types.TEXT or isinstance(node, ir.Constant | ir.Fails):
        return False
    return other != types.NUMBER or not all(_holds_numbers(leaf) for leaf in leaves(doc, {}, node))


def _holds_numbers(leaf: object) -> bool:
    """Whether a column is a select list that offers nothing but numbers."""
    return isinstance(leaf, Column) and bool(leaf.options) and all(_is_number(option) for option in leaf.options)


def _is_number(text: str) -> bool:
    try:
        return read_number(text) is not None
    except EvaluationError:
        return False


def _never_equal(first: Type, second: Type) -> bool:
    plain = {types.NUMBER, types.BOOLEAN, types.DURATION, types.TIME, types.DATE, types.DATETIME, types.PERSON}
    if isinstance(first, RowOf) and isinstance(second, RowOf):
        return bool(first.table and second.table and first.table != second.table)
    if isinstance(first, RowOf) or isinstance(second, RowOf):
        return first in plain - {types.NUMBER} or second in plain - {types.NUMBER}
    if first == second or first not in plain or second not in plain:
        return False
    return not any({first, second} <= group for group in _COMPARABLE)
