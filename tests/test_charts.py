"""The time line, the bars and the neighbourhood: whole, deterministic, never overlapping, text only as text."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.model.schema import Column, Doc, Table
from codaform.pictures.bars import MOST, Pair, axis_scale, bar_chart, xychart
from codaform.pictures.dependencies import MOST_OF_ALL, all_formulas, all_things
from codaform.pictures.mermaid import flowchart, mermaid_around
from codaform.pictures.relations import MOST_NEIGHBOURS, neighbourhood, related_tables
from codaform.pictures.timeline import MOST_DAYS, Band, TimelineItem, gantt, place_items, timeline
from codaform.semantics.dependencies import Dependencies, Graph, GraphNode

EVIL = '<script>alert("x")</script> & \x00 ]]> {{ x }} "quoted" ; : # \u202e'
MONDAY = date(2025, 12, 8)


def tree(picture: str) -> ElementTree.Element:
    """The picture as XML, with the words that readers hear."""
    root = ElementTree.fromstring(picture)
    assert root.get("role") == "group"
    assert root.get("aria-label")
    assert root.find("{*}title") is not None
    assert root.find("{*}desc") is not None
    assert root.find(".//{*}script") is None
    return root


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]


# ------------------------------------------------------------ the time line

DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
ITEMS = st.builds(TimelineItem, st.text(max_size=40), DAYS, st.none() | DAYS, st.sampled_from(["", "W1", "W2"]))


@given(st.lists(ITEMS, max_size=40))
def test_bars_and_their_labels_never_overlap(items: list[TimelineItem]) -> None:
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    placed, outside = place_items(items, first, last)
    assert len(placed) + outside == len(items)
    rows: dict[int, list[tuple[float, float]]] = {}
    for one in placed:
        assert one.width > 0
        assert one.right >= one.x + one.width
        rows.setdefault(one.row, []).append((one.x, one.right))
    for spans in rows.values():
        spans.sort()
        assert all(left[1] < right[0] for left, right in pairwise(spans))


def test_a_week_and_its_tasks() -> None:
    bands = [
        Band("W50", MONDAY, MONDAY + timedelta(days=6)),
        Band("W51", MONDAY + timedelta(7), MONDAY + timedelta(13)),
    ]
    items = [
        TimelineItem("Plan", MONDAY, MONDAY + timedelta(2), "W50"),
        TimelineItem("Late", MONDAY + timedelta(8)),
        TimelineItem(EVIL, MONDAY),
    ]
    items.append(TimelineItem("far away", date(2020, 1, 1)))
    drawn = timeline(bands, items, EVIL, today=MONDAY, link=lambda label: f"#{label[:4]}", styled=False)
    root = tree(drawn)
    assert "Plan" in texts(root)
    assert any("1 more is outside" in text for text in texts(root))
    looks = [element.get("class") for element in root.iter() if "bar" in (element.get("class") or "")]
    assert looks.count("bar none") == 3  # two items, and the legend
    assert drawn == timeline(bands, items, EVIL, today=MONDAY, link=lambda label: f"#{label[:4]}", styled=False)
    source = gantt(bands, items, EVIL)
    assert "section W50" in source
    assert source.count(" : ") == len(items)
    assert "<script" not in source


@pytest.mark.parametrize(
    ("bands", "items"),
    [
        ([], []),
        ([], [TimelineItem("a", date.max, date.max)]),
        ([Band("all", date.min, date.max)], [TimelineItem("a", date.min, date.max), TimelineItem("b", date.max)]),
        (
            [Band("back", MONDAY, MONDAY - timedelta(days=3))],
            [TimelineItem("back", MONDAY, MONDAY - timedelta(days=9))],
        ),
    ],
)
def test_odd_calendars_are_drawn(bands: list[Band], items: list[TimelineItem]) -> None:
    root = tree(timeline(bands, items, "odd", styled=False))
    assert float(root.get("width") or 0) <= (MOST_DAYS + 60) * 13
    assert gantt(bands, items, "odd").startswith("gantt\n")


# ------------------------------------------------------------ bars

FINITE = st.floats(-1e12, 1e12, allow_nan=False)


@given(st.lists(FINITE, max_size=20))
def test_an_axis_holds_all_values_and_zero(values: list[float]) -> None:
    low, high, step = axis_scale(values)
    assert low <= 0 <= high
    assert low < high
    assert all(low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high) for value in values)
    assert 1 <= round((high - low) / step) <= 12


@given(st.lists(st.builds(Pair, st.text(max_size=30), st.none() | st.floats(), st.none() | st.floats()), max_size=8))
def test_any_numbers_are_drawn(pairs: list[Pair]) -> None:
    drawn = bar_chart(pairs, ("estimate", "actual"), "Hours", styled=False)
    tree(drawn)
    assert drawn == bar_chart(pairs, ("estimate", "actual"), "Hours", styled=False)
    assert xychart(pairs, ("estimate", "actual"), "Hours").startswith("xychart-beta\n")


def test_numbers_are_rounded_as_tables_show_them() -> None:
    root = tree(
        bar_chart([Pair("a", 5.625, -6.255, "+15 %"), Pair("b", None, 0.0)], ("estimate", "actual"), "t", styled=False)
    )
    said = texts(root)
    assert "5.63" in said
    assert "-6.26" in said
    assert "+15 %" in said
    assert "no estimate" in said
    assert "0" in said


def test_very_many_bars_are_cut() -> None:
    root = tree(bar_chart([Pair(f"{n}", 1.0, 2.0) for n in range(MOST + 5)], ("a", "b"), EVIL, styled=False))
    assert "+ 5 more" in texts(root)


# ------------------------------------------------------------ tables and formulas


def large(tables: int, columns: int) -> Doc:
    made = {}
    for number in range(tables):
        cells = {f"c{n}": Column(f"c{n}", "number") for n in range(columns - 2)}
        cells["name"] = Column("name", "text", display=True)
        cells["hub"] = Column("hub", "relation", to="t0")
        made[f"t{number}"] = Table(f"t{number}", cells)
    return Doc("Large", made)


@pytest.mark.slow
def test_a_table_with_very_many_neighbours() -> None:
    doc = large(100, 30)
    names, found = related_tables(doc, "t0")
    assert names[0] == "t0"
    assert len(names) == MOST_NEIGHBOURS + 1
    assert all("t0" in (relation.table, relation.to) for relation in found)
    root = tree(neighbourhood(doc, "t0", lambda name: f"{name}.html", styled=False))
    assert {element.get("href") for element in root.iter() if element.tag.endswith("}a")} == {
        f"{n}.html" for n in names
    }
    assert mermaid_around(doc, "t1").startswith("erDiagram\n")


def test_a_table_alone_is_its_box() -> None:
    doc = Doc("One", {EVIL: Table(EVIL, {EVIL: Column(EVIL, "text")})})
    root = tree(neighbourhood(doc, EVIL, styled=False))
    assert len([element for element in root.iter() if "table" in (element.get("class") or "")]) == 1
    with pytest.raises(KeyError):
        neighbourhood(doc, "missing")


def test_all_formulas_of_a_large_doc_are_limited() -> None:
    doc = large(100, 30)
    graph = Graph()
    for n in range(100):
        for m in range(20):
            read = frozenset({GraphNode("cells", f"t{n}", f"c{m + 1}")})
            graph[GraphNode("cells", f"t{n}", f"c{m}")] = Dependencies(read, frozenset(), False)
    things, pairs, more = all_things(graph)
    assert len(things) <= MOST_OF_ALL
    assert more > 0
    assert all(start in things and end in things for start, end in pairs)
    root = tree(all_formulas(doc, graph, styled=False))
    assert any("more" in text for text in texts(root))


def test_no_formulas_are_an_empty_picture() -> None:
    tree(all_formulas(Doc("Empty"), Graph(), styled=False))
    assert flowchart([], []) == "flowchart LR\n"
    assert "#quot;" in flowchart([EVIL], [])


def test_what_is_not_finite_has_no_bar() -> None:
    root = tree(bar_chart([Pair("a", math.inf, math.nan)], ("estimate", "actual"), "t", styled=False))
    assert "no estimate" in texts(root)
    assert "no actual" in texts(root)
