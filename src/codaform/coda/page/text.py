"""What is written on a page's canvas: the face of the modules that keep, read, write and edit its lines."""

from codaform.coda.page.edits import NoSuchElement, carry_out, delete_elements, edit
from codaform.coda.page.html import from_html
from codaform.coda.page.lines import (
    OBJECTS,
    STYLES,
    Content,
    Grid,
    Line,
    Run,
    from_data,
    plain,
    to_data,
    to_items,
)
from codaform.coda.page.markdown import from_markdown
from codaform.coda.page.writing import to_html, to_markdown

__all__ = [
    "OBJECTS",
    "STYLES",
    "Content",
    "Grid",
    "Line",
    "NoSuchElement",
    "Run",
    "carry_out",
    "delete_elements",
    "edit",
    "from_data",
    "from_html",
    "from_markdown",
    "plain",
    "to_data",
    "to_html",
    "to_items",
    "to_markdown",
]
