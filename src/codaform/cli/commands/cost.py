"""The command `cost`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import format_option, takes_project


@click.command("cost")
@takes_project
@click.option(
    "--grow",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="N",
    help="Reckon with N times as many rows.",
)
@click.option("--budget", type=click.IntRange(min=0), metavar="N", help="The most comparisons that a formula may take.")
@click.option(
    "--most", type=click.IntRange(min=1), default=10, show_default=True, metavar="N", help="Show the N costliest."
)
@format_option("text", "json")
def command(project: Path | None, grow: float, budget: int | None, most: int, format_: str) -> None:
    """Predict what formulas cost, and say what would help.

    codaform counts comparisons: each row or list item that a formula asks or reads, at all places where the formula is
    computed. The numbers come from the sample rows, times --grow. Coda does not say how it finds rows, so there are two
    numbers: where columns are looked up if that finds the same rows, and where each row is asked.

    Exit codes: 0 shown, 1 a formula is above --budget, 2 could not run.

    \b
    Examples:
      codaform cost --grow 10
      codaform cost formulas --grow 100 --budget 1000000
    """
    from codaform.cli.output.costs import costs_json, put_costs
    from codaform.cli.select import recall_with_note
    from codaform.cli.terminal import counted, exit_if, put_json, say
    from codaform.evaluation.table_facts import facts_of_book
    from codaform.project.session import Session
    from codaform.semantics.costs import formula_costs

    session = Session.recalled(recall_with_note(project))
    found = formula_costs(session.program, facts_of_book(session.book, grow))
    above = [cost for cost in found if budget is not None and cost.comparisons > budget]
    if format_ == "json":
        put_json(costs_json(found[:most], grow, len(above)))
    else:
        put_costs(found[:most])
    if budget is not None:
        say(f"{counted(len(above), 'formula')} above the budget of {budget:,} comparisons")
    exit_if(bool(above))
