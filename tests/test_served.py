"""What the local Coda serves, and what it does not: all of the vendor's operations are one or the other."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from codaform import testing
from codaform.server.mcp.catalogue import TOOLS
from codaform.server.reference import page
from codaform.server.rest.operations import OPERATIONS, SERVED, UNSERVED, match

ROOT = Path(__file__).parents[1]
DESCRIPTION = ROOT.parent / "shared" / "coda" / "openapi.yaml"


def test_the_page_is_up_to_date() -> None:
    found = (ROOT / "docs" / "reference" / "local_coda.md").read_text("utf-8")
    assert found == page(), "it differs from the code: make reference rewrites it"


def test_the_page_names_everything_once() -> None:
    text = page()
    for name in (*SERVED, *chain(*UNSERVED.values()), *TOOLS):
        assert text.count(f"| {name} |") + sum(text.count(f" {name}{end}") for end in ",.") >= 1, name


@pytest.mark.skipif(not DESCRIPTION.is_file(), reason="the vendor's description does not lie beside the checkout")
def test_every_operation_is_served_or_said_not_to_be() -> None:
    import yaml

    described = yaml.load(DESCRIPTION.read_text("utf-8"), yaml.CSafeLoader)["paths"]
    calls = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in described.items()
        for method, operation in methods.items()
        if method in ("get", "put", "post", "patch", "delete")
    }
    unserved = set(chain(*UNSERVED.values()))
    assert not unserved & set(SERVED)
    assert unserved | set(SERVED) == set(calls)
    for operation in OPERATIONS:
        method, path = calls[operation.id]
        assert (operation.method, operation.path) == (method, path.replace("${", "{"))  # a slip in two paths


def test_a_path_leads_to_one_operation() -> None:
    for operation in OPERATIONS:
        path = operation.path.replace("{", "").replace("}", "")
        for ending in ("", "/"):
            found = match(operation.method, path + ending)
            assert found is not None
            assert found[0].id == operation.id


def test_a_slash_inside_of_a_name_stays_in_it() -> None:
    found = match("GET", "/docs/D/tables/a%2Fb%20%C3%BC")
    assert found is not None
    assert found[1]["tableIdOrName"] == "a/b ü"


def test_the_old_name_of_a_running_coda_warns() -> None:
    with pytest.warns(DeprecationWarning, match="RunningCoda"):
        assert testing.LocalCoda is testing.RunningCoda
