"""The command `ci`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import PATH, environment_option, format_option, takes_project


@click.command("ci")
@takes_project
@click.option(
    "--since", metavar="REVISION", help="Show what changed since this revision of git, with the values moved."
)
@environment_option("Plan for the doc of this environment, too.")
@click.option("--out", type=PATH, metavar="FOLDER", help="Write the reports into this folder.")
@click.option("--no-docs", is_flag=True, help="Do not check the site.")
@format_option("text", "github")
def command(
    project: Path | None, since: str | None, environment: str | None, out: Path | None, no_docs: bool, format_: str
) -> None:
    """Run what a pipeline runs, and write its reports.

    The stages are check, layout, tests and documents; with `--since` also the changes since a revision, and with `--to`
    the plan for a doc, which is only read. Each stage runs, whatever the others found, but nothing is computed of a
    project with errors.

    The reports are summary.md for a reviewer, findings.sarif, findings.xml and code-quality.json for forges, tests.xml
    as JUnit, and the plan.

    The exit code is 1 if a stage failed, and 2 if one could not run.

    \b
    Examples:
      codaform ci
      codaform ci --since main --out reports
      codaform ci formulas --to production --format github --out reports
    """
    from codaform import __version__
    from codaform.cli.output.stages import make_place, put_stage, write_reports
    from codaform.cli.pipeline import PipelineOptions, run_stages
    from codaform.cli.terminal import say
    from codaform.project.locate import find_root

    root = find_root(project or Path())
    if out is not None:
        make_place(out)  # before the work, not after it
    stages = []
    for stage in run_stages(root, PipelineOptions(since or "", environment or "", not no_docs)):
        stages.append(stage)
        put_stage(stage, format_, __version__)
    if out is not None:
        write_reports(stages, out, __version__)
        say(f"the reports are in {out}")
    results = {stage.result for stage in stages}
    if "could not run" in results:
        raise click.exceptions.Exit(2)
    if "failed" in results:
        raise click.exceptions.Exit(1)
