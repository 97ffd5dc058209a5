"""Every rule: code, name, why it is there, a bad and a good example.

CF1 is syntax, CF2 names, CF3 types, CF4 project files, CF5 errors of a running formula. The examples of CF1 to CF3
and CF5 are formulas on the table Tasks of the library's example doc; those of CF4 are a `table.yml`, or the file that
the rule is about. Of CF5, what a literal gives away is told as a warning before the formula runs.
"""

from __future__ import annotations

from codaform.diagnostics.computing_rules import BAD_JSON as BAD_JSON
from codaform.diagnostics.computing_rules import BAD_PATTERN as BAD_PATTERN
from codaform.diagnostics.computing_rules import CIRCULAR_CELL as CIRCULAR_CELL
from codaform.diagnostics.computing_rules import DIVISION_BY_ZERO as DIVISION_BY_ZERO
from codaform.diagnostics.computing_rules import INTERNAL_ERROR as INTERNAL_ERROR
from codaform.diagnostics.computing_rules import LIST_AS_ONE as LIST_AS_ONE
from codaform.diagnostics.computing_rules import NO_SUCH_ROW as NO_SUCH_ROW
from codaform.diagnostics.computing_rules import NOT_COMPUTED as NOT_COMPUTED
from codaform.diagnostics.computing_rules import OUT_OF_RANGE as OUT_OF_RANGE
from codaform.diagnostics.computing_rules import TOO_DEEP as TOO_DEEP
from codaform.diagnostics.computing_rules import WRONG_VALUE as WRONG_VALUE
from codaform.diagnostics.diagnostic import Rule
from codaform.diagnostics.silent_rules import ALIKE_OPTIONS as ALIKE_OPTIONS
from codaform.diagnostics.silent_rules import OTHER_SCALE as OTHER_SCALE
from codaform.diagnostics.silent_rules import TEXT_AS_NUMBER as TEXT_AS_NUMBER
from codaform.diagnostics.silent_rules import UNUSED_VALUE as UNUSED_VALUE
from codaform.diagnostics.site_rules import DEAD_LINK as DEAD_LINK
from codaform.diagnostics.site_rules import FALSE_FACT as FALSE_FACT
from codaform.diagnostics.site_rules import MISSING_ALT as MISSING_ALT
from codaform.diagnostics.site_rules import OUTSIDE_HOST as OUTSIDE_HOST
from codaform.diagnostics.site_rules import SITE_WARNING as SITE_WARNING
from codaform.diagnostics.site_rules import STALE_PAGE as STALE_PAGE
from codaform.diagnostics.site_rules import UNKNOWN_DIRECTIVE as UNKNOWN_DIRECTIVE
from codaform.diagnostics.site_rules import UNLISTED_PAGE as UNLISTED_PAGE

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

BAD_YAML = Rule(
    "CF401",
    "bad-yaml",
    why="A file is not YAML, or uses more of YAML than the plain part: anchors, aliases, tags and several "
    "documents are refused.",
    bad="table: [tasks",
    good="table: tasks\ncolumns: []",
)
WRONG_SHAPE = Rule(
    "CF402",
    "wrong-shape",
    why="A file has a key that is not known, lacks one that is needed, or has a value of the wrong kind.",
    bad="table: tasks\ncolums: []",
    good="table: tasks\ncolumns: []",
)
MISSING_FILE = Rule(
    "CF403",
    "missing-file",
    why="A file is named that is not there.",
    bad="table: tasks\ncolumns:\n  - {name: hours, type: number, formula: nowhere.coda}",
    good="table: tasks\ncolumns:\n  - {name: hours, type: number}",
)
BAD_ENCODING = Rule(
    "CF404",
    "bad-encoding",
    why="Every file is UTF-8 text without control characters.",
    bad="table: ta\0sks",
    good="table: tasks\ncolumns: []",
)
DUPLICATE_KEY = Rule(
    "CF405",
    "duplicate-key",
    why="A key stands twice in one mapping; which one counts would be a guess.",
    bad="table: tasks\ntable: runs\ncolumns: []",
    good="table: tasks\ncolumns: []",
)
UNKNOWN_TABLE = Rule(
    "CF406",
    "unknown-table",
    why="A table is named that the doc does not have.",
    bad="table: tasks\ncolumns:\n  - {name: sprint, type: relation, to: sprintz}",
    good="table: tasks\ncolumns:\n  - {name: parent, type: relation, to: tasks}",
)
BAD_CELL = Rule(
    "CF407",
    "bad-cell",
    why="A value in a row, a case or a scenario cannot be read as the type of its column.",
    bad="hours\nmany",
    good="hours\n3",
)
UNKNOWN_ROW = Rule(
    "CF408",
    "no-such-row",
    why="A relation names a row that the target table does not have.",
    bad="parent\nnobody",
    good="name,parent\nplan,plan",
)
AMBIGUOUS_ROW = Rule(
    "CF449",
    "ambiguous-row",
    why="A relation names a row by a text that several rows are displayed as: the first of them is taken. In Coda such "
    "rows are common, since a relation knows its row by its id.",
    bad="name,parent\nplan,\nplan,\nday,plan",
    good="name,parent\nplan,\nplan 2,\nday,plan",
    severity="info",
)
DUPLICATE_NAME = Rule(
    "CF409",
    "duplicate-name",
    why="Two columns of a table, two options of a list, or two tables or views of a doc, have one name.",
    bad="table: tasks\ncolumns:\n  - {name: hours, type: number}\n  - {name: hours, type: text}",
    good="table: tasks\ncolumns:\n  - {name: hours, type: number}\n  - {name: days, type: number}",
)
BAD_CSV = Rule(
    "CF410",
    "bad-csv",
    why="A rows.csv has a column that is unknown or computed, a header that repeats, or a line with more "
    "fields than the header.",
    bad="name,size\nplan,3",
    good="name\nplan",
)
CONTRADICTION = Rule(
    "CF411",
    "contradiction",
    why="Two facts about a column or a view exclude each other, or one of them has no meaning for its type.",
    bad="table: tasks\ncolumns:\n  - {name: hours, type: number, to: tasks}",
    good="table: tasks\ncolumns:\n  - {name: parent, type: relation, to: tasks}",
)
UNUSED_FILE = Rule(
    "CF412",
    "unused-file",
    why="A file in the project is read by nothing: a formula or cases that nothing names, most often since a name was "
    "changed in one place only, or a file of another kind in the folder of a table.",
    bad="hours_old.coda",
    good="hours.coda",
    severity="warning",
)
MISNAMED_FILE = Rule(
    "CF416",
    "misnamed-file",
    why="A file or folder has nearly the name of one that codaform reads, so that nothing reads it: a table, rows, "
    "formulas or scenarios would silently be missing.",
    bad="Rows.csv",
    good="rows.csv",
)
DOUBTFUL_CELL = Rule(
    "CF417",
    "doubtful-cell",
    why="A cell is read in one way and probably meant in another: 10 in a column of percents is 1000%, and a comma "
    "does not separate the values of a cell.",
    bad="name,share\nplan,10",
    good="name,share\nplan,10%",
    severity="warning",
)
BROKEN_KEY = Rule(
    "CF418",
    "broken-key",
    why="Two sample rows have the same value in the key column of their table, or a row has none: key: true says that "
    "each row can be told by it.",
    bad="name\nplan\nplan",
    good="name\nplan\nbuild",
)
FAILED_TEST = Rule(
    "CF413",
    "failed-test",
    why="Rows break a data test: unique, not_null, accepted_values, relationships, or a formula.",
    bad="name\nplan\nplan",
    good="name\nplan\nbuild",
)
FAILED_CASE = Rule(
    "CF414",
    "failed-case",
    why="A formula gives another value than its case expects.",
    bad="- {case: double, given: {tasks: [{name: plan, hours: 2}]}, expect: {plan: 5}}",
    good="- {case: double, given: {tasks: [{name: plan, hours: 2}]}, expect: {plan: 4}}",
)
FAILED_SCENARIO = Rule(
    "CF415",
    "failed-scenario",
    why="After a step of a scenario a cell or a view does not show what the step expects.",
    bad="{scenario: s, steps: [{add: {tasks: [{name: plan, hours: 2}]}, expect: {tasks: {plan: {double: 5}}}}]}",
    good="{scenario: s, steps: [{add: {tasks: [{name: plan, hours: 2}]}, expect: {tasks: {plan: {double: 4}}}}]}",
)

UNFIT_FORMAT = Rule(
    "CF430",
    "unfit-format",
    why="A format says what Coda cannot show for a column of this type: a member that the type does not have, a "
    "pattern that is none, an unknown currency, or limits that exclude each other.",
    bad="table: tasks\ncolumns:\n  - {name: price, type: currency, format: hello}",
    good="table: tasks\ncolumns:\n  - {name: price, type: currency, format: {currency: EUR, precision: 2}}",
)
DECLARED_TYPE = Rule(
    "CF432",
    "declared-type",
    why="A named formula gives another type than `type:` and `many:` say; formulas that read it are judged by those.",
    bad="doc: D\nformulas:\n  - {name: Rate, type: text, formula: rate.coda}",
    good="doc: D\nformulas:\n  - {name: Rate, type: number, formula: rate.coda}",
    severity="warning",
)
BEYOND_LIMITS = Rule(
    "CF431",
    "beyond-limits",
    why="A number in a row is outside of what its slider, progress bar or scale shows. Coda keeps it and shows the "
    "nearest limit.",
    bad="stars\n9",
    good="stars\n4",
    severity="warning",
)

_ALL = [value for value in tuple(globals().values()) if isinstance(value, Rule)]
RULES: tuple[Rule, ...] = tuple(sorted(_ALL, key=lambda rule: rule.code))
"""All rules, by code."""


def find(name: str) -> Rule | None:
    """A rule by its name or its code, in any case."""
    wanted = name.lower()
    return next((rule for rule in RULES if wanted in (rule.name, rule.code.lower())), None)
