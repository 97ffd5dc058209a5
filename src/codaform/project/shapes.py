"""The shapes of a project's YAML files: the one source of their checks and of the JSON Schemas that editors read."""

from __future__ import annotations

from typing import Literal, get_args, get_origin, get_type_hints

from codaform.model.schema import CODA_CONTROLS, COLUMN_TYPES, CONTROL_TYPES, Assumptions
from codaform.source import frozen


@frozen
class Text:
    """A single text; with `options`, one option; with `pattern`, of that form (named `form`). help: What to write."""

    options: tuple[str, ...] = ()
    pattern: str = ""
    form: str = "a text"
    help: str = ""


@frozen
class Each:
    """A list whose items all have one shape."""

    item: Shape


@frozen
class Entries:
    """A mapping with keys of the writer's own: table names, column names, display texts.

    known: A key that is none of the writer's own, with the shape of its value.
    """

    value: Shape
    keys: str
    known: tuple[str, Shape] | None = None

    def shape_of(self, key: str) -> Shape:
        """The shape of the value at a key."""
        return self.known[1] if self.known is not None and key == self.known[0] else self.value


@frozen
class Field:
    """A key of a mapping."""

    shape: Shape
    about: str
    required: bool = False


@frozen
class Fields:
    """A mapping with known keys."""

    fields: dict[str, Field]
    name: str


@frozen
class Either:
    """One of several shapes, told apart by their kind of node."""

    shapes: tuple[Shape, ...]


@frozen
class ColumnFormat:
    """The format of a column: a text or a mapping, judged by the column's type (`column_formats`)."""


Shape = Text | Each | Entries | Fields | Either | ColumnFormat

FLAG = Text(options=("true", "false"))
NAME = Text(pattern=r"[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*", form="a name")
COUNT = Text(pattern=r"[1-9][0-9]{0,8}", form="a whole number above 0")
FORMULA = Text(
    pattern=r"(?![^\n]*[/\\][^\n]*\.coda$)[^\x00-\x08\x0a-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x08\x0a-\x1f\x7f-\x9f]*\n*",
    # a name of a file in another folder is neither
    form="a formula of one line, or the name of a .coda file in the same folder",
    help="put a longer formula into a .coda file in the same folder, and its name here",
)
MOMENT = Text(
    pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?", form="a moment like 2025-12-10T09:00"
)
_DOC_ID = Text(pattern=r"[A-Za-z0-9_-]{1,64}", form="the id of a doc, like AbCDeFGHij")
ADDRESS = Text(pattern=r"https?://[^\s/?#@]+/?", form="the address of a host, like https://coda.io")
DAYS = {"monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6, "sunday": 7}
CELL = Either((Text(), Each(Text())))
ROW = Entries(CELL, "column")
EXPECTED = Either(
    (Text(), Each(Text()), Fields({"error": Field(NAME, "The rule that the value breaks.", True)}, "error"))
)

_TYPE = Text(options=tuple(COLUMN_TYPES))
TAGS = Field(Each(NAME), "Words to select it by, as `check --select tag:WORD`; those of a table are its columns' too.")
_VALUE_KEYS = {
    "name": Field(NAME, "What it is called in the doc.", True),
    "type": Field(_TYPE, "Coda's column type.", True),
    "about": Field(Text(), "What it means to the people who use it."),
    "many": Field(FLAG, "Whether it holds several values."),
    "to": Field(NAME, "The target table of a relation."),
    "tags": TAGS,
}

_NAMED_FORMULA = Fields(
    {
        **_VALUE_KEYS,
        "format": Field(ColumnFormat(), "How the value is shown, as of a column."),
        "formula": Field(FORMULA, "The formula.", True),
    },
    "named formula",
)

CONTROL = Fields(
    {
        **_VALUE_KEYS,
        "type": Field(
            Text(options=(*CONTROL_TYPES, *(name for name in CODA_CONTROLS if name not in CONTROL_TYPES))),
            "What one sets or presses: a type of the first kind, or Coda's own name of it, like textbox.",
            True,
        ),
        "to": Field(NAME, "The table whose rows a relation is set to; of any table if left out."),
        "value": Field(CELL, "What it is set to at first, written as in a row; nothing if left out."),
        "options": Field(Each(Text()), "The options of a select list."),
        "choices": Field(FORMULA, "The formula that gives the options of a select list, or the rows."),
        "format": Field(ColumnFormat(), "How the value is shown, and its limits, as of a column."),
        "label": Field(Text(), "The text on a button."),
        "action": Field(FORMULA, "The formula that a button runs."),
        "disable_if": Field(FORMULA, "The condition under which a button cannot be pressed."),
    },
    "control",
)

ASSUMPTIONS = {
    name: get_args(kind) for name, kind in get_type_hints(Assumptions).items() if get_origin(kind) is Literal
}
"""The values of each assumption of a doc, the default first."""

DOC = Fields(
    {
        "doc": Field(NAME, "The doc's name.", True),
        "about": Field(Text(), "What the doc is for."),
        "time_zone": Field(NAME, "The doc's time zone, like Europe/Berlin; UTC if left out."),
        "first_day_of_week": Field(Text(options=tuple(DAYS)), "The doc's first day of the week; sunday if left out."),
        "assume": Field(
            Fields(
                {
                    name: Field(Text(options=ASSUMPTIONS[name]), f"{about}; {ASSUMPTIONS[name][0]} if left out.")
                    for name, about in (
                        ("max_of_nothing", "What Max, Min and their like give of nothing"),
                        ("circles", "Whether cells in circles are computed one by one (columns) or are blank (tables)"),
                        ("press", "Whether an action of a button sees what the ones before it did"),
                    )
                },
                "assumption",
            ),
            "What the doc takes for true where makers saw Coda do otherwise than codaform does.",
        ),
        "lint": Field(
            Entries(Text(options=("ignore", "info", "warning", "error")), "rule or family", ("budget", COUNT)),
            "What the project makes of rules of advice, by their names, codes or families; with `budget`, the most "
            "comparisons that a formula may take, as `codaform cost` predicts them.",
        ),
        "clock": Field(MOMENT, "The moment at which local runs happen; the real one if left out."),
        "user": Field(
            Fields({"name": Field(NAME, "A name.", True), "email": Field(Text(), "An address.")}, "user"),
            "Whom User() answers in local runs.",
        ),
        "formulas": Field(Each(_NAMED_FORMULA), "The named formulas on the doc's pages."),
        "controls": Field(Each(CONTROL), "The controls on the doc's pages: what a person sets or presses there."),
        "environments": Field(
            Entries(
                Fields(
                    {
                        "doc": Field(_DOC_ID, "The id of the doc in Coda; left out as long as there is none."),
                        "host": Field(ADDRESS, "Where Coda's API is; https://coda.io if left out."),
                    },
                    "environment",
                ),
                "environment",
            ),
            "The docs in Coda that the project is brought to, like staging and production; local is always there.",
        ),
    },
    "doc",
)

_DATA_TEST = Either(
    (
        Text(options=("unique", "not_null", "relationships")),
        Fields(
            {
                "accepted_values": Field(Each(Text()), "The only values that the column may have."),
                "relationships": Field(
                    Fields(
                        {"to": Field(NAME, "A table.", True), "column": Field(NAME, "Its column.", True)},
                        "relationship",
                    ),
                    "The column in which each value must exist.",
                ),
                "formula": Field(FORMULA, "A formula that is true for every good row."),
                "tags": TAGS,
            },
            "data test",
        ),
    )
)

COLUMN = Fields(
    {
        **_VALUE_KEYS,
        "key": Field(FLAG, "Whether it is the table's key."),
        "display": Field(FLAG, "Whether it supplies the text of the table's rows."),
        "owner": Field(
            Text(options=("coda", "mirror")),
            "Where its cells are written: in Coda, or by programs in the mirror in PostgreSQL; coda if left out.",
        ),
        "formula": Field(FORMULA, "The formula that computes the column."),
        "default": Field(FORMULA, "The formula that a new row's value comes from."),
        "reverse": Field(NAME, "For the other side of a relation: the column of the target table that it mirrors."),
        "options": Field(Each(Text()), "The options of a select list."),
        "format": Field(
            ColumnFormat(), "How a value is shown, and its limits, as 0.00, D MMM YYYY or {currency: EUR}."
        ),
        "label": Field(Text(), "The text on a button."),
        "action": Field(FORMULA, "The formula that a button runs."),
        "disable_if": Field(FORMULA, "The condition under which a button cannot be pressed."),
        "tests": Field(Each(_DATA_TEST), "What must hold for the column's values."),
    },
    "column",
)

TYPES_WITH = {
    "to": ("relation",),
    "reverse": ("relation",),
    "options": ("select",),
    "label": ("button",),
    "action": ("button",),
    "disable_if": ("button",),
    "many": ("select", "relation", "person", "image", "file", "text", "number", "date", "reaction"),
}
"""The column types with a key that the others do not have."""

VIEW = Fields(
    {
        "name": Field(NAME, "The view's name.", True),
        "about": Field(Text(), "What the view is for."),
        "filter": Field(FORMULA, "The condition for a row to be shown."),
        "sort": Field(NAME, "The column that orders the rows."),
        "descending": Field(FLAG, "Whether the order is reversed."),
        "limit": Field(COUNT, "How many rows are shown at most."),
        "columns": Field(Each(NAME), "The columns that are shown; all if left out."),
        "tags": TAGS,
    },
    "view",
)

TABLE = Fields(
    {
        "table": Field(NAME, "The table's name, which is also the name of its folder.", True),
        "about": Field(Text(), "The meaning of a row of the table."),
        "tags": TAGS,
        "columns": Field(Each(COLUMN), "The columns, in order.", True),
        "views": Field(Each(VIEW), "Views of the table."),
        "tests": Field(
            Each(
                Fields(
                    {
                        "name": Field(NAME, "The test's name.", True),
                        "formula": Field(FORMULA, "A formula that is true for every good row.", True),
                        "about": Field(Text(), "What the test guards against."),
                        "tags": TAGS,
                    },
                    "table test",
                )
            ),
            "What must hold for every row.",
        ),
    },
    "table",
)

CASES = Each(
    Fields(
        {
            "case": Field(NAME, "What the case shows, in a sentence.", True),
            "clock": Field(MOMENT, "The moment at which the case happens."),
            "given": Field(Entries(Each(ROW), "table"), "The only rows that there are, by table."),
            "set": Field(Entries(CELL, "control"), "What controls are set to; others are as doc.yml says."),
            "expect": Field(
                Either((Text(), Each(Text()), Entries(EXPECTED, "row"))),
                "By the row's display text, what the formula gives for it; for a named formula, its value.",
                True,
            ),
        },
        "case",
    )
)

STEP = Fields(
    {
        "step": Field(NAME, "What happens, in a sentence."),
        "clock": Field(MOMENT, "The moment to which the clock moves."),
        "add": Field(Entries(Each(ROW), "table"), "Rows to add, by table."),
        "change": Field(Entries(Entries(ROW, "row"), "table"), "Cells to change, by table and row."),
        "remove": Field(Entries(Each(Text()), "table"), "Rows to remove, by table."),
        "set": Field(Entries(CELL, "control"), "What controls are set to."),
        "press": Field(
            Either((Text(), Each(NAME), Entries(Entries(Each(Text()), "button"), "table"))),
            "Buttons to press, by table and button: the rows in which they are pressed, one after the other. A button "
            "on a page is pressed by its name.",
        ),
        "expect": Field(
            Entries(
                Either((Text(), Each(Text()), Entries(Entries(EXPECTED, "column"), "row"))),
                "table, view, control or named formula",
            ),
            "By table, row and column what a cell shows; by view, the rows it shows; by control or named formula, its "
            "value; of a button, whether it is `disabled` or `enabled`.",
        ),
    },
    "step",
)

SCENARIO = Fields(
    {
        "scenario": Field(NAME, "What the scenario shows.", True),
        "about": Field(Text(), "Why it matters."),
        "tags": TAGS,
        "clock": Field(MOMENT, "The moment at which it starts."),
        "start": Field(Text(options=("empty", "sample")), "Whether it starts without rows or with the sample rows."),
        "steps": Field(Each(STEP), "What happens, in order.", True),
    },
    "scenario",
)

PART = Text(pattern=NAME.pattern, form="a table, or a column as table.column")
_SETTINGS = Entries(FORMULA, "column")

_COPY = Fields(
    {
        "from": Field(NAME, "The table whose rows are copied.", True),
        "to": Field(NAME, "The table that gets the copies.", True),
        "about": Field(Text(), "What the copies are."),
        "where": Field(FORMULA, "The condition for a row to be copied, with thisRow for it; all rows if left out."),
        "set": Field(
            _SETTINGS,
            "By column of the copy, a formula with thisRow for the old row. The key of the copy must be among them.",
            True,
        ),
        "left": Field(Entries(Text(), "column"), "Columns whose values no copy gets, each with the reason."),
        "back": Field(
            _SETTINGS, "By column of the old table, a formula with thisRow for the copy, for rows that go back."
        ),
        "subset": Field(FORMULA, "The condition for a row to be copied in the first phase already, as a try."),
    },
    "copy",
)

_UPDATE = Fields(
    {
        "table": Field(NAME, "The table whose cells are set.", True),
        "about": Field(Text(), "Why."),
        "where": Field(FORMULA, "The condition for a row to be updated, with thisRow for it; all rows if left out."),
        "set": Field(_SETTINGS, "By column, the formula that gives the cell."),
        "rows": Field(
            Entries(ROW, "row"),
            "What a person decided, by the key or the display text of the row: its cells, which replace what `set` "
            "gives. An empty cell says that there is nothing to set.",
        ),
    },
    "update",
)

_MIGRATION_PHASE = Fields(
    {
        "phase": Field(NAME, "What the phase is called.", True),
        "about": Field(Text(), "What it does."),
        "create": Field(Each(PART), "The tables and columns that are new: deploy makes them."),
        "copy": Field(Each(_COPY), "Rows of old tables that become rows of new ones."),
        "update": Field(Each(_UPDATE), "Cells of rows that are there."),
        "deprecate": Field(Each(NAME), "Tables that are old from now on; their rows do not change."),
        "keep_days": Field(COUNT, "How many days after the deprecation old things stay before this phase may run."),
        "drop": Field(Each(PART), "The tables and columns that go. There is no way back."),
    },
    "phase",
)

_ROW_DECISION = Fields(
    {
        "to": Field(NAME, "The table that gets its copy; if left out, the one by whose rule it is copied."),
        "cells": Field(ROW, "Cells of the copy that replace what `set` gives."),
        "leave": Field(NAME, "Why it is not copied; with `to`, why values stay behind that have no place in the copy."),
    },
    "decision",
)

MIGRATION = Fields(
    {
        "migration": Field(NAME, "What the migration does, in a few words.", True),
        "about": Field(Text(), "Why it is made."),
        "phases": Field(Each(_MIGRATION_PHASE), "The phases, in order.", True),
        "decisions": Field(
            Entries(Entries(_ROW_DECISION, "row"), "table"),
            "What a person decided, by table and by the key or the display text of the row.",
        ),
    },
    "migration",
)

KINDS: dict[str, Shape] = {
    "doc": DOC,
    "table": TABLE,
    "cases": CASES,
    "scenario": SCENARIO,
    "migration": MIGRATION,
}
"""The YAML kinds of a project, by name."""
