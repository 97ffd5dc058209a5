"""The pages of functions, for a terminal and as JSON."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from codaform.cli.names import pick
from codaform.cli.output.drawing import DrawnCell, Heading, put_table
from codaform.cli.terminal import painted, width
from codaform.site.reference.functions import Engine, Form, FunctionEntry, engines_of, function_entries


def find(name: str) -> FunctionEntry:
    """The entry of a function by any of its names, or of a sign. Raises CannotRead with the nearest name."""
    by_name = {known: entry for entry in function_entries() for known in entry.names}
    return by_name[name if name in by_name else pick("function", name, by_name, several=True)]


def as_list() -> str:
    """All functions by subject, with signature and summary."""
    lines: list[str] = []
    last = ""
    for entry in function_entries():
        if entry.subject != last:
            lines += ([""] if lines else []) + [painted(entry.subject, sys.stdout, bold=True)]
            last = entry.subject
        lines += [f"  {painted(form.signature, sys.stdout, fg='cyan')}" for form in entry.forms]
        lines.append(_filled(entry.forms[0].summary, " " * 6))
    return "\n".join(lines)


def as_page(entry: FunctionEntry) -> str:
    """Everything about a function."""
    lines: list[str] = []
    for form in entry.forms:
        lines += [*_form(form), ""]
    lines.append(_filled(f"Subject: {entry.subject}. Certainty: {entry.certainty}."))
    lines += [_filled(remark) for remark in entry.remarks]
    return "\n".join(lines)


def _form(form: Form) -> list[str]:
    lines = [painted(form.signature, sys.stdout, fg="cyan", bold=True), "", _filled(form.summary)]
    described = [argument for argument in form.arguments if argument.about]
    if described:
        wide = max(len(argument.name) for argument in described)
        lines.append("")
        lines += [_filled(argument.about, f"  {argument.name:{wide}}  ") for argument in described]
    for note in form.notes:
        lines += ["", _filled(note)]
    if form.examples:
        lines.append("")
    for example in form.examples:
        lines += [textwrap.indent(example.formula, "  "), painted(f"    {example.result}", sys.stdout, fg="green")]
    return lines


def _filled(text: str, head: str = "") -> str:
    """A text in lines, with a head before the first line."""
    return textwrap.fill(text, min(width(), 100), initial_indent=head, subsequent_indent=" " * len(head))


def as_data(entries: Sequence[FunctionEntry]) -> list[dict[str, object]]:
    """Functions with their overloads, for JSON."""
    engines = engines_of(entries)
    return [_as_data(entry, engines[entry.name]) for entry in entries]


def _as_data(entry: FunctionEntry, engines: Sequence[Engine]) -> dict[str, object]:
    return {
        "name": entry.name,
        "subject": entry.subject,
        "operator": entry.operator,
        "aliases": entry.aliases,
        "volatile": entry.volatile,
        "action": entry.action,
        "engines": {engine.name: engine.classes for engine in engines},
        "overloads": [
            {
                "signature": form.signature,
                "summary": form.summary,
                "parameters": [
                    {
                        "name": argument.name,
                        "types": argument.types,
                        "optional": argument.optional,
                        "repeats": argument.repeats,
                        "about": argument.about,
                    }
                    for argument in form.arguments
                ],
                "returns": form.returns,
                "notes": "\n\n".join(form.notes),
                "examples": [{"formula": example.formula, "result": example.result} for example in form.examples],
                "certainty": form.certainty,
            }
            for form in entry.forms
        ],
    }


# ------------------------------------------------------------ coverage


def coverage_data() -> list[dict[str, Any]]:
    """Every name with its subject, how sure its meaning is, what computes it, and where its page is."""
    entries = list(function_entries())
    engines = engines_of(entries)
    return [
        {
            "name": name,
            "subject": entry.subject,
            "alias_of": "" if name == entry.name else entry.name,
            "certainty": ", ".join(entry.certainties),
            "measured": entry.measured.told if entry.measured is not None else "",
            "engines": {engine.name: engine.classes for engine in engines[entry.name]},
            "examples": sum(len(form.examples) for form in entry.forms),
            "page": entry.place,
        }
        for entry in entries
        for name in entry.names
    ]


def put_coverage() -> None:
    """Write the coverage as a table."""
    data = coverage_data()
    engines = [name for name in data[0]["engines"] if name != "rows"]  # it computes everything
    words = ["name", "subject", "certainty", *engines]
    headings = [*map(Heading, words), Heading("examples", right=True), Heading("page")]
    put_table(headings, [[DrawnCell(text) for text in _line(one, engines)] for one in data])


def _line(one: dict[str, Any], engines: list[str]) -> list[str]:
    home = f"as {one['alias_of']}" if one["alias_of"] else one["subject"]
    computed = [", ".join(one["engines"][engine]) for engine in engines]
    sure = f"{one['certainty']}; {one['measured']}" if one["measured"] else one["certainty"]
    return [one["name"], home, sure, *computed, str(one["examples"]), one["page"]]
