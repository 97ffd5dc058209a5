"""A person's decision on a row, written into the file of a migration."""

from __future__ import annotations

import re
from collections.abc import Mapping as Cells
from zoneinfo import ZoneInfo

from codaform.model.schema import Doc
from codaform.project import yaml_text
from codaform.project.cells import BadCell, read_cell
from codaform.project.files import CannotRead
from codaform.project.migration_file import Migration
from codaform.project.yaml_tree import Mapping, get


def decided(doc: Doc, migration: Migration, table: str, row: str, into: str, leave: str, cells: Cells[str, str]) -> str:
    """The text of a migration with a decision; one that is there on the same row is replaced.

    into, leave, cells: As `to`, `leave` and `cells` in the file. Raises CannotRead where they do not fit the doc.
    """
    targets = [rule.to for rule in migration.copies if rule.table == table]
    if not targets:
        known = ", ".join(dict.fromkeys(rule.table for rule in migration.copies))
        raise CannotRead(f"no rows of {table} are copied; copied are those of {known or 'no table'}")
    if into and into not in targets:
        raise CannotRead(f"no rule copies rows of {table} to {into}; there are rules for {', '.join(targets)}")
    for name, value in cells.items():
        _check(doc, [into] if into else targets, name, value)
    entries: dict[str, str] = {"to": into} if into else {}
    told = ", ".join(f"{yaml_text.scalar(name)}: {yaml_text.scalar(value)}" for name, value in cells.items())
    parts = [f"{name}: {yaml_text.scalar(value)}" for name, value in entries.items()]
    parts += [f"cells: {{{told}}}"] if told else []
    parts += [f"leave: {yaml_text.scalar(leave)}"] if leave else []
    return _placed(migration, table, row, f"{{{', '.join(parts)}}}")


def _placed(migration: Migration, table: str, row: str, decision: str) -> str:
    """The file's text with a decision in a line of its own; comments and everything else stay."""
    text = migration.source.text
    line = f"    {yaml_text.scalar(row)}: {decision}\n"
    tables = get(migration.tree, "decisions")
    if not isinstance(tables, Mapping) or not tables.entries:
        text = _DECISIONS.sub("", text)
        return f"{text.rstrip()}\ndecisions:\n  {yaml_text.scalar(table)}:\n{line}"
    rows = get(tables, table)
    if not isinstance(rows, Mapping) or not rows.entries or text[rows.span.start] == "{":
        at = _line_end(text, tables.span.end)
        if text[tables.span.start] == "{" or rows is not None:
            raise CannotRead(f"write decisions: in {migration.source.name} line by line, not in braces")
        return f"{text[:at]}  {yaml_text.scalar(table)}:\n{line}{text[at:]}"
    known = next((value for key, value in rows.entries if key.text == row), None)
    if known is not None and text[known.span.start] == "{":
        return text[: known.span.start] + decision + text[known.span.end :]
    if known is not None:
        raise CannotRead(f"{row} is decided in {migration.source.name}, in several lines: change it there")
    first = rows.entries[0][0]
    indent = text[text.rfind("\n", 0, first.span.start) + 1 : first.span.start]
    at = _line_end(text, rows.entries[-1][1].span.end)
    return f"{text[:at]}{indent}{line.strip()}\n{text[at:]}"


_DECISIONS = re.compile(r"(?m)^decisions:[ \t]*(\{[ \t]*\})?[ \t]*\n?")


def _line_end(text: str, at: int) -> int:
    """The place after the line that a place is in; the text gets a line end where it lacks one."""
    if at and text[at - 1] == "\n":
        return at
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _check(doc: Doc, targets: list[str], name: str, value: str) -> None:
    """Raise CannotRead where no target has a column that holds a value."""
    known = [doc.tables[table] for table in targets if table in doc.tables]
    fitting = [table.columns[name] for table in known if name in table.columns and not table.columns[name].computed]
    if not fitting:
        raise CannotRead(f"{' and '.join(targets)} have no column {name} that can be entered")
    try:
        read_cell(value, fitting[0], ZoneInfo(doc.time_zone))
    except BadCell as problem:
        raise CannotRead(f"{name}: {problem}") from None
