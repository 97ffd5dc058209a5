"""The reference page of a project's YAML files, made from their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codaform.model.formats import EXAMPLES, FORMATS, FormatChoice, FormatMember
from codaform.project.shapes import KINDS, ColumnFormat, Each, Either, Entries, Field, Fields, Shape, Text
from codaform.site.markdown import code, escaped, join_blocks, table

_FILES = {
    "doc": ("doc.yml", "The doc as a whole; its folder is the project."),
    "table": ("TABLE/table.yml", "A table: its columns in order, its views, its data tests."),
    "cases": ("TABLE/FORMULA.cases.yml", "Cases of a formula: given rows, and what it has to give for them."),
    "scenario": ("scenarios/NAME.yml", "Several steps over the whole doc: rows are added, changed, removed, expected."),
    "migration": ("migrations/NAME.yml", "How rows move from old tables to new ones, phase by phase."),
}
"""The path and the meaning of each kind of file."""

PROSE = Path(__file__).parents[1] / "templates" / "files.md"
"""The text of the page before its tables."""

_LONG = 12
"""A longer list of options is not in a cell but below the table."""


def files_page() -> str:
    """Every kind of YAML file with its keys."""
    parts = []
    for kind, shape in KINDS.items():
        file, about = _FILES[kind]
        parts += [f"## {escaped(file)} {{ #{kind} }}", escaped(about)]
        parts.append(f"JSON Schema: [{kind}.schema.json](schema/{kind}.schema.json)")
        parts += _tables(shape, {})
    return join_blocks(
        PROSE.read_text("utf-8").strip("\n"),
        *parts,
        *_formats(),
    )


def _formats() -> Iterator[str]:
    """What `format:` takes, by column type."""
    yield "## Formats { #formats }"
    yield (
        "`format:` says how a column, or a named formula, shows its values, and the limits of a slider. It is a text "
        "where a pattern says all of it, and a mapping otherwise. A missing setting is Coda's default in a new "
        "doc, and unchanged in an existing one. No API returns the format of a named formula: the lock remembers it. "
        "A text with `#`, `:` or a comma needs quotes. A number of a slider or an image may be a formula behind `=`: "
        "`{maximum: =Goal}`; only a person can enter that in Coda."
    )
    yield table(
        ["Type", "Examples", "Members"],
        [
            [code(kind), ", ".join(map(code, EXAMPLES[kind])), ", ".join(map(code, members))]
            for kind, members in FORMATS.items()
        ],
    )
    told: dict[tuple[str, FormatMember], list[str]] = {}
    for kind, members in FORMATS.items():
        for name, member in members.items():
            told.setdefault((name, member), []).append(kind)
    yield table(
        ["Member", "Of", "Meaning"],
        [[code(name), ", ".join(kinds), member.about + _choices(member)] for (name, member), kinds in told.items()],
    )


def _choices(member: FormatMember) -> str:
    if not isinstance(member.values, FormatChoice) or any(word in member.about for word in member.values.options[:2]):
        return ""
    return f" One of {', '.join(map(code, member.values.options))}."


def _tables(shape: Shape, told: dict[str, None]) -> Iterator[str]:
    """The table of keys of a mapping, then those of the mappings inside of it; each once."""
    for fields in _mappings(shape):
        if fields.name in told:
            continue
        told[fields.name] = None
        rows = [[code(key), _takes(field), escaped(field.about)] for key, field in fields.fields.items()]
        if told.keys() != {fields.name}:
            yield f"### {escaped(fields.name)}"
        yield table(["Key", "Takes", "Meaning"], rows)
        for field in fields.fields.values():
            if isinstance(field.shape, Text) and len(field.shape.options) > _LONG:
                yield f"Texts that fit: {', '.join(code(option) for option in field.shape.options)}."
        for field in fields.fields.values():
            yield from _tables(field.shape, told)


def _mappings(shape: Shape) -> Iterator[Fields]:
    match shape:
        case Fields():
            yield shape
        case Each(item=inner) | Entries(value=inner):
            yield from _mappings(inner)
        case Either():
            for one in shape.shapes:
                yield from _mappings(one)


def _takes(field: Field) -> str:
    return _words(field.shape) + ("; required" if field.required else "")


def _words(shape: Shape) -> str:
    match shape:
        case Text(options=options) if options:
            return (
                " or ".join(code(option) for option in options)
                if len(options) <= _LONG
                else "an option in the list below"
            )
        case Text():
            return escaped(shape.form)
        case Each():
            return f"a list, each {_words(shape.item)}"
        case Entries():
            return f"by {escaped(shape.keys)}: {_words(shape.value)}"
        case Fields():
            return f"a mapping ({escaped(shape.name)})"
        case Either():
            return ", or ".join(_words(one) for one in shape.shapes)
        case ColumnFormat():
            return "[a format](#formats)"
