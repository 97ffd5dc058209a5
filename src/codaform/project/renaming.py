"""A new name for a table, a column, a view, a named formula or a control, in every file of a project.

Only the places that mean the thing change; everything else in a file stays byte for byte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from codaform.model import types
from codaform.model.notation import quoted
from codaform.model.schema import Doc, value_type, views
from codaform.model.types import Type
from codaform.project import shapes, yaml_tree
from codaform.project.file_names import (
    ROLE_ENDINGS,
    file_stem,
    folder_name,
    formula_stem,
    is_folder_of,
    unique,
)
from codaform.project.files import CannotRead
from codaform.project.inline import is_file_name
from codaform.project.names import FormulaFile, formula_files, names_in, names_in_rows, table_of_folder
from codaform.project.project import CaseFile, Project, path_inside
from codaform.project.text_edits import Edits, edited, edited_bytes, respelled, respelled_csv, respelled_formula
from codaform.project.transaction import Move, Step, Write
from codaform.semantics.program import FormulaSite, bind_site, formulas
from codaform.semantics.renaming import Renaming, formula_edits, keeps_meaning, may_spell, moved, with_name
from codaform.source import Source, Span

_NAMING = r"\b((?:AddRow|AddOrModifyRows|RefreshTable|SetControlValue|ResetControl)\()"
"""How an action begins, in a case, that names a table or a control."""

_ENDINGS = ("", *ROLE_ENDINGS.values())


@dataclass(frozen=True, slots=True)
class Renamed:
    """The changes of a renaming in a project's folder; all paths are within the folder.

    edits: By the current path of the file. moves: Files and folders that get another name, in order.
    formulas: By the place that a formula has now, its text before and after.
    """

    edits: Mapping[Path, Edits] = field(default_factory=dict)
    moves: tuple[tuple[Path, Path], ...] = ()
    formulas: Mapping[FormulaSite, tuple[str, str]] = field(default_factory=dict)


# ------------------------------------------------------------ which names may be given


def check_name(doc: Doc, renaming: Renaming) -> None:
    """Raises CannotRead where the new name is none, or something has it already."""
    new = renaming.new
    if not re.fullmatch(shapes.NAME.pattern, new) or new != new.strip():
        raise CannotRead(f"{new!r} is no name: a name has no control characters and no blanks at its ends")
    if new == renaming.old:
        raise CannotRead(f"{new} is the name already")
    if renaming.kind == "column":
        taken = dict.fromkeys(doc.tables[renaming.table].columns, f"a column of {renaming.table}")
    else:
        taken = dict.fromkeys(doc.formulas, "a named formula")
        taken |= dict.fromkeys(doc.controls, "a control")
        taken |= {view.name: f"a view of {view.table}" for view in views(doc)}
        taken |= dict.fromkeys(doc.tables, "a table")
    taken.pop(renaming.old, None)
    for name, what in taken.items():
        if name.casefold() == new.casefold():
            raise CannotRead(f"{name} is {what} already")


# ------------------------------------------------------------ the whole project


def renamed_project(project: Project, renaming: Renaming) -> Renamed:
    """The changes of a renaming in the files of a project.

    Raises CannotRead where a formula has no way to say the same with the new name, and KeyError where the doc does not
    have the thing.
    """
    work = _Work(project, renaming)
    work.names()
    work.rows()
    for formula in formula_files(project):
        work.file(formula)
    for file in project.cases:
        if file.place.role == "action":
            work.actions(file)
    work.formulas()
    work.folder()
    edits = {path: of for path, of in work.edits.items() if of}
    return Renamed(edits, tuple(work.moves), work.texts)


def formula_sites(project: Project) -> Iterator[tuple[FormulaSite, Source, Type | None]]:
    """Every formula of a project, those of data tests and migrations too."""
    yield from formulas(project.doc)
    for test in project.tests:
        if test.formula is not None:
            yield FormulaSite("test", test.table, test.name), test.formula, types.BOOLEAN
    tables = project.doc.tables
    for migration in project.migrations:
        for source, table, into in migration.formulas:
            column = tables[into[0]].columns.get(into[1]) if into is not None and into[0] in tables else None
            if table in tables and (into is None or column is not None):
                wanted = types.BOOLEAN if column is None else value_type(column)
                yield FormulaSite("test", table, ""), source, wanted


@dataclass
class _Work:
    project: Project
    renaming: Renaming
    edits: dict[Path, dict[Span, str]] = field(default_factory=dict)
    moves: list[tuple[Path, Path]] = field(default_factory=list)
    texts: dict[FormulaSite, tuple[str, str]] = field(default_factory=dict)

    # ------------------------------------------------------------ names outside of formulas

    def put(self, source: Source, node: yaml_tree.Scalar, text: str) -> None:
        """Another text in place of one in YAML."""
        edits = self.edits.setdefault(path_inside(self.project, source.name), {})
        edits[node.span] = respelled(source.text, node, text)

    def names(self) -> None:
        """The new name wherever a file names the thing."""
        renaming = self.renaming
        for name in names_in(self.project):
            if (name.kind, name.name, name.table) == (renaming.kind, renaming.old, renaming.table):
                self.put(name.source, name.node, f"{name.table}.{renaming.new}" if name.dotted else renaming.new)
            elif name.dotted and renaming.kind == "table" and name.table == renaming.old:
                self.put(name.source, name.node, f"{renaming.new}.{name.name}")

    def rows(self) -> None:
        """The first line of the table's `rows.csv`. A `rows.parquet` is not written, so it must have the new name."""
        renaming = self.renaming
        if renaming.kind != "column":
            return
        for found in names_in_rows(self.project, renaming.table):
            if found.name == renaming.old:
                place, new = respelled_csv(found.source.text, found.node.span, found.name, renaming.new)
                self.edits.setdefault(path_inside(self.project, found.source.name), {})[place] = new
        for name in self.project.files:
            path = path_inside(self.project, name)
            if path.name == "rows.parquet" and table_of_folder(self.project, path.parent) == renaming.table:
                from codaform.project.parquet_file import column_names

                if renaming.old in column_names(self.project.root / path):
                    raise CannotRead(
                        f"{name}: codaform writes no Parquet, so rename the column {renaming.old} there first"
                    )

    def actions(self, file: CaseFile) -> None:
        """A `.cases.yml` of an action: the actions that it expects name tables, columns and controls."""
        for case in file.tree.items if isinstance(file.tree, yaml_tree.Sequence) else ():
            expected = yaml_tree.get(case, "expect")
            for node in (expected, *(value for _, value in yaml_tree.entries(expected))):
                if isinstance(node, yaml_tree.Scalar):
                    text = self.action_text(node.text, file.place)
                    if text != node.text:
                        self.put(file.source, node, text)

    def action_text(self, text: str, place: FormulaSite) -> str:
        """An action as `notate` writes it: `AddRow("tasks", {hours: 2})`."""
        renaming = self.renaming
        if renaming.kind in ("table", "control"):
            named = re.compile(_NAMING + re.escape(quoted(renaming.old)))
            return named.sub(lambda found: found[1] + quoted(renaming.new), text)
        written = {
            (one.table, one.name)
            for of, source, kind in formula_sites(self.project)
            if of == place
            for one in bind_site(self.project.doc, of, source, kind)[0].references
            if one.how == "argument" and one.name == renaming.old
        }
        if renaming.kind != "column" or written != {(renaming.table, renaming.old)}:
            return text
        key = re.compile(r'"(?:[^"\\]|\\.)*"|(?<=[{ ])' + re.escape(renaming.old) + "(?=: )")
        return key.sub(lambda found: found[0] if found[0].startswith('"') else renaming.new, text)

    # ------------------------------------------------------------ formulas

    def formulas(self) -> None:
        """The texts of formulas."""
        before, renaming = self.project.doc, self.renaming
        after = with_name(before, renaming)
        made: dict[Path, str] = {}
        for place, source, kind in formula_sites(self.project):
            if not any(may_spell(source.text, name) for name in (renaming.old, renaming.new)):
                continue
            bound, _ = bind_site(before, place, source, kind)
            there = moved(place, renaming)
            edits = formula_edits(bound, source.text, after, there, kind, renaming)
            path = path_inside(self.project, source.name)
            text = edited(source.text, edits)
            if source.passage is None and made.setdefault(path, text) != text:
                raise CannotRead(f"{source.name} is the formula of two things that would have to read differently")
            if not edits and renaming.new.casefold() not in text.casefold():
                continue
            again, _ = bind_site(after, there, Source(source.name, text), kind)
            if not keeps_meaning(bound, again, renaming):
                raise CannotRead(
                    f"with the name {renaming.new}, {source.name} would mean something else, and no spelling "
                    "tells both apart; choose another name"
                )
            if not edits:
                continue
            self.texts[place] = source.text, text
            if source.passage is None:
                self.edits.setdefault(path, {}).update(edits)
            else:
                self.edits.setdefault(path, {})[source.passage.span] = respelled_formula(source.passage, edits)
            if place.role == "test" and place.name == source.text:
                self.move_cases(path.parent, place, place._replace(name=text))  # a test in a line is called by its text

    # ------------------------------------------------------------ names of files

    def move_cases(self, folder: Path, old: FormulaSite, new: FormulaSite) -> None:
        """The cases of a formula in a line of YAML are found by its name."""
        paths = [folder / f"{formula_stem(place)}.cases.yml" for place in (old, new)]
        if paths[0] == paths[1] or not (self.project.root / paths[0]).is_file():
            return
        if (self.project.root / paths[1]).exists():
            raise CannotRead(f"{paths[1].as_posix()} is there already, and the cases of {old.name} would be called so")
        self.moves.append((paths[0], paths[1]))

    def file(self, formula: FormulaFile) -> None:
        """A formula's file named after its column gets the new name, with its cases."""
        source, named, place, folder = formula
        new = moved(place, self.renaming)
        if new.name == place.name:
            return
        if not is_file_name(named.text):
            self.move_cases(folder, place, new)
            return
        stem = named.text.removesuffix(".coda")
        ending = stem.removeprefix(file_stem(place.name))
        path = folder / named.text
        if not stem.startswith(file_stem(place.name)) or ending not in _ENDINGS or self.uses[path] != 1:
            return
        there = [one.name for one in (self.project.root / folder).iterdir()]
        taken = {name.split(".")[0] + ".coda" for name in there} - {named.text}
        fresh = unique(file_stem(new.name) + ending, taken, ".coda")
        if fresh == named.text:
            return
        self.put(source, named, fresh)
        self.moves.append((path, folder / fresh))
        cases = path.with_suffix(".cases.yml")
        if cases.name in there:
            self.moves.append((cases, (folder / fresh).with_suffix(".cases.yml")))

    @cached_property
    def uses(self) -> Counter[Path]:
        """How many things each formula file belongs to."""
        return Counter(path_inside(self.project, source.name) for _, source, _ in formula_sites(self.project))

    def folder(self) -> None:
        """The folder of a table that gets another name."""
        if self.renaming.kind != "table":
            return
        for name in self.project.files:
            folder = path_inside(self.project, name).parent
            if name.endswith("table.yml") and table_of_folder(self.project, folder) == self.renaming.old:
                if not is_folder_of(folder.name, self.renaming.new):
                    taken = {one.name for one in self.project.root.iterdir()} - {folder.name}
                    self.moves.append((folder, Path(unique(folder_name(self.renaming.new), taken))))
                return


# ------------------------------------------------------------ writing it


def steps_of(root: Path, renamed: Renamed, texts: Mapping[Path, str]) -> list[Step]:
    """The steps that bring a renaming into a folder: what moves, then what is written.

    texts: Further files that get another text, by their paths after the moves. Raises CannotRead and OSError.
    """
    steps: list[Step] = [Move(old, new) for old, new in renamed.moves]
    for path, edits in renamed.edits.items():
        after = path
        for old, new in renamed.moves:
            after = new / after.relative_to(old) if after.is_relative_to(old) else after
        try:
            steps.append(Write(after, edited_bytes((root / path).read_bytes(), edits)))
        except UnicodeDecodeError as error:
            raise CannotRead(f"{path} is not UTF-8 text: byte {error.start:,} is none; nothing is renamed") from None
    return steps + [Write(path, text.encode("utf-8")) for path, text in texts.items()]
