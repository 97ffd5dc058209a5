"""Writes how a formula finds its rows, and which cells an edit recomputes."""

from __future__ import annotations

from dataclasses import asdict
from importlib.util import find_spec

from codaform.cli.output.answers import Query
from codaform.cli.output.drawing import DrawnCell, Heading, put_table
from codaform.cli.terminal import counted, put, put_json
from codaform.columns.how import How
from codaform.evaluation.plans import Found, plan_formula
from codaform.project.computed import chosen_engine
from codaform.project.files import CannotRead
from codaform.text import shorten


def put_plan_of(query: Query, format_: str) -> None:
    """Write the plan of a formula or a computed column. Raises CannotRead for entered values."""
    if query.bound is None:
        name = query.column.name if query.column is not None else "it"
        raise CannotRead(f"{name} has no formula; its values are entered")
    plan = plan_formula(query.book, query.source, query.bound, query.table.name if query.table is not None else "")
    choice = chosen_engine(query.book)
    how = _in_columns(query)
    if format_ == "json":
        found, reached = [asdict(one) for one in plan.found], [asdict(one) for one in plan.reached]
        columns = None if how is None else {"by_value": how.by_value, "why": how.why}
        put_json({"found": found, "reached": reached, "engine": asdict(choice), "columns": columns})
        return
    for one in plan.found:
        put("\n".join(_lines(one)))
    if not plan.found:
        put("It searches no table.")
    put("")
    put(f"engine: {choice.engine}, as {choice.why}")
    if how is not None:
        put(f"the engine columns {'computes' if choice.engine == 'columns' else 'would compute'} {how}")
    put("")
    put_table(
        [Heading("an edit of"), Heading("recomputes")],
        [[DrawnCell(one.read), DrawnCell(one.rows)] for one in plan.reached],
    )


def _in_columns(query: Query) -> How | None:
    """How a computed column is computed in numpy; None for another formula, and where numpy is not installed.

    A doc without rows tells it, as the types of the parts decide.
    """
    if query.column is None or query.table is None or find_spec("numpy") is None:
        return None
    from codaform.columns.computing import ColumnBook

    return ColumnBook(query.book.fresh(query.book.now)).how(query.table.name, query.column.name)


def _lines(found: Found) -> list[str]:
    rows = counted(found.rows, "row")
    lines = [shorten(found.text, 110)]
    if not found.looked_up:
        return [*lines, f"  asks {rows} of {found.table} one by one: {found.why}"]
    lines.extend(f"  {'looks up' if not at else '     and'} {part}" for at, part in enumerate(found.looked_up))
    if found.asked:
        lines.append(f"  then asks {shorten(found.asked, 100)}")
    if found.left is not None:
        lines.append(f"  finds {found.left:.1f} of {rows} of {found.table} on average")
    return lines
