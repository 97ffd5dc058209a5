"""Which engine computes which function, found by trying the examples of the library; and how often each is used."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

from codaform.evaluation.workbook import Workbook
from codaform.files import write_file
from codaform.library.catalogue import SUBJECTS, declared
from codaform.library.example_doc import DOC
from codaform.library.function import Function
from codaform.model.kinds import kind_of
from codaform.model.schema import Column
from codaform.model.types import Type, describe
from codaform.project.session import Session
from codaform.project.validation import bind_test
from codaform.semantics import ir
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, bind_site, program_of
from codaform.source import Source, frozen

Class = Literal["exact", "last digit", "per value", "not yet", "never"]

Classes = Mapping[Function, Class]
"""How an engine computes each function."""

_FILE = Path(__file__).with_name("support.json")
_RARE = ("Trigonometry", "People", "Links and media", "Objects and JSON", "Actions")
EVERYDAY = tuple(subject for subject in SUBJECTS if subject not in _RARE)
"""The subjects of everyday formulas: texts, numbers, dates, lists and tables."""


def all_functions() -> tuple[Function, ...]:
    """Every function and sign of the library."""
    return tuple(function for module in SUBJECTS.values() for function in declared(module))


def support() -> dict[str, Classes]:
    """How each engine computes the functions of the library, by the engine's name, as `support.json` says.

    `python -m codaform.site` writes that file after it has tried the examples, which takes a minute.
    """
    told = json.loads(_FILE.read_text("utf-8"))
    return {name: {one: classes[overload(one)] for one in all_functions()} for name, classes in told.items()}


def write_support() -> None:
    """Try the examples, and write the file that `support` reads. Raises ImportError without the packages of engines."""
    found = tried_support(all_functions())
    told = {name: {overload(one): class_ for one, class_ in classes.items()} for name, classes in found.items()}
    write_file(_FILE, json.dumps(told, indent=0, ensure_ascii=False) + "\n", _FILE.parent)


def overload(function: Function) -> str:
    """The name of a function and the types that it takes; no two functions share it."""
    kinds = ", ".join(describe(kind) for parameter in function.params for kind in parameter.types)
    return f"{function.name or function.operator} ({kinds})".replace(" ()", "")


@cache
def tried_support(functions: tuple[Function, ...]) -> dict[str, Classes]:
    """How each engine computes functions, by the engine's name: it computes those of which it computes an example.

    Dialects that no test runs are left out.

    Raises ImportError without the packages of the engines.
    """
    trial = _trial(functions)
    from codaform.sql.dialects import DIALECTS

    found: dict[str, Classes] = {"rows": dict.fromkeys(functions, "exact"), "columns": _in_columns(trial)}
    return found | {name: _in_sql(trial, name) for name, dialect in DIALECTS.items() if dialect.versions}


def usage(project: Path) -> Counter[Function]:
    """The weight of functions: the calls in all formulas of a project, and 1 for each function of everyday subjects.

    Functions whose names begin with `_` are Coda's own and count only where they are called.
    """
    found: Counter[Function] = Counter()
    for body in _bodies(Session.open(project)):
        found.update(part.function for part in ir.parts(body) if isinstance(part, ir.Call))
    found.update(
        function
        for subject in EVERYDAY
        for function in declared(SUBJECTS[subject])
        if not function.name.startswith("_")
    )
    return found


def share(classes: Classes, weights: Mapping[Function, int]) -> float:
    """The share of the weights that falls on functions with a class other than `not yet`."""
    return sum(weight for one, weight in weights.items() if classes[one] != "not yet") / sum(weights.values())


def _bodies(session: Session) -> Iterator[ir.Node]:
    for place in session.program.formulas:
        yield session.program.formulas[place].body
    for test in session.project.tests:
        bound, _ = bind_test(session.project, test)
        if bound is not None:
            yield bound.body


# ------------------------------------------------------------ trying


@frozen
class _Trial:
    """A doc whose table Tasks has a column for each example. columns: Their names, by function."""

    book: Workbook
    columns: Mapping[Function, Sequence[str]]


def _trial(functions: Sequence[Function]) -> _Trial:
    columns: dict[str, Column] = {}
    names: dict[Function, list[str]] = {function: [] for function in functions}
    for function in functions:
        for text, type_ in _examples(function):
            name = f"example {len(columns)}"
            kind, many, to = kind_of(type_)
            columns[name] = Column(name, kind, formula=Source("", text), many=many, to=to)
            names[function].append(name)
    tasks = DOC.tables["Tasks"]
    doc = replace(DOC, tables={**DOC.tables, "Tasks": replace(tasks, columns={**tasks.columns, **columns})})
    book = Workbook(program_of(doc))
    book.add("Tasks", {"Name": "Plan", "Hours": 3.0})
    return _Trial(book, names)


def _examples(function: Function) -> Iterator[tuple[str, Type]]:
    """The examples that call a function without a mistake, and with arguments if it takes any; and their types."""
    for example in function.examples:
        bound, said = bind_site(DOC, FormulaSite("named", "", "example"), Source("example", example.formula), None)
        calls = [part for part in ir.parts(bound.body) if isinstance(part, ir.Call) and part.function is function]
        given = not function.params or any(argument is not None for call in calls for argument in call.args)
        if calls and given and all(one.rule.severity != "error" for one in said):
            yield example.formula, bound.type


def _in_sql(trial: _Trial, name: str) -> Classes:
    from codaform.sql.dialects import DIALECTS
    from codaform.sql.forms import FORMS, NEVER
    from codaform.sql.plan import make_plan

    dialect = DIALECTS[name]

    # One by one: in a plan of many, one that has no SQL has all others lowered again.
    def is_computed(name: str) -> bool:
        node = GraphNode("cells", "Tasks", name)
        return not make_plan(trial.book, trial.book.needs, [node], dialect).left

    computed = {function for function, names in trial.columns.items() if any(map(is_computed, names))}

    def of(function: Function) -> Class:
        if function in NEVER:
            return "never"
        # In examples, a value of no known type comes from JSON, which has no SQL; elsewhere it comes from columns.
        known_by_type = bool(function.operator) and function in FORMS
        if known_by_type or function in computed:
            exact = function not in FORMS or (FORMS[function].exact and function.name not in dialect.loose)
            return "exact" if exact else "last digit"
        return "not yet"

    return {function: of(function) for function in trial.columns}


def _in_columns(trial: _Trial) -> Classes:
    from codaform.columns.asking import ASKING
    from codaform.columns.computing import ColumnBook
    from codaform.columns.lists import AGGREGATES
    from codaform.columns.scalars import KERNELS
    from codaform.sql.forms import NEVER

    computed = ColumnBook(trial.book)

    def of(function: Function) -> Class:
        if function in NEVER:
            return "never"
        found = [how for name in trial.columns[function] if not (how := computed.how("Tasks", name)).why]
        has_kernel = function in ASKING or function in AGGREGATES or function in KERNELS
        if has_kernel or any((function.name or function.operator) not in how.by_value for how in found):
            return "exact"
        return "per value" if found else "not yet"

    return {function: of(function) for function in trial.columns}
