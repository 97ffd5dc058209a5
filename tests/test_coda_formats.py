"""The format of a column, in the REST API's words and in the tools', and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.coda.wire import ids
from codaform.coda.wire.formats import PEOPLE, format_from_rest, format_to_rest
from codaform.coda.wire.tool_formats import (
    COLOURS,
    DATE_PATTERNS,
    TIME_PATTERNS,
    format_from_tool,
    format_to_tool,
    has_tool_format,
)
from codaform.model.formats import ICONS, Format, short_format, split_pattern
from codaform.model.moment import has_token
from codaform.model.schema import COLUMN_TYPES, Column
from codaform.source import Source
from columns import short
from wire import SHARED, conforms_as_format, name_of, reference

TASKS = ids.stable("table", "Tasks")

SAME_IN_REST = sorted(set(COLUMN_TYPES) - {"created_on", "created_by", "modified_on", "modified_by", "row_id"})
"""Kinds that come back unchanged; Coda fills the others, and gives the type of their values."""

HARD = sorted({"duration", "image", "file", "other", "pack_object"})
"""What the tools have no format for."""


def column(kind: str, **more: Any) -> Column:
    more.setdefault("to", "Tasks" if kind == "relation" else "")
    return Column("Status", kind, **more)


def table_id(name: str) -> str:
    return ids.stable("table", name)


def rebuilt(fields: dict[str, object]) -> Column:
    return replace(Column("Status", "text"), **fields)  # type: ignore[arg-type]


# ---------------------------------------------------------------- REST


@pytest.mark.slow
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("kind", COLUMN_TYPES)
def test_every_kind_has_a_valid_format(kind: str, many: bool) -> None:
    shape = format_to_rest(column(kind, many=many), {}, reference)
    conforms_as_format(shape)
    assert shape["isArray"] is (many or kind == "reaction")


@pytest.mark.parametrize("kind", SAME_IN_REST)
def test_kind_survives(kind: str) -> None:
    shape = format_to_rest(column(kind), {}, reference)
    fields, settings = format_from_rest(shape, name_of)
    assert fields["kind"] == kind
    assert format_to_rest(rebuilt(fields), settings, reference) == shape


def test_settings_are_shown_and_read_back() -> None:
    cases: list[tuple[Column, dict[str, object], dict[str, object]]] = [
        (column("number", format=short("number", "0.00")), {}, {"precision": 2, "useThousandsSeparator": False}),
        (column("number", format=short("number", "#,##0.0")), {}, {"precision": 1, "useThousandsSeparator": True}),
        (column("number", format=Format(precision=4)), {}, {"precision": 4}),
        (column("percent", format=short("percent", "0%")), {}, {"precision": 0}),
        (
            column("currency", format=Format(currency="EUR", precision=2, style="accounting")),
            {},
            {"currencyCode": "EUR", "precision": 2, "format": "accounting"},
        ),
        (column("date", format=short("date", "YYYY-MM-DD")), {}, {"format": "YYYY-MM-DD"}),
        (
            column("datetime", format=short("datetime", "YYYY-MM-DD HH:mm")),
            {},
            {"dateFormat": "YYYY-MM-DD", "timeFormat": "HH:mm"},
        ),
        (column("time", format=short("time", "HH:mm")), {}, {"format": "HH:mm"}),
        (column("duration", format=Format(unit="hours", precision=2)), {}, {"maxUnit": "hours", "precision": 2}),
        (
            column("slider", format=Format(minimum=1.0, maximum="2 * 5")),
            {},
            {"minimum": 1, "maximum": "2 * 5", "step": 1},
        ),
        (column("progress"), {}, {"type": "slider", "displayType": "progress"}),
        (column("scale", format=Format(maximum=3, icon="fire")), {}, {"maximum": 3, "icon": "fire"}),
        (column("toggle"), {}, {"type": "checkbox", "displayType": "toggle"}),
        (
            column("image", format=Format(width=40.0, height="thisRow.Height")),
            {},
            {"type": "imageReference", "width": 40},
        ),
    ]
    for given_column, settings, expected in cases:
        shape = format_to_rest(given_column, settings, reference)
        assert {name: shape.get(name) for name in expected} == expected
        conforms_as_format(shape)
        fields, read = format_from_rest(shape, name_of)
        assert format_to_rest(rebuilt(fields), read, reference) == shape


def test_format_of_the_column_comes_back() -> None:
    for kind, pattern in (
        ("number", "0.00"),
        ("number", "#,##0"),
        ("percent", "0.0%"),
        ("date", "YYYY"),
        ("time", "H:mm"),
    ):
        fields, _ = format_from_rest(format_to_rest(column(kind, format=short(kind, pattern)), {}, reference), name_of)
        assert fields["format"] == short(kind, pattern)


def test_select_has_its_options_and_colours() -> None:
    shape = format_to_rest(
        column("select", options=("Planned", "Done")), {"colors": {"Done": {"backgroundColor": "#cfc"}}}, reference
    )
    assert shape["options"] == [{"name": "Planned"}, {"name": "Done", "backgroundColor": "#cfc"}]
    fields, settings = format_from_rest(shape, name_of)
    assert fields["options"] == ("Planned", "Done")
    assert format_to_rest(rebuilt(fields), settings, reference) == shape


def test_relation_and_person_name_their_table() -> None:
    assert format_to_rest(column("relation", many=True), {}, reference)["table"] == reference("Tasks")
    assert format_to_rest(column("person"), {}, reference)["table"] == reference(PEOPLE)
    assert format_to_rest(column("relation", to=""), {}, reference) == {"type": "other", "isArray": False}


def test_button_has_its_texts() -> None:
    button = column("button", label="Start", action=Source("a", "thisRow.Go()"), disable_if=Source("d", "thisRow.Done"))
    shape = format_to_rest(button, {}, reference, lambda text: text.removeprefix("thisRow."))
    assert shape == {"type": "button", "isArray": False, "label": "Start", "disableIf": "Done", "action": "Go()"}
    fields, _ = format_from_rest(shape, name_of)
    assert fields["label"] == "Start"
    assert fields["action"] == Source("action", "Go()")
    assert fields["disable_if"] == Source("disable_if", "Done")


def test_missing_is_array_is_no() -> None:
    fields, _ = format_from_rest({"type": "select"}, name_of)
    assert (fields["kind"], fields["many"], fields["options"]) == ("select", False, ())


@pytest.mark.parametrize("shape", [{}, {"type": "sprocket"}, {"type": None}, {"type": "lookup", "isArray": False}])
def test_unknown_format_is_refused(shape: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        format_from_rest(shape, name_of)


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("YYYY-MM-DD HH:mm", ("YYYY-MM-DD", "HH:mm")),
        ("MMM D, YYYY, h:mm A", ("MMM D, YYYY", "h:mm A")),
        ("h:mm A", ("", "h:mm A")),
        ("LL LT", ("LL", "LT")),
        ("MMMM D", ("MMMM D", "")),
        ("", ("", "")),
    ],
)
def test_pattern_of_date_and_time_has_two_parts(pattern: str, parts: tuple[str, str]) -> None:
    assert split_pattern(pattern) == parts


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [
        *("precision", "useThousandsSeparator", "currencyCode", "format", "dateFormat", "timeFormat", "maxUnit"),
        *("display", "autocomplete", "force", "minimum", "maximum", "step", "showValue", "icon", "width", "height"),
        *("style", "displayType", "colors", "isArray", "options", "label", "disableIf", "action", "table"),
    ]
)


@given(st.sampled_from(sorted(COLUMN_TYPES)), st.dictionaries(MEMBERS, JSON, max_size=4), st.text(max_size=12))
def test_any_settings_give_a_valid_format(kind: str, settings: dict[str, object], pattern: str) -> None:
    shape = format_to_rest(
        column(kind, format=short_format(kind, pattern) or Format(date=pattern)), settings, reference
    )
    conforms_as_format(shape)


@given(st.sampled_from(sorted(COLUMN_TYPES)), st.dictionaries(MEMBERS, JSON, max_size=4))
def test_any_format_is_read_or_refused(kind: str, members: dict[str, object]) -> None:
    shape = format_to_rest(column(kind), {}, reference) | members
    try:
        fields, settings = format_from_rest(shape, name_of)
    except (ValueError, KeyError):
        assert kind == "relation"
        return
    again = format_to_rest(rebuilt(fields), settings, reference)
    conforms_as_format(again)


# ---------------------------------------------------------------- the tools


def recorded_formats() -> Iterator[dict[str, Any]]:
    """The schema of a column's format, as the vendor's tools were recorded."""
    file = SHARED / "mcp-tools.json"
    if not file.is_file():
        pytest.skip("the vendor's tools do not lie beside the checkout")
    tools = {tool["name"]: tool for tool in json.loads(file.read_text("utf-8"))["tools"]}
    columns = tools["table_create"]["inputSchema"]["properties"]["columns"]
    yield columns["items"]["properties"]["format"]


def accepted(shape: Mapping[str, object]) -> None:
    (schema,) = recorded_formats()
    jsonschema.validate(shape, schema)
    (own,) = (part for part in schema["anyOf"] if shape["type"] in _types(part))
    assert set(shape) <= set(own["properties"])


def _types(part: dict[str, Any]) -> list[str]:
    kind = part["properties"]["type"]
    return kind["enum"] if "enum" in kind else [kind["const"]]


@pytest.mark.slow
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("kind", sorted(set(COLUMN_TYPES) - set(HARD)))
def test_tools_take_their_own_format(kind: str, many: bool) -> None:
    accepted(format_to_tool(column(kind, many=many, options=("A",)), {}, table_id))


@pytest.mark.parametrize("kind", sorted(set(SAME_IN_REST) - set(HARD)))
def test_kind_survives_the_tools(kind: str) -> None:
    shape = format_to_tool(column(kind, many=kind in ("select", "relation")), {}, table_id)
    fields, settings = format_from_tool(shape, name_of)
    assert fields["kind"] == kind
    assert format_to_tool(rebuilt(fields), settings, table_id) == shape


def test_what_tools_cannot_express_reads_as_in_rest() -> None:
    assert sorted(kind for kind in COLUMN_TYPES if not has_tool_format(column(kind))) == HARD
    assert format_to_tool(column("duration"), {}, table_id) == format_to_rest(column("duration"), {}, reference)
    with pytest.raises(ValueError, match="duration"):
        format_from_tool({"type": "duration"}, name_of)


@pytest.mark.parametrize("name", DATE_PATTERNS)
def test_date_formats_come_back_by_name(name: str) -> None:
    for shape in ({"type": "dp", "format": name}, {"type": "dt", "dateFormat": name, "timeFormat": "HIDDEN"}):
        fields, settings = format_from_tool(shape, name_of)
        assert format_to_tool(rebuilt(fields), settings, table_id) == shape
        rest = format_to_rest(rebuilt(fields), settings, reference)
        assert rest.get("format", rest.get("dateFormat")) == DATE_PATTERNS[name]


@pytest.mark.parametrize("name", TIME_PATTERNS)
def test_time_formats_come_back_by_name(name: str) -> None:
    for shape in ({"type": "time", "timeFormat": name}, {"type": "dt", "dateFormat": "TEXT", "timeFormat": name}):
        fields, settings = format_from_tool(shape, name_of)
        assert format_to_tool(rebuilt(fields), settings, table_id) == shape


def test_patterns_differ_and_write_something() -> None:
    for patterns in (DATE_PATTERNS, TIME_PATTERNS):
        assert len(set(patterns.values())) == len(patterns)
        assert [name for name, pattern in patterns.items() if name != "HIDDEN" and not has_token(pattern)] == []


def test_names_are_the_recorded_ones() -> None:
    (schema,) = recorded_formats()
    own = {kind: part["properties"] for part in schema["anyOf"] for kind in _types(part)}
    assert own["dp"]["format"]["enum"] == list(DATE_PATTERNS)
    assert own["time"]["timeFormat"]["enum"] == list(TIME_PATTERNS)
    assert own["scale"]["iconSet"]["enum"] == list(ICONS)
    assert own["button"]["color"]["anyOf"][0]["enum"] == list(COLOURS)


@pytest.mark.slow
def test_members_of_the_tools_survive() -> None:
    for shape in (
        {"type": "num", "precision": 2, "grouping": True},
        {"type": "per", "precision": 0, "grouping": False},
        {"type": "curr", "code": "EUR", "precision": 2},
        {"type": "check", "displayType": "Toggle"},
        {"type": "sl", "multiple": True, "selectOptions": [{"name": "A", "color": "Red"}, "B"]},
        {"type": "lookup", "objectId": TASKS, "multiple": True},
        {"type": "person", "multiple": False},
        {"type": "email", "display": "IconOnly"},
        {"type": "link", "display": "Button"},
        {"type": "link", "display": "Card"},
        {
            "type": "slider",
            "minimum": 1,
            "maximum": 9,
            "increment": 2,
            "displayType": "Progress",
            "showNumber": False,
            "color": "Red",
        },
        {"type": "scale", "iconSet": "fire", "maximum": 3},
        {"type": "button", "label": "Go", "actionFormula": "Now()", "disableIfFormula": "true", "color": "Blue"},
        {"type": "reaction", "imageIcon": "rocket", "reactionDisplay": "People"},
        {"type": "canvas", "displayPreview": True},
        {"type": "none"},
    ):
        fields, settings = format_from_tool(shape, name_of)
        assert format_to_tool(rebuilt(fields), settings, table_id) == shape
        accepted(shape)
        rest = format_to_rest(rebuilt(fields), settings, reference)
        conforms_as_format(rest)


def test_options_may_be_texts() -> None:
    fields, _ = format_from_tool({"type": "sl", "selectOptions": ["A", {"name": "B"}]}, name_of)
    assert fields["options"] == ("A", "B")


@pytest.mark.parametrize("shape", [{}, {"type": "text"}, {"type": "lookup"}, {"type": 3}])
def test_tools_refuse_other_formats(shape: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        format_from_tool(shape, name_of)
