"""Formulas in their canonical layout, in files of their own and in YAML."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from string import ascii_lowercase, ascii_uppercase

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.library import catalogue
from codaform.model import unexpected
from codaform.project import yaml_text
from codaform.project.files import CannotRead, read_alone
from codaform.project.inline import WIDE, YamlPassage, passages
from codaform.project.shapes import DOC, TABLE, Shape
from codaform.source import Source, Span
from codaform.syntax.parser import MAX_LENGTH, parse
from codaform.syntax.printer import WIDTH, show

_SHAPES = {"doc.yml": DOC, "table.yml": TABLE}
"""The YAML files that may contain formulas."""


def formula_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files with formulas that paths are or contain, each once; hidden folders are skipped. Raises CannotRead.

    These are .coda files, and the doc.yml and table.yml that contain formulas or are named.
    """
    seen: set[str] = set()
    for path in paths:
        if path.is_dir():
            found = _below(path)
        elif not path.exists():
            raise CannotRead(f"{path} does not exist")
        elif path.suffix != ".coda" and path.name not in _SHAPES:
            raise CannotRead(f"{path} is no file with formulas: those are .coda files, doc.yml and table.yml")
        else:
            found = iter((path,))
        for file in found:
            place = os.path.realpath(file)  # `resolve` ends in an exception where links lead in a circle
            if place not in seen:
                seen.add(place)
                yield file


def _below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for path in (Path(where, name) for name in sorted(names)):
            if path.suffix == ".coda" or (path.name in _SHAPES and _has_formulas(path)):
                yield path


def _has_formulas(path: Path) -> bool:
    """Whether a YAML file contains formulas. What is wrong with the file itself, `check` says."""
    source, problems = read_alone(path)
    found = passages(source, _SHAPES[path.name]) if not problems else ()
    return not isinstance(found, Diagnostic) and bool(found)


def laid_out(source: Source) -> tuple[str | None, Sequence[Diagnostic]]:
    """The text of a file with formulas in its canonical layout, or why it has none."""
    name = PurePath(source.name).name
    if name in _SHAPES:
        return _laid_out_yaml(source, _SHAPES[name])
    after, found = _laid_out_formula(source, WIDTH)
    return None if after is None else f"{after}\n", found


def _laid_out_yaml(source: Source, shape: Shape) -> tuple[str | None, Sequence[Diagnostic]]:
    """The text of a YAML file with each formula of one line in its canonical layout; all else stays as it is."""
    formulas = passages(source, shape)
    if isinstance(formulas, Diagnostic):
        return None, (formulas,)
    failed: list[Diagnostic] = []
    wanted: list[str] = []
    text, at = "", 0
    for formula in formulas:
        after, found = _laid_out_formula(formula, WIDE)
        if after is None:
            failed.extend(found)
            continue
        stays = "\n" in formula.text or "\n" in after or not yaml_text.is_printable(after)
        wanted.append(formula.text if stays else after)
        if wanted[-1] != formula.text and isinstance(formula.passage, YamlPassage):
            span = formula.passage.span
            text += source.text[at : span.start] + formula.passage.respelled(after)
            at = span.end
    if failed:
        return None, failed
    text += source.text[at:]
    again = passages(Source(source.name, text), shape)
    if isinstance(again, Diagnostic) or [formula.text for formula in again] != wanted:
        return None, (_left(rules.INTERNAL_ERROR, source, "internal error: the layout does not keep the formulas"),)
    return text, ()


def _laid_out_formula(source: Source, width: int) -> tuple[str | None, Sequence[Diagnostic]]:
    tree, found = parse(source)
    if tree is None:
        return None, found
    try:
        after = show(tree, width, catalogue.spelling())
        if len(after) >= MAX_LENGTH:
            return None, (
                _left(rules.TOO_LARGE, source, f"laid out, the formula would have {len(after):,} characters"),
            )
        kept = after == source.text or _meaning(after) == _meaning(source.text)
    except Exception as error:
        return None, (_left(rules.INTERNAL_ERROR, source, unexpected.describe(error)),)
    if not kept:
        return None, (_left(rules.INTERNAL_ERROR, source, "internal error: the layout does not keep the meaning"),)
    return after, ()


def _left(rule: Rule, source: Source, why: str) -> Diagnostic:
    help = unexpected.REPORT if rule is rules.INTERNAL_ERROR else f"{MAX_LENGTH:,} is the most that is read"
    return Diagnostic(rule, f"{why}; the file is left as it is", source, Span(0, 0), help)


_LOWERED = str.maketrans(ascii_uppercase, ascii_lowercase)
"""The names of functions are letters of ASCII; others change their number where they get another case."""


def _meaning(text: str) -> tuple[object, list[str]] | None:
    """The meaning that a layout must keep: the tree, except the spelling of functions, and the comments."""
    tree, _ = parse(Source("", text.translate(_LOWERED)))
    return None if tree is None else (tree.expression, [comment.text for comment in tree.comments])
