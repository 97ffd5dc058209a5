"""Python source: functions, lines, and the place in the formula that each line computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Protocol

from codaform.model.context import Context
from codaform.model.types import Type
from codaform.model.unexpected import faulted
from codaform.model.values import Error, EvaluationError, Row
from codaform.semantics import ir
from codaform.semantics.dependencies import GraphNode
from codaform.source import Span

Run = Callable[[Row | None], Any]
"""A formula that can be computed: the value for a row. It raises only EvaluationError, for an error value."""

UNKNOWN: Any = Error("unknown", "the cell is not computed yet")
"""The content of a cell that is not computed yet. It is an Error, so one look tells whether there is a value."""


AS_READ: Any = object()
"""Stands for the keys that a row looks for where they are cells that it reads, or known: so they need not be kept."""


class KnownCells(Protocol):
    """The cells of a column, as formulas read them."""

    @property
    def entered(self) -> bool:
        """Whether they are entered, and not computed."""

    @property
    def values(self) -> list[Any]:
        """The known values by the numbers of rows. UNKNOWN is one that is not computed yet."""

    def compute(self, row: Row) -> Any:
        """The value of a cell that is not known yet; an Error where it has none."""


class SharedIndex(Protocol):
    """Rows by what their cells hold.

    ready: Whether it can answer without a refresh.
    groups: The rows by their equal values: a list, or an object for `cut` where many rows have a value in order.
    order: Their values in order, by number.
    """

    ready: bool
    groups: dict[Any, Any]
    order: list[Any]

    def cut(self, group: Any, bounds: tuple[Any, bool, Any, bool, bool, bool]) -> list[Row]:
        """The rows of a group that is no list whose value is in a range, in the order of the table."""


class LookUp(Protocol):
    """What looks up the rows of a selection.

    keys: How the values that are looked for become keys.
    asked: Where it is written down who asked for which; AS_READ where that can be read again.
    rows: The rows, given the number of the formula's row and the keys; None where all rows have to be asked.
    """

    @property
    def index(self) -> SharedIndex:
        """The index that is asked."""

    keys: list[Callable[[Any], Any]]
    asked: dict[Any, Any]
    rows: Callable[..., list[Row] | None]


class CellsAhead(Protocol):
    """The cells of a computed column, as a formula fills them. left: The steps left for all cells together."""

    left: int

    @property
    def values(self) -> list[Any]:
        """The known values by the numbers of rows, and UNKNOWN."""


RunAhead = Callable[[list[Row], CellsAhead], None]
"""A formula that is computed for many rows at a time: those whose value is not known in the cells, which keep it. They
have the steps of a formula left when it begins; when they have them no more, it leaves the rest of the rows."""


class EvaluationContext(Context, Protocol):
    """What running formulas need beside the Context of the library."""

    def cells(self, table: str, column: str) -> KnownCells:
        """The cells of a column. Raises EvaluationError for a column that is not there."""

    def reader(self, table: str, column: str) -> Callable[[Row], Any]:
        """How a cell of the column is read, by row. It raises EvaluationError where the cell holds an error."""

    def named(self, name: str) -> Any:
        """The value of a named formula. Raises EvaluationError."""

    def selection(self, select: ir.Select, owner: GraphNode | None) -> LookUp:
        """What looks up the rows of a selection. owner: The thing that keeps the formula's values."""

    @property
    def act(self) -> Callable[[Any, Type], Any] | None:
        """Carries out an action as soon as a formula describes it, and returns its value; None in most contexts."""


_FREE = frozenset({"k", "v", "r", "z", "budget"})
"""What takes no steps: known values, cells, the zone, and the budget itself."""

TOO_DEEP = Error("too-deep", "the formula is nested too deeply to be computed")

Watch = Callable[[ir.Node, object], None]
"""A function that is given each part of a formula and its value; an Error where it has none."""

Binding = Callable[[EvaluationContext], Any]
"""The meaning of a name in the source, in a world."""


@dataclass(eq=False)
class PythonSource:
    """The Python of one formula: functions one after the other, the formula's own first.

    pays: Whether it takes steps from the budget. watch: Is given the value of every part, an error too.
    """

    functions: list[PythonLines] = field(default_factory=list)
    bindings: dict[str, Binding] = field(default_factory=dict)
    known: dict[tuple[str, object], str] = field(default_factory=dict)
    selections: dict[str, ir.Select] = field(default_factory=dict)
    pays: bool = False
    watch: Watch | None = None

    def bind(self, prefix: str, binding: Binding, key: object = None) -> str:
        """A name for a value of the world; the same one for the same key."""
        if key is not None and (prefix, key) in self.known:
            return self.known[prefix, key]
        name = f"{prefix}{len(self.bindings)}"
        self.bindings[name] = binding
        self.pays |= prefix not in _FREE
        if key is not None:
            self.known[prefix, key] = name
        return name

    def value(self, value: object) -> str:
        """A name for a value that is the same in every world; the same name for the same value."""
        return self.bind("k", lambda _: value, id(value))

    def select(self, node: ir.Select) -> str:
        """A name for what looks up the rows of a selection."""
        name = f"select{len(self.selections)}"
        self.selections[name] = node
        return name

    def compiled(self) -> PythonFormula:
        """The code of all functions, and the place of each line."""
        lines: list[str] = []
        spans: dict[int, Span] = {}
        within: dict[int, tuple[ir.Node, ...]] = {}
        for function in self.functions:
            spans.update({len(lines) + number: span for number, span in function.spans.items()})
            within.update({len(lines) + number: parts for number, parts in function.within.items()})
            lines.extend(function.lines)
        code = compile("\n".join(lines), "<formula>", "exec")
        return PythonFormula(code, self.bindings, self.selections, spans, within, self.watch)


@dataclass(eq=False)
class PythonLines:
    """The lines of a function at the top of the source. spans, within: By line, counted from 1."""

    lines: list[str] = field(default_factory=list)
    spans: dict[int, Span] = field(default_factory=dict)
    within: dict[int, tuple[ir.Node, ...]] = field(default_factory=dict)

    def add(self, indent: int, text: str, span: Span | None, within: list[ir.Node]) -> None:
        """Write a line. span: The place in the formula, for an error without one. within: The watched parts that it
        helps to compute, the outermost first."""
        self.lines.append("    " * indent + text)
        if span is not None:
            self.spans[len(self.lines)] = span
        if within:
            self.within[len(self.lines)] = tuple(within)

    def blank(self, at: int) -> None:
        """Take a line back. at: Counted from 0."""
        self.lines[at] = ""


@dataclass(frozen=True, eq=False)
class PythonFormula:
    """A formula as Python, not yet of any doc's rows.

    spans, within: By line, its place in the formula and the watched parts that it helps to compute.
    """

    code: CodeType
    bindings: dict[str, Binding]
    selections: dict[str, ir.Select]
    spans: dict[int, Span]
    within: dict[int, tuple[ir.Node, ...]]
    watch: Watch | None

    def of(self, world: EvaluationContext, owner: GraphNode | None = None) -> Run:
        """The formula over the rows of a world. owner: What keeps its values, if something does."""
        names = {name: binding(world) for name, binding in self.bindings.items()}
        for name, select in self.selections.items():
            look_up = world.selection(select, owner)
            names[name], names[f"{name}_index"], names[f"{name}_asked"] = look_up.rows, look_up.index, look_up.asked
            names.update({f"{name}_key{number}": key for number, key in enumerate(look_up.keys)})
        names["at_place"], names["kept"] = self._at_place, self._kept
        exec(self.code, names)
        run: Run = names["formula"]
        return run

    def _kept(self, error: Exception) -> Error:
        """The value of a cell. Raises RecursionError, which is no value: from a shorter stack there may be one."""
        return self._at_place(error).value()

    def _at_place(self, error: Exception) -> EvaluationError:
        """An error with the place of the line that raised it. Reports it to the watched parts that the line is in."""
        place = error.__traceback__
        line = 0 if place is None else place.tb_lineno
        fault = faulted(error, self.spans.get(line))
        for part in reversed(self.within.get(line, ())):
            assert self.watch is not None
            self.watch(part, fault.value())
        return fault
