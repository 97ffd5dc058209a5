"""What pages claim: commands of codaform, whole sentences, numbers of things that follow; and what is no fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codaform.cli.command_lines import command_fault
from codaform.cli.program import program
from codaform.site.build.command_lines import command_lines
from codaform.site.build.sentences import slips

ROOT = Path(__file__).parents[1]


def page(*blocks: str) -> str:
    """A built page with some blocks in its article, inside of a theme's frame."""
    return f"<body><nav><p>home.. page</p></nav><article class='md-typeset'>{''.join(blocks)}</article></body>"


def messages(*blocks: str) -> list[str]:
    return [one.message for one in slips(page(*blocks), lambda word: word == "pull")]


# ------------------------------------------------------------ commands


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("check --fix", ""),
        ("chek", "codaform has no command chek"),
        ("migrate runn", "codaform migrate has no command runn"),
        ("check --fixx", "codaform check: No such option '--fixx'."),
        ("explain", ""),
        ("rename x", "codaform rename: Missing argument"),
        ("rename x …", ""),
        ("is deploying …", ""),
        ("chek …", "codaform has no command chek"),
        ("--aply …", "codaform has no option --aply"),
        ("--update-snapshots …", ""),
        ("rename --project …", ""),
        ("show tasks sprints extra more", "codaform show: unexpected argument"),
        ("check --format yml", "codaform check: Invalid value for '--format': 'yml'"),
        ("sql --dialect NAME", ""),
        ("eval -2", ""),
        ("docs build --pages", ""),
        ("", ""),
    ],
)
def test_what_is_no_command(line: str, fault: str) -> None:
    found = command_fault(line.split())
    assert found.startswith(fault) if fault else found == "", found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```console\n$ codaform check  # what is wrong\nnothing\n```", [["check"]]),
        ("```console\nsaid: codaform chek\n```", []),
        ("```console\n$ codaform eval \\\n    --all\n$ cat x | codaform fmt - && codaform test\n```",
         [["eval", "--all"], ["fmt", "-"], ["test"]]),
        ("    ```console\n    $ A=b codaform check --fix > found.txt\n    ```", [["check", "--fix"]]),
        ("```yaml\nsteps:\n  - run: codaform plan --to staging\n```", [["plan", "--to", "staging"]]),
        ("```text\ncodaform show [OPTIONS] NAME\n```", []),
        ("A page `codaform is deploying`, and `codaform fmt --check`.",
         [["is", "deploying", "…"], ["fmt", "--check", "…"]]),
        ("Give `--apply` or `--to NAME`, `codaform`.", [["--apply", "…"], ["--to", "…"]]),
        ("```python\ncodaform.check\n```\n\n`'codaform --all`", []),
        ("```console\n$ codaform eval '\"it\" & \"s\"'\n```", [["eval", '"it" & "s"']]),
    ],
)  # fmt: skip
def test_commands_are_found_where_readers_would_type_them(text: str, found: list[list[str]]) -> None:
    lines = list(command_lines(text))
    assert [words for words, _ in lines] == found
    assert all(re.search("codaform|^--", text[span.start : span.end]) for _, span in lines)


def written() -> list[Path]:
    """Every file with Markdown of people, and the pages of the commands with their examples."""
    named = [ROOT / name for name in ("README.md", "SECURITY.md", "CHANGELOG.md")]
    return [*named, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "formulas").rglob("*.md"))]


def test_every_command_of_every_page_is_one() -> None:
    lines = [(file.name, words) for file in written() for words, _ in command_lines(file.read_text("utf-8"))]
    assert len(lines) > 150
    assert [(name, fault) for name, words in lines if (fault := command_fault(words))] == []


def test_every_command_that_the_program_itself_names_is_one() -> None:
    """Messages and helps say `codaform docs build writes it again`, with no marks around the command."""
    groups = {"docs", "migrate", "mirror"}
    named = set()
    for file in (ROOT / "src" / "codaform").rglob("*.py"):
        for found in re.finditer(r"codaform ([a-z]+)(?: ([a-z]+))?((?: --[a-z-]+)*)", file.read_text("utf-8")):
            if found[1] in program.list_commands(None):  # type: ignore[arg-type]
                second = [found[2]] if found[1] in groups and found[2] not in (None, "made") else []
                if second or found[1] not in groups:
                    named.add((found[1], *second, *(found[3].split() if second or not found[2] else ())))
    assert len(named) > 30
    wrong = [(words, command_fault([*words, "…"])) for words in sorted(named)]
    assert [one for one in wrong if "has no command" in one[1] or "No such option" in one[1]] == []


# ------------------------------------------------------------ sentences


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>Look at the runs. of the recent ones two.</p>", "a sentence begins in lower case: “runs. of the”"),
        ("<p>It is over.. Then more.</p>", "a sentence ends twice: “over.. Then”"),
        ("<li>Is it over?. Yes.</li>", "a sentence ends twice: “over?. Yes.”"),
        ("<p>runs the scenarios, all of them.</p>", "a paragraph begins in lower case: “runs the scenarios, all”"),
        ("<td>What it is. checklist and SOP say how</td>", "a sentence begins in lower case: “is. checklist and”"),
        ("<p>The value is <code>90</code>.. Then more.</p>", "a sentence ends twice: “….. Then”"),
    ],
)
def test_slips_are_found(html: str, said: str) -> None:
    assert messages(html) == [said]


@pytest.mark.parametrize(
    "html",
    [
        "<p>It is over … then more, i.e. two, e.g. three, etc. and so on...</p>",
        "<p>The file lies in ../shared or in a.b.c.</p>",
        "<p>It is over. codaform says so. <code>tasks</code> is a table. pull writes it.</p>",
        "<p><code>check</code> reports nothing.</p>",
        "<p>a key: the text</p>",
        "<pre>a.. b. c d</pre>",
        "<p>Żółć sp. z o.o. is a client.</p>",
        "<p>A <span class='chip'>row.. x</span> here.</p>",
        "<p>rows: The rows. engine: What computes. token, mcp_token: Both.</p>",
        "<svg class='coda-picture'><desc>a.. b</desc></svg>",
    ],
)
def test_what_is_no_slip(html: str) -> None:
    assert messages(html) == []


# ------------------------------------------------------------ numbers of things

LIST = "<ul><li><p>a</p></li><li>b<ul><li>inner</li></ul></li></ul>"
TABLE = "<table><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td></tr><tr><td>2</td></tr></tbody></table>"
BOX = "<g><text>tasks · number</text><text>x</text><text>ƒ</text></g>"
PICTURE = f"<svg class='coda-picture'>{BOX}{BOX}<g><text>view of tasks</text><text>x</text><text>ƒ</text></g></svg>"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("There are three reasons:", LIST, ["“three reasons” stands before 2 items"]),
        ("There are two reasons:", LIST, []),
        ("It is so. Three things in it are there for a reason:", TABLE, ["“Three things” stands before 2 rows"]),
        ("Two consequences for programs:", TABLE, []),
        ("It has two runs, the older of May:", TABLE.replace("<tr><td>2</td></tr>", ""), []),
        ("There are three reasons.", LIST, []),
        ("Five formulas lead from two moments to one number.", PICTURE, ["“Five formulas” stands before 2 formulas"]),
        ("Two formulas lead to one number.", PICTURE, []),
    ],
)
def test_what_is_announced_is_counted(before: str, after: str, said: list[str]) -> None:
    assert messages(f"<p>{before}</p>", after) == said


def test_broken_html_is_read_as_far_as_it_goes() -> None:
    for html in ("<article><p>a. b", "</p></article>", "<article><ul><li>x</ul><tr><svg class='coda-picture'></p>", ""):
        assert slips(html) == []
