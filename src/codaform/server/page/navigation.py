"""What stands beside every page of a doc: its pages, with the tables, views and formulas that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codaform.markup.values import shown
from codaform.model.schema import formula_column
from codaform.server.doc.local_doc import LocalDoc, named_value
from codaform.server.doc.records import PageRecord
from codaform.server.page.addresses import of_doc, of_owner
from codaform.server.page.values import look


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list. kind: The name of its icon. value: Of a formula, what it gives, as HTML."""

    kind: str
    name: str
    address: str
    level: int
    value: str = ""


def entries(doc: LocalDoc) -> list[Entry]:
    """The list from top to bottom. A page that is nothing but its one table is that table."""
    found = [Entry("doc", doc.record.name, of_doc(doc), 0)]
    placed: set[str] = set()
    front = next(iter(doc.record.pages), None)
    known = {page.id for page in doc.record.pages}

    def tables(page: str, level: int) -> None:
        for table in doc.record.tables:
            if table.page == page and table.id not in placed:
                placed.add(table.id)
                found.append(Entry("table", table.name, of_owner(doc, table.id), level))
                found.extend(Entry("view", view.view.name, of_owner(doc, view.id), level + 1) for view in table.views)

    def below(pages: Sequence[PageRecord], level: int) -> None:
        for page in pages:
            inner = [other for other in doc.record.pages if other.parent == page.id and other is not page]
            own = [table.name for table in doc.record.tables if table.page == page.id]
            plain = own == [page.name] and not page.lines and not inner
            is_front = page is front and not page.lines and page.name == doc.record.name
            if not plain and not is_front:
                found.append(Entry("page", page.name, f"{of_doc(doc)}/p/{page.id}", level))
            deeper = level if plain or is_front else level + 1
            tables(page.id, deeper)
            if level < 8:
                below(inner, deeper)

    below([page for page in doc.record.pages if page.parent not in known], 0)
    for table in doc.record.tables:
        tables(table.page, 0)
    return found


def formulas(doc: LocalDoc) -> list[Entry]:
    """The named formulas with what they give."""
    return [
        Entry(
            "formula",
            named.formula.name,
            f"{of_doc(doc)}/f/{named.id}",
            0,
            shown(look(doc), named_value(doc, named.formula.name), formula_column(named.formula)),
        )
        for named in doc.record.formulas
    ]
