"""Selectors: the parts of a project that a command is about: `+tasks.estimated_hours+`, `tag:NAME`, `state:modified`.

docs/know_your_doc.md has the grammar.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.schema import Doc
from codaform.project import yaml_tree
from codaform.project.computed import computed_columns
from codaform.project.file_names import ROWS_FILES
from codaform.project.files import CannotRead
from codaform.project.modified_parts import modified_parts
from codaform.project.names import schema_trees
from codaform.project.parts import ProjectPart, find_part, parts_by_name
from codaform.project.project import Project, path_inside
from codaform.project.rows import header
from codaform.project.session import Session
from codaform.project.suite import SAMPLE_ROWS
from codaform.project.uses import Uses, index_uses, owner_of, part_of_test, parts_of_table
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, formulas
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest

_SELECTOR = re.compile(r"(?s)(?:(?P<up>\d*)\+)?(?P<what>.+?)(?:\+(?P<down>\d*))?")
_MODIFIED = "modified"


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector as written.

    method: `name`, `tag` or `state`. value: The name, the tag or the state. up, down: How many steps to follow to what
    the part needs, and to what needs the part: 0 for none, None for all.
    """

    text: str
    method: str
    value: str
    up: int | None = 0
    down: int | None = 0


def read_selector(text: str, doc: Doc) -> Selector:
    """A selector from its text. A name of the doc stays one, even with a + at its end. Raises CannotRead."""
    if find_part(doc, text) is not None:
        return Selector(text, "name", text)
    found = _SELECTOR.fullmatch(text.strip())
    if found is None:
        raise CannotRead("a selector is empty: name a column as table.column, or write tag:NAME or state:modified")
    what, steps = found["what"], {"up": found["up"], "down": found["down"]}
    up, down = (0 if step is None else int(step) if step else None for step in steps.values())
    method, colon, value = what.partition(":")
    if not colon or method not in ("tag", "state") or find_part(doc, what) is not None:
        return Selector(text, "name", what, up, down)
    if method == "state" and value != _MODIFIED:
        raise CannotRead(f"there is no state {value or 'without a name'}; the only one is state:modified")
    return Selector(text, method, value, up, down)


# ------------------------------------------------------------ what is selected


class SelectedParts:
    """The selected parts of a project; a table is there with all of its columns, views and tests."""

    def __init__(
        self, project: Project, uses: Uses, parts: Collection[ProjectPart], excluded: Collection[ProjectPart]
    ) -> None:
        self.project = project
        self.parts = frozenset(parts) - frozenset(excluded)
        self._uses = uses
        self._excluded = frozenset(excluded)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def runs(self, part: ProjectPart) -> bool:
        """Whether a promise of the project is to be checked: all are that touch what is selected."""
        return part == SAMPLE_ROWS or self.touched_by(part)

    def touched_by(self, part: ProjectPart) -> bool:
        """Whether a data test, a file of cases or a scenario is selected, or reads or names what is.

        One that is excluded is not, and none whose own column or formula is.
        """
        needs = self._uses.needs.get(part, {})
        own = {needed for needed, places in needs.items() if any(place.own for place in places)}
        if part in self._excluded or not self._excluded.isdisjoint(own):
            return False
        if part in self.parts or not self.parts.isdisjoint(needs):
            return True
        of_test = self._tests_with_cases.get(part)
        return of_test is not None and self.touched_by(of_test)

    @cached_property
    def _tests_with_cases(self) -> dict[ProjectPart, ProjectPart]:
        tests = {FormulaSite("test", test.table, test.name): part_of_test(test) for test in self.project.tests}
        found = ((file.source.name, tests.get(file.place)) for file in self.project.cases)
        return {ProjectPart("cases", name): test for name, test in found if test is not None}

    def has(self, place: FormulaSite) -> bool:
        """Whether the owner of a formula is selected."""
        return owner_of(place) in self.parts

    def computed(self) -> list[GraphNode]:
        """The selected columns and named formulas that are computed, in the doc's order."""
        doc = self.project.doc
        columns = [node for node in computed_columns(doc) if ProjectPart("column", node.name, node.table) in self.parts]
        named = [GraphNode("named", "", name) for name in doc.formulas if ProjectPart("formula", name) in self.parts]
        return columns + named

    def is_about(self, found: Diagnostic) -> bool:
        """Whether a finding is about a selected part."""
        return not self.parts.isdisjoint(self._of_finding(found))

    def _of_finding(self, found: Diagnostic) -> Iterator[ProjectPart]:
        name = found.source.name
        if name in self._files:
            yield from self._files[name]
            return
        inside = path_inside(self.project, name)
        table = self._table_of_folder.get(inside.parent.as_posix(), "")
        if inside.name in ROWS_FILES and table:
            yield ProjectPart("table", table)
            if column := _column_of_cell(found.source, found.span):
                yield ProjectPart("column", column, table)
            return
        around = [part for span, part in self._places.get(name, ()) if span.start <= found.span.start <= span.end]
        yield from around
        if not around and table:
            yield ProjectPart("table", table)

    @cached_property
    def _files(self) -> Mapping[str, list[ProjectPart]]:
        """By the name of a file that is about certain parts alone, these."""
        files: defaultdict[str, list[ProjectPart]] = defaultdict(list)
        tests = {FormulaSite("test", test.table, test.name): part_of_test(test) for test in self.project.tests}
        for place, source, _ in formulas(self.project.doc):
            if source.passage is None:
                files[source.name].append(owner_of(place))
        for test in self.project.tests:
            if test.formula is not None and test.formula.passage is None:
                files[test.formula.name].append(part_of_test(test))
        for file in self.project.cases:
            files[file.source.name] += [ProjectPart("cases", file.source.name), _owner(file.place, tests)]
        for scenario in self.project.scenarios:
            files[scenario.source.name].append(ProjectPart("scenario", scenario.source.name))
        for migration in self.project.migrations:
            files[migration.source.name].append(ProjectPart("migration", migration.source.name))
        return files

    @cached_property
    def _declared(self) -> list[tuple[str, Path, list[tuple[yaml_tree.Node, ProjectPart]]]]:
        return [(source.name, path, [*_declarations(tree, path)]) for source, tree, path in schema_trees(self.project)]

    @cached_property
    def _places(self) -> dict[str, list[tuple[Span, ProjectPart]]]:
        """By file of the schema, where each column, view, test, named formula and control is declared."""
        return {
            name: [(node.span, part) for node, part in found if part.kind != "table"]
            for name, _, found in self._declared
        }

    @cached_property
    def _table_of_folder(self) -> dict[str, str]:
        return {
            path.parent.as_posix(): part.name
            for _, path, found in self._declared
            for _, part in found
            if part.kind == "table"
        }


def _owner(place: FormulaSite, tests: Mapping[FormulaSite, ProjectPart]) -> ProjectPart:
    return tests.get(place) or owner_of(place)


def _column_of_cell(source: Source, span: Span) -> str:
    """The column of a place in a `rows.csv`; empty for none."""
    if not source.text:
        return ""
    number = 0
    for sign in re.finditer(r'"(?:[^"]|"")*"|[,\n]', source.text[: span.start]):
        number = number + 1 if sign[0] == "," else 0 if sign[0] == "\n" else number
    names = [name for name, _ in header(source)]
    return names[number] if number < len(names) else ""


# ------------------------------------------------------------ selecting


def select_parts(session: Session, select: Sequence[str], exclude: Sequence[str], base: str) -> SelectedParts:
    """The parts that selectors select, all without one, but those that others exclude.

    base: The revision of git that `state:modified` compares with. Raises CannotRead for a selector that means nothing.
    """
    uses = index_uses(session)
    chosen = _Choosing(session, uses, base)
    wanted = chosen.union(select) if select else chosen.everything()
    return SelectedParts(session.project, uses, wanted, chosen.union(exclude))


@dataclass
class _Choosing:
    session: Session
    uses: Uses
    base: str
    tagged: dict[str, set[ProjectPart]] | None = None
    modified: set[ProjectPart] | None = None

    def everything(self) -> set[ProjectPart]:
        project = self.session.project
        found = set(parts_by_name(project.doc).values())
        found |= {ProjectPart("scenario", each.source.name) for each in project.scenarios}
        found |= {ProjectPart("cases", each.source.name) for each in project.cases}
        found |= {ProjectPart("migration", each.source.name) for each in project.migrations}
        return self.whole(found)

    def union(self, texts: Sequence[str]) -> set[ProjectPart]:
        found: set[ProjectPart] = set()
        for text in texts:
            selector = read_selector(text, self.session.project.doc)
            start = self.start(selector)
            found |= self.whole(start)
            for steps, up in ((selector.up, True), (selector.down, False)):
                if steps != 0:
                    found |= {each.part for part in start for each in self.uses.reached(part, up, steps)}
        return found

    def whole(self, parts: Collection[ProjectPart]) -> set[ProjectPart]:
        """Parts, with all that is in a table among them."""
        project = self.session.project
        tables = {part.name for part in parts if part.kind == "table"}
        inside = [part for table in tables for part in parts_of_table(project.doc, table)]
        return {*parts, *inside, *(part_of_test(test) for test in project.tests if test.table in tables)}

    def start(self, selector: Selector) -> set[ProjectPart]:
        match selector.method:
            case "tag":
                return self.with_tag(selector.value)
            case "state":
                if self.modified is None:
                    self.modified = modified_parts(self.session.project, self.base)
                return self.modified
        doc = self.session.project.doc
        part = find_part(doc, selector.value)
        if part is None:
            names = [*parts_by_name(doc)]
            columns = [f"{table.name}.{column}" for table in doc.tables.values() for column in table.columns]
            close = nearest(selector.value, [*names, *columns])
            help = did_you_mean(close, "name a column as table.column, or write tag:NAME or state:modified")
            raise CannotRead(f"{selector.text} selects nothing: there is no {selector.value}; {help}")
        return {part}

    def with_tag(self, tag: str) -> set[ProjectPart]:
        if self.tagged is None:
            self.tagged = tagged_parts(self.session.project)
        if tag not in self.tagged:
            help = did_you_mean(nearest(tag, self.tagged), f"there are {', '.join(sorted(self.tagged))}")
            raise CannotRead(f"nothing has the tag {tag}" + (f"; {help}" if self.tagged else ": no file has tags"))
        return self.tagged[tag]


# ------------------------------------------------------------ tags


def tagged_parts(project: Project) -> dict[str, set[ProjectPart]]:
    """By tag, the parts that have it."""
    found: defaultdict[str, set[ProjectPart]] = defaultdict(set)
    declared = [each for _, tree, path in schema_trees(project) for each in _declarations(tree, path)]
    declared += [(each.tree, ProjectPart("scenario", each.source.name)) for each in project.scenarios]
    for node, part in declared:
        for tag in yaml_tree.items_at(node, "tags"):
            if isinstance(tag, yaml_tree.Scalar):
                found[tag.text].add(part)
    return found


def _declarations(tree: yaml_tree.Node, path: Path) -> Iterator[tuple[yaml_tree.Node, ProjectPart]]:
    """The nodes of `doc.yml` or a `table.yml` that declare parts of a project."""
    if path.name == "doc.yml":
        yield from _named(tree, "formulas", "formula")
        yield from _named(tree, "controls", "control")
        return
    table = yaml_tree.text_at(tree, "table", path.parent.name)
    yield tree, ProjectPart("table", table)
    for node, part in _named(tree, "columns", "column", table):
        yield node, part
        for test in yaml_tree.items_at(node, "tests"):
            kinds = {test.text} if isinstance(test, yaml_tree.Scalar) else yaml_tree.keys(test) - {"tags"}
            for kind in kinds:
                name = yaml_tree.text_at(test, kind).removesuffix(".coda") if kind == "formula" else kind
                yield test, ProjectPart("test", f"{part.name} {name}", table)
    yield from _named(tree, "views", "view", table)
    yield from _named(tree, "tests", "test", table)


def _named(tree: yaml_tree.Node, key: str, kind: Any, table: str = "") -> Iterator[tuple[yaml_tree.Node, ProjectPart]]:
    for node in yaml_tree.items_at(tree, key):
        yield node, ProjectPart(kind, yaml_tree.text_at(node, "name"), table)
