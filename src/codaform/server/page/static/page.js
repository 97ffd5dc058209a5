// Starts the page.

import { get } from "./asking.js";
import * as board from "./board.js";
import * as changes from "./changes.js";
import * as clock from "./clock.js";
import * as controls from "./controls.js";
import * as formula from "./formula.js";
import * as grid from "./grid.js";
import * as panel from "./panel.js";
import { refresh } from "./refreshing.js";
import * as tabs from "./tabs.js";

const LOOKS = { auto: "as the system", light: "light", dark: "dark" };

function appearance() {
  const button = document.getElementById("theme");
  const root = document.documentElement;
  const name = () => {
    button.setAttribute("aria-label", `Appearance: ${LOOKS[root.dataset.theme || "auto"]}`);
  };
  button.addEventListener("click", () => {
    const looks = Object.keys(LOOKS);
    const next = looks[(looks.indexOf(root.dataset.theme || "auto") + 1) % looks.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      localStorage.setItem("appearance", next);
    } catch {
      // Then it lasts for this page only.
    }
    name();
  });
  name();
}

function sidebar() {
  const button = document.getElementById("menu");
  const side = document.getElementById("side");
  if (!button) return;
  const set = (open) => {
    side.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    if (open) side.querySelector("a").focus();
  };
  button.addEventListener("click", () => set(!side.classList.contains("open")));
  document.addEventListener("click", (event) => {
    if (side.classList.contains("open") && !side.contains(event.target) && !button.contains(event.target)) set(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (side.classList.contains("open")) {
      set(false);
      button.focus();
    } else if (document.getElementById("clock")?.open) {
      document.getElementById("clock").open = false;
      document.querySelector("#clock summary").focus();
    } else if (panel.isOpen()) panel.close();
    else if (!document.getElementById("changes").hidden) changes.forget();
  });
}

/** API clients write to the doc too; a return to the page shows their writes. */
function watch() {
  if (!document.body.dataset.doc) return;
  window.addEventListener("focus", async () => {
    const reply = await get("/version").catch(() => null);
    if (!reply?.ok) return;
    const { version } = await reply.json();
    if (String(version) !== document.body.dataset.version) await refresh();
  });
}

appearance();
sidebar();
panel.start();
changes.start();
grid.start();
board.start();
clock.start();
controls.start(refresh);
formula.start();
tabs.start();
watch();
document.documentElement.dataset.ready = "1";
