"""A rename changes the name in each file of the project that means it, and leaves the same word elsewhere."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.cli.renaming import steps_for
from codaform.deploy.ids import Ids
from codaform.deploy.lock import Confirmed, LockEntry, control_hash, own_hash, read_lock, write_lock
from codaform.model.schema import Doc, views
from codaform.project import transaction
from codaform.project.files import CannotRead
from codaform.project.reader import read_project
from codaform.project.renaming import check_name
from codaform.project.session import Session
from codaform.project.transaction import carry_out, recover
from codaform.semantics.program import FormulaSite
from codaform.semantics.renaming import Renaming
from codaform.site.guides.reading import find_documents
from codaform.site.guides.rendering import render_document
from projects import copy_of_founder_hq, failures, findings, write

FILES: Mapping[str, str] = {
    "doc.yml": """\
doc: Shop   # a comment
clock: 2025-12-10T09:00:00
formulas:
  - {name: limit, type: number, formula: limit.coda}
  - {name: best, type: relation, to: tasks, formula: best.coda}
controls:
  - {name: least, type: slider, value: 0}
  - {name: Focus, type: relation, to: tasks, choices: focus_choices.coda}
  - {name: reset, type: button, action: reset.coda}
""",
    "limit.coda": "3\n",
    "focus_choices.coda": "tasks.Filter(hours > least)\n",
    "reset.coda": "SetControlValue(least, limit)\n",
    "reset.cases.yml": "- {case: from one, set: {least: 1}, expect: 'SetControlValue(\"least\", 3)'}\n",
    "limit.cases.yml": "- {case: it is three, expect: 3}\n",
    "best.coda": "tasks.Sort(false, tasks.hours).First()\n",
    "tasks/table.yml": """\
table: tasks
columns:
  # the hours of tasks
  - {name: name, type: text, display: true, tests: [unique]}
  - name: "hours"   # hours
    type: number
    default: hours_default.coda
    about: Not the name hours.
  - {name: owner, type: relation, to: people, tests: [relationships]}
  - {name: owner_name, type: text, tests: [{relationships: {to: people, column: name}}]}
  - {name: double, type: number, formula: double.coda}
  - {name: halve, type: button, action: halve.coda, disable_if: halve_disabled.coda}
views:
  - {name: Long ones, filter: long_ones_filter.coda, sort: hours, columns: [name, 'hours']}
tests:
  - {name: few, formula: few.coda}
""",
    "tasks/hours_default.coda": "limit\n",
    "tasks/double.coda": '// hours, doubled\nthisRow.hours * 2 + Length("hours")\n',
    "tasks/double.cases.yml": """\
- case: two hours
  given:
    tasks: [{name: a, hours: 2, owner: Ada}]
    people: [{name: Ada}]
  expect: {a: 9}
""",
    "tasks/halve.coda": "ModifyRows(thisRow, tasks.hours, [hours] / 2)\n",
    "tasks/halve_disabled.coda": "hours.IsBlank()\n",
    "tasks/long_ones_filter.coda": "thisRow.hours > limit\n",
    "tasks/few.coda": "[Long ones].Count() < 9\n",
    "tasks/rows.csv": 'name,"hours",owner,owner_name\nhours,1,Ada,Ada\nb,8,,\n',
    "tasks/notes.txt": "tasks\n",
    "people/table.yml": """\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: owned, type: relation, to: tasks, reverse: owner}
  - {name: hours, type: number, formula: hours.coda}
""",
    "people/hours.coda": "thisRow.owned.hours.Sum()\n",
    "people/rows.csv": "name\nAda\n",
    "scenarios/one.yml": """\
scenario: A long day
start: sample
steps:
  - step: more
    add: {tasks: [{name: c, hours: 9}]}
    change: {tasks: {b: {hours: 2}}}
    set: {least: 2}
    press: {tasks: {halve: [c]}}
    expect:
      least: 2
      limit: 3
      tasks: {c: {hours: 4.5, double: 14}}
      people: {Ada: {hours: 1}}
      Long ones: [c]
  - {step: again, press: [reset], expect: {least: 3}}
  - {step: less, remove: {tasks: [c]}, expect: {Long ones: []}}
""",
    "documents/guide.md": """\
---
title: Hours
---

# tasks and hours

The table {table}`tasks` has {column}`tasks.hours`, `tasks.hours` and {column}`people.hours`, {row}`tasks: b` of
{view}`Long ones`, {cell}`tasks[b].hours → 8`, {value}`tasks.hours.Sum() + limit → 12`, {button}`tasks.halve`,
{formula}`tasks.Filter(hours > 1)`; {value}`least → 0`, `least`.

```{fields} tasks
:columns: name, hours
```

```{rows} Long ones
:columns: name, hours
b: {hours: 8}
```

```{rows} tasks
:where: hours > limit
- b
```

```{formula} tasks.double
:row: b
```

```{formula} limit
```

```{tests} limit
```

```{picture} dependencies limit
```

```{add} tasks
- {name: hours, hours: 5}
```

```{press} tasks.halve
- b
```

```{picture} bars tasks
:values: hours, double
```

```yaml
tasks: {hours: 1}
```
""",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = write(tmp_path / "p", FILES)
    assert complaints(folder) == []
    return folder


def complaints(root: Path) -> list[str]:
    """What `check`, `test` and the documents of a project have to say."""
    project = read_project(root, "")
    session = Session(project)
    in_documents = [
        one for source, name in find_documents(project) for one in render_document(session, source, name).problems
    ]
    return [f"{one.source.name}: {one.message}" for one in (*findings(root), *failures(root), *in_documents)]


def rename(root: Path, renaming: Renaming) -> None:
    project = read_project(root, "")
    check_name(project.doc, renaming)
    carry_out(root, steps_for(project, renaming))


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def expected(changes: Mapping[str, Mapping[str, str]]) -> dict[str, bytes]:
    """The files with some texts replaced, each wherever it occurs."""
    made = dict(FILES)
    for name, replaced in changes.items():
        for old, new in replaced.items():
            assert old in made[name], (name, old)
            made[name] = made[name].replace(old, new)
    return {name: text.encode() for name, text in made.items()}


def test_a_column(root: Path) -> None:
    rename(root, Renaming("column", "hours", "time spent", "tasks"))
    made = expected(
        {
            "best.coda": {"tasks.hours": "tasks.[time spent]"},
            "focus_choices.coda": {"hours": "[time spent]"},
            "tasks/table.yml": {
                '"hours"   #': '"time spent"   #',
                "hours_default.coda": "time_spent_default.coda",
                "sort: hours": "sort: time spent",
                "'hours'": "'time spent'",
            },
            "tasks/double.coda": {"thisRow.hours": "thisRow.[time spent]"},
            "tasks/double.cases.yml": {"hours: 2": "time spent: 2"},
            "tasks/halve.coda": {"tasks.hours, [hours]": "tasks.[time spent], [time spent]"},
            "tasks/halve_disabled.coda": {"hours": "[time spent]"},
            "tasks/long_ones_filter.coda": {"hours": "[time spent]"},
            "tasks/rows.csv": {'"hours"': '"time spent"'},
            "people/hours.coda": {"owned.hours": "owned.[time spent]"},
            "scenarios/one.yml": {
                "hours: 9": "time spent: 9",
                "hours: 2": "time spent: 2",
                "{hours: 4.5": "{time spent: 4.5",
            },
            "documents/guide.md": {
                "{column}`tasks.hours`": "{column}`tasks.time spent`",
                "[b].hours": "[b].time spent",
                "{value}`tasks.hours": "{value}`tasks.[time spent]",
                "(hours > 1)": "([time spent] > 1)",
                ":columns: name, hours": ":columns: name, time spent",
                "b: {hours": "b: {time spent",
                "where: hours": "where: [time spent]",
                "hours, hours: 5": "hours, time spent: 5",
                "values: hours": "values: time spent",
            },
        }
    )
    made["tasks/time_spent_default.coda"] = made.pop("tasks/hours_default.coda")
    assert contents(root) == made
    assert complaints(root) == []


def test_a_table(root: Path) -> None:
    rename(root, Renaming("table", "tasks", "To do: all"))
    after = contents(root)
    folder = "To do_ all"
    assert after[f"{folder}/notes.txt"] == b"tasks\n"
    assert not (root / "tasks").exists()
    assert after["doc.yml"].decode() == FILES["doc.yml"].replace("to: tasks", "to: 'To do: all'")
    assert after["best.coda"] == b"[To do: all].Sort(false, [To do: all].hours).First()\n"
    assert b"to: 'To do: all', reverse: owner" in after["people/table.yml"]
    assert after[f"{folder}/rows.csv"].decode() == FILES["tasks/rows.csv"]
    assert after["scenarios/one.yml"].decode() == FILES["scenarios/one.yml"].replace("tasks:", "'To do: all':")
    guide = after["documents/guide.md"].decode()
    assert "{row}`To do: all: b`" in guide
    assert "tasks: {hours: 1}" in guide
    assert complaints(root) == []


@pytest.mark.slow
def test_a_view_a_named_formula_a_button_and_controls(root: Path) -> None:
    rename(root, Renaming("view", "Long ones", "[x] #1"))
    rename(root, Renaming("formula", "limit", "Most hours"))
    rename(root, Renaming("column", "halve", "yes", "tasks"))
    rename(root, Renaming("control", "least", "at least"))
    rename(root, Renaming("control", "Focus", "Look at"))
    rename(root, Renaming("control", "reset", "Anew"))
    after = contents(root)
    assert after["tasks/few.coda"] == b"[[x\\] #1].Count() < 9\n"
    assert after["tasks/x_1_filter.coda"] == b"thisRow.hours > [Most hours]\n"
    assert {"most_hours.coda", "most_hours.cases.yml", "tasks/yes.coda", "tasks/yes_disabled.coda"} <= after.keys()
    assert b"{name: 'yes', type: button, action: yes.coda, disable_if: yes_disabled.coda}" in after["tasks/table.yml"]
    assert after["look_at_choices.coda"] == b"tasks.Filter(hours > [at least])\n"
    assert after["anew.coda"] == b"SetControlValue([at least], [Most hours])\n"
    steps = after["scenarios/one.yml"].decode()
    assert "set: {at least: 2}" in steps
    assert "      at least: 2\n      Most hours: 3\n" in steps
    assert "press: [Anew], expect: {at least: 3}" in steps
    cases = after["anew.cases.yml"].decode()
    assert cases == """- {case: from one, set: {at least: 1}, expect: 'SetControlValue("at least", 3)'}\n"""
    guide = after["documents/guide.md"].decode()
    assert "{value}`[at least] → 0`, `least`." in guide
    assert "Sum() + [Most hours] → 12`" in guide
    for directive in ("{formula}", "{tests}", "{picture} dependencies"):
        assert f"```{directive} Most hours\n" in guide
    assert complaints(root) == []


@pytest.mark.slow
def test_a_name_that_something_else_has_here_is_spelled_out(root: Path) -> None:
    rename(root, Renaming("column", "hours", "people", "tasks"))
    assert (root / "tasks/halve.coda").read_text() == "ModifyRows(thisRow, tasks.people, [people] / 2)\n"
    assert complaints(root) == [
        one for one in complaints(root) if "people" in one and "table.yml" not in one
    ]  # a name that two things have is said, and nothing else


def test_files_that_several_things_share_and_files_of_other_names_keep_theirs(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "t/table.yml": """\
table: t
columns:
  - {name: n, type: text, display: true}
  - {name: one, type: number, formula: one.coda}
  - {name: two, type: number, formula: one.coda}
  - {name: three, type: number, formula: third.coda}
""",
            "t/one.coda": "1\n",
            "t/third.coda": "3\n",
        },
    )
    rename(root, Renaming("column", "one", "first", "t"))
    rename(root, Renaming("column", "three", "last", "t"))
    assert {*contents(root)} == {"doc.yml", "t/table.yml", "t/one.coda", "t/third.coda"}
    assert findings(root) == []


INLINE = """\
table: t
columns:
  - {name: n, type: text, display: true}
  - {name: hours, type: number, default: 1}
  - {name: twice, type: number, formula: "thisRow.hours * 2"}
  - {name: thrice, type: number, formula: 'hours * 3 + Length("hours: ")', tests: [{formula: hours > 0}]}
  - name: much   # how much
    type: number
    formula: >-
      thisRow.hours
      * 100
views:
  - {name: All, filter: hours.IsNotBlank()}
"""


def test_formulas_in_a_line(tmp_path: Path) -> None:
    files = {
        "doc.yml": "doc: D\nformulas:\n  - {name: limit, type: number, formula: t.hours.Sum()}\n",
        "t/table.yml": INLINE,
        "t/twice.cases.yml": "- {case: one, given: {t: [{n: a, hours: 1}]}, expect: {a: 2}}\n",
        "t/rows.csv": "n,hours\na,1\n",
        "limit.cases.yml": "- {case: one, given: {t: [{n: a, hours: 1}]}, expect: 1}\n",
    }
    root = write(tmp_path, files)
    assert complaints(root) == []
    before = contents(root)
    renamings = [
        Renaming("column", "hours", "[odd] one", "t"),
        Renaming("column", "twice", "a: b", "t"),
        Renaming("table", "t", "all rows"),
        Renaming("formula", "limit", "most"),
        Renaming("view", "All", "Every one"),
    ]
    for renaming in renamings:
        rename(root, renaming)
    assert complaints(root) == []
    after = contents(root)
    assert {"all rows/a_b.cases.yml", "most.cases.yml"} <= after.keys()
    table = after["all rows/table.yml"].decode()
    assert 'formula: "thisRow.[[odd\\\\] one] * 2"' in table
    assert "formula: '[[odd\\] one] * 3 + Length(\"hours: \")', tests: [{formula: '[[odd\\] one] > 0'}]" in table
    assert "much   # how much\n" in table
    for renaming in reversed(renamings):
        rename(root, Renaming(renaming.kind, renaming.new, renaming.old, renaming.table))
    folded = b">-\n      thisRow.hours\n      * 100\n"
    now = contents(root)
    assert folded in before["t/table.yml"]
    before["t/table.yml"] = before["t/table.yml"].replace(folded, b"thisRow.hours * 100\n")
    now["t/table.yml"] = now["t/table.yml"].replace(b"'thisRow.hours * 100'", b"thisRow.hours * 100")
    assert now == before


def test_what_cases_expect_of_an_action(tmp_path: Path) -> None:
    case = """- {case: one, given: {t: [{n: a}]}, expect: {a: 'AddRow("t", {n: "n: b", m: 1})'}}\n"""
    table = (
        "table: t\ncolumns: [{name: n, type: text}, {name: m, type: number}, {name: b, type: button, action: b.coda}]\n"
    )
    files = {"t/table.yml": table, "t/b.coda": 'AddRow(t, t.n, "n: b", t.m, 1)\n', "t/b.cases.yml": case}
    root = write(tmp_path, files)
    assert complaints(root) == []
    rename(root, Renaming("column", "n", "full name", "t"))
    rename(root, Renaming("table", "t", "all"))
    assert complaints(root) == []
    assert """'AddRow("all", {full name: "n: b", m: 1})'""" in (root / "all/b.cases.yml").read_text()


def test_line_ends_and_marks_stay(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "t/table.yml": b"\xef\xbb\xbftable: t\r\ncolumns:\n"
            b"  - {name: a, type: text}\r\n  - {name: b, type: number}\n",
            "t/rows.csv": b"\xef\xbb\xbfb,a\r\n1,x\n",
        },
    )
    rename(root, Renaming("column", "a", "long name", "t"))
    assert contents(root)["t/table.yml"] == (
        b"\xef\xbb\xbftable: t\r\ncolumns:\n  - {name: long name, type: text}\r\n  - {name: b, type: number}\n"
    )
    assert contents(root)["t/rows.csv"] == b"\xef\xbb\xbfb,long name\r\n1,x\n"


@pytest.mark.slow
def test_a_file_that_is_no_utf_8_is_refused_and_nothing_is_renamed(tmp_path: Path) -> None:
    files = {"t/table.yml": b"table: t\ncolumns:\n  - {name: a, type: text}\n", "t/rows.csv": b"a\n\xfb\n"}
    root = write(tmp_path, files)
    before = contents(root)
    with pytest.raises(CannotRead, match=r"t/rows.csv is not UTF-8 text: byte 2 is none; nothing is renamed"):
        rename(root, Renaming("column", "a", "b", "t"))
    assert contents(root) == before


def test_the_lock_knows_the_new_name_of_every_environment(root: Path) -> None:
    entry = LockEntry(
        Ids(
            "dAbCDeFGHij",
            {"tasks": "grid-1", "people": "grid-2"},
            {("tasks", "hours"): "c-1", ("people", "hours"): "c-2"},
            controls={"Focus": "ctrl-1"},
        ),
        confirmed={
            FormulaSite("default", "tasks", "hours"): Confirmed("r", own_hash("limit")),
            FormulaSite("formula", "tasks", "double"): Confirmed("r", own_hash(FILES["tasks/double.coda"])),
            FormulaSite("formula", "people", "hours"): Confirmed("r", own_hash("another text")),
        },
        set_up={"Focus": control_hash(read_project(root, "").doc.controls["Focus"]), "least": "another"},
        shapes={("tasks", "hours"): "number", ("", "limit"): "number"},
    )
    write_lock(root, {"staging": entry, "local": entry})
    rename(root, Renaming("column", "hours", "time", "tasks"))
    for found in (read_lock(root)["staging"], read_lock(root)["local"]):
        assert found.ids.columns == {("tasks", "time"): "c-1", ("people", "hours"): "c-2"}
        assert found.shapes == {("tasks", "time"): "number", ("", "limit"): "number"}
        focus = control_hash(read_project(root, "").doc.controls["Focus"])
        assert found.set_up == {"Focus": focus, "least": "another"} != entry.set_up
        double = (root / "tasks/double.coda").read_text()
        assert found.confirmed == {
            FormulaSite("default", "tasks", "time"): Confirmed("r", own_hash("limit")),
            FormulaSite("formula", "tasks", "double"): Confirmed("r", own_hash(double)),
            FormulaSite("formula", "people", "hours"): Confirmed("r", own_hash("another text")),
        }
    assert "local" not in (root / "doc.lock.yml").read_text()
    rename(root, Renaming("table", "tasks", "jobs"))
    assert read_lock(root)["local"].ids.tables == {"jobs": "grid-1", "people": "grid-2"}


# ------------------------------------------------------------ what is refused


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(program, ["rename", *arguments, str(root)], catch_exceptions=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tasks.hours", "owner"), "owner is a column of tasks already"),
        (("tasks.hours", "Owner"), "owner is a column of tasks already"),
        (("tasks.hours", "hours"), "is the name already"),
        (("tasks.hours", "tasks.time"), "give the new name without its table: time"),
        (("tasks", "Long ones"), "Long ones is a view of tasks already"),
        (("tasks", "PEOPLE"), "people is a table already"),
        (("limit", "tasks"), "tasks is a table already"),
        (("tasks", "focus"), "Focus is a control already"),
        (("Long ones", "limit"), "limit is a named formula already"),
        (("tasks.hour", "x"), "did you mean hours?"),
        (("task", "x"), "did you mean tasks?"),
        (("tasks", ""), "is no name"),
        (("tasks", " x"), "is no name"),
        (("tasks", "a\nb"), "is no name"),
        (("tasks.name", "a, b"), "cannot write the name a, b"),
        (("tasks", "a`b"), "cannot write the name a`b"),
        (("limit", "a`b"), "cannot write the name a`b"),
        (("least", "a`b"), "cannot write the name a`b"),
    ],
)
@pytest.mark.parametrize("apply", [True, False])
def test_what_cannot_be_renamed_is_one_line(root: Path, arguments: tuple[str, str], said: str, apply: bool) -> None:
    before = contents(root)
    found = run(root, *arguments, *(["--apply"] if apply else []))
    assert found.exit_code == 2, found.output
    assert said in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert contents(root) == before


def test_a_name_with_which_a_formula_would_mean_something_else_is_refused(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "a/table.yml": "table: a\ncolumns: [{name: n, type: number}, {name: s, type: number, formula: s.coda}]\n",
            "a/s.coda": "a.Filter(b.Filter(m > n).Count() > 0).Count()\n",
            "b/table.yml": "table: b\ncolumns: [{name: m, type: number}, {name: k, type: number}]\n",
        },
    )
    before = contents(root)
    found = run(root, "b.k", "n", "--apply")
    assert found.exit_code == 2
    assert "a/s.coda would mean something else" in found.stderr
    assert contents(root) == before


@pytest.mark.slow
def test_nothing_is_written_without_apply(root: Path) -> None:
    before = contents(root)
    shown = run(root, "TASKS.Hours", "estimate")
    assert shown.exit_code == 0
    assert "-thisRow.hours > limit\n+thisRow.estimate > limit\n" in shown.stdout
    assert "hours_default.coda to" in shown.stdout
    assert "nothing was written" in shown.stderr
    assert contents(root) == before
    done = run(root, "tasks.hours", "estimate", "--apply")
    assert done.exit_code == 0
    assert done.stdout == shown.stdout
    assert "tasks.hours is estimate now" in done.stderr
    assert complaints(root) == []


# ------------------------------------------------------------ all or nothing


@pytest.mark.slow
@pytest.mark.parametrize("renaming", [Renaming("table", "tasks", "jobs"), Renaming("column", "hours", "time", "tasks")])
def test_an_interrupted_renaming_leaves_the_old_or_the_new(
    root: Path, renaming: Renaming, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(root)
    project = read_project(root, "")
    steps = steps_for(project, renaming)
    real = transaction._do

    for last in range(len(steps)):

        def stop(place: Path, number: int, step: transaction.Step, last: int = last) -> list[Path]:
            if number == last:
                raise KeyboardInterrupt
            return real(place, number, step)

        monkeypatch.setattr(transaction, "_do", stop)
        with pytest.raises(KeyboardInterrupt):
            carry_out(root, steps)
        assert contents(root) == before
        # If it is killed in the middle, the next reader undoes it.
        monkeypatch.setattr(transaction, "_undo", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            carry_out(root, steps)
        monkeypatch.undo()
        read_project(root, "")
        assert contents(root) == before
    carry_out(root, steps)
    assert complaints(root) == []


def test_a_log_from_somebody_else_reaches_no_hidden_file(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git/config").write_text("mine")
    for path in (".git/config", "../outside", "/etc/passwd"):
        folder = root / transaction.FOLDER
        folder.mkdir(exist_ok=True)
        (folder / "log.json").write_text(f'{{"steps": [{{"write": "{path}", "existed": false}}]}}')
        (folder / "old-0").write_text("planted")
        with pytest.raises(OSError, match=r"undo|outside|lies"):
            recover(root)
    assert (root / ".git/config").read_text() == "mine"


# ------------------------------------------------------------ any name of anything

ODD = [
    *("a b", "Zeit (h)", "1st", "no", "x: y", "it's", 'the "one"', "é", "日本"),
    *("a]b", "[c]", "p.q", "#1", "a, b", "{x}", "- z"),
]


def _any(doc: Doc, chance: random.Random) -> Renaming:
    things = [("table", name, "") for name in doc.tables]
    things += [("column", name, table.name) for table in doc.tables.values() for name in table.columns]
    things += [("view", view.name, "") for view in views(doc)] + [("formula", name, "") for name in doc.formulas]
    kind, old, table = chance.choice([*things, *[one for one in things if one[0] != "column"]])
    new = f"{chance.choice(ODD)} {chance.randrange(10**6)}"
    return Renaming(kind, old, new, table)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("CODAFORM_RENAMES", "2"))))
def test_founder_hq_with_other_names_is_as_sound_and_comes_back_byte_by_byte(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    root = copy_of_founder_hq(tmp_path)
    states = [contents(root)]
    done: list[Renaming] = []
    for _ in range(chance.randint(1, 5)):
        renaming = _any(read_project(root, "").doc, chance)
        try:
            rename(root, renaming)
        except CannotRead:
            assert contents(root) == states[-1], "what is refused changes nothing"
            continue
        states.append(contents(root))
        done.append(renaming)
    assert complaints(root) == []
    for renaming, state in zip(reversed(done), states[-2::-1], strict=True):
        back = Renaming(renaming.kind, renaming.new, renaming.old, renaming.table)
        rename(root, back)
        assert contents(root) == state
