"""All formulas of a doc, understood at their places."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types, unexpected
from codaform.model.schema import (
    Column,
    Control,
    Doc,
    NamedFormula,
    Table,
    View,
    control_type,
    formula_type,
    value_type,
    views,
)
from codaform.model.types import ListOf, Type
from codaform.semantics import ir
from codaform.semantics.bind import Bound, bind
from codaform.semantics.scope import Scope
from codaform.source import Source, Span, frozen
from codaform.syntax.parser import parse

Role = Literal["formula", "default", "action", "disable_if", "filter", "named", "choices", "test"]


class FormulaSite(NamedTuple):
    """Where a formula stands: a column's formula, a view's filter, a named formula, a control's action …

    table: Empty for a formula on a page.
    """

    role: Role
    table: str
    name: str


@frozen
class Program:
    """A doc with its formulas as understood."""

    doc: Doc
    formulas: Mapping[FormulaSite, Bound]


def formulas(doc: Doc) -> Iterator[tuple[FormulaSite, Source, Type]]:
    """Every formula of the doc with its place and the type that the place holds."""
    for table in doc.tables.values():
        for column in table.columns.values():
            kind = value_type(column)
            if column.formula is not None:
                yield FormulaSite("formula", table.name, column.name), column.formula, kind
            if column.default is not None:
                yield FormulaSite("default", table.name, column.name), column.default, kind
            if column.action is not None:
                yield FormulaSite("action", table.name, column.name), column.action, types.ACTION
            if column.disable_if is not None:
                yield FormulaSite("disable_if", table.name, column.name), column.disable_if, types.BOOLEAN
    for view in views(doc):
        if view.filter is not None:
            yield FormulaSite("filter", view.table, view.name), view.filter, types.BOOLEAN
    for named in doc.formulas.values():
        yield FormulaSite("named", "", named.name), named.formula, formula_type(named)
    for control in doc.controls.values():
        if control.choices is not None:
            kind = control_type(control)
            yield (
                FormulaSite("choices", "", control.name),
                control.choices,
                kind if isinstance(kind, ListOf) else ListOf(kind),
            )
        if control.action is not None:
            yield FormulaSite("action", "", control.name), control.action, types.ACTION
        if control.disable_if is not None:
            yield FormulaSite("disable_if", "", control.name), control.disable_if, types.BOOLEAN


def with_texts(doc: Doc, texts: Mapping[FormulaSite, Source]) -> Doc:
    """The doc with other texts of formulas."""
    if not texts:
        return doc

    def column(table: str, known: Column) -> Column:
        return replace(
            known,
            formula=texts.get(FormulaSite("formula", table, known.name), known.formula),
            default=texts.get(FormulaSite("default", table, known.name), known.default),
            action=texts.get(FormulaSite("action", table, known.name), known.action),
            disable_if=texts.get(FormulaSite("disable_if", table, known.name), known.disable_if),
        )

    def view(known: View) -> View:
        return replace(known, filter=texts.get(FormulaSite("filter", known.table, known.name), known.filter))

    def named(known: NamedFormula) -> NamedFormula:
        return replace(known, formula=texts.get(FormulaSite("named", "", known.name), known.formula))

    def control(known: Control) -> Control:
        return replace(
            known,
            choices=texts.get(FormulaSite("choices", "", known.name), known.choices),
            action=texts.get(FormulaSite("action", "", known.name), known.action),
            disable_if=texts.get(FormulaSite("disable_if", "", known.name), known.disable_if),
        )

    touched = {(place.table, place.name) for place in texts}

    def table(known: Table) -> Table:
        columns = {
            name: column(known.name, old) if (known.name, name) in touched else old
            for name, old in known.columns.items()
        }
        return replace(known, columns=columns, views=tuple(map(view, known.views)))

    tables = {name: table(known) for name, known in doc.tables.items()}
    return replace(
        doc,
        tables=tables,
        formulas={name: named(known) for name, known in doc.formulas.items()},
        controls={name: control(known) for name, known in doc.controls.items()},
    )


def bind_site(
    doc: Doc, place: FormulaSite, source: Source, expected: Type | None
) -> tuple[Bound, tuple[Diagnostic, ...]]:
    """A formula understood at its place, and what there is to say of its text and its meaning.

    A text that is no formula gives a body that fails, so that everything else can still be computed.
    """
    try:
        tree, said = parse(source)
    except Exception as error:
        found = Diagnostic(rules.INTERNAL_ERROR, unexpected.describe(error), source, Span(0, 0), unexpected.REPORT)
        tree, said = None, (found,)
    if tree is None:
        fails = ir.Fails(said[0].rule.name, said[0].message, expected or types.FAULTY, said[0].span)
        return Bound(fails, (), 1), said
    scope = Scope(doc, place.table, place.name if place.role == "formula" else "")
    action = place.role == "action" or expected is None
    owner = doc.tables.get(place.table)
    into = owner.columns.get(place.name) if owner and place.role in ("formula", "default") else None
    if expected == types.ACTION and place.role != "action":
        expected = None  # what a button's own formula gives is told as an action in a cell
    bound = bind(tree, scope, expected, action, into)
    return bound, (*said, *bound.diagnostics)


class Formulas(Mapping[FormulaSite, Bound]):
    """The formulas of a doc by their places, each understood when it is first asked for."""

    def __init__(self, doc: Doc) -> None:
        self._doc = doc
        self._texts = {place: (source, expected) for place, source, expected in formulas(doc)}
        self._bound: dict[FormulaSite, tuple[Bound, tuple[Diagnostic, ...]]] = {}

    def __getitem__(self, place: FormulaSite) -> Bound:
        return self._understood(place)[0]

    def __contains__(self, place: object) -> bool:
        return place in self._texts

    def __iter__(self) -> Iterator[FormulaSite]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def places_of(self, texts: Collection[Source]) -> list[FormulaSite]:
        """The places of formulas with one of these texts."""
        return [place for place, (source, _) in self._texts.items() if source in texts]

    def text(self, place: FormulaSite) -> tuple[Source, Type]:
        """The text of a formula, and the type that its place holds."""
        return self._texts[place]

    def diagnostics(self, place: FormulaSite) -> tuple[Diagnostic, ...]:
        """What there is to say of one formula."""
        return self._understood(place)[1]

    def _understood(self, place: FormulaSite) -> tuple[Bound, tuple[Diagnostic, ...]]:
        known = self._bound.get(place)
        if known is None:
            known = self._bound[place] = bind_site(self._doc, place, *self._texts[place])
        return known


def program_of(doc: Doc) -> Program:
    """The program of a doc, whose formulas are understood when they are first asked for."""
    return Program(doc, Formulas(doc))


def bind_doc(doc: Doc) -> tuple[Program, list[Diagnostic]]:
    """The program of a doc, and everything there is to say of its formulas one by one."""
    understood = Formulas(doc)
    return Program(doc, understood), [one for place in understood for one in understood.diagnostics(place)]
