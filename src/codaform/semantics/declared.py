"""Whether named formulas give what they are declared to give."""

from __future__ import annotations

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types
from codaform.model.kinds import kind_of
from codaform.model.schema import Doc, formula_type
from codaform.model.types import ListOf, OneOf, RowOf, Type, Variable, describe
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Span

_UNCLEAR = frozenset({types.ANY, types.FAULTY, types.BLANK, types.ACTION, types.OBJECT})
_DAYS = frozenset({types.DATE, types.DATETIME})


def declared_types(doc: Doc) -> list[Diagnostic]:
    """The named formulas whose declared type is another than that of their formula; unclear types are not judged."""
    found: list[Diagnostic] = []
    for named in doc.formulas.values():
        place, wanted = FormulaSite("named", "", named.name), formula_type(named)
        bound, said = bind_site(doc, place, named.formula, None)
        if _alike(bound.type, wanted) or any(one.rule.severity == "error" for one in said):
            continue
        kind, many, to = kind_of(bound.type)
        if kind == "other":
            continue
        message = f"{named.name} is declared as {describe(wanted)}, and its formula gives {describe(bound.type)}"
        help = f"type: {kind}{f', to: {to}' if to else ''}{', many: true' if many else ''}"
        text = named.formula.text
        start = len(text) - len(text.lstrip())
        span = Span(start, start + len(text.strip().partition("\n")[0]))
        found.append(Diagnostic(rules.DECLARED_TYPE, message, named.formula, span, help))
    return found


def _alike(actual: Type, wanted: Type) -> bool:
    if actual in _UNCLEAR or isinstance(actual, OneOf | Variable):
        return True
    if isinstance(actual, ListOf) != isinstance(wanted, ListOf):
        return False
    if isinstance(actual, ListOf) and isinstance(wanted, ListOf):
        return isinstance(actual.item, ListOf) or _alike(actual.item, wanted.item)
    if isinstance(actual, RowOf) and isinstance(wanted, RowOf):
        return not actual.table or not wanted.table or actual.table == wanted.table
    return actual == wanted or wanted in (types.ANY, types.OBJECT) or {actual, wanted} <= _DAYS
