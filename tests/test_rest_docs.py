"""Docs, their sharing, links and requests through the REST API of a local Coda."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import ValidationError

from codaform.model.values import Person
from codaform.server.rest.operations import OPERATIONS
from codaform.server.storage.store import Store
from codaform.server.workspace import Timing, Workspace
from rest_calls import ADA, BASE, Api
from searching import examples
from vendor_description import conforms_as_reply
from wire import description


@pytest.fixture
def api() -> Api:
    """A workspace without a doc; writes are done at once."""
    return Api()


@pytest.fixture(scope="module")
def founder() -> Api:
    """The docs of Founder HQ, which no test changes."""
    api = Api()
    api.seed("formulas")
    return api


def made(api: Api, **body: object) -> str:
    """The id of a new doc."""
    return str(api("POST", "/docs", body, 201)["id"])


# ---------------------------------------------------------------- the description itself


def test_a_reply_that_is_not_as_described_is_found() -> None:
    description()  # skips the test without the vendor's description
    conforms_as_reply({"completed": True}, "getMutationStatus", 200)
    wrong: tuple[Any, ...] = ({"completed": 1}, {"completed": True, "more": 1}, {}, [])
    for body in wrong:
        with pytest.raises(ValidationError):
            conforms_as_reply(body, "getMutationStatus", 200)
    with pytest.raises(AssertionError, match="is not described to answer 202"):
        conforms_as_reply({"completed": True}, "getMutationStatus", 202)
    with pytest.raises(ValidationError):
        conforms_as_reply({"requestId": "mutate:1"}, "deleteDoc", 202)
    # The two parts of an allOf describe one object: neither part refuses the other's members.
    conforms_as_reply({"requestId": "mutate:1", "id": "canvas-1"}, "createPage", 202)
    with pytest.raises(ValidationError, match="'id' is a required property"):
        conforms_as_reply({"requestId": "mutate:1"}, "createPage", 202)


# ---------------------------------------------------------------- account


@pytest.mark.slow
def test_who_asks(founder: Api) -> None:
    body = founder("GET", "/whoami")
    assert (body["name"], body["loginId"], body["tokenName"], body["scoped"]) == (
        "Ada Ruiz",
        "ada@example.com",
        "tests",
        False,
    )
    assert body["href"] == f"{BASE}/whoami"
    assert founder.scoped(writes=False)("GET", "/whoami")["scoped"] is True


def test_a_user_without_an_address_gets_an_invalid_one() -> None:
    api = Api()
    api.workspace = Workspace(Store(), Person("Zoë O'Hara"), Timing(delay=0))
    assert api("GET", "/whoami")["loginId"] == "zoë.o.hara@localhost.example"


def test_a_request_is_unknown_then_waits_then_is_done() -> None:
    api = Api(Timing(delay=10, unknown=2))
    doc = api("POST", "/docs", {"title": "Plans"}, 201)
    status = f"/mutationStatus/{doc['requestId']}"
    api("GET", status, status=404)
    api.seconds.now = 3
    assert api("GET", status) == {"completed": False}
    assert api("GET", status.replace(":", "%3A")) == {"completed": False}
    api.seconds.now = 11
    assert api("GET", status) == {"completed": True}
    api("GET", "/mutationStatus/mutate:00000000-0000-4000-8000-000000000000", status=404)


# ---------------------------------------------------------------- links


def resolved(api: Api, url: str, more: str = "", status: int = 200) -> tuple[str, str]:
    body = api("GET", f"/resolveBrowserLink?url={quote(url, safe='')}{more}", status=status)
    if status != 200:
        return "", ""
    found = body["resource"]
    assert api("GET", found["href"])["id"] == found["id"]
    return found["type"], found["id"]


@pytest.mark.slow
def test_every_link_that_is_given_out_leads_back(founder: Api) -> None:
    doc = founder("GET", "/docs")["items"][0]
    root = doc["href"]
    tables = founder("GET", f"{root}/tables?limit=200")["items"]
    things = [doc, *founder("GET", f"{root}/pages?limit=200")["items"], *tables]
    for table in tables[:4]:
        things += founder("GET", f"{table['href']}/rows?limit=2")["items"]
    assert {thing["type"] for thing in things} == {"doc", "page", "table", "row"}
    assert any(thing.get("tableType") == "view" for thing in things)
    for thing in things:
        kind, id = resolved(founder, thing["browserLink"])
        assert (kind, id) == (thing["type"], thing["id"])


@pytest.mark.slow
def test_links_as_a_browser_shows_them(founder: Api) -> None:
    doc = founder("GET", "/docs")["items"][0]
    table = next(table for table in founder("GET", f"{doc['href']}/tables")["items"] if table["name"] == "tasks")
    page = table["parent"]
    path = f"Founder-HQ_d{doc['id']}/A-page_su{page['id'].removeprefix('canvas-')}"
    assert resolved(founder, f"https://coda.io/d/{path}") == ("page", page["id"])
    assert resolved(founder, f"https://docs.superhuman.com/d/{path}#{table['id']}") == ("table", table["id"])
    here = "http://127.0.0.1:8765/d"
    assert resolved(founder, f"{here}/{doc['id']}") == ("doc", doc["id"])
    assert resolved(founder, f"{here}/{doc['id']}/p/{page['id']}") == ("page", page["id"])
    row = founder("GET", f"{table['href']}/rows?limit=1")["items"][0]
    assert resolved(founder, f"{here}/{doc['id']}/t/{table['id']}") == ("table", table["id"])
    assert resolved(founder, f"{here}/{doc['id']}/t/{table['id']}/r/{row['id']}") == ("row", row["id"])


def test_a_link_to_a_deleted_thing_leads_to_the_thing_around_it(founder: Api) -> None:
    doc = founder("GET", "/docs")["items"][0]
    table = founder("GET", f"{doc['href']}/tables")["items"][0]
    gone_row, gone_page = f"{table['browserLink']}/_ri-gone", f"{doc['browserLink']}/Plans_sugone"
    gone_table = f"{table['parent']['browserLink']}#grid-gone/_ri-gone"
    for link in (gone_row, gone_page, gone_table):
        resolved(founder, link, status=404)
        resolved(founder, link, "&degradeGracefully=false", status=404)
    assert resolved(founder, gone_row, "&degradeGracefully=True") == ("table", table["id"])
    assert resolved(founder, gone_page, "&degradeGracefully=true") == ("doc", doc["id"])
    assert resolved(founder, gone_table, "&degradeGracefully=true") == ("page", table["parent"]["id"])
    resolved(founder, "https://coda.io/d/Gone_dAAAAAAAAAA", "&degradeGracefully=true", status=404)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tasks",
        "ftp://coda.io/d/_dAAAAAAAAAA",
        "https://example.com/d/_dAAAAAAAAAA",
        "https://coda.io/",
        "https://coda.io/d",
        "https://coda.io/@ada/plans",
        "http://[",
        "http://[::1",
        "https://coda.io:port/d/x",
        "\x00",
        "%",
    ],
)
def test_what_is_no_link_to_a_doc(founder: Api, url: str) -> None:
    resolved(founder, url, status=404 if url.endswith("/d/x") else 400)


def test_a_link_shows_a_token_no_more_than_it_may_see(founder: Api) -> None:
    doc = founder("GET", "/docs")["items"][0]
    first, second = founder("GET", f"{doc['href']}/tables?tableTypes=table")["items"][:2]
    resolved(founder.scoped(doc="AAAAAAAAAA"), doc["browserLink"], status=403)
    narrow = founder.scoped(doc=doc["id"], table=first["id"])
    assert resolved(narrow, first["browserLink"]) == ("table", first["id"])
    resolved(narrow, second["browserLink"], status=404)


# ---------------------------------------------------------------- docs


def test_docs_are_listed_the_last_changed_first(api: Api) -> None:
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    docs = []
    for number in range(3):
        api.workspace.clock = moment + timedelta(days=number)
        docs.append(made(api, title=f"Plan {number}"))
    api.workspace.clock = moment + timedelta(days=9)
    api("PATCH", f"/docs/{docs[0]}", {"title": "Plan zero"})
    items = api("GET", "/docs")["items"]
    assert [item["id"] for item in items] == [docs[0], docs[2], docs[1]]
    assert items[0]["name"] == "Plan zero"
    assert items[0]["owner"] == ADA.email
    assert items[0]["updatedAt"] == "2026-03-11T09:00:00.000Z"
    assert items[2]["createdAt"] == "2026-03-03T09:00:00.000Z"


def test_filters_of_the_list(api: Api) -> None:
    plan, notes = made(api, title="Launch plan"), made(api, title="Notes")
    copy = made(api, title="Copy", sourceDoc=plan)
    api("PUT", f"/docs/{notes}/publish", {"discoverable": True}, 202)
    api("PUT", f"/docs/{plan}/publish", {}, 202)
    folder, workspace = (api("GET", f"/docs/{plan}")[name] for name in ("folderId", "workspaceId"))

    def listed(query: str) -> set[str]:
        return {item["id"] for item in api("GET", f"/docs?{query}")["items"]}

    everything = {plan, notes, copy}
    assert listed("isOwner=true&isPublished=false&query=") == everything
    assert listed("isOwner=False") == everything
    assert listed("query=LAUNCH") == {plan}
    assert listed("isPublished=True") == {plan, notes}
    assert listed("inGallery=true") == {notes}
    assert listed(f"sourceDoc={plan}") == {copy}
    assert listed("isStarred=true") == set()
    assert listed("isStarred=false") == everything
    assert listed(f"folderId={folder}&workspaceId={workspace}") == everything
    assert listed("folderId=fl-other") == listed("workspaceId=ws-other") == set()
    api("GET", "/docs?isOwner=perhaps", status=400)
    api.scoped(doc=notes)("GET", "/docs", status=403)


def test_pages_of_the_list_keep_their_filters(api: Api) -> None:
    wanted = {made(api, title=f"Plan {number}") for number in range(5)}
    made(api, title="Notes")
    found: list[str] = []
    body = api("GET", "/docs?query=plan&limit=2")
    while True:
        found += [item["id"] for item in body["items"]]
        assert len(body["items"]) <= 2
        if "nextPageLink" not in body:
            break
        body = api("GET", body["nextPageLink"])
    assert len(found) == 5
    assert set(found) == wanted
    api("GET", "/docs?pageToken=none", status=400)
    api("GET", "/docs?limit=0", status=400)
    assert len(api("GET", "/docs?limit=100000")["items"]) == 6


def test_a_new_doc_has_one_page(api: Api) -> None:
    doc = api("POST", "/docs", {"title": "Plans", "timezone": "Europe/Berlin"}, 201)
    assert api("GET", f"/mutationStatus/{doc['requestId']}") == {"completed": True}
    read = api("GET", doc["href"])
    assert read == {name: value for name, value in doc.items() if name != "requestId"}
    assert read["docSize"] == {
        "totalRowCount": 0,
        "baseTableCount": 0,
        "tableAndViewCount": 0,
        "pageCount": 1,
        "overApiSizeLimit": False,
    }
    assert [page["name"] for page in api("GET", f"{doc['href']}/pages")["items"]] == ["Plans"]
    assert api.workspace.live(doc["id"]).record.time_zone == "Europe/Berlin"
    assert api("POST", "/docs", {}, 201)["name"] == "Untitled"


def test_the_first_page_of_a_new_doc_may_be_described() -> None:
    api = Api(Timing(delay=5))
    content = {"type": "canvas", "canvasContent": {"format": "markdown", "content": "# Hello\n\nWorld"}}
    body = {"title": "Plans", "initialPage": {"name": "Start", "iconName": "rocket", "pageContent": content}}
    doc = api("POST", "/docs", body, 201)
    assert api("GET", f"/mutationStatus/{doc['requestId']}") == {"completed": False}
    api.seconds.now = 6
    page = api("GET", f"{doc['href']}/pages")["items"][0]
    assert (page["name"], page["icon"]["name"]) == ("Start", "rocket")
    lines = api("GET", f"{page['href']}/content")["items"]
    assert [line["itemContent"]["content"] for line in lines] == ["Hello", "World"]
    assert api("GET", doc["href"])["docSize"]["pageCount"] == 1


@pytest.mark.slow
def test_a_copy_has_all_that_the_doc_has() -> None:
    api = Api()
    source = api.seed("formulas")
    root = f"/docs/{source}"
    api("POST", f"{root}/acl/permissions", {"access": "write", "principal": {"type": "anyone"}})
    api("PUT", f"{root}/publish", {}, 202)
    copy = api("POST", "/docs", {"sourceDoc": source, "title": "Second HQ"}, 201)
    assert copy["id"] != source
    assert copy["sourceDoc"]["id"] == source
    assert copy["name"] == "Second HQ"
    assert copy["docSize"] == api("GET", root)["docSize"]
    assert "published" not in copy
    assert api("GET", f"{copy['href']}/acl/permissions")["items"] == []

    def rows(doc: str, table: str) -> list[dict[str, object]]:
        return [
            row["values"]
            for row in api("GET", f"/docs/{doc}/tables/{table}/rows?useColumnNames=true&limit=200")["items"]
        ]

    tables = [table["name"] for table in api("GET", f"{root}/tables?tableTypes=table")["items"]]
    assert tables
    for table in tables:
        assert rows(copy["id"], table) == rows(source, table)
    formulas = [item["name"] for item in api("GET", f"{root}/formulas")["items"]]
    assert [item["name"] for item in api("GET", f"{copy['href']}/formulas")["items"]] == formulas

    # They share nothing: a change of one does not show in the other.
    before = rows(source, "tasks")
    row = api("GET", f"{copy['href']}/tables/tasks/rows")["items"][0]
    api("DELETE", f"{copy['href']}/tables/tasks/rows/{row['id']}", status=202)
    assert len(rows(copy["id"], "tasks")) == len(before) - 1
    assert rows(source, "tasks") == before


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"sourceDoc": "AAAAAAAAAA"}, "find a doc"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
        ({"folderId": "fl-nowhere"}, "folder"),
        ({"initialPage": {"parentPageId": "canvas-x"}}, "Invalid parentPageId"),
        ({"initialPage": {"pageContent": {"type": "canvas"}}}, "pageContent.canvas.canvasContent"),
        ({"title": 5}, "title"),
        ({"title": None}, "title"),
        ([], "object"),
        (None, "object"),
        ("title", "object"),
    ],
)
def test_docs_that_cannot_be_made(api: Api, body: object, message: str) -> None:
    assert message in api("POST", "/docs", body, 400)["message"]
    assert api("GET", "/docs")["items"] == []


def test_a_scoped_token_makes_no_docs(api: Api) -> None:
    doc = made(api)
    api.scoped(doc=doc)("POST", "/docs", {}, 403)


def test_a_doc_is_renamed_and_deleted(api: Api) -> None:
    doc, other = made(api, title="Plans"), made(api)
    assert api("PATCH", f"/docs/{doc}", {"iconName": "rocket"}) == {}
    read = api("GET", f"/docs/{doc}/")
    assert (read["name"], read["icon"]["name"]) == ("Plans", "rocket")
    assert api("DELETE", f"/docs/{doc}", status=202) == {}
    for path in ("", "/pages", "/tables", "/acl/permissions"):
        api("GET", f"/docs/{doc}{path}", status=404)
    api("DELETE", f"/docs/{doc}", status=404)
    assert [item["id"] for item in api("GET", "/docs")["items"]] == [other]


def test_a_write_shows_only_when_it_is_done() -> None:
    api = Api(Timing(delay=10))
    doc = made(api, title="Plans")
    page = api("GET", f"/docs/{doc}/pages")["items"][0]["href"]
    api("PUT", page, {"name": "Later"}, 202)
    api("PATCH", f"/docs/{doc}", {"title": "Notes"})
    # What is answered 200 is done, and hurries nothing that was accepted before it.
    assert api("GET", f"/docs/{doc}")["name"] == "Notes"
    assert api("GET", page)["name"] == "Plans"
    api.seconds.now = 11
    assert (api("GET", f"/docs/{doc}")["name"], api("GET", page)["name"]) == ("Notes", "Later")


def test_publishing(api: Api) -> None:
    doc, other = made(api, title="Launch plan!"), made(api)
    names = [category["name"] for category in api("GET", "/categories")["items"]]
    settings = {"discoverable": True, "mode": "play", "categoryNames": names[:2]}
    request = api("PUT", f"/docs/{doc}/publish", settings, 202)["requestId"]
    assert api("GET", f"/mutationStatus/{request}") == {"completed": True}
    published = api("GET", f"/docs/{doc}")["published"]
    assert published["browserLink"].endswith("/launch-plan")
    assert published["categories"] == [{"name": name} for name in names[:2]]
    assert (published["discoverable"], published["mode"], published["earnCredit"]) == (True, "play", False)
    api("PUT", f"/docs/{doc}/publish", {"slug": "launch", "mode": "view"}, 202)
    published = api("GET", f"/docs/{doc}")["published"]
    assert published["browserLink"].endswith("/launch")
    assert (published["discoverable"], published["mode"]) == (True, "view")
    for body in ({"slug": "launch"}, {"slug": "a b"}, {"mode": "none"}, {"categoryNames": ["None of these"]}):
        api("PUT", f"/docs/{other}/publish", body, 400)
    assert api("DELETE", f"/docs/{doc}/publish") == {}
    assert "published" not in api("GET", f"/docs/{doc}")
    assert api("DELETE", f"/docs/{other}/publish") == {}


# ---------------------------------------------------------------- sharing

PRINCIPALS = [
    {"type": "email", "email": "ben@example.com"},
    {"type": "group", "groupId": "grp-1"},
    {"type": "domain", "domain": "example.com"},
    {"type": "workspace", "workspaceId": "ws-1"},
    {"type": "anyone"},
]


def test_permissions_are_given_and_revoked(api: Api) -> None:
    root = f"/docs/{made(api)}/acl/permissions"
    assert api("GET", root)["items"] == []
    for principal in PRINCIPALS:
        assert api("POST", root, {"access": "readonly", "principal": principal, "suppressEmail": True}) == {}
    items = api("GET", root)["items"]
    assert [item["principal"]["type"] for item in items] == ["email", "group", "domain", "workspace", "anyone"]
    api("POST", root, {"access": "write", "principal": PRINCIPALS[0]})
    items = api("GET", root)["items"]
    assert len(items) == len(PRINCIPALS)
    access = {item["principal"]["type"]: item["access"] for item in items}
    assert access["email"] == "write"
    page = api("GET", f"{root}?limit=2")
    assert len(api("GET", page["nextPageLink"])["items"]) == 2
    for item in items:
        assert api("DELETE", f"{root}/{item['id']}") == {}
    assert api("GET", root)["items"] == []
    api("DELETE", f"{root}/{items[0]['id']}", status=404)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"access": "write"},
        {"access": "none", "principal": {"type": "anyone"}},
        {"access": "write", "principal": {"type": "internalAccess", "internalAccessType": "support"}},
        {"access": "write", "principal": {"type": "email"}},
        {"access": "write", "principal": {"type": "email", "email": "nobody"}},
        {"access": "write", "principal": "anyone"},
        {"access": "write", "principal": {"type": "anyone"}, "suppressEmail": "yes"},
    ],
)
def test_invalid_permissions(api: Api, body: object) -> None:
    root = f"/docs/{made(api)}/acl/permissions"
    api("POST", root, body, 400)
    assert api("GET", root)["items"] == []


def test_allowed_actions(api: Api) -> None:
    root = f"/docs/{made(api)}/acl"
    before = api("GET", f"{root}/settings")
    after = api("PATCH", f"{root}/settings", {"allowCopying": not before["allowCopying"]})
    assert after == api("GET", f"{root}/settings") == {**before, "allowCopying": not before["allowCopying"]}
    assert api("PATCH", f"{root}/settings", {}) == after
    api("PATCH", f"{root}/settings", {"allowCopying": "false"}, 400)
    assert api("GET", f"{root}/metadata")["canCopy"] is True


def test_people_found_by_a_search(api: Api) -> None:
    doc = made(api)
    api("POST", f"/docs/{doc}/acl/permissions", {"access": "write", "principal": PRINCIPALS[0]})
    root = f"/docs/{doc}/acl/principals/search"
    assert api("GET", root) == {"users": [], "groups": []}
    assert [user["loginId"] for user in api("GET", f"{root}?query=RUIZ")["users"]] == [ADA.email]
    assert [user["loginId"] for user in api("GET", f"{root}?query=example.com")["users"]] == [
        ADA.email,
        "ben@example.com",
    ]


def test_a_token_of_one_table_opens_nothing_of_the_doc(founder: Api) -> None:
    doc = founder("GET", "/docs")["items"][0]
    table = founder("GET", f"{doc['href']}/tables")["items"][0]
    narrow = founder.scoped(doc=doc["id"], table=table["id"])
    narrow("GET", f"{doc['href']}/acl/permissions", status=401)
    narrow("DELETE", doc["href"], status=403)
    narrow("PATCH", doc["href"], {"title": "Mine"}, 403)
    narrow("GET", f"{doc['href']}/pages", status=403)
    founder.scoped(doc="AAAAAAAAAA")("GET", doc["href"], status=403)


# ---------------------------------------------------------------- any body

OWN = (
    "createDoc",
    "updateDoc",
    "publishDoc",
    "addPermission",
    "updateAclSettings",
    "createPage",
    "updatePage",
    "deletePageContent",
    "beginPageContentExport",
)

MEMBERS = """
    title sourceDoc timezone folderId initialPage iconName slug discoverable earnCredit categoryNames mode access
    principal type email groupId domain workspaceId suppressEmail allowCopying name subtitle imageUrl parentPageId
    pageContent canvasContent format content url renderMethod sourceDocId sourcePageId includeSubpages isHidden
    contentUpdate insertionMode elementId elementIds outputFormat
"""

NAMES = st.sampled_from(MEMBERS.split())

WORDS = st.sampled_from(
    ["canvas", "embed", "syncPage", "page", "document", "html", "markdown", "append", "replace", "email", "anyone"]
)

BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6),
    max_leaves=12,
)


@settings(max_examples=examples(100), deadline=None)
@given(operation=st.sampled_from(OWN), body=BODIES)
def test_any_body_is_taken_or_refused(operation: str, body: object) -> None:
    """Any body gives a reply that matches the description, and never an exception."""
    api = Api()
    doc = made(api)
    page = api("GET", f"/docs/{doc}/pages")["items"][0]["id"]
    served = next(known for known in OPERATIONS if known.id == operation)
    path = served.path.replace("{docId}", doc).replace("{pageIdOrName}", page)
    taken = {"createDoc": 201, "updateDoc": 200, "addPermission": 200, "updateAclSettings": 200}.get(operation, 202)
    try:
        api(served.method, path, body, taken)
    except AssertionError:
        api(served.method, path, body, 400)
    assert api("GET", f"/docs/{doc}")["id"] == doc


@pytest.mark.slow
@pytest.mark.parametrize("depth", [300, 100_000])
def test_a_body_may_be_as_deep_as_it_likes(api: Api, depth: int) -> None:
    body: object = "title"
    for _ in range(depth):
        body = {"title": body}
    api("POST", "/docs", body, 400)
    api("POST", "/docs", {"title": "Plans", "more": body}, 400)
