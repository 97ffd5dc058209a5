"""Reading a doc of Coda's and writing it into a folder."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from pathlib import Path

from codaform.cli.connect import connection
from codaform.cli.input.opening import label
from codaform.cli.names import pick
from codaform.cli.output.terminal import put, say
from codaform.cli.renaming import steps_for
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.copying.fakes import Mask
from codaform.deploy.copying.followed import brought_back, followed
from codaform.deploy.copying.pulling import Note, Pulled, pulled, renamings
from codaform.deploy.environments import LOCAL
from codaform.deploy.lock import read_lock
from codaform.files import read_file, write_file
from codaform.model.schema import Doc
from codaform.project.files import CannotRead
from codaform.project.own_folder import NAME, own_folder
from codaform.project.project import Environment, Project
from codaform.project.reader import find_root, read_project
from codaform.project.transaction import carry_out
from codaform.project.written_files import Update, compared
from codaform.project.written_files import put as put_files

_DOC = re.compile(r"(?:https?://[^/]+/d/(?:[^/]*_d)?)?([A-Za-z0-9_-]{10,})(?:[/?#].*)?")
_KEY = "anonymise.key"


def run(
    doc: str,
    by_environment: bool,
    folder: Path | None,
    rows: bool,
    anonymise: bool,
    mcp: bool,
    name: str | None,
    prune: bool,
    dry_run: bool,
) -> None:
    """Pull a doc, and tell what was done. Raises CannotRead for whatever keeps it from being done; then nothing was.

    doc: An environment, or the id or address of a doc. by_environment: Whether it has to be an environment.
    """
    root, project = _target(folder)
    known = [*(project.environments if project is not None else ()), LOCAL]
    if by_environment:
        doc = pick("environment", doc, known)
    environment = _environment(doc, name, project)
    opened = project or Project(root, Doc(""), (), {}, (), (), "", None, (), ())
    if environment.name != LOCAL:
        opened = replace(opened, environments={**opened.environments, environment.name: environment})
    with connection(opened, environment.name, mcp, if_there=True) as way:
        snapshot = fetch_snapshot(way.rest, way.tools, way.environment.doc, rows=rows)
    pinned = replace(environment, doc=snapshot.doc.id)
    mask = Mask(_key(root, dry_run)) if anonymise else None
    if project is None:
        found = pulled(snapshot, pinned, None, read_lock(root), mask)
        update = compared(root, found.files, prune, found.formerly)
        if not dry_run:
            put_files(update)
    else:
        found, update = _into(project, snapshot, pinned, mask, prune, dry_run)
    _tell(found, update, root, dry_run)


def _into(
    project: Project, snapshot: Snapshot, environment: Environment, mask: Mask | None, prune: bool, dry_run: bool
) -> tuple[Pulled, Update]:
    """Pull into a project; whatever has another name in Coda is called so in all of its files first."""
    root = project.root
    steps = renamings(snapshot, environment, project, read_lock(root))
    ways = (steps_for, lambda one, renaming: steps_for(one, renaming, documents=False))
    with followed(project, label(root), steps, *ways) as copy:
        found = pulled(snapshot, environment, copy.project, read_lock(copy.root), mask)
        notes = tuple(Note("", said) for said in copy.refused)
        update = compared(copy.root, found.files, prune, found.formerly)
        changes, update = brought_back(copy, update, root)
    if not dry_run:
        carry_out(root, changes)
    return replace(found, notes=(*notes, *found.notes)), update


def _target(folder: Path | None) -> tuple[Path, Project | None]:
    """The folder to write into, and the project in it if there is one."""
    if folder is None:
        try:
            root = find_root(Path())
        except CannotRead:
            return Path("formulas"), None
    else:
        root = folder
    if not (root / "doc.yml").is_file():
        return root, None
    project = read_project(root, label(root))
    if project.lost:
        first = project.diagnostics[0]
        raise CannotRead(f"{first.source.name}: {first.message}; a project that cannot be read is not written to")
    return root, project


def _environment(doc: str, name: str | None, project: Project | None) -> Environment:
    known = project.environments if project is not None else {}
    if doc in known and name is None:
        return known[doc]
    if doc == LOCAL:
        if project is None:
            raise CannotRead("there is no project here, so there is no local Coda of it")
        return Environment(LOCAL)
    found = _DOC.fullmatch(doc)
    if found is None:
        there = f"; doc.yml names {', '.join(known)}" if known else ""
        raise CannotRead(f"{doc} is neither an environment nor the id or address of a doc{there}")
    same = next((environment for environment in known.values() if environment.doc == found[1]), None)
    if same is not None and name in (None, same.name):
        return same
    chosen = name or "production"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", chosen) or chosen == LOCAL:
        raise CannotRead(f"{chosen} is no name for an environment: letters, digits, _ and - make one")
    if chosen in known and known[chosen].doc:
        raise CannotRead(f"doc.yml says that {chosen} is another doc, {known[chosen].doc}; --as gives this one a name")
    return Environment(chosen, found[1], known[chosen].host if chosen in known else "")


def _key(root: Path, dry_run: bool) -> bytes:
    """The key of a folder's fakes, which is made once and committed nowhere."""
    path = root / NAME / _KEY
    try:
        return bytes.fromhex(read_file(path).decode("ascii"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        raise CannotRead(f"{path} is no key for fakes; without it they will be other ones") from None
    key = secrets.token_bytes(32)
    if not dry_run:
        write_file(own_folder(root) / _KEY, key.hex(), root, 0o600)
    return key


def _tell(found: Pulled, update: Update, root: Path, dry_run: bool) -> None:
    for old, new in update.moves:
        put(f"{(Path(label(root)) / old).as_posix()} -> {(Path(label(root)) / new).as_posix()}")
    for path in sorted(update.texts):
        put((Path(label(root)) / path).as_posix())
    for note in found.notes:
        say(f"warning: {note.place + ': ' if note.place else ''}{note.message}")
    for path in update.anew:
        say(f"warning: {path.as_posix()} could not be changed in place; its comments are lost")
    for said in found.kept:
        say(f"kept: {said}")
    for path in update.left:
        say(f"{'removed' if update.pruned else 'left'}: {path.as_posix()} belongs to nothing in the doc")
    would = "would be " if dry_run else ""
    told = [
        f"{len(update.made)} {would}new",
        f"{len(update.changed)} {would}changed",
        f"{len(update.same)} as they were",
    ]
    say(f"{found.doc.name}: {', '.join(told)}" + (f"; {found.rows} rows" if found.rows else ""))
