"""HTML in a line of Markdown: nothing in its texts is taken for a mark of Markdown."""

from __future__ import annotations

import re

from markupsafe import Markup

_TAG = re.compile(r"<[^<>]*>")
_IN_TEXT = re.compile(r"&#?\w+;|[\\`*_{}\[\]#|~!:^=+\-]|\n")
_IN_TAG = re.compile(r"&#?\w+;|[\\`\[\]|]|\n")
"""An entity, which stays as it is, or a letter that Markdown would read."""


def inline(html: Markup) -> str:
    """The HTML with every letter that Markdown would read written as an entity; it shows the same."""
    parts, at = [], 0
    for tag in _TAG.finditer(html):
        parts += [_safe(html[at : tag.start()], _IN_TEXT), _safe(tag[0], _IN_TAG)]
        at = tag.end()
    return "".join(parts) + _safe(html[at:], _IN_TEXT)


def _safe(text: str, letters: re.Pattern[str]) -> str:
    return letters.sub(lambda found: found[0] if len(found[0]) > 1 else f"&#{ord(found[0])};", str(text))
