"""The project that `codaform init` writes."""

from __future__ import annotations

import json

from codaform.project.shapes import KINDS, json_schema

_FILES = {
    "doc.yml": """\
# yaml-language-server: $schema=schema/doc.schema.json
doc: Planner
about: What is worked on, and what there is to do for it.
time_zone: Europe/Berlin
first_day_of_week: monday
clock: 2025-12-10T09:00:00   # local runs happen at this moment; without it, now
""",
    "projects/table.yml": """\
# yaml-language-server: $schema=../schema/table.schema.json
table: projects
about: Something that is finished one day.
columns:
  - {name: name, type: text, key: true, display: true, tests: [unique, not_null], about: What everybody calls it.}
  - {name: sold_hours, type: number, format: "0.0", about: Hours that were sold.}
  - {name: tasks, type: relation, to: tasks, reverse: project, about: The tasks that belong to it.}
  - {name: open_hours, type: number, format: "0.0", formula: open_hours.coda, about: Hours that are left to do.}
""",
    "projects/open_hours.coda": """\
thisRow.tasks.Filter(Not(CurrentValue.done)).hours.Sum()
""",
    "projects/open_hours.cases.yml": """\
# yaml-language-server: $schema=../schema/cases.schema.json
- case: Only what is not done counts
  given:
    projects: [{name: Website}]
    tasks:
      - {name: Plan, project: Website, hours: 3, done: true}
      - {name: Build, project: Website, hours: 8}
      - {name: Test, project: Website, hours: 2.5}
  expect: {Website: 10.5}
- case: A project without tasks needs no hours
  given:
    projects: [{name: Website}]
  expect: {Website: 0}
""",
    "projects/rows.csv": """\
name,sold_hours
Website,40
Audit,12
""",
    "tasks/table.yml": """\
# yaml-language-server: $schema=../schema/table.schema.json
table: tasks
about: A piece of work for one person.
columns:
  - {name: name, type: text, key: true, display: true, tests: [unique, not_null], about: What is to be done.}
  - {name: project, type: relation, to: projects, tests: [not_null], about: The project that it belongs to.}
  - {name: hours, type: number, format: "0.0", about: Estimated hours.}
  - {name: due, type: date, about: The last day on which it is in time; blank if nobody waits for it.}
  - {name: done, type: checkbox, about: Whether it is finished.}
  - {name: overdue, type: checkbox, formula: overdue.coda, about: Whether somebody waits for it in vain.}
views:
  - {name: Overdue, about: What is late., filter: is_overdue.coda, sort: due, columns: [name, project, due]}
""",
    "tasks/overdue.coda": """\
thisRow.due.IsNotBlank() AND thisRow.due < Today() AND Not(thisRow.done)
""",
    "tasks/overdue.cases.yml": """\
# yaml-language-server: $schema=../schema/cases.schema.json
- case: The last day is still in time, the day after is not
  clock: 2025-12-10T09:00:00
  given:
    tasks:
      - {name: yesterday, due: 2025-12-09}
      - {name: today, due: 2025-12-10}
      - {name: some day}
  expect: {yesterday: true, today: false, some day: false}
- case: What is done is never overdue
  clock: 2025-12-10T09:00:00
  given:
    tasks: [{name: yesterday, due: 2025-12-09, done: true}]
  expect: {yesterday: false}
""",
    "tasks/is_overdue.coda": """\
thisRow.overdue
""",
    "tasks/rows.csv": """\
name,project,hours,due,done
Plan,Website,3,2025-12-08,true
Build,Website,8,2025-12-09,
Launch,Website,2,2025-12-19,
Read the books,Audit,6,2025-12-12,
""",
    "scenarios/a_task_gets_done.yml": """\
# yaml-language-server: $schema=../schema/scenario.schema.json
scenario: A task gets done
about: Ticking a task off changes its project and the list of what is late, with nothing else to do.
start: sample
steps:
  - step: One task of the website is late
    expect:
      projects: {Website: {open_hours: 10}}
      Overdue: [Build]
  - step: It gets done
    change: {tasks: {Build: {done: true}}}
    expect:
      projects: {Website: {open_hours: 2}}
      Overdue: []
  - step: Ten days later the next one is late
    clock: 2025-12-20T09:00:00
    expect:
      Overdue: [Read the books, Launch]
""",
}


def starter() -> dict[str, str]:
    """The text of each file by its path."""
    schemas = {f"schema/{kind}.schema.json": json.dumps(json_schema(kind), indent=2) + "\n" for kind in KINDS}
    return {**_FILES, **schemas}
