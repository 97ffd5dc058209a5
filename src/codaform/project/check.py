"""Everything there is to say of a project without computing anything."""

from __future__ import annotations

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types
from codaform.model.schema import Doc, value_type
from codaform.project.causes import without_consequences
from codaform.project.fitting import fit_case, fit_rows, fit_scenario, fitting
from codaform.project.keys import check_computed_keys, check_keys
from codaform.project.project import DataTest, Project, cases
from codaform.project.quoting import as_text
from codaform.semantics.bind import Bound
from codaform.semantics.circles import circles
from codaform.semantics.declared import declared_types
from codaform.semantics.dependencies import graph
from codaform.semantics.program import Place, bind_at, understand
from codaform.source import Source

_UNREAD = (rules.BAD_ENCODING, rules.MISSING_FILE, rules.TOO_LARGE)


def check_project(project: Project) -> list[Diagnostic]:
    """All findings: files, schema, formulas, circles; rows, cases and scenarios as far as they fit the doc."""
    if project.lost:
        # Formulas, rows and cases would miss at every turn what the file holds.
        return list(project.diagnostics)
    doc = project.doc
    program, said = understand(doc)
    for test in project.tests:
        said.extend(bind_test(project, test)[1])
    # A formula whose file is no text, or cannot be read, is no formula to speak of.
    unread = {one.source.name for one in project.diagnostics if one.rule in _UNREAD} | project.missing
    found = [*project.diagnostics, *(as_text(one) for one in said if one.source.name not in unread)]
    found.extend(circles(program, graph(program)))
    found.extend(as_text(one) for one in declared_types(doc) if one.source.name not in unread)
    against = fitting(doc)
    found.extend(fit_rows(against, project.rows, unknown=(doc.tables.keys() - project.rows) | project.incomplete))
    found.extend(check_keys(project))
    if not any(one.rule.severity == "error" for one in found):
        found.extend(check_computed_keys(project, program))
    for file in project.cases:
        for _, node in cases(file):
            found.extend(fit_case(against, file, node))
    for scenario in project.scenarios:
        found.extend(fit_scenario(against, scenario))
    return without_consequences(dict.fromkeys(found), project.doubtful)


def bind_test(project: Project, test: DataTest) -> tuple[Bound | None, tuple[Diagnostic, ...]]:
    """The formula of a data test as understood, and what there is to say of it."""
    if test.formula is None:
        return None, ()
    return bind_at(project.doc, Place("test", test.table, test.name), test.formula, types.BOOLEAN)


def check_formula(text: Source, project: Project | None, table: str = "", column: str = "") -> list[Diagnostic]:
    """The findings of one formula, as a column's formula of the table, or on a page."""
    doc = project.doc if project is not None else Doc("no doc")
    owner = doc.tables.get(table)
    defined = owner.columns.get(column) if owner is not None else None
    place = Place("formula" if defined else "test" if owner else "named", table if owner else "", column)
    return list(bind_at(doc, place, text, value_type(defined) if defined else None)[1])
