"""codaform's own parser reads what Lark's reads, to the same tree, and refuses the rest at the same place."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codaform.syntax import ast
from codaform.syntax.automaton import Automaton
from codaform.syntax.building import builders
from codaform.syntax.mistakes import Refusal
from codaform.syntax.parser import terminals
from codaform.syntax.table_maker import make, written
from codaform.syntax.tables import TABLES, folder, load
from formulas import TOKENS, commented, formulas, soups
from lark_parser import GRAMMAR, Refused, lark_parser, read
from searching import examples, some

ROOT = Path(__file__).parents[1]
OWN = {escapes: Automaton(load(), terminals(escapes), builders(escapes)) for escapes in (True, False)}

FOLDERS = ("formulas", "tests/cases", "tests/coda", "tests/bad", "docs", "findings")
SUFFIXES = (".coda", ".md", ".yml", ".csv", ".sh")


def own(text: str, escapes: bool) -> ast.Expression | Refused:
    """What codaform's parser makes of a text, as the module of Lark's says it."""
    try:
        tree: ast.Expression = OWN[escapes].read(text)[0]
    except Refusal as refusal:
        return refusal.terminal, refusal.start, refusal.end, refusal.accepts
    return tree


def agree(text: str) -> bool:
    """Check that both parsers make the same of a text, spans included, and tell whether it is a formula."""
    for escapes in (True, False):
        mine, larks = own(text, escapes), read(text, escapes)
        assert mine == larks, text
        if not isinstance(larks, tuple):
            # Trees are equal wherever they stand; only their full text has the spans.
            assert repr(mine) == repr(larks), text
    return not isinstance(own(text, True), tuple)


def corpus() -> set[str]:
    """Every formula of the repository, with much that is none: whole files, their lines, their code, their values."""
    found: set[str] = set()
    for path in (path for name in FOLDERS for path in (ROOT / name).rglob("*") if path.suffix in SUFFIXES):
        text = path.read_text("utf-8", errors="replace")
        if path.suffix == ".coda":
            found.add(text)
        found.update(re.findall(r"`+([^`]+)`+", text))
        for line in text.splitlines():
            found.update((line, line.partition(": ")[2]))
    return {text for text in found if len(text) < 2000}


def test_the_tables_are_those_of_the_grammar() -> None:
    assert (folder() / TABLES).read_text("utf-8") == written(make(GRAMMAR)), "run `make reference`"


def test_the_regular_expressions_are_tried_in_the_order_of_lark() -> None:
    lexer = lark_parser().parser.lexer.root_lexer
    assert list(terminals()) == [terminal.name for terminal in lexer.terminals]


@pytest.mark.slow
def test_both_parsers_agree_on_every_text_of_the_repository() -> None:
    texts = sorted(corpus())
    read_by_both = sum(agree(text) for text in some(texts))
    assert len(texts) > 5000
    assert read_by_both > 300


@given(st.one_of(soups(), formulas(), commented(), st.text()))
@settings(max_examples=examples(1000), deadline=None)
@example("Größe + [a]b::F(größe: ١)")
@example("a not b")
@example("thiſrow.x = .5")
@example("F(and, or(1), not (2), thisRow(3), x.thisRow)")
@example("1 .5")
@example("a::b")
@example("[@x] && @[x] || a.[@x]")
@example('"a\\" & "b"')
@example("F(a b: c d, @e: 1)")
@example("1 /* a */ /* b")
@example("1 // a")
@example("\ud800")
def test_both_parsers_agree_on_random_texts(text: str) -> None:
    agree(text)


@given(st.one_of(formulas(), commented()), st.data())
@settings(max_examples=examples(1000), deadline=None)
def test_both_parsers_agree_on_broken_formulas(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 4, len(text))))
        text = text[:start] + data.draw(st.sampled_from(("", *TOKENS))) + text[end:]
    agree(text)


@pytest.mark.slow
def test_both_parsers_agree_on_all_short_texts() -> None:
    """Three tokens in a row, each of every kind, with and without a gap."""
    tokens = (
        "a",
        "[b]",
        "and",
        "not",
        "thisRow",
        "1",
        '"t"',
        "(",
        ")",
        ",",
        ".",
        ":",
        "::",
        "=",
        "<",
        "-",
        "@",
        "&",
        "$",
    )
    for parts, gap in product(product(tokens, repeat=3), ("", " ")):
        agree(gap.join(parts))


def test_a_tree_of_any_depth_is_built_without_recursion() -> None:
    depth = 50_000
    tree, _ = OWN[True].read("(" * depth + "1" + ")" * depth)
    for _ in range(depth):
        assert isinstance(tree, ast.Group)
        tree = tree.inner
    assert tree == ast.Literal(1.0)
