"""What there is to say of one text while it is typed: held against the doc as it was last read as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.editor.formulas import FormulaPlaces, WrittenFormula
from codaform.project import shape_checks, shapes, yaml_tree
from codaform.project.check import as_measured
from codaform.project.files import controls_in
from codaform.project.lint import judged, said_of
from codaform.project.project import CaseFile, Project, ScenarioFile, cases
from codaform.project.quoting import as_text, cut_formulas, without_quotes
from codaform.project.validation import check_case, check_scenario, validation
from codaform.source import Source, Span


class QuickCheck:
    """The findings in single texts of a project, found at once."""

    def __init__(self, project: Project, places: FormulaPlaces) -> None:
        self._project = project
        self._places = places
        self._fit = validation(project.doc)
        self._cases = {file.source.name: file.place for file in project.cases}
        self._scenarios = {file.source.name for file in project.scenarios}

    def found(self, source: Source) -> list[Diagnostic]:
        """What there is to say of a text by itself. source: With the name of a project's file."""
        if no_text := controls_in(source):
            return no_text
        if PurePosixPath(source.name).suffix == ".coda":
            return self._formulas(source)
        shape = self._shape(source.name)
        if shape is None:
            return []
        tree = yaml_tree.compose(source)
        if isinstance(tree, Diagnostic):
            return [without_quotes(source, tree) or tree]
        found = cut_formulas(tree, shape, source) or shape_checks.check(tree, shape, source)
        if found:
            return found
        if source.name in self._cases:
            file = CaseFile(source, tree, self._cases[source.name])
            return [one for _, node in cases(file) for one in check_case(self._fit, file, node)]
        if source.name in self._scenarios:
            return check_scenario(self._fit, ScenarioFile(source, tree))
        return self._formulas(source)

    def _shape(self, name: str) -> shapes.Shape | None:
        if name in self._cases:
            return shapes.CASES
        if name in self._scenarios:
            return shapes.SCENARIO
        return {"doc.yml": shapes.DOC, "table.yml": shapes.TABLE}.get(PurePosixPath(name).name)

    def _formulas(self, source: Source) -> list[Diagnostic]:
        said = [one for formula in self._places.of(source) for one in self._said(formula)]
        return judged(as_measured([as_text(one) for one in said]), self._project.lint)

    def _said(self, formula: WrittenFormula) -> Sequence[Diagnostic]:
        bound, said = formula.bound(self._project)
        return said_of(self._project.doc, formula.site, bound.body, formula.text, said)


def since(whole: Sequence[Diagnostic], before: str, quick: QuickCheck, source: Source) -> list[Diagnostic]:
    """What there is to say of a text that was edited since the whole project was checked.

    whole: What the check of the whole project said of the text as it was before. Of this, what a quick check sees is
    looked at again, and the rest moves with the text that it is about.
    """
    if source.text == before:
        return [*whole]
    seen = Counter(map(_told, quick.found(Source(source.name, before))))
    told = Counter(map(_told, whole))
    unsaid = seen - told  # a quick finding that followed from another one
    alike = _alike(before, source.text)
    rest = [moved for one in whole if not seen[_told(one)] and (moved := _moved(one, source, *alike)) is not None]
    return [*(one for one in quick.found(source) if not unsaid[_told(one)]), *rest]


def _told(one: Diagnostic) -> tuple[str, str]:
    return one.rule.code, one.message


def _alike(before: str, after: str) -> tuple[int, int]:
    """How many characters are the same at the beginning of two texts, and behind those at their end."""
    most = min(len(before), len(after))
    start = _most(most, lambda count: before[:count] == after[:count])
    return start, _most(most - start, lambda count: before[len(before) - count :] == after[len(after) - count :])


def _most(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest count up to a limit for which something holds that holds for all smaller ones."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _moved(one: Diagnostic, source: Source, start: int, end: int) -> Diagnostic | None:
    """A finding at its place in the edited text; None where the text that it is about was edited.

    start, end: How much of the text is the same at its beginning and its end.
    """
    before, after = one.source.text, source.text
    if one.span.end <= start:
        return replace(one, source=source, fix=None)
    if one.span.start < len(before) - end:
        return None
    by = len(after) - len(before)
    return replace(one, source=source, span=Span(one.span.start + by, one.span.end + by), fix=None)
