"""What outlives a local Coda: its file, through crashes too, and the snapshots that it starts from."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import small_docs
from codaform.coda.wire import ids
from codaform.model.values import Action, Error, Person, Row
from codaform.project.session import Session
from codaform.server import start
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import DocRecord, Rows
from codaform.server.doc.stored_values import from_json, to_json
from codaform.server.storage.seeding import BadSnapshot, from_project, from_snapshot, snapshot
from codaform.server.storage.store import CannotOpen, Store
from codaform.server.workspace import Timing, Workspace
from codaform.source import Span
from codaform.testing import local_coda_for
from projects import FORMULAS, write
from small_docs import ADA, NOW, Clock, cells, column, everything, row, shown, table


@contextmanager
def reopened(path: Path) -> Iterator[Workspace]:
    """A workspace on a file that another one left; nothing of it takes time."""
    space = Workspace(Store(path), ADA, Timing(delay=0), Clock())
    space.clock = NOW
    try:
        yield space
    finally:
        space.store.close()


def left_behind(path: Path, to: Path) -> Path:
    """The file as it would be found if the process were killed now: what is on the disk, with nothing closed."""
    to.mkdir(exist_ok=True)
    for name in (path.name, f"{path.name}-wal"):
        if path.with_name(name).exists():
            shutil.copyfile(path.with_name(name), to / name)
    return to / path.name


def new_job(space: Workspace, doc: str, title: str) -> str:
    """Accept a new job; gives the id of the request."""
    live = space.live(doc)
    sent = {"rows": [cells(live, "jobs", title=title)], "row_ids": [ids.new("row")]}
    return space.accept(doc, "upsert rows", {"table": table(live, "jobs").id, **sent})


# ------------------------------------------------------------ the file


@pytest.mark.parametrize("number", range(8))
def test_a_file_gives_back_everything(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, store=Store(path))
    for _ in range(40):
        space.clock = NOW + timedelta(seconds=space.live(doc).record.version)
        space.do(doc, *small_docs.some_change(chance, space.live(doc)))
    space.clock = NOW
    before = everything(space.live(doc))
    space.store.close()
    with reopened(path) as again:
        assert everything(again.live(doc)) == before


def test_numbers_of_rows_that_are_gone_are_not_given_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, store=Store(path))
    live = space.live(doc)
    space.do(doc, "delete rows", {"table": table(live, "jobs").id, "rows": [row(live, "jobs", "third")]})
    changed, version = live.record.updated, live.record.version
    space.store.close()
    with reopened(path) as again:
        live = again.live(doc)
        assert (live.record.updated, live.record.version) == (changed, version)
        new_job(again, doc, "fourth")
        assert shown(live, "jobs", "number") == [1.0, 2.0, 4.0]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(8))
def test_a_file_gives_back_a_changed_schema(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, store=Store(path))
    for step in range(40):
        make = small_docs.some_schema_change if chance.random() < 0.6 else small_docs.some_change
        space.do(doc, *make(chance, space.live(doc)))
        if step % 8 == 7:
            with reopened(left_behind(path, tmp_path / f"left {step}")) as again:
                assert everything(again.live(doc)) == everything(space.live(doc))
    ((record, rows),) = from_snapshot(snapshot([space.live(doc)]))
    assert everything(LocalDoc(record, rows, NOW, ADA)) == everything(space.live(doc))
    space.store.close()


@pytest.mark.parametrize("page", ["jobs", "tags"])
def test_a_new_text_of_a_page_leaves_nothing_of_its_tables_in_the_file(tmp_path: Path, page: str) -> None:
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, store=Store(path))
    live = space.live(doc)
    place = table(live, page)
    space.do(doc, "update page", {"page": place.page, "fields": {"contentUpdate": small_docs.NEW_TEXT}})
    before = everything(live)
    space.store.close()
    with reopened(path) as again:
        assert everything(again.live(doc)) == before
    db = sqlite3.connect(path)
    assert db.execute("select count(*) from rows where place = ?", (place.id,)).fetchone() == (0,)
    db.close()


def test_docs_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    space, first = small_docs.workspace(tmp_path, store=Store(path))
    for id in ("zzzzzzzzzz", "AAAAAAAAAA"):
        record, rows = small_docs.seed(tmp_path)
        record.id = id
        space.add(record, rows)
    space.do(first, "rename doc", {"name": "Changed last"})
    order = [doc.record.id for doc in space.docs()]
    assert order == ["AAAAAAAAAA", "zzzzzzzzzz", first]
    space.remove("zzzzzzzzzz")
    space.restart()
    assert [doc.record.id for doc in space.docs()] == ["AAAAAAAAAA", first]
    space.store.close()


def test_what_waits_is_done_after_a_restart_and_only_once(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, Timing(delay=1000), store=Store(path))
    live = space.live(doc)
    push = {"table": table(live, "jobs").id, "row": row(live, "jobs", "first"), "button": column(live, "jobs", "copy")}
    requests = [new_job(space, doc, "fourth"), *(space.accept(doc, "push button", push) for _ in range(3))]
    space.timing.stuck = True
    stuck = new_job(space, doc, "never")
    space.restart()
    assert [space.state(request) for request in requests] == [(True, None)] * 4
    titles = ["first", "second", "third", "fourth", "first+", "first+", "first+"]
    assert shown(space.live(doc), "jobs", "title") == titles
    for _ in range(2):
        space.restart()
        assert shown(space.live(doc), "jobs", "title") == titles
        assert space.state(requests[0]) == (True, None)
        assert space.state(stuck) == (False, None)
    space.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(6))
def test_nothing_is_lost_and_nothing_is_done_twice_wherever_it_is_killed(tmp_path: Path, number: int) -> None:
    """A copy of the file is taken after every step, as a killed process would leave it, and opened."""
    chance = random.Random(number)
    path, clock = tmp_path / "kept.sqlite", Clock()
    space, doc = small_docs.workspace(tmp_path, Timing(delay=1), clock, Store(path))
    live = space.live(doc)
    push = {"table": table(live, "jobs").id, "row": row(live, "jobs", "second"), "button": column(live, "jobs", "copy")}
    requests: list[str] = []
    for step in range(25):
        if chance.random() < 0.5:
            requests.append(space.accept(doc, "push button", push))
        else:
            requests.append(new_job(space, doc, f"job {step}"))
        clock.at += chance.choice([0, 0.5, 2])
        done = [request for request in requests if space.state(request) == (True, None)]
        at_least = everything(space.live(doc))["rows"].keys()
        with reopened(left_behind(path, tmp_path / f"left {step}")) as again:
            kept = everything(again.live(doc))["rows"].keys()
            assert at_least <= kept
            assert len(kept) == 5 + len(requests)
            assert all(again.state(request) == (True, None) for request in requests)
            assert len(done) + 5 == len(at_least)
    assert 0 < len(done) < len(requests) or clock.at > 1000
    space.store.close()


def test_a_kill_while_a_change_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, Timing(delay=0), store=Store(path))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("codaform.server.storage.store.row_to_json", killed)  # in the middle of the transaction
    with pytest.raises(KeyboardInterrupt):
        new_job(space, doc, "fourth")
    monkeypatch.undo()
    with reopened(left_behind(path, tmp_path / "left")) as again:
        assert shown(again.live(doc), "jobs", "title") == ["first", "second", "third", "fourth"]
    space.store.close()


def test_a_request_is_known_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, store=Store(path))
    old, new = new_job(space, doc, "old"), new_job(space, doc, "new")
    space.store.close()
    with sqlite3.connect(path) as db:
        db.execute("update requests set accepted = accepted - 90000 where id = ?", (old,))
        assert db.execute("select body from requests where id = ?", (new,)).fetchone() == ("",)
    db.close()
    with reopened(path) as again:
        assert again.state(old) is None
        assert again.state(new) == (True, None)


def test_a_reset_empties_the_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    space, doc = small_docs.workspace(tmp_path, store=Store(path))
    request = new_job(space, doc, "fourth")
    space.reset()
    assert space.empty
    assert space.state(request) is None
    space.restart()
    assert space.empty
    space.store.close()


@pytest.mark.slow
def test_a_file_is_for_one_server_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "kept.sqlite"
    space, _ = small_docs.workspace(tmp_path, store=Store(path))
    with pytest.raises(CannotOpen, match="another local Coda has it open"):
        Store(path)
    space.store.close()
    Store(path).close()


def test_files_that_are_no_store(tmp_path: Path) -> None:
    text, other, layout = tmp_path / "text", tmp_path / "other", tmp_path / "layout"
    text.write_text("This is no database.\n" * 100)
    db = sqlite3.connect(other)
    db.execute("create table contacts(name text)")
    db.close()
    Store(layout).close()
    db = sqlite3.connect(layout)
    db.execute("update meta set value = '99'")
    db.commit()
    db.close()
    for path, why in (
        (text, "not a database"),
        (other, "something else"),
        (layout, "layout is 99"),
        (tmp_path, "is a directory"),
        (tmp_path / "no" / "such", "no such file or directory"),
    ):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(CannotOpen, match=why):
            Store(path)
        assert before == (path.read_bytes() if path.is_file() else b"")


# ------------------------------------------------------------ opening


def test_opening_starts_from_a_project_and_then_from_the_file(tmp_path: Path) -> None:
    project, path = write(tmp_path / "project", small_docs.FILES), tmp_path / "kept.sqlite"
    space = start.open_workspace(project, path, Timing(delay=0))
    (doc,) = space.docs()
    new_job(space, doc.record.id, "fourth")
    kept = everything(space.live(doc.record.id))
    space.store.close()
    shutil.rmtree(project / "jobs")  # what the project says by now does not matter any more
    again = start.open_workspace(project, path, Timing(delay=0))
    assert everything(again.live(doc.record.id)) == kept
    again.store.close()


def test_opening_a_snapshot_or_nothing(tmp_path: Path) -> None:
    space, doc = small_docs.workspace(tmp_path)
    path = tmp_path / "kept.json"
    path.write_text(snapshot([space.live(doc)]), "utf-8")
    again = start.open_workspace(path)
    assert [known.record.id for known in again.docs()] == [doc]
    (empty,) = (space := start.open_workspace(None)).docs()
    assert empty.record.name == "Untitled"
    assert len(empty.record.pages) == 1
    space.reset()
    assert [known.record.id for known in space.docs()] == [empty.record.id], "the same doc, whenever it starts again"
    path.write_text("{}", "utf-8")
    with pytest.raises(CannotOpen, match="no snapshot"):
        start.open_workspace(path, tmp_path / "new.sqlite")
    Store(tmp_path / "new.sqlite").close()


# ------------------------------------------------------------ values


ZONES = st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), timezone(timedelta(hours=5.5))])
DATES = st.dates(date(1900, 1, 1), date(2200, 1, 1))
SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.floats(allow_nan=False),
    DATES,
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=ZONES),
    st.times().map(lambda value: value.replace(tzinfo=None)),
    st.timedeltas(timedelta(-10_000), timedelta(10_000)),
    st.builds(Row, st.text(max_size=5), st.integers(1, 10_000)),
    st.builds(Person, st.text(max_size=5), st.emails()),
    st.builds(Error, st.text(max_size=5), st.text(max_size=5), st.builds(Span, st.integers(0, 9), st.integers(9, 20))),
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
        st.builds(Action, st.text(max_size=5), st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@given(VALUES)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    kept = from_json(json.loads(json.dumps(to_json(value))))
    assert kept == value
    assert type(kept) is type(value)
    if isinstance(value, datetime):
        assert isinstance(kept, datetime)
        assert kept.utcoffset() == value.utcoffset()
    if isinstance(value, Person):
        assert isinstance(kept, Person)
        assert kept.email == value.email


def test_a_moment_in_the_hour_that_comes_twice() -> None:
    for fold in (0, 1):
        moment = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold)
        kept = from_json(to_json(moment))
        assert (kept.utcoffset(), kept.tzinfo) == (moment.utcoffset(), moment.tzinfo)


def test_a_moment_in_the_hour_that_is_left_out() -> None:
    moment = datetime(2025, 3, 30, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert from_json(to_json(moment)).isoformat() == moment.isoformat() == "2025-03-30T02:30:00+01:00"


def test_what_is_no_value_is_not_kept() -> None:
    with pytest.raises(TypeError, match="set is no value"):
        to_json({1, 2})
    assert from_json(to_json(time(9, 30))) == time(9, 30)


# ------------------------------------------------------------ snapshots


@pytest.mark.parametrize("number", range(8))
def test_a_snapshot_gives_back_the_doc(tmp_path: Path, number: int) -> None:
    chance = random.Random(number)
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    for _ in range(30):
        space.do(doc, *small_docs.some_change(chance, live))
    text = snapshot([live])
    ((record, rows),) = from_snapshot(text)
    again = LocalDoc(record, rows, live.now, ADA)
    assert everything(again) == everything(live)
    assert snapshot([again]) == text


@pytest.mark.slow
def test_a_snapshot_of_founder_hq() -> None:
    session = Session.open(FORMULAS)
    record, rows = from_project(session.book, session.now)
    doc = LocalDoc(record, rows, session.now, ADA)
    ((record, rows),) = from_snapshot(snapshot([doc]))
    assert everything(LocalDoc(record, rows, session.now, ADA)) == everything(doc)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no snapshot"),
        ('{"codaform": "snapshot"}', "form None"),
        ('{"codaform": "snapshot", "form": 2, "docs": []}', "form 2"),
        ('{"codaform": "snapshot", "form": 1}', "damaged"),
        ('{"codaform": "snapshot", "form": 1, "docs": [{}]}', "damaged"),
        ('{"codaform": "snapshot", "form": 1, "docs": 3}', "damaged"),
    ],
)
def test_what_is_no_snapshot(text: str, why: str) -> None:
    with pytest.raises(BadSnapshot, match=why):
        from_snapshot(text)


@pytest.mark.slow
def test_a_damaged_snapshot_is_refused_or_works(tmp_path: Path) -> None:
    """Any part of it replaced by something else: it is refused, or it gives a doc all of whose cells can be shown."""
    space, doc = small_docs.workspace(tmp_path)
    live = space.live(doc)
    space.do(
        doc,
        "update row",
        {
            "table": table(live, "jobs").id,
            "row": row(live, "jobs", "first"),
            "cells": cells(live, "jobs", due="2025-12-08"),
        },
    )
    whole = json.loads(snapshot([live]))
    places = list(_places(whole["docs"], ()))
    assert len(places) > 300
    strange: list[Any] = [
        None,
        3,
        -1,
        10**400,
        "",
        "x",
        [],
        {},
        {"row": ["nowhere", 1]},
        {"date": "soon"},
        [[]],
        True,
        1.5,
    ]
    chance = random.Random(1)
    refused = 0
    for place in places:
        for new in chance.sample(strange, 3):
            copy = json.loads(json.dumps(whole))
            target = copy["docs"]
            for step in place[:-1]:
                target = target[step]
            target[place[-1]] = new
            read = _read(json.dumps(copy))
            refused += read is None
            for record, rows in read or []:
                everything(LocalDoc(record, rows, NOW, ADA))
    assert 200 < refused < len(places) * 3


@pytest.mark.parametrize("moment", ["2025-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
@pytest.mark.parametrize("member", ["created", "updated"])
def test_moments_that_no_zone_can_show_are_refused(tmp_path: Path, moment: str, member: str) -> None:
    space, doc = small_docs.workspace(tmp_path)
    whole = json.loads(snapshot([space.live(doc)]))
    (kept,) = whole["docs"]
    first = next(iter(kept["rows"].values()))[0]
    for place in (kept["doc"], kept["doc"]["pages"][0], first):
        before, place[member] = place[member], moment
        assert _read(json.dumps(whole)) is None
        place[member] = before
    assert _read(json.dumps(whole)) is not None


def _read(text: str) -> list[tuple[DocRecord, Rows]] | None:
    try:
        return from_snapshot(text)
    except BadSnapshot:
        return None


def _places(part: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(part, dict):
        for key, inner in part.items():
            yield from _places(inner, (*path, key))
    elif isinstance(part, list):
        for index, inner in enumerate(part):
            yield from _places(inner, (*path, index))


def test_a_formula_that_stood_in_yaml_is_kept_as_a_text_of_its_own(tmp_path: Path) -> None:
    files = {
        "doc.yml": "doc: Small\n",
        "jobs/table.yml": "table: jobs\ncolumns:\n  - {name: double, type: number, formula: '1 + 1'}\n",
    }
    file = tmp_path / "kept.sqlite"
    with local_coda_for(write(tmp_path / "small", files), file=file):
        pass
    with local_coda_for(None, file=file) as coda:
        table = coda.parts.workspace.live(coda.doc_id).record.tables[0]
        assert table.columns[0].column.formula is not None
        assert table.columns[0].column.formula.text == "1 + 1"
