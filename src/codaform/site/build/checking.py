"""Checking a site without writing anything into its folders: facts, stale pages, and the site as it would be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import DEAD_LINK, STALE_PAGE, UNKNOWN_COMMAND
from codaform.files import read_file_text
from codaform.site.build.command_lines import CommandFault, command_lines
from codaform.site.build.faults import Site, find_faults
from codaform.site.build.findings import PageText, line_span, locate, mkdocs_findings, page_start, unlisted_findings
from codaform.site.build.navigation import REFERENCE
from codaform.site.build.sentences import slips
from codaform.site.build.settings import built_file, read_settings
from codaform.site.build.site_files import SiteFiles, SitePages, markdown_files
from codaform.site.build.writing import compare, copy_site
from codaform.site.guides.claims import unproved_claims
from codaform.site.guides.known_facts import false_facts
from codaform.site.guides.on_coda import unsourced_statements
from codaform.site.guides.stale_lines import stale_lines
from codaform.site.pages import MARK_TEXT, is_generated, own_text
from codaform.source import NOWHERE, Source


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The findings, and the names of the checked files."""

    found: tuple[Diagnostic, ...]
    files: tuple[str, ...]


def check_site(
    made: SiteFiles,
    on_page: Callable[[int], None] | None = None,
    trust: bool = False,
    fault_of: CommandFault | None = None,
) -> CheckResult:
    """All findings about the site of a project. Raises CannotRead and OSError.

    fault_of: What is wrong with a command of codaform; commands on pages are not looked at without it.
    on_page: Called with the number of finished steps; there are two for each page.
    trust: Whether mkdocs.yml may run code.
    """
    from codaform.site.build.mkdocs import build_html

    texts = page_texts(made)
    settings = settings_source(made)
    found = [*made.gathered.problems, *_claims(made.gathered, texts), *_stale(made)]
    with tempfile.TemporaryDirectory(prefix="codaform-") as place:
        docs, built = Path(place) / "docs", Path(place) / "site"
        copy_site(made, docs)
        said = build_html(made.settings, made.folders.settings, docs, built, on_page, trust)
        # Dead links are found in the HTML, with those that MkDocs does not look at.
        told = [one for one in mkdocs_findings(said, texts, settings) if one.rule is not DEAD_LINK]
        site = Site(built, read_settings(made.settings), texts, settings)
        found += [*told, *find_faults(site), *_slips(site, fault_of)]
    found += _commands(texts, fault_of) if fault_of is not None else ()
    named = {one.source.name for one in told}
    found += [one for one in unlisted_findings(made.unlisted, texts, settings) if one.source.name not in named]
    names = dict.fromkeys((*(text.source.name for text in texts.values()), settings.name))
    return CheckResult(tuple(found), tuple(names))


def _claims(gathered: SitePages, texts: Mapping[str, PageText]) -> Iterator[Diagnostic]:
    """The claims of documents about the doc, and those of all pages that people write."""
    for document in gathered.documents.values():
        yield from unproved_claims(gathered.session, document.source)
    for path, text in texts.items():
        written = text.document.source if text.document is not None else text.source
        if not (path.startswith(REFERENCE) or is_generated(written.text)):  # the reference has sources of its own
            yield from unsourced_statements(written)
            yield from false_facts(written)


def _slips(site: Site, fault_of: CommandFault | None) -> Iterator[Diagnostic]:
    """What is wrong with the sentences of the pages; a command begins one in lower case, as its name is."""
    for path, text in site.texts.items():
        file = site.built / built_file(site.settings, path)
        html = read_file_text(file, "replace") if file.is_file() else ""
        for slip in slips(html, lambda word: fault_of is not None and not fault_of([word])):
            place = locate(text, _written(slip.words)) or page_start(text)
            yield Diagnostic(slip.rule, slip.message, *place, slip.help)


def _written(words: str) -> Iterator[str]:
    """The words as they may stand in Markdown, where a line may end between them; then fewer of them."""
    known = words.split()
    for start, end in ((0, len(known)), (1, len(known)), (0, 2)):
        part = known[start:end]
        for at in range(len(part)) if len(part) > 1 else ():
            yield " ".join(part[:at]) + "\n" * bool(at) + " ".join(part[at:])


def _commands(texts: Mapping[str, PageText], fault_of: CommandFault) -> Iterator[Diagnostic]:
    """The lines of codaform that it does not take."""
    for text in texts.values():
        known = text.document.source if text.document is not None else text.source
        for words, span in command_lines(known.text):
            if message := fault_of(words):
                yield Diagnostic(UNKNOWN_COMMAND, message, known, span)


def page_texts(made: SiteFiles) -> dict[str, PageText]:
    """The Markdown of all pages as it will be, by the paths below the docs."""
    left_over = set(compare(made).left_over)
    texts = {}
    for name, path in markdown_files(made.folders.docs):
        if name not in made.files and name not in left_over:
            texts[name] = PageText(Source(_name_of(path), read_file_text(path, "replace")))
    for name, data in made.files.items():
        if name.endswith(".md"):
            source = Source(_name_of(made.folders.docs / name), data.decode("utf-8"))
            texts[name] = PageText(source, made.gathered.documents.get(name))
    return texts


def settings_source(made: SiteFiles) -> Source:
    """mkdocs.yml as it will be."""
    return Source(_name_of(made.folders.settings), made.settings)


def _name_of(path: Path) -> str:
    """The name of a file for a person: its path from the current folder."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


_HELP = "codaform docs build writes it again"


def _stale(made: SiteFiles) -> Iterator[Diagnostic]:
    differences, docs = compare(made), made.folders.docs
    for name in differences.missing:
        yield _finding(f"{name} is not written yet", Source(_name_of(docs / name), ""))
    for name in differences.left_over:
        yield _finding(f"{name} is not made any more", _source(docs / name))
    for name in differences.foreign:
        message = f"{name} stands where a generated file belongs, and its first line does not say “{MARK_TEXT}”"
        yield Diagnostic(STALE_PAGE, message, _source(docs / name), NOWHERE, "rename it, or remove it")
    for name in differences.changed:
        source = _source(docs / name)
        document = made.gathered.documents.get(name)
        now = own_text(made.files[name].decode("utf-8", "replace"))
        said = list(stale_lines(document, own_text(source.text), now)) if document is not None else []
        yield from said
        if not said and not (document is not None and document.problems):
            line = _first_difference(source.text, made.files[name].decode("utf-8", "replace"))
            yield _finding(f"{name} is not what the project gives now", source, line)
    if differences.settings:
        source = _source(made.folders.settings)
        line = _first_difference(source.text, made.settings)
        yield _finding("the navigation is not what the project gives now", source, line)


def _finding(message: str, source: Source, line: int = 0) -> Diagnostic:
    return Diagnostic(STALE_PAGE, message, source, line_span(source, line), _HELP)


def _source(path: Path) -> Source:
    try:
        return Source(_name_of(path), read_file_text(path, "replace"))
    except FileNotFoundError:
        return Source(_name_of(path), "")


def _first_difference(before: str, after: str) -> int:
    """The first line, counted from 1, in which a text differs from another one."""
    old, new = before.split("\n"), after.split("\n")
    pairs = enumerate(zip(old, new, strict=False), 1)
    return next((line for line, (one, other) in pairs if one != other), min(len(old), len(new)))
