"""What formulas cost, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codaform.cli.output.drawing import DrawnCell, Heading, put_table
from codaform.cli.terminal import put
from codaform.project.uses import owner_of
from codaform.semantics.costs import FormulaCost
from codaform.semantics.program import FormulaSite
from codaform.source import position
from codaform.text import harmless


def put_costs(costs: Sequence[FormulaCost]) -> None:
    """Write formulas with their costs, then what would help."""
    headings = [
        Heading("formula"),
        Heading("rows", right=True, rank=3),
        Heading("comparisons", right=True, rank=1),
        Heading("each row asked", right=True, rank=2),
    ]
    put_table(
        headings,
        [[DrawnCell(text) for text in (_name(cost.place), *map(_number, _numbers(cost)))] for cost in costs],
    )
    for cost in costs:
        if cost.help:
            line = position(cost.source, cost.parts[0].span.start).line
            put(harmless(f"{cost.source.name}:{line}: {_name(cost.place)} {cost.help}"))


def _numbers(cost: FormulaCost) -> tuple[float, float, float]:
    return cost.times, cost.comparisons, cost.scanned


def _name(place: FormulaSite) -> str:
    return f"{place.name} (view of {place.table})" if place.role == "filter" else str(owner_of(place))


def _number(value: float) -> str:
    return f"{value:,.0f}"


def costs_json(costs: Sequence[FormulaCost], grow: float, above: int) -> dict[str, Any]:
    """Formulas with their costs, as JSON. above: How many are above the budget."""
    return {"grow": grow, "above_budget": above, "formulas": [cost_json(cost) for cost in costs]}


def cost_json(cost: FormulaCost) -> dict[str, Any]:
    """A formula with its cost, as JSON."""
    part = owner_of(cost.place)
    return {
        "kind": part.kind,
        "table": part.table,
        "name": part.name,
        "file": cost.source.name,
        "rows": round(cost.times),
        "comparisons": round(cost.comparisons),
        "each_row_asked": round(cost.scanned),
        "help": cost.help,
        "parts": [
            {
                "line": position(cost.source, part.span.start).line,
                "table": part.table,
                "looked_up": list(part.looked_up),
                "at_a_time": round(part.size, 1),
                "comparisons": round(part.comparisons),
                "why_not": part.why,
            }
            for part in cost.parts
        ],
    }
