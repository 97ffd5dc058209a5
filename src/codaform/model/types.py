"""The types that a formula's parts can have."""

from __future__ import annotations

from dataclasses import dataclass

from codaform.source import frozen


@dataclass(slots=True, eq=False)
class Scalar:
    """A single value of a named kind. Percent, currency and slider are formats of Number, not types.

    Each kind is one object, equal to itself alone: formulas are understood by comparing types again and again.
    """

    name: str


@frozen
class ListOf:
    """Several values, in order."""

    item: Type


@frozen
class RowOf:
    """A reference to a row of a table; with an empty name, of any table."""

    table: str


@frozen
class OneOf:
    """A value of one of several types, as `If` gives when its branches differ."""

    options: tuple[Type, ...]


@frozen
class Variable:
    """A type that a call decides, as in `First(list of T) -> T`; `innermost`: of lists, what lies in them at last."""

    name: str
    innermost: bool = False


@frozen
class Deferred:
    """An argument that is asked, not read: once, or per item with the items' types in `each`."""

    result: Type
    each: tuple[Type, ...] = ()


Type = Scalar | ListOf | RowOf | OneOf | Variable | Deferred

TEXT = Scalar("text")
NUMBER = Scalar("number")
BOOLEAN = Scalar("boolean")
DATE = Scalar("date")
DATETIME = Scalar("date and time")
TIME = Scalar("time")
DURATION = Scalar("duration")
PERSON = Scalar("person")
OBJECT = Scalar("object")
ACTION = Scalar("action")
BLANK = Scalar("blank")
"""The type of `""` and of a missing value: it fits every other type."""
COLUMN = Scalar("column")
"""A column that is named, not read (`Lookup(Tasks, Status, "Done")`)."""
CONTROL = Scalar("control")
"""A control that is named, not read (`SetControlValue(Budget, 3)`)."""
NAME = Scalar("name")
"""A new name that a function binds (`WithName`)."""
UNREAD = frozenset({COLUMN, CONTROL, NAME})
"""The types of things that a formula names without reading them."""
ANY = Scalar("anything")
FAULTY = Scalar("faulty")
"""The type of an expression with a finding: it fits everything silently, so one fault does not cause ten."""

ANY_ROW = RowOf("")


def describe(kind: Type) -> str:
    """The type in words, as diagnostics and pages print it."""
    match kind:
        case Scalar(name) | Variable(name):
            return name
        case ListOf(item):
            return f"list of {describe(item)}"
        case RowOf(table):
            return f"row of {table}" if table else "row"
        case OneOf(options):
            return " or ".join(describe(option) for option in options)
        case Deferred(result, _):
            return f"formula giving {describe(result)}"


def given_row(kind: Type) -> Type:
    """The type of the row that an action such as AddRow gives; any other type unchanged."""
    if isinstance(kind, OneOf) and ACTION in kind.options:
        rest = tuple(option for option in kind.options if option != ACTION)
        if len(rest) == 1 and isinstance(rest[0], RowOf):
            return rest[0]
    return kind


def join(first: Type, second: Type) -> Type:
    """The type of a value that is one or the other."""
    if first in (second, FAULTY) or second == BLANK:
        return first
    if first == BLANK or second == FAULTY:
        return second
    if ANY in (first, second):
        return ANY
    if isinstance(first, ListOf) and isinstance(second, ListOf):
        return ListOf(join(first.item, second.item))
    options: list[Type] = []
    for kind in (first, second):
        options.extend(option for option in (kind.options if isinstance(kind, OneOf) else (kind,)))
    distinct = tuple(dict.fromkeys(options))
    return distinct[0] if len(distinct) == 1 else OneOf(distinct)


def innermost(kind: Type) -> Type:
    """What lies in lists of lists at last; for what is no list, the type itself."""
    match kind:
        case ListOf(item):
            return innermost(item)
        case OneOf((first, *others)):
            found = innermost(first)
            for option in others:
                found = join(found, innermost(option))
            return found
    return kind


def listed(kind: Type) -> Type | None:
    """The type of a list's items, or None for what is no list."""
    return kind.item if isinstance(kind, ListOf) else None


def item_of(kind: Type) -> Type:
    """The type of a list's items; of what is no list, the type itself."""
    return kind.item if isinstance(kind, ListOf) else kind
