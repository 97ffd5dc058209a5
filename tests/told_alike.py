"""What formulas and regular expressions give, told as JSON: run here and in WebAssembly, to be compared."""

from __future__ import annotations

import json
from typing import Any

from codaform.evaluation.workbook import Workbook
from codaform.library.regular_expressions import found, read, replace
from codaform.model.budget import Budget
from codaform.model.notation import notate
from codaform.model.values import EvaluationError
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source
from example_doc import DOC, example_workbook


def told(asked: str) -> str:
    """Of `{"formulas": [text], "expressions": [[pattern, flags, text]]}` the values and the matches, in order."""
    wanted = json.loads(asked)
    book = example_workbook()
    values = [_value(book, formula) for formula in wanted["formulas"]]
    matches = [_matches(*expression) for expression in wanted["expressions"]]
    return json.dumps([values, matches])


def _value(book: Workbook, formula: str) -> str:
    bound, _ = bind_site(DOC, FormulaSite("named", "", "example"), Source("example", formula), None)
    return notate(book.evaluate(bound), book)


def _matches(pattern: str, flags: str, text: str) -> Any:
    try:
        expression = read(pattern, flags)
        matches = [list(match) for match in found(expression, text, Budget())]
        return [matches, replace(expression, text, "<$1$&>", 100_000, Budget())]
    except EvaluationError:
        return "no expression"
