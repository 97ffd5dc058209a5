"""The page of the engines: how each engine computes each function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.function import Function
from codaform.site.markdown import code, escaped, join_blocks, table
from codaform.site.reference.support import Classes, overload, support

_HEAD = """\
An engine computes the columns of a doc. `rows` is the reference: it computes every formula, row by row, in Python. The
others are faster in large docs, and give the same values; where another engine does not compute something, `rows` does.
`codaform eval`, `show` and `test` take `--engine`.

| engine | computes | needs |
| --- | --- | --- |
| `rows` | one cell at a time, when it is asked for | nothing |
| `columns` | whole columns in numpy | the extra `columns` |
| `duckdb` | whole columns in SQL, in DuckDB | the extra `duckdb` |
| `postgres` | whole columns in SQL, on a PostgreSQL server that `PGHOST` and the like name | the extra `postgres` |
| `spark` | whole columns in SQL, in Spark: here, or on a cluster | the extra `spark`, and Java 17 |

The tables below say how an engine computes a function. This page is made by trying the examples of each function: an
engine computes a function if it computes one of its examples."""

_CLASSES = [
    ["exact", "the values are those of `rows`, bit for bit"],
    ["last digit", "the last digit of a number is up to the mathematical library of the system"],
    ["per value", "the values are those of `rows`: the engine calls the function for one value after the other"],
    ["not yet", "`rows` computes the column"],
    ["never", "`rows` computes the column, for a reason that stays"],
]


def engines_page() -> str:
    """The classes of each function in each engine, by subject."""
    from codaform.sql.forms import NEVER

    found = support()
    parts = ["# Engines", _HEAD, table(["Class", "Meaning"], _CLASSES), "## Never", _never(NEVER)]
    for subject, module in SUBJECTS.items():
        rows = [[code(overload(one)), *(classes[one] for classes in found.values())] for one in declared(module)]
        parts += [f"## {escaped(subject)}", table(["Function", *(code(name) for name in found)], rows)]
    return join_blocks(*parts)


def _never(reasons: Mapping[Function, str]) -> str:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for function, why in reasons.items():
        by_reason[why].append(code(function.name))
    return table(["Functions", "Why"], [[", ".join(names), escaped(why)] for why, names in by_reason.items()])


def counted(classes: Classes) -> dict[str, int]:
    """How many functions have a class, by class."""
    return {name: sum(one == name for one in classes.values()) for name, _ in _CLASSES}
