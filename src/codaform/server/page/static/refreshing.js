// Fetches the page again and replaces its content; choice and scroll position stay.

import { mark } from "./changes.js";

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
  const reply = await fetch(location.href);
  if (!reply.ok) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  const places = scrolled().map((box) => [box.scrollLeft, box.scrollTop]);
  const chosen = document.activeElement?.closest?.("td[data-column], .task");
  const wanted = chosen && [chosen.closest("[data-row]").dataset.row, chosen.dataset.column];
  for (const part of ["#content", "#side-formulas", "#clock summary", "h1"]) {
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
  if (wanted) focusOn(...wanted);
}

/** Gives the focus to a cell, or without a column to a card, of a row. */
export function focusOn(row, column) {
  const within = `[data-row="${CSS.escape(row)}"]`;
  const found = column
    ? document.querySelector(`${within} td[data-column="${CSS.escape(column)}"]`)
    : document.querySelector(`.task${within}`);
  found?.focus();
  return found;
}
