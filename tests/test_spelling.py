"""Which names are slips of which."""

from __future__ import annotations

import pytest

from codaform.spelling import is_slip, nearest


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("huors", "hours"),
        ("hour", "hours"),
        ("hoours", "hours"),
        ("hovrs", "hours"),
        ("Open_Tasks", "open tasks"),
        ("a", "b"),
        ("aaa", "aa"),
    ],
)
def test_one_letter_or_a_swap_is_a_slip(name: str, other: str) -> None:
    assert is_slip(name, other)
    assert is_slip(other, name)


@pytest.mark.parametrize(("name", "other"), [("recent_days", "recent_runs"), ("Sprint tasks", "sprints"), ("aa", "")])
def test_more_is_another_name(name: str, other: str) -> None:
    assert not is_slip(name, other)
    assert not is_slip(other, name)


def test_the_nearest_name_is_one_of_the_known_names_of_this_question() -> None:
    assert nearest("huors", ["hours", "hour_rate"]) == "hours"
    assert nearest("huors", ["Hours", "hour_rate"]) == "Hours"
    assert nearest("huors", iter(["name", "our"])) == nearest("huors", ["name", "our"])
    assert nearest("huors", []) is None
    assert nearest("huors", ["hours", "hour_rate"]) == "hours"
    assert nearest("Open_Tasks", {"open tasks": 1, "opens": 2}) == "open tasks"
