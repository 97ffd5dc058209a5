"""Formats, options and types of columns and named formulas: deployed, read back, planned, drifted from, pulled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from os import environ
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import random_docs
from codaform.coda.wire.formats import format_from_rest, format_to_rest
from codaform.coda.wire.tool_formats import format_to_tool, tool_format_members, tool_writable_format
from codaform.deploy.applying.deployment import Target, entry_of, plan_for
from codaform.deploy.applying.outcomes import report_lines
from codaform.deploy.comparing.drift import drift, sentences
from codaform.deploy.copying.pulling import pulled
from codaform.deploy.ids import Ids
from codaform.deploy.kinds.change import SchemaChange
from codaform.deploy.kinds.column_settings import SetFormat, SetOptions
from codaform.deploy.kinds.formulas import SetNamedFormula
from codaform.deploy.kinds.routes import Capabilities
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry, lock_from, lock_text
from codaform.deploy.planning.creation import reshaped
from codaform.deploy.planning.differences import diff
from codaform.deploy.remote.columns import Shape, shape_text
from codaform.deploy.remote.schema import RemoteSchema, remote_schema, schema_of, shapes
from codaform.model.formats import FORMATS, Format, same_format
from codaform.model.schema import Column, Doc, NamedFormula, Table
from codaform.project.project import Environment
from codaform.project.reader import read_project
from codaform.project.writer import project_files
from codaform.project.written_files import write as write_files
from codaform.source import Source
from codaform.testing import RunningCoda, local_coda_for
from columns import formats
from deploy_projects import by_hand
from deploying import ENVIRONMENT, deploy, new_doc, target_of
from projects import opened, write
from wire import name_of, reference

PRICE = Column("price", "currency", format=Format(currency="EUR", precision=2))
NAME = Column("name", "text", display=True)


def doc_with(*columns: Column, **formulas: NamedFormula) -> Doc:
    return Doc("D", {"t": Table("t", {column.name: column for column in (NAME, *columns)})}, formulas)


def changes(now: Doc, wanted: Doc, entry: LockEntry = NOTHING_KNOWN) -> list[SchemaChange]:
    return [found.change for found in diff(schema_of(now), wanted, entry).changes]


# ------------------------------------------------------------ what a plan sees


@given(st.sampled_from(sorted(FORMATS)).flatmap(lambda kind: st.tuples(st.just(kind), formats(kind), formats(kind))))
def test_a_plan_sees_whatever_of_a_format_differs(known: tuple[str, Format, Format]) -> None:
    kind, there, wanted = known
    column = Column("c", kind, format=wanted)
    found = [change for change, _ in reshaped("t", column, replace(column, format=there))]
    assert bool(found) == (not same_format(kind, wanted, there))
    if found:
        last = found[-1]
        assert isinstance(last, SetFormat)
        assert last.after.format == wanted
    assert list(reshaped("t", column, column)) == []


def test_what_differs_is_said_with_both_formats() -> None:
    ((change, because),) = reshaped("t", PRICE, replace(PRICE, format=Format(currency="USD")))
    assert because == "t.price is shown {currency: USD}, and should be {currency: EUR, precision: 2}"
    assert change.text(doc_with(PRICE)) == "currency ({currency: EUR, precision: 2})"


def test_what_the_tools_cannot_write_is_left_to_a_person() -> None:
    fancy = replace(PRICE, format=Format(currency="EUR", style="accounting"))
    first, second = (change for change, _ in reshaped("t", fancy, replace(PRICE, format=Format())))
    assert isinstance(first, SetFormat)
    assert first.after == Shape("currency", format=Format(currency="EUR"))
    mcp = Capabilities(True, _Everything())
    assert first.route(mcp).way == "mcp"
    assert second.route(mcp).way == "hand"
    assert second.route(mcp).why == "the tools cannot write this style"
    for column in (
        Column("c", "date", format=Format(date="YYYY/MM/DD")),
        Column("c", "slider", format=Format(maximum="thisRow.Goal")),
        Column("c", "duration", format=Format(unit="hours")),
    ):
        ((change, _),) = reshaped("t", column, replace(column, format=Format()))
        assert change.route(mcp).way == "hand"


class _Everything:
    def has(self, tool: str, *arguments: str) -> bool:
        return True


@pytest.mark.parametrize(
    ("before", "after"),
    [(("a",), ("a", "b")), (("a", "b"), ("a",)), (("a", "b"), ("b", "a")), (("a",), ("A",))],
)
def test_options_added_removed_reordered_respelled(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    now, wanted = (doc_with(Column("s", "select", options=options)) for options in (before, after))
    assert changes(now, wanted) == [SetOptions("t", "s", before, after)]


def test_a_named_formula_is_compared_with_how_it_was_made() -> None:
    rate = NamedFormula("Rate", "currency", Source("Rate", "1"), format=Format(currency="EUR"))
    there = replace(rate, kind="number", format=Format())
    wanted = doc_with(Rate=rate)
    assert changes(doc_with(Rate=there), wanted) == []
    same = LockEntry(shapes={("", "Rate"): "currency {currency: EUR}"})
    assert changes(doc_with(Rate=there), wanted, same) == []
    for other in ("number", "currency {currency: USD}"):
        assert changes(doc_with(Rate=there), wanted, LockEntry(shapes={("", "Rate"): other})) == [
            SetNamedFormula(there, rate)
        ]


# ------------------------------------------------------------ drift and the lock


def _drifted(before: Column, now: Column) -> list[str]:
    def seen(column: Column) -> RemoteSchema:
        known = schema_of(doc_with(column))
        ids = {("t", name): f"c-{name}" for name in ("name", column.name)}
        return replace(known, ids=Ids(tables={"t": "grid-t"}, columns=ids))

    first = seen(before)
    entry = LockEntry(first.ids, shapes=shapes(first))
    assert lock_from(lock_text({"staging": entry})) == {"staging": entry}
    return sentences(drift(seen(now), entry))


def test_drift_tells_a_format_and_options_that_were_changed() -> None:
    assert _drifted(PRICE, PRICE) == []
    assert _drifted(PRICE, replace(PRICE, format=Format(currency="GBP", precision=2))) == [
        "format of column t.price was changed: it is currency {currency: GBP, precision: 2}, "
        "and was currency {currency: EUR, precision: 2}"
    ]
    assert _drifted(PRICE, replace(PRICE, kind="number", format=Format())) == [
        "format of column t.price was changed: it is number, and was currency {currency: EUR, precision: 2}"
    ]
    select = Column("s", "select", options=("a", "b"))
    for options in (("a", "b", "c"), ("a",), ("b", "a")):
        (said,) = _drifted(select, replace(select, options=options))
        assert said.startswith("options of column t.s was changed")


def test_a_shape_is_one_line_and_usual_formats_are_not_told() -> None:
    assert shape_text(Column("c", "slider", format=Format(minimum=0.0, maximum=100.0))) == "slider"
    assert shape_text(Column("c", "select", many=True, options=("a", "b"))) == 'many select ["a", "b"]'
    assert len(shape_text(Column("c", "select", options=tuple(f"option {n}" for n in range(500))))) < 60


# ------------------------------------------------------------ the wire


@given(st.sampled_from(sorted(FORMATS)).flatmap(lambda kind: st.tuples(st.just(kind), formats(kind))))
def test_a_format_goes_through_both_apis(known: tuple[str, Format]) -> None:
    kind, format = known
    column = Column("c", kind, format=format)
    fields, _ = format_from_rest(format_to_rest(column, {}, reference), name_of)
    assert same_format(kind, format, fields["format"])  # type: ignore[arg-type]
    part = replace(column, format=tool_writable_format(column))
    whole = format_to_tool(part, {}, str)
    assert tool_format_members(column).items() <= whole.items()


# ------------------------------------------------------------ end to end


@st.composite
def shown_columns(draw: st.DrawFn) -> list[Column]:
    """Columns of the kinds that have a format, each with one that the tools can write."""
    kinds = draw(st.lists(st.sampled_from(random_docs.SHOWN), min_size=1, max_size=8))
    return [Column(f"c{at}", kind, format=draw(formats(kind, by_tools=True))) for at, kind in enumerate(kinds)]


@pytest.mark.slow
def test_random_formats_are_deployed_and_pulled_as_they_were(tmp_path: Path, coda: RunningCoda) -> None:
    @settings(max_examples=int(environ.get("CODAFORM_FORMAT_DOCS", "3")), deadline=None, derandomize=True)
    @given(shown_columns())
    def bring(columns: list[Column]) -> None:
        with new_doc(coda) as target:
            folder = tmp_path / target.doc
            write_files(folder, project_files(doc_with(*columns)))
            session = opened(folder)
            report = deploy(session, target)
            assert report.deployed, report_lines(report)
            assert plan_for(session, target, False)[0].steps == ()
            snapshot = target.read()
        made = pulled(snapshot, Environment("production", snapshot.doc.id), None, {})
        theirs = {name: (column.kind, column.format) for name, column in made.doc.tables["t"].columns.items()}
        assert theirs == {column.name: (column.kind, column.format) for column in (NAME, *columns)}

    bring()


TABLE = """\
table: Things
columns:
  - {name: Name, type: text, key: true, display: true}
  - {name: Price, type: currency, format: {currency: EUR, precision: 2}}
  - {name: Share, type: percent, format: 0.0%}
  - {name: Count, type: number, format: '#,##0'}
  - {name: Due, type: date, format: D MMM YYYY}
  - {name: At, type: datetime, format: YYYY-MM-DD HH:mm}
  - {name: Opens, type: time, format: HH:mm}
  - {name: Effort, type: slider, format: {minimum: 1, maximum: 8, step: 0.5}}
  - {name: Progress, type: progress, format: {maximum: 1, show_value: false}}
  - {name: Stars, type: scale, format: {maximum: 7, icon: fire}}
  - {name: Mail, type: email, format: {display: emailOnly}}
  - {name: Web, type: link, format: {display: card}}
  - {name: State, type: select, options: [Open, Done]}
  - {name: Gross, type: currency, format: {currency: GBP}, formula: Gross.coda}
"""
FILES = {
    "doc.yml": "doc: Shop\nformulas:\n"
    "  - {name: Rate, type: currency, format: {currency: EUR, precision: 3}, formula: Rate.coda}\n",
    "Rate.coda": "Things.Price.Sum()\n",
    "Things/table.yml": TABLE,
    "Things/Gross.coda": "thisRow.Price * 2\n",
    "Things/rows.csv": "Name,Price,Effort,State\na,1234.5,2,Open\n",
}


def looks(doc: Doc) -> dict[str, object]:
    """The types, formats and options of the columns of Things."""
    columns = doc.tables["Things"].columns
    return {name: (column.kind, column.format, column.options) for name, column in columns.items()}


@pytest.fixture
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


@pytest.fixture
def target(coda: RunningCoda) -> Iterator[Target]:
    with target_of(coda) as found:
        yield found


@pytest.mark.slow
def test_formats_are_deployed_drift_and_come_back(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    session = opened(write(tmp_path / "ours", FILES))
    root = session.project.root
    report = deploy(session, target)
    assert report.deployed, report_lines(report)
    assert plan_for(session, target, False)[0].steps == ()
    # What was deployed is pulled into a new folder as it was.
    snapshot = target.read()
    made = pulled(snapshot, Environment("production", snapshot.doc.id), None, {})
    write_files(tmp_path / "theirs", made.files)
    theirs = read_project(tmp_path / "theirs", "")
    assert theirs.diagnostics == ()
    assert {
        name: (column.kind, column.format, column.options)
        for name, column in theirs.doc.tables["Things"].columns.items()
    } == {
        name: (column.kind, column.format, column.options)
        for name, column in session.project.doc.tables["Things"].columns.items()
    }
    assert made.notes == () or all("place for" not in note.message for note in made.notes)
    # Somebody changes formats and options by hand.
    assert sentences(drift(remote_schema(target.read()), entry_of(root, ENVIRONMENT))) == []
    by_hand(coda, "Things", "Price", format=Format(currency="USD", precision=2))
    by_hand(coda, "Things", "Effort", format=Format(minimum=1.0, maximum=9.0, step=0.5))
    by_hand(coda, "Things", "State", options=("Done", "Open"))
    seen = sentences(drift(remote_schema(target.read()), entry_of(root, ENVIRONMENT)))
    assert sorted(line.partition(" was changed")[0] for line in seen) == [
        "format of column Things.Effort",
        "format of column Things.Price",
        "options of column Things.State",
    ]
    plan = plan_for(session, target, False)[0]
    assert sorted(type(step.change).__name__ for step in plan.steps) == ["SetFormat", "SetFormat", "SetOptions"]
    assert {step.route for step in plan.steps} == {"mcp"}
    assert deploy(session, target).deployed
    assert plan_for(session, target, False)[0].steps == ()
    # The folder says another format of a named formula, which no API tells.
    write(root, {"doc.yml": FILES["doc.yml"].replace("EUR", "GBP")})
    session = opened(root)
    (step,) = plan_for(session, target, False)[0].steps
    assert step.because == (
        "it was made as currency {currency: EUR, precision: 3}, "
        "and the folder shows it as currency {currency: GBP, precision: 3}"
    )
    done = deploy(session, target)
    assert [outcome.state for outcome in done.outcomes] == ["done"], "no read tells the format, so none can deny it"
    assert done.deployed
    assert coda.parts.workspace.live(coda.doc_id).record.formulas[0].formula.format == Format(
        currency="GBP", precision=3
    )
    assert plan_for(session, target, False)[0].steps == ()
