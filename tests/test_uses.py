"""Uses of a part of a doc, in every kind of file of a project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.cli.renaming import steps_for
from codaform.cli.select import pick_part
from codaform.project.parts import ProjectPart
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.transaction import Write
from codaform.project.uses import Uses, index_uses
from codaform.semantics.renaming import Renaming
from codaform.site.guides.renaming import names_in_documents
from projects import FORMULAS, write

FILES: Mapping[str, str] = {
    "doc.yml": """\
doc: Shop
clock: 2025-12-10T09:00:00
formulas:
  - {name: limit, type: number, formula: "3"}
  - {name: heavy, type: relation, many: true, to: jobs, formula: "[Long jobs]"}
controls:
  - {name: least, type: slider, value: 0}
  - {name: Start, type: button, action: "ModifyRows(jobs, jobs.hours, limit)", disable_if: "least > 1"}
""",
    "jobs/table.yml": """\
table: jobs
columns:
  - {name: title, type: text, display: true, tests: [unique]}
  - {name: hours, type: number, default: "limit"}
  - {name: owner, type: relation, to: people}
  - {name: double, type: number, formula: "thisRow.hours * 2"}
  - {name: words, type: text, formula: '"by " & thisRow.owner'}
  - {name: unused, type: number, tests: [not_null]}
views:
  - {name: Long jobs, filter: "thisRow.double > least", sort: double, columns: [title, unused]}
tests:
  - {name: few, formula: "thisRow.hours < 9"}
""",
    "jobs/double.cases.yml": "- {case: two, given: {jobs: [{title: a, hours: 2}]}, expect: {a: 4}}\n",
    "people/table.yml": """\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: jobs, type: relation, many: true, to: jobs, reverse: owner}
  - {name: total, type: number, formula: "thisRow.jobs.double.Sum()"}
""",
    "scenarios/1_more.yml": """\
scenario: More
steps:
  - {step: a job, add: {jobs: [{title: b, hours: 4}]}, set: {least: 2}, expect: {heavy: "[@b]"}}
""",
    "documents/guide.md": "# Guide\n\nThe longest: {value}`jobs.hours.Max()`.\n\nSet {column}`jobs.unused`.\n",
}


def shop(folder: Path) -> Uses:
    """The uses of the parts of the small shop, its documents included."""
    return indexed(Session(read_project(write(folder, FILES), "")))


def indexed(session: Session) -> Uses:
    return index_uses(session, names_in_documents(session.project))


def near(uses: Uses, what: str, up: bool = False, depth: int | None = 1) -> list[str]:
    """The parts that one part leads to, with how and where."""
    return [
        f"{each.part} {'+'.join(f'{place.how}@{place.line}' for place in each.places)}"
        for each in uses.reached(pick_part(uses.doc, what), up, depth)
    ]


def test_a_column_is_needed_by_formulas_buttons_tests_cases_scenarios_and_documents(tmp_path: Path) -> None:
    assert near(shop(tmp_path), "jobs.hours") == [
        "jobs.double formula@6",
        "Start action@8",
        "few data test@12",
        "jobs/double.cases.yml case@1",
        "scenarios/1_more.yml scenario@3",
        "documents/guide.md document@3",
    ]


def test_what_follows_is_shown_once_below_the_nearest_part(tmp_path: Path) -> None:
    uses = shop(tmp_path)
    found = {
        str(each.part): (str(each.by), each.distance) for each in uses.reached(pick_part(uses.doc, "limit"), False)
    }
    assert found == {
        "jobs.hours": ("limit", 1),
        "Start": ("limit", 1),
        "jobs.double": ("jobs.hours", 2),
        "few": ("jobs.hours", 2),
        "jobs/double.cases.yml": ("jobs.hours", 2),
        "scenarios/1_more.yml": ("jobs.hours", 2),
        "documents/guide.md": ("jobs.hours", 2),
        "people.total": ("jobs.double", 3),
        "Long jobs": ("jobs.double", 3),
        "heavy": ("Long jobs", 4),
    }


def test_views_formulas_controls_and_tables_have_uses_too(tmp_path: Path) -> None:
    uses = shop(tmp_path)
    assert near(uses, "Long jobs") == ["heavy named@5"]
    assert near(uses, "least") == ["Long jobs filter@10", "Start disable_if@8", "scenarios/1_more.yml scenario@3"]
    assert near(uses, "heavy") == ["scenarios/1_more.yml scenario@3"]
    assert near(uses, "people") == ["jobs.owner relation@5", "jobs.words formula@7"]
    assert near(uses, "people", up=True) == ["jobs.double formula@5", "jobs.owner reverse@4", "jobs relation@4"]
    assert near(uses, "people.total", up=True) == ["jobs.double formula@5", "people.jobs formula@5"]


def test_a_row_as_a_text_needs_its_display_column_although_nothing_spells_it(tmp_path: Path) -> None:
    uses = shop(tmp_path)
    (found,) = uses.reached(ProjectPart("column", "name", "people"), up=False, depth=1)
    assert (str(found.part), [place.by_name for place in found.places]) == ("jobs.words", [False])


def test_a_number_among_any_values_needs_no_display_column(tmp_path: Path) -> None:
    formula = "thisRow.jobs.Count().Contains(1, 7).If(1, 0)"
    people = FILES["people/table.yml"].replace("thisRow.jobs.double.Sum()", formula)
    uses = indexed(Session(read_project(write(tmp_path, {**FILES, "people/table.yml": people}), "")))
    assert near(uses, "people.total", up=True) == ["people.jobs formula@5"]


def test_who_reads_a_view_does_not_need_the_columns_it_shows(tmp_path: Path) -> None:
    assert near(shop(tmp_path), "jobs.unused", depth=None) == [
        "Long jobs shown@10",
        "unused not_null data test@8",
        "documents/guide.md document@5",
    ]


def test_each_line_that_a_rename_changes_is_a_use_or_the_declaration() -> None:
    """Two ways to find the places of a name: the edits of a rename, and the uses."""
    project = read_project(FORMULAS, "")
    uses = indexed(Session(project))
    doc = project.doc
    parts = [ProjectPart("table", name) for name in doc.tables]
    parts += [
        ProjectPart("column", name, table.name) for table in list(doc.tables.values())[::4] for name in table.columns
    ]
    parts += [ProjectPart("view", view.name, table.name) for table in doc.tables.values() for view in table.views]
    for part in parts:
        table = part.table if part.kind == "column" else ""
        steps = steps_for(project, Renaming(part.kind, part.name, "Qqq", table))  # type: ignore[arg-type]
        changed = {step.path.name for step in steps if isinstance(step, Write)} - {"rows.csv", "doc.lock.yml"}
        known = {Path(place.file).name for places in uses.users[part].values() for place in places}
        known.add(Path(uses.declared[part][0]).name)
        assert {name for name in changed if "Qqq" not in name and "qqq" not in name} <= known, part


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["uses", *arguments, str(root)], catch_exceptions=False)


def test_the_command_fails_if_asked_to_and_the_part_is_used(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    assert run(tmp_path, "jobs.hours").exit_code == 0
    assert run(tmp_path, "jobs.hours", "--fail-if-used").exit_code == 1
    assert run(tmp_path, "people.total", "--fail-if-used").exit_code == 0
    (tmp_path / "people" / "total.cases.yml").write_text(
        "- {case: none, given: {people: [{name: a}]}, expect: {a: 0}}\n"
    )
    own = run(tmp_path, "people.total", "--fail-if-used")
    assert (own.exit_code, "cases, its own" in own.output) == (0, True), own.output
    unknown = run(tmp_path, "jobs.huors")
    assert unknown.exit_code == 2
    assert "did you mean hours" in unknown.output


def test_json_and_svg_have_the_same_parts(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    data = json.loads(run(tmp_path, "jobs.double", "--format", "json").output)
    assert data["part"] == {"kind": "column", "name": "double", "table": "jobs"}
    assert data["declared"]["line"] == 6
    assert [each["part"]["name"] for each in data["needs"]] == ["hours", "limit"]
    assert {"kind": "view", "name": "Long jobs", "table": "jobs"} in [each["part"] for each in data["needed_by"]]
    picture = run(tmp_path, "jobs.hours", "--format", "svg").output
    shown = "".join(ElementTree.fromstring(picture).itertext())
    assert all(name in shown for name in ("Start", "double", "total", "Long jobs"))


@pytest.mark.parametrize("name", ["\x1b[31mred", "<script>"])
def test_names_are_data(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"t/table.yml": json.dumps({"table": "t", "columns": [{"name": "<b>&", "type": "text"}]})})
    assert run(tmp_path, name).exit_code == 2
    assert "\x1b" not in run(tmp_path, name).output
    assert "<b>" not in run(tmp_path, "t.<b>&", "--format", "svg").output
