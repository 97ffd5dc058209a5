"""Giving a thing of a doc another name, with every formula that means it following."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from codaform.model.schema import Column, Doc, Table, View
from codaform.model.types import Type
from codaform.semantics.bind import Bound
from codaform.semantics.bind_state import Reference
from codaform.semantics.program import FormulaSite, Program, Role, bind_site, formulas, with_texts
from codaform.source import Source, Span
from codaform.syntax.names import bracketed, in_brackets


@dataclass(frozen=True, slots=True)
class Renaming:
    """What gets another name. table: Of a column, the table that has it; else empty."""

    kind: Literal["table", "column", "view", "formula", "control"]
    old: str
    new: str
    table: str = ""


def renamed(doc: Doc, program: Program, *renamings: Renaming) -> Doc:
    """The doc after any renamings, one after the other: every formula means by a new name what it meant by the old one.

    program: The doc's formulas as understood. A new name is one that nothing else of its kind has. Each formula is
    understood once for all renamings; one whose text spells neither an old name nor a new one is not understood at all.

    Coda's formulas refer to things and not to names; so whatever the new name would come to mean otherwise is spelled
    out where text has a way to: `thisRow.`, `CurrentValue.`, `/* table */`. A column of an item further out that an
    inner item's column now hides has no such way.
    """
    after = doc
    for renaming in renamings:
        after = with_name(after, renaming)
    words = [found for renaming in renamings for found in (_words(renaming.old), _words(renaming.new))]
    texts: dict[FormulaSite, Source] = {}
    for (place, source, _), (new_place, _, kind) in zip(formulas(doc), formulas(after), strict=True):
        if _may_spell(source.text, words):
            edits = formula_edits(program.formulas[place], source.text, after, new_place, kind, *renamings)
            text = _edited(source.text, edits)
            if text != source.text:
                texts[new_place] = Source(source.name, text)
    return with_texts(after, texts)


def renamed_text(doc: Doc, text: str, place: FormulaSite, renaming: Renaming) -> str:
    """A formula beside the doc's own, such as one of a button on a page, as it reads after a renaming.

    doc: The doc before it. place: Where the formula stands.
    """
    bound, _ = bind_site(doc, place, Source("", text), None)
    return _edited(text, formula_edits(bound, text, with_name(doc, renaming), moved(place, renaming), None, renaming))


def keeps_meaning(before: Bound, after: Bound, renaming: Renaming) -> bool:
    """Whether the names of a formula mean after a renaming what they meant before it."""

    old = sorted((one.span.start, _afterwards(one, (renaming,))) for one in before.references if one.how not in _WORDS)
    new = sorted((one.span.start, (one.table, one.name)) for one in after.references if one.how not in _WORDS)
    return [one for _, one in old] == [one for _, one in new]


# ------------------------------------------------------------ one formula


_QUALIFIERS = {"own": "thisRow.", "item": "CurrentValue.", "doc": "/* table */ "}
"""What spells out by which way a bare name has its meaning."""


_WORDS = frozenset({"local", "option", "row"})
"""Ways in which a name means something that is in no schema."""


def formula_edits(
    bound: Bound, text: str, doc: Doc, place: FormulaSite, kind: Type | None, *renamings: Renaming
) -> dict[Span, str]:
    """The edits of a formula that keep its meaning after renamings.

    bound: The formula as understood before. doc, place: The doc and the formula's place after them. kind: The type that
    the place holds.
    """
    meant = {reference.span: reference for reference in bound.references}
    named = {span: _afterwards(reference, renamings) for span, reference in meant.items()}
    hit = [span for span, reference in meant.items() if named[span][1] != reference.name]
    if not hit and not any(renaming.new.casefold() in text.casefold() for renaming in renamings):
        return {}
    edits = {span: _spelled(text, span, meant[span].name, named[span][1]) for span in hit}
    changed = _edited(text, edits)
    again = {reference.span: reference for reference in bind_site(doc, place, Source("", changed), kind)[0].references}
    spelled_out: dict[Span, str] = {}
    for span, reference in meant.items():
        found = again.get(_shifted(span, edits))
        if found is not None and (reference.how, *named[span]) == (found.how, found.table, found.name):
            continue
        if reference.how in _QUALIFIERS and not _is_at(text, span):
            spelled = edits.get(span, text[span.start : span.end])
            spelled_out[span] = _QUALIFIERS[reference.how] + spelled
        elif reference.how == "option" and found is not None:
            spelled_out[span] = '"' + reference.name + '"'
        elif reference.how == "row" and found is not None:
            spelled_out[span] = _at(reference.name)
    return edits | spelled_out


def _words(name: str) -> list[str]:
    """The words of a name: a text that spells the name has them, whatever brackets and blanks it has besides."""
    return [word.casefold() for word in re.findall(r"\w+", name)]


def may_spell(text: str, name: str) -> bool:
    """Whether a formula may have a name, whatever brackets and blanks it is spelled with."""
    return _may_spell(text, [_words(name)])


def _may_spell(text: str, names: Iterable[list[str]]) -> bool:
    folded = text.casefold()
    return any(all(word in folded for word in words) for words in names)


def _afterwards(reference: Reference, renamings: Iterable[Renaming]) -> tuple[str, str]:
    """The table and the name of what a reference means, after renamings."""
    table, name = reference.table, reference.name
    for renaming in renamings:
        if renaming.kind == "column":
            if (table, name) == (renaming.table, renaming.old):
                name = renaming.new
            continue
        if reference.how == "doc" and name == renaming.old:
            name = renaming.new
        if renaming.kind == "table" and table == renaming.old:
            table = renaming.new
    return table, name


def _is_at(text: str, span: Span) -> bool:
    return text.startswith(("@", "[@"), span.start)


def _spelled(text: str, span: Span, old: str, new: str) -> str:
    """The new name in the form of the old one: unneeded brackets stay."""
    needless = text.startswith(("[", "@["), span.start) and not bracketed(old).startswith("[")
    name = in_brackets(new) if needless else bracketed(new)
    return _with_at(name) if _is_at(text, span) else name


def _at(name: str) -> str:
    return _with_at(bracketed(name))


def _with_at(spelled: str) -> str:
    return f"[@{spelled[1:]}" if spelled.startswith("[") else f"@{spelled}"


def _edited(text: str, edits: Mapping[Span, str]) -> str:
    parts: list[str] = []
    at = 0
    for span in sorted(edits, key=lambda span: span.start):
        parts += (text[at : span.start], edits[span])
        at = span.end
    return "".join((*parts, text[at:]))


def _shifted(span: Span, edits: Mapping[Span, str]) -> Span:
    """Where a name stands after the edits."""
    start = span.start + sum(len(new) - (old.end - old.start) for old, new in edits.items() if old.start < span.start)
    return Span(start, start + (len(edits[span]) if span in edits else span.end - span.start))


# ------------------------------------------------------------ the doc


_ROLES: Mapping[str, tuple[Role, ...]] = {
    "column": ("formula", "default", "action", "disable_if"),
    "view": ("filter",),
    "formula": ("named",),
    "control": ("choices", "action", "disable_if"),
}
"""The roles of the formulas that a thing has."""


def moved(place: FormulaSite, renaming: Renaming) -> FormulaSite:
    """The place after the renaming, if the renamed thing is there."""
    if renaming.kind == "table":
        return place._replace(table=renaming.new) if place.table == renaming.old else place
    owned = renaming.kind == "view" or place.table == renaming.table
    if place.role in _ROLES[renaming.kind] and place.name == renaming.old and owned:
        return place._replace(name=renaming.new)
    return place


def with_name(doc: Doc, renaming: Renaming) -> Doc:
    """The doc with the new name wherever the schema has the old one; formulas do not change."""
    old, new = renaming.old, renaming.new
    if renaming.kind == "table":
        return _with_table_name(doc, old, new)
    if renaming.kind == "formula":
        named = (replace(known, name=new) if known.name == old else known for known in doc.formulas.values())
        return replace(doc, formulas={known.name: known for known in named})
    if renaming.kind == "control":
        controls = (replace(known, name=new) if known.name == old else known for known in doc.controls.values())
        return replace(doc, controls={known.name: known for known in controls})
    tables = {name: _table(table, renaming) for name, table in doc.tables.items()}
    return replace(doc, tables=tables)


def _with_table_name(doc: Doc, old: str, new: str) -> Doc:
    tables: dict[str, Table] = {}
    for table in doc.tables.values():
        name = new if table.name == old else table.name
        columns = {
            column.name: replace(column, to=new) if column.to == old else column for column in table.columns.values()
        }
        views = tuple(replace(view, table=name) for view in table.views)
        tables[name] = replace(table, name=name, columns=columns, views=views)
    known = {name: replace(named, to=new) if named.to == old else named for name, named in doc.formulas.items()}
    controls = {name: replace(named, to=new) if named.to == old else named for name, named in doc.controls.items()}
    return replace(doc, tables=tables, formulas=known, controls=controls)


def _table(table: Table, renaming: Renaming) -> Table:
    if renaming.kind == "view":
        views = (replace(view, name=renaming.new) if view.name == renaming.old else view for view in table.views)
        return replace(table, views=tuple(views))
    if table.name != renaming.table and not any(column.reverse == renaming.old for column in table.columns.values()):
        return table
    changed = (_column(table, column, renaming) for column in table.columns.values())
    columns = {column.name: column for column in changed}
    if table.name != renaming.table:
        return replace(table, columns=columns)
    return replace(table, columns=columns, views=tuple(_view(view, renaming) for view in table.views))


def _column(table: Table, column: Column, renaming: Renaming) -> Column:
    if column.to == renaming.table and column.reverse == renaming.old:
        column = replace(column, reverse=renaming.new)
    if table.name == renaming.table and column.name == renaming.old:
        column = replace(column, name=renaming.new)
    return column


def _view(view: View, renaming: Renaming) -> View:
    sort = renaming.new if view.sort == renaming.old else view.sort
    columns = tuple(renaming.new if name == renaming.old else name for name in view.columns)
    return replace(view, sort=sort, columns=columns)
