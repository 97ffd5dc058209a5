"""The formulas in a text of a project: where each begins and ends, and what the doc knows it as."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import get_args

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types
from codaform.model.types import Type
from codaform.project import shapes, yaml_tree
from codaform.project.file_names import is_folder_of
from codaform.project.inline import inline_formula, inline_formulas
from codaform.project.project import Project
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, Role, bind_site, formulas
from codaform.source import Source, Span, frozen

PAGE = FormulaSite("named", "", "")
"""Where a formula stands that is nothing's in the doc."""

_YAML = {"doc.yml": shapes.DOC, "table.yml": shapes.TABLE}


@frozen
class WrittenFormula:
    """A formula in a text. text: The formula, which knows its place in YAML. kind: The type that its place holds."""

    site: FormulaSite
    text: Source
    kind: Type | None

    def located(self, span: Span) -> Span:
        """The place in the file of a part of the formula."""
        return span if self.text.passage is None else self.text.passage.located(span)

    def holds(self, at: int) -> bool:
        """Whether a place of the file is in the formula, or at one of its ends."""
        passage = self.text.passage
        return passage is None or passage.span.start <= at <= passage.span.end

    def inside(self, at: int) -> int:
        """The place in the formula of a place in the file."""
        if self.text.passage is None:
            return at
        low, high = 0, len(self.text.text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.end(middle) <= at else (low, middle - 1)
        return low

    def end(self, at: int) -> int:
        """Where the file has what stands before a place of the formula."""
        return self.located(Span(at - 1, at)).end if at > 0 else self.located(Span(0, 0)).start

    def bound(self, project: Project) -> tuple[Bound, tuple[Diagnostic, ...]]:
        """The formula as understood in a project, and what there is to say of it."""
        return bind_site(project.doc, self.site, self.text, self.kind)


class FormulaPlaces:
    """The formulas of a project by the files that they have for themselves, and by their places in the doc."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._in_file: dict[str, tuple[FormulaSite, Type | None]] = {}
        self._kinds: dict[FormulaSite, Type] = {}
        self._texts: dict[FormulaSite, Source] = {}
        for site, source, kind in formulas(project.doc):
            self._kinds[site], self._texts[site] = kind, source
            if source.passage is None:
                self._in_file.setdefault(source.name, (site, kind))
        for test in project.tests:
            if test.formula is not None and test.formula.passage is None:
                site = FormulaSite("test", test.table, test.name)
                self._in_file.setdefault(test.formula.name, (site, types.BOOLEAN))

    def text(self, site: FormulaSite) -> Source:
        """The text of a formula of the doc. Raises KeyError."""
        return self._texts[site]

    def of(self, source: Source) -> Iterator[WrittenFormula]:
        """The formulas in a text with the name of a project's file, from first to last."""
        path = PurePosixPath(source.name)
        if path.suffix == ".coda":
            site, kind = self._in_file.get(source.name) or (self._meant(path), None)
            yield WrittenFormula(site, source, kind)
        elif path.name in _YAML:
            tree = yaml_tree.compose(source)
            if not isinstance(tree, Diagnostic):
                yield from self._in_yaml(tree, source, path)

    def _meant(self, path: PurePosixPath) -> FormulaSite:
        """Where the formula of a file stands that nothing names yet: in a table's folder, it is one of the table."""
        folder = path.parent.name
        table = next((name for name in self._project.doc.tables if is_folder_of(folder, name)), "")
        return FormulaSite("test", table, path.stem) if table else PAGE

    def _in_yaml(self, tree: yaml_tree.Node, source: Source, path: PurePosixPath) -> Iterator[WrittenFormula]:
        table = yaml_tree.text_at(tree, "table", path.parent.name) if path.name == "table.yml" else ""
        found = inline_formulas(tree, _YAML[path.name])
        for owner, key, scalar in sorted(found, key=lambda one: one[2].span.start):
            yield self._written(owner, key, inline_formula(scalar, source), table)

    def _written(self, owner: yaml_tree.Node, key: str, text: Source, table: str) -> WrittenFormula:
        name = yaml_tree.text_at(owner, "name")
        role: Role = key if key in get_args(Role) else "test"  # type: ignore[assignment]
        if not table and role == "formula":
            role = "named"
        site = FormulaSite(role, table, name)
        kind = self._kinds.get(site)
        if kind is None:
            # A data test has a name of its own, or is one of a column.
            role = role if role in ("action", "choices") else "test"
            site = FormulaSite(role, table, name or text.text)
            kind = types.ACTION if role == "action" else types.BOOLEAN if role == "test" and table else None
        return WrittenFormula(site, text, kind)

    def at(self, source: Source, place: int) -> WrittenFormula | None:
        """The formula at a place of a text."""
        return next((one for one in self.of(source) if one.holds(place)), None)
