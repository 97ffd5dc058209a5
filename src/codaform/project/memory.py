"""The results of a command, kept for the next one: the files as read, and the findings about them.

The next command reads only the formulas that were edited since. After any other edit it reads the whole project, and
still reuses the formulas whose texts are the same, if the names of the doc are. Nothing has to be forgotten: what is
kept is the project itself, and everything is compared with it.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field, fields, is_dataclass, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from pathlib import Path, PosixPath
from typing import Any
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.model.formats import NO_FORMAT, Format
from codaform.model.schema import Assumptions, Column, Control, Doc, NamedFormula, Table, View
from codaform.model.values import Person
from codaform.project import migration_file, user_cache, yaml_tree
from codaform.project import project as data
from codaform.project.check_cache import FileStates, file_states, program_state
from codaform.project.files import read_text
from codaform.project.inline import YamlPassage
from codaform.project.lint import said_of
from codaform.project.project import Project
from codaform.project.reader import read_project
from codaform.project.rows import RawCell
from codaform.project.rows_file import RowsInFiles
from codaform.project.table_rows import OnRows, RowsFile, unnoticed
from codaform.project.transaction import recover
from codaform.semantics.dependencies import Dependencies, GraphNode, dependencies_of
from codaform.semantics.program import Formulas, FormulaSite, formulas, with_texts
from codaform.source import QuotedSource, Source, Span, frozen

_MOST_PROJECTS = 50
"""How many projects are kept; the oldest go first."""

_MOST_EDITED = 30
"""How many formulas may differ from the kept ones before the project is stored again."""

_FOLDER = "projects"


@frozen
class Understood:
    """What there is to say of a formula, and what it reads."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    dependencies: Dependencies


@frozen
class DataFindings:
    """What there is to say of the rows of a project, and of its cases and scenarios, whatever its formulas are."""

    rows: tuple[Diagnostic, ...]
    uses: tuple[Diagnostic, ...]


@frozen
class KeptProject:
    """A project with the states in which its files were read, and its findings; `data` once a command computed it."""

    files: FileStates
    project: Project
    understood: Mapping[FormulaSite, Understood] = field(default_factory=dict)
    data: DataFindings | None = None


class Recall:
    """A project, and what was found of it, or of an earlier state of it."""

    def __init__(self, kept: KeptProject) -> None:
        self._kept = kept

    @classmethod
    def of(cls, project: Project, before: Recall | None = None) -> Recall:
        """A project just read. before: An earlier state of it, whose findings are used as far as they still hold."""
        alike = before is not None and _names(before.project.doc) == _names(project.doc)
        return cls(KeptProject({}, project, before._kept.understood if alike and before is not None else {}))

    def with_formulas(self, texts: Mapping[str, Source]) -> Recall | None:
        """The project with other texts in files of formulas, by their names; None where more than that may differ."""
        project = with_formula_files(self.project, texts)
        return None if project is None else Recall(replace(self._kept, project=project))

    @property
    def project(self) -> Project:
        """The project as its files are now."""
        return self._kept.project

    def understand(self, formulas: Formulas) -> dict[FormulaSite, Understood]:
        """What there is to say of each formula of the project, and what it reads."""
        found = understand(self.project.doc, formulas, self._kept.understood)
        self._kept = replace(self._kept, understood=found)
        return found

    def data_found(self, check: Callable[[Project], DataFindings]) -> DataFindings:
        """What there is to say of the project's data. check: Finds it where it is not known."""
        if self._kept.data is None:
            self._kept = replace(self._kept, data=check(self.project))
        assert self._kept.data is not None
        return self._kept.data

    def save(self) -> None:
        """Keep the findings beyond this process, where that is wanted."""


class Memory(Recall):
    """A project, and what an earlier command found of it.

    root, label: As in `read_project`. Raises CannotRead like `read_project`. states: The states of its files, if known.
    before: The same project earlier in this process, instead of what an earlier command kept.
    """

    def __init__(
        self,
        root: Path,
        label: str,
        on_rows: OnRows = unnoticed,
        states: FileStates | None = None,
        before: Memory | None = None,
    ) -> None:
        with suppress(OSError):
            recover(root)
        states = file_states(root) if states is None else states
        self._place = root, label
        name = f"{program_state()} {root.absolute()} {label}"
        self._name = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()
        kept = _load(self._name) if before is None else before._kept
        project = _with_edits(kept, states, root, label) if kept is not None else None
        self._edited = project is None
        """Whether more differs from what is kept than some formulas."""
        if project is None:
            project = read_project(root, label, on_rows)
            alike = kept is not None and _names(kept.project.doc) == _names(project.doc)
            super().__init__(KeptProject(states, project, kept.understood if alike and kept is not None else {}))
        else:
            assert kept is not None
            super().__init__(replace(kept, project=project))

    @property
    def states(self) -> FileStates:
        """The states in which the files of rows, and all others but edited formulas, were read."""
        return self._kept.files

    def again(self, states: FileStates | None = None) -> Memory:
        """The project as its files are now. states: Of its files, if known. Raises CannotRead."""
        return Memory(*self._place, states=states, before=self)

    def understand(self, formulas: Formulas) -> dict[FormulaSite, Understood]:
        """The same, with findings that are worth storing."""
        known = self._kept.understood
        found = super().understand(formulas)
        self._edited |= sum(found[place] is not known.get(place) for place in found) > _MOST_EDITED
        return found

    def data_found(self, check: Callable[[Project], DataFindings]) -> DataFindings:
        """The same; what is found is stored."""
        self._edited |= self._kept.data is None
        return super().data_found(check)

    def save(self) -> None:
        """Keep the project for the next command, if there is much to be kept that is not."""
        if self._edited and self._kept.files and _may_be_kept(self._kept):
            with suppress(pickle.PicklingError):
                user_cache.write(_FOLDER, self._name, _written(self._kept), _MOST_PROJECTS)
            self._edited = False


def understand(
    doc: Doc, formulas: Formulas, known: Mapping[FormulaSite, Understood] | None = None
) -> dict[FormulaSite, Understood]:
    """What there is to say of each formula of a doc, and what it reads.

    known: The results for a doc with the same names.
    """
    found: dict[FormulaSite, Understood] = {}
    for place in formulas:
        source = formulas.text(place)[0]
        before = known.get(place) if known is not None else None
        if before is not None and (before.source is source or before.source == source):
            found[place] = before
        else:
            read = dependencies_of(doc, formulas[place].body)
            said = said_of(doc, place, formulas[place].body, source, formulas.diagnostics(place))
            found[place] = Understood(source, said, read)
    return found


# ------------------------------------------------------------ what differs


def _with_edits(kept: KeptProject, states: FileStates, root: Path, label: str) -> Project | None:
    """The kept project with the formulas that were edited since; None if anything else was."""
    if not states or states.keys() != kept.files.keys():
        return None
    edited = [name for name, state in states.items() if state is None or state != kept.files[name]]
    if not edited:
        return kept.project
    project = kept.project
    texts: dict[str, Source] = {}
    for inside in edited:
        name = inside if label in ("", ".") else f"{label}/{inside}"
        source, problems = read_text(root / inside, name, root)
        if problems:
            return None
        texts[name] = source
    return with_formula_files(project, texts)


def with_formula_files(project: Project, texts: Mapping[str, Source]) -> Project | None:
    """A project after edits of files of formulas, by their names. None where more than these formulas may differ."""
    in_files = [(place, source) for place, source, _ in formulas(project.doc) if source.passage is None]
    places = {source.name: source for _, source in in_files}
    places |= {test.formula.name: test.formula for test in project.tests if test.formula and not test.formula.passage}
    # A file of which reading said something is read again, by what says it.
    spoken_of = {one.source.name for one in project.diagnostics} | project.missing
    if any(name not in places or name in spoken_of for name in texts):
        return None
    texts = {name: source for name, source in texts.items() if source != places[name]}
    if not texts:
        return project
    known = {place: texts[source.name] for place, source in in_files if source.name in texts}
    tests = tuple(
        replace(test, formula=texts.get(test.formula.name, test.formula)) if test.formula else test
        for test in project.tests
    )
    return replace(project, doc=with_texts(project.doc, known), tests=tests)


_OF_COLUMN = attrgetter(
    *("name", "kind", "many", "to", "reverse", "options", "key", "display", "label", "about", "computed")
)


def _names(doc: Doc) -> object:
    """Everything of a doc that a formula can see: all but the texts of other formulas."""
    tables = [_of_table(table) for table in doc.tables.values()]
    named = [(one.name, one.kind, one.many, one.to, one.format) for one in doc.formulas.values()]
    controls = [
        (one.name, one.kind, one.many, one.to, one.options, one.format, one.label, one.value, *_has_formulas(one))
        for one in doc.controls.values()
    ]
    return doc.name, doc.time_zone, doc.first_day_of_week, doc.assume, tables, named, controls


def _of_table(table: Table) -> object:
    return table.name, [_of_column(one) for one in table.columns.values()], [_of_view(one) for one in table.views]


def _of_column(column: Column) -> object:
    shown = None if column.format == NO_FORMAT else column.format
    return *_OF_COLUMN(column), shown, *_has_formulas(column), column.formula is None, column.default is None


def _of_view(view: View) -> object:
    return view.name, view.table, view.sort, view.descending, view.limit, view.columns, view.filter is None


def _has_formulas(thing: Any) -> tuple[bool, bool]:
    return thing.action is None, thing.disable_if is None


# ------------------------------------------------------------ what is kept


def _may_be_kept(kept: KeptProject) -> bool:
    """An error of codaform itself is not kept, nor what depends on the packages that are there."""
    if any(name.endswith(".parquet") for name in kept.files) and kept.project.diagnostics:
        return False
    said = (one for known in kept.understood.values() for one in known.diagnostics)
    return all(one.rule != rules.INTERNAL_ERROR for one in said)


_CLASSES = (
    *(KeptProject, Understood, DataFindings, Dependencies, GraphNode, FormulaSite),
    *(Project, data.DataTest, data.CaseFile, data.ScenarioFile, data.Environment, RowsInFiles, RowsFile),
    *(migration_file.Migration, migration_file.MigrationPhase, migration_file.CopyRule, migration_file.UpdateRule),
    *(migration_file.RowDecision, migration_file.WrittenCells, migration_file.Part, RawCell),
    *(Doc, Assumptions, Table, Column, View, NamedFormula, Control, Format, Person),
    *(Source, QuotedSource, YamlPassage, Span, Diagnostic, Edit, Fix),
    *(yaml_tree.Scalar, yaml_tree.Sequence, yaml_tree.Mapping),
    *(PosixPath, ZoneInfo, date, datetime, time, timedelta),
)
"""The classes that may be stored and loaded. All are data: creating an object has no side effect."""

_BY_NAME: dict[tuple[str, str], Any] = {(made.__module__, made.__qualname__): made for made in _CLASSES}
_BY_NAME[rules.find.__module__, rules.find.__qualname__] = rules.find


class _Writer(pickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        made = type(thing)
        if made is Rule:
            return rules.find, (thing.name,)
        if made is RowsFile:
            return made, (thing.path, thing.name, thing.root, thing.table, thing.zone)
        if made is RowsInFiles:
            return made, (thing.files,)
        if made is ZoneInfo:
            return made, (thing.key,)
        if is_dataclass(made):
            names = _FIELDS.get(made) or _FIELDS.setdefault(made, tuple(known.name for known in fields(made)))
            return made, tuple([getattr(thing, name) for name in names])
        return NotImplemented


_FIELDS: dict[type, tuple[str, ...]] = {}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _BY_NAME[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is nothing that is kept") from None


def _written(kept: KeptProject) -> bytes:
    buffer = io.BytesIO()
    _Writer(buffer, protocol=5).dump(kept)
    return buffer.getvalue()


def _load(name: str) -> KeptProject | None:
    """The project that was stored under a name; None if there is none, or if it is broken."""
    written = user_cache.read(_FOLDER, name)
    if written is None:
        return None
    try:
        kept = _Reader(io.BytesIO(written)).load()
    except Exception:  # whatever a broken file does to the reader
        return None
    return kept if isinstance(kept, KeptProject) else None
