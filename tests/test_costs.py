"""What formulas cost, predicted, against what the engine counts when it computes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.evaluation.plans import plan_formula
from codaform.evaluation.table_facts import facts_of_book
from codaform.model.budget import MOST_STEPS_A_COLUMN
from codaform.project.session import Session
from codaform.semantics.costs import FormulaCost, formula_costs
from codaform.semantics.program import FormulaSite
from projects import opened, write

TABLE = """\
table: jobs
columns:
  - {name: title, type: text, display: true}
  - {name: team, type: select, options: [a, b, c, d]}
  - {name: hours, type: number}
  - {name: owner, type: relation, to: people}
  - {name: larger, type: number, formula: "jobs.Filter(hours * 2 > thisRow.hours).Count()"}
  - {name: mates, type: number, formula: "jobs.Filter(team = thisRow.team).Count()"}
  - {name: busy, type: number, formula: "jobs.Filter(team = thisRow.team AND hours * 2 > 1).Count()"}
  - {name: share, type: number, formula: "thisRow.hours / jobs.hours.Sum()"}
  - {name: own, type: number, formula: "thisRow.hours * 2"}
"""
PEOPLE = """\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: held, type: relation, many: true, to: jobs, reverse: owner}
  - {name: sought, type: number, formula: "jobs.Filter(owner = thisRow).hours.Sum()"}
  - {name: total, type: number, formula: "thisRow.held.hours.Sum()"}
"""


def doc(folder: Path, jobs: int, people: int = 4) -> Session:
    """A doc with so many rows, spread evenly over teams and people."""
    rows = "".join(f"j{at},{'abcd'[at % 4]},{at % 7},p{at % people}\n" for at in range(jobs))
    files = {
        "jobs/table.yml": TABLE,
        "people/table.yml": PEOPLE,
        "jobs/rows.csv": "title,team,hours,owner\n" + rows,
        "people/rows.csv": "name\n" + "".join(f"p{at}\n" for at in range(people)),
    }
    return opened(write(folder, files))


def costs(session: Session, grow: float = 1) -> dict[str, FormulaCost]:
    found = formula_costs(session.program, facts_of_book(session.book, grow))
    return {f"{cost.place.table}.{cost.place.name}": cost for cost in found}


def test_the_numbers_are_those_of_rows_that_are_asked_or_read(tmp_path: Path) -> None:
    found = {name: (cost.comparisons, cost.scanned) for name, cost in costs(doc(tmp_path, 40)).items()}
    each, every = 40.0, 1600.0
    assert found["jobs.larger"] == (each + every, each + every)
    assert found["jobs.mates"] == (each + each * (10 + 1), each + every)
    assert found["jobs.busy"] == (each + each * (10 + 1), each + every)
    assert found["jobs.share"] == (each + every, each + every)
    assert found["jobs.own"] == (each, each)
    assert found["people.total"] == (4 + 4 * 10, 4 + 4 * 10)


def test_a_look_up_leaves_as_many_rows_as_the_engine_counts(tmp_path: Path) -> None:
    session = doc(tmp_path, 40)
    found = costs(session)
    for table, name in (("jobs", "mates"), ("jobs", "busy"), ("people", "sought"), ("jobs", "larger")):
        place = FormulaSite("formula", table, name)
        source = session.project.doc.tables[table].columns[name].formula
        assert source is not None
        (plan, *_) = plan_formula(session.book, source, session.program.formulas[place], table).found
        (part, *_) = [part for part in found[f"{table}.{name}"].parts if part.span == plan.span]
        assert bool(part.looked_up) == bool(plan.looked_up)
        assert part.size - bool(plan.looked_up) == (plan.left if plan.looked_up else plan.rows), name


def spent(session: Session, table: str, name: str) -> int:
    """The steps that the engine counts for a whole column."""
    session.book.values(table, name)
    return MOST_STEPS_A_COLUMN - session.book.cells(table, name).left


@pytest.mark.parametrize(
    ("table", "name", "most"), [("jobs", "larger", 1.05), ("jobs", "busy", 1.3), ("people", "total", 1.6)]
)
def test_the_engine_counts_more_steps_as_the_prediction_grows(
    tmp_path: Path, table: str, name: str, most: float
) -> None:
    small, large = doc(tmp_path / "small", 100), doc(tmp_path / "large", 400)
    counted = spent(large, table, name) / spent(small, table, name)
    predicted = costs(small, 4)[f"{table}.{name}"].comparisons / costs(small)[f"{table}.{name}"].comparisons
    if table == "people":
        # The rows of people do not grow here: four people hold four times as many jobs.
        predicted = costs(large)["people.total"].comparisons / costs(small)["people.total"].comparisons
    assert 1 / most < counted / predicted < most


def test_what_would_help_is_said_of_the_costliest_part(tmp_path: Path) -> None:
    found = costs(doc(tmp_path, 40))
    assert found["people.sought"].help.startswith("held of the row holds the same rows of jobs")
    assert "asks every row of jobs: no part of the condition compares" in found["jobs.larger"].help
    assert "named formula" in found["jobs.share"].help
    assert "by team, about 11 each time" in found["jobs.mates"].help
    assert not found["jobs.own"].help


def test_what_is_named_already_is_computed_once(tmp_path: Path) -> None:
    named = "doc: D\nformulas:\n  - {name: hours, type: number, formula: jobs.hours.Sum()}\n"
    files = {"doc.yml": named, "jobs/table.yml": TABLE.replace(", to: people", ", to: jobs")}
    files["jobs/rows.csv"] = "title,team,hours\n" + "".join(f"j{at},a,{at}\n" for at in range(40))
    assert costs(opened(write(tmp_path, files)))[".hours"].help == "goes through every row of jobs"


def test_growth_makes_more_of_a_key_and_no_more_of_a_choice(tmp_path: Path) -> None:
    session = doc(tmp_path, 40)
    small, large = costs(session), costs(session, 10)
    # Four teams get ten times as many jobs each; ten times as many people hold as many jobs as before.
    assert large["jobs.mates"].parts[0].size == pytest.approx(10 * small["jobs.mates"].parts[0].size, rel=0.1)
    assert large["people.total"].parts[0].size == small["people.total"].parts[0].size


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["cost", str(root), *arguments], catch_exceptions=False)


def test_the_command_fails_above_the_budget(tmp_path: Path) -> None:
    doc(tmp_path, 40)
    assert run(tmp_path).exit_code == 0
    assert run(tmp_path, "--budget", "2000").exit_code == 0
    above = run(tmp_path, "--budget", "2000", "--grow", "10", "--most", "2")
    assert above.exit_code == 1
    assert "formulas above the budget of 2,000 comparisons" in above.output
    assert "160,400" in above.output
    data = json.loads(run(tmp_path, "--format", "json", "--most", "1").stdout)
    assert [one["comparisons"] for one in data["formulas"]] == [1640]
    assert data["formulas"][0]["parts"][0]["at_a_time"] == 40


def test_a_doc_without_rows_and_a_circle_cost_nothing(tmp_path: Path) -> None:
    names = "{name: a, type: number, many: true, formula: b}, {name: b, type: number, many: true, formula: a}"
    formulas = f"formulas: [{names}]"
    write(tmp_path, {"doc.yml": f"doc: X\n{formulas}\n", "jobs/table.yml": TABLE, "people/table.yml": PEOPLE})
    found = costs(opened(tmp_path))
    assert found["jobs.larger"].comparisons == 0
    assert found[".a"].comparisons == 1
