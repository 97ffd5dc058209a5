"""A formula tried on a project's sample rows: what it gives and what is wrong with it, as JSON for a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.fixes import apply_fixes
from codaform.evaluation.completion import Name
from codaform.evaluation.completion import names as known_names
from codaform.evaluation.explain import ExplainedStep, explain, value_text
from codaform.evaluation.workbook import Workbook
from codaform.library import catalogue
from codaform.model.notation import notate
from codaform.model.schema import Doc
from codaform.model.types import describe
from codaform.model.values import Action, Error, Person, Row, is_blank
from codaform.project.loading import display
from codaform.project.session import Session
from codaform.prose.sentences import describe_formula, says_itself
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.scope import doc_wide
from codaform.site.playground.expressions import NAME as EXPRESSIONS
from codaform.site.playground.expressions import Compile, Patterns, module
from codaform.site.playground.grounds import KINDS, OWN, Grounds, example_grounds, own_grounds
from codaform.source import Source, position
from codaform.syntax.names import bracketed
from codaform.syntax.tokens import Piece, pieces
from codaform.text import shorten, utf16_length

MOST_LETTERS = 20_000
"""How long a formula may be that is tried while it is typed."""
MOST_ITEMS = 50
"""The most items of a list in an answer."""
_MOST_TEXT = 2_000
"""The most letters of a value in an answer."""
_MOST_PARTS = 300
"""The most parts of a formula in an answer."""
_MOST_WORK = 100_000
"""The most letters of all parts together; an answer about a longer formula has no parts."""
MOST_ROWS = 1_000
"""How many rows of a table can be chosen from."""

_CLASSES = {
    "comment": "comment",
    "text": "text",
    "number": "number",
    "keyword": "keyword",
    "operator": "sign",
    "punctuation": "sign",
    "blank": "",
    "stray": "",
}
"""The look of each kind of piece whose kind says all; that of a name depends on what it names."""

Data = dict[str, Any]
"""A JSON object."""


_prepared: dict[str, Session] = {}
"""The projects that are read already, by their folders."""
_patterns = Patterns()
"""The regular expressions of a browser, which has no other engine for them."""


def prepare(folder: str, compile_: Compile) -> None:
    """Read the project of a folder, and answer questions: a copy of the memory, taken then, has all that they need.

    compile_: Regular expressions in JavaScript; nothing that they made is kept.
    """
    before = sys.modules.get(EXPRESSIONS)
    sys.modules[EXPRESSIONS] = module(_patterns)
    _patterns.hand_over(compile_)
    try:
        session = Session.open(folder)
        _ask_all({"": session})
        _prepared[folder] = session
    finally:
        _patterns.hand_over(None)
        del sys.modules[EXPRESSIONS]
        if before is not None:
            sys.modules[EXPRESSIONS] = before


def _ask_all(known: dict[str, Session | Grounds]) -> None:
    """Ask a question of each kind."""
    for text in (*_WARM, f"{_UNKNOWN}.Count()"):
        answer(known, json.dumps({"ask": "try", "text": text, "table": "", "row": 0}))
    for question in ({"ask": "about"}, {"ask": "own", "text": "Name,Hours\nA,1.5\nB,2", "kinds": {}}):
        answer(known, json.dumps(question))
    for table in known[""].book.doc.tables:
        text = f"{bracketed(table)}.Filter(CurrentValue.IsNotBlank()).First()"
        answer(known, json.dumps({"ask": "try", "text": text, "table": table, "row": 1}))


_WARM = ("List(1, 2.5).Sum() * 2", 'If(Today() > Date(2020, 1, 1), Concatenate("a", Format("{1}", 2)), "")', "1 +")
"""Formulas of several types, one of them cut off."""
_UNKNOWN = "no_such_name"


def begin(folder: str, compile_: Compile) -> Callable[[str], str]:
    """What answers a page's questions about the project of a folder, with regular expressions in JavaScript."""
    sys.modules.setdefault(EXPRESSIONS, module(_patterns))
    _patterns.hand_over(compile_)
    session = _prepared.pop(folder, None) or Session.open(folder)
    if not session.project.clock:
        session = session.later()
    known: dict[str, Session | Grounds] = {"": session}
    return lambda question: answer(known, question)


def answer(known: dict[str, Session | Grounds], question: str) -> str:
    """The answer to a page's question, both JSON.

    known: What formulas are tried on: the project by an empty name, `examples` when it is first asked for, `own` since
    a table was pasted. `{"ask": "about"}`, `{"ask": "rows", "table": …}`, `{"ask": "try", "text": …, "table": …,
    "row": …}`, each with the name as `doc`, or `{"ask": "own", "text": …, "kinds": {…}}`. Raises ValueError for any
    other question.
    """
    asked = json.loads(question)
    name = asked.get("doc", "") if isinstance(asked, dict) else ""
    if name == "examples" and name not in known:
        known[name] = example_grounds()
    session = known.get(name) if isinstance(name, str) else None
    match asked:
        case {"ask": "own", "text": str(text), "kinds": dict(kinds)}:
            told: object = _take_own(known, text, kinds)
        case {"ask": "about"} if session is not None:
            told = about(session)
        case {"ask": "rows", "table": str(table)} if session is not None:
            told = rows(session, table)
        case {"ask": "try", "text": str(text), "table": str(table), "row": int(row)} if session is not None:
            told = tried(session, text, table, row)
        case _:
            raise ValueError("this is no question that a playground asks")
    return json.dumps(told)


def _take_own(known: dict[str, Session | Grounds], text: str, kinds: dict[str, str]) -> Data:
    """Read a pasted table: what `about` tells, and each column with its type; or why there is none, as `fault`."""
    try:
        own = own_grounds(text, kinds, known[""].book)
    except ValueError as problem:
        return {"fault": str(problem)}
    known["own"] = own
    columns = own.book.doc.tables[OWN].columns.values()
    return about(own) | {"columns": [[column.name, column.kind] for column in columns], "kinds": list(KINDS)}


def about(session: Session | Grounds) -> Data:
    """The data that a page starts with: the doc's name, its clock, its tables, and the completions of a formula."""
    book = session.book
    return {
        "doc": book.doc.name,
        "now": notate(book.now, book),
        "tables": [{"name": name, "rows": len(book.rows(name))} for name in book.doc.tables],
        "names": names(session),
    }


@lru_cache(maxsize=8)
def _names_in(book: Workbook) -> list[Name]:
    return known_names(book)


def names(session: Session | Grounds) -> list[Name]:
    """The completions of a formula, found once for each doc: see codaform.evaluation.completion."""
    return _names_in(session.book)


def rows(session: Session | Grounds, table: str) -> list[str]:
    """What the first rows of a table are displayed as; none for a table that is not there."""
    if table not in session.book.doc.tables:
        return []
    found = session.book.rows(table)[:MOST_ROWS]
    return [display(session.book, row) or f"row {row.id}" for row in found]


def tried(session: Session | Grounds, text: str, table: str = "", row: int = 0) -> Data:
    """A formula on a page (table left out) or in a row of a table, counted from 1. Nothing is changed by it.

    `pieces`: the text in pieces, each `[look, text, severity]`. `said`: what there is to say of it. `failed`: whether
    it has no value. `words`: the formula in words, names between backticks; empty if it says itself. `type`, `value`
    and `note`: its result, empty and null where there are errors. `parts`: the value of each part. Places count as
    JavaScript does, in halves of UTF-16.
    """
    text = text[:MOST_LETTERS]
    book = session.book
    place = _row(book, table, row)
    bound, found = session.bind(Source("formula", text), place.table if place else "")
    told: Data = {
        "pieces": coloured(book.doc, text, found),
        "said": [_finding(diagnostic, text) for diagnostic in found],
        "failed": True,
        "words": "",
        "type": "",
        "value": None,
        "note": "",
        "parts": [],
    }
    if any(diagnostic.rule.severity == "error" for diagnostic in found):
        return told
    steps: tuple[ExplainedStep, ...] = ()
    if _parts_can_be_told(bound, text):
        step = explain(Source("formula", text), bound, book, place)
        value, steps = step.value, step.children
    else:
        value = book.evaluate(bound, place)
    return told | {
        "failed": isinstance(value, Error),
        "words": "" if says_itself(bound) else describe_formula(book.doc, bound, Source("formula", text)),
        "type": describe(bound.type),
        "value": _value(value, book),
        "note": _note(value),
        "parts": _parts(steps, book, [_MOST_PARTS]),
    }


def _parts_can_be_told(bound: Bound, text: str) -> bool:
    """Whether a formula is short enough for its parts to be written in well under a second."""
    waiting, count = [bound.body], 0
    while waiting:
        waiting.extend(ir.children(waiting.pop()))
        count += 1
    return count * len(text) <= _MOST_WORK


def _row(book: Workbook, table: str, number: int) -> Row | None:
    if table not in book.doc.tables:
        return None
    found = book.rows(table)
    return found[number - 1] if 1 <= number <= len(found) else None


# ------------------------------------------------------------ the text


def coloured(doc: Doc, text: str, found: Iterable[Diagnostic] = ()) -> list[list[str]]:
    """The text in pieces that look alike: `[look, text, severity]`, severity empty where nothing was found wrong."""
    waves = [(said.span.start, max(said.span.end, said.span.start + 1), said.rule.severity) for said in found]
    written: list[list[str]] = []
    for piece in pieces(text):
        look = _look(doc, text, piece)
        edges = {piece.start, piece.end}
        edges.update(edge for wave in waves for edge in wave[:2] if piece.start < edge < piece.end)
        for start, end in pairwise(sorted(edges)):
            severity = next((wave[2] for wave in waves if wave[0] <= start and end <= wave[1]), "")
            written.append([look, text[start:end], severity])
    if at_end := next((wave[2] for wave in waves if wave[0] >= len(text)), ""):
        written.append(["", "", at_end])
    return written


def _look(doc: Doc, text: str, piece: Piece) -> str:
    """The kind of a piece, as far as the text alone shows it."""
    known = _CLASSES.get(piece.kind)
    if known is not None:
        return known
    written = text[piece.start : piece.end]
    if piece.kind == "name" and text[piece.end :].lstrip()[:1] == "(" and catalogue.find(written):
        return "function"
    name = written[1:-1] if piece.kind == "bracketed" else written
    free = text[: piece.start].rstrip()[-1:] != "."
    return "table" if free and doc_wide(doc, name) is not None else "name"


def _finding(diagnostic: Diagnostic, text: str) -> Data:
    """A finding with its place; `fixed` is the whole text after its fix."""
    at = position(diagnostic.source, diagnostic.span.start)
    fix = diagnostic.fix
    return {
        "severity": diagnostic.rule.severity,
        "rule": diagnostic.rule.name,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "why": f"{diagnostic.rule.what} {diagnostic.rule.why}",
        "line": at.line,
        "column": at.column,
        "start": _halves(text, diagnostic.span.start),
        "end": _halves(text, diagnostic.span.end),
        "fix": fix.title if fix is not None else "",
        "fixed": apply_fixes(text, [diagnostic], unsafe=True)[0] if fix is not None else "",
    }


def _halves(text: str, offset: int) -> int:
    """An offset as JavaScript counts it."""
    return utf16_length(text[:offset])


# ------------------------------------------------------------ the value


def _value(value: object, book: Workbook, depth: int = 3) -> Data:
    """A value: its `kind` and `text`; of a list its `items` and how many there are in all."""
    match value:
        case list() if value and depth:
            items = [_value(item, book, depth - 1) for item in value[:MOST_ITEMS]]
            return {"kind": "list", "text": "", "items": items, "count": len(value)}
        case None | "" | []:
            return {"kind": "blank", "text": "blank"}
        case bool():
            return {"kind": "boolean", "text": notate(value, book)}
        case int() | float():
            return {"kind": "number", "text": notate(value, book)}
        case str():
            return {"kind": "text", "text": shorten(value, _MOST_TEXT)}
        case Row():
            return {
                "kind": "row",
                "text": shorten(notate(value, book).removeprefix("@"), _MOST_TEXT),
                "table": value.table,
            }
        case Person():
            return {"kind": "person", "text": shorten(value.name, _MOST_TEXT)}
        case Error():
            return {"kind": "error", "text": value.message}
        case Action():
            return {"kind": "action", "text": shorten(notate(value, book), _MOST_TEXT)}
    return {"kind": "other", "text": shorten(notate(value, book), _MOST_TEXT)}


def _note(value: object) -> str:
    """What else there is to know of a value."""
    if isinstance(value, Action):
        return "an action: a button would do this; nothing is changed here"
    if isinstance(value, list) and not is_blank(value):
        more = f", the first {MOST_ITEMS} are shown" if len(value) > MOST_ITEMS else ""
        return f"{len(value)} value{'' if len(value) == 1 else 's'}{more}"
    return ""


def _parts(steps: Iterable[ExplainedStep], book: Workbook, left: list[int]) -> list[Data]:
    """The parts of a formula as a tree. left: The number of parts that may follow, as a list with one number."""
    told: list[Data] = []
    for step in steps:
        if not left[0]:
            break
        left[0] -= 1
        text = {
            "text": shorten(step.text, _MOST_TEXT),
            "value": shorten(value_text(step, book), _MOST_TEXT),
            "note": step.note,
        }
        told.append({**text, "parts": _parts(step.children, book, left)})
    return told
