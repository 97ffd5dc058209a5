"""Statements on Coda that do not say how sure they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import UNSOURCED_STATEMENT
from codaform.site.guides.passages import PassageText, passages
from codaform.source import Source, Span

_NOUNS = (
    "docs|tables|columns|rows|views|formulas|functions|buttons|pages|users|makers|accounts|tokens|limits|services|"
    "servers|tools|clients|APIs|Packs|types|options|values|cells|names|words|answers|this|its|as|has|is|was|us|plus"
)
"""Words behind Coda that look like verbs."""
_VERB = rf"(?:(?!(?:{_NOUNS})\b)[a-z]{{2,}}s|can(?:not)?|may|might|will|would|do|does|has|is|are|have)"
_ADVERBS = r"(?:(?:also|then|always|never|only|often|silently|itself|usually|still|quickly|slowly|now)\s+)*"
_OWN = "formula|button|column|table|view|row|cell|automation|page|filter|relation|token|doc|write|edit|trigger|control"
_JOINS = "that|which|whose|and|or|with|by|as|to|for|on"
_STATEMENT = re.compile(
    rf"""
    (?:(?P<before>\b[A-Za-z]+,?)\s)? \bCoda (?P<of>'s(?!\s{_VERB})(?:\s[\w-]+){{1,3}}?)? \s{_ADVERBS}{_VERB}\b
    | \b(?:[Aa]n?\s)? (?:{_OWN})s?\s(?:in|of)\sCoda \s{_ADVERBS}(?:{_VERB}|(?!(?:{_JOINS})\b)[a-z]+)\b
    | (?<![a-z]\s)\bIn\sCoda\b(?!')
    | \b(?:is|are|was|were|gets?)\s[a-z]+(?:ed|en|wn|pt)\sby\sCoda\b
    """,
    re.VERBOSE,
)
"""A sentence that says what Coda, something of Coda's, or something in Coda does."""
_NO_STATEMENT = frozenset(
    "if when where until unless whether what how as which than while that in to from local".split()  # noqa: SIM905
)
"""Words before Coda that make it a condition, a place, or the local Coda."""

_OF_CODA = re.compile(r"(?<!local )(?<!real )\bCoda\b")
_MUCH = re.compile(
    r"""
    \b(?:\d[\d,.]*|few|some|several|a|one|two|five|ten|sixty|half\sa)\s
      (?:milliseconds?|ms|seconds?|minutes?|requests?|rows)\b
    | \b(?:at\smost|recalculat\w+|recomput\w+|memoi[sz]\w+|cach(?:es|ed?)|index(?:es)?)\b
    | \b(?:instantly|automatically|immediately)\b
    """,
    re.VERBOSE,
)
"""Words of how fast and how much."""

_CERTAINTY = re.compile(
    r"""
    \b(?:assum\w+|inferred|observed|reported|(?:un)?documented|documentation|descriptions?|measured?|known|unknown|doubt\w*|
       (?:un)?certain|how\ssure|published?|from\smemory|source\ssays|does\snot\s(?:say|document|publish)|documents\sno|
       (?:makers?|users?|people|authors?)\s(?:saw|say|said|reports?|published?))\b
    | https?://(?:\w+\.)?coda\.io/
    | \]\([^()\s]*(?:uncertain|conformance|reference/local_coda|language)\.(?:md|html)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def unsourced_statements(source: Source) -> Iterator[Diagnostic]:
    """A finding for each statement on what Coda does whose paragraph says neither a source nor how sure it is."""
    for passage in passages(source):
        if UNSOURCED_STATEMENT.name in passage.allowed or _is_sure(source, passage):
            continue
        told = False
        for found in _STATEMENT.finditer(passage.text.replace("\n", " ")):
            before = (found["before"] or "").casefold()
            if before in _NO_STATEMENT or (found["of"] and before == "of"):
                continue
            told = True
            start = passage.start + found.start() + (len(found["before"]) + 1 if found["before"] else 0)
            words = " ".join(source.text[start : passage.start + found.end()].split())
            message = f"“{words} …” says neither a source nor how sure it is"
            yield Diagnostic(UNSOURCED_STATEMENT, message, source, Span(start, passage.start + found.end()), _HELP)
        yield from _about_speed(source, passage) if not told else ()


def _about_speed(source: Source, passage: PassageText) -> Iterator[Diagnostic]:
    for text, at in passage.sentences():
        if _OF_CODA.search(text) and (found := _MUCH.search(text)):
            message = f"“{found[0]}” of Coda has neither a source nor how sure it is"
            yield Diagnostic(UNSOURCED_STATEMENT, message, source, Span(at + found.start(), at + found.end()), _HELP)


_HELP = "say it: documented, reported by users, measured, inferred or assumed; or leave the sentence out"


def _is_sure(source: Source, passage: PassageText) -> bool:
    return _CERTAINTY.search(source.text, passage.start, passage.start + len(passage.text)) is not None
