"""Controls as Coda's API tells them, and as the compiler has them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from codaform.coda.snapshot.records import RemoteControl
from codaform.coda.wire.rich import read_rich
from codaform.coda.wire.typed import Unfit
from codaform.model import types
from codaform.model.schema import CODA_CONTROLS, CONTROL_TYPES, UNSETTABLE, Control, control_column, control_type
from codaform.model.values import Person

_NAMES = {own: name for name, own in CODA_CONTROLS.items()}

_TOLD_AS = {"toggle": "checkbox", "person": "relation"}
"""Types for which the API has no name of their own, with the type that it tells instead."""


def api_type(control: Control) -> str:
    """What the API calls the type of a control."""
    kind = _TOLD_AS.get(control.kind, control.kind)
    return _NAMES.get((kind, control.many)) or _NAMES[kind, False]


def own_type(name: str) -> tuple[str, bool]:
    """The type of a control that the API calls so, and whether it holds several values; an unknown name is a text's."""
    return CODA_CONTROLS.get(name) or (name if name in CONTROL_TYPES else "text", False)


def as_control(told: RemoteControl, name: str, zone: str) -> tuple[Control, str]:
    """A control as far as the API tells it, set at first to what it is set to now; and a doubt where that is lost.

    No API tells the options, the limits, the table and the formulas of a control. zone: The doc's time zone.
    """
    kind, many = own_type(told.kind)
    control = Control(name, kind, many=many or (kind == "relation" and isinstance(told.value, list)))
    if kind in UNSETTABLE:
        label = told.value if kind == "button" and isinstance(told.value, str) and told.value != name else ""
        return Control(name, kind, label=label), ""
    try:
        # A text may look like anything; it is told as it is.
        is_text = CONTROL_TYPES[kind] in ("text", "select", "relation")
        value = (
            told.value or None if is_text else read_rich(told.value, control_column(control), ZoneInfo(zone), _no_row)
        )
    except Unfit as problem:
        return control, f"what it is set to cannot be read: {problem.text}"
    kept = _kept(value, control)
    if kept is None and value not in (None, "", [], False):
        return control, "what it is set to is no value of its type"
    return replace(control, value=kept), ""


def _no_row(_: str, __: str) -> None:
    """A row is kept by its text."""


def _kept(value: object, control: Control) -> object:
    """A value as a control keeps the one that it is set to at first; blank for one of another type."""
    wanted = control_type(control)
    if isinstance(wanted, types.ListOf):
        items = value if isinstance(value, list) else [] if value is None else [value]
        found = tuple(item for item in items if _fits(item, wanted.item))
        if len(found) < len(items) or (control.kind == "date_range" and len(found) != 2):
            return None
        return found or None
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    return value if _fits(value, wanted) and value is not False else None


def _fits(value: object, wanted: types.Type) -> bool:
    match wanted:
        case types.NUMBER:
            return isinstance(value, float)
        case types.BOOLEAN:
            return isinstance(value, bool)
        case types.DATETIME:
            return isinstance(value, datetime)
        case types.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        case types.TIME:
            return isinstance(value, time)
        case types.PERSON:
            return isinstance(value, Person)
    return isinstance(value, str) and bool(value)
