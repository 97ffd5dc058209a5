"""Actions: what a button or an automation does, described as values and never carried out here."""

from collections.abc import Callable, Sequence
from typing import cast

from codaform.library.function import Action, ColumnValue, Context, ControlValue, Person, Row, T, function
from codaform.model.conversion import to_text
from codaform.model.values import EvaluationError


@function("RunActions", action=True, certainty="seen")
def run_actions(*actions: list[Action | None]) -> Action:
    """Several actions as one: they run in the order given, and each sees what the ones before it did.

    actions: The actions, and lists of actions as FormulaMap gives them. A blank one does nothing.

    >>> RunActions(AddRow(Tasks, Name, "Rest"), Tasks.First().DeleteRows())
    RunActions(AddRow("Tasks", {Name: "Rest"}), DeleteRows(@Plan))
    >>> RunActions(If(false, OpenUrl("https://example.com"), ""))
    RunActions()
    """
    return Action("RunActions", tuple(step for steps in actions for step in steps if step is not None))


@function("AddRow", action=True, certainty="seen")
def add_row(table: list[T], *cells: tuple[ColumnValue, object]) -> T | Action:
    """Adds a row to a table, and gives this row.

    table: The table; a view adds to the table behind it.
    cells: A column of the table and its value in the new row, then the next column and its value. The column is named,
        not read; the value is computed where the formula stands, so a name there is not a column of the new row.

    Columns that are not named get their default. The new row can be used where a row is wanted; until the action is
    carried out, its cells are blank.

    >>> AddRow(Tasks, Name, "Rest", Hours, 2)
    AddRow("Tasks", {Name: "Rest", Hours: 2})
    >>> Tasks.AddRow(Name, "Rest", Due, "")
    AddRow("Tasks", {Name: "Rest", Due: blank})
    >>> WithName(AddRow(Tasks, Name, "Rest"), task, task.ModifyRows(Hours, 2))
    ModifyRows(AddRow("Tasks", {Name: "Rest"}), {Hours: 2})
    """
    rows, columns = _rows(table), [column for column, _ in cells]
    return Action("AddRow", (_table(rows, columns), {column.name: value for column, value in cells}))


@function("ModifyRows", action=True, certainty="seen")
def modify_rows(rows: list[T], *cells: tuple[ColumnValue, Callable[[T], object]]) -> Action:
    """Writes values into rows.

    rows: A row, several rows or a whole table.
    cells: A column of the rows and its new value, then the next column and its value. The value is computed for each
        row, which is CurrentValue there.

    Of no rows, nothing is changed. Assumed: all values are computed before the first is written.

    >>> Tasks.First().ModifyRows(Status, "Open", Hours, 5)
    ModifyRows(@Plan, {Status: "Open", Hours: 5})
    >>> Tasks.Lookup(Status, "Open").ModifyRows(Hours, CurrentValue.Hours + 1)
    ModifyRows(@Build, {Hours: 9}, @Check, {Hours: 1})
    >>> Tasks.Last().ModifyRows(Due, "")
    ModifyRows(@Check, {Due: blank})
    >>> Tasks.Filter(Name = "Rest").ModifyRows(Hours, 1)
    ModifyRows()
    """
    found = [row if isinstance(row, Row) else _added(row) for row in rows if row is not None]
    return Action("ModifyRows", _changes(found, cells))


@function("AddOrModifyRows", action=True, certainty="seen")
def add_or_modify_rows(
    table: list[T], expression: Callable[[T], bool], *cells: tuple[ColumnValue, Callable[[T], object]]
) -> Action:
    """Writes values into the rows for which a condition holds, or into one new row where it holds for none.

    table: The table.
    expression: The condition on each row; CurrentValue is the row.
    cells: A column of the table and its value, then the next column and its value. The value is computed for each row,
        which is CurrentValue there.

    Assumed: for a new row, CurrentValue is blank.

    >>> Tasks.AddOrModifyRows(Name = "Plan", Hours, 4)
    AddOrModifyRows(@Plan, {Hours: 4})
    >>> Tasks.AddOrModifyRows(Name = "Rest", Name, "Rest", Due, "")
    AddOrModifyRows("Tasks", {Name: "Rest", Due: blank})
    """
    rows = _rows(table)
    found = [row for row in rows if expression(cast(T, row))]
    if found:
        return Action("AddOrModifyRows", _changes(found, cells))
    values = {column.name: value(cast(T, None)) for column, value in cells}
    return Action("AddOrModifyRows", (_table(rows, [column for column, _ in cells]), values))


@function("DeleteRows", action=True, certainty="seen")
def delete_rows(rows: list[Row]) -> Action:
    """Takes rows out of their table.

    rows: A row or several rows.

    >>> Tasks.Filter(Status = "Done").DeleteRows()
    DeleteRows(@Plan)
    >>> DeleteRows("")
    DeleteRows()
    """
    return Action("DeleteRows", tuple(_rows(rows)))


@function("DuplicateRows", action=True, certainty="recalled")
def duplicate_rows(rows: list[Row], count: float = 1) -> Action:
    """Copies rows within their table.

    rows: A row or several rows.
    count: How many copies of each; one if left out.

    >>> Tasks.First().DuplicateRows()
    DuplicateRows([@Plan], 1)
    >>> DuplicateRows("", 2)
    DuplicateRows([], 2)
    """
    return Action("DuplicateRows", (_rows(rows), float(max(int(count), 0))))


@function("OpenRow", action=True, certainty="seen")
def open_row(row: Row, view_or_layout: object = None, mode: object = None) -> Action:
    """Shows a row with all its columns.

    row: The row.
    view_or_layout: The view whose layout is used.
    mode: How it is opened, as a window over the page or beside it.

    >>> Tasks.First().OpenRow()
    OpenRow(@Plan)
    >>> Tasks.Filter(Name = "Rest").First().OpenRow()
    blank
    """
    return _described("OpenRow", row, view_or_layout, mode)


@function("OpenUrl", action=True, certainty="documented")
def open_url(url: str) -> Action:
    """Opens an address in the browser.

    url: The address.

    >>> OpenUrl("https://example.com")
    OpenUrl("https://example.com")
    >>> List("https://example.com/a", "https://example.com/b").OpenUrl()
    [OpenUrl("https://example.com/a"), OpenUrl("https://example.com/b")]
    >>> OpenUrl("")
    blank
    """
    return _described("OpenUrl", url)


@function("OpenWindow", action=True, certainty="recalled-weak")
def open_window(url: str) -> Action:
    """Opens an address in a new window; OpenUrl is the newer name.

    url: The address.

    >>> OpenWindow("https://example.com")
    OpenWindow("https://example.com")
    >>> OpenWindow("")
    blank
    """
    return _described("OpenWindow", url)


@function("Notify", action=True, certainty="seen")
def notify(users: list[Person], message: str) -> Action:
    """Sends people a message inside Coda.

    users: A person or several people.
    message: What they read.

    >>> Notify(User(), "The plan is ready.")
    Notify([@Ada Ruiz], "The plan is ready.")
    >>> Notify(User(), "")
    blank
    """
    return _described("Notify", users, message)


@function("CopyToClipboard", action=True, certainty="recalled")
def copy_to_clipboard(context: Context, value: object) -> Action:
    """Puts the text of a value where the next paste takes it from.

    value: The value; it is copied as a text shows it.

    >>> CopyToClipboard(List(1, 2))
    CopyToClipboard("1, 2")
    >>> Tasks.First().CopyToClipboard()
    CopyToClipboard("Plan")
    >>> CopyToClipboard("")
    CopyToClipboard(blank)
    """
    return Action("CopyToClipboard", (to_text(value, context),))


@function("CopyDoc", action=True, certainty="recalled-weak")
def copy_doc(doc: object, title: str | None = None, folder: object = None) -> Action:
    """Makes a copy of a doc.

    doc: The doc.
    title: What the copy is called.
    folder: Where it is kept.

    >>> CopyDoc("Templates", "Plan for 2026")
    CopyDoc("Templates", "Plan for 2026")
    >>> CopyDoc("Templates", "")
    CopyDoc("Templates")
    """
    return _described("CopyDoc", doc, title, folder)


@function("CreatePage", action=True, certainty="recalled-weak")
def create_page(
    name: str, subtitle: str | None = None, icon: object = None, parent: object = None, content: object = None
) -> Action:
    """Adds a page to the doc. The order of its parameters is not certain.

    name: What the page is called.
    subtitle: The line below the name.
    icon: The picture beside the name.
    parent: The page under which it stands.
    content: What the page starts with.

    >>> CreatePage("Minutes", "10 December")
    CreatePage("Minutes", "10 December")
    >>> CreatePage("Minutes", "", "", "Meetings")
    CreatePage("Minutes", blank, blank, "Meetings")
    >>> CreatePage("")
    blank
    """
    return _described("CreatePage", name, subtitle, icon, parent, content)


@function("DuplicatePage", action=True, certainty="recalled-weak")
def duplicate_page(page: object, name: str | None = None, subpages: bool = False) -> Action:
    """Copies a page. The order of its parameters is not certain.

    page: The page.
    name: What the copy is called.
    subpages: Whether the pages below it are copied too; not so if left out.

    >>> DuplicatePage("Minutes", "Minutes of January", true)
    DuplicatePage("Minutes", "Minutes of January", true)
    >>> DuplicatePage("Minutes", "")
    DuplicatePage("Minutes", blank, false)
    """
    return Action("DuplicatePage", (page, name, subpages))


@function("DeletePage", action=True, certainty="recalled-weak")
def delete_page(page: object) -> Action:
    """Takes a page out of the doc.

    page: The page.

    >>> DeletePage("Minutes")
    DeletePage("Minutes")
    >>> DeletePage("")
    DeletePage()
    """
    return _described("DeletePage", page)


@function("RefreshTable", action=True, certainty="recalled")
def refresh_table(table: list[Row]) -> Action:
    """Fetches the rows of a table that comes from outside the doc again.

    table: The table.

    >>> Tasks.RefreshTable()
    RefreshTable("Tasks")
    >>> RefreshTable("")
    RefreshTable(blank)
    """
    return Action("RefreshTable", (_table(_rows(table), []),))


@function("RefreshColumn", action=True, certainty="recalled")
def refresh_column(column: ColumnValue, row: Row | None = None) -> Action:
    """Fetches the values of a column that come from outside the doc again.

    column: The column.
    row: The row to which this is limited; all rows if left out.

    >>> Tasks.First().WithName(task, RefreshColumn(Tasks.Hours, task))
    RefreshColumn("Tasks", "Hours", @Plan)
    >>> RefreshColumn(Tasks.Hours, "")
    RefreshColumn("Tasks", "Hours")
    """
    return _described("RefreshColumn", column.table, column.name, row)


@function("SetControlValue", action=True, certainty="recalled")
def set_control_value(control: ControlValue, value: object) -> Action:
    """Sets a control on a page.

    control: The control. It is named, not read.
    value: What it is set to: a value that the control can hold; a blank empties it.

    >>> SetControlValue(Limit, 3)
    SetControlValue("Limit", 3)
    >>> Limit.SetControlValue(Limit + 1)
    SetControlValue("Limit", 6)
    >>> SetControlValue(Limit, "")
    SetControlValue("Limit", blank)
    """
    return Action("SetControlValue", (control.name, value))


@function("ResetControl", action=True, certainty="recalled-weak")
def reset_control(control: ControlValue) -> Action:
    """Sets a control on a page back to what it starts with.

    control: The control. It is named, not read.

    >>> ResetControl(Limit)
    ResetControl("Limit")
    >>> If(Limit > 8, ResetControl(Limit), "")
    blank
    """
    return Action("ResetControl", (control.name,))


@function("_NoOp", action=True, certainty="community-hidden")
def no_op() -> Action:
    """Does nothing: an action for where one must stand.

    >>> _NoOp()
    _NoOp()
    >>> If("", OpenUrl("https://example.com"), _NoOp())
    _NoOp()
    """
    return Action("_NoOp")


@function("Activate", action=True, certainty="community-hidden")
def activate(object_: object) -> Action:
    """Brings a part of the doc before the reader's eyes.

    object_: The row, table, page or control.

    >>> Tasks.First().Activate()
    Activate(@Plan)
    >>> Activate("")
    Activate()
    """
    return _described("Activate", object_)


def _described(name: str, *arguments: object) -> Action:
    """The action without the arguments that were left out at its end."""
    given = list(arguments)
    while given and given[-1] is None:
        given.pop()
    return Action(name, tuple(given))


def _rows(items: Sequence[object]) -> list[Row]:
    """The items, which an action can only work on if they are rows; a row that is gone is passed over."""
    rows = [item for item in items if item is not None]
    for row in rows:
        if not isinstance(row, Row):
            raise EvaluationError("wrong-value", "an action on rows was given something else")
    return cast(list[Row], rows)


def _added(item: object) -> Action:
    """The action that gives a row which is not there yet."""
    if not isinstance(item, Action):
        raise EvaluationError("wrong-value", "an action on rows was given something else")
    return item


def _table(rows: list[Row], columns: list[ColumnValue]) -> str | None:
    """The name of the table: an empty one is known by the columns that are named."""
    named = [column.table for column in columns[:1]] or [row.table for row in rows[:1]]
    return named[0] if named else None


def _changes(
    rows: Sequence[Row | Action], cells: tuple[tuple[ColumnValue, Callable[[T], object]], ...]
) -> tuple[object, ...]:
    """Each row, followed by its new values; the cells of a row that is not there yet are blank."""
    changes: list[object] = []
    for row in rows:
        current = cast(T, row if isinstance(row, Row) else None)
        changes += (row, {column.name: value(current) for column, value in cells})
    return tuple(changes)
