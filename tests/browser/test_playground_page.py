"""The playground in a browser: Python itself computes there, with no other host to be reached."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from codaform.project.session import Session
from codaform.site.playground import page as playground
from codaform.site.playground.bundle import LISTING, write_bundle
from places import NotToBeHad, node_place
from projects import FORMULAS

ASSETS = Path(playground.__file__).parents[1] / "assets"
PACKAGES = Path(playground.__file__).parent / "npm"
LOADED = 60_000
"""How long Python may take to load here, in milliseconds."""

SETTINGS = """\
site_name: Small
use_directory_urls: false
nav: [{Start: index.md}, {Playground: playground.md}]
theme:
  name: material
  font: false
  palette:
    - {media: "(prefers-color-scheme: light)", scheme: default, toggle: {icon: material/weather-night, name: Dark}}
    - {media: "(prefers-color-scheme: dark)", scheme: slate, toggle: {icon: material/weather-sunny, name: Light}}
extra_css: [assets/codaform/codaform.css]
markdown_extensions: [attr_list, md_in_html, tables, pymdownx.highlight, pymdownx.superfences]
"""

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DARK = {"color_scheme": "dark"}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _built(folder: Path, session: Session) -> Path:
    """A site with the page of the playground and nothing to run it."""
    docs = folder / "docs"
    shutil.copytree(ASSETS, docs / "assets" / "codaform")
    (docs / "index.md").write_text("# Start\n", "utf-8")
    (docs / "playground.md").write_text(playground.playground_page(session).text, "utf-8")
    (folder / "mkdocs.yml").write_text(SETTINGS, "utf-8")
    site = folder / "served" / "below" / "a path"
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(site)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, cwd=folder, check=True, timeout=100, env=quiet)
    return site


def _served(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/below/{quote('a path')}/playground.html"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def session() -> Session:
    """Founder HQ with its sample rows, to compare with."""
    return Session.open(FORMULAS)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, session: Session) -> Iterator[str]:
    """Where the playground of Founder HQ is served, below some path."""
    try:
        node, packages = node_place(PACKAGES)
    except NotToBeHad as reason:
        pytest.skip(f"Pyodide: {reason}")
    folder = tmp_path_factory.mktemp("playground")
    site = _built(folder, session)
    write_bundle(session, site / "playground", packages / "node_modules", node)
    yield from _served(folder / "served")


@pytest.fixture(scope="module")
def without_python(tmp_path_factory: pytest.TempPathFactory, session: Session) -> Iterator[str]:
    """Where a playground is served that was built without Pyodide."""
    folder = tmp_path_factory.mktemp("without")
    _built(folder, session)
    yield from _served(folder / "served")


class Playground:
    """The page in a browser, loaded and ready."""

    def __init__(self, page: Any, address: str, fragment: str = "") -> None:
        self.page = page
        page.goto(address + fragment)
        self.begin()

    def begin(self) -> None:
        """Go to the field, and wait for Python."""
        self.page.locator("#pg-text").focus()
        self.state("ready")

    def state(self, wanted: str) -> None:
        """Wait until the page says that it is ready, or that something was stopped."""
        self.page.locator(f"#pg-state[data-is={wanted}]").wait_for(timeout=LOADED)

    def type(self, text: str) -> None:
        """Begin the formula anew, key by key."""
        self.page.locator("#pg-text").fill("")
        self.page.keyboard.type(text)

    def gives(self, text: str) -> None:
        """Wait for a value."""
        value = self.page.locator(".pg-value", has_text=text)
        value.wait_for(timeout=20_000)
        assert text in value.inner_text()

    @property
    def text(self) -> str:
        return str(self.page.locator("#pg-text").input_value())


@pytest.fixture
def open_page(page: Any, address: str) -> Playground:
    """The playground, ready, with its first example computed."""
    opened = Playground(page, address)
    page.locator(".pg-value").wait_for()
    return opened


HELD = """async () => {
    const held = [];
    const top = await navigator.storage.getDirectory();
    for await (const [, folder] of top.entries())
        for await (const [name, file] of folder.entries()) held.push(`${name} ${(await file.getFile()).size}`);
    return held;
}"""
"""The files that the browser keeps for the site, with their sizes."""


def test_the_second_visit_finds_the_memory_of_the_first(page: Any, address: str, session: Session) -> None:
    """Until the site is built anew: what another build has left is neither read nor kept."""
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    listing = page.request.get(address.replace("playground.html", LISTING)).text()
    said = json.loads(listing.removeprefix("export const bundle = ").rstrip().removesuffix(";"))
    visited = Playground(page, address)
    assert sum("memory.bin" in url for url in loaded) == 1
    kept = [f"{said['key']} {said['unpacked']}"]
    page.wait_for_function(f"async (wanted) => JSON.stringify(await ({HELD})()) === JSON.stringify(wanted)", arg=kept)

    # The worker before may hold the file for a moment longer: then there is nothing kept for the one that follows.
    for _ in range(5):
        loaded.clear()
        page.reload(timeout=LOADED)
        visited.begin()
        visited.type("sprints.Count() * 10")
        visited.gives(f"{len(session.book.rows('sprints'))}0")
        if not (again := [url for url in loaded if "memory.bin" in url]):
            break
    assert again == []

    newer = listing.replace(said["key"], "0" * 16)
    page.route(f"**/{LISTING}", lambda route: route.fulfill(body=newer, content_type="text/javascript"))
    page.reload(timeout=LOADED)
    visited.begin()
    assert [url for url in loaded if url.endswith("memory.bin?" + "0" * 16)]
    kept = [f"{'0' * 16} {said['unpacked']}"]
    page.wait_for_function(f"async (wanted) => JSON.stringify(await ({HELD})()) === JSON.stringify(wanted)", arg=kept)


@pytest.mark.parametrize("refusal", ["undefined", "{getDirectory: () => Promise.reject(new Error('no'))}"])
def test_a_browser_that_keeps_nothing_computes(page: Any, address: str, refusal: str) -> None:
    """As a private window may, or one whose owner allows no storage."""

    def refused(route: Any) -> None:
        script = route.fetch().text()
        refuse = f"Object.defineProperty(navigator, 'storage', {{value: {refusal}}});\n"
        route.fulfill(body=refuse + script, content_type="text/javascript")

    page.route("**/playground/worker.js", refused)
    opened = Playground(page, address)
    opened.type("1 + 2")
    opened.gives("3")


def test_a_formula_is_computed(open_page: Playground, session: Session) -> None:
    """Its value, its type, the value of its parts; said aloud too."""
    count = len(session.book.rows("sprints"))
    open_page.type("sprints.Count() * 1000")
    open_page.gives(f"{count}000")
    page = open_page.page
    assert page.locator(".pg-type").inner_text() == "number"
    assert f"sprints.Count() {count}" in page.locator(".pg-parts").inner_text()
    assert page.locator("#pg-heard").inner_text() == f"Value: {count}000."
    assert page.locator(".pg-words").inner_text() == "In words: The number of rows of sprints times 1000."
    assert page.locator("#pg-under .f-table").inner_text() == "sprints"


def test_a_formula_in_a_row(open_page: Playground) -> None:
    page = open_page.page
    page.get_by_label("thisRow is of").select_option("sprints")
    page.get_by_label("its row").select_option(label="2025-W45")
    open_page.type("thisRow.start_date")
    open_page.gives("2025-11-03")
    page.get_by_label("its row").select_option(label="2025-W46")
    open_page.gives("2025-11-10")


def test_every_example_gives_a_value(open_page: Playground) -> None:
    page = open_page.page
    buttons = page.locator(".pg-example")
    assert buttons.count() == 8
    for index in range(buttons.count()):
        page.evaluate("document.querySelector('#pg-result').replaceChildren()")
        buttons.nth(index).click()
        page.locator(".pg-value").wait_for()
        assert page.locator(".pg-value.failed").count() == 0
        assert page.locator(".pg-finding.error").count() == 0


def test_an_error_in_its_place(open_page: Playground) -> None:
    """Message, place, help, and the fix, which mends it."""
    page = open_page.page
    open_page.type('"😀".Length() + tasks.estimated_hour.Sum()')
    finding = page.locator(".pg-finding.error")
    finding.wait_for()
    told = finding.inner_text()
    assert "table tasks has no column estimated_hour" in told
    assert "did you mean estimated_hours?" in told
    assert page.locator("#pg-under .wave.error").inner_text() == "estimated_hour"
    assert finding.locator("mark").inner_text() == "estimated_hour"
    finding.get_by_role("button", name="line 1, character").click()
    assert page.evaluate("getSelection().toString()") == "estimated_hour"
    finding.get_by_role("button", name="Fix").click()
    page.locator(".pg-value").wait_for()
    assert open_page.text == '"😀".Length() + tasks.estimated_hours.Sum()'
    assert finding.count() == 0


def test_completion_by_keyboard(open_page: Playground) -> None:
    page = open_page.page
    open_page.type("tasks.Filter(estim")
    names = page.locator("#pg-names").get_by_role("option")
    names.first.wait_for()
    assert page.locator("#pg-text").get_attribute("aria-expanded") == "true"
    assert "of tasks" in names.first.inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator("#pg-text").get_attribute("aria-activedescendant") == names.first.get_attribute("id")
    page.keyboard.press("Enter")
    assert open_page.text == "tasks.Filter(estimated_hours"
    page.keyboard.type(" > 2).Cou")
    names.first.wait_for()
    page.keyboard.press("Tab")
    assert open_page.text == "tasks.Filter(estimated_hours > 2).Count()"
    assert page.evaluate("document.activeElement.id") == "pg-text"
    assert "Count(" in page.locator("#pg-signature").inner_text()
    page.locator(".pg-value").wait_for()
    page.keyboard.type("tas")
    names.first.wait_for()
    page.keyboard.press("Escape")
    assert names.count() == 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "pg-text"


def test_names_behind_a_point_are_those_of_the_table(open_page: Playground, session: Session) -> None:
    open_page.type("sprints.")
    options = open_page.page.locator("#pg-names").get_by_role("option")
    options.first.wait_for()
    columns = list(session.project.doc.tables["sprints"].columns)
    assert [text.split()[0] for text in options.all_inner_texts()] == columns[:8]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tasks.Filter(CurrentValue.estimat", "estimated_hours"),
        ("tasks.Filter(CurrentValue.sprint = sprints.Filter(CurrentValue.sprint_i", "sprint_id"),
        ("sprints.First().tas", "tasks"),
        ('workflows.Filter(automation_status = "Semi', '"Semi-automated"'),
    ],
)
def test_names_that_a_place_has_are_offered_first(open_page: Playground, text: str, first: str) -> None:
    open_page.type(text)
    offered = open_page.page.locator("#pg-names").get_by_role("option").first
    offered.wait_for()
    assert offered.locator("b").inner_text() == first


def test_a_pasted_table_is_tried_by_keys_alone(open_page: Playground) -> None:
    """From the fold to a type that is changed, then a formula over it, and the link that holds both."""
    page = open_page.page
    page.locator("#pg-own summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.locator("#pg-own-text").fill("Name\tHours\nA\t1.5\nB\t2")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    kind = page.get_by_label("Type of Hours")
    kind.wait_for()
    assert kind.input_value() == "number"
    open_page.type("[Table].Hours.Sum()")
    open_page.gives("3.5")
    link = page.url
    page.goto("about:blank")
    again = Playground(page, link)
    again.gives("3.5")
    assert page.locator("#pg-own-text").input_value().startswith("Name\tHours")


@pytest.mark.timeout(240)
def test_a_formula_that_does_not_end_is_stopped(open_page: Playground) -> None:
    """The page stays alive, says what happened, and goes on with the next formula."""
    page = open_page.page
    open_page.type("Sequence(1, 4000).ForEach(Sequence(1, 4000).ForEach(CurrentValue + 1).Sum()).Sum()")
    page.get_by_role("button", name="Stop").wait_for()
    # By the page's clock, or by the budget of a formula where the machine is fast.
    page.locator("#pg-result", has_text=re.compile("Stopped|more than 10,000,000")).wait_for(timeout=20_000)
    open_page.state("ready")
    open_page.type("40 + 2")
    open_page.gives("42")


@pytest.mark.timeout(240)
def test_a_formula_can_be_stopped_by_hand(open_page: Playground) -> None:
    open_page.type("Sequence(1, 4000).ForEach(Sequence(1, 4000).ForEach(CurrentValue + 1).Sum()).Sum()")
    open_page.page.get_by_role("button", name="Stop").click()
    result = open_page.page.locator("#pg-result", has_text="Stopped")
    result.wait_for(timeout=4_000)
    assert open_page.page.locator(".pg-value").count() == 0


def test_a_link_brings_the_formula_and_its_row(page: Any, address: str) -> None:
    opened = Playground(page, address)
    page.get_by_label("thisRow is of").select_option("sprints")
    page.get_by_label("its row").select_option(label="2025-W45")
    opened.type('thisRow.sprint_id & " + 100% & #é"')
    opened.gives("2025-W45 + 100% & #é")
    page.get_by_role("button", name="Copy a link").click()
    link = page.url
    assert page.locator("#pg-shared").inner_text() != ""
    page.goto("about:blank")
    again = Playground(page, link)
    again.gives("2025-W45 + 100% & #é")
    assert page.get_by_label("its row").locator("option:checked").inner_text() == "2025-W45"
    page.evaluate("location.hash = 'formula=7*6'")
    again.gives("42")


def test_texts_stay_texts(page: Any, address: str) -> None:
    """What a link says is not trusted: it is neither markup nor script, wherever it is shown."""
    formula = 'List("<img src=x onerror=alert(1)>", "</textarea><script>alert(2)</script>", "<b>x</b>")'
    opened = Playground(page, address, "#formula=" + quote(formula))
    opened.gives("<img src=x onerror=alert(1)>")
    opened.type('<img src="x"> + "<b>"')
    page.locator(".pg-finding.error").wait_for()
    assert page.locator("#pg-form img, #pg-form script, #pg-result b").count() == 0


def test_regular_expressions_run(open_page: Playground) -> None:
    open_page.type('RegexExtract("aé1 b22 😀333", "(?<n>[0-9]+)", "g")')
    open_page.gives("333")
    assert [item.strip() for item in open_page.page.locator(".pg-value > span").all_inner_texts()] == ["1", "22", "333"]
    open_page.type('"a-b".RegexReplace("(\\w)-(\\w)", "$2-$1")')
    open_page.gives("b-a")
    # An engine that goes back and forth would need longer than the universe has existed.
    open_page.type('RegexMatch(Repeat("a", 5000), "^(a+)+$b")')
    open_page.gives("false")


def test_deep_formulas_do_not_break_it(open_page: Playground) -> None:
    page = open_page.page
    page.locator("#pg-text").fill("(" * 190 + "1" + ")" * 190 + " + 6")
    open_page.gives("7")
    page.locator("#pg-text").fill("List(" * 1000 + "1" + ")" * 1000)
    page.locator(".pg-finding.error", has_text="nested more than").wait_for()
    open_page.type("2 + 3")
    open_page.gives("5")


def test_a_site_without_python_says_so(page: Any, without_python: str) -> None:
    page.goto(without_python)
    page.locator("#pg-state", has_text="built without Python").wait_for()
    assert page.locator("#pg-text").is_disabled()
    assert "codaform docs build --pyodide" in page.locator("article").inner_text()


def test_the_formulas_to_begin_with_need_no_python(page: Any, address: str) -> None:
    """The build has computed them; Python comes with the first formula that a reader types."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    buttons = page.locator(".pg-example")
    for index in range(buttons.count()):
        page.locator(".pg-value").wait_for()
        page.evaluate("document.querySelector('#pg-result').replaceChildren()")
        buttons.nth(index).click()
    page.locator(".pg-value").wait_for()
    assert page.locator("#pg-state[data-is=asleep]", has_text="its clock is at 2025-12-10").count() == 1
    assert not [url for url in asked if "pyodide" in url or "worker.js" in url]
    page.locator("#pg-text").fill("20 + 3")
    page.locator(".pg-value", has_text="23").wait_for(timeout=LOADED)
    assert [url for url in asked if "worker.js" in url]


def test_without_the_answers_python_computes(page: Any, address: str, console: Any) -> None:
    console.expected = ["404"]
    page.route("**/answers.json*", lambda route: route.fulfill(status=404, body="no such file"))
    page.goto(address)
    page.locator(".pg-value").wait_for(timeout=LOADED)
    assert page.locator("#pg-state[data-is=ready]").count() == 1


def test_who_saves_data_is_asked_for_nothing(page: Any, address: str) -> None:
    """Python is loaded when the formula is begun, not before."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    page.goto(address)
    page.locator("#pg-state[data-is=asleep]").wait_for()
    page.wait_for_timeout(500)
    assert not [url for url in asked if "pyodide" in url or "worker.js" in url]
    page.locator("#pg-text").click()
    page.locator("#pg-state[data-is=ready]").wait_for(timeout=LOADED)


@pytest.mark.parametrize("page", [PHONE, DARK, PHONE | DARK], ids=["phone", "dark", "dark-phone"], indirect=True)
def test_it_fits_and_can_be_read(open_page: Playground) -> None:
    """Nothing is wider than the window, also with names and errors; text stands out from its ground."""
    page = open_page.page
    open_page.type("tasks.Filter(status = 1).estimat")
    page.locator("#pg-names").get_by_role("option").first.wait_for()
    page.locator(".pg-finding").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for place in ("#pg-under", ".pg-finding", ".pg-names", ".pg-button", "#pg-state"):
        assert page.locator(place).first.evaluate(CONTRAST) >= 4.5, place


CONTRAST = """(element) => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgb = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const light = (colour) => {
        const [r, g, b] = [...rgb(colour)].slice(0, 3)
            .map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let ground = element;
    while (rgb(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
    const pair = [light(getComputedStyle(element).color), light(getComputedStyle(ground).backgroundColor)];
    pair.sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""


@pytest.mark.parametrize("page", [{}, DARK], ids=["light", "dark"], indirect=True)
def test_nothing_serious_stands_in_a_readers_way(open_page: Playground) -> None:
    """axe-core finds nothing serious with a value, with an error, and with names offered."""
    try:
        _, packages = node_place(Path(__file__).parent / "axe")
    except NotToBeHad as reason:
        pytest.skip(f"axe-core: {reason}")
    page = open_page.page
    page.evaluate((packages / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    assert _serious(page) == []
    open_page.type("tasks.Filter(estimted_hours > 2)")
    page.locator(".pg-finding.error").wait_for()
    assert _serious(page) == []
    open_page.type("tasks.es")
    page.locator("#pg-names").get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    assert _serious(page) == []


def _serious(page: Any) -> list[str]:
    found = page.evaluate("axe.run(document.querySelector('.md-content'), {resultTypes: ['violations']})")
    return [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")]
