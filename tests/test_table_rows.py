"""Rows read column by column say the same, and are the same, as rows read one by one with all their places."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from bare_environment import make, run
from codaform.diagnostics.render.text import as_text
from codaform.model.values import Row
from codaform.project import check_cache, files, table_rows
from codaform.project.check import check_project
from codaform.project.keys import check_keys
from codaform.project.locate import CannotRead
from codaform.project.project import Project
from codaform.project.reader import read_project
from codaform.project.renaming import renamed_project
from codaform.project.rows import read_csv
from codaform.project.session import Session
from codaform.project.table_rows import TableRows
from codaform.project.written_files import compared
from codaform.semantics.renaming import Renaming
from codaform.source import Source
from projects import findings, marked, opened, told, with_tasks, write
from searching import examples

BERLIN = ZoneInfo("Europe/Berlin")

PEOPLE = """\
table: people
columns:
  - {name: name, type: text, key: true}
  - {name: age, type: number}
"""

WORK = """\
table: work
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number, tests: [unique]}
  - {name: share, type: percent}
  - {name: stars, type: scale}
  - {name: done, type: checkbox}
  - {name: due, type: date}
  - {name: begins, type: datetime}
  - {name: state, type: select, options: [Open, Done]}
  - {name: tags, type: select, many: true, options: [red, green]}
  - {name: words, type: text, many: true}
  - {name: owner, type: person}
  - {name: lead, type: relation, to: people}
  - {name: team, type: relation, to: people, many: true}
  - {name: double, type: number, formula: hours * 2}
"""

CELLS = (
    *("", "", "Ada", "Bob", "Ada; Bob", "Ada, Bob", "ada", "Cid", " Ada", "a;b", "a, b", '"a; b"', "a\nb", "é\u2028"),
    *("1", "1.5", "1,5", "-0", "1e3", "1,400", "10", "50%", "9", "3", "true", "TRUE", "yes", "nan", "1" * 400),
    *("2025-01-02", "2025-02-30", "08.12.2025", "2025-01-02T10:00", "2025-01-02T10:00+01:00", "0001-01-01T00:00"),
    *("Open", "open", "Done ", "red; green", "red, green", "blue", "ada@x.org", "ada@x.org, bob@x.org", ";"),
)

HEADERS = (*WORK.split("{name: ")[1:], "nmae", "hours", "hours ", "")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A `rows.csv` of the table work: mostly sound, with all slips that people make."""
    known = [part.partition(",")[0] for part in HEADERS]
    header = draw(st.lists(st.sampled_from(known), min_size=1, max_size=7, unique=draw(st.integers(0, 3)) > 0))
    width = len(header)
    row = st.lists(st.sampled_from(CELLS), min_size=width, max_size=width)
    odd = st.lists(st.sampled_from(CELLS), min_size=1, max_size=width + 1)
    rows = draw(st.lists(st.one_of(row, row, row, row, odd), max_size=8))
    text = io.StringIO()
    writers = (csv.writer(text, lineterminator="\n"), csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL))
    draw(st.sampled_from(writers)).writerows([header, *rows])
    lines = text.getvalue()
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(lines)))
        lines = lines[:at] + draw(st.sampled_from(["\n", "\n\n", '"', ",", ";", "\0"])) + lines[at:]
    return draw(st.sampled_from(["", "\ufeff"])) + lines.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def one_by_one(project: Project) -> Project:
    """The project with its rows as rows from YAML are: one by one, each cell with its place."""
    return replace(project, rows={name: list(rows) for name, rows in project.rows.items()})


def values_of(session: Session) -> dict[str, list[list[object]]]:
    """Every value of every row."""
    book = session.book
    tables = session.project.doc.tables.values()
    return {
        one.name: [[book.value(row, name) for name in one.columns] for row in book.rows(one.name)] for one in tables
    }


@given(text=texts(), people=st.lists(st.sampled_from(["Ada,1", "Bob,2", "Ada,x", ",", "Cid"]), max_size=4))
@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_columns_and_rows_tell_the_same(tmp_path: Path, text: str, people: list[str]) -> None:
    rows = {"people/rows.csv": "\n".join(["name,age", *people]), "work/rows.csv": text}
    folder = write(tmp_path, {"people/table.yml": PEOPLE, "work/table.yml": WORK, **rows})
    project = read_project(folder, "")
    assert isinstance(project.rows["people"], TableRows)
    plain = one_by_one(project)
    assert check_project(project) == check_project(plain)
    assert list(check_keys(project)) == list(check_keys(plain))
    by_column, by_row = Session(project), Session(plain)
    assert by_column.row_diagnostics == by_row.row_diagnostics
    assert values_of(by_column) == values_of(by_row)
    if "work" in project.rows:
        source = Source("work/rows.csv", text.removeprefix("\ufeff").replace("\r\n", "\n"))
        rows_read, problems = read_csv(source, project.doc.tables["work"])
        assert list(project.rows["work"]) == rows_read
        assert len(project.rows["work"]) == len(rows_read)
        assert [one for one in project.diagnostics if one.source.name == source.name and one in problems] == problems


def test_a_wrong_cell_far_down_has_its_place(tmp_path: Path) -> None:
    many = "".join(f'"row\n{number}",{number}\n' for number in range(3_000))
    folder = with_tasks(tmp_path, {"tasks/rows.csv": f"name,hours\n{many}last,3 h\n"})
    (found,) = findings(folder)
    assert told([found])[0].startswith("tasks/rows.csv:6002:6 bad-cell: 3 h is not a number")
    assert marked(found) == "3 h"
    rows = opened(folder).project.rows["tasks"]
    assert (rows[-1].cells["name"].text, rows[2_999].cells["name"].text) == ("last", "row\n2999")
    assert [row.cells["hours"].text for row in rows[1:4]] == ["1", "2", "3"]


def test_many_wrong_cells_and_lines_are_shown_as_a_few(tmp_path: Path) -> None:
    wrong = "".join(f"row {number},{number} h\n" for number in range(200)) + "a,1,2\n" * 50
    found = findings(with_tasks(tmp_path, {"tasks/rows.csv": f"name,hours\n{wrong}"}))
    assert len(found) == 250
    text = as_text(found)
    assert text.count(" h is not a number") == 10
    assert (
        "[bad-cell]: 190 more cells of hours have this finding; the first of them is here\n  --> tasks/rows.csv:12:"
        in text
    )
    assert "[bad-csv]: 40 more lines have this finding; the first of them is here\n   --> tasks/rows.csv:212:" in text


@pytest.mark.slow
def test_a_file_of_many_bytes_is_read(tmp_path: Path) -> None:
    wide = "x" * 100_000
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\n" + f"{wide},1\n" * 250})
    assert (folder / "tasks" / "rows.csv").stat().st_size > files.MAX_BYTES
    assert findings(folder) == []
    assert len(opened(folder).project.rows["tasks"]) == 250


def test_a_table_of_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_rows, "MOST_ROWS", 1_000)
    within = with_tasks(tmp_path / "within", {"tasks/rows.csv": "name\n" + "x\n" * 1_000})
    assert findings(within) == []
    beyond = with_tasks(tmp_path / "beyond", {"tasks/rows.csv": "name,hours\n" + "x,no\n" * 1_001})
    said = "too-large: the table has more than 1,000 rows, the most that is read"
    assert told(findings(beyond)) == [f"tasks/rows.csv:1:1 {said}"]
    save(with_tasks(tmp_path / "parquet"), {"name": ["x"] * 1_001})
    assert told(findings(tmp_path / "parquet")) == [f"tasks/rows.parquet:1:1 {said}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name\n" + b"x\n" * 600_000 + b"\xe9\n", "600002:1 bad-encoding: the file is not UTF-8 text"),
        (b"name\r\n" + b"x\r\n" * 600_000 + b"y\0\r\n", "600002:2 bad-encoding: the control character U+0000"),
        (b"\xef\xbb\xbfname\n" + b"\xc3\xa9\n" * 600_000 + b"a\rb\n", "600002:2 bad-encoding: the control character"),
    ],
)
def test_what_is_no_text_has_its_place_in_a_long_file(tmp_path: Path, data: bytes, said: str) -> None:
    (found,) = told(findings(with_tasks(tmp_path, {"tasks/rows.csv": data})))
    assert found.startswith(f"tasks/rows.csv:{said}")


def test_equal_texts_and_dates_are_kept_once(tmp_path: Path) -> None:
    table = "table: work\ncolumns:\n  - {name: name, type: text}\n  - {name: due, type: date}\n"
    lines = "".join(f"name {number % 3},2025-01-0{number % 3 + 1}\n" for number in range(900))
    book = opened(write(tmp_path, {"work/table.yml": table, "work/rows.csv": f"name,due\n{lines}"})).book
    for column in ("name", "due"):
        assert len({id(book.value(row, column)) for row in book.rows("work")}) == 3


def test_reading_says_how_far_it_is(tmp_path: Path) -> None:
    seen: list[int] = []
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name\n" + "x\n" * 1_234})
    read_project(folder, "", seen.append)
    assert seen[-1] == 1_234
    assert seen == sorted(set(seen))
    assert len(seen) > 3


# ---------------------------------------------------------------- Parquet


def save(folder: Path, columns: dict[str, Any]) -> Path:
    """Write a `rows.parquet` of the table tasks, and give its path."""
    path = folder / "tasks" / "rows.parquet"
    parquet.write_table(pyarrow.table(columns), path)
    return path


TYPES = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number}
  - {name: share, type: percent}
  - {name: due, type: date}
  - {name: begins, type: datetime}
  - {name: at, type: time}
  - {name: takes, type: duration}
  - {name: done, type: checkbox}
  - {name: tags, type: select, many: true, options: [red, green]}
  - {name: counts, type: number, many: true}
  - {name: owner, type: person}
  - {name: parent, type: relation, to: tasks}
  - {name: needs, type: relation, to: tasks, many: true}
"""

BEGINS = datetime(2025, 7, 1, 10, 0, tzinfo=UTC)

VALUES: list[tuple[str, Any, list[object]]] = [
    ("hours", lambda: [1, None, -3], [1.0, None, -3.0]),
    ("hours", lambda: pyarrow.array([1.5, None, 2.0], pyarrow.float32()), [1.5, None, 2.0]),
    ("hours", lambda: [Decimal("1.50"), None, Decimal("7")], [1.5, None, 7.0]),
    ("hours", lambda: ["1.5", None, ""], [1.5, None, None]),
    ("share", lambda: [10.0, None, 0.25], [10.0, None, 0.25]),
    ("due", lambda: [date(2025, 1, 2), None, date(1, 1, 1)], [date(2025, 1, 2), None, date(1, 1, 1)]),
    ("due", lambda: pyarrow.array([86_400_000], pyarrow.date64()), [date(1970, 1, 2)]),
    ("due", lambda: ["2025-01-02"], [date(2025, 1, 2)]),
    ("begins", lambda: [datetime(2025, 7, 1, 12, 0)], [BEGINS.astimezone(BERLIN)]),
    ("begins", lambda: pyarrow.array([BEGINS], pyarrow.timestamp("ms", "Asia/Tokyo")), [BEGINS.astimezone(BERLIN)]),
    ("begins", lambda: pyarrow.array([BEGINS], pyarrow.timestamp("ns", "+09:00")), [BEGINS.astimezone(BERLIN)]),
    ("begins", lambda: [date(2025, 7, 1)], [datetime(2025, 7, 1, tzinfo=BERLIN)]),
    ("at", lambda: [time(9, 30), None, time(0, 0, 7)], [time(9, 30), None, time(0, 0, 7)]),
    ("at", lambda: pyarrow.array([34_200_000_000_000], pyarrow.time64("ns")), [time(9, 30)]),
    ("takes", lambda: pyarrow.array([90_000], pyarrow.duration("ms")), [timedelta(seconds=90)]),
    ("takes", lambda: ["2 hours"], [timedelta(hours=2)]),
    ("done", lambda: [True, None, False], [True, False, False]),
    ("tags", lambda: [["red", "green"], None, []], [["red", "green"], [], []]),
    ("tags", lambda: pyarrow.array(["red; green", "green"]).dictionary_encode(), [["red", "green"], ["green"]]),
    ("counts", lambda: [[1.5, None, 2.0], [3.0]], [[1.5, 2.0], [3.0]]),
    ("counts", lambda: [7, None], [[7.0], []]),
    ("name", lambda: ["a\r\nb", "", None], ["a\nb", None, None]),
    ("name", lambda: [2**60 + 1, 3], [str(2**60 + 1), "3"]),
    ("name", lambda: [date(2025, 1, 2)], ["2025-01-02"]),
    ("name", lambda: pyarrow.nulls(2), [None, None]),
]


@pytest.mark.parametrize(("column", "given_values", "expected"), VALUES)
def test_values_of_parquet(tmp_path: Path, column: str, given_values: Any, expected: list[object]) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TYPES})
    save(folder, {column: given_values()})
    session = opened(folder)
    assert told(check_project(session.project)) == []
    assert [session.book.value(row, column) for row in session.book.rows("tasks")] == expected


def test_relations_of_parquet(tmp_path: Path) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TYPES})
    parents = pyarrow.array(["2", "1", None]).dictionary_encode()
    save(folder, {"name": [1, 2, 3], "parent": parents, "needs": [["1", "2"], None, ["3"]]})
    session = opened(folder)
    assert findings(folder) == []
    first, second, third = session.book.rows("tasks")
    assert [session.book.value(row, "parent") for row in (first, second, third)] == [second, first, None]
    assert [session.book.value(row, "needs") for row in (first, second, third)] == [[first, second], [], [third]]
    assert first == Row("tasks", 1)


UNFIT: list[tuple[str, Any, str]] = [
    ("hours", lambda: [1.0, float("nan")], "nan is not a number (row 2, hours)"),
    ("hours", lambda: [True], "true is not a number (row 1, hours)"),
    ("hours", lambda: ["1", "1,5"], "1,5 is not a number; write 1.5 (row 2, hours)"),
    ("hours", lambda: [[1.0, 2.0]], "hours holds one value, here stand 2 (row 1, hours)"),
    ("due", lambda: pyarrow.array([10**7], pyarrow.date32()), "year 29349 is no date like 2025-12-08 (row 1, due)"),
    ("begins", lambda: pyarrow.array([1], pyarrow.timestamp("ns")), "1970-01-01T00:00:00.000000001 is no moment"),
    ("begins", lambda: pyarrow.array([10**17], pyarrow.timestamp("ms")), "year 3170844 is no moment like"),
    ("at", lambda: [time(9, 30, 0, 5)], "09:30:00.000005 is no time like 09:30 (row 1, at)"),
    ("takes", lambda: pyarrow.array([7], pyarrow.duration("ns")), '"7 nanoseconds" is not a duration'),
    ("tags", lambda: [["red"], ["blue"]], "blue is no option of tags; the options are red, green (row 2, tags)"),
    ("name", lambda: ["a", "b\0"], "the control character U+0000 is in the text (row 2, name)"),
    ("parent", lambda: ["b\0"], "the control character U+0000 is in the text (row 1, parent)"),
    (
        "due",
        lambda: [datetime(2025, 1, 2, 10)],
        "2025-01-02T10:00:00 is no date like 2025-12-08; write 2025-01-02, or give the column the type datetime (row 1",
    ),
]


@pytest.mark.parametrize(("column", "given_values", "said"), UNFIT)
def test_a_value_that_does_not_fit_names_row_and_column(
    tmp_path: Path, column: str, given_values: Any, said: str
) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TYPES})
    save(folder, {column: given_values()})
    (found,) = findings(folder)
    assert told([found])[0].startswith(f"tasks/rows.parquet:1:1 bad-cell: {said}")
    assert found.fix is None
    assert opened(folder).row_diagnostics == [found]


def test_what_else_there_is_to_say_of_values_names_row_and_column(tmp_path: Path) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TYPES + "  - {name: stars, type: scale}\n"})
    save(folder, {"share": ["1%", "10"], "stars": [9.0, 3.0], "parent": [None, "Nobody"]})
    assert told(findings(folder)) == [
        "tasks/rows.parquet:1:1 beyond-limits: 9 is outside of 0 to 5, the limits of stars (row 1, stars) (change the "
        "number, or the limits: format: {maximum: 9})",
        "tasks/rows.parquet:1:1 doubtful-cell: 10 in a column of percents is 1000% (row 2, share) (write 10% or 1000%)",
        "tasks/rows.parquet:1:1 no-such-row: no row of tasks is displayed as Nobody (row 2, parent)",
    ]
    assert [one.message for one in opened(folder).row_diagnostics] == [
        "no row of tasks is displayed as Nobody (row 2, parent)"
    ]


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_file_that_is_gone_before_the_second_look(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TYPES})
    path = save(folder, {"name": ["a", "b"], "hours": ["no", "2"]})
    if name == "rows.csv":
        path.unlink()
        path = folder / "tasks" / name
        path.write_text("name,hours\na,no\nb,2\n")
    session = opened(folder)
    path.unlink()
    assert check_project(session.project) == []
    assert session.row_diagnostics == []
    assert [session.book.value(row, "hours") for row in session.book.rows("tasks")] == [None, 2.0]


def test_keys_in_parquet_name_their_rows(tmp_path: Path) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TYPES.replace("display: true", "key: true")})
    save(folder, {"name": ["a", None, "a"]})
    assert told(findings(folder)) == [
        "tasks/rows.parquet:1:1 broken-key: another row of tasks has a as its name too, which is the key (row 3, name)",
        "tasks/rows.parquet:1:1 broken-key: this row of tasks has no name, which is the key (row 2, name)",
    ]


def test_columns_that_a_table_cannot_take(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path)
    save(folder, {"name": ["a"], "hourz": [1.0], "double": [1.0], "parent": [b"x"]})
    assert told(findings(folder)) == [
        "tasks/rows.parquet:1:1 bad-parquet: table tasks has no column hourz (did you mean hours?)",
        "tasks/rows.parquet:1:1 bad-parquet: the column double is computed; it holds no entered values",
        "tasks/rows.parquet:1:1 bad-parquet: the file has values of the type binary in the column parent; no cell "
        "holds such values (numbers, texts, booleans, dates, times, timestamps, durations and lists of these are read)",
    ]


@pytest.mark.parametrize("data", [b"", b"name\na\n", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_a_file_that_is_no_parquet(tmp_path: Path, data: bytes) -> None:
    (found,) = told(findings(with_tasks(tmp_path, {"tasks/rows.parquet": data})))
    assert found.startswith("tasks/rows.parquet:1:1 bad-parquet: the file is no Parquet that can be read: ")


def test_a_broken_part_of_a_parquet_file(tmp_path: Path) -> None:
    path = save(with_tasks(tmp_path), {"name": [f"row {number}" for number in range(5_000)]})
    data = bytearray(path.read_bytes())
    data[8:400] = b"\xff" * 392
    path.write_bytes(data)
    (found,) = told(findings(tmp_path))
    assert found.startswith("tasks/rows.parquet:1:1 bad-parquet: the file is no Parquet that can be read: ")


def test_a_table_with_both_files(tmp_path: Path) -> None:
    save(with_tasks(tmp_path, {"tasks/rows.csv": "name\na\n"}), {"name": ["a"]})
    assert told(findings(tmp_path)) == [
        "tasks/rows.parquet:1:1 contradiction: the table has rows.csv and rows.parquet, and only one file can have its "
        "rows (remove one of them)"
    ]


def test_a_link_out_of_the_project_is_not_read(tmp_path: Path) -> None:
    outside = save(with_tasks(tmp_path / "outside"), {"name": ["secret"]})
    folder = with_tasks(tmp_path / "inside")
    (folder / "tasks" / "rows.parquet").symlink_to(outside)
    (found,) = told(findings(folder))
    assert found.endswith("missing-file: tasks/rows.parquet cannot be read: is a link that leads out of the project")


@pytest.mark.slow
def test_without_pyarrow_the_finding_has_the_command_that_installs_it(tmp_path: Path) -> None:
    save(with_tasks(tmp_path / "project"), {"name": ["a"]})
    ((code, output),) = run(make(tmp_path / "packages", ()), [["check", "--format", "json"]], tmp_path / "project")
    assert code == 1
    assert "Traceback" not in output
    assert "rows.parquet cannot be read: this needs the extra parquet: pyarrow is missing" in output
    assert "codaform[parquet]" in output or "[parquet]'" in output


def test_a_clean_check_of_parquet_is_forgotten_when_a_row_changes(tmp_path: Path) -> None:
    path = save(with_tasks(tmp_path), {"name": ["a"]})
    sleep(0.2)
    before = check_cache.file_states(tmp_path)
    assert before == check_cache.file_states(tmp_path)
    parquet.write_table(pyarrow.table({"name": ["b"]}), path)
    assert before != check_cache.file_states(tmp_path)


def test_a_column_of_parquet_is_renamed_in_the_file_first(tmp_path: Path) -> None:
    save(with_tasks(tmp_path), {"name": ["a"], "hours": [1.0]})
    renaming = Renaming("column", "hours", "effort", "tasks")
    with pytest.raises(CannotRead, match="codaform writes no Parquet, so rename the column hours there first"):
        renamed_project(read_project(tmp_path, ""), renaming)
    save(tmp_path, {"name": ["a"], "effort": [1.0]})
    changed = renamed_project(read_project(tmp_path, ""), renaming)
    assert Path("tasks/table.yml") in changed.edits


def test_no_rows_are_written_beside_parquet(tmp_path: Path) -> None:
    save(with_tasks(tmp_path), {"name": ["a"]})
    with pytest.raises(CannotRead, match=r"rows\.parquet is in the way"):
        compared(tmp_path, {Path("tasks/rows.csv"): "name\na\n"})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tasks/Rows.parquet", "misnamed-file: nothing reads Rows.parquet (did you mean rows.parquet?)"),
        ("tasks/rows.parq", "misnamed-file: nothing reads rows.parq (did you mean rows.parquet?)"),
        ("tasks/data.parquet", "misnamed-file: nothing reads data.parquet (did you mean rows.parquet?)"),
        ("rows.parquet", "misnamed-file: nothing reads rows.parquet here (it belongs in the folder of its table)"),
    ],
)
def test_parquet_under_another_name(tmp_path: Path, name: str, said: str) -> None:
    (found,) = told(findings(with_tasks(tmp_path, {name: b"PAR1"})))
    assert found == f"{name}:1:1 {said}"
