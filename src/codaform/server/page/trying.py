"""Any formula, tried on a doc: what it gives, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.explain import explain
from codaform.markup.formulas import highlighted
from codaform.markup.values import MOST_ITEMS
from codaform.model.types import describe
from codaform.model.values import Action, Error, Row
from codaform.semantics.bind import Bound
from codaform.semantics.program import Place, bind_at
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.page.explaining import Part, parts, result
from codaform.source import Source

MOST_LETTERS = 20_000
"""How long a formula may be that is tried while it is typed."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a formula gives.

    value: As HTML; empty where it could not be computed. note: What else there is to know of the value.
    failed: Whether there is no value because of an error. tree: The value of every part.
    """

    text: Markup
    value: Markup
    type: str
    note: str
    failed: bool
    diagnostics: tuple[Diagnostic, ...]
    tree: Part | None


def tried(doc: LocalDoc, text: str, row: Row | None) -> Tried:
    """Understand and compute a formula in a row, or on a page. Nothing in the doc is changed, whatever it says."""
    text = text[:MOST_LETTERS]
    source = Source("formula", text)
    place = Place("test" if row is not None else "named", row.table if row is not None else "", "")
    bound, said = bind_at(doc.book.doc, place, source, None)
    marked = highlighted(doc.book.doc, text, said)
    if any(diagnostic.rule.severity == "error" for diagnostic in said):
        return Tried(marked, Markup(""), "", "", True, said, None)
    return _computed(doc, source, bound, said, marked, row)


def _computed(
    doc: LocalDoc, source: Source, bound: Bound, said: tuple[Diagnostic, ...], marked: Markup, row: Row | None
) -> Tried:
    step = explain(source, bound, doc.book, row)
    value, note = step.value, ""
    if isinstance(value, Action):
        note = "an action: a button would do this"
    elif isinstance(value, list):
        note = f"{len(value)} value{'' if len(value) == 1 else 's'}"
    html = result(doc, value, MOST_ITEMS)
    failed = isinstance(value, Error)
    return Tried(marked, html, describe(bound.type), note, failed, said, parts(doc, step) if step.children else None)
