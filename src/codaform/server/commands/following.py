"""A thing of a doc gets another name, and all formulas that the doc keeps follow."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from codaform.semantics.program import Place, understand
from codaform.semantics.renaming import Renaming, renamed, renamed_text
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Json, TableRecord, ViewRecord


def follow(doc: LocalDoc, renaming: Renaming) -> None:
    """Rename a table, a column, a view, a named formula or a control; the doc has to be rebuilt after it."""
    before, record = doc.schema(), doc.record
    after = renamed(before, understand(before)[0], renaming)
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


def _kept_texts(record: DocRecord) -> Iterator[tuple[MutableMapping[str, Json], str, Place]]:
    """The formulas that are kept beside the schema, each as what holds it, its member there, and where it stands."""
    for control in record.controls:
        if control.settings.get("actionFormula"):
            yield control.settings, "actionFormula", Place("action", "", "")
        if control.settings.get("choicesFormula"):
            yield control.settings, "choicesFormula", Place("choices", "", "")
        if control.settings.get("disableIfFormula"):
            yield control.settings, "disableIfFormula", Place("disable_if", "", "")
    for table in record.tables:
        if table.settings.get("filterFormula"):
            yield table.settings, "filterFormula", Place("filter", table.name, "")
        owners: list[TableRecord | ViewRecord] = [table, *table.views]
        for owner in owners:
            for rule in owner.settings.get("conditionalFormats") or ():
                if rule.get("condition"):
                    yield rule, "condition", Place("filter", table.name, "")
