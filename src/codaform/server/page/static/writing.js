// Writing cells: shown at once, and sent one after the other in the typed order.

import { send } from "./asking.js";
import { cellAt, headOf, placeOf } from "./cells.js";
import { show } from "./changes.js";
import { refresh } from "./refreshing.js";

const AS_TYPED = new Set(
  "text canvas number percent currency slider scale progress date datetime time duration email link".split(" "),
);
const typed = new Map(); // What was typed and is not yet in what the page got: by place, with the number of the write.
let line = Promise.resolve();
let left = 0;
let last = 0;

/** Writes a value into a cell; value: May be a promise; undefined writes nothing. */
export function write(cell, value) {
  const place = placeOf(cell);
  const undo = cell.hasAttribute("data-raw") ? { ...place, value: flat(entered(cell), headOf(cell)) } : null;
  const number = ++last;
  if (!(value instanceof Promise)) {
    typed.set(JSON.stringify(place), { place, value, number });
    put(cell, value);
  }
  left += 1;
  // If the page cannot be fetched, the next write is still sent.
  line = line.then(() => carryOut(place, value, undo, number)).catch(() => {});
  return line;
}

async function carryOut(place, value, undo, number) {
  const key = JSON.stringify(place);
  const wanted = await value;
  const told = wanted === undefined ? null : await send("/cells", { ...place, value: wanted });
  if (typed.get(key)?.number === number) typed.delete(key);
  left -= 1;
  // A refresh waits until all typed cells are written, so it does not interrupt typing.
  if (!left) await refresh();
  if (told) show(told, undo);
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

export function start() {
  document.addEventListener("refreshed", () => {
    for (const { place, value } of typed.values()) {
      const cell = cellAt(place);
      if (cell) put(cell, value);
    }
  });
}
