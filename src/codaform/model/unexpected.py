"""Unexpected exceptions: an exception at one formula becomes an error at its place, which asks for a report."""

from __future__ import annotations

import os

from codaform.model.budget import OutOfTime
from codaform.model.values import EvaluationError
from codaform.source import Span

RULE = "internal-error"
"""The rule of codaform's own faults."""

REPORT = "what codaform does wrong here is worth a report with the formula; with CODAFORM_DEBUG=1 it tells more"


def describe(error: Exception) -> str:
    """The message of an unexpected exception. If CODAFORM_DEBUG is set, the log has its traceback."""
    if os.environ.get("CODAFORM_DEBUG"):
        import logging

        logging.getLogger("codaform").error("internal error", exc_info=error)
    kind, text = type(error).__name__, " ".join(str(error).split())
    return f"internal error: {kind}{f': {text[:200]}' if text else ''}"


def faulted(error: Exception, span: Span | None) -> EvaluationError:
    """Whatever ended the computing of a part, as a fault at its place.

    A recursion that is too deep stays what it is: only who began it has the room to say so. So does the end of the
    time that was given.
    """
    match error:
        case EvaluationError():
            error.span = error.span or span
            return error
        case RecursionError() | OutOfTime():
            raise error
        case OverflowError() | MemoryError():
            return EvaluationError("out-of-range", "the result is too large to be computed", span)
    return EvaluationError(RULE, describe(error), span)
