"""The state of a document while it is rendered: its workbook, its faults, and its blocks to paste."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Literal

from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.diagnostics.rules import FALSE_FACT, UNKNOWN_DIRECTIVE
from codaform.evaluation.workbook import Workbook
from codaform.markup.values import Look
from codaform.model.display import number_shown
from codaform.model.schema import Column, Doc, Table
from codaform.model.values import Row
from codaform.project import loading
from codaform.project.session import Session
from codaform.site.guides.reading import DirectiveText
from codaform.site.tables.doc_index import DocIndex, index_doc
from codaform.site.tables.grids import page_look
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest

Kind = Literal["csv", "api", "mcp"]
Action = Literal["add", "change", "remove", "press"]


_NO_NUMBER = str.maketrans("", "", ",%")
_POINTS = {"percent": -2}


@dataclass(frozen=True, slots=True)
class PasteBlock:
    """A block that a reader pastes. step: Which of the document's changes it makes, counted from 1. clock: When."""

    kind: Kind
    action: Action
    table: str
    text: str
    step: int
    clock: datetime


@dataclass(frozen=True, slots=True)
class ShownRows:
    """Rows as a document shows them, in the notation of values. step: Behind which change. clock: When."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    step: int
    clock: datetime


class DocumentError(Exception):
    """A fault in a document, with its place."""

    def __init__(self, message: str, span: Span, rule: Rule = FALSE_FACT, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.rule = rule
        self.help = help


@dataclass
class DocumentRun:
    """A document at work. page: The path of its page below the docs. functions: The folder of the function pages.

    calls: Whether changes are shown as CSV and as calls, too. introduced: The sentences
    that the page has said about its blocks.
    """

    session: Session
    source: Source
    page: str
    functions: str
    book: Workbook
    problems: list[Diagnostic] = field(default_factory=list)
    blocks: list[PasteBlock] = field(default_factory=list)
    shown: list[ShownRows] = field(default_factory=list)
    step: int = 0
    calls: bool = True
    introduced: set[str] = field(default_factory=set)

    @property
    def doc(self) -> Doc:
        """The doc as its files say it is."""
        return self.session.project.doc

    @property
    def look(self) -> Look:
        """How values look on the page."""
        return page_look(self.book, self.page)

    @cached_property
    def index(self) -> DocIndex:
        """The index of the doc."""
        return index_doc(self.session, self.functions)

    def say(self, wrong: DocumentError) -> None:
        """Keep a fault."""
        self.problems.append(Diagnostic(wrong.rule, wrong.message, self.source, wrong.span, wrong.help))

    def table(self, name: DirectiveText) -> Table:
        """The table of a name. Raises Wrong."""
        if name.text not in self.doc.tables:
            raise DocumentError(
                f"there is no table {name.text}", name.span, help=_close(name.text, list(self.doc.tables))
            )
        return self.doc.tables[name.text]

    def column(self, path: DirectiveText) -> tuple[Table, Column]:
        """The column of `table.column`. Raises Wrong."""
        dots = [at for at, letter in enumerate(path.text) if letter == "."]
        owners = [
            (self.doc.tables[path.text[:at]], path.text[at + 1 :]) for at in dots if path.text[:at] in self.doc.tables
        ]
        for table, name in owners:
            if name in table.columns:
                return table, table.columns[name]
        for table, name in owners:
            close = _close(name, list(table.columns))
            raise DocumentError(f"table {table.name} has no column {name}", path.span, help=close)
        head = path.text.partition(".")[0]
        if "." not in path.text:
            raise DocumentError(
                f"{path.text} is no column: it is written as table.column", path.span, UNKNOWN_DIRECTIVE
            )
        raise DocumentError(f"there is no table {head}", path.span, help=_close(head, list(self.doc.tables)))

    def row(self, table: Table, display: DirectiveText) -> Row:
        """The row of a table that is displayed as a text. Raises Wrong."""
        row = loading.find_row(self.book, table.name, display.text)
        if row is None:
            close = _close(display.text, loading.displays(self.book, table.name)[:5_000])
            raise DocumentError(f"no row of {table.name} is displayed as {display.text}", display.span, help=close)
        return row


def shown_otherwise(column: Column, value: object, told: str) -> str:
    """Why a typed number is not the one that readers see, as the format cuts it; empty where they see it."""
    if not isinstance(value, float) or column.format.precision is None or column.formula is not None:
        return ""
    try:
        said = Decimal(told)
        seen = Decimal(number_shown(value, column).translate(_NO_NUMBER).strip()).scaleb(_POINTS.get(column.kind, 0))
    except InvalidOperation:
        return ""
    if said == seen or not said.is_finite():
        return ""
    return f"the page shows {number_shown(value, column)} as the format of {column.name} has it, and not {told}"


def _close(name: str, known: list[str]) -> str:
    close = nearest(name, known)
    return did_you_mean(close)


def split_text(whole: DirectiveText, separator: str) -> list[DirectiveText]:
    """The pieces of a text between separators, without the blanks around them."""
    found, at = [], whole.span.start
    for part in whole.text.split(separator):
        inner = part.strip()
        start = at + (len(part) - len(part.lstrip()) if inner else 0)
        found.append(DirectiveText(inner, Span(start, start + len(inner))))
        at += len(part) + len(separator)
    return [piece for piece in found if piece.text]
