"""The pages of a project's doc: what they tell, where their links lead, and that texts of the doc stay texts."""

from __future__ import annotations

import html
import json
import posixpath
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

import random_docs
from codaform.model.schema import Column, Doc, Table
from codaform.project.file_names import folder_name
from codaform.project.project import Project
from codaform.project.session import Session
from codaform.project.suite import run_suite
from codaform.semantics.program import FormulaSite
from codaform.site.pages import Page
from codaform.site.tables import diagrams
from codaform.site.tables.doc_index import example_row, index_doc
from codaform.site.tables.pages import doc_pages
from codaform.site.tables.places import column_place, formula_place, slugs, table_path, view_place
from projects import DOUBLE, FORMULAS, TASKS, copy_of_founder_hq, opened, with_tasks, write

ROOT = Path(__file__).parents[1]
BAD = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if (path / "doc.yml").exists())
SPRINTS = "reference/doc/tables/sprints.md"
TASKS_PAGE = "reference/doc/tables/tasks.md"


@pytest.fixture(scope="module", autouse=True)
def recursion() -> None:
    """A workbook raises the interpreter's limit once; hypothesis complains where that happens within an example."""
    Session.empty().workbook()


@cache
def founder_hq() -> dict[str, str]:
    """The pages of Founder HQ by their paths."""
    return texts(Session.open(FORMULAS))


def texts(session: Session, functions: str = "") -> dict[str, str]:
    """The pages of a project by their paths."""
    return {page.path: page.text for page in doc_pages(session, functions)}


def section(text: str, heading: str) -> str:
    """What stands below a heading of a page, up to the next one that is not deeper."""
    found = re.search(rf"^(#+) {re.escape(heading)}( \{{.*)?$", text, re.MULTILINE)
    assert found is not None, f"there is no heading {heading}"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


# ------------------------------------------------------------ built by MkDocs


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@cache
def _extensions() -> tuple[list[str], dict[str, Any]]:
    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["markdown_extensions"]
    names = [name if isinstance(name, str) else next(iter(name)) for name in listed]
    return names, {name: value for one in listed if isinstance(one, dict) for name, value in one.items()}


def read(text: str) -> Tags:
    """A page as a browser reads it, made by the extensions that mkdocs.yml names."""
    import markdown

    names, configs = _extensions()
    found = Tags()
    found.feed(markdown.markdown(text, extensions=names, extension_configs=configs))
    found.close()
    return found


# ------------------------------------------------------------ places


@pytest.mark.slow
def test_places_are_those_that_documents_lead_to() -> None:
    doc = opened(FORMULAS).project.doc
    assert table_path(doc, "tasks") == TASKS_PAGE
    assert column_place(doc, "tasks", "sprint") == f"{TASKS_PAGE}#column-sprint"
    assert view_place(doc, "workflows", "Off estimate") == "reference/doc/tables/workflows.md#view-off-estimate"
    assert formula_place(doc, "recent_days") == "reference/doc/formulas.md#formula-recent_days"
    assert table_path(doc, "nothing") == "reference/doc/index.md"
    assert column_place(doc, "tasks", "nothing") == TASKS_PAGE


@given(
    st.lists(st.text(max_size=6) | st.sampled_from(["Tasks", "tasks", "TASKS", "tasks!", "a b", "a-b"]), unique=True)
)
def test_words_for_addresses_are_unique_and_can_stand_anywhere(names: list[str]) -> None:
    words = slugs(tuple(names))
    assert list(words.keys() ^ set(names)) == []
    assert len({word.casefold() for word in words.values()}) == len(names)
    for word in words.values():
        assert re.fullmatch(r"[\w-]+", word), word
        word.encode()


@given(
    st.lists(st.sampled_from(["Tasks", "tasks", "a b", "a-b", "x", "Ä", "a"]), min_size=1, unique=True), st.randoms()
)
def test_a_word_does_not_depend_on_the_order_of_names(names: list[str], chance: Any) -> None:
    mixed = list(names)
    chance.shuffle(mixed)
    assert slugs(tuple(names)) == slugs(tuple(mixed))


def test_a_name_that_is_a_word_keeps_it_when_another_like_it_comes() -> None:
    assert slugs(("tasks",))["tasks"] == "tasks"
    assert slugs(("Tasks", "tasks"))["tasks"] == "tasks"
    assert slugs(("Tasks",))["Tasks"] == "tasks"
    assert slugs(("index", "con"))["index"] != "index"


# ------------------------------------------------------------ Founder HQ


@pytest.mark.slow
def test_every_table_has_a_page_in_the_order_of_the_doc() -> None:
    session = Session.open(FORMULAS)
    pages = doc_pages(session)
    assert [page.path for page in pages] == [
        "reference/doc/index.md",
        *(f"reference/doc/tables/{table}.md" for table in session.project.doc.tables),
        "reference/doc/formulas.md",
        "reference/doc/tests.md",
        "reference/doc/migrations/0001_pattern_ontology.md",
    ]
    assert all(page.title and page.about and "\n" not in page.about for page in pages)


@pytest.mark.slow
def test_a_computed_column_is_told_from_its_formula_to_its_cases() -> None:
    told = section(founder_hq()[SPRINTS], "end\\_date")
    assert "```coda\n" + (FORMULAS / "sprints/end_date.coda").read_text("utf-8").strip("\n") + "\n```" in told
    assert "In words" not in told, "the author's words say it"
    worked = re.search(r'<p class="coda-example">.*?</p>', told)
    assert worked is not None
    plain = html.unescape(re.sub(r"<[^>]+>", "", worked[0]))
    assert plain == "In 2025-W43, with start_date 20 Oct 2025, it gives 26 Oct 2025"
    assert '<dt>Reads</dt><dd><a href="#column-start_date">' in told
    assert "<summary>Six days after the Monday</summary>" in told
    order = [told.index(one) for one in ("```coda", "it gives", "coda-live", "<dt>Reads", "Checked by 6 cases")]
    assert order == sorted(order)


@pytest.mark.slow
def test_the_first_matching_row_of_a_list_says_how_it_matches() -> None:
    told = section(founder_hq()[SPRINTS], "tasks")
    plain = html.unescape(re.sub(r"<[^>]+>", "", told.replace("<br>", "\n")))
    assert "T-016 matches: scheduled_start_date 20 Oct 2025" in plain


@pytest.mark.slow
def test_a_page_holds_the_parts_of_a_formula_with_the_values_of_a_match() -> None:
    told = section(founder_hq()[SPRINTS], "tasks")
    live = re.search(r'<div class="coda-live" data-table="([^"]*)" data-row="([^"]*)".*? data-parts="([^"]*)"', told)
    assert live is not None
    assert live.groups()[:2] == ("sprints", "2025-W43")
    formula = (FORMULAS / "sprints/tasks.coda").read_text("utf-8").strip("\n")
    parts = {formula[start:end]: rest for start, end, *rest in json.loads(html.unescape(live[3]))}
    assert parts["CurrentValue.scheduled_start_date"] == [
        "each row's `scheduled_start_date`",
        "2025-10-20",
        "the first match",
    ]
    assert "true for 3 of 64" in [note for _, _, note in parts.values()]


@pytest.mark.slow
def test_an_entered_column_tells_who_reads_it_and_can_be_led_to() -> None:
    columns = section(founder_hq()[TASKS_PAGE], "Columns")
    row = re.search(r'<tr id="column-scheduled_start_date">.*?</tr>', columns)
    assert row is not None
    assert "a person" in row[0]
    assert 'Read by <a href="sprints.md#column-tasks"><code>sprints.tasks</code></a>' in row[0]


@pytest.mark.slow
def test_options_targets_and_other_sides_stand_in_the_columns() -> None:
    columns = section(founder_hq()["reference/doc/tables/workflows.md"], "Columns")
    assert '<span class="pill p1">Semi-automated</span>' in columns
    assert 'row of <a href="service_blueprints.md"><code>service_blueprints</code></a>' in columns
    assert 'the other side of <a href="execution_runs.md#column-workflow">' in columns
    assert "number <code>0.0</code>" in columns


def test_sample_rows_show_what_is_computed() -> None:
    rows = section(founder_hq()[SPRINTS], "Sample rows")
    assert "The first 10 of 11 rows." in rows
    assert rows.count("<tr>") == 11
    assert rows.count(">ƒ</span>") == 3
    assert '<a class="chip" href="tasks.md" title="tasks: T-016">T-016</a>' in rows


@pytest.mark.slow
def test_a_view_tells_its_filter_and_its_rows_now() -> None:
    view = section(founder_hq()["reference/doc/tables/workflows.md"], "Off estimate")
    assert 'sorted by <a href="#column-variance_pct">' in view
    assert "the largest first · 5 columns" in view
    shown = opened(FORMULAS).book.rows("Off estimate")
    assert f"Currently {len(shown)} rows:" in view
    assert "In words" not in view
    assert 'data-table="workflows"' in view


def test_a_button_tells_what_a_press_does_and_where_it_is_off() -> None:
    page = founder_hq()["reference/doc/tables/touchpoints.md"]
    pressed = section(page, "When it is pressed")
    assert "A row is added to" in pressed
    assert "RUN-063" in pressed
    assert 'engagements.execution_runs</code></a> of <a class="chip"' in pressed
    assert "gains" in pressed
    assert "Now it is off in 1 of 17 sample rows" in section(page, "It cannot be pressed if")


@pytest.mark.slow
def test_telling_of_a_press_leaves_the_sample_rows_alone() -> None:
    session = Session.open(FORMULAS)
    before = {table: len(session.book.rows(table)) for table in session.project.doc.tables}
    doc_pages(session)
    assert {table: len(session.book.rows(table)) for table in session.project.doc.tables} == before


def test_a_default_stands_with_its_cases() -> None:
    told = section(founder_hq()["reference/doc/tables/execution_runs.md"], "New started\\_at")
    assert "```coda\nNow()\n```" in told
    assert "coda-case" in told


def test_what_moves_with_the_clock_is_marked() -> None:
    page = founder_hq()["reference/doc/tables/workflows.md"]
    assert "volatile" in section(page, "recent\\_runs")
    assert "volatile" not in section(page, "variance\\_pct")


def test_the_named_formulas_give_their_values() -> None:
    page = founder_hq()["reference/doc/formulas.md"]
    told = section(page, "recent\\_days")
    assert "It gives" not in told, "90 says itself"
    assert "It gives" in section(page, "unscheduled\\_tasks")
    assert 'href="tables/workflows.md#column-recent_runs"' in told


def test_the_overview_counts_and_draws() -> None:
    page = founder_hq()["reference/doc/index.md"]
    assert "12 tables" in page
    assert page.count("<svg ") == 1
    assert '??? note "The same as Mermaid"' in page
    assert '<a href="tables/workflows.md#view-off-estimate">Off estimate</a>' in page


def test_what_has_no_description_is_counted(tmp_path: Path) -> None:
    pages = texts(opened(with_tasks(tmp_path)))
    assert re.search(r"Described: 0 of 1 table, \d+ of \d+ columns\.", pages["reference/doc/index.md"])
    assert re.search(r"described: \d+ of \d+ columns", pages[TASKS_PAGE])
    assert "Described: " not in founder_hq()["reference/doc/index.md"]


def test_each_cell_of_a_fact_table_has_its_heading_on_a_phone(tmp_path: Path) -> None:
    page = texts(opened(with_tasks(tmp_path)))[TASKS_PAGE]
    heads = re.findall(r"<table class=\"coda-facts\"[^>]* style=\"([^\"]*)\"><thead><tr>(.*?)</tr>", page)
    assert heads
    for style, head in heads:
        headings = re.findall(r"<th[^>]*>(.*?)</th>", head)[1:]
        assert re.findall(r"--h\d:&#39;([^;]*?)&#39;", style) == headings


def test_scenarios_are_told_step_by_step() -> None:
    told = section(founder_hq()["reference/doc/tests.md"], "Sprint auto-population")
    assert "It begins with an empty doc" in told
    assert "<summary>1. Create two sprints</summary>" in told
    assert "Add 2 rows to" in told
    assert "Then the doc shows" in told


@pytest.mark.slow
def test_every_link_leads_to_a_place_that_is_there() -> None:
    pages = founder_hq()
    seen = {path: read(text) for path, text in pages.items()}
    places = {
        path: {attributes["id"] for _, attributes in one.tags if "id" in attributes} for path, one in seen.items()
    }
    links = 0
    for path, one in seen.items():
        ids = [attributes["id"] for _, attributes in one.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), f"an id stands twice on {path}"
        for tag, attributes in one.tags:
            address = attributes.get("href") if tag == "a" else None
            if address is None or address.startswith("https://files.example.com/"):
                continue
            file, _, anchor = unquote(address).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            assert target in pages, f"{path}: {address}"
            assert not anchor or anchor in places[target], f"{path}: {address}"
            links += 1
    assert links > 1000


@pytest.mark.slow
def test_functions_lead_to_their_pages_where_there_are_any() -> None:
    assert "<dt>Functions</dt>" not in founder_hq()[SPRINTS]
    text = texts(Session.open(FORMULAS), "reference/functions")[SPRINTS]
    assert '<a href="../../functions/filters-and-loops.md#filter"><code>Filter</code></a>' in text


@pytest.mark.slow
def test_the_pages_do_not_tell_where_the_project_lies(tmp_path: Path) -> None:
    assert texts(opened(copy_of_founder_hq(tmp_path))) == founder_hq()


def test_outcomes_stand_with_their_cases(tmp_path: Path) -> None:
    cases = """\
- case: It is doubled
  given: {tasks: [{name: a, hours: 2}]}
  expect: {a: 4}
- case: It is trebled
  given: {tasks: [{name: a, hours: 2}]}
  expect: {a: 6}
"""
    session = opened(with_tasks(tmp_path, {"tasks/double.cases.yml": cases}))
    outcomes = run_suite(session.project, session=session)
    page = next(page for page in doc_pages(session, outcomes=outcomes) if page.path == TASKS_PAGE)
    assert re.search(r'aria-label="passed">✓</span> It is doubled', page.text)
    assert re.search(r'aria-label="failed">✗</span> It is trebled', page.text)
    assert "6 is expected, it is 4" in page.text
    assert "✗" not in texts(session)[TASKS_PAGE]


# ------------------------------------------------------------ any project


SMALL = {
    "tasks/table.yml": """\
table: tasks
about: A piece of work for one person.
columns:
  - {name: name, type: text, display: true, key: true, tests: [unique], about: The work to do.}
  - {name: hours, type: number, format: "0.0", about: Estimated hours.}
  - {name: state, type: select, options: [Open, Done], default: state.coda}
  - {name: parent, type: relation, to: tasks}
  - {name: double, type: number, formula: double.coda, about: Twice as much.}
  - {name: finish, type: button, label: Finish it, action: finish.coda}
views:
  - {name: Long ones, filter: long.coda, sort: hours, limit: 2, columns: [name, hours]}
tests:
  - {name: positive, formula: positive.coda, about: Hours are never negative.}
""",
    "tasks/double.coda": DOUBLE,
    "tasks/state.coda": '"Open"\n',
    "tasks/finish.coda": 'ModifyRows(thisRow, tasks.state, "Done")\n',
    "tasks/long.coda": "thisRow.hours > 3\n",
    "tasks/positive.coda": "thisRow.hours >= 0\n",
    "tasks/double.cases.yml": "- case: It is doubled\n  given: {tasks: [{name: a, hours: 2}]}\n  expect: {a: 4}\n",
    "tasks/rows.csv": "name,hours,state,parent\nPlan,2,Open,\nBuild,8,Open,Plan\nTest,-1,Done,Plan\n",
}


def test_the_page_of_a_table_as_it_is_written(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    text = texts(opened(write(tmp_path, SMALL)))[TASKS_PAGE]
    # Pictures and words have tests of their own.
    text = re.sub(r"<svg .*?</svg>", "<svg/>", text)
    text = re.sub(r"(?<=\*\*In words:\*\*) .*", " …", text)
    assert re.sub(r' data-parts="[^"]*"', "", text) == snapshot


def test_a_data_test_that_rows_break_says_so(tmp_path: Path) -> None:
    told = section(texts(opened(write(tmp_path, SMALL)))[TASKS_PAGE], "Data tests")
    assert "1 row breaks the test positive of tasks: Test" in told
    assert "Hours are never negative." in told


def test_a_formula_that_is_none_shows_what_is_wrong_with_it(tmp_path: Path) -> None:
    files = {"tasks/double.coda": "thisRow.hour * 2\n", "tasks/rows.csv": "name,hours\na,1\n"}
    page = texts(opened(with_tasks(tmp_path, files)))
    told = section(page[TASKS_PAGE], "double")
    assert "table tasks has no column hour" in told
    assert "did you mean hours?" in told
    assert "In words" not in told
    assert "table tasks has no column hour" in page["reference/doc/index.md"]


@pytest.mark.parametrize("text", ["", "(((", "1 +", "thisRow.double", "[", '"', "\x00", "```\n"])
def test_no_formula_stops_the_pages(tmp_path: Path, text: str) -> None:
    files = {"tasks/double.coda": text, "tasks/rows.csv": "name,hours\na,1\n"}
    assert "admonition failure" in texts(opened(with_tasks(tmp_path, files)))[TASKS_PAGE]


@pytest.mark.parametrize("folder", BAD, ids=lambda folder: folder.name)
def test_a_project_with_faults_has_its_pages_all_the_same(folder: Path) -> None:
    session = opened(folder)
    pages = texts(session)
    assert {table_path(session.project.doc, table) for table in session.project.doc.tables} <= pages.keys()
    for text in pages.values():
        assert text.startswith("# ")


def test_a_doc_of_nothing_has_an_overview(tmp_path: Path) -> None:
    pages = texts(opened(write(tmp_path, {})))
    assert sorted(pages) == ["reference/doc/formulas.md", "reference/doc/index.md", "reference/doc/tests.md"]
    assert "The doc has no tables." in pages["reference/doc/index.md"]
    assert texts(Session.empty()).keys() == pages.keys()


def test_a_table_without_rows_says_so(tmp_path: Path) -> None:
    page = texts(opened(with_tasks(tmp_path)))[TASKS_PAGE]
    assert "There is no sample row for an example." in section(page, "double")
    assert "There are none." in section(page, "Sample rows")


@settings(max_examples=25)
@given(random_docs.docs())
def test_any_doc_has_its_pages(doc: Doc) -> None:
    project = Project(Path(), doc, (), {}, (), (), "2025-12-10T09:00", None, (), ())
    pages = doc_pages(Session(project))
    assert len(pages) == len(doc.tables) + 3
    assert all(re.match("# [^\n]+\n", page.text) for page in pages)


# ------------------------------------------------------------ what is chosen, what is limited


def test_the_row_that_tells_most_has_a_value_and_all_that_it_comes_from(tmp_path: Path) -> None:
    files = {
        "tasks/table.yml": TASKS.replace("double.coda}", "double.coda}\n  - {name: more, type: number}"),
        "tasks/double.coda": "If(thisRow.hours.IsBlank(), 1 / 0, thisRow.hours + thisRow.more)\n",
        "tasks/rows.csv": "name,hours,more\nfails,,\nbare,3,\nwhole,3,4\nlater,5,6\n",
    }
    session = opened(with_tasks(tmp_path, files))
    place = FormulaSite("formula", "tasks", "double")
    bound = session.program.formulas[place]
    known = index_doc(session)
    assert example_row(known, place, bound) == session.row("tasks", "whole")
    assert example_row(known, place, bound, [session.row("tasks", "fails")]) == session.row("tasks", "fails")
    assert example_row(known, place, bound, []) is None


def test_a_picture_around_a_table_is_limited() -> None:
    def column(to: str) -> Column:
        return Column(f"to {to}", "relation", to=to)

    name = Column("name", "text", display=True)
    many = {
        f"t{n}": Table(f"t{n}", {"name": name, "extra": Column("extra", "text"), "to mid": column("mid")})
        for n in range(40)
    }
    doc = Doc("Star", {"mid": Table("mid", {"name": name}), **many, "far": Table("far", {"name": name})})
    assert diagrams.count_neighbours(doc, "mid") == 40
    assert diagrams.count_neighbours(doc, "t0") == 1
    assert diagrams.count_neighbours(doc, "far") == 0
    assert "10 related tables more: the picture is limited to 30." in diagrams.table_diagram(doc, TASKS_PAGE, "mid")
    assert "more:" not in diagrams.table_diagram(doc, TASKS_PAGE, "t0")


# ------------------------------------------------------------ texts that want to be more


EVIL = (
    'a <script>alert(1)</script> <img src=x onerror="alert(1)"> [x](javascript:alert(1)) ![y](http://e.example/y.png) '
    "</div></svg></details></td> | b | `code` ``x` *em* **strong** _em_ {: .evil #evil onclick=alert(1) } { #evil } "
    "{{ 7*7 }} {% raw %} {name}`x` [^1] <!-- --> &lt;b&gt; &#60;i&#62; http://evil.example $x$ ~~s~~ \\ ' \" ==m=="
)
EVIL_LINES = (
    EVIL + "\n\n# evil heading\n\n```evil\nfence\n```\n\n- evil item\n\n    evil code\n<evil-tag>\r\n</p>\r<b>bold"
)
ALLOWED = frozenset(
    (
        *("a", "b", "br", "circle", "code", "dd", "desc", "details", "div", "dl", "dt", "g", "h1", "h2", "h3", "h4"),
        *(
            "li",
            "p",
            "path",
            "pre",
            "rect",
            "small",
            "span",
            "strong",
            "summary",
            "svg",
            "table",
            "tbody",
            "td",
            "text",
        ),
        *("th", "thead", "title", "tr", "tspan", "ul"),
    )
)
TAME = re.compile(r"(?:[\w./%()-]+\.md)?(?:#[\w%()-]+)?|https?://evil\.example/?")


def _evil_project(folder: Path) -> Session:
    """A project in which every free text is hostile."""
    name = EVIL

    def quoted(text: str) -> str:
        return json.dumps(text)

    column = f"col {name}"
    place = folder_name(name)
    bracketed = "[" + column.replace("]", "\\]") + "]"
    table = f"""\
table: {quoted(name)}
about: {quoted(EVIL_LINES)}
columns:
  - name: {quoted(column)}
    type: text
    display: true
    about: {quoted(EVIL_LINES)}
    tests: [unique, {{accepted_values: [{quoted(EVIL_LINES)}]}}]
  - {{name: {quoted("sel " + name)}, type: select, options: [{quoted(EVIL_LINES)}, b], about: {quoted(EVIL)}}}
  - {{name: link, type: link}}
  - {{name: rel, type: relation, to: {quoted(name)}}}
  - name: {quoted("made " + name)}
    type: text
    formula: made.coda
    format: {quoted(EVIL)}
    about: {quoted(EVIL_LINES)}
  - {{name: {quoted("wrong " + name)}, type: text, formula: wrong.coda}}
  - {{name: {quoted("press " + name)}, type: button, label: {quoted(EVIL_LINES)}, action: press.coda}}
views:
  - {{name: {quoted("view " + name)}, about: {quoted(EVIL_LINES)}, filter: view.coda}}
tests:
  - {{name: {quoted("test " + name)}, formula: test.coda, about: {quoted(EVIL_LINES)}}}
"""
    cases = f"""\
- case: {quoted(EVIL_LINES)}
  given: {{{quoted(name)}: [{{{quoted(column)}: {quoted(EVIL_LINES)}}}]}}
  expect: {{{quoted(EVIL_LINES)}: {quoted(EVIL_LINES)}}}
"""
    scenario = f"""\
scenario: {quoted(EVIL_LINES)}
about: {quoted(EVIL_LINES)}
start: empty
steps:
  - step: {quoted(EVIL_LINES)}
    add: {{{quoted(name)}: [{{{quoted(column)}: {quoted(EVIL_LINES)}}}]}}
    expect: {{{quoted(name)}: {{{quoted(EVIL_LINES)}: {{{quoted(column)}: {quoted(EVIL_LINES)}}}}}}}
"""
    cell = '"' + EVIL_LINES.replace("\r", "").replace('"', '""') + '"'
    files = {
        f"{place}/table.yml": table,
        f"{place}/made.coda": f"thisRow.{bracketed} /* {EVIL.replace('*/', '')}\n```\n# evil\n*/\n",
        f"{place}/made.cases.yml": cases,
        f"{place}/wrong.coda": "thisRow.[no <script>alert(1)</script> [x](javascript:x)]\n",
        f"{place}/press.coda": 'OpenWindow("javascript:alert(1)")\n',
        f"{place}/view.coda": "true\n",
        f"{place}/test.coda": "false\n",
        f"{place}/rows.csv": '"' + column.replace('"', '""') + f'",link\n{cell},javascript:alert(1)\n',
        "evil.coda": f"{json.dumps(EVIL)}\n",
        "scenarios/evil.yml": scenario,
    }
    doc = f"""\
doc: {quoted(name)}
about: {quoted(EVIL_LINES)}
clock: 2025-12-10T09:00:00
formulas:
  - {{name: {quoted("named " + name)}, type: text, formula: evil.coda, about: {quoted(EVIL_LINES)}}}
"""
    return opened(write(folder, files, doc))


def test_a_text_of_the_doc_never_becomes_markup(tmp_path: Path) -> None:
    session = _evil_project(tmp_path)
    doc = session.project.doc
    (table,) = doc.tables.values()
    assert len(table.columns) == 7, session.project.diagnostics
    assert len(session.book.rows(table.name)) == 1
    pages: list[Page] = doc_pages(session, "reference/functions", run_suite(session.project, session=session))
    assert {page.path for page in pages} == {
        "reference/doc/index.md",
        table_path(doc, table.name),
        "reference/doc/formulas.md",
        "reference/doc/tests.md",
    }
    for page in pages:
        found = read(page.text)
        assert "evil heading" in found.text
        for tag, attributes in found.tags:
            assert tag in ALLOWED, (page.path, tag, attributes)
            assert not [name for name in attributes if name.startswith("on")], (page.path, tag, attributes)
            for name in ("href", "src", "xlink:href"):
                address = attributes.get(name) or ""
                known = address.startswith("../") or TAME.fullmatch(unquote(address)) is not None
                assert known, (page.path, tag, address)
            assert attributes.get("id") != "evil"
            assert "evil" not in (attributes.get("class") or "").split()
        assert not re.search(r"^#+ evil heading", page.text, re.MULTILINE), page.path


def test_the_words_of_a_hostile_text_are_all_still_there(tmp_path: Path) -> None:
    session = _evil_project(tmp_path)
    (table,) = session.project.doc.tables.values()
    found = read(texts(session)[table_path(session.project.doc, table.name)])
    seen = " ".join(found.text.split())
    for words in (
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "{{ 7*7 }}",
        "{% raw %}",
        "<evil-tag>",
        "| b |",
    ):
        assert words in seen, words


def test_every_block_of_html_stands_on_one_line(tmp_path: Path) -> None:
    for text in texts(_evil_project(tmp_path)).values():
        for line in text.split("\n"):
            if line.startswith(("<div", "<p ", "<details", "<dl", "<ul")):
                name = line[1:].split(" ")[0].split(">")[0]
                assert line.endswith(f"</{name}>"), line[:200]
