// The control of a cell, by the type of its column: a date picker, a list to choose from, a field to type in.

import { get } from "./asking.js";
import { cellAt, cellOf, placeOf } from "./cells.js";
import { choose } from "./choosing.js";
import { arrow, go, wayOf } from "./moving.js";

const FIELDS = { date: "date", datetime: "datetime-local", time: "time" };
let opened = null;
let turn = 0;

const WORDS = { t: true, y: true, 1: true, f: false, n: false, 0: false };

/** Switches a box or a toggle; returns whether the cell is one. typed: A letter that begins true, yes, false or no. */
export function toggle(cell, head, write, typed = null) {
  if (!["checkbox", "toggle"].includes(head.dataset.kind)) return false;
  const is = JSON.parse(cell.dataset.raw ?? "false") === true;
  const wanted = typed === null ? !is : WORDS[typed.toLowerCase()];
  if (wanted !== undefined && wanted !== is) write(cell, wanted);
  return true;
}

/** Opens the control over the cell. typed: The letter that opened it, if it was one; empty for one to be composed. */
export async function edit(cell, head, write, typed = null) {
  close();
  const kind = head.dataset.kind;
  if (toggle(cell, head, write, typed)) return;
  const at = placeOf(cell);
  const mine = ++turn;
  const spot = cell.closest("tr").sectionRowIndex;
  let raw = JSON.parse(cell.dataset.raw ?? '""');
  if (cell.hasAttribute("data-long") && typed === null) {
    raw = (await (await get("/entered", at)).json()).text;
    const here = cellOf(document.activeElement);
    // Meanwhile another cell was opened, or the focus went on.
    if (mine !== turn || !here || JSON.stringify(placeOf(here)) !== JSON.stringify(at)) return;
  }
  const box = document.createElement("div");
  box.className = "editor";
  const now = () => cellAt(at) ?? cell; // the page may have been refreshed meanwhile
  // A long text is not here: whatever is typed over it is another one.
  const before = cell.hasAttribute("data-long") && typed !== null ? null : JSON.stringify(raw);
  const done = (value, way = "") => {
    if (opened !== box) return;
    const here = box.contains(document.activeElement);
    close();
    const given = typed === "" && value === "" ? undefined : value; // nothing was composed
    if (given !== undefined && JSON.stringify(given) !== before) write(now(), given);
    // After a click elsewhere, the focus is there already.
    if (!here) return;
    const aim = now().isConnected ? now() : inPlace(document.querySelector(".grid"), spot, at.column);
    aim?.focus();
    // A cell whose row is gone has its successor in the same place: then there is no step to take.
    if (aim && way && now().isConnected) go(aim, way, way === "next" || way === "previous");
  };
  box.addEventListener("refreshed", () => place(box, now()));
  if (["select", "relation", "person"].includes(kind)) choose(box, cell, head, raw, typed, done);
  else field(box, head, Array.isArray(raw) ? raw.join(", ") : String(raw), typed, done);
  document.getElementById("main").append(box);
  opened = box;
  place(box, now());
  const control = box.querySelector("input, textarea");
  control.setAttribute("aria-label", `${head.dataset.name} of ${cell.closest("tr").dataset.name}`);
  control.focus();
  if (control.dataset.all) control.select();
}

function field(box, head, raw, typed, done) {
  // What is typed over a date is read as in Coda; a control of the browser would lose its first letter.
  const kind = typed === null ? FIELDS[head.dataset.kind] : undefined;
  const long = ["text", "canvas"].includes(head.dataset.kind);
  const control = document.createElement(long ? "textarea" : "input");
  if (kind) {
    control.type = kind;
    if (kind !== "date") control.step = raw.length > (kind === "time" ? 5 : 16) ? "1" : "60";
  }
  if (long) {
    control.rows = 1;
    control.addEventListener("input", () => grow(control));
  }
  if (["number", "percent", "currency", "slider", "scale", "progress"].includes(head.dataset.kind)) {
    control.inputMode = "decimal";
  }
  control.value = kind || typed === null ? raw : typed;
  if (typed === null && !kind) control.dataset.all = "1";
  box.append(control);
  if (long) requestAnimationFrame(() => grow(control));
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return;
    // Arrows move the caret in what is there, and go on from what was typed over it.
    const way = wayOf(event, !long) ?? (typed !== null && !control.value.includes("\n") ? arrow(event) : undefined);
    if (event.key === "Escape") done(undefined);
    else if (way) {
      event.preventDefault();
      done(control.value, way);
    }
  });
  control.addEventListener("blur", () => setTimeout(() => done(control.value), 0));
}

function grow(control) {
  control.style.height = "0";
  control.style.height = `${Math.min(control.scrollHeight + 2, 260)}px`;
}

/** Places the control over the cell, inside the window. */
function place(box, cell) {
  const at = cell.getBoundingClientRect();
  const width = Math.max(at.width, box.classList.contains("choice") ? 320 : 190);
  box.style.width = `${Math.min(width, innerWidth - 16)}px`;
  box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  box.style.top = `${Math.max(8, Math.min(at.top, innerHeight - Math.min(box.offsetHeight, 320) - 8))}px`;
}

const inPlace = (table, row, column) => {
  const rows = table?.tBodies[0]?.rows ?? [];
  return rows[Math.min(row, rows.length - 1)]?.querySelector(`td[data-column="${CSS.escape(column)}"]`);
};

export function close() {
  const box = opened;
  opened = null;
  turn += 1;
  box?.remove();
}

/** A refresh keeps an open control; only its cell may move. */
export function start() {
  document.addEventListener("refreshed", () => opened?.dispatchEvent(new CustomEvent("refreshed")));
}
