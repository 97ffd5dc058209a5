"""The command `test`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import in_project


@click.command()
@in_project
@click.option(
    "-k",
    "words",
    metavar="WORD",
    multiple=True,
    help="Run only what has this word in its kind, name or file; repeatable.",
)
@click.option(
    "--on",
    "place",
    type=click.Choice(["here", "local"]),
    default="here",
    show_default=True,
    help="Where formulas are computed: in this program, or in a local Coda that is asked through the API.",
)
@click.option("--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True)
def test(project: Path | None, words: tuple[str, ...], place: str, form: str) -> None:
    """Run the data tests, cases and scenarios of a project.

    With `--on local` scenarios, and those cases whose rows a person could enter, are run in docs of a local Coda: rows
    are written, buttons pushed and cells read by calls of the REST API. Data tests and all other cases are left out.

    What failed goes to stdout, the count to stderr. The exit code is 1 if anything failed, or if the project has
    errors: these are told first, and nothing is run.
    """
    from contextlib import ExitStack

    from codaform.cli.input.opening import open_project
    from codaform.cli.jobs.on_local import local_engines
    from codaform.cli.output.outcomes import FORMATS, running, tally
    from codaform.cli.output.reporting import is_error, put_report
    from codaform.cli.output.terminal import put, say
    from codaform.diagnostics.render.text import summary
    from codaform.project.check import check_project
    from codaform.project.files import CannotRead
    from codaform.project.suite import count, run_suite

    opened = open_project(project or Path())
    errors = [diagnostic for diagnostic in check_project(opened) if is_error(diagnostic)]
    if errors:
        put_report(errors)
        say(f"{summary(errors, len(opened.files))}; nothing was run")
        raise click.exceptions.Exit(1)
    elsewhere = place == "local"
    with ExitStack() as stack:
        engines = stack.enter_context(local_engines(opened)) if elsewhere else None
        on_outcome = stack.enter_context(running(count(opened, elsewhere)))
        outcomes = run_suite(opened, on_outcome, words, engines=engines)
    if words and not outcomes:
        what = "case or scenario that a service can run" if elsewhere else "data test, case or scenario"
        raise CannotRead(f"no {what} has {' or '.join(words)} in its name or file")
    told = FORMATS[form](outcomes)
    if told:
        put(told)
    left_out = count(opened) - count(opened, elsewhere=True) if elsewhere and not words else 0
    say(tally(outcomes) + (f"; {left_out} left out, which only codaform itself can run" if left_out else ""))
    if not all(outcome.passed for outcome in outcomes):
        raise click.exceptions.Exit(1)
