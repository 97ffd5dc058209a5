"""The order in which changes can be made: each behind what it needs."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from codaform.deploy.planning.changes import (
    AddColumn,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    SetAction,
    SetDefault,
    SetDisplay,
    SetFormula,
    SetNamedFormula,
    SetView,
)
from codaform.deploy.planning.differences import Difference
from codaform.model.schema import views
from codaform.semantics.dependencies import Reads, Thing, order, reads
from codaform.semantics.program import Program

_COMPUTED = 5
"""The phase in which things stand that are computed from each other."""


def phase(change: Change) -> int:
    """When a change is made: renames, tables, plain columns, relations, formats and options, what is computed and what
    buttons do, what the rows are known by, defaults, and what is dropped."""
    match change:
        case RenameTable() | RenameColumn():
            return 0
        case AddTable():
            return 1
        case AddColumn(_, column) if column.computed:
            return _COMPUTED
        case AddColumn(_, column):
            return 3 if column.kind == "relation" else 2
        case SetFormula(_, _, _, after):
            return _COMPUTED if after is not None else 4
        case AddView() | SetView() | AddFormula() | SetNamedFormula() | SetAction():
            return _COMPUTED
        case SetDisplay():
            return 6
        case SetDefault():
            return 7
        case DropView() | DropFormula() | DropColumn() | DropTable():
            return 8
    return 4


def thing_of(change: Change) -> Thing | None:
    """What is computed otherwise after a change; None for a change after which nothing is."""
    match change:
        case AddColumn(table, column):
            return Thing("cells", table, column.name)
        case SetView(_, view) | AddView(view):
            return Thing("view", view.table, view.name)
        case SetNamedFormula(_, formula) | AddFormula(formula):
            return Thing("named", "", formula.name)
        case SetFormula(table, name) | SetAction(table, name) | DropColumn(table, name):
            return Thing("cells", table, name)
        case DropView(table, name):
            return Thing("view", table, name)
        case DropFormula(name):
            return Thing("named", "", name)
        case DropTable(table):
            return Thing("rows", table)
    return None


def ordered(
    differences: Sequence[Difference], wanted: Program, needs: Mapping[Thing, Reads], now: Mapping[Thing, Reads]
) -> list[Difference]:
    """The same differences in the order in which they are made.

    A new column whose formula needs the column itself, by whatever way round, comes without it, and the formula follows
    when all of them are there.

    wanted: The program of the doc as it is to be. needs: What its things read. now: What those of the doc read.
    """
    phases: defaultdict[int, list[Difference]] = defaultdict(list)
    for difference in differences:
        phases[phase(difference.change)].append(difference)
    computed = _by_need(phases[_COMPUTED], _with_buttons(needs, wanted))
    circles = _in_circles(needs)
    early: list[Difference] = []
    late: list[Difference] = []
    for difference in computed:
        alone, formula = _apart(difference, circles)
        early += [alone] if alone is not None else []
        late.append(formula)
    phases[3] += early
    phases[_COMPUTED] = late
    phases[8] = _drops(phases[8], now)
    return [difference for number in sorted(phases) for difference in phases[number]]


def _by_need(differences: Sequence[Difference], needs: Mapping[Thing, Reads]) -> list[Difference]:
    """Each behind what it reads; where that leaves a choice, columns, views, named formulas, and buttons last."""
    groups: defaultdict[int, list[Difference]] = defaultdict(list)
    # What is computed and does not change may stand between two things that do.
    number_of = {thing: number for number, group in enumerate(order(needs)) for thing in group}
    things = [(thing_of(difference.change), difference) for difference in differences]
    firsts: dict[int, tuple[int, int]] = {}
    for at, (thing, difference) in enumerate(things):
        assert thing is not None
        number = number_of.setdefault(thing, len(number_of))
        groups[number].append(difference)
        firsts.setdefault(number, (_rank(difference.change), at))
    behind: defaultdict[int, set[int]] = defaultdict(set)
    for thing, read in needs.items():
        for step in read.things:
            if step in number_of and number_of[step] != number_of[thing]:
                behind[number_of[thing]].add(number_of[step])
    reach = _changing(groups.keys(), behind)
    waiting = {number: len(reach[number]) for number in groups}
    readers: defaultdict[int, list[int]] = defaultdict(list)
    for number in groups:
        for needed in reach[number]:
            readers[needed].append(number)
    ready = [(firsts[number], number) for number, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    found: list[Difference] = []
    while ready:
        _, number = heapq.heappop(ready)
        found += groups[number]
        for reader in readers[number]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                heapq.heappush(ready, (firsts[reader], reader))
    return found


def _changing(changing: Iterable[int], behind: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """For each group that changes, the changing ones that it needs first; through what does not change as well.

    A group's number is higher than those of all that it needs.
    """
    wanted = {*changing}
    nearest: dict[int, set[int]] = {}
    for number in sorted({*behind, *wanted}):
        found: set[int] = set()
        for step in behind.get(number, ()):
            found |= {step} if step in wanted else nearest.get(step, set())
        nearest[number] = found
    return {number: nearest[number] for number in wanted}


def _apart(difference: Difference, circles: Collection[Thing]) -> tuple[Difference | None, Difference]:
    """A new column that needs itself as one without a formula, and its formula."""
    match difference.change:
        case AddColumn(table, column) if column.formula is not None and Thing("cells", table, column.name) in circles:
            alone = Difference(AddColumn(table, replace(column, formula=None)), difference.because)
            formula = SetFormula(table, column.name, None, column.formula.text.strip())
            return alone, Difference(formula, "it reads its own column, which has to be there first")
    return None, difference


def _in_circles(needs: Mapping[Thing, Reads]) -> set[Thing]:
    """What needs itself, by whatever way round."""
    groups = order(needs)
    return {thing for group in groups if len(group) > 1 or group[0] in needs[group[0]].things for thing in group}


def _rank(change: Change) -> int:
    match change:
        case AddView() | SetView():
            return 1
        case AddFormula() | SetNamedFormula():
            return 2
        case SetAction():
            return 3
        case AddColumn(_, column) if column.kind == "button":
            return 3
    return 0


def _with_buttons(needs: Mapping[Thing, Reads], program: Program) -> dict[Thing, Reads]:
    """What things need to be made: also, of buttons what they act on, and of views the buttons that they show."""
    found = dict(needs)
    for place, bound in program.formulas.items():
        if place.role in ("action", "disable_if"):
            thing = Thing("cells", place.table, place.name)
            known = found.get(thing, Reads(frozenset(), frozenset(), False))
            found[thing] = replace(known, things=known.things | reads(program.doc, bound.body).things)
    more = dict(found)
    for view in views(program.doc):
        buttons = {name for name, column in program.doc.tables[view.table].columns.items() if column.kind == "button"}
        shown = frozenset(Thing("cells", view.table, name) for name in buttons.intersection(view.columns))
        thing = Thing("view", view.table, view.name)
        more[thing] = replace(more[thing], things=more[thing].things | shown)
    # A button that acts on the view that shows it: then the view comes first, and shows it later.
    rings = _in_circles(more)
    return {thing: found[thing] if thing in rings else read for thing, read in more.items()}


def _drops(differences: Sequence[Difference], now: Mapping[Thing, Reads]) -> list[Difference]:
    """Views and formulas first, then columns and tables; what reads others goes before them."""
    number_of = {thing: number for number, group in enumerate(order(now)) for thing in group}
    ranks = {DropView: 0, DropFormula: 0, DropColumn: 1, DropTable: 2}

    def key(difference: Difference) -> tuple[int, int]:
        thing = thing_of(difference.change)
        return ranks[type(difference.change)], -number_of.get(thing, -1) if thing is not None else 0

    return sorted(differences, key=key)
