// Written by codaform docs build; do not edit.
// A formula and its row in the fragment of the page's address: what a shared link says.

/** What the address says: text, table, row (as it is displayed) and number (its place). */
export function read() {
  const said = new URLSearchParams(location.hash.slice(1));
  if (!said.has("formula")) return null;
  return {
    text: said.get("formula"),
    table: said.get("table") || "",
    row: said.get("row") || "",
    number: Number.parseInt(said.get("number"), 10) || 0,
  };
}

/** The address of the page with a formula in it. */
export function made({ text, table, row, number }) {
  const said = new URLSearchParams({ formula: text });
  if (table && number) {
    said.set("table", table);
    said.set("row", row);
    said.set("number", String(number));
  }
  const address = new URL(location.href);
  address.hash = said.toString();
  return address.href;
}
