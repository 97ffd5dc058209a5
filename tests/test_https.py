"""The local Coda over HTTPS, and behind a proxy: which certificate, which links, which hosts."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from starlette.testclient import TestClient

from codaform.cli.program import program
from codaform.server.access import Token
from codaform.server.app import LocalCoda, application
from codaform.server.certificates import BadCertificate, own_certificate, read_certificate
from codaform.server.certificates import _made as made_certificate
from codaform.server.start import open_workspace, running_coda

PUBLIC = "https://coda.test"


def test_a_client_that_trusts_the_issuer_connects() -> None:
    with own_certificate("coda.test") as own, running_coda(open_workspace(None), tls=own.context) as coda:
        assert own.trust is not None
        assert coda.url.startswith("https://127.0.0.1:")
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {coda.token}"
            trust = str(
                own.trust
            )  # given to each request, as a variable of the environment would go before the session
            for url in (coda.url, coda.url.replace("127.0.0.1", "localhost")):
                doc = session.get(f"{url}/apis/v1/docs", timeout=20, verify=trust).json()["items"][0]
                assert doc["href"].startswith(f"{url}/apis/v1/docs/")
                assert session.get(f"{url}/", timeout=20, verify=trust).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(coda.url, timeout=20)
        assert [path.name for path in own.trust.parent.iterdir()] == ["certificate.pem"]
    assert not own.trust.exists()


def test_a_given_certificate_is_used(tmp_path: Path) -> None:
    issuer, chain, key = made_certificate(["127.0.0.1"])
    for name, content in {"issuer": issuer, "chain": chain, "key": key, "pair": chain + key, "bad": b"no"}.items():
        (tmp_path / name).write_bytes(content)
    pair, apart = read_certificate(tmp_path / "pair"), read_certificate(tmp_path / "chain", tmp_path / "key")
    assert pair.trust is None
    with running_coda(open_workspace(None), tls=apart.context) as coda:
        assert requests.get(coda.url, verify=str(tmp_path / "issuer"), timeout=20).status_code == 200
    for certificate in ("bad", "gone", "chain"):
        with pytest.raises(BadCertificate, match=f"{certificate} cannot be used as a certificate: .*; --key"):
            read_certificate(tmp_path / certificate)


def test_the_private_key_of_one_run_is_in_no_file() -> None:
    with own_certificate() as own:
        assert own.trust is not None
        assert b"PRIVATE" not in own.trust.read_bytes()
        assert stat.S_IMODE(own.trust.parent.stat().st_mode) == 0o700


@pytest.fixture
def client() -> TestClient:
    """A local Coda behind a proxy, which terminates TLS."""
    coda = LocalCoda(open_workspace(None), PUBLIC)
    coda.tokens.add(Token("tests", "rest"), "secret")
    return TestClient(application(coda), base_url="http://127.0.0.1:8765")


@pytest.mark.parametrize("host", ["coda.test", "CODA.test", "127.0.0.1:8765", "localhost:8765"])
def test_links_begin_with_the_public_url(client: TestClient, host: str) -> None:
    headers = {"Host": host, "Authorization": "Bearer secret"}
    client.post("/apis/v1/docs", json={"title": "Second"}, headers=headers)
    listed = client.get("/apis/v1/docs?limit=1", headers=headers).json()
    for link in (listed["href"], listed["nextPageLink"], listed["items"][0]["href"]):
        assert link.startswith(f"{PUBLIC}/apis/v1/docs")
    page = client.get(f"{listed['items'][0]['href'].removeprefix(PUBLIC)}/pages", headers=headers).json()["items"][0]
    begun = client.post(f"{page['href'].removeprefix(PUBLIC)}/export", json={"outputFormat": "html"}, headers=headers)
    done = client.get(begun.json()["href"].removeprefix(PUBLIC), headers=headers).json()
    while done["status"] != "complete":
        done = client.get(begun.json()["href"].removeprefix(PUBLIC), headers=headers).json()
    assert done["downloadLink"].startswith(f"{PUBLIC}/")


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("coda.test", PUBLIC, 200),
        ("coda.test", "http://coda.test", 403),
        ("coda.test", "https://other.test", 403),
        ("127.0.0.1:8765", PUBLIC, 200),
        ("127.0.0.1:8766", PUBLIC, 403),
        ("other.test", PUBLIC, 403),
        ("other.test", "https://other.test", 403),
    ],
)
def test_pages_answer_to_the_public_url_alone(client: TestClient, host: str, origin: str, status: int) -> None:
    headers = {"Host": host, "Origin": origin}
    assert client.put("/control/clock", content="null", headers=headers).status_code == status
    known = host in ("coda.test", "127.0.0.1:8765")
    assert client.get("/", headers={"Host": host}).status_code == (200 if known else 403)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--key", "key.pem"], "--key is the key of --certificate, which is missing"),
        (["--public-url", "coda.test"], "coda.test is no address"),
        (["--public-url", "https://coda.test/docs"], "a path cannot be a part of it"),
        (["--certificate", "gone.pem"], "gone.pem cannot be used as a certificate"),
    ],
)
def test_what_cannot_be_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(program, ["serve", "--port", "0", *arguments])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
