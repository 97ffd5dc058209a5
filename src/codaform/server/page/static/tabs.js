// The tabs below a formula: its steps, and its plan, which is fetched when its tab is first chosen.

import { get } from "./asking.js";

let chosen = "tab-steps";

const tabsIn = (part) => [...part.querySelectorAll("[role=tab]")];

async function choose(tabs, tab, focus = false) {
  for (const other of tabs) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
  }
  if (focus) tab.focus();
  const panel = document.getElementById(tab.getAttribute("aria-controls"));
  if (!panel.dataset.plan || panel.childElementCount) return;
  const reply = await get(`/plan?${panel.dataset.plan}`).catch(() => null);
  if (reply?.ok) panel.innerHTML = await reply.text();
  else panel.textContent = "The plan took too long, or its formula is gone.";
}

/** Chooses in new contents the tab that was chosen before. */
export function keep(part) {
  const tabs = tabsIn(part);
  const tab = tabs.find((found) => found.id === chosen);
  if (tab) choose(tabs, tab);
}

function beside(tabs, at, key) {
  const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
  return key in steps ? tabs[(steps[key] + tabs.length) % tabs.length] : null;
}

export function start() {
  const pick = (tab, focus) => {
    chosen = tab.id;
    choose(tabsIn(tab.parentElement), tab, focus);
  };
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) pick(tab);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[role=tab]");
    if (!tab) return;
    const tabs = tabsIn(tab.parentElement);
    const next = beside(tabs, tabs.indexOf(tab), event.key);
    if (!next) return;
    event.preventDefault();
    pick(next, true);
  });
  document.addEventListener("refreshed", () => keep(document));
}
