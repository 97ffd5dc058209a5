// Grids: one cell at a time has the focus; arrows move it, Enter edits or explains, a click explains a computed cell.

import { send } from "./asking.js";
import { cellAt, cellOf, headOf, isComputed, placeOf } from "./cells.js";
import { show } from "./changes.js";
import { clear, isEntered, start as startClipboard } from "./clipboard.js";
import { edit, start as startEditing, toggle } from "./editor.js";
import { enter, redo, undo } from "./history.js";
import { follow, go, isRun, rove, start as startMoving } from "./moving.js";
import { explain, isOpen } from "./panel.js";
import { isFocusFree } from "./refreshing.js";
import { addRow, deleteRow, start as startRows } from "./rows.js";
import { inLine, start as startWriting } from "./writing.js";

let following = 0;

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Whether a key writes a letter. AltGr counts as Ctrl and Alt on Windows; on a Mac, the option key makes letters. */
const isLetter = (event) =>
  [...event.key].length === 1 &&
  (event.getModifierState("AltGraph") || !(event.ctrlKey || event.metaKey || (event.altKey && !isMac)));

/** Whether a key begins a letter that takes several keys: a dead accent, or an input method's. */
const isComposed = (event) => event.key === "Dead" || event.key === "Process" || event.isComposing;

function prepare() {
  for (const table of document.querySelectorAll(".grid")) {
    for (const head of table.querySelectorAll("tbody th.n")) head.tabIndex = -1;
    rove(table);
  }
}

async function push(button) {
  const place = placeOf(cellOf(button));
  button.disabled = true;
  const answer = await inLine(() => send("/push", place));
  if (answer) {
    // A button that is disabled loses the focus: it goes back to its cell, unless the reader has moved on.
    if (isFocusFree()) cellAt(place)?.focus();
    show(answer);
  } else button.disabled = false;
}

function act(cell, typed = null) {
  const link = cell.matches("th.n") && cell.querySelector("a");
  const button = cell.querySelector("[data-push]");
  if (link) link.click();
  else if (button) button.disabled ? explain(placeOf(cell), true) : push(button);
  else if (isComputed(cell)) explain(placeOf(cell), true);
  else if (!toggle(cell, headOf(cell), enter)) edit(cell, headOf(cell), enter, typed);
}

function onKey(event) {
  const cell = cellOf(event.target);
  if (!cell || event.target.closest(".editor")) return;
  const { key } = event;
  const letter = isLetter(event);
  const command = (event.ctrlKey || event.metaKey) && !event.altKey ? key.toLowerCase() : "";
  if (isComposed(event)) {
    // An empty field takes the focus before the letter is composed.
    if (isEntered(cell)) edit(cell, headOf(cell), enter, "");
  } else if (event.altKey && !letter) return;
  else if (follow(cell, event)) event.preventDefault();
  else if (command === "z" || command === "y") {
    event.preventDefault();
    if (command === "y" || event.shiftKey) redo();
    else undo();
  } else if (key === "Enter" || key === "F2") {
    event.preventDefault();
    if (event.shiftKey && cell.dataset.column) explain(placeOf(cell), true);
    else if (key === "Enter" && isRun() && isComputed(cell)) go(cell, "return");
    else act(cell);
  } else if (key === " ") {
    event.preventDefault();
    act(cell);
  } else if ((key === "Delete" || key === "Backspace") && isEntered(cell)) {
    event.preventDefault();
    clear(cell);
  } else if (letter && key !== "=" && isEntered(cell)) {
    event.preventDefault();
    edit(cell, headOf(cell), enter, key);
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
  if (event.target.closest(".box, .toggle") && cell.hasAttribute("data-raw")) toggle(cell, headOf(cell), enter);
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

function onTool(event) {
  const add = event.target.closest("#add-row");
  if (add) addRow(add.dataset.table)?.querySelector("td[data-raw]")?.focus();
  const remove = event.target.closest("#delete-row");
  const cell = chosen?.isConnected ? chosen : chosen && cellAt(placeOf(chosen));
  if (remove && cell) deleteRow(cell);
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
  startMoving();
  startRows(); // before the cells, which may be in its rows
  startClipboard();
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
