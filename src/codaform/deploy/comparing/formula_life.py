"""The life of a formula: what it said at each commit of git that changed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from codaform.deploy.comparing.doc_diff import Locks, former_names, parts_that_differ
from codaform.deploy.lock import read_lock
from codaform.model.schema import Doc
from codaform.project.files import CannotRead
from codaform.project.git_revision import Commit, folder_at, is_of_schema, schema_commits
from codaform.project.parts import ProjectPart, has_part
from codaform.project.reader import read_project
from codaform.project.uses import owner_of
from codaform.semantics.program import formulas
from codaform.syntax.printer import formatted

MOST_COMMITS = 2_000
"""How many commits are looked at."""


@dataclass(frozen=True, slots=True)
class FormulaVersion:
    """The formulas of a part after a commit.

    name: How the part was called then. text: Its formulas as codaform formats them, empty where there was none.
    parts: The texts that differ from the version before, each before and after.
    """

    commit: Commit
    name: str
    text: str
    parts: tuple[tuple[str, str], ...]


def formula_life(root: Path, part: ProjectPart) -> Iterator[FormulaVersion]:
    """The versions of a part's formulas, the newest first, until the part was not there. Raises CannotRead.

    A part that was renamed is followed by its id in the lock files, or by a guess where they tell nothing.
    """
    newer: FormulaVersion | None = None
    known: tuple[Doc, Locks] | None = None
    for commit in schema_commits(root, MOST_COMMITS):
        state = _state(root, commit)
        found = None if state is None else _followed(part, state, known)
        text = _text(state[0], found) if state is not None and found is not None else ""
        if newer is not None and text != newer.text:
            yield replace(newer, parts=tuple(parts_that_differ(text, newer.text)))
        if found is None and newer is not None:
            return
        if found is not None:
            part, known = found, state
            newer = FormulaVersion(commit, str(found), text, ())
    if newer is not None and newer.text:
        yield replace(newer, parts=tuple(parts_that_differ("", newer.text)))


def _state(root: Path, commit: Commit) -> tuple[Doc, Locks] | None:
    """The doc at a commit, with what its lock file says; None where there was none."""
    try:
        with folder_at(root, commit.id, is_of_schema) as folder:
            return read_project(folder, commit.id).doc, read_lock(folder)
    except CannotRead:
        return None


def _followed(part: ProjectPart, state: tuple[Doc, Locks], newer: tuple[Doc, Locks] | None) -> ProjectPart | None:
    """The part in an older state of the doc."""
    if has_part(state[0], part):
        return part
    if newer is None or part.kind not in ("column", "formula"):
        return None
    was = former_names(*state, *newer)(part.table, part.name)
    return None if was is None else ProjectPart(part.kind, was[1], was[0])


def _text(doc: Doc, part: ProjectPart) -> str:
    found = {place.role: formatted(source) for place, source, _ in formulas(doc) if owner_of(place) == part}
    if len(found) == 1:
        return next(iter(found.values()))
    return "\n".join(f"{role}: {text}" for role, text in found.items())
