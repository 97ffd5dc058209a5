"""Text: joining, cutting, searching and changing it."""

import re

from codaform.library.function import Context, function
from codaform.model import conversion, value_texts
from codaform.model.budget import STEPS_A_LIST
from codaform.model.values import EvaluationError

LONGEST = 1_000_000
"""No function makes a longer text, so no formula fills the memory."""

_WORD = r"[^\W_](?:[^\W_]|['’\u0300-\u036f])*"
"""A word, with the apostrophes and the combining accents in it."""


@function("Concatenate", certainty="documented")
def concatenate(context: Context, *values: object) -> str | None:
    """All values as one text, in the order given.

    values: The values to join; each counts as its text.

    Blanks add nothing; a list adds its items one behind the other, as a colour made of parts needs it.

    >>> Concatenate("Sprint ", 7, "!")
    "Sprint 7!"
    >>> Concatenate("a", "", "b")
    "ab"
    >>> Concatenate("#", List("FF", "0A"), "00")
    "#FF0A00"
    >>> Concatenate()
    blank
    """
    return bounded("".join(_strung(value, context) for value in values))


def _strung(value: object, context: Context) -> str:
    if isinstance(value, list):
        context.budget.charge(STEPS_A_LIST + len(value))
        return "".join(_strung(item, context) for item in value)
    return conversion.to_text(value, context) or ""


def _is_number(value: object, given: object) -> None:
    if isinstance(value, str):
        value_texts.read_number(value)


@function("ToNumber", certainty="documented", literals={"value": _is_number}, each=("value",))
def to_number(context: Context, value: object) -> float | None:
    """The number of a value.

    value: A text of digits, a truth value (1 or 0), or a date or duration, which counts days.

    Day 0 of dates is 1899-12-30. A text without a number gives blank; in arithmetic, such a text is an error.

    >>> ToNumber("1,250.5")
    1250.5
    >>> ToNumber("75%")
    0.75
    >>> ToNumber(Date(1955, 11, 12))
    20405
    >>> ToNumber("")
    blank
    >>> ToNumber(Tasks.First().Name)
    blank
    """
    return conversion.attempted(conversion.to_number, value, context)


@function("Upper")
def upper(text: str) -> str:
    """The text in capital letters.

    text: The text to change.

    >>> Upper("Straße é")
    "STRASSE É"
    >>> Upper("")
    blank
    >>> List("a", "b").Upper()
    ["A", "B"]
    """
    return text.upper()


@function("Lower")
def lower(text: str) -> str:
    """The text in small letters.

    text: The text to change.

    >>> Lower("ÉCOLE No. 7")
    "école no. 7"
    >>> Lower("")
    blank
    >>> List("A", "B").Lower()
    ["a", "b"]
    """
    return text.lower()


@function("Proper", certainty="recalled-weak")
def proper(context: Context, text: str) -> str:
    """The text with a capital at the start of each word and small letters behind it.

    text: The text to change.

    Assumed: a word goes on over digits and apostrophes, and ends at anything else.

    >>> Proper("the o'neil-PLAN, it's 2nd")
    "The O'neil-Plan, It's 2nd"
    >>> Proper("")
    blank
    >>> List("ada ruiz", "ÉMILE").Proper()
    ["Ada Ruiz", "Émile"]
    """
    context.budget.charge(len(text) // 2)
    return re.sub(_WORD, lambda found: found[0][:1].title() + found[0][1:].lower(), text)


@function("Length")
def length(text: str | None) -> float:
    """How many characters a text has.

    text: The text to measure.

    Assumed: a blank has 0, so that it can be compared; characters are Unicode code points.

    >>> Length("Coda")
    4
    >>> Length("")
    0
    >>> List("é", "😀!").Length()
    [1, 2]
    """
    return float(len(text or ""))


@function("Left")
def left(text: str, count: float = 1) -> str | None:
    """The first characters of a text.

    text: The text to take from; a row gives the text it is displayed as.
    count: How many; one if left out.

    >>> Left("Coda", 2)
    "Co"
    >>> Left("")
    blank
    >>> Tasks.First().Left(2)
    "Pl"
    >>> List("ab", "cd").Left(1)
    ["a", "c"]
    """
    return text[: _count(count)] or None


@function("Right", certainty="recalled")
def right(text: str, count: float = 1) -> str | None:
    """The last characters of a text.

    text: The text to take from.
    count: How many; one if left out.

    >>> Right("Coda", 2)
    "da"
    >>> Right("Coda", 9)
    "Coda"
    >>> Right("", 2)
    blank
    >>> List("ab", "cd").Right(1)
    ["b", "d"]
    """
    return text[max(len(text) - _count(count), 0) :] or None


@function("Middle", certainty="recalled")
def middle(text: str, start: float, count: float) -> str | None:
    """Some characters from within a text.

    text: The text to take from.
    start: The place of the first character; 1 is the start of the text.
    count: How many.

    Assumed: a start before the text counts as 1.

    >>> Middle("2025-W50", 6, 3)
    "W50"
    >>> Middle("Coda", 3, 9)
    "da"
    >>> Middle("", 1, 2)
    blank
    >>> List("abc", "def").Middle(2, 1)
    ["b", "e"]
    """
    first = _count(start - 1)
    return text[first : first + _count(count)] or None


@function("LeftPad")
def left_pad(text: str, length: float, pad: str = " ") -> str | None:
    """The text, filled up at its start until it is long enough.

    text: The text to fill up.
    length: The length to reach; a longer text does not change.
    pad: What to fill with, again and again; a space if left out.

    >>> LeftPad(7, 2, 0)
    "07"
    >>> LeftPad("Coda", 7, "ab")
    "abaCoda"
    >>> LeftPad("x", 3, "")
    "  x"
    >>> List("a", "bb").LeftPad(2, "-")
    ["-a", "bb"]
    """
    return _padding(text, length, pad) + text or None


@function("RightPad", certainty="recalled")
def right_pad(text: str, length: float, pad: str = " ") -> str | None:
    """The text, filled up at its end until it is long enough.

    text: The text to fill up.
    length: The length to reach; a longer text does not change.
    pad: What to fill with, again and again; a space if left out.

    >>> RightPad("Coda", 7, ".")
    "Coda..."
    >>> RightPad("", 2, ".")
    blank
    >>> List("a", "bb").RightPad(2, "-")
    ["a-", "bb"]
    """
    return text + _padding(text, length, pad) or None


@function("Trim")
def trim(text: str) -> str | None:
    r"""The text without the white space at its start and end.

    text: The text to trim.

    >>> Trim("  two  words ")
    "two  words"
    >>> Trim(Concatenate(LineBreak(), "x"))
    "x"
    >>> Trim("   ")
    blank
    >>> List(" a", "b ").Trim()
    ["a", "b"]
    """
    from codaform.library.regular_expressions import WHITE_SPACE

    return text.strip(WHITE_SPACE) or None


@function("Substitute")
def substitute(text: str, search: str | None, replacement: str | None) -> str | None:
    """The text with the first place of a search text replaced.

    text: The text to change.
    search: What to replace; nothing is replaced where it is blank.
    replacement: What to put there; with a blank the search text is taken out.

    Assumed: later places stay, as SubstituteAll is there for them.

    >>> Substitute("a-b-c", "-", "+")
    "a+b-c"
    >>> Substitute("a-b", "-", "")
    "ab"
    >>> Substitute("", "a", "b")
    blank
    >>> List("a b", "c d").Substitute(" ", "_")
    ["a_b", "c_d"]
    """
    return bounded(text.replace(search, replacement or "", 1)) if search else text


@function("SubstituteAll", certainty="recalled")
def substitute_all(text: str, search: str | None, replacement: str | None) -> str | None:
    """The text with every place of a search text replaced.

    text: The text to change.
    search: What to replace; nothing is replaced where it is blank.
    replacement: What to put there; with a blank the search text is taken out.

    >>> SubstituteAll("a-b-c", "-", "+")
    "a+b+c"
    >>> SubstituteAll("a-b-c", "-", "")
    "abc"
    >>> List("a b c", "d").SubstituteAll(" ", "_")
    ["a_b_c", "d"]
    """
    if not search:
        return text
    replacement = replacement or ""
    refuse_longer(len(text) + text.count(search) * (len(replacement) - len(search)))
    return text.replace(search, replacement) or None


@function("Replace", certainty="recalled")
def replace(text: str, start: float, count: float, replacement: str | None) -> str | None:
    """The text with some characters replaced, which are counted and not searched for.

    text: The text to change.
    start: The place of the first character to replace; 1 is the start of the text.
    count: How many characters to replace; with 0 the new text is put in before the start.
    replacement: What to put there.

    >>> Replace("2025-W50", 1, 4, "2026")
    "2026-W50"
    >>> Replace("Coda", 3, 2, "")
    "Co"
    >>> List("abc", "def").Replace(2, 1, "-")
    ["a-c", "d-f"]
    """
    first = _count(start - 1)
    return bounded(text[:first] + (replacement or "") + text[first + _count(count) :])


@function("Repeat", certainty="recalled")
def repeat(text: str, times: float) -> str | None:
    """The text several times over.

    text: The text to repeat.
    times: How often.

    >>> Repeat("ab", 3)
    "ababab"
    >>> Repeat("", 3)
    blank
    >>> Repeat("x", 1000001)
    error: out-of-range
    >>> List("a", "b").Repeat(2)
    ["aa", "bb"]
    """
    refuse_longer(len(text) * _count(times))
    return text * _count(times) or None


@function("StartsWith")
def starts_with(text: str | None, search: str | None, ignore_case: bool = False) -> bool:
    """Whether a text begins with another.

    text: The text to look at.
    search: What it shall begin with.
    ignore_case: Whether capital and small letters count as the same; not, if left out.

    Assumed: every text, also a blank, begins with a blank.

    >>> StartsWith("Coda", "Co")
    true
    >>> StartsWith("Coda", "co")
    false
    >>> StartsWith("Coda", "co", true)
    true
    >>> StartsWith("", "Co")
    false
    >>> List("ab", "cd").StartsWith("a")
    [true, false]
    """
    whole, part = _cased(text, search, ignore_case)
    return whole.startswith(part)


@function("EndsWith", certainty="recalled")
def ends_with(text: str | None, search: str | None, ignore_case: bool = False) -> bool:
    """Whether a text ends with another.

    text: The text to look at.
    search: What it shall end with.
    ignore_case: Whether capital and small letters count as the same; not, if left out.

    Assumed: every text, also a blank, ends with a blank.

    >>> EndsWith("notes.TXT", ".txt")
    false
    >>> EndsWith("notes.TXT", ".txt", true)
    true
    >>> EndsWith("", "x")
    false
    >>> List("ab", "cd").EndsWith("b")
    [true, false]
    """
    whole, part = _cased(text, search, ignore_case)
    return whole.endswith(part)


@function("ContainsText")
def contains_text(text: str | None, search: str | None, ignore_case: bool = False) -> bool:
    """Whether a text is found within another.

    text: The text to look in.
    search: What to look for.
    ignore_case: Whether capital and small letters count as the same; not, if left out.

    Contains looks for an item in a list; this function looks for a part of a text.
    Assumed: a blank is found in every text.

    >>> ContainsText("Coda docs", "da d")
    true
    >>> ContainsText("Coda", "DA")
    false
    >>> ContainsText("Coda", "DA", true)
    true
    >>> ContainsText("", "a")
    false
    >>> List("ab", "cd").ContainsText("c")
    [false, true]
    """
    whole, part = _cased(text, search, ignore_case)
    return part in whole


@function("Exact", certainty="recalled-weak")
def exact(first: str | None, second: str | None) -> bool:
    """Whether two texts are the same, letter by letter.

    first: A text.
    second: The text to compare it with.

    >>> Exact("Coda", "coda")
    false
    >>> Exact("7", 7)
    true
    >>> Exact("", "")
    true
    >>> List("a", "b").Exact("b")
    [false, true]
    """
    return (first or "") == (second or "")


@function("Character")
def character(code: float) -> str:
    r"""The character that has a number in Unicode.

    code: The number; 10 ends a line, 34 is a double quote.

    >>> Character(65)
    "A"
    >>> Character(10)
    "\n"
    >>> Character("")
    blank
    >>> Character(1114112)
    error: out-of-range
    >>> List(72, 105).Character()
    ["H", "i"]
    """
    number = int(code)
    if not 1 <= number <= 0x10FFFF or 0xD800 <= number < 0xE000:
        raise EvaluationError("out-of-range", f"no character has the number {number}")
    return chr(number)


@function("CharacterCode", certainty="recalled-weak")
def character_code(text: str) -> float | None:
    """The number that the first character of a text has in Unicode.

    text: The text to take the character from.

    >>> CharacterCode("A")
    65
    >>> CharacterCode("")
    blank
    >>> List("a", "é").CharacterCode()
    [97, 233]
    """
    return float(ord(text[0])) if text else None


@function("LineBreak")
def line_break(count: float = 1) -> str | None:
    r"""The end of a line.

    count: How many; one if left out.

    >>> Concatenate("a", LineBreak(), "b")
    "a\nb"
    >>> LineBreak(2)
    "\n\n"
    >>> LineBreak("")
    "\n"
    """
    refuse_longer(_count(count))
    return "\n" * _count(count) or None


@function("Split")
def split(text: str | None, delimiter: str | None) -> list[str | None]:
    """The pieces of a text between delimiters.

    text: The text to take apart.
    delimiter: What stands between the pieces; with a blank every character is a piece.

    Nothing between two delimiters is a blank piece; a blank text has no pieces.

    >>> Split("a, b, c", ", ")
    ["a", "b", "c"]
    >>> Split("abc", "")
    ["a", "b", "c"]
    >>> Split("a,,b", ",")
    ["a", blank, "b"]
    >>> Split("", ",")
    []
    >>> List("a b", "c").Split(" ")
    [["a", "b"], ["c"]]
    """
    text = text or ""
    return [piece or None for piece in (text.split(delimiter) if delimiter and text else text)]


def bounded(text: str) -> str | None:
    """The text itself, unless it is too long to go on with; an empty one is a blank."""
    refuse_longer(len(text))
    return text or None


def refuse_longer(length: int) -> None:
    """EvaluationError for a text that would be too long to go on with."""
    if length > LONGEST:
        raise EvaluationError("out-of-range", f"the text would pass {LONGEST} characters")


def _count(number: float) -> int:
    """A count of characters: what is behind the point is dropped, nothing is below 0."""
    return max(int(number), 0)


def _padding(text: str, length: float, pad: str) -> str:
    refuse_longer(_count(length))
    pad = pad or " "
    missing = max(_count(length) - len(text), 0)
    return (pad * (missing // len(pad) + 1))[:missing]


def _cased(text: str | None, search: str | None, ignore_case: bool) -> tuple[str, str]:
    whole, part = text or "", search or ""
    return (whole.casefold(), part.casefold()) if ignore_case else (whole, part)
