"""The rules of a formula's text. Their examples are formulas on the table Tasks of the library's example doc."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

NO_FORMULA = Rule(
    "CF101",
    "no-formula",
    why="A formula file or an argument holds no formula.",
    bad="// nothing but a comment",
    good="1 // a formula and a comment",
)
TOO_LARGE = Rule(
    "CF102",
    "too-large",
    why="A formula is longer, or nested deeper, than anything a person writes; it is refused before it can "
    "stall the run.",
    bad="(" * 500 + "1" + ")" * 500,
    good="((1))",
)
TYPOGRAPHIC_QUOTE = Rule(
    "CF103",
    "typographic-quote",
    why="Texts stand between straight quotes. Curly ones come from word processors and web pages.",
    bad="“Done”",
    good='"Done"',
)
UNCLOSED = Rule(
    "CF104",
    "unclosed",
    why="A parenthesis, a text, a bracketed name or a comment is opened and never closed.",
    bad='Concatenate("a", "b"',
    good='Concatenate("a", "b")',
)
UNEXPECTED = Rule(
    "CF105",
    "unexpected",
    why="Something stands where the formula language has no place for it.",
    bad="1 + * 2",
    good="1 + 2",
)
DOUBLE_EQUALS = Rule(
    "CF106",
    "double-equals",
    why="Coda compares with one equals sign.",
    bad='thisRow.Status == "Done"',
    good='thisRow.Status = "Done"',
)
CHAINED_COMPARISON = Rule(
    "CF107",
    "chained-comparison",
    why="Two comparisons in a row have no meaning in Coda; each pair is compared on its own and joined with AND.",
    bad="1 < thisRow.Hours < 5",
    good="1 < thisRow.Hours AND thisRow.Hours < 5",
)
EMPTY_ARGUMENT = Rule(
    "CF108",
    "empty-argument",
    why="Between two commas stands a value; an optional argument is left out at the end or given by name.",
    bad="Sum(1, , 2)",
    good="Sum(1, 2)",
)
MIXED_CONDITIONS = Rule(
    "CF120",
    "mixed-conditions",
    why="Coda's guide says that AND and OR apply from left to right, so `a OR b AND c` is `(a OR b) AND c`; "
    "most languages read it the other way. Parentheses say which is meant.",
    bad='thisRow.Hours > 3 OR thisRow.Status = "Open" AND thisRow.Name = "Plan"',
    good='(thisRow.Hours > 3 OR thisRow.Status = "Open") AND thisRow.Name = "Plan"',
    severity="warning",
)
UNCLEAR_POWER = Rule(
    "CF121",
    "unclear-power",
    why="Coda does not document which comes first in `-2^2` and in `2^3^2`.",
    bad="-2 ^ 2",
    good="(-2) ^ 2",
    severity="warning",
)
GLUED_WORDS = Rule(
    "CF122",
    "glued-words",
    why="Coda's API prints references without spaces around them, so a keyword can stick to the word before it.",
    bad='Tasks.Filter(CurrentValue.Name = "Plan" AND thisRowand true)',
    good='Tasks.Filter(CurrentValue.Name = "Plan" AND thisRow and true)',
    severity="warning",
)
BARE_NAME = Rule(
    "CF123",
    "bare-name",
    why="A name with spaces, or with letters beyond ASCII, needs brackets; copies of the formula editor lose them.",
    bad="WithName(1, größe, größe + 1)",
    good="WithName(1, [größe], [größe] + 1)",
    severity="warning",
)
ODD_NUMBER = Rule(
    "CF124",
    "odd-number",
    why="Numbers are written with digits and a decimal point; other forms are accepted here and may not be in Coda.",
    bad=".5 + 1e3",
    good="0.5 + 1000",
    severity="warning",
)
ESCAPE_IN_TEXT = Rule(
    "CF125",
    "escape-in-text",
    why="Coda documents no escape inside a text. Backslash and doubled quotes are accepted here and may be "
    "plain characters there.",
    bad='"say \\"yes\\""',
    good="'say \"yes\"'",
    severity="warning",
)
