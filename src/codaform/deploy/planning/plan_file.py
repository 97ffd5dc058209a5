"""A plan as JSON that can be kept, looked at, and carried out later."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast, get_args

from codaform.coda.wire.json_data import (
    InvalidJson,
    InvalidShape,
    Json,
    dataclass_from_json,
    dataclass_to_json,
    read_json,
)
from codaform.deploy.planning.changes import Change
from codaform.deploy.planning.plan import Plan, Risk, Step
from codaform.deploy.planning.reach import Touched
from codaform.deploy.planning.routes import Way
from codaform.semantics.dependencies import Kind, Thing

FORM = 2
"""Which form of plan this is."""

KIND = "plan for a doc in Coda"

_CHANGES = {change.__name__: change for change in get_args(Change)}


class BadPlan(Exception):
    """Why a text is no plan, in one line."""


def to_json(plan: Plan) -> str:
    """The text of a plan; `from_json` reads it."""
    told = as_data(plan)
    head: dict[str, Json] = {"codaform": KIND, "form": FORM, "sum": _sum(told), "plan": told}
    return json.dumps(head, ensure_ascii=False, indent=1) + "\n"


def as_data(plan: Plan) -> dict[str, Json]:
    """A plan as what JSON can say."""
    return {
        "environment": plan.environment,
        "doc": plan.doc,
        "doc_name": plan.doc_name,
        "fingerprint": plan.fingerprint,
        "read_at": plan.read_at,
        "totals": {**plan.totals},
        "steps": [_step_data(step) for step in plan.steps],
        "notes": list(plan.notes),
        "left_alone": list(plan.left_alone),
        "doubled": list(plan.doubled),
    }


def _step_data(step: Step) -> dict[str, Json]:
    return {
        "change": {"is": type(step.change).__name__, "of": dataclass_to_json(step.change)},
        "because": step.because,
        "touches": [
            {"kind": touched.thing.kind, "table": touched.thing.table, "name": touched.thing.name, "rows": touched.rows}
            for touched in step.touches
        ],
        "rows_changed": step.rows_changed,
        "risk": step.risk,
        "route": step.route,
        "why_route": step.why_route,
        "text": step.text,
    }


def from_json(text: str) -> Plan:
    """The plan of a text. Raises BadPlan: for what is cut, damaged, changed by hand, or of another form."""
    try:
        whole = read_json(text)
    except InvalidJson as error:
        raise BadPlan(str(error)) from None
    if not isinstance(whole, dict) or whole.get("codaform") != KIND:
        raise BadPlan("it is JSON, but no plan")
    if whole.get("form") != FORM:
        raise BadPlan(f"it has the form {whole.get('form')!r}; this codaform reads form {FORM}")
    told = whole.get("plan")
    if not isinstance(told, dict) or whole.get("sum") != _sum(told):
        raise BadPlan("it is damaged: its content is not that of which its sum was made")
    try:
        return _plan(told)
    except (InvalidShape, KeyError, TypeError, AttributeError) as error:
        raise BadPlan(f"it is damaged: {error}") from None


def _plan(told: dict[str, Json]) -> Plan:
    steps = cast("list[dict[str, Json]]", told["steps"])
    return Plan(
        str(told["environment"]),
        str(told["doc"]),
        str(told["doc_name"]),
        str(told["fingerprint"]),
        str(told["read_at"]),
        tuple(map(_step, steps)),
        tuple(map(str, cast("list[Json]", told["notes"]))),
        tuple(map(str, cast("list[Json]", told["left_alone"]))),
        tuple(map(str, cast("list[Json]", told.get("doubled", [])))),
    )


def _step(told: dict[str, Json]) -> Step:
    change = cast("dict[str, Json]", told["change"])
    touches = cast("list[dict[str, Json]]", told["touches"])
    return Step(
        cast("Change", dataclass_from_json(_CHANGES[str(change["is"])], change["of"])),
        str(told["because"]),
        tuple(map(_touched, touches)),
        _one_of(Risk, told["risk"]),
        _one_of(Way, told["route"]),
        str(told["why_route"]),
        str(told["text"]),
    )


def _touched(told: dict[str, Json]) -> Touched:
    rows = told["rows"]
    if rows is not None and type(rows) is not int:
        raise InvalidShape(f"rows: {rows!r} is no count")
    return Touched(Thing(_one_of(Kind, told["kind"]), str(told["table"]), str(told["name"])), rows)


def _one_of(choice: Any, told: Json) -> Any:
    """One of the words of a literal type. Raises InvalidShape."""
    if told not in get_args(choice):
        raise InvalidShape(f"{told!r} is none of {', '.join(get_args(choice))}")
    return told


def _sum(told: object) -> str:
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
