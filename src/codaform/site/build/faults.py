"""Faults of a built site: dead links, loads from other hosts, pictures without a text."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.diagnostics.rules import DEAD_LINK, MISSING_ALT, OUTSIDE_HOST
from codaform.site.build.addresses import LinkTarget, is_outside, resolve_link
from codaform.site.build.findings import PageText, locate, page_start
from codaform.site.build.html_reader import BuiltPage, loaded_by_styles, read_html
from codaform.site.build.settings import SiteSettings, built_file
from codaform.source import NOWHERE, Source


@dataclass(frozen=True, slots=True)
class Site:
    """A built site.

    built: The folder of its files. texts: The Markdown of its pages by their paths below the docs. settings_text:
    mkdocs.yml, the place of faults that every page has.
    """

    built: Path
    settings: SiteSettings
    texts: Mapping[str, PageText]
    settings_text: Source


@dataclass(frozen=True, slots=True)
class _Page:
    """A built page: its file, the path of its Markdown or an empty text, and what it holds."""

    file: str
    path: str
    held: BuiltPage


def find_faults(site: Site) -> list[Diagnostic]:
    """All faults, each once, at its place in the Markdown if it has one. Raises OSError."""
    pages = list(_pages(site))
    places = {page.file: page.held.places for page in pages}
    top = urlsplit(site.settings.address).path or "/"
    found: list[Diagnostic] = []
    everywhere: dict[tuple[Rule, str], list[tuple[_Page, str]]] = {}
    for page in pages:
        text = site.texts.get(page.path)
        counts: Counter[tuple[Rule, str]] = Counter()
        for rule, at, message in _wrong(site, page, places, top):
            key = rule, at
            candidates = _written(site, page, at, top)
            place = locate(text, candidates, counts[key]) if text is not None else None
            counts[key] += 1
            if place is not None:
                found.append(Diagnostic(rule, message, *place))
            else:
                everywhere.setdefault((rule, message), []).append((page, at))
    found += [_once(site, rule, message, met) for (rule, message), met in everywhere.items()]
    return [*found, *_styles(site), *_listing(site, places, top)]


def _pages(site: Site) -> Iterator[_Page]:
    paths = {built_file(site.settings, path): path for path in site.texts}
    for file in sorted(site.built.rglob("*.html")):
        name = file.relative_to(site.built).as_posix()
        yield _Page(name, paths.get(name, ""), read_html(file.read_text("utf-8", "replace")))


def _wrong(site: Site, page: _Page, places: Mapping[str, set[str]], top: str) -> Iterator[tuple[Rule, str, str]]:
    """The rule, the address and the message of each fault of a page."""
    for at in page.held.links:
        if message := _dead(site, page.file, at, places, top):
            yield DEAD_LINK, at, message
    for at in page.held.loads:
        if is_outside(at):
            yield OUTSIDE_HOST, at, f"{_host(at)} is asked for {at.strip()}"
        elif message := _dead(site, page.file, at, places, top):
            yield DEAD_LINK, at, message
    for at in page.held.mute:
        said = "a drawing has neither a <title> nor a label" if at == "<svg" else f"the picture {at} has no alt text"
        yield MISSING_ALT, at, said


def _dead(site: Site, file: str, at: str, places: Mapping[str, set[str]], top: str) -> str:
    """Why an address on a page leads nowhere; empty where it leads somewhere, or out of the site."""
    there = resolve_link(file, at, top)
    if there is None:
        return ""
    if there.file.startswith("../"):
        return f"{at} leads out of the site"
    if there.file in places:
        missing = there.anchor and there.anchor not in places[there.file] and there.anchor != "top"
        return f"{_known_name(site, there)} has no place #{there.anchor}" if missing else ""
    if (site.built / there.file).is_file() or (site.built / there.file / "index.html").is_file():
        return ""
    return f"there is no {_known_name(site, there)}"


def _known_name(site: Site, there: LinkTarget) -> str:
    """A file of the site by the name that its author knows."""
    return next((path for path in site.texts if built_file(site.settings, path) == there.file), there.file)


def _host(at: str) -> str:
    try:
        return urlsplit(at.strip()).netloc or at.split(":")[0]
    except ValueError:
        return at


def _written(site: Site, page: _Page, at: str, top: str) -> list[str]:
    """How an address on a built page may have been written in its Markdown."""
    ways = [at, unquote(at), escape(at)]
    there = resolve_link(page.file, at, top)
    if there is not None:
        anchor = f"#{there.anchor}" if there.anchor else ""
        for path in (*(path for path in site.texts if built_file(site.settings, path) == there.file), there.file):
            relative = posixpath.relpath(path, posixpath.dirname(page.path) or ".")
            ways += [relative + anchor, relative]
        ways += [anchor] if there.file == page.file else []
    return list(dict.fromkeys(ways))


def _once(site: Site, rule: Rule, message: str, met: list[tuple[_Page, str]]) -> Diagnostic:
    """A fault without a place in Markdown: at its page if there is only one page, else in mkdocs.yml."""
    page, at = met[0]
    text = site.texts.get(page.path)
    others = len({one.file for one, _ in met}) - 1
    if text is not None and not others:
        return Diagnostic(rule, message, *page_start(text))
    more = f" on {page.file} and {others} more pages" if others else f" on {page.file}"
    there = resolve_link(page.file, at) or LinkTarget(at, "")
    wanted = [there.file, there.file.removesuffix(".html") + ".md", at]
    place = locate(PageText(site.settings_text), wanted) or (site.settings_text, NOWHERE)
    return Diagnostic(rule, message + more, *place)


def _styles(site: Site) -> Iterator[Diagnostic]:
    for file in sorted(site.built.rglob("*.css")):
        name = file.relative_to(site.built).as_posix()
        for at in dict.fromkeys(loaded_by_styles(file.read_text("utf-8", "replace"))):
            if is_outside(at):
                message = f"{name} asks {_host(at)} for {at}"
                yield Diagnostic(OUTSIDE_HOST, message, site.settings_text, NOWHERE)
            elif (there := resolve_link(name, at)) is not None and not (site.built / there.file).is_file():
                yield Diagnostic(DEAD_LINK, f"{name}: there is no {there.file}", site.settings_text, NOWHERE)


def _listing(site: Site, places: Mapping[str, set[str]], top: str) -> Iterator[Diagnostic]:
    """The links of llms.txt."""
    import re

    try:
        told = (site.built / "llms.txt").read_text("utf-8")
    except OSError:
        return
    for at in re.findall(r"^- \[.*?\]\((\S+?)\)", told, re.MULTILINE):
        inside = at.removeprefix(site.settings.address.rstrip("/") + "/") if site.settings.address else at
        if message := _dead(site, "llms.txt", inside, places, top):
            yield Diagnostic(DEAD_LINK, f"llms.txt: {message}", site.settings_text, NOWHERE)
