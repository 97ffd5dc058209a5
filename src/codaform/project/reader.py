"""From the files of a folder to a Project; whatever is wrong with them becomes a diagnostic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.model.formats import Format
from codaform.model.schema import (
    COLUMN_MARKS,
    COLUMN_TYPES,
    SYSTEM_TYPES,
    Column,
    Control,
    Doc,
    NamedFormula,
    Table,
    View,
)
from codaform.model.values import Person
from codaform.project import shapes, yaml_text, yaml_tree
from codaform.project.causes import NAMELESS, declared_names, without_consequences
from codaform.project.cells import BadCell, read_cell
from codaform.project.column_formats import read_format
from codaform.project.controls import ADD_ACTION, read_controls
from codaform.project.doc_settings import assumptions, clock, environments, lint, time_zone
from codaform.project.file_names import ROWS_FILES, file_stem, folder_name, formula_stem, is_folder_of
from codaform.project.file_reader import FileReader
from codaform.project.locate import CannotRead, near_doc, reason
from codaform.project.migration_file import read_migrations
from codaform.project.project import CaseFile, DataTest, Project, ScenarioFile
from codaform.project.rows import RawRow
from codaform.project.rows_file import RowsInFiles, read_rows
from codaform.project.strays import report_strays
from codaform.project.table_rows import OnRows, RowsFile, unnoticed
from codaform.project.transaction import recover
from codaform.project.validation import check_controls
from codaform.project.yaml_tree import Node, Scalar, place_at
from codaform.semantics.program import FormulaSite, Role, formulas
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest


def read_project(root: Path, label: str | None = None, on_rows: OnRows = unnoticed, later: bool = False) -> Project:
    """The project of a folder that holds a `doc.yml`. Raises CannotRead where there is none.

    label: How the folder is called in the names of files; its path if left out. on_rows: Is called while rows are read.
    later: Whether large files of rows are read only when they are asked for; then there are no findings about them.
    """
    try:
        recover(root)
        there = (root / "doc.yml").is_file()
    except OSError as error:
        raise CannotRead(f"{root} cannot be read: {reason(error)}") from None
    if not there:
        raise CannotRead(f"{root} is no codaform project: it has no doc.yml{near_doc(root)}")
    return _Reader(root, root.as_posix() if label is None else label, on_rows=on_rows, later=later).read()


@dataclass
class _Reader(FileReader):
    tests: list[DataTest] = field(default_factory=list)
    views: dict[str, Source] = field(default_factory=dict)
    astray: list[tuple[Table, Column]] = field(default_factory=list)
    """The relations that lead nowhere."""
    unsure: set[tuple[str, str]] = field(default_factory=set)
    """The columns, by table and name, with an unreadable type."""
    incomplete: set[str] = field(default_factory=set)
    """The tables whose rows could not all be read."""
    on_rows: OnRows = unnoticed
    later: bool = False
    row_files: dict[str, list[RowsFile]] = field(default_factory=dict)

    def read(self) -> Project:
        source, top = self.yaml(self.root / "doc.yml", shapes.DOC)
        folders = [path for path in self.listed(self.root) if path.is_dir() and self.listed(path, "table.yml")]
        tables: dict[str, Table] = {}
        trees: dict[str, tuple[Source, Node, Path]] = {}
        for folder in folders:
            table_source, tree = self.yaml(folder / "table.yml", shapes.TABLE)
            if folder not in self.lost:
                table = self.table(tree, table_source, folder)
                if table.name in tables:
                    place = place_at(tree, "table")
                    self.say(rules.DUPLICATE_NAME, f"two tables are called {table.name}", table_source, place)
                    continue
                tables[table.name] = table
                trees[table.name] = (table_source, tree, folder)
        named, zone = self.named_formulas(top, source, tables), time_zone(self, top, source)
        doc = Doc(
            name=yaml_tree.text_at(top, "doc", self.root.name),
            tables=tables,
            formulas=named,
            controls=self.controls(top, source, ZoneInfo(zone), tables, named),
            about=yaml_tree.text_at(top, "about"),
            time_zone=zone,
            first_day_of_week=shapes.DAYS.get(yaml_tree.text_at(top, "first_day_of_week"), 7),
            assume=assumptions(top, self.root in self.lost),
        )
        for name, (table_source, tree, folder) in trees.items():
            self.check_columns(doc, tables[name], tree, table_source)
            self.table_tests(doc, tables[name], tree, table_source, folder)
        for table, column in self.astray:
            table.columns[column.name] = replace(column, kind="other", to="", reverse="")
        report_strays(self, folders)
        meant = {path.parent for path in self.meant if path.name in ROWS_FILES}
        self.incomplete.update(name for name, (_, _, folder) in trees.items() if folder in meant)
        self.doubtful.update(
            yaml_tree.text_at(node, "name").casefold() or NAMELESS
            for node in yaml_tree.items_at(top, "controls")
            if yaml_tree.text_at(node, "name") not in doc.controls
        )
        read = {name: self.rows(tables[name], folder, ZoneInfo(zone)) for name, (_, _, folder) in trees.items()}
        known = {name: rows for name, rows in read.items() if rows is not None}
        whole = {name: rows for name, rows in known.items() if name not in self.incomplete}
        self.diagnostics.extend(check_controls(doc, top, source, whole))
        user = yaml_tree.get(top, "user")
        lost = tuple(self.lost.values())
        return Project(
            root=self.root,
            doc=doc,
            tests=tuple(self.tests),
            rows=RowsInFiles(self.row_files, known),
            cases=self.cases(folders, doc),
            scenarios=self.scenarios(),
            environments=environments(self, top, source),
            lint=lint(self, top, source),
            migrations=tuple(read_migrations(self, doc.tables)),
            clock=clock(self, top, source, doc),
            user=Person(yaml_tree.text_at(user, "name"), yaml_tree.text_at(user, "email"))
            if user is not None
            else None,
            files=tuple(self.names),
            diagnostics=tuple(without_consequences(self.causes(), frozenset(self.doubtful), lost)),
            lost=lost,
            incomplete=frozenset(self.incomplete),
            missing=frozenset(self.missing),
            doubtful=frozenset(self.doubtful),
            names=declared_names([(source, top), *((told, tree) for told, tree, _ in trees.values())]),
        )

    def causes(self) -> list[Diagnostic]:
        """The findings, without missing files that exist under a similar name."""
        there = {path.name for path in self.meant}
        return [
            one
            for one in self.diagnostics
            if one.rule != rules.MISSING_FILE or one.source.text[one.span.start : one.span.end] not in there
        ]

    # ------------------------------------------------------------ doc.yml

    def named_formulas(self, top: Node, source: Source, tables: dict[str, Table]) -> dict[str, NamedFormula]:
        named: dict[str, NamedFormula] = {}
        for node in yaml_tree.items_at(top, "formulas"):
            name = yaml_tree.text_at(node, "name")
            kind = yaml_tree.text_at(node, "type")
            text = self.formula(node, "formula", self.root, source, FormulaSite("named", "", name))
            if not name:
                self.doubtful.add(NAMELESS)
                continue
            text = text or self.no_formula(self.root / f"{file_stem(name)}.coda", FormulaSite("named", "", name))
            kind = kind if kind in COLUMN_TYPES else "other"
            if name in named:
                self.say(
                    rules.DUPLICATE_NAME,
                    f"two named formulas are called {name}",
                    source,
                    place_at(node, "name"),
                )
                continue
            if name in tables:
                self.say(rules.DUPLICATE_NAME, f"{name} is also a table", source, place_at(node, "name"))
            about, to = yaml_tree.text_at(node, "about"), yaml_tree.text_at(node, "to")
            many = yaml_tree.flag_at(node, "many")
            if kind in _NEVER_A_FORMULA:
                self.contradicts(node, "type", source, f"no formula gives values of the type {kind}")
            if kind == "relation" and to not in tables:
                self.no_target(to, tables, node, source)
                kind, to = "other", ""
            named[name] = NamedFormula(name, kind, text, about, many, to, self.format(node, kind, source))
        return named

    def controls(
        self,
        top: Node,
        source: Source,
        zone: ZoneInfo,
        tables: dict[str, Table],
        named: dict[str, NamedFormula],
    ) -> dict[str, Control]:
        taken = {name.casefold(): "a named formula" for name in named}
        taken |= {view.name.casefold(): "a view" for table in tables.values() for view in table.views}
        taken |= {name.casefold(): "a table" for name in tables}
        return read_controls(self, top, source, self.root, zone, tables, taken)

    # ------------------------------------------------------------ table.yml

    def format(self, node: Node, kind: str, source: Source) -> Format:
        """How a column or a named formula shows its values."""
        format, problems = read_format(kind, yaml_tree.get(node, "format"), source)
        self.diagnostics.extend(problems)
        return format

    def table(self, tree: Node, source: Source, folder: Path) -> Table:
        name = yaml_tree.text_at(tree, "table", folder.name)
        if not is_folder_of(folder.name, name):
            key = yaml_tree.get(tree, "table")
            assert key is not None
            message = f"the table is called {name}, its folder {folder.name}"
            fix = Fix(f"write {folder.name}", (Edit(key.span, folder.name),), safe=False)
            help = f"the folder of a table has its name: {folder_name(name)}"
            self.say(rules.CONTRADICTION, message, source, key.span, help, fix)
            self.doubtful.add(name.casefold())
            name = folder.name
        columns: dict[str, Column] = {}
        for node in yaml_tree.items_at(tree, "columns"):
            column = self.column(node, source, folder, name)
            if column is None:
                continue
            if column.name in columns:
                message = f"two columns of {name} are called {column.name}"
                self.say(rules.DUPLICATE_NAME, message, source, place_at(node, "name"))
                continue
            columns[column.name] = column
        views = [view for node in yaml_tree.items_at(tree, "views") if (view := self.view(node, source, folder, name))]
        return Table(name, columns, yaml_tree.text_at(tree, "about"), tuple(views))

    def column(self, node: Node, source: Source, folder: Path, table: str) -> Column | None:
        name, kind = yaml_tree.text_at(node, "name"), yaml_tree.text_at(node, "type")
        if not name:
            self.doubtful.add(NAMELESS)
            return None
        at = yaml_tree.get(node, "type")
        written_kind = source.text[at.span.start : at.span.end].strip("\"'") if at is not None else ""
        if written_kind != kind or kind not in COLUMN_TYPES:
            self.unsure.add((table, name))
            kind = kind if kind in COLUMN_TYPES else "other"
        options = tuple(item.text for item in yaml_tree.items_at(node, "options") if isinstance(item, Scalar))
        present = yaml_tree.keys(node)
        self.alike(node, source, name)
        reverse = yaml_tree.text_at(node, "reverse") if kind == "relation" else ""
        format = self.format(node, kind, source)
        more: dict[str, Any] = {mark: yaml_tree.flag_at(node, mark) for mark in COLUMN_MARKS if mark in present}
        for role in _ROLES:
            if role in present:
                more[role] = self.formula(node, role, folder, source, FormulaSite(role, table, name))
        return Column(
            name=name,
            kind=kind,
            about=yaml_tree.text_at(node, "about"),
            many=yaml_tree.flag_at(node, "many") or bool(reverse),
            to=yaml_tree.text_at(node, "to"),
            reverse=reverse,
            options=options,
            format=format,
            label=yaml_tree.text_at(node, "label"),
            owner="mirror" if yaml_tree.text_at(node, "owner") == "mirror" else "coda",
            **more,
        )

    def alike(self, node: Node, source: Source, name: str) -> None:
        """Say which options of a list are those of one before, or differ from it only by case or blanks."""
        seen: dict[str, str] = {}
        exact: set[str] = set()
        for item in yaml_tree.items_at(node, "options"):
            if not isinstance(item, Scalar):
                continue
            if item.text in exact:
                self.say(rules.DUPLICATE_NAME, f'two options of {name} are called "{item.text}"', source, item.span)
                continue
            exact.add(item.text)
            first = seen.setdefault(" ".join(item.text.casefold().split()), item.text)
            if first != item.text:
                message = f'the options "{first}" and "{item.text}" of {name} differ only by case or blanks'
                self.say(rules.ALIKE_OPTIONS, message, source, item.span)
            elif item.text != item.text.strip():
                self.say(
                    rules.ALIKE_OPTIONS, f'the option "{item.text}" of {name} has blanks around it', source, item.span
                )

    def view(self, node: Node, source: Source, folder: Path, table: str) -> View | None:
        name = yaml_tree.text_at(node, "name")
        if not name:
            return None
        if name in self.views:
            self.say(rules.DUPLICATE_NAME, f"two views are called {name}", source, place_at(node, "name"))
            return None
        self.views[name] = source
        limit = yaml_tree.text_at(node, "limit")
        shown = (item.text for item in yaml_tree.items_at(node, "columns") if isinstance(item, Scalar))
        return View(
            name=name,
            table=table,
            about=yaml_tree.text_at(node, "about"),
            filter=self.formula(node, "filter", folder, source, FormulaSite("filter", table, name)),
            sort=yaml_tree.text_at(node, "sort"),
            descending=yaml_tree.flag_at(node, "descending"),
            limit=int(limit) if re.fullmatch(shapes.COUNT.pattern, limit) else None,
            columns=tuple(shown),
        )

    def check_columns(self, doc: Doc, table: Table, tree: Node, source: Source) -> None:
        """What contradicts itself, or names what is not there."""
        displays, keys = 0, 0
        for node in yaml_tree.items_at(tree, "columns"):
            column = table.columns.get(yaml_tree.text_at(node, "name"))
            if column is None or (table.name, column.name) in self.unsure:
                continue
            displays += yaml_tree.flag_at(node, "display")
            if displays > 1 and yaml_tree.flag_at(node, "display"):
                message = f"a second column of {table.name} supplies the text of its rows"
                self.contradicts(node, "display", source, message)
            keys += column.key
            if keys > 1 and column.key:
                self.contradicts(node, "key", source, f"a second column of {table.name} is its key")
            present = yaml_tree.keys(node)
            for key, kinds in shapes.TYPES_WITH.items():
                if key in present and column.kind not in kinds:
                    self.contradicts(node, key, source, f"{key} has no meaning for a column of type {column.kind}")
            if column.kind == "button" and yaml_tree.get(node, "action") is None:
                message = f"the button {column.name} has no action"
                self.say(rules.IDLE_BUTTON, message, source, place_at(node, "name"), ADD_ACTION)
            made = bool(column.reverse) or column.kind in _NEVER_A_FORMULA
            if column.formula is not None and (made or column.default is not None):
                message = f"{column.name} has a formula and another source of its values"
                self.contradicts(node, "formula", source, message)
            elif column.default is not None and made:
                self.contradicts(node, "default", source, f"{column.name} has a default, but takes no entered values")
            if column.owner != "coda" and column.computed:
                self.contradicts(node, "owner", source, f"{column.name} is computed, so it has no owner")
            self.check_relation(doc, table, column, node, source)
        for node in yaml_tree.items_at(tree, "views"):
            for name, span in _named_columns(node):
                if name not in table.columns:
                    self.no_column(table, name, source, span)
            name = yaml_tree.text_at(node, "name")
            if name in doc.tables or name in doc.formulas:
                self.say(
                    rules.DUPLICATE_NAME,
                    f"{name} is also a table or a named formula",
                    source,
                    place_at(node, "name"),
                )

    def check_relation(self, doc: Doc, table: Table, column: Column, node: Node, source: Source) -> None:
        if column.kind != "relation":
            return
        target = doc.tables.get(column.to)
        mirrored = target.columns.get(column.reverse) if target is not None else None
        if target is None:
            self.no_target(column.to, doc.tables, node, source)
        elif not column.reverse:
            return
        elif mirrored is None:
            self.no_column(target, column.reverse, source, place_at(node, "reverse"))
        elif mirrored.kind == "relation" and mirrored.to == table.name and not mirrored.reverse:
            return
        elif (mirrored.kind != "relation" or mirrored.to in doc.tables) and (
            (target.name, mirrored.name) not in self.unsure
        ):
            message = f"{target.name}.{mirrored.name} is no relation to {table.name}, so it has no other side here"
            self.say(rules.CONTRADICTION, message, source, place_at(node, "reverse"))
        self.astray.append((table, column))

    def no_target(self, to: str, tables: dict[str, Table], node: Node, source: Source) -> None:
        if not to:
            help = "add to: and the table"
            self.say(rules.WRONG_SHAPE, "a relation lacks its target table", source, place_at(node, "type"), help)
        else:
            self.no_table(to, tables, source, place_at(node, "to"))

    def no_table(self, name: str, tables: dict[str, Table], source: Source, span: Span) -> None:
        if self.root / folder_name(name) in self.lost:
            return
        close = nearest(name, tables)
        help = did_you_mean(close, f"the doc has {', '.join(tables)}")
        fix = Fix(f"write {close}", (Edit(span, close),), safe=False) if close else None
        self.say(rules.UNKNOWN_TABLE, f"there is no table {name}", source, span, help, fix)

    def contradicts(self, node: Node, key: str, source: Source, message: str) -> None:
        self.say(rules.CONTRADICTION, message, source, place_at(node, key))

    def no_column(self, table: Table, name: str, source: Source, span: Span) -> None:
        close = nearest(name, table.columns)
        help = did_you_mean(close, f"it has {', '.join(table.columns)}")
        fix = Fix(f"write {close}", (Edit(span, yaml_text.scalar(close)),), safe=False) if close else None
        self.say(rules.UNKNOWN_COLUMN, f"table {table.name} has no column {name}", source, span, help, fix)

    # ------------------------------------------------------------ data tests

    def table_tests(self, doc: Doc, table: Table, tree: Node, source: Source, folder: Path) -> None:
        for node in yaml_tree.items_at(tree, "columns"):
            name = yaml_tree.text_at(node, "name")
            if name not in table.columns:
                continue
            for test in yaml_tree.items_at(node, "tests"):
                self.column_test(doc, table, name, test, source, folder)
            told = {test.kind for test in self.tests if (test.table, test.column) == (table.name, name)}
            for kind in ("unique", "not_null") if table.columns[name].key else ():
                if kind not in told:
                    self.tests.append(DataTest(table.name, name, kind, kind, source, place_at(node, "key")))
        for test in yaml_tree.items_at(tree, "tests"):
            name = yaml_tree.text_at(test, "name")
            formula = self.formula(test, "formula", folder, source, FormulaSite("test", table.name, name))
            if formula is not None:
                at, about = place_at(test, "name"), yaml_tree.text_at(test, "about")
                declared = DataTest(table.name, "", "formula", name, source, at, formula=formula, about=about)
                self.tests.append(declared)

    def column_test(self, doc: Doc, table: Table, column: str, node: Node, source: Source, folder: Path) -> None:
        if isinstance(node, Scalar):
            if node.text == "relationships" and table.columns[column].kind != "relation":
                message = f"{column} is no relation: say to which table and column its values belong"
                self.say(
                    rules.CONTRADICTION, message, source, node.span, "{relationships: {to: table, column: column}}"
                )
                return
            if node.text in ("unique", "not_null", "relationships"):
                self.tests.append(DataTest(table.name, column, node.text, node.text, source, node.span))
            return
        for key, value in yaml_tree.entries(node):
            match key.text:
                case "accepted_values":
                    items = [item for item in yaml_tree.items_at(node, key.text) if isinstance(item, Scalar)]
                    values = tuple(item.text for item in items)
                    self.tests.append(DataTest(table.name, column, key.text, key.text, source, key.span, values=values))
                    for item in items:
                        try:
                            read_cell(item.text, replace(table.columns[column], many=False), ZoneInfo(doc.time_zone))
                        except BadCell as problem:
                            self.say(rules.BAD_CELL, str(problem), source, item.span)
                case "relationships":
                    to, other = yaml_tree.text_at(value, "to"), yaml_tree.text_at(value, "column")
                    if not to or not other:
                        continue
                    if to not in doc.tables:
                        self.no_table(to, doc.tables, source, place_at(value, "to"))
                    elif other not in doc.tables[to].columns:
                        self.no_column(doc.tables[to], other, source, place_at(value, "column"))
                    else:
                        test = DataTest(
                            table.name, column, key.text, key.text, source, key.span, to=to, to_column=other
                        )
                        self.tests.append(test)
                case "formula":
                    name = yaml_tree.text_at(node, "formula").removesuffix(".coda")
                    formula = self.formula(node, "formula", folder, source, FormulaSite("test", table.name, name))
                    if formula is not None:
                        self.tests.append(
                            DataTest(table.name, column, "formula", name, source, key.span, formula=formula)
                        )

    # ------------------------------------------------------------ rows, cases, scenarios

    def rows(self, table: Table, folder: Path, zone: ZoneInfo) -> Sequence[RawRow] | None:
        paths = [path for path in self.listed(folder) if path.name in ROWS_FILES]
        self.names.extend(map(self.name, paths))
        about = self.root, table, zone, self.on_rows
        files = self.row_files[table.name] = [RowsFile(path, self.name(path), *about) for path in paths]
        rows, problems = read_rows(files, (), self.later)
        if rows is None and problems:
            del self.row_files[table.name]
        self.diagnostics.extend(problems)
        if any(problem.message.startswith(("the line", "the file", "table")) for problem in problems):
            self.incomplete.add(table.name)
        return rows

    def cases(self, folders: list[Path], doc: Doc) -> tuple[CaseFile, ...]:
        found: list[CaseFile] = []
        places = {place for place, _, _ in formulas(doc)}
        places.update(FormulaSite("test", test.table, test.name) for test in self.tests if test.formula is not None)
        inline: dict[Path, FormulaSite] = {}
        for folder, _, _, known in self.inline:
            inline.setdefault(folder / f"{formula_stem(known)}.coda", known)
        for folder in (self.root, *folders):
            if folder in self.lost:
                continue
            namer = "doc.yml" if folder == self.root else f"{folder.name}/table.yml"
            for path in self.listed(folder, "*.coda"):
                said = len(self.diagnostics)
                if self.name_in(folder, path.name) not in self.used:
                    source = self.text(path)
                    if len(self.diagnostics) == said:
                        self.unused(path, source, namer)
            for path in self.listed(folder, "*.cases.yml"):
                said = len(self.diagnostics)
                source, tree = self.yaml(path, shapes.CASES)
                formula = path.name.removesuffix(".cases.yml") + ".coda"
                place = self.used.get(self.name(folder / formula)) or inline.get(folder / formula)
                if place is None and len(self.diagnostics) == said:
                    message = f"there is no formula {formula} that these cases are for"
                    self.say(rules.UNUSED_FILE, message, source, Span(0, 0))
                elif place in places and self.name(folder / formula) not in self.missing:
                    found.append(CaseFile(source, tree, place))
        return tuple(found)

    def scenarios(self) -> tuple[ScenarioFile, ...]:
        paths = [path for folder in self.listed(self.root, "scenarios") for path in self.listed(folder, "*.yml")]
        return tuple(ScenarioFile(*self.yaml(path, shapes.SCENARIO)) for path in paths)


_ROLES: tuple[Role, ...] = ("formula", "default", "action", "disable_if")

_NEVER_A_FORMULA = SYSTEM_TYPES | {"button", "reaction"}
"""Types of columns whose values people's clicks or Coda itself make."""


def _named_columns(node: Node) -> list[tuple[str, Span]]:
    named = (yaml_tree.get(node, "sort"), *yaml_tree.items_at(node, "columns"))
    return [(found.text, found.span) for found in named if isinstance(found, Scalar)]
