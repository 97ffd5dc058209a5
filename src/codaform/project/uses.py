"""What each part of a project needs, and what needs it: in formulas, views, buttons, tests, scenarios, documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from codaform.model.schema import Doc, views
from codaform.project.names import SchemaName, names_in
from codaform.project.parts import PartKind, ProjectPart, has_part
from codaform.project.project import DataTest, Project
from codaform.project.renaming import formula_sites
from codaform.project.session import Session
from codaform.project.validation import bind_test
from codaform.semantics.bind import Bound
from codaform.semantics.bind_state import Reference
from codaform.semantics.dependencies import Dependencies, Graph, GraphNode, dependencies_of
from codaform.semantics.program import FormulaSite, bind_site, formulas
from codaform.source import Source, Span, position


class UsePlace(NamedTuple):
    """Where and how a part needs another one.

    how: `formula`, `filter`, `action`, `shown`, `case` … line: From 1. by_name: False where a row is read as its
    display text and nothing spells the column. own: Whether it is about the needed part alone, such as its own test.
    """

    how: str
    file: str
    line: int
    by_name: bool = True
    own: bool = False


class ReachedPart(NamedTuple):
    """A part that another one leads to. by: The nearer part that leads to it. distance: From 1."""

    part: ProjectPart
    by: ProjectPart
    distance: int
    places: tuple[UsePlace, ...]

    @property
    def own(self) -> bool:
        """Whether nothing needs the part but what is about it alone."""
        return all(place.own for place in self.places)


class NamedInText(NamedTuple):
    """A name in a document that means a part of the doc."""

    source: Source
    span: Span
    kind: PartKind
    name: str
    table: str


@dataclass
class Uses:
    """Who needs whom in a project. needs, users: By part, the parts next to it, with the places that say so."""

    doc: Doc
    needs: dict[ProjectPart, dict[ProjectPart, list[UsePlace]]] = field(default_factory=lambda: defaultdict(dict))
    users: dict[ProjectPart, dict[ProjectPart, list[UsePlace]]] = field(default_factory=lambda: defaultdict(dict))
    declared: dict[ProjectPart, tuple[str, int]] = field(default_factory=dict)

    def note(self, user: ProjectPart, needed: ProjectPart, place: UsePlace) -> None:
        """Note that a part needs another one."""
        if user != needed and has_part(self.doc, needed):
            places = self.needs[user].setdefault(needed, [])
            if place not in places:
                places.append(place)
            self.users[needed][user] = places

    def reached(self, part: ProjectPart, up: bool, depth: int | None = None) -> list[ReachedPart]:
        """The parts that a part needs (up) or that need it, each once, the nearest first.

        depth: The number of steps to follow; None for all. A table needs all that its columns and views need
        outside of it; whatever needs one of its columns needs the table.
        """
        found: dict[ProjectPart, ReachedPart] = {}
        edge, distance = [part], 0
        while edge and (depth is None or distance < depth):
            distance += 1
            following: list[ProjectPart] = []
            for by in edge:
                for step, places in self._next(by, part, up):
                    if step not in found and step != part:
                        found[step] = ReachedPart(step, by, distance, tuple(places))
                        # A reader of a view reads its rows, not only the shown columns.
                        if up or any(place.how != "shown" for place in places):
                            following.append(step)
            edge = [step for step in following if step.in_doc and step.kind != "table"]
        return list(found.values())

    def _next(self, by: ProjectPart, start: ProjectPart, up: bool) -> list[tuple[ProjectPart, list[UsePlace]]]:
        known = self.needs if up else self.users
        if by != start or by.kind != "table":
            steps = known.get(by, {})
            tables = {step.table for step in steps if step.kind == "column"}
            # A formula that reads cells of a table reads its rows, too; the cells say more.
            kept = ((step, places) for step, places in steps.items() if step.kind != "table" or step.name not in tables)
            return sorted(kept, key=_order) if up else sorted(steps.items(), key=_order)
        merged: dict[ProjectPart, list[UsePlace]] = {}
        for inside in (by, *parts_of_table(self.doc, by.name)):
            for step, places in known.get(inside, {}).items():
                if (step.table or (step.name if step.kind == "table" else "")) != by.name:
                    merged.setdefault(step, []).extend(place for place in places if place not in merged.get(step, ()))
        return sorted(merged.items(), key=_order)


_KINDS = ("column", "view", "formula", "control", "table", "test", "cases", "scenario", "migration", "document")


def _order(found: tuple[ProjectPart, object]) -> tuple[int, str, str]:
    part = found[0]
    return _KINDS.index(part.kind), part.table, part.name


def parts_of_table(doc: Doc, table: str) -> list[ProjectPart]:
    """The columns and views of a table."""
    owner = doc.tables[table]
    columns = [ProjectPart("column", name, table) for name in owner.columns]
    return columns + [ProjectPart("view", view.name, table) for view in owner.views]


# ------------------------------------------------------------ noting


def index_uses(session: Session, in_documents: Iterable[NamedInText] = ()) -> Uses:
    """Who needs whom in a project. in_documents: The names in its documents. Raises CannotRead and OSError."""
    project = session.project
    found = Uses(project.doc)
    for place, source, _ in formulas(project.doc):
        _note_formula(found, owner_of(place), place.role, source, session.program.formulas[place])
    _note_tests(found, project)
    for name in names_in(project):
        _note_name(found, name)
    for file in project.cases:
        user = ProjectPart("cases", file.source.name)
        found.note(user, owner_of(file.place), UsePlace("case", file.source.name, 1, own=True))
    for place, source, kind in formula_sites(project):
        if place.role == "test" and not place.name:
            bound, _ = bind_site(project.doc, place, source, kind)
            _note_formula(found, ProjectPart("migration", source.name), "migration", source, bound)
    for text in in_documents:
        place_of = UsePlace("document", text.source.name, position(text.source, text.span.start).line)
        found.note(ProjectPart("document", text.source.name), ProjectPart(text.kind, text.name, text.table), place_of)
    return found


def owner_of(place: FormulaSite) -> ProjectPart:
    """The part of the doc that has a formula; of a data test's, the test."""
    match place.role:
        case "filter":
            return ProjectPart("view", place.name, place.table)
        case "named":
            return ProjectPart("formula", place.name)
        case "test":
            return ProjectPart("test", place.name, place.table)
    return ProjectPart("column", place.name, place.table) if place.table else ProjectPart("control", place.name)


def part_of_test(test: DataTest) -> ProjectPart:
    """A data test as a part; a column may have a test of the same kind as another column."""
    return ProjectPart("test", f"{test.column} {test.name}" if test.column else test.name, test.table)


def part_of_node(node: GraphNode) -> ProjectPart:
    """A node of the graph of formulas as a part."""
    match node.kind:
        case "rows":
            return ProjectPart("table", node.table)
        case "view" | "filter":
            return ProjectPart("view", node.name, node.table)
        case "named":
            return ProjectPart("formula", node.name)
        case "control":
            return ProjectPart("control", node.name)
    return ProjectPart("column", node.name, node.table)


def node_of_part(doc: Doc, part: ProjectPart) -> GraphNode:
    """A part of the doc as a node of the graph of formulas."""
    match part.kind:
        case "table":
            return GraphNode("rows", part.name)
        case "view":
            return GraphNode("view", next(view.table for view in views(doc) if view.name == part.name), part.name)
        case "formula":
            return GraphNode("named", "", part.name)
        case "control":
            return GraphNode("control", "", part.name)
    return GraphNode("cells", part.table, part.name)


def referenced_part(doc: Doc, reference: Reference) -> ProjectPart | None:
    """The part of the doc that a name in a formula means; None for names of other things."""
    if reference.table:
        return (
            ProjectPart("column", reference.name, reference.table) if reference.how not in ("option", "row") else None
        )
    if reference.how != "doc":
        return None
    if reference.name in doc.tables:
        return ProjectPart("table", reference.name)
    view = next((view for view in views(doc) if view.name == reference.name), None)
    if view is not None:
        return ProjectPart("view", view.name, view.table)
    return ProjectPart("control" if reference.name in doc.controls else "formula", reference.name)


def _note_formula(found: Uses, user: ProjectPart, how: str, source: Source, bound: Bound) -> None:
    spelled = [(referenced_part(found.doc, each), each.span) for each in bound.references]
    by_name = {part for part, _ in spelled}
    for part, span in spelled:
        if part is not None:
            found.note(user, part, UsePlace(how, source.name, position(source, span.start).line))
    for node in sorted(dependencies_of(found.doc, bound.body).things):
        part = part_of_node(node)
        if part not in by_name:
            found.note(user, part, UsePlace(how, source.name, position(source, 0).line, by_name=False))


def _note_tests(found: Uses, project: Project) -> None:
    for test in project.tests:
        user = part_of_test(test)
        line = position(test.source, test.span.start).line
        place = UsePlace("data test", test.source.name, line)
        if test.column:
            found.note(user, ProjectPart("column", test.column, test.table), place._replace(own=True))
        if test.to:
            found.note(user, ProjectPart("table", test.to), place)
            found.note(user, ProjectPart("column", test.to_column, test.to), place)
        bound, _ = bind_test(project, test)
        if bound is not None and test.formula is not None:
            _note_formula(found, user, "data test", test.formula, bound)


def _note_name(found: Uses, name: SchemaName) -> None:
    line = position(name.source, name.node.span.start).line
    if name.use == "test":
        return  # the tests say so themselves
    owner = owner_of(name.owner) if name.owner is not None else None
    table = name.table or (owner.table if name.kind == "view" and owner is not None else "")
    part = ProjectPart(name.kind, name.name, table)
    if name.use == "declaration":
        found.declared[part] = name.source.name, line
        return
    if name.kind == "view":
        part = next(
            (ProjectPart("view", view.name, view.table) for view in views(found.doc) if view.name == name.name), part
        )
    place = UsePlace(name.use, name.source.name, line)
    if name.use == "case":
        own = name.owner is not None and owner == part
        found.note(ProjectPart("cases", name.source.name), part, place._replace(own=own))
    elif name.use in ("scenario", "migration"):
        found.note(ProjectPart(name.use, name.source.name), part, place)
    elif owner is not None:
        found.note(owner, part, place)


# ------------------------------------------------------------ as a graph


def graph_with_actions(session: Session, uses: Uses) -> Graph:
    """The graph of formulas with the buttons and controls that read or change something."""
    found = Graph(session.needs)
    acting = {"action", "disable_if", "choices"}
    for user, needed in uses.needs.items():
        things = [part for part, places in needed.items() if any(place.how in acting for place in places)]
        if user.kind in ("column", "control") and things:
            node = node_of_part(uses.doc, user)
            known = found[node].things if node in found else frozenset()
            nodes = frozenset(node_of_part(uses.doc, part) for part in things)
            found[node] = Dependencies(known | nodes, frozenset(), volatile=False)
    return found
