"""Names that nothing else has: formulas know things by their names here.

Coda itself lets two things have one name, since its formulas refer to things; here the second gets a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from codaform.server.doc import finding
from codaform.server.doc.records import DocRecord


def taken(doc: DocRecord) -> set[str]:
    """The names of everything that a formula anywhere in the doc can name, in small letters."""
    names = [table.name for table in doc.tables]
    names += [view.view.name for _, view in finding.every_view(doc)]
    names += [known.formula.name for known in doc.formulas]
    names += [control.name for control in doc.controls]
    return {name.casefold() for name in names}


def free(wanted: str, others: Iterable[str]) -> str:
    """The wanted name, with ` 2`, ` 3` … behind it where another has it. others: In small letters."""
    others = set(others)
    if wanted.casefold() not in others:
        return wanted
    return next(name for name in (f"{wanted} {number}" for number in count(2)) if name.casefold() not in others)


def numbered(word: str, others: Iterable[str]) -> str:
    """A name for what was given none: `Table 1`, `Table 2` …"""
    others = set(others)
    return next(name for name in (f"{word} {number}" for number in count(1)) if name.casefold() not in others)
