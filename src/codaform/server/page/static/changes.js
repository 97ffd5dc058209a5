// The effects of a change: listed beside the page, marked in the cells, kept for the next page.

import { say } from "./asking.js";

const KEPT = "codaform-changes";
let marks = new Set();
let undo = null;

const key = (row, column) => `${row} ${column}`;

/** Shows the reply to a change. takeBack: Undoes it; null without an undo button. */
export function show(answer, takeBack = null) {
  marks = new Set(answer.marks.map(([row, column]) => key(row, column)));
  undo = takeBack;
  put(answer.html);
  keep(answer.html);
  mark();
  say(answer.sentence);
}

function put(html) {
  const place = document.getElementById("changes");
  place.classList.remove("bad");
  const lost = place.querySelectorAll(".lost"); // shown until it is closed
  place.innerHTML = html;
  place.prepend(...lost);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "undo";
    button.textContent = "Take it back";
    place.append(button);
  }
  place.hidden = false;
}

/** Marks the cells that the last change altered. */
export function mark() {
  for (const cell of document.querySelectorAll("td[data-column]")) {
    const row = cell.closest("tr").dataset.row;
    const is = marks.has(key(row, cell.dataset.column));
    cell.classList.toggle("changed", is);
    if (is) cell.setAttribute("aria-description", "changed by the last change");
    else cell.removeAttribute("aria-description");
  }
}

function keep(html) {
  try {
    const doc = document.body.dataset.doc;
    sessionStorage.setItem(KEPT, JSON.stringify({ doc, html, marks: [...marks] }));
  } catch {
    // Then the next page shows no marks.
  }
}

export function forget() {
  marks = new Set();
  document.getElementById("changes").hidden = true;
  document.getElementById("changes").replaceChildren();
  sessionStorage.removeItem(KEPT);
  mark();
}

/** Shows the changes from the page before. */
export function remember() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (!kept || kept.doc !== document.body.dataset.doc) return;
    marks = new Set(kept.marks);
    put(kept.html);
    mark();
  } catch {
    sessionStorage.removeItem(KEPT);
  }
}

export function start() {
  const place = document.getElementById("changes");
  if (!place) return;
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) forget();
    if (event.target.closest(".undo")) undo?.();
  });
  remember();
}
