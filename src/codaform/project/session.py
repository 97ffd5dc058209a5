"""A project at work: its program, and its sample rows in a workbook."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.rows.code import Watch
from codaform.evaluation.workbook import Workbook
from codaform.model.types import Type
from codaform.model.values import Error, Row
from codaform.project import loading
from codaform.project.cells import read_moment
from codaform.project.computed import ComputedColumns, UnfilledBook, compute, computed_columns, fill
from codaform.project.files import CannotRead
from codaform.project.lint import judged, said_of
from codaform.project.locate import find_root
from codaform.project.memory import Recall, understand
from codaform.project.project import Project, empty_project
from codaform.project.reader import read_project
from codaform.project.rows_file import RowsInFiles
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import Dependencies, Graph, graph
from codaform.semantics.program import Formulas, FormulaSite, Program, bind_site
from codaform.source import Source
from codaform.spelling import closest, did_you_mean, nearest

_TIMELESS = ("_formulas", "program", "needs")
"""What a session computes of the formulas alone."""


class Session:
    """The computed parts of a project, each on first use.

    memory: What an earlier command found of the project, to be used, and to be kept for the next one.
    engine: What computes the columns of the sample rows, of cases and of scenarios.
    watch: What is given every part of a formula that is computed row by row, with its value.
    """

    def __init__(
        self, project: Project, memory: Recall | None = None, engine: str = "rows", watch: Watch | None = None
    ) -> None:
        self.project = project
        self._watch = watch
        self._memory = memory
        self.engine = engine

    @classmethod
    def open(cls, path: str | Path = ".") -> Session:
        """The project that a path lies in. Raises CannotRead where there is none.

        `codaform check` reports the faults of its files; a session uses the sound parts. Large files of rows are read
        when their rows are asked for.
        """
        return cls(read_project(find_root(Path(path)), later=True))

    @classmethod
    def recalled(cls, memory: Recall, engine: str = "rows") -> Session:
        """A project with what an earlier command found of it."""
        return cls(memory.project, memory, engine)

    @classmethod
    def empty(cls) -> Session:
        """A project without tables, in UTC."""
        return cls(empty_project(name="no doc"))

    def later(self) -> Session:
        """The same project at the moment that the clock shows now. What is known of its formulas stays known."""
        made = Session(self.project, self._memory, self.engine, self._watch)
        made.__dict__.update({name: self.__dict__[name] for name in _TIMELESS if name in self.__dict__})
        return made

    @cached_property
    def _formulas(self) -> Formulas:
        return Formulas(self.project.doc)

    @cached_property
    def program(self) -> Program:
        """The doc's formulas, each understood when it is first asked for."""
        return Program(self.project.doc, self._formulas)

    def formula_text(self, place: FormulaSite) -> Source | None:
        """The text of the doc's formula at a place; None where it has none."""
        return self._formulas.text(place)[0] if place in self._formulas else None

    @cached_property
    def formula_diagnostics(self) -> list[Diagnostic]:
        """What there is to say of the doc's formulas, one by one."""
        return [one for place in self._formulas for one in self._formulas.diagnostics(place)]

    @property
    def formula_advice(self) -> list[Diagnostic]:
        """The same with all advice, as comments allow it and doc.yml judges it."""
        doc, known = self.project.doc, self._formulas
        said = [
            one
            for place in known
            for one in said_of(doc, place, known[place].body, known.text(place)[0], known.diagnostics(place))
        ]
        return judged(said, self.project.lint, advice=True)

    def diagnostics_of(self, *texts: Source) -> list[Diagnostic]:
        """What there is to say of some formulas of the doc, by their texts; no other formula is understood for it."""
        return [one for place in self._formulas.places_of(texts) for one in self._formulas.diagnostics(place)]

    @cached_property
    def needs(self) -> Graph:
        """What everything that is computed is computed from."""
        if self._memory is None:
            return graph(self.program)
        known = {place: read for place, (_, read) in self.formulas_read.items()}
        self._memory.save()
        return graph(self.program, known)

    @cached_property
    def formulas_read(self) -> dict[FormulaSite, tuple[Source, Dependencies]]:
        """The text of each formula, and what the formula reads."""
        if self._memory is not None:
            understood = self._memory.understand(self._formulas)
        else:
            understood = understand(self.project.doc, self._formulas)
        return {place: (known.source, known.dependencies) for place, known in understood.items()}

    @cached_property
    def now(self) -> datetime:
        """The clock of `doc.yml`, or the real one."""
        zone = ZoneInfo(self.project.doc.time_zone)
        return read_moment(self.project.clock, zone) if self.project.clock else datetime.now(UTC).astimezone(zone)

    @cached_property
    def _empty(self) -> Workbook:
        return Workbook(self.program, self.now, self.project.user, self.needs, self._watch)

    def workbook(self, clock: str = "") -> Workbook:
        """A new workbook without rows. Raises BadCell where the clock is no moment."""
        return self._empty.fresh(read_moment(clock, self._empty.zone) if clock else self.now)

    @cached_property
    def _unfilled(self) -> Workbook:
        return self.workbook()

    @cached_property
    def _entered(self) -> tuple[Workbook, list[Diagnostic]]:
        _, problems = loading.load(self._unfilled, self.project.rows, release=True)
        return self._unfilled, problems

    @cached_property
    def _loaded(self) -> tuple[Workbook, list[Diagnostic], tuple[str, ...]]:
        book, problems = self._entered
        return book, problems, fill(book, self.engine)

    @property
    def book(self) -> Workbook:
        """The workbook with the sample rows, as the engine computes them. Raises MissingExtra and EngineError."""
        return self._loaded[0]

    @property
    def book_or_files(self) -> Workbook | UnfilledBook:
        """The workbook with the sample rows; as long as nobody asked for it, the files that they are in."""
        if "_entered" in self.__dict__:
            return self.book
        return UnfilledBook(self._unfilled, self.project.rows, lambda: self._entered[0])

    def rows_for_script(self) -> tuple[Workbook, dict[str, tuple[str, list[str]]]]:
        """By table, the `rows.csv` that a script can read, as a path from the project's folder, with its header.

        The workbook comes first: without rows, unless some are elsewhere or a control holds one.
        """
        rows = self.project.rows
        files = rows.sound_csv() if isinstance(rows, RowsInFiles) else {}
        held = self.book_or_files
        elsewhere = not isinstance(rows, RowsInFiles) or any(rows.files[name] for name in rows.files.keys() - files)
        points = any(control.to for control in self.project.doc.controls.values())
        return (self.book if elsewhere or points or not isinstance(held, UnfilledBook) else held.book), files

    @property
    def row_diagnostics(self) -> list[Diagnostic]:
        """The findings about the sample rows."""
        return self._loaded[1]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the engine left to the engine rows, of the sample rows, in sentences."""
        return self._loaded[2]

    def compute(self, engine: str = "") -> ComputedColumns:
        """All computed columns of the sample rows. engine: rows, columns or duckdb; by default as the size asks for.

        Raises MissingExtra where the engine is not installed, ValueError where there is none of the name.
        """
        return compute(self.book_or_files, computed_columns(self.project.doc), engine)

    def row(self, table: str, display: str) -> Row:
        """The sample row that is displayed as a text. Raises CannotRead."""
        if table not in self.project.doc.tables:
            close = nearest(table, self.project.doc.tables)
            raise CannotRead(f"there is no table {table}" + (f"; {did_you_mean(close)}" if close else ""))
        row = loading.find_row(self.book, table, display)
        if row is None:
            known = loading.displays(self.book, table)
            close = nearest(display, known)
            others = f"the nearest are {', '.join(closest(display, known))}" if known else "it has no rows"
            help = did_you_mean(close, others)
            raise CannotRead(f"no row of {table} is displayed as {display}; {help}")
        return row

    def bind(self, text: Source, table: str = "", expected: Type | None = None) -> tuple[Bound, tuple[Diagnostic, ...]]:
        """Any formula, bound in a row of the table, or on a page. It may be an action."""
        return bind_site(self.project.doc, FormulaSite("test" if table else "named", table, ""), text, expected)

    def evaluate(
        self, text: Source, table: str = "", row: Row | None = None
    ) -> tuple[Bound, object, tuple[Diagnostic, ...]]:
        """Any formula against the sample rows: as understood, its value, and what there is to say of it."""
        bound, said = self.bind(text, table)
        if any(diagnostic.rule.severity == "error" for diagnostic in said):
            first = next(diagnostic for diagnostic in said if diagnostic.rule.severity == "error")
            return bound, Error(first.rule.name, first.message, first.span), said
        return bound, self.book.evaluate(bound, row), said
