"""The page of the playground: a field for a formula, a choice of rows, formulas to start with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.schema import Column, Table
from codaform.model.values import Error, is_blank
from codaform.project.loading import display
from codaform.project.session import Session
from codaform.site.markdown import escaped
from codaform.site.pages import Page, relative
from codaform.site.playground.bundle_parts import install_command
from codaform.site.playground.trying import MOST_LETTERS, MOST_ROWS
from codaform.syntax.names import bracketed

_MOST = 8
"""How many formulas are offered."""
_MOST_NAMED = 2
"""The most examples that are formulas of the doc itself."""
_LONGEST_EXAMPLE = 600
"""How long a formula may be that is offered."""
_ROWS_TRIED = 20


@dataclass(frozen=True, slots=True)
class PlaygroundExample:
    """A formula and the row it is computed in: its table, its display text, its number from 1; none on a page.

    name: Its place in the doc.
    """

    name: str
    formula: str
    table: str = ""
    row: str = ""
    number: int = 0


def examples(session: Session) -> list[PlaygroundExample]:
    """Formulas of the doc: of each table one, then the next ones; of a doc without any, a count of each table."""
    book = session.book
    by_table = [list(_of_table(book, table)) for table in book.doc.tables.values()]
    rounds = [example for turn in zip_longest(*by_table) for example in turn if example is not None]
    named = list(_named(book))[:_MOST_NAMED]
    found = [*rounds[: _MOST - len(named)], *named]
    counts = (PlaygroundExample(f"rows of {name}", f"{bracketed(name)}.Count()") for name in book.doc.tables)
    return (found or [*counts, PlaygroundExample("a sum", "List(1, 2, 3).Sum()")])[:_MOST]


def _of_table(book: Workbook, table: Table) -> Iterator[PlaygroundExample]:
    for column in table.columns.values():
        if column.formula is None or len(column.formula.text) > _LONGEST_EXAMPLE:
            continue
        number = _telling(book, table, column)
        if number:
            row = book.rows(table.name)[number - 1]
            shown = display(book, row) or f"row {row.id}"
            yield PlaygroundExample(
                f"{table.name}.{column.name}", column.formula.text.strip(), table.name, shown, number
            )


def _telling(book: Workbook, table: Table, column: Column) -> int:
    """The number of the first row in which a column shows something; 0 where none of the first does."""
    for number, row in enumerate(book.rows(table.name)[: min(_ROWS_TRIED, MOST_ROWS)], 1):
        value = book.value(row, column.name)
        if not is_blank(value) and not isinstance(value, Error):
            return number
    return 0


def _named(book: Workbook) -> Iterator[PlaygroundExample]:
    for named in book.doc.formulas.values():
        if len(named.formula.text) <= _LONGEST_EXAMPLE:
            yield PlaygroundExample(named.name, named.formula.text.strip())


_PATH = "playground.md"
SCRIPTS = "assets/codaform/playground/"
"""Where the scripts of the page stand, below the docs and in the built site."""


def playground_page(session: Session) -> Page:
    """The page; it is the same whether the site is built with Python for the browser or without it."""
    environment = Environment(
        loader=PackageLoader("codaform.site", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # it is Markdown: every value goes through a filter
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(escaped=escaped, html=_html)
    doc = session.book.doc
    text = environment.get_template("playground.md.jinja").render(
        name=doc.name,
        script=relative(_PATH, f"{SCRIPTS}page.js"),
        tables=list(doc.tables),
        examples=examples(session),
        clock=notate(session.now, session.book) if session.project.clock else "",
        install=install_command(),
        most=MOST_LETTERS,
        most_rows=MOST_ROWS,
    )
    about = f"Type a formula and see what it gives on the sample rows of {' '.join(doc.name.split())}."
    return Page(_PATH, "Playground", text, about)


def _html(text: object) -> Markup:
    """A value inside of HTML, on one line: an empty line would end the block."""
    return Markup(str(escape(str(text))).replace("\n", "&#10;").replace("\r", "&#13;"))
