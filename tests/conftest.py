"""What all tests share: options, the profiles of hypothesis, the example doc with its rows."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source
from example_doc import DOC, example_workbook
from searching import examples

settings.register_profile(
    "here", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="rewrite the fact blocks of tests/cases with what the compiler says now; the diff is the review",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-cases") and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--update-cases rewrites files, one section after the other: leave out -n")


@pytest.fixture(scope="session")
def book() -> Workbook:
    """The library's example doc with its rows, at the clock of the examples."""
    return example_workbook()


@pytest.fixture(scope="session")
def answer(book: Workbook) -> Callable[[str], str]:
    """The value of a formula on a page of the example doc, in the notation of the examples."""

    def ask(formula: str) -> str:
        bound, _ = bind_site(DOC, FormulaSite("named", "", "example"), Source("example", formula), None)
        return notate(book.evaluate(bound), book)

    return ask


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many faults were survived, where any were made."""
    passed = terminalreporter.stats.get("passed", [])
    survived = sum(count for report in passed for name, count in report.user_properties if name == "faults survived")
    if survived:
        terminalreporter.write_line(
            f"{survived} faults survived: kills, dropped connections, gateways, each at another moment"
        )
