"""Advice that needs the whole project: tests, rows, other formulas, descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.evaluation.table_facts import facts_of_book
from codaform.files import read_file_text
from codaform.model.schema import Column, Table
from codaform.project import yaml_tree
from codaform.project.leftovers import is_of_use_itself, named_by_views, repeated
from codaform.project.lint import BUDGET, allows
from codaform.project.locate import DOCUMENTS
from codaform.project.names import schema_trees
from codaform.project.parts import ProjectPart
from codaform.project.project import Project
from codaform.project.promises import Promises
from codaform.project.session import Session
from codaform.project.uses import Uses, index_uses, owner_of
from codaform.semantics.costs import formula_costs
from codaform.semantics.followed_blanks import followed_blanks
from codaform.semantics.program import FormulaSite, formulas
from codaform.source import Source, Span


def advise_doc(session: Session, infos: bool) -> Iterator[Diagnostic]:
    """The advice on a project without errors, without what comments allow.

    infos: Whether infos are given, too; without them only what `lint:` of doc.yml asks for is looked at.
    """
    advice = _DocAdvice(session)
    if BUDGET in session.project.lint:
        yield from advice.above_budget(int(session.project.lint[BUDGET]))
    if infos:
        yield from advice.followed_blanks()
        yield from advice.repeated_filters()
        yield from advice.never_used()
        yield from advice.broken_promises()


class _DocAdvice:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.project: Project = session.project
        self.doc = session.project.doc

    def _of_formula(self, rule: Rule, message: str, source: Source, span: Span, help: str) -> Iterator[Diagnostic]:
        if not allows(source, rule):
            yield Diagnostic(rule, message, source, span, help)

    def _of_file(self, rule: Rule, message: str, source: Source, span: Span, help: str) -> Iterator[Diagnostic]:
        """A finding in a YAML file, which a comment on its line allows."""
        end = source.text.find("\n", span.end)
        line = source.text[source.text.rfind("\n", 0, span.start) + 1 : end if end >= 0 else len(source.text)]
        comment = re.search(r"(?:^|\s)#\s*(noqa\b.*)$", line)
        if comment is None or not allows(Source("", f"/* {comment[1]} */"), rule):
            yield Diagnostic(rule, message, source, span, help)

    def above_budget(self, budget: int) -> Iterator[Diagnostic]:
        for cost in formula_costs(self.session.program, facts_of_book(self.session.book)):
            if cost.comparisons > budget:
                message = (
                    f"{owner_of(cost.place)} takes about {cost.comparisons:,.0f} comparisons; {budget:,} are allowed"
                )
                whole = Span(0, len(cost.source.text))
                yield from self._of_formula(rules.ABOVE_BUDGET, message, cost.source, whole, cost.help)

    def followed_blanks(self) -> Iterator[Diagnostic]:
        required = {(test.table, test.column) for test in self.project.tests if test.kind == "not_null"}
        for place, source, _ in formulas(self.doc):
            for found in followed_blanks(self.session.program.formulas[place].body):
                if (found.table, found.column) not in required:
                    span = found.field.span
                    text = source.text[span.start : span.end]
                    means = "is smaller than everything" if found.compared else "counts as 0"
                    message = f"{text} is blank where {found.column} is, and {means} there"
                    help = f"ask before whether {found.column} is blank, or give it the test not_null"
                    yield from self._of_formula(rules.FOLLOWED_BLANK, message, source, span, help)

    def repeated_filters(self) -> Iterator[Diagnostic]:
        sources = {place: source for place, source, _ in formulas(self.doc)}
        for found in repeated(self.doc, self.session.program):
            first, *others = found.places
            if not first.place.table or all(each.whole for each in found.places):
                continue
            for each in others:
                message = f"{owner_of(first.place)} has the same filter"
                help = "compute the rows once, in a column of their own"
                yield from self._of_formula(rules.REPEATED_FILTER, message, sources[each.place], each.span, help)

    # ------------------------------------------------------------ columns that nothing needs

    def never_used(self) -> Iterator[Diagnostic]:
        uses = index_uses(self.session)
        for source, node, table, column in self._columns():
            why = self._why_unused(table, column, uses)
            if why:
                at = yaml_tree.get(node, "name")
                assert at is not None
                help = "remove it, or let a view show it"
                yield from self._of_file(rules.NEVER_USED, f"{table.name}.{column.name}: {why}", source, at.span, help)

    def _why_unused(self, table: Table, column: Column, uses: Uses) -> str:
        part = ProjectPart("column", column.name, table.name)
        others = [user for user, places in uses.users.get(part, {}).items() if not all(each.own for each in places)]
        shown = column.name in named_by_views(table)
        mirrored = column.owner != "coda" or any(
            other.reverse == column.name and other.to == table.name
            for each in self.doc.tables.values()
            for other in each.columns.values()
        )
        told = re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", self._documents) is not None
        itself = is_of_use_itself(table, column) or column.kind in ("button", "reaction")
        if others or shown or mirrored or told or itself:
            return ""
        if column.formula is not None:
            hidden = bool(table.views) and all(view.columns for view in table.views)
            return "no formula reads what it computes, and no view of its table shows it" if hidden else ""
        rows = [] if column.computed or column.default is not None else self.project.rows.get(table.name) or []
        is_blank = bool(rows) and all(not self._filled(row.cells.get(column.name)) for row in rows)
        return "blank in all rows, and no formula reads it" if is_blank else ""

    @staticmethod
    def _filled(cell: object) -> bool:
        return bool(getattr(cell, "text", ""))

    @cached_property
    def _documents(self) -> str:
        """The text of all documents."""
        folder = self.project.root / DOCUMENTS
        paths = sorted(folder.rglob("*.md")) if folder.is_dir() else []
        return "\n".join(read_file_text(path, "replace") for path in paths)

    def _columns(self) -> Iterator[tuple[Source, yaml_tree.Node, Table, Column]]:
        for source, tree, path in schema_trees(self.project):
            table = self.doc.tables.get(yaml_tree.text_at(tree, "table", path.parent.name))
            for node in yaml_tree.items_at(tree, "columns") if path.name == "table.yml" and table is not None else ():
                column = table.columns.get(yaml_tree.text_at(node, "name")) if table is not None else None
                if column is not None and table is not None:
                    yield source, node, table, column

    # ------------------------------------------------------------ descriptions

    def broken_promises(self) -> Iterator[Diagnostic]:
        promises = Promises(self.doc, self.session.program, self.session.needs)
        described = [
            (source, node, FormulaSite("formula", table.name, column.name))
            for source, node, table, column in self._columns()
        ]
        for source, tree, path in schema_trees(self.project):
            if path.name == "doc.yml":
                nodes = yaml_tree.items_at(tree, "formulas")
                places = (FormulaSite("named", "", yaml_tree.text_at(node, "name")) for node in nodes)
                described.extend((source, node, place) for node, place in zip(nodes, places, strict=True))
        for source, node, place in described:
            about = yaml_tree.get(node, "about")
            if isinstance(about, yaml_tree.Scalar):
                for message in promises.broken(place, about.text):
                    help = "change the description or the formula"
                    yield from self._of_file(rules.BROKEN_PROMISE, message, source, about.span, help)
