"""Automations with a webhook as their trigger. No API makes one; `PUT /control/automations` does, for tests."""

from __future__ import annotations

from codaform.server.rest.call import ApiError, Reply, RestCall, not_found


def trigger(call: RestCall) -> Reply:
    """Run an automation: its action is carried out like any other write. Raises ApiError for an unknown rule.

    Assumed: the action reads nothing of the payload.
    """
    action = call.whole_doc().record.automations.get(call.path["ruleId"])
    if call.body is not None and not isinstance(call.body, dict):
        raise ApiError(400, "The payload must be a JSON object.")
    if action is None:
        raise not_found("automation")
    return Reply({"requestId": call.accept("act", {"formula": action})}, 202)
