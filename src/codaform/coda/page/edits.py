"""The changes that the REST API and the MCP tools make to the lines of a canvas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from codaform.coda.page import lines as page_lines
from codaform.coda.page.lines import HEADINGS, Content, Grid, Line, NewId, Run
from codaform.coda.page.markdown import from_markdown


class NoSuchElement(LookupError):
    """The canvas lacks an element or a text, or a change does not apply to the element."""


_InsertMode = Literal["append", "prepend", "replace"]

_LOOKS = ("color", "dismissible", "icon", "style")


def edit_lines(lines: Sequence[Line], mode: _InsertMode, element: str | None, new: Iterable[Line]) -> list[Line]:
    """The lines after a change by the REST API: new lines after, before or in place of an element, or of all lines.

    Raises NoSuchElement if no line has this id.
    """
    start, end = 0, len(lines)
    if element:
        start = _place(lines, element)
        end = start + 1
    match mode:
        case "append":
            start = end
        case "prepend":
            end = start
    return page_lines.settle_lines([*lines[:start], *new, *lines[end:]])


def delete_elements(lines: Sequence[Line], elements: Iterable[str]) -> list[Line]:
    """The lines without the elements of these ids. Unknown ids change nothing."""
    gone = set(elements)
    return page_lines.settle_lines(line for line in lines if line.id not in gone)


def apply_operation(
    lines: Sequence[Line], operation: Mapping[str, Any], make_id: NewId = page_lines.new_line_id
) -> Content:
    """The canvas after one operation of `content_modify`, in the form of the tool's schema.

    The tables are the new ones of the operation, each with its place among the resulting lines.
    Raises NoSuchElement if the canvas lacks the element or the text.
    """
    match operation:
        case {"operation": "insert_element"}:
            return _insert(lines, operation, make_id)
        case {"operation": "delete_element", "elementId": str(element)}:
            _place(lines, element)
            return Content(delete_elements(lines, [element]))
        case {"operation": "delete_element_by_text", "oldText": str(old)}:
            found = [line.id for line in _with_text(lines, old)]
            return Content(delete_elements(lines, found if operation.get("all") else found[:1]))
        case {"operation": "replace_element_text", "elementId": str(element), "oldText": str(old), "newText": str(new)}:
            line = lines[_place(lines, element)]
            if old not in line.text:
                raise NoSuchElement(f"the element {element} does not contain the text {_short(old)}")
            return Content(_exchanged(lines, {element: _replaced(line, old, new, once=False)}))
        case {"operation": "replace_text", "oldText": str(old), "newText": str(new)}:
            everywhere = bool(operation.get("all"))
            found_lines = _with_text(lines, old) if everywhere else _with_text(lines, old)[:1]
            return Content(
                _exchanged(lines, {line.id: _replaced(line, old, new, once=not everywhere) for line in found_lines})
            )
        case {"operation": "set_collapsible"}:
            return Content(_collapsible(lines, operation.get("elementId"), bool(operation.get("collapsible", True))))
    raise ValueError(f"{_short(str(operation.get('operation')))} is not an operation on a canvas")


def _insert(lines: Sequence[Line], operation: Mapping[str, Any], make_id: NewId) -> Content:
    position = operation.get("insertPosition")
    at = len(lines) if position is None else 0 if position == "page_start" else _place(lines, position) + 1
    given = str(operation.get("content", ""))
    look = tuple((name, _told(operation[name])) for name in _LOOKS if operation.get(name) is not None)
    tables: Sequence[Grid] = ()
    match operation.get("blockType"):
        case "markdown":
            read = from_markdown(given, make_id)
            new, tables = read.lines, read.tables
        case "callout":
            inside = from_markdown(given, make_id).lines
            text = [Run("\n") if place % 2 else inside[place // 2] for place in range(2 * len(inside) - 1)]
            runs = [run for part in text for run in (part.runs if isinstance(part, Line) else (part,))]
            new = [Line(make_id(), "callout", runs=page_lines.tidy_runs(runs), look=look)]
        case "codeblock":
            text_of_code = page_lines.code_text(given)
            new = [Line(make_id(), "code", runs=(Run(text_of_code),), language=str(operation.get("language", "")))]
        case "divider":
            new = [Line(make_id(), "divider", look=look)]
        case "image":
            alt = page_lines.tidy_runs([Run(str(operation.get("altText", "")))], broken=False)
            address = page_lines.safe_address(str(operation.get("imageUrl", "")))
            new = [Line(make_id(), "image", runs=alt, address=address)]
        case other:
            raise ValueError(f"{_short(str(other))} is not a type of block")
    grids = [replace(table, at=table.at + at) for table in tables]
    return Content(page_lines.settle_lines([*lines[:at], *new, *lines[at:]]), grids)


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _place(lines: Sequence[Line], element: str) -> int:
    for place, line in enumerate(lines):
        if line.id == element:
            return place
    raise NoSuchElement(f"the page has no element {_short(element)}")


def _with_text(lines: Sequence[Line], text: str) -> list[Line]:
    found = [line for line in lines if text and text in line.text]
    if not found:
        raise NoSuchElement(f"no element of the page contains the text {_short(text)}")
    return found


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _exchanged(lines: Sequence[Line], by_id: Mapping[str, Line]) -> list[Line]:
    return page_lines.settle_lines(by_id.get(line.id, line) for line in lines)


def _replaced(line: Line, old: str, new: str, once: bool) -> Line:
    """The line with a new text in place of an old one; the new text has the look of the old one's first letter."""
    text = line.text
    looks = [replace(run, text="") for run in line.runs for _ in run.text]
    runs: list[Run] = []
    done = 0
    while (at := text.find(old, done)) >= 0:
        runs += [replace(look, text=letter) for look, letter in zip(looks[done:at], text[done:at], strict=True)]
        runs.append(replace(looks[at], text=new))
        done = at + len(old)
        if once:
            break
    runs += [replace(look, text=letter) for look, letter in zip(looks[done:], text[done:], strict=True)]
    if line.style == "code":
        return replace(line, runs=(Run(page_lines.code_text("".join(run.text for run in runs))),))
    return replace(line, runs=page_lines.tidy_runs(runs, broken=line.style not in HEADINGS))


def _collapsible(lines: Sequence[Line], element: str | None, on: bool) -> list[Line]:
    """The lines with a heading or a list item that hides the lines below it; without an element, every heading does."""
    if element is None:
        return [replace(line, collapsible=on) if line.style in HEADINGS else line for line in lines]
    line = lines[_place(lines, element)]
    if line.style in HEADINGS:
        return _exchanged(lines, {element: replace(line, collapsible=on)})
    if line.style in ("bulletedList", "collapsibleList"):
        return _exchanged(lines, {element: replace(line, style="collapsibleList" if on else "bulletedList")})
    raise NoSuchElement(f"the element {_short(element)} is neither a heading nor an item of a bulleted list")
