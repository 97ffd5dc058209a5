"""The arguments that several tools share: addresses, places on a page, cell values, colors, column formats."""

from __future__ import annotations

from codaform.server.mcp.schema import (
    Schema,
    boolean,
    choice,
    either,
    exactly,
    integer,
    listed,
    null,
    number,
    or_null,
    record,
    some_text,
    text,
)

URI = text()
"""An address, `coda://docs/…` or `superhuman://docs/…`, of the thing that the tool works on."""

POSITION = either(some_text(), exactly("page_start"))
"""The element to insert after, or the top of the page."""

ROW = either(number(), some_text())
"""A row by its number or its id."""

_SCALAR = either(text(), number(), boolean(), null())

VALUE = either(_SCALAR, listed(_SCALAR))
"""A value for a cell."""

ONLY_URI = record({"uri": URI}, required=("uri",))
"""The arguments of a tool that takes an address alone."""

COLOR = choice("Red", "Orange", "Yellow", "Green", "Blue", "Purple", "Pink", "Gray")

_COLOR_OR_INHERITED = either(COLOR, exactly("inherit"))

_CURRENCIES = (
    "USD CAD AUD HKD SGD TWD EUR CHF SEK DKK NOK MXN GBP BRL INR KRW JPY CNY IDR RUB TRY THB PLN ZAR ARS SAR AED EGP "
    "HRK CZK ILS HUF RON UAH VND MYR XBT MUR MDL PHP IRR"
)

_DATE_FORMATS = (
    "HIDDEN DEFAULT NUMERIC_SHORT NUMERIC_NO_YEAR TEXT TEXT_SHORT TEXT_NO_YEAR OLD_DAY_MONTH_YEAR YEAR_MONTH_DAY "
    "DOW_MONTH_DAY DOW_MONTH_DAY_YEAR DAY_MONTH_YEAR MONTH_YEAR TEXT_DOW_ONLY DAY_OF_MONTH_ONLY MONTH_ONLY YEAR_ONLY "
    "MONTH_YEAR_SHORT DAY_MONTH_YEAR_DOT DAY_MONTH_DOT DAY_MONTH_YEAR_DOT_SHORT DAY_MONTH_YEAR_SHORT DAY_MONTH "
    "DOW_DAY_MONTH_YEAR DOW_DAY_MONTH DAY_MONTH_TEXT_YEAR DAY_MONTH_TEXT_SHORT MONTH_ONLY_SHORT "
    "TEXT_DAY_OF_WEEK_ONLY_SHORT DAY_MONTH_TEXT_SHORT_YEAR"
)

_TIME_FORMATS = (
    "HIDDEN TWELVE_HOUR_SHOW_SECONDS TWELVE_HOUR_HIDE_SECONDS TWENTY_FOUR_HOUR_SHOW_SECONDS "
    "TWENTY_FOUR_HOUR_HIDE_SECONDS"
)

_REACTIONS = (
    "facebook-like thumbs-down filled-like filled-star fire-element plus high-five sparkling rocket hand light chat "
    "bookmark-ribbon reading up down checkmark delete-sign help stack-of-money trophy circled-play sleep-mode cancel "
    "question 1-circle-c 2-circle-c 3-circle-c"
)

_SCALES = (
    "star circle fire bug diamond bell thumbsup heart chili smiley lightning currency coffee person battery cocktail "
    "cloud sun checkmark lightbulb"
)

REACTION_ICON = choice(*_REACTIONS.split())
REACTION_DISPLAY = choice("None", "Number", "People")

_DATE = choice(*_DATE_FORMATS.split())
_TIME = choice(*_TIME_FORMATS.split())
_PRECISION = integer(0, 10)


def _format(name: str, **members: Schema) -> Schema:
    """A format by its name; all that it sets may be left out."""
    return record({"type": exactly(name)} | members, required=("type",))


COLUMN_FORMAT = either(
    _format(
        "button",
        label=some_text(),
        actionFormula=some_text(),
        disableIfFormula=text(),
        color=_COLOR_OR_INHERITED,
    ),
    _format("canvas", displayPreview=boolean()),
    _format("check", displayType=choice("Toggle", "Check")),
    _format("curr", code=choice(*_CURRENCIES.split()), precision=_PRECISION),
    _format("dp", format=_DATE),
    _format("dt", dateFormat=_DATE, timeFormat=_TIME),
    _format("email", display=choice("IconAndEmail", "IconOnly", "EmailOnly")),
    _format("link", display=choice("IconOnly", "URL", "Title", "Card", "Embed", "Button")),
    _format("lookup", objectId=text(), multiple=boolean()),
    record({"type": choice("none")}, required=("type",)),
    _format("num", precision=_PRECISION, grouping=boolean()),
    _format("per", precision=_PRECISION, grouping=or_null(boolean())),
    _format("person", multiple=boolean()),
    _format("reaction", imageIcon=REACTION_ICON, reactionDisplay=REACTION_DISPLAY),
    _format("scale", iconSet=choice(*_SCALES.split()), maximum=integer(1, 100)),
    _format(
        "sl",
        multiple=boolean(),
        selectOptions=listed(either(text(), record({"name": text(), "color": COLOR}, required=("name",)))),
    ),
    _format(
        "slider",
        minimum=number(),
        maximum=number(),
        increment=number(),
        displayType=choice("Slider", "Progress"),
        showNumber=boolean(),
        color=_COLOR_OR_INHERITED,
    ),
    _format("time", timeFormat=_TIME),
)
"""How a column or a canvas formula shows its values. Durations, images and files have no format here."""
