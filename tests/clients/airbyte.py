"""Drives Airbyte's connector for Coda as Airbyte runs it: its manifest, by the connector development kit's command."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clients.walk import SECONDS, Brief, plain_environment


@dataclass(frozen=True, slots=True)
class Connector:
    """The connector with its configuration.

    command: `source-declarative-manifest` of airbyte-cdk. manifest: The connector's own. folder: For the files that
    Airbyte hands to it. The manifest has no option for the host: its address is replaced in what is handed over.
    """

    command: Path
    manifest: Path
    folder: Path
    brief: Brief

    def check(self) -> str:
        """Whether it can connect: SUCCEEDED or FAILED."""
        (status,) = self._said("CONNECTION_STATUS", "check")
        return str(status["status"])

    def read(self) -> dict[str, list[Mapping[str, Any]]]:
        """The records of all its streams, by their names."""
        (catalog,) = self._said("CATALOG", "discover")
        whole = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
        wanted = {"streams": [{"stream": stream, **whole} for stream in catalog["streams"]]}
        records: dict[str, list[Mapping[str, Any]]] = {stream["name"]: [] for stream in catalog["streams"]}
        for record in self._said("RECORD", "read", "--catalog", self._file("catalog.json", wanted)):
            records[record["stream"]].append(record["data"])
        return records

    def _said(self, kind: str, *arguments: str) -> Sequence[Mapping[str, Any]]:
        """The messages of a kind that a command prints. Raises AssertionError with all that it said when it fails."""
        manifest = yaml.safe_load(self.manifest.read_text(encoding="utf-8"))
        manifest["definitions"]["base_requester"]["url_base"] = self.brief.api
        given = {"auth_token": self.brief.token, "__injected_declarative_manifest": manifest}
        run = subprocess.run(
            [str(self.command), *arguments, "--config", self._file("config.json", given)],
            env=plain_environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
        messages = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
        wrong = [each for each in messages if "error" in each.get("trace", {}) or _is_error(each)]
        assert not wrong, wrong
        member = {"CONNECTION_STATUS": "connectionStatus", "CATALOG": "catalog", "RECORD": "record"}[kind]
        return [each[member] for each in messages if each["type"] == kind]

    def _file(self, name: str, content: object) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)


def _is_error(message: Mapping[str, Any]) -> bool:
    return message.get("log", {}).get("level") in ("ERROR", "FATAL")
