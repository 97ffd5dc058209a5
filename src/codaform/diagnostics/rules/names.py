"""The rules of names in formulas. Their examples are formulas on the table Tasks of the library's example doc."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

UNKNOWN_NAME = Rule(
    "CF201",
    "unknown-name",
    why="A name is no column, table, view, named formula, option or row that is in scope.",
    bad="Taskz.Count()",
    good="Tasks.Count()",
)
UNKNOWN_FUNCTION = Rule(
    "CF202",
    "unknown-function",
    why="The library has no function of this name.",
    bad='Len("Coda")',
    good='Length("Coda")',
)
UNKNOWN_COLUMN = Rule(
    "CF203",
    "unknown-column",
    why="A table is asked for a column that it does not have.",
    bad="Tasks.[Estimate Hours].Sum()",
    good="Tasks.Hours.Sum()",
)
AMBIGUOUS_NAME = Rule(
    "CF204",
    "ambiguous-name",
    why="One name is a table and a column of the row in scope. The column is meant, except in the formula that defines "
    "this very column. Coda keeps the difference in the reference itself, a text cannot, so it is spelled out: "
    "`thisRow.` before the column, the comment `/* table */` before the table.",
    bad="Projects.Count()",
    good="thisRow.Projects.Count()",
    severity="warning",
)
UNKNOWN_PROPERTY = Rule(
    "CF205",
    "unknown-property",
    why="Only rows have columns, and people and objects have properties; a number, a text or a date has none.",
    bad="thisRow.Hours.Name",
    good="thisRow.Project.Name",
)
DEFINITION_PREFIX = Rule(
    "CF206",
    "definition-prefix",
    why="A formula is an expression; the name of the column that it defines is not a part of it.",
    bad="Score = thisRow.Hours * 2",
    good="thisRow.Hours * 2",
    severity="warning",
)
SAME_NAME = Rule(
    "CF207",
    "same-name",
    why="Coda's API prints the same bare name for the item's column and for the row's column. "
    "Left of the comparison the item's column is read, right of it the row's.",
    bad="Projects.Filter(Name = Name)",
    good="Projects.Filter(CurrentValue.Name = thisRow.Name)",
    severity="warning",
)
SELF_REFERENCE = Rule(
    "CF208",
    "self-reference",
    why="A column's formula reads the very cell that it computes.",
    bad="thisRow.Score + 1",
    good="thisRow.Hours + 1",
)
CIRCULAR = Rule(
    "CF209",
    "circular",
    why="Formulas need each other's results in a circle, so none of them can be computed.",
    bad="thisRow.Echo + 1",
    good="thisRow.Hours + 1",
)
AGGREGATE_SHORTHAND = Rule(
    "CF210",
    "aggregate-shorthand",
    why="Coda refuses a column as the argument of an aggregate that is chained on rows; the column comes first.",
    bad="Tasks.Average(Hours)",
    good="Tasks.Hours.Average()",
    severity="warning",
)
WHOLE_COLUMN = Rule(
    "CF211",
    "whole-column",
    why="A bare column as the only argument of an aggregate means the whole column, elsewhere the same name "
    "means one cell.",
    bad="thisRow.Hours / Sum(Hours)",
    good="thisRow.Hours / thisTable.Hours.Sum()",
    severity="warning",
)
NOT_IN_SCOPE = Rule(
    "CF212",
    "not-in-scope",
    why="`thisRow` and `thisTable` need a table that owns the formula, `CurrentValue` a function that goes "
    "through a list.",
    bad="CurrentValue.Hours",
    good="Tasks.FormulaMap(CurrentValue.Hours)",
)
HIDDEN_FUNCTION = Rule(
    "CF213",
    "hidden-function",
    why="Functions that Coda's list leaves out, most of them with an underscore in front, work without being "
    "supported, and may stop to.",
    bad='_Bold("Done")',
    good='"Done"',
    severity="warning",
)
ONLY_IN_CODA = Rule(
    "CF214",
    "only-in-coda",
    why="What a Pack's formula gives, or the doc as a whole, is known only in Coda. The call is taken to give "
    "anything, and has no value when it is computed here.",
    bad='[Some Pack]Shorten("text")',
    good='Left("text", 2)',
    severity="info",
)
UNLISTED_OPTION = Rule(
    "CF215",
    "unlisted-option",
    why="A name is taken for an option of a select list whose options the project does not list, as after a reading "
    "through Coda's API, which leaves them out.",
    bad="thisRow.Priority = [Very high]",
    good='thisRow.Priority = "Very high"',
    severity="warning",
)
