"""The REST API of a local Coda around docs: folders, the workspace, analytics, domains, Packs, automations.

Each reply is held against the vendor's description where it is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from codaform import testing
from codaform.server.access import Token
from codaform.server.rest.operations import SERVED
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace
from projects import write
from rest_calls import ADA, Api
from test_recorded_facts import PROJECT, Service
from wire import description


@pytest.fixture
def api() -> Api:
    """A workspace with one doc; writes are done at once."""
    api = Api()
    api("POST", "/docs", {"title": "Plans"}, 201)
    return api


def ids(api: Api) -> tuple[str, str, str]:
    """The only doc, its folder and its workspace."""
    (doc,) = api("GET", "/docs")["items"]
    return doc["id"], doc["folderId"], doc["workspaceId"]


def test_what_a_doc_names_is_there(api: Api) -> None:
    doc, folder, workspace = ids(api)
    shown = api("GET", f"/folders/{folder}")
    assert (shown["name"], shown["canEdit"], shown["workspace"]["id"]) == ("My docs", False, workspace)
    assert [item["id"] for item in api("GET", "/folders")["items"]] == [folder]
    assert api("GET", f"/folders?workspaceId={workspace}&isStarred=false")["items"][0]["id"] == folder
    assert api("GET", "/folders?workspaceId=ws-other")["items"] == []
    assert api("GET", "/folders?isStarred=true")["items"] == []
    assert [user["email"] for user in api("GET", f"/workspaces/{workspace}/users")["items"]] == [ADA.email]
    assert [item["doc"]["id"] for item in api("GET", "/analytics/docs")["items"]] == [doc]


def test_folders_are_made_changed_and_deleted(api: Api) -> None:
    _, mine, workspace = ids(api)
    made = api("POST", "/folders", {"name": "Team", "workspaceId": workspace, "description": "All of us"}, 201)
    address = f"/folders/{made['id']}"
    assert api("GET", address) == made
    assert api("PATCH", address, {"name": "Teams"})["description"] == "All of us"
    assert api("PATCH", address, {"description": ""})["name"] == "Teams"
    assert "description" not in api("GET", address)
    doc = api("POST", "/docs", {"title": "In it", "folderId": made["id"]}, 201)
    assert (doc["folder"]["name"], doc["folderId"]) == ("Teams", made["id"])
    assert [item["id"] for item in api("GET", f"/docs?folderId={made['id']}")["items"]] == [doc["id"]]
    api("DELETE", address, status=400)
    api("DELETE", doc["href"], status=202)
    api("DELETE", address)
    api("GET", address, status=404)
    api("PATCH", address, {"name": "Gone"}, 404)
    api("POST", "/folders", {"name": " ", "workspaceId": workspace}, 400)
    api("POST", "/folders", {"name": "Team", "workspaceId": "ws-other"}, 400)
    api("PATCH", f"/folders/{mine}", {"name": "Ours"}, 403)
    api("DELETE", f"/folders/{mine}", status=403)


def test_folders_outlive_the_server(tmp_path: Path) -> None:
    space = Workspace(Store(tmp_path / "kept.sqlite"), ADA, Timing(delay=0))
    made = space.folders.add("Team", "", space.now)
    space.restart()
    assert space.folders.find(made.id) == made
    space.reset()
    assert space.folders.find(made.id) is None
    space.close()


def test_the_workspace_has_one_admin(api: Api) -> None:
    *_, workspace = ids(api)
    users = f"/workspaces/{workspace}/users"
    (member,) = api("GET", users)["items"]
    assert (member["role"], member["ownedDocs"]) == ("Admin", 1)
    assert api("GET", f"{users}?includedRoles=Editor,DocMaker")["items"] == []
    assert len(api("GET", f"{users}?includedRoles=Editor&includedRoles=Admin")["items"]) == 1
    api("GET", f"{users}?includedRoles=King", status=400)
    assert "roleChangedAt" in api("POST", f"{users}/role", {"email": ADA.email, "newRole": "Admin"})
    api("POST", f"{users}/role", {"email": ADA.email, "newRole": "Editor"}, 403)
    api("POST", f"{users}/role", {"email": "bo@example.com", "newRole": "Editor"}, 404)
    (month,) = api("GET", f"/workspaces/{workspace}/roles")["items"]
    assert (month["activeAdminCount"], month["inactiveEditorCount"]) == (1, 0)
    api("GET", "/workspaces/ws-other/users", status=404)
    api("GET", "/workspaces/ws-other/roles", status=404)


def test_nothing_is_counted(api: Api) -> None:
    doc, _, workspace = ids(api)
    other = api("POST", "/docs", {"title": "Another"}, 201)["id"]

    def titles(query: str = "") -> list[str]:
        return [item["doc"]["title"] for item in api("GET", f"/analytics/docs?{query}")["items"]]

    assert titles("orderBy=title&scale=daily&sinceDate=2026-01-01&untilDate=2026-02-01") == ["Another", "Plans"]
    assert titles("orderBy=title&direction=descending") == ["Plans", "Another"]
    assert titles(f"docIds={doc},{other}&query=PLAN&workspaceId={workspace}&isPublished=false") == ["Plans"]
    part = api("GET", "/analytics/docs?orderBy=title&limit=1")
    assert titles(f"pageToken={part['nextPageToken']}") == ["Plans"]
    for query in ("orderBy=luck", "scale=yearly", "direction=up", "sinceDate=soon", "limit=0"):
        api("GET", f"/analytics/docs?{query}", status=400)
    assert [item["page"]["name"] for item in api("GET", f"/analytics/docs/{doc}/pages")["items"]] == ["Plans"]
    api("GET", "/analytics/docs/nothing/pages", status=401)
    assert api("GET", "/analytics/docs/summary?isPublished=true") == {"totalSessions": 0}
    assert api("GET", "/analytics/packs?packIds=1,2")["items"] == []
    assert api("GET", "/analytics/packs/7/formulas")["items"] == []
    assert set(api("GET", "/analytics/packs/summary").values()) == {0}
    assert len(set(api("GET", "/analytics/updated").values())) == 1


def test_there_are_no_packs(api: Api) -> None:
    assert api("GET", "/packs?sortBy=title&direction=ascending&accessTypes=view,edit") == {"items": []}
    assert api("GET", "/packs/listings?installContext=doc") == {"items": []}
    api("GET", "/packs?sortBy=luck", status=400)
    api("GET", "/packs/7", status=404)
    api("GET", "/packs/7/listing", status=404)


def test_domains_wait_for_ever(api: Api) -> None:
    doc, *_ = ids(api)
    domains = f"/docs/{doc}/domains"
    assert api("GET", domains) == {"customDocDomains": []}
    api("POST", domains, {"customDocDomain": "Docs.Example.com"}, 202)
    (shown,) = api("GET", domains)["customDocDomains"]
    assert (shown["customDocDomain"], shown["setupStatus"]) == ("docs.example.com", "pending")
    api("PATCH", f"{domains}/docs.example.com", {})
    assert api("GET", "/domains/provider/docs.example.com") == {"provider": "Other"}
    api("DELETE", f"{domains}/docs.example.com")
    api("DELETE", f"{domains}/docs.example.com", status=404)
    assert api("GET", domains) == {"customDocDomains": []}
    api("POST", domains, {"customDocDomain": "no domain"}, 400)


def test_a_token_for_one_doc_sees_nothing_around_it(api: Api) -> None:
    doc, folder, workspace = ids(api)
    narrow = api.scoped(doc=doc)
    for path in ("/folders", f"/folders/{folder}", f"/workspaces/{workspace}/users"):
        narrow("GET", path, status=403)
    for path in ("/analytics/docs", "/analytics/docs/summary", "/analytics/packs", f"/docs/{doc}/domains"):
        narrow("GET", path, status=401)


@pytest.mark.slow
def test_a_webhook_runs_the_action_of_its_automation(tmp_path: Path) -> None:

    write(tmp_path / "club", PROJECT)
    with testing.local_coda_for(tmp_path / "club") as coda:
        service = Service(coda)
        hook = f"{service.doc}/hooks/automation/{quote('grid-auto-1')}"
        service("POST", hook, {"who": "Bo"}, 404)
        control = f"{coda.url}/control/automations"
        wanted = {"doc": coda.doc_id, "rule": "grid-auto-1", "action": 'AddRow(members, members.name, "Hooked")'}
        service("PUT", control, {**wanted, "action": "AddRow(nothing)"}, 400)
        service("PUT", control, {**wanted, "doc": "AAAAAAAAAA"}, 400)
        service("PUT", control, wanted)
        request = service("POST", hook, {"who": "Bo"}, 202)["requestId"]
        assert service("GET", f"/mutationStatus/{request}") == {"completed": True}
        assert service.rows()[-1]["values"]["name"] == "Hooked"
        service("POST", hook, ["Bo"], 400)
        service("POST", hook, {}, 403, coda.parts.tokens.add(Token("reader", "rest", writes=False)))
        service("PUT", control, {**wanted, "action": ""})
        service("POST", hook, {}, 404)


# ------------------------------------------------------------ values of queries that the description does not know


def test_no_query_takes_a_value_that_the_description_does_not_know(tmp_path: Path) -> None:
    known = [one for one in _limited_parameters() if one[1] in SERVED]
    assert len(known) > 60
    with testing.local_coda_for(write(tmp_path / "club", PROJECT)) as coda:
        service = Service(coda)
        doc = service("GET", service.doc)
        places = {
            "docId": coda.doc_id,
            "pageIdOrName": service("GET", f"{service.doc}/pages")["items"][0]["id"],
            "tableIdOrName": "members",
            "rowIdOrName": "Bo",
            "columnIdOrName": "greet",
            "workspaceId": doc["workspaceId"],
            "folderId": doc["folderId"],
            "packId": "1",
        }
        for method, operation, path, name in known:
            address = re.sub(r"\$?\{(\w+)\}", lambda place: places.get(place[1], "x"), path)
            link = "&url=https://coda.io/d/_d1" if operation == "resolveBrowserLink" else ""
            body: Any = {} if method in ("POST", "PUT") else None
            refusal = service(method, f"{address}?{name}=bogus{link}", body, 400)
            told = (refusal["message"], refusal.get("codaType"))
            assert told == ("Bad Request", "RequestSchemaValidationFailed"), (operation, name)


def _limited_parameters() -> Iterator[tuple[str, str, str, str]]:
    """The method, operation, path and name of each parameter of a query that does not take any text."""
    whole = description()

    def found(part: Any) -> Any:
        while "$ref" in part:
            steps = part["$ref"].split("/")[1:]
            part = reduce(lambda inside, step: inside[step], steps, whole)
        return reduce(lambda one, other: {**found(other), **one}, part.get("allOf", ()), part)

    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            for parameter in map(found, operation.get("parameters", ()) if isinstance(operation, dict) else ()):
                schema = found(parameter["schema"])
                one = found(schema["items"]) if schema.get("type") == "array" else schema
                limited = "enum" in one or one.get("type") in ("boolean", "integer") or one.get("format") == "date"
                if parameter["in"] == "query" and limited:
                    yield method.upper(), operation["operationId"], path, parameter["name"]


def test_not_found_in_plain_english(api: Api) -> None:
    doc, _, _ = ids(api)
    page = api("GET", f"/docs/{doc}/pages")["items"][0]["id"]
    for path, kind in ((f"/docs/{doc}/pages/{page}/export/none", "an export"), ("/folders/none", "a folder")):
        told = api("GET", path, status=404)["message"]
        assert told == f"Could not find {kind} with the specified ID or name."
