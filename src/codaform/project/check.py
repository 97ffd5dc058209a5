"""Everything there is to say of a project without running its cases."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.schema import Doc, value_type
from codaform.project.cases import cases, check_case
from codaform.project.data_tests import bind_test
from codaform.project.project import Project
from codaform.project.scenarios import run_scenario
from codaform.project.session import Session
from codaform.semantics.dependencies import circles, graph
from codaform.semantics.program import Place, bind_at
from codaform.source import Source


def check_project(project: Project, session: Session | None = None) -> list[Diagnostic]:
    """All findings: files, schema, formulas, circles, sample rows; cases and scenarios as far as they fit the doc."""
    session = session or Session(project)
    found = [*project.diagnostics, *session.formula_diagnostics]
    found.extend(circles(session.program, graph(session.program)))
    for test in project.tests:
        found.extend(bind_test(project, test)[1])
    if any(diagnostic.rule.severity == "error" for diagnostic in found):
        # Rows and cases lean on the schema; what they would say now follows from what was said already.
        return found
    found.extend(session.row_diagnostics)
    for file in project.cases:
        for _, node in cases(file):
            found.extend(check_case(session, file, node))
    for scenario in project.scenarios:
        problems = run_scenario(session, scenario)
        found.extend(problem for problem in problems if problem.rule.name != "failed-scenario")
    return found


def check_formula(text: Source, project: Project | None, table: str = "", column: str = "") -> list[Diagnostic]:
    """The findings of one formula, as if it stood in a column of the table, or on a page."""
    doc = project.doc if project is not None else Doc("no doc")
    owner = doc.tables.get(table)
    defined = owner.columns.get(column) if owner is not None else None
    place = Place("formula" if defined else "test" if owner else "named", table if owner else "", column)
    return list(bind_at(doc, place, text, value_type(defined) if defined else None)[1])
