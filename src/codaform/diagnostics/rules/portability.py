"""The rules of portability: what codaform computes, and makers of docs saw Coda do otherwise. Each names its source."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

EMPTY_AGGREGATE = Rule(
    "CF601",
    "empty-aggregate",
    what="An aggregate such as Max may have nothing to take a value from.",
    why="It is blank here. A maker saw Coda give an error for Max and Min of an empty list, and guards with "
    "`Count() = 0`. `assume: {max_of_nothing: error}` in doc.yml makes it an error here, too.",
    bad="thisRow.Project.Tasks.Hours.Max()",
    good='If(thisRow.Project.Tasks.Count() = 0, "", thisRow.Project.Tasks.Hours.Max())',
    severity="info",
    see=("language.md#where-makers-saw-coda-do-otherwise",),
)
TEXT_FORMAT = Rule(
    "CF602",
    "text-format",
    what="ToText has a format.",
    why="codaform takes Moment tokens and zeros there, as in Format. A maker saw Coda refuse a format in ToText.",
    bad='Date(2026, 7, 25).ToText("YYYY-MM-DD")',
    good='Format("{1:YYYY-MM-DD}", Date(2026, 7, 25))',
    severity="info",
    see=("language.md#where-makers-saw-coda-do-otherwise",),
)
ROW_CIRCLE = Rule(
    "CF603",
    "row-circle",
    what="Columns of one table need each other through other rows.",
    why="codaform computes such cells as long as none needs itself. A maker saw Coda blank the columns, without an "
    "error. `assume: {circles: tables}` in doc.yml leaves them blank here, too.",
    bad="thisTable.Filter(CurrentValue.Hours < thisRow.Hours).Echo.Sum()",
    good="thisTable.Filter(CurrentValue.Hours < thisRow.Hours).Hours.Sum()",
    severity="info",
    see=("language.md#where-makers-saw-coda-do-otherwise",),
)
TABLE_CIRCLE = Rule(
    "CF604",
    "table-circle",
    what="Computed columns of tables read each other's tables.",
    why="codaform, as other products, goes by columns. A maker saw Coda go by tables, and leave a whole table blank "
    "where two tables read each other. `assume: {circles: tables}` in doc.yml leaves the columns blank here, too.",
    bad="thisRow.Project.Load",
    good="thisRow.Hours",
    severity="info",
    see=("language.md#where-makers-saw-coda-do-otherwise",),
)
READS_WRITTEN = Rule(
    "CF605",
    "reads-written",
    what="An action reads what an action before it wrote.",
    why="Here the actions of a button run one after the other, and each sees what the ones before it did. A maker saw "
    "Coda compute all their arguments from the rows before the press, so that a loop goes one step a click. "
    "`assume: {press: snapshot}` in doc.yml does so here, too.",
    bad="RunActions(thisRow.ModifyRows(Hours, 5), thisRow.ModifyRows(Name, Hours))",
    good="thisRow.ModifyRows(Hours, 5, Name, 5)",
    severity="info",
    see=("language.md#where-makers-saw-coda-do-otherwise",),
)
TEXT_OF_LIST = Rule(
    "CF606",
    "text-of-list",
    what="A question about one text is asked of a list.",
    why="codaform asks each item and gives a list of answers. A maker saw Coda look at one item.",
    bad='thisRow.Tags.ContainsText("a")',
    good='thisRow.Tags.CountIf(CurrentValue.ContainsText("a"))',
    severity="info",
    see=("language.md#where-makers-saw-coda-do-otherwise",),
)
CLOCK_NUMBERS = Rule(
    "CF607",
    "clock-numbers",
    what="Numbers of two moments are subtracted.",
    why="Here a moment as a number is what its clock shows, and between two moments lies the time that passes. Across "
    "a change of the clocks the two differ by an hour. No source says which one Coda follows.",
    bad="Now().ToNumber() - DateTime(2026, 3, 1, 9, 0, 0).ToNumber()",
    good="(Now() - DateTime(2026, 3, 1, 9, 0, 0)).ToDays()",
    severity="info",
    see=("language.md#where-makers-saw-coda-do-otherwise",),
)
