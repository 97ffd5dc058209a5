"""A doc opened in a browser, and its docs to look behind the page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pages import Pages

PICTURES = os.environ.get("PAGE_PICTURES")
"""A folder that gets the pictures of the docs, where it is named."""


class Open:
    """A doc in a browser, and its docs to look behind the page."""

    def __init__(self, page: Any, url: str, behind: Pages) -> None:
        self.page = page
        self.url = url
        self.behind = behind

    def go(self, path: str = "") -> None:
        self.page.goto(self.url + (path or f"/d/{self.behind.id}"))
        self.page.wait_for_selector("html[data-ready]")

    def table(self, name: str) -> None:
        self.go(self.behind.owner(name))

    def weeks(self, table: str = "tasks", row: str = "T-037", column: str = "scheduled_start_date") -> None:
        self.go(f"{self.behind.owner(table)}?by={self.behind.cell(table, row, column)['column']}")

    def cell(self, table: str, row: str, column: str) -> Any:
        asked = self.behind.cell(table, row, column)
        return self.page.locator(f'tr[data-row="{asked["row"]}"] td[data-column="{asked["column"]}"]').first

    @property
    def panel(self) -> Any:
        return self.page.locator("#panel")

    @property
    def changes(self) -> Any:
        return self.page.locator("#changes")

    def said(self) -> str:
        text: str = self.page.locator("#live").inner_text()
        return text

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.wait_for_timeout(1300)  # until nothing shines any more
            self.page.screenshot(path=str(Path(PICTURES) / f"page-{name}.png"))
