// Cells and the clipboard: one is copied or cut; several are pasted as a spreadsheet or a CSV file gives them, also into
// new rows. A first line that names columns says where the others belong.

import { cellAt, cellOf, headOf, isComputed, placeOf } from "./cells.js";
import { enter, enterAll } from "./history.js";
import { answered, newRow } from "./rows.js";
import { entered, presentValue } from "./writing.js";

/** The cells of a text: separated by tabs, else lines with the same number of commas; else one cell a line. */
export function cellsOf(text) {
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (plain.includes("\t")) return split(plain, "\t");
  const commas = plain.includes("\n") ? split(plain, ",") : [];
  const even = commas.length > 1 && commas[0].length > 1 && commas.every((line) => line.length === commas[0].length);
  return even ? commas : split(plain, "\t");
}

/** A field in quotes may contain separators, line ends, and quotes in pairs. */
function split(text, separator) {
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\n]*))(${separator}|\\n|$)`, "y");
  const lines = [[]];
  for (let ended = false; !ended; ) {
    const found = field.exec(text) ?? loose(text, field, separator);
    lines.at(-1).push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === "\n") lines.push([]);
    ended = found[3] === "";
  }
  return lines;
}

/** A quote that is not the whole field's, such as in 5" pipe, is a letter like others. */
function loose(text, field, separator) {
  const at = field.lastIndex;
  const rest = text.slice(at);
  const [, plain, end] = new RegExp(`^([^${separator}\\n]*)(${separator}|\\n|$)`).exec(rest);
  field.lastIndex = at + plain.length + end.length;
  return [null, undefined, plain, end];
}

const cellIn = (row, column) => row.querySelector(`td[data-column="${CSS.escape(column)}"]`);

/** The ids of the columns that the first line of several names, as a header does; null if it is a line of values. */
function namedColumns(table, lines, column) {
  if (lines.length < 2) return null;
  const heads = [...table.querySelectorAll("thead th[data-column]")];
  const plain = (name) => name.trim().toLowerCase();
  const found = lines[0].map((name) => heads.find((head) => plain(head.dataset.name) === plain(name))?.dataset.column);
  const header = found.every(Boolean) && new Set(found).size === found.length && (found.length > 1 || found[0] === column);
  return header ? found : null;
}

function onPaste(event) {
  const first = cellOf(event.target);
  const text = event.clipboardData?.getData("text/plain");
  if (!first?.dataset.column || !text || event.target.closest(".editor")) return;
  event.preventDefault();
  const table = first.closest("table");
  const fields = table.matches(".fields");
  const grows = document.getElementById("add-row")?.dataset.table === table.dataset.table;
  const added = [];
  const changed = [];
  let row = first.closest("tr");
  let column = first;
  const lines = cellsOf(text);
  const named = namedColumns(table, lines, first.dataset.column);
  for (const line of named ? lines.slice(1) : lines) {
    if (!row && !grows) break;
    if (!row) {
      row = newRow(table.dataset.table);
      added.push(row.dataset.row);
      column = cellIn(row, first.dataset.column);
    }
    let cell = column;
    for (const [at, value] of line.entries()) {
      if (named) cell = named[at] ? cellIn(row, named[at]) : null;
      if (!cell) break;
      // Computed cells keep their values, as in Coda.
      if (cell.hasAttribute("data-raw") || cell.hasAttribute("data-long")) changed.push([cell, asGiven(cell, value)]);
      cell = fields ? null : cell.nextElementSibling;
    }
    row = row.nextElementSibling;
    const next = fields ? row?.querySelector("td[data-column]") : row?.cells[column.cellIndex];
    column = next ?? column;
  }
  enterAll(table.dataset.table, changed, added).then((answer) => added.forEach((id) => answered(id, answer)));
}

/** A pasted text is read by the local Coda; a cell with chips, pills or boxes shows it after that. */
function asGiven(cell, value) {
  const chosen = ["select", "relation", "person", "checkbox", "toggle"].includes(headOf(cell).dataset.kind);
  return chosen ? Promise.resolve(value) : value;
}

/** Whether a person can write into a cell. */
export const isEntered = (cell) => Boolean(cell.dataset.column) && !isComputed(cell) && !cell.querySelector("[data-push]");

/** Empties a cell. */
export const clear = (cell) => enter(cell, headOf(cell).dataset.many ? [] : "");

/** The text of a cell as it would be typed. */
function textOf(cell) {
  const raw = cell.hasAttribute("data-raw") ? entered(cell) : null;
  if (typeof raw === "string" || typeof raw === "boolean") return String(raw);
  const items = [...cell.querySelectorAll(".pill, .chip")].map((item) => item.innerText.trim());
  return items.length ? items.join(", ") : cell.innerText.trim();
}

/** One cell of a spreadsheet: with quotes around what would be several. */
const field = (text) => (/[\t\n]|^"/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function onCopy(event) {
  const cell = cellOf(event.target);
  const chosen = !event.target.closest?.(".editor") && cell?.dataset.column && getSelection().isCollapsed;
  if (!chosen) return; // a text that the reader has marked is copied by the browser
  event.preventDefault();
  const empty = () => event.type === "cut" && isEntered(cell) && clear(cellAt(placeOf(cell)) ?? cell);
  if (cell.hasAttribute("data-long")) {
    // Only a part of a long text is in the page.
    presentValue(cell).then((text) => navigator.clipboard.writeText(field(text))).then(empty);
    return;
  }
  event.clipboardData.setData("text/plain", field(textOf(cell)));
  empty();
}

export function start() {
  document.addEventListener("copy", onCopy);
  document.addEventListener("cut", onCopy);
  document.addEventListener("paste", onPaste);
}
