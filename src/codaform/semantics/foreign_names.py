"""Functions and words of other products that people try, and what a Coda maker writes instead."""

from __future__ import annotations

LOOK_ALIKES = {
    "len": "Length",
    "adddays": "",
    "dateadd": "",
    "addmonths": "RelativeDate",
    "datedif": "",
    "datediff": "",
    "map": "FormulaMap",
    "flatten": "ListCombine",
    "sortby": "Sort",
    "coalesce": "IfBlank",
    "weeknum": "WeekNumber",
    "workingdays": "NetWorkingDays",
    "distinct": "Unique",
    "iferror": "",
    "isempty": "IsBlank",
    "concat": "Concatenate",
    "mid": "Middle",
    "avg": "Average",
    "ifs": "SwitchIf",
    "vlookup": "Lookup",
    "networkdays": "NetWorkingDays",
    "intersect": "",
    "difference": "",
    "toweek": "WeekNumber",
}
"""Functions of other products, with the one that a Coda maker means; empty where none does the same."""

HINTS = {
    "adddays": "a date takes days by +: thisRow.Date + Days(3)",
    "dateadd": "a date takes durations by +: thisRow.Date + Days(3)",
    "datedif": "dates subtract: (thisRow.End - thisRow.Start).ToDays()",
    "datediff": "dates subtract: (thisRow.End - thisRow.Start).ToDays()",
    "iferror": "Coda has none; guard the case that fails with If",
    "intersect": "filter one list by the other: A.Filter(B.Contains(CurrentValue))",
    "difference": "filter one list by the other: A.Filter(Not(B.Contains(CurrentValue)))",
}
"""What to write where no single function does the same."""

_BLANK, _THIS, _MEMBER = (
    'blank is written ""',
    "this row is thisRow",
    "what a list holds is asked by list.Contains(value)",
)

WORDS = {
    "null": _BLANK,
    "nil": _BLANK,
    "none": _BLANK,
    "undefined": _BLANK,
    "blank": _BLANK,
    "empty": _BLANK,
    "this": _THIS,
    "self": _THIS,
    "row": _THIS,
    "currentrow": _THIS,
    "item": "the item of a loop is CurrentValue",
    "it": "the item of a loop is CurrentValue",
}
"""Words for a value in other languages, with Coda's word; a name in scope comes first."""

INNER_WORDS = {"in": _MEMBER, "is": "values are compared with =", "mod": "the remainder is computed by Modulo(5, 2)"}
"""Words between two values that are operators elsewhere. Where they are read as a name, they stand inside of it."""

READ_BY = {
    "Date": "a text is read as a date by ToDate",
    "DateTime": "a text is read as a date and time by ToDateTime",
    "Time": "a text is read as a time by ToTime",
}
"""The likely correction of a call with one argument of a function of several numbers."""

COUNTS = {
    "If": "several conditions are for SwitchIf",
    "AddRow": "each column is followed by its value",
    "ModifyRows": "each column is followed by its value",
    "AddOrModifyRows": "each column is followed by its value",
}
"""The likely correction of a call with a wrong number of arguments."""
