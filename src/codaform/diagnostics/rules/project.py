"""The rules of a project's files. Their examples are a `table.yml`, or the file that the rule is about."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

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
UNFIT_FORMAT = Rule(
    "CF430",
    "unfit-format",
    why="A format says what Coda cannot show for a column of this type: a member that the type does not have, a "
    "pattern that is none, an unknown currency, or limits that exclude each other.",
    bad="table: tasks\ncolumns:\n  - {name: price, type: currency, format: hello}",
    good="table: tasks\ncolumns:\n  - {name: price, type: currency, format: {currency: EUR, precision: 2}}",
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
DECLARED_TYPE = Rule(
    "CF432",
    "declared-type",
    why="A named formula gives another type than `type:` and `many:` say; formulas that read it are judged by those.",
    bad="doc: D\nformulas:\n  - {name: Rate, type: text, formula: rate.coda}",
    good="doc: D\nformulas:\n  - {name: Rate, type: number, formula: rate.coda}",
    severity="warning",
)
ALIKE_OPTIONS = Rule(
    "CF440",
    "alike-options",
    why="Options of one list that differ only by case or by blanks look the same to who chooses one, and a formula "
    "finds only one of them.",
    bad="table: tasks\ncolumns:\n  - {name: status, type: select, options: [Open, open]}",
    good="table: tasks\ncolumns:\n  - {name: status, type: select, options: [Open, Shut]}",
    severity="warning",
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
