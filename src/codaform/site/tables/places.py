"""The places of a doc's things on its pages: paths and anchors that stay when other things are added or removed."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from functools import lru_cache

from markupsafe import Markup

from codaform.markup.filling import fill
from codaform.model.schema import Doc
from codaform.semantics.dependencies import GraphNode
from codaform.site.tables import blocks

OVERVIEW = "reference/doc/index.md"
FORMULAS = "reference/doc/formulas.md"
CONTROLS = "reference/doc/controls.md"
TESTS = "reference/doc/tests.md"
_TABLES = "reference/doc/tables/"
_MIGRATIONS = "reference/doc/migrations/"
_LONGEST = 60
_TAKEN = frozenset(
    {"index", "readme", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
"""Names of pages that mean something else, to MkDocs or to Windows."""


def table_path(doc: Doc, table: str) -> str:
    """The page of a table; of one that the doc does not have, the overview."""
    return f"{_TABLES}{slugs(tuple(doc.tables))[table]}.md" if table in doc.tables else OVERVIEW


def migration_path(ids: tuple[str, ...], id: str) -> str:
    """The page of a migration. ids: Of all migrations."""
    return f"{_MIGRATIONS}{slugs(ids)[id]}.md"


def column_place(doc: Doc, table: str, column: str) -> str:
    """The place of a column on its table's page, with the anchor; the page alone for a column that is not there."""
    return _within(doc, table, "column", column)


def default_place(doc: Doc, table: str, column: str) -> str:
    """The place of a column's default."""
    return column_place(doc, table, column).replace("#column-", "#default-")


def view_place(doc: Doc, table: str, view: str) -> str:
    """The place of a view on its table's page, with the anchor; the page alone for a view that is not there."""
    return _within(doc, table, "view", view)


def formula_place(doc: Doc, name: str) -> str:
    """The place of a named formula, with the anchor; the page alone for one that is not there."""
    return f"{FORMULAS}#formula-{slugs(tuple(doc.formulas))[name]}" if name in doc.formulas else FORMULAS


def control_place(doc: Doc, name: str) -> str:
    """The place of a control, with the anchor; the page alone for one that is not there."""
    return f"{CONTROLS}#control-{slugs(tuple(doc.controls))[name]}" if name in doc.controls else CONTROLS


def thing_place(doc: Doc, thing: GraphNode) -> str:
    """The place of whatever a formula can read."""
    match thing.kind:
        case "cells":
            return column_place(doc, thing.table, thing.name)
        case "view":
            return view_place(doc, thing.table, thing.name)
        case "named":
            return formula_place(doc, thing.name)
        case "control":
            return control_place(doc, thing.name)
    return table_path(doc, thing.table)


def anchor(place: str) -> str:
    """The anchor of a place, behind the `#`."""
    return place.partition("#")[2]


def _within(doc: Doc, table: str, kind: str, name: str) -> str:
    path, owner = table_path(doc, table), doc.tables.get(table)
    if owner is None:
        return path
    names = tuple(owner.columns) if kind == "column" else tuple(dict.fromkeys(view.name for view in owner.views))
    return f"{path}#{kind}-{slugs(names)[name]}" if name in names else path


@lru_cache(maxsize=4096)
def slugs(names: tuple[str, ...]) -> dict[str, str]:
    """For each of some names that differ a word for addresses; the words differ too, also where case is not seen.

    The word of a name depends on the others only where it would be the same: there each name that is not that word
    itself gets a sum of its letters behind it.
    """
    plain = {name: _slug(name) for name in names}
    wanted = Counter(plain.values())
    found = {name: word for name, word in plain.items() if wanted[word] == 1 or name == word}
    taken = set(found.values())
    for name in sorted(plain.keys() - found.keys()):
        word = own = f"{plain[name]}-{zlib.crc32(name.encode('utf-8', 'surrogatepass')):08x}"
        number = 2
        while word in taken:
            word, number = f"{own}-{number}", number + 1
        taken.add(word)
        found[name] = word
    return found


def _slug(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    word = re.sub(r"[^\w]+", "-", folded)[:_LONGEST].strip("-_") or "unnamed"
    return f"{word}-" if word in _TAKEN else word


def table_link(doc: Doc, page: str, table: str) -> Markup:
    """A table's name with a link to its page; the name alone for a table that is not there."""
    name = blocks.code(table or "?")
    return blocks.link(page, table_path(doc, table), name) if table in doc.tables else name


def column_link(doc: Doc, page: str, table: str, column: str, short: bool = False) -> Markup:
    """A column's name with a link to it. short: Without the table's name."""
    name = blocks.code(column if short else f"{table}.{column}")
    known = table in doc.tables and column in doc.tables[table].columns
    return blocks.link(page, column_place(doc, table, column), name) if known else name


def thing_link(doc: Doc, page: str, thing: GraphNode) -> Markup:
    """A link to whatever a formula can read, with what it is where its name does not say so."""
    place = thing_place(doc, thing)
    match thing.kind:
        case "cells":
            return column_link(doc, page, thing.table, thing.name)
        case "view":
            return fill("the view {}", blocks.link(page, place, blocks.code(thing.name)))
        case "named" | "control":
            return blocks.link(page, place, blocks.code(thing.name))
    return fill("the rows of {}", table_link(doc, page, thing.table))
