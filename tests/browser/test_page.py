"""The page of the local Coda in a browser: looked at, edited, explained, by mouse and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from codaform.server.start import serving
from opened import Open
from pages import application, pages, workspace
from projects import write

PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True}
DARK = {"color_scheme": "dark"}


@pytest.fixture
def founder(page: Any) -> Iterator[Open]:
    docs = workspace()
    with serving(application(docs)) as url:
        yield Open(page, url, pages(docs))
        page.goto("about:blank")  # before the server is gone


def test_opens_and_leads_to_a_table(founder: Open) -> None:
    founder.go("/")
    founder.page.get_by_role("link", name="Founder HQ").click()
    founder.page.get_by_role("heading", level=1, name="Founder HQ").wait_for()
    founder.page.get_by_role("navigation", name="Pages and tables").get_by_role("link", name="sprints").click()
    grid = founder.page.get_by_role("grid", name="sprints")
    grid.get_by_role("row").nth(11).wait_for()
    assert grid.get_by_role("row").count() == 12
    assert grid.get_by_role("columnheader", name="tasks").get_by_role("img", name="computed by a formula").count() == 1
    assert founder.page.get_by_text("prove codaform’s logic, not Coda’s behaviour").is_visible()
    founder.picture("sprints")


def test_a_new_date_moves_the_task_to_another_sprint(founder: Open) -> None:
    founder.table("tasks")
    cell = founder.cell("tasks", "T-037", "scheduled_start_date")
    cell.dblclick()
    control = founder.page.get_by_label("scheduled_start_date of T-037")
    assert control.input_value() == "2025-12-09"
    control.fill("2025-12-16")
    control.press("Enter")
    founder.changes.get_by_text("2 cells changed in sprints").wait_for()
    assert cell.inner_text() == "16 Dec 2025"
    assert founder.said() == "tasks · scheduled_start_date. 2 computed cells changed in sprints."
    founder.picture("changed")
    founder.changes.get_by_role("link", name="sprints").click()
    founder.page.get_by_role("heading", level=1, name="sprints").wait_for()
    changed = founder.page.locator("td.changed")
    changed.nth(1).wait_for()
    assert changed.count() == 2
    assert "T-037" in founder.cell("sprints", "2025-W51", "tasks").inner_text()
    assert "T-037" not in founder.cell("sprints", "2025-W50", "tasks").inner_text()
    assert changed.first.get_attribute("aria-description") == "changed by the last change"


def test_a_change_is_taken_back(founder: Open) -> None:
    founder.table("tasks")
    cell = founder.cell("tasks", "T-037", "scheduled_start_date")
    cell.focus()
    founder.page.keyboard.press("Delete")
    founder.changes.get_by_text("1 cell changed in sprints").wait_for()
    assert cell.inner_text() == ""
    founder.changes.get_by_role("button", name="Take it back").click()
    founder.page.get_by_role("gridcell", name="9 Dec 2025").and_(cell).wait_for()
    assert founder.behind.value("tasks", "T-037", "scheduled_start_date") == date(2025, 12, 9)


def test_a_card_is_dragged_to_the_next_week(founder: Open) -> None:
    founder.weeks()
    card = founder.page.locator('.task[data-name="T-037"]')
    founder.page.locator('.lane[data-start="2025-12-08"]').locator(card).wait_for()
    card.drag_to(founder.page.locator('.lane[data-start="2025-12-15"]'))
    founder.page.locator('.lane[data-start="2025-12-15"] .task[data-name="T-037"]').wait_for()
    assert founder.behind.value("tasks", "T-037", "scheduled_start_date") == date(2025, 12, 16)
    founder.page.locator(".companion td.changed").first.wait_for()
    assert founder.page.locator(".companion td.changed").count() == 2
    founder.picture("weeks")


def test_a_card_is_moved_by_keyboard_and_gets_a_date(founder: Open) -> None:
    founder.weeks()
    founder.page.locator('.task[data-name="T-055"]').focus()
    founder.page.keyboard.press("Shift+ArrowLeft")
    founder.page.locator('.lane[data-start="2025-12-08"] .task[data-name="T-055"]').wait_for()
    founder.page.wait_for_function("document.activeElement.dataset.name === 'T-055'")
    founder.page.keyboard.press("Shift+ArrowRight")
    founder.page.locator('.lane[data-start="2025-12-15"] .task[data-name="T-055"]').wait_for()
    assert founder.behind.value("tasks", "T-055", "scheduled_start_date") == date(2025, 12, 15)


def test_a_computed_cell_is_explained(founder: Open) -> None:
    founder.table("sprints")
    founder.cell("sprints", "2025-W50", "tasks").click()
    founder.panel.get_by_role("heading", name="tasks").wait_for()
    assert "CurrentValue.scheduled_start_date >= thisRow.start_date" in founder.panel.locator(".formula").inner_text()
    assert "the first match" in founder.panel.locator(".steps").inner_text()
    founder.picture("explained")
    founder.panel.get_by_role("link", name="tasks.scheduled_start_date").click()
    founder.page.wait_for_url(re.compile(r"/t/grid-[^#]+#c-"))
    founder.page.locator('th.aim[data-name="scheduled_start_date"]').wait_for()


def test_the_plan_of_a_formula_by_keyboard(founder: Open) -> None:
    founder.table("sprints")
    founder.cell("sprints", "2025-W50", "tasks").click()
    steps, plan = (founder.panel.get_by_role("tab", name=name) for name in ("Step by step", "Plan"))
    steps.focus()
    founder.page.keyboard.press("ArrowRight")
    table = founder.panel.get_by_role("table", name="Which cells an edit recomputes")
    table.get_by_role("row", name="the rows of tasks").wait_for()
    assert "3.9 of 64 rows of tasks" in founder.panel.get_by_role("list", name="How it finds its rows").inner_text()
    assert plan.get_attribute("aria-selected") == "true"
    assert founder.page.evaluate("document.activeElement.textContent") == "Plan"
    assert not founder.panel.locator(".steps").is_visible()
    assert founder.page.evaluate(_CONTRASTS) == []
    founder.picture("plan")
    founder.cell("sprints", "2025-W50", "end_date").click()  # the tab stays chosen
    founder.panel.get_by_text("It searches no table.").wait_for()
    plan.focus()
    founder.page.keyboard.press("Home")
    founder.panel.locator(".steps").wait_for()


@pytest.mark.parametrize("page", [DARK, PHONE], indirect=True, ids=["dark", "phone"])
def test_the_plan_of_a_named_formula(founder: Open) -> None:
    named = next(found for found in founder.behind.doc.record.formulas if found.formula.name == "unscheduled_tasks")
    founder.go(f"/d/{founder.behind.id}/f/{named.id}")
    founder.page.get_by_role("tab", name="Plan").click()
    founder.page.get_by_text("scheduled_start_date is blank").wait_for()
    assert founder.page.evaluate(
        "document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"
    )
    assert founder.page.evaluate(_CONTRASTS) == []
    founder.picture(f"plan-{founder.page.viewport_size['width']}")


def test_the_formula_bar_computes_and_mends(founder: Open) -> None:
    founder.table("tasks")
    founder.page.keyboard.press("=")
    bar = founder.page.get_by_label("Formula", exact=True)
    bar.type("tasks.Fitler(CurrentValue.estimated_hours > 5)")
    finding = founder.page.locator("#tried .findings li").first
    finding.wait_for()
    assert "there is no function Fitler" in finding.inner_text()
    assert founder.page.locator(".under .wave.error").first.inner_text() == "Fitler"
    founder.picture("formula")
    finding.get_by_role("button", name="write Filter").click()
    founder.page.locator("#tried .result").wait_for()
    assert bar.input_value() == "tasks.Filter(CurrentValue.estimated_hours > 5)"
    assert "T-004" in founder.page.locator("#tried .result").inner_text()


def test_the_formula_bar_completes(founder: Open) -> None:
    founder.table("sprints")
    bar = founder.page.get_by_label("Formula", exact=True)
    bar.click()
    bar.type("sprints.sta")
    offered = founder.page.get_by_role("listbox", name="Names").get_by_role("option")
    offered.first.wait_for()
    assert "start_date" in offered.first.inner_text()
    bar.press("Tab")
    bar.type(".Fir")
    founder.page.get_by_role("option").filter(has_text="First").wait_for()
    bar.press("ArrowDown")
    bar.press("Enter")
    assert bar.input_value() == "sprints.start_date.First()"
    founder.page.locator("#tried .result").wait_for()
    assert founder.page.locator("#tried .result").inner_text() == "20 Oct 2025"


def test_a_formula_stands_in_the_chosen_row(founder: Open) -> None:
    founder.table("sprints")
    founder.cell("sprints", "2025-W50", "sprint_id").click()
    founder.page.get_by_role("button", name="thisRow: 2025-W50").click()
    founder.page.get_by_label("Formula", exact=True).fill("thisRow.end_date")
    founder.page.locator("#tried .result").wait_for()
    assert founder.page.locator("#tried .result").inner_text() == "14 Dec 2025"


def test_by_keyboard_alone(founder: Open) -> None:
    keys = founder.page.keyboard
    founder.table("sprints")
    keys.press("Tab")
    assert founder.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    keys.press("Enter")
    for _ in range(20):
        keys.press("Tab")
        if founder.page.evaluate("document.activeElement.matches('td')"):
            break
    focused = "document.activeElement.textContent"
    assert founder.page.evaluate(focused) == "2025-W43"
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    assert founder.page.evaluate(focused) == "27 Oct 2025"
    keys.press("Enter")
    founder.panel.get_by_role("heading", name="start_date").wait_for()
    founder.page.wait_for_function("document.activeElement.id === 'panel'")
    keys.press("Escape")
    assert founder.page.evaluate(focused) == "27 Oct 2025"
    keys.press("Control+Home")
    keys.press("ArrowRight")
    assert founder.page.evaluate(focused) == "2025-W43"
    keys.type("2025-W10")
    keys.press("Enter")
    founder.changes.get_by_text("3 cells changed in sprints").wait_for()
    founder.page.locator("td:focus").filter(has_text="2025-W44").wait_for()  # Enter goes down
    assert founder.cell("sprints", "2025-W10", "start_date").inner_text() == "3 Mar 2025"
    keys.press("Escape")
    assert founder.changes.is_hidden()


def test_a_relation_is_chosen_by_typing(founder: Open) -> None:
    founder.table("tasks")
    cell = founder.cell("tasks", "T-001", "project")
    cell.focus()
    founder.page.keyboard.type("Patt")
    founder.page.get_by_role("option", name="Pattern library").wait_for()
    founder.page.wait_for_function("document.querySelectorAll('#options [role=option]').length === 1")
    founder.page.keyboard.press("Enter")
    founder.changes.wait_for()
    assert cell.inner_text() == "Pattern library"


def test_several_options_are_chosen(founder: Open) -> None:
    founder.table("db_templates")
    template = founder.behind.doc.display(founder.behind.doc.book.rows("db_templates")[0])
    before = founder.behind.value("db_templates", template, "tags")
    cell = founder.cell("db_templates", template, "tags")
    cell.dblclick()
    options = founder.page.get_by_role("listbox").get_by_role("option")
    options.first.wait_for()
    options.locator("xpath=self::*[@aria-selected='false']").first.click()
    founder.page.keyboard.press("Tab")
    founder.changes.wait_for()
    assert len(founder.behind.value("db_templates", template, "tags")) == len(before) + 1


FORM = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


@pytest.fixture
def form(page: Any, tmp_path: Path) -> Iterator[Open]:
    """A table of three rows with nine empty columns of text, and one that counts the letters of the row."""
    lines = [f"  - {{name: {name}, type: text}}\n" for name in FORM]
    counted = "Concatenate(" + ", ".join(f"thisRow.{name}" for name in FORM) + ").Length()\n"
    files = {
        "form/table.yml": "table: form\ncolumns:\n  - {name: key, type: text, display: true}\n"
        + "".join(lines)
        + "  - {name: letters, type: number, formula: letters.coda}\n",
        "form/letters.coda": counted,
        "form/rows.csv": "key\na\nb\nc\n",
    }
    docs = workspace(write(tmp_path, files))
    with serving(application(docs)) as url:
        yield Open(page, url, pages(docs))
        page.goto("about:blank")


@pytest.mark.parametrize("slow", [0, 400], ids=["at once", "slow answers"])
def test_a_table_is_typed_at_twenty_keys_a_second(form: Open, slow: int) -> None:
    """Enter, type, Tab, type, Tab …: no refresh takes the focus, none puts an old value in place of a new one."""

    def later(route: Any) -> None:
        form.page.wait_for_timeout(slow)
        route.continue_()

    form.table("form")
    if slow:
        form.page.route("**/d/**", later)
    form.cell("form", "a", "first").focus()
    wanted: dict[tuple[str, str], str] = {}
    for row in "abc":
        for number, column in enumerate(FORM):
            wanted[row, column] = f"{row}{number} x"
            form.page.keyboard.press("Enter")
            form.page.keyboard.type(wanted[row, column], delay=50)
            form.page.keyboard.press("Tab")
        # From the last column over the computed one and the key into the next row.
        if row != "c":
            form.page.keyboard.press("ArrowDown")
            form.page.keyboard.press("Home")
            form.page.keyboard.press("ArrowRight")
            form.page.keyboard.press("ArrowRight")
    form.cell("form", "c", "letters").filter(has_text="36").wait_for()
    found = {place: form.behind.value("form", *place) for place in wanted}
    assert found == wanted
    shown = {(row, column): form.cell("form", row, column).inner_text() for row, column in wanted}
    assert shown == wanted


def test_a_cell_in_edit_is_not_touched_by_a_refresh(form: Open) -> None:
    form.table("form")
    form.cell("form", "b", "second").focus()
    form.page.keyboard.type("half")
    somebody = form.behind.cell("form", "b", "second")
    for value in ("else", "other"):
        assert form.behind.http.post(f"/d/{form.behind.id}/cells", json={**somebody, "value": value}).status_code == 200
        form.page.evaluate("dispatchEvent(new Event('focus'))")  # as when somebody comes back to the page
        form.cell("form", "b", "second").filter(has_text=value).wait_for()
    form.page.keyboard.type(" done")
    form.page.keyboard.press("Enter")
    form.cell("form", "b", "letters").filter(has_text="9").wait_for()
    assert form.behind.value("form", "b", "second") == "half done"


def test_the_option_of_that_name_is_taken_before_the_list_is_there(founder: Open) -> None:
    founder.table("tasks")
    cell = founder.cell("tasks", "T-037", "project")
    cell.focus()
    held: list[Any] = []
    founder.page.route("**/choices**", lambda route: held.append(route))
    name = founder.cell("tasks", "T-001", "project").inner_text().strip()
    founder.page.keyboard.press("Enter")
    founder.page.keyboard.type(name)
    founder.page.keyboard.press("Tab")
    founder.page.wait_for_timeout(50)
    for route in held:
        route.continue_()
    founder.page.unroute("**/choices**")
    founder.changes.get_by_text("tasks · project").wait_for()
    assert founder.cell("tasks", "T-037", "project").inner_text().strip() == name


def test_escape_leaves_a_cell_as_it_was(founder: Open) -> None:
    founder.table("tasks")
    founder.cell("tasks", "T-001", "name").dblclick()
    founder.page.keyboard.type("something else")
    founder.page.keyboard.press("Escape")
    assert founder.page.locator(".editor").count() == 0
    assert founder.behind.value("tasks", "T-001", "name") == "Interview the three leads of the studio"
    assert founder.cell("tasks", "T-001", "name").evaluate("cell => cell === document.activeElement")


def test_a_button_is_pressed(founder: Open) -> None:
    founder.table("touchpoints")
    founder.page.locator('tr[data-name="Fennel Foods kickoff"]').get_by_role("button", name="Log a run").click()
    founder.changes.get_by_text("was added to execution_runs").wait_for()
    assert founder.page.get_by_role("button", name="Log a run", disabled=True).count() > 0


def test_a_row_is_added_filled_and_deleted(founder: Open) -> None:
    founder.table("sprints")
    founder.page.get_by_role("button", name="Add row").click()
    founder.changes.get_by_text("A row was added to sprints").wait_for()
    founder.page.keyboard.type("2026-W02")
    founder.page.keyboard.press("Enter")
    founder.page.locator('tr[data-name="2026-W02"] td.changed').first.wait_for()
    assert "5 Jan 2026" in founder.page.locator('tr[data-name="2026-W02"]').inner_text()
    founder.page.get_by_role("button", name="Delete row").click()
    founder.changes.get_by_text("2026-W02 was deleted from sprints").wait_for()
    assert founder.page.get_by_role("grid", name="sprints").get_by_role("row").count() == 12


def test_the_clock_is_moved(founder: Open) -> None:
    founder.table("This week")
    before = founder.page.locator("tbody tr").count()
    founder.page.locator("#clock summary").click()
    founder.page.get_by_role("button", name="+ 1 week").click()
    founder.page.locator("#clock summary").filter(has_text="Wed 17 Dec 2025").wait_for()
    assert founder.page.locator("tbody tr").count() != before
    assert founder.page.locator('tr[data-name="T-056"]').count() == 1


def test_others_write_and_the_page_follows(founder: Open) -> None:
    founder.table("tasks")
    founder.behind.change("tasks", "T-001", "name", "Written by somebody else")
    founder.page.evaluate("window.dispatchEvent(new Event('focus'))")
    written = founder.page.get_by_text("Written by somebody else")
    written.wait_for()
    assert written.count() == 1


def test_a_row_on_a_page_of_its_own(founder: Open) -> None:
    founder.table("tasks")
    founder.page.locator('tr[data-name="T-037"] th a').click()
    founder.page.get_by_role("heading", level=1, name="T-037").wait_for()
    founder.page.wait_for_selector("html[data-ready]")
    founder.cell("tasks", "T-037", "estimated_hours").dblclick()
    founder.page.keyboard.type("9")
    founder.page.keyboard.press("Enter")
    founder.changes.wait_for()
    assert founder.behind.value("tasks", "T-037", "estimated_hours") == 9
    founder.picture("row")


def test_the_relations_are_drawn(founder: Open) -> None:
    founder.go(f"/d/{founder.behind.id}/map")
    box = founder.page.locator("svg.coda-picture .box").first.bounding_box()
    assert box["width"] > 100
    founder.picture("relations")


@pytest.mark.parametrize("page", [DARK], indirect=True)
def test_dark_as_the_system_and_light_by_the_switch(founder: Open) -> None:
    founder.table("sprints")
    background = "getComputedStyle(document.body).backgroundColor"
    assert max(_rgb(founder.page.evaluate(background))) < 60
    founder.picture("dark")
    switch = founder.page.get_by_role("button", name="Appearance: as the system")
    switch.click()
    assert min(_rgb(founder.page.evaluate(background))) > 200
    founder.table("tasks")
    assert min(_rgb(founder.page.evaluate(background))) > 200
    founder.page.get_by_role("button", name="Appearance: light").click()
    assert max(_rgb(founder.page.evaluate(background))) < 60


def _rgb(colour: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", colour)[:3]]


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone_nothing_hangs_over_the_side(founder: Open) -> None:
    wide = (
        "['html', 'body', 'main'].map((name) => document.querySelector(name)).map((e) => e.scrollWidth - e.clientWidth)"
    )
    for name in ("tasks", "sprints", "Sprint tasks"):
        founder.table(name)
        assert founder.page.evaluate(wide) == [0, 0, 0], name
    founder.picture("phone")
    founder.weeks()
    assert founder.page.evaluate(wide) == [0, 0, 0]
    for path in ("/", f"/d/{founder.behind.id}", f"/d/{founder.behind.id}/map"):
        founder.go(path)
        assert founder.page.evaluate(wide) == [0, 0, 0], path
    founder.page.locator("#menu").click()
    founder.page.get_by_role("navigation", name="Pages and tables").get_by_role("link", name="sprints").click()
    founder.page.get_by_role("heading", level=1, name="sprints").wait_for()
    founder.page.wait_for_selector("html[data-ready]")
    founder.cell("sprints", "2025-W50", "start_date").tap()
    founder.panel.get_by_role("heading", name="start_date").wait_for()
    assert founder.page.evaluate(wide) == [0, 0, 0]


@pytest.mark.parametrize("page", [{}, DARK], indirect=True, ids=["light", "dark"])
def test_texts_can_be_told_from_what_lies_behind(founder: Open) -> None:
    founder.table("sprints")
    founder.cell("sprints", "2025-W50", "tasks").click()
    founder.panel.locator(".formula").wait_for()
    faint = founder.page.evaluate(_CONTRASTS)
    assert faint == []


_CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (rgb) => {
    const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.slice(0, 3).map((part) => linear(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const seen = own && node.checkVisibility({ visibilityProperty: true });
    if (!seen || node.closest(".unseen, :disabled, textarea")) continue;
    const [a, b] = [light(rgba(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) found.add(`${node.className} ${node.textContent.slice(0, 20)} ${contrast.toFixed(2)}`);
  }
  return [...found];
}"""


def test_the_real_clock_runs(founder: Open) -> None:
    founder.go()
    founder.page.locator("#clock summary").click()
    founder.page.get_by_role("button", name="Real time").click()
    year = str(datetime.now(UTC).year)
    founder.page.locator("#clock summary").filter(has_text=year).wait_for()
    assert founder.page.locator("#clock .still").is_hidden()
