"""Numbers as texts, everywhere as JavaScript writes them: each pair below is what `String(x)` gives in Node 20."""

from __future__ import annotations

import json
import math
import random
import re
import struct
from collections.abc import Callable
from typing import cast

import pytest

from codaform.cli.terminal import as_json
from codaform.coda.wire.texts import DocLookup, plain_text
from codaform.evaluation.workbook import Workbook
from codaform.model import number_text as number_text_module
from codaform.model.conversion import to_text
from codaform.model.notation import literal, notate
from codaform.model.number_text import json_text, number_text
from codaform.model.schema import Column
from codaform.project.cell_texts import single_text
from codaform.source import Source
from codaform.syntax.parser import parse

TEXTS: dict[float, str] = {
    0.0: "0", 3.0: "3", -3.0: "-3", 0.5: "0.5", 0.1 + 0.2: "0.30000000000000004", 1 / 3: "0.3333333333333333",
    100.0: "100", 123456.789: "123456.789", 1e15: "1000000000000000", 2.0**53: "9007199254740992",
    9007199254740994.0: "9007199254740994", 1e16: "10000000000000000", 12345678901234567.0: "12345678901234568",
    1.5e16: "15000000000000000", 2.0**60: "1152921504606847000", 1e20: "100000000000000000000",
    123456789012345680000.0: "123456789012345680000", 999999999999999900000.0: "999999999999999900000",
    1e21: "1e+21", 1.5e21: "1.5e+21", -1.234e25: "-1.234e+25", 1e100: "1e+100",
    1.7976931348623157e308: "1.7976931348623157e+308",
    0.001: "0.001", 0.0001: "0.0001", 0.00001: "0.00001", 0.000015: "0.000015", 0.000001: "0.000001",
    -0.00000123: "-0.00000123", 1e-7: "1e-7", 1.5e-7: "1.5e-7", -1e-7: "-1e-7", 1e-10: "1e-10", 5e-324: "5e-324",
}  # fmt: skip


@pytest.mark.parametrize("value", TEXTS)
def test_a_number_as_javascript_writes_it(value: float) -> None:
    assert number_text(value) == TEXTS[value]


def test_what_is_no_ordinary_number() -> None:
    assert [number_text(value) for value in (-0.0, math.inf, -math.inf, math.nan)] == [
        "0",
        "Infinity",
        "-Infinity",
        "NaN",
    ]


def test_the_text_of_any_number_gives_it_back() -> None:
    chance = random.Random(19)
    for _ in range(2_000):
        (value,) = struct.unpack("<d", chance.randbytes(8))
        if math.isfinite(value):
            assert float(number_text(value)) == value
            assert float(json.loads(json_text(value))) == value


SMALL = [0.00001, 1e-7, 12345678901234567.0, 1e21, -0.0]
WRITTEN = ["0.00001", "1e-7", "12345678901234568", "1e+21", "0"]


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("ToText(0.00001)", "0.00001"),
        ("ToText(1 / 10000000)", "1e-7"),
        ('0.00001 & ""', "0.00001"),
        ("Concatenate(0.00001, 1 / 10000000)", "0.000011e-7"),
        ('List(0.00001, 10 ^ 20).Join(" ")', "0.00001 100000000000000000000"),
        ('Format("{1}", 0.00001)', "0.00001"),
        ("ToText(Object(\"a\", 0.00001, \"b\", List(10 ^ 21, 3)))", '{"a":0.00001,"b":[1e+21,3]}'),
        ("ToText(-1 * 0)", "0"),
        ("2 ^ 60 & \"\"", "1152921504606847000"),
    ],
)  # fmt: skip
def test_in_formulas(formula: str, text: str, answer: Callable[[str], str]) -> None:
    assert answer(formula) == json.dumps(text)


def test_in_every_other_place(book: Workbook) -> None:
    assert [to_text(value, book) for value in SMALL] == WRITTEN
    assert [notate(value, book) for value in SMALL] == WRITTEN
    assert [single_text(value, book.zone, str) for value in SMALL] == WRITTEN
    assert [plain_text(value, Column("n", "number"), cast(DocLookup, None)) for value in SMALL] == WRITTEN
    assert json_text(SMALL) == f"[{','.join(WRITTEN)}]"
    assert as_json(SMALL) == "[\n  " + ",\n  ".join(WRITTEN) + "\n]"


def test_json_changes_no_text() -> None:
    data = {"1e-05": '1e-05, "3.0" \\', "n": [3.0, True, None, 7]}
    assert json_text(data) == r'{"1e-05":"1e-05, \"3.0\" \\","n":[3,true,null,7]}'
    assert json.loads(json_text(data)) == data


def test_a_literal_has_no_exponent_and_gives_the_number_back() -> None:
    for value in (*TEXTS, *SMALL):
        tree, said = parse(Source("literal", literal(abs(value))))
        assert tree is not None
        assert said == ()
        assert tree.expression.value == abs(value)  # type: ignore[union-attr]


def test_texts_with_such_ends_are_not_rewritten_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rewritten: list[str] = []

    def noted(token: re.Match[str]) -> str:
        rewritten.append(token[0])
        return token[0]

    monkeypatch.setattr(number_text_module, "_rewritten", noted)
    json_text(
        {"href": "http://127.0.0.1:8080/apis/v1/docs/x1e-abc", "id": "i-3e-7f", "version": "1.0.0", "n": [1, 2.5]}
    )
    assert rewritten == []
    json_text({"n": 2.0})
    assert "2.0" in rewritten
