"""The limits of Coda that a doc comes near, and the day on which it reaches them at its present growth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from codaform.audit.subject import AuditSubject

DOC_BYTES = 125 * 1024 * 1024
"""Beyond it the doc leaves the API (Coda says so); codaform estimates the size from the cells it read."""

ROW_BYTES = 85 * 1024
"""The most bytes of a row that the API takes (measured)."""

FREE_ROWS = 1_000
"""The most rows of a shared doc on the free plan (Coda's help says so)."""

GROWTH_DAYS = 90
"""The growth of so many days tells how a doc goes on."""

_FAR = date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How near a doc is to a limit. certainty: Of the limit and of the number. reached: When, if it goes on as it
    does; None where it does not grow or nothing tells."""

    name: str
    used: float
    limit: float
    unit: str
    certainty: str
    where: str = ""
    reached: date | None = None

    @property
    def share(self) -> float:
        """From 0; 1 is the limit."""
        return self.used / self.limit


def limit_uses(subject: AuditSubject) -> list[LimitUse]:
    """The limits in order, the nearest first."""
    return sorted(_uses(subject), key=lambda use: -use.share)


def rows_a_day(subject: AuditSubject) -> float:
    """How many rows people added a day lately; 0 where nothing tells when rows were made."""
    return sum(_rate(days, subject.read_at.date()) for days in subject.created.values())


def _rate(days: Sequence[date], today: date) -> float:
    since = today - timedelta(days=GROWTH_DAYS)
    recent = sum(since < day <= today for day in days)
    oldest = min(days, default=today)
    span = min((today - oldest).days, GROWTH_DAYS)
    return recent / span if span > 0 else 0.0


def _uses(subject: AuditSubject) -> Iterator[LimitUse]:
    sizes = subject.sizes
    if not subject.rows_known:
        return
    today, rows, grown = subject.read_at.date(), subject.rows, rows_a_day(subject)
    total = sum(size.total for size in sizes.values())
    bytes_a_day = sum(
        _rate(subject.created.get(name, ()), today) * size.total / size.rows
        for name, size in sizes.items()
        if size.rows
    )
    yield LimitUse(
        "size of the doc in the API",
        total,
        DOC_BYTES,
        "bytes",
        "the limit is known; the size is estimated from the cells, without pages, pictures and files",
        "",
        _day(today, total, DOC_BYTES, bytes_a_day),
    )
    free = _day(today, rows, FREE_ROWS, grown)
    yield LimitUse("rows of a shared doc on the free plan", rows, FREE_ROWS, "rows", "Coda's help says so", "", free)
    if sizes:
        name = max(sizes, key=lambda table: sizes[table].largest)
        certainty = "the limit is measured; it counts for writes through the API"
        yield LimitUse("largest row", sizes[name].largest, ROW_BYTES, "bytes", certainty, name)
        name = max(sizes, key=lambda table: sizes[table].longest)
        longest = sizes[name]
        where = f"{name}.{longest.longest_column}" if longest.longest_column else name
        yield LimitUse("longest cell", longest.longest, ROW_BYTES, "letters", "a cell is a part of its row", where)


def _day(today: date, used: float, limit: float, a_day: float) -> date | None:
    if used >= limit:
        return today
    if a_day <= 0:
        return None
    days = (limit - used) / a_day
    return today + timedelta(days=int(days)) if days < (_FAR - today).days else None
