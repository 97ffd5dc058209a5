"""Functions of other products that people try, and what a Coda maker writes instead."""

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
