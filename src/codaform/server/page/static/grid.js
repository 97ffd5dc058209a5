// Grids: one cell at a time has the focus; arrows move it, Enter edits or explains, a click explains a computed cell.

import { send } from "./asking.js";
import { cellOf, headOf, placeOf } from "./cells.js";
import { show } from "./changes.js";
import { edit, start as startEditing, toggle } from "./editor.js";
import { explain, isOpen } from "./panel.js";
import { focusOn, refresh } from "./refreshing.js";
import { start as startWriting, write } from "./writing.js";

const STRIDE = 10;
let following = 0;

const cellsOf = (row) => [...row.querySelectorAll(':scope > td[role="gridcell"], :scope > th.n')];
const isComputed = (cell) => cell.hasAttribute("aria-readonly");

/** Exactly one cell of a grid can be reached with Tab. */
function rove(table, cell = null) {
  const first = cell || table.querySelector('tbody td[role="gridcell"]');
  for (const other of table.querySelectorAll('[role="gridcell"][tabindex="0"], th.n[tabindex="0"]')) other.tabIndex = -1;
  if (first) first.tabIndex = 0;
}

function prepare() {
  for (const table of document.querySelectorAll(".grid")) {
    for (const head of table.querySelectorAll("tbody th.n")) head.tabIndex = -1;
    rove(table);
  }
}

function move(cell, event) {
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
  const aim = rows[to[0]] && cellsOf(rows[to[0]])[to[1]];
  aim?.focus();
  aim?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return true;
}

async function push(button) {
  const cell = cellOf(button);
  const place = placeOf(cell);
  button.disabled = true;
  const answer = await send("/push", place);
  if (answer) {
    await refresh();
    // A button that is disabled loses the focus: it goes back to its cell, unless the reader has moved on.
    if (!cellOf(document.activeElement) && !document.querySelector(".editor")) focusOn(place.row, place.column);
    show(answer);
  } else button.disabled = false;
}

function act(cell, typed = null) {
  const link = cell.matches("th.n") && cell.querySelector("a");
  const button = cell.querySelector("[data-push]");
  if (link) link.click();
  else if (button) button.disabled ? explain(placeOf(cell), true) : push(button);
  else if (isComputed(cell)) explain(placeOf(cell), true);
  else if (!toggle(cell, headOf(cell), write)) edit(cell, headOf(cell), write, typed);
}

function onKey(event) {
  const cell = cellOf(event.target);
  if (!cell || event.target.closest(".editor") || event.altKey) return;
  if (move(cell, event)) event.preventDefault();
  else if (event.key === "Enter" || event.key === "F2") {
    event.preventDefault();
    if (event.shiftKey && cell.dataset.column) explain(placeOf(cell), true);
    else act(cell);
  } else if (event.key === " ") {
    event.preventDefault();
    act(cell);
  } else if ((event.key === "Delete" || event.key === "Backspace") && cell.hasAttribute("data-raw")) {
    event.preventDefault();
    write(cell, headOf(cell).dataset.many ? [] : "");
  } else if (event.key.length === 1 && event.key !== "=" && !event.ctrlKey && !event.metaKey) {
    if (!isComputed(cell) && cell.dataset.column && !cell.querySelector("[data-push]")) {
      event.preventDefault();
      edit(cell, headOf(cell), write, event.key);
    }
  }
}

function onClick(event) {
  const button = event.target.closest("[data-push]");
  if (button) {
    push(button);
    return;
  }
  const cell = cellOf(event.target);
  if (!cell || !cell.dataset.column) return;
  const link = event.target.closest("a.chip");
  const again = cell === chosen && cell.dataset.had === "1";
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    // The first click chooses the cell, the next one follows the chip, and two at once edit.
    event.preventDefault();
    clearTimeout(following);
    if (again && event.detail === 1) following = setTimeout(() => (location.href = link.href), 280);
  }
  cell.dataset.had = "1";
  cell.focus();
  if (event.target.closest(".box, .toggle") && cell.hasAttribute("data-raw")) toggle(cell, headOf(cell), write);
  else if (isComputed(cell) && !again) explain(placeOf(cell));
}

let chosen = null;

function onFocus(event) {
  const cell = cellOf(event.target);
  if (!cell) return;
  if (chosen && chosen !== cell) {
    chosen.classList.remove("chosen");
    delete chosen.dataset.had;
  }
  chosen = cell;
  cell.classList.add("chosen");
  rove(cell.closest("table"), cell);
  const row = cell.closest("tr");
  const remove = document.getElementById("delete-row");
  if (remove) remove.disabled = false;
  const detail = { table: cell.closest("table").dataset.table, row: row.dataset.row, name: row.dataset.name };
  document.dispatchEvent(new CustomEvent("row-chosen", { detail }));
  if (isOpen() && cell.dataset.column) explain(placeOf(cell));
}

async function onTool(event) {
  const add = event.target.closest("#add-row");
  const remove = event.target.closest("#delete-row");
  if (add) {
    const answer = await send("/rows", { table: add.dataset.table });
    if (!answer) return;
    const first = Math.floor(answer.place / 100) * 100;
    const address = new URL(location.href);
    address.searchParams.set("first", first);
    history.replaceState(null, "", address);
    await refresh();
    show(answer);
    const row = document.querySelector(`tr[data-row="${CSS.escape(answer.row)}"]`);
    row?.querySelector("td[data-raw]")?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }
  if (remove && chosen?.isConnected) {
    const row = chosen.closest("tr");
    const after = (row.nextElementSibling || row.previousElementSibling)?.dataset.row;
    const answer = await send("/rows/delete", { table: placeOf(chosen).table, row: row.dataset.row });
    if (!answer) return;
    const column = chosen.dataset.column;
    await refresh();
    show(answer);
    if (after && column) focusOn(after, column);
  }
}

/** A link to a column leads to its first cell. */
function aim() {
  const id = decodeURIComponent(location.hash.slice(1));
  const head = id && document.getElementById(id);
  if (!head || !head.matches("th[data-column]")) return;
  head.classList.add("aim");
  head.scrollIntoView({ block: "nearest", inline: "center" });
}

export function start() {
  prepare();
  startWriting();
  startEditing();
  document.addEventListener("refreshed", prepare);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("click", onTool);
  document.addEventListener("focusin", onFocus);
  document.addEventListener("dblclick", (event) => {
    const cell = cellOf(event.target);
    if (!cell?.hasAttribute("data-raw") && !cell?.hasAttribute("data-long")) return;
    clearTimeout(following);
    if (!event.target.closest(".box, .toggle")) act(cell);
  });
  aim();
}
