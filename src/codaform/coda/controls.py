"""What Coda's API calls a control, and what the compiler does."""

from __future__ import annotations

from codaform.model.schema import CODA_CONTROLS, CONTROL_TYPES, Control

_NAMES = {own: name for name, own in CODA_CONTROLS.items()}

_TOLD_AS = {"toggle": "checkbox", "person": "relation"}
"""Types for which the API has no name of their own, with the type that it tells instead."""


def api_type(control: Control) -> str:
    """What the API calls the type of a control."""
    kind = _TOLD_AS.get(control.kind, control.kind)
    return _NAMES.get((kind, control.many)) or _NAMES[kind, False]


def own_type(name: str) -> tuple[str, bool]:
    """The type of a control that the API calls so, and whether it holds several values; an unknown name is a text's."""
    return CODA_CONTROLS.get(name) or (name if name in CONTROL_TYPES else "text", False)
