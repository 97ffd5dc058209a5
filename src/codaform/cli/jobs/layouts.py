"""Formula files in their canonical layout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from codaform.cli.output.terminal import harmless, painted
from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.library import catalogue
from codaform.model import unexpected
from codaform.project.files import CannotRead
from codaform.source import Source, Span
from codaform.syntax.parser import MAX_LENGTH, parse
from codaform.syntax.printer import show


def formula_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The .coda files that paths are or hold, each once; hidden folders are passed over. Raises CannotRead."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = _below(path)
        elif not path.exists():
            raise CannotRead(f"{path} does not exist")
        elif path.suffix != ".coda":
            raise CannotRead(f"{path} is no .coda file")
        else:
            found = iter((path,))
        for file in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for where, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        yield from (Path(where, name) for name in sorted(names) if name.endswith(".coda"))


def laid_out(source: Source) -> tuple[str | None, Sequence[Diagnostic]]:
    """The text of a formula file in its canonical layout, or why it has none."""
    tree, found = parse(source)
    if tree is None:
        return None, found
    try:
        after = show(tree, spelling=catalogue.spelling()) + "\n"
        if len(after) > MAX_LENGTH:
            return None, (
                _left(rules.TOO_LARGE, source, f"laid out, the formula would have {len(after):,} characters"),
            )
        kept = after == source.text or _meaning(after) == _meaning(source.text)
    except Exception as error:
        return None, (_left(rules.INTERNAL_ERROR, source, unexpected.told(error)),)
    if not kept:
        return None, (_left(rules.INTERNAL_ERROR, source, "internal error: the layout does not keep the meaning"),)
    return after, ()


def _left(rule: Rule, source: Source, why: str) -> Diagnostic:
    help = unexpected.REPORT if rule is rules.INTERNAL_ERROR else f"{MAX_LENGTH:,} is the most that is read"
    return Diagnostic(rule, f"{why}; the file is left as it is", source, Span(0, 0), help)


def _meaning(text: str) -> tuple[object, list[str]] | None:
    """What a layout has to keep: the tree, but for the spelling of functions, and the comments."""
    tree, _ = parse(Source("", text.lower()))
    return None if tree is None else (tree.expression, [comment.text for comment in tree.comments])


def difference(source: Source, after: str) -> str:
    """What changes, as a unified diff."""
    import difflib

    lines = difflib.unified_diff(
        source.text.splitlines(), after.splitlines(), source.name, f"{source.name} (laid out)", lineterm=""
    )
    return "\n".join(_painted(harmless(line)) for line in lines)


def _painted(line: str) -> str:
    match line[:1]:
        case "+":
            return painted(line, sys.stdout, fg="green")
        case "-":
            return painted(line, sys.stdout, fg="red")
        case "@":
            return painted(line, sys.stdout, fg="cyan")
    return line
