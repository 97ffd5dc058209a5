"""Reading a cell as a person wrote it, by the type of its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import NoReturn, TypeVar
from zoneinfo import ZoneInfo

from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf, Type
from codaform.model.value_texts import read_duration, read_number
from codaform.model.values import EvaluationError, Person, instant
from codaform.project.cell_hints import Hint, date_hint, duration_hint, flag_hint, moment_hint, number_hint, time_hint
from codaform.spelling import did_you_mean, nearest
from codaform.text import one_line, shorten

V = TypeVar("V")


class BadCell(Exception):
    """A text that its column cannot hold; the message says why.

    wanted: What would be right in place of the whole cell; empty if that is open. certain: Whether that is meant.
    """

    def __init__(self, message: str, wanted: str = "", certain: bool = False) -> None:
        super().__init__(message)
        self.wanted = wanted
        self.certain = certain


_SEPARATORS = re.compile(r"[,|;\n]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?([+-]\d\d:\d\d|Z)?")
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?")
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
"""What most cells with numbers look like; the other notations are looked at one by one."""

Single = Callable[[str], object]
"""Reads the text of one value. Raises BadCell."""


def read_cell(text: str | Sequence[str], column: Column, zone: ZoneInfo) -> object:
    """The value of a cell; a relation stays the display text of its row. Raises BadCell.

    text: The text of a single value, or the texts of several; empty for blank.
    """
    return cell_reader(column, zone)(text)


def cell_reader(column: Column, zone: ZoneInfo) -> Callable[[str | Sequence[str]], object]:
    """A function that reads the cells of a column: like `read_cell`, but faster for many cells."""
    kind = value_type(column)
    if isinstance(kind, ListOf):
        item = kind.item
        single = _single_reader(item, column, zone)
        return lambda text: _read_several(text, item, column, single)
    single = _single_reader(kind, column, zone)

    def read(text: str | Sequence[str]) -> object:
        if not isinstance(text, str):
            raise BadCell(f"{column.name} holds one value, here stand {len(text)}")
        return None if text == "" else _read_only(text, kind, column, single)

    return read


def _read_several(text: str | Sequence[str], kind: Type, column: Column, read: Single) -> list[object]:
    if not isinstance(text, str):
        return [read(item) for item in text if item != ""]
    items = split_items(text)
    values = []
    for at, (item, quoted) in enumerate(items):
        try:
            values.append(_read_item(item, quoted, kind, column, read, len(items) == 1))
        except BadCell as problem:
            if not problem.wanted:
                raise
            spelled = [protected(other) if in_quotes else other for other, in_quotes in items]
            wanted = "; ".join((*spelled[:at], problem.wanted, *spelled[at + 1 :]))
            raise BadCell(str(problem), wanted, problem.certain) from None
    return values


def split_values(text: str) -> list[str]:
    """The values of a cell that holds several, between semicolons; quotes around one keep its signs together."""
    return [value for value, _ in split_items(text)]


def split_items(text: str) -> list[tuple[str, bool]]:
    """The values of a cell that holds several, and whether each is in quotes."""
    if ";" not in text and '"' not in text:
        return [(text.strip(), False)] if text.strip() else []
    found = re.findall(r'\s*(?:"((?:[^"]|"")*)"|([^;]*))\s*(?:;|$)', text)
    values = [(quoted.replace('""', '"'), True) if quoted else (plain.strip(), False) for quoted, plain in found]
    return [value for value in values if value[0]]


def protected(text: str) -> str:
    """A value among several: in quotes where it would be taken for two, or lose its spaces."""
    return '"' + text.replace('"', '""') + '"' if re.search('[;,|"\n]', text) or text != text.strip() else text


def parts_of(text: str) -> list[str]:
    """The values that a text holds if commas, bars or lines separate them; empty if nothing does."""
    if not _SEPARATORS.search(text):
        return []
    found = [part for part in map(str.strip, _SEPARATORS.split(text)) if part]
    return found if len(found) > 1 else []


def told_apart(text: str, known: Container[str]) -> list[str]:
    """The values that a text holds, whatever separates them, if all are known; empty if it holds one, or another."""
    for separator in (r"[,|;\n]", r"[,|;\n/&+]|\band\b", r"[,|;\n/&+\s]+"):
        found = [part.strip().strip('"') for part in re.split(separator, text)]
        found = [part for part in found if part]
        if len(found) > 1 and all(part in known for part in found):
            return found
    return []


def is_as_long(text: str, other: str) -> bool:
    """Whether a text lists as many values as another, with any separator: then it may replace the other."""
    alike = len(_LISTED.findall(text)) == len(_LISTED.findall(other))
    return alike and len(text.split()) >= len(other.split())


_LISTED = re.compile(r"[,;|/&+\n]|\band\b")

_SEVERAL = "values are separated by semicolons"


def _read_item(item: str, quoted: bool, kind: Type, column: Column, read: Single, alone: bool) -> object:
    """One of several values. A comma does not separate them, and hardly ever belongs to one.

    alone: Whether no semicolon separates it from another one.
    """
    parts = [] if quoted else parts_of(item)
    if kind == types.NUMBER and not alone and re.fullmatch(r"[^,]*,\S[^,]*", item):
        parts = []  # where semicolons separate, a comma is a decimal one
    if kind == types.TEXT and column.options and item not in column.options and not quoted:
        parts = told_apart(item, column.options) or parts
    if kind == types.PERSON and item.count("@") > 1 and not quoted:
        parts = told_apart(item, _ADDRESSES) or parts
    fits = bool(parts) and all(_fits(part, read) for part in parts)
    try:
        value = read(item)
    except BadCell as problem:
        if not fits:
            raise BadCell(f"{problem}; {_SEVERAL}", problem.wanted, problem.certain) if parts else problem from None
        decimal = kind == types.NUMBER and len(parts) == 2 and ", " not in item
        message = f"{shown(item)} is not one value of {column.name}; {_SEVERAL}: {'; '.join(parts)}"
        if decimal:
            message += f"; if the comma is a decimal one, write {'.'.join(parts)}"
        raise BadCell(message, "; ".join(map(protected, parts)), not decimal) from None
    if fits and (kind == types.PERSON or (kind == types.OBJECT and re.search(r"[,|\n]\s*https?:", item))):
        several = "people" if kind == types.PERSON else "values"
        message = f"{shown(item)} is read as one of the {several} of {column.name}; {_SEVERAL}: {'; '.join(parts)}"
        if kind == types.PERSON:
            message += ", and a name with a comma is in quotes"
        raise BadCell(message, "; ".join(parts), all("@" in part or "://" in part for part in parts))
    return value


def _read_only(text: str, kind: Type, column: Column, read: Single) -> object:
    """The only value of a cell."""
    try:
        value = read(text)
    except BadCell as problem:
        parts, number = parts_of(text), kind in (types.NUMBER, types.DURATION) and bool(problem.wanted)
        if parts and not number and all(_fits(part, read) for part in parts):
            raise _several(text, "value", column) from None
        raise
    if kind == types.PERSON and told_apart(text, _ADDRESSES):
        raise _several(text, "person", column)
    if kind == types.OBJECT and re.search(r"(,\s+|[;|]\s*|\s)https?://", text):
        raise _several(text, "address", column)
    return value


def _several(text: str, what: str, column: Column) -> BadCell:
    many = f"{column.name} holds one value; many: true lets it hold several, separated by semicolons"
    return BadCell(f"{shown(text)} is not one {what}; {many}")


class _Addresses(Container[str]):
    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and re.fullmatch(r"[^@\s]+@[^@\s]+", text) is not None


_ADDRESSES = _Addresses()
"""All texts that are the address of one person."""


def _fits(text: str, read: Single) -> bool:
    try:
        read(text)
    except BadCell:
        return False
    return True


def _single_reader(kind: Type, column: Column, zone: ZoneInfo) -> Single:
    """What reads one value of a type."""
    match kind:
        case types.TEXT if column.options:
            return lambda text: _option(text, column)
        case types.NUMBER:
            return lambda text: _number(text, column)
        case types.BOOLEAN:
            return _flag
        case types.DATE:
            return _date
        case types.DATETIME:
            return lambda text: read_moment(text, zone)
        case types.TIME:
            return _time
        case types.DURATION:
            return _duration
        case types.PERSON:
            return lambda text: Person(text, text) if "@" in text else Person(text)
        case types.OBJECT:
            return lambda text: {"Name": text.rsplit("/", 1)[-1], "Url": text}
        case types.ACTION:
            return lambda _: _of_button(column)
    return str


def _option(text: str, column: Column) -> str:
    if text in column.options:
        return text
    bare = text.strip().strip('"').strip()
    if bare in column.options:
        written = text if '"' in text else f'"{text}"'
        raise BadCell(f"{shown(written, False)} is no option of {column.name}; write {bare}", bare, True)
    close = nearest(text, column.options)
    hint = did_you_mean(close, f"the options are {', '.join(column.options)}")
    wanted = close if close and is_as_long(close, text) else ""
    message = f"{shown(text)} is no option of {column.name}; {hint}"
    raise BadCell(message, wanted, wanted.casefold() == text.casefold())


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise _bad(f"{shown(text)} is neither true nor false", flag_hint(text))
    return text.lower() == "true"


def _time(text: str) -> time:
    if not _TIME.fullmatch(text):
        raise _bad(f"{shown(text)} is no time like 09:30", time_hint(text))
    return _valid(lambda: time.fromisoformat(text), text)


def _duration(text: str) -> timedelta | None:
    try:
        return read_duration(text)
    except EvaluationError as fault:
        if not (meant := duration_hint(text)).text:
            raise BadCell(f"{fault.message}; it is written like 2 hours 30 minutes") from None
        raise _bad(f"{shown(text)} is not a duration", meant) from None


def _of_button(column: Column) -> NoReturn:
    raise BadCell(f"{column.name} is a button; it holds no value")


def _number(text: str, column: Column) -> float:
    if _PLAIN_NUMBER.fullmatch(text):
        return float(text)
    try:
        value = read_number(text)
    except EvaluationError:
        value = None
    if value is None or (text.endswith("%") and column.kind != "percent") or "," in text:
        raise _bad(f"{shown(text)} is not a number", number_hint(text, column.kind))
    return value


def _bad(message: str, hint: Hint) -> BadCell:
    return BadCell(f"{message}; {hint.why}" if hint.why else message, hint.text, hint.certain)


def _date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise _bad(f"{shown(text)} is no date like 2025-12-08", date_hint(text))
    return _valid(lambda: date.fromisoformat(text), text)


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment like 2025-12-10T09:00, in the zone unless it names an offset. Raises BadCell."""
    if not _MOMENT.fullmatch(text):
        raise _bad(f"{shown(text)} is no moment like 2025-12-08T22:30", moment_hint(text))

    def read() -> datetime:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
        if not 1 < moment.year < MAXYEAR:
            instant(moment)  # at both ends of the calendar there are wall clocks without an instant
        return moment

    return _valid(read, text)


def _valid(read: Callable[[], V], text: str) -> V:
    try:
        return read()
    except (ValueError, OverflowError):
        raise BadCell(f"{shown(text)} does not exist in the calendar") from None


def shown(text: str, trimmed: bool = True) -> str:
    """A text in a message: in one line, and of that the first characters.

    trimmed: Whether blanks around it, and all but one between two words, are left out.
    """
    return one_line(text) if trimmed else shorten(re.sub(r"[\r\n\t]", " ", text))
