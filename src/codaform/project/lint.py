"""Advice on the formulas of a project: what comments allow, and what `lint:` of doc.yml makes of each rule."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Rule, Severity
from codaform.diagnostics.rules.advice import FAMILIES, OF_DOC
from codaform.files import read_file_text
from codaform.model.schema import Doc
from codaform.project.locate import CannotRead
from codaform.semantics import ir
from codaform.semantics.advice import advise
from codaform.semantics.program import FormulaSite
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest
from codaform.syntax.tokens import pieces

JUDGEMENTS: tuple[str, ...] = ("ignore", *get_args(Severity)[::-1])
"""What doc.yml makes of a rule or a family: nothing at all, or another severity."""

BUDGET = "budget"
"""The key in `lint:` of doc.yml that is no rule: how many comparisons a formula may take at most."""

_NOQA = re.compile(
    r"\bnoqa\b\s*:?(?P<names>(?:\s*,?\s*(?!-)[A-Za-z][\w-]*)*)\s*(?:[-–—]\s*(?P<reason>\S.*?))?\s*(?:\*/)?\s*$", re.S
)
"""The end of a comment like `noqa: needless-sort, CF912 - the order is shown`."""


def said_of(
    doc: Doc, place: FormulaSite, body: ir.Node, source: Source, said: Sequence[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """What there is to say of a formula with its advice, without what its comments allow; an error is never allowed."""
    errors = any(one.rule.severity == "error" for one in said)
    found = [*said, *(() if errors else advise(doc, place, body, source))]
    if "noqa" not in source.text:
        return tuple(found)
    allowed: set[str] = set()
    for span, names, reason in _comments(source):
        if not names or not reason:
            message = "the comment names no rule" if not names else "the comment gives no reason"
            help = "write it like /* noqa: needless-sort - the order is shown */"
            found.append(Diagnostic(rules.BARE_NOQA, message, source, span, help))
            continue
        raised = {each for one in found if one.rule.severity != "error" for each in (one.rule.name, one.rule.code)}
        for name in names:
            if rules.find(name) is None:
                close = nearest(name.lower(), [rule.name for rule in rules.RULES])
                help = did_you_mean(close, "codaform explain lists the rules")
                found.append(Diagnostic(rules.UNUSED_NOQA, f"there is no rule {name}", source, span, help))
            elif rules.find(name) in OF_DOC:
                continue  # only the whole project tells whether they are raised
            elif not {name.lower(), name.upper()} & raised:
                help = "leave it out, or the whole comment"
                found.append(Diagnostic(rules.UNUSED_NOQA, f"nothing here raises {name}", source, span, help))
            else:
                allowed.update((name.lower(), name.upper()))
    return tuple(one for one in found if not {one.rule.name, one.rule.code} & allowed or one.rule.severity == "error")


def allows(source: Source, rule: Rule) -> bool:
    """Whether a comment of a formula, or of the line of a YAML file, allows a rule with a reason."""
    return "noqa" in source.text and any(
        reason and {rule.name, rule.code.lower()} & {name.lower() for name in names}
        for _, names, reason in _comments(source)
    )


def _comments(source: Source) -> Iterator[tuple[Span, list[str], str]]:
    """The comments that allow something: their spans, the rules they name, and the reason."""
    for piece in pieces(source.text):
        found = _NOQA.search(source.text, piece.start, piece.end) if piece.kind == "comment" else None
        if found is not None:
            names = re.findall(r"[A-Za-z][\w-]*", found["names"])
            yield Span(piece.start, piece.end), names, found["reason"] or ""


def judged(found: Iterable[Diagnostic], lint: Mapping[str, str], advice: bool = False) -> list[Diagnostic]:
    """Findings as doc.yml judges their rules. An error of another stage than advice stays one.

    lint: By the name or code of a rule, or the name of a family, a severity, or `ignore`; the rule's own goes first.
    advice: Whether infos of advice are kept, too.
    """
    kept = []
    for one in found:
        rule = one.rule
        is_advice = rule.code.startswith("CF9")
        family = next((name for name, codes in FAMILIES.items() if rule.code.startswith(codes)), "")
        said = next((lint[name] for name in (rule.name, rule.code, family) if name in lint), rule.severity)
        if said != rule.severity and (is_advice or rule.severity != "error"):
            if said == "ignore":
                continue
            one = replace(one, rule=replace(rule, severity=cast(Severity, said)))
        if advice or not is_advice or one.rule.severity != "info":
            kept.append(one)
    return kept


def unknown_names(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names that are those of no rule and no family, each with a help."""
    for name in names:
        if name not in FAMILIES and rules.find(name) is None:
            close = nearest(name, [*FAMILIES, *(rule.name for rule in rules.RULES)])
            yield (
                name,
                did_you_mean(close, "codaform explain lists the rules; a family is one of " + ", ".join(FAMILIES)),
            )


# ---------------------------------------------------------------- a baseline


def written_baseline(found: Iterable[Diagnostic]) -> str:
    """How many findings of each rule each file has, as JSON."""
    counted: dict[str, dict[str, int]] = {}
    for one in sorted(found, key=lambda one: (one.source.name, one.rule.name)):
        rules_ = counted.setdefault(one.source.name, {})
        rules_[one.rule.name] = rules_.get(one.rule.name, 0) + one.count
    return json.dumps(counted, indent=2) + "\n"


def read_baseline(path: Path) -> Counter[tuple[str, str]]:
    """The counts of a baseline, by file and rule. Raises CannotRead."""
    try:
        told = json.loads(read_file_text(path))
        return Counter({(file, rule): int(count) for file, of in told.items() for rule, count in of.items()})
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as fault:
        raise CannotRead(f"{path} is no baseline: codaform lint --write-baseline {path} writes one") from fault


def beyond(found: Iterable[Diagnostic], known: Counter[tuple[str, str]]) -> list[Diagnostic]:
    """The findings beyond those of a baseline: of each rule, the last ones of a file."""
    left, kept = known.copy(), []
    for one in found:
        place = (one.source.name, one.rule.name)
        if left[place] >= one.count:
            left[place] -= one.count
        else:
            kept.append(one)
    return kept
