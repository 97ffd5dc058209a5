"""One page on a doc: what it says, what it may not say, and that nothing in it leaves the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codaform.audit.forgiving import ForgivingRest
from codaform.audit.page import audit_json, audit_page
from codaform.audit.reading import read_snapshot_file
from codaform.audit.report import AuditReport, audit
from codaform.audit.subject import subject_of_snapshot
from codaform.cli.program import program
from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import (
    RemoteColumn,
    RemoteControl,
    RemoteDoc,
    RemoteFormula,
    RemotePage,
    RemoteRow,
    RemoteTable,
    RemoteView,
    Snapshot,
    snapshot_to_json,
)
from codaform.testing import local_coda_for
from door import SWIFT
from projects import FORMULAS, with_tasks

EVIL = "<img src=x onerror=alert(1)>\"'&"


def column(id: str, name: str, kind: str = "text", formula: str | None = None, **format_: Any) -> RemoteColumn:
    return RemoteColumn(
        id, name, {"type": kind, **format_}, formula, display=name == "Name", calculated=formula is not None
    )


def row_of(table: str, row: str, name: str) -> dict[str, Any]:
    """A cell that holds a row, as Coda's API writes one."""
    kind = {"@context": "http://schema.org/", "@type": "StructuredValue", "additionalType": "row"}
    return {**kind, "name": name, "url": "", "tableId": table, "rowId": row, "tableUrl": ""}


def snapshot(rows: int = 12) -> Snapshot:
    """A doc with a fault of each kind: text in a relation, names as text, errors, a blank column, a filter twice."""
    same = "Jobs.Filter(CurrentValue.State = thisRow.State).Count()"
    jobs = RemoteTable(
        "grid-jobs",
        "Jobs",
        "canvas-1",
        rows=rows,
        columns=(
            column("c-name", "Name"),
            column("c-state", "State", "select", options=[{"name": "Open"}, {"name": "Done"}]),
            column("c-owner", "Owner", "lookup", isArray=False, table={"id": "grid-people"}),
            column("c-person", "Person"),
            column("c-old", "Old"),
            column("c-same", "Same", "number", same),
            column("c-again", "Again", "number", same),
            column("c-bad", "Bad", "number", "thisRow.Gone + 1"),
            column("c-evil", EVIL),
        ),
    )
    people = RemoteTable("grid-people", "People", "canvas-1", rows=3, columns=(column("c-pname", "Name"),))
    names = ["Ada", "Bo", "Cy"]
    kept = {
        "grid-people": tuple(RemoteRow(f"i-{name}", name, {"c-pname": f"```{name}```"}) for name in names),
        "grid-jobs": tuple(
            RemoteRow(
                f"i-{at}",
                f"Job {at}",
                {
                    "c-name": f"```Job {at}```",
                    "c-state": f"```{('Open', 'Done')[at % 2]}```",
                    "c-owner": "```Ada, of old```"
                    if at == 0
                    else row_of("grid-people", f"i-{names[at % 3]}", names[at % 3]),
                    "c-person": f"```{names[at % 3]}```",
                    "c-old": "",
                    "c-same": 6,
                    "c-again": 6,
                    "c-bad": "#ERROR: it is broken",
                    "c-evil": f"```{EVIL}```",
                },
                f"2026-11-{at + 1:02}T10:00:00.000Z",
            )
            for at in range(rows)
        ),
    }
    return Snapshot(
        RemoteDoc("dShop12345", f"Shop {EVIL}", time_zone="Europe/Berlin", rows=rows + 3),
        "2026-11-30T10:00:00+00:00",
        pages=(RemotePage("canvas-1", "Home"),),
        tables=(jobs, people),
        views=(RemoteView("table-v", "All jobs", "grid-jobs", "canvas-1"),),
        formulas=(RemoteFormula("f-1", "Lonely", "canvas-1", 3, "1 + 2"),),
        controls=(RemoteControl("ctrl-1", "Pick", "canvas-1", "textbox", ""),),
        rows=kept,
    )


@pytest.fixture(scope="module")
def report() -> AuditReport:
    return audit(subject_of_snapshot(snapshot(), "a snapshot"))


def said(report: AuditReport, area: str) -> list[str]:
    return [f"{one.severity} {one.where}: {one.message}" for one in report.findings if one.area == area]


def test_text_in_a_relation_and_names_of_rows_as_text_are_found(report: AuditReport) -> None:
    assert said(report, "relation") == [
        "error Jobs.Owner: the relation holds text instead of a row in 1 cell",
        "info Jobs.Person: 3 of its 3 different texts are names of rows of People",
    ]


def test_a_relation_to_a_row_that_is_gone_is_told_from_one_that_was_not_read() -> None:
    whole = snapshot()
    rows = {**(whole.rows or {}), "grid-people": (whole.rows or {})["grid-people"][:2]}
    doc, people = replace(whole.doc, rows=14), replace(whole.tables[1], rows=2)
    gone = replace(whole, rows=rows, doc=doc, tables=(whole.tables[0], people))
    told = "warning Jobs.Owner: 4 cells refer to a row that People does not have"
    assert told in said(audit(subject_of_snapshot(gone, "")), "relation")
    assert told not in said(audit(subject_of_snapshot(replace(whole, rows=rows), "")), "relation")


def test_broken_references_and_cells_that_show_errors_are_found(report: AuditReport) -> None:
    assert "error Jobs.Bad: table Jobs has no column Gone" in said(report, "reference")
    assert said(report, "cell") == ["warning Jobs.Bad: 12 of 12 cells show an error"]


def test_a_finding_names_the_table_though_another_one_has_the_same_formula() -> None:
    whole = snapshot()
    bad = column("c-pbad", "Bad", "number", "thisRow.Gone + 1")
    people = replace(whole.tables[1], columns=(*whole.tables[1].columns, bad))
    found = audit(subject_of_snapshot(replace(whole, tables=(whole.tables[0], people)), ""))
    assert said(found, "reference") == [
        "error Jobs.Bad: table Jobs has no column Gone",
        "error People.Bad: table People has no column Gone",
    ]


def test_advice_is_among_the_findings() -> None:
    whole = snapshot()
    part = column("c-part", "Part", "number", "1 / thisRow.Name.Length()")
    people = replace(whole.tables[1], columns=(*whole.tables[1].columns, part))
    found = audit(subject_of_snapshot(replace(whole, tables=(whole.tables[0], people)), "a snapshot")).findings
    assert [one.where for one in found if "may be blank or 0" in one.message] == ["People.Part"]


def test_what_nothing_needs_is_listed_and_the_rest_is_not(report: AuditReport) -> None:
    assert {str(one.part): one.why.partition(",")[0] for one in report.unused} == {
        "Jobs.Old": "blank in all 12 rows",
        "Jobs.Same": "computed",
        "Jobs.Again": "computed",
        "Jobs.Bad": "computed",
        "All jobs": "shows all rows of its table; no formula reads it",
        "Lonely": "no formula reads it; it may be there to be looked at",
        "Pick": "no formula reads what is set",
    }


def test_a_formula_that_is_there_twice_is_one_of_the_duplicates(report: AuditReport) -> None:
    whole, *_ = report.duplicates
    assert [place.name for place in whole.places] == ["Same", "Again"]


def test_costs_are_those_of_the_rows(report: AuditReport) -> None:
    (first, *_) = report.costs
    assert (first.place.name, first.scanned) == ("Again", 12 + 12 * 12)
    assert report.grown[first.place] > 50 * first.comparisons


def test_a_limit_has_a_day_if_rows_say_when_they_were_made(report: AuditReport) -> None:
    free = next(use for use in report.limits if "free plan" in use.name)
    # 12 rows in the 29 days since the first one: 985 more take 2,380 days.
    assert (free.used, free.reached) == (15, date(2033, 6, 6))
    still = replace(snapshot(), rows={"grid-jobs": (), "grid-people": ()})
    assert all(use.reached is None for use in audit(subject_of_snapshot(still, "")).limits)


# ------------------------------------------------------------ the page


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_loads_nothing_and_holds_texts_as_texts(report: AuditReport) -> None:
    page = audit_page(report)
    parsed = _Tags()
    parsed.feed(page)
    tags = {tag for tag, _ in parsed.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "form", "base", "image", "use"}
    for _, attributes in parsed.tags:
        assert not any(name.startswith("on") or name in ("src", "action", "style") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page
    assert EVIL not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    ids = re.findall(r' id="([a-z]+)"', page)
    assert set(re.findall(r'href="#([a-z]+)"', page)) <= set(ids)


def test_json_has_the_same_findings(report: AuditReport) -> None:
    data = json.loads(json.dumps(audit_json(report)))
    assert len(data["findings"]) == len(report.findings)
    assert data["complete"] is True
    assert data["tables"]["Jobs"]["rows"] == 12
    assert {one["name"] for one in data["unused"]} >= {"Jobs.Old", "Pick"}


# ------------------------------------------------------------ what is missing


def missing(found: Snapshot, *more: str) -> list[str]:
    return list(audit(subject_of_snapshot(found, "", more)).subject.unread)


def test_the_report_says_what_is_missing() -> None:
    whole = snapshot()
    assert missing(whole) == []
    assert "larger than Coda's API takes" in missing(replace(whole, doc=replace(whole.doc, too_large=True)))[0]
    assert "rows were not read" in missing(replace(whole, rows=None))[0]
    (page,) = missing(replace(whole, pages=()))
    assert page.startswith("The page canvas-1 is not visible to the token; Jobs, People, All jobs")
    assert "views are not visible" in missing(replace(whole, tables=whole.tables[1:]))[0]
    part = {**(whole.rows or {}), "grid-jobs": (whole.rows or {})["grid-jobs"][:5]}
    assert missing(replace(whole, rows=part))[0] == "Jobs has 12 rows, and 5 were read."


@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.99])
def test_half_a_snapshot_gives_what_it_holds(tmp_path: Path, share: float) -> None:
    text = snapshot_to_json(snapshot(40))
    file = tmp_path / "half.json"
    file.write_text(text[: int(len(text) * share)], "utf-8")
    found, said = read_snapshot_file(file)
    assert [table.name for table in found.tables] == ["Jobs", "People"]
    assert "cut off" in said[0]
    result = run("audit", str(file), "--out", str(tmp_path / "report.html"))
    assert result.exit_code == 1
    assert "cut off" in (tmp_path / "report.html").read_text("utf-8")


def test_a_file_that_was_changed_is_audited_with_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "changed.json"
    file.write_text(snapshot_to_json(snapshot()).replace("Bo", "Ba"), "utf-8")
    assert "changed or damaged" in run("audit", str(file), "--out", str(tmp_path / "report.html")).output


@pytest.mark.parametrize("text", ["", "{", "[]", '{"codaform": "plan"}', "\x00\xff"])
def test_a_file_that_is_no_snapshot_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "no.json").write_text(text, "utf-8")
    result = run("audit", str(tmp_path / "no.json"))
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1), result.output


def run(*arguments: str) -> Result:
    return CliRunner().invoke(program, [*arguments], catch_exceptions=False)


def test_from_an_empty_folder_to_the_report_in_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = tmp_path / "backup.json"
    saved.write_text(snapshot_to_json(snapshot()), "utf-8")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = run("audit", str(saved), "--out", "report.html")
    assert result.exit_code == 0, result.output
    assert [path.name for path in Path().iterdir()] == ["report.html"]
    assert "token" in run("audit", "dAbCDeFGHij").output


def test_a_folder_is_audited_without_a_change(tmp_path: Path) -> None:
    root = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours,parent\na,1,\nb,2,a\n"})
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    data = json.loads(run("audit", str(root), "--format", "json").stdout)
    assert data["tables"] == {"tasks": {"rows": 2, "bytes": 26}}
    assert data["relations"] == [{"table": "tasks", "column": "parent", "to": "tasks", "computed": False}]
    assert {path: path.read_bytes() for path in before} == before
    dashed = run("audit", str(FORMULAS)).stdout
    assert 'class="wire computed"' in dashed


# ------------------------------------------------------------ from Coda


@pytest.fixture
def coda(tmp_path: Path) -> Iterator[Any]:
    with local_coda_for(with_tasks(tmp_path, {"tasks/rows.csv": "name,hours,parent\na,1,\nb,2,a\n"})) as running:
        yield running


def test_where_the_token_has_no_rights_the_audit_goes_on(coda: Any) -> None:
    rest = Rest(Secret(coda.token), coda.url, Pace({}, SWIFT))
    (doc,) = rest.docs()
    here = f"/apis/v1/docs/{doc['id']}"
    (table,) = rest.tables(str(doc["id"]))
    tried = {
        f"{here}/tables/{table['id']}/rows": f"The rows of the table {table['id']} could not be read",
        f"{here}/formulas": "The list of named formulas could not be read",
        f"{here}/pages": "The list of pages could not be read",
    }
    for path, message in tried.items():
        coda.faults.set({"faults": [{"status": 403, "path": path}]})
        asking = ForgivingRest(rest)
        found = fetch_snapshot(asking, None, str(doc["id"]), rows=True)
        report = audit(subject_of_snapshot(found, "Coda", asking.unread))
        assert report.subject.unread[0].startswith(message)
        assert not report.complete
        assert "tasks" in audit_page(report)
    coda.faults.set({"faults": []})
    rest.close()


def test_an_environment_is_audited(tmp_path: Path) -> None:
    root = with_tasks(tmp_path, {"tasks/rows.csv": "name,hours,parent\na,1,\nb,2,a\n"})
    result = run("audit", "--to", "local", "--project", str(root), "--format", "json")
    data = json.loads(result.stdout)
    assert (result.exit_code, data["source"], data["tables"]) == (0, "Coda", {}), result.output  # nothing is deployed
    assert run("audit", str(root), "--to", "local").exit_code == 2
