"""The rules of a formula's text. Their examples are formulas on the table Tasks of the library's example doc."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

NO_FORMULA = Rule(
    "CF101",
    "no-formula",
    what="A formula file or an argument contains no formula.",
    why="A comment alone has no value.",
    bad="// nothing but a comment",
    good="1 // a formula and a comment",
    see=("language.md#letters-and-words",),
)
TOO_LARGE = Rule(
    "CF102",
    "too-large",
    what="A formula or a file is too long, or a formula is nested too deeply.",
    why="The limits are far above anything that a person writes. They keep one text from stalling the run.",
    bad="(" * 500 + "1" + ")" * 500,
    good="((1))",
)
TYPOGRAPHIC_QUOTE = Rule(
    "CF103",
    "typographic-quote",
    what="A text has typographic quotes.",
    why="Coda takes straight quotes only. Curly quotes come from word processors and web pages.",
    bad="“Done”",
    good='"Done"',
    fix="Writes straight quotes.",
    safety="safe",
    see=("language.md#letters-and-words",),
)
UNCLOSED = Rule(
    "CF104",
    "unclosed",
    what="A parenthesis, a text, a bracketed name or a comment has no end.",
    why="Everything after the opening sign would belong to it, so the formula has no meaning.",
    bad='Concatenate("a", "b"',
    good='Concatenate("a", "b")',
    see=("language.md#letters-and-words",),
)
UNEXPECTED = Rule(
    "CF105",
    "unexpected",
    what="A word or a sign is in a place where the formula language allows none.",
    why="Coda refuses the formula. An operator too many and an unknown sign are the usual causes.",
    bad="1 + * 2",
    good="1 + 2",
    fix="Writes the operator or the sign that is probably meant.",
    safety="mixed",
    see=("language.md#operators",),
)
DOUBLE_EQUALS = Rule(
    "CF106",
    "double-equals",
    what="Two equals signs compare two values.",
    why="Coda compares with one equals sign.",
    bad='thisRow.Status == "Done"',
    good='thisRow.Status = "Done"',
    fix="Removes one equals sign.",
    safety="safe",
    see=("language.md#operators", "language.md#look-alikes"),
)
CHAINED_COMPARISON = Rule(
    "CF107",
    "chained-comparison",
    what="A comparison follows a comparison.",
    why="Coda gives two comparisons in a row no meaning. Compare each pair on its own, and join the comparisons with "
    "AND.",
    bad="1 < thisRow.Hours < 5",
    good="1 < thisRow.Hours AND thisRow.Hours < 5",
    see=("language.md#operators",),
)
EMPTY_ARGUMENT = Rule(
    "CF108",
    "empty-argument",
    what="An argument is missing between two commas.",
    why="Coda expects a value there. Leave out an optional argument at the end, or give the next one by name.",
    bad="Sum(1, , 2)",
    good="Sum(1, 2)",
    see=("language.md#how-names-are-written",),
)
MIXED_CONDITIONS = Rule(
    "CF120",
    "mixed-conditions",
    what="AND and OR are mixed without parentheses.",
    why="Coda's guide says that AND and OR apply from left to right, so `a OR b AND c` is `(a OR b) AND c`. Most "
    "languages read it the other way. Parentheses show the meaning.",
    bad='thisRow.Hours > 3 OR thisRow.Status = "Open" AND thisRow.Name = "Plan"',
    good='(thisRow.Hours > 3 OR thisRow.Status = "Open") AND thisRow.Name = "Plan"',
    severity="warning",
    fix="Puts the part that Coda computes first in parentheses.",
    safety="safe",
    see=("language.md#operators",),
)
UNCLEAR_POWER = Rule(
    "CF121",
    "unclear-power",
    what="A power has a sign or another power beside it, without parentheses.",
    why="Coda does not document which part of `-2^2` and of `2^3^2` comes first.",
    bad="-2 ^ 2",
    good="(-2) ^ 2",
    severity="warning",
    fix="Puts the part that codaform computes first in parentheses.",
    safety="safe",
    see=("language.md#operators", "language.md#the-open-questions"),
)
GLUED_WORDS = Rule(
    "CF122",
    "glued-words",
    what="A keyword sticks to the word after it.",
    why="Coda's API prints references without spaces around them. codaform separates the words, but Coda may not.",
    bad='Tasks.Filter(CurrentValue.Name = "Plan" AND thisRowand true)',
    good='Tasks.Filter(CurrentValue.Name = "Plan" AND thisRow and true)',
    severity="warning",
    fix="Puts a space between the words.",
    safety="safe",
    see=("language.md#how-names-are-written",),
)
BARE_NAME = Rule(
    "CF123",
    "bare-name",
    what="A name with spaces, or with letters beyond ASCII, has no brackets.",
    why="Coda needs the brackets. A copy from the formula editor loses them.",
    bad="WithName(1, größe, größe + 1)",
    good="WithName(1, [größe], [größe] + 1)",
    severity="warning",
    fix="Puts the name in brackets.",
    safety="safe",
    see=("language.md#how-names-are-written",),
)
ODD_NUMBER = Rule(
    "CF124",
    "odd-number",
    what="A number has a currency sign, an exponent or no digit before its point.",
    why="Coda documents digits and a decimal point. codaform accepts the other forms, but Coda may not.",
    bad=".5 + 1e3",
    good="0.5 + 1000",
    severity="warning",
    fix="Writes the number with all its digits, without a currency sign.",
    safety="safe",
    see=("language.md#letters-and-words",),
)
ESCAPE_IN_TEXT = Rule(
    "CF125",
    "escape-in-text",
    what="A text has an escape.",
    why="Coda documents no escape in a text. codaform reads a backslash and a doubled quote as escapes. In Coda they "
    "may be plain characters.",
    bad='"say \\"yes\\""',
    good="'say \"yes\"'",
    severity="warning",
    see=("language.md#letters-and-words", "language.md#the-open-questions"),
)
