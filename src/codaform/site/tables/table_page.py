"""The page of a table: what it is, its neighbours, its columns, formulas, buttons, views, tests and sample rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from codaform.markup.filling import fill
from codaform.model.schema import Column, Table, View
from codaform.project.file_names import ROWS_FILES
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, Role
from codaform.site.pages import Page
from codaform.site.tables import blocks, expectations, formulas, grids
from codaform.site.tables.blocks import render_template
from codaform.site.tables.diagrams import table_diagram
from codaform.site.tables.doc_index import DocIndex, table_file
from codaform.site.tables.grids import grid, page_look, shown_columns
from codaform.site.tables.places import anchor, column_link, column_place, default_place, table_path, view_place
from codaform.site.tables.press_outcomes import press_outcome
from codaform.source import Source

_MOST_ROWS = 10
"""The most sample rows of a table or a view."""


def table_page(index: DocIndex, table: Table) -> Page:
    """The page of a table."""
    path = table_path(index.doc, table.name)
    columns = list(table.columns.values())
    text = render_template(
        "doc_table.md.jinja",
        table=table,
        from_line=_from(index, table),
        findings=_findings(index, table),
        picture=table_diagram(index.doc, path, table.name),
        columns=_columns(index, path, table),
        computed=[_computed(index, path, table, column) for column in columns if _has_formula(column)],
        buttons=[_button(index, path, table, column) for column in columns if column.kind == "button"],
        defaults=[_default(index, path, table, column) for column in columns if column.default is not None],
        views=[_view(index, path, table, view) for view in table.views],
        tests=_tests(index, path, table),
        rows=_rows(index, path, table),
    )
    return Page(path, table.name, text, _sentence(table))


def _sentence(table: Table) -> str:
    return " ".join(table.about.split()) or f"The table {table.name}."


def _has_formula(column: Column) -> bool:
    return column.formula is not None and column.kind != "button"


def _from(index: DocIndex, table: Table) -> Markup:
    """The file of the table, and the number of its columns, views, rows and tests."""
    made = sum(column.formula is not None for column in table.columns.values())
    said = [
        blocks.count(len(table.columns), "column") + (f", {made:,} computed" if made else ""),
        f"described: {told}" if (told := blocks.described(list(table.columns.values()), "column")) else "",
        blocks.count(len(table.views), "view") if table.views else "",
        blocks.count(len(index.rows(table.name)), "sample row"),
        blocks.count(len(index.tests[table.name]), "data test") if index.tests.get(table.name) else "",
    ]
    file = table_file(index, table.name)
    return blocks.paragraph(
        blocks.joined([*([blocks.code(file)] if file else []), *(one for one in said if one)], " · "), "coda-from"
    )


def _findings(index: DocIndex, table: Table) -> list[Markup]:
    """The findings about the table's own file and about its rows."""
    file = table_file(index, table.name)
    owned = {file.replace("table.yml", name) for name in ("table.yml", *ROWS_FILES)} if file else set()
    said = [
        one
        for name, found in index.found.items()
        for one in found
        if "/".join(name.replace("\\", "/").split("/")[-2:]) in owned
    ]
    return formulas.finding_notes(said[:_MOST_ROWS])


def _columns(index: DocIndex, page: str, table: Table) -> Markup:
    """All columns. Those that people fill are led to here, the others in their own sections."""
    lines = []
    for column in table.columns.values():
        place = column_place(index.doc, table.name, column.name)
        own = _has_formula(column) or column.kind == "button"
        name = column_link(index.doc, page, table.name, column.name, short=True) if own else None
        lines.append(
            blocks.row(
                [
                    fill("{}{}", name or blocks.code(column.name), grids.column_marks(table, column)),
                    grids.type_of(index.doc, page, column) + grids.needed(column, index.tests.get(table.name, ())),
                    grids.filled_by(index.doc, page, table, column),
                    _holds(index, page, table, column, own),
                ],
                "" if own else anchor(place),
            )
        )
    headings = ["Column", "Type", "Filled by", "What it holds"]
    return blocks.facts(headings, lines, f"Columns of {table.name}")


def _holds(index: DocIndex, page: str, table: Table, column: Column, told_below: bool) -> Markup:
    """The description of a column, with its readers if it has no section of its own."""
    about = fill("{}", column.about)
    readers = "" if told_below else formulas.reader_links(index, page, GraphNode("cells", table.name, column.name))
    if not readers:
        return about
    return fill('{}{}<span class="coda-read">Read by {}</span>', about, Markup("<br>") if about else "", readers)


def _computed(index: DocIndex, page: str, table: Table, column: Column) -> Mapping[str, object]:
    assert column.formula is not None
    thing = GraphNode("cells", table.name, column.name)
    return {
        "name": column.name,
        "anchor": anchor(column_place(index.doc, table.name, column.name)),
        "about": column.about,
        "type": _type_line(index, page, column, thing),
        "formula": formulas.formula_section(
            index, page, FormulaSite("formula", table.name, column.name), column.formula, thing, about=column.about
        ),
    }


def _type_line(index: DocIndex, page: str, column: Column, thing: GraphNode) -> Markup:
    needs = index.needs.get(thing)
    volatile = needs is not None and needs.volatile
    said = [grids.type_of(index.doc, page, column)]
    said += [blocks.mark("volatile", grids.VOLATILE)] if volatile else []
    return blocks.paragraph(blocks.joined(said, " "), "coda-type")


def _button(index: DocIndex, page: str, table: Table, column: Column) -> Mapping[str, object]:
    parts: tuple[tuple[str, Role, Source | None], ...] = (
        ("When it is pressed", "action", column.action),
        ("It cannot be pressed if", "disable_if", column.disable_if),
        ("It shows", "formula", column.formula),
    )
    sections = []
    for heading, role, source in parts:
        if source is not None:
            place, outcome = FormulaSite(role, table.name, column.name), _outcome(index, page, table, column, role)
            about = column.about if role == "action" else ""
            section = formulas.formula_section(index, page, place, source, outcome=outcome, about=about)
            sections.append((heading, section))
    label = fill('<span class="coda-button">{}</span>', column.label or column.name)
    return {
        "name": column.name,
        "anchor": anchor(column_place(index.doc, table.name, column.name)),
        "about": column.about,
        "label": blocks.paragraph(label, "coda-type"),
        "sections": sections,
    }


def _outcome(index: DocIndex, page: str, table: Table, column: Column, role: Role) -> list[Markup]:
    match role:
        case "action":
            return press_outcome(index, page, table, column.name)
        case "disable_if":
            return [_off(index, page, table, column)]
    return []


def _off(index: DocIndex, page: str, table: Table, column: Column) -> Markup:
    bound = index.session.program.formulas[FormulaSite("disable_if", table.name, column.name)]
    rows = index.rows(table.name)
    off = [row for row in rows if index.book.evaluate(bound, row) is True]
    said = f"Now it is off in {len(off)} of {blocks.count(len(rows), 'sample row')}"
    chip = page_look(index.book, page).chip
    named = blocks.joined([chip(row) for row in off[:_MOST_ROWS]], " ")
    return blocks.paragraph(fill("{}{}", said, fill(": {}", named) if off else "."), "coda-small")


def _default(index: DocIndex, page: str, table: Table, column: Column) -> Mapping[str, object]:
    assert column.default is not None
    place = FormulaSite("default", table.name, column.name)
    where = anchor(default_place(index.doc, table.name, column.name))
    return {
        "name": column.name,
        "anchor": where,
        "formula": formulas.formula_section(index, page, place, column.default),
    }


def _view(index: DocIndex, page: str, table: Table, view: View) -> Mapping[str, object]:
    thing = GraphNode("view", table.name, view.name)
    rows = index.rows(view.name)
    shown = [_how_many(len(rows))]
    if rows:
        columns = shown_columns(table, view.columns)
        shown.append(grid(page_look(index.book, page), table, rows[:_MOST_ROWS], columns, page=page))
    if view.filter is None:
        told = [*shown, *formulas.formula_links(index, page, None, thing)]
    else:
        place = FormulaSite("filter", table.name, view.name)
        told = [formulas.formula_section(index, page, place, view.filter, thing, shown, view.about)]
    return {
        "name": view.name,
        "anchor": anchor(view_place(index.doc, table.name, view.name)),
        "about": view.about,
        "facts": blocks.paragraph(blocks.joined(list(_view_facts(index, page, table, view)), " · "), "coda-type"),
        "told": told,
    }


def _view_facts(index: DocIndex, page: str, table: Table, view: View) -> Iterator[Markup | str]:
    yield "rows for which its filter is true" if view.filter is not None else "all rows"
    if view.sort:
        by = column_link(index.doc, page, table.name, view.sort, short=True)
        yield fill("sorted by {}{}", by, ", the largest first" if view.descending else "")
    if view.limit is not None:
        yield f"the first {view.limit:,}"
    yield blocks.count(len(view.columns), "column") if view.columns else "all columns"


def _how_many(rows: int) -> Markup:
    if not rows:
        return blocks.paragraph("Currently it shows no row.", "coda-small")
    said = blocks.count(rows, "row") + (f", the first {_MOST_ROWS} of them" if rows > _MOST_ROWS else "")
    return blocks.paragraph(f"Currently {said}:", "coda-small")


def _tests(index: DocIndex, page: str, table: Table) -> Mapping[str, object] | None:
    tests = index.tests.get(table.name, ())
    if not tests:
        return None
    places = expectations.test_places(index.doc, table.name, tests)
    return {
        "table": expectations.test_table(index, page, tests, places),
        "formulas": [
            {
                "name": test.name,
                "anchor": anchor(places[test.name]),
                "about": test.about,
                "formula": formulas.formula_section(
                    index, page, FormulaSite("test", table.name, test.name), test.formula, about=test.about
                ),
            }
            for test in tests
            if test.formula is not None
        ],
    }


def _rows(index: DocIndex, page: str, table: Table) -> Mapping[str, object] | None:
    rows = index.rows(table.name)
    if not rows or not table.columns:
        return None
    shown = grid(page_look(index.book, page), table, rows[:_MOST_ROWS], shown_columns(table), page=page)
    more = f"The first {_MOST_ROWS} of {len(rows):,} rows." if len(rows) > _MOST_ROWS else ""
    return {"grid": shown, "more": blocks.paragraph(more, "coda-small") if more else ""}
