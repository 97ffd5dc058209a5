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
    type: Type
    index: int = 0

    @classmethod
    def of(cls, parameter: Parameter, index: int = 0) -> ArgumentSlot:
        """The place with the declared type of an argument there."""
        return cls(parameter, parameter.types[index], index)


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
    places = [ArgumentSlot.of(parameter) for parameter in fixed[:count]]
    rest = count - len(places)
    if rest and group is None:
        return Misfit(f"{function.name} takes {takes(function)}, {count} are given")
    if group is not None and rest:
        size = len(group.types)
        odd = rest % size
        if odd and (last is None or odd > 1):
            return Misfit(f"{function.name} takes {takes(function)}, {count} are given")
        places.extend(ArgumentSlot.of(group, index % size) for index in range(rest - odd))
        if odd and last is not None:
            places.append(ArgumentSlot.of(last))
    taken = {found.parameter.name for found in places if not found.parameter.repeats}
    by_name = {parameter.name.lower(): parameter for parameter in function.params if not parameter.repeats}
    for name in names:
        parameter = by_name.get(name.lower())
        if parameter is None:
            return Misfit(f"{function.name} has no parameter {name}", name)
        if parameter.name in taken:
            return Misfit(f"{function.name} is given {parameter.name} twice", name)
        taken.add(parameter.name)
        places.append(ArgumentSlot.of(parameter))
    missing = [parameter.name for parameter in fixed if not parameter.optional and parameter.name not in taken]
    if missing:
        return Misfit(f"{function.name} takes {takes(function)}: {missing[0]} is missing")
    return tuple(places)


@frozen
class Choice:
    """A function that fits to arguments of some types.

    places: Of the arguments. wanted: Their types there, and `returns` that of the call, with all type variables solved.
    origin: By place of the call, which argument it has; None where it is left out. blanks: The places at which a blank
    makes the call blank.
    """

    function: Function
    places: tuple[ArgumentSlot, ...]
    wanted: tuple[Type, ...]
    returns: Type
    origin: tuple[int | None, ...]
    blanks: tuple[int, ...]

    @classmethod
    def of(cls, function: Function, places: tuple[ArgumentSlot, ...], solved: Mapping[str, Type]) -> Choice:
        """The choice by the types of the type variables."""
        wanted = tuple(coercion.substitute(found.type, solved) for found in places)
        origin = _origin(function, places)
        sources = [(index, places[source]) for index, source in enumerate(origin) if source is not None]
        passing = [index for index, slot in sources if coercion.blank_passes(slot.parameter, slot.index, slot.type)]
        return cls(function, places, wanted, coercion.substitute(function.returns, solved), origin, tuple(passing))


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
    best: tuple[float, Function, tuple[ArgumentSlot, ...], Mapping[str, Type]] | None = None
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
            best = (total, function, places, solved)
            if total == 0:
                break
    if best is not None:
        return Choice.of(*best[1:])
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


def _origin(function: Function, places: Sequence[ArgumentSlot]) -> tuple[int | None, ...]:
    """By place of a call, in the order of the parameters, the argument that it has; None where that is left out."""
    origin: list[int | None] = []
    for parameter in function.params:
        mine = [index for index, found in enumerate(places) if found.parameter.name == parameter.name]
        origin.extend(mine or ([] if parameter.repeats else [None]))
    return tuple(origin)


__all__ = ["ArgumentSlot", "Choice", "Misfit", "Scalar", "choose", "is_aggregate", "place", "takes"]
