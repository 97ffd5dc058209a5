"""Text to tree and back: the parser takes any text, and what the printer writes says the same."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.fixes import apply_fixes
from codaform.library import catalogue
from codaform.source import Source
from codaform.syntax import ast
from codaform.syntax.parser import MAX_LENGTH, parse
from codaform.syntax.printer import show
from formulas import commented, formulas, operation, soups, text_of, trees
from searching import examples

ANY_CHARACTER = st.characters(exclude_categories=())
"""Every code point there is, lone surrogates and NUL among them."""

WIDTHS = st.integers(20, 200)


def read(text: str) -> tuple[ast.Formula | None, tuple[Diagnostic, ...]]:
    """The tree of a text and its findings; checks on the way what the parser promises about any text."""
    tree, said = parse(Source("random", text))
    assert (tree is None) == any(finding.rule.severity == "error" for finding in said)
    for finding in said:
        spans = [finding.span, *(edit.span for edit in (finding.fix.edits if finding.fix else ()))]
        assert all(0 <= span.start <= span.end <= len(text) for span in spans)
        assert finding.message
    return tree, said


def tree_of(text: str) -> ast.Formula:
    """The tree of a text that is a formula."""
    tree, said = read(text)
    assert tree is not None, [finding.message for finding in said]
    return tree


def without_groups(node: ast.Expression | ast.Argument) -> ast.Expression | ast.Argument:
    """The tree without its parentheses."""
    while isinstance(node, ast.Group):
        node = node.inner
    changed: dict[str, Any] = {}
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, tuple):
            changed[part.name] = tuple(without_groups(item) for item in value)
        elif isinstance(value, ast.Expression | ast.Argument):
            changed[part.name] = without_groups(value)
    return replace(node, **changed)


# ---------------------------------------------------------------- any text


@given(st.text(ANY_CHARACTER, max_size=2000))
@settings(max_examples=examples(60))
@example("\0")
@example("\ud800")
@example('"\udfff"')
@example("[\ud83d\ude00]")
@example("/*/")
@example('"\\')
@example("[\\]")
@example("1e")
@example("@")
@example("::")
def test_any_text_is_read(text: str) -> None:
    read(text)


@given(soups())
@settings(max_examples=examples(300))
@example("thisRowand")
@example("NOT")
@example("not /* */ (1)")
@example("[a][b](1)")
@example("Tasks.")
@example("a: 1")
@example("F(a: )")
@example("1..2")
@example("&&&")
def test_any_soup_of_tokens_is_read(text: str) -> None:
    tree, _ = read(text)
    if tree is not None:
        assert tree_of(show(tree)).expression == tree.expression


@pytest.mark.parametrize("text", ["1", "(1 + 2)", '"a"', "[a]", "Sum(1, 2)", "thisRow.Hours"])
@pytest.mark.parametrize("around", ["\ufeff{}", "{}\u200b", "\u00a0{}\u2003", "\r\n{}\r\n", "\t{}\f", "{}\u2028"])
def test_white_space_of_any_kind_stands_around(text: str, around: str) -> None:
    assert tree_of(around.format(text)).expression == tree_of(text).expression


HUGE = {
    "opened parentheses": "(" * 10_000,
    "closed parentheses": ")" * 10_000,
    "nested parentheses": "(" * 10_000 + "1" + ")" * 10_000,
    "opened brackets": "[" * 10_000,
    "nested brackets": "[" * 10_000 + "]" * 10_000,
    "nested calls": "F(" * 10_000 + ")" * 10_000,
    "nested named arguments": "F(a: " * 10_000 + "1" + ")" * 10_000,
    "signs": "-" * 10_000 + "1",
    "nots": "NOT " * 10_000 + "true",
    "a long sum": "1" + " + 1" * 10_000,
    "a long tower": "1" + " ^ 1" * 10_000,
    "a long condition": "a" + " AND b OR c" * 5_000,
    "a long comparison": "1" + " = 1" * 10_000,
    "a long path": "a" + ".b" * 10_000,
    "a long chain": "a" + ".F(1)" * 10_000,
    "many arguments": "Sum(" + "1, " * 10_000 + ")",
    "many commas": "Sum(" + "," * 10_000 + ")",
    "quotes": '"' * 10_001,
    "mixed quotes": "'\"" * 5_001,
    "backslashes": '"' + "\\" * 10_001,
    "backslashes in brackets": "[" + "\\" * 10_001,
    "opened comments": "/*" * 10_000,
    "closed comments": "1 " + "/* */" * 10_000,
    "line comments": "// a\n" * 10_000 + "1",
    "comments in nots": "NOT /* */" * 3_000 + "true",
    "white space": " " * 100_000 + "1" + " " * 100_000,
    "blank lines": "\n" * 100_000,
    "words": "a " * 10_000,
    "ands": "and " * 10_000,
    "keywords": "thisRow" * 10_000,
    "digits": "9" * 10_000,
    "points": "." * 10_000,
    "a number with points": "1." * 10_000,
    "exponents": "1e" * 10_000,
    "curly quotes": "“" * 10_000,
    "ats": "@" * 10_000,
    "packs": "[a]b::" * 10_000,
    "a megabyte of parentheses": "(" * 1_000_000,
    "a megabyte of sums": "1 + " * 250_000,
    "a megabyte of text": '"' + "x" * 1_000_000 + '"',
    "a megabyte of quotes": '"' * 1_000_000,
    "a megabyte of surrogates": "\ud800" * 1_000_000,
    "a megabyte of NUL": "\0" * 1_000_000,
    "a megabyte of spaces": " " * 1_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_huge_texts_do_not_stall(text: str) -> None:
    begun = time.process_time()
    tree, _ = read(text)
    if tree is not None:
        show(tree)
    assert time.process_time() - begun < 3


def test_length_has_a_limit() -> None:
    assert read('"' + "x" * (MAX_LENGTH - 2) + '"')[0] is not None
    assert [finding.rule.name for finding in read('"' + "x" * MAX_LENGTH + '"')[1]] == ["too-large"]


# ---------------------------------------------------------------- tree to text and back


@given(trees(), WIDTHS)
@settings(max_examples=examples(300))
def test_a_tree_is_read_back_from_its_text(tree: ast.Expression, width: int) -> None:
    text = text_of(tree, width)
    assert tree_of(text).expression == tree, text


@given(formulas(), WIDTHS)
@settings(max_examples=examples(150))
def test_the_printed_form_is_stable(text: str, width: int) -> None:
    once = show(tree_of(text), width)
    assert show(tree_of(once), width) == once


@given(formulas(), WIDTHS, WIDTHS)
@settings(max_examples=examples(100))
def test_the_width_changes_only_the_lines(text: str, width: int, other: int) -> None:
    assert tree_of(show(tree_of(text), width)) == tree_of(show(tree_of(text), other))


@given(formulas(max_leaves=6))
@settings(max_examples=examples(100))
def test_the_spelling_changes_only_the_case(text: str) -> None:
    tree = tree_of(text)
    assert show(tree, 80, catalogue.spelling()).casefold() == show(tree, 80).casefold()


@given(trees(max_leaves=6))
@settings(max_examples=examples(100))
def test_lines_end_without_spaces_and_are_indented_in_steps(tree: ast.Expression) -> None:
    text = text_of(tree, 20)
    assume('"' not in text and "'" not in text and "[" not in text)
    for line in text.split("\n"):
        assert line == line.rstrip()
        assert (len(line) - len(line.lstrip())) % 2 == 0


@given(formulas())
@settings(max_examples=examples(150))
def test_a_span_holds_the_text_of_its_node(text: str) -> None:
    waiting: list[ast.Expression | ast.Argument] = [tree_of(text).expression]
    while waiting:
        node = waiting.pop()
        waiting.extend(ast.children(node))
        if not isinstance(node, ast.Argument):
            assert tree_of(text[node.span.start : node.span.end]).expression == node


@given(st.one_of(soups(), formulas()))
@settings(max_examples=examples(200))
@example("1 or 2 and 3")
@example("-2 ^ 3 ^ 4")
@example("Due Date + Größe")
@example(".5e-3 + $2")
@example("thisRowand 1")
@example("Not$7")
@example("1 or.5")
def test_safe_fixes_change_only_the_spelling(text: str) -> None:
    tree, said = read(text)
    assume(tree is not None)
    assert tree is not None
    mended, _ = apply_fixes(text, said)
    assert without_groups(tree_of(mended).expression) == without_groups(tree.expression)


# ---------------------------------------------------------------- comments


@given(commented(), WIDTHS)
@settings(max_examples=examples(300))
@example("// a\n1", 80)
@example("1 // a", 80)
@example("Sum( 1 // a\n , 2 /* b */ )", 20)
@example("( /* a */ 3 // b\n )", 80)
@example("Tasks // a\n . /* b */ Hours", 80)
@example("Hours AND // a\n Status // b", 80)
def test_comments_survive_in_order(text: str, width: int) -> None:
    tree = tree_of(text)
    again = tree_of(show(tree, width))
    assert again.expression == tree.expression
    assert [comment.text for comment in again.comments] == [comment.text for comment in tree.comments]


@given(commented(), WIDTHS)
@settings(max_examples=examples(200))
@example("// a\n1", 80)
@example("// a\n1 + 2", 80)
@example("Hours + // a\n Hours", 80)
@example("1 + 2 // a", 20)
@example("Sum(1, // a\n 2) /* b */", 20)
def test_the_printed_form_is_stable_with_comments(text: str, width: int) -> None:
    once = show(tree_of(text), width)
    assert show(tree_of(once), width) == once


# ---------------------------------------------------------------- the strategies themselves


def test_random_operations_have_the_parentheses_that_they_need() -> None:
    one, sum_ = ast.Literal(1.0, "1"), ast.Operation("+", (ast.Literal(1.0, "1"), ast.Literal(2.0, "2")))
    assert text_of(operation("*", sum_, one)) == "(1 + 2) * 1"
    assert text_of(operation("-", one, sum_)) == "1 - (1 + 2)"
    assert text_of(operation("=", sum_, one)) == "1 + 2 = 1"
