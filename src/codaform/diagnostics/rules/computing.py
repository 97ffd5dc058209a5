"""The rules of errors in a computed formula. `check` reports an error that a literal shows before the formula runs."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

DIVISION_BY_ZERO = Rule(
    "CF501",
    "division-by-zero",
    what="A number is divided by zero or by a blank.",
    why="The cell has an error in place of a value.",
    bad="1 / 0",
    good="0 / 1",
    severity="warning",
    see=("language.md#errors",),
)
WRONG_VALUE = Rule(
    "CF502",
    "wrong-value",
    what="A value cannot be read as the type that a function needs.",
    why="The cell has an error in place of a value.",
    bad='"seven" * 2',
    good='"7" * 2',
    see=("language.md#conversions",),
)
OUT_OF_RANGE = Rule(
    "CF503",
    "out-of-range",
    what="A result is too large, or outside of the calendar.",
    why="The limits are the years of the calendar, the largest number, and a million characters or items.",
    bad="10 ^ 400",
    good="10 ^ 4",
    see=("language.md#errors",),
)
LIST_AS_ONE = Rule(
    "CF504",
    "list-as-one",
    what="A list of several items is in the place of one value.",
    why="A list of one item acts as its item. A longer list has no single value.",
    bad="List(1, 2) + 1",
    good="List(1) + 1",
    see=("language.md#conversions",),
)
NO_SUCH_ROW = Rule(
    "CF505",
    "unknown-row",
    what="A formula names a row that does not exist.",
    why="No row of the table has this display text.",
    bad="@Nobody.Hours",
    good="@Plan.Hours",
    see=("language.md#what-a-name-means",),
)
CIRCULAR_CELL = Rule(
    "CF506",
    "circular-cell",
    what="A cell needs its own value, through other cells.",
    why="codaform and Coda cannot compute such a cell.",
    bad="thisTable.Filter(CurrentValue.Hours >= thisRow.Hours).Score.Sum()",
    good="thisTable.Hours.Sum()",
    see=("language.md#when-a-formula-is-computed",),
)
BAD_PATTERN = Rule(
    "CF507",
    "bad-pattern",
    what="A regular expression has an error.",
    why="The pattern is incomplete, or uses look-around or back-references, which need more than linear time.",
    bad='RegexMatch("Coda", "(")',
    good='RegexMatch("Coda", "C")',
    severity="warning",
    see=("reference/functions/index.md",),
)
BAD_JSON = Rule(
    "CF508",
    "bad-json",
    what="A text is not JSON.",
    why="The text has an error, or is nested too deeply.",
    bad='ParseJSON("{")',
    good='ParseJSON("{}")',
    severity="warning",
    see=("reference/functions/index.md",),
)
TOO_DEEP = Rule(
    "CF509",
    "too-deep",
    what="Cells need each other in a chain that is too long.",
    why="codaform stops before the chain uses up the memory of the machine.",
    bad="thisTable.Filter(CurrentValue.Hours > thisRow.Hours).Score.Sum()",
    good="thisTable.Hours.Sum()",
    see=("language.md#when-a-formula-is-computed",),
)
NOT_COMPUTED = Rule(
    "CF510",
    "not-computed",
    what="A cell cannot be computed here.",
    why="Its formula has an error of its own, or needs a value that only Coda has.",
    bad='[Some Pack]Shorten("text")',
    good='Left("text", 2)',
    see=("language.md#errors",),
)
INTERNAL_ERROR = Rule(
    "CF511",
    "internal-error",
    what="codaform has an internal error at a formula.",
    why="The other formulas are checked and computed. A report with the formula and with the output of "
    "`CODAFORM_DEBUG=1` helps to correct the error.",
    bad="// no formula is meant to raise it",
    good="1 + 1",
)
