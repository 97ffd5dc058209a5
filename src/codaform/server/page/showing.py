"""The pages to look at, and the parts of pages that the browser fetches later."""

from __future__ import annotations

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from codaform.coda.page.html import to_html
from codaform.evaluation.completion import names
from codaform.model.schema import Column
from codaform.model.values import Person, Row
from codaform.pictures.relations import relations
from codaform.pictures.svg import STYLE
from codaform.semantics.program import FormulaSite
from codaform.server.doc import finding
from codaform.server.doc.local_doc import named_value
from codaform.server.page import explaining
from codaform.server.page.boards import board, date_columns
from codaform.server.page.controls import controls
from codaform.server.page.grids import cell, columns_of, grid, heading
from codaform.server.page.page_context import PageContext, answer, number_of
from codaform.server.page.values import owner_address

_MOST_CHOICES = 50
"""The most rows that the control of a relation lists."""


def home(context: PageContext, request: Request) -> Response:
    """All docs."""
    return context.html("home.html", {"docs": context.workspace.docs(), "base": str(request.base_url)})


def front(context: PageContext, request: Request) -> Response:
    """A doc's front: its description, formulas, tables and controls."""
    doc = context.doc(request.path_params["doc"])
    first = next(iter(doc.record.pages), None)
    text = Markup(to_html(first.lines)) if first is not None else Markup("")
    return context.page("front.html", doc, request, {"controls": controls(doc), "text": text})


def relations_of_tables(context: PageContext, request: Request) -> Response:
    """How a doc's tables point to each other, as a picture."""
    doc = context.doc(request.path_params["doc"])
    # Its style is a separate file, since pages here may have no inline style. The picture escapes its texts.
    drawing = Markup(relations(doc.book.doc, lambda name: owner_address(doc, doc.table_id(name)), styled=False))
    return context.page("map.html", doc, request, {"drawing": drawing})


def picture_style(_: PageContext, __: Request) -> Response:
    """How pictures look."""
    return Response(STYLE, media_type="text/css")


def canvas(context: PageContext, request: Request) -> Response:
    """A page of a doc: its text and its tables."""
    doc = context.doc(request.path_params["doc"])
    page = next((page for page in doc.record.pages if page.id == request.path_params["page"]), None)
    if page is None:
        raise HTTPException(404, "There is no such page.")
    grids = [grid(doc, table, most=20) for table in doc.record.tables if table.page == page.id]
    # `to_html` escapes every text and checks every address of the lines.
    facts = {"page": page, "text": Markup(to_html(page.lines)), "grids": grids}
    return context.page("canvas.html", doc, request, facts)


def table(context: PageContext, request: Request) -> Response:
    """A table or a view, as a grid or by week."""
    doc = context.doc(request.path_params["doc"])
    owner, view = context.owner(doc, request.path_params["owner"])
    id = view.id if view is not None else owner.id
    dated = date_columns(owner)
    facts = {"table": owner, "view": view, "owner": id, "dated": dated, "base": owner_address(doc, id)}
    by = request.query_params.get("by", "")
    column = next((column for column in dated if column.id == by), None)
    if column is not None:
        week = request.query_params.get("week", "")
        back = f"{owner_address(doc, owner.id)}/r/"
        return context.page(
            "board.html", doc, request, {**facts, "board": board(doc, owner, view, column, week, back), "by": by}
        )
    return context.page(
        "table.html", doc, request, {**facts, "grid": grid(doc, owner, view, number_of(request, "first")), "by": ""}
    )


def row(context: PageContext, request: Request) -> Response:
    """A row with all its cells, one below the other."""
    doc = context.doc(request.path_params["doc"])
    owner, _ = context.owner(doc, request.path_params["owner"])
    record = context.row(doc, owner, request.path_params["row"])
    fields = [
        (heading(doc, owner, column), cell(doc, owner, record, column, 2, whole=True))
        for column in columns_of(owner, None)
    ]
    name = doc.display(Row(owner.name, record.number)) or f"row {record.number}"
    return context.page("row.html", doc, request, {"table": owner, "row": record, "name": name, "fields": fields})


def formula(context: PageContext, request: Request) -> Response:
    """A named formula, explained."""
    doc = context.doc(request.path_params["doc"])
    named = finding.formula(doc.record, request.path_params["formula"])
    if named is None:
        raise HTTPException(404, "There is no such formula.")
    name = named.formula.name
    return context.page(
        "formula.html", doc, request, {"explanation": explaining.explain_named(doc, name, named_value(doc, name))}
    )


# ------------------------------------------------------------ parts


def explained(context: PageContext, request: Request) -> Response:
    """The explanation of a cell, for the panel."""
    asked = request.query_params
    doc = context.doc(request.path_params["doc"])
    owner, _ = context.owner(doc, asked.get("table", ""))
    record, column = context.row(doc, owner, asked.get("row", "")), context.column(owner, asked.get("column", ""))
    return context.html("panel.html", {"explanation": explaining.explain_cell(doc, owner, record, column), "doc": doc})


def plan(context: PageContext, request: Request) -> Response:
    """The plan of a column's formula or of a named formula, for its tab."""
    asked = request.query_params
    doc = context.doc(request.path_params["doc"])
    if "formula" in asked:
        site = FormulaSite("named", "", asked["formula"])
    else:
        owner, _ = context.owner(doc, asked.get("table", ""))
        site = FormulaSite("formula", owner.name, context.column(owner, asked.get("column", "")).column.name)
    explained = explaining.explain_plan(doc, site)
    if explained is None:
        raise HTTPException(404, "There is no such formula.")
    return context.html("plan.html", {"plan": explained})


def completions(context: PageContext, request: Request) -> Response:
    """The names that complete a formula."""
    return answer({"names": names(context.doc(request.path_params["doc"]).book)})


def choices(context: PageContext, request: Request) -> Response:
    """The rows of a table that contain a text, for the control of a relation."""
    doc = context.doc(request.path_params["doc"])
    owner, _ = context.owner(doc, request.query_params.get("table", ""))
    wanted = request.query_params.get("text", "").casefold().strip()
    second = next((column for column in columns_of(owner, None)[1:] if column.column.kind == "text"), None)
    found: list[list[str]] = []
    for record in doc.rows[owner.id].values():
        name = doc.display(Row(owner.name, record.number))
        more = doc.value(owner, record, second) if second is not None else ""
        beside = more if isinstance(more, str) else ""
        if name and (wanted in name.casefold() or wanted in beside.casefold()):
            found.append([record.id, name, beside[:80]])
            if len(found) >= _MOST_CHOICES:
                break
    return answer({"rows": found})


def entered(context: PageContext, request: Request) -> Response:
    """The whole text of a cell that a grid shortens."""
    asked = request.query_params
    doc = context.doc(request.path_params["doc"])
    owner, _ = context.owner(doc, asked.get("table", ""))
    record, column = context.row(doc, owner, asked.get("row", "")), context.column(owner, asked.get("column", ""))
    value = doc.value(owner, record, column)
    return answer({"text": value if isinstance(value, str) else ""})


def people(context: PageContext, request: Request) -> Response:
    """The people in a doc, for the control of a person."""
    doc = context.doc(request.path_params["doc"])
    known = {doc.user.name: doc.user.email}
    for owner in doc.record.tables:
        ids = [column.id for column in owner.columns if _of_people(column.column)]
        for record in doc.rows[owner.id].values() if ids else ():
            for id in ids:
                value = record.entered.get(id)
                for person in value if isinstance(value, list) else [value]:
                    if isinstance(person, Person):
                        known.setdefault(person.name, person.email)
    return answer({"people": [[name, email] for name, email in sorted(known.items())]})


def version(context: PageContext, request: Request) -> Response:
    """The number of a doc's changes, from which a page sees whether it is up to date."""
    doc = context.doc(request.path_params["doc"])
    return answer({"version": doc.record.version, "now": doc.book.now.isoformat()})


def _of_people(column: Column) -> bool:
    return column.kind == "person" and not column.computed
