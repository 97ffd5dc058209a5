"""The order in which changes can be made: each behind what it needs."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from codaform.deploy.planning.changes import (
    AddColumn,
    AddControl,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    SetAction,
    SetControl,
    SetDefault,
    SetDisplay,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetOrder,
    SetView,
)
from codaform.deploy.planning.differences import Difference
from codaform.deploy.planning.needs import Needs, given, thing_of
from codaform.deploy.remote.columns import Button, made_by
from codaform.model.schema import Doc
from codaform.semantics.dependencies import Reads, Thing, known, order
from codaform.source import Source


def phase(change: Change) -> int:
    """When a change is made where its needs leave a choice.

    Renames, tables and the order of their columns, plain columns, relations, formats and options, what is computed and
    what buttons do, how values are shown and what the rows are known by, defaults, and what is dropped.
    """
    match change:
        case RenameTable() | RenameColumn():
            return 0
        case AddTable() | SetOrder():
            return 1
        case AddColumn(_, column) if column.computed:
            return 5
        case AddColumn(_, column):
            return 3 if column.kind == "relation" else 2
        case SetFormula(_, _, _, after):
            return 5 if after is not None else 4
        case AddView() | SetView() | AddFormula() | SetNamedFormula() | SetAction() | AddControl() | SetControl():
            return 5
        case SetDisplay():
            return 6
        case SetFormat(_, _, before, after) if (before.kind, before.many, before.to) == (
            after.kind,
            after.many,
            after.to,
        ):
            return 6
        case SetDefault():
            return 7
        case DropView() | DropFormula() | DropControl() | DropColumn() | DropTable():
            return 8
    return 4


def ordered(
    differences: Sequence[Difference],
    wanted: Doc,
    needs: Needs,
    reads: Mapping[Thing, Reads],
    now: Mapping[Thing, Reads],
) -> list[Difference]:
    """The same differences in the order in which they are made.

    Things that need each other, by whatever way round, are made in two steps: first as far as that goes without the
    others, a column without its formula, a button without what it does, a view without its filter; the rest follows
    when all of them are there.

    wanted: The doc as it is to be. reads: What its things are computed from. now: What those of the doc are.
    """
    steps = [*differences]
    for kind in (AddColumn, AddView, AddControl):
        circles = _in_circles(steps, needs)
        found = ((step, isinstance(step.change, kind) and _gives(step, circles)) for step in steps)
        steps = [part for step, needs_itself in found for part in (_apart(step, wanted) if needs_itself else (step,))]
    levels, levels_now = _levels(reads), _levels(now)

    def rank(at: int) -> tuple[int, int, int, int]:
        change = steps[at].change
        if phase(change) == 8:
            thing = thing_of(change)
            return 8, _DROPS[type(change)], -levels_now.get(thing, -1) if thing is not None else 0, at
        level = max((levels.get(thing, 0) for thing in needs.of(change)), default=0) if phase(change) == 5 else 0
        return phase(change), level, _sort_of(change), at

    return [steps[at] for at in _in_turn(_behind(steps, needs), [rank(at) for at in range(len(steps))])]


def _in_turn(behind: Sequence[set[int]], ranks: Sequence[tuple[int, ...]]) -> list[int]:
    """Numbers so that each comes behind those that it needs; of those that could come, the one of the lowest rank.

    Where nothing can come any more, what is left is wrong in itself, and comes by its rank.
    """
    left = [len(needed) for needed in behind]
    readers: defaultdict[int, list[int]] = defaultdict(list)
    for at, needed in enumerate(behind):
        for one in needed:
            readers[one].append(at)
    ready = [(ranks[at], at) for at, count in enumerate(left) if count == 0]
    heapq.heapify(ready)
    waiting = {*range(len(left))}
    found: list[int] = []
    while waiting:
        at = heapq.heappop(ready)[1] if ready else min(waiting, key=lambda one: ranks[one])
        if at not in waiting:
            continue
        waiting.remove(at)
        found.append(at)
        for reader in readers[at]:
            left[reader] -= 1
            if left[reader] == 0:
                heapq.heappush(ready, (ranks[reader], reader))
    return found


def _behind(steps: Sequence[Difference], needs: Needs) -> list[set[int]]:
    """For each step the numbers of those that come before it: what gives what it needs, and what frees its name."""
    givers: defaultdict[Thing, set[int]] = defaultdict(set)
    for at, step in enumerate(steps):
        for thing in given(step.change):
            givers[thing].add(at)
    freed = {name: at for at, step in enumerate(steps) if (name := _freed(step.change))}
    found = []
    for at, step in enumerate(steps):
        needed = {giver for thing in needs.of(step.change) if thing in givers for giver in givers[thing]}
        names = {thing.name or thing.table for thing in given(step.change) if thing.kind != "cells"}
        needed |= {freed[name.casefold()] for name in names if name.casefold() in freed}
        found.append(needed - {at})
    return found


def _freed(change: Change) -> str:
    """The name that nothing of the doc has any more after a change; all but columns share theirs."""
    match change:
        case DropTable(name) | DropFormula(name) | DropControl(name) | DropView(_, name):
            return name.casefold()
    return ""


# ------------------------------------------------------------ what needs itself


def _in_circles(steps: Sequence[Difference], needs: Needs) -> set[Thing]:
    """What needs itself to be there, by whatever way round."""
    graph: dict[Thing, Reads] = {}
    for step in steps:
        things = frozenset(needs.of(step.change))
        for thing in given(step.change):
            others = graph[thing].things if thing in graph else frozenset()
            graph[thing] = Reads(things | others, frozenset(), False)
    groups = order(graph)
    return {thing for group in groups if len(group) > 1 or group[0] in graph[group[0]].things for thing in group}


def _gives(step: Difference, things: Collection[Thing]) -> bool:
    return any(thing in things for thing in given(step.change))


def _apart(step: Difference, wanted: Doc) -> tuple[Difference, ...]:
    """A new column without what computes it or what it does, or a new view without its filter; and the rest."""
    match step.change:
        case AddColumn(table, column) if column.kind == "button":
            alone = replace(column, action=None, disable_if=None)
            action = column.action.text.strip() if column.action is not None else None
            condition = column.disable_if.text.strip() if column.disable_if is not None else None
            label = column.label or column.name
            rest: Change = SetAction(table, column.name, Button(label), Button(label, action, condition))
            because = "what it does reads what shows the button, which has to be there first"
        case AddColumn(table, column) if (text := made_by(column, wanted.tables[table], wanted)) is not None:
            alone = replace(column, formula=None, reverse="")
            rest = SetFormula(table, column.name, None, text)
            because = "it reads what needs the column, which has to be there first"
        case AddControl(control, first) if control.kind == "button" and control.action is not None:
            bare = replace(control, action=Source(control.name, "RunActions()"), disable_if=None)
            because = "what it does reads what needs the button, which has to be there first"
            return Difference(AddControl(bare, first), step.because), Difference(SetControl(bare, control), because)
        case AddView(view) if view.filter is not None:
            begun = replace(view, filter=None)
            rest = SetView(begun, view)
            because = "its filter reads what needs the view, which has to be there first"
            return Difference(AddView(begun), step.because), Difference(rest, because)
        case _:
            return (step,)
    return Difference(AddColumn(table, alone), step.because), Difference(rest, because)


# ------------------------------------------------------------ where there is a choice


def _levels(reads: Mapping[Thing, Reads]) -> dict[Thing, int]:
    """How many things are computed at most one after the other until a thing is; those that need each other at once."""
    levels: dict[Thing, int] = {}
    for group in order(reads):
        before = (levels.get(step, 0) for thing in group for step in known(reads, thing) if step not in group)
        levels |= dict.fromkeys(group, 1 + max(before, default=0))
    return levels


_DROPS: Mapping[type[Change], int] = {DropView: 0, DropFormula: 0, DropControl: 0, DropColumn: 1, DropTable: 2}
"""Views, formulas and controls first, then columns and tables; what reads others goes before them."""


def _sort_of(change: Change) -> int:
    """Columns, views, named formulas, controls, and buttons last."""
    match change:
        case AddView() | SetView():
            return 1
        case AddFormula() | SetNamedFormula():
            return 2
        case AddControl(control) | SetControl(_, control):
            return 3 if control.kind == "button" else 2
        case SetAction():
            return 3
        case AddColumn(_, column) if column.kind == "button":
            return 3
    return 0
