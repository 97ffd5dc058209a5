"""Calls to Coda that go on where a token has no rights, and say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from codaform.coda.door.failures import Failure, NotAllowed, NotFound, Unreadable
from codaform.coda.door.rest import Record, Rest

_R = TypeVar("_R")
_REFUSED = (NotAllowed, NotFound, Unreadable)


class ForgivingRest(Rest):
    """Calls to Coda that give nothing where the token has no rights, and note that. unread: In sentences."""

    def __init__(self, rest: Rest) -> None:
        self.__dict__.update(rest.__dict__)
        self.unread: list[str] = []

    def pages(self, doc: str) -> list[Record]:
        """The pages; none if they are refused."""
        return self._try("The list of pages", lambda: Rest.pages(self, doc), [])

    def formulas(self, doc: str) -> list[Record]:
        """The named formulas; none if they are refused."""
        return self._try("The list of named formulas", lambda: Rest.formulas(self, doc), [])

    def controls(self, doc: str) -> list[Record]:
        """The controls; none if they are refused."""
        return self._try("The list of controls", lambda: Rest.controls(self, doc), [])

    def columns(self, doc: str, table: str) -> list[Record]:
        """The columns of a table; none if they are refused."""
        return self._try(f"The columns of the table {table}", lambda: Rest.columns(self, doc, table), [])

    def rows(self, doc: str, table: str, *more: Any, **options: Any) -> Iterator[Record]:
        """The rows up to the first failure."""
        try:
            yield from super().rows(doc, table, *more, **options)
        except _REFUSED as problem:
            self._note(f"The rows of the table {table}", problem)

    def formula(self, doc: str, formula: str) -> Record:
        """A named formula; its id alone if it is refused."""
        return self._try(f"The named formula {formula}", lambda: Rest.formula(self, doc, formula), _lost(formula))

    def control(self, doc: str, control: str) -> Record:
        """A control; its id alone if it is refused."""
        return self._try(f"The control {control}", lambda: Rest.control(self, doc, control), _lost(control))

    def table(self, doc: str, table: str) -> Record:
        """A table or view; its id alone if it is refused."""
        lost: Record = {**_lost(table), "parentTable": {"id": "unreadable"}}
        return self._try(f"The table or view {table}", lambda: Rest.table(self, doc, table), lost)

    def _try(self, what: str, ask: Callable[[], _R], otherwise: _R) -> _R:
        try:
            return ask()
        except _REFUSED as problem:
            self._note(what, problem)
            return otherwise

    def _note(self, what: str, problem: Failure) -> None:
        if isinstance(problem, NotAllowed) and problem.status == 401:
            raise problem  # the token is none
        self.unread.append(f"{what} could not be read: {problem}.")


def _lost(id: str) -> Record:
    return {"id": id, "name": f"unreadable {id}"}
