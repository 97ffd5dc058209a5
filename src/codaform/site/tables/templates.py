"""The templates of a doc's pages: every value becomes text of HTML or Markdown, but for what is marked up already."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from codaform.site import markdown
from codaform.site.tables import blocks


def rendered(template: str, **values: object) -> str:
    """The Markdown that a template gives. values: Text; Markup is what stands in the page as it is."""
    return blocks.writable(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("codaform.site", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # A paragraph or a heading of plain text: Markdown without any markup but code between backticks.
    environment.filters["plain"] = lambda text: Markup(markdown.escaped(text))
    return environment
