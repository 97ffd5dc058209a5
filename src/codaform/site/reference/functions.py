"""The functions and signs of the language as data, and their reference pages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from codaform.library import catalogue
from codaform.library.function import Certainty, Example, Function
from codaform.model.types import describe
from codaform.project.truths import Measured, measured_functions, truths_folder
from codaform.semantics.calls import signature
from codaform.site.markdown import block, code, escaped, join_blocks, table
from codaform.site.reference.examples import EXAMPLES_MARK

CERTAINTY: dict[Certainty, str] = {
    "documented": "stated on Coda's own pages",
    "seen": "seen in formulas that run in Coda",
    "recalled": "recalled; no source confirms it yet",
    "recalled-weak": "recalled weakly; the name itself may be wrong",
    "community-hidden": "not in Coda's reference, known from users' posts only",
}
"""How sure a function is, in words."""

_VOLATILE = "Its value may change although nothing in the doc does."
_ACTION = "An action: it changes the doc, so only buttons and automations can use it."


@dataclass(frozen=True, slots=True)
class ArgumentEntry:
    """A parameter as a page tells it."""

    name: str
    types: tuple[str, ...]
    optional: bool
    repeats: bool
    about: str

    @property
    def takes(self) -> str:
        """The types of a value or of a group, and how often it is given."""
        times = ", any number of times" if self.repeats else ", optional" if self.optional else ""
        return " and ".join(self.types) + times


@dataclass(frozen=True, slots=True)
class Form:
    """One overload: what it takes and gives."""

    signature: str
    summary: str
    arguments: tuple[ArgumentEntry, ...]
    returns: str
    notes: tuple[str, ...]
    examples: tuple[Example, ...]
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Engine:
    """What computes a function, and how: by the classes of its overloads."""

    name: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """A function, or a sign, with all its overloads. measured: What a real Coda answered to its examples."""

    name: str
    subject: str
    operator: bool
    aliases: tuple[str, ...]
    volatile: bool
    action: bool
    overloads: tuple[Function, ...]
    forms: tuple[Form, ...]
    measured: Measured | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which it is looked up."""
        return (self.name, *self.aliases)

    @property
    def file(self) -> str:
        """The file of its subject's page."""
        return self.subject.lower().replace(" ", "-") + ".md"

    @property
    def anchor(self) -> str:
        """Its place on that page; a sign is called as Unicode calls its characters."""
        if re.fullmatch(r"\w+", self.name):
            return self.name.lower()
        return "-".join(unicodedata.name(character).lower().replace(" ", "-") for character in self.name)

    @property
    def place(self) -> str:
        """The page and the place on it."""
        return f"{self.file}#{self.anchor}"

    @property
    def certainties(self) -> tuple[Certainty, ...]:
        """How sure its forms are, each word once."""
        return tuple(dict.fromkeys(form.certainty for form in self.forms))

    @property
    def certainty(self) -> str:
        """How sure it is, in words."""
        measured = (self.measured.told,) if self.measured is not None else ()
        return "; ".join((*(CERTAINTY[one] for one in self.certainties), *measured))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What there is to say of the whole, in sentences."""
        others = [name for name in self.aliases if name.lower() != self.name.lower()]
        also = (f"Also called {', '.join(others)}.",) if others else ()
        return also + ((_VOLATILE,) if self.volatile else ()) + ((_ACTION,) if self.action else ())


def function_entries(truths: Path | None = None) -> Iterator[FunctionEntry]:
    """Every function of the library, by subject, in the order in which they are declared.

    truths: The folder with what a real Coda answered; by default codaform's own.
    """
    measured = measured_functions(truths or truths_folder())
    for subject, module in catalogue.SUBJECTS.items():
        groups: dict[str, list[Function]] = {}
        for function in catalogue.declared(module):
            groups.setdefault(function.operator or function.name, []).append(function)
        yield from (_entry(name, subject, group, measured.get(name)) for name, group in groups.items())


def engines_of(entries: Sequence[FunctionEntry]) -> dict[str, tuple[Engine, ...]]:
    """How engines compute functions, by name."""
    from codaform.site.reference.support import support

    found = support()
    return {
        entry.name: tuple(
            Engine(name, tuple(dict.fromkeys(classes[one] for one in entry.overloads)))
            for name, classes in found.items()
        )
        for entry in entries
    }


def _entry(name: str, subject: str, group: list[Function], measured: Measured | None) -> FunctionEntry:
    names = [known for one in group for known in (one.operator, one.name, *one.also) if known]
    return FunctionEntry(
        name,
        subject,
        operator=bool(group[0].operator),
        aliases=tuple(dict.fromkeys(names))[1:],
        volatile=any(function.volatile for function in group),
        action=any(function.action for function in group),
        overloads=tuple(group),
        forms=tuple(_form(function) for function in group),
        measured=measured,
    )


def _form(function: Function) -> Form:
    return Form(
        _written_signature(function),
        function.summary,
        tuple(
            ArgumentEntry(
                parameter.name,
                tuple(describe(kind) for kind in parameter.types),
                parameter.optional,
                parameter.repeats,
                parameter.about,
            )
            for parameter in function.params
        ),
        describe(function.returns),
        tuple(function.notes.split("\n\n")) if function.notes else (),
        function.examples,
        function.certainty,
    )


def _written_signature(function: Function) -> str:
    """The signature; a sign is between its operands."""
    if not function.operator:
        return signature(function)
    kinds = [describe(parameter.type) for parameter in function.params]
    left = f"{kinds[0]} " if len(kinds) > 1 else ""
    return f"{left}{function.operator} {kinds[-1]} → {describe(function.returns)}"


def function_pages(truths: Path | None = None) -> dict[str, str]:
    """Each page by its file name. truths: As in `function_entries`."""
    known = list(function_entries(truths))
    pages, engines = {"index.md": _index(known)}, engines_of(known)
    names = {name: entry for entry in known for name in entry.names}
    for subject, group in groupby(known, lambda entry: entry.subject):
        members = list(group)
        pages[members[0].file] = join_blocks(
            f"# {escaped(subject)}",
            EXAMPLES_MARK,
            *(part for entry in members for part in _parts(entry, engines[entry.name], names)),
        )
    return pages


def _index(known: list[FunctionEntry]) -> str:
    rows = []
    for name, entry in sorted(_names(known), key=lambda pair: (pair[0].lower(), pair[0])):
        other = f"Another name of `{entry.name}`. " if name != entry.name else ""
        subject = f"[{escaped(entry.subject)}]({entry.file})"
        told = escaped(other + first_sentence(entry.forms[0].summary))
        rows.append([f"[{escaped(name)}]({entry.place})", told, subject, ", ".join(entry.certainties)])
    return join_blocks(
        "# Functions",
        "Every function and every sign of the formula language that codaform knows, with a line each.",
        table(["Function", "What it gives", "Subject", "Certainty"], rows),
        "## How certain",
        table(["Certainty", "The function is"], [[key, escaped(words)] for key, words in CERTAINTY.items()]),
        "## The examples",
        "The tests compute each example, over a small doc of two projects and three tasks, on Wednesday, 2025-12-10 at "
        "9:00. An [engine](../engines.md) that a page does not name leaves the function to `rows`, which computes all.",
    )


def first_sentence(text: str) -> str:
    """The first sentence of a summary."""
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]


def _names(known: list[FunctionEntry]) -> list[tuple[str, FunctionEntry]]:
    return [
        (name, entry)
        for entry in known
        for name in entry.names
        if name == entry.name or name.lower() != entry.name.lower()
    ]


def _parts(entry: FunctionEntry, engines: Sequence[Engine], known: Mapping[str, FunctionEntry]) -> list[str]:
    parts = [f"## {escaped(entry.name)} {{ #{entry.anchor} }}"]
    parts.append(block("\n".join(form.signature for form in entry.forms), "text"))
    for form in entry.forms:
        parts += _form_parts(form, several=len(entry.forms) > 1)
    parts += [escaped(remark) for remark in entry.remarks]
    parts.append(
        f"**Certainty:** {escaped(entry.certainty)}. **[Engines](../engines.md):** {escaped(engines_line(engines))}."
    )
    related = ", ".join(f"[{escaped(one.name)}]({_way(entry, one)})" for one in related_entries(entry, known))
    return [*parts, f"**See also:** {related}"] if related else parts


def _way(here: FunctionEntry, there: FunctionEntry) -> str:
    return f"#{there.anchor}" if there.file == here.file else there.place


def _form_parts(form: Form, several: bool) -> list[str]:
    parts = [f"**{code(form.signature)}**"] if several else []
    parts.append(escaped(form.summary))
    for example in form.examples:
        parts += [block(example.formula, "coda"), block(example.result, "value")]
    if form.arguments:
        rows = [[code(one.name), escaped(one.takes), escaped(one.about)] for one in form.arguments]
        parts.append(table(["Parameter", "Takes", "Meaning"], rows))
    return parts + [escaped(note) for note in form.notes]


def engines_line(engines: Sequence[Engine]) -> str:
    """Which engines compute a function, in one line; an engine that leaves it to `rows` is not named."""
    told = {engine.name: [_COMPUTED[one] for one in engine.classes if one in _COMPUTED] for engine in engines}
    computing = {name: found[-1] for name, found in told.items() if found}
    databases = [name for name in told if name not in ("rows", "columns")]
    hows = {computing.get(name) for name in databases}
    if len(hows) == 1 and databases and (how := hows.pop()) is not None:
        # All databases do it in the same way.
        computing = {name: how for name, how in computing.items() if name not in databases} | {"SQL": how}
    return ", ".join(f"{name} {how}".strip() for name, how in computing.items())


_COMPUTED = {"exact": "", "last digit": "(but for the last digit)", "per value": "(value by value)"}
"""How an engine computes a function that it computes, by class; the least exact way comes last."""


def related_entries(entry: FunctionEntry, known: Mapping[str, FunctionEntry]) -> list[FunctionEntry]:
    """The functions that the text of a function names, those whose text names it, and those of its subject that share
    a word of its name; where there are none, its neighbours in the subject."""
    subject = [one for one in dict.fromkeys(known.values()) if one.subject == entry.subject]
    named = [known[name] for name in _named(entry) if name in known]
    naming = [one for one in subject if entry.name in _named(one)]
    alike = [one for one in subject if _words(one.name) & _words(entry.name)]
    at = subject.index(entry)
    beside = subject[max(at - 1, 0) : at + 2]
    found = {one.name: one for one in (*named, *naming, *alike) if one.name != entry.name}
    return list((found or {one.name: one for one in beside if one.name != entry.name}).values())[:_MOST_RELATED]


def _words(name: str) -> set[str]:
    """The longer words of a function's name."""
    return set(re.findall(r"[A-Z][a-z]{3,}", name))


_MOST_RELATED = 8
_NAMED = re.compile(r"`([A-Za-z_]\w*)(?:\(\))?`|(?<![\w`])([A-Z][a-z]+[A-Z]\w*)(?![\w`])")
"""A function's name in a text: between backticks, or a word with a second capital letter in it."""


def _named(entry: FunctionEntry) -> list[str]:
    texts = [
        text for form in entry.forms for text in (form.summary, *form.notes, *(one.about for one in form.arguments))
    ]
    return [found[1] or found[2] for text in texts for found in _NAMED.finditer(text)]
