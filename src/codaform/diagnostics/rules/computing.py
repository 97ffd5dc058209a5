"""The rules of errors in a computed formula. `check` reports some of them before, where a literal shows the error."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

DIVISION_BY_ZERO = Rule(
    "CF501",
    "division-by-zero",
    why="A number is divided by zero, or by a blank. A literal zero is told before the formula runs.",
    bad="1 / 0",
    good="0 / 1",
    severity="warning",
)
WRONG_VALUE = Rule(
    "CF502",
    "wrong-value",
    why="A value cannot be read as the type that a function wants.",
    bad='"seven" * 2',
    good='"7" * 2',
)
OUT_OF_RANGE = Rule(
    "CF503",
    "out-of-range",
    why="A result lies outside of what can be computed: the calendar's years, the largest number, a text or "
    "list of a million items.",
    bad="10 ^ 400",
    good="10 ^ 4",
)
LIST_AS_ONE = Rule(
    "CF504",
    "list-as-one",
    why="A list of several items stands where one value is needed. A list of one acts as its item.",
    bad="List(1, 2) + 1",
    good="List(1) + 1",
)
NO_SUCH_ROW = Rule(
    "CF505",
    "unknown-row",
    why="No row is displayed as the text that names it.",
    bad="@Nobody.Hours",
    good="@Plan.Hours",
)
CIRCULAR_CELL = Rule(
    "CF506",
    "circular-cell",
    why="A cell needs its own value, by way of other cells.",
    bad="thisTable.Filter(CurrentValue.Hours >= thisRow.Hours).Score.Sum()",
    good="thisTable.Hours.Sum()",
)
BAD_PATTERN = Rule(
    "CF507",
    "bad-pattern",
    why="A regular expression is not one, or cannot be searched in linear time (look-around, back-references).",
    bad='RegexMatch("Coda", "(")',
    good='RegexMatch("Coda", "C")',
    severity="warning",
)
BAD_JSON = Rule(
    "CF508",
    "bad-json",
    why="A text is not JSON, or is nested too deeply.",
    bad='ParseJSON("{")',
    good='ParseJSON("{}")',
    severity="warning",
)
TOO_DEEP = Rule(
    "CF509",
    "too-deep",
    why="Cells need each other in a chain that is too long to follow.",
    bad="thisTable.Filter(CurrentValue.Hours > thisRow.Hours).Score.Sum()",
    good="thisTable.Hours.Sum()",
)
NOT_COMPUTED = Rule(
    "CF510",
    "not-computed",
    why="A formula has an error of its own, or asks for what exists only in Coda, so its cells cannot be "
    "computed here.",
    bad='[Some Pack]Shorten("text")',
    good='Left("text", 2)',
)
INTERNAL_ERROR = Rule(
    "CF511",
    "internal-error",
    why="What codaform itself does wrong at a formula. The other formulas are checked and computed; a report with the "
    "formula, and with what `CODAFORM_DEBUG=1` tells, lets it be mended.",
    bad="// no formula is meant to raise it",
    good="1 + 1",
)
