"""The command `promote`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.complete import environments
from codaform.cli.options import (
    allow_loss_option,
    alone_option,
    apply_option,
    environment_option,
    format_option,
    hint,
    mcp_option,
    one_folder,
    one_project,
    project_option,
    require_extras,
)


@click.command("promote")
@click.argument("words", nargs=-1, metavar="[PROJECT]")
@click.option(
    "--from", "source", metavar="ENVIRONMENT", shell_complete=environments, help="The environment of the verified doc."
)
@environment_option("The environment of the doc to change.")
@project_option
@mcp_option()
@apply_option
@click.option("--prune", is_flag=True, help="Drop what the first doc does not have.")
@allow_loss_option
@alone_option
@format_option("text", "json")
def command(
    words: tuple[str, ...],
    source: str | None,
    environment: str | None,
    project: Path | None,
    mcp: bool,
    apply: bool,
    prune: bool,
    allow_loss: bool,
    alone: bool,
    format_: str,
) -> None:
    """Bring a doc to the verified state of another environment's doc.

    Parts of the folder that the first doc has not confirmed are left out, and listed. Nothing is promoted if either doc
    has changed since it was confirmed: `drift` shows these changes. Everything else is as with `deploy`: nothing is
    written without --apply, and only what was read back counts as deployed. Rows are not promoted.

    \b
    Examples:
      codaform promote --from staging --to production --via mcp
      codaform promote --from staging --to production --via mcp --apply
    """
    rest = list(words)
    if source is None and environment is None and len(rest) > 1:
        source, environment = rest.pop(0), rest.pop(0)
        hint(f"--from {source} --to {environment}")
    if source is None or environment is None:
        raise click.UsageError("Name both environments: --from ENVIRONMENT --to ENVIRONMENT.")
    path = one_project(one_folder(rest), project)
    require_extras(source, environment)

    from codaform.cli.connect import connect
    from codaform.cli.deployment import DeployOptions, bring, target_of
    from codaform.cli.select import recall_sound
    from codaform.cli.terminal import exit_if, say
    from codaform.deploy.applying.deployment import entry_of, remember
    from codaform.deploy.lock import remembered
    from codaform.deploy.promoting import CannotPromote, may_be_changed, session_of, verified
    from codaform.project.files import CannotRead

    if source == environment:
        raise CannotRead(f"{source} cannot be promoted to itself")
    opened = recall_sound(path).project
    try:
        with connect(opened, source, mcp) as connection:
            target = target_of(connection)
            found = verified(source, target.read(), opened.doc, remembered(opened.root, source, target.doc))
        with connect(opened, environment, mcp) as connection:
            target = target_of(connection)
            entry = entry_of(opened.root, environment)
            may_be_changed(environment, target.read(), entry)
            for part in found.left_out:
                say(f"left out, as {source} has not verified it: {part}")
            options = DeployOptions(environment, mcp, apply, prune, allow_loss, alone, format_)
            done = bring(session_of(opened, found.doc), target, options, {}, entry=found.known_as_here(entry))
            if apply:
                remember(opened.root, environment, found.known_as_remembered(entry_of(opened.root, environment)))
    except CannotPromote as problem:
        raise CannotRead(str(problem)) from None
    exit_if(not done)
