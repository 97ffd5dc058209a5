"""Who may do what: the tokens of a local Coda."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Token:
    """What a token opens. An empty doc or table is every one.

    api: Coda has tokens for its REST API and others for MCP; neither opens the other.
    """

    name: str
    api: Literal["rest", "mcp"]
    doc: str = ""
    table: str = ""
    reads: bool = True
    writes: bool = True

    @property
    def scoped(self) -> bool:
        """Whether it opens less than everything."""
        return bool(self.doc or self.table) or not (self.reads and self.writes)


class Tokens:
    """The tokens that are known. Only their hashes are kept."""

    def __init__(self) -> None:
        self._known: dict[bytes, Token] = {}

    def add(self, token: Token, secret: str = "") -> str:
        """Make a token known; gives its secret, a new one where none is given."""
        secret = secret or secrets.token_urlsafe(24)
        self._known[_hash(secret)] = token
        return secret

    def find(self, header: str | None, api: Literal["rest", "mcp"]) -> Token | None:
        """The token of an Authorization header, if it is one for this API."""
        scheme, _, secret = (header or "").partition(" ")
        found = self._known.get(_hash(secret.strip())) if scheme.lower() == "bearer" else None
        return found if found is not None and found.api == api else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
