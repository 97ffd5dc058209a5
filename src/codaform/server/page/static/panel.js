// The panel that explains a cell.

import { get, say } from "./asking.js";
import { keep } from "./tabs.js";

const panel = () => document.getElementById("panel");
let asked = 0;
let from = null;

export const isOpen = () => Boolean(panel() && !panel().hidden);

/** Explains a cell. enter: Whether the focus goes into the panel. */
export async function explain(place, enter = false) {
  const turn = ++asked;
  const asker = document.activeElement;
  const reply = await get("/explain", place);
  if (turn !== asked || !reply.ok) return;
  const made = new DOMParser().parseFromString(await reply.text(), "text/html");
  panel().replaceChildren(...made.body.childNodes);
  for (const chip of panel().querySelectorAll("a.chip, a.link")) chip.removeAttribute("tabindex");
  keep(panel());
  panel().hidden = false;
  panel().scrollTop = 0;
  from = place;
  // Whoever has moved on meanwhile is not called back.
  if (enter && document.activeElement === asker) panel().focus();
  else say(`${panel().querySelector("h2").textContent} is explained beside the page.`);
}

export function close() {
  asked += 1;
  panel().hidden = true;
  if (!from) return;
  const row = document.querySelector(`tr[data-row="${CSS.escape(from.row)}"] td[data-column="${CSS.escape(from.column)}"]`);
  row?.focus();
}

export function start() {
  if (!panel()) return;
  panel().addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) close();
  });
  document.addEventListener("refreshed", () => {
    if (isOpen() && from) explain(from);
  });
}
