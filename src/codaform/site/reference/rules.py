"""The reference page of the rules, as Markdown."""

from __future__ import annotations

from codaform.diagnostics.rules import RULES
from codaform.site.markdown import block, code, escaped, page, table
from codaform.site.reference.examples import shortened

_STAGES = {
    "CF1": "Text",
    "CF2": "Names",
    "CF3": "Types",
    "CF4": "Project files",
    "CF5": "Computing",
    "CF6": "Deploying",
    "CF7": "Habits",
    "CF8": "The site",
}
"""What a rule is about, by the first digit of its code."""


def rules_page() -> str:
    """Every rule by code: why it is there, what raises it, what is clean."""
    parts = []
    stage = ""
    for rule in RULES:
        if _STAGES[rule.code[:3]] != stage:
            stage = _STAGES[rule.code[:3]]
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
