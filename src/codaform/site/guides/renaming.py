"""Where the documents of a project name things of the doc, in roles, directives and formulas; and new names there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.schema import Doc, views
from codaform.project import yaml_tree
from codaform.project.files import CannotRead
from codaform.project.parts import PartKind
from codaform.project.project import Project, path_inside
from codaform.project.text_edits import edited, respelled
from codaform.project.uses import NamedInText, referenced_part
from codaform.semantics.program import FormulaSite, bind_site
from codaform.semantics.renaming import Renaming, formula_edits, keeps_meaning, with_name
from codaform.site.guides.reading import Directive, DirectiveText, Prose, find_documents, only_piece, parse_document
from codaform.site.guides.roles import ROLE, one_line, split_expected, split_once
from codaform.site.guides.run import DocumentError, split_text
from codaform.source import Source, Span
from codaform.syntax.names import in_brackets

_PAGE = FormulaSite("named", "", "")
"""Where the formulas of a document stand."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A text that names a thing. node: Its place in YAML."""

    kind: str
    name: str
    span: Span
    table: str = ""
    node: yaml_tree.Scalar | None = None


@dataclass(frozen=True, slots=True)
class _Formula:
    """A formula in a document. before, behind: What it has to be put between to be read."""

    text: str
    span: Span
    before: str = ""
    behind: str = ""

    @property
    def source(self) -> Source:
        """The whole formula."""
        return Source("document", self.before + self.text + self.behind)


def renamed_documents(project: Project, renaming: Renaming) -> Mapping[Path, Mapping[Span, str]]:
    """The changed texts in a project's documents with their places, by the paths of the files within the folder.

    Raises CannotRead where a document has no way to write the new name, and OSError.
    """
    found: dict[Path, Mapping[Span, str]] = {}
    for source, _ in find_documents(project):
        edits = _renamed(project.doc, source, renaming)
        if edits:
            found[path_inside(project, source.name)] = edits
    return found


def names_in_documents(project: Project) -> Iterator[NamedInText]:
    """The parts of the doc that a project's documents name: in roles, in directives and in their formulas.

    Raises OSError.
    """
    doc = project.doc
    for source, _ in find_documents(project):
        there = _Collector(doc, source).collect()
        for name in there.names:
            kind: PartKind = name.kind  # type: ignore[assignment]
            table = next((view.table for view in views(doc) if view.name == name.name), "") if kind == "view" else ""
            yield NamedInText(source, name.span, kind, name.name, name.table or table)
        for formula in there.formulas:
            for reference in bind_site(doc, _PAGE, formula.source, None)[0].references:
                part = referenced_part(doc, reference)
                if part is not None:
                    by = formula.span.start - len(formula.before)
                    at = max(formula.span.start, reference.span.start + by)
                    span = Span(at, max(at, reference.span.end + by))
                    yield NamedInText(source, span, part.kind, part.name, part.table)  # type: ignore[arg-type]


def _renamed(doc: Doc, source: Source, renaming: Renaming) -> dict[Span, str]:
    after = with_name(doc, renaming)
    there = _Collector(doc, source).collect()
    edits: dict[Span, str] = {}
    for name in there.names:
        if _means(name, renaming):
            edits[name.span] = respelled(source.text, name.node, renaming.new) if name.node else renaming.new
    texts: list[str] = []
    for formula in there.formulas:
        inner = _formula_edits(doc, after, formula, renaming)
        edits |= inner
        at = formula.span.start
        texts.append(edited(formula.text, {Span(of.start - at, of.end - at): text for of, text in inner.items()}))
    if edits:
        again = _Collector(after, Source(source.name, edited(source.text, edits))).collect()
        same = texts == [formula.text for formula in again.formulas]
        if not same or _meanings(there.names, renaming) != _meanings(again.names):
            raise CannotRead(f"{source.name} cannot write the name {renaming.new} so that it is read there as one")
    return edits


def _means(name: _Name, renaming: Renaming) -> bool:
    return (name.kind, name.name, name.table) == (renaming.kind, renaming.old, renaming.table)


def _meanings(names: Sequence[_Name], renaming: Renaming | None = None) -> list[tuple[str, str, str]]:
    """What names mean; with a renaming, what they mean after it."""
    found = []
    for one in names:
        name, table = one.name, one.table
        if renaming is not None:
            name = renaming.new if _means(one, renaming) else name
            table = renaming.new if renaming.kind == "table" and table == renaming.old else table
        found.append((one.kind, name, table))
    return found


def _formula_edits(doc: Doc, after: Doc, formula: _Formula, renaming: Renaming) -> dict[Span, str]:
    bound, _ = bind_site(doc, _PAGE, formula.source, None)
    inner = formula_edits(bound, formula.source.text, after, _PAGE, None, renaming)
    again, _ = bind_site(after, _PAGE, Source("document", edited(formula.source.text, inner)), None)
    if not keeps_meaning(bound, again, renaming):
        raise CannotRead(f"with the name {renaming.new}, the formula {formula.text} of a document would mean another")
    by = formula.span.start - len(formula.before)
    shifted = {Span(span.start + by, span.end + by): text for span, text in inner.items()}
    return {span: text for span, text in shifted.items() if formula.span.start <= span.start}


# ------------------------------------------------------------ what a document names


@dataclass
class _Collector:
    doc: Doc
    source: Source
    names: list[_Name] = field(default_factory=list)
    formulas: list[_Formula] = field(default_factory=list)

    def collect(self) -> _Collector:
        """All names and formulas, in the order in which they stand."""
        for part in parse_document(self.source).parts:
            if isinstance(part, Directive):
                directive = _DIRECTIVES.get(part.name.text)
                if directive is not None:
                    directive(self, part)
            elif not part.literal:
                self.prose(part)
        return self

    def prose(self, part: Prose) -> None:
        for found in ROLE.finditer(self.source.text, part.span.start, part.span.end):
            role = _ROLES.get(found["name"] or "")
            if role is not None:
                content = DirectiveText(found["content"], Span(found.start("content"), found.end("content")))
                try:
                    role(self, one_line(content))
                except DocumentError:
                    continue  # the build says so

    # ------------------------------------------------------------ single names

    def table(self, text: DirectiveText) -> str:
        """A table; empty where there is none of the name."""
        if text.text not in self.doc.tables:
            return ""
        self.names.append(_Name("table", text.text, text.span))
        return text.text

    def column(self, text: DirectiveText, table: str) -> None:
        if table and text.text in self.doc.tables[table].columns:
            self.names.append(_Name("column", text.text, text.span, table))

    def path(self, text: DirectiveText) -> None:
        """`table.column`."""
        for at in (found.start() for found in re.finditer(r"\.", text.text)):
            table, name = text.text[:at], text.text[at + 1 :]
            if table in self.doc.tables and name in self.doc.tables[table].columns:
                start = text.span.start
                self.table(DirectiveText(table, Span(start, start + at)))
                self.column(DirectiveText(name, Span(start + at + 1, text.span.end)), table)
                return

    def named(self, text: DirectiveText) -> bool:
        """A named formula."""
        if text.text in self.doc.formulas:
            self.names.append(_Name("formula", text.text, text.span))
        return text.text in self.doc.formulas

    def view(self, text: DirectiveText) -> str:
        """A view; gives its table."""
        for view in views(self.doc):
            if view.name == text.text:
                self.names.append(_Name("view", text.text, text.span))
                return view.table
        return ""

    def columns(self, text: DirectiveText | None, separator: str, table: str) -> None:
        for piece in split_text(text, separator) if text is not None else ():
            self.column(piece, table)

    def cells(self, node: yaml_tree.Node, table: str) -> None:
        """The keys of a mapping from columns."""
        for key, _ in yaml_tree.entries(node):
            if table and key.text in self.doc.tables[table].columns:
                self.names.append(_Name("column", key.text, key.span, table, key))

    def body(self, directive: Directive) -> yaml_tree.Node | None:
        tree = yaml_tree.compose(only_piece(self.source, directive.body)) if directive.body.text.strip() else None
        return None if isinstance(tree, Diagnostic) else tree

    # ------------------------------------------------------------ roles

    def path_role(self, content: DirectiveText) -> None:
        self.path(content)

    def option_role(self, content: DirectiveText) -> None:
        self.path(split_once(content, "=", "", self.is_path)[0])

    def row_role(self, content: DirectiveText) -> None:
        self.table(split_once(content, ":", "", self.doc.tables.__contains__)[0])

    def cell_role(self, content: DirectiveText) -> None:
        head, rest = split_once(split_expected(content)[0], "[", "", self.doc.tables.__contains__)
        table = self.table(head)
        known = self.doc.tables[table].columns if table else {}
        self.column(split_once(rest, "].", "", lambda left: rest.text[len(left) + 2 :] in known)[1], table)

    def value_role(self, content: DirectiveText) -> None:
        self.formula_text(split_expected(content)[0])

    def formula_text(self, text: DirectiveText) -> None:
        self.formulas.append(_Formula(text.text, text.span))

    def is_path(self, text: str) -> bool:
        return any(
            text[: found.start()] in self.doc.tables
            and text[found.end() :] in self.doc.tables[text[: found.start()]].columns
            for found in re.finditer(r"\.", text)
        )

    # ------------------------------------------------------------ directives

    def fields(self, directive: Directive) -> None:
        self.columns(directive.options.get("columns"), ",", self.table(directive.argument))

    def rows(self, directive: Directive) -> None:
        table = self.view(directive.argument) or self.table(directive.argument)
        self.columns(directive.options.get("columns"), ",", table)
        where = directive.options.get("where")
        if where is not None:
            before = f"{in_brackets(directive.argument.text)}.Filter("
            self.formulas.append(_Formula(where.text, where.span, before, ")"))
        for _, cells in yaml_tree.entries(self.body(directive)):
            self.cells(cells, table)

    def add(self, directive: Directive) -> None:
        table, tree = self.table(directive.argument), self.body(directive)
        for row in tree.items if isinstance(tree, yaml_tree.Sequence) else ():
            self.cells(row, table)

    def change(self, directive: Directive) -> None:
        table = self.table(directive.argument)
        for _, cells in yaml_tree.entries(self.body(directive)):
            self.cells(cells, table)

    def remove(self, directive: Directive) -> None:
        self.table(directive.argument)

    def press(self, directive: Directive) -> None:
        self.path(directive.argument)

    def formula(self, directive: Directive) -> None:
        if not self.named(directive.argument):
            self.path(directive.argument)

    def tests(self, directive: Directive) -> None:
        if not self.table(directive.argument):
            self.formula(directive)

    def picture(self, directive: Directive) -> None:
        kind, _, name = directive.argument.text.partition(" ")
        end = directive.argument.span.end
        subject = DirectiveText(name.strip(), Span(end - len(name.strip()), end))
        if kind == "dependencies":
            if not self.named(subject):
                self.path(subject)
        elif kind in ("neighbourhood", "bars"):
            table = self.table(subject)
            for option in ("values", "percent") if kind == "bars" else ():
                self.columns(directive.options.get(option), ",", table)
        elif kind == "timeline":
            for text in self.options(directive, "bands", "items"):
                parts = split_text(text, ":")
                table = self.table(parts[0]) if len(parts) == 2 else ""
                self.columns(parts[1] if table else None, ",", table)
            for text in self.options(directive, "holds", "label"):
                self.path(text)

    def options(self, directive: Directive, *keys: str) -> Iterator[DirectiveText]:
        yield from (directive.options[key] for key in keys if key in directive.options)


_ROLES: Mapping[str, Callable[[_Collector, DirectiveText], object]] = {
    "table": _Collector.table,
    "column": _Collector.path_role,
    "button": _Collector.path_role,
    "option": _Collector.option_role,
    "row": _Collector.row_role,
    "view": _Collector.view,
    "cell": _Collector.cell_role,
    "value": _Collector.value_role,
    "formula": _Collector.formula_text,
}

_DIRECTIVES: Mapping[str, Callable[[_Collector, Directive], None]] = {
    "fields": _Collector.fields,
    "rows": _Collector.rows,
    "add": _Collector.add,
    "change": _Collector.change,
    "remove": _Collector.remove,
    "press": _Collector.press,
    "formula": _Collector.formula,
    "tests": _Collector.tests,
    "picture": _Collector.picture,
}
