"""Which functions of the library are likely to be wrong, judged by the formulas that differ and those that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codaform.library.catalogue import find, operator
from codaform.library.function import Function
from codaform.model.types import describe
from codaform.semantics import ir
from codaform.source import Source
from codaform.syntax import ast
from codaform.syntax.parser import parse


@dataclass(frozen=True, slots=True)
class Suspect:
    """A function that may be wrong. differing, agreeing: How many formulas with it differ, and how many agree."""

    function: str
    differing: int
    agreeing: int


def suspects(differing: Sequence[frozenset[str]], agreeing: Sequence[frozenset[str]]) -> tuple[Suspect, ...]:
    """The functions of formulas that differ, most suspicious first: frequent in these, and rare in formulas that agree.

    differing, agreeing: The functions of each formula, as `name_of` calls them.
    """
    found = [
        Suspect(name, sum(name in one for one in differing), sum(name in one for one in agreeing))
        for name in sorted(frozenset[str]().union(*differing))
    ]
    most = len(agreeing) or 1
    return tuple(sorted(found, key=lambda one: one.agreeing / most - one.differing / len(differing)))


def name_of(function: Function) -> str:
    """The name of a function in a report: an operator's sign, or the name, with parameters if several share it."""
    name = bare(function)
    alike = operator(function.operator) if function.operator else find(function.name)
    if len(alike) == 1:
        return name
    return f"{name} ({', '.join(describe(kind) for parameter in function.params for kind in parameter.types)})"


def bare(function: Function) -> str:
    """The name or sign of a function, as formulas have it."""
    return function.operator or function.name


def is_called(name: str, called: str) -> bool:
    """Whether a function, as `name_of` calls it, has a name or sign."""
    return name == called or name.startswith(f"{called} (")


def names(body: ir.Node) -> frozenset[str]:
    """The functions that a formula consists of, as `name_of` calls them."""
    return frozenset(name_of(node.function) for node in nodes(body) if isinstance(node, ir.Call))


def nodes(body: ir.Node) -> Iterator[ir.Node]:
    """All parts of a formula as understood."""
    waiting = [body]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(ir.children(node))


def function_name(text: str) -> str:
    """The name or sign of the function of a part of a formula; empty if there is none.

    text: The part as written.
    """
    tree, _ = parse(Source("part", text))
    node = tree.expression if tree is not None else None
    while isinstance(node, ast.Group):
        node = node.inner
    match node:
        case ast.Call(function):
            named = find(function)
            return bare(named[0]) if named else function
        case ast.Operation(sign):
            return sign
    return ""
