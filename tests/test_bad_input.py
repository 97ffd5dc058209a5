"""Hostile and broken input ends in diagnostics with a place or in error values, never in an exception or a hang."""

from __future__ import annotations

import math
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.values import Error
from codaform.project import yaml_tree
from codaform.project.check import check_formula, check_project
from codaform.project.files import MAX_BYTES, CannotRead
from codaform.project.locate import find_root
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.suite import run_suite
from codaform.source import Source
from projects import (
    TASKS,
    copy_of_founder_hq,
    faults,
    findings,
    opened,
    outcomes,
    place,
    rules_of,
    told,
    with_tasks,
    write,
)
from searching import examples

pytestmark = [pytest.mark.slow, pytest.mark.timeout(30)]


def sound(found: Iterable[Diagnostic]) -> None:
    """Every diagnostic says something of a place in a text that has a name."""
    for one in found:
        length = len(one.source.text)
        assert one.message
        assert one.source.name
        assert 0 <= one.span.start <= one.span.end <= length, told([one])
        for edit in one.fix.edits if one.fix is not None else ():
            assert 0 <= edit.span.start <= edit.span.end <= length, told([one])


def everything_said(folder: Path) -> list[Diagnostic]:
    """What checking and running a project has to say; all of it is sound."""
    session = opened(folder)
    found = check_project(session.project)
    said = [one for outcome in run_suite(session.project, session=session) for one in outcome.diagnostics]
    sound([*found, *said])
    return found


# ---------------------------------------------------------------- formulas


def of_formula(text: str) -> tuple[list[str], Any]:
    """The rules that a formula breaks, and its value without a doc."""
    source = Source("hostile.coda", text)
    found = check_formula(source, None)
    sound(found)
    return rules_of(faults(found)), Session.empty().evaluate(source)[1]


FORMULAS_REFUSED: dict[str, tuple[str, str]] = {
    "parentheses": ("(" * 10_000 + "1" + ")" * 10_000, "too-large"),
    "open parentheses": ("(" * 10_000, "unclosed"),
    "closing parentheses": (")" * 10_000, "unexpected"),
    "open brackets": ("[" * 10_000, "unclosed"),
    "calls": ("Sum(" * 10_000 + "1" + ")" * 10_000, "too-large"),
    "a megabyte of additions": ("1" + "+1" * 500_000, "too-large"),
    "many additions": ("1" + "+1" * 10_000, "too-large"),
    "a megabyte of text": ('"' + "x" * 1_000_000 + '"', "too-large"),
    "members": ("thisRow" + ".a" * 10_000, "too-large"),
    "methods": ("1" + ".Abs()" * 10_000, "too-large"),
    "a hundred thousand arguments": ("Sum(" + ",".join(["1"] * 100_000) + ")", "too-large"),
    "missing arguments": ("Sum(" + "," * 100_000 + ")", "empty-argument"),
    "too many arguments": ("If(" + "true,1," * 2_000 + "2)", "wrong-count"),
    "negations": ("NOT " * 10_000 + "true", "too-large"),
    "signs": ("-" * 20_000 + "1", "too-large"),
    "powers": ("2" + "^2" * 10_000, "too-large"),
    "conditions": ("true" + " AND true" * 10_000, "too-large"),
    "comparisons": ("1" + "=1" * 50_000, "chained-comparison"),
    "open comments": ("/*" * 90_000, "unclosed"),
    "quotes": ('"' * 100_001, "unclosed"),
    "backslashes": ('"' + "\\" * 100_001, "unclosed"),
    "escaped quotes": ('"' + '\\"' * 90_000, "unclosed"),
    "digits": ("9" * 190_000, "out-of-range"),
    "dots": ("." * 100_000, "unexpected"),
    "commas": ("," * 190_000, "unexpected"),
    "at signs": ("@" * 100_000, "unexpected"),
    "one long name": ("a" * 190_000, "unknown-name"),
    "one long bracketed name": ("[" + "a" * 190_000 + "]", "unknown-name"),
    "glued keywords": ("thisRow" * 20_000, "unknown-name"),
    "spaces": (" " * 190_000, "no-formula"),
    "line feeds": ("\n" * 190_000, "no-formula"),
    "NUL": ("1\0", "unexpected"),
    "NUL in a name": ("[a\0b]", "unknown-name"),
    "half a surrogate pair": ("\udfff", "unexpected"),
    "half a surrogate pair in a name": ("[a\ud800]", "unknown-name"),
    "right to left override": ("\u202e1 + 1\u202c", "unexpected"),
    "combining marks": ("a" + "\u0301" * 50_000, "unexpected"),
    "wide signs": ("１＋１", "unexpected"),
}


@pytest.mark.parametrize("what", FORMULAS_REFUSED)
def test_hostile_formulas_are_refused(what: str) -> None:
    text, rule = FORMULAS_REFUSED[what]
    rules, value = of_formula(text)
    assert rule in rules
    assert isinstance(value, Error)


FORMULAS_READ: dict[str, tuple[str, Any]] = {
    "a long text": ('"' + "x" * 190_000 + '"', "x" * 190_000),
    "many arguments": ("Sum(" + ",".join(["1"] * 8_000) + ")", 8_000.0),
    "many pairs": ("Switch(1" + ",2,2" * 2_000 + ", 3)", 3.0),
    "nested calls": ("If(true, " * 190 + "1" + ", 2)" * 190, 1.0),
    "nested names": ("WithName(1, a, " * 190 + "a" + ")" * 190, 1.0),
    "nested loops": ("List(1).Filter(" * 150 + "true" + ")" * 150, [1.0]),
    "many comments": ("1 " + "// x\n" * 30_000, 1.0),
    "a long comment": ("/* " + "*" * 190_000 + "/ 1", 1.0),
    "tabs": ("\t" * 190_000 + "1", 1.0),
    "carriage returns": ("\r" * 1_000 + "1", 1.0),
    "a byte-order mark": ("\ufeff1", 1.0),
    "spaces of no width": ("1\u200b+\u200b1", 2.0),
    "spaces that do not break": ("1\u00a0+\u00a01", 2.0),
    "half a surrogate pair in a text": ('"\ud800"', "\ud800"),
    "methods": ("1" + ".Abs()" * 190, 1.0),
    "signs": ("-" * 190 + "1", 1.0),
}


@pytest.mark.parametrize("what", FORMULAS_READ)
def test_large_and_odd_formulas_are_computed(what: str) -> None:
    text, value = FORMULAS_READ[what]
    assert of_formula(text) == ([], value)


def one_of_each_category() -> Iterator[str]:
    """Two characters of every Unicode category."""
    found: dict[str, list[str]] = {}
    for code in (*range(0x3000), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10400), *range(0x1F300, 0x1F400), 0xE0001):
        category = found.setdefault(unicodedata.category(chr(code)), [])
        if len(category) < 2:
            category.append(chr(code))
    assert len(found) == 30
    return (character for characters in found.values() for character in characters)


PLACES = ["§", "a§b", "[a§b]", '"a§b"', "1 § 2", "// §\n1", "/*§*/1", "@a§", "Sum(§1)", "1§", "§1"]


def test_every_kind_of_character_anywhere_in_a_formula() -> None:
    for character in one_of_each_category():
        for text in PLACES:
            of_formula(text.replace("§", character))
        assert of_formula(f'"{character}"')[1] == character or character in '"\\'


# ---------------------------------------------------------------- YAML

YAML: dict[str, tuple[str | bytes, str]] = {
    "an alias": ("table: *x\ncolumns: []\n", "1:8 bad-yaml"),
    "an anchor": ("table: &x tasks\ncolumns: []\n", "1:8 bad-yaml"),
    "a billion laughs": (
        "a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n",
        "1:4 bad-yaml",
    ),
    "a tag": ("table: !!python/object/apply:os.system [exit]\ncolumns: []\n", "1:8 bad-yaml"),
    "a tag of one's own": ("!table\ntable: tasks\n", "1:1 bad-yaml"),
    "a plain tag": ("table: ! tasks\ncolumns: []\n", "1:8 bad-yaml"),
    "two documents": ("table: tasks\ncolumns: []\n---\ntable: tasks\n", "3:1 bad-yaml"),
    "a newer YAML": ("%YAML 9.2\n---\ntable: tasks\n", "1:1 bad-yaml"),
    "an unknown directive": ("%FOO\n---\ntable: tasks\n", "1:5 bad-yaml"),
    "a duplicate key": ("table: tasks\ntable: tasks\ncolumns: []\n", "2:1 duplicate-key"),
    "a duplicate key in quotes": ("table: tasks\ncolumns: []\n'table': tasks\n", "3:1 duplicate-key"),
    "a tab": ("table: tasks\ncolumns:\n\t- {name: x, type: text}\n", "3:1 bad-yaml"),
    "open lists": ("[" * 10_000, "1:31 bad-yaml"),
    "open mappings": ("{" * 10_000, "1:31 bad-yaml"),
    "nested lists": ("- " * 10_000, "1:61 bad-yaml"),
    "nested keys": ("? " * 10_000, "1:61 bad-yaml"),
    "nested blocks": ("".join(f"{' ' * depth}a:\n" for depth in range(1_000)), "31:31 bad-yaml"),
    "a key that is a list": ("table: tasks\n? [a, b]\n: 1\ncolumns: []\n", "2:3 bad-yaml"),
    "a key that is a mapping": ("table: tasks\n{a: b}: 1\ncolumns: []\n", "2:1 bad-yaml"),
    "a key of a megabyte": ("table: tasks\n" + "x" * 1_000_000 + ": 1\n", "2:1000001 bad-yaml"),
    "a merge key": ("table: tasks\n<<: {about: x}\ncolumns: []\n", "2:1 wrong-shape"),
    "an open quote": ('table: "tasks\ncolumns: []\n', "3:1 bad-yaml"),
    "a control character": ("table: ta\0sks\n", "1:10 bad-encoding"),
    "a control character of the second kind": ("table: ta\x80sks\n", "1:10 bad-encoding"),
    "a byte-order mark inside": ("table: ta\ufeffsks\n", "1:10 bad-encoding"),
    "a control character that is spelled": (
        'table: tasks\ncolumns: [{name: "a\\0b", type: text}]\n',
        "2:18 wrong-shape",
    ),
    "half a surrogate pair that is spelled": ('table: "ta\\ud800sks"\n', "1:13 bad-yaml"),
    "carriage returns alone": ("table: tasks\rcolumns: []\r", "1:13 bad-encoding"),
    "UTF-16": ("table: tasks\n".encode("utf-16"), "1:1 bad-encoding"),
    "Latin-1": ("table: tasks\nabout: Größe\n".encode("latin-1"), "2:10 bad-encoding"),
    "half a character at the end": ("table: tasks\nabout: Größe 😀".encode()[:-1], "2:14 bad-encoding"),
    "a byte-order mark and no UTF-8": (b"\xef\xbb\xbf" + "äöü".encode() + b"\xff", "1:4 bad-encoding"),
    "nothing": ("", "1:1 wrong-shape"),
    "only comments": ("# nothing\n\n# more nothing\n", "1:1 wrong-shape"),
    "a text": ("tasks\n", "1:1 wrong-shape"),
    "a list": ("- tasks\n", "1:1 wrong-shape"),
    "a number that is huge": (
        f"table: tasks\ncolumns: []\nviews: [{{name: v, limit: {'9' * 10_000}}}]\n",
        "3:26 wrong-shape",
    ),
    "digits of another script": ("table: tasks\ncolumns: []\nviews: [{name: v, limit: 1２}]\n", "3:26 wrong-shape"),
    "a file name that no file can have": (
        f"table: tasks\ncolumns: [{{name: x, type: text, formula: {'x' * 5_000}.coda}}]\n",
        "2:42 missing-file",
    ),
}


@pytest.mark.parametrize("what", YAML)
def test_hostile_yaml(tmp_path: Path, what: str) -> None:
    content, expected = YAML[what]
    found = everything_said(write(tmp_path, {"tasks/table.yml": content}))
    assert f"{place(found[0])} {found[0].rule.name}" == f"tasks/table.yml:{expected}", told(found)


@pytest.mark.parametrize("what", YAML)
@pytest.mark.parametrize("name", ["doc.yml", "tasks/double.cases.yml", "scenarios/one.yml"])
def test_hostile_yaml_in_the_place_of_other_files(tmp_path: Path, what: str, name: str) -> None:
    content, _ = YAML[what]
    if name.endswith(".cases.yml") and what in ("nothing", "only comments"):
        pytest.skip("a file without a single case is one")
    assert {one.source.name for one in everything_said(with_tasks(tmp_path, {name: content}))} == {name}


YAML_READ = {
    "a text of a megabyte": "table: tasks\nabout: " + "x" * 1_000_000 + "\ncolumns: []\n",
    "a quoted text of a megabyte": 'table: tasks\nabout: "' + "x\\n" * 300_000 + '"\ncolumns: []\n',
    "a folded text of a megabyte": "table: tasks\nabout: >\n" + "  x\n" * 200_000 + "columns: []\n",
    "an end of the document": "---\ntable: tasks\ncolumns: []\n...\n",
    "a version": "%YAML 1.2\n---\ntable: tasks\ncolumns: []\n",
    "no columns": "table: tasks\ncolumns:\n",
    "a byte-order mark": "\ufefftable: tasks\ncolumns: []\n",
}


@pytest.mark.parametrize("what", YAML_READ)
def test_odd_yaml_is_read(tmp_path: Path, what: str) -> None:
    assert told(everything_said(write(tmp_path, {"tasks/table.yml": YAML_READ[what]}))) == []


NO_MOMENTS = [
    *("2025-02-30", "2025-13-01", "0000-01-01", "10000-01-01", "2025-12-10T25:00", "2025-12-10T09:61"),
    *("0001-01-01T00:00", "9" * 10_000, "yesterday", "[2025-12-10]", "{a: b}", "''", "2025-12-10T09:00:00.5"),
    "２０２５-12-10",
]

CLOCKS = {
    "doc.yml": "doc: x\ntime_zone: Europe/Berlin\nclock: §\n",
    "tasks/double.cases.yml": "- case: c\n  clock: §\n  given: {tasks: [{name: x}]}\n  expect: {x: 0}\n",
    "scenarios/one.yml": "scenario: s\nclock: §\nsteps: [{clock: §}]\n",
}


@pytest.mark.parametrize("value", NO_MOMENTS)
@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_that_do_not_exist(tmp_path: Path, value: str, name: str) -> None:
    found = everything_said(with_tasks(tmp_path, {name: CLOCKS[name].replace("§", value)}))
    assert found
    assert {one.source.name for one in found} == {name}


@given(st.text(max_size=200))
@settings(max_examples=examples(200))
def test_any_text_is_a_tree_or_a_diagnostic(text: str) -> None:
    source = Source("x.yml", text)
    tree = yaml_tree.compose(source)
    if isinstance(tree, Diagnostic):
        sound([tree])
    else:
        assert 0 <= tree.span.start <= tree.span.end <= len(text)


# ---------------------------------------------------------------- CSV

CSV: dict[str, tuple[str | bytes, list[str]]] = {
    "NUL": ("name\na\0b\n", ["2:2 bad-encoding"]),
    "an open quote": ('name\nx\n"abc\nd\n', ["3:1 bad-csv"]),
    "a text behind a quote": ('name\n"ab"c\n', ["2:1 bad-csv"]),
    "a cell of a megabyte": ("name\n" + "x" * 1_000_000 + "\n", ["2:1 bad-csv"]),
    "a quoted cell of a megabyte": ('name\n"' + 'x,"",\n' * 200_000 + '"\n', ["2:1 bad-csv"]),
    "a longer line": ("name,hours\na\nb,1\nc,1,2\n", ["4:1 bad-csv"]),
    "ten thousand fields": ("name\n" + "," * 10_000 + "\n", ["2:1 bad-csv"]),
    "ten thousand columns": (",".join(["x"] * 10_000) + "\n", ["1:1 bad-csv"]),
    "ten thousand times a column": (",".join(["name"] * 10_000) + "\n", ["1:6 bad-csv"]),
    "a column twice": ("name,name\na,b\n", ["1:6 bad-csv"]),
    "columns without a name": ("name,,\na,b,c\n", ["1:6 bad-csv", "1:7 bad-csv"]),
    "semicolons": ("name;hours\na;3\n", ["1:1 bad-csv"]),
    "another case": ("Name\na\n", ["1:1 bad-csv"]),
    "UTF-16": ("name\na\n".encode("utf-16"), ["1:1 bad-encoding"]),
    "Latin-1": ("name\nä\n".encode("latin-1"), ["2:1 bad-encoding"]),
    "carriage returns alone": ("name,hours\ra,3\r", ["1:11 bad-encoding"]),
    "a separator of files": ("name\na\x1cb\n", ["2:2 bad-encoding"]),
    "nothing": ("", []),
    "an empty header": ("\n\n", []),
    "only a header": ("name,hours\n", []),
    "only a header without a line feed": ("name,hours", []),
    "a byte-order mark": (b"\xef\xbb\xbfname\na\n", []),
    "shorter lines": ("name,hours\na\n,\nb,1\n", []),
    "a quote inside": ('name\na"b"c\n', []),
    "a long cell": ("name\n" + "x" * 100_000 + "\n", []),
    "other separators": ("name,hours\na\u2028b\x85c\u2029d,1\n", []),
    "thousands of semicolons": ("name,hours\n" + ";" * 100_000 + ",1\n", []),
}


@pytest.mark.parametrize("what", CSV)
def test_hostile_csv(tmp_path: Path, what: str) -> None:
    content, expected = CSV[what]
    found = everything_said(with_tasks(tmp_path, {"tasks/rows.csv": content}))
    assert [f"{place(one)} {one.rule.name}" for one in found][: len(expected) or None] == [
        f"tasks/rows.csv:{line}" for line in expected
    ]


NO_MOMENTS_IN_CELLS = [*NO_MOMENTS, "9999-12-31T23:59-12:00", "0001-01-01T00:00+14:00", "2025-12-08T24:01"]

CELLS = {
    "number": ["1e400", "9" * 100_000, "NaN", "inf", "-", "0x10", "1,5", "１２", "--1", "1e", "$", "%", "1%", "٣"],
    "percent": ["1%%", "%5"],
    "date": NO_MOMENTS_IN_CELLS,
    "datetime": NO_MOMENTS_IN_CELLS,
    "time": ["24:01", "9:00", "noon"],
    "duration": ["9" * 400 + " days", "1e9 weeks", "1 fortnight", "-" * 10_000, "1 day 2", "1 day " * 20_000],
    "checkbox": ["yes", "1", "TRUE "],
    "button": ["x"],
    "row_id": ["1"],
}


@pytest.mark.parametrize("kind", CELLS)
def test_hostile_cells(tmp_path: Path, kind: str) -> None:
    table = f"table: t\ncolumns:\n  - {{name: x, type: {kind}, tests: [unique, not_null]}}\n"
    for text in CELLS[kind]:
        found = everything_said(write(tmp_path, {"t/table.yml": table, "t/rows.csv": f'x\n"{text}"\n"{text}"\n'}))
        # A button without an action is a finding of the table's file.
        assert {one.source.name for one in found if one.rule.name != "idle-button"} <= {"t/rows.csv"}


def test_many_relations_to_rows_that_are_not_there(tmp_path: Path) -> None:
    rows = "name,parent\n" + "".join(f"task number {number},task numbr {number}\n" for number in range(2_000))
    found = findings(with_tasks(tmp_path, {"tasks/rows.csv": rows}))
    assert len(found) == 2_000
    assert found[0].help == "did you mean task number 0?"


# ---------------------------------------------------------------- files and folders


def test_folders_in_the_place_of_files(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path)
    for name in ("runs/table.yml", "tasks/rows.csv", "tasks/x.coda", "tasks/double.cases.yml", "scenarios/one.yml"):
        (folder / name).mkdir(parents=True)
    assert told(everything_said(folder)) == [
        "runs/table.yml:1:1 missing-file: runs/table.yml cannot be read: is a directory",
        "tasks/rows.csv:1:1 missing-file: tasks/rows.csv cannot be read: is a directory",
        "tasks/x.coda:1:1 missing-file: tasks/x.coda cannot be read: is a directory",
        "tasks/double.cases.yml:1:1 missing-file: tasks/double.cases.yml cannot be read: is a directory",
        "scenarios/one.yml:1:1 missing-file: scenarios/one.yml cannot be read: is a directory",
    ]


def test_a_folder_in_the_place_of_doc_yml(tmp_path: Path) -> None:
    (tmp_path / "doc.yml").mkdir()
    for read in (find_root, read_project):
        with pytest.raises(CannotRead):
            read(tmp_path)


def test_a_folder_in_the_place_of_a_formula(tmp_path: Path) -> None:
    folder = write(tmp_path, {"tasks/table.yml": TASKS})
    (folder / "tasks" / "double.coda").mkdir()
    assert rules_of(everything_said(folder)) == ["missing-file"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made otherwise there")
def test_links_that_lead_nowhere_or_in_a_circle(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path)
    (folder / "runs").mkdir()
    (folder / "runs" / "table.yml").symlink_to("table.yml")
    (folder / "tasks" / "rows.csv").symlink_to("nowhere.csv")
    (folder / "tasks" / "old.cases.yml").symlink_to("old.cases.yml")
    (folder / "loop").symlink_to("loop")
    (folder / "self").symlink_to(".")
    (folder / "tasks" / "up").symlink_to("..")
    assert [place(one) for one in everything_said(folder)] == [
        "runs/table.yml:1:1",
        "loop:1:1",
        "tasks/rows.csv:1:1",
        "tasks/old.cases.yml:1:1",
    ]
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(CannotRead):
        find_root(tmp_path / "circle" / "x")


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made otherwise there")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path)
    (folder / "runs").mkdir()
    for name in ("runs/table.yml", "tasks/rows.csv", "tasks/x.coda", "tasks/double.cases.yml"):
        os.mkfifo(folder / name)
    assert set(rules_of(everything_said(folder))) == {"missing-file"}


@contextmanager
def closed(*paths: Path) -> Iterator[None]:
    """Files and folders that nobody may read."""
    for path in paths:
        path.chmod(0)
    try:
        yield
    finally:
        for path in reversed(paths):
            path.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_that_cannot_be_read(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name\na\n", "runs/table.yml": "table: runs\ncolumns: []\n"})
    with closed(folder / "tasks" / "double.coda", folder / "tasks" / "rows.csv", folder / "runs"):
        assert set(rules_of(everything_said(folder))) == {"missing-file"}
    with closed(folder), pytest.raises(CannotRead):
        read_project(folder)
    with closed(folder), pytest.raises(CannotRead):
        find_root(folder)


def refusing(real: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function of paths that may not touch one of them."""

    def refuse(path: Path, *arguments: Any, **named: Any) -> Any:
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **named)

    return refuse


@pytest.mark.parametrize(("method", "name"), [("scandir", "tasks"), ("stat", "rows.csv"), ("open", "double.coda")])
def test_what_the_system_refuses_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, name: str
) -> None:
    folder = with_tasks(tmp_path, {"tasks/rows.csv": "name\na\n"})
    owner = Path if method == "stat" else os
    monkeypatch.setattr(owner, method, refusing(getattr(owner, method), name))
    (one,) = everything_said(folder)
    assert one.message.endswith(f"{name} cannot be read: permission denied")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    folder = with_tasks(tmp_path)
    with (folder / "tasks" / "rows.csv").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert told(everything_said(folder)) == [
        "tasks/rows.csv:1:1 too-large: a line has more than 20,000,000 bytes, the most that is read"
    ]
    (folder / "tasks" / "rows.csv").unlink()
    with (folder / "tasks" / "double.coda").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert told(everything_said(folder)) == [
        "tasks/double.coda:1:1 too-large: the file has 20,000,001 bytes; 20,000,000 is the most that is read"
    ]


def test_files_that_editors_leave_behind_are_passed_over(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "tasks/.double.coda.swp": b"\0",
        "tasks/.old.coda": "1",
        ".git/table.yml": "x",
        "scenarios/.x.yml": "[",
    }
    folder = with_tasks(tmp_path, files)
    if sys.platform != "win32":
        (folder / "tasks" / ".#double.coda").symlink_to("somebody@somewhere")
    assert told(everything_said(folder)) == []


def test_formulas_with_bytes_that_are_no_text(tmp_path: Path) -> None:
    for content in (b"\xff\xfe1", b"1\0", "1 + \x80".encode(), b"\xed\xa0\x80"):
        found = everything_said(with_tasks(tmp_path, {"tasks/double.coda": content}))
        assert rules_of(found) == ["bad-encoding"]


# ---------------------------------------------------------------- circles

CIRCLES: dict[str, dict[str, str]] = {
    "columns": {"tasks/double.coda": "thisRow.other\n", "tasks/other.coda": "thisRow.double\n"},
    "named formulas": {"most.coda": "least\n", "least.coda": "most\n"},
    "a column and a named formula": {"tasks/double.coda": "most\n", "most.coda": "tasks.double.Sum()\n"},
    "a view of itself": {"tasks/big.coda": "Big.Count() > 0\n"},
    "views": {"tasks/big.coda": "Small.Count() > 0\n", "tasks/small.coda": "Big.Count() > 0\n"},
    "a view and a column": {"tasks/big.coda": "thisRow.double > 0\n", "tasks/double.coda": "Big.Count()\n"},
    "a column's own sum": {"tasks/double.coda": "tasks.double.Sum()\n"},
    "a computed relation and its other side": {"tasks/next.coda": "thisRow.before.First()\n"},
    "a default and a column": {"tasks/hours.coda": "thisRow.double\n", "tasks/double.coda": "thisRow.hours\n"},
}

ROUND = {
    "doc.yml": "doc: x\nformulas:\n  - {name: most, type: number, formula: most.coda}\n"
    "  - {name: least, type: number, formula: least.coda}\n",
    "tasks/table.yml": "table: tasks\ncolumns:\n  - {name: name, type: text, display: true}\n"
    "  - {name: hours, type: number, default: hours.coda}\n  - {name: double, type: number, formula: double.coda}\n"
    "  - {name: other, type: number, formula: other.coda}\n"
    "  - {name: next, type: relation, to: tasks, formula: next.coda}\n"
    "  - {name: before, type: relation, to: tasks, reverse: next}\n"
    "views:\n  - {name: Big, filter: big.coda, sort: double}\n  - {name: Small, filter: small.coda}\n"
    "tests: [{name: good, formula: good.coda}]\n",
    "tasks/rows.csv": "name,hours\na,1\nb,2\nc,\n",
    "tasks/hours.coda": "1\n",
    "tasks/double.coda": "thisRow.hours * 2\n",
    "tasks/other.coda": "1\n",
    "tasks/next.coda": "thisTable.First()\n",
    "tasks/big.coda": "true\n",
    "tasks/small.coda": "true\n",
    "tasks/good.coda": "thisRow.double + Big.Count() + thisRow.before.Count() + most > -1\n",
    "most.coda": "1\n",
    "least.coda": "2\n",
    "tasks/double.cases.yml": "- {case: c, given: {tasks: [{name: x}, {name: y}]}, expect: {x: 0, y: 0}}\n",
    "tasks/big.cases.yml": "- {case: c, given: {tasks: [{name: x}, {name: y}]}, expect: {x: true, y: true}}\n",
    "most.cases.yml": "- {case: c, given: {tasks: [{name: x}, {name: y}]}, expect: 1}\n",
    "scenarios/s.yml": "scenario: s\nsteps:\n  - add: {tasks: [{name: x}]}\n"
    "    expect: {Big: [x], tasks: {x: {double: 2, next: x}}}\n",
}


def test_the_doc_of_the_circles_is_clean(tmp_path: Path) -> None:
    assert told(everything_said(write(tmp_path, ROUND))) == []


@pytest.mark.parametrize("what", CIRCLES)
def test_circles_end_in_errors(tmp_path: Path, what: str) -> None:
    folder = write(tmp_path, {**ROUND, **CIRCLES[what]})
    found = everything_said(folder)
    assert any(not outcome.passed for outcome in outcomes(folder)) or what == "a default and a column"
    if what in ("columns", "named formulas"):
        assert rules_of(found) == ["circular"]


# ---------------------------------------------------------------- formulas that want too much

BOMBS: dict[str, str] = {
    "Sequence(1, 1000000).FormulaMap(Sequence(1, 1000000))": "out-of-range",
    "Sequence(1, 1000000).FormulaMap(Sequence(1, 1000000).Count()).Sum()": "out-of-range",
    "Sequence(1, 900).FormulaMap(Sequence(1, 900).FormulaMap(Sequence(1, 900)))": "out-of-range",
    'Split(Repeat("a,", 500000), ",").FormulaMap(Repeat("a,", 500000).Split(","))': "out-of-range",
    'Sequence(1, 1000000).FormulaMap(Repeat("x", 1000000)).Concatenate()': "out-of-range",
    "Sequence(1, 10000000)": "out-of-range",
    "Sequence(0, 1, 0.0000001)": "out-of-range",
    "Sequence(1, 10, 0)": "wrong-value",
    'Repeat("abcdefghij", 100000000)': "out-of-range",
    'Repeat(Repeat("abcdefghij", 100000), 100000)': "out-of-range",
    'Substitute(Repeat("a", 1000000), "a", Repeat("b", 1000))': "out-of-range",
    'LeftPad("a", 100000000, "b")': "out-of-range",
    "Power(10, 1000)": "out-of-range",
    "10 ^ 10 ^ 10 ^ 10": "out-of-range",
    "Factorial(1000000)": "out-of-range",
    "Sequence(1, 1000).Product()": "out-of-range",
    "Date(2025, 1000000000, 1)": "out-of-range",
    "Date(99999999999999, 1, 1)": "out-of-range",
    "Today() + Days(10 ^ 15)": "out-of-range",
    "RelativeDate(Today(), 1000000000)": "out-of-range",
    "Character(10 ^ 20)": "out-of-range",
    "Character(55296)": "out-of-range",
    'ToNumber(Repeat("9", 1000000))': "out-of-range",
    'ParseJSON(Repeat("[", 1000000))': "bad-json",
    "ParseJSON(Concatenate(Repeat('[', 100000), Repeat(']', 100000)))": "bad-json",
    "ParseJSON(Concatenate(Repeat('{\"a\":', 100000), 1, Repeat('}', 100000)))": "bad-json",
    'ParseJSON(Repeat("9", 1000000))': "bad-json",
    'RegexMatch("a", "a{1000}{1000}{1000}")': "bad-pattern",
    'RegexMatch("a", Repeat("(a?){100}", 10000))': "bad-pattern",
    'RegexMatch("a", "(?=a)")': "bad-pattern",
}


@pytest.mark.parametrize("formula", BOMBS)
def test_what_wants_too_much_is_an_error_value(formula: str) -> None:
    _, value = of_formula(formula)
    assert isinstance(value, Error)
    assert value.rule == BOMBS[formula]


HARMLESS: dict[str, Any] = {
    'RegexMatch(Repeat("a", 100000), "(a+)+$b")': False,
    'RegexMatch(Repeat("a", 100000), "(a|aa)*c")': False,
    'RegexMatch("a", "' + "(" * 90 + "a" + ")" * 90 + '")': True,
    'RegexReplace(Repeat("a", 1000), "a*", "b")': "bb",
    "Factorial(170)": math.factorial(170) / 1,
    'Left("abc", 10 ^ 300)': "abc",
    "Sequence(1, 10).Nth(10 ^ 300)": None,
    "Round(1.5, 100000000)": 1.5,
    "Sequence(1, 300000).Sort(false).First()": 300_000.0,
    "Sequence(1, 300000).Unique().Count()": 300_000.0,
    'Repeat("ab", 500000).Length()': 1_000_000.0,
}


@pytest.mark.parametrize("formula", HARMLESS)
def test_what_only_looks_like_too_much_is_computed(formula: str) -> None:
    _, value = of_formula(formula)
    assert value == HARMLESS[formula]


def test_bombs_in_a_project_are_failures_of_its_tests(tmp_path: Path) -> None:
    files = {
        "tasks/double.coda": "Sequence(1, 1000000).FormulaMap(Sequence(1, 1000000)).Count()\n",
        "tasks/double.cases.yml": "- {case: c, given: {tasks: [{name: x}]}, expect: {x: 0}}\n",
    }
    folder = with_tasks(tmp_path, files)
    assert told(findings(folder)) == []
    (outcome,) = outcomes(folder)
    assert "goes through more than" in outcome.diagnostics[0].message


# ---------------------------------------------------------------- what was found once

BAD = Path(__file__).parent / "bad"


@pytest.mark.parametrize("case", [pytest.param(path, id=path.name) for path in sorted(BAD.iterdir()) if path.is_dir()])
def test_what_was_found_once_stays_found(case: Path) -> None:
    said = told(everything_said(case))
    expected = case / "findings.txt"
    assert "".join(f"{line}\n" for line in said) == (expected.read_text("utf-8") if expected.exists() else "")


# ---------------------------------------------------------------- Founder HQ with random faults


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_founder_hq(tmp_path_factory.mktemp("faults"))


PIECES = [
    *("- ", "{", "}", "[", "]", ": ", ", ", '"', "'", "\n", "\n\n", "  ", "\t", "#", "|", ">", "&a ", "*a", "!x "),
    *("---\n", "true", "-1", "1e400", "9" * 30, "2025-02-30", "0001-01-01", "\r", "\0", "\ufeff", "\u2028", "é😀"),
    *("; ", '""', "thisRow", "CurrentValue", "thisTable", ".", "(", ")", "=", "< ", " AND ", " OR ", "If("),
    *(".Filter(", "/ 0", "//", "/*", "tasks", "sprints", "to: tasks", "many: true", "reverse: ", "type: ", "relation"),
    *("button", "date", "formula: ", "tests: [", "unique", "default: ", "given: ", "expect: ", "add: ", "remove: "),
    *("error: x", "clock: ", "press: "),
]

EDITS = st.tuples(
    st.sampled_from(["delete", "repeat", "move", "insert", "swap lines"]),
    st.integers(0, 2**16),
    st.integers(0, 2**16),
    st.sampled_from([1, 1, 2, 5, 20, 200]),
    st.sampled_from([piece.encode() for piece in PIECES]) | st.binary(min_size=1, max_size=3),
)


def edited(data: bytes, edit: tuple[str, int, int, int, bytes]) -> bytes:
    """Bytes after one edit; places are counted around the end."""
    how, first, second, length, piece = edit
    at, other = first % (len(data) + 1), second % (len(data) + 1)
    match how:
        case "delete":
            return data[:at] + data[at + length :]
        case "repeat":
            return data[:at] + data[at : at + length] * 3 + data[at + length :]
        case "move":
            return data[:at] + data[other : other + length] + data[at + length :]
        case "insert":
            return data[:at] + piece + data[at:]
    lines = data.split(b"\n")
    one, two = first % len(lines), second % len(lines)
    lines[one], lines[two] = lines[two], lines[one]
    return b"\n".join(lines)


@given(st.data())
@settings(max_examples=20)
@pytest.mark.timeout(120)
def test_founder_hq_with_random_faults_gives_only_diagnostics(copy: Path, data: st.DataObject) -> None:
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(files).map(lambda found: found.relative_to(copy).as_posix()), "file")
    edits = data.draw(st.lists(EDITS, min_size=1, max_size=4), "edits")
    before = (copy / path).read_bytes()
    after = before
    for edit in edits:
        after = edited(after, edit)
    try:
        (copy / path).write_bytes(after)
        everything_said(copy)
    finally:
        (copy / path).write_bytes(before)


def test_founder_hq_without_one_of_its_files(copy: Path) -> None:
    for name in ("tasks/table.yml", "sprints/start_date.coda"):
        path = copy / name
        before = path.read_bytes()
        path.unlink()
        try:
            everything_said(copy)
        finally:
            path.write_bytes(before)
