"""The command `init`, and the project that it writes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from codaform.cli.options import PATH, one_project

_FILES = {
    "doc.yml": """\
# yaml-language-server: $schema=schema/doc.schema.json
doc: Planner
about: Projects, and the tasks of each.
time_zone: Europe/Berlin
first_day_of_week: monday
clock: 2025-12-10T09:00:00   # local runs happen at this moment; without it, now
""",
    "projects/table.yml": """\
# yaml-language-server: $schema=../schema/table.schema.json
table: projects
about: A project has an end.
columns:
  - {name: name, type: text, key: true, display: true, tests: [unique, not_null], about: Its name.}
  - {name: sold_hours, type: number, format: "0.0", about: Hours that were sold.}
  - {name: tasks, type: relation, to: tasks, reverse: project, about: The tasks that belong to it.}
  - {name: open_hours, type: number, format: "0.0", formula: open_hours.coda, about: Hours that are left to do.}
""",
    "projects/open_hours.coda": """\
thisRow.tasks.Filter(Not(CurrentValue.done)).hours.Sum()
""",
    "projects/open_hours.cases.yml": """\
# yaml-language-server: $schema=../schema/cases.schema.json
- case: Only open tasks count
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
  - {name: name, type: text, key: true, display: true, tests: [unique, not_null], about: The work to do.}
  - {name: project, type: relation, to: projects, tests: [not_null], about: The project that it belongs to.}
  - {name: hours, type: number, format: "0.0", about: Estimated hours.}
  - {name: due, type: date, about: The last day; blank if there is none.}
  - {name: done, type: checkbox, about: Whether it is finished.}
  - {name: overdue, type: checkbox, formula: overdue.coda, about: Whether it is open after its last day.}
views:
  - {name: Overdue, about: The late tasks., filter: is_overdue.coda, sort: due, columns: [name, project, due]}
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
- case: A finished task is never overdue
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
about: A tick on a task changes its project and the list of late tasks.
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


@click.command("init")
@click.argument("folder", type=PATH, required=False)
@click.option("--project", type=PATH, metavar="P", help="The folder, as an option.")
def command(folder: Path | None, project: Path | None) -> None:
    """Write a small working project to start from.

    It has two tables with a relation between them, a formula and its cases in each, some rows, a scenario, and the JSON
    Schemas by which editors check YAML files. FOLDER is formulas/ by default. Nothing is overwritten: if one of the
    files exists, none is written.
    """
    import json

    from codaform.cli.terminal import put, say
    from codaform.project.json_schemas import json_schema
    from codaform.project.shapes import KINDS

    folder = one_project(folder, project) or Path("formulas")
    schemas = {f"schema/{kind}.schema.json": json.dumps(json_schema(kind), indent=2) + "\n" for kind in KINDS}
    files = {folder / name: text for name, text in {**_FILES, **schemas}.items()}
    _write(files, folder)
    for path in files:
        put(path.as_posix())
    try:
        place = folder.absolute().relative_to(Path.cwd())
    except ValueError:
        place = folder
    argument = "" if place in (Path("formulas"), Path()) else f" {place.as_posix()}"
    say(f"A project to make your own. Next: codaform check{argument}; codaform test{argument}")


def _write(files: dict[Path, str], folder: Path) -> None:
    """Write new files: all or none. Raises CannotRead if one exists."""
    from codaform.files import create_file, make_folders
    from codaform.project.locate import CannotRead, base_of

    for path in files:
        if path.exists() or path.is_symlink():
            raise CannotRead(f"{path} is there already; nothing was written")
    root = base_of(folder / "doc.yml")
    made: list[Path] = []
    try:
        for path, text in files.items():
            made += make_folders(path.parent, root)
            create_file(path, text, root)
            made.append(path)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise
