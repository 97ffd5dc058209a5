"""All pages that a project gives: its reference, its documents, and the page where formulas are tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project.root import CannotRead
from codaform.project.session import Session
from codaform.site.guides.rendering import Rendered, render
from codaform.site.guides.sources import documents
from codaform.site.pages import Page
from codaform.site.playground.page import playground_page
from codaform.site.tables.pages import doc_pages
from codaform.source import Source

FUNCTIONS = "reference/functions"
_FUNCTIONS_HEADING = "# Functions"


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the project with the page that it gives."""

    source: Source
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Gathered:
    """The pages of a project, and those of them that are written as documents, by the path of the page."""

    pages: tuple[Page, ...]
    documents: Mapping[str, Document]

    @property
    def problems(self) -> list[Diagnostic]:
        """What the documents say that does not hold."""
        return [problem for document in self.documents.values() for problem in document.rendered.problems]


def gather(session: Session, docs: Path) -> Gathered:
    """Everything that a project gives its site.

    docs: The folder of the pages, in which codaform's own reference may stand to be linked to. Raises CannotRead
    where two pages would have the same path.
    """
    functions = FUNCTIONS if _has_functions(docs) else ""
    found = documents(session.project)
    written = {path: Document(source, render(session, source, path, functions)) for source, path in found}
    pages = [
        *(document.rendered.page for document in written.values()),
        *doc_pages(session, functions),
        playground_page(session),
    ]
    for path in _twice(pages):
        raise CannotRead(f"two pages would be written to {path}: rename the document")
    return Gathered(tuple(pages), written)


def _has_functions(docs: Path) -> bool:
    """Whether the folder holds codaform's own function pages, and no other pages of that path."""
    try:
        return (docs / FUNCTIONS / "index.md").read_text("utf-8").lstrip().startswith(_FUNCTIONS_HEADING)
    except (OSError, UnicodeDecodeError):
        return False


def _twice(pages: list[Page]) -> Iterator[str]:
    seen: set[str] = set()
    for page in pages:
        if page.path.lower() in seen:  # some disks know no difference
            yield page.path
        seen.add(page.path.lower())
