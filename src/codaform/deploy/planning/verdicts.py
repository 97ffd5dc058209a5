"""Whether a formula in Coda means the same as in the folder: same, different, or unclear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from codaform.coda.wire.formula_text import compare_formulas, returned_formula
from codaform.deploy.lock import LockEntry, own_hash, remote_hash
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.schema import Doc, views
from codaform.semantics.program import FormulaSite

_Answer = Literal["same", "different", "cannot tell", "untold"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer, and the reason if it is unclear."""

    answer: _Answer
    why: str = ""


SAME, DIFFERENT = Verdict("same"), Verdict("different")


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares formulas. names: Whether the doc or the folder has anything of a name."""

    remote: RemoteSchema
    entry: LockEntry
    names: Callable[[str], bool]

    def verdict(
        self, place: FormulaSite, was: FormulaSite, text: str | None, now: str | None, wanted: str | None
    ) -> Verdict:
        """Whether a formula is as wanted.

        place: Its place in the folder. was: Its place in the doc. text: The text in the doc. now: The same with the
        names that things are about to get. wanted: The text in the folder.
        """
        if was in self.remote.untold:
            return Verdict("untold", "MCP alone tells its text") if wanted is not None else SAME
        if now is None or wanted is None:
            return SAME if now is wanted else DIFFERENT
        back = self.remote.returned.get(was, now)
        moved = now != text
        confirmed = None if moved else self.entry.confirmed.get(place)
        if confirmed is not None and confirmed.remote == remote_hash(back):
            # An earlier reading confirmed this text as ours: only our own text can differ by now.
            return SAME if confirmed.ours == own_hash(wanted) else DIFFERENT
        if moved:
            # Coda writes the new names too; what it loses is lost again.
            back = now if back == text else returned_formula(now, place.table, self.names)
        answer = compare_formulas(back, wanted, self.names)
        if answer == "cannot tell" and confirmed is not None:
            return DIFFERENT  # it was changed in Coda since it was confirmed
        why = "the text that came back may mean the same and may not" if answer == "cannot tell" else ""
        return Verdict(answer, why)


def judge(remote: RemoteSchema, now: Doc, wanted: Doc, entry: LockEntry) -> Judge:
    """A judge of the formulas of a doc. now: The doc with the names that things are about to get."""
    known: set[str] = set()
    for doc in (remote.doc, now, wanted):
        known.update(name.casefold() for name in (*doc.tables, *doc.formulas, *doc.controls))
        known.update(view.name.casefold() for view in views(doc))
        known.update(name.casefold() for table in doc.tables.values() for name in table.columns)
    return Judge(remote, entry, lambda name: name.casefold() in known)
