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
    doc: said.get("doc") || "",
    own: said.get("own") || "",
    kinds: kinds(said.get("kinds")),
  };
}

/** The types that a reader chose for the columns of a pasted table. */
function kinds(text) {
  try {
    const told = JSON.parse(text || "{}");
    return told && typeof told === "object" && !Array.isArray(told) ? told : {};
  } catch {
    return {};
  }
}

/** The address of the playground's page with a formula in it, and with the doc or the pasted table it is tried on. */
export function made({ text, table, row, number, ...doc }, page) {
  const said = new URLSearchParams({ formula: text, ...doc });
  if (table && number) {
    said.set("table", table);
    said.set("row", row);
    said.set("number", String(number));
  }
  const address = new URL(page);
  address.hash = said.toString();
  return address.href;
}
