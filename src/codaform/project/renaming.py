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

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types
from codaform.model.notation import quoted
from codaform.model.schema import Doc, value_type, views
from codaform.model.types import Type
from codaform.project import shapes, yaml_tree
from codaform.project.file_names import (
    ROLE_ENDINGS,
    ROWS_FILES,
    file_stem,
    folder_name,
    formula_stem,
    is_folder_of,
    unique,
)
from codaform.project.files import CannotRead, read_text
from codaform.project.inline import is_file_name
from codaform.project.migration_file import Migration
from codaform.project.project import CaseFile, Project, path_inside
from codaform.project.rows import header
from codaform.project.text_edits import Edits, edited, edited_bytes, respelled, respelled_csv, respelled_formula
from codaform.project.transaction import Move, Step, Write
from codaform.project.validation import buttons_on_pages
from codaform.semantics.program import FormulaSite, bind_site, formulas
from codaform.semantics.renaming import Renaming, formula_edits, keeps_meaning, moved, with_name
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
    work.schema()
    work.rows()
    for file in project.cases:
        work.cases(file)
    for scenario in project.scenarios:
        work.scenario(scenario.source, scenario.tree)
    for migration in project.migrations:
        work.migration(migration)
    work.formulas()
    work.folder()
    edits = {path: of for path, of in work.edits.items() if of}
    return Renamed(edits, tuple(work.moves), work.texts)


@dataclass
class _Work:
    project: Project
    renaming: Renaming
    edits: dict[Path, dict[Span, str]] = field(default_factory=dict)
    moves: list[tuple[Path, Path]] = field(default_factory=list)
    texts: dict[FormulaSite, tuple[str, str]] = field(default_factory=dict)

    # ------------------------------------------------------------ names in YAML

    def write(self, source: Source, node: yaml_tree.Node | None) -> None:
        """The new name in place of a text."""
        if isinstance(node, yaml_tree.Scalar):
            self.put(source, node, self.renaming.new)

    def put(self, source: Source, node: yaml_tree.Scalar, text: str) -> None:
        edits = self.edits.setdefault(path_inside(self.project, source.name), {})
        edits[node.span] = respelled(source.text, node, text)

    def thing(self, source: Source, node: yaml_tree.Node | None, kind: str) -> None:
        """A text that names a thing of a kind."""
        if self.renaming.kind == kind and isinstance(node, yaml_tree.Scalar) and node.text == self.renaming.old:
            self.write(source, node)

    def column(self, source: Source, node: yaml_tree.Node | None, table: str) -> None:
        """A text that names a column of a table."""
        if self.renaming.kind == "column" and table == self.renaming.table:
            self.thing(source, node, "column")

    def cells(self, source: Source, row: yaml_tree.Node | None, table: str) -> None:
        """A mapping whose keys are columns."""
        for name, _ in yaml_tree.entries(row):
            self.column(source, name, table)

    def tables(self, source: Source, node: yaml_tree.Node | None) -> Iterator[tuple[str, yaml_tree.Node]]:
        """A mapping whose keys are tables."""
        for key, inside in yaml_tree.entries(node):
            self.thing(source, key, "table")
            yield key.text, inside

    def settings(self, source: Source, node: yaml_tree.Node) -> None:
        """What controls are set to."""
        for key, _ in yaml_tree.entries(yaml_tree.get(node, "set")):
            self.thing(source, key, "control")

    def row_lists(self, source: Source, node: yaml_tree.Node | None) -> None:
        """A mapping from tables to lists of rows."""
        for table, rows in self.tables(source, node):
            for row in rows.items if isinstance(rows, yaml_tree.Sequence) else ():
                self.cells(source, row, table)

    # ------------------------------------------------------------ the kinds of files

    def schema(self) -> None:
        """`doc.yml` and each `table.yml`."""
        for name in self.project.files:
            path = path_inside(self.project, name)
            if path.name not in ("doc.yml", "table.yml"):
                continue
            source = read_text(self.project.root / path, name, self.project.root)[0]
            tree = yaml_tree.compose(source)
            if isinstance(tree, Diagnostic):
                continue
            if path.name == "doc.yml":
                self.doc(source, tree)
            else:
                self.table(source, tree, path)

    def doc(self, source: Source, tree: yaml_tree.Node) -> None:
        for node in yaml_tree.items_at(tree, "formulas"):
            self.thing(source, yaml_tree.get(node, "name"), "formula")
            self.thing(source, yaml_tree.get(node, "to"), "table")
            self.file(source, node, "formula", FormulaSite("named", "", yaml_tree.text_at(node, "name")), Path())
        for node in yaml_tree.items_at(tree, "controls"):
            self.thing(source, yaml_tree.get(node, "name"), "control")
            self.thing(source, yaml_tree.get(node, "to"), "table")
            for role in ("choices", "action", "disable_if"):
                self.file(source, node, role, FormulaSite(role, "", yaml_tree.text_at(node, "name")), Path())

    def table(self, source: Source, tree: yaml_tree.Node, path: Path) -> None:
        table = yaml_tree.text_at(tree, "table", path.parent.name)
        self.thing(source, yaml_tree.get(tree, "table"), "table")
        for node in yaml_tree.items_at(tree, "columns"):
            self.column(source, yaml_tree.get(node, "name"), table)
            self.thing(source, yaml_tree.get(node, "to"), "table")
            self.column(source, yaml_tree.get(node, "reverse"), yaml_tree.text_at(node, "to"))
            for test in yaml_tree.items_at(node, "tests"):
                related = yaml_tree.get(test, "relationships")
                if related is not None:
                    self.thing(source, yaml_tree.get(related, "to"), "table")
                    self.column(source, yaml_tree.get(related, "column"), yaml_tree.text_at(related, "to"))
            for role in ("formula", "default", "action", "disable_if"):
                self.file(source, node, role, FormulaSite(role, table, yaml_tree.text_at(node, "name")), path.parent)
        for node in yaml_tree.items_at(tree, "views"):
            self.thing(source, yaml_tree.get(node, "name"), "view")
            for shown in (yaml_tree.get(node, "sort"), *yaml_tree.items_at(node, "columns")):
                self.column(source, shown, table)
            self.file(
                source, node, "filter", FormulaSite("filter", table, yaml_tree.text_at(node, "name")), path.parent
            )

    def rows(self) -> None:
        """The first line of the table's `rows.csv`. A `rows.parquet` is not written, so it must have the new name."""
        renaming = self.renaming
        for name in self.project.files if renaming.kind == "column" else ():
            path = path_inside(self.project, name)
            if path.name not in ROWS_FILES or self.owner(path.parent) != renaming.table:
                continue
            if path.suffix == ".parquet":
                from codaform.project.parquet_file import column_names

                if renaming.old in column_names(self.project.root / path):
                    raise CannotRead(
                        f"{name}: codaform writes no Parquet, so rename the column {renaming.old} there first"
                    )
                continue
            source = read_text(self.project.root / path, name, self.project.root, most=None)[0]
            for text, span in header(source):
                if text == renaming.old:
                    place, new = respelled_csv(source.text, span, text, renaming.new)
                    self.edits.setdefault(path, {})[place] = new

    def cases(self, file: CaseFile) -> None:
        """A `.cases.yml`. A case expects rows and values; only an action's value has names of the schema."""
        source, tree = file.source, file.tree
        for case in tree.items if isinstance(tree, yaml_tree.Sequence) else ():
            self.row_lists(source, yaml_tree.get(case, "given"))
            self.settings(source, case)
            expected = yaml_tree.get(case, "expect")
            values = [expected, *(value for _, value in yaml_tree.entries(expected))]
            for node in values if file.place.role == "action" else ():
                if isinstance(node, yaml_tree.Scalar):
                    text = self.action_text(node.text, file.place)
                    if text != node.text:
                        self.put(source, node, text)

    def action_text(self, text: str, place: FormulaSite) -> str:
        """An action as `notate` writes it: `AddRow("tasks", {hours: 2})`."""
        renaming = self.renaming
        if renaming.kind in ("table", "control"):
            named = re.compile(_NAMING + re.escape(quoted(renaming.old)))
            return named.sub(lambda found: found[1] + quoted(renaming.new), text)
        written = {
            (one.table, one.name)
            for of, source, kind in self.sites()
            if of == place
            for one in bind_site(self.project.doc, of, source, kind)[0].references
            if one.how == "argument" and one.name == renaming.old
        }
        if renaming.kind != "column" or written != {(renaming.table, renaming.old)}:
            return text
        key = re.compile(r'"(?:[^"\\]|\\.)*"|(?<=[{ ])' + re.escape(renaming.old) + "(?=: )")
        return key.sub(lambda found: found[0] if found[0].startswith('"') else renaming.new, text)

    def scenario(self, source: Source, tree: yaml_tree.Node) -> None:
        """A scenario."""
        for step in yaml_tree.items_at(tree, "steps"):
            self.row_lists(source, yaml_tree.get(step, "add"))
            for table, rows in self.tables(source, yaml_tree.get(step, "change")):
                for _, cells in yaml_tree.entries(rows):
                    self.cells(source, cells, table)
            list(self.tables(source, yaml_tree.get(step, "remove")))
            self.settings(source, step)
            for button in buttons_on_pages(yaml_tree.get(step, "press")):
                self.thing(source, button, "control")
            for table, buttons in self.tables(source, yaml_tree.get(step, "press")):
                self.cells(source, buttons, table)
            for key, expected in yaml_tree.entries(yaml_tree.get(step, "expect")):
                for kind in ("table", "view", "control", "formula"):
                    self.thing(source, key, kind)
                for _, cells in yaml_tree.entries(expected):
                    self.cells(source, cells, key.text)

    def migration(self, migration: Migration) -> None:
        """A migration."""
        source, tree = migration.source, migration.tree
        for phase in yaml_tree.items_at(tree, "phases"):
            for key in ("create", "drop", "deprecate"):
                for part in yaml_tree.items_at(phase, key):
                    self.part(source, part)
            for rule in yaml_tree.items_at(phase, "copy"):
                old, new = yaml_tree.text_at(rule, "from"), yaml_tree.text_at(rule, "to")
                for key in ("from", "to"):
                    self.thing(source, yaml_tree.get(rule, key), "table")
                self.cells(source, yaml_tree.get(rule, "set"), new)
                self.cells(source, yaml_tree.get(rule, "left"), old)
                self.cells(source, yaml_tree.get(rule, "back"), old)
            for rule in yaml_tree.items_at(phase, "update"):
                table = yaml_tree.text_at(rule, "table")
                self.thing(source, yaml_tree.get(rule, "table"), "table")
                self.cells(source, yaml_tree.get(rule, "set"), table)
                for _, cells in yaml_tree.entries(yaml_tree.get(rule, "rows")):
                    self.cells(source, cells, table)
        for table, rows in self.tables(source, yaml_tree.get(tree, "decisions")):
            targets = {copy.to for copy in migration.copies if copy.table == table}
            for _, decision in yaml_tree.entries(rows):
                self.thing(source, yaml_tree.get(decision, "to"), "table")
                for target in {yaml_tree.text_at(decision, "to")} - {""} or targets:
                    self.cells(source, yaml_tree.get(decision, "cells"), target)

    def part(self, source: Source, node: yaml_tree.Node) -> None:
        """A text that names a table, or a column as `table.column`."""
        renaming = self.renaming
        if not isinstance(node, yaml_tree.Scalar):
            return
        self.thing(source, node, "table")
        if (
            renaming.kind == "table"
            and node.text.startswith(f"{renaming.old}.")
            and node.text not in self.project.doc.tables
        ):
            self.put(source, node, f"{renaming.new}{node.text[len(renaming.old) :]}")
        elif renaming.kind == "column" and node.text == f"{renaming.table}.{renaming.old}":
            self.put(source, node, f"{renaming.table}.{renaming.new}")

    # ------------------------------------------------------------ formulas

    def sites(self) -> Iterator[tuple[FormulaSite, Source, Type | None]]:
        """Every formula of the project, those of data tests too."""
        yield from formulas(self.project.doc)
        for test in self.project.tests:
            if test.formula is not None:
                yield FormulaSite("test", test.table, test.name), test.formula, types.BOOLEAN
        tables = self.project.doc.tables
        for migration in self.project.migrations:
            for source, table, into in migration.formulas:
                column = tables[into[0]].columns.get(into[1]) if into is not None and into[0] in tables else None
                if table in tables and (into is None or column is not None):
                    wanted = types.BOOLEAN if column is None else value_type(column)
                    yield FormulaSite("test", table, ""), source, wanted

    def formulas(self) -> None:
        """The texts of formulas."""
        before, renaming = self.project.doc, self.renaming
        after = with_name(before, renaming)
        made: dict[Path, str] = {}
        for place, source, kind in self.sites():
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

    def file(self, source: Source, node: yaml_tree.Node, key: str, place: FormulaSite, folder: Path) -> None:
        """A formula's file named after its column gets the new name, with its cases."""
        named = yaml_tree.get(node, key)
        new = moved(place, self.renaming)
        if new.name == place.name or not isinstance(named, yaml_tree.Scalar):
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
        return Counter(path_inside(self.project, source.name) for _, source, _ in self.sites())

    def folder(self) -> None:
        """The folder of a table that gets another name."""
        if self.renaming.kind != "table":
            return
        for name in self.project.files:
            folder = path_inside(self.project, name).parent
            if name.endswith("table.yml") and self.owner(folder) == self.renaming.old:
                if not is_folder_of(folder.name, self.renaming.new):
                    taken = {one.name for one in self.project.root.iterdir()} - {folder.name}
                    self.moves.append((folder, Path(unique(folder_name(self.renaming.new), taken))))
                return

    def owner(self, folder: Path) -> str:
        """The table of a folder."""
        source = read_text(self.project.root / folder / "table.yml", folder.name, self.project.root)[0]
        tree = yaml_tree.compose(source)
        found = yaml_tree.text_at(tree, "table", folder.name) if not isinstance(tree, Diagnostic) else folder.name
        return found if is_folder_of(folder.name, found) else folder.name


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
