"""The page of functions and the SQL that each has."""

from __future__ import annotations

from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.function import Function
from codaform.model.types import describe
from codaform.sql.forms import FORMS, NEVER
from codaform.sql.kinds import __doc__ as representation

_HEAD = """\
# Formulas as SQL

`codaform sql` prints formulas as SQL, and `codaform eval --engine duckdb` computes with it. The only dialect is
that of DuckDB. The script of a whole doc has a view for each table with all its columns, entered and computed:
`SELECT * FROM "tasks complete"`.

"""

_CLASSES = """
| class | meaning |
| --- | --- |
| exact | each cell that has no flag is the value of the row-wise engine, bit for bit |
| last digit | the last digit of a number is up to the mathematical library of the system |
| not yet | the row-wise engine computes the column |
| never | the row-wise engine computes the column, for the reason given |
"""


def sql_page() -> str:
    """The representation of values, and the class of each function."""
    everything = [function for module in SUBJECTS.values() for function in declared(module)]
    count = sum(function in FORMS for function in everything)
    parts = [_HEAD, (representation or "").partition("\n\n")[2], _CLASSES]
    parts.append(f"\n{count} of {len(everything)} functions and signs have SQL, {len(NEVER)} never have.\n")
    for subject, module in SUBJECTS.items():
        parts.append(f"\n## {subject}\n\n| function | class |\n| --- | --- |\n")
        parts += [f"| {_signature(function)} | {_class(function)} |\n" for function in declared(module)]
    return "".join(parts)


def _signature(function: Function) -> str:
    kinds = ", ".join(describe(kind) for parameter in function.params for kind in parameter.types)
    return f"`{function.name or function.operator}` ({kinds})".replace(" ()", "")


def _class(function: Function) -> str:
    if function in NEVER:
        return f"never: {NEVER[function]}"
    form = FORMS.get(function)
    return "not yet" if form is None else "exact" if form.exact else "last digit"
