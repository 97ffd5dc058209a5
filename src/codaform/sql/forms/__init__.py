"""The SQL of functions: for each function a form, or the reason why there never is one."""

from __future__ import annotations

from codaform.library.function import Function
from codaform.sql.forms import (
    curve_forms,
    date_forms,
    list_forms,
    logic_forms,
    number_forms,
    people_forms,
    text_forms,
    total_forms,
)
from codaform.sql.forms.form import Never, SqlForm
from codaform.sql.forms.never import NEVER
from codaform.sql.trees import CannotLower

FORMS: dict[Function, SqlForm] = {
    **logic_forms.FORMS,
    **number_forms.FORMS,
    **curve_forms.FORMS,
    **text_forms.FORMS,
    **date_forms.FORMS,
    **list_forms.FORMS,
    **total_forms.FORMS,
    **people_forms.FORMS,
}
"""By function; those that are in neither table have no SQL yet."""


def _known(function: Function) -> SqlForm | None:
    return FORMS.get(function) or total_forms.STRICT.get(function)


def has_form(function: Function) -> bool:
    """Whether a function has SQL, as it is or as an aggregate that is an error for nothing."""
    return _known(function) is not None


def form_of(function: Function) -> SqlForm:
    """The form of a function. Raises CannotLower for a function without one."""
    form = _known(function)
    if form is not None:
        return form
    name = function.name or function.operator
    if function in NEVER:
        raise CannotLower(f"{name} has no SQL: {NEVER[function]}")
    raise CannotLower(f"{name} has no SQL yet")


__all__ = ["FORMS", "NEVER", "Never", "SqlForm", "form_of", "has_form"]
