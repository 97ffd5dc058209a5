"""Names in SQL: quoted, of a schema, and short enough."""

from __future__ import annotations

import hashlib

from codaform.sql.dialects import POSTGRES

MIRROR, STATE, PEOPLE = "codaform_mirror", "codaform_state", "codaform_people"
UNREAD, WAITING, CONFLICTS = "codaform_unread", "codaform_waiting", "codaform_conflicts"
CONTROLS = "codaform_controls"

TABLES = (MIRROR, STATE, PEOPLE, UNREAD, WAITING, CONFLICTS, CONTROLS)
"""The tables of a mirror that are not those of the doc: what the schema was made for; what was pulled, when; the
addresses of people; cells whose values do not fit their columns; relations to rows that are not there yet; conflicts;
what controls are set to.
"""

GUARD = "codaform.mirror"
"""The setting of a session that is `on` while codaform writes."""


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def within(schema: str, name: str) -> str:
    """A name in a schema."""
    return f"{quoted(schema)}.{quoted(name)}"


def text(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def short(name: str) -> str:
    """A name that is not longer than PostgreSQL's names may be, and still its own."""
    longest = POSTGRES.longest or len(name)
    raw = name.encode()
    if len(raw) <= longest:
        return name
    mark = f"_{hashlib.sha256(raw).hexdigest()[:8]}"
    return raw[: longest - len(mark)].decode(errors="ignore") + mark


def listed(names: list[str], most: int = 5) -> str:
    """Names as a sentence has them; of many, the first."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
