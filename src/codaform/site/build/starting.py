"""What a site begins with where there is none: its mkdocs.yml, and a first page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from codaform.model.schema import Doc
from codaform.project.yaml_text import quoted
from codaform.site.build.navigation import DOC, OVERVIEW, PLAYGROUND, Entry, block
from codaform.site.markdown import escaped
from codaform.site.pages import Page


def first_settings(doc: Doc, entries: Iterable[Entry]) -> str:
    """The text of a new mkdocs.yml: nothing is loaded from another host, every dead link is a warning."""
    from markupsafe import escape

    # MkDocs takes the name of a site for HTML, as it takes titles.
    name, about = (quoted(str(escape(" ".join(text.split())))) for text in (doc.name, doc.about))
    return _rendered("mkdocs.yml.jinja", name=name, about=about if doc.about else "", entries=block(entries, "  "))


def index_page(doc: Doc, pages: Sequence[Page]) -> Page:
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
