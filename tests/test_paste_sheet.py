"""The sheet of manual steps: complete, in order, exact, harmless, and ticked off by reading back."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from codaform.deploy.applying.deployment import Target, entry_of, plan_for
from codaform.deploy.applying.outcomes import key_of
from codaform.deploy.applying.paste_sheet import (
    Sheet,
    as_html,
    as_markdown,
    kept_steps,
    manual_steps,
    sheet,
    write_sheet,
)
from codaform.deploy.applying.verify import verify
from codaform.deploy.kinds.routes import Capabilities
from codaform.deploy.planning.plan import PlanOptions
from codaform.project.session import Session
from codaform.testing import RunningCoda, local_coda_for
from deploy_projects import FILES, by_hand, workshop
from deploying import copied, deploy, target_of
from door import FORMULAS
from projects import opened

pytestmark = pytest.mark.slow


@pytest.fixture
def coda() -> Iterator[RunningCoda]:
    with local_coda_for() as found:
        yield found


@pytest.fixture
def target(coda: RunningCoda) -> Iterator[Target]:
    with target_of(coda) as found:
        yield found


class Page(HTMLParser):
    """A page as a browser reads it, as far as it matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pastes: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.inside: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "pre":
            self.pastes.append("")

    def handle_data(self, data: str) -> None:
        tag = self.tags[-1] if self.tags else ""
        if tag == "pre":
            self.pastes[-1] += data
        self.inside[tag] = self.inside.get(tag, "") + data

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    @property
    def texts(self) -> list[str]:
        """What the copy buttons copy: a browser passes over the first line end of a `pre`."""
        return [text.removeprefix("\n") for text in self.pastes]


def without_mcp(session: Session, target: Target) -> Sheet:
    """The sheet where every step is a person's."""
    made, _ = plan_for(session, replace(target, tools=None))
    assert made.steps
    return sheet(made, session)


def test_everything_of_founder_hq_is_on_it_in_order(tmp_path: Path, target: Target) -> None:
    session = opened(copied(FORMULAS, tmp_path / "hq"))
    found = without_mcp(session, target)
    assert found.open == len(found.items)
    page = Page(as_html(found))
    doc = session.project.doc
    formulas = [column.formula for table in doc.tables.values() for column in table.columns.values() if column.formula]
    for formula in [*formulas, *(named.formula for named in doc.formulas.values())]:
        assert formula.text.strip() in page.texts, formula.name
    titles = [item.title for item in found.items]
    for name, table in doc.tables.items():
        for column in table.columns.values():
            title = f"add column {name}.{column.name}"
            assert title not in titles or titles.index(title) > titles.index(f"add table {name}")
    assert titles.index("add column sprints.end_date") > titles.index("add column sprints.start_date")
    (end,) = (item for item in found.items if item.title == "add column sprints.end_date")
    assert end.gives == "date"
    assert re.fullmatch(r"\d{4}-W\d\d shows .+", end.sample)
    assert all(item.clicks for item in found.items)
    text = as_markdown(found)
    for number, item in enumerate(found.items, 1):
        assert f"\n## {number}. [ ] " in text, item.title
    assert "the time zone Europe/Berlin, the week beginning on Monday" in as_html(found)


def test_nothing_in_it_steers_anything(tmp_path: Path, target: Target) -> None:
    evil = '"</pre><script>alert(1)</script>```\\n````" + "{{ 7 * 7 }}{% x %}" + thisRow.title'
    session = workshop(
        tmp_path,
        {
            "jobs/table.yml": FILES["jobs/table.yml"]
            .replace("The work to do.", "'<img src=x onerror=alert(1)> [a](http://evil.example)'")
            .replace("views:", "  - {name: odd, type: text, formula: odd.coda}\nviews:"),
            "jobs/odd.coda": evil + "\n",
        },
    )
    found = without_mcp(session, target)
    html = as_html(found)
    page = Page(html)
    assert evil in page.texts
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert not [value for name, value in page.attributes if name in ("src", "href", "onerror", "onclick")]
    policy = next(value for name, value in page.attributes if value.startswith("default-src"))
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.inside[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    text = as_markdown(found)
    fenced = re.search(r"^(`{3,})\n(.*script.*)\n\1$", text, re.MULTILINE)
    assert fenced is not None
    assert (len(fenced[1]), fenced[2]) == (5, evil)
    outside = re.sub(r"^(`{3,})\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert "<img" not in outside
    assert "](http" not in outside


def test_what_a_person_made_is_ticked_off(tmp_path: Path, coda: RunningCoda, target: Target) -> None:
    table = FILES["jobs/table.yml"].replace(
        "{name: hours, type: number}", "{name: hours, type: number, default: five.coda}"
    )
    table = table.replace("type: date}", "type: date, default: due.coda}")
    session = workshop(tmp_path, {"jobs/table.yml": table, "jobs/five.coda": "5\n", "jobs/due.coda": "Today() + 7\n"})
    made, _ = plan_for(session, target)
    report = deploy(session, target)
    assert report.needs_a_person
    hand = manual_steps(made, report)
    assert [key_of(step) for step in hand.steps] == ["set default of jobs.hours", "set default of jobs.due"]
    markdown, html = write_sheet(hand, session)
    assert "2 of 2 to do" in markdown.read_text("utf-8")
    by_hand(coda, "jobs", "due", default="Today() + 7")
    old = kept_steps(session.project.root, target.environment)
    assert old == hand
    entry = entry_of(session.project.root, target.environment)
    found = verify(target.read(), session, entry, PlanOptions(Capabilities()))
    write_sheet(hand, session, {key_of(step) for step in found.remaining})
    text = markdown.read_text("utf-8")
    assert "1 of 2 to do" in text
    assert "[ ] set default of jobs.hours" in text
    assert "[x] set default of jobs.due" in text
    page = Page(html.read_text("utf-8"))
    assert [name for name, _ in page.attributes].count("checked") == 1
    by_hand(coda, "jobs", "hours", default="5")
    assert verify(target.read(), session, entry, PlanOptions(Capabilities())).clean


def test_an_empty_sheet_says_so(tmp_path: Path, target: Target) -> None:
    session = workshop(tmp_path)
    assert deploy(session, target).deployed
    made, _ = plan_for(session, target)
    assert "Nothing is left to make." in as_markdown(sheet(made, session))
    assert "Nothing is left to make." in as_html(sheet(made, session))
