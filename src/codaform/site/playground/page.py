"""The page of the playground: a field for a formula, a choice of rows, formulas to begin with."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from codaform.model.notation import notate
from codaform.project.session import Session
from codaform.site.markdown import escaped
from codaform.site.pages import Page, relative
from codaform.site.playground.examples import examples
from codaform.site.playground.trying import MOST_LETTERS, MOST_ROWS
from codaform.site.playground.vendored import install_command

PATH = "playground.md"
SCRIPTS = "assets/codaform/playground/"
"""Where the scripts of the page stand, below the docs and in the built site."""


def playground_page(session: Session) -> Page:
    """The page; it is the same whether the site is built with Python for the browser or without it."""
    environment = Environment(
        loader=PackageLoader("codaform.site", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # it is Markdown: every value goes through a filter
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(escaped=escaped, html=_html)
    doc = session.book.doc
    text = environment.get_template("playground.md.jinja").render(
        name=doc.name,
        script=relative(PATH, f"{SCRIPTS}page.js"),
        tables=list(doc.tables),
        examples=examples(session),
        clock=notate(session.now, session.book) if session.project.clock else "",
        install=install_command(),
        most=MOST_LETTERS,
        most_rows=MOST_ROWS,
    )
    about = f"Type a formula and see what it gives on the sample rows of {' '.join(doc.name.split())}."
    return Page(PATH, "Playground", text, about)


def _html(text: object) -> Markup:
    """A value inside of HTML, on one line: an empty line would end the block."""
    return Markup(str(escape(str(text))).replace("\n", "&#10;").replace("\r", "&#13;"))
