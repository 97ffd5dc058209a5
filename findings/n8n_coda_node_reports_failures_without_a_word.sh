#!/usr/bin/env bash
# n8n-nodes-base 2.41.2, node Coda: with "Continue On Fail", what Coda said of a failed request is lost: the item is empty.
#
# When a node may go on after a failure, n8n's nodes put {"error": message} in the item's place. For rows by id, buttons,
# columns, formulas and controls this node reads a misspelt property of the error, which is undefined, and an undefined member
# is not there once the item is written as JSON. "Get All" of rows spells it right. A flow that looks for `error` takes the
# failed item for a row without cells.
# Seen on 2026-12-01, Node 18 and later. The node is run as it is; what n8n gives to a node is given by `context`.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm pack --silent n8n-nodes-base@2.41.2 >/dev/null
tar xzf n8n-nodes-base-2.41.2.tgz package/dist/nodes/Coda
npm install --silent --no-audit --no-fund --ignore-scripts --no-package-lock n8n-workflow@2.41.0
cat > run.cjs <<'NODE'
const assert = require("node:assert/strict");
const { Coda } = require("./package/dist/nodes/Coda/Coda.node.js");

function context(parameters) {
  const failed = Object.assign(new Error("404 - No such row"), { statusCode: 404 });
  return {
    getCredentials: async () => ({ accessToken: "none" }),
    getNode: () => ({ name: "Coda", type: "coda", typeVersion: 1.1, parameters: {} }),
    getNodeParameter: (name) => parameters[name],
    getInputData: () => [{ json: {} }],
    continueOnFail: () => true,
    helpers: {
      request: async () => Promise.reject(failed),
      returnJsonArray: (found) => [found].flat().map((json) => ({ json })),
      constructExecutionMetaData: (found) => found,
    },
  };
}

(async () => {
  const common = { docId: "d", tableId: "t", rowId: "i-1", columnId: "c-1", formulaId: "f", controlId: "k", options: {} };
  const asked = [["table", "getRow"], ["table", "getColumn"], ["formula", "get"], ["control", "get"]];
  for (const [resource, operation] of asked) {
    const [[item]] = await new Coda().execute.call(context({ ...common, resource, operation }));
    console.log(resource, operation, JSON.stringify(item));
    assert.equal("error" in JSON.parse(JSON.stringify(item.json)), false);
  }
  const all = { ...common, resource: "table", operation: "getAllRows", returnAll: true };
  const [[item]] = await new Coda().execute.call(context(all));
  console.log("table getAllRows", JSON.stringify(item.json));
  assert.equal(typeof item.json.error, "string");
})();
NODE
node run.cjs
echo 'as described'
