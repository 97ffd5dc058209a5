"""All pages that tell of a project's doc."""

from __future__ import annotations

from collections.abc import Iterable

from codaform.project.session import Session
from codaform.project.suite import Outcome
from codaform.site.pages import Page
from codaform.site.tables.controls import controls_page
from codaform.site.tables.expectations import tests_page
from codaform.site.tables.named import formulas_page
from codaform.site.tables.overview import overview_page
from codaform.site.tables.survey import survey
from codaform.site.tables.tables import table_page


def doc_pages(session: Session, functions: str = "", outcomes: Iterable[Outcome] | None = None) -> list[Page]:
    """The overview, a page for each table, the named formulas, the controls, and what must hold; for any project, also
    a faulty one.

    functions: The path of the folder of codaform's function pages below the docs; empty where the site has none.
    outcomes: What came of the project's data tests, cases and scenarios, to be told with them. Data tests are told with
    what comes of them on the sample rows in any case.
    """
    known = survey(session, functions, outcomes)
    tables = [table_page(known, table) for table in known.doc.tables.values()]
    controls = [controls_page(known)] if known.doc.controls else []
    return [overview_page(known), *tables, formulas_page(known), *controls, tests_page(known)]
