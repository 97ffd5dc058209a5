"""The rules of names in formulas. Their examples are formulas on the table Tasks of the library's example doc."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

UNKNOWN_NAME = Rule(
    "CF201",
    "unknown-name",
    what="A name is unknown.",
    why="No column, table, view, named formula, option or row in scope has this name, so the formula has no value.",
    bad="Taskz.Count()",
    good="Tasks.Count()",
    fix="Writes the nearest name in scope.",
    safety="unsafe",
    see=("language.md#what-a-name-means",),
)
UNKNOWN_FUNCTION = Rule(
    "CF202",
    "unknown-function",
    what="A function is unknown.",
    why="Coda's library has no function of this name.",
    bad='Len("Coda")',
    good='Length("Coda")',
    fix="Writes the name of the nearest function.",
    safety="unsafe",
    see=("language.md#functions", "reference/functions/index.md"),
)
UNKNOWN_COLUMN = Rule(
    "CF203",
    "unknown-column",
    what="A table has no column of this name.",
    why="The formula or the file reads a column that does not exist.",
    bad="Tasks.[Estimate Hours].Sum()",
    good="Tasks.Hours.Sum()",
    fix="Writes the nearest column of the table.",
    safety="unsafe",
    see=("language.md#what-a-name-means",),
)
AMBIGUOUS_NAME = Rule(
    "CF204",
    "ambiguous-name",
    what="A name is both a table and a column of the row in scope.",
    why="codaform takes the column. A reference in Coda says which is meant, but a text cannot. Write `thisRow.` "
    "before the column, or the comment `/* table */` before the table. There is no finding where only the table can be "
    "meant: in the formula of this very column, and where a function takes a table.",
    bad="Projects.Count()",
    good="thisRow.Projects.Count()",
    severity="warning",
    fix="Writes `thisRow.` before the column, as codaform reads the name.",
    safety="safe",
    see=("language.md#what-a-name-means",),
)
UNKNOWN_PROPERTY = Rule(
    "CF205",
    "unknown-property",
    what="A value has no property of this name.",
    why="Rows have columns, and people and objects have properties. A number, a text or a date has none.",
    bad="thisRow.Hours.Name",
    good="thisRow.Project.Name",
    see=("language.md#chains",),
)
DEFINITION_PREFIX = Rule(
    "CF206",
    "definition-prefix",
    what="A formula begins with the name of its own column and an equals sign.",
    why="A formula is an expression alone. In Coda, `Score = 1` is a comparison.",
    bad="Score = thisRow.Hours * 2",
    good="thisRow.Hours * 2",
    severity="warning",
    fix="Removes the name and the equals sign.",
    safety="safe",
    see=("language.md#letters-and-words",),
)
SAME_NAME = Rule(
    "CF207",
    "same-name",
    what="One bare name is on both sides of a comparison.",
    why="Coda's API prints the same bare name for the item's column and for the row's column. codaform reads the "
    "item's column on the left and the row's column on the right.",
    bad="Projects.Filter(Name = Name)",
    good="Projects.Filter(CurrentValue.Name = thisRow.Name)",
    severity="warning",
    fix="Writes `CurrentValue.` before the left name and `thisRow.` before the right name.",
    safety="safe",
    see=("language.md#what-a-name-means",),
)
SELF_REFERENCE = Rule(
    "CF208",
    "self-reference",
    what="A formula reads the cell that it computes.",
    why="The cell would need its own value first.",
    bad="thisRow.Score + 1",
    good="thisRow.Hours + 1",
    see=("language.md#when-a-formula-is-computed",),
)
CIRCULAR = Rule(
    "CF209",
    "circular",
    what="Formulas need each other's values in a circle.",
    why="Neither codaform nor Coda can compute such formulas.",
    bad="thisRow.Echo + 1",
    good="thisRow.Hours + 1",
    see=("language.md#when-a-formula-is-computed",),
)
AGGREGATE_SHORTHAND = Rule(
    "CF210",
    "aggregate-shorthand",
    what="An aggregate is chained on rows and has a column as its argument.",
    why="Coda refuses this form. The column comes before the aggregate.",
    bad="Tasks.Sum(Hours)",
    good="Tasks.Hours.Sum()",
    severity="warning",
    fix="Writes the column before the aggregate.",
    safety="safe",
    see=("language.md#chains",),
)
WHOLE_COLUMN = Rule(
    "CF211",
    "whole-column",
    what="A bare column is the only argument of an aggregate.",
    why="There the name means the whole column. Everywhere else the same name means one cell.",
    bad="thisRow.Hours / Sum(Hours)",
    good="thisRow.Hours / thisTable.Hours.Sum()",
    severity="warning",
    fix="Writes `thisTable.` before the column.",
    safety="safe",
    see=("language.md#what-a-name-means",),
)
NOT_IN_SCOPE = Rule(
    "CF212",
    "not-in-scope",
    what="`thisRow`, `thisTable` or `CurrentValue` is used where it has no meaning.",
    why="`thisRow` and `thisTable` need a table that owns the formula. `CurrentValue` needs a function that goes "
    "through a list.",
    bad="CurrentValue.Hours",
    good="Tasks.FormulaMap(CurrentValue.Hours)",
    see=("language.md#formulas-as-arguments",),
)
HIDDEN_FUNCTION = Rule(
    "CF213",
    "hidden-function",
    what="A formula calls a hidden function.",
    why="Coda's list of formulas leaves these functions out. Most begin with an underscore. Coda does not support "
    "them and may remove them.",
    bad='_Bold("Done")',
    good='"Done"',
    severity="warning",
    see=("language.md#hidden-functions",),
)
ONLY_IN_CODA = Rule(
    "CF214",
    "only-in-coda",
    what="A formula needs Coda itself.",
    why="Only Coda has the values of a Pack's formula and of the doc as a whole. codaform accepts any type for the "
    "call and computes no value.",
    bad='[Some Pack]Shorten("text")',
    good='Left("text", 2)',
    severity="info",
    see=("language.md#functions",),
)
UNLISTED_OPTION = Rule(
    "CF215",
    "unlisted-option",
    what="A name is read as an option that the project does not list.",
    why="The column is a select list without options in the project. That happens after a read through Coda's API, "
    "which leaves the options out.",
    bad="thisRow.Priority = [Very high]",
    good='thisRow.Priority = "Very high"',
    severity="warning",
    see=("language.md#what-a-name-means",),
)
CODED_REFERENCE = Rule(
    "CF216",
    "coded-reference",
    what="A formula refers to something by Coda's own ids, as `$$[cell:…]`.",
    why="Coda's API writes such a reference where it has no name for its target. codaform keeps the text as it is, "
    "accepts any type in its place and computes no value.",
    bad="$$[cell:grid-a1B2:i-c3D4:c-e5F6:Value] * 2",
    good="thisRow.Hours * 2",
    severity="warning",
    see=("language.md#how-names-are-written",),
)
