"""Pictures and their Mermaid, read back: the numbers, days and gaps in them are those of the data."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.model.schema import Column, Doc
from codaform.pictures.bars import Pair, bar_chart, xychart
from codaform.pictures.cards import relations_of
from codaform.pictures.deviations import Deviation, deviation_chart, deviations, in_order
from codaform.pictures.levels import level_pairs, levels
from codaform.pictures.timeline import Band, TimelineItem, bands_around, gantt, timeline
from codaform.project.session import Session
from codaform.semantics.dependencies import GraphNode, graph
from codaform.semantics.program import bind_doc
from codaform.site.guides.reading import find_documents
from codaform.site.guides.rendering import RenderedDocument, render_document
from codaform.source import Source
from projects import FORMULAS, opened, write
from test_incremental import computed, table

NUMBERS = st.none() | st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 2))
LABELS = st.lists(
    st.text('abcäß "#<>%;,[]', min_size=1, max_size=12).map(str.strip).filter(bool), unique=True, max_size=7
)
HOURS = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
  - {name: hours, type: number, format: "0.0"}
  - {name: twice, type: number, format: "0", formula: "thisRow.hours * 2"}
"""
SVG = "{http://www.w3.org/2000/svg}"


def plain(text: str) -> str:
    """A text of Mermaid without its entities."""
    named = {"quot": '"', "lt": "<", "gt": ">", "35": "#", "37": "%"}
    return re.sub(r"#(\w+);", lambda found: named[found[1]], text)


def chart(source: str) -> tuple[list[str], dict[str, list[float]], list[str]]:
    """The labels, the series and the comments of an xychart."""
    lines = [line.strip() for line in source.splitlines()]
    labels = [plain(one) for line in lines if line.startswith("x-axis") for one in re.findall('"([^"]*)"', line)]
    series = {}
    for line in lines:
        if found := re.fullmatch(r"(bar|line) \[(.*)\]", line):
            series[found[1]] = [float(one) for one in found[2].split(", ")]
    return labels, series, [plain(line.removeprefix("%% ")) for line in lines if line.startswith("%%")]


def one_line(text: str) -> str:
    return " ".join(text.split())


# ------------------------------------------------------------ bars


@given(LABELS, st.data())
def test_a_chart_in_mermaid_has_the_values_and_its_blanks_are_no_zeros(labels: list[str], data: st.DataObject) -> None:
    pairs = [Pair(label, data.draw(NUMBERS), data.draw(NUMBERS)) for label in labels]
    shown, series, comments = chart(xychart(pairs, ("estimate", "actual"), "t"))
    whole = [pair for pair in pairs if pair.expected is not None and pair.actual is not None]
    assert shown == [one_line(pair.label) for pair in whole]
    assert series.get("bar", []) == [pair.expected for pair in whole]
    assert series.get("line", []) == [pair.actual for pair in whole]
    assert len(comments) == len(pairs) - len(whole)


@given(LABELS, st.data())
def test_bars_in_a_picture_have_the_lengths_of_the_values(labels: list[str], data: st.DataObject) -> None:
    small = st.none() | st.integers(1, 400).map(lambda value: value / 4)
    pairs = [Pair(label, data.draw(small), data.draw(small)) for label in labels]
    root = ElementTree.fromstring(bar_chart(pairs, ("estimate", "actual"), "t", tell=(repr, repr), styled=False))
    groups = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}desc") is not None]
    assert [group.findtext(f"{SVG}title") for group in groups] == [pair.label for pair in pairs]
    largest = max((value for pair in pairs for value in (pair.expected, pair.actual) if value), default=0.0)
    scales = []
    for group, pair in zip(groups, pairs, strict=True):
        wanted = [value for value in (pair.expected, pair.actual) if value is not None]
        found = [float(bar.get("width", "")) for bar in group.iter(f"{SVG}rect")]
        assert len(found) == len(wanted), "a blank has no bar"
        said = [text.text for text in group.iter(f"{SVG}text")]
        assert all(repr(value) in said for value in wanted)
        assert ("no estimate" in said, "no actual" in said) == (pair.expected is None, pair.actual is None)
        scales += [width / value for width, value in zip(found, wanted, strict=True) if value > largest / 50]
    assert not scales or max(scales) <= min(scales) * 1.02


# ------------------------------------------------------------ deviations


@given(LABELS, st.data())
def test_deviations_in_mermaid_are_in_order_and_blanks_have_no_bar(labels: list[str], data: st.DataObject) -> None:
    items = [Deviation(label, data.draw(NUMBERS)) for label in labels]
    shown, series, comments = chart(deviation_chart(items, "variance", "t"))
    expected, without = in_order(items)
    assert shown == [one_line(one.label) for one in expected]
    assert series.get("bar", []) == [one.percent for one in expected] == sorted(series.get("bar", []), reverse=True)
    assert comments == [f"{one_line(one.label)}: no variance" for one in without]
    assert sorted(one.label for one in [*expected, *without]) == sorted(labels)


def test_deviations_lie_on_their_side_of_zero_and_the_band_is_shaded() -> None:
    items = [Deviation("under", -4.0), Deviation("far", 19.0), Deviation("none", None), Deviation("edge", 10.0)]
    root = ElementTree.fromstring(deviations(items, "t", 10, styled=False))
    zero = next(
        path.get("d", "")[1:].split()[0] for path in root.iter(f"{SVG}path") if path.get("class") == "grid axis"
    )
    shade = next(rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "week")
    width = float(shade.get("width", ""))
    assert float(shade.get("x", "")) + width / 2 == pytest.approx(float(zero), abs=0.2)
    found: dict[str | None, Any] = {}
    for group in root.iter(f"{SVG}g"):
        bar = group.find(f"{SVG}rect")
        if bar is not None and "bar" in bar.get("class", ""):
            start, long = float(bar.get("x", "")), float(bar.get("width", ""))
            side = 1 if start == pytest.approx(float(zero), abs=0.2) else -1
            found[group.findtext(f"{SVG}title")] = (side * long / (width / 20), bar.get("class"))
    assert found == {
        "far": (pytest.approx(19, abs=0.1), "bar other"),
        "edge": (pytest.approx(10, abs=0.1), "bar"),
        "under": (pytest.approx(-4, abs=0.1), "bar"),
    }
    said = [text.text for text in root.iter(f"{SVG}text")]
    assert "none" in said
    assert said.index("far") < said.index("edge") < said.index("under") < said.index("none")
    assert {"+19 %", "+10 %", "−4 %"} <= set(said)


# ------------------------------------------------------------ days


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(-2, 9), st.sampled_from(["", "W1", "W2"])), max_size=9))
def test_a_time_line_in_mermaid_has_the_days(given_items: list[tuple[int, int, str]]) -> None:
    start = date(2025, 12, 1)
    items = [
        TimelineItem(
            f"task {n}", start + timedelta(first), start + timedelta(first + more) if more >= 0 else None, band
        )
        for n, (first, more, band) in enumerate(given_items)
    ]
    bands = [Band("W1", start, start + timedelta(6)), Band("W2", start + timedelta(7), start + timedelta(13))]
    found, section = {}, ""
    for line in gantt(bands, items, "t").splitlines()[4:]:
        line = line.strip()
        if line.startswith("section "):
            section = line.removeprefix("section ").replace("none", "")
        else:
            label, days = line.split(" : ")
            first, end = map(date.fromisoformat, days.split(", "))
            found[label] = (first, end - timedelta(1), section)
    assert found == {one.label: (one.first, one.last or one.first, one.band) for one in items}


# ------------------------------------------------------------ what is read


def test_a_name_reads_what_its_value_reads_and_no_names_of_other_tables() -> None:
    """A sum whose type is known only when it runs is no row: it is never read as a row's name."""
    text = "WithName(Today() - Days(1), day, WithName(day + Days(6), last, thisRow.due >= day AND thisRow.due <= last))"
    tasks = table("tasks", Column("name", "text"), Column("due", "date"), computed("soon", "checkbox", text))
    doc = Doc("D", {"tasks": tasks, "people": table("people", Column("name", "text", display=True))})
    needs = graph(bind_doc(doc)[0])
    assert needs[GraphNode("cells", "tasks", "soon")].things == {GraphNode("cells", "tasks", "due")}


# ------------------------------------------------------------ the documents of Founder HQ


@pytest.fixture(scope="module")
def rendered() -> dict[str, RenderedDocument]:
    session = Session.open(FORMULAS)
    return {path: render_document(session, source, path) for source, path in find_documents(session.project)}


def test_the_charts_of_founder_hq_show_the_cells(rendered: dict[str, RenderedDocument]) -> None:
    page = rendered["technical/variance.md"]
    shown, series, comments = chart(page.page.text)
    book = Session.open(FORMULAS).book
    cells = {book.value(row, "name"): book.value(row, "variance_pct") for row in book.rows("workflows")}
    there = {name: value for name, value in cells.items() if value is not None}
    assert dict(zip(shown, series["bar"], strict=True)) == there
    blank = sorted(str(name) for name, value in cells.items() if value is None)
    assert sorted(one.partition(": no ")[0] for one in comments) == blank
    said = unescape(re.search(r"<desc>(.*?)</desc>", page.page.text)[1])  # type: ignore[index]
    assert all(f"{name}: nothing to compare" in said for name in blank)


def test_the_time_line_of_founder_hq_has_the_days_of_its_tasks(rendered: dict[str, RenderedDocument]) -> None:
    text = rendered["technical/sprints.md"].page.text
    days = dict(re.findall(r"^ *(T-\d+) .* : (\d{4}-\d\d-\d\d), ", text, re.MULTILINE))
    book = Session.open(FORMULAS).book
    cells = {
        str(book.value(row, "task_id")): str(book.value(row, "scheduled_start_date")) for row in book.rows("tasks")
    }
    assert days
    assert days == {name: first for name, first in cells.items() if name in days}


def test_a_typed_number_that_the_page_shows_otherwise_is_found(tmp_path: Path) -> None:
    write(tmp_path, {"tasks/table.yml": HOURS, "tasks/rows.csv": "name,hours\nPlan,0.75\n"})
    text = "# T\n\n{cell}`tasks[Plan].hours → 0.75` {cell}`tasks[Plan].twice → 1.5`\n"
    found = render_document(opened(tmp_path), Source("t.md", text), "t.md").problems
    assert [one.message for one in found] == [
        "tasks[Plan].hours: the page shows 0.8 as the format of hours has it, and not 0.75"
    ]


# ------------------------------------------------------------ levels and weeks


def test_levels_stand_top_down_and_all_that_is_one_step_away_is_beside_them() -> None:
    doc = Session.open(FORMULAS).project.doc
    names = ["service_blueprints", "workflows", "process_templates", "execution_runs"]
    root = ElementTree.fromstring(levels(doc, names, lambda name: f"#{name}", styled=False))
    places = {}
    for group in root.iter(f"{SVG}g"):
        if found := re.match(r"translate\(([\d.]+) ([\d.]+)\)", group.get("transform", "")):
            places[group.findtext(f"{SVG}title")] = (float(found[1]), float(found[2]), group.get("class"))
    related = relations_of(doc)
    beside = {
        end for one in related for end in (one.table, one.to) if {one.table, one.to} & set(names) and end not in names
    }
    assert set(places) == {*names, *beside}
    assert [name for name, place in sorted(places.items(), key=lambda one: one[1][1]) if place[2] == "chosen"] == names
    assert len({places[name][0] for name in names}) == 1
    away = len(doc.tables) - len(places)
    assert f"{away} more tables are further away" in [text.text for text in root.iter(f"{SVG}text")]
    assert float(root.get("width", "")) * 0.62 <= 358, "it fits a phone"
    # Each relation between two levels is a line, also where it passes a level.
    said = {title.text for title in root.iter(f"{SVG}title")}
    between = [one for one in related if {one.table, one.to} <= set(names) and not one.computed]
    assert {f"{one.table}.{one.column} → {one.to}" for one in between} <= said
    shown, pairs = level_pairs(doc, names)
    assert set(shown) == set(places)
    assert set(pairs) >= {(one.to, one.table) for one in between}


def test_a_time_line_shows_the_weeks_around_today() -> None:
    weeks = [Band(f"W{n}", date(2025, 1, 6) + timedelta(7 * n), date(2025, 1, 12) + timedelta(7 * n)) for n in range(9)]
    day = date(2025, 1, 29)
    assert [band.label for band in bands_around(weeks, day, 3)] == ["W2", "W3", "W4"]
    assert [band.label for band in bands_around(weeks, date(2020, 1, 1), 3)] == ["W0", "W1", "W2"]
    assert [band.label for band in bands_around(weeks, date(2030, 1, 1), 3)] == ["W6", "W7", "W8"]
    assert bands_around(weeks, day, 20) == weeks
    assert bands_around([], day, 3) == []
    shown = bands_around(weeks, day, 3)
    early = TimelineItem("begins before", date(2025, 1, 2), date(2025, 1, 22), "W2")
    drawn = timeline(shown, [early], "t", today=day, words=("in a sprint", "in none"), styled=False)
    said = [text.text for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")]
    assert {"begins before", "today", "in a sprint", "W2", "W3", "W4"} <= set(said)
    assert "in none" not in said


def test_field_tables_say_what_is_required(rendered: dict[str, RenderedDocument]) -> None:
    text = rendered["technical/schemas.md"].page.text
    cells = dict(re.findall(r"<td><a [^>]*><code>(\w+)</code></a>.*?</td><td>(.*?)</td>", text))
    assert ">required</span>" in cells["blueprint_id"]
    assert ">may be blank</span>" in cells["outcome_notes"]
    assert "required" not in cells["actual_hours"]
    assert "may be blank" not in cells["actual_hours"]
