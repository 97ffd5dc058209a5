"""Long lines of HTML pass by Markdown: a page is the same with them and without, and places in them are known."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from markdown import markdown

from codaform.site.build.kept_html import KeptHtml

LONG = '<div class="coda-scroll"><table id="here"><tr><td>' + "a *b* {number}, " * 80 + "</td></tr></table></div>"
FOLD = '<details class="coda-fold"><summary>Rows</summary><p>' + "x" * 1_000 + "</p></details>"
PAGE = SimpleNamespace(file=SimpleNamespace(src_uri="a.md"))


def kept(text: str) -> tuple[str, str]:
    """What Markdown gets of a text, and the HTML in the end."""
    plugin = KeptHtml()
    short = plugin.on_page_markdown(text, page=PAGE)
    return short, plugin.on_page_content(_html(short), page=PAGE)


def _html(text: str) -> str:
    return markdown(text, extensions=["md_in_html", "fenced_code", "attr_list"])


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        (f"# A\n\nSome *text*.\n\n{LONG}\n\nMore.\n", True),
        (f"{LONG}\n{FOLD}\n\n- item\n", True),
        (f"{FOLD}\n\n{FOLD}\n", True),
        (f"```html\n{LONG}\n```\n", False),
        (f"- item\n\n    {LONG}\n", False),
        (f'<div markdown="1">{"x" * 1_000}</div>\n', False),
        ("<div>short</div>\n\n" + "word " * 400, False),
        ("", False),
    ],
)
def test_a_page_is_the_same(text: str, gone: bool) -> None:
    short, html = kept(text)
    assert html == _html(text)
    assert (len(short) < len(text) / 2) is gone
    assert gone or short == text


def test_places_in_a_line_stay() -> None:
    assert '<a id="here"></a>' in kept(LONG)[0]
