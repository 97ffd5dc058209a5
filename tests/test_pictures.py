"""Pictures of a doc: what they show, that lines keep clear of boxes, that names stay text."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.model.schema import Column, Doc, Table, View
from codaform.pictures.cards import Relation, relations_of
from codaform.pictures.dependencies import MOST, dependencies, nearby_things
from codaform.pictures.geometry import Box, Lane, Layout, Path, Rectangle, Tip, Wire
from codaform.pictures.layout import place_boxes
from codaform.pictures.mermaid import mermaid
from codaform.pictures.relations import relations
from codaform.pictures.svg import STYLE, element, line, linked
from codaform.semantics.dependencies import Dependencies, Graph, GraphNode, graph
from codaform.semantics.program import bind_doc
from codaform.source import Source
from example_doc import DOC
from searching import examples

SVG = "{http://www.w3.org/2000/svg}"


def doc_of(*tables: Table, name: str = "Doc") -> Doc:
    return Doc(name, {table.name: table for table in tables})


def table(name: str, *columns: Column, **more: Any) -> Table:
    return Table(name, {column.name: column for column in columns}, **more)


def titles(picture: str) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(picture).iter(f"{SVG}title")]


WEEKS = doc_of(
    table(
        "weeks",
        Column("week", "text", key=True),
        Column("tasks", "relation", to="tasks", many=True, formula=Source("f", "tasks.Filter(True)")),
    ),
    table("tasks", Column("task", "text", key=True), Column("parent", "relation", to="tasks")),
    table("notes", Column("text", "text")),
)


# ------------------------------------------------------------------------------------------------------- relations


def test_a_relation_and_its_mirror_are_one() -> None:
    assert relations_of(DOC) == [Relation("Tasks", "Project", "Projects", "Tasks", False, True, False)]


def test_columns_that_name_each_other_are_one_relation_of_the_first() -> None:
    doc = doc_of(
        table("a", Column("bs", "relation", to="b", many=True, reverse="a")),
        table("b", Column("a", "relation", to="a", reverse="bs")),
    )
    assert relations_of(doc) == [Relation("a", "bs", "b", "a", True, False, False)]


def test_relations_that_a_formula_computes_and_relations_to_the_same_table() -> None:
    assert relations_of(WEEKS) == [
        Relation("weeks", "tasks", "tasks", "", True, True, True),
        Relation("tasks", "parent", "tasks", "", False, True, False),
    ]


def test_computed_relations_are_dashed_and_others_are_not() -> None:
    root = ElementTree.fromstring(relations(WEEKS))
    lines = {group.findtext(f"{SVG}title"): group.get("class") for group in root.iter(f"{SVG}g") if group.get("class")}
    assert lines["weeks.tasks → tasks"] == "wire computed"
    assert lines["tasks.parent → tasks"] == "wire"
    assert ".computed .line{stroke-dasharray" in STYLE


def test_every_table_column_and_relation_is_named_and_described() -> None:
    picture = relations(WEEKS)
    assert titles(picture)[0] == "Tables and relations of Doc"
    expected = {
        "weeks",
        "tasks",
        "notes",
        "weeks.tasks → tasks",
        "tasks.parent → tasks",
        "week",
        "task",
        "parent",
        "text",
    }
    assert expected <= set(titles(picture))
    root = ElementTree.fromstring(picture)
    assert root.findtext(f"{SVG}desc") == "3 tables, 2 relations, 1 computed."
    assert all(
        group.find(f"{SVG}desc") is not None for group in root.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None
    )


def test_formulas_are_marked_and_mirrors_are_not() -> None:
    def marked(doc: Doc) -> list[str]:
        groups = ElementTree.fromstring(relations(doc)).iter(f"{SVG}g")
        return [
            group.findtext(f"{SVG}title", "")
            for group in groups
            if group.find(f"{SVG}text/{SVG}tspan[@class='made']") is not None
        ]

    assert marked(WEEKS) == ["tasks"]
    assert marked(DOC) == []


def test_details_and_views() -> None:
    doc = doc_of(
        table("a", Column("x", "text"), Column("b", "relation", to="b"), views=(View("Mine", "a"),)),
        table("b", *(Column(f"c{number}", "text") for number in range(40)), Column("a", "relation", to="a")),
    )
    assert "view Mine" in relations(doc, views=True)
    assert "view Mine" not in relations(doc)
    assert "+ 13 columns" in relations(doc)
    few = relations(doc, detail="relations")
    assert "+ 1 column<" in few
    assert "c0" not in few


def test_links() -> None:
    assert '<a href="tables/Tasks.html">' in relations(DOC, link=lambda name: f"tables/{name}.html")
    assert "<a " not in relations(DOC, link=dict[str, str]().get)
    for address in ("javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x"):
        assert linked(element("g"), address).tag == "g"
    for address in ("https://e.com/x?a=b&c", "a/b.html#c", "#c", "../x"):
        assert linked(element("g"), address).tag == "a"


def test_nothing_is_fetched_and_the_style_can_stay_outside() -> None:
    picture = relations(WEEKS)
    assert re.findall(r"\w+://[^\"\s]+", picture) == ["http://www.w3.org/2000/svg"]
    assert "url(" not in picture
    assert "<style>" not in relations(WEEKS, styled=False)
    assert " style=" not in picture


@pytest.mark.parametrize("theme", ["prefers-color-scheme:dark", "[data-theme=dark]", "[data-md-color-scheme=slate]"])
def test_dark_pages_are_known(theme: str) -> None:
    assert theme in STYLE


@pytest.mark.slow
def test_the_same_doc_gives_the_same_bytes_in_every_process() -> None:
    code = (
        "import hashlib; from example_doc import DOC;"
        "from codaform.pictures.relations import relations;"
        "from codaform.semantics.dependencies import GraphNode, graph; from codaform.semantics.program import bind_doc;"
        "from codaform.pictures.dependencies import dependencies;"
        "g = graph(bind_doc(DOC)[0]); t = GraphNode('cells', 'Projects', 'Tasks');"
        "print(hashlib.sha256((relations(DOC) + dependencies(DOC, g, t)).encode()).hexdigest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=pathlib.Path(__file__).parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.text(min_size=1, max_size=50), min_size=1, max_size=4, unique=True))
def test_any_name_is_text(names: list[str]) -> None:
    tables = [
        table(name, Column(name, "relation", about=name, to=names[0], formula=Source("f", "1")), about=name)
        for name in names
    ]
    doc = doc_of(*tables, name=names[0])
    root = ElementTree.fromstring(relations(doc, link=lambda name: name, views=True))
    allowed = {"svg", "g", "a", "path", "rect", "circle", "text", "tspan", "title", "desc", "style"}
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= allowed
    assert not any(name.startswith("on") for each in root.iter() for name in each.attrib)
    assert mermaid(doc).startswith("erDiagram\n")
    assert len(mermaid(doc).splitlines()) == 1 + 4 * len(names)


def test_names_with_markup() -> None:
    picture = relations(doc_of(table("</svg><script>alert(1)</script>", Column("a\"'&<b>", "text"))))
    assert "<script" not in picture
    assert "</svg><script>alert(1)</script>" in titles(picture)


def test_a_doc_without_tables() -> None:
    ElementTree.fromstring(relations(Doc("empty")))
    assert mermaid(Doc("empty")) == "erDiagram\n"


# ---------------------------------------------------------------------------------------------------------- layout


def points(path: Path) -> list[tuple[float, float]]:
    """Points along a line as it is drawn, close together."""
    found: list[tuple[float, float]] = []
    x = y = 0.0
    for command, given_numbers in re.findall(r"([MHC])([^MHC]*)", line(path)):
        numbers = [float(number) for number in given_numbers.split()]
        match command:
            case "M":
                x, y = numbers
            case "H":
                found += [(x + (numbers[0] - x) * step / 20, y) for step in range(21)]
                x = numbers[0]
            case "C":
                x1, y1, x2, y2, x3, y3 = numbers
                for step in range(41):
                    t = step / 40
                    a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
                    found.append((a * x + b * x1 + c * x2 + d * x3, a * y + b * y1 + c * y2 + d * y3))
                x, y = x3, y3
    return found


def faults(layout: Layout) -> list[str]:
    """The faults of a layout: boxes that overlap, lines that run through boxes or out of the picture."""
    found = []
    for (one, a), (other, b) in combinations(layout.places.items(), 2):
        if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height:
            found.append(f"{one} lies on {other}")
    for number, path in enumerate(layout.paths):
        for x, y in points(path):
            if not (-0.1 <= x <= layout.width + 0.1 and -20 <= y <= layout.height + 20):
                found.append(f"line {number} leaves the picture at {x:.0f}, {y:.0f}")
            for key, box in layout.places.items():
                if box.x + 0.2 < x < box.x + box.width - 0.2 and box.y + 0.2 < y < box.y + box.height - 0.2:
                    found.append(f"line {number} runs through {key} at {x:.0f}, {y:.0f}")
    return found


def test_faults_are_seen() -> None:
    box = Rectangle(0, 0, 100, 100)
    through = Path(Tip(-50, 50, -1), Tip(150, 50, 1), (Lane(-20, 120, 50),))
    seen = faults(Layout({"a": box, "b": Rectangle(50, 50, 100, 100)}, (through,), 200, 150))
    assert seen[0] == "a lies on b"
    assert any("leaves the picture" in each for each in seen)
    assert any("runs through a" in each for each in seen)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Wire]]:
    count = draw(st.integers(1, 16))
    boxes = [
        Box(str(n), draw(st.sampled_from([100.0, 160.0, 230.0])), draw(st.integers(30, 400)) + 0.0)
        for n in range(count)
    ]
    ends = st.integers(0, count - 1)
    wires = [
        Wire(str(a), str(b), boxes[a].height * draw(st.floats(0.1, 0.9)), boxes[b].height * draw(st.floats(0.1, 0.9)))
        for a, b in draw(st.lists(st.tuples(ends, ends), max_size=24))
    ]
    return boxes, wires


@settings(max_examples=examples(80), deadline=None)
@given(graphs())
def test_lines_keep_clear_of_boxes(given_graph: tuple[list[Any], list[Any]]) -> None:
    boxes, wires = given_graph
    layout = place_boxes(boxes, wires)
    assert not faults(layout)
    assert set(layout.places) == {box.key for box in boxes}
    for wire, path in zip(wires, layout.paths, strict=True):
        for key, port, tip in ((wire.start, wire.start_port, path.start), (wire.end, wire.end_port, path.end)):
            place = layout.places[key]
            assert tip.x in (place.x, place.x + place.width)
            if wire.start != wire.end:
                assert tip.y == pytest.approx(place.y + port)


# ------------------------------------------------------------------------------------------------------ dependencies


def cells(number: int) -> GraphNode:
    return GraphNode("cells", "t", f"c{number}")


def _chain(length: int) -> Graph:
    def reads(number: int) -> Dependencies:
        return Dependencies(frozenset({cells(number - 1), GraphNode("rows", "t")}), frozenset(), False)

    return Graph({cells(number): reads(number) for number in range(1, length)})


def test_what_is_near_a_thing() -> None:
    things, pairs, more = nearby_things(_chain(9), cells(4), up=2, down=1)
    assert things == [cells(4), cells(3), cells(2), cells(5)]
    assert set(pairs) == {(cells(2), cells(3)), (cells(3), cells(4)), (cells(4), cells(5))}
    assert more == 0


def test_only_the_nearest_are_drawn() -> None:
    doc = doc_of(table("t", *(Column(f"c{number}", "number") for number in range(100))))
    things, _, more = nearby_things(_chain(100), cells(0), down=99)
    assert (len(things), more) == (MOST, 100 - MOST)
    assert f"+ {100 - MOST} more" in dependencies(doc, _chain(100), cells(0), down=99)


def test_the_picture_of_what_a_column_depends_on() -> None:
    program, _ = bind_doc(WEEKS)
    picture = dependencies(WEEKS, graph(program), GraphNode("cells", "weeks", "tasks"), lambda thing: f"#{thing.table}")
    assert titles(picture) == [
        "What weeks.tasks depends on",
        "rows of tasks → weeks.tasks",
        "weeks.tasks",
        "rows of tasks",
    ]
    assert '<a href="#tasks">' in picture


def test_a_circle_and_a_thing_that_nothing_is_known_of() -> None:
    circle = Graph({cells(1): Dependencies(frozenset({cells(2), cells(1)}), frozenset(), True)})
    circle[cells(2)] = Dependencies(frozenset({cells(1)}), frozenset(), False)
    doc = doc_of(table("t", Column("c1", "number"), Column("c2", "number")))
    assert titles(dependencies(doc, circle, cells(1))).count("t.c1 → t.c1") == 1
    assert titles(dependencies(doc, Graph(), cells(1))) == ["What t.c1 depends on", "t.c1"]


# ----------------------------------------------------------------------------------------------------------- Mermaid


def test_mermaid() -> None:
    assert (
        mermaid(WEEKS)
        == """\
erDiagram
    t1["weeks"] {
        text week "shown"
        relation tasks "many, computed"
    }
    t2["tasks"] {
        text task "shown"
        relation parent
    }
    t3["notes"] {
        text text "shown"
    }
    t1 }o..o{ t2 : "tasks"
    t2 }o--o| t2 : "parent"
"""
    )
