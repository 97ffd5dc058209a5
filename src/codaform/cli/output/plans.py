"""Plans for the terminal."""

from __future__ import annotations

import sys

from codaform.cli.output.terminal import painted
from codaform.deploy.planning.plan import Plan
from codaform.deploy.planning.reports import Tone, as_text
from codaform.text import harmless

_STYLES: dict[Tone, dict[str, str | bool]] = {
    "plain": {},
    "title": {"bold": True},
    "loss": {"fg": "red"},
    "values": {"fg": "yellow"},
    "quiet": {"dim": True},
    "removed": {"fg": "red"},
    "added": {"fg": "green"},
}


def shown(found: Plan) -> str:
    """A plan for the terminal."""
    return as_text(found, lambda text, tone: painted(harmless(text), sys.stdout, **_STYLES[tone]))
