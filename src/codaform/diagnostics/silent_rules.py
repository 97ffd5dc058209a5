"""The rules of what gives a wrong value without an error, in formulas and in lists of options."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule

UNUSED_VALUE = Rule(
    "CF320",
    "unused-value",
    why="Format puts its values in at numbered places: `{1}` stands for the first. A value without a place is not "
    "shown, and a template without places is only its text.",
    bad='Format("T-000", thisRow.Hours)',
    good='Format("T-{1:000}", thisRow.Hours)',
    severity="warning",
)
TEXT_AS_NUMBER = Rule(
    "CF321",
    "text-as-number",
    why="A text that is compared with a number or a date has to be read as one: it is an error, or never equal, for "
    "every text that is none.",
    bad="thisRow.Name > 5",
    good="thisRow.Hours > 5",
    severity="warning",
)
OTHER_SCALE = Rule(
    "CF322",
    "other-scale",
    why="What a formula gives lies on another scale than its column shows: a percent column shows 0.15 as 15%, and the "
    "bar of a progress column goes up to 100 where no maximum is set.",
    bad="thisRow.Hours / Tasks.Hours.Sum() * 100",
    good="thisRow.Hours / Tasks.Hours.Sum()",
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
