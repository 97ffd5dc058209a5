"""Where a value of an understood formula may come from, through branches, loops, names and what picks items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from codaform.library.function import Function
from codaform.model.schema import Column, Doc, column_of, control_column
from codaform.model.types import Deferred, ListOf, Type, Variable
from codaform.semantics import ir
from codaform.source import Span

Leaf = ir.Constant | ir.Fails | Column | None
"""Where a value comes from: a literal, a part that was not understood, the cells of a column (a control counts as one),
or anything else."""


def held(parts: Iterable[ir.Node]) -> dict[int, ir.Node]:
    """By slot, the list or the value that its values come from: the first argument of the call that loops over it."""
    found: dict[int, ir.Node] = {}
    for part in parts:
        match part:
            case ir.Map(items, slot):
                found[slot] = items
            case ir.Call(_, args) if args and args[0] is not None:
                for other in args[1:]:
                    if isinstance(other, ir.Lambda) and other.slot is not None:
                        found[other.slot] = args[0]
    return found


def leaves(doc: Doc, slots: Mapping[int, ir.Node], node: ir.Node) -> list[Leaf]:
    """Where a value, or the items of a list, may come from. `slots` is what `held` gives of the whole formula."""
    found: list[Leaf] = []
    waiting, seen = [node], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        match part:
            case ir.Constant() | ir.Fails():
                found.append(part)
            case ir.Field(_, table, column):
                found.append(doc.tables[table].columns[column])
            case ir.Named(name) if name in doc.controls:
                found.append(control_column(doc.controls[name]))
            case ir.Convert(value):
                waiting.append(value)
            case ir.Lambda(_, inner) | ir.Map(_, _, inner):
                waiting.append(inner)
            case ir.Local(slot) if slot in slots:
                waiting.append(slots[slot])
            case ir.Call(function) if passed := _passed_on(function, part):
                waiting.extend(reversed(passed))
            case _:
                found.append(None)
    return found


def shown_like(doc: Doc, body: ir.Node) -> Column | None:
    """The column that shows what a formula gives: where all of it comes from, or another one that shows it alike.

    None where nothing is known, or where columns of several formats are among its sources.
    """
    if isinstance(body, ir.Named):
        return column_of(doc, body.name)
    found = [leaf for leaf in leaves(doc, held(ir.parts(body)), body) if not isinstance(leaf, ir.Constant)]
    columns = [leaf for leaf in found if isinstance(leaf, Column)]
    looks = {(column.kind, column.format) for column in columns}
    return columns[0] if len(columns) == len(found) and len(looks) == 1 else None


def _passed_on(function: Function, call: ir.Call) -> list[ir.Node]:
    """The arguments among which the result is: a function that is declared for any T can give only a T it was given."""
    result = item(function.returns)
    if not isinstance(result, Variable):
        return []
    given = [
        (kind, argument)
        for parameter, index, argument in ir.arguments(call)
        if argument is not None and isinstance(kind := item(parameter.types[index]), Variable)
    ]
    same = [argument for kind, argument in given if kind == result]
    # A result without a parameter of its type is inside one of the parameters (ListCombine).
    return same or [argument for _, argument in given]


def item(kind: Type) -> Type:
    """The innermost type of lists, and of a deferred argument's result."""
    while isinstance(kind, ListOf | Deferred):
        kind = kind.item if isinstance(kind, ListOf) else kind.result
    return kind


def constants(found: Iterable[Leaf]) -> list[ir.Constant]:
    """The literals among leaves."""
    return [leaf for leaf in found if isinstance(leaf, ir.Constant)]


def texts(found: Iterable[Leaf]) -> list[tuple[str, Span]]:
    """The literal texts among leaves, with their places."""
    return [(leaf.value, leaf.span) for leaf in constants(found) if isinstance(leaf.value, str)]
