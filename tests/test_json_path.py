"""JSONPath: the parts that paths lead to, what is no path, and paths that would go on for ever."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from codaform.library.json_path import find
from codaform.model.budget import Budget
from codaform.model.values import EvaluationError

STORE = json.loads(
    """{"book": [{"kind": "ref", "author": "Rees", "title": "Sayings", "price": 8.95},
                 {"kind": "fiction", "author": "Waugh", "title": "Sword", "price": 12.99},
                 {"kind": "fiction", "author": "Melville", "title": "Moby", "isbn": "0-553", "price": 8.99},
                 {"kind": "fiction", "title": "Lord", "isbn": "0-395", "price": 22.99}],
        "bicycle": {"color": "red", "price": 19.95}, "n": [0, 1, 2, 3, 4, 5], "a b": 7, "length": "own"}""",
    parse_int=float,
)
TITLES = ["Sayings", "Sword", "Moby", "Lord"]


def asked(path: str) -> object:
    return find(STORE, path, Budget())


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.book[?(@.price<10)].title", ["Sayings", "Moby"]),
        ("$.book[?(@.price < 10 && @.kind == 'fiction')].title", ["Moby"]),
        ("$.book[?(@.price > 20 || @.author == \"Rees\")].title", ["Sayings", "Lord"]),
        ("$.book[?(@.isbn)].title", ["Moby", "Lord"]),
        ("$.book[?(!@.isbn)].title", ["Sayings", "Sword"]),
        ("$.book[?(@.author != 'Rees')].title", ["Sword", "Moby", "Lord"]),
        ("$.book[?(@.author === 'Rees')].title", ["Sayings"]),
        ("$.book[?(@.price * 2 >= 18 && (@.price - 1) < 12)].title", ["Sword"]),
        ("$.book[?(@['price'] <= 8.95)].title", ["Sayings"]),
        ("$.book[?(@.price < $.bicycle.price)].title", ["Sayings", "Sword", "Moby"]),
        ("$.book[?(@.title.length == 4)].title", ["Moby", "Lord"]),
        ("$.book[?(@.author =~ /^m/i)].title", ["Moby"]),
        ("$.book[?length(@.title) > 4].title", ["Sayings", "Sword"]),
        ("$.book[?match(@.author, 'R.*')].title", ["Sayings"]),
        ("$.book[?search(@.title, 'o.')].title", ["Sword", "Moby", "Lord"]),
        ("$.book[?@.price == 12.99].title", ["Sword"]),
        ("$.n[?(@ > 3)]", [4.0, 5.0]),
        ("$.n[?(@ % 2 == 0)]", [0.0, 2.0, 4.0]),
        ("$.n[?(@ == '3')]", [3.0]),
        ("$.n[?(@ === '3')]", []),
        ("$.book[(@.length-1)].title", "Lord"),
        ("$.book[( @.length - 2 )].title", "Moby"),
        ("$.n[(@.length / 4)]", None),
        ("$.n[1:3]", [1.0, 2.0]),
        ("$.n[-2:]", [4.0, 5.0]),
        ("$.n[:2]", [0.0, 1.0]),
        ("$.n[::2]", [0.0, 2.0, 4.0]),
        ("$.n[::-1]", [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]),
        ("$.n[1:5:0]", []),
        ("$.n[0,2,-1]", [0.0, 2.0, 5.0]),
        ("$.book[0,1].title", ["Sayings", "Sword"]),
        ("$['bicycle']['color']", "red"),
        ("$.bicycle['color','price']", ["red", 19.95]),
        ("$['a b']", 7.0),
        ("a b", 7.0),
        ("$.book[*].title", TITLES),
        ("$.book.*.title", TITLES),
        ("$..title", TITLES),
        ("$..book[2].title", ["Moby"]),
        ("$..book[(@.length-1)].title", ["Lord"]),
        ("$..book[?(@.price > 20)].title", ["Lord"]),
        ("$..bicycle.*", ["red", 19.95]),
        ("$.book.length", 4.0),
        ("$.length", "own"),
        ("$.book.0.title", "Sayings"),
        ("book[-1].title", "Lord"),
        ("$.book[9].title", None),
        ("$.nothing.at.all", None),
        ("$.n[?(@.x.y > 1)]", []),
        ("$.book[?(@.nothing == null)].title", TITLES),
    ],
)  # fmt: skip
def test_what_a_path_leads_to(path: str, found: object) -> None:
    assert asked(path) == found


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("$.book[?(@.price <)]", ")]"),
        ("$.book[?(@.price", "its end"),
        ("$.book[", "its end"),
        ("$.book[1:2:3:4]", ":4]"),
        ("$.book[?(@.title.match(/a/))]", "(/a/))]"),
        ("$.book[?(process.exit())]", "process.exit())]"),
        ("$.book[?(@.price = 3)]", "= 3)]"),
        ("$.book]", "]"),
        ("$.book[?(@.author =~ 'x')]", "'x')]"),
        ("$[?count(@)", "its end"),
        ("$[?match(@)]", "]"),
    ],
)
def test_what_is_no_path_is_said_from_where(path: str, left: str) -> None:
    with pytest.raises(EvaluationError, match="is no path") as raised:
        asked(path)
    assert f": {left} is not understood" in raised.value.message


HOSTILE = {
    "every depth of every depth": "$" + "..*" * 40,
    "filters in filters": "$..[?(@..[?(@..[?(@..[?(@..*)])])])]",
    "parentheses": "$[?(" + "(" * 5_000,
    "negations": "$[?(" + "!" * 5_000 + "@)]",
    "a long sum": "$.n[?(" + "@+" * 3_000 + "1)]",
    "many brackets": "[" * 9_000,
    "a long path": ".a" * 60_000,
    "a pattern": "$..[?(@ =~ /(a+)+$/)]",
    "many texts": "$[" + "'a'," * 2_000 + "'a']",
    "an open text": "$['" + "\\\\" * 4_000,
    "a doubled text": "$.n[?(" + "+".join(["'aaaaaaaaaaaaaaaa'"] * 400) + ")]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_path_ends(name: str) -> None:
    """By what it costs in steps, not in seconds: each path is charged for the places that it visits."""
    deep: object = "a" * 20_000 + "b"
    for _ in range(60):
        deep = [deep, {"a": deep}] if isinstance(deep, str) else [deep]
    budget = Budget()
    budget.left, budget.next_look = 200_000, 180_000
    with suppress(EvaluationError):
        find({"n": [1.0] * 20, "deep": deep, "many": [[[1.0] * 10] * 10] * 10}, HOSTILE[name], budget)
    assert budget.left >= -200_000


def test_what_is_visited_is_charged() -> None:
    budget = Budget()
    budget.left, budget.next_look = 1_000, 900
    with pytest.raises(EvaluationError) as raised:
        find([[1.0] * 100] * 100, "$..*", budget)
    assert raised.value.rule == "out-of-range"
