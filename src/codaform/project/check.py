"""Everything there is to say of a project without computing anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.schema import Doc, value_type
from codaform.project.causes import misspelled_names, without_consequences
from codaform.project.files import read_text
from codaform.project.keys import check_computed_keys, check_keys
from codaform.project.lint import BUDGET, judged, said_of
from codaform.project.memory import DataFindings, Recall, understand
from codaform.project.migrations.checking import check_migration
from codaform.project.project import Project, cases, path_inside
from codaform.project.quoting import as_text
from codaform.project.truths import Measured, measured_doubts, truths_folder
from codaform.project.validation import bind_test, check_case, check_rows, check_scenario, validation
from codaform.semantics.circles import circles, doubtful_circles
from codaform.semantics.declared import declared_types
from codaform.semantics.dependencies import graph
from codaform.semantics.program import Formulas, FormulaSite, Program, bind_site
from codaform.source import Source

_UNREAD = (rules.BAD_ENCODING, rules.MISSING_FILE, rules.TOO_LARGE)


def check_project(project: Project, memory: Recall | None = None, advice: bool = False) -> list[Diagnostic]:
    """All findings: files, schema, formulas, circles; rows, cases and scenarios as far as they fit the doc.

    memory: What an earlier command found of the project, to be used, and to be kept for the next one.
    advice: Whether advice that is no more than an info is given, too.
    """
    doc = project.doc
    formulas = Formulas(doc)
    program = Program(doc, formulas)
    understood = memory.understand(formulas) if memory is not None else understand(doc, formulas)
    said = [one for known in understood.values() for one in known.diagnostics]
    for test in project.tests:
        said.extend(bind_test(project, test)[1])
    for migration in project.migrations:
        said.extend(check_migration(doc, migration))
    # A formula whose file is no text, or cannot be read, is no formula to speak of.
    unread = {one.source.name for one in project.diagnostics if one.rule in _UNREAD} | project.missing
    found = [*project.diagnostics, *(as_text(one) for one in said if one.source.name not in unread)]
    needs = graph(program, {place: known.dependencies for place, known in understood.items()})
    found.extend((*circles(program, needs), *doubtful_circles(program, needs)))
    found.extend(as_text(one) for one in declared_types(doc) if one.source.name not in unread)
    used = memory.data_found(_check_data) if memory is not None else _check_data(project)
    found.extend(used.rows)
    if not any(one.rule.severity == "error" for one in found):
        found.extend(check_computed_keys(project, program))
        if advice or BUDGET in project.lint:
            found.extend(_advice_on_doc(project, memory, advice))
    found = list(dict.fromkeys([*found, *used.uses]))
    if memory is not None:
        memory.save()
    causes = misspelled_names(found, project.names, lambda: _texts(project))
    # No row is displayed as anything where the name of the column that supplies the texts is misspelled.
    wrong = {one.source.text[one.span.start : one.span.end].strip("\"'") for one in causes.values()}
    blind = [table.name for table in doc.tables.values() if table.display is not None and table.display.name in wrong]
    no_rows = tuple(f"no row of {name} is displayed as " for name in blind)
    found = [one for one in found if one.rule != rules.UNKNOWN_ROW or not one.message.startswith(no_rows)]
    found = as_measured(
        [*causes.values(), *without_consequences(found, project.doubtful | causes.keys(), project.lost)]
    )
    return judged(found, project.lint, advice)


def _advice_on_doc(project: Project, memory: Recall | None, infos: bool) -> Iterator[Diagnostic]:
    from codaform.project.doc_advice import advise_doc
    from codaform.project.session import Session

    yield from advise_doc(Session(project) if memory is None else Session.recalled(memory), infos)


def _check_data(project: Project) -> DataFindings:
    against, known = validation(project.doc), project.rows
    rows = check_rows(against, known, unknown=(project.doc.tables.keys() - known) | project.incomplete)
    uses = [one for file in project.cases for _, node in cases(file) for one in check_case(against, file, node)]
    uses.extend(one for scenario in project.scenarios for one in check_scenario(against, scenario))
    return DataFindings((*rows, *check_keys(project)), tuple(uses))


def _texts(project: Project) -> Iterator[str]:
    for name in project.files:
        if not name.endswith(".parquet"):
            yield read_text(project.root / path_inside(project, name), name, project.root, most=None)[0].text


def check_formula(text: Source, project: Project | None, table: str = "", column: str = "") -> list[Diagnostic]:
    """The findings of one formula, as a column's formula of the table, or on a page."""
    doc = project.doc if project is not None else Doc("no doc")
    owner = doc.tables.get(table)
    defined = owner.columns.get(column) if owner is not None else None
    place = FormulaSite("formula" if defined else "test" if owner else "named", table if owner else "", column)
    bound, said = bind_site(doc, place, text, value_type(defined) if defined else None)
    lint = project.lint if project is not None else {}
    return judged(as_measured(said_of(doc, place, bound.body, text, said)), lint)


def as_measured(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Findings with what a real Coda answered on a doubt: none where it answers as codaform does."""
    if not any(one.rule in rules.DOUBTS for one in found):
        return [*found]
    measured = measured_doubts(truths_folder())
    kept: list[Diagnostic] = []
    for one in found:
        answer = measured.get(one.rule.name) if one.rule in rules.DOUBTS else None
        if answer is None:
            kept.append(one)
        elif answer.differ:
            told = f"Coda was asked on {answer.date}: {_told(answer)}"
            kept.append(replace(one, message=f"{one.message}; {told}"))
    return kept


def _told(answer: Measured) -> str:
    if not answer.agree:
        return "its answer is another one than codaform's"
    return f"{answer.agree} of {answer.agree + answer.differ} answers are codaform's"
