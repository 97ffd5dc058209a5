"""JSONPath: the parts of a JSON value that a path leads to, with filters, slices, unions and computed positions.

The paths are those of the first JSONPath, where filters and positions are JavaScript, and of RFC 9535. An expression
compares, counts and reads paths, and can do nothing else. Every place that is visited is charged, so no path hangs.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from codaform.model.budget import Budget
from codaform.model.number_text import number_text
from codaform.model.values import EvaluationError
from codaform.text import shorten

_LONGEST = 1_000_000
"""Places that a path may lead to."""

_LONGEST_PATH = 10_000
_DEEPEST = 30
"""Parentheses and filters in each other: the reader calls itself for each."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an expression sees: the item that is asked (`@`), the whole value (`$`), and who pays."""

    current: object
    root: object
    budget: Budget


_Expression = Callable[[_Scope], object]
_Selector = Callable[[object, _Scope], Iterator[object]]


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a path. deep: Whether at any depth. one: Whether it leads to one place at most."""

    deep: bool
    one: bool
    selectors: tuple[_Selector, ...]


def find(value: object, path: str, budget: Budget) -> object:
    """The part of a value that a path leads to, or the list of the parts where the path can lead to several.

    value: Of JSON: None, bool, float, str, list, dict. A part that is not there is None. Raises EvaluationError for a
    text that is no path.
    """
    budget.charge_converted(path)
    steps = _read(path)
    return _reached(value, steps, _Scope(value, value, budget))


def _reached(value: object, steps: tuple[_Step, ...], scope: _Scope) -> object:
    parts = [value]
    for step in steps:
        budget, found = scope.budget, []
        for place in (inner for part in parts for inner in (_inside(part) if step.deep else (part,))):
            budget.charge(1)
            for selector in step.selectors:
                for held in selector(place, scope):
                    budget.charge(1)
                    found.append(held)
                    if len(found) > _LONGEST:
                        raise EvaluationError("out-of-range", f"the path leads to more than {_LONGEST} places")
        parts = found
    if all(step.one for step in steps):
        return parts[0] if parts else None
    return parts


def _inside(value: object) -> Iterator[object]:
    """A value and everything in it at any depth, each before what it holds."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(_children(one)))


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


# ------------------------------------------------------------ selectors


def _every(value: object, _: _Scope) -> Iterator[object]:
    yield from _children(value)


def _under(key: int | str) -> _Selector:
    """The value under a name, or at a position, which counts from 0; `a.0` is a usual way to write `a[0]`."""
    digits = isinstance(key, str) and re.fullmatch("[0-9]{1,15}", key)
    position = int(key) if digits or isinstance(key, int) else None

    def held(value: object, _: _Scope) -> Iterator[object]:
        if isinstance(value, dict):
            if key in value:
                yield value[key]
        elif isinstance(value, list) and position is not None and -len(value) <= position < len(value):
            yield value[position]

    return held


def _counted(value: object, scope: _Scope) -> Iterator[object]:
    """What is named `length`: of a list or a text, how many items it has."""
    if isinstance(value, list | str):
        yield float(len(value))
    else:
        yield from _under("length")(value, scope)


def _sliced(start: int | None, end: int | None, step: int | None) -> _Selector:
    def held(value: object, _: _Scope) -> Iterator[object]:
        if isinstance(value, list) and step != 0:
            yield from value[start:end:step]

    return held


def _computed(expression: _Expression) -> _Selector:
    """The value under a computed position or name, of which `@` is the list or object itself."""

    def held(value: object, scope: _Scope) -> Iterator[object]:
        key = expression(_Scope(value, scope.root, scope.budget))
        if isinstance(key, str):
            yield from _under(key)(value, scope)
        elif isinstance(key, float) and key == math.floor(key):
            yield from _under(int(key))(value, scope)

    return held


def _where(condition: _Expression) -> _Selector:
    def held(value: object, scope: _Scope) -> Iterator[object]:
        for item in _children(value):
            scope.budget.charge(1)
            if _holds(condition(_Scope(item, scope.root, scope.budget))):
                yield item

    return held


# ------------------------------------------------------------ expressions, with JavaScript's meaning


def _holds(value: object) -> bool:
    """Whether a value is true: a blank, false, 0 and the empty text are not, nor is a list of no places."""
    return value not in (None, False, 0.0, "", [])


def _as_number(value: object) -> float:
    """A value in arithmetic: NaN where it is no number."""
    if isinstance(value, bool | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) and len(value) < 400 else math.nan
    except ValueError:
        return math.nan


def _equal(left: object, right: object) -> bool:
    if type(left) is type(right) or left is None or right is None:
        return left == right
    return _as_number(left) == _as_number(right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
    def held(left: object, right: object) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        return compare(_as_number(left), _as_number(right))

    return held


def _plus(left: object, right: object) -> object:
    texts = [number_text(one) if isinstance(one, float) else one for one in (left, right)]
    if isinstance(left, str) or isinstance(right, str):
        return "".join(text for text in texts if isinstance(text, str))[:_LONGEST]
    return _as_number(left) + _as_number(right)


def _over(left: object, right: object) -> float:
    divisor = _as_number(right)
    return _as_number(left) / divisor if divisor else math.nan


def _remainder(left: object, right: object) -> float:
    dividend, divisor = _as_number(left), _as_number(right)
    return math.fmod(dividend, divisor) if divisor and math.isfinite(dividend) else math.nan


_OPERATORS: tuple[dict[str, Callable[[object, object], object]], ...] = (
    {
        "===": lambda left, right: type(left) is type(right) and left == right,
        "!==": lambda left, right: type(left) is not type(right) or left != right,
        "==": _equal,
        "!=": lambda left, right: not _equal(left, right),
        "<=": _ordered(operator.le),
        ">=": _ordered(operator.ge),
        "<": _ordered(operator.lt),
        ">": _ordered(operator.gt),
    },
    {"+": _plus, "-": lambda left, right: _as_number(left) - _as_number(right)},
    {"*": lambda left, right: _as_number(left) * _as_number(right), "/": _over, "%": _remainder},
)
"""The signs of two values, the loosest first."""

_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None}


def _length(value: object) -> float | None:
    return float(len(value)) if isinstance(value, str | list | dict) else None


def _fits(text: object, pattern: object, flags: str, whole: bool, budget: Budget) -> bool:
    """Whether a regular expression finds something in a text; it is RE2's, so its time grows with the text alone."""
    from codaform.library import regular_expressions

    if not isinstance(text, str) or not isinstance(pattern, str):
        return False
    read = regular_expressions.read(f"^(?:{pattern})$" if whole else pattern, flags, budget)
    return next(regular_expressions.found(read, text, budget), None) is not None


# ------------------------------------------------------------ reading


@lru_cache(maxsize=256)
def _read(path: str) -> tuple[_Step, ...]:
    if len(path) > _LONGEST_PATH:
        raise EvaluationError("wrong-value", f"a path has {_LONGEST_PATH:,} characters at most")
    reader = _Reader(path, 1 if re.match(r"\$(?=[.\[]|$)", path) else 0)
    steps = []
    while reader.at < len(path):
        step = reader.step(_NAME)
        if step is None:
            raise reader.refusal()
        steps.append(step)
    return tuple(steps)


_NAME = re.compile(r"[^.*?@()\[\]]+")
_WORD = re.compile(r"[\w$]+")
_SPACE = re.compile(r"\s*")
_TEXT = re.compile(r"""(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)')""", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][-+]?[0-9]{1,3})?")
_INDEX = re.compile(r"-?[0-9]{1,15}")
_SLICE = re.compile(r"(-?[0-9]{1,15})?\s*:\s*(-?[0-9]{1,15})?(?:\s*:\s*(-?[0-9]{1,15})?)?")
_PATTERN = re.compile(r"/((?:\\.|[^/\\])+)/([a-z]{0,5})")
_FUNCTION = re.compile(r"(length|count|match|search)\s*\(")


@dataclass
class _Reader:
    """A path being read, from left to right. at: The next character."""

    path: str
    at: int = 0
    depth: int = 0

    def refusal(self) -> EvaluationError:
        """The error of a text that is no path from here on."""
        rest = shorten(self.path[self.at :].lstrip()) or "its end"
        return EvaluationError("wrong-value", f"{shorten(self.path)} is no path: {rest} is not understood")

    def take(self, sign: str | re.Pattern[str]) -> re.Match[str] | None:
        """What comes next, if it is this sign, after spaces. Nothing is read where it is not."""
        start = _SPACE.match(self.path, self.at)
        assert start is not None
        pattern = re.compile(re.escape(sign)) if isinstance(sign, str) else sign
        found = pattern.match(self.path, start.end())
        if found is not None:
            self.at = found.end()
        return found

    def need(self, sign: str) -> None:
        """The sign that must come next."""
        if self.take(sign) is None:
            raise self.refusal()

    def inner(self, read: Callable[[], _Expression]) -> _Expression:
        """An expression in another one."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise EvaluationError("wrong-value", f"{shorten(self.path)} is no path: it is nested too deep")
        found = read()
        self.depth -= 1
        return found

    # -------------------------------------------------------- steps

    def step(self, name: re.Pattern[str]) -> _Step | None:
        """A step of a path, or None where none begins. name: What a name behind a point is made of."""
        start, path = self.at, self.path
        deep = path.startswith("..", self.at)
        self.at += 2 if deep else path.startswith(".", self.at)
        if path.startswith("[", self.at):
            self.at += 1
            selectors = [self.selector()]
            while self.take(","):
                selectors.append(self.selector())
            self.need("]")
            one = not deep and len(selectors) == 1 and selectors[0][1]
            return _Step(deep, one, tuple(selector for selector, _ in selectors))
        # In an expression a star may multiply what a path leads to.
        dotted = self.at > start
        if path.startswith("*", self.at) and (dotted or name is _NAME):
            self.at += 1
            return _Step(deep, False, (_every,))
        word = name.match(path, self.at) if dotted or name is _NAME else None
        if word is None:
            self.at = start
            return None
        self.at = word.end()
        return _Step(deep, not deep, (_counted if word[0] == "length" and not deep else _under(word[0]),))

    def selector(self) -> tuple[_Selector, bool]:
        """What stands between brackets and commas, and whether it leads to one place at most."""
        if self.take("*"):
            return _every, False
        if self.take("?"):
            return _where(self.inner(self.either)), False
        if self.take("("):
            position = self.inner(self.either)
            self.need(")")
            return _computed(position), True
        if (text := self.take(_TEXT)) is not None:
            return _under(_spelled(text)), True
        if (found := self.take(_SLICE)) is not None:
            return _sliced(*(int(one) if one else None for one in found.groups())), False
        if (index := self.take(_INDEX)) is not None:
            return _under(int(index[0])), True
        raise self.refusal()

    # -------------------------------------------------------- expressions

    def either(self) -> _Expression:
        """Conditions with `||` between them."""
        return self.chain("||", lambda: self.chain("&&", self.compared, all), any)

    def chain(self, sign: str, read: Callable[[], _Expression], fold: Callable[[Iterator[bool]], bool]) -> _Expression:
        """Conditions with one sign between them."""
        parts = [read()]
        while self.take(sign):
            parts.append(read())
        if len(parts) == 1:
            return parts[0]
        return lambda scope: fold(_holds(part(scope)) for part in parts)

    def compared(self) -> _Expression:
        """A comparison, or a value alone."""
        left = self.infix(1)
        if self.take("=~"):
            pattern = self.take(_PATTERN)
            if pattern is None:
                raise self.refusal()
            regex, flags = pattern[1], pattern[2]
            return lambda scope: _fits(left(scope), regex, flags, False, scope.budget)
        return self.rest(left, 0, lambda: self.infix(1))

    def infix(self, level: int) -> _Expression:
        """Sums at level 1, products at level 2."""
        below: Callable[[], _Expression] = self.signed if level == 2 else lambda: self.infix(2)
        return self.rest(below(), level, below)

    def rest(self, left: _Expression, level: int, below: Callable[[], _Expression]) -> _Expression:
        """The signs of a level and what follows them."""
        parts: list[tuple[Callable[[object, object], object], _Expression]] = []
        while (sign := next((sign for sign in _OPERATORS[level] if self.take(sign)), None)) is not None:
            parts.append((_OPERATORS[level][sign], below()))
        if not parts:
            return left

        def compute(scope: _Scope) -> object:
            value = left(scope)
            for operation, right in parts:
                scope.budget.charge(1)
                value = operation(value, right(scope))
            return value

        return compute

    def signed(self) -> _Expression:
        """A value, perhaps with `!` or a minus before it."""
        if self.take(re.compile("!(?!=)")):
            negated = self.inner(self.signed)
            return lambda scope: not _holds(negated(scope))
        if self.take("-"):
            number = self.inner(self.signed)
            return lambda scope: -_as_number(number(scope))
        return self.value()

    def value(self) -> _Expression:
        """A literal, a path, a function, or an expression in parentheses."""
        if self.take("("):
            inner = self.inner(self.either)
            self.need(")")
            return inner
        if (text := self.take(_TEXT)) is not None:
            spelled = _spelled(text)
            return lambda _: spelled
        if (found := self.take(_NUMBER)) is not None:
            number = float(found[0])
            return lambda _: number
        if self.take("@"):
            return self.path_from(lambda scope: scope.current)
        if self.take("$"):
            return self.path_from(lambda scope: scope.root)
        if (function := self.take(_FUNCTION)) is not None:
            return self.function(function[1])
        word = self.take(_WORD)
        if word is None or word[0] not in _CONSTANTS:
            self.at = self.at if word is None else word.start()
            raise self.refusal()
        constant = _CONSTANTS[word[0]]
        return lambda _: constant

    def path_from(self, start: _Expression) -> _Expression:
        """A path in an expression."""
        steps: list[_Step] = []
        while (step := self.step(_WORD)) is not None:
            steps.append(step)
        path = tuple(steps)
        return lambda scope: _reached(start(scope), path, scope)

    def function(self, name: str) -> _Expression:
        """A function of RFC 9535."""
        given = [self.inner(self.either)]
        while self.take(","):
            given.append(self.inner(self.either))
        self.need(")")
        if len(given) != (1 if name in ("length", "count") else 2):
            raise self.refusal()
        if name in ("length", "count"):
            return lambda scope: _length(given[0](scope))
        return lambda scope: _fits(given[0](scope), given[1](scope), "", name == "match", scope.budget)


def _spelled(text: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", text[1] if text[1] is not None else text[2], flags=re.DOTALL)
