"""Plain requests to a Coda's REST API, with nothing but Python's own library: what the tests themselves ask."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. headers: By names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)


class Rest:
    """One connection that stays open, opened anew where the other side has closed it. Not to be shared by threads."""

    def __init__(self, api: str, token: str) -> None:
        parts = urllib.parse.urlsplit(api)
        self._prefix = parts.path
        self._token = token
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)

    def raw(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send a request as it is given. target: What follows the API's address, encoded already.

        Raises OSError or HTTPException when no answer comes on a fresh connection either.
        """
        fresh = self._connection.sock is None
        try:
            self._connection.request(method, self._prefix + target, body, {**headers})
            answer = self._connection.getresponse()
            reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            if fresh:
                raise
            return self.raw(method, target, headers, body)
        if reply.headers.get("connection", "").lower() == "close":
            self._connection.close()
        return reply

    def ask(self, method: str, target: str, body: object = None, **query: object) -> Any:
        """The JSON of a request that must succeed. Raises AssertionError with the answer when it does not."""
        headers = {"Authorization": f"Bearer {self._token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if query:
            target += "?" + urllib.parse.urlencode(query)
        reply = self.raw(method, target, headers, None if body is None else json.dumps(body).encode())
        assert 200 <= reply.status < 300, f"{method} {target}: {reply.status} {reply.body!r}"
        return reply.json

    def items(self, target: str) -> list[Any]:
        """The items of a list, over all its pages."""
        page = self.ask("GET", target)
        found: list[Any] = page["items"]
        while token := page.get("nextPageToken"):
            page = self.ask("GET", target, pageToken=token)
            found += page["items"]
        return found

    def completed(self, accepted: Mapping[str, str], seconds: float = 20) -> None:
        """Wait until an accepted write is reported complete. Raises AssertionError when it takes too long."""
        end = time.monotonic() + seconds
        while not self.ask("GET", f"/mutationStatus/{accepted['requestId']}")["completed"]:
            assert time.monotonic() < end, f"{accepted['requestId']} was not completed"
            time.sleep(0.01)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
