"""The LALR tables of the grammar, as `table_maker` writes them: reading a formula needs no Lark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from codaform.source import frozen

END = "END"
"""The terminal behind the last one of a text."""

ACCEPT = 0
"""What to do when all is read: the number of the first state, to which nothing leads back."""

TABLES = "coda.tables.json"
"""The name of the file."""


@frozen
class Tables:
    """What the parser needs to know of the grammar."""

    terminals: Mapping[str, str]
    """The regular expression of each terminal by its name, those first that are tried first."""
    ignored: Sequence[str]
    """The terminals that may stand before any other."""
    rules: Sequence[Sequence[Any]]
    """The name of each rule, the number of its symbols, and what builds a node of them; `""` if one symbol passes."""
    actions: Sequence[Mapping[str, int]]
    """What to do in a state at a terminal: go to a state; if the number is negative, reduce by the rule `~number`."""
    gotos: Sequence[Mapping[str, int]]
    """The state after a rule by the rule's name, in the state that the reduced symbols were read in."""


@cache
def folder() -> Path:
    """Where the tables are: in the package; in a checkout beside the grammar."""
    packaged = Path(__file__).parents[1] / "grammar"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "grammar"


@cache
def load() -> Tables:
    """Load the tables from their file."""
    return Tables(**json.loads((folder() / TABLES).read_text("utf-8")))
