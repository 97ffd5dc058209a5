"""A tree of YAML as text, in the one layout that projects have: a line a column, every other list in its line."""

from __future__ import annotations

import json
import re

from codaform.model.formats import FORMATS, Flag, Number
from codaform.model.schema import COLUMN_MARKS
from codaform.project.yaml_tree import Mapping, Node, Scalar, Sequence, compose
from codaform.source import Source

_PLAIN = re.compile(r"[^\W\d]\w*(?:[ ./-]\w+)*")
_VALUE = re.compile(r"true|false|-?[0-9]{1,15}(\.[0-9]{1,15})?")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})
"""What other readers of YAML take for something that is no text."""

_ESCAPED = re.compile("[\x7f-\x9f\u00ad\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""The characters that JSON keeps, but YAML refuses or takes for the end of a line."""

PROSE = frozenset({"about"})
"""Keys whose texts are sentences: always in quotes, since a sentence may grow a colon."""

FORMULAS = frozenset({"formula", "default", "action", "disable_if", "filter", "choices"})
"""Keys whose values are formulas or names of their files."""

_MEMBERS = [pair for members in FORMATS.values() for pair in members.items()]
BARE = frozenset(
    {"many", "descending", "limit", *COLUMN_MARKS}
    | {name for name, member in _MEMBERS if isinstance(member.values, Flag | Number)}
)
"""Keys whose values are no texts: they are written plainly."""


def shown(node: Node) -> str:
    """The text of a file; `yaml_tree.compose` reads it as an equal tree."""
    if not isinstance(node, Mapping) or not node.entries:
        return flow(node) + "\n"
    return "".join(entry(key.text, value) for key, value in node.entries)


def entry(key: str, value: Node, indent: str = "") -> str:
    """A key of a mapping in lines of its own; a list of mappings has a line an item."""
    if isinstance(value, Sequence) and any(isinstance(item, Mapping) for item in value.items):
        return f"{indent}{key}:\n" + "".join(item_line(item, indent + "  ") for item in value.items)
    return f"{indent}{pair(key, value)}\n"


def item_line(item: Node, indent: str) -> str:
    """An item of a list in a line of its own."""
    return f"{indent}- {flow(item)}\n"


def pair(key: str, value: Node) -> str:
    """A key and its value in one line."""
    return f"{scalar(key)}: {flow(value, key)}"


def flow(node: Node, key: str = "") -> str:
    """A node in one line. key: Where it stands; the texts of some keys are always, or never, in quotes."""
    match node:
        case Scalar(text):
            if key in FORMULAS:
                return formula(text)
            return quoted(text) if key in PROSE else text if key in BARE and _VALUE.fullmatch(text) else scalar(text)
        case Sequence(items):
            return f"[{', '.join(flow(item) for item in items)}]"
        case Mapping(entries):
            return "{" + ", ".join(pair(name.text, value) for name, value in entries) + "}"


def scalar(text: str) -> str:
    """A text as YAML that every reader takes for this text: bare where it may be."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes, in one line whatever it holds."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def formula(text: str) -> str:
    """A formula, or the name of its file: in single quotes where double ones would need escapes."""
    bare = scalar(text)
    if bare == text or not re.search(r'["\\]', text) or not is_printable(text):
        return bare
    return "'" + text.replace("'", "''") + "'"


def is_printable(text: str) -> bool:
    """Whether YAML can have a text without escapes, in one line."""
    return not _ESCAPED.search(text) and not re.search(r"[\x00-\x1f]", text)


def is_plain(text: str) -> bool:
    """Whether YAML reads a text without quotes as this very text, also inside of `{…}`."""
    return compose(Source("", "{k: " + text + "}")) == Mapping(((Scalar("k"), Scalar(text)),))
