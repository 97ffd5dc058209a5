#!/usr/bin/env bash
# n8n-nodes-base 2.41.2, node Coda: the value of a column named "id" takes the place of the row's id.
#
# "Get All" of rows gives, unless raw data is asked for, one flat object: first id, the row's id, then the cells by the names of
# their columns. A column named id, which imported tables often have, overwrites the first; nothing else of the answer says
# which row it is, so "Delete Row" or "Push Button" behind it is given the cell's value as the row's id. With the columns' ids
# as keys (the option "Use Column Names" off) nothing collides.
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

const named = { id: "i-7", name: "Desk", values: { id: "SKU-1", Name: "Desk" } };
const numbered = { id: "i-7", name: "Desk", values: { "c-1": "SKU-1", "c-2": "Desk" } };

function context(options) {
  const parameters = { resource: "table", operation: "getAllRows", docId: "d", tableId: "t", returnAll: true, options };
  return {
    getCredentials: async () => ({ accessToken: "none" }),
    getNode: () => ({ name: "Coda", type: "coda", typeVersion: 1.1 }),
    getNodeParameter: (name) => parameters[name],
    getInputData: () => [{ json: {} }],
    continueOnFail: () => false,
    helpers: { request: async ({ qs }) => ({ items: [qs.useColumnNames ? named : numbered] }) },
  };
}

(async () => {
  const [[byName]] = await new Coda().execute.call(context({}));
  const [[byId]] = await new Coda().execute.call(context({ useColumnNames: false }));
  console.log("by names:", byName.json, "by ids:", byId.json);
  assert.deepEqual(byName.json, { id: "SKU-1", Name: "Desk" });
  assert.equal(byId.json.id, "i-7");
  assert.equal(JSON.stringify(byName).includes("i-7"), false);
})();
NODE
node run.cjs
echo 'as described'
