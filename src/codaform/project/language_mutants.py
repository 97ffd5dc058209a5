"""Mutation testing of the language's own cases: which changes of an example or a truth its result shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from codaform.diagnostics.diagnostic import Diagnostic, errors_in
from codaform.evaluation.example_book import example_workbook
from codaform.evaluation.workbook import Workbook
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.example_doc import DOC
from codaform.model.notation import notate
from codaform.model.schema import Column, value_type
from codaform.project.mutants import changes_of
from codaform.project.truths import Truth
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source

_ROW = "Plan"
"""The row in which a truth's formula stands where the truth says nothing."""

_ON_A_PAGE = FormulaSite("named", "", "example")


@dataclass(frozen=True, slots=True)
class LanguageMutants:
    """The changes of the examples of a function, or of the truths.

    unnoticed: The changed formulas that give the result of the formula as it is written.
    """

    name: str
    changes: int
    unnoticed: tuple[str, ...]

    @property
    def noticed(self) -> int:
        """How many changes the result shows."""
        return self.changes - len(self.unnoticed)

    @property
    def share(self) -> float:
        """The share of the changes that the result shows; 1 where there is none."""
        return self.noticed / self.changes if self.changes else 1.0


@dataclass(frozen=True, slots=True)
class _Told:
    """A formula with its result. kind: The type of its column in the table of tasks; without one, it is on a page."""

    formula: str
    result: str
    kind: str = ""
    row: str = _ROW


@cache
def mutants_of_examples() -> Sequence[LanguageMutants]:
    """The changes of each function's examples, all its overloads together, in the order of the catalogue."""
    told: dict[str, list[_Told]] = {}
    for module in SUBJECTS.values():
        for function in declared(module):
            known = told.setdefault(function.name or function.operator, [])
            known.extend(_Told(example.formula, example.result) for example in function.examples)
    book = example_workbook()
    return [_tried(name, every, book) for name, every in told.items()]


def mutants_of_truths(truths: Sequence[Truth]) -> LanguageMutants:
    """The changes of the truths' formulas, without those that need another setting of the doc."""
    usual = [truth for truth in truths if truth.given.keys() <= {"kind", "row"}]
    told = [
        _Told(truth.formula, truth.result, truth.given.get("kind", "other"), truth.given.get("row", _ROW))
        for truth in usual
    ]
    return _tried("truths", told, example_workbook())


def _tried(name: str, told: Iterable[_Told], book: Workbook) -> LanguageMutants:
    changes, unnoticed = 0, []
    for one in told:
        for changed in changes_of(one.formula):
            value = _value(replace(one, formula=changed), book)
            if value is not None:
                changes += 1
                if value == one.result:
                    unnoticed.append(changed)
    return LanguageMutants(name, changes, tuple(unnoticed))


def _value(told: _Told, book: Workbook) -> str | None:
    """What a formula gives, in the notation of the reference; None for one that says nothing."""
    source = Source("example", told.formula)
    if not told.kind:
        bound, said = bind_site(DOC, _ON_A_PAGE, source, None)
        return None if _is_unfit(bound, said) else notate(book.evaluate(bound), book)
    place = FormulaSite("action" if told.kind == "button" else "formula", "Tasks", "Shown")
    bound, said = bind_site(DOC, place, source, value_type(Column("Shown", told.kind)))
    return None if _is_unfit(bound, said) else notate(book.evaluate(bound, book.find(told.row, "Tasks")), book)


def _is_unfit(bound: Bound, said: Sequence[Diagnostic]) -> bool:
    """Whether a formula has an error, or gives another value each time."""
    calls = (part for part in ir.parts(bound.body) if isinstance(part, ir.Call))
    return bool(errors_in(said)) or any(call.function.name.startswith("Random") for call in calls)
