"""The settings of `doc.yml`: time zone, clock and environments; whatever is wrong with them is reported."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.model.schema import Assumptions, Doc
from codaform.project import shapes, yaml_tree
from codaform.project.cells import BadCell, read_moment
from codaform.project.file_reader import FileReader
from codaform.project.lint import BUDGET, JUDGEMENTS, unknown_names
from codaform.project.project import Environment
from codaform.project.yaml_tree import Node, Scalar
from codaform.source import Source
from codaform.spelling import did_you_mean, nearest


def time_zone(reader: FileReader, top: Node, source: Source) -> str:
    """The time zone; UTC where none is named, or one that does not exist."""
    found = yaml_tree.get(top, "time_zone")
    if not isinstance(found, Scalar):
        return "UTC"
    try:
        ZoneInfo(found.text)
    except (ValueError, OSError, KeyError):
        from zoneinfo import available_timezones

        close = nearest(found.text, sorted(available_timezones()))
        help = did_you_mean(close, "a time zone is named like Europe/Berlin")
        reader.say(rules.WRONG_SHAPE, f"there is no time zone {found.text}", source, found.span, help)
        return "UTC"
    return found.text


def assumptions(top: Node, lost: bool) -> Assumptions:
    """What the doc takes for true where makers saw Coda do otherwise; the default for what is not said or not known.

    lost: Whether doc.yml could not be read; then nobody knows what it states, so nothing is said of doubts.
    """
    said = yaml_tree.get(top, "assume")
    chosen: dict[str, Any] = {}
    for known in shapes.ASSUMPTIONS:
        text = "" if said is None else yaml_tree.text_at(said, known)
        if text in shapes.ASSUMPTIONS[known]:
            chosen[known] = text
    return Assumptions(**chosen, stated=tuple(sorted(shapes.ASSUMPTIONS if lost else chosen)))


def lint(reader: FileReader, top: Node, source: Source) -> dict[str, str]:
    """What the doc makes of rules and families of advice, by name: a severity, or `ignore`. Of `budget`, the number."""
    found = {
        key.text: (key, node.text)
        for key, node in yaml_tree.entries(yaml_tree.get(top, "lint"))
        if isinstance(node, Scalar)
    }
    budget = found.pop(BUDGET, None)
    for name, help in unknown_names([*found]):
        key, _ = found.pop(name)
        reader.say(rules.WRONG_SHAPE, f"there is no rule or family {name}", source, key.span, help)
    judged = {name: said for name, (_, said) in found.items() if said in JUDGEMENTS}
    known = budget is not None and re.fullmatch(shapes.COUNT.pattern, budget[1]) is not None
    return judged | ({BUDGET: budget[1]} if budget is not None and known else {})


def clock(reader: FileReader, top: Node, source: Source, doc: Doc) -> str:
    """The moment of local runs, as written; empty for the real one."""
    found = yaml_tree.get(top, "clock")
    if not isinstance(found, Scalar) or not re.fullmatch(shapes.MOMENT.pattern, found.text):
        return ""
    try:
        read_moment(found.text, ZoneInfo(doc.time_zone))
    except BadCell as problem:
        reader.say(rules.BAD_CELL, str(problem), source, found.span)
        return ""
    return found.text


def environments(reader: FileReader, top: Node, source: Source) -> dict[str, Environment]:
    """The docs in Coda that the project is brought to, by name."""
    found: dict[str, Environment] = {}
    for key, node in yaml_tree.entries(yaml_tree.get(top, "environments")):
        if key.text == "local":
            message = "the environment local is the local Coda, and is always there"
            reader.say(rules.CONTRADICTION, message, source, key.span, "give it another name")
        elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", key.text):
            message = f"{key.text or 'an empty text'} is no name of an environment"
            help = "it is made of letters, digits, _ and -, since variables for tokens are named after it"
            reader.say(rules.WRONG_SHAPE, message, source, key.span, help)
        else:
            found[key.text] = Environment(key.text, yaml_tree.text_at(node, "doc"), yaml_tree.text_at(node, "host"))
    return found
