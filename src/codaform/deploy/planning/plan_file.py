"""A plan as JSON, to keep, inspect and apply later."""

from __future__ import annotations

from typing import Any, cast, get_args

from codaform.coda.wire.json_data import (
    InvalidJson,
    InvalidShape,
    Json,
    checked_content,
    dataclass_from_json,
    dataclass_to_json,
    with_checksum,
)
from codaform.deploy.kinds.catalogue import KINDS
from codaform.deploy.kinds.change import Risk
from codaform.deploy.kinds.impact import Touched
from codaform.deploy.kinds.routes import Way
from codaform.deploy.planning.plan import Plan, Step
from codaform.semantics.dependencies import GraphNode, Kind

FORM = 2
"""The version of this format."""

_KIND = "plan for a doc in Coda"


class BadPlan(Exception):
    """Why a text is no plan, in one line."""


def to_json(plan: Plan) -> str:
    """The text of a plan; `from_json` reads it."""
    return with_checksum(_KIND, FORM, "plan", as_data(plan))


def as_data(plan: Plan) -> dict[str, Json]:
    """A plan as plain data."""
    return {
        "environment": plan.environment,
        "doc": plan.doc,
        "doc_name": plan.doc_name,
        "fingerprint": plan.fingerprint,
        "read_at": plan.read_at,
        "totals": {**plan.totals},
        "steps": [_step_data(step) for step in plan.steps],
        "notes": list(plan.notes),
        "left_alone": list(plan.unmanaged),
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
    """The plan in a text. Raises BadPlan if it is damaged, changed by hand, or of another form."""
    try:
        return _plan(cast("dict[str, Json]", checked_content(text, _KIND, FORM, "plan")))
    except InvalidJson as error:
        raise BadPlan(str(error)) from None
    except (InvalidShape, KeyError, TypeError, AttributeError) as error:
        raise BadPlan(f"it is damaged: {error}") from None


def _plan(data: dict[str, Json]) -> Plan:
    steps = cast("list[dict[str, Json]]", data["steps"])
    return Plan(
        str(data["environment"]),
        str(data["doc"]),
        str(data["doc_name"]),
        str(data["fingerprint"]),
        str(data["read_at"]),
        tuple(map(_step, steps)),
        tuple(map(str, cast("list[Json]", data["notes"]))),
        tuple(map(str, cast("list[Json]", data["left_alone"]))),
        tuple(map(str, cast("list[Json]", data.get("doubled", [])))),
    )


def _step(data: dict[str, Json]) -> Step:
    change = cast("dict[str, Json]", data["change"])
    touches = cast("list[dict[str, Json]]", data["touches"])
    return Step(
        dataclass_from_json(KINDS[str(change["is"])], change["of"]),
        str(data["because"]),
        tuple(map(_touched, touches)),
        _one_of(Risk, data["risk"]),
        _one_of(Way, data["route"]),
        str(data["why_route"]),
        str(data["text"]),
    )


def _touched(data: dict[str, Json]) -> Touched:
    rows = data["rows"]
    if rows is not None and type(rows) is not int:
        raise InvalidShape(f"rows: {rows!r} is no count")
    return Touched(GraphNode(_one_of(Kind, data["kind"]), str(data["table"]), str(data["name"])), rows)


def _one_of(choice: Any, data: Json) -> Any:
    """One of the words of a literal type. Raises InvalidShape."""
    if data not in get_args(choice):
        raise InvalidShape(f"{data!r} is none of {', '.join(get_args(choice))}")
    return data
