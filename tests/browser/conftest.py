"""A page in headless Chromium: one browser for all tests, no host but this machine, no error on the console."""

from __future__ import annotations

import os
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
"""Where Debian and others put it; a browser is never downloaded."""

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser (playwright's Browser), started once; skipped with the reason where it cannot be."""
    program = next((path for path in CHROMIUM if Path(path).exists()), None) or shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        browser.close()


class Console:
    """What went wrong in a page: errors on its console, exceptions, requests to other hosts, requests that failed.

    expected: Parts of messages that a test provokes on purpose; such messages are no fault.
    """

    def __init__(self) -> None:
        self.expected: list[str] = []
        self._said: list[str] = []

    def say(self, message: str) -> None:
        """Take note of something that went wrong."""
        self._said.append(message)

    @property
    def faults(self) -> list[str]:
        """Unexpected events, in order."""
        return [said for said in self._said if not any(part in said for part in self.expected)]


@pytest.fixture
def console() -> Console:
    """Collects what goes wrong in the test's pages."""
    return Console()


@pytest.fixture
def page(chromium: Any, console: Console, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh page (playwright's Page) with no memory of other tests; the test fails when the console shows an error.

    Parametrise it indirectly with a mapping to set options of the context, such as `color_scheme` or `viewport`.
    A request to a host other than this machine is cut off and is a fault. The folder named by SCREENSHOTS gets a
    picture of the page as it was when the test ended.
    """
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "timezone_id": "Europe/Berlin"}
    context = chromium.new_context(**{**options, **getattr(request, "param", {})})
    context.set_default_timeout(30_000)
    context.route("**/*", lambda route: _let_through(route, console))
    shown = context.new_page()
    _listen(shown, console)
    context.on("page", lambda other: _listen(other, console))
    yield shown
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        shown.screenshot(path=str(Path(folder) / f"{request.node.name}.png"), full_page=True)
    context.close()
    assert console.faults == []


def _let_through(route: Any, console: Console) -> None:
    address = urllib.parse.urlsplit(route.request.url)
    if address.scheme in ("data", "blob", "about") or address.hostname in LOOPBACK:
        route.continue_()
        return
    console.say(f"asked another host: {route.request.url}")
    route.abort()


def _listen(page: Any, console: Console) -> None:
    page.on("console", lambda message: console.say(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: console.say(f"exception: {error}"))
