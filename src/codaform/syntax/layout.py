"""Breaking text into lines: a group goes on one line if it fits, else each of its lines breaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayoutLine:
    """A line break in a broken group, else the text `flat`."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class Fresh:
    """A line break wherever it stands, unless the line is still empty."""


@dataclass(frozen=True, slots=True)
class Suffix:
    """A text for the end of the current line, whatever still comes before it."""

    text: str


@dataclass(frozen=True, slots=True)
class Indent:
    """Parts whose line breaks go one level in."""

    parts: tuple[Layout, ...]


@dataclass(frozen=True, slots=True)
class LayoutGroup:
    """Parts that share one line, or all break."""

    parts: tuple[Layout, ...]


Layout = str | LayoutLine | Fresh | Suffix | Indent | LayoutGroup

STEP = 2


def render(parts: tuple[Layout, ...], width: int) -> str:
    """The text of the parts in lines of at most `width` characters, where that can be done."""
    written: list[str] = []
    suffixes: list[str] = []
    column = 0
    waiting: list[tuple[int, bool, Layout]] = [(0, False, part) for part in reversed(parts)]
    while waiting:
        indent, flat, part = waiting.pop()
        if suffixes and (isinstance(part, Suffix) or (isinstance(part, str) and part.startswith(("/*", "//")))):
            # Comments stay in order: the one that waits for the end of the line comes first.
            waiting.append((indent, flat, part))
            part = Fresh()
        match part:
            case str():
                written.append(part)
                newline = part.rfind("\n")
                column = column + len(part) if newline < 0 else len(part) - newline - 1
            case LayoutLine(text) if flat:
                written.append(text)
                column += len(text)
            case Fresh() if not suffixes and column == indent and _at_line_start(written):
                pass
            case LayoutLine() | Fresh():
                _trim(written)
                written.extend(suffixes)
                suffixes.clear()
                written.append("\n" + " " * indent)
                column = indent
            case Suffix(text):
                suffixes.append(text.lstrip() if _at_line_start(written) else text)
            case Indent(inner):
                waiting.extend((indent + STEP, flat, piece) for piece in reversed(inner))
            case LayoutGroup(inner):
                together = flat or _fits(inner, width - column, waiting)
                waiting.extend((indent, together, piece) for piece in reversed(inner))
    _trim(written)
    return "".join(written + suffixes)


def _at_line_start(written: list[str]) -> bool:
    return not written or ("\n" in written[-1] and not written[-1].rpartition("\n")[2].strip())


def _trim(written: list[str]) -> None:
    if written:
        written[-1] = written[-1].rstrip(" ") if not written[-1].startswith("\n") else written[-1]


def _fits(parts: tuple[Layout, ...], room: int, following: list[tuple[int, bool, Layout]]) -> bool:
    """Whether the parts, and the text glued to their end, fit into the rest of the line."""
    waiting: list[tuple[bool, Layout]] = [(True, part) for part in reversed(parts)]
    behind = len(following)
    commented = False
    while room >= 0:
        if not waiting:
            behind -= 1
            if behind < 0:
                return True
            _, flat, part = following[behind]
            waiting.append((flat, part))
            continue
        flat, part = waiting.pop()
        match part:
            case str():
                if commented and part.strip(","):
                    return False
                if "\n" in part:
                    return not flat or part.index("\n") <= room
                room -= len(part)
            case LayoutLine(text):
                if not flat or commented:
                    return not flat
                room -= len(text)
            case Fresh():
                return not flat
            case Suffix():
                # It waits for the next line break: nothing but that, or a comma, may follow on the line.
                commented = True
            case Indent(inner) | LayoutGroup(inner):
                # What follows in a broken context breaks at its own first line.
                waiting.extend((flat, piece) for piece in reversed(inner))
    return False
