"""The reference pages of the library, as Markdown: one for each subject, and one that lists all names."""

from __future__ import annotations

from itertools import groupby

from codaform.site.markdown import block, code, escaped, page, table
from codaform.site.reference.entries import CERTAINTY, Entry, Form, entries


def function_pages() -> dict[str, str]:
    """Each page by its file name."""
    known = list(entries())
    pages = {"index.md": _index(known)}
    for subject, group in groupby(known, lambda entry: entry.subject):
        members = list(group)
        pages[members[0].file] = page(f"# {escaped(subject)}", *(part for entry in members for part in _parts(entry)))
    return pages


def _index(known: list[Entry]) -> str:
    rows = []
    for name, entry in sorted(_names(known), key=lambda pair: (pair[0].lower(), pair[0])):
        other = f" (as {escaped(entry.name)})" if name != entry.name else ""
        subject = f"[{escaped(entry.subject)}]({entry.file})"
        rows.append([f"[{escaped(name)}]({entry.place}){other}", subject, ", ".join(entry.certainties)])
    return page(
        "# Functions",
        "Every function and every sign of the formula language that codaform knows. Each example is computed by the "
        "tests, over a small doc of two projects and three tasks, on Wednesday, 2025-12-10 at 9:00.",
        table(["Certainty", "The function is"], [[key, escaped(words)] for key, words in CERTAINTY.items()]),
        table(["Function", "Subject", "Certainty"], rows),
    )


def _names(known: list[Entry]) -> list[tuple[str, Entry]]:
    return [
        (name, entry)
        for entry in known
        for name in entry.names
        if name == entry.name or name.lower() != entry.name.lower()
    ]


def _parts(entry: Entry) -> list[str]:
    parts = [f"## {escaped(entry.name)} {{ #{entry.anchor} }}"]
    parts.append(block("\n".join(form.signature for form in entry.forms), "text"))
    for form in entry.forms:
        parts += _form(form, several=len(entry.forms) > 1)
    parts.append(f"**Certainty:** {escaped(entry.certainty)}.")
    parts += [escaped(remark) for remark in entry.remarks]
    parts.append(table(["Engine", "Computes it"], [[escaped(engine.name), engine.state] for engine in entry.engines]))
    return parts


def _form(form: Form, several: bool) -> list[str]:
    parts = [f"**{code(form.signature)}**"] if several else []
    parts.append(escaped(form.summary))
    if form.arguments:
        rows = [[code(one.name), escaped(one.takes), escaped(one.about)] for one in form.arguments]
        parts.append(table(["Parameter", "Takes", "Meaning"], rows))
    parts += [escaped(note) for note in form.notes]
    for example in form.examples:
        parts += [block(example.formula, "coda"), block(example.result, "value")]
    return parts
