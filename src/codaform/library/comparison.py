"""Joining and comparing: the signs & = != < <= > >=."""

from codaform.library.function import Context, function
from codaform.model import comparison


@function("", operator="&")
def join_texts(left: str | None, right: str | None) -> str | None:
    """Two values joined as texts.

    left: The first value.
    right: The value behind it.

    >>> 1 & "a"
    "1a"
    >>> "" & "a"
    "a"
    """
    return (left or "") + (right or "") or None


@function("", operator="=", compares=("left", "right"))
def equals(context: Context, left: object, right: object) -> bool:
    """Whether two values are equal. Texts are equal letter by letter, a blank equals only a blank.

    left: The first value.
    right: The second value.

    >>> "a" = "A"
    false
    >>> "" = 0
    false
    >>> Tasks.Last().Hours = ""
    true
    """
    return comparison.equal(left, right, context)


@function("", operator="!=", compares=("left", "right"))
def differs(context: Context, left: object, right: object) -> bool:
    """Whether two values are not equal.

    left: The first value.
    right: The second value.

    >>> 1 != 2
    true
    >>> "" != 0
    true
    """
    return not comparison.equal(left, right, context)


@function("", operator="<", compares=("left", "right"))
def less(context: Context, left: object, right: object) -> bool:
    """Whether the first value is smaller. A blank is smaller than everything.

    left: The first value.
    right: The second value.

    >>> 1 < 2
    true
    >>> "" < 0
    true
    """
    return comparison.order(left, right, context) < 0


@function("", operator="<=", compares=("left", "right"))
def at_most(context: Context, left: object, right: object) -> bool:
    """Whether the first value is not greater.

    left: The first value.
    right: The second value.

    >>> 2 <= 2
    true
    >>> 0 <= ""
    false
    """
    return comparison.order(left, right, context) <= 0


@function("", operator=">", compares=("left", "right"))
def greater(context: Context, left: object, right: object) -> bool:
    """Whether the first value is greater.

    left: The first value.
    right: The second value.

    >>> 2 > 1
    true
    >>> "" > 0
    false
    """
    return comparison.order(left, right, context) > 0


@function("", operator=">=", compares=("left", "right"))
def at_least(context: Context, left: object, right: object) -> bool:
    """Whether the first value is not smaller.

    left: The first value.
    right: The second value.

    >>> 2 >= 2
    true
    >>> "" >= ""
    true
    """
    return comparison.order(left, right, context) >= 0
