"""The page of formulas as SQL: how values are represented, and how much of the library has SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlglot import exp

from codaform.library.function import Function
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type
from codaform.site.reference.engines import counted
from codaform.site.reference.support import EVERYDAY, Classes, overload, share, support, usage
from codaform.sql.dialects import DIALECTS, Dialect
from codaform.sql.kinds import __doc__ as representation
from codaform.sql.kinds import type_name
from codaform.sql.trees import NOTATION, CannotLower

_HEAD = """\
# Formulas as SQL

`codaform sql` prints formulas as SQL, in the dialect that `--dialect` names; `--engine` of `codaform eval`, `show` and
`test` computes with it. The script of a whole doc has a view for each table with all its columns, entered and computed:
`SELECT * FROM "tasks complete"`. Which function has SQL is on the page of the [engines](engines.md),
and what is special about Spark on [its own](../spark.md).

"""

_DIALECTS = """
## Dialects

`codaform sql --dialect NAME` writes for one of these databases. Nothing is translated from one into another: each
dialect has its own words for what formulas do. A column that needs a word that a dialect lacks is left out, and a
comment says why.

| dialect | database | tests run it in |
| --- | --- | --- |
"""

_KINDS: dict[str, Type] = {
    "number": types.NUMBER,
    "text": types.TEXT,
    "boolean": types.BOOLEAN,
    "date": types.DATE,
    "date and time": types.DATETIME,
    "reference": RowOf("tasks"),
    "list of references": ListOf(RowOf("tasks")),
}

_SHARE = """
## How much has SQL

A function counts as often as it is used: once for each call in the formulas of Founder HQ (its columns, named formulas,
filters, buttons and tests), and once more if its subject is an everyday one. These are:

{everyday}.

A function is covered if it has SQL, or never will have for a [reason](engines.md#never).

| engine | functions with SQL | never | not yet | covered, by use |
| --- | --- | --- | --- | --- |
"""


def sql_page(project: Path) -> str:
    """The representation of values, and the share of functions with SQL, by their use.

    project: The project whose formulas say how often functions are used.
    """
    weights = usage(project)
    found = {name: classes for name, classes in support().items() if name not in ("rows", "columns")}
    everyday = f"{', '.join(EVERYDAY[:-1])} and {EVERYDAY[-1]}"
    parts = [_HEAD, (representation or "").partition("\n\n")[2], *_dialects(), _SHARE.format(everyday=everyday)]
    for name, classes in found.items():
        counts = counted(classes)
        have = counts["exact"] + counts["last digit"]
        by_use = f"{100 * share(classes, weights):.1f} %"
        parts.append(f"| `{name}` | {have} of {len(classes)} | {counts['never']} | {counts['not yet']} | {by_use} |\n")
    parts += [_missing(name, classes, weights) for name, classes in found.items()]
    return "".join(parts)


def _dialects() -> Iterator[str]:
    """The dialects with the versions that tests run them in, and the SQL type of each kind of value."""
    yield _DIALECTS
    for dialect in DIALECTS.values():
        tried = dialect.versions or "none: untried, its text is only parsed"
        yield f"| `{dialect.name}` | {dialect.title} | {tried} |\n"
    yield f"\n| value | {' | '.join(dialect.title for dialect in DIALECTS.values())} |\n"
    yield f"| --- |{' --- |' * len(DIALECTS)}\n"
    for name, kind in _KINDS.items():
        yield f"| {name} | {' | '.join(_shape(dialect, name, kind) for dialect in DIALECTS.values())} |\n"


def _shape(dialect: Dialect, name: str, kind: Type) -> str:
    """How a dialect represents a kind of value."""
    try:
        dialect.check(kind)
    except CannotLower:
        return "none"
    typed = f"`{dialect.sql(exp.DataType.build(type_name(kind), dialect=NOTATION))}`"
    kept = dialect.shapes.get(name.partition(" of ")[0])
    return f"{typed}: {kept}" if kept else typed


def _missing(name: str, classes: Classes, weights: Mapping[Function, int]) -> str:
    """The functions in use that an engine lacks, the most used first."""
    lacking = [one for one, _ in sorted(weights.items(), key=lambda pair: -pair[1]) if classes[one] == "not yet"]
    names = ", ".join(f"`{overload(one)}`" for one in lacking)
    return f"\nFunctions in use that `{name}` lacks: {names}.\n" if names else ""
