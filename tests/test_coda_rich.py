"""The rich form of values, read as shown and as entered; and what the local Coda writes in that form, read again."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.coda.wire.json_data import Json, flatten
from codaform.coda.wire.rich import linked_row_ids, read_entered, read_shown, shown_text, write_rich
from codaform.coda.wire.texts import InvalidValue
from codaform.model.schema import Column
from codaform.model.values import UNTOLD, Error, Person, Row
from searching import examples
from wire import SmallDoc

DOC = SmallDoc()
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = Row("Tasks", 1)
ADA = Person("Ada", "ada@example.com")


def find(row: str, table: str) -> Row | None:
    return PLAN if (row, table) == ("i-1", "grid-1") else None


def linked(kind: str, **members: Json) -> dict[str, Json]:
    return {"@context": "http://schema.org/", "@type": kind, **members}


def row(id: str) -> dict[str, Json]:
    return linked("StructuredValue", additionalType="row", name="Plan", tableId="grid-1", rowId=id)


class Invalid(str):
    """The text of a value that a policy refuses."""


NOON = datetime(2025, 3, 30, 12, tzinfo=timezone(timedelta(hours=2)))
EURO = linked("MonetaryAmount", currency="EUR", amount=12.5)
PAGE = linked("WebPage", name="Home", url="https://example.com")
IMAGE = linked("ImageObject", name="n", url="u", status="live")
PERSON = linked("Person", name="Ada", email="ada@example.com")
PACK = linked("Issue", name="Bug 7", url="https://example.com/7")

TABLE: list[tuple[str, Json, object, object]] = [
    # a column's type, what the API gives, the value as shown, the value as entered
    ("text", "```a\nb```", "a\nb", "a\nb"),
    ("text", "**a**", "**a**", "**a**"),
    ("text", 3, 3.0, "3"),
    ("text", 2.5, 2.5, "2.5"),
    ("text", True, True, "true"),
    ("text", "```#ERROR: no```", "#ERROR: no", "#ERROR: no"),
    ("text", "2025-03-30T12:00:00.000+02:00", NOON, "2025-03-30T12:00:00.000+02:00"),
    ("text", "2025-99-30T12:00:00.000+02:00", "2025-99-30T12:00:00.000+02:00", "2025-99-30T12:00:00.000+02:00"),
    ("text", PERSON, ADA, "Ada"),
    ("text", PAGE, "https://example.com", "https://example.com"),
    ("text", EURO, 12.5, "12.5"),
    ("text", PACK, Invalid("Bug 7"), "Bug 7"),
    ("other", PACK, Invalid("Bug 7"), "Bug 7"),
    ("select", '"```A```"', "A", "A"),
    ("select", "```A```", "A", "A"),
    ("number", 3, 3.0, 3.0),
    ("number", "```1,200```", "1,200", 1200.0),
    ("number", "```many```", "many", Invalid("many")),
    ("number", "#ERROR: no", Error(UNTOLD, "no"), Invalid("#ERROR: no")),
    ("number", "inf", math.inf, Invalid("inf")),
    ("number", True, True, Invalid("true")),
    ("number", 10**400, Invalid(str(10**400)), Invalid(str(10**400))),
    ("currency", EURO, 12.5, 12.5),
    ("currency", linked("MonetaryAmount", currency="USD", amount="12.99"), 12.99, 12.99),
    ("currency", linked("MonetaryAmount", currency="USD", amount="much"), Invalid("much"), Invalid("much")),
    ("currency", linked("MonetaryAmount", currency="USD", amount=True), Invalid("true"), Invalid("true")),
    ("checkbox", True, True, True),
    ("checkbox", "```true```", "true", True),
    ("date", "2025-03-30T00:00:00.000+02:00", date(2025, 3, 30), date(2025, 3, 30)),
    ("date", "2025-03-30T00:00:00.000-11:00", date(2025, 3, 30), date(2025, 3, 30)),
    ("date", "```soon```", "soon", Invalid("soon")),
    ("datetime", "2025-03-30T12:00:00.000+02:00", NOON, NOON),
    ("datetime", "2025-03-30T12:00:00", NOON, NOON),
    (
        "datetime",
        "0001-01-01T00:00:00.000+02:00",
        datetime(1, 1, 1, tzinfo=NOON.tzinfo),
        datetime(1, 1, 1, tzinfo=NOON.tzinfo),
    ),
    ("time", "1899-12-30T09:30:00.000+01:00", time(9, 30), time(9, 30)),
    ("time", "```9:30 pm```", "9:30 pm", time(21, 30)),
    ("duration", "2 hrs", timedelta(hours=2), timedelta(hours=2)),
    ("duration", "```2 hrs```", "2 hrs", timedelta(hours=2)),
    ("duration", 0.5, 0.5, timedelta(hours=12)),
    ("person", PERSON, ADA, ADA),
    ("person", "```ada@example.com```", "ada@example.com", Person("ada@example.com", "ada@example.com")),
    ("person", EURO, 12.5, Invalid("12.5")),
    ("relation", row("i-1"), PLAN, PLAN),
    ("relation", row("i-9"), Invalid("Plan"), Invalid("Plan")),
    ("relation", "```Plan```", "Plan", Invalid("Plan")),
    ("text", row("i-1"), PLAN, "Plan"),
    ("link", PAGE, "https://example.com", "https://example.com"),
    ("image", IMAGE, {"Name": "n", "Url": "u"}, {"Name": "n", "Url": "u"}),
    (
        "image",
        "```https://a.example/b.png```",
        "https://a.example/b.png",
        {"Name": "b.png", "Url": "https://a.example/b.png"},
    ),
    ("number", "", None, None),
    ("number", None, None, None),
    ("text", [], [], None),
    ("text", ["```a```"], ["a"], "a"),
    ("text", ["```a```", ["```b```"]], ["a", ["b"]], Invalid("a, b")),
]


def column(kind: str, many: bool = False) -> Column:
    return Column("c", kind, to="Tasks" if kind == "relation" else "", many=many)


def check(read: object, expected: object) -> None:
    """Compare a value and its type; `True == 1.0` is not enough."""
    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.parametrize(("kind", "value", "shown", "entered"), TABLE)
def test_two_policies(kind: str, value: Json, shown: object, entered: object) -> None:
    for read, expected in ((read_shown, shown), (read_entered, entered)):
        if isinstance(expected, Invalid):
            with pytest.raises(InvalidValue) as caught:
                read(value, column(kind), BERLIN, find)
            assert caught.value.text == expected
        else:
            check(read(value, column(kind), BERLIN, find), expected)


@pytest.mark.parametrize(("kind", "value", "shown", "entered"), TABLE)
def test_an_entered_value_is_an_item_of_a_column_that_holds_several(
    kind: str, value: Json, shown: object, entered: object
) -> None:
    if not isinstance(entered, Invalid) and entered is not None and not isinstance(value, list) and kind != "checkbox":
        assert read_entered([value], column(kind, many=True), BERLIN, find) == [entered]


def test_lists_of_entered_values_are_flat() -> None:
    assert read_entered(["```a```", ["```b```", ""]], column("text", many=True), BERLIN, find) == ["a", "b"]
    assert read_entered("```a```", column("text", many=True), BERLIN, find) == ["a"]


def test_a_shown_moment_is_in_the_zone_of_the_doc_and_an_entered_one_keeps_its_offset() -> None:
    text = "2025-03-30T10:00:00.000+00:00"
    assert str(read_shown(text, column("datetime"), BERLIN, find)) == "2025-03-30 12:00:00+02:00"
    assert str(read_entered(text, column("datetime"), BERLIN, find)) == "2025-03-30 10:00:00+00:00"


def test_the_text_and_the_rows_of_a_cell() -> None:
    assert shown_text([None, '"```A```"', True, 3, row("i-1"), ["```b```"]]) == "A, true, 3, Plan, b"
    assert list(linked_row_ids([row("i-1"), "```a```", [row("i-2")]])) == ["i-1", "i-2"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "Plan"),
        ("select", "Done"),
        ("number", 0.5),
        ("currency", 12.5),
        ("checkbox", False),
        ("link", "https://a.example"),
        ("person", ADA),
        ("image", {"Name": "a.png", "Url": "https://a.example/a.png"}),
        ("date", date(2025, 3, 30)),
        ("datetime", datetime(2025, 7, 4, 9, 30, tzinfo=UTC)),
        ("time", time(9, 30)),
        ("duration", timedelta(hours=2.5)),
    ],
)
def test_both_policies_read_what_is_written(kind: str, value: object) -> None:
    written = write_rich(value, column(kind), DOC)
    for read in (read_shown, read_entered):
        assert read(written, column(kind), DOC.zone, find) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["@type", "name", "url", "rowId", "amount"]), inner)
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=examples(200))
@given(
    st.sampled_from(["text", "number", "date", "datetime", "time", "duration", "person", "relation", "image", "other"]),
    JSON,
)
def test_any_json_is_a_value_or_unfit(kind: str, value: Json) -> None:
    values = (bool, float, int, str, date, time, timedelta, dict, Person, Row, Error)
    for read in (read_shown, read_entered):
        with suppress(InvalidValue):
            found = read(value, column(kind), BERLIN, lambda *_: PLAN)
            assert all(item is None or isinstance(item, values) for item in flatten(found))
