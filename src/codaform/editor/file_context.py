"""The subject of a request: a text of the editor, in its project, and the formula at a place of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lsprotocol import types as lsp

from codaform.editor.documents import OpenText
from codaform.editor.formulas import WrittenFormula
from codaform.editor.opened import OpenedProject
from codaform.model.schema import Doc
from codaform.source import Source, Span


@dataclass(frozen=True, slots=True)
class FormulaPlace:
    """A place in a formula. at: Its offset in the formula."""

    formula: WrittenFormula
    at: int


@dataclass
class FileContext:
    """A text in its project as of now; its formulas are held against the doc as it was last read.

    name: Of the file in findings; empty for a text outside of any project.
    """

    document: OpenText
    opened: OpenedProject
    name: str

    @cached_property
    def source(self) -> Source:
        """The text as codaform reads it."""
        name = self.name or self.document.uri.rpartition("/")[2]
        if self.document.path is None and self.document.language == "coda" and not name.endswith(".coda"):
            name += ".coda"  # what the editor has in no file yet
        return Source(name, self.document.text.read)

    @property
    def doc(self) -> Doc:
        """The doc that the formulas are of."""
        return self.opened.sound.project.doc

    def place(self, position: lsp.Position) -> int:
        """The offset of a position in the source. Raises NoSuchPlace."""
        return self.document.text.place(position)

    def range(self, span: Span) -> lsp.Range:
        """The range of a span of the source."""
        return self.document.text.range(span)

    def range_in(self, formula: WrittenFormula, span: Span) -> lsp.Range:
        """The range of a part of a formula."""
        return self.range(formula.located(span))

    def formulas(self) -> list[WrittenFormula]:
        """The formulas in the text."""
        return list(self.opened.sound.places.of(self.source))

    def formula_at(self, position: lsp.Position) -> FormulaPlace | None:
        """The formula at a position, None where there is none. Raises NoSuchPlace."""
        at = self.place(position)
        formula = self.opened.sound.places.at(self.source, at)
        return None if formula is None else FormulaPlace(formula, formula.inside(at))
