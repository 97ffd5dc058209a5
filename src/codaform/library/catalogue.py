"""All functions of the library, found by name or by sign."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from types import ModuleType

from codaform.library import (
    actions,
    aggregates,
    comparison,
    date_parts,
    dates,
    durations,
    filters,
    formatting,
    links,
    lists,
    logic,
    numbers,
    objects,
    patterns,
    people,
    products,
    rounding,
    sums,
    tables,
    text,
    trigonometry,
)
from codaform.library.function import Function

SUBJECTS: dict[str, ModuleType] = {
    "Sums": sums,
    "Products": products,
    "Comparison": comparison,
    "Logic": logic,
    "Numbers": numbers,
    "Rounding": rounding,
    "Trigonometry": trigonometry,
    "Aggregates": aggregates,
    "Text": text,
    "Formatting": formatting,
    "Regular expressions": patterns,
    "Dates": dates,
    "Parts of dates": date_parts,
    "Durations": durations,
    "Lists": lists,
    "Filters and loops": filters,
    "Tables and rows": tables,
    "People": people,
    "Links and media": links,
    "Objects and JSON": objects,
    "Actions": actions,
}
"""The subjects under which users look a function up, in the order of the reference."""


def declared(module: ModuleType) -> Iterator[Function]:
    """The functions of a subject, in the order in which they are declared."""
    return (value for value in vars(module).values() if isinstance(value, Function))


def _collect() -> tuple[dict[str, tuple[Function, ...]], dict[str, tuple[Function, ...]]]:
    names: defaultdict[str, list[Function]] = defaultdict(list)
    signs: defaultdict[str, list[Function]] = defaultdict(list)
    for module in SUBJECTS.values():
        for function in declared(module):
            if function.operator:
                signs[function.operator].append(function)
            if function.name:
                for name in (function.name, *function.also):
                    names[name.lower()].append(function)
    return {name: tuple(group) for name, group in names.items()}, {sign: tuple(group) for sign, group in signs.items()}


_BY_NAME, _BY_SIGN = _collect()


def find(name: str) -> tuple[Function, ...]:
    """The overloads of a function by name, in any case; empty when there is none."""
    return _BY_NAME.get(name.lower(), ())


def operator(sign: str) -> tuple[Function, ...]:
    """The overloads of an operator by its sign."""
    return _BY_SIGN[sign]


def names() -> list[str]:
    """Every name of every function in Coda's spelling, sorted without regard to case."""
    spelled = {name for group in _BY_NAME.values() for function in group for name in (function.name, *function.also)}
    return sorted(spelled, key=str.lower)


def spelling() -> dict[str, str]:
    """Lower-case name to Coda's spelling."""
    return {name.lower(): name for name in names()}
