"""Tables as boxes with their columns, and relations as lines between them: the parts of every picture of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from codaform.model.schema import Column, Doc, Table
from codaform.pictures import svg
from codaform.pictures.geometry import Box, Layout, Path, Rectangle, Tip, Wire
from codaform.pictures.layout import place_boxes
from codaform.pictures.svg import element


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between tables: its column, and the column on the other side that mirrors it.

    many: Whether a row refers to many rows. referred_by_many: Whether many rows may refer to the same one.
    """

    table: str
    column: str
    to: str
    reverse: str
    many: bool
    referred_by_many: bool
    computed: bool


def relations_of(doc: Doc) -> list[Relation]:
    """The relations of a doc in its order. A column that mirrors another is the other side of that one's relation."""
    found = []
    for table in doc.tables.values():
        for column in table.columns.values():
            if column.kind != "relation" or column.to not in doc.tables or _mirrors(doc, table, column):
                continue
            reverse = next(
                (
                    other
                    for other in doc.tables[column.to].columns.values()
                    if other.kind == "relation" and other.to == table.name and other.reverse == column.name
                ),
                None,
            )
            computed = column.formula is not None
            found.append(
                Relation(
                    table.name,
                    column.name,
                    column.to,
                    reverse.name if reverse else "",
                    column.many,
                    reverse.many if reverse else True,
                    computed,
                )
            )
    return found


def _mirrors(doc: Doc, table: Table, column: Column) -> bool:
    """Whether a column only mirrors the relation of another column."""
    if not column.reverse or column.formula is not None:
        return False
    mirrored = doc.tables[column.to].columns.get(column.reverse)
    if mirrored is None or mirrored.kind != "relation" or mirrored.to != table.name:
        return False
    if mirrored.reverse != column.name:
        return True
    # Two columns that name each other are one relation, of the column that comes first.
    places = [(name, other) for name in doc.tables for other in doc.tables[name].columns]
    return places.index((table.name, column.name)) > places.index((column.to, column.reverse))


Link = Callable[[str], str | None]
"""From the name of a table to the address of its page."""

_HEADER = 34.0
_ROW = 21.0
_FOOT = 6.0
_MARGIN = 24.0
_LEGEND = 30.0


@dataclass(frozen=True, slots=True)
class Card:
    """A table in a picture.

    columns: Those that are shown. views: Whether its views are named. chosen: Whether the picture is about it.
    """

    table: Table
    columns: tuple[Column, ...]
    views: bool = False
    chosen: bool = False

    @property
    def left_out(self) -> int:
        """How many columns are not shown."""
        return len(self.table.columns) - len(self.columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """The rows below the columns."""
        more = (f"+ {_count(self.left_out, 'column')}",) if self.left_out else ()
        return more + tuple(f"view {svg.cut(view.name)}" for view in self.table.views if self.views)

    @property
    def box(self) -> Box:
        """The room that it needs."""
        wide = [svg.text_width(svg.cut(self.table.name), 14) * 1.05 + 28]
        wide += [
            svg.text_width(svg.cut(column.name)) + svg.text_width(_kind(column), 11) + 28 + 22
            for column in self.columns
        ]
        wide += [svg.text_width(note, 11) + 28 for note in self.notes]
        rows = len(self.columns) + len(self.notes)
        return Box(self.table.name, max(130.0, *wide), _HEADER + rows * _ROW + (_FOOT if rows else 0.0))

    def port(self, column: str) -> float:
        """The middle of a column's row, or of the head for a column that is not shown."""
        for place, shown in enumerate(self.columns):
            if shown.name == column:
                return _HEADER + (place + 0.5) * _ROW + _FOOT / 2
        return _HEADER / 2


def draw_cards(
    cards: Mapping[str, Card],
    found: Sequence[Relation],
    title: str,
    description: str,
    link: Link | None,
    *,
    styled: bool,
) -> str:
    """The picture of tables and of the relations between them. cards: By the tables' names."""
    layout = place_boxes([card.box for card in cards.values()], [_wire(cards, relation) for relation in found])
    lines = [_line(relation, path) for relation, path in zip(found, _paths(found, layout), strict=True)]
    boxes = [
        svg.linked(_drawn(card, layout.places[name]), link(name) if link else None) for name, card in cards.items()
    ]
    width = max(layout.width, 470.0 if found else 120.0) + 2 * _MARGIN
    parts = [element("g", {"transform": f"translate({_MARGIN:g} {_MARGIN:g})"}, *lines, *boxes)]
    height = layout.height + 2 * _MARGIN
    if found:
        height += _LEGEND
        computed = any(relation.computed for relation in found)
        computed = computed or any(_made(column) for card in cards.values() for column in card.columns)
        parts.append(_legend(_MARGIN, height - _MARGIN / 2 - _LEGEND / 2, computed))
    return svg.picture(width, height, title, description, *parts, styled=styled)


def describe_counts(found: Sequence[Relation], tables: int) -> str:
    """How many tables and relations there are, in words."""
    said = f"{_count(tables, 'table')}, {_count(len(found), 'relation')}"
    made = sum(relation.computed for relation in found)
    return f"{said}, {made} computed." if made else f"{said}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _kind(column: Column) -> str:
    """The kind of a column in a word or two: `date`, `→ tasks`, `select, many`."""
    word = f"→ {svg.cut(column.to, 24)}" if column.kind == "relation" else column.kind.replace("_", " ")
    return f"{word}, many" if column.many else word


def _made(column: Column) -> bool:
    """Whether a formula makes the cells; no formula makes those on the other side of a relation."""
    return column.formula is not None


def _wire(cards: Mapping[str, Card], relation: Relation) -> Wire:
    """From the one to the many, as one reads: the table of which there is one stands left."""
    here = relation.table, cards[relation.table].port(relation.column)
    there = relation.to, cards[relation.to].port(relation.reverse)
    (start, start_port), (end, end_port) = (here, there) if relation.many else (there, here)
    return Wire(start, end, start_port, end_port)


def _paths(found: Sequence[Relation], layout: Layout) -> Iterator[Path]:
    """The paths, each from the column that holds the relation."""
    for relation, path in zip(found, layout.paths, strict=True):
        yield path if relation.many else path.reversed


def _line(relation: Relation, path: Path) -> Element:
    drawn = svg.line(path)
    title = f"{relation.table}.{relation.column} → {relation.to}"
    if relation.reverse:
        title += f".{relation.reverse}"
    said = f"A row of {relation.table} refers to {'rows' if relation.many else 'one row'} of {relation.to}"
    said += ", computed by a formula." if relation.computed else "."
    signs = [_sign(path.end, relation.many)]
    signs.append(_dot(path.start) if relation.computed else _sign(path.start, relation.referred_by_many))
    return element(
        "g",
        {"class": "wire computed" if relation.computed else "wire"},
        *svg.title_and_description(title, said),
        element("path", {"class": "under", "d": drawn}),
        element("path", {"class": "line", "d": drawn}),
        *signs,
    )


def _sign(tip: Tip, many: bool) -> Element:
    """A foot with three toes for many, a bar for one."""
    x, y, out = tip.x, tip.y, tip.out
    if many:
        heel = svg.number(x + out * 11)
        drawn = f"M{svg.number(x)} {svg.number(y - 6)}L{heel} {svg.number(y)}L{svg.number(x)} {svg.number(y + 6)}"
    else:
        drawn = f"M{svg.number(x + out * 7)} {svg.number(y - 5)}V{svg.number(y + 5)}"
    return element("path", {"d": drawn})


def _dot(tip: Tip) -> Element:
    return element("circle", {"cx": tip.x, "cy": tip.y, "r": 3.5})


def _drawn(card: Card, place: Rectangle) -> Element:
    table = card.table
    computed = sum(_made(column) for column in table.columns.values())
    said = f"{_count(len(table.columns), 'column')}, {computed} computed."
    parts = [
        *svg.title_and_description(table.name, f"{table.about} {said}".strip()),
        element("rect", {"class": "box", "width": place.width, "height": place.height, "rx": 8}),
        element("path", {"class": "band", "d": _band(place.width, _HEADER, round_below=not card.columns + card.notes)}),
        svg.text(14, _HEADER / 2, svg.cut(table.name), "name"),
    ]
    shown = table.display
    for number, column in enumerate(card.columns):
        y = _HEADER + (number + 0.5) * _ROW + _FOOT / 2
        parts.append(_column(column, y, place.width, shown is column))
    first = _HEADER + (len(card.columns) + 0.5) * _ROW + _FOOT / 2
    parts += [svg.text(14, first + number * _ROW, note, "faint") for number, note in enumerate(card.notes)]
    looks = "table chosen" if card.chosen else "table"
    moved = f"translate({svg.number(place.x)} {svg.number(place.y)})"
    return element("g", {"class": looks, "transform": moved}, *parts)


def _column(column: Column, y: float, width: float, shown: bool) -> Element:
    style = "shown" if shown else "relation" if column.kind == "relation" else ""
    kind = _kind(column)
    written = svg.text(width - 14, y, "" if _made(column) else kind, "faint", end=True)
    if _made(column):
        written.extend((element("tspan", {"class": "made"}, "ƒ"), element("tspan", None, f" {kind}")))
    parts = [svg.text(14, y, svg.cut(column.name), style), written]
    said = f"{kind}, computed" if _made(column) else kind
    return element("g", None, *svg.title_and_description(column.name, f"{said}. {column.about}".strip()), *parts)


def _band(width: float, height: float, round_below: bool) -> str:
    """The head of a box, a little inside of its border."""
    right, low, corner = width - 0.5, height, 7.5
    below = f"V{low - corner:g}Q{right:.1f} {low - 0.5:g} {right - corner:.1f} {low - 0.5:g}H{corner + 0.5:g}"
    below += f"Q.5 {low - 0.5:g} .5 {low - corner:g}"
    square = f"V{low:g}H.5"
    return (
        f"M.5 {corner + 0.5:g}Q.5 .5 {corner + 0.5:g} .5H{right - corner:.1f}"
        f"Q{right:.1f} .5 {right:.1f} {corner + 0.5:g}"
        f"{below if round_below else square}Z"
    )


def _legend(x: float, y: float, computed: bool) -> Element:
    """The meaning of the signs; the signs of computed things only where the picture has one."""
    parts: list[Element] = []
    left = 0.0
    signs = [("many", False, True), ("one", False, False), ("computed relation", True, True)]
    for word, made, many in signs if computed else signs[:2]:
        line = element("path", {"class": "line", "d": f"M{left:g} 0H{left + 30:g}"})
        sign = _sign(Tip(left + 30, 0, -1), many)
        parts.append(element("g", {"class": "wire computed" if made else "wire"}, line, sign))
        parts.append(svg.text(left + 40, 0, word, "faint"))
        left += 68 + svg.text_width(word, 11)
    if computed:
        parts.append(svg.text(left, 0, "ƒ", "made"))
        parts.append(svg.text(left + 14, 0, "computed column", "faint"))
    return element("g", {"transform": f"translate({svg.number(x)} {svg.number(y)})", "aria-hidden": "true"}, *parts)
