"""The command `lint`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from codaform.cli.asked import Selecting
from codaform.cli.options import FILE, format_option, project_option, selects_parts


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@format_option("text", "json", "github", "gitlab", "sarif", "junit")
@click.option("--fix", is_flag=True, help="Follow the advice that changes no result.")
@click.option("--unsafe-fixes", is_flag=True, help="Follow also advice that may change a result.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of showing them.")
@click.option("--baseline", type=FILE, metavar="FILE", help="Leave out as many findings as this file has of each rule.")
@click.option("--write-baseline", type=FILE, metavar="FILE", help="Write such a file with the present findings.")
@click.option("--strict", is_flag=True, help="Count infos as findings too.")
@selects_parts
@project_option
def command(
    paths: tuple[Path, ...],
    format_: str,
    fix: bool,
    unsafe_fixes: bool,
    statistics: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    strict: bool,
    project: Path | None,
    selecting: Selecting | None,
) -> None:
    """Advise on formulas that work.

    The warnings and errors of advice are a part of check; this command gives the infos, too. A project judges rules and
    families in its doc.yml, such as `lint: {performance: ignore, day-end: error}`. A formula allows
    something in a comment with a reason: /* noqa: needless-sort - the order is shown */

    The exit code is 1 with an error or a warning (--strict: or an info), and 2 if nothing could be read.

    \b
    Examples:
      codaform lint
      codaform lint formulas/sprints --statistics
      codaform lint --fix
      codaform lint --select sprints --exclude tag:old
      codaform lint --write-baseline lint.json
      codaform lint --baseline lint.json
    """
    if project is not None and paths:
        raise click.UsageError("--project is a whole project; PATHS are parts of one.")
    paths = (project,) if project is not None else paths

    from codaform import __version__
    from codaform.cli.output.findings import put_findings, put_statistics
    from codaform.cli.select import check_selected, fix_selected, select
    from codaform.cli.terminal import counted, exit_if, put, say
    from codaform.diagnostics.render.text import summary
    from codaform.project.lint import beyond, read_baseline, written_baseline

    known = Counter[tuple[str, str]]() if baseline is None else read_baseline(baseline)
    selected = select(paths)
    if fix or unsafe_fixes:
        for name, diagnostic in fix_selected(selected, unsafe_fixes, advice=True, selecting=selecting):
            say(f"fixed {name}: {diagnostic.fix.title if diagnostic.fix else diagnostic.message}")
    everything, checked = check_selected(selected, advice=True, selecting=selecting)
    found = [one for one in everything if one.rule.code.startswith("CF9")]
    if write_baseline is not None:
        from codaform.files import write_file
        from codaform.project.locate import base_of

        write_file(write_baseline, written_baseline(found), base_of(write_baseline))
        say(f"wrote {write_baseline}")
        return
    found = beyond(found, known)
    if statistics:
        put_statistics(found)
    elif format_ == "text":
        put_findings(found)
    else:
        from codaform.diagnostics.render.formats import FORMATS, Report

        if report := FORMATS[format_](Report(found, checked, __version__)):
            put(report)
    say(summary(found, len(checked)))
    if errors := sum(one.rule.severity == "error" for one in everything if one not in found):
        say(f"codaform check finds {counted(errors, 'error')}; a formula with one gets no advice")
    exit_if(any(strict or one.rule.severity != "info" for one in found))
