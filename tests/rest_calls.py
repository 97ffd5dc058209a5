"""Calls of the REST API without HTTP: the handler of a path is asked, and its reply held against the description."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from codaform.model.values import Person
from codaform.project.session import Session
from codaform.server.access import Token
from codaform.server.rest.call import ApiError, RestCall
from codaform.server.rest.operations import match
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace
from vendor_description import conforms_as_reply
from wire import SHARED

ADA = Person("Ada Ruiz", "ada@example.com")

BASE = "http://127.0.0.1:8765/apis/v1"

DESCRIBED = (SHARED / "openapi.yaml").is_file()
"""Whether the vendor's description lies beside the checkout; without it replies are not held against it."""


class Seconds:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Api:
    """A workspace as the calls of one token find it.

    timing: By default writes are done at once. seconds: Its clock.
    """

    def __init__(self, timing: Timing | None = None, token: Token | None = None) -> None:
        self.seconds = Seconds()
        self.workspace = Workspace(Store(), ADA, timing or Timing(delay=0), self.seconds)
        self.token = token or Token("tests", "rest")

    def seed(self, project: str) -> str:
        """Add the doc of a project; gives its id."""
        session = Session.open(project)
        return self.workspace.add(*from_project(session.book, session.now)).record.id

    def scoped(self, **scope: Any) -> Api:
        """The same workspace as a token with less rights finds it."""
        other = Api()
        other.seconds, other.workspace = self.seconds, self.workspace
        other.token = Token("scoped", "rest", **scope)
        return other

    def __call__(self, method: str, target: str, body: Any = None, status: int = 200) -> Any:
        """The body of the reply to a call; the call is to be answered with this status.

        target: Behind `/apis/v1`, or a whole address.
        """
        target = target.removeprefix(BASE)
        path, _, query = target.partition("?")
        found = match(method, path)
        assert found is not None, f"nothing is served at {method} {path}"
        operation, places = found
        parameters = parse_qs(query, keep_blank_values=True)
        call = RestCall(self.workspace, self.token, places, parameters, body, BASE, BASE + target)
        try:
            reply = operation.handler(call)
            answer, given = reply.body, reply.status
        except ApiError as refusal:
            answer, given = refusal.body, refusal.status
        assert given == status, f"{method} {target} was answered {given}: {answer}"
        if DESCRIBED:
            conforms_as_reply(answer, operation.id, given)
        return answer
