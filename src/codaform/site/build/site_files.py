"""All files of a site but its HTML, as data: pages, style sheets and scripts, llms.txt, mkdocs.yml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.files import check_links, read_file, read_file_text
from codaform.model.schema import Doc
from codaform.pictures.svg import STYLE
from codaform.project.locate import CannotRead
from codaform.project.session import Session
from codaform.project.yaml_text import quoted
from codaform.site.build.addresses import link_to_built
from codaform.site.build.llms_txt import NAME as LISTING
from codaform.site.build.llms_txt import llms_txt
from codaform.site.build.navigation import (
    DOC,
    OVERVIEW,
    PLAYGROUND,
    NavigationEntry,
    arrange,
    named_pages,
    navigation_lines,
    outside_marks,
    rewrite_navigation,
    without_pages,
)
from codaform.site.build.settings import Folders, SiteSettings, read_settings
from codaform.site.guides.reading import find_documents
from codaform.site.guides.rendering import RenderedDocument, render_document
from codaform.site.markdown import escaped
from codaform.site.pages import Page, asset_text, is_generated, page_text
from codaform.site.playground.page import SCRIPTS, playground_page
from codaform.site.tables.pages import doc_pages

_FUNCTIONS = "reference/functions"
_FUNCTIONS_HEADING = "# Functions"


@dataclass(frozen=True, slots=True)
class SitePages:
    """The pages of a project, and its rendered documents by the path of their page."""

    session: Session
    pages: tuple[Page, ...]
    documents: Mapping[str, RenderedDocument]

    @property
    def problems(self) -> list[Diagnostic]:
        """The false statements in documents."""
        return [problem for document in self.documents.values() for problem in document.problems]


def _gather(session: Session, docs: Path, playground: bool) -> SitePages:
    """All pages that a project gives its site.

    docs: The folder of the pages, in which codaform's own reference may stand to be linked to. playground: Whether
    the site has one. Raises CannotRead where two pages would have the same path.
    """
    functions = _FUNCTIONS if _has_functions(docs) else ""
    found = find_documents(session.project)
    written = {path: render_document(session, source, path, functions) for source, path in found}
    pages = [
        *(document.page for document in written.values()),
        *doc_pages(session, functions),
        *([playground_page(session)] if playground else []),
    ]
    for path in _twice(pages):
        raise CannotRead(f"two pages would be written to {path}: rename the document")
    return SitePages(session, tuple(pages), written)


def _has_functions(docs: Path) -> bool:
    """Whether the folder holds codaform's own function pages, and no other pages of that path."""
    try:
        return (docs / _FUNCTIONS / "index.md").read_text("utf-8").lstrip().startswith(_FUNCTIONS_HEADING)
    except (OSError, UnicodeDecodeError):
        return False


def _twice(pages: list[Page]) -> Iterator[str]:
    seen: set[str] = set()
    for page in pages:
        if page.path.lower() in seen:  # some disks know no difference
            yield page.path
        seen.add(page.path.lower())


def _first_settings(doc: Doc, entries: Iterable[NavigationEntry]) -> str:
    """The text of a new mkdocs.yml: nothing is loaded from another host, every dead link is a warning."""
    from markupsafe import escape

    # MkDocs takes the name of a site for HTML, as it takes titles.
    name, about = (quoted(str(escape(" ".join(text.split())))) for text in (doc.name, doc.about))
    return _rendered(
        "mkdocs.yml.jinja", name=name, about=about if doc.about else "", entries=navigation_lines(entries, "  ")
    )


def _index_page(doc: Doc, pages: Sequence[Page]) -> Page:
    """The first page of a site that has no other: what the doc is, and where to go on."""
    documents = [page for page in pages if not page.path.startswith(DOC) and page.path != PLAYGROUND]
    reference = [page for page in pages if page.path.startswith(DOC) and page.path != OVERVIEW]
    overview, playground = (
        next((page for page in pages if page.path == path), None) for path in (OVERVIEW, PLAYGROUND)
    )
    text = _rendered(
        "index.md.jinja",
        doc=doc,
        documents=documents,
        reference=reference,
        overview=overview,
        playground=playground,
    )
    return Page("index.md", doc.name, text, " ".join(doc.about.split()))


def _rendered(template: str, **values: Any) -> str:
    environment = Environment(
        loader=PackageLoader("codaform.site", "templates"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["escaped"] = escaped
    return environment.get_template(template).render(**values)


ASSETS = "assets/codaform/"
_STYLES = ASSETS + "codaform.css"
_INDEX = "index.md"


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """All files that a project gives its site.

    files: Of the folder of the pages, by their paths below it. settings: The text of mkdocs.yml. unlisted: The paths
    of pages that no navigation names.
    """

    folders: Folders
    gathered: SitePages
    files: Mapping[str, bytes]
    settings: str
    unlisted: tuple[str, ...]


def make_site(session: Session, folders: Folders, playground: bool | None = None) -> SiteFiles:
    """Make all files without writing them. Raises CannotRead where two would have the same path, and OSError.

    playground: Whether the site has one even if the lines of mkdocs.yml outside of the marks do not name its page; by
    default, if any line names it.
    """
    check_links(folders.docs, folders.root)
    before = _bytes(folders.settings)
    written = "" if before is None else before.decode("utf-8")
    kept = written if playground is None else outside_marks(written)
    playground = playground or PLAYGROUND in named_pages(read_settings(kept).nav)
    gathered = _gather(session, folders.docs, playground)
    doc = session.project.doc
    pages = list(gathered.pages)
    if _may_write(folders.docs / _INDEX) and all(page.path != _INDEX for page in pages):
        pages.insert(0, _index_page(doc, pages))
    entries = arrange(pages, doc.name)
    text = _first_settings(doc, entries) if before is None else _settings(written, entries)
    settings = read_settings(text)
    made = {name: data for name, data in _assets() if playground or not name.startswith(SCRIPTS)}
    known = {page.path for page in pages} | set(made) | {name for name, _ in markdown_files(folders.docs)}
    for page in pages:
        made[page.path] = page_text(replace(page, text=link_to_built(page.text, page.path, known, settings))).encode()
    if _may_write(folders.docs / LISTING):
        made[LISTING] = _listing(settings, folders.docs, pages, doc).encode()
    named = named_pages(settings.nav)
    unlisted = [page.path for page in pages if settings.nav is not None and page.path not in named]
    return SiteFiles(folders, gathered, made, text, tuple(unlisted))


def _settings(text: str, entries: list[NavigationEntry]) -> str:
    by_hand = named_pages(read_settings(outside_marks(text)).nav)
    again = rewrite_navigation(text, without_pages(entries, by_hand))
    return text if again is None else again


def _may_write(path: Path) -> bool:
    data = _bytes(path)
    return data is None or is_generated(data.decode("utf-8", "replace"))


def _bytes(path: Path) -> bytes | None:
    try:
        return read_file(path)
    except FileNotFoundError:
        return None


def _assets() -> Iterator[tuple[str, bytes]]:
    """The style sheet, the scripts and pictures that every site needs, by their paths below the docs."""
    for name, data in _below(files("codaform.site").joinpath("assets"), ""):
        if name == "codaform.css":
            continue
        yield ASSETS + name, _marked(name, data)
    own = files("codaform.site").joinpath("assets", "codaform.css").read_text("utf-8")
    yield _STYLES, asset_text("codaform.css", f"{own.rstrip()}\n\n/* pictures */\n{STYLE}\n").encode()


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


def _listing(settings: SiteSettings, docs: Path, pages: list[Page], doc: Doc) -> str:
    texts = {page.path: page.text for page in pages}
    for name, path in markdown_files(docs):
        if name not in texts and not is_generated(text := read_file_text(path, "replace")):
            texts[name] = text
    told = replace(settings, name=settings.name or doc.name, about=settings.about or doc.about)
    return llms_txt(told, texts, {page.path: page.title for page in pages}, {page.path: page.about for page in pages})
