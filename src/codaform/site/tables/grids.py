"""Columns and rows on pages: what a column holds, who fills it, and rows as Coda shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import quote

from markupsafe import Markup

from codaform.evaluation.workbook import Workbook
from codaform.markup.filling import fill
from codaform.markup.values import Look, colour, shortened, value_html
from codaform.model import types
from codaform.model.formats import format_text
from codaform.model.schema import Column, Doc, Table, value_type
from codaform.model.values import Error, Row
from codaform.project.loading import display
from codaform.project.project import DataTest
from codaform.semantics.program import FormulaSite
from codaform.site.pages import relative
from codaform.site.tables import blocks
from codaform.site.tables.places import column_link, column_place, default_place, table_link, table_path

_MOST_OPTIONS = 24
"""The most options of a select list that are shown."""

VOLATILE = "it may change although nothing in the doc does"


def type_of(doc: Doc, page: str, column: Column) -> Markup:
    """The type of a column as HTML: the options as pills, the target of a relation as a link."""
    word = column.kind.replace("_", " ")
    match column.kind:
        case "relation":
            many = column.many or bool(column.reverse)
            word = "rows of " if many else "row of "
            return fill("{}{}", word, table_link(doc, page, column.to))
        case "select":
            pills = [
                fill('<span class="pill p{}">{}</span>', colour(option, column.options), option)
                for option in column.options[:_MOST_OPTIONS]
            ]
            more = len(column.options) - len(pills)
            rest = fill(' <span class="more">+{} more</span>', more) if more > 0 else Markup("")
            several = "select, many" if column.many else "select"
            return fill('{} <span class="coda-options">{}{}</span>', several, blocks.joined(pills, " "), rest)
    format = format_text(column.kind, column.format)
    shown = fill(" {}", blocks.code(format)) if format else Markup("")
    return fill("{}{}{}", word, ", many" if column.many else "", shown)


def filled_by(doc: Doc, page: str, table: Table, column: Column) -> Markup:
    """Who or what fills the cells of a column."""
    if column.kind == "button":
        return Markup("a button")
    if column.formula is not None:
        own = column_place(doc, table.name, column.name)
        return fill("{} {}", blocks.mark("ƒ", "computed by a formula"), blocks.link(page, own, "a formula"))
    if column.reverse:
        other = column_link(doc, page, column.to, column.reverse, short=True)
        return fill("{} the other side of {}", blocks.mark("⇄", "the other side of a relation"), other)
    if column.computed:
        return fill("{} Coda itself", blocks.mark("•", "kept by Coda itself"))
    if column.default is not None:
        starts = blocks.link(page, default_place(doc, table.name, column.name), "filled")
        return fill("a person; in a new row it is {}", starts)
    return Markup("a person")


def needed(column: Column, tests: Iterable[DataTest]) -> Markup:
    """Whether a column that people fill may be blank, by the data tests of its table."""
    if column.kind == "button" or column.computed or column.reverse:
        return Markup("")
    wanted = any(one.column == column.name and one.kind == "not_null" for one in tests)
    said = ("required", "a data test finds rows where it is blank") if wanted else ("may be blank", "no test needs it")
    return fill('<br><span class="coda-read" title="{}">{}</span>', said[1], said[0])


def column_marks(table: Table, column: Column) -> Markup:
    """The marks of a column: `key`, and `name` for the column that names its rows."""
    found = []
    if column.key:
        found.append(blocks.mark("key", "no two rows have the same"))
    if table.display is column:
        found.append(blocks.mark("name", "a row is shown by this column's text"))
    return blocks.joined([fill(" {}", one) for one in found], "")


_RIGHT = frozenset({"number", "percent", "currency", "duration", "row_id"})


def page_look(book: Workbook, page: str) -> Look:
    """How values look on a page: a row is a chip that leads to the page of its table."""
    return Look(book, _chips(book, page))


def _chips(book: Workbook, page: str) -> Callable[[Row], Markup]:
    """How a row looks on a page."""

    def chip(row: Row) -> Markup:
        if not book.holds(row):
            return Markup('<span class="chip gone">a row that is gone</span>')
        text = shortened(display(book, row), False) or f"row {row.id}"
        return fill(
            '<a class="chip" href="{}" title="{}">{}</a>',
            quote(relative(page, table_path(book.doc, row.table))),
            f"{row.table}: {text}",
            text,
        )

    return chip


def grid(look: Look, table: Table, rows: Iterable[Row], columns: Sequence[Column], *, page: str) -> Markup:
    """Some rows and columns of a table as a block on one line, computed columns marked `ƒ`.

    page: The path of the page on which it stands, for its links.
    """
    head = Markup("").join(_grid_heading(look.book.doc, table, column, page) for column in columns)
    lines = Markup("").join(
        fill("<tr>{}</tr>", Markup("").join(_grid_cell(look, row, column) for column in columns)) for row in rows
    )
    whole = fill(
        '<div class="coda-scroll" tabindex="0" role="group" aria-label="{0}"><table class="coda-grid" aria-label="{0}">'
        "<thead><tr>{1}</tr></thead><tbody>{2}</tbody></table></div>",
        f"Rows of {table.name}",
        head,
        lines,
    )
    # An end of line would let Markdown see a paragraph in it.
    return Markup(whole.replace("\r\n", "&#10;").replace("\n", "&#10;").replace("\r", "&#10;"))


def _made(column: Column) -> tuple[str, str]:
    """The sign above a column whose cells are not typed, and its meaning; both empty for a column that people fill."""
    if column.kind == "button":
        return "", ""
    if column.formula is not None:
        return "ƒ", "computed by a formula"
    if column.reverse:
        return "⇄", f"the other side of {column.to}.{column.reverse}"
    return ("•", "kept by Coda itself") if column.computed else ("", "")


def shown_columns(table: Table, named: Sequence[str] = ()) -> list[Column]:
    """The columns that a view names; where it names none, all of the table, what names a row first."""
    if named:
        return [table.columns[name] for name in named if name in table.columns]
    first = table.display
    rest = [column for column in table.columns.values() if column is not first]
    return rest if first is None else [first, *rest]


def _grid_heading(doc: Doc, table: Table, column: Column, page: str) -> Markup:
    sign, meaning = _made(column)
    place, _, anchor = relative(page, column_place(doc, table.name, column.name)).partition("#")
    before = fill('<span class="coda-sign" title="{0}" aria-label="{0}">{1}</span> ', meaning, sign)
    return fill(
        '<th scope="col" class="{}">{}<a href="{}#{}">{}</a></th>',
        _cell_classes(column),
        before if sign else "",
        quote(place),
        quote(anchor),
        column.name,
    )


def _cell_classes(column: Column) -> str:
    number = column.kind in _RIGHT or (column.kind == "other" and value_type(column) == types.NUMBER)
    classes = [f"k-{column.kind.replace('_', '-')}"]
    classes += ["right"] if number and not column.many else []
    classes += ["computed"] if column.computed and column.kind != "button" else []
    return " ".join(classes)


def _grid_cell(look: Look, row: Row, column: Column) -> Markup:
    if column.kind == "button":
        return fill('<td class="k-button">{}</td>', _button(look.book, row, column))
    value = look.book.value(row, column.name)
    failed = " failed" if isinstance(value, Error) else ""
    return fill('<td class="{}{}">{}</td>', _cell_classes(column), failed, value_html(look, value, column))


def _button(book: Workbook, row: Row, column: Column) -> Markup:
    """A button of a row as it looks: pale where it cannot be pressed."""
    condition = book.program.formulas.get(FormulaSite("disable_if", row.table, column.name))
    off = condition is not None and book.evaluate(condition, row) is True
    return fill(
        '<span class="coda-button{}"{}>{}</span>',
        " off" if off else "",
        Markup(' title="it cannot be pressed now"') if off else "",
        column.label or column.name,
    )
