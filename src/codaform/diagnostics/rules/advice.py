"""Rules of advice: formulas that work, and that mean or cost something else than their readers think.

The second digit of a code is the rule's family. `codaform lint` shows all; `codaform check` the errors and warnings.
"""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

FAMILIES = {
    "arithmetic": "CF90",
    "comparisons": "CF91",
    "performance": "CF92",
    "style": "CF93",
    "documents": "CF94",
    "exceptions": "CF99",
}
"""By name, what the codes of a family begin with."""

# ---------------------------------------------------------------- arithmetic and blanks

UNGUARDED_DIVISION = Rule(
    "CF901",
    "unguarded-division",
    what="A number is divided by one that may be blank or 0.",
    why="Where it is, the cell is an error, and so is whatever reads the cell.",
    bad="thisRow.Hours / thisRow.Project.Budget",
    good='If(thisRow.Project.Budget = 0, "", thisRow.Hours / thisRow.Project.Budget)',
    severity="info",
)
NOTHING_RECKONED = Rule(
    "CF902",
    "nothing-reckoned",
    what="The average of a list that may be empty is a part of a calculation.",
    why="The average of nothing is blank, and a calculation takes a blank for 0: the result looks like a measured one.",
    bad="thisRow.Project.Tasks.Hours.Average() - 5",
    good='If(thisRow.Project.Tasks.Count() = 0, "", thisRow.Project.Tasks.Hours.Average() - 5)',
    severity="info",
)
SCALED_TWICE = Rule(
    "CF903",
    "scaled-twice",
    what="A percentage is multiplied or divided by 100.",
    why="A column of percentages holds 0.25 for 25%. Times 100, it is shown as 2,500%.",
    bad="75% * 100",
    good="75%",
    severity="warning",
)

FOLLOWED_BLANK = Rule(
    "CF904",
    "followed-blank",
    what="A value behind a relation that may be blank is compared as the smaller one, or is a part of a difference.",
    why="Without the other row the value is blank. A blank is smaller than everything and counts as 0, so the result "
    "looks like that of a row with a relation. A test `not_null` of the relation, or a condition on it, settles that.",
    bad="thisRow.Project.Budget < thisRow.Hours",
    good="thisRow.Project.IsNotBlank() AND thisRow.Project.Budget < thisRow.Hours",
    severity="info",
)

# ---------------------------------------------------------------- comparisons

LIST_EQUALS = Rule(
    "CF911",
    "list-equals",
    what="A list of several items is compared with one value.",
    why="The two are equal only where the list has just this item. Readers expect `Contains`.",
    bad='thisRow.Tags = "a"',
    good='thisRow.Tags.Contains("a")',
    severity="warning",
    fix="Writes `Contains`, or `CurrentValue.` for a whole column within a loop through its table.",
    safety="unsafe",
)
DAY_END = Rule(
    "CF912",
    "day-end",
    what="A date and time is compared with a date as the last day.",
    why="A date is its first moment here, so whatever happens later on that day is left out.",
    bad="Now() <= thisRow.Due",
    good="Today() <= thisRow.Due",
    severity="warning",
)
MOMENT_EQUALS = Rule(
    "CF913",
    "moment-equals",
    what="A date and time is compared with a date by `=` or `!=`.",
    why="The two are equal only at midnight.",
    bad="Now() = thisRow.Due",
    good="Today() = thisRow.Due",
    severity="warning",
)
CONTAINS_OF_TEXT = Rule(
    "CF914",
    "contains-of-text",
    what="`Contains` is asked of one text.",
    why="Contains looks for an item that equals the value; a text is one item. Whether a text has another one in it, "
    "`ContainsText` tells.",
    bad='thisRow.Name.Contains("Plan")',
    good='thisRow.Name.ContainsText("Plan")',
    severity="warning",
    fix="Writes `ContainsText`.",
    safety="unsafe",
)
SAME_SIDES = Rule(
    "CF915",
    "same-sides",
    what="Both sides of a comparison are the same.",
    why="Its answer is known before any row is; one side was meant to be something else.",
    bad="thisRow.Hours > thisRow.Hours",
    good="thisRow.Hours > thisRow.Project.Budget",
    severity="warning",
)
SETTLED_CONDITION = Rule(
    "CF916",
    "settled-condition",
    what="A condition is true or false for every row.",
    why="A part of the formula is never computed, or a filter keeps all rows.",
    bad="Tasks.Filter(true)",
    good="Tasks.Filter(Hours > 3)",
    severity="warning",
)
SAME_RESULTS = Rule(
    "CF917",
    "same-results",
    what="Both results of an `If` are the same.",
    why="The condition decides nothing; one of the results was meant to be something else.",
    bad="If(thisRow.Hours > 3, 1, 1)",
    good="If(thisRow.Hours > 3, 1, 2)",
    severity="warning",
)
REPEATED_CASE = Rule(
    "CF918",
    "repeated-case",
    what="A case stands twice.",
    why="The first one is taken, so the result of the second is never seen.",
    bad="Switch(thisRow.Status, Open, 1, Open, 2, 3)",
    good="Switch(thisRow.Status, Open, 1, Done, 2, 3)",
    severity="warning",
)
WEEK_SETTING = Rule(
    "CF919",
    "week-setting",
    what="A formula numbers weeks or weekdays by the doc's first day of the week.",
    why="Another setting of the doc, or a copy in another doc, changes the result. `IsoWeekNumber` and `WeekdayName` "
    "follow no setting.",
    bad="Weekday(thisRow.Due) = 1",
    good="IsoWeekNumber(thisRow.Due) = 1",
    severity="info",
)

# ---------------------------------------------------------------- performance

REVERSE_EXISTS = Rule(
    "CF921",
    "reverse-exists",
    what="A filter looks up the rows that a reverse column has already.",
    why="The reverse column holds its rows; a filter asks every row of the table for each row here.",
    bad="Projects.First().WithName(p, Tasks.Filter(CurrentValue.Project = p))",
    good="Projects.First().WithName(p, p.Tasks)",
    severity="info",
    fix="Reads the reverse column.",
    safety="unsafe",
)
OWN_TABLE_SCAN = Rule(
    "CF922",
    "own-table-scan",
    what="Each row filters all rows of its own table.",
    why="With twice the rows it takes four times as long.",
    bad="thisTable.Filter(CurrentValue.Hours < thisRow.Hours).Count()",
    good="thisRow.Project.Tasks.Filter(CurrentValue.Hours < thisRow.Hours).Count()",
    severity="info",
)
NEEDLESS_SORT = Rule(
    "CF923",
    "needless-sort",
    what="A list is sorted, and its order is not used.",
    why="The result is the same in any order, and sorting takes longer than the rest.",
    bad="Tasks.Sort(true, Hours).Count()",
    good="Tasks.Count()",
    severity="warning",
    fix="Leaves the sorting out.",
)
FILTER_OF_FILTER = Rule(
    "CF924",
    "filter-of-filter",
    what="A filter is applied to what a filter left.",
    why="One filter with AND asks each row once.",
    bad="Tasks.Filter(Hours > 3).Filter(Hours < 8)",
    good="Tasks.Filter(Hours > 3 AND Hours < 8)",
    severity="info",
)
MOVING_COLUMN = Rule(
    "CF925",
    "moving-column",
    what="A column's formula calls chance.",
    why="Every change of the doc may give each row another value.",
    bad="RandomItem(Tasks.Name)",
    good="Tasks.Name.First()",
    severity="info",
)

REPEATED_FILTER = Rule(
    "CF926",
    "repeated-filter",
    what="Two formulas of a table have the same filter.",
    why="The same rows are asked twice, and a change of one filter may forget the other one. A column for the rows is "
    "found once.",
    bad="""\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: open, type: number, formula: "tasks.Filter(owner = thisRow AND hours > 3).Count()"}
  - {name: load, type: number, formula: "tasks.Filter(owner = thisRow AND hours > 3).hours.Sum()"}
""",
    good="""\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: long, type: relation, to: tasks, many: true, formula: "tasks.Filter(owner = thisRow AND hours > 3)"}
  - {name: open, type: number, formula: thisRow.long.Count()}
  - {name: load, type: number, formula: thisRow.long.hours.Sum()}
""",
    severity="info",
)
ABOVE_BUDGET = Rule(
    "CF927",
    "above-budget",
    what="A formula takes more comparisons than `lint: {budget: …}` of doc.yml allows.",
    why="The doc becomes slow with its rows. `codaform cost` shows what takes them, and what would help.",
    bad="""\
doc: Small
lint: {budget: 1}
formulas:
  - {name: long, type: number, formula: tasks.Filter(hours > 3).Count()}
""",
    good="""\
doc: Small
lint: {budget: 100}
formulas:
  - {name: long, type: number, formula: tasks.Filter(hours > 3).Count()}
""",
    severity="warning",
)

# ---------------------------------------------------------------- style

NEEDLESS_IF = Rule(
    "CF931",
    "needless-if",
    what="An `If` gives true where its condition is true.",
    why="The condition says it already.",
    bad="If(thisRow.Hours > 3, true, false)",
    good="thisRow.Hours > 3",
    severity="info",
    fix="Leaves the condition alone; a condition that may be blank is a guess.",
    safety="mixed",
)
COMPARED_WITH_TRUE = Rule(
    "CF932",
    "compared-with-true",
    what="A truth value is compared with true or false.",
    why="It says so itself.",
    bad="(thisRow.Hours > 3) = true",
    good="thisRow.Hours > 3",
    severity="info",
)
BLANK_BY_IF = Rule(
    "CF933",
    "blank-by-if",
    what="An `If` puts another value in the place of a blank.",
    why="`IfBlank` names the value once.",
    bad="If(thisRow.Hours.IsBlank(), 0, thisRow.Hours)",
    good="thisRow.Hours.IfBlank(0)",
    severity="info",
    fix="Writes `IfBlank`.",
    safety="unsafe",
)
NESTED_IFS = Rule(
    "CF934",
    "nested-ifs",
    what="Three or more `If` are nested, each as the last argument of the one before.",
    why="`SwitchIf` has the conditions one below the other, and one parenthesis at its end.",
    bad='If(thisRow.Hours > 8, "a", If(thisRow.Hours > 5, "b", If(thisRow.Hours > 3, "c", "d")))',
    good='SwitchIf(thisRow.Hours > 8, "a", thisRow.Hours > 5, "b", thisRow.Hours > 3, "c", "d")',
    severity="info",
)
UNUSED_NAME = Rule(
    "CF935",
    "unused-name",
    what="`WithName` gives a name that nothing reads.",
    why="The value is computed for nothing, or another one was meant.",
    bad="thisRow.Hours.WithName(h, 1)",
    good="thisRow.Hours.WithName(h, h * h)",
    severity="warning",
)

# ---------------------------------------------------------------- documents

_TASKS = """\
table: tasks
columns:
  - {name: name, type: text, display: true}
"""
"""How the table of the examples begins."""

NEVER_USED = Rule(
    "CF941",
    "never-used-column",
    what="Nothing reads or shows a column: it is blank in all rows, or no view of its table shows what it computes.",
    why="Readers take it for a part of the doc, and it is computed with each change.",
    bad=_TASKS
    + """\
  - {name: old code, type: text}
""",
    good=_TASKS
    + """\
  - {name: hours, type: number}
""",
    severity="info",
)
BROKEN_PROMISE = Rule(
    "CF942",
    "broken-promise",
    what="A description promises what its formula does not do.",
    why="People read the description and not the formula, so they take the values for something else.",
    bad=_TASKS
    + """\
  - {name: hours, type: number}
  - {name: usual, type: number, formula: tasks.hours.Sum(), about: The average hours of all tasks.}
""",
    good=_TASKS
    + """\
  - {name: hours, type: number}
  - {name: usual, type: number, formula: tasks.hours.Average(), about: The average hours of all tasks.}
""",
    severity="info",
)

OF_DOC = frozenset({FOLLOWED_BLANK, REPEATED_FILTER, ABOVE_BUDGET, NEVER_USED, BROKEN_PROMISE})
"""The rules that need more than a formula and the schema: tests, rows, other formulas, descriptions."""

# ---------------------------------------------------------------- exceptions

UNUSED_NOQA = Rule(
    "CF991",
    "unused-noqa",
    what="A comment allows what the formula does not do.",
    why="If the fault comes back, the comment hides it.",
    bad="thisRow.Hours /* noqa: needless-sort - the order is shown */",
    good="Tasks.Sort(true, Hours).Count() /* noqa: needless-sort - the order is shown */",
    severity="warning",
)
BARE_NOQA = Rule(
    "CF992",
    "bare-noqa",
    what="A comment allows something without a reason, or names no rule.",
    why="Later readers cannot check whether the reason still holds.",
    bad="Tasks.Sort(true, Hours).Count() /* noqa: needless-sort */",
    good="Tasks.Sort(true, Hours).Count() /* noqa: needless-sort - the order is shown */",
    severity="warning",
)
