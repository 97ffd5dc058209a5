// The control of a cell, by the type of its column: a date picker, a list to choose from, a field to type in.

import { get } from "./asking.js";
import { cellAt, placeOf } from "./cells.js";
import { choose } from "./choosing.js";

const FIELDS = { date: "date", datetime: "datetime-local", time: "time" };
let opened = null;
let turn = 0;

/** Switches a box or a toggle; returns whether the cell is one. */
export function toggle(cell, head, write) {
  if (!["checkbox", "toggle"].includes(head.dataset.kind)) return false;
  write(cell, JSON.parse(cell.dataset.raw) !== true);
  return true;
}

/** Opens the control over the cell. typed: The key that opened it, if it was one that writes. */
export async function edit(cell, head, write, typed = null) {
  close();
  const kind = head.dataset.kind;
  if (["checkbox", "toggle"].includes(kind)) {
    toggle(cell, head, write);
    return;
  }
  const at = placeOf(cell);
  const mine = ++turn;
  let raw = JSON.parse(cell.dataset.raw ?? '""');
  if (cell.hasAttribute("data-long") && typed === null) {
    raw = (await (await get("/entered", at)).json()).text;
    if (mine !== turn) return; // another cell was opened meanwhile
  }
  const box = document.createElement("div");
  box.className = "editor";
  const now = () => cellAt(at) ?? cell; // the page may have been refreshed meanwhile
  const done = (value, to = 0) => {
    if (opened !== box) return;
    const here = box.contains(document.activeElement);
    close();
    if (value !== undefined && JSON.stringify(value) !== JSON.stringify(raw)) write(now(), value);
    // After a click elsewhere, the focus is there already.
    if (here) now().focus();
    if (here && to) step(now(), to);
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
  const kind = FIELDS[head.dataset.kind];
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
    if (event.key === "Escape") done(undefined);
    else if (event.key === "Enter" && !(long && event.shiftKey)) {
      event.preventDefault();
      done(control.value);
    } else if (event.key === "Tab") {
      event.preventDefault();
      done(control.value, event.shiftKey ? -1 : 1);
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

function step(cell, by) {
  const cells = [...cell.closest("table").querySelectorAll('tbody td[role="gridcell"]')];
  cells[cells.indexOf(cell) + by]?.focus();
}

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
