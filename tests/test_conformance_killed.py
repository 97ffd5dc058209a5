"""Questions to Coda that are killed at any moment go on: one doc, and the same file of answers."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codaform.conformance.probe import NAME
from codaform.testing import RunningCoda, local_coda_for
from deploying import target_of
from projects import write
from searching import NIGHTLY

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1800)]

_KILLS = 20 if NIGHTLY else 6
"""How often the run is killed."""


def _asked(root: Path, coda: RunningCoda, fatal: int) -> int | None:
    """Ask in a process of its own; gives the moments that passed, or None where it was killed."""
    told = root.parent / "moments"
    program = Path(__file__).with_name("killed_conformance.py")
    command = [sys.executable, str(program), str(root), coda.url, coda.token, coda.mcp_token, str(fatal), str(told)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=program.parent)
    if ended.returncode == -signal.SIGKILL:
        return None
    assert ended.returncode == 0, ended.stderr
    return int(told.read_text("utf-8"))


def test_killed_questions_go_on(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    chance = random.Random(11)
    calm = write(tmp_path / "calm" / "doc", {"doc.yml": "doc: Small\n"})
    rough = write(tmp_path / "rough" / "doc", {"doc.yml": "doc: Small\n"})
    with local_coda_for(calm) as coda:
        most = _asked(calm, coda, 0) or 0
    expected = (calm / "answers.yml").read_text("utf-8")
    assert "outcome: differs" not in expected
    with local_coda_for(rough) as coda:
        kills, left = 0, most
        while kills < _KILLS:
            # Early moments too, or the first kill that comes late leaves nothing to kill.
            ended = _asked(rough, coda, chance.randint(1, max(1, 2 * left // _KILLS)))
            if ended is None:
                kills += 1
            else:
                left = ended
        _asked(rough, coda, 0)
        with target_of(coda) as target:
            assert [str(one["name"]).startswith(NAME) for one in target.rest.docs()].count(True) == 1
    assert (rough / "answers.yml").read_text("utf-8") == expected
    record_property("faults survived", kills)
