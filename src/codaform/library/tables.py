"""Tables and rows: finding rows, and facts about a row."""

from datetime import datetime

from codaform.library.function import ColumnValue, Context, Person, Row, T, function
from codaform.model.comparison import equal


@function("Lookup", certainty="seen")
def lookup(context: Context, table: list[T], column: ColumnValue, value: object) -> list[T]:
    """The rows of a table whose cell in a column equals a value.

    table: The table or view, or a list of rows.
    column: The column to compare.
    value: What the cell must equal. A blank finds the rows whose cell is blank.

    Assumed: a cell with several values fits if one value is equal.

    >>> Tasks.Lookup(Status, "Open")
    [@Build, @Check]
    >>> Lookup(Tasks, Project, Projects.First()).Name
    ["Plan", "Build"]
    >>> Tasks.Lookup(Due, "")
    [@Check]
    >>> Tasks.Lookup(Tags, "b")
    [@Build]
    >>> Tasks.Lookup(Name, "Rest")
    []
    """
    read, name = context.read, column.name
    return [row for row in table if isinstance(row, Row) and _fits(read(row, name), value, context)]


@function("IsFromTable", certainty="recalled")
def is_from_table(row: Row, table: list[Row]) -> bool:
    """Whether a row belongs to a table, or is shown by a view.

    row: The row.
    table: The table or view.

    >>> Tasks.First().IsFromTable(Tasks)
    true
    >>> Tasks.First().IsFromTable(Projects)
    false
    >>> Tasks.Project.IsFromTable(Projects)
    [true, true, true]
    >>> Tasks.Filter(Name = "Rest").First().IsFromTable(Tasks)
    blank
    """
    return row in table


@function("RowId", certainty="seen")
def row_id(row: Row) -> float:
    """The number that a row was given when it was added: it stays with the row and is never given again.

    row: The row.

    >>> Tasks.First().RowId()
    1
    >>> Tasks.RowId()
    [1, 2, 3]
    >>> Tasks.Filter(Name = "Rest").First().RowId()
    blank
    """
    return float(row.id)


@function("Created", certainty="documented")
def created(row: object) -> datetime | None:
    """The moment at which a row was added, or the doc was made.

    row: The row.

    Only Coda keeps this moment; computed elsewhere it is blank.

    >>> Tasks.First().Created()
    blank
    >>> Tasks.Filter(Name = "Rest").First().Created()
    blank
    """


@function("CreatedBy", certainty="seen")
def created_by(row: Row) -> Person | None:
    """The person who added a row.

    row: The row.

    Only Coda keeps this; computed elsewhere it is blank.

    >>> Tasks.First().CreatedBy()
    blank
    >>> Tasks.Filter(Name = "Rest").First().CreatedBy()
    blank
    """


@function("Modified", certainty="documented")
def modified(row: object) -> datetime | None:
    """The moment at which a row or the doc was last changed.

    row: The row.

    Only Coda keeps this moment; computed elsewhere it is blank.

    >>> Tasks.First().Modified()
    blank
    >>> Tasks.Filter(Name = "Rest").First().Modified()
    blank
    """


@function("ModifiedBy", certainty="seen")
def modified_by(row: Row) -> Person | None:
    """The person who last changed a row.

    row: The row.

    Only Coda keeps this; computed elsewhere it is blank.

    >>> Tasks.First().ModifiedBy()
    blank
    >>> Tasks.Filter(Name = "Rest").First().ModifiedBy()
    blank
    """


@function("_Project_Column_For_RowIds", certainty="community-hidden")
def project_column_for_row_ids(
    context: Context, table: list[Row | None], column: ColumnValue, ids: list[float | None]
) -> list[object]:
    """The values of a column in the rows with certain row ids. Coda's own; not meant for a doc.

    table: The table.
    column: The column to read.
    ids: The row ids, as RowId gives them.

    Assumed: the values come in the order of the ids, blank for an id that no row has.

    >>> _Project_Column_For_RowIds(Tasks, Name, List(3, 1))
    ["Check", "Plan"]
    >>> _Project_Column_For_RowIds(Tasks, Name, List(99, ""))
    [blank, blank]
    """
    rows = {float(row.id): row for row in table if row is not None}
    found = (None if number is None else rows.get(number) for number in ids)
    return [None if row is None else context.read(row, column.name) for row in found]


@function("_Hash_Match", certainty="community-hidden")
def hash_match(context: Context, table: list[T], *values: object) -> list[T]:
    """The rows that equal one of the values. Coda's own; not meant for a doc.

    table: The table.
    values: Rows, or the texts they are displayed as.

    Assumed from its name; Coda does not say what it does.

    >>> _Hash_Match(Tasks, Tasks.Last())
    [@Check]
    >>> _Hash_Match(Tasks, "Plan", "Rest")
    [@Plan]
    >>> _Hash_Match(Tasks, "")
    []
    """
    context.budget.charge(len(table) * len(values))
    return [row for row in table if any(equal(row, value, context) for value in values)]


def _fits(cell: object, value: object, context: Context) -> bool:
    return equal(cell, value, context) or (isinstance(cell, list) and any(equal(item, value, context) for item in cell))
