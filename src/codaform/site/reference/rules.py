"""The reference page of the rules, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from codaform.diagnostics.diagnostic import Safety
from codaform.diagnostics.rules import RULES, STAGES
from codaform.project.truths import Measured
from codaform.site.markdown import block, code, escaped, join_blocks, table
from codaform.site.reference.examples import shortened

SAFETY: dict[Safety, str] = {
    "safe": "keeps the meaning",
    "unsafe": "a guess that can change the meaning",
    "mixed": "some keep the meaning, others are a guess",
}
"""What the safety of a fix means, for a person."""


def rules_page(measured: Mapping[str, Measured]) -> str:
    """Return the page of all rules, by code. measured: What a real Coda answered about the doubt of a rule."""
    parts = []
    stage = ""
    for rule in RULES:
        if STAGES[rule.code[:3]] != stage:
            stage = STAGES[rule.code[:3]]
            parts.append(f"## {stage}")
        parts += [
            f"### {escaped(rule.name)} {{ #{rule.name} }}",
            f"{rule.code}, {rule.severity}. {escaped(rule.what)}",
            f"Why: {escaped(rule.why)}",
            "Bad:",
            block(shortened(rule.bad), "text"),
            "Good:",
            block(shortened(rule.good), "text"),
        ]
        if rule.fix:
            parts.append(f"Fix ({SAFETY[rule.safety]}): {escaped(rule.fix)}")
        if rule.name in measured:
            told = measured[rule.name].told
            parts.append(f"{told[0].upper()}{told[1:]}.")
        if rule.see:
            parts.append(f"See {', '.join(_link(page) for page in rule.see)}.")
    rows = [[rule.code, f"[{escaped(rule.name)}](#{rule.name})", rule.severity] for rule in RULES]
    return join_blocks(
        "# Rules",
        f"All rules of codaform. {code('codaform explain NAME')} shows a rule in a terminal. "
        f"{code('codaform check --fix')} applies the fixes that keep the meaning, "
        f"{code('codaform check --unsafe-fixes')} the other fixes too.",
        table(["Code", "Rule", "Severity"], rows),
        *parts,
    )


def _link(page: str) -> str:
    """Return a link to a page below docs, from the page of the rules."""
    path, _, anchor = page.partition("#")
    name = path.removeprefix("reference/").removesuffix(".md").removesuffix("/index").replace("_", " ")
    shown = f"{name}: {anchor.replace('-', ' ')}" if anchor else name
    target = page.removeprefix("reference/") if page.startswith("reference/") else f"../{page}"
    return f"[{shown}]({target})"
