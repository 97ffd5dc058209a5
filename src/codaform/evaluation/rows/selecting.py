"""The Python of selections: the index is read where many rows ask, and rows that are tested are gone through once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from codaform.evaluation.rows.code import AS_READ, Watch
from codaform.evaluation.rows.facts import OWN_KEYS, asks_for_several, reads_own_cells
from codaform.evaluation.rows.forms import KnownReads, bounds_of, within
from codaform.evaluation.rows.steps import weight
from codaform.evaluation.rows.writer import LineWriter
from codaform.model import types
from codaform.model.types import RowOf
from codaform.model.values import EvaluationError
from codaform.semantics import ir

DEEPEST_INDENT, DEEPEST_PART = 40, 30
"""How far parts of a formula are written into each other."""

MOST_LINES = 400
"""Of a function, before the parts that follow have functions of their own: Python takes long to compile a long one."""


@dataclass
class SelectionWriter(LineWriter, ABC):
    """Where selections are written.

    watch: What is given the value of every part. depth: How deep the current part is nested by now.
    """

    watch: Watch | None = None
    depth: int = 0

    @abstractmethod
    def part(self, node: ir.Node) -> str:
        """Write what computes a part; its value as an expression that costs nothing to repeat."""

    @abstractmethod
    def body(self, node: ir.Node) -> str:
        """Write what is computed for each item; its value."""

    @abstractmethod
    def apart(self, node: ir.Node) -> str:
        """A part as a function of its own, given the slots that it reads."""

    def is_there(self, node: ir.Node) -> bool:
        """Whether a row is never blank."""
        return isinstance(node, ir.Local) and node.slot in self.there

    def selected(self, node: ir.Select) -> str:
        """Rows that are looked up, and asked for the rest of the condition; all rows where that cannot be done."""
        if not node.equal and not node.ranged:
            return self.part(node.scan)
        if self.tests_rows(node):
            result = self.assigned("[]")
            with self.each_row(node):
                self.line(f"{result}.append(s{node.slot})")
            return result
        return self.looked_up(node, {})[0]

    def gone_through(self, items: ir.Node) -> ir.Select | None:
        """The selection that gives these items, if its rows are tested one by one, so that no list of them is made."""
        deep = self.depth >= DEEPEST_PART or self.indent >= DEEPEST_INDENT or len(self.out.lines) >= MOST_LINES
        found = items if isinstance(items, ir.Select) and (items.equal or items.ranged) else None
        return None if found is None or self.watch is not None or deep or not self.tests_rows(found) else found

    def tests_rows(self, node: ir.Select) -> bool:
        """Whether rows that are looked up are tested one by one."""
        return node.rest is not None or (bool(node.bounds) and self.reads_index)

    @contextmanager
    def each_row(self, node: ir.Select) -> Iterator[None]:
        """A loop over the rows of a selection."""
        self.there.add(node.slot)
        known = dict(self.read)
        found, test = self.looked_up(node, known)
        outer, self.span = self.span, node.span
        if node.rest is not None:
            self.pay(found, weight(node.rest))
        with self.loop(found, node.slot):
            self.read.update(known)  # the values that are looked for were computed
            self.line(f"if {test}:") if test else None
            with self.block() if test else nullcontext():
                self.line(f"if {self.body(node.rest)}:") if node.rest is not None else None
                with self.block() if node.rest is not None else nullcontext():
                    self.span = outer
                    yield
        self.span = outer

    @property
    def reads_index(self) -> bool:
        """Whether the index is read in the lines of a formula: where many rows ask."""
        return "s0" in self.numbers

    def looked_up(self, node: ir.Select, known: KnownReads) -> tuple[str, str]:
        """The rows that a selection looks up, and the test whether one is in its range; empty for no test.

        Where many rows ask, the index is read here, and only what is rare calls. known: Has the cells that are read.
        """
        select, found = self.source.select(node), self.temporary()
        root = self.numbers.get("s0", "0 if s0 is None else s0.id")
        signs = [bound.sign for bound in node.bounds]
        order = test = ""
        if node.bounds and self.reads_index:
            order = self.assigned("None")
        self.line("try:")
        self.loops += 1
        with self.block() as inside:
            keys = [self.key_of(value, f"{select}_key{number}") for number, value in enumerate(node.sought)]
            equal, limits = keys[: len(node.equal)], keys[len(node.equal) :]
            key = equal[0] if len(equal) == 1 else f"({', '.join(equal)})"
            asked = ", ".join((key, *limits))
            whole = bounds_of(signs, limits)
            known.update(inside)
            if not self.reads_index or whole is None:
                self.line(f"{found} = {select}({root}, {asked})")
            else:
                there = "".join(f" and {one} is not None" for one in limits if one.isidentifier() and one != "None")
                self.line(f"if {select}_index.ready{there}:")
                with self.block():
                    kept, asker = f"({asked})" if limits else key, root
                    if reads_own_cells(node):
                        kept = self.source.value(AS_READ)
                    elif asks_for_several(node):
                        kept = self.assigned(kept)
                        asker = f"{root}, {kept}"
                    self.line(f"{select}_asked[{asker}] = {kept}")
                    self.line(f"{found} = {select}_index.groups.get({key}, {self.source.value([])})")
                    if limits:
                        self.line(f"if {found}.__class__ is list: {order} = {select}_index.order")
                        self.line(f"else: {found} = {select}_index.cut({found}, {whole})")
                        test = within(signs, limits, order, f"s{node.slot}.id", self.temporary())
                self.line(f"else: {found} = {select}({root}, {asked})")
        self.loops -= 1
        self.line(f"except {self.source.value(EvaluationError)}: {found} = {select}({root})")
        self.line(f"if {found} is None:")
        with self.block():
            self.line(f"{found} = {self.apart(node.scan)}")
        return found, test

    def key_of(self, value: ir.Node, key: str) -> str:
        """The key of the index for a value, as a name. key: The name of what makes it."""
        found = self.part(value)
        if isinstance(value.type, RowOf):
            number = self.numbers.get(found, f"{found}.id")
            return number if self.is_there(value) else self.assigned(f"None if {found} is None else {number}")
        if value.type == types.DATE:
            return self.assigned(f"None if {found} is None else {found}.toordinal()")
        return found if value.type in OWN_KEYS else self.assigned(f"{key}({found})")
