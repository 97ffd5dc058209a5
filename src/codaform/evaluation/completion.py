"""Completion of a formula: functions with their signatures, and the names of the doc."""

from __future__ import annotations

from collections.abc import Iterator

from codaform.evaluation.workbook import Workbook
from codaform.library import catalogue
from codaform.model.schema import control_type, formula_type, value_type, views
from codaform.model.types import describe
from codaform.semantics.calls import signature
from codaform.syntax.names import bracketed

Name = dict[str, str]
"""`name` as a formula spells it, `kind`, `detail` (type or signature), `about`, and for a column its `table`
and, one a line, its `options`."""

KEYWORDS = {
    "thisRow": "the row of the formula",
    "CurrentValue": "the item that is being looked at",
    "true": "yes",
    "false": "no",
    "AND": "both are true",
    "OR": "one of both is true",
    "NOT": "the opposite",
}


def names(book: Workbook) -> list[Name]:
    """Every name for a formula of the doc: the doc's names first, then the functions by alphabet."""
    return [*_of_doc(book), *_functions(), *_keywords()]


def _of_doc(book: Workbook) -> Iterator[Name]:
    schema = book.doc
    for table in schema.tables.values():
        yield _name(table.name, "table", f"{len(book.rows(table.name))} rows", table.about)
        for column in table.columns.values():
            kind = describe(value_type(column))
            mark = "ƒ " if column.formula is not None else ""
            options = {"options": "\n".join(column.options)} if column.options else {}
            yield {**_name(column.name, "column", f"{mark}{kind}", column.about), "table": table.name, **options}
    for view in views(schema):
        yield {**_name(view.name, "view", f"of {view.table}", view.about), "table": view.table}
    for named in schema.formulas.values():
        yield _name(named.name, "formula", describe(formula_type(named)), named.about)
    for control in schema.controls.values():
        yield _name(control.name, "control", describe(control_type(control)), control.about)


def _functions() -> Iterator[Name]:
    for name in catalogue.names():
        for function in catalogue.find(name)[:1]:
            yield {"name": name, "kind": "function", "detail": signature(function), "about": function.summary}


def _keywords() -> Iterator[Name]:
    for word, about in KEYWORDS.items():
        yield {"name": word, "kind": "keyword", "detail": "", "about": about}


def _name(name: str, kind: str, detail: str, about: str) -> Name:
    return {"name": bracketed(name), "kind": kind, "detail": detail, "about": about}
