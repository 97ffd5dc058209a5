"""The page of the mirror: its statements run, and give what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mirroring import FOUNDER_HQ, ask, database, done, enter

__all__ = ["database"]

PAGE = (Path(__file__).parents[1] / "docs" / "mirror.md").read_text("utf-8")
BLOCKS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def test_the_statements_of_the_page_run(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOUNDER_HQ)
    done("init", "--apply")
    enter(
        database,
        "INSERT INTO founder_hq.workflows (workflow_id, name, estimated_hours, row_name) "
        "VALUES ('WF-01', 'Kickoff', 1, 'Kickoff')",
    )
    observer, recorder, questions, logging, conflicts = BLOCKS
    taken = dict(ask(database, "SELECT rolname, true FROM pg_roles WHERE rolname IN ('observer', 'recorder')"))
    ask(database, f"SELECT 1; {'' if taken else observer + recorder}")
    try:
        ask(database, logging)
        first, second, third = (one for one in questions.split(";") if one.strip())
        assert ask(database, first) == [("Kickoff", 1.0, 2.0, 100.0)]
        assert ask(database, second) == [("Kickoff", 1, 2.0)]
        assert ask(database, third) == []
        listed, decided = (one for one in conflicts.split(";") if one.strip())
        assert ask(database, listed) == []
        ask(database, decided)
        if not taken:
            assert ask(f"{database} user=observer", first) == [("Kickoff", 1.0, 2.0, 100.0)]
            ask(f"{database} user=recorder", logging.replace("RUN-1042", "RUN-1043"))
    finally:
        if not taken:
            ask(database, "DROP OWNED BY observer, recorder; DROP ROLE observer, recorder")
