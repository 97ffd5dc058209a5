"""The doc in which a real Coda answers: the doc of the examples, made for this and named so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codaform.coda.door.failures import CannotReach, NotFound, ToolFailed, Unreadable
from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.coda.wire.json_data import Json
from codaform.conformance.questions import TABLE, Question, with_columns
from codaform.conformance.service_reads import Service
from codaform.deploy.applying.deployment import Target, carry_through, plan_for
from codaform.deploy.applying.journal import journal_of
from codaform.deploy.remote.schema import remote_schema
from codaform.library.example_doc import DOC, ROWS
from codaform.model.schema import Column, Doc, View
from codaform.project.files import CannotRead
from codaform.project.project import Environment
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.writer import Cells, project_files
from codaform.project.written_files import write
from codaform.source import Source
from codaform.text import one_line

NAME = "codaform conformance probe"
"""How the name of every such doc begins."""

VIEW = "Open tasks"
BUTTON = "Reopen"

_ENVIRONMENT = "probe"


def probe_doc(columns: Sequence[Question]) -> Doc:
    """The doc: that of the examples without its slider, with a column for each question that needs one, a view, and a
    button."""
    made = with_columns(columns, replace(DOC, name=NAME, controls={}))
    tasks = made.tables[TABLE]
    action = Source(BUTTON, 'thisRow.ModifyRows(thisRow.Status, "Open")')
    button = Column(BUTTON, "button", label=BUTTON, action=action, about="Opens the task again.")
    view = View(VIEW, TABLE, "Tasks that are not done.", filter=Source(VIEW, 'thisRow.Status = "Open"'))
    table = replace(tasks, columns={**tasks.columns, BUTTON: button}, views=(view,))
    return replace(made, tables={**made.tables, TABLE: table})


class Probe:
    """A doc for questions in the account of a token. Every method raises Failure and CannotRead.

    folder: Where its files and its journal are, so that a run that was killed goes on. patience: For how many seconds a
    change may take.
    """

    def __init__(self, rest: Rest, tools: Tools, folder: Path, columns: Sequence[Question], patience: float) -> None:
        self.doc = ""
        self.title = ""
        self.undone: tuple[str, ...] = ()
        self._rest = rest
        self._tools = tools
        self._folder = folder
        self._wanted = probe_doc(columns)
        self._patience = patience

    def find(self, title: str) -> str:
        """The id of a doc of that title, which an earlier run made; empty if there is none."""
        return next((str(one["id"]) for one in self._rest.docs(query=title) if one.get("name") == title), "")

    def make(self, title: str) -> str:
        """Make the doc, empty; gives its id."""
        doc = self._rest.create_doc(title, timezone="UTC").reply.get("id")
        if not isinstance(doc, str):
            raise Unreadable("Coda made a doc and does not say which")
        return doc

    def fill(self, doc: str, title: str) -> None:
        """Bring the doc to what the questions need; what is there already stays. title: What the doc is called."""
        self.doc, self.title = doc, title
        self._check_own()
        files = project_files(self._wanted, _cells(), environments={_ENVIRONMENT: Environment(_ENVIRONMENT, doc)})
        write(self._folder, files)
        session = Session(read_project(self._folder, ""))
        target = Target(_ENVIRONMENT, doc, self._rest, self._tools, patience=self._patience, alone=True)
        with journal_of(self._folder, _ENVIRONMENT) as journal:
            plan, snapshot = plan_for(session, target)
            report = carry_through(plan, snapshot, session, target, journal, rows=True)
        self.undone = tuple(
            f"{one.step.change}: {one.note or one.step.why_route or one.state}"
            for one in report.outcomes
            if one.state not in ("done", "already")
        ) + tuple([report.stopped] if report.stopped else [])

    def remove(self) -> None:
        """Delete the doc, which this run or an earlier one made."""
        try:
            self._check_own()
            self._rest.delete_doc(self.doc)
        except NotFound:
            return

    def _check_own(self) -> None:
        """Raise CannotRead for a doc that codaform did not make: the file that names it may have been changed."""
        name = self._rest.doc(self.doc).get("name")
        if name != self.title or not self.title.startswith(f"{NAME} "):
            raise CannotRead(
                f"{self._folder}.jsonl names a doc called {one_line(str(name))}, which is not the doc of its run: it "
                "was not touched; delete the file, and a run makes a doc of its own"
            )

    def service(self) -> Service:
        """The doc, to look at facts."""
        ids = remote_schema(Target(_ENVIRONMENT, self.doc, self._rest, self._tools).read()).ids
        return Service(self._rest, self._tools, self.doc, ids)

    # ------------------------------------------------------------ asking

    def execute(self, formula: str) -> Json:
        """What Coda gives for a formula on a page. Raises ToolFailed where it gives an error."""
        told = self._tools.call("formula_execute", {"uri": f"coda://docs/{self.doc}", "formula": formula})
        return told.get("value") if isinstance(told, dict) else told

    def is_ready(self) -> bool:
        """Whether the doc computes with all its rows: right after a write it may not."""
        count = len(ROWS[TABLE])
        try:
            return self.execute(f"{TABLE}.CountAll()") == count
        except ToolFailed:
            return False

    def cells(self) -> Mapping[str, Mapping[str, Json]]:
        """The cells of Tasks in the API's rich form, by the row's display text and the column's name."""
        reading = self._rest.fresh(self._patience)
        ids = remote_schema(Target(_ENVIRONMENT, self.doc, self._rest, self._tools).read()).ids
        names = {id: name for name, id in ids.columns_of(TABLE).items()}
        found: dict[str, Mapping[str, Json]] = {}
        for row in reading.rows(self.doc, ids.tables[TABLE]):
            values = row.get("values")
            assert isinstance(values, dict), "the client asks for values"
            found[str(row.get("name"))] = {names[id]: value for id, value in values.items() if id in names}
        return found

    def row_names(self) -> Mapping[str, str]:
        """What each row displays, by its id."""
        reading = self._rest.fresh(self._patience)
        tables = remote_schema(Target(_ENVIRONMENT, self.doc, self._rest, self._tools).read()).ids.tables
        return {
            str(row["id"]): str(row.get("name") or "")
            for name in DOC.tables
            for row in reading.rows(self.doc, tables[name])
        }

    def in_view(self) -> list[str]:
        """What the rows of the view display, in its order."""
        reading = self._rest.fresh(self._patience)
        views = [one for one in reading.tables(self.doc) if one.get("name") == VIEW]
        if not views:
            raise Unreadable(f"the doc has no view {VIEW}")
        return [str(row.get("name")) for row in reading.rows(self.doc, str(views[0]["id"]))]

    def press(self, row: str) -> Json:
        """Press the button in a row; gives the status that the row has then."""
        ids = remote_schema(Target(_ENVIRONMENT, self.doc, self._rest, self._tools).read()).ids
        table = ids.tables[TABLE]
        rows = {str(one.get("name")): str(one["id"]) for one in self._rest.rows(self.doc, table)}
        accepted = self._rest.push_button(self.doc, table, rows[row], ids.columns[TABLE, BUTTON])
        if accepted.request is not None and not self._rest.finish(accepted.request, self._patience):
            raise CannotReach("the button was pressed, and Coda did not say in time that it is done", uncertain=True)
        return self.cells()[row]["Status"]


def _cells() -> dict[str, Cells]:
    """The rows of the examples as texts."""
    found: dict[str, Cells] = {}
    for table, rows in ROWS.items():
        names = dict.fromkeys(name for row in rows for name in row)
        found[table] = {name: [_text(row.get(name)) for row in rows] for name in names}
    return found


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case list():
            return "; ".join(map(str, value))
        case float():
            return f"{value:g}"
    return str(value)
