// Written by codaform docs build; do not edit.
// What the theme leaves unsaid for those who hear a page.
document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) {
  if (wide.scrollWidth > wide.clientWidth || wide.scrollHeight > wide.clientHeight) wide.tabIndex = 0;
}
