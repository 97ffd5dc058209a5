"""The manual steps of a deploy as a sheet to work through: where to click, what to paste, and the expected value."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from codaform.deploy.applying.outcomes import STILL_TO_DO, DeployReport
from codaform.deploy.kinds.change import Paste, SchemaChange
from codaform.deploy.planning.plan import Plan, Step
from codaform.deploy.planning.plan_file import BadPlan, from_json, to_json
from codaform.diagnostics.render.markdown import escaped, fence
from codaform.files import read_file_text, write_file
from codaform.model import types
from codaform.model.conversion import to_text
from codaform.model.schema import formula_type, value_type
from codaform.model.values import Error, EvaluationError
from codaform.project import loading
from codaform.project.files import CannotRead
from codaform.project.locate import reason
from codaform.project.own_folder import NAME, own_folder
from codaform.project.session import Session
from codaform.text import one_line

_FOLDER = "templates"
_LONGEST_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class SheetItem:
    """A thing to make.

    clicks: What to do, step by step. gives: The type of its values. sample: A row of the folder with the value that it
    should show. done: Whether it was read back. possible: Whether a person can make it.
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
    """The things to make, in order. look: Settings that no API returns, to check once."""

    heading: str
    items: tuple[SheetItem, ...]
    look: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many things are not there yet."""
        return sum(not item.done for item in self.items)


def sheet(plan: Plan, session: Session, remaining: Collection[str] | None = None) -> Sheet:
    """The sheet for the steps of a plan, all of which a person makes.

    remaining: The titles of the steps that the last reading did not find; None if nothing was read since.
    """
    doc = session.project.doc
    items = tuple(
        _item(step, session, remaining is not None and str(step.change) not in remaining) for step in plan.steps
    )
    look = (
        f"The doc's settings: the time zone {doc.time_zone}, the week beginning on {_DAYS[doc.first_day_of_week - 1]}",
        *plan.notes,
    )
    return Sheet(f"{plan.doc_name} ({plan.environment})", items, look)


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


# ------------------------------------------------------------ one thing


def _item(step: Step, session: Session, done: bool) -> SheetItem:
    change = step.change
    how = change.instructions(session.project.doc)
    gives, sample = _expected(change, session)
    possible = step.route != "unsupported"
    return SheetItem(str(change), step.why_route, how.clicks, how.pastes, gives, sample, done, possible)


# ------------------------------------------------------------ the expected value


def _expected(change: SchemaChange, session: Session) -> tuple[str, str]:
    """The type of the values of a thing, and a sample value."""
    doc, thing = session.project.doc, change.shows
    if thing is None:
        return "", ""
    if thing.kind == "named":
        value = _shown(session, lambda: session.book.named(thing.name))
        return types.describe(formula_type(doc.formulas[thing.name])), f"{thing.name} shows {value}" if value else ""
    table = doc.tables.get(thing.table)
    column = table.columns.get(thing.name) if table is not None else None
    if column is None:
        return "", ""
    gives = types.describe(value_type(column))
    if not column.computed or column.kind == "button":
        return gives, ""
    for row in session.book.rows(thing.table):
        value = _shown(session, lambda row=row: session.book.value(row, thing.name))  # type: ignore[misc]
        if value:
            return gives, f"{loading.display(session.book, row)} shows {value}"
    return gives, ""


def _shown(session: Session, compute: Callable[[], object]) -> str:
    """A value as a cell shows it; empty for a blank and for an error."""
    try:
        value = compute()
        text = "" if isinstance(value, Error) else to_text(value, session.book) or ""
    except EvaluationError:
        return ""
    return one_line(text, _LONGEST_SAMPLE)


# ------------------------------------------------------------ as pages


def as_markdown(known: Sheet) -> str:
    """The sheet as Markdown, with a box to tick at each item."""
    return _rendered("paste_sheet.md", known, autoescape=False)


def as_html(known: Sheet) -> str:
    """The sheet as a self-contained page of HTML, with a button to copy each text."""
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
    """The hash by which the page's content security policy allows its script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


# ------------------------------------------------------------ as files


def manual_steps(made: Plan, report: DeployReport) -> Plan:
    """The steps of an applied plan that a person has to make."""
    return replace(made, steps=tuple(one.step for one in report.outcomes if one.state in STILL_TO_DO))


def kept_steps(root: Path, environment: str) -> Plan | None:
    """The manual steps of the last deploy; None if there were none. Raises CannotRead."""
    path = _path(root, environment, ".json")
    try:
        return from_json(read_file_text(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        said = reason(error) if isinstance(error, OSError) else "it is not a text in UTF-8"
        raise CannotRead(f"{path} cannot be read: {said}") from None
    except BadPlan as problem:
        raise CannotRead(f"{path}: {problem}") from None


def write_sheet(plan: Plan, session: Session, remaining: Collection[str] | None = None) -> tuple[Path, Path]:
    """Keep the steps, and write their sheet as Markdown and as HTML; returns the paths of both.

    remaining: The titles of the steps that the last reading did not find; None if nothing was read since.
    """
    root = session.project.root
    made = sheet(plan, session, remaining)
    paths = _path(root, plan.environment, ".md"), _path(root, plan.environment, ".html")
    texts = {_path(root, plan.environment, ".json"): to_json(plan)}
    texts |= {paths[0]: as_markdown(made), paths[1]: as_html(made)}
    own_folder(root)
    for path, text in texts.items():
        write_file(path, text, root)
    return paths


def _path(root: Path, environment: str, ending: str) -> Path:
    safe = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in environment)
    return root / NAME / f"paste-sheet-{safe}{ending}"
