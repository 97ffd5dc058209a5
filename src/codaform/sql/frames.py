"""Frames: the rows in which a formula is computed, as steps of one statement.

A frame begins with the rows of a table. Each step is a SELECT that has all columns of the step before and some more:
computed ones, or those of rows that are looked up. The items of a list are the rows of a frame below. What is computed
over them comes back as a column, one for each row of the frame above. Steps become common table expressions in the
order in which they are made, so a value that is needed twice is a column and is written once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from codaform.sql.dialects.dialect import Dialect
from codaform.sql.trees import Order, in_order, is_leaf


def column(name: str, table: str = "") -> exp.Column:
    """A column by its exact name."""
    return exp.column(exp.to_identifier(name, quoted=True), exp.to_identifier(table, quoted=True) if table else None)


def table(name: str, alias: str = "") -> exp.Table:
    """A table by its exact name."""
    found = exp.Table(this=exp.to_identifier(name, quoted=True))
    if alias:
        found.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return found


def named(tree: exp.Expr, name: str) -> exp.Alias:
    """An expression of a SELECT under a name."""
    return exp.Alias(this=tree, alias=exp.to_identifier(name, quoted=True))


def within(tree: exp.Expr, alias: str) -> exp.Expr:
    """A tree over the columns of a frame, where the frame has a name among other tables."""
    copied = tree.copy()
    for found in list(copied.find_all(exp.Column)):
        if not found.table:
            found.set("table", exp.to_identifier(alias, quoted=True))
    return copied


@dataclass
class Statement:
    """One statement being written, in a dialect.

    steps: Its common table expressions, in order. computing: Those that compute values, and do not only read rows.
    ranged: The columns of relations whose rows are looked up by a range.
    once: The frame of one row in which is computed what is the same for all rows, where the dialect is live.
    origins: The relation and the column whose cells a column of a frame has, where it has them as they are.
    """

    dialect: Dialect
    steps: list[tuple[str, exp.Select]] = field(default_factory=list)
    computing: set[str] = field(default_factory=set)
    ranged: set[tuple[str, str]] = field(default_factory=set)
    origins: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: int = 0
    once: SqlFrame | None = None
    once_steps: list[tuple[str, exp.Select]] = field(default_factory=list)

    def number(self) -> int:
        """A new number, for a unique name."""
        self.numbers += 1
        return self.numbers

    def add(self, select: exp.Select) -> str:
        """Add a step; its name."""
        name = f"step {self.number()}"
        self.steps.append((name, select))
        return name

    def weight(self) -> int:
        """How many relations the heaviest step reads, if each reader of a step computes it again."""
        known: dict[str, int] = {}
        for name, select in self.steps:
            known[name] = weight(select, known)
        return max(known.values(), default=0)

    def sort(self) -> None:
        """Have each step behind those that it reads: a total reads steps that were made after it."""
        waiting, found = dict(self.steps), dict[str, exp.Select]()

        def put(name: str) -> None:
            select = waiting.pop(name, None)
            if select is not None:
                for read in select.find_all(exp.Table):
                    put(read.name)
                found[name] = select

        for name, _ in self.steps:
            put(name)
        self.steps = [*found.items()]

    def finished(self, last: exp.Select) -> exp.Select:
        """The whole, with its last SELECT."""
        self._finish_once()
        kept = self._kept(last) if self.dialect.inlines else {}
        ctes = [
            exp.CTE(
                this=select,
                alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)),
                materialized=kept.get(name),
            )
            for name, select in self.steps
        ]
        if ctes:
            last.set("with_", exp.With(expressions=ctes))
        return last

    def fixed(self, tree: exp.Expr) -> exp.Expr:
        """What is the same for all rows: computed once, and read as a value. tree: It reads no column of a row."""
        if self.once is None:
            before, self.steps = self.steps, []
            self.once = SqlFrame(self)
            self.once.step(exp.select(named(exp.Literal.number(1), self.once.new_name())))
            self.once_steps, self.steps = self.steps, before
        before, self.steps = self.steps, self.once_steps
        found = self.once.compute(_unfixed(tree))
        self.steps = before
        return fixed_value(found.name) if isinstance(found, exp.Column) else found

    def fixed_cell(self, relation: str, name: str) -> exp.Expr:
        """A cell of a relation of one row, as such a value."""
        self.fixed(exp.Null())
        assert self.once is not None
        before, self.steps = self.steps, self.once_steps
        found = self.once.beside(relation, "", None).column(name)
        self.steps = before
        return fixed_value(found.name)

    def _finish_once(self) -> None:
        """Have the row of what is the same for all rows before all other steps."""
        if self.once is not None:
            row = exp.select("*").from_(table(self.once.last))
            self.steps = [*self.once_steps, (ONCE, row), *self.steps]
            self.computing |= {name for name, _ in self.once_steps}
            self.once = None

    def _kept(self, last: exp.Select) -> dict[str, bool]:
        """The steps that are kept, and those that become a part of their readers; the engine may choose for the others.

        A step is kept where it would become too large a part of its readers. The rows of a relation alone are not:
        its indexes would be lost.
        """
        selects = [*(select for _, select in self.steps), last]
        reads = Counter(one.name for select in selects for one in select.find_all(exp.Column))
        sizes: dict[str, int] = {}
        found: dict[str, bool] = {}
        for name, select in self.steps:
            if name == ONCE:
                found[name] = True
            elif name not in self.computing:
                if not select.args.get("joins") and not select.args.get("group"):
                    found[name] = False
                continue
            made = {one.alias: one.this for one in select.expressions if isinstance(one, exp.Alias)}
            grown = {
                alias: sum(sizes.get(node.name, 1) if isinstance(node, exp.Column) else 1 for node in tree.walk())
                for alias, tree in made.items()
            }
            largest = _LARGEST_LIVE_PART if self.dialect.live else _LARGEST_PART
            if any(reads[alias] > 1 and reads[alias] * size > largest for alias, size in grown.items()):
                found[name] = True
            else:
                sizes.update(grown)
        return found


ONCE = "once"
"""The step with the one row of what is the same for all rows of a statement."""


def fixed_value(name: str) -> exp.Subquery:
    """A value that is the same for all rows."""
    return exp.select(column(name, ONCE)).from_(table(ONCE)).subquery()


def is_fixed_value(tree: exp.Expr) -> bool:
    """Whether a tree is just a value that is the same for all rows."""
    return isinstance(tree, exp.Subquery) and any(found.table == ONCE for found in tree.find_all(exp.Column))


def is_fixed(tree: exp.Expr) -> bool:
    """Whether a tree has the same value for all rows, and costs something to repeat."""
    if is_leaf(tree) or is_fixed_value(tree):
        return False
    if any(isinstance(one, exp.AggFunc | exp.Window) for one in tree.walk()):
        return False
    if any(not is_fixed_value(one) for one in tree.find_all(exp.Subquery)):
        return False
    return all(one.table == ONCE for one in tree.find_all(exp.Column))


def _unfixed(tree: exp.Expr) -> exp.Expr:
    """A tree as the frame of what is fixed computes it."""

    def own(node: exp.Expr) -> exp.Expr:
        if is_fixed_value(node):
            return column(next(node.find_all(exp.Column)).name)
        return node

    return tree.copy().transform(own)


_LARGEST_PART = 300
"""A step is kept if a value that is read more than once has more nodes than this, counted once for each read."""

_LARGEST_LIVE_PART = 3000
"""The same for a view that stays: of a kept step every value is computed, also those that nobody asks for."""


def weight(select: exp.Expr, known: Mapping[str, int]) -> int:
    """How many relations a SELECT reads. known: The weights of the steps that are computed again for it, by name."""
    return sum(known.get(read.name, 1) for read in select.find_all(exp.Table))


@dataclass
class Joined:
    """Another row that each row of a frame has beside it: its columns become the frame's when they are asked for.

    relation: Where the row is; empty where no cells are.
    """

    frame: SqlFrame
    select: exp.Select
    step: int
    read: Callable[[str], exp.Expr]
    relation: str = ""
    known: dict[str, exp.Column] = field(default_factory=dict)

    def column(self, name: str) -> exp.Column:
        """A column of the other row, as a column of the frame."""
        if name not in self.known:
            made = self.frame.new_name()
            self.select.select(named(self.read(name), made), copy=False)
            self.frame.made[made] = self.step
            if self.relation:
                self.frame.statement.origins[made] = self.relation, name
            self.known[name] = column(made)
        return self.known[name]


@dataclass
class SqlFrame:
    """Rows being computed.

    keys: The columns that tell its rows apart. steps: The names of its steps with their SELECTs.
    made: The step that makes each of its columns; columns of the frame above have none.
    totals: The step that groups the rows of a frame below, and its way back, by the identity of the frame.
    shared: Rows that were found, each as a Stream with what it was found by.
    """

    statement: Statement
    keys: tuple[exp.Column, ...] = ()
    steps: list[tuple[str, exp.Select]] = field(default_factory=list)
    computing: set[int] = field(default_factory=set)
    made: dict[str, int] = field(default_factory=dict)
    computed: dict[exp.Expr, exp.Column] = field(default_factory=dict)
    joins: dict[tuple[str, exp.Expr | None], Joined] = field(default_factory=dict)
    totals: dict[int, tuple[exp.Select, Joined, SqlFrame]] = field(default_factory=dict)
    shared: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        """The dialect of its statement."""
        return self.statement.dialect

    def new_name(self) -> str:
        """The name of a new column."""
        return f"_{self.statement.number()}"

    @property
    def last(self) -> str:
        """The name of the last step."""
        return self.steps[-1][0]

    def own(self, relation: str, row: exp.Expr, select: exp.Select) -> None:
        """The frame's first step, where it reads a relation as `r`, has the cells of a row."""
        self.joins[relation, row] = Joined(self, select, 0, lambda name: column(name, "r"), relation)

    def step(self, select: exp.Select) -> int:
        """Add a step; its place."""
        self.steps.append((self.statement.add(select), select))
        return len(self.steps) - 1

    def compute(self, tree: exp.Expr) -> exp.Expr:
        """A column with the value of a tree; a leaf stays as it is."""
        if is_leaf(tree) or is_fixed_value(tree):
            return tree
        if self.dialect.live and self is not self.statement.once and is_fixed(tree):
            return self.statement.fixed(tree)
        if tree in self.computed:
            return self.computed[tree]
        needs = max((self.made.get(one.name, 0) for one in tree.find_all(exp.Column) if not one.table), default=0)
        step = next((number for number in sorted(self.computing) if number > needs), None)
        if step is None:
            step = self.step(exp.select("*").from_(table(self.last)))
            self.computing.add(step)
            self.statement.computing.add(self.last)
        name = self.new_name()
        self.steps[step][1].select(named(tree, name), copy=False)
        self.made[name] = step
        self.computed[tree] = column(name)
        return self.computed[tree]

    def beside(self, relation: str, key: str, row: exp.Expr | None) -> Joined:
        """The row of a relation whose key is a value; the only row of a relation without a key."""
        known = self.joins.get((relation, row))
        if known is not None:
            return known
        select = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("f"))).from_(table(self.last, "f"))
        on = exp.true() if row is None else exp.EQ(this=column(key, "r"), expression=within(row, "f"))
        select.join(table(relation, "r"), on=on, join_type="left", copy=False)
        found = Joined(self, select, self.step(select), lambda name: column(name, "r"), relation)
        self.joins[relation, row] = found
        return found

    def below(self, select: exp.Select, keys: Sequence[str]) -> SqlFrame:
        """A frame with several rows for a row of this one. select: Its first step. keys: Its keys beside this one's."""
        found = SqlFrame(self.statement, (*self.keys, *map(column, keys)))
        found.computed.update(self.computed)
        found.joins.update(self.joins)
        found.step(select)
        return found

    def folded(
        self, items: SqlFrame, name: str, item: exp.Expr, order: Order = (), delimiter: exp.Expr | None = None
    ) -> exp.Column:
        """A total of the dialect over the rows of a frame below, in an order; with a delimiter, texts in one."""
        dialect = self.dialect
        made = dialect.total(name, item, order) if delimiter is None else dialect.joined(item, delimiter, order)
        if order and name in dialect.along:
            every = {"kind": "ROWS", "start": "UNBOUNDED", "start_side": "PRECEDING"}
            rows = exp.WindowSpec(**every, end="UNBOUNDED", end_side="FOLLOWING")
            keys = [key.copy() for key in self.keys]
            window = exp.Window(this=made, partition_by=keys, order=in_order(None, order), spec=rows)
            made = exp.AnyValue(this=items.compute(window))
        return self.total(items, made)

    def total(self, items: SqlFrame, tree: exp.Expr) -> exp.Column:
        """An aggregate over the rows of a frame below, for each row of this one; NULL where there are none."""
        known = self.totals.get(id(items))
        if known is None:
            select = exp.select(*[key.copy() for key in self.keys])
            select.group_by(*[key.copy() for key in self.keys], copy=False)
            name = self.statement.add(select)
            back = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("f"))).from_(table(self.last, "f"))
            same = [exp.EQ(this=column(key.name, "r"), expression=column(key.name, "f")) for key in self.keys]
            back.join(table(name, "r"), on=exp.and_(*same), join_type="left", copy=False)
            known = (select, Joined(self, back, self.step(back), lambda name: column(name, "r")), items)
            self.totals[id(items)] = known
        grouped, joined, _ = known
        grouped.from_(table(items.last), copy=False)
        made = next((one.alias for one in grouped.expressions if isinstance(one, exp.Alias) and one.this == tree), None)
        if made is None:
            made = self.new_name()
            grouped.select(named(tree, made), copy=False)
        return joined.column(made)
