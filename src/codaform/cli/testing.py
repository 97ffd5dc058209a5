"""The command `test`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option(
    "-k",
    "words",
    metavar="WORD",
    multiple=True,
    help="Run only what has this word in its kind, name or file; repeatable.",
)
@click.option("--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", show_default=True)
def test(path: Path, words: tuple[str, ...], form: str) -> None:
    """Run the data tests, cases and scenarios of a project.

    What failed goes to stdout, the count to stderr. The exit code is 1 if anything failed, or if the project has
    errors: these are told first, and nothing is run.
    """
    from codaform.cli.opening import open_project
    from codaform.cli.outcomes import FORMATS, running, tally
    from codaform.cli.reporting import is_error, put_report
    from codaform.cli.terminal import put, say
    from codaform.diagnostics.report import summary
    from codaform.project.check import check_project
    from codaform.project.files import CannotRead
    from codaform.project.suite import count, run_suite

    project = open_project(path)
    errors = [diagnostic for diagnostic in check_project(project) if is_error(diagnostic)]
    if errors:
        put_report(errors)
        say(f"{summary(errors, len(project.files))}; nothing was run")
        raise click.exceptions.Exit(1)
    with running(count(project)) as on_outcome:
        outcomes = run_suite(project, on_outcome, words)
    if words and not outcomes:
        raise CannotRead(f"no data test, case or scenario has {' or '.join(words)} in its name or file")
    told = FORMATS[form](outcomes)
    if told:
        put(told)
    say(tally(outcomes))
    if not all(outcome.passed for outcome in outcomes):
        raise click.exceptions.Exit(1)
