"""Values beside formulas: what each gives for its table's sample row."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from codaform.diagnostics.diagnostic import errors_in
from codaform.editor.file_context import FileContext
from codaform.editor.sample import explained, shown
from codaform.source import Span


def inlay_hints(file: FileContext, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    """The values of the formulas in a range, each behind its formula. Raises NoSuchPlace."""
    return list(_hints(file, file.document.text.span(params.range)))


def _hints(file: FileContext, asked: Span) -> Iterator[lsp.InlayHint]:
    for formula in file.formulas():
        end = len(formula.text.text.rstrip())
        at = formula.located(Span(end, end)).start
        if not asked.start <= at <= asked.end:
            continue
        bound, said = formula.bound(file.opened.sound.project)
        found = None if errors_in(said) else explained(file.opened.sound, formula, bound)
        if found is None:
            continue
        step, row = found
        yield lsp.InlayHint(
            position=file.range(Span(at, at)).start,
            label=f"= {shown(file.opened.sound, step.value)}",
            tooltip=f"for {row}, the first sample row of {formula.site.table}" if row else None,
            padding_left=True,
        )
