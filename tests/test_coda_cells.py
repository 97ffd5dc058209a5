"""Values of cells as JSON, and JSON as values of cells: the API's three forms, the tools' one, and what is written."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import product
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from codaform.coda.wire import ids
from codaform.coda.wire.cells import ValueForm, cell_from_rest, cell_from_tool, cell_to_rest, cell_to_tool
from codaform.coda.wire.texts import InvalidValue
from codaform.model.formats import Format
from codaform.model.schema import COLUMN_TYPES, Column
from codaform.model.values import Action, Error, Person, Row
from wire import SmallDoc, conforms

DOC = SmallDoc()
NEW_YORK = ZoneInfo("America/New_York")
FORMS: tuple[ValueForm, ...] = get_args(ValueForm)
ADA = Person("Ada Ruiz", "ada@example.com")
PLAN = Row("Tasks", 1)
BUILD = Row("Tasks", 2)


def column(kind: str, **more: Any) -> Column:
    more.setdefault("to", "Tasks" if kind == "relation" else "")
    return Column("Status", kind, **more)


def forms(value: object, kind: str, settings: dict[str, object] | None = None, **more: Any) -> list[Any]:
    return [cell_to_rest(value, column(kind, **more), form, DOC) for form in FORMS]


def row_value(row: Row) -> dict[str, str]:
    return {
        "@context": "http://schema.org/",
        "@type": "StructuredValue",
        "additionalType": "row",
        "name": DOC.display(row),
        "url": DOC.row_link(row),
        "tableId": DOC.table_id(row.table),
        "rowId": DOC.row_id(row),
        "tableUrl": DOC.table_link(row.table),
    }


def linked(kind: str, **members: object) -> dict[str, object]:
    return {"@context": "http://schema.org/", "@type": kind, **members}


# ---------------------------------------------------------------- shown

MIDNIGHT = "2026-03-04T00:00:00.000-05:00"
MORNING = "2026-07-04T09:30:15.000-04:00"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "Plan", ["Plan", "Plan", "```Plan```"]),
        ("canvas", "Plan", ["Plan", "Plan", "```Plan```"]),
        ("email", "a@example.com", ["a@example.com", "a@example.com", "```a@example.com```"]),
        ("number", 3.0, [3, 3, 3]),
        ("number", -0.5, [-0.5, -0.5, -0.5]),
        ("percent", 0.75, [0.75, 0.75, 0.75]),
        ("slider", 4.0, [4, 4, 4]),
        ("checkbox", True, [True, True, True]),
        ("toggle", False, [False, False, False]),
        ("date", date(2026, 3, 4), [MIDNIGHT] * 3),
        ("datetime", datetime(2026, 7, 4, 9, 30, 15, tzinfo=NEW_YORK), [MORNING] * 3),
        ("datetime", datetime(2026, 7, 4, 13, 30, 15, tzinfo=UTC), [MORNING] * 3),
        ("time", time(9, 30), ["1899-12-30T09:30:00.000-05:00"] * 3),
        ("duration", timedelta(hours=2.5), ["2 hrs 30 mins"] * 3),
        ("select", "Done", ["Done", "Done", "```Done```"]),
        ("relation", PLAN, ["Row 1", "Row 1", row_value(PLAN)]),
        ("person", ADA, ["Ada Ruiz", "Ada Ruiz", linked("Person", name="Ada Ruiz", email="ada@example.com")]),
        ("person", Person("Cy"), ["Cy", "Cy", linked("Person", name="Cy")]),
        (
            "link",
            "https://a.example",
            ["https://a.example", "https://a.example", linked("WebPage", url="https://a.example")],
        ),
        ("button", Action("Start"), ["Status", "Status", "```Status```"]),
        ("number", Error("division-by-zero", "no"), ["#ERROR: no"] * 3),
    ],
)
def test_value_is_shown(kind: str, value: object, expected: list[object]) -> None:
    assert forms(value, kind) == expected


def test_amount_names_its_currency() -> None:
    amount = linked("MonetaryAmount", currency="EUR", amount=12.5)
    assert forms(12.5, "currency", format=Format(currency="EUR")) == [12.5, 12.5, amount]


def test_picture_has_an_address() -> None:
    picture = {"Name": "a.png", "Url": "https://a.example/a.png", "Width": 40.0}
    rich = linked("ImageObject", name="a.png", url="https://a.example/a.png", width=40, status="live")
    assert forms(picture, "image") == ["https://a.example/a.png", "https://a.example/a.png", rich]
    assert forms("https://a.example/a.png", "image")[2] == linked(
        "ImageObject", url="https://a.example/a.png", status="live"
    )


def test_several_values_are_joined_or_listed() -> None:
    assert forms(["A", "B"], "select", many=True) == ["A,B", ["A", "B"], ["```A```", "```B```"]]
    assert forms([PLAN, BUILD], "relation", many=True) == [
        "Row 1,Row 2",
        ["Row 1", "Row 2"],
        [row_value(PLAN), row_value(BUILD)],
    ]
    assert forms([1.0, 2.5], "number", many=True) == ["1,2.5", [1, 2.5], [1, 2.5]]
    # One number alone stays a number, whether the column holds several or not.
    assert forms([0.5], "percent") == [0.5, [0.5], [0.5]]
    assert forms(PLAN, "relation", many=True) == ["Row 1", ["Row 1"], [row_value(PLAN)]]


def test_lists_in_lists_go_one_level_deep() -> None:
    assert forms([["A", ["B", ["C"]]], "D"], "text")[1] == [["A", "B", "C"], "D"]


@pytest.mark.parametrize("blank", [None, "", []])
def test_empty_cell_is_an_empty_text(blank: object) -> None:
    for kind, many in product(COLUMN_TYPES, (False, True)):
        empty: object = [] if kind == "reaction" else ""
        assert forms(blank, kind, many=many) == [empty] * 3
        assert cell_to_tool(blank, column(kind, many=many), DOC) == empty


def test_moments_of_long_ago_have_whole_minutes() -> None:
    # New York's clocks stood 4:56:02 behind Greenwich until 1883.
    assert forms(date(1800, 1, 1), "date")[0] == "1800-01-01T00:00:00.000-04:57"
    assert cell_from_rest("1800-01-01T00:00:00.000-04:57", column("date"), DOC, True) == date(1800, 1, 1)


def test_ends_of_the_calendar_are_shown() -> None:
    doc = SmallDoc("Asia/Tokyo")
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        for zoned in (doc, DOC):
            assert isinstance(cell_to_rest(moment, column("datetime"), "simple", zoned), str)
            assert isinstance(cell_to_rest(moment.date(), column("date"), "simple", zoned), str)


def test_numbers_that_json_cannot_spell_are_texts() -> None:
    assert forms(math.inf, "number")[0] == "Infinity"
    assert forms(math.nan, "number")[0] == "NaN"
    assert forms(1e300, "number")[0] == 1e300


# ---------------------------------------------------------------- written


@pytest.mark.parametrize(
    ("kind", "given_", "expected"),
    [
        ("text", "12", "12"),
        ("text", 12, "12"),
        ("text", 1.5, "1.5"),
        ("text", True, "true"),
        ("canvas", "x", "x"),
        ("number", 3, 3.0),
        ("number", "1,234.5", 1234.5),
        ("number", " -7 ", -7.0),
        ("percent", 0.75, 0.75),
        ("percent", "75%", 0.75),
        ("percent", "75 %", 0.75),
        ("currency", "$1,200", 1200.0),
        ("currency", "-$3.50", -3.5),
        ("currency", "€ 12.50", 12.5),
        ("currency", "12.50 EUR", 12.5),
        ("currency", "($3.00)", -3.0),
        ("currency", "kr 1,200", 1200.0),
        ("currency", "Kč (1,200.50)", -1200.5),
        ("checkbox", True, True),
        ("checkbox", "TRUE", True),
        ("toggle", "false", False),
        ("date", "2026-03-04", date(2026, 3, 4)),
        ("date", MIDNIGHT, date(2026, 3, 4)),
        ("date", "2026-03-04T02:00:00Z", date(2026, 3, 3)),
        ("date", "03/04/2026", date(2026, 3, 4)),
        ("date", "3/4/26", date(2026, 3, 4)),
        ("date", "March 4, 2026", date(2026, 3, 4)),
        ("date", "Wed, 4 Mar 2026", date(2026, 3, 4)),
        ("datetime", "03/04/2026 2:05 PM", datetime(2026, 3, 4, 14, 5, tzinfo=NEW_YORK)),
        ("datetime", MORNING, datetime(2026, 7, 4, 9, 30, 15, tzinfo=NEW_YORK)),
        ("datetime", "2026-03-04 10:00 ZZZ", datetime(2026, 3, 4, 10, tzinfo=NEW_YORK)),
        ("time", "9:30", time(9, 30)),
        ("time", "9 pm", time(21)),
        ("time", "12:15:30 AM", time(0, 15, 30)),
        ("time", "1899-12-30T09:30:00.000-05:00", time(9, 30)),
        ("duration", "2 hrs 30 mins", timedelta(hours=2.5)),
        ("duration", 0.5, timedelta(hours=12)),
        ("select", "Done", "Done"),
        ("select", "never listed", "never listed"),
        ("select", 11, "11"),
        ("relation", "Row 2", BUILD),
        ("relation", "i-Tasks2", BUILD),
        ("relation", ["i-Tasks2"], BUILD),
        ("person", "ada@example.com", ADA),
        ("person", "Ada Ruiz", ADA),
        ("person", "Cy", Person("Cy")),
        ("email", "a@example.com", "a@example.com"),
        ("link", "https://a.example", "https://a.example"),
        ("image", "https://a.example/a.png", {"Name": "a.png", "Url": "https://a.example/a.png"}),
        ("other", 3, 3.0),
    ],
)
def test_value_is_read(kind: str, given_: object, expected: object) -> None:
    value = cell_from_rest(given_, column(kind, options=("Planned", "Done")), DOC, parsing=True)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("kind", "given_", "text"),
    [
        ("number", "many", "many"),
        ("number", True, "true"),
        ("number", [1, 2], "1, 2"),
        ("number", "1,23", "1,23"),
        ("number", "", None),
        ("checkbox", "maybe", "maybe"),
        ("checkbox", 1, "1"),
        ("date", 1772600000, "1772600000"),
        ("date", "5", "5"),
        ("date", "13/40/2026", "13/40/2026"),
        ("date", "2026-02-30", "2026-02-30"),
        ("date", "soon", "soon"),
        ("datetime", "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
        ("time", "9", "9"),
        ("time", "25:00", "25:00"),
        ("time", "13 pm", "13 pm"),
        ("duration", "long", "long"),
        ("relation", "nobody", "nobody"),
        ("relation", ["i-Tasks2", "i-Tasks3"], "i-Tasks2, i-Tasks3"),
        ("button", "x", "x"),
        ("text", {"a": 1}, '{"a": 1}'),
    ],
)
def test_what_does_not_fit_keeps_its_text(kind: str, given_: object, text: str | None) -> None:
    if text is None:
        assert cell_from_rest(given_, column(kind), DOC, parsing=True) is None
        return
    with pytest.raises(InvalidValue) as told:
        cell_from_rest(given_, column(kind), DOC, parsing=True)
    assert told.value.text == text


@pytest.mark.parametrize("blank", [None, "", [], [""], [None, []]])
def test_blank_is_read(blank: object) -> None:
    for kind, many in product(COLUMN_TYPES, (False, True)):
        assert cell_from_rest(blank, column(kind, many=many), DOC, parsing=True) is None
        assert cell_from_tool(blank, column(kind, many=many), DOC) is None


def test_several_values_are_read() -> None:
    tags = column("select", many=True, options=("A", "B", "A,B"))
    assert cell_from_rest(["A", "new"], tags, DOC, True) == ["A", "new"]
    assert cell_from_rest("A", tags, DOC, True) == ["A"]
    assert cell_from_rest("A, C", tags, DOC, True) == ["A", "C"]
    assert cell_from_rest("A,B", tags, DOC, True) == ["A,B"]
    assert cell_from_rest("A, C", tags, DOC, False) == ["A, C"]
    tasks = column("relation", many=True)
    assert cell_from_rest(["i-Tasks1", "Row 2"], tasks, DOC, True) == [PLAN, BUILD]
    assert cell_from_rest("Row 1,Row 2", tasks, DOC, True) == [PLAN, BUILD]
    with pytest.raises(InvalidValue, match="Row 1, nobody"):
        cell_from_rest(["Row 1", "nobody"], tasks, DOC, True)


def test_without_parsing_a_text_stays_a_text() -> None:
    for kind, text in (("number", "12"), ("date", "2026-03-04"), ("checkbox", "true"), ("duration", "2 hrs")):
        with pytest.raises(InvalidValue, match=text):
            cell_from_rest(text, column(kind), DOC, parsing=False)
    assert cell_from_rest(12, column("number"), DOC, parsing=False) == 12.0
    assert cell_from_rest(True, column("checkbox"), DOC, parsing=False) is True
    assert cell_from_rest("i-Tasks2", column("relation"), DOC, parsing=False) == BUILD
    with pytest.raises(InvalidValue, match="Row 2"):
        cell_from_rest("Row 2", column("relation"), DOC, parsing=False)


# ---------------------------------------------------------------- the tools


def test_tools_show_references_and_moments() -> None:
    assert cell_to_tool(3.0, column("number"), DOC) == 3
    assert cell_to_tool("x", column("text"), DOC) == "x"
    assert cell_to_tool(True, column("checkbox"), DOC) is True
    assert cell_to_tool(PLAN, column("relation"), DOC) == {
        "type": "ref",
        "name": "Row 1",
        "rowId": "i-Tasks1",
        "targetTableId": DOC.table_id("Tasks"),
    }
    options = ids.select_list("grid-a", "c-b")
    assert cell_to_tool("Done", column("select"), DOC, options) == {
        "type": "ref",
        "name": "Done",
        "rowId": ids.stable("row", options, "Done"),
        "targetTableId": "grid-a-select-list-c-b",
    }
    assert cell_to_tool(ADA, column("person"), DOC) == {
        "type": "ref",
        "objectId": "Global-Document-People",
        "identifier": f"i-{ids.stable('user', 'ada@example.com')}",
        "name": "Ada Ruiz",
    }
    assert cell_to_tool("https://a.example", column("link"), DOC) == {
        "type": "urlref",
        "url": "https://a.example",
        "name": "https://a.example",
    }
    assert cell_to_tool(date(2026, 3, 4), column("date"), DOC) == {
        "type": "dt",
        "epoch": 1772600400,
        "input": "3/4/2026",
    }
    assert cell_to_tool(datetime(2026, 3, 4, 20, 5, tzinfo=UTC), column("datetime"), DOC) == {
        "type": "dt",
        "epoch": 1772654700,
        "input": "3/4/2026 3:05 PM",
    }
    assert cell_to_tool("ask Ada", column("link"), DOC) == "ask Ada"
    several = cell_to_tool([PLAN, BUILD], column("relation", many=True), DOC)
    assert isinstance(several, list)
    assert [item["name"] for item in several if isinstance(item, dict)] == ["Row 1", "Row 2"]


def test_tools_take_rows_by_id_and_options_by_name() -> None:
    status = column("select", options=("Done",))
    assert cell_from_tool("i-Tasks2", column("relation"), DOC) == BUILD
    assert cell_from_tool(["i-Tasks1", "i-Tasks2"], column("relation", many=True), DOC) == [PLAN, BUILD]
    assert cell_from_tool("Done", status, DOC) == "Done"
    assert cell_from_tool("2026-03-04", column("date"), DOC) == date(2026, 3, 4)
    for given_, target in (("Row 2", column("relation")), ("Later", status), (["Done", "Later"], status)):
        with pytest.raises(InvalidValue):
            cell_from_tool(given_, target, DOC)


# ---------------------------------------------------------------- any value, any JSON

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
DAYS = st.dates(date(1, 1, 3), date(9999, 12, 29))
# Milliseconds are what the API shows of a moment.
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
CLOCKS = st.times().map(lambda clock: clock.replace(microsecond=clock.microsecond // 1000 * 1000))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SPANS = st.integers(-(10**9), 10**9).map(lambda seconds: timedelta(seconds=seconds))
ROWS = st.integers(1, 9).map(lambda number: Row("Tasks", number))
PEOPLE = st.sampled_from([ADA, Person("Ben Ode", "ben@example.com"), Person("Cy")])
URLS = TEXTS.map(lambda text: f"https://a.example/{text}")

OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "canvas": TEXTS,
    "email": TEXTS,
    "link": TEXTS,
    "select": TEXTS,
    "number": NUMBERS,
    "percent": NUMBERS,
    "currency": NUMBERS,
    "slider": NUMBERS,
    "scale": NUMBERS,
    "progress": NUMBERS,
    "row_id": NUMBERS,
    "checkbox": st.booleans(),
    "toggle": st.booleans(),
    "date": DAYS,
    "datetime": MOMENTS,
    "created_on": MOMENTS,
    "modified_on": MOMENTS,
    "time": CLOCKS,
    "duration": SPANS,
    "relation": ROWS,
    "person": PEOPLE,
    "created_by": PEOPLE,
    "modified_by": PEOPLE,
    "image": URLS.map(lambda url: {"Name": url.rstrip("/").rsplit("/", 1)[-1], "Url": url}),
    "file": URLS.map(lambda url: {"Name": url.rstrip("/").rsplit("/", 1)[-1], "Url": url}),
    "other": TEXTS | NUMBERS | st.booleans(),
}
NEVER_READ = {"button", "reaction", "pack_object"}
ZONES = st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Europe/Amsterdam"])


def test_every_kind_is_tried() -> None:
    assert set(OF_KIND) | NEVER_READ == set(COLUMN_TYPES)


def test_a_comma_in_an_item_of_a_list_parts_nothing() -> None:
    several = column("select", many=True)
    assert cell_from_rest([","], several, SmallDoc("UTC"), parsing=True) == [","]
    assert cell_from_rest(["a, b", "c"], several, SmallDoc("UTC"), parsing=True) == ["a, b", "c"]
    assert cell_from_rest("a, b", several, SmallDoc("UTC"), parsing=True) == ["a", "b"]


@given(st.data(), st.sampled_from(sorted(OF_KIND)), st.booleans(), ZONES)
def test_what_is_shown_is_read_back(data: st.DataObject, kind: str, many: bool, zone: str) -> None:
    doc = SmallDoc(zone)
    value = data.draw(st.lists(OF_KIND[kind], min_size=1, max_size=3) if many else OF_KIND[kind])
    target = column(kind, many=many)
    shown = cell_to_rest(value, target, "simpleWithArrays", doc)
    if many and kind in ("text", "canvas", "email", "link", "select", "other"):
        assume("" not in value)
    assert cell_from_rest(json.loads(json.dumps(shown)), target, doc, parsing=True) == value


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.text(),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.datetimes(timezones=st.timezones()),
        st.datetimes(),
        st.times(),
        st.timedeltas(),
        ROWS,
        st.builds(Person, st.text(), st.text()),
        st.builds(Action, st.text()),
        st.builds(Error, st.text(), st.text()),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(ANYTHING, st.sampled_from(sorted(COLUMN_TYPES)), st.booleans(), ZONES)
def test_any_value_is_shown_as_the_vendor_describes(value: object, kind: str, many: bool, zone: str) -> None:
    doc = SmallDoc(zone)
    target = column(kind, many=many)
    for form in FORMS:
        shown = cell_to_rest(value, target, form, doc)
        json.dumps(shown, allow_nan=False)
        conforms(shown, "RichValue" if form == "rich" else "Value")
        conforms(shown, "CellValue")
    json.dumps(cell_to_tool(value, target, doc), allow_nan=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NEAR_MISSES = st.from_regex(
    r"[($€-]{0,2}[0-9]{1,4}[/:. %,-][0-9]{1,5}[/:. %,)-]{0,2}[0-9]{0,6} ?[APMapm+Z]{0,3}", fullmatch=True
)


@given(JSON | NEAR_MISSES, st.sampled_from(sorted(COLUMN_TYPES)), st.booleans(), st.booleans(), ZONES)
def test_any_json_is_read_or_does_not_fit(value: object, kind: str, many: bool, parsing: bool, zone: str) -> None:
    doc = SmallDoc(zone)
    target = column(kind, many=many)
    for reading in (partial(cell_from_rest, parsing=parsing), cell_from_tool):
        try:
            found: object = reading(value, target, doc)
        except InvalidValue as unfit:
            found = unfit.text  # what the cell keeps
        for form in FORMS:
            shown = cell_to_rest(found, target, form, doc)
            assert json.loads(json.dumps(shown, allow_nan=False)) == shown


@pytest.mark.slow
def test_very_deep_json_does_not_fit() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert cell_from_rest(deep, column("number"), DOC, True) is None
    inner: dict[str, object] = {}
    for _ in range(100_000):
        inner = {"a": inner}
    with pytest.raises(InvalidValue):
        cell_from_rest(inner, column("text"), DOC, True)


def test_very_large_whole_numbers_do_not_fit() -> None:
    with pytest.raises(InvalidValue):
        cell_from_rest(10**5000, column("number"), DOC, True)
    assert cell_from_rest(10**400, column("text"), DOC, True) == "1" + "0" * 400
