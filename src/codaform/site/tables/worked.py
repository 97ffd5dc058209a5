"""A formula worked through for one row, and the block from which a page shows its parts and lets a reader try it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from markupsafe import Markup

from codaform.markup.explanation import explain_in_words, parts_data
from codaform.markup.filling import fill
from codaform.markup.values import Look, value_html
from codaform.model.schema import Column
from codaform.model.values import Row, is_blank
from codaform.project.loading import display
from codaform.project.session import Session
from codaform.prose.narrator import bare, is_call
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite
from codaform.site.tables import blocks
from codaform.source import Source

_MOST_INPUTS = 6
"""The most inputs of a row that are shown; with more, none is: the tooltips have them all."""

_BLANK = Markup('<span class="blank">blank</span>')


def worked_line(look: Look, bound: Bound, row: Row | None, value: object, column: Column) -> Markup:
    """One row worked through: its inputs, the value, and how the first matching row of a list matches.

    row: None for a formula without a row. column: The column of the value, or one like it.
    """
    given = value_html(look, value, column) or _BLANK
    if row is None:
        return blocks.paragraph(fill("It gives {}", given), "coda-example")
    name = fill('<span class="chip">{}</span>', display(look.book, row) or f"row {row.id}")
    inputs = _cells(look, row, _columns_of(bound.body, 0))
    said = fill("In {}{} it gives {}", name, fill(", with {},", inputs) if inputs else "", given)
    return blocks.paragraph(said + _match(look, bound, value), "coda-example")


def _match(look: Look, bound: Bound, value: object) -> Markup:
    """The cells by which the first row of a filtered list was found."""
    body = bare(bound.body)
    if not (isinstance(body, ir.Call) and is_call(body, "Filter") and isinstance(value, list) and value):
        return Markup("")
    first = value[0]
    slot = next((one.slot for one in body.args if isinstance(one, ir.Lambda) and one.slot is not None), None)
    if slot is None or not isinstance(first, Row):
        return Markup("")
    cells = _cells(look, first, _columns_of(body, slot))
    return fill("<br>{} matches: {}", look.chip(first), cells) if cells else Markup("")


def _columns_of(body: ir.Node, slot: int) -> list[str]:
    """The columns that a formula reads of the row in a slot, in the order of the text."""
    read = [node for node in ir.parts(body) if isinstance(node, ir.Field)]
    own = [node for node in read if isinstance(row := bare(node.row), ir.Local) and row.slot == slot]
    return list(dict.fromkeys(node.column for node in sorted(own, key=lambda node: node.span.start)))


def _cells(look: Look, row: Row, columns: Sequence[str]) -> Markup:
    """Columns of a row with their values, as part of a sentence."""
    if not 0 < len(columns) <= _MOST_INPUTS:
        return Markup("")
    known = look.book.doc.tables[row.table].columns
    told = []
    for name in columns:
        value = look.book.value(row, name)
        if isinstance(value, float) and known[name].kind == "number":
            # The column's format may hide what makes the difference.
            shown = value_html(look, round(value, 2))
        else:
            shown = _BLANK if is_blank(value) else value_html(look, value, known[name], most=3)
        told.append(fill("{} {}", blocks.code(name), shown))
    return blocks.joined(told[:-1]) + (" and " if len(told) > 1 else "") + told[-1]


def live_block(session: Session, place: FormulaSite, source: Source, row: Row | None, look: Look) -> Markup:
    """What a page needs to show the parts of the formula above it, and to try it in the playground.

    row: The row of the values; None for a formula without a row, or for parts without values.
    """
    parts = parts_data(source.text, explain_in_words(session, place, row, look.book))
    data = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    name = number = ""
    if row is not None:
        name = display(look.book, row)
        sample = session.book.rows(row.table)
        number = next((str(at) for at, one in enumerate(sample, 1) if one.id == row.id), "")
    return blocks.line(
        fill(
            '<div class="coda-live" data-table="{}" data-row="{}" data-number="{}" data-parts="{}"></div>',
            place.table if row is not None else "",
            name,
            number,
            data,
        )
    )
