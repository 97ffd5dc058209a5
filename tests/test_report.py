"""How findings are reported to a person, to a program and to GitHub, whatever the text contains."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.diagnostics.render.formats import FORMATS, Report
from codaform.diagnostics.render.github import as_github
from codaform.diagnostics.render.gitlab import as_gitlab
from codaform.diagnostics.render.json import as_json
from codaform.diagnostics.render.junit import as_junit
from codaform.diagnostics.render.sarif import as_sarif
from codaform.diagnostics.render.text import WIDTH, as_text, summary
from codaform.source import Source, Span, line_starts


def found(
    text: str,
    marked: str | Span,
    message: str = "something is odd",
    rule: Rule = rules.UNEXPECTED,
    name: str = "tasks/score.coda",
    help: str = "",
    fix: Fix | None = None,
) -> Diagnostic:
    """A finding at the first place of the marked text, or at a span."""
    span = marked if isinstance(marked, Span) else Span(text.index(marked), text.index(marked) + len(marked))
    return Diagnostic(rule, message, Source(name, text), span, help, fix)


PLANNED = "tasks.Filter(\n    sprint = thisRow)\n  .[Estimate Hours]\n  .Sum()\n"
COLUMN = found(
    PLANNED,
    "[Estimate Hours]",
    "table tasks has no column Estimate Hours",
    rules.UNKNOWN_COLUMN,
    "sprints/planned_hours.coda",
    "did you mean estimated_hours?",
    Fix("write estimated_hours", (Edit(Span(39, 55), "estimated_hours"),), safe=False),
)
MIXED = "a OR b AND c"
CONDITIONS = found(
    MIXED,
    MIXED,
    "OR and AND are mixed without parentheses",
    rules.MIXED_CONDITIONS,
    fix=Fix("put what comes first in parentheses", (Edit(Span(0, 0), "("), Edit(Span(6, 6), ")"))),
)
PACK = found("[Some Pack]Shorten(1)", "[Some Pack]", "a Pack's formula gives nothing here", rules.ONLY_IN_CODA)

TRICKY = {
    "as designed": COLUMN,
    "warning with a fix": CONDITIONS,
    "info": PACK,
    "high line number": found("\n" * 122 + "1 + * 2", "*"),
    "several lines": found(PLANNED, Span(0, 36)),
    "several lines from a line end": found("a +\nb +", Span(3, 7)),
    "line with its line end": found("a +\nb", Span(2, 4)),
    "empty span": found("Sum(1, , 2)", Span(7, 7)),
    "end of the text": found("Sum(1", Span(5, 5)),
    "end of the text behind a line end": found("Sum(1\n", Span(6, 6)),
    "span outside of the text": found("Sum(1", Span(90, 99)),
    "empty file": found("", Span(0, 0), "the file is empty", rules.NO_FORMULA),
    "empty line": found("a\n\nb", Span(2, 2)),
    "carriage returns": found("a +\r\nb + ?\r\n", "?"),
    "at a carriage return": found("a +\r\nb", Span(3, 4)),
    "tabs": found("\tSum(\tx,\ty)", "x,\ty"),
    "behind tabs": found("\tSum(\tx,\t?)", "?"),
    "wide characters": found('If(名前 = "東京", 1, ??)', "??"),
    "under wide characters": found('If(名前 = "東京", 1, 2)', "東京"),
    "combining marks": found("Gro\u0308ße + x\u0304\u0323y + ?", "?"),
    "under a combining mark": found("a + e\u0301 + b", Span(5, 6)),
    "joined letters": found("می\u200cخواهم + ?", "?"),
    "decomposed Hangul": found("\u1112\u1161\u11ab + ?", "?"),
    "escapes in the text": found('"\x1b[31mred\x1b[0m\x00\x7f\x9b" + ?', "?"),
    "unseen characters": found("a\u200b + \u202eb\u2066 + \ufeff?", "?"),
    "escapes everywhere": found("1", "1", "odd \x1b]0;title\x07\rtext", name="a\x1b[2J\n.coda", help="\x1b[1mno\x08"),
    "several lines of message": found("1", "1", "two\nerror[lines]: here\n", help="one\ntwo"),
    "lone surrogates": found('"\ud800" + ?', "?", "odd \udfff", name="\udcff.coda"),
    "long line, span at the left": found("start + " + "abcdefghij" * 30, "start"),
    "long line, span at the right": found("abcdefghij" * 30 + " + end", "end"),
    "long line, span in the middle": found("abcdefghij" * 15 + "<here>" + "klmnopqrst" * 15, "<here>"),
    "long line, long span": found("abcdefghij" * 10 + "<" + "-" * 200 + ">" + "klmnopqrst" * 10, "<" + "-" * 200 + ">"),
    "long line, wide": found("名" * 200 + "?" + "前" * 200, "?"),
    "long line, marks at the cut": found("e\u0301" * 200 + "?", "?"),
    "percent, colon, comma": found("1", "1", "100% of a: b, c::d", name="50%, a:b.coda"),
    "spaces and letters in the name": found("1", "1", name="größe und #1?.coda"),
    "markup": found("<a> & </b>]]>", "&", "a < b & \"c\" > 'd' ]]>", name='<"&">.coda', help="write {0} or [x](y)"),
}
each_tricky = pytest.mark.parametrize("finding", TRICKY.values(), ids=TRICKY)
ALL = list(TRICKY.values())


def test_text_is_as_designed() -> None:
    expected = """\
error[unknown-column]: table tasks has no column Estimate Hours
 --> sprints/planned_hours.coda:3:4
  |
3 |   .[Estimate Hours]
  |    ^^^^^^^^^^^^^^^^
  = help: did you mean estimated_hours?
  = fix: write estimated_hours"""
    assert as_text([COLUMN]) == expected


@each_tricky
def test_text(finding: Diagnostic, snapshot: SnapshotAssertion) -> None:
    assert as_text([finding]) == snapshot


def columns(text: str) -> int:
    """The columns of a text in a terminal, told another way than the report counts them."""
    composed = unicodedata.normalize("NFC", text).replace("\u200c", "")
    marks = sum(unicodedata.combining(character) > 0 for character in composed)
    return len(composed) - marks + sum(unicodedata.east_asian_width(character) in "WF" for character in composed)


@pytest.mark.parametrize("name", [name for name, finding in TRICKY.items() if finding.source.text.count("?") == 1])
def test_carets_stand_under_the_text(name: str) -> None:
    rows = as_text([TRICKY[name]]).splitlines()
    carets = next(row for row in rows if row.endswith("^"))
    line = rows[rows.index(carets) - 1]
    assert columns(line[: line.index("?")]) == columns(carets[: carets.index("^")])


@each_tricky
def test_long_lines_are_cut(finding: Diagnostic) -> None:
    rows = as_text([finding]).splitlines()
    assert max(columns(row) for row in rows) <= WIDTH + len("123 | ……")


@each_tricky
def test_text_steers_nothing(finding: Diagnostic) -> None:
    text = as_text([finding])
    assert not [
        letter for letter in text if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")
    ]
    assert not re.search("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]", text)
    assert sum(row.startswith(("error", "warning", "info")) for row in text.splitlines()) == 1


@each_tricky
def test_color_adds_only_color(finding: Diagnostic) -> None:
    colored = as_text([finding], color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == as_text([finding])
    assert set(re.findall(r"\x1b.", colored)) == {"\x1b["}


def test_colors(snapshot: SnapshotAssertion) -> None:
    assert as_text([COLUMN, CONDITIONS, PACK], color=True).replace("\x1b", "␛") == snapshot


def test_findings_stand_by_file_and_place() -> None:
    source = "a\nb\nc"
    findings = [found(source, place, place, name=name) for name in ("b.coda", "a.coda") for place in ("c", "a", "b")]
    places = [f"{name}.coda:{line}:1" for name in "ab" for line in (1, 2, 3)]
    assert re.findall(r"--> (\S+)", as_text(findings)) == places
    assert re.findall(r"file=([^,]+),line=(\d)", as_github(findings)) == [(p[:6], p[7]) for p in places]
    told = json.loads(as_json(findings))["diagnostics"]
    assert [f"{finding['file']}:{finding['start']['line']}:1" for finding in told] == places
    assert [result["message"]["text"] for result in run_of(findings)["results"]] == ["a", "b", "c"] * 2


def test_nothing_found() -> None:
    assert as_text([]) == ""
    assert as_github([]) == ""
    assert json.loads(as_json([])) == {"version": 1, "diagnostics": []}
    assert run_of([])["results"] == []
    assert ElementTree.fromstring(as_junit([], [])).attrib["tests"] == "0"


@pytest.mark.parametrize(
    ("findings", "files", "said"),
    [
        ([], 47, "47 files, nothing to report"),
        ([], 1, "1 file, nothing to report"),
        ([], 0, "no files, nothing to report"),
        ([COLUMN], 1, "1 error in 1 file"),
        ([CONDITIONS, COLUMN, COLUMN], 47, "2 errors and 1 warning in 47 files"),
        ([PACK, PACK, CONDITIONS, COLUMN], 2, "1 error, 1 warning and 2 infos in 2 files"),
    ],
)
def test_summary(findings: list[Diagnostic], files: int, said: str) -> None:
    assert summary(findings, files) == said


def test_json_shape() -> None:
    assert json.loads(as_json([COLUMN])) == {
        "version": 1,
        "diagnostics": [
            {
                "code": "CF203",
                "rule": "unknown-column",
                "severity": "error",
                "message": "table tasks has no column Estimate Hours",
                "help": "did you mean estimated_hours?",
                "page": "docs/reference/rules/CF203.md",
                "file": "sprints/planned_hours.coda",
                "start": {"line": 3, "column": 4, "offset": 39},
                "end": {"line": 3, "column": 20, "offset": 55},
                "fix": {
                    "title": "write estimated_hours",
                    "safe": False,
                    "edits": [
                        {
                            "start": {"line": 3, "column": 4, "offset": 39},
                            "end": {"line": 3, "column": 20, "offset": 55},
                            "text": "estimated_hours",
                        }
                    ],
                },
                "count": 1,
            }
        ],
    }


def wrong_cells(count: int) -> list[Diagnostic]:
    """So many wrong cells of a column, each in a line of its own, the last one first, and one of another column."""
    source = Source("tasks/rows.csv", "x,y\n" * count)
    cells = [replace(found(source.text, Span(4 * at, 4 * at + 1)), group="cells of hours") for at in range(count)]
    return [*reversed(cells), replace(cells[0], span=Span(4 * count - 2, 4 * count - 1), group="cells of name")]


def test_of_many_wrong_cells_of_a_column_a_few_are_shown_and_the_others_counted() -> None:
    told = json.loads(as_json(wrong_cells(1_000)))["diagnostics"]
    assert [(one["start"]["line"], one["count"]) for one in told] == [
        *((line, 1) for line in range(1, 11)),
        (11, 990),
        (1_000, 1),
    ]
    assert told[10]["message"] == "990 more cells of hours have this finding; the first of them is here"
    assert as_text(wrong_cells(1_000)).count("-->") == 12
    assert "(and 1,000 more)" in as_junit(wrong_cells(1_000), [])
    assert summary(wrong_cells(1_000), 1) == "1001 errors in 1 file"


def test_the_last_one_is_shown_rather_than_counted() -> None:
    assert [one["count"] for one in json.loads(as_json(wrong_cells(11)))["diagnostics"]] == [1] * 12


@each_tricky
def test_json_tells_all(finding: Diagnostic) -> None:
    text = as_json([finding])
    assert text.isascii()
    (told,) = json.loads(text)["diagnostics"]
    assert (told["message"], told["help"], told["file"]) == (finding.message, finding.help, finding.source.name)
    assert (told["fix"] is None) == (finding.fix is None)
    lines = finding.source.text.split("\n")
    for place in (told["start"], told["end"]):
        before = lines[: place["line"] - 1]
        assert place["offset"] == sum(len(line) + 1 for line in before) + place["column"] - 1


def test_json_is_kept(snapshot: SnapshotAssertion) -> None:
    assert as_json([COLUMN, CONDITIONS, PACK]) == snapshot


def unescaped(text: str) -> str:
    """What GitHub's runner reads."""
    for code, character in {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}.items():
        text = text.replace(code, character)
    return text


@each_tricky
def test_github(finding: Diagnostic) -> None:
    line = as_github([finding])
    assert len(line.splitlines()) == 1
    match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
    assert match
    properties = dict(pair.split("=", 1) for pair in match[2].split(","))
    assert match[1] == {"error": "error", "warning": "warning", "info": "notice"}[finding.rule.severity]
    assert properties["title"] == f"{finding.rule.code} {finding.rule.name}"
    assert int(properties["line"]) <= int(properties["endLine"])
    assert ("col" in properties) == ("endColumn" in properties) == (properties["line"] == properties["endLine"])
    if finding.source.name.isprintable():
        assert unescaped(properties["file"]) == finding.source.name
    if finding.message.isprintable():
        assert unescaped(match[3]).startswith(finding.message)


def test_github_escapes() -> None:
    finding = found("1", "1", "100% a: b,\r\nc", name="50%, a:b.coda", help="none")
    expected = (
        "::error file=50%25%2C a%3Ab.coda,line=1,col=1,endLine=1,endColumn=2,title=CF105 unexpected"
        "::100%25 a: b,%0Ac%0Ahelp: none"
    )
    assert as_github([finding]) == expected


def test_github_is_kept(snapshot: SnapshotAssertion) -> None:
    assert as_github([COLUMN, CONDITIONS, PACK, TRICKY["several lines"]]) == snapshot


def run_of(findings: list[Diagnostic]) -> dict[str, Any]:
    """The one run of the findings' SARIF log."""
    log = json.loads(as_sarif(findings, "0.1.0"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_has_what_the_standard_requires() -> None:
    run = run_of(ALL)
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("codaform", "0.1.0")
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(ALL)
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == sorted({finding.rule.code for finding in ALL})
    for rule in driver["rules"]:
        assert rule["name"]
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert rule["properties"]["page"] == f"docs/reference/rules/{rule['id']}.md"
        assert rule["help"]["text"].endswith(rule["properties"]["page"])
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        check_artifact(location["physicalLocation"]["artifactLocation"])
        check_region(location["physicalLocation"]["region"])
        for fix in result.get("fixes", []):
            assert fix["description"]["text"]
            for change in fix["artifactChanges"]:
                check_artifact(change["artifactLocation"])
                assert change["replacements"]
                for replacement in change["replacements"]:
                    check_region(replacement["deletedRegion"])
                    assert isinstance(replacement["insertedContent"]["text"], str)


def check_artifact(artifact: dict[str, str]) -> None:
    assert artifact["uriBaseId"] == "%SRCROOT%"
    assert re.fullmatch(r"(?:[A-Za-z0-9/._~-]|%[0-9A-F]{2})+", artifact["uri"])


def check_region(region: dict[str, int]) -> None:
    assert set(region) == {"startLine", "startColumn", "endLine", "endColumn"}
    assert min(region.values()) >= 1
    assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])


def test_sarif_counts_code_points() -> None:
    (result,) = run_of([found('"𝒳é" + ?', "?")])["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 8, "endLine": 1, "endColumn": 9}


@pytest.mark.parametrize("name", ["größe und #1?.coda", "50%, a:b.coda", '<"&">.coda', "名前/東京.coda"])
def test_sarif_names_relative_files(name: str) -> None:
    (result,) = run_of([found("1", "1", name=name)])["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.isascii()
    assert unquote(uri) == name


def test_sarif_names_absolute_files() -> None:
    (result,) = run_of([found("1", "1", name="/docs/a b.coda")])["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///docs/a%20b.coda"}


def test_sarif_messages_hold_no_placeholders_and_no_links() -> None:
    (result,) = run_of([TRICKY["markup"]])["results"]
    assert result["message"]["text"].endswith("\nhelp: write {{0}} or [x] (y)")


def test_sarif_is_kept(snapshot: SnapshotAssertion) -> None:
    assert as_sarif([COLUMN, CONDITIONS, PACK], "0.1.0") == snapshot


def test_junit_is_a_case_a_file() -> None:
    clean, failing, warned = "clean.coda", COLUMN.source.name, CONDITIONS.source.name
    suites = ElementTree.fromstring(as_junit([COLUMN, CONDITIONS, PACK, COLUMN], [warned, clean, failing, clean]))
    (suite,) = suites
    assert suites.tag == "testsuites"
    for element in (suites, suite):
        counted = [element.attrib[key] for key in ("tests", "failures", "errors", "skipped")]
        assert counted == ["3", "1", "0", "0"]
    cases = {case.attrib["name"]: case for case in suite}
    assert list(cases) == sorted([clean, failing, warned])
    assert list(cases[clean]) == []
    (failure,) = cases[failing]
    assert (failure.tag, failure.attrib["type"]) == ("failure", "unknown-column")
    assert failure.attrib["message"] == "table tasks has no column Estimate Hours (and 1 more)"
    assert failure.text == as_text([COLUMN, COLUMN])
    (output,) = cases[warned]
    assert (output.tag, output.text) == ("system-out", as_text([CONDITIONS, PACK]))


@each_tricky
def test_junit_reads_back(finding: Diagnostic) -> None:
    suites = ElementTree.fromstring(as_junit([finding], []).encode("utf-8"))
    (told,) = suites.iterfind("testsuite/testcase/*")
    assert told.text == as_text([finding])


def test_junit_is_kept(snapshot: SnapshotAssertion) -> None:
    assert as_junit([COLUMN, CONDITIONS, PACK], ["clean.coda"]) == snapshot


def test_formats() -> None:
    report = Report(ALL, ["clean.coda"], "0.1.0")
    assert {name: tell(report) for name, tell in FORMATS.items()} == {
        "text": as_text(ALL),
        "json": as_json(ALL),
        "github": as_github(ALL),
        "gitlab": as_gitlab(ALL),
        "sarif": as_sarif(ALL, "0.1.0"),
        "junit": as_junit(ALL, ["clean.coda"]),
    }
    assert FORMATS["text"](Report(ALL, [], "0.1.0", color=True)) == as_text(ALL, color=True)


ODD_TEXT = st.text(st.sampled_from(list("ab \t\n\r\x00\x1b\x9b名e\u0301\u200d\u202e%:,<&{[\ud800\uffff")), max_size=300)


@given(text=ODD_TEXT, message=ODD_TEXT, name=ODD_TEXT, start=st.integers(-2, 310), length=st.integers(0, 310))
def test_any_text_can_be_told(text: str, message: str, name: str, start: int, length: int) -> None:
    finding = found(text, Span(start, start + length), message, name=name, help=message)
    told = as_text([finding])
    assert told.encode("utf-8").isascii() or not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)
    assert len(as_github([finding]).splitlines()) == 1
    assert json.loads(as_gitlab([finding]))[0]["severity"] == "critical"
    assert json.loads(as_json([finding]))["diagnostics"][0]["message"] == message
    assert len(run_of([finding])["results"]) == 1
    ElementTree.fromstring(as_junit([finding], [name]).encode("utf-8"))


@pytest.mark.parametrize("name", FORMATS)
def test_the_lines_of_a_source_are_counted_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []

    def counting(text: str) -> list[int]:
        counted.append(text)
        return line_starts(text)

    monkeypatch.setattr("codaform.diagnostics.render.places.line_starts", counting)
    source, fix = Source("a.coda", "a\nb\n"), Fix("mend it", (Edit(Span(2, 3), "c"),))
    findings = [Diagnostic(rules.UNKNOWN_NAME, "odd", source, Span(at, at + 1), "", fix) for at in range(3)]
    FORMATS[name](Report([*findings, COLUMN], [], "0.1.0"))
    once = [source.text, PLANNED]
    assert counted == (once * 2 if name == "junit" else once)
