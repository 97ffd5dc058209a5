"""The order in which changes can be made: each after what it needs."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from codaform.deploy.kinds.change import Phase
from codaform.deploy.kinds.columns import AddColumn
from codaform.deploy.kinds.controls import AddControl
from codaform.deploy.kinds.impact import Impact
from codaform.deploy.kinds.needs import FormulaNeeds
from codaform.deploy.kinds.views import AddView
from codaform.deploy.planning.differences import Difference
from codaform.model.schema import Doc
from codaform.semantics.dependencies import Dependencies, GraphNode, computed_dependencies, order


def ordered(
    differences: Sequence[Difference],
    wanted: Doc,
    formulas: FormulaNeeds,
    impact: Impact,
) -> list[Difference]:
    """The differences in the order to make them.

    Things that need each other are made in two steps: first a column without its formula, a button without its action,
    a view without its filter; the rest follows once all are there.

    wanted: The doc as the folder has it. impact: Knows what its things are computed from, and those of the doc in Coda.
    """
    steps = [*differences]
    for kind in (AddColumn, AddView, AddControl):
        circles = _in_circles(steps, formulas)
        found = ((step, isinstance(step.change, kind) and _gives(step, circles)) for step in steps)
        steps = [part for step, needs_itself in found for part in (_apart(step, wanted) if needs_itself else (step,))]
    # To know what everything is computed from, every formula is understood; renames alone need none of it.
    phases = {step.change.phase for step in steps}
    levels = _levels(impact.graph) if Phase.FORMULAS in phases else {}
    levels_now = _levels(impact.graph_now) if Phase.DROPS in phases else {}

    def rank(at: int) -> tuple[int, int, int, int]:
        change = steps[at].change
        if change.phase == Phase.DROPS:  # what reads others goes before them
            thing = change.recomputed
            return change.phase, change.rank, -levels_now.get(thing, -1) if thing is not None else 0, at
        needed = change.needs(formulas) if change.phase == Phase.FORMULAS else ()
        return change.phase, max((levels.get(thing, 0) for thing in needed), default=0), change.rank, at

    return [steps[at] for at in _in_turn(_predecessors(steps, formulas), [rank(at) for at in range(len(steps))])]


def _in_turn(behind: Sequence[set[int]], ranks: Sequence[tuple[int, ...]]) -> list[int]:
    """The numbers in an order in which each follows those that it needs, the lowest rank first.

    Numbers that need each other come by rank.
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


def _predecessors(steps: Sequence[Difference], formulas: FormulaNeeds) -> list[set[int]]:
    """For each step, the numbers of the steps before it, which give what it needs or free its name."""
    givers: defaultdict[GraphNode, set[int]] = defaultdict(set)
    for at, step in enumerate(steps):
        for thing in step.change.gives:
            givers[thing].add(at)
    freed = {name.casefold(): at for at, step in enumerate(steps) if (name := step.change.frees)}
    found = []
    for at, step in enumerate(steps):
        needed = {giver for thing in step.change.needs(formulas) if thing in givers for giver in givers[thing]}
        names = {thing.name or thing.table for thing in step.change.gives if thing.kind != "cells"}
        needed |= {freed[name.casefold()] for name in names if name.casefold() in freed}
        found.append(needed - {at})
    return found


# ------------------------------------------------------------ circles


def _in_circles(steps: Sequence[Difference], formulas: FormulaNeeds) -> set[GraphNode]:
    """The things that need themselves, directly or through others."""
    graph: dict[GraphNode, Dependencies] = {}
    for step in steps:
        things = frozenset(step.change.needs(formulas))
        for thing in step.change.gives:
            others = graph[thing].things if thing in graph else frozenset()
            graph[thing] = Dependencies(things | others, frozenset(), False)
    groups = order(graph)
    return {thing for group in groups if len(group) > 1 or group[0] in graph[group[0]].things for thing in group}


def _gives(step: Difference, things: Collection[GraphNode]) -> bool:
    return any(thing in things for thing in step.change.gives)


def _apart(step: Difference, wanted: Doc) -> tuple[Difference, ...]:
    """A step as two, if it can be split."""
    parts = step.change.split(wanted)
    if parts is None:
        return (step,)
    first, rest, because = parts
    return Difference(first, step.because), Difference(rest, because)


# ------------------------------------------------------------ where there is a choice


def _levels(reads: Mapping[GraphNode, Dependencies]) -> dict[GraphNode, int]:
    """How many things have to be computed in turn before each thing; a circle counts as one."""
    levels: dict[GraphNode, int] = {}
    for group in order(reads):
        before = (
            levels.get(step, 0) for thing in group for step in computed_dependencies(reads, thing) if step not in group
        )
        levels |= dict.fromkeys(group, 1 + max(before, default=0))
    return levels
