"""Templates of HTML, filled with values that are escaped."""

from __future__ import annotations

from markupsafe import Markup, escape


def fill(template: str, *values: object) -> Markup:
    """A template with a value at each `{}`; what is no markup is escaped.

    It is `Markup.format` at a fifth of its time: a page of a table has thousands of small elements.
    """
    return Markup(template.format(*map(escape, values)))
