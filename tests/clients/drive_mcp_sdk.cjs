// Drives the official MCP SDK for TypeScript through the walk on Coda's own MCP server; CLIENT_FOLDER says where it is
// installed, CLIENT_MODULE which version of it, by the names of package.json.
"use strict";
const assert = require("node:assert/strict");
const { createRequire } = require("node:module");
const load = createRequire(process.env.CLIENT_FOLDER + "/");

const brief = JSON.parse(process.argv.at(-1));
const name = process.env.CLIENT_MODULE;

function classes() {
  if (name.startsWith("@")) return load(name);
  return { ...load(name + "/client/index.js"), ...load(name + "/client/streamableHttp.js") };
}
const { Client, StreamableHTTPClientTransport } = classes();

async function connected(headers) {
  const client = new Client({ name: "walk", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(brief.api), { requestInit: { headers } }));
  return client;
}

async function main() {
  await assert.rejects(connected({ Authorization: "Bearer no-such-token" }));
  const client = await connected({ Authorization: `Bearer ${brief.token}` });
  assert.ok(client.getServerVersion().name);
  assert.ok(client.getServerCapabilities().tools);
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === "table_rows_manage" && tool.inputSchema.required.includes("uri")));

  const call = async (tool, input) => {
    const result = await client.callTool({ name: tool, arguments: input });
    const said = JSON.parse(result.content.map((part) => part.text).join(""));
    assert.ok(!result.isError, JSON.stringify(said));
    return said.result;
  };
  const refused = async (tool, input) => {
    const result = await client.callTool({ name: tool, arguments: input });
    assert.equal(result.isError, true);
    return JSON.parse(result.content[0].text).error.message;
  };

  await call("whoami", {});
  const doc = `coda://docs/${brief.doc}`;
  const tables = [];
  const outline = await call("document_outline", { uri: doc });
  for (const page of outline.pages) {
    const read = await call("content_read", { uri: `${doc}/${page.pageUri}`, contentTypesToInclude: ["tables"] });
    tables.push(...read.tables);
  }
  const uri = `${doc}/${tables.find((table) => table.name === brief.table).tableUri}`;
  const { columns } = await call("table_columns_read", { uri });
  const ids = [brief.key, brief.text, brief.number].map((one) => columns.find((column) => column.name === one).columnId);

  const rows = async () => {
    const found = [];
    for (;;) {
      const read = { uri, columnsToInclude: ids, rowLimit: 50, rowOffset: found.length };
      const part = (await call("table_rows_read", read)).rows;
      found.push(...part);
      if (part.length < 50) return found;
    }
  };
  const shown = (found) => found.map((row) => ids.map((id) => row.values[id].value));
  const of = (found, key) => found.find((row) => row.values[ids[0]].value === key);

  const before = await rows();
  const updateCells = [
    { columnId: ids[1], value: "Changed from outside" },
    { columnId: ids[2], value: 7.5 },
  ];
  const change = [{ rowNumberOrId: of(before, brief.known).rowId, updateCells }];
  await call("table_rows_manage", { uri, data: { action: "update", rows: change } });
  const added = [[brief.new, "Added from outside", 2]];
  await call("table_rows_manage", { uri, data: { action: "add", columnIds: ids, rows: added } });
  const between = await rows();
  const only = { uri, filterFormula: `${brief.key} = "${brief.new}"` };
  assert.equal((await call("table_rows_read", only)).rows.length, 1);
  const gone = [of(between, brief.new).rowId];
  await call("table_rows_delete", { uri, data: { action: "delete_specific", rowNumbersOrIds: gone } });
  const after = await rows();
  assert.match(await refused("table_rows_manage", { uri, data: { action: "burn" } }), /action|data/);
  const computed = await call("formula_execute", { uri: doc, formula: `${brief.table}.Count()` });
  assert.equal(computed.value, after.length);
  await client.close();

  const report = {
    docs: [brief.doc],
    tables: tables.map((table) => table.name),
    columns: columns.map((column) => column.name),
    before: shown(before),
    between: shown(between),
    after: shown(after),
  };
  console.log(JSON.stringify(report));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
