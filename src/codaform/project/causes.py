"""Causes before consequences: reading on as if a slip had not happened, and leaving out what only follows from it."""

from __future__ import annotations

import re
from collections import abc
from collections.abc import Callable, Iterable

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.project import shape_checks, shapes, yaml_text
from codaform.project.yaml_tree import Mapping, Node, Scalar, Sequence, get, items_at
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, is_slip, nearest

NAMELESS = "*"
"""Among doubtful names: that something has no name at all, so that any unknown name may be its."""

Names = abc.Mapping[str, abc.Sequence[tuple[Source, Span]]]
"""Where the doc declares each name."""

_ABOUT_NAMES = frozenset({rules.UNKNOWN_NAME, rules.UNKNOWN_TABLE, rules.UNKNOWN_COLUMN})
_MOST_CAUSES = 20
"""The number of wrong names whose declaration codaform looks for; each costs a look at all names of the doc."""

_ABOUT_OPTIONS = frozenset({rules.UNKNOWN_OPTION, rules.BAD_CELL})


def repaired(node: Node, shape: shapes.Shape) -> Node:
    """A tree with misspelled keys and options corrected as probably meant; the misspellings are reported."""
    match shape, node:
        case shapes.Text(options=options), Scalar(text, span) if options and text not in options:
            close = nearest(text, options) if text else None
            return Scalar(close, span) if close else node
        case shapes.Fields(fields), Mapping(entries, span):
            present = {key.text for key, _ in entries}
            found: list[tuple[Scalar, Node]] = []
            for key, value in entries:
                name = key.text
                if name not in fields:
                    close = nearest(name, fields)
                    if close is None or close in present:
                        continue
                    present.add(close)
                    name = close
                found.append((Scalar(name, key.span), repaired(value, fields[name].shape)))
            return Mapping(tuple(found), span)
        case shapes.Each(item), Sequence(items, span):
            return Sequence(tuple(repaired(part, item) for part in items), span)
        case shapes.Each(shapes.Fields(fields) as item), Mapping(entries, span) if "name" in fields:
            return Sequence(tuple(repaired(_with_its_name(*entry, item), item) for entry in entries), span)
        case shapes.Entries(value_shape), Mapping(entries, span):
            return Mapping(tuple((key, repaired(value, value_shape)) for key, value in entries), span)
        case shapes.Either(options_), _:
            option = next((one for one in options_ if shape_checks.same_kind(one, node)), None)
            return repaired(node, option) if option is not None else node
    return node


def _with_its_name(key: Scalar, value: Node, item: shapes.Fields) -> Mapping:
    """An item of a list, written as an entry of a mapping: `hours: number`, or `hours: {type: number}`."""
    parts = value.entries if isinstance(value, Mapping) else ()
    if isinstance(value, Scalar) and "type" in item.fields:
        parts = ((Scalar("type", value.span), value),)
    return Mapping(((Scalar("name", key.span), key), *parts), value.span)


def declared_names(trees: Iterable[tuple[Source, Node]]) -> dict[str, list[tuple[Source, Span]]]:
    """Where doc.yml and the files of the tables declare names."""
    found: dict[str, list[tuple[Source, Span]]] = {}
    for source, tree in trees:
        things = (node for key in ("columns", "views", "formulas", "controls") for node in items_at(tree, key))
        for node in things:
            for scalar in (get(node, "name"), *items_at(node, "options")):
                if isinstance(scalar, Scalar):
                    found.setdefault(scalar.text, []).append((source, scalar.span))
    return found


def misspelled_names(
    found: Iterable[Diagnostic], names: Names, texts: Callable[[], Iterable[str]]
) -> dict[str, Diagnostic]:
    """By the wrong name that several findings are about: that the declaration of nearly that name is misspelled.

    It is where the doc has its name nowhere else: a name that two places share is a name, and one that is declared and
    never said is a slip, or was changed without what says it.

    names: Where the doc declares each name. texts: All files of the project.
    """
    suggested: dict[str, list[str]] = {}
    for one in found:
        if wrong := _wrong_name(one):
            suggested.setdefault(wrong, []).append(_suggested(one))
    frequent = sorted((wrong for wrong in suggested if len(suggested[wrong]) > 1), key=lambda one: -len(suggested[one]))
    whole = "\n".join(texts()) if frequent else ""
    causes: dict[str, Diagnostic] = {}
    for wrong in frequent[:_MOST_CAUSES]:
        for close in (name for name in names if name in suggested[wrong] or (len(wrong) > 3 and is_slip(wrong, name))):
            said = re.findall(rf"(?<!\w){re.escape(close)}(?!\w)", whole, re.IGNORECASE)
            if len(names[close]) == len(said) == 1:
                ((source, span),) = names[close]
                count = len(suggested[wrong])
                message = f"{close} is named nowhere else, and {count} places name {wrong}, which is not there"
                help = f"{did_you_mean(wrong)} codaform rename changes a name in all places"
                fix = Fix(f"write {wrong}", (Edit(span, yaml_text.scalar(wrong)),), safe=False)
                causes[wrong.casefold()] = Diagnostic(rules.MISSPELLED_NAME, message, source, span, help, fix)
    return causes


def without_consequences(
    found: Iterable[Diagnostic], doubtful: frozenset[str], lost: Iterable[Source] = ()
) -> list[Diagnostic]:
    """The findings without those about names that another finding explains.

    doubtful: The names, in small letters, of things that exist but could not be read. lost: The files of tables, and
    the doc.yml, that could not be read at all.
    """
    texts = [source.text.casefold() for source in lost]
    return [one for one in found if not _follows(one, doubtful) and not _is_in_a_lost_file(one, texts)]


def _is_in_a_lost_file(finding: Diagnostic, texts: abc.Sequence[str]) -> bool:
    """Whether a lost file probably has the name that a finding is about: its text does, or the name is no mere slip.

    texts: The texts of the lost files, in small letters. The columns of a table that was read are known in any case.
    """
    if not texts or finding.rule not in (rules.UNKNOWN_NAME, rules.UNKNOWN_TABLE):
        return False
    name = _wrong_name(finding)
    within = re.compile(rf"(?<!\w){re.escape(name.casefold())}(?!\w)")
    return not is_slip(name, _suggested(finding)) or any(within.search(text) for text in texts)


def _follows(finding: Diagnostic, doubtful: frozenset[str]) -> bool:
    wrong = _wrong_name(finding).casefold()
    return bool(wrong) and (wrong in doubtful or (NAMELESS in doubtful and finding.rule not in _ABOUT_OPTIONS))


def _suggested(finding: Diagnostic) -> str:
    """The name that a finding suggests; empty if it suggests none."""
    hint = re.search(r"did you mean (.+)\?$", finding.help or finding.message)
    return hint[1] if hint else ""


def _wrong_name(finding: Diagnostic) -> str:
    """The name that a finding says is not there; empty where it is about something else."""
    if finding.rule in _ABOUT_OPTIONS:
        option = re.match(r'"?(.+?)"? is no option of ', finding.message)
        return option[1] if option else ""
    of_header = finding.rule == rules.BAD_CSV and " has no column " in finding.message
    if finding.rule not in _ABOUT_NAMES and not of_header:
        return ""
    return finding.source.text[finding.span.start : finding.span.end].strip("\"'[]@")
