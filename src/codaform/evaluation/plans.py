"""How a formula finds its rows, and whom an edit reaches: the plan of a formula, for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from codaform.evaluation.rows.code import EvaluationContext
from codaform.evaluation.selections import RowSelection
from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.types import ListOf
from codaform.model.values import Row
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.relations import Edge, Path, Picked, edges
from codaform.source import Source, Span

MOST_ROWS = 1_000
"""So many rows of the formula's table are computed to count what its selections find."""


@dataclass(frozen=True, slots=True)
class Found:
    """How rows of a table are found at a place of a formula.

    looked_up: The comparisons that an index answers; empty where every row is asked, and `why` says the reason.
    asked: The condition for each row that is left; empty for none. one_by_one: The place of what is computed for each
    of these rows; None where the look-up alone finds them.
    rows: How many rows the table has. left: How many the look-up leaves on average; None where it was never made.
    """

    span: Span
    text: str
    table: str
    looked_up: tuple[str, ...]
    asked: str
    one_by_one: Span | None
    why: str
    rows: int
    left: float | None


@dataclass(frozen=True, slots=True)
class Reached:
    """An edited thing, and the cells that it makes the workbook compute again."""

    read: str
    rows: str


@dataclass(frozen=True, slots=True)
class FormulaPlan:
    """The selections of a formula, and the reach of edits."""

    found: tuple[Found, ...]
    reached: tuple[Reached, ...]


@dataclass
class _Counting:
    """A workbook that counts what selections find."""

    book: Workbook
    counts: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.book, name)

    def selection(self, select: ir.Select, owner: GraphNode | None) -> RowSelection:
        """A selection whose results are counted."""
        selection = self.book.selection(select, owner)
        rows = selection.rows

        def counted(root: int, *asked: Any) -> list[Row] | None:
            found = rows(root, *asked)
            if found is not None:
                asks, left = self.counts.get(select.number, (0, 0))
                self.counts[select.number] = (asks + 1, left + len(found))
            return found

        selection.rows = counted
        return selection


def plan_formula(book: Workbook, source: Source, bound: Bound, table: str) -> FormulaPlan:
    """The plan of a formula. table: Whose rows own it; empty for a formula on a page."""
    lowered = book.lowered(bound)
    counting = _Counting(book)
    run = book.written(bound).of(cast(EvaluationContext, counting))
    for row in book.rows(table)[:MOST_ROWS] if table else [None]:
        book.run(run, row)
    nodes = [part for part in ir.parts(lowered) if isinstance(part, ir.Select | ir.Map | ir.Apply)]
    found = [one for node in nodes if (one := _found(node, source, book, counting.counts)) is not None]
    all_edges = edges(book.doc, lowered)
    whole = {edge.read for edge in all_edges if edge.path is None}
    read = sorted(
        (edge for edge in all_edges if edge.path is None or edge.read not in whole),
        key=lambda edge: (edge.read.table, edge.read.name, edge.read.kind),
    )
    return FormulaPlan(
        tuple(sorted(found, key=lambda one: (one.span.start, one.span.end))),
        tuple(dict.fromkeys(Reached(_name(edge.read), _rows(edge) if table else "its value") for edge in read)),
    )


def _found(node: ir.Node, source: Source, book: Workbook, counts: dict[int, tuple[int, int]]) -> Found | None:
    text = _text(source, node.span)
    match node:
        case ir.Select():
            looked_up = [f"{'.'.join(column)}{_sought(' =', value, source)}" for column, value in node.equal]
            looked_up.extend(_limit(".".join(node.ranged), bound, source) for bound in node.bounds)
            asks, left = counts.get(node.number, (0, 0))
            rest = None if node.rest is None else _whole(node.rest)
            asked = "" if rest is None else _text(source, rest)
            rows = len(book.rows(node.table))
            mean = None if not asks else left / asks
            return Found(node.span, text, node.table, tuple(looked_up), asked, rest, node.why, rows, mean)
        case ir.Map(ir.Rows(table)):
            rows = len(book.rows(table))
            return Found(node.span, text, table, (), "", node.span, "the formula reads a cell of every row", rows, None)
        case ir.Apply(function, args):
            for part in args:
                if isinstance(part, ir.ListOr) and isinstance(part.value, ir.Rows) and isinstance(part.type, ListOf):
                    table, rows = part.value.table, len(book.rows(part.value.table))
                    why = f"{function.name or function.operator} goes through all rows"
                    return Found(node.span, text, table, (), "", node.span, why, rows, None)
    return None


def _limit(column: str, limit: ir.Limit, source: Source) -> str:
    if limit.sign == ">" and limit.value == ir.Constant(None, types.BLANK):
        return f"{column} is not blank"
    return f"{column}{_sought(f' {limit.sign}', limit.value, source)}"


def _sought(sign: str, value: ir.Node, source: Source) -> str:
    """A sign and what stands behind it; a condition such as `IsBlank()` has no such text of its own."""
    text = _text(source, value.span)
    if text or not isinstance(value, ir.Constant):
        return f"{sign} {text}"
    if value.value is None:
        return " is blank"
    return f"{sign} {str(value.value).lower()}"


def _whole(node: ir.Node) -> Span:
    spans = [part.span for part in ir.parts(node) if part.span.end]
    return Span(min(span.start for span in spans), max(span.end for span in spans)) if spans else node.span


def _text(source: Source, span: Span) -> str:
    return " ".join(source.text[span.start : span.end].split())


def _name(read: GraphNode) -> str:
    match read.kind:
        case "cells":
            return f"{read.table}.{read.name}"
        case "rows":
            return f"the rows of {read.table}"
        case "view":
            return f"the view {read.name}"
    return read.name


def _rows(edge: Edge) -> str:
    if edge.keys is not None:
        return "the rows that look for the old or the new value"
    if edge.path is None:
        return "every row"
    return _along(edge.path)


def _along(path: Path) -> str:
    told = "its own row" if not path else ""
    for step in path:
        if isinstance(step, Picked):
            told = "the rows whose selection finds it"
        elif told:
            told = f"{told}, by way of {step.table}.{step.column}"
        else:
            told = f"the rows that hold it in {step.column}"
    return told
