"""The command `watch`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import takes_project


@click.command("watch")
@takes_project
def command(project: Path | None) -> None:
    """Check a project and run its tests, again after each save.

    The first time, all data tests, cases and scenarios run; then those that read something of what was saved, and those
    that failed. Findings are those of `check`, failures those of `test`. While there are errors, nothing is run.

    It looks at the files several times a second, waits until a save is complete, and starts again if another one comes
    meanwhile. Ctrl-C ends it with the exit code 0; the code is 2 if there is no project.
    """
    from codaform.cli.watching import watch
    from codaform.project.locate import find_root, label

    root = find_root(project or Path())
    try:
        watch(root, label(root))
    except KeyboardInterrupt:
        click.echo(err=True)
