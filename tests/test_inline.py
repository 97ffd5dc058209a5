"""Formulas of one line in YAML: read, reported at their place, mended, laid out and written there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from codaform.cli.program import program
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.fixes import apply_fixes
from codaform.project import shapes, yaml_tree
from codaform.project.inline import YamlPassage, inline_formula, one_line, passages
from codaform.project.reader import read_project
from codaform.project.writer import project_files
from codaform.project.written_files import compared
from codaform.semantics.program import formulas
from codaform.server.doc.records import DocRecord
from codaform.server.storage.seeding import from_project
from codaform.server.storage.store import adapter
from codaform.site.tables.pages import doc_pages
from codaform.source import Source, Span
from formulas import formulas as random_formulas
from projects import TASKS, failures, findings, marked, opened, place, rules_of, text_of, told, with_tasks, write
from searching import examples

HEAD = "table: tasks\ncolumns:\n  - {name: name, type: text}\n  - {name: hours, type: number}\n"

EVERYWHERE = {
    "doc.yml": "doc: Small\nformulas:\n  - {name: Rate, type: number, formula: 3 * 2}\n"
    'controls:\n  - {name: Pick, type: select, choices: "tasks.name"}\n',
    "tasks/table.yml": HEAD
    + """\
  - {name: double, type: number, formula: thisRow.hours * Rate}
  - {name: state, type: text, default: '"Open"', tests: [{formula: 'thisRow.state != "Odd"'}]}
  - {name: go, type: button, action: "thisRow.ModifyRows(hours, 1)", disable_if: thisRow.hours > 9}
views:
  - {name: Long, filter: hours > 4}
tests:
  - {name: short, formula: hours < 40}
""",
    "tasks/rows.csv": "name,hours\nPlan,2\nBuild,5\n",
    "tasks/double.cases.yml": "- {case: twice, given: {tasks: [{name: x, hours: 2}]}, expect: {x: 12}}\n",
    "tasks/long_filter.cases.yml": "- {case: long, given: {tasks: [{name: x, hours: 5}]}, expect: {x: true}}\n",
    "rate.cases.yml": "- {case: six, expect: 6}\n",
    "scenarios/s.yml": "{scenario: S, start: sample, steps: [{expect: {Long: [Build], tasks: {Plan: {double: 12}}}}]}",
}


def table(*columns: str) -> dict[str, str]:
    """A project with the table of tasks and more columns."""
    return {"tasks/table.yml": HEAD + "".join(f"  {column}\n" for column in columns)}


def test_each_key_for_a_formula_takes_one_of_a_line(tmp_path: Path) -> None:
    folder = write(tmp_path, EVERYWHERE)
    assert told(findings(folder)) == []
    assert told(failures(folder)) == []
    doc = opened(folder).project.doc
    assert {place.role for place, _, _ in formulas(doc)} == {
        *("formula", "default", "action", "disable_if", "filter", "named", "choices")
    }
    assert len(opened(folder).project.cases) == 3
    assert any("thisRow.hours" in page.text for page in doc_pages(opened(folder)))


SPELLINGS = {
    "plain": ("hours + nope", "hours + nope"),
    "double": ('"hours + nope"', "hours + nope"),
    "double with escapes": (r'"\"q\u0041\" & nope"', '"qA" & nope'),
    "double over lines": ('"hours \\\n        + nope"', "hours + nope"),
    "double, folded": ('"hours\n        + nope"', "hours + nope"),
    "single": ("'\"a\" & nope'", '"a" & nope'),
    "single with quotes": ("'\"it''s\" & nope'", '"it\'s" & nope'),
    "single, folded": ("'\"a\"\n        & nope'", '"a" & nope'),
    "plain, folded": ("hours\n        + nope", "hours + nope"),
    "a folded block": (">-\n      hours +\n      nope", "hours + nope"),
    "a block of one line": ("|\n      hours + nope", "hours + nope"),
    "beyond the plane": (r'"\"\U0001F600\" & nope"', '"😀" & nope'),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_finding_points_at_its_place_in_yaml(tmp_path: Path, spelling: str) -> None:
    spelled, text = SPELLINGS[spelling]
    folder = write(tmp_path, table(f"- name: x\n    type: other\n    formula: {spelled}"))
    column = opened(folder).project.doc.tables["tasks"].columns["x"]
    assert column.formula is not None
    assert column.formula.text == text
    found = [one for one in findings(folder) if "nope" in one.message]
    assert [(one.source.name, marked(one)) for one in found] == [("tasks/table.yml", "nope")]


FIXED = {
    "plain": ("hours == 1", "hours = 1"),
    "single": ("'hours == 1'", "'hours = 1'"),
    "double": ('"hours == 1"', '"hours = 1"'),
    "double with escapes": (r'"name == \"a\""', r'"name = \"a\""'),
    "single with quotes": ("'name == \"it''s\"'", "'name = \"it''s\"'"),
    "plain that cannot stay so": ("“Open”", "'\"Open\"'"),
}


@pytest.mark.parametrize("spelling", FIXED)
def test_a_fix_keeps_the_spelling(tmp_path: Path, spelling: str) -> None:
    before, after = FIXED[spelling]
    folder = write(tmp_path, table(f"- {{name: x, type: other, formula: {before}, about: y}}"))
    CliRunner().invoke(program, ["check", str(folder), "--fix"])
    assert (folder / "tasks/table.yml").read_text("utf-8") == HEAD + (
        f"  - {{name: x, type: other, formula: {after}, about: y}}\n"
    )
    assert told(findings(folder)) == []


UNQUOTED = {
    "a comma in a flow mapping": "- {name: x, type: number, formula: If(hours > 1, 2, 3)}",
    "the same value twice": "- {name: x, type: number, formula: If(hours > 1, 1, 1)}",
    "a name in brackets": "- name: x\n    type: number\n    formula: [hours] * 2",
    "only a name in brackets": "- name: x\n    type: number\n    formula: [hours]",
    "a text first": '- name: x\n    type: text\n    formula: "a" & name',
    "an argument by name": "- name: x\n    type: number\n    formula: Round(value: hours)",
    "a sign of YAML's own": "- {name: x, type: number, formula: @hours}",
    "brackets in a flow mapping": '- {name: x, type: number, formula: Sum([hours], 2), about: "a, b"}',
}


@pytest.mark.parametrize("what", UNQUOTED)
def test_a_formula_without_its_quotes_is_told_once_and_mended(tmp_path: Path, what: str) -> None:
    folder = write(tmp_path, table(UNQUOTED[what]))
    found = findings(folder)
    assert len(found) == 1
    assert found[0].fix is not None
    assert found[0].fix.title == "add quotes"
    path = folder / "tasks/table.yml"
    after, _ = apply_fixes(path.read_text("utf-8"), found)
    path.write_text(after, "utf-8")
    assert told(findings(folder)) == []
    formula = opened(folder).project.doc.tables["tasks"].columns["x"].formula
    assert formula is not None
    assert formula.text == marked(found[0])


def test_quotes_of_yaml_are_not_those_of_a_text(tmp_path: Path) -> None:
    folder = write(tmp_path, table('- {name: x, type: text, default: "Open"}'))
    (found,) = findings(folder)
    assert (found.rule.name, found.fix and found.fix.edits[0].text) == ("unknown-name", "'\"Open\"'")
    assert "belong to YAML" in found.help


def test_a_text_of_several_lines_belongs_into_a_file(tmp_path: Path) -> None:
    folder = write(tmp_path, table("- name: x\n    type: number\n    formula: |\n      hours\n        * 2"))
    assert told(findings(folder)) == [
        "tasks/table.yml:7:14 wrong-shape: hours * 2 is not a formula of one line, or the name of a .coda file in the "
        "same folder (put a longer formula into a .coda file in the same folder, and its name here)"
    ]


def test_what_ends_in_coda_is_a_file(tmp_path: Path) -> None:
    files = table("- {name: x, type: number, formula: a/b.coda}", "- {name: y, type: number, formula: doubel.coda}")
    found = findings(write(tmp_path, {**files, "tasks/double.coda": "1"}))
    assert [(one.rule.name, marked(one)) for one in found if place(one).startswith("tasks/table.yml")] == [
        ("wrong-shape", "a/b.coda"),
        ("missing-file", "doubel.coda"),
    ]


def test_a_file_name_without_its_ending_is_told_at_the_key(tmp_path: Path) -> None:
    files = {**table("- {name: x, type: number, formula: hours}"), "tasks/hours.coda": "thisRow.hours * 2\n"}
    (found,) = findings(write(tmp_path, files))
    assert (place(found), found.rule.name) == ("tasks/table.yml:5:38", "unused-file")
    assert found.fix is not None
    assert found.fix.edits[0].text == "hours.coda"


# ------------------------------------------------------------ laid out


def test_fmt_keeps_a_formula_in_its_line(tmp_path: Path) -> None:
    rows = [
        "- {name: a, type: number, formula: thisRow.hours*2}  # why",
        '- {name: b, type: text, formula: "IF( hours>1,\\"x\\",name )", about: "odd  spaces"}',
        "- {name: c, type: text, formula: 'if(hours>1,\"it''s\",name)'}",
        "- {name: d, type: number, formula: a.coda}",
        "- name: e\n    type: number\n    formula: hours  +  1   # two",
    ]
    laid = [
        "- {name: a, type: number, formula: thisRow.hours * 2}  # why",
        '- {name: b, type: text, formula: "If(hours > 1, \\"x\\", name)", about: "odd  spaces"}',
        "- {name: c, type: text, formula: 'If(hours > 1, \"it''s\", name)'}",
        "- {name: d, type: number, formula: a.coda}",
        "- name: e\n    type: number\n    formula: hours + 1   # two",
    ]
    folder = write(tmp_path, {**table(*rows), "tasks/a.coda": "1\n", "broken/table.yml": "table: [\n"})
    path = folder / "tasks/table.yml"
    before = path.read_text("utf-8")
    for option in ("--check", "--diff"):
        result = CliRunner().invoke(program, ["fmt", option, str(folder)])
        assert (result.exit_code, path.read_text("utf-8")) == (1, before)
        assert "table.yml" in result.stdout
    assert CliRunner().invoke(program, ["fmt", str(folder)]).exit_code == 0
    assert path.read_text("utf-8") == HEAD + "".join(f"  {row}\n" for row in laid)
    assert CliRunner().invoke(program, ["fmt", "--check", str(path)]).exit_code == 0


def test_a_long_formula_stays_in_one_line(tmp_path: Path) -> None:
    long = " + ".join(f"Sum({number}, {number + 1})" for number in range(40))
    folder = write(tmp_path, table(f'- {{name: a, type: number, formula: "{long.replace(" ", "")}"}}'))
    CliRunner().invoke(program, ["fmt", str(folder)])
    assert f'formula: "{long}"' in (folder / "tasks/table.yml").read_text("utf-8")


def test_fmt_leaves_a_file_whose_formula_cannot_be_read(tmp_path: Path) -> None:
    columns = ("- {name: a, type: number, formula: hours*}", "- {name: b, type: text, formula: 1+1}")
    folder = write(tmp_path, table(*columns))
    before = (folder / "tasks/table.yml").read_text("utf-8")
    result = CliRunner().invoke(program, ["fmt", str(folder)])
    assert result.exit_code == 1
    assert "table.yml:5:43" in result.stderr
    assert (folder / "tasks/table.yml").read_text("utf-8") == before


# ------------------------------------------------------------ written


def test_what_is_in_yaml_stays_there(tmp_path: Path) -> None:
    project = read_project(write(tmp_path, EVERYWHERE), "")
    update = compared(tmp_path, project_files(project.doc, into=project), prune=True)
    assert (update.texts, update.left, update.anew) == ({}, (), ())


def test_a_changed_formula_stays_in_yaml_as_long_as_it_has_one_line(tmp_path: Path) -> None:
    project = read_project(write(tmp_path, EVERYWHERE), "")
    tasks = project.doc.tables["tasks"]

    def changed(text: str) -> dict[str, str]:
        column = replace(tasks.columns["double"], formula=Source("coda", text))
        after = replace(tasks, columns={**tasks.columns, "double": column})
        doc = replace(project.doc, tables={"tasks": after})
        update = compared(tmp_path, project_files(doc, into=project))
        return {path.as_posix(): text for path, text in update.texts.items()}

    same = EVERYWHERE["tasks/table.yml"]
    assert changed("thisRow.hours*Rate") == {}
    assert changed('If(hours>1, "a", "b")') == {
        "tasks/table.yml": same.replace("thisRow.hours * Rate", '\'If(hours > 1, "a", "b")\'')
    }
    assert changed("// why\nhours") == {
        "tasks/table.yml": same.replace("formula: thisRow.hours * Rate", "formula: double.coda"),
        "tasks/double.coda": "// why\nhours\n",
    }


# ------------------------------------------------------------ whatever is written


def spelled(text: str, style: str) -> str:
    """A text as YAML in one of its styles."""
    made: str = yaml.safe_dump({"formula": text}, default_style=style or None, allow_unicode=True, width=30)
    return made


@settings(max_examples=examples(60), deadline=None)
@given(random_formulas(), st.sampled_from(["", "'", '"', ">"]))
def test_every_character_has_its_place(text: str, style: str) -> None:
    short = one_line(text)
    if short is None:
        return
    whole = Source("t.yml", spelled(short, style))
    tree = yaml_tree.compose(whole)
    assert not isinstance(tree, Diagnostic)
    found = yaml_tree.get(tree, "formula")
    assert isinstance(found, yaml_tree.Scalar)
    formula = inline_formula(found, whole)
    assert formula.text == short
    passage = formula.passage
    assert isinstance(passage, YamlPassage)
    last = 0
    for at, character in enumerate(short):
        span = passage.located(Span(at, at + 1))
        assert passage.span.start <= span.start <= span.end <= passage.span.end
        assert last <= span.start
        last = span.start
        shown = text_of(whole, span)
        assert shown.strip() in ("", character) or shown[0] in ("\\", "'")
    for other in (short, short.upper(), "a \"b\" 'c' # d: e", "x"):
        text = whole.text[: passage.span.start] + passage.respelled(other) + whole.text[passage.span.end :]
        assert yaml_tree.text_at(yaml_tree.compose(Source("t.yml", text)), "formula").rstrip("\n") == other  # type: ignore[arg-type]


def test_formulas_are_found_by_the_shape() -> None:
    source = Source("tasks/table.yml", EVERYWHERE["tasks/table.yml"])
    found = passages(source, shapes.TABLE)
    assert not isinstance(found, Diagnostic)
    assert [one.text for one in found][:2] == ["thisRow.hours * Rate", '"Open"']
    assert len(found) == 7


def test_a_local_coda_keeps_them(tmp_path: Path) -> None:
    """What is stored of a doc is its formulas' texts, wherever they were written."""
    session = opened(write(tmp_path, EVERYWHERE))
    record, _ = from_project(session.book, session.now)
    kept = adapter(DocRecord).dump_json(record)
    assert b"thisRow.hours * Rate" in kept
    assert adapter(DocRecord).validate_json(kept).name == "Small"


@pytest.mark.parametrize("name", ["/etc/double.coda", "../double.coda", "a/b.coda", "//x.coda"])
def test_a_path_is_no_name_of_a_formula_file(tmp_path: Path, name: str) -> None:
    folder = with_tasks(tmp_path, {"tasks/table.yml": TASKS.replace("double.coda", name)})
    assert "wrong-shape" in rules_of(findings(folder))
