"""The text of pages: Markdown and HTML to lines and back, edits, hostile text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.coda.page import lines as page_lines
from codaform.coda.page.edits import NoSuchElement, apply_operation, delete_elements, edit_lines
from codaform.coda.page.html import from_html, to_html
from codaform.coda.page.lines import STYLES, Content, Grid, Line, Run, content_items
from codaform.coda.page.markdown import from_markdown, to_markdown
from codaform.server.storage.store import adapter
from searching import examples


def numbered() -> Callable[[], str]:
    """Ids that can be foreseen: cl-1, cl-2 …"""
    numbers = count(1)
    return lambda: f"cl-{next(numbers)}"


def same() -> str:
    return "cl-x"


def told(content: Content) -> list[tuple[str, int, str]]:
    return [(line.style, line.level, line.text) for line in content.lines]


PAGE = """\
# Plan

Some **bold**, _italic_, ~~gone~~ and `code`, with a [link](https://example.com/a).

- one
  - two
    1. three
    2. four
- five

- [x] done
- [ ] open

> quoted
>
> > deeper

> [!Tip]
> Drink water.

```python
def f(x):
    return x
```

---

![A cat](https://example.com/cat.png)
"""


def test_markdown_gives_lines_in_the_apis_styles() -> None:
    assert told(from_markdown(PAGE)) == [
        ("h1", 0, "Plan"),
        ("paragraph", 0, "Some bold, italic, gone and code, with a link."),
        ("bulletedList", 0, "one"),
        ("bulletedList", 1, "two"),
        ("numberedList", 2, "three"),
        ("numberedList", 2, "four"),
        ("bulletedList", 0, "five"),
        ("checkboxList", 0, "done"),
        ("checkboxList", 0, "open"),
        ("blockQuote", 0, "quoted"),
        ("blockQuote", 0, "deeper"),
        ("callout", 0, "Drink water."),
        ("code", 0, "def f(x):\n    return x"),
        ("paragraph", 0, "A cat"),
    ]


def test_looks_of_words() -> None:
    (line,) = from_markdown("a **b _c_** ~~d~~ `e` [f](https://example.com)", same).lines
    assert line.runs == (
        Run("a "),
        Run("b ", bold=True),
        Run("c", bold=True, italic=True),
        Run(" "),
        Run("d", strike=True),
        Run(" "),
        Run("e", code=True),
        Run(" "),
        Run("f", link="https://example.com"),
    )


def test_a_page_written_again_is_the_same_page() -> None:
    lines = from_markdown(PAGE, same).lines
    assert from_markdown(to_markdown(lines), same).lines == lines
    assert from_html(to_html(lines), same).lines == lines


def test_html_gives_lines() -> None:
    content = from_html(
        "<h4>Small</h4><p>a<br>b &amp; <b>c</b></p><ol><li>x<ul><li>y</li></ul></li></ol>"
        '<blockquote class="pull">said</blockquote><pre><code class="language-sql">a &lt; b\n\n  c</code></pre>'
        "<details><summary>More</summary>hidden</details>"
        '<input type="checkbox"><hr><img src="https://e.com/i.png" alt="i">'
        '<ul><li><input type="checkbox" checked> done</li></ul>loose text'
    )
    assert told(content) == [
        ("h3", 0, "Small"),
        ("paragraph", 0, "a\nb & c"),
        ("numberedList", 0, "x"),
        ("bulletedList", 1, "y"),
        ("pullQuote", 0, "said"),
        ("code", 0, "a < b\n\n  c"),
        ("collapsibleList", 0, "More"),
        ("paragraph", 0, "hidden"),
        ("divider", 0, ""),
        ("image", 0, "i"),
        ("checkboxList", 0, "done"),
        ("paragraph", 0, "loose text"),
    ]
    assert [line.language for line in content.lines if line.style == "code"] == ["sql"]
    assert content.lines[10].checked


def test_items_left_open_are_closed_by_the_next() -> None:
    assert told(from_html("<ul><li>a<li>b<ul><li>c</ul><li>d</ul><p>e<p>f")) == [
        ("bulletedList", 0, "a"),
        ("bulletedList", 0, "b"),
        ("bulletedList", 1, "c"),
        ("bulletedList", 0, "d"),
        ("paragraph", 0, "e"),
        ("paragraph", 0, "f"),
    ]


def test_an_html_table_names_its_columns_and_a_markdown_table_does_not() -> None:
    html = from_html("<p>x</p><table><tr><th>Name</th><th>Age</th></tr><tr><td>Ada</td></tr></table><p>y</p>")
    assert told(html) == [("paragraph", 0, "x"), ("paragraph", 0, "y")]
    assert html.tables == [Grid(1, ("Name", "Age"), (("Ada", ""),))]
    markdown = from_markdown("x\n\n| Name | Age |\n|---|---|\n| **Ada** | 36 |\n\ny")
    assert told(markdown) == told(html)
    assert markdown.tables == [Grid(1, ("Column 1", "Column 2"), (("Name", "Age"), ("Ada", "36")))]
    assert from_html("<table><tr><td>1</td></tr></table>").tables == [Grid(0, ("Column 1",), (("1",),))]


def test_rest_items() -> None:
    lines = from_html("<h1>A</h1><ul><li>b<ul><li>c</ul></ul><hr><aside class='callout'>d</aside>", numbered()).lines
    assert content_items(lines) == [
        {"id": "cl-1", "type": "line", "itemContent": {"style": "h1", "format": "plainText", "content": "A"}},
        {
            "id": "cl-2",
            "type": "line",
            "itemContent": {"style": "bulletedList", "format": "plainText", "content": "b", "lineLevel": 0},
        },
        {
            "id": "cl-3",
            "type": "line",
            "itemContent": {"style": "bulletedList", "format": "plainText", "content": "c", "lineLevel": 1},
        },
        {"id": "cl-4", "type": "line"},
        {
            "id": "cl-5",
            "type": "line",
            "itemContent": {"style": "paragraph", "format": "plainText", "content": "d", "lineLevel": 0},
        },
    ]


def test_the_styles_are_those_of_the_vendors_description() -> None:
    description = Path(__file__).parents[2] / "shared" / "coda" / "openapi.yaml"
    if not description.exists():
        pytest.skip("the vendor's description does not lie beside the checkout")
    found = re.search(
        r"\n    PageLineStyle:\n(?:.*\n)*?      enum:\n((?:      - \w+\n)+)", description.read_text("utf-8")
    )
    assert found
    assert tuple(re.findall(r"\w+", found[1])) == STYLES


# ----------------------------------------------------------------------------------------------------------- edits


def _abc() -> list[Line]:
    return from_markdown("a\n\nb b\n\n# c", numbered()).lines


def _texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


@pytest.mark.parametrize(
    ("mode", "element", "texts"),
    [
        ("append", None, ["a", "b b", "c", "new"]),
        ("prepend", None, ["new", "a", "b b", "c"]),
        ("replace", None, ["new"]),
        ("append", "cl-2", ["a", "b b", "new", "c"]),
        ("prepend", "cl-2", ["a", "new", "b b", "c"]),
        ("replace", "cl-2", ["a", "new", "c"]),
    ],
)
def test_edit(mode: Literal["append", "prepend", "replace"], element: str | None, texts: list[str]) -> None:
    assert _texts(edit_lines(_abc(), mode, element, from_markdown("new").lines)) == texts


def test_edit_at_an_element_that_is_not_there() -> None:
    with pytest.raises(NoSuchElement, match="cl-9"):
        edit_lines(_abc(), "append", "cl-9", [])


def test_delete_elements() -> None:
    assert _texts(delete_elements(_abc(), ["cl-1", "cl-9", "cl-3"])) == ["b b"]


def _do(lines: list[Line], **operation: object) -> list[Line]:
    return apply_operation(lines, operation, lambda: "cl-new").lines


def test_insert_element() -> None:
    lines = _abc()
    start = _do(lines, operation="insert_element", blockType="markdown", content="x\n\ny", insertPosition="page_start")
    assert _texts(start) == ["x", "y", "a", "b b", "c"]
    behind = _do(lines, operation="insert_element", blockType="markdown", content="x", insertPosition="cl-2")
    assert _texts(behind) == ["a", "b b", "x", "c"]
    callout = _do(
        lines, operation="insert_element", blockType="callout", content="x\n\n**y**", style="Tip", dismissible=True
    )[-1]
    assert callout == Line(
        "cl-new",
        "callout",
        runs=(Run("x\n"), Run("y", bold=True)),
        look=(("dismissible", "true"), ("style", "Tip")),
    )
    code = _do(lines, operation="insert_element", blockType="codeblock", content="<b>\n", language="C++")[-1]
    assert code == Line("cl-new", "code", runs=(Run("<b>"),), language="C++")
    divider = _do(lines, operation="insert_element", blockType="divider", style="Wavy")[-1]
    assert divider == Line("cl-new", "divider", look=(("style", "Wavy"),))
    image = _do(lines, operation="insert_element", blockType="image", altText="A cat")[-1]
    assert image == Line("cl-new", "image", runs=(Run("A cat"),))
    with pytest.raises(NoSuchElement):
        _do(lines, operation="insert_element", blockType="divider", insertPosition="cl-9")


def test_an_inserted_table_stands_where_it_was_inserted() -> None:
    operation = {
        "operation": "insert_element",
        "blockType": "markdown",
        "content": "x\n\n|a|\n|-|\n|b|\n\ny",
        "insertPosition": "cl-2",
    }
    content = apply_operation(_abc(), operation)
    assert _texts(content.lines) == ["a", "b b", "x", "y", "c"]
    assert content.tables == [Grid(3, ("Column 1",), (("a",), ("b",)))]


def test_replace_text() -> None:
    lines = from_markdown("a **b** c a\n\nd a", numbered()).lines
    assert _texts(_do(lines, operation="replace_text", oldText="a", newText="z")) == ["z b c a", "d a"]
    assert _texts(_do(lines, operation="replace_text", oldText="a", newText="z", all=True)) == ["z b c z", "d z"]
    (first, _) = _do(lines, operation="replace_text", oldText="b c", newText="<i>x</i>")
    assert first.runs == (Run("a "), Run("<i>x</i>", bold=True), Run(" a"))
    with pytest.raises(NoSuchElement, match="nowhere"):
        _do(lines, operation="replace_text", oldText="nowhere", newText="")


def test_replace_and_delete_by_element_and_by_text() -> None:
    lines = _abc()
    assert _texts(_do(lines, operation="replace_element_text", elementId="cl-2", oldText="b", newText="z"))[1] == "z z"
    with pytest.raises(NoSuchElement, match="cl-1"):
        _do(lines, operation="replace_element_text", elementId="cl-1", oldText="b", newText="z")
    assert _texts(_do(lines, operation="delete_element", elementId="cl-1")) == ["b b", "c"]
    with pytest.raises(NoSuchElement):
        _do(lines, operation="delete_element", elementId="cl-9")
    twice = from_markdown("no x\n\nb\n\nx", numbered()).lines
    assert _texts(_do(twice, operation="delete_element_by_text", oldText="x")) == ["b", "x"]
    assert _texts(_do(twice, operation="delete_element_by_text", oldText="x", all=True)) == ["b"]
    assert _texts(_do(lines, operation="replace_text", oldText="a", newText="")) == ["b b", "c"]


def test_set_collapsible() -> None:
    lines = from_markdown("# a\n\n- b\n\nc", numbered()).lines
    assert _do(lines, operation="set_collapsible", elementId="cl-1")[0].collapsible
    assert [line.collapsible for line in _do(lines, operation="set_collapsible")] == [True, False, False]
    listed = _do(lines, operation="set_collapsible", elementId="cl-2", collapsible=True)
    assert listed[1].style == "collapsibleList"
    assert _do(listed, operation="set_collapsible", elementId="cl-2", collapsible=False) == lines
    with pytest.raises(NoSuchElement, match="neither"):
        _do(lines, operation="set_collapsible", elementId="cl-3")


# --------------------------------------------------------------------------------------------------------- hostile


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


HARMLESS = frozenset(
    {"p", "h1", "h2", "h3", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "a", "br", "hr"}
    | {"img", "aside", "input"}
)


def harmless(html: str) -> bool:
    seen = _Tags()
    seen.feed(html)
    seen.close()
    known = {"href", "src", "alt", "class", "type", "checked", "disabled"}
    schemes = ("http:", "https:", "mailto:", "tel:", "coda:", "superhuman:")
    return (
        seen.tags <= HARMLESS
        and all(name in known or name.startswith("data-") for name in seen.attributes)
        and all(address.lower().startswith(schemes) for address in seen.addresses)
    )


HOSTILE = [
    "<script>alert(1)</script>x",
    "<SCRIPT SRC=//evil.example></SCRIPT>x",
    "<scr<script>ipt>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<img src="javascript:alert(1)" alt="x">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href=" &#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "[x](javascript:alert(1))",
    "![x](javascript:alert(1))",
    '[x](https://e.com/"onmouseover="alert(1))',
    "<p onclick=alert(1)>x",
    '<p style="background:url(javascript:alert(1))">x</p>',
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<![if x]><b>y</b><![endif]>",
    "<!DOCTYPE html [<!ENTITY x 'y'>]>&x;",
    "<?xml version='1.0'?><x/>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '```"><script>alert(1)</script>\nx\n```',
    "<pre><code class='language-\"><script>'>x</code></pre>",
    '<aside class="callout" data-style="&quot;><script>alert(1)</script>">x</aside>',
    "<table><script>alert(1)</script><tr><td><img src=x onerror=alert(1)>c</td></tr></table>",
    "a\0b\ud800c\x1b[31m",
    "<",
    "</",
    "<!",
    "<!-",
    "<a href='",
    "\u2028\u2029\x85",
    "<textarea></title><script>alert(1)</script>",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "</p></p></ul></li></table>x",
    "<table><tr><table><td>x</table></tr>y</table>z",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_never_markup(text: str) -> None:
    for content in (from_html(text), from_markdown(text)):
        html, markdown = to_html(content.lines), to_markdown(content.lines)
        assert harmless(html), html
        assert harmless(to_html(from_markdown(markdown).lines))
        for written in (html, markdown):
            written.encode("utf-8")
            assert "\0" not in written
        assert all(row.encode("utf-8") is not None for table in content.tables for cells in table.rows for row in cells)


def test_scripts_are_dropped_and_the_text_around_them_stays() -> None:
    assert told(from_html("a<script>alert(1)</script>b")) == [("paragraph", 0, "ab")]
    assert told(from_markdown("a <script>alert(1)</script>")) == [("paragraph", 0, "a <script>alert(1)</script>")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 10_000 + "x",
        "<b>" * 10_000 + "x" + "</i>" * 10_000,
        "<ul><li>" * 10_000 + "x",
        "<blockquote>" * 10_000 + "x" + "</blockquote>" * 10_000,
        "<li>" * 10_000 + "x",
        "<table>" * 10_000 + "x",
        "<pre>" * 10_000 + "x",
        "<a href=https://e.com>" * 10_000 + "x",
        "<p>x" * 10_000,
        "<" * 10_000,
        "&" * 10_000,
        "> " * 10_000 + "x",
        "- " * 10_000 + "x",
        "[" * 10_000,
        "![" * 5_000,
        "*a " * 10_000,
        "**" * 10_000 + "x",
        "`" * 10_000 + "x",
        "".join("`" * n + " " for n in range(120)),
        "[a](" * 5_000,
        "|" * 10_000 + "\n" + "|-" * 5_000,
    ],
    ids=lambda text: re.sub(r"[^\w<*>|!\[&`-]+", "", text[:12]),
)
def test_deep_nesting_is_read_in_time(text: str) -> None:
    started = time.perf_counter()
    for content in (from_html(text), from_markdown(text)):
        assert harmless(to_html(content.lines))
        to_markdown(content.lines)
    assert time.perf_counter() - started < 30  # far above any figure seen; a quadratic reader takes minutes


PIECES = st.sampled_from(
    [
        *"ab *_`~[]()<>#-+=|!\\&\n\t.:1\"'",
        "**", "__", "~~", "```", "\n\n", "    ", "  \n", "\\\n", "1. ", "- ", "- [ ] ", "> ", "# ", "---", "***", "===",
        "[a](https://e.com)",
        "![b](https://e.com/i.png)", "&amp;", "&#42;", "&nbsp;", "\u00a0",
        "| a | b |\n|---|---|\n", "ü", "。",
        "<b>", "</b>", "<p>", "</p>", "<ul>", "<li>", "</li>", "</ul>", "<pre>", "</pre>", "<code>", "</code>", "<br>",
        "<table>", "<tr>", "<td>", "<blockquote>", "</blockquote>", "<h1>", "</h1>",
        "<a href='https://e.com/?a=b&c=d'>",
        "</a>", "<img src='https://e.com/x' alt='y'>", "<script>", "</script>", "[!Tip]\n", "[x]: https://e.com\n",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60))


@settings(max_examples=examples(150), deadline=None)
@given(TEXTS)
def test_markdown_reaches_a_fixpoint(text: str) -> None:
    once = to_markdown(from_markdown(text).lines)
    assert to_markdown(from_markdown(once).lines) == once


@settings(max_examples=examples(150), deadline=None)
@given(TEXTS)
def test_what_html_gives_is_written_and_read_alike(text: str) -> None:
    lines = from_html(text, same).lines
    html = to_html(lines)
    assert harmless(html)
    assert from_html(html, same).lines == lines
    markdown = to_markdown(lines)
    assert to_markdown(from_markdown(markdown).lines) == markdown


@settings(max_examples=examples(100), deadline=None)
@given(TEXTS)
def test_markdown_as_html_reads_as_the_same_lines(text: str) -> None:
    lines = from_markdown(text, same).lines
    assert from_html(to_html(lines), same).lines == lines


@settings(max_examples=examples(60), deadline=None)
@given(TEXTS)
def test_lines_are_kept_without_loss(text: str) -> None:
    for lines in (from_markdown(text).lines, from_html(text).lines):
        kept = adapter(list[Line])
        assert kept.validate_json(kept.dump_json(lines)) == lines


LOOKS = st.builds(
    Run,
    st.text(alphabet="ab *_`~[]()<>#-!\\&\n.|1", max_size=6),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "", "https://e.com/a", "https://e.com/?a=b&c=d;"]),
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(LOOKS, max_size=5))
def test_text_is_never_lost_in_markdown_and_looks_hardly_ever(runs: list[Run]) -> None:
    line = Line("cl-x", "paragraph", runs=page_lines.tidy_runs(runs))
    written = to_markdown([line])
    assert [each.text for each in from_markdown(written).lines] == ([line.text] if line.runs else [])
    assert page_lines.tidy_runs(line.runs) == line.runs
