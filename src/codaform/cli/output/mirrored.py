"""What the commands of the mirror did, in lines."""

from __future__ import annotations

from collections.abc import Sequence

from codaform.cli.terminal import counted, put, say
from codaform.mirror.check import CheckedColumn
from codaform.mirror.pull import PulledTable
from codaform.mirror.push import PushedTable
from codaform.text import harmless


def put_pulled(table: PulledTable) -> None:
    """The outcome of a table that was read, in a line, and what needs attention on stderr."""
    parts = [f"{counted(table.changed, 'row')} changed"]
    if table.deleted:
        parts.append(f"{table.deleted} deleted")
    put(harmless(f"{table.table}: {', '.join(parts)}{', all rows read' if table.whole else ''}"))
    if table.refused:
        say(f"{table.table}: Coda did not take the token of the last pull any more, so all rows were read")
    for column, count in table.misfits.items():
        say(f"{table.table}.{column}: {counted(count, 'cell')} not what the column holds; codaform_unread lists them")
    if table.conflicts:
        say(f"{table.table}: {counted(table.conflicts, 'conflict')}; codaform_conflicts lists them")


def put_pushed(table: PushedTable, apply: bool) -> None:
    """The outcome of a table that was pushed, or what would be pushed, in lines."""
    if not apply:
        for row in table.rows:
            cells = ", ".join(row.cells) or "no cells"
            put(harmless(f"{table.table}: {'add' if row.new else 'change'} {row.key or row.id or row.row}: {cells}"))
    elif table.rows:
        put(harmless(f"{table.table}: {counted(table.pushed, 'row')} pushed and read back"))
    if table.unconfirmed:
        say(f"{table.table}: {counted(table.unconfirmed, 'row')} written, but Coda does not show them yet")
    if table.waiting:
        say(f"{table.table}: {counted(table.waiting, 'row')} waiting for rows that are not in Coda yet")
    if table.conflicts:
        say(f"{table.table}: {counted(table.conflicts, 'conflict')}; codaform_conflicts lists them")


def is_left(table: PushedTable) -> bool:
    """Whether something of a table is not in Coda."""
    return bool(table.unconfirmed or table.waiting or table.conflicts)


def put_checked(columns: Sequence[CheckedColumn]) -> None:
    """The outcome of each computed column, and the first cells that differ."""
    for column in columns:
        name = f"{column.table}.{column.column}"
        if column.skipped:
            put(harmless(f"{name}: not compared: {column.skipped}"))
            continue
        parts = [f"{counted(column.agree, 'cell')} agree"]
        if column.differ:
            parts.append(f"{column.differ} differ")
        if column.not_given:
            parts.append(f"{column.not_given} not given by PostgreSQL")
        put(harmless(f"{name}: {', '.join(parts)}"))
        for cell in column.cells:
            put(harmless(f"  {cell.row}: {cell.ours} in PostgreSQL, {cell.theirs} there"))
