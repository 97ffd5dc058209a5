"""Every rule, by stage: the first digit of a rule's code is its stage, and each stage has a module of its name."""

from __future__ import annotations

from codaform.diagnostics.diagnostic import Rule
from codaform.diagnostics.rules.advice import *
from codaform.diagnostics.rules.computing import *
from codaform.diagnostics.rules.names import *
from codaform.diagnostics.rules.portability import *
from codaform.diagnostics.rules.project import *
from codaform.diagnostics.rules.site import *
from codaform.diagnostics.rules.syntax import *
from codaform.diagnostics.rules.types import *

STAGES = {
    "CF1": "Text",
    "CF2": "Names",
    "CF3": "Types",
    "CF4": "Project files",
    "CF5": "Computing",
    "CF6": "What makers saw otherwise",
    "CF8": "The site",
    "CF9": "Advice",
}
"""The title of each stage, by the beginning of its rules' codes."""

RULES = tuple(
    sorted((value for value in tuple(globals().values()) if isinstance(value, Rule)), key=lambda rule: rule.code)
)
"""All rules, by code."""

DOUBTS = frozenset(rule for rule in RULES if rule.code.startswith("CF6"))
"""The rules that name a doubt about Coda, which a real Coda can settle."""


def find(name: str) -> Rule | None:
    """Return the rule of a name or a code, in any case, or None."""
    wanted = name.lower()
    return next((rule for rule in RULES if wanted in (rule.name, rule.code.lower())), None)
