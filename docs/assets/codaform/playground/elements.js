// Written by codaform docs build; do not edit.
// Elements of the page; whatever a formula or a doc says stands in them as text and never as markup.

/** An element with a class and what stands in it: texts and elements. */
export function element(tag, look, ...inside) {
  const made = document.createElement(tag);
  if (look) made.className = look;
  made.append(...inside);
  return made;
}

/** A button that does something. */
export function button(text, act) {
  const made = element("button", "pg-button", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
