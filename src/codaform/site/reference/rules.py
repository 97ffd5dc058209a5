"""The reference page of the rules, as Markdown."""

from __future__ import annotations

from codaform.diagnostics.rules import RULES, STAGES
from codaform.site.markdown import block, code, escaped, page, table
from codaform.site.reference.examples import shortened


def rules_page() -> str:
    """Every rule by code: why it is there, what raises it, what is clean."""
    parts = []
    stage = ""
    for rule in RULES:
        if STAGES[rule.code[:3]] != stage:
            stage = STAGES[rule.code[:3]]
            parts.append(f"## {stage}")
        parts += [
            f"### {escaped(rule.name)} {{ #{rule.name} }}",
            f"{rule.code}, {rule.severity}. {escaped(rule.why)}",
            "Raises it:",
            block(shortened(rule.bad), "text"),
            "Is clean:",
            block(shortened(rule.good), "text"),
        ]
    rows = [[rule.code, f"[{escaped(rule.name)}](#{rule.name})", rule.severity] for rule in RULES]
    return page(
        "# Rules",
        f"Everything that codaform may have to say. {code('codaform explain NAME')} shows the same in a terminal.",
        table(["Code", "Rule", "Severity"], rows),
        *parts,
    )
