"""What formulas were found to be, kept from one check to the next by their content.

A formula's text, its place, the type that the place holds, and all names of the doc are the key of an entry; the folder
of the project and codaform itself are the key of the file. So nothing has to be forgotten: a change makes another key.
An entry holds the findings and the dependencies. A formula in YAML has none: its findings have places in that file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.model.formats import NO_FORMAT
from codaform.model.schema import Column, Doc, Table, View
from codaform.model.types import Type
from codaform.project import user_cache
from codaform.project.check_cache import program_state
from codaform.semantics.dependencies import Dependencies, GraphNode, dependencies_of
from codaform.semantics.program import Formulas, FormulaSite
from codaform.source import Source, Span

_MOST_PROJECTS = 50
"""How many projects have a file; the oldest go first."""

_FOLDER = "formulas"


@dataclass(frozen=True, slots=True)
class Understood:
    """What there is to say of a formula, and what it reads."""

    diagnostics: tuple[Diagnostic, ...]
    dependencies: Dependencies


def understand(doc: Doc, formulas: Formulas, root: Path | None = None) -> dict[FormulaSite, Understood]:
    """What is found of each formula of a doc.

    root: The folder of the project whose earlier findings are used; None to use none.
    """
    cache = _Cache(doc, root)
    found = {place: cache.of(formulas, place) for place in formulas}
    cache.save()
    return found


@dataclass
class _Cache:
    doc: Doc
    root: Path | None
    name: str = ""
    signature: bytes = b""
    known: dict[str, Any] = field(default_factory=dict)
    """The entries of the file."""
    used: dict[str, Any] = field(default_factory=dict)
    """The entries of the formulas that there are."""
    nodes: dict[tuple[str, ...], GraphNode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.root is None:
            return
        self.name = hashlib.sha256(f"{program_state()} {self.root.absolute()}".encode("utf-8", "replace")).hexdigest()
        self.signature = hashlib.sha256(repr(_signature(self.doc)).encode("utf-8", "surrogatepass")).digest()
        data = user_cache.read(_FOLDER, self.name)
        try:
            known = json.loads(data) if data is not None else {}
        except ValueError:
            known = {}
        self.known = known if isinstance(known, dict) else {}

    def of(self, formulas: Formulas, place: FormulaSite) -> Understood:
        source, expected = formulas.text(place)
        key = "" if self.root is None or source.passage is not None else self._key(place, source, expected)
        if key in self.known:
            try:
                understood = self._read(self.known[key], source)
            except (ValueError, KeyError, TypeError, AttributeError):
                pass
            else:
                self.used[key] = self.known[key]
                return understood
        understood = Understood(formulas.diagnostics(place), dependencies_of(self.doc, formulas[place].body))
        if key and all(_may_be_kept(one, source) for one in understood.diagnostics):
            self.used[key] = _written(understood)
        return understood

    def save(self) -> None:
        """Keep the entries of the formulas that there are."""
        if self.root is not None and self.used.keys() != self.known.keys():
            user_cache.write(_FOLDER, self.name, json.dumps(self.used).encode(), _MOST_PROJECTS)

    def _key(self, place: FormulaSite, source: Source, expected: Type | None) -> str:
        parts = (place.role, place.table, place.name, repr(expected), source.text)
        digest = hashlib.sha256(self.signature)
        digest.update(repr(parts).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def _read(self, entry: Any, source: Source) -> Understood:
        findings, things, certain, volatile = entry
        diagnostics = tuple(_finding(one, source) for one in findings)
        return Understood(diagnostics, Dependencies(self._nodes(things), self._nodes(certain), bool(volatile)))

    def _nodes(self, written: list[list[str]]) -> frozenset[GraphNode]:
        return frozenset([self._node(*one) for one in written])

    def _node(self, kind: Any, table: str, name: str) -> GraphNode:
        node = self.nodes.get((kind, table, name))
        if node is None:
            node = self.nodes[kind, table, name] = GraphNode(kind, table, name)
        return node


# ------------------------------------------------------------ the names of a doc


_OF_COLUMN = attrgetter(
    *("name", "kind", "many", "to", "reverse", "options", "key", "display", "label", "about", "computed")
)


def _signature(doc: Doc) -> object:
    """Everything of a doc that a formula can see: all but the texts of other formulas."""
    tables = [_of_table(table) for table in doc.tables.values()]
    named = [(one.name, one.kind, one.many, one.to, one.format) for one in doc.formulas.values()]
    controls = [
        (one.name, one.kind, one.many, one.to, one.options, one.format, one.label, one.value, *_has_formulas(one))
        for one in doc.controls.values()
    ]
    return doc.name, doc.time_zone, doc.first_day_of_week, tables, named, controls


def _of_table(table: Table) -> object:
    return table.name, [_of_column(one) for one in table.columns.values()], [_of_view(one) for one in table.views]


def _of_column(column: Column) -> object:
    shown = None if column.format == NO_FORMAT else column.format
    return *_OF_COLUMN(column), shown, *_has_formulas(column), column.formula is None, column.default is None


def _of_view(view: View) -> object:
    return view.name, view.table, view.sort, view.descending, view.limit, view.columns, view.filter is None


def _has_formulas(thing: Any) -> tuple[bool, bool]:
    return thing.action is None, thing.disable_if is None


# ------------------------------------------------------------ an entry as JSON


def _may_be_kept(finding: Diagnostic, source: Source) -> bool:
    """An error of codaform itself is not kept, nor what is about another text."""
    return finding.source is source and finding.rule != rules.INTERNAL_ERROR


def _written(understood: Understood) -> list[Any]:
    read = understood.dependencies
    findings = [
        [one.rule.name, one.message, one.span.start, one.span.end, one.help, _written_fix(one.fix)]
        for one in understood.diagnostics
    ]
    return [findings, _written_nodes(read.things), _written_nodes(read.certain), read.volatile]


def _written_nodes(nodes: frozenset[GraphNode]) -> list[list[str]]:
    return [[one.kind, one.table, one.name] for one in nodes]


def _written_fix(fix: Fix | None) -> list[Any] | None:
    if fix is None:
        return None
    return [fix.title, [[edit.span.start, edit.span.end, edit.text] for edit in fix.edits], fix.safe]


def _finding(entry: list[Any], source: Source) -> Diagnostic:
    rule, message, start, end, help, fix = entry
    known = rules.find(rule)
    if known is None:
        raise ValueError(rule)
    return Diagnostic(known, message, source, Span(start, end), help, None if fix is None else _fix(*fix))


def _fix(title: str, edits: list[Any], safe: bool) -> Fix:
    return Fix(title, tuple(Edit(Span(start, end), text) for start, end, text in edits), safe)
