"""Texts in pieces, and the colours that Pygments gives each piece."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments import highlight
from pygments.formatters import RawTokenFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import Keyword, Name, String

from codaform.library import catalogue
from codaform.site.lexer import CodaLexer
from codaform.source import Source
from codaform.syntax.parser import parse
from codaform.syntax.tokens import pieces
from formulas import formulas, soups
from searching import examples


def cut(text: str) -> list[tuple[str, str]]:
    """The pieces that are not blank, as text and kind."""
    return [(text[piece.start : piece.end], piece.kind) for piece in pieces(text) if piece.kind != "blank"]


@given(st.one_of(st.text(), soups(), formulas()))
@settings(max_examples=examples(200))
def test_every_character_stands_in_one_piece(text: str) -> None:
    found = list(pieces(text))
    assert "".join(text[piece.start : piece.end] for piece in found) == text
    assert all(left.end == right.start for left, right in pairwise(found))
    assert all(piece.start < piece.end for piece in found)


@given(formulas())
@settings(max_examples=examples(100))
def test_a_formula_has_nothing_stray(text: str) -> None:
    tree, _ = parse(Source("random", text))
    if tree is not None:
        assert [piece for piece in pieces(text) if piece.kind == "stray"] == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("thisRow.[Due Date]", ["keyword", "punctuation", "bracketed"]),
        ("a and NOT b", ["name", "keyword", "keyword", "name"]),
        ("Not(b)", ["name", "punctuation", "name", "punctuation"]),
        ("a AND (b) OR c", ["name", "keyword", "punctuation", "name", "punctuation", "keyword", "name"]),
        ("And(Or(a))", ["name", "punctuation", "name", "punctuation", "name", "punctuation", "punctuation"]),
        ("1.5e3% // one\n/* two */", ["number", "operator", "comment", "comment"]),
        ('"// no comment" & 7', ["text", "operator", "number"]),
        ('Left("not closed, 2)', ["name", "punctuation", "text"]),
        ("a § b", ["name", "stray", "name"]),
    ],
)
def test_pieces_by_kind(text: str, kinds: list[str]) -> None:
    assert [kind for _, kind in cut(text)] == kinds


def test_pygments_finds_the_lexer_by_its_name() -> None:
    assert isinstance(get_lexer_by_name("coda"), CodaLexer)


def test_functions_columns_and_keywords_have_colours_of_their_own() -> None:
    text = 'Upper(thisRow.name & "x").Unknown(tasks)'
    found = [(word, token) for _, token, word in CodaLexer().get_tokens_unprocessed(text)]
    assert ("Upper", Name.Function) in found
    assert ("thisRow", Keyword) in found
    assert ("name", Name.Attribute) in found
    assert ('"x"', String) in found
    assert ("Unknown", Name) in found
    assert ("tasks", Name) in found


@given(st.text())
@settings(max_examples=examples(100))
def test_no_text_is_lost_in_colours(text: str) -> None:
    found = "".join(word for _, _, word in CodaLexer(ensurenl=False, stripnl=False).get_tokens_unprocessed(text))
    assert found == text


def test_every_function_is_coloured_as_one() -> None:
    raw = highlight(", ".join(f"{name}()" for name in catalogue.names()), CodaLexer(), RawTokenFormatter()).decode()
    assert raw.count("Token.Name.Function") == len(catalogue.names())
