"""The command `test`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.asked import Selecting
from codaform.cli.options import engine_option, format_option, selects_parts, takes_project


@click.command("test")
@takes_project
@click.option(
    "-k",
    "words",
    metavar="WORD",
    multiple=True,
    help="Run only tests with this word in their kind, name or file; repeatable.",
)
@selects_parts
@click.option(
    "--on",
    "place",
    type=click.Choice(["here", "local"]),
    default="here",
    show_default=True,
    help="Where formulas are computed: in this program, or in a local Coda through its API.",
)
@engine_option("What computes the columns.", "rows")
@click.option("--coverage", is_flag=True, help="Show the branches of formulas that no test and no sample row takes.")
@click.option("--mutate", is_flag=True, help="Change each formula a little, and show which changes no test notices.")
@click.option(
    "--least",
    type=click.FloatRange(0, 100),
    default=100.0,
    show_default=True,
    metavar="PERCENT",
    help="With --mutate or --coverage: fail below this share of noticed changes or taken branches.",
)
@format_option("text", "json", "junit")
def command(
    project: Path | None,
    words: tuple[str, ...],
    selecting: Selecting | None,
    place: str,
    engine: str,
    coverage: bool,
    mutate: bool,
    least: float,
    format_: str,
) -> None:
    """Run the data tests, cases and scenarios of a project.

    With `--on local`, scenarios run in docs of a local Coda, and so do cases whose rows a person could enter: codaform
    writes rows, pushes buttons and reads cells through the REST API. Data tests and all other cases are left out.

    With `--select`, the data tests, cases and scenarios run that read or name one of the selected parts.

    With `--engine`, that engine computes the columns and named formulas whose values are compared, again after each
    step of a scenario. Steps, conditions and the formulas of tests are computed row by row.

    With `--mutate`, codaform changes the formulas that have cases, one sign, number, text or condition at a time, and
    runs the formula's cases and then all other tests. A change that passes them all shows a missing case, or
    one that makes no difference, such as a guard whose blank leads to a blank anyway.

    With `--coverage`, codaform also computes all sample rows, and shows for each formula how many of its branches were
    taken, and where the others are: results of If, Switch and IfBlank, conditions of AND and OR that never decided,
    and formulas per item whose list was always empty.

    Failures go to stdout, the count to stderr. The exit code is 1 if a test failed, or if the project has errors: then
    these are shown, and no test runs.
    """
    if place == "local" and engine != "rows":
        raise click.UsageError("--engine is for tests that run here: without --on local.")

    if (mutate or coverage) and (place == "local" or engine != "rows" or format_ == "junit"):
        name = "--mutate" if mutate else "--coverage"
        raise click.UsageError(f"{name} runs here, by rows, with --format text or json.")
    if mutate and coverage:
        raise click.UsageError("--mutate and --coverage are two runs.")

    from contextlib import ExitStack

    from codaform.cli.output.all_columns import say_left_to_rows
    from codaform.cli.output.findings import put_findings
    from codaform.cli.output.outcomes import FORMATS, running, tally
    from codaform.cli.select import open_project
    from codaform.cli.terminal import exit_if, put, say
    from codaform.diagnostics.diagnostic import errors_in
    from codaform.diagnostics.render.text import summary
    from codaform.extras import require
    from codaform.project.check import check_project
    from codaform.project.files import CannotRead
    from codaform.project.session import Session
    from codaform.project.suite import count, run_suite

    opened = open_project(project)
    errors = errors_in(check_project(opened))
    if errors:
        put_findings(errors)
        say(f"{summary(errors, len(opened.files))}; nothing was run")
        raise click.exceptions.Exit(1)
    session = Session(opened, engine=engine)
    chosen = None
    if selecting is not None:
        from codaform.cli.selecting import parts_selected

        chosen = parts_selected(session, selecting)
        if not chosen:
            return
    if mutate:
        from codaform.cli.mutating import put_mutants

        exit_if(put_mutants(opened, words, chosen, format_) < least)
        return
    if coverage:
        from codaform.cli.covering import put_branches

        taken = put_branches(opened, words, chosen, format_)
        exit_if(taken is None or taken < least)
        return
    make, elsewhere = None, place == "local"
    with ExitStack() as stack:
        if elsewhere:
            require("deploy", "serve")
            from codaform.cli.connect import local_runners

            make = stack.enter_context(local_runners(opened))
        on_outcome = stack.enter_context(running(count(opened, elsewhere)))
        outcomes = run_suite(opened, on_outcome, words, session, make, chosen.runs if chosen is not None else None)
    if words and not outcomes:
        kinds = "case or scenario that a service can run" if elsewhere else "data test, case or scenario"
        raise CannotRead(f"no {kinds} has {' or '.join(words)} in its name or file")
    if report := FORMATS[format_](outcomes):
        put(report)
    left_out = count(opened) - count(opened, elsewhere=True) if elsewhere and not words and chosen is None else 0
    if any(outcome.kind == "data test" for outcome in outcomes):
        say_left_to_rows(session)
    say(tally(outcomes) + (f"; {left_out} left out, which only codaform itself can run" if left_out else ""))
    exit_if(not all(outcome.passed for outcome in outcomes))
