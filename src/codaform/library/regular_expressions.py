"""JavaScript's regular expressions on RE2, an engine whose time grows with the text and never explodes.

Two differences are left. With the flag m only `\\n` ends a line, where JavaScript also knows `\\r`, U+2028 and U+2029.
A group inside a repetition keeps its last text, where JavaScript forgets it in every new round.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from codaform.model.budget import Budget
from codaform.model.values import EvaluationError
from codaform.text import shorten

_SPACES = "\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
WHITE_SPACE = "\t\n\v\f\r " + _SPACES
"""What JavaScript takes for white space, in `\\s` and in trimming: more than RE2, other than Python."""

FLAGS = frozenset("gimsu")
"""The flags that are known."""

STEPS_A_MATCH = 16
"""The steps that a match costs, for bringing it from the engine to Python."""

LONGEST_PATTERN = 10_000
"""The most characters of a pattern: it takes the engine far longer to read one than to read a text."""

MOST_GROUPS = 99
"""The most groups of a pattern, which is as many as a replacement can name."""

_NANOSECONDS_A_STEP = 250
_MATCHES_AT_A_TIME = 64
_LETTERS_A_STEP = 64


@dataclass(frozen=True, slots=True)
class CompiledPattern:
    """A regular expression ready to run, and the numbers of its named groups."""

    engine: Any
    names: dict[str, int]


def read(pattern: str, flags: str, budget: Budget | None = None) -> CompiledPattern:
    """The expression of a JavaScript pattern; of the flags only i, m, s and u change how it matches.

    Raises EvaluationError("bad-pattern") for a broken pattern and for what no linear-time engine can do.
    """
    if len(pattern) > LONGEST_PATTERN:
        _refuse(pattern, f"it has {len(pattern):,} characters, and {LONGEST_PATTERN:,} is the most")
    if budget is None:
        return _read(pattern, flags)
    began = _now()
    expression = _read(pattern, flags)
    _charge_time(budget, began)
    return expression


@lru_cache(maxsize=256)
def _read(pattern: str, flags: str) -> CompiledPattern:
    import re2

    if set(flags) - FLAGS or len(set(flags)) < len(flags):
        raise EvaluationError("bad-pattern", f'"{shorten(flags)}" are no flags; known are g, i, m, s and u, each once')
    translated, names = _translate(pattern, dot_all="s" in flags, unicode="u" in flags)
    modes = "".join(flag for flag in "im" if flag in flags)
    options = re2.Options()
    options.log_errors = False
    try:
        engine = re2.compile(f"(?{modes}){translated}" if modes else translated, options)
    except (re2.error, UnicodeEncodeError) as error:
        why = error.args[0] if error.args else ""
        _refuse(pattern, why.decode(errors="replace") if isinstance(why, bytes) else str(why))
    if engine.groups > MOST_GROUPS:
        _refuse(pattern, f"it has {engine.groups} groups, and {MOST_GROUPS} is the most")
    return CompiledPattern(engine, names)


def found(expression: CompiledPattern, text: str, budget: Budget) -> Iterator[tuple[str | None, ...]]:
    """Every match from left to right, as JavaScript finds them with the flag g: its text, then those of its groups."""
    for match in _matches(expression, text.encode(errors="replace"), budget):
        groups = expression.engine.groups
        budget.charge(STEPS_A_MATCH + groups + groups * (match.end() - match.start()) // STEPS_A_MATCH)
        yield tuple(_text(match, number) for number in range(expression.engine.groups + 1))


def replace(expression: CompiledPattern, text: str, replacement: str, longest: int, budget: Budget) -> str:
    """The text with every match replaced; the replacement may hold `$1`, `$<name>`, `$&`, `` $` ``, `$'` and `$$`."""
    parts = _parts(replacement, expression)
    source = text.encode(errors="replace")
    pieces: list[str] = []
    at = length = 0
    for match in _matches(expression, source, budget):
        budget.charge(STEPS_A_MATCH + len(parts))
        pieces.append(source[at : match.start()].decode())
        pieces.extend(_filled(part, match, source) for part in parts)
        length += sum(map(len, pieces[-1 - len(parts) :]))
        if length > longest:
            raise EvaluationError("out-of-range", f"the text would pass {longest} characters")
        at = match.end()
    return "".join(pieces) + source[at:].decode()


def _matches(expression: CompiledPattern, source: bytes, budget: Budget) -> Iterator[Any]:
    """The matches in UTF-8, where positions are the engine's own.

    Left out are empty matches between the bytes of one character (`\\B` finds them), and the second of two equal
    ones: the engine's loop gives an empty match twice when it lies ahead of where the search began.

    The engine's time is charged as steps: for one short match it may have looked at the whole rest of the text.
    """
    budget.charge(len(source) * expression.engine.groups // _LETTERS_A_STEP)
    previous, began = None, _now()
    for number, match in enumerate(expression.engine.finditer(source)):
        if number % _MATCHES_AT_A_TIME == 0:
            began = _charge_time(budget, began)
        within_character = match.start() < len(source) and 0x80 <= source[match.start()] < 0xC0
        if match.span() != previous and not within_character:
            yield match
        previous = match.span()


def _now() -> int:
    """The time of the processor that this thread has had, in nanoseconds: waiting for others is no part of it."""
    # Python in the browser has no such clock, and no other thread.
    return getattr(time, "thread_time_ns", time.perf_counter_ns)()


def _charge_time(budget: Budget, began: int) -> int:
    """Charge a budget for the time since a moment; gives the moment that it is now."""
    now = _now()
    budget.charge((now - began) // _NANOSECONDS_A_STEP)
    return now


def _text(match: Any, number: int) -> str | None:
    piece: bytes | None = match[number]
    return None if piece is None else piece.decode()


_REFERENCE = re.compile(r"\$(\$|&|`|'|[0-9]{1,2}|<[^>]*>)")


def _parts(replacement: str, expression: CompiledPattern) -> list[str | int]:
    """The replacement as texts and the numbers of groups; -1 is what precedes the match, -2 what follows it."""
    parts: list[str | int] = []
    at = 0
    for found in _REFERENCE.finditer(replacement):
        parts.append(replacement[at : found.start()])
        parts.extend(_reference(found[1], expression))
        at = found.end()
    parts.append(replacement[at:])
    return [part for part in parts if part != ""]


def _reference(sign: str, expression: CompiledPattern) -> list[str | int]:
    if sign == "$":
        return ["$"]
    if sign in "&`'":
        return [{"&": 0, "`": -1, "'": -2}[sign]]
    if sign.startswith("<"):
        if not expression.names:
            return [f"${sign}"]
        number = expression.names.get(sign[1:-1])
        return [] if number is None else [number]
    # `$12` is group 12 where there are so many, else group 1 followed by a 2.
    for length in (2, 1):
        if len(sign) >= length and 1 <= int(sign[:length]) <= expression.engine.groups:
            return [int(sign[:length]), sign[length:]]
    return [f"${sign}"]


def _filled(part: str | int, match: Any, source: bytes) -> str:
    match part:
        case str():
            return part
        case -1:
            return source[: match.start()].decode()
        case -2:
            return source[match.end() :].decode()
    return _text(match, part) or ""


_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??")
_GROUP = re.compile(r"\((?:\?(?::|<(?![=!])([^>]*)>|(.)))?", re.DOTALL)
_CODE = re.compile(r"u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})")
_LOW_SURROGATE = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_PROPERTY = re.compile(r"[pP]\{(?:(?:Script|sc|General_Category|gc)=)?(\w+)\}")
_CONTROLS = {"n": 10, "r": 13, "t": 9, "v": 11, "f": 12}
_EVERYTHING = r"\x00-\x{10FFFF}"


def _ranges(characters: str) -> str:
    return "".join(f"\\x{{{ord(character):X}}}" for character in characters)


def _gaps(characters: str) -> str:
    """The ranges of everything but these characters, which come in order."""
    gaps, start = [], 0
    for code in map(ord, characters):
        if code > start:
            gaps.append(f"\\x{{{start:X}}}-\\x{{{code - 1:X}}}")
        start = code + 1
    return "".join(gaps) + f"\\x{{{start:X}}}-\\x{{10FFFF}}"


_CLASSES = {"d": r"\d", "D": r"\D", "w": r"\w", "W": r"\W", "s": _ranges(WHITE_SPACE), "S": _gaps(WHITE_SPACE)}
_LINE_ENDS = _ranges("\n\r\u2028\u2029")


def _translate(pattern: str, dot_all: bool, unicode: bool) -> tuple[str, dict[str, int]]:
    """The pattern as RE2 reads it, every character spelled so that both engines mean the same; and the named groups."""
    written: list[str] = []
    names: dict[str, int] = {}
    at = groups = 0
    repeatable = False
    while at < len(pattern):
        sign = pattern[at]
        if quantifier := _QUANTIFIER.match(pattern, at):
            if not repeatable:
                _refuse(pattern, f"{quantifier[0]} has nothing to repeat")
            written.append(quantifier[0])
            repeatable, at = False, quantifier.end()
            continue
        if sign == "(" and (group := _GROUP.match(pattern, at)):
            if group[2]:
                _refuse(pattern, _why_no_group(pattern[at:]))
            if group[0] != "(?:":
                groups += 1
            if group[1] is not None:
                if group[1] in names or not group[1].isidentifier():
                    _refuse(pattern, f'"{group[1]}" cannot name a group, or names two')
                names[group[1]] = groups
            written.append("(?:" if group[0] == "(?:" else "(")
            repeatable, at = False, group.end()
            continue
        at += 1
        repeatable = sign not in "|^$"
        if sign == "\\" and pattern[at : at + 1] in ("b", "B"):
            written.append(sign + pattern[at])
            repeatable, at = False, at + 1
        elif sign == "\\":
            atom, at = _escape(pattern, at, unicode)
            written.append(_character(atom, pattern) if isinstance(atom, int) else f"[{atom}]")
        elif sign == "[":
            inside, at = _bracket(pattern, at, unicode)
            written.append(inside)
        elif sign == ".":
            written.append(f"[{_EVERYTHING}]" if dot_all else f"[^{_LINE_ENDS}]")
        else:
            written.append(sign if sign in "|^$)" else _character(ord(sign), pattern))
    return "".join(written), names


def _escape(pattern: str, at: int, unicode: bool) -> tuple[int | str, int]:
    """The character, or the inside of a class, after the backslash before `at`; and where it ends."""
    sign = pattern[at : at + 1]
    if not sign:
        _refuse(pattern, "the pattern ends with a backslash")
    if sign in _CLASSES:
        return _CLASSES[sign], at + 1
    if sign in _CONTROLS:
        return _CONTROLS[sign], at + 1
    if sign in "pP":
        # JavaScript reads `\p` as the letter p when the flag u is missing: surely not what was meant.
        if not unicode:
            _refuse(pattern, f"\\{sign} needs the flag u")
        if found := _PROPERTY.match(pattern, at):
            return f"\\{sign}{{{found[1]}}}", found.end()
    if sign == "k" or sign in "123456789":
        _refuse(pattern, "back-references do not run in linear time and are not supported")
    if sign == "0":
        if pattern[at + 1 : at + 2].isdecimal():
            _refuse(pattern, "octal escapes are not supported")
        return 0, at + 1
    if sign == "c" and pattern[at + 1 : at + 2].isalpha() and pattern[at + 1].isascii():
        return ord(pattern[at + 1]) % 32, at + 2
    if (found := _CODE.match(pattern, at)) and (unicode or not found[1]):
        code = int(found[1] or found[2] or found[3], 16)
        if 0xD800 <= code < 0xDC00 and (low := _LOW_SURROGATE.match(pattern, found.end())):
            return 0x10000 + (code - 0xD800) * 0x400 + int(low[1], 16) - 0xDC00, low.end()
        return code, found.end()
    return ord(sign), at + 1


def _bracket(pattern: str, at: int, unicode: bool) -> tuple[str, int]:
    """The class that opens before `at`, and where it ends."""
    negated = pattern.startswith("^", at)
    at += negated
    inside: list[str] = []
    while not pattern.startswith("]", at):
        first, at = _class_atom(pattern, at, unicode)
        if not pattern.startswith("-", at) or pattern.startswith("-]", at):
            inside.append(_character(first, pattern) if isinstance(first, int) else first)
            continue
        last, at = _class_atom(pattern, at + 1, unicode)
        ends = [_character(atom, pattern) if isinstance(atom, int) else atom for atom in (first, last)]
        # Between a class and a character the hyphen is only a hyphen (Annex B of the language's standard).
        literal = isinstance(first, str) or isinstance(last, str)
        inside.append(r"\x2D".join(ends) if literal else "-".join(ends))
    if not inside:
        return f"[{'' if negated else '^'}{_EVERYTHING}]", at + 1
    return f"[{'^' if negated else ''}{''.join(inside)}]", at + 1


def _class_atom(pattern: str, at: int, unicode: bool) -> tuple[int | str, int]:
    if at >= len(pattern):
        _refuse(pattern, "a [ has no ]")
    if pattern.startswith(r"\b", at):
        return 8, at + 2
    if pattern[at] == "\\":
        return _escape(pattern, at + 1, unicode)
    return ord(pattern[at]), at + 1


def _character(code: int, pattern: str) -> str:
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        _refuse(pattern, f"U+{code:04X} is no character")
    character = chr(code)
    return character if code > 0x7F or character.isalnum() else f"\\x{{{code:X}}}"


def _why_no_group(rest: str) -> str:
    if rest.startswith(("(?=", "(?!", "(?<=", "(?<!")):
        return "look-ahead and look-behind do not run in linear time and are not supported"
    return f"{rest[:3]} opens no group that is supported; flags are the function's last argument"


def _refuse(pattern: str, why: str) -> NoReturn:
    raise EvaluationError("bad-pattern", f"/{shorten(pattern)}/ is no regular expression that runs here: {why}")
