"""The page on what codaform does not know for certain about Coda."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from codaform.library.function import Certainty
from codaform.project.language_mutants import LanguageMutants, mutants_of_examples, mutants_of_truths
from codaform.project.truths import Truth
from codaform.site.markdown import code, escaped, join_blocks, table
from codaform.site.reference.functions import CERTAINTY, FunctionEntry, function_entries

_SURE: frozenset[Certainty] = frozenset({"documented", "seen"})

_AREAS = (
    (
        "Formula text through the API",
        "Whether the text that Coda gives back names columns so that each can be recognised. A text that came "
        "back is never compared with the file, but with what came back when it was last confirmed.",
        "../deploy.md",
    ),
    (
        "Writing formulas and tables",
        "The REST API writes no formula. What the MCP server's tools do with them is known from their descriptions "
        "alone; every write is read back before it is called done.",
        "../deploy.md",
    ),
    (
        "A doc's time zone",
        "No API returns it. codaform relies on `doc.yml`, and formulas with dates depend on it.",
        "../deploy.md",
    ),
    (
        "When Coda computes",
        "How often Coda computes a formula, what it keeps, and whether it has indexes is stated nowhere; no page here "
        "claims any of it.",
        "../language.md",
    ),
    (
        "The local Coda",
        "It is built from the vendor's description of the API and from what this page lists. It proves what codaform "
        "understands of Coda, not what Coda does.",
        "../local_coda.md",
    ),
)
"""Open questions beside the language: the area, the question with codaform's precaution, the page with more."""


def uncertain_page(truths: Sequence[Truth]) -> str:
    """The page. truths: The recorded truths about Coda."""
    unsure = [truth for truth in truths if truth.how_sure not in ("known", "measured")]
    measured = [truth for truth in truths if truth.measured is not None]
    known = list(function_entries())
    return join_blocks(
        "# What is not certain",
        "codaform was written without access to Coda. Its knowledge of Coda comes from Coda's own pages, from formulas "
        "and tables of real docs, and from people's posts. Where these say nothing, codaform had to decide. This page "
        "lists the decisions: check a formula that depends on one in Coda itself.",
        "Each line is one recorded truth with a formula that shows it, so one answer from Coda changes one line, and "
        "the tests show what else changes with it.",
        "## The language",
        f"{len(truths)} truths are recorded, {len(truths) - len(unsure)} known{_of_those(measured)}. An *inferred* one "
        "follows from the known ones, an *assumed* one is codaform's decision. All are in "
        "[the language](../language.md).",
        *_truths(unsure),
        *_measured(measured),
        "## Functions",
        _functions(known),
        "## What the cases show",
        *_shown(mutants_of_examples(), mutants_of_truths(truths), {entry.name: entry.place for entry in known}),
        "## Everything else",
        table(["Area", "What is open", "More"], [[escaped(a), escaped(b), f"[more]({c})"] for a, b, c in _AREAS]),
        "## To help",
        "`codaform conformance` asks a real doc all of these questions, and the examples of all functions: see "
        "[asking Coda](../conformance.md). `codaform parity` compares a whole doc of yours, cell by cell.",
    )


def _truths(unsure: Sequence[Truth]) -> Iterator[str]:
    for certainty in ("assumed", "inferred"):
        found = [truth for truth in unsure if truth.certainty == certainty]
        yield f"### {certainty.capitalize()}"
        yield table(
            ["Truth", "Formula", "Gives", "Source"], [[*_line(truth), escaped(truth.source)] for truth in found]
        )


def _of_those(measured: Sequence[Truth]) -> str:
    return f" or measured, {len(measured)} of them measured" if measured else ""


def _measured(truths: Sequence[Truth]) -> Iterator[str]:
    """What a real Coda was asked; nothing before somebody did."""
    if truths:
        yield "### Measured"
        rows = [[*_line(truth), escaped(truth.measured.told)] for truth in truths if truth.measured is not None]
        yield table(["Truth", "Formula", "Gives", "In Coda"], rows)


def _line(truth: Truth) -> tuple[str, str, str]:
    return escaped(truth.truth), code(truth.formula), code(truth.result)


_MOST_NAMED = 10
"""How many functions whose examples show the least are named; one needs as many changes."""


def _shown(functions: Sequence[LanguageMutants], truths: LanguageMutants, pages: Mapping[str, str]) -> Iterator[str]:
    """How many small changes of the examples and of the truths their results show. pages: By function, its page."""
    yield (
        "A case says little if its result stays the same when its formula changes. codaform changes these formulas, "
        "one sign, number, text or condition at a time, and computes them again. Not every change can show: the median "
        "of 1, 3 and 100 is that of 1, 3 and 101."
    )
    every = LanguageMutants(
        "examples of functions",
        sum(each.changes for each in functions),
        tuple(formula for each in functions for formula in each.unnoticed),
    )
    yield table(
        ["Cases", "Changes", "Their result shows", "Share"],
        [[each.name, f"{each.changes:,}", f"{each.noticed:,}", f"{each.share:.0%}"] for each in (every, truths)],
    )
    worst = sorted((each for each in functions if each.changes >= _MOST_NAMED), key=lambda each: each.share)
    yield "The examples of these functions show the least:"
    yield table(
        ["Function", "Changes", "Their result shows", "One that it does not show"],
        [
            [
                f"[{escaped(each.name)}](functions/{pages[each.name]})",
                str(each.changes),
                str(each.noticed),
                code(each.unnoticed[0]),
            ]
            for each in worst[:_MOST_NAMED]
        ],
    )


def _functions(known: Sequence[FunctionEntry]) -> str:
    sure = sum(_SURE.issuperset(entry.certainties) for entry in known)
    rows = []
    for certainty in (one for one in CERTAINTY if one not in _SURE):
        links = [
            f"[{escaped(entry.name)}](functions/{entry.place})" for entry in known if certainty in entry.certainties
        ]
        rows.append([escaped(CERTAINTY[certainty]), str(len(links)), " ".join(links)])
    told = f"{sure} of {len(known)} functions and signs are stated by Coda or seen in formulas that run there."
    return f"{told} Of the others:\n\n" + table(["The function is", "How many", "Which"], rows)
