// Rows that are added and deleted. A new row is there at once, so what is typed has its place.

import { send } from "./asking.js";
import { cellAt, placeOf } from "./cells.js";
import { enterRow } from "./history.js";
import { isFocusFree } from "./refreshing.js";
import { inLine } from "./writing.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// Rows that are not yet in what the page got, by id: their table, and whether the local Coda has answered.
const coming = new Map();

const newId = () => `i-${[...crypto.getRandomValues(new Uint8Array(10))].map((byte) => LETTERS[byte % 62]).join("")}`;
const rowAt = (table, id) =>
  document.querySelector(`.grid[data-table="${CSS.escape(table)}"] tr[data-row="${CSS.escape(id)}"]`);

/** Shows a new row below the others and returns it; whoever calls this sends it, and says when it was answered. */
export function newRow(table) {
  const id = newId();
  coming.set(id, { table, state: "waiting" });
  draw();
  return rowAt(table, id);
}

/** A new row was made by the local Coda, or refused. */
export function answered(id, made) {
  if (made) coming.get(id).state = "answered";
  else coming.delete(id);
}

/** Adds a row below the others and returns it; writes into it are sent after it. */
export function addRow(table) {
  const row = newRow(table);
  const id = row?.dataset.row;
  if (!id) return null;
  row.scrollIntoView({ block: "nearest" });
  const carried = inLine(async () => {
    const made = await send("/rows", { table, row: id });
    answered(id, made);
    if (made) {
      const address = new URL(location.href);
      address.searchParams.set("first", Math.floor(made.place / 100) * 100);
      history.replaceState(null, "", address);
    }
    return made;
  });
  enterRow(table, id, true, carried);
  return row;
}

function draw() {
  for (const [id, { table }] of coming) {
    const grid = document.querySelector(`.grid[data-table="${CSS.escape(table)}"]`);
    if (grid?.tHead && !rowAt(table, id)) grid.tBodies[0].append(made(grid, id));
  }
}

function made(grid, id) {
  const row = document.createElement("tr");
  row.setAttribute("role", "row");
  row.dataset.row = id;
  row.dataset.name = "the new row";
  const head = document.createElement("th");
  head.setAttribute("role", "rowheader");
  head.className = "n";
  head.scope = "row";
  head.tabIndex = -1;
  row.append(head);
  for (const { className, dataset, ariaColIndex } of grid.tHead.querySelectorAll("th[data-column]")) {
    const cell = document.createElement("td");
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-colindex", ariaColIndex);
    cell.tabIndex = -1;
    cell.className = className;
    cell.dataset.column = dataset.column;
    if (dataset.computed || dataset.kind === "button") cell.setAttribute("aria-readonly", "true");
    else cell.dataset.raw = dataset.many ? "[]" : '""';
    row.append(cell);
  }
  return row;
}

/** Deletes the row of a cell; the focus goes to the next one. */
export async function deleteRow(cell) {
  const place = placeOf(cell);
  const row = cell.closest("tr");
  const after = { ...place, row: (row.nextElementSibling || row.previousElementSibling)?.dataset.row ?? "" };
  const carried = inLine(() => send("/rows/delete", { table: place.table, row: place.row }));
  if (!(await enterRow(place.table, place.row, false, carried))) return;
  if (isFocusFree() || document.activeElement.id === "delete-row") cellAt(after)?.focus();
}

export function start() {
  document.addEventListener("refreshing", () => {
    for (const entry of coming.values()) if (entry.state === "answered") entry.state = "settled";
  });
  document.addEventListener("refreshed", () => {
    for (const [id, { state }] of coming) if (state === "settled") coming.delete(id);
    draw();
  });
}
