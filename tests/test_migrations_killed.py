"""A migration that is killed at any moment goes on where it ended: the same doc, and the same way back."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codaform.migrate.rollback import carry_out, way_back
from codaform.testing import RunningCoda, local_coda_for
from migrating import founder_hq, on_coda, on_files, sums

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

_KILLS = int(os.environ.get("CODAFORM_KILLED_PHASES", "3"))
"""How often each phase is killed; the bar asks for 20 with 2,000 rows."""

_ROWS = int(os.environ.get("CODAFORM_OLD_ROWS", "250"))


def _phase(root: Path, coda: RunningCoda | None, number: int, fatal: int) -> int | None:
    """Carry out a phase in a process of its own; gives the moments that passed, or None where it was killed."""
    told = root.parent / "moments"
    told.unlink(missing_ok=True)
    where = [coda.url, coda.token, coda.doc_id] if coda is not None else ["", "", ""]
    program = Path(__file__).with_name("killed_migration.py")
    command = [sys.executable, str(program), str(root), *where, str(number), str(fatal), str(told)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=program.parent)
    if ended.returncode == -signal.SIGKILL:
        return None
    assert ended.returncode == 0, ended.stderr
    return int(told.read_text("utf-8"))


def _calmly(root: Path, coda: RunningCoda | None) -> tuple[list[dict[str, str]], list[int]]:
    """Carry out the four phases; gives the checksums before and after each, and the moments of each."""
    found, moments = [_sums(root, coda)], list[int]()
    for number in range(1, 5):
        moments.append(_phase(root, coda, number, 0) or 0)
        found.append(_sums(root, coda))
    return found, moments


def _killed(root: Path, coda: RunningCoda | None, moments: list[int], chance: random.Random) -> list[dict[str, str]]:
    """The same, each phase killed again and again at any moment of what is left of it, and at last not killed. A phase
    that is done reads and compares once more, so there is always a moment left."""
    found = [_sums(root, coda)]
    for number, most in enumerate(moments, 1):
        left = most
        kills = 0
        while kills < _KILLS:
            ended = _phase(root, coda, number, chance.randint(1, left))
            if ended is None:
                kills += 1
            else:
                left = ended  # it had fewer moments than the last time, since more of it was done
        _phase(root, coda, number, 0)
        found.append(_sums(root, coda))
    return found


def _back(root: Path, coda: RunningCoda | None) -> dict[str, str]:
    with on_coda(root, coda) if coda is not None else on_files(root) as run:
        loaded = run.loaded()
        found = way_back(run, 0, loaded)
        assert not found.kept
        assert not found.losses
        carry_out(run, found, loaded, carry=False)
        return sums(run.place)


def _sums(root: Path, coda: RunningCoda | None) -> dict[str, str]:
    with on_coda(root, coda) if coda is not None else on_files(root) as run:
        return sums(run.place)


@pytest.mark.parametrize("where", ["files", "doc"])
def test_a_killed_phase_ends_as_if_it_had_not_been_killed(
    tmp_path: Path, where: str, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(7)
    calm = founder_hq(tmp_path / "calm", _ROWS)
    rough = founder_hq(tmp_path / "rough", _ROWS)
    with local_coda_for(calm) as first, local_coda_for(rough) as second:
        one, other = (first, second) if where == "doc" else (None, None)
        expected, moments = _calmly(calm, one)
        assert _killed(rough, other, moments, chance) == expected
        record_property("faults survived", 4 * _KILLS)
        assert _back(rough, other) == expected[0]
