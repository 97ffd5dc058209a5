"""The pages of functions, for reading in a terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

from codaform.cli.drawing import Cell, Heading, put_table
from codaform.cli.naming import pick
from codaform.cli.terminal import painted, width
from codaform.library import catalogue
from codaform.library.function import Function
from codaform.model.types import describe
from codaform.semantics.applying import signature

Group = tuple[Function, ...]
"""The overloads of one function, or of one sign."""


def subjects() -> Iterator[tuple[str, Group]]:
    """Every function with its overloads, under its subject."""
    for subject, module in catalogue.SUBJECTS.items():
        groups: dict[str, list[Function]] = {}
        for function in catalogue.declared(module):
            groups.setdefault(_title(function), []).append(function)
        yield from ((subject, tuple(group)) for group in groups.values())


def find(name: str) -> tuple[str, Group]:
    """The function of a name or a sign, and its subject. Raises CannotRead with the nearest name."""
    by_name: dict[str, list[tuple[str, Group]]] = {}
    for subject, group in subjects():
        for known in _names(group):
            by_name.setdefault(known, []).append((subject, group))
    found = by_name[pick("function", name, by_name) if name not in by_name else name]
    return found[0][0], tuple(function for _, group in found for function in group)


def _title(function: Function) -> str:
    return function.operator or function.name


def _names(group: Group) -> list[str]:
    """Every name of a function: its sign if it has one, its name, its other names."""
    return list(dict.fromkeys(name for one in group for name in (one.operator, one.name, *one.also) if name))


def told(function: Function) -> str:
    """A function's signature; an operator between its operands."""
    if not function.operator:
        return signature(function)
    kinds = [describe(parameter.type) for parameter in function.params]
    left = f"{kinds[0]} " if len(kinds) > 1 else ""
    return f"{left}{function.operator} {kinds[-1]} → {describe(function.returns)}"


def as_list() -> str:
    """All functions by subject, with signature and summary."""
    lines: list[str] = []
    last = ""
    for subject, group in subjects():
        if subject != last:
            lines += ([""] if lines else []) + [painted(subject, sys.stdout, bold=True)]
            last = subject
        lines += [f"  {painted(told(function), sys.stdout, fg='cyan')}" for function in group]
        lines.append(_filled(group[0].summary, " " * 6))
    return "\n".join(lines)


def as_page(subject: str, group: Group) -> str:
    """Everything about a function."""
    lines: list[str] = []
    for index, function in enumerate(group):
        lines += ([""] if index else []) + [painted(told(function), sys.stdout, fg="cyan", bold=True), ""]
        lines.append(_filled(function.summary))
        described = [parameter for parameter in function.params if parameter.about]
        if described:
            wide = max(len(parameter.name) for parameter in described)
            lines.append("")
            for parameter in described:
                head = f"  {parameter.name:{wide}}  "
                lines.append(_filled(parameter.about, head))
        for note in function.notes.split("\n\n") if function.notes else ():
            lines += ["", _filled(note)]
        if function.examples:
            lines.append("")
            for example in function.examples:
                lines += [
                    textwrap.indent(example.formula, "  "),
                    painted(f"    {example.result}", sys.stdout, fg="green"),
                ]
    lines += ["", f"Subject: {subject}. Certainty: {_all(group)}."]
    others = [name for name in _names(group) if name.lower() != _title(group[0]).lower()]
    if others:
        lines.append(f"Also called {', '.join(others)}.")
    if any(function.volatile for function in group):
        lines.append("Its value may change although nothing in the doc does.")
    if any(function.action for function in group):
        lines.append("An action: it changes the doc, so it stands in buttons and automations only.")
    return "\n".join(lines)


def _filled(text: str, head: str = "") -> str:
    """A text in lines, the first behind its head, the others below it."""
    return textwrap.fill(text, min(width(), 100), initial_indent=head, subsequent_indent=" " * len(head))


def _all(group: Group) -> str:
    return ", ".join(dict.fromkeys(function.certainty for function in group))


def as_data(subject: str, group: Group) -> dict[str, object]:
    """A function with its overloads, for JSON."""
    return {
        "name": _title(group[0]),
        "subject": subject,
        "operator": bool(group[0].operator),
        "aliases": _names(group)[1:],
        "volatile": any(function.volatile for function in group),
        "action": any(function.action for function in group),
        "overloads": [
            {
                "signature": told(function),
                "summary": function.summary,
                "parameters": [
                    {
                        "name": parameter.name,
                        "types": [describe(kind) for kind in parameter.types],
                        "optional": parameter.optional,
                        "repeats": parameter.repeats,
                        "about": parameter.about,
                    }
                    for parameter in function.params
                ],
                "returns": describe(function.returns),
                "notes": function.notes,
                "examples": [{"formula": example.formula, "result": example.result} for example in function.examples],
                "certainty": function.certainty,
            }
            for function in group
        ],
    }


# ------------------------------------------------------------ coverage


def coverage_data() -> list[dict[str, object]]:
    """Every name with its subject, how sure its meaning is, and whether it is computed row by row."""
    told: list[dict[str, object]] = []
    for subject, group in subjects():
        title, *others = _names(group)
        for name in (title, *others):
            alias = "" if name == title else title
            about = {"name": name, "subject": subject, "alias_of": alias, "certainty": _all(group), "rowwise": True}
            told.append(about)
    return told


def put_coverage() -> None:
    """Write the coverage as a table."""
    told = coverage_data()
    rows = [
        [Cell(str(one["name"])), Cell(str(one["subject"])), Cell(str(one["certainty"])), Cell("yes")]
        if not one["alias_of"]
        else [Cell(str(one["name"])), Cell(f"as {one['alias_of']}"), Cell(str(one["certainty"])), Cell("yes")]
        for one in told
    ]
    put_table([Heading("name"), Heading("subject"), Heading("certainty"), Heading("row-wise")], rows)
