"""Descriptions that promise what their formula does not do, as far as that can be told for certain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from codaform.library import logic
from codaform.model.schema import Doc
from codaform.model.types import NUMBER
from codaform.semantics import ir
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.semantics.program import FormulaSite, Program, Role

_TOTALS = frozenset(
    {"sum", "sumif", "count", "countall", "countif", "countunique", "average", "averageif", "max", "min"}
)
_KEEPS = {
    r"\baverage\b": ("average", frozenset({"average", "averageif", "median", "/"})),
    r"\bsum of\b": ("a sum", frozenset({"sum", "sumif", "+"})),
}
"""By the word of a promise: what it promises, and the functions that keep it."""

_ROUNDING = re.compile(r"round|floor|ceiling|trunc|int$|quotient|format|totext", re.IGNORECASE)
_IDENTIFIER = re.compile(r"`([^`]+)`|\b([A-Za-z]\w*_\w+)\b")


class Promises:
    """The descriptions of a doc with what their formulas do."""

    def __init__(self, doc: Doc, program: Program, needs: Graph) -> None:
        self._doc = doc
        self._program = program
        self._needs = needs

    def broken(self, place: FormulaSite, about: str) -> Iterator[str]:
        """What a description promises and the formula does not do, in sentences.

        place: The place of the formula of a column, or of a named formula.
        """
        bound = self._program.formulas.get(place)
        if bound is None or not about:
            return
        body, text = bound.body, about.lower()
        own, all_of_it = _functions(body), self._functions_behind(place)
        for word, (promise, keeping) in _KEEPS.items():
            if re.search(word, text) and own & _TOTALS and not all_of_it & keeping:
                yield f"the description speaks of {promise}, and the formula computes none"
        computes = bound.type == NUMBER and bool(own & {"/", "*", "average", "averageif"})
        rounds = any(map(_ROUNDING.search, all_of_it))
        if re.search(r"\brounded\b", text) and computes and not rounds:
            yield "the description says rounded, and the formula rounds nothing"
        if re.search(r"\bnever (blank|empty)\b", text) and any(map(_is_blank, _results(body))):
            yield "the description says never blank, and a result of the formula is blank"
        for name in self._unread_names(place, about):
            yield f"the description names {name}, which the formula does not read"

    def _functions_behind(self, place: FormulaSite) -> frozenset[str]:
        """The functions and signs of a formula and of all that it reads."""
        found: set[str] = set()
        for thing in {_node(place), *self._behind(place)}:
            role: Role = "named" if thing.kind == "named" else "formula"
            bound = self._program.formulas.get(FormulaSite(role, thing.table, thing.name))
            found |= _functions(bound.body) if bound is not None else set()
        return frozenset(found)

    def _behind(self, place: FormulaSite) -> set[GraphNode]:
        """All that a formula reads, whatever is between."""
        found: set[GraphNode] = set()
        waiting = [_node(place)]
        while waiting:
            known = self._needs.get(waiting.pop())
            new = (known.things if known is not None else frozenset()) - found
            found |= new
            waiting.extend(new)
        return found

    @cached_property
    def _readers(self) -> Mapping[GraphNode, set[GraphNode]]:
        found: dict[GraphNode, set[GraphNode]] = {}
        for reader, known in self._needs.items():
            for thing in known.things:
                found.setdefault(thing, set()).add(reader)
        return found

    def _unread_names(self, place: FormulaSite, about: str) -> Iterator[str]:
        """Names of columns of the table and of named formulas that have nothing to do with a formula."""
        columns = self._doc.tables[place.table].columns if place.table in self._doc.tables else {}
        for found in _IDENTIFIER.finditer(about):
            name = found[1] or found[2]
            if name in columns and name != place.name:
                thing = GraphNode("cells", place.table, name)
            elif name in self._doc.formulas and name != place.name:
                thing = GraphNode("named", "", name)
            else:
                continue
            related = self._behind(place) | self._readers.get(_node(place), set())
            if thing not in related:
                yield name


def _node(place: FormulaSite) -> GraphNode:
    return GraphNode("cells" if place.table else "named", place.table, place.name)


def _functions(body: ir.Node) -> set[str]:
    calls = (part.function for part in ir.parts(body) if isinstance(part, ir.Call))
    return {(function.name or function.operator).lower() for function in calls} | {
        part.function.operator for part in ir.parts(body) if isinstance(part, ir.Call) and part.function.operator
    }


def _results(node: ir.Node | None) -> Iterator[ir.Node | None]:
    """The parts whose value may be the formula's; None for a result that is left out."""
    match node:
        case ir.Convert(value):
            yield from _results(value)
        case ir.Lambda(_, body):
            yield from _results(body)
        case ir.Call(logic.if_, args):
            yield from _results(args[1] if len(args) > 1 else None)
            yield from _results(args[2] if len(args) > 2 else None)
        case ir.Call(logic.with_name, args):
            yield from _results(args[2])
        case ir.Call(logic.if_blank, args):
            yield from _results(args[1])
        case _:
            yield node


def _is_blank(node: ir.Node | None) -> bool:
    return node is None or (isinstance(node, ir.Constant) and node.value in (None, ""))
