"""The reference pages of the rules, as Markdown: an index, and a page for each rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from codaform.diagnostics.diagnostic import Rule, Safety
from codaform.diagnostics.rules import RULES, STAGES
from codaform.project.truths import Measured, Truth, by_rule
from codaform.site.markdown import block, code, escaped, join_blocks, table
from codaform.site.reference.examples import EXAMPLES_MARK, shortened

SAFETY: dict[Safety, str] = {
    "safe": "keeps the meaning",
    "unsafe": "a guess that can change the meaning",
    "mixed": "some keep the meaning, others are a guess",
}
"""What the safety of a fix means, for a person."""

_APPLIED: dict[Safety, str] = {
    "safe": "It keeps the meaning: `codaform check --fix` applies it.",
    "unsafe": "It is a guess that can change the meaning: `codaform check --unsafe-fixes` applies it.",
    "mixed": "Where it keeps the meaning, `codaform check --fix` applies it; where it is a guess, "
    "`codaform check --unsafe-fixes`.",
}

_OF_FORMULAS = ("CF1", "CF2", "CF3")
"""The stages whose examples are formulas."""


def rule_pages(truths: Sequence[Truth]) -> dict[str, str]:
    """Each page by its path below the folder of the reference. truths: The recorded truths about Coda."""
    measured = by_rule(truths)
    pages = {_place(rule): _rule_page(rule, truths, measured) for rule in RULES}
    return {"rules.md": _index(), **pages}


def _place(rule: Rule) -> str:
    return rule.page.removeprefix("reference/")


def _index() -> str:
    return join_blocks(
        "# Rules",
        f"Each rule has a page: why it matters, a bad and a good example. {code('codaform explain NAME')} shows it in "
        f"a terminal. {code('codaform check --fix')} applies the fixes that keep the meaning, "
        f"{code('codaform check --unsafe-fixes')} the others too.",
        *(part for stage, rules in groupby(RULES, lambda rule: STAGES[rule.code[:3]]) for part in _stage(stage, rules)),
    )


def _stage(stage: str, rules: Iterator[Rule]) -> tuple[str, str]:
    rows = [
        [f"[{rule.code}]({_place(rule)})", code(rule.name), escaped(rule.what), rule.severity, _mended(rule)]
        for rule in rules
    ]
    return f"## {escaped(stage)}", table(["Code", "Rule", "Reports", "Severity", "Fix"], rows)


def _mended(rule: Rule) -> str:
    return {"safe": "safe", "unsafe": "a guess", "mixed": "partly safe"}[rule.safety] if rule.fix else ""


def _rule_page(rule: Rule, truths: Sequence[Truth], measured: Mapping[str, Measured]) -> str:
    kind = "coda" if rule.code.startswith(_OF_FORMULAS) else "text"
    sources = [f"- {link}" for link in map(_link, rule.see)]
    sources += [
        f"- {escaped(truth.truth)} ({escaped(truth.certainty)}; source: {escaped(truth.source)})"
        for truth in truths
        if truth.warns == rule.name
    ]
    if rule.name in measured:
        told = measured[rule.name].told
        sources.append(f"- {told[0].upper()}{told[1:]}.")
    parts = [
        f"# {escaped(rule.name)}",
        f"{rule.code} · {rule.severity} · {STAGES[rule.code[:3]]} · [all rules](../rules.md)",
        EXAMPLES_MARK if kind == "coda" else "",
        escaped(rule.what),
        "## Why it hurts",
        escaped(rule.why),
        "## Bad",
        block(shortened(rule.bad), kind),
        "## Good",
        block(shortened(rule.good), kind),
    ]
    if rule.fix:
        parts += ["## Fix", f"{escaped(rule.fix)} {_APPLIED[rule.safety]}"]
    if sources:
        parts += ["## Sources", "\n".join(sources)]
    return join_blocks(*parts)


def _link(page: str) -> str:
    """A link to a page below docs, from the page of a rule."""
    path, _, anchor = page.partition("#")
    name = path.removeprefix("reference/").removesuffix(".md").removesuffix("/index").replace("_", " ")
    shown = f"{name}: {anchor.replace('-', ' ')}" if anchor else name
    target = page.removeprefix("reference/") if page.startswith("reference/") else f"../{page}"
    return f"[{shown}](../{target})"
