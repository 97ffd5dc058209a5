"""Names of a doc's things as names of files that every system can keep."""

from __future__ import annotations

import re
from collections.abc import Iterable

from codaform.semantics.program import FormulaSite

ROWS_FILES = ("rows.csv", "rows.parquet")
"""The names that the rows file of a table may have; a table has one such file."""

_LONGEST = 120
"""Bytes of a name; systems keep 255, and there is more to come behind it."""

_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows keeps for itself."""

_RESERVED = frozenset({"scenarios", "migrations", "schema"})
"""Folders of a project that are no tables."""

ROLE_ENDINGS = {"default": "_default", "disable_if": "_disabled", "filter": "_filter", "choices": "_choices"}
"""What the name of a formula's file has behind that of its column or view, by the formula's role."""


def folder_name(table: str) -> str:
    """The name of a table's folder: the table's, with `_` for what no file name can have."""
    name = _cut(re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f\ud800-\udfff]', "_", table)).rstrip(". ")
    if name.startswith(".") or not name:
        name = f"_{name.lstrip('.')}"
    return f"{name}_" if _DEVICES.fullmatch(name) or name.casefold() in _RESERVED else name


def file_stem(name: str) -> str:
    """The name of a formula's file without its ending: in small letters, words joined by `_`."""
    stem = _cut(re.sub(r"[^\w-]+", "_", name.casefold()).strip("_-")) or "formula"
    return f"{stem}_" if _DEVICES.fullmatch(stem) else stem


def formula_stem(place: FormulaSite) -> str:
    """The usual name of a formula's file without its ending; the cases of an inline formula are found by it."""
    return file_stem(place.name) + ROLE_ENDINGS.get(place.role, "")


def unique(name: str, taken: Iterable[str], ending: str = "") -> str:
    """The name with its ending, or with a number before it; no system shall take it for one of the others."""
    used = {other.casefold() for other in taken}
    own, number = f"{name}{ending}", 2
    while own.casefold() in used:
        own, number = f"{name}_{number}{ending}", number + 1
    return own


def is_folder_of(folder: str, table: str) -> bool:
    """Whether a table may lie in a folder: in that of its name, or in one with a number where that was taken."""
    usual = folder_name(table)
    return folder in (table, usual) or re.fullmatch(re.escape(usual) + r"_[1-9]\d*", folder) is not None


def _cut(name: str) -> str:
    return name.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
