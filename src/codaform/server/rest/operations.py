"""The operations of the API: method, path and handler of each, or the reason that it is not served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from codaform.server.rest import (
    account,
    analytics,
    automations,
    docs,
    domains,
    folders,
    formulas,
    packs,
    pages,
    rows,
    sharing,
    tables,
    workspaces,
)
from codaform.server.rest.call import Reply, RestCall

Bucket = Literal["read", "write", "content", "docs"]
"""The rate limit of an operation."""


@dataclass(frozen=True, slots=True)
class RestOperation:
    """An operation of the API.

    id: Its operationId in the vendor's description. path: The path after `/apis/v1`, with named places in braces.
    accepts: Whether all that it changes is to accept a command at its end.
    """

    id: str
    method: str
    path: str
    handler: Callable[[RestCall], Reply]
    bucket: Bucket = "read"
    accepts: bool = False


_DOC = "/docs/{docId}"
_TABLE = f"{_DOC}/tables/{{tableIdOrName}}"
_ROW = f"{_TABLE}/rows/{{rowIdOrName}}"
_PAGE = f"{_DOC}/pages/{{pageIdOrName}}"
_FOLDER = "/folders/{folderId}"
_WORKSPACE = "/workspaces/{workspaceId}"
_DOMAIN = f"{_DOC}/domains/{{customDocDomain}}"

OPERATIONS = (
    RestOperation("whoami", "GET", "/whoami", account.whoami),
    RestOperation("resolveBrowserLink", "GET", "/resolveBrowserLink", account.resolve_browser_link),
    RestOperation("getMutationStatus", "GET", "/mutationStatus/{requestId}", account.mutation_status),
    RestOperation("listDocs", "GET", "/docs", docs.list_docs, "docs"),
    RestOperation("createDoc", "POST", "/docs", docs.create_doc, "write"),
    RestOperation("getDoc", "GET", _DOC, docs.get_doc),
    RestOperation("updateDoc", "PATCH", _DOC, docs.update_doc, "write"),
    RestOperation("deleteDoc", "DELETE", _DOC, docs.delete_doc, "write"),
    RestOperation("publishDoc", "PUT", f"{_DOC}/publish", docs.publish_doc, "write"),
    RestOperation("unpublishDoc", "DELETE", f"{_DOC}/publish", docs.unpublish_doc, "write"),
    RestOperation("listCategories", "GET", "/categories", docs.list_categories),
    RestOperation("getSharingMetadata", "GET", f"{_DOC}/acl/metadata", sharing.get_metadata),
    RestOperation("getPermissions", "GET", f"{_DOC}/acl/permissions", sharing.list_permissions),
    RestOperation("addPermission", "POST", f"{_DOC}/acl/permissions", sharing.add_permission, "write"),
    RestOperation(
        "deletePermission", "DELETE", f"{_DOC}/acl/permissions/{{permissionId}}", sharing.delete_permission, "write"
    ),
    RestOperation("searchPrincipals", "GET", f"{_DOC}/acl/principals/search", sharing.search_principals),
    RestOperation("getAclSettings", "GET", f"{_DOC}/acl/settings", sharing.get_settings),
    RestOperation("updateAclSettings", "PATCH", f"{_DOC}/acl/settings", sharing.update_settings, "write"),
    RestOperation("listPages", "GET", f"{_DOC}/pages", pages.list_pages),
    RestOperation("createPage", "POST", f"{_DOC}/pages", pages.create_page, "content"),
    RestOperation("getPage", "GET", _PAGE, pages.get_page),
    RestOperation("updatePage", "PUT", _PAGE, pages.update_page, "content"),
    RestOperation("deletePage", "DELETE", _PAGE, pages.delete_page, "content"),
    RestOperation("listPageContent", "GET", f"{_PAGE}/content", pages.list_content),
    RestOperation("deletePageContent", "DELETE", f"{_PAGE}/content", pages.delete_content, "content"),
    RestOperation("beginPageContentExport", "POST", f"{_PAGE}/export", pages.begin_export),
    RestOperation("getPageContentExportStatus", "GET", f"{_PAGE}/export/{{requestId}}", pages.export_status),
    RestOperation("listTables", "GET", f"{_DOC}/tables", tables.list_tables),
    RestOperation("getTable", "GET", _TABLE, tables.get_table),
    RestOperation("listColumns", "GET", f"{_TABLE}/columns", tables.list_columns),
    RestOperation("getColumn", "GET", f"{_TABLE}/columns/{{columnIdOrName}}", tables.get_column),
    RestOperation("listRows", "GET", f"{_TABLE}/rows", rows.list_rows),
    RestOperation("upsertRows", "POST", f"{_TABLE}/rows", rows.upsert_rows, "write", accepts=True),
    RestOperation("deleteRows", "DELETE", f"{_TABLE}/rows", rows.delete_rows, "write", accepts=True),
    RestOperation("getRow", "GET", _ROW, rows.get_row),
    RestOperation("updateRow", "PUT", _ROW, rows.update_row, "write", accepts=True),
    RestOperation("deleteRow", "DELETE", _ROW, rows.delete_row, "write", accepts=True),
    RestOperation("pushButton", "POST", f"{_ROW}/buttons/{{columnIdOrName}}", rows.push_button, "write", accepts=True),
    RestOperation("listFormulas", "GET", f"{_DOC}/formulas", formulas.list_formulas),
    RestOperation("getFormula", "GET", f"{_DOC}/formulas/{{formulaIdOrName}}", formulas.get_formula),
    RestOperation("listControls", "GET", f"{_DOC}/controls", formulas.list_controls),
    RestOperation("getControl", "GET", f"{_DOC}/controls/{{controlIdOrName}}", formulas.get_control),
    RestOperation("listFolders", "GET", "/folders", folders.list_folders),
    RestOperation("createFolder", "POST", "/folders", folders.create_folder, "write"),
    RestOperation("getFolder", "GET", _FOLDER, folders.get_folder),
    RestOperation("updateFolder", "PATCH", _FOLDER, folders.update_folder, "write"),
    RestOperation("deleteFolder", "DELETE", _FOLDER, folders.delete_folder, "write"),
    RestOperation("listWorkspaceMembers", "GET", f"{_WORKSPACE}/users", workspaces.list_members),
    RestOperation("changeUserRole", "POST", f"{_WORKSPACE}/users/role", workspaces.change_role, "write"),
    RestOperation("listWorkspaceRoleActivity", "GET", f"{_WORKSPACE}/roles", workspaces.list_role_activity),
    RestOperation("listDocAnalytics", "GET", "/analytics/docs", analytics.list_doc_analytics),
    RestOperation("listDocAnalyticsSummary", "GET", "/analytics/docs/summary", analytics.summarize_docs),
    RestOperation("listPageAnalytics", "GET", "/analytics/docs/{docId}/pages", analytics.list_page_analytics),
    RestOperation("listPackAnalytics", "GET", "/analytics/packs", analytics.list_pack_analytics),
    RestOperation("listPackAnalyticsSummary", "GET", "/analytics/packs/summary", analytics.summarize_packs),
    RestOperation(
        "listPackFormulaAnalytics", "GET", "/analytics/packs/{packId}/formulas", analytics.list_pack_formula_analytics
    ),
    RestOperation("getAnalyticsLastUpdated", "GET", "/analytics/updated", analytics.last_updated),
    RestOperation("listCustomDocDomains", "GET", f"{_DOC}/domains", domains.list_domains),
    RestOperation("addCustomDocDomain", "POST", f"{_DOC}/domains", domains.add_domain, "write"),
    RestOperation("updateCustomDocDomain", "PATCH", _DOMAIN, domains.update_domain, "write"),
    RestOperation("deleteCustomDocDomain", "DELETE", _DOMAIN, domains.delete_domain, "write"),
    RestOperation("getCustomDocDomainProvider", "GET", "/domains/provider/{customDocDomain}", domains.get_provider),
    RestOperation("listPacks", "GET", "/packs", packs.list_packs),
    RestOperation("getPack", "GET", "/packs/{packId}", packs.get_pack),
    RestOperation("listPackListings", "GET", "/packs/listings", packs.list_listings),
    RestOperation("getPackListing", "GET", "/packs/{packId}/listing", packs.get_pack),
    RestOperation(
        "triggerWebhookAutomation", "POST", f"{_DOC}/hooks/automation/{{ruleId}}", automations.trigger, "write"
    ),
)

SERVED = tuple(operation.id for operation in OPERATIONS)
"""The operationIds of the served operations."""


def _by_length() -> Mapping[tuple[str, int], list[tuple[tuple[str, ...], RestOperation]]]:
    found: defaultdict[tuple[str, int], list[tuple[tuple[str, ...], RestOperation]]] = defaultdict(list)
    for operation in sorted(OPERATIONS, key=lambda known: known.path.count("{")):  # a step before a place
        steps = tuple(operation.path.strip("/").split("/"))
        found[operation.method, len(steps)].append((steps, operation))
    return found


_BY_LENGTH = _by_length()


def match(method: str, path: str) -> tuple[RestOperation, dict[str, str]] | None:
    """The operation of a path after `/apis/v1`, and the values at its named places.

    path: In its sent form, where a slash inside a name is still `%2F`. A slash at its end is ignored.
    """
    given = path.strip("/").split("/")
    for steps, operation in _BY_LENGTH.get((method, len(given)), ()):
        places = {}
        for step, text in zip(steps, given, strict=True):
            if step.startswith("{"):
                places[step[1:-1]] = unquote(text)
            elif step != text:
                break
        else:
            return operation, places
    return None


UNSERVED: dict[str, tuple[str, ...]] = {
    "Packs are made elsewhere, and a local doc has none.": (
        "createPack",
        "updatePack",
        "deletePack",
        "getPackConfigurationSchema",
        "listPackVersions",
        "getNextPackVersion",
        "getPackVersionDiffs",
        "registerPackVersion",
        "packVersionUploadComplete",
        "createPackRelease",
        "listPackReleases",
        "updatePackRelease",
        "listPackReviews",
        "createPackReview",
        "cancelPackReview",
        "getPackListingDraft",
        "upsertPackListingDraft",
        "deletePackListingDraft",
        "setPackOauthConfig",
        "getPackOauthConfig",
        "setPackSystemConnection",
        "patchPackSystemConnection",
        "getPackSystemConnection",
        "getPackPermissions",
        "addPackPermission",
        "deleteUserPackPermission",
        "deletePackPermission",
        "listUserPackInvitations",
        "listPackInvitations",
        "createPackInvitation",
        "updatePackInvitation",
        "deletePackInvitation",
        "replyToPackInvitation",
        "listPackMakers",
        "addPackMaker",
        "deletePackMaker",
        "listPackCategories",
        "addPackCategory",
        "deletePackCategory",
        "uploadPackAsset",
        "uploadPackSourceCode",
        "packAssetUploadComplete",
        "packSourceCodeUploadComplete",
        "getPackSourceCode",
        "listPackLogs",
        "listIngestionLogs",
        "listGroupedPackLogs",
        "listGroupedIngestionLogs",
        "listIngestionBatchExecutions",
        "listIngestionParentItems",
        "getPackLogDetails",
        "listPackFeaturedDocs",
        "updatePackFeaturedDocs",
    ),
    "Links and agents of an organisation are no part of a doc.": (
        "addGoLink",
        "listAgentSessionIds",
        "listAgentLogs",
        "getAgentPackLogDetails",
    ),
}
"""The operationIds of the vendor's description that are not served, by the reason."""
