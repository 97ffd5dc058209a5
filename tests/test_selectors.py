"""Selectors: the parts they select, how check, test and eval use the selection, and the messages for wrong ones."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codaform.cli.program import program
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project.parts import ProjectPart
from codaform.project.selectors import select_parts
from codaform.project.writer import project_files
from codaform.project.yaml_edits import edited
from codaform.project.yaml_tree import compose
from codaform.source import Source
from projects import opened, replace, write

JOBS = """\
table: jobs
tags: [work]
columns:
  - {name: title, type: text, display: true, tests: [not_null]}
  - {name: hours, type: number, tags: [input]}
  - {name: rate, type: number}
  - name: pay
    type: number
    formula: thisRow.hours * thisRow.rate
    tests: [{formula: thisRow.pay >= 0, tags: [money]}]
  - {name: net, type: number, formula: thisRow.pay * 0.8}
views:
  - {name: Long jobs, filter: thisRow.hours > least}
tests:
  - {name: short, formula: thisRow.hours < 100}
"""
PEOPLE = """\
table: people
columns:
  - {name: name, type: text, display: true}
  - {name: loud, type: text, formula: Upper(thisRow.name)}
"""
FILES = {
    "doc.yml": "doc: Work\nformulas:\n  - {name: least, type: number, formula: '5'}\n"
    "  - {name: total, type: number, formula: jobs.net.Sum()}\n"
    "controls:\n  - {name: shown, type: slider, value: 3}\n",
    "jobs/table.yml": JOBS,
    "jobs/rows.csv": "title,hours,rate\na,2,10\n",
    "jobs/net.cases.yml": "- case: a fifth goes\n  given: {jobs: [{title: a, hours: 1, rate: 10}]}\n  expect: {a: 8}\n",
    "people/table.yml": PEOPLE,
    "people/rows.csv": "name\nAda\n",
    "scenarios/1_pay.yml": "scenario: Pay\nstart: empty\nsteps:\n"
    "  - {step: one, add: {jobs: [{title: a, rate: 1}]}, expect: {total: 0}}\n",
    "scenarios/2_people.yml": "scenario: People\ntags: [slow]\nstart: empty\nsteps:\n"
    "  - {step: one, add: {people: [{name: a}]}, expect: {people: {a: {loud: A}}}}\n",
}


def selected(folder: Path, *select: str, exclude: tuple[str, ...] = ()) -> list[str]:
    """The selected parts as texts, in order."""
    found = select_parts(opened(folder), select, exclude, "HEAD").parts
    return sorted(f"{part.table}: {part.name}" if part.kind == "test" else str(part) for part in found)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program, [str(each) for each in arguments])


def git(folder: Path, *arguments: str) -> None:
    named = {f"GIT_{who}_{what}": "x@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, env=os.environ | named)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that is committed."""
    write(tmp_path, FILES)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "all")
    return tmp_path


@pytest.mark.parametrize(
    ("selectors", "parts"),
    [
        (["jobs.pay"], ["jobs.pay"]),
        (["JOBS.Pay"], ["jobs.pay"]),
        (["+jobs.pay"], ["jobs.hours", "jobs.pay", "jobs.rate"]),
        (["1+jobs.net"], ["jobs.net", "jobs.pay"]),
        (["least+1"], ["Long jobs", "least"]),
        (["shown"], ["shown"]),
        (["Long jobs", "total"], ["Long jobs", "total"]),
        (["people"], ["people", "people.loud", "people.name"]),
        (["tag:input"], ["jobs.hours"]),
        (["tag:money"], ["jobs: pay thisRow.pay >= 0"]),
        (["tag:slow"], ["scenarios/2_people.yml"]),
    ],
)
def test_names_tags_and_steps_select_parts(tmp_path: Path, selectors: list[str], parts: list[str]) -> None:
    assert selected(write(tmp_path, FILES), *selectors) == parts


def test_a_trailing_plus_adds_all_that_reads_a_part(tmp_path: Path) -> None:
    assert selected(write(tmp_path, FILES), "jobs.pay+") == [
        "jobs.net",
        "jobs.pay",
        "jobs/net.cases.yml",
        "jobs: pay thisRow.pay >= 0",
        "scenarios/1_pay.yml",
        "total",
    ]


def test_a_table_brings_its_columns_views_and_tests_and_its_tag_does(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    table = selected(tmp_path, "jobs")
    assert table == selected(tmp_path, "tag:work")
    assert {"jobs", "jobs.title", "Long jobs", "jobs: short", "jobs: title not_null"} <= set(table)
    assert "people.name" not in table


def test_exclude_takes_parts_out_also_of_all(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    assert selected(tmp_path, "people", exclude=("people.loud",)) == ["people", "people.name"]
    everything = selected(tmp_path, exclude=("jobs+", "people"))
    assert everything == ["least", "scenarios/2_people.yml", "shown"]


def test_a_name_of_the_doc_is_no_selector_with_a_sign(tmp_path: Path) -> None:
    control = FILES["doc.yml"] + "  - {name: tag:a+, type: slider, value: 3}\n"
    assert selected(write(tmp_path, {**FILES, "doc.yml": control}), "tag:a+") == ["tag:a+"]


def test_modified_is_what_differs_from_the_revision_but_not_by_layout(folder: Path) -> None:
    assert selected(folder, "state:modified") == []
    table = folder / "jobs" / "table.yml"
    replace(table, "thisRow.hours * thisRow.rate", "thisRow.hours*thisRow.rate")
    assert selected(folder, "state:modified") == []
    replace(table, "thisRow.pay * 0.8", "thisRow.pay * 0.7")
    replace(table, "  - {name: rate, type: number}\n", "  - {name: rate, type: number}\n  - {name: new, type: text}\n")
    (folder / "scenarios" / "1_pay.yml").write_text(FILES["scenarios/1_pay.yml"].replace("0}", "1}"), "utf-8")
    assert selected(folder, "state:modified") == ["jobs.net", "jobs.new", "scenarios/1_pay.yml"]
    git(folder, "commit", "-qam", "more")
    assert selected(folder, "state:modified") == []
    found = select_parts(opened(folder), ["state:modified"], (), "HEAD~1").parts
    assert ProjectPart("column", "net", "jobs") in found


def test_other_rows_modify_their_table_and_another_zone_all(folder: Path) -> None:
    (folder / "people" / "rows.csv").write_text("name\nBen\n", "utf-8")
    assert selected(folder, "state:modified") == ["people", "people.loud", "people.name"]
    replace(folder / "doc.yml", "doc: Work\n", "doc: Work\ntime_zone: Asia/Tokyo\n")
    assert {"jobs.rate", "total", "shown", "scenarios/2_people.yml"} <= set(selected(folder, "state:modified"))


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        ("jobs.pey", "jobs.pey selects nothing: there is no jobs.pey; did you mean jobs.pay?"),
        ("+jbos+", "+jbos+ selects nothing: there is no jbos; did you mean jobs?"),
        ("tag:inptu", "nothing has the tag inptu; did you mean input?"),
        ("state:new", "there is no state new; the only one is state:modified"),
        ("", "a selector is empty"),
    ],
)
@pytest.mark.parametrize("command", ["check", "lint", "test", "eval"])
def test_a_selector_that_means_nothing_is_an_error_with_a_suggestion(
    tmp_path: Path, command: str, selector: str, told: str
) -> None:
    result = run(command, "--project", write(tmp_path, FILES), "--select", selector)
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_an_unknown_revision_is_an_error(folder: Path) -> None:
    result = run("check", folder, "--select", "state:modified", "--base", "nowhere")
    assert result.exit_code == 2
    assert "nowhere is no revision" in result.stderr
    assert "--base belongs to --select" in run("check", folder, "--base", "nowhere").stderr


def test_a_selection_without_parts_says_so(folder: Path) -> None:
    for command in ("check", "lint", "test"):
        result = run(command, folder, "--select", "state:modified+")
        assert result.exit_code == 0
        assert "nothing is selected" in result.stderr


def test_check_shows_the_findings_about_what_is_selected(tmp_path: Path) -> None:
    table = JOBS.replace("thisRow.pay * 0.8", "thisRow.pey * 0.8").replace("hours > least", "hours > leest")
    rows = "title,hours,rate\na,2,ten\n"
    doc = FILES["doc.yml"].replace("jobs.net.Sum()", "jobs.nett.Sum()")
    folder = write(tmp_path, {**FILES, "jobs/table.yml": table, "jobs/rows.csv": rows, "doc.yml": doc})

    def places(*selectors: str) -> list[tuple[str, str]]:
        picked = [word for selector in selectors for word in ("--select", selector)]
        told = json.loads(run("check", folder, "--format", "json", *picked).stdout)
        return sorted((Path(one["file"]).name, one["rule"]) for one in told["diagnostics"])

    column = ("table.yml", "unknown-column")
    assert places() == [("doc.yml", "unknown-column"), ("rows.csv", "bad-cell"), column, ("table.yml", "unknown-name")]
    assert places("jobs.net") == [column]
    assert places("jobs.rate") == [("rows.csv", "bad-cell")]
    assert places("Long jobs") == [("table.yml", "unknown-name")]
    assert places("total") == [("doc.yml", "unknown-column")]
    assert places("jobs") == [("rows.csv", "bad-cell"), column, ("table.yml", "unknown-name")]
    assert places("people") == []


def test_fixes_reach_only_what_is_selected(tmp_path: Path) -> None:
    table = JOBS.replace("thisRow.hours * thisRow.rate", "'jobs.Sort(true, hours).Count()'")
    table = table.replace("thisRow.pay * 0.8", "'jobs.Sort(true, rate).Count()'")
    folder = write(tmp_path, {**FILES, "jobs/table.yml": table})
    run("lint", folder, "--fix", "--select", "jobs.net")
    after = (folder / "jobs" / "table.yml").read_text("utf-8")
    assert ("jobs.Sort(true, hours)" in after, "jobs.Sort(true, rate)" in after) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--select", "jobs.net"], ["a fifth goes"]),
        (["--select", "jobs.title"], ["jobs.title not_null", "a fifth goes", "Pay"]),
        (["--select", "people"], ["People"]),
        (["--select", "tag:money"], ["jobs.pay thisRow.pay >= 0"]),
        (["--select", "total"], ["Pay"]),
        (
            ["--select", "jobs", "--exclude", "jobs.net"],
            ["jobs.title not_null", "jobs.pay thisRow.pay >= 0", "jobs.short", "Pay"],
        ),
        (["--select", "people", "--exclude", "tag:slow"], []),
        (["--select", "shown"], []),
    ],
)
def test_test_runs_what_touches_the_selected_parts(tmp_path: Path, arguments: list[str], names: list[str]) -> None:
    result = run("test", write(tmp_path, FILES), "--format", "json", *arguments)
    assert result.exit_code == 0
    assert [one["name"] for one in json.loads(result.stdout)["outcomes"]] == names


def test_mutants_are_made_of_selected_formulas_alone(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES)
    assert "of 2 changes noticed" in run("test", folder, "--mutate", "--select", "jobs.net").stderr
    result = run("test", folder, "--mutate", "--select", "jobs.pay")
    assert (result.exit_code, "no selected formula has cases of its own" in result.stderr) == (2, True)


def test_eval_computes_the_selected_columns_and_named_formulas(tmp_path: Path) -> None:
    folder = write(tmp_path, FILES)
    result = run("eval", "--project", folder, "--select", "jobs.hours+", "--format", "json")
    assert json.loads(result.stdout) == {"jobs": {"pay": [20], "net": [16]}, "": {"total": 16}}
    shown = run("eval", folder, "--select", "people", "--select", "least").stdout.split()
    assert (shown[0], shown[-3:]) == ("people.loud", ["ADA", "least", "5"])
    lines = run("eval", folder, "--select", "jobs.pay", "--select", "least", "--format", "csv").stdout.splitlines()
    assert lines == ["table,column,row,value", "jobs,pay,1,20", ",least,,5"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["eval", "1", "--select", "jobs"], "Give a formula, or --column, or --all, or --select."),
        (["eval", "--select", "jobs", "--row", "a"], "--select is for whole columns"),
        (["check", "--stdin", "--select", "jobs"], "neither paths nor fixes nor selectors"),
    ],
)
def test_selectors_do_not_go_with_everything(arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_tags_stay_when_a_doc_is_written_over_its_files(tmp_path: Path) -> None:
    doc = opened(write(tmp_path, FILES)).project.doc
    wanted = compose(Source("new", project_files(doc)[Path("people/table.yml")]))
    assert not isinstance(wanted, Diagnostic)
    assert "tags: [a]" in edited("tags: [a]\n" + PEOPLE, wanted).text
