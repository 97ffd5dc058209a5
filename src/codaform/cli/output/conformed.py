"""The answers of a real Coda, as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict

from codaform.cli.terminal import put, put_json, say
from codaform.conformance.results import Result
from codaform.text import harmless


def report(found: Result, format_: str) -> None:
    """Write what differs, and the outcome in one line."""
    if format_ == "json":
        put_json(
            {
                "version": 1,
                "date": found.date,
                "service": found.service,
                "product": found.product,
                "codaform": found.codaform,
                "answers": [asdict(one) for one in found.judgements],
                "unasked": [asdict(one) for one in found.unasked],
            }
        )
    else:
        for one in found.judgements:
            if one.outcome == "differs":
                put(harmless(f"{one.question}: {one.about}"))
                if one.formula:
                    put(harmless(f"  {one.formula}"))
                put(harmless(f"  Coda: {one.coda}"))
                put(harmless(f"  here: {one.codaform}, by {one.change}"))
            elif one.outcome == "unanswered":
                put(harmless(f"not answered: {one.question}: {one.coda}"))
    say(found.summary)
