"""The rules of types in formulas. Their examples are formulas on the table Tasks of the library's example doc."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

WRONG_TYPE = Rule(
    "CF301",
    "wrong-type",
    why="A function is given a value of a type that it cannot use and that Coda does not convert.",
    bad="Year(true)",
    good="Year(thisRow.Due)",
)
WRONG_COUNT = Rule(
    "CF302",
    "wrong-count",
    why="A function is given fewer or more arguments than it takes.",
    bad='Left("Coda", 1, 2)',
    good='Left("Coda", 1)',
)
WRONG_RESULT = Rule(
    "CF303",
    "wrong-result",
    why="A formula gives a type that its column cannot hold.",
    bad="User()",
    good="thisRow.Hours",
)
ROW_AS_TEXT = Rule(
    "CF304",
    "row-as-text",
    why="A row is compared with a text: that compares what the row is displayed as, which two rows can share. "
    "Rows compare with rows, texts with texts.",
    bad='thisRow.Project = "Website"',
    good='thisRow.Project.Name = "Website"',
    severity="warning",
)
ACTION_IN_COLUMN = Rule(
    "CF305",
    "action-in-column",
    why="Actions change the doc; they run in buttons and automations, never in a cell.",
    bad="Tasks.DeleteRows()",
    good="Tasks.Count()",
)
UNKNOWN_ARGUMENT = Rule(
    "CF306",
    "unknown-argument",
    why="An argument is given by a name that is no parameter of the function, or a second time.",
    bad='Left("Coda", size: 2)',
    good='Left("Coda", count: 2)',
)
NEVER_EQUAL = Rule(
    "CF307",
    "never-equal",
    why="Values of two types are compared that have no value in common.",
    bad="thisRow.Due = true",
    good="thisRow.Due = Today()",
    severity="warning",
)
UNKNOWN_OPTION = Rule(
    "CF308",
    "unknown-option",
    why="A select column is compared with, or filled by, a text that is none of its options: it is never equal, and "
    "shows as no option.",
    bad='thisRow.Status = "Finished"',
    good='thisRow.Status = "Done"',
    severity="warning",
)
UNREADABLE_LITERAL = Rule(
    "CF309",
    "unreadable-literal",
    why="A literal cannot be read as what its place wants: a number, a date, a duration, a unit of time, a format and "
    "the values that it asks for.",
    bad='"seven" * 2',
    good='"7" * 2',
    severity="warning",
)
CONSTANT_CONDITION = Rule(
    "CF310",
    "constant-condition",
    why="A text stands where a condition does. It is never computed: it counts as true whatever it says.",
    bad='Tasks.Filter("Hours > 2").Count()',
    good="Tasks.Filter(Hours > 2).Count()",
    severity="warning",
)
NO_ACTION = Rule(
    "CF311",
    "no-action",
    why="A button runs its formula, so the formula is an action. The value of any other formula is thrown away, and "
    "the button does nothing.",
    bad="thisRow.Hours + 1",
    good="thisRow.ModifyRows(Hours, thisRow.Hours + 1)",
)
COMPUTED_TARGET = Rule(
    "CF312",
    "computed-target",
    why="An action writes into a column whose cells nobody can enter: a formula computes them, Coda makes them, or "
    "they are the other side of a relation. Or it sets a button, which holds no value.",
    bad='Projects.AddRow(Name, "Garden", Tasks, Tasks.First())',
    good='Projects.AddRow(Name, "Garden")',
)
KEY_AS_DIRECTION = Rule(
    "CF313",
    "key-as-direction",
    why="Sort is given a column where its direction stands. The cell of one row then decides whether all ascend, and "
    "nothing is sorted by the column.",
    bad="Tasks.Sort(Hours).Count()",
    good="Tasks.Sort(true, Hours).Count()",
    severity="warning",
)
UNUSED_VALUE = Rule(
    "CF320",
    "unused-value",
    why="Format puts its values in at numbered places: `{1}` stands for the first. A value without a place is not "
    "shown, and a template without places is only its text.",
    bad='Format("T-000", thisRow.Hours)',
    good='Format("T-{1:000}", thisRow.Hours)',
    severity="warning",
)
TEXT_AS_NUMBER = Rule(
    "CF321",
    "text-as-number",
    why="A text that is compared with a number or a date has to be read as one: it is an error, or never equal, for "
    "every text that is none.",
    bad="thisRow.Name > 5",
    good="thisRow.Hours > 5",
    severity="warning",
)
OTHER_SCALE = Rule(
    "CF322",
    "other-scale",
    why="What a formula gives lies on another scale than its column shows: a percent column shows 0.15 as 15%, and the "
    "bar of a progress column goes up to 100 where no maximum is set.",
    bad="thisRow.Hours / Tasks.Hours.Sum() * 100",
    good="thisRow.Hours / Tasks.Hours.Sum()",
    severity="warning",
)
