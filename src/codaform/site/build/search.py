"""The search of a built site: words by which pages are sought, and queries by the stems of their words."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig

from codaform.files import read_file_text, write_file

_WORKERS = "assets/javascripts/workers"


class SearchWords:
    """A plugin of MkDocs that gives the theme's search what it lacks.

    `extra: search_words:` of mkdocs.yml names, by the path of a page, words that makers type and the page does not use.
    The search shows them as tags of the page. English queries are sought by the stems of their words.
    """

    def on_page_markdown(self, markdown: str, *, page: Any, config: MkDocsConfig, **_: Any) -> str:
        """Give a page its words."""
        listed = config.extra.get("search_words")
        words = listed.get(page.file.src_uri) if isinstance(listed, dict) else None
        if isinstance(words, list):
            page.meta.setdefault("tags", [str(word) for word in words])
        return markdown

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Put the stemming of queries before the theme's own worker; another theme has none, and is left alone."""
        stems = files("codaform.site").joinpath("templates", "search_stems.js").read_text("utf-8")
        site = Path(config.site_dir)
        for worker in (site / _WORKERS).glob("search.*.min.js"):
            write_file(worker, f"{stems}\n{read_file_text(worker)}", site)
