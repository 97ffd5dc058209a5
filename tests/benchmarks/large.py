"""Founder HQ with many rows: the sizes that the customer's design names, and more; and a doc of many tables."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from codaform.evaluation.workbook import Workbook
from codaform.project.session import Session

FOUNDER_HQ = Path(__file__).parents[2] / "formulas"

TABLES, COLUMNS = 100, 30


def large_workbook(tasks: int, sprints: int, workflows: int, runs: int) -> Workbook:
    """Founder HQ's formulas over generated rows, nothing computed yet."""
    project = Session.open(FOUNDER_HQ)
    book = project.workbook()
    first = date(2025, 1, 6)
    for index in range(sprints):
        monday = first + timedelta(weeks=index)
        week = monday.isocalendar()
        book.add("sprints", {"sprint_id": f"{week.year}-W{week.week:02}"}, defaults=False)
    for index in range(tasks):
        day = first + timedelta(days=(index * 37) % (sprints * 7))
        values = {"task_id": f"T-{index}", "estimated_hours": 2.0, "scheduled_start_date": day}
        book.add("tasks", values, defaults=False)
    of_workflow = [
        book.add("workflows", {"name": f"W-{n}", "estimated_hours": 4.0}, defaults=False) for n in range(workflows)
    ]
    for index in range(runs):
        start = datetime(2025, 11, 1, 8, tzinfo=book.zone) + timedelta(minutes=index)
        values = {"run_id": f"R-{index}", "workflow": of_workflow[index % workflows], "started_at": start}
        book.add("execution_runs", {**values, "ended_at": start + timedelta(hours=3)}, defaults=False)
    return book


def compute(book: Workbook, table: str, columns: tuple[str, ...]) -> None:
    """Compute some columns of a table."""
    for row in book.rows(table):
        for column in columns:
            book.value(row, column)


def large_project(folder: Path, changed: bool = False) -> Path:
    """Tables that lead to each other, a third of whose columns are computed; a tenth of these otherwise if changed."""
    folder.mkdir()
    (folder / "doc.yml").write_text("doc: Large\ntime_zone: Europe/Berlin\n")
    for number in range(TABLES):
        table = folder / f"t{number}"
        table.mkdir()
        lines = [f"table: t{number}", "columns:", "  - {name: name, type: text, display: true}"]
        lines.append(f"  - {{name: link, type: relation, to: t{(number + 1) % TABLES}}}")
        for column in range(COLUMNS - 2):
            if column % 3:
                lines.append(f"  - {{name: c{column}, type: number}}")
                continue
            lines.append(f"  - {{name: c{column}, type: number, formula: c{column}.coda}}")
            factor = 3 if changed and column == 0 else 2
            read_from = f"thisRow.c{column + 1}" if column % 2 else f"t{(number + 1) % TABLES}"
            text = (
                f"{read_from} * {factor}"
                if column % 2
                else (f"{read_from}.Filter(CurrentValue.c{column + 1} > thisRow.c{column + 1}).Count() * {factor}")
            )
            (table / f"c{column}.coda").write_text(text + "\n")
        (table / "table.yml").write_text("\n".join(lines) + "\n")
        (table / "rows.csv").write_text("name,c1,c2,c4\none,1,2,3\ntwo,4,5,6\n")
    return folder
