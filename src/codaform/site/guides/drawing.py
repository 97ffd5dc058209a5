"""The directive that draws: tables and relations, what is computed from what, a time line, a chart."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime

from codaform.diagnostics.rules import UNKNOWN_DIRECTIVE
from codaform.model.display import number_shown
from codaform.model.schema import Column, Table
from codaform.model.values import Row
from codaform.pictures.bars import Pair, bar_chart, xychart
from codaform.pictures.dependencies import all_formulas, all_things, dependencies, nearby_things, thing_name
from codaform.pictures.deviations import Deviation, deviation_chart, deviations, signed_percent
from codaform.pictures.levels import level_pairs, levels
from codaform.pictures.mermaid import flowchart
from codaform.pictures.timeline import Band, TimelineItem, bands_around, gantt, is_between, timeline
from codaform.project import loading
from codaform.semantics.dependencies import GraphNode
from codaform.site.guides.reading import Directive, DirectiveText
from codaform.site.guides.run import DocumentError, DocumentRun, split_text
from codaform.site.tables import blocks, diagrams
from codaform.site.tables.places import table_path, thing_place
from codaform.source import Span


def draw_picture(run: DocumentRun, directive: Directive) -> str:
    """A picture with its Mermaid source folded below it. Raises Wrong."""
    kind, _, name = directive.argument.text.partition(" ")
    draw = _PICTURES.get(kind)
    if draw is None:
        message = f"there is no picture {kind}" if kind else "the kind of picture is not named"
        raise DocumentError(message, directive.argument.span, UNKNOWN_DIRECTIVE, f"there are {', '.join(_PICTURES)}")
    end = directive.argument.span.end
    return draw(run, directive, DirectiveText(name.strip(), Span(end - len(name.strip()), end)))


def _relations(run: DocumentRun, _: Directive, __: DirectiveText) -> str:
    return str(diagrams.doc_diagram(run.doc, run.page))


def _levels(run: DocumentRun, directive: Directive, name: DirectiveText) -> str:
    """Tables above each other, in the order of their names between `>`."""
    names = [run.table(one).name for one in split_text(name, ">")]
    if len(names) < 2 or len(set(names)) < len(names):
        raise DocumentError("levels names tables, as in a > b > c", directive.argument.span, UNKNOWN_DIRECTIVE)
    drawn = levels(run.doc, names, lambda table: blocks.address(run.page, table_path(run.doc, table)), styled=False)
    return str(diagrams.framed_picture(drawn, flowchart(*level_pairs(run.doc, names), down=True)))


def _neighbourhood(run: DocumentRun, _: Directive, name: DirectiveText) -> str:
    return str(diagrams.table_diagram(run.doc, run.page, run.table(name).name))


def _formulas(run: DocumentRun, _: Directive, __: DirectiveText) -> str:
    needs = run.index.needs
    things, pairs, _more = all_things(needs)
    return str(
        diagrams.framed_picture(all_formulas(run.doc, needs, _leads(run), styled=False), _flowchart(things, pairs))
    )


def _dependencies(run: DocumentRun, _: Directive, name: DirectiveText) -> str:
    if name.text in run.doc.formulas:
        thing = GraphNode("named", "", name.text)
    else:
        table, column = run.column(name)
        thing = GraphNode("cells", table.name, column.name)
    things, pairs, _more = nearby_things(run.index.needs, thing)
    drawn = dependencies(run.doc, run.index.needs, thing, _leads(run), styled=False)
    return str(diagrams.framed_picture(drawn, _flowchart(things, pairs)))


def _flowchart(things: Sequence[GraphNode], pairs: Sequence[tuple[GraphNode, GraphNode]]) -> str:
    return flowchart(
        [thing_name(thing) for thing in things], [(thing_name(read), thing_name(reader)) for read, reader in pairs]
    )


def _leads(run: DocumentRun) -> Callable[[GraphNode], str]:
    return lambda thing: blocks.address(run.page, thing_place(run.doc, thing))


# ------------------------------------------------------------ time

_SPANS = 3
_MOST_SPANS = 60


def _timeline(run: DocumentRun, directive: Directive, _: DirectiveText) -> str:
    """Bands from one table, items from another, as far as their cells hold days."""
    spans, first, last = _columns(run, directive, "bands", 2)
    things, begins, ends = _columns(run, directive, "items", 2)
    belongs: dict[Row, str] = {}
    if "holds" in directive.options:
        holder, held = run.column(directive.options["holds"])
        for row in run.book.rows(holder.name):
            value = run.book.value(row, held.name)
            for item in value if isinstance(value, list) else []:
                belongs.setdefault(item, _label(run, row))
    bands = []
    for row in run.book.rows(spans.name):
        start, end = _day(run, row, first), _day(run, row, last)
        if start is not None and end is not None and start <= end:
            bands.append(Band(_label(run, row), start, end))
    items, without = [], 0
    label = run.column(directive.options["label"])[1] if "label" in directive.options else None
    for row in run.book.rows(things.name):
        start = _day(run, row, begins)
        if start is None:
            without += 1
            continue
        more = loading.display(run.book, row)
        if label is not None:
            more = f"{more} {_text(run, row, label)}".strip()
        items.append(TimelineItem(more, start, _day(run, row, ends), belongs.get(row, "")))
    bands.sort(key=lambda band: (band.first, band.label))
    today = run.book.now.date()
    shown = bands_around(bands, today, _spans(directive))
    inside = [one for one in items if not shown or is_between(one, shown[0].first, shown[-1].last)]
    title = f"{things.name} in {spans.name}"
    words = f"belongs to a row of {spans.name}", "belongs to none"
    drawn = timeline(shown, inside, title, today=today, words=words, styled=False)
    said = []
    if len(items) > len(inside):
        said.append(f"{blocks.count(len(items) - len(inside), 'row')} of {things.name} before or after these days.")
    if without:
        said.append(f"{blocks.count(without, 'row')} of {things.name} without a day.")
    notes = [str(blocks.paragraph(" ".join(said), "coda-small"))] if said else []
    return "\n\n".join([str(diagrams.framed_picture(drawn, gantt(shown, inside, title))), *notes])


def _spans(directive: Directive) -> int:
    """How many bands around the present day are shown."""
    wanted = directive.options.get("spans")
    if wanted is None:
        return _SPANS
    if not wanted.text.isdecimal() or not 0 < int(wanted.text[:4]) <= _MOST_SPANS:
        raise DocumentError(f":spans: is a number up to {_MOST_SPANS}", wanted.span, UNKNOWN_DIRECTIVE)
    return int(wanted.text[:4])


def _columns(run: DocumentRun, directive: Directive, option: str, count: int) -> tuple[Table, Column, Column]:
    """The table and the two columns of an option `table: first, last`."""
    form = f":{option}: is written as table: column, column"
    if option not in directive.options:
        raise DocumentError(f"{form}, and is missing", directive.span, UNKNOWN_DIRECTIVE)
    whole_ = directive.options[option]
    parts = split_text(whole_, ":")
    named = split_text(parts[1], ",") if len(parts) == 2 else []
    if len(named) != count:
        raise DocumentError(form, whole_.span, UNKNOWN_DIRECTIVE)
    table = run.table(parts[0])
    for name in named:
        if name.text not in table.columns:
            raise DocumentError(f"table {table.name} has no column {name.text}", name.span)
    return table, table.columns[named[0].text], table.columns[named[1].text]


def _day(run: DocumentRun, row: Row, column: Column) -> date | None:
    value = run.book.value(row, column.name)
    if isinstance(value, datetime):
        return value.astimezone(run.book.zone).date() if value.tzinfo else value.date()
    return value if isinstance(value, date) else None


def _label(run: DocumentRun, row: Row) -> str:
    return loading.display(run.book, row) or f"row {row.id}"


def _text(run: DocumentRun, row: Row, column: Column) -> str:
    value = run.book.value(row, column.name)
    return value if isinstance(value, str) else ""


# ------------------------------------------------------------ numbers


def _bars(run: DocumentRun, directive: Directive, name: DirectiveText) -> str:
    """Two number columns of a table, side by side; a third one in percent at the right."""
    table = run.table(name)
    if "values" not in directive.options:
        message = ":values: names two number columns, and is missing"
        raise DocumentError(message, directive.span, UNKNOWN_DIRECTIVE)
    columns = split_text(directive.options["values"], ",")
    note = directive.options.get("percent")
    for column in [*columns, *([note] if note is not None else [])]:
        if column.text not in table.columns:
            raise DocumentError(f"table {table.name} has no column {column.text}", column.span)
    if len(columns) != 2:
        raise DocumentError(":values: names two number columns", directive.options["values"].span, UNKNOWN_DIRECTIVE)
    first, second = columns
    shares = table.columns[note.text] if note is not None else None
    pairs = []
    for row in run.book.rows(table.name):
        percent = _number(run, row, shares.name) if shares is not None else None
        said = signed_percent(percent, _as_shown(shares)) if percent is not None and shares is not None else ""
        pairs.append(Pair(_label(run, row), _number(run, row, first.text), _number(run, row, second.text), said))
    names, title = (first.text, second.text), f"{first.text} and {second.text} of {table.name}"
    tell = _as_shown(table.columns[first.text]), _as_shown(table.columns[second.text])
    drawn = bar_chart(pairs, names, title, tell=tell, link=_to_table(run, table), styled=False)
    return str(diagrams.framed_picture(drawn, xychart(pairs, names, title)))


def _deviations(run: DocumentRun, directive: Directive, name: DirectiveText) -> str:
    """A column of counts of percent: how far each row is off, and the band that is fine."""
    table = run.table(name)
    for option in ("percent", "fine"):
        if option not in directive.options:
            raise DocumentError(f":{option}: is missing", directive.span, UNKNOWN_DIRECTIVE)
    wanted, fine = directive.options["percent"], directive.options["fine"]
    if wanted.text not in table.columns:
        raise DocumentError(f"table {table.name} has no column {wanted.text}", wanted.span)
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4})?", fine.text) or not float(fine.text):
        raise DocumentError(":fine: is a number of percent above 0", fine.span, UNKNOWN_DIRECTIVE)
    column, title = table.columns[wanted.text], f"{wanted.text} of {table.name}"
    items = [Deviation(_label(run, row), _number(run, row, column.name)) for row in run.book.rows(table.name)]
    drawn = deviations(items, title, float(fine.text), tell=_as_shown(column), link=_to_table(run, table), styled=False)
    return str(diagrams.framed_picture(drawn, deviation_chart(items, column.name, title)))


def _to_table(run: DocumentRun, table: Table) -> Callable[[str], str]:
    return lambda _: blocks.address(run.page, table_path(run.doc, table.name))


def _as_shown(column: Column) -> Callable[[float], str]:
    """How the cells of a column show a number, so that a picture tells no other one."""
    return lambda value: number_shown(value, column)


def _number(run: DocumentRun, row: Row, column: str) -> float | None:
    value = run.book.value(row, column)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


_PICTURES: dict[str, Callable[[DocumentRun, Directive, DirectiveText], str]] = {
    "relations": _relations,
    "levels": _levels,
    "neighbourhood": _neighbourhood,
    "formulas": _formulas,
    "dependencies": _dependencies,
    "timeline": _timeline,
    "bars": _bars,
    "deviations": _deviations,
}
