// Where the focus goes in a grid, as in a spreadsheet: arrows, Tab, Enter.

import { cellOf } from "./cells.js";

const STRIDE = 10;
const CELLS = ':scope > td[role="gridcell"], :scope > th.n';
const ARROWS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

const cellsOf = (row) => [...row.querySelectorAll(CELLS)];

let run = null; // Of cells entered with Tab: the column where it began, and whether something was entered.
let leaving = false; // After Escape, Tab leaves the grid.

/** Exactly one cell of a grid can be reached with Tab from outside. */
export function rove(table, cell = null) {
  const first = cell || table.querySelector('tbody td[role="gridcell"]');
  for (const other of table.querySelectorAll('[role="gridcell"][tabindex="0"], th.n[tabindex="0"]')) other.tabIndex = -1;
  if (first) first.tabIndex = 0;
}

/** The direction of an arrow key without other keys. */
export const arrow = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.shiftKey ? undefined : ARROWS[event.key];

/** Where the focus goes after a key that ends the edit. up: Whether Shift and Enter goes up. */
export function wayOf(event, up = true) {
  if (event.key === "Tab") return event.shiftKey ? "previous" : "next";
  if (event.key !== "Enter") return undefined;
  if (event.shiftKey) return up ? "up" : undefined;
  return isRun() ? "return" : "down";
}

/** Whether a cell was entered in a run of Tabs. */
export const isRun = () => Boolean(run?.entered);

function endRun() {
  run = null;
}

/** Moves the focus. way: up, down, left, right, next, previous, or return: from the end of a run of Tabs to its begin. */
export function go(cell, way, entered = false) {
  const row = cell.closest("tr");
  const rows = [...(row?.parentElement?.rows ?? [])];
  const cells = row ? cellsOf(row) : [];
  const [down, across] = [rows.indexOf(row), cells.indexOf(cell)];
  if (way === "next" || way === "previous") {
    run ??= { column: cell.dataset.column, entered: false };
    run.entered ||= entered;
    const all = [...cell.closest("table").querySelectorAll('tbody td[role="gridcell"]')];
    const at = cell.matches("th.n") ? all.indexOf(cells[1]) - (way === "next" ? 1 : 0) : all.indexOf(cell);
    return give(all[at + (way === "next" ? 1 : -1)]);
  }
  const column = way === "return" ? run?.column : undefined;
  run = null;
  const to = { up: [-1, 0], down: [1, 0], return: [1, 0], left: [0, -1], right: [0, 1] }[way];
  if (!to || !rows[down + to[0]]) return null;
  const near = cellsOf(rows[down + to[0]]);
  return give(near.find((other) => column && other.dataset.column === column) ?? near[across + to[1]]);
}

function give(cell) {
  cell?.focus();
  cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return cell ?? null;
}

/** Follows a key that moves the focus; returns whether it is one. */
export function follow(cell, event) {
  if (event.key === "Shift") return false;
  if (event.key === "Tab") {
    if (leaving || event.ctrlKey || event.metaKey) return false;
    return go(cell, event.shiftKey ? "previous" : "next") !== null;
  }
  leaving = event.key === "Escape";
  if (leaving) run = null;
  const row = cell.closest("tr");
  const rows = [...row.parentElement.rows];
  const cells = cellsOf(row);
  const [down, across] = [rows.indexOf(row), cells.indexOf(cell)];
  const far = event.ctrlKey || event.metaKey;
  const to = {
    ArrowUp: [far ? 0 : down - 1, across],
    ArrowDown: [far ? rows.length - 1 : down + 1, across],
    ArrowLeft: [down, far ? 0 : across - 1],
    ArrowRight: [down, far ? cells.length - 1 : across + 1],
    Home: [far ? 0 : down, 0],
    End: [far ? rows.length - 1 : down, cells.length - 1],
    PageUp: [Math.max(0, down - STRIDE), across],
    PageDown: [Math.min(rows.length - 1, down + STRIDE), across],
  }[event.key];
  if (!to) return false;
  run = null;
  give(rows[to[0]] && cellsOf(rows[to[0]])[to[1]]);
  return true;
}

export function start() {
  document.addEventListener("mousedown", endRun);
  document.addEventListener("focusin", (event) => {
    if (!cellOf(event.target)) leaving = false;
  });
}
