"""Expressions that Coda itself computes and we too: the examples of the functions that a doc uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from codaform.coda.door.failures import ToolFailed
from codaform.coda.door.tools import Tools
from codaform.coda.wire.cells import plain_of_formatted
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.texts import InvalidValue, duration_from_text, time_from_text
from codaform.deploy.comparing.agreement import agree
from codaform.deploy.comparing.parity import DocSettings, Executed
from codaform.deploy.comparing.suspects import name_of, names, nodes
from codaform.evaluation.workbook import Workbook
from codaform.library.catalogue import SUBJECTS, declared
from codaform.model import types
from codaform.model.notation import notate
from codaform.model.schema import Doc
from codaform.model.types import ListOf, Type
from codaform.model.values import UNTOLD, Error, Person
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, Program, bind_site
from codaform.source import Source

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ComparedExpression:
    """A formula that needs no doc. functions: What it consists of."""

    text: str
    bound: Bound
    functions: frozenset[str]


def expressions(used: Collection[str]) -> Iterator[ComparedExpression]:
    """The examples of functions that can be computed anywhere: without rows, without a clock and without an effect.

    used: The functions, by the names of `suspects.name_of`.
    """
    doc = Doc("Nothing")
    for module in SUBJECTS.values():
        for function in declared(module):
            if name_of(function) not in used or function.volatile or function.action:
                continue
            for example in function.examples:
                bound, said = bind_site(doc, FormulaSite("named", "", ""), Source("example", example.formula), None)
                if any(one.rule.severity == "error" for one in said) or not _anywhere(bound.body):
                    continue
                yield ComparedExpression(example.formula, bound, names(bound.body))


def _anywhere(body: ir.Node) -> bool:
    for node in nodes(body):
        match node:
            case ir.Fails():
                return False
            case ir.Call(function) if function.volatile or function.action:
                return False
    return True


def executed(found: Iterator[ComparedExpression], tools: Tools, doc: str, settings: DocSettings) -> Iterator[Executed]:
    """The values of expressions in a doc's Coda, compared with codaform's. Raises Failure.

    doc: The id of the doc in which Coda computes. settings: The doc's settings that no API returns.
    """
    nothing = Doc(
        "Nothing",
        time_zone=settings.time_zone,
        first_day_of_week=settings.first_day_of_week,
        assume=settings.assume,
    )
    book = Workbook(Program(nothing, {}))
    for expression in found:
        ours = book.evaluate(expression.bound)
        theirs: object
        try:
            told = tools.call("formula_execute", {"uri": f"coda://docs/{doc}", "formula": expression.text})
            given = told.get("value") if isinstance(told, dict) else told
            theirs = told_value(given, expression.bound.type, book.zone)
        except ToolFailed as problem:
            theirs = Error(UNTOLD, problem.message)
        same = agree(ours, theirs, book)
        yield Executed(expression.text, expression.functions, same, notate(ours, book), _written(theirs, book))


def _written(value: object, book: Workbook) -> str:
    return f"an error: {value.message}" if isinstance(value, Error) else notate(value, book)


def told_value(told: Json, kind: Type, zone: tzinfo) -> object:
    """A value that a tool showed; a row is what it displays. A text stays one where it is not of its kind."""
    match told:
        case None | "":
            return None
        case list():
            item = kind.item if isinstance(kind, ListOf) else kind
            return [told_value(one, item, zone) for one in told]
        case bool() | str():
            return _typed(told, kind, zone)
        case int() | float():
            return float(told)
        case dict():
            return _told(told, kind, zone)


def _typed(told: bool | str, kind: Type, zone: tzinfo) -> object:
    try:
        if isinstance(told, str) and kind == types.DURATION:
            return duration_from_text(told)
        if isinstance(told, str) and kind == types.TIME:
            return time_from_text(told, zone)
    except InvalidValue:
        return told
    return told


def _told(told: Mapping[str, Json], kind: Type, zone: tzinfo) -> object:
    match told.get("type"), told.get("epoch"):
        case "dt", int() | float() as seconds:
            moment = (_UNIX + timedelta(seconds=seconds)).astimezone(zone)
            return moment.date() if kind == types.DATE else moment
    if told.get("type") == "urlref":
        return str(told.get("url", ""))
    if told.get("type") == "slate":
        return plain_of_formatted(told)
    if told.get("objectId") is not None:
        return Person(str(told.get("name", "")))
    return str(told.get("name", told))
