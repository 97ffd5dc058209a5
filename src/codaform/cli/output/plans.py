"""Writes plans to the terminal, in colours."""

from __future__ import annotations

import sys

from codaform.cli.terminal import painted, put
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


def put_plan(plan: Plan) -> None:
    """Write a plan as text."""
    put(as_text(plan, lambda text, tone: painted(harmless(text), sys.stdout, **_STYLES[tone])))
