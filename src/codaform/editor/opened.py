"""A project in an editor: as it was last read and checked as a whole, with the texts that were not saved yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.editor.formulas import FormulaPlaces
from codaform.editor.quick import QuickCheck, since
from codaform.evaluation.workbook import Workbook
from codaform.project.check import check_project
from codaform.project.files import read_text, unsaved
from codaform.project.memory import Recall
from codaform.project.project import Project, empty_project
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.source import Source


class OpenedProject:
    """A project at one moment. Nothing in it changes but what is computed on first use.

    contents: By path, what the editor had of its files.
    """

    def __init__(self, recall: Recall, contents: Mapping[Path, bytes], before: OpenedProject | None = None) -> None:
        self._recall = recall
        self.contents = contents
        self.is_stale = False
        """Whether files changed on the disk since."""
        # No reference to itself: the memory of the many moments that pass would wait for the collector of garbage.
        self._sound_before = before.sound if before is not None and recall.project.lost else None

    @classmethod
    def read(cls, root: Path, contents: Mapping[Path, bytes], before: OpenedProject | None = None) -> OpenedProject:
        """The project in a folder. before: An earlier moment of it. Raises CannotRead."""
        recall = before._with_formulas(root, contents) if before is not None and not before.is_stale else None
        if recall is None:
            with unsaved(contents):
                recall = Recall.of(read_project(root, "", later=True), before._recall if before is not None else None)
        return cls(recall, contents, before)

    @classmethod
    def nowhere(cls) -> OpenedProject:
        """A project without tables, for formulas that belong to none."""
        return cls(Recall.of(empty_project(name="no doc")), {})

    def _with_formulas(self, root: Path, contents: Mapping[Path, bytes]) -> Recall | None:
        """The project if only files of formulas have other texts in the editor than before; else None."""
        if contents.keys() != self.contents.keys():
            return None
        texts: dict[str, Source] = {}
        for path, content in contents.items():
            if content != self.contents[path]:
                with unsaved(contents):
                    source, problems = read_text(path, path.relative_to(root).as_posix())
                if problems:
                    return None
                texts[source.name] = source
        return self._recall.with_formulas(texts)

    @property
    def sound(self) -> OpenedProject:
        """The last moment at which every table could be read; the formulas of this one are held against its doc."""
        return self._sound_before or self

    @property
    def root(self) -> Path:
        """The folder."""
        return self.project.root

    @property
    def project(self) -> Project:
        """The project as data."""
        return self._recall.project

    @cached_property
    def session(self) -> Session:
        """The project at work, with its sample rows."""
        return Session(self.project, self._recall)

    @property
    def book(self) -> Workbook:
        """The sample rows with their computed columns. Raises CannotRead."""
        with unsaved(self.contents):
            return self.session.book

    @cached_property
    def places(self) -> FormulaPlaces:
        """The formulas by their places."""
        return FormulaPlaces(self.project)

    @cached_property
    def quick(self) -> QuickCheck:
        """The check of single texts."""
        return QuickCheck(self.project, self.places)

    @cached_property
    def findings(self) -> Mapping[str, Sequence[Diagnostic]]:
        """The findings of the whole project by file; all its files are among the keys."""
        found: dict[str, list[Diagnostic]] = {name: [] for name in self.project.files}
        with unsaved(self.contents):
            for one in check_project(self.project, self._recall):
                found.setdefault(one.source.name, []).append(one)
        return found

    def prepare(self) -> None:
        """Compute what the next keystroke needs: in the thread that checks, and not while the editor waits."""
        self.findings  # noqa: B018 - kept
        self.sound.quick  # noqa: B018

    # ------------------------------------------------------------ single files

    def name_of(self, path: Path) -> str:
        """The name of a file in findings; empty for one that is not in the folder."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else ""

    def text(self, name: str) -> Source:
        """The text of one of its files, by its name in findings."""
        with unsaved(self.contents):
            return read_text(self.root / name, name, self.root)[0]

    def found_in(self, source: Source) -> list[Diagnostic]:
        """What there is to say of a text that may have been edited since."""
        if "findings" not in self.__dict__:
            return self.sound.quick.found(source)
        whole = self.findings.get(source.name)
        if whole is None:
            # No file of the project is called so: perhaps a formula that is not saved yet, and nothing names.
            return self.sound.quick.found(source) if PurePosixPath(source.name).suffix == ".coda" else []
        return since(whole, self.text(source.name).text, self.sound.quick, source)
