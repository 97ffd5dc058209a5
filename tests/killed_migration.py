"""A migration in a process of its own that ends itself, without a word, at one of its moments."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.transport import Transport
from codaform.deploy.applying.deployment import Target
from codaform.deploy.applying.journal import journal_of as deploy_journal_of
from codaform.migrate.coda_place import CodaPlace
from codaform.migrate.file_place import FilePlace
from codaform.migrate.journal import MigrationJournal, journal_of
from codaform.migrate.place import Place
from codaform.migrate.running import MigrationRun
from codaform.project.migrations.taking import Taking
from codaform.project.session import Session
from deploying import ENVIRONMENT
from door import SWIFT
from killed_deploy import Moments


def run(root: Path, url: str, token: str, doc: str, number: int, fatal: int, told: Path) -> None:
    """Carry out one phase, and die at a moment: before or after a call to Coda, an entry of the journal, reading or
    writing a folder's rows, and what the rules say.

    url: Of a local Coda; empty for the rows of the folder. fatal: Which moment, from 1; 0 for none. told: Where the
    count of moments is written.
    """
    moments = Moments(fatal)
    MigrationJournal.add = moments.around(MigrationJournal.add)  # type: ignore[method-assign]
    Transport.call = moments.around(Transport.call)  # type: ignore[method-assign]
    FilePlace.load = moments.around(FilePlace.load)  # type: ignore[method-assign]
    FilePlace.write = moments.around(FilePlace.write)  # type: ignore[method-assign]
    Taking.phase = moments.around(Taking.phase)  # type: ignore[method-assign]
    session = Session.open(root)
    migration = session.project.migrations[0]
    with ExitStack() as stack:
        place: Place
        if url:
            rest = Rest(Secret(token), url, Pace({}, SWIFT), timeout=20)
            target = Target(ENVIRONMENT, doc, rest, None, local=True, patience=20.0)
            deploys = stack.enter_context(deploy_journal_of(root, ENVIRONMENT))
            place = stack.enter_context(CodaPlace(session, target, deploys, lambda _: None))
        else:
            place = FilePlace(session)
        journal = stack.enter_context(journal_of(root, migration.id, place.name))
        report = MigrationRun(migration, place, journal, session.project.tests).phase(migration.phases[number - 1])
    assert not report.stopped, report
    told.write_text(str(moments.passed), "utf-8")


if __name__ == "__main__":
    folder, url, token, doc, number, fatal, told = sys.argv[1:]
    run(Path(folder), url, token, doc, int(number), int(fatal), Path(told))
