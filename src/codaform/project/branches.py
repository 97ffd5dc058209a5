"""Branch coverage: which branches of the doc's formulas no case, scenario or sample row takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codaform.library import logic
from codaform.model.schema import views
from codaform.project.project import Project
from codaform.project.session import Session
from codaform.project.suite import Outcome, run_suite
from codaform.semantics import ir
from codaform.semantics.program import FormulaSite, formulas
from codaform.source import NOWHERE, Source, Span

_JOINING = (logic.and_, logic.or_)

_WHOLE = "never computed"


@dataclass(frozen=True, slots=True)
class FormulaBranch:
    """One way through a formula.

    what: What never happened unless it is taken, like `never true`. span: What decides. inside: What it leads to.
    """

    what: str
    span: Span
    taken: bool
    inside: Span = NOWHERE

    @property
    def decides(self) -> bool:
        """Whether the branch is a part of the formula and not the whole."""
        return self.what != _WHOLE


@dataclass(frozen=True, slots=True)
class BranchesOfFormula:
    """A formula with its branches, the first of which is the formula itself."""

    place: FormulaSite
    source: Source
    branches: tuple[FormulaBranch, ...]

    @property
    def file(self) -> str:
        """The file of the formula."""
        return (self.source if self.source.passage is None else self.source.passage.whole).name

    @property
    def taken(self) -> int:
        """How many branches are taken."""
        return sum(branch.taken for branch in self.branches)

    @property
    def missing(self) -> tuple[FormulaBranch, ...]:
        """The branches that are not taken, without those inside of another one."""
        left = [branch for branch in self.branches if not branch.taken]
        return tuple(one for one in left if not any(_leads_to(other, one) for other in left if other is not one))


def _leads_to(outer: FormulaBranch, branch: FormulaBranch) -> bool:
    return outer.inside.start <= branch.span.start and branch.span.end <= outer.inside.end


class _Counts:
    """How often each part was computed, and how often its value held as a condition."""

    def __init__(self) -> None:
        self.times: Counter[int] = Counter()
        self.held: Counter[int] = Counter()

    def note(self, node: ir.Node, value: object) -> None:
        """Take note of the value of a part."""
        self.times[id(node)] += 1
        self.held[id(node)] += value is True or (isinstance(value, list) and bool(value) and all(value))


def measure_branches(
    project: Project, only: Sequence[str] = (), on_outcome: Callable[[Outcome], None] | None = None
) -> tuple[list[BranchesOfFormula], list[Outcome]]:
    """The branches of each formula after all sample rows were computed and all tests were run, and their outcomes.

    only: Words; run only tests with one of them in their name or file.
    """
    counts = _Counts()
    session = Session(project, watch=counts.note)
    outcomes = run_suite(project, on_outcome, only, session)
    _compute_all(session)
    known = session.book.program.formulas
    found = [
        BranchesOfFormula(place, source, tuple(_branches(known[place].body, counts)))
        for place, source, _ in formulas(project.doc)
    ]
    return found, outcomes


def _compute_all(session: Session) -> None:
    """Compute all that the doc shows of the sample rows."""
    book, doc = session.book, session.project.doc
    for table in doc.tables.values():
        for column in table.columns.values():
            if column.kind != "button":
                book.values(table.name, column.name)
            if column.disable_if is not None:
                bound = book.program.formulas[FormulaSite("disable_if", table.name, column.name)]
                for row in book.rows(table.name):
                    book.evaluate(bound, row)
    for view in views(doc):
        book.rows(view.name)
    for name in doc.formulas:
        book.named_value(name)
    for name in doc.controls:
        for role in ("choices", "disable_if"):
            of_control = book.program.formulas.get(FormulaSite(role, "", name))
            if of_control is not None:
                book.evaluate(of_control)


# ------------------------------------------------------------ branches


def _branches(body: ir.Node, counts: _Counts) -> Iterator[FormulaBranch]:
    yield FormulaBranch(_WHOLE, body.span, counts.times[id(body)] > 0, body.span)
    told: set[int] = set()
    inner: set[int] = set()
    for node in ir.parts(body):
        if not isinstance(node, ir.Call):
            continue
        if node.function in _JOINING:
            yield from _of_conditions(node, counts, told, inner)
            continue
        if node.function in (logic.if_, logic.switch, logic.switch_if):
            yield from _of_results(node, counts, told)
        elif node.function is logic.if_blank:
            yield from _of_fallback(node, counts)
        elif node.function is not logic.with_name and not node.function.action:
            for argument in node.args:
                if isinstance(argument, ir.Lambda) and argument.slot is not None:
                    asked = argument.body
                    yield FormulaBranch("never asked", asked.span, counts.times[id(asked)] > 0, asked.span)


def _handed(node: ir.Node) -> ir.Node:
    """What an argument computes where it is handed over unevaluated."""
    return node.body if isinstance(node, ir.Lambda) and node.slot is None else node


def _of_results(call: ir.Call, counts: _Counts, told: set[int]) -> Iterator[FormulaBranch]:
    """The results of If, Switch and SwitchIf, each with what decides for it."""
    given = [
        (parameter.name, part, None if node is None else _handed(node)) for parameter, part, node in ir.arguments(call)
    ]
    results: list[tuple[str, ir.Node, ir.Node]] = []
    otherwise: ir.Node | None = None
    asked: ir.Node | None = None
    for number, (name, part, node) in enumerate(given):
        if node is None:
            continue
        if call.function is logic.if_ and number == 1:
            decides = given[0][2]
            assert decides is not None
            results.append(("never true", decides, node))
        elif name == "cases" and part == 1:
            assert asked is not None
            results.append(("never true" if call.function is logic.switch_if else "never this case", asked, node))
        elif number and name != "cases":
            otherwise = node
        asked = node
    for what, decides, result in results:
        told.add(id(_condition(decides)))
        yield FormulaBranch(what, decides.span, counts.times[id(result)] > 0, result.span)
    last = results[-1][1] if results else call
    what = "never none of the cases" if call.function is logic.switch else "never false"
    if otherwise is not None:
        yield FormulaBranch(what, last.span, counts.times[id(otherwise)] > 0, otherwise.span)
    else:
        yield FormulaBranch(
            what, last.span, counts.times[id(call)] > sum(counts.times[id(each)] for _, _, each in results)
        )


def _condition(node: ir.Node) -> ir.Node:
    while isinstance(node, ir.Convert):
        node = node.value
    return node


def _of_fallback(call: ir.Call, counts: _Counts) -> Iterator[FormulaBranch]:
    value, fallback = call.args[:2]
    if value is not None and fallback is not None:
        times = counts.times[id(_handed(fallback))]
        yield FormulaBranch("never blank", value.span, times > 0, _handed(fallback).span)
        yield FormulaBranch("never filled", value.span, counts.times[id(call)] > times)


def _of_conditions(call: ir.Call, counts: _Counts, told: set[int], inner: set[int]) -> Iterator[FormulaBranch]:
    """The conditions of AND, each of which may be the first false one, and of OR, each of which may be the first true.

    told: The calls whose value an If tells. inner: Those that are a part of a longer one: `a AND b AND c` is one AND.
    """
    if id(call) in inner:
        return
    every = call.function is logic.and_
    for condition in _joined(call, call, inner):
        times, held = counts.times[id(condition)], counts.held[id(condition)]
        yield FormulaBranch(
            "never false" if every else "never true", condition.span, times > held if every else held > 0
        )
    if id(call) not in told:
        times, held = counts.times[id(call)], counts.held[id(call)]
        yield FormulaBranch("never true" if every else "never false", call.span, held > 0 if every else times > held)


def _joined(call: ir.Call, outer: ir.Call, inner: set[int]) -> Iterator[ir.Node]:
    for argument in call.args:
        if argument is not None:
            handed = _handed(argument)
            plain = _condition(handed)
            if isinstance(plain, ir.Call) and plain.function is outer.function:
                inner.add(id(plain))
                yield from _joined(plain, outer, inner)
            else:
                yield handed
