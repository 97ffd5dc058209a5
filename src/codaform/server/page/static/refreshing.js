// Fetches the page again and replaces its content; choice, focus and scroll position stay.

import { cellOf } from "./cells.js";
import { mark } from "./changes.js";

const PARTS = ["#content", "#side-formulas", "#clock summary", "h1"];
const scrolled = () => [...document.querySelectorAll(".grid-wrap, .board, main")];

let running = null;
let again = false;

/** One at a time: a call during a refresh gets the page of the next one. */
export function refresh() {
  if (running) again = true;
  running ??= (async () => {
    try {
      do {
        again = false;
        await fetched();
      } while (again);
    } finally {
      running = null;
    }
  })();
  return running;
}

async function fetched() {
  document.dispatchEvent(new CustomEvent("refreshing"));
  const reply = await fetch(location.href);
  if (!reply.ok) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  // From here on nothing waits: what has the focus now has it afterwards.
  const places = scrolled().map((box) => [box.scrollLeft, box.scrollTop]);
  const successor = heir();
  for (const part of PARTS) {
    const old = document.querySelector(part);
    const made = fresh.querySelector(part);
    if (old && made) old.replaceWith(document.adoptNode(made));
  }
  document.body.dataset.version = fresh.body.dataset.version;
  scrolled().forEach((box, at) => {
    if (places[at]) [box.scrollLeft, box.scrollTop] = places[at];
  });
  mark();
  document.dispatchEvent(new CustomEvent("refreshed"));
  successor?.()?.focus({ preventScroll: true });
}

/** How to find the node in the new content that takes the place of the one with the focus; null outside of it. */
function heir() {
  const node = document.activeElement;
  if (!node?.closest(PARTS.join(", "))) return null;
  const cell = cellOf(node);
  if (cell) return heirOfCell(cell);
  const card = node.closest(".task");
  if (card) return () => cardAt(card.dataset.row);
  const form = node.closest("[data-control]");
  if (form) return heirOfField(node, form);
  if (node.id) return () => document.getElementById(node.id);
  if (node.matches("summary")) return () => document.querySelector("#clock summary");
  return () => node.matches("a[href]") && document.querySelector(`#content a[href="${CSS.escape(node.getAttribute("href"))}"]`);
}

/** The same cell; the cell in its place once its row is gone. */
function heirOfCell(cell) {
  const grids = () => [...document.querySelectorAll(".grid")];
  const at = grids().indexOf(cell.closest("table"));
  const row = cell.closest("tr");
  const { column } = cell.dataset;
  const wanted = column ? `td[data-column="${CSS.escape(column)}"]` : "th.n";
  const place = row.rowIndex - (cell.closest("table").tHead?.rows.length ?? 0);
  return () => {
    const body = grids()[at]?.tBodies[0];
    const same = body?.querySelector(`tr[data-row="${CSS.escape(row.dataset.row)}"] > ${wanted}`);
    return same ?? body?.rows[Math.min(place, body.rows.length - 1)]?.querySelector(wanted);
  };
}

/** The same field of a control, with what is typed in it and not yet sent. */
function heirOfField(node, form) {
  const at = [...form.elements].indexOf(node);
  const unsent = node.matches("input:not([type=checkbox])") && node.value !== node.defaultValue;
  return () => {
    const field = document.querySelector(`[data-control="${CSS.escape(form.dataset.control)}"]`)?.elements[at];
    if (field && unsent && field.value !== node.value) {
      field.value = node.value;
      field.dataset.carried = "1";
    }
    return field;
  };
}

/** Whether nothing has the focus, as after the node with it was removed. */
export const isFocusFree = () => !document.activeElement || document.activeElement === document.body;

/** The card of a row. */
export const cardAt = (row) => document.querySelector(`.task[data-row="${CSS.escape(row)}"]`);
