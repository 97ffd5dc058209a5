"""Functions that no SQL gives, with the reason."""

from __future__ import annotations

from codaform.library import actions, lists, numbers, tables
from codaform.library.catalogue import declared
from codaform.library.function import Function

_ACTION = "an action changes the doc; SQL computes cells"
_CHANCE = "each engine draws other random numbers"
_CODA = "only Coda keeps this; computed elsewhere it is blank"

NEVER: dict[Function, str] = {
    **dict.fromkeys(declared(actions), _ACTION),
    **dict.fromkeys((lists.random_item, lists.randomize_list, numbers.random_number, numbers.random_integer), _CHANCE),
    **dict.fromkeys((tables.created, tables.created_by, tables.modified, tables.modified_by), _CODA),
}
