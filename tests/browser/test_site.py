"""The documents as a reader meets them: codaform's own site in a browser that reaches no other host."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from places import NotToBeHad, node_place

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "src" / "codaform" / "site" / "playground" / "npm"

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

PICTURES = os.environ.get("SITE_PICTURES")
"""A folder that gets a picture of every page at both widths, where it is named."""

MANY = 10
"""More pages than this in one folder of the reference are made by one template."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built anew from a copy of the checkout by the command that a person would use."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("docs", "formulas"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    command = [sys.executable, "-m", "codaform", "docs", "build", "formulas"]
    try:
        _, packages = node_place(PACKAGES)
        command += ["--pyodide", str(packages / "node_modules")]
    except NotToBeHad:
        pass  # the tests of the playground say so; all others need none of it
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "site"


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    """Where the site is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def pages(built: Path) -> list[str]:
    """The paths of the pages: of many that one template made, every eighth and the largest; of the others all."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted(built.rglob("*.html")):
        if path.name != "404.html":
            folders.setdefault(path.parent, []).append(path)
    found: list[Path] = []
    for siblings in folders.values():
        alike = "reference" in siblings[0].parts and len(siblings) > MANY and not PICTURES
        found += {*siblings[::8], max(siblings, key=lambda path: path.stat().st_size)} if alike else siblings
    assert len(found) > 40
    return sorted(path.relative_to(built).as_posix() for path in found)


def look(page: Any, address: str, path: str) -> None:
    """Open a page and wait until it stands."""
    page.goto(f"{address}/{path}", wait_until="load", timeout=60_000)
    page.wait_for_selector("article h1")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", [{"viewport": DESKTOP}, {"viewport": PHONE}], ids=["desktop", "phone"], indirect=True)
def test_every_page_renders(page: Any, address: str, pages: list[str], request: pytest.FixtureRequest) -> None:
    """No error on the console, no other host, nothing wider than the window: wide parts scroll by themselves."""
    too_wide = []
    for path in pages:
        look(page, address, path)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
            too_wide.append(path)
        if PICTURES:
            width = request.node.callspec.id
            picture = Path(PICTURES) / width / (path.replace("/", "__").removesuffix(".html") + ".png")
            picture.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(picture), full_page=True)
    assert too_wide == []


UNNAMED = """() => [...document.querySelectorAll('article :is(table, .coda-scroll, svg.coda-picture)')]
    .filter((one) => !one.closest('[aria-label], [aria-labelledby]') && !one.querySelector('caption'))
    .map((one) => one.outerHTML.slice(0, 80))"""
"""Tables, boxes that scroll and pictures whose name nobody hears."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("page", "rules"),
    [({"color_scheme": "light"}, ""), ({"color_scheme": "dark"}, "runOnly: ['color-contrast'],")],
    ids=["light", "dark"],
    indirect=["page"],
)
def test_nothing_serious_stands_in_a_readers_way(page: Any, address: str, pages: list[str], rules: str) -> None:
    """axe-core finds nothing serious or critical on any page; the dark one differs in its colours alone."""
    try:
        _, packages = node_place(Path(__file__).parent / "axe")
    except NotToBeHad as reason:
        pytest.skip(f"axe-core: {reason}")
    script = (packages / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    found: dict[str, set[str]] = {}
    for path in pages:
        look(page, address, path)
        page.evaluate(script)
        result = page.evaluate(f"axe.run(document, {{{rules} resultTypes: ['violations']}})")
        for violation in result["violations"]:
            if violation["impact"] in ("serious", "critical"):
                targets = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
                found.setdefault(f"{violation['id']} at {targets}", set()).add(path)
        for box in page.evaluate(UNNAMED):
            found.setdefault(f"without a name: {box}", set()).add(path)
    assert found == {}


def test_search_finds(page: Any, address: str) -> None:
    """What it has to know is loaded when it is opened: to read it takes longer than to show a page."""
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    look(page, address, "index.html")
    page.wait_for_load_state("networkidle")
    assert f"{address}/search/search_index.json" not in loaded
    page.keyboard.press("/")
    page.locator("input.md-search__input").fill("variance")
    result = page.locator(".md-search-result__link").first
    result.wait_for()
    assert loaded.count(f"{address}/search/search_index.json") == 1
    assert "variance" in page.locator(".md-search-result__list").inner_text().lower()
    result.click()
    page.wait_for_selector("article h1")
    assert page.url != f"{address}/index.html"


def test_a_diagram_is_seen_and_its_links_lead_on(page: Any, address: str) -> None:
    look(page, address, "reference/doc/index.html")
    picture = page.locator("svg.coda-picture").first
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] > 200
    assert picture.locator("title").first.text_content()
    link = picture.locator("a", has=page.locator("text", has_text="sprints")).first
    link.click()
    page.wait_for_selector("article h1")
    assert page.locator("article h1").inner_text().lower().startswith("sprints")


def test_a_picture_opens_and_is_moved_by_keys(page: Any, address: str) -> None:
    look(page, address, "reference/doc/index.html")
    larger = page.locator(".coda-larger").first
    larger.focus()
    page.keyboard.press("Enter")
    picture = page.locator("dialog.coda-whole .coda-stage svg")
    placed = picture.evaluate("one => one.style.transform")
    for keys, back in (("ArrowRight", "ArrowLeft"), ("ArrowDown", "ArrowUp"), ("+", "-")):
        page.keyboard.press(keys)
        moved = picture.evaluate("one => one.style.transform")
        assert moved != placed, keys
        page.keyboard.press(back)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("0")
    assert picture.evaluate("one => one.style.transform") == placed
    page.keyboard.press("Escape")
    page.locator("dialog.coda-whole").wait_for(state="detached")
    assert larger.evaluate("one => one === document.activeElement")


STOP = """() => {
    const one = document.activeElement
    if (!one || one === document.body) return null
    const look = getComputedStyle(one)
    const box = one.getBoundingClientRect()
    const marked = look.outlineStyle !== "none" || look.boxShadow !== "none" || one.matches("summary, label, a")
    // Of a choice, the theme shows the label.
    const seen = one.matches("input") || (marked && box.width > 0)
    return [one.outerHTML.slice(0, 80), seen, Boolean(one.closest("article"))]
}"""


@pytest.mark.parametrize("path", ["reference/doc/tables/sprints.html", "guides/create_a_workflow.html"])
def test_the_tab_key_goes_through_a_page(page: Any, address: str, path: str) -> None:
    """It stops at what can be seen, at each thing once, leaves the article again, and within it the stops are few."""
    look(page, address, path)
    stops: list[list[Any]] = []
    for _ in range(160):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or (stops and stops[-1][2] and not stop[2]):
            break
        stops.append(stop)
    within = [stop for stop in stops if stop[2]]
    assert 3 < len(within) < 90
    assert len(stops) < 160
    assert [stop[0] for stop in stops if not stop[1]] == []


def test_a_wide_page_is_printed_on_wide_paper(page: Any, address: str, tmp_path: Path) -> None:
    for path, wide in (("technical/schemas.html", True), ("guides/create_a_workflow.html", False)):
        look(page, address, path)
        page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True, format="A4")
        sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "page.pdf").read_bytes())
        assert sizes
        assert all((float(across) > float(down)) == wide for across, down in sizes), path


def test_a_printed_guide_has_the_first_of_its_tabs(page: Any, address: str) -> None:
    page.emulate_media(media="print")
    look(page, address, "guides/create_a_workflow.html")
    assert page.locator(".tabbed-block:first-child").locator("visible=true").count() > 1
    assert page.locator(".tabbed-block:not(:first-child)").locator("visible=true").count() == 0


def test_dark_and_light_are_one_click(page: Any, address: str) -> None:
    look(page, address, "reference/doc/index.html")
    band = "getComputedStyle(document.querySelector('svg.coda-picture .box')).fill"
    before = page.evaluate(band)
    page.locator("label.md-header__button[for^=__palette]:visible").first.click()
    page.wait_for_function(f"{band} !== {before!r}")
    assert page.evaluate(band) != before


def test_a_formula_is_coloured(page: Any, address: str) -> None:
    look(page, address, "reference/doc/tables/sprints.html")
    assert page.locator("article .highlight .nf", has_text="Filter").count() >= 1


def test_a_block_can_be_copied(page: Any, address: str) -> None:
    look(page, address, "reference/doc/tables/sprints.html")
    assert page.locator("article .md-clipboard, article .md-code__button").count() >= 1


def test_prompts_and_output_are_no_part_of_what_is_copied(page: Any, address: str) -> None:
    look(page, address, "local_coda.html")
    copied = page.evaluate(
        """() => {  // as the theme copies: the text that is seen while the mark is there
            const code = [...document.querySelectorAll("article code")].find(one => one.querySelector(".gp"))
            code.setAttribute("data-md-copying", "")
            const text = code.innerText
            code.removeAttribute("data-md-copying")
            return text
        }"""
    )
    assert copied.strip() == "codaform serve formulas"


def test_the_playground_computes(page: Any, address: str, built: Path) -> None:
    """The real codaform in the browser, on the rows of Founder HQ."""
    if not (built / "playground").is_dir():
        pytest.skip("the site was built without Pyodide: npm could not be reached")
    look(page, address, "playground.html")
    page.set_default_timeout(60_000)
    editor = page.locator("#playground textarea, .playground textarea, [data-playground] textarea").first
    editor.fill("sprints.Count() + 1000")
    value = page.get_by_text("1011").first
    value.wait_for()
    assert "1011" in value.inner_text()
