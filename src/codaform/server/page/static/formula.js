// The formula bar: computes any formula while you type, and marks its errors.

import { send } from "./asking.js";
import { complete } from "./completing.js";

const WAIT = 110;

export function start() {
  const form = document.getElementById("bar");
  if (!form) return;
  const field = form.querySelector("textarea");
  const under = form.querySelector(".under");
  const result = form.querySelector("#tried");
  const inRow = form.querySelector("#bar-row");
  let row = null;
  let turn = 0;
  let timer = 0;
  let fixes = [];

  const fit = () => {
    field.style.height = "32px";
    field.style.height = `${Math.min(field.scrollHeight, 210)}px`;
  };

  async function compute() {
    clearTimeout(timer);
    const mine = ++turn;
    const text = field.value;
    if (!text.trim()) {
      result.hidden = true;
      return;
    }
    const answer = await send("/evaluate", { text, ...(row && !inRow.classList.contains("off") ? row : {}) });
    if (!answer || mine !== turn) return;
    under.innerHTML = answer.marked;
    under.scrollTop = field.scrollTop;
    result.innerHTML = answer.html;
    result.classList.toggle("failed", answer.failed);
    fixes = answer.fixes;
    result.hidden = document.activeElement !== field && !form.contains(document.activeElement);
    for (const chip of result.querySelectorAll("a.chip")) chip.removeAttribute("tabindex");
    names.hint(result);
  }

  function changed() {
    under.textContent = field.value;
    turn += 1;
    fit();
    clearTimeout(timer);
    timer = setTimeout(compute, WAIT);
  }

  const names = complete(field, form.querySelector("#completions"), changed, () => (row?.name ? row.table : ""));

  field.addEventListener("input", changed);
  field.addEventListener("scroll", () => (under.scrollTop = field.scrollTop));
  field.addEventListener("focus", () => {
    if (field.value.trim()) compute();
  });
  field.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (names.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      compute();
    } else if (event.key === "Escape") {
      event.preventDefault();
      result.hidden = true;
      field.blur();
      document.querySelector('.grid td[tabindex="0"]')?.focus();
    }
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("focusout", () => {
    setTimeout(() => {
      if (form.contains(document.activeElement)) return;
      result.hidden = true;
      names.close();
    }, 120);
  });
  result.addEventListener("mousedown", (event) => {
    // The field keeps the focus, or the result would close before a click arrives.
    if (!event.target.closest("a, button, summary")) event.preventDefault();
  });
  result.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fix]");
    if (!button) return;
    // Places count whole characters, as the compiler does; JavaScript counts some as two.
    const letters = Array.from(field.value);
    for (const [start, end, text] of [...fixes[Number(button.dataset.fix)]].reverse()) {
      letters.splice(start, end - start, ...Array.from(text));
    }
    field.value = letters.join("");
    field.focus();
    changed();
  });

  inRow.addEventListener("click", () => {
    inRow.classList.toggle("off");
    inRow.setAttribute("aria-pressed", String(!inRow.classList.contains("off")));
    field.focus();
    compute();
  });
  document.addEventListener("row-chosen", (event) => {
    row = event.detail;
    inRow.hidden = false;
    inRow.textContent = `thisRow: ${row.name}`;
  });
  document.addEventListener("refreshed", () => {
    if (field.value.trim() && !result.hidden) compute();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "=" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
    }
  });
}
