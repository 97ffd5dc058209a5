"""The facts about the real service that can be asked, each with a look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from codaform.conformance.questions import Unasked
from codaform.conformance.service_reads import READS, Service
from codaform.conformance.service_writes import WRITES, Scratch
from codaform.server.facts import FACTS, RecordedFact

_REASONS = {
    9: "it depends on how soon Coda applies a page",
    10: "it needs a token that is limited to a doc",
    38: "it needs a connection that breaks the protocol",
}
"""Why a fact is not asked."""


def name_of_fact(fact: RecordedFact) -> str:
    """The name of the question about a fact."""
    return f"fact {fact.number}"


def askable() -> Iterator[tuple[RecordedFact, Callable[[Service], str]]]:
    """The facts that can be asked, each with a look at it: it gives what it saw, or nothing if the fact holds.

    First those that reading shows, since the others write into the doc.
    """
    yield from ((fact, READS[fact.number]) for fact in FACTS if fact.number in READS)
    yield from ((fact, _writing(fact.number)) for fact in written())


def written() -> list[RecordedFact]:
    """The facts that only a write shows."""
    return [fact for fact in FACTS if fact.number in WRITES]


def unaskable() -> Iterator[Unasked]:
    """The facts that are not asked, with the reason."""
    return (Unasked(name_of_fact(fact), fact.text, _REASONS[fact.number]) for fact in FACTS if fact.number in _REASONS)


def _writing(number: int) -> Callable[[Service], str]:
    return lambda service: WRITES[number](Scratch(service))
