"""An audit as one page of HTML that needs nothing beside it, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from markupsafe import Markup

from codaform import __version__
from codaform.audit.limits import LimitUse
from codaform.audit.report import GROW, SEVERITIES, AuditReport
from codaform.markup.formulas import highlight_formula
from codaform.model.schema import views
from codaform.pictures.cards import relations_of
from codaform.pictures.relations import relations
from codaform.project.uses import owner_of
from codaform.semantics.costs import FormulaCost
from codaform.text import harmless

MOST_FINDINGS = 200
"""The most findings of a severity on the page, and the most parts or duplicates of a kind; JSON has all."""

MOST_TABLES = 30
"""With more tables, the map shows the columns of relations alone."""

MOST_DRAWN = 120
"""The most tables on the map."""

_MOST_LETTERS = 2_000
"""The most letters of a formula on the page."""

_SECTIONS = (
    ("glance", "At a glance"),
    ("findings", "Findings"),
    ("map", "Map"),
    ("costs", "Costs"),
    ("unused", "Left over?"),
    ("duplicates", "Duplicates"),
    ("limits", "Limits"),
    ("descriptions", "Descriptions"),
    ("unread", "Not read"),
)
_KINDS = {"column": "Columns", "view": "Views", "formula": "Named formulas", "control": "Controls"}

_T = TypeVar("_T")


def audit_page(report: AuditReport) -> str:
    """The page. All texts of the doc are escaped; it has no script and no address of another host."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("codaform.audit"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    subject, doc = report.subject, report.subject.doc
    style = environment.loader.get_source(environment, "audit.css")[0]  # type: ignore[union-attr]

    def formula(text: str) -> Markup:
        shown = text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]} …"
        return highlight_formula(doc, "\n".join(map(harmless, shown.split("\n"))))

    map_, note = _map(report)
    text = environment.get_template("audit.html").render(
        name=harmless(doc.name) or "Doc",
        source=harmless(subject.source),
        read_at=f"{subject.read_at:%Y-%m-%d %H:%M} {subject.read_at.tzname() or ''}".strip(),
        style=Markup(style),
        sections=_SECTIONS,
        unread=[harmless(sentence) for sentence in subject.unread],
        untold=subject.untold,
        tiles=list(_tiles(report)),
        findings=[
            (severity, *_cut([one for one in report.findings if one.severity == severity]))
            for severity in SEVERITIES
            if report.counts[severity]
        ],
        map=Markup(map_),
        map_note=note,
        grow=GROW,
        costs=[_cost(report, cost) for cost in report.costs],
        unused=[
            (title, *_cut([one for one in report.unused if one.part.kind == kind]))
            for kind, title in _KINDS.items()
            if any(one.part.kind == kind for one in report.unused)
        ],
        duplicates=[
            {"text": one.text, "places": [str(owner_of(place)) for place in one.places]}
            for one in report.duplicates[:MOST_FINDINGS]
        ],
        duplicates_left_out=max(len(report.duplicates) - MOST_FINDINGS, 0),
        limits=[_limit(use) for use in report.limits],
        growth=_growth(report),
        tables=_largest(report),
        descriptions=[
            (one.kind, f"{one.described:,}", f"{one.all:,}", f"{one.described / one.all:.0%}")
            for one in report.descriptions
        ],
        formula=formula,
        version=__version__,
    )
    return text + "\n"


def _cut(found: Sequence[_T]) -> tuple[Sequence[_T], int]:
    return found[:MOST_FINDINGS], max(len(found) - MOST_FINDINGS, 0)


def _tiles(report: AuditReport) -> Iterator[tuple[str, str]]:
    doc, subject = report.subject.doc, report.subject
    columns = sum(len(table.columns) for table in doc.tables.values())
    numbers = {
        "tables": len(doc.tables),
        "rows": subject.rows,
        "columns": columns,
        "formulas": len(subject.session.program.formulas),
        "relations": len(relations_of(doc)),
        "views": sum(1 for _ in views(doc)),
        "errors": report.counts["error"],
        "warnings": report.counts["warning"],
    }
    for what, number in numbers.items():
        known = what != "rows" or subject.rows_known or subject.rows
        yield (f"{number:,}" if known else "?"), what


def _map(report: AuditReport) -> tuple[str, str]:
    """The picture of tables and relations, and what it leaves out."""
    from dataclasses import replace

    doc = report.subject.doc
    if len(doc.tables) <= MOST_TABLES:
        return relations(doc), ""
    if len(doc.tables) <= MOST_DRAWN:
        return relations(doc, detail="relations"), "Columns without relations are left out."
    degree = dict.fromkeys(doc.tables, 0)
    for relation in relations_of(doc):
        degree[relation.table] += 1
        degree[relation.to] += 1
    kept = set(sorted(doc.tables, key=lambda name: -degree[name])[:MOST_DRAWN])
    part = replace(doc, tables={name: table for name, table in doc.tables.items() if name in kept})
    left_out = len(doc.tables) - len(kept)
    return relations(part, detail="relations"), f"{left_out} tables with the fewest relations are left out."


def _cost(report: AuditReport, cost: FormulaCost) -> dict[str, str]:
    is_view = cost.place.role == "filter"
    return {
        "name": f"{cost.place.name} (view of {cost.place.table})" if is_view else str(owner_of(cost.place)),
        "comparisons": f"{cost.comparisons:,.0f}",
        "scanned": f"{cost.scanned:,.0f}",
        "grown": f"{report.grown[cost.place]:,.0f}",
        "help": cost.help,
        "text": cost.source.text,
    }


def _limit(use: LimitUse) -> dict[str, str]:
    return {
        "name": use.name,
        "where": use.where,
        "certainty": use.certainty,
        "used": _amount(use.used, use.unit),
        "limit": _amount(use.limit, use.unit),
        "share": f"{use.share:.1%}",
        "reached": "already" if use.share >= 1 else f"{use.reached:%B %Y}" if use.reached else "–",
    }


def _amount(number: float, unit: str) -> str:
    if unit == "bytes" and number >= 1024 * 1024:
        return f"{number / 1024 / 1024:,.1f} MB"
    if unit == "bytes" and number >= 1024:
        return f"{number / 1024:,.1f} KB"
    return f"{number:,.0f} {unit}"


def _growth(report: AuditReport) -> str:
    if report.rows_a_day <= 0:
        return "Nothing tells how fast the doc grows: no row says when it was made, or none was made lately."
    return f"People added {report.rows_a_day:,.1f} rows a day lately; the days ahead assume that they go on so."


def _largest(report: AuditReport) -> list[dict[str, str]]:
    sizes, doc = report.subject.sizes, report.subject.doc
    named = sorted(doc.tables.values(), key=lambda table: -sizes[table.name].rows if table.name in sizes else 0)
    return [
        {
            "name": table.name,
            "rows": f"{sizes[table.name].rows:,}" if table.name in sizes else "?",
            "columns": f"{len(table.columns):,}",
            "formulas": f"{sum(column.formula is not None for column in table.columns.values()):,}",
        }
        for table in named[:10]
    ]


def audit_json(report: AuditReport) -> dict[str, Any]:
    """Everything in the report, as JSON."""
    subject = report.subject
    return {
        "doc": subject.doc.name,
        "source": subject.source,
        "read_at": subject.read_at.isoformat(),
        "complete": report.complete,
        "unread": [*subject.unread],
        "untold": [*subject.untold],
        "tables": {name: {"rows": size.rows, "bytes": size.total} for name, size in subject.sizes.items()},
        "relations": [
            {"table": one.table, "column": one.column, "to": one.to, "computed": one.computed}
            for one in relations_of(subject.doc)
        ],
        "findings": [
            {
                "severity": one.severity,
                "area": one.area,
                "where": one.where,
                "rule": one.rule,
                "message": one.message,
                "help": one.help,
            }
            for one in report.findings
        ],
        "costs": [
            {
                "formula": str(owner_of(cost.place)),
                "comparisons": round(cost.comparisons),
                "each_row_asked": round(cost.scanned),
                f"comparisons_at_{GROW}_times_the_rows": round(report.grown[cost.place]),
                "help": cost.help,
            }
            for cost in report.costs
        ],
        "unused": [{"kind": one.part.kind, "name": str(one.part), "why": one.why} for one in report.unused],
        "duplicates": [
            {"formula": one.text, "places": [str(owner_of(place)) for place in one.places]} for one in report.duplicates
        ],
        "limits": [
            {
                "name": use.name,
                "where": use.where,
                "used": round(use.used),
                "limit": use.limit,
                "unit": use.unit,
                "certainty": use.certainty,
                "reached": use.reached.isoformat() if use.reached else None,
            }
            for use in report.limits
        ],
        "rows_a_day": round(report.rows_a_day, 2),
        "descriptions": {one.kind: {"described": one.described, "all": one.all} for one in report.descriptions},
    }
