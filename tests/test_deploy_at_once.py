"""Several deploys from several folders to one doc at once: nothing is doubled, and who stops says why."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from codaform.coda.door.claims import CLAIM_TITLE
from codaform.coda.door.transport import Transport
from codaform.coda.wire import ids
from codaform.deploy.applying.deployment import plan_for
from codaform.deploy.applying.hold import CannotHold, Held
from codaform.project.session import Session
from codaform.server.access import Token
from codaform.server.doc.records import PageRecord
from codaform.testing import RunningCoda, local_coda_for
from deploy_projects import doc_of, table_of, values_of
from deploying import deploy, states, target_of
from interleaving import Order, Outcome, Turns, after, at_once, copies
from projects import opened, write

pytestmark = pytest.mark.slow

SMALL = {
    "doc.yml": "doc: Small\ntime_zone: UTC\nformulas:\n  - {name: total, type: number, formula: total.coda}\n",
    "total.coda": "jobs.hours.Sum()\n",
    "jobs/table.yml": """\
table: jobs
columns:
  - {name: title, type: text, key: true, display: true}
  - {name: hours, type: number}
  - {name: double, type: number, formula: double.coda}
views:
  - {name: Long jobs, filter: long.coda}
""",
    "jobs/double.coda": "thisRow.hours * 2\n",
    "jobs/long.coda": "thisRow.hours > 1\n",
    "jobs/rows.csv": "title,hours\nfirst,1\nsecond,2\n",
    "notes/table.yml": "table: notes\ncolumns:\n  - {name: text, type: text, display: true}\n",
    "notes/rows.csv": "text\nalike\nalike\n",
}
GUIDES = {"Guide": "# One\n\nA text.\n"}


def small(folder: Path) -> Session:
    return opened(write(folder, SMALL))


@pytest.fixture
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


def once(coda: RunningCoda) -> None:
    """The doc has everything once, and nothing more."""
    coda.finish()
    record = doc_of(coda).record
    assert sorted(table.name for table in record.tables) == ["jobs", "notes"]
    assert sorted(view.view.name for table in record.tables for view in table.views) == ["Long jobs"]
    assert [formula.formula.name for formula in record.formulas] == ["total"]
    assert {table.name: [column.column.name for column in table.columns] for table in record.tables} == {
        "jobs": ["title", "hours", "double"],
        "notes": ["text"],
    }
    assert sorted(map(str, values_of(coda, "jobs", "title"))) == ["first", "second"]
    assert values_of(coda, "notes", "text") == ["alike", "alike"]
    names = [page.name for page in record.pages]
    assert len(names) == len({*names})
    assert CLAIM_TITLE not in names


def one_or_both(found: dict[str, Outcome]) -> None:
    """At least one has deployed; each other one says why not."""
    assert any(outcome.deployed for outcome in found.values()), [outcome.said for outcome in found.values()]
    for outcome in found.values():
        if outcome.failure is not None:
            assert "another deploy has been at work on this doc since" in outcome.said, outcome.said
            assert outcome.said.endswith("; nothing was written")
        elif outcome.report is not None and not outcome.deployed:
            # It began behind the other's end: its folder does not know that codaform made the page.
            failed = [extra.note for extra in outcome.report.extras if extra.state == "failed"]
            assert failed == ["the doc has a page of that name that codaform did not make"]


# ------------------------------------------------------------ at every offset


def both(folder: Path, order: Order) -> None:
    """Two deploys at once to an empty doc."""
    with local_coda_for() as coda:
        found = at_once(coda, copies(small, folder, "a", "b"), Turns(order), guides=GUIDES)
        one_or_both(found)
        once(coda)


OFFSETS = [0, 5, 7, 30, 60]
"""How many calls one deploy is ahead: while both read, while both say that they are at work, while one writes."""


@pytest.mark.parametrize("calls", OFFSETS)
def test_two_deploys_at_once_double_nothing(tmp_path: Path, calls: int) -> None:
    both(tmp_path, after("a", calls))


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("then", [0, 7, 12])
def test_two_deploys_at_once_double_nothing_at_any_offset(tmp_path: Path, then: int) -> None:
    """One is ahead by so many calls, then the other makes some, then they take turns."""
    for calls in range(0, 96, 4):
        both(tmp_path / str(calls), after("a", calls, then))


def test_whoever_stopped_finds_everything_there_later(tmp_path: Path, coda: RunningCoda) -> None:
    folders = copies(small, tmp_path, "a", "b")
    assert "nothing was written" in at_once(coda, folders, Turns(after("a", 0)))["b"].said
    with target_of(coda) as target:
        again = deploy(folders["b"], target, rows=True)
        assert again.deployed
        assert not {*states(again)} - {"already"}
    once(coda)


def test_three_deploys_at_once_double_nothing(tmp_path: Path, coda: RunningCoda) -> None:
    found = at_once(coda, copies(small, tmp_path, "a", "b", "c"), Turns(after("b", 4)))
    one_or_both(found)
    assert sum(outcome.deployed for outcome in found.values()) == 1
    once(coda)


def test_two_deploys_of_rows_by_rest_alone_double_nothing(tmp_path: Path, coda: RunningCoda) -> None:
    folders = copies(small, tmp_path, "a", "b")
    with target_of(coda) as target:
        assert deploy(folders["a"], target).deployed
    found = at_once(coda, folders, Turns(after("a", 0)), mcp=False)
    assert sorted(outcome.said.partition(" since ")[0] for outcome in found.values()) == [
        "",
        "another deploy has been at work on this doc",
    ]
    once(coda)


def test_a_token_that_makes_no_pages_holds_a_doc_by_the_tools(tmp_path: Path, coda: RunningCoda) -> None:
    session = small(tmp_path)
    coda.parts.tokens.add(Token("reader", "rest", writes=False), "reads-only-token")
    with target_of(replace(coda, token="reads-only-token")) as target:
        assert deploy(session, target).deployed
        # REST alone can neither make the page nor write a row.
        with pytest.raises(CannotHold, match="two deploys at once would not see each other: nothing was written"):
            deploy(session, replace(target, tools=None), rows=True)
        # Nobody is asked where nobody else is at work; then it is the rows that the token may not write.
        report = deploy(session, replace(target, tools=None, alone=True), rows=True)
        assert "/rows" in report.extras[0].note
    assert CLAIM_TITLE not in {page.name for page in doc_of(coda).record.pages}


# ------------------------------------------------------------ killed, away, and back


def killed(coda: RunningCoda, folder: Path, calls: int) -> Session:
    """A folder whose deploy was killed after so many calls, in the midst of its work."""
    session = small(folder)
    found = at_once(coda, {"a": session}, Turns(after("a", 0), kills={"a": calls}))
    assert found["a"].killed
    coda.finish()
    assert CLAIM_TITLE in {page.name for page in doc_of(coda).record.pages}
    return session


def test_whoever_was_killed_goes_on_at_once_and_others_wait(tmp_path: Path, coda: RunningCoda) -> None:
    session = killed(coda, tmp_path / "a", 30)
    other = small(tmp_path / "b")
    with target_of(coda) as target:
        with pytest.raises(Held, match=r"since .* UTC, with the token of .*; if that one was killed, delete its page"):
            deploy(other, target, rows=True)
        assert deploy(session, target, rows=True).deployed
        once(coda)
        assert deploy(other, target, rows=True).deployed
    once(coda)


def test_a_copy_of_the_folder_is_not_the_folder(tmp_path: Path, coda: RunningCoda) -> None:
    killed(coda, tmp_path / "a", 30)
    copytree(tmp_path / "a", tmp_path / "b")
    with target_of(coda) as target, pytest.raises(Held):
        deploy(opened(tmp_path / "b"), target, rows=True)


def test_a_claim_without_a_sign_of_life_lapses(tmp_path: Path, coda: RunningCoda) -> None:
    killed(coda, tmp_path / "a", 30)
    other = small(tmp_path / "b")
    coda.set_clock(datetime.now(UTC) + timedelta(minutes=19))
    with target_of(coda) as target:
        with pytest.raises(Held):
            deploy(other, target)
        coda.set_clock(datetime.now(UTC) + timedelta(minutes=21))
        assert deploy(other, target, rows=True).deployed
    once(coda)


def test_a_person_may_end_a_claim_by_deleting_its_page(tmp_path: Path, coda: RunningCoda) -> None:
    killed(coda, tmp_path / "a", 30)
    delete_page(coda)
    with target_of(coda) as target:
        assert deploy(small(tmp_path / "b"), target, rows=True).deployed
    once(coda)


def test_clocks_of_machines_do_not_count(tmp_path: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is a minute old by Coda's clock, whatever those of the machines show."""
    coda.set_clock(datetime.now(UTC))
    killed(coda, tmp_path / "a", 30)
    coda.set_clock(datetime.now(UTC) + timedelta(minutes=1))
    session = small(tmp_path / "b")
    for days in (70, 7):
        shown = time.time() - days * 86_400
        with target_of(coda) as target, monkeypatch.context() as patch:
            patch.setattr(time, "time", partial(float, shown))
            patch.setattr(target.rest.pace, "seconds", partial(_later, time.monotonic, days * 86_400.0))
            with pytest.raises(Held):
                deploy(session, target)


def _later(clock: Callable[[], float], seconds: float) -> float:
    return clock() + seconds


def test_a_long_deploy_gives_signs_of_life(tmp_path: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of this one takes a minute, by every clock."""
    start = datetime.now(UTC)
    passed = count()
    signs: list[str] = []

    def minute() -> None:
        coda.set_clock(start + timedelta(minutes=next(passed)))
        signs.extend(claim.subtitle for claim in doc_of(coda).record.pages if claim.name == CLAIM_TITLE)

    with target_of(coda) as target:
        at = [0.0]
        monkeypatch.setattr(target.rest.pace, "seconds", lambda: at[0])
        call = Transport.call

        def slow(self: Transport, *arguments: Any, **named: Any) -> Any:
            at[0] += 60
            minute()
            return call(self, *arguments, **named)

        monkeypatch.setattr(Transport, "call", slow)
        assert deploy(small(tmp_path), target, rows=True).deployed
    ages = [int(sign.rpartition("+")[2].removesuffix("]")) for sign in signs]
    assert ages == sorted(ages)
    assert all(later - earlier < 20 * 60 for earlier, later in pairwise(sorted({*ages})))
    assert ages[-1] > 20 * 60
    once(coda)


# ------------------------------------------------------------ what people do to the page


def page_of(coda: RunningCoda) -> PageRecord:
    return next(page for page in doc_of(coda).record.pages if page.name == CLAIM_TITLE)


def delete_page(coda: RunningCoda) -> None:
    coda.parts.workspace.do(coda.doc_id, "delete page", {"page": page_of(coda).id})


def add_page(coda: RunningCoda, name: str) -> None:
    page = {"name": name, "subtitle": page_of(coda).subtitle}
    coda.parts.workspace.do(coda.doc_id, "add page", {"id": ids.new("page"), "page": page})


def rename_page(coda: RunningCoda, name: str) -> None:
    coda.parts.workspace.do(coda.doc_id, "update page", {"page": page_of(coda).id, "fields": {"name": name}})


def names_of(coda: RunningCoda) -> list[str]:
    coda.finish()
    return [page.name for page in doc_of(coda).record.pages]


@pytest.mark.parametrize("moment", range(24, 32))
def test_a_deploy_whose_page_was_deleted_stops(tmp_path: Path, coda: RunningCoda, moment: int) -> None:
    turns = Turns(after("a", 0), meanwhile={moment: lambda: delete_page(coda)})
    found = at_once(coda, copies(small, tmp_path, "a"), turns)["a"]
    assert not found.deployed
    assert f"the page {CLAIM_TITLE}, by which this deploy held the doc, was deleted or changed" in found.said
    written = [call for call in turns.said[moment:] if not call.startswith(("a: GET", "a: table_columns_read"))]
    in_flight = turns.said[moment] in written[:1]  # it looked at the page right before this one
    assert written == [turns.said[moment]] * in_flight, "nothing is written any more"


def test_a_page_that_was_renamed_still_holds_and_goes(tmp_path: Path, coda: RunningCoda) -> None:
    turns = Turns(after("a", 16), meanwhile={14: lambda: rename_page(coda, "What is this?")})
    found = at_once(coda, copies(small, tmp_path, "a", "b"), turns)
    one_or_both(found)
    assert "delete its page, What is this?" in found["b"].said
    once(coda)
    assert "What is this?" not in names_of(coda)


@pytest.mark.parametrize(("name", "stays"), [(f"Copy of {CLAIM_TITLE}", False), ("My notes", True)])
def test_a_copy_of_the_page_holds_nothing_for_long(tmp_path: Path, coda: RunningCoda, name: str, stays: bool) -> None:
    turns = Turns(after("a", 0), meanwhile={30: lambda: add_page(coda, name)})
    assert at_once(coda, copies(small, tmp_path, "a"), turns)["a"].deployed
    assert (name in names_of(coda)) == stays
    with target_of(coda) as target:
        assert deploy(small(tmp_path / "b"), target, rows=True).deployed


def test_a_page_that_a_table_stands_on_by_now_stays(tmp_path: Path, coda: RunningCoda) -> None:
    def put_a_table() -> None:
        with target_of(coda) as target:
            assert target.tools is not None
            uri = f"coda://docs/{coda.doc_id}/canvases/{page_of(coda).id}"
            target.tools.call("table_create", {"uri": uri, "name": "Mine", "columns": [{"name": "a"}]})

    session = killed(coda, tmp_path / "a", 30)
    put_a_table()
    with target_of(coda) as target:
        assert deploy(session, target, rows=True).deployed
        assert CLAIM_TITLE in names_of(coda), "with the table on it"
        assert deploy(small(tmp_path / "b"), target, rows=True).deployed
    assert "Mine" in {table.name for table in doc_of(coda).record.tables}


# ------------------------------------------------------------ whoever only reads


def test_a_dry_run_and_a_deploy_with_nothing_to_do_hold_nothing(tmp_path: Path, coda: RunningCoda) -> None:
    session = small(tmp_path)
    with target_of(coda) as target:
        plan_for(session, target)
        assert doc_of(coda).record.version == 0
        assert deploy(session, target, rows=True, guides=GUIDES).deployed
        version = doc_of(coda).record.version
        assert deploy(session, target, rows=True, guides=GUIDES).deployed
        assert doc_of(coda).record.version == version


def test_the_page_is_no_part_of_the_doc(tmp_path: Path, coda: RunningCoda) -> None:
    killed(coda, tmp_path / "a", 30)
    with target_of(coda) as target:
        assert CLAIM_TITLE not in {page.name for page in target.read().pages}


# ------------------------------------------------------------ in processes of their own


def command(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A command of codaform's, begun in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "codaform", *words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def folders(tmp_path: Path, coda: RunningCoda, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two folders of one project, whose staging is the doc."""
    monkeypatch.setenv("CODA_API_TOKEN", coda.token)
    monkeypatch.setenv("CODA_MCP_TOKEN", coda.mcp_token)
    for name in ("a", "b"):
        root = write(tmp_path / name, SMALL)
        place = f"environments: {{staging: {{doc: {coda.doc_id}, host: '{coda.url}'}}}}\n"
        (root / "doc.yml").write_text(SMALL["doc.yml"] + place, "utf-8")
    return [tmp_path / "a", tmp_path / "b"]


def ended(processes: list[subprocess.Popen[str]]) -> list[int]:
    """The exit codes; each run that stopped has said why."""
    codes = []
    for process in processes:
        _, said = process.communicate(timeout=100)
        codes.append(process.returncode)
        if process.returncode:
            assert process.returncode == 2, said
            assert "another deploy has been at work on this doc since" in said
            assert "Traceback" not in said
    return codes


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("offset", range(20))
def test_two_processes_at_once(folders: list[Path], coda: RunningCoda, offset: int) -> None:
    processes = []
    for folder in folders:
        words = ("deploy", "--to", "staging", "--via", "mcp", "--rows", "--apply")
        processes.append(command(folder, *words))
        time.sleep(offset / 10)
    assert 0 in ended(processes)
    once(coda)


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_restores_at_once(folders: list[Path], coda: RunningCoda) -> None:
    """Rows without a key are what two of them would add twice."""
    assert ended([command(folders[0], "deploy", "--to", "staging", "--via", "mcp", "--rows", "--apply")]) == [0]
    kept = command(folders[0], "backup", "--to", "staging", "--out", str(folders[0] / "kept.json"))
    assert ended([kept]) == [0]
    notes = table_of(coda, "notes")
    doc_of(coda).rows[notes.id].clear()
    doc_of(coda).rebuild()
    words = ("restore", str(folders[0] / "kept.json"), "--to", "staging", "--apply")
    assert 0 in ended([command(folder, *words) for folder in folders])
    once(coda)
