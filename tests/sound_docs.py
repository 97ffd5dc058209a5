"""Random docs of which `check` has nothing to say, whose parts read each other across tables, both ways and in circles.

`PLAIN` lists the kinds of columns, `Offers` the parts of formulas; add a new kind of thing there.
Formulas are put together from what is offered where they stand: the cells of their row, whole columns, views, named
formulas, rows by relations. So that nothing needs its own value, everything computed is in one random order, and
reads only what comes before it; buttons, and the columns that a view shows, name anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from codaform.model.schema import Column, Doc, NamedFormula, Table, View
from codaform.semantics.dependencies import GraphNode
from codaform.source import Source
from codaform.syntax.names import bracketed

TABLES = ("Tasks", "Sprints", "my people", "Aufträge", "Q1 2025", "Log")
COLUMNS = ("Name", "Hours", "Start day", "Status", "Owner", "Größe", "No.", "Done?", "Note", "a b c", "Value", "Extra")
NAMED = ("Rate", "all in all", "Grenze", "Goal 2", "Flag")
VIEWS = ("Open ones", "Mine", "Übersicht", "Board 2", "Recent", "Short list")
ABOUT = ("", "", "", "What it is.", "Zwei: Dinge\nund mehr")
TEXTS = ('"x"', '"a, b"', '"[No]"', '""')

PLAIN = (
    "text", "text", "number", "number", "checkbox", "date", "percent", "currency", "slider", "scale", "progress",
    "datetime", "time", "toggle", "select", "person", "email", "link", "canvas", "reaction",
)  # fmt: skip
"""Kinds of columns that a person fills in and that every route can make."""

SYSTEM = ("created_on", "created_by", "modified_on", "modified_by", "row_id")
COMPUTED = ("number", "text", "checkbox", "relation")

SORTS = {"text": "text", "number": "number", "checkbox": "checkbox", "toggle": "checkbox", "canvas": "text"}
"""The sorts of values that formulas are put together from, by the kinds of columns that hold them."""


@dataclass(frozen=True)
class Offer:
    """A text that gives a value. sort: `number`, `text`, `checkbox`, or a table's name for rows of it."""

    text: str
    sort: str
    many: bool = False


@dataclass
class Offers:
    """What formulas can read. order: Of what is computed, the place of each in the order in which it may be read."""

    tables: dict[str, dict[str, Column]]
    named: dict[str, NamedFormula]
    views: dict[str, str]
    order: dict[GraphNode, int] = field(default_factory=dict)

    def allowed(self, thing: GraphNode, before: int) -> bool:
        """Whether the formula at this place of the order may read a thing."""
        return self.order.get(thing, -1) < before

    def cells(self, table: str, before: int) -> Iterable[Column]:
        """The columns of a table that may be read."""
        for column in self.tables[table].values():
            if column.kind != "button" and self.allowed(GraphNode("cells", table, column.name), before):
                yield column

    def of_row(self, row: str, table: str, before: int) -> Iterable[Offer]:
        """The offers of a row. row: A text that gives the row."""
        for column in self.cells(table, before):
            sort = column.to if column.kind == "relation" else SORTS.get(column.kind)
            if sort is not None:
                yield Offer(f"{row}.{bracketed(column.name)}", sort, column.many or bool(column.reverse))

    def shared(self, before: int) -> Iterable[Offer]:
        """The offers for every formula."""
        for table in self.tables:
            name = bracketed(table)
            yield Offer(name, table, many=True)
            for column in self.cells(table, before):
                if column.kind == "number":
                    yield Offer(f"{name}.{bracketed(column.name)}.Sum()", "number")
        for view, table in self.views.items():
            if self.allowed(GraphNode("view", table, view), before):
                yield Offer(bracketed(view), table, many=True)
        for formula in self.named.values():
            if self.allowed(GraphNode("named", "", formula.name), before):
                yield Offer(bracketed(formula.name), formula.to or formula.kind, formula.many)


@dataclass
class Author:
    """Writes formulas. table: Whose row they have; empty on a page."""

    draw: st.DrawFn
    offers: Offers
    table: str
    before: int

    def pick(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def write(self, sort: str, many: bool = False, depth: int = 2, item: str = "", changed: str = "") -> str:
        """A formula that gives a value of a sort.

        item: The table whose row CurrentValue is. changed: The table whose rows a button changes by this value.
        """
        known = [*self.offers.shared(self.before)]
        if self.table:
            mine = self.offers.of_row("thisRow", self.table, self.before)
            # Whose column a name means is lost where both rows have one of the name.
            others = [self.offers.tables[other] for other in (item, changed) if other]
            lost = {f"thisRow.{bracketed(name)}" for columns in others for name in columns}
            known += [offer for offer in mine if offer.text not in lost]
        if item:
            known += self.offers.of_row("CurrentValue", item, self.before)
        fitting = [offer.text for offer in known if (offer.sort, offer.many) == (sort, many)]
        rows = [offer for offer in known if offer.many and offer.sort in self.offers.tables]
        single = [offer for offer in known if not offer.many and offer.sort in self.offers.tables]
        ways: list[Callable[[], str]] = [lambda: self.pick(fitting)] * 3 if fitting else []
        further = [
            f"{offer.text}.{bracketed(column.name)}"
            for offer in single
            for column in self.offers.cells(offer.sort, self.before)
            if not many and not column.many and not column.reverse and SORTS.get(column.kind) == sort
        ]
        if further:
            ways.append(lambda: self.pick(further))
        if depth > 0:
            ways += self._longer(sort, many, depth - 1, item, changed, rows)
        if not ways or (depth <= 0 and not fitting):
            return self._shortest(sort)
        return str(self.pick(ways)())

    def _longer(
        self, sort: str, many: bool, depth: int, item: str, changed: str, rows: list[Offer]
    ) -> list[Callable[[], str]]:
        def inner(of: str) -> str:
            return self.write(of, depth=depth, item=item, changed=changed)

        def filtered(of: Sequence[Offer]) -> str:
            source = self.pick(of)
            return f"{source.text}.Filter({Author.write(self, 'checkbox', depth=depth, item=source.sort)})"

        def compared(one: str, other: str) -> str:
            return f"{one} > {other}" if one != other else f"{one} > 1"  # a thing with itself is a finding

        backs = [
            column.name
            for column in (self.offers.cells(item, self.before) if item and self.table else ())
            if (column.kind, column.to, column.many) == ("relation", self.table, False)
        ]
        match sort:
            case "number":
                return [
                    lambda: self._shortest(sort),
                    lambda: f"{inner('number')} + {inner('number')}",
                    lambda: f"If({inner('checkbox')}, {inner('number')}, {inner('number')})",
                    *([lambda: f"{filtered(rows)}.Count()"] if rows and not item else []),
                    *([lambda: f"{self.pick(rows).text}.Count()"] if rows else []),
                ]
            case "text":
                return [
                    lambda: self._shortest(sort),
                    lambda: f"Concatenate({inner('text')}, {inner('number')})",
                    lambda: f"Upper({inner('text')})",
                ]
            case "checkbox":
                return [
                    lambda: self._shortest(sort),
                    lambda: compared(inner("number"), inner("number")),
                    lambda: f"{inner('text')}.IsBlank()",
                    lambda: f"Not({inner('checkbox')})",
                    lambda: f"And({inner('checkbox')}, {inner('checkbox')})",
                    lambda: f"({inner('checkbox')} or {inner('checkbox')})",
                    *([lambda: f"(CurrentValue.{bracketed(self.pick(backs))} = thisRow)"] if backs else []),
                ]
        mine = [offer for offer in rows if offer.sort == sort]
        if many and mine and not item:
            return [lambda: filtered(mine)]
        return []

    def _shortest(self, sort: str) -> str:
        match sort:
            case "number":
                return str(self.pick(("0", "1", "2.5", "100")))
            case "text":
                return str(self.pick(TEXTS))
            case "checkbox":
                return str(self.pick(("true", "false")))
        return bracketed(sort)

    def act(self, depth: int = 1) -> str:
        """The formula of a button."""
        table = self.pick([*self.offers.tables])
        entered = [
            column
            for column in self.offers.tables[table].values()
            if not column.computed and column.kind in ("text", "number", "checkbox")
        ]
        ways: list[Callable[[], str]] = [
            lambda: 'OpenWindow("https://example.com")',
            lambda: f"{bracketed(table)}.AddRow()",
        ]
        if entered:
            column = self.pick(entered)
            cell = f"{bracketed(table)}.{bracketed(column.name)}"
            value = self.write(column.kind, depth=depth)
            ways.append(lambda: f"AddRow({bracketed(table)}, {cell}, {value})")
            if table == self.table:
                ways.append(lambda: f"ModifyRows(thisRow, {cell}, {value})")
            shown = [view for view, owner in self.offers.views.items() if owner == table]
            if shown:
                view = bracketed(self.pick(shown))
                new = self.write(column.kind, depth=depth, changed=table)
                ways.append(lambda: f"ModifyRows({view}, {cell}, {new})")
        buttons = [name for name, known in self.offers.tables[self.table].items() if known.kind == "button"]
        if buttons:
            ways.append(lambda: f"thisRow.{bracketed(self.pick(buttons))}")
        if depth > 0:
            ways.append(lambda: f"RunActions({self.act(depth - 1)}, {self.act(depth - 1)})")
        return str(self.pick(ways)())


# ------------------------------------------------------------ the doc


@st.composite
def sound_docs(draw: st.DrawFn) -> Doc:
    """A doc of one to four tables, with views, named formulas, buttons, defaults and relations both ways."""
    names = draw(st.lists(st.sampled_from(TABLES), min_size=1, max_size=4, unique=True))
    tables = {name: _columns(draw, name, names) for name in names}
    _mirror(draw, tables)
    named = {}
    for name in draw(st.lists(st.sampled_from(NAMED), max_size=3, unique=True)):
        kind = draw(st.sampled_from(COMPUTED))
        to = draw(st.sampled_from(names)) if kind == "relation" else ""
        named[name] = NamedFormula(name, kind, Source(name, ""), to=to, many=bool(to))
    views = {
        name: draw(st.sampled_from(names)) for name in draw(st.lists(st.sampled_from(VIEWS), max_size=4, unique=True))
    }
    offers = Offers(tables, named, views)
    computed = [
        GraphNode("cells", table, name) for table in names for name, known in tables[table].items() if known.formula
    ]
    computed += [GraphNode("named", "", name) for name in named]
    computed += [GraphNode("view", table, name) for name, table in views.items()]
    offers.order = {thing: place for place, thing in enumerate(draw(st.permutations(computed)))}
    for table in names:
        for name, known in tables[table].items():
            tables[table][name] = _with_formulas(draw, offers, table, known)
    for name, formula in named.items():
        author = Author(draw, offers, "", offers.order[GraphNode("named", "", name)])
        named[name] = replace(formula, formula=Source(name, author.write(formula.to or formula.kind, formula.many)))
    made = {name: Table(name, columns) for name, columns in tables.items()}
    for name, owner in views.items():
        made[owner] = replace(made[owner], views=(*made[owner].views, _view(draw, offers, name, owner)))
    return Doc("Random", made, named)


def _columns(draw: st.DrawFn, table: str, tables: Sequence[str]) -> dict[str, Column]:
    """The columns of a table, with formulas that are written later."""
    later = Source("later", "later")
    found: dict[str, Column] = {}
    for name in draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=7, unique=True)):
        sort = draw(st.sampled_from(("plain", "plain", "plain", "relation", "formula", "formula", "button", "system")))
        match sort:
            case "relation":
                column = Column(name, "relation", to=draw(st.sampled_from(tables)), many=draw(st.booleans()))
            case "formula":
                kind = draw(st.sampled_from(COMPUTED))
                to = draw(st.sampled_from(tables)) if kind == "relation" else ""
                column = Column(name, kind, to=to, many=bool(to), formula=later)
            case "button":
                condition = later if draw(st.booleans()) else None
                label = draw(st.sampled_from(("", "Go", "Los!")))
                column = Column(name, "button", label=label, action=later, disable_if=condition)
            case "system":
                column = Column(name, draw(st.sampled_from(SYSTEM)))
            case _:
                kind = draw(st.sampled_from(PLAIN))
                many = kind in ("select", "person") and draw(st.booleans())
                options = ("Open", "Done", "a, b") if kind == "select" else ()
                default = later if kind in ("text", "number", "checkbox") and draw(st.integers(0, 3)) == 0 else None
                column = Column(name, kind, many=many, options=options, default=default)
        found[name] = replace(column, about=draw(st.sampled_from(ABOUT)))
    candidates = [name for name, known in found.items() if known.kind not in ("button", "reaction", "canvas")]
    shown = draw(st.sampled_from(candidates)) if candidates else ""
    return {name: replace(known, display=name == shown) for name, known in found.items()}


def _mirror(draw: st.DrawFn, tables: dict[str, dict[str, Column]]) -> None:
    """Give some relations their other side."""
    relations = [
        (table, known)
        for table, columns in tables.items()
        for known in columns.values()
        if known.kind == "relation" and not known.formula
    ]
    for table, known in relations:
        free = [name for name in COLUMNS if name not in tables[known.to]]
        if free and bool(draw(st.booleans())):
            name = draw(st.sampled_from(free))
            place = draw(st.integers(0, len(tables[known.to])))
            entries = [*tables[known.to].items()]
            entries.insert(place, (name, Column(name, "relation", to=table, reverse=known.name, many=True)))
            tables[known.to] = dict(entries)


def _with_formulas(draw: st.DrawFn, offers: Offers, table: str, column: Column) -> Column:
    everything = len(offers.order)
    if column.formula is not None:
        author = Author(draw, offers, table, offers.order[GraphNode("cells", table, column.name)])
        column = replace(column, formula=Source(column.name, author.write(column.to or column.kind, column.many)))
    author = Author(draw, offers, table, everything)
    if column.action is not None:
        column = replace(column, action=Source(column.name, author.act()))
    if column.disable_if is not None:
        column = replace(column, disable_if=Source(column.name, author.write("checkbox")))
    if column.default is not None:
        # The row that is about to be is not there yet.
        author = Author(draw, offers, "", everything)
        column = replace(column, default=Source(column.name, author.write(column.kind, depth=1)))
    return column


def _view(draw: st.DrawFn, offers: Offers, name: str, table: str) -> View:
    place = offers.order[GraphNode("view", table, name)]
    author = Author(draw, offers, table, place)
    sorts = [known.name for known in offers.cells(table, place) if known.kind in SORTS and not known.many]
    sort = draw(st.sampled_from(("", *sorts)))
    shown = draw(st.lists(st.sampled_from([*offers.tables[table]]), unique=True))
    return View(
        name,
        table,
        filter=Source(name, author.write("checkbox")) if draw(st.booleans()) else None,
        sort=sort,
        descending=bool(sort) and draw(st.booleans()),
        columns=tuple(shown),
    )
