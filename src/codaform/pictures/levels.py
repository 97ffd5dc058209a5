"""Tables that stand above each other, from the general to the particular, with the tables one step away beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from xml.etree.ElementTree import Element

from codaform.model.schema import Doc
from codaform.pictures import svg
from codaform.pictures.cards import Link, Relation, relations_of
from codaform.pictures.svg import element

_MARGIN = 12.0
_WIDE, _HIGH = 214.0, 60.0
_SIDE, _LOW = 126.0, 34.0
_GAP, _AISLE = 52.0, 34.0
_LETTERS = 34


@dataclass(frozen=True, slots=True)
class _Place:
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def levels(doc: Doc, names: Sequence[str], link: Link | None = None, *, styled: bool = True) -> str:
    """The picture, as SVG text: the named tables top-down, each line with the column that leads to the table above.

    Every other table with a relation to one of them stands at its side, with a line to each that it is related to;
    how many are further away is said below. The same doc gives the same text. Raises KeyError for an unknown table.
    """
    tables = [doc.tables[name] for name in names]
    found = relations_of(doc)
    beside = _beside(found, names)
    places, right_most, height = _placed(names, beside)
    centre = places[names[0]]
    lines: list[Element] = []
    for upper, lower in pairwise(names):
        lines += _step(upper, places[upper], places[lower], _joining(found, upper, lower))
    for number, (upper, lower, one) in enumerate(_skipping(found, names), 1):
        lines.append(_around(places[upper], places[lower], one, number))
    for name, levels_ in beside.items():
        for level in levels_:
            lines.append(_aside(name, level, places[name], places[level], centre))
    boxes = [_level(table.name, table.about, number, places[table.name]) for number, table in enumerate(tables, 1)]
    boxes += [_small(name, doc.tables[name].about, places[name]) for name in beside]
    drawn = [svg.linked(box, link(name) if link else None) for name, box in zip([*names, *beside], boxes, strict=True)]
    away = len(doc.tables) - len(places)
    said = f"From the top: {', '.join(names)}. " + (f"Beside them: {', '.join(beside)}." if beside else "")
    parts = [*lines, *drawn]
    if away:
        words = f"{away} more {'table is' if away == 1 else 'tables are'} further away"
        parts.append(svg.text(_MARGIN, height + 8, words, "faint"))
        said += f" {words}."
        height += 20
    return svg.picture(right_most, height + _MARGIN, f"The levels of {doc.name}", said.strip(), *parts, styled=styled)


def level_pairs(doc: Doc, names: Sequence[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """The tables of the picture and the pairs that a line joins, each table with the one above or beside it."""
    found = relations_of(doc)
    beside = _beside(found, names)
    steps = [pair for pair in pairwise(names) if _joining(found, *pair)]
    steps += [(upper, lower) for upper, lower, _ in _skipping(found, names)]
    return [*names, *beside], [*steps, *((level, name) for name, near in beside.items() for level in near)]


def _beside(found: Sequence[Relation], names: Sequence[str]) -> dict[str, list[str]]:
    """The tables one step away, each with the named tables that it is related to, in their order."""
    near: dict[str, set[str]] = {}
    for level in names:
        for relation in found:
            ends = {relation.table, relation.to}
            if level in ends:
                for other in sorted(ends - set(names)):
                    near.setdefault(other, set()).add(level)
    return {name: [level for level in names if level in levels_] for name, levels_ in near.items()}


def _joining(found: Sequence[Relation], upper: str, lower: str) -> list[Relation]:
    return [one for one in found if {one.table, one.to} == {upper, lower} and not one.computed]


def _skipping(found: Sequence[Relation], names: Sequence[str]) -> list[tuple[str, str, Relation]]:
    """The relations that people enter between levels that are not neighbours."""
    pairs = [pair for pair in combinations(names, 2) if pair not in set(pairwise(names))]
    return [(upper, lower, one) for upper, lower in pairs for one in _joining(found, upper, lower)]


def _placed(names: Sequence[str], beside: dict[str, list[str]]) -> tuple[dict[str, _Place], float, float]:
    """The places, and the width and the height of all. Tables stand right of their first level, then left of it."""
    sides: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in names}
    for name, near in beside.items():
        right, left = sides[near[0]]
        (left if len(right) > len(left) else right).append(name)
    any_left = any(left for _, left in sides.values())
    any_right = any(right for right, _ in sides.values())
    x = _MARGIN + (_SIDE + _AISLE if any_left else 0)
    places: dict[str, _Place] = {}
    y = _MARGIN
    for name in names:
        rows = max(len(side) for side in sides[name])
        needed = max(_HIGH, rows * (_LOW + 10) - 10)
        places[name] = _Place(x, y + (needed - _HIGH) / 2, _WIDE, _HIGH)
        for side, at in zip(sides[name], (x + _WIDE + _AISLE, _MARGIN), strict=True):
            top = y + (needed - (len(side) * (_LOW + 10) - 10)) / 2
            for number, other in enumerate(side):
                places[other] = _Place(at, top + number * (_LOW + 10), _SIDE, _LOW)
        y += needed + _GAP
    return places, x + _WIDE + (_AISLE + _SIDE if any_right else 0) + _MARGIN, y - _GAP


def _step(name: str, upper: _Place, lower: _Place, joining: Sequence[Relation]) -> Iterator[Element]:
    """The line from a level, by its name, to the one below; the foot with three toes is where many rows may be."""
    if not joining:
        return
    one, x = joining[0], upper.x + upper.width / 2
    start, end = upper.y + upper.height, lower.y
    below_many = one.referred_by_many if one.to == name else one.many
    toes = _path(("M", x - 6, end), ("L", x, end - 11), ("L", x + 6, end))
    yield element(
        "g",
        {"class": "wire"},
        *svg.title_and_description(f"{one.table}.{one.column} → {one.to}", "From one level to the next."),
        element("path", {"class": "line", "d": _path(("M", x, start), ("L", x, end))}),
        element("path", {"d": _path(("M", x - 5, start + 7), ("L", x + 5, start + 7))}),
        *([element("path", {"d": toes})] if below_many else []),
    )
    yield svg.text(x + 12, (start + end) / 2, svg.cut(one.column, _LETTERS), "faint")


def _around(upper: _Place, lower: _Place, one: Relation, number: int) -> Element:
    """The line that passes levels, at their left."""
    x, out = upper.x, upper.x - 6 - 8 * number
    start, end = upper.middle + 12, lower.middle - 14
    drawn = _path(("M", x, start), ("C", out, start, out, start, out, start + 14), ("L", out, end - 14))
    drawn += _path(("C", out, end, out, end, x, end))
    said = svg.title_and_description(f"{one.table}.{one.column} → {one.to}", "It passes the levels between them.")
    return element("g", {"class": "wire"}, *said, element("path", {"class": "line", "d": drawn}))


def _path(*steps: tuple[str | float, ...]) -> str:
    return "".join(f"{step[0]}{' '.join(svg.number(float(one)) for one in step[1:])}" for step in steps)


def _aside(name: str, level: str, box: _Place, target: _Place, centre: _Place) -> Element:
    """The line from a table at the side to a level; it stays in the aisle between both."""
    right = box.x > centre.x
    start = box.x if right else box.x + box.width
    end = target.x + target.width if right else target.x
    half = (start + end) / 2
    y = min(max(box.middle, target.y + 10), target.y + target.height - 10)
    drawn = _path(("M", start, box.middle), ("C", half, box.middle, half, y, end, y))
    said = svg.title_and_description(f"{name} – {level}", "They are related.")
    return element("g", {"class": "wire"}, *said, element("path", {"class": "line", "d": drawn}))


def _level(name: str, about: str, number: int, place: _Place) -> Element:
    return element(
        "g",
        {"class": "chosen", "transform": f"translate({svg.number(place.x)} {svg.number(place.y)})"},
        *svg.title_and_description(name, about or f"Level {number}."),
        element("rect", {"class": "box", "width": place.width, "height": place.height, "rx": 8}),
        svg.text(14, 18, f"level {number}", "faint"),
        svg.text(14, 40, svg.cut(name, 24), "name"),
    )


def _small(name: str, about: str, place: _Place) -> Element:
    return element(
        "g",
        {"class": "table", "transform": f"translate({svg.number(place.x)} {svg.number(place.y)})"},
        *svg.title_and_description(name, about or "A related table."),
        element("rect", {"class": "box", "width": place.width, "height": place.height, "rx": 8}),
        svg.text(10, place.height / 2, svg.cut(name, 15), "shown"),
    )
