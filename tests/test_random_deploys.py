"""Random docs are deployed from nothing, verified, and pulled into a new folder, which says what the first one said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from codaform.coda.wire.formats import format_to_rest
from codaform.deploy.applying.deployment import Target, entry_of, plan_for
from codaform.deploy.applying.outcomes import report_lines
from codaform.deploy.applying.verify import verify
from codaform.deploy.copying.pulling import pulled
from codaform.deploy.kinds.column_settings import SetDefault
from codaform.deploy.planning.plan import PlanOptions
from codaform.model.schema import Column, Doc, Table, View, formula_type
from codaform.project.project import Environment
from codaform.project.session import Session
from codaform.project.writer import project_files
from codaform.semantics import ir
from codaform.semantics.program import bind_doc, formulas
from codaform.source import Source
from codaform.testing import RunningCoda, local_coda_for
from deploying import ENVIRONMENT, deploy, new_doc
from projects import findings, opened, told, write
from sound_docs import sound_docs

EXAMPLES = int(os.environ.get("CODAFORM_RANDOM_DOCS", "0"))
"""How many docs are tried, others each time; without it a few, the same ones always. 500 is the bar."""


@pytest.fixture(scope="module")
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


@settings(
    max_examples=EXAMPLES or 6,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    # A smaller doc that fails too would take a deploy for each step to it.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(doc=sound_docs())
def test_random_docs_there_and_back(doc: Doc, coda: RunningCoda, tmp_path_factory: pytest.TempPathFactory) -> None:
    there_and_back(doc, coda, tmp_path_factory.mktemp("doc"))


def there_and_back(doc: Doc, coda: RunningCoda, folder: Path) -> None:
    session = in_folder(doc, folder / "source")
    alike(told(findings(folder / "source")), [])
    with new_doc(coda) as target:
        report = deploy(session, target)
        by_person = [one.step.change for one in report.outcomes if one.state == "by hand"]
        assert {one.state for one in report.outcomes} <= {"done", "by hand"}, "\n".join(report_lines(report))
        assert all(isinstance(change, SetDefault) for change in by_person), by_person
        for change in by_person:
            enter(coda, target, change)
        made, _ = plan_for(session, target)
        alike(tuple(step.change for step in made.steps), ())
        alike(made.notes, ())
        found = verify(
            target.read(), session, entry_of(folder / "source", ENVIRONMENT), PlanOptions(target.capabilities)
        )
        assert found.clean
        alike(found.unknown, ())
        back = folder / "pulled"
        pull = pulled(target.read(), Environment(ENVIRONMENT, target.doc))
        write(back, {path.as_posix(): text for path, text in pull.files.items()})
        alike(told(findings(back)), [])
        theirs, ours = plain(opened(back).project.doc), plain(session.project.doc)
        alike(theirs.keys(), ours.keys())
        for name in ours:
            alike((name, theirs[name]), (name, ours[name]))
        anew, _ = plan_for(opened(back), target)
        alike(tuple(step.change for step in anew.steps), ())
        target.rest.delete_doc(target.doc)


def alike(one: object, other: object) -> None:
    assert one == other, f"\n{one}\n{other}"


def in_folder(doc: Doc, folder: Path) -> Session:
    return opened(write(folder, {path.as_posix(): text for path, text in project_files(doc).items()}))


def enter(coda: RunningCoda, target: Target, change: object) -> None:
    """The manual steps: defaults, which no API writes."""
    assert isinstance(change, SetDefault)
    doc = coda.parts.workspace.live(target.doc)
    table = next(known for known in doc.record.tables if known.name == change.table)
    record = next(known for known in table.columns if known.column.name == change.column)
    record.column = replace(record.column, default=Source(change.column, change.after or ""))
    doc.rebuild()


@dataclass(frozen=True)
class Meant:
    """The meaning of a formula. text: Its spelling, which is not compared."""

    text: str = field(compare=False)
    body: ir.Node = field(repr=False)


def plain(doc: Doc) -> dict[str, object]:
    """The content of a doc, without its file names and the order of its tables and formulas."""
    program, _ = bind_doc(doc)
    return {
        **{str(place): Meant(source.text, program.formulas[place].body) for place, source, _ in formulas(doc)},
        "named": {name: str(formula_type(known)) for name, known in doc.formulas.items()},
        **{f"columns of {name}": columns(table) for name, table in doc.tables.items()},
        **{
            f"views of {name}": {view.name: shown(view, table) for view in table.views}
            for name, table in doc.tables.items()
        },
    }


def columns(table: Table) -> list[object]:
    shown = table.display.name if table.display is not None else ""
    return [
        (known.name, known.kind, known.many, known.to, known.reverse, known.options, known.about, looks(known))
        for known in table.columns.values()
    ] + [shown, *(known.label or known.name for known in table.columns.values() if known.kind == "button")]


def looks(column: Column) -> object:
    """Its format with every member that it may leave out."""
    bare = replace(column, formula=None, default=None, action=None, disable_if=None, label="")
    return format_to_rest(bare, {}, lambda name: {"name": name})


def shown(view: View, table: Table) -> object:
    every = tuple(table.columns)
    return view.sort, view.descending, view.limit, view.columns if view.columns != every else ()
