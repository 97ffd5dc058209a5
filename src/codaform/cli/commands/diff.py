"""The command `diff`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import format_option, takes_project


@click.command("diff")
@click.argument("what", metavar="REVISION|SNAPSHOT")
@takes_project
@click.option("--exit-code", is_flag=True, help="Exit with code 1 if anything differs.")
@format_option("text", "json", "markdown")
def command(what: str, project: Path | None, exit_code: bool, format_: str) -> None:
    """Show what changed in a doc, in parts, formulas and values.

    codaform compares the folder with a revision of git, such as HEAD~1 or main, or with a snapshot of `codaform
    backup`: parts that are new, gone, renamed or of another type, formulas with the parts that differ, and the computed
    values of sample rows that moved. It reads the revision from git's objects and leaves the working tree alone. The
    lock file tells renamings; without it codaform guesses, and says so. A snapshot's values are not compared:
    `codaform parity` does that.

    Exit codes: 0 shown, 1 it differs, with --exit-code, 2 could not run.

    \b
    Examples:
      codaform diff HEAD
      codaform diff main formulas --format json
      codaform diff backup.json --exit-code
    """
    from codaform.extras import require

    require("deploy")

    from codaform.cli.output.differing import diff_json, differences_in_markdown, put_differences
    from codaform.cli.select import recall_with_note
    from codaform.cli.terminal import exit_if, put, put_json
    from codaform.deploy.comparing.doc_diff import diff_sessions, diff_snapshot
    from codaform.project.session import Session

    new = Session.recalled(recall_with_note(project))
    if Path(what).is_file():
        from codaform.deploy.remote.schema import remote_schema
        from codaform.deploy.snapshot_file import load_snapshot

        found = diff_snapshot(remote_schema(load_snapshot(Path(what))), new)
    else:
        from codaform.project.git_revision import folder_at
        from codaform.project.reader import read_project

        with folder_at(new.project.root, what) as folder:
            found = diff_sessions(Session(read_project(folder, what)), new)
    if format_ == "json":
        put_json(diff_json(found))
    elif format_ == "markdown":
        put(differences_in_markdown(found, what).rstrip("\n"))
    else:
        put_differences(found)
    exit_if(exit_code and found.differs)
