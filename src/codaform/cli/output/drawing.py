"""Tables and trees: with rich on a terminal, as plain text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from codaform.cli.terminal import colored, drawn, put, rich_console, width
from codaform.text import columns, harmless, shorten

_GAP = 2
"""Spaces between two columns of a table."""

_MIN_WIDTH = 10
"""The least width of a column, if its texts are not shorter."""

_HEADING_WIDTH = 14
"""The width of a column for its heading, before other columns are hidden; twice as much for the first column."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column. `rank`: if there is no room for all columns, those of a low rank stay."""

    text: str
    right: bool = False
    computed: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A text in a table."""

    text: str
    tone: Literal["", "error"] = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a tree: its text, its value, a note."""

    text: str
    value: str
    note: str
    children: tuple[Branch, ...]
    tone: Literal["", "error"] = ""


def put_table(headings: Sequence[Heading], rows: Sequence[Sequence[DrawnCell]]) -> list[str]:
    """Write a table in the width of the terminal; gives the headings without room."""
    if not headings:
        return []
    headings = [replace(heading, text=harmless(heading.text)) for heading in headings]
    rows = [[DrawnCell(harmless(cell.text), cell.tone) for cell in row] for row in rows]
    widths = _fit(headings, rows, width())
    if _rich():
        rich_console().print(_rich_table(headings, rows, widths))
    else:
        put("\n".join(_plain_table(headings, rows, widths)))
    return [heading.text for index, heading in enumerate(headings) if index not in widths]


def _fit(headings: Sequence[Heading], rows: Sequence[Sequence[DrawnCell]], room: int) -> dict[int, int]:
    """The width of each column that has room."""
    heads = [columns(_head(heading)) for heading in headings]
    natural = [max([heads[index], *(columns(row[index].text) for row in rows)]) for index in range(len(headings))]
    order = sorted(range(len(headings)), key=lambda index: headings[index].rank)
    widths: dict[int, int] = {}
    left = room + _GAP
    for index in order:
        wanted = 2 * _HEADING_WIDTH if index == order[0] else max(_MIN_WIDTH, min(heads[index], _HEADING_WIDTH))
        least = min(natural[index], wanted, room)
        if least + _GAP > left:
            break
        widths[index] = least
        left -= least + _GAP
    for index in sorted(widths, key=lambda index: natural[index] - widths[index]):
        waiting = sum(natural[other] > widths[other] for other in widths)
        wider = min(natural[index] - widths[index], max(left, 0) // max(waiting, 1))
        widths[index] += wider
        left -= wider
    return dict(sorted(widths.items()))


def _head(heading: Heading) -> str:
    return f"ƒ {heading.text}" if heading.computed else heading.text


def _plain_table(headings: Sequence[Heading], rows: Sequence[Sequence[DrawnCell]], widths: dict[int, int]) -> list[str]:
    rule = "─" if _writes("─") else "-"

    def line(texts: Sequence[str]) -> str:
        parts = []
        for index, wide in widths.items():
            text = shorten(texts[index], wide)
            blank = " " * (wide - columns(text))
            parts.append(blank + text if headings[index].right else text + blank)
        return (" " * _GAP).join(parts).rstrip()

    rules = [rule * widths.get(index, 0) for index in range(len(headings))]
    return [
        line([_head(heading) for heading in headings]),
        line(rules),
        *(line([cell.text for cell in row]) for row in rows),
    ]


def put_tree(tree: Branch) -> None:
    """Write a tree in the width of the terminal."""
    if _rich():
        rich_console().print(_rich_tree(tree))
    else:
        signs = ("├─ ", "└─ ", "│  ", "→") if _writes("├→") else ("|- ", "`- ", "|  ", "->")
        put("\n".join(_plain_tree(tree, "", "", signs)))


def _plain_tree(branch: Branch, first: str, rest: str, signs: tuple[str, str, str, str]) -> Iterator[str]:
    tee, end, bar, arrow = signs
    text, value, note = _parts(branch, width() - columns(first))
    yield f"{first}{text} {arrow} {value}{note}".rstrip()
    for index, child in enumerate(branch.children):
        last = index == len(branch.children) - 1
        yield from _plain_tree(child, rest + (end if last else tee), rest + ("   " if last else bar), signs)


def _parts(branch: Branch, room: int) -> tuple[str, str, str]:
    """Text, value and note of a branch, shortened to the room: the value before the text."""
    note = f"  ({harmless(branch.note)})" if branch.note else ""
    text, value = harmless(branch.text), harmless(branch.value)
    room = max(room - columns(note) - len(" -> "), 2 * _MIN_WIDTH)
    text = shorten(text, max(room - columns(value), room // 2))
    return text, shorten(value, room - columns(text)), note


def _writes(sign: str) -> bool:
    try:
        sign.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


# ------------------------------------------------------------ with rich


# Typed as Any: rich is imported only when something is drawn.


def _rich() -> bool:
    return drawn(sys.stdout) or colored(sys.stdout)


def _rich_table(headings: Sequence[Heading], rows: Sequence[Sequence[DrawnCell]], widths: dict[int, int]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), border_style="dim")
    for index, wide in widths.items():
        heading = headings[index]
        table.add_column(
            Text(_head(heading), style="bold cyan" if heading.computed else "bold"),
            justify="right" if heading.right else "left",
            width=wide,
            no_wrap=True,
        )
    for row in rows:
        cells = (row[index] for index in widths)
        table.add_row(*(Text(cell.text, style="red" if cell.tone == "error" else "") for cell in cells))
    return table


def _rich_tree(tree: Branch) -> Any:
    from rich.text import Text
    from rich.tree import Tree

    def label(branch: Branch, depth: int) -> Text:
        text, value, note = _parts(branch, width() - 4 * depth)
        tone = "bold red" if branch.tone == "error" else "bold green"
        return Text.assemble(text, (" → ", "dim"), (value, tone), (note, "dim"), no_wrap=True, overflow="ellipsis")

    def grow(parent: Tree, branch: Branch, depth: int) -> None:
        for child in branch.children:
            grow(parent.add(label(child, depth)), child, depth + 1)

    root = Tree(label(tree, 0), guide_style="dim")
    grow(root, tree, 1)
    return root
