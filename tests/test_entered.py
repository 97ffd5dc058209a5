"""Columns straight from a file are those of the workbook that the row reader fills: values, blanks, relations."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codaform.columns.computing import ColumnBook
from codaform.project import computed, csv_file
from codaform.project.array_rows import ArrayRows
from codaform.project.computed import UnfilledBook, column_book
from codaform.project.csv_arrays import CsvArrays, read_csv_arrays
from codaform.project.loading import load
from codaform.project.locate import CannotRead
from codaform.project.project import Project
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.table_rows import RowsFile, TableRows
from codaform.sql.dialects import DUCKDB, POSTGRES
from codaform.sql.entered_rows import EnteredRows, WorkbookRows
from projects import with_tasks, write
from searching import examples
from test_table_rows import CELLS, HEADERS, WORK

PEOPLE = """\
table: people
columns:
  - {{name: name, type: {kind}, display: true}}
  - {{name: age, type: number}}
"""

KINDS = ("text", "number", "date", "datetime", "duration", "'select, options: [Ada, 1, Bob]'", "checkbox")

MORE = (
    *("1", "2", "007", "12", "1.", ".5", "-.5", "+1", "1e999", "5.0", "1.0", "-", "0", "999999999999999999999", " 1"),
    *("2025-03-30T02:30", "2025-10-26T02:30", "2025-10-26T02:30:30", "2025-01-02 10:00", "2025-01-02T10", "0000-01-01"),
    *("2025-01-02T10:00:00Z", "2025-01-02T10:00:00.5", "9999-12-31T23:59:59", "2025-02-29T00:00", "1900-02-28"),
    *("1/2/2025", "2 hrs", "1:30", "1; 2", "Ada; 1; Nobody", '"Ada"', "x" * 70),
)

NAMES = ("Ada", "Bob", "1", "2", "12", "007", "Ada", "2025-01-02", "2 hrs", "", "x", "1.0", "é")


SOUND = {
    "hours": ("1", "2.5", "-0", "-2", "0.1", ""),
    "share": ("0.5", "1", "", "12"),
    "due": ("2025-01-02", "1900-02-28", "9999-12-31", ""),
    "begins": ("2025-03-30T02:30", "2025-03-30T03:30", "2025-10-26T02:30:00", "2025-01-02 10:00", "2025-01-02", ""),
    "name": ("Ada", "é", "12", "x" * 70, ""),
    "lead": ("Ada", "Bob", "Nobody", "1", ""),
    "team": ("Ada; Bob", "1; 2; Nobody", "Ada", ""),
}
"""Cells that files have in some columns."""

NUMBERS = ("1", "2", "12", "3", "")


@st.composite
def files(draw: st.DrawFn) -> dict[str, str]:
    """A project with people and work, of which most columns have the cells that their types ask for."""
    names = [part.partition(",")[0] for part in HEADERS[:13]]
    header = draw(st.lists(st.sampled_from(names), min_size=1, max_size=7, unique=True))
    by_number = draw(st.booleans())
    choices = []
    for name in header:
        sound = NUMBERS if by_number and name in ("lead", "name") else SOUND.get(name)
        choices.append(sound if sound is not None and draw(st.integers(0, 3)) else (*CELLS, *MORE))
    size = draw(st.integers(1, 9))
    rows = [[draw(st.sampled_from(choice)) for choice in choices] for _ in range(size)]
    if draw(st.integers(0, 9)) == 0:
        rows.insert(0, ["a"] * draw(st.integers(1, 7)))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    work = _csv([header, *rows], quoting)
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(work)))
        work = work[:at] + draw(st.sampled_from(["\n", '"', ",", "\0", "\t", "\x7f", "\r", "é", "\x85"])) + work[at:]
    displayed = NUMBERS if by_number else NAMES
    people = [[name, "1"] for name in draw(st.lists(st.sampled_from(displayed), max_size=6))]
    kind = draw(st.one_of(st.just("text"), st.sampled_from(KINDS))).strip("'")
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]))
    return {
        "doc.yml": f"doc: D\ntime_zone: {zone}\n",
        "people/table.yml": PEOPLE.format(kind=kind),
        "people/rows.csv": _csv([["name", "age"], *people], csv.QUOTE_MINIMAL),
        "work/table.yml": WORK.replace("tests: [unique]", "about: x"),
        "work/rows.csv": work.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))),
    }


def _csv(rows: list[list[str]], quoting: int) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


def values_of(book: ColumnBook) -> dict[str, str]:
    """All columns of a doc as texts, which tell blanks, zeros of two signs and moments in a repeated hour apart."""
    columns = ((table.name, name) for table in book.book.doc.tables.values() for name in table.columns)
    return {f"{table}.{name}": repr([*map(_told, book.values(table, name))]) for table, name in columns}


def _told(value: object) -> object:
    return (value, value.fold, value.astimezone(UTC)) if isinstance(value, datetime) else value


def given_to_databases(rows: EnteredRows) -> dict[str, str]:
    """The entered columns as databases are given them, and what is known of them, as texts."""
    found = {}
    for table in rows.book.doc.tables.values():
        for column in table.columns.values():
            if not column.computed:
                for dialect in (DUCKDB, POSTGRES):
                    cells = rows.cells(table.name, column, dialect)
                    values = cells.values if isinstance(cells.values, list) else cells.values.to_pylist()
                    known = (cells.misfits, cells.sure, cells.most) if rows.count(table.name) else ()
                    found[f"{table.name}.{column.name} {dialect.name}"] = repr((values, known))
    return found


def from_files(project: Project) -> ColumnBook:
    """The columns of a project before anyone asked for its workbook."""
    book = Session(project).book_or_files
    assert isinstance(book, UnfilledBook)
    made = column_book(book)
    assert isinstance(made, ColumnBook)
    return made


@given(files=files())
@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_columns_from_files_are_those_of_the_workbook(tmp_path: Path, files: dict[str, str]) -> None:
    folder = write(tmp_path, files)
    plain = read_project(folder, "")
    wanted = values_of(ColumnBook(Session(plain).book))
    assert values_of(from_files(plain)) == wanted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "LARGE", 0)
        as_arrays = read_project(folder, "")
        assert (as_arrays.diagnostics, as_arrays.incomplete) == (plain.diagnostics, plain.incomplete)
        assert as_arrays.rows.keys() == plain.rows.keys()
        assert values_of(from_files(as_arrays)) == wanted
        given = given_to_databases(ArrayRows(from_files(as_arrays), ()))
        assert given == given_to_databases(WorkbookRows(Session(plain).book))
        assert values_of(from_files(read_project(folder, "", later=True))) == wanted
        assert values_of(ColumnBook(Session(as_arrays).book)) == wanted
        for name, rows in as_arrays.rows.items():
            assert list(rows) == list(plain.rows[name])


def arrays_of(folder: Path, table: str = "tasks") -> CsvArrays | None:
    """The arrays of a table's file, all of its columns read."""
    declared = read_project(folder, "", later=True).doc.tables[table]
    file = RowsFile(folder / table / "rows.csv", f"{table}/rows.csv", folder, declared, ZoneInfo("UTC"))
    return read_csv_arrays(file, tuple(declared.columns))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("name,hours\nA,1\n", True),
        ('name,hours\n"A, ""B""\nC",1\n"",""\n', True),
        ("name,hours\nA\n", False),  # pyarrow takes no shorter line
        ("name,hours\nA,1,2\n", False),
        ('name,hours\n"A"B,1\n', False),
        ('name,hours\nA "B",1\n', False),
        ('name,hours\n"A,1\n', False),
        ("name,hours\nA\rB,1\n", False),
        ("name,hours\nA\x1fB,1\n", False),
        ("name,hours\nÄ\u0085B\tC,1\n", True),
        ("name,hours\nÄ\u0084B,1\n", False),
        ("name;hours\nA;1\n", False),
        ("name,nonsense\nA,1\n", False),
        ("\nname,hours\nA,1\n", False),
        (f"name,hours\n{'x' * 131_072},1\n", False),
        (f'name,hours\n"{("x" * 1_000 + chr(10)) * 132}",1\n', False),
        (f"name,hours\n{'x' * 30_000},1\n" + "y,2\n" * 9, True),
    ],
)
def test_only_what_both_readers_read_alike_is_read_as_arrays(tmp_path: Path, text: str, plain: bool) -> None:
    folder = with_tasks(tmp_path, {"tasks/rows.csv": text.encode()})
    assert (arrays_of(folder) is not None) == plain


def test_bytes_that_are_no_text_are_left_to_the_row_reader(tmp_path: Path) -> None:
    for data in (b"name\nA\xff\n", b"name\n\xc3", b"name\n" + b"x\n" * 200_000 + b"\xc3\n"):
        assert arrays_of(with_tasks(tmp_path, {"tasks/rows.csv": data})) is None


def test_many_parts_are_one_column(tmp_path: Path) -> None:
    """Quotes, line ends and letters of two bytes lie across the parts in which a file is read."""
    rows = [(f'é"{number}\n' + "z" * (number % 7), f"{number}.5" if number % 3 else "") for number in range(60_000)]
    text = _csv([["name", "hours"], *map(list, rows)], csv.QUOTE_MINIMAL).replace("\n", "\r\n")
    folder = with_tasks(tmp_path, {"tasks/rows.csv": text.encode()})
    columns = column_book(Session.open(folder).book_or_files)
    columns.read_for(())
    assert columns.values("tasks", "name") == [name for name, _ in rows]
    assert columns.values("tasks", "hours") == [float(hours) if hours else None for _, hours in rows]


def test_only_the_columns_that_are_asked_for_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LARGE", 0)
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nA,1\n"})
    session = Session.open(folder)
    assert session.compute("columns").values("tasks", "double") == [2.0]
    rows = session.project.rows["tasks"]
    assert isinstance(rows, TableRows)
    assert isinstance(rows.arrays, CsvArrays)
    assert [*rows.arrays._pieces] == ["hours"]
    assert "_entered" not in session.__dict__
    assert session.book.values("tasks", "name") == ["A"]


def test_arrays_are_made_only_for_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row-wise engine reads a file line by line, once: arrays would be of no use to it."""
    monkeypatch.setattr(csv_file, "LARGE", 0)
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nA,1\n"})
    monkeypatch.setattr("codaform.project.csv_arrays.read_csv_arrays", None)
    for engine in ("rows", ""):
        session = Session.open(folder)
        assert session.compute(engine).values("tasks", "double") == [2.0]
    monkeypatch.undo()
    monkeypatch.setattr(csv_file, "LARGE", 0)
    monkeypatch.setattr(computed, "MANY_ROWS", 1)
    session = Session.open(folder)
    assert session.compute().engine == "columns"
    rows = session.project.rows["tasks"]
    assert isinstance(rows, TableRows)
    assert rows.arrays is not None


def test_the_workbook_alone_has_the_cells_of_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LARGE", 0)
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours,parent\nA,1,B\nB,,A\n"})
    session = Session.open(folder)
    rows = session.project.rows["tasks"]
    assert isinstance(rows, TableRows)
    book = session.book
    assert [book.display(row) for row in book.values("tasks", "parent")] == ["B", "A"]
    assert isinstance(rows.columns, csv_file.CellsReadLater)
    assert [*rows.columns.read()] == ["parent"]
    book.change(book.rows("tasks")[0], {"hours": 5.0})
    # Another workbook reads the file again.
    other = session.workbook()
    load(other, session.project.rows)
    assert other.values("tasks", "hours") == [1.0, None]
    assert [*rows.columns.read()] == ["name", "hours", "parent"]


def test_a_file_that_is_changed_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LARGE", 0)
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nA,1\n"})
    session = Session.open(folder)
    session.compute("columns")
    (folder / "tasks" / "rows.csv").write_text("name,hours\nB,20\n")
    said = r"tasks/rows\.csv was changed while it was read; start the command again"
    with pytest.raises(CannotRead, match=said):
        column_book(session.book_or_files).values("tasks", "name")
    with pytest.raises(CannotRead, match=said):
        session.book.rows("tasks")


def test_reading_columns_later_draws_no_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar of the command that opened the project is gone by then."""
    monkeypatch.setattr(csv_file, "LARGE", 0)
    told: list[int] = []
    project = read_project(with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nA,1\n"}), "", told.append)
    assert told == [1]
    assert from_files(project).values("tasks", "name") == ["A"]
    assert Session(project).book.values("tasks", "name") == ["A"]
    assert told == [1]


def test_a_package_that_does_not_load_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LARGE", 0)
    monkeypatch.delitem(sys.modules, "codaform.project.csv_arrays")
    monkeypatch.setitem(sys.modules, "pyarrow.csv", None)
    session = Session.open(with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nA,1\n"}))
    assert session.book.values("tasks", "double") == [2.0]
    rows = session.project.rows["tasks"]
    assert isinstance(rows, TableRows)
    assert rows.arrays is None


def test_a_zone_that_leaves_an_hour_out_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LARGE", 0)
    table = "table: t\ncolumns:\n  - {name: m, type: datetime}\n"
    rows = "m\n2025-03-30T02:30\n2025-10-26T02:30\n2025-07-01T00:00\n"
    doc = {"doc.yml": "doc: D\ntime_zone: Europe/Berlin\n", "t/table.yml": table, "t/rows.csv": rows}
    made = column_book(Session.open(write(tmp_path, doc)).book_or_files).values("t", "m")
    zone = ZoneInfo("Europe/Berlin")
    assert made == [datetime(2025, 3, 30, 2, 30, tzinfo=zone), *(made[1:])]
    assert [moment.astimezone(UTC).hour for moment in made] == [1, 0, 22]
