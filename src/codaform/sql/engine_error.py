"""The error of an engine that cannot compute."""

from __future__ import annotations


class EngineError(Exception):
    """An engine did not compute what it was asked; the message says why, in one line."""
