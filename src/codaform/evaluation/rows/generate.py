"""From a lowered formula to Python source: a few plain lines for each part, and no call for what is simple.

A part that is nested too deeply for one function becomes a function of its own, so neither this module nor the
interpreter goes deep. Every function catches what its lines raise and gives it the place of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from math import isfinite

from codaform.evaluation.rows import runtime
from codaform.evaluation.rows.code import PythonFormula, PythonLines, PythonSource, Watch
from codaform.evaluation.rows.converting import converter, flat, item_converter, opened
from codaform.evaluation.rows.facts import (
    blank_argument,
    holds_only_rows,
    is_plain_cell,
    opened_arguments,
    read_slots,
)
from codaform.evaluation.rows.forms import comparison, form_of, inlined_of
from codaform.evaluation.rows.selecting import DEEPEST_INDENT, DEEPEST_PART, MOST_LINES, SelectionWriter
from codaform.evaluation.rows.steps import LONG, charges_made, may_be_long, weight
from codaform.model import types
from codaform.model.budget import ITEMS_A_LOOK, SHORT
from codaform.model.types import ListOf, Scalar, Type
from codaform.model.unexpected import faulted
from codaform.model.values import Error
from codaform.semantics import ir
from codaform.semantics.lower import Lowering
from codaform.source import Span

_DEEPEST_LOOP = 8

_PYTHON = {types.TEXT: "str", types.NUMBER: "float", types.BOOLEAN: "bool"}
"""The types whose values need no conversion where they have this Python type."""


def generate(
    body: ir.Node,
    lowered: Callable[[ir.Node], ir.Node] | None = None,
    watch: Watch | None = None,
    ahead: bool = False,
) -> PythonFormula:
    """A bound formula as Python.

    lowered: How it is lowered; by default without selections.
    watch: A function that is given every bound part and its value; then each part is computed as written.
    ahead: Whether it is computed for many rows at a time, and the values are kept where they are given.
    """
    lowering = Lowering()
    try:
        generator = Generator(PythonSource(watch=watch), origin=lowering.origin, watch=watch)
        return generator.formula((lowered or lowering.lower)(body), ahead)
    except RecursionError:
        raise
    except Exception as error:
        fault = faulted(error, body.span)
        failed = ir.Fails(fault.rule, fault.message, body.type, fault.span or body.span)
        return Generator().formula(failed, ahead)


@dataclass
class Generator(SelectionWriter):
    """The source of one formula while it is written.

    origin: By the identity of a lowered node, the bound node whose value it gives.
    acts: Whether it carries out actions, so that no cell is known for long.
    waiting: The parts that become functions of their own.
    """

    origin: dict[int, ir.Node] = field(default_factory=dict)
    acts: bool = False
    waiting: list[tuple[str, ir.Node, list[int], Span | None]] = field(default_factory=list)

    def formula(self, node: ir.Node, ahead: bool = False) -> PythonFormula:
        """The whole: the formula's function, and those of its deep parts. ahead: For many rows at a time."""
        self.acts = any(isinstance(part, ir.Apply) and part.function.action for part in ir.parts(node))
        self.waiting.append(("formula", node, [0], None))
        if ahead:
            self.there.add(0)
        while self.waiting:
            name, part, slots, span = self.waiting.pop()
            self.out, self.indent, self.loops, self.depth, self.span = PythonLines(), 0, 0, 0, span
            self.source.functions.append(self.out)
            self.read.clear()
            self.numbers.clear()
            body = partial(self.opened if self.watch is None or name != "formula" else self.part, part)
            if ahead and name == "formula":
                self.over_rows(body)
            else:
                self.function(name, [f"s{slot}" for slot in slots], body)
        return self.source.compiled()

    # ------------------------------------------------------------ parts

    def part(self, node: ir.Node) -> str:
        """Write what computes a part; its value as an expression that costs nothing to repeat."""
        text = self.expression(node)
        return self.assigned(text) if " " in text else text

    def expression(self, node: ir.Node) -> str:
        """Write the lines that compute a part; its value as an expression, which the next line may use once."""
        match node:
            case ir.Constant(value):
                return self.told(node, self.constant(value))
            case ir.Local(slot):
                return self.told(node, f"s{slot}")
        bound = None if self.watch is None else self.origin.get(id(node))
        if bound is None:
            return self.computed(node)
        self.within.append(bound)
        found = self.assigned(self.computed(node))
        self.within.pop()
        return self.told(node, found)

    def computed(self, node: ir.Node) -> str:
        """Write what computes a part, here or as a function of its own."""
        deep = self.depth >= DEEPEST_PART or self.indent >= DEEPEST_INDENT or self.loops >= _DEEPEST_LOOP
        if deep or len(self.out.lines) >= MOST_LINES:
            return self.apart(node)
        self.depth += 1
        try:
            return self.opened(node)
        finally:
            self.depth -= 1

    def apart(self, node: ir.Node) -> str:
        """A part as a function of its own, given the slots that it reads."""
        slots = sorted(read_slots(node))
        name = f"f{len(self.waiting)}_{self.temporary()}"
        self.waiting.append((name, node, slots, self.span))
        given = ", ".join(f"s{slot}" for slot in slots)
        self.source.pays = True  # as far as is known: it is written later
        return self.assigned(f"{name}({given})")

    def told(self, node: ir.Node, text: str) -> str:
        """A value that the watcher is given."""
        bound = self.origin.get(id(node))
        if self.watch is not None and bound is not None:
            self.line(f"{self.source.value(partial(self.watch, bound))}({text})")
        return text

    def constant(self, value: object) -> str:
        """A value that is known before."""
        if value is None or isinstance(value, bool):
            return repr(value)
        if type(value) is float and isfinite(value):
            return repr(value) if value >= 0 else f"({value!r})"
        return self.source.value(value)

    def opened(self, node: ir.Node) -> str:  # noqa: C901 - a case for each kind of node
        """Write a part here, whatever its depth."""
        bind, known = self.source.bind, self.source.value
        match node:
            case ir.Constant() | ir.Local():
                return self.part(node)
            case ir.Rows(table):
                return self.assigned(f"{bind('rows', lambda world: world.rows, 'rows')}({known(table)})")
            case ir.Named(name):
                return self.assigned(f"{bind('named', lambda world: world.named, 'named')}({known(name)})")
            case ir.Field():
                return self.cell(node)
            case ir.Property(value, name):
                read = bind("p", lambda world: partial(runtime.property_of, world, name))
                return self.assigned(f"{read}({self.part(value)})")
            case ir.RowNamed(text, table):
                return self.assigned(
                    f"{bind('n', lambda world: partial(runtime.row_named, world, text, table))}()", node.span
                )
            case ir.Convert(value, kind):
                return self.converted(self.part(value), kind)
            case ir.Items(value):
                return self.assigned(f"{known(opened)}({self.part(value)}, {self.world()})")
            case ir.Flat(value):
                return self.assigned(f"{known(flat)}({self.part(value)}, {self.world()})")
            case ir.ConvertItems(items, kind, keeps_blank):
                convert = bind("c", lambda world: item_converter(kind, keeps_blank, world))
                return self.assigned(f"[{convert}(item) for item in {self.part(items)}]")
            case ir.Default(value, default):
                found = self.assigned(self.part(value))
                self.line(f"if {found} is None: {found} = {self.constant(default)}")
                return found
            case ir.ListOr():
                return self.listed(node, 1)
            case ir.Map():
                return self.mapped(node)
            case ir.Lambda():
                return self.asked(node)
            case ir.Group(parts):
                return f"({', '.join(map(self.part, parts))},)"
            case ir.Compare():
                return self.compared(node)
            case ir.Apply():
                return self.applied(node, ())
            case ir.WhenPresent(tests, apply):
                return self.applied(apply, tests)
            case ir.Select():
                return self.selected(node)
            case ir.Fails(rule, message):
                fails = known(partial(runtime.fail, rule, message, node.span))
                return self.assigned(f"{fails}()", node.span)
        raise AssertionError(f"{type(node).__name__} is lowered before")

    def world(self) -> str:
        """The name of the world."""
        return self.source.bind("world", lambda world: world, "world")

    def cell(self, node: ir.Field) -> str:
        """The value of a cell, read where it is kept, computed where it is not known."""
        row, table, column = self.part(node.row), node.table, node.column
        known = self.read.get((row, table, column))
        if known is not None and self.watch is None and not self.acts:
            return known
        bind, found = self.source.bind, self.temporary()
        if node.type == types.ACTION:
            read = bind("r", lambda world: world.reader(table, column), (table, column))
            self.line(f"{found} = None if {row} is None else {read}({row})")
            return found
        values, read = self.kept_cells(node)
        there = self.is_there(node.row)
        if not there:
            self.line(f"if {row} is None: {found} = None")
            self.line("else:")
        with nullcontext() if there else self.block():
            self.line(f"{found} = {values}[{self.numbers.get(row, f'{row}.id')}]")
            self.line(f"if {found}.__class__ is {self.source.value(Error)}: {found} = {read}({row})")
        self.read[row, table, column] = found
        return found

    def kept_cells(self, node: ir.Field) -> tuple[str, str]:
        """Two names: the list of known values, and the function that computes an unknown value or raises its error."""
        table, column = node.table, node.column
        values = self.source.bind("v", lambda world: world.cells(table, column).values, (table, column))
        return values, self.source.bind("r", lambda world: world.reader(table, column), (table, column))

    def converted(self, value: str, kind: Type) -> str:
        """A value as one of another type. A value of the type needs no call."""
        convert = self.source.bind("c", lambda world: converter(kind, world), kind)
        known = _PYTHON.get(kind) if isinstance(kind, Scalar) else None
        kept = f"{value} if {value}.__class__ is {known} else " if known else ""
        return self.assigned(f"{kept}{convert}({value})")

    # ------------------------------------------------------------ lists

    def listed(self, node: ir.ListOr, steps: int) -> str:
        """A list as an argument, with what going through it costs."""
        if len(self.out.lines) >= MOST_LINES:
            return self.apart(node)
        if holds_only_rows(node.value):
            found = self.part(node.value)
            self.pay(found, steps)
            return found
        found = self.assigned(self.part(node.value))
        self.line(f"if {found} is None: {found} = {self.constant(node.default)}")
        self.line("else:")
        with self.block():
            self.pay(found, steps)
        return found

    @contextmanager
    def each(self, node: ir.ListOr, steps: int) -> Iterator[str]:
        """A loop over the items of a list as an argument, with the name of an item. No list of cells is made for it."""
        if isinstance(node.value, ir.Map) and is_plain_cell(node.value.body, node.value.slot):
            select = self.gone_through(node.value.items)
            if select is not None:
                self.there.add(node.value.slot)
                count = self.assigned("0")
                with self.each_row(select):
                    self.line(f"s{node.value.slot} = s{select.slot}; {count} += 1")
                    yield self.part(node.value.body)
                self.pay_for(count, weight(node.value.body) + steps)
                return
        if isinstance(node.value, ir.Map) and self.watch is None and is_plain_cell(node.value.body, node.value.slot):
            items = self.mapped_items(node.value)
            with self.loop(items, node.value.slot):
                yield self.part(node.value.body)
            self.pay(items, steps)
            return
        items, item = self.listed(node, steps), self.temporary()
        self.line(f"for {item} in {items}:")
        with self.block():
            yield item

    def body(self, node: ir.Node) -> str:
        """The value for each item. Long results count, since there is one per item."""
        found = self.part(node)
        if charges_made(node.type):
            self.charge_made(found)
        return found

    def mapped_items(self, node: ir.Map) -> str:
        """The list for whose items a body is computed, with what that costs."""
        items = self.part(node.items)
        if holds_only_rows(node.items):
            self.there.add(node.slot)
        else:
            items = self.assigned(f"{items} or ()")
        self.pay(items, weight(node.body))
        return items

    def mapped(self, node: ir.Map) -> str:
        """The values of the body for all items."""
        items = self.mapped_items(node)
        if self.watch is None and is_plain_cell(node.body, node.slot):
            return self.cells_of(items, node)
        results = self.assigned("[]")
        with self.loop(items, node.slot):
            self.line(f"{results}.append({self.body(node.body)})")
        return results

    def cells_of(self, items: str, node: ir.Map) -> str:
        """The cells of rows in one column."""
        assert isinstance(node.body, ir.Field)
        values, read = self.kept_cells(node.body)
        error, looking = self.source.value(Error), self.source.value(runtime.looking)
        cell, row = self.temporary(), f"s{node.slot}"
        one = f"{cell} if ({cell} := {values}[{row}.id]).__class__ is not {error} else {read}({row})"
        if node.slot not in self.there:
            one = f"None if {row} is None else {one}"
        few = f"{items} if len({items}) <= {ITEMS_A_LOOK} else {looking}({items})"
        return self.assigned(f"[{one} for {row} in ({few})]")

    def asked(self, node: ir.Lambda) -> str:
        """A function that the library calls: once, or per item."""
        name = self.temporary()
        parameters = [] if node.slot is None else [f"s{node.slot}"]
        inner = self.part if node.slot is None else self.body
        self.function(name, parameters, lambda: inner(node.body))
        if node.slot is None:
            return name
        budget = self.source.bind("budget", lambda world: world.budget, "budget")
        looking = self.source.value(runtime.asked_looking)
        self.line(f"if {budget}.bulk: {name} = {looking}({name}, {budget})")
        return name

    # ------------------------------------------------------------ calls

    def applied(self, node: ir.Apply, tests: tuple[int, ...]) -> str:
        """A function applied, or what its form in Python computes."""
        form = form_of(node.function)
        if form is not None and not tests:
            outer, self.span = self.span, node.span
            try:
                return form(self, node)
            finally:
                self.span = outer
        return self.called(node, tests)

    def called(self, node: ir.Apply, tests: tuple[int, ...]) -> str:
        """The library's function, called."""
        values = self.arguments(node)
        flat_values = [value for group in values for value in (group if isinstance(group, list) else [group])]
        found = self.temporary()
        nodes = list(opened_arguments(node.args))
        missing = [test for index in tests if (test := blank_argument(flat_values[index], nodes[index]))]
        if missing:
            self.line(f"if {' or '.join(missing)}: {found} = {self.blank(node.type)}")
            self.line("else:")
        with self.block() if missing else nullcontext():
            charged = not any(isinstance(part, ir.Lambda) for part in nodes)
            if charged:
                self.charge_read(node, nodes, flat_values)
            given = [f"({', '.join(group)},)" if isinstance(group, list) else group for group in values]
            if node.keyword:
                given[-1] = f"{node.keyword}={given[-1]}"
            self.line(f"{found} = {self.meaning(node, given)}", node.span)
            if charged and may_be_long(node.type):
                self.charge_made(found)
        return found

    def arguments(self, node: ir.Apply) -> list[str | list[str]]:
        """The values of the arguments, in order; those of a group together. What they defer is at the call's place."""
        each = [weight(part.body) for part in opened_arguments(node.args) if isinstance(part, ir.Lambda) and part.slot]
        outer = self.span
        values: list[str | list[str]] = []
        for part in node.args:
            if isinstance(part, ir.Group):
                values.append([self.argument(inner, node, outer, sum(each) or 1) for inner in part.parts])
            else:
                values.append(self.argument(part, node, outer, sum(each) or 1))
        return values

    def argument(self, part: ir.Node, node: ir.Apply, outer: Span | None, steps: int) -> str:
        """The value of one argument."""
        if isinstance(part, ir.ListOr):
            return self.listed(part, steps)
        self.span = node.span if isinstance(part, ir.Lambda) else outer
        try:
            return self.asked(part) if isinstance(part, ir.Lambda) else self.part(part)
        finally:
            self.span = outer

    def meaning(self, node: ir.Apply, given: list[str]) -> str:
        """The call itself. If the context carries out actions, it does so as soon as the call describes one."""
        function, kind = node.function, node.type
        if function.action:
            name = self.source.bind(
                "a", lambda world: runtime.acting(function.rowwise, function.wants_context, kind, world)
            )
            return f"{name}({', '.join(given)})"
        inlined = inlined_of(function)
        if inlined is not None:
            return inlined(self, given)
        name = self.source.value(function.rowwise)
        return f"{name}({', '.join([self.world(), *given] if function.wants_context else given)})"

    def blank(self, kind: Type) -> str:
        """The blank of a type: for lists the empty list. It is never changed by anyone."""
        return self.source.value([]) if isinstance(kind, ListOf) else "None"

    def compared(self, node: ir.Compare) -> str:
        """Two values of one type, compared by Python."""
        left, right = self.part(node.left), self.part(node.right)
        if node.kind == types.DATETIME:
            moment = self.source.bind("moment", lambda world: partial(runtime.moment, world), "moment")
            left, right = (side if side == "None" else self.assigned(f"{moment}({side})") for side in (left, right))
        if node.kind == types.TEXT:
            for side, part in ((left, node.left), (right, node.right)):
                if not isinstance(part, ir.Constant):
                    charge = self.source.bind("read", lambda world: world.budget.charge_read, "read")
                    self.line(f"if {side} is not None and len({side}) > {SHORT}: {charge}({side})")
        return comparison(node.sign, left, right, node.kind)

    def charge_read(self, node: ir.Apply, nodes: list[ir.Node], values: list[str]) -> None:
        """Charge what is long in the arguments. Lists for list parameters were charged before."""
        if all(isinstance(parameter.type, ListOf) for parameter in node.function.params):
            return
        compares = node.function.operator != "" and node.type == types.BOOLEAN
        for part, value in zip(nodes, values, strict=True):
            if isinstance(part, ir.Constant | ir.Rows | ir.ListOr) or not may_be_long(part.type):
                continue
            if compares and part.type == types.TEXT:
                continue
            charge = self.source.bind("read", lambda world: world.budget.charge_read, "read")
            long = self.source.value(LONG)
            self.line(f"if {value}.__class__ in {long} and len({value}) > {SHORT}: {charge}({value})", node.span)

    def charge_made(self, value: str) -> None:
        """Charge a result that is long."""
        charge = self.source.bind("made", lambda world: world.budget.charge_made, "made")
        long = self.source.value(LONG)
        self.line(f"if {value}.__class__ in {long}: {charge}({value})")
