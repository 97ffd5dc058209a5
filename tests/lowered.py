"""A lowered formula as text, as the cases show it."""

from __future__ import annotations

from codaform.library.function import ColumnValue, NameValue
from codaform.model.notation import notate
from codaform.model.types import describe
from codaform.semantics import ir
from example_doc import example_workbook

_BOOK = example_workbook()


def described(node: ir.Node) -> str:  # noqa: C901 - a case for each kind of node
    """A node in one line: slots as s0, s1 …; what lowering has decided is spelled out."""
    match node:
        case ir.Constant(ColumnValue(table, name)):
            return f"column {table}.{name}"
        case ir.Constant(NameValue() as name):
            return f"name {name}"
        case ir.Constant(value):
            return notate(value, _BOOK)
        case ir.Local(slot):
            return f"s{slot}"
        case ir.Rows(table):
            return f"rows of {table}"
        case ir.Field(row, _, column):
            return f"{described(row)}.{column}"
        case ir.Property(value, name):
            return f"{described(value)}.{name}"
        case ir.Named(name):
            return name
        case ir.RowNamed(text):
            return f"@{text}"
        case ir.Default(value, default):
            return f"({described(value)} or if blank {notate(default, _BOOK)})"
        case ir.ListOr(value, default):
            return described(value) if default == [] else f"({described(value)} or if blank {notate(default, _BOOK)})"
        case ir.Flat(value):
            return f"flat({described(value)})"
        case ir.Items(value):
            return f"items({described(value)})"
        case ir.ConvertItems(items, item, keeps_blank):
            return f"{described(items)} each as {describe(item)}{' or blank' if keeps_blank else ''}"
        case ir.Convert(value, kind):
            return f"({described(value)} as {describe(kind)})"
        case ir.Group(parts):
            return f"[{', '.join(map(described, parts))}]"
        case ir.Compare(sign, left, right, kind):
            return f"({described(left)} {sign} {described(right)} by {describe(kind)})"
        case ir.Lambda(slot, body):
            return f"{'' if slot is None else f's{slot} '}→ {described(body)}"
        case ir.Map(items, slot, body):
            return f"{described(body)} for s{slot} in {described(items)}"
        case ir.WhenPresent(tests, apply):
            return f"if {', '.join(map(str, tests))} is there: {described(apply)}"
        case ir.Apply(function, args, keyword):
            shown = [described(part) for part in args]
            if keyword:
                shown[-1] = f"{keyword}={shown[-1]}"
            return f"{function.operator or function.name}({', '.join(shown)})"
        case ir.Select():
            return _selected(node)
        case ir.Fails(rule):
            return f"fails with {rule}"
    raise AssertionError(f"{type(node).__name__} is not lowered")


def _selected(node: ir.Select) -> str:
    parts = [f"{'.'.join(column)} = {described(value)}" for column, value in node.equal]
    parts.extend(f"{'.'.join(node.ranged)} {bound.sign} {described(bound.value)}" for bound in node.bounds)
    found = " and ".join(parts) or f"asked one by one, as {node.why}"
    asked = "" if node.rest is None else f", then s{node.slot} asked {described(node.rest)}"
    return f"<rows of {node.table} with {found}{asked}>"
