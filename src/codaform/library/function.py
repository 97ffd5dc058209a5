"""How a function of Coda's library is declared: one Python function is signature, page, examples and meaning."""

from __future__ import annotations

import re
import types as python_types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from codaform.model import types
from codaform.model.context import Context
from codaform.model.types import Type
from codaform.model.values import Action, Person, Row
from codaform.source import frozen

Certainty = Literal["documented", "seen", "recalled", "recalled-weak", "community-hidden"]
"""How sure the declaration is: stated by Coda, seen in formulas that run, or remembered (language.md)."""

T = TypeVar("T")
R = TypeVar("R")
Inner = TypeVar("Inner")
"""What lies innermost where T may be a list of lists: `ListCombine(list of T) -> list of Inner`."""


Check = Callable[[Any, Mapping[str, Any]], object]
"""A check of a literal argument before anything runs; it raises EvaluationError as the running function would.

It is given the literal, and all arguments by name: a literal as its value, another as its type, one that is left out
as its default, repeated ones as a tuple."""


@frozen
class ColumnValue:
    """The value of a column argument: the column itself, not a cell."""

    table: str
    name: str


@frozen
class ControlValue:
    """The value of a control argument: the control itself, not what it is set to."""

    name: str


class NameValue(str):
    """The value of a name argument: the new name as written."""

    __slots__ = ()


@dataclass(slots=True, eq=False, repr=False)
class Parameter:
    """One parameter as Coda's formula editor would show it.

    types: One type; for a repeating group, the types of the group in order.
    sees_blank: Whether the function is called with a blank; otherwise conversion.py decides.
    default: The value of an argument that is left out.
    keyword: Its name in Python, by which a `last` parameter is given.
    """

    name: str
    types: tuple[Type, ...]
    optional: bool = False
    repeats: bool = False
    last: bool = False
    sees_blank: tuple[bool, ...] = (False,)
    default: object = None
    about: str = ""
    keyword: str = ""

    @property
    def type(self) -> Type:
        """The type of a parameter that is no group."""
        return self.types[0]


@dataclass(slots=True, eq=False, repr=False)
class Example:
    """A formula and the text of its result, as a function's page shows them."""

    formula: str
    result: str


@dataclass(eq=False, repr=False)
class Function:
    """A function or an operator of the formula language. Made by `@function` only.

    rowwise: The meaning: takes Python values, gives one; raises EvaluationError for an error value.
    also: Other names of the same function. operator: the sign, for an operator.
    literals: By parameter, what is asked of an argument that is a literal when the formula is checked.
    each: Parameters that take anything, and of a list its items one by one, as parameters of one type do.
    compares: Parameters whose values are compared, the first with all others: a literal that the first can never equal
        is useless in the others.
    """

    name: str
    rowwise: Callable[..., Any]
    also: tuple[str, ...] = ()
    operator: str = ""
    volatile: bool = False
    action: bool = False
    certainty: Certainty = "seen"
    literals: Mapping[str, Check] | None = field(default=None, compare=False)
    compares: tuple[str, ...] = ()
    each: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Function({self.operator or self.name}, {self.rowwise.__name__})"

    @property
    def _declared(self) -> Callable[..., Any]:
        """The Python function that has the signature: what `functools.wraps` has wrapped, where the meaning is such."""
        return getattr(self.rowwise, "__wrapped__", self.rowwise)

    @property
    def wants_context(self) -> bool:
        """Whether the meaning takes the Context before its arguments."""
        code = self._declared.__code__
        return code.co_argcount > 0 and code.co_varnames[0] == "context"

    @cached_property
    def params(self) -> tuple[Parameter, ...]:
        """The parameters, read from the Python signature."""
        declared = self._declared
        code = declared.__code__
        hints, about = declared.__annotations__, self._page[1]
        defaults = declared.__defaults__ or ()
        named = code.co_varnames[: code.co_argcount]
        first_optional = len(named) - len(defaults)
        found = [
            _parameter(name, hints[name], about, optional=True, default=defaults[index - first_optional])
            if index >= first_optional
            else _parameter(name, hints[name], about)
            for index, name in enumerate(named)
            if name != "context"
        ]
        at = code.co_argcount
        tail = code.co_varnames[at : at + code.co_kwonlyargcount]
        if code.co_flags & 0x04:
            name = code.co_varnames[at + code.co_kwonlyargcount]
            found.append(_parameter(name, hints[name], about, repeats=True))
        given = declared.__kwdefaults__ or {}
        found.extend(
            _parameter(name, hints[name], about, optional=True, last=True, default=given[name]) for name in tail
        )
        return tuple(found)

    @cached_property
    def returns(self) -> Type:
        """The type of the result."""
        return _read_type(self.rowwise.__annotations__["return"])[0]

    @property
    def summary(self) -> str:
        """What the function gives, in a sentence or two."""
        return self._page[0]

    @property
    def examples(self) -> tuple[Example, ...]:
        """The examples of the page; each is a test."""
        return self._page[2]

    @property
    def notes(self) -> str:
        """What the page says below the parameters."""
        return self._page[3]

    @cached_property
    def _page(self) -> tuple[str, dict[str, str], tuple[Example, ...], str]:
        return _read_page(self.rowwise.__doc__ or "")


def function(  # noqa: PLR0913 - the options of the decorator
    name: str,
    *,
    also: tuple[str, ...] = (),
    operator: str = "",
    volatile: bool = False,
    action: bool = False,
    certainty: Certainty = "seen",
    literals: Mapping[str, Check] | None = None,
    compares: tuple[str, ...] = (),
    each: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Function]:
    """Declare the Python function below as the function of this name."""

    def declare(rowwise: Callable[..., Any]) -> Function:
        return Function(name, rowwise, also, operator, volatile, action, certainty, literals, compares, each)

    return declare


_SCALARS: dict[object, Type] = {
    str: types.TEXT,
    float: types.NUMBER,
    bool: types.BOOLEAN,
    date: types.DATE,
    datetime: types.DATETIME,
    time: types.TIME,
    timedelta: types.DURATION,
    Person: types.PERSON,
    Row: types.ANY_ROW,
    ColumnValue: types.COLUMN,
    ControlValue: types.CONTROL,
    NameValue: types.NAME,
    Action: types.ACTION,
    dict: types.OBJECT,
    object: types.ANY,
    None: types.BLANK,
    type(None): types.BLANK,
}


def _parameter(
    name: str,
    hint: object,
    about: dict[str, str],
    optional: bool = False,
    repeats: bool = False,
    last: bool = False,
    default: object = None,
) -> Parameter:
    parts = get_args(hint) if get_origin(hint) is tuple else (hint,)
    read = [_read_type(part) for part in parts]
    return Parameter(
        coda_name(name),
        tuple(kind for kind, _ in read),
        optional,
        repeats,
        last,
        tuple(blank for _, blank in read),
        default,
        about.get(name, ""),
        name,
    )


def coda_name(name: str) -> str:
    """`ignore_case` as Coda spells a parameter: `ignoreCase`."""
    head, *rest = name.strip("_").split("_")
    return head + "".join(word.capitalize() for word in rest)


def _read_type(hint: Any) -> tuple[Type, bool]:
    """The type of an annotation, and whether it admits a blank."""
    if hint is Inner:
        return types.Variable("T", innermost=True), False
    if isinstance(hint, TypeVar):
        return types.Variable(hint.__name__), False
    try:
        if hint in _SCALARS:
            return _SCALARS[hint], hint is object
    except TypeError:
        pass
    origin, parts = get_origin(hint), get_args(hint)
    if origin is list:
        return types.ListOf(_read_type(parts[0])[0]), False
    if origin is dict:
        return types.OBJECT, False
    if origin in (Union, python_types.UnionType):
        options = [_read_type(part)[0] for part in parts if part is not type(None)]
        kind = options[0] if len(options) == 1 else types.OneOf(tuple(options))
        return kind, type(None) in parts or object in parts
    asked, result = parts  # Callable[[...], result]
    return types.Deferred(_read_type(result)[0], tuple(_read_type(part)[0] for part in asked)), True


def _read_page(docstring: str) -> tuple[str, dict[str, str], tuple[Example, ...], str]:
    """The summary, the description of each parameter, examples, notes."""
    about: dict[str, str] = {}
    examples: list[Example] = []
    prose: list[str] = []
    lines = [line.strip() for line in docstring.strip().splitlines()]
    current = ""
    for index, line in enumerate(lines):
        if line.startswith(">>> "):
            formula, at = line[4:], index + 1
            while at < len(lines) and lines[at].startswith("... "):
                formula += "\n" + lines[at][4:]
                at += 1
            result = lines[at] if at < len(lines) else ""
            examples.append(Example(formula, "" if result.startswith(">>>") else result))
            current = "example"
        elif not line:
            current = ""
            prose.append("")
        elif found := re.match(r"([a-z_]\w*): (.+)", line):
            current = found[1]
            about[current] = found[2]
        elif current in about:
            about[current] += " " + line
        elif current != "example":
            prose.append(line)
    paragraphs = [" ".join(part.split()) for part in "\n".join(prose).split("\n\n") if part.strip()]
    return (paragraphs[0] if paragraphs else ""), about, tuple(examples), "\n\n".join(paragraphs[1:])


__all__ = [
    "Action",
    "ColumnValue",
    "Context",
    "ControlValue",
    "Example",
    "Function",
    "Inner",
    "NameValue",
    "Parameter",
    "Person",
    "R",
    "Row",
    "T",
    "function",
]
