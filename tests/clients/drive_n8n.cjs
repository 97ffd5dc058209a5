// Drives the Coda node of n8n through the walk; CLIENT_FOLDER says where it is installed.
// The node runs as it is. What n8n itself gives to a node is given by `context`: parameters, credentials, items, and a
// request, which puts the brief's host in the place of Coda's and, as n8n's does, appends the query to the address.
"use strict";
const assert = require("node:assert/strict");
const { createRequire } = require("node:module");
const { Coda } = createRequire(process.env.CLIENT_FOLDER + "/")("n8n-nodes-base/dist/nodes/Coda/Coda.node.js");

const brief = JSON.parse(process.argv.at(-1));
const node = new Coda();
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function request({ method, uri, qs, headers, body }) {
  const query = new URLSearchParams(qs).toString();
  const address = uri.replace("https://coda.io/apis/v1", brief.api);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const reply = await fetch(address + (query && (address.includes("?") ? "&" : "?") + query), {
    method,
    headers: { ...headers, Accept: "application/json", "Content-Type": "application/json" },
    ...sent,
  });
  const said = await reply.text();
  if (reply.ok) return JSON.parse(said);
  throw Object.assign(new Error(`${reply.status} - ${said}`), { statusCode: reply.status, error: JSON.parse(said) });
}

function context(parameters, items = [{}], token = brief.token) {
  const wrapped = (found) => [found].flat().map((json) => ({ json }));
  return {
    getCredentials: async () => ({ accessToken: token }),
    getNode: () => ({ name: "Coda", type: "n8n-nodes-base.coda", typeVersion: 1.1 }),
    getNodeParameter: (name) => parameters[name],
    getCurrentNodeParameter: (name) => parameters[name],
    getInputData: () => items.map((json) => ({ json })),
    continueOnFail: () => false,
    helpers: { request, returnJsonArray: wrapped, constructExecutionMetaData: (found) => found },
  };
}

async function run(resource, operation, parameters, items) {
  const settings = { options: {}, returnAll: true, ...parameters, resource, operation, docId: brief.doc };
  const [found] = await node.execute.call(context(settings, items));
  return found.map(({ json }) => json);
}

const choices = (method, parameters) => node.methods.loadOptions[method].call(context({ docId: brief.doc, ...parameters }));

async function main() {
  const refused = (error) => error.httpCode === "401";
  await assert.rejects(node.methods.loadOptions.getDocs.call(context({}, [{}], "no-such-token")), refused);
  const docs = await choices("getDocs");
  const tables = await choices("getTables");
  const tableId = tables.find((one) => one.name === brief.table).value;
  const columns = await choices("getColumns", { tableId });
  const names = (await run("table", "getAllColumns", { tableId })).map((column) => column.name);
  assert.deepEqual(names, columns.map((column) => column.name));

  const rows = () => run("table", "getAllRows", { tableId });
  const until = async (count) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = await rows();
      if (found.length === count) return found;
      await pause(100);
    }
    throw new Error("the write never showed");
  };
  const shown = (found) => found.map((row) => [row[brief.key], row[brief.text], row[brief.number]]);
  const remove = (row) => run("table", "deleteRow", { tableId, rowId: row.id });

  const before = await rows();
  const written = [
    { [brief.key]: brief.known, [brief.text]: "Changed from outside", [brief.number]: 7.5 },
    { [brief.key]: brief.new, [brief.text]: "Added from outside", [brief.number]: 2 },
  ];
  await run("table", "createRow", { tableId, options: { keyColumns: brief.key } }, written);
  const between = await until(before.length + 1);

  // The node asks for 100 rows at a time: with these there is a second page.
  const many = Array.from({ length: 101 }, (_, number) => ({ [brief.key]: `T-${1000 + number}` }));
  await run("table", "createRow", { tableId }, many);
  const all = await until(before.length + 1 + many.length);
  assert.equal(new Set(all.map((row) => row.id)).size, all.length);
  const added = all.filter((row) => row[brief.key] === brief.new || row[brief.key].length > brief.new.length);
  const one = await run("table", "getRow", { tableId, rowId: added[0].id });
  assert.equal(one[0][brief.key], added[0][brief.key]);
  for (const row of added) await remove(row);
  const after = await until(before.length);
  await assert.rejects(run("table", "getRow", { tableId, rowId: added[0].id }), (error) => error.httpCode === "404");

  const views = await choices("getViews");
  const shownByViews = await run("view", "getAll", {});
  assert.deepEqual(shownByViews.map((view) => view.id), views.map((view) => view.value));
  const listed = await Promise.all(views.map(({ value }) => run("view", "getAllViewRows", { viewId: value })));
  assert.ok(listed.some((found) => found.length > 0));
  const formulas = await choices("getFormulas");
  for (const { name, value } of formulas) {
    assert.equal((await run("formula", "get", { formulaId: value }))[0].name, name);
  }
  await run("control", "getAll", {});

  const report = {
    docs: docs.map((one) => one.value),
    tables: tables.map((one) => one.name),
    columns: names,
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
