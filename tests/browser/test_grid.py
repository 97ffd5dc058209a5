"""The grid as a spreadsheet: whole tables typed at twenty keys a second, by Tab, Enter, Escape and arrows.

What is typed is compared with what the API reads. The server of most tests is late with its writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from codaform.model.values import Row
from codaform.server.start import serving
from opened import Open
from pages import application, pages, workspace
from projects import write

PLAN = {
    "plan/table.yml": """table: plan
columns:
  - {name: key, type: text, display: true}
  - {name: title, type: text}
  - {name: hours, type: number}
  - {name: due, type: date}
  - {name: done, type: checkbox}
  - {name: state, type: select, options: [open, in work, ready]}
  - {name: tags, type: select, options: [red, green, blue], many: true}
  - {name: needs, type: relation, to: plan}
  - {name: double, type: number, formula: double.coda}
""",
    "plan/double.coda": "thisRow.hours * 2\n",
    "plan/rows.csv": "key\na\nb\nc\n",
}
COLUMNS = ("title", "hours", "due", "done", "state", "tags", "needs")
TYPED = {
    "a": ("First thing", "1.5", "2025-12-16", "true", "in work", "blue", "b"),
    "b": ("2nd, and more", "20", "2025-12-17", "no", "ready", "green", "c"),
    "c": ("third", "0.25", "2025-01-02", "yes", "open", "red", "a"),
}
WRITTEN = {
    "a": ("First thing", 1.5, date(2025, 12, 16), True, "in work", ["blue"], "b"),
    "b": ("2nd, and more", 20, date(2025, 12, 17), False, "ready", ["green"], "c"),
    "c": ("third", 0.25, date(2025, 1, 2), True, "open", ["red"], "a"),
}
KEYS_APART = 50
"""Milliseconds between two keys."""


def late(app: ASGIApp, seconds: float) -> ASGIApp:
    """The same server, with all its writes late."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return answering


@pytest.fixture
def plan(page: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Three empty rows of each kind of cell; writes are late by the parameter, in seconds."""
    docs = workspace(write(tmp_path, PLAN))
    with serving(late(application(docs), getattr(request, "param", 0.3))) as url:
        opened = Open(page, url, pages(docs))
        opened.table("plan")
        yield opened
        page.goto("about:blank")


def typing(plan: Open, *keys: str) -> None:
    """Type texts; a key's name in angle brackets is that key."""
    for part in keys:
        if part.startswith("<"):
            plan.page.keyboard.press(part[1:-1])
            plan.page.wait_for_timeout(KEYS_APART)
        else:
            plan.page.keyboard.type(part, delay=KEYS_APART)


def settled(plan: Open) -> None:
    """Wait until the page has sent everything and shows what the server has."""
    plan.page.locator("html[data-unsettled='0']").wait_for(timeout=60_000)


def cells(plan: Open, row: str) -> tuple[object, ...]:
    """The cells of a row, rows of relations by their names."""
    found = []
    for column in COLUMNS:
        value = plan.behind.value("plan", row, column)
        found.append(plan.behind.doc.display(value) if column == "needs" and value else value)
    return tuple(found)


@pytest.mark.parametrize("plan", [0, 0.5], indirect=True, ids=["at once", "late writes"])
@pytest.mark.parametrize("opening", [(), ("<Enter>",)], ids=["type", "Enter, type"])
def test_a_whole_table_is_typed(plan: Open, opening: tuple[str, ...]) -> None:
    plan.cell("plan", "a", "title").focus()
    for row in TYPED:
        for column, text in zip(COLUMNS, TYPED[row], strict=True):
            # A box has no field to open, and a date's field belongs to the browser.
            typing(plan, *(() if column in ("done", "due") else opening), text)
            if column == "tags":
                typing(plan, "<Enter>")  # one of several
            typing(plan, "<Enter>" if column == COLUMNS[-1] else "<Tab>")
    settled(plan)
    assert {row: cells(plan, row) for row in TYPED} == WRITTEN
    assert "3" in plan.cell("plan", "a", "double").inner_text()


def test_tab_and_enter_go_on_as_in_a_spreadsheet(plan: Open) -> None:
    focus = "[document.activeElement.closest('tr').dataset.name, document.activeElement.ariaColIndex]"
    plan.cell("plan", "a", "title").focus()
    walked = []
    for keys in (
        ("x", "<Tab>"), ("<Tab>",), ("<Shift+Tab>",), ("3", "<Enter>"), ("y", "<Enter>"), ("z", "<ArrowUp>"),
        ("w", "<ArrowRight>"), ("5", "<ArrowDown>"), ("7", "<Shift+Tab>"), ("<Enter>", "q", "<Escape>"),
    ):  # fmt: skip
        typing(plan, *keys)
        walked.append("".join(plan.page.evaluate(focus)))
    assert walked == ["a4", "a5", "a4", "b3", "c3", "b3", "b4", "c4", "c3", "c3"]
    settled(plan)
    found = [[plan.behind.value("plan", row, column) for column in ("title", "hours")] for row in "abc"]
    assert found == [["x", 3], ["w", 5], ["z", 7]]


def test_escape_then_tab_leaves_the_grid(plan: Open) -> None:
    plan.cell("plan", "a", "title").focus()
    typing(plan, "<Escape>", "<Tab>")
    assert not plan.page.evaluate("document.activeElement.matches('td')")


def test_escape_during_a_write_keeps_what_was_written(plan: Open) -> None:
    plan.cell("plan", "a", "title").focus()
    typing(plan, "kept", "<Enter>", "<ArrowUp>", "dropped", "<Escape>")
    assert plan.cell("plan", "a", "title").inner_text() == "kept"
    settled(plan)
    assert plan.behind.value("plan", "a", "title") == "kept"
    assert plan.cell("plan", "a", "title").inner_text() == "kept"


def test_the_row_in_edit_is_deleted_by_somebody_else(plan: Open, console: Any) -> None:
    console.expected.append("404")
    plan.cell("plan", "b", "title").focus()
    typing(plan, "lost")
    asked = plan.behind.cell("plan", "b", "title")
    plan.behind.post("/rows/delete", {"table": asked["table"], "row": asked["row"]})
    plan.page.evaluate("dispatchEvent(new Event('focus'))")
    plan.page.locator('tr[data-name="b"]').wait_for(state="detached")
    typing(plan, " words", "<Tab>", "next", "<Enter>")
    settled(plan)
    assert "“lost words” is not written to title of b." in plan.changes.inner_text()
    assert plan.behind.value("plan", "c", "title") == "next"
    assert plan.behind.value("plan", "a", "title") is None


def test_a_refresh_keeps_the_focus_wherever_it_is(plan: Open) -> None:
    for chosen in ("#add-row", 'tr[data-name="b"] th.n', 'tr[data-name="c"] td:last-child'):
        plan.page.locator(chosen).evaluate("node => { node.tabIndex = 0; node.focus(); node.dataset.old = 1; }")
        plan.page.locator(".tools").evaluate("node => { node.dataset.old = 1; }")
        plan.behind.change("plan", "a", "hours", chosen[-1] and str(len(chosen)))
        plan.page.evaluate("dispatchEvent(new Event('focus'))")
        plan.page.locator(".tools:not([data-old])").wait_for()
        assert plan.page.locator(chosen).evaluate("node => node === document.activeElement && !node.dataset.old")


def test_a_new_row_is_typed_before_the_server_has_made_it(plan: Open) -> None:
    plan.page.get_by_role("button", name="Add row").click()
    typing(plan, "d", "<Tab>", "new", "<Tab>", "4", "<Enter>")
    settled(plan)
    assert [plan.behind.value("plan", "d", column) for column in ("title", "hours")] == ["new", 4]
    assert plan.page.locator("tbody tr").count() == 4


PASTE = """text => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}"""
TABS = 'one\t1.5\t2025-12-16\ttrue\tready\n"two\nlines"\t2\n5" pipe\t3\nfourth\t4\t\t\topen\n'
COMMAS = 'one,1.5,2025-12-16,true,ready\r\n"two\nlines",2,,,\r\n"5"" pipe",3,,,\r\nfourth,4,,,open\r\n'


@pytest.mark.parametrize("text", [TABS, COMMAS], ids=["TSV", "CSV"])
def test_cells_are_pasted_also_into_new_rows_and_taken_back(plan: Open, text: str) -> None:
    plan.cell("plan", "b", "title").focus()
    plan.page.evaluate(PASTE, text)
    settled(plan)
    rows = list(plan.behind.doc.rows[plan.behind.table("plan").id].values())
    pasted = [[plan.behind.doc.book.value(Row("plan", row.number), name) for name in COLUMNS[:5]] for row in rows]
    assert pasted[1] == ["one", 1.5, date(2025, 12, 16), True, "ready"]
    assert [line[:2] for line in pasted[2:]] == [["two\nlines", 2], ['5" pipe', 3], ["fourth", 4]]
    assert pasted[4][4] == "open"
    plan.page.keyboard.press("Control+z")
    settled(plan)
    assert [cells(plan, row) for row in "abc"] == [(None, None, None, False, None, [], None)] * 3
    assert plan.page.locator("tbody tr").count() == 3


def test_a_header_says_where_the_values_belong(plan: Open) -> None:
    plan.cell("plan", "b", "hours").focus()
    plan.page.evaluate(PASTE, "Hours,title\r\n2,two\r\n3,three\r\n4,four\r\n")
    settled(plan)
    assert shown(plan) == [["a", "", ""], ["b", "two", 2], ["c", "three", 3], ["", "four", 4]]
    plan.cell("plan", "a", "title").focus()
    plan.page.evaluate(PASTE, "title\thours and more\nx\t1")  # no column is named so: a line of values
    settled(plan)
    assert [row[1] for row in shown(plan)] == ["title", "x", "three", "four"]


def test_a_text_with_commas_is_one_cell(plan: Open) -> None:
    plan.cell("plan", "a", "title").focus()
    plan.page.evaluate(PASTE, "Hello, world")
    settled(plan)
    assert plan.behind.value("plan", "a", "title") == "Hello, world"


def test_several_steps_are_taken_back(plan: Open) -> None:
    plan.cell("plan", "a", "title").focus()
    typing(plan, "one", "<Enter>", "two", "<Enter>", "three", "<Enter>", "<Control+z>", "<Control+z>")
    settled(plan)
    assert [plan.behind.value("plan", row, "title") or "" for row in "abc"] == ["one", "", ""]
    plan.changes.get_by_role("button", name="Take it back").click()
    settled(plan)
    assert not plan.behind.value("plan", "a", "title")
    assert plan.changes.get_by_role("button", name="Take it back").count() == 0


# ------------------------------------------------------------ steps


def shown(plan: Open) -> list[list[Any]]:
    """Title and hours of each row, as the API reads them, in order."""
    rows = plan.behind.doc.shown(plan.behind.table("plan"))
    book = plan.behind.doc.book
    return [[book.value(Row("plan", row.number), name) or "" for name in ("key", "title", "hours")] for row in rows]


def test_steps_are_done_again(plan: Open) -> None:
    plan.cell("plan", "a", "title").focus()
    typing(plan, "one", "<Tab>", "1", "<Enter>", "two", "<Enter>")
    typing(plan, "<Control+z>", "<Control+z>", "<Control+z>", "<Control+z>")
    settled(plan)
    assert shown(plan) == [["a", "", ""], ["b", "", ""], ["c", "", ""]]
    typing(plan, "<Control+y>", "<Control+Shift+z>")
    settled(plan)
    assert shown(plan) == [["a", "one", 1], ["b", "", ""], ["c", "", ""]]
    typing(plan, "x", "<Enter>", "<Control+y>")  # after something new, nothing is done again
    settled(plan)
    assert sorted(title for _, title, _ in shown(plan)) == ["", "one", "x"]


def test_a_deleted_row_comes_back_in_its_place_with_its_relations(plan: Open) -> None:
    for row, column, text in (("b", "title", "kept"), ("b", "hours", "2"), ("a", "needs", "b"), ("b", "needs", "b")):
        plan.cell("plan", row, column).focus()
        typing(plan, text, "<Enter>")
    settled(plan)
    before = [cells(plan, row) for row in "abc"]
    plan.cell("plan", "b", "title").focus()
    plan.page.locator("#delete-row").click()
    settled(plan)
    assert [row[0] for row in shown(plan)] == ["a", "c"]
    plan.changes.get_by_role("button", name="Take it back").click()
    settled(plan)
    assert [cells(plan, row) for row in "abc"] == before
    assert [row[0] for row in shown(plan)] == ["a", "b", "c"]
    assert plan.page.locator("tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.name)") == ["a", "b", "c"]
    plan.cell("plan", "a", "title").focus()
    typing(plan, "<Control+y>")
    settled(plan)
    assert [row[0] for row in shown(plan)] == ["a", "c"]


def test_a_new_row_and_a_paste_are_taken_back_and_done_again(plan: Open) -> None:
    plan.page.get_by_role("button", name="Add row").click()
    typing(plan, "d", "<Enter>")
    plan.cell("plan", "c", "title").focus()
    plan.page.evaluate(PASTE, "one\t1\ntwo\t2\nthree\t3")
    settled(plan)
    whole = shown(plan)
    assert whole[2:] == [["c", "one", 1], ["d", "two", 2], ["", "three", 3]]
    plan.cell("plan", "a", "title").focus()
    for left in (4, 4, 3):
        typing(plan, "<Control+z>")
        settled(plan)
        assert len(shown(plan)) == left
    assert shown(plan) == [["a", "", ""], ["b", "", ""], ["c", "", ""]]
    typing(plan, "<Control+y>", "<Control+y>", "<Control+y>")
    settled(plan)
    assert shown(plan) == whole


# ------------------------------------------------------------ letters that take several keys


@pytest.mark.parametrize(("key", "code"), [("Process", 229), ("Dead", 222)])
def test_a_composed_letter_begins_a_cell(plan: Open, key: str, code: int) -> None:
    cdp = plan.page.context.new_cdp_session(plan.page)
    plan.cell("plan", "a", "title").focus()
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "windowsVirtualKeyCode": code})
    cdp.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    cdp.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    cdp.send("Input.insertText", {"text": "日本"})
    typing(plan, "<Tab>")
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "windowsVirtualKeyCode": code})
    typing(plan, "<Tab>")  # nothing was composed
    settled(plan)
    assert plan.behind.value("plan", "a", "title") == "日本"
    assert plan.behind.value("plan", "a", "hours") is None


def test_an_unfinished_letter_keeps_the_cell(plan: Open) -> None:
    plan.cell("plan", "a", "title").focus()
    typing(plan, "kept", "<Enter>", "<ArrowUp>")
    cdp = plan.page.context.new_cdp_session(plan.page)
    cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Dead", "windowsVirtualKeyCode": 222})
    typing(plan, "<Enter>")
    settled(plan)
    assert plan.behind.value("plan", "a", "title") == "kept"


KEY = """([key, ctrlKey, altKey, altGraph]) => {
  const facts = { key, ctrlKey, altKey, modifierAltGraph: altGraph, bubbles: true, cancelable: true };
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", facts));
}"""


def test_a_letter_of_alt_gr_is_a_letter(plan: Open) -> None:
    plan.cell("plan", "a", "title").focus()
    plan.page.evaluate(KEY, ["@", True, True, True])
    typing(plan, "home", "<Enter>")
    plan.page.evaluate(KEY, ["f", False, True, False])  # a menu of the browser
    settled(plan)
    assert plan.behind.value("plan", "a", "title") == "@home"
    assert plan.page.locator(".editor").count() == 0


# ------------------------------------------------------------ copies

COPY = """kind => {
  const clipboardData = new DataTransfer();
  const event = new ClipboardEvent(kind, { clipboardData, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
  return clipboardData.getData("text/plain");
}"""


def test_every_kind_of_cell_is_copied_as_it_is_typed(plan: Open) -> None:
    for column, text in zip(COLUMNS, TYPED["a"], strict=True):
        plan.cell("plan", "a", column).focus()
        typing(plan, text, *(["<Enter>"] if column == "tags" else []), "<Tab>")
    settled(plan)
    for column in COLUMNS:
        plan.cell("plan", "a", column).focus()
        copied = plan.page.evaluate(COPY, "cut" if column == "title" else "copy")
        plan.cell("plan", "b", column).focus()
        plan.page.evaluate(PASTE, copied)
    settled(plan)
    assert cells(plan, "b") == WRITTEN["a"]
    assert cells(plan, "a") == (None, *WRITTEN["a"][1:])
    plan.cell("plan", "a", "double").focus()
    assert plan.page.evaluate(COPY, "cut") == "3"
    settled(plan)
    assert plan.behind.value("plan", "a", "double") == 3


def test_a_text_of_several_lines_is_copied_as_one_cell(plan: Open) -> None:
    text = 'two\nlines, and a "quote"'
    plan.behind.change("plan", "a", "title", text)
    plan.page.evaluate("dispatchEvent(new Event('focus'))")
    plan.page.get_by_text("quote").wait_for()
    plan.cell("plan", "a", "title").focus()
    copied = plan.page.evaluate(COPY, "copy")
    plan.cell("plan", "b", "title").focus()
    plan.page.evaluate(PASTE, copied)
    settled(plan)
    assert plan.behind.value("plan", "b", "title") == text
    assert plan.behind.value("plan", "c", "title") is None
