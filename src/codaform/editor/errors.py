"""Why a request of an editor gets no result: the code of the protocol and the reason in words."""

from __future__ import annotations


class RequestFailed(Exception):
    """A request that cannot be answered. code: Of JSON-RPC, or of the protocol."""

    def __init__(self, why: str, code: int) -> None:
        super().__init__(why)
        self.code = code
