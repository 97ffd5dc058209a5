"""The questions to a real Coda: all are asked of the local one, and each false answer is found and named."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from codaform.cli.program import program
from codaform.coda.door.failures import CannotReach, NotFound, Refused, ServerDown, TooManyCalls
from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.coda.door.transport import Transport
from codaform.coda.wire.json_data import Json
from codaform.conformance.interview import ROWS_ANSWER, Record, interview, probe_folder, record_of
from codaform.conformance.judging import judgements
from codaform.conformance.measured import take_in
from codaform.conformance.probe import NAME, Probe
from codaform.conformance.questions import Question, Questions
from codaform.conformance.results import CODA, Result, read_result, result_text, write_result
from codaform.conformance.service_facts import askable, name_of_fact, unaskable, written
from codaform.conformance.service_writes import WRITES, Scratch
from codaform.deploy.applying.deployment import Target
from codaform.project import check, check_cache
from codaform.project.files import CannotRead
from codaform.project.truths import by_rule, measured_doubts, read_truths
from codaform.server.facts import FACTS
from codaform.site.reference.certainty import uncertain_page
from codaform.site.reference.functions import function_pages
from codaform.site.reference.rules import rule_pages
from codaform.source import Source
from codaform.testing import local_coda_for
from deploying import target_of
from projects import write
from searching import some

pytestmark = pytest.mark.timeout(900)  # a thousand questions, on a machine that has other work

TRUTHS = Path(__file__).parent / "coda"
TODAY = date(2026, 11, 28)
SOME = ("Round", "List", "a-date-counts-the-days-since-30-december-1899", "find-on-a-table-gives-the-number-of-the-row")


@pytest.fixture(scope="module")
def questions() -> Questions:
    return Questions(read_truths(TRUTHS))


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    root = write(tmp_path / "project", {"doc.yml": "doc: Small\n"})
    with local_coda_for(root) as coda, target_of(coda) as found:
        yield found


def ask(target: Target, root: Path, asked: list[Question], questions: Questions) -> dict[str, Mapping[str, Json]]:
    """Ask, in a doc that is removed afterwards; gives the answers as Coda gave them."""
    with record_of(root, "staging") as record:
        probe = _probe(target, root, questions)
        interview(asked, probe, record, TODAY, "abc", facts=True)
        answers = {**record.answers}
        probe.remove()
        record.forget()
    return answers


def _probe(target: Target, root: Path, questions: Questions) -> Probe:
    assert target.tools is not None
    return Probe(target.rest, target.tools, probe_folder(root, "staging"), questions.columns, 20.0)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory, questions: Questions) -> dict[str, Mapping[str, Json]]:
    root = write(tmp_path_factory.mktemp("asked") / "project", {"doc.yml": "doc: Small\n"})
    with local_coda_for(root) as coda, target_of(coda) as target:
        found = ask(target, root, questions.asked, questions)
        assert [one["name"] for one in target.rest.docs() if str(one["name"]).startswith(NAME)] == []
    return found


def recorded(answers: Mapping[str, Mapping[str, Json]]) -> Record:
    return Record(Path(), None, answers=dict(answers))  # type: ignore[arg-type]


# ------------------------------------------------------------ the questions


def test_every_truth_and_every_example_is_asked_or_has_a_reason(questions: Questions) -> None:
    names = [one.name for one in questions.asked] + [one.name for one in questions.unasked]
    assert len(names) == len({*names}) > 1000
    told = {one.about for one in questions.asked} | {one.about for one in questions.unasked}
    assert {truth.truth for truth in read_truths(TRUTHS)} <= told
    assert all(one.why for one in questions.unasked)
    assert not [one for one in questions.unasked if one.why.startswith("codaform refuses")]


def test_the_local_coda_answers_all(questions: Questions, answered: dict[str, Mapping[str, Json]]) -> None:
    found = judgements(questions.asked, questions, recorded(answered))
    assert [one for one in found if one.outcome == "differs"] == []
    open_ = [one for one in found if one.outcome == "unanswered"]
    assert all("no format for a column of type duration" in one.coda for one in open_)
    assert len(open_) < 10


@pytest.mark.parametrize("part", range(4))
def test_each_false_answer_is_found_and_named_and_none_other(
    questions: Questions, answered: dict[str, Mapping[str, Json]], part: int
) -> None:
    asked = [one for one in questions.asked if "missing" not in answered[one.name]]
    false = random.Random(1).sample(asked, 200)[part * 50 : (part + 1) * 50]
    assert len({one.name for one in false}) == 50
    for question in false:
        told = {**answered, question.name: _falsified(answered[question.name])}
        found = [one for one in judgements(questions.asked, questions, recorded(told)) if one.outcome == "differs"]
        assert [(one.question, one.change) for one in found] == [(question.name, question.change)]


def test_the_facts_about_the_service_are_looked_at(
    questions: Questions, answered: dict[str, Mapping[str, Json]]
) -> None:
    names = [name_of_fact(fact) for fact, _ in askable()]
    assert len(names) > 30
    assert {name: answered[name]["seen"] for name in names if answered[name]["seen"]} == {}
    assert {one.name for one in unaskable()} | {*names} == {name_of_fact(fact) for fact in FACTS}
    for name in names:
        found = judgements([], questions, recorded({**answered, name: {"seen": "grid-0123456789 is another thing"}}))
        assert [(one.question, one.coda) for one in found if one.outcome == "differs"] == [(name, "… is another thing")]


def test_a_fact_that_does_not_hold_is_seen(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Rest.call

    def changed(self: Rest, method: Any, path: str, *words: Any, **named: Any) -> Any:
        if path.endswith("/rows/i-nothinghere"):
            raise NotFound(404, "There is no such row.")
        return call(self, method, path, *words, **named)

    monkeypatch.setattr(Rest, "call", changed)
    questions = Questions(())
    found = judgements([], questions, recorded(ask(target, tmp_path / "project", [], questions)))
    (wrong,) = [one for one in found if one.outcome == "differs"]
    assert (wrong.question, wrong.coda) == ("fact 8", "row: 404 There is no such row.")


def _falsified(answer: Mapping[str, Json]) -> Mapping[str, Json]:
    """The same answer with another value."""
    if "error" in answer:
        return {"value": "no error"}
    key = "cell" if "cell" in answer else "value"
    return {key: _other(answer[key])}


def _other(value: Json) -> Json:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value} and more"
        case list():
            return [*value, "one more"]
        case dict() if "epoch" in value:
            return {**value, "epoch": value["epoch"] + 86400}  # type: ignore[operator]
        case _:
            return "something else"


# ------------------------------------------------------------ facts that only a write shows

FALSE: dict[int, tuple[str, object]] = {
    11: ("codaform.coda.door.rest.Rest.doc", lambda *_: {"name": "x", "icon": {"name": "another"}}),
    13: ("codaform.server.rest.rows._MOST_ROW_BYTES", 1024),
    14: ("codaform.conformance.service_writes.Scratch.has_table", lambda *_: True),
    15: ("codaform.conformance.service_writes.Scratch.lines", lambda *_: [("cl-a", "h2", ""), ("cl-b", "h1", "")]),
    16: ("codaform.conformance.service_writes._export", lambda *_: ("| A |", {})),
    17: ("codaform.conformance.service_writes.Scratch.lines", lambda *_: [("cl-a", "h4", "four")]),
    18: ("codaform.conformance.service_writes._export", lambda *_: ("naïve\n", {})),
    20: ("codaform.conformance.service_writes.Scratch.read", lambda *_: "11/14/2023"),
    21: ("codaform.conformance.service_writes.Scratch.read", lambda *_: ""),
    22: ("codaform.conformance.service_writes.Scratch.tool_cell", lambda *_: "Local Maker"),
    23: ("codaform.conformance.service_writes.Scratch.read", lambda *_: ""),
    24: ("codaform.conformance.service_writes.Scratch.row_count", lambda *_: 3),
    25: ("codaform.conformance.service_writes.Scratch.row_count", lambda *_: 1),
    26: ("codaform.conformance.service_writes.Scratch.read", lambda *_: "b"),
    33: ("codaform.conformance.service_writes.Scratch.tool_cell", lambda *_: {"identifier": "Local Maker"}),
    34: ("codaform.conformance.service_writes.Scratch.tool_cell", lambda *_: ""),
    36: ("codaform.conformance.service_writes.Scratch.tool_cell", lambda *_: {"type": "urlref"}),
    37: ("codaform.coda.door.rest.Rest.table", lambda *_: {"name": "Scratch"}),
}
"""What is changed so that a fact does not hold."""


def test_each_written_fact_that_does_not_hold_is_seen_and_no_other_doc_is_written(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with record_of(tmp_path / "project", "staging") as record:
        probe = _probe(target, tmp_path / "project", Questions(()))
        interview([], probe, record, TODAY, "abc")
    service = probe.service()
    assert sorted(FALSE) == sorted(WRITES) == [fact.number for fact in written()]
    sent, called = [], []
    send, call = Transport.call, Tools.call

    def noted(self: Transport, method: Any, path: str, *words: Any, **named: Any) -> Any:
        sent.append((method, path))
        return send(self, method, path, *words, **named)

    def noted_tool(self: Tools, name: str, arguments: Any) -> Any:
        called.append(arguments["uri"])
        return call(self, name, arguments)

    monkeypatch.setattr(Transport, "call", noted)
    monkeypatch.setattr(Tools, "call", noted_tool)
    for number, (name, other) in FALSE.items():
        with monkeypatch.context() as false:
            false.setattr(name, other)
            assert WRITES[number](Scratch(service)), number
    assert {method for method, _ in sent} > {"POST", "PUT", "DELETE"}
    here = f"/docs/{probe.doc}"
    assert [one for one in sent if one[0] != "GET" and not (one[1] == here or one[1].startswith(f"{here}/"))] == []
    assert ("DELETE", here) not in sent
    assert [uri for uri in called if not uri.startswith(f"coda://docs/{probe.doc}")] == []


@pytest.mark.parametrize("failure", [ServerDown(503, "busy"), TooManyCalls(429, "slowly")])
def test_a_service_that_is_down_answers_no_fact(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Refused
) -> None:
    def down(_: object) -> str:
        raise failure

    monkeypatch.setattr("codaform.conformance.interview.askable", lambda: [(FACTS[0], down)])
    with record_of(tmp_path / "project", "staging") as record:
        with pytest.raises(type(failure)):
            interview([], _probe(target, tmp_path / "project", Questions(())), record, TODAY, "abc", facts=True)
        assert name_of_fact(FACTS[0]) not in record.answers


def test_what_was_seen_of_a_fact_has_no_id_of_the_doc(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(service: Any) -> str:
        raise Refused(403, "no", f"GET /docs/{service.doc}/tables")

    monkeypatch.setattr("codaform.conformance.interview.askable", lambda: [(FACTS[0], refused)])
    with record_of(tmp_path / "project", "staging") as record:
        interview([], _probe(target, tmp_path / "project", Questions(())), record, TODAY, "abc", facts=True)
        assert record.answers[name_of_fact(FACTS[0])] == {"seen": "GET /docs/…/tables: no (403)"}


# ------------------------------------------------------------ only its own doc


@pytest.mark.parametrize("name", ["Payroll", f"{NAME} 2020-01-01 zzz (may be deleted)", f"{NAME}s"])
def test_a_doc_that_is_not_its_own_is_neither_filled_nor_deleted(
    target: Target, tmp_path: Path, questions: Questions, name: str
) -> None:
    root = tmp_path / "project"
    other = str(target.rest.create_doc(name).reply["id"])
    title = f"{NAME} {TODAY} abc (may be deleted)"
    # The state names another doc; or another title, too, which no doc of the probe has.
    for told in (title, name) if not name.startswith(f"{NAME} ") else (title,):
        with record_of(root, "staging") as record:
            record.forget()
            record.add(title=told, begun=str(TODAY), doc=other)
            probe = _probe(target, root, questions)
            with pytest.raises(CannotRead, match="is not the doc of its run"):
                interview(questions.named(["Round 1"]), probe, record, TODAY, "abc")
            with pytest.raises(CannotRead, match=r"conformance-staging\.jsonl names a doc called"):
                probe.remove()
    assert target.rest.tables(other) == []
    assert target.rest.doc(other)["name"] == name


def test_a_doc_renamed_during_a_run_stays(target: Target, tmp_path: Path, questions: Questions) -> None:
    with record_of(tmp_path / "project", "staging") as record:
        probe = _probe(target, tmp_path / "project", questions)
        interview(questions.named(["Round 1"]), probe, record, TODAY, "abc")
        target.rest.update_doc(record.doc, title="Now it is mine")
        with pytest.raises(CannotRead, match="Now it is mine"):
            probe.remove()
        assert target.rest.doc(record.doc)["name"] == "Now it is mine"


# ------------------------------------------------------------ stopping and going on


def test_a_stopped_run_goes_on(target: Target, tmp_path: Path, questions: Questions) -> None:
    asked = questions.named(SOME)
    root = tmp_path / "project"
    expected = ask(target, root, asked, questions)
    met: dict[str, Mapping[str, Json]] = {}
    stops = 0
    chance = random.Random(3)
    while not met:
        with record_of(root, "staging") as record:
            most = len(record.answers) + chance.randint(0, 15)

            def add(most: int = most, record: Record = record, **entry: Any) -> None:
                nonlocal stops
                if len(record.answers) >= most:
                    stops += 1
                    raise CannotReach("the line is cut")
                Record.add(record, **entry)

            record.add = add  # type: ignore[method-assign]
            probe = _probe(target, root, questions)
            try:
                interview(asked, probe, record, TODAY, "abc", facts=True)
            except CannotReach:
                continue
            met = {**record.answers}
            assert [one["name"] for one in target.rest.docs() if str(one["name"]).startswith(NAME)] == [record.title]
    assert stops > 2
    assert _without_ids(met) == _without_ids(expected)


def _without_ids(answers: Mapping[str, Mapping[str, Json]]) -> dict[str, object]:
    return {name: answer for name, answer in answers.items() if name != ROWS_ANSWER and "Id" not in json.dumps(answer)}


def test_a_doc_that_was_made_before_a_kill_is_found(target: Target, tmp_path: Path, questions: Questions) -> None:
    root = tmp_path / "project"
    with record_of(root, "staging") as record:
        record.add(title=f"{NAME} {TODAY} abc (may be deleted)", begun=str(TODAY))
        made = _probe(target, root, questions).make(record.title)
        interview(questions.named(["Round 1"]), _probe(target, root, questions), record, TODAY, "xyz")
        assert record.doc == made


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    root = write(tmp_path, {"doc.yml": "doc: Small\n"})
    with record_of(root, "staging") as record:
        record.add(title="A doc")
        path = record.path
    path.write_text('{"title": 3}\n', "utf-8")
    with pytest.raises(CannotRead, match=r"line 1 of .* is damaged"), record_of(root, "staging"):
        pass


# ------------------------------------------------------------ the file, and what it changes


def _result(questions: Questions, answered: Mapping[str, Mapping[str, Json]], service: str = CODA) -> Result:
    found = judgements(questions.asked, questions, recorded(answered))
    return Result("2026-11-28", service, "", "0.1.0", tuple(found), tuple(questions.unasked))


def test_a_file_holds_all_of_it_and_nothing_of_the_account(
    tmp_path: Path, questions: Questions, answered: dict[str, Mapping[str, Json]]
) -> None:
    result = _result(questions, answered)
    path = tmp_path / "conformance" / "2026-11-28.yml"
    write_result(path, result)
    assert read_result(path) == result
    text = path.read_text("utf-8")
    rows: Any = answered[ROWS_ANSWER]["value"]
    assert not [id for id in rows if id in text]


@pytest.mark.parametrize(
    "text",
    ["", "- 1\n", "conformance: 1\n", "conformance: 2\n", "a: [", "conformance: 1\ndate: 2026-11-28\nanswers: []\n"],
)
def test_another_file_is_no_result(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(CannotRead, match=r"other\.yml"):
        read_result(path)


def test_answers_are_noted_with_the_truths(
    tmp_path: Path, questions: Questions, answered: dict[str, Mapping[str, Json]]
) -> None:
    folder = tmp_path / "coda"
    shutil.copytree(TRUTHS, folder)
    before = read_truths(folder)
    doubt = next(one for one in before if one.warns == "mixed-conditions")
    false = next(one for one in questions.asked if one.about == doubt.truth)
    result = _result(questions, {**answered, false.name: _falsified(answered[false.name])})
    files = [*sorted(path.name for path in TRUTHS.glob("*.yml")), "functions.yml"]
    assert [path.name for path in take_in(result, folder)] == files
    assert take_in(result, folder) == []
    after = read_truths(folder)
    assert [replace(one, measured=None) for one in after] == before
    measured = {one.truth: one.measured for one in after if one.measured is not None}
    assert len(measured) > 150
    assert [truth for truth, one in measured.items() if one.differ] == [doubt.truth]
    page = uncertain_page(after)
    assert "### Measured" in page
    assert "measured in Coda on 2026-11-28: it differs" in page
    assert "Measured in Coda on 2026-11-28: it differs." in rule_pages(after)["rules/CF120.md"]
    assert "measured in Coda on 2026-11-28: it agrees." in function_pages(folder)["numbers.md"]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, ""),
        ({"text-format": (1, 0)}, None),
        ({"text-format": (0, 1)}, "; Coda was asked on 2026-11-28: its answer is another one than codaform's"),
        ({"text-format": (2, 1)}, "; Coda was asked on 2026-11-28: 2 of 3 answers are codaform's"),
        ({"empty-aggregate": (1, 0), "text-of-list": (0, 1)}, ""),
    ],
)
def test_a_finding_says_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, tuple[int, int]], told: str | None
) -> None:
    folder = Path(shutil.copytree(TRUTHS, tmp_path / "coda"))
    text = (folder / "observed.yml").read_text("utf-8")
    for rule, (agree, differ) in answers.items():
        measured = f'measured: {{date: "2026-11-28", agree: {agree}, differ: {differ}}}'
        text = re.sub(rf"(warns: {rule},.*)\}}", rf"\1, {measured}}}", text)
    (folder / "observed.yml").write_text(text, "utf-8")
    for module in (check, check_cache):
        monkeypatch.setattr(module, "truths_folder", lambda: folder)
    check_cache.program_state.cache_clear()
    assert measured_doubts(folder) == by_rule(read_truths(folder))
    formula = 'Today().ToText("YYYY") & (1 / 2).Power(2) & true'
    found = [one.message for one in check.check_formula(Source("x", formula), None) if one.rule.name == "text-format"]
    root = write(
        tmp_path / "doc", {"doc.yml": 'doc: Small\nformulas: [{name: Year, formula: Today().ToText("YYYY")}]\n'}
    )
    _, shown, _ = invoked("check", str(root))
    said = [] if told is None else [f"a maker saw Coda refuse a format in ToText{told}"]
    assert found == said
    assert all(f"info[text-format]: {one}\n" in shown for one in said)
    assert ("text-format" in shown) == bool(said)
    check_cache.program_state.cache_clear()


def test_a_clean_check_is_not_remembered_over_a_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(TRUTHS, tmp_path / "coda"))
    monkeypatch.setattr(check_cache, "truths_folder", lambda: folder)
    check_cache.program_state.cache_clear()
    before = check_cache.program_state()
    os.utime(folder / "observed.yml", ns=(1, 1))
    check_cache.program_state.cache_clear()
    assert check_cache.program_state() != before
    check_cache.program_state.cache_clear()


def test_the_local_coda_measures_nothing(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="it is codaform itself"):
        take_in(Result("2026-11-28", "the local Coda", "", "0.1.0", ()), tmp_path)


# ------------------------------------------------------------ the command


def run(*words: str) -> tuple[int, str, str]:
    return invoked("conformance", *words)


def invoked(*words: str) -> tuple[int, str, str]:
    found = CliRunner().invoke(program, [*words], prog_name="codaform")
    return found.exit_code, found.stdout, found.stderr


def test_a_dry_run_says_what_it_would_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"doc.yml": "doc: Small\n"}))
    code, shown, said = run("--to", "production")
    assert code == 0
    assert NAME in shown
    assert "view Open tasks, button Reopen" in shown
    assert " min\n" in shown
    assert said == "nothing was written; --apply asks\n"
    assert "fact" not in shown
    _, shown, _ = run("--to", "production", "--api")
    lines = [line for line in shown.splitlines() if line.startswith("  fact ")]
    assert lines == [f"  fact {fact.number}: {fact.text}" for fact in written()]
    assert "not asked: fact 10, since it needs a token that is limited to a doc" in shown
    assert not (tmp_path / ".codaform").exists()


def test_asking_and_reporting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path, {"doc.yml": "doc: Small\n"})
    monkeypatch.chdir(root)
    code, shown, said = run("--apply", "--only", "Round", "--out", "answers.yml")
    assert (code, shown) == (0, "")
    assert said.splitlines()[-1].endswith("answers agree")
    told = yaml.safe_load((root / "answers.yml").read_text("utf-8"))
    assert told["service"] == "the local Coda"
    told["service"] = "Coda"
    told["answers"][0] |= {"outcome": "differs", "coda": "5", "change": "here.yml:1"}
    (root / "answers.yml").write_text(yaml.safe_dump(told), "utf-8")
    folder = root / "truths"
    shutil.copytree(TRUTHS, folder)
    code, shown, said = run("answers.yml", "--into", "truths")
    assert code == 1
    assert "  Coda: 5\n  here: 3, by here.yml:1\n" in shown
    assert "noted in truths/measured/functions.yml" in said
    assert json.loads(run("answers.yml", "--format", "json")[1])["answers"][0]["coda"] == "5"


def test_an_environment_on_this_machine_is_the_local_coda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path, {"doc.yml": "doc: Small\n"})
    monkeypatch.chdir(root)
    with local_coda_for(root) as coda:
        environments = f"environments: {{near: {{doc: {coda.doc_id}, host: {coda.url}}}}}\n"
        write(root, {"doc.yml": f"doc: Small\n{environments}"})
        monkeypatch.setenv("CODA_API_TOKEN_NEAR", coda.token)
        monkeypatch.setenv("CODA_MCP_TOKEN_NEAR", coda.mcp_token)
        words = ("--to", "near", "--via", "mcp", "--apply", "--only", "Round", "--out", "answers.yml")
        code, _, said = run(*words)
        assert code == 0, said
    assert read_result(root / "answers.yml").service == "the local Coda"
    with pytest.raises(CannotRead, match="it is codaform itself"):
        take_in(read_result(root / "answers.yml"), TRUTHS)


def test_a_falsified_reply_of_a_tool_is_found_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path, {"doc.yml": "doc: Small\n"}))
    call = Tools.call
    asked: dict[str, str] = {}
    false: list[str] = []

    def changed(self: Tools, name: str, arguments: Any) -> Any:
        reply: Any = call(self, name, arguments)
        if name != "formula_execute" or arguments["formula"].endswith("CountAll()"):
            return reply
        asked.setdefault(arguments["formula"], "")
        return {**reply, "value": _other(reply["value"])} if arguments["formula"] in false else reply

    monkeypatch.setattr(Tools, "call", changed)
    words = ("--apply", "--only", "Round", "--only", "Concatenate", "--only", "List", "--out", "answers.yml")
    assert run(*words)[0] == 0
    for formula in some([*asked]):
        false[:] = [formula]
        code, shown, said = run(*words)
        found = [one.formula for one in read_result(Path("answers.yml")).judgements if one.outcome == "differs"]
        assert (code, found) == (1, false), said
        assert shown.count("  Coda: ") == 1
    assert len(asked) > 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--apply", "--only", "Rond"), "did you mean Round?"),
        (("--to", "nowhere", "--apply"), "nowhere"),
        (("missing.yml",), "missing.yml"),
        (("--into", "x"), "--into goes with a file of answers"),
    ],
)
def test_bad_words_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(write(tmp_path, {"doc.yml": "doc: Small\n"}))
    code, _, said = run(*words)
    assert code == 2
    assert told in said
    assert "Traceback" not in said


def test_a_result_is_plain_yaml(questions: Questions, answered: dict[str, Mapping[str, Json]]) -> None:
    told = yaml.safe_load(result_text(_result(questions, answered)))
    assert list(told) == ["conformance", "date", "service", "product", "codaform", "answers", "unasked"]
