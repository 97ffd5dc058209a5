"""The page of the controls: what each holds, what it is set to at first, what reads it and what sets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from markupsafe import Markup

from codaform.library.function import Control as ControlValue
from codaform.markup.values import shown
from codaform.model.schema import UNSETTABLE, Control, control_column
from codaform.semantics import ir
from codaform.semantics.dependencies import Thing
from codaform.semantics.program import Place, Role
from codaform.site.pages import Page
from codaform.site.tables import blocks, facts, formulas
from codaform.site.tables.grids import look
from codaform.site.tables.places import CONTROLS, anchor, column_place, control_place
from codaform.site.tables.pressing import pressed_on_page
from codaform.site.tables.survey import Survey
from codaform.site.tables.templates import rendered
from codaform.source import Source

ABOUT = "What a person sets or presses on the doc's pages, with what each control starts with and what reads it."


def controls_page(survey: Survey) -> Page:
    """Each control: its type, what it is set to at first, what a button does, and what reads and sets it."""
    told = [_told(survey, one) for one in survey.doc.controls.values()]
    return Page(CONTROLS, "Controls", rendered("doc_controls.md.jinja", about=ABOUT, controls=told), ABOUT)


def _told(survey: Survey, control: Control) -> Mapping[str, object]:
    return {
        "name": control.name,
        "anchor": anchor(control_place(survey.doc, control.name)),
        "about": control.about,
        "type": blocks.paragraph(blocks.joined([*_facts(survey, control)], " · "), "coda-type"),
        "links": _links(survey, control),
        "sections": [*_sections(survey, control)],
    }


def _facts(survey: Survey, control: Control) -> Iterator[Markup]:
    column = control_column(control)
    if control.kind == "button":
        yield Markup('<span class="coda-button">{}</span>').format(control.label or control.name)
        return
    yield Markup("range of dates") if control.kind == "date_range" else facts.type_of(survey.doc, CONTROLS, column)
    if control.kind not in UNSETTABLE:
        value = shown(look(survey.book, CONTROLS), survey.book.named_value(control.name), column)
        yield Markup("set at first to {}").format(value or Markup('<span class="blank">nothing</span>'))


def _links(survey: Survey, control: Control) -> Markup:
    thing = Thing("control", "", control.name)
    lines = (("Read by", formulas.readers(survey, CONTROLS, thing)), ("Set by", _setters(survey, control.name)))
    told = [Markup("<dt>{}</dt><dd>{}</dd>").format(name, said) for name, said in lines if said]
    return blocks.line(Markup('<dl class="coda-links">{}</dl>').format(blocks.joined(told, ""))) if told else Markup()


def _setters(survey: Survey, name: str) -> Markup:
    """Links to the buttons whose action sets a control."""
    found = []
    for place, bound in survey.session.program.formulas.items():
        wanted = (isinstance(part, ir.Constant) and part.value == ControlValue(name) for part in ir.parts(bound.body))
        if place.role == "action" and any(wanted):
            to = (
                column_place(survey.doc, place.table, place.name)
                if place.table
                else control_place(survey.doc, place.name)
            )
            label = f"{place.table}.{place.name}" if place.table else place.name
            found.append(blocks.link(CONTROLS, to, blocks.code(label)))
    return blocks.joined(found)


def _sections(survey: Survey, control: Control) -> Iterator[tuple[str, Markup]]:
    parts: tuple[tuple[str, Role, Source | None], ...] = (
        ("It offers", "choices", control.choices),
        ("When it is pressed", "action", control.action),
        ("It cannot be pressed if", "disable_if", control.disable_if),
    )
    for heading, role, source in parts:
        if source is not None:
            outcome = pressed_on_page(survey, CONTROLS, control.name) if role == "action" else []
            yield heading, formulas.section(survey, CONTROLS, Place(role, "", control.name), source, outcome=outcome)
