"""The playground before it reaches a browser: its answers, its page, its wheels, its bundle."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import markdown
import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

import searching
from codaform.library import regular_expressions
from codaform.model.budget import Budget
from codaform.model.notation import notate
from codaform.project.file_names import folder_name
from codaform.project.locate import CannotRead
from codaform.project.session import Session
from codaform.site.playground import bundle, bundle_parts, expressions, grounds, trying
from codaform.site.playground.bundle import LISTING, write_bundle
from codaform.site.playground.page import SCRIPTS, examples, playground_page
from projects import FORMULAS, with_tasks, write

ASSETS = Path(bundle_parts.__file__).parents[1] / "assets"
"""What the build copies to `assets/codaform/`."""


def asset(path: str) -> str:
    """The text of an asset by its path in a site."""
    return (ASSETS / path.removeprefix("assets/codaform/")).read_text("utf-8")


@pytest.fixture(scope="module")
def hq() -> Session:
    """Founder HQ with its sample rows."""
    return Session.open(FORMULAS)


# ------------------------------------------------------------ trying


def test_a_value_with_its_type_and_the_value_of_each_part(hq: Session) -> None:
    told = trying.tried(hq, "tasks.Count() + 1")
    assert told["value"] == {"kind": "number", "text": str(len(hq.book.rows("tasks")) + 1)}
    assert (told["type"], told["failed"], told["said"]) == ("number", False, [])
    count = told["parts"][0]
    assert (count["text"], count["value"]) == ("tasks.Count()", str(len(hq.book.rows("tasks"))))
    assert count["parts"][0]["text"] == "tasks"
    assert ["table", "tasks", ""] in told["pieces"]
    assert ["function", "Count", ""] in told["pieces"]


def test_a_formula_in_words(hq: Session) -> None:
    assert trying.tried(hq, "sprints.Count() * 2")["words"] == "The number of rows of `sprints` times 2."
    assert trying.tried(hq, "3")["words"] == ""
    assert trying.tried(hq, "nothing_is_called_so + 1")["words"] == ""


def test_what_is_prepared_answers_as_what_is_not(tmp_path: Path) -> None:
    """The regular expressions of the one are none for the other, which compiles them again."""
    table = "table: tasks\ncolumns:\n  - {name: id, type: text}\n"
    shown = "  - {name: name, type: text, display: true, formula: name.coda}\n"
    files = {"tasks/table.yml": table + shown, "tasks/rows.csv": "id\na1\n"}
    write(tmp_path, {**files, "tasks/name.coda": 'RegexExtract(thisRow.id, "[0-9]")'})
    asked = json.dumps({"ask": "try", "text": "tasks.First().name", "table": "", "row": 0})
    regular_expressions._read.cache_clear()
    try:
        expected = trying.begin(str(tmp_path), _by_re2)(asked)
        assert '"text": "1"' in expected
        trying.prepare(str(tmp_path), _by_re2)
        assert trying._patterns._known == {}
        assert trying.begin(str(tmp_path), _by_re2)(asked) == expected
    finally:
        regular_expressions._read.cache_clear()


def test_the_build_answers_what_the_page_asks_first(hq: Session) -> None:
    """As Python in a browser would answer it: the doc, and of each example its rows and its value."""
    answers = json.loads(bundle._answers(hq))
    asked = [json.loads(question) for question in answers]
    assert asked[0] == {"ask": "about", "doc": ""}
    tried = [question["text"] for question in asked if question["ask"] == "try"]
    assert tried == [example.formula for example in examples(hq)]
    tables = {example.table for example in examples(hq)} - {""}
    assert {question["table"] for question in asked if question["ask"] == "rows"} == tables
    begun = trying.begin(str(FORMULAS), _by_re2)
    for question, known in answers.items():
        assert known == begun(question)


def test_a_formula_in_a_row(hq: Session) -> None:
    assert trying.tried(hq, "thisRow.sprint_id", "sprints", 2)["value"]["text"] == "2025-W44"
    assert trying.tried(hq, "thisRow.sprint_id")["said"][0]["severity"] == "error"


@pytest.mark.parametrize(("table", "row"), [("sprints", 0), ("sprints", -1), ("sprints", 9999), ("no_table", 1)])
def test_a_row_that_is_not_there_is_no_row(hq: Session, table: str, row: int) -> None:
    assert trying.tried(hq, "1", table, row)["value"]["text"] == "1"
    assert trying.tried(hq, "thisRow", table, row)["failed"]


def test_an_error_with_its_place_and_its_fix(hq: Session) -> None:
    text = '"😀" &\n  tasks.estimated_hour.Sum()'
    told = trying.tried(hq, text)
    said = told["said"][0]
    assert told["failed"]
    assert told["value"] is None
    assert (said["rule"], said["line"], said["column"]) == ("unknown-column", 2, 9)
    # JavaScript counts the emoji as two.
    assert text.encode("utf-16-le")[2 * said["start"] : 2 * said["end"]].decode("utf-16-le") == "estimated_hour"
    assert said["fixed"] == text.replace("estimated_hour", "estimated_hours")
    assert ["name", "estimated_hour", "error"] in told["pieces"]


def test_what_is_missing_at_the_end_is_marked_there(hq: Session) -> None:
    assert trying.tried(hq, "")["pieces"] == [["", "", "error"]]


def test_an_error_value_is_told_as_one(hq: Session) -> None:
    told = trying.tried(hq, "1 / 0")
    assert told["failed"]
    assert told["value"]["kind"] == "error"


def test_a_long_list_is_cut_and_says_so(hq: Session) -> None:
    told = trying.tried(hq, "Sequence(1, 500)")
    assert told["value"]["count"] == 500
    assert len(told["value"]["items"]) == trying.MOST_ITEMS
    assert told["note"].startswith("500 values")


@pytest.mark.parametrize(
    ("formula", "kind", "text"),
    [
        ('""', "blank", "blank"),
        ('"a\n<b>"', "text", "a\n<b>"),
        ("true", "boolean", "true"),
        ("Date(2025, 12, 8)", "other", "2025-12-08"),
        ("tasks.First()", "row", "T-001"),
        ("User()", "person", "Ada Ruiz"),
        ('Notify(User(), "x")', "action", 'Notify([@Ada Ruiz], "x")'),
    ],
)
def test_values_by_their_kind(hq: Session, formula: str, kind: str, text: str) -> None:
    value = trying.tried(hq, formula)["value"]
    assert (value["kind"], value["text"]) == (kind, text)


def test_an_action_changes_nothing(hq: Session) -> None:
    before = len(hq.book.rows("tasks"))
    told = trying.tried(hq, 'tasks.AddRow(tasks.name, "x")')
    assert told["value"]["kind"] == "action"
    assert "nothing is changed" in told["note"]
    assert len(hq.book.rows("tasks")) == before


@pytest.mark.slow
def test_the_parts_of_a_formula_that_is_as_long_as_a_page_are_left_out(hq: Session) -> None:
    told = trying.tried(hq, "1" + " + 1" * 300)
    assert told["value"]["text"] == "301"
    assert told["parts"] == []


def test_a_page_begins_with_tables_and_names(hq: Session) -> None:
    about = json.loads(trying.answer({"": hq}, '{"ask": "about"}'))
    assert about["doc"] == "Founder HQ"
    assert {"name": "sprints", "rows": len(hq.book.rows("sprints"))} in about["tables"]
    assert {"sprints", "estimated_hours", "Filter", "thisRow"} <= {name["name"] for name in about["names"]}
    rows = json.loads(trying.answer({"": hq}, '{"ask": "rows", "table": "sprints"}'))
    assert rows[0] == "2025-W43"
    assert json.loads(trying.answer({"": hq}, '{"ask": "rows", "table": "none"}')) == []


@pytest.mark.parametrize("question", ['{"ask": "else"}', "{}", "[]", '{"ask": "try", "text": 1}', "no JSON"])
def test_no_other_question_is_answered(hq: Session, question: str) -> None:
    with pytest.raises(ValueError):
        trying.answer({"": hq}, question)


SHREDS = [
    "tasks", "sprints", "thisRow", ".Filter(", ".Count()", "(", ")", '"', "'", "[", "]", "//", "/*", "*/", "1", ".5",
    " ", "\n", "+", "-", "=", "<", "&", ",", "@", "If(", "List(", "CurrentValue", "estimated_hours", "😀", "\ud800",
    "\0", "é", "RegexMatch(", '"(a+"', "true", " AND ", "WithName(", "Sequence(1, 3)", ".ForEach(", "\u2028", "%", "^",
]  # fmt: skip


def test_the_doc_of_the_examples_can_be_tried(hq: Session) -> None:
    known: dict[str, Session | grounds.Grounds] = {"": hq}
    question = {"ask": "try", "doc": "examples", "text": "thisRow.Hours + Tasks.Count()", "table": "Tasks", "row": 1}
    assert json.loads(trying.answer(known, json.dumps(question)))["value"]["text"] == "6"
    with pytest.raises(ValueError, match="no question"):
        trying.answer(known, json.dumps(question | {"doc": "own"}))


PASTED = {
    "copied cells": "Name\tHours\tDue\tDone\nA\t1.5\t12/8/2025\ttrue\nB\t\t2025-12-09\tfalse\n",
    "CSV": "\ufeffName,Hours,Due,Done\r\nA,1.5,12/8/2025,true\r\n\r\nB,,2025-12-09,false",
    "CSV of other countries": "Name;Hours;Due;Done\nA;1.5;12/8/2025;true\nB;;2025-12-09;false",
}


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED)
def test_a_pasted_table_is_read(hq: Session, text: str) -> None:
    known: dict[str, Session | grounds.Grounds] = {"": hq}
    told = json.loads(trying.answer(known, json.dumps({"ask": "own", "text": text, "kinds": {}})))
    assert told["columns"] == [["Name", "text"], ["Hours", "number"], ["Due", "date"], ["Done", "checkbox"]]
    assert told["tables"] == [{"name": "Table", "rows": 2}]
    for formula, value in {"thisRow.Hours + 1": "2.5", "thisTable.Filter(NOT Done).Due.First()": "2025-12-09"}.items():
        question = {"ask": "try", "doc": "own", "text": formula, "table": "Table", "row": 1}
        assert json.loads(trying.answer(known, json.dumps(question)))["value"]["text"] == value


def test_a_type_that_is_chosen_counts(hq: Session) -> None:
    known: dict[str, Session | grounds.Grounds] = {"": hq}
    question = {"ask": "own", "text": "n,m\n1,x\n2,7", "kinds": {"n": "text", "m": "number", "none": "date"}}
    told = json.loads(trying.answer(known, json.dumps(question)))
    assert told["columns"] == [["n", "text"], ["m", "number"]]
    asked = {"ask": "try", "doc": "own", "text": "List(thisRow.n, thisRow.m)", "table": "Table", "row": 1}
    items = json.loads(trying.answer(known, json.dumps(asked)))["value"]["items"]
    assert [one["kind"] for one in items] == ["text", "blank"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2.5", "$3"], "number"),
        (["true", "", "no"], "checkbox"),
        (["2025-12-08", "8 Dec 2025"], "date"),
        (["2025-12-08 10:30"], "datetime"),
        (["2 hrs", "1:30"], "duration"),
        (["Open", "Done", "Open", "Done"], "select"),
        (["a", "b", "c"], "text"),
        (["", ""], "text"),
    ],
)
def test_types_are_guessed(cells: list[str], kind: str) -> None:
    assert grounds.guessed_kind(cells) == kind


def test_names_of_columns_are_made_different(hq: Session) -> None:
    book = grounds.own_grounds("a,a,,a\n1,2,3,4", {}, hq.book).book
    assert list(book.doc.tables["Table"].columns) == ["a", "a 2", "Column 3", "a 3"]


def test_moments_of_a_pasted_table_are_in_the_zone_of_the_doc(hq: Session) -> None:
    book = grounds.own_grounds("at\n2025-12-08 10:30", {}, hq.book).book
    assert notate(book.value(book.rows("Table")[0], "at"), hq.book) == "2025-12-08 10:30"


@pytest.mark.parametrize("text", ["", "only a line", "\n\n"])
def test_what_is_no_table_says_so(hq: Session, text: str) -> None:
    told = json.loads(trying.answer({"": hq}, json.dumps({"ask": "own", "text": text, "kinds": {}})))
    assert "a line for each row" in told["fault"]


@settings(max_examples=searching.examples(150))
@given(st.one_of(st.text(st.characters(), max_size=40), st.lists(st.sampled_from(SHREDS), max_size=12).map("".join)))
def test_any_text_has_an_answer(text: str) -> None:
    """Nothing is raised, the answer is JSON, and its pieces are the text."""
    session = _opened()
    question = json.dumps({"ask": "try", "text": text, "table": "sprints", "row": 1})
    told = json.loads(trying.answer({"": session}, question))
    assert "".join(piece[1] for piece in told["pieces"]) == text
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    for said in told["said"]:
        assert 0 <= said["start"] <= said["end"] <= length
    assert (told["value"] is None) == any(said["severity"] == "error" for said in told["said"])


_SESSIONS: list[Session] = []


def _opened() -> Session:
    if not _SESSIONS:
        _SESSIONS.append(Session.open(FORMULAS))
    return _SESSIONS[0]


# ------------------------------------------------------------ regular expressions


def _by_re2(pattern: str) -> tuple[str, int, Any]:
    """What the JavaScript side gives, by google-re2: matches one after the other, none between bytes of a character."""
    quiet = re2.Options()
    quiet.log_errors = False
    try:
        compiled = re2.compile(pattern, quiet)
    except re2.error as problem:
        return str(problem), 0, None

    def spans(source: bytes, start: int, most: int) -> Any:
        found: list[int] = []
        at = start
        for _ in range(most):
            match = next(compiled.finditer(source, at), None) if at <= len(source) else None
            if match is None:
                break
            for group in range(compiled.groups + 1):
                found += match.span(group)
            at = match.end() + (match.start() == match.end())
            while at < len(source) and 0x80 <= source[at] < 0xC0:
                at += 1
        return SimpleNamespace(to_py=lambda: found)

    return "", compiled.groups, spans


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "flags", "text"),
    [
        ("(a)|(é)", "", "aéba"),
        ("x*", "", "aéx😀x"),
        (r"\b", "", "ab é cd"),
        (r"\B", "", "😀é"),
        ("", "", "éa"),
        ("^|a", "m", "a\na"),
        ("a", "", "a" * 9000),
        ("b", "", "aaa"),
        ("(?<word>\\w+)", "i", "Ab Cd"),
    ],
)
def test_the_stand_in_finds_what_re2_finds(
    monkeypatch: pytest.MonkeyPatch, pattern: str, flags: str, text: str
) -> None:
    regular_expressions._read.cache_clear()
    wanted = list(regular_expressions.found(regular_expressions.read(pattern, flags), text, Budget()))
    replaced = regular_expressions.replace(regular_expressions.read(pattern, flags), text, "<$&>", 100_000, Budget())
    monkeypatch.setitem(sys.modules, expressions.NAME, expressions.module(expressions.Patterns(_by_re2)))
    regular_expressions._read.cache_clear()
    try:
        expression = regular_expressions.read(pattern, flags)
        assert isinstance(expression.engine, expressions.Expression)
        assert list(regular_expressions.found(expression, text, Budget())) == wanted
        assert regular_expressions.replace(expression, text, "<$&>", 100_000, Budget()) == replaced
    finally:
        regular_expressions._read.cache_clear()


def test_the_first_match_asks_for_one() -> None:
    asked: list[int] = []
    _, groups, spans = _by_re2("a")

    def noted(source: bytes, start: int, most: int) -> Any:
        asked.append(most)
        return spans(source, start, most)

    patterns = expressions.Patterns(lambda _: ("", groups, noted))
    matches = expressions.Expression(patterns, "a").finditer(b"a" * 100)
    assert next(matches).span() == (0, 1)
    assert asked == [1]
    assert [match.start() for match in islice(matches, 20)] == list(range(1, 21))
    assert asked == [1, 16, 256]


def test_a_pattern_that_is_none_is_an_error() -> None:
    with pytest.raises(expressions.error, match="missing"):
        expressions.module(expressions.Patterns(_by_re2)).compile("(")


# ------------------------------------------------------------ the page


class _Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def _html(text: str) -> str:
    return markdown.markdown(text, extensions=["md_in_html", "attr_list", "tables", "fenced_code"])


def test_the_page_offers_the_docs_own_formulas(hq: Session) -> None:
    page = playground_page(hq)
    assert (page.path, page.title) == ("playground.md", "Playground")
    elements = _Elements(_html(page.text))
    offered = [button for button in elements.of("button") if "data-formula" in button]
    columns = [column for table in hq.project.doc.tables.values() for column in table.columns.values()]
    texts = {column.formula.text.strip() for column in columns if column.formula is not None}
    texts |= {named.formula.text.strip() for named in hq.project.doc.formulas.values()}
    assert len(offered) == 8
    assert {button["data-formula"] for button in offered} <= texts
    assert [option["value"] for option in elements.of("option")] == ["", *hq.project.doc.tables]


def test_every_example_has_a_value(hq: Session) -> None:
    for example in examples(hq):
        told = trying.tried(hq, example.formula, example.table, example.number)
        assert not told["failed"], (example, told["said"])
        assert told["value"]["kind"] != "blank"
        if example.table:
            assert trying.rows(hq, example.table)[example.number - 1] == example.row


def test_the_page_names_its_script_and_its_controls(hq: Session) -> None:
    page = playground_page(hq)
    elements = _Elements(_html(page.text))
    scripts = [script["src"] for script in elements.of("script")]
    assert scripts == [f"{SCRIPTS}page.js"]
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in elements.of("label")}
    assert {"pg-text", "pg-table", "pg-row", "pg-own-text"} == labelled
    script = asset(scripts[0])
    for name in set(re.findall(r'\bat\("(\w+)"\)', script)):
        assert f"pg-{name}" in ids


HOSTILE = 'a"><script>alert(1)</script><b x="\n\n# Heading'


def test_names_of_the_doc_never_become_markup(tmp_path: Path) -> None:
    name = '<img src=x onerror="alert(1)">'
    table = json.dumps(
        {
            "table": name,
            "columns": [
                {"name": "name", "type": "text", "display": True},
                {"name": "<i>x</i> *b* [l](u)", "type": "text", "formula": "x.coda"},
            ],
        }
    )
    formula = 'Concatenate("</textarea><script>alert(2)</script>",\n\n"*b*", thisRow.name)'
    folder = folder_name(name)
    row = '"' + HOSTILE.replace('"', '""') + '"'
    files = {
        "doc.yml": "doc: 'a <b> *c* [d](e) `f`'\n",
        f"{folder}/table.yml": table,
        f"{folder}/x.coda": formula,
        f"{folder}/rows.csv": f"name\n{row}\n",
    }
    session = Session.open(write(tmp_path, files))
    assert [found.formula for found in examples(session)] == [formula]
    html = _html(playground_page(session).text)
    elements = _Elements(html)
    assert not elements.of("img")
    assert not elements.of("i")
    assert not elements.of("b")
    assert len(elements.of("script")) == 1
    button = next(button for button in elements.of("button") if "data-formula" in button)
    assert button["data-formula"] == formula
    assert button["data-row"] == HOSTILE
    assert elements.of("option")[1]["value"] == name


def test_a_doc_without_formulas_offers_counts(tmp_path: Path) -> None:
    table = "table: My things\ncolumns:\n  - {name: name, type: text}\n"
    session = Session.open(write(tmp_path, {f"{folder_name('My things')}/table.yml": table}))
    assert [example.formula for example in examples(session)] == ["[My things].Count()", "List(1, 2, 3).Sum()"]
    assert all(not trying.tried(session, example.formula)["failed"] for example in examples(session))


@pytest.mark.slow
def test_the_page_is_the_same_every_time(hq: Session) -> None:
    assert playground_page(hq) == playground_page(Session.open(FORMULAS))


# ------------------------------------------------------------ wheels and bundle


@pytest.mark.slow
def test_a_wheel_records_what_it_holds() -> None:
    for wheel in bundle_parts.wheels():
        archive = zipfile.ZipFile(io.BytesIO(wheel.data))
        stem = "-".join(wheel.name.split("-")[:2])
        record = archive.read(f"{stem}.dist-info/RECORD").decode().splitlines()
        lines = dict(line.split(",", 1) for line in record)
        assert set(lines) == set(archive.namelist())
        for name in archive.namelist():
            data = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert lines[name] == ("," if name.endswith("/RECORD") else f"sha256={digest},{len(data)}")
        assert not [name for name in archive.namelist() if name.endswith((".so", ".pyc"))]
        assert b"Tag: py3-none-any" in archive.read(f"{stem}.dist-info/WHEEL")


@pytest.mark.slow
def test_every_wheel_brings_its_licence() -> None:
    for wheel in bundle_parts.wheels():
        names = zipfile.ZipFile(io.BytesIO(wheel.data)).namelist()
        assert [name for name in names if ".dist-info/" in name and "LICENSE" in name.upper()], wheel.name


IN_THE_BROWSER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from types import SimpleNamespace
from codaform.site.playground.trying import begin
answer = begin(sys.argv[2], lambda pattern: ("", 0, None))
told = json.loads(answer(json.dumps({"ask": "try", "text": sys.argv[3], "table": "", "row": 0})))
outside = [name for name, module in sys.modules.items()
           if "site-packages" in (getattr(module, "__file__", None) or "")]
print(json.dumps([told["value"], len(json.loads(answer('{"ask": "about"}'))["names"]), outside]))
"""


@pytest.mark.slow
def test_the_wheels_are_all_that_is_needed(tmp_path: Path, hq: Session) -> None:
    """pip installs them, and a Python without any other package computes with them."""
    folder, target = tmp_path / "wheels", tmp_path / "target"
    folder.mkdir()
    paths = []
    for wheel in bundle_parts.wheels():
        paths.append(str(folder / wheel.name))
        Path(paths[-1]).write_bytes(wheel.data)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-compile"]
    if uv := shutil.which("uv"):  # which makes environments without pip
        pip = [uv, "pip", "install", "--quiet", "--python", sys.executable]
    install = [*pip, "--no-deps", "--no-index", "--target", str(target), *paths]
    subprocess.run(install, check=True, capture_output=True, timeout=100)
    assert not (target / "codaform" / "server").exists()
    arguments = [str(target), str(FORMULAS), "sprints.Count()"]
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IN_THE_BROWSER, *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    value, names, outside = json.loads(run.stdout)
    assert value == {"kind": "number", "text": str(len(hq.book.rows("sprints")))}
    assert names == len(trying.names(hq))
    assert outside == []


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Packages as npm would install them, without what is in them."""
    folder = tmp_path / "node_modules"
    for name, version in bundle_parts.versions().items():
        for file in (*bundle_parts.FILES[name], "package.json"):
            path = folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"version": version}) if file == "package.json" else f"{name} {file}", "utf-8")
    lock = {"info": {"python": "3.14.2"}, "packages": {"numpy": {"file_name": "numpy.whl"}}}
    (folder / bundle_parts.PYTHON / bundle_parts.LOCK).write_text(json.dumps(lock), "utf-8")
    return folder


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_bundle_has_the_same_bytes_every_time(tmp_path: Path, packages: Path, hq: Session) -> None:
    first = write_bundle(hq, tmp_path / "one" / "playground", packages)
    second = write_bundle(Session.open(FORMULAS), tmp_path / "two" / "playground", packages)
    assert first == second
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


@pytest.mark.slow
def test_a_bundle_says_what_there_is_to_load(tmp_path: Path, packages: Path, hq: Session) -> None:
    site = tmp_path / "site"
    made = write_bundle(hq, site / "playground", packages)
    text = (site / LISTING).read_text("utf-8")
    listing = json.loads(text.removeprefix("export const bundle = ").rstrip().removesuffix(";"))
    home = ((site / LISTING).parent / listing["home"]).resolve()
    assert home == (site / "playground").resolve()
    for path in [listing["pyodide"], listing["expressions"], listing["project"], *listing["wheels"]]:
        assert (home / path).is_file()
    assert set(made.sizes) == set(_files(home))
    assert listing["memory"] == ""
    assert listing["size"] == made.size == sum(len(data) for data in _files(home).values())
    assert json.loads((home / "pyodide" / bundle_parts.LOCK).read_text("utf-8"))["packages"] == {}


def test_the_assets_say_that_nothing_is_there() -> None:
    assert "bundle = null" in asset(LISTING)


@pytest.mark.slow
def test_the_project_comes_without_its_tests(tmp_path: Path, packages: Path) -> None:
    files = {
        "tasks/rows.csv": "name,hours\nA,2\n",
        "tasks/double.cases.yml": "[]\n",
        "scenarios/one.yml": "scenario: x\n",
        ".env": "CODA_API_TOKEN=secret\n",
        "notes.txt": "mine\n",
    }
    session = Session.open(with_tasks(tmp_path / "project", files))
    write_bundle(session, tmp_path / "site" / "playground", packages)
    names = zipfile.ZipFile(tmp_path / "site" / "playground" / "project.zip").namelist()
    assert names == ["doc.yml", "tasks/table.yml", "tasks/rows.csv", "tasks/double.coda"]


@pytest.mark.slow
def test_ids_of_docs_stay_at_home(tmp_path: Path, packages: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(FORMULAS, project)
    text = (project / "doc.yml").read_text("utf-8")
    environments = "environments:\n  staging:\n    # ours\n    doc: SecretDocId1\n"
    (project / "doc.yml").write_text(f"{environments}{text}", "utf-8")
    write_bundle(Session.open(project), tmp_path / "site" / "playground", packages)
    packed = zipfile.ZipFile(tmp_path / "site" / "playground" / "project.zip").read("doc.yml").decode()
    assert packed == text


@pytest.mark.slow
def test_what_is_written_already_stays(tmp_path: Path, packages: Path, hq: Session) -> None:
    site = tmp_path / "site"
    write_bundle(hq, site / "playground", packages)
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    write_bundle(hq, site / "playground", packages)
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()} == before


def test_a_missing_package_is_told_with_the_command(tmp_path: Path, packages: Path, hq: Session) -> None:
    with pytest.raises(CannotRead, match="npm install pyodide@"):
        write_bundle(hq, tmp_path / "playground", tmp_path / "nowhere")
    (packages / "re2js" / "package.json").write_text('{"version": "1.0.0"}', "utf-8")
    with pytest.raises(CannotRead, match=r"re2js 1\.0\.0, but "):
        write_bundle(hq, tmp_path / "playground", packages)
    (packages / "re2js" / "package.json").write_text("[]", "utf-8")
    with pytest.raises(CannotRead, match="no description"):
        write_bundle(hq, tmp_path / "playground", packages)
    assert not (tmp_path / "playground").exists()


def test_the_versions_are_exact_and_locked() -> None:
    folder = Path(bundle_parts.__file__).parent / "npm"
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in bundle_parts.versions().items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock[f"node_modules/{name}"]["version"] == version
        assert lock[f"node_modules/{name}"]["integrity"].startswith("sha512-")
