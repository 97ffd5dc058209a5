"""The page of the local Coda without a browser: what it shows, what it changes, whom it refuses."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from codaform.coda.wire import ids
from codaform.markup.formulas import highlight_formula
from codaform.markup.values import safe_link, value_html
from codaform.model.formats import Format
from codaform.model.schema import Column, View
from codaform.model.values import Action, Error, Person
from codaform.server.doc.records import (
    ColumnRecord,
    ControlRecord,
    DocRecord,
    PageRecord,
    RowRecord,
    TableRecord,
    ViewRecord,
)
from codaform.server.page import cell_diff
from codaform.server.page.boards import week_of
from codaform.server.page.values import look, raw
from codaform.source import Source
from columns import short
from pages import Pages, application, empty, pages, pages_of, workspace
from projects import DOC, TASKS, with_tasks
from searching import examples

pytestmark = pytest.mark.slow

NOW = datetime(2025, 12, 10, 8, tzinfo=UTC)


@pytest.fixture
def founder() -> Pages:
    return pages(workspace())


@pytest.fixture(scope="module")
def looked_at() -> Pages:
    """For tests that change nothing."""
    return pages(workspace())


# ------------------------------------------------------------ whom it refuses


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:81", "localhost:8080", "user@127.0.0.1", "", "[::1", "0"],
)
def test_another_host_is_refused(looked_at: Pages, host: str) -> None:
    reply = looked_at.http.get("/", headers={"Host": host})
    assert reply.status_code == 403
    assert "Founder" not in reply.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST", "127.0.0.1:80"])
def test_this_machine_is_welcome(looked_at: Pages, host: str) -> None:
    assert looked_at.http.get("/", headers={"Host": host}).status_code == 200


def test_the_port_must_be_the_one_that_is_served(looked_at: Pages) -> None:
    served = TestClient(application(looked_at.docs), base_url="http://127.0.0.1:8765")
    assert served.get("/").status_code == 200
    assert served.get("/", headers={"Host": "127.0.0.1:8766"}).status_code == 403
    assert served.get("/", headers={"Host": "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
        {"Origin": "http://127.0.0.1:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_change_from_elsewhere_is_refused(founder: Pages, headers: dict[str, str]) -> None:
    asked = {**founder.cell("tasks", "T-037", "name"), "value": "changed"}
    reply = founder.http.post(f"/d/{founder.id}/cells", json=asked, headers=headers)
    assert reply.status_code == 403
    assert founder.value("tasks", "T-037", "name") == "Interview the shortlist"


def test_a_change_of_its_own_page_is_welcome(founder: Pages) -> None:
    asked = {**founder.cell("tasks", "T-037", "name"), "value": "changed"}
    headers = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert founder.http.post(f"/d/{founder.id}/cells", json=asked, headers=headers).status_code == 200
    assert founder.value("tasks", "T-037", "name") == "changed"


def test_every_answer_forbids_scripts_from_elsewhere(looked_at: Pages) -> None:
    for path in ("/", f"/d/{looked_at.id}", "/static/page.js", "/nothing"):
        policy = looked_at.http.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_no_script_and_no_style_stands_inside_of_a_page(looked_at: Pages) -> None:
    for path in _every_page(looked_at):
        assert _dangers(looked_at.http.get(path).text) == [], path


class _Dangers(HTMLParser):
    """Collects whatever in a page could run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        own = given.get("src", "").startswith("/static/")
        if tag in ("style", "iframe", "object", "embed", "base") or (tag in ("script", "img") and not own):
            self.found.append(f"<{tag}>")
        self.found.extend(name for name in given if name.startswith("on") or name in ("style", "srcdoc", "formaction"))
        for name in ("href", "src", "action"):
            address = given.get(name, "")
            if ":" in address.partition("/")[0] and not address.startswith(("https:", "http:", "mailto:")):
                self.found.append(address)


def _dangers(text: str) -> list[str]:
    """Whatever in a page could run something."""
    parser = _Dangers()
    parser.feed(text)
    return parser.found


# ------------------------------------------------------------ what it shows


def _every_page(of: Pages) -> list[str]:
    """All pages that links lead to, in the order in which they are found."""
    found = ["/"]
    for path in found:
        reply = of.http.get(path)
        assert reply.status_code == 200, path
        rows = 0
        for link in re.findall(r'href="(/[^"#]*)', reply.text):
            address = html.unescape(link)
            rows += "/r/" in address
            if address not in found and not address.startswith("/static") and ("/r/" not in address or rows < 2):
                found.append(address)
        if len(found) > 150:
            break
    return found


def test_dangers_are_found() -> None:
    assert _dangers('<a href="javascript:x" onclick="y"><script>') == ["onclick", "javascript:x", "<script>"]


def test_every_link_leads_somewhere_and_every_page_says_what_it_proves(looked_at: Pages) -> None:
    found = _every_page(looked_at)
    assert len(found) > 30
    for path in found:
        text = looked_at.http.get(path).text
        if not path.endswith(".css"):
            assert "prove codaform’s logic, not Coda’s behaviour" in text, path


def test_a_table_is_a_grid(looked_at: Pages) -> None:
    text = looked_at.get(looked_at.owner("sprints"))
    assert '<table role="grid"' in text
    assert 'aria-rowcount="12"' in text
    assert text.count('<tr role="row"') == 12
    assert re.search(r'<th [^>]*data-name="tasks"[^>]*>.*?aria-label="computed by a formula"', text)
    assert re.search(r'<a class="chip"[^>]*href="[^"]*/r/i-[^"]+"[^>]*>T-037</a>', text)


def test_a_view_shows_its_own_columns_and_rows(looked_at: Pages) -> None:
    text = looked_at.get(looked_at.owner("This week"))
    assert re.findall(r'<th [^>]*data-name="([^"]+)"', text) == [
        "task_id", "name", "project", "scheduled_start_date", "scheduled_end_date",
    ]  # fmt: skip
    assert re.findall(r'<tr [^>]*data-name="([^"]+)"', text)[:2] == ["T-031", "T-045"]


def test_a_named_formula_is_explained(looked_at: Pages) -> None:
    named = next(found for found in looked_at.doc.record.formulas if found.formula.name == "unscheduled_tasks")
    text = looked_at.get(f"/f/{named.id}")
    assert '<span class="num">4</span>' in text
    assert "tasks.scheduled_start_date" in text


def test_a_named_formula_may_give_a_row_and_keeps_its_format(tmp_path: Path) -> None:
    with_tasks(tmp_path, {"tasks/rows.csv": "name,hours\nBake,1\nSell,2\n"})
    doc = (tmp_path / "doc.yml").read_text("utf-8")
    named = """formulas:
  - {name: newest, type: relation, to: tasks, formula: tasks.Last()}
  - {name: all_of_them, type: relation, to: tasks, many: true, formula: tasks.Filter(true)}
  - {name: share, type: percent, format: 0.0%, formula: 0.625}
"""
    (tmp_path / "doc.yml").write_text(f"{doc.rstrip()}\n{named}", "utf-8")
    shown = pages(workspace(tmp_path))
    text = shown.get("")
    assert text.count('<span class="chip">Sell</span>') == 4  # of two formulas, on the side and on a card
    assert not re.search(r"<a [^>]*>(?:(?!</a>).)*<a ", text, re.DOTALL)  # browsers end a link at the next one
    assert text.count("62.5%") == 2
    for one in shown.doc.record.formulas:
        assert one.formula.name in shown.get(f"/f/{one.id}")


def test_a_cell_is_explained(looked_at: Pages) -> None:
    text = looked_at.get("/explain", **looked_at.cell("sprints", "2025-W50", "tasks"))
    plain = html.unescape(re.sub(r"<[^>]+>", "", text))
    assert "CurrentValue.scheduled_start_date >= thisRow.start_date" in plain
    assert "true for 6 of 64" in plain
    assert "the first match" in plain
    assert "sprints.start_date" in plain
    assert "Tasks planned to start in this week" in plain


def test_the_plan_of_a_formula_has_a_tab_of_its_own(looked_at: Pages) -> None:
    text = looked_at.get("/explain", **looked_at.cell("sprints", "2025-W50", "tasks"))
    tab = re.search(r'role="tabpanel"[^>]* data-plan="([^"]*)" hidden></div>', text)
    assert tab is not None
    plain = plain_text(looked_at.get(f"/plan?{html.unescape(tab[1])}"))
    assert "scheduled_start_date <= thisRow.end_date and finds 3.9 of 64 rows of tasks on average" in plain
    assert "the rows of tasks the rows that look for the old or the new value" in plain
    assert "data-plan" not in looked_at.get("/explain", **looked_at.cell("tasks", "T-037", "scheduled_start_date"))


def test_the_plan_marks_what_is_asked_row_by_row(tmp_path: Path) -> None:
    files = {
        "doc.yml": DOC + "formulas:\n  - {name: even, type: number, formula: even.coda}\n",
        "tasks/table.yml": TASKS,
        "even.coda": "tasks.CountIf(IsEven(CurrentValue.hours))\n",
    }
    text = pages(workspace(with_tasks(tmp_path, files))).get("/plan", formula="even")
    assert "wave warning" in text
    assert "tasks.hours its value" in plain_text(text)
    assert "rows of tasks are asked one by one: no part of the condition compares a column" in plain_text(text)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("CurrentValue.hours.IsBlank()", "An index answers hours is blank and finds"),
        ("CurrentValue.hours.IsNotBlank()", "An index answers hours is not blank and finds"),
        ("CurrentValue.done", "An index answers done = true and finds"),
        ('CurrentValue.hours = ""', 'An index answers hours = "" and finds'),
    ],
)
def test_the_plan_says_what_is_looked_up(tmp_path: Path, condition: str, said: str) -> None:
    files = {
        "doc.yml": DOC + "formulas:\n  - {name: few, type: number, formula: few.coda}\n",
        "tasks/table.yml": TASKS.replace("columns:\n", "columns:\n  - {name: done, type: checkbox}\n"),
        "few.coda": f"tasks.CountIf({condition})\n",
    }
    shown = pages(workspace(with_tasks(tmp_path, files))).get("/plan", formula="few")
    assert said in plain_text(shown).replace("  ", " ")


def plain_text(text: str) -> str:
    """The text of HTML, with single spaces; a block ends with one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</(th|td|li|p)>", " ", text))).split())


def test_who_reads_a_cell_that_is_entered(looked_at: Pages) -> None:
    plain = re.sub(
        r"<[^>]+>", "", looked_at.get("/explain", **looked_at.cell("tasks", "T-037", "scheduled_start_date"))
    )
    assert "Entered by hand." in plain
    assert "sprints.tasks" in plain
    assert "Sprint tasks" in plain


def test_a_button_is_explained_and_not_pressed(looked_at: Pages) -> None:
    before = looked_at.doc.record.version
    touchpoint = looked_at.cell("touchpoints", "Fennel Foods kickoff", "log_run")
    plain = re.sub(r"<[^>]+>", "", looked_at.get("/explain", **touchpoint))
    assert "When pressed" in plain
    assert "Cannot be pressed if" in plain
    assert looked_at.doc.record.version == before


def test_a_table_by_week(looked_at: Pages) -> None:
    column = looked_at.cell("tasks", "T-037", "scheduled_start_date")["column"]
    text = looked_at.get(looked_at.owner("tasks"), by=column, week="2025-12-09")
    lanes = re.findall(r'data-start="([^"]*)" aria-label="([^"]*)"', text)
    assert lanes == [
        ("2025-12-08", "Week 50, 8 Dec – 14 Dec"),
        ("2025-12-15", "Week 51, 15 Dec – 21 Dec"),
        ("2025-12-22", "Week 52, 22 Dec – 28 Dec"),
        ("2025-12-29", "Week 1, 29 Dec – 4 Jan"),
        ("", "No date"),
    ]
    first = text.split("data-start=")[1]
    assert re.findall(r'<li class="task"[^>]*data-name="([^"]+)"', first) == [
        "T-031", "T-045", "T-037", "T-049", "T-044", "T-024",
    ]  # fmt: skip
    assert "computed from scheduled_start_date" in text


@pytest.mark.parametrize("week", ["", "nonsense", "0001-01-01", "9999-12-31", "2025-02-30"])
def test_any_week_can_be_asked_for(looked_at: Pages, week: str) -> None:
    column = looked_at.cell("tasks", "T-037", "scheduled_start_date")["column"]
    assert looked_at.get(looked_at.owner("tasks"), by=column, week=week).count('<section class="lane') == 5


def test_a_week_begins_on_the_first_day_of_the_doc() -> None:
    wednesday = date(2025, 12, 10)
    assert week_of(wednesday, 1) == date(2025, 12, 8)
    assert week_of(wednesday, 7) == date(2025, 12, 7)
    assert week_of(date(2025, 12, 7), 7) == date(2025, 12, 7)


def test_names_to_go_on_with(looked_at: Pages) -> None:
    names = json.loads(looked_at.get("/names"))["names"]
    assert {"name": "Filter", "kind": "function"}.items() <= next(n for n in names if n["name"] == "Filter").items()
    hours = next(n for n in names if n["name"] == "estimated_hours")
    assert (hours["kind"], hours["table"], hours["detail"]) == ("column", "tasks", "number")
    assert {"[Sprint tasks]", "recent_days", "sprints"} <= {name["name"] for name in names}


def test_rows_to_choose_from(looked_at: Pages) -> None:
    table = looked_at.table("tasks").id
    found = json.loads(looked_at.get("/choices", table=table, text="shortlist"))["rows"]
    assert [row[1:] for row in found] == [["T-037", "Interview the shortlist"]]
    assert len(json.loads(looked_at.get("/choices", table=table, text=""))["rows"]) == 50


def test_people_to_choose_from(looked_at: Pages) -> None:
    people = json.loads(looked_at.get("/people"))["people"]
    assert ["Ada Ruiz", "ada@example.com"] in people
    assert len(people) > 1


def test_pages_of_rows() -> None:
    of = _small([Column("name", "text", display=True)], [{"name": f"row {number}"} for number in range(1, 251)])
    first, last = of.get(of.owner("things")), of.get(of.owner("things"), first="200")
    assert first.count('<tr role="row"') == 101
    assert last.count('<tr role="row"') == 51
    assert "201–250" in last
    assert of.get(of.owner("things"), first="99999").count('<tr role="row"') == 51
    assert of.get(of.owner("things"), first="-5") == of.get(of.owner("things"))


# ------------------------------------------------------------ what it changes


def test_a_moved_date_moves_the_task_to_another_sprint(founder: Pages) -> None:
    told = founder.change("tasks", "T-037", "scheduled_start_date", "2025-12-16")
    sprint = founder.cell("sprints", "2025-W50", "tasks")
    marks = {tuple(mark) for mark in told["marks"]}
    assert (sprint["row"], sprint["column"]) in marks
    assert (founder.cell("sprints", "2025-W51", "tasks")["row"], sprint["column"]) in marks
    assert len(marks) == 2
    assert told["sentence"] == "tasks · scheduled_start_date. 2 computed cells changed in sprints."
    assert re.search(r"<del><a class=\"chip\"[^>]*>T-037</a></del>", told["html"])
    assert re.search(r"<ins><a class=\"chip\"[^>]*>T-037</a></ins>", told["html"])
    assert founder.value("tasks", "T-037", "scheduled_start_date") == date(2025, 12, 16)


def test_a_change_that_nothing_reads(founder: Pages) -> None:
    told = founder.change("tasks", "T-037", "name", "Interview everybody")
    assert told["marks"] == []
    assert "No computed cell changed" in told["html"]


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "expected"),
    [
        ("tasks", "T-037", "estimated_hours", "7,5", None),
        ("tasks", "T-037", "estimated_hours", "7.5", 7.5),
        ("tasks", "T-037", "estimated_hours", "", None),
        ("tasks", "T-037", "scheduled_start_date", "", None),
        ("tasks", "T-037", "name", "two\nlines", "two\nlines"),
        ("touchpoints", "Fennel Foods kickoff", "channel", "Chat", "Chat"),
        ("execution_runs", "RUN-001", "executed_by", "ada@example.com", Person("Ada Ruiz")),
    ],
)
def test_what_a_control_gives_is_entered(
    founder: Pages, table: str, row: str, column: str, value: str, expected: object
) -> None:
    founder.change(table, row, column, value)
    if value == "7,5":
        assert "does not fit the column" in founder.get(founder.owner("tasks"))
    assert founder.value(table, row, column) == expected


def test_a_relation_takes_the_id_of_a_row(founder: Pages) -> None:
    project = founder.cell("projects", "Pattern library", "name")["row"]
    told = founder.change("tasks", "T-037", "project", project)
    assert founder.doc.display(founder.value("tasks", "T-037", "project")) == "Pattern library"
    assert "Pattern library" in told["html"]
    founder.change("tasks", "T-037", "project", "")
    assert founder.value("tasks", "T-037", "project") is None


def test_several_of_a_list(founder: Pages) -> None:
    template = founder.doc.display(founder.doc.book.rows("db_templates")[0])
    founder.change("db_templates", template, "tags", ["a", "b"])
    assert founder.value("db_templates", template, "tags") == ["a", "b"]
    founder.change("db_templates", template, "tags", [])
    assert founder.value("db_templates", template, "tags") == []


def test_a_computed_cell_is_not_written(founder: Pages) -> None:
    asked = {**founder.cell("sprints", "2025-W50", "start_date"), "value": "2025-01-01"}
    reply = founder.http.post(f"/d/{founder.id}/cells", json=asked)
    assert reply.status_code == 409
    assert reply.json() == {"refused": "start_date is computed; its cells cannot be written."}


def test_a_row_is_added_and_deleted(founder: Pages) -> None:
    table = founder.table("sprints").id
    told = founder.post("/rows", {"table": table})
    assert len(founder.doc.rows[table]) == 12
    assert told["place"] == 11
    cell = {"table": table, "row": told["row"], "column": founder.cell("sprints", "2025-W50", "sprint_id")["column"]}
    changed = founder.post("/cells", {**cell, "value": "2026-W02"})
    assert "3 cells changed in" in changed["html"]
    assert founder.value("sprints", "2026-W02", "start_date") == date(2026, 1, 5)
    gone = founder.post("/rows/delete", {"table": table, "row": told["row"]})
    assert gone["sentence"].startswith("2026-W02 was deleted from sprints")
    assert len(founder.doc.rows[table]) == 11


def test_a_deleted_task_leaves_its_sprint(founder: Pages) -> None:
    told = founder.post("/rows/delete", {key: founder.cell("tasks", "T-037", "name")[key] for key in ("table", "row")})
    sprint = founder.cell("sprints", "2025-W50", "tasks")
    assert [sprint["row"], sprint["column"]] in told["marks"]


def test_a_pressed_button_tells_what_it_did(founder: Pages) -> None:
    before = len(founder.doc.rows[founder.table("execution_runs").id])
    told = founder.post("/push", founder.cell("touchpoints", "Fennel Foods kickoff", "log_run"))
    assert len(founder.doc.rows[founder.table("execution_runs").id]) == before + 1
    assert "Log a run was pressed" in told["html"]
    assert re.search(r"RUN-\d+</a> was added to <b>execution_runs</b>", told["html"])
    assert "engagements" in told["sentence"]


def test_a_button_that_cannot_be_pressed_does_nothing(founder: Pages) -> None:
    engaged = [row for row in founder.doc.book.rows("touchpoints") if not founder.doc.book.value(row, "engagement")]
    name = founder.doc.display(engaged[0])
    assert "disabled" in founder.get(founder.owner("touchpoints")).split(f'data-name="{html.escape(name)}"')[1]
    before = len(founder.doc.rows[founder.table("execution_runs").id])
    told = founder.post("/push", founder.cell("touchpoints", name, "log_run"))
    assert "cannot be pressed" in told["sentence"]
    assert len(founder.doc.rows[founder.table("execution_runs").id]) == before


def test_the_clock_moves_what_reads_it(founder: Pages) -> None:
    assert "Wed 10 Dec 2025, 9:00" in founder.get("")
    week_before = founder.get(founder.owner("This week"))
    told = founder.post("/clock", {"by": "week", "step": 1})
    assert told["clock"]["words"] == "Wed 17 Dec 2025, 9:00"
    assert founder.get(founder.owner("This week")) != week_before
    founder.post("/clock", {"to": "2030-01-01T00:30"})
    assert "Tue 1 Jan 2030, 0:30" in founder.get("")
    founder.post("/clock", {"to": ""})
    assert founder.docs.clock is None


@pytest.mark.parametrize(
    "asked", [{"by": "year"}, {"to": "soon"}, {"by": "week", "step": 10**9}, {"by": "day", "step": []}]
)
def test_no_moment(founder: Pages, asked: dict[str, object]) -> None:
    assert founder.http.post(f"/d/{founder.id}/clock", json=asked).status_code == 400


def test_a_large_doc_is_compared_in_part(founder: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_diff, "MOST_COMPARED", 5)
    told = founder.change("tasks", "T-037", "scheduled_start_date", "2025-12-16")
    assert told["marks"] == []
    assert "not every computed cell was compared" in told["html"]


# ------------------------------------------------------------ the formula bar


def test_a_formula_is_tried(looked_at: Pages) -> None:
    told = looked_at.post("/evaluate", {"text": "tasks.Count() + 1"})
    assert '<span class="num">65</span>' in told["html"]
    assert not told["failed"]


def test_a_formula_is_tried_in_a_row(looked_at: Pages) -> None:
    place = looked_at.cell("sprints", "2025-W50", "tasks")
    told = looked_at.post("/evaluate", {"text": "thisRow.start_date", "table": place["table"], "row": place["row"]})
    assert "8 Dec 2025" in told["html"]


def test_an_error_stands_in_its_place_with_a_way_out(looked_at: Pages) -> None:
    told = looked_at.post("/evaluate", {"text": 'Concatenate("é", Uper("a"))'})
    assert told["failed"]
    assert '<span class="f-name wave error">Uper</span>' in told["marked"]
    assert "there is no function Uper" in told["html"]
    assert told["fixes"] == [[[17, 21, "Upper"]]]


def test_an_action_that_is_tried_does_nothing(looked_at: Pages) -> None:
    before = len(looked_at.doc.rows[looked_at.table("sprints").id])
    told = looked_at.post("/evaluate", {"text": 'AddRow(sprints, sprint_id, "2026-W09")'})
    assert "a button would do this" in told["html"]
    assert len(looked_at.doc.rows[looked_at.table("sprints").id]) == before


@given(st.text(max_size=60) | st.text(alphabet="tasks.Filter([]()\"'/*<>&;= \n😀", max_size=60))
def test_highlighting_loses_no_letter_and_trusts_none(looked_at: Pages, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    marked = str(highlight_formula(looked_at.doc.book.doc, text))
    assert set(re.findall(r"<[^>]*>", marked)) <= {"</span>", *re.findall(r'<span class="[a-z -]+">', marked)}
    assert html.unescape(re.sub(r"<[^>]*>", "", marked)) == text


# ------------------------------------------------------------ hostile docs and requests

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"


def _small(columns: list[Column], rows: list[dict[str, Any]], name: str = "things", **fields: Any) -> Pages:
    records = [ColumnRecord(ids.stable("column", column.name), column) for column in columns]
    known = {column.column.name: column.id for column in records}
    table = TableRecord(ids.stable("table", name), name, "", NOW, NOW, HOSTILE, records, **fields)
    entered = {
        number: RowRecord(
            ids.stable("row", str(number)), number, NOW, NOW, {known[name]: value for name, value in row.items()}
        )
        for number, row in enumerate(rows, 1)
    }
    record = DocRecord(ids.stable("doc", name), HOSTILE, NOW, NOW, about=HOSTILE, tables=[table])
    record.pages = [PageRecord(ids.stable("page", name), HOSTILE, NOW, NOW, subtitle=HOSTILE)]
    record.controls = [ControlRecord(ids.stable("control", name), HOSTILE, "", "text", HOSTILE)]
    return pages_of(record, {table.id: entered})


def test_texts_of_docs_are_never_markup() -> None:
    columns = [
        Column(HOSTILE, "text", about=HOSTILE, display=True),
        Column("choice", "select", options=(HOSTILE,)),
        Column("who", "person"),
        Column("link", "link"),
        Column("bad", "text", formula=Source("bad", f"Fitler({HOSTILE!r})")),
        Column("push", "button", label=HOSTILE, action=Source("push", 'Notify(User(), "x")')),
        Column("file", "file"),
    ]
    row = {
        HOSTILE: HOSTILE,
        "choice": HOSTILE,
        "who": Person(HOSTILE, HOSTILE),
        "link": "javascript:alert(1)",
        "file": {"Name": HOSTILE, "Url": "javascript:alert(1)"},
    }
    view = ViewRecord(ids.stable("view", "v"), View(HOSTILE, HOSTILE, about=HOSTILE), "", NOW, NOW)
    of = _small(columns, [row, dict(row)], HOSTILE, views=[view])
    found = _every_page(of)
    assert len(found) > 5
    for path in found:
        text = of.http.get(path).text
        if path.endswith(".css"):
            continue
        assert _dangers(text) == [], path
        assert "{{7*7}}" in text, path
    cell = {"table": of.doc.record.tables[0].id, "row": of.doc.rows[of.doc.record.tables[0].id][1].id}
    for column in of.doc.record.tables[0].columns:
        told = of.get("/explain", **cell, column=column.id)
        assert _dangers(told) == []
    changed = of.post("/cells", {**cell, "column": of.doc.record.tables[0].columns[0].id, "value": HOSTILE + "!"})
    assert _dangers(changed["html"]) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://coda.io/x?y=1", "https://coda.io/x?y=1"),
        ("mailto:ada@example.com", "mailto:ada@example.com"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        (" JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil.example", ""),
        ("https:", ""),
        ("http://[", ""),
        ("just a text", ""),
    ],
)
def test_links_lead_to_the_web_or_to_mail(text: str, address: str) -> None:
    assert safe_link(text) == address


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/d/nothing", 404),
        ("/d/{doc}/t/nothing", 404),
        ("/d/{doc}/f/nothing", 404),
        ("/d/{doc}/p/nothing", 404),
        ("/d/{doc}/explain", 404),
        ("/d/{doc}/plan", 404),
        ("/d/{doc}/plan?formula=nothing", 404),
        ("/d/{doc}/choices?table=x", 404),
        ("/static/../page_context.py", 404),
        ("/static/%2e%2e/page_context.py", 404),
        ("/d/{doc}/cells", 405),
    ],
)
def test_what_is_not_there(looked_at: Pages, path: str, status: int) -> None:
    assert looked_at.http.get(path.format(doc=looked_at.id)).status_code == status


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=examples(60))
@given(data=st.data(), path=st.sampled_from(["cells", "rows", "rows/delete", "step", "push", "clock", "evaluate"]))
def test_whatever_is_sent_is_answered_below_500(data: st.DataObject, path: str) -> None:
    of = _FUZZED
    body = {name: value for name, value in _KNOWN.items() if data.draw(st.booleans())}
    names = st.sampled_from(
        ["table", "row", "column", "value", "text", "to", "by", "step", "added", "restored", "removed", "cells"]
    )
    body |= data.draw(st.dictionaries(names, _JSON, max_size=4))
    text = json.dumps(data.draw(st.sampled_from([body, [body], None])))
    reply = of.http.post(f"/d/{of.id}/{path}", content=text.encode())
    assert reply.status_code < 500, (path, text, reply.text)


_FUZZED = pages(workspace())
_KNOWN = _FUZZED.cell("tasks", "T-001", "estimated_hours")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"table": "\\ud800"}', b"[" * 100_000, b"x" * 2_100_000])
def test_what_is_no_json(looked_at: Pages, body: bytes) -> None:
    reply = looked_at.http.post(f"/d/{looked_at.id}/rows", content=body)
    assert reply.status_code in (400, 404, 413)


def test_half_of_a_letter_is_dropped(founder: Pages) -> None:
    text = json.dumps({**founder.cell("tasks", "T-037", "name"), "value": "a\ud800b\u0000c"})
    assert founder.http.post(f"/d/{founder.id}/cells", content=text.encode()).status_code == 200
    assert founder.value("tasks", "T-037", "name") == "abc"


def test_no_docs() -> None:
    of = TestClient(application(empty()), base_url="http://127.0.0.1")
    assert "There is no doc yet" in of.get("/").text


# ------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (None, Column("c", "text"), ""),
        (12345.678, Column("c", "number", format=short("number", "#,##0.00")), "12,345.68"),
        (0.756, Column("c", "percent", format=short("percent", "0%")), "76%"),
        (0.756, Column("c", "percent"), "75.6%"),
        (1234.5, Column("c", "currency"), "$1,234.50"),
        (-1234.5, Column("c", "currency", format=Format(currency="GBP", style="accounting")), "£(1,234.50)"),
        (-1234.5, Column("c", "currency", format=Format(currency="JPY", style="financial")), "(1,235)"),
        (7.0, Column("c", "slider", format=Format(minimum=1.0, maximum=10.0)), " 7 of 1 to 10"),
        (7.0, Column("c", "progress", format=Format(maximum=10.0, show_value=False)), ""),
        (timedelta(hours=50), Column("c", "duration", format=Format(unit="days")), "2 days"),
        (timedelta(minutes=90), Column("c", "duration", format=Format(unit="hours", precision=1)), "1.5 hrs"),
        (date(2025, 12, 9), Column("c", "datetime", format=Format(date="", time="HH:mm")), ""),
        (-3.0, Column("c", "currency", format=Format(currency="EUR", precision=2)), "-€3.00"),
        (3.0, Column("c", "scale", format=Format(maximum=4)), "★★★★"),
        (date(2025, 12, 9), Column("c", "date"), "9 Dec 2025"),
        (date(2025, 12, 9), Column("c", "date", format=short("date", "YYYY-MM-DD")), "2025-12-09"),
        (date(2025, 12, 9), Column("c", "date", format=short("date", "MMMM D")), "December 9"),
        (datetime(2025, 12, 9, 9, 5, tzinfo=UTC), Column("c", "datetime"), "9 Dec 2025, 9:05"),
        (
            datetime(2025, 12, 9, 9, 5, tzinfo=UTC),
            Column("c", "datetime", format=short("datetime", "M/D/YYYY h:mm A")),
            "12/9/2025 9:05 AM",
        ),
        (time(15, 30), Column("c", "time"), "15:30"),
        (timedelta(hours=2, minutes=30), Column("c", "duration"), "2 hrs 30 mins"),
        (["a", "b"], Column("c", "text", many=True), "a, b"),
        ([1.0] * 20, Column("c", "number", many=True), ", ".join(["1"] * 12) + " +8 more"),
        (Error("x", "no such thing"), Column("c", "text"), "no such thing"),
        (Action("OpenUrl", ("x",)), Column("c", "text"), 'OpenUrl("x")'),
        ({"a": 1.0}, Column("c", "other"), "{a: 1}"),
        ("x" * 500, Column("c", "text"), "x" * 399 + "…"),
    ],
)
def test_values_are_written_as_their_columns_say(looked_at: Pages, value: object, column: Column, text: str) -> None:
    doc = _small([Column("c", "text")], []).doc if isinstance(value, datetime) else looked_at.doc
    assert html.unescape(re.sub(r"<[^>]+>", "", value_html(look(doc), value, column))) == text


def test_what_controls_start_with(looked_at: Pages) -> None:
    doc, tasks = looked_at.doc, looked_at.doc.book.rows("tasks")
    assert raw(doc, 0.25, Column("c", "percent")) == "25%"
    assert raw(doc, 3.0, Column("c", "number")) == 3
    assert raw(doc, date(2025, 12, 9), Column("c", "date")) == "2025-12-09"
    assert raw(doc, datetime(2025, 12, 9, 8, 5, tzinfo=UTC), Column("c", "datetime")) == "2025-12-09T09:05"
    assert raw(doc, tasks[0], Column("c", "relation", to="tasks")) == [doc.row_id(tasks[0]), "T-001"]
    assert raw(doc, None, Column("c", "select", many=True)) == []
