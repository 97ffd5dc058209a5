"""The documents of a project: where they are, and each in its front matter, prose and directives with their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codaform.project.files import read_text
from codaform.project.project import Project
from codaform.source import Source, Span

FOLDER = "documents"


def find_documents(project: Project) -> list[tuple[Source, str]]:
    """Each Markdown file below `documents/` with the path of its page below the docs, in the order of the paths.

    Links that lead out of the folder are not followed, nor is the folder if it is one out of the project. Raises
    OSError; bytes that are no UTF-8 are replaced.
    """
    folder = project.root / FOLDER
    found = []
    there = folder.is_dir() and folder.resolve().is_relative_to(project.root.resolve())
    for path in sorted(folder.rglob("*.md")) if there else []:
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            name = path.relative_to(folder).as_posix()
            found.append((read_text(path, _called(project, path))[0], name))
    return found


def _called(project: Project, path: Path) -> str:
    """The name of the file beside the project's other files, whose names may begin at another folder."""
    inside = path.relative_to(project.root).as_posix()
    doc = next((name for name in project.files if name == "doc.yml" or name.endswith("/doc.yml")), "")
    return doc.removesuffix("doc.yml") + inside


_FENCE = re.compile(r"^(?P<indent> {0,3})(?P<marks>`{3,}|~{3,})(?P<info>[^\n]*)$")
_NAMED = re.compile(r"^\{(?P<name>[^{}\s]*)\}[ \t]*(?P<argument>.*?)[ \t]*$")
_OPTION = re.compile(r"^:(?P<key>[a-z-]+):[ \t]*(?P<value>.*?)[ \t]*$")


@dataclass(frozen=True, slots=True)
class DirectiveText:
    """A piece of text with its place in the document."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown as the author wrote it. literal: Whether it is code, in which nothing is read."""

    span: Span
    literal: bool


@dataclass(frozen=True, slots=True)
class Directive:
    """A fenced block that codaform replaces by something computed.

    options: The lines `:key: value` at its beginning. body: What follows them, with the blanks it begins with.
    """

    name: DirectiveText
    argument: DirectiveText
    options: dict[str, DirectiveText]
    body: DirectiveText
    span: Span


@dataclass(frozen=True, slots=True)
class Document:
    """A document. front: The YAML between the first two lines `---`; empty without it."""

    front: DirectiveText
    parts: tuple[Prose | Directive, ...]


def parse_document(source: Source) -> Document:
    """The parts of a document; every character behind the front matter is in exactly one part."""
    front, at = _front(source.text)
    return Document(front, tuple(_parts(source.text, at)))


def _front(text: str) -> tuple[DirectiveText, int]:
    found = re.match(r"---[ \t]*\r?\n(.*?)^---[ \t]*(\r?\n|\Z)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        return DirectiveText("", Span(0, 0)), 0
    return DirectiveText(found[1], Span(found.start(1), found.end(1))), found.end()


def _lines(text: str, at: int) -> Iterator[tuple[int, str]]:
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end + 1
        yield at, text[at:end]
        at = end


def _parts(text: str, at: int) -> Iterator[Prose | Directive]:
    begun, fence = at, None
    fence_at = at
    for start, line in _lines(text, at):
        found = _FENCE.match(line.rstrip("\r\n"))
        if fence is None:
            if found is None or ("`" in found["info"] and found["marks"][0] == "`"):
                continue
            if start > begun:
                yield Prose(Span(begun, start), False)
            fence, fence_at = found, start
        elif found is not None and _closes(found, fence):
            end = start + len(line)
            yield _fenced(text, fence, fence_at, start, end)
            fence, begun = None, end
    if fence is not None:  # it is not closed: Markdown reads on to the end
        yield Prose(Span(fence_at, len(text)), True)
    elif begun < len(text):
        yield Prose(Span(begun, len(text)), False)


def _closes(line: re.Match[str], fence: re.Match[str]) -> bool:
    same = line["marks"][0] == fence["marks"][0] and len(line["marks"]) >= len(fence["marks"])
    return same and not line["info"].strip()


def _fenced(text: str, fence: re.Match[str], start: int, close: int, end: int) -> Prose | Directive:
    named = _NAMED.match(fence["info"])
    if named is None or fence["marks"][0] != "`" or fence["indent"]:
        return Prose(Span(start, end), True)
    info = start + fence.start("info")

    def piece(group: str) -> DirectiveText:
        return DirectiveText(named[group], Span(info + named.start(group), info + named.end(group)))

    options: dict[str, DirectiveText] = {}
    at = start + len(text[start:end].split("\n", 1)[0]) + 1
    for begun, line in _lines(text[:close], at):
        option = _OPTION.match(line.rstrip("\r\n"))
        if option is None:
            break
        place = Span(begun + option.start("value"), begun + option.end("value"))
        options[option["key"]] = DirectiveText(option["value"], place)
        at = begun + len(line)
    at = min(at, close)
    return Directive(
        piece("name"), piece("argument"), options, DirectiveText(text[at:close], Span(at, close)), Span(start, end)
    )


def only_piece(source: Source, piece: DirectiveText) -> Source:
    """The document with everything but one piece of it blank: what is read from it has its places in the document."""
    start, end = piece.span.start, piece.span.end
    return Source(source.name, re.sub(r"[^\n]", " ", source.text[:start]) + source.text[start:end])
