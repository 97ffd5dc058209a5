"""Uses of parts, for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codaform.cli.output.drawing import Branch, put_tree
from codaform.cli.terminal import counted
from codaform.extras import require
from codaform.project.parts import ProjectPart
from codaform.project.session import Session
from codaform.project.uses import ReachedPart, UsePlace, Uses, graph_with_actions, node_of_part

_MOST_LINES = 4
"""The most lines of one file that the tree names."""

_WORDS = {"disable_if": "disabled if", "shown": "shown column", "named": "formula", "case": "cases"}
"""How a part needs another one, in words."""


def put_uses(uses: Uses, part: ProjectPart, depth: int | None) -> None:
    """Write what a part needs and what needs it, as a tree."""
    sides = []
    for title, up in (("needs", True), ("is needed by", False)):
        found = uses.reached(part, up, depth)
        sides.append(Branch(title, counted(len(found), "part") if found else "nothing", "", _below(found, part)))
    file, line = uses.declared.get(part, ("", 0))
    put_tree(Branch(str(part), _kind(uses, part), f"{file}:{line}" if file else "", tuple(sides)))


def _below(found: Sequence[ReachedPart], by: ProjectPart) -> tuple[Branch, ...]:
    return tuple(
        Branch(_name(each.part), f"{_how(each)}  {_lines(each.places)}", "", _below(found, each.part))
        if each.part.in_doc or each.part.kind == "test"
        else Branch(_lines(each.places), _how(each), "", ())
        for each in found
        if each.by == by
    )


def _name(part: ProjectPart) -> str:
    match part.kind:
        case "view":
            return f"{part.name} ({part.table})"
        case "test":
            return f"{part.table}: {part.name}"
    return str(part)


def _kind(uses: Uses, part: ProjectPart) -> str:
    if part.kind != "column":
        return {"formula": "named formula"}.get(part.kind, part.kind)
    column = uses.doc.tables[part.table].columns[part.name]
    return f"{column.kind.replace('_', ' ')} column, {'computed' if column.computed else 'entered'}"


def _how(each: ReachedPart) -> str:
    words = dict.fromkeys(_WORDS.get(place.how, place.how) for place in each.places)
    own = ["its own"] if each.own else []
    unnamed = ["unnamed"] if not any(place.by_name for place in each.places) else []
    return ", ".join([*words, *own, *unnamed])


def _lines(places: Sequence[UsePlace]) -> str:
    by_file: dict[str, list[int]] = {}
    for place in places:
        by_file.setdefault(place.file, []).append(place.line)
    parts = []
    for file, lines in by_file.items():
        numbers = sorted(set(lines))
        more = ", …" if len(numbers) > _MOST_LINES else ""
        parts.append(f"{file}:{','.join(map(str, numbers[:_MOST_LINES]))}{more}")
    return " ".join(parts)


def uses_json(uses: Uses, part: ProjectPart, depth: int | None) -> dict[str, Any]:
    """The parts that a part needs and those that need it, as JSON."""
    file, line = uses.declared.get(part, ("", 0))
    return {
        "part": _part(part),
        "declared": {"file": file, "line": line} if file else None,
        "needs": [_reached(each) for each in uses.reached(part, up=True, depth=depth)],
        "needed_by": [_reached(each) for each in uses.reached(part, up=False, depth=depth)],
    }


def _part(part: ProjectPart) -> dict[str, str]:
    return {"kind": part.kind, "name": part.name} | ({"table": part.table} if part.table else {})


def _reached(each: ReachedPart) -> dict[str, Any]:
    places = [
        {"how": place.how, "file": place.file, "line": place.line, "by_name": place.by_name, "own": place.own}
        for place in each.places
    ]
    return {"part": _part(each.part), "by": _part(each.by), "distance": each.distance, "places": places}


def uses_svg(session: Session, uses: Uses, part: ProjectPart, depth: int | None) -> str:
    """The parts of the doc around a part, as SVG text. By default four steps each way. Raises MissingExtra."""
    require("docs")
    from codaform.pictures.dependencies import dependencies

    steps = 4 if depth is None else depth
    return dependencies(uses.doc, graph_with_actions(session, uses), node_of_part(uses.doc, part), up=steps, down=steps)
