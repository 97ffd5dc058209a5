"""All files of a site but its HTML, as data: pages, style sheets and scripts, the listing, the settings of MkDocs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from codaform.files import read_file, read_file_text
from codaform.model.schema import Doc
from codaform.pictures.svg import STYLE
from codaform.project.session import Session
from codaform.site.build.folders import Folders, Settings, read_settings
from codaform.site.build.gathering import Gathered, gather
from codaform.site.build.listing import NAME as LISTING
from codaform.site.build.listing import listing
from codaform.site.build.mark import asset_text, is_generated, page_text
from codaform.site.build.navigation import Entry, arranged, outside_marks, paths, rewritten, without
from codaform.site.build.starting import first_settings, index_page
from codaform.site.build.web_links import led_to_built
from codaform.site.pages import Page

ASSETS = "assets/codaform/"
STYLES = ASSETS + "codaform.css"
INDEX = "index.md"


@dataclass(frozen=True, slots=True)
class Made:
    """Everything that a project gives its site.

    files: Of the folder of the pages, by their paths below it. settings: The text of mkdocs.yml. unlisted: The paths
    of pages that no navigation names.
    """

    folders: Folders
    gathered: Gathered
    files: Mapping[str, bytes]
    settings: str
    unlisted: tuple[str, ...]


def make(session: Session, folders: Folders) -> Made:
    """Work out all files; nothing is written. Raises CannotRead where two of them would be one, and OSError."""
    gathered = gather(session, folders.docs)
    doc = session.project.doc
    pages = list(gathered.pages)
    if _may_write(folders.docs / INDEX) and all(page.path != INDEX for page in pages):
        pages.insert(0, index_page(doc, pages))
    entries = arranged(pages, doc.name)
    before = _bytes(folders.settings)
    text = first_settings(doc, entries) if before is None else _settings(before.decode("utf-8"), entries)
    settings = read_settings(text)
    made = dict(assets())
    known = {page.path for page in pages} | set(made) | {name for name, _ in markdown_files(folders.docs)}
    for page in pages:
        made[page.path] = page_text(replace(page, text=led_to_built(page.text, page.path, known, settings))).encode()
    if _may_write(folders.docs / LISTING):
        made[LISTING] = _listing(settings, folders.docs, pages, doc).encode()
    named = paths(settings.nav)
    unlisted = [page.path for page in pages if settings.nav is not None and page.path not in named]
    return Made(folders, gathered, made, text, tuple(unlisted))


def _settings(text: str, entries: list[Entry]) -> str:
    by_hand = paths(read_settings(outside_marks(text)).nav)
    again = rewritten(text, without(entries, by_hand))
    return text if again is None else again


def _may_write(path: Path) -> bool:
    data = _bytes(path)
    return data is None or is_generated(data.decode("utf-8", "replace"))


def _bytes(path: Path) -> bytes | None:
    try:
        return read_file(path)
    except FileNotFoundError:
        return None


def assets() -> Iterator[tuple[str, bytes]]:
    """The style sheet, the scripts and pictures that every site needs, by their paths below the docs."""
    for name, data in _below(files("codaform.site").joinpath("assets"), ""):
        if name == "codaform.css":
            continue
        yield ASSETS + name, _marked(name, data)
    own = files("codaform.site").joinpath("assets", "codaform.css").read_text("utf-8")
    yield STYLES, asset_text("codaform.css", f"{own.rstrip()}\n\n/* pictures */\n{STYLE}\n").encode()


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _below(item, f"{path}{item.name}/")
        elif not item.name.startswith((".", "_")) and not item.name.endswith(".py"):
            yield path + item.name, item.read_bytes()


def _marked(name: str, data: bytes) -> bytes:
    try:
        return asset_text(name, data.decode("utf-8")).encode()
    except UnicodeDecodeError:
        return data


def markdown_files(docs: Path) -> list[tuple[str, Path]]:
    """The pages that lie in a folder, by their paths below it; MkDocs passes over names that begin with a dot."""
    found = ((path.relative_to(docs), path) for path in docs.rglob("*.md") if path.is_file())
    return sorted((name.as_posix(), path) for name, path in found if not any(part[0] == "." for part in name.parts))


def _listing(settings: Settings, docs: Path, pages: list[Page], doc: Doc) -> str:
    texts = {page.path: page.text for page in pages}
    for name, path in markdown_files(docs):
        if name not in texts and not is_generated(text := read_file_text(path, "replace")):
            texts[name] = text
    told = replace(settings, name=settings.name or doc.name, about=settings.about or doc.about)
    return listing(told, texts, {page.path: page.title for page in pages}, {page.path: page.about for page in pages})
