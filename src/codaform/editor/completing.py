"""What may come next at a place of a formula: the names that mean something there, functions, options."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from lsprotocol import types as lsp

from codaform.editor.file_context import FileContext, FormulaPlace
from codaform.editor.yaml_keys import yaml_completion
from codaform.evaluation.completion import KEYWORDS
from codaform.library import catalogue
from codaform.library.function import Function
from codaform.model import types
from codaform.model.notation import quoted
from codaform.model.schema import Column, Table, control_type, formula_type, value_type, views
from codaform.model.types import Deferred, ListOf, Type, describe
from codaform.semantics import coercion, ir
from codaform.semantics.bind import Bound, bind
from codaform.semantics.calls import signature
from codaform.semantics.provenance import held, leaves
from codaform.semantics.scope import Item, Scope, current_item, row_table
from codaform.source import Source, Span
from codaform.syntax.names import bracketed
from codaform.syntax.parser import parse
from codaform.syntax.tokens import Piece, pieces

HOLE = "codaform_hole_"
"""A name that nothing has: what the binder makes of it says what the place means."""

_KINDS = lsp.CompletionItemKind
_PERSON = {"Name": types.TEXT, "Email": types.TEXT}
_NEAR = 1
"""The cost of a conversion up to which a function is among the first that are offered."""


@dataclass
class FormulaText:
    """A formula up to a place in it: what is being typed there, and what stands before it."""

    text: str
    at: int

    @cached_property
    def before(self) -> list[Piece]:
        """The words and signs before what is being typed."""
        return self._cut[0]

    @cached_property
    def typed(self) -> Span:
        """The word being typed, with its rest behind the cursor."""
        return self._cut[1]

    @cached_property
    def is_text(self) -> bool:
        """Whether a literal text is being typed."""
        return self.text[self.typed.start : self.typed.start + 1] in ('"', "'") and self.typed.start < self.at

    @cached_property
    def is_comment(self) -> bool:
        """Whether the place is in a comment."""
        return any(one.kind == "comment" and one.start < self.at <= one.end for one in pieces(self.text)) and not (
            self.text[: self.at].endswith("*/")
        )

    @cached_property
    def _cut(self) -> tuple[list[Piece], Span]:
        said = [one for one in pieces(self.text) if one.kind not in ("blank", "comment")]
        found: list[Piece] = []
        for one in said:
            if one.start >= self.at:
                break
            if one.kind == "stray" and self.text[one.start] == "[" and "\n" not in self.text[one.start : self.at]:
                return found, Span(one.start, self.at)  # a name in brackets that are not closed yet
            if one.end >= self.at and one.kind in ("name", "bracketed", "keyword", "stray", "number"):
                return found, Span(one.start, one.end)
            if one.kind == "text" and (one.end > self.at or (one.end == self.at and not self._closed(one))):
                return found, Span(one.start, one.end)
            found.append(one)
        return found, Span(self.at, self.at)

    def _closed(self, one: Piece) -> bool:
        return one.end - one.start > 1 and self.text[one.start] == self.text[one.end - 1]

    def sign(self, back: int = 1) -> str:
        """The word or sign so many places before what is typed; empty where there is none."""
        if len(self.before) < back:
            return ""
        one = self.before[-back]
        return self.text[one.start : one.end]

    def operand(self, end: int) -> int:
        """Where the value begins that ends behind the first `end` pieces: `a.b(c).d`."""
        at, depth, wants = end, 0, True
        while at > 0:
            one = self.before[at - 1]
            word = self.text[one.start : one.end]
            if word == ")":
                if depth == 0 and not wants:
                    break
                depth += 1
            elif word == "(":
                if depth == 0:
                    break
                depth -= 1
                wants = depth == 0
                at -= 1
                # The name of a function belongs to its call; other parentheses stand alone.
                if depth == 0 and at > 0 and self.before[at - 1].kind in ("name", "keyword"):
                    continue
                if depth == 0:
                    wants = False
                    if at == 0 or self.word(at - 1) != ".":
                        break
                continue
            elif depth == 0:
                if word == ".":
                    wants = True
                elif one.kind in ("name", "bracketed", "keyword", "text", "number") and wants:
                    wants = False
                else:
                    break
            at -= 1
        return at

    def word(self, at: int) -> str:
        """A word or sign before what is typed, by its number."""
        return self.text[self.before[at].start : self.before[at].end]

    def calls(self) -> list[tuple[int, int]]:
        """The calls that are open here, the innermost first: the place of the parenthesis in `before`, and how many
        commas came since."""
        found: list[tuple[int, int]] = []
        depth = commas = 0
        for at in range(len(self.before) - 1, -1, -1):
            word = self.word(at)
            if word == ")":
                depth += 1
            elif word == "(":
                if depth == 0:
                    found.append((at, commas))
                    commas = 0
                else:
                    depth -= 1
            elif word == "," and depth == 0:
                commas += 1
        return found

    def with_hole(self, at: int) -> str:
        """The formula up to a piece, with a hole there and every parenthesis closed."""
        start = self.before[at].start if at < len(self.before) else self.typed.start
        opened = 0
        for one in self.before[:at]:
            word = self.text[one.start : one.end]
            opened += (word == "(") - (word == ")")
        return f"{self.text[:start]} {HOLE}{')' * max(opened, 0)}"


class Completer:
    """Finds what may come next at a place of a formula."""

    def __init__(self, file: FileContext, place: FormulaPlace) -> None:
        self._doc = file.doc
        self._site = place.formula.site
        self.text = FormulaText(place.formula.text.text, place.at)
        self._range = file.range_in(place.formula, self.text.typed)

    def items(self) -> Iterator[lsp.CompletionItem]:
        """What may come next; the nearest things first."""
        text = self.text
        if text.is_comment:
            return
        options = list(self._options())
        yield from options
        if text.is_text:
            return
        if text.sign() == ".":
            yield from self._members()
            return
        yield from self._names()

    # ------------------------------------------------------------ meaning

    def scope(self, at: int) -> Scope | None:
        """What names mean at a piece; None where the text before it is no beginning of a formula."""
        written = self.text.with_hole(at)
        bound = self._bound(written)
        found = [scope for name, scope in bound.named if name.text == HOLE] if bound is not None else []
        return found[0] if found else None

    def _bound(self, written: str) -> Bound | None:
        tree, _ = parse(Source("", written))
        return None if tree is None else bind(tree, self._own_scope(), None, True)

    def _own_scope(self) -> Scope:
        return Scope(self._doc, self._site.table, self._site.name if self._site.role == "formula" else "")

    def value_before(self, end: int) -> tuple[Bound, Scope] | None:
        """The value that ends behind the first `end` pieces, as understood, with what names mean there."""
        start = self.text.operand(end)
        if start >= end:
            return None
        scope = self.scope(start) or self._own_scope()
        written = self.text.text[self.text.before[start].start : self.text.before[end - 1].end]
        tree, _ = parse(Source("", written))
        return None if tree is None else (bind(tree, scope, None, True), scope)

    # ------------------------------------------------------------ names

    def _names(self) -> Iterator[lsp.CompletionItem]:
        scope = self.scope(len(self.text.before)) or self._own_scope()
        item = current_item(scope)
        if item is not None:
            yield self._item("CurrentValue", _KINDS.Keyword, describe(item.type), KEYWORDS["CurrentValue"], "1")
        for one in scope.items:
            yield from self._of_item(one, scope)
        own = self._doc.tables.get(scope.table)
        if own is not None:
            yield self._item("thisRow", _KINDS.Keyword, f"row of {own.name}", KEYWORDS["thisRow"], "2")
            yield from (self._column(own, one, "2") for one in own.columns.values() if one.name != scope.column)
        for table in self._doc.tables.values():
            yield self._item(table.name, _KINDS.Class, "table", table.about, "3")
        for view in views(self._doc):
            yield self._item(view.name, _KINDS.Class, f"view of {view.table}", view.about, "3")
        for named in self._doc.formulas.values():
            yield self._item(named.name, _KINDS.Constant, describe(formula_type(named)), named.about, "3")
        for control in self._doc.controls.values():
            yield self._item(control.name, _KINDS.Variable, describe(control_type(control)), control.about, "3")
        for name in catalogue.names():
            if not self._is_hidden(name):
                yield self._function(catalogue.find(name)[0], "4")
        for word in ("true", "false", "AND", "OR", "NOT"):
            yield self._item(word, _KINDS.Keyword, "", KEYWORDS[word], "5")

    def _is_hidden(self, name: str) -> bool:
        """Whether a function is offered only to those who type its first sign: Coda's own reference leaves it out."""
        typed = self.text.typed
        return name.startswith("_") and not self.text.text.startswith("_", typed.start)

    def _of_item(self, item: Item, scope: Scope) -> Iterator[lsp.CompletionItem]:
        if item.name:
            yield self._item(item.name, _KINDS.Variable, describe(item.type), "", "1")
            return
        table = None if isinstance(item.type, ListOf) else row_table(scope, item.type)
        if table is not None:
            yield from (self._column(table, one, "1") for one in table.columns.values())

    def _members(self) -> Iterator[lsp.CompletionItem]:
        found = self.value_before(len(self.text.before) - 1)
        if found is None:
            return
        bound, scope = found
        kind = bound.type
        table = row_table(scope, kind)
        if table is not None:
            yield from (self._column(table, one, "1") for one in table.columns.values())
        if types.innermost(kind) == types.PERSON:
            for name, value in _PERSON.items():
                yield self._item(name, _KINDS.Property, describe(value), "", "1")
        for name in catalogue.names():
            if self._is_hidden(name):
                continue
            known = [(cost, one) for one in catalogue.find(name) if (cost := _cost(one, kind)) is not None]
            if known:
                cost, function = min(known, key=lambda one: one[0])
                yield self._function(function, "2" if cost <= _NEAR else "3")

    # ------------------------------------------------------------ options

    def _options(self) -> Iterator[lsp.CompletionItem]:
        """The options of the select list that the value here is compared with, or goes into."""
        for column in self._compared():
            for number, option in enumerate(column.options):
                yield lsp.CompletionItem(
                    label=quoted(option),
                    kind=_KINDS.EnumMember,
                    detail=f"option of {column.name}",
                    sort_text=f"0{number:04}",
                    filter_text=quoted(option),
                    text_edit=lsp.TextEdit(self._range, quoted(option)),
                )

    def _compared(self) -> list[Column]:
        text = self.text
        if text.sign() in ("=", "!=", "<>"):
            found = self.value_before(len(text.before) - 1)
        elif text.sign() in ("(", ",") and (calls := text.calls()):
            found = self._first_argument(*calls[0])
        else:
            own = self._doc.tables.get(self._site.table)
            into = own.columns.get(self._site.name) if own and self._site.role in ("formula", "default") else None
            return [into] if into is not None and into.options and not text.before else []
        if found is None:
            return []
        bound, scope = found
        known = leaves(scope.doc, held(ir.parts(bound.body)), bound.body)
        return list({one.name: one for one in known if isinstance(one, Column) and one.options}.values())

    def _first_argument(self, parenthesis: int, commas: int) -> tuple[Bound, Scope] | None:
        """The first argument of a call, which may stand before its point."""
        text = self.text
        if parenthesis > 1 and text.word(parenthesis - 2) == ".":
            return self.value_before(parenthesis - 2)
        if commas == 0:
            return None
        depth = 0
        for at in range(parenthesis + 1, len(text.before)):
            word = text.word(at)
            depth += (word == "(") - (word == ")")
            if word == "," and depth == 0:
                return self.value_before(at)
        return None

    # ------------------------------------------------------------ items

    def _column(self, table: Table, column: Column, order: str) -> lsp.CompletionItem:
        mark = "ƒ " if column.formula is not None else ""
        detail = f"{mark}{describe(value_type(column))}, {table.name}"
        return self._item(column.name, _KINDS.Field, detail, column.about, order)

    def _function(self, function: Function, order: str) -> lsp.CompletionItem:
        return self._item(function.name, _KINDS.Function, *_told(function), order)

    def _item(self, name: str, kind: lsp.CompletionItemKind, detail: str, about: str, order: str) -> lsp.CompletionItem:
        spelled = name if kind in (_KINDS.Keyword, _KINDS.Function) else bracketed(name)
        typed = self.text.text[self.text.typed.start : self.text.typed.start + 1]
        return lsp.CompletionItem(
            label=name,
            kind=kind,
            detail=detail,
            documentation=about or None,
            sort_text=order + name.casefold(),
            filter_text=f"[{name}" if typed == "[" else name,
            text_edit=lsp.TextEdit(self._range, spelled),
        )


@cache
def _told(function: Function) -> tuple[str, str]:
    """The signature of a function, and what it gives."""
    return signature(function), function.summary


def _cost(function: Function, kind: Type) -> float | None:
    """How far a value of a type is from what a function takes before its point; None where it takes no such value."""
    if function.operator or not function.params:
        return None
    first = function.params[0]
    wanted = first.types[0]
    if isinstance(wanted, Deferred):
        return None
    if kind in types.UNREAD or kind == types.FAULTY:
        return 0
    given = kind.item if isinstance(kind, ListOf) and coercion.maps_over(function, first, wanted, kind) else kind
    return _NEAR if wanted == types.ANY else coercion.cost(given, wanted)


def completion(file: FileContext, position: lsp.Position) -> lsp.CompletionList:
    """What may come next at a position. Raises NoSuchPlace."""
    place = file.formula_at(position)
    if place is None:
        return lsp.CompletionList(False, yaml_completion(file, file.place(position)))
    return lsp.CompletionList(False, list(Completer(file, place).items()))
