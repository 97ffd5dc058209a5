// Writing cells: shown at once, and sent one after the other in the typed order.

import { docAddress, get, send } from "./asking.js";
import { cellAt, headOf, placeOf } from "./cells.js";
import { refresh } from "./refreshing.js";

const AS_TYPED = new Set(
  "text canvas number percent currency slider scale progress date datetime time duration email link".split(" "),
);
// What was typed and is not yet in what the page got: the last write of each place. state: waiting, sent, answered, or
// settled: a page that is fetched from now on has the value.
const typed = new Map();
let line = Promise.resolve();
let left = 0;
let unsettled = 0;

/** Counts what is neither sent nor shown as the local Coda has it; the tests wait for 0. */
function count(by) {
  unsettled += by;
  document.documentElement.dataset.unsettled = String(unsettled);
}

/** Does some work after all writes so far; once nothing is left to do, the page is fetched again. Returns its value. */
export async function inLine(work) {
  left += 1;
  count(1);
  // If one work fails, the next one is still done.
  line = line.then(work).catch(() => null);
  const answer = await line;
  left -= 1;
  // A refresh waits until all typed cells are written, so a row of writes needs only one.
  if (!left) await refresh().catch(() => {});
  count(-1);
  return answer;
}

/** Writes a value into a cell; returns the answer, or null. value: May be a promise; undefined writes nothing. */
export function write(cell, value) {
  const about = `${headOf(cell).dataset.name} of ${cell.closest("tr").dataset.name}`;
  const entry = begin(placeOf(cell), value);
  return inLine(() => carryOut(entry, about));
}

/** Writes several cells of a table in one request. places: Each with its value, which may be a promise; this page need
 * not show them. step: The table, and the rows that are added, restored or removed together with it. */
export function writeAll(places, step) {
  const entries = places.map(([place, value]) => begin(place, value));
  return inLine(async () => {
    const cells = [];
    for (const entry of entries) {
      const value = await entry.value;
      if (value === undefined || entry.state !== "waiting") continue;
      entry.state = "sent";
      cells.push([entry.place.row, entry.place.column, value]);
    }
    const lost = cells.length ? `${cells.length} values are not written.` : "";
    const answer = await send("/step", { ...step, cells }, lost);
    for (const entry of entries) entry.state = "answered";
    return answer;
  });
}

/** Shows a value where it is written to, and keeps it until the page that is fetched has it. */
function begin(place, value) {
  const entry = { place, value, state: "waiting" };
  const cell = value instanceof Promise ? null : cellAt(place);
  if (cell) {
    typed.set(JSON.stringify(place), entry);
    put(cell, value);
  }
  return entry;
}

/** What a write would have to send to leave a cell as it is: a value, or a promise of it. */
export const presentValue = (cell) =>
  cell.hasAttribute("data-raw")
    ? flat(entered(cell), headOf(cell))
    : inLine(async () => (await (await get("/entered", placeOf(cell))).json()).text);

async function carryOut(entry, about) {
  const value = await entry.value;
  if (value === undefined || entry.state !== "waiting") return null;
  entry.state = "sent";
  const answer = await send("/cells", { ...entry.place, value }, `“${value}” is not written to ${about}.`);
  entry.state = "answered";
  return answer;
}

export const entered = (cell) => JSON.parse(cell.dataset.raw ?? '""');

/** The value of a control to send; the ids of rows. */
function flat(raw, head) {
  if (head.dataset.kind !== "relation") return raw;
  return head.dataset.many ? raw.map((item) => item[0]) : (Array.isArray(raw) ? raw[0] : raw) ?? "";
}

/** Shows a value in a cell before the local Coda has answered; chips and pills wait for the answer. */
function put(cell, value) {
  const { kind } = headOf(cell).dataset;
  if (["relation", "person"].includes(kind)) return;
  cell.dataset.raw = JSON.stringify(value);
  cell.removeAttribute("data-long");
  if (AS_TYPED.has(kind)) cell.textContent = String(value);
}

/** Whoever leaves the page leaves nothing behind: what is not sent yet is sent now. */
function sendRest() {
  for (const entry of typed.values()) {
    if (entry.state !== "waiting") continue;
    entry.state = "sent";
    fetch(`${docAddress()}/cells`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...entry.place, value: entry.value }),
      keepalive: true,
    }).catch(() => {});
  }
}

export function start() {
  document.addEventListener("refreshing", () => {
    for (const entry of typed.values()) if (entry.state === "answered") entry.state = "settled";
  });
  document.addEventListener("refreshed", () => {
    for (const [key, { place, value, state }] of typed) {
      if (state === "settled") {
        typed.delete(key);
        continue;
      }
      const cell = cellAt(place);
      if (cell) put(cell, value);
    }
  });
  addEventListener("pagehide", sendRest);
}
