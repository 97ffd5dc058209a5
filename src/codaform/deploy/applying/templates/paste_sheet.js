"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = button.closest("figure").querySelector("pre");
  let copied = false;
  try {
    await navigator.clipboard.writeText(text.textContent);
    copied = true;
  } catch {
    // A file that was opened from the disk may not use the clipboard directly in every browser.
    getSelection().selectAllChildren(text);
    copied = document.execCommand("copy");
  }
  const said = copied ? "Copied" : "Press Ctrl+C";
  button.textContent = said;
  document.getElementById("told").textContent = said;
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});
