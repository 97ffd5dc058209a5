// Drives coda-js through the walk; CLIENT_FOLDER says where it is installed.
// coda-js has no option for the host: the base URL of its axios instance is set from here, the package stays as it is.
"use strict";
const { createRequire } = require("node:module");
const assert = require("node:assert/strict");
const { Coda, NotFoundError, UnauthorizedError } = createRequire(process.env.CLIENT_FOLDER + "/")("coda-js");

const brief = JSON.parse(process.argv.at(-1));
const connect = (token) => {
  const coda = new Coda(token);
  coda.API._axiosInstance.defaults.baseURL = brief.api;
  return coda;
};
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function completed(mutation) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await mutation.isCompleted()) return;
    await pause(100);
  }
  throw new Error("the write was never completed");
}

async function main() {
  const coda = connect(brief.token);
  await assert.rejects(connect("no-such-token").whoAmI(), UnauthorizedError);
  await assert.rejects(coda.getDoc("NoSuchDoc0"), NotFoundError);

  const docs = await coda.listDocs();
  const doc = await coda.getDoc(brief.doc);
  const tables = await doc.listTables();
  const table = tables.find((one) => one.name === brief.table);
  const columns = await table.listColumns();
  const id = (name) => columns.find((column) => column.name === name).id;

  const rows = async () => {
    const found = [];
    let token;
    do {
      const page = await table.listRowsPaginatedByToken(token ? { pageToken: token } : { limit: 10, useColumnNames: true });
      found.push(...page.items);
      token = page.token;
    } while (token);
    return found;
  };
  const shown = (found) => found.map(({ values }) => [values[brief.key], values[brief.text], values[brief.number]]);

  const before = await rows();
  await completed(
    await table.insertRows(
      [
        { [id(brief.key)]: brief.known, [id(brief.text)]: "Changed from outside", [id(brief.number)]: 7.5 },
        [
          { column: brief.key, value: brief.new },
          { column: brief.text, value: "Added from outside" },
          { column: id(brief.number), value: 2 },
        ],
      ],
      [id(brief.key)],
    ),
  );
  const between = await rows();

  const added = between.find(({ values }) => values[brief.key] === brief.new);
  await completed(await added.update([{ column: brief.text, value: "Changed by its id" }]));
  const again = await table.getRow(added.id, { useColumnNames: true });
  assert.equal(again.values[brief.text], "Changed by its id");
  // Without key columns an insert names the rows that it will make.
  const inserted = await coda.insertRows(brief.doc, table.id, [{ [id(brief.text)]: "Only for a moment" }]);
  assert.equal(inserted.addedRowIds.length, 1);
  await completed(inserted);
  await completed(await table.deleteRows(inserted.addedRowIds));
  await completed(await added.delete());

  const report = {
    docs: docs.map((one) => one.id),
    tables: tables.map((one) => one.name),
    columns: columns.map((column) => column.name),
    before: shown(before),
    between: shown(between),
    after: shown(await rows()),
  };
  console.log(JSON.stringify(report));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
