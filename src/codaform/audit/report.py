"""An audit as data: what is found in a doc, ordered for a reader."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from codaform.audit.limits import LimitUse, limit_uses, rows_a_day
from codaform.audit.subject import AuditSubject
from codaform.model.schema import Column, Table, views
from codaform.project.leftovers import is_of_use_itself, named_by_views, read_by_formulas, repeated
from codaform.project.parts import ProjectPart
from codaform.project.uses import owner_of
from codaform.semantics.costs import FormulaCost, formula_costs
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, formulas
from codaform.source import position

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

GROW = 10
"""How many times as many rows the costs are also predicted for."""

MOST_COSTLY = 10

_ALIKE_SHARE = 0.8
_ALIKE_LEAST = 3
"""A text column whose texts are, for this share and at least so many, rows of one table may hold a relation."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """Something to look at.

    area: `formula`, `reference`, `relation`, `cell`, `file` or `limit`. where: The part of the doc, or the place.
    text: The formula that it is about; empty for none.
    """

    severity: Severity
    area: str
    where: str
    message: str
    help: str = ""
    rule: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class UnusedPart:
    """A part of the doc that no formula needs, and why it may be left over."""

    part: ProjectPart
    why: str


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Formulas that are the same."""

    text: str
    places: tuple[FormulaSite, ...]


@dataclass(frozen=True, slots=True)
class DescribedKind:
    """How many things of a kind have a description."""

    kind: str
    described: int
    all: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Everything that an audit found. grown: The costs at GROW times as many rows, by place."""

    subject: AuditSubject
    findings: tuple[AuditFinding, ...]
    costs: tuple[FormulaCost, ...]
    grown: Mapping[FormulaSite, float]
    unused: tuple[UnusedPart, ...]
    duplicates: tuple[Duplicates, ...]
    limits: tuple[LimitUse, ...]
    rows_a_day: float
    descriptions: tuple[DescribedKind, ...]

    @property
    def counts(self) -> Mapping[Severity, int]:
        """The number of findings of each severity."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    @property
    def complete(self) -> bool:
        """Whether everything was read that there is to read."""
        return not self.subject.unread


def audit(subject: AuditSubject) -> AuditReport:
    """Look at everything in a doc. Nothing is computed but what its findings need."""
    program = subject.session.program
    costs = formula_costs(program, subject.facts)
    grown = {cost.place: cost.comparisons for cost in formula_costs(program, subject.facts.grown(GROW))}
    limits = tuple(limit_uses(subject))
    findings = [*_of_formulas(subject), *_of_cells(subject), *_of_relations(subject), *_of_limits(limits)]
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.area, finding.where))
    return AuditReport(
        subject,
        tuple(findings),
        tuple(cost for cost in costs[:MOST_COSTLY] if cost.comparisons > 0),
        grown,
        tuple(unused_parts(subject)),
        tuple(duplicates(subject)),
        limits,
        rows_a_day(subject),
        tuple(_descriptions(subject)),
    )


# ------------------------------------------------------------ findings


def _of_formulas(subject: AuditSubject) -> Iterator[AuditFinding]:
    """What the checks say, and what is in doubt of formulas that Coda returned."""
    owners = {source: str(owner_of(place)) for place, source, _ in formulas(subject.doc)}
    for said in subject.diagnostics:
        where = owners.get(said.source, "")
        if not where:
            where = f"{said.source.name}:{position(said.source, said.span.start).line}"
        area = "reference" if said.rule.name.startswith("unknown") else "formula" if said.source in owners else "file"
        text = said.source.text if said.source in owners else ""
        yield AuditFinding(said.rule.severity, area, where, said.message, said.help, said.rule.name, text)
    for place, doubts in subject.doubts.items():
        for doubt in doubts:
            yield AuditFinding("info", "reference", str(owner_of(place)), doubt)


def _of_cells(subject: AuditSubject) -> Iterator[AuditFinding]:
    for (table, column), count in subject.errors.items():
        if count:
            rows = subject.sizes[table].rows
            message = f"{count:,} of {rows:,} cells show an error"
            yield AuditFinding("warning", "cell", f"{table}.{column}", message, "look at one of these rows in Coda")
    for (table, column), count in subject.lost.items():
        message = f"{_cells(count)} hold no {subject.doc.tables[table].columns[column].kind}"
        yield AuditFinding("warning", "cell", f"{table}.{column}", message, "formulas see no such value there")


def _of_relations(subject: AuditSubject) -> Iterator[AuditFinding]:
    """Relations with texts in them, relations to tables that are not there, and texts that are rows of a table."""
    doc = subject.doc
    for (table, column), count in subject.texts_for_rows.items():
        message = f"the relation holds text instead of a row in {_cells(count)}"
        help = "choose the rows again: a text that looks like a row follows no renaming and finds nothing"
        yield AuditFinding("error", "relation", f"{table}.{column}", message, help)
    for (table, column), count in subject.lost_rows.items():
        message = f"{_cells(count)} refer to a row that {doc.tables[table].columns[column].to} does not have"
        yield AuditFinding(
            "warning", "relation", f"{table}.{column}", message, "it was deleted, or the token does not see it"
        )
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for table_ in doc.tables.values():
        display = table_.display
        if display is not None and not display.computed:
            for text in subject.texts(table_.name, display.name):
                if text:
                    owners[text].add(table_.name)
    for table_ in doc.tables.values():
        for column_ in table_.columns.values():
            if column_.kind in ("text", "select") and not column_.computed and column_ is not table_.display:
                found = _names_rows(set(subject.texts(table_.name, column_.name)) - {""}, owners, table_)
                if found is not None:
                    yield AuditFinding("info", "relation", f"{table_.name}.{column_.name}", *found)


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"


def _names_rows(texts: set[str], owners: Mapping[str, set[str]], table: Table) -> tuple[str, str] | None:
    count: Counter[str] = Counter()
    for text in texts:
        count.update(owners.get(text, ()))
    for name, hits in count.most_common(1):
        if hits >= _ALIKE_LEAST and hits >= _ALIKE_SHARE * len(texts) and name != table.name:
            message = f"{hits} of its {len(texts)} different texts are names of rows of {name}"
            return message, f"a relation to {name} would follow renamings, and open the row"
    return None


def _of_limits(limits: Sequence[LimitUse]) -> Iterator[AuditFinding]:
    for use in limits:
        if use.share >= 0.8 and "free plan" not in use.name:
            severity: Severity = "error" if use.share >= 1 else "warning"
            message = f"{use.name}: {use.share:.0%} of Coda's limit"
            yield AuditFinding(severity, "limit", use.where or "doc", message, use.certainty)


# ------------------------------------------------------------ unused parts


def unused_parts(subject: AuditSubject) -> Iterator[UnusedPart]:
    """Columns, views, controls and named formulas that no formula reads, with a sign that they are left over.

    A column that people fill and read needs no formula, so it is listed only if it is blank in every row.
    """
    doc = subject.doc
    read = read_by_formulas(doc, subject.session.program)
    for table in doc.tables.values():
        used = named_by_views(table)
        for column in table.columns.values():
            part = ProjectPart("column", column.name, table.name)
            needed = GraphNode("cells", table.name, column.name) in read or column.name in used
            why = "" if needed or is_of_use_itself(table, column) else _left_over(subject, table, column)
            if why:
                yield UnusedPart(part, why)
    for view in views(doc):
        if GraphNode("view", view.table, view.name) not in read and _shows_all(view.filter, view.sort, view.limit):
            yield UnusedPart(
                ProjectPart("view", view.name, view.table), "shows all rows of its table; no formula reads it"
            )
    for name in doc.formulas:
        if GraphNode("named", "", name) not in read:
            yield UnusedPart(ProjectPart("formula", name), "no formula reads it; it may be there to be looked at")
    for control in doc.controls.values():
        if (
            control.kind not in ("button", "reaction", "ai_block")
            and GraphNode("control", "", control.name) not in read
        ):
            yield UnusedPart(ProjectPart("control", control.name), "no formula reads what is set")


def _shows_all(*restricting: object) -> bool:
    return not any(restricting)


def _left_over(subject: AuditSubject, table: Table, column: Column) -> str:
    if (table.name, column.name) in subject.empty and column.kind != "button":
        return f"blank in all {subject.sizes[table.name].rows:,} rows, and no formula reads it"
    if column.formula is not None and column.kind != "button":
        return "computed, and no formula reads it; it may be there to be looked at"
    return ""


# ------------------------------------------------------------ formulas that are the same


def duplicates(subject: AuditSubject) -> Iterator[Duplicates]:
    """Formulas that compute the same: whole ones of one table, and filters within formulas."""
    for found in repeated(subject.doc, subject.session.program):
        yield Duplicates(found.text, tuple(each.place for each in found.places))


# ------------------------------------------------------------ descriptions


def _descriptions(subject: AuditSubject) -> Iterator[DescribedKind]:
    if not subject.described:
        return
    doc = subject.doc
    kinds: dict[str, Sequence[str]] = {
        "tables": [table.about for table in doc.tables.values()],
        "columns": [column.about for table in doc.tables.values() for column in table.columns.values()],
        "views": [view.about for view in views(doc)],
        "named formulas": [named.about for named in doc.formulas.values()],
        "controls": [control.about for control in doc.controls.values()],
    }
    for kind, texts in kinds.items():
        if texts:
            yield DescribedKind(kind, sum(bool(text.strip()) for text in texts), len(texts))
