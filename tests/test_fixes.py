"""Applying fixes: nothing by halves, nothing twice, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.diagnostics.fixes import apply_fixes
from codaform.source import Source, Span

FORMULA = "a OR b AND c"


def found(text: str, *edits: tuple[int, int, str], safe: bool = True) -> Diagnostic:
    """A finding in a text, with a fix of these edits."""
    fix = Fix("mend it", tuple(Edit(Span(start, end), new) for start, end, new in edits), safe)
    return Diagnostic(rules.UNEXPECTED, "odd", Source("a.coda", text), Span(0, 0), "", fix)


def test_edits_of_one_fix_in_any_order() -> None:
    finding = found(FORMULA, (6, 6, ")"), (0, 0, "("))
    assert apply_fixes(FORMULA, [finding]) == ("(a OR b) AND c", [finding])


def test_nothing_to_fix() -> None:
    without = Diagnostic(rules.UNEXPECTED, "odd", Source("a.coda", FORMULA), Span(0, 0))
    assert apply_fixes(FORMULA, [without]) == (FORMULA, [])
    assert apply_fixes("", []) == ("", [])


def test_unsafe_fixes_only_when_asked_for() -> None:
    safe, unsafe = found(FORMULA, (0, 1, "x")), found(FORMULA, (5, 6, "y"), safe=False)
    assert apply_fixes(FORMULA, [safe, unsafe]) == ("x OR b AND c", [safe])
    assert apply_fixes(FORMULA, [safe, unsafe], unsafe=True) == ("x OR y AND c", [safe, unsafe])


def test_the_earlier_of_overlapping_fixes_wins() -> None:
    later, earlier = found(FORMULA, (3, 6, "later")), found(FORMULA, (2, 4, "||"))
    assert apply_fixes(FORMULA, [later, earlier]) == ("a || b AND c", [earlier])


def test_a_fix_reaches_from_its_first_edit_to_its_last() -> None:
    around, inside = found(FORMULA, (0, 0, "("), (6, 6, ")")), found(FORMULA, (2, 4, "AND"))
    assert apply_fixes(FORMULA, [inside, around]) == ("(a OR b) AND c", [around])


def test_parentheses_that_share_their_opening_are_written_one_run_after_the_other() -> None:
    text = "a OR b AND c OR d"
    outer, inner = found(text, (0, 0, "("), (12, 12, ")")), found(text, (0, 0, "("), (6, 6, ")"))
    assert apply_fixes(text, [outer, inner]) == ("(a OR b) AND c OR d", [inner])


def test_identical_edits_are_applied_once_and_count_for_each() -> None:
    first, second = found("“x”", (0, 1, '"'), (2, 3, '"')), found("“x”", (0, 1, '"'), (2, 3, '"'))
    part = found("“x”", (2, 3, '"'))
    assert apply_fixes("“x”", [first, second, part]) == ('"x"', [first, second, part])


def test_insertions_at_one_offset_in_order() -> None:
    findings = [found("ab", (1, 1, "1")), found("ab", (1, 1, "2")), found("ab", (1, 1, "3"))]
    assert apply_fixes("ab", findings) == ("a123b", findings)
    finding = found("ab", (1, 1, "1"), (1, 1, "2"))
    assert apply_fixes("ab", [finding]) == ("a12b", [finding])


def test_an_insertion_beside_a_replacement() -> None:
    findings = [found("abc", (1, 2, "B")), found("abc", (1, 1, "<")), found("abc", (2, 2, ">"))]
    text, applied = apply_fixes("abc", findings)
    assert text == "a<B>c"
    assert len(applied) == 3


def test_at_both_ends_and_in_an_empty_text() -> None:
    assert apply_fixes("a", [found("a", (1, 1, ")")), found("a", (0, 0, "("))])[0] == "(a)"
    assert apply_fixes("", [found("", (0, 0, "1"))])[0] == "1"


@pytest.mark.parametrize(
    "finding",
    [
        found("abc", (1, 4, "")),
        found("abc", (-1, 1, "")),
        found("abc", (2, 1, "x")),
        found("abc", (0, 2, "x"), (1, 3, "y")),
        found("abc", (0, 1, "x"), (0, 1, "x")),
        found("abc", (0, 1, "x"), (9, 9, "y")),
        found("abc", (0, 1, "a")),
        found("abc"),
        found("abd", (0, 1, "x")),
    ],
    ids=[
        "behind",
        "before",
        "backwards",
        "own-overlap",
        "own-double",
        "half-outside",
        "no-change",
        "no-edits",
        "other-text",
    ],
)
def test_what_cannot_be_applied_is_passed_over(finding: Diagnostic) -> None:
    good = found("abc", (2, 3, "C"))
    assert apply_fixes("abc", [finding, good]) == ("abC", [good])


@st.composite
def texts_with_findings(draw: st.DrawFn) -> tuple[str, list[Diagnostic]]:
    """A short text and findings whose fixes lie in it, or a little outside, and often overlap."""
    text = draw(st.text("ab“\n𝒳", max_size=12))
    offset = st.integers(0, len(text) + draw(st.sampled_from([0, 0, 1])))
    edit = st.tuples(offset, offset, st.sampled_from(["", "x", ")", "\n", "long"]))
    ordered = edit.map(lambda e: (min(e[0], e[1]), max(e[0], e[1]), e[2]))
    drawn = draw(st.lists(st.tuples(st.lists(ordered, max_size=3), st.booleans()), max_size=8))
    return text, [found(text, *edits, safe=safe) for edits, safe in drawn]


def reach(finding: Diagnostic) -> tuple[int, int]:
    assert finding.fix is not None
    return min(edit.span.start for edit in finding.fix.edits), max(edit.span.end for edit in finding.fix.edits)


def edits_of(findings: list[Diagnostic]) -> list[Edit]:
    return [edit for finding in findings if finding.fix for edit in finding.fix.edits]


@given(texts_with_findings(), st.booleans())
def test_the_new_text_is_the_old_with_the_applied_edits(drawn: tuple[str, list[Diagnostic]], unsafe: bool) -> None:
    text, findings = drawn
    new, applied = apply_fixes(text, findings, unsafe)
    written: list[Edit] = []
    for finding in applied:
        own = edits_of([finding])
        if not set(own) <= set(written):
            written += own
    by_place = sorted(written, key=lambda edit: (edit.span.start, edit.span.end))
    expected = text
    for edit in reversed(by_place):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert new == expected


@given(texts_with_findings())
def test_applied_fixes_do_not_mix(drawn: tuple[str, list[Diagnostic]]) -> None:
    text, findings = drawn
    _, applied = apply_fixes(text, findings)
    assert all(finding in findings and finding.fix and finding.fix.safe for finding in applied)
    for at, finding in enumerate(applied):
        before = applied[:at]
        apart = all(reach(other)[1] <= reach(finding)[0] for other in before)
        assert apart or set(edits_of([finding])) <= set(edits_of(before))


@given(texts_with_findings())
def test_what_is_left_has_a_reason(drawn: tuple[str, list[Diagnostic]]) -> None:
    text, findings = drawn
    _, applied = apply_fixes(text, findings)
    taken = set(edits_of(applied))
    for finding in findings:
        if finding in applied or not finding.fix or not finding.fix.safe:
            continue
        alone, can = apply_fixes(text, [finding])
        if can:
            start, end = reach(finding)
            clashes = [
                reach(other) for other in applied if reach(other)[0] < max(end, start + 1) and start < reach(other)[1]
            ]
            assert clashes or taken & set(edits_of([finding]))
        else:
            assert alone == text


@given(texts_with_findings())
def test_the_same_findings_twice_change_nothing_more(drawn: tuple[str, list[Diagnostic]]) -> None:
    text, findings = drawn
    once, _ = apply_fixes(text, findings)
    twice, _ = apply_fixes(text, findings + findings)
    assert once == twice


@given(texts_with_findings())
def test_every_run_with_something_to_apply_applies_something(drawn: tuple[str, list[Diagnostic]]) -> None:
    text, findings = drawn
    _, applied = apply_fixes(text, findings)
    assert bool(applied) == any(apply_fixes(text, [finding])[1] for finding in findings)
