"""Long lines of HTML pass by Markdown: a page is the same with them and without, and places in them are known."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from markdown import markdown

from codaform.site.build.kept_html import KeptHtml

LONG = '<div class="coda-scroll"><table id="here"><tr><td>' + "a *b* {number}, " * 80 + "</td></tr></table></div>"
FOLD = '<details class="coda-fold"><summary>Rows</summary><p>' + "x" * 1_000 + "</p></details>"
OURS = {"pygments_lang_class": True}
PAGE = SimpleNamespace(file=SimpleNamespace(src_uri="a.md"))


def kept(text: str, colours: object = None) -> tuple[str, str]:
    """What Markdown gets of a text, and the HTML in the end."""
    plugin = KeptHtml()
    config = SimpleNamespace(mdx_configs={"pymdownx.highlight": colours})
    short = plugin.on_page_markdown(text, page=PAGE, config=config)
    return short, plugin.on_page_content(_html(short), page=PAGE)


def _html(text: str) -> str:
    settings = {"pymdownx.highlight": OURS}
    return markdown(text, extensions=["md_in_html", *settings, "pymdownx.superfences"], extension_configs=settings)


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


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Look:\n\n```coda\n1 +\n\n  thisRow.hours // <b>\n```\n\nMore.\n", True),
        ("# A\n\n````coda\n```\n````\n\nMore.\n", True),
        ("````md\n```coda\n1\n```\n````\n", False),
        ("- item\n\n    ```coda\n    1\n    ```\n", False),
        ('```coda title="one"\n1\n```\n', False),
    ],
)
def test_a_formula_has_its_colours(text: str, gone: bool) -> None:
    """Those that pymdownx.highlight gives it, without its machinery; where they are set otherwise, it keeps that."""
    short, html = kept(text, OURS)
    assert _without_ends(html) == _without_ends(_html(text))
    assert ("data-kept" in short) is gone
    assert kept(text, OURS | {"linenums": True})[0] == text


def _without_ends(html: str) -> str:
    return re.sub("\n+", "\n", html)
