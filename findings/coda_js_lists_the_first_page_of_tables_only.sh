#!/usr/bin/env bash
# coda-js 4.2.1: listTables() gives the first page, takes no page token and keeps none, so the other tables cannot be listed.
#
# Coda's API answers in pages. Both coda.listTables(docId) and doc.listTables() take no parameters, ask once and give the
# items alone. listRows and listPages drop the token, too, but let the caller pass one; only listRowsPaginatedByToken tells it.
# Seen on 2026-12-01, Node 18 and later, against a server on loopback: 2 of 3 tables, one request.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-audit --no-fund coda-js@4.2.1
cat > run.cjs <<'NODE'
const assert = require("node:assert/strict");
const http = require("node:http");
const { Coda } = require("coda-js");

const table = (number) => ({ id: `grid-${number}`, type: "table", name: `Table ${number}` });
const asked = [];
const server = http.createServer((request, reply) => {
  asked.push(request.url);
  const query = new URL(request.url, "http://localhost").searchParams;
  const page = query.get("pageToken")
    ? { items: [table(3)] }
    : { items: [table(1), table(2)], nextPageToken: "more", nextPageLink: "http://localhost/tables?pageToken=more" };
  reply.setHeader("Content-Type", "application/json").end(JSON.stringify(page));
});
server.listen(0, "127.0.0.1", async () => {
  const coda = new Coda("no-token");
  coda.API._axiosInstance.defaults.baseURL = `http://127.0.0.1:${server.address().port}`;
  const tables = await coda.listTables("d", { pageToken: "more" });
  console.log(tables.map((one) => one.name).join(", "), "by", asked.join(" "));
  assert.deepEqual(tables.map((one) => one.id), ["grid-1", "grid-2"]);
  assert.deepEqual(asked, ["/docs/d/tables"]);
  assert.equal(JSON.stringify(tables).includes("more"), false);
  server.close();
});
NODE
node run.cjs
echo 'as described'
