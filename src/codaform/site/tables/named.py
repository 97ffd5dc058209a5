"""The page of the named formulas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from codaform.model.schema import NamedFormula, formula_column
from codaform.semantics.dependencies import Thing
from codaform.semantics.program import Place
from codaform.site.pages import Page
from codaform.site.tables import blocks, facts, formulas
from codaform.site.tables.places import FORMULAS, anchor, formula_place
from codaform.site.tables.survey import Survey
from codaform.site.tables.templates import rendered

ABOUT = "The formulas that stand on the doc's pages and are known everywhere by their names, with what they give now."


def formulas_page(survey: Survey) -> Page:
    """Each named formula: its text, its words, its value now, what it reads and what reads it."""
    text = rendered(
        "doc_formulas.md.jinja", about=ABOUT, formulas=[_told(survey, one) for one in survey.doc.formulas.values()]
    )
    return Page(FORMULAS, "Named formulas", text, ABOUT)


def _told(survey: Survey, named: NamedFormula) -> Mapping[str, object]:
    thing = Thing("named", "", named.name)
    column = formula_column(named)
    needs = survey.needs.get(thing)
    said = [blocks.code(PurePath(named.formula.name).name), facts.type_of(survey.doc, FORMULAS, column)]
    if needs is not None and needs.volatile:
        said.append(blocks.mark("volatile", facts.VOLATILE))
    return {
        "name": named.name,
        "anchor": anchor(formula_place(survey.doc, named.name)),
        "about": named.about,
        "type": blocks.paragraph(blocks.joined(said, " · "), "coda-type"),
        "formula": formulas.section(survey, FORMULAS, Place("named", "", named.name), named.formula, thing),
    }
