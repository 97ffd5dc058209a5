"""Formatting: values written as texts, by a format or as rich text."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time

from codaform.library.dates import tells_time
from codaform.library.function import Context, Row, function
from codaform.library.text import LONGEST, bounded
from codaform.model import conversion, types
from codaform.model.budget import STEPS_A_CONVERSION, STEPS_A_LIST
from codaform.model.number_text import number_text
from codaform.model.values import EvaluationError, is_blank
from codaform.text import shorten

_PLACEHOLDER = r"\{([0-9]{1,9})(?::([^{}]*))?\}"
_NUMBER_FORMAT = r"(0+)(?:\.(0+))?"
_LETTERS_A_STEP = 16


def _fits(format: str, given: Mapping[str, object]) -> None:
    _fits_value(format, given["value"])


def _has_values(template: str, given: Mapping[str, object]) -> None:
    values = given["values"]
    for place in re.finditer(_PLACEHOLDER, template):
        if isinstance(values, tuple):
            _fits_value(place[2] or "", _asked(place, values))
    asked = {int(place[1]) for place in re.finditer(_PLACEHOLDER, template)}
    if not asked:
        raise EvaluationError("unused-value", f'"{shorten(template)}" has no place for a value, as {{1}} is one')
    count = len(values) if isinstance(values, tuple) else 0
    unasked = [number for number in range(1, count + 1) if number not in asked]
    if unasked:
        many = "values" if len(unasked) > 1 else "value"
        raise EvaluationError("unused-value", f"the template has no place for {many} {', '.join(map(str, unasked))}")


def _fits_value(format: str, value: object) -> None:
    """EvaluationError for a format that does not fit values of this type; pass the type or a value of it."""
    if not format or (re.fullmatch(_NUMBER_FORMAT, format) and not _is_of_time(value)):
        return
    if _is_of_time(value) or (not isinstance(value, float) and value not in (types.NUMBER, types.DURATION)):
        tells_time(format)
        return
    raise _no_format(format)


def _is_of_time(value: object) -> bool:
    return value in (types.DATE, types.DATETIME, types.TIME)


@function("ToText", certainty="documented", literals={"format": _fits})
def to_text(context: Context, value: object, format: str = "") -> str | None:
    """A value as the text it is shown as.

    value: Any value; a row gives the text it is displayed as, a list its items with ", " between them.
    format: How to write it: `000` or `0.00` for a number, tokens such as `YYYY-MM-DD` for a date; plainly if left out.

    Assumed: the formats are those of Format. A maker saw Coda refuse a format here, so Format is the safer way.

    >>> ToText(0.5)
    "0.5"
    >>> Tasks.First().ToText()
    "Plan"
    >>> ToText(List(1, "a", true))
    "1, a, true"
    >>> ToText(7, "000")
    "007"
    >>> ToText(Date(2025, 12, 8), "D MMM YYYY")
    "8 Dec 2025"
    >>> ToText("")
    blank
    """
    return bounded(_formatted(value, format, context)) if format else conversion.to_text(value, context)


@function("Format", literals={"template": _has_values})
def format_values(context: Context, template: str, *values: object) -> str | None:
    """A template with values put in at its numbered places.

    template: The text; `{1}` is the place of the first value, `{2:000}` of the second with a format.
    values: What to put in.

    The zeros before the point are the digits that are written at least, those behind it the decimals; the number is
    rounded to them. Seen is `000`. Assumed: dates and times take Moment's tokens, a blank adds nothing, braces
    without a number are copied, and a place without a value is an error.

    >>> Format("{1}-{2:000}", "T", 7)
    "T-007"
    >>> Format("{1:0.00} of {2}", 2.5, 3)
    "2.50 of 3"
    >>> Format("{1:YYYY-MM}", Date(2025, 12, 8))
    "2025-12"
    >>> Format("<{1:000}>", "")
    "<>"
    >>> Format("{2}", 1)
    error: out-of-range
    >>> List("{1}a", "{1}b").Format(1)
    ["1a", "1b"]
    """
    pieces: list[str] = []
    at = written = 0
    for place in re.finditer(_PLACEHOLDER, template):
        context.budget.charge(4)
        text = _formatted(_asked(place, values), place[2] or "", context)
        pieces += (template[at : place.start()], text)
        at, written = place.end(), written + len(text)
        if written > LONGEST:
            raise EvaluationError("out-of-range", f"the text would pass {LONGEST} characters")
    return bounded("".join(pieces) + template[at:])


@function("Fixed", certainty="recalled-weak")
def fixed(value: float, decimals: float = 0) -> str:
    """A number as a text with so many decimals.

    value: The number.
    decimals: How many decimals are written, up to 100; none if left out.

    Assumed: half a unit is rounded away from zero, and thousands are not set apart.

    >>> Fixed(3.14159, 2)
    "3.14"
    >>> Fixed(2.5)
    "3"
    >>> Fixed(3, 1)
    "3.0"
    >>> Fixed("", 2)
    blank
    >>> List(1, 2.345).Fixed(2)
    ["1.00", "2.35"]
    """
    if not 0 <= int(decimals) <= 100:
        raise EvaluationError("out-of-range", f"a number cannot be written with {number_text(decimals)} decimals")
    return _rounded(value, 1, int(decimals))


@function("BulletedList")
def bulleted_list(context: Context, *values: object) -> str | None:
    r"""The values as the lines of a list, each behind a bullet.

    values: What to list; the items of a list are lines of their own.

    Coda makes rich text of it. Assumed: as plain text the bullet is "• ", and blanks get no line.

    >>> BulletedList("a", "", List("b", "c"))
    "• a\n• b\n• c"
    >>> Tasks.BulletedList()
    "• Plan\n• Build\n• Check"
    >>> BulletedList("")
    blank
    """
    return bounded("\n".join(f"• {line}" for line in _lines(values, context)))


@function("NumberedList", certainty="recalled")
def numbered_list(context: Context, *values: object) -> str | None:
    r"""The values as the lines of a list, each behind its number.

    values: What to list; the items of a list are lines of their own.

    Coda makes rich text of it. Assumed: blanks get neither line nor number.

    >>> NumberedList("a", "", List("b", "c"))
    "1. a\n2. b\n3. c"
    >>> NumberedList("")
    blank
    """
    return bounded("\n".join(f"{number}. {line}" for number, line in enumerate(_lines(values, context), start=1)))


@function("_Bold", certainty="community-hidden")
def bold(context: Context, *values: object) -> str | None:
    """The values as one bold text; here without the formatting.

    values: What to put together.

    >>> _Bold("Total: ", 3)
    "Total: 3"
    >>> _Bold("")
    blank
    """
    return _plain(values, context)


@function("_Italicize", certainty="community-hidden")
def italicize(context: Context, *values: object) -> str | None:
    """The values as one text in italics; here without the formatting.

    values: What to put together.

    >>> _Italicize("Total: ", 3)
    "Total: 3"
    >>> _Italicize("")
    blank
    """
    return _plain(values, context)


@function("_Underline", certainty="community-hidden")
def underline(context: Context, *values: object) -> str | None:
    """The values as one underlined text; here without the formatting.

    values: What to put together.

    >>> _Underline("Total: ", 3)
    "Total: 3"
    >>> _Underline("")
    blank
    """
    return _plain(values, context)


@function("_Strikethrough", certainty="community-hidden")
def strikethrough(context: Context, *values: object) -> str | None:
    """The values as one crossed-out text; here without the formatting.

    values: What to put together.

    >>> _Strikethrough("Total: ", 3)
    "Total: 3"
    >>> _Strikethrough("")
    blank
    """
    return _plain(values, context)


@function("_Highlight", certainty="community-hidden")
def highlight(context: Context, *values: object) -> str | None:
    """The values as one text on a yellow ground; here without the formatting.

    values: What to put together; no argument names a colour, as users found out.

    >>> _Highlight("Total: ", 3)
    "Total: 3"
    >>> _Highlight("")
    blank
    """
    return _plain(values, context)


@function("_Code", certainty="community-hidden")
def code(context: Context, *values: object) -> str | None:
    """The values as one text in the style of code; here without the formatting.

    values: What to put together.

    >>> _Code("x = ", 3)
    "x = 3"
    >>> _Code("")
    blank
    """
    return _plain(values, context)


@function("_Color", certainty="community-hidden")
def color(context: Context, color: str | None, *values: object) -> str | None:
    """The values as one coloured text; here without the formatting.

    color: The colour, as `#ff0000` or a class such as `kr-green-light-bg`; in Coda a wrong name can break the doc.
    values: What to put together.

    A text on which the function is chained comes first and its colour second; the `#` marks that form.

    >>> _Color("#ff0000", "Total: ", 3)
    "Total: 3"
    >>> _Color("", "late")
    "late"
    >>> "late"._Color("#ff0000")
    "late"
    >>> _Color("#ff0000", "")
    blank
    """
    if len(values) == 1 and str(values[0]).startswith("#") and not (color or "").startswith("#"):
        return color  # `Title._Color("#000000")`, as a real doc has it
    return _plain(values, context)


@function("_RichText", certainty="community-hidden")
def rich_text(context: Context, *values: object) -> str | None:
    """The values as one text, keeping the formatting of each; here without the formatting.

    values: What to put together.

    >>> _RichText(_Bold("Total: "), 3)
    "Total: 3"
    >>> _RichText("")
    blank
    """
    return _plain(values, context)


def _plain(values: tuple[object, ...], context: Context) -> str | None:
    return bounded("".join(conversion.to_text(value, context) or "" for value in values))


def _lines(values: tuple[object, ...], context: Context) -> list[str]:
    items = [item for value in values for item in conversion.to_list(value)]
    return [text for item in items if (text := conversion.to_text(item, context)) is not None]


def _asked(place: re.Match[str], values: tuple[object, ...]) -> object:
    number = int(place[1])
    if not 1 <= number <= len(values):
        raise EvaluationError("out-of-range", f"{place[0]} asks for value {number} of {len(values)}")
    return values[number - 1]


def _no_format(format: str) -> EvaluationError:
    return EvaluationError("wrong-value", f'"{shorten(format)}" is a format neither of numbers nor of this value')


def _formatted(value: object, format: str, context: Context) -> str:
    if not format:
        return conversion.to_text(value, context) or ""
    if isinstance(value, list):
        context.budget.charge(STEPS_A_LIST + len(value))
        return ", ".join(_formatted(item, format, context) for item in value)
    if isinstance(value, Row):
        return _formatted(context.display(value), format, context)
    if is_blank(value):
        return ""
    if isinstance(value, date | datetime | time):
        from codaform.model.moment import moment_text

        return moment_text(value, format, context.budget)
    context.budget.charge_converted(format)
    shape = re.fullmatch(_NUMBER_FORMAT, format)
    if shape is None:
        raise _no_format(format)
    number = conversion.to_number(value, context)
    if number is None:
        return ""
    text = _rounded(number, len(shape[1]), len(shape[2] or ""))
    context.budget.charge(STEPS_A_CONVERSION + len(text) // _LETTERS_A_STEP)
    return text


def _rounded(number: float, digits: int, decimals: int) -> str:
    """The number as written, a half rounded away from zero, with so many digits at least."""
    from decimal import ROUND_HALF_UP, Decimal, localcontext

    if max(digits, decimals) > LONGEST:
        raise EvaluationError("out-of-range", f"the text would pass {LONGEST} characters")
    # 400 digits hold every float; zeros beyond them are added as text.
    places = min(decimals, 400)
    with localcontext(prec=1000, rounding=ROUND_HALF_UP):
        whole, _, rest = f"{abs(Decimal(repr(number)).quantize(Decimal(1).scaleb(-places))):f}".partition(".")
    text = whole.zfill(digits) + (f".{rest.ljust(decimals, '0')}" if decimals else "")
    return f"-{text}" if number < 0 and text.strip("0.") else text
