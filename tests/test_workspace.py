"""The core of the local Coda: what a write does to a doc, when it is done, and when reads show it."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

import small_docs
from codaform.coda.wire import ids
from codaform.model.values import Row
from codaform.server.commands.command import COMMANDS, Command
from codaform.server.doc.local_doc import LocalDoc, cell_key
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace, injected_timing
from small_docs import NOW, Clock, cells, column, everything, row, shown, table


def insert(space: Workspace, doc: str, *rows: dict[str, object], row_ids: tuple[str, ...] = ()) -> str:
    """Accept new jobs; gives the id of the request."""
    live = space.live(doc)
    sent = [cells(live, "jobs", **row) for row in rows]
    chosen = list(row_ids) or [ids.new("row") for _ in sent]
    return space.accept(doc, "upsert rows", {"table": table(live, "jobs").id, "rows": sent, "row_ids": chosen})


def titles(doc: LocalDoc) -> list[object]:
    return shown(doc, "jobs", "title")


# ------------------------------------------------------------ when a write is done, and when it is seen


def test_a_write_is_done_after_the_delay(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=2), clock)
    request = insert(space, doc, {"title": "fourth"})
    clock.at += 1.9
    assert titles(space.reading(doc)) == ["first", "second", "third"]
    assert space.state(request) == (False, None)
    assert space.pending(doc)
    clock.at += 0.2
    assert titles(space.reading(doc)) == ["first", "second", "third", "fourth"]
    assert space.state(request) == (True, None)
    assert not space.pending(doc)


def test_reads_lag_behind_what_is_done(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=1, staleness=5), clock)
    first = insert(space, doc, {"title": "fourth"})
    clock.at += 1.5
    second = insert(space, doc, {"title": "fifth"})
    assert space.state(first) == (True, None)
    assert titles(space.live(doc))[3:] == ["fourth"]
    assert titles(space.reading(doc))[3:] == []
    assert space.pending(doc), "an edit that no read shows yet is pending"
    clock.at += 4.6
    assert titles(space.reading(doc))[3:] == ["fourth"], "the first is seen 5 seconds after it was done"
    assert space.state(second) == (True, None)
    assert titles(space.live(doc))[3:] == ["fourth", "fifth"]
    clock.at += 2
    assert titles(space.reading(doc))[3:] == ["fourth", "fifth"]
    assert not space.pending(doc)
    assert space.reading(doc) is space.live(doc)


def test_a_lag_is_counted_from_when_a_write_was_done_and_not_from_when_somebody_looked(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=1, staleness=5), clock)
    insert(space, doc, {"title": "fourth"})
    clock.at += 7
    assert titles(space.reading(doc))[3:] == ["fourth"]
    assert not space.pending(doc)


def test_writes_are_done_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=10), clock)
    insert(space, doc, {"title": "slow"})
    space.timing.delay = 1
    quick = insert(space, doc, {"title": "quick"})
    clock.at += 2
    assert space.state(quick) == (False, None), "it waits behind the slow one"
    clock.at += 9
    assert titles(space.reading(doc))[3:] == ["slow", "quick"]


def test_what_is_done_at_once_comes_behind_what_was_accepted(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path, Timing(delay=100))
    request = insert(space, doc, {"title": "fourth"}, row_ids=("i-fourth",))
    live = space.live(doc)
    change = {"table": table(live, "jobs").id, "row": "i-fourth", "cells": cells(live, "jobs", title="changed")}
    space.do(doc, "update row", change)
    assert titles(space.reading(doc))[3:] == ["changed"]
    assert space.state(request) == (True, None)


def test_a_stuck_write_is_never_done(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=1, stuck=True), clock)
    stuck = insert(space, doc, {"title": "never"})
    space.timing.stuck = False
    later = insert(space, doc, {"title": "fourth"})
    clock.at += 1_000_000
    space.finish()
    assert space.state(stuck) == (False, None)
    assert space.state(later) == (True, None)
    assert titles(space.reading(doc))[3:] == ["fourth"]
    space.restart()
    assert space.state(stuck) is None, "without a file nothing is known any more"


@pytest.mark.parametrize("delay", [0, 1, 10])
def test_the_state_of_a_write_may_be_unknown_at_first(tmp_path: Path, delay: float) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=delay, unknown=3), clock)
    request = insert(space, doc, {"title": "fourth"})
    assert space.state(request) is None
    clock.at += 2.9
    assert space.state(request) is None
    clock.at += 0.2
    assert space.state(request) == (delay < 3, None)
    assert space.state("mutate:never") is None


def test_one_call_may_be_timed_otherwise(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=0), clock)
    before = injected_timing.set({"delay": 5.0, "staleness": 5.0})
    slow = insert(space, doc, {"title": "slow"})
    injected_timing.reset(before)
    assert space.state(slow) == (False, None)
    clock.at += 6
    assert space.state(slow) == (True, None)
    assert titles(space.reading(doc))[3:] == []
    clock.at += 5
    assert titles(space.reading(doc))[3:] == ["slow"]


def test_finishing_shows_everything_at_once(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path, Timing(delay=100, staleness=100))
    requests = [insert(space, doc, {"title": title}) for title in ("fourth", "fifth")]
    assert titles(space.reading(doc))[3:] == []
    space.finish()
    assert titles(space.reading(doc))[3:] == ["fourth", "fifth"]
    assert [space.state(request) for request in requests] == [(True, None)] * 2
    assert not space.pending(doc)


def test_a_change_that_breaks_off_warns_and_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(doc: LocalDoc) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("codaform.server.commands.command.COMMANDS", {**COMMANDS, "break": breaks})
    space, doc = small_docs.workspace(tmp_path, Timing(delay=1, staleness=1))
    broken = space.accept(doc, "break", {})
    insert(space, doc, {"title": "fourth"})
    space.finish()
    assert space.state(broken) == (True, "The change broke off: RuntimeError")
    assert titles(space.reading(doc))[3:] == ["fourth"]
    assert "on purpose" in caplog.text


def test_reads_show_the_same_however_much_is_done_behind_them(tmp_path: Path) -> None:
    chance = random.Random(1)
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=1, staleness=50), clock)
    before = everything(space.reading(doc))
    for _ in range(30):
        name, arguments = small_docs.some_change(chance, space.live(doc))
        make = space.do if chance.random() < 0.3 else space.accept
        make(doc, name, arguments)
        clock.at += chance.random()
    assert everything(space.reading(doc)) == before
    assert space.live(doc).record.version > 25
    space.finish()
    assert everything(space.reading(doc)) == everything(space.live(doc))
    assert space.live(doc).record.version == 30


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_a_lagging_copy_comes_to_the_same_state(tmp_path: Path, number: int) -> None:
    chance = random.Random(100 + number)
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=0, staleness=5), clock)
    seen = 0
    states: dict[int, object] = {0: everything(space.live(doc))}
    for step in range(1, 40):
        name, arguments = small_docs.some_change(chance, space.live(doc))
        space.accept(doc, name, arguments)
        states[step] = everything(space.live(doc))
        clock.at += chance.choice([0.5, 1, 3])
        copy = space.reading(doc)
        assert everything(copy) == states[copy.record.version]
        seen += copy is not space.live(doc)
    assert seen > 20


def test_what_a_broken_change_did_is_the_same_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(doc: LocalDoc) -> None:
        jobs = table(doc, "jobs")
        doc.forget(jobs, doc.rows[jobs.id][1])  # and the workbook does not know of it
        raise RuntimeError("on purpose")

    monkeypatch.setattr("codaform.server.commands.command.COMMANDS", {**COMMANDS, "break": breaks})
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(staleness=5), clock, Store(tmp_path / "kept.sqlite"))
    with pytest.raises(RuntimeError):
        space.do(doc, "break", {})
    clock.at += 4
    space.do(doc, "rename doc", {"name": "Later"})
    assert titles(space.live(doc)) == ["second", "third"]
    assert titles(space.reading(doc)) == ["first", "second", "third"]
    clock.at += 2
    copy = space.reading(doc)
    assert copy.record.name == "Small"
    assert titles(copy) == ["second", "third"]
    assert shown(copy, "jobs", "parent") == shown(space.live(doc), "jobs", "parent") == [None, Row("jobs", 2)]
    assert "on purpose" in caplog.text
    before = everything(space.live(doc))
    space.restart()
    assert everything(space.live(doc)) == before
    space.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_a_lagging_copy_follows_changes_of_the_schema(tmp_path: Path, number: int) -> None:
    chance = random.Random(200 + number)
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=0, staleness=5), clock)
    states: dict[int, object] = {0: everything(space.live(doc))}
    for step in range(1, 40):
        make = small_docs.some_schema_change if chance.random() < 0.6 else small_docs.some_change
        space.do(doc, *make(chance, space.live(doc)))
        states[step] = everything(space.live(doc))
        clock.at += chance.choice([0.5, 1, 3])
        copy = space.reading(doc)
        assert everything(copy) == states[copy.record.version]
    live = space.live(doc)
    before = everything(live)
    live.rebuild()
    assert everything(live) == before


# ------------------------------------------------------------ what a write does


def test_defaults_and_system_columns_of_a_new_row(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    space.clock = NOW + timedelta(hours=1)
    insert(space, doc, {"title": "fourth"})
    live = space.live(doc)
    values = {name: shown(live, "jobs", name)[3] for name in ("state", "owner", "number", "made", "moved", "done")}
    at = space.clock
    assert values == {"state": "new", "owner": small_docs.ADA, "number": 4.0, "made": at, "moved": at, "done": False}
    space.clock = NOW + timedelta(hours=2)
    change = {
        "table": table(live, "jobs").id,
        "row": row(live, "jobs", "fourth"),
        "cells": cells(live, "jobs", hours=2),
    }
    space.accept(doc, "update row", change)
    live = space.live(doc)
    assert (shown(live, "jobs", "made")[3], shown(live, "jobs", "moved")[3]) == (at, space.clock)


def test_texts_that_do_not_fit_are_kept_and_shown_and_formulas_see_a_blank(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    jobs, first = table(live, "jobs"), row(live, "jobs", "first")
    change = {"table": jobs.id, "row": first}
    space.do(doc, "update row", {**change, "cells": cells(live, "jobs", hours="many", parent="nobody", due="someday")})
    assert [shown(live, "jobs", name)[0] for name in ("hours", "parent", "due")] == ["many", "nobody", "someday"]
    assert shown(live, "jobs", "double")[0] == 2.0, "nothing of its own, and the hours of its child"
    space.do(doc, "update row", {**change, "cells": cells(live, "jobs", hours=3, parent="")})
    assert [shown(live, "jobs", name)[0] for name in ("hours", "parent", "due")] == [3.0, None, "someday"]
    assert live.row_of_id(jobs, first).invalid_text == {column(live, "jobs", "due"): "someday"}  # type: ignore[union-attr]


def test_an_upsert_matches_texts_that_do_not_fit_and_nothing_else(tmp_path: Path) -> None:
    """A key that a column cannot hold must not match the rows where the column is blank."""
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    jobs = table(live, "jobs")
    change = {"table": jobs.id, "keys": [column(live, "jobs", "hours")]}
    insert(space, doc, {"title": "blank"})
    space.do(
        doc, "upsert rows", {**change, "rows": [cells(live, "jobs", title="new", hours="many")], "row_ids": ["i-1"]}
    )
    assert titles(live) == ["first", "second", "third", "blank", "new"]
    space.do(
        doc, "upsert rows", {**change, "rows": [cells(live, "jobs", title="same", hours="many")], "row_ids": ["i-2"]}
    )
    assert titles(live) == ["first", "second", "third", "blank", "same"]
    space.do(
        doc, "upsert rows", {**change, "rows": [cells(live, "jobs", title="filled", hours="")], "row_ids": ["i-3"]}
    )
    assert titles(live) == ["first", "second", "third", "filled", "same"]


def test_an_upsert_changes_every_row_that_matches(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    insert(space, doc, {"title": "fourth"}, {"title": "fifth", "done": True})
    change = {"table": table(live, "jobs").id, "keys": [column(live, "jobs", "done")]}
    space.do(doc, "upsert rows", {**change, "rows": [cells(live, "jobs", done=False, hours=9)], "row_ids": ["i-1"]})
    assert shown(live, "jobs", "hours") == [9.0, 9.0, 9.0, 9.0, None], "a box that was never touched is not ticked"


def test_a_row_id_that_is_there_is_changed_and_not_added(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    for title in ("one", "two"):
        insert(space, doc, {"title": title}, row_ids=("i-chosen",))
    live = space.live(doc)
    assert titles(live)[3:] == ["two"]
    keyed = {"table": table(live, "jobs").id, "keys": [column(live, "jobs", "title")]}
    space.do(doc, "upsert rows", {**keyed, "rows": [cells(live, "jobs", title="three")], "row_ids": ["i-chosen"]})
    assert titles(live)[3:] == ["three"]


def test_rows_of_two_tables_may_have_the_same_id(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    insert(space, doc, {"title": "fourth"}, row_ids=("i-same",))
    live = space.live(doc)
    tags = table(live, "tags")
    space.do(doc, "upsert rows", {"table": tags.id, "rows": [cells(live, "tags", name="green")], "row_ids": ["i-same"]})
    assert live.row_by_id("i-same", "jobs") == Row("jobs", 4)
    assert live.row_by_id("i-same", "tags") == Row("tags", 3)
    space.do(doc, "delete rows", {"table": tags.id, "rows": ["i-same"]})
    assert titles(live)[3:] == ["fourth"]
    assert live.row_by_id("i-same", "jobs") == Row("jobs", 4)


def test_a_deleted_row_leaves_its_relations_and_its_number_is_never_given_again(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=0, staleness=5), clock)
    live = space.live(doc)
    jobs, tags = table(live, "jobs").id, table(live, "tags").id
    red = row(live, "tags", "red")
    space.do(
        doc, "delete rows", {"table": jobs, "rows": [row(live, "jobs", "first"), row(live, "jobs", "third"), "i-no"]}
    )
    space.do(doc, "delete rows", {"table": tags, "rows": [red]})
    assert shown(live, "jobs", "parent") == [None]
    assert shown(live, "jobs", "tags") == [[]]
    insert(space, doc, {"title": "fourth"})
    assert [row.number for row in live.rows[jobs].values()] == [2, 4]
    live.rebuild()
    space.finish()
    insert(space, doc, {"title": "fifth"})
    clock.at += 6
    assert [row.number for row in space.reading(doc).rows[jobs].values()] == [2, 4, 5]


def test_pushing_buttons_gives_the_same_rows_wherever_it_is_applied(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=0, staleness=10), clock)
    live = space.live(doc)
    jobs = table(live, "jobs").id
    push = {"table": jobs, "row": row(live, "jobs", "first")}
    space.do(doc, "delete rows", {"table": jobs, "rows": [row(live, "jobs", "third")]})
    states = []
    for button in ("copy", "copy", "shift", "tidy", "copy", "copy"):
        clock.at += 1
        space.do(doc, "push button", {**push, "button": column(live, "jobs", button)})
        states.append(everything(live))
    assert titles(live) == ["second", "first+", "first+"], "the first is tidied away, and its button with it"
    assert [record.number for record in live.rows[jobs].values()] == [2, 4, 5]
    assert len({record.id for record in live.rows[jobs].values()}) == 3
    clock.at += 4.5
    for state in states[:-1]:
        clock.at += 1
        copy = space.reading(doc)
        assert copy is not live
        assert everything(copy) == state


def test_a_button_moves_what_coda_keeps_of_a_row(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    push = {"table": table(live, "jobs").id, "row": row(live, "jobs", "second")}
    space.clock = NOW + timedelta(hours=1)
    for button in ("copy", "shift"):
        space.do(doc, "push button", {**push, "button": column(live, "jobs", button)})
    at = space.clock
    seeded = shown(live, "jobs", "moved")[0]
    assert shown(live, "jobs", "moved") == [seeded, at, seeded, at]
    assert shown(live, "jobs", "made")[3] == at
    before = everything(live)
    live.rebuild()
    assert everything(live) == before


def test_a_default_that_fails_is_kept_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    jobs = table(live, "jobs")
    for known in jobs.columns:
        if known.column.name == "state":
            from dataclasses import replace

            from codaform.source import Source

            known.column = replace(known.column, default=Source("state", 'Date(2025, 1, 1) + "x".Foo()'))
    live.rebuild()
    insert(space, doc, {"title": "fourth"})
    before = everything(space.live(doc))
    live.rebuild()
    assert everything(live) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", range(15))
def test_rows_are_found_by_key_after_random_changes(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    jobs = table(live, "jobs")
    keys = [column(live, "jobs", name) for name in ("title", "hours", "done", "due", "parent", "tags")]
    seen: set[tuple[str, object]] = set()
    for _ in range(40):
        for key in keys:
            live.matching(jobs, {key: None})  # so that each has an index that has to follow
            seen.update(
                (key, cell_key(record.entered, record.invalid_text, key)) for record in live.rows[jobs.id].values()
            )
        space.do(doc, *small_docs.some_change(chance, live))
    for key in keys:
        for wanted in {value for known, value in seen if known == key}:
            expected = [
                other.id
                for other in live.rows[jobs.id].values()
                if cell_key(other.entered, other.invalid_text, key) == wanted
            ]
            assert [found.id for found in live.matching(jobs, {key: wanted})] == expected
    assert live.matching(jobs, {keys[0]: "a name that no row has"}) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(15))
def test_a_doc_that_is_understood_anew_shows_the_same(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    for _ in range(30):
        space.do(doc, *small_docs.some_change(chance, live))
    before = everything(live)
    live.rebuild()
    assert everything(live) == before


def test_the_clock_moves_what_depends_on_it(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    insert(space, doc, {"title": "fourth", "due": "2025-12-12"})
    assert shown(space.reading(doc), "jobs", "late")[3] is False
    space.clock = NOW + timedelta(days=3)
    assert shown(space.reading(doc), "jobs", "late")[3] is True
    space.clock = NOW
    assert shown(space.live(doc), "jobs", "late")[3] is False
    space.clock = None
    assert shown(space.live(doc), "jobs", "late")[3] is True


def test_a_change_happens_at_the_moment_at_which_it_was_accepted(tmp_path: Path) -> None:
    clock = Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=10), clock)
    insert(space, doc, {"title": "fourth"})
    space.clock = NOW + timedelta(days=1)
    clock.at += 11
    live = space.live(doc)
    assert shown(live, "jobs", "made")[3] == NOW
    assert live.now == space.clock


@pytest.mark.parametrize(("page", "left"), [("tags", "jobs"), ("jobs", "tags")])
def test_a_new_text_of_a_page_deletes_its_tables_and_lets_relations_go(tmp_path: Path, page: str, left: str) -> None:
    space, doc = small_docs.workspace(tmp_path, Timing(delay=0, staleness=5))
    live = space.live(doc)
    space.do(doc, "update page", {"page": table(live, page).page, "fields": {"contentUpdate": small_docs.NEW_TEXT}})
    assert [known.name for known in live.record.tables] == [left]
    everything(live)
    assert not any(isinstance(value, Row | list) for value in shown(live, left, page))
    space.finish()
    insertion = {"table": table(live, left).id, "row_ids": ["i-new"]}
    space.do(doc, "upsert rows", {**insertion, "rows": [cells(live, left, **{page: "some text"})]})
    space.finish()
    assert shown(space.reading(doc), left, page)[-1] == "some text"
    before = everything(live)
    live.rebuild()
    assert everything(live) == before


# ------------------------------------------------------------ docs


def test_docs_come_and_go(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    record, rows = small_docs.seed(tmp_path)
    record.id = "AnotherDoc"
    space.add(record, rows)
    assert [known.record.id for known in space.docs()] == ["AnotherDoc", doc]
    space.timing.delay = 10
    request = insert(space, "AnotherDoc", {"title": "lost"})
    space.remove("AnotherDoc")
    assert "AnotherDoc" not in space
    assert [known.record.id for known in space.docs()] == [doc]
    assert space.state(request) == (True, None)
    with pytest.raises(KeyError):
        space.accept("AnotherDoc", "rename doc", {"name": "x"})


def test_a_reset_and_a_restart_without_a_file_bring_back_the_seed(tmp_path: Path) -> None:
    space = Workspace(Store(), small_docs.ADA, Timing(delay=0), Clock())
    space.clock = NOW
    space.seed = lambda: [small_docs.seed(tmp_path)]
    space.fill()
    space.fill()
    (doc,) = (known.record.id for known in space.docs())
    before = everything(space.live(doc))
    for again in (space.reset, space.restart):
        insert(space, doc, {"title": "fourth"})
        assert len(titles(space.live(doc))) == 4
        again()
        assert everything(space.live(doc)) == before


def test_changes_are_data(tmp_path: Path) -> None:
    """A change may be applied to a doc that was made in another process: it gives the same ids."""
    from codaform.server.commands.command import apply

    docs = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        space, doc = small_docs.workspace(tmp_path / folder)
        docs.append(space.live(doc))
    first, second = docs
    assert everything(first) == everything(second)
    chance = random.Random(1)
    for step in range(60):
        name, arguments = small_docs.some_change(chance, first)
        for known in docs:
            apply(known, Command(name, arguments, NOW + timedelta(seconds=step)))
    assert everything(first) == everything(second)
