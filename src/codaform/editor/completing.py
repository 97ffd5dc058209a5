"""What may come next at a place of a formula: the names that mean something there, functions, options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

from lsprotocol import types as lsp

from codaform.editor.file_context import FileContext, FormulaPlace
from codaform.editor.stream import ReadyJson
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
_AS_IT_IS = (_KINDS.Keyword, _KINDS.Function, _KINDS.EnumMember)
"""The kinds that are never written in brackets."""

_PERSON = {"Name": types.TEXT, "Email": types.TEXT}
_NEAR = 1
"""The cost of a conversion up to which a function is among the first that are offered."""


class Offer(NamedTuple):
    """What may come next. item: A CompletionItem as JSON, without its edit. spelled: What the edit writes."""

    item: dict[str, Any]
    spelled: str


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
        self.range = file.range_in(place.formula, self.text.typed)
        """The word being typed, in the file."""

    def items(self) -> Iterator[Offer]:
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

    def _names(self) -> Iterator[Offer]:
        scope = self.scope(len(self.text.before)) or self._own_scope()
        item = current_item(scope)
        if item is not None:
            yield _offer("CurrentValue", _KINDS.Keyword, describe(item.type), KEYWORDS["CurrentValue"], "1")
        for one in scope.items:
            yield from self._of_item(one, scope)
        own = self._doc.tables.get(scope.table)
        if own is not None:
            yield _offer("thisRow", _KINDS.Keyword, f"row of {own.name}", KEYWORDS["thisRow"], "2")
            yield from (_column(own, one, "2") for one in own.columns.values() if one.name != scope.column)
        for table in self._doc.tables.values():
            yield _offer(table.name, _KINDS.Class, "table", table.about, "3")
        for view in views(self._doc):
            yield _offer(view.name, _KINDS.Class, f"view of {view.table}", view.about, "3")
        for named in self._doc.formulas.values():
            yield _offer(named.name, _KINDS.Constant, describe(formula_type(named)), named.about, "3")
        for control in self._doc.controls.values():
            yield _offer(control.name, _KINDS.Variable, describe(control_type(control)), control.about, "3")
        for name in catalogue.names():
            if not self._is_hidden(name):
                yield _function(catalogue.find(name)[0], "4")
        for word in ("true", "false", "AND", "OR", "NOT"):
            yield _offer(word, _KINDS.Keyword, "", KEYWORDS[word], "5")

    def _is_hidden(self, name: str) -> bool:
        """Whether a function is offered only to those who type its first sign: Coda's own reference leaves it out."""
        typed = self.text.typed
        return name.startswith("_") and not self.text.text.startswith("_", typed.start)

    def _of_item(self, item: Item, scope: Scope) -> Iterator[Offer]:
        if item.name:
            yield _offer(item.name, _KINDS.Variable, describe(item.type), "", "1")
            return
        table = None if isinstance(item.type, ListOf) else row_table(scope, item.type)
        if table is not None:
            yield from (_column(table, one, "1") for one in table.columns.values())

    def _members(self) -> Iterator[Offer]:
        found = self.value_before(len(self.text.before) - 1)
        if found is None:
            return
        bound, scope = found
        kind = bound.type
        table = row_table(scope, kind)
        if table is not None:
            yield from (_column(table, one, "1") for one in table.columns.values())
        if types.innermost(kind) == types.PERSON:
            for name, value in _PERSON.items():
                yield _offer(name, _KINDS.Property, describe(value), "", "1")
        for name in catalogue.names():
            if self._is_hidden(name):
                continue
            known = [(cost, one) for one in catalogue.find(name) if (cost := _cost(one, kind)) is not None]
            if known:
                cost, function = min(known, key=lambda one: one[0])
                yield _function(function, "2" if cost <= _NEAR else "3")

    # ------------------------------------------------------------ options

    def _options(self) -> Iterator[Offer]:
        """The options of the select list that the value here is compared with, or goes into."""
        for column in self._compared():
            for number, option in enumerate(column.options):
                written = quoted(option)
                yield _offer(written, _KINDS.EnumMember, f"option of {column.name}", "", f"0{number:04}")

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


# ------------------------------------------------------------ offers


def _column(table: Table, column: Column, order: str) -> Offer:
    mark = "ƒ " if column.formula is not None else ""
    detail = f"{mark}{describe(value_type(column))}, {table.name}"
    return _offer(column.name, _KINDS.Field, detail, column.about, order)


@cache
def _function(function: Function, order: str) -> Offer:
    return _offer(function.name, _KINDS.Function, signature(function), function.summary, order)


def _offer(name: str, kind: lsp.CompletionItemKind, detail: str, about: str, order: str) -> Offer:
    item = {"label": name, "kind": kind.value, "sortText": order + name.casefold()}
    if detail:
        item["detail"] = detail
    if about:
        item["documentation"] = about
    return Offer(item, name if kind in _AS_IT_IS else bracketed(name))


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


def completion(file: FileContext, position: lsp.Position, shares_range: bool) -> object:
    """What may come next at a position, as a CompletionList. Raises NoSuchPlace.

    shares_range: Whether the client knows a range that all items have in common.
    """
    place = file.formula_at(position)
    if place is None:
        return lsp.CompletionList(False, yaml_completion(file, file.place(position)))
    completer = Completer(file, place)
    return _as_list(list(completer.items()), completer, shares_range)


def _as_list(offers: Sequence[Offer], completer: Completer, shares_range: bool) -> ReadyJson:
    """The offers as a CompletionList. Hundreds of lsprotocol's objects would take longer than finding the offers."""
    start, end = completer.range.start, completer.range.end
    edited = {
        "start": {"line": start.line, "character": start.character},
        "end": {"line": end.line, "character": end.character},
    }
    text = completer.text
    in_brackets = text.text.startswith("[", text.typed.start)
    items: list[dict[str, Any]] = []
    for item, spelled in offers:
        more: dict[str, Any] = {"filterText": f"[{item['label']}"} if in_brackets else {}
        if not shares_range:
            more["textEdit"] = {"range": edited, "newText": spelled}
        elif spelled != item["label"]:
            more["textEditText"] = spelled
        items.append(item | more if more else item)
    defaults = {"itemDefaults": {"editRange": edited}} if shares_range else {}
    return ReadyJson({"isIncomplete": False, **defaults, "items": items})
