"""Coda's ids: their forms, and stable ids for a seeded doc."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.coda.wire import ids

FORMS = {
    "doc": r"[A-Za-z0-9_-]{10}",
    "page": r"canvas-[A-Za-z0-9_-]{10}",
    "section": r"section-[A-Za-z0-9_-]{10}",
    "table": r"grid-[A-Za-z0-9_-]{10}",
    "view": r"table-[A-Za-z0-9_-]{10}",
    "column": r"c-[A-Za-z0-9_-]{10}",
    "row": r"i-[A-Za-z0-9_-]{10}",
    "formula": r"f-[A-Za-z0-9_-]{10}",
    "control": r"ctrl-[A-Za-z0-9_-]{10}",
    "line": r"cl-[A-Za-z0-9_-]{10}",
    "request": r"mutate:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "user": r"\d{6}",
    "folder": r"fl-[A-Za-z0-9_-]{10}",
    "workspace": r"ws-[A-Za-z0-9_-]{10}",
    "thread": r"th-[A-Za-z0-9_-]{10}",
    "comment": r"cm-[A-Za-z0-9_-]{10}",
    "permission": r"pm-[A-Za-z0-9_-]{10}",
}


@pytest.mark.parametrize("kind", FORMS)
def test_id_has_its_form_and_tells_its_kind(kind: str) -> None:
    made = [*(ids.new(kind) for _ in range(200)), *(ids.stable(kind, str(number)) for number in range(200))]
    assert [id for id in made if not re.fullmatch(FORMS[kind], id) or ids.kind_of(id) != kind] == []


def test_every_kind_is_known() -> None:
    assert sorted(ids.KINDS) == sorted(FORMS)


@pytest.mark.parametrize("kind", FORMS)
def test_stable_id_is_the_same_and_of_these_names_alone(kind: str) -> None:
    assert ids.stable(kind, "Founder HQ", "tasks") == ids.stable(kind, "Founder HQ", "tasks")
    assert len({ids.stable(kind, *names) for names in (("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ())}) == 5


def test_stable_ids_of_before_are_those_of_today() -> None:
    # A file from an earlier version keeps its ids.
    assert ids.stable("table", "Founder HQ", "tasks") == "grid-FBFnSNuyAt"


def test_new_ids_differ() -> None:
    assert len({ids.new("row") for _ in range(5000)}) == 5000


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="sprocket"):
        ids.new("sprocket")
    with pytest.raises(ValueError, match="sprocket"):
        ids.stable("sprocket", "a")


@pytest.mark.parametrize("text", ["", "grid-", "grid", "tasks", "c-ä", "mutate:1", "i-a b", "12 34", "canvas-x/y"])
def test_other_texts_have_no_kind(text: str) -> None:
    assert ids.kind_of(text) is None


@given(st.text())
def test_any_text_has_a_kind_or_none(text: str) -> None:
    assert ids.kind_of(text) in (None, *ids.KINDS)


@given(st.lists(st.text()))
def test_any_names_have_an_id(names: list[str]) -> None:
    assert ids.kind_of(ids.stable("column", *names)) == "column"


def test_select_list_tells_its_table_and_column() -> None:
    assert ids.select_list("grid-a", "c-b") == "grid-a-select-list-c-b"
    assert ids.kind_of(ids.select_list("grid-a", "c-b")) == "table"
