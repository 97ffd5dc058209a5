"""Replies against the vendor's description of its API, by schemathesis: no undocumented status, no schema failure."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from clients.description import DESCRIPTION, cut, described, found, operations, without_tokens
from clients.reading import satisfiable
from clients.rest import Rest
from clients.walk import plain_environment
from codaform.server.rest.operations import SERVED
from places import NotToBeHad, python_place

pytestmark = [
    pytest.mark.clients,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DESCRIPTION.exists(), reason="the vendor's description does not lie beside this checkout"),
]

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
EXAMPLES = 40
"""Requests that are made up for an operation, beside those that cover its parameters one by one."""

SECONDS = 120


def test_what_is_served_is_described() -> None:
    """The server's own list names operations of the description only."""
    assert len(set(SERVED)) == len(SERVED)
    assert set(SERVED) <= set(operations(described()))


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("RowUpdateResult", {"requestId": "mutate:1", "id": "i-1"}),
        ("RowsUpsertResult", {"requestId": "mutate:1", "addedRowIds": ["i-1"]}),
        ("PageReference", {"id": "canvas-1", "type": "page", "href": "h", "browserLink": "b", "name": "n"}),
        ("ColumnFormat", {"type": "number", "isArray": False, "precision": 2}),
    ],
)
def test_the_description_is_read_strictly(name: str, good: dict[str, object]) -> None:
    """What conforms is let through; a member too many or too few, or one of another type, is not."""
    components = satisfiable(described())["components"]
    validator = jsonschema.Draft4Validator({"$ref": f"#/components/schemas/{name}", "components": components})
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "more": 1})
    assert not validator.is_valid(dict([*good.items()][1:]))
    assert not validator.is_valid({**good, next(iter(good)): 1})


LAST = {"deleteDoc"}
"""What leaves nothing for others to work on, and so has a doc of its own."""


@pytest.mark.parametrize(
    ("methods", "served"),
    [
        (("get",), set(SERVED)),
        (("post", "put", "patch"), set(SERVED)),
        (("delete",), set(SERVED) - LAST),
        (("delete",), set(SERVED) & LAST),
    ],
    ids=["reads", "writes", "deletes", "delete doc"],
)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_replies_are_as_described(
    local_coda: Any, tmp_path: Path, methods: tuple[str, ...], served: set[str], mode: str
) -> None:
    """Made-up requests to every operation served: valid ones on ids that exist, and such as are wrong somewhere."""
    try:
        program = python_place("schemathesis") / "schemathesis"
    except NotToBeHad as reason:
        pytest.skip(f"schemathesis: {reason}")
    rest = Rest(local_coda.api, local_coda.token)
    description = cut(described(), served, found(rest, local_coda.doc_id, "tasks"), methods)
    rest.close()
    if mode == "positive":
        without_tokens(description)
    path = tmp_path / "served.json"
    path.write_text(json.dumps(description, default=str))
    command = [
        *(
            str(program),
            "run",
            str(path),
            "--url",
            local_coda.api,
            "--header",
            f"Authorization: Bearer {local_coda.token}",
        ),
        *("--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES)),
        *("--seed", "1", "--mode", mode, "--workers", "1", "--no-color", "--continue-on-failure", "--warnings", "off"),
        *("--suppress-health-check", "all", "--request-timeout", "10"),
    ]
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
