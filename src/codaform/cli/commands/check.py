"""The command `check`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.asked import Selecting
from codaform.cli.options import format_option, project_option, selects_parts


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--stdin", is_flag=True, help="Check the formula on stdin, as a formula of the project here.")
@click.option(
    "--table", metavar="T", shell_complete=complete.tables, help="With --stdin: the table that owns the formula."
)
@click.option(
    "--column",
    metavar="C",
    shell_complete=complete.columns_of_table,
    help="With --stdin: the column that the formula defines.",
)
@format_option("text", "json", "github", "gitlab", "sarif", "junit")
@click.option("--fix", is_flag=True, help="Fix what can be fixed without a change of meaning.")
@click.option("--unsafe-fixes", is_flag=True, help="Fix also by guesses that may change a meaning.")
@click.option("--strict", is_flag=True, help="Count infos as findings too.")
@click.option("--daemon", is_flag=True, help="Ask the process that keeps the project read, or start it.")
@click.option("--stop-daemon", is_flag=True, help="End that process.")
@selects_parts
@project_option
def command(
    paths: tuple[Path, ...],
    stdin: bool,
    table: str | None,
    column: str | None,
    format_: str,
    fix: bool,
    unsafe_fixes: bool,
    strict: bool,
    daemon: bool,
    stop_daemon: bool,
    project: Path | None,
    selecting: Selecting | None,
) -> None:
    """Find what is wrong with a project or its files.

    Without PATHS, check the project of the current folder: its doc.yml is here, above, or in formulas/. For files and
    folders inside a project, only their own findings are shown; a .coda file outside of any project is checked alone.
    With --select, the whole project is checked, and the findings about the selected parts are shown.

    Findings go to stdout, their number to stderr. The exit code is 1 with an error or a warning (--strict: or an info),
    and 2 if nothing could be checked.

    --daemon is for large projects, editors and agents that ask often: a process of the project stays, and reads only
    what was edited since. It listens on a socket that only you can open, and ends after ten minutes without a question.

    \b
    Examples:
      codaform check
      codaform check formulas/sprints --format github
      codaform check --fix
      codaform check --select state:modified+ --base main
      codaform check --daemon
      pbpaste | codaform check --stdin --table sprints --column tasks
    """
    if stdin and (paths or fix or unsafe_fixes or selecting):
        raise click.UsageError("--stdin takes neither paths nor fixes nor selectors.")
    if project is not None and paths:
        raise click.UsageError("--project is a whole project; PATHS are parts of one.")
    if not stdin and (table or column):
        raise click.UsageError("--table and --column belong to --stdin.")
    if column and not table:
        raise click.UsageError("--column needs --table.")
    paths = (project,) if project is not None and not stdin else paths
    if daemon and (fix or unsafe_fixes or selecting or (not stdin and _whole_project(paths) is None)):
        raise click.UsageError("--daemon checks a whole project, or stdin, without selectors and fixes.")
    if stop_daemon and (stdin or (paths and project is None) or fix or unsafe_fixes):
        raise click.UsageError("--stop-daemon stands alone, or with --project.")

    if stop_daemon:
        _stop(project)
        return
    data: bytes | None = None
    if daemon:
        folder = paths[0] if paths else project
        data = _ask_resident(stdin, table or "", column or "", format_, strict, folder)

    from codaform.cli.terminal import counted, exit_if, put, say
    from codaform.project.check_cache import file_states, fingerprint, remember_clean, was_clean

    root = None if stdin or fix or unsafe_fixes or selecting or format_ != "text" else _whole_project(paths)
    states = None if root is None else file_states(root)
    state = "" if root is None or states is None else fingerprint(root, states)
    clean = was_clean(state)
    if clean is not None:
        say(f"{counted(clean, 'file')}, nothing to report")
        return

    from codaform import __version__
    from codaform.cli.output.findings import fix_notes, put_findings
    from codaform.cli.select import check_selected, check_stdin, fix_selected, select
    from codaform.diagnostics.render.text import summary

    if stdin:
        found, checked = check_stdin(table or "", column or "", project, data)
    else:
        selected = select(paths)
        if fix or unsafe_fixes:
            for name, diagnostic in fix_selected(selected, unsafe_fixes, selecting=selecting):
                say(f"fixed {name}: {diagnostic.fix.title if diagnostic.fix else diagnostic.message}")
        found, checked = check_selected(selected, states, selecting=selecting)
    if format_ == "text":
        put_findings(found)
    else:
        from codaform.diagnostics.render.formats import FORMATS, Report

        if report := FORMATS[format_](Report(found, checked, __version__)):
            put(report)
    say(summary(found, len(checked)))
    if not found:
        # A file that was saved in the meantime is never in that state again.
        remember_clean(state, len(checked))
    for note in fix_notes(found, unsafe_fixes) if format_ == "text" and not stdin else ():
        say(note)
    exit_if(any(strict or diagnostic.rule.severity != "info" for diagnostic in found))


def _stop(project: Path | None) -> None:
    """End the resident process of a project."""
    from codaform.cli.resident_client import NoResident, end
    from codaform.cli.terminal import say
    from codaform.project.locate import CannotRead, find_root

    root = find_root(project or Path())
    try:
        ended = end(root)
    except NoResident as error:
        raise CannotRead(str(error)) from None
    say("ended" if ended else f"{root} has no resident process")


def _ask_resident(
    stdin: bool, table: str, column: str, format_: str, strict: bool, project: Path | None
) -> bytes | None:
    """Let the resident process check stdin or the project, and end with its findings.

    Returns what stdin had if there is no process. Raises CannotRead.
    """
    import sys

    from codaform.cli.resident_client import MOST_BYTES, NoResident, ask
    from codaform.cli.terminal import colored, exit_if, put, say
    from codaform.project.locate import CannotRead, find_root, label

    data = sys.stdin.buffer.read(MOST_BYTES + 1) if stdin else None
    about: dict[str, object] = {"format": format_, "color": colored(sys.stdout)}
    try:
        root = find_root(project or Path())
        about |= {"table": table, "column": column} if stdin else {"label": label(root)}
        reply = ask(root, about, data or b"")
    except NoResident as error:
        say(f"checked without a resident process: {error}")
        return data
    except CannotRead:
        if table or project is not None:
            raise
        return data  # a formula of no project
    if "refused" in reply:
        raise CannotRead(reply["refused"])
    if reply["report"]:
        put(reply["report"])
    for note in reply["notes"]:
        say(note)
    exit_if(any(strict or severity != "info" for severity in reply["severities"]))
    raise click.exceptions.Exit(0)


def _whole_project(paths: tuple[Path, ...]) -> Path | None:
    """The project's folder if the paths mean all of one project."""
    from codaform.project.locate import find_root

    if len(paths) > 1 or (paths and not paths[0].is_dir()):
        return None
    root = find_root(paths[0] if paths else Path())
    path = (paths[0] if paths else root).resolve()
    return root if path == root.resolve() or path in root.resolve().parents else None
