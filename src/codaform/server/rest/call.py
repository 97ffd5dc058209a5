"""One call of the API: what was asked, by whom, and the ways to refuse it."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar, cast

from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, Json, PageRecord, RowRecord, TableRecord, ViewRecord
from codaform.server.tokens import Token
from codaform.server.workspace import Workspace

B = TypeVar("B")
C = TypeVar("C", bound=str)


class ApiError(Exception):
    """A refusal, as the API words it. detail: Members beside the usual three."""

    def __init__(self, status: int, message: str, detail: Mapping[str, Json] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail or {}

    @property
    def body(self) -> dict[str, Json]:
        """The body of the reply."""
        phrase = HTTPStatus(self.status).phrase
        return {"statusCode": self.status, "statusMessage": phrase, "message": self.message, **self.detail}


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to a call that was not refused."""

    body: Json
    status: int = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one operation.

    path: What stands at the named places of the path. query: All values of each parameter. body: JSON, if any.
    base: The address of the API for whoever called, without a slash at its end. address: What was called, with query.
    """

    workspace: Workspace
    token: Token
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: Json = None
    base: str = ""
    address: str = ""

    # ------------------------------------------------------------ parameters

    def text(self, name: str) -> str | None:
        """The value of a parameter; None where it is left out or empty."""
        values = self.query.get(name)
        return values[-1] or None if values else None

    def flag(self, name: str) -> bool | None:
        """The value of a boolean parameter, in any case of letters. Raises ApiError."""
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false"):
            raise ApiError(400, f"{name} must be true or false.")
        return text.lower() == "true"

    def choice(self, name: str, choices: Sequence[C]) -> C | None:
        """The value of a parameter that has to be one of some. Raises ApiError."""
        text = self.text(name)
        found = next((choice for choice in choices if choice == text), None)
        if text is not None and found is None:
            raise ApiError(400, f"{name} must be one of {', '.join(choices)}.")
        return found

    def number(self, name: str, least: int = 1) -> int | None:
        """The value of a parameter that is a whole number. Raises ApiError."""
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < least:
            raise ApiError(400, f"{name} must be a whole number of at least {least}.")
        return int(text)

    def read_body(self, shape: type[B]) -> B:
        """The body, read as a dataclass that describes it. Raises ApiError, with a list of what does not fit."""
        from pydantic import ValidationError

        try:
            # As JSON and strictly: numbers are no texts and texts no numbers.
            read: B = _adapter(cast(Hashable, shape)).validate_json(json.dumps(self.body), strict=True)
            return read
        except RecursionError:
            raise ApiError(400, "The body is nested too deeply.") from None
        except ValidationError as error:
            issues = [
                {"path": ".".join(str(step) for step in issue["loc"]), "message": issue["msg"]}
                for issue in error.errors(include_url=False, include_input=False, include_context=False)[:20]
            ]
            first = issues[0]
            place = f"{first['path']}: " if first["path"] else ""
            detail = {"codaType": "RequestSchemaValidationFailed", "codaDetail": {"issues": issues}}
            raise ApiError(400, f"{place}{first['message']}", detail) from None

    # ------------------------------------------------------------ what the path names

    @property
    def doc(self) -> LocalDoc:
        """The doc of the path. Raises ApiError where there is none, or where the token does not open it."""
        id = self.path["docId"]
        if id not in self.workspace:
            raise ApiError(404, "Could not find the doc with the given ID.")
        if self.token.doc and self.token.doc != id:
            raise ApiError(403, "The API token does not have access to this doc.")
        return self.workspace.reading(id)

    @property
    def table(self) -> TableRecord:
        """The base table of the path. Raises ApiError, also for a view."""
        base, view = self.table_or_view
        if view is not None:
            raise ApiError(400, "This operation needs a base table, not a view.")
        return base

    @property
    def table_or_view(self) -> tuple[TableRecord, ViewRecord | None]:
        """The table of the path; of a view, the table that it shows, and the view. Raises ApiError."""
        doc, wanted = self.doc, self.path["tableIdOrName"]
        base = finding.table(doc.record, wanted)
        found: tuple[TableRecord, ViewRecord | None] | None = (base, None) if base is not None else None
        found = found or finding.view(doc.record, wanted)
        if found is None:
            raise ApiError(404, "Could not find a table with the given ID or name.")
        if self.token.table and self.token.table != found[0].id:
            raise ApiError(403, "The API token does not have access to this table.")
        return found

    @property
    def column(self) -> ColumnRecord:
        """The column of the path. Raises ApiError."""
        found = finding.column(self.table_or_view[0], self.path["columnIdOrName"])
        if found is None:
            raise ApiError(404, "Could not find a column with the given ID or name.")
        return found

    @property
    def row(self) -> RowRecord:
        """The row of the path. Raises ApiError, also where a view does not show it."""
        base, view = self.table_or_view
        found = self.doc.row(base, self.path["rowIdOrName"])
        if found is None or (view is not None and found not in self.doc.shown(view)):
            raise ApiError(404, "Could not find a row with the given ID or name.")
        return found

    @property
    def page(self) -> PageRecord:
        """The page of the path. Raises ApiError: 410 for one that was there."""
        wanted, doc = self.path["pageIdOrName"], self.doc.record
        found = finding.page(doc, wanted)
        if found is None and finding.page_id(wanted) in doc.deleted:
            raise ApiError(410, "The page was deleted.")
        if found is None:
            raise ApiError(404, "Could not find a page with the given ID or name.")
        return found

    def accept(self, name: str, arguments: Mapping[str, Json]) -> str:
        """Accept a change of the doc; gives the id of the request."""
        return self.workspace.accept(self.path["docId"], name, arguments)

    def href(self, *steps: str) -> str:
        """The address of a thing in the API."""
        from urllib.parse import quote

        return "/".join((self.base, *(quote(step, safe="") for step in steps)))


def chosen(body: Mapping[str, Json], names: Sequence[str]) -> dict[str, Json]:
    """The members of a body that go by these names; what else it has means nothing."""
    return {name: body[name] for name in names if name in body}


@cache
def _adapter(shape: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)
