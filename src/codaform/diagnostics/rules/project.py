"""The rules of a project's files. Their examples are a `table.yml`, or the file that the rule is about."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

BAD_YAML = Rule(
    "CF401",
    "bad-yaml",
    what="A file is not YAML, or uses more than plain YAML.",
    why="codaform reads plain YAML only, without anchors, aliases, tags and second documents, so each line means one "
    "thing.",
    bad="table: [tasks",
    good="table: tasks\ncolumns: []",
    fix="Adds quotes around the formula that YAML cuts.",
    safety="safe",
    see=("reference/files.md#formulas",),
)
WRONG_SHAPE = Rule(
    "CF402",
    "wrong-shape",
    what="A file has an unknown key, lacks a key or has a value of the wrong kind.",
    why="codaform would ignore the key, or would have to guess its meaning.",
    bad="table: tasks\ncolums: []",
    good="table: tasks\ncolumns: []",
    fix="Adds quotes, writes a list, or writes the nearest key or value.",
    safety="mixed",
    see=("reference/files.md",),
)
MISSING_FILE = Rule(
    "CF403",
    "missing-file",
    what="A named file does not exist, or cannot be read.",
    why="The column, view or test that names the file has no formula.",
    bad="table: tasks\ncolumns:\n  - {name: hours, type: number, formula: nowhere.coda}",
    good="table: tasks\ncolumns:\n  - {name: hours, type: number}",
    fix="Writes the name of the nearest file.",
    safety="unsafe",
    see=("reference/files.md#names",),
)
BAD_ENCODING = Rule(
    "CF404",
    "bad-encoding",
    what="A file is not UTF-8 text, or has control characters.",
    why="Editors and Coda show such characters in different ways, or not at all.",
    bad="table: ta\0sks",
    good="table: tasks\ncolumns: []",
    see=("reference/files.md",),
)
DUPLICATE_KEY = Rule(
    "CF405",
    "duplicate-key",
    what="A mapping has the same key twice.",
    why="YAML does not say which of the two values counts.",
    bad="table: tasks\ntable: runs\ncolumns: []",
    good="table: tasks\ncolumns: []",
    see=("reference/files.md",),
)
UNKNOWN_TABLE = Rule(
    "CF406",
    "unknown-table",
    what="A table is unknown.",
    why="The doc has no table of this name.",
    bad="table: tasks\ncolumns:\n  - {name: sprint, type: relation, to: sprintz}",
    good="table: tasks\ncolumns:\n  - {name: parent, type: relation, to: tasks}",
    fix="Writes the name of the nearest table.",
    safety="unsafe",
    see=("reference/files.md#table",),
)
BAD_CELL = Rule(
    "CF407",
    "bad-cell",
    what="A value cannot be read as the type of its column.",
    why="The row, case or scenario has no value for this cell.",
    bad="hours\nmany",
    good="hours\n3",
    fix="Writes the value that is probably meant.",
    safety="mixed",
    see=("reference/files.md#rows",),
)
UNKNOWN_ROW = Rule(
    "CF408",
    "no-such-row",
    what="A relation names a row that the target table does not have.",
    why="The cell would point to no row.",
    bad="parent\nnobody",
    good="name,parent\nplan,plan",
    fix="Writes the display text of the nearest row.",
    safety="mixed",
    see=("reference/files.md#rows",),
)
DUPLICATE_NAME = Rule(
    "CF409",
    "duplicate-name",
    what="Two things have one name: columns of a table, options of a list, or tables, views, controls and named "
    "formulas of a doc.",
    why="A formula could not say which of the two it means.",
    bad="table: tasks\ncolumns:\n  - {name: hours, type: number}\n  - {name: hours, type: text}",
    good="table: tasks\ncolumns:\n  - {name: hours, type: number}\n  - {name: days, type: number}",
    see=("reference/files.md",),
)
BAD_CSV = Rule(
    "CF410",
    "bad-csv",
    what="A rows.csv has a bad header or a line with too many fields.",
    why="A column of the header is unknown, computed or repeated, or the file is not CSV. codaform cannot say to "
    "which column a field belongs.",
    bad="name,size\nplan,3",
    good="name\nplan",
    fix="Separates the fields by commas, or corrects a name in the header.",
    safety="mixed",
    see=("reference/files.md#rows",),
)
BAD_PARQUET = Rule(
    "CF420",
    "bad-parquet",
    what="A rows.parquet is no Parquet file, or has a column that the table cannot take. The examples here show its "
    "rows as CSV.",
    why="A column of the file is unknown, computed or repeated, or has values of a type that no cell holds. A single "
    "value that does not fit is a bad-cell, which names row and column.",
    bad="name,size\nplan,3",
    good="name\nplan",
    see=("reference/files.md#parquet",),
)
CONTRADICTION = Rule(
    "CF411",
    "contradiction",
    what="Two facts about a table, a column, a view or a control exclude each other.",
    why="Coda has only one of the two, or the fact has no meaning for the type.",
    bad="table: tasks\ncolumns:\n  - {name: hours, type: number, to: tasks}",
    good="table: tasks\ncolumns:\n  - {name: parent, type: relation, to: tasks}",
    fix="Writes the name of the folder as the name of the table.",
    safety="unsafe",
    see=("reference/files.md",),
)
UNUSED_FILE = Rule(
    "CF412",
    "unused-file",
    what="Nothing reads a file of the project.",
    why="The usual causes are a name that changed in one place only, and a file of another kind in the folder of a "
    "table.",
    bad="hours_old.coda",
    good="hours.coda",
    severity="warning",
    fix="Writes the name of the file where a formula has that name without its ending.",
    safety="unsafe",
    see=("reference/files.md#names",),
)
FAILED_TEST = Rule(
    "CF413",
    "failed-test",
    what="A data test fails.",
    why="The rows break a promise of the table: unique, not_null, accepted_values, relationships or a formula.",
    bad="name\nplan\nplan",
    good="name\nplan\nbuild",
    see=("reference/files.md#table",),
)
FAILED_CASE = Rule(
    "CF414",
    "failed-case",
    what="A case fails.",
    why="The formula has another value than its case expects.",
    bad="- {case: double, given: {tasks: [{name: plan, hours: 2}]}, expect: {plan: 5}}",
    good="- {case: double, given: {tasks: [{name: plan, hours: 2}]}, expect: {plan: 4}}",
    see=("reference/files.md#cases",),
)
FAILED_SCENARIO = Rule(
    "CF415",
    "failed-scenario",
    what="A scenario fails.",
    why="After a step, a cell or a view differs from the step's expectation.",
    bad="{scenario: s, steps: [{add: {tasks: [{name: plan, hours: 2}]}, expect: {tasks: {plan: {double: 5}}}}]}",
    good="{scenario: s, steps: [{add: {tasks: [{name: plan, hours: 2}]}, expect: {tasks: {plan: {double: 4}}}}]}",
    see=("reference/files.md#scenario",),
)
MISNAMED_FILE = Rule(
    "CF416",
    "misnamed-file",
    what="A file or folder has nearly the name of one that codaform reads.",
    why="codaform does not read it, so a table, rows, formulas or scenarios would be missing without a word.",
    bad="Rows.csv",
    good="rows.csv",
    see=("reference/files.md#names",),
)
DOUBTFUL_CELL = Rule(
    "CF417",
    "doubtful-cell",
    what="A cell probably means something else.",
    why="In a column of percents, 10 is 1000%. In a cell, semicolons separate the values, and a comma does not.",
    bad="name,share\nplan,10",
    good="name,share\nplan,10%",
    severity="warning",
    fix="Adds the percent sign, or writes semicolons.",
    safety="unsafe",
    see=("reference/files.md#rows",),
)
BROKEN_KEY = Rule(
    "CF418",
    "broken-key",
    what="Two sample rows have the same key, or a row has no key.",
    why="`key: true` says that the value of the column identifies each row.",
    bad="name\nplan\nplan",
    good="name\nplan\nbuild",
    see=("reference/files.md#table",),
)
MISSPELLED_NAME = Rule(
    "CF419",
    "misspelled-name",
    what="Nothing uses a name that the project gives, and several places use nearly this name, which nothing has.",
    why="The name of the column, option, view, control or named formula is misspelled where the project gives it, or "
    "somebody changed it there alone.",
    bad="table: tasks\ncolumns:\n  - {name: name, type: text}\n  - {name: huors, type: number}\n"
    "views:\n  - {name: Long, sort: hours, columns: [name, hours]}",
    good="table: tasks\ncolumns:\n  - {name: name, type: text}\n  - {name: hours, type: number}\n"
    "views:\n  - {name: Long, sort: hours, columns: [name, hours]}",
    fix="Writes the name that the other places use.",
    safety="unsafe",
)
UNFIT_FORMAT = Rule(
    "CF430",
    "unfit-format",
    what="A format has a member that Coda cannot show for this type of column.",
    why="The type does not have the member, the pattern or the currency does not exist, or the limits exclude each "
    "other.",
    bad="table: tasks\ncolumns:\n  - {name: price, type: currency, format: hello}",
    good="table: tasks\ncolumns:\n  - {name: price, type: currency, format: {currency: EUR, precision: 2}}",
    fix="Writes the nearest member or value.",
    safety="unsafe",
    see=("reference/files.md#formats",),
)
BEYOND_LIMITS = Rule(
    "CF431",
    "beyond-limits",
    what="A number is outside of its slider, progress bar or scale.",
    why="Coda keeps the number and shows the nearest limit.",
    bad="stars\n9",
    good="stars\n4",
    severity="warning",
    see=("reference/files.md#formats",),
)
DECLARED_TYPE = Rule(
    "CF432",
    "declared-type",
    what="A named formula has another type than `type:` and `many:` say.",
    why="Formulas that read the named formula rely on the declared type.",
    bad="doc: D\nformulas:\n  - {name: Rate, type: text, formula: rate.coda}",
    good="doc: D\nformulas:\n  - {name: Rate, type: number, formula: rate.coda}",
    severity="warning",
    see=("reference/files.md#doc",),
)
IDLE_BUTTON = Rule(
    "CF433",
    "idle-button",
    what="A button of a table or of a page has no action.",
    why="A press of the button does nothing. As documented, Coda's API does not return the action of a button on a "
    "page: after a pull, copy the action from Coda.",
    bad="table: tasks\ncolumns:\n  - {name: Start, type: button}",
    good="table: tasks\ncolumns:\n  - {name: name, type: text}\n"
    "  - {name: Start, type: button, action: 'thisRow.ModifyRows(name, \"open\")'}",
    severity="warning",
)
ALIKE_OPTIONS = Rule(
    "CF440",
    "alike-options",
    what="Two options of a list differ only by case or by blanks.",
    why="A person who picks an option cannot see the difference, and a formula finds only one of the two.",
    bad="table: tasks\ncolumns:\n  - {name: status, type: select, options: [Open, open]}",
    good="table: tasks\ncolumns:\n  - {name: status, type: select, options: [Open, Shut]}",
    severity="warning",
    see=("reference/files.md#table",),
)
AMBIGUOUS_ROW = Rule(
    "CF449",
    "ambiguous-row",
    what="A relation names a row by a text that several rows show.",
    why="codaform takes the first of these rows. Such rows are common in Coda, where a relation points to a row's id.",
    bad="name,parent\nplan,\nplan,\nday,plan",
    good="name,parent\nplan,\nplan 2,\nday,plan",
    severity="info",
    see=("reference/files.md#rows",),
)
