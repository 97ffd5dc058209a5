"""Who gets a token, who is answered, and what settings of a site are built without asking."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from codaform.cli.program import program
from codaform.coda.door.hosts import is_loopback, is_this_machine, trusted_origin
from codaform.project.locate import CannotRead
from codaform.server.app import LocalCoda, application
from codaform.site.build.trust import ask_first
from pages import HERE, empty
from projects import with_tasks

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("https://coda.io", "https://coda.io"),
        ("https://CODA.io:443/", "https://coda.io"),
        ("https://docs.superhuman.com", "https://docs.superhuman.com"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("https://127.1.2.3", "https://127.1.2.3"),
    ],
)
def test_the_vendor_and_this_machine_get_a_token(address: str, where: str) -> None:
    assert trusted_origin(address) == where


@pytest.mark.parametrize(
    "address",
    [
        "https://coda.io.example",
        "https://coda.example",
        "https://evil-coda.io",
        "https://x.coda.io",
        "https://coda.io:8443",
        "https://coda.io.",
        "https://coda.io@example.com",
        "https://example.com#coda.io",
        "https://example.com/coda.io",
        "https://superhuman.com",
        "https://127.0.0.1.example.com",
        "https://localhost.example.com",
        "https://evil.localhost",
        "https://2130706433",
        "https://0.0.0.0",
        "https://[::]",
        "https://10.0.0.1",
        "https://\N{CYRILLIC SMALL LETTER ES}oda.io",
        "https://coda.io\N{IDEOGRAPHIC FULL STOP}example.com",
    ],
)
def test_no_other_host_does(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODAFORM_HOSTS", raising=False)
    with pytest.raises(ValueError, match="gets no token") as told:
        trusted_origin(address)
    assert "CODAFORM_HOSTS=" in str(told.value)


def test_the_environment_allows_a_host_and_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODAFORM_HOSTS", "https://coda.example, https://Other.example:8443/ http://plain.example")
    assert trusted_origin("https://coda.example/") == "https://coda.example"
    assert trusted_origin("https://other.example:8443") == "https://other.example:8443"
    for refused in ("https://other.example", "https://www.coda.example", "http://coda.example", "http://plain.example"):
        with pytest.raises(ValueError, match=r"gets no token|clear text"):
            trusted_origin(refused)
    monkeypatch.setenv("CODAFORM_HOSTS", "coda.example")
    with pytest.raises(ValueError, match="no address"):
        trusted_origin("https://coda.example")


def test_a_host_in_the_project_gets_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`host:` is what a pull request can change; every command that opens a door says what would allow it."""
    folder = with_tasks(tmp_path)
    text = (folder / "doc.yml").read_text("utf-8")
    told = f"{text}environments:\n  staging: {{doc: AbCDeFGHij, host: 'https://coda.example'}}\n"
    (folder / "doc.yml").write_text(told, "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CODAFORM_HOSTS", raising=False)
    for variable in ("CODA_API_TOKEN", "CODA_MCP_TOKEN"):
        monkeypatch.setenv(variable, "canary-canary-canary")
    asked: list[str] = []
    monkeypatch.setattr("requests.Session.request", lambda *words, **_: asked.append(str(words)))
    for words in (
        ("plan", "--to", "staging"),
        ("plan", "--to", "staging", "--via", "mcp"),
        ("deploy", "--to", "staging", "--apply"),
        ("verify", "--to", "staging"),
        ("drift", "--to", "staging"),
        ("pull", "--to", "staging"),
        ("backup", "--to", "staging"),
        ("doctor", "--to", "staging"),
    ):
        result = CliRunner().invoke(program, words)
        assert result.exit_code in (1, 2), words
        assert "https://coda.example gets no token" in result.output, (words, result.output)
        assert "CODAFORM_HOSTS=https://coda.example" in result.output
        assert "canary" not in result.output
    assert asked == []


@pytest.mark.parametrize(
    "host", ["", "example.com", "127.0.0.1", "127.0.0.1:9", "a@127.0.0.1:8000", "127.0.0.1:8000/x"]
)
def test_another_host_header_is_not_here(host: str) -> None:
    assert not is_this_machine(host, 8000)
    assert is_this_machine("127.0.0.1:8000", 8000)
    assert is_this_machine("[::1]:8000", 8000)
    assert not is_loopback("https://[::ffff:10.0.0.1]")


# ------------------------------------------------------------ the servers


@pytest.fixture(scope="module")
def served() -> TestClient:
    return TestClient(application(LocalCoda(empty())), base_url=HERE)


CONTROLS = [
    ("GET", ""),
    ("PUT", "/faults"),
    ("DELETE", "/faults"),
    ("PUT", "/timing"),
    ("PUT", "/clock"),
    ("PUT", "/limits"),
    ("POST", "/tokens"),
    ("POST", "/finish"),
    ("GET", "/snapshot"),
    ("POST", "/restart"),
    ("POST", "/reset"),
]


@pytest.mark.parametrize(("method", "path"), CONTROLS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:9"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_control_refuses_what_comes_from_elsewhere(
    served: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert served.request(method, f"/control{path}", headers=headers, content=b"null").status_code == 403


def test_a_link_from_elsewhere_may_lead_to_the_page(served: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert served.get("/", headers=headers).status_code == 200
    assert served.put("/control/clock", headers=headers, content=b"null").status_code == 403


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from codaform.site.build.mkdocs import _Server

    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<body>secret</body>", "utf-8")
    ready = threading.Event()
    address: list[str] = []

    def told(where: str) -> None:
        address.append(where)
        ready.set()

    server = _Server(lambda: None, 0, folder, told)
    server.server_bind()
    server.server_activate()
    server.observer.start()
    server.serve_thread.start()
    ready.wait(60)
    try:
        yield address[0]
    finally:
        server.shutdown(wait=True)


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "127.0.0.1:1"}, {"Origin": "http://evil.example"}, {"Origin": "null"}],
)
def test_a_site_that_is_served_refuses_what_comes_from_elsewhere(site: str, headers: dict[str, str]) -> None:
    for path in ("", "livereload/0/0"):
        reply = requests.get(site + path, headers=headers, timeout=60)
        assert reply.status_code == 403
        assert "secret" not in reply.text
    assert "secret" in requests.get(site, timeout=60).text


# ------------------------------------------------------------ mkdocs.yml


def refusal(text: str) -> str:
    """The reason not to build a site with these settings; empty if there is none."""
    try:
        ask_first(text, "mkdocs.yml")
    except CannotRead as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("site_name: x\nhooks: [hook.py]\n", "line 2: hooks:"),
        ("site_name: x\n'hooks': [hook.py]\n", "hooks:"),
        ("INHERIT: ../other.yml\n", "INHERIT:"),
        ("extra_templates: [a.html]\n", "extra_templates:"),
        ("plugins: [search, macros]\n", "the plugin macros"),
        ("plugins:\n  macros: {}\n", "the plugin macros"),
        ("plugins:\n  - search\n  - macros: {module_name: x}\n", "line 3: the plugin macros"),
        ("markdown_extensions: [pymdownx.snippets]\n", "the extension pymdownx.snippets"),
        ("markdown_extensions:\n  - pymdownx.b64: {base_path: /}\n", "the extension pymdownx.b64"),
        ("markdown_extensions: [own:Extension]\n", "the extension own:Extension"),
        ("theme: {name: material, custom_dir: overrides}\n", "custom_dir:"),
        ("theme: elsewhere\n", "the theme elsewhere"),
        ("theme:\n  <<: {custom_dir: x}\n", "<<:"),
        ("site_name: !ENV CODA_API_TOKEN\n", "!ENV"),
        ("site_name: !!python/name:builtins.len\n", "!!python/name:builtins.len"),
        ("extra: {deep: [!!python/object/apply:builtins.len [[]]]}\n", "!!python/object/apply:builtins.len"),
        ("!!binary aG9va3M=: [hook.py]\n", "!!binary"),
        ("base: &base {hooks: [hook.py]}\n<<: *base\n", "merged in"),
    ],
)
def test_settings_that_run_code_are_asked_about(text: str, what: str) -> None:
    assert "can run code" in refusal(text)
    assert what in refusal(text)
    assert "--trust-settings" in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "site_name: x\ntheme: {name: material, palette: {scheme: slate}}\n",
        "theme: readthedocs\nplugins:\n  - search: {lang: en}\n  - tags\n",
        "plugins: []\n",
        "markdown_extensions:\n"
        "  - toc: {slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}}\n",
        "markdown_extensions:\n  - pymdownx.emoji: {emoji_index: !!python/name:material.extensions.emoji.twemoji }\n",
        "markdown_extensions:\n  pymdownx.superfences:\n    custom_fences:\n"
        "      - {name: mermaid, class: mermaid, format: !!python/name:pymdownx.superfences.fence_code_format }\n",
    ],
)
def test_settings_that_only_say_how_it_looks_are_built(text: str) -> None:
    assert refusal(text) == ""


def test_our_own_settings_are_built() -> None:
    assert refusal((ROOT / "mkdocs.yml").read_text("utf-8")) == ""


@pytest.mark.slow
def test_a_hook_runs_only_where_somebody_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = with_tasks(tmp_path / "formulas")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        return CliRunner().invoke(program, ["docs", *words])

    assert run("build", "formulas", "--pages").exit_code == 0
    ran: Callable[[], bool] = (tmp_path / "ran").exists
    (tmp_path / "hook.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", "utf-8")
    with (tmp_path / "mkdocs.yml").open("a", encoding="utf-8") as file:
        file.write("hooks: [hook.py]\n")
    for words in (("build", "formulas"), ("check", "formulas")):
        refused = run(*words)
        assert refused.exit_code == 2, refused.output
        assert "hooks:" in refused.output
        assert not ran()
    assert run("check", "formulas", "--trust-settings").exit_code in (0, 1)
    assert ran()
    assert folder.is_dir()
