"""Writes what a pull changes."""

from __future__ import annotations

from pathlib import Path

from codaform.cli.terminal import put, say
from codaform.deploy.copying.pulling import Pulled
from codaform.project.written_files import Update


def put_pulled(found: Pulled, update: Update, root: Path, dry_run: bool) -> None:
    """Write the names of the changed files to stdout, and to stderr what to know about them.

    root: The folder as a path from the current one.
    """
    for old, new in update.moves:
        put(f"{(root / old).as_posix()} -> {(root / new).as_posix()}")
    for path in sorted(update.texts):
        put((root / path).as_posix())
    for note in found.notes:
        say(f"warning: {note.place + ': ' if note.place else ''}{note.message}")
    for path in update.anew:
        say(f"warning: {path.as_posix()} could not be changed in place; its comments are lost")
    for sentence in found.kept:
        say(f"kept: {sentence}")
    for path in update.left:
        say(f"{'removed' if update.pruned else 'left'}: {path.as_posix()} belongs to nothing in the doc")
    would = "would be " if dry_run else ""
    counts = f"{len(update.made)} {would}new, {len(update.changed)} {would}changed, {len(update.same)} unchanged"
    say(f"{found.doc.name}: {counts}" + (f"; {found.rows} rows" if found.rows else ""))
