"""Mutation testing: small changes of formulas, each of which a case should notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from codaform.diagnostics.diagnostic import errors_in
from codaform.project.cases import run_case
from codaform.project.project import CaseFile, Project, cases
from codaform.project.session import Session
from codaform.project.suite import promises
from codaform.semantics.program import FormulaSite, formulas, with_texts
from codaform.source import Source, Span
from codaform.syntax import ast
from codaform.syntax.parser import parse

_SIGNS = {
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "=": "!=",
    "!=": "=",
    "AND": "OR",
    "OR": "AND",
}
_FUNCTIONS = {
    "min": "Max",
    "max": "Min",
    "first": "Last",
    "last": "First",
    "isblank": "IsNotBlank",
    "isnotblank": "IsBlank",
    "sum": "Count",
    "average": "Sum",
    "floor": "Ceiling",
    "ceiling": "Floor",
    "and": "Or",
    "or": "And",
}
_KEYWORDS = {"true": "false", "false": "true"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A formula with one change. span: The replaced part. text: Its replacement."""

    place: FormulaSite
    source: Source
    span: Span
    text: str

    @property
    def formula(self) -> str:
        """The changed formula."""
        return self.source.text[: self.span.start] + self.text + self.source.text[self.span.end :]

    @property
    def file(self) -> str:
        """The file of the formula."""
        return (self.source if self.source.passage is None else self.source.passage.whole).name

    @property
    def before(self) -> str:
        """The replaced text."""
        return self.source.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class MutantOutcome:
    """Whether anything noticed a change. by: The case, data test or scenario that did; empty for none."""

    mutant: Mutant
    by: str


def mutants_of(project: Project) -> list[Mutant]:
    """The changes of all formulas that have cases of their own."""
    told = {file.place for file in project.cases}
    found: list[Mutant] = []
    for place, source, _ in formulas(project.doc):
        tree, _ = parse(source)
        if place in told and tree is not None:
            found.extend(Mutant(place, source, span, text) for span, text in _changes(tree.expression, source.text))
    return found


def try_mutants(
    project: Project, mutants: Sequence[Mutant], done: Callable[[], None] = lambda: None
) -> Iterator[MutantOutcome]:
    """Which changes are noticed: first by the formula's own cases, then by any other test.

    A change with an error is left out. done: Is called after each one.
    """
    by_place: dict[FormulaSite, list[CaseFile]] = {}
    for file in project.cases:
        by_place.setdefault(file.place, []).append(file)
    for mutant in mutants:
        changed = Source(mutant.source.name, mutant.formula)
        session = Session(replace(project, doc=with_texts(project.doc, {mutant.place: changed})))
        if not errors_in(session.diagnostics_of(changed)):
            yield MutantOutcome(mutant, _noticed(session, by_place[mutant.place], mutant.place))
        done()


def _noticed(session: Session, own: Sequence[CaseFile], place: FormulaSite) -> str:
    bound = session.program.formulas[place]
    for file in own:
        for name, node in cases(file):
            if run_case(session, bound, file, node):
                return name
    tried = {file.source.name for file in own}
    others = (name for _, name, file, run, _ in promises(session) if file not in tried and run())
    return next(others, "")


# ---------------------------------------------------------------- changes


def changes_of(formula: str) -> list[str]:
    """A formula with each small change; none of a text that is no formula."""
    tree, _ = parse(Source("formula", formula))
    if tree is None:
        return []
    return [formula[: span.start] + text + formula[span.end :] for span, text in _changes(tree.expression, formula)]


def _changes(tree: ast.Expression, text: str) -> Iterator[tuple[Span, str]]:
    waiting: list[ast.Expression | ast.Argument] = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Literal():
                yield from _of_literal(node)
            case ast.Keyword(name) if name.lower() in _KEYWORDS:
                yield node.span, _KEYWORDS[name.lower()]
            case ast.Operation():
                yield from _of_operation(node, text)
                waiting.extend(node.operands)
            case ast.Call():
                yield from _of_call(node, text)
                waiting.extend([*(() if node.receiver is None else (node.receiver,)), *node.args])
            case ast.Member(target):
                waiting.append(target)
            case ast.Argument(_, value):
                waiting.append(value)
            case ast.Group(inner):
                waiting.append(inner)


def _of_literal(node: ast.Literal) -> Iterator[tuple[Span, str]]:
    match node.value:
        case bool():
            yield node.span, "false" if node.value else "true"
        case float():
            yield node.span, f"{node.value + 1:g}"
        case str():
            yield node.span, '""' if node.value else '"?"'


def _of_operation(node: ast.Operation, text: str) -> Iterator[tuple[Span, str]]:
    other = _SIGNS.get(node.sign.upper())
    for left, right in zip(node.operands, node.operands[1:], strict=False):
        between = text[left.span.end : right.span.start]
        at = between.upper().find(node.sign.upper())
        if other is not None and at >= 0:
            start = left.span.end + at
            yield Span(start, start + len(node.sign)), other
    if node.sign.upper() in ("AND", "OR"):
        idle = "true" if node.sign.upper() == "AND" else "false"
        yield from ((operand.span, idle) for operand in node.operands)


def _of_call(node: ast.Call, text: str) -> Iterator[tuple[Span, str]]:
    name = node.function.lower()
    if name in _FUNCTIONS:
        yield node.name_span, _FUNCTIONS[name]
    asked: Mapping[str, int] = {"filter": 0 if node.receiver is not None else 1, "if": 0}
    if name in asked and len(node.args) > asked[name] and not isinstance(node.args[asked[name]], ast.Missing):
        span = node.args[asked[name]].span
        if name == "if":
            yield span, f"Not({text[span.start : span.end]})"
        else:
            yield span, "true"
