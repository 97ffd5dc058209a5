// The clock of the local Coda: shown, set, moved, let run again.

import { send } from "./asking.js";
import { show } from "./changes.js";
import { refresh } from "./refreshing.js";

export function start() {
  const clock = document.getElementById("clock");
  if (!clock) return;
  const form = clock.querySelector("form");

  async function move(asked) {
    const answer = await send("/clock", asked);
    if (!answer) return;
    form.elements.to.value = answer.clock.iso;
    await refresh();
    show(answer);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.elements.to.value) move({ to: form.elements.to.value });
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.by) move({ by: button.dataset.by, step: Number(button.dataset.step) });
    if (button?.hasAttribute("data-real")) move({ to: "" });
  });
  document.addEventListener("click", (event) => {
    if (clock.open && !clock.contains(event.target)) clock.open = false;
  });
}
