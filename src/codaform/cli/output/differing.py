"""What differs between two states of a doc, for people and programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from codaform.cli.terminal import counted, painted, put, say
from codaform.deploy.comparing.doc_diff import DocDiff, FormulaChange
from codaform.deploy.comparing.formula_life import FormulaVersion
from codaform.diagnostics.render.markdown import escaped, fence
from codaform.project.moved_values import MovedColumn
from codaform.project.uses import owner_of
from codaform.text import harmless, shorten

MOST_ROWS = 10
"""The most rows of a column that the text shows; JSON has all."""

_WORDS = {"filter": "filter of", "default": "default of", "action": "action of", "disable_if": "condition of"}


def put_differences(found: DocDiff) -> None:
    """Write the parts that differ, then formulas, then values."""
    for one in found.changes:
        put(harmless(f"{one.change}" + (f" ({one.because})" if one.guessed else "")))
    for change in found.formulas:
        put(harmless(f"formula changed: {_name(change)}"))
        _put_parts(change.parts)
    for column in found.moved or ():
        put(harmless(f"values moved: {_column(column)}, in {len(column.moved)} of {counted(column.rows, 'row')}"))
        for value in column.moved[:MOST_ROWS]:
            row = f"{value.row}: " if value.row else ""
            put(harmless(f"  {row}{value.before} → {value.after}"))
        if len(column.moved) > MOST_ROWS:
            put(f"  … and {len(column.moved) - MOST_ROWS} more")
    for note in found.notes:
        say(note)
    if not found.differs:
        say("nothing differs")


def tally_of(found: DocDiff) -> str:
    """How much differs, in one line."""
    told = [
        (len(found.changes), "part"),
        (len(found.formulas), "formula"),
        (sum(len(column.moved) for column in found.moved or ()), "value"),
    ]
    said = [counted(number, noun) for number, noun in told if number]
    return f"{', '.join(said)} changed" if said else "nothing differs"


def differences_in_markdown(found: DocDiff, since: str) -> str:
    """The same as Markdown for a reviewer. since: What the doc is compared with."""
    lines = [f"### Changes since {escaped(since)}", ""]
    lines += [
        f"- {escaped(str(one.change))}" + (f" ({escaped(one.because)})" if one.guessed else "") for one in found.changes
    ]
    for change in found.formulas:
        lines.append(f"- formula changed: {escaped(_name(change))}")
        said = [
            f"{sign} {line}"
            for before, after in change.parts
            for sign, text in (("-", before), ("+", after))
            for line in text.splitlines()
        ]
        marks = fence("\n".join(said))
        lines += ["", *(f"  {harmless(line)}" for line in (f"{marks}diff", *said, marks)), ""]
    moved = [(column, value) for column in found.moved or () for value in column.moved[:MOST_ROWS]]
    if moved:
        lines += ["", "| values moved | row | before | after |", "| --- | --- | --- | --- |"]
        for column, value in moved:
            cells = (_column(column), value.row or "", value.before, value.after)
            lines.append(f"| {' | '.join(escaped(shorten(cell, 120)) for cell in cells)} |")
    for column in found.moved or ():
        if len(column.moved) > MOST_ROWS:
            lines += ["", f"{escaped(_column(column))} moves in {len(column.moved)} of {counted(column.rows, 'row')}."]
    lines += [line for note in found.notes for line in ("", escaped(note))]
    return "\n".join([*lines, ""])


def _put_parts(parts: Sequence[tuple[str, str]]) -> None:
    for before, after in parts:
        if before:
            put(painted(harmless(f"  - {before}"), sys.stdout, fg="red"))
        if after:
            put(painted(harmless(f"  + {after}"), sys.stdout, fg="green"))


def put_life(versions: Iterable[FormulaVersion], name: str) -> None:
    """Write the versions of a formula as they come: when, who, why, the parts that differ. name: Of the part now."""
    found = False
    for one in versions:
        found = True
        called = f" (as {one.name})" if one.name != name else ""
        commit = one.commit
        put(
            harmless(
                f"{commit.when[:16].replace('T', ' ')}  {commit.id[:9]}  {commit.author}: {commit.subject}{called}"
            )
        )
        _put_parts(one.parts if one.text else ())
        if not one.text:
            put("  no formula any more")
    if not found:
        say("no commit has this formula")


def life_json(versions: Iterable[FormulaVersion]) -> list[dict[str, Any]]:
    """The same as JSON, with the whole formulas."""
    return [
        {
            "commit": one.commit.id,
            "when": one.commit.when,
            "author": one.commit.author,
            "subject": one.commit.subject,
            "name": one.name,
            "formula": one.text,
            "parts": [{"before": before, "after": after} for before, after in one.parts],
        }
        for one in versions
    ]


def _name(change: FormulaChange) -> str:
    words = _WORDS.get(change.place.role, "")
    return f"{words} {owner_of(change.place)}".strip()


def _column(column: MovedColumn) -> str:
    return f"{column.table}.{column.column}" if column.table else column.column


def diff_json(found: DocDiff) -> dict[str, Any]:
    """The same as JSON, with all rows."""
    return {
        "differs": found.differs,
        "changes": [
            {
                "kind": type(one.change).__name__,
                "subject": one.change.subject,
                "text": str(one.change),
                "because": one.because,
                "guessed": one.guessed,
            }
            for one in found.changes
        ],
        "formulas": [
            {
                "role": change.place.role,
                "table": change.place.table,
                "name": change.place.name,
                "before": change.before,
                "after": change.after,
                "parts": [{"before": before, "after": after} for before, after in change.parts],
            }
            for change in found.formulas
        ],
        "values": None
        if found.moved is None
        else [
            {
                "table": column.table,
                "column": column.column,
                "rows": column.rows,
                "moved": [{"row": one.row, "before": one.before, "after": one.after} for one in column.moved],
            }
            for column in found.moved
        ],
        "notes": [*found.notes],
    }
