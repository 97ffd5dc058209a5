"""The search of a built site: words by which pages are sought, and queries by the stems of their words."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority

from codaform.files import read_file_text, write_file

_SCRIPTS = "assets/javascripts"
_WORKERS = f"{_SCRIPTS}/workers"
_INDEX = "search/search_index.json"

_AT_ONCE = re.compile(r'location\.protocol!=="file:"(?=\),\w+\("search"\))')
"""Where the theme's script decides whether it makes the index at once, or when the search is opened."""
_HIGHLIGHT = re.compile(r'(\("search\.highlight"\))(?=\?)')
"""Where it decides whether to load the index for the words that a link of the search's has brought."""

_UNSOUGHT = re.compile(
    r'<svg\b.*?</svg>|<table class="coda-grid.*?</table>|<div class="coda-live".*?</div>'
    r"|<summary>The same as Mermaid</summary>.*?</details>",
    re.DOTALL,
)
"""Parts of a page whose words are no search words: pictures, their sources, sample rows, the parts of formulas."""

_UNREAD = re.compile(r'</?(?:span|table|t[dhr]|thead|tbody|time)(?:\s+(?!data-search)[\w:-]+(?:="[^"]*")?)*\s*>')
"""Tags that say nothing to the search, whose parser takes long for each."""

_MARKS = re.compile(r"</?(?:p|pre|ul|ol|li)>")
_INLINE = re.compile(r"</?(?:code|sup|sub)>")
_LONG = 900
"""From this many letters on, a text in the index has each word once: it is a table, which nobody reads there."""


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

    @event_priority(100)
    def _hide(self, /, context: Any, *, page: Any, **_: Any) -> Any:
        """Before the index is made, remove these parts from a page."""
        self._whole = page.content
        page.content = _UNREAD.sub("", _UNSOUGHT.sub("", page.content))
        return context

    @event_priority(-100)
    def _show(self, /, context: Any, *, page: Any, **_: Any) -> Any:
        """Give it back."""
        page.content = self._whole
        return context

    on_page_context = CombinedEvent(_hide, _show)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Make the index small, load it when the search is opened, and put the stemming before the theme's own worker.

        To index all pages takes a browser as long as to show five pages. Another theme has none of these files, and is
        left alone.
        """
        index = Path(config.site_dir) / _INDEX
        if index.is_file():
            write_file(index, small_index(read_file_text(index)), Path(config.site_dir))
        stems = files("codaform.site").joinpath("templates", "search_stems.js").read_text("utf-8")
        site = Path(config.site_dir)
        for script in (site / _SCRIPTS).glob("bundle.*.min.js"):
            text = _AT_ONCE.sub("!1", read_file_text(script))
            write_file(script, _HIGHLIGHT.sub(r"\1&&/[?&]h=/.test(location.search)", text), site)
        for worker in (site / _WORKERS).glob("search.*.min.js"):
            write_file(worker, f"{stems}\n{read_file_text(worker)}", site)


def small_index(text: str) -> str:
    """The search index of a site with the same words in fewer letters."""
    index = json.loads(text)
    for entry in index["docs"]:
        entry["text"] = _small(entry["text"])
    return json.dumps(index, ensure_ascii=False, separators=(",", ":"))


def _small(text: str) -> str:
    plain = _INLINE.sub("", _MARKS.sub(" ", text))
    words = plain.split()
    return " ".join(words if len(plain) < _LONG else dict.fromkeys(words))
