"""JSON from files and hosts: sound JSON is read, and other JSON is reported in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from codaform.coda.snapshot.records import InvalidSnapshot
from codaform.coda.snapshot.records import snapshot_from_json as snapshot_from
from codaform.coda.wire.json_data import InvalidJson, read_json
from codaform.deploy.applying.journal import journal_of, journal_path
from codaform.deploy.planning.plan_file import BadPlan
from codaform.deploy.planning.plan_file import from_json as plan_from
from codaform.project.files import CannotRead


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2.5, null]", [1, 2.5, None]),
        (b'\xef\xbb\xbf{"a": true}', {"a": True}),
        (r'{"id": "grid-\ud800x", "\uDFFF": ["\ud83d\ude00"]}', {"id": "grid-\ufffdx", "\ufffd": ["😀"]}),
        (r'"\\ud800"', r"\ud800"),
    ],
)
def test_what_is_read(text: str | bytes, value: object) -> None:
    assert read_json(text) == value


BAD = {
    '{"a": [1,': "it is cut off in line 1",
    '{"a": "b': "it is cut off in line 1",
    "{\n'a': 1}": "it is damaged in line 2: Expecting property name enclosed in double quotes",
    "NaN": "it is damaged: NaN is no number of JSON",
    "[-Infinity]": "it is damaged: -Infinity is no number of JSON",
    "[1e999]": "it holds a number that is too large",
    "1" * 5_000: "it holds a number of more digits than can be read",
    "[" * 200_000: "it is nested too deeply",
}


@pytest.mark.slow
@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:12])
def test_what_is_not_read(text: str) -> None:
    with pytest.raises(InvalidJson) as told:
        read_json(text)
    assert str(told.value) == BAD[text]
    for read, problem in ((snapshot_from, InvalidSnapshot), (plan_from, BadPlan)):
        with pytest.raises(problem):
            read(text)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(InvalidJson, match="it is no text in UTF-8"):
        read_json(b"\xff\xfe1")


LINES = [
    "[]", "1", "null", '"begun"', "{}", '{"a": null}', '{"state": null, "keys": []}', '{"state": "begun"}',
    '{"state": "begun", "keys": null}', '{"state": "begun", "keys": "ab"}', '{"state": "begun", "keys": [1]}',
    '{"state": "begun", "keys": [[]]}', '{"state": "started", "keys": [], "said": 5}',
    '{"state": "done", "keys": [], "ids": []}', '{"state": "done", "keys": [], "ids": {"a": null}}',
    '{"state": "done", "keys": [], "at": {}}', '{"state": {"a": 1}, "keys": []}', '{"state": [], "keys": []}',
    "[" * 100_000,
    '{"state": "done", "keys": [], "more": 1}', "NaN", "1" * 5_000,
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:40])
def test_a_line_of_the_journal_that_is_no_entry(line: str, tmp_path: Path) -> None:
    with journal_of(tmp_path, "local") as journal:
        journal.write("started", said="plan")
    path = journal_path(tmp_path, "local")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(CannotRead, match=r"line 2 of .* is damaged"), journal_of(tmp_path, "local"):
        pass


def test_the_journal_keeps_half_of_a_pair_out_of_its_file(tmp_path: Path) -> None:
    with journal_of(tmp_path, "local") as journal:
        journal.write("done", ["add table \ud800"], ids={"table": "grid-\udfff"})
    with journal_of(tmp_path, "local") as journal:
        assert journal.made() == {"table": "grid-?"}
