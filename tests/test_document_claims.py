"""Claims in prose: falsified facts of many kinds are found in Founder HQ's documents, and true ones raise nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from codaform.cli.command_lines import command_fault
from codaform.diagnostics.diagnostic import Diagnostic, Rule
from codaform.diagnostics.rules import RULES
from codaform.project.session import Session
from codaform.site.build.command_lines import command_lines
from codaform.site.build.sentences import slips
from codaform.site.guides.claims import unproved_claims
from codaform.site.guides.known_facts import false_facts
from codaform.site.guides.on_coda import unsourced_statements
from codaform.site.guides.passages import passages
from codaform.site.guides.reading import find_documents
from codaform.site.guides.rendering import render_document
from codaform.site.pages import is_generated
from codaform.source import Source
from projects import marked

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def founder_hq() -> Session:
    return Session.open(ROOT / "formulas")


@pytest.fixture(scope="module")
def documents(founder_hq: Session) -> dict[str, str]:
    return {path: source.text for source, path in find_documents(founder_hq.project)}


def said(session: Session, text: str) -> list[Diagnostic]:
    """What there is to say of a document before the site is built."""
    source = Source("documents/a.md", text)
    return [*unproved_claims(session, source), *unsourced_statements(source)]


def test_the_documents_of_founder_hq_claim_nothing_that_no_check_proves(
    founder_hq: Session, documents: dict[str, str]
) -> None:
    assert len(documents) == 9
    found = [(path, marked(one)) for path, text in documents.items() for one in said(founder_hq, text)]
    assert found == []


def written() -> Iterator[Path]:
    """The pages that people write."""
    yield ROOT / "README.md"
    yield from (path for path in sorted((ROOT / "docs").glob("*.md")) if not is_generated(path.read_text("utf-8")))


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.see], ids=lambda rule: rule.name)
def test_a_rule_without_sources_states_nothing_on_coda(rule: Rule) -> None:
    told = Source("rule.md", f"{rule.what} {rule.why} {rule.safety}")
    assert [marked(one) for one in unsourced_statements(told)] == []


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("On Monday, 9 December 2025, it began.", ["9 December 2025 is a Tuesday, and no Monday"]),
        ("It runs from Sunday, {cell}`sprints[2025-W50].start_date → 2025-12-08`.",
         ["2025-12-08 is a Monday, and no Sunday"]),
        ("From Monday, 2025-12-08, to Sunday, 14 December 2025, or Monday.", []),
        ("Until 31 November 2025, or 2025-02-29.", ["there is no day 31 November 2025", "there is no day 2025-02-29"]),
        ("`ambigous-name` and CF999, `ambiguous-name` and CF101", ["there is no rule ambigous-name",
                                                                "there is no rule CF999"]),
        ("`Filtr(tasks)`, `Filter(tasks)`, `print(x)`, `Custom(x)`", ["there is no function Filtr"]),
        ("`a/doc.lck.yml`, `a/doc.lock.yml`, `Rows.csv`, `my.yml`", ["codaform has no file doc.lck.yml"]),
        ("```text\nMonday, 9 December 2025\n```", []),
        ("<!-- noqa: false-fact - an example -->\n\nMonday, 9 December 2025.", []),
    ],
)  # fmt: skip
def test_names_and_dates_that_hold_for_every_doc(text: str, messages: list[str]) -> None:
    assert [one.message for one in false_facts(Source("a.md", text))] == messages


@pytest.mark.parametrize("path", list(written()), ids=lambda path: path.name)
def test_no_page_has_a_false_date_or_name(path: Path) -> None:
    assert [marked(one) for one in false_facts(Source(path.name, path.read_text("utf-8")))] == []


@pytest.mark.parametrize("path", list(written()), ids=lambda path: path.name)
def test_no_page_states_what_coda_does_without_a_source(path: Path) -> None:
    found = unsourced_statements(Source(path.name, path.read_text("utf-8")))
    assert [marked(one) for one in found] == []


COUNT = "no check proves “{}”"
FALSIFIED = [
    # counts
    ("guides/create_a_workflow.md", "- You can edit the doc.\n", "- You can edit the doc with its 15 tables.\n"),
    ("technical/schemas.md", "Each level points", "The twelve tables hold 64 tasks. Each level points"),
    (
        "technical/migration.md",
        "of the {value}`db_templates.Count() → 15` old rows",
        "of the 15 old rows, none left over,",
    ),
    # names
    ("guides/log_an_execution_run.md", "`task_fits_project`", "`task_fit_project`"),
    ("technical/sprints.md", "formula of `sprints.tasks` so", "formula of `sprints.taks` so"),
    # dependencies
    (
        "technical/variance.md",
        "variance_vs_estimate` reads {table}`tasks`",
        "variance_vs_estimate` reads {table}`sprints`",
    ),
    ("technical/variance.md", "{column}`tasks.execution_run` reads", "{column}`tasks.name` reads"),
    # formulas
    (
        "technical/sprints.md",
        "  scheduled_start_date >= thisRow.start_date AND",
        "  scheduled_start >= thisRow.start_date AND",
    ),
    # numbers
    ("technical/variance.md", "23 / 5 = 4.6 hours", "23 / 5 = 4.7 hours"),
    ("technical/variance.md", "(4.6 - 4) / 4 * 100 is +15", "(4.6 - 4) / 4 * 100 is +16"),
    ("tutorial.md", "{cell}`workflows[Test Onboarding].avg_actual_hours → 4` hours", "four hours"),
    # nothing changes
    ("technical/migration.md", "This\npage is the procedure.", "The phases only add."),
    ("technical/sprints.md", "A task without a date is in no sprint;", "The formula has not changed since 2024."),
    # Coda
    ("guides/create_a_workflow.md", "Describe today, not the plan.", "Coda runs each step within five seconds."),
    ("technical/variance.md", "as documented, Coda's API allows", "Coda's API allows"),
    ("technical/sprints.md", "Only the start decides:", "Views of Coda recompute every minute. The start decides:"),
]


@pytest.mark.parametrize(("path", "before", "after"), FALSIFIED, ids=lambda text: text[:40])
def test_a_falsified_sentence_is_found(
    path: str, before: str, after: str, founder_hq: Session, documents: dict[str, str]
) -> None:
    text = documents[path]
    assert text.count(before) == 1
    found = said(founder_hq, text.replace(before, after))
    assert found
    at = text.index(before)
    assert all(at - 60 <= one.span.start <= at + len(after) + 60 for one in found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("avg_actual_hours → 5", "avg_actual_hours → 5.5"),  # a number of a chart's table, told in a cell
        ("variance_pct → 25", "variance_pct → 25.4"),  # two precisions
        ("Test Onboarding: {avg_actual_hours: 5,", "Test Onboarding: {avg_actual_hours: 5.01,"),
        ("{view}`Off estimate` is", "{view}`Off estimates` is"),
    ],
)
def test_falsified_facts_of_roles_and_directives(
    before: str, after: str, founder_hq: Session, documents: dict[str, str]
) -> None:
    text = documents["tutorial.md"].replace("actual_hours → 5` hours", "actual_hours → 5` hours")
    text = text.replace(
        "Click the cell", "Its average is {cell}`workflows[Test Onboarding].avg_actual_hours → 5`. Click the cell"
    )
    assert text.count(before) >= 1
    rendered = render_document(founder_hq, Source("a.md", text.replace(before, after)), "tutorial.md")
    assert {one.rule.name for one in rendered.problems} == {"false-fact"}


def test_falsified_commands_and_sentences(documents: dict[str, str]) -> None:
    text = documents["technical/migration.md"].replace("migrate verify", "migrate verfy")
    assert [fault for words, _ in command_lines(text) if (fault := command_fault(words))] == [
        "codaform migrate has no command verfy"
    ]
    html = "<article><p>The copied rows go.. new tables stay.</p><p>The page gets it. its text is back.</p></article>"
    assert len(slips(html)) == 2


# ------------------------------------------------------------ each claim


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("There are 64 tasks.", [COUNT.format("64 tasks")]),
        ("There are {value}`tasks.Count() → 64` tasks.", []),
        ("Sixty-two runs in a hundred hours.", [COUNT.format("Sixty-two runs"), COUNT.format("a hundred hours")]),
        ("There are no tasks without a date.", [COUNT.format("no tasks")]),
        ("Two of its {table}`tasks` wait.", [COUNT.format("Two of its …")]),
        ("Two of {row}`tasks: T-037` wait.", []),
        ("If you have two tasks, do one.", []),
        ("There are two views:\n\n- a\n- b\n", []),
        ("There are two views.\n\n- a\n- b\n", [COUNT.format("two views")]),
        ("<!-- noqa: unproved-claim - an example -->\n\nTwo tasks.\n\nSix tasks.", [COUNT.format("Six tasks")]),
        ("<!-- noqa: unproved-claim -->\n\nTake two tasks.", [COUNT.format("two tasks")]),
        ("T-12 tasks, 2025-12 tasks, version 1.2 tasks, `3 tasks`", [COUNT.format("1.2 tasks")]),
        ("The phases only add.", [COUNT.format("only add")]),
        ("The last phase deletes nothing.", [COUNT.format("deletes nothing")]),
        ("No step removes a row.", [COUNT.format("No step removes a row")]),
        ("Every task has a name, no run has ended.", [COUNT.format("Every task has a name")]),
        ("Every task has a page of its own.", []),
        ("It has not changed, as {value}`tasks.Count() → 64` says.", []),
        ("It has not changed:\n\n```{rows} sprints\n```\n", []),
        ("It has not changed.\n\n```{rows} sprints\n```\n", [COUNT.format("has not changed")]),
        ("So 2 + 3 = 6, and 2 + 3 = 5, 7 / 3 is 2.33.", ["2 + 3 is 5, and not 6"]),
        ("On 2025-12-08 = 5, 4/2 is 3, 1 / 0 is 2.", []),
    ],
)  # fmt: skip
def test_numbers_and_what_changes_nothing(text: str, messages: list[str], founder_hq: Session) -> None:
    assert [one.message for one in said(founder_hq, text)] == messages


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("{column}`workflows.variance_pct` reads {column}`workflows.avg_actual_hours`.", []),
        ("{column}`workflows.variance_pct` reads {column}`workflows.recent_runs`.",
         ["workflows.variance_pct does not read workflows.recent_runs"]),
        ("{column}`workflows.variance_pct` depends on {column}`execution_runs.started_at` and {table}`tasks`.",
         ["workflows.variance_pct does not depend on tasks"]),
        ("{column}`workflows.variance_pct` needs {table}`execution_runs`.", []),
        ("{column}`sprints.tasks` is read by {view}`This week`.", ["This week does not read sprints.tasks"]),
        ("{column}`sprints.tasks` does not read {table}`tasks`.", ["sprints.tasks reads tasks"]),
        ("{formula}`unscheduled_tasks` reads {table}`tasks`, {column}`sprints.tasks` reads {table}`tasks`.", []),
        ("{column}`tasks.name` needs {column}`tasks.project`.", []),
        ("`sprint.tasks` `mutationStatus` `snake_case` `estimate_positive` `doc.yml`", []),
        ("`estimate_positiv`", ["there is no estimate_positiv"]),
        ("The column actual_hour, `variance_percent`.", ["there is no actual_hour", "there is no variance_percent"]),
        ("start_day of a/start_dat, actual_hours", []),
        ("`If(thisRow.recent_run.Count() = 0, 1, thisRow.avg_actual_hours)`",
         ["table workflows has no column recent_run"]),
        ("`If(thisRow.recent_runs.Count() = 0, 1)`", []),
        ("A run belongs to one sprint.", ["no column of execution_runs or sprints leads to the other table"]),
        ("A task belongs to one sprint. An offer points to the blueprint. A list belongs to a sprint.", []),
        ("```coda\nthisRow.tasks.Count(\n```\n", ["the parenthesis that opens here is never closed"]),
        ("```coda\nthisRow.variance_pct + recent_days\n```\n", []),
    ],
)  # fmt: skip
def test_names_formulas_and_what_reads_what(text: str, messages: list[str], founder_hq: Session) -> None:
    assert [one.message for one in said(founder_hq, text)] == messages


@pytest.mark.parametrize(
    "text",
    [
        "Coda recalculates a column at once.",
        "Coda's API allows 10 writes.",
        "Coda can sort by two columns.",
        "In Coda, filters are indexed.",
        "Formulas in Coda are indexed automatically.",
        "A button in Coda may write to other docs.",
        "Each write is queued by Coda.",
        "It takes 5 seconds in Coda.",
    ],
)
def test_a_statement_on_coda_needs_a_source(text: str) -> None:
    assert [one.rule.name for one in unsourced_statements(Source("a.md", text))] == ["unsourced-statement"]
    for sure in (f"{text} That is assumed.", f"As documented: {text}", f"Users saw it: {text}",
                 f"| {text} | inferred |", f"{text} [Source](https://coda.io/x)",
                 f"<!-- noqa: unsourced-statement - an example -->\n{text}"):  # fmt: skip
        assert list(unsourced_statements(Source("a.md", sure))) == []
    assert list(unsourced_statements(Source("a.md", f"It is assumed.\n\n{text}"))) != []


@pytest.mark.parametrize(
    "text",
    [
        "A local Coda keeps the rows, and the local Coda's page shows them at once.",
        "If Coda refuses a step, the run ends. Do it where Coda shows it.",
        "codaform checks Coda docs as code, with Coda's functions.",
        "Make an empty doc in Coda. You can paste that into Coda without a change.",
        "```console\n$ # Coda computes it\n```\n\n`Coda computes it`",
        "Coda does not say how it finds rows.",
    ],
)
def test_what_is_no_statement_on_coda(text: str) -> None:
    assert [marked(one) for one in unsourced_statements(Source("a.md", text))] == []


def test_every_letter_of_a_passage_has_its_place() -> None:
    text = "# A\n\nOne. Two\nthree.\n\n- a\n  b\n\n| x | y |\n| --- | --- |\n| 1 | {row}`t: r` |\n\n```\nno\n```\nend"
    found = list(passages(Source("a.md", text)))
    assert [text[one.start : one.start + len(one.text)].strip().split("\n")[0] for one in found] == [
        "# A", "One. Two", "- a", "| x | y |", "| --- | --- |", "| 1 | {row}`t: r` |", "end",
    ]  # fmt: skip
    assert [text[at : at + len(part)] for part, at in found[1].sentences()] == [
        "One.",
        " Two\nthree.",
    ]
