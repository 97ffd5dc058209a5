"""The meaning of a place in a formula: a name of the doc, a function, a keyword, or a part with a type."""

from __future__ import annotations

from functools import cached_property

from codaform.editor.file_context import FormulaPlace
from codaform.library import catalogue
from codaform.library.function import Function
from codaform.project.project import Project
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.bind_state import Reference
from codaform.source import Span
from codaform.syntax.tokens import Piece, pieces


class Standing:
    """The meaning of a place in a formula."""

    def __init__(self, project: Project, place: FormulaPlace) -> None:
        self.project = project
        self.formula = place.formula
        self.at = place.at

    @property
    def text(self) -> str:
        """The formula."""
        return self.formula.text.text

    @cached_property
    def bound(self) -> Bound:
        """The formula as understood."""
        return self.formula.bound(self.project)[0]

    @cached_property
    def piece(self) -> Piece | None:
        """The word or sign at the place; a word that ends there comes before what begins there."""
        found = [one for one in pieces(self.text) if one.start <= self.at <= one.end and one.kind not in _UNSAID_KINDS]
        return min(found, key=lambda one: one.kind in _SIGNS, default=None)

    @cached_property
    def reference(self) -> Reference | None:
        """The name of the doc."""
        found = [one for one in self.bound.references if one.span.start <= self.at <= one.span.end]
        return min(found, key=lambda one: one.span.end - one.span.start, default=None)

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The overloads of the function that is called by the word here; none where no function is."""
        piece = self.piece
        if piece is None or piece.kind not in ("name", "keyword"):
            return ()
        called = self.text[piece.end :].lstrip().startswith("(")
        return catalogue.find(self.text[piece.start : piece.end]) if called else ()

    @cached_property
    def part(self) -> ir.Node | None:
        """The innermost part of the formula with a type."""
        found = [
            one
            for one in ir.parts(self.bound.body)
            if one.span.start <= self.at <= one.span.end
            and one.span.start < one.span.end
            and not isinstance(one, _UNSAID)
        ]
        return min(found, key=lambda one: one.span.end - one.span.start, default=None)

    @property
    def span(self) -> Span | None:
        """Its place."""
        if self.reference is not None:
            return self.reference.span
        return None if self.piece is None else Span(self.piece.start, self.piece.end)


_SIGNS = ("punctuation", "operator")
_UNSAID_KINDS = ("blank", "comment")
_UNSAID = (ir.Convert, ir.Lambda)
