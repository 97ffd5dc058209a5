"""Writes what a restore changes."""

from __future__ import annotations

from codaform.cli.terminal import counted, put, say
from codaform.deploy.copying.restoring import Done, Restore


def put_plan(plan: Restore) -> None:
    """Write what a restore would change in each table."""
    for note in plan.notes:
        say(f"warning: {note}")
    for table in plan.tables:
        if table.changes:
            no_key = "; without a key, ids alone identify rows" if table.added and not table.key else ""
            changed = len(table.changes) - table.added
            put(f"{table.table.name}: {table.added} to add, {changed} to change, {table.same} unchanged{no_key}")
        if table.others:
            say(f"{table.table.name}: {counted(table.others, 'row')} not in the backup; nothing is deleted")


def put_result(done: Done) -> bool:
    """Write what a restore changed; gives whether everything was read back as in the backup."""
    say(f"{counted(done.added, 'row')} added, {done.changed} changed, nothing deleted")
    for note in done.left.notes if done.left is not None else ():
        say(f"warning: {note}")
    left = sum(len(table.changes) for table in done.left.tables) if done.left is not None else 0
    if done.unconfirmed:
        say(f"{counted(done.unconfirmed, 'write')} accepted, not confirmed: `restore` again shows what is there")
    if left:
        say(f"{counted(left, 'row')} read back with other values than in the backup")
    return not done.unconfirmed and not left
