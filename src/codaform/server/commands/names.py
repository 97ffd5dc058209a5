"""Names in a doc: free names, and renaming a thing together with the formulas that name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from itertools import count

from codaform.semantics.program import FormulaSite, program_of
from codaform.semantics.renaming import Renaming, renamed, renamed_text
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Json, TableRecord, ViewRecord


def taken(doc: DocRecord) -> set[str]:
    """The names that a formula anywhere in the doc can use, in lower case."""
    names = [table.name for table in doc.tables]
    names += [view.view.name for _, view in finding.every_view(doc)]
    names += [known.formula.name for known in doc.formulas]
    names += [control.name for control in doc.controls]
    return {name.casefold() for name in names}


def free(wanted: str, others: Iterable[str]) -> str:
    """The wanted name, with ` 2`, ` 3` … after it if it is taken. others: The taken names in lower case."""
    others = set(others)
    if wanted.casefold() not in others:
        return wanted
    return next(name for name in (f"{wanted} {number}" for number in count(2)) if name.casefold() not in others)


def numbered(word: str, others: Iterable[str]) -> str:
    """A name for a thing without one: `Table 1`, `Table 2` …"""
    others = set(others)
    return next(name for name in (f"{word} {number}" for number in count(1)) if name.casefold() not in others)


def rename(doc: LocalDoc, renaming: Renaming) -> None:
    """Rename a table, a column, a view, a named formula or a control; the caller rebuilds the doc."""
    before, record = doc.schema(), doc.record
    after = renamed(before, program_of(before), renaming)
    for kept, member, place in _kept_texts(record):
        kept[member] = renamed_text(before, kept[member], place, renaming)
    for table in record.tables:
        if (renaming.kind, renaming.old) == ("table", table.name):
            table.name = renaming.new
        changed = after.tables[table.name]
        for column, new in zip(table.columns, changed.columns.values(), strict=True):
            column.column = new
        for view, shown in zip(table.views, changed.views, strict=True):
            view.view = shown
    for known in record.formulas:
        name = known.formula.name
        if renaming.kind == "formula" and name == renaming.old:
            name = renaming.new
        known.formula = after.formulas[name]
    for control in record.controls:
        if renaming.kind == "control" and control.name == renaming.old:
            control.name = renaming.new


def _kept_texts(record: DocRecord) -> Iterator[tuple[MutableMapping[str, Json], str, FormulaSite]]:
    """The formulas in settings, outside the schema: each as the settings, its key there, and its place."""
    for control in record.controls:
        if control.settings.get("actionFormula"):
            yield control.settings, "actionFormula", FormulaSite("action", "", "")
        if control.settings.get("choicesFormula"):
            yield control.settings, "choicesFormula", FormulaSite("choices", "", "")
        if control.settings.get("disableIfFormula"):
            yield control.settings, "disableIfFormula", FormulaSite("disable_if", "", "")
    for table in record.tables:
        if table.settings.get("filterFormula"):
            yield table.settings, "filterFormula", FormulaSite("filter", table.name, "")
        owners: list[TableRecord | ViewRecord] = [table, *table.views]
        for owner in owners:
            for rule in owner.settings.get("conditionalFormats") or ():
                if rule.get("condition"):
                    yield rule, "condition", FormulaSite("filter", table.name, "")
