"""How a column shows its values and which limits it sets: the members that a format has, by column type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace

from codaform.model.number_text import number_text
from codaform.source import frozen

Limit = int | float | str
"""A number, or the text of a formula that gives one."""


@frozen
class Format:
    """A column's format; None for a part without a setting, so that Coda's default applies.

    currency: A code such as EUR. unit: The smallest unit of a duration. precision: Decimals. thousands: Whether
    thousands are separated. style: Of a currency or an image. date, time: Moment patterns; an empty one hides its part.
    minimum, maximum, step: Of a slider, a progress bar or a scale. icon: The sign of a scale. show_value:
    Whether a slider has its number beside it. display: Of an email address or a link. width, height: Of an image.
    """

    currency: str | None = None
    unit: str | None = None
    precision: int | None = None
    thousands: bool | None = None
    style: str | None = None
    date: str | None = None
    time: str | None = None
    minimum: Limit | None = None
    maximum: Limit | None = None
    step: Limit | None = None
    icon: str | None = None
    show_value: bool | None = None
    display: str | None = None
    width: Limit | None = None
    height: Limit | None = None

    def __bool__(self) -> bool:
        return self != NO_FORMAT

    def members(self) -> dict[str, object]:
        """What it says, by member, in the order of declaration."""
        named = ((known.name, getattr(self, known.name)) for known in fields(self))
        return {name: value for name, value in named if value is not None}


NO_FORMAT = Format()
"""The format of a column that says nothing of it."""


# ------------------------------------------------------------ what a member takes


@frozen
class Flag:
    """true or false."""


@frozen
class FormatChoice:
    """One of some words."""

    options: tuple[str, ...]


@frozen
class Number:
    """A number within limits. whole: Without decimals. formula: Whether Coda takes a formula in its place."""

    least: float | None = None
    most: float | None = None
    whole: bool = False
    formula: bool = False


@frozen
class Pattern:
    """A pattern of Moment tokens. example: One that Coda offers."""

    tokens: frozenset[str]
    example: str


Values = Flag | FormatChoice | Number | Pattern


@frozen
class FormatMember:
    """A member of a format. usual: What Coda shows where it is left out; None where nothing fixed is known."""

    about: str
    values: Values
    usual: object = None


CURRENCIES = {
    "USD": "$",
    "CAD": "CA$",
    "AUD": "A$",
    "HKD": "HK$",
    "SGD": "SGD ",
    "TWD": "NT$",
    "EUR": "€",
    "CHF": "CHF ",
    "SEK": "kr ",
    "DKK": "kr ",
    "NOK": "kr ",
    "MXN": "MX$",
    "GBP": "£",
    "BRL": "R$",
    "INR": "₹",
    "KRW": "₩",
    "JPY": "¥",
    "CNY": "CN¥",
    "IDR": "Rp ",
    "RUB": "₽",
    "TRY": "₺",
    "THB": "฿",
    "PLN": "zł ",
    "ZAR": "R ",
    "ARS": "ARS ",
    "SAR": "SAR ",
    "AED": "AED ",
    "EGP": "EGP ",
    "HRK": "HRK ",
    "CZK": "Kč ",
    "ILS": "₪",
    "HUF": "Ft ",
    "RON": "RON ",
    "UAH": "₴",
    "VND": "₫",
    "MYR": "RM ",
    "XBT": "₿",
    "MUR": "MUR ",
    "MDL": "MDL ",
    "PHP": "₱",
    "IRR": "IRR ",
}
"""The currencies that Coda's tools take, and the sign before an amount. Assumed: the signs are the usual ones."""

WHOLE_CURRENCIES = frozenset({"JPY", "KRW", "VND", "HUF", "IDR", "IRR"})
"""Currencies of which amounts usually have no decimals."""

ICONS = (
    "star",
    "circle",
    "fire",
    "bug",
    "diamond",
    "bell",
    "thumbsup",
    "heart",
    "chili",
    "smiley",
    "lightning",
    "currency",
    "coffee",
    "person",
    "battery",
    "cocktail",
    "cloud",
    "sun",
    "checkmark",
    "lightbulb",
)
"""The signs that a scale can have."""

_DATE_TOKENS = frozenset(
    [
        "D",
        "Do",
        "DD",
        "DDD",
        "DDDD",
        "M",
        "Mo",
        "MM",
        "MMM",
        "MMMM",
        "Q",
        "Qo",
        "YY",
        "YYYY",
        "ddd",
        "dddd",
        "w",
        "ww",
        "W",
        "WW",
        "gggg",
        "GGGG",
        "L",
        "LL",
        "l",
        "ll",
    ]
)
_TIME_TOKENS = frozenset(["H", "HH", "h", "hh", "m", "mm", "s", "ss", "a", "A", "LT", "LTS"])

DATE_PATTERN = "M/D/YYYY"
TIME_PATTERN = "h:mm A"
"""How a date and a time are written where their column names no format. Assumed: Coda goes by the doc's locale."""

MOST_DECIMALS = 10
"""The decimals that a format can ask for."""

_PRECISION = FormatMember(
    "Decimals, from 0 to 10; as many as the number has if left out.", Number(0, MOST_DECIMALS, True)
)
_THOUSANDS = FormatMember("Whether thousands are separated, as in 1,200; false if left out.", Flag(), False)
_DATE = FormatMember(
    "The date as a Moment pattern; `hidden` hides it.", Pattern(_DATE_TOKENS, "YYYY-MM-DD"), DATE_PATTERN
)
_TIME = FormatMember("The time as a Moment pattern; `hidden` hides it.", Pattern(_TIME_TOKENS, "HH:mm"), TIME_PATTERN)
_MOMENT = {"date": _DATE, "time": _TIME}
_SLIDER = {
    "minimum": FormatMember("Where it begins; 0 if left out.", Number(formula=True), 0.0),
    "maximum": FormatMember("Where it ends; 100 if left out.", Number(formula=True), 100.0),
    "step": FormatMember("How far it moves at a time; 1 if left out.", Number(0, formula=True), 1.0),
    "show_value": FormatMember("Whether the number is beside it; true if left out.", Flag(), True),
}

FORMATS: Mapping[str, Mapping[str, FormatMember]] = {
    "number": {"precision": _PRECISION, "thousands": _THOUSANDS},
    "percent": {"precision": _PRECISION, "thousands": _THOUSANDS},
    "currency": {
        "currency": FormatMember("The code of the currency; USD if left out.", FormatChoice(tuple(CURRENCIES)), "USD"),
        "precision": FormatMember("Decimals, from 0 to 10; those of the currency if left out.", Number(0, 10, True)),
        "style": FormatMember(
            "`currency` has the sign and a minus, `accounting` the sign and parentheses around what is negative, "
            "`financial` no sign.",
            FormatChoice(("currency", "accounting", "financial")),
            "currency",
        ),
    },
    "date": {"date": _DATE},
    "time": {"time": _TIME},
    "datetime": _MOMENT,
    "created_on": _MOMENT,
    "modified_on": _MOMENT,
    "duration": {
        "unit": FormatMember(
            "The smallest unit that is shown; durations are rounded to it.",
            FormatChoice(("days", "hours", "minutes", "seconds")),
        ),
        "precision": FormatMember("Decimals of the smallest unit.", Number(0, MOST_DECIMALS, True)),
    },
    "slider": _SLIDER,
    "progress": _SLIDER,
    "scale": {
        "maximum": FormatMember("How many icons there are, from 1 to 100; 5 if left out.", Number(1, 100, True), 5.0),
        "icon": FormatMember("What it is drawn with; star if left out.", FormatChoice(ICONS), "star"),
    },
    "email": {
        "display": FormatMember(
            "How an address is shown.", FormatChoice(("iconAndEmail", "iconOnly", "emailOnly")), "iconAndEmail"
        )
    },
    "link": {
        "display": FormatMember(
            "How a link is shown.", FormatChoice(("title", "iconOnly", "url", "card", "embed")), "title"
        )
    },
    "image": {
        "width": FormatMember("The width in pixels; 0 for the picture's own.", Number(0, formula=True)),
        "height": FormatMember("The height in pixels; 0 for the picture's own.", Number(0, formula=True)),
        "style": FormatMember("The shape of the picture.", FormatChoice(("auto", "circle"))),
    },
}
"""The members of a format by column type; a type that is missing shows its values in one way only."""

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "number": ("0.00", '"#,##0"', "{precision: 2, thousands: true}"),
    "percent": ("0%", "0.0%", "{precision: 1}"),
    "currency": ("{currency: EUR, precision: 2}", "0.00", "{currency: USD, style: accounting}"),
    "date": ("YYYY-MM-DD", "D MMM YYYY", "D.M.YYYY"),
    "time": ("HH:mm", '"h:mm A"'),
    "datetime": ('"YYYY-MM-DD HH:mm"', "{date: D MMM YYYY, time: hidden}"),
    "created_on": ('"YYYY-MM-DD HH:mm"', "{date: D MMM YYYY, time: hidden}"),
    "modified_on": ('"YYYY-MM-DD HH:mm"', "{date: D MMM YYYY, time: hidden}"),
    "duration": ("{unit: minutes}", "{unit: hours, precision: 1}"),
    "slider": ("{minimum: 0, maximum: 10, step: 0.5}",),
    "progress": ("{maximum: 1}", "{maximum: 10, show_value: false}"),
    "scale": ("{maximum: 5, icon: star}",),
    "email": ("{display: emailOnly}",),
    "link": ("{display: card}",),
    "image": ("{width: 40, height: 40, style: circle}",),
}
"""Formats as a `table.yml` has them, by column type."""


# ------------------------------------------------------------ short forms


_NUMBER = re.compile(r"#?(,?)#*0(?:\.(0+))?(%?)")
_TIME_PART = re.compile(r"[,\s]*(?:[Hhk]+[:.\s]|LTS?).*$", re.DOTALL)
NUMBERS = frozenset({"number", "percent", "currency"})
"""Column types whose format may be a number pattern."""


def short_format(kind: str, text: str) -> Format | None:
    """The format that a text says for a column type, as `#,##0.00` or `D MMM YYYY`; None where the type has no such.

    The tokens of a date are not checked.
    """
    match kind:
        case "number" | "percent" | "currency":
            found = _NUMBER.fullmatch(text)
            decimals = len(found[2] or "") if found is not None else 0
            if found is None or decimals > MOST_DECIMALS or (found[3] and kind != "percent"):
                return None
            grouped = bool(found[1]) if kind != "currency" else None
            return Format(precision=decimals, thousands=grouped)
        case "date":
            return Format(date=text)
        case "time":
            return Format(time=text)
        case "datetime" | "created_on" | "modified_on":
            day, clock = split_pattern(text)
            return Format(date=day, time=clock)
    return None


def long_form(kind: str, format: Format) -> str | dict[str, object]:
    """A format as `table.yml` has it: a text where one says all of it, or its members."""
    said = {name: value for name, value in format.members().items() if name in FORMATS.get(kind, {})}
    match kind:
        case "number" | "percent" | "currency" if said.keys() <= {"precision", "thousands"} and "precision" in said:
            decimals = format.precision or 0
            whole = "#,##0" if format.thousands else "0"
            return whole + ("." + "0" * decimals if decimals else "") + ("%" if kind == "percent" else "")
        case "date" if format.date:
            return format.date
        case "time" if format.time:
            return format.time
        case "datetime" | "created_on" | "modified_on" if format.date and format.time:
            joined = f"{format.date} {format.time}"
            if split_pattern(joined) == (format.date, format.time):
                return joined
        case "datetime" | "created_on" | "modified_on" if said.keys() == {"date", "time"}:
            one = format.date or format.time or ""
            if one and split_pattern(one) == (format.date, format.time):
                return one
    return said


def split_pattern(pattern: str) -> tuple[str, str]:
    """A Moment pattern of a date and time as its two parts; a part that is not there is empty."""
    found = _TIME_PART.search(pattern)
    return (pattern[: found.start()], found[0].lstrip(", \t")) if found else (pattern, "")


def _member_text(value: object) -> str:
    """A member's value as `table.yml` has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
    return str(value)


def written_members(kind: str, format: Format) -> dict[str, str]:
    """The members of a format as texts: a hidden part as `hidden`, a formula behind an equals sign."""
    found: dict[str, str] = {}
    for name, value in format.members().items():
        declared = FORMATS.get(kind, {}).get(name)
        if declared is None:
            continue
        match declared.values:
            case Pattern() if value == "":
                found[name] = "hidden"
            case Number() if isinstance(value, str):
                found[name] = f"={value}"
            case _:
                found[name] = _member_text(value)
    return found


def format_text(kind: str, format: Format) -> str:
    """A format in one line, as `0.00` or `{currency: EUR, precision: 2}`; empty where it says nothing."""
    form = long_form(kind, format)
    if isinstance(form, str):
        return form
    return (
        "{" + ", ".join(f"{name}: {text}" for name, text in written_members(kind, format).items()) + "}" if form else ""
    )


def without_usual(kind: str, format: Format) -> Format:
    """A format without what is Coda's default, and without what the column type does not have."""
    declared = FORMATS.get(kind, {})
    dropped = {
        name: None
        for name, value in format.members().items()
        if name not in declared or (declared[name].usual is not None and declared[name].usual == value)
    }
    if format.precision is not None:
        dropped.pop("thousands", None)  # a number pattern says both
    return replace(format, **dropped)


LIMITED = frozenset({"slider", "progress", "scale"})
"""Column types with a least and a largest number."""


def limits(kind: str, format: Format) -> tuple[float, float] | None:
    """The least and the largest number that a slider, a progress bar or a scale shows; None where none are known."""
    if kind not in LIMITED:
        return None
    least = 0.0 if format.minimum is None else format.minimum
    most = (5.0 if kind == "scale" else 100.0) if format.maximum is None else format.maximum
    if isinstance(least, str) or isinstance(most, str):
        return None
    return float(least), float(most)


# ------------------------------------------------------------ whether a value fits


_QUOTED = re.compile(r"\[[^\[\]]*\]")
_LETTERS = re.compile(r"[^\W\d_]+")


def fits(member: FormatMember, value: object) -> bool:
    """Whether a member can have this value."""
    match member.values:
        case Flag():
            return isinstance(value, bool)
        case FormatChoice(options):
            return isinstance(value, str) and value in options
        case Pattern(tokens):
            return isinstance(value, str) and (
                value == "" or (not strange_tokens(value, tokens) and _has_any(value, tokens))
            )
        case Number(least, most, whole, formula):
            if isinstance(value, str):
                return formula and bool(value.strip())
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
                return False
            return (
                (least is None or value >= least)
                and (most is None or value <= most)
                and (not whole or value == int(value))
            )


def strange_tokens(pattern: str, tokens: frozenset[str]) -> list[str]:
    """The letters of a pattern that are no Moment tokens; text in brackets is copied."""
    left = re.sub(_any_of(tokens), " ", _QUOTED.sub(" ", pattern))
    return _LETTERS.findall(left)


def _has_any(pattern: str, tokens: frozenset[str]) -> bool:
    return re.search(_any_of(tokens), _QUOTED.sub(" ", pattern)) is not None


def _any_of(tokens: frozenset[str]) -> str:
    return "|".join(sorted(tokens, key=lambda token: (-len(token), token)))


def fitting_format(kind: str, format: Format) -> Format:
    """A format without the members that the column type does not have, and without values that they cannot have."""
    declared = FORMATS.get(kind, {})
    members = {
        name: value for name, value in format.members().items() if name in declared and fits(declared[name], value)
    }
    return Format(**members)  # type: ignore[arg-type]


def same_format(kind: str, wanted: Format, there: Format) -> bool:
    """Whether a column that has the format `there` shows all that `wanted` says."""
    declared = FORMATS.get(kind, {})
    known = there.members()
    for name, value in wanted.members().items():
        if name in declared and known.get(name, declared[name].usual) != value:
            return False
    return True
