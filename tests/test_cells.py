"""Lists and values in cells as people write them: messages say what would be right, and no fix loses a value."""

from __future__ import annotations

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.fixes import apply_fixes
from codaform.model.schema import COLUMN_TYPES, SYSTEM_TYPES, Column
from codaform.project.cell_texts import cell_text
from codaform.project.cells import read_cell, split_values
from codaform.site.reference.files import PROSE
from projects import failures, findings, opened, told, write
from searching import examples

UTC = ZoneInfo("UTC")

TABLE = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: price, type: currency}
  - {name: share, type: percent}
  - {name: done, type: checkbox}
  - {name: due, type: date}
  - {name: at, type: time}
  - {name: state, type: select, options: [Open, Done, "On hold"]}
  - {name: tags, type: select, many: true, options: [red, green, "dark blue"]}
  - {name: owner, type: person}
  - {name: people, type: person, many: true}
  - {name: parent, type: relation, to: tasks}
  - {name: needs, type: relation, to: tasks, many: true}
  - {name: words, type: text, many: true}
  - {name: counts, type: number, many: true}
  - {name: days, type: date, many: true}
  - {name: files, type: file, many: true}
  - {name: picture, type: image}
  - {name: begins, type: datetime}
  - {name: takes, type: duration}
"""


def of_cell(folder: Path, column: str, text: str) -> list[Diagnostic]:
    """The findings of a row with one cell, beside two rows that relations may point to."""
    field = '"' + text.replace('"', '""') + '"'
    rows = f"name,{column}\nPlan,\nBuild,\nx,{field}\n"
    return findings(write(folder, {"tasks/table.yml": TABLE, "tasks/rows.csv": rows}))


SAID = {
    ("hours", "3,5"): ("3,5 is not a number; write 3.5", "3.5", True),
    ("hours", "0,25"): ("0,25 is not a number; write 0.25", "0.25", True),
    ("hours", "1,400"): ("1,400 is not a number; write 1400, or 1.400 if the comma is a decimal one", "1400", False),
    ("hours", "1,400,000"): ("1,400,000 is not a number; write 1400000", "1400000", True),
    ("hours", "1.400,50"): ("1.400,50 is not a number; write 1400.50", "1400.50", True),
    ("hours", "1,400.50"): ("1,400.50 is not a number; write 1400.50", "1400.50", True),
    ("hours", "1 400"): ("1 400 is not a number; write 1400", "1400", True),
    ("hours", "1'400"): ("1'400 is not a number; write 1400", "1400", True),
    ("hours", "5%"): ("5% is not a number; write 0.05, or give the column the type percent", "0.05", False),
    ("hours", "lots"): ("lots is not a number", "", False),
    ("share", "12,5%"): ("12,5% is not a number; write 12.5%", "12.5%", True),
    ("share", "10"): ("10 in a column of percents is 1000%", "10%", False),
    ("price", "€5"): ("€5 is not a number; write 5; the currency belongs to the column", "5", True),
    ("price", "1.234,50 EUR"): (
        "1.234,50 EUR is not a number; write 1234.50; the currency belongs to the column",
        "1234.50",
        True,
    ),
    ("done", "yes"): ("yes is neither true nor false; write true", "true", True),
    ("done", "No"): ("No is neither true nor false; write false", "false", True),
    ("done", "x"): ("x is neither true nor false; write true", "true", False),
    ("done", "maybe"): ("maybe is neither true nor false; write true or false", "", False),
    ("due", "08.12.2025"): ("08.12.2025 is no date like 2025-12-08; write 2025-12-08", "2025-12-08", True),
    ("due", "25/12/2025"): ("25/12/2025 is no date like 2025-12-08; write 2025-12-25", "2025-12-25", True),
    ("due", "08/12/2025"): ("08/12/2025 is no date like 2025-12-08; write 2025-12-08 or 2025-08-12", "", False),
    ("due", "2025/1/6"): ("2025/1/6 is no date like 2025-12-08; write 2025-01-06", "2025-01-06", True),
    ("at", "9:30"): ("9:30 is no time like 09:30; write 09:30", "09:30", True),
    ("at", "9:30 PM"): ("9:30 PM is no time like 09:30; write 21:30", "21:30", True),
    ("state", "open"): ("open is no option of state; did you mean Open?", "Open", True),
    ("state", "Open, Done"): (
        "Open, Done is not one value; state holds one value; many: true lets it hold several, separated by semicolons",
        "",
        False,
    ),
    ("tags", "red, green"): (
        "red, green is not one value of tags; values are separated by semicolons: red; green",
        "red; green",
        True,
    ),
    ("tags", "dark blue; red, green"): (
        "red, green is not one value of tags; values are separated by semicolons: red; green",
        "dark blue; red; green",
        True,
    ),
    ("tags", "red | green"): (
        "red | green is not one value of tags; values are separated by semicolons: red; green",
        "red; green",
        True,
    ),
    ("tags", "red\ngreen"): (
        "red green is not one value of tags; values are separated by semicolons: red; green",
        "red; green",
        True,
    ),
    ("tags", "red, gren"): (
        "red, gren is no option of tags; the options are red, green, dark blue; values are separated by semicolons",
        "",
        False,
    ),
    ("people", "ada@x.org, bob@x.org"): (
        "ada@x.org, bob@x.org is read as one of the people of people; values are separated by semicolons: "
        "ada@x.org; bob@x.org, and a name with a comma is in quotes",
        "ada@x.org; bob@x.org",
        True,
    ),
    ("people", "Ruiz, Ada"): (
        "Ruiz, Ada is read as one of the people of people; values are separated by semicolons: Ruiz; Ada, and a name "
        "with a comma is in quotes",
        "Ruiz; Ada",
        False,
    ),
    ("owner", "ada@x.org, bob@x.org"): (
        "ada@x.org, bob@x.org is not one person; owner holds one value; many: true lets it hold several, separated by "
        "semicolons",
        "",
        False,
    ),
    ("needs", "Plan, Build"): ("no row of tasks is displayed as Plan, Build", "Plan; Build", True),
    ("needs", "Plan, Biuld"): ("no row of tasks is displayed as Plan, Biuld", "", False),
    ("needs", "Plna"): ("no row of tasks is displayed as Plna", "Plan", False),
    ("parent", "Plan; Build"): ("no row of tasks is displayed as Plan; Build", "", False),
    ("words", "a, b"): ("a, b is read as one value of words, since semicolons separate values", "a; b", False),
    ("counts", "1, 2"): ("1, 2 is not one value of counts; values are separated by semicolons: 1; 2", "1; 2", True),
    ("counts", "1,2"): (
        "1,2 is not one value of counts; values are separated by semicolons: 1; 2; if the comma is a decimal one, "
        "write 1.2",
        "1; 2",
        False,
    ),
    ("counts", "1,5; 2"): ("1,5 is not a number; write 1.5", "1.5; 2", True),
    ("hours", "(5)"): ("(5) is not a number; write -5 if the brackets are a minus", "-5", False),
    ("hours", "5."): ("5. is not a number; write 5", "5", True),
    ("due", "8 Dec 2025"): ("8 Dec 2025 is no date like 2025-12-08; write 2025-12-08", "2025-12-08", True),
    ("due", "December 8, 2025"): ("December 8, 2025 is no date like 2025-12-08; write 2025-12-08", "2025-12-08", True),
    ("due", "8.12.25"): ("8.12.25 is no date like 2025-12-08; write 2025-12-08", "2025-12-08", False),
    ("due", "20251208"): ("20251208 is no date like 2025-12-08; write 2025-12-08", "2025-12-08", False),
    ("due", "2025-12-08T00:00"): (
        "2025-12-08T00:00 is no date like 2025-12-08; write 2025-12-08",
        "2025-12-08",
        True,
    ),
    ("due", "2025-12-08 10:30"): (
        "2025-12-08 10:30 is no date like 2025-12-08; write 2025-12-08, or give the column the type datetime",
        "",
        False,
    ),
    ("begins", "08.12.2025 9:30 PM"): (
        "08.12.2025 9:30 PM is no moment like 2025-12-08T22:30; write 2025-12-08T21:30",
        "2025-12-08T21:30",
        True,
    ),
    ("takes", "1,5 hours"): ("1,5 hours is not a duration; write 1.5 hours", "1.5 hours", True),
    ("state", " Open "): ('" Open " is no option of state; write Open', "Open", True),
    ("state", '"Open"'): ('"Open" is no option of state; write Open', "Open", True),
    ("tags", "red green"): (
        "red green is not one value of tags; values are separated by semicolons: red; green",
        "red; green",
        True,
    ),
    ("tags", "red blue"): (
        "red blue is no option of tags; the options are red, green, dark blue",
        "",
        False,
    ),
    ("people", "ada@x.org & bob@x.org"): (
        "ada@x.org & bob@x.org is read as one of the people of people; values are separated by semicolons: "
        "ada@x.org; bob@x.org, and a name with a comma is in quotes",
        "ada@x.org; bob@x.org",
        True,
    ),
    ("owner", "ada@x.org bob@x.org"): (
        "ada@x.org bob@x.org is not one person; owner holds one value; many: true lets it hold several, separated by "
        "semicolons",
        "",
        False,
    ),
    ("needs", "Plan / Build"): ("no row of tasks is displayed as Plan / Build", "Plan; Build", True),
    ("picture", "https://a.org/x, https://a.org/y"): (
        "https://a.org/x, https://a.org/y is not one address; picture holds one value; many: true lets it hold "
        "several, separated by semicolons",
        "",
        False,
    ),
    ("days", "2025-01-01, 2025-01-02"): (
        "2025-01-01, 2025-01-02 is not one value of days; values are separated by semicolons: 2025-01-01; 2025-01-02",
        "2025-01-01; 2025-01-02",
        True,
    ),
    ("files", "https://a.org/x, https://a.org/y"): (
        "https://a.org/x, https://a.org/y is read as one of the values of files; values are separated by semicolons: "
        "https://a.org/x; https://a.org/y",
        "https://a.org/x; https://a.org/y",
        True,
    ),
}


@pytest.mark.parametrize(("column", "text"), SAID)
def test_a_cell_says_what_would_be_right(tmp_path: Path, column: str, text: str) -> None:
    message, wanted, certain = SAID[column, text]
    (found,) = of_cell(tmp_path, column, text)
    assert found.message == message
    fix = found.fix
    assert (fix.edits[0].text if fix else "", fix.safe if fix else False) == (wanted, certain)
    if fix:
        path = tmp_path / "tasks/rows.csv"
        path.write_text(apply_fixes(path.read_text("utf-8"), [found], unsafe=True)[0], "utf-8")
        assert told(findings(tmp_path)) == []


RIGHT = {
    "people": '"Ruiz, Ada"; bob@x.org',
    "words": '"a, b"; c',
    "share": "1000%",
    "tags": "red; green",
    "needs": "Plan; Build",
    "files": "https://a.org/x,y.png; https://a.org/z",
    "name": "a, b; c",
}


@pytest.mark.parametrize("column", RIGHT)
def test_what_is_right_says_nothing(tmp_path: Path, column: str) -> None:
    field = '"' + RIGHT[column].replace('"', '""') + '"'
    head, line = ("name", field) if column == "name" else (f"name,{column}", f"x,{field}")
    fill = "" if column == "name" else ","
    rows = f"{head}\nPlan{fill}\nBuild{fill}\n{line}\n"
    assert told(findings(write(tmp_path, {"tasks/table.yml": TABLE, "tasks/rows.csv": rows}))) == []


def test_messages_name_the_separator(tmp_path: Path) -> None:
    (found,) = of_cell(tmp_path, "needs", "Plan, Build")
    assert found.help == "rows are separated by semicolons: Plan; Build"
    (found,) = of_cell(tmp_path, "parent", "Plan; Build")
    assert found.help == "parent holds one row; many: true lets it hold several, separated by semicolons"
    rows = "name,needs\nPlan,\nx,Plan,Build\n"
    (found,) = findings(write(tmp_path, {"tasks/rows.csv": rows}))
    assert "several values in a field are separated by semicolons" in found.help


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_file_with_other_separators(tmp_path: Path, sign: str, name: str) -> None:
    lines = (["name", "hours", "needs"], ["Plan", "3,5", ""], ["Build, later", "2", '"Plan"'])
    rows = "".join(sign.join(line) + "\n" for line in lines)
    folder = write(tmp_path, {"tasks/table.yml": TABLE, "tasks/rows.csv": rows})
    assert told(findings(folder)) == [
        f"tasks/rows.csv:1:1 bad-csv: {name} separate the fields; here commas do "
        "(save the file with commas; a field with a comma is in double quotes)"
    ]
    path = folder / "tasks/rows.csv"
    for _ in range(3):
        path.write_text(apply_fixes(path.read_text("utf-8"), findings(folder))[0], "utf-8")
    assert path.read_text("utf-8") == 'name,hours,needs\nPlan,"3.5",\n"Build, later",2,Plan\n'
    assert told(findings(folder)) == []


def test_a_file_that_tells_a_spreadsheet_its_separator(tmp_path: Path) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TABLE, "tasks/rows.csv": "sep=;\nname;hours\nPlan;3\n"})
    (found,) = findings(folder)
    assert "the first line tells a spreadsheet what separates the fields" in found.message
    path = folder / "tasks/rows.csv"
    path.write_text(apply_fixes(path.read_text("utf-8"), [found])[0], "utf-8")
    assert path.read_text("utf-8") == "name,hours\nPlan,3\n"


def test_blanks_around_a_name_in_the_header(tmp_path: Path) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TABLE, "tasks/rows.csv": "name, hours\nPlan,3\n"})
    (found,) = findings(folder)
    assert found.message == 'table tasks has no column " hours"; it is hours, without blanks around it'
    path = folder / "tasks/rows.csv"
    path.write_text(apply_fixes(path.read_text("utf-8"), [found])[0], "utf-8")
    assert told(findings(folder)) == []


# ------------------------------------------------------------ no fix loses a value

WORDS = {
    "tags": ["red", "green", "dark blue", "gren", "Red"],
    "needs": ["Plan", "Build", "Plna", "build", "nobody"],
    "people": ["ada@x.org", "Bob Day", "Ruiz", "cy@x.org"],
    "words": ["a", "bb", "c d"],
    "counts": ["1", "2.5", "30"],
    "state": ["Open", "Done", "On hold", "opne"],
    "parent": ["Plan", "Build", "Plna"],
    "owner": ["ada@x.org", "Bob Day"],
}
EXAMPLES = int(os.environ.get("CODAFORM_FIX_EXAMPLES", "25"))


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_fix_loses_a_value(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("fix")
    column = data.draw(st.sampled_from(sorted(WORDS)))
    values = data.draw(st.lists(st.sampled_from(WORDS[column]), min_size=2, max_size=4, unique=True))
    sign = data.draw(st.sampled_from([",", ", ", ";", "; ", " | ", "\n", "/", " and ", " ", " & "]))
    text = sign.join(values)
    of_cell(folder, column, text)
    path = folder / "tasks/rows.csv"
    for _ in range(6):
        before = path.read_text("utf-8")
        after = apply_fixes(before, findings(folder), unsafe=True)[0]
        if before == after:
            break
        path.write_text(after, "utf-8")
    cell = path.read_text("utf-8").split("x,", 1)[1]
    left = [part for part in re.split(r"[,;|\n/\" &]| and ", cell) if part.strip()]
    assert len(left) >= len(values), (text, cell)
    assert all(value in cell for value in values if value in VALID), (text, cell)


VALID = {
    "red",
    "green",
    "dark blue",
    "Plan",
    "Build",
    "ada@x.org",
    "Bob Day",
    "Ruiz",
    "cy@x.org",
    "Open",
    "Done",
    "On hold",
}


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.text(st.sampled_from('ab,;| "\n'), min_size=1, max_size=6).filter(lambda text: text.strip()), min_size=1
    )
)
def test_lists_come_back(values: list[str]) -> None:
    column = Column("c", "text", many=True)
    assert read_cell(cell_text(values, column, UTC, str), column, UTC) == values
    assert split_values(cell_text(values, column, UTC, str)) == values


def test_the_example_of_each_file_and_column_type_is_right(tmp_path: Path) -> None:
    fences = re.findall(r"^`([\w./]+)`\n\n```\w*\n(.*?)^```", PROSE.read_text("utf-8"), re.M | re.S)
    files = dict(fences)
    assert sorted(files) == [
        "doc.yml",
        "scenarios/finishing.yml",
        "tasks/late.cases.yml",
        "tasks/late.coda",
        "tasks/rows.csv",
        "tasks/table.yml",
    ]
    folder = write(tmp_path, files)
    assert told(findings(folder)) == []
    assert told(failures(folder)) == []
    columns = opened(folder).project.doc.tables["tasks"].columns.values()
    assert {column.kind for column in columns} >= COLUMN_TYPES.keys() - SYSTEM_TYPES - {"pack_object", "other"}
    (_, second, third) = opened(folder).book.rows("tasks")
    values = opened(folder).book
    assert values.value(second, "tags") == ["red", "now, or never"]
    assert len(values.value(third, "needs")) == 2
