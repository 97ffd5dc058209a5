"""Formulas that are given to tools where a reply has no place for what is wrong with them: understood, or refused."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types
from codaform.model.types import Type
from codaform.semantics.bind import Bound
from codaform.semantics.program import Place, bind_at
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.mcp.endpoint import Refused
from codaform.source import Source, position


def understood(doc: LocalDoc, text: str, place: Place, expected: Type | None) -> Bound:
    """A formula as understood at its place. Raises Refused for one with an error, with the error and where it is."""
    bound, said = bind_at(doc.book.doc, place, Source("formula", text), expected)
    for diagnostic in said:
        if diagnostic.rule.severity == "error":
            raise Refused(_told(diagnostic))
    return bound


def condition(doc: LocalDoc, text: str, table: str) -> Bound:
    """A condition on the rows of a table. Raises Refused."""
    return understood(doc, text, Place("filter", table, ""), types.BOOLEAN)


def action(doc: LocalDoc, text: str) -> Bound:
    """What a button on a page does. Raises Refused."""
    return understood(doc, text, Place("action", "", ""), types.ACTION)


def _told(diagnostic: Diagnostic) -> str:
    at = position(diagnostic.source, diagnostic.span.start)
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"The formula cannot be computed, line {at.line}, column {at.column}: {diagnostic.message}{help}"
