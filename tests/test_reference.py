"""The generated pages of the reference: those of the code, whole, linked, and nothing but text where text is meant."""

from __future__ import annotations

import html
import os
import re
from collections import Counter
from pathlib import Path

import click
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import codaform
from codaform.cli.reference_pages import pages as command_pages
from codaform.diagnostics.diagnostic import Rule
from codaform.diagnostics.rules import RULES
from codaform.library import catalogue
from codaform.project.shapes import KINDS, Each, Either, Entries, Fields
from codaform.project.truths import read_truths
from codaform.site.markdown import block, code, escaped, table
from codaform.site.reference.examples import shortened
from codaform.site.reference.functions import (
    FunctionEntry,
    engines_line,
    engines_of,
    first_sentence,
    function_entries,
    related_entries,
)
from codaform.site.reference.pages import write_reference

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
TRUTHS = ROOT / "tests" / "coda"
# Others write the rest of it: the server (test_served.py), `codaform docs build` the pages of the doc,
# `make performance` what was measured (test_bench.py).
PAGES = {
    name: path.read_text("utf-8")
    for path in sorted(REFERENCE.rglob("*.*"))
    if not (name := path.relative_to(REFERENCE).as_posix()).startswith(("doc/", "local_coda.md", "performance.md"))
}
"""What the code wrote, by its path: the first test looks whether it still is what the code writes."""
ENTRIES = list(function_entries())
ENGINES = engines_of(ENTRIES)

RENEW = "they differ from the code: make reference rewrites them"


def test_pages_are_up_to_date_and_what_is_gone_is_removed(tmp_path: Path) -> None:
    """Once for all pages, since trying the changes of all examples takes seconds."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "gone.md").write_text("old")
    write_reference(tmp_path, TRUTHS)
    made = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.rglob("*.*")}
    made |= command_pages(ROOT / "formulas")
    assert [name for name, text in made.items() if PAGES.get(name) != text] == [], RENEW
    assert PAGES.keys() == made.keys(), RENEW


def test_every_page_stands_in_the_nav() -> None:
    nav = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), yaml.BaseLoader)["nav"]
    # A rule's page is led to by the index of the rules, and by each finding.
    pages = {f"reference/{name}" for name in PAGES if name.endswith(".md") and not name.startswith("rules/")}
    assert pages <= set(_leaves(nav))


def _leaves(part: object) -> list[str]:
    if isinstance(part, str):
        return [part]
    parts = part.values() if isinstance(part, dict) else part
    return [leaf for inner in parts for leaf in _leaves(inner)]  # type: ignore[attr-defined]


# ------------------------------------------------------------ what the pages hold


def test_the_index_lists_every_name_in_order() -> None:
    """Each name of the catalogue and each sign, the names sorted without regard to case."""
    listed = [
        html.unescape(re.sub(r"\\(.)", r"\1", name))
        for name in re.findall(r"^\| \[(.+?)\]\(\S+#\S+\)", PAGES["functions/index.md"], re.MULTILINE)
    ]
    lower = [name.lower() for name in listed]
    assert lower == sorted(lower)
    assert {name.lower() for name in catalogue.names()} <= set(lower)
    assert [name for name, count in Counter(lower).items() if count > 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_links_arrive(name: str) -> None:
    """Every link to a place on a generated page finds that place."""
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        file, _, place = target.partition("#")
        path = os.path.normpath(f"{Path(name).parent}/{file}") if file else name
        there = PAGES.get(path) or (REFERENCE / path).read_text("utf-8")
        headings = [re.sub(r"[^a-z0-9 -]", "", line.lower()) for line in re.findall(r"^#+ (.*)$", there, re.MULTILINE)]
        slugs = {heading.strip().replace(" ", "-") for heading in headings}
        assert not place or place in slugs or f"{{ #{place} }}" in there, target


@pytest.mark.parametrize("name", PAGES)
def test_places_are_unique(name: str) -> None:
    places = Counter(re.findall(r"\{ #(\S+) \}", PAGES[name]))
    assert [place for place, count in places.items() if count > 1] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_page_tells_everything(entry: FunctionEntry) -> None:
    """Signatures, parameters, examples with their results, other names, marks and engines."""
    page = PAGES[f"functions/{entry.file}"]
    part = page.split(f"{{ #{entry.anchor} }}")[1].split("\n## ")[0]
    for form in entry.forms:
        assert form.signature in part
        assert escaped(form.summary) in part
        for argument in form.arguments:
            assert f"| {code(argument.name)} | {escaped(argument.takes)} | {escaped(argument.about)} |" in part
        for example in form.examples:
            assert f"{block(example.formula, 'coda')}\n\n{block(example.result, 'value')}" in part
    for remark in entry.remarks:
        assert escaped(remark) in part
    assert f"**Certainty:** {escaped(entry.certainty)}. **[Engines]" in part
    assert escaped(engines_line(ENGINES[entry.name])) in part
    if entry.forms[0].examples and entry.forms[0].arguments:
        assert part.index("```coda") < part.index("| Parameter |"), "examples come first"


def test_engines_take_one_line() -> None:
    def line(name: str) -> str:
        return engines_line(ENGINES[name])

    assert line("If") == "rows, columns, SQL"
    assert line("AddRow") == "rows"
    assert "not yet" not in "".join(text for name, text in PAGES.items() if name.startswith("functions/"))


def test_a_function_leads_to_its_relatives() -> None:
    known = {name: entry for entry in ENTRIES for name in entry.names}
    related = {entry.name: [one.name for one in related_entries(entry, known)] for entry in ENTRIES}
    assert related["IsBlank"] == ["IfBlank", "IsNotBlank"]
    assert all(name not in others for name, others in related.items())
    assert all(related.values())


def test_the_index_has_a_line_for_each_function() -> None:
    page = PAGES["functions/index.md"]
    for entry in ENTRIES:
        line = next(
            line for line in page.splitlines() if line.startswith(f"| [{escaped(entry.name)}]({entry.place}) |")
        )
        assert escaped(first_sentence(entry.forms[0].summary)) in line


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_a_page(rule: Rule) -> None:
    page = PAGES[f"rules/{rule.code}.md"]
    assert page.startswith(f"# {escaped(rule.name)}\n\n{rule.code} · {rule.severity} · ")
    parts = dict(part.split("\n\n", 1) for part in page.split("\n## ")[1:])
    assert parts["Why it hurts"].strip() == escaped(rule.why)
    assert shortened(rule.bad) in parts["Bad"]
    assert shortened(rule.good) in parts["Good"]
    assert ("Fix" in parts) == bool(rule.fix)
    assert parts.get("Fix", "").startswith(escaped(rule.fix))
    assert parts.get("Sources", "").count("](../") == len(rule.see)
    assert f"[{rule.code}](rules/{rule.code}.md) | {code(rule.name)} | {escaped(rule.what)}" in PAGES["rules.md"]


def test_a_fix_says_how_safe_it_is() -> None:
    assert "codaform check --fix` applies it." in PAGES["rules/CF106.md"]
    assert "a guess that can change the meaning" in PAGES["rules/CF203.md"]


def test_a_page_has_the_sources_of_its_doubt() -> None:
    assert "source: none; a maker saw an error in 2026" in PAGES["rules/" + _code("empty-aggregate") + ".md"]


def _code(name: str) -> str:
    return next(rule.code for rule in RULES if rule.name == name)


# ------------------------------------------------------------ text stays text

SIGNS = st.text("ab1 .)-+=>#*_`~|\\[](){}<&:!'\"\n", max_size=20)


@given(SIGNS)
def test_escaped_text_is_no_markup(text: str) -> None:
    """A reader of the site sees the text; only words between backticks are code."""
    assert _read(escaped(text), "p") == _without_marks(text)


@given(SIGNS)
def test_escaped_text_is_no_markup_in_a_table(text: str) -> None:
    assert _read(table(["a"], [[f"x {escaped(text)}"]]), "td") == _words("x " + _without_marks(text))


@given(SIGNS.filter(lambda text: text.strip()))
def test_a_block_holds_its_text(text: str) -> None:
    lines = block(text, "text").split("\n")
    assert "\n".join(lines[1:-1]) == text
    assert not any(line.startswith(lines[-1]) for line in lines[1:-1])


def _read(source: str, tag: str) -> str:
    """The words that the site shows of Markdown. Other tags than those for code are markup that was not meant."""
    markdown = pytest.importorskip("markdown")
    page = markdown.markdown(source, extensions=["tables", "attr_list", "admonition", "pymdownx.superfences"])
    inner = "".join(re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL))
    return _words(html.unescape(re.sub(r"</?code>", "", inner)))


def _without_marks(text: str) -> str:
    """The text without the marks of its code."""
    return _words(re.sub(r"(?<!`)`([^`\s](?:[^`]*[^`\s])?)`(?!`)", r"\1", " ".join(text.split())))


def _words(text: str) -> str:
    return " ".join(text.split())


# -------------------------------------------------------------------------------------------- commands, files, Python


def test_every_command_and_option_has_its_line() -> None:
    from codaform.cli.program import program

    text = PAGES["commands.md"]
    context = click.Context(program, info_name="codaform", **program.context_settings)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        assert command is not None
        assert f"codaform {name}" in text
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.is_eager:
                assert parameter.opts[0] in text


def test_every_key_of_every_file_has_its_line() -> None:
    def keys(shape: object) -> set[str]:
        found: set[str] = set()
        if isinstance(shape, Fields):
            found |= set(shape.fields)
        for inner in (
            [field.shape for field in shape.fields.values()]
            if isinstance(shape, Fields)
            else [shape.item]
            if isinstance(shape, Each)
            else [shape.value]
            if isinstance(shape, Entries)
            else shape.shapes
            if isinstance(shape, Either)
            else []
        ):
            found |= keys(inner)
        return found

    for shape in KINDS.values():
        for key in keys(shape):
            assert f"| `{key}` |" in PAGES["files.md"]


def test_every_public_name_of_the_package_is_told() -> None:
    for name in codaform.__all__:
        if not name.startswith("_"):
            assert f"## codaform.{name} {{" in PAGES["python.md"].replace("\\", "")


def test_every_truth_that_is_not_known_is_told() -> None:
    text = PAGES["uncertain.md"]
    for truth in read_truths(TRUTHS):
        assert (escaped(truth.truth) in text) == (truth.certainty != "known")
