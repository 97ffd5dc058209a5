"""The command `check`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import project_option


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--stdin", is_flag=True, help="Check the one formula on stdin, as it would stand in the project here.")
@click.option(
    "--table", metavar="T", shell_complete=complete.tables, help="With --stdin: the table that owns the formula."
)
@click.option(
    "--column",
    metavar="C",
    shell_complete=complete.columns_of_table,
    help="With --stdin: the column that the formula defines.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif", "junit"]),
    default="text",
    show_default=True,
)
@click.option("--fix", is_flag=True, help="Mend what can be mended without changing a meaning.")
@click.option("--unsafe-fixes", is_flag=True, help="Mend also by guesses that may change a meaning.")
@click.option("--strict", is_flag=True, help="Count infos as findings too.")
@project_option
def check(
    paths: tuple[Path, ...],
    stdin: bool,
    table: str | None,
    column: str | None,
    form: str,
    fix: bool,
    unsafe_fixes: bool,
    strict: bool,
    project: Path | None,
) -> None:
    """Find what is wrong with a project or its files.

    Without PATHS it is the project of the current folder: doc.yml lies here, above, or in formulas/. Of files and
    folders inside a project only their own findings are told; a .coda file outside of any project is checked alone.

    Findings go to stdout, how many they are to stderr. The exit code is 1 with an error or a warning (--strict: or an
    info), and 2 if nothing could be checked.

    \b
    Examples:
      codaform check
      codaform check formulas/sprints --format github
      codaform check --fix
      pbpaste | codaform check --stdin --table sprints --column tasks
    """
    if stdin and (paths or fix or unsafe_fixes):
        raise click.UsageError("--stdin takes neither paths nor fixes.")
    if project is not None and paths:
        raise click.UsageError("--project is all of a project; PATHS are parts of one.")
    if not stdin and (table or column):
        raise click.UsageError("--table and --column belong to --stdin.")
    if column and not table:
        raise click.UsageError("--column needs --table.")

    paths = (project,) if project is not None and not stdin else paths

    from codaform.cli.output.terminal import say
    from codaform.project.clean import fingerprint, remember_clean, was_clean

    root = None if stdin or fix or unsafe_fixes or form != "text" else _whole_project(paths)
    state = "" if root is None else fingerprint(root)
    clean = was_clean(state)
    if clean is not None:
        say(f"{clean} {'file' if clean == 1 else 'files'}, nothing to report")
        return

    from codaform import __version__
    from codaform.cli.output.reporting import put_report
    from codaform.cli.output.terminal import put
    from codaform.cli.select import check_selected, check_stdin, select
    from codaform.diagnostics.render import FORMATS, Report
    from codaform.diagnostics.render.text import summary

    if stdin:
        found, checked = check_stdin(table or "", column or "", project)
    else:
        selected = select(paths)
        if fix or unsafe_fixes:
            from codaform.cli.jobs.mending import mend

            for name, diagnostic in mend(selected, unsafe_fixes):
                say(f"fixed {name}: {diagnostic.fix.title if diagnostic.fix else diagnostic.message}")
        found, checked = check_selected(selected)
    if form == "text":
        put_report(found)
    else:
        told = FORMATS[form](Report(found, checked, __version__))
        if told:
            put(told)
    say(summary(found, len(checked)))
    if not found:
        # A file that was saved in the meantime may not have been the one that was read.
        remember_clean(state if root is not None and fingerprint(root) == state else "", len(checked))
    mendable = [diagnostic.fix for diagnostic in found if diagnostic.fix is not None]
    if mendable and form == "text" and not stdin:
        safe = sum(one.safe for one in mendable)
        if safe:
            say(f"{safe} of them can be fixed with --fix")
        if safe < len(mendable) and not unsafe_fixes:
            say(f"{len(mendable) - safe} of them can be fixed with --unsafe-fixes, by a guess")
    if any(strict or diagnostic.rule.severity != "info" for diagnostic in found):
        raise click.exceptions.Exit(1)


def _whole_project(paths: tuple[Path, ...]) -> Path | None:
    """The project's folder where all of one project is asked about."""
    from codaform.project.root import find_root

    if len(paths) > 1 or (paths and not paths[0].is_dir()):
        return None
    root = find_root(paths[0] if paths else Path())
    asked = (paths[0] if paths else root).resolve()
    return root if asked == root.resolve() or asked in root.resolve().parents else None
