"""A workbook with rows of the small doc that the examples of functions and rules speak of."""

from __future__ import annotations

from codaform.evaluation.example_book import example_workbook
from codaform.library.example_doc import DOC, NOW, ROWS, USER

__all__ = ["DOC", "NOW", "ROWS", "USER", "example_workbook"]
