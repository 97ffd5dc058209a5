"""The `format:` of a column: which forms fit its type, and what is said of those that do not."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from codaform.cli.program import program
from codaform.coda.wire.texts import number_from_text
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.markup.values import Look
from codaform.markup.values import value_html as markup
from codaform.model.display import number_shown
from codaform.model.formats import (
    CURRENCIES,
    EXAMPLES,
    FORMATS,
    Format,
    FormatChoice,
    fits,
    format_text,
    long_form,
    short_format,
    without_usual,
)
from codaform.model.schema import COLUMN_TYPES, Column
from codaform.project import yaml_tree
from codaform.project.check import check_project
from codaform.project.column_formats import read_format
from codaform.project.json_schemas import json_schema
from codaform.project.reader import read_project
from codaform.server.mcp.arguments import COLUMN_FORMAT
from codaform.source import Source
from columns import formats
from projects import faults, opened, write


def findings(folder: Path, column: str, rows: str = "", doc: str = "doc: D\n") -> list[str]:
    """What `check` says of a table with one column, as `rule: message (help)`."""
    (folder / "T").mkdir()
    (folder / "doc.yml").write_text(doc)
    (folder / "T" / "table.yml").write_text(f"table: T\ncolumns:\n  - {{name: Name, type: text}}\n  - {column}\n")
    if rows:
        (folder / "T" / "rows.csv").write_text(rows)
    found = check_project(read_project(folder, ""))
    return [f"{one.rule.name}: {one.message} ({one.help})" for one in found]


def read(kind: str, text: str) -> tuple[Format, list[str]]:
    """The format of a YAML text, and the messages."""
    source = Source("table.yml", text)
    node = yaml_tree.compose(source)
    assert not isinstance(node, Diagnostic)
    found, said = read_format(kind, node, source)
    return found, [f"{one.message} ({one.help})" for one in said]


FIT = [
    ("number", "0.00", Format(precision=2, thousands=False)),
    ("number", '"#,##0"', Format(precision=0, thousands=True)),
    ("number", "{precision: 10}", Format(precision=10, thousands=False)),
    ("percent", "0%", Format(precision=0, thousands=False)),
    ("percent", "0.0", Format(precision=1, thousands=False)),
    ("currency", "0.00", Format(precision=2)),
    ("currency", "{currency: EUR, precision: 2}", Format(currency="EUR", precision=2)),
    ("date", "YYYY-MM-DD", Format(date="YYYY-MM-DD")),
    ("date", '"[on] D MMM"', Format(date="[on] D MMM")),
    ("date", "{date: hidden}", Format(date="")),
    ("time", '"h:mm A"', Format(time="h:mm A")),
    ("datetime", '"D MMM YYYY HH:mm"', Format(date="D MMM YYYY", time="HH:mm")),
    ("datetime", "YYYY-MM-DD", Format(date="YYYY-MM-DD", time="")),
    ("created_on", "{time: hidden}", Format(time="")),
    ("duration", "{unit: hours, precision: 1}", Format(unit="hours", precision=1)),
    ("slider", "{minimum: -1, maximum: 1, step: 0.1}", Format(minimum=-1.0, maximum=1.0, step=0.1)),
    ("progress", "{maximum: =thisRow.Goal}", Format(maximum="thisRow.Goal")),
    ("scale", "{maximum: 100, icon: fire}", Format(maximum=100, icon="fire")),
    ("email", "{display: iconOnly}", Format(display="iconOnly")),
    ("link", "{display: card}", Format(display="card")),
    ("image", "{width: 40, style: circle}", Format(width=40.0, style="circle")),
]


@pytest.mark.parametrize(("kind", "text", "expected"), FIT)
def test_a_format_that_fits_is_read(kind: str, text: str, expected: Format) -> None:
    assert read(kind, text) == (expected, [])


UNFIT = [
    ("number", "hello", "a number column takes 0.00 or"),
    ("number", "0%", "type: percent shows 0.13 as 13%"),
    ("number", "0.00000000000", "10 decimals at most"),
    ("number", "{precision: 99}", "99 is no precision: it takes a whole number from 0 to 10"),
    ("number", "{precision: -1}", "a whole number from 0 to 10"),
    ("number", "{precision: 1.5}", "a whole number from 0 to 10"),
    ("number", "{currency: EUR}", "the format of a number column has no currency"),
    ("number", "{thousands: maybe}", "it takes true or false"),
    ("number", "[0.00]", "a list is no format of a number column"),
    ("percent", "{precisn: 1}", "did you mean precision?"),
    ("currency", "hello", "{currency: EUR, precision: 2}"),
    ("currency", "EUR", "the currency is written as {currency: EUR}"),
    ("currency", "€", "the currency is written as {currency: EUR}"),
    ("currency", "{currency: eur}", "did you mean EUR?"),
    ("currency", "{currency: EUX}", "EUX is no currency: it takes one of USD, CAD"),
    ("currency", "{currency: {code: EUR}}", "currency takes one of"),
    ("date", "hello", "Coda has no token"),
    ("date", "yyyy-MM-dd", "did you mean YYYY-MM-DD?"),
    ("date", "dd/mm/yyyy", "did you mean DD/MM/YYYY?"),
    ("date", '"%d.%m.%Y"', "did you mean DD.MM.YYYY?"),
    ("date", "HH:mm", "a date column takes YYYY-MM-DD"),
    ("date", "0.00", "0.00 is no format of a date column"),
    ("date", "{date: dd.mm.yyyy}", "did you mean DD.MM.YYYY?"),
    ("time", "YYYY", "a time column takes HH:mm"),
    ("datetime", '"yyyy-MM-dd HH:mm"', "did you mean YYYY-MM-DD HH:mm?"),
    ("duration", "0.00", "a duration column takes {unit: minutes}"),
    ("duration", "{unit: weeks}", "it takes one of days, hours, minutes, seconds"),
    ("slider", "{minimum: 5, maximum: 5}", "the minimum 5 is not below the maximum 5"),
    ("slider", "{minimum: 200}", "the minimum 200 is not below the maximum 100"),
    ("slider", "{maximum: -1}", "the minimum 0 is not below the maximum -1"),
    ("progress", "{step: 0}", "the step 0 does not fit"),
    ("progress", "{maximum: 1, step: 2}", "the step 2 does not fit between 0 and 1"),
    ("progress", "{maximum: ten}", "a number, or a formula behind ="),
    ("progress", '{maximum: "=1 +"}', "a number, or a formula behind ="),
    ("scale", "{maximum: 0}", "a whole number from 1 to 100"),
    ("scale", "{maximum: 101}", "a whole number from 1 to 100"),
    ("scale", "{minimum: 1}", "the format of a scale column has no minimum"),
    ("scale", "{icon: stars}", "did you mean star?"),
    ("scale", "5", "a scale column takes {maximum: 5, icon: star}"),
    ("email", "{display: card}", "one of iconAndEmail, iconOnly, emailOnly"),
    ("image", "{width: -4}", "a number of 0 or more"),
]


@pytest.mark.parametrize(("kind", "text", "said"), UNFIT)
def test_a_format_that_does_not_fit_is_named_with_what_does(kind: str, text: str, said: str) -> None:
    _, messages = read(kind, text)
    assert len(messages) == 1
    assert said in messages[0]


@pytest.mark.parametrize("kind", sorted(COLUMN_TYPES))
def test_hello_is_a_finding_on_any_type(kind: str, tmp_path: Path) -> None:
    more = {"relation": ", to: T", "button": ", action: 'OpenWindow(\"https://example.com\")'"}.get(kind, "")
    (said,) = findings(tmp_path, f"{{name: C, type: {kind}{more}, format: hello}}")
    assert said.startswith("unfit-format: ")
    if kind in FORMATS:
        assert EXAMPLES[kind][0] in said or "did you mean" in said
    else:
        assert f"{kind} column takes no format (formats belong to" in said


def test_a_named_formula_has_a_format_too(tmp_path: Path) -> None:
    (tmp_path / "rate.coda").write_text("1\n")
    doc = "doc: D\nformulas:\n  - {name: Rate, type: currency, format: {currency: EURO}, formula: rate.coda}\n"
    (said,) = findings(tmp_path, "{name: C, type: text}", doc=doc)
    assert said.startswith("unfit-format: EURO is no currency")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("{name: C, type: scale}", "6", "6 is outside of 0 to 5, the limits of C"),
        ("{name: C, type: scale, format: {maximum: 10}}", "11", "{maximum: 11}"),
        ("{name: C, type: slider, format: {minimum: 2, maximum: 4}}", "1", "{minimum: 1, maximum: 4}"),
        ("{name: C, type: progress}", "100.5", "100.5 is outside of 0 to 100"),
        ("{name: C, type: scale}", "-1", "type: number has no limits"),
        ("{name: C, type: slider, format: {maximum: =Goal}}", "1000", ""),
        ("{name: C, type: scale, format: {maximum: 6}}", "6", ""),
        ("{name: C, type: scale}", "", ""),
        ("{name: C, type: number}", "1000", ""),
    ],
)
def test_a_number_beyond_the_limits_is_a_warning(column: str, value: str, said: str, tmp_path: Path) -> None:
    found = findings(tmp_path, column, f"Name,C\na,{value}\n")
    assert [said in one for one in found] == [True] * bool(said)


# ---------------------------------------------------------------- one declaration


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_the_examples_fit_their_type(kind: str) -> None:
    for text in EXAMPLES[kind]:
        _, messages = read(kind, text)
        assert messages == []
        schema = json_schema("table")["properties"]["columns"]["items"]["properties"]["format"]
        jsonschema.validate(yaml.safe_load(text), schema)


def test_the_schema_refuses_what_no_type_has() -> None:
    schema = json_schema("table")["properties"]["columns"]["items"]["properties"]["format"]
    refused: tuple[object, ...] = ({"colour": "red"}, {"precision": 99}, {"currency": "EURO"}, {"icon": "stars"}, [])
    for wrong in refused:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_currencies_are_those_of_the_tools() -> None:
    (own,) = (
        part for part in COLUMN_FORMAT["anyOf"] if part["properties"]["type"] == {"const": "curr", "type": "string"}
    )
    assert own["properties"]["code"]["enum"] == list(CURRENCIES)


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_what_is_usual_fits(kind: str) -> None:
    for member in FORMATS[kind].values():
        assert member.usual is None or fits(member, member.usual)
        assert not isinstance(member.values, FormatChoice) or fits(member, member.values.options[0])


@given(st.sampled_from(sorted(FORMATS)).flatmap(lambda kind: st.tuples(st.just(kind), formats(kind))))
def test_a_written_format_is_read_back(known: tuple[str, Format]) -> None:
    kind, format = known
    text = format_text(kind, format)
    form = long_form(kind, format)
    if isinstance(form, str):
        assert (short_format(kind, form) if form else Format()) == format
    else:
        quoted = yaml.safe_dump({k: "hidden" if v == "" else v for k, v in form.items()}, default_flow_style=True)
        assert read(kind, quoted) == (format, [])
    assert without_usual(kind, without_usual(kind, format)) == without_usual(kind, format)
    assert (text == "") == (format == Format())


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=12))
def test_any_text_is_read_or_refused(kind: str, text: str) -> None:
    source = Source("table.yml", text)
    found, said = read_format(kind, yaml_tree.Scalar(text), source)
    assert bool(said) or found.members() or not text


# ---------------------------------------------------------------- what is shown


SHOP = {
    "doc.yml": "doc: Shop\nformulas:\n"
    "  - {name: Rate, type: currency, format: {currency: EUR, precision: 3}, formula: rate.coda}\n",
    "rate.coda": "1.5\n",
    "T/table.yml": """\
table: T
columns:
  - {name: Name, type: text, display: true}
  - {name: Price, type: currency, format: {currency: EUR}}
  - {name: Share, type: percent, format: 0.0%}
  - {name: Due, type: date, format: D MMM YYYY}
  - {name: Stars, type: scale, format: {maximum: 4}}
  - {name: Took, type: duration, format: {unit: hours}}
""",
    "T/rows.csv": "Name,Price,Share,Due,Stars,Took\na,1234.5,0.1234,2025-12-09,3,2 hrs 40 mins\nb,-7,,,,\n",
}
SEEN = ["€1,234.50", "12.3%", "9 Dec 2025", "3 hrs"]


def test_a_table_shows_its_formats(tmp_path: Path) -> None:
    write(tmp_path, SHOP)
    result = CliRunner().invoke(program, ["show", "T", "--project", str(tmp_path)])
    assert [text for text in [*SEEN, "3 of 4", "-€7.00"] if text not in result.stdout] == []


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("T.First().Price", "€1,234.50"),
        ("If(true, T.First().Price, 0)", "€1,234.50"),
        ("T.First().Due", "9 Dec 2025"),
        ("T.First().Share", "12.3%"),
        ("Rate", "€1.500"),
        ("T.First().Price + 1", "1235.5"),
        ("T.First().Name", '"a"'),
    ],
)
def test_a_value_of_a_formula_is_shown_as_its_column_does(formula: str, shown: str, tmp_path: Path) -> None:
    write(tmp_path, SHOP)
    result = CliRunner().invoke(program, ["eval", formula, "--project", str(tmp_path)])
    assert result.stdout == f"{shown}\n"
    as_json = CliRunner().invoke(program, ["eval", "T.First().Price", "--project", str(tmp_path), "--format", "json"])
    assert as_json.stdout == "1234.5\n"


def test_the_page_and_the_site_show_the_same(tmp_path: Path) -> None:
    session = opened(write(tmp_path, SHOP))
    table = session.project.doc.tables["T"]
    row = session.book.rows("T")[0]
    look = Look(session.book, lambda row: Markup(row.table))
    made = [markup(look, session.book.value(row, name), table.columns[name]) for name in table.columns]
    assert [re.sub(r"<[^>]+>", "", str(one)) for one in made] == ["a", *SEEN[:3], "★★★★", SEEN[3]]


# ---------------------------------------------------------------- types of named formulas


@pytest.mark.parametrize(
    ("declared", "formula", "help"),
    [
        ("type: number", "T.Price", "type: number, many: true"),
        ("type: number, many: true", "T.Price.Sum()", "type: number"),
        ("type: date", "1 + 1", "type: number"),
        ("type: text", "T.First()", "type: relation, to: T"),
        ("type: checkbox", "T.Count()", "type: number"),
        ("type: number", "T.Name.First()", "type: text"),
        ("type: relation, to: T, many: true", "T.First()", "type: relation, to: T"),
        ("type: currency", "T.Price.Sum()", ""),
        ("type: percent", "1 / 3", ""),
        ("type: datetime", "Today()", ""),
        ("type: date", "Now()", ""),
        ("type: text", 'If(true, 1, "a")', ""),
        ("type: select", "T.Name.First()", ""),
        ("type: other", "T.First()", ""),
        ("type: relation, to: T, many: true", "T.Filter(CurrentValue.Price > 1)", ""),
    ],
)
def test_a_declared_type_is_that_of_the_formula(declared: str, formula: str, help: str, tmp_path: Path) -> None:
    doc = f"doc: D\nformulas:\n  - {{name: X, {declared}, formula: rate.coda}}\n"
    write(tmp_path, {**SHOP, "doc.yml": doc, "rate.coda": f"{formula}\n"})
    found = faults(check_project(read_project(tmp_path, "")))
    assert [(one.rule.name, one.help) for one in found] == ([("declared-type", help)] if help else [])


@pytest.mark.parametrize("style", [None, "accounting", "financial"])
@pytest.mark.parametrize("currency", CURRENCIES)
def test_an_amount_is_read_as_it_is_shown(currency: str, style: str | None) -> None:
    column = Column("price", "currency", format=Format(currency=currency, precision=2, style=style))
    for value in (1200.0, -1234.5, 0.0):
        assert number_from_text(number_shown(value, column)) == value
