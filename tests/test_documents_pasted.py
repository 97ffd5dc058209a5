"""What a document gives to paste, run and read as a reader's tools do; and texts of a doc that would be more."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from codaform.project.file_names import folder_name
from codaform.project.session import Session
from codaform.site.guides.rendering import RenderedDocument, render_document
from codaform.source import Source
from projects import opened, write

ROOT = Path(__file__).parents[1]

HOSTILE = [
    "it's",
    'a "quoted" word',
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "two\nlines",
    "JSON",
    "before\nJSON\nafter",
    "\\n $HOME \\",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(1)",
    "äöü 雪 🚀 \u2028",
    "a,b;c",
    "..",
    "%2e%2e/%2F",
    "a/b?c#d&e",
    "~",
    "```\n",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1)) ![y](https://a.example/b.png)",
    "*a* _b_ **c** ~~d~~ `e` ^f^ ==g==",
    "{{ x }} {% y %} {: .z #q } [^1]: n",
    "|a|b|",
    "<!-- x",
    "<b onmouseover=alert(1)>",
    "&lt;i&gt; &amp; &#60;i&#62;",
    "# h",
    '=== "tab"',
    "??? note",
    "    indented",
    "</td></tr></table></div><img src=x onerror=alert(1)>",
    "<https://a.example>",
    "\"><a href='javascript:alert(1)'>",
]
"""Texts that mean something to a shell, to CSV, JSON, an address, HTML, or Markdown."""

TABLE = {
    "table": "notes",
    "columns": [
        {"name": "name", "type": "text", "display": True, "key": True},
        {"name": "text", "type": "text"},
        {"name": "number", "type": "number"},
        {"name": "tags", "type": "select", "many": True, "options": ["a", "b", "-c"]},
        {"name": "others", "type": "relation", "to": "notes", "many": True},
    ],
}


@cache
def project() -> Session:
    """A table of notes without rows."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return opened(write(Path(folder), {"notes/table.yml": json.dumps(TABLE)}))


def as_yaml(value: Any) -> str:
    """A value on one line; what YAML does not take as it is, escaped."""
    plain = json.dumps(value, ensure_ascii=False)
    return "".join(letter if " " <= letter <= "~" else f"\\U{ord(letter):08x}" for letter in plain)


def made(session: Session, text: str) -> RenderedDocument:
    """A document of which everything holds."""
    rendered = render_document(session, Source("documents/a.md", text), "a.md")
    assert [one.message for one in rendered.problems] == []
    return rendered


def added(rows: list[dict[str, Any]], more: str = "") -> RenderedDocument:
    """A document that adds rows."""
    return made(project(), f"```{{add}} notes\n{as_yaml(rows)}\n```\n{more}")


def block_of(rendered: RenderedDocument, kind: str, action: str) -> str:
    """The text of the one block of a kind and an action."""
    (text,) = [one.text for one in rendered.blocks if (one.kind, one.action) == (kind, action)]
    return text


# ------------------------------------------------------------ CSV


def test_csv_holds_the_rows_and_no_formula() -> None:
    rendered = added([{"name": f"row {at}", "text": text} for at, text in enumerate(HOSTILE)])
    header, *lines = csv.reader(io.StringIO(block_of(rendered, "csv", "add")))
    assert header == ["name", "text"]
    guarded = ("=", "+", "-", "@")
    assert [line[1] for line in lines] == [f"'{text}" if text.startswith(guarded) else text for text in HOSTILE]
    assert not any(cell.startswith(guarded) for line in lines for cell in line)
    assert "The sign `'` before a text" in rendered.page.text


def test_csv_leaves_numbers_as_they_are() -> None:
    rendered = added([{"name": "a", "number": -1.5, "tags": ["a", "b"]}, {"name": "b", "tags": "a; b"}, {"name": "c"}])
    assert block_of(rendered, "csv", "add") == 'name,number,tags\na,-1.5,"a, b"\nb,,"a, b"\nc,,'
    assert "The sign `'`" not in rendered.page.text
    assert "'-c" in block_of(added([{"name": "a", "tags": ["-c"]}]), "csv", "add")


# ------------------------------------------------------------ the shell

CURL = """\
#!/bin/sh
n=$(ls "$OUT" | wc -l)
for argument in "$@"; do printf '%s\\0' "$argument"; done > "$OUT/$n.arguments"
cat > "$OUT/$n.body"
"""


@pytest.fixture
def shell(tmp_path: Path) -> Any:
    """Run a text by bash with a curl that notes what it is called with: for each call its arguments and its input."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    tools, out, here = (tmp_path / name for name in ("tools", "out", "here"))
    for folder in (tools, out, here):
        folder.mkdir()
    (tools / "curl").write_text(CURL)
    (tools / "curl").chmod(0o755)

    def run(text: str) -> list[tuple[list[str], str]]:
        environment = {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "OUT": str(out),
            "LC_ALL": "C.UTF-8",
            "CODA_API": "https://coda.example/apis/v1",
            "CODA_API_TOKEN": "token",
            "DOC": "doc1",
        }
        done = subprocess.run(
            [bash, "-euc", text],
            env=environment,
            cwd=here,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert list(here.iterdir()) == [], "the text did something else"
        found = []
        for path in sorted(out.glob("*.arguments"), key=lambda one: int(one.stem)):
            arguments = path.read_bytes().decode().removesuffix("\0").split("\0")
            found.append((arguments, path.with_suffix(".body").read_bytes().decode()))
        return found

    return run


def address(arguments: list[str]) -> str:
    """What curl is asked for, below the doc."""
    (found,) = [one for one in arguments if one.startswith("https://")]
    return found.removeprefix("https://coda.example/apis/v1/docs/doc1/")


def test_bash_sends_the_rows_as_they_are(shell: Any) -> None:
    rows = [{"name": f"row {at}", "text": text} for at, text in enumerate(HOSTILE)]
    ((arguments, body),) = shell(block_of(added(rows), "api", "add"))
    assert arguments[:2] == ["--fail-with-body", "--silent"]
    assert arguments[arguments.index("--request") + 1] == "POST"
    assert "Authorization: Bearer token" in arguments
    assert address(arguments) == "tables/notes/rows"
    sent = json.loads(body)
    assert sent["keyColumns"] == ["name"]
    assert [{one["column"]: one["value"] for one in row["cells"]} for row in sent["rows"]] == rows


def test_bash_sends_each_cell_as_its_kind(shell: Any) -> None:
    cells = {"name": "a", "number": "1.0", "tags": "a; b", "others": ["a"]}
    ((_, body),) = shell(block_of(added([cells, {"name": "", "number": ""}]), "api", "add"))
    first, second = json.loads(body)["rows"]
    assert [one["value"] for one in first["cells"]] == ["a", 1, ["a", "b"], ["a"]]
    assert [one["value"] for one in second["cells"]] == ["", ""]


def test_without_a_key_in_each_row_a_call_only_adds(shell: Any) -> None:
    ((_, body),) = shell(block_of(added([{"name": "a"}, {"text": "b"}]), "api", "add"))
    assert "keyColumns" not in json.loads(body)


@pytest.mark.slow
def test_bash_names_rows_that_are_called_anything(shell: Any) -> None:
    from urllib.parse import unquote

    rows = [{"name": text, "text": "x"} for text in HOSTILE]
    changes = as_yaml({text: {"text": "y"} for text in HOSTILE})
    rendered = added(rows, f"\n```{{change}} notes\n{changes}\n```\n\n```{{remove}} notes\n{as_yaml(HOSTILE)}\n```\n")
    calls = shell("\n".join(block_of(rendered, "api", action) for action in ("change", "remove")))
    assert len(calls) == 2 * len(HOSTILE)
    for (arguments, body), text in zip(calls, HOSTILE * 2, strict=True):
        *before, row = address(arguments).split("/")
        assert before == ["tables", "notes", "rows"]
        assert unquote(row) == text
        assert ("--path-as-is" in arguments) == (text == "..")
        assert (json.loads(body) if body else None) in (None, {"row": {"cells": [{"column": "text", "value": "y"}]}})
    assert rendered.book.rows("notes") == []


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), max_size=4))
def test_any_text_can_be_read_back_from_each_block(texts: list[str]) -> None:
    rendered = render_document(
        project(),
        Source("a.md", "```{add} notes\n" + as_yaml([{"name": "a", "text": text} for text in texts]) + "\n```\n"),
        "a.md",
    )
    if not texts:
        return
    assert [one.message for one in rendered.problems] == []
    _, *lines = csv.reader(io.StringIO(block_of(rendered, "csv", "add"), newline=""))
    assert [line[1].removeprefix("'") for line in lines] == [text.removeprefix("'") for text in texts]
    sent = json.loads(block_of(rendered, "api", "add").split("<<'JSON'\n")[1].removesuffix("\nJSON"))
    assert [row["cells"][1]["value"] for row in sent["rows"]] == texts
    call = json.loads(block_of(rendered, "mcp", "add"))
    assert [row[1] for row in call["arguments"]["data"]["rows"]] == texts


def test_tools_are_told_what_to_put_in_the_place_of_names() -> None:
    rendered = added(
        [{"name": "a", "others": ["a"]}],
        "\n```{change} notes\na: {number: 2}\n```\n\n```{remove} notes\n- a\n```\n",
    )
    calls = [json.loads(block_of(rendered, "mcp", action)) for action in ("add", "change", "remove")]
    assert [call["name"] for call in calls] == ["table_rows_manage", "table_rows_manage", "table_rows_delete"]
    assert [call["arguments"] for call in calls] == [
        {
            "uri": "<notes>",
            "data": {
                "action": "add",
                "columnIds": ["<notes / name>", "<notes / others>"],
                "rows": [["a", ["<notes / a>"]]],
            },
        },
        {
            "uri": "<notes>",
            "data": {
                "action": "update",
                "rows": [
                    {"rowNumberOrId": "<notes / a>", "updateCells": [{"columnId": "<notes / number>", "value": 2}]}
                ],
            },
        },
        {"uri": "<notes>", "data": {"action": "delete_specific", "rowNumbersOrIds": ["<notes / a>"]}},
    ]
    assert rendered.page.text.count("Replace each name in angle brackets by its id") == 1


# ------------------------------------------------------------ texts that would be more


class Tags(HTMLParser):
    """The tags of a page with their attributes, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def as_page(text: str) -> Tags:
    """A page as a browser reads it, made by the extensions that mkdocs.yml names."""
    import markdown

    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["markdown_extensions"]
    names = [name if isinstance(name, str) else next(iter(name)) for name in listed]
    configs = {name: value for one in listed if isinstance(one, dict) for name, value in one.items()}
    found = Tags()
    found.feed(markdown.markdown(text, extensions=names, extension_configs=configs))
    found.close()
    return found


ALLOWED = {
    *("p", "div", "span", "a", "br", "code", "pre", "button", "input", "label", "em", "time", "dl", "dt", "dd", "i"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ul", "li", "ol", "b", "strong", "h1", "h2"),
    *("svg", "title", "desc", "g", "rect", "text", "path", "line", "tspan", "defs", "marker", "circle", "polyline"),
    *("clippath", "pattern", "polygon", "ellipse", "use", "style"),
}


def document(text: str) -> tuple[dict[str, str], str]:
    """A project full of a text, and a document that shows all of it in every way.

    A document names tables, columns and rows within a line: where the text cannot stand there, they are called plain.
    """
    name = text if "`" not in text and " ".join(text.split()) == text else "plain"
    options = list(dict.fromkeys(["other", text, name]))
    table = {
        "table": name,
        "about": text,
        "columns": [
            {"name": name, "type": "text", "display": True, "about": text},
            {"name": "text", "type": "text", "about": text},
            {"name": "state", "type": "select", "options": options, "about": text},
            {"name": "number", "type": "number"},
            {"name": "twice", "type": "number", "formula": "twice.coda", "about": text},
            {"name": "other", "type": "relation", "to": name},
            {"name": "press", "type": "button", "label": text, "action": "press.coda"},
        ],
        "views": [{"name": f"view {name}", "about": text}],
    }
    row = {name: name, "text": text, "state": text, "number": "1"}
    again = row | {name: name + "2", "other": name}
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    folder = folder_name(name)
    files = {
        "doc.yml": as_yaml({"doc": text, "about": text, "time_zone": "Europe/Berlin", "clock": "2025-12-10T09:00:00"}),
        f"{folder}/table.yml": as_yaml(table),
        f"{folder}/twice.coda": "thisRow.number * 2\n",
        f"{folder}/press.coda": "ModifyRows(thisRow, thisRow.number, 4)\n",
    }
    parts = [
        f"# T\n\n```{{add}} {name}\n{as_yaml([row])}\n```\n",
        f"```{{add}} {name}\n{as_yaml([again, {name: 'c', 'text': text}])}\n```\n",
        f"```{{change}} {name}\n{as_yaml({name: {'state': text, 'other': name, 'text': text + text}})}\n```\n",
        f"```{{press}} {name}.press\n{as_yaml([name])}\n```\n",
        f"```{{rows}} {name}\n```\n",
        f"```{{rows}} view {name}\n```\n",
        f"```{{fields}} {name}\n```\n",
        "```{schema}\n```\n",
        f"```{{formula}} {name}.twice\n:row: {name}\n```\n",
        f"```{{tests}} {name}\n```\n",
        "```{picture} relations\n```\n",
        f"```{{picture}} neighbourhood {name}\n```\n",
        "```{picture} formulas\n```\n",
        f"```{{picture}} dependencies {name}.twice\n```\n",
        f"```{{picture}} bars {name}\n:values: number, twice\n```\n",
        f"So {{table}}`{name}`, {{column}}`{name}.{name}`, {{option}}`{name}.state = {name}`, {{row}}`{name}: {name}`,",
        f"{{view}}`view {name}`, {{button}}`{name}.press` and {{cell}}`{name}[{name}].text` of {{value}}`{quoted}`.\n",
        f"| a | b |\n| --- | --- |\n| {{cell}}`{name}[{name}].state` | {{formula}}`{quoted}` |\n",
        f"```{{remove}} {name}\n{as_yaml([name, name + '2'])}\n```\n",
    ]
    return files, "\n".join(parts)


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_doc_stay_texts(text: str, tmp_path: Path) -> None:
    files, written = document(text)
    page = as_page(made(opened(write(tmp_path, files)), written).page.text)
    assert [tag for tag, _ in page.tags if tag not in ALLOWED] == []
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("href", "src"):
            address = attributes.get(name) or "#"
            assert re.match(r"#|reference/doc/|(\.\./)*reference/", address), (tag, address)
        assert attributes.get("class") not in ("z", "x")
        assert attributes.get("id") != "q"
    assert [tag for tag, _ in page.tags].count("h1") == 1
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("em"), tags.count("strong")) == (1, 0)
    seen = " ".join(page.text.split())
    assert seen.count(" ".join(text.split())) >= 12


def tags_of(text: str, folder: Path) -> Counter[str]:
    """How many tags of each kind the document has that is full of a text; colours of formulas and code aside."""
    files, written = document(text)
    page = as_page(made(opened(write(folder, files)), written).page.text)
    return Counter(tag for tag, _ in page.tags if tag not in ("span", "code"))


@pytest.mark.slow
def test_a_page_is_built_alike_whatever_things_are_called(tmp_path: Path) -> None:
    plain = tags_of("plain", tmp_path / "plain")
    for at, text in enumerate(HOSTILE):
        assert tags_of(text, tmp_path / str(at)) == plain, text


def test_the_test_of_texts_sees_them_where_nothing_escapes_them() -> None:
    page = as_page("| [x](javascript:alert(1)) | <b onclick=alert(1)> |\n| --- | --- |\n| <script>x</script> | *a* |\n")
    assert {"b", "em"} <= {tag for tag, _ in page.tags}
    assert ("a", {"href": "javascript:alert(1)"}) in page.tags
