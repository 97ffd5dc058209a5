"""Tables of built pages have names: those of Markdown get the heading above them."""

from __future__ import annotations

import pytest

from codaform.site.build.table_names import named_tables

TABLE = "<table><tbody><tr><td>1</td></tr></tbody></table>"


@pytest.mark.parametrize(
    ("html", "names"),
    [
        (TABLE, ["The page"]),
        (f'<h2 id="a">Steps &amp; <code>run</code><a class="headerlink" href="#a">¶</a></h2>{TABLE}<p>x</p>{TABLE}',
         ["Steps &amp; run", "Steps &amp; run, table 2"]),
        (f'<h2>One</h2>{TABLE}<h3>A "two"</h3>{TABLE}', ["One", "A &#34;two&#34;"]),
        ('<table class="coda-grid" aria-label="Rows of tasks"></table>', ["Rows of tasks"]),
        (f"<h2>One</h2><pre><code>{TABLE}</code></pre>", []),
        ("<table><tbody><tr><td><code>a.b_c</code> <code>a b_c</code></td></tr></tbody></table>", ["The page"]),
        ("", []),
    ],
)  # fmt: skip
def test_a_table_is_named_after_its_heading(html: str, names: list[str]) -> None:
    named = named_tables(html, "The page")
    assert [part.split('"')[0] for part in named.split('aria-label="')[1:]] == names


def test_a_name_in_a_cell_breaks_behind_its_marks() -> None:
    html = "<p><code>a_b</code></p><table><tr><td><code>a.b_c</code> <code>if a_b</code></td></tr></table>"
    cells = "<tr><td><code>a.<wbr>b_<wbr>c</code> <code>if a_b</code></td></tr>"
    assert named_tables(html, "T") == f'<p><code>a_b</code></p><table aria-label="T">{cells}</table>'
