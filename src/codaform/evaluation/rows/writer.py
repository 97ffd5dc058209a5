"""Lines of Python with their places: blocks, loops and functions, and what is known at a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from codaform.evaluation.rows import runtime
from codaform.evaluation.rows.code import UNKNOWN, PythonLines, PythonSource
from codaform.evaluation.rows.forms import KnownReads
from codaform.model.budget import ITEMS_A_LOOK, MOST_STEPS, STRIDE
from codaform.semantics import ir
from codaform.source import Span


@dataclass
class LineWriter:
    """Where lines are written.

    out, indent: The current function, and how far the line is indented. span: The place of what is deferred to an
        enclosing call. loops: How many loops there are around the line.
    read: The cells whose values are known at this line, each by its row, table and column.
    decided: By the name of a condition and whether it holds, the cells that are known then.
    there: The slots that never hold a blank. numbers: By the name of a row, that of its number, where it has one.
    within: The watched parts that the line helps to compute, the outermost first.
    """

    source: PythonSource = field(default_factory=PythonSource)
    out: PythonLines = field(default_factory=PythonLines)
    indent: int = 0
    span: Span | None = None
    loops: int = 0
    temporaries: int = 0
    read: KnownReads = field(default_factory=dict)
    decided: dict[tuple[str, bool], KnownReads] = field(default_factory=dict)
    there: set[int] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)
    within: list[ir.Node] = field(default_factory=list)

    def line(self, text: str, span: Span | None = None) -> None:
        """A line; an error there is at `span`, or at the call to which this part is deferred."""
        self.out.add(self.indent, text, span or self.span, self.within)

    def temporary(self) -> str:
        """A name that no other value has."""
        self.temporaries += 1
        return f"t{self.temporaries}"

    def assigned(self, text: str, span: Span | None = None) -> str:
        """A name for the value of an expression."""
        name = self.temporary()
        self.line(f"{name} = {text}", span)
        return name

    @contextmanager
    def block(self, known: KnownReads | None = None) -> Iterator[KnownReads]:
        """The lines under one that ends in a colon. Cells that are read there may be unknown behind it.

        known: The cells that are known there, if more than those that are known before it.
        """
        outer = self.read
        self.read = dict(outer if known is None else known)
        self.indent += 1
        yield self.read
        self.indent -= 1
        self.read = outer

    def function(self, name: str, parameters: list[str], body: Callable[[], str]) -> None:
        """A function, whose value `body` writes."""
        loops, self.loops = self.loops, 0
        within, self.within = self.within, []
        self.line(f"def {name}({', '.join(parameters)}):")
        with self.block():
            self.read.clear()
            self.line("try:")
            with self.block():
                self.line(f"return {body()}")
            self.line("except Exception as error: raise at_place(error) from None")
        self.loops, self.within = loops, within

    def over_rows(self, body: Callable[[], str]) -> None:
        """A function that computes the formula for rows of the cells of a column, until all or most of their steps are
        taken. Each row has all the steps that a formula may take, so there have to be so many.
        """
        budget = self.source.bind("budget", lambda world: world.budget, "budget")
        self.line("def formula(rows, cells):")
        with self.block():
            self.line(f"values, spent, most = cells.values, 0, cells.left - {MOST_STEPS}")
            self.line("try:")
            with self.block():
                self.line("for s0 in rows:")
                with self.block():
                    self.over_row(body, budget)
            self.line("finally: cells.left -= spent")
        # Python reads a parameter faster than a global name.
        looked_up = [f"{name}{part}" for name in self.source.selections for part in ("", "_index", "_asked")]
        names = [*self.source.bindings, *looked_up]
        self.out.lines[0] = f"def formula(rows, cells, {', '.join(f'{name}={name}' for name in names)}):"

    def over_row(self, body: Callable[[], str], budget: str) -> None:
        """Write the lines that compute the cell of each row."""
        self.line("i0 = s0.id")
        self.numbers["s0"] = "i0"
        self.line(f"if values[i0] is not {self.source.value(UNKNOWN)}: continue")
        self.line(f"{budget}.left, {budget}.next_look = {MOST_STEPS}, {MOST_STEPS - STRIDE}")
        begin = len(self.out.lines) - 1
        self.line("try:")
        with self.block():
            self.line(f"values[i0] = {body()}")
        self.line("except Exception as error: values[i0] = kept(error)")
        if self.source.pays:
            self.line(f"spent += {MOST_STEPS} - {budget}.left")
            self.line("if spent > most: break")
        else:
            self.out.blank(begin)

    def pay(self, items: str, steps: int) -> None:
        """Take steps for each item of a list, as `Budget.charge` does."""
        self.pay_for(f"len({items})", steps)

    def pay_for(self, count: str, steps: int) -> None:
        """Take steps for so many items."""
        self.source.pays = True
        budget = self.source.bind("budget", lambda world: world.budget, "budget")
        self.line(f"{budget}.left -= {count}" + (f" * {steps}" if steps > 1 else ""))
        self.line(f"if {budget}.left < {budget}.next_look: {budget}.look()")

    @contextmanager
    def loop(self, items: str, slot: int) -> Iterator[None]:
        """A loop over items."""
        looking = self.source.value(runtime.looking)
        self.line(f"for s{slot} in {items} if len({items}) <= {ITEMS_A_LOOK} else {looking}({items}):")
        self.loops += 1
        with self.block():
            yield
        self.loops -= 1
