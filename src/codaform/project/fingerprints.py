"""What the outcome of each data test, case and scenario depends on, as a number that changes with any of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass

from codaform.files import open_to_read
from codaform.model.schema import Doc, views
from codaform.project import yaml_tree
from codaform.project.check_cache import FileStates, State
from codaform.project.names import names_in_file
from codaform.project.parts import ProjectPart, has_part
from codaform.project.project import CaseFile, DataTest, ScenarioFile
from codaform.project.rows_file import RowsInFiles
from codaform.project.session import Session
from codaform.project.table_rows import RowsFile
from codaform.project.uses import node_of_part, owner_of
from codaform.project.validation import bind_test
from codaform.semantics.dependencies import GraphNode, dependencies_of
from codaform.source import Source


class Fingerprints:
    """The fingerprints of a project's tests: two of one test are the same if nothing changed that its outcome reads.

    A case reads its formula, the formulas and columns that this one reads, and what is given. A data test and a
    scenario that starts with the sample rows also read the rows of all tables on the way.

    states: Of the project's files. digests: The hashes of files of rows by their names, each with the state that it was
    found in: such a file is read again only in another state. New ones are added.
    """

    def __init__(self, session: Session, states: FileStates, digests: dict[str, tuple[State, bytes]]) -> None:
        self._session = session
        self._states, self._digests = states, digests
        self._doc = session.project.doc
        self._reads, self._texts = _formulas_by_owner(session)
        self._facts: dict[GraphNode, int] = {}
        self._reached: dict[frozenset[GraphNode], tuple[int, frozenset[str]]] = {}
        self._rows: dict[str, int] = {}
        doc, project = self._doc, session.project
        settings = (doc.time_zone, doc.first_day_of_week, doc.assume, project.clock, project.user)
        self._settings = hash(repr(settings))

    def of_rows(self) -> int:
        """Of the test that all sample rows can be loaded."""
        tables = self._doc.tables.values()
        columns = (GraphNode("cells", table.name, name) for table in tables for name in table.columns)
        return self._hash(columns, with_rows=True, text="")

    def of_test(self, test: DataTest) -> int:
        """Of a data test."""
        things = {GraphNode("rows", test.table), *self._display(test.table)}
        if test.column:
            things.add(GraphNode("cells", test.table, test.column))
        if test.to:
            things |= {GraphNode("rows", test.to), GraphNode("cells", test.to, test.to_column)}
        text = test.formula.text if test.formula is not None else ""
        if test.formula is not None:
            bound, _ = bind_test(self._session.project, test)
            things |= dependencies_of(self._doc, bound.body).things if bound is not None else set()
        return self._hash(things, True, repr((test.kind, test.name, test.values, text)))

    def of_case(self, file: CaseFile, node: yaml_tree.Node) -> int:
        """Of a case in a file."""
        things: set[GraphNode] = set()
        place = file.place
        if place.role == "test":
            for test in self._session.project.tests:
                if (test.table, test.name) == (place.table, place.name) and test.formula is not None:
                    bound, _ = bind_test(self._session.project, test)
                    things |= dependencies_of(self._doc, bound.body).things if bound is not None else set()
                    things.add(GraphNode("rows", test.table))
        else:
            things.add(node_of_part(self._doc, owner_of(place)))
        for key, rows in yaml_tree.entries(yaml_tree.get(node, "given")):
            if key.text in self._doc.tables:
                things.add(GraphNode("rows", key.text))
                things |= {
                    GraphNode("cells", key.text, name)
                    for row in (rows.items if isinstance(rows, yaml_tree.Sequence) else ())
                    for name in yaml_tree.keys(row) & self._doc.tables[key.text].columns.keys()
                }
        things |= {GraphNode("control", "", name) for name in self._doc.controls}
        things.update(self._display(place.table))
        return self._hash(things, False, _text(file.source, node))

    def of_scenario(self, file: ScenarioFile) -> int:
        """Of a scenario."""
        things: set[GraphNode] = set()
        for name in names_in_file(self._session.project, file.source):
            part = ProjectPart(name.kind, name.name, name.table)
            if has_part(self._doc, part):
                things.add(node_of_part(self._doc, part))
        sample = yaml_tree.text_at(file.tree, "start") == "sample"
        return self._hash(things, sample, file.source.text)

    # ------------------------------------------------------------ what is reached

    def _hash(self, things: Iterable[GraphNode], with_rows: bool, text: str) -> int:
        known, tables = self._reach(frozenset(things))
        rows = tuple((table, self._rows_of(table)) for table in sorted(tables)) if with_rows else ()
        return hash((self._settings, known, rows, text))

    def _reach(self, start: frozenset[GraphNode]) -> tuple[int, frozenset[str]]:
        """The facts of all that is reached from some things, as one number, and the tables on the way."""
        known = self._reached.get(start)
        if known is None:
            seen, waiting = set(start), [*start]
            while waiting:
                for step in self._steps(waiting.pop()):
                    if step not in seen:
                        seen.add(step)
                        waiting.append(step)
            facts = hash(frozenset((thing, self._fact(thing)) for thing in seen))
            known = self._reached[start] = facts, frozenset(thing.table for thing in seen if thing.table)
        return known

    def _steps(self, thing: GraphNode) -> Iterator[GraphNode]:
        yield from self._reads.get(thing, ())
        if thing in self._session.needs:
            yield from self._session.needs[thing].things
        if thing.kind == "rows" and thing.table in self._doc.tables:
            # A row that a scenario adds gets the defaults of its columns.
            columns = self._doc.tables[thing.table].columns.values()
            yield from (GraphNode("cells", thing.table, one.name) for one in columns if one.default is not None)
        if thing.kind == "cells":
            column = self._doc.tables[thing.table].columns.get(thing.name)
            if column is not None and column.to in self._doc.tables:
                # A relation is entered, and shown, by the texts of the rows that it holds.
                yield GraphNode("rows", column.to)
                yield from self._display(column.to)

    def _display(self, table: str) -> Iterator[GraphNode]:
        owner = self._doc.tables.get(table)
        if owner is not None and owner.display is not None:
            yield GraphNode("cells", table, owner.display.name)

    def _fact(self, thing: GraphNode) -> int:
        known = self._facts.get(thing)
        if known is None:
            known = self._facts[thing] = hash((_facts(self._doc, thing), *self._texts.get(thing, ())))
        return known

    def _rows_of(self, table: str) -> int:
        known = self._rows.get(table)
        if known is None:
            rows = self._session.project.rows
            found = []
            for file in rows.files.get(table, ()) if isinstance(rows, RowsInFiles) else ():
                with suppress(OSError):
                    found.append(self._digest(file))
            known = self._rows[table] = hash(tuple(found))
        return known

    def _digest(self, file: RowsFile) -> bytes:
        """The hash of a file of rows. Raises OSError."""
        name = file.path.relative_to(file.root).as_posix()
        state, before = self._states.get(name), self._digests.get(name)
        if before is not None and before[0] == state:
            return before[1]
        with open_to_read(file.path) as opened:
            digest = hashlib.file_digest(opened, "sha256").digest()
        if state is not None:
            self._digests[name] = state, digest
        return digest


def _formulas_by_owner(session: Session) -> tuple[dict[GraphNode, set[GraphNode]], dict[GraphNode, list[str]]]:
    """What the formulas of each column, view, control and named formula read, a button's action too; their texts."""
    reads: defaultdict[GraphNode, set[GraphNode]] = defaultdict(set)
    texts: defaultdict[GraphNode, list[str]] = defaultdict(list)
    for place, (source, read) in session.formulas_read.items():
        owner = node_of_part(session.project.doc, owner_of(place))
        reads[owner] |= read.things
        texts[owner] += [place.role, source.text]
    return dict(reads), dict(texts)


def _facts(doc: Doc, thing: GraphNode) -> str:
    """What is said of a thing, its formulas and its meaning apart."""
    match thing.kind:
        case "cells":
            table = doc.tables.get(thing.table)
            column = table.columns.get(thing.name) if table is not None else None
            return repr((_shown(column), table is not None and column is table.display))
        case "view" | "filter":
            return repr([_shown(view) for view in views(doc) if view.name == thing.name])
        case "control":
            return repr(_shown(doc.controls.get(thing.name)))
        case "named":
            return repr(_shown(doc.formulas.get(thing.name)))
    return ""


def _shown(thing: object) -> object:
    if not is_dataclass(thing):
        return thing
    told = ((field.name, getattr(thing, field.name)) for field in fields(thing) if field.name != "about")
    return [(name, value) for name, value in told if not isinstance(value, Source)]


def _text(source: Source, node: yaml_tree.Node) -> str:
    return source.text[node.span.start : node.span.end]
