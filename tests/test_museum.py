"""The museum of poor messages: each is still told as recorded; making it better moves its section out."""

from __future__ import annotations

import re

import pytest

from test_cases import CASES, Case, cases, rewrite, told, understood

MUSEUM = CASES / "museum.md"

EXHIBITS = [pytest.param(case, id=case.title) for case in cases(MUSEUM)]


@pytest.mark.parametrize("case", EXHIBITS)
def test_the_message_is_still_the_recorded_one(case: Case, request: pytest.FixtureRequest) -> None:
    facts = {"told": "\n".join(map(told, understood(case)[-1])) or "none"}
    if request.config.getoption("--update-cases"):
        rewrite(case, facts)
    else:
        assert facts == case.facts


def test_every_exhibit_says_what_were_better() -> None:
    sections = re.split(r"(?m)^## ", MUSEUM.read_text("utf-8"))[1:]
    assert [section.partition("\n")[0] for section in sections if "\nBetter: " not in section] == []
    assert len(sections) == len(EXHIBITS) == len({case.values[0].title for case in EXHIBITS})  # type: ignore[union-attr]
