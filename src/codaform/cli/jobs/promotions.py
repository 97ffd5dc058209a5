"""Promoting from the command line: what one doc has verified, deployed to another."""

from __future__ import annotations

from pathlib import Path

from codaform.cli.connect import connection
from codaform.cli.deployment import Wanted, bring, target_of
from codaform.cli.output.terminal import say
from codaform.cli.select import sound
from codaform.deploy.applying.deployment import entry_of, remember
from codaform.deploy.lock import remembered
from codaform.deploy.promoting import CannotPromote, Verified, may_be_changed, session_of, verified
from codaform.project.files import CannotRead
from codaform.project.project import Project


def run(
    path: Path,
    staging: str,
    production: str,
    mcp: bool,
    really: bool,
    prune: bool,
    allow_loss: bool,
    form: str,
    alone: bool = False,
) -> bool:
    """Promote, or tell what would be done; whether all is as it should be. Raises CannotRead."""
    if staging == production:
        raise CannotRead(f"{staging} cannot be promoted to itself")
    project = sound(path)
    try:
        found = _verified(project, staging, mcp)
        with connection(project, production, mcp) as opened:
            target = target_of(opened)
            entry = entry_of(project.root, production)
            may_be_changed(production, target.read(), entry)
            for one in found.left_out:
                say(f"left out, as {staging} has not verified it: {one}")
            wanted = Wanted(production, mcp, really, None, False, False, prune, allow_loss, form, alone)
            session = session_of(project, found.doc)
            done = bring(session, target, wanted, {}, entry=found.known_as_here(entry))
            if really:
                remember(project.root, production, found.known_as_remembered(entry_of(project.root, production)))
            return done
    except CannotPromote as problem:
        raise CannotRead(str(problem)) from None


def _verified(project: Project, name: str, mcp: bool) -> Verified:
    with connection(project, name, mcp) as opened:
        target = target_of(opened)
        entry = remembered(project.root, name, target.doc)
        return verified(name, target.read(), project.doc, entry)
