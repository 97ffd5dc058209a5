"""Parts of dates and times: year, month, week, day, hour."""

from datetime import date, time

from codaform.library.dates import tells_time
from codaform.library.function import Context, function
from codaform.model.moment import moment_text


@function("Year", certainty="seen")
def year(date: date) -> float:
    """The year of a date.

    date: The date.

    >>> Year(Date(2025, 12, 8))
    2025
    >>> Year("")
    blank
    >>> Tasks.Due.Year()
    [2025, 2025, blank]
    """
    return float(date.year)


@function("Quarter", certainty="recalled")
def quarter(date: date) -> float:
    """The quarter of the calendar year, from 1 to 4.

    date: The date.

    >>> Quarter(Date(2025, 3, 31))
    1
    >>> Quarter("")
    blank
    >>> Tasks.Due.Quarter()
    [4, 4, blank]
    """
    return float((date.month + 2) // 3)


@function("Month", certainty="seen")
def month(date: date) -> float:
    """The month of a date, from 1 to 12.

    date: The date.

    >>> Month(Date(2025, 12, 8))
    12
    >>> Month("")
    blank
    >>> Today().Month().Contains(1, 4, 7, 10)
    false
    >>> Tasks.Due.Month()
    [12, 12, blank]
    """
    return float(date.month)


@function("MonthName", certainty="seen", literals={"format": tells_time})
def month_name(context: Context, date: date, format: str = "MMMM") -> str:
    """The English name of a date's month.

    date: The date.
    format: Moment tokens: "MMMM" for the whole name, which is taken if left out, "MMM" for three letters.

    >>> MonthName(Date(2025, 12, 8))
    "December"
    >>> MonthName(Date(2025, 12, 8), "MMM")
    "Dec"
    >>> MonthName("")
    blank
    >>> Tasks.Due.MonthName()
    ["December", "December", blank]
    """
    return moment_text(date, format, context.budget)


@function("Day", certainty="seen")
def day(date: date) -> float:
    """The day of the month, from 1 to 31.

    date: The date.

    >>> Day(Date(2025, 12, 8))
    8
    >>> Day("")
    blank
    >>> Tasks.Due.Day()
    [8, 15, blank]
    """
    return float(date.day)


@function("DayOfYear", certainty="recalled-weak")
def day_of_year(date: date) -> float:
    """The day of the year, from 1 to 366.

    date: The date.

    >>> DayOfYear(Date(2024, 12, 31))
    366
    >>> DayOfYear("")
    blank
    >>> Tasks.Due.DayOfYear()
    [342, 349, blank]
    """
    return float(date.timetuple().tm_yday)


@function("Weekday", certainty="seen")
def weekday(context: Context, date: date) -> float:
    """The day of the week as a number: the doc's first day of the week is 1, the last one 7.

    date: The date.

    Weeks begin on Sunday unless the doc says otherwise: Sunday is then 1, Saturday 7. IsoWeekday counts from Monday in
    every doc.

    >>> Weekday(Date(2022, 1, 1))
    7
    >>> Weekday(Date(2025, 12, 7))
    1
    >>> Weekday("")
    blank
    >>> Tasks.Due.Weekday()
    [2, 2, blank]
    """
    return float((date.isoweekday() - context.first_day_of_week) % 7 + 1)


@function("IsoWeekday", certainty="seen")
def iso_weekday(date: date) -> float:
    """The day of the week as a number: Monday is 1, Sunday 7.

    date: The date.

    >>> IsoWeekday(Date(2025, 12, 7))
    7
    >>> IsoWeekday("")
    blank
    >>> Tasks.Due.IsoWeekday()
    [1, 1, blank]
    >>> Today() - Days(Today().IsoWeekday() - 1)
    2025-12-08
    """
    return float(date.isoweekday())


@function("WeekdayName", certainty="seen", literals={"format": tells_time})
def weekday_name(context: Context, date: date, format: str = "dddd") -> str:
    """The English name of a date's day of the week.

    date: The date.
    format: Moment tokens: "dddd" for the whole name, which is taken if left out, "ddd" for three letters.

    >>> WeekdayName(Date(2025, 12, 10))
    "Wednesday"
    >>> WeekdayName(Date(2025, 12, 10), "ddd")
    "Wed"
    >>> WeekdayName("")
    blank
    >>> Tasks.Due.WeekdayName()
    ["Monday", "Monday", blank]
    """
    return moment_text(date, format, context.budget)


@function("WeekNumber", certainty="seen")
def week_number(context: Context, date: date) -> float:
    """The week of the year; the week of 1 January is week 1.

    date: The date.

    A week starts on the doc's first day of the week. Assumed: the last days of December count in their own year, also
    where 1 January follows in the same week. IsoWeekNumber counts by ISO 8601.

    >>> WeekNumber(Date(2025, 1, 4))
    1
    >>> WeekNumber(Date(2025, 1, 5))
    2
    >>> WeekNumber("")
    blank
    >>> Tasks.Due.WeekNumber()
    [50, 51, blank]
    """
    new_year = date.replace(month=1, day=1)
    before = (new_year.isoweekday() - context.first_day_of_week) % 7
    return float(((date - new_year).days + before) // 7 + 1)


@function("IsoWeekNumber", certainty="seen")
def iso_week_number(date: date) -> float:
    """The week of the year by ISO 8601: weeks start on Monday, and week 1 has the first Thursday.

    date: The date.

    >>> IsoWeekNumber(Date(2025, 12, 29))
    1
    >>> IsoWeekNumber(Date(2021, 1, 3))
    53
    >>> IsoWeekNumber("")
    blank
    >>> Tasks.Due.IsoWeekNumber()
    [50, 51, blank]
    """
    return float(date.isocalendar().week)


@function("Hour", certainty="recalled")
def hour(value: time) -> float:
    """The hour, from 0 to 23.

    value: The time, or the date and time.

    >>> Hour(Time(22, 30))
    22
    >>> Hour(Now())
    9
    >>> Hour("")
    blank
    >>> List(Time(9, 0), Time(17, 30)).Hour()
    [9, 17]
    """
    return float(value.hour)


@function("Minute", certainty="recalled")
def minute(value: time) -> float:
    """The minute of the hour, from 0 to 59.

    value: The time, or the date and time.

    >>> Minute(Time(22, 30))
    30
    >>> Minute(DateTime(2025, 12, 8, 9, 15))
    15
    >>> Minute("")
    blank
    >>> List(Time(9, 0), Time(17, 30)).Minute()
    [0, 30]
    """
    return float(value.minute)


@function("Second", certainty="recalled")
def second(value: time) -> float:
    """The second of the minute, from 0 to 59.

    value: The time, or the date and time.

    >>> Second(Time(22, 30, 5))
    5
    >>> Second(DateTime(2025, 12, 8, 9, 15, 59))
    59
    >>> Second("")
    blank
    >>> List(Time(9, 0), Time(9, 0, 1)).Second()
    [0, 1]
    """
    return float(value.second)
