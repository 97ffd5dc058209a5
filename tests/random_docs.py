"""Random small docs, and random other ones to bring them to."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from codaform.model.schema import Column, Doc, NamedFormula, Table, View
from codaform.source import Source
from columns import formats

TABLES = ("Tasks", "Sprints", "my people")
NAMES = ("Name", "Hours", "Start day", "Status", "Owner")
KINDS = ("text", "number", "date", "checkbox", "duration", "person")
SHOWN = ("number", "percent", "currency", "date", "datetime", "time", "slider", "progress", "scale", "email", "link")
"""Kinds of columns that have a format."""
FORMULAS = (
    "thisRow.Name",
    "1 + 2",
    "thisTable.Count()",
    "Tasks.Count()",
    "Tasks.Filter(CurrentValue.Name = thisRow.Name)",
)


def _formula(draw: st.DrawFn, texts: tuple[str, ...] = FORMULAS) -> Source:
    return Source("drawn", draw(st.sampled_from(texts)))


@st.composite
def columns(draw: st.DrawFn, name: str, tables: list[str]) -> Column:
    """A column of any sort that a folder can have."""
    match draw(st.sampled_from(("plain", "plain", "shown", "select", "relation", "formula", "button", "system"))):
        case "select":
            options = draw(st.lists(st.sampled_from(("Open", "Done", "Off")), min_size=1, unique=True))
            return Column(name, "select", many=draw(st.booleans()), options=tuple(options))
        case "shown":
            kind = draw(st.sampled_from(SHOWN))
            return Column(name, kind, format=draw(formats(kind, by_tools=True)))
        case "relation":
            return Column(name, "relation", to=draw(st.sampled_from(tables)), many=draw(st.booleans()))
        case "formula":
            return Column(name, draw(st.sampled_from(("number", "text"))), formula=_formula(draw))
        case "button":
            disabled = _formula(draw, ("true", "thisRow.Name.IsBlank()")) if draw(st.booleans()) else None
            action = _formula(draw, ("thisTable.AddRow()", 'OpenWindow("https://example.com")'))
            return Column(name, "button", label=draw(st.sampled_from(("", "Go"))), action=action, disable_if=disabled)
        case "system":
            return Column(name, draw(st.sampled_from(("created_on", "row_id", "modified_by"))))
    default = _formula(draw, ("1", '"x"', "Today()")) if draw(st.booleans()) else None
    about = draw(st.sampled_from(("", "", "What it is.", "Something else.")))
    return Column(name, draw(st.sampled_from(KINDS)), about=about, default=default)


@st.composite
def docs(draw: st.DrawFn) -> Doc:
    """A doc of up to three tables, with views and named formulas."""
    # What the formulas name is always there.
    names = [TABLES[0], *draw(st.lists(st.sampled_from(TABLES[1:]), unique=True, max_size=2))]
    tables: dict[str, Table] = {}
    for name in names:
        called = draw(st.permutations([NAMES[0], *draw(st.lists(st.sampled_from(NAMES[1:]), unique=True))]))
        made = [draw(columns(column, names)) for column in called]
        # A button shows nothing, so a row is not displayed as one where there is anything else.
        display = draw(st.sampled_from([column.name for column in made if column.kind != "button"] or called))
        by_name = {column.name: replace(column, display=column.name == display) for column in made}
        shown = draw(st.lists(st.sampled_from(called), unique=True))
        view = View(
            f"{name} view",
            name,
            filter=_formula(draw, ("true", "thisRow.Name.IsNotBlank()")) if draw(st.booleans()) else None,
            sort=draw(st.sampled_from(("", *called))),
            descending=draw(st.booleans()),
            columns=() if shown == called else tuple(shown),
        )
        tables[name] = Table(name, by_name, views=(view,) if draw(st.booleans()) else ())
    formulas = {
        name: NamedFormula(name, "number", _formula(draw, ("1", "1 + 2", "Tasks.Count()")))
        for name in draw(st.lists(st.sampled_from(("total", "goal")), unique=True))
    }
    return Doc("Random", tables, formulas)
