"""The workloads of a studio: the tasks of each sprint, and what the runs of each workflow took.

Durations and estimates are multiples of a quarter of an hour. So every sum is exact in any order, and engines that
compute the same have the same checksum.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from codaform.bench.sizes import Size
from codaform.bench.workload import EDITS, BenchColumn, BenchTable, CellEdit, Cells, Workload, spread

_FIRST_DAY = date(2020, 1, 6)
_FIRST_START = datetime(2024, 1, 1)
_SPRINT = 14
"""Days from one sprint to the next."""


def _estimate(random: Random) -> float:
    return 0.25 * (1 + int(random.random() * 160))


def _tasks(size: Size, random: Random) -> Iterator[Cells]:
    days = [(_FIRST_DAY + timedelta(day)).isoformat() for day in range(-_SPRINT, _SPRINT * (size.sprints + 1) + 1)]
    for id in range(1, size.tasks + 1):
        day = "" if random.random() < 0.03 else days[int(random.random() * len(days))]
        yield id, f"Task {id}", day, "" if random.random() < 0.02 else _estimate(random)


def _sprints(size: Size, _random: Random) -> Iterator[Cells]:
    """Every tenth one is a week longer, so that a task may be in two."""
    for index in range(size.sprints):
        start = _FIRST_DAY + timedelta(_SPRINT * index)
        end = start + timedelta(_SPRINT - 1 + (7 if index % 10 == 9 else 0))
        yield index + 1, f"Sprint {index + 1}", start.isoformat(), end.isoformat()


def _workflows(size: Size, random: Random) -> Iterator[Cells]:
    for id in range(1, size.workflows + 1):
        kind = random.random()
        yield id, f"Workflow {id}", 0.0 if kind < 0.01 else "" if kind < 0.02 else _estimate(random)


def _runs(size: Size, random: Random) -> Iterator[Cells]:
    for id in range(1, size.runs + 1):
        start = _FIRST_START + timedelta(minutes=15 * int(random.random() * 2 * 365 * 96))
        end = start + timedelta(minutes=15 * (1 + int(random.random() * 160)))
        workflow = 1 + int(random.random() * size.workflows)
        task = "" if random.random() < 0.01 else 1 + int(random.random() * size.tasks)
        yield id, workflow, task, start.isoformat(), "" if random.random() < 0.02 else end.isoformat()


def _task_edits(size: Size) -> list[CellEdit]:
    days = [_FIRST_DAY + timedelta(_SPRINT * ((size.sprints // 3 + 17 * k) % size.sprints) + 3) for k in range(EDITS)]
    return [CellEdit("tasks", spread(k, size.tasks), "scheduled_start_date", day) for k, day in enumerate(days)]


def _run_edits(size: Size) -> list[CellEdit]:
    ends = [datetime(2026, 1, 1) + timedelta(minutes=15 * k) for k in range(EDITS)]
    return [CellEdit("execution_runs", spread(k, size.runs), "ended_at", end) for k, end in enumerate(ends)]


_ID = BenchColumn("id", "text, display: true")
_NAME = BenchColumn("name", "text")
_ESTIMATED = BenchColumn("estimated_hours", "number")

_TASKS = BenchTable((_ID, _NAME, BenchColumn("scheduled_start_date", "date"), _ESTIMATED), _tasks)

_SPRINTS = BenchTable(
    (
        _ID,
        _NAME,
        BenchColumn("start_date", "date"),
        BenchColumn("end_date", "date"),
        BenchColumn(
            "tasks",
            "relation, to: tasks, many: true",
            "/* table */ tasks.Filter(scheduled_start_date >= thisRow.start_date AND "
            "scheduled_start_date <= thisRow.end_date)",
        ),
    ),
    _sprints,
)

_RUNS = BenchTable(
    (
        _ID,
        BenchColumn("workflow", "relation, to: workflows"),
        BenchColumn("task", "relation, to: tasks"),
        BenchColumn("started_at", "datetime"),
        BenchColumn("ended_at", "datetime"),
        BenchColumn(
            "actual_hours",
            "number",
            'If(thisRow.ended_at.IsBlank(), "", (thisRow.ended_at - thisRow.started_at).ToHours())',
        ),
        BenchColumn(
            "variance_vs_estimate",
            "number",
            "If(thisRow.task.IsBlank() OR thisRow.task.estimated_hours.IsBlank() OR thisRow.actual_hours.IsBlank(), "
            '"", thisRow.actual_hours - thisRow.task.estimated_hours)',
        ),
    ),
    _runs,
)


def _workflow_table(runs: str, *more: BenchColumn) -> BenchTable:
    """Workflows, given the formula for their runs."""
    percent = (
        "If(thisRow.avg_actual_hours.IsBlank() OR thisRow.estimated_hours.IsBlank() OR thisRow.estimated_hours = 0, "
        '"", (thisRow.avg_actual_hours - thisRow.estimated_hours) / thisRow.estimated_hours * 100)'
    )
    computed = (
        BenchColumn("execution_runs_count", "number", f"{runs}.Count()"),
        BenchColumn("avg_actual_hours", "number", f"{runs}.actual_hours.Average()"),
        BenchColumn("variance_pct", "number", percent),
    )
    return BenchTable((_ID, _NAME, _ESTIMATED, *more, *computed), _workflows)


def _aggregates(name: str, title: str, workflows: BenchTable) -> Workload:
    results = (
        ("execution_runs", "actual_hours"),
        ("execution_runs", "variance_vs_estimate"),
        ("workflows", "execution_runs_count"),
        ("workflows", "avg_actual_hours"),
        ("workflows", "variance_pct"),
    )
    tables = {"tasks": _TASKS, "workflows": workflows, "execution_runs": _RUNS}
    return Workload(name, title, "aggregates", tables, results, _run_edits)


RANGE_JOIN = Workload(
    "range_join",
    "the tasks of each sprint, by their date",
    "range_join",
    {"tasks": _TASKS, "sprints": _SPRINTS},
    (("sprints", "tasks"),),
    _task_edits,
)

AGGREGATES = _aggregates(
    "aggregates",
    "hours of each run; count, average and variance of each workflow, by the reverse column",
    _workflow_table(
        "thisRow.execution_runs", BenchColumn("execution_runs", "relation, to: execution_runs, reverse: workflow")
    ),
)

AGGREGATES_FILTER = _aggregates(
    "aggregates_filter",
    "the same, by Filter",
    _workflow_table("execution_runs.Filter(workflow = thisRow)"),
)
