"""The signatures of the function whose arguments are being typed."""

from __future__ import annotations

from lsprotocol import types as lsp

from codaform.editor.completing import FormulaText
from codaform.editor.file_context import FileContext
from codaform.library import catalogue
from codaform.library.function import Function
from codaform.semantics.calls import signature


def signature_help(file: FileContext, position: lsp.Position) -> lsp.SignatureHelp | None:
    """The overloads of the innermost function that is being called, with the parameter at the position."""
    place = file.formula_at(position)
    if place is None:
        return None
    text = FormulaText(place.formula.text.text, place.at)
    for parenthesis, commas in text.calls():
        if parenthesis == 0:
            continue
        functions = catalogue.find(text.word(parenthesis - 1))
        if functions and text.before[parenthesis - 1].kind in ("name", "keyword"):
            number = commas + (parenthesis > 1 and text.word(parenthesis - 2) == ".")
            return _help(functions, number)
    return None


def _help(functions: tuple[Function, ...], number: int) -> lsp.SignatureHelp:
    fitting = next((at for at, one in enumerate(functions) if _parameter(one, number) is not None), 0)
    return lsp.SignatureHelp(
        [_signature(one, number) for one in functions],
        active_signature=fitting,
        active_parameter=_parameter(functions[fitting], number),
    )


def _parameter(function: Function, number: int) -> int | None:
    """The parameter that an argument belongs to; a repeated one takes all that follow, even the last."""
    repeated = next((at for at, one in enumerate(function.params) if one.repeats), number)
    return min(number, repeated) if min(number, repeated) < len(function.params) else None


def _signature(function: Function, number: int) -> lsp.SignatureInformation:
    label = signature(function)
    parameters: list[lsp.ParameterInformation] = []
    at = label.index("(") + 1
    for parameter in function.params:
        start = label.index(parameter.name, at)
        at = start + len(parameter.name)
        parameters.append(lsp.ParameterInformation((start, at), parameter.about or None))
    return lsp.SignatureInformation(label, function.summary, parameters, _parameter(function, number))
