"""Controls beside a mirror: a pull reads what they are set to, and computed columns follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from codaform.coda.door.rest import Rest
from codaform.model.values import Row
from codaform.server.commands.controls import delete_control, set_control
from codaform.server.doc.stored_values import to_json
from mirroring import FILES, Both, both_with, database, enter, ran, run

__all__ = ["database"]
pytestmark = pytest.mark.slow

CONTROLS = """\
controls:
  - {name: Limit, type: slider, value: 2}
  - {name: Word, type: text, value: cook}
  - {name: Late, type: checkbox}
  - {name: Day, type: date, value: 2025-12-01}
  - {name: Moment, type: datetime, value: 2025-12-01T09:30}
  - {name: Clock, type: time, value: '08:15'}
  - {name: Span, type: date_range, value: [2025-12-01, 2025-12-05]}
  - {name: Stage, type: select, options: [new, old], value: new}
  - {name: Stages, type: multiselect, options: [new, old], value: [new, old]}
  - {name: Focus, type: relation, to: jobs, value: cook}
  - {name: Owner, type: person, value: Ada Ruiz}
"""

FORMULAS = {
    "limit": ("number", "thisRow.hours + Limit"),
    "word": ("text", "Concatenate(thisRow.name, Word)"),
    "late": ("checkbox", "Late"),
    "days": ("number", "(Day - thisRow.due).ToDays()"),
    "since": ("number", "(Moment - thisRow.at).ToHours()"),
    "clock": ("time", "Clock"),
    "ends": ("date", "Span.Last()"),
    "state is": ("checkbox", "thisRow.state = Stage"),
    "states": ("number", "Stages.Count()"),
    "focused": ("checkbox", "thisRow = Focus"),
    "focus hours": ("number", "Focus.hours"),
    "owned": ("checkbox", "thisRow.who = Owner"),
}


@pytest.fixture
def both(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Jobs whose computed columns read controls of all kinds."""
    columns = "".join(f"  - {{name: {name}, type: {kind}, formula: '{f}'}}\n" for name, (kind, f) in FORMULAS.items())
    doc = f"doc: Small\ntime_zone: Europe/Berlin\nclock: 2025-12-08T10:00\n{CONTROLS}"
    files = {**FILES, "doc.yml": doc, "jobs/table.yml": FILES["jobs/table.yml"] + columns}
    with both_with(files, tmp_path, database, monkeypatch) as found:
        yield found


def set_to(both: Both, **values: Any) -> None:
    """Set controls in Coda, as people do on a page."""
    document = both.coda.parts.workspace.live(both.target.doc)
    for name, value in values.items():
        control = next(one for one in document.record.controls if one.name == name)
        set_control(document, control.id, to_json(value))


def computed(both: Both) -> dict[str, Any]:
    """The computed columns of the job cook."""
    names = ", ".join(f'"{name}"' for name in FORMULAS)
    (found,) = both.ask(f"SELECT {names} FROM small.jobs_computed WHERE name = 'cook'")
    return dict(zip(FORMULAS, found, strict=True))


def test_formulas_read_controls_as_they_are_set(both: Both) -> None:
    ran("pull")
    assert computed(both) == {
        "limit": 3.5,
        "word": "cookcook",
        "late": False,
        "days": 0.0,
        "since": 0.0,
        "clock": time(8, 15),
        "ends": date(2025, 12, 5),
        "state is": True,
        "states": 2.0,
        "focused": True,
        "focus hours": 1.5,
        "owned": False,
    }
    assert both.ask("SELECT not_given FROM small.jobs_computed") == [([],), ([],)]
    wash = Row("jobs", 2)
    set_to(both, Limit=4, Word="!", Late=True, Day=date(2025, 12, 3), Clock=time(9), Stage="old", Stages=["old"])
    set_to(both, Moment=datetime(2025, 12, 1, 12, tzinfo=UTC), Span=[date(2025, 1, 1), date(2025, 2, 1)], Focus=wash)
    assert computed(both)["limit"] == 3.5  # until the next pull
    ran("pull")
    assert computed(both) == {
        "limit": 5.5,
        "word": "cook!",
        "late": True,
        "days": 2.0,
        "since": 3.5,
        "clock": time(9),
        "ends": date(2025, 2, 1),
        "state is": False,
        "states": 1.0,
        "focused": False,
        "focus hours": None,
        "owned": False,
    }
    assert run("check")[0] == run("check", "--rows")[0] == 0


def test_what_nobody_has_read_is_not_given(both: Both) -> None:
    """Before the first pull, and where Coda has no such value: a blank would be another value."""
    enter(both.database, "INSERT INTO small.jobs (name, hours) VALUES ('cook', 1)")
    ((before,),) = both.ask("SELECT not_given FROM small.jobs_computed")
    assert before == [*FORMULAS]
    assert computed(both)["limit"] is None
    enter(both.database, "DELETE FROM small.jobs")
    both.add("jobs", name="cook")  # two rows with the text that Focus shows
    document = both.coda.parts.workspace.live(both.target.doc)
    delete_control(document, next(one.id for one in document.record.controls if one.name == "Limit"))
    ran("pull")
    found = both.ask("SELECT not_given FROM small.jobs_computed ORDER BY row LIMIT 1")
    assert found == [(["limit", "focused", "focus hours"],)]
    assert "warning  controls: not read: Limit; columns that need them are in not_given" in run("doctor")[1]
    assert run("check", "--rows")[0] == 0


def test_a_value_of_another_kind_is_not_given(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a doc where the control became another one; and a person whom Coda names by an address."""
    really = Rest.control

    def other(self: Rest, doc: str, control: str) -> Any:
        found = really(self, doc, control)
        odd = {"Limit": "many", "Owner": "ada@example.com", "Focus": ""}
        return {**found, "value": odd.get(str(found["name"]), found["value"])}

    monkeypatch.setattr(Rest, "control", other)
    enter(both.database, "INSERT INTO small.codaform_people VALUES ('Ada Ruiz', 'ada@example.com')")
    both.edit("jobs", "cook", who="Ada Ruiz")
    ran("pull")
    assert both.ask("SELECT value, misfit FROM small.codaform_controls WHERE name = 'Limit'") == [(None, "many")]
    assert both.ask("SELECT not_given FROM small.jobs_computed") == [(["limit"],), (["limit"],)]
    assert (computed(both)["owned"], computed(both)["focused"]) == (True, False)


def test_controls_that_come_later_are_kept_from_then_on(both: Both) -> None:
    ran("pull")
    enter(
        both.database,
        "UPDATE small.codaform_mirror SET layout = layout - 'controls'",
        "DROP TABLE small.codaform_controls CASCADE",  # with the views, as before there were any
    )
    tables = both.ask("SELECT viewname FROM pg_views WHERE schemaname = 'small'")
    for name in ("jobs", "runs", "marks"):
        if (f"{name}_computed",) not in tables:
            enter(both.database, f"CREATE VIEW small.{name}_computed AS SELECT 1")
    assert "keep the controls\n" in ran("init", "--apply")[1]
    ran("pull")
    assert computed(both)["limit"] == 3.5


def test_a_pull_asks_once_for_each_control(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    really = Rest.control

    def counted(self: Rest, doc: str, control: str) -> Any:
        asked.append(control)
        return really(self, doc, control)

    monkeypatch.setattr(Rest, "control", counted)
    ran("pull")
    assert len(asked) == len(set(asked)) == 11
