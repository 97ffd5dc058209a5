"""Totals over the rows that have something in common, computed once for each thing and not for each who asks.

A total over looked-up rows is written as a join of those who ask with the rows, grouped by those who ask. Where all
that is computed of the rows is their own, the rows can be grouped first, by what they are looked up by, and each who
asks finds one group: a total costs one pass over the rows, however many ask. So does a total over all rows of a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from codaform.sql.frames import Statement, column, named, table


def finished(statement: Statement, last: exp.Select) -> exp.Select:
    """A statement with its last SELECT, rows grouped early."""
    statement.sort()
    groups = [name for name, select in statement.steps if select.args.get("group")]
    if groups:
        selects = [*(select for _, select in statement.steps), last]
        reads = Counter(one.name for select in selects for one in select.find_all(exp.Table))
        backs = {join.this.name: join for select in selects for join in select.args.get("joins") or ()}
        for name in groups:
            if reads[name] == 1 and name in backs:
                total = _total_of(dict(statement.steps), name, backs[name])
                if total is not None:
                    _rewrite(statement, total)
        _forget_unread(statement, last)
    return statement.finished(last)


@dataclass(frozen=True)
class _Total:
    """A step that groups, and how it comes back. chain: The steps between the join and it, from the join on.

    keys: What the rows are looked up by: of the rows, of those who ask, and whether a blank finds blanks.
    own: Further conditions of the rows alone.
    """

    name: str
    group: exp.Select
    back: exp.Join
    chain: tuple[tuple[str, exp.Select], ...]
    keys: tuple[tuple[exp.Expr, exp.Expr, type[exp.Binary]], ...]
    own: tuple[exp.Expr, ...]


def _total_of(steps: Mapping[str, exp.Select], name: str, back: exp.Join) -> _Total | None:
    """A step as a total that can be grouped early; None where it is none."""
    group = steps[name]
    chain = _chain(steps, _source(group))
    if not chain:
        return None
    keys: list[tuple[exp.Expr, exp.Expr, type[exp.Binary]]] = []
    own: list[exp.Expr] = []
    first = chain[0][1]
    for condition in _conditions(first.args["joins"][0].args.get("on")):
        sides = _tables(condition)
        if sides <= {"r"}:
            own.append(condition)
        elif isinstance(condition, exp.EQ | exp.NullSafeEQ) and (
            (_tables(condition.this), _tables(condition.expression)) == ({"r"}, {"f"})
        ):
            keys.append((condition.this, condition.expression, type(condition)))
        else:
            return None
    asking = _made_by(steps, _source(first))
    selects = [select for _, select in chain[1:]]
    made = [*first.expressions[1:], *group.expressions[len(group.args["group"].expressions) :]]
    read = {one.name for tree in (*selects, *made) for one in tree.find_all(exp.Column)}
    if read & asking or any(_tables(one) != {"r"} for one in first.expressions[1:]):
        return None
    if any(key.name not in asking for key in group.args["group"].expressions):  # a total for each row that is found
        return None
    return _Total(name, group, back, tuple(chain), tuple(keys), tuple(own))


def _chain(steps: Mapping[str, exp.Select], name: str) -> list[tuple[str, exp.Select]]:
    """The steps from the join of those who ask with rows up to a step; nothing where they are not of this shape."""
    found: list[tuple[str, exp.Select]] = []
    while (select := steps.get(name)) is not None:
        if select.args.get("group") or not isinstance(select.args["from_"].this, exp.Table):
            return []
        found.insert(0, (name, select))
        joins = select.args.get("joins") or []
        if [join.args.get("kind") for join in joins] == ["INNER"]:
            return found
        if any(join.args.get("side") != "LEFT" for join in joins):
            return []
        name = _source(select)
    return []


def _rewrite(statement: Statement, total: _Total) -> None:
    """Group the rows first."""
    names = [f"_{statement.number()}" for _ in total.keys]
    before = ""
    for old, select in total.chain:
        new, name = select.copy(), f"step {statement.number()}"
        if not before:
            rows = new.args["joins"][0].this
            new.set("joins", None)
            new.set("from_", exp.From(this=rows))
            keys = [named(key.copy(), alias) for (key, _, _), alias in zip(total.keys, names, strict=True)]
            new.set("expressions", [*keys, *new.expressions[1:]])
            there = [exp.Not(this=exp.Is(this=key.copy(), expression=exp.Null()))
                     for key, _, equal in total.keys if equal is exp.EQ]  # fmt: skip
            for condition in (*total.own, *there):
                new.where(condition.copy(), copy=False)
        else:
            read = new.args["from_"].this
            read.set("this", exp.to_identifier(before, quoted=True))
        before = name
        statement.steps.insert([known for known, _ in statement.steps].index(old) + 1, (name, new))
        if old in statement.computing:
            statement.computing.add(name)
    group = total.group
    made = group.expressions[len(group.args["group"].expressions) :]
    group.set("expressions", [*map(column, names), *made])
    group.set("group", exp.Group(expressions=[column(name) for name in names]) if names else None)
    group.set("from_", exp.From(this=table(before)))
    same = [
        equal(this=column(name, "r"), expression=asked.copy())
        for (_, asked, equal), name in zip(total.keys, names, strict=True)
    ]
    total.back.set("on", exp.and_(*same) if same else exp.true())


def _forget_unread(statement: Statement, last: exp.Select) -> None:
    """Leave out the steps that nothing reads."""
    needed = {one.name for one in last.find_all(exp.Table)}
    for name, select in reversed(statement.steps):
        if name in needed:
            needed |= {one.name for one in select.find_all(exp.Table)}
    statement.steps = [(name, select) for name, select in statement.steps if name in needed]


def _source(select: exp.Select) -> str:
    return str(select.args["from_"].this.name)


def _conditions(tree: exp.Expr | None) -> Iterator[exp.Expr]:
    """The parts of a condition that all have to hold."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    if isinstance(tree, exp.And):
        yield from _conditions(tree.this)
        yield from _conditions(tree.expression)
    elif tree is not None and tree != exp.true():
        yield tree


def _tables(tree: exp.Expr) -> set[str]:
    """The tables whose columns a tree reads."""
    return {one.table for one in tree.find_all(exp.Column)}


def _made_by(steps: Mapping[str, exp.Select], name: str) -> set[str]:
    """The columns that a step has, and all that it is made of."""
    found: set[str] = set()
    waiting, seen = [name], set[str]()
    while waiting:
        one = waiting.pop()
        if one in steps and one not in seen:
            seen.add(one)
            found |= {alias.alias for alias in steps[one].find_all(exp.Alias)}
            waiting += [read.name for read in steps[one].find_all(exp.Table)]
    return found
