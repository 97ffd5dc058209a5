"""A deploy through faults: connections that break, limits, stale reads, other tools, and kills at every moment."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import pytest

from codaform.coda.door.failures import Failure
from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.formula_text import compare_formulas
from codaform.deploy.applying.outcomes import DeployReport, report_lines
from codaform.model.schema import views
from codaform.project.session import Session
from codaform.server.access import Token
from codaform.server.start import people_of
from codaform.testing import RunningCoda, local_coda_for
from deploy_projects import ROWS, column_of, doc_of, table_of, values_of, workshop
from deploying import copied, deploy, states, target_of
from door import FORMULAS
from killed_deploy import GUIDES, run
from projects import opened
from searching import some

Survived = Callable[[str, object], None]
"""How many faults a test survived: `tests/conftest.py` adds them up at the end of a run, also of one in parallel."""

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


def all_is_right(coda: RunningCoda, session: Session) -> None:
    """The doc has everything of the project once, and nothing more."""
    coda.finish()
    wanted, record = session.project.doc, doc_of(coda).record
    assert sorted(table.name for table in record.tables) == sorted(wanted.tables)
    for table in wanted.tables.values():
        there = table_of(coda, table.name)
        assert sorted(column.column.name for column in there.columns) == sorted(table.columns)
        for column in table.columns.values():
            found = column_of(coda, table.name, column.name).column
            text = column_formula(column, table, wanted)
            assert (found.formula is None) == (text is None)
            assert text is None or found.formula is None or compare_formulas(found.formula.text, text) == "same"
            assert (found.kind, found.many, found.to) == (column.kind, column.many, column.to)
            assert found.options == column.options
        assert sorted(view.view.name for view in there.views) == sorted(view.name for view in table.views)
    assert sorted(formula.formula.name for formula in record.formulas) == sorted(wanted.formulas)
    names = [page.name for page in record.pages]
    assert len(names) == len({*names}), f"a page is there twice: {names}"
    for name, rows in ROWS.items():
        if name in wanted.tables:
            key = next(column.name for column in wanted.tables[name].columns.values() if column.key)
            assert sorted(map(str, values_of(coda, name, key))) == sorted(rows)
    if "jobs" in wanted.tables:
        assert values_of(coda, "jobs", "fourfold") == [4, 8, 12]
        assert len([*views(wanted)]) == 1


def until_it_is_deployed(session: Session, coda: RunningCoda, most: int = 4) -> list[DeployReport]:
    """Deploys, again and again as a person would, and what each said."""
    said: list[DeployReport] = []
    for _ in range(most):
        with target_of(coda) as target:
            said.append(deploy(session, target, rows=True, guides=GUIDES))
        if said[-1].deployed:
            return said
    raise AssertionError("\n".join(line for report in said for line in report_lines(report)))


# ------------------------------------------------------------ killed


def child(root: Path, coda: RunningCoda, fatal: int, told: Path | None = None) -> int:
    """A deploy in a process of its own; its exit code."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["killed_deploy"])
    arguments = (root, coda.url, coda.token, coda.mcp_token, coda.doc_id, fatal, told)
    process = context.Process(target=run, args=arguments)
    with pytest.MonkeyPatch.context() as patch:
        # What is forked from does not know this folder by itself, and would silently load nothing beforehand.
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def test_a_deploy_that_is_killed_anywhere_goes_on(tmp_path: Path, record_property: Survived) -> None:
    told = tmp_path / "moments"
    with local_coda_for() as coda:
        session = workshop(tmp_path / "whole")
        assert child(tmp_path / "whole", coda, 0, told) == 0
        all_is_right(coda, session)
    moments = int(told.read_text("utf-8"))
    assert moments > 50
    for fatal in some(range(1, moments + 1)):
        root = tmp_path / str(fatal)
        session = workshop(root)
        with local_coda_for() as coda:
            assert child(root, coda, fatal) == -signal.SIGKILL
            report = until_it_is_deployed(session, coda, 1)[0]
            assert set(states(report)) <= {"done", "already"}, f"killed at {fatal}"
            all_is_right(coda, session)
    record_property("faults survived", len(some(range(moments))))


def test_a_deploy_that_is_killed_again_and_again_comes_to_its_end(tmp_path: Path) -> None:
    session = workshop(tmp_path)
    with local_coda_for() as coda:
        ends = iter(lambda: child(tmp_path, coda, 12), 0)
        kills = sum(1 for _ in islice(ends, 60))
        assert 2 < kills < 50
        all_is_right(coda, session)


# ------------------------------------------------------------ connections


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"drop": True}, id="dropped before it was carried out"),
        pytest.param({"drop": True, "after": True}, id="dropped after it was carried out"),
        pytest.param({"status": 503, "after": True}, id="carried out behind a gateway's 503"),
        pytest.param({"status": 503}, id="a gateway's 503"),
    ],
)
def test_whichever_write_breaks(tmp_path: Path, fault: dict[str, object], record_property: Survived) -> None:
    survived = 0
    for number in some(range(200)):
        session = workshop(tmp_path / str(number))
        with local_coda_for() as coda:
            # Reads by REST are sent again by themselves; every other call is met once.
            one = {**fault, "method": "POST", "skip": number, "times": 1}
            with target_of(coda) as target:
                coda.faults.set({"faults": [one]})
                report = deploy(session, target, rows=True, guides=GUIDES)
                met = coda.faults.met()[0]
                coda.faults.set({"faults": []})
            if report.deployed:
                all_is_right(coda, session)
            else:
                assert report.stopped or any(extra.state != "done" for extra in report.extras), report_lines(report)
                until_it_is_deployed(session, coda, 1)
                all_is_right(coda, session)
        if not met:
            break
        survived += 1
    assert survived > len(some(range(20)))
    record_property("faults survived", survived)


def test_bursts_of_refusals_and_gateways_in_between(tmp_path: Path, coda: RunningCoda) -> None:
    session = workshop(tmp_path)
    coda.faults.set(
        {
            "faults": [
                {"status": 429, "chance": 0.25, "seed": 1},
                {"status": 503, "method": "GET", "chance": 0.1, "seed": 2},
                {"drop": True, "method": "GET", "chance": 0.05, "seed": 3},
            ]
        }
    )
    report = until_it_is_deployed(session, coda)[-1]
    met = coda.faults.met()
    assert all(met), met
    coda.faults.set({"faults": []})
    assert report.deployed
    all_is_right(coda, session)


def test_stale_reads_and_slow_writes_double_nothing(tmp_path: Path) -> None:
    session = workshop(tmp_path)
    with local_coda_for(delay=0.05, staleness=0.15) as coda:
        until_it_is_deployed(session, coda, 1)
        until_it_is_deployed(session, coda, 1)
        all_is_right(coda, session)


def test_a_write_that_is_never_done_is_not_confirmed(tmp_path: Path, coda: RunningCoda) -> None:
    session = workshop(tmp_path)
    with target_of(coda, patience=0.3) as target:
        assert deploy(session, target).deployed
        coda.faults.set({"faults": [{"stuck": True, "method": "POST", "path": f"/apis/v1/docs/{target.doc}/tables"}]})
        report = deploy(session, target, rows=True)
        assert [(extra.state, extra.note) for extra in report.extras] == [
            ("not confirmed", "rows were accepted, not confirmed within 0.3 seconds")
        ]
        assert not report.deployed
        assert any("not confirmed" in line for line in report_lines(report))
    coda.faults.set({"faults": []})


# ------------------------------------------------------------ other tools


def test_a_tool_of_another_name_leaves_its_steps_to_a_person(tmp_path: Path, coda: RunningCoda) -> None:
    session = workshop(tmp_path)
    coda.faults.set({"renamed": {"table_view_manage": "table_views_manage"}})
    with target_of(coda) as target:
        report = deploy(session, target, rows=True)
    hand = [outcome for outcome in report.outcomes if outcome.state == "by hand"]
    assert [outcome.note for outcome in hand] == ["the MCP server has no tool table_view_manage"]
    assert set(states(report)) == {"by hand", "done"}
    assert report.needs_a_person
    assert not report.deployed
    coda.faults.set({"renamed": {}})
    with target_of(coda) as target:
        assert deploy(session, target, rows=True).deployed
    all_is_right(coda, session)


def test_a_tool_that_is_renamed_after_the_plan_leaves_its_steps_to_a_person(tmp_path: Path, coda: RunningCoda) -> None:
    session = workshop(tmp_path)
    with target_of(coda) as target:
        # The list was read when the connection was opened; what is called is gone by now.
        assert target.tools is not None
        target.tools._schemas = {
            name: schema for name, schema in target.tools._schemas.items() if name != "control_manage"
        }
        report = deploy(session, target)
    assert states(report)["by hand"] == 1
    assert report.needs_a_person


def test_a_token_that_only_reads_writes_nothing(tmp_path: Path, coda: RunningCoda) -> None:
    session = workshop(tmp_path)
    coda.parts.tokens.add(Token("reader", "mcp", writes=False), "reads-only-token")
    version = doc_of(coda).record.version
    with target_of(replace(coda, mcp_token="reads-only-token")) as target:
        report = deploy(session, target)
    assert not report.deployed
    assert report.stopped
    assert doc_of(coda).record.version == version


def test_founder_hq_through_a_bad_line(tmp_path: Path, coda: RunningCoda) -> None:
    session = opened(copied(FORMULAS, tmp_path / "hq"))
    coda.parts.workspace.people = lambda: people_of(session)
    coda.faults.set(
        {
            "faults": [
                {"status": 429, "chance": 0.1, "seed": 4},
                {"drop": True, "after": True, "path": "/apis/mcp", "chance": 0.05, "seed": 5},
                {"drop": True, "path": "/apis/mcp", "chance": 0.05, "seed": 6},
            ]
        }
    )
    said: list[DeployReport] = []
    for _ in range(20):
        with suppress(Failure), target_of(coda) as target:  # opening the tools may be what breaks
            said.append(deploy(session, target, rows=True))
            if said[-1].needs_a_person:
                break
    assert said[-1].needs_a_person, "\n".join(report_lines(said[-1]))
    coda.faults.set({"faults": []})
    all_is_right(coda, session)
