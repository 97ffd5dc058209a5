"""Other people's clients, unchanged, on the local Coda: they get a host and a token."""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import pytest

from clients.airbyte import Connector
from clients.mcp_servers import drive_coda_mcp_server, drive_mcp_coda
from clients.rest import Rest
from clients.walk import Brief, drive, judge
from places import NotToBeHad, node_place, packages_place, python_place

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(600),  # the first run installs the clients
    pytest.mark.skipif(sys.platform == "win32", reason="the clients' places are made for POSIX systems"),
]

HERE = Path(__file__).parent
Asked = TypeVar("Asked")
Made = TypeVar("Made")


def made(place: Callable[[Asked], Made], name: Asked) -> Made:
    """A client's place; the test is skipped with the reason when it cannot be had here."""
    try:
        return place(name)
    except NotToBeHad as reason:
        pytest.skip(f"{name}: {reason}")


@pytest.fixture
def brief(local_coda: Any) -> Brief:
    """Where the walk leads, and as whom; writes are accepted first and done a moment later, as Coda's are."""
    local_coda.timing.delay = 0.05
    return Brief(local_coda.api, local_coda.token, local_coda.doc_id)


def test_codaio(brief: Brief) -> None:
    """codaio 0.6.12 from PyPI: host and token by its own variables."""
    python = made(python_place, "codaio") / "python"
    environment = {"CODA_API_ENDPOINT": brief.api, "CODA_API_KEY": brief.token}
    judge(drive([str(python), str(HERE / "drive_codaio.py")], brief, environment), brief)


def test_codaio_exporter(brief: Brief) -> None:
    """codaio-exporter from PyPI: the address is set in its client module by the driver."""
    python = made(python_place, "codaio-exporter") / "python"
    judge(drive([str(python), str(HERE / "drive_codaio_exporter.py")], brief, {}), brief)


def test_airbyte(brief: Brief, tmp_path: Path) -> None:
    """airbyte-source-coda 1.2.13 from PyPI, run by airbyte-cdk: its streams hold just what plain requests get."""
    command = made(python_place, "airbyte-cdk") / "source-declarative-manifest"
    manifest = made(packages_place, "airbyte-source-coda") / "source_coda" / "manifest.yaml"
    connector = Connector(command, manifest, tmp_path, brief)
    rest = Rest(brief.api, brief.token)
    doc = f"/docs/{brief.doc}"
    many = [{"cells": [{"column": brief.key, "value": f"T-{number}"}]} for number in range(1000, 1450)]
    rest.completed(rest.ask("POST", f"{doc}/tables/{brief.table}/rows", {"rows": many}))

    assert connector.check() == "SUCCEEDED"
    streams = connector.read()
    lists = {name: f"{doc}/{name}" for name in ("pages", "tables", "formulas", "controls")}
    for name, target in {"docs": "/docs", "permissions": f"{doc}/acl/permissions", **lists}.items():
        assert streams[name] == rest.items(target), name
    rows = [row for table in streams["tables"] for row in rest.items(f"{doc}/tables/{table['id']}/rows")]
    assert sorted(streams["rows"], key=itemgetter("href")) == sorted(rows, key=itemgetter("href"))
    rest.close()


def test_coda_js(brief: Brief) -> None:
    """coda-js from npm: the base URL of its axios instance is set by the driver."""
    node, folder = made(node_place, HERE / "coda-js")
    environment = {"CLIENT_FOLDER": str(folder)}
    judge(drive([node, str(HERE / "drive_coda_js.cjs")], brief, environment), brief)


def test_n8n(brief: Brief) -> None:
    """The Coda node of n8n from npm: the driver does the requests that n8n itself does for a node."""
    node, folder = made(node_place, HERE / "n8n")
    judge(drive([node, str(HERE / "drive_n8n.cjs")], brief, {"CLIENT_FOLDER": str(folder)}), brief)


@pytest.mark.parametrize("version", ["sdk-first", "sdk-newest", "@modelcontextprotocol/client"])
def test_mcp_sdk(version: str, local_coda: Any) -> None:
    """The official MCP SDK for TypeScript from npm, on Coda's own MCP server: address and token by its transport.

    sdk-first: 1.10.2, which speaks the protocol of 2024-11-05. sdk-newest: 1.32.2. The third is its successor, 2.4.0.
    """
    node, folder = made(node_place, HERE / "mcp-sdk")
    brief = Brief(local_coda.mcp, local_coda.mcp_token, local_coda.doc_id)
    environment = {"CLIENT_FOLDER": str(folder), "CLIENT_MODULE": version}
    judge(drive([node, str(HERE / "drive_mcp_sdk.cjs")], brief, environment), brief)


def test_coda_mcp_server(brief: Brief) -> None:
    """coda-mcp-server from PyPI: the address is set on its client object by a launcher."""
    judge(drive_coda_mcp_server(made(python_place, "coda-mcp-server") / "python", brief), brief)


def test_mcp_coda(brief: Brief) -> None:
    """mcp-coda from PyPI: host and token by its own variables."""
    judge(drive_mcp_coda(made(python_place, "mcp-coda") / "mcp-coda", brief), brief)
