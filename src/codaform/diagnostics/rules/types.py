"""The rules of types in formulas. Their examples are formulas on the table Tasks of the library's example doc."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

WRONG_TYPE = Rule(
    "CF301",
    "wrong-type",
    what="An argument has a type that the function cannot use.",
    why="Coda has no conversion from this type.",
    bad="Year(true)",
    good="Year(thisRow.Due)",
    fix="Writes the name without quotes, or the nearest name.",
    safety="mixed",
    see=("language.md#conversions",),
)
WRONG_COUNT = Rule(
    "CF302",
    "wrong-count",
    what="A function has too few or too many arguments.",
    why="Coda refuses the call.",
    bad='Left("Coda", 1, 2)',
    good='Left("Coda", 1)',
    see=("reference/functions/index.md",),
)
WRONG_RESULT = Rule(
    "CF303",
    "wrong-result",
    what="A formula has a type that its column cannot hold.",
    why="Coda has no conversion from the formula's type to the column's type.",
    bad="User()",
    good="thisRow.Hours",
    see=("language.md#column-types",),
)
ROW_AS_TEXT = Rule(
    "CF304",
    "row-as-text",
    what="A row is compared with a text.",
    why="The comparison uses the row's display text, which two rows can share. Compare rows with rows and texts with "
    "texts.",
    bad='thisRow.Project = "Website"',
    good='thisRow.Project.Name = "Website"',
    severity="warning",
    fix="Compares the display column of the row.",
    safety="safe",
    see=("language.md#equal-smaller-larger",),
)
ACTION_IN_COLUMN = Rule(
    "CF305",
    "action-in-column",
    what="The formula of a column is an action.",
    why="An action changes the doc. It runs in a button or an automation, never in a cell.",
    bad="Tasks.DeleteRows()",
    good="Tasks.Count()",
    see=("language.md#actions",),
)
UNKNOWN_ARGUMENT = Rule(
    "CF306",
    "unknown-argument",
    what="An argument has a name that the function does not have, or a name that repeats.",
    why="Coda cannot match the argument with a parameter.",
    bad='Left("Coda", size: 2)',
    good='Left("Coda", count: 2)',
    see=("reference/functions/index.md",),
)
NEVER_EQUAL = Rule(
    "CF307",
    "never-equal",
    what="Two values of different types are compared.",
    why="The two types have no value in common, so the comparison has the same result for every row.",
    bad="thisRow.Due = true",
    good="thisRow.Due = Today()",
    severity="warning",
    see=("language.md#equal-smaller-larger",),
)
UNKNOWN_OPTION = Rule(
    "CF308",
    "unknown-option",
    what="A text for a select column is none of its options.",
    why="A comparison with it is never true. As a value, it shows as no option.",
    bad='thisRow.Status = "Finished"',
    good='thisRow.Status = "Done"',
    severity="warning",
    fix="Writes the nearest option.",
    safety="unsafe",
    see=("language.md#column-types",),
)
UNREADABLE_LITERAL = Rule(
    "CF309",
    "unreadable-literal",
    what="A literal cannot be read as the value that its place needs.",
    why="The place needs a number, a date, a duration, a unit of time or a format. The call is an error in every row.",
    bad='"seven" * 2',
    good='"7" * 2',
    severity="warning",
    see=("language.md#conversions",),
)
CONSTANT_CONDITION = Rule(
    "CF310",
    "constant-condition",
    what="A text is used as a condition.",
    why="Coda does not compute the text. It counts as true, whatever it says.",
    bad='Tasks.Filter("Hours > 2").Count()',
    good="Tasks.Filter(Hours > 2).Count()",
    severity="warning",
    fix="Removes the quotes.",
    safety="unsafe",
    see=("language.md#conversions",),
)
NO_ACTION = Rule(
    "CF311",
    "no-action",
    what="The formula of a button is no action.",
    why="A button runs its formula and ignores the value, so the button does nothing.",
    bad="thisRow.Hours + 1",
    good="thisRow.ModifyRows(Hours, thisRow.Hours + 1)",
    see=("language.md#actions",),
)
COMPUTED_TARGET = Rule(
    "CF312",
    "computed-target",
    what="An action writes into a column that takes no values.",
    why="A formula computes the cells, Coda fills them, or they are the other side of a relation. A button holds no "
    "value either.",
    bad='Projects.AddRow(Name, "Garden", Tasks, Tasks.First())',
    good='Projects.AddRow(Name, "Garden")',
    see=("language.md#actions",),
)
KEY_AS_DIRECTION = Rule(
    "CF313",
    "key-as-direction",
    what="Sort has a column in the place of its direction.",
    why="The cell of one row then decides whether the order ascends, and the column sorts nothing.",
    bad="Tasks.Sort(Hours).Count()",
    good="Tasks.Sort(true, Hours).Count()",
    severity="warning",
    fix="Adds `true` before the column.",
    safety="unsafe",
    see=("language.md#functions",),
)
UNUSED_VALUE = Rule(
    "CF320",
    "unused-value",
    what="Format has a value without a place in its template, or a template without places.",
    why="Format puts its values in at numbered places: `{1}` is the place of the first. It does not show a value "
    "without a place.",
    bad='Format("T-000", thisRow.Hours)',
    good='Format("T-{1:000}", thisRow.Hours)',
    severity="warning",
    see=("language.md#functions",),
)
TEXT_AS_NUMBER = Rule(
    "CF321",
    "text-as-number",
    what="A text is compared with a number or a date.",
    why="Coda reads the text as a number or a date. For a text that is neither, the comparison is an error or false. A "
    "select list that offers nothing but numbers can be compared with one.",
    bad="thisRow.Name > 5",
    good="thisRow.Hours > 5",
    severity="warning",
    see=("language.md#equal-smaller-larger",),
)
OTHER_SCALE = Rule(
    "CF322",
    "other-scale",
    what="A formula has a value on another scale than its column shows.",
    why="A percent column shows 0.15 as 15%. The bar of a progress column goes up to 100 if it has no maximum.",
    bad="thisRow.Hours / Tasks.Hours.Sum() * 100",
    good="thisRow.Hours / Tasks.Hours.Sum()",
    severity="warning",
    see=("language.md#column-types",),
)
