"""JSON as text that may be shown."""

from __future__ import annotations

import json

from codaform.model.number_text import json_text
from codaform.text import harmless


def as_json(data: object) -> str:
    """JSON with the letters of all languages as they are; only what steers a terminal is escaped."""
    text = json_text(data, indent=2)
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    return "\n".join("".join(map(_escaped, line)) for line in text.split("\n"))


def _escaped(character: str) -> str:
    return character if character.isprintable() or harmless(character) == character else json.dumps(character)[1:-1]
