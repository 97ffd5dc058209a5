"""The pages that are only looked at, and the parts of pages that are fetched when they are asked for."""

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
from codaform.server.doc import finding
from codaform.server.doc.local_doc import named_value
from codaform.server.page import explaining
from codaform.server.page.addresses import of_owner
from codaform.server.page.boards import board, date_columns
from codaform.server.page.controls import controls
from codaform.server.page.grids import cell, columns_of, grid, heading
from codaform.server.page.page_context import Desk, answer, whole_of

MOST_CHOICES = 50
"""How many rows are offered for a relation at one time."""


def home(desk: Desk, request: Request) -> Response:
    """All docs."""
    return desk.html("home.html", {"docs": desk.workspace.docs(), "base": str(request.base_url)})


def front(desk: Desk, request: Request) -> Response:
    """A doc's front: what it is about, its formulas, its tables, its controls."""
    doc = desk.doc(request.path_params["doc"])
    first = next(iter(doc.record.pages), None)
    text = Markup(to_html(first.lines)) if first is not None else Markup("")
    return desk.page("front.html", doc, request, {"controls": controls(doc), "text": text})


def relations_of_tables(desk: Desk, request: Request) -> Response:
    """How a doc's tables point to each other, as a picture."""
    doc = desk.doc(request.path_params["doc"])
    # Its look is a file of its own: no style may stand inside of a page here. Its texts are escaped by what draws it.
    drawing = Markup(relations(doc.book.doc, lambda name: of_owner(doc, doc.table_id(name)), styled=False))
    return desk.page("map.html", doc, request, {"drawing": drawing})


def picture_style(_: Desk, __: Request) -> Response:
    """How pictures look."""
    return Response(STYLE, media_type="text/css")


def canvas(desk: Desk, request: Request) -> Response:
    """A page of a doc: what is written on it, and its tables."""
    doc = desk.doc(request.path_params["doc"])
    page = next((page for page in doc.record.pages if page.id == request.path_params["page"]), None)
    if page is None:
        raise HTTPException(404, "There is no such page.")
    grids = [grid(doc, table, most=20) for table in doc.record.tables if table.page == page.id]
    # The lines are kept in one form, and what writes them escapes every text and checks every address.
    facts = {"page": page, "text": Markup(to_html(page.lines)), "grids": grids}
    return desk.page("canvas.html", doc, request, facts)


def table(desk: Desk, request: Request) -> Response:
    """A table or a view, as a grid or by week."""
    doc = desk.doc(request.path_params["doc"])
    owner, view = desk.owner(doc, request.path_params["owner"])
    id = view.id if view is not None else owner.id
    dated = date_columns(owner)
    facts = {"table": owner, "view": view, "owner": id, "dated": dated, "base": of_owner(doc, id)}
    by = request.query_params.get("by", "")
    column = next((column for column in dated if column.id == by), None)
    if column is not None:
        week = request.query_params.get("week", "")
        back = f"{of_owner(doc, owner.id)}/r/"
        return desk.page(
            "board.html", doc, request, {**facts, "board": board(doc, owner, view, column, week, back), "by": by}
        )
    return desk.page(
        "table.html", doc, request, {**facts, "grid": grid(doc, owner, view, whole_of(request, "first")), "by": ""}
    )


def row(desk: Desk, request: Request) -> Response:
    """A row with all its cells, one below the other."""
    doc = desk.doc(request.path_params["doc"])
    owner, _ = desk.owner(doc, request.path_params["owner"])
    record = desk.row(doc, owner, request.path_params["row"])
    fields = [
        (heading(doc, owner, column), cell(doc, owner, record, column, 2, whole=True))
        for column in columns_of(owner, None)
    ]
    name = doc.display(Row(owner.name, record.number)) or f"row {record.number}"
    return desk.page("row.html", doc, request, {"table": owner, "row": record, "name": name, "fields": fields})


def formula(desk: Desk, request: Request) -> Response:
    """A named formula, explained."""
    doc = desk.doc(request.path_params["doc"])
    named = finding.formula(doc.record, request.path_params["formula"])
    if named is None:
        raise HTTPException(404, "There is no such formula.")
    name = named.formula.name
    return desk.page("formula.html", doc, request, {"told": explaining.of_formula(doc, name, named_value(doc, name))})


# ------------------------------------------------------------ parts


def explained(desk: Desk, request: Request) -> Response:
    """What there is to say of a cell, for the panel."""
    asked = request.query_params
    doc = desk.doc(request.path_params["doc"])
    owner, _ = desk.owner(doc, asked.get("table", ""))
    record, column = desk.row(doc, owner, asked.get("row", "")), desk.column(owner, asked.get("column", ""))
    return desk.html("panel.html", {"told": explaining.of_cell(doc, owner, record, column), "doc": doc})


def completions(desk: Desk, request: Request) -> Response:
    """The names that a formula may go on with."""
    return answer({"names": names(desk.doc(request.path_params["doc"]).book)})


def choices(desk: Desk, request: Request) -> Response:
    """Rows of a table whose text holds what is looked for, for the control of a relation."""
    doc = desk.doc(request.path_params["doc"])
    owner, _ = desk.owner(doc, request.query_params.get("table", ""))
    wanted = request.query_params.get("text", "").casefold().strip()
    second = next((column for column in columns_of(owner, None)[1:] if column.column.kind == "text"), None)
    found: list[list[str]] = []
    for record in doc.rows[owner.id].values():
        name = doc.display(Row(owner.name, record.number))
        more = doc.value(owner, record, second) if second is not None else ""
        beside = more if isinstance(more, str) else ""
        if name and (wanted in name.casefold() or wanted in beside.casefold()):
            found.append([record.id, name, beside[:80]])
            if len(found) >= MOST_CHOICES:
                break
    return answer({"rows": found})


def entered(desk: Desk, request: Request) -> Response:
    """The whole text of a cell that a grid shows shortened."""
    asked = request.query_params
    doc = desk.doc(request.path_params["doc"])
    owner, _ = desk.owner(doc, asked.get("table", ""))
    record, column = desk.row(doc, owner, asked.get("row", "")), desk.column(owner, asked.get("column", ""))
    value = doc.value(owner, record, column)
    return answer({"text": value if isinstance(value, str) else ""})


def people(desk: Desk, request: Request) -> Response:
    """The people that a doc knows, for the control of a person."""
    doc = desk.doc(request.path_params["doc"])
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


def version(desk: Desk, request: Request) -> Response:
    """How often a doc was changed, so that a page can tell whether it is still what the doc shows."""
    doc = desk.doc(request.path_params["doc"])
    return answer({"version": doc.record.version, "now": doc.book.now.isoformat()})


def _of_people(column: Column) -> bool:
    return column.kind == "person" and not column.computed
