"""What a person has to make in Coda, as a sheet to work through: where to click, what to paste, what comes of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.resources import files

from codaform.deploy.planning.changes import (
    AddColumn,
    AddControl,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    SetAction,
    SetControl,
    SetDefault,
    SetDescription,
    SetDisplay,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetOptions,
    SetOrder,
    SetView,
)
from codaform.deploy.planning.plan import Plan, Step
from codaform.deploy.planning.reports import escaped, fence
from codaform.deploy.planning.wording import CONTROLS, title
from codaform.deploy.remote.columns import made_by, shaped
from codaform.model import types
from codaform.model.conversion import to_text
from codaform.model.formats import format_text
from codaform.model.schema import CONTROL_TYPES, Column, Control, Doc, formula_type, value_type
from codaform.model.values import Error, Fault
from codaform.project import loading
from codaform.project.session import Session

_FOLDER = "templates"
_LONGEST_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Paste:
    """A text to be pasted. label: Into what."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A thing to be made.

    clicks: What to do, step by step. gives: Which type of value comes of it. sample: A row of the folder with the value
    that it should show. done: Whether it was read back. possible: Whether a person can make it.
    """

    title: str
    why: str
    clicks: tuple[str, ...]
    pastes: tuple[Paste, ...] = ()
    gives: str = ""
    sample: str = ""
    done: bool = False
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is to be made, in order. look: What no API tells, and a person looks at once."""

    heading: str
    items: tuple[Item, ...]
    look: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many things are not there yet."""
        return sum(not item.done for item in self.items)


def sheet(plan: Plan, session: Session, left: Collection[str] | None = None) -> Sheet:
    """The sheet for the steps of a plan, all of which a person makes.

    left: The titles of the steps that the last reading did not find; None where nothing was read since.
    """
    doc = session.project.doc
    items = tuple(_item(step, session, left is not None and title(step.change) not in left) for step in plan.steps)
    look = (
        f"The doc's settings: the time zone {doc.time_zone}, the week beginning on {_DAYS[doc.first_day_of_week - 1]}",
        *plan.notes,
    )
    return Sheet(f"{plan.doc_name} ({plan.environment})", items, look)


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


# ------------------------------------------------------------ one thing


def _item(step: Step, session: Session, done: bool) -> Item:
    change, doc = step.change, session.project.doc
    clicks, pastes = _clicks(change, doc)
    gives, sample = _expected(change, session)
    return Item(title(change), step.why_route, clicks, pastes, gives, sample, done, step.route != "unsupported")


def _clicks(change: Change, doc: Doc) -> tuple[tuple[str, ...], tuple[Paste, ...]]:
    """Where to click, and what to paste there."""
    match change:
        case AddTable(table):
            first = next(iter(doc.tables[table.name].columns), "")
            return (
                (
                    "On the page where the table is to stand, type /table and choose a blank table",
                    f"Name it {table.name}, and rename its first column to {first}",
                    "Delete the other columns that it came with; the next items add those of the folder",
                    *(f"Add the column {column.name}: {_kind(column)}" for column in table.columns.values()),
                ),
                (Paste("name", table.name),),
            )
        case RenameTable(before, after):
            return (f"Click the name of the table {before} and type the new one",), (Paste("name", after),)
        case DropTable(name):
            return (f"Open the menu of the table {name} (⋮ above it) and choose Delete",), ()
        case AddColumn(table, column):
            return _new_column(table, column, doc)
        case DropColumn(table, name):
            return (f"{_header(table, name)} and choose Delete column",), ()
        case RenameColumn(table, before, after):
            return (f"{_header(table, before)}, choose Rename",), (Paste("name", after),)
        case SetFormula(table, name, _, None):
            return (f"{_header(table, name)}, choose Edit formula, delete the formula, and press Enter",), ()
        case SetFormula(table, name, _, after):
            return (f"{_header(table, name)}, choose Edit formula, paste, and press Enter",), _formula(after)
        case SetDefault(table, name, _, None):
            return (f"{_header(table, name)}, open Value for new rows, and clear it",), ()
        case SetDefault(table, name, _, after):
            return (f"{_header(table, name)}, open Value for new rows, paste, and press Enter",), _formula(after)
        case SetAction(table, name, _, button):
            pastes = (Paste("label", button.label), Paste("action", button.action or ""))
            condition = (Paste("disable if", button.disable_if),) if button.disable_if else ()
            return (f"{_header(table, name)}, choose Edit column, and fill in the button",), (*pastes, *condition)
        case SetFormat(table, name, _, shape):
            return (f"{_header(table, name)}, choose Column type, and there {_kind(shaped(name, shape))}",), ()
        case SetOptions(table, name, _, options):
            clicks = f"{_header(table, name)}, choose Edit column, and make these the options, a line each"
            return (clicks,), (Paste("options", "\n".join(options)),)
        case SetDescription(table, name, _, about):
            return (f"{_header(table, name)}, choose Add description",), (Paste("description", about),)
        case SetDisplay(table, _, name):
            return (f"{_header(table, name)} and choose Set as display column",), ()
        case SetOrder(table):
            order = ", ".join(doc.tables[table].columns)
            return (f"In the table {table}, drag the headers into this order: {order}",), ()
        case AddView(view) | SetView(_, view):
            first = f"Type /{view.table} on a page and choose a new view of it"
            if isinstance(change, SetView):
                first = f"Open the options of the view {change.before.name}"
            order = f"Sort by {view.sort}, {'descending' if view.descending else 'ascending'}" if view.sort else ""
            shown = f"Show only, in this order: {', '.join(view.columns)}" if view.columns else ""
            limit = f"Let it show {view.limit} rows at most" if view.limit is not None else ""
            named = Paste("name", view.name)
            filtered = (Paste("filter", view.filter.text.strip()),) if view.filter is not None else ()
            told = "Add a filter, choose its formula, and paste" if filtered else ""
            return tuple(line for line in (first, told, order, shown, limit) if line), (named, *filtered)
        case DropView(_, name):
            return (f"Open the menu of the view {name} and choose Delete; the rows stay",), ()
        case AddFormula(formula):
            clicks = "On a page, type =, paste, press Enter, then name the formula in its menu"
            return (clicks,), (Paste("name", formula.name), *_formula(formula.formula.text.strip()))
        case SetNamedFormula(before, formula):
            renamed = (Paste("name", formula.name),) if before.name != formula.name else ()
            clicks = f"Click the named formula {before.name}, edit it, paste, and press Enter"
            return (clicks,), (*renamed, *_formula(formula.formula.text.strip()))
        case DropFormula(name):
            return (f"Click the named formula {name} and delete it",), ()
        case AddControl(new, first):
            kind = CONTROLS.get(new.kind, new.kind)
            return (f"On a page, type /{kind}, choose it, and set it up", *_set_up(new, first)), _to_paste(new)
        case SetControl(old, control):
            clicks = f"Click the control {old.name}, open its settings, and make it what the folder says"
            return (clicks, *_set_up(control, ())), _to_paste(control)
        case DropControl(name):
            return (f"Click the control {name} and delete it",), ()


def _set_up(control: Control, first: tuple[str, ...]) -> tuple[str, ...]:
    """What there is to choose of a control."""
    lines = (
        f"Let it show rows of the table {control.to}" if control.to else "",
        "Allow several values" if control.many else "",
        "Make these the options, a line each" if control.options else "",
        "Let a formula give its options: paste it" if control.choices is not None else "",
        f"Show its value as {_format(control)}" if control.format else "",
        f"Set it to {', '.join(first)}" if first else "",
    )
    return tuple(line for line in lines if line)


def _format(control: Control) -> str:
    return format_text(CONTROL_TYPES[control.kind], control.format)


def _to_paste(control: Control) -> tuple[Paste, ...]:
    label = (control.label or control.name) if control.kind == "button" else ""
    texts = (("options", control.choices), ("action", control.action), ("disable if", control.disable_if))
    plain = (("name", control.name), ("label", label), ("options", "\n".join(control.options)))
    formulas = ((what, source.text.strip()) for what, source in texts if source is not None)
    return tuple(Paste(what, text) for what, text in (*plain, *formulas) if text)


def _new_column(table: str, column: Column, doc: Doc) -> tuple[tuple[str, ...], tuple[Paste, ...]]:
    first = f"In the table {table}, press + at the right end of the headers"
    names = [*doc.tables[table].columns] if table in doc.tables else []
    before = names[names.index(column.name) - 1] if column.name in names[1:] else ""
    if before and names[-1] != column.name:
        first = f"{_header(table, before)} and choose Add column right"
    if column.kind == "button":
        pastes = [Paste("name", column.name), Paste("label", column.label or column.name)]
        pastes += [Paste("action", column.action.text.strip())] if column.action is not None else []
        pastes += [Paste("disable if", column.disable_if.text.strip())] if column.disable_if is not None else []
        return (first, "Choose Button, name the column, and fill in the button"), tuple(pastes)
    text = made_by(column, doc.tables[table], doc) if table in doc.tables else None
    name = Paste("name", column.name)
    clicks = [first, f"Choose {_kind(column)}, and name the column"]
    if column.options:
        clicks.append("Make these the options, a line each")
    options = (Paste("options", "\n".join(column.options)),) if column.options else ()
    about = (Paste("description", column.about),) if column.about else ()
    if text is not None:
        clicks.append("Choose Edit formula, paste, and press Enter")
    if column.display:
        clicks.append("Make it the display column: menu of the header, Set as display column")
    return tuple(clicks), (name, *options, *_formula(text), *about)


def _header(table: str, column: str) -> str:
    return f"In the table {table}, open the menu of the header {column}"


def _formula(text: str | None) -> tuple[Paste, ...]:
    return (Paste("formula", text),) if text else ()


_KINDS = {
    "checkbox": "Checkbox",
    "toggle": "Toggle",
    "select": "Select list",
    "relation": "Relation",
    "person": "People",
    "datetime": "Date and time",
    "created_on": "Created on",
    "created_by": "Created by",
    "modified_on": "Modified on",
    "modified_by": "Modified by",
    "row_id": "Row ID",
    "file": "File",
}


def _kind(column: Column) -> str:
    """A column type by the name that the menu of Coda has for it."""
    kind = _KINDS.get(column.kind, column.kind.replace("_", " ").capitalize())
    target = f" to {column.to}" if column.to else ""
    many = ", several values allowed" if column.many else ""
    shown_as = format_text(column.kind, column.format)
    return f"{kind}{target}{many}{f', shown as {shown_as}' if shown_as else ''}"


# ------------------------------------------------------------ what comes of it


def _expected(change: Change, session: Session) -> tuple[str, str]:
    """Which type of value a thing gives, and what it shows with the sample rows."""
    doc = session.project.doc
    match change:
        case AddFormula(formula) | SetNamedFormula(_, formula):
            value = _shown(session, lambda: session.book.named(formula.name))
            return types.describe(formula_type(formula)), f"{formula.name} shows {value}" if value else ""
        case AddColumn(table, column):
            name = column.name
        case SetFormula(table, name) | SetDefault(table, name) | SetFormat(table, name):
            pass
        case _:
            return "", ""
    found = doc.tables[table].columns.get(name) if table in doc.tables else None
    if found is None:
        return "", ""
    gives = types.describe(value_type(found))
    if isinstance(change, SetDefault) or not found.computed or found.kind == "button":
        return gives, ""
    for row in session.book.rows(table):
        value = _shown(session, lambda row=row: session.book.value(row, name))  # type: ignore[misc]
        if value:
            return gives, f"{loading.display(session.book, row)} shows {value}"
    return gives, ""


def _shown(session: Session, compute: Callable[[], object]) -> str:
    """A value as a cell shows it; empty for a blank, and for one that cannot be had."""
    try:
        value = compute()
        text = "" if isinstance(value, Error) else to_text(value, session.book) or ""
    except Fault:
        return ""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_SAMPLE else f"{flat[: _LONGEST_SAMPLE - 1]}…"


# ------------------------------------------------------------ as pages


def as_markdown(known: Sheet) -> str:
    """The sheet as Markdown, with a box to tick at each item."""
    return _rendered("paste_sheet.md", known, autoescape=False)


def as_html(known: Sheet) -> str:
    """The sheet as one page of HTML that needs nothing else, with a button to copy each text."""
    script, style = _file("paste_sheet.js"), _file("paste_sheet.css")
    return _rendered(
        "paste_sheet.html", known, True, script=script, style=style, sums={"script": _sum(script), "style": _sum(style)}
    )


def _rendered(template: str, known: Sheet, autoescape: bool, **facts: object) -> str:
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader({template: _file(template)}),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(sheet=known, escaped=escaped, fence=fence, **facts)


def _file(name: str) -> str:
    return (files("codaform.deploy.applying") / _FOLDER / name).read_text("utf-8")


def _sum(text: str) -> str:
    """What the page's own rules know its script and its style by, so that no other one runs."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
