"""The formula text that Coda's APIs return, which loses whose column a name means: written, read and compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model import types
from codaform.model.schema import Doc, Table, View
from codaform.model.types import RowOf
from codaform.semantics.bind import bind
from codaform.semantics.scope import (
    Item,
    ItemColumn,
    OwnColumn,
    Scope,
    current_item,
    doc_wide,
    find,
    is_option,
    own_column,
    resolve,
    row_table,
)
from codaform.source import Source, Span, frozen
from codaform.syntax import ast
from codaform.syntax.names import bracketed
from codaform.syntax.parser import parse

_QUALIFIERS = ("thisRow", "CurrentValue")


def returned_formula(source_text: str, table: str, names: Callable[[str], bool]) -> str:
    """The text that the API returns for a formula; a text that is not a formula is unchanged.

    The API drops `thisRow.` and `CurrentValue.` before a column. Names, rows and options have brackets unless they are
    plain ASCII words. Line breaks and comments stay, except for our own mark `/* table */`.

    table: The table whose row owns the formula; empty on a page, where the API drops no `thisRow.`.
    names: Whether a name is a column, table, view or formula of the doc. Any other name, such as a part of an object or
    an option, keeps its owner and its brackets.
    """
    tree, _ = parse(Source("returned", source_text))
    if tree is None:
        return source_text
    edits: dict[Span, str] = {}
    for node in _nodes(tree.expression):
        match node:
            case ast.Member(ast.Keyword(qualifier), name):
                if qualifier in _QUALIFIERS and (table or qualifier == "CurrentValue") and names(name.text):
                    dropped = Span(node.span.start, name.span.start)
                    edits[dropped] = "".join(
                        f"{comment.text} "
                        for comment in tree.comments
                        if comment.text.startswith("/*") and dropped.start <= comment.span.start < dropped.end
                    )
            case ast.Operation("AND" | "OR", (left, _)):
                gap = Span(left.span.end, node.sign_span.start)
                sign = source_text[node.sign_span.start : node.sign_span.end]
                if _last(left) == ast.Keyword("thisRow") and sign.isalpha() and _is_space(source_text, gap):
                    edits[gap] = ""
        for name in _names(node):
            if name.at:
                edits[name.span] = _in_brackets(name.text)
            elif names(name.text) or not source_text.startswith("[", name.span.start):
                edits[name.span] = bracketed(name.text)
    for comment in tree.comments:
        if comment.text.startswith("/*") and comment.text[2:-2].strip().lower() == "table":
            behind = len(source_text) - len(source_text[comment.span.end :].lstrip())
            edits[Span(comment.span.start, behind)] = ""
    return _edited(source_text, edits).strip()


def spell_out(text: str, doc: Doc, table: str, column: str) -> tuple[str, list[str]]:
    """A returned formula with its meaning spelled out, and the remaining doubts.

    Each doubt is a sentence. A text that is not a formula is unchanged, with one doubt.

    table, column: The column that the formula defines; an empty column for another formula of the table's rows, both
    empty for a formula on a page.
    """
    tree, notices = parse(Source("returned", text))
    if tree is None:
        return text, [f"the text cannot be read as a formula: {notices[0].message}"]
    bound = bind(tree, Scope(doc, table, column), action=True)
    edits: dict[Span, str] = {}
    doubts: dict[Span, str] = {}
    for diagnostic in (*notices, *bound.diagnostics):
        if _is_guess(diagnostic) and diagnostic.fix is not None:
            edits |= {edit.span: edit.text for edit in diagnostic.fix.edits}
            if diagnostic.rule != rules.GLUED_WORDS:
                doubts[diagnostic.span] = diagnostic.message
    guessed = [span for span in edits if span.start < span.end]
    of_this_row = [node.span for node in _nodes(tree.expression) if _changes_this_row(node)]
    for name, scope in bound.named:
        if any(span.start <= name.span.start and name.span.end <= span.end for span in guessed):
            continue
        spelled, doubt = _spelled(name, scope)
        within = any(span.start <= name.span.start and name.span.end <= span.end for span in of_this_row)
        if within and len(scope.items) == 1 and isinstance(resolve(scope, name.text), ItemColumn):
            spelled, doubt = f"thisRow.{bracketed(name.text)}", ""  # the item is this row
        if spelled is not None:
            edits[name.span] = spelled
        if doubt:
            doubts[name.span] = doubt
    return _edited(text, edits), [doubts[span] for span in sorted(doubts, key=lambda span: span.start)]


def compare_formulas(
    a: str, b: str, known: Callable[[str], bool] | None = None
) -> Literal["same", "different", "cannot tell"]:
    """Whether two formula texts are the same, as far as their trees show, without qualifiers, brackets, spacing and
    comments. Two texts may be the same although one means another row's column.

    known: Whether the doc has anything of this name. If given, texts that differ in an unknown name are in doubt: the
    display text of a row or an option is printed like a name.
    """
    if a == b:
        return "same"
    trees = [parse(Source("compared", text))[0] for text in (a, b)]
    first, second = trees
    if first is None or second is None:
        return "cannot tell"
    left, right = _core(first.expression), _core(second.expression)
    if left == right:
        owners = zip(_owners(first.expression), _owners(second.expression), strict=False)
        return "different" if any(mine and other and mine != other for mine, other in owners) else "same"
    if list(map(_shape, left)) == list(map(_shape, right)):
        # Coda returns line ends as spaces, perhaps within texts too.
        return "cannot tell"
    if any("//" in text and "\n" not in text.strip() for text in (a, b)):
        # If line ends are lost, a comment includes the code after it.
        return "cannot tell"
    if known is not None and not all(
        known(part.text) for part in (*left, *right) if part.kind in (ast.Name, ast.Member)
    ):
        return "cannot tell"
    return "different"


def _changes_this_row(node: ast.Expression | ast.Argument) -> bool:
    """Whether a part changes only the formula's own row."""
    if not isinstance(node, ast.Call) or node.function.casefold() != "modifyrows":
        return False
    first = node.receiver or next(iter(node.args), None)
    return first == ast.Keyword("thisRow")


# ------------------------------------------------------------ places in the text


def _nodes(expression: ast.Expression) -> Iterator[ast.Expression | ast.Argument]:
    waiting: list[ast.Expression | ast.Argument] = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(ast.children(node)))


def _names(node: ast.Expression | ast.Argument) -> tuple[ast.Name, ...]:
    """The node's own names: the node itself, or the member after its point."""
    match node:
        case ast.Name():
            return (node,)
        case ast.Member(_, name):
            return (name,)
    return ()


def _last(node: ast.Expression) -> ast.Expression:
    """The last part in the text of a node."""
    while isinstance(node, ast.Operation):
        node = node.operands[-1]
    return node


def _is_space(text: str, span: Span) -> bool:
    return text[span.start : span.end].isspace()


def _in_brackets(name: str) -> str:
    return "[" + name.replace("]", "\\]") + "]"


def _edited(text: str, edits: dict[Span, str]) -> str:
    parts: list[str] = []
    at = 0
    for span in sorted(edits, key=lambda span: (span.start, span.end)):
        if span.start < at:
            continue  # within a part that was already replaced
        parts.extend((text[at : span.start], edits[span]))
        at = span.end
    return "".join((*parts, text[at:]))


# ------------------------------------------------------------ the meanings of a bare name


def _is_guess(diagnostic: Diagnostic) -> bool:
    """Whether the binder chose one of two meanings of a name, as returned text requires."""
    return diagnostic.rule in (rules.GLUED_WORDS, rules.SAME_NAME, rules.WHOLE_COLUMN)


def _spelled(name: ast.Name, scope: Scope) -> tuple[str | None, str]:
    """The spelled-out name, None if it needs no change; and a doubt about its other meanings."""
    meaning = resolve(scope, name.text)
    written = bracketed(name.text)
    current = current_item(scope)
    readings = list(dict.fromkeys(_readings(name, scope)))
    doubt = ""
    if len(readings) > 1:
        others = " or ".join(readings[1:])
        doubt = f"{written} is read as {readings[0]}; it may be {others}"
    match meaning:
        case ItemColumn(item) if item is current:
            return f"CurrentValue.{written}", doubt
        case OwnColumn(_, _, hides) if scope.items or hides is not None:
            return f"thisRow.{written}", doubt
        case Table() | View() if own_column(scope, name.text) is not None:
            return f"/* table */ {written}", doubt
        case None if not is_option(scope.doc, name.text):
            if current is not None and _has_part(current, name.text, scope):
                return f"CurrentValue.{written}", f"{written} is read as a part of the item; no other name is in scope"
            spelled = f"@{written}" if not written.startswith("[") else f"[@{written[1:]}"
            return spelled, f"{written} is no name in scope; it is read as a row or a person that is displayed so"
    return None, doubt


def _has_part(item: Item, name: str, scope: Scope) -> bool:
    """Whether an unknown name is likely a part of the item: a member of an object, or a column of a list of rows."""
    table = row_table(scope, item.type)
    return find(table.columns, name) is not None if table else item.type in (types.OBJECT, types.ANY, types.PERSON)


def _readings(name: ast.Name, scope: Scope) -> Iterator[str]:
    """All possible meanings of a name in returned text, beginning with the chosen one."""
    text = name.text
    local = find({item.name: item for item in reversed(scope.items) if item.name}, text)
    if local is not None:
        yield f"what WithName calls {local.name}"
    for item in scope.items:
        if item.name:
            continue
        table = row_table(scope, item.type) if isinstance(item.type, RowOf) else None
        if table is not None and find(table.columns, text) is not None:
            yield f"the column of {table.name}, the item's" + ("" if item is current_item(scope) else " further out")
        elif table is None and item is current_item(scope) and _may_have(item):
            # After the certain meanings: this one was never seen, but dropped owners make it possible.
            yield from _own_readings(text, scope)
            yield "a part of the item"
    yield from _own_readings(text, scope)


def _own_readings(text: str, scope: Scope) -> Iterator[str]:
    own = own_column(scope, text)
    shared = doc_wide(scope.doc, text)
    if own is not None and own.column.name != scope.column:
        yield f"this row's column {own.column.name}"
    if shared is not None:
        yield f"the {_kind_word(shared)} {shared.name}"
    elif own is not None and own.column.name == scope.column:
        yield f"this row's column {own.column.name}"
    if is_option(scope.doc, text):
        yield f"the option {text}"


def _kind_word(thing: object) -> str:
    return "table" if isinstance(thing, Table) else "view" if isinstance(thing, View) else "formula"


def _may_have(item: Item) -> bool:
    """Whether the item may have parts outside of any schema."""
    return item.type not in (types.TEXT, types.NUMBER, types.BOOLEAN, types.DATE, types.DATETIME, types.DURATION)


# ------------------------------------------------------------ comparing


@frozen
class _Core:
    """A part of a formula without the details that returned text loses or changes.

    kind: That of its node. text: Its name or sign. value: Of a literal or a keyword, the node. parts: How many it has.
    """

    kind: type
    text: str = ""
    value: ast.Expression | None = None
    parts: int = 0


def _core(expression: ast.Expression) -> list[_Core]:
    """All parts of a formula, each before its own parts. A list is compared without recursion, unlike a tree."""
    found: list[_Core] = []
    waiting: list[ast.Expression | ast.Argument] = [expression]
    while waiting:
        node = waiting.pop()
        parts = ast.children(node)
        match node:
            case ast.Group():
                pass
            case ast.Member(ast.Keyword(qualifier), name) if qualifier in _QUALIFIERS:
                found.append(_Core(ast.Name, name.text.casefold()))
                parts = ()
            case ast.Member(_, name) | ast.Argument(name):
                found.append(_Core(type(node), name.text.casefold(), parts=1))
            case ast.Name(text):
                found.append(_Core(ast.Name, text.casefold()))
            case ast.Operation(sign):
                found.append(_Core(ast.Operation, sign, parts=len(parts)))
            case ast.Call(function, _, _, pack):
                found.append(_Core(ast.Call, f"{pack.casefold()}({function.casefold()}", parts=len(parts)))
            case _:
                found.append(_Core(type(node), value=node))
        waiting.extend(reversed(parts))
    return found


def _shape(part: _Core) -> _Core:
    """A part whose text has only single spaces."""
    match part.value:
        case ast.Literal(str(value)):
            return replace(part, value=ast.Literal(re.sub(r"\s+", " ", value)))
    return part


def _owners(expression: ast.Expression) -> Iterator[str]:
    """The qualifier of each name; empty for a name without a qualifier."""
    for node in _nodes(expression):
        match node:
            case ast.Member(ast.Keyword(qualifier)) if qualifier in _QUALIFIERS:
                yield qualifier
            case ast.Name():
                yield ""
