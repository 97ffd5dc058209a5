"""Texts in SQL. Letters outside ASCII are left to the row-wise engine wherever engines differ in them."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from codaform.library import filters, formatting, lists, patterns, regular_expressions, text
from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import ListOf
from codaform.model.values import EvaluationError
from codaform.semantics import ir
from codaform.sql.conversions import ASCII, converted_value, joined
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.forms.date_forms import formatted, moment_text
from codaform.sql.forms.form import SqlForm, Template, as_typed
from codaform.sql.forms.logic_forms import Special
from codaform.sql.forms.number_forms import rounded, written_number
from codaform.sql.frames import SqlFrame
from codaform.sql.selecting import filtered
from codaform.sql.templates import computed, quoted
from codaform.sql.trees import CannotLower, coalesce, either, in_order, not_null
from codaform.sql.values import Lowered, SqlWriting, Stream, Value

TEXT, NUMBER, BOOLEAN = types.TEXT, types.NUMBER, types.BOOLEAN

_COUNT = "CAST(greatest(trunc(least({0}, 1e6)), 0) AS BIGINT)"
_REST = f"substring(a, {_COUNT.format('c - 1')} + 1, length(a))"
_PLACE = "CAST(trunc(least(greatest({0}, -1e9), 1e9)) AS BIGINT)"
_FROM = f"greatest({_PLACE.format('b')}, 1)"
_LONG = "length(it) > 1000000 OR abs(b) > 1e6"
_NOT_ASCII = f"NOT {ASCII}"


def _text(sql: str, flag: str = "") -> Template:
    return Template(f"nullif({sql}, '')", TEXT, flag)


_EITHER_CASE = "coalesce(c, FALSE) AND (strlen(a) <> length(a) OR strlen(b) <> length(b))"


def _found(test: str) -> Template:
    """Whether a text is found in another; in any case if asked so."""
    a, b = "coalesce(a, '')", "coalesce(b, '')"
    return Template(
        f"CASE WHEN coalesce(c, FALSE) THEN {test.format(f'lower({a})', f'lower({b})')} ELSE {test.format(a, b)} END",
        BOOLEAN,
        _EITHER_CASE,
        sure=True,
    )


def _concatenated(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """The texts of values; the items of lists with nothing between them."""
    parts: list[exp.Expr] = []
    flags: list[exp.Expr | None] = []
    for part in node.args:
        found = lowering.part(part, frame)
        if isinstance(found.kind, ListOf):
            stream = lowering.stream(found, frame)
            if isinstance(stream.item.kind, ListOf):
                raise CannotLower("lists in lists")
            item = converted_value(lowering, stream.frame, stream.item, TEXT)
            value = joined(lowering, replace(stream, item=item), exp.Literal.string(""))
        else:
            assert isinstance(found, Value)
            value = converted_value(lowering, frame, found, TEXT)
        flags.append(value.flag)
        parts.append(value.tree if value.sure else coalesce(value.tree, exp.Literal.string("")))
    tree = parts[0] if parts else exp.Literal.string("")
    for piece in parts[1:]:
        tree = exp.DPipe(this=tree, expression=piece)
    return Value(exp.Nullif(this=tree, expression=exp.Literal.string("")), TEXT, either(*flags))


def _plain(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """Values as one text; only Coda shows how it looks."""
    if any(isinstance(part.type, ListOf) for part in node.args):
        raise CannotLower("a list as a text that looks so")
    return _concatenated(lowering, frame, node)


def _to_number(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    value = lowering.value(node.args[0], frame)
    if isinstance(value.kind, ListOf):
        raise CannotLower("a list as a number")
    return converted_value(lowering, frame, value, NUMBER)


def _to_text(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    if len(node.args) > 1 and not (isinstance(node.args[1], ir.Constant) and not node.args[1].value):
        return formatted(lowering, frame, node)
    return converted_value(lowering, frame, lowering.value(node.args[0], frame), TEXT)


def _regex_match(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """A pattern that is written in the formula, as RE2 reads it in both engines."""
    value = lowering.value(node.args[0], frame)
    pattern = _literal(node.args[1])
    flags = _literal(node.args[2]) if len(node.args) > 2 else ""
    try:
        read = regular_expressions.read(pattern, flags)
    except EvaluationError as fault:
        raise CannotLower(fault.message, node.span) from None
    if value.kind not in (TEXT, types.BLANK):
        raise CannotLower("a pattern of what is no text")
    spelled, plain = _spelled(frame.dialect, read.engine.pattern, _BRANCHED)
    word = "regexp_matches" if plain else "pattern_found"
    tree = computed(frame, f"{word}(coalesce(a, ''), {quoted(spelled)})", {"a": value.tree})
    return Value(tree, BOOLEAN, value.flag, sure=True)


_OFTEN = r"(?:[+*?]|\{[0-9]{1,2}\})?"
_ATOM = r"(?:[ \w,;:/_@#%&=<>!~'\"-]|\[\^?(?:[\w ,;:/]-?)+\]|\\[.+*?()$|{}^\[\]\\])"
_PLAIN = re.compile(rf"\^?(?:{_ATOM}{_OFTEN})+\$?", re.ASCII)
_BRANCHED = re.compile(
    rf"(?!\|)(?:{_ATOM}{_OFTEN}|\((?![?|)*+{{])|\){_OFTEN}|\|(?=[^|)*+?{{])|\^(?![*+?{{])|\$(?![*+?{{]))+", re.ASCII
)
"""Patterns that all engines read alike. Where branches may be of different length, they find the same texts, but not
the same part of a text, so these are only for asking whether a text is found."""


def _spelled(dialect: Dialect, pattern: str, shape: re.Pattern[str]) -> tuple[str, bool]:
    """A pattern of RE2, and whether all engines read it alike; then codes such as `\\x{41}` are plain characters."""
    plain = re.sub(r"\\x\{([2-7][0-9A-F])\}", lambda code: _character(chr(int(code[1], 16))), pattern)
    return (dialect.pattern(plain), True) if shape.fullmatch(plain) else (pattern, False)


def _character(sign: str) -> str:
    return f"\\{sign}" if sign in ".+*?()$|[]{}^\\" else sign


def _literal(node: ir.Node) -> str:
    if isinstance(node, ir.Convert):
        node = node.value
    if isinstance(node, ir.Default):
        node = node.value if not (isinstance(node.value, ir.Constant) and node.value.value is None) else node
        if isinstance(node, ir.Default):
            return str(node.default or "")
    if isinstance(node, ir.Constant):
        return str(node.value or "")
    raise CannotLower("a pattern that is computed", node.span)


def _regex_replace(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """All places that a written pattern fits, by a written text without references."""
    value = lowering.value(node.args[0], frame)
    pattern, replacement = _literal(node.args[1]), _literal(node.args[2])
    try:
        engine = regular_expressions.read(pattern, "").engine
    except EvaluationError as fault:
        raise CannotLower(fault.message, node.span) from None
    if "$" in replacement or engine.search("") is not None or "\\b" in pattern or "\\B" in pattern:
        raise CannotLower("a pattern that fits an empty text, or a replacement with $", node.span)
    spelled, plain = _spelled(frame.dialect, engine.pattern, _PLAIN)
    word = "regexp_replace" if plain else "pattern_replaced"
    template = Template(f"nullif({word}(a, b, c), '')", TEXT, "length(it) > 1000000")
    texts = [spelled, replacement.replace("\\", "\\\\")]
    given = [Value(exp.Literal.string(one), TEXT, sure=True) for one in texts]
    return template.apply(frame, [value, *given], (0,))


def _regex_extract(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """All parts of a text that a written pattern without groups fits."""
    value, pattern = lowering.value(node.args[0], frame), _literal(node.args[1])
    flags = _literal(node.args[2]) if len(node.args) > 2 else "g"
    try:
        engine = regular_expressions.read(pattern, flags).engine
    except EvaluationError as fault:
        raise CannotLower(fault.message, node.span) from None
    if "g" not in flags or engine.groups:
        raise CannotLower("the texts of the groups of a pattern", node.span)
    if engine.search("") is not None or "\\b" in pattern or "\\B" in pattern:
        raise CannotLower("a pattern that fits an empty text", node.span)
    spelled, plain = _spelled(frame.dialect, engine.pattern, _PLAIN)
    word = "regexp_extract_all" if plain else "pattern_extracted"
    found = f"CASE WHEN a <> '' THEN {word}(a, {quoted(spelled)}) ELSE CAST([] AS VARCHAR[]) END"
    return Value(computed(frame, found, {"a": as_typed(value, TEXT).tree}), ListOf(TEXT), value.flag, sure=True)


def _lines(numbered: bool) -> Special:
    """The texts of values as lines with a mark before each."""

    def make(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
        if len(node.args) != 1:
            raise CannotLower("several lists as lines")
        found = lowering.part(node.args[0], frame)
        if not isinstance(found.kind, ListOf):
            found = lowering.items(found, frame, flat=False)
        stream = lowering.stream(found, frame)
        item = converted_value(lowering, stream.frame, stream.item, TEXT)
        held = stream.frame.compute(item.tree)
        there = filtered(lowering, stream, Value(not_null(held), BOOLEAN, sure=True))
        marked = computed(there.frame, "b || a", {"a": held, "b": _mark(there, numbered)})
        return joined(lowering, replace(there, item=Value(marked, TEXT, item.flag)), exp.Literal.string("\n"))

    return Special(make)


def _mark(lines: Stream, numbered: bool) -> exp.Expr:
    """What stands before each of some lines."""
    if not numbered:
        return exp.Literal.string("• ")
    keys = [key.copy() for key in lines.owner.keys]
    number = exp.Window(this=exp.RowNumber(), partition_by=keys, order=in_order(None, lines.order))
    return computed(lines.frame, "CAST(a AS VARCHAR) || '. '", {"a": lines.frame.compute(number)})


_PLACEHOLDER = re.compile(r"\{([0-9]{1,9})(?::([^{}]*))?\}")
_NUMBER_FORMAT = re.compile(r"(0+)(?:\.(0{1,9}))?")


def _format(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    """A template that is written in the formula, with values in its places."""
    template = _literal(node.args[0])
    pieces: list[exp.Expr] = []
    flags: list[exp.Expr | None] = []
    at = 0
    for place in _PLACEHOLDER.finditer(template):
        pieces.append(exp.Literal.string(template[at : place.start()]))
        at = place.end()
        if not 1 <= int(place[1]) < len(node.args):
            raise CannotLower(f"{place[0]} asks for a value that is not there", node.span)
        value = _shaped(lowering, frame, lowering.value(node.args[int(place[1])], frame), place[2] or "")
        flags.append(value.flag)
        pieces.append(coalesce(value.tree, exp.Literal.string("")))
    tree: exp.Expr = exp.Literal.string(template[at:])
    for piece in reversed(pieces):
        tree = exp.DPipe(this=piece, expression=tree)
    return Value(exp.Nullif(this=exp.Paren(this=tree), expression=exp.Literal.string("")), TEXT, either(*flags))


def _shaped(lowering: SqlWriting, frame: SqlFrame, value: Value, format: str) -> Value:
    """A value by a format: of digits for a number, of tokens for a date."""
    if not format:
        return converted_value(lowering, frame, value, TEXT)
    if value.kind in (types.DATE, types.DATETIME):
        return moment_text(lowering, frame, value, format)
    shape = _NUMBER_FORMAT.fullmatch(format)
    if shape is None or value.kind not in (NUMBER, types.DURATION, types.BLANK):
        raise CannotLower(f"the format {format} has no SQL yet")
    return _digits(frame, converted_value(lowering, frame, value, NUMBER), len(shape[1]), len(shape[2] or ""))


_MOST = "CAST(1e15 AS DOUBLE)"


def _digits(frame: SqlFrame, value: Value, whole: int, decimals: int) -> Value:
    """A number with so many digits at least, and so many decimals."""
    a = frame.compute(value.tree)
    near = rounded("half", decimals).apply(frame, [Value(a, NUMBER, value.flag)])
    held = frame.compute(near.tree)
    shift = 10**decimals
    number = f"CAST(to_even(CASE WHEN abs(b) < {_MOST} / {shift} THEN abs(b) * {shift} END) AS BIGINT)"
    before = f"CAST({number} // {shift} AS VARCHAR)"
    text = f"lpad({before}, CAST(greatest(length({before}), {whole}) AS INTEGER), '0')"
    if decimals:
        text += f" || '.' || lpad(CAST({number} % {shift} AS VARCHAR), {decimals}, '0')"
    tree = computed(frame, f"(CASE WHEN b < 0 THEN '-' ELSE '' END) || {text}", {"b": held})
    beyond = computed(frame, f"coalesce(abs(b) >= {_MOST} / {shift}, FALSE)", {"b": held})
    return Value(tree, TEXT, either(near.flag, beyond))


def _fixed(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    decimals = written_number(node.args[1]) if len(node.args) > 1 else 0
    if not 0 <= decimals <= 9:
        raise CannotLower(f"{decimals} decimals have no SQL")
    return _digits(frame, lowering.value(node.args[0], frame), 1, decimals)


def _split(lowering: SqlWriting, frame: SqlFrame, node: ir.Apply) -> Lowered:
    value, delimiter = lowering.value(node.args[0], frame), _literal(node.args[1])
    if not delimiter:
        raise CannotLower("a text in its letters")
    stream = lowering.stream(
        Value(
            computed(
                frame,
                "CASE WHEN a <> '' THEN string_split(a, b) ELSE CAST([] AS VARCHAR[]) END",
                {"a": value.tree, "b": exp.Literal.string(delimiter)},
            ),
            ListOf(TEXT),
            value.flag,
            sure=True,
        ),
        frame,
    )
    blank = exp.Nullif(this=stream.item.tree, expression=exp.Literal.string(""))
    return replace(stream, item=Value(blank, TEXT))


FORMS: dict[Function, SqlForm] = {
    text.concatenate: Special(_concatenated),
    text.to_number: Special(_to_number),
    text.upper: _text("upper(a)", _NOT_ASCII),
    text.lower: _text("lower(a)", _NOT_ASCII),
    text.proper: _text("proper(a)", _NOT_ASCII),
    text.length: Template("CAST(length(coalesce(a, '')) AS DOUBLE)", NUMBER, sure=True),
    text.left: _text(f"substring(a, 1, {_COUNT.format('b')})"),
    text.right: _text(
        f"substring(a, CAST(length(a) - least({_COUNT.format('b')}, length(a)) + 1 AS BIGINT), length(a))"
    ),
    text.middle: _text(f"substring(a, {_COUNT.format('b - 1')} + 1, {_COUNT.format('c')})"),
    text.trim: _text("trim(a)", "regexp_matches(trim(a), '^[^!-~]|[^!-~]$')"),
    text.substitute: Template(
        "CASE WHEN coalesce(b, '') = '' OR strpos(a, b) = 0 THEN a ELSE nullif(substring(a, 1, strpos(a, b) - 1) || "
        "coalesce(c, '') || substring(a, strpos(a, b) + length(b), length(a)), '') END",
        TEXT,
        "length(it) > 1000000",
    ),
    text.substitute_all: Template(
        "CASE WHEN coalesce(b, '') = '' THEN a ELSE nullif(replace(a, b, coalesce(c, '')), '') END",
        TEXT,
        "length(it) > 1000000",
    ),
    text.replace: _text(
        f"substring(a, 1, {_COUNT.format('b - 1')}) || coalesce(d, '') || "
        f"substring(a, {_COUNT.format('b - 1')} + {_COUNT.format('c')} + 1, length(a))",
        "length(it) > 1000000",
    ),
    text.repeat: _text(
        f"repeat(a, CASE WHEN b < 1e6 / length(a) THEN {_COUNT.format('b')} END)", "b >= 1e6 / length(a)"
    ),
    text.left_pad: _text(
        f"CASE WHEN {_COUNT.format('b')} > length(a) THEN lpad(a, CAST({_COUNT.format('b')} AS INTEGER), c) ELSE a END",
        "b >= 1e6",
    ),
    text.right_pad: _text(
        f"CASE WHEN {_COUNT.format('b')} > length(a) THEN rpad(a, CAST({_COUNT.format('b')} AS INTEGER), c) ELSE a END",
        "b >= 1e6",
    ),
    text.starts_with: _found("starts_with({}, {})"),
    text.ends_with: _found("suffix({}, {})"),
    text.contains_text: _found("contains({}, {})"),
    text.exact: Template("coalesce(a, '') = coalesce(b, '')", BOOLEAN, sure=True),
    text.character: Template(
        "chr(CAST(CASE WHEN a >= 1 AND a < 55296 THEN trunc(a) END AS INTEGER))", TEXT, "it IS NULL"
    ),
    text.character_code: Template("CAST(unicode(a) AS DOUBLE)", NUMBER),
    text.line_break: _text(f"repeat(chr(10), {_COUNT.format('a')})", "a >= 1e6"),
    formatting.to_text: Special(_to_text),
    patterns.regex_match: Special(_regex_match),
    patterns.regex_extract: Special(_regex_extract),
    patterns.regex_replace: Special(_regex_replace),
    text.split: Special(_split),
    formatting.format_values: Special(_format),
    formatting.fixed: Special(_fixed),
    formatting.bulleted_list: _lines(numbered=False),
    formatting.numbered_list: _lines(numbered=True),
    lists.slice_text: _text(
        f"CASE WHEN c IS NULL THEN substring(a, {_FROM}, length(a)) "
        f"ELSE substring(a, {_FROM}, greatest({_PLACE.format('c')}, {_FROM} - 1) - {_FROM} + 1) END"
    ),
    **dict.fromkeys(
        (
            formatting.bold,
            formatting.italicize,
            formatting.underline,
            formatting.strikethrough,
            formatting.highlight,
            formatting.code,
            formatting.rich_text,
        ),
        Special(_plain),
    ),
    filters.find_text: Template(
        f"CAST(CASE WHEN strpos({_REST}, b) > 0 THEN strpos({_REST}, b) + {_COUNT.format('c - 1')} END AS DOUBLE)",
        NUMBER,
    ),
}
