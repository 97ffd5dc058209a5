// Controls of a doc: sends a new value at once, and shows its effects.

import { send } from "./asking.js";
import { show } from "./changes.js";

function valueOf(form) {
  const fields = [...form.querySelectorAll("[data-set]")];
  if (fields[0].type === "checkbox") return fields[0].checked;
  if (fields[0].multiple) return [...fields[0].selectedOptions].map((option) => option.value);
  return fields.length > 1 ? fields.map((field) => field.value) : fields[0].value;
}

async function after(answer, refresh) {
  if (!answer) return;
  await refresh();
  show(answer);
}

/** A field that a refresh replaced while somebody typed in it says itself that it has changed. */
function sendCarried(field) {
  if (!field.dataset.carried) return;
  delete field.dataset.carried;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

export function start(refresh) {
  document.addEventListener("focusout", (event) => sendCarried(event.target));
  document.addEventListener("change", async (event) => {
    const form = event.target.closest?.("[data-control]");
    if (!form || !event.target.matches("[data-set]")) return;
    delete event.target.dataset.carried;
    const value = valueOf(form);
    if (Array.isArray(value) && form.dataset.kind === "date range" && value.filter(Boolean).length === 1) return;
    const id = form.dataset.control;
    await after(await send("/controls", { control: id, value }), refresh);
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("[data-control]");
    if (!form) return;
    event.preventDefault();
    for (const field of form.querySelectorAll("[data-carried]")) sendCarried(field);
    const id = form.dataset.control;
    if (form.querySelector("[data-press]")) {
      await after(await send("/controls/press", { control: id }), refresh);
    }
  });
}
