"""How a column was computed: as a whole, or value by value, and why. It needs no numpy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class How:
    """How a computed column was computed.

    by_value: The functions that were called value by value. rows: How many rows the row-wise engine computed.
    why: Why it computed all of them, where it did.
    """

    by_value: tuple[str, ...] = ()
    rows: int = 0
    why: str = ""

    def __str__(self) -> str:
        if self.why:
            return f"all rows one by one, as {self.why}"
        parts = [f"{', '.join(self.by_value)} value by value"] if self.by_value else []
        if self.rows:
            parts.append(f"{self.rows:,} of the rows one by one, which have errors or values of another type")
        return ", but ".join(["all rows at once", *(["; ".join(parts)] if parts else [])])
