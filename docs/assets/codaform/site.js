// Written by codaform docs build; do not edit.
// What the theme leaves unsaid for those who hear a page, and unreachable for those who use keys alone.
document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");

// The theme wraps wide tables only after this script has run.
addEventListener("load", () => {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  }
});
