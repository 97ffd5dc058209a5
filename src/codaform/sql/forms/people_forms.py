"""People in SQL: who looks at the doc is known before a statement runs. A person is the name."""

from __future__ import annotations

from sqlglot import exp

from codaform.library import people
from codaform.library.function import Function
from codaform.model.types import BOOLEAN, PERSON, ListOf
from codaform.semantics import ir
from codaform.sql.forms.form import SqlForm
from codaform.sql.forms.logic_forms import Special
from codaform.sql.frames import SqlFrame
from codaform.sql.kinds import cast, literal
from codaform.sql.trees import CannotLower
from codaform.sql.values import Lowered, SqlWriting, Value


def _user(lowering: SqlWriting, _: SqlFrame, __: ir.Apply) -> Lowered:
    _check_user(lowering)
    return Value(_name(lowering), PERSON)


def _all_users(lowering: SqlWriting, _: SqlFrame, __: ir.Apply) -> Lowered:
    _check_user(lowering)
    known = [] if lowering.book.user is None else [_name(lowering)]
    return Value(cast(exp.Array(expressions=known), ListOf(PERSON)), ListOf(PERSON), sure=True)


def _is_signed_in(lowering: SqlWriting, _: SqlFrame, __: ir.Apply) -> Lowered:
    _check_user(lowering)
    return Value(exp.Boolean(this=lowering.book.user is not None), BOOLEAN, sure=True)


def _check_user(lowering: SqlWriting) -> None:
    if lowering.statement.dialect.live:
        raise CannotLower("a view has no user of its own")


def _name(lowering: SqlWriting) -> exp.Expr:
    user = lowering.book.user
    return literal(None if user is None else user.name, PERSON)


FORMS: dict[Function, SqlForm] = {
    people.user: Special(_user),
    people.all_users: Special(_all_users),
    people.is_signed_in: Special(_is_signed_in),
}
