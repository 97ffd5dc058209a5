"""The state of one binding: the formula, its diagnostics, its names, the slots in use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Fix, Rule
from codaform.model import types
from codaform.model.types import Type
from codaform.semantics import ir
from codaform.semantics.scope import Scope
from codaform.source import Span, frozen
from codaform.syntax import ast

How = Literal["own", "item", "outer", "member", "argument", "doc", "local", "option", "row"]
"""How a name got its meaning: as a column of this row, of the current item, of an item further out, of
what stands before the point; as a column that is named and not read; as a thing of the doc; as what WithName has named;
as the text of an option or of a row."""


@frozen
class Reference:
    """A name in the text of a formula, and what it means.

    name: As the schema spells it. table: Of a column, the table that has it; empty for all else.
    """

    span: Span
    how: How
    name: str
    table: str = ""


@dataclass
class Binding:
    """Grows while a formula is understood. Slot 0 is taken by `thisRow`.

    named: Each resolved bare name, with its scope. references: The meaning of each name. strict: Whether the doc takes
    aggregates of nothing for errors.
    """

    formula: ast.Formula
    strict: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)
    slots: int = 1
    named: list[tuple[ast.Name, Scope]] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def say(self, rule: Rule, message: str, span: Span, help: str = "", fix: Fix | None = None) -> None:
        """Note a finding at a place of the formula."""
        self.diagnostics.append(Diagnostic(rule, message, self.formula.source, span, help, fix))

    def refer(self, span: Span, how: How, name: str, table: str = "") -> None:
        """Note what a name means."""
        self.references.append(Reference(span, how, name, table))

    def slot(self) -> int:
        """An unused slot."""
        self.slots += 1
        return self.slots - 1


def fails(span: Span, message: str, kind: Type = types.FAULTY) -> ir.Fails:
    """The node of a part that cannot be computed here."""
    return ir.Fails(rules.NOT_COMPUTED.name, message, kind, span)
