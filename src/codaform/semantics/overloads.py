"""Which argument is for which parameter, and which of several functions of one name is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from codaform.library.function import Function, Parameter
from codaform.model import types
from codaform.model.types import Deferred, ListOf, Scalar, Type
from codaform.semantics import coercion
from codaform.source import frozen


@frozen
class ArgumentSlot:
    """The place of an argument: a parameter and, in a repeating group, which of its types."""

    parameter: Parameter
    index: int = 0

    @property
    def type(self) -> Type:
        """The declared type of the place."""
        return self.parameter.types[self.index]


@frozen
class Misfit:
    """Why arguments have no places: too few, too many, or one by a name that is not known or taken (then `named`)."""

    message: str
    named: str = ""


def takes(function: Function) -> str:
    """How many arguments a function takes, in words."""
    fixed = [parameter for parameter in function.params if not parameter.repeats and not parameter.last]
    least = sum(not parameter.optional for parameter in fixed)
    group = next((parameter for parameter in function.params if parameter.repeats), None)
    if group is not None:
        size = len(group.types)
        more = "any number of arguments" if size == 1 else f"groups of {size} arguments"
        return f"{least} and then {more}" if least else more
    most = len(fixed)
    many = "argument" if most == 1 else "arguments"
    if not most:
        return "no arguments"
    return f"{most} {many}" if least == most else f"{least} to {most} {many}"


def place(function: Function, count: int, names: Sequence[str] = ()) -> tuple[ArgumentSlot, ...] | Misfit:
    """The place of each argument: `count` by position, then those in `names`."""
    return _place(function, count, tuple(names))


@lru_cache(10_000)
def _place(function: Function, count: int, names: tuple[str, ...]) -> tuple[ArgumentSlot, ...] | Misfit:
    fixed = [parameter for parameter in function.params if not parameter.repeats and not parameter.last]
    group = next((parameter for parameter in function.params if parameter.repeats), None)
    last = next((parameter for parameter in function.params if parameter.last), None)
    places = [ArgumentSlot(parameter) for parameter in fixed[:count]]
    rest = count - len(places)
    if rest and group is None:
        return Misfit(f"{function.name} takes {takes(function)}, {count} are given")
    if group is not None and rest:
        size = len(group.types)
        odd = rest % size
        if odd and (last is None or odd > 1):
            return Misfit(f"{function.name} takes {takes(function)}, {count} are given")
        places.extend(ArgumentSlot(group, index % size) for index in range(rest - odd))
        if odd and last is not None:
            places.append(ArgumentSlot(last))
    taken = {found.parameter.name for found in places if not found.parameter.repeats}
    by_name = {parameter.name.lower(): parameter for parameter in function.params if not parameter.repeats}
    for name in names:
        parameter = by_name.get(name.lower())
        if parameter is None:
            return Misfit(f"{function.name} has no parameter {name}", name)
        if parameter.name in taken:
            return Misfit(f"{function.name} is given {parameter.name} twice", name)
        taken.add(parameter.name)
        places.append(ArgumentSlot(parameter))
    missing = [parameter.name for parameter in fixed if not parameter.optional and parameter.name not in taken]
    if missing:
        return Misfit(f"{function.name} takes {takes(function)}: {missing[0]} is missing")
    return tuple(places)


@frozen
class Choice:
    """A function that fits, the places of the arguments, and the types of its type variables."""

    function: Function
    places: tuple[ArgumentSlot, ...]
    solved: Mapping[str, Type]


def choose(
    functions: Sequence[Function], actuals: Sequence[Type | None], names: Sequence[str]
) -> Choice | Misfit | int:
    """The function that needs the least conversion; the first declared wins a tie.

    actuals: The arguments' types, the named ones last; None for one whose type does not matter (a column, a name).
    Returns a Misfit when no function takes so many arguments, or the index of the argument whose type fits none.
    """
    return _choose(tuple(functions), tuple(actuals), tuple(names))


@lru_cache(10_000)
def _choose(
    functions: tuple[Function, ...], actuals: tuple[Type | None, ...], names: tuple[str, ...]
) -> Choice | Misfit | int:
    best: tuple[float, Choice] | None = None
    misfit: Misfit | None = None
    culprit: int | None = None
    for function in functions:
        if len(functions) > 1 and is_dynamic(function) and not any(_is_open(actual) for actual in actuals):
            continue
        places = place(function, len(actuals) - len(names), names)
        if isinstance(places, Misfit):
            misfit = misfit or places
            continue
        total, solved, failed = 0.0, dict[str, Type](), None
        for index, (found, actual) in enumerate(zip(places, actuals, strict=True)):
            if actual is None:
                continue
            wanted = found.type.result if isinstance(found.type, Deferred) else found.type
            if wanted in types.UNREAD:
                failed = index
                break
            if function.operator and isinstance(actual, ListOf) and wanted != types.ANY:
                # An operator takes a list of one as its item; it never goes through a list.
                actual = actual.item
            step = coercion.cost(actual, coercion.substitute(wanted, solved) if _is_solved(wanted, solved) else wanted)
            if function.operator and isinstance(actual, types.OneOf) and wanted != types.ANY and step is not None:
                # A sign does not choose between a date and a date and time before it has seen the value.
                step = coercion.DYNAMIC
            if step is None:
                failed = index
                break
            total += step
            coercion.unify(found.type, actual, solved)
        if failed is not None:
            culprit = failed if culprit is None else max(culprit, failed)
        elif best is None or total < best[0]:
            best = (total, Choice(function, places, solved))
            if total == 0:
                break
    if best is not None:
        return best[1]
    return culprit if culprit is not None else misfit or Misfit("")


def is_undecided(functions: Sequence[Function], actuals: Sequence[Type | None], names: Sequence[str]) -> bool:
    """Whether the overloads that fit return different types, so that one with a faulty argument says nothing."""
    fitting = [one for one in functions if not is_dynamic(one) and isinstance(choose([one], actuals, names), Choice)]
    return len({one.returns for one in fitting}) > 1


def is_dynamic(function: Function) -> bool:
    """Whether this is the form of an operator that decides by the values, for types known only when it runs."""
    return bool(function.operator) and all(parameter.type == types.ANY for parameter in function.params)


def _is_open(kind: Type | None) -> bool:
    while isinstance(kind, ListOf):
        kind = kind.item
    return kind in (types.ANY, types.FAULTY) or isinstance(kind, types.OneOf | types.Variable)


def _is_solved(wanted: Type, solved: dict[str, Type]) -> bool:
    # A list of rows decides the table; a scalar variable joins what it meets (`If`).
    return isinstance(wanted, ListOf) and bool(solved) and not isinstance(wanted.item, types.Variable)


def is_aggregate(functions: Sequence[Function]) -> bool:
    """Whether the function makes one value of any number of lists, as Sum and Count do."""
    if not functions or len(functions[0].params) != 1:
        return False
    (parameter,) = functions[0].params
    return parameter.repeats and isinstance(parameter.type, ListOf) and not isinstance(functions[0].returns, ListOf)


def arrange(
    function: Function, places: Sequence[ArgumentSlot], arguments: Sequence[object]
) -> tuple[list[object], list[int]]:
    """Arguments in the order of the parameters, left-out ones None; and the argument that each place came from."""
    if len(places) == len(function.params) and all(
        found.parameter is parameter for found, parameter in zip(places, function.params, strict=True)
    ):
        return list(arguments), list(range(len(places)))
    ordered: list[object] = []
    origin: list[int] = []
    for parameter in function.params:
        mine = [index for index, found in enumerate(places) if found.parameter.name == parameter.name]
        if not mine and not parameter.repeats:
            ordered.append(None)
            origin.append(-1)
        for index in mine:
            ordered.append(arguments[index])
            origin.append(index)
    return ordered, origin


__all__ = ["ArgumentSlot", "Choice", "Misfit", "Scalar", "arrange", "choose", "is_aggregate", "place", "takes"]
