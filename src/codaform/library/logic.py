"""Conditions and choices."""

from collections.abc import Callable, Iterator

from codaform.library.function import Context, NameValue, R, T, function
from codaform.model.comparison import equal
from codaform.model.conversion import to_boolean
from codaform.model.values import is_blank


@function("If", certainty="documented")
def if_(condition: bool, then: Callable[[], R], otherwise: Callable[[], R] | None = None) -> R | None:
    """One of two values, as a condition decides. Only the chosen one is computed.

    condition: What decides. Blank, 0, false and an empty list count as false; a row counts as true.
    then: The value if the condition is true.
    otherwise: The value if it is not; blank if left out.

    >>> If(2 > 1, "yes", "no")
    "yes"
    >>> If("", "yes", "no")
    "no"
    >>> If(2 < 1, "yes")
    blank
    >>> List(true, false).FormulaMap(If(CurrentValue, "yes", "no"))
    ["yes", "no"]
    """
    if condition:
        return then()
    return None if otherwise is None else otherwise()


@function("IfBlank")
def if_blank(value: T, fallback: Callable[[], T]) -> T:
    """The value, or another one where it is blank.

    value: The result, unless it is blank.
    fallback: The result instead; it is computed only then.

    >>> IfBlank("Coda", "nothing")
    "Coda"
    >>> IfBlank("", "nothing")
    "nothing"
    >>> Tasks.Hours.FormulaMap(CurrentValue.IfBlank(0))
    [3, 8, 0]
    """
    return fallback() if is_blank(value) else value


@function("Switch", compares=("value", "cases"))
def switch(
    context: Context,
    value: object,
    *cases: tuple[object, Callable[[], R]],
    default: Callable[[], R] | None = None,
) -> R | None:
    """The result after the first case equal to a value. Only that result is computed.

    value: The value to compare with the cases.
    cases: A case and its result, any number of times. A number equals its own text.
    default: The result if no case is equal; blank if left out.

    >>> Switch("b", "a", 1, "b", 2)
    2
    >>> Switch("x", "a", 1, 0)
    0
    >>> Switch("", "a", 1)
    blank
    >>> Switch("11", 11, "eleven")
    "eleven"
    >>> Tasks.FormulaMap(Status.Switch("Done", 1, "Open", 2))
    [1, 2, 2]
    """
    for case, result in cases:
        if equal(value, case, context):
            return result()
    return None if default is None else default()


@function("SwitchIf", certainty="documented")
def switch_if(*cases: tuple[Callable[[], bool], Callable[[], R]], default: Callable[[], R] | None = None) -> R | None:
    """The result after the first condition that is true. Nothing after it is computed.

    cases: A condition and its result, any number of times.
    default: The result if no condition is true; blank if left out.

    >>> SwitchIf(1 > 2, "a", 2 > 1, "b", "c")
    "b"
    >>> SwitchIf("", "a", "c")
    "c"
    >>> SwitchIf(false, "a")
    blank
    >>> List(3, 8).FormulaMap(SwitchIf(CurrentValue > 5, "long", "short"))
    ["short", "long"]
    """
    for condition, result in cases:
        if condition():
            return result()
    return None if default is None else default()


@function("And", certainty="documented", operator="AND")
def and_(*conditions: Callable[[], list[bool] | bool]) -> bool:
    """Whether all conditions are true. Nothing after the first false one is computed.

    conditions: The conditions, in order. A list needs items, all of which must be true (recalled).

    >>> And(true, 1 < 2)
    true
    >>> And(true, "")
    false
    >>> And(true, List(true, false))
    false
    >>> Tasks.FormulaMap(Hours > 2 AND Status = "Open")
    [false, true, false]
    """
    return all(holds(condition(), all) for condition in conditions)


def holds(condition: object, of_items: Callable[[Iterator[bool]], bool]) -> bool:
    """Whether a condition holds; `of_items` says when a list does that has items."""
    if not isinstance(condition, list):
        return condition if isinstance(condition, bool) else to_boolean(condition)
    return bool(condition) and of_items(holds(item, of_items) for item in condition)


@function("Or", certainty="documented", operator="OR")
def or_(*conditions: Callable[[], list[bool] | bool]) -> bool:
    """Whether at least one condition is true. Nothing after the first true one is computed.

    conditions: The conditions, in order. One item of a list must be true (recalled).

    >>> Or(false, 1 < 2)
    true
    >>> Or("", false)
    false
    >>> Or(false, List(false, false))
    false
    >>> Tasks.FormulaMap(Hours > 5 OR Status = "Done")
    [true, true, false]
    """
    return any(holds(condition(), any) for condition in conditions)


@function("Not", operator="NOT")
def not_(condition: bool) -> bool:
    """Whether a condition is not true.

    condition: The condition to negate; a list counts as true if it has items.

    >>> Not(1 > 2)
    true
    >>> Not("")
    true
    >>> Tasks.FormulaMap(Not(Status = "Done"))
    [false, true, true]
    """
    return not condition


@function("Xor", certainty="recalled-weak")
def xor(*conditions: bool) -> bool:
    """Whether an odd number of conditions is true.

    conditions: The conditions to count.

    Assumed: with more than two conditions the true ones are counted, as spreadsheets do.

    >>> Xor(true, false)
    true
    >>> Xor(true, "")
    true
    >>> Xor(true, true)
    false
    """
    return sum(1 for condition in conditions if condition) % 2 == 1


@function("True")
def true() -> bool:
    """The value true.

    >>> True()
    true
    >>> If("", 1, 2) = 2 AND True()
    true
    """
    return True


@function("False", certainty="documented")
def false() -> bool:
    """The value false.

    >>> False()
    false
    >>> If("", 1, 2) = 1 OR False()
    false
    """
    return False


@function("IsBlank")
def is_blank_(value: object) -> bool:
    """Whether there is no value: blank, the empty text, or a list without items.

    value: The value to test.

    >>> IsBlank("")
    true
    >>> IsBlank(0)
    false
    >>> Tasks.Filter(Hours > 100).IsBlank()
    true
    >>> Tasks.FormulaMap(Hours.IsBlank())
    [false, false, true]
    """
    return is_blank(value)


@function("IsNotBlank")
def is_not_blank(value: object) -> bool:
    """Whether there is a value.

    value: The value to test.

    >>> IsNotBlank("Coda")
    true
    >>> IsNotBlank("")
    false
    >>> Tasks.FormulaMap(Hours.IsNotBlank())
    [true, true, false]
    """
    return not is_blank(value)


@function("IsNumber", certainty="recalled")
def is_number(value: object) -> bool:
    """Whether a value is a number.

    value: The value to test.

    Assumed: a text of digits is a text.

    >>> IsNumber(3)
    true
    >>> IsNumber("")
    false
    >>> IsNumber("3")
    false
    """
    return isinstance(value, float)


@function("IsText", certainty="recalled")
def is_text(value: object) -> bool:
    """Whether a value is a text.

    value: The value to test.

    >>> IsText("Coda")
    true
    >>> IsText("")
    false
    >>> IsText(3)
    false
    """
    return isinstance(value, str) and value != ""


@function("IsLogical", certainty="recalled-weak")
def is_logical(value: object) -> bool:
    """Whether a value is true or false.

    value: The value to test.

    >>> IsLogical(1 < 2)
    true
    >>> IsLogical("")
    false
    >>> IsLogical(1)
    false
    """
    return isinstance(value, bool)


@function("IsDate", certainty="recalled-weak")
def is_date(value: object) -> bool:
    """Whether a value is a date, with or without a time.

    value: The value to test.

    >>> IsDate(Today())
    true
    >>> IsDate("")
    false
    >>> IsDate("2025-12-08")
    false
    """
    from datetime import date

    return isinstance(value, date)


@function("WithName")
def with_name(value: T, name: NameValue, formula: Callable[[T], R]) -> R:
    """The value of a formula in which another value has a name.

    value: The value to name.
    name: The name, without quotes.
    formula: The formula that may use the name.

    >>> WithName(3, x, x * x)
    9
    >>> WithName("", x, x.IsBlank())
    true
    >>> WithName(List(1, 2), x, x.Sum() + x.Count())
    5
    """
    return formula(value)
