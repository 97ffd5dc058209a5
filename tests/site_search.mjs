// Asks a built site's own search: node site_search.mjs SITE < queries, one a line. Prints for each the found pages.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const site = process.argv[2];
const workers = join(site, "assets/javascripts/workers");
const listeners = [];
let answered;
globalThis.self = globalThis;
globalThis.addEventListener = (kind, listener) => kind === "message" && listeners.push(listener);
globalThis.postMessage = (message) => answered?.(message.data);
const worker = readdirSync(workers).find((name) => /^search\..*\.js$/.test(name));
(0, eval)(readFileSync(join(workers, worker), "utf8"));

function ask(type, data) {
  return new Promise((answer) => {
    answered = answer;
    const event = { data: { type, data } };
    for (const listener of listeners) listener(event);
  });
}

const [SETUP, QUERY] = [0, 2];
const index = JSON.parse(readFileSync(join(site, "search/search_index.json"), "utf8"));
await ask(SETUP, { ...index, options: {} });
const found = [];
for (const query of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { items } = await ask(QUERY, query);
  found.push(items.map(([first]) => first.location));
}
console.log(JSON.stringify(found));
